/* SPDX-License-Identifier: ISC */
#ifndef NAT_TEST_H
#define NAT_TEST_H

/*
 * What the tests of divertnat's engine share: an engine out of rules as text,
 * with a clock and random numbers of the test, and packets built byte by byte
 * from the RFCs, their sums by the slow model of packets.h.  What is expected
 * is built, too, with the addresses and ports that it must have; nothing of it
 * comes from the code that is tested.
 */

#include <arpa/inet.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../bin/divertnat/nat.h"
#include "packets.h"

#define SECOND_NS	UINT64_C(1000000000)
#define START_NS	(1000 * SECOND_NS)

#define BYTES_MAX	3000

struct packet {
	size_t		 n;
	uint8_t		 b[BYTES_MAX];
};

/* Packets the engine gave back otherwise than by a verdict. */
#define GIVEN_MAX	64
struct given {
	struct packet	 packet;
	struct divert_packet pkt;
	int		 verdict;
	int		 reason;
};

struct engine {
	struct nat	*nat;
	struct rules	*rules;
	uint64_t	 now;
	uint64_t	 random;
	int		 reason;	/* of the last packet */
	struct given	 released[GIVEN_MAX];
	int		 nreleased;
	struct given	 made[GIVEN_MAX];
	int		 nmade;
};

static inline void
give(struct given *g, const struct divert_packet *pkt, int verdict,
    int reason)
{
	assert_true(pkt->len <= BYTES_MAX);
	g->pkt = *pkt;
	g->packet.n = pkt->len;
	memcpy(g->packet.b, pkt->data, pkt->len);
	g->verdict = verdict;
	g->reason = reason;
}

static inline void
engine_released(void *arg, struct divert_packet *pkt,
    enum nat_verdict verdict, enum nat_reason reason)
{
	struct engine	*e = arg;

	if (e->nreleased < GIVEN_MAX)
		give(&e->released[e->nreleased], pkt, (int)verdict,
		    (int)reason);
	e->nreleased++;
}

static inline void
engine_made(void *arg, struct divert_packet *pkt)
{
	struct engine	*e = arg;

	if (e->nmade < GIVEN_MAX)
		give(&e->made[e->nmade], pkt, 0, 0);
	e->nmade++;
}

static inline void
engine_random(void *arg, void *buf, size_t len)
{
	struct engine	*e = arg;
	uint8_t		*p = buf;

	while (len-- > 0) {
		e->random = e->random * UINT64_C(6364136223846793005) + 1;
		*p++ = (uint8_t)(e->random >> 56);
	}
}

static inline struct engine *
engine_new(const char *text)
{
	struct nat_options	 options;
	struct engine		*e;
	char			 errbuf[256], small[2048];

	e = calloc(1, sizeof(*e));
	assert_non_null(e);
	/* Made in no time. */
	snprintf(small, sizeof(small), "set limit states 1000\n%s", text);
	e->rules = rules_parse("test", small, strlen(small), errbuf,
	    sizeof(errbuf));
	if (e->rules == NULL)
		fail_msg("%s", errbuf);
	memset(&options, 0, sizeof(options));
	options.seed[0] = 1;
	options.random = engine_random;
	options.released = engine_released;
	options.made = engine_made;
	options.arg = e;
	e->random = 7;
	e->now = START_NS;
	e->nat = nat_new(e->rules, &options);
	assert_non_null(e->nat);
	nat_expire(e->nat, e->now);
	return (e);
}

static inline void
engine_free(struct engine *e)
{
	nat_free(e->nat);
	rules_free(e->rules);
	free(e);
}

/*
 * One packet through the engine: the verdict; *p is what it is then.  Its bytes
 * lie at the end of memory of their own, so that reading past them is seen by
 * the sanitizers.
 */
static inline int
send_flags(struct engine *e, int direction, const char *ifname,
    struct packet *p, uint32_t flags)
{
	struct divert_packet	 pkt;
	uint8_t			*room, reason = 0, verdict = 0;

	room = malloc(DIVERT_HEADROOM + p->n);
	assert_non_null(room);
	memcpy(room + DIVERT_HEADROOM, p->b, p->n);
	memset(&pkt, 0, sizeof(pkt));
	pkt.data = room + DIVERT_HEADROOM;
	pkt.len = pkt.wirelen = (uint32_t)p->n;
	pkt.flags = flags;
	pkt.direction = (uint8_t)direction;
	pkt.hook = 0xff;
	strcpy(pkt.ifname, ifname);
	nat_packets(e->nat, &pkt, 1, e->now, &verdict, &reason);
	assert_int_equal(pkt.len, p->n);
	memcpy(p->b, pkt.data, p->n);
	free(room);
	e->reason = reason;
	return (verdict);
}

static inline int
send_out(struct engine *e, struct packet *p)
{
	return (send_flags(e, DIVERT_DIRECTION_OUT, "em0", p, 0));
}

static inline int
send_in(struct engine *e, struct packet *p)
{
	return (send_flags(e, DIVERT_DIRECTION_IN, "em0", p, 0));
}

/* From the inside, where it comes in. */
static inline int
send_inside(struct engine *e, struct packet *p)
{
	return (send_flags(e, DIVERT_DIRECTION_IN, "em1", p, 0));
}

#define same(a, b) same_at(__FILE__, __LINE__, a, b)
static inline void
same_at(const char *file, int line, const struct packet *a,
    const struct packet *b)
{
	size_t	 i;

	if (a->n == b->n && memcmp(a->b, b->b, a->n) == 0)
		return;
	for (i = 0; i < a->n && i < b->n && a->b[i] == b->b[i]; i++)
		continue;
	print_error("%zu and %zu bytes, first difference at %zu: "
	    "%02x instead of %02x\n", a->n, b->n, i, a->b[i], b->b[i]);
	_fail(file, line);
}

/*
 * Packets
 */

#define NAT_ICMP	1
#define NAT_TCP		6
#define NAT_UDP		17
#define NAT_GRE		47
#define NAT_ICMPV6	58

static inline void
w16(uint8_t *p, unsigned int v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* The family is that of the address. */
static inline int
version_of(const char *addr)
{
	return (strchr(addr, ':') != NULL ? 6 : 4);
}

/* Where the L4 header is: no options, no extension headers. */
static inline size_t
l4_at(const struct packet *p)
{
	return (p->b[0] >> 4 == 6 ? 40 : (size_t)(p->b[0] & 15) * 4);
}

/* The IPv4 header's sum, from nothing. */
static inline void
sum_ip(struct packet *p)
{
	if (p->b[0] >> 4 != 4)
		return;
	w16(p->b + 10, 0);
	w16(p->b + 10, 0xffffU & ~(unsigned int)slow_sum(0, p->b, l4_at(p)));
}

/* The sum at `at' of what begins at l4, with a pseudo-header or without. */
static inline void
sum_l4(struct packet *p, size_t l4, size_t at, int proto)
{
	uint8_t		 pseudo[40] = { 0 };
	size_t		 len = p->n - l4;
	unsigned int	 sum = 0;

	w16(p->b + at, 0);
	if (p->b[0] >> 4 == 6) {
		memcpy(pseudo, p->b + 8, 32);
		w16(pseudo + 34, (unsigned int)len);
		pseudo[39] = (uint8_t)proto;
		sum = slow_sum(0, pseudo, 40);
	} else if (proto != NAT_ICMP) {
		memcpy(pseudo, p->b + 12, 8);
		pseudo[9] = (uint8_t)proto;
		w16(pseudo + 10, (unsigned int)len);
		sum = slow_sum(0, pseudo, 12);
	}
	sum = 0xffffU & ~(unsigned int)slow_sum((uint16_t)sum, p->b + l4, len);
	w16(p->b + at, sum == 0 && proto == NAT_UDP ? 0xffff : sum);
}

/* An IP header and len bytes, 1, 2, 3 and so on, behind it. */
static inline struct packet
ip(int proto, const char *src, const char *dst, size_t len)
{
	struct packet	 p;
	size_t		 i;

	memset(&p, 0, sizeof(p));
	if (version_of(src) == 4) {
		p.b[0] = 0x45;
		w16(p.b + 2, (unsigned int)(20 + len));
		w16(p.b + 4, 0x1234);
		p.b[8] = 61;
		p.b[9] = (uint8_t)proto;
		assert_int_equal(inet_pton(AF_INET, src, p.b + 12), 1);
		assert_int_equal(inet_pton(AF_INET, dst, p.b + 16), 1);
		p.n = 20;
		sum_ip(&p);
	} else {
		p.b[0] = 0x60;
		w16(p.b + 4, (unsigned int)len);
		p.b[6] = (uint8_t)proto;
		p.b[7] = 61;
		assert_int_equal(inet_pton(AF_INET6, src, p.b + 8), 1);
		assert_int_equal(inet_pton(AF_INET6, dst, p.b + 24), 1);
		p.n = 40;
	}
	for (i = 0; i < len; i++)
		p.b[p.n++] = (uint8_t)(i + 1);
	return (p);
}

static inline struct packet
udp(const char *src, int sport, const char *dst, int dport, size_t payload)
{
	struct packet	 p = ip(NAT_UDP, src, dst, 8 + payload);
	size_t		 l4 = l4_at(&p);

	w16(p.b + l4, (unsigned int)sport);
	w16(p.b + l4 + 2, (unsigned int)dport);
	w16(p.b + l4 + 4, (unsigned int)(8 + payload));
	sum_l4(&p, l4, l4 + 6, NAT_UDP);
	return (p);
}

static inline struct packet
tcp(const char *src, int sport, const char *dst, int dport, int flags,
    size_t payload)
{
	struct packet	 p = ip(NAT_TCP, src, dst, 20 + payload);
	size_t		 l4 = l4_at(&p);

	w16(p.b + l4, (unsigned int)sport);
	w16(p.b + l4 + 2, (unsigned int)dport);
	p.b[l4 + 12] = 0x50;
	p.b[l4 + 13] = (uint8_t)flags;
	sum_l4(&p, l4, l4 + 16, NAT_TCP);
	return (p);
}

static inline struct packet
echo(const char *src, const char *dst, int is_reply, int id, size_t payload)
{
	int		 v6 = version_of(src) == 6;
	int		 proto = v6 ? NAT_ICMPV6 : NAT_ICMP;
	struct packet	 p = ip(proto, src, dst, 8 + payload);
	size_t		 l4 = l4_at(&p);

	p.b[l4] = (uint8_t)(v6 ? 128 + is_reply : is_reply ? 0 : 8);
	p.b[l4 + 1] = 0;
	w16(p.b + l4 + 4, (unsigned int)id);
	w16(p.b + l4 + 6, 1);
	sum_l4(&p, l4, l4 + 2, proto);
	return (p);
}

/* An error about the first `cut' bytes of a packet. */
static inline struct packet
icmp(const char *src, const char *dst, int type, int code, uint32_t word,
    const struct packet *about, size_t cut)
{
	int		 proto = version_of(src) == 6 ? NAT_ICMPV6 : NAT_ICMP;
	size_t		 n = cut < about->n ? cut : about->n;
	struct packet	 p = ip(proto, src, dst, 8 + n);
	size_t		 l4 = l4_at(&p);

	p.b[l4] = (uint8_t)type;
	p.b[l4 + 1] = (uint8_t)code;
	w16(p.b + l4 + 4, word >> 16);
	w16(p.b + l4 + 6, word & 0xffff);
	memcpy(p.b + l4 + 8, about->b, n);
	sum_l4(&p, l4, l4 + 2, proto);
	return (p);
}

/* n bytes put in at `at', lengths following; sums are the caller's. */
static inline void
insert(struct packet *p, size_t at, const void *bytes, size_t n)
{
	size_t	 len = p->b[0] >> 4 == 4 ? 2 : 4;

	memmove(p->b + at + n, p->b + at, p->n - at);
	memcpy(p->b + at, bytes, n);
	p->n += n;
	w16(p->b + len, (unsigned int)(p->b[len] << 8 | p->b[len + 1]) +
	    (unsigned int)n);
}

/* The bytes [from, to) of what a packet has behind its IP header. */
static inline struct packet
fragment(const struct packet *whole, int id, size_t from, size_t to)
{
	struct packet	 p = *whole;
	size_t		 at = l4_at(whole);
	int		 more = at + to < whole->n;
	uint8_t		 header[8] = { 0 };

	assert_int_equal(from % 8, 0);
	if (at + to > whole->n)
		to = whole->n - at;
	memcpy(p.b + at, whole->b + at + from, to - from);
	p.n = at + (to - from);
	if (at == 40) {
		header[0] = p.b[6];
		w16(header + 2, (unsigned int)from | (unsigned int)more);
		w16(header + 6, (unsigned int)id);
		p.b[6] = 44;
		w16(p.b + 4, (unsigned int)(to - from));
		insert(&p, 40, header, sizeof(header));
		return (p);
	}
	w16(p.b + 2, (unsigned int)p.n);
	w16(p.b + 4, (unsigned int)id);
	w16(p.b + 6, (more ? 0x2000U : 0) | (unsigned int)(from / 8));
	sum_ip(&p);
	return (p);
}

#endif
