/* SPDX-License-Identifier: ISC */

/*
 * Filters: libpcap's expressions with direction and exact interface names,
 * on packets that begin at the IP header.
 */

#include "compat.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "frames.h"

static uint8_t	store[DIVERT_HEADROOM + 2048];

static struct divert_packet
packet(const uint8_t *data, size_t len, enum divert_direction direction,
    const char *ifname)
{
	struct divert_packet	 pkt;

	memset(&pkt, 0, sizeof(pkt));
	memset(store, 0x5a, sizeof(store));
	pkt.data = store + DIVERT_HEADROOM;
	memcpy(pkt.data, data, len);
	pkt.len = pkt.wirelen = (uint32_t)len;
	pkt.direction = (uint8_t)direction;
	memcpy(pkt.ifname, ifname, strnlen(ifname, sizeof(pkt.ifname) - 1));
	return (pkt);
}

static int
matches(const char *expression, const struct divert_packet *pkt)
{
	struct divert_filter	*filter;
	char			 errbuf[256];
	uint8_t			 before[sizeof(store)];
	int			 result;

	if ((filter = divert_filter_compile(expression, errbuf,
	    sizeof(errbuf))) == NULL)
		fail_msg("%s: %s", expression, errbuf);
	memcpy(before, store, sizeof(before));
	result = divert_filter_match(filter, pkt);
	/* The headroom was borrowed: it is as it was. */
	assert_memory_equal(before, store, sizeof(before));
	divert_filter_free(filter);
	return (result);
}

static void
everything(void **state)
{
	struct divert_packet	 pkt;

	(void)state;
	pkt = packet(v4, sizeof(v4), DIVERT_DIRECTION_NONE, "");
	assert_int_equal(matches("", &pkt), 1);
	assert_int_equal(matches(" \t\n", &pkt), 1);
	assert_int_equal(divert_filter_match(NULL, &pkt), 1);
	divert_filter_free(NULL);
	pkt.len = 0;
	assert_int_equal(matches("", &pkt), 1);
	assert_int_equal(matches("ip", &pkt), 0);
}

static void
directions(void **state)
{
	struct divert_packet	 pkt;

	(void)state;
	pkt = packet(v4, sizeof(v4), DIVERT_DIRECTION_IN, "em0");
	assert_int_equal(matches("inbound", &pkt), 1);
	assert_int_equal(matches("outbound", &pkt), 0);
	assert_int_equal(matches("not outbound and udp", &pkt), 1);
	pkt.direction = DIVERT_DIRECTION_OUT;
	assert_int_equal(matches("inbound", &pkt), 0);
	assert_int_equal(matches("outbound", &pkt), 1);
	pkt.direction = DIVERT_DIRECTION_NONE;
	assert_int_equal(matches("inbound", &pkt), 0);
	assert_int_equal(matches("outbound", &pkt), 0);
}

/* libpcap itself lets em1 match em10. */
static void
interfaces(void **state)
{
	static const struct {
		const char	*ifname, *expression;
		int		 matches;
	} cases[] = {
		{ "em1", "on em1", 1 }, { "em10", "on em1", 0 },
		{ "em1", "on em10", 0 }, { "em10", "on em10", 1 },
		{ "em1", "ifname em1", 1 }, { "em10", "ifname em1", 0 },
		{ "em1", "on \\em1", 1 }, { "em10", "on \\em1", 0 },
		{ "em1", "not on em10 and udp", 1 },
		{ "em1", "(on em1)", 1 }, { "em10", "(on em1)", 0 },
		{ "em1", "on em1&&udp", 1 }, { "em1", "on em1||tcp", 1 },
		{ "em1", "on em1 and tcp", 0 },
		{ "em1", "on\tem1\nand udp", 1 },
		{ "em2", "on em1 or on em2", 1 },
		{ "", "on em1", 0 }, { "", "not on em1", 1 },
		{ "eth0.100", "on eth0.100", 1 },
		{ "eth0.100", "on eth0", 0 },
		{ "br-lan", "on br-lan", 1 }, { "br-lan", "on br", 0 },
		{ "len", "on len", 1 }, { "tcp", "on tcp", 1 },
		{ "ifname14bytes.", "on ifname14bytes.", 1 },
		{ "ifname14bytes.x", "on ifname14bytes.", 0 },
		{ "ifname14bytes.x", "on ifname14bytes.x", 1 },
		{ "ifname14bytes.x", "on ifname14bytes.y", 0 },
		{ "em1", "host 192.0.2.1 and on em1", 1 },
	};
	struct divert_packet	 pkt;
	size_t			 i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		pkt = packet(v4, sizeof(v4), DIVERT_DIRECTION_IN,
		    cases[i].ifname);
		if (matches(cases[i].expression, &pkt) != cases[i].matches)
			fail_msg("%s: %s on %s", cases[i].expression,
			    cases[i].matches ? "no match" : "match",
			    cases[i].ifname);
	}
}

static void
headers(void **state)
{
	static const struct {
		const char	*expression;
		int		 v4, v6;
	} cases[] = {
		{ "ip", 1, 0 }, { "ip6", 0, 1 }, { "tcp", 0, 1 },
		{ "udp", 1, 0 }, { "port 53", 1, 0 }, { "port 80", 0, 1 },
		{ "src port 4096", 1, 1 }, { "dst port 4096", 0, 0 },
		{ "tcp port 80", 0, 1 }, { "portrange 50-60", 1, 0 },
		{ "host 198.51.100.2", 1, 0 }, { "host 2001:db8::2", 0, 1 },
		{ "net 192.0.2.0/24", 1, 0 }, { "net 2001:db8::/32", 0, 1 },
		{ "ip[8] = 64", 1, 0 }, { "ip6[7] = 64", 0, 1 },
		{ "tcp[tcpflags] & tcp-syn != 0", 0, 0 },
		{ "udp[8] = 0x61 and udp[10] = 0x63", 1, 0 },
		{ "inbound and (tcp or udp)", 1, 1 },
		{ "icmp or icmp6", 0, 0 },
	};
	struct divert_packet	 pkt;
	size_t			 i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		pkt = packet(v4, sizeof(v4), DIVERT_DIRECTION_IN, "em0");
		if (matches(cases[i].expression, &pkt) != cases[i].v4)
			fail_msg("%s, IPv4", cases[i].expression);
		pkt = packet(v6, sizeof(v6), DIVERT_DIRECTION_IN, "em0");
		if (matches(cases[i].expression, &pkt) != cases[i].v6)
			fail_msg("%s, IPv6", cases[i].expression);
	}
}

/* Lengths are the packet's on the wire, not those of what was captured. */
static void
lengths(void **state)
{
	struct divert_packet	 pkt;

	(void)state;
	pkt = packet(v4, sizeof(v4), DIVERT_DIRECTION_IN, "em0");
	assert_int_equal(matches("len = 31", &pkt), 1);
	assert_int_equal(matches("greater 31", &pkt), 1);
	assert_int_equal(matches("greater 32", &pkt), 0);
	assert_int_equal(matches("less 31", &pkt), 1);
	assert_int_equal(matches("less 30", &pkt), 0);
	pkt.wirelen = 1500;
	assert_int_equal(matches("len = 1500", &pkt), 1);
	assert_int_equal(matches("udp port 53", &pkt), 1);
	/* What was not captured is not read. */
	pkt.len = 22;
	assert_int_equal(matches("udp src port 4096", &pkt), 1);
	assert_int_equal(matches("udp dst port 53", &pkt), 0);
}

static void
rules(void **state)
{
	struct divert_packet	 pkt;

	(void)state;
	pkt = packet(v4, sizeof(v4), DIVERT_DIRECTION_IN, "em0");
	assert_int_equal(matches("rulenum 0", &pkt), 0);
	pkt.flags |= DIVERT_PACKET_HAS_RULE;
	pkt.rule = 70000;
	assert_int_equal(matches("rulenum 70000", &pkt), 1);
	assert_int_equal(matches("rulenum 7", &pkt), 0);
}

static void
errors(void **state)
{
	static const struct {
		const char	*expression;
		int		 hint;
	} cases[] = {
		{ "tcp port", 0 }, { "nonsense here", 0 },
		{ "on (em1 or em2)", 0 }, { "on", 0 },
		{ "on sixteen.bytes.xx", 0 }, { "(udp", 0 },
		{ "ether host 02:00:00:00:00:01", 1 }, { "vlan 7", 1 },
		{ "udp and (vlan 7)", 1 }, { "arp", 1 },
	};
	char	 errbuf[256];
	size_t	 i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		errno = 0;
		errbuf[0] = '\0';
		if (divert_filter_compile(cases[i].expression, errbuf,
		    sizeof(errbuf)) != NULL)
			fail_msg("%s compiles", cases[i].expression);
		assert_int_equal(errno, EINVAL);
		assert_int_not_equal(errbuf[0], '\0');
		if ((strstr(errbuf, "packets here begin at the IP header") !=
		    NULL) != cases[i].hint)
			fail_msg("%s: %s", cases[i].expression, errbuf);
	}
	/* A buffer too small is filled as far as it goes. */
	assert_null(divert_filter_compile("nonsense here", errbuf, 5));
	assert_int_equal(strlen(errbuf), 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything),
		cmocka_unit_test(directions),
		cmocka_unit_test(interfaces),
		cmocka_unit_test(headers),
		cmocka_unit_test(lengths),
		cmocka_unit_test(rules),
		cmocka_unit_test(errors),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
