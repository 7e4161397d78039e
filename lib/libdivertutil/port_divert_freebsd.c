/* SPDX-License-Identifier: ISC */

/*
 * FreeBSD's divert sockets: one for both families, in a domain of its own
 * since 14, a protocol of the Internet domain before.
 */

#include "compat.h"

#include <sys/socket.h>
#include <sys/sysctl.h>

#include <netinet/in.h>

#include <errno.h>

#include "port_divert.h"

/* Built on 13, run on 14. */
#ifndef PF_DIVERT
#define PF_DIVERT	44
#endif

/* The order of struct divstat, which systems before 14 do not have. */
enum {
	FIGURE_DIVERTED,
	FIGURE_NOPORT,
	FIGURE_OUTBOUND,
	FIGURE_INBOUND,
	FIGURES
};

const struct divert_kernel *const divert_kernel = &divert_kernel_freebsd;

_Static_assert(AF_INET == 2 && AF_INET6 == 28, "families as decided for");
_Static_assert(sizeof(struct sockaddr_in) == DIVERT_ADDRESS4_SIZE, "address");

int
divert_system_socket(int which)
{
	int	 fd;

	(void)which;
	if ((fd = socket(PF_DIVERT, SOCK_RAW, 0)) != -1)
		return (fd);
	if (divert_decide_open(errno) != ENOTSUP)
		return (-1);
	return (socket(PF_INET, SOCK_RAW, IPPROTO_DIVERT));
}

int
divert_system_watch(const int *fds, int n)
{
	(void)n;
	return (fds[0]);
}

int
divert_system_settle(int watch)
{
	(void)watch;
	return (0);
}

void
divert_system_figures(struct divert_stats *stats)
{
	uint64_t	 figures[FIGURES];
	size_t		 len = sizeof(figures);

	/* Not before 14.  Nobody counts what found the buffer full. */
	if (sysctlbyname("net.inet.divert.stats", figures, &len, NULL,
	    0) == -1 || len != sizeof(figures))
		return;
	stats->kernel.received = figures[FIGURE_DIVERTED];
	stats->kernel.no_socket = figures[FIGURE_NOPORT];
	stats->kernel.output = figures[FIGURE_OUTBOUND] +
	    figures[FIGURE_INBOUND];
}
