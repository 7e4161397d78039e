/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_ASSERT_H
#define BSD_INCLUDE_ASSERT_H

void	bsd_assert(const char *, int, const char *)
	    __attribute__((__noreturn__));

#define assert(e)	((e) ? (void)0 : bsd_assert(__FILE__, __LINE__, #e))
#define static_assert	_Static_assert

#endif
