/* SPDX-License-Identifier: ISC */
#ifndef RETURNS_H
#define RETURNS_H

#include "cat.h"
#include "flow_memory.h"
#include "hold.h"

/*
 * What a packet that comes back from the filter means: the verdict on the one
 * that is held, or a packet to inject.
 */
struct returns {
	const struct cat_options *options;
	struct pump		*pump;
	struct hold		*hold;		/* what the filter has */
	struct flow_memory	*flows;
	uint64_t		 latest;	/* seq of those that came back */
	uint64_t		 returned;
	uint64_t		 unmatched;
	uint64_t		 refused;	/* could not be injected */
	uint64_t		 no_direction;
};

enum returns_kind {
	RETURNS_JUDGED,		/* of a held packet */
	RETURNS_LATE,		/* of one that is held no more */
	RETURNS_MADE		/* made by the filter, as far as we know */
};

void	 returns_init(struct returns *returns,
	    const struct cat_options *options, struct pump *pump);

/* Give the verdict, or inject; pkt's bytes may be repaired in place. */
enum returns_kind returns_take(struct returns *returns,
	    struct divert_packet *pkt);

/* As struct pump_handler.stats. */
void	 returns_stats(const struct returns *returns, void *json, char *text,
	    size_t size);

#endif
