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
#include "icmp_error.h"
#include "reject.h"

#define PROTO_DCCP	33
#define PROTO_SCTP	132
#define PROTO_UDPLITE	136

#define RESET_TTL	64
/* RFC 1812 4.3.2.5: errors go as internetwork control. */
#define ERROR_TOS	0xc0

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
 * Whether the upper layer's checksum says that the packet is damaged.  That of
 * a packet going out may be left to the interface.
 */
static int
is_damaged(const struct divert_packet *pkt, const struct divert_layout *l)
{
	return (pkt->direction != DIVERT_DIRECTION_OUT &&
	    (pkt->flags & DIVERT_PACKET_NOTREADY) == 0 &&
	    divert_cksum_verify_l4(pkt->data, l) == DIVERT_SUM_BAD);
}

/* What must not be answered by an error is not answered by a reset either. */
static enum reject_reason
check(const struct divert_packet *pkt, const struct divert_layout *l)
{
	switch (divert_icmp_error_bar(pkt->data, l)) {
	case ICMP_ERROR_MALFORMED:
		return (REJECT_MALFORMED);
	case ICMP_ERROR_SOURCE:
		return (REJECT_SOURCE);
	case ICMP_ERROR_DESTINATION:
		return (REJECT_DESTINATION);
	case ICMP_ERROR_FRAGMENT:
		return (REJECT_FRAGMENT);
	case ICMP_ERROR_ICMP:
		return (REJECT_ICMP);
	case ICMP_ERROR_CHECKSUM:
		return (REJECT_CHECKSUM);
	case ICMP_ERROR_MAY:
		break;
	}
	return (is_damaged(pkt, l) ? REJECT_CHECKSUM : REJECT_NONE);
}

/*
 * RFC 9293 3.10.7.1, the state CLOSED: the reset is where the sender expects
 * what comes next, or acknowledges all that was sent.
 */
static enum reject_reason
place_reset(const uint8_t *ip, const struct divert_layout *l,
    struct divert_fields *f)
{
	const uint8_t	*tcp = ip + l->l4_off;
	uint32_t	 end;

	if ((tcp[13] & DIVERT_TCP_RST) != 0)
		return (REJECT_RESET);
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

static enum reject_reason
make_reset(const struct divert_packet *pkt, const struct divert_layout *l,
    uint8_t *buf, uint32_t *len)
{
	struct divert_fields	 f;
	enum reject_reason	 why;
	const uint8_t		*tcp = pkt->data + l->l4_off;
	char			 errbuf[128];
	size_t			 size = l->version == 4 ? 4 : 16;
	ssize_t			 n;

	memset(&f, 0, sizeof(f));
	f.version = l->version;
	memcpy(f.src, divert_packet_address(pkt->data, l,
	    DIVERT_DESTINATION), size);
	memcpy(f.dst, divert_packet_address(pkt->data, l, DIVERT_SOURCE),
	    size);
	f.proto = IPPROTO_TCP;
	f.ttl = RESET_TTL;
	f.sport = (uint16_t)(tcp[2] << 8 | tcp[3]);
	f.dport = (uint16_t)(tcp[0] << 8 | tcp[1]);
	f.flags = DIVERT_TCP_RST;
	f.set = DIVERT_FIELD_SRC | DIVERT_FIELD_DST | DIVERT_FIELD_PROTO |
	    DIVERT_FIELD_TTL | DIVERT_FIELDS_PORTS | DIVERT_FIELD_FLAGS |
	    DIVERT_FIELD_SEQ | DIVERT_FIELD_WINDOW;
	/* Small enough for every link, and so the id may be 0 (RFC 6864). */
	if (l->version == 4) {
		f.df = 1;
		f.set |= DIVERT_FIELD_DF;
	}
	if ((why = place_reset(pkt->data, l, &f)) != REJECT_NONE)
		return (why);
	n = divert_build(&f, buf, ICMP_ERROR_SIZE, errbuf, sizeof(errbuf));
	*len = n == -1 ? 0 : (uint32_t)n;
	return (REJECT_NONE);
}

static uint32_t
make_error(const struct divert_packet *pkt, const struct divert_layout *l,
    uint8_t *buf)
{
	struct icmp_error	 error;
	int			 ports;

	ports = l->proto == IPPROTO_TCP || l->proto == IPPROTO_UDP ||
	    l->proto == PROTO_UDPLITE || l->proto == PROTO_DCCP ||
	    l->proto == PROTO_SCTP;
	memset(&error, 0, sizeof(error));
	if (l->version == 4) {
		error.type = 3;
		error.code = ports ? 3 : 13;
		error.tos = ERROR_TOS;
	} else {
		error.type = 1;
		error.code = ports ? 4 : 1;
	}
	return (divert_icmp_error_make(&error, pkt->data, l, buf));
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
	uint32_t	 n = 0;

	if ((*why = check(pkt, layout)) != REJECT_NONE)
		return (0);
	if (size < REJECT_SIZE) {
		*why = REJECT_MALFORMED;
		return (0);
	}
	turn(pkt, answer);
	answer->data = buf + DIVERT_HEADROOM;
	/*
	 * The address of a packet with a way still to go is not the one its
	 * sender has the connection with.
	 */
	if (layout->proto == IPPROTO_TCP &&
	    (layout->flags & DIVERT_LAYOUT_L4) != 0 &&
	    (layout->flags & DIVERT_LAYOUT_ROUTED) == 0)
		*why = make_reset(pkt, layout, answer->data, &n);
	else
		n = make_error(pkt, layout, answer->data);
	if (*why == REJECT_NONE && n == 0)
		*why = REJECT_MALFORMED;
	answer->len = answer->wirelen = n;
	return (*why == REJECT_NONE);
}
