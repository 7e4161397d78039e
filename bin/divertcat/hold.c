/* SPDX-License-Identifier: ISC */

#include "compat.h"

#include <sys/mman.h>
#include <sys/queue.h>

#include <stdlib.h>
#include <string.h>

#include "flow_key.h"
#include "hold.h"
#include "msg.h"

#define SMALL_SIZE	2048
#define LARGE_SIZE	(DIVERT_HEADROOM + DIVERT_PACKET_MAX + 1)
#define LARGE_BYTES	((size_t)16 << 20)
#define BUCKETS		4096u		/* a power of 2 */

TAILQ_HEAD(held_order, held);
LIST_HEAD(held_bucket, held);

struct hold {
	struct held_order	 order;
	struct held_bucket	 ids[BUCKETS];
	struct held_bucket	 bytes[BUCKETS];
	struct held_bucket	 flows[BUCKETS];
	struct held		*entries;
	struct held		**free;		/* stacks */
	uint8_t			**small;
	uint8_t			**large;
	unsigned int		 nfree;
	unsigned int		 nsmall;
	unsigned int		 nlarge;
	unsigned int		 window;
	int			 by_content;	/* the other two tables too */
	uint64_t		 seq;
};

static void *
reserve(size_t size)
{
	void	*p;

	/* Pages never used cost nothing: the bound is not the footprint. */
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON,
	    -1, 0);
	if (p == MAP_FAILED)
		msg_die(1, "out of memory");
	return (p);
}

static uint8_t **
make_slots(size_t size, unsigned int n)
{
	uint8_t		**stack, *memory;
	unsigned int	 i;

	stack = reserve(n * sizeof(*stack));
	memory = reserve(n * size);
	/* Taken from the end: the first pages are used first. */
	for (i = 0; i < n; i++)
		stack[n - 1 - i] = memory + i * size;
	return (stack);
}

struct hold *
hold_new(unsigned int window)
{
	struct hold	*hold;
	unsigned int	 i;

	hold = reserve(sizeof(*hold));
	hold->window = window;
	hold->entries = reserve(window * sizeof(*hold->entries));
	hold->free = reserve(window * sizeof(*hold->free));
	for (i = 0; i < window; i++)
		hold->free[window - 1 - i] = &hold->entries[i];
	hold->nfree = hold->nsmall = window;
	hold->small = make_slots(SMALL_SIZE, window);
	hold->nlarge = (unsigned int)(LARGE_BYTES / LARGE_SIZE);
	if (hold->nlarge > window)
		hold->nlarge = window;
	hold->large = make_slots(LARGE_SIZE, hold->nlarge);
	TAILQ_INIT(&hold->order);
	return (hold);
}

/* Equal packets hash equal; few others do. */
static uint32_t
hash_bytes(const uint8_t *data, uint32_t len)
{
	uint32_t	 hash, n;

	n = len < 96 ? len : 96;
	hash = flow_hash(data, n) ^ len * 0x9e3779b1u;
	if (len > n)
		hash ^= flow_hash(data + len - 32, 32) << 1;
	return (hash);
}

static uint32_t
hash_flow(const struct divert_packet *pkt)
{
	struct flow_key	 key;

	if (flow_key_make(pkt, &key) == -1)
		return (0);
	return (flow_hash(&key, sizeof(key)));
}

/* Enter a held packet where it is found by what it says. */
static void
enter_content(struct hold *hold, struct held *held)
{
	held->bytes_hash = hash_bytes(held->pkt.data, held->pkt.len);
	held->flow_hash = hash_flow(&held->pkt);
	LIST_INSERT_HEAD(&hold->bytes[held->bytes_hash % BUCKETS], held,
	    by_bytes);
	LIST_INSERT_HEAD(&hold->flows[held->flow_hash % BUCKETS], held,
	    by_flow);
}

/*
 * Find by content from now on.  Not from the beginning: most filters return
 * the ids, and then this is a third of the work of holding.
 */
static void
begin_content(struct hold *hold)
{
	struct held	*held;

	TAILQ_FOREACH(held, &hold->order, order)
		enter_content(hold, held);
	hold->by_content = 1;
}

struct held *
hold_add(struct hold *hold, const struct divert_packet *pkt)
{
	struct held	*held;
	int		 large;

	large = pkt->len > SMALL_SIZE - DIVERT_HEADROOM;
	if (hold->nfree == 0 || (large && hold->nlarge == 0) ||
	    pkt->len > DIVERT_PACKET_MAX)
		return (NULL);
	held = hold->free[--hold->nfree];
	held->large = large;
	held->slot = large ? hold->large[--hold->nlarge] :
	    hold->small[--hold->nsmall];
	held->pkt = *pkt;
	held->pkt.data = held->slot + DIVERT_HEADROOM;
	memcpy(held->pkt.data, pkt->data, pkt->len);
	held->seq = ++hold->seq;
	TAILQ_INSERT_TAIL(&hold->order, held, order);
	LIST_INSERT_HEAD(&hold->ids[pkt->id % BUCKETS], held, by_id);
	if (hold->by_content)
		enter_content(hold, held);
	return (held);
}

void
hold_release(struct hold *hold, struct held *held)
{
	TAILQ_REMOVE(&hold->order, held, order);
	LIST_REMOVE(held, by_id);
	if (hold->by_content) {
		LIST_REMOVE(held, by_bytes);
		LIST_REMOVE(held, by_flow);
	}
	if (held->large)
		hold->large[hold->nlarge++] = held->slot;
	else
		hold->small[hold->nsmall++] = held->slot;
	hold->free[hold->nfree++] = held;
}

struct held *
hold_oldest(const struct hold *hold)
{
	return (TAILQ_FIRST(&hold->order));
}

unsigned int
hold_count(const struct hold *hold)
{
	return (hold->window - hold->nfree);
}

static struct held *
find_id(struct hold *hold, uint32_t id)
{
	struct held	*held;

	LIST_FOREACH(held, &hold->ids[id % BUCKETS], by_id)
		if (held->pkt.id == id)
			return (held);
	return (NULL);
}

static struct held *
find_bytes(struct hold *hold, const struct divert_packet *pkt)
{
	struct held	*held, *oldest = NULL;
	uint32_t	 hash;

	hash = hash_bytes(pkt->data, pkt->len);
	LIST_FOREACH(held, &hold->bytes[hash % BUCKETS], by_bytes)
		if (held->bytes_hash == hash && held->pkt.len == pkt->len &&
		    memcmp(held->pkt.data, pkt->data, pkt->len) == 0 &&
		    (oldest == NULL || held->seq < oldest->seq))
			oldest = held;
	return (oldest);
}

static struct held *
find_flow(struct hold *hold, const struct divert_packet *pkt)
{
	struct flow_key	 key, other;
	struct held	*held, *only = NULL;
	uint32_t	 hash;

	if (flow_key_make(pkt, &key) == -1)
		return (NULL);
	hash = flow_hash(&key, sizeof(key));
	LIST_FOREACH(held, &hold->flows[hash % BUCKETS], by_flow) {
		if (held->flow_hash != hash ||
		    flow_key_make(&held->pkt, &other) == -1 ||
		    memcmp(&key, &other, sizeof(key)) != 0)
			continue;
		if (only != NULL)
			return (NULL);
		only = held;
	}
	return (only);
}

struct held *
hold_find(struct hold *hold, const struct divert_packet *pkt)
{
	struct held	*held;

	/* An id that is not held is one that came back before, or too late:
	 * its twin in bytes is another packet. */
	if (pkt->flags & DIVERT_PACKET_HAS_ID)
		return (find_id(hold, pkt->id));
	if (pkt->len == 0)
		return (NULL);
	if (!hold->by_content)
		begin_content(hold);
	if ((held = find_bytes(hold, pkt)) != NULL)
		return (held);
	return (find_flow(hold, pkt));
}
