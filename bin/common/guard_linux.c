/* SPDX-License-Identifier: ISC */

/*
 * Linux: whoever may send verdicts on a queue may rewrite the firewall with
 * the same socket, and no filter of system calls looks into a message.  So
 * another process looks (netlink_guard.c of the library).
 *
 * It ends when this one does, however that was, and removes then what
 * injection has made; so signals meant for the tool by name do not end it.
 */

#include "compat.h"

#include <sys/socket.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "guard.h"
#include "helper.h"
#include "msg.h"
#include "privilege.h"
#include "sandbox.h"

/* Several sends of the largest size under way. */
#define BUFFER_SIZE	(1 << 20)

static int	 fd_of_port = -1;

static void
enlarge_buffer(int sock)
{
	int	 size = BUFFER_SIZE;

	if (setsockopt(sock, SOL_SOCKET, SO_SNDBUFFORCE, &size,
	    sizeof(size)) == -1)
		(void)setsockopt(sock, SOL_SOCKET, SO_SNDBUF, &size,
		    sizeof(size));
}

/* In the new process. */
static void
guard(struct divert_port *port, const char *user, int sock)
{
	static const struct sandbox_needs	 none;
	int					 status = 0;

	helper_enter(NULL, 0);
	privilege_drop(user, 1);
	sandbox_files(&none);
	sandbox_calls(&none);
	if (divert_port_serve(port, sock) == -1) {
		msg_error("%s", divert_port_error(port));
		status = 1;
	}
	divert_port_close(port, NULL);
	_exit(status);
}

int
guard_start(struct divert_port *port, const char *user)
{
	int	 pair[2];

	if ((divert_port_caps(port) & DIVERT_CAP_LIVE) == 0)
		return (0);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1) {
		msg_warn("no process for the verdicts: %s", strerror(errno));
		return (0);
	}
	enlarge_buffer(pair[0]);
	switch (fork()) {
	case -1:
		msg_warn("no process for the verdicts: %s", strerror(errno));
		close(pair[0]);
		close(pair[1]);
		return (0);
	case 0:
		close(pair[0]);
		guard(port, user, pair[1]);
		/* NOTREACHED */
	}
	close(pair[1]);
	if (divert_port_delegate(port, pair[0]) == -1) {
		close(pair[0]);
		return (0);
	}
	fd_of_port = pair[0];
	return (1);
}

int
guard_fd(void)
{
	return (fd_of_port);
}
