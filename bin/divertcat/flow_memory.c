/* SPDX-License-Identifier: ISC */

/*
 * A fixed table where a newer flow takes the place of an older one with the
 * same hash: forgetting costs a packet its direction (counted), not memory.
 */

#include "compat.h"

#include <stdlib.h>
#include <string.h>

#include "flow_key.h"
#include "flow_memory.h"
#include "msg.h"

#define ENTRIES		4096u

struct flow_memory {
	struct {
		struct flow_key	 key;
		uint32_t	 in_ifindex;
		uint32_t	 out_ifindex;
		uint8_t		 direction;
		char		 ifname[DIVERT_IFNAME_SIZE];
	} entries[ENTRIES];
};

struct flow_memory *
flow_memory_new(void)
{
	struct flow_memory	*memory;

	if ((memory = calloc(1, sizeof(*memory))) == NULL)
		msg_die(1, "out of memory");
	return (memory);
}

void
flow_memory_learn(struct flow_memory *memory, const struct divert_packet *pkt)
{
	struct flow_key	 key;
	size_t		 i;

	if (pkt->direction == DIVERT_DIRECTION_NONE ||
	    flow_key_make(pkt, &key) == -1)
		return;
	i = flow_hash(&key, FLOW_KEY_FLOW) % ENTRIES;
	memory->entries[i].key = key;
	memory->entries[i].direction = pkt->direction;
	memory->entries[i].in_ifindex = pkt->in_ifindex;
	memory->entries[i].out_ifindex = pkt->out_ifindex;
	memcpy(memory->entries[i].ifname, pkt->ifname, sizeof(pkt->ifname));
}

void
flow_memory_recall(const struct flow_memory *memory, struct divert_packet *pkt)
{
	struct flow_key	 key;
	size_t		 i;

	if (flow_key_make(pkt, &key) == -1)
		return;
	i = flow_hash(&key, FLOW_KEY_FLOW) % ENTRIES;
	if (memory->entries[i].direction == DIVERT_DIRECTION_NONE ||
	    memcmp(&memory->entries[i].key, &key, FLOW_KEY_FLOW) != 0)
		return;
	if (pkt->direction == DIVERT_DIRECTION_NONE)
		pkt->direction = memory->entries[i].direction;
	if (pkt->ifname[0] == '\0' &&
	    pkt->direction == memory->entries[i].direction) {
		memcpy(pkt->ifname, memory->entries[i].ifname,
		    sizeof(pkt->ifname));
		pkt->in_ifindex = memory->entries[i].in_ifindex;
		pkt->out_ifindex = memory->entries[i].out_ifindex;
	}
}
