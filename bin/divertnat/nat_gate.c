/* SPDX-License-Identifier: ISC */

/*
 * Rules that are passed over without a look at them.  A packet that begins a
 * session, or is nobody's, meets the rules from the top; most of a thousand
 * are for other addresses and ports.  Of each there is a gate of 48 bytes, in
 * a list for every way and family: way, family and interface are right behind
 * it, protocol, ports and addresses may be.
 */

#include "compat.h"

#include <arpa/inet.h>

#include <stdlib.h>
#include <string.h>

#include "nat_int.h"

/* Of more nets nobody asks what they have in common. */
#define NETS_MAX	64

uint64_t
gate_key(int family, const uint8_t *addr)
{
	uint32_t	 words[2] = { 0, 0 };

	memcpy(words, addr, family == 4 ? 4 : 8);
	return ((uint64_t)ntohl(words[0]) << 32 | ntohl(words[1]));
}

void
gate_cover(const struct rule_hosts *hosts, int family, uint64_t *mask,
    uint64_t *bits)
{
	const struct rule_net	*net;
	uint64_t		 key, own;
	unsigned int		 i;
	int			 some = 0;

	*mask = *bits = 0;
	if (hosts->n == 0 || hosts->n > NETS_MAX)
		return;
	for (i = 0; i < hosts->n; i++) {
		net = &hosts->nets[i];
		if (net->not || !net_usable(net, family))
			continue;
		key = gate_key(family, net->addr);
		own = net->prefix == 0 ? 0 : net->prefix >= 64 ? UINT64_MAX :
		    UINT64_MAX << (64 - net->prefix);
		*mask = some ? *mask & own & ~(*bits ^ key) : own;
		*bits = key & *mask;
		some = 1;
	}
}

int
rule_looks_at(const struct rule *rule, int way, int family)
{
	if (rule->family != 0 && rule->family != family)
		return (0);
	switch (rule->kind) {
	case RULE_NAT:
		return (way == WAY_OUT);
	case RULE_RDR:
		return (way == WAY_IN);
	case RULE_BINAT:
	case RULE_NPT:
		return (1);
	case RULE_PASS:
		return (rule->direction == DIVERT_DIRECTION_NONE ||
		    (rule->direction == DIVERT_DIRECTION_OUT) ==
		    (way == WAY_OUT));
	}
	return (0);
}

static int
is_any(const struct rule_ports *ports)
{
	return (ports->low == 0 && ports->high == 65535);
}

static void
make_gate(const struct rule *rule, uint8_t zone, int way, int family,
    struct gate *gate)
{
	const struct rule_hosts	*from = &rule->from, *to = &rule->to;

	/* binat-to and npt-to are written as packets leave. */
	if ((rule->kind == RULE_BINAT || rule->kind == RULE_NPT) &&
	    way == WAY_IN) {
		from = &rule->to;
		to = &rule->pool;
	}
	gate_cover(from, family, &gate->mask[0], &gate->bits[0]);
	gate_cover(to, family, &gate->mask[1], &gate->bits[1]);
	gate->from_ports = rule->from_ports;
	gate->to_ports = rule->to_ports;
	gate->ports = !is_any(&rule->from_ports) || !is_any(&rule->to_ports);
	gate->zone = zone;
}

/* Those of one way and family.  -1: ENOMEM. */
static int
make_gates(const struct rules *rules, const struct rule_use *uses, int way,
    int family, struct gates *gates)
{
	unsigned int	 i, n = 0;

	for (i = 0; i < rules->n; i++)
		if (rule_looks_at(&rules->rules[i], way, family))
			n++;
	gates->n = n;
	gates->all = calloc((size_t)n + 1, sizeof(*gates->all));
	if (gates->all == NULL)
		return (-1);
	for (i = n = 0; i < rules->n; i++) {
		if (!rule_looks_at(&rules->rules[i], way, family))
			continue;
		make_gate(&rules->rules[i], uses[i].zone, way, family,
		    &gates->all[n]);
		gates->all[n++].rule = (uint16_t)i;
	}
	return (0);
}

int
gates_new(const struct rules *rules, const struct rule_use *uses,
    struct gates gates[2][2])
{
	int	 v6, way;

	memset(gates, 0, 4 * sizeof(gates[0][0]));
	for (way = 0; way < 2; way++)
		for (v6 = 0; v6 < 2; v6++)
			if (make_gates(rules, uses, way, v6 ? 6 : 4,
			    &gates[way][v6]) == -1) {
				gates_free(gates);
				return (-1);
			}
	return (0);
}

void
gates_free(struct gates gates[2][2])
{
	int	 i;

	for (i = 0; i < 4; i++)
		free(gates[i / 2][i % 2].all);
	memset(gates, 0, 4 * sizeof(gates[0][0]));
}

void
gate_begin(const struct nat *nat, const struct work *work, int any_port,
    struct gate_walk *walk)
{
	const struct gates	*gates =
	    &nat->gates[work->way][work->family == 6];

	walk->gate = gates->all;
	walk->end = gates->all + gates->n;
	walk->key[0] = gate_key(work->family, work->src);
	walk->key[1] = gate_key(work->family, work->dst);
	walk->src_port = ntohs(work->src_port);
	walk->dst_port = ntohs(work->dst_port);
	walk->has_ports = work->has_ports && (work->proto == PROTO_TCP ||
	    work->proto == PROTO_UDP);
	walk->any_port = any_port != 0;
	walk->zone = work->zone;
}

static int
has_ports(const struct gate *gate, const struct gate_walk *walk)
{
	return (walk->has_ports && walk->src_port >= gate->from_ports.low &&
	    walk->src_port <= gate->from_ports.high &&
	    walk->dst_port >= gate->to_ports.low &&
	    walk->dst_port <= gate->to_ports.high);
}

unsigned int
gate_next(struct gate_walk *walk)
{
	const struct gate	*gate;

	for (gate = walk->gate; gate < walk->end; gate++) {
		if ((((walk->key[0] ^ gate->bits[0]) & gate->mask[0]) |
		    ((walk->key[1] ^ gate->bits[1]) & gate->mask[1])) != 0 ||
		    (gate->zone != 0 && gate->zone != walk->zone) ||
		    (gate->ports && !walk->any_port && !has_ports(gate, walk)))
			continue;
		walk->gate = gate + 1;
		return (gate->rule);
	}
	walk->gate = gate;
	return (NO_RULE);
}

static void
keep(uint64_t *kept, const struct rule_ports *ports)
{
	unsigned int	 port = ports->low;

	while (port <= ports->high)
		if (port % 64 == 0 && port + 63 <= ports->high) {
			kept[port / 64] = UINT64_MAX;
			port += 64;
		} else {
			kept[port / 64] |= UINT64_C(1) << port % 64;
			port++;
		}
}

void
kept_new(struct nat *nat)
{
	static const unsigned int	 protos[2] = { PROTO_TCP, PROTO_UDP };
	const struct rule		*rule;
	unsigned int			 i, j;

	memset(nat->kept, 0, sizeof(nat->kept));
	for (i = 0; i < nat->rules->n; i++) {
		rule = &nat->rules->rules[i];
		if (!nat->uses[i].keeps_ports)
			continue;
		for (j = 0; j < 2; j++)
			if (rule->protos[protos[j] / 64] >> protos[j] % 64 & 1)
				keep(nat->kept[j], &rule->to_ports);
	}
}

int
kept_may_be(const struct nat *nat, int proto, unsigned int port)
{
	if (proto != PROTO_TCP && proto != PROTO_UDP)
		return (1);
	return (nat->kept[proto == PROTO_UDP][port / 64] >> port % 64 & 1);
}
