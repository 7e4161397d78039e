/* SPDX-License-Identifier: ISC */

/* Whether what stands in a line goes together. */

#include "compat.h"

#include <netinet/in.h>

#include <string.h>

#include "rules_line.h"

/* Not every system has names for these. */
#define PROTO_SCTP	132
#define PROTO_UDPLITE	136

static int
check_ports(struct parse *p, const struct line *l)
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

int
rules_check_line(struct parse *p, struct line *l)
{
	if (l->translation == NULL && !l->pass)
		return (rules_expected(p, "\"nat-to\", \"rdr-to\", "
		    "\"binat-to\" or \"npt-to\" (\"match\" alone does nothing, "
		    "\"pass\" exempts)"));
	if (check_options(p, l) == -1 || check_direction(p, l) == -1 ||
	    check_pair(p, l) == -1 || check_ports(p, l) == -1 ||
	    check_target_ports(p, l) == -1)
		return (-1);
	return (0);
}
