/* SPDX-License-Identifier: ISC */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdint.h>

#include "divertutil.h"
#include "writer.h"

/* Packets in a format, on a writer. */

struct output;

/* As writer_new().  port: its name, for the format. */
struct output *output_new(int fd, const char *name, enum divert_format format,
	    unsigned int flags, const char *port, void (*wake)(void *),
	    void *arg);

/* The writer: to flush, to finish, and to ask. */
struct writer *output_writer(struct output *output);

/* As writer_room() for a packet of len bytes. */
int	 output_room(struct output *output, uint32_t len);

/*
 * Append a packet.  0, or -1: no room or the reader is gone; counted as lost,
 * and the next packet says how many were.
 */
int	 output_packet(struct output *output, const struct divert_packet *pkt);

uint64_t output_written(const struct output *output);
uint64_t output_lost(const struct output *output);

/* Free, the writer too.  NULL is allowed. */
void	 output_free(struct output *output);

#endif
