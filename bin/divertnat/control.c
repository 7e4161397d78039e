/* SPDX-License-Identifier: ISC */

/*
 * The control socket of a running divertnat.
 *
 * Long answers are made in slices, whenever the one who asked has taken the
 * slice before, so that neither a table of a million states nor a pager that
 * nobody scrolls holds up a packet.  A few may ask at once; one more, and the
 * one that has waited longest is given up.
 *
 * The socket stays when the tool ends: the unprivileged user it runs as cannot
 * remove what root has made.  Nobody listens on it then, which a client is
 * told by the kernel, and the next one takes its place.
 */

#include "compat.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control.h"
#include "loop.h"
#include "msg.h"

#define CLIENTS_MAX	8
#define BACKLOG		32

struct client {
	struct control		*control;
	int			 fd;		/* -1: a free place */
	unsigned int		 id;
	struct loop_watch	*readable;
	struct loop_watch	*writable;
	struct control_answer	 answer;
	char			*buf;		/* CONTROL_BUFFER */
	size_t			 off, len;
	int			 answered;	/* it is on its way */
	int			 ended;		/* buf has the answer's end */
};

struct control {
	int			 fd;
	struct loop_watch	*watch;
	struct client		 clients[CLIENTS_MAX];
	unsigned int		 last_id;
	void			(*request)(void *, const char *,
				    struct control_answer *);
	void			*arg;
};

int
control_path(const char *path, const char *port, char *buf, size_t size)
{
	struct sockaddr_un	 sun;
	const char		*kind = DIVERT_NATIVE_KIND;
	size_t			 len;

	if (path == NULL) {
		if (strncmp(port, "divert:", 7) == 0)
			kind = "divert";
		else if (strncmp(port, "nfqueue:", 8) == 0)
			kind = "nfqueue";
		else if (port[0] == '\0' || strchr(port, ':') != NULL)
			return (-1);
		if (strchr(port, ':') != NULL)
			port = strchr(port, ':') + 1;
		if (port[0] == '\0' || port[strspn(port, "0123456789")] != '\0')
			return (-1);
		len = (size_t)snprintf(buf, size, "%s/%s-%s.sock", CONTROL_DIR,
		    kind, port);
	} else
		len = strlcpy(buf, path, size);
	return (len < size && len < sizeof(sun.sun_path) ? 0 : -1);
}

static void
set_address(struct sockaddr_un *sun, const char *path)
{
	memset(sun, 0, sizeof(*sun));
	sun->sun_family = AF_UNIX;
	strlcpy(sun->sun_path, path, sizeof(sun->sun_path));
}

/* Does nobody listen there any more?  errno says what there is else. */
static int
is_stale(const struct sockaddr_un *sun)
{
	struct stat	 st;
	int		 fd, result;

	if (lstat(sun->sun_path, &st) == -1 || !S_ISSOCK(st.st_mode)) {
		errno = EEXIST;
		return (0);
	}
	/* Somebody who listens and is too busy must not hold this up. */
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return (0);
	result = connect(fd, (const struct sockaddr *)sun, sizeof(*sun));
	if (result == -1 && errno == ECONNREFUSED)
		result = 1;
	else {
		if (result == 0 || errno == EAGAIN)
			errno = EADDRINUSE;
		result = 0;
	}
	close(fd);
	return (result);
}

/* For nobody else, from its first moment on. */
static int
bind_private(int fd, const struct sockaddr_un *sun)
{
	mode_t	 mask;
	int	 error, result;

	mask = umask(0177);
	result = bind(fd, (const struct sockaddr *)sun, sizeof(*sun));
	if (result == -1 && errno == EADDRINUSE && is_stale(sun)) {
		result = unlink(sun->sun_path) == -1 ? -1 :
		    bind(fd, (const struct sockaddr *)sun, sizeof(*sun));
	}
	error = errno;
	umask(mask);
	errno = error;
	return (result);
}

struct control *
control_open(const char *path)
{
	struct control		*control;
	struct sockaddr_un	 sun;
	int			 error, fd, i;

	/* The folder of the default, at the first start. */
	if (strncmp(path, CONTROL_DIR "/", sizeof(CONTROL_DIR)) == 0)
		(void)mkdir(CONTROL_DIR, 0700);
	set_address(&sun, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return (NULL);
	if (bind_private(fd, &sun) == -1 || listen(fd, BACKLOG) == -1) {
		error = errno;
		close(fd);
		errno = error;
		return (NULL);
	}
	if ((control = calloc(1, sizeof(*control))) == NULL)
		msg_die(1, "out of memory");
	control->fd = fd;
	for (i = 0; i < CLIENTS_MAX; i++)
		control->clients[i].fd = -1;
	return (control);
}

static void
end_client(struct client *c)
{
	loop_watch_free(c->readable);
	loop_watch_free(c->writable);
	close(c->fd);
	free(c->buf);
	free(c->answer.text);
	c->readable = c->writable = NULL;
	c->buf = NULL;
	memset(&c->answer, 0, sizeof(c->answer));
	c->fd = -1;
}

/* The next part of the answer into the buffer, or its end; 0: that was all. */
static int
fill(struct client *c)
{
	struct control_answer	*a = &c->answer;

	c->off = c->len = 0;
	if (c->ended)
		return (0);
	if (a->text != NULL) {
		free(c->buf);
		c->buf = a->text;
		c->len = a->len;
		a->text = NULL;
	} else if (a->more != NULL)
		c->len = a->more(c->control->arg, a, c->buf);
	if (c->len > 0)
		return (1);
	c->ended = 1;
	if (a->status == 0)
		c->buf[c->len++] = CONTROL_END;
	return (c->len > 0);
}

static void
write_some(void *arg)
{
	struct client	*c = arg;
	ssize_t		 n;

	if (c->off == c->len && !fill(c)) {
		end_client(c);
		return;
	}
	n = send(c->fd, c->buf + c->off, c->len - c->off,
	    MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n >= 0)
		c->off += (size_t)n;
	else if (errno != EAGAIN && errno != EINTR)
		end_client(c);
}

static void
begin_answer(struct client *c)
{
	struct control_answer	*a = &c->answer;

	c->answered = 1;
	if (a->status != 0) {
		c->len = (size_t)snprintf(c->buf, CONTROL_BUFFER,
		    "error %d %.*s\n", a->status, CONTROL_BUFFER / 2,
		    a->text != NULL ? a->text : "");
		free(a->text);
		a->text = NULL;
		a->more = NULL;
	} else
		c->len = strlcpy(c->buf, "ok\n", CONTROL_BUFFER);
	c->off = 0;
	loop_watch_on(c->writable);
}

/* The request may come in pieces; what follows its line is not looked at. */
static void
read_request(void *arg)
{
	struct client	*c = arg;
	ssize_t		 n;
	char		*end;

	n = recv(c->fd, c->buf + c->len, CONTROL_LINE_MAX - c->len,
	    MSG_DONTWAIT);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		end_client(c);
		return;
	}
	c->len += (size_t)n;
	if ((end = memchr(c->buf, '\n', c->len)) == NULL) {
		if (c->len == CONTROL_LINE_MAX)
			end_client(c);
		return;
	}
	*end = '\0';
	loop_watch_off(c->readable);
	c->answer.id = c->id;
	c->control->request(c->control->arg, c->buf, &c->answer);
	/* It may have come before this returned, and be on its way. */
	if (!c->answer.later && !c->answered)
		begin_answer(c);
}

static struct client *
place_for_client(struct control *control)
{
	struct client	*oldest = &control->clients[0];
	int		 i;

	for (i = 0; i < CLIENTS_MAX; i++) {
		if (control->clients[i].fd == -1)
			return (&control->clients[i]);
		if (control->clients[i].id - oldest->id > UINT32_MAX / 2)
			oldest = &control->clients[i];
	}
	end_client(oldest);
	return (oldest);
}

static void
accept_one(void *arg)
{
	struct control	*control = arg;
	struct client	*c;
	int		 fd;

	fd = accept4(control->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd == -1) {
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			msg_limited(errno, "control: %s", strerror(errno));
		return;
	}
	c = place_for_client(control);
	memset(c, 0, sizeof(*c));
	c->control = control;
	c->fd = fd;
	c->id = ++control->last_id;
	if ((c->buf = malloc(CONTROL_BUFFER)) == NULL) {
		/* Packets are more than questions. */
		close(fd);
		c->fd = -1;
		return;
	}
	c->readable = loop_watch_new(fd, LOOP_READ, read_request, c);
	c->writable = loop_watch_new(fd, LOOP_WRITE, write_some, c);
	loop_watch_on(c->readable);
}

void
control_serve(struct control *control,
    void (*request)(void *, const char *, struct control_answer *), void *arg)
{
	control->request = request;
	control->arg = arg;
	control->watch = loop_watch_new(control->fd, LOOP_READ, accept_one,
	    control);
	loop_watch_on(control->watch);
}

void
control_answer_later(struct control *control, unsigned int id, int status,
    const char *text)
{
	struct client	*c;
	int		 i;

	for (i = 0; i < CLIENTS_MAX; i++) {
		c = &control->clients[i];
		if (c->fd == -1 || c->id != id || !c->answer.later)
			continue;
		c->answer.later = 0;
		c->answer.status = status;
		if ((c->answer.text = strdup(text)) == NULL)
			msg_die(1, "out of memory");
		c->answer.len = strlen(text);
		begin_answer(c);
	}
}

void
control_close(struct control *control)
{
	int	 i;

	if (control == NULL)
		return;
	for (i = 0; i < CLIENTS_MAX; i++)
		if (control->clients[i].fd != -1)
			end_client(&control->clients[i]);
	loop_watch_free(control->watch);
	close(control->fd);
	free(control);
}
