/* SPDX-License-Identifier: ISC */

/* Snapshots: see nat_state.h. */

#include "compat.h"

#include <stdio.h>
#include <string.h>

#include "nat_int.h"
#include "nat_state.h"

#define SECOND		INT64_C(1000000000)
#define MAGIC		UINT32_C(0x54414e44)	/* "DNAT", as bytes go */
#define VERSION		1

enum block_kind { BLOCK_HEADER = 1, BLOCK_SESSIONS, BLOCK_END };
enum stage { STAGE_HEADER, STAGE_SESSIONS, STAGE_END, STAGE_OVER };

/* Every block begins with this. */
struct block {
	uint32_t	 magic;
	uint32_t	 crc;		/* of all behind it */
	uint16_t	 kind;
	uint16_t	 count;		/* of what is in it */
	uint32_t	 len;		/* with this */
};

struct header {
	uint32_t	 version;
	uint32_t	 ticks;		/* of a second */
	int64_t		 wall;
	uint32_t	 record;	/* sizeof(struct record) */
	uint32_t	 zones;		/* names that follow */
};

/* A session; its addresses follow: inside, remote, outside. */
struct record {
	uint64_t	 packets[2];
	uint64_t	 bytes[2];
	uint32_t	 idle;		/* ticks */
	uint32_t	 age;
	uint32_t	 mapping_age;
	uint32_t	 ack[2];
	uint16_t	 inside_port;
	uint16_t	 remote_port;
	uint16_t	 outside_port;
	uint8_t		 family;
	uint8_t		 proto;
	uint8_t		 tcp_state;
	uint8_t		 timeout;
	uint8_t		 flags;
	uint8_t		 zone;
	uint8_t		 mapped;
	uint8_t		 window[2];
	uint8_t		 scale;
	uint8_t		 bound;		/* its host keeps this address */
	uint8_t		 pad[5];
};

struct end {
	uint64_t	 sessions;
};

/* Of flags, what a snapshot keeps. */
#define FLAGS_KEPT	(uint8_t)~SESSION_CURRENT

/* 65535 << 14 (RFC 7323), as struct session has it. */
#define WINDOW_MAX	30

/* Places looked at for a block: an empty table takes no time at a stretch. */
#define LOOK_MAX	16384u

/* ---- out ----------------------------------------------------------------- */

void
nat_state_begin(struct nat_state *st, int64_t wall)
{
	memset(st, 0, sizeof(*st));
	st->wall = wall;
	st->at = 1;
	st->stage = STAGE_HEADER;
}

/* The head of a block whose other bytes are there. */
static size_t
seal(uint8_t *buf, enum block_kind kind, unsigned int count, size_t len)
{
	struct block	 block;

	block.magic = MAGIC;
	block.crc = 0;
	block.kind = (uint16_t)kind;
	block.count = (uint16_t)count;
	block.len = (uint32_t)len;
	memcpy(buf, &block, sizeof(block));
	block.crc = divert_cksum_crc32c(0, buf + 8, len - 8);
	memcpy(buf, &block, sizeof(block));
	return (len);
}

static size_t
write_header(const struct nat_state *st, const struct nat *nat, uint8_t *buf)
{
	struct header	 header;
	size_t		 len = sizeof(struct block);

	memset(&header, 0, sizeof(header));
	header.version = VERSION;
	header.ticks = TICKS;
	header.wall = st->wall;
	header.record = sizeof(struct record);
	header.zones = nat->nzones;
	memcpy(buf + len, &header, sizeof(header));
	len += sizeof(header);
	memcpy(buf + len, nat->zones[1], (size_t)nat->nzones *
	    DIVERT_IFNAME_SIZE);
	len += (size_t)nat->nzones * DIVERT_IFNAME_SIZE;
	return (seal(buf, BLOCK_HEADER, 0, len));
}

static int
is_bound(const struct nat *nat, const struct session *s)
{
	const struct host	*host = &nat->hosts[session_host(nat, s)];

	return (host->bound && host->outside == s->outside);
}

static void
fill_record(const struct nat *nat, uint32_t n, struct record *r)
{
	const struct session	*s = &nat->sessions[n];
	const struct rest	*rest = &nat->rests[n];
	int			 way;

	memset(r, 0, sizeof(*r));
	for (way = 0; way < 2; way++) {
		r->packets[way] = (uint64_t)rest->packets_high[way] << 32 |
		    s->packets[way];
		r->bytes[way] = (uint64_t)rest->bytes_high[way] << 32 |
		    s->bytes[way];
		r->ack[way] = s->ack[way];
		r->window[way] = s->window[way];
	}
	r->idle = nat->tick - s->last;
	r->age = nat->tick - rest->start;
	r->inside_port = s->inside_port;
	r->remote_port = s->remote_port;
	r->outside_port = s->outside_port;
	r->family = s->family;
	r->proto = s->proto;
	r->tcp_state = s->tcp_state;
	r->timeout = s->timeout;
	r->flags = s->flags & FLAGS_KEPT;
	r->zone = s->zone;
	r->scale = s->scale;
	r->bound = (uint8_t)is_bound(nat, s);
	if (s->mapping == 0)
		return;
	r->mapped = 1;
	r->mapping_age = nat->tick - nat->mappings[s->mapping].start;
}

static size_t
put_address(uint8_t *buf, const struct nat *nat, int family, uint32_t number)
{
	size_t	 len = family == 4 ? 4 : 16;

	memcpy(buf, address_bytes(nat, family, &number), len);
	return (len);
}

static size_t
write_sessions(struct nat_state *st, const struct nat *nat, uint8_t *buf)
{
	const struct session	*s;
	struct record		 record;
	size_t			 len = sizeof(struct block);
	unsigned int		 count = 0, looks;

	for (looks = 0; st->at < nat->session_fresh && looks < LOOK_MAX &&
	    len + sizeof(record) + 48 <= NAT_STATE_BLOCK_MAX;
	    st->at++, looks++) {
		s = &nat->sessions[st->at];
		if (s->family == 0 || session_is_old(nat, s))
			continue;
		fill_record(nat, st->at, &record);
		memcpy(buf + len, &record, sizeof(record));
		len += sizeof(record);
		len += put_address(buf + len, nat, s->family, s->inside);
		len += put_address(buf + len, nat, s->family, s->remote);
		len += put_address(buf + len, nat, s->family, s->outside);
		count++;
	}
	st->sessions += count;
	return (seal(buf, BLOCK_SESSIONS, count, len));
}

size_t
nat_state_next(struct nat_state *st, const struct nat *nat, uint8_t *buf)
{
	struct end	 end;

	switch (st->stage) {
	case STAGE_HEADER:
		st->stage = STAGE_SESSIONS;
		return (write_header(st, nat, buf));
	case STAGE_SESSIONS:
		if (st->at < nat->session_fresh)
			return (write_sessions(st, nat, buf));
		st->stage = STAGE_END;
		/* FALLTHROUGH */
	case STAGE_END:
		st->stage = STAGE_OVER;
		end.sessions = st->sessions;
		memcpy(buf + sizeof(struct block), &end, sizeof(end));
		return (seal(buf, BLOCK_END, 0, sizeof(struct block) +
		    sizeof(end)));
	default:
		return (0);
	}
}

/* ---- in ------------------------------------------------------------------ */

struct loading {
	struct nat		*nat;
	const uint8_t		*p;		/* what is left */
	size_t			 len;
	uint32_t		 elapsed;	/* ticks since it was written */
	unsigned int		 nzones;
	uint8_t			 zones[ZONES_MAX + 1];	/* of ours */
	uint64_t		 sessions;
	struct nat_state_counts	*counts;
	const char		*fault;
};

/* The next block, whole and right; 0: a fault. */
static int
next_block(struct loading *l, struct block *block)
{
	if (l->len < sizeof(*block)) {
		l->fault = "it is cut";
		return (0);
	}
	memcpy(block, l->p, sizeof(*block));
	if (block->magic != MAGIC)
		l->fault = "no snapshot of this kind of machine";
	else if (block->len < sizeof(*block) ||
	    block->len > NAT_STATE_BLOCK_MAX)
		l->fault = "a block has no length";
	else if (block->len > l->len)
		l->fault = "it is cut";
	else if (divert_cksum_crc32c(0, l->p + 8, block->len - 8) !=
	    block->crc)
		l->fault = "the checksum of a block is wrong";
	else
		return (1);
	return (0);
}

static int
read_header(struct loading *l, const struct block *block, int64_t wall)
{
	struct header	 header;
	int64_t		 passed;

	if (block->kind != BLOCK_HEADER ||
	    block->len < sizeof(*block) + sizeof(header)) {
		l->fault = "it does not begin with a header";
		return (0);
	}
	memcpy(&header, l->p + sizeof(*block), sizeof(header));
	if (header.version != VERSION || header.ticks != TICKS ||
	    header.record != sizeof(struct record)) {
		l->fault = "it is of another version";
		return (0);
	}
	if (header.zones > ZONES_MAX || block->len != sizeof(*block) +
	    sizeof(header) + (size_t)header.zones * DIVERT_IFNAME_SIZE) {
		l->fault = "its header is wrong";
		return (0);
	}
	l->nzones = header.zones;
	/* A clock that was set back has not made them younger. */
	passed = wall > header.wall ? (wall - header.wall) / TICK_NS : 0;
	l->elapsed = passed < INT32_MAX ? (uint32_t)passed : INT32_MAX;
	return (1);
}

static void
read_zones(struct loading *l)
{
	const uint8_t	*p;
	char		 name[DIVERT_IFNAME_SIZE];
	unsigned int	 i;

	p = l->p + sizeof(struct block) + sizeof(struct header);
	for (i = 1; i <= l->nzones; i++, p += DIVERT_IFNAME_SIZE) {
		memcpy(name, p, sizeof(name));
		name[sizeof(name) - 1] = '\0';
		l->zones[i] = zone_of(l->nat, name);
	}
}

static int
is_sane(const struct loading *l, const struct record *r)
{
	return ((r->family == 4 || r->family == 6) && r->proto != 0 &&
	    r->tcp_state <= TCP_TRANS && r->timeout < TIMEOUT_MAX &&
	    (r->proto == PROTO_TCP) == (r->tcp_state != TCP_CLOSED) &&
	    (r->flags & SESSION_CURRENT) == 0 && r->zone <= l->nzones &&
	    r->window[0] <= WINDOW_MAX && r->window[1] <= WINDOW_MAX &&
	    r->mapped <= 1 && (!r->mapped || r->proto == PROTO_TCP ||
	    r->proto == PROTO_UDP || r->proto == PROTO_ICMP ||
	    r->proto == PROTO_ICMPV6));
}

/*
 * The tick so long before the snapshot.  It may be before the clock began, as
 * after a restart of the machine: ticks are compared by their difference.
 */
static uint32_t
tick_of(const struct loading *l, uint32_t ago)
{
	uint64_t	 ticks = (uint64_t)ago + l->elapsed;

	return (l->nat->tick - (uint32_t)(ticks < UINT32_MAX ? ticks :
	    UINT32_MAX));
}

/* The mapping of a session, found or made; 0: it cannot be. */
static uint32_t
get_mapping(struct loading *l, const struct record *r,
    const struct session *s, const struct rule *rule)
{
	struct nat	*nat = l->nat;
	struct mapping	 wanted, *m;
	enum nat_reason	 reason;
	uint32_t	 n;

	n = mapping_find_inside(nat, s->family, s->zone, s->proto, s->inside,
	    s->inside_port);
	if (n != 0) {
		m = &nat->mappings[n];
		return (m->outside == s->outside &&
		    m->outside_port == s->outside_port ? n : 0);
	}
	memset(&wanted, 0, sizeof(wanted));
	wanted.inside = s->inside;
	wanted.outside = s->outside;
	wanted.inside_port = s->inside_port;
	wanted.outside_port = s->outside_port;
	wanted.proto = s->proto;
	wanted.family = s->family;
	wanted.zone = s->zone;
	wanted.flags = s->flags & SESSION_LOG;
	if ((n = mapping_make_at(nat, &wanted, rule, &reason)) == 0)
		return (0);
	m = &nat->mappings[n];
	m->start = tick_of(l, r->mapping_age);
	return (n);
}

/* Its host keeps this address (RFC 6888 REQ-2). */
static void
bind_host(struct nat *nat, const struct session *s)
{
	uint32_t	 host = session_host(nat, s);

	if (host != 0 && !nat->hosts[host].bound)
		host_bind(nat, host, s->outside);
}

/* What session_make() does not know. */
static void
set_past(struct loading *l, const struct record *r, uint32_t n)
{
	struct nat	*nat = l->nat;
	struct session	*s = &nat->sessions[n];
	struct rest	*rest = &nat->rests[n];
	int		 way;

	for (way = 0; way < 2; way++) {
		s->packets[way] = (uint32_t)r->packets[way];
		s->bytes[way] = (uint32_t)r->bytes[way];
		rest->packets_high[way] = (uint8_t)(r->packets[way] >> 32);
		rest->bytes_high[way] = (uint16_t)(r->bytes[way] >> 32);
	}
	timer_stop(nat, n);
	s->last = tick_of(l, r->idle);
	rest->start = tick_of(l, r->age);
	timer_start(nat, n);
}

/* 0: no room or no such rule; addresses are in use, and given up then. */
static int
make_session(struct loading *l, const struct record *r, struct session *s)
{
	struct nat		*nat = l->nat;
	const struct rule	*rule;
	enum nat_reason		 reason;
	uint32_t		 n;

	if (!session_allowed(nat, s, r->mapped, &rule) ||
	    (r->mapped && (rule == NULL || (s->mapping = get_mapping(l, r, s,
	    rule)) == 0))) {
		address_less(nat, s->family, s->inside);
		address_less(nat, s->family, s->remote);
		address_less(nat, s->family, s->outside);
		return (0);
	}
	if ((n = session_make(nat, s, rule, &reason)) == 0) {
		if (s->mapping != 0 && nat->mappings[s->mapping].sessions == 0)
			mapping_undo(nat, s->mapping);
		return (0);
	}
	set_past(l, r, n);
	if (r->bound)
		bind_host(nat, &nat->sessions[n]);
	return (1);
}

/* All three, or none of them. */
static int
use_addresses(struct nat *nat, int family, const uint8_t *p,
    struct session *s)
{
	size_t	 len = family == 4 ? 4 : 16;

	if (!address_use(nat, family, p, &s->inside))
		return (0);
	if (!address_use(nat, family, p + len, &s->remote)) {
		address_less(nat, family, s->inside);
		return (0);
	}
	if (!address_use(nat, family, p + 2 * len, &s->outside)) {
		address_less(nat, family, s->inside);
		address_less(nat, family, s->remote);
		return (0);
	}
	return (1);
}

static void
restore(struct loading *l, const struct record *r, const uint8_t *addresses)
{
	struct session	 s;
	uint64_t	 idle = (uint64_t)r->idle + l->elapsed;

	if (idle > l->nat->timeout[r->timeout]) {
		l->counts->expired++;
		return;
	}
	memset(&s, 0, sizeof(s));
	s.inside_port = r->inside_port;
	s.remote_port = r->remote_port;
	s.outside_port = r->outside_port;
	s.proto = r->proto;
	s.family = r->family;
	s.tcp_state = r->tcp_state;
	s.timeout = r->timeout;
	s.flags = r->flags & FLAGS_KEPT;
	s.zone = r->zone != 0 ? l->zones[r->zone] : 0;
	memcpy(s.ack, r->ack, sizeof(s.ack));
	memcpy(s.window, r->window, sizeof(s.window));
	s.scale = r->scale;
	if (use_addresses(l->nat, r->family, addresses, &s) &&
	    make_session(l, r, &s))
		l->counts->restored++;
	else
		l->counts->refused++;
}

/* The sessions of a block; only looked at, or made. */
static int
read_sessions(struct loading *l, const struct block *block, int make)
{
	const uint8_t	*p = l->p + sizeof(*block), *end = l->p + block->len;
	struct record	 record;
	size_t		 len;
	unsigned int	 i;

	for (i = 0; i < block->count; i++) {
		if ((size_t)(end - p) < sizeof(record))
			break;
		memcpy(&record, p, sizeof(record));
		p += sizeof(record);
		len = record.family == 4 ? 12 : 48;
		if (!is_sane(l, &record) || (size_t)(end - p) < len)
			break;
		if (make)
			restore(l, &record, p);
		p += len;
	}
	l->sessions += block->count;
	if (i == block->count && p == end)
		return (1);
	l->fault = "a session is wrong";
	return (0);
}

static int
read_end(struct loading *l, const struct block *block)
{
	struct end	 end;

	if (block->len == sizeof(*block) + sizeof(end) &&
	    block->len == l->len) {
		memcpy(&end, l->p + sizeof(*block), sizeof(end));
		if (end.sessions == l->sessions)
			return (1);
	}
	l->fault = "its end is wrong";
	return (0);
}

/* All of it, once to look and once to make.  1, or 0: a fault. */
static int
read_all(struct loading *l, int64_t wall, int make)
{
	struct block	 block;

	l->sessions = 0;
	if (!next_block(l, &block) || !read_header(l, &block, wall))
		return (0);
	if (make)
		read_zones(l);
	for (;;) {
		l->p += block.len;
		l->len -= block.len;
		if (!next_block(l, &block))
			return (0);
		switch (block.kind) {
		case BLOCK_SESSIONS:
			if (!read_sessions(l, &block, make))
				return (0);
			break;
		case BLOCK_END:
			return (read_end(l, &block));
		default:
			l->fault = "a block is of no kind";
			return (0);
		}
	}
}

int
nat_state_load(struct nat *nat, const uint8_t *buf, size_t len, uint64_t now,
    int64_t wall, struct nat_state_counts *counts, char *errbuf,
    size_t errlen)
{
	void		(*event)(void *, const struct nat_event *);
	struct loading	 l;

	memset(counts, 0, sizeof(*counts));
	memset(&l, 0, sizeof(l));
	l.nat = nat;
	l.counts = counts;
	l.p = buf;
	l.len = len;
	if (!read_all(&l, wall, 0)) {
		snprintf(errbuf, errlen, "%s (byte %zu)", l.fault,
		    (size_t)(l.p - buf));
		return (-1);
	}
	clock_set(nat, now);
	l.p = buf;
	l.len = len;
	/* They were logged when they began, and count for no limit of now. */
	event = nat->options.event;
	nat->options.event = NULL;
	nat->restoring = 1;
	(void)read_all(&l, wall, 1);
	nat->restoring = 0;
	nat->options.event = event;
	return (0);
}
