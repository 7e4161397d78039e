/* SPDX-License-Identifier: ISC */
#ifndef HELPER_H
#define HELPER_H

#include <stddef.h>

/*
 * Processes that a tool forks to serve it.  Signals meant for the tool by
 * name or from a terminal do not reach them; they end by what they see of the
 * tool's end.
 */

/*
 * First in the new process: a group of its own, those signals ignored,
 * /dev/null for stdin and stdout (whoever waits for the end of these waits
 * for the tool's).  Of the descriptors stay stderr and the n of keep; all
 * where keep is NULL.
 */
void	helper_enter(const int *keep, size_t n);

/* The signals as a program expects them: before it becomes another one. */
void	helper_restore_signals(void);

/* A pipe that holds 1 MiB, where the system lets this be asked for. */
void	helper_enlarge_pipe(int fd);

#endif
