/* SPDX-License-Identifier: ISC */
#ifndef MSG_H
#define MSG_H

/*
 * Lines for people, on stderr: "tool: object: reason (hint)".  Control
 * characters in what is printed come out as '?', so no file name or option
 * can play with the terminal.
 */

/* level: -1 quiet, 0 normal, 1.. verbose. */
void	msg_init(const char *tool, int level);
int	msg_level(void);
const char *msg_tool(void);

/* Say it and exit. */
void	msg_die(int status, const char *fmt, ...)
	    __attribute__((__noreturn__, __format__(printf, 2, 3)));
/* Say it, whatever the level. */
void	msg_error(const char *fmt, ...)
	    __attribute__((__format__(printf, 1, 2)));
/* Say it unless quiet. */
void	msg_warn(const char *fmt, ...)
	    __attribute__((__format__(printf, 1, 2)));
/* Say it when verbose. */
void	msg_info(const char *fmt, ...)
	    __attribute__((__format__(printf, 1, 2)));

/*
 * Say what may happen with every packet: at most one line in 10 seconds for
 * each key, the later ones counted and told with the next.  key: a small
 * number of the caller's, below MSG_KEYS (an errno serves).
 */
#define MSG_KEYS	256
void	msg_limited(int key, const char *fmt, ...)
	    __attribute__((__format__(printf, 2, 3)));

#endif
