/* SPDX-License-Identifier: ISC */

/*
 * Dumps in hexadecimal, written out here, in any pieces and damaged; what
 * programs write is read in bin/hexdumps.sh.
 */

#include "compat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "frames.h"

static struct got	got, got2;

/* All at once and one byte at a time: the same must come of it. */
static void
decode_text(const char *text)
{
	int	 i;

	decode(text, strlen(text), 1, &got2);
	decode(text, strlen(text), SIZE_MAX, &got);
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
assert_packet(int i, const uint8_t *data, size_t len, size_t wirelen)
{
	assert_true(i < got.n);
	assert_int_equal(got.pkt[i].len, len);
	assert_int_equal(got.pkt[i].wirelen, wirelen);
	assert_int_equal((got.pkt[i].flags & DIVERT_PACKET_TRUNCATED) != 0,
	    len < wirelen);
	assert_memory_equal(got.pkt[i].data, data, len);
}

/* 192.0.2.1.4096 > 198.51.100.2.53, as in frames.h. */
#define LINE1	"4500 001f 1234 0000 4011 5a38 c000 0201"
#define LINE2	"c633 6402 1000 0035 000b 0000 6162 63"
#define BYTES1	"45 00 00 1f 12 34 00 00 40 11 5a 38 c0 00 02 01"
#define BYTES2	"c6 33 64 02 10 00 00 35 00 0b 00 00 61 62 63"
#define BARE	"4500001f1234000040115a38c0000201" \
		"c63364021000003" "5000b0000616263"
#define TEXT	"12:00:00.000000 IP 192.0.2.1.4096 > 198.51.100.2.53: [|dns]"

static void
layouts(void **state)
{
	static const char *const	 cases[] = {
		/* tcpdump */
		TEXT "\n\t0x0000:  " LINE1 "\n\t0x0010:  " LINE2 "\n",
		TEXT "\n\t0x0000:  " LINE1 "  E...4..@.Z8....\n"
		    "\t0x0010:  " LINE2 "   .3d....5....abc\n",
		"12:00:00.000000 IP (tos 0x0, ttl 64)\n"
		    "    192.0.2.1.4096 > 198.51.100.2.53: 0x1234: 3\n"
		    "\t0x0000:  " LINE1 "\n\t0x0010:  " LINE2 "\n",
		"IP 192.0.2.1.4096 > 198.51.100.2.53: domain\n"
		    "\t0x0000:  " LINE1 "\n\t0x0010:  " LINE2 "\n",
		"\t0x0000:  " LINE1 "\n\t0x0010:  " LINE2 "\n",
		/* OpenBSD's */
		"12:00:00.000000 192.0.2.1.4096 > 198.51.100.2.53: [|domain]\n"
		    "  0000: " LINE1 "  E..\n  0010: " LINE2 "  .3d\n",
		/* xxd */
		"00000000: " LINE1 "  E...4..@.Z8....\n"
		    "00000010: " LINE2 "   .3d....5....abc\n",
		/* hexdump -C */
		"00000000  45 00 00 1f 12 34 00 00  40 11 5a 38 c0 00 02 01  "
		    "|E....4..@.Z8....|\n00000010  c6 33 64 02 10 00 00 35  00 "
		    "0b 00 00 61 62 63     |.3d....5....abc|\n0000001f\n",
		/* od -A x -t x1 */
		"000000 " BYTES1 "\n000010 " BYTES2 "\n00001f\n",
		"000000 " BYTES1 "  >E<\n000010 " BYTES2 "     >abc<\n00001f\n",
		/* tshark -x */
		"0000  " BYTES1 "   E....4..@.Z8....\n"
		    "0010  " BYTES2 "      .3d....5....abc\n\n",
		/* digits alone, in lines of any end */
		BARE, BARE "\n", BARE "\r\n", "\n\n" BARE "\n\n",
		BYTES1 " " BYTES2 "\n",
		/* eight bytes a line, text like digits behind them */
		"0000: 4500 001f 1234 0000  ab cd ef\n"
		    "0008: 4011 5a38 c000 0201  00 11 22\n"
		    "0010: c633 6402 1000 0035  aa bb cc\n"
		    "0018: 000b 0000 6162 63    dd ee ff\n",
		/* the same one by one: no gap in the middle */
		"0000: 45 00 00 1f 12 34 00 00  ab cd ef\n"
		    "0008: 40 11 5a 38 c0 00 02 01  00 11 22\n"
		    "0010: c6 33 64 02 10 00 00 35  aa bb cc\n"
		    "0018: 00 0b 00 00 61 62 63     dd ee ff\n",
		"\t0X0000:  " LINE1 "\n\t0X0010:  C633 6402 1000 0035 000B "
		    "0000 6162 63\n",
	};
	size_t				 i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		decode_text(cases[i]);
		if (got.n != 1 || got.damaged)
			fail_msg("%s: %d packets, %s", cases[i], got.n,
			    got.error);
		assert_packet(0, v4, sizeof(v4), sizeof(v4));
		assert_int_equal(got.skipped, 0);
		assert_int_equal(got.pkt[0].time.tv_sec, 0);
		assert_int_equal(got.pkt[0].hook, 0xff);
		assert_int_equal(got.pkt[0].direction, DIVERT_DIRECTION_NONE);
	}
}

/* One behind the other, with and without text between them. */
static void
several(void **state)
{
	(void)state;
	decode_text("0000: " LINE1 "\n0010: " LINE2 "\n0000: " LINE1 "\n"
	    "0010: " LINE2 "\n\n0000: " LINE1 "\n0010: " LINE2 "\nsome text\n"
	    "0000: " LINE1 "\n0010: " LINE2);
	assert_string_equal(got.error, "");
	assert_int_equal(got.n, 4);
	assert_packet(3, v4, sizeof(v4), sizeof(v4));
	decode_text(BARE "\n" BARE "\n\n" BYTES1 " " BYTES2 "\n");
	assert_int_equal(got.n, 3);
	assert_packet(2, v4, sizeof(v4), sizeof(v4));
}

/*
 * A packet comes out with its last line when that is shorter, so that
 * nothing waits for the next one.
 */
static void
at_once(void **state)
{
	static const char	 text[] = "0000: " LINE1 "\n0010: " LINE2 "\n";
	struct divert_decoder	*dec;
	struct divert_packet	 pkt;
	uint8_t			*room;

	(void)state;
	dec = divert_decoder_new();
	assert_non_null(dec);
	divert_decoder_room(dec, &room);
	memcpy(room, text, sizeof(text) - 1);
	divert_decoder_filled(dec, sizeof(text) - 1);
	assert_int_equal(divert_decoder_next(dec, &pkt), 1);
	assert_int_equal(pkt.len, sizeof(v4));
	assert_int_equal(divert_decoder_next(dec, &pkt), 0);
	divert_decoder_free(dec);
}

static void
text_before(void **state)
{
	static const struct {
		const char	*text;
		int64_t		 sec;
		long		 nsec;
		int		 direction;
		const char	*ifname;
	} cases[] = {
		{ "2026-11-23 06:36:33.911103 IP a > b: x", 1795415793,
		    911103000, DIVERT_DIRECTION_NONE, "" },
		{ "1795415793.911103 IP a > b: x", 1795415793, 911103000,
		    DIVERT_DIRECTION_NONE, "" },
		{ "1795415793.911103456 em0   Out IP a > b: x", 1795415793,
		    911103456, DIVERT_DIRECTION_OUT, "em0" },
		{ "06:36:33.911103 lo    In  IP a > b: x", 0, 0,
		    DIVERT_DIRECTION_IN, "lo" },
		{ "06:36:33.911103 em0   B   ARP, x", 0, 0,
		    DIVERT_DIRECTION_IN, "em0" },
		{ "06:36:33.911103 em0   P   IP a > b", 0, 0,
		    DIVERT_DIRECTION_NONE, "" },
		{ "06:36:33.911103 ?     Out IP a > b", 0, 0,
		    DIVERT_DIRECTION_OUT, "" },
		{ " 00:00:01.911103 em0   M   IP a > b", 0, 0,
		    DIVERT_DIRECTION_IN, "em0" },
		{ "06:36:33.911103 averyverylongname In IP a > b", 0, 0,
		    DIVERT_DIRECTION_IN, "" },
		{ "2026-13-23 06:36:33.911103 IP a > b: x", 0, 0,
		    DIVERT_DIRECTION_NONE, "" },
	};
	char		 text[512];
	size_t		 i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "%s\n    indented Out In\n"
		    "\t0x0000:  " LINE1 "\n\t0x0010:  " LINE2 "\n"
		    "06:00:00.000000 IP c > d\n\t0x0000:  " LINE1 "\n"
		    "\t0x0010:  " LINE2 "\n", cases[i].text);
		decode_text(text);
		assert_int_equal(got.n, 2);
		assert_int_equal(got.pkt[0].time.tv_sec, cases[i].sec);
		assert_int_equal(got.pkt[0].time.tv_nsec, cases[i].nsec);
		assert_int_equal(got.pkt[0].direction, cases[i].direction);
		assert_string_equal(got.pkt[0].ifname, cases[i].ifname);
		/* It is of one packet. */
		assert_int_equal(got.pkt[1].time.tv_sec, 0);
		assert_int_equal(got.pkt[1].direction, DIVERT_DIRECTION_NONE);
		assert_string_equal(got.pkt[1].ifname, "");
	}
}

/* Link headers, padding, packets that were cut, and what is no IP. */
static void
frames(void **state)
{
	static const char	 ether[] = "02 00 00 00 00 01 45 00 00 00 00 "
				    "02 08 00 ";
	static const char	 vlan[] = "60 00 00 00 00 01 02 00 00 00 00 "
				    "02 81 00 00 05 08 00 ";
	static const char	 cooked[] = "00 04 00 01 00 06 02 00 00 00 00 "
				    "01 00 00 08 00 ";
	/* Its address looks like the type of Ethernet and a header of IP. */
	static const char	 cooked2[] = "08 00 00 00 00 00 00 03 00 01 04 "
				    "06 08 00 45 00 00 01 00 00 ";
	/* The packet of frames.h with a right sum. */
	static const char	 good[] = "45 00 00 1f 12 34 00 00 40 11 7c 63 "
				    "c0 00 02 01 " BYTES2;
	char			 text[1024];
	uint8_t			 packet[sizeof(v4)];
	int			 at, i;

	(void)state;
	memcpy(packet, v4, sizeof(v4));
	packet[10] = 0x7c;
	packet[11] = 0x63;
	snprintf(text, sizeof(text), "%s%s 00 00 00 00\n%s%s\n%s%s\n%s 00 00\n"
	    "%s%s\n", ether, good, vlan, good, cooked, good, good, cooked2,
	    good);
	decode_text(text);
	assert_int_equal(got.n, 5);
	assert_packet(4, packet, sizeof(v4), sizeof(v4));
	assert_int_equal(got.pkt[4].out_ifindex, 3);
	assert_packet(0, packet, sizeof(v4), sizeof(v4));
	assert_packet(1, packet, sizeof(v4), sizeof(v4));
	assert_packet(2, packet, sizeof(v4), sizeof(v4));
	assert_packet(3, packet, sizeof(v4), sizeof(v4));
	assert_int_equal(got.pkt[2].direction, DIVERT_DIRECTION_OUT);

	/* Cut; with a link header, and with a sum that is wrong. */
	snprintf(text, sizeof(text), "%.74s\n%s%.74s\n" BYTES1
	    " c6 33 64 02 10\n", good, ether, good);
	decode_text(text);
	assert_int_equal(got.n, 3);
	assert_packet(0, packet, 25, sizeof(v4));
	assert_packet(1, packet, 25, sizeof(v4));
	assert_packet(2, v4, 21, sizeof(v4));

	/* What could be a header of IP, but for its sum, is an address. */
	snprintf(text, sizeof(text), "45 00 00 60 00 01 02 00 00 00 00 02 08 "
	    "00 %.74s\n", good);
	decode_text(text);
	assert_int_equal(got.n, 1);
	assert_packet(0, packet, 25, sizeof(v4));

	/* IPv6 has no sum; its length is without the header. */
	for (i = at = 0; i < 44; i++)
		at += snprintf(text + at, sizeof(text) - (size_t)at, "%02x",
		    v6[i]);
	text[at] = '\0';
	decode_text(text);
	assert_int_equal(got.n, 1);
	assert_packet(0, v6, 44, sizeof(v6));

	/* ARP, without and with its header. */
	decode_text("00 01 08 00 06 04 00 01 02 00 00 00 00 01 c0 00 02 01 00 "
	    "00 00 00 00 00 c0 00 02 02\nff ff ff ff ff ff 02 00 00 00 00 01 "
	    "08 06 00 01 08 00 06 04 00 01 02 00 00 00 00 01 c0 00 02 01\n");
	assert_string_equal(got.error, "");
	assert_int_equal(got.n, 0);
	assert_int_equal(got.skipped, 2);
}

/* Lines that hexdump leaves out because they are as the one before. */
static void
stars(void **state)
{
	static const char	 text[] =
	    "00000000  60 00 00 00 00 48 3b 40  00 00 00 00 00 00 00 00  |`|\n"
	    "00000010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |.|\n"
	    "*\n00000070\n"
	    "00000000  60 00 00 00 00 49 3b 40  00 00 00 00 00 00 00 00  |`|\n"
	    "00000010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |.|\n"
	    "*\n00000070  01                                             |.|\n"
	    "00000071\n";
	uint8_t			 packet[0x71] = { 0x60, 0, 0, 0, 0, 0x48, 59,
				    0x40 };

	(void)state;
	decode_text(text);
	assert_string_equal(got.error, "");
	assert_int_equal(got.n, 2);
	assert_packet(0, packet, 0x70, 0x70);
	packet[5] = 0x49;
	packet[0x70] = 1;
	assert_packet(1, packet, 0x71, 0x71);
}

static void
damage(void **state)
{
	static const struct {
		const char	*text, *error;
		int		 n;
	} cases[] = {
		{ "0000: " LINE1 "\n0020: " LINE2 "\n",
		    "line 2: offset 0x20, and 0x10 bytes came before", 0 },
		{ "0000: " LINE1 "\n0010: " LINE2 "\n0020: 4500\n",
		    "line 3: offset 0x20, and no packet began", 1 },
		{ "0000: 4500 00g0\n",
		    "line 1: byte 3 of the packet is not hexadecimal", 0 },
		{ "0000: 4500 001f 123\n", "line 1: an odd number of digits",
		    0 },
		{ BARE "0\n", "line 1: an odd number of digits", 0 },
		{ BARE "\n4500001f\n",
		    "line 2: is no packet in hexadecimal", 1 },
		{ BARE "\nxyz\n", "line 2: is no packet in hexadecimal", 1 },
		{ TEXT "\n" TEXT "\n", "line 2: text without packets in "
		    "hexadecimal (tcpdump -x)", 0 },
		/* What is no dump at all. */
		{ "0010: " LINE1 "\n", "no capture (neither pcapng, pcap, "
		    "JSON lines nor hex)", 0 },
		{ "4500001f\n", "no capture (neither pcapng, pcap, JSON lines "
		    "nor hex)", 0 },
		{ "deadbeef cafe\n", "no capture (neither pcapng, pcap, JSON "
		    "lines nor hex)", 0 },
		{ "IPv4 is not IP\n", "no capture (neither pcapng, pcap, JSON "
		    "lines nor hex)", 0 },
		{ "12:00 IP\n", "no capture (neither pcapng, pcap, JSON lines "
		    "nor hex)", 0 },
		{ "0000: 45\x01\n", "no capture (neither pcapng, pcap, JSON "
		    "lines nor hex)", 0 },
	};
	size_t		 i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		decode_text(cases[i].text);
		assert_string_equal(got.error, cases[i].error);
		assert_int_equal(got.n, cases[i].n);
		assert_int_equal(got.damaged, 1);
	}
}

/* What is plainly no dump is refused before its line has an end. */
static void
refused_early(void **state)
{
	static const char *const	 texts[] = { "hello", "GET /", "<xml",
					    "4500\x80" };
	struct divert_decoder		*dec;
	struct divert_packet		 pkt;
	uint8_t				*room;
	size_t				 i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		dec = divert_decoder_new();
		assert_non_null(dec);
		divert_decoder_room(dec, &room);
		memcpy(room, texts[i], strlen(texts[i]));
		divert_decoder_filled(dec, strlen(texts[i]));
		assert_int_equal(divert_decoder_next(dec, &pkt), -1);
		divert_decoder_free(dec);
	}
}

/* After damage the next dump is read; the damaged one is all that is lost. */
static void
resume(void **state)
{
	static const char	 text[] =
	    "0000: " LINE1 "\n0010: " LINE2 "\n"
	    "0000: " LINE1 "\n0010: zz\n0018: 4500\n0020: 4500\n"
	    "0000: " LINE1 "\n0010: " LINE2 "\n"
	    "0000: " LINE1 "\n0030: " LINE2 "\n" TEXT "\n"
	    "0010: 4500\n"
	    "0000: " LINE1 "\n0010: " LINE2 "\n";
	static const char *const wanted[] = { "line 4: ", "line 10: ",
				    "line 12: " };
	struct divert_decoder	*dec;
	struct divert_packet	 pkt;
	uint8_t			*room;
	int			 n, packets, result;

	(void)state;
	dec = divert_decoder_new();
	assert_non_null(dec);
	divert_decoder_room(dec, &room);
	memcpy(room, text, sizeof(text) - 1);
	divert_decoder_filled(dec, sizeof(text) - 1);
	n = packets = 0;
	while ((result = divert_decoder_next(dec, &pkt)) != 0) {
		if (result == 1) {
			assert_int_equal(pkt.len, sizeof(v4));
			assert_memory_equal(pkt.data, v4, sizeof(v4));
			packets++;
			continue;
		}
		assert_true(n < 3);
		assert_memory_equal(divert_decoder_error(dec), wanted[n],
		    strlen(wanted[n]));
		n++;
		assert_int_equal(divert_decoder_resume(dec), 1);
	}
	assert_int_equal(n, 3);
	assert_int_equal(packets, 3);
	divert_decoder_free(dec);
}

/* Larger than any packet: passed over, and the next one is read. */
static void
too_large(void **state)
{
	struct bytes	 b = { 0 };
	char		 line[128];
	uint32_t	 off;

	(void)state;
	for (off = 0; off < 70000; off += 16) {
		snprintf(line, sizeof(line), "\t0x%04x:  " LINE1 "\n", off);
		add(&b, line, strlen(line));
	}
	snprintf(line, sizeof(line), "0000: " LINE1 "\n0010: " LINE2 "\n");
	add(&b, line, strlen(line));
	decode(b.p, b.len, 4096, &got);
	assert_string_equal(got.error, "");
	assert_int_equal(got.n, 1);
	assert_int_equal(got.skipped, 1);
	assert_packet(0, v4, sizeof(v4), sizeof(v4));
	free(b.p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layouts),
		cmocka_unit_test(several),
		cmocka_unit_test(at_once),
		cmocka_unit_test(text_before),
		cmocka_unit_test(frames),
		cmocka_unit_test(stars),
		cmocka_unit_test(damage),
		cmocka_unit_test(refused_early),
		cmocka_unit_test(resume),
		cmocka_unit_test(too_large),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
