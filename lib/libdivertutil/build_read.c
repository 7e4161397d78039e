/* SPDX-License-Identifier: ISC */

/* The fields of a packet that is there: the reverse of building one. */

#include "compat.h"

#include "build_int.h"

static void
read_ip4(const uint8_t *p, struct divert_fields *f)
{
	f->tos = p[1];
	f->id = get16(p + 4);
	f->rf = (p[6] & 0x80) != 0;
	f->df = (p[6] & 0x40) != 0;
	f->mf = (p[6] & 0x20) != 0;
	f->frag_off = (get16(p + 6) & 0x1fffu) * 8;
	f->ttl = p[8];
	f->set |= DIVERT_FIELD_TOS | DIVERT_FIELD_ID | DIVERT_FIELD_RF |
	    DIVERT_FIELD_DF | DIVERT_FIELD_MF | DIVERT_FIELD_FRAG_OFF |
	    DIVERT_FIELD_TTL;
}

static void
read_ip6(const uint8_t *p, const struct divert_layout *l,
    struct divert_fields *f)
{
	uint16_t	 frag;

	f->tos = (uint8_t)(get16(p) >> 4);
	f->flow = get32(p) & 0xfffff;
	f->ttl = p[7];
	f->set |= DIVERT_FIELD_TOS | DIVERT_FIELD_FLOW | DIVERT_FIELD_TTL;
	if (l->frag_off == 0)
		return;
	frag = get16(p + l->frag_off + 2);
	f->id = l->frag_id;
	f->mf = frag & 1;
	f->frag_off = frag & 0xfff8;
	f->set |= DIVERT_FIELD_ID | DIVERT_FIELD_MF | DIVERT_FIELD_FRAG_OFF;
}

static void
read_options(const uint8_t *p, uint32_t len, struct divert_fields *f)
{
	uint32_t	 end;
	int		 at;

	if ((at = divert_build_find_option(p, len, TCP_OPTION_MSS, 4, &end)) !=
	    -1) {
		f->mss = get16(p + at + 2);
		f->set |= DIVERT_FIELD_MSS;
	}
	if ((at = divert_build_find_option(p, len, TCP_OPTION_WSCALE, 3,
	    &end)) != -1) {
		f->wscale = p[at + 2];
		f->set |= DIVERT_FIELD_WSCALE;
	}
	if (divert_build_find_option(p, len, TCP_OPTION_SACK, 2, &end) != -1) {
		f->sack = 1;
		f->set |= DIVERT_FIELD_SACK;
	}
	if ((at = divert_build_find_option(p, len, TCP_OPTION_TIMES, 10,
	    &end)) != -1) {
		f->tsval = get32(p + at + 2);
		f->tsecr = get32(p + at + 6);
		f->set |= DIVERT_FIELD_TSVAL | DIVERT_FIELD_TSECR;
	}
}

static void
read_tcp(const uint8_t *p, uint32_t size, struct divert_fields *f)
{
	f->seq = get32(p + 4);
	f->ack = get32(p + 8);
	f->flags = p[13];
	f->window = get16(p + 14);
	f->urgent = get16(p + 18);
	f->set |= DIVERT_FIELD_SEQ | DIVERT_FIELD_ACK | DIVERT_FIELD_FLAGS |
	    DIVERT_FIELD_WINDOW | DIVERT_FIELD_URGENT;
	read_options(p + TCP_HEADER, size - TCP_HEADER, f);
}

static void
read_icmp(const uint8_t *p, uint32_t size, struct divert_fields *f)
{
	f->icmp_type = p[0];
	f->icmp_code = p[1];
	f->set |= DIVERT_FIELD_ICMP_TYPE | DIVERT_FIELD_ICMP_CODE;
	if (size < ICMP_HEADER)
		return;
	f->icmp_id = get16(p + 4);
	f->icmp_seq = get16(p + 6);
	f->icmp_rest = get32(p + 4);
	f->set |= DIVERT_FIELD_ICMP_ID | DIVERT_FIELD_ICMP_SEQ |
	    DIVERT_FIELD_ICMP_REST;
}

static void
read_l4(const uint8_t *data, const struct divert_layout *l,
    struct divert_fields *f)
{
	uint32_t	 size;
	int		 icmp, port;

	icmp = (l->proto == PROTO_ICMP && l->version == 4) ||
	    (l->proto == PROTO_ICMPV6 && l->version == 6);
	if ((l->flags & DIVERT_LAYOUT_L4) != 0) {
		size = l->payload_off - l->l4_off;
		if (l->proto == PROTO_TCP)
			read_tcp(data + l->l4_off, size, f);
		else if (icmp)
			read_icmp(data + l->l4_off, size, f);
	}
	/* Ports may be there when the rest of the header is not. */
	if (icmp || (port = divert_packet_port(data, l, DIVERT_SOURCE)) == -1)
		return;
	f->sport = (uint16_t)port;
	f->dport = (uint16_t)divert_packet_port(data, l, DIVERT_DESTINATION);
	f->set |= DIVERT_FIELDS_PORTS;
}

void
divert_build_read(const uint8_t *data, size_t len, struct divert_fields *f)
{
	struct divert_layout	 l;
	const uint8_t		*dst, *src;
	size_t			 n;

	memset(f, 0, sizeof(*f));
	/* What was found before a fault is filled in, the rest is 0. */
	(void)divert_packet_parse(data, len, &l);
	src = divert_packet_address(data, &l, DIVERT_SOURCE);
	dst = divert_packet_address(data, &l, DIVERT_DESTINATION);
	if (src == NULL || dst == NULL)
		return;
	f->version = l.version;
	f->proto = l.proto;
	n = l.version == 4 ? 4 : 16;
	memcpy(f->src, src, n);
	memcpy(f->dst, dst, n);
	f->set = DIVERT_FIELD_SRC | DIVERT_FIELD_DST | DIVERT_FIELD_PROTO;
	if (l.version == 4)
		read_ip4(data, f);
	else
		read_ip6(data, &l, f);
	read_l4(data, &l, f);
	if (l.payload_off != 0) {
		f->payload = data + l.payload_off;
		f->payload_len = l.end_off - l.payload_off;
		f->set |= DIVERT_FIELD_PAYLOAD;
	}
}
