/* SPDX-License-Identifier: ISC */
#ifndef NAT_STATE_H
#define NAT_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "nat.h"

/*
 * A snapshot of the sessions, to memory and from it; no input, no output.
 *
 * It is for the machine it was made on: numbers are in the order of bytes of
 * the processor, and one made by another is refused, as one of another version.
 * It comes in blocks, each with a CRC32C of its own.  Mappings and hosts follow
 * from the sessions.  What is written while packets go on is each session as
 * it was when its turn came.
 */

#define NAT_STATE_BLOCK_MAX	65536

/* How far a snapshot is. */
struct nat_state {
	int64_t		 wall;
	uint64_t	 sessions;	/* written */
	uint32_t	 at;
	int		 stage;
};

/* wall: the time, ns since 1970. */
void	 nat_state_begin(struct nat_state *, int64_t wall);
/* The next block into buf, NAT_STATE_BLOCK_MAX bytes.  Its length; 0: the end. */
size_t	 nat_state_next(struct nat_state *, const struct nat *, uint8_t *buf);

struct nat_state_counts {
	unsigned int	 restored;
	unsigned int	 expired;	/* in the time between */
	unsigned int	 refused;	/* the rules would not have made them */
};

/*
 * Take the sessions of a snapshot into an engine that has none.  now: the
 * engine's clock, wall: the time now.  Sessions are as old as they are; those
 * that have expired, and those that the present rules would not have made, are
 * left out.  Nothing is taken of a snapshot with a fault anywhere.
 * 0, or -1 with a sentence.
 */
int	 nat_state_load(struct nat *, const uint8_t *buf, size_t len,
	    uint64_t now, int64_t wall, struct nat_state_counts *,
	    char *errbuf, size_t errlen);

#endif
