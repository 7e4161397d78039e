/* SPDX-License-Identifier: ISC */

/*
 * One packet as one line of JSON: the names of Suricata's EVE at the top,
 * what is this project's own under "divert", and the packet itself in base64,
 * so that a line can be read back as a packet.
 */

#include "compat.h"

#include <netinet/in.h>

#include "encode.h"

/* All but the base64: keys, two addresses, a name escaped, numbers. */
#define HEAD_MAX	1536

#ifndef IPPROTO_UDPLITE
#define IPPROTO_UDPLITE	136
#endif
#ifndef IPPROTO_SCTP
#define IPPROTO_SCTP	132
#endif

static char *
put_proto(char *p, uint8_t proto)
{
	static const char *const	 names[256] = {
		[1] = "ICMP", [2] = "IGMP", [4] = "IPv4", [6] = "TCP",
		[17] = "UDP", [41] = "IPv6", [47] = "GRE", [50] = "ESP",
		[51] = "AH", [58] = "IPv6-ICMP", [88] = "EIGRP",
		[89] = "OSPFIGP", [103] = "PIM", [112] = "VRRP",
		[132] = "SCTP", [136] = "UDPLite",
	};

	p = json_literal(p, ",\"proto\":\"");
	if (names[proto] != NULL)
		p = json_bytes(p, names[proto], strlen(names[proto]));
	else
		p = divert_json_number(p, proto);
	*p++ = '"';
	return (p);
}

static int
has_ports(const struct divert_layout *layout)
{
	return (layout->proto == IPPROTO_TCP || layout->proto == IPPROTO_UDP ||
	    layout->proto == IPPROTO_UDPLITE || layout->proto == IPPROTO_SCTP);
}

static char *
put_ip(char *p, const uint8_t *address, const struct divert_layout *layout)
{
	*p++ = '"';
	p = layout->version == 4 ? divert_json_ipv4(p, address) :
	    divert_json_ipv6(p, address);
	*p++ = '"';
	return (p);
}

static char *
put_addresses(char *p, const uint8_t *data,
    const struct divert_layout *layout)
{
	const uint8_t	*address;
	int		 port;

	if ((address = divert_packet_address(data, layout, DIVERT_SOURCE)) !=
	    NULL) {
		p = json_literal(p, ",\"src_ip\":");
		p = put_ip(p, address, layout);
	}
	if (has_ports(layout) &&
	    (port = divert_packet_port(data, layout, DIVERT_SOURCE)) != -1) {
		p = json_literal(p, ",\"src_port\":");
		p = divert_json_number(p, (uint64_t)port);
	}
	if ((address = divert_packet_address(data, layout,
	    DIVERT_DESTINATION)) != NULL) {
		p = json_literal(p, ",\"dest_ip\":");
		p = put_ip(p, address, layout);
	}
	if (has_ports(layout) && (port = divert_packet_port(data, layout,
	    DIVERT_DESTINATION)) != -1) {
		p = json_literal(p, ",\"dest_port\":");
		p = divert_json_number(p, (uint64_t)port);
	}
	return (p);
}

static char *
put_divert(char *p, const struct divert_encoder *enc,
    const struct divert_packet *pkt)
{
	p = json_literal(p, ",\"divert\":{\"v\":1");
	if (enc->name[0] != '\0') {
		p = json_literal(p, ",\"src\":");
		p = divert_json_string(p, enc->name, strlen(enc->name));
	}
	if (pkt->direction == DIVERT_DIRECTION_IN)
		p = json_literal(p, ",\"dir\":\"in\"");
	else if (pkt->direction == DIVERT_DIRECTION_OUT)
		p = json_literal(p, ",\"dir\":\"out\"");
	if (pkt->flags & DIVERT_PACKET_HAS_ID) {
		p = json_literal(p, ",\"pkt_id\":");
		p = divert_json_number(p, pkt->id);
	}
	p = json_literal(p, ",\"len\":");
	p = divert_json_number(p,
	    pkt->wirelen > pkt->len ? pkt->wirelen : pkt->len);
	p = json_literal(p, ",\"caplen\":");
	p = divert_json_number(p, pkt->len);
	if (pkt->flags & DIVERT_PACKET_HAS_RULE) {
		p = json_literal(p, ",\"rule\":");
		p = divert_json_number(p, pkt->rule);
	}
	if (pkt->flags & DIVERT_PACKET_HAS_MARK) {
		p = json_literal(p, ",\"mark\":");
		p = divert_json_number(p, pkt->mark);
	}
	if (pkt->flags & DIVERT_PACKET_HAS_QUEUE) {
		p = json_literal(p, ",\"queue\":");
		p = divert_json_number(p, pkt->queue);
	}
	if (pkt->flags & DIVERT_PACKET_HAS_DROPS) {
		p = json_literal(p, ",\"drops\":");
		/* Numbers stay below 2^53: readers keep them in doubles. */
		p = divert_json_number(p,
		    pkt->drops & ((UINT64_C(1) << 53) - 1));
	}
	if (pkt->flags & DIVERT_PACKET_NOTREADY)
		p = json_literal(p, ",\"sum\":\"partial\"");
	if (pkt->ifname[0] != '\0') {
		p = json_literal(p, ",\"if\":");
		p = divert_json_string(p, pkt->ifname,
		    strnlen(pkt->ifname, sizeof(pkt->ifname)));
	}
	*p++ = '}';
	return (p);
}

static char *
put_head(char *p, struct divert_encoder *enc, const struct divert_packet *pkt)
{
	struct divert_layout	 layout;

	p = json_literal(p, "{\"timestamp\":\"");
	p = divert_json_time(p, &enc->clock, &pkt->time, 6);
	p = json_literal(p, "\",\"event_type\":\"packet\"");
	/* EVE means the interface a packet came in by. */
	if (pkt->direction == DIVERT_DIRECTION_IN && pkt->ifname[0] != '\0') {
		p = json_literal(p, ",\"in_iface\":");
		p = divert_json_string(p, pkt->ifname,
		    strnlen(pkt->ifname, sizeof(pkt->ifname)));
	}
	/* What was found before a fault is filled in, the rest is 0. */
	(void)divert_packet_parse(pkt->data, pkt->len, &layout);
	if (layout.version != 0) {
		p = put_addresses(p, pkt->data, &layout);
		if (divert_packet_address(pkt->data, &layout, DIVERT_SOURCE) !=
		    NULL)
			p = put_proto(p, layout.proto);
		p = json_literal(p, ",\"ip_v\":");
		p = divert_json_number(p, layout.version);
	}
	return (put_divert(p, enc, pkt));
}

size_t
divert_encode_json_packet(struct divert_encoder *enc,
    const struct divert_packet *pkt, uint8_t *buf, size_t size)
{
	static const char	 tail[] = "\",\"packet_info\":{"
				    "\"linktype\":101,"
				    "\"linktype_name\":\"RAW\"}}\n";
	char			 head[HEAD_MAX], *p;
	size_t			 len, need;

	p = put_head(head, enc, pkt);
	p = json_literal(p, ",\"packet\":\"");
	len = (size_t)(p - head);
	need = len + JSON_BASE64_SIZE((size_t)pkt->len) + sizeof(tail) - 1;
	if (size < need)
		return (need);
	p = json_bytes((char *)buf, head, len);
	p = divert_json_base64(p, pkt->data, pkt->len);
	json_bytes(p, tail, sizeof(tail) - 1);
	return (need);
}
