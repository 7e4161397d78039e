/* SPDX-License-Identifier: ISC */

/*
 * Batches, and the short way of the packets that are most: whole TCP and UDP
 * packets without options of a session that is known.
 *
 * Four steps: the first asks for the slot of the index, the second for the
 * session, the third for the addresses of an IPv6 session, and the last uses
 * them.  Each is a group of packets behind the one before, so that memory
 * answers for many packets at once, and while others are translated.  Sessions
 * may end meanwhile by packets before in the batch, so the last looks at
 * everything again.
 */

#include "compat.h"

#include <string.h>

#include "nat_rewrite.h"
#include "nat_tcp.h"

#define IP4		20
#define IP6		40
#define GROUP		8	/* packets of a step at once */

/*
 * What the steps hand on.  The key is as it lies in struct session, so that it
 * is compared at once; source and destination are in the order of the key,
 * whatever the way.
 */
struct flight {
	uint32_t	 addrs[2];	/* IPv6: address_hash() */
	uint16_t	 ports[2];
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

static inline int
is_plain4(const struct divert_packet *pkt)
{
	const uint8_t	*ip = pkt->data;
	unsigned int	 len = get16(ip + 2);

	return (ip[0] == 0x45 && (get16(ip + 6) & 0x3fff) == 0 &&
	    len >= IP4 + 8 && len <= pkt->len &&
	    is_plain_l4(ip + IP4, ip[9], len - IP4));
}

static inline int
is_plain6(const struct divert_packet *pkt)
{
	const uint8_t	*ip = pkt->data;
	unsigned int	 len = get16(ip + 4);

	return (ip[0] >> 4 == 6 && len >= 8 && len + IP6 <= pkt->len &&
	    is_plain_l4(ip + IP6, ip[6], len));
}

static inline const struct index *
index_of(const struct nat *nat, int way)
{
	return (way == WAY_OUT ? &nat->by_inside : &nat->by_outside);
}

/* What the packet is. */
static inline void
classify(const struct nat *nat, struct flight *f,
    const struct divert_packet *pkt)
{
	const uint8_t	*ip = pkt->data;

	f->family = 0;
	if ((pkt->flags & DIVERT_PACKET_TRUNCATED) != 0 ||
	    pkt->direction == DIVERT_DIRECTION_NONE || pkt->len < IP4 + 8)
		return;
	f->way = pkt->direction == DIVERT_DIRECTION_OUT ? WAY_OUT : WAY_IN;
	if (is_plain4(pkt)) {
		f->family = 4;
		f->proto = ip[9];
		f->l4 = IP4;
		memcpy(f->addrs, ip + 12, 8);
	} else if (is_plain6(pkt)) {
		f->family = 6;
		f->proto = ip[6];
		f->l4 = IP6;
		f->addrs[0] = address_hash(nat, ip + 8);
		f->addrs[1] = address_hash(nat, ip + 24);
	}
}

/* The first step. */
static inline void
plan(const struct nat *nat, struct flight *f, const struct divert_packet *pkt)
{
	const struct index	*ix;

	f->session = 0;
	classify(nat, f, pkt);
	if (f->family == 0)
		return;
	memcpy(f->ports, pkt->data + f->l4, 4);
	f->hash = session_hash(&nat->keys[f->way == WAY_OUT ? KEYS_INSIDE :
	    KEYS_OUTSIDE], f->addrs, f->ports, f->proto, f->family);
	ix = index_of(nat, f->way);
	__builtin_prefetch(&ix->slots[index_home(ix, f->hash)]);
}

/* The second step. */
static inline void
approach(struct nat *nat, struct flight *f, const struct divert_packet *pkt)
{
	const struct index	*ix = index_of(nat, f->way);
	uint32_t		 at, inside;

	if (f->family == 0)
		return;
	at = index_home(ix, f->hash);
	if ((f->session = index_next(ix, f->hash, &at)) != 0)
		__builtin_prefetch(&nat->sessions[f->session], 1);
	else if (f->way == WAY_OUT && address_find(nat, f->family,
	    pkt->data + (f->family == 4 ? 12 : 8), &inside))
		mapping_expect_inside(nat, f->family,
		    zone_of(nat, pkt->ifname), f->proto, inside, f->ports[0]);
}

/* The third step, of IPv6. */
static inline void
greet(const struct nat *nat, const struct flight *f)
{
	const struct session	*s = &nat->sessions[f->session];

	if (f->family != 6 || f->session == 0 || s->family != 6)
		return;
	__builtin_prefetch(&nat->addresses[s->inside]);
	__builtin_prefetch(&nat->addresses[s->remote]);
	__builtin_prefetch(&nat->addresses[s->outside]);
}

static inline int
has_addresses6(const struct nat *nat, const struct session *s, int way,
    const uint8_t *ip)
{
	uint32_t	 from, to;

	from = way == WAY_OUT ? s->inside : s->remote;
	to = way == WAY_OUT ? s->remote : s->outside;
	return (memcmp(nat->addresses[from].bytes, ip + 8, 16) == 0 &&
	    memcmp(nat->addresses[to].bytes, ip + 24, 16) == 0);
}

static inline __attribute__((__always_inline__)) int
is_session_of(const struct nat *nat, const struct session *s, int way,
    const struct flight *f, const uint8_t *ip)
{
	const uint8_t	*p = (const uint8_t *)s;

	if (memcmp(p + (way == WAY_OUT ? 12 : 14), f->ports, 4) != 0 ||
	    memcmp(&s->proto, &f->proto, 2) != 0)
		return (0);
	return (f->family == 4 ? memcmp(p + (way == WAY_OUT ? 0 : 4),
	    f->addrs, 8) == 0 : has_addresses6(nat, s, way, ip));
}

/* Nothing about this packet asks for the long way. */
static inline __attribute__((__always_inline__)) int
is_short(struct nat *nat, const struct session *s, int way,
    const struct flight *f, const struct divert_packet *pkt)
{
	if (!is_session_of(nat, s, way, f, pkt->data) ||
	    session_is_old(nat, s) ||
	    (s->flags & (SESSION_OWN | SESSION_DNS)) != 0)
		return (0);
	if (way == WAY_OUT && s->zone != 0 &&
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

	if ((l4[13] & (TH_FIN | TH_SYN | TH_RST)) == 0 &&
	    s->tcp_state >= TCP_ESTABLISHED && s->tcp_state < TCP_TRANS) {
		tcp_note_ack(s, f->way, l4);
		return (1);
	}
	return (tcp_segment(nat, f->session, f->way, l4,
	    end - (l4[12] >> 4) * 4U));
}

static inline void
count(struct nat *nat, const struct flight *f, int way, uint32_t len)
{
	struct session	*s = &nat->sessions[f->session];

	if (++s->packets[way] == 0)
		nat->rests[f->session].packets_high[way]++;
	if ((s->bytes[way] += len) < len)
		nat->rests[f->session].bytes_high[way]++;
}

static inline __attribute__((__always_inline__)) void
rewrite(const struct nat *nat, const struct session *s, int way,
    const struct divert_packet *pkt)
{
	const uint32_t	*to = way == WAY_OUT ? &s->outside : &s->inside;

	if ((pkt->flags & DIVERT_PACKET_NOTREADY) != 0)
		rewrite_unfinished(pkt->data, s, way, address_bytes(nat,
		    s->family, to));
	else if (s->family == 4)
		rewrite_ip4(pkt->data, s, way);
	else
		rewrite_ip6(pkt->data, s, way, nat->addresses[*to].bytes);
}

/*
 * The last step; way is a constant where it is called.  0: the packet has to go
 * the long way.
 */
static inline __attribute__((__always_inline__)) int
translate_short(struct nat *nat, const struct flight *f, int way,
    const struct divert_packet *pkt)
{
	struct session	*s = &nat->sessions[f->session];
	const uint8_t	*ip = pkt->data;
	int		 keeps = 1;

	if (!is_short(nat, s, way, f, pkt))
		return (0);
	count(nat, f, way, pkt->len);
	if (f->proto == PROTO_TCP)
		keeps = note_segment(nat, f, ip + f->l4, f->family == 4 ?
		    get16(ip + 2) - IP4 : get16(ip + 4));
	if (keeps && (way == WAY_OUT || (s->flags & SESSION_REFRESH_IN) != 0))
		s->last = nat->tick;
	rewrite(nat, s, way, pkt);
	nat->counts.translated[way]++;
	return (1);
}

static inline void
arrive(struct nat *nat, const struct flight *f, struct divert_packet *pkt,
    uint8_t *verdict, uint8_t *reason)
{
	if (f->session != 0 && (f->way == WAY_OUT ?
	    translate_short(nat, f, WAY_OUT, pkt) :
	    translate_short(nat, f, WAY_IN, pkt))) {
		*verdict = NAT_REPLACE;
		*reason = NAT_REASON_NONE;
	} else
		*verdict = (uint8_t)nat_packet(nat, pkt, reason);
}

/*
 * The end of the group that begins there.  What is before the first packet has
 * wrapped round, and is as empty as what is behind the last.
 */
static inline unsigned int
group_end(unsigned int at, unsigned int n)
{
	return (at >= n ? at : n - at < GROUP ? n : at + GROUP);
}

void
nat_packets(struct nat *nat, struct divert_packet *pkts, unsigned int n,
    uint64_t now, uint8_t *verdicts, uint8_t *reasons)
{
	struct flight	 flights[DIVERT_BATCH_MAX];
	unsigned int	 at, end, i;

	clock_set(nat, now);
	for (at = 0; at < n + 3 * GROUP; at += GROUP) {
		i = at;
		for (end = group_end(i, n); i < end; i++)
			plan(nat, &flights[i], &pkts[i]);
		i = at - GROUP;
		for (end = group_end(i, n); i < end; i++)
			approach(nat, &flights[i], &pkts[i]);
		i = at - 2 * GROUP;
		for (end = group_end(i, n); i < end; i++)
			greet(nat, &flights[i]);
		i = at - 3 * GROUP;
		for (end = group_end(i, n); i < end; i++)
			arrive(nat, &flights[i], &pkts[i], &verdicts[i],
			    &reasons[i]);
	}
}

void
nat_expect(struct nat *nat, const struct divert_packet *pkts, unsigned int n)
{
	struct flight	 flights[DIVERT_BATCH_MAX];
	unsigned int	 i;

	for (i = 0; i < n; i++)
		plan(nat, &flights[i], &pkts[i]);
	for (i = 0; i < n; i++)
		approach(nat, &flights[i], &pkts[i]);
	for (i = 0; i < n; i++)
		greet(nat, &flights[i]);
}
