/* SPDX-License-Identifier: ISC */

/* reallocarray(3) for systems without it. */

#include "compat.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

/* realloc(3) to n elements of size bytes.  NULL: ENOMEM, also on overflow. */
void *
reallocarray(void *p, size_t n, size_t size)
{
	if (size != 0 && n > SIZE_MAX / size) {
		errno = ENOMEM;
		return (NULL);
	}
	return (realloc(p, n * size));
}
