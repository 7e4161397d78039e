/* SPDX-License-Identifier: ISC */

/*
 * The allocator: for each outside address and protocol a map of its ports, a
 * bit each, and above it a bit for each word in which nothing is left.  Even
 * and odd ports are summed up apart, so that the search keeps the parity and
 * still finds the last free port in a few steps.
 */

#include "compat.h"

#include <string.h>

#include "nat_int.h"

/* Addresses looked at for one that is in use no more. */
#define OUTSIDE_LOOKS	16

static const uint64_t	 parity_mask[] = {
	UINT64_C(0x5555555555555555),
	UINT64_C(0xaaaaaaaaaaaaaaaa),
	UINT64_MAX
};

/* The first word from w on that has something free; PORT_WORDS: none. */
static unsigned int
next_word(const struct ports *set, unsigned int w, enum port_parity parity)
{
	uint64_t	 free_words, full;
	unsigned int	 i;

	for (i = w / 64; i < PORT_WORDS / 64; i++) {
		full = parity == PARITY_ANY ?
		    set->full[0][i] & set->full[1][i] : set->full[parity][i];
		free_words = ~full;
		if (i == w / 64)
			free_words &= UINT64_MAX << w % 64;
		if (free_words != 0)
			return (i * 64 +
			    (unsigned int)__builtin_ctzll(free_words));
	}
	return (PORT_WORDS);
}

/* The first free port of [low, high]; 0: none. */
static unsigned int
scan(const struct ports *set, unsigned int low, unsigned int high,
    enum port_parity parity)
{
	uint64_t	 free_ports;
	unsigned int	 port, w = low / 64;

	free_ports = ~set->taken[w] & parity_mask[parity] &
	    UINT64_MAX << low % 64;
	while (free_ports == 0) {
		w = next_word(set, w + 1, parity);
		if (w * 64 > high || w == PORT_WORDS)
			return (0);
		free_ports = ~set->taken[w] & parity_mask[parity];
	}
	port = w * 64 + (unsigned int)__builtin_ctzll(free_ports);
	return (port <= high ? port : 0);
}

unsigned int
ports_find(const struct ports *set, unsigned int low, unsigned int high,
    unsigned int start, enum port_parity parity)
{
	unsigned int	 port;

	if (low == 0)
		low = 1;
	if (low > high)
		return (0);
	if (start < low || start > high)
		start = low;
	if ((port = scan(set, start, high, parity)) == 0 && start > low)
		port = scan(set, low, start - 1, parity);
	return (port);
}

int
ports_taken(const struct ports *set, unsigned int port)
{
	return ((int)(set->taken[port / 64] >> port % 64 & 1));
}

void
ports_take(struct ports *set, unsigned int port)
{
	unsigned int	 parity, w = port / 64;

	set->taken[w] |= UINT64_C(1) << port % 64;
	set->used++;
	parity = port % 2;
	if ((~set->taken[w] & parity_mask[parity]) == 0)
		set->full[parity][w / 64] |= UINT64_C(1) << w % 64;
}

void
ports_give(struct ports *set, unsigned int port)
{
	unsigned int	 w = port / 64;

	set->taken[w] &= ~(UINT64_C(1) << port % 64);
	set->full[port % 2][w / 64] &= ~(UINT64_C(1) << w % 64);
	set->used--;
}

static enum port_space
space_of(int proto)
{
	if (proto == PROTO_TCP)
		return (SPACE_TCP);
	return (proto == PROTO_UDP ? SPACE_UDP : SPACE_QUERY);
}

static uint32_t
outside_hash(const struct nat *nat, int family, uint32_t address)
{
	uint32_t	 words[2];

	words[0] = address;
	words[1] = (uint32_t)family;
	return (hash_words(&nat->keys[KEYS_OUTSIDE_ADDRESS], words, 2));
}

static int
is_idle(const struct nat *nat, const struct outside *outside)
{
	unsigned int	 space;

	for (space = 0; space < SPACES; space++)
		if (nat->ports[outside->ports[space]].used > 0)
			return (0);
	return (1);
}

/*
 * A place for an address: a fresh one, or that of an address of which no port
 * is taken, its empty sets with it.  Few are looked at in one call.  0: none.
 */
static uint32_t
outside_place(struct nat *nat)
{
	struct outside	*outside;
	unsigned int	 looks;
	uint32_t	 n;

	if (nat->noutsides < nat->outsides_max)
		return (++nat->noutsides);
	for (looks = 0; looks < OUTSIDE_LOOKS; looks++) {
		n = nat->outside_hand = nat->outside_hand %
		    nat->outsides_max + 1;
		outside = &nat->outsides[n];
		if (!is_idle(nat, outside))
			continue;
		index_remove(&nat->by_outside_address, outside_hash(nat,
		    outside->family, outside->address), n);
		address_less(nat, outside->family, outside->address);
		return (n);
	}
	return (0);
}

static struct outside *
outside_get(struct nat *nat, int family, uint32_t address)
{
	struct outside	*outside;
	uint32_t	 at, hash = outside_hash(nat, family, address), n;

	at = index_home(&nat->by_outside_address, hash);
	while ((n = index_next(&nat->by_outside_address, hash, &at)) != 0) {
		outside = &nat->outsides[n];
		if (outside->address == address && outside->family == family)
			return (outside);
	}
	if ((n = outside_place(nat)) == 0)
		return (NULL);
	outside = &nat->outsides[n];
	outside->address = address;
	outside->family = (uint8_t)family;
	/* It stays: an entry here keeps the address in use. */
	address_more(nat, family, address);
	index_insert(&nat->by_outside_address, hash, n);
	return (outside);
}

uint32_t
ports_of(struct nat *nat, int family, uint32_t address, int proto)
{
	struct outside	*outside;
	enum port_space	 space = space_of(proto);

	if ((outside = outside_get(nat, family, address)) == NULL)
		return (0);
	if (outside->ports[space] == 0 && nat->nports < nat->ports_max)
		outside->ports[space] = (uint16_t)++nat->nports;
	return (outside->ports[space]);
}
