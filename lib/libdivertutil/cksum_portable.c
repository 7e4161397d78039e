/* SPDX-License-Identifier: ISC */

/*
 * The sum in plain C: 8 bytes at a time into two pairs of accumulators, the
 * low and the high halves apart, so that no carry is lost and none need be
 * looked for (RFC 1071 2.C).
 */

#include "compat.h"

#include "cksum_int.h"

#define LOW	0xffffffffu

uint64_t
divert_sum_portable(uint64_t sum, const uint8_t *p, size_t len)
{
	uint64_t a, b, c, d, w;

	if (len >= 32) {
		a = b = c = d = 0;
		do {
			/* 2^31 rounds would fill an accumulator. */
			size_t n = len / 32;

			if (n > 0x40000000)
				n = 0x40000000;
			len -= n * 32;
			for (; n > 0; n--, p += 32) {
				w = load64(p);
				a += w & LOW;
				b += w >> 32;
				w = load64(p + 8);
				c += w & LOW;
				d += w >> 32;
				w = load64(p + 16);
				a += w & LOW;
				b += w >> 32;
				w = load64(p + 24);
				c += w & LOW;
				d += w >> 32;
			}
			sum = sum_add(sum, a);
			sum = sum_add(sum, b);
			sum = sum_add(sum, c);
			sum = sum_add(sum, d);
			a = b = c = d = 0;
		} while (len >= 32);
	}
	if (len >= 16) {
		sum = sum_add(sum, load64(p));
		sum = sum_add(sum, load64(p + 8));
		p += 16;
		len -= 16;
	}
	if (len >= 8) {
		sum = sum_add(sum, load64(p));
		p += 8;
		len -= 8;
	}
	/* At most 7 bytes, gathered without carries. */
	w = 0;
	if ((len & 4) != 0) {
		w = load32(p);
		p += 4;
	}
	if ((len & 2) != 0) {
		w += load16(p);
		p += 2;
	}
	if ((len & 1) != 0) {
		const uint8_t last[2] = { *p, 0 };

		w += load16(last);
	}
	return (sum_add(sum, w));
}
