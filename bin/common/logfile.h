/* SPDX-License-Identifier: ISC */
#ifndef LOGFILE_H
#define LOGFILE_H

#include <stdint.h>

/*
 * The log of a tool: lines, whole ones only.
 *
 * A write(2) to a file ends half-way when its process is killed or the disk
 * is full.  So the process that handles packets does not write the log: it
 * gives lines to a pipe, and another process, the keeper, moves whole lines
 * from there into the file.  However the tool ends, the keeper writes what is
 * whole in the pipe, leaves out a line that was cut, and ends too.  A write
 * that fails half-way is undone up to the end of the last whole line.
 *
 * While the file cannot be written (no space, a quota, an error of the disk)
 * the keeper says so every 10 seconds, holds its lines and tries again: the
 * pipe fills, and what happens then is the policy of whoever writes into it.
 * Nothing is lost by the keeper but lines above 1 MiB (syslog: 8 KiB) and,
 * after logfile_hurry() or the end of the tool, lines that still cannot be
 * written.
 *
 * The keeper becomes the same unprivileged user as the tool and has walls of
 * its own (sandbox.h).  The file is opened before that, so it may be root's
 * alone; it is made with mode 0640.  A reopened one must be open to that user:
 * either the directory is writable for it, or what rotates makes the new file
 * with this owner (logrotate: create; newsyslog: owner:group) before it sends
 * SIGHUP.  Where it cannot be opened the old file goes on and a message says
 * so.
 */

struct logfile;

/*
 * Open the file for appending and start its keeper.  A last line that an
 * earlier crash has cut is removed when it is the beginning of a record, else
 * ended; a message says so.  A path that is no regular file (a FIFO, a
 * terminal, /dev/stdout) has no keeper and logfile_fd() is itself; opening it
 * never waits for a reader.
 *
 * Call when the port is open and after guard_start(), before other outputs,
 * threads, and privilege_drop().  user: as for privilege_drop().  Ends the
 * program (status 1) when the file cannot be opened.  path must stay.
 */
struct logfile *logfile_start(const char *path, const char *user);

/*
 * The same before the syslog daemon of this machine (facility daemon, level
 * info, the tool's name and process id): each line is one message.
 */
struct logfile *logfile_start_syslog(const char *user);

/*
 * Where to write lines, blocking.  The caller's from now on: closing it is
 * the end of the log.
 */
int	 logfile_fd(const struct logfile *log);
/* For messages: the path, or "syslog". */
const char *logfile_name(const struct logfile *log);

/*
 * Open the path anew (SIGHUP), at once and between two lines: what is in the
 * pipe goes to the new file.  Never waits.
 */
void	 logfile_reopen(struct logfile *log);

/*
 * What has come of the lines so far; error: the errno for which lines wait
 * at this moment, or 0.  All 0 without a keeper.
 */
void	 logfile_counts(const struct logfile *log, uint64_t *written,
	    uint64_t *lost, int *error);

/*
 * From now on lines that cannot be written are lost, and counted, instead of
 * held: for a run over a file, which should end with an error and not wait
 * for space.  A syslog daemon that is only slow is waited for.
 */
void	 logfile_lose(struct logfile *log);

/*
 * The end is near: the same, and no daemon is waited for.  When draining
 * begins, before the writer's end is waited for.
 */
void	 logfile_hurry(struct logfile *log);

/*
 * After the descriptor was closed: wait for the keeper to end, a few seconds
 * at most, and free.  1 when lines were lost or the keeper did not end, else
 * 0.  Needs no system call that the walls forbid.  NULL is allowed.
 */
int	 logfile_finish(struct logfile *log);

#endif
