/* SPDX-License-Identifier: ISC */
#ifndef BSD_OPENBSD_INCLUDE_BSD_SIGNAL_H
#define BSD_OPENBSD_INCLUDE_BSD_SIGNAL_H

typedef unsigned int	sigset_t;

#endif
