/* SPDX-License-Identifier: ISC */
#ifndef PACKET_INT_H
#define PACKET_INT_H

#include "divert_int.h"

/*
 * What packet, checksum and edit share.  Protocol numbers are written out
 * here: not every netinet/in.h has all of them.
 */

enum {
	PROTO_HOPOPTS = 0,
	PROTO_ICMP = 1,
	PROTO_IGMP = 2,
	PROTO_IPV4 = 4,
	PROTO_TCP = 6,
	PROTO_UDP = 17,
	PROTO_DCCP = 33,
	PROTO_IPV6 = 41,
	PROTO_ROUTING = 43,
	PROTO_FRAGMENT = 44,
	PROTO_GRE = 47,
	PROTO_ESP = 50,
	PROTO_AH = 51,
	PROTO_ICMPV6 = 58,
	PROTO_NONE = 59,
	PROTO_DSTOPTS = 60,
	PROTO_OSPF = 89,
	PROTO_PIM = 103,
	PROTO_VRRP = 112,
	PROTO_SCTP = 132,
	PROTO_MOBILITY = 135,
	PROTO_UDPLITE = 136,
	PROTO_HIP = 139,
	PROTO_SHIM6 = 140
};

#define IP4_HEADER	20
#define IP6_HEADER	40

/* How much of a packet's own word about its lengths is believed. */
enum divert_parse_mode {
	DIVERT_PARSE_WIRE,	/* as received: lengths bind */
	DIVERT_PARSE_QUOTED,	/* in an ICMP error: lengths prove nothing */
	DIVERT_PARSE_WHOLE	/* lengths are about to be set: len decides */
};

/* divert_packet_parse() in one of three moods. */
int divert_packet_parse_mode(const uint8_t *data, size_t len,
    struct divert_layout *layout, enum divert_parse_mode mode);

/* Whether the first bytes after the IP headers are those of the L4 header. */
static inline int
has_l4_start(const struct divert_layout *l)
{
	return (l->l4_off != 0 && (l->flags & (DIVERT_LAYOUT_FRAGMENT |
	    DIVERT_LAYOUT_FIRST)) != DIVERT_LAYOUT_FRAGMENT);
}

/*
 * Write an address of 4 or 16 bytes as text, RFC 5952 for IPv6, with no NUL.
 * Returns the length, at most DIVERT_ADDRESS_TEXT.
 */
#define DIVERT_ADDRESS_TEXT	45
size_t divert_address_text(char *buf, const uint8_t *addr, int version);

#endif
