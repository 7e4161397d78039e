/* SPDX-License-Identifier: ISC */

/*
 * OpenBSD's divert sockets: one for each family.  What a program watches for
 * both is a kqueue, which can itself be polled, also by another kqueue.  It
 * does not survive fork(2): only the process that opened a port can use it.
 */

#include "compat.h"

#include <sys/socket.h>
#include <sys/sysctl.h>
#include <sys/event.h>
#include <sys/time.h>

#include <netinet/in.h>
#include <netinet/ip_divert.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "port_divert.h"

const struct divert_kernel *const divert_kernel = &divert_kernel_openbsd;

_Static_assert(AF_INET == 2 && AF_INET6 == 24, "families as decided for");
_Static_assert(sizeof(struct sockaddr_in) == DIVERT_ADDRESS4_SIZE &&
    sizeof(struct sockaddr_in6) == DIVERT_ADDRESS6_SIZE, "addresses");

int
divert_system_socket(int which)
{
	return (socket(which == 0 ? AF_INET : AF_INET6, SOCK_RAW,
	    IPPROTO_DIVERT));
}

int
divert_system_watch(const int *fds, int n)
{
	struct kevent	 changes[2];
	int		 error, i, kq;

	if (n == 1)
		return (fds[0]);
	if ((kq = kqueue()) == -1)
		return (-1);
	for (i = 0; i < n; i++)
		EV_SET(&changes[i], (uintptr_t)fds[i], EVFILT_READ, EV_ADD, 0,
		    0, NULL);
	if (kevent(kq, changes, n, NULL, 0, NULL) == -1 ||
	    fcntl(kq, F_SETFD, FD_CLOEXEC) == -1) {
		error = errno;
		close(kq);
		errno = error;
		return (-1);
	}
	return (kq);
}

/* A kqueue remembers what was readable until it is asked. */
int
divert_system_settle(int watch)
{
	static const struct timespec	 now;
	struct kevent			 events[2];

	return (kevent(watch, NULL, 0, events, 2, &now) == -1 ? -1 : 0);
}

static int
read_figures(int family, struct divstat *figures)
{
	int	 mib[] = { CTL_NET, family, IPPROTO_DIVERT, DIVERTCTL_STATS };
	size_t	 len = sizeof(*figures);

	memset(figures, 0, sizeof(*figures));
	if (sysctl(mib, 4, figures, &len, NULL, 0) == -1)
		return (-1);
	return (len == sizeof(*figures) ? 0 : -1);
}

void
divert_system_figures(struct divert_stats *stats)
{
	struct divstat	 four, six;

	if (read_figures(PF_INET, &four) == -1)
		return;
	/*
	 * Counters of IPv6 apart, in the same order and under the same
	 * number, are of old kernels: since 2025 there is one set.
	 */
	if (read_figures(PF_INET6, &six) == -1)
		memset(&six, 0, sizeof(six));
	stats->kernel.received = four.divs_ipackets + six.divs_ipackets;
	stats->kernel.no_socket = four.divs_noport + six.divs_noport;
	stats->kernel.full_socket = four.divs_fullsock + six.divs_fullsock;
	stats->kernel.output = four.divs_opackets + six.divs_opackets;
	stats->kernel.errors = four.divs_errors + six.divs_errors;
}
