/* SPDX-License-Identifier: ISC */
#ifndef FLOW_MEMORY_H
#define FLOW_MEMORY_H

#include "divertutil.h"

/*
 * The last direction and interface seen for a flow: for packets that a filter
 * made, or brought back too late, without saying where they belong.
 */
struct flow_memory;

struct flow_memory *flow_memory_new(void);
void	 flow_memory_learn(struct flow_memory *memory,
	    const struct divert_packet *pkt);
/* Fill in what pkt lacks, if its flow is known. */
void	 flow_memory_recall(const struct flow_memory *memory,
	    struct divert_packet *pkt);

#endif
