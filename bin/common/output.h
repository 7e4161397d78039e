/* SPDX-License-Identifier: ISC */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdint.h>

#include "divertutil.h"

/*
 * Packets into a file, a pipe or a terminal without ever stalling the loop:
 * a bounded buffer, and one thread that writes (a disk can block write(2),
 * and stdout must not be made non-blocking: others share it).
 */

struct output;

/*
 * fd: where to write; owned from now on, but 0 to 2 are never closed.
 * name: for messages.  wake: called in the loop when there is room after
 * output_room() said no, when writing failed, and when output_finish() is
 * done.  Call before privileges are dropped is not needed.  Ends the program
 * when there is no memory or no thread.
 */
struct output *output_new(int fd, const char *name, enum divert_format format,
	    unsigned int flags, const char *port, void (*wake)(void *),
	    void *arg);

/*
 * Is there room for a packet of len bytes?  When not (0), wake is called when
 * there may be.
 */
int	 output_room(struct output *output, uint32_t len);

/*
 * Append a packet.  0, or -1: no room or the reader is gone; counted as lost,
 * and the next packet says how many were.
 */
int	 output_packet(struct output *output, const struct divert_packet *pkt);

/* Hand what was appended to the writer: at the end of a batch. */
void	 output_flush(struct output *output);

/* No more packets: write what there is, then wake. */
void	 output_finish(struct output *output);
/* Is all written, or given up? */
int	 output_done(const struct output *output);

/* errno of the write that failed, or 0.  EPIPE: the reader is gone. */
int	 output_error(const struct output *output);
const char *output_name(const struct output *output);
uint64_t output_written(const struct output *output);
uint64_t output_lost(const struct output *output);

/* Free; what is not written yet is given up.  NULL is allowed. */
void	 output_free(struct output *output);

#endif
