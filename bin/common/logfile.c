/* SPDX-License-Identifier: ISC */

/*
 * The keeper: the process between a pipe of lines and where they go, which is
 * a sink (logfile_file.c, logfile_syslog.c).
 *
 * Its other line to the tool is a pair of sockets, the channel: the tool's
 * words, one byte each, and at its end the end of the tool.  It is seen there
 * even while the pipe is full and not read, and the tool sees the keeper's end
 * there without waiting for a process, which its walls forbid.  Counts are in
 * memory that both share.
 */

#include "compat.h"

#include <sys/mman.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper.h"
#include "logfile.h"
#include "logfile_int.h"
#include "loop.h"
#include "msg.h"

#define BUFFER_SIZE	((size_t)1 << 20)
#define SECOND		UINT64_C(1000000000)
#define SAY_AGAIN	(10 * SECOND)
/* Trying again: when it failed, when it is slow. */
#define RETRY_FAILED	250
#define RETRY_SLOW	10
/* For one that is slow when all ends. */
#define PATIENCE	SECOND
#define FINISH_MS	5000

#define WORD_REOPEN	'r'
#define WORD_HURRY	'h'
#define WORD_LOSE	'l'

/* Written by the keeper alone. */
struct counts {
	_Atomic uint64_t	 written;
	_Atomic uint64_t	 lost;
	atomic_int		 error;
};

struct logfile {
	const char	*name;
	struct counts	*counts;	/* NULL: no keeper */
	int		 fd;
	int		 channel;
};

struct keeper {
	const struct logfile_sink *sink;
	const char	*name;
	struct counts	*counts;
	int		 in;
	int		 channel;	/* -1: the tool is gone */
	char		*buf;
	size_t		 len;
	int		 skipping;	/* to the end of a line too long */
	int		 loses;		/* nothing is held */
	int		 hurry;
	uint64_t	 patience;	/* in a hurry: until then */
	int		 said;		/* that it fails */
	uint64_t	 say_again;
};

static void
add_count(_Atomic uint64_t *count, uint64_t n)
{
	atomic_store_explicit(count,
	    atomic_load_explicit(count, memory_order_relaxed) + n,
	    memory_order_relaxed);
}

static uint64_t
count_lines(const char *buf, size_t len)
{
	uint64_t	 n = 0;
	size_t		 i;

	for (i = 0; i < len; i++)
		n += buf[i] == '\n';
	return (n);
}

static void
begin_hurry(struct keeper *k)
{
	if (!k->hurry)
		k->patience = loop_now() + PATIENCE;
	k->hurry = k->loses = 1;
}

static void
hear_tool(struct keeper *k)
{
	char	 words[64];
	ssize_t	 i, n;
	int	 reopen = 0;

	n = recv(k->channel, words, sizeof(words), MSG_DONTWAIT);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		close(k->channel);
		k->channel = -1;
		begin_hurry(k);
		return;
	}
	for (i = 0; i < n; i++)
		if (words[i] == WORD_REOPEN)
			reopen = 1;
		else if (words[i] == WORD_HURRY)
			begin_hurry(k);
		else if (words[i] == WORD_LOSE)
			k->loses = 1;
	if (reopen && k->sink->reopen != NULL)
		k->sink->reopen(k->sink->arg);
}

/* Wait for lines (or not: in is -1), for words, or for the time to pass. */
static int
wait_for(struct keeper *k, int in, int milliseconds)
{
	struct pollfd	 pfd[2];

	pfd[0].fd = in;
	pfd[1].fd = k->channel;
	pfd[0].events = pfd[1].events = POLLIN;
	pfd[0].revents = pfd[1].revents = 0;
	if (poll(pfd, 2, milliseconds) == -1)
		return (0);
	if (pfd[1].revents != 0)
		hear_tool(k);
	return (pfd[0].revents != 0);
}

static void
note_written(struct keeper *k, const char *buf, size_t done, uint64_t lost)
{
	add_count(&k->counts->written, count_lines(buf, done) - lost);
	if (lost > 0)
		add_count(&k->counts->lost, lost);
}

static void
note_error(struct keeper *k, int error)
{
	uint64_t	 now;

	atomic_store_explicit(&k->counts->error, error, memory_order_relaxed);
	if (error == 0) {
		if (k->said)
			msg_warn("%s: is written again", k->name);
		k->said = 0;
		return;
	}
	if (error == EAGAIN || (now = loop_now()) < k->say_again)
		return;
	k->say_again = now + SAY_AGAIN;
	k->said = 1;
	msg_warn("%s: %s (%s)", k->name, strerror(error), k->loses ?
	    "lines are lost" : "lines wait as long as there is room for them");
}

/* What cannot be written now: is it given up? */
static int
gives_up(const struct keeper *k, int error)
{
	if (error != EAGAIN)
		return (k->loses);
	return (k->hurry && loop_now() > k->patience);
}

/* Write this much, which is whole lines, or lose it. */
static void
write_lines(struct keeper *k, size_t len)
{
	uint64_t	 lost;
	size_t		 done, off = 0;
	int		 error;

	while (off < len) {
		done = 0;
		lost = 0;
		error = k->sink->write(k->sink->arg, k->buf + off, len - off,
		    &done, &lost);
		note_written(k, k->buf + off, done, lost);
		off += done;
		note_error(k, error);
		if (error == 0)
			continue;
		if (gives_up(k, error)) {
			add_count(&k->counts->lost,
			    count_lines(k->buf + off, len - off));
			return;
		}
		wait_for(k, -1, error == EAGAIN ? RETRY_SLOW : RETRY_FAILED);
	}
}

/* Drop the end of a line too long; 0 when it has not come yet. */
static int
skip_line(struct keeper *k)
{
	const char	*end;

	if ((end = memchr(k->buf, '\n', k->len)) == NULL) {
		k->len = 0;
		return (0);
	}
	end++;
	k->len -= (size_t)(end - k->buf);
	memmove(k->buf, end, k->len);
	k->skipping = 0;
	return (1);
}

/* Write what is whole and keep the beginning of the next line. */
static void
move_lines(struct keeper *k)
{
	size_t	 whole;

	if (k->skipping && !skip_line(k))
		return;
	for (whole = k->len; whole > 0 && k->buf[whole - 1] != '\n'; whole--)
		;
	if (whole > 0) {
		write_lines(k, whole);
		k->len -= whole;
		memmove(k->buf, k->buf + whole, k->len);
	} else if (k->len == BUFFER_SIZE) {
		add_count(&k->counts->lost, 1);
		k->skipping = 1;
		k->len = 0;
	}
}

static void
keep_lines(struct keeper *k)
{
	ssize_t	 n;

	for (;;) {
		if (!wait_for(k, k->in, -1))
			continue;
		n = read(k->in, k->buf + k->len, BUFFER_SIZE - k->len);
		if (n == 0)
			break;
		if (n == -1) {
			if (errno == EINTR || errno == EAGAIN)
				continue;
			msg_warn("%s: %s", k->name, strerror(errno));
			break;
		}
		k->len += (size_t)n;
		move_lines(k);
	}
	/* Cut by the end of the tool. */
	if (k->len > 0)
		add_count(&k->counts->lost, 1);
}

/* In the new process. */
static void
keep(struct keeper *k, const char *user)
{
	int		 fds[4];
	uint64_t	 lost;

	fds[0] = k->in;
	fds[1] = k->channel;
	fds[2] = k->sink->fds[0];
	fds[3] = k->sink->fds[1];
	helper_enter(fds, 4);
	if ((k->buf = malloc(BUFFER_SIZE)) == NULL)
		msg_die(1, "out of memory");
	/* Only root becomes another user; the tool says so. */
	k->sink->enter(k->sink->arg, geteuid() == 0 ? user : NULL);
	keep_lines(k);
	lost = atomic_load(&k->counts->lost);
	if (lost > 0)
		msg_warn("%s: %" PRIu64 " %s lost", k->name, lost,
		    lost == 1 ? "line is" : "lines are");
	_exit(0);
}

struct logfile *
logfile_start_keeper(const char *name, const char *user,
    const struct logfile_sink *sink)
{
	struct logfile	*log;
	struct keeper	 keeper;
	int		 channel[2], lines[2];

	if ((log = calloc(1, sizeof(*log))) == NULL)
		msg_die(1, "out of memory");
	log->counts = mmap(NULL, sizeof(*log->counts), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANON, -1, 0);
	if (log->counts == MAP_FAILED)
		msg_die(1, "out of memory");
	if (pipe2(lines, O_CLOEXEC) == -1 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) == -1)
		msg_die(1, "%s: no pipe: %s", name, strerror(errno));
	helper_enlarge_pipe(lines[1]);
	switch (fork()) {
	case -1:
		msg_die(1, "%s: no process to keep it: %s", name,
		    strerror(errno));
	case 0:
		memset(&keeper, 0, sizeof(keeper));
		keeper.name = name;
		keeper.sink = sink;
		keeper.counts = log->counts;
		keeper.in = lines[0];
		keeper.channel = channel[1];
		keep(&keeper, user);
		/* NOTREACHED */
	}
	close(lines[0]);
	close(channel[1]);
	log->name = name;
	log->fd = lines[1];
	log->channel = channel[0];
	return (log);
}

struct logfile *
logfile_without_keeper(const char *name, int fd)
{
	struct logfile	*log;

	if ((log = calloc(1, sizeof(*log))) == NULL)
		msg_die(1, "out of memory");
	log->name = name;
	log->fd = fd;
	log->channel = -1;
	return (log);
}

int
logfile_fd(const struct logfile *log)
{
	return (log->fd);
}

const char *
logfile_name(const struct logfile *log)
{
	return (log->name);
}

/* A keeper that is gone is seen by who writes: EPIPE. */
static void
tell_keeper(const struct logfile *log, char word)
{
	if (log->channel != -1)
		(void)send(log->channel, &word, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void
logfile_reopen(struct logfile *log)
{
	tell_keeper(log, WORD_REOPEN);
}

void
logfile_lose(struct logfile *log)
{
	tell_keeper(log, WORD_LOSE);
}

void
logfile_hurry(struct logfile *log)
{
	tell_keeper(log, WORD_HURRY);
}

void
logfile_counts(const struct logfile *log, uint64_t *written, uint64_t *lost,
    int *error)
{
	*written = *lost = 0;
	*error = 0;
	if (log->counts == NULL)
		return;
	*written = atomic_load_explicit(&log->counts->written,
	    memory_order_relaxed);
	*lost = atomic_load_explicit(&log->counts->lost, memory_order_relaxed);
	*error = atomic_load_explicit(&log->counts->error,
	    memory_order_relaxed);
}

/* 1 when the keeper has ended. */
static int
wait_for_end(const struct logfile *log)
{
	struct pollfd	 pfd;
	uint64_t	 now, until;
	char		 word;

	until = loop_now() + FINISH_MS * (SECOND / 1000);
	for (;;) {
		if ((now = loop_now()) >= until)
			return (0);
		pfd.fd = log->channel;
		pfd.events = POLLIN;
		pfd.revents = 0;
		if (poll(&pfd, 1, (int)((until - now) / 1000000) + 1) > 0 &&
		    recv(log->channel, &word, 1, MSG_DONTWAIT) <= 0)
			return (1);
	}
}

int
logfile_finish(struct logfile *log)
{
	int	 status = 0;

	if (log == NULL)
		return (0);
	if (log->counts != NULL) {
		logfile_hurry(log);
		if (!wait_for_end(log)) {
			msg_warn("%s: is still being written, without us",
			    log->name);
			status = 1;
		} else if (atomic_load(&log->counts->lost) > 0)
			status = 1;
		close(log->channel);
		munmap(log->counts, sizeof(*log->counts));
	}
	free(log);
	return (status);
}

void
logfile_sleep(int milliseconds)
{
	poll(NULL, 0, milliseconds);
}
