/* SPDX-License-Identifier: ISC */

/*
 * The tuples that name flows.  A hash sees the endpoints by their order as numbers,
 * whatever the host's bytes make of them: those of both directions are alike.
 */

#include "compat.h"

#include <netinet/in.h>

#include "flow_fragment.h"
#include "flow_hash.h"
#include "flow_tuple.h"

#define PROTO_SCTP	132		/* nameless on OpenBSD */
#define PROTO_UDPLITE	136

static int
has_ports(uint8_t proto)
{
	return (proto == IPPROTO_TCP || proto == IPPROTO_UDP ||
	    proto == PROTO_SCTP || proto == PROTO_UDPLITE);
}

static int
is_icmp(const struct divert_layout *layout)
{
	return (layout->proto == (layout->version == 4 ? IPPROTO_ICMP :
	    IPPROTO_ICMPV6));
}

static enum flow_kind
set_ports(struct flow_tuple *tuple, const uint8_t *data,
    const struct divert_layout *layout)
{
	const uint8_t	*l4 = data + layout->l4_off;
	int		 id;

	if (has_ports(layout->proto)) {
		if (divert_packet_port(data, layout, DIVERT_SOURCE) == -1)
			return (FLOW_PLAIN);
		tuple->src_port = (uint16_t)(l4[0] << 8 | l4[1]);
		tuple->dst_port = (uint16_t)(l4[2] << 8 | l4[3]);
		return (FLOW_PORTS);
	}
	if (!is_icmp(layout) || (layout->flags & DIVERT_LAYOUT_L4) == 0 ||
	    is_later_fragment(layout))
		return (FLOW_PLAIN);
	if (!community_icmp(layout->version, layout->icmp_type, l4[1],
	    &tuple->src_port, &tuple->dst_port))
		return (FLOW_ONE_WAY);
	if ((id = divert_packet_port(data, layout, DIVERT_SOURCE)) != -1)
		tuple->id = (uint16_t)id;
	return (FLOW_QUERY);
}

/* Whole words are written, to be read as such at once. */
static void
set_address(uint8_t *to, const uint8_t *from, int version)
{
	uint64_t	 words[2] = { 0, 0 };

	if (version == 4)
		memcpy(words, from, 4);
	else
		memcpy(words, from, 16);
	memcpy(to, words, 16);
}

int
flow_tuple_make(struct flow_tuple *tuple, const uint8_t *data,
    const struct divert_layout *layout)
{
	const uint8_t	*src;
	enum flow_kind	 kind;

	if ((src = divert_packet_address(data, layout, DIVERT_SOURCE)) == NULL)
		return (-1);
	set_address(tuple->src, src, layout->version);
	set_address(tuple->dst, divert_packet_address(data, layout,
	    DIVERT_DESTINATION), layout->version);
	tuple->src_port = tuple->dst_port = tuple->id = 0;
	tuple->proto = layout->proto;
	kind = set_ports(tuple, data, layout);
	tuple->family = (uint8_t)((unsigned int)layout->version << 4 | kind);
	return (0);
}

static uint64_t
port_words(const struct flow_tuple *tuple, int swap)
{
	uint64_t	 dst = tuple->dst_port, src = tuple->src_port;

	return ((swap ? dst << 48 | src << 32 : src << 48 | dst << 32) |
	    (uint64_t)tuple->id << 16 | (uint64_t)tuple->proto << 8 | tuple->family);
}

static uint32_t
hash4(const struct flow_tuple *tuple, const uint64_t seed[2])
{
	uint64_t	 dst, src, words[2];
	int		 swap;

	/* Half of each is 0. */
	memcpy(&src, tuple->src, sizeof(src));
	memcpy(&dst, tuple->dst, sizeof(dst));
	swap = (src > dst || (src == dst && tuple->src_port > tuple->dst_port)) &&
	    flow_tuple_kind(tuple) != FLOW_ONE_WAY;
	words[0] = swap ? (dst << 32 | dst >> 32) ^ src :
	    (src << 32 | src >> 32) ^ dst;
	words[1] = port_words(tuple, swap);
	return ((uint32_t)flow_hash(seed, words, 2));
}

static uint32_t
hash6(const struct flow_tuple *tuple, const uint64_t seed[2])
{
	uint64_t	 dst[2], src[2], words[5];
	int		 swap;

	memcpy(src, tuple->src, sizeof(src));
	memcpy(dst, tuple->dst, sizeof(dst));
	if (src[0] != dst[0])
		swap = src[0] > dst[0];
	else if (src[1] != dst[1])
		swap = src[1] > dst[1];
	else
		swap = tuple->src_port > tuple->dst_port;
	if (flow_tuple_kind(tuple) == FLOW_ONE_WAY)
		swap = 0;
	words[0] = swap ? dst[0] : src[0];
	words[1] = swap ? dst[1] : src[1];
	words[2] = swap ? src[0] : dst[0];
	words[3] = swap ? src[1] : dst[1];
	words[4] = port_words(tuple, swap);
	return ((uint32_t)flow_hash(seed, words, 5));
}

uint32_t
flow_tuple_hash(const struct flow_tuple *tuple, const uint64_t seed[2])
{
	return (flow_tuple_version(tuple) == 4 ? hash4(tuple, seed) :
	    hash6(tuple, seed));
}

void
flow_tuple_community_id(const struct flow_tuple *tuple, uint16_t seed,
    char text[COMMUNITY_ID_SIZE])
{
	struct community_tuple	 id;

	id.src = tuple->src;
	id.dst = tuple->dst;
	id.src_port = tuple->src_port;
	id.dst_port = tuple->dst_port;
	id.version = flow_tuple_version(tuple);
	id.proto = tuple->proto;
	id.flags = COMMUNITY_PORTS;
	if (flow_tuple_kind(tuple) == FLOW_ONE_WAY)
		id.flags |= COMMUNITY_ONE_WAY;
	else if (flow_tuple_kind(tuple) == FLOW_PLAIN) {
		if (id.proto == IPPROTO_TCP || id.proto == IPPROTO_UDP ||
		    id.proto == PROTO_SCTP || id.proto == IPPROTO_ICMP ||
		    id.proto == IPPROTO_ICMPV6)
			return;
		id.flags = 0;
	} else if (id.proto == PROTO_UDPLITE)
		id.flags = 0;
	community_text(&id, seed, text);
}
