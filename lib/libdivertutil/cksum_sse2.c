/* SPDX-License-Identifier: ISC */

/*
 * The sum on x86: SSE2, which every 64-bit one has, and AVX2 where the
 * processor says so.  Words made signed by turning their top bit are added in
 * pairs by one multiply-add; the 32768 that each was short of is paid back at
 * the end.
 */

#include "compat.h"

#include "cksum_int.h"

#ifdef __SSE2__

#include <immintrin.h>

/*
 * SSE2 vectors that may be added up before all lanes together could leave 32
 * bits: each brings at most 2^18 in size.
 */
#define ROUNDS	4096

static uint64_t	sum_avx2(uint64_t, const uint8_t *, size_t)
    __attribute__((__target__("avx2")));

/* Bring a negative or positive count into the sum, shift words paid back. */
static inline uint64_t
settle(uint64_t sum, int64_t lanes, uint64_t words)
{
	/* words * 32768 is what was taken off; the result is not negative. */
	return (sum_add(sum, (uint64_t)lanes + words * 32768));
}

static inline int64_t
add_lanes(__m128i v)
{
	v = _mm_add_epi32(v, _mm_shuffle_epi32(v, _MM_SHUFFLE(1, 0, 3, 2)));
	v = _mm_add_epi32(v, _mm_shuffle_epi32(v, _MM_SHUFFLE(2, 3, 0, 1)));
	return (_mm_cvtsi128_si32(v));
}

uint64_t
divert_sum_sse2(uint64_t sum, const uint8_t *p, size_t len)
{
	const __m128i top = _mm_set1_epi16((short)-32768);
	const __m128i one = _mm_set1_epi16(1);

	while (len >= 64) {
		__m128i a = _mm_setzero_si128(), b = a;
		size_t n = len / 64, i;

		if (n > ROUNDS / 4)
			n = ROUNDS / 4;
		for (i = 0; i < n; i++, p += 64) {
			__m128i v0, v1, v2, v3;

			v0 = _mm_loadu_si128((const __m128i *)(const void *)p);
			v1 = _mm_loadu_si128((const __m128i *)(const void *)
			    (p + 16));
			v2 = _mm_loadu_si128((const __m128i *)(const void *)
			    (p + 32));
			v3 = _mm_loadu_si128((const __m128i *)(const void *)
			    (p + 48));
			a = _mm_add_epi32(a, _mm_madd_epi16(
			    _mm_xor_si128(v0, top), one));
			b = _mm_add_epi32(b, _mm_madd_epi16(
			    _mm_xor_si128(v1, top), one));
			a = _mm_add_epi32(a, _mm_madd_epi16(
			    _mm_xor_si128(v2, top), one));
			b = _mm_add_epi32(b, _mm_madd_epi16(
			    _mm_xor_si128(v3, top), one));
		}
		sum = settle(sum, add_lanes(_mm_add_epi32(a, b)), n * 32);
		len -= n * 64;
	}
	return (divert_sum_portable(sum, p, len));
}

static uint64_t
sum_avx2(uint64_t sum, const uint8_t *p, size_t len)
{
	const __m256i top = _mm256_set1_epi16((short)-32768);
	const __m256i one = _mm256_set1_epi16(1);

	while (len >= 64) {
		__m256i a = _mm256_setzero_si256(), b = a;
		__m128i low;
		size_t n = len / 64, i;

		if (n > ROUNDS / 4)
			n = ROUNDS / 4;
		for (i = 0; i < n; i++, p += 64) {
			__m256i v0, v1;

			v0 = _mm256_loadu_si256((const __m256i *)
			    (const void *)p);
			v1 = _mm256_loadu_si256((const __m256i *)
			    (const void *)(p + 32));
			a = _mm256_add_epi32(a, _mm256_madd_epi16(
			    _mm256_xor_si256(v0, top), one));
			b = _mm256_add_epi32(b, _mm256_madd_epi16(
			    _mm256_xor_si256(v1, top), one));
		}
		a = _mm256_add_epi32(a, b);
		low = _mm_add_epi32(_mm256_castsi256_si128(a),
		    _mm256_extracti128_si256(a, 1));
		sum = settle(sum, add_lanes(low), n * 32);
		len -= n * 64;
	}
	return (divert_sum_portable(sum, p, len));
}

uint64_t
divert_sum_simd(uint64_t sum, const uint8_t *p, size_t len)
{
	if (len >= 256 && __builtin_cpu_supports("avx2"))
		return (sum_avx2(sum, p, len));
	return (divert_sum_sse2(sum, p, len));
}

#endif
