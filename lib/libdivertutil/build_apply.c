/* SPDX-License-Identifier: ISC */

/*
 * Fields set in a packet that is there.  Everything that could go wrong is
 * found out first; then the payload and what is behind it moves, headers are
 * written, lengths and at last the sums.
 */

#include "compat.h"

#include <errno.h>

#include "build_int.h"
#include "cksum_int.h"

/* A packet on its way to another one. */
struct change {
	const struct divert_fields *f;
	uint8_t		*data;
	struct divert_layout before;
	uint32_t	 missing;	/* options to add */
	uint32_t	 options;	/* bytes of them that stay */
	uint32_t	 old_payload;	/* bytes */
	uint32_t	 new_off;	/* of the payload */
	uint32_t	 new_payload;
	int		 resized;
	/* What sums were made over, before. */
	uint8_t		 l4[TCP_HEADER + TCP_OPTIONS_MAX];
	uint32_t	 l4_len;
	uint8_t		 addresses[32];
	uint32_t	 addresses_len;
};

static int
has(const struct change *c, uint32_t fields)
{
	return ((c->f->set & fields) != 0);
}

static const char *
contradicts_ip(const struct change *c)
{
	const struct divert_fields	*f = c->f;
	const struct divert_layout	*l = &c->before;

	if (divert_packet_address(c->data, l, DIVERT_SOURCE) == NULL)
		return ("the packet is no IP packet");
	if (f->version != 0 && f->version != l->version)
		return (l->version == 4 ? "the packet is IPv4" :
		    "the packet is IPv6");
	if (has(c, DIVERT_FIELD_PROTO) && f->proto != l->proto)
		return ("the packet is of another protocol");
	if (l->version == 4) {
		if (has(c, DIVERT_FIELD_FLOW))
			return ("IPv4 has no flow label");
		if (has(c, DIVERT_FIELD_ID) && f->id > 65535)
			return ("an id of IPv4 has 16 bits");
	} else {
		if (has(c, DIVERT_FIELD_FLOW) && f->flow > 0xfffff)
			return ("a flow label has 20 bits");
		if (has(c, DIVERT_FIELD_DF) && f->df != 0)
			return ("IPv6 has no flag for not fragmenting");
		if (has(c, DIVERT_FIELD_RF) && f->rf != 0)
			return ("IPv6 has no reserved flag");
		if (l->frag_off == 0 && (has(c, DIVERT_FIELD_ID) ||
		    (has(c, DIVERT_FIELD_MF) && f->mf != 0) ||
		    (has(c, DIVERT_FIELD_FRAG_OFF) && f->frag_off != 0)))
			return ("the packet has no fragment header");
	}
	if (has(c, DIVERT_FIELD_FRAG_OFF) &&
	    (f->frag_off % 8 != 0 || f->frag_off > 65528))
		return ("a fragment's offset is a multiple of 8 below 65536");
	return (NULL);
}

static const char *
contradicts_l4(const struct change *c)
{
	const struct divert_layout	*l = &c->before;
	int				 icmp, whole;

	whole = (l->flags & DIVERT_LAYOUT_L4) != 0;
	icmp = (l->proto == PROTO_ICMP && l->version == 4) ||
	    (l->proto == PROTO_ICMPV6 && l->version == 6);
	if (has(c, DIVERT_FIELDS_TCP) && (!whole || l->proto != PROTO_TCP))
		return ("the packet has no TCP header");
	if (has(c, DIVERT_FIELDS_PORTS) && (icmp ||
	    divert_packet_port(c->data, l, DIVERT_SOURCE) == -1))
		return ("the packet has no ports");
	if (has(c, DIVERT_FIELDS_ICMP) && (!whole || !icmp))
		return ("the packet has no ICMP header");
	if (has(c, DIVERT_FIELD_ICMP_ID | DIVERT_FIELD_ICMP_SEQ |
	    DIVERT_FIELD_ICMP_REST) &&
	    l->payload_off - l->l4_off < ICMP_HEADER)
		return ("the packet's ICMP header ends before");
	if (has(c, DIVERT_FIELD_ICMP_REST) &&
	    has(c, DIVERT_FIELD_ICMP_ID | DIVERT_FIELD_ICMP_SEQ))
		return ("id and sequence number stand where the rest of the "
		    "ICMP header is");
	if (has(c, DIVERT_FIELD_PAYLOAD) && l->payload_off == 0)
		return ("the packet has no payload");
	/* The CRC is over all of the datagram, of which a part is here. */
	if (has(c, DIVERT_FIELDS_PORTS) && l->proto == PROTO_SCTP &&
	    (l->flags & (DIVERT_LAYOUT_FRAGMENT | DIVERT_LAYOUT_TRUNCATED)) !=
	    0)
		return ("the checksum of a part of an SCTP packet cannot be "
		    "kept right");
	return (NULL);
}

/* Which of the options that are to be set are not there yet. */
static uint32_t
missing_options(struct change *c)
{
	static const struct {
		uint32_t	 fields;
		uint8_t		 kind, size;
	} known[] = {
		{ DIVERT_FIELD_MSS, TCP_OPTION_MSS, 4 },
		{ DIVERT_FIELD_WSCALE, TCP_OPTION_WSCALE, 3 },
		{ DIVERT_FIELD_SACK, TCP_OPTION_SACK, 2 },
		{ DIVERT_FIELD_TSVAL | DIVERT_FIELD_TSECR, TCP_OPTION_TIMES,
		    10 },
	};
	const uint8_t	*p;
	uint32_t	 missing, size;
	size_t		 i;

	p = c->data + c->before.l4_off + TCP_HEADER;
	size = c->before.payload_off - c->before.l4_off - TCP_HEADER;
	missing = 0;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (divert_build_find_option(p, size, known[i].kind,
		    known[i].size, &c->options) == -1)
			missing |= c->f->set & known[i].fields;
	if (c->f->sack == 0)
		missing &= ~DIVERT_FIELD_SACK;
	return (missing);
}

/* How long the headers and the payload will be.  What is wrong, or NULL. */
static const char *
plan_size(struct change *c)
{
	const struct divert_layout	*l = &c->before;
	uint32_t			 size;

	c->new_off = l->payload_off;
	if (l->payload_off != 0)
		c->old_payload = c->new_payload = l->end_off - l->payload_off;
	if (has(c, DIVERT_FIELD_PAYLOAD)) {
		c->new_payload = c->f->payload_len;
		c->resized = 1;
	}
	if (has(c, DIVERT_FIELDS_OPTIONS) &&
	    (c->missing = missing_options(c)) != 0) {
		c->options = (c->options + 3) & ~3u;
		size = c->options + divert_build_options(c->f, c->missing,
		    NULL);
		if (l->reason == DIVERT_REASON_TCP_OPTION)
			return ("the packet's TCP options cannot be read");
		if (size > TCP_OPTIONS_MAX)
			return ("the packet has no room for more TCP options");
		c->new_off = l->l4_off + TCP_HEADER + size;
		c->resized = 1;
	}
	if (c->resized && ((l->flags & DIVERT_LAYOUT_TRUNCATED) != 0 ||
	    ((l->flags & DIVERT_LAYOUT_FIRST) != 0) ||
	    (l->version == 6 && l->final_off == 0)))
		return ("the checksum is over more than is here: length and "
		    "payload must stay");
	return (NULL);
}

static void
save(struct change *c)
{
	const struct divert_layout	*l = &c->before;

	if (l->version == 4) {
		c->addresses_len = 8;
		memcpy(c->addresses, c->data + 12, 8);
	} else {
		/* A routing header has the last destination, which stays. */
		c->addresses_len = (l->flags & DIVERT_LAYOUT_ROUTED) != 0 ?
		    16 : 32;
		memcpy(c->addresses, c->data + 8, c->addresses_len);
	}
	if (!has_l4_start(l))
		return;
	c->l4_len = ((l->flags & DIVERT_LAYOUT_L4) != 0 ? l->payload_off :
	    l->end_off) - l->l4_off;
	c->l4_len &= ~1u;
	if (c->l4_len > sizeof(c->l4))
		c->l4_len = sizeof(c->l4);
	memcpy(c->l4, c->data + l->l4_off, c->l4_len);
}

static void
set_ip4(const struct change *c)
{
	const struct divert_fields	*f = c->f;
	uint8_t				*p = c->data;
	uint16_t			 frag;

	if (has(c, DIVERT_FIELD_SRC))
		memcpy(p + 12, f->src, 4);
	if (has(c, DIVERT_FIELD_DST))
		memcpy(p + 16, f->dst, 4);
	if (has(c, DIVERT_FIELD_TTL))
		p[8] = f->ttl;
	if (has(c, DIVERT_FIELD_TOS))
		p[1] = f->tos;
	if (has(c, DIVERT_FIELD_ID))
		put16(p + 4, (uint16_t)f->id);
	frag = get16(p + 6);
	if (has(c, DIVERT_FIELD_RF))
		frag = (uint16_t)((frag & 0x7fff) | (f->rf ? 0x8000 : 0));
	if (has(c, DIVERT_FIELD_DF))
		frag = (uint16_t)((frag & 0xbfff) | (f->df ? 0x4000 : 0));
	if (has(c, DIVERT_FIELD_MF))
		frag = (uint16_t)((frag & 0xdfff) | (f->mf ? 0x2000 : 0));
	if (has(c, DIVERT_FIELD_FRAG_OFF))
		frag = (uint16_t)((frag & 0xe000) | f->frag_off / 8);
	put16(p + 6, frag);
}

static void
set_ip6(const struct change *c)
{
	const struct divert_fields	*f = c->f;
	uint8_t				*p = c->data;
	uint16_t			 frag;

	if (has(c, DIVERT_FIELD_SRC))
		memcpy(p + 8, f->src, 16);
	if (has(c, DIVERT_FIELD_DST))
		memcpy(p + 24, f->dst, 16);
	if (has(c, DIVERT_FIELD_TTL))
		p[7] = f->ttl;
	if (has(c, DIVERT_FIELD_TOS))
		put16(p, (uint16_t)((get16(p) & 0xf00f) | f->tos << 4));
	if (has(c, DIVERT_FIELD_FLOW))
		put32(p, (get32(p) & 0xfff00000) | f->flow);
	if (c->before.frag_off == 0)
		return;
	p += c->before.frag_off;
	if (has(c, DIVERT_FIELD_ID))
		put32(p + 4, f->id);
	frag = get16(p + 2);
	if (has(c, DIVERT_FIELD_MF))
		frag = (uint16_t)((frag & 0xfffe) | (f->mf ? 1 : 0));
	if (has(c, DIVERT_FIELD_FRAG_OFF))
		frag = (uint16_t)((frag & 7) | f->frag_off);
	put16(p + 2, frag);
}

/* Options that are there get their values, the others come behind them. */
static void
set_options(const struct change *c)
{
	const struct divert_fields	*f = c->f;
	uint8_t				*p;
	uint32_t			 end, size;
	int				 at;

	p = c->data + c->before.l4_off + TCP_HEADER;
	size = c->before.payload_off - c->before.l4_off - TCP_HEADER;
	if (c->missing != 0) {
		/* What is padding now may not be at the new end. */
		(void)divert_build_find_option(p, size, TCP_OPTION_END, 0,
		    &end);
		memset(p + end, TCP_OPTION_NOP, c->options - end);
		divert_build_options(f, c->missing, p + c->options);
		size = c->new_off - c->before.l4_off - TCP_HEADER;
		p[-8] = (uint8_t)((p[-8] & 0x0f) |
		    (TCP_HEADER + size) / 4 << 4);
	}
	if (has(c, DIVERT_FIELD_MSS) && (at = divert_build_find_option(p, size,
	    TCP_OPTION_MSS, 4, &end)) != -1)
		put16(p + at + 2, f->mss);
	if (has(c, DIVERT_FIELD_WSCALE) && (at = divert_build_find_option(p,
	    size, TCP_OPTION_WSCALE, 3, &end)) != -1)
		p[at + 2] = f->wscale;
	if (has(c, DIVERT_FIELD_SACK) && f->sack == 0 &&
	    (at = divert_build_find_option(p, size, TCP_OPTION_SACK, 2,
	    &end)) != -1)
		memset(p + at, TCP_OPTION_NOP, 2);
	if ((at = divert_build_find_option(p, size, TCP_OPTION_TIMES, 10,
	    &end)) == -1)
		return;
	if (has(c, DIVERT_FIELD_TSVAL))
		put32(p + at + 2, f->tsval);
	if (has(c, DIVERT_FIELD_TSECR))
		put32(p + at + 6, f->tsecr);
}

static void
set_l4(const struct change *c)
{
	const struct divert_fields	*f = c->f;
	uint8_t				*p;

	p = c->data + c->before.l4_off;
	if (has(c, DIVERT_FIELD_SPORT))
		put16(p, f->sport);
	if (has(c, DIVERT_FIELD_DPORT))
		put16(p + 2, f->dport);
	if (has(c, DIVERT_FIELD_SEQ))
		put32(p + 4, f->seq);
	if (has(c, DIVERT_FIELD_ACK))
		put32(p + 8, f->ack);
	if (has(c, DIVERT_FIELD_FLAGS))
		p[13] = f->flags;
	if (has(c, DIVERT_FIELD_WINDOW))
		put16(p + 14, f->window);
	if (has(c, DIVERT_FIELD_URGENT))
		put16(p + 18, f->urgent);
	if (has(c, DIVERT_FIELDS_OPTIONS))
		set_options(c);
	if (has(c, DIVERT_FIELD_ICMP_TYPE))
		p[0] = f->icmp_type;
	if (has(c, DIVERT_FIELD_ICMP_CODE))
		p[1] = f->icmp_code;
	if (has(c, DIVERT_FIELD_ICMP_REST))
		put32(p + 4, f->icmp_rest);
	if (has(c, DIVERT_FIELD_ICMP_ID))
		put16(p + 4, f->icmp_id);
	if (has(c, DIVERT_FIELD_ICMP_SEQ))
		put16(p + 6, f->icmp_seq);
}

/* The lengths of a packet of len bytes, whose L4 header is whole or none. */
static void
set_lengths(const struct change *c, uint32_t len)
{
	const struct divert_layout	*l = &c->before;
	uint8_t				*p;
	uint32_t			 n;

	if (l->version == 4)
		put16(c->data + 2, (uint16_t)len);
	else
		put16(c->data + 4, (uint16_t)(len - IP6_HEADER));
	if ((l->flags & DIVERT_LAYOUT_L4) == 0)
		return;
	n = len - l->l4_off;
	p = c->data + l->l4_off + 4;
	/* Coverage stays, but cannot go on beyond the end (RFC 3828). */
	if (l->proto == PROTO_UDP ||
	    (l->proto == PROTO_UDPLITE && get16(p) > n))
		put16(p, (uint16_t)n);
}

/* What cannot be summed again is carried along by what changed. */
static void
carry_sum(const struct change *c, const struct divert_layout *after)
{
	uint8_t		 l4[sizeof(c->l4)], was[sizeof(c->l4)], *p;
	uint32_t	 at, field;
	uint16_t	 sum;
	enum sum_kind	 kind;

	kind = divert_cksum_field(c->data, after, &at);
	if (kind != SUM_KIND_PLAIN && kind != SUM_KIND_PSEUDO)
		return;
	p = c->data + after->l4_off;
	field = at - after->l4_off;
	sum = get16(c->data + at);
	if (kind == SUM_KIND_PSEUDO)
		sum = divert_cksum_update(sum, c->addresses, c->data +
		    (after->version == 4 ? 12 : 8), c->addresses_len);
	memcpy(was, c->l4, c->l4_len);
	memcpy(l4, p, c->l4_len);
	if (field + 2 <= c->l4_len) {
		put16(was + field, 0);
		put16(l4 + field, 0);
	}
	sum = divert_cksum_update(sum, was, l4, c->l4_len);
	if (sum == 0 && (after->proto == PROTO_UDP ||
	    after->proto == PROTO_UDPLITE))
		sum = 0xffff;
	put16(c->data + at, sum);
}

static void
set_sums(const struct change *c, uint32_t len)
{
	struct divert_layout	 after;

	(void)divert_packet_parse(c->data, len, &after);
	/* Was it whole until now, then all that is summed is here. */
	if ((c->before.flags & DIVERT_LAYOUT_FRAGMENT) == 0 &&
	    (after.flags & DIVERT_LAYOUT_FIRST) != 0)
		after.flags &= (uint8_t)~DIVERT_LAYOUT_FRAGMENT;
	divert_cksum_repair(c->data, &after);
	if (divert_cksum_verify_l4(c->data, &after) == DIVERT_SUM_UNKNOWN)
		carry_sum(c, &after);
}

int
divert_build_apply(const struct divert_fields *f, uint8_t *data, size_t *len,
    size_t size, char *errbuf, size_t errlen)
{
	struct change	 c;
	const char	*wrong;
	uint8_t		*to;
	uint32_t	 total;

	memset(&c, 0, sizeof(c));
	c.f = f;
	c.data = data;
	(void)divert_packet_parse(data, *len, &c.before);
	if ((wrong = contradicts_ip(&c)) != NULL ||
	    (wrong = contradicts_l4(&c)) != NULL ||
	    (wrong = plan_size(&c)) != NULL)
		return (divert_build_fail(errbuf, errlen, EINVAL, "%s",
		    wrong));
	if (c.resized && ((uint64_t)c.new_off + c.new_payload > size ||
	    (uint64_t)c.new_off + c.new_payload >
	    (c.before.version == 4 ? 65535 : IP6_HEADER + 65535)))
		return (divert_build_fail(errbuf, errlen, EMSGSIZE,
		    "a packet of %llu bytes is too long",
		    (unsigned long long)c.new_off + c.new_payload));

	save(&c);
	total = (uint32_t)*len;
	if (c.resized) {
		to = data + c.new_off;
		if (!has(&c, DIVERT_FIELD_PAYLOAD))
			memmove(to, data + c.before.payload_off,
			    c.old_payload);
		else if (f->payload != NULL)
			memmove(to, f->payload, c.new_payload);
		else
			memset(to, 0, c.new_payload);
		total = c.new_off + c.new_payload;
		set_lengths(&c, total);
	}
	if (c.before.version == 4)
		set_ip4(&c);
	else
		set_ip6(&c);
	if (has_l4_start(&c.before))
		set_l4(&c);
	set_sums(&c, total);
	*len = total;
	return (0);
}
