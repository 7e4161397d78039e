/* SPDX-License-Identifier: ISC */

/*
 * The flow table.
 *
 * Flows with the same idle time are in one list, which a packet makes its flow
 * the last of: a list is in the order of deadlines, its head the next to end,
 * and the five heads tell what was seen least recently.  One more list is in
 * the order of the first packets since the last report, for the active timeout.
 *
 * All deadlines are of table->clock, which follows the time that is passed in
 * and never goes back by little; when it goes back by much, what the deadlines
 * are made of is moved with it.  flow->start and end are of the packets.
 */

#include "compat.h"

#include <netinet/in.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flow.h"
#include "flow_fragment.h"
#include "flow_list.h"
#include "flow_store.h"
#include "flow_tcp.h"

#define SECOND		INT64_C(1000000000)
#define TIME_MAX	(INT64_C(9000000000) * SECOND)
#define TIMEOUT_MAX	1e8		/* seconds: TIME_MAX and it fit, and
					 * three years are for ever */
#define BACKWARDS	(60 * SECOND)	/* more is a clock that was set */
#define LONG_AGO	(INT64_MIN / 4)

/* Lists, by idle time; FLOW_LINGER's first: its flows have ended. */
enum list_name {
	CLOSED,
	TCP_NEW,
	TCP,
	NEW,
	OTHER,
	IDLE_LISTS,
	ACTIVE = IDLE_LISTS,
	LISTS
};

struct flow_table {
	struct flow_options options;
	struct flow_store store;
	struct flow_fragments *fragments;
	struct flow_link *links;	/* idle, then active if wanted */
	struct flow_list lists[LISTS];
	int64_t		 timeouts[LISTS];
	int64_t		 clock;
	int64_t		 due;		/* nothing is, before */
	int		 started;	/* clock is set */
	struct flow_counts counts;
};

static const char	*const reason_names[FLOW_REASON_MAX] = {
	"timeout", "active", "fin", "rst", "shutdown", "forced"
};

const char *
flow_reason_name(enum flow_reason reason)
{
	return (reason < FLOW_REASON_MAX ? reason_names[reason] : "unknown");
}

const char *
flow_state_name(enum flow_state state)
{
	static const char	*const names[] = {
		"new", "established", "closed"
	};

	return (state <= FLOW_CLOSED ? names[state] : "unknown");
}

int64_t
flow_time(const struct timespec *ts)
{
	if (ts->tv_sec < 0)
		return (0);
	if (ts->tv_sec >= TIME_MAX / SECOND)
		return (TIME_MAX);
	return ((int64_t)ts->tv_sec * SECOND + (int64_t)ts->tv_nsec);
}

static int64_t
shorter(double seconds, double most)
{
	return ((int64_t)((seconds > 0 && seconds < most ? seconds : most) *
	    (double)SECOND));
}

static void
set_timeouts(struct flow_table *table)
{
	static const double	 defaults[IDLE_LISTS] = {
		FLOW_LINGER, FLOW_IDLE_TCP_NEW, FLOW_IDLE_TCP, FLOW_IDLE_NEW,
		FLOW_IDLE
	};
	double			 idle = table->options.idle;
	int			 i;

	for (i = 0; i < IDLE_LISTS; i++)
		table->timeouts[i] = shorter(idle,
		    idle > 0 && i != CLOSED ? TIMEOUT_MAX : defaults[i]);
	table->timeouts[ACTIVE] = shorter(table->options.active,
	    TIMEOUT_MAX);
}

/* No NaN passes. */
static int
is_timeout(double seconds)
{
	return (seconds >= 0);
}

static int
allocate(struct flow_table *table)
{
	size_t	 max = table->options.max;
	int	 active = table->options.active > 0, i;

	if (flow_store_init(&table->store, table->options.max) == -1 ||
	    (table->links = calloc(active ? max * 2 : max,
	    sizeof(*table->links))) == NULL ||
	    (table->fragments = flow_fragments_new(table->options.seed)) ==
	    NULL)
		return (-1);
	for (i = 0; i < IDLE_LISTS; i++)
		flow_list_init(&table->lists[i], table->links);
	flow_list_init(&table->lists[ACTIVE], active ? table->links + max :
	    NULL);
	return (0);
}

struct flow_table *
flow_table_new(const struct flow_options *options)
{
	struct flow_table	*table;

	if (options->max > FLOW_MAX_LIMIT || !is_timeout(options->idle) ||
	    !is_timeout(options->active)) {
		errno = EINVAL;
		return (NULL);
	}
	if ((table = calloc(1, sizeof(*table))) == NULL)
		return (NULL);
	table->options = *options;
	if (table->options.max == 0)
		table->options.max = FLOW_MAX_DEFAULT;
	table->counts.max = table->options.max;
	if (allocate(table) == -1) {
		flow_table_free(table);
		errno = ENOMEM;
		return (NULL);
	}
	set_timeouts(table);
	table->due = INT64_MAX;
	return (table);
}

void
flow_table_free(struct flow_table *table)
{
	if (table == NULL)
		return;
	flow_store_free(&table->store);
	flow_fragments_free(table->fragments);
	free(table->links);
	free(table);
}

void
flow_counts(const struct flow_table *table, struct flow_counts *counts)
{
	*counts = table->counts;
}

int64_t
flow_due(const struct flow_table *table)
{
	return (table->due);
}

static struct flow_entry *
entry_of(const struct flow_table *table, uint32_t i)
{
	return (&table->store.entries[i]);
}

/* When the entry's time is up in that list. */
static int64_t
deadline(const struct flow_table *table, enum list_name name, uint32_t i)
{
	const struct flow_entry	*entry = entry_of(table, i);

	return ((name == ACTIVE ? entry->since : entry->seen) +
	    table->timeouts[name]);
}

static void
append(struct flow_table *table, enum list_name name, uint32_t i)
{
	int64_t	 when;

	flow_list_append(&table->lists[name], i);
	/* Behind others it is not the next to be due. */
	if (table->lists[name].head == i &&
	    (when = deadline(table, name, i)) < table->due)
		table->due = when;
}

static void
report(struct flow_table *table, struct flow *flow, enum flow_reason reason,
    int64_t when)
{
	flow->reason = (uint8_t)reason;
	flow->ended = when > flow->end ? when : flow->end;
	table->counts.reported[reason]++;
	if (table->options.ended != NULL)
		table->options.ended(table->options.arg, flow);
}

static int
has_packets(const struct flow *flow)
{
	return ((flow->packets[FLOW_TOSERVER] |
	    flow->packets[FLOW_TOCLIENT]) != 0);
}

static int
is_watched(const struct flow_table *table, const struct flow *flow)
{
	return (table->options.active > 0 && has_packets(flow));
}

/* End a flow; nothing is reported twice, so not what came to a report. */
static void
end_flow(struct flow_table *table, uint32_t i, enum flow_reason reason,
    int64_t when)
{
	struct flow_entry	*entry = entry_of(table, i);

	if (entry->flow.state == FLOW_CLOSED)
		reason = entry->tcp.closed_by;
	flow_list_remove(&table->lists[entry->list], i);
	if (is_watched(table, &entry->flow))
		flow_list_remove(&table->lists[ACTIVE], i);
	flow_store_remove(&table->store, i);
	if (has_packets(&entry->flow))
		report(table, &entry->flow, reason, when);
	table->counts.active--;
}

/* Report a flow that goes on. */
static void
report_active(struct flow_table *table, uint32_t i, int64_t when)
{
	struct flow	*flow = &entry_of(table, i)->flow;

	flow_list_remove(&table->lists[ACTIVE], i);
	report(table, flow, FLOW_ACTIVE, when);
	memset(flow->packets, 0, sizeof(flow->packets));
	memset(flow->bytes, 0, sizeof(flow->bytes));
	memset(flow->tcp_flags, 0, sizeof(flow->tcp_flags));
}

/* The list whose head is the next to be due; LISTS: all are empty. */
static enum list_name
next_due(const struct flow_table *table, enum list_name names, int64_t *when)
{
	enum list_name	 best = LISTS, name;
	int64_t		 t;

	*when = INT64_MAX;
	for (name = 0; name < names; name++) {
		if (table->lists[name].head == FLOW_NONE)
			continue;
		t = deadline(table, name, table->lists[name].head);
		if (best == LISTS || t < *when) {
			best = name;
			*when = t;
		}
	}
	return (best);
}

static unsigned int
end_due(struct flow_table *table)
{
	enum list_name	 name;
	unsigned int	 n;
	int64_t		 when;

	for (n = 0;; n++) {
		name = next_due(table, LISTS, &when);
		if (when > table->clock ||
		    (n > 0 && n == table->options.burst))
			break;
		if (name == ACTIVE)
			report_active(table, table->lists[name].head, when);
		else
			end_flow(table, table->lists[name].head, FLOW_TIMEOUT,
			    when);
	}
	table->due = when;
	return (n);
}

/* The clock was set back: the flows stay as old as they are. */
static void
set_back(struct flow_table *table, int64_t by)
{
	struct flow_entry	*entry;
	struct flow_list	*list;
	uint32_t	 i;
	int		 name;

	for (name = 0; name < IDLE_LISTS; name++) {
		list = &table->lists[name];
		for (i = list->head; i != FLOW_NONE; i = list->links[i].next) {
			entry = entry_of(table, i);
			/* What a bounded burst left may be of long ago. */
			entry->seen = entry->seen < LONG_AGO + by ? LONG_AGO :
			    entry->seen - by;
			entry->since = entry->since < LONG_AGO + by ?
			    LONG_AGO : entry->since - by;
		}
	}
	if (table->due != INT64_MAX)
		table->due = table->due < LONG_AGO + by ? LONG_AGO :
		    table->due - by;
	flow_fragments_forget(table->fragments);
}

static int64_t
set_clock(struct flow_table *table, int64_t now)
{
	now = now < 0 ? 0 : now > TIME_MAX ? TIME_MAX : now;
	if (!table->started || now > table->clock)
		table->clock = now;
	else if (now < table->clock - BACKWARDS) {
		set_back(table, table->clock - now);
		table->clock = now;
	}
	table->started = 1;
	return (now);
}

unsigned int
flow_expire(struct flow_table *table, int64_t now)
{
	set_clock(table, now);
	return (table->clock < table->due ? 0 : end_due(table));
}

unsigned int
flow_flush(struct flow_table *table, enum flow_reason reason)
{
	enum list_name	 name;
	unsigned int	 n;
	int64_t		 when;

	for (n = 0; n == 0 || n != table->options.burst; n++) {
		if ((name = next_due(table, IDLE_LISTS, &when)) == LISTS) {
			table->due = INT64_MAX;
			break;
		}
		end_flow(table, table->lists[name].head, reason, table->clock);
	}
	return (n);
}

/* Make room: what is closed first, else what was seen least recently. */
static void
end_oldest(struct flow_table *table)
{
	const struct flow_list	*list;
	uint32_t		 oldest = FLOW_NONE;
	int			 name;

	for (name = 0; name < IDLE_LISTS; name++) {
		list = &table->lists[name];
		if (list->head != FLOW_NONE && (oldest == FLOW_NONE ||
		    entry_of(table, list->head)->seen <
		    entry_of(table, oldest)->seen))
			oldest = list->head;
		if (name == CLOSED && oldest != FLOW_NONE)
			break;
	}
	end_flow(table, oldest, FLOW_FORCED, table->clock);
}

static uint32_t
make(struct flow_table *table, const struct flow_tuple *key, uint32_t hash,
    const struct divert_packet *pkt, const struct divert_layout *layout)
{
	struct flow_entry	*entry;
	struct flow		*flow;
	uint32_t		 i;

	if (table->counts.active == table->options.max)
		end_oldest(table);
	i = flow_store_add(&table->store, key, hash);
	entry = entry_of(table, i);
	entry->list = LISTS;
	flow = &entry->flow;
	flow->version = flow_tuple_version(key);
	flow->kind = flow_tuple_kind(key);
	if (flow->kind == FLOW_QUERY || flow->kind == FLOW_ONE_WAY) {
		flow->icmp_type = layout->icmp_type;
		flow->icmp_code = pkt->data[layout->l4_off + 1];
	}
	flow->direction = pkt->direction;
	memcpy(flow->ifname, pkt->ifname, sizeof(flow->ifname));
	if (!table->options.no_community_id)
		flow_tuple_community_id(key, table->options.community_seed,
		    flow->community_id);
	table->counts.made++;
	if (++table->counts.active > table->counts.peak)
		table->counts.peak = table->counts.active;
	return (i);
}

/* Whether this packet shows that both sides take part. */
static int
establishes(const struct flow_entry *entry, int flags)
{
	return (entry->sides == 3 && (flags == -1 || flow_tcp_goes_on(flags)));
}

static enum list_name
list_of(const struct flow_entry *entry)
{
	const struct flow	*flow = &entry->flow;

	if (flow->state == FLOW_CLOSED)
		return (CLOSED);
	if (flow->key.proto == IPPROTO_TCP && flow->kind == FLOW_PORTS)
		return (flow->state == FLOW_NEW ||
		    flow_tcp_has_fins(&entry->tcp) ? TCP_NEW : TCP);
	return (flow->state == FLOW_NEW ? NEW : OTHER);
}

static void
count(struct flow_table *table, uint32_t i, enum flow_side side,
    const struct divert_packet *pkt, int flags, int64_t now)
{
	struct flow_entry	*entry = entry_of(table, i);
	struct flow	*flow = &entry->flow;
	enum list_name	 list;
	int		 first = !has_packets(flow);

	if (first) {
		flow->start = flow->end = now;
		entry->since = table->clock;
	} else if (now > flow->end)
		flow->end = now;
	entry->seen = table->clock;
	entry->sides |= (uint8_t)(1 << side);
	flow->packets[side]++;
	flow->bytes[side] += pkt->wirelen > pkt->len ? pkt->wirelen : pkt->len;
	if (flags != -1)
		flow_tcp_follow(&entry->tcp, flow, side, (uint8_t)flags);
	if (flow->state == FLOW_NEW && establishes(entry, flags))
		flow->state = FLOW_ESTABLISHED;

	list = list_of(entry);
	if (list != entry->list || table->lists[list].tail != i) {
		if (entry->list != LISTS)
			flow_list_remove(&table->lists[entry->list], i);
		entry->list = (uint8_t)list;
		append(table, list, i);
	}
	if (first && table->options.active > 0)
		append(table, ACTIVE, i);
}

/*
 * What ends before this packet is counted, were it not for a bounded burst:
 * FLOW_NONE if the flow did.  A new connection ends the closed one before it.
 */
static uint32_t
settle(struct flow_table *table, uint32_t i, int flags)
{
	struct flow_entry	*entry = entry_of(table, i);
	int64_t		 when;

	when = deadline(table, entry->list, i);
	if (when <= table->clock) {
		end_flow(table, i, FLOW_TIMEOUT, when);
		return (FLOW_NONE);
	}
	if (entry->flow.state == FLOW_CLOSED && flow_tcp_begins(flags)) {
		end_flow(table, i, FLOW_FIN, table->clock);
		return (FLOW_NONE);
	}
	if (is_watched(table, &entry->flow) &&
	    (when = deadline(table, ACTIVE, i)) <= table->clock)
		report_active(table, i, when);
	return (i);
}

/* The flow of a fragment without ports, where that is known. */
static uint32_t
find_of_fragment(const struct flow_table *table, const uint8_t *data,
    const struct divert_layout *layout, const struct flow_tuple *key,
    enum flow_side *side)
{
	const struct flow_place	*place;

	place = flow_fragments_find(table->fragments, data, layout, key,
	    table->clock);
	if (place == NULL ||
	    entry_of(table, place->index)->generation != place->generation)
		return (FLOW_NONE);
	*side = place->side;
	return (place->index);
}

static void
learn_fragment(struct flow_table *table, const uint8_t *data,
    const struct divert_layout *layout, const struct flow_tuple *key,
    uint32_t i, enum flow_side side)
{
	struct flow_place	 place;

	place.index = i;
	place.generation = entry_of(table, i)->generation;
	place.side = (uint8_t)side;
	flow_fragments_learn(table->fragments, data, layout, key, &place,
	    table->clock);
}

const struct flow *
flow_packet(struct flow_table *table, const struct divert_packet *pkt,
    const struct divert_layout *layout, int64_t now)
{
	struct flow_tuple	 key;
	enum flow_side		 side;
	uint32_t		 hash, i;
	int			 flags;

	now = set_clock(table, now);
	if (table->clock >= table->due)
		end_due(table);
	if (flow_tuple_make(&key, pkt->data, layout) == -1) {
		table->counts.no_header++;
		return (NULL);
	}
	flags = flow_tcp_flags(pkt->data, layout);
	i = FLOW_NONE;
	if (is_later_fragment(layout)) {
		i = find_of_fragment(table, pkt->data, layout, &key, &side);
		if (i != FLOW_NONE)
			i = settle(table, i, -1);
	}
	if (i == FLOW_NONE) {
		hash = flow_tuple_hash(&key, table->options.seed);
		i = flow_store_find(&table->store, &key, hash, &side);
		if (i != FLOW_NONE &&
		    (i = settle(table, i, flags)) == FLOW_NONE)
			side = FLOW_TOSERVER;
		if (i == FLOW_NONE)
			i = make(table, &key, hash, pkt, layout);
	}
	count(table, i, side, pkt, flags, now);
	if (layout->flags & DIVERT_LAYOUT_FIRST)
		learn_fragment(table, pkt->data, layout, &key, i, side);
	return (&entry_of(table, i)->flow);
}
