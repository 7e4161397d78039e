/* SPDX-License-Identifier: ISC */

/*
 * One TCP stream as fast as it goes:
 *	aid_stream sink address port		says "ready", then, at the end
 *						of the stream, its Gbit/s
 *	aid_stream source address port seconds
 * The bytes are not looked at, for the wire is what is measured.
 */

#include "compat.h"

#include <sys/socket.h>
#include <arpa/inet.h>
#include <netinet/in.h>

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CHUNK	(128 * 1024)

static char	 buf[CHUNK];

static double
now(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((double)ts.tv_sec + (double)ts.tv_nsec / 1e9);
}

static void
make_address(struct sockaddr_in *sin, char *argv[])
{
	memset(sin, 0, sizeof(*sin));
	sin->sin_family = AF_INET;
	sin->sin_port = htons((uint16_t)atoi(argv[1]));
	if (inet_pton(AF_INET, argv[0], &sin->sin_addr) != 1)
		errx(2, "%s: no IPv4 address", argv[0]);
}

static int
run_sink(char *argv[])
{
	struct sockaddr_in	 sin;
	double			 began = 0, bytes = 0;
	ssize_t			 n;
	int			 fd, on = 1, s;

	make_address(&sin, argv);
	if ((s = socket(AF_INET, SOCK_STREAM, 0)) == -1 ||
	    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1 ||
	    bind(s, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    listen(s, 1) == -1)
		err(1, "listen");
	puts("ready");
	fflush(stdout);
	alarm(60);
	if ((fd = accept(s, NULL, NULL)) == -1)
		err(1, "accept");
	while ((n = recv(fd, buf, sizeof(buf), 0)) > 0) {
		if (bytes == 0)
			began = now();
		bytes += (double)n;
	}
	if (n == -1)
		err(1, "recv");
	printf("%.3f\n", bytes * 8 / 1e9 / (now() - began));
	return (0);
}

static int
run_source(char *argv[])
{
	struct sockaddr_in	 sin;
	double			 until;
	ssize_t			 n;
	int			 s;

	make_address(&sin, argv);
	if ((s = socket(AF_INET, SOCK_STREAM, 0)) == -1 ||
	    connect(s, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		err(1, "connect");
	alarm((unsigned int)atoi(argv[2]) + 30);
	until = now() + atof(argv[2]);
	while (now() < until)
		if ((n = send(s, buf, sizeof(buf), 0)) == -1)
			err(1, "send");
	shutdown(s, SHUT_WR);
	/* The end of the stream is acknowledged before this ends. */
	(void)recv(s, buf, 1, 0);
	return (0);
}

int
main(int argc, char *argv[])
{
	if (argc == 4 && strcmp(argv[1], "sink") == 0)
		return (run_sink(argv + 2));
	if (argc == 5 && strcmp(argv[1], "source") == 0)
		return (run_source(argv + 2));
	errx(2, "usage: aid_stream sink address port\n"
	    "       aid_stream source address port seconds");
}
