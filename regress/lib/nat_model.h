/* SPDX-License-Identifier: ISC */
#ifndef NAT_MODEL_H
#define NAT_MODEL_H

/*
 * A slow, plain model of the translator, written from what the RFCs say and
 * from the words of rules.h: lists that are searched from their beginning, and
 * time by subtraction.  It does not choose addresses and ports: it is told what
 * was chosen and says whether that was allowed.
 *
 * It knows UDP, TCP that opens (SYN alone and with ACK), and echo; nat-to,
 * rdr-to, binat-to and pass; the outside is "em0", the inside "em1".
 */

#include <stdint.h>

#include "../../bin/divertnat/nat.h"

struct model_end {
	uint8_t		 addr[16];	/* 4 or 16 bytes, the rest 0 */
	int		 port;
};

struct model_packet {
	int		 family;
	int		 proto;
	struct model_end src;
	struct model_end dst;		/* echo: port is the identifier, here
					 * of who asked, 0 of the other */
	int		 syn;		/* TCP: a SYN, with ACK or without */
};

enum model_where { MODEL_OUT, MODEL_IN, MODEL_FROM_INSIDE };

struct model;

struct model *model_new(const struct rules *);
void	 model_free(struct model *);
/*
 * The engine did this with a packet at this time (seconds).  NULL, or what is
 * wrong with it; *after is what the packet was then.
 */
const char *model_step(struct model *, enum model_where,
	    const struct model_packet *, double now, enum nat_verdict,
	    enum nat_reason, const struct model_packet *after);
/* Is it not clear at this time whether something is over? */
int	 model_is_doubtful(struct model *, double now);
/* Would the source of this packet be translated outward? */
int	 model_leaves(struct model *, const struct model_packet *);
/* Does it have an outside endpoint already? */
int	 model_has_name(struct model *, const struct model_packet *);
/* The outside endpoint of the nth live session; 0: there are not so many. */
int	 model_outside(struct model *, unsigned int n, struct model_end *,
	    struct model_end *remote, int *family, int *proto);
unsigned int model_sessions(struct model *);
/*
 * The translator began anew with the sessions there are.  Ports that rest, and
 * the address of a host that has no session there, are forgotten.
 */
void	 model_restarted(struct model *);
/* The same rules, in another place. */
void	 model_reloaded(struct model *, const struct rules *);

#endif
