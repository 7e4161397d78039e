/* SPDX-License-Identifier: ISC */

/* Addresses among hosts, and the addresses of interfaces. */

#include "compat.h"

#include <string.h>

#include "rules_int.h"

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
rules_hosts_match(const struct rule_hosts *hosts, int family,
    const uint8_t *addr)
{
	const struct rule_net	*net;
	unsigned int		 i;
	int			 longest = -1, is_in = 0;

	if (hosts->n == 0)
		return (1);
	for (i = 0; i < hosts->n; i++) {
		net = &hosts->nets[i];
		if (net->family != family ||
		    (*net->ifname != '\0' && !net->resolved) ||
		    !net_contains(net, addr))
			continue;
		if (net->prefix > longest) {
			longest = net->prefix;
			is_in = !net->not;
		} else if (net->prefix == longest && net->not)
			is_in = 0;
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
