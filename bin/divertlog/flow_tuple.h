/* SPDX-License-Identifier: ISC */
#ifndef FLOW_TUPLE_H
#define FLOW_TUPLE_H

#include <stdint.h>
#include <string.h>

#include "community_id.h"
#include "divertutil.h"

/*
 * What names a flow.
 *
 *   FLOW_PORTS    TCP, UDP, UDP-Lite, SCTP: addresses, ports
 *   FLOW_QUERY    ICMP types that have a counterpart (the pairs of the Community
 *                 ID): addresses, the two types, and the identifier of those
 *                 queries that have one
 *   FLOW_ONE_WAY  all other ICMP, errors too: addresses as they stand, type,
 *                 code.  An error is counted here and not with the flow that
 *                 it quotes, which it is no packet of.
 *   FLOW_PLAIN    addresses and protocol alone: protocols without ports;
 *                 malformed packets and fragments whose ports are not known,
 *                 which for TCP, UDP, SCTP and ICMP means no Community ID.
 */

enum flow_kind {
	FLOW_PORTS,
	FLOW_QUERY,
	FLOW_ONE_WAY,
	FLOW_PLAIN
};

/* Endpoints as in the packet it was made of. */
struct flow_tuple {
	uint8_t		 src[16];	/* IPv4: 4 bytes, the others 0 */
	uint8_t		 dst[16];
	uint16_t	 src_port;	/* FLOW_QUERY, FLOW_ONE_WAY: as the */
	uint16_t	 dst_port;	/* Community ID has them */
	uint16_t	 id;		/* FLOW_QUERY: the identifier */
	uint8_t		 proto;
	uint8_t		 family;	/* version << 4 | kind */
};

static inline uint8_t
flow_tuple_version(const struct flow_tuple *tuple)
{
	return (tuple->family >> 4);
}

static inline uint8_t
flow_tuple_kind(const struct flow_tuple *tuple)
{
	return (tuple->family & 15);
}

/* The tuple of a packet.  0, or -1: no IP header. */
int	 flow_tuple_make(struct flow_tuple *, const uint8_t *data,
	    const struct divert_layout *);

/* The same for both directions, unless it is one way. */
uint32_t flow_tuple_hash(const struct flow_tuple *, const uint64_t seed[2]);

/* Its Community ID; text stays as it is where it has none. */
void	 flow_tuple_community_id(const struct flow_tuple *, uint16_t seed,
	    char text[COMMUNITY_ID_SIZE]);

/* Nothing if 16 bytes are the same. */
static inline uint64_t
flow_tuple_differ(const uint8_t *a, const uint8_t *b)
{
	uint64_t	 x[2], y[2];

	memcpy(x, a, 16);
	memcpy(y, b, 16);
	return ((x[0] ^ y[0]) | (x[1] ^ y[1]));
}

static inline int
flow_tuple_same_rest(const struct flow_tuple *a, const struct flow_tuple *b)
{
	return (a->id == b->id && a->proto == b->proto &&
	    a->family == b->family);
}

/* Are they the same, from the same side? */
static inline int
flow_tuple_same(const struct flow_tuple *a, const struct flow_tuple *b)
{
	return ((flow_tuple_differ(a->src, b->src) |
	    flow_tuple_differ(a->dst, b->dst)) == 0 &&
	    a->src_port == b->src_port && a->dst_port == b->dst_port &&
	    flow_tuple_same_rest(a, b));
}

/* Are they the same, each from its own side? */
static inline int
flow_tuple_turned(const struct flow_tuple *a, const struct flow_tuple *b)
{
	return (flow_tuple_kind(a) != FLOW_ONE_WAY &&
	    (flow_tuple_differ(a->src, b->dst) |
	    flow_tuple_differ(a->dst, b->src)) == 0 &&
	    a->src_port == b->dst_port && a->dst_port == b->src_port &&
	    flow_tuple_same_rest(a, b));
}

#endif
