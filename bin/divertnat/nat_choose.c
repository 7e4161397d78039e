/* SPDX-License-Identifier: ISC */

/*
 * The choice of an outside address and port (RFC 4787 3 and 4, RFC 6888 2).
 *
 * A host keeps its address where the policy wants that (paired, the default,
 * and sticky-address), also when that address has no port left: then there is
 * none for it, rather than a second address.  A host that has none yet begins
 * where its hash points and gets the first address with a port.
 */

#include "compat.h"

#include <arpa/inet.h>

#include <string.h>

#include "nat_int.h"

/* Ports from here on are nobody's services (RFC 4787 REQ-3a). */
#define WELL_KNOWN	1024

/* Of this host itself towards one remote: as many are passed over. */
#define OWN_PORTS	64

/* Where a host begins in pools: always the same place, nobody's guess. */
static uint32_t
place_of_host(const struct nat *nat, uint32_t n, uint32_t pool)
{
	const struct host	*host = &nat->hosts[n];
	uint32_t		 words[4] = { 0 };

	memcpy(words, address_bytes(nat, host->family, &host->inside),
	    host->family == 4 ? 4 : 16);
	return ((uint32_t)((uint64_t)hash_words(&nat->keys[KEYS_CHOICE], words,
	    4) * pool >> 32));
}

static int
try_address(struct nat *nat, struct choice *choice,
    int (*try)(struct nat *, struct choice *), uint32_t i)
{
	int	 family = choice->work->family;

	hosts_address(&choice->rule->pool, family, i, choice->addr);
	if (!address_use(nat, family, choice->addr, &choice->outside))
		return (0);
	if (try(nat, choice))
		return (1);
	address_less(nat, family, choice->outside);
	return (0);
}

/* The address that the host has already.  1: it is of this pool. */
static int
bound_address(const struct nat *nat, const struct choice *choice, uint32_t *i)
{
	const struct host	*host = &nat->hosts[choice->host];

	return (host->bound && hosts_find(&choice->rule->pool, host->family,
	    address_bytes(nat, host->family, &host->outside), i));
}

static uint32_t
first_address(struct nat *nat, const struct choice *choice, uint32_t pool)
{
	struct rule_use	*use = &nat->uses[choice->rule - nat->rules->rules];

	switch (choice->rule->policy) {
	case POLICY_ROUND_ROBIN:
		return (use->next++ % pool);
	case POLICY_RANDOM:
		return (nat_random(nat, pool));
	default:
		return (place_of_host(nat, choice->host, pool));
	}
}

int
choose_address(struct nat *nat, struct choice *choice,
    int (*try)(struct nat *, struct choice *), enum nat_reason *reason)
{
	const struct rule	*rule = choice->rule;
	uint32_t		 first, i, n, pool;
	int			 keep;

	pool = nat->uses[rule - nat->rules->rules].pool[choice->work->family ==
	    6];
	if (pool == 0) {
		*reason = NAT_REASON_NO_ADDRESS;
		return (-1);
	}
	*reason = NAT_REASON_NO_PORT;
	keep = rule->policy == POLICY_PAIRED || rule->sticky;
	if (keep && bound_address(nat, choice, &i))
		return (try_address(nat, choice, try, i) ? 0 : -1);
	first = first_address(nat, choice, pool);
	n = rule->policy == POLICY_SOURCE_HASH ? 1 : pool;
	if (n > nat->outsides_max)
		n = nat->outsides_max;
	for (i = 0; i < n; i++) {
		if (!try_address(nat, choice, try,
		    (uint32_t)(((uint64_t)first + i) % pool)))
			continue;
		if (keep && pool > 1 && !nat->hosts[choice->host].bound)
			host_bind(nat, choice->host, choice->outside);
		return (0);
	}
	return (-1);
}

/*
 * An rdr-to rule has this port of the outside address.  Then *high is the last
 * one it has.
 */
static int
kept_for_rdr(const struct nat *nat, const struct choice *choice,
    unsigned int port, unsigned int *high)
{
	const struct rule	*rule;
	unsigned int		 i;
	int			 proto = choice->work->proto;

	if (!kept_may_be(nat, proto, port))
		return (0);
	for (i = 0; i < nat->rules->n; i++) {
		rule = &nat->rules->rules[i];
		if (!nat->uses[i].keeps_ports ||
		    (rule->protos[proto / 64] >> proto % 64 & 1) == 0 ||
		    port < rule->to_ports.low || port > rule->to_ports.high ||
		    !rules_hosts_match(&rule->to, choice->work->family,
		    choice->addr))
			continue;
		*high = rule->to_ports.high;
		return (1);
	}
	return (0);
}

/*
 * The remote has a session with this port already, though no mapping has it:
 * one of this host itself.
 */
static int
is_own_port(const struct nat *nat, const struct choice *choice,
    unsigned int port)
{
	const struct work	*work = choice->work;
	struct tuple		 tuple;

	tuple.near = choice->outside;
	tuple.near_port = htons((uint16_t)port);
	tuple.remote_port = work->dst_port;
	tuple.proto = work->proto;
	tuple.family = work->family;
	return (address_find(nat, work->family, work->dst, &tuple.remote) &&
	    session_find(nat, WAY_IN, &tuple) != 0);
}

/* A free port in [low, high] that no rdr-to rule has; 0: none. */
static unsigned int
free_port(struct nat *nat, const struct choice *choice,
    const struct ports *set, unsigned int low, unsigned int high,
    enum port_parity parity)
{
	unsigned int	 port, start, tries;

	if (low > high)
		return (0);
	start = low + nat_random(nat, high - low + 1);
	for (tries = 0; tries <= 2 * nat->rules->n + OWN_PORTS; tries++) {
		port = start = ports_find(set, low, high, start, parity);
		if (port == 0 || (!kept_for_rdr(nat, choice, port, &start) &&
		    !is_own_port(nat, choice, port)))
			return (port);
		start = start < high ? start + 1 : low;
	}
	return (0);
}

/* The same parity if there is one left (RFC 4787 REQ-4). */
static unsigned int
parity_port(struct nat *nat, const struct choice *choice,
    const struct ports *set, unsigned int low, unsigned int high)
{
	unsigned int	 port, wanted = ntohs(choice->work->src_port);

	if (choice->work->proto == PROTO_TCP || choice->work->proto ==
	    PROTO_UDP) {
		port = free_port(nat, choice, set, low, high,
		    wanted % 2 == 0 ? PARITY_EVEN : PARITY_ODD);
		if (port != 0)
			return (port);
	}
	return (free_port(nat, choice, set, low, high, PARITY_ANY));
}

/*
 * The range when the rule says none: well-known ports for well-known ports
 * (REQ-3a), the upper half of them first, for services of this host are mostly
 * in the lower one.
 */
static unsigned int
class_port(struct nat *nat, const struct choice *choice,
    const struct ports *set)
{
	unsigned int	 port, unused, wanted = ntohs(choice->work->src_port);

	if (choice->work->proto != PROTO_TCP && choice->work->proto !=
	    PROTO_UDP)
		return (parity_port(nat, choice, set, 1, 65535));
	if (wanted >= WELL_KNOWN)
		return (parity_port(nat, choice, set, WELL_KNOWN, 65535));
	/* Some protocols insist on it, such as IKE on 500. */
	if (wanted != 0 && !ports_taken(set, wanted) &&
	    !kept_for_rdr(nat, choice, wanted, &unused))
		return (wanted);
	port = parity_port(nat, choice, set, WELL_KNOWN / 2, WELL_KNOWN - 1);
	if (port == 0)
		port = parity_port(nat, choice, set, 1, WELL_KNOWN / 2 - 1);
	return (port);
}

static unsigned int
static_port(struct nat *nat, const struct choice *choice,
    const struct ports *set)
{
	const struct work	*work = choice->work;
	unsigned int		 port = ntohs(work->src_port), unused;

	if (port == 0 || kept_for_rdr(nat, choice, port, &unused))
		return (0);
	/* It may rest (RFC 6888 C8), but not from who had it. */
	if (ports_taken(set, port))
		mapping_rest_over(nat, work->family, work->proto,
		    choice->outside, work->src_port, work->src);
	return (ports_taken(set, port) ? 0 : port);
}

int
choose_port(struct nat *nat, struct choice *choice)
{
	const struct rule_ports	*range = &choice->rule->ports;
	const struct ports	*set;
	unsigned int		 n, port;

	n = ports_of(nat, choice->work->family, choice->outside,
	    choice->work->proto);
	if (n == 0)
		return (0);
	set = &nat->ports[n];
	if (choice->rule->static_port)
		port = static_port(nat, choice, set);
	else if (range->high == 65535 && range->low == 0)
		port = class_port(nat, choice, set);
	else
		port = parity_port(nat, choice, set, range->low, range->high);
	choice->port = htons((uint16_t)port);
	return (port != 0);
}

static int
is_free(const struct nat *nat, const struct choice *choice,
    struct tuple *tuple, unsigned int port)
{
	unsigned int	 unused;

	if (port == 0)
		return (0);
	tuple->near_port = htons((uint16_t)port);
	return (session_find(nat, WAY_IN, tuple) == 0 &&
	    !kept_for_rdr(nat, choice, port, &unused));
}

/* Where an inside endpoint begins: as a rule it gets the same port again. */
static uint32_t
place_of_endpoint(const struct nat *nat, const struct work *work)
{
	uint32_t	 words[5] = { 0 };

	memcpy(words, work->src, work->family == 4 ? 4 : 16);
	words[4] = (uint32_t)work->src_port | (uint32_t)work->proto << 16;
	return (hash_words(&nat->keys[KEYS_CHOICE], words, 5));
}

int
choose_overlapping(struct nat *nat, struct choice *choice)
{
	const struct work	*work = choice->work;
	const struct rule_ports	*range = &choice->rule->ports;
	struct tuple		 tuple;
	unsigned int		 high = 65535, i, low = WELL_KNOWN, n, port;

	choice->port = 0;
	memset(&tuple, 0, sizeof(tuple));
	tuple.near = choice->outside;
	tuple.remote_port = work->dst_port;
	tuple.proto = work->proto;
	tuple.family = work->family;
	/* A remote nobody has a session with is in nobody's way. */
	if (!address_find(nat, work->family, work->dst, &tuple.remote))
		tuple.remote = 0;
	if (!work->has_ports)
		return (session_find(nat, WAY_IN, &tuple) == 0);
	port = ntohs(work->src_port);
	if (choice->rule->static_port) {
		choice->port = work->src_port;
		return (is_free(nat, choice, &tuple, port));
	}
	if (range->high != 65535 || range->low != 0) {
		low = range->low > 0 ? range->low : 1;
		high = range->high;
	} else if (work->proto != PROTO_TCP && work->proto != PROTO_UDP)
		low = 1;
	else if (port < WELL_KNOWN) {
		low = WELL_KNOWN / 2;
		high = WELL_KNOWN - 1;
	}
	n = high - low + 1;
	port = (unsigned int)((uint64_t)place_of_endpoint(nat, work) * n >>
	    32);
	for (i = 0; i < n; i++, port = port + 1 < n ? port + 1 : 0)
		if (is_free(nat, choice, &tuple, low + port)) {
			choice->port = htons((uint16_t)(low + port));
			return (1);
		}
	return (0);
}
