/* SPDX-License-Identifier: ISC */
#ifndef COMMUNITY_ID_H
#define COMMUNITY_ID_H

#include <stdint.h>

#include "divertutil.h"

/*
 * Community ID version 1: the name of a flow that other tools (Suricata, Zeek,
 * Wireshark) compute alike, "1:" and the base64 of a SHA-1.
 *
 * What goes in, by protocol: addresses and ports of TCP, UDP and SCTP; of ICMP
 * and ICMPv6 the type and its counterpart (echo and reply, ...), or type and
 * code where a type has none, and then the endpoints are not ordered; of all
 * others the addresses alone.  A fragment without the ports has no id.
 */

#define COMMUNITY_ID_SIZE	31	/* "1:", 28 characters, NUL */
#define COMMUNITY_DIGEST_SIZE	20

/* struct community_tuple.flags */
#define COMMUNITY_PORTS		0x01	/* the ports count */
#define COMMUNITY_ONE_WAY	0x02	/* endpoints are not ordered */

/* What the id is made of, endpoints as in the packet. */
struct community_tuple {
	const uint8_t	*src;		/* 4 or 16 bytes, by version */
	const uint8_t	*dst;
	uint16_t	 src_port;
	uint16_t	 dst_port;
	uint8_t		 version;	/* 4, 6 */
	uint8_t		 proto;
	uint8_t		 flags;		/* COMMUNITY_* */
};

/*
 * The tuple of a packet; addresses are borrowed from data.  0, or -1: the
 * packet has no id (no IP header; ports that ought to be there are not).
 */
int	 community_tuple(const uint8_t *data, const struct divert_layout *,
	    struct community_tuple *);

/*
 * Type and code of ICMP (version 4) or ICMPv6 (6) as ports.  Returns 1: paired,
 * *dst_port is the counterpart; 0: one way, *dst_port is the code.
 */
int	 community_icmp(int version, uint8_t type, uint8_t code,
	    uint16_t *src_port, uint16_t *dst_port);

/* 1: the endpoints are in the order of the id; 0: it is made of them swapped. */
int	 community_ordered(const struct community_tuple *);

/* The SHA-1 of the id.  seed: 0 unless two sites want different ids. */
void	 community_digest(const struct community_tuple *, uint16_t seed,
	    uint8_t digest[COMMUNITY_DIGEST_SIZE]);

/* The id as text, NUL-terminated, COMMUNITY_ID_SIZE bytes. */
void	 community_text(const struct community_tuple *, uint16_t seed,
	    char text[COMMUNITY_ID_SIZE]);

/*
 * The ids of the tuples seen last: a fixed number of them, a newer one takes
 * the place of an older.  For records of packets without a flow table.
 */
struct community_cache;

/* NULL: ENOMEM. */
struct community_cache *community_cache_new(uint16_t seed);

/*
 * The id of a packet as text, or NULL: it has none.  Borrowed until the next
 * call.
 */
const char *community_cache_get(struct community_cache *, const uint8_t *data,
	    const struct divert_layout *);

void	 community_cache_free(struct community_cache *);

#endif
