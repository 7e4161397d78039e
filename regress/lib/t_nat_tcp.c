/* SPDX-License-Identifier: ISC */

/* What RFC 5382 asks of a translator of TCP: T1 to T10 of regress/NAT. */

#include "compat.h"

#include "nat_talk.h"

static void
T1_same_mapping_for_two_remotes(void **state)
{
	struct world	*w = world(NAT44);
	struct packet	 p;
	int		 port;

	(void)state;
	p = goes(w, OUTWARD, tcp(A4, 4000, R4, 80, SYN, 0));
	port = sport(&p);
	becomes(w, OUTWARD, tcp(A4, 4000, R4, 81, SYN, 0),
	    tcp(OUT4, port, R4, 81, SYN, 0));
	becomes(w, OUTWARD, tcp(A4, 4000, S4, 80, SYN, 0),
	    tcp(OUT4, port, S4, 80, SYN, 0));
	world_free(w);

	w = world(NAT66);
	p = goes(w, OUTWARD, tcp(A6, 4000, R6, 80, SYN, 0));
	becomes(w, OUTWARD, tcp(A6, 4000, S6, 81, SYN, 0),
	    tcp(OUT6, sport(&p), S6, 81, SYN, 0));
	world_free(w);
}

/* Of RFC 793: section 3.4, figures 7 to 11; 3.5, figures 13 and 14; 3.9. */
static const char *const	 conversations[] = {
	">S <SA >A >Ad <Ad >A >AF <A <AF >A",
	">S <SA >A >Ad <AdF >AF <A",
	/* Closed on one side only for long. */
	">S <SA >A >AF <A <Ad >A <Ad >A <AF >A",
	">S <SA >A <AF >A >Ad <A >Ad <A >AF <A",
	/* Both close at once, with and without data. */
	">S <SA >A >AF <AF >A <A",
	">S <SA >A >AdF <AdF >A <A",
	/* Lost and sent again. */
	">S >S <SA <SA >A >A >Ad >Ad <A <A >AF >AF <AF <AF >A >A",
	/* Data with SYN, FIN with the third segment. */
	">Sd <SA >A <Ad >A",
	">S <SA >AF <A <AF >A",
	/* Refused. */
	">S <RA",
	">S <SA >R",
	">S <SA >A >RA",
	">S <SA >A <Ad <RA",
	/* Recovery from an old duplicate SYN, figure 9. */
	">S <SA >R <SA >A >Ad <A",
	/* One end forgot the connection, figures 10 and 11. */
	">S <SA >A >S <A >R >S <SA >A >Ad <A",
	">S <SA >A <Ad >R",
	/* Over, and the same again. */
	">S <SA >A >AF <AF >A >S <SA >A >Ad <Ad >A",
	/* Urgent data and keepalives with nothing. */
	">S <SA >A >AUd <A >A <A >A <A",
	NULL
};

static void
T2_every_sequence_of_RFC_793(void **state)
{
	struct talk	 t;
	int		 i, v6;

	(void)state;
	for (i = 0; conversations[i] != NULL; i++)
		for (v6 = 0; v6 < 2; v6++) {
			talk_begin(&t, v6 ? NAT66 : NAT44, v6);
			talk(&t, conversations[i]);
			talk_end(&t);
			/* The other way round: the remote opens. */
			talk_begin_in(&t, v6);
			talk_mirrored(&t, conversations[i]);
			talk_end(&t);
		}
}

static void
T2a_simultaneous_open(void **state)
{
	static const char *const	 opens[] = { ">S <S >SA <SA",
					    ">S <S >SA <A", ">S <S <SA >SA",
					    NULL };
	static const char *const	 filterings[] = { "",
					    "set filtering address-dependent\n",
					    "set filtering "
					    "address-and-port-dependent\n" };
	struct talk			 t;
	char				 rules[256];
	int				 f, i;

	(void)state;
	for (i = 0; opens[i] != NULL; i++)
		for (f = 0; f < 3; f++) {
			snprintf(rules, sizeof(rules), "%s%s", filterings[f],
			    NAT44);
			talk_begin(&t, rules, 0);
			talk(&t, opens[i]);
			/* It is open, and stays. */
			later(t.w, 7000);
			talk(&t, "<Ad >Ad");
			talk_end(&t);
		}
}

static void
T3_filtering(void **state)
{
	static const char	*rules[3] = {
		NAT44,
		"set filtering address-dependent\n" NAT44,
		"set filtering address-and-port-dependent\n" NAT44
	};
	struct packet		 p;
	struct world		*w;
	int			 i, port;

	(void)state;
	for (i = 0; i < 3; i++) {
		w = world(rules[i]);
		p = goes(w, OUTWARD, tcp(A4, 4000, R4, 80, SYN, 0));
		port = sport(&p);
		if (i == 0)
			becomes(w, INWARD, tcp(S4, 7000, OUT4, port, SYN, 0),
			    tcp(S4, 7000, A4, 4000, SYN, 0));
		else
			dropped(w, INWARD, tcp(S4, 7000, OUT4, port, SYN, 0),
			    NAT_REASON_FILTERED);
		if (i < 2)
			becomes(w, INWARD, tcp(R4, 7000, OUT4, port, SYN, 0),
			    tcp(R4, 7000, A4, 4000, SYN, 0));
		else
			dropped(w, INWARD, tcp(R4, 7000, OUT4, port, SYN, 0),
			    NAT_REASON_FILTERED);
		becomes(w, INWARD, tcp(R4, 80, OUT4, port, SYN | ACK, 0),
		    tcp(R4, 80, A4, 4000, SYN | ACK, 0));
		world_free(w);
	}
}

#define STRICT	"set unmatched drop\n" NAT44

/* The error for a SYN: type 3, code 3, from whom it was sent to. */
static void
is_refusal(const struct packet *p, const struct packet *syn)
{
	assert_true(is_from(p, OUT4));
	assert_true(is_to(p, R4));
	assert_int_equal(p->b[9], NAT_ICMP);
	assert_int_equal(p->b[20], 3);
	assert_int_equal(p->b[21], 3);
	assert_true(p->n >= 28 + 28);
	assert_memory_equal(p->b + 28, syn->b, p->n - 28);
	assert_int_equal(slow_sum(0, p->b, 20), 0xffff);
	assert_int_equal(slow_sum(0, p->b + 20, p->n - 20), 0xffff);
}

static void
T4_unsolicited_syn(void **state)
{
	struct world	*w;
	struct packet	 p, in;
	int		 f, port;

	(void)state;
	/* Nobody wants it: silence for 6 s, then an error. */
	w = world(STRICT);
	in = tcp(R4, 7000, OUT4, 80, SYN, 0);
	dropped(w, INWARD, in, NAT_REASON_UNSOLICITED);
	later_ticking(w, 5.9);
	assert_int_equal(w->e.nmade, 0);
	later_ticking(w, 1);
	assert_int_equal(w->e.nmade, 1);
	is_refusal(made(w, 0), &in);
	later_ticking(w, 60);
	assert_int_equal(w->e.nmade, 1);
	world_free(w);

	/* Filtered, and the inside's own SYN comes meanwhile, or does not. */
	for (f = 0; f < 2; f++) {
		w = world("set filtering address-and-port-dependent\n" STRICT);
		p = goes(w, OUTWARD, tcp(A4, 4000, S4, 80, SYN, 0));
		port = sport(&p);
		in = tcp(R4, 7000, OUT4, port, SYN, 0);
		dropped(w, INWARD, in, NAT_REASON_FILTERED);
		later_ticking(w, 3);
		assert_int_equal(w->e.nmade, 0);
		if (f)
			becomes(w, OUTWARD, tcp(A4, 4000, R4, 7000, SYN, 0),
			    tcp(OUT4, port, R4, 7000, SYN, 0));
		later_ticking(w, 2.9);
		assert_int_equal(w->e.nmade, 0);
		later_ticking(w, 60);
		assert_int_equal(w->e.nmade, f ? 0 : 1);
		if (!f)
			is_refusal(made(w, 0), &in);
		world_free(w);
	}

	/* Policy: nothing ever. */
	w = world("set limit errors 0\n" STRICT);
	dropped(w, INWARD, in, NAT_REASON_UNSOLICITED);
	later_ticking(w, 60);
	assert_int_equal(w->e.nmade, 0);
	world_free(w);
}

static void
T5_idle_connections_stay(void **state)
{
	struct talk	 t;

	(void)state;
	/* Established: 2 hours and 4 minutes. */
	talk_begin(&t, NAT44, 0);
	talk(&t, ">S <SA >A");
	later(t.w, 7439);
	talk(&t, "<Ad >A");
	later(t.w, 7439);
	talk(&t, ">Ad");
	later(t.w, 7445);
	talk_gone(&t, "<Ad");
	talk_end(&t);
	/* Opening, closing: 4 minutes. */
	talk_begin(&t, NAT44, 0);
	talk(&t, ">S");
	later(t.w, 239);
	talk(&t, "<SA");
	talk_end(&t);
	talk_begin(&t, NAT44, 0);
	talk(&t, ">S");
	later(t.w, 245);
	talk_gone(&t, "<SA");
	talk_end(&t);
	talk_begin(&t, NAT44, 0);
	talk(&t, ">S <SA >A >AF <AF >A");
	later(t.w, 239);
	talk(&t, "<A");
	later(t.w, 245);
	talk_gone(&t, "<A");
	talk_end(&t);
	/* Half closed is not closing. */
	talk_begin(&t, NAT44, 0);
	talk(&t, ">S <SA >A >AF <A");
	later(t.w, 7000);
	talk(&t, "<Ad >A");
	talk_end(&t);
	/* As set. */
	talk_begin(&t, "set timeout tcp.established 86400\n" NAT44, 0);
	talk(&t, ">S <SA >A");
	later(t.w, 86000);
	talk(&t, "<Ad");
	talk_end(&t);
	assert_true(refused("set timeout tcp.established 7439\n" NAT44));
	assert_true(refused("set timeout tcp.opening 239\n" NAT44));
	assert_true(refused("set timeout tcp.closing 239\n" NAT44));
	assert_false(refused("set timeout tcp.established 300 unsafe\n"
	    NAT44));
}

static void
T6_no_gateways_for_applications(void **state)
{
	static const char	 said[] = "PORT 10,0,0,5,15,160\r\n";
	struct world		*w = world(NAT44);
	struct packet		 p, want;
	int			 port;

	(void)state;
	p = goes(w, OUTWARD, tcp(A4, 4000, R4, 21, SYN, 0));
	port = sport(&p);
	p = tcp(A4, 4000, R4, 21, PSH | ACK, sizeof(said) - 1);
	want = tcp(OUT4, port, R4, 21, PSH | ACK, sizeof(said) - 1);
	memcpy(p.b + 40, said, sizeof(said) - 1);
	sum_l4(&p, 20, 36, NAT_TCP);
	memcpy(want.b + 40, said, sizeof(said) - 1);
	sum_l4(&want, 20, 36, NAT_TCP);
	becomes(w, OUTWARD, p, want);
	/* And nobody is let in by it. */
	untouched(w, INWARD, tcp(R4, 20, OUT4, 4000, SYN, 0));
	assert_int_equal(counts(w).sessions, 1);
	world_free(w);
}

static void
T7_no_overloading(void **state)
{
	struct world	*w = world(NAT44);
	static uint8_t	 taken[65536];
	struct packet	 p;
	int		 host;

	(void)state;
	memset(taken, 0, sizeof(taken));
	for (host = 1; host <= 1000; host++) {
		p = goes(w, OUTWARD, tcp(inside(host), 4000,
		    host % 2 == 0 ? R4 : S4, 80 + host % 3, SYN, 0));
		assert_int_equal(taken[sport(&p)]++, 0);
	}
	world_free(w);
}

static void
T8_hairpin_with_external_source(void **state)
{
	struct world	*w = world(NAT44);
	struct packet	 p, want;
	int		 a, b;

	(void)state;
	p = goes(w, OUTWARD, tcp(B4, 6000, R4, 80, SYN, 0));
	b = sport(&p);
	p = goes(w, FROM_INSIDE, tcp(A4, 4000, OUT4, b, SYN, 0));
	a = sport(&p);
	want = tcp(OUT4, a, B4, 6000, SYN, 0);
	same(&p, &want);
	becomes(w, FROM_INSIDE, tcp(B4, 6000, OUT4, a, SYN | ACK, 0),
	    tcp(OUT4, b, A4, 4000, SYN | ACK, 0));
	becomes(w, FROM_INSIDE, tcp(A4, 4000, OUT4, b, ACK, 100),
	    tcp(OUT4, a, B4, 6000, ACK, 100));
	world_free(w);

	/* To a port forward. */
	w = world(NAT44 "match in on em0 inet proto tcp to 203.0.113.1 port "
	    "80 rdr-to 10.0.0.6 port 8080\n");
	p = goes(w, FROM_INSIDE, tcp(A4, 4000, OUT4, 80, SYN, 0));
	a = sport(&p);
	want = tcp(OUT4, a, B4, 8080, SYN, 0);
	same(&p, &want);
	becomes(w, FROM_INSIDE, tcp(B4, 8080, OUT4, a, SYN | ACK, 0),
	    tcp(OUT4, 80, A4, 4000, SYN | ACK, 0));
	world_free(w);
}

static void
T9_icmp_destination_unreachable(void **state)
{
	struct world	*w = world(NAT44);
	struct packet	 out, was;
	int		 code;

	(void)state;
	was = tcp(A4, 4000, R4, 80, SYN, 0);
	out = goes(w, OUTWARD, was);
	for (code = 0; code <= 15; code++) {
		/* 8 bytes of TCP are quoted, and all up to its sum. */
		becomes(w, INWARD, icmp(S4, OUT4, 3, code, 1400, &out, 28),
		    icmp(S4, A4, 3, code, 1400, &was, 28));
		becomes(w, INWARD, icmp(S4, OUT4, 3, code, 1400, &out, 36),
		    icmp(S4, A4, 3, code, 1400, &was, 36));
	}
	world_free(w);
}

static void
T10_icmp_ends_nothing(void **state)
{
	struct talk	 t;
	struct packet	 out, was;
	int		 code;

	(void)state;
	talk_begin(&t, NAT44, 0);
	talk(&t, ">S <SA >A");
	was = tcp(A4, 4000, R4, TALK_REMOTE, ACK, 0);
	out = tcp(OUT4, t.outside, R4, TALK_REMOTE, ACK, 0);
	for (code = 0; code <= 15; code++)
		becomes(t.w, INWARD, icmp(S4, OUT4, 3, code, 0, &out, 28),
		    icmp(S4, A4, 3, code, 0, &was, 28));
	assert_int_equal(counts(t.w).sessions, 1);
	assert_int_equal(counts(t.w).mappings, 1);
	later(t.w, 7000);
	talk(&t, "<Ad >A");
	talk_end(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(T1_same_mapping_for_two_remotes),
		cmocka_unit_test(T2_every_sequence_of_RFC_793),
		cmocka_unit_test(T2a_simultaneous_open),
		cmocka_unit_test(T3_filtering),
		cmocka_unit_test(T4_unsolicited_syn),
		cmocka_unit_test(T5_idle_connections_stay),
		cmocka_unit_test(T6_no_gateways_for_applications),
		cmocka_unit_test(T7_no_overloading),
		cmocka_unit_test(T8_hairpin_with_external_source),
		cmocka_unit_test(T9_icmp_destination_unreachable),
		cmocka_unit_test(T10_icmp_ends_nothing)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
