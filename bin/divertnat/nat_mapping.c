/* SPDX-License-Identifier: ISC */

/*
 * Mappings: which outside endpoint an inside endpoint has, whoever it talks to
 * (endpoint-independent, RFC 4787 REQ-1).  A mapping lives as long as it has
 * sessions.  Then its port rests (RFC 6888 REQ-8): the mapping stays in the
 * index of outside endpoints, without sessions, in the order of its end.  TCP
 * does not rest, as sessions of TCP end by its own state.
 */

#include "compat.h"

#include <arpa/inet.h>

#include <string.h>

#include "nat_int.h"

static uint32_t
inside_hash(const struct nat *nat, int family, int zone, int proto,
    uint32_t inside, uint16_t port)
{
	uint32_t	 words[3];

	words[0] = inside;
	words[1] = port;
	words[2] = (uint32_t)(family | zone << 8 | proto << 16);
	return (hash_words(&nat->keys[KEYS_MAPPING_INSIDE], words, 3));
}

static uint32_t
outside_hash(const struct nat *nat, int family, int proto, uint32_t outside,
    uint16_t port)
{
	uint32_t	 words[3];

	words[0] = outside;
	words[1] = port;
	words[2] = (uint32_t)(family | proto << 16);
	return (hash_words(&nat->keys[KEYS_MAPPING_OUTSIDE], words, 3));
}

void
mapping_expect_inside(const struct nat *nat, int family, int zone, int proto,
    uint32_t inside, uint16_t port)
{
	const struct index	*ix = &nat->mapping_by_inside;

	__builtin_prefetch(&ix->slots[index_home(ix, inside_hash(nat, family,
	    zone, proto, inside, port))]);
}

/* What a reload has not come to yet may be about to end. */
static int
is_allowed(const struct nat *nat, uint32_t n)
{
	const struct rule	*rule;

	return ((nat->mappings[n].flags & SESSION_CURRENT) == nat->current ||
	    mapping_allowed(nat, n, &rule));
}

uint32_t
mapping_find_inside(const struct nat *nat, int family, int zone, int proto,
    uint32_t inside, uint16_t port)
{
	const struct mapping	*mapping;
	uint32_t		 at, hash, n;

	hash = inside_hash(nat, family, zone, proto, inside, port);
	at = index_home(&nat->mapping_by_inside, hash);
	while ((n = index_next(&nat->mapping_by_inside, hash, &at)) != 0) {
		mapping = &nat->mappings[n];
		if (mapping->inside == inside && mapping->inside_port == port &&
		    mapping->proto == proto && mapping->zone == zone &&
		    mapping->family == family && is_allowed(nat, n))
			break;
	}
	return (n);
}

/* Whether it has sessions or rests. */
static uint32_t
find_outside(const struct nat *nat, int family, int proto, uint32_t outside,
    uint16_t port)
{
	const struct mapping	*mapping;
	uint32_t		 at, hash, n;

	hash = outside_hash(nat, family, proto, outside, port);
	at = index_home(&nat->mapping_by_outside, hash);
	while ((n = index_next(&nat->mapping_by_outside, hash, &at)) != 0) {
		mapping = &nat->mappings[n];
		if (mapping->outside == outside &&
		    mapping->outside_port == port && mapping->proto == proto &&
		    mapping->family == family)
			break;
	}
	return (n);
}

uint32_t
mapping_find_outside(const struct nat *nat, int family, int proto,
    uint32_t outside, uint16_t port)
{
	uint32_t	 n = find_outside(nat, family, proto, outside, port);

	return (n != 0 && nat->mappings[n].sessions > 0 ? n : 0);
}

/* Its port may be somebody else's. */
static void
release_port(struct nat *nat, uint32_t n)
{
	struct mapping	*mapping = &nat->mappings[n];

	index_remove(&nat->mapping_by_outside, outside_hash(nat,
	    mapping->family, mapping->proto, mapping->outside,
	    mapping->outside_port), n);
	ports_give(&nat->ports[mapping->ports], ntohs(mapping->outside_port));
	address_less(nat, mapping->family, mapping->inside);
	address_less(nat, mapping->family, mapping->outside);
	mapping->proto = 0;
}

static void
free_mapping(struct nat *nat, uint32_t n)
{
	nat->mappings[n].host = nat->mapping_free;
	nat->mapping_free = n;
}

/* The oldest at rest is free. */
static void
end_rest(struct nat *nat)
{
	uint32_t	 n = nat->rest_first;

	nat->rest_first = nat->mappings[n].host;
	if (nat->rest_first == 0)
		nat->rest_last = 0;
	/* mapping_rest_over() was first. */
	if (nat->mappings[n].proto != 0)
		release_port(nat, n);
	free_mapping(nat, n);
}

static void
begin_rest(struct nat *nat, uint32_t n)
{
	nat->mappings[n].host = 0;
	nat->mappings[n].start = nat->tick;
	if (nat->rest_last != 0)
		nat->mappings[nat->rest_last].host = n;
	else
		nat->rest_first = n;
	nat->rest_last = n;
}

void
mapping_rest_over(struct nat *nat, int family, int proto, uint32_t outside,
    uint16_t port, const uint8_t *inside)
{
	const struct mapping	*mapping;
	uint32_t		 n, number;

	n = find_outside(nat, family, proto, outside, port);
	mapping = &nat->mappings[n];
	if (n != 0 && mapping->sessions == 0 &&
	    address_find(nat, family, inside, &number) &&
	    mapping->inside == number)
		release_port(nat, n);
}

void
mapping_expire(struct nat *nat)
{
	unsigned int	 work = 64;

	while (nat->rest_first != 0 && work-- > 0 &&
	    nat->tick - nat->mappings[nat->rest_first].start >
	    nat->timeout[TIMEOUT_PORT_REST])
		end_rest(nat);
}

/* A place for one; there are as many as for sessions. */
static uint32_t
take_place(struct nat *nat)
{
	uint32_t	 n;

	if (nat->mapping_free == 0 && nat->mapping_fresh > nat->max &&
	    nat->rest_first != 0)
		end_rest(nat);
	if ((n = nat->mapping_free) != 0)
		nat->mapping_free = nat->mappings[n].host;
	else if (nat->mapping_fresh <= nat->max)
		n = nat->mapping_fresh++;
	return (n);
}

uint32_t
mapping_make_at(struct nat *nat, const struct mapping *wanted,
    const struct rule *rule, enum nat_reason *reason)
{
	struct mapping	*mapping;
	uint32_t	 n, set;

	set = ports_of(nat, wanted->family, wanted->outside, wanted->proto);
	*reason = NAT_REASON_NO_PORT;
	if (set == 0 || ports_taken(&nat->ports[set],
	    ntohs(wanted->outside_port)))
		return (0);
	*reason = NAT_REASON_NO_STATE;
	if ((n = take_place(nat)) == 0)
		return (0);
	mapping = &nat->mappings[n];
	*mapping = *wanted;
	if ((mapping->host = host_get(nat, wanted->family, wanted->zone,
	    wanted->inside)) == 0) {
		free_mapping(nat, n);
		return (0);
	}
	nat->hosts[mapping->host].mappings++;
	mapping->sessions = 0;
	mapping->ports = (uint16_t)set;
	mapping->rule = (uint16_t)(rule - nat->rules->rules);
	mapping->flags = (uint8_t)((wanted->flags & ~SESSION_CURRENT) |
	    nat->current);
	mapping->start = nat->tick;
	ports_take(&nat->ports[set], ntohs(mapping->outside_port));
	address_more(nat, mapping->family, mapping->inside);
	address_more(nat, mapping->family, mapping->outside);
	index_insert(&nat->mapping_by_inside, inside_hash(nat, mapping->family,
	    mapping->zone, mapping->proto, mapping->inside,
	    mapping->inside_port), n);
	index_insert(&nat->mapping_by_outside, outside_hash(nat,
	    mapping->family, mapping->proto, mapping->outside,
	    mapping->outside_port), n);
	nat->counts.mappings++;
	nat->counts.mappings_made++;
	mapping_event(nat, NAT_EVENT_MAPPING_MADE, n);
	return (n);
}

/*
 * The outside endpoint is chosen: what will be looked for by it is asked for
 * from memory all at once.
 */
static void
expect_outside(const struct nat *nat, const struct choice *choice)
{
	const struct index	*ix;
	const struct work	*work = choice->work;
	struct tuple		 tuple;

	ix = &nat->mapping_by_outside;
	__builtin_prefetch(&ix->slots[index_home(ix, outside_hash(nat,
	    work->family, work->proto, choice->outside, choice->port))], 1);
	tuple.near = choice->outside;
	tuple.near_port = choice->port;
	if (!address_find(nat, work->family, work->dst, &tuple.remote))
		return;
	tuple.remote_port = work->dst_port;
	tuple.proto = work->proto;
	tuple.family = work->family;
	ix = &nat->by_outside;
	__builtin_prefetch(&ix->slots[index_home(ix, tuple_hash(nat, WAY_IN,
	    &tuple))], 1);
}

/* With the inside address in use for the length of the call. */
static uint32_t
make_for(struct nat *nat, const struct rule *rule, const struct work *work,
    struct mapping *wanted, enum nat_reason *reason)
{
	unsigned int	 limit =
			    nat->rules->settings.limit[LIMIT_PORTS_PER_HOST];
	struct choice	 choice;
	uint32_t	 n;

	memset(&choice, 0, sizeof(choice));
	choice.rule = rule;
	choice.work = work;
	choice.host = host_get(nat, work->family, wanted->zone,
	    wanted->inside);
	*reason = NAT_REASON_NO_STATE;
	if (choice.host == 0)
		return (0);
	*reason = NAT_REASON_HOST_PORTS;
	n = 0;
	if ((limit == 0 || nat->hosts[choice.host].mappings < limit) &&
	    choose_address(nat, &choice, choose_port, reason) == 0) {
		expect_outside(nat, &choice);
		wanted->outside = choice.outside;
		wanted->outside_port = choice.port;
		n = mapping_make_at(nat, wanted, rule, reason);
		address_less(nat, work->family, choice.outside);
	}
	host_less(nat, choice.host);
	return (n);
}

uint32_t
mapping_make(struct nat *nat, const struct rule *rule,
    const struct work *work, enum nat_reason *reason)
{
	struct mapping	 wanted;
	uint32_t	 n = 0;

	memset(&wanted, 0, sizeof(wanted));
	wanted.inside_port = work->src_port;
	wanted.proto = work->proto;
	wanted.family = work->family;
	wanted.zone = nat->uses[rule - nat->rules->rules].zone;
	wanted.flags = rule->log ? SESSION_LOG : 0;
	*reason = NAT_REASON_NO_STATE;
	if (address_use(nat, work->family, work->src, &wanted.inside)) {
		n = make_for(nat, rule, work, &wanted, reason);
		address_less(nat, work->family, wanted.inside);
	}
	return (n);
}

/* Nobody finds it by its inside endpoint any more. */
static void
leave_inside(struct nat *nat, uint32_t n)
{
	struct mapping	*mapping = &nat->mappings[n];

	mapping_event(nat, NAT_EVENT_MAPPING_ENDED, n);
	index_remove(&nat->mapping_by_inside, inside_hash(nat, mapping->family,
	    mapping->zone, mapping->proto, mapping->inside,
	    mapping->inside_port), n);
	nat->hosts[mapping->host].mappings--;
	host_less(nat, mapping->host);
	nat->counts.mappings--;
	nat->counts.mappings_ended++;
}

void
mapping_undo(struct nat *nat, uint32_t n)
{
	leave_inside(nat, n);
	release_port(nat, n);
	free_mapping(nat, n);
}

void
mapping_less(struct nat *nat, uint32_t n)
{
	if (--nat->mappings[n].sessions > 0)
		return;
	if (nat->mappings[n].proto == PROTO_TCP ||
	    nat->timeout[TIMEOUT_PORT_REST] == 0) {
		mapping_undo(nat, n);
		return;
	}
	leave_inside(nat, n);
	begin_rest(nat, n);
}

void
mapping_event(struct nat *nat, enum nat_event_kind kind, uint32_t n)
{
	const struct mapping	*mapping = &nat->mappings[n];
	struct nat_event	 event;
	size_t			 len = mapping->family == 4 ? 4 : 16;

	if (nat->options.event == NULL)
		return;
	memset(&event, 0, sizeof(event));
	event.kind = kind;
	event.family = mapping->family;
	event.proto = mapping->proto;
	event.mapped = 1;
	if ((mapping->flags & SESSION_CURRENT) == nat->current)
		event.rule = &nat->rules->rules[mapping->rule];
	memcpy(event.inside.addr, address_bytes(nat, mapping->family,
	    &mapping->inside), len);
	event.inside.port = ntohs(mapping->inside_port);
	memcpy(event.outside.addr, address_bytes(nat, mapping->family,
	    &mapping->outside), len);
	event.outside.port = ntohs(mapping->outside_port);
	event.start = nat_time(nat, mapping->start);
	nat->options.event(nat->options.arg, &event);
}
