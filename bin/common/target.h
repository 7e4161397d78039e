/* SPDX-License-Identifier: ISC */
#ifndef TARGET_H
#define TARGET_H

#include "divertutil.h"

/* Where packets or records go: stdout, or the file of -w. */
struct target {
	int			 fd;
	const char		*name;
	enum divert_format	 format;
	unsigned int		 flags;		/* DIVERT_ENCODE_* */
};

/*
 * Open path, a new file; "-" or NULL is stdout.  format: what -F asked for,
 * given: whether it did.  A terminal gets text unless a format was asked for,
 * and binary never.  input: the port read, which is not written over.
 * Mistakes end the program.
 */
void	 target_open(struct target *target, const char *path,
	    enum divert_format format, int given, const char *input);

/* Is path, where it exists, the regular file that a port reads? */
int	 target_is_input(const char *path, const char *port);

#endif
