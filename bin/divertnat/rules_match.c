/* SPDX-License-Identifier: ISC */

/* Addresses among hosts, and the addresses of interfaces. */

#include "compat.h"

#include <stdlib.h>
#include <string.h>

#include "rules_int.h"

/* More than these are not looked at one by one. */
#define FEW	16

static int
net_contains(const struct rule_net *net, const uint8_t *addr)
{
	unsigned int	 whole = net->prefix / 8, rest = net->prefix % 8;

	if (memcmp(net->addr, addr, whole) != 0)
		return (0);
	return (rest == 0 ||
	    ((net->addr[whole] ^ addr[whole]) & 0xff00u >> rest & 0xff) == 0);
}

int
rules_compare_nets(const void *va, const void *vb)
{
	const struct rule_net	*a = va, *b = vb;
	int			 c;

	if (a->family != b->family)
		return (a->family < b->family ? -1 : 1);
	if ((c = memcmp(a->addr, b->addr, sizeof(a->addr))) != 0)
		return (c);
	return (a->prefix < b->prefix ? -1 : a->prefix > b->prefix);
}

int
rules_index(struct parse *p, struct rule_hosts *hosts)
{
	struct rule_lengths	*lengths;
	uint8_t			 there[2][129];
	unsigned int		 i, f, n;

	if (hosts->n <= FEW)
		return (0);
	for (i = 0; i < hosts->n; i++)
		if (*hosts->nets[i].ifname != '\0')
			return (0);
	lengths = rules_alloc(&p->rules->blocks, 1, sizeof(*lengths));
	if (lengths == NULL)
		return (rules_no_memory(p));
	qsort(hosts->nets, hosts->n, sizeof(*hosts->nets), rules_compare_nets);
	memset(there, 0, sizeof(there));
	for (i = n = 0; i < hosts->n; i++) {
		there[hosts->nets[i].family == 6][hosts->nets[i].prefix] = 1;
		if (i == 0 || rules_compare_nets(&hosts->nets[i],
		    &hosts->nets[n - 1]) != 0)
			hosts->nets[n++] = hosts->nets[i];
	}
	hosts->n = n;
	for (f = 0; f < 2; f++)
		for (i = 129; i-- > 0;)
			if (there[f][i])
				lengths->length[f][lengths->n[f]++] =
				    (uint8_t)i;
	hosts->lengths = lengths;
	return (0);
}

/* Of many nets: one search for each length there is. */
static int
match_many(const struct rule_hosts *hosts, int family, const uint8_t *addr)
{
	const struct rule_lengths	*l = hosts->lengths;
	const struct rule_net		*net;
	struct rule_net			 key;
	unsigned int			 i, f = family == 6;

	memset(&key, 0, sizeof(key));
	key.family = (uint8_t)family;
	memcpy(key.addr, addr, family == 4 ? 4 : 16);
	for (i = 0; i < l->n[f]; i++) {
		key.prefix = l->length[f][i];
		rules_mask(&key);
		net = bsearch(&key, hosts->nets, hosts->n, sizeof(key),
		    rules_compare_nets);
		if (net != NULL)
			return (!net->not);
	}
	return (0);
}

int
rules_hosts_match(const struct rule_hosts *hosts, int family,
    const uint8_t *addr)
{
	const struct rule_net	*net;
	unsigned int		 i;
	int			 longest = -1, is_in = 0;

	if (hosts->n == 0)
		return (1);
	if (hosts->lengths != NULL)
		return (match_many(hosts, family, addr));
	for (i = 0; i < hosts->n; i++) {
		net = &hosts->nets[i];
		if (net->family != family ||
		    (*net->ifname != '\0' && !net->resolved) ||
		    !net_contains(net, addr))
			continue;
		/* Exceptions stand behind what they are exceptions of. */
		if (net->prefix >= longest) {
			longest = net->prefix;
			is_in = !net->not;
		}
	}
	return (is_in);
}

static unsigned int
resolve_hosts(struct rule_hosts *hosts,
    int (*lookup)(void *, const char *, int, uint8_t *, uint8_t *), void *arg)
{
	struct rule_net	 found, *net;
	unsigned int	 i, changed = 0;

	for (i = 0; i < hosts->n; i++) {
		net = &hosts->nets[i];
		if (*net->ifname == '\0')
			continue;
		found = *net;
		memset(found.addr, 0, sizeof(found.addr));
		found.prefix = found.family == 4 ? 32 : 128;
		found.resolved = lookup(arg, net->ifname, net->family,
		    found.addr, &found.prefix) == 1;
		if (!found.resolved)
			memset(found.addr, 0, sizeof(found.addr));
		if (!found.resolved || !found.network)
			found.prefix = found.family == 4 ? 32 : 128;
		rules_mask(&found);
		if (found.resolved == net->resolved &&
		    found.prefix == net->prefix &&
		    memcmp(found.addr, net->addr, sizeof(found.addr)) == 0)
			continue;
		*net = found;
		changed++;
	}
	return (changed);
}

unsigned int
rules_resolve(struct rules *rules,
    int (*lookup)(void *, const char *, int, uint8_t *, uint8_t *), void *arg)
{
	unsigned int	 i, changed = 0;

	if (rules->ninterfaces == 0)
		return (0);
	for (i = 0; i < rules->n; i++) {
		changed += resolve_hosts(&rules->rules[i].from, lookup, arg);
		changed += resolve_hosts(&rules->rules[i].to, lookup, arg);
		changed += resolve_hosts(&rules->rules[i].pool, lookup, arg);
	}
	return (changed);
}
