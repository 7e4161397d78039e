/* SPDX-License-Identifier: ISC */

/*
 * Numbers for addresses.  An IPv4 address is its own number, as it stands in
 * the packet.  An IPv6 address has the number of its entry here as long as a
 * session, mapping or host uses it.
 */

#include "compat.h"

#include <string.h>

#include "nat_int.h"

static uint32_t
find_entry(const struct nat *nat, uint32_t hash, const uint8_t *addr)
{
	uint32_t	 at = index_home(&nat->by_address, hash), n;

	while ((n = index_next(&nat->by_address, hash, &at)) != 0 &&
	    memcmp(nat->addresses[n].bytes, addr, 16) != 0)
		continue;
	return (n);
}

int
address_find(const struct nat *nat, int family, const uint8_t *addr,
    uint32_t *number)
{
	if (family == 4) {
		memcpy(number, addr, 4);
		return (1);
	}
	*number = find_entry(nat, address_hash(nat, addr), addr);
	return (*number != 0);
}

static uint32_t
make_entry(struct nat *nat, uint32_t hash, const uint8_t *addr)
{
	struct address	*entry;
	uint32_t	 n;

	if ((n = nat->address_free) != 0)
		nat->address_free = nat->addresses[n].next;
	else if (nat->address_fresh <= nat->addresses_max)
		n = nat->address_fresh++;
	else
		return (0);
	entry = &nat->addresses[n];
	memcpy(entry->bytes, addr, sizeof(entry->bytes));
	entry->users = 0;
	index_insert(&nat->by_address, hash, n);
	return (n);
}

int
address_use(struct nat *nat, int family, const uint8_t *addr,
    uint32_t *number)
{
	uint32_t	 hash;

	if (family == 4)
		return (address_find(nat, family, addr, number));
	hash = address_hash(nat, addr);
	if ((*number = find_entry(nat, hash, addr)) == 0 &&
	    (*number = make_entry(nat, hash, addr)) == 0)
		return (0);
	nat->addresses[*number].users++;
	return (1);
}

void
address_more(struct nat *nat, int family, uint32_t number)
{
	if (family == 6)
		nat->addresses[number].users++;
}

void
address_less(struct nat *nat, int family, uint32_t number)
{
	struct address	*entry;

	if (family == 4 || number == 0)
		return;
	entry = &nat->addresses[number];
	if (--entry->users > 0)
		return;
	index_remove(&nat->by_address, address_hash(nat, entry->bytes),
	    number);
	entry->next = nat->address_free;
	nat->address_free = number;
}

const uint8_t *
address_bytes(const struct nat *nat, int family, const uint32_t *number)
{
	if (family == 4)
		return ((const uint8_t *)number);
	return (nat->addresses[*number].bytes);
}
