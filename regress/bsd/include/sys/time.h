/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_SYS_TIME_H
#define BSD_INCLUDE_SYS_TIME_H

#include <sys/types.h>

#include <bsd_timespec.h>
#include <bsd_timeval.h>
#include <bsd_clock.h>

#define timerclear(t)	((t)->tv_sec = (t)->tv_usec = 0)
#define timerisset(t)	((t)->tv_sec != 0 || (t)->tv_usec != 0)

int	 gettimeofday(struct timeval *, void *);

#endif
