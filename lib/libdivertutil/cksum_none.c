/* SPDX-License-Identifier: ISC */

/* The sum where no vector instructions are known to be there. */

#include "compat.h"

#include "cksum_int.h"

#if !defined(__SSE2__) && !(defined(__AARCH64EL__) && defined(__ARM_NEON))

uint64_t
divert_sum_simd(uint64_t sum, const uint8_t *p, size_t len)
{
	return (divert_sum_portable(sum, p, len));
}

#endif
