/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_STDINT_H
#define BSD_INCLUDE_STDINT_H

typedef __INT8_TYPE__	int8_t;
typedef __INT16_TYPE__	int16_t;
typedef __INT32_TYPE__	int32_t;
typedef __INT64_TYPE__	int64_t;
typedef __UINT8_TYPE__	uint8_t;
typedef __UINT16_TYPE__	uint16_t;
typedef __UINT32_TYPE__	uint32_t;
typedef __UINT64_TYPE__	uint64_t;
typedef __INTPTR_TYPE__	intptr_t;
typedef __UINTPTR_TYPE__ uintptr_t;
typedef __INTMAX_TYPE__	intmax_t;
typedef __UINTMAX_TYPE__ uintmax_t;

#define INT8_MAX	127
#define INT16_MAX	32767
#define INT32_MAX	2147483647
#define INT64_MAX	__INT64_MAX__
#define INT8_MIN	(-128)
#define INT16_MIN	(-32768)
#define INT32_MIN	(-2147483647 - 1)
#define INT64_MIN	(-INT64_MAX - 1)
#define UINT8_MAX	255
#define UINT16_MAX	65535
#define UINT32_MAX	4294967295U
#define UINT64_MAX	__UINT64_MAX__
#define INTPTR_MAX	__INTPTR_MAX__
#define UINTPTR_MAX	__UINTPTR_MAX__
#define SIZE_MAX	__SIZE_MAX__

/* gcc has macros with an argument, clang suffixes, and new ones both. */
#ifdef __UINT64_C
#define INT64_C(c)	__INT64_C(c)
#define UINT64_C(c)	__UINT64_C(c)
#else
#define INT64_C(c)	__INT64_C_SUFFIXED(c, __INT64_C_SUFFIX__)
#define UINT64_C(c)	__INT64_C_SUFFIXED(c, __UINT64_C_SUFFIX__)
#endif
#define UINT32_C(c)	c ## U
#define __INT64_C_SUFFIXED(c, s) __INT64_C_PASTED(c, s)
#define __INT64_C_PASTED(c, s)	c ## s

typedef int8_t int_least8_t;
typedef uint8_t uint_least8_t;
typedef int8_t int_fast8_t;
typedef uint8_t uint_fast8_t;
typedef int16_t int_least16_t;
typedef uint16_t uint_least16_t;
typedef int16_t int_fast16_t;
typedef uint16_t uint_fast16_t;
typedef int32_t int_least32_t;
typedef uint32_t uint_least32_t;
typedef int32_t int_fast32_t;
typedef uint32_t uint_fast32_t;
typedef int64_t int_least64_t;
typedef uint64_t uint_least64_t;
typedef int64_t int_fast64_t;
typedef uint64_t uint_fast64_t;

#endif
