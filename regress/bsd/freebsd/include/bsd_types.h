/* SPDX-License-Identifier: ISC */
#ifndef BSD_FREEBSD_INCLUDE_BSD_TYPES_H
#define BSD_FREEBSD_INCLUDE_BSD_TYPES_H

/* Types that are others than OpenBSD's. */
typedef long		time_t;
typedef long		off_t;
typedef uint16_t	mode_t;
typedef uint64_t	nlink_t;
typedef uint64_t	ino_t;
typedef uint64_t	dev_t;
typedef int64_t		blkcnt_t;
typedef int32_t		blksize_t;
typedef int32_t		clockid_t;

/* Any of the standards' macros hides what is not in that standard. */
#if defined(_POSIX_C_SOURCE) || defined(_XOPEN_SOURCE)
#error "a feature macro hides divert(4) from programs"
#endif
#define __BSD_VISIBLE	1

#endif
