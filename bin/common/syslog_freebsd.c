/* SPDX-License-Identifier: ISC */

/*
 * FreeBSD: in capability mode there are no paths, but a socket may be
 * connected by a name in a directory that is open (connectat(2)).
 */

#include "compat.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "logfile_int.h"
#include "msg.h"

#define PATH		"/var/run/log"

static struct sockaddr_un	 address;
static int			 dir = -1;
static int			 sock = -1;

int
syslog_open(const char *path)
{
	char		 name[sizeof(address.sun_path)];
	char		*slash;

	strlcpy(name, path == NULL ? PATH : path, sizeof(name));
	if ((slash = strrchr(name, '/')) == NULL)
		msg_die(1, "syslog: %s: %s", name, strerror(EINVAL));
	address.sun_family = AF_UNIX;
	address.sun_len = sizeof(address);
	strlcpy(address.sun_path, slash + 1, sizeof(address.sun_path));
	*slash = '\0';
	if ((dir = open(slash == name ? "/" : name, O_SEARCH | O_DIRECTORY |
	    O_CLOEXEC)) == -1)
		msg_die(1, "syslog: %s: %s", name, strerror(errno));
	return (dir);
}

/* Be connected; 0 or an errno. */
static int
reach_daemon(void)
{
	int	 error;

	if (sock != -1)
		return (0);
	if ((sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		return (errno);
	if (connectat(dir, sock, (const struct sockaddr *)&address,
	    sizeof(address)) == 0)
		return (0);
	error = errno;
	close(sock);
	sock = -1;
	return (error);
}

int
syslog_send(const char *message, size_t len)
{
	int	 error, tries;

	/* The second time to a daemon that was restarted. */
	for (tries = 0; tries < 2; tries++) {
		if ((error = reach_daemon()) != 0)
			return (error);
		if (send(sock, message, len, MSG_NOSIGNAL) != -1)
			return (0);
		error = errno;
		if (error == ENOBUFS || error == EINTR)
			return (EAGAIN);
		if (error == EMSGSIZE || error == EAGAIN)
			return (error);
		close(sock);
		sock = -1;
	}
	return (error);
}
