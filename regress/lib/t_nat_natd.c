/* SPDX-License-Identifier: ISC */

/*
 * Configurations of natd(8), as they are found, through --from-natd and the
 * engine: packets become what natd made of them.
 */

#include "nat_harness.h"

#define OUTSIDE		"203.0.113.1"
#define SECOND		"203.0.113.5"
#define R		"192.0.2.9"
#define S		"198.51.100.7"
#define GRE		47

static const char	 office[] =
	"# /etc/natd.conf\n"
	"use_sockets\tyes\n"
	"same_ports\tyes\n"
	"unregistered_only yes\n"
	"deny_incoming\tyes\n"
	"log_denied no\n"
	"dynamic yes\n"
	"alias_address " OUTSIDE "\t# the line of the provider\n"
	"\n"
	"redirect_port tcp 192.168.1.99:22 2222 198.51.100.7\n"
	"redirect_port tcp 192.168.1.10:80 80\n"
	"redirect_port tcp 192.168.1.11:22 2222\n"
	"redirect_port udp 192.168.1.20:27000-27010 28000-28010\n"
	"redirect_port tcp 192.168.1.30:25,192.168.1.31:25 25\n"
	"redirect_proto gre 192.168.1.40\n"
	"redirect_address 192.168.1.50 " SECOND "\n"
	"redirect_address 192.168.1.51 " SECOND "\n";

static struct world *
natd(const char *text)
{
	struct world	*w;
	char		 errbuf[256], *rules;

	rules = rules_from_natd("natd.conf", text, strlen(text), errbuf,
	    sizeof(errbuf));
	if (rules == NULL)
		fail_msg("%s", errbuf);
	w = world(rules);
	free(rules);
	return (w);
}

static void
what_leaves(void **state)
{
	struct world	*w = natd(office);
	struct packet	 p;

	(void)state;
	p = goes(w, OUTWARD, udp("192.168.1.3", 5000, R, 53, 4));
	assert_true(is_from(&p, OUTSIDE));
	becomes(w, INWARD, udp(R, 53, OUTSIDE, sport(&p), 4),
	    udp(R, 53, "192.168.1.3", 5000, 4));
	/* Who was not sent to is nobody, even to that port. */
	dropped(w, INWARD, udp(S, 53, OUTSIDE, sport(&p), 4),
	    NAT_REASON_FILTERED);
	/* Registered addresses are left as they are. */
	untouched(w, OUTWARD, udp("198.51.100.99", 5000, R, 53, 4));
	untouched(w, OUTWARD, udp("100.64.0.1", 5000, R, 53, 4));
	/* same_ports, as far as nobody is dropped by it. */
	becomes(w, OUTWARD, udp("192.168.1.3", 500, R, 500, 4),
	    udp(OUTSIDE, 500, R, 500, 4));
	p = goes(w, OUTWARD, udp("192.168.1.4", 500, R, 500, 4));
	assert_true(is_from(&p, OUTSIDE) && sport(&p) != 500);
	world_free(w);
}

static void
what_comes(void **state)
{
	struct world	*w = natd(office);

	(void)state;
	dropped(w, INWARD, udp(R, 53, OUTSIDE, 9999, 4),
	    NAT_REASON_UNMATCHED);
	becomes(w, INWARD, tcp(R, 1000, OUTSIDE, 80, SYN, 0),
	    tcp(R, 1000, "192.168.1.10", 80, SYN, 0));
	becomes(w, OUTWARD, tcp("192.168.1.10", 80, R, 1000, SYN | ACK, 0),
	    tcp(OUTSIDE, 80, R, 1000, SYN | ACK, 0));
	/* Another client of the same. */
	becomes(w, INWARD, tcp(S, 1001, OUTSIDE, 80, SYN, 0),
	    tcp(S, 1001, "192.168.1.10", 80, SYN, 0));
	/* A remote that is named has its own. */
	becomes(w, INWARD, tcp(R, 1000, OUTSIDE, 2222, SYN, 0),
	    tcp(R, 1000, "192.168.1.11", 22, SYN, 0));
	becomes(w, INWARD, tcp(S, 1000, OUTSIDE, 2222, SYN, 0),
	    tcp(S, 1000, "192.168.1.99", 22, SYN, 0));
	becomes(w, OUTWARD, tcp("192.168.1.99", 22, S, 1000, SYN | ACK, 0),
	    tcp(OUTSIDE, 2222, S, 1000, SYN | ACK, 0));
	/* A range for a range. */
	becomes(w, INWARD, udp(R, 1000, OUTSIDE, 28000, 4),
	    udp(R, 1000, "192.168.1.20", 27000, 4));
	becomes(w, INWARD, udp(R, 1000, OUTSIDE, 28010, 4),
	    udp(R, 1000, "192.168.1.20", 27010, 4));
	becomes(w, OUTWARD, udp("192.168.1.20", 27010, R, 1000, 4),
	    udp(OUTSIDE, 28010, R, 1000, 4));
	dropped(w, INWARD, udp(R, 1000, OUTSIDE, 28011, 4),
	    NAT_REASON_UNMATCHED);
	/* Two servers take turns (RFC 2391). */
	becomes(w, INWARD, tcp(R, 1, OUTSIDE, 25, SYN, 0),
	    tcp(R, 1, "192.168.1.30", 25, SYN, 0));
	becomes(w, INWARD, tcp(R, 2, OUTSIDE, 25, SYN, 0),
	    tcp(R, 2, "192.168.1.31", 25, SYN, 0));
	becomes(w, INWARD, tcp(R, 3, OUTSIDE, 25, SYN, 0),
	    tcp(R, 3, "192.168.1.30", 25, SYN, 0));
	becomes(w, INWARD, tcp(R, 2, OUTSIDE, 25, ACK, 0),
	    tcp(R, 2, "192.168.1.31", 25, ACK, 0));
	world_free(w);
}

static void
one_for_one(void **state)
{
	struct world	*w = natd(office);
	struct packet	 p;

	(void)state;
	becomes(w, INWARD, ip(GRE, R, OUTSIDE, 40),
	    ip(GRE, R, "192.168.1.40", 40));
	becomes(w, OUTWARD, ip(GRE, "192.168.1.40", R, 40),
	    ip(GRE, OUTSIDE, R, 40));
	/* What comes goes to the last, and each of them leaves with it. */
	becomes(w, INWARD, udp(R, 1000, SECOND, 777, 4),
	    udp(R, 1000, "192.168.1.51", 777, 4));
	becomes(w, OUTWARD, udp("192.168.1.51", 778, R, 1000, 4),
	    udp(SECOND, 778, R, 1000, 4));
	p = goes(w, OUTWARD, udp("192.168.1.50", 4000, R, 1000, 4));
	assert_true(is_from(&p, SECOND));
	becomes(w, INWARD, udp(R, 1000, SECOND, sport(&p), 4),
	    udp(R, 1000, "192.168.1.50", 4000, 4));
	world_free(w);
}

/* Without deny_incoming: to the machine itself, or where target_address says. */
static void
what_nobody_waits_for(void **state)
{
	struct world	*w;
	struct packet	 p;

	(void)state;
	w = natd("alias_address " OUTSIDE "\n");
	untouched(w, INWARD, udp(R, 53, OUTSIDE, 9999, 4));
	untouched(w, INWARD, tcp(R, 53, OUTSIDE, 22, SYN, 0));
	p = goes(w, OUTWARD, udp("172.16.0.1", 5000, R, 53, 4));
	assert_true(is_from(&p, OUTSIDE));
	p = goes(w, OUTWARD, udp("198.51.100.99", 5000, R, 53, 4));
	assert_true(is_from(&p, OUTSIDE));
	world_free(w);

	w = natd("alias_address " OUTSIDE "\ntarget_address 192.168.1.9\n"
	    "redirect_port tcp 192.168.1.10:80 80\nudp_eim\n");
	becomes(w, INWARD, tcp(R, 1000, OUTSIDE, 80, SYN, 0),
	    tcp(R, 1000, "192.168.1.10", 80, SYN, 0));
	becomes(w, INWARD, udp(R, 53, OUTSIDE, 9999, 4),
	    udp(R, 53, "192.168.1.9", 9999, 4));
	becomes(w, OUTWARD, udp("192.168.1.9", 9999, R, 53, 4),
	    udp(OUTSIDE, 9999, R, 53, 4));
	/* udp_eim: anybody may send to a mapping. */
	p = goes(w, OUTWARD, udp("192.168.1.3", 5000, R, 53, 4));
	becomes(w, INWARD, udp(S, 54, OUTSIDE, sport(&p), 4),
	    udp(S, 54, "192.168.1.3", 5000, 4));
	world_free(w);

	/* unregistered_cgn. */
	w = natd("alias_address " OUTSIDE "\nunregistered_cgn\n");
	p = goes(w, OUTWARD, udp("100.64.0.1", 5000, R, 53, 4));
	assert_true(is_from(&p, OUTSIDE));
	untouched(w, OUTWARD, udp("100.128.0.1", 5000, R, 53, 4));
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_leaves),
		cmocka_unit_test(what_comes),
		cmocka_unit_test(one_for_one),
		cmocka_unit_test(what_nobody_waits_for)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
