/* SPDX-License-Identifier: ISC */
#ifndef LOOP_H
#define LOOP_H

#include <stdint.h>

/*
 * The event loop: descriptors, timers, signals.  A thin coat over libevent,
 * so that one file knows it (OpenBSD's base has the 1.4 interface, ports and
 * Linux have 2).  One loop a process; running out of memory ends it.
 */

enum loop_interest {
	LOOP_READ,
	LOOP_WRITE
};

struct loop_watch;
struct loop_timer;

void	 loop_init(void);
/*
 * The same with timers better than a millisecond where that takes more
 * system calls.
 */
void	 loop_init_precise(void);
/* Dispatch until loop_stop(). */
void	 loop_run(void);
void	 loop_stop(void);

/* Monotonic time in nanoseconds. */
uint64_t loop_now(void);

/*
 * Watch a descriptor; off until loop_watch_on().  Level-triggered.  The
 * callback may free its own watch.
 */
struct loop_watch *loop_watch_new(int fd, enum loop_interest interest,
	    void (*callback)(void *), void *arg);
void	 loop_watch_on(struct loop_watch *watch);
void	 loop_watch_off(struct loop_watch *watch);
void	 loop_watch_free(struct loop_watch *watch);

/* A one-shot timer; setting it again moves it. */
struct loop_timer *loop_timer_new(void (*callback)(void *), void *arg);
void	 loop_timer_set(struct loop_timer *timer, uint64_t nanoseconds);
void	 loop_timer_cancel(struct loop_timer *timer);
void	 loop_timer_free(struct loop_timer *timer);

/* Call back at every arrival of a signal, outside signal context. */
void	 loop_signal(int signo, void (*callback)(int, void *), void *arg);

#endif
