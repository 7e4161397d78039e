/* SPDX-License-Identifier: ISC */

/*
 * match and pass: what a line says, whether it makes sense, and the rules it
 * is expanded to.  The clauses of a line may stand in any order.
 */

#include "compat.h"

#include <netinet/in.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules_int.h"

#define RULES_MAX	65534u		/* the engine numbers them so */
#define PRODUCT_MAX	(1u << 20)	/* combinations of the lists of a line */

/* Not every system has names for these. */
#define PROTO_SCTP	132
#define PROTO_UDPLITE	136

enum option {
	OPTION_TARGET_PORT,
	OPTION_POLICY,
	OPTION_STICKY,
	OPTION_STATIC_PORT,
	OPTION_MAX
};

/* A line, before it is expanded. */
struct line {
	struct place	 start;
	int		 pass;
	struct place	 direction_at;
	uint8_t		 direction;
	int		 log;
	char		(*interfaces)[DIVERT_IFNAME_SIZE];
	unsigned int	 ninterfaces;
	unsigned int	 interfaces_room;
	int		 on;		/* `on' was there */
	struct place	 family_at;
	uint8_t		 family;
	struct place	 protos_at;
	int		 any_proto;	/* no `proto' */
	uint64_t	 protos[4];
	struct hosts	 from;
	struct hosts	 to;
	struct ports	 from_ports;
	struct ports	 to_ports;
	struct place	 translation_at;
	const char	*translation;	/* its word */
	enum rule_kind	 kind;
	struct rule_hosts pool;
	struct place	 option_at[OPTION_MAX];	/* line 0: not given */
	struct rule_ports ports;
	int		 star;
	uint8_t		 policy;
};

static int
has(const struct line *l, enum option option)
{
	return (l->option_at[option].line != 0);
}

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
twice(struct parse *p)
{
	return (rules_fail(p, &p->token.at, "\"%.60s\" stands twice in a rule",
	    p->token.text));
}

static int
parse_name(struct parse *p, void *arg)
{
	struct line	*l = arg;
	void		*all;

	if (rules_is_sign(p, "!"))
		return (rules_fail(p, &p->token.at,
		    "\"on !\": name the interfaces that are meant"));
	if (rules_is_sign(p, "("))
		return (rules_fail(p, &p->token.at,
		    "expected the name of an interface, without parentheses"));
	if (!rules_is_text(p))
		return (rules_expected(p, "the name of an interface"));
	all = rules_grow(&p->scratch, l->interfaces, l->ninterfaces,
	    &l->interfaces_room, sizeof(*l->interfaces));
	if (all == NULL)
		return (rules_no_memory(p));
	l->interfaces = all;
	/* As if it was not said. */
	if (rules_is(p, "any"))
		*l->interfaces[l->ninterfaces] = '\0';
	else if (rules_interface_name(p, &p->token.at, p->token.text,
	    l->interfaces[l->ninterfaces]) == -1)
		return (-1);
	l->ninterfaces++;
	return (rules_next(p));
}

static int
parse_proto(struct parse *p, void *arg)
{
	static const struct {
		const char	*name;
		unsigned int	 number;
	} known[] = {
		{ "icmp", 1 }, { "tcp", 6 }, { "udp", 17 }, { "gre", 47 },
		{ "esp", 50 }, { "ah", 51 }, { "icmp6", 58 },
		{ "ipv6-icmp", 58 }, { "sctp", 132 }, { "udplite", 136 }
	};
	const char	*error;
	struct line	*l = arg;
	unsigned int	 number;
	size_t		 i;
	int		 named;

	if (!rules_is_text(p))
		return (rules_expected(p, "a protocol"));
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].name, p->token.text) == 0)
			break;
	number = (unsigned int)strtonum(p->token.text, 0, 255, &error);
	if (i < sizeof(known) / sizeof(known[0]))
		number = known[i].number;
	else if (error != NULL) {
		if (p->token.text[strspn(p->token.text, "-0123456789")] ==
		    '\0' || (named = rules_protocol(p->token.text)) == -1)
			return (rules_expected(p,
			    "a protocol (a name, or a number up to 255)"));
		number = (unsigned int)named;
		if (number > 255)
			return (rules_expected(p,
			    "a protocol (a name, or a number up to 255)"));
	}
	l->protos[number / 64] |= UINT64_C(1) << number % 64;
	return (rules_next(p));
}

/* from or to; `hosts' may be left out before `port'. */
static int
parse_side(struct parse *p, struct hosts *hosts, struct ports *ports)
{
	if (hosts->given)
		return (twice(p));
	hosts->given = 1;
	if (rules_next(p) == -1)
		return (-1);
	hosts->at = p->token.at;
	if (!rules_is(p, "port") && rules_hosts(p, hosts) == -1)
		return (-1);
	return (rules_is(p, "port") ? rules_ports(p, ports) : 0);
}

static int
parse_translation(struct parse *p, struct line *l)
{
	static const struct {
		const char	*word;
		enum rule_kind	 kind;
		uint8_t		 policy;
	} words[] = {
		{ "nat-to", RULE_NAT, POLICY_PAIRED },
		{ "rdr-to", RULE_RDR, POLICY_ROUND_ROBIN },
		{ "binat-to", RULE_BINAT, POLICY_PAIRED },
		{ "npt-to", RULE_NPT, POLICY_PAIRED }
	};
	size_t	 i;

	for (i = 0; !rules_is(p, words[i].word);)
		if (++i == sizeof(words) / sizeof(words[0]))
			return (0);
	if (l->translation != NULL)
		return (rules_fail(p, &p->token.at,
		    "a rule translates once: \"%s\" stands before \"%s\"",
		    l->translation, words[i].word));
	l->translation = words[i].word;
	l->translation_at = p->token.at;
	l->kind = words[i].kind;
	if (!has(l, OPTION_POLICY))
		l->policy = words[i].policy;
	if (rules_next(p) == -1 || rules_pool(p, &l->pool) == -1)
		return (-1);
	return (1);
}

/* round-robin, static-port, port ... */
static int
parse_option(struct parse *p, struct line *l)
{
	static const struct {
		const char	*word;
		enum option	 option;
		uint8_t		 policy;
	} words[] = {
		{ "port", OPTION_TARGET_PORT, 0 },
		{ "round-robin", OPTION_POLICY, POLICY_ROUND_ROBIN },
		{ "random", OPTION_POLICY, POLICY_RANDOM },
		{ "source-hash", OPTION_POLICY, POLICY_SOURCE_HASH },
		{ "sticky-address", OPTION_STICKY, 0 },
		{ "static-port", OPTION_STATIC_PORT, 0 }
	};
	size_t	 i;

	for (i = 0; !rules_is(p, words[i].word);)
		if (++i == sizeof(words) / sizeof(words[0]))
			return (0);
	if (has(l, words[i].option))
		return (words[i].option == OPTION_POLICY ?
		    rules_fail(p, &p->token.at, "\"%s\": a pool has one way "
		    "to choose an address", words[i].word) : twice(p));
	l->option_at[words[i].option] = p->token.at;
	if (words[i].option == OPTION_TARGET_PORT) {
		if (l->translation == NULL)
			return (rules_fail(p, &p->token.at,
			    "\"port\" stands after the hosts of \"from\" or "
			    "\"to\", or after an address to translate to"));
		return (rules_target_ports(p, &l->ports, &l->star) == -1 ?
		    -1 : 1);
	}
	if (words[i].option == OPTION_POLICY)
		l->policy = words[i].policy;
	if (rules_next(p) == -1)
		return (-1);
	if (words[i].policy == POLICY_SOURCE_HASH &&
	    (p->token.kind == TOKEN_STRING ||
	    strncmp(p->token.text, "0x", 2) == 0))
		return (rules_fail(p, &p->token.at,
		    "\"source-hash\" has no key here: leave it out"));
	return (1);
}

/* in, log, on, inet, proto, ... */
static int
parse_clause(struct parse *p, struct line *l)
{
	int	 r;

	if (rules_is(p, "in") || rules_is(p, "out")) {
		if (l->direction != DIVERT_DIRECTION_NONE)
			return (rules_fail(p, &p->token.at,
			    "a rule has one direction: leave out both words "
			    "for both"));
		l->direction_at = p->token.at;
		l->direction = rules_is(p, "in") ? DIVERT_DIRECTION_IN :
		    DIVERT_DIRECTION_OUT;
	} else if (rules_is(p, "log")) {
		if (l->log)
			return (twice(p));
		l->log = 1;
		if (rules_next(p) == -1)
			return (-1);
		return (rules_is_sign(p, "(") ? rules_fail(p, &p->token.at,
		    "\"log\" has no options here") : 1);
	} else if (rules_is(p, "inet") || rules_is(p, "inet6")) {
		if (l->family != 0)
			return (rules_fail(p, &p->token.at,
			    "a rule has one address family: leave out both "
			    "words for both"));
		l->family_at = p->token.at;
		l->family = rules_is(p, "inet") ? 4 : 6;
	} else if (rules_is(p, "on")) {
		if (l->on)
			return (twice(p));
		l->on = 1;
		return (rules_next(p) == -1 ||
		    rules_list(p, parse_name, l, 0) == -1 ? -1 : 1);
	} else if (rules_is(p, "proto")) {
		if (!l->any_proto)
			return (twice(p));
		l->any_proto = 0;
		if (rules_next(p) == -1)
			return (-1);
		l->protos_at = p->token.at;
		return (rules_list(p, parse_proto, l, 0) == -1 ? -1 : 1);
	} else if (rules_is(p, "from")) {
		return (parse_side(p, &l->from, &l->from_ports) == -1 ? -1 : 1);
	} else if (rules_is(p, "to")) {
		return (parse_side(p, &l->to, &l->to_ports) == -1 ? -1 : 1);
	} else if (rules_is(p, "all")) {
		if (l->from.given || l->to.given)
			return (rules_fail(p, &p->token.at,
			    "\"all\" stands in place of \"from\" and \"to\""));
		l->from.given = l->to.given = 1;
	} else if (rules_is(p, "keep")) {
		/* What a translation does anyway. */
		if (rules_next(p) == -1)
			return (-1);
		if (!rules_is(p, "state"))
			return (rules_expected(p, "\"state\""));
		if (rules_next(p) == -1)
			return (-1);
		return (rules_is_sign(p, "(") ? rules_fail(p, &p->token.at,
		    "\"keep state\" has no options here: see \"set timeout\" "
		    "and \"set limit\"") : 1);
	} else if (!rules_is(p, "quick")) {
		if ((r = parse_translation(p, l)) != 0)
			return (r);
		return (parse_option(p, l));
	}
	return (rules_next(p) == -1 ? -1 : 1);
}

static int
check_ports(struct parse *p, struct line *l)
{
	static const unsigned int	 with_ports[] = { IPPROTO_TCP,
	    IPPROTO_UDP, PROTO_SCTP, PROTO_UDPLITE };
	uint64_t			 others[4], changed[4];
	size_t				 i;

	memcpy(others, l->protos, sizeof(others));
	for (i = 0; i < sizeof(with_ports) / sizeof(with_ports[0]); i++)
		others[with_ports[i] / 64] &=
		    ~(UINT64_C(1) << with_ports[i] % 64);
	memcpy(changed, others, sizeof(changed));
	changed[2] |= l->protos[2];
	if ((l->from_ports.given || l->to_ports.given) && (l->any_proto ||
	    (others[0] | others[1] | others[2] | others[3]) != 0))
		return (rules_fail(p, l->from_ports.given ? &l->from_ports.at :
		    &l->to_ports.at, "ports are those of \"proto tcp\", udp, "
		    "sctp and udplite alone"));
	if (l->kind == RULE_RDR && has(l, OPTION_TARGET_PORT) &&
	    (l->any_proto ||
	    (changed[0] | changed[1] | changed[2] | changed[3]) != 0))
		return (rules_fail(p, &l->option_at[OPTION_TARGET_PORT],
		    "ports are changed of \"proto tcp\" and udp alone"));
	return (0);
}

static int
check_direction(struct parse *p, const struct line *l)
{
	switch (l->kind) {
	case RULE_NAT:
		if (l->direction == DIVERT_DIRECTION_OUT)
			break;
		return (rules_fail(p, l->direction == DIVERT_DIRECTION_NONE ?
		    &l->start : &l->direction_at,
		    "\"nat-to\" translates what leaves: write \"match out\""));
	case RULE_RDR:
		if (l->direction == DIVERT_DIRECTION_IN)
			break;
		return (rules_fail(p, l->direction == DIVERT_DIRECTION_NONE ?
		    &l->start : &l->direction_at,
		    "\"rdr-to\" translates what comes: write \"match in\""));
	case RULE_BINAT:
	case RULE_NPT:
		if (l->direction == DIVERT_DIRECTION_NONE)
			break;
		return (rules_fail(p, &l->direction_at,
		    "\"%s\" works both ways: leave out \"%s\"", l->translation,
		    l->direction == DIVERT_DIRECTION_IN ? "in" : "out"));
	case RULE_PASS:
		break;
	}
	return (0);
}

/* Which options a translation has. */
static int
check_options(struct parse *p, struct line *l)
{
	static const char *const	 names[OPTION_MAX] = { "\"port\"",
	    "a way to choose an address", "\"sticky-address\"",
	    "\"static-port\"" };
	static const unsigned int	 may_have[] = { 0,
	    1u << OPTION_TARGET_PORT | 1u << OPTION_POLICY |
	    1u << OPTION_STICKY | 1u << OPTION_STATIC_PORT,
	    1u << OPTION_TARGET_PORT | 1u << OPTION_POLICY |
	    1u << OPTION_STICKY, 0, 0 };
	int				 i;

	for (i = 0; i < OPTION_MAX; i++)
		if (has(l, (enum option)i) && (may_have[l->kind] >> i & 1) == 0)
			return (l->kind == RULE_PASS ?
			    rules_fail(p, &l->option_at[i], "%s stands after "
			    "an address to translate to", names[i]) :
			    rules_fail(p, &l->option_at[i],
			    "\"%s\" cannot have %s", l->translation,
			    names[i]));
	if (has(l, OPTION_STATIC_PORT) && has(l, OPTION_TARGET_PORT))
		return (rules_fail(p, &l->option_at[OPTION_STATIC_PORT],
		    "ports are kept or chosen: \"static-port\" and \"port\" "
		    "cannot stand together"));
	if (has(l, OPTION_STICKY) && l->policy == POLICY_SOURCE_HASH)
		return (rules_fail(p, &l->option_at[OPTION_STICKY],
		    "\"sticky-address\" goes with round-robin and random: "
		    "with source-hash a host keeps its address anyway"));
	return (0);
}

static int
check_target_ports(struct parse *p, struct line *l)
{
	const struct place	*at = &l->option_at[OPTION_TARGET_PORT];
	unsigned int		 i, ports;

	if (!has(l, OPTION_TARGET_PORT)) {
		l->ports.low = 0;
		l->ports.high = 65535;
		return (0);
	}
	if (l->kind == RULE_NAT)
		return (l->star ? rules_fail(p, at, "\"nat-to\" has a port or "
		    "a range of ports, \":*\" is for \"rdr-to\"") : 0);
	if (!l->star && l->ports.low == l->ports.high)
		return (0);
	if (!l->to_ports.given || l->to_ports.holes)
		return (rules_fail(p, at, "a range of ports is translated to "
		    "a range: \"to\" has none"));
	for (i = 0; i < l->to_ports.n; i++) {
		ports = l->to_ports.all[i].high - l->to_ports.all[i].low;
		if (l->star ? l->ports.low + ports > 65535 :
		    ports != (unsigned int)(l->ports.high - l->ports.low))
			return (rules_fail(p, at, l->star ?
			    "%u ports from %u on are too many" :
			    "expected a range of %u ports, as \"to\" has",
			    ports + 1, l->ports.low));
	}
	/* From here on it is a shift either way. */
	l->star = 1;
	return (0);
}

/* binat-to, npt-to: one net for one net of the same size. */
static int
check_pair(struct parse *p, const struct line *l)
{
	const struct rule_net	*from, *to;
	unsigned int		 i;

	if (l->kind != RULE_BINAT && l->kind != RULE_NPT)
		return (0);
	if (l->from_ports.given || l->to_ports.given)
		return (rules_fail(p, l->from_ports.given ? &l->from_ports.at :
		    &l->to_ports.at, "\"%s\" never looks at ports",
		    l->translation));
	/* An interface has one net in each family. */
	if (l->from.n != 1 || l->from.all[0].nets[0].not ||
	    (l->from.all[0].n != 1 &&
	    (l->from.all[0].n != 2 || *l->from.all[0].nets[0].ifname == '\0' ||
	    strcmp(l->from.all[0].nets[0].ifname,
	    l->from.all[0].nets[1].ifname) != 0)))
		return (rules_fail(p, l->from.given ? &l->from.at :
		    &l->translation_at, "\"%s\" needs one address or prefix "
		    "after \"from\"", l->translation));
	from = &l->from.all[0].nets[0];
	if (from->network)
		return (rules_fail(p, &l->from.at,
		    "\"%s\" needs a prefix whose length is known: write it "
		    "out", l->translation));
	to = &l->pool.nets[0];
	if (l->pool.n != 1 && (l->pool.n != 2 || *to->ifname == '\0' ||
	    strcmp(to->ifname, l->pool.nets[1].ifname) != 0))
		return (rules_fail(p, &l->translation_at,
		    "\"%s\" has one address or prefix", l->translation));
	for (i = 0; i < l->pool.n; i++)
		if (l->pool.nets[i].family == from->family)
			to = &l->pool.nets[i];
	for (i = 0; i < l->from.all[0].n; i++)
		if (l->from.all[0].nets[i].family == to->family)
			from = &l->from.all[0].nets[i];
	if (from->family == to->family && from->prefix != to->prefix)
		return (rules_fail(p, &l->translation_at,
		    "\"%s\" needs prefixes of one length: /%u is not /%u",
		    l->translation, from->prefix, to->prefix));
	if (l->kind == RULE_NPT && (to->family != 6 || to->prefix > 64 ||
	    *to->ifname != '\0'))
		return (rules_fail(p, &l->translation_at,
		    "\"npt-to\" is for IPv6 prefixes up to /64 (RFC 6296)"));
	return (0);
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

/* In the order of pfctl: from, its ports, to, its ports. */
static int
expand_sides(struct parse *p, const struct line *l, struct rule *rule,
    unsigned int families)
{
	static const struct rule_hosts	 any;
	static const struct rule_ports	 any_port = { 0, 65535 };
	unsigned int			 i, j, k, m, left;
	int				 made = 0;

	for (i = 0; i < (l->from.n > 0 ? l->from.n : 1); i++)
		for (j = 0; j < (l->from_ports.n > 0 ? l->from_ports.n : 1);
		    j++)
			for (k = 0; k < (l->to.n > 0 ? l->to.n : 1); k++) {
				rule->from = l->from.n > 0 ? l->from.all[i] :
				    any;
				rule->to = l->to.n > 0 ? l->to.all[k] : any;
				rule->from_ports = l->from_ports.n > 0 ?
				    l->from_ports.all[j] : any_port;
				left = families & rules_families(&rule->from) &
				    rules_families(&rule->to);
				if (left == 0)
					continue;
				made = 1;
				for (m = 0; m < (l->to_ports.n > 0 ?
				    l->to_ports.n : 1); m++) {
					rule->to_ports = l->to_ports.n > 0 ?
					    l->to_ports.all[m] : any_port;
					rule->shift = l->star &&
					    rule->to_ports.low !=
					    rule->to_ports.high;
					if (l->star)
						rule->ports.high = (uint16_t)
						    (rule->ports.low +
						    rule->to_ports.high -
						    rule->to_ports.low);
					if (expand_hosts(p, l, rule,
					    left) == -1)
						return (-1);
				}
			}
	if (!made)
		return (rules_fail(p, l->to.given && l->to.at.line != 0 ?
		    &l->to.at : &l->from.at,
		    "the addresses of this rule are of different families: "
		    "nothing can match"));
	return (0);
}

static unsigned int
all_families(const struct hosts *hosts)
{
	unsigned int	 families, i;

	if (hosts->n == 0)
		return (FAMILY_BOTH);
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
		if (lists[i] > 0)
			product *= lists[i];
		if (product > PRODUCT_MAX)
			return (rules_fail(p, &l->start,
			    "the lists of this rule make too many of it"));
	}
	return (0);
}

static int
expand(struct parse *p, const struct line *l)
{
	struct rule	 rule;
	unsigned int	 families, i;

	if (check_product(p, l) == -1)
		return (-1);
	if (find_families(p, l, &families) == -1)
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
	for (i = 0; i < (l->ninterfaces > 0 ? l->ninterfaces : 1); i++) {
		if (l->ninterfaces > 0)
			memcpy(rule.ifname, l->interfaces[i],
			    sizeof(rule.ifname));
		if (expand_sides(p, l, &rule, families) == -1)
			return (-1);
	}
	return (0);
}

#define LEAVE_OUT	"leave it out: "

/* Words of pf.conf(5) that can stand in a rule there. */
static const struct refusal	 not_in_rules[] = {
	{ "af-to", "from IPv6 to IPv4 and back comes with a later release" },
	{ "divert-to", LEAVE_OUT "packets are diverted by the firewall" },
	{ "divert-reply", LEAVE_OUT "packets are diverted by the firewall" },
	{ "divert-packet", LEAVE_OUT "packets are diverted by the firewall" },
	{ "bitmask", "write \"binat-to\" for one prefix in place of another" },
	{ "least-states", "write \"round-robin\", \"random\" or "
	    "\"source-hash\"" },
	{ "endpoint-independent", LEAVE_OUT "mappings are, see \"set "
	    "mapping\"" },
	{ "flags", LEAVE_OUT "which packets may pass is for the firewall to "
	    "say" },
	{ "modulate", "write \"keep state\": sequence numbers are left "
	    "alone" },
	{ "synproxy", "write \"keep state\": connections are left to the "
	    "hosts" },
	{ "no", "what is not to be translated is exempted by \"pass\"" },
	{ "queue", LEAVE_OUT "queueing is for the firewall to do" },
	{ "prio", LEAVE_OUT "queueing is for the firewall to do" },
	{ "set", LEAVE_OUT "nothing but addresses and ports is set" },
	{ "scrub", LEAVE_OUT "for the segment size write \"set max-mss\" on "
	    "a line of its own" },
	{ "tag", LEAVE_OUT "tags are for the firewall to give" },
	{ "tagged", LEAVE_OUT "let the firewall divert only what is tagged" },
	{ "label", LEAVE_OUT "rules are counted by their lines, divertnat -s "
	    "rules" },
	{ "ridentifier", LEAVE_OUT "rules are counted by their lines, "
	    "divertnat -s rules" },
	{ "route-to", LEAVE_OUT "routing is for the firewall to do" },
	{ "reply-to", LEAVE_OUT "routing is for the firewall to do" },
	{ "dup-to", LEAVE_OUT "routing is for the firewall to do" },
	{ "rtable", LEAVE_OUT "routing is for the firewall to do" },
	{ "rdomain", LEAVE_OUT "routing is for the firewall to do" },
	{ "received-on", LEAVE_OUT "let the firewall divert only what came in "
	    "there" },
	{ "user", LEAVE_OUT "sockets are not looked at" },
	{ "group", LEAVE_OUT "sockets are not looked at" },
	{ "os", LEAVE_OUT "operating systems are not looked at" },
	{ "icmp-type", LEAVE_OUT "errors are translated with their "
	    "connections, queries all alike" },
	{ "icmp6-type", LEAVE_OUT "errors are translated with their "
	    "connections, queries all alike" },
	{ "tos", LEAVE_OUT "let the firewall choose what is diverted" },
	{ "allow-opts", LEAVE_OUT "packets with options are translated as "
	    "others" },
	{ "fragment", LEAVE_OUT "fragments are translated as their "
	    "datagrams" },
	{ "probability", LEAVE_OUT "which packets may pass is for the "
	    "firewall to say" },
	{ "once", LEAVE_OUT "rules stay" },
	{ "max-pkt-rate", "write \"set limit new-per-host\" on a line of its "
	    "own" },
	{ "-", "the translations of old pf, \"-> address\", are written "
	    "\"nat-to address\", \"rdr-to address\", \"binat-to address\"" },
	{ NULL, NULL }
};

static int
finish_rule(struct parse *p, struct line *l)
{
	if (l->translation == NULL && !l->pass)
		return (rules_expected(p, "\"nat-to\", \"rdr-to\", "
		    "\"binat-to\" or \"npt-to\" (\"match\" alone does nothing, "
		    "\"pass\" exempts)"));
	if (check_options(p, l) == -1 || check_direction(p, l) == -1 ||
	    check_pair(p, l) == -1 || check_ports(p, l) == -1 ||
	    check_target_ports(p, l) == -1)
		return (-1);
	return (expand(p, l));
}

/* The token is match or pass. */
int
rules_rule(struct parse *p)
{
	struct line	 l;
	int		 r;

	memset(&l, 0, sizeof(l));
	l.start = p->token.at;
	l.pass = rules_is(p, "pass");
	l.kind = RULE_PASS;
	l.any_proto = 1;
	if (rules_next(p) == -1)
		return (-1);
	do {
		if (rules_refuse(p, not_in_rules) == -1 ||
		    (r = parse_clause(p, &l)) == -1)
			return (-1);
	} while (r == 1);
	if (p->token.kind != TOKEN_END && p->token.kind != TOKEN_NEWLINE)
		return (rules_expected(p, l.translation == NULL ?
		    "in, out, log, on, inet, inet6, proto, from, to, all, "
		    "nat-to, rdr-to, binat-to, npt-to or the end of the line" :
		    "port, round-robin, random, source-hash, sticky-address, "
		    "static-port or the end of the line"));
	if (finish_rule(p, &l) == -1)
		return (-1);
	return (rules_end_of_line(p, ""));
}
