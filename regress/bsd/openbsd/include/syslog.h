/* SPDX-License-Identifier: ISC */
#ifndef BSD_OPENBSD_INCLUDE_SYSLOG_H
#define BSD_OPENBSD_INCLUDE_SYSLOG_H

#include <sys/types.h>

#include_next <syslog.h>

int	 sendsyslog(const char *, size_t, int);

#endif
