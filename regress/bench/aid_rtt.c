/* SPDX-License-Identifier: ISC */

/*
 * Round trips, one at a time, in microseconds: "p50 p99".
 *	aid_rtt echo address port		UDP, until killed
 *	aid_rtt udp address port count
 *	aid_rtt pipes bytes count command ...	written to the command's input
 *						and read from its output
 * A tenth as many go before, and are not counted.
 */

#include "compat.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <arpa/inet.h>
#include <netinet/in.h>

#include <err.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PAYLOAD		64
#define WAIT_MS		1000
#define PIPE_MAX	4096	/* what one write(2) does whole */

static uint64_t
now(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec);
}

static int
compare(const void *a, const void *b)
{
	const uint64_t	*x = a, *y = b;

	return ((*x > *y) - (*x < *y));
}

static void
report(uint64_t *trips, size_t n)
{
	qsort(trips, n, sizeof(*trips), compare);
	printf("%.1f %.1f\n", (double)trips[n / 2] / 1e3,
	    (double)trips[n * 99 / 100] / 1e3);
}

static int
udp_socket(struct sockaddr_in *sin, char *argv[])
{
	int	 s;

	memset(sin, 0, sizeof(*sin));
	sin->sin_family = AF_INET;
	sin->sin_port = htons((uint16_t)atoi(argv[1]));
	if (inet_pton(AF_INET, argv[0], &sin->sin_addr) != 1)
		errx(2, "%s: no IPv4 address", argv[0]);
	if ((s = socket(AF_INET, SOCK_DGRAM, 0)) == -1)
		err(1, "socket");
	return (s);
}

static int
run_echo(char *argv[])
{
	struct sockaddr_in	 sin;
	socklen_t		 len;
	ssize_t			 n;
	char			 buf[2048];
	int			 s;

	s = udp_socket(&sin, argv);
	if (bind(s, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		err(1, "bind");
	puts("ready");
	fflush(stdout);
	for (;;) {
		len = sizeof(sin);
		n = recvfrom(s, buf, sizeof(buf), 0, (struct sockaddr *)&sin,
		    &len);
		if (n >= 0)
			(void)sendto(s, buf, (size_t)n, 0,
			    (struct sockaddr *)&sin, len);
	}
}

/* One datagram and back; a lost one is as late as we waited. */
static void
trip_udp(int s, uint32_t number)
{
	char		 buf[PAYLOAD] = "";
	uint32_t	 got;

	memcpy(buf, &number, sizeof(number));
	if (send(s, buf, sizeof(buf), 0) == -1)
		err(1, "send");
	do {
		if (recv(s, buf, sizeof(buf), 0) == -1) {
			if (errno != EAGAIN)
				err(1, "recv");
			warnx("a packet was lost");
			return;
		}
		memcpy(&got, buf, sizeof(got));
	} while (got != number);
}

static int
run_udp(char *argv[])
{
	struct sockaddr_in	 sin;
	struct timeval		 wait;
	uint64_t		*trips, began;
	uint32_t		 count, i, warm;
	int			 s;

	count = (uint32_t)atoi(argv[2]);
	warm = count / 10;
	if ((trips = calloc(count + 1, sizeof(*trips))) == NULL)
		err(1, "calloc");
	s = udp_socket(&sin, argv);
	wait.tv_sec = WAIT_MS / 1000;
	wait.tv_usec = WAIT_MS % 1000 * 1000;
	if (connect(s, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) == -1)
		err(1, "connect");
	for (i = 0; i < warm + count; i++) {
		began = now();
		trip_udp(s, i);
		if (i >= warm)
			trips[i - warm] = now() - began;
	}
	report(trips, count);
	return (0);
}

static int
run_pipes(char *argv[])
{
	static char	 buf[PIPE_MAX];
	uint64_t	*trips, began;
	size_t		 bytes, count, got, i, warm;
	ssize_t		 n;
	pid_t		 pid;
	int		 from[2], to[2];

	bytes = (size_t)atoi(argv[0]);
	count = (size_t)atoi(argv[1]);
	warm = count / 10;
	if (bytes < 1 || bytes > sizeof(buf))
		errx(2, "bytes: 1 to %zu", sizeof(buf));
	if ((trips = calloc(count + 1, sizeof(*trips))) == NULL ||
	    pipe(to) == -1 || pipe(from) == -1 || (pid = fork()) == -1)
		err(1, "pipes");
	if (pid == 0) {
		dup2(to[0], STDIN_FILENO);
		dup2(from[1], STDOUT_FILENO);
		close(to[1]);
		close(from[0]);
		execvp(argv[2], argv + 2);
		err(1, "%s", argv[2]);
	}
	close(to[0]);
	close(from[1]);
	for (i = 0; i < warm + count; i++) {
		began = now();
		if (write(to[1], buf, bytes) != (ssize_t)bytes)
			err(1, "write");
		for (got = 0; got < bytes; got += (size_t)n)
			if ((n = read(from[0], buf, bytes - got)) <= 0)
				err(1, "read");
		if (i >= warm)
			trips[i - warm] = now() - began;
	}
	close(to[1]);
	(void)waitpid(pid, NULL, 0);
	report(trips, count);
	return (0);
}

int
main(int argc, char *argv[])
{
	if (argc == 4 && strcmp(argv[1], "echo") == 0)
		return (run_echo(argv + 2));
	if (argc == 5 && strcmp(argv[1], "udp") == 0)
		return (run_udp(argv + 2));
	if (argc >= 5 && strcmp(argv[1], "pipes") == 0)
		return (run_pipes(argv + 2));
	errx(2, "usage: aid_rtt echo address port\n"
	    "       aid_rtt udp address port count\n"
	    "       aid_rtt pipes bytes count command ...");
}
