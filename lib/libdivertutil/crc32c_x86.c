/* SPDX-License-Identifier: ISC */

/* CRC32c by the instruction of SSE4.2, where the processor has it. */

#include "compat.h"

#include "cksum_int.h"

#ifdef __x86_64__

#include <nmmintrin.h>

static uint32_t	crc_sse42(uint32_t, const uint8_t *, size_t)
    __attribute__((__target__("sse4.2")));

static uint32_t
crc_sse42(uint32_t crc, const uint8_t *p, size_t len)
{
	uint64_t wide = crc;

	for (; len >= 8; p += 8, len -= 8)
		wide = _mm_crc32_u64(wide, load64(p));
	crc = (uint32_t)wide;
	for (; len > 0; p++, len--)
		crc = _mm_crc32_u8(crc, *p);
	return (crc);
}

uint32_t
divert_crc32c_fast(uint32_t crc, const uint8_t *p, size_t len)
{
	if (__builtin_cpu_supports("sse4.2"))
		return (crc_sse42(crc, p, len));
	return (divert_crc32c_portable(crc, p, len));
}

#endif
