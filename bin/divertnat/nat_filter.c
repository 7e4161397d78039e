/* SPDX-License-Identifier: ISC */

/*
 * Address-dependent filtering (RFC 4787 5): how many sessions a mapping has
 * with a remote address.  Kept only while the rules want it.
 */

#include "compat.h"

#include <stdlib.h>
#include <string.h>

#include "nat_int.h"

struct permit {
	uint32_t	 mapping;	/* 0: a free place */
	uint32_t	 remote;
	uint32_t	 sessions;
	uint32_t	 next;		/* free list */
};

struct permits {
	struct permit	*permits;
	struct index	 ix;
	uint32_t	 free_place;
	uint32_t	 fresh;
};

static uint32_t
permit_hash(const struct nat *nat, uint32_t mapping, uint32_t remote)
{
	uint32_t	 words[2];

	words[0] = mapping;
	words[1] = remote;
	return (hash_words(&nat->keys[KEYS_PERMIT], words, 2));
}

static uint32_t
find(const struct nat *nat, uint32_t hash, uint32_t mapping, uint32_t remote)
{
	const struct permits	*permits = nat->permits;
	uint32_t		 at = index_home(&permits->ix, hash), n;

	while ((n = index_next(&permits->ix, hash, &at)) != 0 &&
	    (permits->permits[n].mapping != mapping ||
	    permits->permits[n].remote != remote))
		continue;
	return (n);
}

/* Those of the sessions that are there already. */
static void
count_sessions(struct nat *nat)
{
	const struct session	*s;
	uint32_t		 n;

	for (n = 1; n < nat->session_fresh; n++) {
		s = &nat->sessions[n];
		if (s->family != 0 && s->mapping != 0)
			permit_more(nat, s->mapping, s->remote);
	}
}

int
permits_new(struct nat *nat)
{
	struct permits	*permits;

	if ((permits = calloc(1, sizeof(*permits))) == NULL)
		return (-1);
	permits->permits = calloc((size_t)nat->max + 1,
	    sizeof(*permits->permits));
	if (permits->permits == NULL ||
	    index_new(&permits->ix, nat->max) == -1) {
		free(permits->permits);
		free(permits);
		return (-1);
	}
	permits->fresh = 1;
	nat->permits = permits;
	count_sessions(nat);
	return (0);
}

void
permits_free(struct nat *nat)
{
	if (nat->permits == NULL)
		return;
	free(nat->permits->permits);
	index_free(&nat->permits->ix);
	free(nat->permits);
	nat->permits = NULL;
}

void
permit_more(struct nat *nat, uint32_t mapping, uint32_t remote)
{
	struct permits	*permits = nat->permits;
	struct permit	*permit;
	uint32_t	 hash = permit_hash(nat, mapping, remote), n;

	if ((n = find(nat, hash, mapping, remote)) == 0) {
		/* There are no more of them than sessions. */
		if ((n = permits->free_place) != 0)
			permits->free_place = permits->permits[n].next;
		else
			n = permits->fresh++;
		permit = &permits->permits[n];
		memset(permit, 0, sizeof(*permit));
		permit->mapping = mapping;
		permit->remote = remote;
		index_insert(&permits->ix, hash, n);
	}
	permits->permits[n].sessions++;
}

void
permit_less(struct nat *nat, uint32_t mapping, uint32_t remote)
{
	struct permits	*permits = nat->permits;
	uint32_t	 hash = permit_hash(nat, mapping, remote), n;

	n = find(nat, hash, mapping, remote);
	if (n == 0 || --permits->permits[n].sessions > 0)
		return;
	index_remove(&permits->ix, hash, n);
	permits->permits[n].mapping = 0;
	permits->permits[n].next = permits->free_place;
	permits->free_place = n;
}

int
permitted(const struct nat *nat, uint32_t mapping, uint32_t remote)
{
	return (nat->permits != NULL && find(nat, permit_hash(nat, mapping,
	    remote), mapping, remote) != 0);
}
