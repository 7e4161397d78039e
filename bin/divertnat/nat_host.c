/* SPDX-License-Identifier: ISC */

/*
 * Hosts: the subscribers, inside addresses in a zone, and what they may have.
 * A host is there as long as it has a session or a mapping.
 */

#include "compat.h"

#include <string.h>

#include "nat_int.h"

static uint32_t
host_hash(const struct nat *nat, int family, int zone, uint32_t inside)
{
	uint32_t	 words[2];

	words[0] = inside;
	words[1] = (uint32_t)(family | zone << 8);
	return (hash_words(&nat->keys[KEYS_HOST], words, 2));
}

uint32_t
host_find(const struct nat *nat, int family, int zone, uint32_t inside)
{
	const struct host	*host;
	uint32_t		 at, hash, n;

	hash = host_hash(nat, family, zone, inside);
	at = index_home(&nat->by_host, hash);
	while ((n = index_next(&nat->by_host, hash, &at)) != 0) {
		host = &nat->hosts[n];
		if (host->inside == inside && host->family == family &&
		    host->zone == zone)
			break;
	}
	return (n);
}

uint32_t
host_get(struct nat *nat, int family, int zone, uint32_t inside)
{
	struct host	*host;
	uint32_t	 n;

	if ((n = host_find(nat, family, zone, inside)) != 0)
		return (n);
	if ((n = nat->host_free) != 0)
		nat->host_free = nat->hosts[n].next;
	else if (nat->host_fresh <= nat->hosts_max)
		n = nat->host_fresh++;
	else
		return (0);
	host = &nat->hosts[n];
	memset(host, 0, sizeof(*host));
	host->inside = inside;
	host->family = (uint8_t)family;
	host->zone = (uint8_t)zone;
	host->filled = nat->tick;
	host->tokens = nat->rules->settings.limit[LIMIT_NEW_PER_HOST] * TICKS;
	address_more(nat, family, inside);
	index_insert(&nat->by_host, host_hash(nat, family, zone, inside), n);
	nat->counts.hosts++;
	return (n);
}

void
host_bind(struct nat *nat, uint32_t n, uint32_t outside)
{
	struct host	*host = &nat->hosts[n];

	host->outside = outside;
	host->bound = 1;
	address_more(nat, host->family, outside);
	host_event(nat, NAT_EVENT_ADDRESS_BOUND, n);
}

void
host_less(struct nat *nat, uint32_t n)
{
	struct host	*host = &nat->hosts[n];

	/* It may be gone already, with a session that could not be made. */
	if (host->family == 0 || host->sessions > 0 || host->mappings > 0)
		return;
	if (host->bound) {
		host_event(nat, NAT_EVENT_ADDRESS_FREED, n);
		address_less(nat, host->family, host->outside);
	}
	index_remove(&nat->by_host, host_hash(nat, host->family, host->zone,
	    host->inside), n);
	address_less(nat, host->family, host->inside);
	host->family = 0;
	host->next = nat->host_free;
	nat->host_free = n;
	nat->counts.hosts--;
}

/* Take a token of the bucket that LIMIT_NEW_PER_HOST fills. */
static int
take_token(struct nat *nat, struct host *host, unsigned int rate)
{
	uint64_t	 tokens;

	tokens = (uint64_t)host->tokens +
	    (uint64_t)(nat->tick - host->filled) * rate;
	if (tokens > (uint64_t)rate * TICKS)
		tokens = (uint64_t)rate * TICKS;
	host->filled = nat->tick;
	host->tokens = (uint32_t)tokens;
	if (tokens < TICKS)
		return (0);
	host->tokens -= TICKS;
	return (1);
}

int
host_may(struct nat *nat, uint32_t n, enum nat_reason *reason)
{
	const unsigned int	*limit = nat->rules->settings.limit;
	struct host		*host = &nat->hosts[n];

	if (nat->restoring)
		return (1);
	if (limit[LIMIT_STATES_PER_HOST] != 0 &&
	    host->sessions >= limit[LIMIT_STATES_PER_HOST])
		*reason = NAT_REASON_HOST_STATES;
	else if (limit[LIMIT_NEW_PER_HOST] != 0 &&
	    !take_token(nat, host, limit[LIMIT_NEW_PER_HOST]))
		*reason = NAT_REASON_HOST_RATE;
	else
		return (1);
	return (0);
}

void
host_event(struct nat *nat, enum nat_event_kind kind, uint32_t n)
{
	const struct host	*host = &nat->hosts[n];
	struct nat_event	 event;
	size_t			 len = host->family == 4 ? 4 : 16;

	if (nat->options.event == NULL)
		return;
	memset(&event, 0, sizeof(event));
	event.kind = kind;
	event.family = host->family;
	memcpy(event.inside.addr, address_bytes(nat, host->family,
	    &host->inside), len);
	memcpy(event.outside.addr, address_bytes(nat, host->family,
	    &host->outside), len);
	nat->options.event(nat->options.arg, &event);
}
