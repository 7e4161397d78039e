/* SPDX-License-Identifier: ISC */
#ifndef FLOW_STORE_H
#define FLOW_STORE_H

#include <stdint.h>

#include "flow.h"
#include "flow_list.h"
#include "flow_tcp.h"

/*
 * Where flows are: entries in an array made once, and the slots that find them
 * by their keys.
 */

#define FLOW_CACHE_LINE	64

/*
 * What every packet needs is in the first two cache lines, of which an entry
 * has three.
 */
struct flow_entry {
	_Alignas(FLOW_CACHE_LINE) int64_t seen;	/* clock at the last packet */
	int64_t		 since;		/* clock at the first since a report */
	uint32_t	 hash;		/* unused: number of the next unused */
	uint32_t	 generation;	/* counts the flows in this place */
	uint8_t		 list;		/* enum list_name */
	uint8_t		 sides;		/* a bit for each that was seen */
	struct flow_tcp	 tcp;
	struct flow	 flow;
};

struct flow_slot {
	uint32_t	 hash;
	uint32_t	 index;		/* of the entry, FLOW_NONE: free */
};

struct flow_store {
	struct flow_entry *entries;	/* in memory at a cache line */
	void		*memory;
	struct flow_slot *slots;
	uint32_t	 mask;		/* slots - 1 */
	uint32_t	 fresh;		/* entries from here on were never used */
	uint32_t	 unused;	/* the first of those that were */
};

/* Room for so many.  0, or -1: ENOMEM, and flow_store_free() is to be called. */
int	 flow_store_init(struct flow_store *, unsigned int max);
void	 flow_store_free(struct flow_store *);

/*
 * The entry of a key, and the side that its packet came from, as the entry's
 * first packet has them; FLOW_NONE and FLOW_TOSERVER: there is none.
 */
uint32_t flow_store_find(const struct flow_store *, const struct flow_tuple *,
	    uint32_t hash, enum flow_side *);

/* An entry for a key that is not there, all 0 else.  There must be room. */
uint32_t flow_store_add(struct flow_store *, const struct flow_tuple *,
	    uint32_t hash);

/* Give back an entry: its flow stays as it is until the next is added. */
void	 flow_store_remove(struct flow_store *, uint32_t i);

#endif
