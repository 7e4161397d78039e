/* SPDX-License-Identifier: ISC */

#include "compat.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "helper.h"

/* A whole batch of the largest packets fits; Linux gives this to anybody. */
#define PIPE_SIZE	(1 << 20)
/* A tool that has just begun has few. */
#define DESCRIPTORS	1024

/* SIGTTOU: a message on a terminal must not stop a group in its background. */
static const int not_for_helpers[] = { SIGHUP, SIGINT, SIGTERM, SIGUSR1,
    SIGUSR2, SIGPIPE, SIGTTOU };

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static int
is_kept(int fd, const int *keep, size_t n)
{
	size_t	 i;

	for (i = 0; i < n; i++)
		if (keep[i] == fd)
			return (1);
	return (0);
}

void
helper_enter(const int *keep, size_t n)
{
	size_t	 i;
	int	 fd, null;

	setpgid(0, 0);
	for (i = 0; i < COUNT(not_for_helpers); i++)
		signal(not_for_helpers[i], SIG_IGN);
	if ((null = open("/dev/null", O_RDWR | O_CLOEXEC)) != -1) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		close(null);
	}
	if (keep == NULL)
		return;
	for (fd = STDERR_FILENO + 1; fd < DESCRIPTORS; fd++)
		if (!is_kept(fd, keep, n))
			close(fd);
}

void
helper_restore_signals(void)
{
	size_t	 i;

	for (i = 0; i < COUNT(not_for_helpers); i++)
		signal(not_for_helpers[i], SIG_DFL);
}

void
helper_enlarge_pipe(int fd)
{
#ifdef F_SETPIPE_SZ
	/* The limit for users may be lower: then it stays as it is. */
	fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE);
#else
	(void)fd;
#endif
}
