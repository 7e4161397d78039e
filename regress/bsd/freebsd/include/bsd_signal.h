/* SPDX-License-Identifier: ISC */
#ifndef BSD_FREEBSD_INCLUDE_BSD_SIGNAL_H
#define BSD_FREEBSD_INCLUDE_BSD_SIGNAL_H

typedef struct {
	uint32_t	 __bits[4];
} sigset_t;

#endif
