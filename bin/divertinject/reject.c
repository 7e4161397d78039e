/* SPDX-License-Identifier: ISC */

/*
 * The answer to a packet that is rejected.
 *
 * It comes from the address the packet was sent to, not from one of this
 * machine: a reset must, and an error from anywhere else would be taken for a
 * forgery where the packet was going out and the answer comes back in by that
 * interface (rp_filter, urpf-failed).
 */

#include "compat.h"

#include <netinet/in.h>

#include <string.h>

#include "build.h"
#include "reject.h"

#define PROTO_DCCP	33
#define PROTO_SCTP	132
#define PROTO_UDPLITE	136

#define ANSWER_TTL	64
/* RFC 1812 4.3.2.5: errors go as internetwork control. */
#define ERROR_TOS	0xc0

/* An error has room for so much of the packet: RFC 1812 4.3.2.3, RFC 4443. */
#define QUOTE4_MAX	(576 - 20 - 8)
#define QUOTE6_MAX	(1280 - 40 - 8)

static const char *const reason_names[REJECT_REASONS] = {
	"none", "malformed", "checksum", "fragment", "reset", "icmp",
	"source", "destination"
};

const char *
reject_reason_name(enum reject_reason reason)
{
	return ((unsigned int)reason < REJECT_REASONS ? reason_names[reason] :
	    "unknown");
}

static uint32_t
get32(const uint8_t *p)
{
	return ((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3]);
}

/*
 * RFC 1812 4.3.2.7 and RFC 1122 3.2.2: the source must be one host, and the
 * destination, from which the answer comes, not many.  What the broadcast
 * address of a network is cannot be known here.
 */
static enum reject_reason
check_addresses4(const uint8_t *src, const uint8_t *dst)
{
	if (src[0] == 0 || src[0] >= 224 || (src[0] == 127 && dst[0] != 127))
		return (REJECT_SOURCE);
	if (dst[0] == 0 || dst[0] >= 224 || (dst[0] == 127 && src[0] != 127))
		return (REJECT_DESTINATION);
	return (REJECT_NONE);
}

/* The unspecified address; or the loopback, where the other one is not. */
static int
is_nowhere(const uint8_t *addr, const uint8_t *other)
{
	static const uint8_t	 zeros[15];

	return (memcmp(addr, zeros, sizeof(zeros)) == 0 && (addr[15] == 0 ||
	    (addr[15] == 1 && memcmp(addr, other, 16) != 0)));
}

/* RFC 4443 2.4 (e). */
static enum reject_reason
check_addresses6(const uint8_t *src, const uint8_t *dst)
{
	if (src[0] == 0xff || is_nowhere(src, dst))
		return (REJECT_SOURCE);
	if (dst[0] == 0xff || is_nowhere(dst, src))
		return (REJECT_DESTINATION);
	return (REJECT_NONE);
}

/* Whether an error may answer this type. */
static int
answers_icmp(const struct divert_layout *l)
{
	if (l->version == 6)
		/* Neighbours are found, not filtered (RFC 4890 4.4.1). */
		return (l->icmp_type >= 128 && (l->icmp_type < 133 ||
		    l->icmp_type > 137));
	switch (l->icmp_type) {
	case 0:				/* echo, and reply */
	case 8:
	case 9:				/* router advertisement, solicitation */
	case 10:
	case 13:			/* timestamp, and reply */
	case 14:
	case 15:			/* information, and reply */
	case 16:
	case 17:			/* address mask, and reply */
	case 18:
	case 42:			/* extended echo, and reply */
	case 43:
		return (1);
	default:
		return (0);
	}
}

/*
 * Whether a checksum says the packet is damaged.  That of a packet going out
 * may be left to the interface.
 */
static int
is_damaged(const struct divert_packet *pkt, const struct divert_layout *l)
{
	if (divert_cksum_verify_ip(pkt->data, l) == DIVERT_SUM_BAD)
		return (1);
	return (pkt->direction != DIVERT_DIRECTION_OUT &&
	    (pkt->flags & DIVERT_PACKET_NOTREADY) == 0 &&
	    divert_cksum_verify_l4(pkt->data, l) == DIVERT_SUM_BAD);
}

static enum reject_reason
check(const struct divert_packet *pkt, const struct divert_layout *l)
{
	const uint8_t		*dst, *src;
	enum reject_reason	 why;

	src = divert_packet_address(pkt->data, l, DIVERT_SOURCE);
	dst = divert_packet_address(pkt->data, l, DIVERT_DESTINATION);
	if (l->reason != DIVERT_REASON_NONE || src == NULL || dst == NULL)
		return (REJECT_MALFORMED);
	why = l->version == 4 ? check_addresses4(src, dst) :
	    check_addresses6(src, dst);
	if (why != REJECT_NONE)
		return (why);
	if ((l->flags & (DIVERT_LAYOUT_FRAGMENT | DIVERT_LAYOUT_FIRST)) ==
	    DIVERT_LAYOUT_FRAGMENT)
		return (REJECT_FRAGMENT);
	if ((l->proto == IPPROTO_ICMP && l->version == 4) ||
	    (l->proto == IPPROTO_ICMPV6 && l->version == 6))
		if ((l->flags & DIVERT_LAYOUT_L4) == 0 || !answers_icmp(l))
			return (REJECT_ICMP);
	return (is_damaged(pkt, l) ? REJECT_CHECKSUM : REJECT_NONE);
}

/* The other way round, with what all answers have. */
static void
begin(const struct divert_packet *pkt, const struct divert_layout *l,
    struct divert_fields *f)
{
	size_t	 size = l->version == 4 ? 4 : 16;

	memset(f, 0, sizeof(*f));
	f->version = l->version;
	memcpy(f->src, divert_packet_address(pkt->data, l,
	    DIVERT_DESTINATION), size);
	memcpy(f->dst, divert_packet_address(pkt->data, l, DIVERT_SOURCE),
	    size);
	f->ttl = ANSWER_TTL;
	f->set = DIVERT_FIELD_SRC | DIVERT_FIELD_DST | DIVERT_FIELD_PROTO |
	    DIVERT_FIELD_TTL;
	/* Small enough for every link, and so the id may be 0 (RFC 6864). */
	if (l->version == 4) {
		f->df = 1;
		f->set |= DIVERT_FIELD_DF;
	}
}

/*
 * RFC 9293 3.10.7.1, the state CLOSED: the reset is where the sender expects
 * what comes next, or acknowledges all that was sent.
 */
static enum reject_reason
make_reset(const struct divert_packet *pkt, const struct divert_layout *l,
    struct divert_fields *f)
{
	const uint8_t	*ip = pkt->data, *tcp = ip + l->l4_off;
	uint32_t	 end;

	if ((tcp[13] & DIVERT_TCP_RST) != 0)
		return (REJECT_RESET);
	f->proto = IPPROTO_TCP;
	f->sport = (uint16_t)(tcp[2] << 8 | tcp[3]);
	f->dport = (uint16_t)(tcp[0] << 8 | tcp[1]);
	f->flags = DIVERT_TCP_RST;
	f->set |= DIVERT_FIELDS_PORTS | DIVERT_FIELD_FLAGS |
	    DIVERT_FIELD_SEQ | DIVERT_FIELD_WINDOW;
	if ((tcp[13] & DIVERT_TCP_ACK) != 0) {
		f->seq = get32(tcp + 8);
		return (REJECT_NONE);
	}
	/* How much the segment holds is known when all of it is. */
	if ((l->flags & DIVERT_LAYOUT_FRAGMENT) != 0)
		return (REJECT_FRAGMENT);
	end = l->version == 4 ? (uint32_t)(ip[2] << 8 | ip[3]) :
	    40 + (uint32_t)(ip[4] << 8 | ip[5]);
	f->flags |= DIVERT_TCP_ACK;
	f->ack = get32(tcp + 4) + (end - l->payload_off) +
	    ((tcp[13] & DIVERT_TCP_SYN) != 0) +
	    ((tcp[13] & DIVERT_TCP_FIN) != 0);
	f->set |= DIVERT_FIELD_ACK;
	return (REJECT_NONE);
}

static void
make_error(const struct divert_packet *pkt, const struct divert_layout *l,
    struct divert_fields *f)
{
	uint32_t	 max;
	int		 ports;

	ports = l->proto == IPPROTO_TCP || l->proto == IPPROTO_UDP ||
	    l->proto == PROTO_UDPLITE || l->proto == PROTO_DCCP ||
	    l->proto == PROTO_SCTP;
	if (l->version == 4) {
		f->proto = IPPROTO_ICMP;
		f->icmp_type = 3;
		f->icmp_code = ports ? 3 : 13;
		f->tos = ERROR_TOS;
		max = QUOTE4_MAX;
	} else {
		f->proto = IPPROTO_ICMPV6;
		f->icmp_type = 1;
		f->icmp_code = ports ? 4 : 1;
		max = QUOTE6_MAX;
	}
	f->payload = pkt->data;
	f->payload_len = l->end_off < max ? l->end_off : max;
	f->set |= DIVERT_FIELD_ICMP_TYPE | DIVERT_FIELD_ICMP_CODE |
	    DIVERT_FIELD_TOS | DIVERT_FIELD_PAYLOAD;
}

/* What travels with a packet, turned round. */
static void
turn(const struct divert_packet *pkt, struct divert_packet *answer)
{
	memset(answer, 0, sizeof(*answer));
	answer->time = pkt->time;
	answer->hook = 0xff;
	memcpy(answer->ifname, pkt->ifname, sizeof(answer->ifname));
	switch (pkt->direction) {
	case DIVERT_DIRECTION_IN:
		answer->direction = DIVERT_DIRECTION_OUT;
		answer->out_ifindex = pkt->in_ifindex;
		break;
	case DIVERT_DIRECTION_OUT:
		answer->direction = DIVERT_DIRECTION_IN;
		answer->in_ifindex = pkt->out_ifindex;
		break;
	}
}

int
reject_make(const struct divert_packet *pkt,
    const struct divert_layout *layout, uint8_t *buf, size_t size,
    struct divert_packet *answer, enum reject_reason *why)
{
	struct divert_fields	 f;
	char			 errbuf[128];
	ssize_t			 n;

	if ((*why = check(pkt, layout)) != REJECT_NONE)
		return (0);
	begin(pkt, layout, &f);
	/*
	 * The address of a packet with a way still to go is not the one its
	 * sender has the connection with.
	 */
	if (layout->proto == IPPROTO_TCP &&
	    (layout->flags & DIVERT_LAYOUT_L4) != 0 &&
	    (layout->flags & DIVERT_LAYOUT_ROUTED) == 0)
		*why = make_reset(pkt, layout, &f);
	else
		make_error(pkt, layout, &f);
	if (*why != REJECT_NONE)
		return (0);
	turn(pkt, answer);
	answer->data = buf + DIVERT_HEADROOM;
	n = size < DIVERT_HEADROOM ? -1 : divert_build(&f, answer->data,
	    size - DIVERT_HEADROOM, errbuf, sizeof(errbuf));
	if (n == -1) {
		*why = REJECT_MALFORMED;
		return (0);
	}
	answer->len = answer->wirelen = (uint32_t)n;
	return (1);
}
