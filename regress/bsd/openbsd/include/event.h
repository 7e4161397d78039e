/* SPDX-License-Identifier: ISC */
#ifndef BSD_OPENBSD_INCLUDE_EVENT_H
#define BSD_OPENBSD_INCLUDE_EVENT_H

#include <sys/types.h>
#include <sys/time.h>
#include <sys/queue.h>

/* libevent 1.4: no event_new(), no event_free(), no <event2/event.h>. */
#define EV_TIMEOUT	0x01
#define EV_READ		0x02
#define EV_WRITE	0x04
#define EV_SIGNAL	0x08
#define EV_PERSIST	0x10
#define EVLOOP_ONCE	0x01
#define EVLOOP_NONBLOCK	0x02

struct event_base;

struct event {
	TAILQ_ENTRY(event) ev_next;
	TAILQ_ENTRY(event) ev_active_next;
	TAILQ_ENTRY(event) ev_signal_next;
	unsigned int	 min_heap_idx;
	struct event_base *ev_base;
	int		 ev_fd;
	short		 ev_events;
	short		 ev_ncalls;
	short		*ev_pncalls;
	struct timeval	 ev_timeout;
	int		 ev_pri;
	void		(*ev_callback)(int, short, void *);
	void		*ev_arg;
	int		 ev_res;
	int		 ev_flags;
};

int		 event_add(struct event *, const struct timeval *);
int		 event_base_dispatch(struct event_base *);
void		 event_base_free(struct event_base *);
int		 event_base_loop(struct event_base *, int);
int		 event_base_loopbreak(struct event_base *);
int		 event_base_loopexit(struct event_base *,
		    const struct timeval *);
int		 event_base_set(struct event_base *, struct event *);
int		 event_del(struct event *);
int		 event_dispatch(void);
struct event_base *event_init(void);
int		 event_loop(int);
int		 event_loopbreak(void);
int		 event_loopexit(const struct timeval *);
int		 event_pending(struct event *, short, struct timeval *);
int		 event_reinit(struct event_base *);
void		 event_set(struct event *, int, short,
		    void (*)(int, short, void *), void *);

#define evtimer_add(e, t)	event_add(e, t)
#define evtimer_del(e)		event_del(e)
#define evtimer_pending(e, t)	event_pending(e, EV_TIMEOUT, t)
#define evtimer_set(e, f, a)	event_set(e, -1, 0, f, a)
#define signal_add(e, t)	event_add(e, t)
#define signal_del(e)		event_del(e)
#define signal_set(e, s, f, a)	event_set(e, s, EV_SIGNAL | EV_PERSIST, f, a)

#endif
