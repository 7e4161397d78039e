/* SPDX-License-Identifier: ISC */
#ifndef FLOW_FRAGMENT_H
#define FLOW_FRAGMENT_H

#include <stdint.h>

#include "divertutil.h"
#include "flow_tuple.h"

/*
 * Fragments: the flow of a datagram is known by its first, and remembered for
 * those without ports that come after it.
 */

#define FLOW_FRAGMENTS		1024u	/* datagrams at once */

struct flow_fragments;

/* Where a datagram is counted: what the flow table makes of that. */
struct flow_place {
	uint32_t	 index;
	uint32_t	 generation;
	uint8_t		 side;		/* enum flow_side */
};

/* A fragment that has not the beginning of what is in the datagram. */
static inline int
is_later_fragment(const struct divert_layout *layout)
{
	return ((layout->flags & (DIVERT_LAYOUT_FRAGMENT |
	    DIVERT_LAYOUT_FIRST)) == DIVERT_LAYOUT_FRAGMENT);
}

/* seed: of the hash, copied.  NULL: ENOMEM. */
struct flow_fragments *flow_fragments_new(const uint64_t seed[2]);
void	 flow_fragments_free(struct flow_fragments *);

/* What was learned of all datagrams holds no more. */
void	 flow_fragments_forget(struct flow_fragments *);

/*
 * The first fragment of a datagram was counted there.  key: its addresses are
 * looked at.  Another datagram may be forgotten for that.
 */
void	 flow_fragments_learn(struct flow_fragments *, const uint8_t *data,
	    const struct divert_layout *, const struct flow_tuple *key,
	    const struct flow_place *, int64_t now);

/* Where that was, borrowed; NULL: not known, or more than 30 s ago. */
const struct flow_place *flow_fragments_find(const struct flow_fragments *,
	    const uint8_t *data, const struct divert_layout *,
	    const struct flow_tuple *key, int64_t now);

#endif
