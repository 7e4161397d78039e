/* SPDX-License-Identifier: ISC */
#ifndef BSD_OPENBSD_INCLUDE_STDLIB_H
#define BSD_OPENBSD_INCLUDE_STDLIB_H

#include_next <stdlib.h>

void	 freezero(void *, size_t);
void	*recallocarray(void *, size_t, size_t, size_t);
void	 setproctitle(const char *, ...)
	    __attribute__((__format__(printf, 1, 2)));

#endif
