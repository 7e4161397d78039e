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

struct community_cache {
	uint16_t	 seed;
	struct {
		uint8_t	 bytes[38];	/* as hashed, seed apart; and their */
		uint8_t	 len;		/* number; 0: nothing here */
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
	order = memcmp(tuple->src, tuple->dst, tuple->version == 4 ? 4 : 16);
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

/* bytes: of serialize(), and two of room before them. */
static void
digest_bytes(uint8_t *bytes, size_t len, uint16_t seed, uint8_t *digest)
{
	put_port(bytes, seed);
	sha1(bytes, len + 2, digest);
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

	digest_bytes(bytes, serialize(tuple, bytes + 2), seed, digest);
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

/*
 * No secret: whoever makes tuples collide here makes others pay for a hash, as
 * he could with tuples that do not.
 */
static size_t
cache_index(const uint8_t *bytes)
{
	uint64_t	 hash = 0, word;
	size_t		 i;

	/* Zeros to the end, so whole words will do. */
	for (i = 0; i < 40; i += 8) {
		memcpy(&word, bytes + i, 8);
		hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
		hash ^= hash >> 32;
	}
	return ((size_t)hash % ENTRIES);
}

const char *
community_cache_get(struct community_cache *cache, const uint8_t *data,
    const struct divert_layout *layout)
{
	struct community_tuple	 tuple;
	uint8_t			 bytes[2 + 40], digest[SHA1_SIZE];
	size_t			 i, len;

	if (community_tuple(data, layout, &tuple) == -1)
		return (NULL);
	memset(bytes, 0, sizeof(bytes));
	len = serialize(&tuple, bytes + 2);
	i = cache_index(bytes + 2);
	if (cache->entries[i].len == len &&
	    memcmp(cache->entries[i].bytes, bytes + 2, 38) == 0)
		return (cache->entries[i].text);
	cache->entries[i].len = (uint8_t)len;
	memcpy(cache->entries[i].bytes, bytes + 2, 38);
	digest_bytes(bytes, len, cache->seed, digest);
	put_text(digest, cache->entries[i].text);
	return (cache->entries[i].text);
}

void
community_cache_free(struct community_cache *cache)
{
	free(cache);
}
