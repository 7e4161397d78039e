/* SPDX-License-Identifier: ISC */

/* strlcat(3) for systems without it. */

#include "compat.h"

#include <string.h>

/*
 * Append the string src to dst, which has room for size bytes in all.
 * Returns the length wanted: cut when >= size.  A dst without a NUL in its
 * size bytes is left alone.
 */
size_t
strlcat(char *dst, const char *src, size_t size)
{
	size_t used;

	for (used = 0; used < size && dst[used] != '\0'; used++)
		;
	return (used + strlcpy(dst + used, src, size - used));
}
