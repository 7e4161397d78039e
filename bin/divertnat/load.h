/* SPDX-License-Identifier: ISC */
#ifndef LOAD_H
#define LOAD_H

#include <limits.h>
#include <stddef.h>

#include "rules.h"

/*
 * Where rules are from: the file of -f, or the text of -e.  They are read at
 * the start, and again on request when paths are out of reach: so the
 * directory of the file is open since the start, and within the walls.
 */
struct load {
	const char	*path;		/* -f; NULL: the text */
	int		 no_interface;	/* packets that leave carry none */
	char		*text;		/* of -e, one rule a line */
	const char	*base;
	int		 dirfd;
	/* Of the file and of its tables, and where they are links to: for
	 * struct sandbox_needs.read_dirs; NULL at the end. */
	char		**dirs;
	unsigned int	 ndirs;
};

/* One more rule of the command line. */
void	 load_add(struct load *, const char *text);

/*
 * Read and parse.  NULL with a sentence in errbuf: EINVAL: the rules are
 * wrong; another errno: they cannot be read.
 */
struct rules *load_rules(const struct load *, char *errbuf, size_t errlen);

/*
 * Can these rules be kept?  0, or -1 with EINVAL and a sentence: `on' would
 * match no packet that leaves (no_interface), which then leaves as it is.
 */
int	 load_check(const struct load *, const struct rules *, char *errbuf,
	    size_t errlen);

/*
 * Open what reading these rules again needs.  Before privileges are dropped;
 * afterwards load_check_access() says if they cannot be read.
 */
void	 load_keep_open(struct load *, const struct rules *);
void	 load_check_access(const struct load *, const struct rules *);
/* Can they be read again: are they from a file? */
int	 load_again(const struct load *);

/* A whole file as it is; the caller frees.  NULL: errno. */
char	*load_file(int dirfd, const char *path, size_t *len);

#endif
