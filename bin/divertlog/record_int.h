/* SPDX-License-Identifier: ISC */
#ifndef RECORD_INT_H
#define RECORD_INT_H

#include <string.h>

#include "json_packet.h"
#include "record.h"

/*
 * How a record is made.  There is one table of fields, in the order of the
 * record, in parts that lie with the functions that write them: a name, the
 * kinds of records that can have it, and a function.  record_new() makes of it
 * a plan for each kind of record, with the fields that were asked for and that
 * this kind can have; writing a record is running down its kind's plan.  (A
 * schema with other names needs another name in each row, and nothing else.)
 */

/* Written out here: not every netinet/in.h has all of them. */
enum {
	PROTOCOL_HOPOPTS = 0,
	PROTOCOL_ICMP = 1,
	PROTOCOL_TCP = 6,
	PROTOCOL_UDP = 17,
	PROTOCOL_ROUTING = 43,
	PROTOCOL_FRAGMENT = 44,
	PROTOCOL_GRE = 47,
	PROTOCOL_ESP = 50,
	PROTOCOL_AH = 51,
	PROTOCOL_ICMPV6 = 58,
	PROTOCOL_DSTOPTS = 60,
	PROTOCOL_SCTP = 132,
	PROTOCOL_MOBILITY = 135,
	PROTOCOL_UDPLITE = 136,
	PROTOCOL_HIP = 139
};

/*
 * Kinds of records.  Packets are of a kind by version and by the upper layer
 * whose header is there whole; all the rest, fragments among them, is OTHER.
 * Of NOIP not even the addresses are known.
 */
enum record_upper {
	UPPER_OTHER,
	UPPER_TCP,
	UPPER_UDP,
	UPPER_UDPLITE,
	UPPER_ICMP,		/* and ICMPv6: see the version */
	UPPER_SCTP,
	UPPER_GRE,
	UPPER_ESP,
	UPPER_MAX
};

#define KIND_PACKET(upper, version)	((upper) * 2 + ((version) == 6))
#define KIND_NOIP	(UPPER_MAX * 2)
#define KIND_FLOW	(KIND_NOIP + 1)
#define KIND_MAX	(KIND_FLOW + 1)

/* Sets of kinds. */
#define IN(kind)	(UINT32_C(1) << (kind))
#define IN_UPPER(upper)	(UINT32_C(3) << (upper) * 2)
#define IN_IP		(IN(KIND_NOIP) - 1)
#define IN_IP4		(IN_IP & UINT32_C(0x55555555))
#define IN_IP6		(IN_IP & UINT32_C(0xaaaaaaaa))
#define IN_PACKET	(IN_IP | IN(KIND_NOIP))
#define IN_FLOW		IN(KIND_FLOW)

/* What is being written.  The functions of fields get the first member. */
struct view {
	struct json_packet j;
	struct record	*record;

	/* a packet: */
	const uint8_t	*ip;		/* its first byte */
	const uint8_t	*l4;		/* of OTHER: do not look */
	uint32_t	 wire;		/* where it ended before any cut */
	enum divert_verdict verdict;
	enum divert_reason verdict_reason;
	const char	*community_id;

	/* a packet inside, when its object was entered: */
	const uint8_t	*inner;
	struct divert_layout inner_layout;

	/* an authentication header, when its object was entered: */
	const uint8_t	*ah;

	/* TCP options, once looked for: */
	int		 options_known;
	int		 sack_permitted;
	const uint8_t	*mss, *wscale, *sack, *stamps;	/* or NULL */

	/* a flow: */
	const struct flow *flow;
};

static inline struct view *
view_of(struct json_packet *j)
{
	return ((struct view *)(void *)j);
}

/*
 * A row.  put appends the member (json_put_key, value) or, when it does not
 * apply, nothing.  enter says whether there is anything to say at all: in the
 * row of an object, which has no put, about all its members; in the rows of
 * members side by side about these, which then need not ask.  An object
 * needs no row; one that turns out empty is not written.  Rows of one name are
 * of different kinds.
 */
struct record_field {
	const char	*name;		/* "tcp.seq" */
	uint32_t	 kinds;
	char		*(*put)(char *, const struct json_key *,
			    struct json_packet *);
	int		(*enter)(struct view *);
};

/* The parts of the table in order; the last row of each has no name. */
extern const struct record_field record_head_fields[];	/* record.c */
extern const struct record_field record_ip_fields[];
extern const struct record_field record_tcp_fields[];
extern const struct record_field record_l4_fields[];
extern const struct record_field record_icmp_fields[];
extern const struct record_field record_inner_fields[];
extern const struct record_field record_anomaly_fields[];
extern const struct record_field record_packet_fields[];	/* record.c */
extern const struct record_field record_flow_fields[];	/* flow_record.c */

/*
 * A step of a plan: a member; the beginning of an object (skip is the way to
 * its end, enter may be NULL); the end of one (neither put nor skip); or a
 * gate before members (no key, skip is the way to the last of them).
 */
struct record_step {
	struct json_key	 key;
	uint32_t	 skip;
	char		*(*put)(char *, const struct json_key *,
			    struct json_packet *);
	int		(*enter)(struct view *);
};

struct record_plan {
	struct record_step *step;
	size_t		 n;
};

/* Objects in objects, the record itself not counted. */
#define RECORD_DEPTH	4

/* A name in quotes and escaped; len 0: none. */
struct record_text {
	char		*text;
	size_t		 len;
};

/* Whose bytes are in the records. */
enum record_bytes {
	RECORD_BYTES_ANOMALY,
	RECORD_BYTES_ALL,
	RECORD_BYTES_NONE		/* --fields has no packet */
};

struct record {
	struct json_clock clock;
	int		 digits;
	enum record_bytes bytes;
	uint32_t	 snap;		/* UINT32_MAX: all */
	struct record_text port;
	struct record_text host;
	struct divert_encoder *text;
	struct record_plan plan[KIND_MAX];
};

/*
 * Make the plans for the fields named, NULL: all.  With names, record->bytes
 * then says whether the packet is among them.  0, or -1: EINVAL with a
 * sentence, ENOMEM.
 */
int	 record_plan_fields(struct record *, const char *fields, char *errbuf,
	    size_t errlen);

/*
 * Run a plan: a line in buf, its end included; returns its length.  The view
 * needs j, record, and what the functions of this kind look at.
 */
size_t	 record_run(struct record *, unsigned int kind, struct view *,
	    char *buf);

/* What several parts of the table have. */
char	*record_put_host(char *, const struct json_key *, struct json_packet *);
char	*record_put_icmp_type(char *, const struct json_key *,
	    struct json_packet *);
char	*record_put_icmp_code(char *, const struct json_key *,
	    struct json_packet *);
char	*record_put_payload(char *, const struct json_key *,
	    struct json_packet *);
char	*record_put_sum(char *, const struct json_key *, struct json_packet *);

static inline char *
put_number(char *p, const struct json_key *key, uint64_t v)
{
	return (divert_json_number(json_put_key(p, key), v));
}

static inline char *
put_true(char *p, const struct json_key *key)
{
	return (json_literal(json_put_key(p, key), "true"));
}

/* In quotes; needs no escaping. */
static inline char *
put_text(char *p, const struct json_key *key, const char *s)
{
	p = json_put_key(p, key);
	*p++ = '"';
	p = json_bytes(p, s, strlen(s));
	*p++ = '"';
	return (p);
}

/* Lower case, all of the digits, in quotes: at most 4 of them. */
static inline char *
put_hex(char *p, const struct json_key *key, unsigned int v, int digits)
{
	static const char	 hex[] = "0123456789abcdef";

	p = json_put_key(p, key);
	*p++ = '"';
	while (digits-- > 0)
		*p++ = hex[v >> digits * 4 & 0xf];
	*p++ = '"';
	return (p);
}

/* sum_ok: both ways, and not there when nobody can tell. */
static inline char *
put_sum(char *p, const struct json_key *key, enum divert_sum sum)
{
	if (sum == DIVERT_SUM_GOOD)
		return (put_true(p, key));
	if (sum == DIVERT_SUM_BAD)
		return (json_literal(json_put_key(p, key), "false"));
	return (p);
}

static inline uint16_t
get16(const uint8_t *p)
{
	return ((uint16_t)(p[0] << 8 | p[1]));
}

static inline uint32_t
get32(const uint8_t *p)
{
	return ((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3]);
}

#endif
