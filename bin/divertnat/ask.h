/* SPDX-License-Identifier: ISC */
#ifndef ASK_H
#define ASK_H

/*
 * Ask the divertnat that listens at path (control.h), and copy its answer to
 * stdout.  Returns the exit status; 4: none is running.
 */
int	 ask(const char *path, const char *request);

#endif
