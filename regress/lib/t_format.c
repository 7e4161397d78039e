/* SPDX-License-Identifier: ISC */

/*
 * Packets as lines: every sample's line, the same as tcpdump's where that is
 * claimed, addresses as inet_ntop(3) has them, and a buffer of any size.
 */

#include "compat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>
#include <pcap.h>

#include "packet_int.h"
#include "packets.h"

static struct bytes o;

/* Of sample 0, 1, 2... */
static const char *const lines[] = {
	"IP 192.0.2.1.40000 > 198.51.100.7.443: Flags [S], seq "
	"4096, win 64240, options [mss 1460], length 0",
	"IP 192.0.2.1.40000 > 198.51.100.7.443: Flags [P.], seq "
	"4096:4117, ack 8192, win 64240, options [nop,nop,TS val "
	"1 ecr 2], length 21",
	"IP 192.0.2.1.40000 > 198.51.100.7.443: UDP, length 21",
	"IP 192.0.2.1.40000 > 198.51.100.7.443: UDP, length 21",
	"IP 192.0.2.1.40000 > 198.51.100.7.443: UDP-Lite, "
	"coverage 8, length 21",
	"IP6 2001:db8::1.40000 > 2001:db8:1::7.443: UDP-Lite, "
	"coverage 0, length 21",
	"IP 192.0.2.1 > 198.51.100.7: ICMP echo request, id "
	"40000, seq 1, length 29",
	"IP 192.0.2.1 > 198.51.100.7: ICMP 203.0.113.53 udp port "
	"53 unreachable, length 36",
	"IP 192.0.2.1 > 198.51.100.7: ICMP 203.0.113.53 "
	"unreachable - need to frag (mtu 1400), length 66",
	"IP 192.0.2.1 > 198.51.100.7: ICMP time exceeded "
	"in-transit, length 36",
	"IP 192.0.2.1 > 198.51.100.7: ICMP redirect 203.0.113.53 "
	"to host 192.0.2.9, length 36",
	"IP 192.0.2.1.40000 > 198.51.100.7.443: sctp "
	"[INIT][COOKIE ECHO], length 48",
	"IP 192.0.2.1 > 198.51.100.7: GREv0, length 53: IP "
	"192.0.2.1 > 198.51.100.7: ICMP echo request, id 40000, "
	"seq 1, length 29",
	"IP 192.0.2.1 > 198.51.100.7: GREv0, key=0xabc, seq 5, "
	"length 81: IP6 2001:db8::1.40000 > 2001:db8:1::7.443: "
	"UDP, length 21",
	"IP 192.0.2.1 > 198.51.100.7: GREv1, call 99, seq 3, ack "
	"2, length 37: gre-proto-0x880b",
	"IP 192.0.2.1 > 198.51.100.7: "
	"ESP(spi=0x00001000,seq=0x1), length 29",
	"IP 192.0.2.1.40000 > 198.51.100.7.443: "
	"AH(spi=0x00001001,seq=0x7) Flags [.], seq 4096:4117, "
	"ack 8192, win 64240, length 21",
	"IP 192.0.2.1 > 198.51.100.7: IP 192.0.2.1.40000 > "
	"198.51.100.7.443: UDP, length 21",
	"IP 192.0.2.1 > 198.51.100.7: IP6 2001:db8::1.40000 > "
	"2001:db8:1::7.443: Flags [F.], seq 4096:4117, ack 8192, "
	"win 64240, length 21",
	"IP 192.0.2.1 > 198.51.100.7: igmp, length 8",
	"IP 192.0.2.1.40000 > 198.51.100.7.443: UDP, length 21",
	"IP 192.0.2.1.40000 > 198.51.100.7.443: UDP, length 4000 "
	"(frag 54321:29@0+)",
	"IP 192.0.2.1 > 198.51.100.7: udp, length 24 (frag "
	"54321:24@24+)",
	"IP 192.0.2.1 > 198.51.100.7: udp, length 3 (frag "
	"54321:3@48)",
	"IP6 2001:db8::1.40000 > 2001:db8:1::7.443: Flags [S.], "
	"seq 4096, ack 8192, win 64240, options [nop,mss "
	"1460,nop,nop,nop], length 0",
	"IP6 2001:db8::1.40000 > 2001:db8:1::7.443: UDP, length "
	"21",
	"IP6 2001:db8::1 > 2001:db8:1::7: ICMP6, echo request, "
	"id 40000, seq 1, length 29",
	"IP6 2001:db8::1 > 2001:db8:1::7: ICMP6, destination "
	"unreachable, unreachable port, 2001:db8:2::53 udp port "
	"53, length 86",
	"IP6 2001:db8::1 > 2001:db8:1::7: ICMP6, packet too big, "
	"mtu 1280, length 56",
	"IP6 2001:db8::1 > 2001:db8:1::7: ICMP6, neighbor "
	"solicitation, who has fe80::1, length 24",
	"IP6 2001:db8::1 > 2001:db8:1::7: HBH ICMP6, multicast "
	"listener report v2, 0 group record(s), length 8",
	"IP6 2001:db8::1.40000 > 2001:db8:1::7.443: DSTOPT UDP, "
	"length 21",
	"IP6 2001:db8::1.40000 > 2001:db8:1::7.443: RT0 "
	"(segleft=2) UDP, length 21",
	"IP6 2001:db8::1.40000 > 2001:db8:1::7.443: RT4 "
	"(segleft=1) Flags [.], seq 4096:4117, ack 8192, win "
	"64240, length 21",
	"IP6 2001:db8::1.40000 > 2001:db8:1::7.443: RT0 "
	"(segleft=0) UDP, length 21",
	"IP6 2001:db8::1.40000 > 2001:db8:1::7.443: RT3 "
	"(segleft=1) UDP, length 21",
	"IP6 2001:db8::1.40000 > 2001:db8:1::7.443: UDP, length "
	"4000 (frag 3735928559:29@0+)",
	"IP6 2001:db8::1 > 2001:db8:1::7: udp, length 11 (frag "
	"3735928559:11@1448)",
	"IP6 2001:db8::1.40000 > 2001:db8:1::7.443: frag "
	"(atomic) UDP, length 21",
	"IP6 2001:db8::1.40000 > 2001:db8:1::7.443: "
	"AH(spi=0x00001001,seq=0x7) DSTOPT Flags [R], seq "
	"4096:4117, win 64240, length 21",
	"IP6 2001:db8::1 > 2001:db8:1::7: "
	"ESP(spi=0x00002000,seq=0x10), length 29",
	"IP6 2001:db8::1 > 2001:db8:1::7: mobility, length 8",
	"IP6 2001:db8::1.40000 > 2001:db8:1::7.443: hip UDP, "
	"length 21",
	"IP6 2001:db8::1 > 2001:db8:1::7: IP6 2001:db8::1 > "
	"2001:db8:1::7: ICMP6, echo request, id 40000, seq 1, "
	"length 29",
	"IP6 2001:db8::1 > 2001:db8:1::7: no next header, length "
	"0",
	"IP6 2001:db8::1.40000 > 2001:db8:1::7.443: sctp "
	"[INIT][COOKIE ECHO], length 48",
	"IP6 2001:db8::1 > 2001:db8:1::7: dccp, length 16",
	"IP 192.0.2.1 > 198.51.100.7: ip-proto-253, length 21",
	"IP6 2001:db8::1 > 2001:db8:1::7: ospf, length 16",
};

/* Samples of which tcpdump 4.99 says the same, letter by letter. */
static const unsigned char as_tcpdump[] = {
	0, 1, 2, 3, 6, 7, 8, 9, 10, 12, 13, 15, 17, 18, 20, 24, 25, 26, 27, 28,
	29, 30, 40, 43
};

static size_t
format(char *line, size_t size)
{
	struct divert_packet pkt;

	memset(&pkt, 0, sizeof(pkt));
	pkt.data = o.b;
	pkt.len = pkt.wirelen = (uint32_t)o.n;
	return (divert_packet_format(&pkt, line, size));
}

static void
want(const char *text)
{
	char line[1024];
	size_t n;

	n = format(line, sizeof(line));
	assert_string_equal(line, text);
	assert_int_equal(n, strlen(text));
}

static void
every_sample(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; sample(i, &o, &standard) != NULL; i++) {
		assert_true(i < sizeof(lines) / sizeof(lines[0]));
		want(lines[i]);
	}
	assert_int_equal(i, sizeof(lines) / sizeof(lines[0]));
}

static void
same_as_tcpdump(void **state)
{
	char path[4096], line[1024], ours[1024], command[4200];
	const char *dir = getenv("TMPDIR");
	struct pcap_pkthdr h;
	pcap_dumper_t *dump;
	pcap_t *pc;
	FILE *f;
	size_t i;

	(void)state;
	line[0] = '\0';
	if ((f = popen("tcpdump --version 2>&1", "r")) == NULL ||
	    fgets(line, sizeof(line), f) == NULL ||
	    strstr(line, "version 4.99") == NULL) {
		print_message("# no tcpdump 4.99\n");
		if (f != NULL)
			pclose(f);
		skip();
		return;
	}
	pclose(f);
	snprintf(path, sizeof(path), "%s/format.%ld.pcap",
	    dir != NULL ? dir : "/tmp", (long)getpid());
	assert_non_null(pc = pcap_open_dead(DLT_RAW, 65575));
	assert_non_null(dump = pcap_dump_open(pc, path));
	memset(&h, 0, sizeof(h));
	for (i = 0; i < sizeof(as_tcpdump); i++) {
		sample(as_tcpdump[i], &o, &standard);
		h.caplen = h.len = (bpf_u_int32)o.n;
		pcap_dump((u_char *)dump, &h, o.b);
	}
	pcap_dump_close(dump);
	pcap_close(pc);
	snprintf(command, sizeof(command), "tcpdump -tnSr %s 2>/dev/null",
	    path);
	assert_non_null(f = popen(command, "r"));
	for (i = 0; i < sizeof(as_tcpdump); i++) {
		assert_non_null(fgets(line, sizeof(line), f));
		line[strcspn(line, "\n")] = '\0';
		sample(as_tcpdump[i], &o, &standard);
		format(ours, sizeof(ours));
		assert_string_equal(ours, line);
	}
	pclose(f);
	remove(path);
}

static void
malformed(void **state)
{
	(void)state;
	o.n = 0;
	want("malformed (empty), length 0");
	sample(2, &o, &standard);
	o.n = 7;
	want("IP malformed (ip_short), length 7");
	o.b[0] = 0x75;
	want("malformed (version), length 7");
	sample(2, &o, &standard);
	o.b[0] = 0x41;
	want("IP 192.0.2.1 > 198.51.100.7: malformed (ip_hlen), length 49");
	sample(2, &o, &standard);
	set_at(&o, 24, 7);
	want("IP 192.0.2.1.40000 > 198.51.100.7.443: UDP, length 0, "
	    "malformed (udp_length)");
	sample(0, &o, &standard);
	o.n = 28;
	end_ip(&o, 0);
	want("IP 192.0.2.1.40000 > 198.51.100.7.443: "
	    "tcp malformed (tcp_short), length 8");
	sample(0, &o, &standard);
	o.b[41] = 9;
	want("IP 192.0.2.1.40000 > 198.51.100.7.443: Flags [S], seq 4096, "
	    "win 64240, options [bad], length 0, malformed (tcp_option)");
	sample(31, &o, &standard);
	o.b[41] = 99;
	want("IP6 2001:db8::1 > 2001:db8:1::7: malformed (ext_short), "
	    "length 77");
	sample(25, &o, &standard);
	set_at(&o, 4, 0);
	want("IP6 2001:db8::1 > 2001:db8:1::7: malformed (jumbo), length 69");
}

static void
cut(void **state)
{
	(void)state;
	sample(1, &o, &standard);
	o.n = 52;
	want(lines[1]);
	o.n = 50;
	want("IP 192.0.2.1.40000 > 198.51.100.7.443: [|tcp], length 53");
	sample(31, &o, &standard);
	o.n = 46;
	want("IP6 2001:db8::1 > 2001:db8:1::7: [|ip6], length 77");
	sample(7, &o, &standard);
	o.n = 28;
	want("IP 192.0.2.1 > 198.51.100.7: ICMP [|ip] unreachable, length 36");
}

static void
tcp_options(void **state)
{
	static const struct {
		const char	*bytes, *text;
	} opts[] = {
		{ "\3\3\7\1", "wscale 7,nop" },
		{ "\4\2\0\0", "sackOK,eol" },
		{ "\2\3\5\1", "unknown-2 0x05,nop" },
		{ "\34\4\200\1", "uto 32769" },
		{ "\42\2\1\1", "tfo cookiereq,nop,nop" },
		{ "\42\4\253\315", "tfo cookie abcd" },
		{ "\36\4\20\0", "mptcp 4 join" },
		{ "\377\4\41\7", "unknown-255 0x2107" },
		{ "\1\1\1\0", "nop,nop,nop,eol" }
	};
	char text[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(opts) / sizeof(opts[0]); i++) {
		sample(0, &o, &standard);
		memcpy(o.b + 40, opts[i].bytes, 4);
		snprintf(text, sizeof(text), "IP 192.0.2.1.40000 > "
		    "198.51.100.7.443: Flags [S], seq 4096, win 64240, "
		    "options [%s], length 0", opts[i].text);
		want(text);
	}
	o.b[33] = 0;
	o.n -= 4;
	o.b[32] = 0x50;
	end_ip(&o, 0);
	want("IP 192.0.2.1.40000 > 198.51.100.7.443: Flags [none], win 64240, "
	    "length 0");
	o.b[33] = 0xff;
	want("IP 192.0.2.1.40000 > 198.51.100.7.443: Flags [FSRP.UEW], seq "
	    "4096, ack 0, win 64240, urg 0, length 0");
}

/* Whatever the size, nothing is written beyond it and the length is true. */
static void
any_size(void **state)
{
	char line[512];
	unsigned int i;
	size_t n, want_n;

	(void)state;
	for (i = 0; sample(i, &o, &standard) != NULL; i++) {
		want_n = strlen(lines[i]);
		assert_int_equal(format(NULL, 0), want_n);
		for (n = 0; n <= want_n + 2; n++) {
			memset(line, '~', sizeof(line));
			assert_int_equal(format(line, n), want_n);
			if (n > 0) {
				size_t len = n <= want_n ? n - 1 : want_n;

				assert_memory_equal(line, lines[i], len);
				assert_int_equal(line[len], '\0');
			}
			assert_int_equal(line[n], '~');
		}
	}
}

static void
ascii_only(void **state)
{
	char line[8192];
	unsigned int i;
	size_t at, j, n;

	(void)state;
	for (i = 0; sample(i, &o, &standard) != NULL; i++) {
		for (at = 1; at < o.n; at++) {
			o.b[at] ^= 0xff;
			n = format(line, sizeof(line));
			assert_true(n < sizeof(line));
			for (j = 0; j < n; j++)
				assert_true(line[j] >= ' ' && line[j] <= '~');
			o.b[at] ^= 0xff;
		}
	}
}

static void
compare_address(const uint8_t *a, int version)
{
	char want_text[INET6_ADDRSTRLEN], text[DIVERT_ADDRESS_TEXT + 1];
	size_t n;

	assert_non_null(inet_ntop(version == 4 ? AF_INET : AF_INET6, a,
	    want_text, sizeof(want_text)));
	n = divert_address_text(text, a, version);
	assert_true(n <= DIVERT_ADDRESS_TEXT);
	text[n] = '\0';
	assert_string_equal(text, want_text);
}

static void
addresses(void **state)
{
	static const char *const six[] = {
		"::", "::1", "1::", "1::1", "1:0:0:2::3", "1:0:0:2:0:0:0:3",
		"0:1:0:1:0:1:0:1", "1:0:1:0:1:0:1:0", "2001:db8::1:0:0:1",
		"::ffff:192.0.2.1", "::192.0.2.1", "::1:2", "64:ff9b::1.2.3.4",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe80::",
		"1:2:3:4:5:6:7:0", "0:2:3:4:5:6:7:8", "::2:3:4:5:6:7:8",
		"2001:db8:0:0:1::", "::ffff:0:1", "0:0:0:0:fffe::"
	};
	uint32_t state32 = 12345;
	unsigned int i, j, v;
	uint8_t a[16];

	(void)state;
	for (i = 0; i < sizeof(six) / sizeof(six[0]); i++) {
		assert_int_equal(inet_pton(AF_INET6, six[i], a), 1);
		compare_address(a, 6);
	}
	/* Every pattern of groups that are zero. */
	for (i = 0; i < 256; i++) {
		for (j = 0; j < 8; j++) {
			v = (i >> j & 1) != 0 ? 0x10u << j | 1 : 0;
			a[j * 2] = (uint8_t)(v >> 8);
			a[j * 2 + 1] = (uint8_t)v;
		}
		compare_address(a, 6);
	}
	for (i = 0; i < 100000; i++) {
		for (j = 0; j < 16; j++) {
			state32 = state32 * 1664525 + 1013904223;
			a[j] = (uint8_t)((state32 >> 30) == 0 ?
			    state32 >> 16 : 0);
		}
		compare_address(a, 6);
		compare_address(a, 4);
	}
	for (i = 0; i < 256; i++) {
		memset(a, (int)i, 4);
		compare_address(a, 4);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_sample),
		cmocka_unit_test(same_as_tcpdump),
		cmocka_unit_test(malformed),
		cmocka_unit_test(cut),
		cmocka_unit_test(tcp_options),
		cmocka_unit_test(any_size),
		cmocka_unit_test(ascii_only),
		cmocka_unit_test(addresses)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
