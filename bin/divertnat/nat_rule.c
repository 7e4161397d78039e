/* SPDX-License-Identifier: ISC */

/*
 * Rules as packets meet them: the first that matches, the addresses of its
 * pool, and what is worked out once when rules are taken into use.
 */

#include "compat.h"

#include <arpa/inet.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nat_int.h"

#define POOL_MAX	0x7fffffffu	/* more addresses nobody counts */

static unsigned int
width(int family)
{
	return (family == 4 ? 32 : 128);
}

int
net_usable(const struct rule_net *net, int family)
{
	return (net->family == family &&
	    (net->ifname[0] == '\0' || net->resolved));
}

int
net_has(const struct rule_net *net, int family, const uint8_t *addr)
{
	unsigned int	 bits = net->prefix % 8, bytes = net->prefix / 8;

	if (!net_usable(net, family) || memcmp(net->addr, addr, bytes) != 0)
		return (0);
	return (bits == 0 ||
	    ((net->addr[bytes] ^ addr[bytes]) & 0xff00 >> bits & 0xff) == 0);
}

void
net_replace(const struct rule_net *to, uint8_t *addr)
{
	unsigned int	 bits = to->prefix % 8, bytes = to->prefix / 8, mask;

	memcpy(addr, to->addr, bytes);
	if (bits == 0)
		return;
	mask = 0xff00u >> bits & 0xff;
	addr[bytes] = (uint8_t)((to->addr[bytes] & mask) |
	    (addr[bytes] & ~mask));
}

static uint32_t
net_count(const struct rule_net *net)
{
	unsigned int	 bits = width(net->family) - net->prefix;

	return (bits < 31 ? UINT32_C(1) << bits : POOL_MAX);
}

uint32_t
hosts_count(const struct rule_hosts *hosts, int family)
{
	uint32_t	 n = 0;
	unsigned int	 i;

	for (i = 0; i < hosts->n; i++)
		if (net_usable(&hosts->nets[i], family)) {
			n += net_count(&hosts->nets[i]);
			if (n > POOL_MAX)
				return (POOL_MAX);
		}
	return (n);
}

/* Add to the last 32 bits of an address, which are behind the prefix. */
static void
add_host(uint8_t *addr, int family, uint32_t i)
{
	uint8_t		*last = addr + width(family) / 8 - 4;
	uint32_t	 v;

	memcpy(&v, last, sizeof(v));
	v = htonl(ntohl(v) + i);
	memcpy(last, &v, sizeof(v));
}

void
hosts_address(const struct rule_hosts *hosts, int family, uint32_t i,
    uint8_t *addr)
{
	const struct rule_net	*net;
	unsigned int		 j;

	for (j = 0; j < hosts->n; j++) {
		net = &hosts->nets[j];
		if (!net_usable(net, family))
			continue;
		if (i < net_count(net)) {
			memcpy(addr, net->addr, width(family) / 8);
			add_host(addr, family, i);
			return;
		}
		i -= net_count(net);
	}
}

int
hosts_find(const struct rule_hosts *hosts, int family, const uint8_t *addr,
    uint32_t *i)
{
	const struct rule_net	*net;
	uint32_t		 base, last;
	unsigned int		 j;
	size_t			 at = width(family) / 8 - 4;

	*i = 0;
	for (j = 0; j < hosts->n; j++) {
		net = &hosts->nets[j];
		if (!net_usable(net, family))
			continue;
		if (net_has(net, family, addr)) {
			memcpy(&last, addr + at, 4);
			memcpy(&base, net->addr + at, 4);
			*i += ntohl(last) - ntohl(base);
			return (1);
		}
		*i += net_count(net);
	}
	return (0);
}

/*
 * Zones
 */

static unsigned int
find_zone(const struct nat *nat, const char *ifname)
{
	unsigned int	 i;

	for (i = nat->nzones; i > 0; i--)
		if (strncmp(nat->zones[i], ifname, DIVERT_IFNAME_SIZE) == 0)
			break;
	return (i);
}

uint8_t
zone_find(struct nat *nat, const char *ifname)
{
	memcpy(nat->last_ifname, ifname, DIVERT_IFNAME_SIZE);
	nat->last_zone = (uint8_t)find_zone(nat, ifname);
	return (nat->last_zone);
}

/* Sessions carry zones over a reload, so they stay.  -1: too many. */
static int
make_zone(struct nat *nat, const char *ifname)
{
	unsigned int	 zone;

	if (ifname[0] == '\0')
		return (0);
	if ((zone = find_zone(nat, ifname)) == 0) {
		if (nat->nzones == ZONES_MAX) {
			errno = ENOMEM;
			return (-1);
		}
		zone = ++nat->nzones;
		memset(nat->zones[zone], 0, DIVERT_IFNAME_SIZE);
		memcpy(nat->zones[zone], ifname, strnlen(ifname,
		    DIVERT_IFNAME_SIZE - 1));
		memset(nat->last_ifname, 0, DIVERT_IFNAME_SIZE);
		nat->last_zone = 0;
	}
	return ((int)zone);
}

/*
 * Matching
 */

/* Which side of the packet is the near one, inside or outside. */
static const uint8_t *
near_side(const struct work *work)
{
	return (work->way == WAY_OUT ? work->src : work->dst);
}

static const uint8_t *
far_side(const struct work *work)
{
	return (work->way == WAY_OUT ? work->dst : work->src);
}

/*
 * binat-to and npt-to are written as packets leave: what comes in is matched
 * the other way round.
 */
static int
match_addresses(const struct rule *rule, const struct work *work)
{
	if (rule->kind == RULE_BINAT || rule->kind == RULE_NPT)
		return (rules_hosts_match(work->way == WAY_OUT ? &rule->from :
		    &rule->pool, work->family, near_side(work)) &&
		    rules_hosts_match(&rule->to, work->family,
		    far_side(work)));
	return (rules_hosts_match(&rule->from, work->family, work->src) &&
	    rules_hosts_match(&rule->to, work->family, work->dst));
}

static int
in_ports(const struct rule_ports *ports, uint16_t port)
{
	return (ntohs(port) >= ports->low && ntohs(port) <= ports->high);
}

static int
is_any(const struct rule_ports *ports)
{
	return (ports->low == 0 && ports->high == 65535);
}

static int
match_ports(const struct rule *rule, const struct work *work)
{
	if (is_any(&rule->from_ports) && is_any(&rule->to_ports))
		return (1);
	return ((work->proto == PROTO_TCP || work->proto == PROTO_UDP) &&
	    work->has_ports && in_ports(&rule->from_ports, work->src_port) &&
	    in_ports(&rule->to_ports, work->dst_port));
}

const struct rule *
rule_find(const struct nat *nat, const struct work *work)
{
	const struct rule	*rule;
	struct gate_walk	 walk;
	unsigned int		 i;

	gate_begin(nat, work, 0, &walk);
	while ((i = gate_next(&walk)) != NO_RULE) {
		rule = &nat->rules->rules[i];
		if ((rule->protos[work->proto / 64] >> work->proto % 64 & 1) !=
		    0 && match_ports(rule, work) &&
		    match_addresses(rule, work))
			return (rule);
	}
	return (NULL);
}

int
rule_takes_source(const struct nat *nat, unsigned int i,
    const struct work *work)
{
	const struct rule	*rule = &nat->rules->rules[i];

	return ((nat->uses[i].zone == 0 || nat->uses[i].zone == work->zone) &&
	    rule_looks_at(rule, work->way, work->family) &&
	    (rule->protos[work->proto / 64] >> work->proto % 64 & 1) != 0 &&
	    rules_hosts_match(&rule->from, work->family, work->src) &&
	    (is_any(&rule->from_ports) || ((work->proto == PROTO_TCP ||
	    work->proto == PROTO_UDP) &&
	    in_ports(&rule->from_ports, work->src_port))));
}

const struct rule *
rule_find_address(const struct nat *nat, const struct work *work)
{
	const struct rule	*rule;
	struct gate_walk	 walk;
	unsigned int		 i;

	gate_begin(nat, work, 1, &walk);
	while ((i = gate_next(&walk)) != NO_RULE) {
		rule = &nat->rules->rules[i];
		if (!match_addresses(rule, work))
			continue;
		if (rule->kind != RULE_PASS)
			return (rule);
		/* All of these are exempt. */
		if (is_any(&rule->from_ports) && is_any(&rule->to_ports) &&
		    rule->protos[work->proto / 64] >> work->proto % 64 & 1)
			return (NULL);
	}
	return (NULL);
}

int
rule_forwards_to(const struct nat *nat, const struct work *work)
{
	const struct rule	*rule;
	unsigned int		 i;

	for (i = 0; i < nat->rules->n; i++) {
		rule = &nat->rules->rules[i];
		if (rule->kind == RULE_RDR && (nat->uses[i].zone == 0 ||
		    nat->uses[i].zone == work->zone) &&
		    rules_hosts_match(&rule->pool, work->family, work->src))
			return (1);
	}
	return (0);
}

/*
 * Our addresses
 */

const struct ours *
ours_find(const struct nat *nat, int family, const uint8_t *addr)
{
	uint64_t	 key = gate_key(family, addr);
	unsigned int	 i;

	for (i = 0; i < nat->nours; i++)
		if (((key ^ nat->ours[i].bits) & nat->ours[i].mask) == 0 &&
		    net_has(nat->ours[i].net, family, addr))
			return (&nat->ours[i]);
	return (NULL);
}

/* The nets of a rule that are addresses outside. */
static const struct rule_hosts *
outside_hosts(const struct rule *rule)
{
	switch (rule->kind) {
	case RULE_NAT:
	case RULE_BINAT:
	case RULE_NPT:
		return (&rule->pool);
	case RULE_RDR:
		return (&rule->to);
	case RULE_PASS:
		break;
	}
	return (NULL);
}

static int
is_same(const struct ours *a, const struct ours *b)
{
	return (a->kind == b->kind && a->zone == b->zone &&
	    memcmp(a->net, b->net, sizeof(*a->net)) == 0);
}

static struct ours *
make_ours(const struct rules *rules, const struct rule_use *uses,
    unsigned int *n)
{
	const struct rule_hosts	*hosts;
	struct rule_hosts	 one = { NULL, 1, NULL };
	struct ours		*ours;
	unsigned int		 i, j, total = 0;

	for (i = 0; i < rules->n; i++)
		if ((hosts = outside_hosts(&rules->rules[i])) != NULL)
			total += hosts->n;
	if ((ours = calloc((size_t)total + 1, sizeof(*ours))) == NULL)
		return (NULL);
	*n = 0;
	for (i = 0; i < rules->n; i++) {
		if ((hosts = outside_hosts(&rules->rules[i])) == NULL)
			continue;
		for (j = 0; j < hosts->n; j++) {
			if (hosts->nets[j].not)
				continue;
			ours[*n].net = &hosts->nets[j];
			ours[*n].kind = (uint8_t)rules->rules[i].kind;
			ours[*n].zone = uses[i].zone;
			one.nets = &hosts->nets[j];
			gate_cover(&one, one.nets->family, &ours[*n].mask,
			    &ours[*n].bits);
			/* Many a rule is for ports of one address. */
			if (*n == 0 || !is_same(&ours[*n], &ours[*n - 1]))
				++*n;
		}
	}
	return (ours);
}

static int
use_rule(struct nat *nat, const struct rule *rule, struct rule_use *use)
{
	int	 zone;

	if ((zone = make_zone(nat, rule->ifname)) == -1)
		return (-1);
	use->zone = (uint8_t)zone;
	use->pool[0] = hosts_count(&rule->pool, 4);
	use->pool[1] = hosts_count(&rule->pool, 6);
	use->keeps_ports = rule->kind == RULE_RDR && !is_any(&rule->to_ports);
	if (rule->kind == RULE_NPT)
		use->adjust = npt_adjust(rule);
	return (0);
}

int
rules_use(struct nat *nat, const struct rules *rules)
{
	struct gates	 gates[2][2];
	struct rule_use	*uses;
	struct ours	*ours = NULL;
	unsigned int	 i, n;

	if (rules->n >= NO_RULE ||
	    (uses = calloc((size_t)rules->n + 1, sizeof(*uses))) == NULL) {
		errno = ENOMEM;
		return (-1);
	}
	for (i = 0; i < rules->n; i++)
		if (use_rule(nat, &rules->rules[i], &uses[i]) == -1)
			break;
	if (i < rules->n || (ours = make_ours(rules, uses, &n)) == NULL ||
	    gates_new(rules, uses, gates) == -1) {
		free(ours);
		free(uses);
		errno = ENOMEM;
		return (-1);
	}
	rules_unuse(nat);
	nat->rules = rules;
	nat->uses = uses;
	nat->ours = ours;
	nat->nours = n;
	memcpy(nat->gates, gates, sizeof(gates));
	kept_new(nat);
	for (i = 0; i < TIMEOUT_MAX; i++)
		nat->timeout[i] = rules->settings.timeout[i] <
		    TIMEOUT_SECONDS_MAX ? rules->settings.timeout[i] * TICKS :
		    TIMEOUT_SECONDS_MAX * TICKS;
	return (0);
}

void
rules_unuse(struct nat *nat)
{
	free(nat->uses);
	free(nat->ours);
	gates_free(nat->gates);
	nat->uses = NULL;
	nat->ours = NULL;
}
