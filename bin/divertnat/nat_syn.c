/* SPDX-License-Identifier: ISC */

/*
 * SYNs that came for nobody (RFC 5382 REQ-4).  They are dropped, and nothing
 * answers for 6 s: in a simultaneous open the inside's own SYN may still come,
 * and then nothing ever does.  Otherwise an ICMP error tells the remote.
 *
 * Of a SYN the beginning is kept, which is all that the error quotes; of more
 * SYNs than there is room for the later ones are not answered.
 */

#include "compat.h"

#include <stdlib.h>
#include <string.h>

#include "nat_int.h"

#define SYNS		256
#define SYN_BYTES	576		/* as much as an error quotes */
#define SYN_TICKS	(6 * TICKS)

struct syn {
	struct divert_packet	 pkt;
	uint32_t		 tick;
	uint32_t		 len;
	uint16_t		 src_port;
	uint16_t		 dst_port;
	uint8_t			 forgotten;
	uint8_t			 data[DIVERT_HEADROOM + SYN_BYTES];
};

/* A ring: all wait equally long, so the first is always the next. */
struct syns {
	unsigned int	 first;
	unsigned int	 n;
	struct syn	 syns[SYNS];
};

int
syns_new(struct nat *nat)
{
	return ((nat->syns = calloc(1, sizeof(*nat->syns))) != NULL ? 0 : -1);
}

void
syns_free(struct nat *nat)
{
	free(nat->syns);
	nat->syns = NULL;
}

int
syn_note(struct nat *nat, const struct work *work)
{
	struct syns	*syns = nat->syns;
	struct syn	*syn;
	unsigned int	 flags;

	flags = work->pkt->data[work->layout.l4_off + 13];
	/* SYN without ACK, RST or FIN. */
	if ((flags & 0x17) != 0x02)
		return (0);
	if (syns->n == SYNS || work->layout.payload_off > SYN_BYTES)
		return (1);
	syn = &syns->syns[(syns->first + syns->n++) % SYNS];
	syn->pkt = *work->pkt;
	syn->tick = nat->tick;
	syn->src_port = work->src_port;
	syn->dst_port = work->dst_port;
	syn->forgotten = 0;
	syn->len = work->pkt->len < SYN_BYTES ? work->pkt->len : SYN_BYTES;
	memcpy(syn->data + DIVERT_HEADROOM, work->pkt->data, syn->len);
	return (1);
}

/* Of the held SYN as a packet again. */
static int
begin_again(struct nat *nat, struct syn *syn, struct work *work)
{
	syn->pkt.data = syn->data + DIVERT_HEADROOM;
	syn->pkt.len = syn->len;
	return (work_begin(nat, work, &syn->pkt) == 0 ||
	    work->family != 0);
}

static int
is_of(const struct nat *nat, const struct session *s, const struct work *work)
{
	size_t	 len = s->family == 4 ? 4 : 16;

	return (work->family == s->family &&
	    memcmp(work->src, address_bytes(nat, s->family, &s->remote),
	    len) == 0 &&
	    memcmp(work->dst, address_bytes(nat, s->family, &s->outside),
	    len) == 0);
}

void
syn_forget(struct nat *nat, const struct session *s)
{
	struct syns	*syns = nat->syns;
	struct work	 work;
	struct syn	*syn;
	unsigned int	 i;

	for (i = 0; i < syns->n; i++) {
		syn = &syns->syns[(syns->first + i) % SYNS];
		if (!syn->forgotten && syn->src_port == s->remote_port &&
		    syn->dst_port == s->outside_port &&
		    begin_again(nat, syn, &work) && is_of(nat, s, &work))
			syn->forgotten = 1;
	}
}

void
syns_expire(struct nat *nat)
{
	struct syns	*syns = nat->syns;
	struct syn	*syn;
	struct work	 work;

	while (syns->n > 0) {
		syn = &syns->syns[syns->first];
		if (nat->tick - syn->tick <= SYN_TICKS)
			return;
		if (!syn->forgotten && begin_again(nat, syn, &work))
			error_answer(nat, &work, NAT_REASON_UNSOLICITED);
		syns->first = (syns->first + 1) % SYNS;
		syns->n--;
	}
}

uint64_t
syns_due(const struct nat *nat)
{
	const struct syns	*syns = nat->syns;

	if (syns->n == 0)
		return (UINT64_MAX);
	return (nat_time(nat, syns->syns[syns->first].tick) +
	    (uint64_t)(SYN_TICKS + 1) * TICK_NS);
}
