/* SPDX-License-Identifier: ISC */

/* What RFC 7857 changed: A1 to A11 of regress/NAT. */

#include "compat.h"

#include "nat_talk.h"

/* After this a session may be idle for so long and not much longer. */
static void
idle_after(const char *text, double seconds, const char *again)
{
	static const char	 rules[] = "set timeout { tcp.opening 300, "
				    "tcp.closing 500, tcp.rst 700 }\n" NAT44;
	struct talk		 t;

	talk_begin(&t, rules, 0);
	talk(&t, text);
	later(t.w, seconds - 1);
	talk(&t, again);
	talk_end(&t);
	talk_begin(&t, rules, 0);
	talk(&t, text);
	later(t.w, seconds + 3);
	talk_gone(&t, again);
	talk_end(&t);
}

static void
A1_states_of_a_connection(void **state)
{
	(void)state;
	/* INIT: opening. */
	idle_after(">S", 300, "<SA");
	idle_after(">S >S", 300, "<SA");
	/* ESTABLISHED, and one FIN: C-FIN or S-FIN. */
	idle_after(">S <SA", 7440, "<Ad");
	idle_after(">S <SA >A >Ad <Ad", 7440, "<Ad");
	idle_after(">S <SA >A >AF", 7440, "<Ad");
	idle_after(">S <SA >A >AF >AF", 7440, "<Ad");
	idle_after(">S <SA >A <AF", 7440, "<A");
	/* C+S-FIN: closing, whatever is sent then. */
	idle_after(">S <SA >A >AF <AF", 500, "<A");
	idle_after(">S <SA >A <AF >AF", 500, "<A");
	idle_after(">S <SA >A >AF <AF >A", 500, "<A");
	idle_after(">S <SA >A >AF <AF >A <Ad", 500, "<A");
	/* A new connection of the same ends. */
	idle_after(">S <SA >A >AF <AF >A >S", 300, "<SA");
	idle_after(">S <SA >A >AF <AF >A >S <SA", 7440, "<A");
}

static void
A2_rst(void **state)
{
	static const char *const	 resets[] = { "<R", ">R", "<RA", ">RA",
					    NULL };
	struct talk			 t;
	struct packet			 is, want;
	int				 i;

	(void)state;
	for (i = 0; resets[i] != NULL; i++) {
		/* It goes on, translated, and 4 minutes are left, */
		talk_begin(&t, NAT44, 0);
		talk(&t, ">S <SA >A >Ad <Ad >A");
		talk(&t, resets[i]);
		later(t.w, 239);
		talk(&t, "<A");
		talk_end(&t);
		/* and no more. */
		talk_begin(&t, NAT44, 0);
		talk(&t, ">S <SA >A >Ad <Ad >A");
		talk(&t, resets[i]);
		later(t.w, 245);
		talk_gone(&t, "<A");
		talk_end(&t);
		/* Data: it was no end. */
		talk_begin(&t, NAT44, 0);
		talk(&t, ">S <SA >A >Ad <Ad >A");
		talk(&t, resets[i]);
		later(t.w, 200);
		talk(&t, ">Ad <Ad");
		later(t.w, 7000);
		talk(&t, "<Ad");
		talk_end(&t);
	}
	/* One that is not of this connection ends nothing. */
	talk_begin(&t, NAT44, 0);
	talk(&t, ">S <SA >A >Ad <Ad >A");
	is = numbered(tcp(R4, TALK_REMOTE, OUT4, t.outside, RST, 0),
	    t.seq[1] + 0x20000000, 0);
	want = numbered(tcp(R4, TALK_REMOTE, A4, TALK_INSIDE, RST, 0),
	    t.seq[1] + 0x20000000, 0);
	if (step(t.w, INWARD, &is) != NAT_DROP)
		same(&is, &want);
	is = numbered(tcp(R4, TALK_REMOTE, OUT4, t.outside, RST, 0),
	    t.seq[1] - 5000, 0);
	(void)step(t.w, INWARD, &is);
	later(t.w, 7000);
	talk(&t, "<Ad >A");
	talk_end(&t);
}

#define ONE_PORT	"match out on em0 inet from 10.0.0.0/8 to any nat-to " \
			"203.0.113.1 port 5000\n"

static void
A3_ports_overlap_if_asked(void **state)
{
	struct world	*w = world("set mapping port-overlap\n" ONE_PORT);

	(void)state;
	becomes(w, OUTWARD, udp(A4, 4000, R4, 80, 9),
	    udp(OUT4, 5000, R4, 80, 9));
	becomes(w, OUTWARD, udp(B4, 4000, S4, 80, 9),
	    udp(OUT4, 5000, S4, 80, 9));
	becomes(w, OUTWARD, udp(B4, 4001, R4, 81, 9),
	    udp(OUT4, 5000, R4, 81, 9));
	dropped(w, OUTWARD, udp(B4, 4000, R4, 80, 9), NAT_REASON_NO_PORT);
	becomes(w, INWARD, udp(R4, 80, OUT4, 5000, 9),
	    udp(R4, 80, A4, 4000, 9));
	becomes(w, INWARD, udp(S4, 80, OUT4, 5000, 9),
	    udp(S4, 80, B4, 4000, 9));
	becomes(w, INWARD, udp(R4, 81, OUT4, 5000, 9),
	    udp(R4, 81, B4, 4001, 9));
	/* No session, nobody: filtering is as strict as that. */
	untouched(w, INWARD, udp(S4, 81, OUT4, 5000, 9));
	world_free(w);

	/* Not asked for. */
	w = world(ONE_PORT);
	(void)goes(w, OUTWARD, udp(A4, 4000, R4, 80, 9));
	dropped(w, OUTWARD, udp(B4, 4000, S4, 80, 9), NAT_REASON_NO_PORT);
	world_free(w);
}

static void
A4_paired_address_exhausted(void **state)
{
	static const char	 rules[] = "match out on em0 inet from "
				    "10.0.0.0/8 to any nat-to { 203.0.113.1, "
				    "203.0.113.2 } port 5000:5003\n";
	struct world		*w = world(rules);
	int			 i;

	(void)state;
	for (i = 0; i < 4; i++) {
		(void)goes(w, OUTWARD, udp(A4, 4000 + i, R4, 80, 9));
		(void)goes(w, OUTWARD, tcp(A4, 4000 + i, R4, 80, SYN, 0));
	}
	/* The other address is free, and not for this host. */
	dropped(w, OUTWARD, udp(A4, 4010, R4, 80, 9), NAT_REASON_NO_PORT);
	dropped(w, OUTWARD, tcp(A4, 4010, R4, 80, SYN, 0),
	    NAT_REASON_NO_PORT);
	(void)goes(w, OUTWARD, udp(A4, 4000, R4, 80, 9));
	(void)goes(w, OUTWARD, tcp(A4, 4000, S4, 80, SYN, 0));
	world_free(w);
}

static struct rules_settings
defaults(void)
{
	struct world		*w = world(NAT44);
	struct rules_settings	 s = w->e.rules->settings;

	world_free(w);
	return (s);
}

static void
A5_mapping_by_default(void **state)
{
	struct world	*w = world(NAT44);
	struct packet	 p;

	(void)state;
	assert_int_equal(defaults().mapping, MAPPING_ENDPOINT_INDEPENDENT);
	/* For TCP and queries; UDP: U1. */
	p = goes(w, OUTWARD, tcp(A4, 4000, R4, 80, SYN, 0));
	becomes(w, OUTWARD, tcp(A4, 4000, S4, 81, SYN, 0),
	    tcp(OUT4, sport(&p), S4, 81, SYN, 0));
	p = goes(w, OUTWARD, echo(A4, R4, 0, 4000, 9));
	becomes(w, OUTWARD, echo(A4, S4, 0, 4000, 9),
	    echo(OUT4, S4, 0, ident(&p), 9));
	world_free(w);
}

static void
A6_filtering_by_default(void **state)
{
	struct world	*w = world(NAT44);
	struct packet	 p;

	(void)state;
	assert_int_equal(defaults().filtering,
	    FILTERING_ENDPOINT_INDEPENDENT);
	p = goes(w, OUTWARD, tcp(A4, 4000, R4, 80, SYN, 0));
	becomes(w, INWARD, tcp(S4, 81, OUT4, sport(&p), SYN, 0),
	    tcp(S4, 81, A4, 4000, SYN, 0));
	p = goes(w, OUTWARD, udp(A4, 4000, R4, 80, 9));
	becomes(w, INWARD, udp(S4, 81, OUT4, sport(&p), 9),
	    udp(S4, 81, A4, 4000, 9));
	world_free(w);
}

static void
A7_what_does_not_refresh(void **state)
{
	struct world	*w;
	struct packet	 p, seen, in;
	int		 port;

	(void)state;
	/* What is not let in. */
	w = world("set timeout udp 200\nset filtering address-dependent\n"
	    "set refresh-inbound on\n" NAT44);
	p = goes(w, OUTWARD, udp(A4, 4000, R4, 5000, 9));
	port = sport(&p);
	later(w, 150);
	dropped(w, INWARD, udp(S4, 5000, OUT4, port, 9), NAT_REASON_FILTERED);
	later(w, 55);
	untouched(w, INWARD, udp(R4, 5000, OUT4, port, 9));
	world_free(w);

	/* "Nobody there" of the host inside. */
	w = world("set timeout udp 200\n" NAT44);
	p = goes(w, OUTWARD, udp(A4, 4000, R4, 5000, 9));
	port = sport(&p);
	later(w, 150);
	in = udp(R4, 5000, OUT4, port, 9);
	seen = udp(R4, 5000, A4, 4000, 9);
	becomes(w, INWARD, in, seen);
	becomes(w, OUTWARD, icmp(A4, R4, 3, 3, 0, &seen, 28),
	    icmp(OUT4, R4, 3, 3, 0, &in, 28));
	later(w, 55);
	untouched(w, INWARD, in);
	world_free(w);

	/* The same of TCP: RST for what came in unasked. */
	w = world(NAT44);
	p = goes(w, OUTWARD, tcp(A4, 4000, R4, 80, SYN, 0));
	port = sport(&p);
	in = numbered(tcp(S4, 81, OUT4, port, SYN, 0), 100, 0);
	seen = numbered(tcp(S4, 81, A4, 4000, SYN, 0), 100, 0);
	becomes(w, INWARD, in, seen);
	later(w, 150);
	becomes(w, OUTWARD, numbered(tcp(A4, 4000, S4, 81, RST | ACK, 0), 0,
	    101), numbered(tcp(OUT4, port, S4, 81, RST | ACK, 0), 0, 101));
	later(w, 95);
	/* 245 s after the SYN. */
	untouched(w, INWARD, in);
	world_free(w);
}

static void
A9_random_ports(void **state)
{
	struct world	*w = world(NAT44);
	struct packet	 p;
	int		 i, kept = 0, up = 0, last = 0;

	(void)state;
	for (i = 0; i < 1000; i++) {
		p = goes(w, OUTWARD, tcp(A4, 20000 + i, R4, 80, SYN, 0));
		kept += sport(&p) == 20000 + i;
		up += sport(&p) > last;
		last = sport(&p);
	}
	assert_in_range(kept, 0, 3);
	/* Neither counted up nor down: 16 is the deviation. */
	assert_in_range(up, 420, 580);
	world_free(w);
}

/*
 * RFC 6864: the identifiers of datagrams that may be cut must not meet at the
 * outside address.
 */
static void
A10_ip_identifiers(void **state)
{
	struct world	*w = world(NAT44);
	struct packet	 p, want;

	(void)state;
	/* Whole and not to be cut: of no meaning, and kept. */
	p = udp(A4, 4000, R4, 80, 9);
	p.b[6] = 0x40;
	sum_ip(&p);
	p = goes(w, OUTWARD, p);
	want = udp(OUT4, sport(&p), R4, 80, 9);
	want.b[6] = 0x40;
	sum_ip(&want);
	same(&p, &want);
	world_free(w);
}

static void
A11_query_mapping_goes_with_its_sessions(void **state)
{
	struct world	*w = world("set timeout port-rest 0\n" NAT44);
	struct packet	 p;

	(void)state;
	p = goes(w, OUTWARD, echo(A4, R4, 0, 77, 9));
	assert_int_equal(counts(w).mappings, 1);
	later(w, 40);
	becomes(w, OUTWARD, echo(A4, S4, 0, 77, 9),
	    echo(OUT4, S4, 0, ident(&p), 9));
	later_ticking(w, 40);
	assert_int_equal(counts(w).mappings, 1);
	assert_int_equal(counts(w).sessions, 1);
	later_ticking(w, 25);
	assert_int_equal(counts(w).mappings, 0);
	assert_int_equal(counts(w).sessions, 0);
	assert_int_equal(counts(w).hosts, 0);
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(A1_states_of_a_connection),
		cmocka_unit_test(A2_rst),
		cmocka_unit_test(A3_ports_overlap_if_asked),
		cmocka_unit_test(A4_paired_address_exhausted),
		cmocka_unit_test(A5_mapping_by_default),
		cmocka_unit_test(A6_filtering_by_default),
		cmocka_unit_test(A7_what_does_not_refresh),
		cmocka_unit_test(A9_random_ports),
		cmocka_unit_test(A10_ip_identifiers),
		cmocka_unit_test(A11_query_mapping_goes_with_its_sessions)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
