/* SPDX-License-Identifier: ISC */

/*
 * ICMP errors of our own: why a packet went no further.
 *
 * The engine knows no address of this machine on the inside, so it suits that
 * they come from the address the packet was sent to.  They leave as packets of
 * this machine, and its routes say where.
 */

#include "compat.h"

#include <stdlib.h>
#include <string.h>

#include "icmp_error.h"
#include "nat_int.h"

#define IP6_MTU_MIN	1280

/* What is left of LIMIT_ERRORS, and room for one. */
struct errors {
	struct icmp_error_limit	 limit;
	uint8_t			 data[DIVERT_HEADROOM + ICMP_ERROR_SIZE];
};

int
errors_new(struct nat *nat)
{
	if ((nat->errors = calloc(1, sizeof(*nat->errors))) == NULL)
		return (-1);
	divert_icmp_error_limit(&nat->errors->limit);
	return (0);
}

void
errors_free(struct nat *nat)
{
	free(nat->errors);
	nat->errors = NULL;
}

/* May one more be sent now? */
static int
is_allowed(struct nat *nat)
{
	return (nat->options.made != NULL &&
	    divert_icmp_error_allow(&nat->errors->limit,
	    nat->rules->settings.limit[LIMIT_ERRORS], nat->now));
}

static int
may_answer(const struct divert_packet *pkt, const struct divert_layout *l)
{
	return (divert_icmp_error_bar(pkt->data, l) == ICMP_ERROR_MAY);
}

/* The class of the packet (RFC 5508 REQ-10), less what ECN says. */
static uint8_t
class_of(const uint8_t *ip, int version)
{
	return ((uint8_t)((version == 4 ? ip[1] : ip[0] << 4 | ip[1] >> 4) &
	    0xfc));
}

/* A packet of this machine, about another. */
static void
make_error(struct nat *nat, const struct divert_packet *about,
    const struct divert_layout *l, const struct icmp_error *m,
    struct divert_packet *pkt)
{
	struct icmp_error	 error = *m;

	error.tos = class_of(about->data, l->version);
	memset(pkt, 0, sizeof(*pkt));
	pkt->data = nat->errors->data + DIVERT_HEADROOM;
	pkt->len = pkt->wirelen = divert_icmp_error_make(&error, about->data,
	    l, pkt->data);
	pkt->time = about->time;
	pkt->direction = DIVERT_DIRECTION_OUT;
	pkt->hook = 0xff;
}

static void
send_error(struct nat *nat, const struct divert_packet *about,
    const struct divert_layout *l, const struct icmp_error *m)
{
	struct divert_packet	 pkt;

	if (!may_answer(about, l) || !is_allowed(nat))
		return;
	make_error(nat, about, l, m, &pkt);
	/* Back to where it came in: there the sender is. */
	if (about->direction == DIVERT_DIRECTION_IN) {
		pkt.out_ifindex = about->in_ifindex;
		memcpy(pkt.ifname, about->ifname, sizeof(pkt.ifname));
	}
	nat->counts.errors_made++;
	nat->options.made(nat->options.arg, &pkt);
}

/*
 * Which ones
 */

enum meaning { NOTHING, NO_HOST, PROHIBITED, NO_PORT, PREFIX };

static enum meaning
meaning_of(enum nat_reason reason)
{
	switch (reason) {
	/* RFC 6888 REQ-11, which is younger than RFC 5508 REQ-8. */
	case NAT_REASON_NO_ADDRESS:
	case NAT_REASON_NO_PORT:
	case NAT_REASON_NO_STATE:
	case NAT_REASON_HOST_PORTS:
	case NAT_REASON_HOST_STATES:
	case NAT_REASON_HOST_RATE:
		return (NO_HOST);
	case NAT_REASON_PROTOCOL:
	case NAT_REASON_HAIRPIN:
	case NAT_REASON_BOUND:
		return (PROHIBITED);
	case NAT_REASON_UNSOLICITED:
		return (NO_PORT);
	case NAT_REASON_NPT:
		return (PREFIX);
	default:
		return (NOTHING);
	}
}

/*
 * RFC 6296: an interface identifier of zeros is a parameter problem (3.7), an
 * address that no other can stand for is unreachable (3.4).
 */
static void
say_prefix(const struct work *work, struct icmp_error *m)
{
	static const uint8_t	 zeros[8];
	uint32_t		 at = work->way == WAY_OUT ? 8 : 24;

	if (memcmp(work->pkt->data + at + 8, zeros, sizeof(zeros)) == 0) {
		m->type = 4;
		m->word = at;
	} else {
		m->type = 1;
		m->code = 0;
	}
}

void
error_answer(struct nat *nat, const struct work *work, enum nat_reason reason)
{
	struct icmp_error m = { 0, 0, 0, 0 };
	enum meaning	 meaning = meaning_of(reason);
	int		 inside = work->way == WAY_OUT ||
			    reason == NAT_REASON_HAIRPIN;

	/* Half translated it is not what its sender sent. */
	if (meaning == NOTHING || work->changed[DIVERT_SOURCE] ||
	    work->changed[DIVERT_DESTINATION])
		return;
	if (inside && !nat->rules->settings.notify)
		return;
	m.type = work->family == 4 ? 3 : 1;
	switch (meaning) {
	case NO_HOST:
		m.code = work->family == 4 ? 1 : 3;
		break;
	case PROHIBITED:
		m.code = work->family == 4 ? 13 : 1;
		break;
	case NO_PORT:
		m.code = work->family == 4 ? 3 : 4;
		break;
	case PREFIX:
		if (work->family != 6)
			return;
		say_prefix(work, &m);
		break;
	case NOTHING:
		return;
	}
	send_error(nat, work->pkt, &work->layout, &m);
}

/*
 * Too large to go on (RFC 4787 REQ-13).  The error is made about the packet as
 * it was to go, as a router behind us would have made it, and translated like
 * one that comes from there.
 */
void
nat_too_large(struct nat *nat, const struct divert_packet *pkt, uint32_t mtu,
    uint64_t now)
{
	struct divert_layout	 l;
	struct divert_packet	 error;
	struct icmp_error	 m = { 3, 4, 0, 0 };
	struct work		 work;
	int			 turned;

	clock_set(nat, now);
	if (divert_packet_parse(pkt->data, pkt->len, &l) == -1 ||
	    !may_answer(pkt, &l))
		return;
	/* This one is for its sender's routers to cut. */
	if (l.version == 4 && (pkt->data[6] & 0x40) == 0)
		return;
	m.word = mtu;
	if (l.version == 6) {
		m.type = 2;
		m.code = 0;
		/* No link of IPv6 has less. */
		if (mtu < IP6_MTU_MIN)
			m.word = IP6_MTU_MIN;
	}
	make_error(nat, pkt, &l, &m, &error);
	/* Of two that are inside the receiver's side is the inside, too. */
	turned = ours_find(nat, l.version, divert_packet_address(pkt->data, &l,
	    DIVERT_SOURCE)) != NULL;
	if (pkt->direction == DIVERT_DIRECTION_OUT || turned)
		error.direction = DIVERT_DIRECTION_IN;
	memcpy(error.ifname, pkt->ifname, sizeof(error.ifname));
	if (work_begin(nat, &work, &error) == -1 ||
	    icmp_error(nat, &work) == NAT_DROP || !is_allowed(nat))
		return;
	if (error.direction == DIVERT_DIRECTION_IN)
		memset(error.ifname, 0, sizeof(error.ifname));
	error.direction = DIVERT_DIRECTION_OUT;
	nat->counts.errors_made++;
	nat->options.made(nat->options.arg, &error);
}
