/* SPDX-License-Identifier: ISC */
#ifndef WRITER_H
#define WRITER_H

#include <stddef.h>
#include <stdint.h>

/*
 * Records into a file, a pipe or a terminal without ever stalling the loop:
 * a bounded ring of bytes, and one thread that writes (a disk can block
 * write(2), and stdout must not be made non-blocking: others share it).
 */

struct writer;

/*
 * fd: where to write; owned from now on, but 0 to 2 are never closed.
 * name: for messages; borrowed.  wake: called in the loop when there is room
 * after writer_room() said no, when writing failed, and when writer_finish()
 * is done.  Ends the program when there is no memory or no thread.
 */
struct writer *writer_new(int fd, const char *name, void (*wake)(void *),
	    void *arg);

/*
 * Is there room for a record of len bytes?  When not (0), wake is called when
 * there may be.  When writing has failed there always is.
 */
int	 writer_room(struct writer *writer, size_t len);

/*
 * Where a record of at most len bytes goes, or NULL: no room, or writing has
 * failed.  writer_append() says how many bytes it became; until then nothing
 * is written.
 */
uint8_t	*writer_reserve(struct writer *writer, size_t len);
void	 writer_append(struct writer *writer, size_t len);

/* Hand what was appended to the thread: at the end of a batch. */
void	 writer_flush(struct writer *writer);

/* No more records: write what there is, then wake. */
void	 writer_finish(struct writer *writer);
/* Is all written, or given up? */
int	 writer_done(const struct writer *writer);

/* errno of the write that failed, or 0.  EPIPE: the reader is gone. */
int	 writer_error(struct writer *writer);
const char *writer_name(const struct writer *writer);

/* Free; what is not written yet is given up.  NULL is allowed. */
void	 writer_free(struct writer *writer);

#endif
