/* SPDX-License-Identifier: ISC */

/*
 * U14 (RFC 4787 REQ-14): fragments through the translator, in any order, with
 * bounded memory, in both families.  What is expected are the fragments of the
 * datagram as it must be when it is translated.
 */

#include "compat.h"

#include "nat_test.h"

#define NAT44	"match out on em0 inet from 10.0.0.0/8 to any " \
		"nat-to 203.0.113.1 port 5000\n"
#define NAT66	"match out on em0 inet6 from fd00::/8 to any " \
		"nat-to 2001:db8::1 port 5000\n"

static const struct side {
	const char	*in, *out, *far;
} sides[2] = {
	{ "10.0.0.5", "203.0.113.1", "192.0.2.9" },
	{ "fd00::5", "2001:db8::1", "2001:db8:9::9" }
};

#define PIECES	4
#define PIECE	64			/* bytes; the last one has fewer */

/* A datagram in pieces, as it comes and as it must go. */
struct datagram {
	struct packet	 whole;
	struct packet	 was[PIECES];
	struct packet	 is[PIECES];
};

static void
cut(struct datagram *d, const struct packet *was, const struct packet *is,
    int id)
{
	size_t	 i;

	d->whole = *is;
	for (i = 0; i < PIECES; i++) {
		d->was[i] = fragment(was, id, i * PIECE, (i + 1) * PIECE);
		d->is[i] = fragment(is, id, i * PIECE, (i + 1) * PIECE);
	}
}

static struct datagram
outgoing(const struct side *s, int id)
{
	struct datagram	 d;
	struct packet	 is, was;

	was = udp(s->in, 1234, s->far, 53, 220);
	is = udp(s->out, 5000, s->far, 53, 220);
	cut(&d, &was, &is, id);
	return (d);
}

static struct datagram
incoming(const struct side *s, int id)
{
	struct datagram	 d;
	struct packet	 is, was;

	was = udp(s->far, 53, s->out, 5000, 220);
	is = udp(s->far, 53, s->in, 1234, 220);
	cut(&d, &was, &is, id);
	return (d);
}

static struct engine *
with_session(const char *rules, const struct side *s)
{
	struct engine	*e = engine_new(rules);
	struct packet	 p = udp(s->in, 1234, s->far, 53, 4);

	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	return (e);
}

static unsigned int
held_now(struct engine *e)
{
	struct nat_counts	 counts;

	nat_counts(e->nat, &counts);
	return (counts.held);
}

static unsigned int
datagrams_now(struct engine *e)
{
	struct nat_counts	 counts;

	nat_counts(e->nat, &counts);
	return (counts.fragments);
}

/* Send the pieces in this order: all must arrive, each as it must be. */
static void
send_in_order(struct engine *e, int direction, const struct datagram *d,
    const int order[PIECES])
{
	struct packet	 p;
	int		 early[PIECES], i, k, n = 0, seen = 0, verdict;

	e->nreleased = 0;
	for (i = 0; i < PIECES; i++) {
		k = order[i];
		p = d->was[k];
		verdict = send_flags(e, direction, "em0", &p, 0);
		seen |= k == 0;
		if (!seen) {
			assert_int_equal(verdict, NAT_HOLD);
			assert_int_equal(e->nreleased, 0);
			early[n++] = k;
			continue;
		}
		assert_int_equal(verdict, NAT_REPLACE);
		same(&p, &d->is[k]);
		/* Those that waited came with the first, as they had come. */
		assert_int_equal(e->nreleased, n);
	}
	for (i = 0; i < n; i++) {
		assert_int_equal(e->released[i].verdict, NAT_REPLACE);
		same(&e->released[i].packet, &d->is[early[i]]);
		assert_int_equal(e->released[i].pkt.direction, direction);
		assert_string_equal(e->released[i].pkt.ifname, "em0");
	}
	assert_int_equal(held_now(e), 0);
	/* All of it was there, and it is forgotten. */
	assert_int_equal(datagrams_now(e), 0);
}

static void
U14_any_order(void **state)
{
	struct datagram	 in, out;
	struct engine	*e;
	int		 a, b, c, id = 1, v6;

	(void)state;
	for (v6 = 0; v6 < 2; v6++) {
		e = with_session(NAT44 NAT66, &sides[v6]);
		for (a = 0; a < 4; a++)
			for (b = 0; b < 4; b++)
				for (c = 0; c < 4; c++) {
					const int order[PIECES] = { a, b, c,
					    6 - a - b - c };

					if (a == b || a == c || b == c)
						continue;
					out = outgoing(&sides[v6], id);
					in = incoming(&sides[v6], id++);
					send_in_order(e, DIVERT_DIRECTION_OUT,
					    &out, order);
					send_in_order(e, DIVERT_DIRECTION_IN,
					    &in, order);
				}
		engine_free(e);
	}
}

/* The same by another hand: scapy 2.5, its fragment(). */
static void
U14_bytes_of_scapy(void **state)
{
	/* fragment(IP(src="10.0.0.5", dst="192.0.2.9", id=77) /
	 * UDP(sport=1234, dport=53) / "abcdefghijklmnopqrstuvwxyz",
	 * fragsize=16) */
	static const uint8_t	 was[3][40] = {
		{ 0x45, 0x00, 0x00, 0x24, 0x00, 0x4d, 0x20, 0x00, 0x40, 0x11,
		  0x8e, 0x6e, 0x0a, 0x00, 0x00, 0x05, 0xc0, 0x00, 0x02, 0x09,
		  0x04, 0xd2, 0x00, 0x35, 0x00, 0x22, 0x9f, 0xf9, 0x61, 0x62,
		  0x63, 0x64, 0x65, 0x66, 0x67, 0x68 },
		{ 0x45, 0x00, 0x00, 0x24, 0x00, 0x4d, 0x20, 0x02, 0x40, 0x11,
		  0x8e, 0x6c, 0x0a, 0x00, 0x00, 0x05, 0xc0, 0x00, 0x02, 0x09,
		  0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x70, 0x71, 0x72,
		  0x73, 0x74, 0x75, 0x76, 0x77, 0x78 },
		{ 0x45, 0x00, 0x00, 0x16, 0x00, 0x4d, 0x00, 0x04, 0x40, 0x11,
		  0xae, 0x78, 0x0a, 0x00, 0x00, 0x05, 0xc0, 0x00, 0x02, 0x09,
		  0x79, 0x7a },
	};
	/* The same from 203.0.113.1 and 5000. */
	static const uint8_t	 is[3][40] = {
		{ 0x45, 0x00, 0x00, 0x24, 0x00, 0x4d, 0x20, 0x00, 0x40, 0x11,
		  0x5c, 0x71, 0xcb, 0x00, 0x71, 0x01, 0xc0, 0x00, 0x02, 0x09,
		  0x13, 0x88, 0x00, 0x35, 0x00, 0x22, 0x5f, 0x46, 0x61, 0x62,
		  0x63, 0x64, 0x65, 0x66, 0x67, 0x68 },
		{ 0x45, 0x00, 0x00, 0x24, 0x00, 0x4d, 0x20, 0x02, 0x40, 0x11,
		  0x5c, 0x6f, 0xcb, 0x00, 0x71, 0x01, 0xc0, 0x00, 0x02, 0x09,
		  0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x70, 0x71, 0x72,
		  0x73, 0x74, 0x75, 0x76, 0x77, 0x78 },
		{ 0x45, 0x00, 0x00, 0x16, 0x00, 0x4d, 0x00, 0x04, 0x40, 0x11,
		  0x7c, 0x7b, 0xcb, 0x00, 0x71, 0x01, 0xc0, 0x00, 0x02, 0x09,
		  0x79, 0x7a },
	};
	static const size_t	 sizes[3] = { 36, 36, 22 };
	static const int	 order[3] = { 2, 1, 0 };
	struct engine	*e = engine_new(NAT44);
	struct packet	 p = { 0 }, want = { 0 };
	int		 i;

	(void)state;
	for (i = 0; i < 3; i++) {
		p.n = sizes[order[i]];
		memcpy(p.b, was[order[i]], p.n);
		assert_int_equal(send_out(e, &p), i < 2 ? NAT_HOLD :
		    NAT_REPLACE);
		if (i < 2)
			continue;
		want.n = p.n;
		memcpy(want.b, is[0], p.n);
		same(&p, &want);
	}
	assert_int_equal(e->nreleased, 2);
	for (i = 0; i < 2; i++) {
		want.n = sizes[order[i]];
		memcpy(want.b, is[order[i]], want.n);
		same(&e->released[i].packet, &want);
	}
	engine_free(e);
}

/* What is held keeps what travels with it. */
static void
U14_metadata(void **state)
{
	struct datagram	 d = outgoing(&sides[0], 1);
	struct engine	*e = engine_new(NAT44);
	struct divert_packet pkt;
	uint8_t		 reason, room[DIVERT_HEADROOM + 200], verdict;

	(void)state;
	memset(&pkt, 0, sizeof(pkt));
	pkt.data = room + DIVERT_HEADROOM;
	memcpy(pkt.data, d.was[1].b, d.was[1].n);
	pkt.len = pkt.wirelen = (uint32_t)d.was[1].n;
	pkt.id = 4711;
	pkt.mark = 99;
	pkt.flags = DIVERT_PACKET_HAS_ID | DIVERT_PACKET_HAS_MARK;
	pkt.time.tv_sec = 12345;
	pkt.direction = DIVERT_DIRECTION_OUT;
	strcpy(pkt.ifname, "em0");
	nat_packets(e->nat, &pkt, 1, e->now, &verdict, &reason);
	assert_int_equal(verdict, NAT_HOLD);
	/* The caller may do with its own bytes what it likes. */
	memset(room, 0xee, sizeof(room));
	assert_int_equal(send_out(e, &d.was[0]), NAT_REPLACE);
	assert_int_equal(e->nreleased, 1);
	same(&e->released[0].packet, &d.is[1]);
	assert_int_equal(e->released[0].pkt.id, 4711);
	assert_int_equal(e->released[0].pkt.mark, 99);
	assert_int_equal(e->released[0].pkt.flags, DIVERT_PACKET_HAS_ID |
	    DIVERT_PACKET_HAS_MARK);
	assert_int_equal(e->released[0].pkt.time.tv_sec, 12345);
	engine_free(e);
}

static void
U14_tcp_and_echo(void **state)
{
	static const int	 order[PIECES] = { 3, 0, 2, 1 };
	struct datagram	 d;
	struct engine	*e;
	struct packet	 is, was;
	int		 v6;

	(void)state;
	for (v6 = 0; v6 < 2; v6++) {
		const struct side	*s = &sides[v6];

		e = engine_new(NAT44 NAT66);
		was = tcp(s->in, 1234, s->far, 443, 0x02, 200);
		is = tcp(s->out, 5000, s->far, 443, 0x02, 200);
		cut(&d, &was, &is, 1);
		send_in_order(e, DIVERT_DIRECTION_OUT, &d, order);
		was = echo(s->in, s->far, 0, 77, 220);
		is = echo(s->out, s->far, 0, 5000, 220);
		cut(&d, &was, &is, 2);
		send_in_order(e, DIVERT_DIRECTION_OUT, &d, order);
		engine_free(e);
	}
}

/* Both addresses change when it turns back. */
static void
U14_hairpinned(void **state)
{
	static const int	 order[PIECES] = { 2, 0, 3, 1 };
	struct datagram	 d;
	struct engine	*e = engine_new("match out on em0 inet from 10.0.0.5 "
			    "to any nat-to 203.0.113.1 port 5000\n"
			    "match out on em0 inet from 10.0.0.6 to any "
			    "nat-to 203.0.113.2 port 6000\n");
	struct packet	 is, p, was;
	int		 i;

	(void)state;
	p = udp("10.0.0.6", 2222, "192.0.2.9", 53, 4);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	was = udp("10.0.0.5", 1234, "203.0.113.2", 6000, 220);
	is = udp("203.0.113.1", 5000, "10.0.0.6", 2222, 220);
	cut(&d, &was, &is, 9);
	for (i = 0; i < PIECES; i++) {
		p = d.was[order[i]];
		assert_int_equal(send_inside(e, &p), i == 0 ? NAT_HOLD :
		    NAT_REPLACE);
		if (i > 0)
			same(&p, &d.is[order[i]]);
	}
	assert_int_equal(e->nreleased, 1);
	same(&e->released[0].packet, &d.is[2]);
	engine_free(e);
}

/* The first never comes: 15 s, then what waited is dropped. */
static void
U14_without_the_first(void **state)
{
	struct datagram	 d = outgoing(&sides[0], 1);
	struct engine	*e = engine_new(NAT44);
	struct packet	 p;

	(void)state;
	p = d.was[1];
	assert_int_equal(send_out(e, &p), NAT_HOLD);
	assert_int_equal(nat_due(e->nat), START_NS + 15 * SECOND_NS);
	e->now = START_NS + 5 * SECOND_NS;
	p = d.was[2];
	assert_int_equal(send_out(e, &p), NAT_HOLD);
	e->now = START_NS + 149 * SECOND_NS / 10;
	nat_expire(e->nat, e->now);
	assert_int_equal(e->nreleased, 0);
	assert_int_equal(held_now(e), 2);
	e->now = START_NS + 15 * SECOND_NS;
	nat_expire(e->nat, e->now);
	assert_int_equal(e->nreleased, 2);
	assert_int_equal(e->released[0].verdict, NAT_DROP);
	assert_int_equal(e->released[0].reason, NAT_REASON_FRAGMENT_FIRST);
	/* As they came: nothing of them was touched. */
	same(&e->released[0].packet, &d.was[1]);
	same(&e->released[1].packet, &d.was[2]);
	assert_int_equal(held_now(e), 0);
	assert_int_equal(datagrams_now(e), 0);
	engine_free(e);
}

/* RFC 4787 wants 2 s at least between the fragments: here 14. */
static void
U14_late_followers(void **state)
{
	struct datagram	 d = outgoing(&sides[0], 1);
	struct engine	*e = engine_new(NAT44);
	struct packet	 p;

	(void)state;
	p = d.was[0];
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	e->now += 14 * SECOND_NS;
	p = d.was[1];
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	same(&p, &d.is[1]);
	e->now += 2 * SECOND_NS;
	p = d.was[2];
	assert_int_equal(send_out(e, &p), NAT_HOLD);
	engine_free(e);
}

/* The first cannot be translated: then nothing of the datagram leaves. */
static void
U14_fate_of_the_first(void **state)
{
	struct datagram	 d;
	struct engine	*e = with_session(NAT44, &sides[0]);
	struct packet	 p, was;

	(void)state;
	/* The only port is taken. */
	was = udp("10.0.0.6", 4321, "192.0.2.9", 53, 220);
	cut(&d, &was, &was, 1);
	p = d.was[3];
	assert_int_equal(send_out(e, &p), NAT_HOLD);
	p = d.was[0];
	assert_int_equal(send_out(e, &p), NAT_DROP);
	assert_int_equal(e->reason, NAT_REASON_NO_PORT);
	assert_int_equal(e->nreleased, 1);
	assert_int_equal(e->released[0].verdict, NAT_DROP);
	assert_int_equal(e->released[0].reason, NAT_REASON_NO_PORT);
	p = d.was[1];
	assert_int_equal(send_out(e, &p), NAT_DROP);
	assert_int_equal(e->reason, NAT_REASON_NO_PORT);
	engine_free(e);
}

/* Exempt by its ports: the others cannot know that, and wait. */
static void
U14_first_passes(void **state)
{
	struct datagram	 d;
	struct engine	*e = engine_new("pass out on em0 inet proto udp from "
			    "any to any port 53\n" NAT44);
	struct packet	 p, was;

	(void)state;
	was = udp("10.0.0.5", 1234, "192.0.2.9", 53, 220);
	cut(&d, &was, &was, 1);
	p = d.was[1];
	assert_int_equal(send_out(e, &p), NAT_HOLD);
	p = d.was[0];
	assert_int_equal(send_out(e, &p), NAT_PASS);
	assert_int_equal(e->nreleased, 1);
	assert_int_equal(e->released[0].verdict, NAT_PASS);
	same(&e->released[0].packet, &d.was[1]);
	p = d.was[2];
	assert_int_equal(send_out(e, &p), NAT_PASS);
	same(&p, &d.was[2]);
	engine_free(e);
}

/* Those that no rule could concern are not looked at. */
static void
U14_of_others(void **state)
{
	struct datagram	 d;
	struct engine	*e = engine_new(NAT44);
	struct packet	 p, was;
	int		 i;

	(void)state;
	was = udp("192.0.2.77", 1234, "192.0.2.9", 53, 220);
	cut(&d, &was, &was, 1);
	for (i = PIECES - 1; i >= 0; i--) {
		p = d.was[i];
		assert_int_equal(send_out(e, &p), NAT_PASS);
		p = d.was[i];
		assert_int_equal(send_in(e, &p), NAT_PASS);
		same(&p, &d.was[i]);
	}
	/* Nor are those from inside where they come in. */
	was = udp("10.0.0.5", 1234, "192.0.2.9", 53, 220);
	cut(&d, &was, &was, 1);
	p = d.was[1];
	assert_int_equal(send_inside(e, &p), NAT_PASS);
	assert_int_equal(datagrams_now(e), 0);
	engine_free(e);
}

/* Ports must be in the first fragment; RFC 1858 3. */
static void
U14_first_without_ports(void **state)
{
	struct engine	*e = engine_new(NAT44 NAT66);
	struct packet	 p, was;
	int		 v6;

	(void)state;
	for (v6 = 0; v6 < 2; v6++) {
		was = tcp(sides[v6].in, 1234, sides[v6].far, 443, 0x02, 100);
		p = fragment(&was, 1, 0, 8);
		assert_int_equal(send_out(e, &p), NAT_DROP);
		assert_int_equal(e->reason, NAT_REASON_MALFORMED);
		p = fragment(&was, 1, 0, 16);
		assert_int_equal(send_out(e, &p), NAT_DROP);
		p = fragment(&was, 1, 8, 64);
		assert_int_equal(send_out(e, &p), NAT_HOLD);
	}
	engine_free(e);
}

/* Not of a multiple of 8 bytes, and not the last. */
static void
U14_crooked(void **state)
{
	struct engine	*e = engine_new(NAT44);
	struct packet	 p, was;

	(void)state;
	was = udp("10.0.0.5", 1234, "192.0.2.9", 53, 220);
	p = fragment(&was, 1, 64, 125);
	assert_int_equal(send_out(e, &p), NAT_DROP);
	assert_int_equal(e->reason, NAT_REASON_MALFORMED);
	p = fragment(&was, 1, 64, 64);
	assert_int_equal(send_out(e, &p), NAT_DROP);
	engine_free(e);
}

/* One piece over another ends the datagram; the first came before. */
static void
U14_overlap_after_the_first(void **state)
{
	static const size_t	 over[][2] = {
		{ 8, 24 }, { 56, 72 }, { 8, 128 }, { 120, 136 }, { 48, 64 }
	};
	struct engine	*e;
	struct packet	 p, was;
	size_t		 i;
	int		 v6;

	(void)state;
	for (v6 = 0; v6 < 2; v6++)
		for (i = 0; i < sizeof(over) / sizeof(over[0]); i++) {
			e = engine_new(NAT44 NAT66);
			was = udp(sides[v6].in, 1234, sides[v6].far, 53, 220);
			p = fragment(&was, 1, 0, 64);
			assert_int_equal(send_out(e, &p), NAT_REPLACE);
			p = fragment(&was, 1, 64, 128);
			assert_int_equal(send_out(e, &p), NAT_REPLACE);
			p = fragment(&was, 1, over[i][0], over[i][1]);
			assert_int_equal(send_out(e, &p), NAT_DROP);
			assert_int_equal(e->reason,
			    NAT_REASON_FRAGMENT_OVERLAP);
			p = fragment(&was, 1, 192, 256);
			assert_int_equal(send_out(e, &p), NAT_DROP);
			assert_int_equal(e->reason,
			    NAT_REASON_FRAGMENT_OVERLAP);
			p = fragment(&was, 1, 0, 64);
			assert_int_equal(send_out(e, &p), NAT_DROP);
			/* Another datagram has nothing to do with it. */
			p = fragment(&was, 2, 0, 64);
			assert_int_equal(send_out(e, &p), NAT_REPLACE);
			engine_free(e);
		}
}

/* It begins where one ends, and goes on over the next. */
static void
U14_overlap_across_a_gap(void **state)
{
	struct engine	*e = engine_new(NAT44);
	struct packet	 p, was;

	(void)state;
	was = udp("10.0.0.5", 1234, "192.0.2.9", 53, 400);
	p = fragment(&was, 1, 0, 64);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	p = fragment(&was, 1, 128, 192);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	p = fragment(&was, 1, 64, 136);
	assert_int_equal(send_out(e, &p), NAT_DROP);
	assert_int_equal(e->reason, NAT_REASON_FRAGMENT_OVERLAP);
	p = fragment(&was, 1, 64, 128);
	assert_int_equal(send_out(e, &p), NAT_DROP);
	engine_free(e);
}

/* And before: those that wait are dropped at once. */
static void
U14_overlap_before_the_first(void **state)
{
	struct engine	*e = engine_new(NAT44);
	struct packet	 p, was;

	(void)state;
	was = udp("10.0.0.5", 1234, "192.0.2.9", 53, 220);
	p = fragment(&was, 1, 64, 128);
	assert_int_equal(send_out(e, &p), NAT_HOLD);
	p = fragment(&was, 1, 120, 184);
	assert_int_equal(send_out(e, &p), NAT_DROP);
	assert_int_equal(e->nreleased, 1);
	assert_int_equal(e->released[0].verdict, NAT_DROP);
	assert_int_equal(e->released[0].reason, NAT_REASON_FRAGMENT_OVERLAP);
	p = fragment(&was, 1, 0, 64);
	assert_int_equal(send_out(e, &p), NAT_DROP);
	/* The first itself lies over what waits. */
	p = fragment(&was, 2, 64, 128);
	assert_int_equal(send_out(e, &p), NAT_HOLD);
	p = fragment(&was, 2, 0, 72);
	assert_int_equal(send_out(e, &p), NAT_DROP);
	assert_int_equal(e->reason, NAT_REASON_FRAGMENT_OVERLAP);
	assert_int_equal(e->nreleased, 2);
	engine_free(e);
}

/* The end is where the last fragment ends: RFC 791 3.2, nothing is behind. */
static void
U14_two_ends(void **state)
{
	struct engine	*e = engine_new(NAT44);
	struct packet	 longer, p, was;

	(void)state;
	was = udp("10.0.0.5", 1234, "192.0.2.9", 53, 180);
	longer = udp("10.0.0.5", 1234, "192.0.2.9", 53, 400);
	p = fragment(&was, 1, 0, 64);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	p = fragment(&was, 1, 128, 256);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	p = fragment(&longer, 1, 256, 320);
	assert_int_equal(send_out(e, &p), NAT_DROP);
	assert_int_equal(e->reason, NAT_REASON_FRAGMENT_OVERLAP);
	engine_free(e);
}

/* The network doubled one: it is not needed twice, and harms nothing. */
static void
U14_doubled(void **state)
{
	struct datagram	 d = outgoing(&sides[0], 1);
	struct engine	*e = engine_new(NAT44);
	struct packet	 p;

	(void)state;
	p = d.was[2];
	assert_int_equal(send_out(e, &p), NAT_HOLD);
	p = d.was[2];
	assert_int_equal(send_out(e, &p), NAT_DROP);
	p = d.was[0];
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	p = d.was[0];
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	same(&p, &d.is[0]);
	p = d.was[1];
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	same(&p, &d.is[1]);
	engine_free(e);
}

/* An identifier is used again at once (RFC 4963): that is another datagram. */
static void
U14_identifier_again(void **state)
{
	static const int	 order[PIECES] = { 0, 1, 2, 3 };
	static const int	 early[PIECES] = { 3, 1, 0, 2 };
	struct datagram	 d = outgoing(&sides[0], 1);
	struct engine	*e = engine_new(NAT44);
	struct packet	 p;

	(void)state;
	send_in_order(e, DIVERT_DIRECTION_OUT, &d, order);
	send_in_order(e, DIVERT_DIRECTION_OUT, &d, early);
	/* Also if something of the one before was lost. */
	p = d.was[0];
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	p = d.was[1];
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	send_in_order(e, DIVERT_DIRECTION_OUT, &d, order);
	engine_free(e);
}

/*
 * The same identifier of another protocol, another way, on another interface:
 * other datagrams.
 */
static void
U14_identifier_of_others(void **state)
{
	struct datagram	 d[2];
	struct engine	*e = engine_new("match out on em2 inet from "
			    "10.0.0.0/8 to any nat-to 203.0.113.2 port 6000\n"
			    NAT44);
	struct packet	 is, p, was;

	(void)state;
	d[0] = outgoing(&sides[0], 1);
	was = echo("10.0.0.5", "192.0.2.9", 0, 77, 220);
	is = echo("203.0.113.1", "192.0.2.9", 0, 5000, 220);
	cut(&d[1], &was, &is, 1);
	p = d[1].was[1];
	assert_int_equal(send_out(e, &p), NAT_HOLD);
	p = d[0].was[1];
	assert_int_equal(send_out(e, &p), NAT_HOLD);
	p = d[0].was[0];
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	assert_int_equal(e->nreleased, 1);
	same(&e->released[0].packet, &d[0].is[1]);
	p = d[1].was[0];
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	assert_int_equal(e->nreleased, 2);
	same(&e->released[1].packet, &d[1].is[1]);

	/* By the other interface it has another address. */
	was = udp("10.0.0.5", 4321, "192.0.2.9", 53, 220);
	is = udp("203.0.113.2", 6000, "192.0.2.9", 53, 220);
	cut(&d[1], &was, &is, 1);
	p = d[1].was[0];
	assert_int_equal(send_flags(e, DIVERT_DIRECTION_OUT, "em2", &p, 0),
	    NAT_REPLACE);
	same(&p, &d[1].is[0]);
	p = d[1].was[2];
	assert_int_equal(send_flags(e, DIVERT_DIRECTION_OUT, "em2", &p, 0),
	    NAT_REPLACE);
	same(&p, &d[1].is[2]);
	p = d[0].was[2];
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	same(&p, &d[0].is[2]);

	/* One comes in as if it were from the inside: it is no part of it. */
	engine_free(e);
	e = engine_new("match on em0 inet from 10.0.0.5 to any binat-to "
	    "203.0.113.5\n");
	was = udp("10.0.0.5", 53, "203.0.113.5", 5000, 220);
	cut(&d[1], &was, &was, 7);
	p = d[1].was[1];
	assert_int_equal(send_in(e, &p), NAT_HOLD);
	p = d[1].was[0];
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	assert_int_equal(e->nreleased, 0);
	engine_free(e);
}

/* RFC 6946: a fragment header and nothing but one fragment: as any packet. */
static void
U14_atomic(void **state)
{
	static const uint8_t	 header[8] = { NAT_UDP, 0, 0, 0, 0, 0, 0, 7 };
	struct engine	*e = engine_new(NAT66);
	struct packet	 p, want;

	(void)state;
	p = udp("fd00::5", 1234, "2001:db8:9::9", 53, 20);
	want = udp("2001:db8::1", 5000, "2001:db8:9::9", 53, 20);
	insert(&p, 40, header, 8);
	insert(&want, 40, header, 8);
	p.b[6] = want.b[6] = 44;
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	same(&p, &want);
	assert_int_equal(datagrams_now(e), 0);
	engine_free(e);
}

/*
 * 16 wait for a first; the next one is too much, and ends the datagram: with
 * gaps between them, and side by side.
 */
static void
U14_limit_of_a_datagram(void **state)
{
	struct engine	*e;
	struct packet	 p, was;
	size_t		 apart, i;

	(void)state;
	was = udp("10.0.0.5", 1234, "192.0.2.9", 53, 1000);
	for (apart = 8; apart <= 16; apart += 8) {
		e = engine_new(NAT44);
		for (i = 1; i <= 16; i++) {
			p = fragment(&was, 1, i * apart, i * apart + 8);
			assert_int_equal(send_out(e, &p), NAT_HOLD);
		}
		assert_int_equal(held_now(e), 16);
		p = fragment(&was, 1, 17 * apart, 17 * apart + 8);
		assert_int_equal(send_out(e, &p), NAT_DROP);
		assert_int_equal(e->reason, NAT_REASON_FRAGMENT_LIMIT);
		assert_int_equal(held_now(e), 0);
		assert_int_equal(e->nreleased, 16);
		assert_int_equal(e->released[15].reason,
		    NAT_REASON_FRAGMENT_LIMIT);
		p = fragment(&was, 1, 0, 8);
		assert_int_equal(send_out(e, &p), NAT_DROP);
		engine_free(e);
	}
}

/* As many as there is room for are under way: nobody may wait, they go on. */
static void
U14_limit_of_datagrams(void **state)
{
	struct datagram	 d[5];
	struct engine	*e = engine_new("set limit frags 4\n" NAT44);
	struct packet	 p;
	int		 i;

	(void)state;
	for (i = 0; i < 5; i++)
		d[i] = outgoing(&sides[0], i + 1);
	for (i = 0; i < 4; i++) {
		p = d[i].was[0];
		assert_int_equal(send_out(e, &p), NAT_REPLACE);
	}
	p = d[4].was[1];
	assert_int_equal(send_out(e, &p), NAT_DROP);
	assert_int_equal(e->reason, NAT_REASON_FRAGMENT_LIMIT);
	for (i = 0; i < 4; i++) {
		p = d[i].was[1];
		assert_int_equal(send_out(e, &p), NAT_REPLACE);
		same(&p, &d[i].is[1]);
	}
	/* A first one has the place of the oldest. */
	p = d[4].was[0];
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	p = d[4].was[1];
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	p = d[1].was[2];
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	p = d[0].was[2];
	assert_int_equal(send_out(e, &p), NAT_DROP);
	engine_free(e);
}

/*
 * Floods: of fragments without a first, of first fragments without others, of
 * large ones.  Whole packets and fragments in order go on as ever.
 */
static int
flood(struct engine *e, const struct packet *whole, size_t from, size_t to,
    int id)
{
	struct packet	 p = fragment(whole, id & 0xffff, from, to);

	/* Of another sender each time. */
	w16(p.b + 14, (unsigned int)id & 0xff);
	sum_ip(&p);
	return (send_out(e, &p));
}

static void
still_goes_on(struct engine *e, int id)
{
	static const int	 order[PIECES] = { 0, 1, 2, 3 };
	struct datagram	 d = outgoing(&sides[0], id);
	struct packet	 p, want;
	int		 i;

	p = udp("10.0.0.5", 1234, "192.0.2.9", 53, 20);
	want = udp("203.0.113.1", 5000, "192.0.2.9", 53, 20);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	same(&p, &want);
	for (i = 0; i < PIECES; i++) {
		p = d.was[order[i]];
		assert_int_equal(send_out(e, &p), NAT_REPLACE);
		same(&p, &d.is[order[i]]);
	}
}

static void
U14_floods(void **state)
{
	struct engine	*e = with_session(NAT44 "set limit frags 100\n",
			    &sides[0]);
	struct nat_counts counts;
	struct packet	 large, p, small;
	struct datagram	 d = outgoing(&sides[0], 40000);
	uint64_t	 dropped;
	int		 id;

	(void)state;
	small = udp("10.0.0.7", 1, "192.0.2.9", 53, 220);
	large = udp("10.0.0.7", 1, "192.0.2.9", 53, 2900);
	for (id = 1; id < 3000; id++) {
		assert_int_equal(flood(e, &small, 64, 128, id), NAT_HOLD);
		if (id % 100 == 0)
			still_goes_on(e, id);
	}
	assert_int_equal(datagrams_now(e), 100);
	/* Every one that was pushed out has had its verdict. */
	assert_int_equal(held_now(e), 100);
	assert_int_equal(e->nreleased, 2999 - 100);

	/* A datagram under way is not pushed out by those that wait. */
	p = d.was[0];
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	for (id = 3000; id < 6000; id++)
		assert_int_equal(flood(e, &small, 64, 128, id), NAT_HOLD);
	p = d.was[1];
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	same(&p, &d.is[1]);

	/* First fragments: they find no port either. */
	for (id = 6000; id < 9000; id++) {
		(void)flood(e, &small, 0, 64, id);
		if (id % 100 == 0)
			still_goes_on(e, id);
	}
	nat_counts(e->nat, &counts);
	assert_true(counts.fragments <= 100);

	/* 1 MiB: of these two pages each, so no more than 256. */
	engine_free(e);
	e = with_session(NAT44, &sides[0]);
	for (id = 1; id < 2000; id++) {
		assert_int_equal(flood(e, &large, 8, 2888, id), NAT_HOLD);
		if (id % 100 == 0)
			still_goes_on(e, id);
	}
	assert_int_equal(held_now(e), 256);
	nat_counts(e->nat, &counts);
	dropped = counts.dropped[NAT_REASON_FRAGMENT_LIMIT];
	assert_int_equal(dropped, 1999 - 256);
	e->now += 16 * SECOND_NS;
	nat_expire(e->nat, e->now);
	assert_int_equal(held_now(e), 0);
	assert_int_equal(datagrams_now(e), 0);
	engine_free(e);
}

/* None are wanted: those in whole go on, others wait for nothing. */
static void
U14_no_limit_at_all(void **state)
{
	struct datagram	 d = outgoing(&sides[0], 1);
	struct engine	*e = engine_new(NAT44);
	struct nat_options options;
	struct nat	*nat;
	struct divert_packet pkt;
	uint8_t		 reason, room[DIVERT_HEADROOM + 200], verdict;

	(void)state;
	/* Nobody takes what is held: then nothing is. */
	memset(&options, 0, sizeof(options));
	options.random = engine_random;
	options.arg = e;
	nat = nat_new(e->rules, &options);
	memset(&pkt, 0, sizeof(pkt));
	pkt.data = room + DIVERT_HEADROOM;
	memcpy(pkt.data, d.was[1].b, d.was[1].n);
	pkt.len = pkt.wirelen = (uint32_t)d.was[1].n;
	pkt.direction = DIVERT_DIRECTION_OUT;
	strcpy(pkt.ifname, "em0");
	nat_packets(nat, &pkt, 1, e->now, &verdict, &reason);
	assert_int_equal(verdict, NAT_DROP);
	assert_int_equal(reason, NAT_REASON_FRAGMENT_FIRST);
	nat_free(nat);
	engine_free(e);
}

/*
 * Random pieces of random datagrams, some lost, some doubled, in a random order
 * over time.  What comes out is put together again: every byte of it is one of
 * the translated datagram's, none comes twice, and each piece has one verdict.
 */
#define MANY	12

struct rebuilt {
	struct packet	 want;		/* behind the IP header */
	uint8_t		 have[400];
};

static void
collect(struct rebuilt *all, const struct packet *p)
{
	struct rebuilt	*r = &all[p->b[5] % MANY];
	size_t		 at, i, n = p->n - 20;

	assert_memory_equal(p->b + 12, r->want.b + 12, 8);
	assert_int_equal(slow_sum(0, p->b, 20), 0xffff);
	at = (size_t)((p->b[6] & 0x1f) << 8 | p->b[7]) * 8;
	assert_memory_equal(p->b + 20, r->want.b + 20 + at, n);
	for (i = at; i < at + n; i++)
		r->have[i] = 1;
}

static unsigned int	 seed;

static unsigned int
pick(unsigned int below)
{
	seed = seed * 1103515245 + 12345;
	return ((seed >> 16) % below);
}

static void
U14_random(void **state)
{
	static struct rebuilt	 all[MANY];
	struct engine	*e;
	struct nat_counts counts;
	struct packet	 p, was;
	char		 src[20];
	size_t		 from;
	int		 directly, done, held, i, n, round, sent, step, verdict;

	(void)state;
	for (round = 0; round < 300; round++) {
		seed = (unsigned int)round;
		e = engine_new("match out on em0 inet from 10.0.0.0/8 to any "
		    "nat-to 203.0.113.1 static-port\n");
		memset(all, 0, sizeof(all));
		sent = directly = held = done = 0;
		for (step = 0; step < 120; step++) {
			i = (int)pick(MANY);
			snprintf(src, sizeof(src), "10.0.0.%d", i + 1);
			was = udp(src, 1000 + i, "192.0.2.9", 53,
			    (size_t)(100 + i * 16));
			all[i].want = udp("203.0.113.1", 1000 + i,
			    "192.0.2.9", 53, (size_t)(100 + i * 16));
			from = pick(5) * 64;
			if (from + 20 >= was.n)
				continue;
			p = fragment(&was, i, from, from + 64);
			sent++;
			e->nreleased = 0;
			verdict = send_out(e, &p);
			switch (verdict) {
			case NAT_HOLD:
				held++;
				break;
			case NAT_REPLACE:
				collect(all, &p);
				break;
			default:
				assert_int_equal(verdict, NAT_DROP);
				break;
			}
			for (n = 0; n < e->nreleased; n++) {
				done++;
				if (e->released[n].verdict == NAT_REPLACE)
					collect(all, &e->released[n].packet);
			}
			assert_int_equal(held - done, held_now(e));
			e->now += pick(100) * (SECOND_NS / 50);
		}
		e->nreleased = 0;
		e->now += 20 * SECOND_NS;
		nat_expire(e->nat, e->now);
		assert_int_equal(e->nreleased, held - done);
		nat_counts(e->nat, &counts);
		assert_int_equal(counts.held, 0);
		assert_int_equal(counts.fragments, 0);
		engine_free(e);
	}
}

/* The last fragment ends before another one begins. */
static void
U14_beyond_the_end(void **state)
{
	struct engine	*e;
	struct packet	 p, last, whole;
	int		 v6;

	(void)state;
	for (v6 = 0; v6 < 2; v6++) {
		const struct side	*s = &sides[v6];

		e = with_session(NAT44 NAT66, s);
		whole = udp(s->in, 1234, s->far, 53, 220);
		p = fragment(&whole, 9, 0, 64);
		assert_int_equal(send_out(e, &p), NAT_REPLACE);
		p = fragment(&whole, 9, 128, 192);
		assert_int_equal(send_out(e, &p), NAT_REPLACE);
		last = fragment(&whole, 9, 64, 128);
		last.b[v6 ? 43 : 6] &= v6 ? 0xfe : 0xdf;
		sum_ip(&last);
		assert_int_equal(send_out(e, &last), NAT_DROP);
		assert_int_equal(e->reason, NAT_REASON_FRAGMENT_OVERLAP);
		/* That was the end of it. */
		p = fragment(&whole, 9, 64, 128);
		assert_int_equal(send_out(e, &p), NAT_DROP);
		engine_free(e);
	}
}

/* IPv6: options before the fragment header are no part of the datagram. */
static void
U14_behind_other_headers(void **state)
{
	static const uint8_t	 options[8] = { 44, 0, 1, 4, 0, 0, 0, 0 };
	struct engine		*e = with_session(NAT66, &sides[1]);
	struct datagram		 d = outgoing(&sides[1], 9);
	int			 i;

	(void)state;
	for (i = 0; i < PIECES; i++) {
		insert(&d.was[i], 40, options, sizeof(options));
		insert(&d.is[i], 40, options, sizeof(options));
		d.was[i].b[6] = d.is[i].b[6] = 0;
		assert_int_equal(send_out(e, &d.was[i]), NAT_REPLACE);
		same(&d.was[i], &d.is[i]);
	}
	assert_int_equal(datagrams_now(e), 0);
	engine_free(e);
}

/* Others have their time from the first fragment on, not from the earliest. */
static void
U14_time_from_the_first(void **state)
{
	struct engine	*e = with_session("set timeout frag 15\n" NAT44,
			    &sides[0]);
	struct datagram	 d = outgoing(&sides[0], 9);
	uint64_t	 begin = e->now;

	(void)state;
	assert_int_equal(send_out(e, &d.was[1]), NAT_HOLD);
	e->now = begin + 14 * SECOND_NS;
	assert_int_equal(send_out(e, &d.was[0]), NAT_REPLACE);
	assert_int_equal(e->nreleased, 1);
	e->now = begin + 20 * SECOND_NS;
	assert_int_equal(send_out(e, &d.was[2]), NAT_REPLACE);
	same(&d.was[2], &d.is[2]);
	e->now = begin + 30 * SECOND_NS;
	nat_expire(e->nat, e->now);
	assert_int_equal(datagrams_now(e), 0);
	engine_free(e);
}

/* The memory is full, and the one that wants more has waited longest. */
static void
U14_no_room_but_its_own(void **state)
{
	struct engine	*e = with_session(NAT44, &sides[0]);
	struct packet	 p, whole = udp("10.0.0.5", 1234, "192.0.2.9", 53,
			    220);
	int		 i, k;

	(void)state;
	for (k = 1; k < 15; k++) {
		p = fragment(&whole, 1, (size_t)k * 8, (size_t)k * 8 + 8);
		assert_int_equal(send_out(e, &p), NAT_HOLD);
	}
	/* A page each: 512 in all. */
	for (i = 2; held_now(e) < 512; i++)
		for (k = 1; k < 17 && held_now(e) < 512; k++) {
			p = fragment(&whole, i, (size_t)k * 8,
			    (size_t)k * 8 + 8);
			assert_int_equal(send_out(e, &p), NAT_HOLD);
		}
	assert_int_equal(e->nreleased, 0);
	p = fragment(&whole, 1, 120, 128);
	assert_int_equal(send_out(e, &p), NAT_HOLD);
	/* The next oldest has gone for it, whole. */
	assert_int_equal(e->nreleased, 16);
	for (k = 0; k < 16; k++) {
		assert_int_equal(e->released[k].verdict, NAT_DROP);
		assert_int_equal(e->released[k].packet.b[5], 2);
	}
	e->nreleased = 0;
	p = fragment(&whole, 1, 0, 8);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	assert_int_equal(e->nreleased, 15);
	for (k = 0; k < 15; k++)
		assert_int_equal(e->released[k].verdict, NAT_REPLACE);
	engine_free(e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(U14_any_order),
		cmocka_unit_test(U14_bytes_of_scapy),
		cmocka_unit_test(U14_metadata),
		cmocka_unit_test(U14_tcp_and_echo),
		cmocka_unit_test(U14_hairpinned),
		cmocka_unit_test(U14_without_the_first),
		cmocka_unit_test(U14_late_followers),
		cmocka_unit_test(U14_fate_of_the_first),
		cmocka_unit_test(U14_first_passes),
		cmocka_unit_test(U14_of_others),
		cmocka_unit_test(U14_first_without_ports),
		cmocka_unit_test(U14_crooked),
		cmocka_unit_test(U14_overlap_after_the_first),
		cmocka_unit_test(U14_overlap_across_a_gap),
		cmocka_unit_test(U14_overlap_before_the_first),
		cmocka_unit_test(U14_two_ends),
		cmocka_unit_test(U14_doubled),
		cmocka_unit_test(U14_identifier_again),
		cmocka_unit_test(U14_identifier_of_others),
		cmocka_unit_test(U14_atomic),
		cmocka_unit_test(U14_limit_of_a_datagram),
		cmocka_unit_test(U14_limit_of_datagrams),
		cmocka_unit_test(U14_floods),
		cmocka_unit_test(U14_no_limit_at_all),
		cmocka_unit_test(U14_random),
		cmocka_unit_test(U14_beyond_the_end),
		cmocka_unit_test(U14_behind_other_headers),
		cmocka_unit_test(U14_time_from_the_first),
		cmocka_unit_test(U14_no_room_but_its_own)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
