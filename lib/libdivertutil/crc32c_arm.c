/* SPDX-License-Identifier: ISC */

/* CRC32c by the instructions of ARMv8.1, where the compiler may use them. */

#include "compat.h"

#include "cksum_int.h"

#if defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)

#include <arm_acle.h>

uint32_t
divert_crc32c_fast(uint32_t crc, const uint8_t *p, size_t len)
{
	for (; len >= 8; p += 8, len -= 8)
		crc = __crc32cd(crc, (uint64_t)get32le(p + 4) << 32 |
		    get32le(p));
	for (; len > 0; p++, len--)
		crc = __crc32cb(crc, *p);
	return (crc);
}

#endif
