/* SPDX-License-Identifier: ISC */
#ifndef HOLD_H
#define HOLD_H

#include <sys/queue.h>

#include <stdint.h>

#include "divertutil.h"

/*
 * The packets a filter has: held until they come back, found again by what
 * comes back.  Memory is bounded and taken once: a number of packets, and
 * 16 MiB for those above 2 KiB.
 */

struct held {
	struct divert_packet	 pkt;		/* data is a copy */
	uint64_t		 seq;		/* order of arrival */
	uint64_t		 deadline;	/* loop_now(); the caller's */

	/* hold.c's */
	TAILQ_ENTRY(held)	 order;
	LIST_ENTRY(held)	 by_id;
	LIST_ENTRY(held)	 by_bytes;
	LIST_ENTRY(held)	 by_flow;
	uint32_t		 bytes_hash;
	uint32_t		 flow_hash;
	uint8_t			*slot;
	int			 large;
};

struct hold;

/* window: packets at most.  Ends the program when there is no memory. */
struct hold *hold_new(unsigned int window);

/* A copy of pkt, or NULL: full. */
struct held *hold_add(struct hold *hold, const struct divert_packet *pkt);
void	 hold_release(struct hold *hold, struct held *held);

/* The one that arrived first, or NULL. */
struct held *hold_oldest(const struct hold *hold);
unsigned int hold_count(const struct hold *hold);

/*
 * The held packet that pkt is the return of: by its id; else by identical
 * bytes, oldest first; else by addresses, ports and IP id (or TCP sequence
 * number, or ICMP sequence) where just one held packet has them.  Never by
 * position.  NULL: none.
 */
struct held *hold_find(struct hold *hold, const struct divert_packet *pkt);

#endif
