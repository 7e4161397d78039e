/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_STRINGS_H
#define BSD_INCLUDE_STRINGS_H

#include <stddef.h>

int	 ffs(int);
int	 strcasecmp(const char *, const char *);
int	 strncasecmp(const char *, const char *, size_t);

#endif
