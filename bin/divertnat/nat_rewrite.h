/* SPDX-License-Identifier: ISC */
#ifndef NAT_REWRITE_H
#define NAT_REWRITE_H

#include <string.h>

#include "nat_int.h"

/*
 * Sums in one's complement (RFC 1624 equation 3), of words as they stand in the
 * packet: the byte order of the machine does not matter.  What a change adds to
 * a sum is its delta; undoing it adds the complement.
 */

static inline uint16_t
sum_fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return ((uint16_t)(sum + (sum >> 16)));
}

/* What len bytes, even, add when they change. */
static inline uint32_t
sum_change(const uint8_t *from, const uint8_t *to, unsigned int len)
{
	uint32_t	 sum = 0;
	uint16_t	 a, b;
	unsigned int	 i;

	for (i = 0; i < len; i += 2) {
		memcpy(&a, from + i, 2);
		memcpy(&b, to + i, 2);
		sum += (uint32_t)(uint16_t)~a + b;
	}
	return (sum);
}

/* A checksum after a change. */
static inline uint16_t
sum_apply(uint16_t field, uint16_t delta)
{
	uint32_t	 sum = (uint32_t)(uint16_t)~field + delta;

	return ((uint16_t)~((sum & 0xffff) + (sum >> 16)));
}

static inline void
sum_apply_at(uint8_t *at, uint16_t delta)
{
	uint16_t	 field;

	memcpy(&field, at, 2);
	field = sum_apply(field, delta);
	memcpy(at, &field, 2);
}

/* UDP: 0 is none, and stays so; a sum that comes to 0 is written as 0xffff. */
static inline void
sum_apply_udp(uint8_t *at, uint16_t delta)
{
	uint16_t	 field;

	memcpy(&field, at, 2);
	if (field == 0)
		return;
	if ((field = sum_apply(field, delta)) == 0)
		field = 0xffff;
	memcpy(at, &field, 2);
}

/*
 * Translate a whole TCP or UDP packet without options before its L4 header, at
 * l4: the common case, for the fast path and the bench's measure.
 */
static inline void
rewrite_ports(uint8_t *l4, int proto, int way, uint16_t port, uint16_t delta)
{
	memcpy(l4 + (way == WAY_OUT ? 0 : 2), &port, 2);
	if (proto == PROTO_TCP)
		sum_apply_at(l4 + 16, delta);
	else
		sum_apply_udp(l4 + 6, delta);
}

static inline void
rewrite_ip4(uint8_t *ip, const struct session *s, int way)
{
	uint16_t	 flip = way == WAY_OUT ? 0 : 0xffff;

	memcpy(ip + (way == WAY_OUT ? 12 : 16),
	    way == WAY_OUT ? &s->outside : &s->inside, 4);
	sum_apply_at(ip + 10, s->ip_delta ^ flip);
	rewrite_ports(ip + 20, s->proto, way,
	    way == WAY_OUT ? s->outside_port : s->inside_port,
	    s->l4_delta ^ flip);
}

static inline void
rewrite_ip6(uint8_t *ip, const struct session *s, int way, const uint8_t *to)
{
	memcpy(ip + (way == WAY_OUT ? 8 : 24), to, 16);
	rewrite_ports(ip + 40, s->proto, way,
	    way == WAY_OUT ? s->outside_port : s->inside_port,
	    s->l4_delta ^ (way == WAY_OUT ? 0 : 0xffff));
}

/*
 * The same where the L4 sum is unfinished (DIVERT_PACKET_NOTREADY): it is that
 * of the pseudo-header, not complemented, and knows no ports.
 */
static inline void
rewrite_unfinished(uint8_t *ip, const struct session *s, int way,
    const uint8_t *to)
{
	uint16_t	 delta = s->ip_delta ^ (way == WAY_OUT ? 0 : 0xffff);
	uint16_t	 field, port;
	uint8_t		*l4 = ip + (s->family == 4 ? 20 : 40), *at;

	if (s->family == 4) {
		memcpy(ip + (way == WAY_OUT ? 12 : 16), to, 4);
		sum_apply_at(ip + 10, delta);
	} else
		memcpy(ip + (way == WAY_OUT ? 8 : 24), to, 16);
	port = way == WAY_OUT ? s->outside_port : s->inside_port;
	memcpy(l4 + (way == WAY_OUT ? 0 : 2), &port, 2);
	at = l4 + (s->proto == PROTO_TCP ? 16 : 6);
	memcpy(&field, at, 2);
	/* None: it is another one, within a tunnel. */
	if (field == 0 && s->proto == PROTO_UDP)
		return;
	field = sum_fold((uint32_t)field + delta);
	memcpy(at, &field, 2);
}

#endif
