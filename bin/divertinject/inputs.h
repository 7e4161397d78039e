/* SPDX-License-Identifier: ISC */
#ifndef INPUTS_H
#define INPUTS_H

#include <stdint.h>

#include "divertutil.h"

/*
 * Where the packets to inject come from: captures one after the other,
 * packets in words, and all of them again as often as asked for.  Mistakes
 * end the program with a line and the status they have in every tool.
 */

struct inputs;

struct inputs *inputs_new(void);

/* Append a capture; "-" is stdin. */
void	 inputs_add_file(struct inputs *inputs, const char *path);
/* Append a packet in words (words.h). */
void	 inputs_add_words(struct inputs *inputs, const char *text);

int	 inputs_count(const struct inputs *inputs);
/* Is one of them a file, whose packets have times worth keeping? */
int	 inputs_have_times(const struct inputs *inputs);

/*
 * Open all of them, so that nothing needs privilege or a path later, and look
 * whether they are captures.  loops: 0 for ever.  keep_going: what cannot be
 * opened is said and passed over.  Returns the exit status that this is worth,
 * 0 for none.
 */
int	 inputs_open(struct inputs *inputs, const struct divert_options *options,
	    uint64_t loops, int keep_going);

/* Is one of them the file that is written to? */
struct stat;
int	 inputs_has_file(const struct inputs *inputs, const struct stat *st);

/*
 * The first, or the next one; NULL at the end.  read: packets read until now,
 * so that nothing is read for ever when there is nothing to read.
 */
struct divert_port *inputs_next(struct inputs *inputs, uint64_t read);

/* Begun so often. */
uint64_t inputs_loops(const struct inputs *inputs);

/* How far, in percent; -1 where nobody knows. */
int	 inputs_progress(const struct inputs *inputs,
	    const struct divert_port *port);

#endif
