/* SPDX-License-Identifier: ISC */

/*
 * Any sequence of packets and times through a small flow table: after each step
 * the table is whole, nothing is counted twice or lost, no more flows are in it
 * than there is room for, and at the end it is empty.
 *
 * The input is a line of steps of a few bytes, so that flows meet again: most
 * make a packet of a few hosts and ports, some take their bytes as a packet.
 */

#include "../../bin/divertlog/community_id.c"
#include "../../bin/divertlog/flow.c"
#include "../../bin/divertlog/sha1.c"

#include <stdio.h>

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define CHECK(x) do {							\
	if (!(x)) {							\
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x);	\
		abort();						\
	}								\
} while (0)

#define START	(INT64_C(1700000000) * SECOND)

/* What went in and what came out. */
static struct {
	uint64_t	 packets, bytes;
	uint64_t	 reported_packets, reported_bytes;
	uint64_t	 reports, no_header;
} sums;

/* What is left of the input. */
static const uint8_t	*input;
static size_t		 left;

static uint8_t
next(void)
{
	if (left == 0)
		return (0);
	left--;
	return (*input++);
}

static void
ended(void *arg, const struct flow *flow)
{
	(void)arg;
	sums.reports++;
	sums.reported_packets += flow->packets[0] + flow->packets[1];
	sums.reported_bytes += flow->bytes[0] + flow->bytes[1];
	CHECK(flow->packets[0] + flow->packets[1] > 0);
	CHECK(flow->start >= 0);
	CHECK(flow->start <= flow->end);
	CHECK(flow->end <= flow->ended);
	CHECK(flow->reason < FLOW_REASON_MAX);
	CHECK((flow->reason == FLOW_FIN || flow->reason == FLOW_RST) ==
	    (flow->state == FLOW_CLOSED && flow->reason != FLOW_ACTIVE));
	CHECK(flow->version == 4 || flow->version == 6);
	CHECK(strlen(flow->community_id) == 0 ||
	    strlen(flow->community_id) == COMMUNITY_ID_SIZE - 1);
}

/* Every entry of every list can be found, and no slot is of anything else. */
static void
check_table(const struct flow_table *table)
{
	const struct entry	*entry;
	const struct list	*list;
	enum flow_side		 side;
	uint64_t		 bytes = 0, packets = 0;
	enum list_name		 name;
	uint32_t		 i, last, n = 0, slots = 0, watched = 0;

	for (name = 0; name < LISTS; name++) {
		list = &table->lists[name];
		last = NONE;
		for (i = list->head; i != NONE; i = list->links[i].next) {
			entry = &table->entries[i];
			CHECK(list->links[i].prev == last);
			CHECK(deadline(table, name, i) >= table->due);
			CHECK(last == NONE || deadline(table, name, last) <=
			    deadline(table, name, i));
			last = i;
			if (name == ACTIVE) {
				watched++;
				CHECK(has_packets(&entry->flow));
				continue;
			}
			n++;
			CHECK(entry->list == name);
			CHECK(entry->seen <= table->clock);
			CHECK(find(table, &entry->flow.key, entry->hash,
			    &side) == i);
			CHECK(side == FLOW_TOSERVER);
			packets += entry->flow.packets[0] +
			    entry->flow.packets[1];
			bytes += entry->flow.bytes[0] + entry->flow.bytes[1];
		}
		CHECK(list->tail == last);
	}
	for (i = 0; i <= table->mask; i++)
		slots += table->slots[i].index != NONE;
	CHECK(n == table->counts.active);
	CHECK(slots == n);
	CHECK(watched <= n);
	CHECK(n <= table->options.max);
	CHECK(packets + sums.reported_packets == sums.packets);
	CHECK(bytes + sums.reported_bytes == sums.bytes);
}

static void
count_packet(struct flow_table *table, uint8_t *data, uint32_t len,
    uint32_t wirelen, int64_t now)
{
	struct divert_layout	 layout;
	struct divert_packet	 pkt;
	const struct flow	*flow;

	memset(&pkt, 0, sizeof(pkt));
	pkt.data = data;
	pkt.len = len;
	pkt.wirelen = wirelen;
	(void)divert_packet_parse(data, len, &layout);
	flow = flow_packet(table, &pkt, &layout, now);
	CHECK((flow == NULL) == (divert_packet_address(data, &layout,
	    DIVERT_SOURCE) == NULL));
	if (flow == NULL) {
		sums.no_header++;
		return;
	}
	CHECK(has_packets(flow));
	sums.packets++;
	sums.bytes += wirelen > len ? wirelen : len;
}

/* A packet of what three bytes say. */
static void
make_packet(struct flow_table *table, uint8_t kind, int64_t now)
{
	static const uint8_t	 protos[8] = { 6, 6, 6, 17, 1, 58, 47, 132 };
	uint8_t			 data[80], hosts = next(), more = next();
	uint8_t			*l4;
	uint32_t		 len;

	memset(data, 0, sizeof(data));
	if (kind & 8) {
		len = 60 + (more & 7);
		data[0] = 0x60;
		data[5] = (uint8_t)(len - 40);
		data[6] = protos[kind & 7];
		data[23] = hosts & 3;
		data[39] = hosts >> 2 & 3;
		l4 = data + 40;
	} else {
		len = 40 + (more & 7);
		data[0] = 0x45;
		data[3] = (uint8_t)len;
		if (kind & 16) {
			/* A fragment. */
			data[5] = more & 1;
			data[6] = more & 2 ? 0x20 : 0;
			data[7] = more & 4 ? 3 : 0;
		}
		data[9] = protos[kind & 7];
		data[15] = hosts & 3;
		data[19] = hosts >> 2 & 3;
		l4 = data + 20;
	}
	l4[1] = hosts >> 4 & 3;
	l4[3] = hosts >> 6;
	switch (protos[kind & 7]) {
	case 1:
	case 58:
		l4[0] = more;
		l4[5] = hosts >> 4;
		break;
	case 6:
		l4[12] = 0x50;
		l4[13] = more >> 3;
		break;
	case 17:
		l4[5] = (uint8_t)(8 + (more & 7));
		break;
	}
	count_packet(table, data, len - (kind & 32 ? 4 : 0), len, now);
}

static int64_t
step(void)
{
	uint8_t	 v = next();

	switch (v >> 5) {
	case 0:
		return (v);
	case 1:
		return ((v & 31) * SECOND / 4);
	case 2:
		return ((v & 31) * SECOND * 30);
	case 3:
		return (-(v & 31) * SECOND);
	case 4:
		return (-(v & 31) * SECOND * 100);
	case 5:
		return (v & 1 ? INT64_MAX / 4 : -INT64_MAX / 4);
	default:
		return (0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct flow_options	 options;
	struct flow_counts	 counts;
	struct flow_table	*table;
	uint8_t			*copy, kind, n, settings;
	uint64_t		 reports = 0;
	int64_t			 now = START, t;
	unsigned int		 i;

	input = bytes;
	left = len > 4096 ? 4096 : len;
	memset(&sums, 0, sizeof(sums));
	memset(&options, 0, sizeof(options));
	settings = next();
	options.max = 1 + (settings & 15);
	options.idle = settings & 16 ? 3 : 0;
	options.active = settings & 32 ? 2 : 0;
	options.burst = settings >> 6;
	options.ended = ended;
	if ((table = flow_table_new(&options)) == NULL)
		return (0);
	while (left > 0) {
		kind = next();
		t = step();
		now = t > 0 && now > INT64_MAX - t ? INT64_MAX :
		    t < 0 && now < INT64_MIN - t ? INT64_MIN : now + t;
		switch (kind >> 6) {
		case 0:
		case 1:
			make_packet(table, kind, now);
			break;
		case 2:
			n = kind & 63;
			if (n > left)
				n = (uint8_t)left;
			/* Of exactly that size: sanitizers see its end. */
			if ((copy = malloc(n)) == NULL && n > 0)
				abort();
			if (n > 0)
				memcpy(copy, input, n);
			input += n;
			left -= n;
			count_packet(table, copy, n, n + 3u, now);
			free(copy);
			break;
		default:
			i = (kind & 63) == 63 ? flow_flush(table, FLOW_FORCED) :
			    flow_expire(table, now);
			CHECK(options.burst == 0 || i <= options.burst);
			break;
		}
		check_table(table);
	}
	while ((n = (uint8_t)flow_flush(table, FLOW_SHUTDOWN)) != 0)
		CHECK(options.burst == 0 || n <= options.burst);
	check_table(table);
	flow_counts(table, &counts);
	CHECK(counts.active == 0);
	CHECK(counts.no_header == sums.no_header);
	for (i = 0; i < FLOW_REASON_MAX; i++)
		reports += counts.reported[i];
	CHECK(reports == sums.reports);
	CHECK(sums.packets == sums.reported_packets);
	CHECK(sums.bytes == sums.reported_bytes);
	flow_table_free(table);
	return (0);
}
