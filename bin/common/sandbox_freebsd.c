/* SPDX-License-Identifier: ISC */

/*
 * FreeBSD: Capsicum.  In capability mode a packet cannot be sent to an address
 * (ECAPMODE), and the address is what says where a divert socket's packet goes
 * on; nor can another process be sent a signal.  So capability mode is for
 * captures; with a live port only the standard descriptors are limited, and
 * the empty root (privilege_freebsd.c) keeps files away.
 */

#include "compat.h"

#include <sys/types.h>
#include <sys/capsicum.h>

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "msg.h"
#include "sandbox.h"

/* One may be closed, and a kernel may lack Capsicum: both are fine. */
static void
limit(int fd, uint64_t direction)
{
	cap_rights_t	 rights;

	cap_rights_init(&rights, direction, CAP_EVENT, CAP_FCNTL, CAP_FSTAT,
	    CAP_IOCTL, CAP_SEEK);
	if (cap_rights_limit(fd, &rights) == -1 && errno != EBADF &&
	    errno != ENOSYS)
		msg_info("descriptor %d: %s", fd, strerror(errno));
}

void
sandbox_files(const struct sandbox_needs *needs)
{
	(void)needs;
	/* Read now: for times as text. */
	tzset();
}

void
sandbox_calls(const struct sandbox_needs *needs)
{
	limit(STDIN_FILENO, CAP_READ);
	limit(STDOUT_FILENO, CAP_WRITE);
	limit(STDERR_FILENO, CAP_WRITE);
	if (needs->live || needs->routes || needs->signals) {
		msg_info("no capability mode: %s", needs->live ?
		    "packets are sent to addresses" : needs->routes ?
		    "routes are asked for" :
		    "the command is sent signals");
		return;
	}
	if (cap_enter() == -1)
		msg_info("capability mode: %s (system calls stay within "
		    "reach)", strerror(errno));
}
