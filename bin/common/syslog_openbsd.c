/* SPDX-License-Identifier: ISC */

/* OpenBSD: the kernel knows the daemon's socket (sendsyslog(2)). */

#include "compat.h"

#include <errno.h>
#include <syslog.h>

#include "logfile_int.h"

int
syslog_open(const char *path)
{
	(void)path;
	return (-1);
}

int
syslog_send(const char *message, size_t len)
{
	if (sendsyslog(message, len, 0) != -1)
		return (0);
	return (errno == ENOBUFS || errno == EINTR ? EAGAIN : errno);
}
