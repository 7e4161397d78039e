/* SPDX-License-Identifier: ISC */

/*
 * A ring between the loop (fills) and a thread (empties).  A record is
 * always contiguous: when the end of the ring is too near, the rest of it is
 * left unused (wrap).  The loop takes the lock once a batch, and when it has
 * used up the room it knows of; the writer once a write.
 */

#include "compat.h"

#include <sys/mman.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loop.h"
#include "msg.h"
#include "writer.h"

#define RING_SIZE	((size_t)4 << 20)
#define WRITE_MAX	((size_t)1 << 20)

struct writer {
	/* the loop's */
	const char	*name;
	uint8_t		*ring;
	size_t		 fill;		/* where the next record goes */
	size_t		 room;		/* known to be free there */
	void		(*wake)(void *);
	void		*arg;
	struct loop_watch *watch;
	int		 wakefd[2];
	int		 joined;
	pthread_t	 thread;
	int		 fd;

	/* under the lock */
	pthread_mutex_t	 lock;
	pthread_cond_t	 more;
	size_t		 head;		/* handed to the writer up to here */
	size_t		 tail;		/* written up to here */
	size_t		 wrap;		/* end of data before the ring's end */
	int		 wants_room;
	int		 finishing;
	atomic_int	 done;		/* read without it too */
	int		 error;
};

static void
wake_loop(struct writer *w)
{
	/* A full pipe is a loop already woken. */
	while (write(w->wakefd[1], "", 1) == -1 && errno == EINTR)
		;
}

/* Write all of it; 0 or the errno. */
static int
write_all(int fd, const uint8_t *buf, size_t len)
{
	struct pollfd	 pfd;
	ssize_t		 n;

	while (len > 0) {
		if ((n = write(fd, buf, len)) >= 0) {
			buf += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN) {
			/* Somebody made our stdout non-blocking. */
			pfd.fd = fd;
			pfd.events = POLLOUT;
			poll(&pfd, 1, -1);
		} else if (errno != EINTR)
			return (errno);
	}
	return (0);
}

static void *
write_ring(void *arg)
{
	struct writer	*w = arg;
	size_t		 from, len;
	int		 error;

	pthread_mutex_lock(&w->lock);
	for (;;) {
		if (w->tail == w->wrap && w->head < w->tail) {
			w->tail = 0;
			w->wrap = RING_SIZE;
		}
		if (w->tail == w->head) {
			if (w->finishing)
				break;
			pthread_cond_wait(&w->more, &w->lock);
			continue;
		}
		from = w->tail;
		len = (w->head > from ? w->head : w->wrap) - from;
		if (len > WRITE_MAX)
			len = WRITE_MAX;
		pthread_mutex_unlock(&w->lock);
		error = write_all(w->fd, w->ring + from, len);
		pthread_mutex_lock(&w->lock);
		if (error != 0) {
			w->error = error;
			break;
		}
		w->tail = from + len;
		if (w->wants_room) {
			w->wants_room = 0;
			wake_loop(w);
		}
	}
	w->done = 1;
	pthread_mutex_unlock(&w->lock);
	wake_loop(w);
	return (NULL);
}

static void
woken(void *arg)
{
	struct writer	*w = arg;
	char		 buf[64];

	while (read(w->wakefd[0], buf, sizeof(buf)) > 0)
		;
	w->wake(w->arg);
}

static void
start_writer(struct writer *w)
{
	sigset_t	 all, old;
	int		 error;

	/* Signals are the loop's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	error = pthread_create(&w->thread, NULL, write_ring, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (error != 0)
		msg_die(1, "%s: no writer thread: %s", w->name,
		    strerror(error));
}

struct writer *
writer_new(int fd, const char *name, void (*wake)(void *), void *arg)
{
	struct writer	*w;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		msg_die(1, "out of memory");
	w->ring = mmap(NULL, RING_SIZE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANON, -1, 0);
	if (w->ring == MAP_FAILED)
		msg_die(1, "out of memory");
	if (pipe2(w->wakefd, O_CLOEXEC | O_NONBLOCK) == -1)
		msg_die(1, "pipe: %s", strerror(errno));
	w->fd = fd;
	w->name = name;
	w->wake = wake;
	w->arg = arg;
	w->wrap = RING_SIZE;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->more, NULL);
	w->watch = loop_watch_new(w->wakefd[0], LOOP_READ, woken, w);
	loop_watch_on(w->watch);
	start_writer(w);
	return (w);
}

/*
 * Find len contiguous bytes, wrapping if need be.  Called with the lock held.
 * The byte before the tail stays free, so that full is not empty.  What is
 * free stays so until it is filled, for the writer only makes more of it.
 */
static int
find_room(struct writer *w, size_t len)
{
	w->room = 0;
	/* An empty ring begins anew: any record fits. */
	if (w->tail == w->fill)
		w->head = w->tail = w->fill = 0;
	if (w->fill >= w->tail) {
		if (RING_SIZE - w->fill > len) {
			w->room = RING_SIZE - w->fill - 1;
			return (1);
		}
		if (w->tail > len) {
			w->wrap = w->fill;
			w->fill = 0;
			/* The writer must see the wrap with the head. */
			if (w->head == w->wrap)
				w->head = 0;
			w->room = w->tail - 1;
			return (1);
		}
		return (0);
	}
	w->room = w->tail - w->fill - 1;
	return (w->room >= len);
}

static int
is_done(const struct writer *w)
{
	return (atomic_load_explicit(&w->done, memory_order_relaxed));
}

int
writer_room(struct writer *w, size_t len)
{
	int	 room;

	if (w->room >= len)
		return (1);
	pthread_mutex_lock(&w->lock);
	room = w->done || find_room(w, len);
	if (!room) {
		/* The thread may hold nothing but what was not handed over. */
		w->head = w->fill;
		w->wants_room = 1;
		pthread_cond_signal(&w->more);
	}
	pthread_mutex_unlock(&w->lock);
	return (room);
}

uint8_t *
writer_reserve(struct writer *w, size_t len)
{
	int	 room;

	if (is_done(w))
		return (NULL);
	if (w->room < len) {
		pthread_mutex_lock(&w->lock);
		room = find_room(w, len);
		pthread_mutex_unlock(&w->lock);
		if (!room)
			return (NULL);
	}
	return (w->ring + w->fill);
}

void
writer_append(struct writer *w, size_t len)
{
	w->fill += len;
	w->room -= len;
}

void
writer_flush(struct writer *w)
{
	int	 more;

	pthread_mutex_lock(&w->lock);
	more = w->head != w->fill;
	w->head = w->fill;
	pthread_mutex_unlock(&w->lock);
	/* Not before, or the writer wakes to wait for the lock. */
	if (more)
		pthread_cond_signal(&w->more);
}

void
writer_finish(struct writer *w)
{
	pthread_mutex_lock(&w->lock);
	w->head = w->fill;
	w->finishing = 1;
	pthread_cond_signal(&w->more);
	pthread_mutex_unlock(&w->lock);
}

int
writer_done(const struct writer *w)
{
	return (is_done(w));
}

int
writer_error(struct writer *w)
{
	int	 error;

	pthread_mutex_lock(&w->lock);
	error = w->error;
	pthread_mutex_unlock(&w->lock);
	return (error);
}

const char *
writer_name(const struct writer *w)
{
	return (w->name);
}

static uint64_t
count_lines(const uint8_t *buf, size_t len)
{
	const uint8_t	*end = buf + len, *p = buf;
	uint64_t	 n = 0;

	for (; p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL;
	    p++)
		n++;
	return (n);
}

uint64_t
writer_lines_left(struct writer *w)
{
	uint64_t	 n;

	pthread_mutex_lock(&w->lock);
	if (w->fill >= w->tail)
		n = count_lines(w->ring + w->tail, w->fill - w->tail);
	else
		n = count_lines(w->ring + w->tail, w->wrap - w->tail) +
		    count_lines(w->ring, w->fill);
	pthread_mutex_unlock(&w->lock);
	return (n);
}

void
writer_free(struct writer *w)
{
	if (w == NULL)
		return;
	if (!writer_done(w)) {
		/* The writer is stuck in write(2): it goes with the process. */
		pthread_detach(w->thread);
		return;
	}
	pthread_join(w->thread, NULL);
	loop_watch_free(w->watch);
	close(w->wakefd[0]);
	close(w->wakefd[1]);
	if (w->fd > STDERR_FILENO)
		close(w->fd);
	munmap(w->ring, RING_SIZE);
	free(w);
}
