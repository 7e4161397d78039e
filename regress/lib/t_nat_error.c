/* SPDX-License-Identifier: ISC */

/*
 * ICMP errors of the translator's own: C11 (RFC 6888 REQ-11), I8 and I10
 * (RFC 5508 REQ-8, REQ-10), T4 (RFC 5382 REQ-4), P3 and P4 (RFC 6296), what
 * RFC 1812 4.3.2 and RFC 4443 2.4 say of all of them, and U13 (RFC 4787
 * REQ-13).
 */

#include "compat.h"

#include "nat_test.h"

#define NAT44	"match out on em0 inet from 10.0.0.0/8 to any " \
		"nat-to 203.0.113.1 port 5000\n"
#define NAT66	"match out on em0 inet6 from fd00::/8 to any " \
		"nat-to 2001:db8::1 port 5000\n"

static const struct side {
	const char	*in, *out, *far, *other;
} sides[2] = {
	{ "10.0.0.5", "203.0.113.1", "192.0.2.9", "10.0.0.6" },
	{ "fd00::5", "2001:db8::1", "2001:db8:9::9", "fd00::6" }
};

/* The one port is taken. */
static struct engine *
exhausted(const char *more)
{
	struct engine	*e;
	struct packet	 p;
	char		 text[512];
	int		 v6;

	snprintf(text, sizeof(text), "%s%s%s", more, NAT44, NAT66);
	e = engine_new(text);
	for (v6 = 0; v6 < 2; v6++) {
		p = udp(sides[v6].in, 1234, sides[v6].far, 53, 4);
		assert_int_equal(send_out(e, &p), NAT_REPLACE);
	}
	return (e);
}

/*
 * What an error must be: from where the packet was going, to its sender, with
 * the class of the packet, TTL 64 and DF, and as much of the packet as fits.
 */
static struct packet
answer(const struct packet *about, int type, int code, uint32_t word)
{
	char		 dst[64], src[64];
	int		 v6 = about->b[0] >> 4 == 6;
	struct packet	 p;

	if (v6) {
		inet_ntop(AF_INET6, about->b + 8, src, sizeof(src));
		inet_ntop(AF_INET6, about->b + 24, dst, sizeof(dst));
	} else {
		inet_ntop(AF_INET, about->b + 12, src, sizeof(src));
		inet_ntop(AF_INET, about->b + 16, dst, sizeof(dst));
	}
	p = icmp(dst, src, type, code, word, about,
	    v6 ? 1280 - 48 : 576 - 28);
	if (v6) {
		p.b[0] = (uint8_t)(0x60 | (about->b[0] & 0x0f));
		p.b[1] = about->b[1] & 0xc0;
		p.b[7] = 64;
	} else {
		p.b[1] = about->b[1] & 0xfc;
		w16(p.b + 4, 0);
		w16(p.b + 6, 0x4000);
		p.b[8] = 64;
		sum_ip(&p);
	}
	return (p);
}

/* Send it out: dropped, and answered like that. */
static void
answered(struct engine *e, const struct packet *was, int type, int code)
{
	struct packet	 p = *was, want = answer(was, type, code, 0);

	e->nmade = 0;
	assert_int_equal(send_out(e, &p), NAT_DROP);
	assert_int_equal(e->nmade, 1);
	same(&e->made[0].packet, &want);
	assert_int_equal(e->made[0].pkt.direction, DIVERT_DIRECTION_OUT);
	/* Not by the interface to the outside. */
	assert_string_equal(e->made[0].pkt.ifname, "");
	assert_int_equal(e->made[0].pkt.len, e->made[0].pkt.wirelen);
}

static void
not_answered(struct engine *e, const struct packet *was)
{
	struct packet	 p = *was;

	e->nmade = 0;
	e->now += SECOND_NS;
	(void)send_out(e, &p);
	assert_int_equal(e->nmade, 0);
}

/* Nothing left to give: host unreachable. */
static void
C11_no_port(void **state)
{
	struct engine	*e = exhausted("");
	struct packet	 p;
	int		 v6;

	(void)state;
	for (v6 = 0; v6 < 2; v6++) {
		const struct side	*s = &sides[v6];

		p = udp(s->other, 7, s->far, 53, 20);
		answered(e, &p, v6 ? 1 : 3, v6 ? 3 : 1);
		p = tcp(s->other, 7, s->far, 443, 0x02, 0);
		assert_int_equal(send_out(e, &p), NAT_REPLACE);
		p = tcp(s->in, 8, s->far, 443, 0x02, 0);
		answered(e, &p, v6 ? 1 : 3, v6 ? 3 : 1);
	}
	engine_free(e);
}

static void
C11_limits(void **state)
{
	static const char	*const rules[] = {
		"set limit states 1\n", "set limit states-per-host 1\n",
		"set limit ports-per-host 1\n", "set limit new-per-host 1\n"
	};
	struct engine	*e;
	struct packet	 p;
	char		 text[512];
	size_t		 i;
	int		 n;

	(void)state;
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		snprintf(text, sizeof(text), "%smatch out on em0 inet from "
		    "10.0.0.0/8 to any nat-to 203.0.113.1\n", rules[i]);
		e = engine_new(text);
		for (n = 1; n < 10; n++) {
			p = udp("10.0.0.5", n, "192.0.2.9", 53, 4);
			if (send_out(e, &p) == NAT_DROP)
				break;
		}
		assert_true(n > 1 && n < 10);
		p = udp("10.0.0.5", n, "192.0.2.9", 53, 4);
		answered(e, &p, 3, 1);
		engine_free(e);
	}
}

/* The same by another hand: scapy 2.5. */
static void
C11_bytes_of_scapy(void **state)
{
	/* IP(src="10.0.0.6", dst="192.0.2.9", id=9, tos=0xb9, ttl=62) /
	 * UDP(sport=7, dport=53) / "hello" */
	static const uint8_t	 was[] = {
		0x45, 0xb9, 0x00, 0x21, 0x00, 0x09, 0x00, 0x00, 0x3e, 0x11,
		0xaf, 0xfb, 0x0a, 0x00, 0x00, 0x06, 0xc0, 0x00, 0x02, 0x09,
		0x00, 0x07, 0x00, 0x35, 0x00, 0x0d, 0xef, 0xb6, 0x68, 0x65,
		0x6c, 0x6c, 0x6f
	};
	/* IP(src="192.0.2.9", dst="10.0.0.6", id=0, flags="DF", tos=0xb8,
	 * ttl=64) / ICMP(type=3, code=1) / that */
	static const uint8_t	 is[] = {
		0x45, 0xb8, 0x00, 0x3d, 0x00, 0x00, 0x40, 0x00, 0x40, 0x01,
		0x6d, 0xf9, 0xc0, 0x00, 0x02, 0x09, 0x0a, 0x00, 0x00, 0x06,
		0x03, 0x01, 0xc9, 0x2c, 0x00, 0x00, 0x00, 0x00, 0x45, 0xb9,
		0x00, 0x21, 0x00, 0x09, 0x00, 0x00, 0x3e, 0x11, 0xaf, 0xfb,
		0x0a, 0x00, 0x00, 0x06, 0xc0, 0x00, 0x02, 0x09, 0x00, 0x07,
		0x00, 0x35, 0x00, 0x0d, 0xef, 0xb6, 0x68, 0x65, 0x6c, 0x6c,
		0x6f
	};
	struct engine	*e = exhausted("");
	struct packet	 p = { 0 }, want = { 0 };

	(void)state;
	p.n = sizeof(was);
	memcpy(p.b, was, sizeof(was));
	want.n = sizeof(is);
	memcpy(want.b, is, sizeof(is));
	assert_int_equal(send_out(e, &p), NAT_DROP);
	assert_int_equal(e->nmade, 1);
	same(&e->made[0].packet, &want);
	engine_free(e);
}

/* A pool without addresses, and what cannot share one (I8). */
static void
I8_other_reasons(void **state)
{
	struct engine	*e;
	struct packet	 p;

	(void)state;
	e = engine_new("match out on em0 inet from 10.0.0.0/8 to any "
	    "nat-to (em0)\n");
	p = udp("10.0.0.5", 7, "192.0.2.9", 53, 20);
	answered(e, &p, 3, 1);
	engine_free(e);
	e = engine_new(NAT44);
	p = ip(NAT_GRE, "10.0.0.5", "192.0.2.9", 20);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	p = ip(NAT_GRE, "10.0.0.6", "192.0.2.9", 20);
	answered(e, &p, 3, 13);
	engine_free(e);
}

/* Hairpinning is off: RFC 1812 5.2.7.1, administratively prohibited. */
static void
prohibited(void **state)
{
	struct engine	*e = engine_new("set hairpin off\n"
			    "match out on em0 inet from 10.0.0.0/8 to any "
			    "nat-to 203.0.113.1 static-port\n");
	struct packet	 p, want, was;

	(void)state;
	p = udp("10.0.0.6", 2222, "192.0.2.9", 53, 4);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	p = was = udp("10.0.0.5", 1234, "203.0.113.1", 2222, 4);
	assert_int_equal(send_inside(e, &p), NAT_DROP);
	assert_int_equal(e->reason, NAT_REASON_HAIRPIN);
	assert_int_equal(e->nmade, 1);
	want = answer(&was, 3, 13, 0);
	same(&e->made[0].packet, &want);
	/* Back where it came from. */
	assert_string_equal(e->made[0].pkt.ifname, "em1");
	engine_free(e);
}

/* RFC 1812 4.3.2.3: no more than 576 bytes; RFC 4443 2.4 (c): 1280. */
static void
quoted_length(void **state)
{
	struct engine	*e = exhausted("");
	struct packet	 p;
	size_t		 n;
	int		 v6;

	(void)state;
	for (v6 = 0; v6 < 2; v6++)
		for (n = 0; n < 1500; n += 91) {
			p = udp(sides[v6].other, 7, sides[v6].far, 53, n);
			answered(e, &p, v6 ? 1 : 3, v6 ? 3 : 1);
			assert_true(e->made[0].packet.n <=
			    (size_t)(v6 ? 1280 : 576));
			e->now += SECOND_NS;
		}
	/* Padding behind the packet is no part of it. */
	p = udp(sides[0].other, 7, sides[0].far, 53, 20);
	p.n += 6;
	e->nmade = 0;
	assert_int_equal(send_out(e, &p), NAT_DROP);
	assert_int_equal(e->made[0].packet.n, 28 + 48);
	engine_free(e);
}

/* I10: the DS field is that of the packet; ECN says nothing about errors. */
static void
I10_class(void **state)
{
	struct engine	*e = exhausted("");
	struct packet	 p;

	(void)state;
	p = udp(sides[0].other, 7, sides[0].far, 53, 20);
	p.b[1] = 0xb9;
	sum_ip(&p);
	answered(e, &p, 3, 1);
	assert_int_equal(e->made[0].packet.b[1], 0xb8);
	p = udp(sides[1].other, 7, sides[1].far, 53, 20);
	p.b[0] = 0x6b;
	p.b[1] = 0x93;
	answered(e, &p, 1, 3);
	assert_int_equal(e->made[0].packet.b[0], 0x6b);
	assert_int_equal(e->made[0].packet.b[1], 0x80);
	engine_free(e);
}

/* RFC 1812 4.3.2.7 */
static void
what_is_not_answered(void **state)
{
	static const char	*const nobody[] = {
		"0.0.0.0", "127.0.0.1", "224.0.0.1", "239.1.2.3", "240.0.0.1",
		"255.255.255.255"
	};
	struct engine	*e;
	struct packet	 p, whole;
	size_t		 i;
	int		 type;

	(void)state;
	e = exhausted("match out on em0 inet from any to any nat-to "
	    "203.0.113.1 port 4999\n");
	p = udp("192.0.2.1", 7, "192.0.2.9", 53, 20);
	assert_int_equal(send_out(e, &p), NAT_DROP);
	assert_int_equal(e->nmade, 1);
	for (i = 0; i < sizeof(nobody) / sizeof(nobody[0]); i++) {
		p = udp(nobody[i], 7, "192.0.2.9", 53, 20);
		not_answered(e, &p);
		p = udp("10.0.0.6", 7, nobody[i], 53, 20);
		not_answered(e, &p);
	}
	/* A wrong header checksum: who knows whose it is? */
	p = udp("10.0.0.6", 7, "192.0.2.9", 53, 20);
	p.b[8]--;
	not_answered(e, &p);
	/* Errors, and whatever could be one. */
	whole = udp("192.0.2.9", 53, "10.0.0.6", 9, 20);
	for (type = 0; type < 256; type++) {
		if (type == 0 || type == 8 || type == 9 || type == 10 ||
		    (type >= 13 && type <= 18) || type == 42 || type == 43)
			continue;
		p = icmp("10.0.0.6", "192.0.2.9", type, 0, 0, &whole, 28);
		not_answered(e, &p);
	}
	/* Fragments, but for the first. */
	whole = udp("10.0.0.6", 7, "192.0.2.9", 53, 220);
	p = fragment(&whole, 1, 0, 64);
	answered(e, &p, 3, 1);
	p = fragment(&whole, 1, 64, 128);
	not_answered(e, &p);
	engine_free(e);
}

/* RFC 4443 2.4 (e) */
static void
what_is_not_answered6(void **state)
{
	static const char	*const nobody[] = {
		"::", "::1", "ff02::1", "ff0e::1234"
	};
	struct engine	*e;
	struct packet	 p, whole;
	size_t		 i;
	int		 type;

	(void)state;
	e = exhausted("match out on em0 inet6 from any to any nat-to "
	    "2001:db8::1 port 4999\n");
	p = udp("2001:db8::77", 7, "2001:db8:9::9", 53, 20);
	assert_int_equal(send_out(e, &p), NAT_DROP);
	assert_int_equal(e->nmade, 1);
	for (i = 0; i < sizeof(nobody) / sizeof(nobody[0]); i++) {
		p = udp(nobody[i], 7, "2001:db8:9::9", 53, 20);
		not_answered(e, &p);
		p = udp("fd00::6", 7, nobody[i], 53, 20);
		not_answered(e, &p);
	}
	whole = udp("2001:db8:9::9", 53, "fd00::6", 9, 20);
	for (type = 0; type < 128; type++) {
		p = icmp("fd00::6", "2001:db8:9::9", type, 0, 0, &whole, 48);
		not_answered(e, &p);
	}
	/* A redirect, neighbour discovery. */
	for (type = 133; type <= 137; type++) {
		p = icmp("fd00::6", "2001:db8:9::9", type, 0, 0, &whole, 48);
		not_answered(e, &p);
	}
	engine_free(e);
}

/* RFC 1812 4.3.2.8: as many a second as `set limit errors' says. */
static void
I10_so_many_a_second(void **state)
{
	struct engine	*e = exhausted("set limit errors 10\n");
	struct packet	 p;
	struct nat_counts counts;
	int		 i;

	(void)state;
	for (i = 0; i < 100; i++) {
		p = udp("10.0.0.6", 7, "192.0.2.9", 53, 20);
		assert_int_equal(send_out(e, &p), NAT_DROP);
	}
	assert_int_equal(e->nmade, 10);
	/* Half a second later half of them. */
	e->now += SECOND_NS / 2;
	for (i = 0; i < 100; i++) {
		p = udp("10.0.0.6", 7, "192.0.2.9", 53, 20);
		assert_int_equal(send_out(e, &p), NAT_DROP);
	}
	assert_int_equal(e->nmade, 15);
	/* An hour does not save up more than a second. */
	e->now += 3600 * SECOND_NS;
	for (i = 0; i < 100; i++) {
		p = udp("10.0.0.6", 7, "192.0.2.9", 53, 20);
		(void)send_out(e, &p);
	}
	assert_true(e->nmade <= 25);
	nat_counts(e->nat, &counts);
	assert_int_equal(counts.errors_made, e->nmade);
	engine_free(e);

	e = exhausted("set limit errors 0\n");
	p = udp("10.0.0.6", 7, "192.0.2.9", 53, 20);
	not_answered(e, &p);
	engine_free(e);
}

/* Nobody inside is told, if that is not wanted. */
static void
notify_off(void **state)
{
	struct engine	*e = exhausted("");
	struct packet	 p = udp("10.0.0.6", 7, "192.0.2.9", 53, 20);

	(void)state;
	e->rules->settings.notify = 0;
	not_answered(e, &p);
	engine_free(e);
}

/*
 * T4: for 6 s nothing answers a SYN that nobody waited for; then an ICMP error
 * does, 3/3, or 1/4 of ICMPv6.
 */
static void
T4_answer_after_6_seconds(void **state)
{
	struct engine	*e;
	struct packet	 p, want, was;
	int		 v6;

	(void)state;
	for (v6 = 0; v6 < 2; v6++) {
		const struct side	*s = &sides[v6];

		e = engine_new("set unmatched drop\n" NAT44 NAT66);
		p = was = tcp(s->far, 4000, s->out, 80, 0x02, 0);
		assert_int_equal(send_in(e, &p), NAT_DROP);
		assert_int_equal(e->reason, NAT_REASON_UNSOLICITED);
		assert_int_equal(e->nmade, 0);
		e->now = START_NS + 5999 * (SECOND_NS / 1000);
		nat_expire(e->nat, e->now);
		assert_int_equal(e->nmade, 0);
		assert_true(nat_due(e->nat) >= START_NS + 6 * SECOND_NS);
		assert_true(nat_due(e->nat) <= START_NS + 7 * SECOND_NS);
		e->now = START_NS + 7 * SECOND_NS;
		nat_expire(e->nat, e->now);
		assert_int_equal(e->nmade, 1);
		want = answer(&was, v6 ? 1 : 3, v6 ? 4 : 3, 0);
		same(&e->made[0].packet, &want);
		assert_int_equal(e->made[0].pkt.direction,
		    DIVERT_DIRECTION_OUT);
		assert_string_equal(e->made[0].pkt.ifname, "em0");
		e->now += 100 * SECOND_NS;
		nat_expire(e->nat, e->now);
		assert_int_equal(e->nmade, 1);
		engine_free(e);
	}
}

/* The inside's own SYN goes out meanwhile: then none ever does. */
static void
T4_silent_if_the_inside_calls(void **state)
{
	struct engine	*e;
	struct packet	 p;
	int		 v6;

	(void)state;
	for (v6 = 0; v6 < 2; v6++) {
		const struct side	*s = &sides[v6];

		e = engine_new("set unmatched drop\n" NAT44 NAT66);
		p = tcp(s->far, 4000, s->out, 5000, 0x02, 0);
		assert_int_equal(send_in(e, &p), NAT_DROP);
		e->now += 3 * SECOND_NS;
		p = tcp(s->in, 1234, s->far, 4000, 0x02, 0);
		assert_int_equal(send_out(e, &p), NAT_REPLACE);
		e->now += 10 * SECOND_NS;
		nat_expire(e->nat, e->now);
		assert_int_equal(e->nmade, 0);
		engine_free(e);
	}
}

/* P3: an identifier of zeros is a parameter problem; P4: no such subnet. */
static void
P3_P4_prefix(void **state)
{
	struct engine	*e = engine_new("match on em0 inet6 from "
			    "fd01:203:405:100::/56 to any "
			    "npt-to 2001:db8:1:100::/56\n");
	struct packet	 p, want, was;

	(void)state;
	p = was = udp("fd01:203:405:101::", 7, "2001:db8:9::9", 53, 20);
	assert_int_equal(send_out(e, &p), NAT_DROP);
	assert_int_equal(e->reason, NAT_REASON_NPT);
	assert_int_equal(e->nmade, 1);
	/* The pointer is to the source address. */
	want = answer(&was, 4, 0, 8);
	same(&e->made[0].packet, &want);
	p = was = udp("fd01:203:405:101:ffff:ffff:ffff:ffff", 7,
	    "2001:db8:9::9", 53, 20);
	assert_int_equal(send_out(e, &p), NAT_DROP);
	assert_int_equal(e->nmade, 2);
	want = answer(&was, 1, 0, 0);
	same(&e->made[1].packet, &want);
	engine_free(e);

	e = engine_new("match on em0 inet6 from fd01:203:405::/48 to any "
	    "npt-to 2001:db8:1::/48\n");
	p = was = udp("fd01:203:405:ffff::1", 7, "2001:db8:9::9", 53, 20);
	assert_int_equal(send_out(e, &p), NAT_DROP);
	assert_int_equal(e->nmade, 1);
	want = answer(&was, 1, 0, 0);
	same(&e->made[0].packet, &want);
	engine_free(e);
}

/*
 * U13: a packet with DF is too large behind the translator.  Its sender hears
 * of the packet that it has sent, not of the one that went on.
 */
static void
too_large(struct engine *e, int direction, const char *ifname,
    const struct packet *sent, struct packet *translated, int v6)
{
	struct divert_packet	 pkt;
	struct packet		 want;

	memset(&pkt, 0, sizeof(pkt));
	pkt.data = translated->b;
	pkt.len = pkt.wirelen = (uint32_t)translated->n;
	pkt.direction = (uint8_t)direction;
	strcpy(pkt.ifname, ifname);
	e->nmade = 0;
	nat_too_large(e->nat, &pkt, 1400, e->now);
	assert_int_equal(e->nmade, 1);
	want = answer(sent, v6 ? 2 : 3, v6 ? 0 : 4, 1400);
	same(&e->made[0].packet, &want);
	assert_int_equal(e->made[0].pkt.direction, DIVERT_DIRECTION_OUT);
}

static void
dont_fragment(struct packet *p)
{
	if (p->b[0] >> 4 == 6)
		return;
	p->b[6] = 0x40;
	sum_ip(p);
}

static void
U13_too_large(void **state)
{
	struct engine	*e;
	struct packet	 p, was;
	int		 v6;

	(void)state;
	for (v6 = 0; v6 < 2; v6++) {
		const struct side	*s = &sides[v6];

		e = engine_new(NAT44 NAT66);
		was = udp(s->in, 1234, s->far, 53, 1440);
		dont_fragment(&was);
		p = was;
		assert_int_equal(send_out(e, &p), NAT_REPLACE);
		too_large(e, DIVERT_DIRECTION_OUT, "em0", &was, &p, v6);
		assert_string_equal(e->made[0].pkt.ifname, "");
		was = udp(s->far, 53, s->out, 5000, 1440);
		dont_fragment(&was);
		p = was;
		assert_int_equal(send_in(e, &p), NAT_REPLACE);
		too_large(e, DIVERT_DIRECTION_IN, "em0", &was, &p, v6);
		assert_string_equal(e->made[0].pkt.ifname, "em0");
		engine_free(e);
	}
}

static void
U13_hairpinned(void **state)
{
	struct engine	*e = engine_new("match out on em0 inet from 10.0.0.0/8 "
			    "to any nat-to 203.0.113.1 static-port\n");
	struct packet	 p, was;

	(void)state;
	p = udp("10.0.0.6", 2222, "192.0.2.9", 53, 4);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	was = udp("10.0.0.5", 1234, "203.0.113.1", 2222, 1440);
	dont_fragment(&was);
	p = was;
	assert_int_equal(send_inside(e, &p), NAT_REPLACE);
	too_large(e, DIVERT_DIRECTION_IN, "em1", &was, &p, 0);
	engine_free(e);
}

/* Without DF others cut it; about an error there is none. */
static void
U13_not_told(void **state)
{
	struct engine	*e = engine_new(NAT44);
	struct divert_packet pkt;
	struct packet	 p, quoted;

	(void)state;
	p = udp("10.0.0.5", 1234, "192.0.2.9", 53, 1440);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	memset(&pkt, 0, sizeof(pkt));
	pkt.data = p.b;
	pkt.len = pkt.wirelen = (uint32_t)p.n;
	pkt.direction = DIVERT_DIRECTION_OUT;
	strcpy(pkt.ifname, "em0");
	nat_too_large(e->nat, &pkt, 1400, e->now);
	quoted = udp("192.0.2.9", 53, "203.0.113.1", 5000, 20);
	p = icmp("203.0.113.1", "192.0.2.9", 3, 3, 0, &quoted, 28);
	dont_fragment(&p);
	pkt.len = pkt.wirelen = (uint32_t)p.n;
	nat_too_large(e->nat, &pkt, 1400, e->now);
	assert_int_equal(e->nmade, 0);
	engine_free(e);
}

/* What is left over and what is new are no more than a second's. */
static void
I10_no_more_than_a_second(void **state)
{
	struct engine	*e = exhausted("set limit errors 10\n");
	struct packet	 p;
	int		 i, n;

	(void)state;
	for (n = 0; n < 2; n++) {
		for (i = 0; i < 100; i++) {
			p = udp("10.0.0.6", 7, "192.0.2.9", 53, 20);
			assert_int_equal(send_out(e, &p), NAT_DROP);
			if (n == 0 && e->nmade == 5)
				break;
		}
		assert_int_equal(e->nmade, n == 0 ? 5 : 15);
		e->now += SECOND_NS * 9 / 10;
	}
	engine_free(e);
}

static void
U13_so_many_a_second(void **state)
{
	struct engine	*e = engine_new("set limit errors 10\n" NAT44);
	struct divert_packet pkt;
	struct packet	 p;
	int		 i;

	(void)state;
	p = udp("10.0.0.5", 1234, "192.0.2.9", 53, 1440);
	dont_fragment(&p);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	memset(&pkt, 0, sizeof(pkt));
	pkt.data = p.b;
	pkt.len = pkt.wirelen = (uint32_t)p.n;
	pkt.direction = DIVERT_DIRECTION_OUT;
	strcpy(pkt.ifname, "em0");
	for (i = 0; i < 100; i++)
		nat_too_large(e->nat, &pkt, 1400, e->now);
	assert_int_equal(e->nmade, 10);
	engine_free(e);
}

/*
 * A packet that turns back, its source translated already, finds no room for
 * the other half: its sender did not send that.
 */
static void
not_about_half_of_it(void **state)
{
	struct engine	*e = engine_new("set limit states 2\n"
			    "match out on em0 inet from 10.0.0.0/8 "
			    "to any nat-to 203.0.113.1 static-port\n");
	struct packet	 p;

	(void)state;
	p = udp("10.0.0.6", 2222, "192.0.2.9", 53, 4);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	p = udp("10.0.0.5", 1234, "203.0.113.1", 2222, 4);
	assert_int_equal(send_inside(e, &p), NAT_DROP);
	assert_int_equal(e->reason, NAT_REASON_NO_STATE);
	assert_int_equal(e->nmade, 0);
	engine_free(e);
}

/* Where the packet came in its sender is, whatever the routes say. */
static void
back_by_its_interface(void **state)
{
	struct engine		*e = engine_new("set hairpin off\n"
				    "match out on em0 inet from 10.0.0.0/8 "
				    "to any nat-to 203.0.113.1 static-port\n");
	struct divert_packet	 pkt;
	struct packet		 p;
	uint8_t			 reason, verdict;

	(void)state;
	p = udp("10.0.0.6", 2222, "192.0.2.9", 53, 4);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	p = udp("10.0.0.5", 1234, "203.0.113.1", 2222, 4);
	memset(&pkt, 0, sizeof(pkt));
	pkt.data = p.b;
	pkt.len = pkt.wirelen = (uint32_t)p.n;
	pkt.direction = DIVERT_DIRECTION_IN;
	pkt.in_ifindex = 7;
	strcpy(pkt.ifname, "em1");
	nat_packets(e->nat, &pkt, 1, e->now, &verdict, &reason);
	assert_int_equal(reason, NAT_REASON_HAIRPIN);
	assert_int_equal(e->nmade, 1);
	assert_int_equal(e->made[0].pkt.out_ifindex, 7);
	assert_int_equal(e->made[0].pkt.in_ifindex, 0);
	engine_free(e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(C11_no_port),
		cmocka_unit_test(C11_limits),
		cmocka_unit_test(C11_bytes_of_scapy),
		cmocka_unit_test(I8_other_reasons),
		cmocka_unit_test(prohibited),
		cmocka_unit_test(quoted_length),
		cmocka_unit_test(I10_class),
		cmocka_unit_test(what_is_not_answered),
		cmocka_unit_test(what_is_not_answered6),
		cmocka_unit_test(I10_so_many_a_second),
		cmocka_unit_test(notify_off),
		cmocka_unit_test(T4_answer_after_6_seconds),
		cmocka_unit_test(T4_silent_if_the_inside_calls),
		cmocka_unit_test(P3_P4_prefix),
		cmocka_unit_test(U13_too_large),
		cmocka_unit_test(U13_hairpinned),
		cmocka_unit_test(U13_not_told),
		cmocka_unit_test(I10_no_more_than_a_second),
		cmocka_unit_test(U13_so_many_a_second),
		cmocka_unit_test(not_about_half_of_it),
		cmocka_unit_test(back_by_its_interface)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
