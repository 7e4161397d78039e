/* SPDX-License-Identifier: ISC */
#ifndef SOURCE_H
#define SOURCE_H

#include "divertutil.h"

/*
 * Where packets come from, and which: the first operand or -r, and the
 * expression after it.  Mistakes end the program with a line and the status
 * they have in every tool.
 */

/*
 * The port's name: made from path, of -r, or where that is NULL the first
 * operand, which is taken off argv.
 */
const char *source_name(const char *path, int *argc, char ***argv);

/* Is it a capture or a stream, and no live port? */
int	 source_is_capture(const char *name);

/* The rest of argv, or the file, as a filter; NULL when there is neither. */
struct divert_filter *source_filter(const char *file, int argc, char **argv);

/* Open it; -v says what buffer was got. */
struct divert_port *source_open(const char *name,
	    const struct divert_options *options);

#endif
