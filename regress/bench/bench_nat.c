/* SPDX-License-Identifier: ISC */

/*
 * The engine of divertnat: what a packet of a known flow costs with 1, 10000,
 * 100000 and 1000000 flows met in random order, by itself and in batches of 32,
 * against the bare rewrite, which changes the same bytes without having to find
 * out which; a new flow; bytes of a flow; ports used before the first failure;
 * the worst call.  Medians of the processor's time, all taken in turn.  The
 * copy of the packet, which has to be made anew each time, is in all of them.
 *
 * The bare rewrite is a floor and no program: it has one flow, in registers,
 * knows the way and the protocol, and counts nothing.
 */

#include "compat.h"

#include <arpa/inet.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../bin/divertnat/nat_int.h"
#include "../../bin/divertnat/nat_rewrite.h"

#define RUNS		9
#define COUNT		(1 << 18)	/* packets of a run */
#define BATCH		32
#define ROOM		(DIVERT_HEADROOM + 64 + 8)	/* of a packet */
#define PER_HOST	50
#define START		UINT64_C(1000000000000)

static uint8_t			 room[BATCH * ROOM];
static struct divert_packet	 pkts[BATCH];
static uint8_t			 verdicts[BATCH], reasons[BATCH];
static volatile uint64_t	 sink;

/*
 * Packets as flows send them, in and out, made beforehand in the order in which
 * they are sent: what has to be fetched for a packet is then the flow.
 */
struct flows {
	struct rules	*rules;
	struct nat	*nat;
	uint32_t	 n;
	uint8_t		(*first[2])[64];	/* of each flow */
	uint8_t		(*stream[2])[64];	/* in another order */
	uint64_t	 now;
};

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

static uint32_t
next_random(void)
{
	static uint64_t	 state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return ((uint32_t)(state >> 32));
}

static void
fill_random(void *arg, void *buf, size_t len)
{
	uint8_t		*p = buf;
	uint32_t	 v;
	size_t		 i;

	(void)arg;
	for (i = 0; i + 4 <= len; i += 4) {
		v = next_random();
		memcpy(p + i, &v, 4);
	}
}

static struct rules *
read_rules(const char *text)
{
	struct rules	*rules;
	char		 errbuf[256];

	rules = rules_parse("bench", text, strlen(text), errbuf,
	    sizeof(errbuf));
	if (rules == NULL) {
		fprintf(stderr, "%s\n", errbuf);
		exit(1);
	}
	return (rules);
}

static struct nat *
open_nat(const struct rules *rules)
{
	struct nat_options	 options;
	struct nat		*nat;

	memset(&options, 0, sizeof(options));
	options.seed[0] = 1;
	options.seed[1] = 2;
	options.random = fill_random;
	if ((nat = nat_new(rules, &options)) == NULL)
		abort();
	return (nat);
}

static void
put16(uint8_t *p, unsigned int v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/*
 * 64 bytes of UDP from host n / 50 to one of 4096 remotes; sums are not looked
 * at, except that UDP has one.
 */
static void
make_packet(uint8_t *p, int family, uint32_t n)
{
	uint32_t	 inside = htonl(0x0a000002 + n / PER_HOST);
	uint32_t	 remote = htonl(0xc6120000 + n % 4096);
	uint8_t		*udp = p + (family == 4 ? 20 : 40);

	memset(p, 0, 64);
	if (family == 4) {
		p[0] = 0x45;
		put16(p + 2, 64);
		p[8] = 64;
		p[9] = 17;
		memcpy(p + 12, &inside, 4);
		memcpy(p + 16, &remote, 4);
		put16(p + 10, 0x1234);
	} else {
		p[0] = 0x60;
		put16(p + 4, 24);
		p[6] = 17;
		p[7] = 64;
		p[8] = 0xfd;
		memcpy(p + 20, &inside, 4);
		p[24] = 0x20;
		memcpy(p + 36, &remote, 4);
	}
	put16(udp, 10000 + n % PER_HOST);
	put16(udp + 2, n % 2 == 0 ? 443 : 8443);
	put16(udp + 4, family == 4 ? 44 : 24);
	put16(udp + 6, 0x4321);
}

static void
begin_packets(void)
{
	unsigned int	 i;

	for (i = 0; i < BATCH; i++) {
		memset(&pkts[i], 0, sizeof(pkts[i]));
		pkts[i].data = room + i * ROOM + DIVERT_HEADROOM;
		pkts[i].len = pkts[i].wirelen = 64;
		memcpy(pkts[i].ifname, "em0", 4);
	}
}

/* The answer to a packet that was translated into p. */
static void
make_answer(uint8_t *answer, const uint8_t *p, int family)
{
	unsigned int	 len = family == 4 ? 4 : 16, at = family == 4 ? 12 : 8;
	unsigned int	 l4 = family == 4 ? 20 : 40;

	memcpy(answer, p, 64);
	memcpy(answer + at, p + at + len, len);
	memcpy(answer + at + len, p + at, len);
	memcpy(answer + l4, p + l4 + 2, 2);
	memcpy(answer + l4 + 2, p + l4, 2);
}

static void
expect(enum nat_verdict verdict, uint32_t flow)
{
	if (verdicts[0] == verdict)
		return;
	fprintf(stderr, "flow %u: %s\n", flow, nat_reason_name(reasons[0]));
	exit(1);
}

/* Every flow's first packet; how long one takes. */
static double
make_flows(struct flows *f)
{
	double		 from;
	uint32_t	 batch, i, j;

	for (i = 0; i < BATCH; i++)
		pkts[i].direction = DIVERT_DIRECTION_OUT;
	from = clock_ns();
	for (i = 0; i < f->n; i += batch) {
		batch = f->n - i < BATCH ? f->n - i : BATCH;
		for (j = 0; j < batch; j++)
			memcpy(pkts[j].data, f->first[WAY_OUT][i + j], 64);
		nat_packets(f->nat, pkts, batch, f->now, verdicts, reasons);
		expect(NAT_REPLACE, i);
	}
	return ((clock_ns() - from) / f->n);
}

static void
make_packets(struct flows *f, int family)
{
	uint32_t	 i;

	for (i = 0; i < f->n; i++) {
		make_packet(f->first[WAY_OUT][i], family, i);
		memcpy(pkts[0].data, f->first[WAY_OUT][i], 64);
		pkts[0].direction = DIVERT_DIRECTION_OUT;
		nat_packets(f->nat, pkts, 1, f->now, verdicts, reasons);
		expect(NAT_REPLACE, i);
		make_answer(f->first[WAY_IN][i], pkts[0].data, family);
	}
}

/* The longest that ends of sessions take in one call, and all of them. */
static double
end_flows(struct flows *f, double *worst)
{
	struct nat_counts	 counts;
	double			 from, ns, sum = 0;

	*worst = 0;
	f->now += UINT64_C(301000000000);
	do {
		from = clock_ns();
		nat_expire(f->nat, f->now);
		ns = clock_ns() - from;
		sum += ns;
		if (ns > *worst)
			*worst = ns;
		f->now += 20000000;
		nat_counts(f->nat, &counts);
	} while (counts.sessions > 0);
	/* Ports have rested. */
	f->now += UINT64_C(1000000000000);
	while (nat_due(f->nat) != UINT64_MAX) {
		nat_expire(f->nat, f->now);
		f->now += 20000000;
	}
	return (sum / f->n);
}

static void
open_flows(struct flows *f, int family, uint32_t n)
{
	unsigned int	 way;
	char		 text[256];

	f->n = n;
	snprintf(text, sizeof(text), "set limit states %u\n"
	    "match out on em0 %s from any to any nat-to %s\n",
	    n > 10000 ? n : 10000, family == 4 ? "inet" : "inet6",
	    family == 4 ? "203.0.113.0/26" : "2001:db8::/122");
	f->rules = read_rules(text);
	f->nat = open_nat(f->rules);
	f->now = START;
	for (way = 0; way < 2; way++) {
		f->first[way] = calloc(n, 64);
		f->stream[way] = calloc(n, 64);
		if (f->first[way] == NULL || f->stream[way] == NULL)
			abort();
	}
}

static void
close_flows(struct flows *f)
{
	unsigned int	 way;

	nat_free(f->nat);
	rules_free(f->rules);
	for (way = 0; way < 2; way++) {
		free(f->first[way]);
		free(f->stream[way]);
	}
}

/* Each flow once, in random order. */
static void
shuffle(struct flows *f)
{
	uint32_t	 i, j;

	for (i = 0; i < f->n; i++) {
		j = (uint32_t)((uint64_t)next_random() * (i + 1) >> 32);
		memcpy(f->stream[0][i], f->stream[0][j], 64);
		memcpy(f->stream[1][i], f->stream[1][j], 64);
		memcpy(f->stream[0][j], f->first[0][i], 64);
		memcpy(f->stream[1][j], f->first[1][i], 64);
	}
}

static uint32_t
after(const struct flows *f, uint32_t i)
{
	return (i + 1 < f->n ? i + 1 : 0);
}

/* One pass over packets in batches of so many. */
static double
translate(struct flows *f, int way, unsigned int batch)
{
	double		 from;
	uint32_t	 at = 0, i, j;

	for (i = 0; i < BATCH; i++)
		pkts[i].direction = way == WAY_OUT ? DIVERT_DIRECTION_OUT :
		    DIVERT_DIRECTION_IN;
	from = clock_ns();
	for (i = 0; i < COUNT; i += batch) {
		for (j = 0; j < batch; j++, at = after(f, at))
			memcpy(pkts[j].data, f->stream[way][at], 64);
		nat_packets(f->nat, pkts, batch, f->now, verdicts, reasons);
		sink += verdicts[0];
	}
	return ((clock_ns() - from) / COUNT);
}

/* The rewrite alone: it is told what to write. */
static double
bare(struct flows *f, int family, int way)
{
	const struct session	*s = &f->nat->sessions[1];
	const uint8_t		*to;
	double			 from;
	uint32_t		 at = 0, i;
	uint8_t			*p;

	to = address_bytes(f->nat, family, way == WAY_OUT ? &s->outside :
	    &s->inside);
	from = clock_ns();
	for (i = 0; i < COUNT; i++, at = after(f, at)) {
		p = pkts[i % BATCH].data;
		memcpy(p, f->stream[way][at], 64);
		if (family == 4)
			rewrite_ip4(p, s, way);
		else
			rewrite_ip6(p, s, way, to);
		sink += p[26];
	}
	return ((clock_ns() - from) / COUNT);
}

static void
check(const struct flows *f, uint32_t from)
{
	struct nat_counts	 counts;

	nat_counts(f->nat, &counts);
	if (counts.sessions != f->n || counts.passed != 0 ||
	    counts.translated[0] + counts.translated[1] < from) {
		fprintf(stderr, "%u sessions of %u, %llu passed\n",
		    counts.sessions, f->n,
		    (unsigned long long)counts.passed);
		exit(1);
	}
}

static void
bench_flows(int family, uint32_t n)
{
	struct flows	 f;
	double		 floors[RUNS], ns[2][2][RUNS], made;
	unsigned int	 i, way;
	double			 floor_ns, batch, single, ended, worst;

	open_flows(&f, family, n);
	make_packets(&f, family);
	ended = end_flows(&f, &worst);
	made = make_flows(&f);
	/* Answers are to the ports that they have now. */
	make_packets(&f, family);
	for (i = 0; i < RUNS; i++) {
		shuffle(&f);
		floors[i] = bare(&f, family, (int)(i % 2));
		for (way = 0; way < 2; way++) {
			ns[way][0][i] = translate(&f, (int)way, 1);
			ns[way][1][i] = translate(&f, (int)way, BATCH);
		}
	}
	check(&f, 4 * RUNS * COUNT);
	floor_ns = median(floors);
	single = (median(ns[0][0]) + median(ns[1][0])) / 2;
	batch = (median(ns[0][1]) + median(ns[1][1])) / 2;
	printf("IPv%d, %7u flows: single %5.1f ns, batch of %d %5.1f ns "
	    "(out %.1f in %.1f), bare rewrite %.1f ns: %.1fx, batch %.1fx",
	    family, n, single, BATCH, batch, median(ns[0][1]),
	    median(ns[1][1]), floor_ns, single / floor_ns, batch / floor_ns);
	if (n >= 10000)
		printf("; new flow %.0f ns, end of one %.0f (worst call %.0f "
		    "us)", made, ended, worst / 1000);
	printf("\n");
	close_flows(&f);
}

/*
 * One outside address, one remote: how many ports are given before the first
 * packet is dropped, and what the last thousand took.
 */
static void
bench_ports(void)
{
	struct flows	 f;
	double		 from = 0, ns = 0, worst = 0, one;
	uint32_t	 i;

	f.rules = read_rules("match out on em0 inet from any to any "
	    "nat-to 203.0.113.1 port 1024:65535\n");
	f.nat = open_nat(f.rules);
	pkts[0].direction = DIVERT_DIRECTION_OUT;
	for (i = 0; i < 65536; i++) {
		make_packet(pkts[0].data, 4, i);
		memcpy(pkts[0].data + 16, "\xc6\x12\x00\x01", 4);
		from = clock_ns();
		nat_packets(f.nat, pkts, 1, START, verdicts, reasons);
		one = clock_ns() - from;
		if (one > worst)
			worst = one;
		if (verdicts[0] != NAT_REPLACE)
			break;
		if (i >= 64512 - 1000)
			ns += one;
	}
	printf("ports given before the first failure: %u of 64512 (%.1f%%), "
	    "the last 1000 in %.0f ns each; worst call %.0f us\n", i,
	    i / 645.12, ns / 1000, worst / 1000);
	nat_free(f.nat);
	rules_free(f.rules);
}

/* What a flow with a mapping of its own takes of all tables. */
static void
print_memory(void)
{
	const double	 slot = 2 * sizeof(struct slot);

	printf("bytes of an IPv4 flow: session %zu, rest %zu, mapping %zu, "
	    "4 indexes %.0f, hosts %.0f: %.0f\n", sizeof(struct session),
	    sizeof(struct rest), sizeof(struct mapping), 4 * slot,
	    (sizeof(struct host) + slot) / 4, sizeof(struct session) +
	    sizeof(struct rest) + sizeof(struct mapping) + 4 * slot +
	    (sizeof(struct host) + slot) / 4);
}

int
main(void)
{
	static const uint32_t	 sizes[] = { 1, 10000, 100000, 1000000 };
	unsigned int		 i;

	begin_packets();
	print_memory();
	bench_ports();
	for (i = 0; i < 4; i++)
		bench_flows(4, sizes[i]);
	for (i = 0; i < 3; i++)
		bench_flows(6, sizes[i]);
	return (0);
}
