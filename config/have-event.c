/* SPDX-License-Identifier: ISC */
#include <sys/types.h>
#include <sys/time.h>

#include <event.h>

static int called;

static void
handler(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(int *)arg = 1;
}

/* The calls of libevent 1.4, which libevent 2 keeps: OpenBSD has no others. */
int
main(void)
{
	struct event_base *base = event_init();
	struct timeval tv = { 0, 0 };
	struct event ev;

	event_set(&ev, -1, 0, handler, &called);
	if (base == NULL || event_base_set(base, &ev) != 0 ||
	    event_add(&ev, &tv) != 0 || event_base_loop(base, EVLOOP_ONCE) != 0)
		return (1);
	event_base_free(base);
	return (called != 1);
}
