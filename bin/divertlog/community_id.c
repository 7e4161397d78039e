/* SPDX-License-Identifier: ISC */

/*
 * Community ID version 1.  The bytes hashed are seed, source, destination,
 * protocol, 0, and the two ports where there are ports, all big endian and the
 * lesser endpoint first.
 *
 * ICMP inside IPv6 and ICMPv6 inside IPv4 are nothing the parser reads: types
 * unknown, no id.  UDP-Lite has ports, but not in the eyes of those who wrote
 * the others: its id is of the addresses.
 */

#include "compat.h"

#include <netinet/in.h>

#include <stdlib.h>
#include <string.h>

#include "community_id.h"
#include "json_write.h"
#include "sha1.h"

#define PROTO_SCTP	132		/* nameless on OpenBSD */
#define ENTRIES		4096u
#define WORDS		5

struct community_cache {
	uint16_t	 seed;
	struct {
		uint64_t words[WORDS];	/* of make_words(); all 0: nothing */
		char	 text[COMMUNITY_ID_SIZE];
	} entries[ENTRIES];
};

int
community_icmp(int version, uint8_t type, uint8_t code, uint16_t *src_port,
    uint16_t *dst_port)
{
	static const uint8_t	 pairs[][3] = {
		{ 4, 0, 8 },		/* echo reply, echo */
		{ 4, 9, 10 },		/* router advertisement, solicitation */
		{ 4, 13, 14 },		/* timestamp, reply */
		{ 4, 15, 16 },		/* information, reply */
		{ 4, 17, 18 },		/* address mask, reply */
		{ 6, 128, 129 },	/* echo, reply */
		{ 6, 130, 131 },	/* listener query, report */
		{ 6, 133, 134 },	/* router solicitation, advertisement */
		{ 6, 135, 136 },	/* neighbour, likewise */
		{ 6, 139, 140 },	/* node information query, response */
		{ 6, 144, 145 },	/* home agent discovery, reply */
	};
	size_t			 i;

	*src_port = type;
	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (pairs[i][0] != version)
			continue;
		if (pairs[i][1] == type || pairs[i][2] == type) {
			*dst_port = pairs[i][1] == type ? pairs[i][2] :
			    pairs[i][1];
			return (1);
		}
	}
	*dst_port = code;
	return (0);
}

int
community_tuple(const uint8_t *data, const struct divert_layout *layout,
    struct community_tuple *tuple)
{
	int	 dst, src;

	if ((tuple->src = divert_packet_address(data, layout,
	    DIVERT_SOURCE)) == NULL)
		return (-1);
	if ((layout->flags & (DIVERT_LAYOUT_FRAGMENT | DIVERT_LAYOUT_FIRST)) ==
	    DIVERT_LAYOUT_FRAGMENT)
		return (-1);
	tuple->dst = divert_packet_address(data, layout, DIVERT_DESTINATION);
	tuple->version = layout->version;
	tuple->proto = layout->proto;
	tuple->flags = COMMUNITY_PORTS;
	switch (layout->proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case PROTO_SCTP:
		src = divert_packet_port(data, layout, DIVERT_SOURCE);
		dst = divert_packet_port(data, layout, DIVERT_DESTINATION);
		if (src == -1 || dst == -1)
			return (-1);
		tuple->src_port = (uint16_t)src;
		tuple->dst_port = (uint16_t)dst;
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		if ((layout->flags & DIVERT_LAYOUT_L4) == 0)
			return (-1);
		if (!community_icmp(layout->version, layout->icmp_type,
		    data[layout->l4_off + 1], &tuple->src_port,
		    &tuple->dst_port))
			tuple->flags |= COMMUNITY_ONE_WAY;
		break;
	default:
		tuple->src_port = tuple->dst_port = 0;
		tuple->flags = 0;
		break;
	}
	return (0);
}

int
community_ordered(const struct community_tuple *tuple)
{
	int	 order;

	if (tuple->flags & COMMUNITY_ONE_WAY)
		return (1);
	if (tuple->version == 4)
		order = memcmp(tuple->src, tuple->dst, 4);
	else
		order = memcmp(tuple->src, tuple->dst, 16);
	return (order < 0 || (order == 0 &&
	    tuple->src_port <= tuple->dst_port));
}

static uint8_t *
put(uint8_t *p, const void *bytes, size_t len)
{
	memcpy(p, bytes, len);
	return (p + len);
}

static uint8_t *
put_port(uint8_t *p, uint16_t v)
{
	*p++ = (uint8_t)(v >> 8);
	*p++ = (uint8_t)v;
	return (p);
}

/* What is hashed after the seed, at most 38 bytes; returns how many. */
static size_t
serialize(const struct community_tuple *tuple, uint8_t *bytes)
{
	size_t	 len = tuple->version == 4 ? 4 : 16;
	uint8_t	*p = bytes;
	int	 ordered = community_ordered(tuple);

	p = put(p, ordered ? tuple->src : tuple->dst, len);
	p = put(p, ordered ? tuple->dst : tuple->src, len);
	*p++ = tuple->proto;
	*p++ = 0;
	if (tuple->flags & COMMUNITY_PORTS) {
		p = put_port(p, ordered ? tuple->src_port : tuple->dst_port);
		p = put_port(p, ordered ? tuple->dst_port : tuple->src_port);
	}
	return ((size_t)(p - bytes));
}

static void
put_text(const uint8_t *digest, char *text)
{
	char	*p;

	p = json_literal(text, "1:");
	p = divert_json_base64(p, digest, COMMUNITY_DIGEST_SIZE);
	*p = '\0';
}

void
community_digest(const struct community_tuple *tuple, uint16_t seed,
    uint8_t digest[COMMUNITY_DIGEST_SIZE])
{
	uint8_t	 bytes[40];
	size_t	 len;

	put_port(bytes, seed);
	len = serialize(tuple, bytes + 2);
	sha1(bytes, len + 2, digest);
}

void
community_text(const struct community_tuple *tuple, uint16_t seed,
    char text[COMMUNITY_ID_SIZE])
{
	uint8_t	 digest[COMMUNITY_DIGEST_SIZE];

	community_digest(tuple, seed, digest);
	put_text(digest, text);
}

struct community_cache *
community_cache_new(uint16_t seed)
{
	struct community_cache	*cache;

	if ((cache = calloc(1, sizeof(*cache))) == NULL)
		return (NULL);
	cache->seed = seed;
	return (cache);
}

/* The tuple in numbers: each its own; those of both directions are alike. */
static void
make_words(const struct community_tuple *tuple, uint64_t words[WORDS])
{
	const uint8_t	*dst = tuple->dst, *src = tuple->src;
	uint64_t	 dst_port = tuple->dst_port, src_port = tuple->src_port;
	uint32_t	 halves[2];

	if (!community_ordered(tuple)) {
		dst = tuple->src;
		src = tuple->dst;
		dst_port = tuple->src_port;
		src_port = tuple->dst_port;
	}
	words[0] = src_port << 48 | dst_port << 32 |
	    (uint64_t)tuple->version << 16 | (uint64_t)tuple->proto << 8 |
	    tuple->flags;
	if (tuple->version == 4) {
		memcpy(&halves[0], src, 4);
		memcpy(&halves[1], dst, 4);
		words[1] = (uint64_t)halves[0] << 32 | halves[1];
		words[2] = words[3] = words[4] = 0;
	} else {
		memcpy(words + 1, src, 16);
		memcpy(words + 3, dst, 16);
	}
}

/*
 * No secret: whoever makes tuples collide here makes others pay for a hash, as
 * he could with tuples that do not.
 */
static size_t
cache_index(const uint64_t words[WORDS])
{
	uint64_t	 hash;

	hash = words[0] * 0x9e3779b97f4a7c15u + words[1] * 0xc2b2ae3d27d4eb4fu +
	    words[2] * 0x165667b19e3779f9u + words[3] * 0xd6e8feb86659fd93u +
	    words[4] * 0xff51afd7ed558ccdu;
	hash ^= hash >> 32;
	return ((size_t)(hash * 0x9e3779b97f4a7c15u >> 32) % ENTRIES);
}

const char *
community_cache_get(struct community_cache *cache, const uint8_t *data,
    const struct divert_layout *layout)
{
	struct community_tuple	 tuple;
	uint64_t		*known, words[WORDS];
	size_t			 i;

	if (community_tuple(data, layout, &tuple) == -1)
		return (NULL);
	make_words(&tuple, words);
	i = cache_index(words);
	known = cache->entries[i].words;
	if (((known[0] ^ words[0]) | (known[1] ^ words[1]) |
	    (known[2] ^ words[2]) | (known[3] ^ words[3]) |
	    (known[4] ^ words[4])) != 0) {
		memcpy(known, words, sizeof(words));
		community_text(&tuple, cache->seed, cache->entries[i].text);
	}
	return (cache->entries[i].text);
}

void
community_cache_free(struct community_cache *cache)
{
	free(cache);
}
