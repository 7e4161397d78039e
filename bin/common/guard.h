/* SPDX-License-Identifier: ISC */
#ifndef GUARD_H
#define GUARD_H

#include "divertutil.h"

/*
 * A process that keeps the privilege a live port's verdicts need, so that the
 * one that looks into foreign packets keeps none (guard_linux.c; guard_none.c
 * where an open port needs no privilege).  Started when the port is open,
 * before outputs, threads, other processes, and privilege_drop(): it becomes
 * the same user.  Returns 1; or 0: there is none, the caller gives its
 * verdicts itself.
 */
int	 guard_start(struct divert_port *port, const char *user);

/*
 * Readable when the process that guard_start() started has something to say,
 * or has ended: divert_port_flush() takes it, and fails with EPIPE at the end.
 * -1: there is none.
 */
int	 guard_fd(void);

#endif
