/* SPDX-License-Identifier: ISC */

/*
 * The flow table: its rules one by one, and against a slow model, a list of
 * flows that remember all their packets, over random sequences of them.
 */

#include "compat.h"

#include "../../bin/divertlog/flow_hash.h"

/* A hash that tells nothing apart: then the keys have to. */
static int	 weak_hash;

static uint64_t
hash_of_the_day(const uint64_t seed[2], const uint64_t *words, size_t n)
{
	return (weak_hash ? 7 : flow_hash(seed, words, n));
}
#define flow_hash hash_of_the_day

#include "../../bin/divertlog/community_id.c"
#include "../../bin/divertlog/flow.c"
#include "../../bin/divertlog/sha1.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define MS		INT64_C(1000000)
#define START		(INT64_C(1700000000) * SECOND)

#define FIN		0x01
#define SYN		0x02
#define RST		0x04
#define PSH		0x08
#define ACK		0x10

/* A packet to make.  Hosts are the last byte of an address. */
struct spec {
	int	 version;
	int	 proto;
	int	 src, dst;
	int	 src_port, dst_port;	/* ICMP: type, code; id as ident */
	int	 flags;			/* of TCP */
	int	 ident;
	int	 frag_id;		/* 0: whole */
	int	 frag_byte;
	int	 more;
	int	 bad;			/* 1: no L4 header; 2: no IP header */
	int	 payload;
	int	 cut;			/* bytes a capture left out */
	int	 direction;
	char	 ifname[8];
};

static uint8_t		 room[DIVERT_HEADROOM + 4096];
static struct divert_packet	 packet;
static struct divert_layout	 layout;

static uint8_t *
be16(uint8_t *p, int v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return (p + 2);
}

static uint8_t *
put_l4(uint8_t *p, const struct spec *s)
{
	if (s->bad == 1 || s->frag_byte != 0)
		return (p);
	switch (s->proto) {
	case 6:
		p = be16(be16(p, s->src_port), s->dst_port);
		memset(p, 0, 16);
		p[8] = 0x50;
		p[9] = (uint8_t)s->flags;
		return (p + 16);
	case 17:
	case 136:
		p = be16(be16(p, s->src_port), s->dst_port);
		return (be16(be16(p, 8 + s->payload), 0));
	case 132:
		p = be16(be16(p, s->src_port), s->dst_port);
		memset(p, 0, 8);
		return (p + 8);
	case 1:
	case 58:
		*p++ = (uint8_t)s->src_port;
		*p++ = (uint8_t)s->dst_port;
		return (be16(be16(be16(p, 0), s->ident), 0));
	}
	return (p);
}

/* Into packet and layout. */
static void
build(const struct spec *s)
{
	uint8_t	*data = room + DIVERT_HEADROOM, *p = data;
	int	 len;

	memset(room, 0, sizeof(room));
	if (s->version == 4) {
		p[0] = 0x45;
		be16(p + 4, s->frag_id);
		be16(p + 6, (s->more ? 0x2000 : 0) | s->frag_byte / 8);
		p[8] = 64;
		p[9] = (uint8_t)s->proto;
		memcpy(p + 12, "\xc0\x00\x02", 3);
		p[15] = (uint8_t)s->src;
		memcpy(p + 16, "\xc0\x00\x02", 3);
		p[19] = (uint8_t)s->dst;
		p += 20;
	} else {
		p[0] = 0x60;
		p[6] = (uint8_t)(s->frag_id != 0 ? 44 : s->proto);
		p[7] = 64;
		memcpy(p + 8, "\x20\x01\x0d\xb8", 4);
		p[23] = (uint8_t)s->src;
		memcpy(p + 24, "\x20\x01\x0d\xb8", 4);
		p[39] = (uint8_t)s->dst;
		p += 40;
		if (s->frag_id != 0) {
			*p++ = (uint8_t)s->proto;
			*p++ = 0;
			p = be16(p, s->frag_byte | (s->more ? 1 : 0));
			p = be16(be16(p, 0), s->frag_id);
		}
	}
	p = put_l4(p, s);
	len = (int)(p - data) + s->payload;
	if (s->version == 4)
		be16(data + 2, len);
	else
		be16(data + 4, len - 40);
	memset(&packet, 0, sizeof(packet));
	packet.data = data;
	packet.len = s->bad == 2 ? 10 : (uint32_t)(len - s->cut);
	packet.wirelen = (uint32_t)len;
	packet.direction = (uint8_t)s->direction;
	memcpy(packet.ifname, s->ifname, sizeof(s->ifname));
	(void)divert_packet_parse(packet.data, packet.len, &layout);
}

/* What was reported. */
#define REPORTS_MAX	4096
static struct flow	 reports[REPORTS_MAX];
static unsigned int	 nreports;
static uint64_t		 total_packets, total_bytes;

static void
note_flow(void *arg, const struct flow *flow)
{
	assert_ptr_equal(arg, reports);
	total_packets += flow->packets[0] + flow->packets[1];
	total_bytes += flow->bytes[0] + flow->bytes[1];
	assert_true(flow->packets[0] + flow->packets[1] > 0);
	assert_true(flow->start <= flow->end);
	assert_true(flow->end <= flow->ended);
	if (nreports < REPORTS_MAX)
		reports[nreports++] = *flow;
}

static struct flow_table *
open_table(unsigned int max, double idle, double active, unsigned int burst)
{
	struct flow_options	 options;
	struct flow_table	*table;

	memset(&options, 0, sizeof(options));
	options.max = max;
	options.idle = idle;
	options.active = active;
	options.burst = burst;
	options.ended = note_flow;
	options.arg = reports;
	nreports = 0;
	total_packets = total_bytes = 0;
	assert_non_null(table = flow_table_new(&options));
	return (table);
}

static const struct flow *
feed(struct flow_table *table, const struct spec *spec, int64_t now)
{
	build(spec);
	return (flow_packet(table, &packet, &layout, now));
}

/* TCP between host 1 port 1000 and host 2 port 80. */
static const struct flow *
tcp(struct flow_table *table, int side, int flags, int64_t now)
{
	struct spec	 s = { .version = 4, .proto = 6 };

	s.src = 1 + side;
	s.dst = 2 - side;
	s.src_port = side ? 80 : 1000;
	s.dst_port = side ? 1000 : 80;
	s.flags = flags;
	return (feed(table, &s, now));
}

static const struct flow *
udp(struct flow_table *table, int src, int port, int64_t now)
{
	struct spec	 s = { .version = 4, .proto = 17, .dst = 9,
			    .dst_port = 53, .payload = 10 };

	s.src = src;
	s.src_port = port;
	return (feed(table, &s, now));
}

static void
assert_report(unsigned int n, enum flow_reason reason, enum flow_state state,
    int64_t ended)
{
	assert_true(n < nreports);
	assert_string_equal(flow_reason_name(reports[n].reason),
	    flow_reason_name(reason));
	assert_string_equal(flow_state_name(reports[n].state),
	    flow_state_name(state));
	assert_int_equal(reports[n].ended, ended);
}

static void
open_and_close(struct flow_table *table, int64_t t)
{
	tcp(table, 0, SYN, t);
	tcp(table, 1, SYN | ACK, t + 1 * MS);
	tcp(table, 0, ACK, t + 2 * MS);
	tcp(table, 0, PSH | ACK, t + 3 * MS);
	tcp(table, 1, FIN | ACK, t + 4 * MS);
	tcp(table, 0, FIN | ACK, t + 5 * MS);
}

static void
tcp_from_syn_to_the_last_ack(void **state)
{
	struct flow_table	*table = open_table(0, 0, 0, 0);
	const struct flow	*flow;

	(void)state;
	flow = tcp(table, 0, SYN, START);
	assert_int_equal(flow->state, FLOW_NEW);
	flow = tcp(table, 1, SYN | ACK, START + 1 * MS);
	assert_int_equal(flow->state, FLOW_NEW);
	flow = tcp(table, 0, ACK, START + 2 * MS);
	assert_int_equal(flow->state, FLOW_ESTABLISHED);
	tcp(table, 0, PSH | ACK, START + 3 * MS);
	tcp(table, 1, FIN | ACK, START + 4 * MS);
	tcp(table, 0, ACK, START + 4 * MS);
	flow = tcp(table, 0, FIN | ACK, START + 5 * MS);
	assert_int_equal(flow->state, FLOW_ESTABLISHED);
	flow = tcp(table, 1, ACK, START + 6 * MS);
	assert_int_equal(flow->state, FLOW_CLOSED);
	/* The last ACK was lost: the FIN again, and no new flow. */
	tcp(table, 0, FIN | ACK, START + 900 * MS);
	tcp(table, 1, ACK, START + 901 * MS);
	assert_int_equal(nreports, 0);
	assert_true(flow_due(table) <= START + 5901 * MS);
	assert_int_equal(flow_expire(table, START + 5901 * MS - 1), 0);
	assert_int_equal(flow_expire(table, START + 5901 * MS), 1);
	assert_int_equal(nreports, 1);
	assert_report(0, FLOW_FIN, FLOW_CLOSED, START + 5901 * MS);
	assert_int_equal(reports[0].packets[FLOW_TOSERVER], 6);
	assert_int_equal(reports[0].packets[FLOW_TOCLIENT], 4);
	assert_int_equal(reports[0].bytes[FLOW_TOSERVER], 240);
	assert_int_equal(reports[0].tcp_flags[FLOW_TOSERVER],
	    SYN | ACK | PSH | FIN);
	assert_int_equal(reports[0].tcp_flags[FLOW_TOCLIENT], SYN | ACK | FIN);
	assert_int_equal(reports[0].start, START);
	assert_int_equal(reports[0].end, START + 901 * MS);
	assert_int_equal(reports[0].key.src_port, 1000);
	assert_int_equal(reports[0].key.src[3], 1);
	flow_table_free(table);
}

static void
rst_closes(void **state)
{
	struct flow_table	*table = open_table(0, 0, 0, 0);

	(void)state;
	tcp(table, 0, SYN, START);
	tcp(table, 1, RST | ACK, START + 1 * MS);
	tcp(table, 0, ACK, START + 2 * MS);
	flow_expire(table, START + 60 * SECOND);
	assert_int_equal(nreports, 1);
	assert_report(0, FLOW_RST, FLOW_CLOSED, START + 5002 * MS);
	flow_table_free(table);
}

static void
a_syn_after_the_end_is_a_new_flow(void **state)
{
	struct flow_table	*table = open_table(0, 0, 0, 0);

	(void)state;
	open_and_close(table, START);
	/* Not closed yet: the last ACK is not there. */
	tcp(table, 0, SYN, START + 7 * MS);
	assert_int_equal(nreports, 0);
	tcp(table, 1, ACK, START + 8 * MS);
	tcp(table, 0, SYN | ACK, START + 9 * MS);
	assert_int_equal(nreports, 0);
	/* Also from the other side. */
	tcp(table, 1, SYN, START + 10 * MS);
	assert_int_equal(nreports, 1);
	assert_report(0, FLOW_FIN, FLOW_CLOSED, START + 10 * MS);
	flow_flush(table, FLOW_SHUTDOWN);
	assert_int_equal(nreports, 2);
	assert_report(1, FLOW_SHUTDOWN, FLOW_NEW, START + 10 * MS);
	assert_int_equal(reports[1].key.src[3], 2);
	assert_int_equal(reports[1].packets[FLOW_TOSERVER], 1);
	flow_table_free(table);
}

/* Nanosecond by nanosecond around each idle time. */
static void
timeouts_are_exact(void **state)
{
	static const struct {
		int	 tcp, both;
		double	 idle;
		int64_t	 want;
	} cases[] = {
		{ 1, 0, 0, 60 * SECOND }, { 1, 1, 0, 600 * SECOND },
		{ 0, 0, 0, 30 * SECOND }, { 0, 1, 0, 300 * SECOND },
		{ 1, 0, 1.5, 1500 * MS }, { 1, 1, 1.5, 1500 * MS },
		{ 0, 0, 1.5, 1500 * MS }, { 0, 1, 1.5, 1500 * MS },
	};
	struct flow_table	*table;
	struct spec		 s;
	size_t			 i;
	int			 again;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]) * 2; i++) {
		again = i % 2;
		table = open_table(0, cases[i / 2].idle, 0, 0);
		memset(&s, 0, sizeof(s));
		s.version = 6;
		s.proto = cases[i / 2].tcp ? 6 : 17;
		s.src = s.src_port = 1;
		s.dst = s.dst_port = 2;
		s.flags = ACK;
		feed(table, &s, START);
		if (cases[i / 2].both) {
			s.src = s.src_port = 2;
			s.dst = s.dst_port = 1;
			feed(table, &s, START);
		}
		assert_int_equal(flow_expire(table,
		    START + cases[i / 2].want - 1), 0);
		/* A packet on the edge belongs to another flow. */
		if (again)
			feed(table, &s, START + cases[i / 2].want);
		else
			flow_expire(table, START + 9999 * SECOND);
		assert_int_equal(nreports, 1);
		assert_int_equal(reports[0].ended, START + cases[i / 2].want);
		assert_int_equal(reports[0].reason, FLOW_TIMEOUT);
		flow_table_free(table);
	}
	/* A short idle time also shortens the wait of what is closed. */
	table = open_table(0, 1.5, 0, 0);
	tcp(table, 0, RST, START);
	flow_expire(table, START + 1500 * MS);
	assert_report(0, FLOW_RST, FLOW_CLOSED, START + 1500 * MS);
	flow_table_free(table);
}

static void
fins_without_the_last_ack(void **state)
{
	struct flow_table	*table = open_table(0, 0, 0, 0);

	(void)state;
	open_and_close(table, START);
	flow_expire(table, START + 9999 * SECOND);
	assert_report(0, FLOW_TIMEOUT, FLOW_ESTABLISHED,
	    START + 5 * MS + 60 * SECOND);
	flow_table_free(table);
}

static void
long_flows_are_reported_in_pieces(void **state)
{
	struct flow_table	*table = open_table(0, 0, 10, 0);
	int			 i;

	(void)state;
	for (i = 0; i < 250; i++) {
		tcp(table, i % 2, i % 2 ? PSH | ACK : ACK,
		    START + i * 100 * MS);
		tcp(table, i % 2, i % 2 ? PSH | ACK : ACK,
		    START + i * 100 * MS);
	}
	assert_int_equal(nreports, 2);
	assert_report(0, FLOW_ACTIVE, FLOW_ESTABLISHED, START + 10 * SECOND);
	assert_report(1, FLOW_ACTIVE, FLOW_ESTABLISHED, START + 20 * SECOND);
	assert_int_equal(reports[0].packets[0], 100);
	assert_int_equal(reports[0].start, START);
	assert_int_equal(reports[0].end, START + 9900 * MS);
	assert_int_equal(reports[1].packets[1], 100);
	assert_int_equal(reports[1].start, START + 10 * SECOND);
	/* Closed right after a report: the end has its own packets alone. */
	tcp(table, 1, RST, START + 30 * SECOND);
	assert_int_equal(nreports, 3);
	flow_expire(table, START + 99 * SECOND);
	assert_int_equal(nreports, 4);
	assert_report(3, FLOW_RST, FLOW_CLOSED, START + 35 * SECOND);
	assert_int_equal(reports[3].packets[0] + reports[3].packets[1], 1);
	assert_int_equal(reports[3].tcp_flags[0], 0);
	assert_int_equal(reports[3].tcp_flags[1], RST);
	assert_string_equal(reports[3].community_id, reports[0].community_id);
	assert_int_equal(total_packets, 501);
	/* Nothing since the last report: no record of nothing. */
	udp(table, 1, 1, START + 100 * SECOND);
	udp(table, 1, 1, START + 109 * SECOND);
	flow_expire(table, START + 300 * SECOND);
	assert_int_equal(nreports, 5);
	assert_report(4, FLOW_ACTIVE, FLOW_NEW, START + 110 * SECOND);
	assert_int_equal(flow_due(table), INT64_MAX);
	flow_table_free(table);
}

static void
what_is_oldest_makes_room(void **state)
{
	struct flow_table	*table = open_table(3, 0, 0, 0);
	struct flow_counts	 counts;

	(void)state;
	udp(table, 1, 1, START);
	udp(table, 2, 2, START + 1);
	udp(table, 3, 3, START + 2);
	udp(table, 1, 1, START + 3);
	udp(table, 4, 4, START + 4);
	assert_int_equal(nreports, 1);
	assert_report(0, FLOW_FORCED, FLOW_NEW, START + 4);
	assert_int_equal(reports[0].key.src[3], 2);
	/* What is closed goes first, with its own reason. */
	tcp(table, 0, RST, START + 5);
	assert_int_equal(reports[1].key.src[3], 3);
	udp(table, 5, 5, START + 6);
	assert_report(2, FLOW_RST, FLOW_CLOSED, START + 6);
	flow_counts(table, &counts);
	assert_int_equal(counts.active, 3);
	assert_int_equal(counts.peak, 3);
	assert_int_equal(counts.made, 6);
	assert_int_equal(counts.reported[FLOW_FORCED], 2);
	assert_int_equal(counts.reported[FLOW_RST], 1);
	flow_table_free(table);
}

static void
icmp_by_identifier_and_errors_apart(void **state)
{
	struct flow_table	*table = open_table(0, 0, 0, 0);
	const struct flow	*flow;
	struct spec		 s = { .version = 4, .proto = 1, .src = 1,
				    .dst = 2, .src_port = 8, .ident = 7 };

	(void)state;
	feed(table, &s, START);
	s.src = 2;
	s.dst = 1;
	s.src_port = 0;
	flow = feed(table, &s, START);
	assert_int_equal(flow->packets[FLOW_TOCLIENT], 1);
	assert_int_equal(flow->state, FLOW_ESTABLISHED);
	assert_int_equal(flow->icmp_type, 8);
	assert_int_equal(flow->kind, FLOW_QUERY);
	/* Another identifier; and an echo from the other side. */
	s.ident = 8;
	flow = feed(table, &s, START);
	assert_int_equal(flow->packets[FLOW_TOSERVER], 1);
	s.ident = 7;
	s.src_port = 8;
	flow = feed(table, &s, START);
	assert_int_equal(flow->packets[FLOW_TOSERVER], 1);
	/* Errors, one flow for each way. */
	s.src_port = 3;
	s.dst_port = 1;
	flow = feed(table, &s, START);
	assert_int_equal(flow->kind, FLOW_ONE_WAY);
	assert_int_equal(flow->icmp_type, 3);
	assert_int_equal(flow->icmp_code, 1);
	flow = feed(table, &s, START);
	assert_int_equal(flow->packets[FLOW_TOSERVER], 2);
	s.src = 1;
	s.dst = 2;
	flow = feed(table, &s, START);
	assert_int_equal(flow->packets[FLOW_TOSERVER], 1);
	assert_int_equal(flow->packets[FLOW_TOCLIENT], 0);
	flow_table_free(table);
}

static void
run_fragments(int version)
{
	struct flow_table	*table = open_table(0, 0, 0, 0);
	const struct flow	*flow;
	struct spec		 s = { .proto = 17, .src = 1, .dst = 2,
				    .src_port = 1000, .dst_port = 53,
				    .frag_id = 99, .more = 1, .payload = 16 };
	struct spec		 later;

	s.version = version;
	later = s;
	later.frag_byte = 24;
	later.more = 0;
	/* Before its first: a flow without ports and without an id. */
	flow = feed(table, &later, START);
	assert_int_equal(flow->kind, FLOW_PLAIN);
	assert_string_equal(flow->community_id, "");
	flow = feed(table, &s, START);
	assert_int_equal(flow->kind, FLOW_PORTS);
	assert_int_equal(flow->packets[FLOW_TOSERVER], 1);
	flow = feed(table, &later, START + 30 * SECOND - 1);
	assert_int_equal(flow->kind, FLOW_PORTS);
	assert_int_equal(flow->packets[FLOW_TOSERVER], 2);
	/* Too late; another datagram; another direction. */
	flow = feed(table, &later, START + 30 * SECOND + 1);
	assert_int_equal(flow->kind, FLOW_PLAIN);
	later.frag_id++;
	flow = feed(table, &later, START + 30 * SECOND + 1);
	assert_int_equal(flow->kind, FLOW_PLAIN);
	/* From the server, and counted to the client. */
	s.src = 2;
	s.dst = 1;
	s.src_port = 53;
	s.dst_port = 1000;
	s.frag_id = later.frag_id = 5;
	flow = feed(table, &s, START + 31 * SECOND);
	assert_int_equal(flow->packets[FLOW_TOCLIENT], 1);
	later.src = 2;
	later.dst = 1;
	flow = feed(table, &later, START + 31 * SECOND);
	assert_int_equal(flow->kind, FLOW_PORTS);
	assert_int_equal(flow->packets[FLOW_TOCLIENT], 2);
	flow_table_free(table);
}

static void
fragments_go_with_their_first(void **state)
{
	(void)state;
	run_fragments(4);
	run_fragments(6);
}

/* The flow has ended, and its place is another's. */
static void
fragments_of_a_flow_that_is_gone(void **state)
{
	struct flow_table	*table = open_table(1, 0, 0, 0);
	const struct flow	*flow;
	struct spec		 s = { .version = 4, .proto = 17, .src = 1,
				    .dst = 2, .src_port = 1000, .dst_port = 53,
				    .frag_id = 99, .more = 1, .payload = 16 };

	(void)state;
	feed(table, &s, START);
	udp(table, 7, 7, START);
	s.frag_byte = 24;
	flow = feed(table, &s, START);
	assert_int_equal(flow->kind, FLOW_PLAIN);
	assert_int_equal(flow->key.src[3], 1);
	flow_table_free(table);
}

/* Datagrams are told apart also where they share a place. */
static void
fragments_of_many_datagrams(void **state)
{
	struct flow_table	*table = open_table(0, 0, 0, 0);
	const struct flow	*flow;
	struct spec		 s = { .version = 4, .proto = 17, .src = 1,
				    .dst = 2, .src_port = 1000, .dst_port = 53,
				    .more = 1, .payload = 16 };
	int			 found = 0, i;

	(void)state;
	for (i = 1; i <= (int)FLOW_FRAGMENTS * 4; i++) {
		s.frag_id = i;
		feed(table, &s, START);
	}
	s.frag_byte = 24;
	for (i = 1; i <= (int)FLOW_FRAGMENTS * 8; i++) {
		s.frag_id = i;
		flow = feed(table, &s, START);
		if (flow->kind == FLOW_PORTS)
			found++;
		if (i > (int)FLOW_FRAGMENTS * 4)
			assert_int_equal(flow->kind, FLOW_PLAIN);
	}
	assert_in_range(found, FLOW_FRAGMENTS * 9 / 10, FLOW_FRAGMENTS);
	flow_table_free(table);
}

static void
a_clock_that_goes_back(void **state)
{
	struct flow_table	*table = open_table(0, 0, 100, 0);
	const struct flow	*flow;

	(void)state;
	/* By little: it stands still. */
	udp(table, 1, 1, START);
	flow = udp(table, 1, 1, START - 50 * SECOND);
	assert_int_equal(flow->start, START);
	assert_int_equal(flow->end, START);
	flow = udp(table, 2, 2, START - 50 * SECOND);
	assert_int_equal(flow->start, START - 50 * SECOND);
	assert_int_equal(flow_due(table), START + 30 * SECOND);
	/* By much: ages stay, and time goes on from there. */
	udp(table, 3, 3, START + 20 * SECOND);
	flow_expire(table, START - 9980 * SECOND);
	assert_int_equal(flow_expire(table, START - 9970 * SECOND - 1), 0);
	assert_int_equal(flow_expire(table, START - 9970 * SECOND), 2);
	assert_int_equal(reports[0].start, START);
	assert_int_equal(reports[0].ended, START);
	assert_int_equal(flow_expire(table, START - 9950 * SECOND), 1);
	flow = udp(table, 4, 4, INT64_MIN);
	assert_int_equal(flow->start, 0);
	flow = udp(table, 4, 4, INT64_MAX);
	assert_int_equal(flow->end, TIME_MAX);
	udp(table, 4, 4, 0);
	flow_flush(table, FLOW_SHUTDOWN);
	assert_int_equal(total_packets, 7);
	flow_table_free(table);
}

static void
times_are_clamped(void **state)
{
	struct timespec	 ts = { .tv_sec = 5, .tv_nsec = 7 };

	(void)state;
	assert_int_equal(flow_time(&ts), 5000000007);
	ts.tv_sec = -1;
	assert_int_equal(flow_time(&ts), 0);
	ts.tv_sec = (time_t)(TIME_MAX / SECOND) + 1;
	assert_int_equal(flow_time(&ts), TIME_MAX);
}

/* At most so many a call, and each with the time it was due. */
static void
bursts_are_bounded(void **state)
{
	struct flow_table	*table = open_table(100, 0, 0, 8);
	const struct flow	*flow;
	unsigned int		 i, n;

	(void)state;
	for (i = 0; i < 100; i++)
		udp(table, 1, (int)i, START + i);
	assert_int_equal(flow_expire(table, START + 99 * SECOND), 8);
	assert_int_equal(nreports, 8);
	/* Overdue, and not to be taken for alive: number 50 and a burst. */
	flow = udp(table, 1, 50, START + 99 * SECOND);
	assert_int_equal(flow->packets[FLOW_TOSERVER], 1);
	assert_int_equal(nreports, 17);
	while ((n = flow_expire(table, START + 99 * SECOND)) != 0)
		assert_true(n <= 8);
	assert_int_equal(nreports, 100);
	for (i = 0; i < 100; i++)
		assert_int_equal(reports[i].ended, reports[i].start +
		    30 * SECOND);
	for (i = 0; i < 20; i++)
		udp(table, 2, (int)i, START + 99 * SECOND);
	assert_int_equal(flow_flush(table, FLOW_SHUTDOWN), 8);
	assert_int_equal(flow_flush(table, FLOW_SHUTDOWN), 8);
	assert_int_equal(flow_flush(table, FLOW_SHUTDOWN), 5);
	assert_int_equal(flow_flush(table, FLOW_SHUTDOWN), 0);
	assert_int_equal(total_packets, 121);
	flow_table_free(table);
}

static void
options_out_of_range(void **state)
{
	static const struct flow_options	 wrong[] = {
		{ .max = FLOW_MAX_LIMIT + 1 }, { .idle = -1 }, { .idle = 1e9 },
		{ .active = -1 }, { .active = 0.0 / 0.0 },
	};
	size_t					 i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		errno = 0;
		assert_null(flow_table_new(&wrong[i]));
		assert_int_equal(errno, EINVAL);
	}
}

/*
 * The model.  Nothing of it is the table's: flows are a list in the order in
 * which they were seen last, and remember the packets they are judged by.
 */
struct mflow {
	struct mflow	*next;
	struct spec	 first;		/* with the ports it goes by */
	enum flow_kind	 kind;
	int		*flags, *sides;	/* since the beginning; -1: no TCP */
	int		 n, room;
	int64_t		 seen, since;
	unsigned long	 touched, counted;	/* the packet's number */
	struct flow	 out;
};

struct mfragment {
	struct spec	 name;
	struct mflow	*flow;		/* NULL: gone */
	int		 side;
	int64_t		 when;
};

static struct {
	struct mflow	*flows;
	struct mfragment fragments[64];
	int		 nfragments;
	unsigned int	 active, max;
	int64_t		 idle, period;
	int64_t		 clock;
	unsigned long	 packets;
	struct flow	 out[REPORTS_MAX];
	unsigned int	 nout;
} model;

static int
pairs_with(int version, int type)
{
	static const int	 pairs[][3] = { { 4, 8, 0 }, { 4, 13, 14 },
				    { 6, 128, 129 }, { 6, 135, 136 } };
	size_t			 i;

	for (i = 0; i < 4; i++) {
		if (pairs[i][0] != version)
			continue;
		if (pairs[i][1] == type)
			return (pairs[i][2]);
		if (pairs[i][2] == type)
			return (pairs[i][1]);
	}
	return (-1);
}

static enum flow_kind
kind_of(struct spec *s)
{
	int	 other;

	if (s->bad != 0 || s->frag_byte != 0)
		s->src_port = s->dst_port = s->ident = 0;
	if (s->bad != 0 || s->frag_byte != 0)
		return (FLOW_PLAIN);
	switch (s->proto) {
	case 6:
	case 17:
	case 132:
	case 136:
		s->ident = 0;
		return (FLOW_PORTS);
	case 1:
	case 58:
		if ((other = pairs_with(s->version, s->src_port)) == -1) {
			s->ident = 0;
			return (FLOW_ONE_WAY);
		}
		s->dst_port = other;
		/* Neighbours have no identifier. */
		if (s->src_port == 135 || s->src_port == 136)
			s->ident = 0;
		return (FLOW_QUERY);
	}
	s->src_port = s->dst_port = s->ident = 0;
	return (FLOW_PLAIN);
}

/* Which side of the flow a packet is of, -1: of none. */
static int
side_of(const struct mflow *f, const struct spec *s, enum flow_kind kind)
{
	const struct spec	*a = &f->first;

	if (f->kind != kind || a->version != s->version ||
	    a->proto != s->proto || a->ident != s->ident)
		return (-1);
	if (a->src == s->src && a->dst == s->dst &&
	    a->src_port == s->src_port && a->dst_port == s->dst_port)
		return (0);
	if (kind != FLOW_ONE_WAY && a->src == s->dst && a->dst == s->src &&
	    a->src_port == s->dst_port && a->dst_port == s->src_port)
		return (1);
	return (-1);
}

/* What all its packets make of it; why: when it is closed. */
static enum flow_state
judge(const struct mflow *f, enum flow_reason *why, int *closing)
{
	int	 first[2] = { -1, -1 }, i, second, seen[2] = { 0, 0 };
	enum flow_state	 state = FLOW_NEW;

	*closing = 0;
	for (i = 0; i < f->n; i++) {
		seen[f->sides[i]] = 1;
		if (f->flags[i] == -1) {
			if (seen[0] && seen[1])
				state = FLOW_ESTABLISHED;
			continue;
		}
		if (f->flags[i] & RST) {
			*why = FLOW_RST;
			return (FLOW_CLOSED);
		}
		if (first[0] != -1 && first[1] != -1) {
			second = first[1] > first[0];
			if (f->sides[i] != second && (f->flags[i] & ACK)) {
				*why = FLOW_FIN;
				return (FLOW_CLOSED);
			}
		}
		if ((f->flags[i] & FIN) && first[f->sides[i]] == -1)
			first[f->sides[i]] = i;
		if (seen[0] && seen[1] && (f->flags[i] & ACK) &&
		    (f->flags[i] & SYN) == 0)
			state = FLOW_ESTABLISHED;
	}
	*closing = first[0] != -1 && first[1] != -1;
	return (state);
}

static int64_t
idle_of(const struct mflow *f, int *list)
{
	enum flow_reason	 why;
	enum flow_state		 state;
	int			 closing, is_tcp;
	int64_t			 idle;

	state = judge(f, &why, &closing);
	is_tcp = f->first.proto == 6 && f->kind == FLOW_PORTS;
	if (state == FLOW_CLOSED) {
		*list = 0;
		idle = 5 * SECOND;
		return (model.idle != 0 && model.idle < idle ? model.idle :
		    idle);
	}
	if (is_tcp) {
		*list = state == FLOW_NEW || closing ? 1 : 2;
		idle = *list == 1 ? 60 * SECOND : 600 * SECOND;
	} else {
		*list = state == FLOW_NEW ? 3 : 4;
		idle = *list == 3 ? 30 * SECOND : 300 * SECOND;
	}
	return (model.idle != 0 ? model.idle : idle);
}

static void
model_report(struct mflow *f, enum flow_reason reason, int64_t when)
{
	enum flow_reason	 why = reason;
	int			 closing;

	f->out.state = (uint8_t)judge(f, &why, &closing);
	if (reason != FLOW_ACTIVE && f->out.state == FLOW_CLOSED)
		reason = why;
	f->out.reason = (uint8_t)reason;
	f->out.ended = when > f->out.end ? when : f->out.end;
	if (f->out.packets[0] + f->out.packets[1] > 0)
		model.out[model.nout++] = f->out;
	memset(f->out.packets, 0, sizeof(f->out.packets));
	memset(f->out.bytes, 0, sizeof(f->out.bytes));
	memset(f->out.tcp_flags, 0, sizeof(f->out.tcp_flags));
}

static void
model_end(struct mflow *f, enum flow_reason reason, int64_t when)
{
	struct mflow	**link;
	int		  i;

	for (link = &model.flows; *link != f; link = &(*link)->next)
		;
	*link = f->next;
	model_report(f, reason, when);
	for (i = 0; i < model.nfragments; i++)
		if (model.fragments[i].flow == f)
			model.fragments[i].flow = NULL;
	free(f->flags);
	free(f->sides);
	free(f);
	model.active--;
}

/* What is due first, if anything; ties as in flow.c's order of lists. */
static int
model_end_one(void)
{
	struct mflow	*best = NULL, *f;
	int64_t		 best_when = INT64_MAX, when;
	unsigned long	 best_touched = 0;
	int		 active = 0, best_list = 0, list;

	for (f = model.flows; f != NULL; f = f->next) {
		when = f->seen + idle_of(f, &list);
		if (best == NULL || when < best_when || (when == best_when &&
		    (list < best_list || (list == best_list &&
		    f->touched < best_touched)))) {
			best = f;
			best_when = when;
			best_list = list;
			best_touched = f->touched;
			active = 0;
		}
		when = f->since + model.period;
		if (model.period != 0 && f->out.packets[0] +
		    f->out.packets[1] > 0 && (when < best_when ||
		    (when == best_when && best_list == 5 &&
		    f->counted < best_touched))) {
			best = f;
			best_when = when;
			best_list = 5;
			best_touched = f->counted;
			active = 1;
		}
	}
	if (best == NULL || best_when > model.clock)
		return (0);
	if (active)
		model_report(best, FLOW_ACTIVE, best_when);
	else
		model_end(best, FLOW_TIMEOUT, best_when);
	return (1);
}

static void
model_time(int64_t now)
{
	struct mflow	*f;
	int64_t		 by;
	int		 i;

	if (now > model.clock || model.packets == 0)
		model.clock = now;
	else if (model.clock - now > 60 * SECOND) {
		by = model.clock - now;
		for (f = model.flows; f != NULL; f = f->next) {
			f->seen -= by;
			f->since -= by;
		}
		for (i = 0; i < model.nfragments; i++)
			model.fragments[i].flow = NULL;
		model.clock = now;
	}
	while (model_end_one())
		;
}

static void
model_make_room(void)
{
	struct mflow	*best = NULL, *f;
	int		 best_list = 0, list;

	for (f = model.flows; f != NULL; f = f->next) {
		idle_of(f, &list);
		if (best == NULL || (list == 0) > (best_list == 0) ||
		    ((list == 0) == (best_list == 0) &&
		    (f->seen < best->seen || (f->seen == best->seen &&
		    (list < best_list || (list == best_list &&
		    f->touched < best->touched)))))) {
			best = f;
			best_list = list;
		}
	}
	model_end(best, FLOW_FORCED, model.clock);
}

static int
same_datagram(const struct spec *a, const struct spec *b)
{
	return (a->version == b->version && a->src == b->src &&
	    a->dst == b->dst && a->frag_id == b->frag_id &&
	    (a->version == 6 || a->proto == b->proto));
}

static struct mfragment *
model_fragment(const struct spec *s)
{
	int	 i;

	for (i = 0; i < model.nfragments; i++)
		if (same_datagram(&model.fragments[i].name, s))
			return (&model.fragments[i]);
	return (NULL);
}

static struct mflow *
model_make(const struct spec *named, enum flow_kind kind, const struct spec *s)
{
	struct mflow	*f;

	if (model.active == model.max)
		model_make_room();
	assert_non_null(f = calloc(1, sizeof(*f)));
	f->first = *named;
	f->kind = kind;
	f->next = model.flows;
	model.flows = f;
	model.active++;
	f->out.key.src_port = (uint16_t)named->src_port;
	f->out.key.dst_port = (uint16_t)named->dst_port;
	f->out.key.id = (uint16_t)named->ident;
	f->out.key.proto = (uint8_t)s->proto;
	f->out.version = (uint8_t)s->version;
	f->out.kind = (uint8_t)kind;
	f->out.direction = (uint8_t)s->direction;
	memcpy(f->out.ifname, s->ifname, sizeof(s->ifname));
	if (kind == FLOW_QUERY || kind == FLOW_ONE_WAY) {
		f->out.icmp_type = (uint8_t)s->src_port;
		f->out.icmp_code = (uint8_t)s->dst_port;
	}
	return (f);
}

static void
model_count(struct mflow *f, int side, const struct spec *s, int64_t now)
{
	int	 flags = s->proto == 6 && s->bad == 0 && s->frag_byte == 0 ?
		    s->flags : -1;

	if (f->n == f->room) {
		f->room = f->room * 2 + 8;
		f->flags = realloc(f->flags, (size_t)f->room * sizeof(int));
		f->sides = realloc(f->sides, (size_t)f->room * sizeof(int));
		assert_non_null(f->flags);
		assert_non_null(f->sides);
	}
	f->flags[f->n] = flags;
	f->sides[f->n++] = side;
	if (f->out.packets[0] + f->out.packets[1] == 0) {
		f->out.start = f->out.end = now;
		f->since = model.clock;
		f->counted = model.packets;
	}
	if (now > f->out.end)
		f->out.end = now;
	f->seen = model.clock;
	f->touched = model.packets;
	f->out.packets[side]++;
	f->out.bytes[side] += packet.wirelen;
	if (flags != -1)
		f->out.tcp_flags[side] |= (uint8_t)flags;
}

/* s was built before: packet is there. */
static void
model_packet(const struct spec *s, int64_t now)
{
	struct mfragment	*fragment = NULL;
	struct mflow		*f = NULL;
	struct spec		 named = *s;
	enum flow_kind		 kind;
	enum flow_reason	 why;
	int			 closing, side = 0;

	model_time(now);
	model.packets++;
	if (s->bad == 2)
		return;
	kind = kind_of(&named);
	if (s->frag_byte != 0 && (fragment = model_fragment(s)) != NULL &&
	    fragment->flow != NULL &&
	    model.clock - fragment->when <= 30 * SECOND) {
		f = fragment->flow;
		side = fragment->side;
	}
	if (f == NULL) {
		for (f = model.flows; f != NULL; f = f->next)
			if ((side = side_of(f, &named, kind)) != -1)
				break;
		if (f != NULL && s->proto == 6 && kind == FLOW_PORTS &&
		    (s->flags & (SYN | ACK | RST)) == SYN &&
		    judge(f, &why, &closing) == FLOW_CLOSED) {
			model_end(f, FLOW_FIN, model.clock);
			f = NULL;
		}
	}
	if (f == NULL) {
		f = model_make(&named, kind, s);
		side = 0;
	}
	model_count(f, side, s, now);
	if (s->frag_id != 0 && s->more && s->frag_byte == 0) {
		if ((fragment = model_fragment(s)) == NULL) {
			assert_true(model.nfragments < 64);
			fragment = &model.fragments[model.nfragments++];
		}
		fragment->name = *s;
		fragment->flow = f;
		fragment->side = side;
		fragment->when = model.clock;
	}
}

static uint32_t	 random_state;

static int
pick(int n)
{
	random_state = random_state * 1664525 + 1013904223;
	return ((int)((random_state >> 8) % (uint32_t)n));
}

static void
random_spec(struct spec *s)
{
	static const int	 protos[] = { 6, 6, 6, 6, 17, 17, 132, 136, 47,
				    1, 1 };
	static const int	 flags[] = { SYN, SYN, SYN | ACK, ACK, ACK, ACK,
				    ACK | PSH, FIN | ACK, FIN | ACK, RST,
				    RST | ACK, SYN | RST, SYN | FIN, 0, FIN };
	static const int	 types[2][5] = { { 8, 0, 13, 14, 3 },
				    { 128, 129, 135, 136, 1 } };

	memset(s, 0, sizeof(*s));
	s->version = pick(3) == 0 ? 6 : 4;
	s->proto = protos[pick(11)];
	s->src = pick(3);
	s->dst = pick(3);
	s->src_port = pick(2) * 1007;
	s->dst_port = pick(2) * 1007;
	s->flags = flags[pick(15)];
	s->payload = pick(40);
	s->direction = pick(3);
	if (pick(2))
		memcpy(s->ifname, pick(2) ? "em0" : "em1", 4);
	if (s->proto == 1) {
		s->proto = s->version == 4 ? 1 : 58;
		s->src_port = types[s->version == 6][pick(5)];
		s->dst_port = pick(2);
		s->ident = pick(2);
		s->payload += 8;
	}
	/* One connection more often, so that it comes to its end. */
	if (s->proto == 6 && pick(2)) {
		s->version = 4;
		s->dst = 1 - (s->src = pick(2));
		s->src_port = s->src * 1007;
		s->dst_port = s->dst * 1007;
	}
	/* Few names: each has its own place in the table's memory. */
	if (!weak_hash && pick(6) == 0 && s->src < 2 && s->dst < 2 &&
	    (s->proto == 17 || s->proto == 47)) {
		s->frag_id = 1 + pick(2);
		s->frag_byte = pick(2) * 24;
		s->more = s->frag_byte == 0 || pick(2);
		s->payload = 16;
	}
	if (pick(20) == 0) {
		s->bad = 1 + pick(2);
		s->frag_id = s->frag_byte = s->more = 0;
		/* Less than any header that there should be. */
		s->payload = s->proto == 47 || s->bad == 2 ? 0 : 3;
	} else if (s->payload > 8 && pick(4) == 0 && s->frag_id == 0)
		s->cut = pick(8);
}

static int64_t
random_step(void)
{
	switch (pick(24)) {
	case 0:
		return (40 * SECOND);
	case 1:
		return (5 * SECOND);
	case 2:
		return (-20 * SECOND);
	case 3:
		return (pick(10) == 0 ? 400 * SECOND : 10 * SECOND);
	case 4:
		return (pick(10) == 0 ? -300 * SECOND : 2 * SECOND);
	case 5:
	case 6:
	case 7:
		return (0);
	default:
		return (pick(3000) * MS);
	}
}

static void
assert_same(const struct flow *a, const struct flow *b)
{
	assert_int_equal(a->ended, b->ended);
	assert_int_equal(a->reason, b->reason);
	assert_int_equal(a->state, b->state);
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->version, b->version);
	assert_int_equal(a->key.proto, b->key.proto);
	assert_int_equal(a->key.src_port, b->key.src_port);
	assert_int_equal(a->key.dst_port, b->key.dst_port);
	assert_int_equal(a->key.id, b->key.id);
	assert_memory_equal(a->packets, b->packets, sizeof(a->packets));
	assert_memory_equal(a->bytes, b->bytes, sizeof(a->bytes));
	assert_int_equal(a->start, b->start);
	assert_int_equal(a->end, b->end);
	assert_memory_equal(a->tcp_flags, b->tcp_flags, sizeof(a->tcp_flags));
	assert_int_equal(a->icmp_type, b->icmp_type);
	assert_int_equal(a->icmp_code, b->icmp_code);
	assert_int_equal(a->direction, b->direction);
	assert_memory_equal(a->ifname, b->ifname, sizeof(a->ifname));
}

static unsigned long	 by_reason[FLOW_REASON_MAX];

static void
run_model(uint32_t seed, unsigned int max, int idle, int active)
{
	struct flow_table	*table = open_table(max, idle, active, 0);
	struct flow_counts	 counts;
	struct mflow		*f;
	struct spec		 s;
	uint64_t		 bytes = 0, packets = 0;
	unsigned int		 checked = 0, i;
	int64_t			 now = START;

	random_state = seed;
	memset(&model, 0, sizeof(model));
	model.max = max;
	model.idle = idle * SECOND;
	model.period = active * SECOND;
	for (i = 0; i < 1500; i++) {
		random_spec(&s);
		now += random_step();
		if (s.bad != 2) {
			packets++;
			build(&s);
			bytes += packet.wirelen;
		}
		feed(table, &s, now);
		model_packet(&s, now);
		assert_int_equal(nreports, model.nout);
		for (; checked < nreports; checked++)
			assert_same(&reports[checked], &model.out[checked]);
		flow_counts(table, &counts);
		assert_int_equal(counts.active, model.active);
		assert_true(counts.active <= max);
	}
	flow_flush(table, FLOW_SHUTDOWN);
	assert_int_equal(total_packets, packets);
	assert_int_equal(total_bytes, bytes);
	flow_counts(table, &counts);
	assert_int_equal(counts.active, 0);
	for (i = 0; i < FLOW_REASON_MAX; i++)
		by_reason[i] += counts.reported[i];
	while ((f = model.flows) != NULL)
		model_end(f, FLOW_SHUTDOWN, model.clock);
	flow_table_free(table);
}

static void
as_the_model(void **state)
{
	static const struct {
		unsigned int	 max;
		int		 idle, active;
	} settings[] = {
		{ 1, 0, 0 }, { 2, 7, 0 }, { 5, 0, 20 }, { 12, 50, 13 },
		{ 40, 0, 0 }, { 300, 0, 30 }, { 300, 3, 2 },
	};
	uint32_t		 seed;
	size_t			 i;

	(void)state;
	memset(by_reason, 0, sizeof(by_reason));
	for (seed = 1; seed <= 40; seed++)
		for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
			run_model(seed * 7919, settings[i].max,
			    settings[i].idle, settings[i].active);
	/* Each way to end was among them. */
	for (i = 0; i < FLOW_REASON_MAX; i++) {
		print_message("# %s: %lu\n", reason_names[i], by_reason[i]);
		assert_true(by_reason[i] > 100);
	}
}

/* All flows in one row of slots: what finds them is the comparison. */
static void
as_the_model_with_a_weak_hash(void **state)
{
	uint32_t	 seed;

	(void)state;
	weak_hash = 1;
	for (seed = 1; seed <= 10; seed++) {
		run_model(seed, 7, 0, 20);
		run_model(seed, 300, 0, 0);
	}
	weak_hash = 0;
}

/* Another seed of the hash is another order of slots, and nothing else. */
static void
seeds_do_not_matter(void **state)
{
	static struct flow	 before[REPORTS_MAX];
	struct flow_options	 options;
	struct flow_table	*table;
	struct spec		 s;
	unsigned int		 i, n = 0, pass;
	int64_t			 now;

	(void)state;
	for (pass = 0; pass < 4; pass++) {
		memset(&options, 0, sizeof(options));
		options.max = 30;
		options.seed[0] = pass * UINT64_C(0x123456789abcdef);
		options.seed[1] = ~options.seed[0];
		options.ended = note_flow;
		options.arg = reports;
		nreports = 0;
		assert_non_null(table = flow_table_new(&options));
		random_state = 4711;
		for (i = 0, now = START; i < 3000; i++) {
			random_spec(&s);
			/* The memory of fragments is by hash. */
			if (s.frag_id == 0)
				feed(table, &s, now += random_step());
		}
		flow_flush(table, FLOW_SHUTDOWN);
		flow_table_free(table);
		if (pass == 0) {
			n = nreports;
			memcpy(before, reports, n * sizeof(before[0]));
		}
		assert_int_equal(nreports, n);
		assert_memory_equal(reports, before, n * sizeof(before[0]));
	}
	assert_true(n > 500);
}

/* The id of a flow is that of its packets, both ways. */
static void
ids_are_those_of_the_packets(void **state)
{
	struct flow_table	*table = open_table(0, 0, 0, 0);
	struct community_cache	*cache;
	const struct flow	*flow;
	struct spec		 s;
	const char		*id;
	unsigned int		 i, none = 0;

	(void)state;
	random_state = 99;
	assert_non_null(cache = community_cache_new(0));
	for (i = 0; i < 3000; i++) {
		random_spec(&s);
		if (s.frag_byte != 0 || s.bad == 2)
			continue;
		flow = feed(table, &s, START);
		id = community_cache_get(cache, packet.data, &layout);
		assert_string_equal(flow->community_id, id != NULL ? id : "");
		none += id == NULL;
	}
	assert_true(none > 0);
	community_cache_free(cache);
	flow_table_free(table);
}

/* Many flows come and go: slots are found again when others are freed. */
static void
many_flows(void **state)
{
	struct flow_table	*table = open_table(2000, 0, 0, 0);
	const struct flow	*flow;
	struct flow_counts	 counts;
	struct spec		 s = { .version = 4, .proto = 17, .dst_port = 53 };
	uint64_t		 n = 0;
	int			 i, pass;

	(void)state;
	for (pass = 0; pass < 40; pass++)
		for (i = 0; i < 2000; i++, n++) {
			s.src_port = pass / 2 * 2000 + i;
			s.src = i % 5;
			flow = feed(table, &s, START + (int64_t)n);
			assert_int_equal(flow->packets[0], pass % 2 + 1);
		}
	flow_counts(table, &counts);
	assert_int_equal(counts.active, 2000);
	flow_flush(table, FLOW_SHUTDOWN);
	flow_counts(table, &counts);
	assert_int_equal(counts.active, 0);
	assert_int_equal(total_packets, n);
	for (i = 0; i <= (int)table->mask; i++)
		assert_int_equal(table->slots[i].index, NONE);
	flow_table_free(table);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tcp_from_syn_to_the_last_ack),
		cmocka_unit_test(rst_closes),
		cmocka_unit_test(a_syn_after_the_end_is_a_new_flow),
		cmocka_unit_test(timeouts_are_exact),
		cmocka_unit_test(fins_without_the_last_ack),
		cmocka_unit_test(long_flows_are_reported_in_pieces),
		cmocka_unit_test(what_is_oldest_makes_room),
		cmocka_unit_test(icmp_by_identifier_and_errors_apart),
		cmocka_unit_test(fragments_go_with_their_first),
		cmocka_unit_test(fragments_of_a_flow_that_is_gone),
		cmocka_unit_test(fragments_of_many_datagrams),
		cmocka_unit_test(a_clock_that_goes_back),
		cmocka_unit_test(times_are_clamped),
		cmocka_unit_test(bursts_are_bounded),
		cmocka_unit_test(options_out_of_range),
		cmocka_unit_test(as_the_model),
		cmocka_unit_test(as_the_model_with_a_weak_hash),
		cmocka_unit_test(seeds_do_not_matter),
		cmocka_unit_test(ids_are_those_of_the_packets),
		cmocka_unit_test(many_flows)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
