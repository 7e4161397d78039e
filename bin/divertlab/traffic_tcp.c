/* SPDX-License-Identifier: ISC */

/*
 * One TCP stream of made-up bytes or of a file, with its SHA-256 at both
 * ends.  The sender waits for the receiver's end of stream, so that its
 * "complete" means that every byte was acknowledged by the far program.
 */

#include "compat.h"

#include <sys/types.h>
#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "labtraffic.h"
#include "traffic.h"

#define CHUNK	65536

struct source {
	uint64_t	 left;		/* of the made-up stream */
	uint64_t	 state;
	int		 fd;		/* a file, or -1 */
};

static size_t	produce(struct source *, uint8_t *);
static int	push(int, const uint8_t *, size_t);

/* The next bytes to send; 0 at the end.  The stream is that of splitmix64. */
static size_t
produce(struct source *src, uint8_t *buf)
{
	uint64_t	 z;
	size_t		 i, len = CHUNK;
	ssize_t		 n;

	if (src->fd != -1) {
		if ((n = read(src->fd, buf, CHUNK)) == -1)
			err(1, "read");
		return ((size_t)n);
	}
	if (len > src->left)
		len = (size_t)src->left;
	src->left -= len;
	for (i = 0; i < len; i += 8) {
		z = (src->state += 0x9e3779b97f4a7c15);
		z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
		z = (z ^ z >> 27) * 0x94d049bb133111eb;
		z ^= z >> 31;
		memcpy(buf + i, &z, len - i < 8 ? len - i : 8);
	}
	return (len);
}

/* Write all of it to a non-blocking socket; 0, or -1 with a message. */
static int
push(int fd, const uint8_t *p, size_t len)
{
	ssize_t	 n;

	while (len > 0) {
		if ((n = send(fd, p, len, MSG_DONTWAIT)) == -1) {
			if (errno != EAGAIN && errno != EINTR) {
				warn("send");
				return (-1);
			}
			stop_poll(fd, POLLOUT, -1);
			if (stop_asked() || stop_timed_out())
				return (-1);
			continue;
		}
		p += n;
		len -= (size_t)n;
	}
	return (0);
}

/* Connect, send, and wait for the far end to be through. */
int
tcp_send(const struct order *order)
{
	struct endpoint	 to;
	struct source	 src = {
		.left = order->bytes, .state = order->seed, .fd = -1
	};
	struct sha256	 sum;
	uint64_t	 begin;
	uint8_t		*buf;
	size_t		 n;
	socklen_t	 len = sizeof(int);
	int		 complete = 0, error = 0, fd;
	char		 hex[65];

	endpoint_parse(&to, order->addr, order->port);
	if (order->file != NULL &&
	    (src.fd = open(order->file, O_RDONLY | O_CLOEXEC)) == -1)
		err(1, "%s", order->file);
	if ((buf = malloc(CHUNK)) == NULL)
		err(1, "malloc");
	sha256_begin(&sum);
	begin = clock_ns();
	fd = socket(to.sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK |
	    SOCK_CLOEXEC, 0);
	if (fd == -1)
		err(1, "socket");
	if (connect(fd, (struct sockaddr *)&to.sa, to.len) == -1 &&
	    errno != EINPROGRESS)
		err(1, "connect");
	if (stop_poll(fd, POLLOUT, -1) == 1)
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
	else
		error = ETIMEDOUT;
	if (error != 0)
		warnx("connect: %s", strerror(error));
	else {
		while ((n = produce(&src, buf)) > 0) {
			if (push(fd, buf, n) == -1)
				break;
			sha256_add(&sum, buf, n);
		}
		if (n == 0) {
			shutdown(fd, SHUT_WR);
			complete = stop_poll(fd, POLLIN, -1) == 1 &&
			    recv(fd, buf, 1, MSG_DONTWAIT) == 0;
		}
	}
	printf("{\"traffic\":\"tcp\",\"role\":\"send\",\"to\":\"%s\","
	    "\"sent\":%llu,", order->addr, (unsigned long long)sum.bytes);
	sha256_end(&sum, hex);
	printf("\"sha256\":\"%s\",\"complete\":%s,\"seconds\":%.3f}\n", hex,
	    complete ? "true" : "false", (double)(clock_ns() - begin) / 1e9);
	free(buf);
	return (complete ? 0 : 1);
}

/* Accept one connection and read it to its end. */
int
tcp_recv(const struct order *order)
{
	struct endpoint	 at;
	struct sha256	 sum;
	uint8_t		*buf;
	ssize_t		 n;
	FILE		*out = NULL;
	int		 complete = 0, fd = -1, s;
	char		 hex[65];

	endpoint_parse(&at, order->addr, order->port);
	s = endpoint_bind(&at, SOCK_STREAM);
	if (listen(s, 1) == -1)
		err(1, "listen");
	if (order->file != NULL && (out = fopen(order->file, "w")) == NULL)
		err(1, "%s", order->file);
	if ((buf = malloc(CHUNK)) == NULL)
		err(1, "malloc");
	sha256_begin(&sum);
	puts("ready");
	fflush(stdout);
	if (stop_poll(s, POLLIN, -1) == 1)
		fd = accept4(s, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	close(s);
	while (fd != -1) {
		n = recv(fd, buf, CHUNK, 0);
		if (n == -1 && (errno == EAGAIN || errno == EINTR)) {
			stop_poll(fd, POLLIN, -1);
			if (stop_asked() || stop_timed_out())
				break;
			continue;
		}
		if (n == -1)
			warn("recv");
		complete = n == 0;
		if (n <= 0)
			break;
		sha256_add(&sum, buf, (size_t)n);
		if (out != NULL)
			fwrite(buf, 1, (size_t)n, out);
	}
	printf("{\"traffic\":\"tcp\",\"role\":\"recv\",\"received\":%llu,",
	    (unsigned long long)sum.bytes);
	sha256_end(&sum, hex);
	printf("\"sha256\":\"%s\",\"complete\":%s}\n", hex,
	    complete ? "true" : "false");
	if (out != NULL && fclose(out) != 0)
		err(1, "%s", order->file);
	free(buf);
	return (complete ? 0 : 1);
}
