/* SPDX-License-Identifier: ISC */
#ifndef RECORD_INT_H
#define RECORD_INT_H

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

	/* a packet inside, as far as one was entered: */
	const uint8_t	*inner;
	struct divert_layout inner_layout;

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
 * apply, nothing.  A row of an object stands before those of its members and
 * has enter in place of put: whether there is anything to say at all.  An
 * object needs no such row; one that turns out empty is not written.
 * Rows of one name are of different kinds.
 */
struct record_field {
	const char	*name;		/* "tcp.seq" */
	uint32_t	 kinds;
	char		*(*put)(char *, const struct json_key *,
			    struct json_packet *);
	int		(*enter)(struct view *);
};

/* A part of the table; the last row has no name. */
extern const struct record_field record_common_fields[];	/* record.c */
extern const struct record_field record_ip_fields[];
extern const struct record_field record_tcp_fields[];
extern const struct record_field record_l4_fields[];
extern const struct record_field record_icmp_fields[];
extern const struct record_field record_flow_fields[];	/* flow_record.c */

/*
 * Run a plan: a line in buf, its end included; returns its length.  The view
 * needs j, record, and what the functions of this kind look at.
 */
size_t	 record_run(struct record *, unsigned int kind, struct view *,
	    char *buf);

/* The clock and the digits of times: for functions that write them. */
struct json_clock *record_clock(struct record *);
int	 record_digits(const struct record *);

/* ,"host":"gw1" as it stands, or nothing. */
char	*record_put_host(char *, const struct json_key *, struct json_packet *);

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
