/* SPDX-License-Identifier: ISC */

/*
 * Parsing against touching: the same header bytes read once and added up is
 * what any parser has to pay.  Also what a line of text and an edit cost.
 * Medians, all taken in turn.
 */

#include "compat.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "packet_int.h"
#include "../lib/packets.h"

#define RUNS	15
#define COUNT	64		/* packets, as in a batch */
#define STRIDE	2048

static uint8_t batch[COUNT * STRIDE];
static uint32_t length[COUNT];
static uint32_t headers;	/* bytes of headers of each */
static volatile uint64_t sink;

/*
 * Every header byte once, one after the other.  The loop is not to become
 * vector instructions: no parser can read fields that way.
 */
#ifdef __clang__
__attribute__((__noinline__))
#else
__attribute__((__noinline__, __optimize__("O2", "no-tree-vectorize")))
#endif
static uint64_t
touch(uint8_t *p, uint32_t len)
{
	uint64_t sum = len;
	uint32_t i;

#ifdef __clang__
#pragma clang loop vectorize(disable)
#endif
	for (i = 0; i < headers; i++)
		sum += p[i];
	return (sum);
}

/* The same as words of 32 bits: the least that any reader could do. */
#ifdef __clang__
__attribute__((__noinline__))
#else
__attribute__((__noinline__, __optimize__("O2", "no-tree-vectorize")))
#endif
static uint64_t
touch_words(uint8_t *p, uint32_t len)
{
	uint64_t sum = len;
	uint32_t i, word;

#ifdef __clang__
#pragma clang loop vectorize(disable)
#endif
	for (i = 0; i < headers; i += 4) {
		memcpy(&word, p + i, sizeof(word));
		sum += word;
	}
	return (sum);
}

static uint64_t
parse(uint8_t *p, uint32_t len)
{
	struct divert_layout l;

	divert_packet_parse(p, len, &l);
	return (l.payload_off + l.proto);
}

static uint64_t
text(uint8_t *p, uint32_t len)
{
	struct divert_packet pkt = { .data = p, .len = len, .wirelen = len };
	char line[512];

	return (divert_packet_format(&pkt, line, sizeof(line)));
}

static uint64_t
rewrite(uint8_t *p, uint32_t len)
{
	struct divert_layout l;
	uint8_t addr[16];

	divert_packet_parse(p, len, &l);
	memcpy(addr, divert_packet_address(p, &l, DIVERT_SOURCE), 4);
	addr[3] ^= 1;
	divert_edit_address(p, &l, DIVERT_SOURCE, addr);
	divert_edit_port(p, &l, DIVERT_SOURCE, (uint16_t)len);
	return (l.proto);
}

static uint64_t
repair(uint8_t *p, uint32_t len)
{
	return ((uint64_t)divert_edit_repair(p, len, NULL));
}

static uint64_t (*const work[])(uint8_t *, uint32_t) = {
	touch, touch_words, parse, text, rewrite, repair
};

#define WORKS	(sizeof(work) / sizeof(work[0]))

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x < y ? -1 : x > y);
}

static double
run(uint64_t (*f)(uint8_t *, uint32_t), unsigned int rounds)
{
	struct timespec from, to;
	uint64_t sum = 0;
	unsigned int i, j;

	clock_gettime(CLOCK_MONOTONIC, &from);
	for (i = 0; i < rounds; i++)
		for (j = 0; j < COUNT; j++)
			sum += f(batch + j * STRIDE, length[j]);
	clock_gettime(CLOCK_MONOTONIC, &to);
	sink = sum;
	return (((double)(to.tv_sec - from.tv_sec) * 1e9 +
	    (double)(to.tv_nsec - from.tv_nsec)) / rounds / COUNT);
}

static void
bench(const char *name, unsigned int which, size_t payload)
{
	static struct bytes o;
	struct params p = standard;
	struct divert_layout l;
	double ns[WORKS][RUNS], m[WORKS];
	unsigned int i, j;

	p.payload = payload;
	for (i = 0; i < COUNT; i++) {
		p.sport = (uint16_t)(1024 + i);
		sample(which, &o, &p);
		memcpy(batch + i * STRIDE, o.b, o.n);
		length[i] = (uint32_t)o.n;
	}
	divert_packet_parse(o.b, o.n, &l);
	headers = l.payload_off;
	for (i = 0; i < RUNS; i++)
		for (j = 0; j < WORKS; j++)
			ns[j][i] = run(work[j], 400);
	for (j = 0; j < WORKS; j++) {
		qsort(ns[j], RUNS, sizeof(ns[j][0]), compare);
		m[j] = ns[j][RUNS / 2];
	}
	printf("packet %s, %zu B: parse %.2fx of touching its %u header bytes, "
	    "%.2fx of touching them as words (median of %d, ns %.1f; %.1f "
	    "%.1f); line %.0f ns, parse and rewrite %.0f ns, repair %.0f ns\n",
	    name, o.n, m[2] / m[0], headers, m[2] / m[1], RUNS, m[2], m[0],
	    m[1], m[3], m[4], m[5]);
}

int
main(void)
{
	bench("tcp4", 1, 12);
	bench("tcp4", 1, 1448);
	bench("udp4", 2, 36);
	bench("udp6", 25, 36);
	bench("udp6 behind options", 31, 36);
	return (0);
}
