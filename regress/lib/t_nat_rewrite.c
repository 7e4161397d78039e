/* SPDX-License-Identifier: ISC */

/*
 * Packets of which more than an address and a port is at stake: headers that
 * bind the addresses they came with, sums of other protocols, routing headers,
 * unfinished sums, fragments of the gateway's own.
 */

#include "compat.h"

#include "nat_harness.h"

#define SCTP	132
#define UDPLITE	136
#define DCCP	33
#define OTHERS	"match on em0 inet from 10.1.0.0/24 to any binat-to " \
		"203.0.114.0/24\n" \
		"match on em0 inet6 from fd01::/48 to any npt-to " \
		"2001:db8:1::/48\n" NAT44 NAT66

/* An authentication header (RFC 4302 2), 24 bytes, before what follows. */
static void
put_ah(struct packet *p, size_t at)
{
	static const uint8_t	 ah[24] = { 0, 4, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1,
				    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
	uint8_t			*next = p->b + (at == 40 ? 6 : at < 40 ? 9 :
				    40);

	insert(p, at, ah, sizeof(ah));
	p->b[at] = *next;
	*next = 51;
	sum_ip(p);
}

/* A header of options of 8 bytes times n, the first of a packet of IPv6. */
static void
put_options(struct packet *p, int kind, const uint8_t *options, size_t n)
{
	uint8_t	 head[64] = { 0 };

	head[0] = p->b[6];
	head[1] = (uint8_t)(n - 1);
	memcpy(head + 2, options, n * 8 - 2);
	p->b[6] = (uint8_t)kind;
	insert(p, 40, head, n * 8);
}

/* IP options, padded to words by the caller. */
static void
put_ip_options(struct packet *p, const uint8_t *options, size_t n)
{
	p->b[0] = (uint8_t)(0x45 + n / 4);
	insert(p, 20, options, n);
	sum_ip(p);
}

/*
 * RFC 4302 3.3.3.1: the authentication header is about the addresses too, so
 * whoever changes them makes a forgery.
 */
static void
authentication_header(void **state)
{
	static const uint8_t	 pad[6] = { 1, 4, 0, 0, 0, 0 };
	static const uint8_t	 long_pad[14] = { 1, 12 };
	struct world		*w = world(OTHERS);
	struct packet		 p, whole;

	(void)state;
	p = udp(A4, 7, R4, 53, 9);
	put_ah(&p, 20);
	dropped(w, OUTWARD, p, NAT_REASON_BOUND);
	p = tcp(A6, 7, R6, 53, SYN, 0);
	put_ah(&p, 40);
	dropped(w, OUTWARD, p, NAT_REASON_BOUND);
	p = tcp(A6, 7, R6, 53, SYN, 0);
	put_options(&p, 0, pad, 1);
	put_ah(&p, 48);
	dropped(w, OUTWARD, p, NAT_REASON_BOUND);
	/* Options between it and the rest: it is not measured like them. */
	p = tcp(A6, 7, R6, 53, SYN, 0);
	put_options(&p, 60, long_pad, 2);
	put_ah(&p, 40);
	dropped(w, OUTWARD, p, NAT_REASON_BOUND);
	/* Nor by the rules that change addresses alone. */
	p = udp("10.1.0.7", 7, R4, 53, 9);
	put_ah(&p, 20);
	dropped(w, OUTWARD, p, NAT_REASON_BOUND);
	p = udp("fd01::7", 7, R6, 53, 9);
	put_ah(&p, 40);
	dropped(w, OUTWARD, p, NAT_REASON_BOUND);
	p = udp(R6, 7, "2001:db8:1::7", 53, 9);
	put_ah(&p, 40);
	dropped(w, INWARD, p, NAT_REASON_BOUND);
	p = udp(R4, 7, "203.0.114.7", 53, 9);
	put_ah(&p, 20);
	dropped(w, INWARD, p, NAT_REASON_BOUND);
	/* A fragment that is not the first has the number alone. */
	whole = ip(51, A4, R4, 64);
	dropped(w, OUTWARD, fragment(&whole, 5, 32, 64), NAT_REASON_BOUND);
	whole = ip(51, A6, R6, 64);
	dropped(w, OUTWARD, fragment(&whole, 5, 32, 64), NAT_REASON_BOUND);
	assert_int_equal(counts(w).sessions_made, 0);
	assert_true(w->e.nmade > 0);
	/* The gateway's own, and others', are nobody's business here. */
	p = udp(OUT4, 7, R4, 53, 9);
	put_ah(&p, 20);
	untouched(w, OUTWARD, p);
	p = udp(R4, 53, OUT4, 7, 9);
	put_ah(&p, 20);
	untouched(w, INWARD, p);
	p = udp("2001:db8:77::1", 7, R6, 53, 9);
	put_ah(&p, 40);
	untouched(w, OUTWARD, p);
	world_free(w);
}

/*
 * RFC 6275 6.3, 11.3.1: the sum is of the home address, which stands in an
 * option, and not of the source.
 */
static void
home_address(void **state)
{
	static const uint8_t	 home[22] = { 1, 2, 0, 0, 0xc9, 16, 0x20, 1,
				    0xd, 0xb8, 0, 7, [21] = 5 };
	static const uint8_t	 other[6] = { 0x1e, 4, 0xc9, 0xc9, 0xc9, 16 };
	static const uint8_t	 late[22] = { 0, 0xc9, 16, 0x20, 1, 0xd, 0xb8,
				    0, 7, [18] = 5, 1, 1, 0 };
	static const uint8_t	 pad1[6] = { 0, 0, 0, 0, 0, 0 };
	struct world		*w = world(OTHERS);
	struct packet		 p, want;

	(void)state;
	p = udp(A6, 7, R6, 53, 9);
	put_options(&p, 60, home, 3);
	dropped(w, OUTWARD, p, NAT_REASON_BOUND);
	p = udp(A6, 7, R6, 53, 9);
	put_options(&p, 60, late, 3);
	dropped(w, OUTWARD, p, NAT_REASON_BOUND);
	p = udp("fd01::7", 7, R6, 53, 9);
	put_options(&p, 60, home, 3);
	dropped(w, OUTWARD, p, NAT_REASON_BOUND);
	/* Of a header of another kind it is no such option. */
	p = udp(A6, 4004, R6, 53, 9);
	put_options(&p, 0, home, 3);
	p = goes(w, OUTWARD, p);
	/* Its number may be anywhere else. */
	p = udp(A6, 4004, R6, 53, 9);
	put_options(&p, 60, other, 1);
	p = goes(w, OUTWARD, p);
	want = udp(OUT6, r16(p.b + 48), R6, 53, 9);
	put_options(&want, 60, other, 1);
	same(&p, &want);
	p = udp(A6, 4004, R6, 53, 9);
	put_options(&p, 60, pad1, 1);
	(void)goes(w, OUTWARD, p);
	world_free(w);
}

/*
 * RFC 791 3.1: as long as a source route goes on, the destination is one of the
 * stops, and the sum is of the last (RFC 1122 4.2.3.8).
 */
static void
source_route(void **state)
{
	static const uint8_t	 live[8] = { 131, 7, 4, 198, 51, 100, 7, 0 };
	static const uint8_t	 strict[8] = { 1, 137, 7, 4, 198, 51, 100, 7 };
	static const uint8_t	 over[8] = { 131, 7, 8, 198, 51, 100, 7, 0 };
	static const uint8_t	 record[8] = { 7, 7, 4, 131, 7, 4, 0, 0 };
	static const uint8_t	 ended[8] = { 0, 131, 7, 4, 0, 0, 0, 0 };
	static const uint8_t	 stump[4] = { 131, 2, 1, 1 };
	const uint8_t		*fine[] = { over, record, ended };
	struct world		*w = world(OTHERS);
	struct packet		 p, want;
	size_t			 i;

	(void)state;
	p = udp(A4, 4004, R4, 53, 9);
	put_ip_options(&p, live, 8);
	dropped(w, OUTWARD, p, NAT_REASON_BOUND);
	p = udp(A4, 4004, R4, 53, 9);
	put_ip_options(&p, strict, 8);
	dropped(w, OUTWARD, p, NAT_REASON_BOUND);
	p = udp(A4, 4004, R4, 53, 9);
	put_ip_options(&p, stump, 4);
	dropped(w, OUTWARD, p, NAT_REASON_BOUND);
	p = udp(R4, 7, "203.0.114.7", 53, 9);
	put_ip_options(&p, live, 8);
	dropped(w, INWARD, p, NAT_REASON_BOUND);
	for (i = 0; i < 3; i++) {
		p = udp(A4, 4004, R4, 53, 9);
		put_ip_options(&p, fine[i], 8);
		p = goes(w, OUTWARD, p);
		want = udp(OUT4, r16(p.b + 28), R4, 53, 9);
		put_ip_options(&want, fine[i], 8);
		same(&p, &want);
	}
	/* The gateway is one of the stops: its own to say no. */
	p = udp(R4, 53, OUT4, r16(p.b + 28), 9);
	put_ip_options(&p, live, 8);
	untouched(w, INWARD, p);
	world_free(w);
}

/*
 * A routing header that goes on (RFC 8200 4.4): the sum is of the final
 * destination (8.1), which stands in it.
 */
static void
routing_header(void **state)
{
	struct world	*w = world("match in on em0 inet6 proto udp to "
			    "2001:db8::1 port 53 rdr-to fd00::5\n" NAT66);
	struct packet	 p, want;
	uint8_t		 route[22] = { 2, 1 };
	size_t		 i;

	(void)state;
	/* Sums are of what packets say when they arrive. */
	inet_pton(AF_INET6, S6, route + 6);
	for (i = 0; i < 2; i++) {
		p = udp(A6, 4004, S6, 53, 9);
		put_options(&p, 43, route, 3);
		inet_pton(AF_INET6, R6, p.b + 24);
		p = goes(w, OUTWARD, p);
		want = udp(OUT6, r16(p.b + 64), S6, 53, 9);
		put_options(&want, 43, route, 3);
		inet_pton(AF_INET6, R6, want.b + 24);
		same(&p, &want);
	}
	p = udp(R6, 4004, S6, 53, 9);
	put_options(&p, 43, route, 3);
	want = p;
	inet_pton(AF_INET6, OUT6, p.b + 24);
	inet_pton(AF_INET6, A6, want.b + 24);
	becomes(w, INWARD, p, want);
	/* It is over. */
	route[1] = 0;
	p = udp(A6, 4006, R6, 53, 9);
	put_options(&p, 43, route, 3);
	p = goes(w, OUTWARD, p);
	want = udp(OUT6, r16(p.b + 64), R6, 53, 9);
	put_options(&want, 43, route, 3);
	same(&p, &want);
	world_free(w);
}

/* The sum at `at' of what is covered, and a pseudo-header of all. */
static void
sum_covered(struct packet *p, size_t at, size_t cover, int proto)
{
	size_t	 n = p->n;

	p->n = l4_at(p) + cover;
	w16(p->b + at, 0);
	{
		uint8_t		 pseudo[40] = { 0 };
		size_t		 l4 = l4_at(p);
		unsigned int	 sum;

		if (l4 == 40) {
			memcpy(pseudo, p->b + 8, 32);
			w16(pseudo + 34, (unsigned int)(n - l4));
			pseudo[39] = (uint8_t)proto;
			sum = slow_sum(0, pseudo, 40);
		} else {
			memcpy(pseudo, p->b + 12, 8);
			pseudo[9] = (uint8_t)proto;
			w16(pseudo + 10, (unsigned int)(n - l4));
			sum = slow_sum(0, pseudo, 12);
		}
		sum = 0xffffU & ~(unsigned int)slow_sum((uint16_t)sum,
		    p->b + l4, cover);
		w16(p->b + at, sum == 0 ? 0xffff : sum);
	}
	p->n = n;
}

/*
 * UDP-Lite (RFC 3828) and DCCP (RFC 4340 9): their addresses change, and so do
 * their sums, which do not cover everything.
 */
static void
covered_in_part(void **state)
{
	static const char	*const ends[2][3] = { { A4, OUT4, R4 },
				    { A6, OUT6, R6 } };
	struct world		*w = world(NAT44 NAT66);
	struct packet		 p, want;
	int			 i, proto, v6;

	(void)state;
	for (i = 0; i < 4; i++) {
		v6 = i & 1;
		proto = i & 2 ? DCCP : UDPLITE;
		p = ip(proto, ends[v6][0], ends[v6][2], 60);
		want = ip(proto, ends[v6][1], ends[v6][2], 60);
		if (proto == UDPLITE) {
			w16(p.b + l4_at(&p) + 4, 12);
			w16(want.b + l4_at(&p) + 4, 12);
		}
		sum_covered(&p, l4_at(&p) + 6, proto == UDPLITE ? 12 : 16,
		    proto);
		sum_covered(&want, l4_at(&p) + 6, proto == UDPLITE ? 12 : 16,
		    proto);
		becomes(w, OUTWARD, p, want);
		/* And wrong by as much. */
		p.b[l4_at(&p) + 7] ^= 0x10;
		p = goes(w, OUTWARD, p);
		assert_memory_not_equal(p.b, want.b, p.n);
	}
	world_free(w);
}

/* SCTP's is no sum and knows no addresses (RFC 9260 6.8): every bit stays. */
static void
sctp(void **state)
{
	struct world	*w = world(NAT44 NAT66);
	struct packet	 p, want;
	int		 v6;

	(void)state;
	for (v6 = 0; v6 < 2; v6++) {
		p = ip(SCTP, v6 ? A6 : A4, v6 ? R6 : R4, 44);
		want = ip(SCTP, v6 ? OUT6 : OUT4, v6 ? R6 : R4, 44);
		becomes(w, OUTWARD, p, want);
	}
	world_free(w);
}

/* The MSS is lowered where the hardware has the sum still to make. */
static void
unfinished_mss(void **state)
{
	static const uint8_t	 mss[4] = { 2, 4, 0x05, 0xb4 };
	struct world		*w = world("set max-mss 1400\n" NAT44);
	struct packet		 p;
	uint8_t			 pseudo[12] = { 0 };
	int			 i;

	(void)state;
	for (i = 0; i < 2; i++) {
		p = tcp(A4, 4004, R4, 80, SYN, 0);
		p.b[32] = 0x60;
		insert(&p, 40, mss, 4);
		sum_ip(&p);
		memcpy(pseudo, p.b + 12, 8);
		pseudo[9] = NAT_TCP;
		pseudo[11] = 24;
		w16(p.b + 36, slow_sum(0, pseudo, 12));
		assert_int_equal(send_flags(&w->e, DIVERT_DIRECTION_OUT, "em0",
		    &p, DIVERT_PACKET_NOTREADY), NAT_REPLACE);
		assert_int_equal(r16(p.b + 42), 1400);
		memcpy(pseudo, p.b + 12, 8);
		assert_true(is_from(&p, OUT4));
		assert_int_equal(r16(p.b + 36), slow_sum(0, pseudo, 12));
	}
	world_free(w);
}

/*
 * A tunnel whose own UDP has no sum: what the hardware has to make is a sum
 * within, and no sum stays none (RFC 768, RFC 6935).
 */
static void
unfinished_within(void **state)
{
	struct world	*w = world(NAT44 NAT66);
	struct packet	 p, want;
	int		 i, v6;

	(void)state;
	/* The long way, and the short one. */
	for (i = 0; i < 4; i++) {
		v6 = i & 1;
		p = udp(v6 ? A6 : A4, 4004, v6 ? R6 : R4, 4789, 60);
		w16(p.b + l4_at(&p) + 6, 0);
		want = udp(v6 ? OUT6 : OUT4, 4004, v6 ? R6 : R4, 4789, 60);
		w16(want.b + l4_at(&p) + 6, 0);
		assert_int_equal(send_flags(&w->e, DIVERT_DIRECTION_OUT, "em0",
		    &p, DIVERT_PACKET_NOTREADY), NAT_REPLACE);
		memcpy(want.b + l4_at(&p), p.b + l4_at(&p), 2);
		same(&p, &want);
	}
	world_free(w);
}

/*
 * The gateway's own datagram in fragments: what comes back to its port is its
 * own, though a host inside would get packets to all ports.
 */
static void
own_fragments(void **state)
{
	struct world	*w = world("match out on em0 inet from 10.0.0.0/8 to "
			    "any nat-to 203.0.113.1 static-port\n");
	struct packet	 whole;

	(void)state;
	whole = udp(OUT4, 500, R4, 500, 64);
	untouched(w, OUTWARD, fragment(&whole, 9, 0, 32));
	untouched(w, OUTWARD, fragment(&whole, 9, 32, 72));
	/* Before its first: it does not wait. */
	untouched(w, OUTWARD, fragment(&whole, 10, 32, 72));
	assert_int_equal(counts(w).fragments, 0);
	assert_int_equal(counts(w).sessions, 1);
	/* The port of the inside host is the same. */
	(void)goes(w, OUTWARD, udp(A4, 500, S4, 500, 9));
	untouched(w, INWARD, udp(R4, 500, OUT4, 500, 9));
	world_free(w);
}

/*
 * A host that no rule translates but that packets are forwarded to: what it
 * answers in fragments leaves translated, all of it or nothing.
 */
static void
fragments_of_a_target(void **state)
{
	struct world	*w = world("match in on em0 inet proto udp to "
			    "203.0.113.1 port 53 rdr-to 172.16.0.5\n");
	struct packet	 p, want, whole, other;
	int		 verdict;

	(void)state;
	becomes(w, INWARD, udp(R4, 4004, OUT4, 53, 9),
	    udp(R4, 4004, "172.16.0.5", 53, 9));
	whole = udp("172.16.0.5", 53, R4, 4004, 64);
	want = udp(OUT4, 53, R4, 4004, 64);
	becomes(w, OUTWARD, fragment(&whole, 9, 0, 32),
	    fragment(&want, 9, 0, 32));
	becomes(w, OUTWARD, fragment(&whole, 9, 32, 72),
	    fragment(&want, 9, 32, 72));
	/* The other way round. */
	p = fragment(&whole, 10, 32, 72);
	verdict = step(w, OUTWARD, &p);
	assert_int_equal(verdict, NAT_HOLD);
	becomes(w, OUTWARD, fragment(&whole, 10, 0, 32),
	    fragment(&want, 10, 0, 32));
	assert_int_equal(w->e.nreleased, 1);
	want = fragment(&want, 10, 32, 72);
	same(&w->e.released[0].packet, &want);
	/* What it says by itself is not ours to change. */
	other = udp("172.16.0.5", 99, R4, 99, 64);
	untouched(w, OUTWARD, fragment(&other, 11, 0, 32));
	untouched(w, OUTWARD, fragment(&other, 11, 32, 72));
	assert_int_equal(counts(w).fragments, 0);
	p = udp("172.16.0.5", 99, R4, 99, 9);
	put_ah(&p, 20);
	untouched(w, OUTWARD, p);
	/* RFC 1858: a first one too short to tell whose it is. */
	whole = tcp("172.16.0.5", 53, R4, 4004, ACK, 64);
	dropped(w, OUTWARD, fragment(&whole, 12, 0, 16),
	    NAT_REASON_MALFORMED);
	world_free(w);
}

/*
 * Rules for everybody: what comes from outside for somebody inside does not turn
 * back, and keeps its source.
 */
static void
from_everybody(void **state)
{
	static const char	*const rules[2] = {
		"match out on em0 inet from any to any nat-to 203.0.113.1 "
		    "static-port\n",
		"match out inet from any to any nat-to 203.0.113.1 "
		    "static-port\n"
	};
	struct world		*w;
	int			 i;

	(void)state;
	for (i = 0; i < 2; i++) {
		w = world(rules[i]);
		becomes(w, OUTWARD, udp(A4, 4004, R4, 53, 9),
		    udp(OUT4, 4004, R4, 53, 9));
		becomes(w, INWARD, udp(S4, 99, OUT4, 4004, 9),
		    udp(S4, 99, A4, 4004, 9));
		world_free(w);
	}
}

/* Who is exempt is seen as who it is, also by hosts inside. */
static void
exempt_host_turns_back(void **state)
{
	struct world	*w = world("pass out on em0 inet from 10.0.0.9 to "
			    "any\nmatch out on em0 inet from 10.0.0.0/8 to "
			    "any nat-to 203.0.113.1 static-port\n");

	(void)state;
	(void)goes(w, OUTWARD, udp(A4, 4004, R4, 53, 9));
	becomes(w, FROM_INSIDE, udp("10.0.0.9", 7, OUT4, 4004, 9),
	    udp("10.0.0.9", 7, A4, 4004, 9));
	world_free(w);
}

/*
 * The other host inside has ended meanwhile: what turned back to it goes
 * nowhere, as it is translated by half.
 */
static void
nobody_there_any_more(void **state)
{
	static const uint8_t	 b[4] = { 10, 0, 0, 6 };
	struct world		*w = world("match out on em0 inet from "
				    "10.0.0.0/8 to any nat-to 203.0.113.1 "
				    "static-port\n");

	(void)state;
	(void)goes(w, OUTWARD, udp(B4, 2222, R4, 53, 4));
	becomes(w, FROM_INSIDE, udp(A4, 1234, OUT4, 2222, 4),
	    udp(OUT4, 1234, B4, 2222, 4));
	assert_true(nat_kill(w->e.nat, 4, b) > 0);
	dropped(w, FROM_INSIDE, udp(A4, 1234, OUT4, 2222, 4),
	    NAT_REASON_UNMATCHED);
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(authentication_header),
		cmocka_unit_test(home_address),
		cmocka_unit_test(source_route),
		cmocka_unit_test(routing_header),
		cmocka_unit_test(covered_in_part),
		cmocka_unit_test(sctp),
		cmocka_unit_test(unfinished_mss),
		cmocka_unit_test(unfinished_within),
		cmocka_unit_test(own_fragments),
		cmocka_unit_test(fragments_of_a_target),
		cmocka_unit_test(from_everybody),
		cmocka_unit_test(exempt_host_turns_back),
		cmocka_unit_test(nobody_there_any_more)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
