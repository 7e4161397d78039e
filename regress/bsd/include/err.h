/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_ERR_H
#define BSD_INCLUDE_ERR_H

#include <stdarg.h>

void	 err(int, const char *, ...)
	    __attribute__((__noreturn__, __format__(printf, 2, 3)));
void	 errc(int, int, const char *, ...)
	    __attribute__((__noreturn__, __format__(printf, 3, 4)));
void	 errx(int, const char *, ...)
	    __attribute__((__noreturn__, __format__(printf, 2, 3)));
void	 warn(const char *, ...) __attribute__((__format__(printf, 1, 2)));
void	 warnc(int, const char *, ...) __attribute__((__format__(printf, 2, 3)));
void	 warnx(const char *, ...) __attribute__((__format__(printf, 1, 2)));

#endif
