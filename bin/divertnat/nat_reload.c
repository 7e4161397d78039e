/* SPDX-License-Identifier: ISC */

/*
 * Other rules, while sessions go on.
 *
 * New sessions are made by the new rules at once.  The old ones are looked at
 * in slices: one that the new rules would have made as it is goes on, another
 * ends.  SESSION_CURRENT tells which have been looked at: what it means turns
 * round with each reload.
 *
 * The same rules again mean that addresses of interfaces have changed.  With
 * `set address-change keep' sessions go on at the address they have.
 */

#include "compat.h"

#include <arpa/inet.h>

#include <string.h>

#include "nat_int.h"

static int
has_ports(int proto)
{
	return (proto == PROTO_TCP || proto == PROTO_UDP ||
	    proto == PROTO_ICMP || proto == PROTO_ICMPV6);
}

/* A packet as the session's, that goes its way; outside as it is seen there. */
static void
packet_of(const struct nat *nat, const struct session *s, int way, int zone,
    struct work *work)
{
	memset(work, 0, sizeof(*work));
	work->way = (uint8_t)way;
	work->zone = (uint8_t)zone;
	work->family = s->family;
	work->proto = s->proto;
	work->has_ports = (uint8_t)has_ports(s->proto);
	if (way == WAY_OUT) {
		work->src = address_bytes(nat, s->family, &s->inside);
		work->dst = address_bytes(nat, s->family, &s->remote);
		work->src_port = s->inside_port;
		work->dst_port = s->remote_port;
	} else {
		work->src = address_bytes(nat, s->family, &s->remote);
		work->dst = address_bytes(nat, s->family, &s->outside);
		work->src_port = s->remote_port;
		work->dst_port = s->outside_port;
	}
}

static int
in_pool(const struct nat *nat, const struct rule *rule,
    const struct session *s, const uint32_t *address)
{
	uint32_t	 i;

	return (hosts_find(&rule->pool, s->family,
	    address_bytes(nat, s->family, address), &i));
}

static int
is_any(const struct rule_ports *ports)
{
	return (ports->low == 0 && ports->high == 65535);
}

static int
by_nat(const struct nat *nat, const struct rule *rule,
    const struct session *s)
{
	unsigned int	 port = ntohs(s->outside_port);

	if (!in_pool(nat, rule, s, &s->outside))
		return (0);
	if (s->proto != PROTO_TCP && s->proto != PROTO_UDP)
		return (1);
	return (is_any(&rule->ports) ||
	    (port >= rule->ports.low && port <= rule->ports.high));
}

/*
 * A mapping is for all remotes: any rule that takes its source may have made
 * it, whatever the remote of this session.
 */
static const struct rule *
rule_of_mapping(const struct nat *nat, const struct work *work,
    const struct session *s)
{
	const struct rule	*rule;
	unsigned int		 i;

	for (i = 0; i < nat->rules->n; i++) {
		rule = &nat->rules->rules[i];
		if (rule->kind == RULE_NAT &&
		    rule_takes_source(nat, i, work) && by_nat(nat, rule, s))
			return (rule);
	}
	return (NULL);
}

static int
by_rdr(const struct nat *nat, const struct rule *rule,
    const struct session *s)
{
	unsigned int	 port;

	if (!in_pool(nat, rule, s, &s->inside))
		return (0);
	if ((s->proto != PROTO_TCP && s->proto != PROTO_UDP) ||
	    is_any(&rule->ports))
		return (s->inside_port == s->outside_port);
	port = rule->ports.low;
	if (rule->shift)
		port += ntohs(s->outside_port) - rule->to_ports.low;
	return (port == ntohs(s->inside_port));
}

static int
by_binat(const struct nat *nat, const struct rule *rule,
    const struct session *s)
{
	const uint8_t	*inside = address_bytes(nat, s->family, &s->inside);
	uint8_t		 outside[16];
	size_t		 len = s->family == 4 ? 4 : 16;

	if (rule->from.n == 0 || rule->pool.n == 0 ||
	    !net_has(&rule->from.nets[0], s->family, inside) ||
	    rule->from.nets[0].prefix != rule->pool.nets[0].prefix)
		return (0);
	memcpy(outside, inside, len);
	net_replace(&rule->pool.nets[0], outside);
	return (memcmp(outside, address_bytes(nat, s->family, &s->outside),
	    len) == 0 && s->inside_port == s->outside_port);
}

/* Would the rules make it of a packet at this interface? */
static int
allowed_at(const struct nat *nat, const struct session *s, int mapped,
    int zone, const struct rule **rule)
{
	struct work	 work;
	int		 way;

	/* What a remote began by a mapping is allowed as the mapping is. */
	way = (s->flags & SESSION_INBOUND) != 0 && !mapped ? WAY_IN : WAY_OUT;
	packet_of(nat, s, way, zone, &work);
	if (mapped && (s->flags & SESSION_INBOUND) != 0) {
		*rule = rule_of_mapping(nat, &work, s);
		return (*rule != NULL);
	}
	*rule = rule_find(nat, &work);
	if ((s->flags & SESSION_OWN) != 0) {
		if (*rule != NULL && (*rule)->kind != RULE_PASS)
			return (0);
		*rule = NULL;
		return (1);
	}
	if (*rule == NULL)
		return (0);
	switch ((*rule)->kind) {
	case RULE_NAT:
		return (way == WAY_OUT && (by_nat(nat, *rule, s) ||
		    (mapped && rule_of_mapping(nat, &work, s) != NULL)));
	case RULE_RDR:
		return (way == WAY_IN && by_rdr(nat, *rule, s));
	case RULE_BINAT:
		return (!mapped && by_binat(nat, *rule, s));
	default:
		return (0);
	}
}

int
session_allowed(const struct nat *nat, const struct session *s, int mapped,
    const struct rule **rule)
{
	unsigned int	 zone;

	if (allowed_at(nat, s, mapped, s->zone, rule))
		return (1);
	/* Made by a rule of any interface: it may be at each. */
	if (s->zone == 0)
		for (zone = 1; zone <= nat->nzones; zone++)
			if (allowed_at(nat, s, mapped, (int)zone, rule))
				return (1);
	return (0);
}

int
mapping_allowed(const struct nat *nat, uint32_t n, const struct rule **rule)
{
	const struct mapping	*mapping = &nat->mappings[n];
	struct session		 s;

	memset(&s, 0, sizeof(s));
	s.inside = mapping->inside;
	s.outside = mapping->outside;
	s.inside_port = mapping->inside_port;
	s.outside_port = mapping->outside_port;
	s.proto = mapping->proto;
	s.family = mapping->family;
	s.zone = mapping->zone;
	/* Of no remote in particular. */
	s.flags = SESSION_INBOUND;
	return (session_allowed(nat, &s, 1, rule));
}

static void
look_at(struct nat *nat, uint32_t n)
{
	struct session		*s = &nat->sessions[n];
	struct mapping		*mapping;
	const struct rule	*rule;

	if (s->family == 0 || (s->flags & SESSION_CURRENT) == nat->current)
		return;
	if (!session_allowed(nat, s, s->mapping != 0, &rule)) {
		session_end(nat, n);
		return;
	}
	s->flags = (uint8_t)((s->flags & ~SESSION_CURRENT) | nat->current);
	nat->rests[n].rule = rule == NULL ? NO_RULE :
	    (uint16_t)(rule - nat->rules->rules);
	if (s->mapping == 0 || rule == NULL)
		return;
	mapping = &nat->mappings[s->mapping];
	mapping->flags = (uint8_t)((mapping->flags & ~SESSION_CURRENT) |
	    nat->current);
	mapping->rule = nat->rests[n].rule;
}

void
reload_sweep(struct nat *nat, unsigned int n)
{
	if (nat->sweep == 0)
		return;
	for (; n > 0 && nat->sweep < nat->session_fresh; n--)
		look_at(nat, nat->sweep++);
	if (nat->sweep >= nat->session_fresh)
		nat->sweep = 0;
}

/*
 * From now on all that there is is to be looked at, also what an earlier sweep
 * has not come to: what is current turns round, so that must turn too.
 */
static void
begin_sweep(struct nat *nat)
{
	uint32_t	 n;

	if (nat->sweep != 0)
		for (n = nat->sweep; n < nat->session_fresh; n++)
			nat->sessions[n].flags = (uint8_t)
			    ((nat->sessions[n].flags & ~SESSION_CURRENT) |
			    nat->current);
	for (n = 1; n < nat->mapping_fresh; n++)
		nat->mappings[n].flags = (uint8_t)((nat->mappings[n].flags &
		    ~SESSION_CURRENT) | nat->current);
	nat->current ^= SESSION_CURRENT;
	nat->sweep = 1;
}

int
nat_reload(struct nat *nat, const struct rules *rules, uint64_t now)
{
	int	 same = rules == nat->rules;
	int	 had = nat->permits != NULL;
	int	 wants = rules->settings.filtering ==
		    FILTERING_ADDRESS_DEPENDENT;

	clock_set(nat, now);
	/* All that may fail is first. */
	if (wants && !had && permits_new(nat) == -1)
		return (-1);
	if (rules_use(nat, rules) == -1) {
		if (!had)
			permits_free(nat);
		return (-1);
	}
	if (!wants)
		permits_free(nat);
	if (!same || rules->settings.address_change == CHANGE_FLUSH)
		begin_sweep(nat);
	return (0);
}
