/* SPDX-License-Identifier: ISC */

/*
 * Rules: what lines are understood as, written out by hand from pf.conf(5);
 * what is refused, with the place; and properties against slow, plain ways to
 * do the same: ports one by one, addresses bit by bit, random rules that
 * must come out of printing and parsing as they were.
 */

#include "compat.h"

#include <stdlib.h>

/* The nth allocation fails; 0: none. */
static unsigned int	 fail_at, allocations;

static void *
calloc_or_fail(size_t n, size_t size)
{
	return (++allocations == fail_at ? NULL : calloc(n, size));
}

static void *
malloc_or_fail(size_t size)
{
	return (++allocations == fail_at ? NULL : malloc(size));
}

static void *
realloc_or_fail(void *p, size_t size)
{
	return (++allocations == fail_at ? NULL : realloc(p, size));
}
#define calloc	calloc_or_fail
#define malloc	malloc_or_fail
#define realloc	realloc_or_fail

#include "../../bin/divertnat/rules_address.c"
#include "../../bin/divertnat/rules_check.c"
#include "../../bin/divertnat/rules_expand.c"
#include "../../bin/divertnat/rules_hosts.c"
#include "../../bin/divertnat/rules_match.c"
#include "../../bin/divertnat/rules_memory.c"
#include "../../bin/divertnat/rules_parse.c"
#include "../../bin/divertnat/rules_ports.c"
#include "../../bin/divertnat/rules_print.c"
#include "../../bin/divertnat/rules_rule.c"
#include "../../bin/divertnat/rules_scan.c"
#include "../../bin/divertnat/rules_set.c"
#include "../../bin/divertnat/rules_table.c"

#undef calloc
#undef malloc
#undef realloc

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static char	 errbuf[512];
static char	 printed[1 << 20];
static uint64_t	 seed = 1;

static unsigned int
random_below(unsigned int n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return ((unsigned int)(seed >> 32) % n);
}

static struct rules *
parse(const char *text)
{
	return (rules_parse("r", text, strlen(text), errbuf, sizeof(errbuf)));
}

static struct rules *
must_parse(const char *text)
{
	struct rules	*rules = parse(text);

	if (rules == NULL)
		fail_msg("%s\n%s", errbuf, text);
	return (rules);
}

static void
append(void *arg, const char *line)
{
	(void)arg;
	assert_null(strchr(line, '\n'));
	strlcat(printed, line, sizeof(printed));
	strlcat(printed, "\n", sizeof(printed));
}

static const char *
print(const struct rules *rules)
{
	printed[0] = '\0';
	assert_int_equal(rules_print(rules, append, NULL), 0);
	return (printed);
}

static void
same_hosts(const struct rule_hosts *a, const struct rule_hosts *b)
{
	unsigned int	 i;

	assert_int_equal(a->n, b->n);
	for (i = 0; i < a->n; i++)
		assert_memory_equal(&a->nets[i], &b->nets[i],
		    sizeof(a->nets[i]));
}

/* All but the lines they stand in. */
static void
same_rules(const struct rules *a, const struct rules *b)
{
	const struct rule	*r, *s;
	unsigned int		 i, j;

	assert_memory_equal(a->settings.timeout, b->settings.timeout,
	    sizeof(a->settings.timeout));
	assert_memory_equal(a->settings.limit, b->settings.limit,
	    sizeof(a->settings.limit));
	assert_int_equal(a->settings.mapping, b->settings.mapping);
	assert_int_equal(a->settings.filtering, b->settings.filtering);
	assert_int_equal(a->settings.address_change,
	    b->settings.address_change);
	assert_int_equal(a->settings.hairpin, b->settings.hairpin);
	assert_int_equal(a->settings.unmatched_drops,
	    b->settings.unmatched_drops);
	assert_int_equal(a->settings.refresh_inbound,
	    b->settings.refresh_inbound);
	assert_int_equal(a->settings.notify, b->settings.notify);
	assert_int_equal(a->settings.mss, b->settings.mss);
	assert_int_equal(a->settings.state_every, b->settings.state_every);
	if (a->settings.state_file == NULL)
		assert_null(b->settings.state_file);
	else
		assert_string_equal(a->settings.state_file,
		    b->settings.state_file);
	assert_int_equal(a->n, b->n);
	for (i = 0; i < a->n; i++) {
		r = &a->rules[i];
		s = &b->rules[i];
		assert_int_equal(r->kind, s->kind);
		assert_int_equal(r->direction, s->direction);
		assert_int_equal(r->family, s->family);
		assert_string_equal(r->ifname, s->ifname);
		for (j = 0; j < 4; j++)
			assert_true(r->protos[j] == s->protos[j]);
		same_hosts(&r->from, &s->from);
		same_hosts(&r->to, &s->to);
		same_hosts(&r->pool, &s->pool);
		assert_memory_equal(&r->from_ports, &s->from_ports,
		    sizeof(r->from_ports));
		assert_memory_equal(&r->to_ports, &s->to_ports,
		    sizeof(r->to_ports));
		assert_memory_equal(&r->ports, &s->ports, sizeof(r->ports));
		assert_int_equal(r->shift, s->shift);
		assert_int_equal(r->static_port, s->static_port);
		assert_int_equal(r->sticky, s->sticky);
		assert_int_equal(r->policy, s->policy);
		assert_int_equal(r->log, s->log);
	}
	assert_int_equal(a->ninterfaces, b->ninterfaces);
	for (i = 0; i < a->ninterfaces; i++)
		assert_string_equal(a->interfaces[i], b->interfaces[i]);
}

/* Understood as this, and so is what was printed. */
static void
check(const char *text, const char *expected)
{
	struct rules	*rules, *again;
	char		*copy;

	rules = must_parse(text);
	if (strcmp(print(rules), expected) != 0)
		fail_msg("%s\nis\n%sand not\n%s", text, printed, expected);
	copy = strdup(printed);
	again = must_parse(copy);
	same_rules(rules, again);
	assert_string_equal(print(again), copy);
	free(copy);
	rules_free(again);
	rules_free(rules);
}

static void
check_error(const char *text, const char *expected)
{
	struct rules	*rules;

	errno = 0;
	if ((rules = parse(text)) != NULL)
		fail_msg("understood:\n%s\nas\n%s", text, print(rules));
	assert_int_equal(errno, EINVAL);
	if (strcmp(errbuf, expected) != 0)
		fail_msg("%s\n  %s\nand not\n  %s", text, errbuf, expected);
}

static void
translations(void **state)
{
	(void)state;
	check("match out on em0 inet from 10.0.0.0/8 to any nat-to "
	    "203.0.113.1\n",
	    "match out on em0 inet from 10.0.0.0/8 to any nat-to "
	    "203.0.113.1\n");
	check("match out on em0 inet nat-to (em0)",
	    "match out on em0 inet from any to any nat-to (em0)\n");
	check("match out on em0 inet all nat-to (em0:0)",
	    "match out on em0 inet from any to any nat-to (em0)\n");
	check("pass out quick log on em0 inet6 from fd00::/8 keep state "
	    "nat-to 2001:db8::1",
	    "match out log on em0 inet6 from fd00::/8 to any nat-to "
	    "2001:db8::1\n");
	check("match out from 10/8 nat-to { 203.0.113.1, 203.0.113.2 } "
	    "round-robin sticky-address",
	    "match out inet from 10.0.0.0/8 to any nat-to { 203.0.113.1, "
	    "203.0.113.2 } round-robin sticky-address\n");
	check("match out nat-to 203.0.113.77/28 random static-port",
	    "match out inet from any to any nat-to 203.0.113.64/28 random "
	    "static-port\n");
	check("match out nat-to 203.0.113.4 - 203.0.113.9 source-hash "
	    "port 1024:65535",
	    "match out inet from any to any nat-to { 203.0.113.4/30, "
	    "203.0.113.8/31 } port 1024:65535 source-hash\n");
	check("match in on em0 inet proto tcp to 203.0.113.1 port 80 rdr-to "
	    "10.0.0.5 port 8080",
	    "match in on em0 inet proto tcp from any to 203.0.113.1 port 80 "
	    "rdr-to 10.0.0.5 port 8080\n");
	check("match in proto { udp, tcp } to (em0) port 3300:3399 rdr-to "
	    "10.0.0.5 port 2300:*",
	    "match in inet proto { tcp, udp } from any to (em0) port 3300:3399 "
	    "rdr-to 10.0.0.5 port 2300:*\n");
	/* The same range, written out. */
	check("match in proto udp to (em0) port 3300:3399 rdr-to 10.0.0.5 "
	    "port 2300:2399",
	    "match in inet proto udp from any to (em0) port 3300:3399 rdr-to "
	    "10.0.0.5 port 2300:*\n");
	/* Without :* a range is folded to one port. */
	check("match in proto udp to (em0) port 2000:2999 rdr-to 10.0.0.5 "
	    "port 4000",
	    "match in inet proto udp from any to (em0) port 2000:2999 rdr-to "
	    "10.0.0.5 port 4000\n");
	check("match in proto udp to (em0) port 80 rdr-to 10.0.0.5 port "
	    "4000:*",
	    "match in inet proto udp from any to (em0) port 80 rdr-to "
	    "10.0.0.5 port 4000\n");
	check("match in proto gre to 203.0.113.1 rdr-to { 10.0.0.5 10.0.0.6 } "
	    "round-robin sticky-address",
	    "match in inet proto gre from any to 203.0.113.1 rdr-to { "
	    "10.0.0.5, 10.0.0.6 } sticky-address\n");
	check("match in to 203.0.113.1 rdr-to { 10.0.0.5 10.0.0.6 } "
	    "source-hash",
	    "match in inet from any to 203.0.113.1 rdr-to { 10.0.0.5, "
	    "10.0.0.6 } source-hash\n");
	check("match on em0 from 10.0.0.9 to any binat-to 203.0.113.9",
	    "match on em0 inet from 10.0.0.9 to any binat-to 203.0.113.9\n");
	check("match on em0 proto gre from 10.0.9.0/24 to 192.0.2.0/24 "
	    "binat-to 203.0.113.0/24",
	    "match on em0 inet proto gre from 10.0.9.0/24 to 192.0.2.0/24 "
	    "binat-to 203.0.113.0/24\n");
	check("match from 10.0.0.9 binat-to (em0)",
	    "match inet from 10.0.0.9 to any binat-to (em0)\n");
	check("match on em0 from fd01:203:405::/48 to any npt-to "
	    "2001:db8:1::/48",
	    "match on em0 inet6 from fd01:203:405::/48 to any npt-to "
	    "2001:db8:1::/48\n");
	check("match in proto udp to port 1:1000 rdr-to 10.0.0.5 port "
	    "64536:*",
	    "match in inet proto udp from any to any port 1:1000 rdr-to "
	    "10.0.0.5 port 64536:*\n");
	/* Clauses in any order. */
	check("match out random nat-to 203.0.113.1",
	    "match out inet from any to any nat-to 203.0.113.1 random\n");
	check("match nat-to 203.0.113.1 static-port to 192.0.2.0/24 proto "
	    "udp on em0 from 10.0.0.1 port 53 inet out",
	    "match out on em0 inet proto udp from 10.0.0.1 port 53 to "
	    "192.0.2.0/24 nat-to 203.0.113.1 static-port\n");
}

static void
exemptions(void **state)
{
	struct rules	*rules;

	(void)state;
	check("pass", "pass from any to any\n");
	check("pass all\n", "pass from any to any\n");
	check("pass out on em0 from 10.0.0.0/8 to 192.168.0.0/16",
	    "pass out on em0 inet from 10.0.0.0/8 to 192.168.0.0/16\n");
	check("pass in proto 47", "pass in proto gre from any to any\n");
	check("pass proto { 200, icmp, 201 }",
	    "pass proto { icmp, 200, 201 } from any to any\n");
	check("pass from { 10.0.0.0/8, fd00::/8 }",
	    "pass from { 10.0.0.0/8, fd00::/8 } to any\n");
	check("pass inet from { 10.0.0.0/8, fd00::/8 }",
	    "pass inet from 10.0.0.0/8 to any\n");
	rules = must_parse("pass");
	assert_int_equal(rules->n, 1);
	assert_int_equal(rules->rules[0].kind, RULE_PASS);
	assert_int_equal(rules->rules[0].family, 0);
	assert_int_equal(rules->rules[0].direction, DIVERT_DIRECTION_NONE);
	assert_int_equal(rules->rules[0].from.n, 0);
	assert_int_equal(rules->rules[0].to_ports.high, 65535);
	assert_true(rules->rules[0].protos[3] == UINT64_MAX);
	rules_free(rules);
}

/* Which families a rule is for. */
static void
families(void **state)
{
	(void)state;
	/* As with pfctl: both, each with an address of its own. */
	check("match out on em0 nat-to (em0)",
	    "match out on em0 inet from any to any nat-to (em0)\n"
	    "match out on em0 inet6 from any to any nat-to (em0)\n");
	check("match out on em0 from <private> nat-to (em0)",
	    "match out on em0 inet from { 10.0.0.0/8, 172.16.0.0/12, "
	    "192.168.0.0/16 } to any nat-to (em0)\n");
	check("match out from <cgn> nat-to (em0)",
	    "match out inet from 100.64.0.0/10 to any nat-to (em0)\n");
	check("match out from { 10.0.0.0/8, fd00::/8 } nat-to { 203.0.113.1, "
	    "2001:db8::1 }",
	    "match out inet from 10.0.0.0/8 to any nat-to 203.0.113.1\n"
	    "match out inet6 from fd00::/8 to any nat-to 2001:db8::1\n");
	check("match out to fd00::/8 nat-to (em0)",
	    "match out inet6 from any to fd00::/8 nat-to (em0)\n");
	check("match out from (em1:network) nat-to (em0)",
	    "match out inet from (em1:network) to any nat-to (em0)\n"
	    "match out inet6 from (em1:network) to any nat-to (em0)\n");
	/* An address denied is one of its family; a table has none. */
	check("match out proto { tcp, icmp, icmp6 } nat-to (em0)",
	    "match out inet proto { icmp, tcp } from any to any nat-to (em0)\n"
	    "match out inet6 proto { tcp, icmp6 } from any to any nat-to "
	    "(em0)\n");
	check("match out proto icmp6 nat-to { (em0), 192.0.2.1 }",
	    "match out inet6 proto icmp6 from any to any nat-to (em0)\n");
	check("pass proto { icmp, icmp6 }",
	    "pass proto { icmp, icmp6 } from any to any\n");
	check("pass from ! 10.0.0.1", "pass inet from ! 10.0.0.1 to any\n");
	check("pass from !(em0)", "pass from ! (em0) to any\n");
	check("pass inet6 from !(em0)", "pass inet6 from ! (em0) to any\n");
	check("pass from !<cgn>",
	    "table <t1> { 0.0.0.0/0, !100.64.0.0/10, ::/0 }\n"
	    "pass from <t1> to any\n");
	check("match out from !<cgn> nat-to 203.0.113.1",
	    "match out inet from ! 100.64.0.0/10 to any nat-to "
	    "203.0.113.1\n");
}

/* Lists: sets of nets, interfaces and ports become rules. */
static void
lists(void **state)
{
	(void)state;
	check("match out on { em0, em1 } inet nat-to 203.0.113.1",
	    "match out on em0 inet from any to any nat-to 203.0.113.1\n"
	    "match out on em1 inet from any to any nat-to 203.0.113.1\n");
	check("pass on any", "pass from any to any\n");
	check("pass on \"any\"", "pass on \"any\" from any to any\n");
	check("pass from { 10.0.0.1 10.0.0.2,\n\n 10.0.0.3, } to any",
	    "pass inet from { 10.0.0.1, 10.0.0.2, 10.0.0.3 } to any\n");
	check("pass from { { 10.0.0.1, 10.0.0.2 }, 10.0.0.3 }",
	    "pass inet from { 10.0.0.1, 10.0.0.2, 10.0.0.3 } to any\n");
	check("pass from { 10.0.0.1, any }", "pass from any to any\n");
	check("pass from { <cgn>, 10.0.0.1 }",
	    "pass inet from { 100.64.0.0/10, 10.0.0.1 } to any\n");
	/* Another's exception is no exception of 10.1.2.3. */
	check("table <x> { 10/8, !10.1/16 }\n"
	    "pass from { <x>, 10.1.2.3, <cgn> }",
	    "table <t1> { 10.0.0.0/8, !10.1.0.0/16 }\n"
	    "pass inet from <t1> to any\n"
	    "pass inet from { 10.1.2.3, 100.64.0.0/10 } to any\n");
	check("match in proto tcp from any port { 1, 2 } to (em0) port { 80, "
	    "443:445 } rdr-to 10.0.0.5 port 8080:*",
	    "match in inet proto tcp from any port 1 to (em0) port 80 rdr-to "
	    "10.0.0.5 port 8080\n"
	    "match in inet proto tcp from any port 1 to (em0) port 443:445 "
	    "rdr-to 10.0.0.5 port 8080:*\n"
	    "match in inet proto tcp from any port 2 to (em0) port 80 rdr-to "
	    "10.0.0.5 port 8080\n"
	    "match in inet proto tcp from any port 2 to (em0) port 443:445 "
	    "rdr-to 10.0.0.5 port 8080:*\n");
}

static void
scanning(void **state)
{
	(void)state;
	check("", "");
	check("\n\n  # nothing\n#\n", "");
	check("pass # all", "pass from any to any\n");
	check("pass \\\n  out \\\r\n on em0\r\n",
	    "pass out on em0 from any to any\n");
	/* As with pfctl a comment goes on over a joined line. */
	check("# a \\\nnot a rule\npass", "pass from any to any\n");
	check("a = em0\npass on $a", "pass on em0 from any to any\n");
	check("a = \"em0\" # c\npass on $a", "pass on em0 from any to any\n");
	check("a = 'em0'\na = 'em1'\npass on $a",
	    "pass on em1 from any to any\n");
	check("lan = \"{ 10.0.0.1, 10.0.0.2 }\"\npass from $lan",
	    "pass inet from { 10.0.0.1, 10.0.0.2 } to any\n");
	/* From pf.conf(5). */
	check("ext_if = \"kue0\"\nall_ifs = \"{\" $ext_if lo0 \"}\"\n"
	    "pass out on $ext_if\npass in on $all_ifs proto tcp from any to "
	    "any port 25",
	    "pass out on kue0 from any to any\n"
	    "pass in on kue0 proto tcp from any to any port 25\n"
	    "pass in on lo0 proto tcp from any to any port 25\n");
	check("net = 10.0.0.0\npass from $net/24",
	    "pass inet from 10.0.0.0/24 to any\n");
	check("net = \"10.0.0.0/24\"\npass from $net",
	    "pass inet from 10.0.0.0/24 to any\n");
	check("pass from \"10.0.0.0/24\" to 10.1 / 16",
	    "pass inet from 10.0.0.0/24 to 10.1.0.0/16\n");
	check("p=80\npass proto tcp to any port$p",
	    "pass proto tcp from any to any port 80\n");
	check("set state-file \"/a \\\"b\\\\c\"",
	    "set state-file \"/a \\\"b\\\\c\"\n");
	check_error("pass $a", "r:1:6: macro \"a\" is not defined");
	check_error("pass $", "r:1:6: expected the name of a macro after "
	    "\"$\"");
	check_error("a = \"x\n\"", "r:1:5: a quote is not closed on its line\n"
	    "r:2:1: a quote is not closed on its line");
	check_error("a = \"x", "r:1:5: a quote is not closed on its line");
	check_error("a = \"'x\"\npass on $a em0'\n",
	    "r:2:9: a quote is not closed on its line (in \"$a\" of line "
	    "1)");
	check_error("a = \"x\001\"",
	    "r:1:5: a control character (0x1) inside quotes");
	check_error("pass \001",
	    "r:1:6: a character (0x1) that has no meaning here");
	check_error("pass \303\244",
	    "r:1:6: a character (0xc3) that has no meaning here");
	check_error("pass `", "r:1:6: \"`\" has no meaning here");
	check_error("pass \\ out", "r:1:6: \"\\\" has no meaning here");
	check_error("a = { b }", "r:1:5: the list of a macro stands in "
	    "quotes: a = \"{ a, b }\"");
	check_error("a =", "r:1:4: expected the value of a macro, found the "
	    "end of the rules");
	check_error("a = b )", "r:1:7: expected the end of the line, found "
	    "\")\"");
	check_error("match = b", "r:1:7: expected in, out, log, on, inet, "
	    "inet6, proto, from, to, all, nat-to, rdr-to, binat-to, npt-to or "
	    "the end of the line, found \"=\"");
	check_error("port = b", "r:1:1: \"port\" is a word of the rules and "
	    "no name for a macro");
	check_error("a-b = c", "r:1:1: the name of a macro has letters, "
	    "digits and underscores alone");
	check_error("1a = c", "r:1:1: the name of a macro begins with a "
	    "letter");
	check_error("pass\nhello world", "r:2:1: expected match, pass, set, "
	    "table or name = value, found \"hello\"");
	check_error("pass\n\n  }", "r:3:3: expected match, pass, set, "
	    "table or name = value, found \"}\"");
	/* What a macro holds is wrong where it is used. */
	check_error("a = \"from nowhere\"\npass out $a\n",
	    "r:2:10: expected an address, found \"nowhere\" (names of hosts "
	    "are not looked up, the address of an interface is written "
	    "\"(em0)\") (in \"$a\" of line 1)");
	check_error("pass \\\n  out \\\n  zzz", "r:3:3: expected in, out, "
	    "log, on, inet, inet6, proto, from, to, all, nat-to, rdr-to, "
	    "binat-to, npt-to or the end of the line, found \"zzz\"");
}

static void
a_nul_byte(void **state)
{
	(void)state;
	assert_null(rules_parse("r", "pass\0", 5, errbuf, sizeof(errbuf)));
	assert_string_equal(errbuf,
	    "r:1:5: a character (0) that has no meaning here");
	/* No more than the length given is looked at. */
	rules_free(rules_parse("r", "pass}", 4, errbuf, sizeof(errbuf)));
	/* And no more room than given is used, or none at all. */
	memset(errbuf, 'x', sizeof(errbuf));
	assert_null(rules_parse("r", "}", 1, errbuf, 6));
	assert_int_equal(errbuf[5], '\0');
	assert_int_equal(errbuf[6], 'x');
	assert_null(rules_parse("r", "}", 1, NULL, 0));
}

static void
long_words(void **state)
{
	char	 text[3 * RULES_WORD_SIZE];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[RULES_WORD_SIZE - 1] = '\0';
	check_error(text, "r:1:1: expected match, pass, set, table or name = "
	    "value, found \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaa\"");
	memset(text, 'a', sizeof(text));
	text[RULES_WORD_SIZE] = '\0';
	check_error(text, "r:1:1: a word is longer than 8191 characters");
}

static void
wrong_rules(void **state)
{
	static const struct {
		const char	*text;
		const char	*error;
	} t[] = {
		{ "match", "r:1:6: expected \"nat-to\", \"rdr-to\", "
		    "\"binat-to\" or \"npt-to\" (\"match\" alone does "
		    "nothing, \"pass\" exempts), found the end of the rules" },
		{ "match out\n", "r:1:10: expected \"nat-to\", \"rdr-to\", "
		    "\"binat-to\" or \"npt-to\" (\"match\" alone does "
		    "nothing, \"pass\" exempts), found the end of the line" },
		{ "pass in out", "r:1:9: a rule has one direction: leave out "
		    "both words for both" },
		{ "pass inet inet6", "r:1:11: a rule has one address family: "
		    "leave out both words for both" },
		{ "pass log log", "r:1:10: \"log\" stands twice in a rule" },
		{ "pass on a on b", "r:1:11: \"on\" stands twice in a rule" },
		{ "pass from any from any",
		    "r:1:15: \"from\" stands twice in a rule" },
		{ "pass all from any",
		    "r:1:10: \"from\" stands twice in a rule" },
		{ "pass to any all", "r:1:13: \"all\" stands in place of "
		    "\"from\" and \"to\"" },
		{ "pass proto tcp proto udp",
		    "r:1:16: \"proto\" stands twice in a rule" },
		{ "match out nat-to 1.2.3.4 nat-to 1.2.3.5", "r:1:26: a rule "
		    "translates once: \"nat-to\" stands before \"nat-to\"" },
		{ "match out nat-to 1.2.3.4 rdr-to 1.2.3.5", "r:1:26: a rule "
		    "translates once: \"nat-to\" stands before \"rdr-to\"" },
		{ "match nat-to 1.2.3.4", "r:1:1: \"nat-to\" translates what "
		    "leaves: write \"match out\"" },
		{ "match in nat-to 1.2.3.4", "r:1:7: \"nat-to\" translates "
		    "what leaves: write \"match out\"" },
		{ "match out rdr-to 1.2.3.4", "r:1:7: \"rdr-to\" translates "
		    "what comes: write \"match in\"" },
		{ "match rdr-to 1.2.3.4", "r:1:1: \"rdr-to\" translates what "
		    "comes: write \"match in\"" },
		{ "match in from 1.2.3.4 binat-to 1.2.3.5", "r:1:7: "
		    "\"binat-to\" works both ways: leave out \"in\"" },
		{ "match out from fd00::/48 npt-to fd01::/48", "r:1:7: "
		    "\"npt-to\" works both ways: leave out \"out\"" },
		{ "match out nat-to", "r:1:17: expected an address to "
		    "translate to, a prefix or an \"(interface)\", found the "
		    "end of the rules" },
		{ "match out nat-to em0", "r:1:18: expected an address, found "
		    "\"em0\" (names of hosts are not looked up, the address "
		    "of an interface is written \"(em0)\")" },
		{ "match out nat-to <private>", "r:1:18: packets are not "
		    "translated to tables: write the addresses as a list" },
		{ "match out nat-to (em0:network)", "r:1:18: packets are not "
		    "translated to the network of an interface: write "
		    "\"(em0)\" or a prefix" },
		{ "match out nat-to (em0", "r:1:22: expected \")\", found the "
		    "end of the rules" },
		{ "match out nat-to (em0:peer)", "r:1:19: expected \"(em0)\" "
		    "or \"(em0:network)\", found \"em0:peer\"" },
		{ "match out nat-to (:0)", "r:1:19: expected the name of an "
		    "interface, found \"\"" },
		{ "match out nat-to (abcdefghijklmnop)", "r:1:19: the name of "
		    "an interface has at most 15 characters" },
		{ "match out nat-to ()", "r:1:19: expected the name of an "
		    "interface, found \")\"" },
		{ "match out nat-to { }", "r:1:20: expected an address to "
		    "translate to, a prefix or an \"(interface)\", found "
		    "\"}\"" },
		{ "match out nat-to { 1.2.3.4", "r:1:27: expected an address "
		    "to translate to, a prefix or an \"(interface)\", found "
		    "the end of the rules" },
		{ "match out nat-to { 1.2.3.4,, 1.2.3.5 }", "r:1:28: expected "
		    "an address to translate to, a prefix or an "
		    "\"(interface)\", found \",\"" },
		{ "match out nat-to 0.0.0.0", "r:1:18: no packet can be "
		    "translated to this address: it is not unicast" },
		{ "match out nat-to 224.0.0.1", "r:1:18: no packet can be "
		    "translated to this address: it is not unicast" },
		{ "match out nat-to ff02::1", "r:1:18: no packet can be "
		    "translated to this address: it is not unicast" },
		{ "match out nat-to any", "r:1:18: expected an address, found "
		    "\"any\" (names of hosts are not looked up, the address "
		    "of an interface is written \"(em0)\")" },
		{ "match out nat-to 1.2.3.4 port 0", "r:1:31: expected a port "
		    "(1 to 65535, or the name of a service), found \"0\"" },
		{ "match out nat-to 1.2.3.4 port 9:8", "r:1:31: a range of "
		    "ports that ends before it begins" },
		{ "match out nat-to 1.2.3.4 port 9:*", "r:1:26: \"nat-to\" "
		    "has a port or a range of ports, \":*\" is for "
		    "\"rdr-to\"" },
		{ "match out nat-to 1.2.3.4 port 9 static-port", "r:1:33: "
		    "ports are kept or chosen: \"static-port\" and \"port\" "
		    "cannot stand together" },
		{ "match out nat-to 1.2.3.4 random round-robin", "r:1:33: "
		    "\"round-robin\": a pool has one way to choose an "
		    "address" },
		{ "match out nat-to 1.2.3.4 source-hash sticky-address",
		    "r:1:38: \"sticky-address\" goes with round-robin and "
		    "random: with source-hash a host keeps its address "
		    "anyway" },
		{ "match in rdr-to 1.2.3.4 static-port", "r:1:25: \"rdr-to\" "
		    "cannot have \"static-port\"" },
		{ "match from 1.2.3.4 binat-to 1.2.3.5 random", "r:1:37: "
		    "\"binat-to\" cannot have a way to choose an address" },
		{ "pass round-robin", "r:1:6: a way to choose an address "
		    "stands after an address to translate to" },
		{ "pass static-port", "r:1:6: \"static-port\" stands after an "
		    "address to translate to" },
		{ "pass port 80", "r:1:6: \"port\" stands after the hosts of "
		    "\"from\" or \"to\", or after an address to translate "
		    "to" },
		{ "pass to any port 80", "r:1:13: ports are those of \"proto "
		    "tcp\", udp, sctp and udplite alone" },
		{ "pass proto { tcp, icmp } to port 80", "r:1:29: ports are "
		    "those of \"proto tcp\", udp, sctp and udplite alone" },
		{ "match in rdr-to 10.0.0.1 port 80", "r:1:26: ports are "
		    "changed of \"proto tcp\" and udp alone" },
		{ "match in proto sctp to port 80 rdr-to 10.0.0.1 port 81",
		    "r:1:48: ports are changed of \"proto tcp\" and udp "
		    "alone" },
		{ "match in proto tcp rdr-to 10.0.0.1 port 80:*", "r:1:36: a "
		    "range of ports is translated to a range: \"to\" has "
		    "none" },
		{ "match in proto tcp to port != 80 rdr-to 10.0.0.1 port 80:*",
		    "r:1:50: a range of ports is translated to a range: "
		    "\"to\" has none" },
		{ "match in proto tcp to port 1:1000 rdr-to 10.0.0.1 port "
		    "64537:*", "r:1:51: 1000 ports from 64537 on are too "
		    "many" },
		{ "match in proto tcp to port 1:10 rdr-to 10.0.0.1 port 1:9",
		    "r:1:49: expected a range of 10 ports, as \"to\" has" },
		{ "match from 10.0.0.0/24 binat-to 10.1.0.0/16", "r:1:24: "
		    "\"binat-to\" needs prefixes of one length: /24 is not "
		    "/16" },
		{ "match from any binat-to 10.1.0.0/16", "r:1:12: "
		    "\"binat-to\" needs one address or prefix after "
		    "\"from\"" },
		{ "match binat-to 10.1.0.0/16", "r:1:7: \"binat-to\" needs "
		    "one address or prefix after \"from\"" },
		{ "match from { 10.0.0.1, 10.0.0.2 } binat-to 10.1.0.1",
		    "r:1:12: \"binat-to\" needs one address or prefix after "
		    "\"from\"" },
		{ "match from ! 10.0.0.1 binat-to 10.1.0.1", "r:1:12: "
		    "\"binat-to\" needs one address or prefix after "
		    "\"from\"" },
		{ "match from 10.0.0.1 binat-to { 10.1.0.1, 10.1.0.2 }",
		    "r:1:21: \"binat-to\" has one address or prefix" },
		{ "match from (em1:network) binat-to 10.1.0.0/24", "r:1:12: "
		    "\"binat-to\" needs a prefix whose length is known: write "
		    "it out" },
		{ "match from 10.0.0.0/24 binat-to (em0)", "r:1:24: "
		    "\"binat-to\" needs prefixes of one length: /24 is not "
		    "/32" },
		{ "match proto tcp from 10.0.0.1 to any port 80 binat-to "
		    "10.1.0.1", "r:1:38: \"binat-to\" never looks at ports" },
		{ "match from 10.0.0.0/24 npt-to 10.1.0.0/24", "r:1:24: "
		    "\"npt-to\" is for IPv6 prefixes up to /64 (RFC 6296)" },
		{ "match from fd00::/65 npt-to fd01::/65", "r:1:22: "
		    "\"npt-to\" is for IPv6 prefixes up to /64 (RFC 6296)" },
		{ "match from fd00::/48 npt-to fd01::/56", "r:1:22: "
		    "\"npt-to\" needs prefixes of one length: /48 is not "
		    "/56" },
		{ "pass inet6 from 10.0.0.1", "r:1:17: the source is IPv4 and "
		    "the rule IPv6: nothing can match" },
		{ "pass from 10.0.0.1 to fd00::1", "r:1:23: the destination "
		    "is IPv6 and the rule IPv4: nothing can match" },
		{ "match out from 10.0.0.1 nat-to fd00::1", "r:1:25: the "
		    "address to translate to is IPv6 and the rule IPv4: "
		    "nothing can match" },
		{ "pass inet6 proto icmp", "r:1:18: \"icmp\" is of IPv4 and "
		    "the rule IPv6: write \"icmp6\"" },
		{ "pass proto icmp6 from 10.0.0.1", "r:1:12: \"icmp6\" is of "
		    "IPv6 and the rule IPv4: write \"icmp\"" },
		{ "pass on", "r:1:8: expected the name of an interface, found "
		    "the end of the rules" },
		{ "pass on !em0", "r:1:9: \"on !\": name the interfaces that "
		    "are meant" },
		{ "pass on (em0)", "r:1:9: expected the name of an interface, "
		    "without parentheses" },
		{ "pass on \"a b\"", "r:1:9: expected the name of an "
		    "interface, found \"a b\"" },
		{ "pass proto", "r:1:11: expected a protocol, found the end "
		    "of the rules" },
		{ "pass proto 256", "r:1:12: expected a protocol (a name, or "
		    "a number up to 255), found \"256\"" },
		{ "pass proto nosuch", "r:1:12: expected a protocol (a name, "
		    "or a number up to 255), found \"nosuch\"" },
		{ "pass from", "r:1:10: expected \"any\", an address, a "
		    "prefix, a <table> or an \"(interface)\", found the end "
		    "of the rules" },
		{ "pass from ! any", "r:1:13: \"! any\": nothing can match" },
		{ "pass from ! 0.0.0.0/0", "r:1:13: all but every address: "
		    "nothing can match" },
		{ "pass from ! ::/0", "r:1:13: all but every address: "
		    "nothing can match" },
		{ "table <t> { !10.0.0.1 }\nmatch from <t> binat-to "
		    "192.0.2.1", "r:2:12: \"binat-to\" needs one address or "
		    "prefix after \"from\"" },
		{ "pass from { 10/8, !10.1/16 }", "r:1:19: \"!\" in a list "
		    "would match nearly everything: put the list into a "
		    "table" },
		{ "pass from 10.0.0.0/33", "r:1:11: expected a prefix length "
		    "(0 to 32), found \"33\"" },
		{ "pass from fd00::/129", "r:1:11: expected a prefix length "
		    "(0 to 128), found \"129\"" },
		{ "pass from 10.0.0.0/", "r:1:20: expected a prefix length, "
		    "found the end of the rules" },
		{ "pass from 10.0.0.2 - 10.0.0.1", "r:1:11: a range that ends "
		    "before it begins" },
		{ "pass from 10.0.0.2 - fd00::", "r:1:11: a range from one "
		    "address family into the other" },
		{ "pass from 10.0.0.2 - to any", "r:1:11: expected an "
		    "address, found \"to\" (names of hosts are not looked up, "
		    "the address of an interface is written \"(em0)\")" },
		{ "pass from self", "r:1:11: \"self\": write the "
		    "interfaces: \"{ (em0), (em1) }\"" },
		{ "pass from no-route", "r:1:11: \"no-route\": routes are not "
		    "looked at" },
		{ "pass from <x>", "r:1:11: table <x> is not defined above" },
		{ "pass from <x", "r:1:13: expected \">\", found the end of "
		    "the rules" },
		{ "pass proto tcp to port", "r:1:23: expected a port, found "
		    "the end of the rules" },
		{ "pass proto tcp to port 65536", "r:1:24: expected a port (0 "
		    "to 65535, or the name of a service), found \"65536\"" },
		{ "pass proto tcp to port nosuch", "r:1:24: expected a port "
		    "(0 to 65535, or the name of a service), found "
		    "\"nosuch\"" },
		{ "pass proto tcp to port < 0", "r:1:26: no port is there" },
		{ "pass proto tcp to port > 65535",
		    "r:1:26: no port is there" },
		{ "pass proto tcp to port 5 >< 6",
		    "r:1:24: no port is there" },
		{ "pass proto tcp to port 6 <> 5",
		    "r:1:24: no port is there" },
		{ "pass proto tcp to port 0 <> 65535",
		    "r:1:19: no port is there" },
		{ "pass proto tcp to port 1:2 >< 5", "r:1:24: expected one "
		    "port before \"><\"" },
		{ "pass log (all)", "r:1:10: \"log\" has no options here" },
		{ "pass keep", "r:1:10: expected \"state\", found the end of "
		    "the rules" },
		{ "pass keep state (sloppy)", "r:1:17: \"keep state\" has no "
		    "options here: see \"set timeout\" and \"set limit\"" },
		{ "match in inet6 af-to inet from 1.2.3.4", "r:1:16: "
		    "\"af-to\": from IPv6 to IPv4 and back comes with a later "
		    "release" },
		{ "pass flags S/SA", "r:1:6: \"flags\": leave it out: which "
		    "packets may pass is for the firewall to say" },
		{ "match out nat-to 1.2.3.4 bitmask", "r:1:26: \"bitmask\": "
		    "write \"binat-to\" for one prefix in place of "
		    "another" },
		{ "pass on em0 -> 1.2.3.4", "r:1:13: \"-\": the translations "
		    "of old pf, \"-> address\", are written \"nat-to "
		    "address\", \"rdr-to address\", \"binat-to address\"" },
		{ "block in all", "r:1:1: \"block\": leave it out: which "
		    "packets may pass is for the firewall to say" },
		{ "anchor \"x\"", "r:1:1: \"anchor\": write the rules here: "
		    "there are no anchors" },
		{ "nat on em0 from any to any -> (em0)", "r:1:1: \"nat\": "
		    "write \"match out on em0 from ... to ... nat-to "
		    "(em0)\"" },
		{ "no rdr on em0", "r:1:1: \"no\": write \"pass\" for what is "
		    "not to be translated" },
		{ "match out nat-to 1.2.3.4 zzz", "r:1:26: expected port, "
		    "round-robin, random, source-hash, sticky-address, "
		    "static-port or the end of the line, found \"zzz\"" }
	};
	size_t	 i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		check_error(t[i].text, t[i].error);
}

/* Each word that pf.conf(5) has and this has not is refused by its name. */
static void
refusals(void **state)
{
	const struct refusal	*r;
	char			 text[64], expected[512];

	(void)state;
	for (r = not_in_rules; r->word != NULL; r++) {
		snprintf(text, sizeof(text), "pass out %s 1", r->word);
		snprintf(expected, sizeof(expected), "r:1:10: \"%s\": %s",
		    r->word, r->reason);
		check_error(text, expected);
	}
	for (r = no_lines; r->word != NULL; r++) {
		snprintf(text, sizeof(text), "\n%s on em0", r->word);
		snprintf(expected, sizeof(expected), "r:2:1: \"%s\": %s",
		    r->word, r->reason);
		check_error(text, expected);
	}
}

static void
settings(void **state)
{
	static const struct {
		const char	*text;
		const char	*error;
	} t[] = {
		{ "set", "r:1:4: expected timeout, limit, mapping, filtering, "
		    "hairpin, unmatched, address-change, refresh-inbound, "
		    "notify, state-file or max-mss, found the end of the "
		    "rules" },
		{ "set skip on lo", "r:1:5: \"skip\": leave it out: what the "
		    "firewall does not divert is skipped" },
		{ "set timeout", "r:1:12: expected udp, udp.dns, tcp.opening, "
		    "tcp.established, tcp.closing, tcp.rst, icmp, other, frag "
		    "or port-rest, found the end of the rules" },
		{ "set timeout udp.multiple 60", "r:1:13: \"udp.multiple\": "
		    "write \"udp\": one time for all of a mapping (RFC 4787 "
		    "REQ-5)" },
		{ "set timeout adaptive.start 6000", "r:1:13: "
		    "\"adaptive.start\": leave it out: timeouts do not change "
		    "with load (RFC 4787 REQ-11)" },
		{ "set timeout udp 119", "r:1:17: expected 120 or more for "
		    "udp (RFC 4787 REQ-5), found 119; \"unsafe\" after the "
		    "number allows it" },
		{ "set timeout tcp.established 7439", "r:1:29: expected 7440 "
		    "or more for tcp.established (RFC 5382 REQ-5), found "
		    "7439; \"unsafe\" after the number allows it" },
		{ "set timeout tcp.opening 239", "r:1:25: expected 240 "
		    "or more for tcp.opening (RFC 5382 REQ-5), found "
		    "239; \"unsafe\" after the number allows it" },
		{ "set timeout icmp 59", "r:1:18: expected 60 or more for "
		    "icmp (RFC 5508 REQ-2), found 59; \"unsafe\" after the "
		    "number allows it" },
		{ "set timeout frag 0", "r:1:18: expected seconds (1 to "
		    "31622400), found \"0\"" },
		{ "set timeout udp 300s", "r:1:17: expected seconds (1 to "
		    "31622400), found \"300s\"" },
		{ "set timeout { udp 300, icmp }", "r:1:29: expected seconds "
		    "(1 to 31622400), found \"}\"" },
		{ "set limit states 0", "r:1:18: expected states (1 to "
		    "67108864), found \"0\"" },
		{ "set limit src-nodes 9", "r:1:11: \"src-nodes\": write "
		    "\"states-per-host\" or \"ports-per-host\"" },
		{ "set limit x 9", "r:1:11: expected states, frags, "
		    "ports-per-host, states-per-host, new-per-host or errors, "
		    "found \"x\"" },
		{ "set mapping x", "r:1:13: expected endpoint-independent or "
		    "port-overlap, found \"x\"" },
		{ "set filtering no", "r:1:15: expected endpoint-independent, "
		    "address-dependent or address-and-port-dependent, found "
		    "\"no\"" },
		{ "set hairpin yes", "r:1:13: expected off or on, found "
		    "\"yes\"" },
		{ "set hairpin on off", "r:1:16: expected the end of the "
		    "line, found \"off\"" },
		{ "set unmatched return", "r:1:15: expected pass or drop, "
		    "found \"return\"" },
		{ "set address-change x", "r:1:20: expected keep or flush, "
		    "found \"x\"" },
		{ "set state-file x", "r:1:16: expected the path of a file in "
		    "quotes, or none, found \"x\"" },
		{ "set state-file \"\"", "r:1:16: expected the path of a file "
		    "in quotes, or none, found \"\"" },
		{ "set state-file \"/x\" every", "r:1:26: expected seconds (1 "
		    "to 31622400), found the end of the rules" },
		{ "set state-file \"/x\" 60", "r:1:21: expected the end of "
		    "the line, found \"60\"" },
		{ "set max-mss 63", "r:1:13: expected a segment size (64 to "
		    "65495), found \"63\"" }
	};
	size_t	 i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		check_error(t[i].text, t[i].error);
	check("set timeout udp 300\nset limit states 262144\nset hairpin on\n"
	    "set unmatched pass\nset mapping endpoint-independent\n"
	    "set filtering endpoint-independent\nset address-change keep\n"
	    "set refresh-inbound off\nset notify on\nset max-mss none\n"
	    "set state-file none", "");
}

static void
all_settings(void **state)
{
	struct rules	*rules;

	(void)state;
	check("set timeout { udp 600 udp.dns 20, tcp.opening 300,\n"
	    "tcp.established 86400, tcp.closing 250, tcp.rst 260, icmp 61,\n"
	    "other 121, frag 16, port-rest 0 }\n"
	    "set limit { states 1, frags 2 ports-per-host 3, \n"
	    "  states-per-host 4, new-per-host 5, errors 6 }\n"
	    "set mapping port-overlap\n"
	    "set filtering address-and-port-dependent\n"
	    "set hairpin off\nset unmatched drop\nset address-change flush\n"
	    "set refresh-inbound on\nset notify off\nset max-mss 1400\n"
	    "set state-file \"/var/db/divertnat/700\" every 60\n",
	    "set timeout udp 600\nset timeout udp.dns 20\n"
	    "set timeout tcp.opening 300\nset timeout tcp.established 86400\n"
	    "set timeout tcp.closing 250\nset timeout tcp.rst 260\n"
	    "set timeout icmp 61\nset timeout other 121\nset timeout frag 16\n"
	    "set timeout port-rest 0\n"
	    "set limit states 1\nset limit frags 2\n"
	    "set limit ports-per-host 3\nset limit states-per-host 4\n"
	    "set limit new-per-host 5\nset limit errors 6\n"
	    "set mapping port-overlap\n"
	    "set filtering address-and-port-dependent\n"
	    "set address-change flush\nset hairpin off\nset unmatched drop\n"
	    "set refresh-inbound on\nset notify off\nset max-mss 1400\n"
	    "set state-file \"/var/db/divertnat/700\" every 60\n");
	check("set timeout udp 5 unsafe\nset filtering address-dependent",
	    "set timeout udp 5 unsafe\nset filtering address-dependent\n");
	/* The last one counts. */
	check("set state-file \"/a\" every 5\nset state-file \"/b\"\n"
	    "set timeout udp 400\nset timeout udp 500\n",
	    "set timeout udp 500\nset state-file \"/b\"\n");
	/* The values of the header's comments. */
	rules = must_parse("");
	assert_int_equal(rules->settings.timeout[TIMEOUT_UDP], 300);
	assert_int_equal(rules->settings.timeout[TIMEOUT_UDP_DNS], 30);
	assert_int_equal(rules->settings.timeout[TIMEOUT_TCP_OPENING], 240);
	assert_int_equal(rules->settings.timeout[TIMEOUT_TCP_ESTABLISHED],
	    7440);
	assert_int_equal(rules->settings.timeout[TIMEOUT_TCP_CLOSING], 240);
	assert_int_equal(rules->settings.timeout[TIMEOUT_TCP_RST], 240);
	assert_int_equal(rules->settings.timeout[TIMEOUT_ICMP], 60);
	assert_int_equal(rules->settings.timeout[TIMEOUT_OTHER], 120);
	assert_int_equal(rules->settings.timeout[TIMEOUT_FRAG], 15);
	assert_int_equal(rules->settings.timeout[TIMEOUT_PORT_REST], 120);
	assert_int_equal(rules->settings.limit[LIMIT_STATES], 262144);
	assert_int_equal(rules->settings.limit[LIMIT_FRAGS], 1024);
	assert_int_equal(rules->settings.limit[LIMIT_PORTS_PER_HOST], 0);
	assert_int_equal(rules->settings.limit[LIMIT_STATES_PER_HOST], 0);
	assert_int_equal(rules->settings.limit[LIMIT_NEW_PER_HOST], 0);
	assert_int_equal(rules->settings.limit[LIMIT_ERRORS], 100);
	assert_int_equal(rules->settings.hairpin, 1);
	assert_int_equal(rules->settings.unmatched_drops, 0);
	assert_int_equal(rules->settings.refresh_inbound, 0);
	assert_int_equal(rules->settings.notify, 1);
	assert_int_equal(rules->settings.mss, 0);
	assert_null(rules->settings.state_file);
	rules_free(rules);
	rules = must_parse("set timeout { udp 600 udp.dns 20, tcp.opening 300,"
	    "tcp.established 86400, tcp.closing 250, tcp.rst 260, icmp 61,\n"
	    "other 121, frag 16, port-rest 0 }\n"
	    "set limit { states 1, frags 2 ports-per-host 3, \n"
	    "  states-per-host 4, new-per-host 5, errors 6 }\n");
	assert_int_equal(rules->settings.timeout[TIMEOUT_UDP], 600);
	assert_int_equal(rules->settings.timeout[TIMEOUT_UDP_DNS], 20);
	assert_int_equal(rules->settings.timeout[TIMEOUT_TCP_OPENING], 300);
	assert_int_equal(rules->settings.timeout[TIMEOUT_TCP_ESTABLISHED],
	    86400);
	assert_int_equal(rules->settings.timeout[TIMEOUT_TCP_CLOSING], 250);
	assert_int_equal(rules->settings.timeout[TIMEOUT_TCP_RST], 260);
	assert_int_equal(rules->settings.timeout[TIMEOUT_ICMP], 61);
	assert_int_equal(rules->settings.timeout[TIMEOUT_OTHER], 121);
	assert_int_equal(rules->settings.timeout[TIMEOUT_FRAG], 16);
	assert_int_equal(rules->settings.timeout[TIMEOUT_PORT_REST], 0);
	assert_int_equal(rules->settings.limit[LIMIT_STATES], 1);
	assert_int_equal(rules->settings.limit[LIMIT_FRAGS], 2);
	assert_int_equal(rules->settings.limit[LIMIT_PORTS_PER_HOST], 3);
	assert_int_equal(rules->settings.limit[LIMIT_STATES_PER_HOST], 4);
	assert_int_equal(rules->settings.limit[LIMIT_NEW_PER_HOST], 5);
	assert_int_equal(rules->settings.limit[LIMIT_ERRORS], 6);
	rules_free(rules);
}

/*
 * Addresses
 */

static int
is_from(const struct rules *rules, const char *text)
{
	struct rule_net	 net;

	assert_true(parse_address(text, &net));
	return (rules_hosts_match(&rules->rules[0].from, net.family,
	    net.addr));
}

static void
matching(void **state)
{
	struct rules	*rules;

	(void)state;
	rules = must_parse("pass");
	assert_true(is_from(rules, "10.0.0.1"));
	assert_true(is_from(rules, "::"));
	rules_free(rules);

	rules = must_parse("pass from { 10.0.0.0/8, 192.168.1.1, fd00::/9 }");
	assert_true(is_from(rules, "10.255.255.255"));
	assert_false(is_from(rules, "11.0.0.0"));
	assert_false(is_from(rules, "9.255.255.255"));
	assert_true(is_from(rules, "192.168.1.1"));
	assert_false(is_from(rules, "192.168.1.0"));
	assert_true(is_from(rules, "fd7f::1"));
	assert_false(is_from(rules, "fd80::1"));
	/* The first bytes of 10.0.0.0 in the other family. */
	assert_false(is_from(rules, "a00::1"));
	rules_free(rules);

	rules = must_parse("pass from ! 10.0.0.1");
	assert_true(is_from(rules, "10.0.0.2"));
	assert_false(is_from(rules, "10.0.0.1"));
	assert_false(is_from(rules, "fd00::1"));
	rules_free(rules);

	/* The most specific decides, as in tables of pf. */
	rules = must_parse("table <t> { 10/8, !10.1/16, 10.1.2/24, "
	    "!10.1.2.3, fd00::/8 }\npass from <t>");
	assert_true(is_from(rules, "10.2.0.1"));
	assert_false(is_from(rules, "10.1.0.1"));
	assert_true(is_from(rules, "10.1.2.4"));
	assert_false(is_from(rules, "10.1.2.3"));
	assert_false(is_from(rules, "11.0.0.1"));
	assert_true(is_from(rules, "fd00::1"));
	rules_free(rules);

	rules = must_parse("table <t> { 10/8, !10.1/16 }\npass from !<t>");
	assert_false(is_from(rules, "10.2.0.1"));
	assert_true(is_from(rules, "10.1.0.1"));
	assert_true(is_from(rules, "11.0.0.1"));
	assert_true(is_from(rules, "fd00::1"));
	rules_free(rules);

	/* Nobody, and all but nobody. */
	rules = must_parse("table <t> {}\npass from <t>");
	assert_false(is_from(rules, "10.0.0.1"));
	assert_false(is_from(rules, "fd00::1"));
	rules_free(rules);
	rules = must_parse("table <t> persist\npass from !<t>");
	assert_true(is_from(rules, "10.0.0.1"));
	assert_true(is_from(rules, "fd00::1"));
	rules_free(rules);
	check("table <t> {}\nmatch out from <t> nat-to 192.0.2.1",
	    "table <t1> { !0.0.0.0/0 }\n"
	    "match out inet from <t1> to any nat-to 192.0.2.1\n");

	/* Also in the family that the table does not speak of. */
	rules = must_parse("table <t> { !10/8 }\npass inet6 from <t>");
	assert_int_equal(rules->rules[0].family, 6);
	assert_false(is_from(rules, "fd00::1"));
	rules_free(rules);
	check("table <t> { !10/8 }\nmatch out from <t> nat-to (em0)",
	    "table <t1> { !10.0.0.0/8 }\n"
	    "match out inet from <t1> to any nat-to (em0)\n"
	    "table <t2> { !::/0 }\n"
	    "match out inet6 from <t2> to any nat-to (em0)\n");

	rules = must_parse("pass from <private>");
	assert_true(is_from(rules, "172.31.255.255"));
	assert_false(is_from(rules, "172.32.0.0"));
	assert_true(is_from(rules, "192.168.0.0"));
	assert_false(is_from(rules, "100.64.0.0"));
	rules_free(rules);
	rules = must_parse("pass from <cgn>");
	assert_true(is_from(rules, "100.127.255.255"));
	assert_false(is_from(rules, "100.128.0.0"));
	rules_free(rules);
}

/*
 * Random tables of the 64 addresses 10.0.0.0 to 10.0.0.63, small and large,
 * against a list of every address that the longest prefix so far has set.
 */
static void
random_tables(void **state)
{
	char		 text[4096], entry[64];
	uint8_t		 addr[16] = { 10 };
	int		 is_in[64], longest[64], seen[33][64];
	struct rules	*rules;
	unsigned int	 i, j, k, n, prefix, base;
	int		 not, negated_table, large = 0;

	(void)state;
	for (i = 0; i < 20000; i++) {
		memset(seen, 0, sizeof(seen));
		for (k = 0; k < 64; k++)
			is_in[k] = longest[k] = 0;
		strlcpy(text, "table <t> { fd00::/8, ", sizeof(text));
		n = random_below(i % 2 == 0 ? 8 : 80);
		for (j = 0; j < n; j++) {
			prefix = 26 + random_below(7);
			base = random_below(64) & (0xffu << (32 - prefix));
			not = random_below(3) == 0;
			/* With another sign it would be a mistake. */
			if (seen[prefix][base] == 2 - not)
				continue;
			seen[prefix][base] = 1 + not;
			snprintf(entry, sizeof(entry), "%s10.0.0.%u/%u ",
			    not ? "!" : "", base, prefix);
			strlcat(text, entry, sizeof(text));
			for (k = 0; k < 1u << (32 - prefix); k++)
				if (longest[base + k] <= (int)prefix) {
					longest[base + k] = (int)prefix;
					is_in[base + k] = !not;
				}
		}
		negated_table = (int)random_below(2);
		strlcat(text, "}\npass from ", sizeof(text));
		strlcat(text, negated_table ? "! <t>" : "<t>", sizeof(text));
		rules = must_parse(text);
		large += rules->rules[0].from.lengths != NULL;
		for (k = 0; k < 64; k++) {
			addr[3] = (uint8_t)k;
			if (rules_hosts_match(&rules->rules[0].from, 4,
			    addr) != (is_in[k] != negated_table))
				fail_msg("%s: 10.0.0.%u", text, k);
		}
		assert_int_equal(is_from(rules, "fd00::1"), !negated_table);
		assert_int_equal(is_from(rules, "fc00::1"), negated_table);
		rules_free(rules);
	}
	assert_true(large > 1000);
}

/* A long list, with what stands there twice. */
static void
long_lists(void **state)
{
	struct rules	*rules;

	(void)state;
	check("pass from { 10.0.0.9 10.0.0.8 10.0.0.7 10.0.0.6 10.0.0.5 "
	    "10.0.0.4 10.0.0.3 10.0.0.2 10.0.0.1 10.0.1.0/24 10.0.2.9 "
	    "10.0.2.8 10.0.2.7 10.0.2.6 10.0.2.5 10.0.2.4 10.0.2.3 10.0.2.9 }",
	    "table <t1> { 10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4, 10.0.0.5, "
	    "10.0.0.6, 10.0.0.7, 10.0.0.8, 10.0.0.9, 10.0.1.0/24, 10.0.2.3, "
	    "10.0.2.4, 10.0.2.5, 10.0.2.6, 10.0.2.7, 10.0.2.8, 10.0.2.9 }\n"
	    "pass inet from <t1> to any\n");
	/* Many stand in a table of their own, also beside others; once. */
	check("table <t> { 10.0.0.1 - 10.0.0.21 10.0.0.23 10.0.0.25 10.0.0.27 "
	    "10.0.0.29 10.0.0.31 10.0.0.33 10.0.0.35 10.0.0.37 10.0.0.39 "
	    "10.0.0.41 10.0.0.43 }\npass from { <t>, 192.0.2.1, (em0) }\npass to <t>",
	    "table <t1> { 10.0.0.1, 10.0.0.2/31, 10.0.0.4/30, 10.0.0.8/29, "
	    "10.0.0.16/30, 10.0.0.20/31, 10.0.0.23, 10.0.0.25, 10.0.0.27, "
	    "10.0.0.29, 10.0.0.31, 10.0.0.33, 10.0.0.35, 10.0.0.37, "
	    "10.0.0.39, 10.0.0.41, 10.0.0.43 }\n"
	    "pass inet from <t1> to any\n"
	    "pass from { 192.0.2.1, (em0) } to any\n"
	    "pass inet from any to <t1>\n");
	rules = must_parse("pass from { 10.0.0.9 10.0.0.8 10.0.0.7 10.0.0.6 "
	    "10.0.0.5 10.0.0.4 10.0.0.3 10.0.0.2 10.0.0.1 10.0.1.0/24 "
	    "10.0.2.9 10.0.2.8 10.0.2.7 10.0.2.6 10.0.2.5 10.0.2.4 fd00::/8 "
	    "fd01:2::/32 }");
	assert_true(is_from(rules, "10.0.0.1"));
	assert_false(is_from(rules, "10.0.0.10"));
	assert_true(is_from(rules, "10.0.1.255"));
	assert_false(is_from(rules, "10.0.2.3"));
	assert_true(is_from(rules, "fd7f::1"));
	assert_true(is_from(rules, "fd01:2:3::1"));
	assert_false(is_from(rules, "fc00::1"));
	rules_free(rules);
	/* Pools stay as they are written. */
	check("match out nat-to { 10.0.0.9 10.0.0.8 10.0.0.7 10.0.0.6 "
	    "10.0.0.5 10.0.0.4 10.0.0.3 10.0.0.2 10.0.0.1 10.0.1.0/24 "
	    "10.0.2.9 10.0.2.8 10.0.2.7 10.0.2.6 10.0.2.5 10.0.2.4 fd00::1 "
	    "10.0.2.3 }",
	    "match out inet from any to any nat-to { 10.0.0.9, 10.0.0.8, "
	    "10.0.0.7, 10.0.0.6, 10.0.0.5, 10.0.0.4, 10.0.0.3, 10.0.0.2, "
	    "10.0.0.1, 10.0.1.0/24, 10.0.2.9, 10.0.2.8, 10.0.2.7, 10.0.2.6, "
	    "10.0.2.5, 10.0.2.4, 10.0.2.3 }\n"
	    "match out inet6 from any to any nat-to fd00::1\n");
}

/* Ranges are exactly the prefixes they are made of, and as few as can be. */
static void
ranges(void **state)
{
	char		 text[128];
	uint8_t		 addr[16] = { 10, 0, 0 };
	struct rules	*rules;
	unsigned int	 i, first, last, k;

	(void)state;
	for (i = 0; i < 300; i++) {
		first = random_below(65536);
		last = random_below(3) == 0 ? first + random_below(300) :
		    random_below(65536);
		if (last > 65535 || first > last)
			continue;
		snprintf(text, sizeof(text), "pass from 10.0.%u.%u-10.0.%u.%u",
		    first >> 8, first & 255, last >> 8, last & 255);
		rules = must_parse(text);
		assert_true(rules->rules[0].from.n <= 30);
		for (k = 0; k < 65536; k++) {
			addr[2] = (uint8_t)(k >> 8);
			addr[3] = (uint8_t)k;
			assert_int_equal(rules_hosts_match(
			    &rules->rules[0].from, 4, addr),
			    k >= first && k <= last);
		}
		rules_free(rules);
	}
	check("pass from 0.0.0.0 - 255.255.255.255",
	    "pass inet from 0.0.0.0/0 to any\n");
	check("pass from fd00:: - fd00::1:0",
	    "pass inet6 from { fd00::/112, fd00::1:0 } to any\n");
	check("pass from :: - ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	    "pass inet6 from ::/0 to any\n");
	check("pass from 255.255.255.254 - 255.255.255.255",
	    "pass inet from 255.255.255.254/31 to any\n");
}

/* The sum of all ports that some rule has. */
static void
check_ports_are(const char *text, int (*is_in)(int, int, int), int a, int b)
{
	struct rules	*rules;
	char		 line[128];
	unsigned int	 i;
	int		 found, port;

	snprintf(line, sizeof(line), text, a, b);
	if ((rules = parse(line)) == NULL) {
		for (port = 0; port < 65536; port++)
			if (is_in(port, a, b))
				fail_msg("%s: %s", line, errbuf);
		return;
	}
	for (port = 0; port < 65536; port++) {
		found = 0;
		for (i = 0; i < rules->n; i++)
			found += port >= rules->rules[i].to_ports.low &&
			    port <= rules->rules[i].to_ports.high;
		if (found != is_in(port, a, b))
			fail_msg("%s: port %d", line, port);
	}
	rules_free(rules);
}

#define OPERATOR(name, expression)					\
static int								\
name(int port, int a, int b)						\
{									\
	(void)b;							\
	return (expression);						\
}
OPERATOR(equal, port == a)
OPERATOR(unequal, port != a)
OPERATOR(less, port < a)
OPERATOR(less_or_equal, port <= a)
OPERATOR(greater, port > a)
OPERATOR(greater_or_equal, port >= a)
OPERATOR(in_range, port >= a && port <= b)
OPERATOR(inside, port > a && port < b)
OPERATOR(outside, port < a || port > b)

static void
port_operators(void **state)
{
	static const int	 ports[] = { 0, 1, 2, 80, 65534, 65535 };
	size_t			 i, j;

	(void)state;
	for (i = 0; i < 6; i++) {
		check_ports_are("pass proto tcp to port %d", equal, ports[i],
		    0);
		check_ports_are("pass proto tcp to port = %d", equal,
		    ports[i], 0);
		check_ports_are("pass proto tcp to port !=%d", unequal,
		    ports[i], 0);
		check_ports_are("pass proto tcp to port <%d", less, ports[i],
		    0);
		check_ports_are("pass proto tcp to port <= %d", less_or_equal,
		    ports[i], 0);
		check_ports_are("pass proto tcp to port >%d", greater,
		    ports[i], 0);
		check_ports_are("pass proto tcp to port >=%d",
		    greater_or_equal, ports[i], 0);
		for (j = i + 1; j < 6; j++) {
			check_ports_are("pass proto tcp to port %d:%d",
			    in_range, ports[i], ports[j]);
			check_ports_are("pass proto tcp to port %d >< %d",
			    inside, ports[i], ports[j]);
			check_ports_are("pass proto tcp to port %d<>%d",
			    outside, ports[i], ports[j]);
		}
	}
	check("pass proto udp to port 0:65535", "pass proto udp from any to "
	    "any\n");
	if (getservbyname("http", NULL) != NULL)
		check("pass proto tcp from port domain:http",
		    "pass proto tcp from any port 53:80 to any\n");
}

/*
 * Tables
 */

static char	 table_path[64];

static void
write_table(const char *text)
{
	const char	*tmp = getenv("TMPDIR");
	int		 fd;

	snprintf(table_path, sizeof(table_path), "%s/t_rules.XXXXXX",
	    tmp != NULL && strlen(tmp) < 40 ? tmp : "/tmp");
	assert_true((fd = mkstemp(table_path)) != -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void
tables(void **state)
{
	char	 text[256], expected[256];

	(void)state;
	/* From pf.conf(5); the name is built in and may be taken. */
	check("table <private> const { 10/8, 172.16/12, 192.168/16 }\n"
	    "table <badhosts> persist\n"
	    "pass from { <private>, <badhosts> } to any",
	    "table <t1> { !0.0.0.0/0, !::/0 }\n"
	    "pass from <t1> to any\n"
	    "pass inet from { 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 } to "
	    "any\n");
	check("table <t> { 10.0.0.1 } { 10.0.0.0 10.0.0.1 }\npass from <t>",
	    "pass inet from { 10.0.0.0, 10.0.0.1 } to any\n");
	/* Printed once. */
	check("table <a> { 10/8, !10.1/16 }\ntable <b> { 11/8, !11.1/16 }\n"
	    "pass from <a> to <b>\npass from <b> to <a>",
	    "table <t1> { 10.0.0.0/8, !10.1.0.0/16 }\n"
	    "table <t2> { 11.0.0.0/8, !11.1.0.0/16 }\n"
	    "pass inet from <t1> to <t2>\npass inet from <t2> to <t1>\n");
	check("table <a> { 10/8, !10.1/16, fd00::/8 }\n"
	    "pass inet on { em0, em1 } from <a>",
	    "table <t1> { 10.0.0.0/8, !10.1.0.0/16 }\n"
	    "pass on em0 inet from <t1> to any\n"
	    "pass on em1 inet from <t1> to any\n");
	check_error("table <a> { 10/8 }\ntable <a> { 10/8 }\n",
	    "r:2:1: table <a> is defined above");
	check_error("pass from <cgn>\ntable <cgn> { 10/8 }",
	    "r:2:1: table <cgn> is used above: define it before that");
	check_error("table <a> { 10/8, ! 10/8 }", "r:1:7: this table has the "
	    "same addresses with \"!\" and without");
	check_error("table a { 10/8 }", "r:1:7: expected the name of a table "
	    "as in <private>, found \"a\"");
	check_error("table <> { 10/8 }", "r:1:7: expected the name of a table "
	    "as in <private>, found \"<>\"");
	check_error("table <a>", "r:1:10: expected \"{\" with addresses, or "
	    "\"file\", found the end of the rules");
	check_error("table <a> const", "r:1:16: expected \"{\" with "
	    "addresses, or \"file\", found the end of the rules");
	check_error("table <a> counters { 10/8 }", "r:1:11: \"counters\": "
	    "tables count nothing here: leave it out");
	check_error("table <a> { (em0) }", "r:1:13: an \"(interface)\" stands "
	    "in a rule, not in a table");
	check_error("table <a> { 10/8", "r:1:17: expected an address or a "
	    "prefix, found the end of the rules");
	check_error("table <a> { 10/8 } x", "r:1:20: expected \"{\", \"file\" "
	    "or the end of the line, found \"x\"");
	check_error("table <a> file", "r:1:15: expected the path of a file, "
	    "found the end of the rules");
	check_error("table <a> file \"/nonexistent/x\"", "r:1:16: "
	    "/nonexistent/x: No such file or directory");
	check_error("table <a> file \"/tmp\"",
	    "r:1:16: /tmp: Is a directory");
	check_error("table <abcdefghijklmnopqrstuvwxyzabcdef> { 10/8 }",
	    "r:1:8: the name of a table has at most 31 characters");

	write_table("# spammers\n10.0.0.1\n  !10.1/16 # not\n\n10/8\r\n"
	    "fd00::/8 192.0.2.1 - 192.0.2.2");
	snprintf(text, sizeof(text), "table <a> const file \"%s\" { 1.2.3.4 }\n"
	    "pass from <a>", table_path);
	check(text, "table <t1> { 1.2.3.4, 10.0.0.0/8, 10.0.0.1, "
	    "!10.1.0.0/16, 192.0.2.1, 192.0.2.2, fd00::/8 }\n"
	    "pass from <t1> to any\n");
	unlink(table_path);
	/* Their own lines in messages. */
	write_table("10.0.0.1\n\n www.example.org\n");
	snprintf(text, sizeof(text), "table <a> file \"%s\"", table_path);
	snprintf(expected, sizeof(expected), "%s:3:2: expected an address, "
	    "found \"www.example.org\" (names of hosts are not looked up, the "
	    "address of an interface is written \"(em0)\")", table_path);
	check_error(text, expected);
	unlink(table_path);
}

/*
 * Interfaces
 */

static const char	*em0_address;

/* em0 has an IPv4 address, em1 both, a /20 and a /60. */
static int
lookup(void *arg, const char *ifname, int family, uint8_t *addr,
    uint8_t *prefix)
{
	++*(int *)arg;
	if (strcmp(ifname, "em0") == 0 && family == 4) {
		inet_pton(AF_INET, em0_address, addr);
		*prefix = 24;
		return (1);
	}
	if (strcmp(ifname, "em1") == 0) {
		inet_pton(family == 4 ? AF_INET : AF_INET6, family == 4 ?
		    "10.0.19.77" : "fd00:0:0:123::1", addr);
		*prefix = family == 4 ? 20 : 60;
		return (1);
	}
	return (0);
}

static void
interfaces(void **state)
{
	struct rules		*rules;
	const struct rule_net	*net;
	int			 calls = 0;

	(void)state;
	rules = must_parse("pass from { (em1:network), (em2) }\n"
	    "match out on em0 nat-to (em0)\n"
	    "match in inet proto tcp to ! (em1) port 80 rdr-to 10.0.0.1");
	assert_int_equal(rules->ninterfaces, 3);
	assert_string_equal(rules->interfaces[0], "em1");
	assert_string_equal(rules->interfaces[1], "em2");
	assert_string_equal(rules->interfaces[2], "em0");
	/* Not known yet: no address is among them. */
	assert_false(is_from(rules, "10.0.16.1"));
	assert_false(is_from(rules, "0.0.0.0"));

	em0_address = "203.0.113.1";
	assert_int_equal(rules_resolve(rules, lookup, &calls), 4);
	assert_int_equal(calls, 7);
	assert_true(is_from(rules, "10.0.16.0"));
	assert_true(is_from(rules, "10.0.31.255"));
	assert_false(is_from(rules, "10.0.32.0"));
	assert_false(is_from(rules, "0.0.0.0"));
	assert_true(is_from(rules, "fd00:0:0:12f::"));
	assert_false(is_from(rules, "fd00:0:0:130::"));
	assert_int_equal(rules->n, 4);
	net = rules->rules[1].pool.nets;
	assert_int_equal(rules->rules[1].pool.n, 1);
	assert_int_equal(net->family, 4);
	assert_int_equal(net->prefix, 32);
	assert_int_equal(net->resolved, 1);
	assert_memory_equal(net->addr, "\xcb\x00\x71\x01", 4);
	assert_int_equal(rules->rules[2].pool.nets[0].family, 6);
	assert_int_equal(rules->rules[2].pool.nets[0].resolved, 0);
	assert_true(rules_hosts_match(&rules->rules[3].to, 4,
	    (const uint8_t *)"\x0a\x00\x13\x4e"));
	assert_false(rules_hosts_match(&rules->rules[3].to, 4,
	    (const uint8_t *)"\x0a\x00\x13\x4d"));

	assert_int_equal(rules_resolve(rules, lookup, &calls), 0);
	em0_address = "203.0.113.2";
	assert_int_equal(rules_resolve(rules, lookup, &calls), 1);
	assert_memory_equal(net->addr, "\xcb\x00\x71\x02", 4);
	/* What they are at the moment is no part of the rules. */
	assert_non_null(strstr(print(rules), "nat-to (em0)\n"));
	rules_free(rules);
}

/*
 * Everything at once
 */

static void
pick(char *text, size_t size, const char *const *words, unsigned int n)
{
	strlcat(text, words[random_below(n)], size);
	strlcat(text, " ", size);
}
#define PICK(...) do {							\
	static const char *const	 words_[] = { __VA_ARGS__ };	\
	pick(text, size, words_, sizeof(words_) / sizeof(words_[0]));	\
} while (0)

static void
random_hosts(char *text, size_t size)
{
	PICK("any", "10.0.0.1", "10/8", "! 10.0.0.0/9", "<private>", "! <cgn>",
	    "<odd>", "! <odd>", "<none>", "<not>", "! <not>", "{ <odd>, 192.0.2.1, <private> }",
	    "(em0)", "! (em0)", "(em1:network)", "{ (em0), 10.0.0.1 }",
	    "fd00::/8", "{ fd00::/8, 10/8 }", "! fd00::1", "! (em1:network)",
	    "<big>", "! <big>", "{ <big>, 192.0.2.1 }", "{ <many>, fd00::9 }",
	    "{ (em0:network), (em0) }", "10.0.0.5 - 10.0.1.9", "0.0.0.0/0",
	    "::/0", "! 0.0.0.0/0", "{ (em0), fd00::1, (em0) }");
}

static void
random_port(char *text, size_t size)
{
	PICK("", "", "port 80", "port { 80, 443 }", "port 1000:1999",
	    "port != 5", "port > 1023", "port 5 <> 9", "port { < 9, > 20 }",
	    "port 0:65535");
}

/* Of a kind, and half of the time without regard to sense. */
static void
random_rule(char *text, size_t size)
{
	static const char *const	 begins[] = { "pass ", "pass in ",
	    "match out ", "match in ", "match " };
	static const char *const	 words[] = { "", "", "nat-to ",
	    "rdr-to ", "binat-to " };
	unsigned int			 kind = random_below(5);
	int				 wild = random_below(2) == 0;

	strlcat(text, begins[kind], size);
	PICK("", "log", "quick");
	PICK("", "on em0", "on { em0, em1 }", "on any", "on \"any\"");
	PICK("", "", "inet", "inet6");
	if (wild)
		PICK("", "proto icmp", "proto { 6, 17, 200 }", "proto icmp6");
	else
		PICK("proto tcp", "proto udp", "proto { tcp, udp }");
	if (random_below(3) != 0) {
		strlcat(text, "from ", size);
		random_hosts(text, size);
		if (kind != 4 && random_below(2) == 0)
			random_port(text, size);
	}
	if (random_below(3) != 0) {
		strlcat(text, "to ", size);
		random_hosts(text, size);
		if (kind != 4)
			random_port(text, size);
	}
	if (wild)
		PICK("", "nat-to 192.0.2.1", "rdr-to 192.0.2.1",
		    "npt-to 2001:db8::/48");
	else
		strlcat(text, words[kind], size);
	if (kind > 1)
		PICK("192.0.2.1", "192.0.2.0/24", "{ 192.0.2.1, 192.0.2.9 }",
		    "(em0)", "2001:db8::1", "10.1/8",
		    "{ 2001:db8::1, 192.0.2.1, (em0) }");
	if (kind == 2 || kind == 3 || wild)
		PICK("", "", "port 80", "port 1024:65535", "port 9:*",
		    "port 3000:3999");
	if (kind == 2 || kind == 3 || wild)
		PICK("", "", "round-robin", "random", "source-hash",
		    "sticky-address", "round-robin sticky-address");
	if (kind == 2 || wild)
		PICK("", "", "static-port");
	strlcat(text, "\n", size);
}

static void
random_rules(void **state)
{
	char		 text[8192], *copy;
	struct rules	*rules, *again;
	unsigned int	 i, understood = 0;
	size_t		 head;

	(void)state;
	strlcpy(text, "table <odd> { 10/8, !10.1/16, fd00::/8 }\n"
	    "table <none> { } \ntable <not> { !10/8 }\n"
	    "table <big> { 10/8, !10.1/16, fd00::/8, 10.9.0.1 - 10.9.4.250 "
	    "!fd00:1::/32 }\ntable <many> { 10.0.0.1 - 10.9.4.250 fd00::1 - "
	    "fd00::ffff }\n", sizeof(text));
	head = strlen(text);
	for (i = 0; i < 15000; i++) {
		text[head] = '\0';
		random_rule(text, sizeof(text));
		if ((rules = parse(text)) == NULL) {
			assert_int_equal(strncmp(errbuf, "r:6:", 4), 0);
			continue;
		}
		understood++;
		copy = strdup(print(rules));
		again = must_parse(copy);
		same_rules(rules, again);
		assert_string_equal(print(again), copy);
		rules_free(again);
		free(copy);
		rules_free(rules);
	}
	assert_true(understood > 3000);
}

/* One combination is one rule, but not without end. */
static void
many_rules(void **state)
{
	struct rules	*rules;
	char		*text;
	size_t		 size = 1 << 16;
	unsigned int	 i;

	(void)state;
	assert_non_null(text = malloc(size));
	strlcpy(text, "p = \"{", size);
	for (i = 1; i <= 254; i++)
		snprintf(text + strlen(text), size - strlen(text), " %u",
		    2 * i);
	strlcat(text, " }\"\npass proto tcp from port $p to port { $p 1 2 3 4 "
	    "}\npass\npass\n", size);
	rules = must_parse(text);
	assert_int_equal(rules->n, 65534);
	assert_int_equal(rules->rules[65531].from_ports.low, 508);
	rules_free(rules);
	strlcat(text, "pass\n", size);
	check_error(text, "r:5:1: more than 65534 rules, lists expanded");
	/* Nor where nothing comes of it: this would take years. */
	strlcpy(text, "table <a> { 10/8 !10.1/16 }\n"
	    "table <b> { fd00::/8 !fd01::/16 }\nl = \"", size);
	for (i = 0; i < 800; i++)
		strlcat(text, "<a> ", size);
	strlcat(text, "\"\nm = \"", size);
	for (i = 0; i < 800; i++)
		strlcat(text, "<b> ", size);
	strlcat(text, "\"\np = \"", size);
	for (i = 1; i < 900; i++)
		snprintf(text + strlen(text), size - strlen(text), " %u",
		    2 * i);
	strlcat(text, "\"\nmatch in proto tcp from { $l <b> } port { $p } to "
	    "{ $m $m <a> } port { $p } rdr-to 10.0.0.1\n", size);
	check_error(text, "r:6:1: the lists of this rule make too many of it");
	free(text);
}

/* No allocation that fails is fatal, or forgotten. */
static void
no_memory_left(void **state)
{
	static const char	 text[] = "a = \"{ 10.0.0.1, <t> }\"\n"
	    "table <t> { 10/8, !10.1/16, 10.2.2.2, 10.2.2.3, 10.2.2.4 }\n"
	    "set state-file \"/x\"\npass from $a\n"
	    "match in on { em0 em1 em2 em3 em4 } proto tcp from ! <t> to "
	    "(em0) port { 80, 81 } rdr-to { 10.0.0.1, (em1) } port 90\n";
	struct rules	*rules;
	unsigned int	 i;

	(void)state;
	for (i = 1;; i++) {
		fail_at = i;
		allocations = 0;
		errno = 0;
		rules = parse(text);
		fail_at = 0;
		if (rules != NULL)
			break;
		assert_int_equal(errno, ENOMEM);
		assert_string_equal(errbuf, "r: no memory");
	}
	assert_true(i > 20);
	for (i = 1;; i++) {
		printed[0] = '\0';
		fail_at = i;
		allocations = 0;
		if (rules_print(rules, append, NULL) == 0)
			break;
	}
	fail_at = 0;
	assert_true(i > 2);
	rules_free(rules);
	rules_free(NULL);
}

/*
 * The examples of the manual: every literal block after .Sh EXAMPLES, and the
 * grammar's words.
 */
static void
manual(void **state)
{
	static char	 block[16384];
	char		 line[1024], path[256], *p;
	const char	*file = __FILE__;
	struct rules	*rules;
	FILE		*f;
	int		 examples = 0, literal = 0, n = 0;

	(void)state;
	/* regress/lib/t_rules.c, or lib/t_rules.c from there. */
	assert_non_null(strrchr(file, '/'));
	snprintf(path, sizeof(path), "%.*s/../../share/man/divertnat.conf.5",
	    (int)(strrchr(file, '/') - file), file);
	if ((f = fopen(path, "r")) == NULL)
		fail_msg("%s: %s", path, strerror(errno));
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, ".Sh ", 4) == 0)
			examples = strcmp(line, ".Sh EXAMPLES\n") == 0;
		else if (strncmp(line, ".Bd -literal", 12) == 0 && examples) {
			literal = 1;
			block[0] = '\0';
		} else if (strcmp(line, ".Ed\n") == 0 && literal) {
			literal = 0;
			n++;
			rules = must_parse(block);
			assert_true(rules->n > 0);
			rules_free(rules);
		} else if (literal) {
			/* "\&" is nothing, "\e" a backslash. */
			while ((p = strstr(line, "\\&")) != NULL)
				memmove(p, p + 2, strlen(p + 2) + 1);
			while ((p = strstr(line, "\\e")) != NULL)
				memmove(p + 1, p + 2, strlen(p + 2) + 1);
			assert_true(strlcat(block, line, sizeof(block)) <
			    sizeof(block));
		}
	}
	fclose(f);
	assert_true(n >= 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(translations),
		cmocka_unit_test(exemptions),
		cmocka_unit_test(families),
		cmocka_unit_test(lists),
		cmocka_unit_test(scanning),
		cmocka_unit_test(a_nul_byte),
		cmocka_unit_test(long_words),
		cmocka_unit_test(wrong_rules),
		cmocka_unit_test(refusals),
		cmocka_unit_test(settings),
		cmocka_unit_test(all_settings),
		cmocka_unit_test(matching),
		cmocka_unit_test(random_tables),
		cmocka_unit_test(long_lists),
		cmocka_unit_test(ranges),
		cmocka_unit_test(port_operators),
		cmocka_unit_test(tables),
		cmocka_unit_test(interfaces),
		cmocka_unit_test(random_rules),
		cmocka_unit_test(many_rules),
		cmocka_unit_test(no_memory_left),
		cmocka_unit_test(manual)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
