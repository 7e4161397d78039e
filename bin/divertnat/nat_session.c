/* SPDX-License-Identifier: ISC */

/*
 * Sessions: made, found by either of their ends, ended.  Nothing else ever
 * touches what they count: the mapping, the host, the addresses, the timer.
 */

#include "compat.h"

#include <arpa/inet.h>

#include <string.h>

#include "nat_int.h"
#include "nat_rewrite.h"

/* An address as it is in a hash. */
static uint32_t
address_word(const struct nat *nat, int family, uint32_t number)
{
	return (family == 4 ? number :
	    address_hash(nat, nat->addresses[number].bytes));
}

uint32_t
tuple_hash(const struct nat *nat, int way, const struct tuple *tuple)
{
	const struct hash_keys	*keys;
	uint32_t		 addrs[2];
	uint16_t		 ports[2];
	int			 near = way == WAY_OUT ? 0 : 1;

	keys = &nat->keys[way == WAY_OUT ? KEYS_INSIDE : KEYS_OUTSIDE];
	addrs[near] = address_word(nat, tuple->family, tuple->near);
	addrs[!near] = address_word(nat, tuple->family, tuple->remote);
	ports[near] = tuple->near_port;
	ports[!near] = tuple->remote_port;
	return (session_hash(keys, addrs, ports, tuple->proto,
	    tuple->family));
}

uint32_t
session_find(const struct nat *nat, int way, const struct tuple *tuple)
{
	const struct index	*ix;
	const struct session	*s;
	uint32_t		 at, hash, n;

	ix = way == WAY_OUT ? &nat->by_inside : &nat->by_outside;
	hash = tuple_hash(nat, way, tuple);
	at = index_home(ix, hash);
	while ((n = index_next(ix, hash, &at)) != 0) {
		s = &nat->sessions[n];
		if ((way == WAY_OUT ? s->inside : s->outside) == tuple->near &&
		    s->remote == tuple->remote &&
		    (way == WAY_OUT ? s->inside_port : s->outside_port) ==
		    tuple->near_port && s->remote_port == tuple->remote_port &&
		    s->proto == tuple->proto && s->family == tuple->family)
			break;
	}
	return (n);
}

static void
end_tuple(const struct session *s, int way, struct tuple *tuple)
{
	tuple->near = way == WAY_OUT ? s->inside : s->outside;
	tuple->near_port = way == WAY_OUT ? s->inside_port : s->outside_port;
	tuple->remote = s->remote;
	tuple->remote_port = s->remote_port;
	tuple->proto = s->proto;
	tuple->family = s->family;
}

void
session_set_deltas(const struct nat *nat, struct session *s)
{
	const uint8_t	*from, *to;
	uint32_t	 sum;

	from = address_bytes(nat, s->family, &s->inside);
	to = address_bytes(nat, s->family, &s->outside);
	sum = sum_change(from, to, s->family == 4 ? 4 : 16);
	s->ip_delta = sum_fold(sum);
	/* ICMP over IPv4 has no addresses in its sum. */
	if (s->proto == PROTO_ICMP)
		sum = 0;
	sum += (uint16_t)~s->inside_port;
	sum += s->outside_port;
	s->l4_delta = sum_fold(sum);
}

/* Whose limits it counts for: who asks, and who has the mapping it uses. */
static int
has_host(const struct session *s)
{
	return (s->mapping != 0 ||
	    (s->flags & (SESSION_INBOUND | SESSION_OWN)) == 0);
}

uint32_t
session_host(const struct nat *nat, const struct session *s)
{
	if (!has_host(s))
		return (0);
	return (s->mapping != 0 ? nat->mappings[s->mapping].host :
	    host_find(nat, s->family, s->zone, s->inside));
}

/* Anybody can begin it, under any number of names. */
static int
is_from_outside(const struct session *s)
{
	return ((s->flags & (SESSION_INBOUND | SESSION_HAIRPIN)) ==
	    SESSION_INBOUND);
}

/*
 * A quarter of the places is for what begins inside: nobody outside can fill
 * the table.
 */
static uint32_t
take_place(struct nat *nat, const struct session *wanted)
{
	unsigned int	 limit = nat->rules->settings.limit[LIMIT_STATES];
	uint32_t	 n;

	if (limit > nat->max)
		limit = nat->max;
	if (nat->counts.sessions >= limit || (is_from_outside(wanted) &&
	    !nat->restoring && nat->from_outside >= limit - limit / 4))
		return (0);
	if ((n = nat->session_free) != 0)
		nat->session_free = nat->rests[n].next;
	else if (nat->session_fresh <= nat->max)
		n = nat->session_fresh++;
	return (n);
}

static void
release_addresses(struct nat *nat, const struct session *s)
{
	if (s->family == 4)
		return;
	address_less(nat, s->family, s->inside);
	address_less(nat, s->family, s->remote);
	address_less(nat, s->family, s->outside);
}

/* Is there room for it, and may it be?  *host: whose it will be. */
static uint32_t
admit(struct nat *nat, const struct session *wanted, uint32_t *host,
    enum nat_reason *reason)
{
	struct tuple	 tuple;
	uint32_t	 n;

	*reason = NAT_REASON_NO_PORT;
	end_tuple(wanted, WAY_IN, &tuple);
	if (session_find(nat, WAY_IN, &tuple) != 0)
		return (0);
	end_tuple(wanted, WAY_OUT, &tuple);
	if (session_find(nat, WAY_OUT, &tuple) != 0)
		return (0);
	*reason = NAT_REASON_NO_STATE;
	*host = 0;
	if (has_host(wanted) && (*host = wanted->mapping != 0 ?
	    nat->mappings[wanted->mapping].host :
	    host_get(nat, wanted->family, wanted->zone, wanted->inside)) == 0)
		return (0);
	if (*host != 0 && !host_may(nat, *host, reason)) {
		host_less(nat, *host);
		return (0);
	}
	if ((n = take_place(nat, wanted)) == 0 && *host != 0)
		host_less(nat, *host);
	return (n);
}

static void
count_made(struct nat *nat, const struct session *s, uint32_t host)
{
	if (s->mapping != 0) {
		nat->mappings[s->mapping].sessions++;
		if (nat->permits != NULL)
			permit_more(nat, s->mapping, s->remote);
	}
	if (host != 0)
		nat->hosts[host].sessions++;
	nat->from_outside += (unsigned int)is_from_outside(s);
	nat->counts.sessions_made++;
	if (++nat->counts.sessions > nat->counts.sessions_max)
		nat->counts.sessions_max = nat->counts.sessions;
}

uint32_t
session_make(struct nat *nat, const struct session *wanted,
    const struct rule *rule, enum nat_reason *reason)
{
	struct session	*s;
	struct rest	*rest;
	struct tuple	 tuple;
	uint32_t	 host, n;

	if ((n = admit(nat, wanted, &host, reason)) == 0) {
		release_addresses(nat, wanted);
		return (0);
	}
	s = &nat->sessions[n];
	*s = *wanted;
	s->flags = (uint8_t)((s->flags & ~SESSION_CURRENT) | nat->current);
	s->last = nat->tick;
	session_set_deltas(nat, s);
	rest = &nat->rests[n];
	memset(rest, 0, sizeof(*rest));
	rest->start = nat->tick;
	rest->rule = rule != NULL ? (uint16_t)(rule - nat->rules->rules) :
	    NO_RULE;
	end_tuple(s, WAY_OUT, &tuple);
	index_insert(&nat->by_inside, tuple_hash(nat, WAY_OUT, &tuple), n);
	end_tuple(s, WAY_IN, &tuple);
	index_insert(&nat->by_outside, tuple_hash(nat, WAY_IN, &tuple), n);
	count_made(nat, s, host);
	timer_start(nat, n);
	if (s->proto == PROTO_TCP && (s->flags & SESSION_INBOUND) == 0)
		syn_forget(nat, s);
	session_event(nat, NAT_EVENT_SESSION_MADE, n);
	return (n);
}

void
session_end(struct nat *nat, uint32_t n)
{
	struct session	*s = &nat->sessions[n];
	struct tuple	 tuple;
	uint32_t	 host = session_host(nat, s);

	session_event(nat, NAT_EVENT_SESSION_ENDED, n);
	timer_stop(nat, n);
	end_tuple(s, WAY_OUT, &tuple);
	index_remove(&nat->by_inside, tuple_hash(nat, WAY_OUT, &tuple), n);
	end_tuple(s, WAY_IN, &tuple);
	index_remove(&nat->by_outside, tuple_hash(nat, WAY_IN, &tuple), n);
	if (host != 0)
		nat->hosts[host].sessions--;
	if (s->mapping != 0) {
		if (nat->permits != NULL)
			permit_less(nat, s->mapping, s->remote);
		mapping_less(nat, s->mapping);
	} else if (host != 0)
		host_less(nat, host);
	release_addresses(nat, s);
	nat->from_outside -= (unsigned int)is_from_outside(s);
	s->family = 0;
	s->proto = 0;
	nat->rests[n].next = nat->session_free;
	nat->session_free = n;
	nat->counts.sessions--;
	nat->counts.sessions_ended++;
}

void
session_set_timeout(struct nat *nat, uint32_t n, enum rules_timeout timeout)
{
	struct session	*s = &nat->sessions[n];
	uint32_t	 before = nat->timeout[s->timeout];

	s->timeout = (uint8_t)timeout;
	/* Where it waits for a later time it is found too late. */
	if (nat->timeout[timeout] < before) {
		timer_stop(nat, n);
		timer_start(nat, n);
	}
}

static void
view_endpoint(const struct nat *nat, const struct session *s,
    uint32_t address, uint16_t port, struct nat_endpoint *endpoint)
{
	memcpy(endpoint->addr, address_bytes(nat, s->family, &address),
	    s->family == 4 ? 4 : 16);
	endpoint->port = ntohs(port);
}

static uint64_t
count_packets(const struct nat *nat, uint32_t n, int way)
{
	return ((uint64_t)nat->rests[n].packets_high[way] << 32 |
	    nat->sessions[n].packets[way]);
}

static uint64_t
count_bytes(const struct nat *nat, uint32_t n, int way)
{
	return ((uint64_t)nat->rests[n].bytes_high[way] << 32 |
	    nat->sessions[n].bytes[way]);
}

void
session_view(const struct nat *nat, uint32_t n,
    struct nat_session_view *view)
{
	const struct session	*s = &nat->sessions[n];
	int			 way;

	memset(view, 0, sizeof(*view));
	view->family = s->family;
	view->proto = s->proto;
	view->tcp_state = s->tcp_state;
	view->timeout = s->timeout;
	view_endpoint(nat, s, s->inside, s->inside_port, &view->inside);
	view_endpoint(nat, s, s->outside, s->outside_port, &view->outside);
	view_endpoint(nat, s, s->remote, s->remote_port, &view->remote);
	for (way = 0; way < 2; way++) {
		view->packets[way] = count_packets(nat, n, way);
		view->bytes[way] = count_bytes(nat, n, way);
	}
	view->start = nat_time(nat, nat->rests[n].start);
	view->last = nat_time(nat, s->last);
	view->expires = view->last +
	    (uint64_t)nat->timeout[s->timeout] * TICK_NS;
	view->rule = (s->flags & SESSION_CURRENT) == nat->current ?
	    nat->rests[n].rule : NO_RULE;
}

void
session_event(struct nat *nat, enum nat_event_kind kind, uint32_t n)
{
	const struct session	*s = &nat->sessions[n];
	struct nat_event	 event;
	int			 way;

	if (nat->options.event == NULL)
		return;
	memset(&event, 0, sizeof(event));
	event.kind = kind;
	event.family = s->family;
	event.proto = s->proto;
	event.mapped = s->mapping != 0;
	if ((s->flags & SESSION_CURRENT) == nat->current &&
	    nat->rests[n].rule != NO_RULE)
		event.rule = &nat->rules->rules[nat->rests[n].rule];
	view_endpoint(nat, s, s->inside, s->inside_port, &event.inside);
	view_endpoint(nat, s, s->outside, s->outside_port, &event.outside);
	view_endpoint(nat, s, s->remote, s->remote_port, &event.remote);
	for (way = 0; way < 2; way++) {
		event.packets[way] = count_packets(nat, n, way);
		event.bytes[way] = count_bytes(nat, n, way);
	}
	event.start = nat_time(nat, nat->rests[n].start);
	nat->options.event(nat->options.arg, &event);
}
