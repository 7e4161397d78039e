/* SPDX-License-Identifier: ISC */

/*
 * All memory of the engine: as much as the limits in the rules say, allocated
 * once.  What every flow needs is touched here too; what only IPv6, or a pool of
 * many addresses, needs is not.
 */

#include "compat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "nat_int.h"

#define STATES_MAX	16777216u
#define OUTSIDES_MAX	1024u		/* addresses that mappings are at */

/* Keys out of the seed, each its own (splitmix64). */
static uint64_t
next_key(uint64_t *state)
{
	uint64_t	 v;

	v = *state += UINT64_C(0x9e3779b97f4a7c15);
	v = (v ^ v >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	v = (v ^ v >> 27) * UINT64_C(0x94d049bb133111eb);
	return (v ^ v >> 31);
}

static void
make_keys(struct nat *nat)
{
	uint64_t	 state[4];
	unsigned int	 i, j;

	memcpy(state, nat->options.seed, sizeof(state));
	for (i = 0; i < KEYS_MAX; i++) {
		nat->keys[i].add = next_key(&state[0]) ^ next_key(&state[1]);
		for (j = 0; j < HASH_WORDS; j++)
			nat->keys[i].multiply[j] = next_key(&state[2]) ^
			    next_key(&state[3]) ^ next_key(&state[0]);
	}
}

static int
allocate_sessions(struct nat *nat)
{
	size_t	 n = (size_t)nat->max + 1;

	nat->session_fresh = 1;
	return ((nat->sessions = pages_new(n, sizeof(*nat->sessions))) ==
	    NULL ||
	    (nat->rests = pages_new(n, sizeof(*nat->rests))) == NULL ||
	    index_new(&nat->by_inside, nat->max) == -1 ||
	    index_new(&nat->by_outside, nat->max) == -1 ? -1 : 0);
}

static int
allocate_mappings(struct nat *nat)
{
	size_t	 n = (size_t)nat->max + 1;

	nat->mapping_fresh = 1;
	return ((nat->mappings = pages_new(n, sizeof(*nat->mappings))) ==
	    NULL || index_new(&nat->mapping_by_inside, nat->max) == -1 ||
	    index_new(&nat->mapping_by_outside, nat->max) == -1 ? -1 : 0);
}

/* Hosts are fewer than their sessions, except where there are few of all. */
static int
allocate_hosts(struct nat *nat)
{
	nat->hosts_max = nat->max / 4 > 4096 ? nat->max / 4 :
	    nat->max < 4096 ? nat->max : 4096;
	nat->host_fresh = 1;
	return ((nat->hosts = pages_new((size_t)nat->hosts_max + 1,
	    sizeof(*nat->hosts))) == NULL ||
	    index_new(&nat->by_host, nat->hosts_max) == -1 ? -1 : 0);
}

/* Of IPv6: a remote for each session, and what else there is. */
static int
allocate_addresses(struct nat *nat)
{
	nat->addresses_max = nat->max + nat->max / 2 + 2 * OUTSIDES_MAX;
	nat->address_fresh = 1;
	return ((nat->addresses = pages_new((size_t)nat->addresses_max + 1,
	    sizeof(*nat->addresses))) == NULL ||
	    index_new(&nat->by_address, nat->addresses_max) == -1 ? -1 : 0);
}

static int
allocate_outsides(struct nat *nat)
{
	nat->outsides_max = OUTSIDES_MAX;
	nat->ports_max = OUTSIDES_MAX * SPACES;
	return ((nat->outsides = pages_new((size_t)nat->outsides_max + 1,
	    sizeof(*nat->outsides))) == NULL ||
	    (nat->ports = pages_new((size_t)nat->ports_max + 1,
	    sizeof(*nat->ports))) == NULL ||
	    index_new(&nat->by_outside_address, nat->outsides_max) == -1 ?
	    -1 : 0);
}

static void
free_tables(struct nat *nat)
{
	size_t	 n = (size_t)nat->max + 1;

	pages_free(nat->sessions, n, sizeof(*nat->sessions));
	pages_free(nat->rests, n, sizeof(*nat->rests));
	pages_free(nat->mappings, n, sizeof(*nat->mappings));
	pages_free(nat->hosts, (size_t)nat->hosts_max + 1,
	    sizeof(*nat->hosts));
	pages_free(nat->addresses, (size_t)nat->addresses_max + 1,
	    sizeof(*nat->addresses));
	pages_free(nat->outsides, (size_t)nat->outsides_max + 1,
	    sizeof(*nat->outsides));
	pages_free(nat->ports, (size_t)nat->ports_max + 1,
	    sizeof(*nat->ports));
}

static void
touch(struct nat *nat)
{
	size_t	 n = (size_t)nat->max + 1;

	pages_touch(nat->sessions, n, sizeof(*nat->sessions));
	pages_touch(nat->rests, n, sizeof(*nat->rests));
	pages_touch(nat->mappings, n, sizeof(*nat->mappings));
	pages_touch(nat->hosts, (size_t)nat->hosts_max + 1,
	    sizeof(*nat->hosts));
	index_touch(&nat->by_inside);
	index_touch(&nat->by_outside);
	index_touch(&nat->mapping_by_inside);
	index_touch(&nat->mapping_by_outside);
	index_touch(&nat->by_host);
	pages_touch(nat->ports, SPACES + 1, sizeof(*nat->ports));
}

static int
allocate(struct nat *nat, const struct rules *rules)
{
	if (allocate_sessions(nat) == -1 || allocate_mappings(nat) == -1 ||
	    allocate_hosts(nat) == -1 || allocate_addresses(nat) == -1 ||
	    allocate_outsides(nat) == -1 || syns_new(nat) == -1 ||
	    rules_use(nat, rules) == -1)
		return (-1);
	if (rules->settings.filtering == FILTERING_ADDRESS_DEPENDENT &&
	    permits_new(nat) == -1)
		return (-1);
	return (errors_new(nat) == -1 || fragments_new(nat) == -1 ? -1 : 0);
}

struct nat *
nat_new(const struct rules *rules, const struct nat_options *options)
{
	struct nat	*nat;
	unsigned int	 states = rules->settings.limit[LIMIT_STATES];

	if ((nat = calloc(1, sizeof(*nat))) == NULL)
		return (NULL);
	nat->options = *options;
	nat->rules = rules;
	nat->max = states > STATES_MAX ? STATES_MAX : states > 0 ? states : 1;
	nat->random_at = RANDOM_BYTES;
	nat->current = SESSION_CURRENT;
	make_keys(nat);
	if (allocate(nat, rules) == -1) {
		nat_free(nat);
		errno = ENOMEM;
		return (NULL);
	}
	touch(nat);
	return (nat);
}

void
nat_free(struct nat *nat)
{
	if (nat == NULL)
		return;
	fragments_free(nat);
	errors_free(nat);
	permits_free(nat);
	syns_free(nat);
	rules_unuse(nat);
	free_tables(nat);
	index_free(&nat->by_inside);
	index_free(&nat->by_outside);
	index_free(&nat->mapping_by_inside);
	index_free(&nat->mapping_by_outside);
	index_free(&nat->by_host);
	index_free(&nat->by_address);
	index_free(&nat->by_outside_address);
	free(nat);
}
