/* SPDX-License-Identifier: ISC */

/*
 * Any sequence of packets and times through the translator: every packet gets
 * one verdict, at once or later; nothing of the inside leaves as it came, nor in
 * the quote of an error; sums that were right are right and others are not, and
 * what is no address, port or sum stays; after each step the tables are whole:
 * every session and mapping is found by all its names, what is counted is
 * there, and at the end nothing is left.
 *
 * The input is a line of steps of a few bytes, so that flows meet again: most
 * make a packet of a few hosts and ports, some take their bytes as a packet, and
 * some answer a packet that came out not long ago or are errors about it.
 */

#include "compat.h"

#include <arpa/inet.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../bin/divertnat/nat_int.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define CHECK(x) do {							\
	if (!(x)) {							\
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x);	\
		abort();						\
	}								\
} while (0)

#define SECOND		UINT64_C(1000000000)
#define START		(UINT64_C(1000) * SECOND)
#define LEN_MAX		1600
/* With the packet's flags: it will be too large for its link. */
#define TOO_LARGE	0x80000000u

#define INSIDE		"match out on em0 inet from 10.0.0.0/8 to any nat-to "
#define INSIDE6		"match out on em0 inet6 from fd00::/8 to any nat-to "
#define SMALL		"set limit { states 8, frags 3, ports-per-host 4 }\n"

/* In all of them, what comes from 10.0.0.0/8 and fd00::/8 is translated. */
static const char *const	 texts[] = {
	SMALL INSIDE "203.0.113.1\n" INSIDE6 "2001:db8::1\n",
	"set limit states 20\n" INSIDE "203.0.113.1 port 5000:5007\n"
	    INSIDE6 "2001:db8::1 port 5000:5007\n",
	"set limit { states 3, frags 3 }\nset mapping port-overlap\n" INSIDE "203.0.113.1 port "
	    "5000:5001\n" INSIDE6 "{ 2001:db8::1, 2001:db8::2 }\n",
	"set limit states 12\nset filtering address-dependent\n"
	    "set unmatched drop\nmatch in on em0 inet proto { tcp, udp } to "
	    "203.0.113.1 port 5000:5001 rdr-to 10.0.0.2 port 4000:*\n"
	    INSIDE "{ 203.0.113.1, 203.0.113.2 }\n" INSIDE6 "2001:db8::1\n",
	"set limit states 12\nset filtering address-and-port-dependent\n"
	    "match on em0 inet from 10.0.0.2 to any binat-to 203.0.113.2\n"
	    "match on em0 inet6 from fd00::/48 to any npt-to 2001:db8::/48\n"
	    INSIDE "203.0.113.1 static-port\n" INSIDE6 "2001:db8:1::1\n",
	"set limit { states 6, states-per-host 3, new-per-host 2 }\n"
	    "set hairpin off\nset timeout port-rest 0\n" INSIDE
	    "203.0.113.0/30 round-robin\n" INSIDE6 "2001:db8::1\n"
};

static struct {
	uint64_t	 in, passed, replaced, dropped, held, released, made;
} sums;

/* Packets that came out, for those that answer them. */
#define KEPT	4
static struct {
	uint32_t	 len;
	uint8_t		 data[LEN_MAX];
} kept[KEPT];
static unsigned int	 nkept;

/* What is left of the input. */
static const uint8_t	*input;
static size_t		 left;
static uint64_t		 chance;

static uint8_t
next(void)
{
	if (left == 0)
		return (0);
	left--;
	return (*input++);
}

static void
some_random(void *arg, void *buf, size_t len)
{
	uint8_t	*p = buf;

	(void)arg;
	while (len-- > 0) {
		chance = chance * UINT64_C(6364136223846793005) + 1;
		*p++ = (uint8_t)(chance >> 56);
	}
}

/* Of the inside, and on its way out. */
static void
check_left(const struct divert_packet *pkt)
{
	const uint8_t	*p = pkt->data;

	if (pkt->direction != DIVERT_DIRECTION_OUT ||
	    strcmp(pkt->ifname, "em0") != 0)
		return;
	if (pkt->len >= 20 && p[0] >> 4 == 4 && (p[0] & 15) >= 5 &&
	    pkt->len >= (p[0] & 15) * 4U)
		CHECK(p[12] != 10);
	if (pkt->len >= 40 && p[0] >> 4 == 6)
		CHECK(p[8] != 0xfd);
}

/* The host inside that an error says it got the quoted packet for. */
static void
check_quote_left(const struct divert_packet *pkt)
{
	struct divert_layout	 l, q;
	const uint8_t		*dst;

	if (pkt->direction != DIVERT_DIRECTION_OUT ||
	    divert_packet_parse(pkt->data, pkt->len, &l) == -1 ||
	    (l.flags & DIVERT_LAYOUT_QUOTED) == 0)
		return;
	if (divert_packet_parse_quoted(pkt->data + l.inner_off,
	    l.end_off - l.inner_off, &q) == -1)
		return;
	dst = divert_packet_address(pkt->data + l.inner_off, &q,
	    DIVERT_DESTINATION);
	CHECK(dst == NULL || dst[0] != (q.version == 4 ? 10 : 0xfd));
}

/* Sums are what they were; the bytes, but for what is to be translated, too. */
static void
check_changes(const uint8_t *before, const struct divert_packet *pkt)
{
	struct divert_layout	 a, b;
	uint32_t		 at;

	CHECK(divert_packet_parse(before, pkt->len, &a) == 0);
	CHECK(divert_packet_parse(pkt->data, pkt->len, &b) == 0);
	CHECK(memcmp(&a, &b, sizeof(a)) == 0);
	CHECK(divert_cksum_verify_ip(before, &a) ==
	    divert_cksum_verify_ip(pkt->data, &b));
	if ((pkt->flags & DIVERT_PACKET_NOTREADY) == 0)
		CHECK(divert_cksum_verify_l4(before, &a) ==
		    divert_cksum_verify_l4(pkt->data, &b));
	CHECK(memcmp(before, pkt->data, a.version == 4 ? 10 : 8) == 0);
	CHECK(memcmp(before + a.end_off, pkt->data + a.end_off,
	    pkt->len - a.end_off) == 0);
	if ((a.flags & (DIVERT_LAYOUT_QUOTED | DIVERT_LAYOUT_L4)) !=
	    DIVERT_LAYOUT_L4)
		return;
	at = a.payload_off;
	CHECK(memcmp(before + at, pkt->data + at, a.end_off - at) == 0);
	if (a.proto == PROTO_TCP)
		CHECK(memcmp(before + a.l4_off + 4, pkt->data + a.l4_off + 4,
		    12) == 0);
}

static void
keep(const struct divert_packet *pkt)
{
	if (pkt->len == 0)
		return;
	kept[nkept % KEPT].len = pkt->len;
	memcpy(kept[nkept++ % KEPT].data, pkt->data, pkt->len);
}

static void
released(void *arg, struct divert_packet *pkt, enum nat_verdict verdict,
    enum nat_reason reason)
{
	(void)arg;
	sums.released++;
	CHECK(verdict != NAT_HOLD);
	CHECK(pkt->len <= LEN_MAX);
	CHECK((verdict == NAT_DROP) == (reason != NAT_REASON_NONE));
	if (verdict != NAT_DROP)
		check_left(pkt);
}

static void
made(void *arg, struct divert_packet *pkt)
{
	struct divert_layout	 layout;

	(void)arg;
	sums.made++;
	CHECK(pkt->len >= 48 && pkt->len <= 1280);
	CHECK(divert_packet_parse(pkt->data, pkt->len, &layout) == 0);
	CHECK(layout.proto == PROTO_ICMP || layout.proto == PROTO_ICMPV6);
	CHECK(divert_cksum_verify_ip(pkt->data, &layout) != DIVERT_SUM_BAD);
	CHECK(divert_cksum_verify_l4(pkt->data, &layout) != DIVERT_SUM_BAD);
}

static void
event(void *arg, const struct nat_event *e)
{
	(void)arg;
	CHECK(e->family == 4 || e->family == 6);
	CHECK(e->reason < NAT_REASON_MAX);
}

/*
 * Tables
 */

static uint32_t
slots_in_use(const struct index *ix)
{
	uint32_t	 i, n = 0;

	for (i = 0; i <= ix->mask; i++)
		n += ix->slots[i].number != 0;
	return (n);
}

static void
check_session(const struct nat *nat, uint32_t n)
{
	const struct session	*s = &nat->sessions[n];
	struct tuple		 tuple;

	memset(&tuple, 0, sizeof(tuple));
	tuple.remote = s->remote;
	tuple.remote_port = s->remote_port;
	tuple.proto = s->proto;
	tuple.family = s->family;
	tuple.near = s->inside;
	tuple.near_port = s->inside_port;
	CHECK(session_find(nat, WAY_OUT, &tuple) == n);
	tuple.near = s->outside;
	tuple.near_port = s->outside_port;
	CHECK(session_find(nat, WAY_IN, &tuple) == n);
	if (s->mapping == 0)
		return;
	CHECK(nat->mappings[s->mapping].inside == s->inside);
	CHECK(nat->mappings[s->mapping].inside_port == s->inside_port);
	CHECK(nat->mappings[s->mapping].outside == s->outside);
	CHECK(nat->mappings[s->mapping].outside_port == s->outside_port);
	CHECK(nat->mappings[s->mapping].proto == s->proto);
}

static void
check_tables(const struct nat *nat)
{
	static uint32_t		 by_mapping[64], by_host[256], of_host[256];
	const struct mapping	*mapping;
	struct nat_counts	 c;
	uint32_t		 hosts = 0, mappings = 0, n, sessions = 0;
	uint64_t		 v = 0;
	int			 i;

	CHECK(nat->max < 64 && nat->hosts_max < 256);
	memset(by_mapping, 0, sizeof(by_mapping));
	memset(by_host, 0, sizeof(by_host));
	memset(of_host, 0, sizeof(of_host));
	for (n = 1; n < nat->session_fresh; n++) {
		if (nat->sessions[n].family == 0)
			continue;
		sessions++;
		check_session(nat, n);
		if (nat->sessions[n].mapping != 0) {
			by_mapping[nat->sessions[n].mapping]++;
			by_host[nat->mappings[
			    nat->sessions[n].mapping].host]++;
		}
	}
	for (n = 1; n < nat->mapping_fresh; n++) {
		mapping = &nat->mappings[n];
		if (by_mapping[n] == 0)
			continue;
		mappings++;
		CHECK(mapping->sessions == by_mapping[n]);
		of_host[mapping->host]++;
		/* One that other rules have ended, but no sweep yet, may not be. */
		CHECK(nat->sweep != 0 || mapping_find_inside(nat,
		    mapping->family, mapping->zone, mapping->proto,
		    mapping->inside, mapping->inside_port) == n);
		CHECK(mapping_find_outside(nat, mapping->family,
		    mapping->proto, mapping->outside, mapping->outside_port) ==
		    n);
		CHECK(ports_taken(&nat->ports[mapping->ports],
		    ntohs(mapping->outside_port)));
	}
	for (n = 1; n < nat->host_fresh; n++) {
		if (nat->hosts[n].family == 0)
			continue;
		hosts++;
		CHECK(nat->hosts[n].mappings == of_host[n]);
		CHECK(nat->hosts[n].sessions >= by_host[n]);
		CHECK(nat->hosts[n].sessions + nat->hosts[n].mappings > 0);
		CHECK(host_find(nat, nat->hosts[n].family, nat->hosts[n].zone,
		    nat->hosts[n].inside) == n);
	}
	nat_counts(nat, &c);
	CHECK(c.sessions == sessions);
	CHECK(c.sessions == c.sessions_made - c.sessions_ended);
	CHECK(sessions <= nat->rules->settings.limit[LIMIT_STATES]);
	CHECK(c.mappings == mappings);
	CHECK(c.mappings == c.mappings_made - c.mappings_ended);
	CHECK(c.hosts == hosts);
	CHECK(slots_in_use(&nat->by_inside) == sessions);
	CHECK(slots_in_use(&nat->by_outside) == sessions);
	CHECK(slots_in_use(&nat->mapping_by_inside) == mappings);
	CHECK(slots_in_use(&nat->mapping_by_outside) >= mappings);
	CHECK(slots_in_use(&nat->by_host) == hosts);
	/* Packets: each has one verdict or waits for it. */
	CHECK(sums.in == sums.passed + sums.replaced + sums.dropped +
	    sums.held);
	CHECK(c.held == sums.held - sums.released);
	CHECK(c.errors_made == sums.made);
	for (i = 0; i < NAT_REASON_MAX; i++)
		v += c.dropped[i];
	CHECK(v >= sums.dropped && v <= sums.dropped + sums.released);
}

/*
 * Packets
 */

static void
translate(struct nat *nat, uint8_t *bytes, uint32_t len, int where,
    uint32_t flags, uint64_t now)
{
	static uint8_t		 room[DIVERT_HEADROOM + LEN_MAX];
	struct divert_packet	 pkt;
	uint8_t			*data, reason = 0xff, verdict = 0xff;

	/* At the end, so that sanitizers see what is read behind it. */
	data = room + sizeof(room) - len;
	if (len > 0)
		memcpy(data, bytes, len);
	memset(&pkt, 0, sizeof(pkt));
	pkt.data = data;
	pkt.len = pkt.wirelen = len;
	pkt.hook = 0xff;
	pkt.flags = flags & ~TOO_LARGE;
	pkt.direction = (uint8_t)(where == 1 || where == 2 ?
	    DIVERT_DIRECTION_IN : where == 3 ? DIVERT_DIRECTION_NONE :
	    DIVERT_DIRECTION_OUT);
	strcpy(pkt.ifname, where == 2 ? "em1" : "em0");
	nat_packets(nat, &pkt, 1, now, &verdict, &reason);
	CHECK(pkt.len == len && pkt.data == data);
	CHECK(reason < NAT_REASON_MAX);
	CHECK((verdict == NAT_DROP) == (reason != NAT_REASON_NONE));
	sums.in++;
	switch (verdict) {
	case NAT_PASS:
		sums.passed++;
		CHECK(len == 0 || memcmp(data, bytes, len) == 0);
		break;
	case NAT_REPLACE:
		sums.replaced++;
		check_changes(bytes, &pkt);
		check_quote_left(&pkt);
		break;
	case NAT_DROP:
		sums.dropped++;
		break;
	default:
		CHECK(verdict == NAT_HOLD);
		sums.held++;
	}
	if (verdict != NAT_PASS && verdict != NAT_REPLACE)
		return;
	check_left(&pkt);
	keep(&pkt);
	if ((flags & TOO_LARGE) != 0)
		nat_too_large(nat, &pkt, 1400, now);
}

static void
put(uint8_t *p, unsigned int v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* An address: inside, outside or far away. */
static void
put_address(uint8_t *p, int v6, unsigned int which)
{
	static const uint8_t	 nets4[4][3] = { { 10, 0, 0 },
	    { 203, 0, 113 }, { 192, 0, 2 }, { 10, 0, 0 } };
	static const uint8_t	 nets6[4][6] = { { 0xfd }, { 0x20, 1, 13,
	    0xb8 }, { 0x20, 1, 13, 0xb8, 0, 9 }, { 0xfd } };

	if (v6) {
		memset(p, 0, 16);
		memcpy(p, nets6[which >> 2 & 3], 6);
		p[15] = (uint8_t)(which & 3);
	} else {
		memcpy(p, nets4[which >> 2 & 3], 3);
		p[3] = (uint8_t)(which & 3);
	}
}

/* A header and 8 bytes or 20 behind it; the length. */
static uint32_t
make_header(uint8_t *p, int v6, int proto, uint8_t ends, uint8_t ports,
    uint8_t more)
{
	static const unsigned int	 numbers[4] = { 4000, 4001, 5000, 5001 };
	uint32_t			 head = v6 ? 40 : 20, len;
	uint8_t				*l4 = p + head;

	len = head + (proto == PROTO_TCP ? 20 : 8) + (more & 7);
	memset(p, 0, len);
	if (v6) {
		p[0] = 0x60;
		put(p + 4, len - head);
		p[6] = (uint8_t)proto;
		p[7] = 60;
		put_address(p + 8, 1, ends & 15);
		put_address(p + 24, 1, ends >> 4);
	} else {
		p[0] = 0x45;
		put(p + 2, len);
		p[8] = 60;
		p[9] = (uint8_t)proto;
		put_address(p + 12, 0, ends & 15);
		put_address(p + 16, 0, ends >> 4);
	}
	put(l4, numbers[ports & 3]);
	put(l4 + 2, numbers[ports >> 2 & 3]);
	if (proto == PROTO_TCP) {
		l4[7] = ports >> 4;
		l4[12] = 0x50;
		l4[13] = more >> 3;
	} else if (proto == PROTO_UDP)
		put(l4 + 4, len - head);
	else if (proto == PROTO_ICMP || proto == PROTO_ICMPV6) {
		l4[0] = (uint8_t)(v6 ? 128 + (more >> 3 & 1) :
		    more & 8 ? 0 : 8);
		l4[1] = 0;
		put(l4 + 4, numbers[ports & 3]);
	}
	return (len);
}

static void
make_packet(struct nat *nat, uint8_t kind, int where, uint64_t now)
{
	static const int	 protos[4] = { PROTO_UDP, PROTO_TCP, 0, 47 };
	struct divert_layout	 layout;
	uint8_t			 data[LEN_MAX], quoted[200];
	uint8_t			 ends = next(), ports = next(), more = next();
	uint32_t		 head, len, n;
	int			 proto, v6 = kind & 1;

	proto = protos[kind >> 1 & 3];
	if (proto == 0)
		proto = v6 ? PROTO_ICMPV6 : PROTO_ICMP;
	len = make_header(data, v6, proto, ends, ports, more);
	head = v6 ? 40 : 20;
	if (kind & 8) {
		/* An error about it. */
		memcpy(quoted, data, n = len);
		ends = next();
		(void)make_header(data, v6, v6 ? PROTO_ICMPV6 : PROTO_ICMP,
		    ends, 0, 0);
		data[head] = (uint8_t)(v6 ? 1 + (ports & 1) : ports & 1 ? 3 :
		    11);
		memset(data + head + 4, 0, 4);
		if (!v6) {
			put(quoted + 10, 0);
			(void)divert_packet_parse(quoted, n, &layout);
			(void)divert_cksum_repair(quoted, &layout);
		}
		memcpy(data + head + 8, quoted, n);
		len = head + 8 + n;
		put(data + (v6 ? 4 : 2), v6 ? len - head : len);
	}
	if (divert_packet_parse(data, len, &layout) == 0 && (more & 0x80) == 0)
		(void)divert_cksum_repair(data, &layout);
	if (kind & 16 && !v6) {
		/* A piece. */
		data[5] = more & 3;
		data[6] = more & 4 ? 0x20 : 0;
		data[7] = (uint8_t)(more >> 3 & 3);
		if (divert_packet_parse(data, len, &layout) == 0)
			(void)divert_cksum_repair(data, &layout);
	}
	if (kind & 16 && v6 && len + 8 <= LEN_MAX) {
		memmove(data + 48, data + 40, len - 40);
		memset(data + 40, 0, 8);
		data[40] = data[6];
		data[6] = 44;
		data[43] = (uint8_t)((more & 0x18) | (more >> 2 & 1));
		data[47] = more & 3;
		len += 8;
		put(data + 4, len - 40);
	}
	if (more & 0x40) {
		/* Damaged, or cut. */
		if (ports & 1)
			len -= 1 + (more & 7);
		else
			data[1 + ports % (head - 1)] ^= ends;
	}
	translate(nat, data, len, where, 0, now);
}

/* The other way round, as far as it has ends; what a reply says it is. */
static void
turn(uint8_t *p, uint32_t len)
{
	struct divert_layout	 l;
	uint8_t			 spare[16];
	uint32_t		 at, n;

	if (divert_packet_parse(p, len, &l) == -1)
		return;
	at = l.version == 4 ? 12 : 8;
	n = l.version == 4 ? 4 : 16;
	memcpy(spare, p + at, n);
	memcpy(p + at, p + at + n, n);
	memcpy(p + at + n, spare, n);
	if ((l.flags & DIVERT_LAYOUT_L4) == 0)
		return;
	if (l.proto == PROTO_TCP || l.proto == PROTO_UDP) {
		memcpy(spare, p + l.l4_off, 2);
		memcpy(p + l.l4_off, p + l.l4_off + 2, 2);
		memcpy(p + l.l4_off + 2, spare, 2);
	} else if (l.proto == PROTO_ICMP || l.proto == PROTO_ICMPV6) {
		p[l.l4_off] ^= l.version == 4 ? 8 : 1;
		(void)divert_cksum_repair(p, &l);
	}
}

/* An answer to a packet that came out, or an error about it. */
static void
answer(struct nat *nat, int is_error, uint64_t now)
{
	struct divert_layout	 l;
	uint8_t			 data[LEN_MAX], how = next(), cut = next();
	const uint8_t		*about;
	uint32_t		 head, n, flags = 0;
	int			 v6;

	if (nkept == 0)
		return;
	n = kept[how % KEPT % nkept].len;
	about = kept[how % KEPT % nkept].data;
	memcpy(data, about, n);
	v6 = data[0] >> 4 == 6;
	head = v6 ? 40 : 20;
	if (!is_error)
		turn(data, n);
	else if (n >= head && n + head + 8 <= LEN_MAX) {
		/* From its receiver, or from elsewhere. */
		memmove(data + head + 8, data, n);
		memset(data, 0, head + 8);
		memcpy(data + (v6 ? 24 : 16), about + (v6 ? 8 : 12),
		    v6 ? 16 : 4);
		if (how & 0x40)
			put_address(data + (v6 ? 8 : 12), v6, cut >> 4);
		else
			memcpy(data + (v6 ? 8 : 12), about + (v6 ? 24 : 16),
			    v6 ? 16 : 4);
		data[0] = v6 ? 0x60 : 0x45;
		data[v6 ? 7 : 8] = 60;
		data[v6 ? 6 : 9] = v6 ? PROTO_ICMPV6 : PROTO_ICMP;
		data[head] = v6 ? 1 + (how >> 4 & 1) : 3;
		n += head + 8;
		if (cut < n - head - 8 && (how & 0x20) != 0)
			n = head + 8 + cut;
		put(data + (v6 ? 4 : 2), v6 ? n - head : n);
		if (divert_packet_parse(data, n, &l) == 0)
			(void)divert_cksum_repair(data, &l);
	}
	if (!is_error && how & 0x40)
		flags = DIVERT_PACKET_NOTREADY;
	if (how & 0x80)
		flags |= TOO_LARGE;
	translate(nat, data, n, how >> 2 & 3, flags, now);
}

static uint64_t
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
		return ((v & 31) * SECOND * 4000);
	default:
		return (0);
	}
}

static struct rules *
parse(unsigned int which)
{
	struct rules	*rules;
	char		 errbuf[200];

	rules = rules_parse("fuzz", texts[which], strlen(texts[which]), errbuf,
	    sizeof(errbuf));
	if (rules == NULL)
		fprintf(stderr, "%s\n", errbuf);
	CHECK(rules != NULL);
	return (rules);
}

/* What is rare: a host is ended, other rules, answers. */
static void
special(struct nat *nat, struct rules **rules, uint8_t kind, uint64_t now)
{
	struct rules	*others;
	uint8_t		 addr[4] = { 10, 0, 0, 0 };

	switch (kind >> 2 & 3) {
	case 0:
		addr[3] = kind & 3;
		(void)nat_kill(nat, 4, addr);
		break;
	case 1:
		/* With limits as they are: the tables stay. */
		others = parse(next() % (sizeof(texts) / sizeof(texts[0])));
		memcpy(others->settings.limit, (*rules)->settings.limit,
		    sizeof(others->settings.limit));
		if (nat_reload(nat, others, now) == -1) {
			rules_free(others);
			break;
		}
		rules_free(*rules);
		*rules = others;
		/* All at once, or while packets go on. */
		while ((kind & 1) != 0 && nat->sweep != 0)
			nat_expire(nat, now);
		break;
	case 2:
		answer(nat, 0, now);
		break;
	default:
		answer(nat, 1, now);
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct nat_options	 options;
	struct nat_counts	 c;
	struct rules		*rules;
	struct nat		*nat;
	uint8_t			 copy[256], kind, n;
	uint64_t		 now = START;
	int			 i;

	input = bytes;
	left = len > 4096 ? 4096 : len;
	memset(&sums, 0, sizeof(sums));
	nkept = 0;
	memset(&options, 0, sizeof(options));
	chance = 1;
	options.seed[0] = 7;
	options.random = some_random;
	options.released = released;
	options.made = made;
	options.event = event;
	rules = parse(next() % (sizeof(texts) / sizeof(texts[0])));
	if ((nat = nat_new(rules, &options)) == NULL) {
		rules_free(rules);
		return (0);
	}
	while (left > 0) {
		kind = next();
		switch (kind >> 5) {
		case 6:
			now += step();
			nat_expire(nat, now);
			break;
		case 7:
			if (kind & 16) {
				special(nat, &rules, kind, now);
				break;
			}
			n = next();
			if (n > left)
				n = (uint8_t)left;
			if (n > 0)
				memcpy(copy, input, n);
			input += n;
			left -= n;
			translate(nat, copy, n, kind & 3, kind & 8 ?
			    DIVERT_PACKET_NOTREADY : 0, now);
			break;
		default:
			make_packet(nat, kind & 31, kind >> 5 == 5 ? 3 :
			    (kind >> 5) % 3, now);
			break;
		}
		check_tables(nat);
	}
	/* Much later nothing is left of it. */
	for (i = 0; i < 2000; i++) {
		now += 100 * SECOND;
		nat_expire(nat, now);
	}
	check_tables(nat);
	nat_counts(nat, &c);
	CHECK(c.sessions == 0 && c.mappings == 0 && c.hosts == 0);
	CHECK(c.held == 0 && c.fragments == 0);
	nat_free(nat);
	rules_free(rules);
	return (0);
}
