/* SPDX-License-Identifier: ISC */

/* See nat_model.h. */

#include "compat.h"

#include <stdlib.h>
#include <string.h>

#include "nat_model.h"

#define MANY		600		/* as many states as rules may allow */
#define DOUBT		2.0		/* seconds around the end of something */

#define P_ICMP		1
#define P_TCP		6
#define P_UDP		17
#define P_ICMPV6	58

struct item {
	int		 used;
	int		 family;
	int		 proto;
	int		 mapped;	/* EIM: it is by an endpoint of its own */
	int		 counts;	/* for its host: made by it, or mapped */
	int		 keeps;		/* packets in keep it */
	int		 from_outside;	/* it began there */
	int		 syn[2];	/* out, in */
	double		 last;
	struct model_end inside, outside, remote;
};

struct resting {
	int		 family;
	int		 proto;
	struct model_end inside, outside;
	double		 since;
};

struct bond {
	int		 used;
	int		 unknown;	/* to which address was not seen */
	int		 family;
	uint8_t		 inside[16], outside[16];
};

struct model {
	const struct rules	*rules;
	double			 now;
	struct item		 items[MANY];
	struct resting		 rests[MANY];
	struct bond		 bonds[MANY];
	unsigned int		 nrests;
};

static int
same_addr(const uint8_t *a, const uint8_t *b)
{
	return (memcmp(a, b, 16) == 0);
}

static int
same_end(const struct model_end *a, const struct model_end *b)
{
	return (a->port == b->port && same_addr(a->addr, b->addr));
}

static int
is_echo(int proto)
{
	return (proto == P_ICMP || proto == P_ICMPV6);
}

/*
 * Rules
 */

static int
bit(const uint8_t *addr, unsigned int i)
{
	return (addr[i / 8] >> (7 - i % 8) & 1);
}

static int
in_net(const struct rule_net *net, int family, const uint8_t *addr)
{
	unsigned int	 i;

	if (net->family != family)
		return (0);
	for (i = 0; i < net->prefix; i++)
		if (bit(net->addr, i) != bit(addr, i))
			return (0);
	return (1);
}

static int
in_hosts(const struct rule_hosts *hosts, int family, const uint8_t *addr)
{
	unsigned int	 i;
	int		 best = -1, is = 0;

	if (hosts->n == 0)
		return (1);
	for (i = 0; i < hosts->n; i++)
		if (in_net(&hosts->nets[i], family, addr) &&
		    hosts->nets[i].prefix > best) {
			best = hosts->nets[i].prefix;
			is = !hosts->nets[i].not;
		}
	return (is);
}

static int
in_pool(const struct rule_hosts *hosts, int family, const uint8_t *addr)
{
	unsigned int	 i;

	for (i = 0; i < hosts->n; i++)
		if (in_net(&hosts->nets[i], family, addr))
			return (1);
	return (0);
}

static int
in_ports(const struct rule_ports *ports, int proto, int port)
{
	if (ports->low == 0 && ports->high == 65535)
		return (1);
	return ((proto == P_TCP || proto == P_UDP) && port >= ports->low &&
	    port <= ports->high);
}

/* The outside is em0 and everything below happens there. */
static const struct rule *
find_rule(const struct model *m, const struct model_packet *p, int out)
{
	const struct rule	*r;
	unsigned int		 i;

	for (i = 0; i < m->rules->n; i++) {
		r = &m->rules->rules[i];
		if (r->family != 0 && r->family != p->family)
			continue;
		if ((r->protos[p->proto / 64] >> p->proto % 64 & 1) == 0)
			continue;
		if (r->ifname[0] != '\0' && strcmp(r->ifname, "em0") != 0)
			continue;
		if (r->direction == DIVERT_DIRECTION_IN && out)
			continue;
		if (r->direction == DIVERT_DIRECTION_OUT && !out)
			continue;
		if (r->kind == RULE_BINAT && !out) {
			/* The way back: from `to', to the other address. */
			if (in_hosts(&r->to, p->family, p->src.addr) &&
			    in_pool(&r->pool, p->family, p->dst.addr))
				return (r);
			continue;
		}
		if (in_hosts(&r->from, p->family, p->src.addr) &&
		    in_hosts(&r->to, p->family, p->dst.addr) &&
		    in_ports(&r->from_ports, p->proto, p->src.port) &&
		    in_ports(&r->to_ports, p->proto, p->dst.port))
			return (r);
	}
	return (NULL);
}

static int
is_ours(const struct model *m, int family, const uint8_t *addr)
{
	const struct rule	*r;
	unsigned int		 i;

	for (i = 0; i < m->rules->n; i++) {
		r = &m->rules->rules[i];
		if ((r->kind == RULE_NAT || r->kind == RULE_BINAT) &&
		    in_pool(&r->pool, family, addr))
			return (1);
		if (r->kind == RULE_RDR && r->to.n > 0 &&
		    in_hosts(&r->to, family, addr))
			return (1);
	}
	return (0);
}

/* The bits of the net, and those of the address behind them. */
static void
replace_net(const struct rule_net *net, uint8_t *addr)
{
	unsigned int	 i;

	for (i = 0; i < net->prefix; i++) {
		addr[i / 8] = (uint8_t)(addr[i / 8] & ~(0x80 >> i % 8));
		if (bit(net->addr, i))
			addr[i / 8] = (uint8_t)(addr[i / 8] | 0x80 >> i % 8);
	}
}

/*
 * Time
 */

static double
lifetime(const struct model *m, const struct item *s)
{
	const unsigned int	*t = m->rules->settings.timeout;

	if (s->proto == P_UDP)
		return (t[TIMEOUT_UDP]);
	if (s->proto != P_TCP)
		return (t[TIMEOUT_ICMP]);
	return (s->syn[0] && s->syn[1] ? t[TIMEOUT_TCP_ESTABLISHED] :
	    t[TIMEOUT_TCP_OPENING]);
}

static struct item *
mapping_by(struct model *m, int family, int proto,
    const struct model_end *inside, const struct model_end *outside)
{
	struct item	*s;
	unsigned int	 i;

	for (i = 0; i < MANY; i++) {
		s = &m->items[i];
		if (s->used && s->mapped && s->family == family &&
		    s->proto == proto && (inside == NULL ||
		    same_end(&s->inside, inside)) && (outside == NULL ||
		    same_end(&s->outside, outside)))
			return (s);
	}
	return (NULL);
}

static int
host_is_there(const struct model *m, int family, const uint8_t *inside)
{
	unsigned int	 i;

	for (i = 0; i < MANY; i++)
		if (m->items[i].used && m->items[i].counts &&
		    m->items[i].family == family &&
		    same_addr(m->items[i].inside.addr, inside))
			return (1);
	return (0);
}

static void
end_item(struct model *m, struct item *s, double when)
{
	struct resting	*r;
	unsigned int	 i;

	s->used = 0;
	/* Its port rests when the last of the mapping is over. */
	if (s->mapped && s->proto != P_TCP && mapping_by(m, s->family,
	    s->proto, &s->inside, NULL) == NULL && m->nrests < MANY) {
		r = &m->rests[m->nrests++];
		r->family = s->family;
		r->proto = s->proto;
		r->inside = s->inside;
		r->outside = s->outside;
		r->since = when;
	}
	for (i = 0; i < MANY; i++)
		if (m->bonds[i].used && !host_is_there(m, m->bonds[i].family,
		    m->bonds[i].inside))
			m->bonds[i].used = 0;
}

static void
pass_time(struct model *m, double now)
{
	struct item	*first, *s;
	unsigned int	 i, kept = 0;

	m->now = now;
	/* One after the other, the first that ended first. */
	do {
		first = NULL;
		for (i = 0; i < MANY; i++) {
			s = &m->items[i];
			if (s->used && s->last + lifetime(m, s) < now &&
			    (first == NULL || s->last + lifetime(m, s) <
			    first->last + lifetime(m, first)))
				first = s;
		}
		if (first != NULL)
			end_item(m, first, first->last + lifetime(m, first));
	} while (first != NULL);
	for (i = 0; i < m->nrests; i++)
		if (now - m->rests[i].since <=
		    m->rules->settings.timeout[TIMEOUT_PORT_REST] + DOUBT)
			m->rests[kept++] = m->rests[i];
	m->nrests = kept;
}

int
model_is_doubtful(struct model *m, double now)
{
	const struct item	*s;
	double			 end;
	unsigned int		 i;

	for (i = 0; i < MANY; i++) {
		s = &m->items[i];
		if (!s->used)
			continue;
		end = s->last + lifetime(m, s);
		if (end > now - DOUBT && end < now + DOUBT)
			return (1);
	}
	return (0);
}

/*
 * Sessions
 */

static struct item *
by_inside(struct model *m, const struct model_packet *p)
{
	struct item	*s;
	unsigned int	 i;

	for (i = 0; i < MANY; i++) {
		s = &m->items[i];
		if (s->used && s->family == p->family &&
		    s->proto == p->proto && same_end(&s->inside, &p->src) &&
		    same_end(&s->remote, &p->dst))
			return (s);
	}
	return (NULL);
}

static struct item *
by_outside(struct model *m, int family, int proto,
    const struct model_end *outside, const struct model_end *remote)
{
	struct item	*s;
	unsigned int	 i;

	for (i = 0; i < MANY; i++) {
		s = &m->items[i];
		if (s->used && s->family == family && s->proto == proto &&
		    same_end(&s->outside, outside) &&
		    same_end(&s->remote, remote))
			return (s);
	}
	return (NULL);
}

unsigned int
model_sessions(struct model *m)
{
	unsigned int	 i, n = 0;

	for (i = 0; i < MANY; i++)
		n += m->items[i].used != 0;
	return (n);
}

int
model_outside(struct model *m, unsigned int n, struct model_end *outside,
    struct model_end *remote, int *family, int *proto)
{
	unsigned int	 i;

	for (i = 0; i < MANY; i++)
		if (m->items[i].used && n-- == 0) {
			*outside = m->items[i].outside;
			*remote = m->items[i].remote;
			*family = m->items[i].family;
			*proto = m->items[i].proto;
			return (1);
		}
	return (0);
}

static void
note(struct model *m, struct item *s, const struct model_packet *p, int out)
{
	if (p->proto == P_TCP && p->syn)
		s->syn[!out] = 1;
	if (out || s->keeps)
		s->last = m->now;
}

static struct item *
make(struct model *m, const struct model_packet *p, int out,
    const struct model_end *inside, const struct model_end *outside,
    int mapped)
{
	struct item	*s;
	unsigned int	 i;

	for (i = 0; i < MANY && m->items[i].used; i++)
		continue;
	if (i == MANY)
		abort();
	s = &m->items[i];
	memset(s, 0, sizeof(*s));
	s->used = 1;
	s->family = p->family;
	s->proto = p->proto;
	s->mapped = mapped;
	s->counts = out || mapped;
	s->keeps = p->proto == P_TCP || m->rules->settings.refresh_inbound;
	s->inside = *inside;
	s->outside = *outside;
	s->remote = out ? p->dst : p->src;
	s->last = m->now;
	note(m, s, p, out);
	return (s);
}

static int
table_is_full(struct model *m)
{
	return (model_sessions(m) >= m->rules->settings.limit[LIMIT_STATES]);
}

/* What begins outside leaves a quarter to what begins inside. */
static int
is_outside_full(struct model *m)
{
	unsigned int	 i, limit = m->rules->settings.limit[LIMIT_STATES];
	unsigned int	 n = 0;

	for (i = 0; i < MANY; i++)
		n += m->items[i].used && m->items[i].from_outside;
	return (n >= limit - limit / 4);
}

/*
 * What is expected of a packet: a verdict, or one of some reasons to drop it.
 */
struct expected {
	enum nat_verdict	 verdict;
	uint32_t		 reasons;	/* bits */
	struct model_packet	 after;
	const char		*wrong;		/* already */
};

static void
expect_drop(struct expected *e, enum nat_reason reason)
{
	e->verdict = NAT_DROP;
	e->reasons |= UINT32_C(1) << reason;
}

static int
is_resting(const struct model *m, int family, int proto,
    const struct model_end *outside, const struct model_end *inside,
    double least)
{
	const struct resting	*r;
	unsigned int		 i;

	for (i = 0; i < m->nrests; i++) {
		r = &m->rests[i];
		if (r->family == family && r->proto == proto &&
		    same_end(&r->outside, outside) &&
		    m->now - r->since <= least &&
		    (inside == NULL || !same_end(&r->inside, inside)))
			return (1);
	}
	return (0);
}

static int
is_kept_for_rdr(const struct model *m, int family, int proto,
    const struct model_end *outside)
{
	const struct rule	*r;
	unsigned int		 i;

	for (i = 0; i < m->rules->n; i++) {
		r = &m->rules->rules[i];
		if (r->kind == RULE_RDR && r->family == family &&
		    (r->protos[proto / 64] >> proto % 64 & 1) != 0 &&
		    r->to.n > 0 && in_hosts(&r->to, family, outside->addr) &&
		    outside->port >= r->to_ports.low &&
		    outside->port <= r->to_ports.high)
			return (1);
	}
	return (0);
}

/*
 * May this packet get this outside endpoint?  By no means: 0; certainly: 1;
 * perhaps, as its rest is just over or about to be: -1.
 */
static int
may_get(struct model *m, const struct rule *r, const struct model_packet *p,
    const struct model_end *outside)
{
	const struct model_end	*who = r->static_port ? &p->src : NULL;
	double			 rest;

	if (!in_pool(&r->pool, p->family, outside->addr) ||
	    (!is_echo(p->proto) &&
	    is_kept_for_rdr(m, p->family, p->proto, outside)))
		return (0);
	if (r->static_port) {
		if (outside->port != p->src.port)
			return (0);
	} else if (r->ports.low != 0 || r->ports.high != 65535) {
		if (outside->port < r->ports.low ||
		    outside->port > r->ports.high)
			return (0);
	} else if (outside->port == 0 || (!is_echo(p->proto) &&
	    (outside->port < 1024) != (p->src.port < 1024)))
		return (0);
	if (m->rules->settings.mapping == MAPPING_PORT_OVERLAP)
		return (by_outside(m, p->family, p->proto, outside,
		    &p->dst) == NULL);
	if (mapping_by(m, p->family, p->proto, NULL, outside) != NULL)
		return (0);
	rest = m->rules->settings.timeout[TIMEOUT_PORT_REST];
	if (rest == 0)
		return (1);
	if (is_resting(m, p->family, p->proto, outside, who, rest - DOUBT))
		/* As many mappings as states, with those that rest. */
		return (model_sessions(m) + m->nrests >=
		    m->rules->settings.limit[LIMIT_STATES] ? -1 : 0);
	return (is_resting(m, p->family, p->proto, outside, who,
	    rest + DOUBT) ? -1 : 1);
}

static struct bond *
bond_of(struct model *m, const struct model_packet *p)
{
	unsigned int	 i;

	for (i = 0; i < MANY; i++)
		if (m->bonds[i].used && m->bonds[i].family == p->family &&
		    same_addr(m->bonds[i].inside, p->src.addr))
			return (&m->bonds[i]);
	return (NULL);
}

static int
is_larger_than_one(const struct rule_hosts *pool, int family)
{
	return (pool->n > 1 || pool->nets[0].prefix < (family == 4 ? 32 :
	    128));
}

/*
 * Is there an endpoint for it at all, of this parity (2: any)?  Addresses of a
 * pool are single here, or few.
 */
static int
is_there_one(struct model *m, const struct rule *r,
    const struct model_packet *p, int parity)
{
	const struct bond	*bond = bond_of(m, p);
	struct model_end	 end;
	unsigned int		 a, i, many;
	int			 best = 0, got, high, low, port;

	low = r->ports.low;
	high = r->ports.high;
	if (r->static_port)
		low = high = p->src.port;
	for (i = 0; i < r->pool.n; i++) {
		many = 1u << ((p->family == 4 ? 32 : 128) -
		    r->pool.nets[i].prefix);
		for (a = 0; a < many; a++) {
			memset(&end, 0, sizeof(end));
			memcpy(end.addr, r->pool.nets[i].addr, 16);
			end.addr[p->family == 4 ? 3 : 15] = (uint8_t)
			    (end.addr[p->family == 4 ? 3 : 15] + a);
			if (bond != NULL && !bond->unknown &&
			    r->policy == POLICY_PAIRED &&
			    in_pool(&r->pool, p->family, bond->outside) &&
			    !same_addr(bond->outside, end.addr))
				continue;
			for (port = low; port <= high; port++) {
				end.port = port;
				if (parity != 2 && port % 2 != parity)
					continue;
				got = may_get(m, r, p, &end);
				if (got == 1 && bond != NULL && bond->unknown)
					got = -1;
				if (got == 1)
					return (1);
				if (got == -1)
					best = -1;
			}
		}
	}
	return (best);
}

static unsigned int
ports_of_host(struct model *m, const struct model_packet *p)
{
	const struct item	*s, *t;
	unsigned int		 i, j, n = 0;

	for (i = 0; i < MANY; i++) {
		s = &m->items[i];
		if (!s->used || !s->mapped || s->family != p->family ||
		    !same_addr(s->inside.addr, p->src.addr))
			continue;
		/* Each mapping once, by its first session. */
		for (j = 0; j < i; j++) {
			t = &m->items[j];
			if (t->used && t->mapped && t->family == s->family &&
			    t->proto == s->proto &&
			    same_end(&t->inside, &s->inside))
				break;
		}
		n += j == i;
	}
	return (n);
}

static void
bind_host(struct model *m, const struct rule *r, const struct model_packet *p,
    const struct model_end *outside)
{
	unsigned int	 i;

	if (r->policy != POLICY_PAIRED || bond_of(m, p) != NULL ||
	    (outside == NULL && !host_is_there(m, p->family, p->src.addr)) ||
	    !is_larger_than_one(&r->pool, p->family))
		return;
	for (i = 0; i < MANY && m->bonds[i].used; i++)
		continue;
	if (i == MANY)
		abort();
	m->bonds[i].used = 1;
	m->bonds[i].family = p->family;
	memcpy(m->bonds[i].inside, p->src.addr, 16);
	m->bonds[i].unknown = outside == NULL;
	if (outside != NULL)
		memcpy(m->bonds[i].outside, outside->addr, 16);
}

static int
high_less_low(const struct rule *r)
{
	return (r->ports.high - r->ports.low);
}

/* Something new by nat-to.  chosen: what the engine gave it, NULL: dropped. */
static void
new_by_nat(struct model *m, const struct rule *r, const struct model_packet *p,
    const struct model_end *chosen, struct expected *e)
{
	unsigned int	 limit;
	const struct bond *bond = bond_of(m, p);
	int		 eim, parity, there;

	eim = m->rules->settings.mapping == MAPPING_ENDPOINT_INDEPENDENT;
	limit = m->rules->settings.limit[LIMIT_PORTS_PER_HOST];
	if (table_is_full(m))
		expect_drop(e, NAT_REASON_NO_STATE);
	if (eim && limit != 0 && ports_of_host(m, p) >= limit)
		expect_drop(e, NAT_REASON_HOST_PORTS);
	if (chosen == NULL) {
		/* Of all ports there is always one, with so few states. */
		if (r->static_port || high_less_low(r) < 64) {
			there = is_there_one(m, r, p, 2);
			if (there != 1)
				expect_drop(e, NAT_REASON_NO_PORT);
		}
		if (e->verdict != NAT_DROP) {
			e->verdict = NAT_REPLACE;
			e->wrong = "there is a port";
		}
		/* It may have been bound before it failed. */
		bind_host(m, r, p, NULL);
		return;
	}
	if (e->verdict == NAT_DROP)
		return;
	e->verdict = NAT_REPLACE;
	e->after.src = *chosen;
	if (may_get(m, r, p, chosen) == 0)
		e->wrong = "this endpoint was not to be had";
	if (bond != NULL && !bond->unknown && r->policy == POLICY_PAIRED &&
	    in_pool(&r->pool, p->family, bond->outside) &&
	    !same_addr(bond->outside, chosen->addr))
		e->wrong = "the host has another address";
	parity = p->src.port % 2;
	if (eim && !r->static_port && !is_echo(p->proto) &&
	    chosen->port % 2 != parity && (r->ports.low != 0 ||
	    r->ports.high != 65535) && is_there_one(m, r, p, parity) == 1 &&
	    !is_larger_than_one(&r->pool, p->family))
		e->wrong = "there is a port of its parity";
	if (eim && chosen->port % 2 != parity && !r->static_port &&
	    !is_echo(p->proto) && r->ports.low == 0 &&
	    r->ports.high == 65535)
		e->wrong = "parity, of 64512 ports";
	bind_host(m, r, p, chosen);
	(void)make(m, p, 1, &p->src, chosen, eim);
}

/* chosen: the source that the engine gave it, NULL: dropped. */
static void
go_out(struct model *m, const struct model_packet *p,
    const struct model_end *chosen, struct expected *e)
{
	const struct rule	*r;
	struct model_end	 outside;
	struct item		*s;

	memset(e, 0, sizeof(*e));
	e->verdict = NAT_PASS;
	e->after = *p;
	if ((s = by_inside(m, p)) != NULL) {
		note(m, s, p, 1);
		e->verdict = NAT_REPLACE;
		e->after.src = s->outside;
		return;
	}
	r = find_rule(m, p, 1);
	if (r == NULL || r->kind == RULE_PASS || r->kind == RULE_RDR)
		return;
	if (r->kind == RULE_BINAT) {
		outside = p->src;
		replace_net(&r->pool.nets[0], outside.addr);
		if (table_is_full(m)) {
			expect_drop(e, NAT_REASON_NO_STATE);
			return;
		}
		s = make(m, p, 1, &p->src, &outside, 0);
		s->keeps = 1;
		e->verdict = NAT_REPLACE;
		e->after.src = outside;
		return;
	}
	if (m->rules->settings.mapping == MAPPING_ENDPOINT_INDEPENDENT &&
	    (s = mapping_by(m, p->family, p->proto, &p->src, NULL)) != NULL) {
		outside = s->outside;
		if (table_is_full(m)) {
			expect_drop(e, NAT_REASON_NO_STATE);
			return;
		}
		(void)make(m, p, 1, &p->src, &outside, 1);
		e->verdict = NAT_REPLACE;
		e->after.src = outside;
		return;
	}
	new_by_nat(m, r, p, chosen, e);
}

static int
is_admitted(struct model *m, const struct model_packet *p,
    const struct item *mapping)
{
	const struct item	*s;
	unsigned int		 i;

	if (m->rules->settings.filtering == FILTERING_ENDPOINT_INDEPENDENT)
		return (1);
	if (m->rules->settings.filtering != FILTERING_ADDRESS_DEPENDENT)
		return (0);
	for (i = 0; i < MANY; i++) {
		s = &m->items[i];
		if (s->used && s->mapped && s->family == p->family &&
		    s->proto == p->proto &&
		    same_end(&s->outside, &mapping->outside) &&
		    same_addr(s->remote.addr, p->src.addr))
			return (1);
	}
	return (0);
}

static void
new_inward(struct model *m, const struct model_packet *p,
    const struct model_end *inside, int mapped, int turns, struct expected *e)
{
	struct model_packet	 back = *p;
	struct model_end	 in = *inside;
	struct item		*s;

	back.src = *inside;
	back.dst = p->src;
	if (by_inside(m, &back) != NULL)
		expect_drop(e, NAT_REASON_NO_PORT);
	if (table_is_full(m) || (!turns && is_outside_full(m)))
		expect_drop(e, NAT_REASON_NO_STATE);
	if (e->verdict == NAT_DROP)
		return;
	s = make(m, p, 0, &in, &p->dst, mapped);
	s->from_outside = !turns;
	/* A rule's, and no mapping's. */
	if (!mapped)
		s->keeps = 1;
	e->verdict = NAT_REPLACE;
	e->after.dst = in;
}

/*
 * at_em0: rules are for what comes in there.  turns: it comes from inside all
 * the same.
 */
static void
come_in(struct model *m, const struct model_packet *p, int at_em0, int turns,
    struct expected *e)
{
	const struct rule	*r;
	struct model_end	 inside;
	struct item		*s;

	memset(e, 0, sizeof(*e));
	e->verdict = NAT_PASS;
	e->after = *p;
	if ((s = by_outside(m, p->family, p->proto, &p->dst, &p->src)) !=
	    NULL) {
		note(m, s, p, 0);
		e->verdict = NAT_REPLACE;
		e->after.dst = s->inside;
		return;
	}
	if ((s = mapping_by(m, p->family, p->proto, NULL, &p->dst)) != NULL) {
		if (!is_admitted(m, p, s))
			expect_drop(e, NAT_REASON_FILTERED);
		else
			new_inward(m, p, &s->inside, 1, turns, e);
		return;
	}
	r = at_em0 ? find_rule(m, p, 0) : NULL;
	if (r != NULL && r->kind == RULE_PASS)
		return;
	if (r != NULL && r->kind == RULE_BINAT) {
		inside = p->dst;
		replace_net(&r->from.nets[0], inside.addr);
		new_inward(m, p, &inside, 0, turns, e);
		return;
	}
	if (r != NULL && r->kind == RULE_RDR) {
		memset(&inside, 0, sizeof(inside));
		memcpy(inside.addr, r->pool.nets[0].addr, 16);
		inside.port = p->dst.port;
		if (r->ports.low != 0 || r->ports.high != 65535)
			inside.port = r->ports.low + (r->shift ? p->dst.port -
			    r->to_ports.low : 0);
		new_inward(m, p, &inside, 0, turns, e);
		return;
	}
	if (m->rules->settings.unmatched_drops &&
	    is_ours(m, p->family, p->dst.addr)) {
		expect_drop(e, NAT_REASON_UNMATCHED);
		expect_drop(e, NAT_REASON_UNSOLICITED);
	}
}

int
model_has_name(struct model *m, const struct model_packet *p)
{
	return (by_inside(m, p) != NULL ||
	    mapping_by(m, p->family, p->proto, &p->src, NULL) != NULL);
}

int
model_leaves(struct model *m, const struct model_packet *p)
{
	const struct rule	*r;

	if (by_inside(m, p) != NULL)
		return (1);
	r = find_rule(m, p, 1);
	return (r != NULL && (r->kind == RULE_NAT || r->kind == RULE_BINAT));
}

/* Is somebody inside meant by its destination? */
static int
is_for_inside(struct model *m, const struct model_packet *p)
{
	const struct rule	*r;

	if (mapping_by(m, p->family, p->proto, NULL, &p->dst) != NULL)
		return (1);
	r = find_rule(m, p, 0);
	return (r != NULL && r->kind != RULE_PASS);
}

/* Out, and in again. */
static void
turn_back(struct model *m, const struct model_packet *p,
    const struct model_end *chosen, struct expected *e)
{
	struct model_packet	 between;

	if (!is_ours(m, p->family, p->dst.addr) ||
	    (by_inside(m, p) == NULL && !is_for_inside(m, p))) {
		come_in(m, p, 0, 0, e);
		return;
	}
	if (!m->rules->settings.hairpin) {
		memset(e, 0, sizeof(*e));
		expect_drop(e, NAT_REASON_HAIRPIN);
		return;
	}
	go_out(m, p, chosen, e);
	if (e->verdict != NAT_REPLACE || e->wrong != NULL)
		return;
	between = e->after;
	come_in(m, &between, 1, 1, e);
	if (e->verdict == NAT_PASS)
		expect_drop(e, NAT_REASON_UNMATCHED);
}

const char *
model_step(struct model *m, enum model_where where,
    const struct model_packet *p, double now, enum nat_verdict verdict,
    enum nat_reason reason, const struct model_packet *after)
{
	const struct model_end	*chosen;
	struct expected		 e;

	pass_time(m, now);
	chosen = verdict == NAT_REPLACE ? &after->src : NULL;
	switch (where) {
	case MODEL_OUT:
		go_out(m, p, chosen, &e);
		break;
	case MODEL_IN:
		come_in(m, p, 1, 0, &e);
		break;
	default:
		turn_back(m, p, chosen, &e);
		break;
	}
	if (e.wrong != NULL)
		return (e.wrong);
	if (e.verdict != verdict)
		return (e.verdict == NAT_DROP ? "it should be dropped" :
		    e.verdict == NAT_PASS ? "it should pass as it is" :
		    "it should be translated");
	if (verdict == NAT_DROP && (e.reasons >> reason & 1) == 0)
		return ("it should be dropped for another reason");
	if (verdict == NAT_REPLACE && (!same_end(&e.after.src, &after->src) ||
	    !same_end(&e.after.dst, &after->dst)))
		return ("it should be translated otherwise");
	return (NULL);
}

void
model_restarted(struct model *m)
{
	const struct item	*s;
	struct bond		*b;
	unsigned int		 i, j;
	int			 is_there;

	m->nrests = 0;
	for (i = 0; i < MANY; i++) {
		b = &m->bonds[i];
		for (j = 0, is_there = b->unknown; j < MANY; j++) {
			s = &m->items[j];
			is_there |= s->used && s->counts &&
			    s->family == b->family &&
			    same_addr(s->inside.addr, b->inside) &&
			    same_addr(s->outside.addr, b->outside);
		}
		b->used &= is_there;
	}
}

void
model_reloaded(struct model *m, const struct rules *rules)
{
	m->rules = rules;
}

struct model *
model_new(const struct rules *rules)
{
	struct model	*m;

	if ((m = calloc(1, sizeof(*m))) == NULL)
		abort();
	m->rules = rules;
	return (m);
}

void
model_free(struct model *m)
{
	free(m);
}
