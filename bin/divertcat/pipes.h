/* SPDX-License-Identifier: ISC */
#ifndef PIPES_H
#define PIPES_H

#include "cat.h"

/*
 * The two pipes of a filter, non-blocking: a bounded queue of encoded packets
 * to it, and a decoder of what it writes.
 */
struct pipes {
	/* to the filter */
	int			 to;		/* -1: closed */
	struct loop_watch	*to_watch;	/* on while the queue waits */
	struct divert_encoder	*encoder;
	uint8_t			*queue;
	size_t			 queue_off;
	size_t			 queue_len;

	/* from the filter */
	int			 from;		/* -1: closed */
	int			 began;		/* anything was read */
	int			 ended;		/* end of file was read */
	struct loop_watch	*from_watch;
	struct divert_decoder	*decoder;

	void			(*writable)(void *);
	void			(*readable)(void *);
	void			*arg;
	int			 borrowed;	/* stdin and stdout, as they: */
	int			 saved_flags[2];
};

/* Closed pipes; the callbacks for later. */
void	 pipes_init(struct pipes *pipes, void (*writable)(void *),
	    void (*readable)(void *), void *arg);

/* The descriptors are owned from now on; the stream's header is queued. */
void	 pipes_open(struct pipes *pipes, int to, int from,
	    const struct cat_options *options, const char *port);

/*
 * stdin and stdout are other people's: they become non-blocking, and are
 * given back as they were when they are closed.
 */
void	 pipes_borrow_stdio(struct pipes *pipes);

/* Is there room in the queue for a packet of len bytes? */
int	 pipes_room(struct pipes *pipes, size_t len);
/* Queue a packet for which there is room. */
void	 pipes_put(struct pipes *pipes, const struct divert_packet *pkt);
/* Write the queue.  0 all is written, 1 the rest waits, -1 nobody reads. */
int	 pipes_write(struct pipes *pipes);
/* Has the filter bytes to read yet, as far as the system tells? */
int	 pipes_unread(const struct pipes *pipes);

/* Read once into the decoder.  1 there may be more, 0 not now or the end. */
int	 pipes_read(struct pipes *pipes);

void	 pipes_close_to(struct pipes *pipes);
void	 pipes_close_from(struct pipes *pipes);
void	 pipes_close(struct pipes *pipes);

#endif
