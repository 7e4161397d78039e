/* SPDX-License-Identifier: ISC */
#ifndef STATEFILE_INT_H
#define STATEFILE_INT_H

#include <stdint.h>

/*
 * From the tool to the keeper: frames.  Back: an int32_t for each COMMIT, 0 or
 * the errno for which the file is still the one before.
 */
enum statefile_kind {
	STATEFILE_DATA,		/* len bytes follow; the first begins a file */
	STATEFILE_COMMIT,	/* it is whole */
	STATEFILE_ASIDE		/* what is there is damaged: another name */
};

struct statefile_frame {
	uint32_t	 kind;
	uint32_t	 len;
};

/* Larger ones are not read. */
#define STATEFILE_MAX	((off_t)1 << 31)

/*
 * The directory of path, made if it is missing, open as *dirfd; returns the
 * last part of path.  Ends the program when it cannot be had.
 */
const char *statefile_dir(const char *path, const char *user, int *dirfd);

/* The keeper's life, in its process. */
void	 statefile_keep(const char *path, const char *base, int dirfd,
	    int sock, const char *user) __attribute__((__noreturn__));

#endif
