/* SPDX-License-Identifier: ISC */

/* strtonum(3) for systems without it. */

#include "compat.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

/*
 * A whole decimal number in [min, max].  On success *errstr is NULL and errno
 * is as it was; else 0 is returned, *errstr is "invalid", "too small" or
 * "too large", and errno EINVAL or ERANGE.  errstr may be NULL.
 */
long long
strtonum(const char *s, long long min, long long max, const char **errstr)
{
	const char *why = NULL;
	long long v = 0;
	int saved = errno, error = 0;
	char *end;

	errno = 0;
	if (min <= max)
		v = strtoll(s, &end, 10);
	if (min > max || end == s || *end != '\0') {
		why = "invalid";
		error = EINVAL;
	} else if (v < min || (v == LLONG_MIN && errno == ERANGE)) {
		why = "too small";
		error = ERANGE;
	} else if (v > max || (v == LLONG_MAX && errno == ERANGE)) {
		why = "too large";
		error = ERANGE;
	}
	if (errstr != NULL)
		*errstr = why;
	errno = why == NULL ? saved : error;
	return (why == NULL ? v : 0);
}
