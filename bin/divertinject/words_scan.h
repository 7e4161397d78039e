/* SPDX-License-Identifier: ISC */
#ifndef WORDS_SCAN_H
#define WORDS_SCAN_H

#include <stddef.h>

/* The words of a packet on the command line, one at a time. */

enum scan_kind {
	SCAN_END,
	SCAN_WORD,			/* what stands between blanks */
	SCAN_STRING			/* what stood in quotes, unescaped */
};

struct scan {
	enum scan_kind	 kind;		/* of the word scanned last */
	char		*text;		/* ends with a NUL; a string may have */
	size_t		 len;		/* others in it */
	size_t		 column;	/* where it begins, from 1 */

	char		*at;		/* what comes after it */
	const char	*base;
	char		*errbuf;
	size_t		 errlen;
};

/*
 * Begin with the first word of text, which is written to and must stay.
 * errbuf gets the sentences of all that fails here.  As scan_next().
 */
int	scan_begin(struct scan *scan, char *text, char *errbuf,
	    size_t errlen);

/*
 * Go on to the next word.  0; or -1: quotes without an end, an unknown escape,
 * or a quote in the middle of a word.
 */
int	scan_next(struct scan *scan);

/* What a hexadecimal digit stands for, or -1. */
int	scan_digit(char);

/* "column N: " and what is wrong with the word there.  Returns -1. */
int	scan_fail(struct scan *scan, size_t column, const char *fmt, ...)
	    __attribute__((__format__(printf, 3, 4)));

/* "column N: expected WHAT, found ..." of the word scanned last.  -1. */
int	scan_expected(struct scan *scan, const char *what);

#endif
