/* SPDX-License-Identifier: ISC */

/* The rules that a line is short for. */

#include "compat.h"

#include <netinet/in.h>

#include <string.h>

#include "rules_line.h"

#define RULES_MAX	65534u		/* the engine numbers them so */
#define PRODUCT_MAX	(1u << 20)	/* combinations of the lists of a line */

/* Without what the other family's ICMP is. */
static void
leave_out_icmp(uint64_t protos[4], int family)
{
	if (family == 4)
		protos[0] &= ~(UINT64_C(1) << IPPROTO_ICMPV6);
	else
		protos[0] &= ~(UINT64_C(1) << IPPROTO_ICMP);
}

/* The families that have some of the protocols. */
static unsigned int
proto_families(const struct line *l)
{
	uint64_t	 protos[4];
	unsigned int	 families = 0;
	int		 family;

	if (l->any_proto)
		return (FAMILY_BOTH);
	for (family = 4; family <= 6; family += 2) {
		memcpy(protos, l->protos, sizeof(protos));
		leave_out_icmp(protos, family);
		if ((protos[0] | protos[1] | protos[2] | protos[3]) != 0)
			families |= family == 4 ? FAMILY_4 : FAMILY_6;
	}
	return (families);
}

static int
add_rule(struct parse *p, const struct rule *rule)
{
	struct rules	*rules = p->rules;
	struct rule	*all;

	if (rules->n >= RULES_MAX) {
		struct place	 at = { rule->line, 1, NULL };

		return (rules_fail(p, &at, "more than %u rules, lists "
		    "expanded", RULES_MAX));
	}
	all = rules_grow(&rules->blocks, rules->rules, rules->n,
	    &p->rules_room, sizeof(*all));
	if (all == NULL)
		return (rules_no_memory(p));
	rules->rules = all;
	all[rules->n++] = *rule;
	return (0);
}

/* The rule with what it has of one family. */
static int
add_of_family(struct parse *p, const struct line *l, const struct rule *rule,
    int family)
{
	struct rule	 one = *rule;

	one.family = (uint8_t)family;
	if (!l->any_proto)
		leave_out_icmp(one.protos, family);
	if (rules_only_family(p, &one.from, family) == -1 ||
	    rules_only_family(p, &one.to, family) == -1 ||
	    rules_only_family(p, &one.pool, family) == -1)
		return (-1);
	return (add_rule(p, &one));
}

/* One combination of hosts; families: those left for it. */
static int
expand_hosts(struct parse *p, const struct line *l, const struct rule *rule,
    unsigned int families)
{
	if (l->kind == RULE_PASS && families == FAMILY_BOTH)
		return (add_rule(p, rule));
	if ((families & FAMILY_4) != 0 && add_of_family(p, l, rule, 4) == -1)
		return (-1);
	if ((families & FAMILY_6) != 0 && add_of_family(p, l, rule, 6) == -1)
		return (-1);
	return (0);
}

/* One combination of addresses and of source ports. */
static int
expand_ports(struct parse *p, const struct line *l, struct rule *rule,
    unsigned int families)
{
	unsigned int	 i;

	for (i = 0; i < l->to_ports.n; i++) {
		rule->to_ports = l->to_ports.all[i];
		rule->shift = l->star && rule->to_ports.low !=
		    rule->to_ports.high;
		if (l->star)
			rule->ports.high = (uint16_t)(rule->ports.low +
			    rule->to_ports.high - rule->to_ports.low);
		if (expand_hosts(p, l, rule, families) == -1)
			return (-1);
	}
	return (0);
}

/* In the order of pfctl: from, its ports, to, its ports. */
static int
expand_sides(struct parse *p, const struct line *l, struct rule *rule,
    unsigned int families)
{
	unsigned int	 i, j, k, left;
	int		 made = 0;

	for (i = 0; i < l->from.n; i++)
		for (j = 0; j < l->from_ports.n; j++)
			for (k = 0; k < l->to.n; k++) {
				rule->from = l->from.all[i];
				rule->from_ports = l->from_ports.all[j];
				rule->to = l->to.all[k];
				left = families & rules_families(&rule->from) &
				    rules_families(&rule->to);
				if (left == 0)
					continue;
				made = 1;
				if (expand_ports(p, l, rule, left) == -1)
					return (-1);
			}
	if (!made)
		return (rules_fail(p, l->to.given && l->to.at.line != 0 ?
		    &l->to.at : &l->from.at,
		    "the addresses of this rule are of different families: "
		    "nothing can match"));
	return (0);
}

/* A list that is not there is one of all. */
static void
fill_in(struct line *l)
{
	static struct rule_hosts	 any;
	static struct rule_ports	 any_port = { 0, 65535 };

	if (l->from.n == 0) {
		l->from.all = &any;
		l->from.n = 1;
	}
	if (l->to.n == 0) {
		l->to.all = &any;
		l->to.n = 1;
	}
	if (l->from_ports.n == 0) {
		l->from_ports.all = &any_port;
		l->from_ports.n = 1;
	}
	if (l->to_ports.n == 0) {
		l->to_ports.all = &any_port;
		l->to_ports.n = 1;
	}
	/* An interface without a name. */
	if (l->ninterfaces == 0) {
		l->interfaces = &l->any_interface;
		l->ninterfaces = 1;
	}
}

static unsigned int
all_families(const struct hosts *hosts)
{
	unsigned int	 families, i;

	families = 0;
	for (i = 0; i < hosts->n; i++)
		families |= rules_families(&hosts->all[i]);
	return (families);
}

/* Which families a line is for, with a word about what excludes one. */
static int
find_families(struct parse *p, const struct line *l, unsigned int *families)
{
	static const char *const	 names[] = { "", "IPv4", "IPv6", "" };
	const struct {
		const struct place	*at;
		const char		*what;
		unsigned int		 families;
	} parts[] = {
		{ &l->from.at, "source", all_families(&l->from) },
		{ &l->to.at, "destination", all_families(&l->to) },
		{ &l->translation_at, "address to translate to",
		    rules_families(&l->pool) }
	};
	size_t				 i;

	*families = l->family == 4 ? FAMILY_4 : l->family == 6 ? FAMILY_6 :
	    FAMILY_BOTH;
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if ((*families & parts[i].families) == 0)
			return (rules_fail(p, parts[i].at,
			    "the %s is %s and the rule %s: nothing can match",
			    parts[i].what, names[parts[i].families],
			    names[*families]));
		*families &= parts[i].families;
	}
	if ((*families & proto_families(l)) == 0)
		return (rules_fail(p, &l->protos_at, *families == FAMILY_6 ?
		    "\"icmp\" is of IPv4 and the rule IPv6: write "
		    "\"icmp6\"" :
		    "\"icmp6\" is of IPv6 and the rule IPv4: write "
		    "\"icmp\""));
	*families &= proto_families(l);
	return (0);
}

/* Lists times lists, also where no rule comes of it. */
static int
check_product(struct parse *p, const struct line *l)
{
	const unsigned int	 lists[] = { l->ninterfaces, l->from.n,
	    l->from_ports.n, l->to.n, l->to_ports.n };
	uint64_t		 product = 1;
	size_t			 i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		product *= lists[i];
		if (product > PRODUCT_MAX)
			return (rules_fail(p, &l->start,
			    "the lists of this rule make too many of it"));
	}
	return (0);
}

int
rules_expand_line(struct parse *p, struct line *l)
{
	struct rule	 rule;
	unsigned int	 families, i;

	fill_in(l);
	if (check_product(p, l) == -1 || find_families(p, l, &families) == -1)
		return (-1);
	memset(&rule, 0, sizeof(rule));
	rule.kind = l->kind;
	rule.line = l->start.line;
	rule.direction = l->direction;
	memcpy(rule.protos, l->protos, sizeof(rule.protos));
	if (l->any_proto)
		memset(rule.protos, 0xff, sizeof(rule.protos));
	rule.pool = l->pool;
	rule.ports = l->ports;
	rule.static_port = has(l, OPTION_STATIC_PORT) ? 1 : 0;
	rule.sticky = has(l, OPTION_STICKY) ? 1 : 0;
	rule.policy = l->policy;
	rule.log = (uint8_t)l->log;
	for (i = 0; i < l->ninterfaces; i++) {
		memcpy(rule.ifname, l->interfaces[i], sizeof(rule.ifname));
		if (expand_sides(p, l, &rule, families) == -1)
			return (-1);
	}
	return (0);
}
