/* SPDX-License-Identifier: ISC */

/* CRC32c where no instruction for it is known to be there. */

#include "compat.h"

#include "cksum_int.h"

#if !defined(__x86_64__) && \
    !(defined(__aarch64__) && defined(__ARM_FEATURE_CRC32))

uint32_t
divert_crc32c_fast(uint32_t crc, const uint8_t *p, size_t len)
{
	return (divert_crc32c_portable(crc, p, len));
}

#endif
