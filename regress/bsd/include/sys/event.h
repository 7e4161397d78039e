/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_SYS_EVENT_H
#define BSD_INCLUDE_SYS_EVENT_H

#include <sys/types.h>

#define EVFILT_READ	(-1)
#define EVFILT_WRITE	(-2)
#define EV_ADD		0x0001
#define EV_DELETE	0x0002

struct kevent {
	uintptr_t	 ident;
	short		 filter;
	unsigned short	 flags;
	unsigned int	 fflags;
	int64_t		 data;
	void		*udata;
};

#define EV_SET(k, a, b, c, d, e, f) do {				\
	struct kevent *bsd_k = (k);					\
	bsd_k->ident = (a);						\
	bsd_k->filter = (b);						\
	bsd_k->flags = (c);						\
	bsd_k->fflags = (d);						\
	bsd_k->data = (e);						\
	bsd_k->udata = (f);						\
} while (0)

struct timespec;
int	 kevent(int, const struct kevent *, int, struct kevent *, int,
	    const struct timespec *);
int	 kqueue(void);

#endif
