/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_LIMITS_H
#define BSD_INCLUDE_LIMITS_H

#define CHAR_BIT	8
#define SCHAR_MAX	127
#define UCHAR_MAX	255
#define CHAR_MAX	127
#define SHRT_MAX	32767
#define USHRT_MAX	65535
#define INT_MAX		2147483647
#define INT_MIN		(-2147483647 - 1)
#define UINT_MAX	4294967295U
#define LONG_MAX	__LONG_MAX__
#define LONG_MIN	(-LONG_MAX - 1)
#define ULONG_MAX	(LONG_MAX * 2UL + 1UL)
#define LLONG_MAX	__LONG_LONG_MAX__
#define LLONG_MIN	(-LLONG_MAX - 1)
#define ULLONG_MAX	(LLONG_MAX * 2ULL + 1ULL)
#define SSIZE_MAX	LONG_MAX
#define PATH_MAX	1024
#define NAME_MAX	255
#define IOV_MAX		1024
#define PIPE_BUF	512

#endif
