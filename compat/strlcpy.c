/* SPDX-License-Identifier: ISC */

/* strlcpy(3) for systems without it. */

#include "compat.h"

#include <string.h>

/*
 * Copy the string src into dst, which has room for size bytes.  Always
 * NUL-terminates unless size is 0.  Returns strlen(src): cut when >= size.
 */
size_t
strlcpy(char *dst, const char *src, size_t size)
{
	size_t len = strlen(src), n;

	if (size > 0) {
		n = len < size ? len : size - 1;
		memcpy(dst, src, n);
		dst[n] = '\0';
	}
	return (len);
}
