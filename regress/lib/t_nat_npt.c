/* SPDX-License-Identifier: ISC */

/*
 * What RFC 6296 asks of a translator of prefixes: P1 to P7 of regress/NAT.
 * Addresses are worked out by hand as its section 3.1 tells, in words of one's
 * complement; those of P1 are its own example (3.6).
 */

#include "compat.h"

#include "nat_harness.h"

/* Adjustment d54f: fd01 + 0203 + 0405 - 2001 - 0db8 - 0001. */
#define NPT48	"match on em0 inet6 from fd01:203:405::/48 to any npt-to " \
		"2001:db8:1::/48\n"
#define NPT64	"match on em0 inet6 from fd01:203:405:6::/64 to any npt-to " \
		"2001:db8:1:1::/64\n"

/* Both ways, and the L4 sum is right without having been touched. */
static void
stands_for(struct world *w, const char *in, const char *out)
{
	struct packet	 a, b, p;

	a = tcp(in, 4000, R6, 80, SYN, 3);
	b = tcp(out, 4000, R6, 80, SYN, 3);
	assert_memory_equal(a.b + 40, b.b + 40, a.n - 40);
	becomes(w, OUTWARD, a, b);
	p = tcp(R6, 80, out, 4000, SYN | ACK, 3);
	becomes(w, INWARD, p, tcp(R6, 80, in, 4000, SYN | ACK, 3));
}

static void
P1_prefix_of_48_bits_or_less(void **state)
{
	struct world	*w = world(NPT48);

	(void)state;
	/* The example: 0001 + d54f = d550. */
	stands_for(w, "fd01:203:405:1::1234", "2001:db8:1:d550::1234");
	/* 2ab0 + d54f = ffff, which is written 0. */
	stands_for(w, "fd01:203:405:2ab0::1", "2001:db8:1::1");
	/* It wraps: 8000 + d54f = 1554f, and that is 5550. */
	stands_for(w, "fd01:203:405:8000:a:b:c:d",
	    "2001:db8:1:5550:a:b:c:d");
	world_free(w);
	/* Shorter: fd01 + 0203 - 2001 - 0db8 = d14b, at bits 48 to 63. */
	w = world("match on em0 inet6 from fd01:203::/32 to any npt-to "
	    "2001:db8::/32\n");
	stands_for(w, "fd01:203:5:1::1", "2001:db8:5:d14c::1");
	world_free(w);
}

static void
P2_prefix_longer_than_48_bits(void **state)
{
	struct world	*w = world(NPT64);

	(void)state;
	/* fd01+0203+0405+0006-2001-0db8-0001-0001 = d554. */
	stands_for(w, "fd01:203:405:6:1:2:3:4", "2001:db8:1:1:d555:2:3:4");
	/* The first word is ffff: the next takes it. */
	stands_for(w, "fd01:203:405:6:ffff:2:3:4",
	    "2001:db8:1:1:ffff:d556:3:4");
	stands_for(w, "fd01:203:405:6:ffff:ffff:ffff:4",
	    "2001:db8:1:1:ffff:ffff:ffff:d558");
	world_free(w);
}

static void
P3_identifier_of_zeros(void **state)
{
	struct world	*w = world(NPT64);

	(void)state;
	dropped(w, OUTWARD, udp("fd01:203:405:6::", 4000, R6, 80, 9),
	    NAT_REASON_NPT);
	assert_int_equal(w->e.nmade, 1);
	assert_int_equal(made(w, 0)->b[40], 4);
	assert_true(is_to(made(w, 0), "fd01:203:405:6::"));
	world_free(w);
}

static void
P4_subnet_ffff(void **state)
{
	struct world	*w = world(NPT48);

	(void)state;
	dropped(w, OUTWARD, udp("fd01:203:405:ffff::5", 4000, R6, 80, 9),
	    NAT_REASON_NPT);
	assert_int_equal(w->e.nmade, 1);
	assert_int_equal(made(w, 0)->b[40], 1);
	assert_true(is_to(made(w, 0), "fd01:203:405:ffff::5"));
	dropped(w, INWARD, udp(R6, 80, "2001:db8:1:ffff::5", 4000, 9),
	    NAT_REASON_NPT);
	world_free(w);
}

static void
P5_hairpin(void **state)
{
	struct world	*w = world(NPT48);

	(void)state;
	becomes(w, FROM_INSIDE, tcp("fd01:203:405:1::5", 4000,
	    "2001:db8:1:d550::6", 80, SYN, 0), tcp("2001:db8:1:d550::5", 4000,
	    "fd01:203:405:1::6", 80, SYN, 0));
	becomes(w, FROM_INSIDE, tcp("fd01:203:405:1::6", 80,
	    "2001:db8:1:d550::5", 4000, SYN | ACK, 0),
	    tcp("2001:db8:1:d550::6", 80, "fd01:203:405:1::5", 4000,
	    SYN | ACK, 0));
	world_free(w);
}

static void
P6_any_unicast_prefixes(void **state)
{
	struct world	*w;

	(void)state;
	/* Global to global: 2001+0db8+00aa - 2001-0db8-00bb = -0011. */
	w = world("match on em0 inet6 from 2001:db8:aa::/48 to any npt-to "
	    "2001:db8:bb::/48\n");
	stands_for(w, "2001:db8:aa:20::1", "2001:db8:bb:f::1");
	world_free(w);
	/* Global to local. */
	w = world("match on em0 inet6 from 2001:db8:1::/48 to any npt-to "
	    "fd01:203:405::/48\n");
	stands_for(w, "2001:db8:1:d550::1234", "fd01:203:405:1::1234");
	world_free(w);
}

static void
P7_ports_and_sums_are_not_touched(void **state)
{
	struct world	*w = world(NPT48);
	struct packet	 a, b;
	int		 proto;

	(void)state;
	/* Whatever it is, also what nobody knows and sums that are wrong. */
	for (proto = 0; proto < 256; proto++) {
		switch (proto) {
		case 0: case 43: case 44: case 51: case 60: case 135:
		case 139: case 140: case NAT_ICMPV6:
			continue;	/* headers before others, errors */
		}
		a = ip(proto, "fd01:203:405:1::1234", R6, 40);
		b = ip(proto, "2001:db8:1:d550::1234", R6, 40);
		if (proto == NAT_TCP)
			a.b[40 + 12] = b.b[40 + 12] = 0x50;
		if (proto == NAT_UDP)
			w16(a.b + 44, 40), w16(b.b + 44, 40);
		if (proto == 136)
			w16(a.b + 44, 8), w16(b.b + 44, 8);
		becomes(w, OUTWARD, a, b);
	}
	becomes(w, OUTWARD, echo("fd01:203:405:1::1234", R6, 0, 77, 9),
	    echo("2001:db8:1:d550::1234", R6, 0, 77, 9));
	assert_int_equal(counts(w).sessions, 0);
	world_free(w);
}

/* RFC 6296 3.4 has no such exception: the subnet takes the difference. */
static void
P3_only_of_longer_prefixes(void **state)
{
	struct world	*w = world(NPT48);

	(void)state;
	stands_for(w, "fd01:203:405:1::", "2001:db8:1:d550::");
	world_free(w);
}

/* Every fragment, also those that come before the first. */
static void
fragments_both_ways(void **state)
{
	static const char	*const in = "fd01:203:405:1::1234";
	static const char	*const out = "2001:db8:1:d550::1234";
	struct world		*w = world(NPT48);
	struct packet		 a, b, p;

	(void)state;
	a = udp(in, 7, R6, 9, 64);
	b = udp(out, 7, R6, 9, 64);
	becomes(w, OUTWARD, fragment(&a, 5, 0, 32), fragment(&b, 5, 0, 32));
	becomes(w, OUTWARD, fragment(&a, 5, 32, 72), fragment(&b, 5, 32, 72));
	a = udp(R6, 9, out, 7, 64);
	b = udp(R6, 9, in, 7, 64);
	becomes(w, INWARD, fragment(&a, 6, 0, 32), fragment(&b, 6, 0, 32));
	becomes(w, INWARD, fragment(&a, 6, 32, 72), fragment(&b, 6, 32, 72));
	p = fragment(&a, 7, 32, 72);
	assert_int_equal(step(w, INWARD, &p), NAT_HOLD);
	becomes(w, INWARD, fragment(&a, 7, 0, 32), fragment(&b, 7, 0, 32));
	assert_int_equal(w->e.nreleased, 1);
	p = fragment(&b, 7, 32, 72);
	same(&w->e.released[0].packet, &p);
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(P1_prefix_of_48_bits_or_less),
		cmocka_unit_test(P2_prefix_longer_than_48_bits),
		cmocka_unit_test(P3_identifier_of_zeros),
		cmocka_unit_test(P4_subnet_ffff),
		cmocka_unit_test(P5_hairpin),
		cmocka_unit_test(P6_any_unicast_prefixes),
		cmocka_unit_test(P7_ports_and_sums_are_not_touched),
		cmocka_unit_test(P3_only_of_longer_prefixes),
		cmocka_unit_test(fragments_both_ways)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
