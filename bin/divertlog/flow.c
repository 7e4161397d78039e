/* SPDX-License-Identifier: ISC */

/*
 * The flow table.
 *
 * Entries, the slots that find them (open addressing, linear probing, at most
 * half full) and their links are arrays made once.  An entry is in the list of
 * those with the same idle time, which a packet makes it the last of: a list is
 * in the order of deadlines, its head the next to end, and the five heads tell
 * what was seen least recently.  Links are apart from the entries because a
 * packet writes those of its neighbours: 8 bytes of each stay in a cache that
 * 200 would not fit in.  A second list is in the order of the first packets
 * since the last report, for the active timeout.
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
#include "flow_hash.h"

#define PROTO_SCTP	132		/* nameless on OpenBSD */
#define PROTO_UDPLITE	136

#define TH_FIN		0x01
#define TH_SYN		0x02
#define TH_RST		0x04
#define TH_ACK		0x10

#define NONE		UINT32_MAX
#define LINE		64		/* of a cache */
#define SECOND		INT64_C(1000000000)
#define TIME_MAX	(INT64_C(9000000000) * SECOND)
#define TIMEOUT_MAX	1e8		/* seconds; TIME_MAX and it fit */
#define BACKWARDS	(60 * SECOND)	/* more is a clock that was set */
#define LONG_AGO	(INT64_MIN / 4)
#define FRAGMENT_TIME	(30 * SECOND)

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

struct link {
	uint32_t	 prev;
	uint32_t	 next;
};

struct list {
	struct link	*links;
	uint32_t	 head;
	uint32_t	 tail;
	int64_t		 timeout;
};

/*
 * What every packet needs is in the first two cache lines, of which the entries
 * have three.
 */
struct entry {
	_Alignas(LINE) int64_t seen;	/* clock at the last packet */
	int64_t		 since;		/* clock at the first since a report */
	uint32_t	 hash;
	uint32_t	 generation;	/* counts the flows in this place */
	uint8_t		 list;		/* enum list_name */
	uint8_t		 sides;		/* a bit for each that was seen */
	uint8_t		 fins;		/* likewise, its FIN */
	uint8_t		 last_fin;	/* the side whose FIN was second */
	uint8_t		 closed_by;	/* enum flow_reason */
	struct flow	 flow;
};

struct slot {
	uint32_t	 hash;
	uint32_t	 index;		/* of the entry, NONE: free */
};

/* Where the fragments of one datagram go. */
struct fragment {
	uint8_t		 src[16];
	uint8_t		 dst[16];
	uint32_t	 id;
	uint8_t		 version;
	uint8_t		 proto;		/* of the IPv4 header */
	uint8_t		 side;
	uint32_t	 index;		/* NONE: nothing here */
	uint32_t	 generation;
	int64_t		 seen;
};

struct flow_table {
	struct flow_options options;
	struct entry	*entries;	/* in memory at a cache line */
	void		*memory;
	struct slot	*slots;
	struct link	*links;		/* idle, then active if wanted */
	struct fragment	*fragments;
	struct list	 lists[LISTS];
	uint32_t	 mask;		/* slots - 1 */
	uint32_t	 fresh;		/* entries from here on were never used */
	uint32_t	 unused;	/* head of those that were, by next */
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
		table->lists[i].timeout = shorter(idle,
		    idle > 0 && i != CLOSED ? TIMEOUT_MAX : defaults[i]);
	table->lists[ACTIVE].timeout = shorter(table->options.active,
	    TIMEOUT_MAX);
}

/* No NaN passes. */
static int
is_timeout(double seconds)
{
	return (seconds >= 0 && seconds <= TIMEOUT_MAX);
}

static int
allocate(struct flow_table *table)
{
	size_t	 i, links, slots;

	slots = 2;
	while (slots < (size_t)table->options.max * 2)
		slots *= 2;
	table->mask = (uint32_t)slots - 1;
	links = (size_t)table->options.max *
	    (table->options.active > 0 ? 2 : 1);
	if ((table->memory = calloc((size_t)table->options.max + 1,
	    sizeof(*table->entries))) == NULL ||
	    (table->slots = calloc(slots, sizeof(*table->slots))) == NULL ||
	    (table->links = calloc(links, sizeof(*table->links))) == NULL ||
	    (table->fragments = calloc(FLOW_FRAGMENTS,
	    sizeof(*table->fragments))) == NULL)
		return (-1);
	table->entries = (struct entry *)(((uintptr_t)table->memory + LINE -
	    1) & ~(uintptr_t)(LINE - 1));
	for (i = 0; i < slots; i++)
		table->slots[i].index = NONE;
	for (i = 0; i < LISTS; i++) {
		table->lists[i].head = table->lists[i].tail = NONE;
		table->lists[i].links = table->links +
		    (i == ACTIVE && table->options.active > 0 ?
		    table->options.max : 0);
	}
	return (0);
}

static void
forget_fragments(struct flow_table *table)
{
	unsigned int	 i;

	for (i = 0; i < FLOW_FRAGMENTS; i++)
		table->fragments[i].index = NONE;
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
	forget_fragments(table);
	table->unused = NONE;
	table->due = INT64_MAX;
	return (table);
}

void
flow_table_free(struct flow_table *table)
{
	if (table == NULL)
		return;
	free(table->memory);
	free(table->slots);
	free(table->links);
	free(table->fragments);
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

/*
 * Lists
 */

/* When the entry's time is up in that list. */
static int64_t
deadline(const struct flow_table *table, enum list_name name, uint32_t i)
{
	const struct entry	*entry = &table->entries[i];

	return ((name == ACTIVE ? entry->since : entry->seen) +
	    table->lists[name].timeout);
}

static void
unlink_entry(struct list *list, uint32_t i)
{
	struct link	*link = &list->links[i];

	if (link->prev == NONE)
		list->head = link->next;
	else
		list->links[link->prev].next = link->next;
	if (link->next == NONE)
		list->tail = link->prev;
	else
		list->links[link->next].prev = link->prev;
}

static void
append_entry(struct flow_table *table, enum list_name name, uint32_t i)
{
	struct list	*list = &table->lists[name];
	int64_t		 when;

	list->links[i].prev = list->tail;
	list->links[i].next = NONE;
	if (list->tail == NONE) {
		list->head = i;
		/* Behind others it is not the next to be due. */
		if ((when = deadline(table, name, i)) < table->due)
			table->due = when;
	} else
		list->links[list->tail].next = i;
	list->tail = i;
}

/*
 * Slots
 */

static uint32_t
slot_of(const struct flow_table *table, uint32_t hash, uint32_t i)
{
	uint32_t	 s;

	for (s = hash & table->mask; table->slots[s].index != i;
	    s = (s + 1) & table->mask)
		;
	return (s);
}

/* Free a slot, and move up those behind that were displaced over it. */
static void
free_slot(struct flow_table *table, uint32_t s)
{
	struct slot	*slots = table->slots;
	uint32_t	 home, t;

	for (t = (s + 1) & table->mask; slots[t].index != NONE;
	    t = (t + 1) & table->mask) {
		home = slots[t].hash & table->mask;
		if (((t - home) & table->mask) >= ((t - s) & table->mask)) {
			slots[s] = slots[t];
			s = t;
		}
	}
	slots[s].index = NONE;
}

/*
 * Ends
 */

static void
report(struct flow_table *table, struct entry *entry, enum flow_reason reason,
    int64_t when)
{
	struct flow	*flow = &entry->flow;

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
	struct entry	*entry = &table->entries[i];

	if (entry->flow.state == FLOW_CLOSED)
		reason = entry->closed_by;
	unlink_entry(&table->lists[entry->list], i);
	if (is_watched(table, &entry->flow))
		unlink_entry(&table->lists[ACTIVE], i);
	free_slot(table, slot_of(table, entry->hash, i));
	if (has_packets(&entry->flow))
		report(table, entry, reason, when);
	entry->generation++;
	table->links[i].next = table->unused;
	table->unused = i;
	table->counts.active--;
}

/* Report a flow that goes on. */
static void
report_active(struct flow_table *table, uint32_t i, int64_t when)
{
	struct flow	*flow = &table->entries[i].flow;

	unlink_entry(&table->lists[ACTIVE], i);
	report(table, &table->entries[i], FLOW_ACTIVE, when);
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
		if (table->lists[name].head == NONE)
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
	struct entry	*entry;
	struct list	*list;
	uint32_t	 i;
	int		 name;

	for (name = 0; name < IDLE_LISTS; name++) {
		list = &table->lists[name];
		for (i = list->head; i != NONE; i = list->links[i].next) {
			entry = &table->entries[i];
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
	forget_fragments(table);
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
	const struct list	*list;
	uint32_t		 oldest = NONE;
	int			 name;

	for (name = 0; name < IDLE_LISTS; name++) {
		list = &table->lists[name];
		if (list->head != NONE && (oldest == NONE ||
		    table->entries[list->head].seen <
		    table->entries[oldest].seen))
			oldest = list->head;
		if (name == CLOSED && oldest != NONE)
			break;
	}
	end_flow(table, oldest, FLOW_FORCED, table->clock);
}

/*
 * Keys
 */

static int
has_ports(uint8_t proto)
{
	return (proto == IPPROTO_TCP || proto == IPPROTO_UDP ||
	    proto == PROTO_SCTP || proto == PROTO_UDPLITE);
}

static int
is_icmp(const struct divert_layout *layout)
{
	return (layout->proto == (layout->version == 4 ? IPPROTO_ICMP :
	    IPPROTO_ICMPV6));
}

static int
is_later_fragment(const struct divert_layout *layout)
{
	return ((layout->flags & (DIVERT_LAYOUT_FRAGMENT |
	    DIVERT_LAYOUT_FIRST)) == DIVERT_LAYOUT_FRAGMENT);
}

static enum flow_kind
set_ports(struct flow_key *key, const uint8_t *data,
    const struct divert_layout *layout)
{
	const uint8_t	*l4 = data + layout->l4_off;
	int		 id;

	if (has_ports(layout->proto)) {
		if (divert_packet_port(data, layout, DIVERT_SOURCE) == -1)
			return (FLOW_PLAIN);
		key->src_port = (uint16_t)(l4[0] << 8 | l4[1]);
		key->dst_port = (uint16_t)(l4[2] << 8 | l4[3]);
		return (FLOW_PORTS);
	}
	if (!is_icmp(layout) || (layout->flags & DIVERT_LAYOUT_L4) == 0 ||
	    is_later_fragment(layout))
		return (FLOW_PLAIN);
	if (!community_icmp(layout->version, layout->icmp_type, l4[1],
	    &key->src_port, &key->dst_port))
		return (FLOW_ONE_WAY);
	if ((id = divert_packet_port(data, layout, DIVERT_SOURCE)) != -1)
		key->id = (uint16_t)id;
	return (FLOW_QUERY);
}

/* Whole words are written, to be read as such at once. */
static void
set_address(uint8_t *to, const uint8_t *from, int version)
{
	uint64_t	 words[2] = { 0, 0 };

	if (version == 4)
		memcpy(words, from, 4);
	else
		memcpy(words, from, 16);
	memcpy(to, words, 16);
}

/* 0, or -1: no IP header. */
static int
make_key(struct flow_key *key, const uint8_t *data,
    const struct divert_layout *layout)
{
	const uint8_t	*src;
	enum flow_kind	 kind;

	if ((src = divert_packet_address(data, layout, DIVERT_SOURCE)) == NULL)
		return (-1);
	set_address(key->src, src, layout->version);
	set_address(key->dst, divert_packet_address(data, layout,
	    DIVERT_DESTINATION), layout->version);
	key->src_port = key->dst_port = key->id = 0;
	key->proto = layout->proto;
	kind = set_ports(key, data, layout);
	key->family = (uint8_t)((unsigned int)layout->version << 4 | kind);
	return (0);
}

/* Whether 16 bytes differ. */
static uint64_t
differ(const uint8_t *a, const uint8_t *b)
{
	uint64_t	 x[2], y[2];

	memcpy(x, a, 16);
	memcpy(y, b, 16);
	return ((x[0] ^ y[0]) | (x[1] ^ y[1]));
}

static int
same_rest(const struct flow_key *a, const struct flow_key *b)
{
	return (a->id == b->id && a->proto == b->proto &&
	    a->family == b->family);
}

static int
same_key(const struct flow_key *a, const struct flow_key *b)
{
	return ((differ(a->src, b->src) | differ(a->dst, b->dst)) == 0 &&
	    a->src_port == b->src_port && a->dst_port == b->dst_port &&
	    same_rest(a, b));
}

static int
turned_key(const struct flow_key *a, const struct flow_key *b)
{
	return ((differ(a->src, b->dst) | differ(a->dst, b->src)) == 0 &&
	    a->src_port == b->dst_port && a->dst_port == b->src_port &&
	    same_rest(a, b));
}

static uint64_t
port_words(const struct flow_key *key, int swap)
{
	uint64_t	 dst = key->dst_port, src = key->src_port;

	return ((swap ? dst << 48 | src << 32 : src << 48 | dst << 32) |
	    (uint64_t)key->id << 16 | (uint64_t)key->proto << 8 | key->family);
}

static uint32_t
hash4(const struct flow_table *table, const struct flow_key *key)
{
	uint64_t	 dst, src, words[2];
	int		 swap;

	/* Half of each is 0. */
	memcpy(&src, key->src, sizeof(src));
	memcpy(&dst, key->dst, sizeof(dst));
	swap = (src > dst || (src == dst && key->src_port > key->dst_port)) &&
	    (key->family & 15) != FLOW_ONE_WAY;
	words[0] = swap ? (dst << 32 | dst >> 32) ^ src :
	    (src << 32 | src >> 32) ^ dst;
	words[1] = port_words(key, swap);
	return ((uint32_t)flow_hash(table->options.seed, words, 2));
}

static uint32_t
hash6(const struct flow_table *table, const struct flow_key *key)
{
	uint64_t	 dst[2], src[2], words[5];
	int		 swap;

	memcpy(src, key->src, sizeof(src));
	memcpy(dst, key->dst, sizeof(dst));
	if (src[0] != dst[0])
		swap = src[0] > dst[0];
	else if (src[1] != dst[1])
		swap = src[1] > dst[1];
	else
		swap = key->src_port > key->dst_port;
	if ((key->family & 15) == FLOW_ONE_WAY)
		swap = 0;
	words[0] = swap ? dst[0] : src[0];
	words[1] = swap ? dst[1] : src[1];
	words[2] = swap ? src[0] : dst[0];
	words[3] = swap ? src[1] : dst[1];
	words[4] = port_words(key, swap);
	return ((uint32_t)flow_hash(table->options.seed, words, 5));
}

/*
 * The same for both directions, unless it is a one-way flow: the endpoints go
 * in by their order as numbers, whatever the host's bytes make of them.
 */
static uint32_t
hash_key(const struct flow_table *table, const struct flow_key *key)
{
	return (key->family >> 4 == 4 ? hash4(table, key) : hash6(table, key));
}

static uint32_t
find(const struct flow_table *table, const struct flow_key *key, uint32_t hash,
    enum flow_side *side)
{
	const struct slot	*slot;
	const struct flow_key	*other;
	uint32_t		 s;

	for (s = hash & table->mask; (slot = &table->slots[s])->index != NONE;
	    s = (s + 1) & table->mask) {
		if (slot->hash != hash)
			continue;
		other = &table->entries[slot->index].flow.key;
		*side = FLOW_TOSERVER;
		if (same_key(key, other))
			return (slot->index);
		*side = FLOW_TOCLIENT;
		if ((key->family & 15) != FLOW_ONE_WAY &&
		    turned_key(key, other))
			return (slot->index);
	}
	*side = FLOW_TOSERVER;
	return (NONE);
}

/*
 * Fragments
 */

/* Where the datagram's flow would stand; fills in what names it. */
static struct fragment *
fragment_place(const struct flow_table *table, const uint8_t *data,
    const struct divert_layout *layout, const struct flow_key *key,
    struct fragment *name)
{
	uint64_t	 words[5];

	memset(name, 0, sizeof(*name));
	memcpy(name->src, key->src, sizeof(name->src));
	memcpy(name->dst, key->dst, sizeof(name->dst));
	name->id = layout->frag_id;
	name->version = layout->version;
	/* RFC 791 has the protocol in the name of a datagram, RFC 8200 not. */
	name->proto = layout->version == 4 ? data[9] : 0;
	memcpy(words, name->src, 16);
	memcpy(words + 2, name->dst, 16);
	words[4] = (uint64_t)name->id << 32 | (uint64_t)name->proto << 8 |
	    name->version;
	return (&table->fragments[flow_hash(table->options.seed, words, 5) %
	    FLOW_FRAGMENTS]);
}

static void
learn_fragment(struct flow_table *table, const uint8_t *data,
    const struct divert_layout *layout, const struct flow_key *key, uint32_t i,
    enum flow_side side)
{
	struct fragment	*place, name;

	place = fragment_place(table, data, layout, key, &name);
	name.index = i;
	name.generation = table->entries[i].generation;
	name.side = (uint8_t)side;
	name.seen = table->clock;
	*place = name;
}

static uint32_t
find_fragment(const struct flow_table *table, const uint8_t *data,
    const struct divert_layout *layout, const struct flow_key *key,
    enum flow_side *side)
{
	const struct fragment	*place;
	struct fragment		 name;

	place = fragment_place(table, data, layout, key, &name);
	if (place->index == NONE || place->id != name.id ||
	    place->version != name.version || place->proto != name.proto ||
	    memcmp(place->src, name.src, sizeof(name.src)) != 0 ||
	    memcmp(place->dst, name.dst, sizeof(name.dst)) != 0 ||
	    table->clock - place->seen > FRAGMENT_TIME ||
	    table->entries[place->index].generation != place->generation)
		return (NONE);
	*side = place->side;
	return (place->index);
}

/*
 * Packets
 */

static void
set_community_id(const struct flow_table *table, struct flow *flow)
{
	struct community_tuple	 tuple;

	if (table->options.no_community_id)
		return;
	tuple.src = flow->key.src;
	tuple.dst = flow->key.dst;
	tuple.src_port = flow->key.src_port;
	tuple.dst_port = flow->key.dst_port;
	tuple.version = flow->version;
	tuple.proto = flow->key.proto;
	tuple.flags = COMMUNITY_PORTS;
	if (flow->kind == FLOW_ONE_WAY)
		tuple.flags |= COMMUNITY_ONE_WAY;
	else if (flow->kind == FLOW_PLAIN) {
		if (tuple.proto == IPPROTO_TCP || tuple.proto == IPPROTO_UDP ||
		    tuple.proto == PROTO_SCTP || tuple.proto == IPPROTO_ICMP ||
		    tuple.proto == IPPROTO_ICMPV6)
			return;
		tuple.flags = 0;
	} else if (tuple.proto == PROTO_UDPLITE)
		tuple.flags = 0;
	community_text(&tuple, table->options.community_seed,
	    flow->community_id);
}

static uint32_t
make(struct flow_table *table, const struct flow_key *key, uint32_t hash,
    const struct divert_packet *pkt, const struct divert_layout *layout)
{
	struct entry	*entry;
	struct flow	*flow;
	uint32_t	 generation, i, s;

	if (table->counts.active == table->options.max)
		end_oldest(table);
	if ((i = table->unused) != NONE)
		table->unused = table->links[i].next;
	else
		i = table->fresh++;
	entry = &table->entries[i];
	generation = entry->generation;
	memset(entry, 0, sizeof(*entry));
	entry->generation = generation;
	entry->hash = hash;
	entry->list = LISTS;
	flow = &entry->flow;
	flow->key = *key;
	flow->version = key->family >> 4;
	flow->kind = key->family & 15;
	if (flow->kind == FLOW_QUERY || flow->kind == FLOW_ONE_WAY) {
		flow->icmp_type = layout->icmp_type;
		flow->icmp_code = pkt->data[layout->l4_off + 1];
	}
	flow->direction = pkt->direction;
	memcpy(flow->ifname, pkt->ifname, sizeof(flow->ifname));
	set_community_id(table, flow);

	for (s = hash & table->mask; table->slots[s].index != NONE;
	    s = (s + 1) & table->mask)
		;
	table->slots[s].hash = hash;
	table->slots[s].index = i;
	table->counts.made++;
	if (++table->counts.active > table->counts.peak)
		table->counts.peak = table->counts.active;
	return (i);
}

/* The flags of a TCP segment that has its ports; -1: none. */
static int
tcp_flags(const uint8_t *data, const struct divert_layout *layout)
{
	if (layout->proto != IPPROTO_TCP || is_later_fragment(layout) ||
	    layout->l4_off == 0 || layout->end_off - layout->l4_off < 14)
		return (-1);
	return (data[layout->l4_off + 13]);
}

/*
 * Sequence numbers are not followed: an RST closes whoever sent it, and so does
 * the first ACK of the side whose FIN is to be acknowledged last.  What comes
 * after that is still counted here.
 */
static void
follow_tcp(struct entry *entry, enum flow_side side, uint8_t flags)
{
	struct flow	*flow = &entry->flow;
	int		 bit = 1 << side;

	flow->tcp_flags[side] |= flags;
	if (flow->state == FLOW_CLOSED)
		return;
	if (flags & TH_RST) {
		flow->state = FLOW_CLOSED;
		entry->closed_by = FLOW_RST;
		return;
	}
	if (entry->fins == 3 && entry->last_fin != side && (flags & TH_ACK)) {
		flow->state = FLOW_CLOSED;
		entry->closed_by = FLOW_FIN;
		return;
	}
	if ((flags & TH_FIN) && (entry->fins & bit) == 0) {
		entry->fins |= (uint8_t)bit;
		entry->last_fin = (uint8_t)side;
	}
}

/* Whether this packet shows that both sides take part. */
static int
establishes(const struct entry *entry, int flags)
{
	return (entry->sides == 3 &&
	    (flags == -1 || (flags & (TH_SYN | TH_RST | TH_ACK)) == TH_ACK));
}

static enum list_name
list_of(const struct entry *entry)
{
	const struct flow	*flow = &entry->flow;

	if (flow->state == FLOW_CLOSED)
		return (CLOSED);
	if (flow->key.proto == IPPROTO_TCP && flow->kind == FLOW_PORTS)
		return (flow->state == FLOW_NEW || entry->fins == 3 ?
		    TCP_NEW : TCP);
	return (flow->state == FLOW_NEW ? NEW : OTHER);
}

static void
count(struct flow_table *table, uint32_t i, enum flow_side side,
    const struct divert_packet *pkt, int flags, int64_t now)
{
	struct entry	*entry = &table->entries[i];
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
		follow_tcp(entry, side, (uint8_t)flags);
	if (flow->state == FLOW_NEW && establishes(entry, flags))
		flow->state = FLOW_ESTABLISHED;

	list = list_of(entry);
	if (list != entry->list || table->lists[list].tail != i) {
		if (entry->list != LISTS)
			unlink_entry(&table->lists[entry->list], i);
		entry->list = (uint8_t)list;
		append_entry(table, list, i);
	}
	if (first && table->options.active > 0)
		append_entry(table, ACTIVE, i);
}

/*
 * What ends before this packet is counted, were it not for a bounded burst:
 * NONE if the flow did.  A new connection ends the closed one before it.
 */
static uint32_t
settle(struct flow_table *table, uint32_t i, int flags)
{
	struct entry	*entry = &table->entries[i];
	int64_t		 when;

	when = deadline(table, entry->list, i);
	if (when <= table->clock) {
		end_flow(table, i, FLOW_TIMEOUT, when);
		return (NONE);
	}
	if (entry->flow.state == FLOW_CLOSED && flags != -1 &&
	    (flags & (TH_SYN | TH_RST | TH_ACK)) == TH_SYN) {
		end_flow(table, i, FLOW_FIN, table->clock);
		return (NONE);
	}
	if (is_watched(table, &entry->flow) &&
	    (when = deadline(table, ACTIVE, i)) <= table->clock)
		report_active(table, i, when);
	return (i);
}

const struct flow *
flow_packet(struct flow_table *table, const struct divert_packet *pkt,
    const struct divert_layout *layout, int64_t now)
{
	struct flow_key	 key;
	enum flow_side	 side;
	uint32_t	 hash, i;
	int		 flags;

	now = set_clock(table, now);
	if (table->clock >= table->due)
		end_due(table);
	if (make_key(&key, pkt->data, layout) == -1) {
		table->counts.no_header++;
		return (NULL);
	}
	flags = tcp_flags(pkt->data, layout);
	i = NONE;
	if (is_later_fragment(layout)) {
		i = find_fragment(table, pkt->data, layout, &key, &side);
		if (i != NONE)
			i = settle(table, i, -1);
	}
	if (i == NONE) {
		hash = hash_key(table, &key);
		i = find(table, &key, hash, &side);
		if (i != NONE && (i = settle(table, i, flags)) == NONE)
			side = FLOW_TOSERVER;
		if (i == NONE)
			i = make(table, &key, hash, pkt, layout);
	}
	count(table, i, side, pkt, flags, now);
	if (layout->flags & DIVERT_LAYOUT_FIRST)
		learn_fragment(table, pkt->data, layout, &key, i, side);
	return (&table->entries[i].flow);
}
