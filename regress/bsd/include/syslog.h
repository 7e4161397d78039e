/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_SYSLOG_H
#define BSD_INCLUDE_SYSLOG_H

#include <stdarg.h>

#define LOG_ERR		3
#define LOG_WARNING	4
#define LOG_NOTICE	5
#define LOG_INFO	6
#define LOG_DEBUG	7
#define LOG_PID		0x01
#define LOG_NDELAY	0x08
#define LOG_DAEMON	(3 << 3)

void	 closelog(void);
void	 openlog(const char *, int, int);
void	 syslog(int, const char *, ...)
	    __attribute__((__format__(printf, 2, 3)));
void	 vsyslog(int, const char *, va_list)
	    __attribute__((__format__(printf, 2, 0)));

#endif
