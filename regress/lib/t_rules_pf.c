/* SPDX-License-Identifier: ISC */

/*
 * The lines of a pf.conf(5) as people have them: each is taken and means what
 * it means there, or it is refused, at its place, with what to write instead.
 * And how a file full of mistakes is told.
 */

#include "compat.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../bin/divertnat/rules.h"

static char	 errbuf[4096];
static char	 printed[1 << 16];

static void
append(void *arg, const char *line)
{
	(void)arg;
	strlcat(printed, line, sizeof(printed));
	strlcat(printed, "\n", sizeof(printed));
}

static struct rules *
parse(const char *text, size_t len)
{
	return (rules_parse("r", text, len, errbuf, sizeof(errbuf)));
}

static void
check_bytes(const char *text, size_t len, const char *expected)
{
	struct rules	*rules;

	if ((rules = parse(text, len)) == NULL)
		fail_msg("%s\n%s", errbuf, text);
	printed[0] = '\0';
	assert_int_equal(rules_print(rules, append, NULL), 0);
	if (strcmp(printed, expected) != 0)
		fail_msg("%s\nis\n%sand not\n%s", text, printed, expected);
	rules_free(rules);
}

static void
check(const char *text, const char *expected)
{
	check_bytes(text, strlen(text), expected);
}

static void
check_error(const char *text, const char *expected)
{
	errno = 0;
	assert_null(parse(text, strlen(text)));
	assert_int_equal(errno, EINVAL);
	if (strcmp(errbuf, expected) != 0) {
		print_error("%s\n", errbuf);
		fail_msg("and not\n%s", expected);
	}
}

#define MACROS								\
	"ext_if = em0\nint_if = \"em1\"\nweb = \"192.168.1.10\"\n"	\
	"localnet = $int_if:network\ntcp_services = \"{ 22, 80, 443 }\"\n"

static void
taken(void **state)
{
	(void)state;
	check(MACROS "match out on $ext_if inet from ($int_if:network) to any "
	    "nat-to ($ext_if:0)",
	    "match out on em0 inet from (em1:network) to any nat-to (em0)\n");
	check(MACROS "match out on $ext_if inet from ($localnet) nat-to "
	    "($ext_if)",
	    "match out on em0 inet from (em1:network) to any nat-to (em0)\n");
	check(MACROS "match out on $ext_if inet from !($ext_if:network) to "
	    "any nat-to ($ext_if:0)",
	    "match out on em0 inet from ! (em0:network) to any nat-to "
	    "(em0)\n");
	check(MACROS "match in on $ext_if inet proto tcp to ($ext_if) port "
	    "$tcp_services rdr-to $web",
	    "match in on em0 inet proto tcp from any to (em0) port 22 rdr-to "
	    "192.168.1.10\n"
	    "match in on em0 inet proto tcp from any to (em0) port 80 rdr-to "
	    "192.168.1.10\n"
	    "match in on em0 inet proto tcp from any to (em0) port 443 rdr-to "
	    "192.168.1.10\n");
	check(MACROS "pass in quick log on $ext_if inet proto tcp from any to "
	    "($ext_if) port 8080 rdr-to $web port 80 keep state",
	    "match in log on em0 inet proto tcp from any to (em0) port 8080 "
	    "rdr-to 192.168.1.10 port 80\n");
	check("pass in on em0 inet proto udp from any to (em0) port "
	    "27000:27100 rdr-to 192.168.1.20 port 27000:*",
	    "match in on em0 inet proto udp from any to (em0) port "
	    "27000:27100 rdr-to 192.168.1.20 port 27000:*\n");
	check("match in on em0 inet proto { tcp udp } to (em0) port 53 rdr-to "
	    "{ 10.0.0.1 10.0.0.2 } round-robin sticky-address",
	    "match in on em0 inet proto { tcp, udp } from any to (em0) port 53 "
	    "rdr-to { 10.0.0.1, 10.0.0.2 } sticky-address\n");
	check("match out on em0 from 10.0.0.0/8 nat-to { 203.0.113.10 "
	    "203.0.113.11 } source-hash",
	    "match out on em0 inet from 10.0.0.0/8 to any nat-to { "
	    "203.0.113.10, 203.0.113.11 } source-hash\n");
	check("match out on em0 inet proto udp from any port 500 to any "
	    "nat-to (em0) static-port",
	    "match out on em0 inet proto udp from any port 500 to any nat-to "
	    "(em0) static-port\n");
	check("pass on em0 from 10.1.2.3 to any binat-to 203.0.113.5",
	    "match on em0 inet from 10.1.2.3 to any binat-to 203.0.113.5\n");
	check("match out on em0 inet from 10/8 to !<private> nat-to (em0)",
	    "table <t1> { 0.0.0.0/0, !10.0.0.0/8, !172.16.0.0/12, "
	    "!192.168.0.0/16 }\n"
	    "match out on em0 inet from 10.0.0.0/8 to <t1> nat-to (em0)\n");
	check("match in on em1 inet proto tcp from any to any port = 80 "
	    "rdr-to 127.0.0.1 port 3128",
	    "match in on em1 inet proto tcp from any to any port 80 rdr-to "
	    "127.0.0.1 port 3128\n");
	check("set limit { states 20000, frags 5000 }\nset timeout { frag 30 }",
	    "set timeout frag 30\nset limit states 20000\n"
	    "set limit frags 5000\n");
}

/* A line each; mistakes of one go, so that all of them are told. */
static void
refused(void **state)
{
	(void)state;
	check_error(MACROS
	    "set skip on lo\n"
	    "set block-policy drop\n"
	    "match in all scrub (no-df max-mss 1440)\n"
	    "match out on egress inet from any to any nat-to (em0)\n"
	    "match out on em0 inet from !(egress:network) nat-to (egress:0)\n"
	    "match out on em0 inet from $localnet to any nat-to (em0)\n"
	    "match out on em0 inet all nat-to em0:0\n"
	    "antispoof quick for em0\n"
	    "block all\n"
	    "pass in proto tcp to port 80 rdr-to $web flags S/SA keep state\n"
	    "pass in on em0 rdr-to $web tag WEB\n"
	    "pass in on em0 rdr-to $web label \"web\"\n"
	    "match out from 10/8 nat-to 1.2.3.0/24 source-hash 0x12\n"
	    "match out on em0 from !{ 10/8 172.16/12 } nat-to (em0)\n"
	    "anchor \"ftp-proxy/*\"\n"
	    "nat on em0 from 10/8 to any -> (em0)\n"
	    "pass out on em0 from 10.1.2.3 to any binat-to 203.0.113.5\n",
	    "r:6:5: \"skip\": leave it out: what the firewall does not divert "
	    "is skipped\n"
	    "r:7:5: \"block-policy\": write \"set unmatched\"\n"
	    "r:8:14: \"scrub\": leave it out: for the segment size write \"set "
	    "max-mss\" on a line of its own\n"
	    "r:9:14: \"egress\": interface groups are not known here, write "
	    "the name of the interface\n"
	    "r:10:30: \"egress\": interface groups are not known here, write "
	    "the name of the interface\n"
	    "r:11:28: an interface stands in parentheses: write "
	    "\"(em1:network)\" (in \"$localnet\" of line 4)\n"
	    "r:12:34: an interface stands in parentheses: write \"(em0:0)\"\n"
	    "r:13:1: \"antispoof\": leave it out: which packets may pass is "
	    "for the firewall to say\n"
	    "r:14:1: \"block\": leave it out: which packets may pass is for "
	    "the firewall to say\n"
	    "r:15:42: \"flags\": leave it out: which packets may pass is for "
	    "the firewall to say\n"
	    "r:16:28: \"tag\": leave it out: tags are for the firewall to "
	    "give\n"
	    "r:17:28: \"label\": leave it out: rules are known by their "
	    "lines\n"
	    "r:18:51: \"source-hash\" has no key here: leave it out\n"
	    "r:19:24: \"!\" stands before one host: put the list into a "
	    "table, and write \"! <table>\"\n"
	    "r:20:1: \"anchor\": write the rules here: there are no anchors\n"
	    "r:21:1: \"nat\": write \"match out on em0 from ... to ... nat-to "
	    "(em0)\"\n"
	    "r:22:6: \"binat-to\" works both ways: leave out \"out\"");
	/* In quotes it is the name of an interface. */
	check("pass on \"egress\" from (\"egress:network\") to (\"egress\")",
	    "pass on \"egress\" from (\"egress:network\") to (\"egress\")\n");
}

/* Line and column, whatever stands before. */
static void
places(void **state)
{
	(void)state;
	/* A tab is one column, a line may be joined and end in CR LF. */
	check_error("pass\tin\tx", "r:1:9: expected in, out, log, on, inet, "
	    "inet6, proto, from, to, all, nat-to, rdr-to, binat-to, npt-to or "
	    "the end of the line, found \"x\"");
	check_error("pass\r\n\tset hairpin\r\n", "r:2:14: expected off or "
	    "on, found the end of the line");
	check_error("pass in \\\r\n on \\\n\tem0 \\\n  from 10/99\n",
	    "r:4:8: expected a prefix length (0 to 32), found \"99\"");
	check_error("# \303\244\npass from { 10.0.0.1,\n\t10.0.0.300 }",
	    "r:3:2: expected an address, found \"10.0.0.300\" (names of hosts "
	    "are not looked up, the address of an interface is written "
	    "\"(em0)\")");
	/* A macro: where it is used, and where it is from. */
	check_error("a = 10.0.0.0\nb = \"{ $a 10/40 }\"\npass from $a/33\n",
	    "r:3:11: expected a prefix length (0 to 32), found \"33\" (in "
	    "\"$a\" of line 1)");
	check_error("\n\nhosts = \"10.0.0.1 10.0.0/40\"\npass from { 1.2.3.4 "
	    "$hosts }\n",
	    "r:4:21: expected a prefix length (0 to 32), found \"40\" (in "
	    "\"$hosts\" of line 3)");
	/* The text behind a macro is the text's again. */
	check_error("a = em0\npass on $a zzz",
	    "r:2:12: expected in, out, log, on, inet, inet6, proto, from, to, "
	    "all, nat-to, rdr-to, binat-to, npt-to or the end of the line, "
	    "found \"zzz\"");
}

/* After a mistake the next line is looked at, and nothing in between. */
static void
several_mistakes(void **state)
{
	char	 text[2048] = "", *line, *rest;
	int	 i;

	(void)state;
	check_error("pass x \\\n y {\npass in out\n",
	    "r:1:6: expected in, out, log, on, inet, inet6, proto, from, to, "
	    "all, nat-to, rdr-to, binat-to, npt-to or the end of the line, "
	    "found \"x\"");
	check_error("pass from { 10.0.0.1, x,\n10.0.0.2 # }\n,\n10.0.0.3 }\n"
	    "pass in out\n",
	    "r:1:23: expected an address, found \"x\" (names of hosts are not "
	    "looked up, the address of an interface is written \"(em0)\")\n"
	    "r:5:9: a rule has one direction: leave out both words for both");
	check_error("pass in out\npass from { }\npass in out",
	    "r:1:9: a rule has one direction: leave out both words for both\n"
	    "r:2:13: expected \"any\", an address, a prefix, a <table> or an "
	    "\"(interface)\", found \"}\"\n"
	    "r:3:9: a rule has one direction: leave out both words for both");
	check_error("a = { 1.2.3.4\n1.2.3.5 }\nmatch\n",
	    "r:1:5: the list of a macro stands in quotes: a = \"{ a, b }\"\n"
	    "r:3:6: expected \"nat-to\", \"rdr-to\", \"binat-to\" or "
	    "\"npt-to\" (\"match\" alone does nothing, \"pass\" exempts), "
	    "found the end of the line");
	/* Not without end. */
	for (i = 0; i < 100; i++)
		strlcat(text, "pass in out\n", sizeof(text));
	assert_null(parse(text, strlen(text)));
	rest = errbuf;
	for (i = 0; (line = strsep(&rest, "\n")) != NULL; i++)
		assert_int_equal(strncmp(line, "r:", 2), 0);
	assert_int_equal(i, 20);
	/* With little room the first is whole, and nothing is behind it. */
	memset(errbuf, 'x', sizeof(errbuf));
	assert_null(rules_parse("r", text, strlen(text), errbuf, 80));
	assert_int_equal(strlen(errbuf), 79);
	assert_int_equal(errbuf[80], 'x');
	assert_int_equal(strncmp(errbuf, "r:1:9: a rule has one direction: "
	    "leave out both words for both\nr:2:9: ", 70), 0);
}

static void
encodings(void **state)
{
	static const char	 utf16[] = "\377\376p\0a\0s\0s\0";

	(void)state;
	check("\357\273\277pass\r\n", "pass from any to any\n");
	check("pass # \303\244\303\266 \342\200\234", "pass from any to any\n");
	check("set state-file \"/\303\244\"", "set state-file \"/\303\244\"\n");
	check("pass \\\n", "pass from any to any\n");
	/* The mark stands at the start alone. */
	check_error("pass\n\357\273\277pass", "r:2:1: a character (0xef) that "
	    "has no meaning here");
	check_error("pass from\302\240any", "r:1:10: a character (0xc2) that "
	    "has no meaning here");
	check_error("pass \342\200\234", "r:1:6: a character (0xe2) that has "
	    "no meaning here");
	assert_null(parse(utf16, sizeof(utf16) - 1));
	assert_string_equal(errbuf, "r:1:1: a character (0xff) that has no "
	    "meaning here");
}

/* Where a macro ends nothing is put in between. */
static void
macros(void **state)
{
	(void)state;
	check("if = em\npass on $if-0\n",
	    "pass on em-0 from any to any\n");
	check("a = 10.0.0\npass from $a.7", "pass inet from 10.0.0.7 to any\n");
	check("e = \"\"\npass $e on em0$e", "pass on em0 from any to any\n");
	check("t = \"<\"\npass from $t private>",
	    "pass inet from { 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 } to "
	    "any\n");
	check("a = em0\nb = em1\npass on {$a$b}",
	    "pass on em0 from any to any\npass on em1 from any to any\n");
	check_error("q = \"'em\"\npass on $q'", "r:2:9: a quote is not closed "
	    "on its line (in \"$q\" of line 1)");
	check_error("q = \"'\"\npass on $q'", "r:2:9: a quote is not closed "
	    "on its line (in \"$q\" of line 1)");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(taken),
		cmocka_unit_test(refused),
		cmocka_unit_test(places),
		cmocka_unit_test(several_mistakes),
		cmocka_unit_test(encodings),
		cmocka_unit_test(macros)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
