/* SPDX-License-Identifier: ISC */

/*
 * A datagram has one place, by a hash of its name: one that comes there later
 * takes it.
 */

#include "compat.h"

#include <stdlib.h>
#include <string.h>

#include "flow_fragment.h"
#include "flow_hash.h"

#define FRAGMENT_TIME	INT64_C(30000000000)

/* What names a datagram; no byte of it is padding. */
struct datagram {
	uint8_t		 src[16];
	uint8_t		 dst[16];
	uint32_t	 id;
	uint16_t	 proto;		/* of the IPv4 header */
	uint16_t	 version;
};

struct fragment {
	struct datagram	 datagram;
	struct flow_place place;
	int		 known;
	int64_t		 seen;
};

struct flow_fragments {
	uint64_t	 seed[2];
	struct fragment	 fragments[FLOW_FRAGMENTS];
};

struct flow_fragments *
flow_fragments_new(const uint64_t seed[2])
{
	struct flow_fragments	*table;

	if ((table = calloc(1, sizeof(*table))) == NULL)
		return (NULL);
	memcpy(table->seed, seed, sizeof(table->seed));
	return (table);
}

void
flow_fragments_free(struct flow_fragments *table)
{
	free(table);
}

void
flow_fragments_forget(struct flow_fragments *table)
{
	unsigned int	 i;

	for (i = 0; i < FLOW_FRAGMENTS; i++)
		table->fragments[i].known = 0;
}

static void
name_datagram(struct datagram *name, const uint8_t *data,
    const struct divert_layout *layout, const struct flow_tuple *key)
{
	memcpy(name->src, key->src, sizeof(name->src));
	memcpy(name->dst, key->dst, sizeof(name->dst));
	name->id = layout->frag_id;
	name->version = layout->version;
	/* RFC 791 has the protocol in the name of a datagram, RFC 8200 not. */
	name->proto = layout->version == 4 ? data[9] : 0;
}

static unsigned int
find_place(const struct flow_fragments *table, const struct datagram *name)
{
	uint64_t	 words[5];

	memcpy(words, name, sizeof(words));
	return ((unsigned int)(flow_hash(table->seed, words, 5) %
	    FLOW_FRAGMENTS));
}

void
flow_fragments_learn(struct flow_fragments *table, const uint8_t *data,
    const struct divert_layout *layout, const struct flow_tuple *key,
    const struct flow_place *place, int64_t now)
{
	struct fragment	*fragment;
	struct datagram	 name;

	name_datagram(&name, data, layout, key);
	fragment = &table->fragments[find_place(table, &name)];
	fragment->datagram = name;
	fragment->place = *place;
	fragment->known = 1;
	fragment->seen = now;
}

const struct flow_place *
flow_fragments_find(const struct flow_fragments *table, const uint8_t *data,
    const struct divert_layout *layout, const struct flow_tuple *key,
    int64_t now)
{
	const struct fragment	*fragment;
	struct datagram		 name;

	name_datagram(&name, data, layout, key);
	fragment = &table->fragments[find_place(table, &name)];
	if (!fragment->known || now - fragment->seen > FRAGMENT_TIME ||
	    memcmp(&fragment->datagram, &name, sizeof(name)) != 0)
		return (NULL);
	return (&fragment->place);
}
