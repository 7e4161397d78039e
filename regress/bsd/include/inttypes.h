/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_INTTYPES_H
#define BSD_INCLUDE_INTTYPES_H

#include <stdint.h>

#define PRId8		"hhd"
#define PRIu8		"hhu"
#define PRIx8		"hhx"
#define PRId16		"hd"
#define PRIu16		"hu"
#define PRIx16		"hx"
#define PRId32		"d"
#define PRIu32		"u"
#define PRIx32		"x"
#define PRId64		__INT64_FMTd__
#define PRIi64		__INT64_FMTi__
#define PRIu64		__UINT64_FMTu__
#define PRIx64		__UINT64_FMTx__
#define PRIX64		__UINT64_FMTX__
#define SCNu64		__UINT64_FMTu__
#define SCNx64		__UINT64_FMTx__

intmax_t	 strtoimax(const char *, char **, int);
uintmax_t	 strtoumax(const char *, char **, int);

#endif
