/* SPDX-License-Identifier: ISC */
#ifndef FLOW_LIST_H
#define FLOW_LIST_H

#include <stdint.h>

/*
 * Lists of entries by their numbers, in the order in which they were appended.
 * Links are apart from the entries because a packet writes those of its
 * neighbours: 8 bytes of each stay in a cache that 200 would not fit in.
 */

#define FLOW_NONE	UINT32_MAX	/* no entry */

struct flow_link {
	uint32_t	 prev;
	uint32_t	 next;
};

struct flow_list {
	struct flow_link *links;	/* by entry; lists of which an entry is
					 * in one at a time share them */
	uint32_t	 head;
	uint32_t	 tail;
};

static inline void
flow_list_init(struct flow_list *list, struct flow_link *links)
{
	list->links = links;
	list->head = list->tail = FLOW_NONE;
}

/* It is in this list. */
static inline void
flow_list_remove(struct flow_list *list, uint32_t i)
{
	struct flow_link	*link = &list->links[i];

	if (link->prev == FLOW_NONE)
		list->head = link->next;
	else
		list->links[link->prev].next = link->next;
	if (link->next == FLOW_NONE)
		list->tail = link->prev;
	else
		list->links[link->next].prev = link->prev;
}

/* It is in no list. */
static inline void
flow_list_append(struct flow_list *list, uint32_t i)
{
	list->links[i].prev = list->tail;
	list->links[i].next = FLOW_NONE;
	if (list->tail == FLOW_NONE)
		list->head = i;
	else
		list->links[list->tail].next = i;
	list->tail = i;
}

#endif
