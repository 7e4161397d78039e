/* SPDX-License-Identifier: ISC */

/*
 * Batches, and the short way of the packets that are most: whole TCP and UDP
 * packets without options of a session that is known.
 *
 * Three passes, so that what has to come from memory comes for all packets at
 * once: the slot of the index is asked for in the first, the session in the
 * second, and used in the third.  Sessions may end meanwhile by packets before
 * in the batch, so the third looks at everything again.
 */

#include "compat.h"

#include <string.h>

#include "nat_rewrite.h"
#include "nat_tcp.h"

#define IP4		20
#define IP6		40


/*
 * What the passes hand on.  The key is as it lies in struct session, so that it
 * is compared at once.
 */
struct flight {
	uint32_t	 addrs[2];	/* out: inside, remote; in: remote,
					 * outside */
	uint16_t	 ports[2];	/* likewise */
	uint8_t		 proto;
	uint8_t		 family;	/* 0: the long way */
	uint8_t		 way;
	uint8_t		 l4;		/* where it begins */
	uint32_t	 hash;
	uint32_t	 session;	/* 0: none, the long way */
};

_Static_assert(offsetof(struct session, remote) == 4 &&
    offsetof(struct session, outside) == 8 &&
    offsetof(struct session, remote_port) == 14 &&
    offsetof(struct session, outside_port) == 16 &&
    offsetof(struct session, family) ==
    offsetof(struct session, proto) + 1, "keys are compared as they lie");

static inline unsigned int
get16(const uint8_t *p)
{
	return ((unsigned int)(p[0] << 8 | p[1]));
}

/* The TCP or UDP header is whole and agrees with its n bytes. */
static inline int
is_plain_l4(const uint8_t *l4, int proto, unsigned int n)
{
	if (proto == PROTO_TCP)
		return (n >= 20 && (l4[12] >> 4) >= 5 &&
		    (l4[12] >> 4) * 4U <= n);
	return (proto == PROTO_UDP && n >= 8 && get16(l4 + 4) >= 8 &&
	    get16(l4 + 4) <= n);
}

static int
is_plain4(const struct divert_packet *pkt)
{
	const uint8_t	*ip = pkt->data;
	unsigned int	 len;

	if (pkt->len < IP4 + 8 || ip[0] != 0x45 ||
	    (ip[6] & 0x3f) != 0 || ip[7] != 0)
		return (0);
	len = get16(ip + 2);
	return (len >= IP4 + 8 && len <= pkt->len &&
	    is_plain_l4(ip + IP4, ip[9], len - IP4));
}

static int
is_plain6(const struct divert_packet *pkt)
{
	const uint8_t	*ip = pkt->data;
	unsigned int	 len;

	if (pkt->len < IP6 + 8 || ip[0] >> 4 != 6)
		return (0);
	len = get16(ip + 4);
	return (len >= 8 && len + IP6 <= pkt->len &&
	    is_plain_l4(ip + IP6, ip[6], len));
}

/* Source and destination are in the order of the key, whatever the way. */
static void
plan4(struct flight *f, const uint8_t *ip)
{
	f->family = 4;
	f->proto = ip[9];
	f->l4 = IP4;
	memcpy(f->addrs, ip + 12, 8);
}

static void
plan6(const struct nat *nat, struct flight *f, const uint8_t *ip)
{
	if (!address_find(nat, 6, ip + 8, &f->addrs[0]) ||
	    !address_find(nat, 6, ip + 24, &f->addrs[1]))
		return;
	f->family = 6;
	f->proto = ip[6];
	f->l4 = IP6;
}

/* The first pass. */
static void
plan(const struct nat *nat, struct flight *f, const struct divert_packet *pkt)
{
	const struct index	*ix;
	unsigned int		 near;

	f->family = 0;
	f->session = 0;
	if ((pkt->flags & DIVERT_PACKET_TRUNCATED) != 0 ||
	    pkt->direction == DIVERT_DIRECTION_NONE)
		return;
	if (is_plain4(pkt))
		plan4(f, pkt->data);
	else if (is_plain6(pkt))
		plan6(nat, f, pkt->data);
	if (f->family == 0)
		return;
	memcpy(f->ports, pkt->data + f->l4, 4);
	f->way = pkt->direction == DIVERT_DIRECTION_OUT ? WAY_OUT : WAY_IN;
	near = f->way == WAY_OUT ? 0 : 1;
	f->hash = session_hash(&nat->keys[f->way == WAY_OUT ? KEYS_INSIDE :
	    KEYS_OUTSIDE], f->addrs[near], f->addrs[!near], f->ports[near],
	    f->ports[!near], f->proto, f->family);
	ix = f->way == WAY_OUT ? &nat->by_inside : &nat->by_outside;
	__builtin_prefetch(&ix->slots[index_home(ix, f->hash)]);
}

/* The second pass. */
static void
approach(struct nat *nat, struct flight *f, const struct divert_packet *pkt)
{
	const struct index	*ix;
	uint32_t		 at;

	if (f->family == 0)
		return;
	ix = f->way == WAY_OUT ? &nat->by_inside : &nat->by_outside;
	at = index_home(ix, f->hash);
	if ((f->session = index_next(ix, f->hash, &at)) != 0)
		__builtin_prefetch(&nat->sessions[f->session], 1);
	else if (f->way == WAY_OUT)
		mapping_expect_inside(nat, f->family,
		    zone_of(nat, pkt->ifname), f->proto, f->addrs[0],
		    f->ports[0]);
}

static inline int
is_session_of(const struct session *s, const struct flight *f)
{
	const uint8_t	*p = (const uint8_t *)s;

	return (memcmp(p + (f->way == WAY_OUT ? 0 : 4), f->addrs, 8) == 0 &&
	    memcmp(p + (f->way == WAY_OUT ? 12 : 14), f->ports, 4) == 0 &&
	    memcmp(&s->proto, &f->proto, 2) == 0);
}

/* Nothing about this packet asks for the long way. */
static inline int
is_short(struct nat *nat, const struct flight *f, const struct session *s,
    const struct divert_packet *pkt)
{
	if (!is_session_of(s, f) || session_is_old(nat, s) ||
	    (s->flags & (SESSION_OWN | SESSION_DNS)) != 0)
		return (0);
	if (f->way == WAY_OUT && s->zone != 0 &&
	    s->zone != zone_of(nat, pkt->ifname))
		return (0);
	/* Its MSS may be lowered, and nothing is lost by taking our time. */
	return (f->proto != PROTO_TCP ||
	    (pkt->data[f->l4 + 13] & TH_SYN) == 0);
}

/* As tcp_segment(), most of which changes nothing. */
static int
note_segment(struct nat *nat, const struct flight *f, const uint8_t *l4,
    unsigned int end)
{
	struct session	*s = &nat->sessions[f->session];

	if ((l4[13] & (TH_FIN | TH_SYN | TH_RST)) == 0 && s->tcp_state >= TCP_ESTABLISHED &&
	    s->tcp_state < TCP_TRANS) {
		tcp_note_ack(s, f->way, l4);
		return (1);
	}
	return (tcp_segment(nat, f->session, f->way, l4,
	    end - (l4[12] >> 4) * 4U));
}

static inline void
translate_short(struct nat *nat, const struct flight *f,
    const struct divert_packet *pkt)
{
	struct session	*s = &nat->sessions[f->session];
	uint8_t		*ip = pkt->data;
	unsigned int	 end;
	int		 keeps = 1;

	if (++s->packets[f->way] == 0)
		nat->rests[f->session].packets_high[f->way]++;
	if ((s->bytes[f->way] += pkt->len) < pkt->len)
		nat->rests[f->session].bytes_high[f->way]++;
	if (f->proto == PROTO_TCP) {
		end = f->family == 4 ? get16(ip + 2) - IP4 : get16(ip + 4);
		keeps = note_segment(nat, f, ip + f->l4, end);
	}
	if (keeps && (f->way == WAY_OUT ||
	    (s->flags & SESSION_REFRESH_IN) != 0))
		s->last = nat->tick;
	if ((pkt->flags & DIVERT_PACKET_NOTREADY) != 0)
		rewrite_unfinished(ip, s, f->way, address_bytes(nat,
		    f->family, f->way == WAY_OUT ? &s->outside : &s->inside));
	else if (f->family == 4)
		rewrite_ip4(ip, s, f->way);
	else
		rewrite_ip6(ip, s, f->way, address_bytes(nat, 6,
		    f->way == WAY_OUT ? &s->outside : &s->inside));
}

void
nat_packets(struct nat *nat, struct divert_packet *pkts, unsigned int n,
    uint64_t now, uint8_t *verdicts, uint8_t *reasons)
{
	struct flight	 flights[DIVERT_BATCH_MAX];
	unsigned int	 i, translated[2] = { 0, 0 };

	clock_set(nat, now);
	for (i = 0; i < n; i++)
		plan(nat, &flights[i], &pkts[i]);
	for (i = 0; i < n; i++)
		approach(nat, &flights[i], &pkts[i]);
	for (i = 0; i < n; i++) {
		if (flights[i].session != 0 && is_short(nat, &flights[i],
		    &nat->sessions[flights[i].session], &pkts[i])) {
			translate_short(nat, &flights[i], &pkts[i]);
			translated[flights[i].way]++;
			verdicts[i] = NAT_REPLACE;
			reasons[i] = NAT_REASON_NONE;
		} else
			verdicts[i] = (uint8_t)nat_packet(nat, &pkts[i],
			    &reasons[i]);
	}
	nat->counts.translated[WAY_OUT] += translated[WAY_OUT];
	nat->counts.translated[WAY_IN] += translated[WAY_IN];
}
