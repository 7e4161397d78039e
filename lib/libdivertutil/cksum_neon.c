/* SPDX-License-Identifier: ISC */

/*
 * The sum on 64-bit ARM, which always has NEON: words are added in pairs into
 * 32-bit lanes by one instruction.
 */

#include "compat.h"

#include "cksum_int.h"

#if defined(__AARCH64EL__) && defined(__ARM_NEON)

#include <arm_neon.h>

/* Each vector brings less than 2^17 to each lane. */
#define ROUNDS	32768

uint64_t
divert_sum_simd(uint64_t sum, const uint8_t *p, size_t len)
{
	while (len >= 64) {
		uint32x4_t a = vdupq_n_u32(0), b = a;
		size_t n = len / 64, i;

		if (n > ROUNDS / 2)
			n = ROUNDS / 2;
		for (i = 0; i < n; i++, p += 64) {
			a = vpadalq_u16(a, vreinterpretq_u16_u8(vld1q_u8(p)));
			b = vpadalq_u16(b,
			    vreinterpretq_u16_u8(vld1q_u8(p + 16)));
			a = vpadalq_u16(a,
			    vreinterpretq_u16_u8(vld1q_u8(p + 32)));
			b = vpadalq_u16(b,
			    vreinterpretq_u16_u8(vld1q_u8(p + 48)));
		}
		sum = sum_add(sum, vaddlvq_u32(a));
		sum = sum_add(sum, vaddlvq_u32(b));
		len -= n * 64;
	}
	return (divert_sum_portable(sum, p, len));
}

#endif
