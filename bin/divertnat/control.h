/* SPDX-License-Identifier: ISC */
#ifndef CONTROL_H
#define CONTROL_H

#include <stddef.h>
#include <stdint.h>

/*
 * The socket by which a running divertnat is asked, and the words spoken on
 * it: one line of request, "states json\n"; in answer "ok\n", what was asked
 * for and CONTROL_END, without which it was cut short; or "error 2 sentence\n",
 * the number being the exit status for who asked.
 */
#define CONTROL_END		'\0'

#define CONTROL_DIR		"/var/run/divertnat"
#define CONTROL_LINE_MAX	256
/* Room for what a slice of an answer adds. */
#define CONTROL_BUFFER		65536

struct control;

/* An answer as it is made. */
struct control_answer {
	/*
	 * More of it: append to buf, which has CONTROL_BUFFER bytes and nothing
	 * in it yet.  Returns how many bytes; 0: that was all.  NULL: the
	 * answer is text, or comes later.
	 */
	size_t	(*more)(void *, struct control_answer *, char *buf);
	unsigned int	 at;		/* how far `more' is */
	int		 json;
	char		*text;		/* allocated; whole; taken over */
	size_t		 len;
	int		 later;		/* by control_answer_later() */
	unsigned int	 id;		/* for that */
	int		 status;	/* not 0: an error, text says it */
};

/*
 * The socket of a port's control: path, or where that is NULL one that is
 * named for the port, in CONTROL_DIR.  "nfqueue:700" and "700" are the same.
 * Returns 0; or -1: that is no live port, or the path is too long.
 */
int	 control_path(const char *path, const char *port, char *buf,
	    size_t size);

/*
 * Listen there; only this user may connect.  A socket that nobody listens on
 * any more is replaced.  NULL: it cannot be had, errno; EADDRINUSE: somebody
 * listens.
 */
struct control *control_open(const char *path);

/*
 * Serve from now on, in the loop.  request: a line without its end; fills in
 * the answer.
 */
void	 control_serve(struct control *,
	    void (*request)(void *, const char *line, struct control_answer *),
	    void *arg);
/* The answer of one for which `later' was set; whoever asked may be gone. */
void	 control_answer_later(struct control *, unsigned int id, int status,
	    const char *text);
void	 control_close(struct control *);

#endif
