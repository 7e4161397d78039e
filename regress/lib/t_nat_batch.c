/* SPDX-License-Identifier: ISC */

/*
 * Batches of divertnat's engine: packets together have the fate that they have
 * one after the other, whatever they do to each other; flows whose keys have
 * the same hash are told apart; and the timer's next turn is found by words.
 */

#include "compat.h"

#include "nat_test.h"

#include "../../bin/divertnat/nat_int.h"

#define ROUNDS	3000
#define KEEP	256		/* packets translated, to be answered */
#define TRIES	(1 << 18)

/*
 * A table so small that sessions end for want of room, by time and by RSTs, and
 * their places are taken by others in the same batch.
 */
static const char both[] =
    "set limit states 128\n"
    "set timeout udp 120\n"
    "match out on em0 inet from 10.0.0.0/8 to any nat-to 203.0.113.1\n"
    "match out on em0 inet6 from fd00::/8 to any nat-to 2001:db8::1\n"
    "match in on em0 inet proto udp to 203.0.113.1 port 53 "
    "rdr-to 10.0.0.9 port 5353\n";

static uint64_t		 random_state = 1;
static struct packet	 kept[KEEP];
static int		 nkept;

static unsigned int
below(unsigned int n)
{
	random_state = random_state * UINT64_C(6364136223846793005) +
	    UINT64_C(1442695040888963407);
	return ((unsigned int)((random_state >> 33) % n));
}

static struct packet
random_out(void)
{
	static const int	 flags[] = { 2, 16, 16, 24, 17, 4, 18 };
	char			 dst[64], src[64];
	int			 sport = 5000 + (int)below(3);
	struct packet		 p;

	if (below(2) == 0) {
		snprintf(src, sizeof(src), "10.0.0.%u", 1 + below(4));
		snprintf(dst, sizeof(dst), "198.51.100.%u", 1 + below(3));
	} else {
		snprintf(src, sizeof(src), "fd00::%u", 1 + below(4));
		snprintf(dst, sizeof(dst), "2001:db8:1::%u", 1 + below(3));
	}
	switch (below(8)) {
	case 0:
		return (echo(src, dst, 0, sport, 8));
	case 1:
	case 2:
		return (tcp(src, sport, dst, 80, flags[below(7)],
		    (size_t)below(9)));
	case 3:
		p = udp(src, sport, dst, 7, 32);
		return (fragment(&p, 99, 8 * below(2), 24));
	case 4:
		p = udp(src, sport, dst, 7, 4);
		w16(p.b + (p.b[0] >> 4 == 4 ? 2 : 4), 100);
		return (p);
	default:
		return (udp(src, sport, dst, 7 + (int)below(2) * 46,
		    (size_t)below(9)));
	}
}

/* What was sent out, turned round. */
static struct packet
random_in(void)
{
	struct packet	 p;
	size_t		 at, len, l4;
	uint8_t		 swap[16];

	if (nkept == 0 || below(16) == 0)
		return (udp("198.51.100.1", 53, "203.0.113.1",
		    below(2) == 0 ? 53 : (int)below(65536), 4));
	p = kept[below((unsigned int)(nkept < KEEP ? nkept : KEEP))];
	l4 = l4_at(&p);
	at = l4 == 20 ? 12 : 8;
	len = l4 == 20 ? 4 : 16;
	memcpy(swap, p.b + at, len);
	memcpy(p.b + at, p.b + at + len, len);
	memcpy(p.b + at + len, swap, len);
	memcpy(swap, p.b + l4, 2);
	memcpy(p.b + l4, p.b + l4 + 2, 2);
	memcpy(p.b + l4 + 2, swap, 2);
	if (p.b[l4 == 20 ? 9 : 6] == NAT_TCP && below(4) == 0)
		p.b[l4 + 13] = (uint8_t)(below(2) == 0 ? 20 : 17);
	return (p);
}

static void
fill(struct divert_packet *pkt, struct packet *p)
{
	memset(pkt, 0, sizeof(*pkt));
	pkt->data = p->b;
	pkt->len = pkt->wirelen = (uint32_t)p->n;
	pkt->hook = 0xff;
	strcpy(pkt->ifname, "em0");
}

static void
make_batch(struct packet *p, struct divert_packet *pkts, unsigned int n)
{
	unsigned int	 i;

	for (i = 0; i < n; i++) {
		int	 out = below(2) == 0;

		p[i] = out ? random_out() : random_in();
		fill(&pkts[i], &p[i]);
		pkts[i].direction = out ? DIVERT_DIRECTION_OUT :
		    DIVERT_DIRECTION_IN;
		if (below(64) == 0)
			pkts[i].direction = DIVERT_DIRECTION_NONE;
		if (below(64) == 0)
			pkts[i].flags = DIVERT_PACKET_TRUNCATED;
		if (below(16) == 0)
			pkts[i].flags |= DIVERT_PACKET_NOTREADY;
		if (below(32) == 0)
			strcpy(pkts[i].ifname, "em1");
	}
}

/* What is due ends before, however many calls that takes. */
static void
pass_time(struct engine *e, uint64_t ns)
{
	int	 turns;

	e->now += ns;
	for (turns = 0; turns < 1000; turns++)
		nat_expire(e->nat, e->now);
}

static void
test_same_as_alone(void **state)
{
	static struct packet	 alone[DIVERT_BATCH_MAX];
	static struct packet	 together[DIVERT_BATCH_MAX];
	struct engine		*a = engine_new(both), *b = engine_new(both);
	struct divert_packet	 pkts[DIVERT_BATCH_MAX], pkt;
	uint8_t			 reasons[DIVERT_BATCH_MAX], reason;
	uint8_t			 verdicts[DIVERT_BATCH_MAX], verdict;
	struct nat_counts	 ca, cb;
	unsigned int		 i, n, round;

	(void)state;
	for (round = 0; round < ROUNDS; round++) {
		if (below(4) == 0)
			pass_time(a, below(100) * SECOND_NS);
		while (b->now < a->now)
			pass_time(b, a->now - b->now);
		n = 1 + below(DIVERT_BATCH_MAX);
		make_batch(together, pkts, n);
		memcpy(alone, together, n * sizeof(*alone));
		nat_expect(a->nat, pkts, n);
		memset(reasons, 0, sizeof(reasons));
		nat_packets(b->nat, pkts, n, b->now, verdicts, reasons);
		for (i = 0; i < n; i++) {
			pkt = pkts[i];
			pkt.data = alone[i].b;
			reason = 0;
			nat_packets(a->nat, &pkt, 1, a->now, &verdict,
			    &reason);
			assert_int_equal(verdicts[i], verdict);
			assert_int_equal(reasons[i], reason);
			same(&together[i], &alone[i]);
			if (verdict == NAT_REPLACE &&
			    pkt.direction == DIVERT_DIRECTION_OUT)
				kept[nkept++ % KEEP] = alone[i];
		}
		nat_counts(a->nat, &ca);
		nat_counts(b->nat, &cb);
		assert_memory_equal(&ca, &cb, sizeof(ca));
		assert_memory_equal(a->nat->sessions, b->nat->sessions,
		    a->nat->session_fresh * sizeof(*a->nat->sessions));
	}
	/* All of it happened. */
	assert_true(ca.translated[0] > 10000 && ca.translated[1] > 10000);
	assert_true(ca.sessions_ended > 1000 && ca.passed > 1000);
	assert_true(ca.dropped[NAT_REASON_NO_STATE] > 100);
	engine_free(a);
	engine_free(b);
}

/* When something is due, by looking at every slot. */
static uint32_t
slow_due(const struct wheel *wheel)
{
	uint32_t	 second = wheel->second;

	while (second % WHEEL_NEAR != 0 &&
	    (wheel->used[second % WHEEL_NEAR / 64] >> second % 64 & 1) == 0)
		second++;
	return (second);
}

static void
test_due(void **state)
{
	struct engine	*e = engine_new(both);
	struct wheel	*wheel = &e->nat->wheel, was = *wheel;
	uint32_t	 second;
	int		 round;

	(void)state;
	assert_int_equal(timer_due(e->nat, &second), 0);
	e->nat->counts.sessions = 1;
	for (round = 0; round < 100000; round++) {
		second = below(4 * WHEEL_NEAR);
		if (below(8) == 0)
			memset(wheel->used, 0, sizeof(wheel->used));
		wheel->used[second / 64 % (WHEEL_NEAR / 64)] ^=
		    UINT64_C(1) << second % 64;
		wheel->second = below(4 * WHEEL_NEAR);
		assert_int_equal(timer_due(e->nat, &second), 1);
		assert_int_equal(second, slow_due(wheel));
	}
	e->nat->counts.sessions = 0;
	*wheel = was;
	engine_free(e);
}

/* A flow out, as far as it is another's: see packet_of(). */
struct hashed {
	uint32_t	 hash;
	uint32_t	 words[2];
};

enum differ { INSIDE_AND_REMOTE_4, INSIDE_6, REMOTE_6 };

static int
by_hash(const void *a, const void *b)
{
	const struct hashed	*x = a, *y = b;

	return (x->hash < y->hash ? -1 : x->hash > y->hash);
}

static struct packet
packet_of(enum differ differ, const uint32_t words[2])
{
	struct packet	 p;

	if (differ == INSIDE_AND_REMOTE_4) {
		p = udp("10.0.0.0", 5000, "198.51.100.1", 7, 4);
		memcpy(p.b + 13, (const uint8_t *)words + 1, 3);
		memcpy(p.b + 16, words + 1, 4);
		sum_ip(&p);
	} else {
		p = udp("fd00::1", 5000, "2001:db8:1::1", 7, 4);
		memcpy(p.b + (differ == INSIDE_6 ? 16 : 32), words, 8);
	}
	sum_l4(&p, l4_at(&p), l4_at(&p) + 6, NAT_UDP);
	return (p);
}

/* As the first packet has it. */
static uint32_t
hash_of(const struct engine *e, const struct packet *p)
{
	int		 v6 = p->b[0] >> 4 == 6;
	uint32_t	 addrs[2];
	uint16_t	 ports[2];

	memcpy(ports, p->b + l4_at(p), 4);
	memcpy(addrs, p->b + 12, 8);
	if (v6) {
		addrs[0] = address_hash(e->nat, p->b + 8);
		addrs[1] = address_hash(e->nat, p->b + 24);
	}
	return (session_hash(&e->nat->keys[KEYS_INSIDE], addrs, ports,
	    NAT_UDP, v6 ? 6 : 4));
}

/* Two flows that have the same hash. */
static void
find_collision(const struct engine *e, enum differ differ,
    struct hashed found[2])
{
	static struct hashed	 all[TRIES];
	struct packet		 p = packet_of(differ, all[0].words);
	int			 i;

	for (i = 0; i < TRIES; i++) {
		all[i].words[0] = htonl(below(1 << 24));
		all[i].words[1] = htonl(0xc6000000 + below(1 << 24));
		if (differ == INSIDE_AND_REMOTE_4) {
			memcpy(p.b + 13, (uint8_t *)all[i].words + 1, 3);
			memcpy(p.b + 16, all[i].words + 1, 4);
		} else
			memcpy(p.b + (differ == INSIDE_6 ? 16 : 32),
			    all[i].words, 8);
		all[i].hash = hash_of(e, &p);
	}
	qsort(all, TRIES, sizeof(all[0]), by_hash);
	for (i = 1; i < TRIES; i++)
		if (all[i].hash == all[i - 1].hash &&
		    memcmp(all[i].words, all[i - 1].words, 8) != 0)
			break;
	if (i == TRIES)
		fail_msg("no two of %d", TRIES);
	found[0] = all[i - 1];
	found[1] = all[i];
}

static void
test_same_hash(void **state)
{
	static const char	 rules[] =
	    "match out on em0 inet from 10.0.0.0/8 to any "
	    "nat-to 203.0.113.1\n"
	    "match out on em0 inet6 from fd00::/8 to any "
	    "nat-to 2001:db8::1\n";
	struct packet		 first, p[4];
	struct divert_packet	 pkts[4];
	struct engine		*e;
	uint8_t			 reasons[4], verdicts[4];
	struct hashed		 flows[2];
	int			 differ, i;

	(void)state;
	for (differ = INSIDE_AND_REMOTE_4; differ <= REMOTE_6; differ++) {
		e = engine_new(rules);
		find_collision(e, (enum differ)differ, flows);
		first = packet_of((enum differ)differ, flows[0].words);
		assert_int_equal(send_out(e, &first), NAT_REPLACE);
		for (i = 0; i < 4; i++) {
			p[i] = packet_of((enum differ)differ,
			    flows[i % 2].words);
			fill(&pkts[i], &p[i]);
			pkts[i].direction = DIVERT_DIRECTION_OUT;
		}
		nat_packets(e->nat, pkts, 4, e->now, verdicts, reasons);
		for (i = 0; i < 4; i++)
			assert_int_equal(verdicts[i], NAT_REPLACE);
		same(&p[0], &first);
		same(&p[2], &first);
		same(&p[1], &p[3]);
		assert_int_equal(e->nat->counts.sessions, 2);
		/* One host has one mapping for both, two have two. */
		assert_int_equal(e->nat->counts.mappings,
		    differ == REMOTE_6 ? 1 : 2);
		engine_free(e);
	}
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(test_same_as_alone),
		cmocka_unit_test(test_same_hash),
		cmocka_unit_test(test_due),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
