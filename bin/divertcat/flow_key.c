/* SPDX-License-Identifier: ISC */

#include "compat.h"

#include <netinet/in.h>

#include <string.h>

#include "flow_key.h"

static void
add_transport(const uint8_t *l4, const struct divert_layout *layout,
    struct flow_key *key)
{
	switch (layout->proto) {
	case IPPROTO_TCP:
		memcpy(&key->ports, l4, 4);
		memcpy(&key->serial, l4 + 4, 4);
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		/* type, code; identifier and sequence */
		key->ports = l4[0];
		memcpy(&key->serial, l4 + 4, 4);
		break;
	case IPPROTO_UDP:
	case 132:				/* SCTP, nameless on OpenBSD */
	case 136:				/* UDP-Lite */
		memcpy(&key->ports, l4, 4);
		break;
	}
}

int
flow_key_make(const struct divert_packet *pkt, struct flow_key *key)
{
	struct divert_layout	 layout;
	const uint8_t		*source, *destination;
	size_t			 size;

	memset(key, 0, sizeof(*key));
	/* A malformed packet is still known by what was found. */
	divert_packet_parse(pkt->data, pkt->len, &layout);
	source = divert_packet_address(pkt->data, &layout, DIVERT_SOURCE);
	destination = divert_packet_address(pkt->data, &layout,
	    DIVERT_DESTINATION);
	if (source == NULL || destination == NULL)
		return (-1);
	size = layout.version == 4 ? 4 : 16;
	memcpy(key->addresses, source, size);
	memcpy(key->addresses + 16, destination, size);
	key->proto = (uint32_t)layout.version << 8 | layout.proto;
	if (layout.version == 4)
		memcpy(&key->id, pkt->data + 4, 2);
	if (layout.flags & DIVERT_LAYOUT_FRAGMENT)
		key->id ^= layout.frag_id ^ (uint32_t)layout.frag_byte << 16;
	if ((layout.flags & DIVERT_LAYOUT_L4) && pkt->len - layout.l4_off >= 8)
		add_transport(pkt->data + layout.l4_off, &layout, key);
	return (0);
}

/* FNV-1a over 8 bytes at a time, mixed at the end. */
uint32_t
flow_hash(const void *bytes, size_t len)
{
	const uint8_t	*p = bytes;
	uint64_t	 hash = 0xcbf29ce484222325u, word;

	for (; len >= 8; p += 8, len -= 8) {
		memcpy(&word, p, 8);
		hash = (hash ^ word) * 0x100000001b3u;
		hash ^= hash >> 29;
	}
	for (; len > 0; p++, len--)
		hash = (hash ^ *p) * 0x100000001b3u;
	hash ^= hash >> 32;
	return ((uint32_t)(hash ^ hash >> 15));
}
