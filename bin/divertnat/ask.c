/* SPDX-License-Identifier: ISC */

/* The other end of the control socket: -s, -k, --reload, --save. */

#include "compat.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"
#include "control.h"
#include "msg.h"

/* A snapshot asked for may take its time on a slow disk. */
#define WAIT_SECONDS	60

static int
connect_to(const char *path)
{
	static const struct timeval	 wait = { .tv_sec = WAIT_SECONDS };
	struct sockaddr_un		 sun;
	int				 fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	strlcpy(sun.sun_path, path, sizeof(sun.sun_path));
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		msg_die(1, "socket: %s", strerror(errno));
	/* One that hangs is said to. */
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		switch (errno) {
		case ENOENT:
		case ECONNREFUSED:
			msg_die(4, "%s: no divertnat is running there", path);
		case EACCES:
		case EPERM:
			msg_die(4, "%s: %s (only its owner may)", path,
			    strerror(errno));
		default:
			msg_die(4, "%s: %s", path, strerror(errno));
		}
	}
	return (fd);
}

static int
write_all(int fd, const char *buf, size_t len)
{
	ssize_t	 n;

	for (; len > 0; buf += n, len -= (size_t)n)
		if ((n = write(fd, buf, len)) == -1) {
			if (errno != EINTR)
				return (-1);
			n = 0;
		}
	return (0);
}

/* "error 2 sentence", maybe of several lines: said, and its number. */
static int
say_error(char *text)
{
	char	*end, *line;
	long	 status;

	if (strncmp(text, "error ", 6) == 0)
		text += 6;
	status = strtol(text, &end, 10);
	text = *end == ' ' ? end + 1 : end;
	while ((line = strsep(&text, "\n")) != NULL)
		if (*line != '\0')
			msg_error("%s", line);
	return (status >= 1 && status <= 125 ? (int)status : 1);
}

/* Part of an answer to stdout.  1: with its end, 0, -1: not written. */
static int
copy_part(const char *buf, size_t len)
{
	int	 ended = len > 0 && buf[len - 1] == CONTROL_END;

	if (write_all(STDOUT_FILENO, buf, len - (size_t)ended) == -1) {
		if (errno != EPIPE)
			msg_error("stdout: %s", strerror(errno));
		return (-1);
	}
	return (ended);
}

static int
ended_early(ssize_t n)
{
	msg_error("the answer ended early%s%s", n == -1 ? ": " : "", n == 0 ?
	    "" : errno == EAGAIN ? "nothing came for a minute" :
	    strerror(errno));
	return (1);
}

/* The rest of the first line is in buf: copy what is behind it, and more. */
static int
copy_answer(int fd, char *buf, size_t size, size_t off, size_t len)
{
	ssize_t	 n;
	int	 part;

	part = copy_part(buf + off, len - off);
	while (part == 0) {
		n = read(fd, buf, size);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return (ended_early(n));
		part = copy_part(buf, (size_t)n);
	}
	return (part == 1 ? 0 : 1);
}

/* From the socket until there is a whole line, or until its end. */
static size_t
read_begin(int fd, const char *path, char *buf, size_t size)
{
	size_t	 len = 0;
	ssize_t	 n;
	int	 whole = 0;

	while (len < size && !whole) {
		n = read(fd, buf + len, size - len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 || (n == 0 && len == 0))
			msg_die(1, "%s: no answer%s", path, n == -1 &&
			    errno == EAGAIN ? " within a minute" : "");
		if (n == 0)
			break;
		len += (size_t)n;
		whole = strncmp(buf, "error ", len < 6 ? len : 6) != 0 &&
		    memchr(buf, '\n', len) != NULL;
	}
	return (len);
}

int
ask(const char *path, const char *request)
{
	size_t	 len;
	char	 buf[CONTROL_BUFFER + 1];
	int	 fd;

	fd = connect_to(path);
	if (write_all(fd, request, strlen(request)) == -1 ||
	    write_all(fd, "\n", 1) == -1)
		msg_die(1, "%s: %s", path, strerror(errno));
	len = read_begin(fd, path, buf, CONTROL_BUFFER);
	if (len >= 3 && memcmp(buf, "ok\n", 3) == 0)
		return (copy_answer(fd, buf, CONTROL_BUFFER, 3, len));
	buf[len] = '\0';
	return (say_error(buf));
}
