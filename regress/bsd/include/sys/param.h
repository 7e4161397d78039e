/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_SYS_PARAM_H
#define BSD_INCLUDE_SYS_PARAM_H

#include <sys/types.h>

#include <limits.h>

#define MAXPATHLEN	PATH_MAX
#define MIN(a, b)	((a) < (b) ? (a) : (b))
#define MAX(a, b)	((a) > (b) ? (a) : (b))
#define nitems(a)	(sizeof(a) / sizeof((a)[0]))
#include <bsd_param.h>

#endif
