/* SPDX-License-Identifier: ISC */

/*
 * From the link header of a captured frame to its IP packet.  Everything is
 * bounded by the bytes captured; a frame cut inside its link header is no IP
 * packet.  Padding behind the packet is removed by the IP length, and only
 * where that length can be believed.
 */

#include "compat.h"

#include <sys/socket.h>

#include "decode.h"
#include "pflog.h"

#define ETHERTYPE_IPV4	0x0800
#define ETHERTYPE_IPV6	0x86dd
#define ETHERTYPE_VLAN	0x8100
#define ETHERTYPE_QINQ	0x88a8
#define ETHERTYPE_9100	0x9100	/* QinQ before 802.1ad */
#define ETHERTYPE_PPPOE	0x8864	/* session stage, RFC 2516 */
#define PPP_IPV4	0x0021
#define PPP_IPV6	0x0057

#define SLL_OUTGOING	4
#define SLL_OTHERHOST	3
#define ARPHRD_NETLINK	824	/* "protocol" is a netlink family */

#define NFULA_PACKET_HDR	1
#define NFULA_MARK		2
#define NFULA_IFINDEX_INDEV	4
#define NFULA_IFINDEX_OUTDEV	5
#define NFULA_PAYLOAD		9

/* The frame, and how far its headers have been read. */
struct frame {
	uint8_t		*p;
	uint32_t	 off;
	uint32_t	 caplen;
	uint32_t	 wirelen;
	int		 whole;		/* no padding behind the packet */
};

static int
has(const struct frame *f, uint32_t n)
{
	return (f->caplen - f->off >= n);
}

int
divert_link_known(uint32_t linktype)
{
	switch (linktype) {
	case LINK_NULL:
	case LINK_ETHERNET:
	case LINK_DLT_RAW:
	case LINK_DLT_RAW_OPENBSD:
	case LINK_RAW:
	case LINK_LOOP:
	case LINK_SLL:
	case LINK_PFLOG:
	case LINK_IPV4:
	case LINK_IPV6:
	case LINK_NFLOG:
	case LINK_SLL2:
		return (1);
	default:
		return (0);
	}
}

/*
 * The length the IP header claims, 0 when it claims none that can be true:
 * IPv4 total length 0 (segmentation offload), IPv6 payload length 0
 * (jumbograms, offload), less than a header, no IP at all.
 */
static uint32_t
ip_length(const uint8_t *ip, uint32_t len)
{
	uint32_t	 n;

	if (len >= 4 && ip[0] >> 4 == 4) {
		n = get16(ip + 2);
		return (n >= 20 ? n : 0);
	}
	if (len >= 7 && ip[0] >> 4 == 6) {
		n = get16(ip + 4);
		/* 59: no next header, so no payload is meant. */
		return (n > 0 || ip[6] == 59 ? 40 + n : 0);
	}
	return (0);
}

/* The frame is IP from f->off on. */
static int
found(const struct frame *f, struct divert_packet *pkt)
{
	uint32_t	 n;

	pkt->data = f->p + f->off;
	pkt->len = f->caplen - f->off;
	pkt->wirelen = f->wirelen - f->off;
	n = f->whole ? 0 : ip_length(pkt->data, pkt->len);
	if (n > 0 && n < pkt->wirelen) {
		pkt->wirelen = n;
		if (pkt->len > n)
			pkt->len = n;
	}
	if (pkt->len < pkt->wirelen)
		pkt->flags |= DIVERT_PACKET_TRUNCATED;
	return (1);
}

static int
pppoe(struct frame *f, struct divert_packet *pkt)
{
	uint16_t	 proto;

	/* version and type 1, code 0: session data */
	if (!has(f, 8) || f->p[f->off] != 0x11 || f->p[f->off + 1] != 0)
		return (0);
	proto = get16(f->p + f->off + 6);
	f->off += 8;
	return (proto == PPP_IPV4 || proto == PPP_IPV6 ? found(f, pkt) : 0);
}

/* 802.2 with SNAP and an Ethernet type (RFC 1042); f->off is at 802.2. */
static int
snap_type(struct frame *f, uint16_t *type)
{
	static const uint8_t	 snap[] = { 0xaa, 0xaa, 3, 0, 0, 0 };

	if (!has(f, 8) || memcmp(f->p + f->off, snap, sizeof(snap)) != 0)
		return (0);
	*type = get16(f->p + f->off + 6);
	f->off += 8;
	return (1);
}

/* What follows an Ethernet type; f->off is behind it. */
static int
ethertype(struct frame *f, uint16_t type, struct divert_packet *pkt)
{
	for (;;) {
		switch (type) {
		case ETHERTYPE_IPV4:
		case ETHERTYPE_IPV6:
			return (found(f, pkt));
		case ETHERTYPE_VLAN:
		case ETHERTYPE_QINQ:
		case ETHERTYPE_9100:
			if (!has(f, 4))
				return (0);
			type = get16(f->p + f->off + 2);
			f->off += 4;
			break;
		case ETHERTYPE_PPPOE:
			return (pppoe(f, pkt));
		default:
			/* IEEE 802.3: up to 1500 it is a length; cooked: 4 */
			if (type > 1500 || !snap_type(f, &type))
				return (0);
			break;
		}
	}
}

static int
ethernet(struct frame *f, struct divert_packet *pkt)
{
	if (!has(f, 14))
		return (0);
	f->off = 14;
	return (ethertype(f, get16(f->p + 12), pkt));
}

/* Address families of the systems that write captures. */
static int
is_ip_family(uint32_t af)
{
	switch (af) {
	case 2:			/* IPv4, everywhere */
	case 10:		/* IPv6: Linux */
	case 24:		/* OpenBSD, NetBSD */
	case 28:		/* FreeBSD */
	case 30:		/* macOS */
		return (1);
	default:
		return (0);
	}
}

static int
null(struct frame *f, struct divert_packet *pkt)
{
	uint32_t	 af;

	if (!has(f, 4))
		return (0);
	/*
	 * In the order of the machine that captured, which need not be the
	 * order of the file; a family is a small number.
	 */
	af = get32(f->p);
	if (af > 0xffff)
		af = (uint32_t)f->p[3] << 24 | (uint32_t)f->p[2] << 16 |
		    (uint32_t)f->p[1] << 8 | f->p[0];
	f->off = 4;
	return (is_ip_family(af) ? found(f, pkt) : 0);
}

static enum divert_direction
sll_direction(unsigned int type)
{
	if (type == SLL_OUTGOING)
		return (DIVERT_DIRECTION_OUT);
	return (type < SLL_OTHERHOST ? DIVERT_DIRECTION_IN :
	    DIVERT_DIRECTION_NONE);
}

static int
sll(struct frame *f, struct divert_packet *pkt)
{
	if (!has(f, 16) || get16(f->p + 2) == ARPHRD_NETLINK)
		return (0);
	pkt->direction = (uint8_t)sll_direction(get16(f->p));
	f->off = 16;
	return (ethertype(f, get16(f->p + 14), pkt));
}

static int
sll2(struct frame *f, struct divert_packet *pkt)
{
	if (!has(f, 20) || get16(f->p + 8) == ARPHRD_NETLINK)
		return (0);
	pkt->direction = (uint8_t)sll_direction(f->p[10]);
	if (pkt->direction == DIVERT_DIRECTION_OUT)
		pkt->out_ifindex = get32(f->p + 4);
	else
		pkt->in_ifindex = get32(f->p + 4);
	f->off = 20;
	return (ethertype(f, get16(f->p), pkt));
}

static int
pflog(struct frame *f, struct divert_packet *pkt)
{
	uint32_t	 len;

	if (!has(f, PFLOG_HEADER_MIN) || f->p[0] < PFLOG_HEADER_MIN)
		return (0);
	len = (f->p[PFLOG_LENGTH_OFF] + 3u) & ~3u;
	if (!has(f, len) || !is_ip_family(f->p[PFLOG_AF_OFF]))
		return (0);
	if (f->p[PFLOG_DIR_OFF] == PFLOG_IN)
		pkt->direction = DIVERT_DIRECTION_IN;
	else if (f->p[PFLOG_DIR_OFF] == PFLOG_OUT)
		pkt->direction = DIVERT_DIRECTION_OUT;
	memcpy(pkt->ifname, f->p + PFLOG_IFNAME_OFF, sizeof(pkt->ifname) - 1);
	pkt->rule = get32(f->p + PFLOG_RULE_OFF);
	if (pkt->rule != PFLOG_NO_RULE)
		pkt->flags |= DIVERT_PACKET_HAS_RULE;
	else
		pkt->rule = 0;
	f->off = len;
	return (found(f, pkt));
}

static void
set_hook(struct divert_packet *pkt, uint8_t hook)
{
	pkt->hook = hook;
	/* PREROUTING, INPUT; then FORWARD, OUTPUT, POSTROUTING. */
	pkt->direction = hook <= 1 ? DIVERT_DIRECTION_IN :
	    hook <= 4 ? DIVERT_DIRECTION_OUT : DIVERT_DIRECTION_NONE;
}

/*
 * A header of 4 bytes, then attributes whose lengths and types are in the
 * order of the host that captured, and whose values in network order.
 */
static int
nflog(struct frame *f, int bigendian, struct divert_packet *pkt)
{
	const uint8_t	*p;
	uint32_t	 len, type;

	for (f->off = 4; f->caplen >= 4 && has(f, 4);
	    f->off += (len + 3) & ~3u) {
		p = f->p + f->off;
		len = bigendian ? get16(p) : (uint32_t)(p[1] << 8 | p[0]);
		type = bigendian ? get16(p + 2) : (uint32_t)(p[3] << 8 | p[2]);
		if (len < 4)
			return (0);
		if ((type & 0x7fff) == NFULA_PAYLOAD) {
			f->off += 4;
			/* Padding behind the attribute is no packet. */
			if (f->wirelen - f->off > len - 4)
				f->wirelen = f->off + len - 4;
			if (f->caplen > f->wirelen)
				f->caplen = f->wirelen;
			return (is_ip_family(f->p[0]) ? found(f, pkt) : 0);
		}
		if (!has(f, (len + 3) & ~3u))
			return (0);
		switch (type & 0x7fff) {
		case NFULA_PACKET_HDR:
			if (len >= 7)
				set_hook(pkt, p[6]);
			break;
		case NFULA_MARK:
			if (len >= 8) {
				pkt->mark = get32(p + 4);
				pkt->flags |= DIVERT_PACKET_HAS_MARK;
			}
			break;
		case NFULA_IFINDEX_INDEV:
			if (len >= 8)
				pkt->in_ifindex = get32(p + 4);
			break;
		case NFULA_IFINDEX_OUTDEV:
			if (len >= 8)
				pkt->out_ifindex = get32(p + 4);
			break;
		default:
			break;
		}
	}
	return (0);
}

int
divert_link_decode(const struct divert_decoder *dec, uint32_t linktype,
    uint8_t *frame, uint32_t caplen, uint32_t wirelen,
    struct divert_packet *pkt)
{
	struct frame	 f;

	f.p = frame;
	f.off = 0;
	f.caplen = caplen;
	f.wirelen = wirelen;
	f.whole = 0;
	switch (linktype) {
	case LINK_ETHERNET:
		return (ethernet(&f, pkt));
	case LINK_RAW:
	case LINK_DLT_RAW:
	case LINK_DLT_RAW_OPENBSD:
	case LINK_IPV4:
	case LINK_IPV6:
		f.whole = dec->whole;
		return (found(&f, pkt));
	case LINK_NULL:
	case LINK_LOOP:
		return (null(&f, pkt));
	case LINK_SLL:
		return (sll(&f, pkt));
	case LINK_SLL2:
		return (sll2(&f, pkt));
	case LINK_PFLOG:
		f.whole = dec->whole;
		return (pflog(&f, pkt));
	case LINK_NFLOG:
		return (nflog(&f, dec->bigendian, pkt));
	default:
		return (0);
	}
}
