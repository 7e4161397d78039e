/* SPDX-License-Identifier: ISC */
#ifndef COMMAND_H
#define COMMAND_H

/*
 * The filter command after "--": started, and started again, by a helper
 * process that was forked while that was still possible, holds nothing but a
 * socket to us, and runs the command as the unprivileged user.
 */

struct command;

/*
 * Look for the command as a shell would.  Returns 0, or the exit status for
 * one that cannot run (126, 127), which was said.
 */
int	 command_check(const char *name);

/* Fork the helper.  Before privileges are dropped and threads are made. */
struct command *command_new(char **argv, const char *user);

/*
 * Start the command.  *to and *from become our ends of its stdin and stdout,
 * non-blocking; the caller closes them.  Returns 0, or the exit status for a
 * command that cannot be started (126, 127), which was said.
 */
int	 command_start(struct command *command, int *to, int *from);

/* Readable when the command ended; then command_status(). */
int	 command_fd(const struct command *command);
/*
 * How it ended: 0, 1, 126, 127 or 128 + the signal, with a line said when it
 * is not 0; -1: it runs.
 */
int	 command_status(struct command *command);

/* Send the running command and its children a signal. */
void	 command_kill(struct command *command, int signo);

const char *command_name(const struct command *command);

#endif
