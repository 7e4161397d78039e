/* SPDX-License-Identifier: ISC */

/*
 * The parser: where headers are, why packets are malformed, and that nothing
 * is read beyond the packet, which a build with sanitizers would see: every
 * packet here lies in a block of exactly its size.
 *
 * t_packet -s FOLDER writes the samples there, as seeds for the fuzzers.
 */

#include "compat.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <pcap.h>

#include "divertutil.h"
#include "packets.h"

static struct bytes o;

static uint8_t *
copy(const uint8_t *p, size_t n)
{
	uint8_t *c = malloc(n);

	if (c == NULL && n > 0)
		abort();
	if (n > 0)
		memcpy(c, p, n);
	return (c);
}

/* What is true of every layout. */
static void
check_layout(const struct divert_layout *l, size_t len, int rc)
{
	uint32_t offs[] = {
		l->frag_off, l->final_off, l->l4_off, l->payload_off,
		l->inner_off
	};
	size_t i;

	assert_int_equal(rc, l->reason == DIVERT_REASON_NONE ? 0 : -1);
	assert_true(l->reason < DIVERT_REASON_TAKEN);
	assert_true(l->end_off <= len);
	for (i = 0; i < sizeof(offs) / sizeof(offs[0]); i++)
		assert_true(offs[i] <= l->end_off);
	if (l->final_off != 0)
		assert_true(l->final_off + 16 <= l->end_off);
	if (l->payload_off != 0)
		assert_true(l->payload_off >= l->l4_off);
	if ((l->flags & DIVERT_LAYOUT_L4) != 0)
		assert_true(l->payload_off > l->l4_off);
	if ((l->flags & (DIVERT_LAYOUT_QUOTED | DIVERT_LAYOUT_TUNNEL)) != 0)
		assert_true(l->inner_off >= l->l4_off &&
		    l->inner_off < l->end_off);
	else
		assert_int_equal(l->inner_off, 0);
	if (l->frag_byte != 0)
		assert_true((l->flags & DIVERT_LAYOUT_FRAGMENT) != 0 &&
		    (l->flags & DIVERT_LAYOUT_FIRST) == 0);
}

/* Ask everything of a packet in a block of its own. */
static void
ask(const uint8_t *p, size_t n)
{
	struct divert_layout l, q;
	struct divert_packet pkt;
	uint8_t *c = copy(p, n);
	char line[512];
	int i, rc;

	rc = divert_packet_parse(c, n, &l);
	check_layout(&l, n, rc);
	for (i = 0; i < 2; i++) {
		const uint8_t *a = divert_packet_address(c, &l,
		    (enum divert_side)i);

		if (a != NULL)
			assert_true(a >= c && a + (l.version == 4 ? 4 : 16) <=
			    c + n);
		rc = divert_packet_port(c, &l, (enum divert_side)i);
		assert_true(rc >= -1 && rc <= 65535);
	}
	if (l.inner_off != 0) {
		rc = divert_packet_parse_quoted(c + l.inner_off,
		    l.end_off - l.inner_off, &q);
		check_layout(&q, l.end_off - l.inner_off, rc);
	}
	rc = divert_packet_parse_quoted(c, n, &q);
	check_layout(&q, n, rc);
	(void)divert_packet_port(c, &q, DIVERT_SOURCE);
	memset(&pkt, 0, sizeof(pkt));
	pkt.data = c;
	pkt.len = pkt.wirelen = (uint32_t)n;
	(void)divert_packet_format(&pkt, line, sizeof(line));
	free(c);
}

static void
samples_are_whole(void **state)
{
	struct divert_layout l;
	const char *name;
	unsigned int i;

	(void)state;
	for (i = 0; (name = sample(i, &o, &standard)) != NULL; i++) {
		if (divert_packet_parse(o.b, o.n, &l) != 0)
			fail_msg("%s: %s", name, divert_reason_name(l.reason));
		assert_int_equal(l.end_off, o.n);
		assert_int_equal(l.flags & DIVERT_LAYOUT_TRUNCATED, 0);
		/* Padding behind it changes nothing but is not part of it. */
		memset(o.b + o.n, 0xa5, 9);
		assert_int_equal(divert_packet_parse(o.b, o.n + 9, &l), 0);
		assert_int_equal(l.end_off, o.n);
	}
	assert_true(i > 40);
}

/* Where things are in each sample. */
static void
offsets(void **state)
{
	static const struct {
		unsigned int	i;
		unsigned int	proto, l4, payload, inner, flags;
		int		sport, dport;
	} want[] = {
		{ 0, 6, 20, 44, 0, DIVERT_LAYOUT_L4, 40000, 443 },
		{ 1, 6, 20, 52, 0, DIVERT_LAYOUT_L4, 40000, 443 },
		{ 2, 17, 20, 28, 0, DIVERT_LAYOUT_L4, 40000, 443 },
		{ 4, 136, 20, 28, 0, DIVERT_LAYOUT_L4, 40000, 443 },
		{ 6, 1, 20, 28, 0, DIVERT_LAYOUT_L4, 40000, 40000 },
		{ 7, 1, 20, 28, 28, DIVERT_LAYOUT_L4 | DIVERT_LAYOUT_QUOTED,
		    -1, -1 },
		{ 11, 132, 20, 32, 0, DIVERT_LAYOUT_L4, 40000, 443 },
		{ 12, 47, 20, 24, 24, DIVERT_LAYOUT_L4 | DIVERT_LAYOUT_TUNNEL,
		    -1, -1 },
		{ 13, 47, 20, 32, 32, DIVERT_LAYOUT_L4 | DIVERT_LAYOUT_TUNNEL,
		    -1, -1 },
		{ 14, 47, 20, 36, 0, DIVERT_LAYOUT_L4, -1, -1 },
		{ 15, 50, 20, 28, 0, DIVERT_LAYOUT_L4, -1, -1 },
		{ 16, 6, 44, 64, 0, DIVERT_LAYOUT_L4, 40000, 443 },
		{ 17, 4, 20, 20, 20, DIVERT_LAYOUT_TUNNEL, -1, -1 },
		{ 18, 41, 20, 20, 20, DIVERT_LAYOUT_TUNNEL, -1, -1 },
		{ 19, 2, 24, 24, 0, 0, -1, -1 },
		{ 20, 17, 28, 36, 0, DIVERT_LAYOUT_L4, 40000, 443 },
		{ 21, 17, 20, 28, 0, DIVERT_LAYOUT_L4 | DIVERT_LAYOUT_FIRST |
		    DIVERT_LAYOUT_FRAGMENT, 40000, 443 },
		{ 22, 17, 20, 20, 0, DIVERT_LAYOUT_FRAGMENT, -1, -1 },
		{ 24, 6, 40, 68, 0, DIVERT_LAYOUT_L4, 40000, 443 },
		{ 26, 58, 40, 48, 0, DIVERT_LAYOUT_L4, 40000, 40000 },
		{ 27, 58, 40, 48, 48, DIVERT_LAYOUT_L4 | DIVERT_LAYOUT_QUOTED,
		    -1, -1 },
		{ 30, 58, 48, 56, 0, DIVERT_LAYOUT_L4, -1, -1 },
		{ 32, 17, 80, 88, 0, DIVERT_LAYOUT_L4 | DIVERT_LAYOUT_ROUTED,
		    40000, 443 },
		{ 34, 17, 80, 88, 0, DIVERT_LAYOUT_L4, 40000, 443 },
		{ 36, 17, 48, 56, 0, DIVERT_LAYOUT_L4 | DIVERT_LAYOUT_FIRST |
		    DIVERT_LAYOUT_FRAGMENT, 40000, 443 },
		{ 37, 17, 48, 48, 0, DIVERT_LAYOUT_FRAGMENT, -1, -1 },
		{ 38, 17, 48, 56, 0, DIVERT_LAYOUT_L4, 40000, 443 },
		{ 39, 6, 72, 92, 0, DIVERT_LAYOUT_L4, 40000, 443 },
		{ 41, 135, 40, 40, 0, 0, -1, -1 },
		{ 42, 17, 48, 56, 0, DIVERT_LAYOUT_L4, 40000, 443 },
		{ 44, 59, 40, 40, 0, 0, -1, -1 },
		{ 46, 33, 40, 40, 0, 0, -1, -1 },
		{ 47, 253, 20, 20, 0, 0, -1, -1 }
	};
	struct divert_layout l;
	const char *name;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		name = sample(want[i].i, &o, &standard);
		divert_packet_parse(o.b, o.n, &l);
		if (l.proto != want[i].proto || l.l4_off != want[i].l4 ||
		    l.payload_off != want[i].payload ||
		    l.inner_off != want[i].inner || l.flags != want[i].flags)
			fail_msg("%s: proto %u l4 %u payload %u inner %u "
			    "flags %x", name, l.proto, l.l4_off,
			    l.payload_off, l.inner_off, l.flags);
		assert_int_equal(divert_packet_port(o.b, &l, DIVERT_SOURCE),
		    want[i].sport);
		assert_int_equal(divert_packet_port(o.b, &l,
		    DIVERT_DESTINATION), want[i].dport);
		assert_int_equal(l.version, o.b[0] >> 4);
	}
}

static void
fragments(void **state)
{
	struct divert_layout l;

	(void)state;
	sample(22, &o, &standard);
	divert_packet_parse(o.b, o.n, &l);
	assert_int_equal(l.frag_byte, 24);
	assert_int_equal(l.frag_id, 54321);
	sample(37, &o, &standard);
	divert_packet_parse(o.b, o.n, &l);
	assert_int_equal(l.frag_byte, 1448);
	assert_int_equal(l.frag_id, 0xdeadbeef);
	assert_int_equal(l.frag_off, 40);
	sample(38, &o, &standard);
	divert_packet_parse(o.b, o.n, &l);
	assert_int_equal(l.frag_off, 40);
	/* The same bytes as a datagram cut into fragments. */
	sample(2, &o, &standard);
	set_at(&o, 6, 0x2000);
	assert_int_equal(divert_packet_parse(o.b, o.n, &l), 0);
	assert_int_equal(l.flags & (DIVERT_LAYOUT_FRAGMENT |
	    DIVERT_LAYOUT_FIRST), DIVERT_LAYOUT_FRAGMENT | DIVERT_LAYOUT_FIRST);
}

static void
final_destinations(void **state)
{
	struct divert_layout l;

	(void)state;
	sample(25, &o, &standard);
	divert_packet_parse(o.b, o.n, &l);
	assert_int_equal(l.final_off, 24);
	sample(32, &o, &standard);		/* type 0: the last */
	divert_packet_parse(o.b, o.n, &l);
	assert_int_equal(l.final_off, 64);
	sample(33, &o, &standard);		/* segments: the first */
	divert_packet_parse(o.b, o.n, &l);
	assert_int_equal(l.final_off, 48);
	sample(34, &o, &standard);
	divert_packet_parse(o.b, o.n, &l);
	assert_int_equal(l.final_off, 24);
	sample(35, &o, &standard);		/* not in one piece */
	divert_packet_parse(o.b, o.n, &l);
	assert_int_equal(l.final_off, 0);
	assert_true((l.flags & DIVERT_LAYOUT_ROUTED) != 0);
	o.b[44] = 0x80;				/* the last is not compressed */
	o.b[45] = 0;
	divert_packet_parse(o.b, o.n, &l);
	assert_int_equal(l.final_off, 64);
	o.b[45] = 0x40;				/* with 4 bytes of padding */
	divert_packet_parse(o.b, o.n, &l);
	assert_int_equal(l.final_off, 60);
	o.b[42] = 77;				/* a type nobody knows */
	divert_packet_parse(o.b, o.n, &l);
	assert_int_equal(l.final_off, 0);
	sample(12, &o, &standard);		/* none in IPv4 */
	divert_packet_parse(o.b, o.n, &l);
	assert_int_equal(l.final_off, 0);
}

static void
want_reason(enum divert_reason reason, size_t n)
{
	struct divert_layout l;
	uint8_t *c = copy(o.b, n);

	errno = 0;
	assert_int_equal(divert_packet_parse(c, n, &l), -1);
	assert_int_equal(errno, EBADMSG);
	assert_string_equal(divert_reason_name(l.reason),
	    divert_reason_name(reason));
	free(c);
	ask(o.b, n);
}

/* Sample i with its 16-bit word at at set to v. */
static void
spoil(unsigned int i, size_t at, unsigned int v, enum divert_reason reason)
{
	sample(i, &o, &standard);
	set_at(&o, at, v);
	want_reason(reason, o.n);
}

/* Sample i made n bytes long, its IP length saying so. */
static void
shorten(unsigned int i, size_t n, enum divert_reason reason)
{
	sample(i, &o, &standard);
	o.n = n;
	end_ip(&o, 0);
	want_reason(reason, o.n);
}

static void
every_reason(void **state)
{
	unsigned int i;

	(void)state;
	o.n = 0;
	want_reason(DIVERT_REASON_EMPTY, 0);
	spoil(2, 0, 0x5500, DIVERT_REASON_VERSION);
	spoil(2, 0, 0x0500, DIVERT_REASON_VERSION);
	sample(2, &o, &standard);
	want_reason(DIVERT_REASON_IP_SHORT, 19);
	want_reason(DIVERT_REASON_IP_SHORT, 1);
	sample(25, &o, &standard);
	want_reason(DIVERT_REASON_IP_SHORT, 39);
	spoil(2, 0, 0x4400, DIVERT_REASON_IP_HLEN);
	spoil(2, 0, 0x4f00, DIVERT_REASON_IP_HLEN);
	spoil(2, 2, 19, DIVERT_REASON_IP_LENGTH);
	spoil(2, 2, 0, DIVERT_REASON_IP_LENGTH);
	spoil(20, 2, 27, DIVERT_REASON_IP_LENGTH);
	sample(2, &o, &standard);
	want_reason(DIVERT_REASON_IP_TRUNCATED, 27);
	sample(1, &o, &standard);
	want_reason(DIVERT_REASON_IP_TRUNCATED, 51);
	sample(31, &o, &standard);
	want_reason(DIVERT_REASON_IP_TRUNCATED, 47);
	sample(16, &o, &standard);
	want_reason(DIVERT_REASON_IP_TRUNCATED, 40);
	spoil(20, 22, 0x0904, DIVERT_REASON_IP_OPTION);
	spoil(20, 22, 0x0104, DIVERT_REASON_IP_OPTION);
	shorten(31, 47, DIVERT_REASON_EXT_SHORT);
	shorten(32, 79, DIVERT_REASON_EXT_SHORT);
	shorten(36, 44, DIVERT_REASON_EXT_SHORT);
	spoil(31, 40, 0x11ff, DIVERT_REASON_EXT_SHORT);
	begin6((o.n = 0, &o), &standard, 60);
	for (i = 0; i < 17; i++)
		opt_part(&o, i == 16 ? 59 : 60);
	end_ip(&o, 0);
	want_reason(DIVERT_REASON_EXT_LOOP, o.n);
	begin4((o.n = 0, &o), &standard, 51, 0, "", 0);
	for (i = 0; i < 17; i++)
		ah_part(&o, i == 16 ? 59 : 51);
	end_ip(&o, 0);
	want_reason(DIVERT_REASON_EXT_LOOP, o.n);
	spoil(23, 6, 0x1fff, DIVERT_REASON_FRAG_OVERSIZE);
	spoil(37, 42, 0xfff8, DIVERT_REASON_FRAG_OVERSIZE);
	spoil(25, 4, 0, DIVERT_REASON_JUMBO);
	shorten(0, 39, DIVERT_REASON_TCP_SHORT);
	shorten(24, 59, DIVERT_REASON_TCP_SHORT);
	spoil(0, 32, 0x4002, DIVERT_REASON_TCP_HLEN);
	spoil(0, 32, 0x7002, DIVERT_REASON_TCP_HLEN);
	spoil(0, 40, 0x0205, DIVERT_REASON_TCP_OPTION);
	spoil(0, 40, 0x0200, DIVERT_REASON_TCP_OPTION);
	spoil(0, 40, 0x0201, DIVERT_REASON_TCP_OPTION);
	sample(0, &o, &standard);
	memcpy(o.b + 40, "\1\1\1\2", 4);
	want_reason(DIVERT_REASON_TCP_OPTION, o.n);
	shorten(2, 27, DIVERT_REASON_UDP_SHORT);
	spoil(2, 24, 7, DIVERT_REASON_UDP_LENGTH);
	spoil(2, 24, 30, DIVERT_REASON_UDP_LENGTH);
	spoil(25, 44, 0, DIVERT_REASON_UDP_LENGTH);
	spoil(4, 24, 7, DIVERT_REASON_UDP_LENGTH);
	spoil(4, 24, 30, DIVERT_REASON_UDP_LENGTH);
	shorten(6, 27, DIVERT_REASON_ICMP_SHORT);
	shorten(26, 47, DIVERT_REASON_ICMP_SHORT);
	shorten(29, 43, DIVERT_REASON_ICMP_SHORT);
	shorten(11, 31, DIVERT_REASON_SCTP_SHORT);
	shorten(12, 23, DIVERT_REASON_GRE_SHORT);
	shorten(13, 31, DIVERT_REASON_GRE_SHORT);
	shorten(14, 35, DIVERT_REASON_GRE_SHORT);
	shorten(15, 27, DIVERT_REASON_ESP_SHORT);
	shorten(16, 43, DIVERT_REASON_AH_SHORT);
	spoil(16, 20, 0x0600, DIVERT_REASON_AH_SHORT);
	shorten(39, 63, DIVERT_REASON_AH_SHORT);
	spoil(39, 40, 0x0600, DIVERT_REASON_AH_SHORT);
}

/* Near the edge of every_reason, and whole. */
static void
no_reason(void **state)
{
	struct divert_layout l;
	unsigned int i;

	(void)state;
	begin6((o.n = 0, &o), &standard, 60);
	for (i = 0; i < 16; i++)
		opt_part(&o, i == 15 ? 59 : 60);
	end_ip(&o, 0);
	assert_int_equal(divert_packet_parse(o.b, o.n, &l), 0);
	/* The last fragment there can be: 65528 + 7 with the header. */
	sample(23, &o, &standard);
	set_at(&o, 6, 8189);
	assert_int_equal(divert_packet_parse(o.b, o.n, &l), 0);
	set_at(&o, 6, 8190);
	assert_int_equal(divert_packet_parse(o.b, o.n, &l), -1);
	/* UDP with surplus behind it (RFC 9868). */
	sample(2, &o, &standard);
	set_at(&o, 24, 8);
	assert_int_equal(divert_packet_parse(o.b, o.n, &l), 0);
	assert_int_equal(l.end_off, o.n);
	/* A short ICMPv6 message: the body of RPL's DIS has 2 bytes. */
	sample(29, &o, &standard);
	o.b[40] = 155;
	o.n = 46;
	end_ip(&o, 0);
	assert_int_equal(divert_packet_parse(o.b, o.n, &l), 0);
	assert_int_equal(l.payload_off, 46);
	/* A cut packet whose headers are there. */
	sample(1, &o, &standard);
	assert_int_equal(divert_packet_parse(o.b, 52, &l), 0);
	assert_int_equal(l.flags, DIVERT_LAYOUT_L4 | DIVERT_LAYOUT_TRUNCATED);
	assert_int_equal(l.end_off, 52);
}

static void
quoted_packets(void **state)
{
	struct divert_layout l;
	size_t n;

	(void)state;
	sample(2, &o, &standard);
	for (n = 0; n < 20; n++)
		assert_int_equal(divert_packet_parse_quoted(o.b, n, &l), -1);
	for (; n <= o.n; n++) {
		assert_int_equal(divert_packet_parse_quoted(o.b, n, &l), 0);
		assert_int_equal(divert_packet_port(o.b, &l, DIVERT_SOURCE),
		    n < 24 ? -1 : 40000);
		assert_int_equal((l.flags & DIVERT_LAYOUT_L4) != 0, n >= 28);
	}
	/* Lengths that cannot be right, as some systems quote them. */
	sample(0, &o, &standard);
	set_at(&o, 2, 0);
	o.b[32] = 0;
	assert_int_equal(divert_packet_parse_quoted(o.b, 28, &l), 0);
	assert_int_equal(divert_packet_port(o.b, &l, DIVERT_DESTINATION), 443);
	set_at(&o, 2, 65535);
	assert_int_equal(divert_packet_parse_quoted(o.b, 44, &l), 0);
	sample(25, &o, &standard);
	set_at(&o, 4, 0);
	assert_int_equal(divert_packet_parse_quoted(o.b, 48, &l), 0);
	assert_int_equal(divert_packet_port(o.b, &l, DIVERT_DESTINATION), 443);
	/* RFC 4884: what follows the quoted packet is not of it. */
	sample(2, &o, &standard);
	assert_int_equal(divert_packet_parse_quoted(o.b, o.n + 8, &l), 0);
	assert_int_equal(l.end_off, o.n);
	/* A chain that is cut leads nowhere. */
	sample(31, &o, &standard);
	assert_int_equal(divert_packet_parse_quoted(o.b, 47, &l), -1);
	assert_int_equal(l.reason, DIVERT_REASON_EXT_SHORT);
}

static void
addresses(void **state)
{
	struct divert_layout l;

	(void)state;
	sample(2, &o, &standard);
	divert_packet_parse(o.b, o.n, &l);
	assert_ptr_equal(divert_packet_address(o.b, &l, DIVERT_SOURCE),
	    o.b + 12);
	assert_ptr_equal(divert_packet_address(o.b, &l, DIVERT_DESTINATION),
	    o.b + 16);
	sample(25, &o, &standard);
	divert_packet_parse(o.b, o.n, &l);
	assert_ptr_equal(divert_packet_address(o.b, &l, DIVERT_SOURCE),
	    o.b + 8);
	assert_ptr_equal(divert_packet_address(o.b, &l, DIVERT_DESTINATION),
	    o.b + 24);
	divert_packet_parse(o.b, 39, &l);
	assert_null(divert_packet_address(o.b, &l, DIVERT_SOURCE));
	o.b[0] = 0;
	divert_packet_parse(o.b, o.n, &l);
	assert_null(divert_packet_address(o.b, &l, DIVERT_SOURCE));
}

static void
every_cut(void **state)
{
	unsigned int i;
	size_t n, whole;

	(void)state;
	for (i = 0; sample(i, &o, &standard) != NULL; i++) {
		whole = o.n;
		for (n = 0; n <= whole; n++) {
			sample(i, &o, &standard);
			ask(o.b, n);		/* cut by a capture */
			if (n < 40)
				continue;
			o.n = n;		/* sent as short as that */
			end_ip(&o, 0);
			ask(o.b, n);
		}
	}
}

static void
every_byte(void **state)
{
	unsigned int i, v;
	size_t at;

	(void)state;
	for (i = 0; sample(i, &o, &standard) != NULL; i++) {
		for (at = 0; at < o.n && at < 96; at++) {
			uint8_t old = o.b[at];

			for (v = 0; v < 256; v += at < 8 ? 1 : 5) {
				o.b[at] = (uint8_t)v;
				ask(o.b, o.n);
			}
			o.b[at] = old;
		}
	}
}

static void
reason_names(void **state)
{
	const char *name;
	size_t len;
	int i, j;

	(void)state;
	for (i = 0; i < DIVERT_REASON_MAX; i++) {
		name = divert_reason_name((enum divert_reason)i);
		len = strlen(name);
		assert_true(len > 0);
		assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz_"),
		    len);
		assert_string_not_equal(name, "unknown");
		for (j = 0; j < i; j++)
			assert_string_not_equal(name,
			    divert_reason_name((enum divert_reason)j));
	}
	assert_string_equal(divert_reason_name(DIVERT_REASON_UDP_LENGTH),
	    "udp_length");
	assert_string_equal(divert_reason_name(DIVERT_REASON_CLOSED),
	    "closed");
	assert_string_equal(divert_reason_name(DIVERT_REASON_MAX), "unknown");
	assert_string_equal(divert_reason_name((enum divert_reason)-1),
	    "unknown");
}

/* Where the IP packet begins in a frame, or -1. */
static int
frame_ip(int link, const uint8_t *p, size_t n)
{
	switch (link) {
	case DLT_RAW:
	case 101:
	case 228:
	case 229:
		return (0);
	case DLT_NULL:
		return (n > 4 ? 4 : -1);
	case DLT_EN10MB:
		if (n > 14 && ((p[12] == 8 && p[13] == 0) ||
		    (p[12] == 0x86 && p[13] == 0xdd)))
			return (14);
		return (-1);
	default:
		return (-1);
	}
}

/* Frames of other people's making: nothing may be read that is not there. */
static void
captures(void **state)
{
	static const char *const folders[] = {
		"../../shared/data/captures", "../shared/data/captures"
	};
	char errbuf[PCAP_ERRBUF_SIZE], path[4096];
	struct pcap_pkthdr *h;
	const u_char *p;
	struct dirent *de;
	DIR *d = NULL;
	pcap_t *pc;
	size_t i;
	unsigned int count = 0;
	int off;

	(void)state;
	for (i = 0; i < 2 && d == NULL; i++)
		d = opendir(folders[i]);
	if (d == NULL) {
		print_message("# no captures in %s\n", folders[0]);
		skip();
		return;
	}
	while ((de = readdir(d)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", folders[i - 1],
		    de->d_name);
		if (de->d_name[0] == '.' || strstr(de->d_name, ".pcap") ==
		    NULL || (pc = pcap_open_offline(path, errbuf)) == NULL)
			continue;
		while (pcap_next_ex(pc, &h, &p) == 1) {
			off = frame_ip(pcap_datalink(pc), p, h->caplen);
			if (off == -1)
				continue;
			ask(p + off, h->caplen - (size_t)off);
			count++;
		}
		pcap_close(pc);
	}
	closedir(d);
	print_message("# %u packets of captures\n", count);
	assert_true(count > 500);
}

static int
write_seeds(const char *folder)
{
	char path[4096];
	unsigned int i;
	FILE *f;

	for (i = 0; sample(i, &o, &standard) != NULL; i++) {
		snprintf(path, sizeof(path), "%s/sample-%02u", folder, i);
		if ((f = fopen(path, "wb")) == NULL ||
		    fwrite(o.b, 1, o.n, f) != o.n || fclose(f) != 0) {
			perror(path);
			return (1);
		}
	}
	return (0);
}

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_are_whole),
		cmocka_unit_test(offsets),
		cmocka_unit_test(fragments),
		cmocka_unit_test(final_destinations),
		cmocka_unit_test(every_reason),
		cmocka_unit_test(no_reason),
		cmocka_unit_test(quoted_packets),
		cmocka_unit_test(addresses),
		cmocka_unit_test(every_cut),
		cmocka_unit_test(every_byte),
		cmocka_unit_test(reason_names),
		cmocka_unit_test(captures)
	};

	if (argc == 3 && strcmp(argv[1], "-s") == 0)
		return (write_seeds(argv[2]));
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
