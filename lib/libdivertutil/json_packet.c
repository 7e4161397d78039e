/* SPDX-License-Identifier: ISC */

/*
 * The members of a packet's record that do not depend on its protocol.  Names
 * of protocols are those of Suricata, which has them from protocols(5).
 */

#include "compat.h"

#include "json_packet.h"
#include "packet_int.h"

static char *
put_number(char *p, const struct json_key *key, uint64_t v)
{
	return (divert_json_number(json_put_key(p, key), v));
}

/* Names are short, and need not have an end. */
static char *
put_ifname(char *p, const struct json_key *key, const char *name)
{
	size_t	 len;

	for (len = 0; len < DIVERT_IFNAME_SIZE && name[len] != '\0'; len++)
		;
	return (divert_json_string(json_put_key(p, key), name, len));
}

char *
divert_json_address(char *p, const uint8_t *address, int version)
{
	*p++ = '"';
	p = version == 4 ? divert_json_ipv4(p, address) :
	    divert_json_ipv6(p, address);
	*p++ = '"';
	return (p);
}

char *
divert_json_proto_name(char *p, uint8_t proto)
{
#define NAME(s)	{ "\"" s "\"", sizeof("\"" s "\"") - 1 }
	static const struct {
		char		 text[15];
		uint8_t		 len;
	} names[256] = {
		[PROTO_ICMP] = NAME("ICMP"), [PROTO_IGMP] = NAME("IGMP"),
		[PROTO_IPV4] = NAME("IPv4"), [PROTO_TCP] = NAME("TCP"),
		[PROTO_UDP] = NAME("UDP"), [PROTO_IPV6] = NAME("IPv6"),
		[PROTO_GRE] = NAME("GRE"), [PROTO_ESP] = NAME("ESP"),
		[PROTO_AH] = NAME("AH"), [PROTO_ICMPV6] = NAME("IPv6-ICMP"),
		[88] = NAME("EIGRP"), [PROTO_OSPF] = NAME("OSPFIGP"),
		[PROTO_PIM] = NAME("PIM"), [PROTO_VRRP] = NAME("VRRP"),
		[PROTO_SCTP] = NAME("SCTP"), [PROTO_UDPLITE] = NAME("UDPLite"),
	};
#undef NAME

	if (names[proto].len != 0) {
		memcpy(p, names[proto].text, sizeof(names[proto].text));
		return (p + names[proto].len);
	}
	*p++ = '"';
	p = divert_json_number(p, proto);
	*p++ = '"';
	return (p);
}

char *
divert_json_timestamp(char *p, const struct json_key *key,
    struct json_packet *j)
{
	p = json_put_key(p, key);
	*p++ = '"';
	p = divert_json_time(p, j->clock, &j->pkt->time, j->digits);
	*p++ = '"';
	return (p);
}

/* EVE means the interface a packet came in by. */
char *
divert_json_in_iface(char *p, const struct json_key *key,
    struct json_packet *j)
{
	if (j->pkt->direction != DIVERT_DIRECTION_IN ||
	    j->pkt->ifname[0] == '\0')
		return (p);
	return (put_ifname(p, key, j->pkt->ifname));
}

static char *
put_side(char *p, const struct json_key *key, const struct json_packet *j,
    enum divert_side side)
{
	const uint8_t	*address;

	address = divert_packet_address(j->pkt->data, j->layout, side);
	if (address == NULL)
		return (p);
	return (divert_json_address(json_put_key(p, key), address,
	    j->layout->version));
}

/* ICMP's identifier is no port here. */
static char *
put_port(char *p, const struct json_key *key, const struct json_packet *j,
    enum divert_side side)
{
	int	 port;

	switch (j->layout->proto) {
	case PROTO_TCP:
	case PROTO_UDP:
	case PROTO_UDPLITE:
	case PROTO_SCTP:
		break;
	default:
		return (p);
	}
	port = divert_packet_port(j->pkt->data, j->layout, side);
	if (port == -1)
		return (p);
	return (put_number(p, key, (uint64_t)port));
}

char *
divert_json_src_ip(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_side(p, key, j, DIVERT_SOURCE));
}

char *
divert_json_src_port(char *p, const struct json_key *key,
    struct json_packet *j)
{
	return (put_port(p, key, j, DIVERT_SOURCE));
}

char *
divert_json_dest_ip(char *p, const struct json_key *key,
    struct json_packet *j)
{
	return (put_side(p, key, j, DIVERT_DESTINATION));
}

char *
divert_json_dest_port(char *p, const struct json_key *key,
    struct json_packet *j)
{
	return (put_port(p, key, j, DIVERT_DESTINATION));
}

char *
divert_json_proto(char *p, const struct json_key *key, struct json_packet *j)
{
	if (divert_packet_address(j->pkt->data, j->layout, DIVERT_SOURCE) ==
	    NULL)
		return (p);
	return (divert_json_proto_name(json_put_key(p, key),
	    j->layout->proto));
}

char *
divert_json_ip_v(char *p, const struct json_key *key, struct json_packet *j)
{
	if (j->layout->version == 0)
		return (p);
	return (put_number(p, key, j->layout->version));
}

/* The version of the schema: keys are only added within one. */
char *
divert_json_v(char *p, const struct json_key *key, struct json_packet *j)
{
	(void)j;
	return (put_number(p, key, 1));
}

char *
divert_json_src(char *p, const struct json_key *key, struct json_packet *j)
{
	if (j->src_len == 0)
		return (p);
	return (json_bytes(json_put_key(p, key), j->src, j->src_len));
}

char *
divert_json_dir(char *p, const struct json_key *key, struct json_packet *j)
{
	if (j->pkt->direction == DIVERT_DIRECTION_IN)
		return (json_literal(json_put_key(p, key), "\"in\""));
	if (j->pkt->direction == DIVERT_DIRECTION_OUT)
		return (json_literal(json_put_key(p, key), "\"out\""));
	return (p);
}

char *
divert_json_pkt_id(char *p, const struct json_key *key, struct json_packet *j)
{
	if ((j->pkt->flags & DIVERT_PACKET_HAS_ID) == 0)
		return (p);
	return (put_number(p, key, j->pkt->id));
}

char *
divert_json_len(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_number(p, key, j->pkt->wirelen > j->pkt->len ?
	    j->pkt->wirelen : j->pkt->len));
}

char *
divert_json_caplen(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_number(p, key, j->caplen));
}

char *
divert_json_rule(char *p, const struct json_key *key, struct json_packet *j)
{
	if ((j->pkt->flags & DIVERT_PACKET_HAS_RULE) == 0)
		return (p);
	return (put_number(p, key, j->pkt->rule));
}

char *
divert_json_mark(char *p, const struct json_key *key, struct json_packet *j)
{
	if ((j->pkt->flags & DIVERT_PACKET_HAS_MARK) == 0)
		return (p);
	return (put_number(p, key, j->pkt->mark));
}

char *
divert_json_queue(char *p, const struct json_key *key, struct json_packet *j)
{
	if ((j->pkt->flags & DIVERT_PACKET_HAS_QUEUE) == 0)
		return (p);
	return (put_number(p, key, j->pkt->queue));
}

/* Numbers stay below 2^53: readers keep them in doubles. */
char *
divert_json_drops(char *p, const struct json_key *key, struct json_packet *j)
{
	if ((j->pkt->flags & DIVERT_PACKET_HAS_DROPS) == 0)
		return (p);
	return (put_number(p, key,
	    j->pkt->drops & ((UINT64_C(1) << 53) - 1)));
}

char *
divert_json_sum(char *p, const struct json_key *key, struct json_packet *j)
{
	if ((j->pkt->flags & DIVERT_PACKET_NOTREADY) == 0)
		return (p);
	return (json_literal(json_put_key(p, key), "\"partial\""));
}

char *
divert_json_gso(char *p, const struct json_key *key, struct json_packet *j)
{
	if ((j->pkt->flags & DIVERT_PACKET_GSO) == 0)
		return (p);
	return (json_literal(json_put_key(p, key), "true"));
}

char *
divert_json_if(char *p, const struct json_key *key, struct json_packet *j)
{
	if (j->pkt->ifname[0] == '\0')
		return (p);
	return (put_ifname(p, key, j->pkt->ifname));
}
