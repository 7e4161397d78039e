/* SPDX-License-Identifier: ISC */

/*
 * When to stop: SIGINT, SIGTERM and a time limit, as one flag.  The signals
 * stay blocked except inside ppoll(2), so that none is lost between looking
 * at the flag and going to sleep.
 */

#include "compat.h"

#include <sys/types.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <time.h>

#include "labtraffic.h"

static volatile sig_atomic_t	 stopped;
static uint64_t			 deadline_ns;
static sigset_t			 normal;

static void
note(int sig)
{
	(void)sig;
	stopped = 1;
}

/* Monotonic time in nanoseconds. */
uint64_t
clock_ns(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec);
}

/* Sleep until a time of clock_ns(), or until stopped. */
void
clock_sleep_until(uint64_t when)
{
	uint64_t	 now;
	struct timespec	 ts;

	while (!stopped && (now = clock_ns()) < when) {
		ts.tv_sec = (time_t)((when - now) / 1000000000);
		ts.tv_nsec = (long)((when - now) % 1000000000);
		ppoll(NULL, 0, &ts, &normal);
	}
}

/* Catch SIGINT and SIGTERM; the run may last limit_s seconds. */
void
stop_install(unsigned int limit_s)
{
	struct sigaction	 sa = { .sa_handler = note };
	sigset_t		 block;

	deadline_ns = clock_ns() + (uint64_t)limit_s * 1000000000;
	sigemptyset(&block);
	sigaddset(&block, SIGINT);
	sigaddset(&block, SIGTERM);
	sigprocmask(SIG_BLOCK, &block, &normal);
	sigdelset(&normal, SIGINT);
	sigdelset(&normal, SIGTERM);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
}

/* Whether a signal came. */
int
stop_asked(void)
{
	return (stopped);
}

/* Whether the time limit has passed. */
int
stop_timed_out(void)
{
	return (clock_ns() >= deadline_ns);
}

/*
 * Wait until fd is ready for events, at most wait_ms (-1: the time limit).
 * Returns 1 when ready, 0 when the wait is over or a signal came, -1 with
 * errno.
 */
int
stop_poll(int fd, short events, int wait_ms)
{
	struct pollfd	 pfd = { .fd = fd, .events = events };
	struct timespec	 ts;
	uint64_t	 now = clock_ns(), wait;
	int		 n;

	if (stopped)
		return (0);
	wait = deadline_ns > now ? deadline_ns - now : 0;
	if (wait_ms >= 0 && (uint64_t)wait_ms * 1000000 < wait)
		wait = (uint64_t)wait_ms * 1000000;
	ts.tv_sec = (time_t)(wait / 1000000000);
	ts.tv_nsec = (long)(wait % 1000000000);
	n = ppoll(&pfd, 1, &ts, &normal);
	if (n == -1 && errno == EINTR)
		return (0);
	return (n);
}
