/* SPDX-License-Identifier: ISC */

/*
 * The state file, seen from the tool: slices of a snapshot on their way to the
 * keeper (statefile_keeper.c), and back from the file at the start.
 */

#include "compat.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "helper.h"
#include "load.h"
#include "loop.h"
#include "msg.h"
#include "nat_state.h"
#include "privilege.h"
#include "statefile.h"
#include "statefile_int.h"

#define SECOND		UINT64_C(1000000000)
#define FINISH_MS	10000
#define BUFFER_SIZE	(1 << 20)

struct request {
	void		(*done)(void *, int);
	void		*arg;
	struct request	*next;
};

struct statefile {
	char			*path;
	int			 fd;		/* of the file as found, or -1 */
	int			 sock;		/* to the keeper; -1: gone */
	const struct nat	*nat;
	unsigned int		 every;
	struct loop_watch	*readable;
	struct loop_watch	*writable;
	struct loop_timer	*timer;
	struct nat_state	 state;
	int			 running;	/* a snapshot is on its way */
	int			 awaited;	/* its answer is */
	struct request		*asked;		/* by this snapshot answered */
	struct request		*waiting;	/* by the next one */
	uint64_t		 written;
	int			 error;
	size_t			 off, len;
	struct statefile_frame	 frame;		/* and its bytes: one send */
	uint8_t			 buf[NAT_STATE_BLOCK_MAX];
};

static int64_t
wall_clock(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ((int64_t)ts.tv_sec * (int64_t)SECOND + ts.tv_nsec);
}

/* ---- the start ----------------------------------------------------------- */

/* The file of the last time, or -1.  Nothing but a file is replaced by one. */
static int
open_file(int dirfd, const char *base, const char *path)
{
	struct stat	 st;
	int		 fd;

	/* Not to wait for the writer of a FIFO. */
	fd = openat(dirfd, base, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
	    O_NONBLOCK);
	if (fd == -1 && errno == ENOENT)
		return (-1);
	/* BSDs have an errno of their own for a link. */
	if (fd == -1 && fstatat(dirfd, base, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISLNK(st.st_mode))
		msg_die(1, "%s: is a symbolic link", path);
	if (fd == -1 || fstat(fd, &st) == -1)
		msg_die(1, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		msg_die(1, "%s: is no file", path);
	return (fd);
}

struct statefile *
statefile_open(const char *path, const char *user)
{
	struct statefile	*sf;
	int			 dirfd, pair[2];
	const char		*base;

	if ((sf = calloc(1, sizeof(*sf))) == NULL ||
	    (sf->path = strdup(path)) == NULL)
		msg_die(1, "out of memory");
	base = statefile_dir(path, user, &dirfd);
	sf->fd = open_file(dirfd, base, path);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1)
		msg_die(1, "%s: %s", path, strerror(errno));
	switch (fork()) {
	case -1:
		msg_die(1, "%s: no process to write it: %s", path,
		    strerror(errno));
	case 0:
		statefile_keep(path, base, dirfd, pair[1], user);
		/* NOTREACHED */
	}
	close(pair[1]);
	close(dirfd);
	sf->sock = pair[0];
	return (sf);
}

static uint8_t *
read_file(int fd, size_t *len)
{
	struct stat	 st;
	uint8_t		*buf;
	ssize_t		 n;

	if (fstat(fd, &st) == -1)
		return (NULL);
	if (st.st_size > STATEFILE_MAX) {
		errno = EFBIG;
		return (NULL);
	}
	if ((buf = malloc((size_t)st.st_size + 1)) == NULL)
		return (NULL);
	for (*len = 0; *len < (size_t)st.st_size; *len += (size_t)n) {
		n = read(fd, buf + *len, (size_t)st.st_size - *len);
		if (n == -1 && errno == EINTR)
			n = 0;
		else if (n <= 0)
			break;
	}
	return (buf);
}

static int
tell(struct statefile *sf, uint32_t kind)
{
	struct statefile_frame	 frame;

	frame.kind = kind;
	frame.len = 0;
	return (send(sf->sock, &frame, sizeof(frame), MSG_NOSIGNAL) ==
	    sizeof(frame) ? 0 : -1);
}

void
statefile_restore(struct statefile *sf, struct nat *nat, uint64_t now)
{
	struct nat_state_counts	 counts;
	size_t			 len;
	uint8_t			*buf;
	char			 error[128];

	if (sf->fd == -1)
		return;
	if ((buf = read_file(sf->fd, &len)) == NULL) {
		msg_warn("%s: %s (begins without states)", sf->path,
		    strerror(errno));
		return;
	}
	close(sf->fd);
	sf->fd = -1;
	if (nat_state_load(nat, buf, len, now, wall_clock(), &counts, error,
	    sizeof(error)) == -1) {
		msg_warn("%s: %s (begins without states; the file is kept as "
		    "%s.damaged)", sf->path, error, sf->path);
		(void)tell(sf, STATEFILE_ASIDE);
	} else
		msg_info("%s: %u states restored, %u have expired, %u are "
		    "not allowed by the rules", sf->path, counts.restored,
		    counts.expired, counts.refused);
	free(buf);
}

/* ---- snapshots ----------------------------------------------------------- */

static void
answer(struct request **list, int error)
{
	struct request	*r;

	while ((r = *list) != NULL) {
		*list = r->next;
		r->done(r->arg, error);
		free(r);
	}
}

static void
keeper_is_gone(struct statefile *sf)
{
	if (sf->sock == -1)
		return;
	msg_warn("%s: %s", sf->path, statefile_error(EPIPE));
	loop_watch_free(sf->readable);
	loop_watch_free(sf->writable);
	sf->readable = sf->writable = NULL;
	close(sf->sock);
	sf->sock = -1;
	sf->running = sf->awaited = 0;
	sf->error = EPIPE;
	answer(&sf->asked, EPIPE);
	answer(&sf->waiting, EPIPE);
}

/* The next slice into the buffer. */
static void
next_slice(struct statefile *sf)
{
	size_t	 n;

	n = nat_state_next(&sf->state, sf->nat, sf->buf);
	sf->frame.kind = n > 0 ? STATEFILE_DATA : STATEFILE_COMMIT;
	sf->frame.len = (uint32_t)n;
	sf->off = 0;
	sf->len = sizeof(sf->frame) + n;
	if (n == 0) {
		sf->running = 0;
		sf->awaited = 1;
	}
}

/* One send of what there is; -1: the keeper is gone. */
static int
send_some(struct statefile *sf, int flags)
{
	const uint8_t	*p;
	size_t		 len;
	ssize_t		 n;

	if (sf->off < sizeof(sf->frame)) {
		p = (const uint8_t *)&sf->frame + sf->off;
		len = sizeof(sf->frame) - sf->off;
	} else {
		p = sf->buf + (sf->off - sizeof(sf->frame));
		len = sf->len - sf->off;
	}
	n = send(sf->sock, p, len, flags | MSG_NOSIGNAL);
	if (n >= 0)
		sf->off += (size_t)n;
	else if (errno != EAGAIN && errno != EINTR)
		return (-1);
	return (0);
}

static void
keeper_has_room(void *arg)
{
	struct statefile	*sf = arg;

	if (sf->off == sf->len) {
		if (!sf->running) {
			loop_watch_off(sf->writable);
			return;
		}
		next_slice(sf);
	}
	if (send_some(sf, MSG_DONTWAIT) == -1)
		keeper_is_gone(sf);
}

static void
begin_snapshot(struct statefile *sf)
{
	sf->asked = sf->waiting;
	sf->waiting = NULL;
	nat_state_begin(&sf->state, wall_clock());
	sf->running = 1;
	loop_watch_on(sf->writable);
}

static void
take_answer(struct statefile *sf, int error)
{
	sf->awaited = 0;
	sf->error = error;
	if (error == 0)
		sf->written++;
	else
		msg_limited(error, "%s: %s (the states are not saved)",
		    sf->path, strerror(error));
	answer(&sf->asked, error);
}

static void
keeper_speaks(void *arg)
{
	struct statefile	*sf = arg;
	int32_t			 error;
	ssize_t			 n;

	n = recv(sf->sock, &error, sizeof(error), MSG_DONTWAIT);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n != sizeof(error)) {
		keeper_is_gone(sf);
		return;
	}
	take_answer(sf, error);
	if (sf->waiting != NULL)
		begin_snapshot(sf);
}

static void
it_is_time(void *arg)
{
	struct statefile	*sf = arg;

	if (sf->sock != -1 && !sf->running && !sf->awaited)
		begin_snapshot(sf);
	loop_timer_set(sf->timer, sf->every * SECOND);
}

void
statefile_watch(struct statefile *sf, struct nat *nat, unsigned int every)
{
	int	 size = BUFFER_SIZE;

	sf->nat = nat;
	sf->every = every;
	(void)setsockopt(sf->sock, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	sf->readable = loop_watch_new(sf->sock, LOOP_READ, keeper_speaks, sf);
	sf->writable = loop_watch_new(sf->sock, LOOP_WRITE, keeper_has_room,
	    sf);
	loop_watch_on(sf->readable);
	if (every == 0)
		return;
	sf->timer = loop_timer_new(it_is_time, sf);
	loop_timer_set(sf->timer, every * SECOND);
}

void
statefile_save(struct statefile *sf, void (*done)(void *, int), void *arg)
{
	struct request	*r;

	if (sf->sock == -1) {
		if (done != NULL)
			done(arg, EPIPE);
		return;
	}
	if (done != NULL) {
		if ((r = malloc(sizeof(*r))) == NULL)
			msg_die(1, "out of memory");
		r->done = done;
		r->arg = arg;
		r->next = sf->waiting;
		sf->waiting = r;
	}
	/* One on its way may have passed what is new: another follows. */
	if (!sf->running && !sf->awaited)
		begin_snapshot(sf);
}

const char *
statefile_path(const struct statefile *sf)
{
	return (sf->path);
}

/* -1 and EPIPE are the keeper's, not the file's. */
const char *
statefile_error(int error)
{
	switch (error) {
	case -1:
		return ("it is not written in time");
	case EPIPE:
		return ("the process that writes it is gone");
	default:
		return (strerror(error));
	}
}

void
statefile_counts(const struct statefile *sf, uint64_t *written, int *error)
{
	*written = sf->written;
	*error = sf->error;
}

/* ---- the end ------------------------------------------------------------- */

static int
wait_for(const struct statefile *sf, short events, uint64_t until)
{
	struct pollfd	 pfd;
	uint64_t	 now;

	while ((now = loop_now()) < until) {
		pfd.fd = sf->sock;
		pfd.events = events;
		pfd.revents = 0;
		if (poll(&pfd, 1, (int)((until - now) / 1000000) + 1) > 0)
			return (1);
	}
	return (0);
}

/* All that is there to send; 0, or -1. */
static int
send_all(struct statefile *sf, uint64_t until)
{
	while (sf->off < sf->len)
		if (!wait_for(sf, POLLOUT, until) ||
		    send_some(sf, MSG_DONTWAIT) == -1)
			return (-1);
	return (0);
}

/* The answer to the last COMMIT: its error, or -1. */
static int
hear(struct statefile *sf, uint64_t until)
{
	int32_t	 error;

	if (!wait_for(sf, POLLIN, until) || recv(sf->sock, &error,
	    sizeof(error), MSG_DONTWAIT) != sizeof(error))
		return (-1);
	return (error);
}

/* A snapshot from its beginning to the answer, without the loop. */
static int
save_now(struct statefile *sf)
{
	uint64_t	 until;

	until = loop_now() + FINISH_MS * (SECOND / 1000);
	/* One on its way is finished: the keeper cannot tell where it is. */
	for (;;) {
		if (send_all(sf, until) == -1)
			return (-1);
		if (!sf->running)
			break;
		next_slice(sf);
	}
	if (sf->awaited && hear(sf, until) == -1)
		return (-1);
	nat_state_begin(&sf->state, wall_clock());
	for (sf->running = 1; sf->running;) {
		next_slice(sf);
		if (send_all(sf, until) == -1)
			return (-1);
	}
	return (hear(sf, until));
}

int
statefile_finish(struct statefile *sf)
{
	int	 error = 0;

	if (sf == NULL)
		return (0);
	loop_timer_free(sf->timer);
	loop_watch_free(sf->readable);
	loop_watch_free(sf->writable);
	if (sf->sock == -1)
		error = EPIPE;
	else if (sf->nat != NULL)
		error = save_now(sf);
	if (error != 0)
		msg_warn("%s: %s (the states of the end are not saved)",
		    sf->path, statefile_error(error));
	answer(&sf->asked, error);
	answer(&sf->waiting, error);
	if (sf->sock != -1)
		close(sf->sock);
	free(sf->path);
	free(sf);
	return (error == 0 ? 0 : -1);
}
