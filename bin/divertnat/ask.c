/* SPDX-License-Identifier: ISC */

/* The other end of the control socket: -s, -k, --reload, --save. */

#include "compat.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"
#include "control.h"
#include "msg.h"

static int
connect_to(const char *path)
{
	struct sockaddr_un	 sun;
	int			 fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	strlcpy(sun.sun_path, path, sizeof(sun.sun_path));
	if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		msg_die(1, "socket: %s", strerror(errno));
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

/* "error 2 sentence": said, and its number. */
static int
say_error(const char *line)
{
	char	*end;
	long	 status;

	status = strtol(line, &end, 10);
	msg_error("%s", *end == ' ' ? end + 1 : end);
	return (status >= 1 && status <= 125 ? (int)status : 1);
}

/* The rest of the first line is in buf: copy what is behind it, and more. */
static int
copy_answer(int fd, char *buf, size_t size, size_t off, size_t len)
{
	ssize_t	 n;

	if (write_all(STDOUT_FILENO, buf + off, len - off) == -1)
		return (1);
	for (;;) {
		n = read(fd, buf, size);
		if (n == 0)
			return (0);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			msg_error("the answer ended early: %s",
			    strerror(errno));
			return (1);
		}
		if (write_all(STDOUT_FILENO, buf, (size_t)n) == -1) {
			if (errno != EPIPE)
				msg_error("stdout: %s", strerror(errno));
			return (1);
		}
	}
}

int
ask(const char *path, const char *request)
{
	size_t	 len = 0;
	ssize_t	 n;
	char	 buf[CONTROL_BUFFER + 1], *end;
	int	 fd;

	fd = connect_to(path);
	if (write_all(fd, request, strlen(request)) == -1 ||
	    write_all(fd, "\n", 1) == -1)
		msg_die(1, "%s: %s", path, strerror(errno));
	do {
		n = read(fd, buf + len, CONTROL_BUFFER - len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			msg_die(1, "%s: no answer", path);
		len += (size_t)n;
		buf[len] = '\0';
	} while ((end = strchr(buf, '\n')) == NULL && len < CONTROL_BUFFER);
	if (strncmp(buf, "ok\n", 3) == 0)
		return (copy_answer(fd, buf, CONTROL_BUFFER, 3, len));
	if (end != NULL)
		*end = '\0';
	return (say_error(strncmp(buf, "error ", 6) == 0 ? buf + 6 : buf));
}
