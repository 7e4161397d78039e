/* SPDX-License-Identifier: ISC */

/*
 * ICMP errors of our own: why a packet went no further.
 *
 * They come from the address the packet was sent to: the engine knows no
 * address of this machine on the inside, and one from the outside is what the
 * sender expects answers from.  They leave as packets of this machine, and its
 * routes say where.
 */

#include "compat.h"

#include <stdlib.h>
#include <string.h>

#include "nat_int.h"

#define IP4_HEADER	20
#define IP6_HEADER	40
#define ICMP_HEADER	8
#define ERROR_TTL	64

/* An error is no longer than this: RFC 1812 4.3.2.3, RFC 4443 2.4 (c). */
#define ERROR4_MAX	576
#define ERROR6_MAX	1280

#define SECOND		UINT64_C(1000000000)

/* What an error says. */
struct message {
	uint8_t		 type;
	uint8_t		 code;
	uint32_t	 word;		/* MTU, pointer */
};

/*
 * So many a second: allowance is nanoseconds, of which an error costs its share
 * of a second, and no more than a second's are saved up (RFC 1812 4.3.2.8).
 */
struct errors {
	uint64_t	 allowance;
	uint64_t	 since;
	uint8_t		 data[DIVERT_HEADROOM + ERROR6_MAX];
};

int
errors_new(struct nat *nat)
{
	if ((nat->errors = calloc(1, sizeof(*nat->errors))) == NULL)
		return (-1);
	nat->errors->allowance = SECOND;
	return (0);
}

void
errors_free(struct nat *nat)
{
	free(nat->errors);
	nat->errors = NULL;
}

static void
put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* May one more be sent now? */
static int
is_allowed(struct nat *nat)
{
	struct errors	*e = nat->errors;
	unsigned int	 limit = nat->rules->settings.limit[LIMIT_ERRORS];

	if (limit == 0 || nat->options.made == NULL)
		return (0);
	if (nat->now > e->since) {
		e->allowance = nat->now - e->since > SECOND - e->allowance ?
		    SECOND : e->allowance + (nat->now - e->since);
		e->since = nat->now;
	}
	if (e->allowance < SECOND / limit)
		return (0);
	e->allowance -= SECOND / limit;
	return (1);
}

/*
 * What must not be answered
 */

/* RFC 1812 4.3.2.7, RFC 1122 3.2.2: no one host is there. */
static int
is_nobody4(const uint8_t *addr)
{
	return (addr[0] == 0 || addr[0] == 127 || addr[0] >= 224);
}

/* RFC 4443 2.4 (e.3), (e.6). */
static int
is_nobody6(const uint8_t *addr)
{
	static const uint8_t	 zeros[15];

	return (addr[0] == 0xff || (memcmp(addr, zeros, sizeof(zeros)) == 0 &&
	    addr[15] <= 1));
}

/* An error, something that could be one, or neighbours that are looked for. */
static int
is_error(const struct divert_layout *l)
{
	uint8_t	 type = l->icmp_type;

	if (l->proto == PROTO_ICMPV6 && l->version == 6)
		return ((l->flags & DIVERT_LAYOUT_L4) == 0 || type < 128 ||
		    (type >= 133 && type <= 137));
	if (l->proto != PROTO_ICMP || l->version != 4)
		return (0);
	return ((l->flags & DIVERT_LAYOUT_L4) == 0 || (type != 0 &&
	    (type < 8 || (type > 10 && type < 13) || type > 18) &&
	    type != 42 && type != 43));
}

static int
may_answer(const struct divert_packet *pkt, const struct divert_layout *l)
{
	const uint8_t	*dst, *src;

	src = divert_packet_address(pkt->data, l, DIVERT_SOURCE);
	dst = divert_packet_address(pkt->data, l, DIVERT_DESTINATION);
	if (src == NULL || dst == NULL || l->reason != DIVERT_REASON_NONE ||
	    is_error(l))
		return (0);
	if (l->version == 4 ? is_nobody4(src) || is_nobody4(dst) :
	    is_nobody6(src) || is_nobody6(dst))
		return (0);
	/* One fragment of a datagram is answered, the first. */
	if ((l->flags & (DIVERT_LAYOUT_FRAGMENT | DIVERT_LAYOUT_FIRST)) ==
	    DIVERT_LAYOUT_FRAGMENT)
		return (0);
	return (divert_cksum_verify_ip(pkt->data, l) != DIVERT_SUM_BAD);
}

/*
 * Making one
 */

/* Headers from the destination to the source; how many bytes they have. */
static uint32_t
put_ip(uint8_t *ip, const uint8_t *about, int version, uint32_t len)
{
	if (version == 4) {
		memset(ip, 0, IP4_HEADER);
		ip[0] = 0x45;
		/* The class it had (RFC 5508 REQ-10), less what ECN says. */
		ip[1] = about[1] & 0xfc;
		put16(ip + 2, IP4_HEADER + len);
		/* Of 576 bytes at most, and whole: it needs no identifier. */
		put16(ip + 6, 0x4000);
		ip[8] = ERROR_TTL;
		ip[9] = PROTO_ICMP;
		memcpy(ip + 12, about + 16, 4);
		memcpy(ip + 16, about + 12, 4);
		return (IP4_HEADER);
	}
	memset(ip, 0, IP6_HEADER);
	ip[0] = (uint8_t)(0x60 | (about[0] & 0x0f));
	ip[1] = about[1] & 0xc0;
	put16(ip + 4, len);
	ip[6] = PROTO_ICMPV6;
	ip[7] = ERROR_TTL;
	memcpy(ip + 8, about + 24, 16);
	memcpy(ip + 24, about + 8, 16);
	return (IP6_HEADER);
}

/* In the room of errors; the length. */
static uint32_t
put_error(uint8_t *p, const uint8_t *about, const struct divert_layout *l,
    const struct message *m)
{
	struct divert_layout	 layout;
	uint32_t		 header, max, n = l->end_off;

	header = l->version == 4 ? IP4_HEADER : IP6_HEADER;
	max = (l->version == 4 ? ERROR4_MAX : ERROR6_MAX) - header -
	    ICMP_HEADER;
	if (n > max)
		n = max;
	(void)put_ip(p, about, l->version, ICMP_HEADER + n);
	p[header] = m->type;
	p[header + 1] = m->code;
	put16(p + header + 2, 0);
	put16(p + header + 4, m->word >> 16);
	put16(p + header + 6, m->word);
	memcpy(p + header + ICMP_HEADER, about, n);
	n += header + ICMP_HEADER;
	(void)divert_packet_parse(p, n, &layout);
	(void)divert_cksum_repair(p, &layout);
	return (n);
}

/* A packet of this machine, about another. */
static void
make_error(struct nat *nat, const struct divert_packet *about,
    const struct divert_layout *l, const struct message *m,
    struct divert_packet *pkt)
{
	memset(pkt, 0, sizeof(*pkt));
	pkt->data = nat->errors->data + DIVERT_HEADROOM;
	pkt->len = pkt->wirelen = put_error(pkt->data, about->data, l, m);
	pkt->time = about->time;
	pkt->direction = DIVERT_DIRECTION_OUT;
	pkt->hook = 0xff;
}

static void
send_error(struct nat *nat, const struct divert_packet *about,
    const struct divert_layout *l, const struct message *m)
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
say_prefix(const struct work *work, struct message *m)
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
	struct message	 m = { 0, 0, 0 };
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
	struct message		 m = { 3, 4, 0 };
	struct work		 work;
	int			 turned;

	clock_set(nat, now);
	if (divert_packet_parse(pkt->data, pkt->len, &l) == -1 ||
	    !may_answer(pkt, &l))
		return;
	/* This one is for its sender's routers to cut. */
	if (l.version == 4 && (pkt->data[6] & 0x40) == 0)
		return;
	if (l.version == 6) {
		m.type = 2;
		m.code = 0;
	}
	m.word = mtu;
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
