/* SPDX-License-Identifier: ISC */

/*
 * Decoding captures: every format, byte order and link type by bytes made by
 * hand, in any pieces, and cut or damaged anywhere.
 */

#include "compat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "frames.h"
#include "json_write.h"

static struct got	got, got2;

static void
assert_packet(int i, const uint8_t *data, size_t len, size_t wirelen)
{
	assert_true(i < got.n);
	assert_int_equal(got.pkt[i].len, len);
	assert_int_equal(got.pkt[i].wirelen, wirelen);
	assert_int_equal((got.pkt[i].flags & DIVERT_PACKET_TRUNCATED) != 0,
	    len < wirelen);
	assert_memory_equal(got.pkt[i].data, data, len);
}

static void
assert_time(int i, int64_t sec, long nsec)
{
	assert_int_equal(got.pkt[i].time.tv_sec, sec);
	assert_int_equal(got.pkt[i].time.tv_nsec, nsec);
}

/* All bytes at once, and one at a time: the same must come of it. */
static void
decode_both(const struct bytes *b)
{
	int	 i;

	decode(b->p, b->len, 1, &got2);
	decode(b->p, b->len, SIZE_MAX, &got);
	assert_int_equal(got.n, got2.n);
	assert_int_equal(got.damaged, got2.damaged);
	assert_int_equal(got.skipped, got2.skipped);
	assert_string_equal(got.error, got2.error);
	for (i = 0; i < got.n; i++) {
		assert_memory_equal(got.data[i], got2.data[i], GOT_BYTES);
		got2.pkt[i].data = got.pkt[i].data;
		assert_memory_equal(&got.pkt[i], &got2.pkt[i],
		    sizeof(got.pkt[i]));
	}
}

static void
pcap_orders_and_resolutions(void **state)
{
	static const uint32_t	 magics[] = { 0xa1b2c3d4, 0xa1b23c4d };
	struct bytes		 b;
	int			 big, nano;

	(void)state;
	for (big = 0; big < 2; big++) {
		for (nano = 0; nano < 2; nano++) {
			memset(&b, 0, sizeof(b));
			b.big = big;
			pcap_file(&b, magics[nano], 101);
			pcap_record(&b, 1700000000, 999999, v4, sizeof(v4),
			    sizeof(v4));
			pcap_record(&b, 4000000000u, 1, v6, 50, sizeof(v6));
			decode_both(&b);
			assert_int_equal(got.n, 2);
			assert_int_equal(got.damaged, 0);
			assert_packet(0, v4, sizeof(v4), sizeof(v4));
			assert_packet(1, v6, 50, sizeof(v6));
			assert_time(0, 1700000000, nano ? 999999 : 999999000);
			assert_time(1, 4000000000, nano ? 1 : 1000);
			assert_int_equal(got.pkt[0].direction,
			    DIVERT_DIRECTION_NONE);
			assert_int_equal(got.pkt[0].flags, 0);
			assert_int_equal(got.pkt[0].hook, 0xff);
			free(b.p);
		}
	}
}

static void
pcap_longer_records(void **state)
{
	struct bytes	 b = { .big = 1 };
	uint8_t		 type;
	int		 i;

	(void)state;
	pcap_file(&b, 0xa1b2cd34, 101);
	for (i = 0; i < 2; i++) {
		add32(&b, 1);
		add32(&b, 2);
		add32(&b, sizeof(v4));
		add32(&b, sizeof(v4));
		add32(&b, 7);
		add16(&b, 0x0800);
		type = i == 0 ? 4 : 0;
		add(&b, &type, 1);
		add(&b, "", 1);
		add(&b, v4, sizeof(v4));
	}
	decode_both(&b);
	assert_int_equal(got.n, 2);
	assert_packet(1, v4, sizeof(v4), sizeof(v4));
	assert_int_equal(got.pkt[0].direction, DIVERT_DIRECTION_OUT);
	assert_int_equal(got.pkt[1].direction, DIVERT_DIRECTION_IN);
	free(b.p);
}

static void
pcap_old_lengths(void **state)
{
	static const struct {
		uint8_t	 minor;
		int	 swapped;
	} versions[] = { { 2, 1 }, { 3, 1 }, { 3, 0 }, { 4, 0 } };
	struct bytes	 b;
	size_t		 i;

	(void)state;
	for (i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		memset(&b, 0, sizeof(b));
		pcap_file(&b, 0xa1b2c3d4, 101);
		b.p[6] = versions[i].minor;
		add64(&b, 0);
		add32(&b, versions[i].swapped ? sizeof(v6) : 50);
		add32(&b, versions[i].swapped ? 50 : sizeof(v6));
		add(&b, v6, 50);
		decode_both(&b);
		assert_int_equal(got.n, 1);
		assert_packet(0, v6, 50, sizeof(v6));
		free(b.p);
	}
}

static void
pcap_frame_check_bits(void **state)
{
	struct bytes	 b = { 0 };

	(void)state;
	pcap_file(&b, 0xa1b2c3d4, 101 | 0x14000000);
	pcap_record(&b, 1, 2, v4, sizeof(v4), sizeof(v4));
	decode_both(&b);
	assert_int_equal(got.n, 1);
	free(b.p);
}

static void
pcap_damage(void **state)
{
	struct bytes	 b = { 0 };

	(void)state;
	pcap_file(&b, 0xa1b2c3d4, 105);
	decode_both(&b);
	assert_int_equal(got.damaged, 1);
	assert_string_equal(got.error, "link type 105 cannot be read");

	b.len = 0;
	pcap_file(&b, 0xa1b2c3d4, 101);
	b.p[4] = 3;
	decode_both(&b);
	assert_string_equal(got.error, "pcap version 3.4 is not known");

	b.len = 0;
	pcap_file(&b, 0xa1b2c3d4, 101);
	pcap_record(&b, 1, 2, v4, sizeof(v4), sizeof(v4));
	add64(&b, 0);
	add32(&b, (1 << 20) + 1);
	add32(&b, (1 << 20) + 1);
	decode_both(&b);
	assert_int_equal(got.n, 1);
	assert_int_equal(got.damaged, 1);
	assert_string_equal(got.error, "byte 71: a record of 1048577 bytes");
	free(b.p);
}

static void
pcap_largest_record(void **state)
{
	struct bytes	 b = { 0 };
	uint8_t		*frame;

	(void)state;
	frame = calloc(1, 1 << 20);
	assert_non_null(frame);
	memcpy(frame, v6, sizeof(v6));
	/* A jumbogram: payload length 0, hop-by-hop. */
	frame[4] = frame[5] = frame[6] = 0;
	pcap_file(&b, 0xa1b2c3d4, 101);
	pcap_record(&b, 1, 2, frame, 1 << 20, 1 << 20);
	pcap_record(&b, 1, 2, v4, sizeof(v4), sizeof(v4));
	decode(b.p, b.len, 65536, &got);
	assert_int_equal(got.n, 2);
	assert_int_equal(got.pkt[0].len, 1 << 20);
	assert_packet(1, v4, sizeof(v4), sizeof(v4));
	free(frame);
	free(b.p);
}

static void
not_ip(void **state)
{
	static const uint8_t	 arp[60] = { [12] = 0x08, [13] = 0x06 };
	struct bytes		 b = { 0 };

	(void)state;
	pcap_file(&b, 0xa1b2c3d4, 1);
	pcap_record(&b, 1, 2, arp, sizeof(arp), sizeof(arp));
	pcap_record(&b, 1, 2, arp, 13, sizeof(arp));
	decode_both(&b);
	assert_int_equal(got.n, 0);
	assert_int_equal(got.damaged, 0);
	assert_int_equal(got.skipped, 2);
	free(b.p);
}

static void
first_bytes(void **state)
{
	static const struct {
		const char	*input;
		const char	*error;	/* NULL: none */
	} cases[] = {
		{ "", "empty, no capture" },
		{ "GET", "no capture (neither pcapng, pcap, JSON lines nor hex)" },
		{ "GET / HTTP/1.1\r\n",
		    "no capture (neither pcapng, pcap, JSON lines nor hex)" },
		{ "\n", "no capture (neither pcapng, pcap, JSON lines nor hex)" },
		{ "\n\n\n  \r\n\t\n\n",
		    "no capture (neither pcapng, pcap, JSON lines nor hex)" },
		{ "\n\n\n\n\n\n\n\nx",
		    "no capture (neither pcapng, pcap, JSON lines nor hex)" },
		{ "\n\n\n\r\r\n\n\n\n\n\n\nx",
		    "no capture (neither pcapng, pcap, JSON lines nor hex)" },
		{ "{}", NULL },
		{ "\n\n\n\n\n\n\n\n {}\n", NULL },
		{ "\n\n\n\n\n\n\n\n\n{]\n", "line 10: " },
		{ "\xa1\xb2\xc3", "no capture (neither pcapng, pcap, JSON "
		    "lines nor hex)" },
		{ "\xa1\xb2\xc3\xd4..", "cut off, 6 of 24 bytes" },
	};
	struct bytes	 b;
	size_t		 i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&b, 0, sizeof(b));
		add(&b, cases[i].input, strlen(cases[i].input));
		decode_both(&b);
		assert_int_equal(got.n, 0);
		assert_int_equal(got.damaged, cases[i].error != NULL);
		if (cases[i].error != NULL)
			assert_memory_equal(got.error, cases[i].error,
			    strlen(cases[i].error));
		free(b.p);
	}
}

/* Resolution, units, offset: what time. */
static void
pcapng_times(void **state)
{
	static const struct {
		int		 tsresol;
		uint64_t	 ts;
		int64_t		 offset, sec;
		long		 nsec;
	} cases[] = {
		{ -1, 1700000000123456, 0, 1700000000, 123456000 },
		{ 6, 1700000000123456, 0, 1700000000, 123456000 },
		{ 9, 1700000000123456789, 0, 1700000000, 123456789 },
		{ 0, 1700000000, 0, 1700000000, 0 },
		{ 3, 1700000000999, 0, 1700000000, 999000000 },
		{ 12, 17000000001234567, 0, 17000, 1234 },
		{ 19, UINT64_C(10000000001999999999), 0, 1, 0 },
		{ 19, UINT64_C(10000000020000000000), 0, 1, 2 },
		{ 20, UINT64_C(12345678900000000000), 0, 0, 123456789 },
		{ 127, UINT64_MAX, 0, 0, 0 },
		{ 0x80, 1700000000, 0, 1700000000, 0 },
		{ 0x80 | 10, (UINT64_C(1700000000) << 10) + 512, 0,
		    1700000000, 500000000 },
		{ 0x80 | 32, (UINT64_C(1700000000) << 32) + (1u << 30), 0,
		    1700000000, 250000000 },
		{ 0x80 | 63, UINT64_C(3) << 62, 0, 1, 500000000 },
		{ 0x80 | 64, UINT64_C(1) << 62, 0, 0, 250000000 },
		{ 0x80 | 127, UINT64_MAX, 0, 0, 0 },
		{ 6, 123456, 1700000000, 1700000000, 123456000 },
		{ 6, 2000000, -1, 1, 0 },
	};
	struct bytes	 b;
	size_t		 i;
	int		 big;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (big = 0; big < 2; big++) {
			memset(&b, 0, sizeof(b));
			section(&b, big);
			interface(&b, 101, 0, cases[i].tsresol,
			    cases[i].offset, NULL);
			enhanced(&b, 0, cases[i].ts, v4, sizeof(v4),
			    sizeof(v4), NULL);
			decode(b.p, b.len, SIZE_MAX, &got);
			assert_int_equal(got.n, 1);
			assert_packet(0, v4, sizeof(v4), sizeof(v4));
			assert_time(0, cases[i].sec, cases[i].nsec);
			free(b.p);
		}
	}
}

/* Three sections, orders changing, interfaces anew in each. */
static void
pcapng_sections(void **state)
{
	static const uint8_t	 ethernet[14] = { [12] = 0x86, [13] = 0xdd };
	struct bytes		 b = { 0 }, frame = { 0 };

	(void)state;
	add(&frame, ethernet, sizeof(ethernet));
	add(&frame, v6, sizeof(v6));
	section(&b, 0);
	interface(&b, 101, 0, 9, 0, "em0");
	interface(&b, 1, 0, 6, 0, "em1");
	interface(&b, 105, 0, 6, 0, "wlan0");
	enhanced(&b, 1, 1000001, frame.p, frame.len, frame.len, NULL);
	enhanced(&b, 2, 1000001, frame.p, frame.len, frame.len, NULL);
	section(&b, 1);
	interface(&b, 1, 0, 6, 0, "em2");
	enhanced(&b, 0, 2000002, frame.p, frame.len, frame.len, NULL);
	section(&b, 0);
	interface(&b, 101, 0, 9, 0, NULL);
	enhanced(&b, 0, 3, v4, sizeof(v4), sizeof(v4), NULL);
	decode_both(&b);
	assert_int_equal(got.damaged, 0);
	assert_int_equal(got.n, 3);
	assert_int_equal(got.skipped, 1);
	assert_packet(0, v6, sizeof(v6), sizeof(v6));
	assert_packet(1, v6, sizeof(v6), sizeof(v6));
	assert_packet(2, v4, sizeof(v4), sizeof(v4));
	assert_time(0, 1, 1000);
	assert_time(1, 2, 2000);
	assert_time(2, 0, 3);
	assert_string_equal(got.pkt[0].ifname, "em1");
	assert_string_equal(got.pkt[1].ifname, "em2");
	assert_string_equal(got.pkt[2].ifname, "");
	free(b.p);
	free(frame.p);
}

static void
pcapng_interface_names(void **state)
{
	static const struct {
		const char	*given, *expected;
	} cases[] = {
		{ "em0", "em0" }, { "divert:700", "" }, { "nfqueue:7", "" },
		{ "-", "" }, { "any", "" }, { "/tmp/x.pcap", "" },
		{ "Ethernet 2", "" }, { "exactly15bytes.", "exactly15bytes." },
		{ "sixteen bytes...", "" }, { "", "" }, { "br-lan", "br-lan" },
	};
	struct bytes	 b;
	size_t		 i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&b, 0, sizeof(b));
		section(&b, 0);
		interface(&b, 101, 0, 9, 0, cases[i].given);
		enhanced(&b, 0, 3, v4, sizeof(v4), sizeof(v4), NULL);
		decode(b.p, b.len, SIZE_MAX, &got);
		assert_int_equal(got.n, 1);
		assert_string_equal(got.pkt[0].ifname, cases[i].expected);
		free(b.p);
	}
}

static void
pcapng_options(void **state)
{
	static const char	*ours = "divert if=em%310%20x addr=192.0.2.7 "
				    "rule=70000 mark=0xDEADbeef later=x "
				    "sum=partial";
	struct bytes		 b = { 0 }, o = { 0 }, value = { 0 };
	struct divert_packet	*pkt;
	int			 big;

	(void)state;
	for (big = 0; big < 2; big++) {
		b.len = o.len = 0;
		o.big = value.big = big;
		section(&b, big);
		interface(&b, 101, 0, 9, 0, "em9");
		option(&o, 1, "another comment", 15);
		option(&o, 1, "divertible if=em7", 17);
		option(&o, 1, ours, strlen(ours));
		value.len = 0;
		add32(&value, 0x1fe);
		option(&o, 2, value.p, value.len);
		option(&o, 3, "\x02" "hash", 5);
		value.len = 0;
		add64(&value, UINT64_C(0x123456789));
		option(&o, 4, value.p, value.len);
		value.len = 0;
		add64(&value, 0xfffffffe);
		option(&o, 5, value.p, value.len);
		value.len = 0;
		add32(&value, 700);
		option(&o, 6, value.p, value.len);
		option(&o, 2988, "\0\0\x7f\x58" "custom", 10);
		add32(&o, 0);
		enhanced(&b, 0, 3, v4, sizeof(v4), sizeof(v4), &o);
		decode_both(&b);
		assert_int_equal(got.n, 1);
		pkt = &got.pkt[0];
		assert_int_equal(pkt->direction, DIVERT_DIRECTION_OUT);
		assert_int_equal(pkt->flags, DIVERT_PACKET_HAS_ID |
		    DIVERT_PACKET_HAS_QUEUE | DIVERT_PACKET_HAS_DROPS |
		    DIVERT_PACKET_HAS_RULE | DIVERT_PACKET_HAS_MARK |
		    DIVERT_PACKET_NOTREADY);
		assert_true(pkt->drops == UINT64_C(0x123456789));
		assert_int_equal(pkt->id, 0xfffffffe);
		assert_int_equal(pkt->queue, 700);
		assert_int_equal(pkt->rule, 70000);
		assert_int_equal(pkt->mark, 0xdeadbeef);
		assert_string_equal(pkt->ifname, "em10 x");
		assert_int_equal(pkt->addrlen, 16);
		assert_memory_equal(pkt->addr + 4, "\xc0\x00\x02\x07", 4);
	}
	free(b.p);
	free(o.p);
	free(value.p);
}

/* Options of wrong lengths are passed over or end the list, no more. */
static void
pcapng_wrong_options(void **state)
{
	struct bytes	 b = { 0 }, o = { 0 };

	(void)state;
	section(&b, 0);
	interface(&b, 101, 0, 9, 0, NULL);
	option(&o, 2, "\x01\0", 2);		/* flags of two bytes */
	option(&o, 5, "\x01\0\0\0", 4);		/* packetid of four */
	option(&o, 5, "\x01\0\0\0\x01\0\0\0", 8); /* beyond 32 bits */
	option(&o, 1, "divert rule=99999999999 mark=0x if= addr=x", 42);
	option(&o, 1, "divert if=0123456789abcdef rule=12a", 35);
	option(&o, 6, "\x07\0\0\0", 4);		/* good */
	enhanced(&b, 0, 3, v4, sizeof(v4), sizeof(v4), &o);
	add16(&o, 2);
	add16(&o, 0xfff0);			/* beyond the block */
	enhanced(&b, 0, 3, v4, sizeof(v4), sizeof(v4), &o);
	decode_both(&b);
	assert_int_equal(got.damaged, 0);
	assert_int_equal(got.n, 2);
	assert_int_equal(got.pkt[1].flags, DIVERT_PACKET_HAS_QUEUE);
	assert_int_equal(got.pkt[1].queue, 7);
	assert_int_equal(got.pkt[1].direction, DIVERT_DIRECTION_NONE);
	assert_string_equal(got.pkt[1].ifname, "");
	assert_int_equal(got.pkt[1].addrlen, 0);
	free(b.p);
	free(o.p);
}

/* Simple and obsolete packet blocks, and blocks nobody knows. */
static void
pcapng_other_blocks(void **state)
{
	struct bytes	 b = { 0 }, body = { 0 };
	uint8_t		*huge;

	(void)state;
	huge = calloc(1, 3 << 20);
	assert_non_null(huge);
	section(&b, 0);
	interface(&b, 101, 40, 6, 0, NULL);
	/* Simple: the original length, cut to the snap length. */
	add32(&body, sizeof(v6));
	add(&body, v6, 40);
	block(&b, 3, body.p, body.len);
	block(&b, 5, "statistics", 10);
	block(&b, 0x80000001, huge, 3 << 20);
	/* Obsolete: interface and drops in 16 bits. */
	body.len = 0;
	add16(&body, 0);
	add16(&body, 12);
	add32(&body, 0);
	add32(&body, 5000007);
	add32(&body, sizeof(v4));
	add32(&body, sizeof(v4));
	add(&body, v4, sizeof(v4));
	add_pad(&body, sizeof(v4));
	option(&body, 2, "\x01\0\0\0", 4);
	block(&b, 2, body.p, body.len);
	/* A packet larger than any we take: passed over and counted. */
	enhanced(&b, 0, 0, huge, 3 << 20, 3 << 20, NULL);
	enhanced(&b, 0, 9, v4, sizeof(v4), sizeof(v4), NULL);
	decode(b.p, b.len, 4093, &got);
	assert_string_equal(got.error, "");
	assert_int_equal(got.n, 3);
	assert_int_equal(got.skipped, 1);
	assert_packet(0, v6, 40, sizeof(v6));
	assert_time(0, 0, 0);
	assert_packet(1, v4, sizeof(v4), sizeof(v4));
	assert_time(1, 5, 7000);
	assert_int_equal(got.pkt[1].flags, DIVERT_PACKET_HAS_DROPS);
	assert_int_equal(got.pkt[1].drops, 12);
	assert_int_equal(got.pkt[1].direction, DIVERT_DIRECTION_IN);
	assert_time(2, 0, 9000);
	free(b.p);
	free(body.p);
	free(huge);
}

static void
pcapng_damage(void **state)
{
	struct bytes	 b = { 0 };
	size_t		 start;

	(void)state;
	section(&b, 0);
	interface(&b, 105, 0, 9, 0, NULL);
	enhanced(&b, 0, 0, v4, sizeof(v4), sizeof(v4), NULL);
	decode_both(&b);
	assert_string_equal(got.error, "link type 105 cannot be read");

	b.len = 0;
	section(&b, 1);
	interface(&b, 101, 0, -1, 0, NULL);
	start = b.len;
	enhanced(&b, 1, 0, v4, sizeof(v4), sizeof(v4), NULL);
	decode_both(&b);
	assert_string_equal(got.error, "byte 52: packet of interface 1, which "
	    "is not described");

	b.len = start;
	enhanced(&b, 0, 0, v4, sizeof(v4), sizeof(v4), NULL);
	b.p[start + 20 + 3] = 33;
	decode_both(&b);
	assert_string_equal(got.error, "byte 52: captured length 33 in a "
	    "block of 64 bytes");

	b.len = start;
	enhanced(&b, 0, 0, v4, sizeof(v4), sizeof(v4), NULL);
	b.p[b.len - 1]++;
	decode_both(&b);
	assert_string_equal(got.error, "byte 52: block of 64 bytes whose end "
	    "says 65");

	b.len = start;
	enhanced(&b, 0, 0, v4, sizeof(v4), sizeof(v4), NULL);
	b.p[start + 7]++;
	decode_both(&b);
	assert_string_equal(got.error, "byte 52: block of 65 bytes");

	b.p[8] = 0;
	decode_both(&b);
	assert_string_equal(got.error, "section header without its byte "
	    "order");
	free(b.p);
}

/*
 * Link types: what stands before the packet, with the type where v4 and v6
 * differ given separately.
 */
static const struct link {
	const char	*name;
	uint32_t	 linktype;
	uint8_t		 header[100];
	uint8_t		 len;
	uint8_t		 type_off;	/* of what tells v4 from v6 */
	uint8_t		 type_len;	/* 0: nothing does */
	uint8_t		 v4[4], v6[4];
	uint8_t		 direction;
	uint32_t	 in_ifindex, out_ifindex;
} links[] = {
	{ .name = "raw", .linktype = 101 },
	{ .name = "raw as DLT", .linktype = 12 },
	{ .name = "raw as OpenBSD's DLT", .linktype = 14 },
	{ .name = "IPv4", .linktype = 228 },
	{ .name = "IPv6", .linktype = 229 },
	{ .name = "Ethernet", .linktype = 1, .len = 14, .type_off = 12,
	    .type_len = 2, .v4 = { 8, 0 }, .v6 = { 0x86, 0xdd } },
	{ .name = "VLAN", .linktype = 1,
	    .header = { [12] = 0x81, 0, 0x20, 5 }, .len = 18,
	    .type_off = 16, .type_len = 2, .v4 = { 8, 0 },
	    .v6 = { 0x86, 0xdd } },
	{ .name = "three VLANs", .linktype = 1,
	    .header = { [12] = 0x88, 0xa8, 0, 5, 0x91, 0, 0, 6, 0x81, 0, 0, 7 },
	    .len = 26, .type_off = 24, .type_len = 2, .v4 = { 8, 0 },
	    .v6 = { 0x86, 0xdd } },
	{ .name = "PPPoE", .linktype = 1,
	    .header = { [12] = 0x88, 0x64, 0x11, 0, 0, 1, 0, 33 }, .len = 22,
	    .type_off = 20, .type_len = 2, .v4 = { 0, 0x21 },
	    .v6 = { 0, 0x57 } },
	{ .name = "802.2 SNAP", .linktype = 1,
	    .header = { [12] = 0, 39, 0xaa, 0xaa, 3, 0, 0, 0 }, .len = 22,
	    .type_off = 20, .type_len = 2, .v4 = { 8, 0 },
	    .v6 = { 0x86, 0xdd } },
	{ .name = "null, big endian, OpenBSD", .linktype = 0, .len = 4,
	    .type_len = 4, .v4 = { 0, 0, 0, 2 }, .v6 = { 0, 0, 0, 24 } },
	{ .name = "null, little endian, FreeBSD", .linktype = 0, .len = 4,
	    .type_len = 4, .v4 = { 2 }, .v6 = { 28 } },
	{ .name = "null, little endian, Linux", .linktype = 0, .len = 4,
	    .type_len = 4, .v4 = { 2 }, .v6 = { 10 } },
	{ .name = "null, little endian, macOS", .linktype = 0, .len = 4,
	    .type_len = 4, .v4 = { 2 }, .v6 = { 30 } },
	{ .name = "loop", .linktype = 108, .len = 4, .type_len = 4,
	    .v4 = { 0, 0, 0, 2 }, .v6 = { 0, 0, 0, 24 } },
	{ .name = "cooked, received", .linktype = 113, .len = 16,
	    .header = { 0, 0, 0, 1 }, .type_off = 14, .type_len = 2,
	    .v4 = { 8, 0 }, .v6 = { 0x86, 0xdd },
	    .direction = DIVERT_DIRECTION_IN },
	{ .name = "cooked, multicast", .linktype = 113, .len = 16,
	    .header = { 0, 2, 0, 1 }, .type_off = 14, .type_len = 2,
	    .v4 = { 8, 0 }, .v6 = { 0x86, 0xdd },
	    .direction = DIVERT_DIRECTION_IN },
	{ .name = "cooked, somebody else's", .linktype = 113, .len = 16,
	    .header = { 0, 3, 0, 1 }, .type_off = 14, .type_len = 2,
	    .v4 = { 8, 0 }, .v6 = { 0x86, 0xdd } },
	{ .name = "cooked, sent", .linktype = 113, .len = 16,
	    .header = { 0, 4, 0, 1 }, .type_off = 14, .type_len = 2,
	    .v4 = { 8, 0 }, .v6 = { 0x86, 0xdd },
	    .direction = DIVERT_DIRECTION_OUT },
	{ .name = "cooked, VLAN", .linktype = 113, .len = 20,
	    .header = { 0, 4, 0, 1, [14] = 0x81, 0, 0, 9 }, .type_off = 18,
	    .type_len = 2, .v4 = { 8, 0 }, .v6 = { 0x86, 0xdd },
	    .direction = DIVERT_DIRECTION_OUT },
	{ .name = "cooked 2, received", .linktype = 276, .len = 20,
	    .header = { [6] = 1, 4, 0, 1 }, .type_off = 0, .type_len = 2,
	    .v4 = { 8, 0 }, .v6 = { 0x86, 0xdd },
	    .direction = DIVERT_DIRECTION_IN, .in_ifindex = 260 },
	{ .name = "cooked 2, sent", .linktype = 276, .len = 20,
	    .header = { [7] = 4, 0, 1, 4 }, .type_off = 0, .type_len = 2,
	    .v4 = { 8, 0 }, .v6 = { 0x86, 0xdd },
	    .direction = DIVERT_DIRECTION_OUT, .out_ifindex = 4 },
};

static void
add_link(struct bytes *b, const struct link *link, int ipv6)
{
	size_t	 start;

	start = b->len;
	add(b, link->header, link->len);
	memcpy(b->p + start + link->type_off, ipv6 ? link->v6 : link->v4,
	    link->type_len);
}

static void
link_types(void **state)
{
	const struct link	*link;
	struct bytes		 b = { 0 }, frame = { 0 };
	size_t			 i;
	int			 ipv6;

	(void)state;
	for (i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		link = &links[i];
		for (ipv6 = 0; ipv6 < 2; ipv6++) {
			b.len = frame.len = 0;
			add(&frame, "", 0);
			if (link->len > 0)
				add_link(&frame, link, ipv6);
			add(&frame, ipv6 ? v6 : v4,
			    ipv6 ? sizeof(v6) : sizeof(v4));
			/* Padding, and what an interface did not capture. */
			add(&frame, "\0\0\0\0\0\0\0\0\0\0\0", 11);
			pcap_file(&b, 0xa1b2c3d4, link->linktype);
			pcap_record(&b, 1, 2, frame.p, frame.len,
			    frame.len + 4);
			pcap_record(&b, 1, 2, frame.p, frame.len - 12,
			    frame.len + 4);
			decode_both(&b);
			if (got.n != 2)
				fail_msg("%s: %d packets", link->name, got.n);
			assert_packet(0, ipv6 ? v6 : v4,
			    ipv6 ? sizeof(v6) : sizeof(v4),
			    ipv6 ? sizeof(v6) : sizeof(v4));
			assert_packet(1, ipv6 ? v6 : v4,
			    (ipv6 ? sizeof(v6) : sizeof(v4)) - 1,
			    ipv6 ? sizeof(v6) : sizeof(v4));
			if (got.pkt[0].direction != link->direction)
				fail_msg("%s: direction %d", link->name,
				    got.pkt[0].direction);
			assert_int_equal(got.pkt[0].in_ifindex,
			    link->in_ifindex);
			assert_int_equal(got.pkt[0].out_ifindex,
			    link->out_ifindex);
		}
	}
	free(b.p);
	free(frame.p);
}

/* A frame cut anywhere in its link header is no IP, and nothing is read. */
static void
link_types_cut(void **state)
{
	struct bytes	 b = { 0 }, frame = { 0 };
	uint8_t		*exact;
	size_t		 i, n;

	(void)state;
	for (i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		for (n = 0; n < links[i].len; n++) {
			b.len = frame.len = 0;
			add_link(&frame, &links[i], 0);
			pcap_file(&b, 0xa1b2c3d4, links[i].linktype);
			pcap_record(&b, 1, 2, frame.p, n, 60);
			exact = malloc(b.len);
			assert_non_null(exact);
			memcpy(exact, b.p, b.len);
			decode(exact, b.len, SIZE_MAX, &got);
			free(exact);
			if (got.n != 0 || got.skipped != 1)
				fail_msg("%s cut at %zu: %d packets",
				    links[i].name, n, got.n);
		}
	}
	free(b.p);
	free(frame.p);
}

static void
link_pflog(void **state)
{
	static const uint8_t	 lengths[] = { 61, 64, 100 };
	static const uint8_t	 families[] = { 24, 28, 30, 10 };
	struct bytes		 b = { 0 };
	uint8_t			 frame[100 + sizeof(v6)];
	size_t			 i, len;

	(void)state;
	for (i = 0; i < 12; i++) {
		memset(frame, 0, sizeof(frame));
		frame[0] = lengths[i % 3];
		frame[1] = families[i % 4];
		memcpy(frame + 4, "em1", 4);
		memcpy(frame + 20, "ruleset", 8);
		frame[38] = 1;
		frame[39] = 4;
		frame[60] = i % 2 ? 1 : 2;
		len = (lengths[i % 3] + 3u) & ~3u;
		memcpy(frame + len, v6, sizeof(v6));
		b.len = 0;
		pcap_file(&b, 0xa1b2c3d4, 117);
		pcap_record(&b, 1, 2, frame, len + sizeof(v6),
		    len + sizeof(v6));
		memset(frame + 36, 0xff, 4);
		frame[60] = 0;
		pcap_record(&b, 1, 2, frame, len + sizeof(v6),
		    len + sizeof(v6));
		pcap_record(&b, 1, 2, frame, len - 1, len + sizeof(v6));
		decode_both(&b);
		assert_int_equal(got.n, 2);
		assert_int_equal(got.skipped, 1);
		assert_packet(0, v6, sizeof(v6), sizeof(v6));
		assert_string_equal(got.pkt[0].ifname, "em1");
		assert_int_equal(got.pkt[0].flags, DIVERT_PACKET_HAS_RULE);
		assert_int_equal(got.pkt[0].rule, 260);
		assert_int_equal(got.pkt[0].direction, i % 2 ?
		    DIVERT_DIRECTION_IN : DIVERT_DIRECTION_OUT);
		assert_int_equal(got.pkt[1].flags, 0);
		assert_int_equal(got.pkt[1].direction, DIVERT_DIRECTION_NONE);
	}
	free(b.p);
}

static void
attribute(struct bytes *b, unsigned int type, const void *value, size_t len)
{
	add16(b, (unsigned int)len + 4);
	add16(b, type);
	add(b, value, len);
	add_pad(b, len);
}

static void
link_nflog(void **state)
{
	static const uint8_t	 directions[6] = { DIVERT_DIRECTION_IN,
				    DIVERT_DIRECTION_IN, DIVERT_DIRECTION_OUT,
				    DIVERT_DIRECTION_OUT, DIVERT_DIRECTION_OUT,
				    DIVERT_DIRECTION_NONE };
	struct bytes		 b = { 0 }, frame = { 0 };
	uint8_t			 hook[4] = { 8, 0, 0, 0 };
	int			 big, i;

	(void)state;
	for (i = 0; i < 6; i++) {
		for (big = 0; big < 2; big++) {
			b.len = frame.len = 0;
			b.big = frame.big = big;
			hook[2] = (uint8_t)i;
			add(&frame, "\x02\0\0\x05", 4);
			attribute(&frame, 1, hook, 4);
			attribute(&frame, 10, "prefix", 7);
			attribute(&frame, 2, "\0\0\x01\x02", 4);
			attribute(&frame, 4, "\0\0\0\x03", 4);
			attribute(&frame, 5, "\0\0\0\x04", 4);
			attribute(&frame, 9, v4, sizeof(v4));
			pcap_file(&b, 0xa1b2c3d4, 239);
			pcap_record(&b, 1, 2, frame.p, frame.len, frame.len);
			pcap_record(&b, 1, 2, frame.p, frame.len - 4,
			    frame.len);
			decode_both(&b);
			assert_int_equal(got.n, 2);
			assert_packet(0, v4, sizeof(v4), sizeof(v4));
			assert_packet(1, v4, sizeof(v4) - 3, sizeof(v4));
			assert_int_equal(got.pkt[0].hook, i);
			assert_int_equal(got.pkt[0].direction, directions[i]);
			assert_int_equal(got.pkt[0].flags,
			    DIVERT_PACKET_HAS_MARK);
			assert_int_equal(got.pkt[0].mark, 258);
			assert_int_equal(got.pkt[0].in_ifindex, 3);
			assert_int_equal(got.pkt[0].out_ifindex, 4);
		}
	}
	free(b.p);
	free(frame.p);
}

/* Lengths in IP headers that cannot be believed remove nothing. */
static void
ip_lengths(void **state)
{
	static const struct {
		int	 ipv6;
		int	 off;		/* of a field of two bytes */
		int	 value;
		int	 next;		/* IPv6: next header, or -1 */
		size_t	 len;		/* of 60 bytes */
	} cases[] = {
		{ 0, 2, 31, -1, 31 }, { 0, 2, 60, -1, 60 },
		{ 0, 2, 0, -1, 60 }, { 0, 2, 19, -1, 60 },
		{ 0, 2, 20, -1, 20 }, { 0, 2, 61, -1, 60 },
		{ 0, 2, 65535, -1, 60 },
		{ 1, 4, 1, -1, 41 }, { 1, 4, 0, -1, 60 }, { 1, 4, 0, 59, 40 },
		{ 1, 4, 20, -1, 60 }, { 1, 4, 21, -1, 60 },
		{ 1, 4, 65535, -1, 60 },
	};
	struct bytes	 b = { 0 };
	uint8_t		 frame[60];
	size_t		 i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(frame, 0, sizeof(frame));
		memcpy(frame, cases[i].ipv6 ? v6 : v4,
		    cases[i].ipv6 ? sizeof(v6) : sizeof(v4));
		frame[cases[i].off] = (uint8_t)(cases[i].value >> 8);
		frame[cases[i].off + 1] = (uint8_t)cases[i].value;
		if (cases[i].next != -1)
			frame[6] = (uint8_t)cases[i].next;
		b.len = 0;
		pcap_file(&b, 0xa1b2c3d4, 101);
		pcap_record(&b, 1, 2, frame, sizeof(frame), sizeof(frame));
		decode(b.p, b.len, SIZE_MAX, &got);
		assert_int_equal(got.n, 1);
		assert_packet(0, frame, cases[i].len, cases[i].len);
	}
	free(b.p);
}

static void
json_record(void **state)
{
	static const char	 line[] =
	    "{\"timestamp\":\"2026-11-23T06:36:33.911103Z\","
	    "\"event_type\":\"packet\",\"in_iface\":\"em0\",\"divert\":{"
	    "\"v\":1,\"src\":\"divert:700\",\"dir\":\"out\",\"pkt_id\":4711,"
	    "\"len\":1500,\"caplen\":31,\"rule\":7,\"mark\":4294967295,"
	    "\"queue\":700,\"drops\":3,\"sum\":\"partial\",\"if\":\"em1\"},"
	    "\"packet\":\"RQAAHxI0AABAEVo4wAACAcYzZAIQAAA1AAsAAGFiYw==\"}\r\n"
	    "\n"
	    "{\"event_type\":\"flow\"}\n"
	    "  {\"in_iface\":\"em0\",\"packet\":"
	    "\"RQAAHxI0AABAEVo4wAACAcYzZAIQAAA1AAsAAGFiYw==\",\"timestamp\":"
	    "\"2000-02-29T23:59:60.5+01:30\",\"divert\":{\"dir\":\"in\","
	    "\"pkt_id\":-1,\"rule\":4294967296,\"mark\":\"1\"}}";
	struct bytes		 b = { 0 };

	(void)state;
	add(&b, line, sizeof(line) - 1);
	decode_both(&b);
	assert_string_equal(got.error, "");
	assert_int_equal(got.n, 2);
	assert_int_equal(got.skipped, 1);
	/* More bytes on the wire than the header says: padding. */
	assert_packet(0, v4, sizeof(v4), sizeof(v4));
	assert_time(0, 1795415793, 911103000);
	assert_int_equal(got.pkt[0].direction, DIVERT_DIRECTION_OUT);
	assert_int_equal(got.pkt[0].id, 4711);
	assert_int_equal(got.pkt[0].rule, 7);
	assert_int_equal(got.pkt[0].mark, 0xffffffff);
	assert_int_equal(got.pkt[0].queue, 700);
	assert_int_equal(got.pkt[0].drops, 3);
	assert_string_equal(got.pkt[0].ifname, "em1");
	assert_int_equal(got.pkt[0].flags, DIVERT_PACKET_HAS_ID |
	    DIVERT_PACKET_HAS_RULE | DIVERT_PACKET_HAS_MARK |
	    DIVERT_PACKET_HAS_QUEUE | DIVERT_PACKET_HAS_DROPS |
	    DIVERT_PACKET_NOTREADY);
	assert_packet(1, v4, sizeof(v4), sizeof(v4));
	assert_time(1, 951863400, 500000000);
	assert_int_equal(got.pkt[1].direction, DIVERT_DIRECTION_IN);
	assert_string_equal(got.pkt[1].ifname, "em0");
	assert_int_equal(got.pkt[1].flags, 0);
	free(b.p);
}

/* Suricata's packets begin at the link layer. */
static void
json_ethernet(void **state)
{
	static const char	 line[] =
	    "{\"timestamp\":\"2026-11-23T06:36:33.911103+0000\",\"packet\":"
	    "\"AgAAAAABAgAAAAACCABFAAAfEjQAAEARWjjAAAIBxjNkAhAAADUACwAAYWJj"
	    "AAAAAAAAAAAAAAAAAAAAAA==\",\"packet_info\":{\"linktype\":1}}\n";
	struct bytes		 b = { 0 };

	(void)state;
	add(&b, line, sizeof(line) - 1);
	decode_both(&b);
	assert_string_equal(got.error, "");
	assert_int_equal(got.n, 1);
	assert_packet(0, v4, sizeof(v4), sizeof(v4));
	assert_time(0, 1795415793, 911103000);
	free(b.p);
}

static void
json_cut_packet(void **state)
{
	static const char	 line[] = "{\"packet\":\"RQAAHxI0AABAEVo4\","
				    "\"divert\":{\"len\":31}}\n";
	struct bytes		 b = { 0 };

	(void)state;
	add(&b, line, sizeof(line) - 1);
	decode_both(&b);
	assert_int_equal(got.n, 1);
	assert_packet(0, v4, 12, sizeof(v4));
	free(b.p);
}

/* Lengths left as they were by somebody who edited the packet. */
static void
json_edited_packet(void **state)
{
	static const struct {
		const char	*lengths;
		size_t		 wirelen;
	} cases[] = {
		{ "\"len\":31,\"caplen\":31", 12 },
		{ "\"len\":8,\"caplen\":8", 12 },
		{ "\"len\":31,\"caplen\":20", 23 },
		{ "\"len\":31", 31 }, { "\"caplen\":31", 12 },
	};
	struct bytes	 b = { 0 };
	char		 line[128];
	size_t		 i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		b.len = 0;
		snprintf(line, sizeof(line), "{\"packet\":"
		    "\"RQAAHxI0AABAEVo4\",\"divert\":{%s}}\n",
		    cases[i].lengths);
		add(&b, line, strlen(line));
		decode_both(&b);
		assert_int_equal(got.n, 1);
		assert_packet(0, v4, 12, cases[i].wirelen);
	}
	free(b.p);
}

/* Asked not to, nothing is taken for padding behind raw IP and PFLOG. */
static void
whole_packets(void **state)
{
	static const uint32_t	 linktypes[] = { 101, 1 };
	static const uint8_t	 header[14] = { [12] = 8 };
	struct divert_decoder	*dec;
	struct divert_packet	 pkt;
	struct bytes		 b = { 0 }, frame = { 0 };
	uint8_t			*room;
	int			 i, whole;

	(void)state;
	for (i = 0; i < 4; i++) {
		whole = i / 2;
		b.len = frame.len = 0;
		pcap_file(&b, 0xa1b2c3d4, linktypes[i % 2]);
		add(&frame, header, i % 2 ? sizeof(header) : 0);
		add(&frame, v4, sizeof(v4));
		add(&frame, "more", 4);
		pcap_record(&b, 1, 2, frame.p, frame.len, frame.len);
		dec = divert_decoder_new();
		assert_non_null(dec);
		if (whole)
			divert_decoder_whole(dec);
		assert_true(divert_decoder_room(dec, &room) >= b.len);
		memcpy(room, b.p, b.len);
		divert_decoder_filled(dec, b.len);
		assert_int_equal(divert_decoder_next(dec, &pkt), 1);
		assert_int_equal(pkt.len, sizeof(v4) + (i == 2 ? 4 : 0));
		assert_int_equal(pkt.wirelen, pkt.len);
		divert_decoder_free(dec);
	}
	free(b.p);
	free(frame.p);
}

/* 192.0.2.1.4096 > 198.51.100.2.53 as above, in base64. */
#define V4	"\"packet\":\"RQAAHxI0AABAEVo4wAACAcYzZAIQAAA1AAsAAGFiYw==\""
/* 2001:db8::1.4096 > 2001:db8::2.80, the sum 0, which is wrong. */
#define V6	"\"packet\":\"YAAAAAAUBkAgAQ24AAAAAAAAAAAAAAABIAENuAAAAAAAAAAA" \
		"AAAAAhAAAFAAAAABAAAAAFAC//8AAAAA\""
#define FROM4	"\"src_ip\":\"192.0.2.1\",\"dest_ip\":\"198.51.100.2\""
#define FROM6	"\"src_ip\":\"2001:db8::1\",\"dest_ip\":\"2001:db8::2\""

/* Bytes written as digits, blanks allowed. */
static size_t
from_hex(const char *s, uint8_t *out)
{
	unsigned int	 v;
	size_t		 n;

	for (n = 0; *s != '\0'; ) {
		if (*s == ' ') {
			s++;
			continue;
		}
		if (sscanf(s, "%2x", &v) != 1)
			abort();
		out[n++] = (uint8_t)v;
		s += 2;
	}
	return (n);
}

/* Lines that only describe a packet; the bytes are scapy's. */
static void
json_made(void **state)
{
	static const struct {
		const char	*line, *hex;
	} cases[] = {
		{ "{" FROM4 ",\"proto\":\"UDP\",\"src_port\":4096,"
		    "\"dest_port\":53,\"payload\":\"YWJj\"}",
		    "4500001f0000000040118e97c0000201c6336402"
		    "10000035000b3f09616263" },
		{ "{" FROM6 ",\"event_type\":\"packet\",\"ip_v\":6,\"proto\":"
		    "\"icmpv6\",\"icmp_type\":129,\"icmp\":{\"id\":7,"
		    "\"seq\":9},\"community_id\":\"x\",\"divert\":{}}",
		    "6000000000083a4020010db8000000000000000000000001"
		    "20010db8000000000000000000000002 8100233800070009" },
		{ "{" FROM4 ",\"proto\":17,\"src_port\":4096,\"dest_port\":53,"
		    "\"payload_printable\":\"abc\",\"udp\":{\"payload_len\":9,"
		    "\"len\":99},\"ip\":{\"len\":1}}",
		    "4500001f0000000040118e97c0000201c6336402"
		    "10000035000b3f09616263" },
		/* Zeros, as many as a length says. */
		{ "{" FROM4 ",\"proto\":\"UDP\",\"src_port\":4096,"
		    "\"dest_port\":53,\"udp\":{\"payload_len\":3}}",
		    "4500001f0000000040118e97c0000201c6336402"
		    "10000035000b036c000000" },
		{ "{" FROM4 ",\"proto\":\"UDP\",\"src_port\":4096,"
		    "\"dest_port\":53,\"ip\":{\"hlen\":20,\"len\":31}}",
		    "4500001f0000000040118e97c0000201c6336402"
		    "10000035000b036c000000" },
		{ "{" FROM4 ",\"proto\":\"47\",\"ip\":{\"ttl\":9,\"rf\":true,"
		    "\"mf\":true,\"frag_off\":16,\"id\":65535,\"tos\":3}}",
		    "45030014ffffa002092f257fc0000201c6336402" },
		{ "{" FROM4 ",\"proto\":\"ICMP\",\"icmp_type\":3,"
		    "\"icmp_code\":4,\"icmp\":{\"mtu\":1400}}",
		    "4500001c0000000040018eaac0000201c6336402"
		    "0304f78300000578" },
		{ "{" FROM4 ",\"proto\":\"ICMP\",\"icmp_type\":5,\"icmp\":{"
		    "\"gateway\":\"192.0.2.9\"}}",
		    "4500001c0000000040018eaac0000201c6336402"
		    "050038f6c0000209" },
	};
	struct bytes	 b = { 0 };
	uint8_t		 wanted[200];
	size_t		 i, n;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		b.len = 0;
		add(&b, cases[i].line, strlen(cases[i].line));
		decode_both(&b);
		assert_string_equal(got.error, "");
		assert_int_equal(got.n, 1);
		n = from_hex(cases[i].hex, wanted);
		assert_packet(0, wanted, n, n);
		assert_int_equal(got.pkt[0].flags, 0);
		assert_int_equal(got.pkt[0].hook, 0xff);
		assert_time(0, 0, 0);
	}
	free(b.p);
}

/* What goes with a packet goes with one that is made, too. */
static void
json_made_metadata(void **state)
{
	static const char	 line[] =
	    "{\"timestamp\":\"2026-11-23T06:36:33.5Z\"," FROM4 ",\"proto\":"
	    "\"UDP\",\"src_port\":1,\"dest_port\":2,\"divert\":{\"dir\":"
	    "\"out\",\"if\":\"em1\",\"mark\":7,\"sum\":\"partial\"}}\n";
	struct bytes		 b = { 0 };

	(void)state;
	add(&b, line, sizeof(line) - 1);
	decode_both(&b);
	assert_int_equal(got.n, 1);
	assert_time(0, 1795415793, 500000000);
	assert_int_equal(got.pkt[0].direction, DIVERT_DIRECTION_OUT);
	assert_string_equal(got.pkt[0].ifname, "em1");
	assert_int_equal(got.pkt[0].flags, DIVERT_PACKET_HAS_MARK);
	assert_int_equal(got.pkt[0].mark, 7);
	free(b.p);
}

/* Members that differ from the packet are set in it; the bytes are scapy's. */
static void
json_edits(void **state)
{
	static const struct {
		const char	*line, *hex;
	} cases[] = {
		/* Nothing differs: not even a sum that is wrong. */
		{ "{" V6 "," FROM6 ",\"src_port\":4096,\"dest_port\":80,"
		    "\"proto\":\"TCP\",\"ip_v\":6,\"ip\":{\"tc\":0,\"flowlbl\""
		    ":0,\"hoplimit\":64,\"len\":20},\"tcp\":{\"tcp_flags\":"
		    "\"02\",\"syn\":true,\"seq\":1,\"ack\":0,\"win\":65535,"
		    "\"hlen\":20,\"payload_len\":0,\"sum_ok\":false}}", NULL },
		/* Nor by what tells of the packet and is not it. */
		{ "{" V6 ",\"ip\":{\"len\":1,\"hlen\":2,\"ext\":[]},\"tcp\":{"
		    "\"hlen\":60,\"payload_len\":9,\"sum_ok\":true,\"sack\":[]"
		    ",\"rst\":false},\"host\":\"x\",\"dns\":{}}", NULL },
		{ "{" V6 ",\"payload\":\"\"}", NULL },
		{ "{" V6 ",\"ip\":{\"hoplimit\":9}}",
		    "6000000000140609 20010db8000000000000000000000001"
		    "20010db8000000000000000000000002"
		    "10000050000000010000000050 02ffff441d0000" },
		{ "{" V6 ",\"tcp\":{\"rst\":true,\"syn\":false}}",
		    "6000000000140640 20010db8000000000000000000000001"
		    "20010db8000000000000000000000002"
		    "10000050000000010000000050 04ffff441b0000" },
		/* The number is meant when it is what differs. */
		{ "{" V6 ",\"tcp\":{\"tcp_flags\":\"4\",\"syn\":true}}",
		    "6000000000140640 20010db8000000000000000000000001"
		    "20010db8000000000000000000000002"
		    "10000050000000010000000050 04ffff441b0000" },
		{ "{" V6 ",\"tcp\":{\"tcp_flags\":\"02\",\"ack\":true}}",
		    "6000000000140640 20010db8000000000000000000000001"
		    "20010db8000000000000000000000002"
		    "10000050000000010000000050 12ffff440d0000" },
		{ "{" V6 ",\"tcp\":{\"mss\":1460}}",
		    "6000000000180640 20010db8000000000000000000000001"
		    "20010db8000000000000000000000002"
		    "10000050000000010000000060 02ffff2c610000 020405b4" },
		{ "{" V6 ",\"payload\":\"eHl6\"}",
		    "6000000000170640 20010db8000000000000000000000001"
		    "20010db8000000000000000000000002"
		    "10000050000000010000000050 02ffff51a00000 78797a" },
		/* One byte is the number of an extended echo (RFC 8335). */
		{ "{\"packet\":\"RQAAHAAAAABAAY6qwAACAcYzZAIqAND3AAcFAQ==\","
		    "\"icmp\":{\"id\":7,\"seq\":6}}",
		    "4500001c0000000040018eaac0000201c6336402"
		    "2a00cff700070601" },
		/* UDP without a sum stays so. */
		{ "{" V4 ",\"dest_ip\":\"198.51.100.3\",\"dest_port\":54}",
		    "4500001f1234000040117c62c0000201c6336403"
		    "10000036000b0000616263" },
		{ "{" V4 ",\"event_type\":\"anomaly\",\"ip\":{\"df\":true},"
		    "\"payload_printable\":\"\"}",
		    "4500001c1234400040113c66c0000201c6336402"
		    "1000003500080000" },
	};
	struct bytes	 b = { 0 };
	uint8_t		 wanted[200];
	size_t		 i, n;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		b.len = 0;
		add(&b, cases[i].line, strlen(cases[i].line));
		decode_both(&b);
		assert_string_equal(got.error, "");
		assert_int_equal(got.n, 1);
		if (cases[i].hex == NULL) {
			assert_packet(0, v6, sizeof(v6), sizeof(v6));
			continue;
		}
		n = from_hex(cases[i].hex, wanted);
		assert_packet(0, wanted, n, n);
	}
	free(b.p);
}

/* A sum of which only a part was there is whole after an edit. */
static void
json_edit_partial(void **state)
{
	static const char	 line[] = "{" V6 ",\"divert\":{\"sum\":"
				    "\"partial\"}}\n{" V6 ",\"dest_port\":81,"
				    "\"divert\":{\"sum\":\"partial\"}}\n";
	struct bytes		 b = { 0 };

	(void)state;
	add(&b, line, sizeof(line) - 1);
	decode_both(&b);
	assert_int_equal(got.n, 2);
	assert_packet(0, v6, sizeof(v6), sizeof(v6));
	assert_int_equal(got.pkt[0].flags, DIVERT_PACKET_NOTREADY);
	assert_int_equal(got.pkt[1].flags, 0);
	assert_int_equal(got.pkt[1].data[56] << 8 | got.pkt[1].data[57],
	    0x441c);
	free(b.p);
}

/* Of a packet that was cut only what is there is compared. */
static void
json_edit_cut(void **state)
{
	static const char	 line[] =
	    "{\"packet\":\"RQAAHxI0AABAEVo4wAACAcYzZAIQAA==\"," FROM4 ","
	    "\"proto\":\"UDP\",\"src_port\":4096,\"dest_port\":53,\"udp\":{"
	    "\"len\":11},\"divert\":{\"len\":31,\"caplen\":22}}\n"
	    "{\"packet\":\"RQAAHxI0AABAEVo4wAACAcYzZAIQAAA1AAs=\","
	    "\"src_port\":4097,\"divert\":{\"len\":31,\"caplen\":26}}";
	struct bytes		 b = { 0 };

	(void)state;
	add(&b, line, sizeof(line) - 1);
	decode_both(&b);
	assert_string_equal(got.error, "");
	assert_int_equal(got.n, 2);
	assert_packet(0, v4, 22, sizeof(v4));
	assert_int_equal(got.pkt[1].len, 26);
	assert_int_equal(got.pkt[1].wirelen, sizeof(v4));
	assert_int_equal(got.pkt[1].data[21], 1);
	free(b.p);
}

/* However short what is left of a packet, its record says nothing else. */
static void
json_cut_anywhere(void **state)
{
	static const struct {
		const char	*members, *hex;
	} cases[] = {
		{ FROM4 ",\"src_port\":4096,\"dest_port\":80,\"proto\":"
		    "\"TCP\",\"ip_v\":4,\"ip\":{\"hlen\":20,\"tos\":0,\"len\""
		    ":44,\"id\":1,\"df\":true,\"ttl\":64},\"tcp\":{"
		    "\"tcp_flags\":\"02\",\"syn\":true,\"seq\":1,\"ack\":0,"
		    "\"win\":65535,\"hlen\":24,\"mss\":1460,"
		    "\"sack_permitted\":false}",
		    "4500002c0001400040060000 c0000201c6336402"
		    "1000005000000001000000006002ffff00000000 020405b4" },
		{ FROM4 ",\"proto\":\"ICMP\",\"icmp_type\":3,\"icmp_code\":4,"
		    "\"icmp\":{\"mtu\":1400,\"payload_len\":4}",
		    "450000200001000040010000 c0000201c6336402"
		    "0304000000000578 45000000" },
		{ FROM6 ",\"proto\":\"IPv6-ICMP\",\"ip_v\":6,\"icmp_type\":2,"
		    "\"icmp_code\":0,\"ip\":{\"tc\":0,\"flowlbl\":0,"
		    "\"hoplimit\":64,\"id\":7,\"mf\":true},\"icmp\":{"
		    "\"mtu\":1400}",
		    "6000000000182c40 20010db8000000000000000000000001"
		    "20010db8000000000000000000000002"
		    "3a00000100000007 0200000000000578 6000000000000000" },
	};
	struct bytes	 b = { 0 };
	uint8_t		 packet[200];
	char		 line[1024], base64[300];
	size_t		 i, len, n;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		len = from_hex(cases[i].hex, packet);
		for (n = 1; n < len; n++) {
			*divert_json_base64(base64, packet, n) = '\0';
			snprintf(line, sizeof(line), "{%s,\"divert\":{\"len\""
			    ":%zu,\"caplen\":%zu},\"packet\":\"%s\"}\n",
			    cases[i].members, len, n, base64);
			b.len = 0;
			add(&b, line, strlen(line));
			decode_both(&b);
			assert_string_equal(got.error, "");
			assert_int_equal(got.n, 1);
			assert_packet(0, packet, n, len);
		}
	}
	free(b.p);
}

/* Bytes above 127 are code points; what has no byte of its own stays UTF-8. */
static void
json_names(void **state)
{
	static const struct {
		const char	*in, *name;
	} cases[] = {
		{ "e\\u00c3\\u00bc", "e\303\274" },
		{ "\\u0080\\u00bf\\u00c0\\u00ff", "\200\277\300\377" },
		{ "e\303\274", "e\374" },		/* as jq writes \u00fc */
		{ "\342\202\254\\u0100", "\342\202\254\304\200" },
		{ "\\u00e1\\u00e1\\u00e1\\u00e1\\u00e1\\u00e1\\u00e1\\u00e1"
		    "\\u00e1\\u00e1\\u00e1\\u00e1\\u00e1\\u00e1\\u00e1",
		    "\341\341\341\341\341\341\341\341\341\341\341\341\341\341"
		    "\341" },
	};
	struct bytes	 b = { 0 };
	char		 line[300];
	size_t		 i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(line, sizeof(line), "{" V4 ",\"divert\":{\"if\":\"%s\""
		    "}}", cases[i].in);
		b.len = 0;
		add(&b, line, strlen(line));
		decode_both(&b);
		assert_string_equal(got.error, "");
		assert_int_equal(got.n, 1);
		assert_string_equal(got.pkt[0].ifname, cases[i].name);
	}
	free(b.p);
}

/*
 * Lines of other events describe no packet, and the fields of an alert are
 * not those of its packet.
 */
static void
json_other_events(void **state)
{
	static const char	 lines[] =
	    "{\"event_type\":\"flow\"," FROM4 ",\"proto\":\"UDP\"}\n"
	    "{\"event_type\":\"dns\"," FROM4 ",\"proto\":\"UDP\"}\n"
	    "{\"event_type\":\"stats\",\"stats\":{}}\n"
	    "{\"event_type\":\"anomaly\"," FROM4 "}\n"
	    "{\"event_type\":7," FROM4 "}\n"
	    "{\"event_type\":\"packet\",\"host\":\"x\",\"ip_v\":4}\n"
	    "{\"event_type\":\"alert\"," V4 ",\"src_ip\":\"10.0.0.1\","
	    "\"proto\":\"TCP\",\"tcp\":{\"state\":\"new\"}}\n";
	struct bytes		 b = { 0 };

	(void)state;
	add(&b, lines, sizeof(lines) - 1);
	decode_both(&b);
	assert_string_equal(got.error, "");
	assert_int_equal(got.skipped, 6);
	assert_int_equal(got.n, 1);
	assert_packet(0, v4, sizeof(v4), sizeof(v4));
	free(b.p);
}

/* A filter changes the packet and leaves the rest of its line. */
static void
json_whole(void **state)
{
	static const char	 line[] = "{" V4 ",\"dest_port\":99,\"proto\":"
				    "\"TCP\",\"divert\":{\"dir\":1,\"if\":2}"
				    "}\n{\"in_iface\":\"a\",\"divert\":{"
				    "\"dir\":\"in\",\"if\":\"b\"}," FROM4 ",\"proto\":\"UDP\","
				    "\"src_port\":1,\"dest_port\":2}\n";
	struct divert_decoder	*dec;
	struct divert_packet	 pkt;
	uint8_t			*room;

	(void)state;
	dec = divert_decoder_new();
	assert_non_null(dec);
	divert_decoder_whole(dec);
	assert_true(divert_decoder_room(dec, &room) >= sizeof(line));
	memcpy(room, line, sizeof(line) - 1);
	divert_decoder_filled(dec, sizeof(line) - 1);
	assert_int_equal(divert_decoder_next(dec, &pkt), 1);
	assert_int_equal(pkt.len, sizeof(v4));
	assert_memory_equal(pkt.data, v4, sizeof(v4));
	assert_int_equal(divert_decoder_next(dec, &pkt), 1);
	assert_int_equal(pkt.len, 28);
	divert_decoder_free(dec);
}

/* One sentence with the line and the name of the member. */
static void
json_field_damage(void **state)
{
	static const struct {
		const char	*line, *error;
	} cases[] = {
		{ "{" V4 ",\"src_port\":70000}",
		    "src_port: 70000 is not between 0 and 65535" },
		{ "{" V4 ",\"src_port\":-1}",
		    "src_port: -1 is not between 0 and 65535" },
		{ "{" V4 ",\"src_port\":\"53\"}",
		    "src_port: is no whole number" },
		{ "{" V4 ",\"src_port\":53.5}",
		    "src_port: is no whole number" },
		{ "{" V4 ",\"src_port\":null}",
		    "src_port: is no whole number" },
		{ "{" V4 ",\"src_ip\":\"192.0.2\"}",
		    "src_ip: 192.0.2 is no IP address" },
		{ "{" V4 ",\"src_ip\":\"192.0.2.1\\u0000\"}",
		    "src_ip: is no string with an address" },
		{ "{" V4 ",\"dest_ip\":\"2001:db8::1\"}",
		    "dest_ip: 2001:db8::1 is an IPv6 address, but the packet "
		    "is IPv4" },
		{ "{" V4 ",\"dest_ip\":5}",
		    "dest_ip: is no string with an address" },
		{ "{" V4 ",\"ip_v\":6}", "ip_v: the packet is IPv4" },
		{ "{" V4 ",\"ip_v\":5}", "ip_v: is neither 4 nor 6" },
		{ "{" V4 ",\"proto\":\"TCP\"}",
		    "proto: the packet's is UDP, and cannot be changed" },
		{ "{" V4 ",\"proto\":\"XYZ\"}",
		    "proto: the packet's is UDP, and cannot be changed" },
		{ "{" V4 ",\"tcp\":{}}",
		    "tcp: the packet's protocol is UDP" },
		{ "{" V4 ",\"icmp_type\":8}",
		    "icmp_type: the packet's protocol is UDP" },
		{ "{" V4 ",\"ip\":{\"tll\":3}}", "ip.tll: no such field" },
		{ "{" V4 ",\"ip\":{\"ttl\":256}}",
		    "ip.ttl: 256 is not between 0 and 255" },
		{ "{" V4 ",\"ip\":{\"hoplimit\":3}}",
		    "ip.hoplimit: is of IPv6, and the packet is IPv4" },
		{ "{" V4 ",\"ip\":{\"df\":1}}",
		    "ip.df: is neither true nor false" },
		{ "{" V4 ",\"ip\":3}", "ip: is no object" },
		{ "{" V4 ",\"udp\":{\"sport\":3}}",
		    "udp.sport: no such field" },
		{ "{" V4 ",\"payload\":\"YQ\"}", "payload: is no base64" },
		{ "{" V4 ",\"payload\":5}", "payload: is no string" },
		{ "{" V6 ",\"tcp\":{\"tcp_flags\":\"xx\"}}",
		    "tcp.tcp_flags: is no string of two hexadecimal digits" },
		{ "{" V6 ",\"tcp\":{\"tcp_flags\":\"04\",\"fin\":true}}",
		    "tcp.tcp_flags: 04 contradicts the flags beside it" },
		{ "{" V6 ",\"tcp\":{\"syn\":1}}",
		    "tcp.syn: is neither true nor false" },
		{ "{" FROM4 ",\"proto\":1,\"icmp_type\":42,\"icmp\":{\"seq\":"
		    "256}}", "icmp.seq: 256 is not between 0 and 255" },
		{ "{" V6 ",\"ip\":{\"id\":1}}",
		    "fields: the packet has no fragment header" },
		{ "{" V4 ",\"ip\":{\"frag_off\":9}}",
		    "fields: a fragment's offset is a multiple of 8 below "
		    "65536" },
		{ "{\"packet\":\"RQAAHA==\",\"src_ip\":\"192.0.2.1\"}",
		    "fields: the packet is no IP packet" },
		{ "{" V4 ",\"divert\":{\"dir\":\"Out\"}}",
		    "divert.dir: is neither in nor out" },
		{ "{" V4 ",\"divert\":{\"dir\":null}}",
		    "divert.dir: is neither in nor out" },
		{ "{" V4 ",\"in_iface\":\"em0\",\"divert\":{\"dir\":\"in\","
		    "\"if\":\"em1\"}}",
		    "divert.if: in_iface says another one" },
		{ "{" V4 ",\"divert\":{\"if\":3}}",
		    "divert.if: is no name of an interface" },
		{ "{" V4 ",\"divert\":{\"if\":\"0123456789abcdef\"}}",
		    "divert.if: is no name of an interface" },
		{ "{" FROM4 ",\"proto\":47,\"divert\":{\"dir\":\"\"}}",
		    "divert.dir: is neither in nor out" },
		/* Without a packet: */
		{ "{\"src_ip\":\"192.0.2.1\"}", "dest_ip: is missing" },
		{ "{\"tcp\":{}}", "src_ip: is missing" },
		{ "{" FROM4 "}", "proto: is missing" },
		{ "{" FROM4 ",\"proto\":\"NOSUCH\"}",
		    "proto: no such protocol" },
		{ "{" FROM4 ",\"proto\":256}", "proto: no such protocol" },
		{ "{" FROM4 ",\"proto\":\"TCP\",\"src_port\":1}",
		    "dest_port: is missing" },
		{ "{" FROM4 ",\"proto\":\"ICMP\",\"src_port\":1}",
		    "src_port: a packet of ICMP cannot be given ports" },
		{ "{\"src_ip\":\"::1\",\"dest_ip\":\"192.0.2.1\",\"proto\":1}",
		    "dest_ip: 192.0.2.1 is an IPv4 address, but the packet is "
		    "IPv6" },
		{ "{" FROM4 ",\"proto\":\"ICMP\",\"icmp\":{\"mtu\":1}}",
		    "icmp.mtu: is of type 3, and the packet's is 8" },
		{ "{" FROM4 ",\"proto\":\"TCP\",\"src_port\":1,\"dest_port\":"
		    "2,\"tcp\":{\"tcp_flags\":\"02\",\"rst\":true}}",
		    "tcp.tcp_flags: 02 contradicts the flags beside it" },
		{ "{" FROM4 ",\"proto\":47,\"payload_len\":65536}",
		    "payload_len: is not between 0 and 65535" },
		{ "{" FROM4 ",\"proto\":47,\"payload_len\":65535}",
		    "fields: a packet of 65555 bytes cannot be, 65535 is the "
		    "most" },
		{ "{" FROM4 ",\"proto\":58}",
		    "fields: ICMPv6 is of IPv6, IPv4 has ICMP" },
	};
	struct bytes	 b = { 0 };
	size_t		 i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		b.len = 0;
		add(&b, "{}\n", 3);
		add(&b, cases[i].line, strlen(cases[i].line));
		add(&b, "\n{" V4 "}\n", sizeof("\n{" V4 "}\n") - 1);
		decode_both(&b);
		assert_int_equal(got.n, 0);
		assert_int_equal(got.damaged, 1);
		assert_memory_equal(got.error, "line 2: ", 8);
		assert_string_equal(got.error + 8, cases[i].error);
	}
	free(b.p);
}

/* Read on behind every damaged line; how often that was. */
static int
decode_on(const struct bytes *b, size_t chunk, struct got *g)
{
	struct divert_decoder	*dec;
	struct divert_packet	 pkt;
	uint8_t			*room;
	size_t			 n, off;
	int			 result, resumed;

	memset(g, 0, sizeof(*g));
	dec = divert_decoder_new();
	assert_non_null(dec);
	resumed = 0;
	/* Nothing is damaged yet. */
	assert_int_equal(divert_decoder_resume(dec), 0);
	for (off = 0, n = 1; n > 0; off += n) {
		n = divert_decoder_room(dec, &room);
		if (n > chunk)
			n = chunk;
		if (n > b->len - off)
			n = b->len - off;
		memcpy(room, b->p + off, n);
		divert_decoder_filled(dec, n);
		while ((result = divert_decoder_next(dec, &pkt)) != 0) {
			if (result == 1) {
				memcpy(g->data[g->n], pkt.data, pkt.len);
				g->pkt[g->n] = pkt;
				g->pkt[g->n].data = g->data[g->n];
				g->n++;
				continue;
			}
			assert_true(divert_decoder_error(dec)[0] != '\0');
			strlcpy(g->error, divert_decoder_error(dec),
			    sizeof(g->error));
			if (!divert_decoder_resume(dec)) {
				g->damaged = 1;
				break;
			}
			assert_string_equal(divert_decoder_error(dec), "");
			assert_int_equal(divert_decoder_resume(dec), 0);
			resumed++;
		}
		if (g->damaged)
			break;
	}
	g->skipped = divert_decoder_skipped(dec);
	divert_decoder_free(dec);
	return (resumed);
}

static void
json_resume(void **state)
{
	static const char	 lines[] = "{" V4 "}\n{no\n{" V4 ",\"src_port\":"
				    "1}\n[]\n{\"packet\":3}\n{" V4 ","
				    "\"src_port\":70000}\n\n{}\n{" V4 "}\n{";
	static const size_t	 chunks[] = { 1, 7, SIZE_MAX };
	struct bytes		 b = { 0 };
	uint8_t			*text;
	size_t			 i;

	(void)state;
	add(&b, lines, sizeof(lines) - 1);
	for (i = 0; i < 3; i++) {
		assert_int_equal(decode_on(&b, chunks[i], &got), 5);
		assert_int_equal(got.n, 3);
		assert_int_equal(got.damaged, 0);
		assert_int_equal(got.skipped, 1);
		assert_packet(0, v4, sizeof(v4), sizeof(v4));
		assert_int_equal(got.pkt[1].data[21], 1);
		assert_packet(2, v4, sizeof(v4), sizeof(v4));
		assert_memory_equal(got.error, "line 10: ", 9);
	}
	/* A line too long is passed over to its end. */
	text = malloc(3 << 20);
	assert_non_null(text);
	memset(text, '{', 3 << 20);
	b.len = 0;
	add(&b, "{" V4 "}\n", sizeof("{" V4 "}\n") - 1);
	add(&b, text, 3 << 20);
	add(&b, "\n{" V4 "}\nx", sizeof("\n{" V4 "}\nx") - 1);
	assert_int_equal(decode_on(&b, 65536, &got), 2);
	assert_int_equal(got.n, 2);
	assert_memory_equal(got.error, "line 4: ", 8);
	free(text);
	/* A capture in blocks has no lines to go on with. */
	b.len = 0;
	pcap_file(&b, 0xa1b2c3d4, 101);
	add(&b, "short", 5);
	assert_int_equal(decode_on(&b, SIZE_MAX, &got), 0);
	assert_int_equal(got.damaged, 1);
	b.len = 0;
	add(&b, "no\n{}\n", 6);
	assert_int_equal(decode_on(&b, SIZE_MAX, &got), 0);
	assert_int_equal(got.damaged, 1);
	free(b.p);
}

/* Large packets of short lines stay as long as a batch of them needs. */
static void
json_batch(void **state)
{
	static struct divert_packet pkt[DIVERT_BATCH_MAX];
	struct divert_decoder	*dec;
	struct bytes		 b = { 0 };
	char			 line[256];
	uint8_t			*room;
	int			 i, k;

	(void)state;
	for (i = 0; i < 1000; i++) {
		snprintf(line, sizeof(line), "{" FROM6 ",\"proto\":\"UDP\","
		    "\"src_port\":%d,\"dest_port\":2,\"payload_len\":%d}\n", i,
		    i % 3 == 0 ? 65527 : i % 7 * 9000);
		add(&b, line, strlen(line));
	}
	dec = divert_decoder_new();
	assert_non_null(dec);
	assert_true(divert_decoder_room(dec, &room) >= b.len);
	memcpy(room, b.p, b.len);
	divert_decoder_filled(dec, b.len);
	for (i = 0; i < 1000; i++) {
		assert_int_equal(divert_decoder_next(dec,
		    &pkt[i % DIVERT_BATCH_MAX]), 1);
		/* A filter writes to the headroom. */
		memset(pkt[i % DIVERT_BATCH_MAX].data - DIVERT_HEADROOM, 0xa5,
		    i % 3 == 0 ? DIVERT_HEADROOM : 0);
		for (k = i; k >= 0 && k > i - DIVERT_BATCH_MAX; k--) {
			const uint8_t	*p = pkt[k % DIVERT_BATCH_MAX].data;

			assert_int_equal(p[0], 0x60);
			assert_int_equal(p[40] << 8 | p[41], k);
			assert_int_equal(p[44] << 8 | p[45], p[4] << 8 | p[5]);
			assert_int_equal(p[pkt[k % DIVERT_BATCH_MAX].len - 1],
			    pkt[k % DIVERT_BATCH_MAX].len > 48 ? 0 :
			    p[47]);
		}
	}
	assert_int_equal(divert_decoder_next(dec, &pkt[0]), 0);
	divert_decoder_free(dec);
	free(b.p);
}

static void
json_damage(void **state)
{
	static const struct {
		const char	*input, *error;
	} cases[] = {
		{ "{}\n{\"packet\":1}\n", "line 2: packet is no string" },
		{ "{}\n\n[1]\n", "line 3: no object" },
		{ "{\"packet\":\"RQA\"}\n", "line 1: packet is no base64" },
		{ "{\"packet\":\"RQ?=\"}\n", "line 1: packet is no base64" },
		{ "{\"packet\":\"RQ==RQ==\"}\n",
		    "line 1: packet is no base64" },
		{ "{\"packet\":\"RQAA\",\"timestamp\":\"yesterday\"}\n",
		    "line 1: timestamp is no time" },
		{ "{\"packet\":\"RQAA\",\"timestamp\":\"2026-13-01T00:00:00Z\""
		    "}\n", "line 1: timestamp is no time" },
		{ "{\"packet\":\"RQAA\"", "line 1: " },
		{ "{}\n{\"a\":\x1b[31m}", "line 2: " },
		{ "{}\nno\n", "line 2: " },
		{ "{}\n { \n\"packet\":\"RQAA\"\n}\n",
		    "line 2: the object is not in one line (jq -c)" },
		{ "{", "line 1: the object is not in one line (jq -c)" },
		{ "\t\t\t\t\t\t\t\t\t\t{no", "line 1: " },
	};
	struct bytes	 b = { 0 };
	size_t		 i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		b.len = 0;
		add(&b, cases[i].input, strlen(cases[i].input));
		decode_both(&b);
		assert_int_equal(got.n, 0);
		assert_int_equal(got.damaged, 1);
		assert_memory_equal(got.error, cases[i].error,
		    strlen(cases[i].error));
		assert_null(strchr(got.error, '\x1b'));
	}
	free(b.p);
}

static void
json_long_line(void **state)
{
	struct bytes	 b = { 0 };
	uint8_t		*text;
	size_t		 n;

	(void)state;
	n = 2 << 20;
	text = malloc(n);
	assert_non_null(text);
	memset(text, 'A', n);
	add(&b, "{\"packet\":\"", 11);
	add(&b, text, 1 << 20);
	add(&b, "\"}\n", 3);
	decode(b.p, b.len, 65536, &got);
	assert_int_equal(got.n, 1);
	assert_int_equal(got.pkt[0].len, 3 << 18);
	add(&b, "{\"packet\":\"", 11);
	add(&b, text, n);
	decode(b.p, b.len, 65536, &got);
	assert_int_equal(got.n, 1);
	assert_string_equal(got.error, "line 2: longer than 1179648 bytes");
	free(text);
	free(b.p);
}

/*
 * Cut a capture after every byte: what is whole comes out, and the cut is
 * damage unless it lies between two records.  ends: where records end, and
 * how many packets there are until then.
 */
static void
cut_everywhere(const struct bytes *b, const size_t *ends, const int *packets,
    size_t nends)
{
	size_t	 i, n;
	int	 between;

	for (n = 1; n <= b->len; n++) {
		between = 0;
		for (i = 0; i < nends && ends[i] <= n; i++)
			between = ends[i] == n;
		decode(b->p, n, SIZE_MAX, &got);
		if (got.n != (i > 0 ? packets[i - 1] : 0) ||
		    got.damaged == between)
			fail_msg("cut at %zu: %d packets, %s", n, got.n,
			    got.error);
	}
}

static void
cut_pcap(void **state)
{
	struct bytes	 b = { 0 };
	size_t		 ends[3];
	int		 packets[3] = { 0, 1, 2 };

	(void)state;
	pcap_file(&b, 0xa1b23c4d, 101);
	ends[0] = b.len;
	pcap_record(&b, 1, 2, v4, sizeof(v4), sizeof(v4));
	ends[1] = b.len;
	pcap_record(&b, 1, 2, v6, sizeof(v6), sizeof(v6));
	ends[2] = b.len;
	cut_everywhere(&b, ends, packets, 3);
	free(b.p);
}

static void
cut_pcapng(void **state)
{
	struct bytes	 b = { 0 };
	size_t		 ends[5];
	int		 packets[5] = { 0, 0, 1, 1, 2 };

	(void)state;
	section(&b, 1);
	ends[0] = b.len;
	interface(&b, 101, 0, 9, 0, "em0");
	ends[1] = b.len;
	enhanced(&b, 0, 1, v4, sizeof(v4), sizeof(v4), NULL);
	ends[2] = b.len;
	block(&b, 0xbad, "custom", 6);
	ends[3] = b.len;
	enhanced(&b, 0, 1, v6, sizeof(v6), sizeof(v6), NULL);
	ends[4] = b.len;
	cut_everywhere(&b, ends, packets, 5);
	free(b.p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pcap_orders_and_resolutions),
		cmocka_unit_test(pcap_longer_records),
		cmocka_unit_test(pcap_old_lengths),
		cmocka_unit_test(pcap_frame_check_bits),
		cmocka_unit_test(pcap_damage),
		cmocka_unit_test(pcap_largest_record),
		cmocka_unit_test(not_ip),
		cmocka_unit_test(first_bytes),
		cmocka_unit_test(pcapng_times),
		cmocka_unit_test(pcapng_sections),
		cmocka_unit_test(pcapng_interface_names),
		cmocka_unit_test(pcapng_options),
		cmocka_unit_test(pcapng_wrong_options),
		cmocka_unit_test(pcapng_other_blocks),
		cmocka_unit_test(pcapng_damage),
		cmocka_unit_test(link_types),
		cmocka_unit_test(link_types_cut),
		cmocka_unit_test(link_pflog),
		cmocka_unit_test(link_nflog),
		cmocka_unit_test(ip_lengths),
		cmocka_unit_test(json_record),
		cmocka_unit_test(json_names),
		cmocka_unit_test(json_ethernet),
		cmocka_unit_test(json_cut_packet),
		cmocka_unit_test(json_edited_packet),
		cmocka_unit_test(whole_packets),
		cmocka_unit_test(json_made),
		cmocka_unit_test(json_made_metadata),
		cmocka_unit_test(json_edits),
		cmocka_unit_test(json_edit_partial),
		cmocka_unit_test(json_edit_cut),
		cmocka_unit_test(json_cut_anywhere),
		cmocka_unit_test(json_other_events),
		cmocka_unit_test(json_whole),
		cmocka_unit_test(json_field_damage),
		cmocka_unit_test(json_resume),
		cmocka_unit_test(json_batch),
		cmocka_unit_test(json_damage),
		cmocka_unit_test(json_long_line),
		cmocka_unit_test(cut_pcap),
		cmocka_unit_test(cut_pcapng),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
