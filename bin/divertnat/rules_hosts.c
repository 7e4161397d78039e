/* SPDX-License-Identifier: ISC */

/*
 * Hosts of a rule.  A list is one set of nets; only tables with exceptions
 * stand apart, each in a rule of its own, because an exception of one is none
 * of the others.
 */

#include "compat.h"

#include <string.h>

#include "rules_int.h"

struct collect {
	struct parse		*p;
	struct rule_hosts	*hosts;
	unsigned int		 room;
	/* of a list */
	struct hosts		*alternatives;
	int			 any;
	int			 listed;
};

static int
collect_net(void *arg, const struct rule_net *net)
{
	struct collect	*c = arg;

	return (rules_add_net(c->p, &c->p->rules->blocks, c->hosts, &c->room,
	    net));
}

static int
add_all_of_family(struct collect *c, uint8_t family)
{
	struct rule_net	 net;

	memset(&net, 0, sizeof(net));
	net.family = family;
	return (collect_net(c, &net));
}

unsigned int
rules_families(const struct rule_hosts *hosts)
{
	unsigned int	 families, i;

	if (hosts->n == 0)
		return (FAMILY_BOTH);
	families = 0;
	for (i = 0; i < hosts->n; i++)
		if (!hosts->nets[i].not)
			families |= hosts->nets[i].family == 4 ? FAMILY_4 :
			    FAMILY_6;
	/* A table that holds nobody, today. */
	return (families == 0 ? FAMILY_BOTH : families);
}

int
rules_only_family(struct parse *p, struct rule_hosts *hosts, int family)
{
	struct rule_net	 none;
	struct part	*part, **parts;
	unsigned int	 i, room = 0;

	for (i = 0; i < hosts->n; i++)
		if (hosts->nets[i].family != family)
			break;
	if (i == hosts->n)
		return (0);
	parts = &p->parts[(uintptr_t)hosts->nets / 64 % PARTS_SIZE];
	for (part = *parts; part != NULL; part = part->next)
		if (part->of == hosts->nets && part->family == family) {
			*hosts = part->hosts;
			return (0);
		}
	if ((part = rules_alloc(&p->scratch, 1, sizeof(*part))) == NULL)
		return (rules_no_memory(p));
	part->of = hosts->nets;
	part->family = family;
	for (i = 0; i < hosts->n; i++)
		if (hosts->nets[i].family == family &&
		    rules_add_net(p, &p->rules->blocks, &part->hosts, &room,
		    &hosts->nets[i]) == -1)
			return (-1);
	/* No nets at all would be everybody. */
	memset(&none, 0, sizeof(none));
	none.family = (uint8_t)family;
	none.not = 1;
	if (part->hosts.n == 0 && rules_add_net(p, &p->rules->blocks,
	    &part->hosts, &room, &none) == -1)
		return (-1);
	/* Pools have none: their order counts. */
	if (hosts->lengths != NULL && rules_index(p, &part->hosts) == -1)
		return (-1);
	part->next = *parts;
	*parts = part;
	*hosts = part->hosts;
	return (0);
}

/* A new alternative. */
static struct rule_hosts *
alternative(struct parse *p, struct hosts *hosts)
{
	struct rule_hosts	*all;

	all = rules_grow(&p->scratch, hosts->all, hosts->n, &hosts->room,
	    sizeof(*all));
	if (all == NULL) {
		rules_no_memory(p);
		return (NULL);
	}
	hosts->all = all;
	memset(&all[hosts->n], 0, sizeof(*all));
	return (&all[hosts->n++]);
}

static int
has_exceptions(const struct rule_hosts *hosts)
{
	unsigned int	 i;

	for (i = 0; i < hosts->n; i++)
		if (hosts->nets[i].not)
			return (1);
	return (0);
}

/*
 * All but these: every address, and what was in is out, in the order of
 * tables.  families: in which an address that stands nowhere is in.
 */
static int
complement(struct collect *c, const struct rule_hosts *of,
    unsigned int families)
{
	struct rule_net	 net;
	unsigned int	 i;
	uint8_t		 family;

	for (i = 0; i < of->n; i++)
		if (of->nets[i].prefix == 0 && *of->nets[i].ifname == '\0')
			families &= of->nets[i].family == 4 ? ~FAMILY_4 :
			    ~FAMILY_6;
	for (family = 4; family <= 6; family += 2) {
		if ((families & (family == 4 ? FAMILY_4 : FAMILY_6)) != 0 &&
		    add_all_of_family(c, family) == -1)
			return (-1);
		for (i = 0; i < of->n; i++) {
			net = of->nets[i];
			net.not = !net.not;
			if (net.family == family && collect_net(c, &net) == -1)
				return (-1);
		}
	}
	return (0);
}

static int
watch(struct parse *p, const char *ifname)
{
	struct rules	*rules = p->rules;
	unsigned int	 i;
	void		*all;

	for (i = 0; i < rules->ninterfaces; i++)
		if (strcmp(rules->interfaces[i], ifname) == 0)
			return (0);
	all = rules_grow(&rules->blocks, rules->interfaces, i,
	    &p->interfaces_room, sizeof(*rules->interfaces));
	if (all == NULL)
		return (rules_no_memory(p));
	rules->interfaces = all;
	strlcpy(rules->interfaces[rules->ninterfaces++], ifname,
	    sizeof(*rules->interfaces));
	return (0);
}

/* "(em0)": an address of either family. */
static int
parse_interface(struct collect *c)
{
	struct rule_net	 net;

	if (rules_interface(c->p, &net) == -1 ||
	    watch(c->p, net.ifname) == -1)
		return (-1);
	net.family = 4;
	net.prefix = 32;
	if (collect_net(c, &net) == -1)
		return (-1);
	net.family = 6;
	net.prefix = 128;
	return (collect_net(c, &net));
}

static struct table *
parse_table(struct parse *p)
{
	struct place	 at = p->token.at;
	struct table	*table;
	char		 name[RULES_WORD_SIZE];

	if (rules_table_name(p, name, sizeof(name)) == -1)
		return (NULL);
	if ((table = rules_find_table(p, name)) == NULL)
		rules_fail(p, &at, "table <%.60s> is not defined above", name);
	else
		table->used = 1;
	return (table);
}

/* What follows "!". */
static int
parse_negation(struct collect *c)
{
	struct place		 at = c->p->token.at;
	struct rule_hosts	 of;
	struct collect		 inner;
	struct parse		*p = c->p;
	struct table		*table;

	memset(&of, 0, sizeof(of));
	memset(&inner, 0, sizeof(inner));
	inner.p = p;
	inner.hosts = &of;
	if (rules_is_sign(p, "<")) {
		if ((table = parse_table(p)) == NULL)
			return (-1);
		return (complement(c, &table->hosts, FAMILY_BOTH));
	}
	if (rules_is(p, "any"))
		return (rules_fail(p, &at, "\"! any\": nothing can match"));
	if (rules_is_sign(p, "{"))
		return (rules_fail(p, &at, "\"!\" stands before one host: put "
		    "the list into a table, and write \"! <table>\""));
	if ((rules_is_sign(p, "(") ? parse_interface(&inner) :
	    rules_address(p, collect_net, &inner)) == -1)
		return (-1);
	if (of.nets[0].prefix == 0 && *of.nets[0].ifname == '\0')
		return (rules_fail(p, &at,
		    "all but every address: nothing can match"));
	return (complement(c, &of, rules_families(&of)));
}

static int
parse_host(struct parse *p, void *arg)
{
	struct collect		*c = arg;
	struct rule_hosts	*apart;
	struct table		*table;
	unsigned int		 i;

	if (rules_is_sign(p, "!")) {
		if (c->listed)
			return (rules_fail(p, &p->token.at,
			    "\"!\" in a list would match nearly everything: "
			    "put the list into a table"));
		if (rules_next(p) == -1)
			return (-1);
		return (parse_negation(c));
	}
	if (rules_is(p, "any")) {
		c->any = 1;
		return (rules_next(p));
	}
	if (rules_is_sign(p, "("))
		return (parse_interface(c));
	if (!rules_is_sign(p, "<")) {
		if (!rules_is_text(p))
			return (rules_expected(p, "\"any\", an address, a "
			    "prefix, a <table> or an \"(interface)\""));
		return (rules_address(p, collect_net, c));
	}
	if ((table = parse_table(p)) == NULL)
		return (-1);
	if (!c->listed || has_exceptions(&table->hosts) ||
	    table->hosts.lengths != NULL) {
		/* Shared with the table, and as fast to search. */
		if ((apart = alternative(p, c->alternatives)) == NULL)
			return (-1);
		*apart = table->hosts;
		return (0);
	}
	for (i = 0; i < table->hosts.n; i++)
		if (collect_net(c, &table->hosts.nets[i]) == -1)
			return (-1);
	return (0);
}

int
rules_hosts(struct parse *p, struct hosts *hosts)
{
	struct rule_hosts	*all, plain;
	struct collect		 c;

	memset(&plain, 0, sizeof(plain));
	memset(&c, 0, sizeof(c));
	c.p = p;
	c.hosts = &plain;
	c.alternatives = hosts;
	c.listed = rules_is_sign(p, "{");
	if (rules_list(p, parse_host, &c, 0) == -1)
		return (-1);
	if (c.any) {
		/* Whatever else there is. */
		hosts->n = 0;
		return (0);
	}
	if (plain.n > 0) {
		if (rules_index(p, &plain) == -1)
			return (-1);
		if ((all = alternative(p, hosts)) == NULL)
			return (-1);
		*all = plain;
	}
	return (0);
}

/* Can a packet have this address, seen from outside? */
static int
is_unicast(const struct rule_net *net)
{
	static const uint8_t	 zero[16];

	if (net->family == 4)
		return (net->addr[0] != 0 && net->addr[0] < 224);
	return (net->addr[0] != 0xff && memcmp(net->addr, zero, 16) != 0);
}

static int
parse_target(struct parse *p, void *arg)
{
	struct collect		*c = arg;
	struct place		 at = p->token.at;
	struct rule_net		*net;
	unsigned int		 i;

	i = c->hosts->n;
	if (rules_is_sign(p, "<"))
		return (rules_fail(p, &at,
		    "packets are not translated to tables: write the "
		    "addresses as a list"));
	if (rules_is_sign(p, "(")) {
		if (parse_interface(c) == -1)
			return (-1);
		if (c->hosts->nets[i].network)
			return (rules_fail(p, &at,
			    "packets are not translated to the network of an "
			    "interface: write \"(%s)\" or a prefix",
			    c->hosts->nets[i].ifname));
		return (0);
	}
	if (!rules_is_text(p))
		return (rules_expected(p, "an address to translate to, "
		    "a prefix or an \"(interface)\""));
	if (rules_address(p, collect_net, c) == -1)
		return (-1);
	for (; i < c->hosts->n; i++) {
		net = &c->hosts->nets[i];
		if (!is_unicast(net))
			return (rules_fail(p, &at,
			    "no packet can be translated to this address: "
			    "it is not unicast"));
	}
	return (0);
}

int
rules_pool(struct parse *p, struct rule_hosts *pool)
{
	struct collect	 c;

	memset(pool, 0, sizeof(*pool));
	memset(&c, 0, sizeof(c));
	c.p = p;
	c.hosts = pool;
	return (rules_list(p, parse_target, &c, 0));
}
