/* SPDX-License-Identifier: ISC */

/* What RFC 6888 asks of a carrier's translator: C1 to C15 of regress/NAT. */

#include "compat.h"

#include "nat_talk.h"

static void
C1_every_protocol(void **state)
{
	struct world	*w = world("match out on em0 inet from 10.0.0.0/8 to "
			    "any nat-to 203.0.113.1 port 5000\n");

	(void)state;
	/* Port 5000 is there three times, and for three hosts. */
	becomes(w, OUTWARD, udp(inside(1), 4000, R4, 80, 9),
	    udp(OUT4, 5000, R4, 80, 9));
	becomes(w, OUTWARD, tcp(inside(2), 4000, R4, 80, SYN, 0),
	    tcp(OUT4, 5000, R4, 80, SYN, 0));
	becomes(w, OUTWARD, echo(inside(3), R4, 0, 4000, 9),
	    echo(OUT4, R4, 0, 5000, 9));
	becomes(w, INWARD, udp(S4, 80, OUT4, 5000, 9),
	    udp(S4, 80, inside(1), 4000, 9));
	becomes(w, INWARD, tcp(S4, 80, OUT4, 5000, SYN, 0),
	    tcp(S4, 80, inside(2), 4000, SYN, 0));
	becomes(w, INWARD, echo(R4, OUT4, 1, 5000, 9),
	    echo(R4, inside(3), 1, 4000, 9));
	world_free(w);
}

#define POOL	"match out on em0 inet from 10.0.0.0/8 to any nat-to " \
		"{ 203.0.113.1, 203.0.113.64/30, 198.51.100.130 - " \
		"198.51.100.132 }\n"

static void
C2_paired_for_all_protocols(void **state)
{
	struct world	*w = world(POOL);
	struct packet	 p, q;
	int		 host;

	(void)state;
	for (host = 1; host <= 50; host++) {
		p = goes(w, OUTWARD, udp(inside(host), 4000, R4, 80, 9));
		q = goes(w, OUTWARD, tcp(inside(host), 4000, R4, 80, SYN, 0));
		assert_memory_equal(p.b + 12, q.b + 12, 4);
		q = goes(w, OUTWARD, echo(inside(host), S4, 0, 4000, 9));
		assert_memory_equal(p.b + 12, q.b + 12, 4);
		q = goes(w, OUTWARD, udp(inside(host), 4001, S4, 81, 9));
		assert_memory_equal(p.b + 12, q.b + 12, 4);
	}
	world_free(w);
}

static void
C3_pool_of_scattered_ranges(void **state)
{
	static const char *const	 all[] = { "203.0.113.1",
	    "203.0.113.64", "203.0.113.65", "203.0.113.66", "203.0.113.67",
	    "198.51.100.130", "198.51.100.131", "198.51.100.132" };
	struct world	*w = world(POOL);
	struct packet	 p;
	int		 found, host, i, seen = 0;

	(void)state;
	for (host = 1; host <= 200; host++) {
		p = goes(w, OUTWARD, udp(inside(host), 4000, R4, 80, 9));
		for (i = 0, found = 0; i < 8; i++)
			if (is_from(&p, all[i])) {
				found++;
				seen |= 1 << i;
			}
		assert_int_equal(found, 1);
	}
	assert_int_equal(seen, 0xff);
	world_free(w);
}

static void
C4_limits_of_a_host(void **state)
{
	struct world	*w = world("set limit ports-per-host 5\n"
			    "set timeout { udp 130, port-rest 0 }\n" NAT44);
	int		 i;

	(void)state;
	for (i = 0; i < 4; i++)
		(void)goes(w, OUTWARD, udp(A4, 4000 + i, R4, 80, 9));
	/* Identifiers are counted as well. */
	(void)goes(w, OUTWARD, echo(A4, R4, 0, 4000, 9));
	dropped(w, OUTWARD, udp(A4, 4010, R4, 80, 9), NAT_REASON_HOST_PORTS);
	dropped(w, OUTWARD, tcp(A4, 4010, R4, 80, SYN, 0),
	    NAT_REASON_HOST_PORTS);
	dropped(w, OUTWARD, echo(A4, R4, 0, 4010, 9), NAT_REASON_HOST_PORTS);
	/* What it has goes on, to other remotes too. */
	(void)goes(w, OUTWARD, udp(A4, 4000, R4, 80, 9));
	(void)goes(w, OUTWARD, echo(A4, S4, 0, 4000, 9));
	/* Nobody else has to suffer. */
	(void)goes(w, OUTWARD, udp(B4, 4010, R4, 80, 9));
	later(w, 133);
	(void)goes(w, OUTWARD, udp(A4, 4010, R4, 80, 9));
	world_free(w);

	/* So many new ones a second. */
	w = world("set limit new-per-host 3\n" NAT44);
	for (i = 0; i < 3; i++)
		(void)goes(w, OUTWARD, udp(A4, 4000 + i, R4, 80, 9));
	dropped(w, OUTWARD, udp(A4, 4010, R4, 80, 9), NAT_REASON_HOST_RATE);
	(void)goes(w, OUTWARD, udp(A4, 4000, R4, 80, 9));
	(void)goes(w, OUTWARD, udp(B4, 4010, R4, 80, 9));
	later(w, 1.1);
	for (i = 0; i < 3; i++)
		(void)goes(w, OUTWARD, udp(A4, 4010 + i, R4, 80, 9));
	dropped(w, OUTWARD, udp(A4, 4020, R4, 80, 9), NAT_REASON_HOST_RATE);
	world_free(w);
}

static void
C5_states_of_a_host(void **state)
{
	struct world	*w = world("set limit states-per-host 4\n" NAT44);
	struct packet	 p;
	int		 i;

	(void)state;
	p = goes(w, OUTWARD, udp(A4, 4000, R4, 80, 9));
	/* By one mapping, out and in. */
	for (i = 1; i < 3; i++)
		(void)goes(w, OUTWARD, udp(A4, 4000, R4, 80 + i, 9));
	(void)goes(w, INWARD, udp(S4, 80, OUT4, sport(&p), 9));
	dropped(w, OUTWARD, udp(A4, 4000, R4, 90, 9), NAT_REASON_HOST_STATES);
	dropped(w, INWARD, udp(S4, 81, OUT4, sport(&p), 9),
	    NAT_REASON_HOST_STATES);
	(void)goes(w, OUTWARD, udp(B4, 4000, R4, 90, 9));
	world_free(w);
}

static void
C6_exempt_destinations(void **state)
{
	struct world	*w = world("pass out on em0 inet from any to "
			    "192.0.2.0/24\n" NAT44);

	(void)state;
	untouched(w, OUTWARD, udp(A4, 4000, R4, 80, 9));
	(void)goes(w, OUTWARD, udp(A4, 4000, S4, 80, 9));
	untouched(w, OUTWARD, udp(A4, 4000, R4, 80, 9));
	untouched(w, INWARD, udp(R4, 80, A4, 4000, 9));
	world_free(w);
}

static void
C7_endpoint_independent_filtering(void **state)
{
	struct world	*w = world("match out on em0 from <cgn> to any nat-to "
			    "203.0.113.1\n");
	struct packet	 p;
	int		 i;

	(void)state;
	p = goes(w, OUTWARD, udp("100.64.0.5", 4000, R4, 80, 9));
	for (i = 1; i < 100; i++)
		becomes(w, INWARD, udp(S4, i, OUT4, sport(&p), 9),
		    udp(S4, i, "100.64.0.5", 4000, 9));
	p = goes(w, OUTWARD, tcp("100.64.0.5", 4000, R4, 80, SYN, 0));
	becomes(w, INWARD, tcp(S4, 80, OUT4, sport(&p), SYN, 0),
	    tcp(S4, 80, "100.64.0.5", 4000, SYN, 0));
	world_free(w);
}

#define ONE_PORT	"match out on em0 inet from 10.0.0.0/8 to any nat-to " \
			"203.0.113.1 port 5000\n"

static void
C8_freed_port_rests(void **state)
{
	struct talk	 t;
	struct world	*w = world("set timeout udp 200\n" ONE_PORT);

	(void)state;
	(void)goes(w, OUTWARD, udp(A4, 4000, R4, 80, 9));
	later_ticking(w, 203);		/* its end */
	assert_int_equal(counts(w).mappings, 0);
	dropped(w, OUTWARD, udp(B4, 4000, R4, 80, 9), NAT_REASON_NO_PORT);
	/* What still comes for A finds nobody. */
	untouched(w, INWARD, udp(R4, 80, OUT4, 5000, 9));
	later_ticking(w, 112);
	dropped(w, OUTWARD, udp(B4, 4000, R4, 80, 9), NAT_REASON_NO_PORT);
	later_ticking(w, 10);
	becomes(w, OUTWARD, udp(B4, 4000, R4, 80, 9),
	    udp(OUT4, 5000, R4, 80, 9));
	world_free(w);

	/* Not of a TCP connection that was seen to end. */
	talk_begin(&t, ONE_PORT, 0);
	talk(&t, ">S <SA >A >AF <AF >A");
	later_ticking(t.w, 243);
	assert_int_equal(counts(t.w).mappings, 0);
	becomes(t.w, OUTWARD, tcp(B4, 4000, R4, 80, SYN, 0),
	    tcp(OUT4, 5000, R4, 80, SYN, 0));
	talk_end(&t);
}

static void
C10_manageable(void **state)
{
	static const uint8_t	 a4[4] = { 10, 0, 0, 5 };
	struct world		*w = world("set timeout udp 200\n" NAT44);
	struct nat_session_view	*v;
	struct shown		 shown;
	struct packet		 p;
	int			 i;

	(void)state;
	p = goes(w, OUTWARD, udp(A4, 4000, R4, 5000, 9));
	later(w, 10);
	(void)goes(w, INWARD, udp(R4, 5000, OUT4, sport(&p), 5));
	(void)goes(w, OUTWARD, tcp(B4, 4000, R4, 5000, SYN, 0));
	shown = sessions(w);
	assert_int_equal(shown.n, 2);
	assert_int_equal(counts(w).sessions, 2);
	assert_int_equal(counts(w).mappings, 2);
	assert_int_equal(counts(w).hosts, 2);
	v = &shown.views[shown.views[0].proto == NAT_UDP ? 0 : 1];
	assert_int_equal(v->proto, NAT_UDP);
	assert_int_equal(v->family, 4);
	assert_memory_equal(v->inside.addr, a4, 4);
	assert_int_equal(v->inside.port, 4000);
	assert_int_equal(v->outside.port, sport(&p));
	assert_int_equal(v->remote.port, 5000);
	assert_int_equal(v->packets[0], 1);
	assert_int_equal(v->packets[1], 1);
	assert_int_equal(v->bytes[0], 37);
	assert_int_equal(v->bytes[1], 33);
	assert_int_equal(v->start, START_NS);
	/* 200 s from its own packet. */
	assert_in_range(v->expires, START_NS + 199 * SECOND_NS,
	    START_NS + 202 * SECOND_NS);
	assert_int_equal(nat_kill(w->e.nat, 4, a4), 1);
	assert_int_equal(nat_kill(w->e.nat, 4, a4), 0);
	untouched(w, INWARD, udp(R4, 5000, OUT4, sport(&p), 5));
	assert_int_equal(counts(w).sessions, 1);
	/* Every reason has a name and a sentence. */
	for (i = 0; i < NAT_REASON_MAX; i++) {
		assert_true(strlen(nat_reason_name((enum nat_reason)i)) > 0);
		assert_true(strlen(nat_reason_text((enum nat_reason)i)) > 0);
	}
	world_free(w);
}

/* Nothing ended, and everything that was there works. */
static void
all_live(struct world *w, const int *ports, int n)
{
	int	 i;

	assert_int_equal(happened(w, NAT_EVENT_SESSION_ENDED), 0);
	assert_int_equal(happened(w, NAT_EVENT_MAPPING_ENDED), 0);
	for (i = 0; i < n; i++) {
		becomes(w, OUTWARD, udp(inside(i + 1), 4000, R4, 80, 9),
		    udp(OUT4, ports[i], R4, 80, 9));
		becomes(w, INWARD, udp(R4, 80, OUT4, ports[i], 9),
		    udp(R4, 80, inside(i + 1), 4000, 9));
	}
}

struct used {
	struct nat_outside_view	 views[8];
	unsigned int		 n;
};

static void
note_used(void *arg, const struct nat_outside_view *v)
{
	struct used	*used = arg;

	assert_true(used->n < 8);
	used->views[used->n++] = *v;
}

static struct used
addresses_used(struct world *w, unsigned int at_once)
{
	struct used	 used = { .n = 0 };
	unsigned int	 at = 0;

	while (nat_outsides(w->e.nat, &at, at_once, note_used, &used) > 0)
		;
	return (used);
}

/* Also C10: what is taken of each outside address. */
static void
addresses_in_use(void **state)
{
	static const uint8_t	 one[4] = { 203, 0, 113, 1 };
	static const uint8_t	 two[4] = { 203, 0, 113, 2 };
	struct world		*w = world("set timeout udp 290\n"
				    "match out on em0 inet from "
				    "10.0.0.0/25 to any nat-to 203.0.113.1\n"
				    "match out on em0 inet from 10.0.0.128/25 "
				    "to any nat-to 203.0.113.2\n");
	struct used		 used;
	int			 host;

	(void)state;
	assert_int_equal(addresses_used(w, 1).n, 0);
	for (host = 1; host <= 3; host++) {
		(void)goes(w, OUTWARD, udp(inside(host), 4000, R4, 80, 9));
		(void)goes(w, OUTWARD, udp(inside(host), 4001, R4, 80, 9));
	}
	(void)goes(w, OUTWARD, tcp(inside(1), 4000, R4, 80, SYN, 0));
	(void)goes(w, OUTWARD, echo(inside(200), R4, 0, 7, 9));
	used = addresses_used(w, 1);
	assert_int_equal(used.n, 2);
	assert_int_equal(used.views[0].family, 4);
	assert_memory_equal(used.views[0].addr, one, 4);
	assert_int_equal(used.views[0].ports[0], 1);
	assert_int_equal(used.views[0].ports[1], 6);
	assert_int_equal(used.views[0].ports[2], 0);
	assert_memory_equal(used.views[1].addr, two, 4);
	assert_int_equal(used.views[1].ports[1], 0);
	assert_int_equal(used.views[1].ports[2], 1);
	/* All at once the same; and ports at rest are still taken. */
	used = addresses_used(w, 100);
	assert_int_equal(used.n, 2);
	later_ticking(w, 310);
	assert_int_equal(counts(w).mappings, 0);
	assert_int_equal(addresses_used(w, 2).views[0].ports[1], 6);
	later_ticking(w, 200);
	assert_int_equal(addresses_used(w, 2).views[0].ports[1], 0);
	world_free(w);
}

static void
C11_failure_evicts_nobody(void **state)
{
	struct world	*w = world("set limit states 8\n" NAT44);
	struct packet	 p;
	int		 i, ports[8];

	(void)state;
	for (i = 0; i < 8; i++) {
		p = goes(w, OUTWARD, udp(inside(i + 1), 4000, R4, 80, 9));
		ports[i] = sport(&p);
	}
	for (i = 0; i < 50; i++)
		dropped(w, OUTWARD, udp(inside(100 + i), 4000, R4, 80, 9),
		    NAT_REASON_NO_STATE);
	dropped(w, INWARD, udp(S4, 80, OUT4, ports[0], 9),
	    NAT_REASON_NO_STATE);
	all_live(w, ports, 8);
	assert_int_equal(w->e.made[0].packet.b[20], 3);
	assert_int_equal(w->e.made[0].packet.b[21], 1);
	assert_true(happened(w, NAT_EVENT_QUOTA) > 0);
	world_free(w);

	/* No port left. */
	w = world("match out on em0 inet from 10.0.0.0/8 to any nat-to "
	    "203.0.113.1 port 5000:5003\n");
	for (i = 0; i < 4; i++) {
		p = goes(w, OUTWARD, udp(inside(i + 1), 4000, R4, 80, 9));
		ports[i] = sport(&p);
	}
	for (i = 0; i < 20; i++)
		dropped(w, OUTWARD, udp(inside(100 + i), 4000, R4, 80, 9),
		    NAT_REASON_NO_PORT);
	all_live(w, ports, 4);
	assert_int_equal(w->e.made[0].packet.b[20], 3);
	assert_int_equal(w->e.made[0].packet.b[21], 1);
	assert_true(happened(w, NAT_EVENT_PORTS_EXHAUSTED) > 0);
	world_free(w);

	/* The same when remotes share ports. */
	w = world("set mapping port-overlap\nset limit states 4\n" NAT44);
	for (i = 0; i < 4; i++) {
		p = goes(w, OUTWARD, udp(inside(i + 1), 4000, R4, 80, 9));
		ports[i] = sport(&p);
	}
	for (i = 0; i < 20; i++)
		dropped(w, OUTWARD, udp(inside(100 + i), 4000, R4, 80, 9),
		    NAT_REASON_NO_STATE);
	all_live(w, ports, 4);
	assert_int_equal(counts(w).hosts, 4);
	world_free(w);
}

static const struct nat_event *
first_event(const struct world *w, enum nat_event_kind kind)
{
	int	 i;

	for (i = 0; i < w->nevents && i < EVENTS_MAX; i++)
		if (w->events[i].kind == kind)
			return (&w->events[i]);
	return (NULL);
}

static void
C12_no_destinations_in_events(void **state)
{
	static const uint8_t	 none[16];
	struct world		*w = world(NAT44);
	const struct nat_event	*e;

	(void)state;
	(void)goes(w, OUTWARD, udp(A4, 4000, R4, 80, 9));
	assert_non_null(e = first_event(w, NAT_EVENT_MAPPING_MADE));
	assert_memory_equal(e->remote.addr, none, sizeof(none));
	assert_int_equal(e->remote.port, 0);
	/* A session has them; it says that a mapping was logged already. */
	assert_non_null(e = first_event(w, NAT_EVENT_SESSION_MADE));
	assert_true(e->mapped);
	later_ticking(w, 303);
	assert_non_null(e = first_event(w, NAT_EVENT_MAPPING_ENDED));
	assert_memory_equal(e->remote.addr, none, sizeof(none));
	assert_int_equal(e->remote.port, 0);
	world_free(w);
}

static void
C13_every_port_is_used(void **state)
{
	struct world	*w = world("match out on em0 inet from 10.0.0.0/8 to "
			    "any nat-to 203.0.113.1 port 1024:65535\n");
	static uint8_t	 taken[65536];
	struct packet	 p;
	int		 i;

	(void)state;
	memset(taken, 0, sizeof(taken));
	for (i = 0; i < 64512; i++) {
		p = goes(w, OUTWARD, udp(inside(1 + i / 30000), 1024 + i %
		    30000, R4, 80, 0));
		assert_in_range(sport(&p), 1024, 65535);
		assert_int_equal(taken[sport(&p)]++, 0);
	}
	dropped(w, OUTWARD, udp(inside(9), 4000, R4, 80, 0),
	    NAT_REASON_NO_PORT);
	/* By its own range, a protocol is as free as ever. */
	(void)goes(w, OUTWARD, tcp(inside(9), 4000, R4, 80, SYN, 0));
	world_free(w);
}

static void
C14_one_event_for_many_sessions(void **state)
{
	struct world	*w = world(NAT44);
	struct packet	 p;
	int		 i;

	(void)state;
	/* By TCP out, by UDP in. */
	for (i = 0; i < 20; i++)
		(void)goes(w, OUTWARD, tcp(A4, 4000, R4, 80 + i, SYN, 0));
	assert_int_equal(happened(w, NAT_EVENT_MAPPING_MADE), 1);
	p = goes(w, OUTWARD, udp(A4, 4000, R4, 80, 9));
	for (i = 0; i < 20; i++)
		(void)goes(w, INWARD, udp(S4, 80 + i, OUT4, sport(&p), 9));
	assert_int_equal(happened(w, NAT_EVENT_MAPPING_MADE), 2);
	assert_int_equal(happened(w, NAT_EVENT_SESSION_MADE), 41);
	for (i = 0; i < w->nevents; i++)
		assert_true(w->events[i].kind == NAT_EVENT_MAPPING_MADE ||
		    w->events[i].mapped);
	world_free(w);
}

static void
C15_unguessable_ports(void **state)
{
	struct world	*w[2];
	struct packet	 p;
	int		 i, last = 0, near = 0, same_port = 0, high[2], port[2];

	(void)state;
	w[0] = world_seeded(NAT44, 1);
	w[1] = world_seeded(NAT44, 2);
	high[0] = high[1] = 0;
	for (i = 0; i < 1000; i++) {
		p = goes(w[0], OUTWARD, udp(A4, 2000 + i, R4, 80, 9));
		port[0] = sport(&p);
		p = goes(w[1], OUTWARD, udp(A4, 2000 + i, R4, 80, 9));
		port[1] = sport(&p);
		same_port += port[0] == port[1];
		near += abs(port[0] - last) < 64;
		high[port[0] >= 33280]++;
		last = port[0];
	}
	/* By chance 1 in 32256 and 127 in 64512. */
	assert_in_range(same_port, 0, 3);
	assert_in_range(near, 0, 12);
	/* 500 are expected above the middle, 16 is the deviation. */
	assert_in_range(high[1], 420, 580);
	world_free(w[0]);
	world_free(w[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(C1_every_protocol),
		cmocka_unit_test(C2_paired_for_all_protocols),
		cmocka_unit_test(C3_pool_of_scattered_ranges),
		cmocka_unit_test(C4_limits_of_a_host),
		cmocka_unit_test(C5_states_of_a_host),
		cmocka_unit_test(C6_exempt_destinations),
		cmocka_unit_test(C7_endpoint_independent_filtering),
		cmocka_unit_test(C8_freed_port_rests),
		cmocka_unit_test(C10_manageable),
		cmocka_unit_test(addresses_in_use),
		cmocka_unit_test(C11_failure_evicts_nobody),
		cmocka_unit_test(C12_no_destinations_in_events),
		cmocka_unit_test(C13_every_port_is_used),
		cmocka_unit_test(C14_one_event_for_many_sessions),
		cmocka_unit_test(C15_unguessable_ports)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
