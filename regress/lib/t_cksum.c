/* SPDX-License-Identifier: ISC */

/*
 * Checksums against the examples of the RFCs and against models that go word
 * by word and bit by bit; every inner loop this machine has.
 */

#include "compat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "cksum_int.h"
#include "packets.h"

#define LENGTHS	2000
#define ALIGNMENTS	64

static struct bytes o;
static uint8_t buf[ALIGNMENTS + LENGTHS];

/* The same random bytes every time. */
static uint32_t
next_random(void)
{
	static uint32_t state = 2463534242u;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return (state);
}

static uint16_t
sum_of(const void *p, size_t n)
{
	return (divert_cksum_fold(divert_cksum_add(0, p, n, 0)));
}

static void
rfc1071_example(void **state)
{
	static const uint8_t bytes[] = {
		0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7
	};

	(void)state;
	assert_int_equal(slow_sum(0, bytes, 8), 0xddf2);
	assert_int_equal(sum_of(bytes, 8), 0xffff - 0xddf2);
	/* Its section 3: the bytes in two groups, one of odd length. */
	assert_int_equal(divert_cksum_fold(divert_cksum_add(divert_cksum_add(0,
	    bytes, 3, 0), bytes + 3, 5, 1)), 0xffff - 0xddf2);
	assert_int_equal(sum_of(bytes, 0), 0xffff);
}

static void
rfc1624_example(void **state)
{
	static const uint8_t from[] = { 0x55, 0x55 }, to[] = { 0x32, 0x85 };

	(void)state;
	assert_int_equal(divert_cksum_update(0xdd2f, from, to, 2), 0x0000);
	/* A sum of 0 changed by nothing stays 0. */
	assert_int_equal(divert_cksum_update(0, from, from, 2), 0);
	assert_int_equal(divert_cksum_update(0x1234, from, from, 2), 0x1234);
}

/* RFC 3720 B.4; and the check value of the polynomial. */
static void
crc32c_vectors(void **state)
{
	static const uint8_t read10[48] = {
		0x01, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0x14, 0, 0, 0, 0, 0, 0x04, 0, 0, 0, 0, 0x14, 0, 0, 0, 0x18,
		0x28, 0, 0, 0, 0, 0, 0, 0, 0x02, 0, 0, 0, 0, 0, 0, 0
	};
	uint8_t b[32];
	unsigned int i;

	(void)state;
	memset(b, 0, 32);
	assert_int_equal(divert_cksum_crc32c(0, b, 32), 0x8a9136aa);
	memset(b, 0xff, 32);
	assert_int_equal(divert_cksum_crc32c(0, b, 32), 0x62a8ab43);
	for (i = 0; i < 32; i++)
		b[i] = (uint8_t)i;
	assert_int_equal(divert_cksum_crc32c(0, b, 32), 0x46dd794e);
	for (i = 0; i < 32; i++)
		b[i] = (uint8_t)(31 - i);
	assert_int_equal(divert_cksum_crc32c(0, b, 32), 0x113fdb5c);
	assert_int_equal(divert_cksum_crc32c(0, read10, 48), 0xd9963a56);
	assert_int_equal(divert_cksum_crc32c(0, "123456789", 9), 0xe3069283);
	assert_int_equal(slow_crc((const uint8_t *)"123456789", 9),
	    0xe3069283);
	assert_int_equal(divert_cksum_crc32c(divert_cksum_crc32c(0, "1234", 4),
	    "56789", 5), 0xe3069283);
	assert_int_equal(divert_cksum_crc32c(7, "", 0), 7);
}

static void
crc32c_table(void **state)
{
	unsigned int i, j, k;

	(void)state;
	for (i = 0; i < 256; i++) {
		uint32_t c = i;

		for (k = 0; k < 8; k++) {
			for (j = 0; j < 8; j++)
				c = c >> 1 ^ ((c & 1) != 0 ? 0x82f63b78 : 0);
			assert_int_equal(divert_crc32c_table[k][i], c);
		}
	}
}

static void
crc32c_every_length(void **state)
{
	size_t at, n;

	(void)state;
	for (n = 0; n < sizeof(buf); n++)
		buf[n] = (uint8_t)next_random();
	for (at = 0; at < 8; at++) {
		for (n = 0; n <= 300; n++) {
			uint32_t want = slow_crc(buf + at, n);

			assert_int_equal(divert_cksum_crc32c(0, buf + at, n),
			    want);
			assert_int_equal(~divert_crc32c_portable(~0u,
			    buf + at, n), want);
			assert_int_equal(~divert_crc32c_fast(~0u, buf + at,
			    n), want);
		}
	}
}

static void
compare_loops(const uint8_t *p, size_t n, uint16_t want)
{
	static const struct {
		const char	*name;
		uint64_t	(*loop)(uint64_t, const uint8_t *, size_t);
	} loops[] = {
		{ "portable", divert_sum_portable },
		{ "simd", divert_sum_simd },
#ifdef __SSE2__
		{ "sse2", divert_sum_sse2 },
#endif
	};
	uint16_t got;
	size_t i;

	for (i = 0; i < sizeof(loops) / sizeof(loops[0]); i++) {
		got = (uint16_t)~divert_cksum_fold(loops[i].loop(0, p, n));
		if (got != want)
			fail_msg("%zu bytes: %s %04x, not %04x", n,
			    loops[i].name, got, want);
	}
	got = (uint16_t)~divert_cksum_fold(divert_cksum_add(0, p, n, 0));
	assert_int_equal(got, want);
}

/* Every alignment, every length, every loop. */
static void
sum_every_length(void **state)
{
	unsigned int round;
	size_t at, i, n;

	(void)state;
	for (round = 0; round < 4; round++) {
		for (i = 0; i < sizeof(buf); i++)
			buf[i] = round == 0 ? (uint8_t)next_random() :
			    round == 1 ? 0xff : round == 2 ? 0x80 : 0;
		for (at = 0; at < ALIGNMENTS; at++) {
			uint16_t even = 0;

			/* The model word by word, so that lengths are free. */
			for (n = 0; n <= LENGTHS; n++) {
				if (n % 2 != 0)
					compare_loops(buf + at, n,
					    slow_sum(even, buf + at + n - 1,
					    1));
				else {
					if (n > 0)
						even = slow_sum(even,
						    buf + at + n - 2, 2);
					compare_loops(buf + at, n, even);
				}
			}
		}
	}
}

/* Nothing runs over where sums are long and words large. */
static void
sum_long(void **state)
{
	static const uint8_t fill[] = { 0xff, 0x00, 0x7f, 0x80, 0x01 };
	size_t n = 5u << 20, i;
	uint8_t *p = malloc(n);

	(void)state;
	assert_non_null(p);
	for (i = 0; i < sizeof(fill); i++) {
		memset(p, fill[i], n);
		compare_loops(p, n, slow_sum(0, p, n));
		compare_loops(p, 65535, slow_sum(0, p, 65535));
	}
	for (i = 0; i < n; i++)
		p[i] = i % 2 == 0 ? 0x80 : 0x00;
	compare_loops(p, n, slow_sum(0, p, n));
	compare_loops(p + 1, n - 1, slow_sum(0, p + 1, n - 1));
	free(p);
}

/* Cut in three anywhere, and beginning with any sum. */
static void
sum_in_sections(void **state)
{
	static const uint64_t begin[] = {
		0, 1, 0xffff, 0x10000, UINT64_MAX, UINT64_MAX - 1,
		0xffffffff00000000
	};
	size_t i, j, n = 301;
	uint16_t want;
	uint64_t sum;

	(void)state;
	for (i = 0; i < n; i++)
		buf[i] = (uint8_t)next_random();
	want = slow_sum(0, buf, n);
	for (i = 0; i <= n; i++) {
		for (j = i; j <= n; j++) {
			sum = divert_cksum_add(0, buf, i, 0);
			sum = divert_cksum_add(sum, buf + i, j - i, i & 1);
			sum = divert_cksum_add(sum, buf + j, n - j, j & 1);
			assert_int_equal((uint16_t)~divert_cksum_fold(sum),
			    want);
		}
	}
	for (i = 0; i < sizeof(begin) / sizeof(begin[0]); i++) {
		uint8_t b[8];

		memcpy(b, &begin[i], sizeof(b));
		want = slow_sum(slow_sum(0, b, 8), buf, n);
		sum = divert_cksum_add(begin[i], buf, n, 0);
		assert_int_equal((uint16_t)~divert_cksum_fold(sum), want);
	}
}

static void
update_agrees(void **state)
{
	uint8_t b[64], old[64];
	unsigned int i, j;
	size_t at, n;

	(void)state;
	for (i = 0; i < 200000; i++) {
		uint16_t before;

		n = (next_random() % 32 + 1) * 2;
		for (j = 0; j < 64; j++)
			b[j] = (uint8_t)next_random();
		b[0] |= 1;
		memcpy(old, b, 64);
		before = (uint16_t)~slow_sum(0, b, 64);
		at = next_random() % ((64 - n) / 2 + 1) * 2;
		for (j = 0; j < n; j++)
			b[at + j] = i % 3 == 0 ? (uint8_t)(0 - (i & 1)) :
			    (uint8_t)next_random();
		b[0] |= 1;
		assert_int_equal(divert_cksum_update(before, old + at, b + at,
		    n), (uint16_t)~slow_sum(0, b, 64));
	}
	/* 0 never becomes 0xffff, whatever is exchanged. */
	for (i = 0; i < 65536; i++) {
		for (j = 0; j < 4; j++) {
			static const uint16_t to[] = { 0, 0xffff, 1, 0xfffe };

			put16(old, (uint16_t)i);
			put16(b, to[j]);
			assert_int_not_equal(divert_cksum_update(0, old, b, 2),
			    0xffff);
		}
	}
}

/* Which samples have a sum that can be checked, and where it is. */
static enum divert_sum
expected(unsigned int i, const struct divert_layout *l)
{
	if (i == 3)
		return (DIVERT_SUM_NONE);
	if ((l->flags & DIVERT_LAYOUT_FRAGMENT) != 0 || i == 35)
		return (DIVERT_SUM_UNKNOWN);
	switch (l->proto) {
	case PROTO_TCP:
	case PROTO_UDP:
	case PROTO_UDPLITE:
	case PROTO_ICMP:
	case PROTO_ICMPV6:
	case PROTO_SCTP:
		return (DIVERT_SUM_GOOD);
	default:
		return (DIVERT_SUM_UNKNOWN);
	}
}

static void
verify_samples(void **state)
{
	struct divert_layout l;
	const char *name;
	unsigned int i;

	(void)state;
	for (i = 0; (name = sample(i, &o, &standard)) != NULL; i++) {
		divert_packet_parse(o.b, o.n, &l);
		if (divert_cksum_verify_ip(o.b, &l) != (l.version == 4 ?
		    DIVERT_SUM_GOOD : DIVERT_SUM_NONE))
			fail_msg("%s: ip", name);
		if (divert_cksum_verify_l4(o.b, &l) != expected(i, &l))
			fail_msg("%s: l4 %d, not %d", name,
			    divert_cksum_verify_l4(o.b, &l), expected(i, &l));
		/* Padding is not summed. */
		o.b[o.n] = 0x5a;
		divert_packet_parse(o.b, o.n + 1, &l);
		assert_int_equal(divert_cksum_verify_l4(o.b, &l),
		    expected(i, &l));
		/* What is cut cannot be told. */
		if (divert_packet_parse(o.b, o.n - 1, &l) == 0)
			assert_int_equal(divert_cksum_verify_l4(o.b, &l),
			    DIVERT_SUM_UNKNOWN);
	}
}

/* Turn every bit of what a sum covers: it is noticed. */
static void
verify_sees_every_bit(void **state)
{
	struct divert_layout l;
	unsigned int bit, i;
	size_t at, end;

	(void)state;
	for (i = 0; sample(i, &o, &standard) != NULL; i++) {
		divert_packet_parse(o.b, o.n, &l);
		for (at = 0; l.version == 4 && at < 20; at++) {
			for (bit = 0; bit < 8; bit++) {
				o.b[at] ^= (uint8_t)(1 << bit);
				/* Header length and total are not to change. */
				if (at != 0 && at != 2 && at != 3)
					assert_int_equal(
					    divert_cksum_verify_ip(o.b, &l),
					    DIVERT_SUM_BAD);
				o.b[at] ^= (uint8_t)(1 << bit);
			}
		}
		if (expected(i, &l) != DIVERT_SUM_GOOD)
			continue;
		end = i == 4 ? l.l4_off + 8 : l.end_off;
		for (at = l.l4_off; at < end; at++) {
			for (bit = 0; bit < 8; bit++) {
				o.b[at] ^= (uint8_t)(1 << bit);
				/* Not the lengths and the coverage. */
				if ((l.proto != PROTO_UDP &&
				    l.proto != PROTO_UDPLITE) ||
				    (at - l.l4_off) / 2 != 2)
					assert_int_equal(
					    divert_cksum_verify_l4(o.b, &l),
					    DIVERT_SUM_BAD);
				o.b[at] ^= (uint8_t)(1 << bit);
			}
		}
		/* The addresses count, but for ICMP and SCTP. */
		at = l.version == 4 ? 13 : 9;
		o.b[at] ^= 0x10;
		assert_int_equal(divert_cksum_verify_l4(o.b, &l),
		    l.proto == PROTO_ICMP || l.proto == PROTO_SCTP ?
		    DIVERT_SUM_GOOD : DIVERT_SUM_BAD);
	}
}

static void
repair_restores(void **state)
{
	struct bytes *w = malloc(sizeof(*w));
	struct divert_layout l;
	unsigned int i;
	const char *name;
	int changed;

	(void)state;
	assert_non_null(w);
	for (i = 0; (name = sample(i, &o, &standard)) != NULL; i++) {
		uint32_t at;
		int want = 0;

		memcpy(w, &o, sizeof(o));
		divert_packet_parse(o.b, o.n, &l);
		assert_int_equal(divert_cksum_repair(o.b, &l), 0);
		assert_memory_equal(o.b, w->b, o.n);
		if (l.version == 4) {
			set_at(&o, 10, 0x1234);
			want++;
		}
		if (expected(i, &l) == DIVERT_SUM_GOOD &&
		    divert_cksum_field(o.b, &l, &at) != SUM_KIND_NONE) {
			set_at(&o, at, 0x4321);
			want++;
		}
		changed = divert_cksum_repair(o.b, &l);
		if (changed != want)
			fail_msg("%s: %d changed, not %d", name, changed,
			    want);
		assert_memory_equal(o.b, w->b, o.n);
	}
	free(w);
}

/* The many faces of 0 in UDP. */
static void
udp_zero(void **state)
{
	struct divert_layout l;
	uint32_t sum;

	(void)state;
	/* IPv4: none, and none it stays. */
	sample(3, &o, &standard);
	divert_packet_parse(o.b, o.n, &l);
	assert_int_equal(divert_cksum_verify_l4(o.b, &l), DIVERT_SUM_NONE);
	divert_cksum_repair(o.b, &l);
	assert_int_equal(get16(o.b + 26), 0);
	/* IPv6 and UDP-Lite: must not be. */
	sample(25, &o, &standard);
	set_at(&o, 46, 0);
	divert_packet_parse(o.b, o.n, &l);
	assert_int_equal(divert_cksum_verify_l4(o.b, &l), DIVERT_SUM_BAD);
	assert_int_equal(divert_cksum_repair(o.b, &l), 1);
	assert_int_equal(divert_cksum_verify_l4(o.b, &l), DIVERT_SUM_GOOD);
	sample(4, &o, &standard);
	set_at(&o, 26, 0);
	divert_packet_parse(o.b, o.n, &l);
	assert_int_equal(divert_cksum_verify_l4(o.b, &l), DIVERT_SUM_BAD);
	/* Computed 0 is written as 0xffff, for UDP and not for TCP. */
	sample(2, &o, &standard);
	divert_packet_parse(o.b, o.n, &l);
	sum = get16(o.b + 26) + (uint32_t)get16(o.b + 28);
	if (sum > 65535)
		sum -= 65535;
	set_at(&o, 28, sum);		/* brings the old sum to 0 */
	divert_cksum_repair(o.b, &l);
	assert_int_equal(get16(o.b + 26), 0xffff);
	assert_int_equal(divert_cksum_verify_l4(o.b, &l), DIVERT_SUM_GOOD);
	sample(1, &o, &standard);
	divert_packet_parse(o.b, o.n, &l);
	sum = get16(o.b + 36) + (uint32_t)get16(o.b + 52);
	if (sum > 65535)
		sum -= 65535;
	set_at(&o, 52, sum);
	divert_cksum_repair(o.b, &l);
	assert_int_equal(get16(o.b + 36), 0);
	assert_int_equal(divert_cksum_verify_l4(o.b, &l), DIVERT_SUM_GOOD);
}

static void
pseudo_header(void **state)
{
	uint8_t ps[40];
	struct divert_layout l;

	(void)state;
	sample(2, &o, &standard);
	divert_packet_parse(o.b, o.n, &l);
	memcpy(ps, o.b + 12, 8);
	put16(ps + 8, 17);
	put16(ps + 10, 29);
	assert_int_equal((uint16_t)~divert_cksum_fold(divert_cksum_pseudo(o.b,
	    &l, 29)), slow_sum(0, ps, 12));
	/* Lengths beyond 16 bits count in full with IPv6. */
	sample(25, &o, &standard);
	divert_packet_parse(o.b, o.n, &l);
	memcpy(ps, o.b + 8, 32);
	put32(ps + 32, 0x12345);
	put32(ps + 36, 17);
	assert_int_equal((uint16_t)~divert_cksum_fold(divert_cksum_pseudo(o.b,
	    &l, 0x12345)), slow_sum(0, ps, 40));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc1071_example),
		cmocka_unit_test(rfc1624_example),
		cmocka_unit_test(crc32c_vectors),
		cmocka_unit_test(crc32c_table),
		cmocka_unit_test(crc32c_every_length),
		cmocka_unit_test(sum_every_length),
		cmocka_unit_test(sum_long),
		cmocka_unit_test(sum_in_sections),
		cmocka_unit_test(update_agrees),
		cmocka_unit_test(verify_samples),
		cmocka_unit_test(verify_sees_every_bit),
		cmocka_unit_test(repair_restores),
		cmocka_unit_test(udp_zero),
		cmocka_unit_test(pseudo_header)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
