/* SPDX-License-Identifier: ISC */
#ifndef LOGFILE_INT_H
#define LOGFILE_INT_H

#include <stddef.h>
#include <stdint.h>

#include "logfile.h"

/* Where a keeper's lines go. */
struct logfile_sink {
	/*
	 * In the keeper, first: give up privileges, put up walls.
	 */
	void	(*enter)(void *, const char *user);
	/*
	 * Write lines, all whole.  Returns 0, or an errno: EAGAIN where it is
	 * only slow.  *done bytes need not come again, they are whole lines;
	 * *lost of these lines went nowhere.
	 */
	int	(*write)(void *, const char *lines, size_t len, size_t *done,
		    uint64_t *lost);
	/* Open anew: SIGHUP.  NULL: nothing to open. */
	void	(*reopen)(void *);
	/* Descriptors that stay open in the keeper, or -1. */
	int	 fds[2];
	void	*arg;
};

/*
 * Start a keeper.  The caller closes what it had opened for it.  Ends the
 * program where no process can be made.
 */
struct logfile *logfile_start_keeper(const char *name, const char *user,
	    const struct logfile_sink *sink);

/* A log that needs none: the descriptor itself. */
struct logfile *logfile_without_keeper(const char *name, int fd);

/* path: of the daemon's socket, NULL: the system's own. */
struct logfile *logfile_start_syslog_at(const char *path, const char *user);

/*
 * Mend the end of a log that was opened for appending as fd: a last line that
 * was cut is removed when it is the beginning of a record, else ended; that is
 * said.  base: its name in the directory dirfd, to read it by; path: for
 * messages.  Left as it is where it cannot be read, or somebody writes there.
 */
void	 logfile_repair(const char *path, int dirfd, const char *base, int fd);

/* A wait in a process that has no loop. */
void	logfile_sleep(int milliseconds);

/*
 * The way to the daemon: syslog_unix.c, syslog_freebsd.c, syslog_openbsd.c.
 *
 * syslog_open: before privileges are dropped; the descriptor that has to stay
 * open, or -1.  Never fails: a daemon may come later.
 * syslog_send: one message; 0 or an errno, EAGAIN when it is slow.
 */
int	syslog_open(const char *path);
int	syslog_send(const char *message, size_t len);

#endif
