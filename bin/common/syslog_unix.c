/* SPDX-License-Identifier: ISC */

/*
 * A socket that is never connected: the path is looked up for each message,
 * and so a daemon that was restarted is found.  The walls of Linux let this
 * by.
 */

#include "compat.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <errno.h>
#include <string.h>

#include "logfile_int.h"
#include "msg.h"

#define PATH		"/dev/log"
/* A daemon that does not read makes us wait no longer than this. */
#define TIMEOUT_US	250000

static struct sockaddr_un	 address;
static int			 sock = -1;

int
syslog_open(const char *path)
{
	struct timeval	 timeout = { 0, TIMEOUT_US };

	address.sun_family = AF_UNIX;
	strlcpy(address.sun_path, path == NULL ? PATH : path,
	    sizeof(address.sun_path));
	if ((sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		msg_die(1, "syslog: %s", strerror(errno));
	(void)setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &timeout,
	    sizeof(timeout));
	return (sock);
}

int
syslog_send(const char *message, size_t len)
{
	while (sendto(sock, message, len, MSG_NOSIGNAL,
	    (const struct sockaddr *)&address, sizeof(address)) == -1) {
		if (errno == ENOBUFS)
			return (EAGAIN);
		if (errno != EINTR)
			return (errno);
	}
	return (0);
}
