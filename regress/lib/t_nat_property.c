/* SPDX-License-Identifier: ISC */

/*
 * What holds for every packet: out, then in, and every byte is as it was but
 * those that are the translator's; sums that were right are right, and those
 * that were wrong are wrong, by as much; what is not translated whole does not
 * leave.
 */

#include "compat.h"

#include "nat_harness.h"

static uint64_t	 dice_state = 4787;

static unsigned int
dice(unsigned int sides)
{
	dice_state = dice_state * UINT64_C(6364136223846793005) +
	    UINT64_C(1442695040888963407);
	return ((unsigned int)((dice_state >> 33) % sides));
}

#define BOTH	"match out on em0 inet from 10.0.0.0/8 to any nat-to " \
		"{ 203.0.113.1, 203.0.113.255 }\n" \
		"match out on em0 inet6 from fd00::/8 to any nat-to " \
		"2001:db8::1\n"

/* A packet of any kind with anything in it; *sum: where its L4 sum is. */
static struct packet
any_packet(size_t *sum)
{
	static const char *const	 from[] = { "10.0.0.0", "10.0.0.5",
	    "10.255.255.255", "fd00::", "fd00::ffff:ffff:ffff", "fd00::5" };
	static const char *const	 to[] = { "192.0.2.9", "198.51.100.7",
	    "2001:db8:9::9", "2001:db8:9:ffff::" };
	unsigned int	 n = dice(6), v6 = n >= 3;
	const char	*src = from[n], *dst = to[v6 * 2 + dice(2)];
	struct packet	 p;
	size_t		 i, l4;
	int		 port = (int)dice(65535) + 1;

	switch (dice(3)) {
	case 0:
		p = udp(src, port, dst, 5000, dice(200));
		break;
	case 1:
		p = tcp(src, port, dst, 5000, dice(2) == 0 ? SYN : ACK,
		    dice(200));
		break;
	default:
		p = echo(src, dst, 0, port, dice(200));
	}
	l4 = l4_at(&p);
	n = p.b[v6 ? 6 : 9];
	*sum = l4 + (n == NAT_UDP ? 6U : n == NAT_TCP ? 16U : 2U);
	/* Other bytes: hop limit, class, identifier, sequence, payload. */
	p.b[v6 ? 7 : 8] = (uint8_t)(1 + dice(255));
	if (!v6) {
		p.b[1] = (uint8_t)dice(256);
		w16(p.b + 4, dice(65536));
		p.b[6] = dice(2) == 0 ? 0x40 : 0;
		if (dice(4) == 0) {
			insert(&p, 20, "\1\1\1\0", 4);
			p.b[0] = 0x46;
			l4 += 4;
			*sum += 4;
		}
		sum_ip(&p);
	} else
		p.b[1] = (uint8_t)dice(256);
	for (i = l4 + (n == NAT_TCP ? 20U : 8U); i < p.n; i++)
		p.b[i] = dice(3) == 0 ? 0xff : (uint8_t)dice(256);
	sum_l4(&p, l4, *sum, (int)n);
	return (p);
}

/* By how much the L4 sum is wrong: 0 and ffff are right. */
static unsigned int
error_of(const struct packet *p)
{
	uint8_t		 pseudo[40] = { 0 };
	size_t		 l4 = l4_at(p);
	int		 v6 = p->b[0] >> 4 == 6, proto = p->b[v6 ? 6 : 9];
	unsigned int	 sum = 0;

	if (v6) {
		memcpy(pseudo, p->b + 8, 32);
		w16(pseudo + 34, (unsigned int)(p->n - l4));
		pseudo[39] = (uint8_t)proto;
		sum = slow_sum(0, pseudo, 40);
	} else if (proto != NAT_ICMP) {
		memcpy(pseudo, p->b + 12, 8);
		pseudo[9] = (uint8_t)proto;
		w16(pseudo + 10, (unsigned int)(p->n - l4));
		sum = slow_sum(0, pseudo, 12);
	}
	sum = slow_sum((uint16_t)sum, p->b + l4, p->n - l4);
	return (sum == 0 ? 0xffff : sum);
}

/* May this byte be another after translation? */
static int
may_change(const struct packet *p, size_t at, size_t sum, int in)
{
	size_t	 l4 = l4_at(p), addr, port;
	int	 v6 = p->b[0] >> 4 == 6, proto = p->b[v6 ? 6 : 9];

	addr = v6 ? (in ? 24 : 8) : in ? 16 : 12;
	port = l4 + (proto == NAT_UDP || proto == NAT_TCP ? in ? 2 : 0 : 4);
	return ((at >= addr && at < addr + (v6 ? 16 : 4)) ||
	    at == port || at == port + 1 || at == sum || at == sum + 1 ||
	    (!v6 && (at == 10 || at == 11)));
}

static void
only_what_may(const struct packet *a, const struct packet *b, size_t sum,
    int in)
{
	size_t	 i;

	assert_int_equal(a->n, b->n);
	for (i = 0; i < a->n; i++)
		if (a->b[i] != b->b[i] && !may_change(a, i, sum, in))
			fail_msg("byte %zu: %02x, now %02x", i, a->b[i],
			    b->b[i]);
}

/* The answer to a packet: both ends change places. */
static struct packet
answer(const struct packet *p)
{
	struct packet	 r = *p;
	size_t		 l4 = l4_at(p), len;
	int		 v6 = p->b[0] >> 4 == 6, proto = p->b[v6 ? 6 : 9];

	len = v6 ? 16 : 4;
	memcpy(r.b + (v6 ? 8 : 12), p->b + (v6 ? 24 : 16), len);
	memcpy(r.b + (v6 ? 24 : 16), p->b + (v6 ? 8 : 12), len);
	if (proto == NAT_UDP || proto == NAT_TCP) {
		memcpy(r.b + l4, p->b + l4 + 2, 2);
		memcpy(r.b + l4 + 2, p->b + l4, 2);
	} else {
		/* A reply; its sum by 8 or 1 in the first byte. */
		r.b[l4] = v6 ? 129 : 0;
	}
	return (r);
}

static void
out_and_in_restores(void **state)
{
	struct world	*w = NULL;
	struct packet	 in, out, p, restored, want;
	size_t		 sum;
	int		 i;

	(void)state;
	for (i = 0; i < 20000; i++) {
		if (i % 1000 == 0) {
			if (w != NULL)
				world_free(w);
			w = world_seeded("set limit states 4000\n" BOTH,
			    (uint64_t)i + 1);
		}
		p = any_packet(&sum);
		assert_int_equal(error_of(&p), 0xffff);
		out = goes(w, OUTWARD, p);
		only_what_may(&p, &out, sum, 0);
		assert_int_equal(error_of(&out), 0xffff);
		if (p.b[0] >> 4 == 4)
			assert_int_equal(slow_sum(0, out.b, l4_at(&out)),
			    0xffff);
		/* Back: what the inside would get without a translator. */
		want = answer(&p);
		in = answer(&out);
		sum_l4(&want, l4_at(&want), sum, want.b[want.b[0] >> 4 == 6 ?
		    6 : 9]);
		sum_l4(&in, l4_at(&in), sum, in.b[in.b[0] >> 4 == 6 ? 6 : 9]);
		restored = goes(w, INWARD, in);
		only_what_may(&in, &restored, sum, 1);
		same(&restored, &want);
	}
	world_free(w);
}

static void
wrong_sums_stay_wrong(void **state)
{
	struct world	*w = world(BOTH);
	struct packet	 out, p;
	size_t		 sum;
	unsigned int	 was, wrong;
	int		 i;

	(void)state;
	for (i = 0; i < 20000; i++) {
		p = any_packet(&sum);
		was = (unsigned int)(p.b[sum] << 8 | p.b[sum + 1]);
		do
			wrong = dice(4) == 0 ? (was ^ 1U << dice(16)) :
			    dice(65536);
		while (wrong % 0xffff == was % 0xffff || wrong == 0);
		w16(p.b + sum, wrong);
		was = error_of(&p);
		assert_int_not_equal(was, 0xffff);
		out = goes(w, OUTWARD, p);
		only_what_may(&p, &out, sum, 0);
		assert_int_equal(error_of(&out), was);
	}
	world_free(w);
	/* The IP header's as well. */
	w = world(BOTH);
	for (i = 0; i < 5000; i++) {
		p = any_packet(&sum);
		if (p.b[0] >> 4 == 6)
			continue;
		p.b[10] ^= (uint8_t)(1U << dice(8));
		if (step(w, OUTWARD, &p) == NAT_REPLACE)
			assert_int_not_equal(slow_sum(0, p.b, l4_at(&p)),
			    0xffff);
	}
	world_free(w);
}

static void
udp_without_a_sum_has_none(void **state)
{
	struct world	*w = world(NAT44);
	struct packet	 p;
	int		 i;

	(void)state;
	for (i = 1; i < 2000; i++) {
		p = udp(A4, i, R4, 5000, dice(50));
		w16(p.b + 26, 0);
		p = goes(w, OUTWARD, p);
		assert_int_equal(r16(p.b + 26), 0);
	}
	world_free(w);
}

/* Cut, damaged, at random: nothing from inside leaves as it came. */
static void
nothing_leaves_untranslated(void **state)
{
	struct world	*w = world("set limit { states 50, frags 10 }\n" BOTH);
	struct packet	 p;
	size_t		 sum;
	unsigned int	 j, n;
	int		 i, v6, verdict, reasons[NAT_REASON_MAX] = { 0 };

	(void)state;
	for (i = 0; i < 50000; i++) {
		p = any_packet(&sum);
		v6 = p.b[0] >> 4 == 6;
		if (dice(3) == 0)
			p.n = 1 + dice((unsigned int)p.n);
		for (j = dice(4); j > 0; j--) {
			/* Everything but the version and the addresses. */
			n = dice((unsigned int)p.n);
			if (n == 0)
				p.b[0] = (uint8_t)((p.b[0] & 0xf0) | dice(16));
			else if (n < (v6 ? 8U : 12U) || n >= (v6 ? 40U : 20U))
				p.b[n] = (uint8_t)dice(256);
		}
		if (!v6 && dice(2) == 0)
			sum_ip(&p);
		if (p.n < (v6 ? 40 : 20))
			continue;
		verdict = step(w, OUTWARD, &p);
		reasons[w->e.reason]++;
		if (verdict == NAT_PASS || verdict == NAT_REPLACE)
			assert_false(v6 ? p.b[8] == 0xfd : p.b[12] == 10);
		if (dice(50) == 0)
			later(w, dice(400));
	}
	for (i = 0; i < w->e.nreleased && i < GIVEN_MAX; i++)
		if (w->e.released[i].verdict != NAT_DROP)
			assert_false(w->e.released[i].packet.b[12] == 10);
	assert_true(reasons[NAT_REASON_MALFORMED] > 100);
	assert_true(reasons[NAT_REASON_NO_STATE] > 100);
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(out_and_in_restores),
		cmocka_unit_test(wrong_sums_stay_wrong),
		cmocka_unit_test(udp_without_a_sum_has_none),
		cmocka_unit_test(nothing_leaves_untranslated)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
