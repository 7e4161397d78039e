/* SPDX-License-Identifier: ISC */

/*
 * The checksum against the loop that RFC 1071 prints, and CRC32c against its
 * table.  Every figure is the median of many short runs, taken in turn so that
 * a slow moment of the machine meets all alike.
 */

#include "compat.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cksum_int.h"

#define RUNS	15
#define LOOPS	5

static uint8_t buf[2048];
static volatile uint64_t sink;

/* RFC 1071 section 4.1, and no help from the compiler's vectors. */
#ifdef __clang__
__attribute__((__noinline__))
#else
__attribute__((__noinline__, __optimize__("O2", "no-tree-vectorize")))
#endif
static uint64_t
rfc1071(uint64_t sum, const uint8_t *addr, size_t count)
{
	uint16_t word;

#ifdef __clang__
#pragma clang loop vectorize(disable) interleave(disable) unroll(disable)
#endif
	while (count > 1) {
		memcpy(&word, addr, sizeof(word));
		sum += word;
		addr += 2;
		count -= 2;
	}
	if (count > 0)
		sum += *addr;
	while ((sum >> 16) != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (sum);
}

/* As callers do it, folded. */
static uint64_t
whole(uint64_t sum, const uint8_t *p, size_t n)
{
	return (divert_cksum_fold(divert_cksum_add(sum, p, n, 0)));
}

static uint64_t
portable(uint64_t sum, const uint8_t *p, size_t n)
{
	return (divert_cksum_fold(divert_sum_portable(sum, p, n)));
}

static uint64_t
simd(uint64_t sum, const uint8_t *p, size_t n)
{
	return (divert_cksum_fold(divert_sum_simd(sum, p, n)));
}

static uint64_t
sse2(uint64_t sum, const uint8_t *p, size_t n)
{
#ifdef __SSE2__
	return (divert_cksum_fold(divert_sum_sse2(sum, p, n)));
#else
	return (simd(sum, p, n));
#endif
}

static uint64_t
crc(uint64_t sum, const uint8_t *p, size_t n)
{
	return (divert_cksum_crc32c((uint32_t)sum & 1, p, n));
}

static uint64_t
crc_table(uint64_t sum, const uint8_t *p, size_t n)
{
	return (divert_crc32c_portable((uint32_t)sum & 1, p, n));
}

static uint64_t (*const loop[LOOPS])(uint64_t, const uint8_t *, size_t) = {
	rfc1071, whole, portable, simd, sse2
};

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x < y ? -1 : x > y);
}

static double
run(uint64_t (*f)(uint64_t, const uint8_t *, size_t), size_t n,
    unsigned int times)
{
	struct timespec from, to;
	uint64_t sum = 0;
	unsigned int i;

	clock_gettime(CLOCK_MONOTONIC, &from);
	/* Each result goes into the next sum: no call can be left out. */
	for (i = 0; i < times; i++)
		sum = f(sum & 0xff, buf + (i & 2), n);
	clock_gettime(CLOCK_MONOTONIC, &to);
	sink = sum;
	return (((double)(to.tv_sec - from.tv_sec) * 1e9 +
	    (double)(to.tv_nsec - from.tv_nsec)) / times);
}

static double
median(double *v)
{
	qsort(v, RUNS, sizeof(*v), compare);
	return (v[RUNS / 2]);
}

static void
bench(size_t n)
{
	double ns[LOOPS][RUNS], m[LOOPS];
	unsigned int i, j, times = (unsigned int)(30000000 / (n + 100));

	for (i = 0; i < RUNS; i++)
		for (j = 0; j < LOOPS; j++)
			ns[j][i] = run(loop[j], n, times / 20);
	for (j = 0; j < LOOPS; j++)
		m[j] = median(ns[j]);
	printf("cksum %zu B: simd %.1fx sse2 %.1fx portable %.1fx of RFC 1071 "
	    "loop, as called %.1fx (median of %d, ns %.1f %.1f %.1f; %.1f "
	    "%.1f)\n", n, m[0] / m[3], m[0] / m[4], m[0] / m[2], m[0] / m[1],
	    RUNS, m[3], m[4], m[2], m[0], m[1]);
}

int
main(void)
{
	static const size_t sizes[] = { 20, 40, 64, 128, 256, 576, 1500 };
	double a[RUNS], b[RUNS], x, y;
	size_t i;

	for (i = 0; i < sizeof(buf); i++)
		buf[i] = (uint8_t)(i * 131 + 7);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		bench(sizes[i]);
	for (i = 0; i < RUNS; i++) {
		a[i] = run(crc_table, 1500, 2000);
		b[i] = run(crc, 1500, 2000);
	}
	x = median(a);
	y = median(b);
	printf("crc32c 1500 B: %.1fx of the table (median of %d, ns %.0f; "
	    "%.0f)\n", x / y, RUNS, y, x);
	return (0);
}
