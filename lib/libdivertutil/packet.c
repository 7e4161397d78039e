/* SPDX-License-Identifier: ISC */

/*
 * A packet's headers, found once and with bounds.  Nothing else in this
 * project looks into a packet before these functions have said where.
 *
 * An IPv4 authentication header is passed over like its IPv6 twin, so that
 * proto and l4_off mean the same in both families.  A mobility, HIP or Shim6
 * header that is followed by nothing (next header 59, which RFC 6275 and
 * RFC 7401 demand) is taken for the upper layer, not for an extension.
 */

#include "compat.h"

#include <errno.h>

#include "packet_int.h"

/*
 * No sender has a use for this many; what makes longer chains wants to be
 * expensive to look at.
 */
#define EXT_MAX	16

static int	parse4(const uint8_t *, uint32_t, struct divert_layout *,
		    enum divert_parse_mode);
static int	parse6(const uint8_t *, uint32_t, struct divert_layout *,
		    enum divert_parse_mode);
static int	pass_ah(const uint8_t *, struct divert_layout *);
static void	find_final(const uint8_t *, uint32_t, uint32_t,
		    struct divert_layout *);
static int	is_jumbogram(const uint8_t *, uint32_t);
static int	parse_upper(const uint8_t *, uint32_t, struct divert_layout *,
		    enum divert_parse_mode);
static int	parse_tcp(const uint8_t *, uint32_t, struct divert_layout *,
		    enum divert_parse_mode);
static int	parse_udp(const uint8_t *, uint32_t, struct divert_layout *,
		    enum divert_parse_mode);
static int	parse_icmp(const uint8_t *, struct divert_layout *,
		    enum divert_parse_mode);
static int	parse_gre(const uint8_t *, struct divert_layout *,
		    enum divert_parse_mode);
static int	options_wrong(const uint8_t *, uint32_t);

static int
fault(struct divert_layout *l, enum divert_reason reason)
{
	l->reason = (uint16_t)reason;
	errno = EBADMSG;
	return (-1);
}

/*
 * A header is not there whole.  That is no fault of a quoted packet; of a cut
 * one the cut is to blame, not the sender.
 */
static int
missing(struct divert_layout *l, enum divert_parse_mode mode,
    enum divert_reason reason)
{
	if (mode == DIVERT_PARSE_QUOTED)
		return (0);
	if ((l->flags & DIVERT_LAYOUT_TRUNCATED) != 0)
		reason = DIVERT_REASON_IP_TRUNCATED;
	return (fault(l, reason));
}

static void
have_l4(struct divert_layout *l, uint32_t size)
{
	l->flags |= DIVERT_LAYOUT_L4;
	l->payload_off = l->l4_off + size;
}

int
divert_packet_parse(const uint8_t *data, size_t len,
    struct divert_layout *layout)
{
	return (divert_packet_parse_mode(data, len, layout,
	    DIVERT_PARSE_WIRE));
}

int
divert_packet_parse_quoted(const uint8_t *data, size_t len,
    struct divert_layout *layout)
{
	return (divert_packet_parse_mode(data, len, layout,
	    DIVERT_PARSE_QUOTED));
}

int
divert_packet_parse_mode(const uint8_t *data, size_t len,
    struct divert_layout *l, enum divert_parse_mode mode)
{
	uint32_t n;

	memset(l, 0, sizeof(*l));
	if (len == 0)
		return (fault(l, DIVERT_REASON_EMPTY));
	/* Offsets have 32 bits; no IP packet comes near. */
	n = len > UINT32_MAX ? UINT32_MAX : (uint32_t)len;
	switch (data[0] >> 4) {
	case 4:
		return (parse4(data, n, l, mode));
	case 6:
		return (parse6(data, n, l, mode));
	default:
		return (fault(l, DIVERT_REASON_VERSION));
	}
}

static int
parse4(const uint8_t *data, uint32_t len, struct divert_layout *l,
    enum divert_parse_mode mode)
{
	uint32_t hlen, wire;
	uint16_t frag;

	l->version = 4;
	if (len < IP4_HEADER)
		return (fault(l, DIVERT_REASON_IP_SHORT));
	l->proto = data[9];
	l->frag_id = get16(data + 4);
	l->end_off = len;
	hlen = (uint32_t)(data[0] & 0x0f) * 4;
	if (hlen < IP4_HEADER || hlen > len)
		return (fault(l, DIVERT_REASON_IP_HLEN));

	wire = get16(data + 2);
	if (mode == DIVERT_PARSE_WHOLE)
		wire = len;
	else if (wire < hlen) {
		if (mode == DIVERT_PARSE_WIRE)
			return (fault(l, DIVERT_REASON_IP_LENGTH));
		wire = len;
	}
	if (wire > len)
		l->flags |= DIVERT_LAYOUT_TRUNCATED;
	else
		l->end_off = wire;

	l->l4_off = hlen;
	frag = get16(data + 6);
	if ((frag & 0x3fff) != 0) {
		l->flags |= DIVERT_LAYOUT_FRAGMENT;
		l->frag_byte = (uint16_t)((frag & 0x1fff) * 8);
		if (l->frag_byte == 0)
			l->flags |= DIVERT_LAYOUT_FIRST;
		else
			l->payload_off = hlen;
		if (l->frag_byte + wire > 65535 && mode != DIVERT_PARSE_QUOTED)
			return (fault(l, DIVERT_REASON_FRAG_OVERSIZE));
	}
	if (hlen > IP4_HEADER && mode != DIVERT_PARSE_QUOTED &&
	    options_wrong(data + IP4_HEADER, hlen - IP4_HEADER))
		return (fault(l, DIVERT_REASON_IP_OPTION));
	if (l->frag_byte != 0)
		return (0);
	if (l->proto == PROTO_AH && pass_ah(data, l) == -1)
		return (-1);
	return (parse_upper(data, wire, l, mode));
}

/* Go past the authentication headers of an IPv4 packet (RFC 4302). */
static int
pass_ah(const uint8_t *data, struct divert_layout *l)
{
	uint32_t off, size;
	unsigned int n;

	off = l->l4_off;
	for (n = 0; l->proto == PROTO_AH; n++) {
		if (n == EXT_MAX) {
			l->l4_off = 0;
			return (fault(l, DIVERT_REASON_EXT_LOOP));
		}
		if (l->end_off - off < 12 || (size = ((uint32_t)data[off + 1] +
		    2) * 4) < 12 || size > l->end_off - off) {
			l->l4_off = off;
			return (missing(l, DIVERT_PARSE_WIRE,
			    DIVERT_REASON_AH_SHORT));
		}
		l->proto = data[off];
		off += size;
	}
	l->l4_off = off;
	return (0);
}

static int
parse6(const uint8_t *data, uint32_t len, struct divert_layout *l,
    enum divert_parse_mode mode)
{
	uint32_t off, size, wire;
	uint16_t frag;
	unsigned int n;

	l->version = 6;
	if (len < IP6_HEADER)
		return (fault(l, DIVERT_REASON_IP_SHORT));
	l->proto = data[6];
	l->final_off = 24;
	l->end_off = len;

	wire = IP6_HEADER + (uint32_t)get16(data + 4);
	if (wire == IP6_HEADER) {
		/*
		 * With a next header there must be a payload: a jumbogram
		 * (RFC 2675), or one of the large segments Linux makes and
		 * gives no length.
		 */
		if (mode == DIVERT_PARSE_WIRE && l->proto != PROTO_NONE)
			return (fault(l, DIVERT_REASON_JUMBO));
		if (mode == DIVERT_PARSE_WHOLE && is_jumbogram(data, len))
			return (fault(l, DIVERT_REASON_JUMBO));
		if (mode == DIVERT_PARSE_QUOTED)
			wire = len;
	}
	if (mode == DIVERT_PARSE_WHOLE)
		wire = len;
	if (wire > len)
		l->flags |= DIVERT_LAYOUT_TRUNCATED;
	else
		l->end_off = wire;

	off = IP6_HEADER;
	for (n = 0;; n++) {
		switch (l->proto) {
		case PROTO_HOPOPTS:
		case PROTO_ROUTING:
		case PROTO_FRAGMENT:
		case PROTO_AH:
		case PROTO_DSTOPTS:
			break;
		case PROTO_MOBILITY:
		case PROTO_HIP:
		case PROTO_SHIM6:
			if (off < l->end_off && data[off] != PROTO_NONE)
				break;
			/* FALLTHROUGH */
		default:
			l->l4_off = off;
			return (parse_upper(data, wire, l, mode));
		}
		if (n == EXT_MAX)
			return (fault(l, DIVERT_REASON_EXT_LOOP));
		if (l->end_off - off < 8)
			break;
		if (l->proto == PROTO_FRAGMENT)
			size = 8;
		else if (l->proto == PROTO_AH)
			size = ((uint32_t)data[off + 1] + 2) * 4;
		else
			size = ((uint32_t)data[off + 1] + 1) * 8;
		if (size > l->end_off - off ||
		    (l->proto == PROTO_AH && size < 12))
			break;

		if (l->proto == PROTO_ROUTING)
			find_final(data, off, size, l);
		else if (l->proto == PROTO_FRAGMENT && l->frag_off == 0) {
			frag = get16(data + off + 2);
			l->frag_off = off;
			l->frag_id = get32(data + off + 4);
			/*
			 * Offset 0 and no more to come: whole, an atomic
			 * fragment (RFC 6946).
			 */
			if ((frag & 0xfff9) != 0) {
				l->flags |= DIVERT_LAYOUT_FRAGMENT;
				l->frag_byte = frag & 0xfff8;
				if (l->frag_byte == 0)
					l->flags |= DIVERT_LAYOUT_FIRST;
			}
			if (mode != DIVERT_PARSE_QUOTED && l->frag_byte +
			    (wire - 8 - IP6_HEADER) > 65535) {
				l->proto = data[off];
				return (fault(l,
				    DIVERT_REASON_FRAG_OVERSIZE));
			}
			if (l->frag_byte != 0) {
				l->proto = data[off];
				l->l4_off = l->payload_off = off + 8;
				return (0);
			}
		}
		l->proto = data[off];
		off += size;
	}
	if (mode == DIVERT_PARSE_QUOTED)
		return (fault(l, DIVERT_REASON_EXT_SHORT));
	return (missing(l, mode, l->proto == PROTO_AH ?
	    DIVERT_REASON_AH_SHORT : DIVERT_REASON_EXT_SHORT));
}

/*
 * The final destination in a routing header of size bytes at off: RFC 8200
 * 8.1 has it in the pseudo-header.  0 where it does not stand in the packet
 * in one piece, or nobody knows the type.
 */
static void
find_final(const uint8_t *data, uint32_t off, uint32_t size,
    struct divert_layout *l)
{
	const uint8_t *p = data + off;
	uint32_t at;

	if (p[3] == 0)			/* segments left */
		return;
	at = 0;
	switch (p[2]) {
	case 0:				/* RFC 2460: the last one */
	case 2:				/* RFC 6275: the only one */
		at = size - 16;
		break;
	case 3:				/* RFC 6554: the last, compressed */
		if ((p[4] & 0x0f) == 0)
			at = size - 16 - (uint32_t)(p[5] >> 4);
		break;
	case 4:				/* RFC 8754: the first */
		at = 8;
		break;
	}
	if (at < 8 || at > size || size - at < 16)
		at = 0;
	l->flags |= DIVERT_LAYOUT_ROUTED;
	l->final_off = at == 0 ? 0 : off + at;
}

/* Whether a hop-by-hop header with a jumbo payload option comes first. */
static int
is_jumbogram(const uint8_t *data, uint32_t len)
{
	uint32_t end, off;

	if (data[6] != PROTO_HOPOPTS || len < IP6_HEADER + 8)
		return (0);
	end = IP6_HEADER + ((uint32_t)data[IP6_HEADER + 1] + 1) * 8;
	if (end > len)
		end = len;
	for (off = IP6_HEADER + 2; off + 1 < end; ) {
		if (data[off] == 0) {		/* Pad1 */
			off++;
			continue;
		}
		if (data[off] == 0xc2)
			return (1);
		off += 2 + (uint32_t)data[off + 1];
	}
	return (0);
}

/* wire: where the packet ended before any cut. */
static int
parse_upper(const uint8_t *data, uint32_t wire, struct divert_layout *l,
    enum divert_parse_mode mode)
{
	uint32_t room = l->end_off - l->l4_off;

	switch (l->proto) {
	case PROTO_TCP:
		return (parse_tcp(data, wire, l, mode));
	case PROTO_UDP:
	case PROTO_UDPLITE:
		return (parse_udp(data, wire, l, mode));
	case PROTO_ICMP:
		if (l->version == 4)
			return (parse_icmp(data, l, mode));
		break;
	case PROTO_ICMPV6:
		if (l->version == 6)
			return (parse_icmp(data, l, mode));
		break;
	case PROTO_SCTP:
		if (room < 12)
			return (missing(l, mode, DIVERT_REASON_SCTP_SHORT));
		have_l4(l, 12);
		return (0);
	case PROTO_GRE:
		return (parse_gre(data, l, mode));
	case PROTO_ESP:
		if (room < 8)
			return (missing(l, mode, DIVERT_REASON_ESP_SHORT));
		have_l4(l, 8);
		return (0);
	case PROTO_IPV4:
	case PROTO_IPV6:
		if (room > 0 && mode != DIVERT_PARSE_QUOTED) {
			l->flags |= DIVERT_LAYOUT_TUNNEL;
			l->inner_off = l->l4_off;
		}
		break;
	}
	l->payload_off = l->l4_off;
	return (0);
}

static int
parse_tcp(const uint8_t *data, uint32_t wire, struct divert_layout *l,
    enum divert_parse_mode mode)
{
	uint32_t off = l->l4_off, room = l->end_off - off, size;

	if (room < 20)
		return (missing(l, mode, DIVERT_REASON_TCP_SHORT));
	size = (uint32_t)(data[off + 12] >> 4) * 4;
	if (size < 20 || size > wire - off) {
		if (mode == DIVERT_PARSE_QUOTED)
			return (0);
		return (fault(l, DIVERT_REASON_TCP_HLEN));
	}
	if (size > room)
		return (missing(l, mode, DIVERT_REASON_TCP_SHORT));
	have_l4(l, size);
	if (size > 20 && mode != DIVERT_PARSE_QUOTED &&
	    options_wrong(data + off + 20, size - 20))
		return (fault(l, DIVERT_REASON_TCP_OPTION));
	return (0);
}

static int
parse_udp(const uint8_t *data, uint32_t wire, struct divert_layout *l,
    enum divert_parse_mode mode)
{
	uint32_t off = l->l4_off;
	uint16_t n;

	if (l->end_off - off < 8)
		return (missing(l, mode, DIVERT_REASON_UDP_SHORT));
	have_l4(l, 8);
	if (mode != DIVERT_PARSE_WIRE)
		return (0);
	/* UDP-Lite has its coverage here, and 0 for all of it (RFC 3828). */
	n = get16(data + off + 4);
	if (n == 0 && l->proto == PROTO_UDPLITE)
		return (0);
	if (n < 8 || (n > wire - off &&
	    (l->flags & DIVERT_LAYOUT_FRAGMENT) == 0))
		return (fault(l, DIVERT_REASON_UDP_LENGTH));
	return (0);
}

/*
 * ICMP headers have 8 bytes.  ICMPv6 has 4 and a body, but for the errors and
 * queries 4 more are as good as header; the shortest message there is, RPL's
 * solicitation, has 6 in all (RFC 6550).
 */
static int
parse_icmp(const uint8_t *data, struct divert_layout *l,
    enum divert_parse_mode mode)
{
	uint32_t off = l->l4_off, room = l->end_off - off;
	int quotes;
	uint8_t type;

	if (room < 4)
		return (missing(l, mode, DIVERT_REASON_ICMP_SHORT));
	type = data[off];
	if (room < 8) {
		if (l->version == 4 || (type >= 1 && type <= 4) ||
		    type == 128 || type == 129 || type == 160 || type == 161)
			return (missing(l, mode, DIVERT_REASON_ICMP_SHORT));
		have_l4(l, room);
	} else
		have_l4(l, 8);
	l->icmp_type = type;
	if (l->version == 4)
		quotes = type == 3 || type == 4 || type == 5 || type == 11 ||
		    type == 12;
	else
		quotes = type >= 1 && type <= 4;
	/* An error about an error is none (RFC 1122 3.2.2). */
	if (quotes && room > 8 && mode != DIVERT_PARSE_QUOTED) {
		l->flags |= DIVERT_LAYOUT_QUOTED;
		l->inner_off = off + 8;
	}
	return (0);
}

static int
parse_gre(const uint8_t *data, struct divert_layout *l,
    enum divert_parse_mode mode)
{
	uint32_t off = l->l4_off, room = l->end_off - off, size;
	uint16_t flags, type;

	if (room < 4)
		return (missing(l, mode, DIVERT_REASON_GRE_SHORT));
	flags = get16(data + off);
	type = get16(data + off + 2);
	size = 4;
	switch (flags & 0x0007) {
	case 0:				/* RFC 2784, 2890, 1701 */
		if ((flags & 0xc000) != 0)	/* checksum, routing */
			size += 4;
		if ((flags & 0x2000) != 0)	/* key */
			size += 4;
		if ((flags & 0x1000) != 0)	/* sequence */
			size += 4;
		break;
	case 1:				/* RFC 2637: PPTP */
		size += 4;
		if ((flags & 0x1000) != 0)
			size += 4;
		if ((flags & 0x0080) != 0)	/* acknowledgment */
			size += 4;
		break;
	}
	if (size > room)
		return (missing(l, mode, DIVERT_REASON_GRE_SHORT));
	have_l4(l, size);
	/* What source routes of RFC 1701 precede is not looked for. */
	if ((flags & 0x4007) == 0 && (type == 0x0800 || type == 0x86dd) &&
	    room > size && mode != DIVERT_PARSE_QUOTED) {
		l->flags |= DIVERT_LAYOUT_TUNNEL;
		l->inner_off = off + size;
	}
	return (0);
}

/* Options of IPv4 and TCP: kind, length, value; 0 ends, 1 stands alone. */
static int
options_wrong(const uint8_t *p, uint32_t len)
{
	/* The timestamps that nearly every segment has. */
	if (len == 12 && get32(p) == 0x0101080a)
		return (0);
	while (len > 0 && p[0] != 0) {
		uint32_t n = 1;

		if (p[0] != 1) {
			if (len < 2 || p[1] < 2 || p[1] > len)
				return (1);
			n = p[1];
		}
		p += n;
		len -= n;
	}
	return (0);
}

const uint8_t *
divert_packet_address(const uint8_t *data, const struct divert_layout *layout,
    enum divert_side side)
{
	switch (layout->version) {
	case 4:
		if (layout->end_off < IP4_HEADER)
			return (NULL);
		return (data + (side == DIVERT_SOURCE ? 12 : 16));
	case 6:
		if (layout->end_off < IP6_HEADER)
			return (NULL);
		return (data + (side == DIVERT_SOURCE ? 8 : 24));
	default:
		return (NULL);
	}
}

int
divert_packet_port(const uint8_t *data, const struct divert_layout *layout,
    enum divert_side side)
{
	uint32_t off = layout->l4_off;

	if (!has_l4_start(layout))
		return (-1);
	switch (layout->proto) {
	case PROTO_TCP:
	case PROTO_UDP:
	case PROTO_UDPLITE:
	case PROTO_SCTP:
		if (layout->end_off - off < 4)
			return (-1);
		return (get16(data + off + (side == DIVERT_SOURCE ? 0 : 2)));
	case PROTO_ICMP:
		if (layout->version != 4)
			return (-1);
		switch (layout->icmp_type) {
		case 0:			/* echo reply */
		case 8:			/* echo */
		case 13:		/* timestamp, and reply */
		case 14:
		case 15:		/* information, and reply */
		case 16:
		case 17:		/* address mask, and reply */
		case 18:
		case 42:		/* extended echo, and reply: RFC 8335 */
		case 43:
			break;
		default:
			return (-1);
		}
		break;
	case PROTO_ICMPV6:
		if (layout->version != 6)
			return (-1);
		switch (layout->icmp_type) {
		case 128:		/* echo, and reply */
		case 129:
		case 160:		/* extended echo, and reply */
		case 161:
			break;
		default:
			return (-1);
		}
		break;
	default:
		return (-1);
	}
	/* Type 0 is an echo reply only if there is a type. */
	if ((layout->flags & DIVERT_LAYOUT_L4) == 0)
		return (-1);
	return (get16(data + off + 4));
}
