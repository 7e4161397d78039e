/* SPDX-License-Identifier: ISC */
#ifndef NAT_TABLES_H
#define NAT_TABLES_H

/*
 * Do the tables of the engine agree with each other?  Everything that is
 * counted is counted again, everything that is kept for somebody has somebody:
 * what leaks a little, or ends too early, is seen here long before it harms.
 * Slow, and for tests alone.
 */

#include <arpa/inet.h>

#include <stdlib.h>
#include <string.h>

#include "../../bin/divertnat/nat_int.h"

/* What there should be, counted anew; by the numbers of things. */
struct tables {
	struct nat	*nat;
	uint32_t	*users;		/* of IPv6 addresses */
	uint32_t	*of_mapping;	/* sessions */
	uint32_t	*host_sessions;
	uint32_t	*host_mappings;
	uint32_t	*places;	/* in the wheel, of sessions */
	const char	*wrong;
};

#define TABLES_ARE(t, what) do {					\
	if (!(what) && (t)->wrong == NULL)				\
		(t)->wrong = #what;					\
} while (0)

static inline void
tables_use(struct tables *t, int family, uint32_t number)
{
	if (family == 6)
		t->users[number]++;
}

static inline uint32_t
tables_host(const struct tables *t, const struct session *s)
{
	if (s->mapping != 0)
		return (t->nat->mappings[s->mapping].host);
	if ((s->flags & (SESSION_INBOUND | SESSION_OWN)) != 0)
		return (0);
	return (host_find(t->nat, s->family, s->zone, s->inside));
}

static inline void
tables_sessions(struct tables *t)
{
	struct nat	*nat = t->nat;
	struct session	*s;
	struct tuple	 tuple;
	uint32_t	 host, live = 0, n, spare = 0;

	for (n = 1; n < nat->session_fresh; n++) {
		s = &nat->sessions[n];
		if (s->family == 0)
			continue;
		live++;
		tuple.near = s->inside;
		tuple.near_port = s->inside_port;
		tuple.remote = s->remote;
		tuple.remote_port = s->remote_port;
		tuple.proto = s->proto;
		tuple.family = s->family;
		TABLES_ARE(t, session_find(nat, WAY_OUT, &tuple) == n);
		tuple.near = s->outside;
		tuple.near_port = s->outside_port;
		TABLES_ARE(t, session_find(nat, WAY_IN, &tuple) == n);
		tables_use(t, s->family, s->inside);
		tables_use(t, s->family, s->remote);
		tables_use(t, s->family, s->outside);
		t->of_mapping[s->mapping]++;
		host = tables_host(t, s);
		TABLES_ARE(t, host != 0 || (s->mapping == 0 && (s->flags &
		    (SESSION_INBOUND | SESSION_OWN)) != 0));
		t->host_sessions[host]++;
		TABLES_ARE(t, t->places[n] == 1);
	}
	for (n = nat->session_free; n != 0; n = nat->rests[n].next)
		spare++;
	TABLES_ARE(t, live == nat->counts.sessions);
	TABLES_ARE(t, live + spare == nat->session_fresh - 1);
}

static inline void
tables_mappings(struct tables *t)
{
	struct nat	*nat = t->nat;
	struct mapping	*m;
	uint32_t	 bits = 0, live = 0, n, rest = 0, spare = 0, taken = 0;
	uint32_t	 used = 0;
	unsigned int	 i, j;

	for (n = nat->rest_first; n != 0; n = nat->mappings[n].host) {
		rest++;
		TABLES_ARE(t, nat->mappings[n].sessions == 0);
		TABLES_ARE(t, nat->mappings[n].host != 0 ||
		    nat->rest_last == n);
	}
	for (n = nat->mapping_free; n != 0; n = nat->mappings[n].host) {
		spare++;
		TABLES_ARE(t, nat->mappings[n].proto == 0);
	}
	for (n = 1; n < nat->mapping_fresh; n++) {
		m = &nat->mappings[n];
		if (m->proto == 0)
			continue;
		tables_use(t, m->family, m->inside);
		tables_use(t, m->family, m->outside);
		TABLES_ARE(t, m->sessions == t->of_mapping[n]);
		TABLES_ARE(t, ports_taken(&nat->ports[m->ports],
		    ntohs(m->outside_port)));
		taken++;
		TABLES_ARE(t, mapping_find_outside(nat, m->family, m->proto,
		    m->outside, m->outside_port) ==
		    (m->sessions > 0 ? n : 0));
		if (m->sessions == 0)
			continue;
		live++;
		t->host_mappings[m->host]++;
	}
	TABLES_ARE(t, live == nat->counts.mappings);
	TABLES_ARE(t, live + rest + spare == nat->mapping_fresh - 1);
	for (i = 1; i <= nat->nports; i++) {
		used += nat->ports[i].used;
		for (j = 0; j < PORT_WORDS; j++)
			bits += (uint32_t)__builtin_popcountll(
			    nat->ports[i].taken[j]);
	}
	/* Each taken once, and by a mapping that lives or rests. */
	TABLES_ARE(t, bits == taken);
	TABLES_ARE(t, used == taken);
}

static inline void
tables_hosts(struct tables *t)
{
	struct nat	*nat = t->nat;
	struct host	*h;
	uint32_t	 live = 0, n, spare = 0;

	for (n = 1; n < nat->host_fresh; n++) {
		h = &nat->hosts[n];
		if (h->family == 0)
			continue;
		live++;
		TABLES_ARE(t, host_find(nat, h->family, h->zone, h->inside) ==
		    n);
		TABLES_ARE(t, h->sessions == t->host_sessions[n]);
		TABLES_ARE(t, h->mappings == t->host_mappings[n]);
		/* Nobody is remembered who has nothing. */
		TABLES_ARE(t, h->sessions + h->mappings > 0);
		tables_use(t, h->family, h->inside);
		if (h->bound)
			tables_use(t, h->family, h->outside);
	}
	for (n = nat->host_free; n != 0; n = nat->hosts[n].next)
		spare++;
	TABLES_ARE(t, live == nat->counts.hosts);
	TABLES_ARE(t, live + spare == nat->host_fresh - 1);
}

static inline void
tables_addresses(struct tables *t)
{
	struct nat	*nat = t->nat;
	uint32_t	 found, live = 0, n, spare = 0;

	for (n = 1; n <= nat->noutsides; n++)
		tables_use(t, nat->outsides[n].family,
		    nat->outsides[n].address);
	for (n = nat->address_free; n != 0; n = nat->addresses[n].next) {
		TABLES_ARE(t, nat->addresses[n].users == 0);
		TABLES_ARE(t, t->users[n] == 0);
		spare++;
	}
	for (n = 1; n < nat->address_fresh; n++) {
		TABLES_ARE(t, nat->addresses[n].users == t->users[n]);
		if (t->users[n] == 0)
			continue;
		live++;
		TABLES_ARE(t, address_find(nat, 6, nat->addresses[n].bytes,
		    &found) && found == n);
	}
	TABLES_ARE(t, live + spare == nat->address_fresh - 1);
}

static inline void
tables_wheel(struct tables *t)
{
	struct nat	*nat = t->nat;
	uint32_t	 before, n;
	unsigned int	 slot;

	for (slot = 0; slot < WHEEL_NEAR + WHEEL_FAR; slot++) {
		before = WHEEL_SLOT | slot;
		for (n = nat->wheel.slots[slot]; n != 0;
		    n = nat->rests[n].next) {
			TABLES_ARE(t, nat->rests[n].prev == before);
			TABLES_ARE(t, nat->sessions[n].family != 0);
			if (t->places[n]++ > 0)
				return;
			before = n;
		}
		TABLES_ARE(t, (nat->wheel.slots[slot] != 0) ==
		    (nat->wheel.used[slot / 64] >> slot % 64 & 1));
	}
}

/* NULL, or what should be and is not. */
static inline const char *
tables_wrong(struct nat *nat)
{
	struct tables	 t;

	memset(&t, 0, sizeof(t));
	t.nat = nat;
	t.users = calloc(nat->address_fresh + 1, sizeof(*t.users));
	t.of_mapping = calloc(nat->mapping_fresh + 1, sizeof(*t.of_mapping));
	t.host_sessions = calloc(nat->host_fresh + 1, sizeof(uint32_t));
	t.host_mappings = calloc(nat->host_fresh + 1, sizeof(uint32_t));
	t.places = calloc(nat->session_fresh + 1, sizeof(*t.places));
	if (t.users == NULL || t.of_mapping == NULL || t.places == NULL ||
	    t.host_sessions == NULL || t.host_mappings == NULL)
		abort();
	tables_wheel(&t);
	tables_sessions(&t);
	tables_mappings(&t);
	tables_hosts(&t);
	tables_addresses(&t);
	free(t.users);
	free(t.of_mapping);
	free(t.host_sessions);
	free(t.host_mappings);
	free(t.places);
	return (t.wrong);
}

#endif
