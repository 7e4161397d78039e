/* SPDX-License-Identifier: ISC */

/*
 * Slots are open addressing with linear probing, at most half full.  Those
 * that are freed are closed at once, so that none is ever passed over.
 */

#include "compat.h"

#include <stdlib.h>
#include <string.h>

#include "flow_store.h"

int
flow_store_init(struct flow_store *store, unsigned int max)
{
	size_t	 i, slots;

	memset(store, 0, sizeof(*store));
	slots = 2;
	while (slots < (size_t)max * 2)
		slots *= 2;
	if ((store->memory = calloc((size_t)max + 1,
	    sizeof(*store->entries))) == NULL ||
	    (store->slots = calloc(slots, sizeof(*store->slots))) == NULL)
		return (-1);
	store->entries = (struct flow_entry *)(((uintptr_t)store->memory +
	    FLOW_CACHE_LINE - 1) & ~(uintptr_t)(FLOW_CACHE_LINE - 1));
	for (i = 0; i < slots; i++)
		store->slots[i].index = FLOW_NONE;
	store->mask = (uint32_t)slots - 1;
	store->unused = FLOW_NONE;
	return (0);
}

void
flow_store_free(struct flow_store *store)
{
	free(store->memory);
	free(store->slots);
}

uint32_t
flow_store_find(const struct flow_store *store, const struct flow_tuple *key,
    uint32_t hash, enum flow_side *side)
{
	const struct flow_slot	*slot;
	const struct flow_tuple	*other;
	uint32_t		 s;

	for (s = hash & store->mask; (slot = &store->slots[s])->index !=
	    FLOW_NONE; s = (s + 1) & store->mask) {
		if (slot->hash != hash)
			continue;
		other = &store->entries[slot->index].flow.key;
		*side = FLOW_TOSERVER;
		if (flow_tuple_same(key, other))
			return (slot->index);
		*side = FLOW_TOCLIENT;
		if (flow_tuple_turned(key, other))
			return (slot->index);
	}
	*side = FLOW_TOSERVER;
	return (FLOW_NONE);
}

uint32_t
flow_store_add(struct flow_store *store, const struct flow_tuple *key,
    uint32_t hash)
{
	struct flow_entry	*entry;
	uint32_t		 generation, i, s;

	if ((i = store->unused) != FLOW_NONE)
		store->unused = store->entries[i].hash;
	else
		i = store->fresh++;
	entry = &store->entries[i];
	generation = entry->generation;
	memset(entry, 0, sizeof(*entry));
	entry->generation = generation;
	entry->hash = hash;
	entry->flow.key = *key;

	for (s = hash & store->mask; store->slots[s].index != FLOW_NONE;
	    s = (s + 1) & store->mask)
		;
	store->slots[s].hash = hash;
	store->slots[s].index = i;
	return (i);
}

static uint32_t
slot_of(const struct flow_store *store, uint32_t i)
{
	uint32_t	 s;

	for (s = store->entries[i].hash & store->mask;
	    store->slots[s].index != i; s = (s + 1) & store->mask)
		;
	return (s);
}

/* Free a slot, and move up those behind that were displaced over it. */
static void
free_slot(struct flow_store *store, uint32_t s)
{
	struct flow_slot	*slots = store->slots;
	uint32_t		 home, t;

	for (t = (s + 1) & store->mask; slots[t].index != FLOW_NONE;
	    t = (t + 1) & store->mask) {
		home = slots[t].hash & store->mask;
		if (((t - home) & store->mask) >= ((t - s) & store->mask)) {
			slots[s] = slots[t];
			s = t;
		}
	}
	slots[s].index = FLOW_NONE;
}

void
flow_store_remove(struct flow_store *store, uint32_t i)
{
	struct flow_entry	*entry = &store->entries[i];

	free_slot(store, slot_of(store, i));
	entry->generation++;
	entry->hash = store->unused;
	store->unused = i;
}
