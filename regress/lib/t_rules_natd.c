/* SPDX-License-Identifier: ISC */

/*
 * Configurations of natd(8) as rules: every option of it, written out by hand,
 * and what cannot be said in rules has a reason.
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
#include "../../bin/divertnat/rules_natd.c"
#include "../../bin/divertnat/rules_natd_redirect.c"
#include "../../bin/divertnat/rules_natd_text.c"
#include "../../bin/divertnat/rules_parse.c"
#include "../../bin/divertnat/rules_ports.c"
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

#define FILTERING							\
	"# As with natd only who was sent to may answer; leave it out for "	\
	"games and calls.\nset filtering address-and-port-dependent\n"

/* The rules, without the line that stands in all of them. */
static char *
from_natd(const char *text)
{
	char	*filtering, *got;
	size_t	 n = strlen(FILTERING);

	got = rules_from_natd("n", text, strlen(text), errbuf, sizeof(errbuf));
	if (got == NULL)
		fail_msg("%s\n%s", errbuf, text);
	filtering = strstr(got, FILTERING);
	if (strstr(text, "udp_eim\n") != NULL) {
		assert_null(filtering);
		assert_null(strstr(got, "set filtering"));
	} else {
		assert_non_null(filtering);
		memmove(filtering, filtering + n, strlen(filtering + n) + 1);
	}
	return (got);
}

/* These rules come out of it, and they can be understood. */
static void
check(const char *text, const char *expected)
{
	struct rules	*rules;
	char		*got;

	got = from_natd(text);
	if (strcmp(got, expected) != 0)
		fail_msg("%s\nis\n%sand not\n%s", text, got, expected);
	rules = rules_parse("r", got, strlen(got), errbuf, sizeof(errbuf));
	if (rules == NULL)
		fail_msg("%s\n%s", errbuf, got);
	rules_free(rules);
	free(got);
}

static void
check_error(const char *text, const char *expected)
{
	char	*got;

	errno = 0;
	got = rules_from_natd("n", text, strlen(text), errbuf, sizeof(errbuf));
	if (got != NULL)
		fail_msg("%s\nis\n%s", text, got);
	assert_int_equal(errno, EINVAL);
	if (strcmp(errbuf, expected) != 0)
		fail_msg("%s\n  %s\nand not\n  %s", text, errbuf, expected);
}

#define NAT	"match out on em0 inet from any to any nat-to (em0)\n"

static void
addresses(void **state)
{
	(void)state;
	check("interface em0", NAT);
	check("# natd\n\n  interface\tem0  # outer\r\n", NAT);
	check("n em0\n", NAT);
	check("-interface em0\n", NAT);
	check("interface em1\ninterface em0\n", NAT);
	check("alias_address 203.0.113.1\n",
	    "# No interface is named: add \"on em0\" where others are "
	    "diverted too.\n"
	    "match out inet from any to any nat-to 203.0.113.1\n");
	check("interface em0\nunregistered_only\n",
	    "match out on em0 inet from <private> to any nat-to (em0)\n");
	check("interface em0\nunregistered_only no\n", NAT);
	check("interface em0\nunregistered_cgn yes\n",
	    "match out on em0 inet from { <private>, <cgn> } to any nat-to "
	    "(em0)\n");
	check("interface em0\nsame_ports yes\n",
	    "# same_ports: ports below 1024 are kept while they are free, "
	    "others are\n# changed.  A rule with static-port keeps them all, "
	    "and drops what would have\n# the same one as another.\n" NAT);
	check("interface em0\nsame_ports\nsame_ports no\n", NAT);
	check("\357\273\277interface em0\n", NAT);
	check("interface em0\ndeny_incoming\n",
	    "# deny_incoming: what comes for the outer address; the rest is "
	    "for the\n# firewall.\nset unmatched drop\n" NAT);
	check("interface em0\ntarget_address 10.0.0.9\n",
	    "match in on em0 inet from any to (em0) rdr-to 10.0.0.9\n" NAT);
	check("interface em0\ntarget_address 255.255.255.255\n", NAT);
	check("interface em0\ntarget_address 10.0.0.9\n"
	    "target_address 0.0.0.0\n", NAT);
	check("interface em0\ntarget_address 10.0.0.9\nd yes\n",
	    "# deny_incoming: what comes for the outer address; the rest is "
	    "for the\n# firewall.\n# target_address 10.0.0.9: deny_incoming "
	    "keeps out what would go there\nset unmatched drop\n" NAT);
}

static void
redirections(void **state)
{
	(void)state;
	/* From natd(8), with addresses in place of names. */
	check("interface em0\nredirect_port tcp 10.0.0.1:23 6666\n",
	    "match in on em0 inet proto tcp from any to (em0) port 6666 "
	    "rdr-to 10.0.0.1 port 23\n" NAT);
	check("interface em0\n"
	    "redirect_port tcp 10.0.0.2:2300-2399 3300-3399\n",
	    "match in on em0 inet proto tcp from any to (em0) port 3300:3399 "
	    "rdr-to 10.0.0.2 port 2300:*\n" NAT);
	check("interface em0\nredirect_port tcp 10.0.0.1:80,10.0.0.2:80,"
	    "10.0.0.3:80 203.0.113.5:80\n",
	    "match in on em0 inet proto tcp from any to 203.0.113.5 port 80 "
	    "rdr-to { 10.0.0.1, 10.0.0.2, 10.0.0.3 } port 80\n" NAT);
	check("interface em0\nredirect_port udp 10.0.0.1:53 0.0.0.0:53 "
	    "198.51.100.1\n",
	    "match in on em0 inet proto udp from 198.51.100.1 to (em0) port "
	    "53 rdr-to 10.0.0.1 port 53\n" NAT);
	check("interface em0\nredirect_port udp 10.0.0.1:53 203.0.113.5:54 "
	    "198.51.100.1:55\n",
	    "match in on em0 inet proto udp from 198.51.100.1 port 55 to "
	    "203.0.113.5 port 54 rdr-to 10.0.0.1 port 53\n" NAT);
	/* Remote 0 is any. */
	check("interface em0\nredirect_port udp 10.0.0.1:53-54 53-54 "
	    "0.0.0.0:0\n",
	    "match in on em0 inet proto udp from any to (em0) port 53:54 "
	    "rdr-to 10.0.0.1 port 53:*\n" NAT);
	check("alias_address 203.0.113.1\nredirect_port udp 10.0.0.1:53 53\n",
	    "# No interface is named: add \"on em0\" where others are "
	    "diverted too.\n"
	    "match in inet proto udp from any to 203.0.113.1 port 53 rdr-to "
	    "10.0.0.1 port 53\n"
	    "match out inet from any to any nat-to 203.0.113.1\n");
	if (getservbyname("telnet", "tcp") != NULL)
		check("interface em0\nredirect_port tcp 10.0.0.1:telnet "
		    "6666\n",
		    "match in on em0 inet proto tcp from any to (em0) port "
		    "6666 rdr-to 10.0.0.1 port 23\n" NAT);
	check("interface em0\nredirect_proto gre 10.0.0.1\n",
	    "match on em0 inet proto gre from 10.0.0.1 to any binat-to "
	    "(em0)\n" NAT);
	check("interface em0\nredirect_proto 41 10.0.0.1 203.0.113.5 "
	    "198.51.100.1\n",
	    "match on em0 inet proto 41 from 10.0.0.1 to 198.51.100.1 "
	    "binat-to 203.0.113.5\n" NAT);
	check("interface em0\nredirect_address 10.0.0.8 0.0.0.0\n",
	    "match on em0 inet from 10.0.0.8 to any binat-to (em0)\n" NAT);
	/* What comes goes to the last; all leave with it. */
	check("interface em0\nredirect_address 192.168.0.2 203.0.113.9\n"
	    "redirect_address 192.168.0.3\t 203.0.113.9\n"
	    "redirect_address 192.168.0.4 203.0.113.9\n",
	    "match on em0 inet from 192.168.0.4 to any binat-to "
	    "203.0.113.9\n"
	    "match out on em0 inet from 192.168.0.3 to any nat-to "
	    "203.0.113.9\n"
	    "match out on em0 inet from 192.168.0.2 to any nat-to "
	    "203.0.113.9\n" NAT);
	/* A host with two of them leaves with the later. */
	check("interface em0\nredirect_address 10.0.0.8 203.0.113.8\n"
	    "redirect_address 10.0.0.8 203.0.113.9\n",
	    "match on em0 inet from 10.0.0.8 to any binat-to 203.0.113.9\n"
	    "match on em0 inet from 10.0.0.8 to any binat-to 203.0.113.8\n"
	    NAT);
	/* A remote that is named, and a later line, come before others. */
	check("interface em0\n"
	    "redirect_port tcp 10.0.0.1:80 80\n"
	    "redirect_port tcp 10.0.0.2:80 80 198.51.100.1\n"
	    "redirect_port tcp 10.0.0.3:80 80 198.51.100.1:99\n"
	    "redirect_port tcp 10.0.0.4:80 80 0.0.0.0:99\n"
	    "redirect_port tcp 10.0.0.5:80 80 0.0.0.0:0\n"
	    "redirect_port tcp 10.0.0.6:80 0.0.0.0:80\n"
	    "redirect_port tcp 10.0.0.7:80 203.0.113.1:80\n",
	    "match in on em0 inet proto tcp from any to 203.0.113.1 port 80 "
	    "rdr-to 10.0.0.7 port 80\n"
	    "match in on em0 inet proto tcp from 198.51.100.1 port 99 to (em0) "
	    "port 80 rdr-to 10.0.0.3 port 80\n"
	    "match in on em0 inet proto tcp from 198.51.100.1 to (em0) port 80 "
	    "rdr-to 10.0.0.2 port 80\n"
	    "match in on em0 inet proto tcp from any port 99 to (em0) port 80 "
	    "rdr-to 10.0.0.4 port 80\n"
	    "match in on em0 inet proto tcp from any to (em0) port 80 rdr-to "
	    "10.0.0.6 port 80\n"
	    "match in on em0 inet proto tcp from any to (em0) port 80 rdr-to "
	    "10.0.0.5 port 80\n"
	    "match in on em0 inet proto tcp from any to (em0) port 80 rdr-to "
	    "10.0.0.1 port 80\n" NAT);
	check("interface em0\nredirect_proto gre 10.0.0.1 0.0.0.0 "
	    "198.51.100.1\nredirect_proto gre 10.0.0.2\n",
	    "match on em0 inet proto gre from 10.0.0.1 to 198.51.100.1 "
	    "binat-to (em0)\n"
	    "match on em0 inet proto gre from 10.0.0.2 to any binat-to "
	    "(em0)\n" NAT);
	check("interface em0\nredirect_address 10.0.0.1,10.0.0.2 "
	    "203.0.113.9\n",
	    "match in on em0 inet from any to 203.0.113.9 rdr-to { 10.0.0.1, "
	    "10.0.0.2 }\n" NAT);
	/* Ports before protocols before addresses before the rest. */
	check("redirect_address 10.0.0.3 203.0.113.9\ntarget_address "
	    "10.0.0.4\nredirect_proto gre 10.0.0.2\n"
	    "redirect_port tcp 10.0.0.1:80 80\ninterface em0\n",
	    "match in on em0 inet proto tcp from any to (em0) port 80 rdr-to "
	    "10.0.0.1 port 80\n"
	    "match on em0 inet proto gre from 10.0.0.2 to any binat-to "
	    "(em0)\n"
	    "match on em0 inet from 10.0.0.3 to any binat-to 203.0.113.9\n"
	    "match in on em0 inet from any to (em0) rdr-to 10.0.0.4\n" NAT);
}

/* Options that are no rules: each stays with a reason. */
static void
notes(void **state)
{
	static const char *const	 flags[] = { "dynamic", "udp_eim",
	    "use_sockets", "log", "log_denied", "log_ipfw_denied", "verbose",
	    "reverse", "proxy_only" };
	static const char *const	 values[] = { "log_facility daemon",
	    "port 8668", "in_port 1", "out_port 2", "globalport 3",
	    "proxy_rule port 80 server 10.0.0.1:8080", "punch_fw 1000:20",
	    "skinny_port 2000", "config /etc/natd.two", "pid_file /x",
	    "exit_delay 10", "instance two" };
	char	 text[256], *got, expected[64];
	size_t	 i;

	(void)state;
	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		snprintf(text, sizeof(text), "interface em0\n%s no\n",
		    flags[i]);
		check(text, NAT);
		snprintf(text, sizeof(text), "interface em0\n%s\n", flags[i]);
		got = from_natd(text);
		snprintf(expected, sizeof(expected), "# %s: ", flags[i]);
		assert_int_equal(strncmp(got, expected, strlen(expected)), 0);
		assert_string_equal(strchr(got, '\n') + 1, NAT);
		free(got);
	}
	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		snprintf(text, sizeof(text), "interface em0\n%s\n", values[i]);
		got = from_natd(text);
		snprintf(expected, sizeof(expected), "# %s: ", values[i]);
		assert_int_equal(strncmp(got, expected, strlen(expected)), 0);
		assert_string_equal(strchr(got, '\n') + 1, NAT);
		free(got);
	}
	check("interface em0\nredirect_port tcp 10.0.0.1:80,10.0.0.2:81 80\n",
	    "# redirect_port tcp 10.0.0.1:80,10.0.0.2:81 80: targets with "
	    "different ports: write a rule for each\n" NAT);
	check("interface em0\nredirect_port tcp 10.0.0.1:80-81 80-81 "
	    "198.51.100.1:1-2\n",
	    "# redirect_port tcp 10.0.0.1:80-81 80-81 198.51.100.1:1-2: a "
	    "range of remote ports, each for a port of its own: write a rule "
	    "for each\n" NAT);
	/* What is another's stays another's. */
	check("instance default\ninterface em0\ninstance two\n"
	    "alias_address 203.0.113.1\nsame_ports\ninstance default\nlog\n",
	    "# instance two: there are no instances: one divertnat for each\n"
	    "# alias_address 203.0.113.1: of another instance: one divertnat "
	    "for each\n"
	    "# same_ports: of another instance: one divertnat for each\n"
	    "# log: divertnat -o file writes a log\n" NAT);
}

/* Every option of the table is in one of the tests above, or here. */
static void
every_option(void **state)
{
	static const char *const	 seen[] = { "alias_address",
	    "interface", "target_address", "unregistered_only",
	    "unregistered_cgn", "deny_incoming", "same_ports",
	    "redirect_port", "redirect_proto", "redirect_address",
	    "instance", "dynamic", "udp_eim", "use_sockets", "log",
	    "log_denied", "log_facility", "log_ipfw_denied", "verbose",
	    "port", "in_port", "out_port", "globalport", "reverse",
	    "proxy_only", "proxy_rule", "punch_fw", "skinny_port", "config",
	    "pid_file", "exit_delay" };
	size_t	 i, j, n = sizeof(seen) / sizeof(seen[0]);

	(void)state;
	assert_int_equal(sizeof(natd_options) / sizeof(natd_options[0]), n);
	for (i = 0; i < n; i++) {
		for (j = 0; j < n; j++)
			if (strcmp(natd_options[i].name, seen[j]) == 0)
				break;
		assert_true(j < n);
	}
}

static void
mistakes(void **state)
{
	static const struct {
		const char	*text;
		const char	*error;
	} t[] = {
		{ "", "n:1: expected interface or alias_address, found "
		    "the end of the file" },
		{ "interface em0\nalias_address 1.2.3.4",
		    "n:2: interface and alias_address cannot stand together" },
		{ "interface em0\nnosuch yes",
		    "n:2: expected an option of natd, found \"nosuch\"" },
		{ "interface", "n:1: interface needs a value" },
		{ "interface em0\nlog maybe",
		    "n:2: log: expected yes or no, found \"maybe\"" },
		{ "alias_address www.example.org", "n:1: expected an IPv4 "
		    "address, found \"www.example.org\" (names of hosts are "
		    "not looked up)" },
		{ "alias_address 0.0.0.0",
		    "n:1: alias_address: 0.0.0.0 is no address" },
		{ "interface abcdefghijklmnop",
		    "n:1: interface: the name has at most 15 characters" },
		{ "interface e/0", "n:1: expected the name of an interface, "
		    "found \"e/0\"" },
		{ "interface em0 inet6", "n:1: expected the name of an "
		    "interface, found \"em0 inet6\"" },
		{ "interface em0\nredirect_port tcp 10.0.0.1:80",
		    "n:2: expected redirect_port protocol address:port "
		    "[address:]port [address[:port]]" },
		{ "interface em0\nredirect_port gre 10.0.0.1:80 80",
		    "n:2: expected tcp or udp, found \"gre\"" },
		{ "interface em0\nredirect_port tcp 10.0.0.1 80",
		    "n:2: expected \"address:port\", found \"10.0.0.1\"" },
		{ "interface em0\nredirect_port tcp 10.0.0.1:80-90 80",
		    "n:2: ranges of ports that are not equally long" },
		{ "interface em0\nredirect_port tcp 10.0.0.1:90-80 80",
		    "n:2: a range of ports that ends before it begins" },
		{ "interface em0\nredirect_port tcp 10.0.0.1:x 80",
		    "n:2: expected a port, found \"x\"" },
		{ "interface em0\nredirect_port tcp 10.0.0.1:80-81,10.0.0.2:80"
		    " 80", "n:2: a range of ports for one target alone" },
		{ "interface em0\nredirect_port tcp 224.0.0.1:80 80",
		    "n:2: no packet can be translated to this address: it is "
		    "not unicast" },
		{ "interface em0\n\n\nredirect_proto gre",
		    "n:4: expected redirect_proto protocol address [address "
		    "[address]]" },
		{ "interface em0\nredirect_proto nosuch 10.0.0.1",
		    "n:2: expected a protocol (a name, or a number up to "
		    "255), found \"nosuch\"" },
		{ "interface em0\nredirect_address 10.0.0.1",
		    "n:2: expected redirect_address address address" },
		{ "interface em0\nredirect_address 10.0.0.1 224.0.0.1",
		    "n:2: no packet can be translated to this address: it is "
		    "not unicast" },
		{ "alias_address 1.2.3.4\n\ninterface em0\n\n", "n:3: interface "
		    "and alias_address cannot stand together" },
		{ "log\n\n", "n:3: expected interface or alias_address, "
		    "found the end of the file" },
		{ "interface egress", "n:1: \"egress\": interface groups are "
		    "not known here, write the name of the interface" },
		{ "interface em0\nlog\001", "n:2: a control character "
		    "(0x1)" }
	};
	size_t	 i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		check_error(t[i].text, t[i].error);
}

static void
no_memory_left(void **state)
{
	static const char	 text[] = "interface em0\nlog\nsame_ports\n"
	    "redirect_port tcp 10.0.0.1:80,10.0.0.2:80 80\n"
	    "redirect_proto gre 10.0.0.1\nredirect_address 10.0.0.1 0.0.0.0\n"
	    "target_address 10.0.0.1\n";
	unsigned int	 i;
	char		*got;

	(void)state;
	for (i = 1;; i++) {
		fail_at = i;
		allocations = 0;
		errno = 0;
		got = rules_from_natd("n", text, strlen(text), errbuf,
		    sizeof(errbuf));
		fail_at = 0;
		if (got != NULL)
			break;
		assert_int_equal(errno, ENOMEM);
		assert_string_equal(errbuf, "n: no memory");
	}
	assert_true(i > 20);
	free(got);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
		cmocka_unit_test(redirections),
		cmocka_unit_test(notes),
		cmocka_unit_test(every_option),
		cmocka_unit_test(mistakes),
		cmocka_unit_test(no_memory_left)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
