/* SPDX-License-Identifier: ISC */

/* What RFC 4787 asks of a translator of UDP: U1 to U14 of regress/NAT. */

#include "compat.h"

#include "nat_harness.h"

static void
U1_same_mapping_for_two_remotes(void **state)
{
	struct world	*w = world(NAT44);
	struct packet	 p;
	int		 port;

	(void)state;
	p = goes(w, OUTWARD, udp(A4, 4000, R4, 5000, 9));
	port = sport(&p);
	becomes(w, OUTWARD, udp(A4, 4000, R4, 5001, 9),
	    udp(OUT4, port, R4, 5001, 9));
	becomes(w, OUTWARD, udp(A4, 4000, S4, 5000, 9),
	    udp(OUT4, port, S4, 5000, 9));
	world_free(w);

	w = world(NAT66);
	p = goes(w, OUTWARD, udp(A6, 4000, R6, 5000, 9));
	port = sport(&p);
	becomes(w, OUTWARD, udp(A6, 4000, S6, 5001, 9),
	    udp(OUT6, port, S6, 5001, 9));
	world_free(w);
}

#define POOL4	"match out on em0 inet from 10.0.0.0/8 to any nat-to " \
		"{ 203.0.113.1, 203.0.113.2, 203.0.113.3, 203.0.113.4 }\n"

static void
U2_one_outside_address_per_host(void **state)
{
	struct world	*w = world(POOL4);
	struct packet	 p, first;
	int		 host, i, seen = 0;

	(void)state;
	for (host = 1; host <= 32; host++) {
		first = goes(w, OUTWARD, udp(inside(host), 4000, R4, 5000, 9));
		assert_memory_equal(first.b + 12, "\313\0\161", 3);
		seen |= 1 << first.b[15];
		for (i = 1; i < 20; i++) {
			p = goes(w, OUTWARD, udp(inside(host), 4000 + i,
			    i % 2 == 0 ? R4 : S4, 5000 + i, 9));
			assert_memory_equal(p.b + 12, first.b + 12, 4);
		}
	}
	/* And the pool is not there for nothing. */
	assert_int_equal(seen, 0x1e);
	world_free(w);
}

static void
U3_no_overloading_and_port_class(void **state)
{
	struct world	*w = world(NAT44);
	static uint8_t	 taken[65536];
	struct packet	 p;
	int		 host, low;

	(void)state;
	memset(taken, 0, sizeof(taken));
	for (host = 1; host <= 1000; host++) {
		low = host % 4 == 0;
		/* As many as possible want the same, of different remotes. */
		p = goes(w, OUTWARD, udp(inside(host), low ? 500 : 4000,
		    host % 2 == 0 ? R4 : S4, 5000, 9));
		assert_int_equal(taken[sport(&p)]++, 0);
		assert_int_equal(sport(&p) < 1024, low);
		assert_true(sport(&p) != 0);
	}
	world_free(w);

	/* All of them, and then none rather than one of the other class. */
	w = world(NAT44);
	for (host = 1; host <= 1023; host++) {
		p = goes(w, OUTWARD, udp(inside(host), host % 1023 + 1, R4,
		    5000, 9));
		assert_in_range(sport(&p), 1, 1023);
	}
	dropped(w, OUTWARD, udp(inside(1024), 1023, R4, 5000, 9),
	    NAT_REASON_NO_PORT);
	p = goes(w, OUTWARD, udp(inside(1024), 1024, R4, 5000, 9));
	assert_in_range(sport(&p), 1024, 65535);
	world_free(w);

	/* The class is kept where remotes share ports, too. */
	w = world("set mapping port-overlap\n" NAT44);
	for (host = 1; host <= 200; host++) {
		p = goes(w, OUTWARD, udp(inside(host), 512 + host % 512, R4,
		    5000, 9));
		assert_in_range(sport(&p), 1, 1023);
		p = goes(w, OUTWARD, udp(inside(host), 1024 + host, R4,
		    5000, 9));
		assert_in_range(sport(&p), 1024, 65535);
	}
	world_free(w);
}

static void
U4_port_parity(void **state)
{
	struct world	*w = world(NAT44);
	struct packet	 p;
	int		 port;

	(void)state;
	for (port = 4000; port < 4200; port++) {
		p = goes(w, OUTWARD, udp(A4, port, R4, 5000, 9));
		assert_int_equal(sport(&p) % 2, port % 2);
		p = goes(w, OUTWARD, udp(B4, port % 1000 + 1, R4, 5000, 9));
		assert_int_equal(sport(&p) % 2, (port % 1000 + 1) % 2);
	}
	world_free(w);
}

/* Both ways, then nothing for so long, then in again. */
static void
idle_udp(const char *rules, int far, double idle, int alive)
{
	struct world	*w = world(rules);
	struct packet	 p;
	int		 port;

	p = goes(w, OUTWARD, udp(A4, 4000, R4, far, 9));
	port = sport(&p);
	becomes(w, INWARD, udp(R4, far, OUT4, port, 9),
	    udp(R4, far, A4, 4000, 9));
	later(w, idle);
	if (alive)
		becomes(w, INWARD, udp(R4, far, OUT4, port, 9),
		    udp(R4, far, A4, 4000, 9));
	else
		untouched(w, INWARD, udp(R4, far, OUT4, port, 9));
	world_free(w);
}

static void
U5_idle_mapping_stays(void **state)
{
	(void)state;
	idle_udp(NAT44, 5000, 119, 1);
	idle_udp(NAT44, 1024, 299, 1);
	idle_udp(NAT44, 1023, 119, 1);
	idle_udp(NAT44, 5000, 302, 0);
	idle_udp("set timeout udp 600\n" NAT44, 5000, 598, 1);
	/* Less than two minutes not by mistake. */
	assert_true(refused("set timeout udp 119\n" NAT44));
	assert_false(refused("set timeout udp 120\n" NAT44));
	/* Of well-known ports, one has less. */
	idle_udp(NAT44, 53, 29, 1);
	idle_udp(NAT44, 53, 32, 0);
}

static void
U6_outbound_refreshes(void **state)
{
	static const char	*rules[2] = {
		"set timeout udp 200\n" NAT44,
		"set timeout udp 200\nset refresh-inbound on\n" NAT44
	};
	struct world		*w;
	struct packet		 p, in;
	int			 i, on, port;

	(void)state;
	w = world(rules[0]);
	p = goes(w, OUTWARD, udp(A4, 4000, R4, 5000, 9));
	port = sport(&p);
	for (i = 0; i < 6; i++) {
		later(w, 190);
		becomes(w, OUTWARD, udp(A4, 4000, R4, 5000, 9),
		    udp(OUT4, port, R4, 5000, 9));
	}
	world_free(w);

	for (on = 0; on < 2; on++) {
		w = world(rules[on]);
		p = goes(w, OUTWARD, udp(A4, 4000, R4, 5000, 9));
		in = udp(R4, 5000, OUT4, sport(&p), 9);
		later(w, 150);
		becomes(w, INWARD, in, udp(R4, 5000, A4, 4000, 9));
		later(w, 100);
		if (on)
			becomes(w, INWARD, in, udp(R4, 5000, A4, 4000, 9));
		else
			untouched(w, INWARD, in);
		world_free(w);
	}
}

static void
U7_inside_and_outside_overlap(void **state)
{
	struct world	*w = world("match out on em0 inet from 10.0.0.0/24 "
			    "to any nat-to 10.0.0.254\n");
	struct packet	 a, b;

	(void)state;
	/* 10.0.0.99 is there on both sides, and both talk. */
	a = goes(w, OUTWARD, udp("10.0.0.5", 4000, "10.0.0.99", 5000, 9));
	b = goes(w, OUTWARD, udp("10.0.0.99", 5000, "10.0.0.5", 4000, 9));
	assert_true(sport(&a) != sport(&b));
	becomes(w, INWARD, udp("10.0.0.99", 5000, "10.0.0.254", sport(&a), 9),
	    udp("10.0.0.99", 5000, "10.0.0.5", 4000, 9));
	becomes(w, INWARD, udp("10.0.0.5", 4000, "10.0.0.254", sport(&b), 9),
	    udp("10.0.0.5", 4000, "10.0.0.99", 5000, 9));
	/* The same address, and the same port, at both ends. */
	a = goes(w, OUTWARD, udp("10.0.0.7", 4000, "10.0.0.7", 4000, 9));
	becomes(w, INWARD, udp("10.0.0.7", 4000, "10.0.0.254", sport(&a), 9),
	    udp("10.0.0.7", 4000, "10.0.0.7", 4000, 9));
	world_free(w);
}

static void
U8_filtering(void **state)
{
	static const char	*rules[3] = {
		NAT44,
		"set filtering address-dependent\n" NAT44,
		"set filtering address-and-port-dependent\n" NAT44
	};
	struct packet		 p;
	struct world		*w;
	int			 i, port;

	(void)state;
	for (i = 0; i < 3; i++) {
		w = world(rules[i]);
		p = goes(w, OUTWARD, udp(A4, 4000, R4, 5000, 9));
		port = sport(&p);
		if (i == 0)
			becomes(w, INWARD, udp(S4, 7000, OUT4, port, 9),
			    udp(S4, 7000, A4, 4000, 9));
		else
			dropped(w, INWARD, udp(S4, 7000, OUT4, port, 9),
			    NAT_REASON_FILTERED);
		if (i < 2)
			becomes(w, INWARD, udp(R4, 7000, OUT4, port, 9),
			    udp(R4, 7000, A4, 4000, 9));
		else
			dropped(w, INWARD, udp(R4, 7000, OUT4, port, 9),
			    NAT_REASON_FILTERED);
		becomes(w, INWARD, udp(R4, 5000, OUT4, port, 9),
		    udp(R4, 5000, A4, 4000, 9));
		world_free(w);
	}
}

static void
U9_hairpin_with_external_source(void **state)
{
	struct world	*w = world(NAT44);
	struct packet	 p, want;
	int		 a, b;

	(void)state;
	p = goes(w, OUTWARD, udp(B4, 6000, R4, 5000, 9));
	b = sport(&p);
	/* A has no mapping so far. */
	p = goes(w, FROM_INSIDE, udp(A4, 4000, OUT4, b, 9));
	a = sport(&p);
	assert_true(a != b);
	want = udp(OUT4, a, B4, 6000, 9);
	same(&p, &want);
	becomes(w, FROM_INSIDE, udp(B4, 6000, OUT4, a, 9),
	    udp(OUT4, b, A4, 4000, 9));
	world_free(w);

	w = world(NAT66);
	p = goes(w, OUTWARD, udp(B6, 6000, R6, 5000, 9));
	b = sport(&p);
	p = goes(w, FROM_INSIDE, udp(A6, 4000, OUT6, b, 9));
	a = sport(&p);
	becomes(w, FROM_INSIDE, udp(A6, 4000, OUT6, b, 9),
	    udp(OUT6, a, B6, 6000, 9));
	becomes(w, FROM_INSIDE, udp(B6, 6000, OUT6, a, 9),
	    udp(OUT6, b, A6, 4000, 9));
	world_free(w);

	/* To oneself. */
	w = world(NAT44);
	p = goes(w, OUTWARD, udp(A4, 4000, R4, 5000, 9));
	a = sport(&p);
	p = goes(w, FROM_INSIDE, udp(A4, 4000, OUT4, a, 9));
	/* Which port of its own it is then is asked by U1. */
	want = udp(OUT4, sport(&p), A4, 4000, 9);
	same(&p, &want);
	world_free(w);
}

/* A packet with this payload. */
static struct packet
saying(struct packet p, const char *text)
{
	size_t	 l4 = l4_at(&p), n = strlen(text);
	int	 tcp_or_udp = p.b[9];

	assert_true(n <= p.n - l4);
	memcpy(p.b + p.n - n, text, n);
	sum_l4(&p, l4, l4 + (tcp_or_udp == NAT_TCP ? 16 : 6), tcp_or_udp);
	return (p);
}

static void
U10_no_gateways_for_applications(void **state)
{
	static const struct {
		int		 port;
		const char	*text;
	} said[] = {
		{ 5060, "INVITE sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.5:"
		    "4000\r\nContact: <sip:a@10.0.0.5:4000>\r\n\r\nc=IN IP4 "
		    "10.0.0.5\r\nm=audio 4000 RTP/AVP 0\r\n" },
		{ 69, "\0\1file\0octet" },
		{ 2427, "CRCX 1 a@[10.0.0.5] MGCP 1.0" },
		{ 161, "10.0.0.5" },
		{ 53, "10.0.0.5" }
	};
	struct world	*w = world(NAT44);
	struct packet	 p;
	size_t		 i;

	(void)state;
	for (i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		p = goes(w, OUTWARD, udp(A4, 4000, R4, said[i].port, 200));
		becomes(w, OUTWARD, saying(udp(A4, 4000, R4, said[i].port,
		    200), said[i].text), saying(udp(OUT4, sport(&p), R4,
		    said[i].port, 200), said[i].text));
		becomes(w, INWARD, saying(udp(R4, said[i].port, OUT4,
		    sport(&p), 200), said[i].text), saying(udp(R4,
		    said[i].port, A4, 4000, 200), said[i].text));
	}
	/* Nobody is expected who was announced. */
	assert_int_equal(counts(w).sessions, 5);
	world_free(w);
}

#define TEN_PORTS	"match out on em0 inet from 10.0.0.0/8 to any nat-to " \
			"203.0.113.1 port 5000:5009\n"

/* Does an endpoint look the same to another remote? */
static int
is_independent(struct world *w, int host, int port)
{
	struct packet	 p = udp(inside(host), 5004, S4, 7000, 9), want;

	want = udp(OUT4, port, S4, 7000, 9);
	return (step(w, OUTWARD, &p) == NAT_REPLACE && p.n == want.n &&
	    memcmp(p.b, want.b, p.n) == 0);
}

static void
U11_the_same_under_load_and_conflict(void **state)
{
	struct world	*w = world(TEN_PORTS);
	struct packet	 p;
	int		 alone, i, ports[10];

	(void)state;
	p = goes(w, OUTWARD, udp(inside(1), 5004, R4, 5000, 9));
	alone = is_independent(w, 1, sport(&p));
	world_free(w);

	w = world(TEN_PORTS);
	/* All want the same port; one after the other is taken. */
	for (i = 0; i < 10; i++) {
		p = goes(w, OUTWARD, udp(inside(i + 1), 5004, R4, 5000, 9));
		ports[i] = sport(&p);
		assert_in_range(ports[i], 5000, 5009);
	}
	dropped(w, OUTWARD, udp(inside(11), 5004, R4, 5000, 9),
	    NAT_REASON_NO_PORT);
	dropped(w, OUTWARD, udp(inside(11), 5004, S4, 5001, 9),
	    NAT_REASON_NO_PORT);
	for (i = 0; i < 10; i++) {
		/* As independent of the endpoint as by itself, both ways. */
		assert_int_equal(is_independent(w, i + 1, ports[i]), alone);
		becomes(w, INWARD, udp("198.51.100.8", 9, OUT4, ports[i], 9),
		    udp("198.51.100.8", 9, inside(i + 1), 5004, 9));
	}
	world_free(w);
}

static void
U12_icmp_ends_no_mapping(void **state)
{
	struct world	*w = world(NAT44);
	struct packet	 out, p, want;
	int		 code, port;

	(void)state;
	out = goes(w, OUTWARD, udp(A4, 4000, R4, 5000, 9));
	port = sport(&out);
	want = udp(A4, 4000, R4, 5000, 9);
	for (code = 0; code <= 13; code++) {
		/* From whoever is on the way. */
		p = icmp(code % 2 == 0 ? R4 : "198.51.100.77", OUT4, 3, code,
		    0, &out, 28);
		becomes(w, INWARD, p, icmp(code % 2 == 0 ? R4 :
		    "198.51.100.77", A4, 3, code, 0, &want, 28));
	}
	assert_int_equal(counts(w).mappings, 1);
	assert_int_equal(counts(w).sessions, 1);
	becomes(w, OUTWARD, udp(A4, 4000, R4, 5000, 9),
	    udp(OUT4, port, R4, 5000, 9));
	becomes(w, INWARD, udp(R4, 5000, OUT4, port, 9),
	    udp(R4, 5000, A4, 4000, 9));
	/* The mapping, and not the session alone. */
	becomes(w, INWARD, udp(S4, 5001, OUT4, port, 9),
	    udp(S4, 5001, A4, 4000, 9));
	world_free(w);
}

static struct packet
with_df(struct packet p)
{
	p.b[6] |= 0x40;
	sum_ip(&p);
	return (p);
}

/*
 * Cutting what may be cut is the gateway's own part (regress/live); here:
 * nothing of what it needs for that is changed, and who must know is told.
 */
static void
U13_dont_fragment(void **state)
{
	struct world		*w = world(NAT44);
	struct divert_packet	 pkt;
	struct packet		 out, want, p;
	int			 port;

	(void)state;
	out = goes(w, OUTWARD, with_df(udp(A4, 4000, R4, 5000, 1400)));
	port = sport(&out);
	want = with_df(udp(OUT4, port, R4, 5000, 1400));
	same(&out, &want);
	becomes(w, OUTWARD, udp(A4, 4000, R4, 5000, 1400),
	    udp(OUT4, port, R4, 5000, 1400));
	/* Too big somewhere: the MTU comes back to who must know it. */
	p = icmp("198.51.100.77", OUT4, 3, 4, 1280, &want, 28);
	want = with_df(udp(A4, 4000, R4, 5000, 1400));
	becomes(w, INWARD, p, icmp("198.51.100.77", A4, 3, 4, 1280, &want,
	    28));
	/* Too big for the gateway's own link: the sender did not see OUT4. */
	later(w, 1);
	memset(&pkt, 0, sizeof(pkt));
	p = goes(w, OUTWARD, want);
	pkt.data = p.b;
	pkt.len = pkt.wirelen = (uint32_t)p.n;
	pkt.direction = DIVERT_DIRECTION_OUT;
	strcpy(pkt.ifname, "em0");
	nat_too_large(w->e.nat, &pkt, 1200, w->e.now);
	assert_int_equal(w->e.nmade, 1);
	p = *made(w, 0);
	assert_true(is_to(&p, A4));
	assert_int_equal(p.b[20] << 8 | p.b[21], 0x0304);
	assert_int_equal(r16(p.b + 26), 1200);
	assert_int_equal(slow_sum(0, p.b + 20, p.n - 20), 0xffff);
	assert_true(p.n >= 56);
	assert_memory_equal(p.b + 28, want.b, p.n - 28);
	world_free(w);
}

/* Pieces 0, 1, 2 of a datagram. */
static struct packet
piece(struct packet whole, int id, int n)
{
	static const size_t	 at[4] = { 0, 24, 48, 200 };

	return (fragment(&whole, id, at[n], at[n + 1]));
}

/* In this order; each must come out as the same piece of `want'. */
static void
in_order(struct world *w, enum where where, struct packet whole,
    struct packet want, int id, const int *order)
{
	struct packet	 p, out[3], expected;
	int		 i, j, n = 0, verdict, found;

	w->e.nreleased = 0;
	for (i = 0; i < 3; i++) {
		p = piece(whole, id, order[i]);
		verdict = step(w, where, &p);
		if (verdict == NAT_REPLACE)
			out[n++] = p;
		else
			assert_int_equal(verdict, NAT_HOLD);
	}
	for (i = 0; i < w->e.nreleased; i++) {
		assert_int_equal(w->e.released[i].verdict, NAT_REPLACE);
		assert_true(n < 3);
		out[n++] = w->e.released[i].packet;
	}
	assert_int_equal(n, 3);
	for (i = 0; i < 3; i++) {
		expected = piece(want, id, i);
		for (j = 0, found = 0; j < 3; j++)
			found += out[j].n == expected.n && memcmp(out[j].b,
			    expected.b, expected.n) == 0;
		assert_int_equal(found, 1);
	}
}

static const int	 orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
    { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };

static void
U14_fragments_in_any_order(void **state)
{
	struct world	*w = world(NAT44 NAT66);
	struct packet	 p, flood;
	int		 i, id = 100, port, port6;

	(void)state;
	p = goes(w, OUTWARD, udp(A4, 4000, R4, 5000, 9));
	port = sport(&p);
	p = goes(w, OUTWARD, udp(A6, 4000, R6, 5000, 9));
	port6 = sport(&p);
	for (i = 0; i < 6; i++) {
		in_order(w, OUTWARD, udp(A4, 4000, R4, 5000, 61),
		    udp(OUT4, port, R4, 5000, 61), id++, orders[i]);
		in_order(w, INWARD, udp(R4, 5000, OUT4, port, 61),
		    udp(R4, 5000, A4, 4000, 61), id++, orders[i]);
		in_order(w, OUTWARD, udp(A6, 4000, R6, 5000, 61),
		    udp(OUT6, port6, R6, 5000, 61), id++, orders[i]);
		in_order(w, INWARD, udp(R6, 5000, OUT6, port6, 61),
		    udp(R6, 5000, A6, 4000, 61), id++, orders[i]);
	}
	/* A flood of ends whose beginning never comes. */
	for (i = 0; i < 5000; i++) {
		flood = piece(udp(S4, 9, OUT4, port, 61), i, 2);
		(void)step(w, INWARD, &flood);
	}
	becomes(w, INWARD, udp(R4, 5000, OUT4, port, 9),
	    udp(R4, 5000, A4, 4000, 9));
	in_order(w, INWARD, udp(R4, 5000, OUT4, port, 61),
	    udp(R4, 5000, A4, 4000, 61), id++, orders[0]);
	in_order(w, OUTWARD, udp(A4, 4000, R4, 5000, 61),
	    udp(OUT4, port, R4, 5000, 61), id++, orders[0]);
	assert_true(counts(w).held < 5000);
	/* And of beginnings whose end never comes. */
	for (i = 0; i < 5000; i++) {
		flood = piece(udp(S4, 9, OUT4, port, 61), i, 0);
		(void)step(w, INWARD, &flood);
	}
	becomes(w, INWARD, udp(R4, 5000, OUT4, port, 9),
	    udp(R4, 5000, A4, 4000, 9));
	/* Later there is room again. */
	later(w, 20);
	in_order(w, INWARD, udp(R4, 5000, OUT4, port, 61),
	    udp(R4, 5000, A4, 4000, 61), id++, orders[5]);
	world_free(w);
}

/*
 * Without mappings, too: a forward is for hosts inside as well, and its answers
 * come back to who asked by the sessions alone.
 */
static void
U9_forward_from_inside_with_port_overlap(void **state)
{
	struct world	*w = world("set mapping port-overlap\n"
	    "match in on em0 inet proto udp to 203.0.113.1 port 53 "
	    "rdr-to 10.0.0.6 port 5353\n" NAT44);
	struct packet	 p;
	int		 a, b;

	(void)state;
	p = goes(w, FROM_INSIDE, udp(A4, 4000, OUT4, 53, 9));
	a = sport(&p);
	becomes(w, FROM_INSIDE, udp(A4, 4000, OUT4, 53, 9),
	    udp(OUT4, a, B4, 5353, 9));
	becomes(w, FROM_INSIDE, udp(B4, 5353, OUT4, a, 9),
	    udp(OUT4, 53, A4, 4000, 9));
	/* One who was not asked is nobody's peer. */
	untouched(w, FROM_INSIDE, udp(B4, 5354, OUT4, a, 9));
	p = goes(w, OUTWARD, udp(B4, 6000, R4, 5000, 9));
	b = sport(&p);
	untouched(w, FROM_INSIDE, udp(A4, 4000, OUT4, b, 9));
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(U1_same_mapping_for_two_remotes),
		cmocka_unit_test(U2_one_outside_address_per_host),
		cmocka_unit_test(U3_no_overloading_and_port_class),
		cmocka_unit_test(U4_port_parity),
		cmocka_unit_test(U5_idle_mapping_stays),
		cmocka_unit_test(U6_outbound_refreshes),
		cmocka_unit_test(U7_inside_and_outside_overlap),
		cmocka_unit_test(U8_filtering),
		cmocka_unit_test(U9_hairpin_with_external_source),
		cmocka_unit_test(U9_forward_from_inside_with_port_overlap),
		cmocka_unit_test(U10_no_gateways_for_applications),
		cmocka_unit_test(U11_the_same_under_load_and_conflict),
		cmocka_unit_test(U12_icmp_ends_no_mapping),
		cmocka_unit_test(U13_dont_fragment),
		cmocka_unit_test(U14_fragments_in_any_order)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
