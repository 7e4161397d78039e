/* SPDX-License-Identifier: ISC */

/*
 * A ring between the loop (fills) and a writer thread (empties).  A record is
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
#include "output.h"

#define RING_SIZE	((size_t)4 << 20)
#define WRITE_MAX	((size_t)1 << 20)

struct output {
	/* the loop's */
	struct divert_encoder *encoder;
	const char	*name;
	uint8_t		*ring;
	size_t		 fill;		/* where the next record goes */
	size_t		 room;		/* known to be free there */
	uint64_t	 written;
	uint64_t	 lost;
	uint64_t	 lost_since;	/* the last one written */
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
wake_loop(struct output *o)
{
	/* A full pipe is a loop already woken. */
	while (write(o->wakefd[1], "", 1) == -1 && errno == EINTR)
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
	struct output	*o = arg;
	size_t		 from, len;
	int		 error;

	pthread_mutex_lock(&o->lock);
	for (;;) {
		if (o->tail == o->wrap && o->head < o->tail) {
			o->tail = 0;
			o->wrap = RING_SIZE;
		}
		if (o->tail == o->head) {
			if (o->finishing)
				break;
			pthread_cond_wait(&o->more, &o->lock);
			continue;
		}
		from = o->tail;
		len = (o->head > from ? o->head : o->wrap) - from;
		if (len > WRITE_MAX)
			len = WRITE_MAX;
		pthread_mutex_unlock(&o->lock);
		error = write_all(o->fd, o->ring + from, len);
		pthread_mutex_lock(&o->lock);
		if (error != 0) {
			o->error = error;
			break;
		}
		o->tail = from + len;
		if (o->wants_room) {
			o->wants_room = 0;
			wake_loop(o);
		}
	}
	o->done = 1;
	pthread_mutex_unlock(&o->lock);
	wake_loop(o);
	return (NULL);
}

static void
woken(void *arg)
{
	struct output	*o = arg;
	char		 buf[64];

	while (read(o->wakefd[0], buf, sizeof(buf)) > 0)
		;
	o->wake(o->arg);
}

static void
start_writer(struct output *o)
{
	sigset_t	 all, old;
	int		 error;

	/* Signals are the loop's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	error = pthread_create(&o->thread, NULL, write_ring, o);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (error != 0)
		msg_die(1, "%s: no writer thread: %s", o->name,
		    strerror(error));
}

struct output *
output_new(int fd, const char *name, enum divert_format format,
    unsigned int flags, const char *port, void (*wake)(void *), void *arg)
{
	struct output	*o;

	if ((o = calloc(1, sizeof(*o))) == NULL ||
	    (o->encoder = divert_encoder_new(format, flags, port)) == NULL)
		msg_die(1, "out of memory");
	o->ring = mmap(NULL, RING_SIZE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANON, -1, 0);
	if (o->ring == MAP_FAILED)
		msg_die(1, "out of memory");
	if (pipe2(o->wakefd, O_CLOEXEC | O_NONBLOCK) == -1)
		msg_die(1, "pipe: %s", strerror(errno));
	o->fd = fd;
	o->name = name;
	o->wake = wake;
	o->arg = arg;
	o->wrap = RING_SIZE;
	pthread_mutex_init(&o->lock, NULL);
	pthread_cond_init(&o->more, NULL);
	o->watch = loop_watch_new(o->wakefd[0], LOOP_READ, woken, o);
	loop_watch_on(o->watch);
	o->fill = divert_encoder_header(o->encoder, o->ring, RING_SIZE);
	start_writer(o);
	/* Readers of a pipe wait for the header before anything else. */
	output_flush(o);
	return (o);
}

/*
 * Find len contiguous bytes, wrapping if need be.  Called with the lock held.
 * The byte before the tail stays free, so that full is not empty.  What is
 * free stays so until it is filled, for the writer only makes more of it.
 */
static int
find_room(struct output *o, size_t len)
{
	o->room = 0;
	/* An empty ring begins anew: any record fits. */
	if (o->tail == o->fill)
		o->head = o->tail = o->fill = 0;
	if (o->fill >= o->tail) {
		if (RING_SIZE - o->fill > len) {
			o->room = RING_SIZE - o->fill - 1;
			return (1);
		}
		if (o->tail > len) {
			o->wrap = o->fill;
			o->fill = 0;
			/* The writer must see the wrap with the head. */
			if (o->head == o->wrap)
				o->head = 0;
			o->room = o->tail - 1;
			return (1);
		}
		return (0);
	}
	o->room = o->tail - o->fill - 1;
	return (o->room >= len);
}

static int
is_done(const struct output *o)
{
	return (atomic_load_explicit(&o->done, memory_order_relaxed));
}

int
output_room(struct output *o, uint32_t len)
{
	size_t	 want = DIVERT_ENCODE_MAX(len);
	int	 room;

	if (o->room >= want)
		return (1);
	pthread_mutex_lock(&o->lock);
	room = o->done || find_room(o, want);
	if (!room) {
		/* The writer may hold nothing but what was not handed over. */
		o->head = o->fill;
		o->wants_room = 1;
		pthread_cond_signal(&o->more);
	}
	pthread_mutex_unlock(&o->lock);
	return (room);
}

int
output_packet(struct output *o, const struct divert_packet *pkt)
{
	struct divert_packet	 marked;
	size_t			 len, want;
	int			 room;

	want = DIVERT_ENCODE_MAX(pkt->len);
	room = !is_done(o);
	if (room && o->room < want) {
		pthread_mutex_lock(&o->lock);
		room = find_room(o, want);
		pthread_mutex_unlock(&o->lock);
	}
	if (!room) {
		o->lost++;
		o->lost_since++;
		return (-1);
	}
	if (o->lost_since > 0) {
		marked = *pkt;
		marked.drops = o->lost_since;
		marked.flags |= DIVERT_PACKET_HAS_DROPS;
		pkt = &marked;
		o->lost_since = 0;
	}
	len = divert_encoder_packet(o->encoder, pkt, o->ring + o->fill, want);
	o->fill += len;
	o->room -= len;
	o->written++;
	return (0);
}

void
output_flush(struct output *o)
{
	int	 more;

	pthread_mutex_lock(&o->lock);
	more = o->head != o->fill;
	o->head = o->fill;
	pthread_mutex_unlock(&o->lock);
	/* Not before, or the writer wakes to wait for the lock. */
	if (more)
		pthread_cond_signal(&o->more);
}

void
output_finish(struct output *o)
{
	pthread_mutex_lock(&o->lock);
	o->head = o->fill;
	o->finishing = 1;
	pthread_cond_signal(&o->more);
	pthread_mutex_unlock(&o->lock);
}

int
output_done(const struct output *o)
{
	return (is_done(o));
}

int
output_error(const struct output *o)
{
	int	 error;

	pthread_mutex_lock((pthread_mutex_t *)&o->lock);
	error = o->error;
	pthread_mutex_unlock((pthread_mutex_t *)&o->lock);
	return (error);
}

const char *
output_name(const struct output *o)
{
	return (o->name);
}

uint64_t
output_written(const struct output *o)
{
	return (o->written);
}

uint64_t
output_lost(const struct output *o)
{
	return (o->lost);
}

void
output_free(struct output *o)
{
	if (o == NULL)
		return;
	if (!output_done(o)) {
		/* The writer is stuck in write(2): it goes with the process. */
		pthread_detach(o->thread);
		return;
	}
	pthread_join(o->thread, NULL);
	loop_watch_free(o->watch);
	close(o->wakefd[0]);
	close(o->wakefd[1]);
	if (o->fd > STDERR_FILENO)
		close(o->fd);
	divert_encoder_free(o->encoder);
	munmap(o->ring, RING_SIZE);
	free(o);
}
