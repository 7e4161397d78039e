/* SPDX-License-Identifier: ISC */

/*
 * The order of steps, for a packet by itself.  nat_batch.c takes those of known
 * sessions by a shorter way and gives all others to this one.
 *
 * Out: session; rule; mapping; session.  In: session; turning back (hairpin);
 * mapping and filter; rule.  State is before rules, always.
 */

#include "compat.h"

#include <arpa/inet.h>

#include <string.h>

#include "nat_int.h"

enum nat_verdict
work_drop(struct work *work, enum nat_reason reason)
{
	work->reason = (uint8_t)reason;
	return (NAT_DROP);
}

uint32_t
nat_random(struct nat *nat, uint32_t below)
{
	uint32_t	 v;

	if (nat->random_at + sizeof(v) > RANDOM_BYTES) {
		nat->options.random(nat->options.arg, nat->random,
		    RANDOM_BYTES);
		nat->random_at = 0;
	}
	memcpy(&v, nat->random + nat->random_at, sizeof(v));
	nat->random_at += (unsigned int)sizeof(v);
	return ((uint32_t)((uint64_t)v * below >> 32));
}

/*
 * What a packet is
 */

/* Does it ask, or answer, something by an identifier? */
static int
is_query(int proto, int type, int *reply)
{
	if (proto == PROTO_ICMP) {
		*reply = type == 0 || type == 14;
		return (type == 8 || type == 13 || *reply);
	}
	*reply = type == 129;
	return (proto == PROTO_ICMPV6 && (type == 128 || *reply));
}

static uint16_t
port_at(const struct work *work, unsigned int at)
{
	uint16_t	 port;

	memcpy(&port, work->pkt->data + work->layout.l4_off + at,
	    sizeof(port));
	return (port);
}

void
work_set_ports(struct work *work)
{
	int	 reply;

	work->has_ports = 0;
	work->src_port = work->dst_port = 0;
	if ((work->layout.flags & DIVERT_LAYOUT_L4) == 0)
		return;
	if (work->proto == PROTO_TCP || work->proto == PROTO_UDP) {
		work->has_ports = 1;
		work->src_port = port_at(work, 0);
		work->dst_port = port_at(work, 2);
	} else if (is_query(work->proto, work->layout.icmp_type, &reply)) {
		/* The identifier is the inside's; see struct session. */
		work->has_ports = 1;
		if (work->way == WAY_OUT) {
			work->src_port = port_at(work, 4);
			work->dst_port = (uint16_t)reply;
		} else {
			work->dst_port = port_at(work, 4);
			work->src_port = (uint16_t)!reply;
		}
	}
}

int
work_begin(struct nat *nat, struct work *work, struct divert_packet *pkt)
{
	memset(work, 0, sizeof(*work));
	work->pkt = pkt;
	work->way = pkt->direction == DIVERT_DIRECTION_OUT ? WAY_OUT : WAY_IN;
	work->zone = zone_of(nat, pkt->ifname);
	(void)divert_packet_parse(pkt->data, pkt->len, &work->layout);
	work->family = work->layout.version;
	work->proto = work->layout.proto;
	work->src = divert_packet_address(pkt->data, &work->layout,
	    DIVERT_SOURCE);
	work->dst = divert_packet_address(pkt->data, &work->layout,
	    DIVERT_DESTINATION);
	if (work->src == NULL || work->dst == NULL) {
		work->family = 0;
		return (-1);
	}
	if ((pkt->flags & DIVERT_PACKET_TRUNCATED) != 0)
		work->reason = NAT_REASON_TRUNCATED;
	else if (work->layout.reason != DIVERT_REASON_NONE)
		work->reason = NAT_REASON_MALFORMED;
	else if (pkt->direction == DIVERT_DIRECTION_NONE)
		work->reason = NAT_REASON_NO_DIRECTION;
	else if (rewrite_forbidden(work))
		work->reason = NAT_REASON_BOUND;
	work_set_ports(work);
	return (work->reason == NAT_REASON_NONE ? 0 : -1);
}

int
work_tuple(struct nat *nat, const struct work *work, struct tuple *tuple)
{
	const uint8_t	*far, *near;

	near = work->way == WAY_OUT ? work->src : work->dst;
	far = work->way == WAY_OUT ? work->dst : work->src;
	tuple->near_port = work->way == WAY_OUT ? work->src_port :
	    work->dst_port;
	tuple->remote_port = work->way == WAY_OUT ? work->dst_port :
	    work->src_port;
	tuple->proto = work->proto;
	tuple->family = work->family;
	return (address_find(nat, work->family, near, &tuple->near) &&
	    address_find(nat, work->family, far, &tuple->remote));
}

/* Nothing that cannot be translated goes where a rule would translate it. */
static enum nat_verdict
unreadable(struct nat *nat, struct work *work)
{
	if (work->family == 0)
		return (NAT_PASS);
	if (rule_find_address(nat, work) != NULL)
		return (NAT_DROP);
	/* An answer, most likely, of somebody that packets are forwarded to. */
	if ((work->reason == NAT_REASON_MALFORMED ||
	    work->reason == NAT_REASON_TRUNCATED) && work->way == WAY_OUT &&
	    rule_forwards_to(nat, work))
		return (NAT_DROP);
	if (work->reason != NAT_REASON_NO_DIRECTION)
		return (NAT_PASS);
	work->way = WAY_OUT;
	return (rule_find_address(nat, work) != NULL ? NAT_DROP : NAT_PASS);
}

/*
 * Packets of a session
 */

static void
count(struct nat *nat, uint32_t n, int way, uint32_t len)
{
	struct session	*s = &nat->sessions[n];

	if (++s->packets[way] == 0)
		nat->rests[n].packets_high[way]++;
	if ((s->bytes[way] += len) < len)
		nat->rests[n].bytes_high[way]++;
}

/* Is it kept by this packet?  Its timeout may change. */
static int
note_upper(struct nat *nat, uint32_t n, const struct work *work)
{
	struct session			*s = &nat->sessions[n];
	const struct divert_layout	*l = &work->layout;

	if (s->proto == PROTO_TCP && work->has_ports)
		return (tcp_segment(nat, n, work->way,
		    work->pkt->data + l->l4_off, l->end_off - l->payload_off));
	if ((s->flags & SESSION_DNS) != 0 && work->way == WAY_IN) {
		s->flags &= (uint8_t)~SESSION_DNS;
		session_set_timeout(nat, n, TIMEOUT_UDP_DNS);
	}
	return (1);
}

static enum nat_verdict
by_session(struct nat *nat, struct work *work, uint32_t n)
{
	struct session	*s = &nat->sessions[n];

	count(nat, n, work->way, work->pkt->len);
	if (note_upper(nat, n, work) && (work->way == WAY_OUT ||
	    (s->flags & SESSION_REFRESH_IN) != 0))
		s->last = nat->tick;
	if ((s->flags & SESSION_OWN) != 0)
		return (NAT_PASS);
	rewrite_by_session(nat, work, s);
	if (nat->rules->settings.mss > 0 && s->proto == PROTO_TCP)
		rewrite_mss(work, (uint16_t)nat->rules->settings.mss);
	work_set_ports(work);
	nat->counts.translated[work->way]++;
	return (NAT_REPLACE);
}

/* Its session, if it has one that is not over. */
static uint32_t
find_session(struct nat *nat, const struct work *work)
{
	struct tuple	 tuple;
	uint32_t	 n;

	if (!work_tuple(nat, work, &tuple) ||
	    (n = session_find(nat, work->way, &tuple)) == 0)
		return (0);
	if (session_is_old(nat, &nat->sessions[n])) {
		session_end(nat, n);
		return (0);
	}
	return (n);
}

/* A session's first timeout. */
static enum rules_timeout
first_timeout(int proto)
{
	switch (proto) {
	case PROTO_UDP:
		return (TIMEOUT_UDP);
	case PROTO_ICMP:
	case PROTO_ICMPV6:
		return (TIMEOUT_ICMP);
	default:
		return (TIMEOUT_OTHER);
	}
}

/* Make the session of a packet and let the packet go by it. */
static enum nat_verdict
begin_session(struct nat *nat, struct work *work, struct session *wanted,
    const struct rule *rule)
{
	enum nat_reason	 reason;
	uint32_t	 n;

	wanted->proto = work->proto;
	wanted->family = work->family;
	wanted->timeout = (uint8_t)first_timeout(work->proto);
	if (work->proto == PROTO_TCP && work->has_ports)
		tcp_first(wanted, work->way,
		    work->pkt->data + work->layout.l4_off);
	if (work->proto == PROTO_TCP || nat->rules->settings.refresh_inbound)
		wanted->flags |= SESSION_REFRESH_IN;
	if (work->proto == PROTO_UDP && work->way == WAY_OUT &&
	    wanted->remote_port == htons(53))
		wanted->flags |= SESSION_DNS;
	if (rule != NULL && rule->log)
		wanted->flags |= SESSION_LOG;
	if (work->hairpin)
		wanted->flags |= SESSION_HAIRPIN;
	if ((n = session_make(nat, wanted, rule, &reason)) == 0)
		return (work_drop(work, reason));
	return (by_session(nat, work, n));
}

/* All three addresses in use, or none: NAT_REASON_NO_STATE. */
static int
use_addresses(struct nat *nat, struct work *work, struct session *wanted,
    const uint8_t *inside, const uint8_t *outside, const uint8_t *remote)
{
	if (address_use(nat, work->family, inside, &wanted->inside)) {
		if (address_use(nat, work->family, outside,
		    &wanted->outside)) {
			if (address_use(nat, work->family, remote,
			    &wanted->remote))
				return (1);
			address_less(nat, work->family, wanted->outside);
		}
		address_less(nat, work->family, wanted->inside);
	}
	work->reason = NAT_REASON_NO_STATE;
	return (0);
}

/*
 * Out
 */

/* By endpoint-independent mapping: one outside endpoint for all remotes. */
static enum nat_verdict
out_by_mapping(struct nat *nat, struct work *work, const struct rule *rule)
{
	struct session	 wanted;
	enum nat_reason	 reason;
	enum nat_verdict verdict;
	uint32_t	 inside, n = 0, outside;
	uint8_t		 zone = nat->uses[rule - nat->rules->rules].zone;

	if (address_find(nat, work->family, work->src, &inside))
		n = mapping_find_inside(nat, work->family, zone, work->proto,
		    inside, work->src_port);
	if (n == 0 && (n = mapping_make(nat, rule, work, &reason)) == 0)
		return (work_drop(work, reason));
	memset(&wanted, 0, sizeof(wanted));
	wanted.inside_port = work->src_port;
	wanted.remote_port = work->dst_port;
	wanted.outside_port = nat->mappings[n].outside_port;
	wanted.zone = zone;
	wanted.mapping = n;
	outside = nat->mappings[n].outside;
	verdict = NAT_DROP;
	if (use_addresses(nat, work, &wanted, work->src,
	    address_bytes(nat, work->family, &outside), work->dst))
		verdict = begin_session(nat, work, &wanted, rule);
	if (verdict == NAT_DROP && nat->mappings[n].sessions == 0)
		mapping_undo(nat, n);
	return (verdict);
}

/* Remotes tell sessions apart: port-overlap, and protocols without ports. */
static enum nat_verdict
out_overlapping(struct nat *nat, struct work *work, const struct rule *rule)
{
	struct session	 wanted;
	struct choice	 choice;
	enum nat_reason	 reason;
	enum nat_verdict verdict = NAT_DROP;
	uint8_t		 zone = nat->uses[rule - nat->rules->rules].zone;

	memset(&wanted, 0, sizeof(wanted));
	memset(&choice, 0, sizeof(choice));
	choice.rule = rule;
	choice.work = work;
	work->reason = NAT_REASON_NO_STATE;
	if (!address_use(nat, work->family, work->src, &wanted.inside))
		return (NAT_DROP);
	choice.host = host_get(nat, work->family, zone, wanted.inside);
	if (choice.host != 0 && choose_address(nat, &choice,
	    choose_overlapping, &reason) == -1)
		work->reason = (uint8_t)(reason == NAT_REASON_NO_PORT &&
		    !work->has_ports ? NAT_REASON_PROTOCOL : reason);
	else if (choice.host != 0) {
		wanted.outside = choice.outside;
		wanted.inside_port = work->src_port;
		wanted.remote_port = work->dst_port;
		wanted.outside_port = choice.port;
		wanted.zone = zone;
		if (address_use(nat, work->family, work->dst,
		    &wanted.remote)) {
			verdict = begin_session(nat, work, &wanted, rule);
			host_less(nat, choice.host);
			return (verdict);
		}
		address_less(nat, work->family, choice.outside);
	}
	if (choice.host != 0)
		host_less(nat, choice.host);
	address_less(nat, work->family, wanted.inside);
	return (verdict);
}

static enum nat_verdict
out_by_nat(struct nat *nat, struct work *work, const struct rule *rule)
{
	int	 icmp = work->proto == PROTO_ICMP ||
		    work->proto == PROTO_ICMPV6;

	/* An answer to a question that nobody asked, or no question. */
	if (icmp && (!work->has_ports || work->dst_port != 0))
		return (work_drop(work, work->has_ports ?
		    NAT_REASON_ICMP_UNKNOWN : NAT_REASON_PROTOCOL));
	if (!work->has_ports ||
	    nat->rules->settings.mapping == MAPPING_PORT_OVERLAP)
		return (out_overlapping(nat, work, rule));
	return (out_by_mapping(nat, work, rule));
}

/* binat-to, both ways: the other net, the same host in it, the same port. */
static enum nat_verdict
by_binat(struct nat *nat, struct work *work, const struct rule *rule)
{
	struct session	 wanted;
	uint8_t		 inside[16], outside[16];
	size_t		 len = work->family == 4 ? 4 : 16;
	const uint8_t	*near = work->way == WAY_OUT ? work->src : work->dst;

	memcpy(inside, near, len);
	memcpy(outside, near, len);
	if (rule->from.n == 0 || rule->pool.n == 0 ||
	    !net_has(work->way == WAY_OUT ? &rule->from.nets[0] :
	    &rule->pool.nets[0], work->family, near) ||
	    rule->from.nets[0].prefix != rule->pool.nets[0].prefix)
		return (work_drop(work, NAT_REASON_NO_ADDRESS));
	if (work->way == WAY_OUT)
		net_replace(&rule->pool.nets[0], outside);
	else
		net_replace(&rule->from.nets[0], inside);
	memset(&wanted, 0, sizeof(wanted));
	wanted.inside_port = wanted.outside_port = work->way == WAY_OUT ?
	    work->src_port : work->dst_port;
	wanted.remote_port = work->way == WAY_OUT ? work->dst_port :
	    work->src_port;
	wanted.zone = nat->uses[rule - nat->rules->rules].zone;
	wanted.flags = SESSION_REFRESH_IN |
	    (work->way == WAY_IN ? SESSION_INBOUND : 0);
	if (!use_addresses(nat, work, &wanted, inside, outside,
	    work->way == WAY_OUT ? work->dst : work->src))
		return (NAT_DROP);
	return (begin_session(nat, work, &wanted, rule));
}

/*
 * A packet of this host itself, from an address that hosts inside share.  It
 * goes as it is, and its answers must not be taken for theirs: a session that
 * changes nothing sees to that.
 */
static enum nat_verdict
out_own(struct nat *nat, struct work *work)
{
	const struct ours	*ours;
	struct session		 wanted;
	enum nat_verdict	 verdict = NAT_PASS;

	ours = ours_find(nat, work->family, work->src);
	if (!work->has_ports || ours == NULL || ours->kind == RULE_NPT)
		return (NAT_PASS);
	memset(&wanted, 0, sizeof(wanted));
	wanted.inside_port = wanted.outside_port = work->src_port;
	wanted.remote_port = work->dst_port;
	wanted.zone = work->zone;
	wanted.flags = SESSION_OWN | SESSION_REFRESH_IN;
	if (use_addresses(nat, work, &wanted, work->src, work->src, work->dst))
		verdict = begin_session(nat, work, &wanted, NULL);
	/* No room for it: it is nobody's but ours all the same. */
	work->reason = NAT_REASON_NONE;
	return (verdict == NAT_DROP ? NAT_PASS : verdict);
}

/*
 * A session made at another interface, the route of its packets having changed:
 * it ends if a rule has them translated otherwise here.
 */
static int
has_moved(struct nat *nat, const struct work *work, uint32_t n)
{
	const struct session	*s = &nat->sessions[n];
	const struct rule	*rule;

	if (s->zone == 0 || s->zone == work->zone ||
	    (s->flags & SESSION_INBOUND) != 0)
		return (0);
	rule = rule_find(nat, work);
	return (rule != NULL && (rule->kind == RULE_NAT ||
	    rule->kind == RULE_BINAT));
}

enum nat_verdict
translate_out(struct nat *nat, struct work *work)
{
	const struct rule	*rule;
	uint32_t		 n;

	if ((n = find_session(nat, work)) != 0 && has_moved(nat, work, n)) {
		session_end(nat, n);
		n = 0;
	}
	if (n != 0)
		return (by_session(nat, work, n));
	rule = rule_find(nat, work);
	if (rule == NULL || rule->kind == RULE_PASS)
		return (out_own(nat, work));
	switch (rule->kind) {
	case RULE_NAT:
		return (out_by_nat(nat, work, rule));
	case RULE_BINAT:
		return (by_binat(nat, work, rule));
	case RULE_NPT:
		return (npt_translate(nat, work, rule));
	default:
		return (NAT_PASS);
	}
}

/*
 * In
 */

/* May this remote use the mapping?  (RFC 4787 5) */
static int
is_admitted(const struct nat *nat, const struct work *work, uint32_t mapping)
{
	uint32_t	 remote;

	switch (nat->rules->settings.filtering) {
	case FILTERING_ENDPOINT_INDEPENDENT:
		return (1);
	case FILTERING_ADDRESS_DEPENDENT:
		return (address_find(nat, work->family, work->src, &remote) &&
		    permitted(nat, mapping, remote));
	case FILTERING_ADDRESS_AND_PORT_DEPENDENT:
		break;
	}
	return (0);
}

static enum nat_verdict
in_by_mapping(struct nat *nat, struct work *work, uint32_t n)
{
	const struct mapping	*mapping = &nat->mappings[n];
	const struct rule	*rule = NULL;
	struct session		 wanted;

	if (!is_admitted(nat, work, n)) {
		if (work->proto == PROTO_TCP)
			syn_note(nat, work);
		return (work_drop(work, NAT_REASON_FILTERED));
	}
	if ((mapping->flags & SESSION_CURRENT) == nat->current)
		rule = &nat->rules->rules[mapping->rule];
	else
		(void)mapping_allowed(nat, n, &rule);
	memset(&wanted, 0, sizeof(wanted));
	wanted.inside_port = mapping->inside_port;
	wanted.outside_port = mapping->outside_port;
	wanted.remote_port = work->src_port;
	wanted.zone = mapping->zone;
	wanted.mapping = n;
	wanted.flags = SESSION_INBOUND;
	if (!use_addresses(nat, work, &wanted, address_bytes(nat, work->family,
	    &mapping->inside), work->dst, work->src))
		return (NAT_DROP);
	return (begin_session(nat, work, &wanted, rule));
}

static uint32_t
choose_target(struct nat *nat, const struct work *work,
    const struct rule *rule, uint32_t n)
{
	struct rule_use	*use = &nat->uses[rule - nat->rules->rules];
	uint32_t	 words[4] = { 0 };

	if (n == 1)
		return (0);
	if (rule->policy == POLICY_RANDOM && !rule->sticky)
		return (nat_random(nat, n));
	if (rule->policy != POLICY_SOURCE_HASH && !rule->sticky)
		return (use->next++ % n);
	memcpy(words, work->src, work->family == 4 ? 4 : 16);
	return ((uint32_t)((uint64_t)hash_words(&nat->keys[KEYS_CHOICE], words,
	    4) * n >> 32));
}

/* The port that rdr-to gives, wire order.  0, or -1: there is none. */
static int
target_port(const struct work *work, const struct rule *rule, uint16_t *port)
{
	unsigned int	 n;

	*port = work->dst_port;
	if ((work->proto != PROTO_TCP && work->proto != PROTO_UDP) ||
	    (rule->ports.low == 0 && rule->ports.high == 65535))
		return (0);
	n = rule->ports.low;
	if (rule->shift)
		n += ntohs(work->dst_port) - rule->to_ports.low;
	*port = htons((uint16_t)n);
	return (n <= 65535 ? 0 : -1);
}

static enum nat_verdict
in_by_rdr(struct nat *nat, struct work *work, const struct rule *rule)
{
	struct session	 wanted;
	uint8_t		 target[16];
	uint32_t	 n;

	n = nat->uses[rule - nat->rules->rules].pool[work->family == 6];
	if (n == 0)
		return (work_drop(work, NAT_REASON_NO_ADDRESS));
	memset(&wanted, 0, sizeof(wanted));
	if (target_port(work, rule, &wanted.inside_port) == -1)
		return (work_drop(work, NAT_REASON_NO_PORT));
	hosts_address(&rule->pool, work->family,
	    choose_target(nat, work, rule, n), target);
	wanted.outside_port = work->dst_port;
	wanted.remote_port = work->src_port;
	wanted.zone = nat->uses[rule - nat->rules->rules].zone;
	wanted.flags = SESSION_INBOUND | SESSION_REFRESH_IN;
	if (!use_addresses(nat, work, &wanted, target, work->dst, work->src))
		return (NAT_DROP);
	return (begin_session(nat, work, &wanted, rule));
}

/* To one of our addresses, and for nobody inside. */
static enum nat_verdict
in_unmatched(struct nat *nat, struct work *work)
{
	if (!nat->rules->settings.unmatched_drops ||
	    ours_find(nat, work->family, work->dst) == NULL)
		return (NAT_PASS);
	if (work->proto == PROTO_TCP && work->has_ports &&
	    syn_note(nat, work))
		return (work_drop(work, NAT_REASON_UNSOLICITED));
	return (work_drop(work, NAT_REASON_UNMATCHED));
}

uint32_t
mapping_for(struct nat *nat, const struct work *work)
{
	const struct rule	*rule;
	uint32_t		 n, outside;

	/* A question of the remote is not for who asks there. */
	if (!work->has_ports || (work->src_port == 1 &&
	    (work->proto == PROTO_ICMP || work->proto == PROTO_ICMPV6)) ||
	    !address_find(nat, work->family, work->dst, &outside))
		return (0);
	n = mapping_find_outside(nat, work->family, work->proto, outside,
	    work->dst_port);
	/* A reload may not have come to it yet, and will end it. */
	return (n != 0 && ((nat->mappings[n].flags & SESSION_CURRENT) ==
	    nat->current || mapping_allowed(nat, n, &rule)) ? n : 0);
}

enum nat_verdict
translate_in(struct nat *nat, struct work *work)
{
	const struct rule	*rule;
	enum nat_verdict	 verdict;
	uint32_t		 n;

	if ((n = find_session(nat, work)) != 0)
		return (by_session(nat, work, n));
	if (!work->hairpin && hairpin(nat, work, &verdict))
		return (verdict);
	if ((n = mapping_for(nat, work)) != 0)
		return (in_by_mapping(nat, work, n));
	if ((rule = rule_find(nat, work)) == NULL)
		return (in_unmatched(nat, work));
	switch (rule->kind) {
	case RULE_RDR:
		return (in_by_rdr(nat, work, rule));
	case RULE_BINAT:
		return (by_binat(nat, work, rule));
	case RULE_NPT:
		return (npt_translate(nat, work, rule));
	default:
		return (NAT_PASS);
	}
}

enum nat_verdict
nat_translate(struct nat *nat, struct work *work)
{
	if ((work->layout.flags & DIVERT_LAYOUT_QUOTED) != 0)
		return (icmp_error(nat, work));
	return (work->way == WAY_OUT ? translate_out(nat, work) :
	    translate_in(nat, work));
}

/*
 * One packet from its first step to its verdict
 */

static enum nat_event_kind
event_for(enum nat_reason reason)
{
	switch (reason) {
	case NAT_REASON_NO_ADDRESS:
		return (NAT_EVENT_ADDRESSES_EXHAUSTED);
	case NAT_REASON_NO_PORT:
		return (NAT_EVENT_PORTS_EXHAUSTED);
	default:
		return (NAT_EVENT_QUOTA);
	}
}

/* What ran out is said, once a second at most (RFC 8158 4.3). */
static void
exhausted(struct nat *nat, const struct work *work)
{
	enum nat_reason	 reason = work->reason;
	struct nat_event event;
	size_t		 len = work->family == 4 ? 4 : 16;

	if (nat->options.event == NULL || work->family == 0 ||
	    ((reason < NAT_REASON_NO_ADDRESS || reason > NAT_REASON_HOST_RATE)
	    && reason != NAT_REASON_FRAGMENT_LIMIT) ||
	    nat->said[reason] == nat->second + 1)
		return;
	nat->said[reason] = nat->second + 1;
	memset(&event, 0, sizeof(event));
	event.kind = event_for(reason);
	event.reason = reason;
	event.family = work->family;
	event.proto = work->proto;
	memcpy(event.inside.addr, work->way == WAY_OUT ? work->src :
	    work->dst, len);
	event.inside.port = ntohs(work->way == WAY_OUT ? work->src_port :
	    work->dst_port);
	event.start = nat->now;
	nat->options.event(nat->options.arg, &event);
}

enum nat_verdict
nat_packet(struct nat *nat, struct divert_packet *pkt, uint8_t *reason)
{
	struct work	 work;
	enum nat_verdict verdict;

	if (work_begin(nat, &work, pkt) == -1)
		verdict = unreadable(nat, &work);
	else if ((work.layout.flags & DIVERT_LAYOUT_FRAGMENT) != 0)
		verdict = fragment_packet(nat, &work);
	else
		verdict = nat_translate(nat, &work);
	*reason = NAT_REASON_NONE;
	if (verdict == NAT_PASS)
		nat->counts.passed++;
	if (verdict == NAT_DROP) {
		*reason = work.reason;
		nat->counts.dropped[work.reason]++;
		exhausted(nat, &work);
		/* For a SYN nobody waited for it is too early (nat_syn.c). */
		if (work.family != 0 && work.reason != NAT_REASON_UNSOLICITED)
			error_answer(nat, &work, work.reason);
	}
	return (verdict);
}
