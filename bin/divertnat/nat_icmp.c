/* SPDX-License-Identifier: ISC */

/*
 * ICMP errors.  An error goes the other way than the packet it quotes, so what
 * is looked for is a reply to that packet: its session, or its mapping where a
 * session is over and anybody may use the mapping, or a rule that changes
 * addresses one for one.  In the quoted packet the address, the port and their
 * sums become what its sender wrote, or its receiver saw; what is not quoted
 * is not touched.
 *
 * An error keeps no session and ends none (RFC 5508 REQ-6, RFC 5382 REQ-10,
 * RFC 4787 REQ-12).
 */

#include "compat.h"

#include <arpa/inet.h>

#include <string.h>

#include "nat_int.h"

/* Original datagrams with extensions behind have this many bytes (RFC 4884). */
#define EXTENDED_MIN	128

/* The packet that is quoted. */
struct quote {
	uint8_t			*data;
	uint32_t		 len;
	struct divert_layout	 layout;
	const uint8_t		*src;
	const uint8_t		*dst;
	uint8_t			 has_ports;
	uint16_t		 src_port;	/* of a query: its identifier, */
	uint16_t		 dst_port;	/* on both sides */
	uint8_t			 request;	/* a query: who sent it asked */
};

/* Another name for the near end of a session. */
struct change {
	uint8_t			 addr[16];
	uint16_t		 port;
	uint8_t			 has_port;
	uint8_t			 one_for_one;	/* by a rule, and no session */
};

static unsigned int
address_size(const struct work *work)
{
	return (work->family == 4 ? 4 : 16);
}

/* The room of the original datagram: extensions behind it are none of it. */
static uint32_t
quote_room(const struct work *work)
{
	const struct divert_layout	*l = &work->layout;
	const uint8_t			*icmp = work->pkt->data + l->l4_off;
	uint32_t			 room = l->end_off - l->inner_off, n = 0;

	if (l->version == 4) {
		if (icmp[0] == 3 || icmp[0] == 11 || icmp[0] == 12)
			n = (uint32_t)icmp[5] * 4;
	} else if (icmp[0] == 1 || icmp[0] == 3)
		n = (uint32_t)icmp[4] * 8;
	/* Smaller ones are from before RFC 4884, when the byte had no use. */
	return (n >= EXTENDED_MIN && n < room ? n : room);
}

/* As nat.c has it: who sent a query, who an answer. */
static int
is_query(const struct divert_layout *l, uint8_t *request)
{
	uint8_t	 type = l->icmp_type;

	if (l->version == 6) {
		*request = type == 128;
		return (type == 128 || type == 129);
	}
	*request = type == 8 || type == 13;
	return (*request || type == 0 || type == 14);
}

static void
read_ports(struct quote *q)
{
	int	 dst, src;

	switch (q->layout.proto) {
	case PROTO_TCP:
	case PROTO_UDP:
		break;
	case PROTO_ICMP:
	case PROTO_ICMPV6:
		if (!is_query(&q->layout, &q->request))
			return;
		break;
	default:
		return;
	}
	src = divert_packet_port(q->data, &q->layout, DIVERT_SOURCE);
	dst = divert_packet_port(q->data, &q->layout, DIVERT_DESTINATION);
	if (src == -1 || dst == -1)
		return;
	q->has_ports = 1;
	q->src_port = htons((uint16_t)src);
	q->dst_port = htons((uint16_t)dst);
}

static int
read_quote(const struct work *work, struct quote *q)
{
	memset(q, 0, sizeof(*q));
	q->data = work->pkt->data + work->layout.inner_off;
	q->len = quote_room(work);
	if (divert_packet_parse_quoted(q->data, q->len, &q->layout) == -1 ||
	    q->layout.version != work->layout.version)
		return (-1);
	q->src = divert_packet_address(q->data, &q->layout, DIVERT_SOURCE);
	q->dst = divert_packet_address(q->data, &q->layout,
	    DIVERT_DESTINATION);
	/* No error goes to somebody else than the sender. */
	if (q->src == NULL || q->dst == NULL ||
	    memcmp(q->src, work->dst, address_size(work)) != 0)
		return (-1);
	read_ports(q);
	return (0);
}

/*
 * A reply to the quoted packet, as far as rules and sessions look at packets:
 * it goes the way of the error.
 */
static void
make_reply(const struct work *work, const struct quote *q, int way,
    struct work *reply)
{
	memset(reply, 0, sizeof(*reply));
	reply->pkt = work->pkt;
	reply->layout = q->layout;
	reply->way = (uint8_t)way;
	reply->zone = work->zone;
	reply->family = work->family;
	reply->proto = q->layout.proto;
	reply->has_ports = q->has_ports;
	reply->src = q->dst;
	reply->dst = q->src;
	if (q->layout.proto != PROTO_ICMP && q->layout.proto != PROTO_ICMPV6) {
		reply->src_port = q->dst_port;
		reply->dst_port = q->src_port;
	} else if (q->has_ports) {
		/* Asked by the remote if the near end is to answer. */
		reply->src_port = way == WAY_OUT ? q->src_port : !q->request;
		reply->dst_port = way == WAY_OUT ? q->request : q->src_port;
	}
}

int
icmp_quoted_tuple(struct nat *nat, const struct work *work,
    struct tuple *tuple)
{
	struct quote	 q;
	struct work	 reply;

	if (read_quote(work, &q) == -1)
		return (-1);
	make_reply(work, &q, work->way, &reply);
	return (work_tuple(nat, &reply, tuple) ? 0 : -1);
}

static struct session *
find_session(struct nat *nat, const struct work *reply)
{
	struct tuple	 tuple;
	uint32_t	 n;

	if (!work_tuple(nat, reply, &tuple) ||
	    (n = session_find(nat, reply->way, &tuple)) == 0 ||
	    session_is_old(nat, &nat->sessions[n]))
		return (NULL);
	return (&nat->sessions[n]);
}

static void
by_session(const struct nat *nat, const struct work *reply,
    const struct session *s, struct change *c)
{
	memcpy(c->addr, address_bytes(nat, s->family, reply->way == WAY_OUT ?
	    &s->outside : &s->inside), address_size(reply));
	c->port = reply->way == WAY_OUT ? s->outside_port : s->inside_port;
	c->has_port = reply->has_ports;
	c->one_for_one = 0;
}

/* Whether the remote may use a mapping without a session. */
static int
may_use(const struct nat *nat, uint32_t n, uint32_t remote)
{
	switch (nat->rules->settings.filtering) {
	case FILTERING_ENDPOINT_INDEPENDENT:
		return (1);
	case FILTERING_ADDRESS_DEPENDENT:
		return (nat->permits != NULL && permitted(nat, n, remote));
	default:
		return (0);
	}
}

static int
by_mapping(struct nat *nat, const struct work *reply, struct change *c)
{
	const struct mapping	*mapping;
	struct tuple		 tuple;
	uint32_t		 n;

	if (!reply->has_ports || !work_tuple(nat, reply, &tuple))
		return (0);
	if (reply->way == WAY_IN)
		n = mapping_find_outside(nat, reply->family, reply->proto,
		    tuple.near, tuple.near_port);
	/* Rules are for one interface or for all. */
	else if ((n = mapping_find_inside(nat, reply->family, reply->zone,
	    reply->proto, tuple.near, tuple.near_port)) == 0)
		n = mapping_find_inside(nat, reply->family, 0, reply->proto,
		    tuple.near, tuple.near_port);
	mapping = &nat->mappings[n];
	/* The port of one without sessions rests. */
	if (n == 0 || mapping->sessions == 0 ||
	    !may_use(nat, n, tuple.remote))
		return (0);
	memcpy(c->addr, address_bytes(nat, reply->family,
	    reply->way == WAY_OUT ? &mapping->outside : &mapping->inside),
	    address_size(reply));
	c->port = reply->way == WAY_OUT ? mapping->outside_port :
	    mapping->inside_port;
	c->has_port = 1;
	c->one_for_one = 0;
	return (1);
}

/*
 * By the rule that work meets, if it changes addresses one for one.  addr: the
 * near one of work; changed.  1, or 0: there is no such rule, or it cannot
 * (RFC 6296).
 */
static int
by_rule(struct nat *nat, const struct work *work, uint8_t *addr)
{
	const struct rule	*rule;
	uint16_t		 adjust;

	if ((rule = rule_find(nat, work)) == NULL)
		return (0);
	switch (rule->kind) {
	case RULE_BINAT:
		if (rule->from.n == 0 || rule->pool.n == 0)
			return (0);
		net_replace(work->way == WAY_OUT ? &rule->pool.nets[0] :
		    &rule->from.nets[0], addr);
		return (1);
	case RULE_NPT:
		adjust = nat->uses[rule - nat->rules->rules].adjust;
		return (npt_address(rule, adjust, work->way, addr) ==
		    NAT_REASON_NONE);
	default:
		return (0);
	}
}

/* No session, but the near end has another name for everybody. */
static int
without_session(struct nat *nat, const struct work *reply, struct change *c)
{
	if (by_mapping(nat, reply, c))
		return (1);
	memset(c, 0, sizeof(*c));
	c->one_for_one = 1;
	memcpy(c->addr, reply->way == WAY_OUT ? reply->src : reply->dst,
	    address_size(reply));
	return (by_rule(nat, reply, c->addr));
}

static int
translates(const struct rule *rule)
{
	return (rule != NULL && rule->kind != RULE_PASS);
}

/*
 * About nothing we know, or nobody knows about what.  It goes no further where
 * it would have to be translated.
 */
static enum nat_verdict
unknown(struct nat *nat, struct work *work, const struct work *reply,
    enum nat_reason reason)
{
	int	 concerns;

	if (work->way == WAY_IN)
		concerns = ours_find(nat, work->family, work->dst) != NULL;
	else {
		concerns = ours_find(nat, work->family, work->src) == NULL &&
		    rule_find_address(nat, work) != NULL;
		if (reply != NULL && !concerns)
			concerns = ours_find(nat, work->family, reply->src) ==
			    NULL && translates(rule_find(nat, reply));
	}
	return (concerns ? work_drop(work, reason) : NAT_PASS);
}

/* The sum of these bytes, as 16 bits in wire order. */
static void
put_sum(uint8_t *to, const uint8_t *p, uint32_t len)
{
	unsigned int	 sum;

	sum = 0xffffU ^ divert_cksum_fold(divert_cksum_add(0, p, len, 0));
	to[0] = (uint8_t)(sum >> 8);
	to[1] = (uint8_t)sum;
}

/* One side of the quoted packet; the sum of the error follows. */
static void
rewrite_quote(struct work *work, const struct quote *q,
    enum divert_side side, const struct change *c)
{
	uint8_t		 after[2], before[2];
	uint8_t		*at = work->pkt->data + work->layout.l4_off + 2;
	uint16_t	 sum;

	put_sum(before, q->data, q->len);
	(void)divert_edit_address(q->data, &q->layout, side, c->addr);
	if (c->has_port)
		(void)divert_edit_port(q->data, &q->layout, side,
		    ntohs(c->port));
	put_sum(after, q->data, q->len);
	/* An unfinished sum is of the addresses alone. */
	if ((work->pkt->flags & DIVERT_PACKET_NOTREADY) != 0)
		return;
	sum = divert_cksum_update((uint16_t)(at[0] << 8 | at[1]), before,
	    after, sizeof(after));
	at[0] = (uint8_t)(sum >> 8);
	at[1] = (uint8_t)sum;
}

/*
 * Who speaks of a packet that came in: the host it came for by its outside
 * address, another by its own one if a rule gives it one; else it is the one
 * address of ours that the receiver knows (RFC 5508 REQ-5).
 */
static void
rewrite_source(struct nat *nat, struct work *work, const struct quote *q,
    const struct change *c)
{
	const uint8_t	*to = NULL;
	uint8_t		 addr[16];
	unsigned int	 n = address_size(work);

	memcpy(addr, work->src, n);
	if (memcmp(work->src, q->dst, n) == 0)
		to = c->addr;
	else if (by_rule(nat, work, addr))
		to = addr;
	else if (ours_find(nat, work->family, work->src) == NULL &&
	    (!c->one_for_one || translates(rule_find(nat, work))))
		to = c->addr;
	if (to != NULL && memcmp(work->src, to, n) != 0)
		rewrite_address(work, DIVERT_SOURCE, to);
}

static int
changes_nothing(const struct work *work, const struct quote *q,
    enum divert_side side, const struct change *c)
{
	return (memcmp(side == DIVERT_SOURCE ? q->src : q->dst, c->addr,
	    address_size(work)) == 0 && (!c->has_port || c->port ==
	    (side == DIVERT_SOURCE ? q->src_port : q->dst_port)));
}

/* RFC 5508 REQ-3: sums that must be right.  Those of the quoted L4 need not. */
static enum nat_reason
check_sums(const struct work *work, const struct quote *q)
{
	if ((work->pkt->flags & DIVERT_PACKET_NOTREADY) == 0 &&
	    divert_cksum_verify_l4(work->pkt->data, &work->layout) ==
	    DIVERT_SUM_BAD)
		return (NAT_REASON_ICMP_SUM);
	if (divert_cksum_verify_ip(q->data, &q->layout) == DIVERT_SUM_BAD)
		return (NAT_REASON_ICMP_QUOTE);
	return (NAT_REASON_NONE);
}

/*
 * Source quench (RFC 6633), and redirects, which name a router that has a
 * meaning on the other side alone.
 */
static int
is_obsolete(const struct divert_layout *l)
{
	return (l->version == 4 && (l->icmp_type == 4 || l->icmp_type == 5));
}

/*
 * Both who sent the quoted packet and who got it are inside, and talk by their
 * outside addresses: the one's session gives the other names than the other's.
 */
static enum nat_verdict
hairpin_error(struct nat *nat, struct work *work, struct quote *q)
{
	const struct session	*s;
	struct change		 in, out;
	struct work		 reply;
	struct quote		 turned = *q;
	enum nat_reason		 reason;

	if (!nat->rules->settings.hairpin ||
	    ours_find(nat, work->family, work->dst) == NULL)
		return (NAT_PASS);
	make_reply(work, q, WAY_OUT, &reply);
	s = find_session(nat, &reply);
	if (s == NULL || (s->flags & SESSION_HAIRPIN) == 0 ||
	    (s->zone != 0 && s->zone == work->zone))
		return (NAT_PASS);
	by_session(nat, &reply, s, &out);
	turned.dst = out.addr;
	if (reply.proto != PROTO_ICMP && reply.proto != PROTO_ICMPV6)
		turned.dst_port = out.port;
	make_reply(work, &turned, WAY_IN, &reply);
	if ((s = find_session(nat, &reply)) == NULL)
		return (NAT_PASS);
	by_session(nat, &reply, s, &in);
	if (is_obsolete(&work->layout))
		return (work_drop(work, NAT_REASON_PROTOCOL));
	if ((reason = check_sums(work, q)) != NAT_REASON_NONE)
		return (work_drop(work, reason));
	/* A query has its identifier once: the sender's is the last word. */
	if (reply.proto == PROTO_ICMP || reply.proto == PROTO_ICMPV6)
		out.has_port = 0;
	rewrite_quote(work, q, DIVERT_DESTINATION, &out);
	rewrite_quote(work, q, DIVERT_SOURCE, &in);
	rewrite_address(work, DIVERT_SOURCE, out.addr);
	rewrite_address(work, DIVERT_DESTINATION, in.addr);
	nat->counts.hairpinned++;
	nat->counts.translated[WAY_OUT]++;
	nat->counts.translated[WAY_IN]++;
	return (NAT_REPLACE);
}

/* By a change that was found. */
static enum nat_verdict
translate_error(struct nat *nat, struct work *work, const struct quote *q,
    const struct change *c)
{
	enum divert_side	 side;
	enum nat_reason		 reason;
	int			 nothing;

	if (is_obsolete(&work->layout))
		return (work_drop(work, NAT_REASON_PROTOCOL));
	if ((reason = check_sums(work, q)) != NAT_REASON_NONE)
		return (work_drop(work, reason));
	side = work->way == WAY_OUT ? DIVERT_DESTINATION : DIVERT_SOURCE;
	nothing = changes_nothing(work, q, side, c);
	if (work->way == WAY_OUT)
		rewrite_source(nat, work, q, c);
	else if (!nothing)
		rewrite_address(work, DIVERT_DESTINATION, c->addr);
	/* Of this machine's own, unless somebody inside speaks of it. */
	if (nothing && !work->changed[DIVERT_SOURCE])
		return (NAT_PASS);
	if (!nothing)
		rewrite_quote(work, q, side, c);
	nat->counts.translated[work->way]++;
	return (NAT_REPLACE);
}

enum nat_verdict
icmp_error(struct nat *nat, struct work *work)
{
	const struct session	*s;
	struct change		 c;
	struct quote		 q;
	struct work		 reply;
	enum nat_verdict	 verdict;

	if (read_quote(work, &q) == -1)
		return (unknown(nat, work, NULL, NAT_REASON_ICMP_QUOTE));
	make_reply(work, &q, work->way, &reply);
	if ((s = find_session(nat, &reply)) != NULL) {
		by_session(nat, &reply, s, &c);
		return (translate_error(nat, work, &q, &c));
	}
	if (work->way == WAY_IN &&
	    (verdict = hairpin_error(nat, work, &q)) != NAT_PASS)
		return (verdict);
	if (without_session(nat, &reply, &c))
		return (translate_error(nat, work, &q, &c));
	return (unknown(nat, work, &reply, NAT_REASON_ICMP_UNKNOWN));
}
