/* SPDX-License-Identifier: ISC */
#ifndef BSD_OPENBSD_INCLUDE_BSD_TYPES_H
#define BSD_OPENBSD_INCLUDE_BSD_TYPES_H

/* Types that are others than FreeBSD's. */
typedef int64_t		time_t;
typedef int64_t		off_t;
typedef uint32_t	mode_t;
typedef uint32_t	nlink_t;
typedef uint64_t	ino_t;
typedef int32_t		dev_t;
typedef int64_t		blkcnt_t;
typedef int32_t		blksize_t;
typedef int32_t		clockid_t;

#define __BSD_VISIBLE	1

#endif
