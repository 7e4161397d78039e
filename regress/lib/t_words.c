/* SPDX-License-Identifier: ISC */

/*
 * Packets in words: the bytes are those that scapy makes of the same packet
 * said its way; and what is wrong is told by the column.
 */

#include "../../bin/divertinject/words.c"
#include "../../bin/divertinject/words_check.c"
#include "../../bin/divertinject/words_fields.c"
#include "../../bin/divertinject/words_names.c"
#include "../../bin/divertinject/words_payload.c"
#include "../../bin/divertinject/words_scan.c"

#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

#define PYTHON	"p=python3; $p -c 'import scapy' 2>/dev/null || " \
		"p=/usr/bin/python3; "

static char		 errbuf[WORDS_ERROR_SIZE];
static struct words	 words;
static uint8_t		 bytes[65575];

/* Parse and build.  The length, -1 when it cannot be built. */
static ssize_t
make(const char *text)
{
	ssize_t	 n;

	strlcpy(errbuf, "", sizeof(errbuf));
	if (words_parse(text, &words, errbuf, sizeof(errbuf)) == -1)
		fail_msg("%s: %s", text, errbuf);
	n = divert_build(&words.fields, bytes, sizeof(bytes), errbuf,
	    sizeof(errbuf));
	words_free(&words);
	if (n == -1)
		fail_msg("%s: %s", text, errbuf);
	return (n);
}

#define FROM_TO		" from 192.0.2.1 to 198.51.100.7 "
#define FROM_TO6	" from 2001:db8::1 to 2001:db8:1::7 "
#define PORTS		" from 192.0.2.1 port 40000 to 198.51.100.7 port 443 "
#define PORTS6		" from 2001:db8::1 port 40000 to 2001:db8:1::7 port 53 "
#define IP_		"IP(src='192.0.2.1',dst='198.51.100.7',id=0"
#define IP6_		"IPv6(src='2001:db8::1',dst='2001:db8:1::7'"
#define TCP_		"TCP(sport=40000,dport=443,window=65535"
#define UDP_		"UDP(sport=40000,dport=443)"

/* A packet in words, and in scapy's. */
static const struct {
	const char	*ours, *its;
} pairs[] = {
	{ "out proto tcp" PORTS "flags S mss 1460",
	    IP_ ")/" TCP_ ",flags='S',options=[('MSS',1460)])" },
	{ "proto tcp" PORTS, IP_ ")/" TCP_ ",flags='S')" },
	{ "proto tcp" PORTS "ack 5", IP_ ")/" TCP_ ",flags='A',ack=5)" },
	{ "proto tcp" PORTS "flags S/SA", IP_ ")/" TCP_ ",flags='S')" },
	{ "proto tcp" PORTS "flags S. ack 1 seq 0xffffffff",
	    IP_ ")/" TCP_ ",flags='SA',ack=1,seq=4294967295)" },
	{ "proto tcp" PORTS "flags FSRPAUEW win 1 urp 2 seq 3 ack 4",
	    IP_ ")/TCP(sport=40000,dport=443,flags='FSRPAUEC',window=1,"
	    "urgptr=2,seq=3,ack=4)" },
	{ "proto tcp" PORTS "flags SE/SAEW",
	    IP_ ")/" TCP_ ",flags='SE')" },
	{ "proto tcp" PORTS "flags W", IP_ ")/" TCP_ ",flags='C')" },
	{ "proto tcp" PORTS "flags UP", IP_ ")/" TCP_ ",flags='PU')" },
	{ "proto tcp" PORTS "flags F", IP_ ")/" TCP_ ",flags='F')" },
	{ "proto tcp" PORTS "flags none", IP_ ")/" TCP_ ",flags=0)" },
	{ "proto tcp" PORTS "flags PA seq 10 ack 20 payload \"GET / HTTP/1.0"
	    "\\r\\n\\r\\n\"",
	    IP_ ")/" TCP_ ",flags='PA',seq=10,ack=20)/b'GET / HTTP/1.0"
	    "\\r\\n\\r\\n'" },
	{ "proto tcp" PORTS "flags S mss 1400 sackok timestamp 100:0 wscale 7",
	    IP_ ")/" TCP_ ",flags='S',options=[('MSS',1400),('SAckOK',b''),"
	    "('Timestamp',(100,0)),('NOP',None),('WScale',7)])" },
	{ "proto tcp" PORTS "flags A timestamp 1:2 ack 1",
	    IP_ ")/" TCP_ ",flags='A',ack=1,options=[('NOP',None),"
	    "('NOP',None),('Timestamp',(1,2))])" },
	{ "inet proto tcp" PORTS "ttl 1 tos 0x10 id 54321 df",
	    "IP(src='192.0.2.1',dst='198.51.100.7',id=54321,ttl=1,tos=16,"
	    "flags='DF')/" TCP_ ",flags='S')" },
	{ "proto tcp to 198.51.100.7 port https from 192.0.2.1 port = ssh",
	    IP_ ")/TCP(sport=22,dport=443,window=65535,flags='S')" },
	{ "proto udp" PORTS "no-df", IP_ ")/" UDP_ },
	{ "proto udp" PORTS "payload hex 0xDEADbeef",
	    IP_ ")/" UDP_ "/b'\\xde\\xad\\xbe\\xef'" },
	{ "proto udp" PORTS "payload '\\x00\\xa5\\\\\\'\"\\t\\0a'",
	    IP_ ")/" UDP_ "/bytes([0,165,92,39,34,9,0,97])" },
	{ "proto udp" PORTS "length 5", IP_ ")/" UDP_ "/bytes(5)" },
	{ "proto udp" PORTS "length 7 payload \"abc\"",
	    IP_ ")/" UDP_ "/b'abcabca'" },
	{ "proto udp" PORTS "payload \"abc\" length 2",
	    IP_ ")/" UDP_ "/b'ab'" },
	{ "proto udp" PORTS "payload \"\" length 2",
	    IP_ ")/" UDP_ "/bytes(2)" },
	{ "proto udp" PORTS "payload \"abc\" length 0", IP_ ")/" UDP_ },
	{ "proto 17" PORTS "tos ef", IP_ ",tos=184)/" UDP_ },
	{ "proto udp" PORTS "length 65507", IP_ ")/" UDP_ "/bytes(65507)" },
	{ "inet6 proto udp" PORTS6 "payload \"x\" hlim 3 tos 1 flowlabel "
	    "0x12345",
	    IP6_ ",hlim=3,tc=1,fl=0x12345)/UDP(sport=40000,dport=53)/b'x'" },
	{ "proto tcp" PORTS6 "flags R",
	    IP6_ ")/TCP(sport=40000,dport=53,window=65535,flags='R')" },
	{ "proto icmp" FROM_TO, IP_ ")/ICMP()" },
	{ "proto icmp" FROM_TO "icmp-type echorep icmp-id 21 seq 3 payload "
	    "\"pong\"",
	    IP_ ")/ICMP(type=0,id=21,seq=3)/b'pong'" },
	{ "proto icmp" FROM_TO "icmp-type unreach code needfrag mtu 1300 "
	    "payload hex 4500",
	    IP_ ")/ICMP(type=3,code=4,nexthopmtu=1300)/b'E\\0'" },
	{ "proto icmp" FROM_TO "icmp-type 11 code 1",
	    IP_ ")/ICMP(type=11,code=1)" },
	{ "proto icmp" FROM_TO "icmp-type timex code transit id 7",
	    "IP(src='192.0.2.1',dst='198.51.100.7',id=7)/ICMP(type=11,code=0)" },
	{ "proto icmp6" FROM_TO6 "icmp-id 9 seq 10 payload \"hi\"",
	    IP6_ ")/ICMPv6EchoRequest(id=9,seq=10,data=b'hi')" },
	{ "proto ipv6-icmp" FROM_TO6 "icmp6-type echorep",
	    IP6_ ")/ICMPv6EchoReply()" },
	{ "proto icmp6" FROM_TO6 "icmp6-type toobig mtu 70000",
	    IP6_ ")/ICMPv6PacketTooBig(mtu=70000)" },
	{ "proto icmp6" FROM_TO6 "icmp6-type unreach code admin-unr",
	    IP6_ ")/ICMPv6DestUnreach(code=1)" },
	{ "proto 47" FROM_TO "payload hex 00000800",
	    IP_ ",proto=47)/b'\\0\\0\\x08\\0'" },
	{ "proto gre" FROM_TO "payload hex 00000800",
	    IP_ ",proto=47)/b'\\0\\0\\x08\\0'" },
	{ "proto esp" FROM_TO6 "length 8", IP6_ ",nh=50)/bytes(8)" },
	{ "proto udp" FROM_TO "offset 1480 id 5 payload \"tail\"",
	    "IP(src='192.0.2.1',dst='198.51.100.7',id=5,frag=185,proto=17)/"
	    "b'tail'" },
	{ "proto 99" FROM_TO "mf id 5 length 8",
	    "IP(src='192.0.2.1',dst='198.51.100.7',id=5,flags='MF',proto=99)/"
	    "bytes(8)" },
	{ "proto udp" FROM_TO6 "offset 8 id 0xdeadbeef length 3",
	    IP6_ ")/IPv6ExtHdrFragment(offset=1,m=0,id=0xdeadbeef,nh=17)/"
	    "bytes(3)" }
};

#define PAIRS		(sizeof(pairs) / sizeof(pairs[0]))

static void
scapy(void **state)
{
	static char	 line[140000];
	const char	*dir = getenv("TMPDIR");
	char		 command[8192], path[4096];
	size_t		 i;
	ssize_t		 j, n;
	FILE		*f;

	(void)state;
	if (system(PYTHON "\"$p\" -c 'import scapy.all' 2>/dev/null") != 0) {
		print_message("# python3 has no scapy\n");
		skip();
	}
	snprintf(path, sizeof(path), "%s/words.%ld",
	    dir != NULL ? dir : "/tmp", (long)getpid());
	assert_non_null(f = fopen(path, "w"));
	for (i = 0; i < PAIRS; i++)
		fprintf(f, "%s\n", pairs[i].its);
	fclose(f);
	snprintf(command, sizeof(command), PYTHON "\"$p\" -c '"
	    "from scapy.all import *\n"
	    "for line in open(\"%s\"): print(raw(eval(line)).hex())' "
	    "2>&1", path);
	assert_non_null(f = popen(command, "r"));
	for (i = 0; i < PAIRS; i++) {
		if (fgets(line, sizeof(line), f) == NULL)
			fail_msg("%s: nothing", pairs[i].its);
		line[strcspn(line, "\n")] = '\0';
		n = make(pairs[i].ours);
		if ((size_t)n * 2 != strlen(line))
			fail_msg("%s: %zd bytes, not %zu: %s", pairs[i].ours,
			    n, strlen(line) / 2, line);
		for (j = 0; j < n; j++) {
			unsigned int	 byte;

			assert_int_equal(sscanf(line + j * 2, "%2x", &byte),
			    1);
			if (byte != bytes[j])
				fail_msg("%s: byte %zd is %02x, not %02x",
				    pairs[i].ours, j, bytes[j], byte);
		}
	}
	assert_int_equal(pclose(f), 0);
	remove(path);
}

/* What is not in the packet's bytes. */
static void
way(void **state)
{
	(void)state;
	(void)make("proto tcp" PORTS);
	assert_int_equal(words.direction, DIVERT_DIRECTION_NONE);
	assert_string_equal(words.ifname, "");
	assert_int_equal(words.frag, 0);
	(void)make("on em0 in inet proto tcp" PORTS);
	assert_int_equal(words.direction, DIVERT_DIRECTION_IN);
	assert_string_equal(words.ifname, "em0");
	(void)make(" proto\ttcp" PORTS "\nout on abcdefghijklmno ");
	assert_int_equal(words.direction, DIVERT_DIRECTION_OUT);
	assert_string_equal(words.ifname, "abcdefghijklmno");
	(void)make("proto udp" PORTS "length 3000 frag 576");
	assert_int_equal(words.frag, 576);
	/* One is made where none was given, and always the same. */
	assert_int_not_equal(words.frag_id & 0xffff, 0);
	assert_int_equal(words.frag_id, 0x964d6f53);
	(void)make("proto udp" PORTS "length 3000 frag 28 id 5 mf");
	assert_int_equal(words.frag_id, 0);
	assert_int_equal(words.fields.id, 5);
	/* The id goes where the fragments are made. */
	(void)make("proto udp" PORTS6 "length 3000 frag 1280 id 0xfeedface");
	assert_int_equal(words.frag, 1280);
	assert_int_equal(words.frag_id, 0xfeedface);
	assert_int_equal(words.fields.set & DIVERT_FIELD_ID, 0);
}

/* All names of pf.conf for what has names. */
static void
names(void **state)
{
	static const struct {
		const char	*words;
		int		 type, code;
	} some[] = {
		{ "icmp-type echoreq", 8, 0 },
		{ "icmp-type unreach code port-unr", 3, 3 },
		{ "icmp-type unreach code filter-prohib", 3, 13 },
		{ "icmp-type redir code redir-tos-host", 5, 3 },
		{ "icmp-type routeradv code common-adv", 9, 16 },
		{ "icmp-type paramprob code badlen", 12, 2 },
		{ "icmp-type photuris code decrypt-fail", 40, 3 },
		{ "icmp-type 3 code host-unr", 3, 1 },
		{ "icmp-type 255 code 254", 255, 254 },
		{ "code 7 icmp-type squench", 4, 7 }
	}, six[] = {
		{ "icmp6-type echoreq", 128, 0 },
		{ "icmp6-type unreach code noroute-unr", 1, 0 },
		{ "icmp6-type unreach code port-unr", 1, 4 },
		{ "icmp6-type timex code reassemb", 3, 1 },
		{ "icmp6-type paramprob code nxthdr", 4, 1 },
		{ "icmp6-type neighbrsol", 135, 0 },
		{ "icmp6-type redir code redirrouter", 137, 1 }
	};
	static const struct {
		const char	*name;
		int		 tos;
	} services[] = {
		{ "lowdelay", 0x10 }, { "throughput", 0x08 },
		{ "reliability", 0x04 }, { "critical", 0xa0 },
		{ "inetcontrol", 0xc0 }, { "netcontrol", 0xe0 },
		{ "ef", 0xb8 }, { "va", 0xb0 }, { "af11", 0x28 },
		{ "af43", 0x98 }, { "cs1", 0x20 }, { "cs7", 0xe0 },
		{ "255", 255 }
	};
	char		 text[512];
	size_t		 i;

	(void)state;
	for (i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
		snprintf(text, sizeof(text), "proto icmp" FROM_TO "%s",
		    some[i].words);
		(void)make(text);
		assert_int_equal(bytes[20], some[i].type);
		assert_int_equal(bytes[21], some[i].code);
	}
	for (i = 0; i < sizeof(six) / sizeof(six[0]); i++) {
		snprintf(text, sizeof(text), "proto icmp6" FROM_TO6 "%s",
		    six[i].words);
		(void)make(text);
		assert_int_equal(bytes[40], six[i].type);
		assert_int_equal(bytes[41], six[i].code);
	}
	for (i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
		snprintf(text, sizeof(text), "proto udp" PORTS "tos %s",
		    services[i].name);
		(void)make(text);
		assert_int_equal(bytes[1], services[i].tos);
	}
}

static void
payload_file(void **state)
{
	const char	*dir = getenv("TMPDIR");
	char		 path[4096], text[8192];
	FILE		*f;
	ssize_t		 n;
	int		 i;

	(void)state;
	snprintf(path, sizeof(path), "%s/words payload.%ld",
	    dir != NULL ? dir : "/tmp", (long)getpid());
	snprintf(text, sizeof(text), "proto udp" PORTS "payload file \"%s\"",
	    path);
	assert_int_equal(words_parse(text, &words, errbuf, sizeof(errbuf)),
	    -1);
	assert_int_equal(errno, ENOENT);
	assert_non_null(strstr(errbuf, "column 75: "));
	assert_non_null(strstr(errbuf, strerror(ENOENT)));
	assert_non_null(f = fopen(path, "wb"));
	for (i = 0; i < 1000; i++)
		fputc(i & 255, f);
	fclose(f);
	n = make(text);
	assert_int_equal(n, 1028);
	for (i = 0; i < 1000; i++)
		assert_int_equal(bytes[28 + i], i & 255);
	strlcat(text, " length 1030", sizeof(text));
	assert_int_equal(make(text), 1058);
	for (i = 0; i < 30; i++)
		assert_int_equal(bytes[28 + 1000 + i], i);
	/* More than a packet holds. */
	assert_non_null(f = fopen(path, "wb"));
	for (i = 0; i < 65536; i++)
		fputc('x', f);
	fclose(f);
	assert_int_equal(words_parse(text, &words, errbuf, sizeof(errbuf)),
	    -1);
	assert_int_equal(errno, EINVAL);
	assert_non_null(strstr(errbuf, "more bytes than a packet can have"));
	remove(path);
	assert_int_equal(words_parse("proto udp" PORTS "payload file /",
	    &words, errbuf, sizeof(errbuf)), -1);
	assert_int_equal(errno, EISDIR);
}

/* What is wrong, and what is said about it. */
static const struct {
	const char	*text, *error;
} wrongs[] = {
	{ "", "column 1: expected proto, found the end" },
	{ "  in ", "column 6: expected proto, found the end" },
	{ "in out proto tcp" PORTS,
	    "column 4: \"out\": this was said already" },
	{ "in in proto tcp" PORTS, "column 4: \"in\": this was said already" },
	{ "flags S", "column 1: expected proto before \"flags\"" },
	{ "out tcp" PORTS, "column 5: expected one of on inet inet6 proto, "
	    "found \"tcp\"" },
	{ "tcp" PORTS, "column 1: expected one of in out on inet inet6 proto, "
	    "found \"tcp\"" },
	{ "proto", "column 6: expected a protocol (tcp, udp, icmp, icmp6, or "
	    "0 to 255), found the end" },
	{ "proto tpc" PORTS, "column 7: expected a protocol (tcp, udp, icmp, "
	    "icmp6, or 0 to 255), found \"tpc\"" },
	{ "proto 256" FROM_TO, "column 7: expected a protocol (tcp, udp, "
	    "icmp, icmp6, or 0 to 255), found \"256\"" },
	{ "proto tcp proto tcp" PORTS,
	    "column 11: \"proto\": this was said already" },
	{ "on", "column 3: expected the name of an interface, found the end" },
	{ "on abcdefghijklmnop proto tcp" PORTS, "column 4: expected the name "
	    "of an interface, found \"abcdefghijklmnop\"" },
	{ "proto tcp to 192.0.2.1 port 1",
	    "column 30: expected from and an address, found the end" },
	{ "proto tcp from 192.0.2.1 port 1",
	    "column 32: expected to and an address, found the end" },
	{ "proto tcp from any to any",
	    "column 16: expected an address in numbers, found \"any\"" },
	{ "proto tcp from www.example.com",
	    "column 16: expected an address in numbers, found "
	    "\"www.example.com\"" },
	{ "proto tcp from 192.0.2.0/24",
	    "column 16: expected one address and no network, found "
	    "\"192.0.2.0/24\"" },
	{ "proto tcp from fe80::1%em0",
	    "column 16: expected an address alone (its interface is said with "
	    "\"on\"), found \"fe80::1%em0\"" },
	{ "proto udp from 192.0.2.1 port 1 to ::1 port 2",
	    "column 36: expected an IPv4 address as the other one, found "
	    "\"::1\"" },
	{ "proto udp from ::1 port 1 to 192.0.2.1 port 2",
	    "column 30: expected an IPv6 address as the other one, found "
	    "\"192.0.2.1\"" },
	{ "inet6 proto udp" PORTS, "column 1: \"inet6\" is of IPv6, and the "
	    "addresses are of IPv4" },
	{ "proto icmp" FROM_TO6, "column 7: \"icmp\" is of IPv4, and the "
	    "addresses are of IPv6" },
	{ "proto 58" FROM_TO, "column 7: \"icmp6\" is of IPv6, and the "
	    "addresses are of IPv4" },
	{ "proto udp" PORTS "hlim 3", "column 62: \"hlim\" is of IPv6, and "
	    "the addresses are of IPv4" },
	{ "proto udp" PORTS "flowlabel 3", "column 62: \"flowlabel\" is of "
	    "IPv6, and the addresses are of IPv4" },
	{ "proto udp" PORTS6 "no-df", "column 64: \"no-df\" is of IPv4, and "
	    "the addresses are of IPv6" },
	{ "proto tcp from 192.0.2.1 to 192.0.2.2 port 3",
	    "column 26: expected port: tcp has two of them" },
	{ "proto udp from 192.0.2.1 port 4 to 192.0.2.2",
	    "column 45: expected port: udp has two of them" },
	{ "proto tcp from 192.0.2.1 port xx", "column 31: expected a port "
	    "number (0 to 65535) or the name of a service, found \"xx\"" },
	{ "proto tcp from 192.0.2.1 port 65536", "column 31: expected a port "
	    "number (0 to 65535) or the name of a service, found \"65536\"" },
	{ "proto tcp from 192.0.2.1 port -1", "column 31: expected a port "
	    "number (0 to 65535) or the name of a service, found \"-1\"" },
	{ "proto tcp from 192.0.2.1 port", "column 30: expected a port "
	    "number (0 to 65535) or the name of a service, found the end" },
	{ "proto icmp from 192.0.2.1 port 5", "column 27: icmp has no ports" },
	{ "proto 50 from 192.0.2.1 port 5",
	    "column 25: this protocol has no ports" },
	{ "proto udp" PORTS "flags S", "column 62: udp has no \"flags\"" },
	{ "proto udp" PORTS "seq 1", "column 62: udp has no \"seq\"" },
	{ "proto icmp" FROM_TO "icmp6-type 1",
	    "column 43: icmp has no \"icmp6-type\"" },
	{ "proto tcp" PORTS "icmp-id 1", "column 62: tcp has no \"icmp-id\"" },
	{ "proto tcp" PORTS "flags SX", "column 68: expected TCP flags "
	    "(letters of FSRPAUEW, or none), found \"SX\"" },
	{ "proto tcp" PORTS "flags S/", "column 68: flags before the slash "
	    "are not among those after it" },
	{ "proto tcp" PORTS "flags SF/SA", "column 68: flags before the "
	    "slash are not among those after it" },
	{ "proto tcp" PORTS "flags S/SA/S", "column 68: expected TCP flags "
	    "(letters of FSRPAUEW, or none), found \"S/SA/S\"" },
	{ "proto tcp" PORTS "flags", "column 67: expected TCP flags (letters "
	    "of FSRPAUEW, or none), found the end" },
	{ "proto tcp" PORTS "seq 4294967296", "column 66: expected a sequence "
	    "number (0 to 4294967295), found \"4294967296\"" },
	{ "proto tcp" PORTS "seq 0x", "column 66: expected a sequence number "
	    "(0 to 4294967295), found \"0x\"" },
	{ "proto tcp" PORTS "seq 1f", "column 66: expected a sequence number "
	    "(0 to 4294967295), found \"1f\"" },
	{ "proto tcp" PORTS "mss 65536", "column 66: expected a segment size "
	    "(0 to 65535), found \"65536\"" },
	{ "proto tcp" PORTS "timestamp 1:", "column 72: expected a timestamp, "
	    "or two with a colon between, found \"1:\"" },
	{ "proto tcp" PORTS "ttl 256", "column 66: expected a time to live "
	    "(0 to 255), found \"256\"" },
	{ "proto tcp" PORTS "ttl 1 ttl 2",
	    "column 68: \"ttl\": this was said already" },
	{ "proto udp" PORTS6 "ttl 1 hlim 2",
	    "column 70: \"hlim\": this was said already" },
	{ "proto udp" PORTS "df no-df",
	    "column 65: \"no-df\": this was said already" },
	{ "proto udp" PORTS "tos urgent", "column 66: expected a type of "
	    "service by name or number (0 to 255), found \"urgent\"" },
	{ "proto udp" PORTS "id 65536",
	    "column 65: expected an id (0 to 65535)" },
	{ "proto udp" PORTS6 "id 5",
	    "column 67: only a fragment of IPv6 has an id" },
	{ "proto udp" PORTS "df frag 100",
	    "column 70: a packet with df is not cut into fragments" },
	{ "proto udp" PORTS "frag 27",
	    "column 67: expected at least 28 for fragments of IPv4" },
	{ "proto udp" PORTS6 "frag 55",
	    "column 69: expected at least 56 for fragments of IPv6" },
	{ "proto icmp" FROM_TO "icmp-type pingpong", "column 53: expected a "
	    "type of ICMP by name or number (0 to 255), found \"pingpong\"" },
	{ "proto icmp" FROM_TO "icmp-type timex code port-unr",
	    "column 64: expected a code of the type before it, by name or "
	    "number (0 to 255), found \"port-unr\"" },
	{ "proto icmp" FROM_TO "code transit icmp-type timex",
	    "column 48: expected a code of the type before it, by name or "
	    "number (0 to 255), found \"transit\"" },
	{ "proto icmp" FROM_TO "mtu 1300",
	    "column 47: an MTU is told by icmp-type unreach code needfrag" },
	{ "proto icmp6" FROM_TO6 "icmp6-type 1 mtu 1300",
	    "column 64: an MTU is told by icmp6-type toobig" },
	{ "proto icmp" FROM_TO "icmp-type unreach mtu 65536",
	    "column 65: expected an MTU (0 to 65535), found \"65536\"" },
	{ "proto udp" PORTS "payload abc", "column 70: expected text in "
	    "quotes, hex or file, found \"abc\"" },
	{ "proto udp" PORTS "payload \"abc", "column 70: these quotes have no "
	    "end" },
	{ "proto udp" PORTS "payload \"abc\"df",
	    "column 75: expected a blank after the quote" },
	{ "proto udp" PORTS "payload\"abc\"",
	    "column 69: expected a blank before the quote" },
	{ "proto udp" PORTS "payload \"a\\q\"", "column 72: expected \\n, \\r, "
	    "\\t, \\0, \\xHH, \\\\ or a quote after the backslash" },
	{ "proto udp" PORTS "payload \"\\x1\"", "column 71: expected \\n, \\r, "
	    "\\t, \\0, \\xHH, \\\\ or a quote after the backslash" },
	{ "proto udp" PORTS "payload \"\\", "column 71: expected \\n, \\r, "
	    "\\t, \\0, \\xHH, \\\\ or a quote after the backslash" },
	{ "proto udp" PORTS "payload hex abc", "column 74: expected "
	    "hexadecimal digits, two for each byte, found \"abc\"" },
	{ "proto udp" PORTS "payload hex 0x", "column 74: expected "
	    "hexadecimal digits, two for each byte, found \"0x\"" },
	{ "proto udp" PORTS "payload hex \"12\"", "column 74: expected "
	    "hexadecimal digits, two for each byte, found text in quotes" },
	{ "proto udp" PORTS "payload file",
	    "column 74: expected the path of a file, found the end" },
	{ "proto udp" PORTS "length 65536", "column 69: expected a length "
	    "(0 to 65535), found \"65536\"" },
	{ "proto udp" PORTS "length 65508",
	    "a packet of 65536 bytes cannot be, 65535 is the most" },
	{ "proto udp" PORTS "offset 9 length 1", "a fragment's offset is a "
	    "multiple of 8 below 65536" },
	{ "proto udp" PORTS "\"text\"", "column 62: expected one of in out "
	    "on inet inet6 ttl hlim tos id df no-df flowlabel mf offset frag "
	    "payload length, found text in quotes" },
	{ "proto udp" PORTS "0123456789012345678901234567890123456789012345",
	    "column 62: expected one of in out on inet inet6 ttl hlim tos id "
	    "df no-df flowlabel mf offset frag payload length, found "
	    "\"0123456789012345678901234567890123456789...\"" }
};

static void
wrong(void **state)
{
	size_t	 i;

	(void)state;
	for (i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		errno = 0;
		if (words_parse(wrongs[i].text, &words, errbuf,
		    sizeof(errbuf)) == 0)
			fail_msg("%s: nothing wrong", wrongs[i].text);
		if (strcmp(errbuf, wrongs[i].error) != 0)
			fail_msg("%s: %s", wrongs[i].text, errbuf);
		assert_int_equal(errno, EINVAL);
		assert_null(words.payload);
	}
	/* Little room for the sentence. */
	for (i = 0; i < 60; i++) {
		char	*small = malloc(i + 1);

		assert_non_null(small);
		assert_int_equal(words_parse("proto tcp flgs", &words, small,
		    i), -1);
		free(small);
	}
}

/* What the page heads an item with: mark the words explained. */
static void
mark_explained(char *line, uint64_t *explained)
{
	char	*last, *token;
	size_t	 i;

	for (token = strtok_r(line, " \n", &last); token != NULL;
	    token = strtok_r(NULL, " \n", &last))
		for (i = 0; i < CLAUSES; i++)
			if (strcmp(token, clauses[i].word) == 0)
				*explained |= (uint64_t)1 << i;
}

/* Make the packets in a line of the page.  Returns how many. */
static size_t
try_examples(char *line)
{
	char	*end, *text;
	size_t	 n = 0;

	/* As roff writes a backslash. */
	for (text = line; (text = strstr(text, "\\e")) != NULL; text++)
		memmove(text + 1, text + 2, strlen(text + 1));
	for (text = line; (text = strstr(text, "-e '")) != NULL; text = end) {
		text += 4;
		if ((end = strchr(text, '\'')) == NULL)
			fail_msg("no end: %s", text);
		*end++ = '\0';
		(void)make(text);
		n++;
	}
	return (n);
}

/* The manual page explains every word, and its examples are packets. */
static void
manual(void **state)
{
	static const char *const pages[] = {
		"../share/man/divertinject.8", "share/man/divertinject.8"
	};
	char		 line[512];
	uint64_t	 explained;
	size_t		 i, n;
	FILE		*f;

	(void)state;
	for (f = NULL, i = 0;
	    f == NULL && i < sizeof(pages) / sizeof(pages[0]); i++)
		f = fopen(pages[i], "r");
	if (f == NULL) {
		print_message("# no divertinject(8)\n");
		skip();
	}
	explained = 0;
	n = 0;
	while (fgets(line, sizeof(line), f) != NULL) {
		n += try_examples(line);
		if (strncmp(line, ".It Cm ", 7) == 0)
			mark_explained(line, &explained);
	}
	fclose(f);
	assert_true(n >= 8);
	for (i = 0; i < CLAUSES; i++)
		if ((explained & (uint64_t)1 << i) == 0)
			fail_msg("%s is not explained", clauses[i].word);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scapy),
		cmocka_unit_test(way),
		cmocka_unit_test(names),
		cmocka_unit_test(payload_file),
		cmocka_unit_test(wrong),
		cmocka_unit_test(manual)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
