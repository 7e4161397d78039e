/* SPDX-License-Identifier: ISC */

/*
 * The flow table: what finding a packet's flow and counting it costs with few
 * and with many flows, met in random order; a new flow, with a place to be made
 * for it; the end of one; and a Community ID, computed and remembered.
 * Medians, all taken in turn, of the processor's time.  Packets are parsed
 * before: that is not counted.
 */

#include "compat.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../../bin/divertlog/community_id.c"
#include "../../bin/divertlog/flow.c"
#include "../../bin/divertlog/sha1.c"
#include "../lib/packets.h"

#define RUNS	9
#define COUNT	200000		/* packets of a run */
#define START	(INT64_C(1700000000) * SECOND)

static struct bytes		 bytes;
static struct divert_packet	 pkt;
static struct divert_layout	 layout;
static uint32_t			 order[COUNT];
static volatile uint64_t	 sink;

static double
clock_ns(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return ((double)ts.tv_sec * 1e9 + (double)ts.tv_nsec);
}

static int
compare(const void *a, const void *b)
{
	double	 x = *(const double *)a, y = *(const double *)b;

	return (x < y ? -1 : x > y);
}

static double
median(double *v)
{
	qsort(v, RUNS, sizeof(*v), compare);
	return (v[RUNS / 2]);
}

/* 1: TCP over IPv4, 24: over IPv6; see packets.h. */
static void
make_packet(unsigned int which)
{
	sample(which, &bytes, &standard);
	memset(&pkt, 0, sizeof(pkt));
	pkt.data = bytes.b;
	pkt.len = pkt.wirelen = (uint32_t)bytes.n;
	pkt.direction = DIVERT_DIRECTION_IN;
	memcpy(pkt.ifname, "em0", 4);
	(void)divert_packet_parse(pkt.data, pkt.len, &layout);
	/* An ACK, which every connection is full of. */
	bytes.b[layout.l4_off + 13] = TH_ACK;
}

/* Each number is a flow of its own: a network and a port. */
static void
set_flow(uint32_t n)
{
	uint8_t	*src = bytes.b + (layout.version == 4 ? 12 : 16);

	src[1] = (uint8_t)(n >> 16);
	bytes.b[layout.l4_off] = (uint8_t)(n >> 8);
	bytes.b[layout.l4_off + 1] = (uint8_t)n;
}

static void
shuffle(uint32_t flows)
{
	uint32_t	 i, state = 1;

	for (i = 0; i < COUNT; i++) {
		state = state * 1664525 + 1013904223;
		order[i] = (uint32_t)((uint64_t)state * flows >> 32);
	}
}

static struct flow_table *
open_table(unsigned int max, int no_id)
{
	struct flow_options	 options;
	struct flow_table	*table;

	memset(&options, 0, sizeof(options));
	options.max = max;
	options.seed[0] = 1;
	options.no_community_id = no_id;
	if ((table = flow_table_new(&options)) == NULL)
		abort();
	return (table);
}

static double
find_and_count(struct flow_table *table)
{
	double		 from = clock_ns();
	uint64_t	 sum = 0;
	uint32_t	 i;

	for (i = 0; i < COUNT; i++) {
		set_flow(order[i]);
		sum += flow_packet(table, &pkt, &layout, START + i)->packets[0];
	}
	sink = sum;
	return ((clock_ns() - from) / COUNT);
}

/* The same loop without a table. */
static double
touch(void)
{
	double		 from = clock_ns();
	uint64_t	 sum = 0;
	uint32_t	 i;

	for (i = 0; i < COUNT; i++) {
		set_flow(order[i]);
		sum += *(volatile uint8_t *)&bytes.b[layout.l4_off];
	}
	sink = sum;
	return ((clock_ns() - from) / COUNT);
}

static void
bench_find(unsigned int which)
{
	static const uint32_t	 sizes[] = { 1, 10000, 100000 };
	struct flow_table	*tables[3];
	double			 bare[RUNS], ns[3][RUNS];
	uint32_t		 i, j;

	make_packet(which);
	for (j = 0; j < 3; j++) {
		tables[j] = open_table(100000, 0);
		for (i = 0; i < sizes[j]; i++) {
			set_flow(i);
			flow_packet(tables[j], &pkt, &layout, START);
		}
	}
	for (i = 0; i < RUNS; i++)
		for (j = 0; j < 3; j++) {
			shuffle(sizes[j]);
			bare[i] = touch();
			ns[j][i] = find_and_count(tables[j]);
		}
	printf("flow of a packet, IPv%d: %.0f ns with one flow, %.0f with "
	    "10000, %.0f with 100000 in random order (loop alone: %.0f)\n",
	    layout.version, median(ns[0]), median(ns[1]), median(ns[2]),
	    median(bare));
	for (j = 0; j < 3; j++)
		flow_table_free(tables[j]);
}

/* Numbers that were not there yet: a flow each. */
static double
make_flows(struct flow_table *table, uint32_t *n)
{
	double		 from = clock_ns();
	uint32_t	 i;

	for (i = 0; i < COUNT / 4; i++) {
		set_flow((*n)++ & 0xffffff);
		flow_packet(table, &pkt, &layout, START);
	}
	return ((clock_ns() - from) / (COUNT / 4));
}

static void
bench_new(unsigned int which)
{
	struct flow_table	*table;
	double			 fresh[RUNS], forced[RUNS], ended[RUNS], from;
	double			 bare[RUNS];
	uint32_t		 i, n;

	make_packet(which);
	for (i = 0; i < RUNS; i++) {
		/* Twice over, so that pages are there. */
		n = 0;
		table = open_table(COUNT / 4, 1);
		make_flows(table, &n);
		bare[i] = make_flows(table, &n);
		flow_table_free(table);
		table = open_table(COUNT / 4, 0);
		make_flows(table, &n);
		flow_flush(table, FLOW_SHUTDOWN);
		fresh[i] = make_flows(table, &n);
		forced[i] = make_flows(table, &n);
		from = clock_ns();
		flow_expire(table, START + 9999 * SECOND);
		ended[i] = (clock_ns() - from) / (COUNT / 4);
		flow_table_free(table);
	}
	printf("new flow, IPv%d: %.0f ns, in another's place %.0f, that "
	    "without Community ID %.0f; the end of one %.0f\n", layout.version,
	    median(fresh), median(forced), median(bare), median(ended));
}

static void
bench_id(unsigned int which)
{
	struct community_cache	*cache;
	struct community_tuple	 tuple;
	double			 cached[RUNS], from, made[RUNS];
	uint32_t		 i, j;
	char			 text[COMMUNITY_ID_SIZE];

	make_packet(which);
	shuffle(1000);
	if ((cache = community_cache_new(0)) == NULL)
		abort();
	for (i = 0; i < RUNS; i++) {
		from = clock_ns();
		for (j = 0; j < COUNT; j++) {
			set_flow(order[j]);
			sink += (uint8_t)community_cache_get(cache, bytes.b,
			    &layout)[5];
		}
		cached[i] = (clock_ns() - from) / COUNT;
		from = clock_ns();
		for (j = 0; j < COUNT / 4; j++) {
			set_flow(j);
			(void)community_tuple(bytes.b, &layout, &tuple);
			community_text(&tuple, 0, text);
			sink += (uint8_t)text[5];
		}
		made[i] = (clock_ns() - from) / (COUNT / 4);
	}
	printf("Community ID, IPv%d: %.0f ns, from the cache of 1000 flows "
	    "%.0f\n", layout.version, median(made), median(cached));
	community_cache_free(cache);
}

int
main(void)
{
	struct flow_table	*table = open_table(FLOW_MAX_DEFAULT, 0);

	printf("memory of a flow: %.0f bytes with %u of them\n",
	    (double)(sizeof(struct entry) + sizeof(struct link) * 2) +
	    (double)sizeof(struct slot) * (table->mask + 1) /
	    FLOW_MAX_DEFAULT, FLOW_MAX_DEFAULT);
	flow_table_free(table);
	bench_find(1);
	bench_find(24);
	bench_new(1);
	bench_new(24);
	bench_id(1);
	bench_id(24);
	return (0);
}
