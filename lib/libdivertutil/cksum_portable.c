/* SPDX-License-Identifier: ISC */

/*
 * The sum in plain C: 8 bytes at a time into four accumulators, and the
 * carries counted apart (RFC 1071 2.C).
 */

#include "compat.h"

#include "cksum_int.h"

uint64_t
divert_sum_portable(uint64_t sum, const uint8_t *p, size_t len)
{
	uint64_t w;

	if (len >= 32) {
		uint64_t a = sum, b = 0, c = 0, d = 0, carries = 0;

		for (; len >= 32; len -= 32, p += 32) {
			w = load64(p);
			a += w;
			carries += a < w;
			w = load64(p + 8);
			b += w;
			carries += b < w;
			w = load64(p + 16);
			c += w;
			carries += c < w;
			w = load64(p + 24);
			d += w;
			carries += d < w;
		}
		sum = sum_add(sum_add(a, b), sum_add(c, d));
		sum = sum_add(sum, carries);
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
