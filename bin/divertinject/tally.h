/* SPDX-License-Identifier: ISC */
#ifndef TALLY_H
#define TALLY_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "reject.h"

/* What went out, when, and how fast; and what did not. */
struct tally {
	uint64_t	 read;		/* packets */
	uint64_t	 injected;
	uint64_t	 bytes;		/* of those injected */
	uint64_t	 repaired;	/* with a checksum or a length changed */
	uint64_t	 failed;	/* the kernel refused */
	uint64_t	 no_answer[REJECT_REASONS];
	uint64_t	 rate_limited;	/* answers not sent */
	struct timespec	 first;		/* UTC; of packets injected */
	struct timespec	 last;
	uint64_t	 begun;		/* the same, monotonic, ns */
	uint64_t	 ended;
};

/* A batch is about to go, or has just gone. */
void	 tally_begin(struct tally *tally);
void	 tally_end(struct tally *tally);

/* Seconds from the first to the last. */
double	 tally_seconds(const struct tally *tally);

/*
 * Add the figures to the statistics (a json_t object), or as text that
 * follows a line.  loops: how often all was begun.
 */
void	 tally_stats(const struct tally *tally, uint64_t loops, void *json,
	    char *text, size_t size);

#endif
