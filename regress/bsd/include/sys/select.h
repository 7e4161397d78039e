/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_SYS_SELECT_H
#define BSD_INCLUDE_SYS_SELECT_H

#include <sys/types.h>

#include <bsd_timeval.h>

typedef struct {
	uint32_t	 fds_bits[32];
} fd_set;

#define FD_SETSIZE	1024
#define FD_SET(n, p)	((p)->fds_bits[(n) / 32] |= 1U << ((n) % 32))
#define FD_CLR(n, p)	((p)->fds_bits[(n) / 32] &= ~(1U << ((n) % 32)))
#define FD_ISSET(n, p)	(((p)->fds_bits[(n) / 32] & 1U << ((n) % 32)) != 0)
#define FD_ZERO(p)	__builtin_memset(p, 0, sizeof(*(p)))

int	 select(int, fd_set *, fd_set *, fd_set *, struct timeval *);

#endif
