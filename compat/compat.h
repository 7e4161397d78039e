/* SPDX-License-Identifier: ISC */
#ifndef DIVERT_COMPAT_H
#define DIVERT_COMPAT_H

/*
 * The first include of every source file: what configure found, and the libc
 * functions this system lacks.  Those get a name of the project's own, so
 * that the static library never clashes with another copy of them in the
 * program it is linked into.
 */
#include "../config.h"

#include <sys/types.h>

#include <stddef.h>

#ifndef HAVE_STRLCPY
#define strlcpy		divert_compat_strlcpy
#define strlcat		divert_compat_strlcat
size_t	strlcpy(char *, const char *, size_t);
size_t	strlcat(char *, const char *, size_t);
#endif

#ifndef HAVE_STRTONUM
#define strtonum	divert_compat_strtonum
long long	strtonum(const char *, long long, long long, const char **);
#endif

#ifndef HAVE_REALLOCARRAY
#define reallocarray	divert_compat_reallocarray
void	*reallocarray(void *, size_t, size_t);
#endif

#endif
