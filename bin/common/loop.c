/* SPDX-License-Identifier: ISC */

/* libevent behind loop.h, in the subset that 1.4 and 2 share. */

#include "compat.h"

#include <sys/types.h>
#include <sys/time.h>

#include <event.h>
#include <stdlib.h>
#include <time.h>

#include "loop.h"
#include "msg.h"

#define SIGNALS_MAX	16

struct loop_watch {
	struct event	 event;
	void		(*callback)(void *);
	void		*arg;
	int		 on;
};

struct loop_timer {
	struct event	 event;
	void		(*callback)(void *);
	void		*arg;
};

struct loop_signal {
	struct event	 event;
	void		(*callback)(int, void *);
	void		*arg;
};

static struct event_base	*base;
static struct loop_signal	 signals[SIGNALS_MAX];
static int			 nsignals;

void
loop_init(void)
{
	if ((base = event_init()) == NULL)
		msg_die(1, "event loop: cannot be made");
}

void
loop_init_precise(void)
{
	/* Of libevent 2.1; before it the environment is all there is to ask
	 * with, and others ignore it. */
	setenv("EVENT_PRECISE_TIMER", "1", 1);
	loop_init();
	unsetenv("EVENT_PRECISE_TIMER");
}

void
loop_run(void)
{
	event_base_dispatch(base);
}

void
loop_stop(void)
{
	event_base_loopbreak(base);
}

uint64_t
loop_now(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec);
}

static void
watch_fired(int fd, short what, void *arg)
{
	struct loop_watch	*watch = arg;

	(void)fd;
	(void)what;
	watch->callback(watch->arg);
}

struct loop_watch *
loop_watch_new(int fd, enum loop_interest interest, void (*callback)(void *),
    void *arg)
{
	struct loop_watch	*watch;

	if ((watch = calloc(1, sizeof(*watch))) == NULL)
		msg_die(1, "out of memory");
	watch->callback = callback;
	watch->arg = arg;
	event_set(&watch->event, fd,
	    (short)((interest == LOOP_READ ? EV_READ : EV_WRITE) | EV_PERSIST),
	    watch_fired, watch);
	event_base_set(base, &watch->event);
	return (watch);
}

void
loop_watch_on(struct loop_watch *watch)
{
	if (watch->on)
		return;
	if (event_add(&watch->event, NULL) == -1)
		msg_die(1, "event loop: descriptor cannot be watched");
	watch->on = 1;
}

void
loop_watch_off(struct loop_watch *watch)
{
	if (!watch->on)
		return;
	event_del(&watch->event);
	watch->on = 0;
}

void
loop_watch_free(struct loop_watch *watch)
{
	if (watch == NULL)
		return;
	loop_watch_off(watch);
	free(watch);
}

static void
timer_fired(int fd, short what, void *arg)
{
	struct loop_timer	*timer = arg;

	(void)fd;
	(void)what;
	timer->callback(timer->arg);
}

struct loop_timer *
loop_timer_new(void (*callback)(void *), void *arg)
{
	struct loop_timer	*timer;

	if ((timer = calloc(1, sizeof(*timer))) == NULL)
		msg_die(1, "out of memory");
	timer->callback = callback;
	timer->arg = arg;
	evtimer_set(&timer->event, timer_fired, timer);
	event_base_set(base, &timer->event);
	return (timer);
}

void
loop_timer_set(struct loop_timer *timer, uint64_t nanoseconds)
{
	struct timeval	 tv;

	tv.tv_sec = (time_t)(nanoseconds / 1000000000u);
	tv.tv_usec = (suseconds_t)(nanoseconds % 1000000000u / 1000);
	if (evtimer_add(&timer->event, &tv) == -1)
		msg_die(1, "event loop: timer cannot be set");
}

void
loop_timer_cancel(struct loop_timer *timer)
{
	evtimer_del(&timer->event);
}

void
loop_timer_free(struct loop_timer *timer)
{
	if (timer == NULL)
		return;
	loop_timer_cancel(timer);
	free(timer);
}

static void
signal_fired(int signo, short what, void *arg)
{
	struct loop_signal	*sig = arg;

	(void)what;
	sig->callback(signo, sig->arg);
}

void
loop_signal(int signo, void (*callback)(int, void *), void *arg)
{
	struct loop_signal	*sig;

	if (nsignals == SIGNALS_MAX)
		msg_die(1, "event loop: too many signals");
	sig = &signals[nsignals++];
	sig->callback = callback;
	sig->arg = arg;
	event_set(&sig->event, signo, EV_SIGNAL | EV_PERSIST, signal_fired, sig);
	event_base_set(base, &sig->event);
	if (event_add(&sig->event, NULL) == -1)
		msg_die(1, "event loop: signal %d cannot be caught", signo);
}
