/* SPDX-License-Identifier: ISC */

/*
 * Headers of TCP, UDP and ICMP out of fields.  Options of TCP are laid as
 * the stacks in use lay them: each on a word where it has the numbers to be
 * read from there, NOPs before it.
 */

#include "compat.h"

#include "build_int.h"

#define DEFAULT_WINDOW	65535

static uint8_t	*put_option(uint8_t *, uint8_t, uint8_t);

int
divert_build_has_l4(const struct divert_fields *f)
{
	return ((f->set & DIVERT_FIELD_FRAG_OFF) == 0 || f->frag_off == 0);
}

uint32_t
divert_build_l4_size(const struct divert_fields *f)
{
	if (!divert_build_has_l4(f))
		return (0);
	switch (f->proto) {
	case PROTO_TCP:
		return (TCP_HEADER + divert_build_options(f, f->set, NULL));
	case PROTO_UDP:
		return (UDP_HEADER);
	case PROTO_ICMP:
	case PROTO_ICMPV6:
		return (ICMP_HEADER);
	default:
		return (0);
	}
}

static uint8_t *
put_option(uint8_t *p, uint8_t kind, uint8_t size)
{
	p[0] = kind;
	p[1] = size;
	return (p + 2);
}

static uint8_t *
put_nops(uint8_t *p, int n)
{
	while (n-- > 0)
		*p++ = TCP_OPTION_NOP;
	return (p);
}

uint32_t
divert_build_options(const struct divert_fields *f, uint32_t wanted,
    uint8_t *out)
{
	uint8_t	 scratch[TCP_OPTIONS_MAX], *p;
	int	 sack;

	p = scratch;
	wanted &= f->set;
	sack = (wanted & DIVERT_FIELD_SACK) != 0 && f->sack != 0;
	if ((wanted & DIVERT_FIELD_MSS) != 0) {
		p = put_option(p, TCP_OPTION_MSS, 4);
		put16(p, f->mss);
		p += 2;
	}
	if ((wanted & (DIVERT_FIELD_TSVAL | DIVERT_FIELD_TSECR)) != 0) {
		if (sack)
			p = put_option(p, TCP_OPTION_SACK, 2);
		else
			p = put_nops(p, 2);
		p = put_option(p, TCP_OPTION_TIMES, 10);
		put32(p, (f->set & DIVERT_FIELD_TSVAL) != 0 ? f->tsval : 0);
		put32(p + 4, (f->set & DIVERT_FIELD_TSECR) != 0 ? f->tsecr :
		    0);
		p += 8;
	} else if (sack) {
		p = put_nops(p, 2);
		p = put_option(p, TCP_OPTION_SACK, 2);
	}
	if ((wanted & DIVERT_FIELD_WSCALE) != 0) {
		p = put_nops(p, 1);
		p = put_option(p, TCP_OPTION_WSCALE, 3);
		*p++ = f->wscale;
	}
	if (out != NULL)
		memcpy(out, scratch, (size_t)(p - scratch));
	return ((uint32_t)(p - scratch));
}

int
divert_build_find_option(const uint8_t *p, uint32_t len, uint8_t kind,
    uint8_t size, uint32_t *end)
{
	uint32_t	 off;
	int		 found;

	found = -1;
	*end = 0;
	for (off = 0; off < len && p[off] != TCP_OPTION_END; ) {
		if (p[off] == TCP_OPTION_NOP) {
			off++;
			continue;
		}
		if (len - off < 2 || p[off + 1] < 2 || p[off + 1] > len - off)
			break;
		/* Of several the last counts, as for the receiver. */
		if (p[off] == kind && p[off + 1] == size)
			found = (int)off;
		off += p[off + 1];
		*end = off;
	}
	return (found);
}

static void
put_tcp(const struct divert_fields *f, uint8_t *p, uint32_t size)
{
	uint8_t	 flags;

	put16(p, f->sport);
	put16(p + 2, f->dport);
	put32(p + 4, (f->set & DIVERT_FIELD_SEQ) != 0 ? f->seq : 0);
	put32(p + 8, (f->set & DIVERT_FIELD_ACK) != 0 ? f->ack : 0);
	p[12] = (uint8_t)(size / 4 << 4);
	flags = (f->set & DIVERT_FIELD_ACK) != 0 ? DIVERT_TCP_ACK :
	    DIVERT_TCP_SYN;
	p[13] = (f->set & DIVERT_FIELD_FLAGS) != 0 ? f->flags : flags;
	put16(p + 14, (f->set & DIVERT_FIELD_WINDOW) != 0 ? f->window :
	    DEFAULT_WINDOW);
	put16(p + 16, 0);
	put16(p + 18, (f->set & DIVERT_FIELD_URGENT) != 0 ? f->urgent : 0);
	divert_build_options(f, f->set, p + TCP_HEADER);
}

static void
put_udp(const struct divert_fields *f, uint8_t *p, uint32_t len)
{
	put16(p, f->sport);
	put16(p + 2, f->dport);
	put16(p + 4, (uint16_t)len);
	put16(p + 6, 0);
}

static void
put_icmp(const struct divert_fields *f, uint8_t *p)
{
	memset(p, 0, ICMP_HEADER);
	p[0] = f->proto == PROTO_ICMP ? ICMP_ECHO : ICMPV6_ECHO;
	if ((f->set & DIVERT_FIELD_ICMP_TYPE) != 0)
		p[0] = f->icmp_type;
	if ((f->set & DIVERT_FIELD_ICMP_CODE) != 0)
		p[1] = f->icmp_code;
	if ((f->set & DIVERT_FIELD_ICMP_REST) != 0)
		put32(p + 4, f->icmp_rest);
	if ((f->set & DIVERT_FIELD_ICMP_ID) != 0)
		put16(p + 4, f->icmp_id);
	if ((f->set & DIVERT_FIELD_ICMP_SEQ) != 0)
		put16(p + 6, f->icmp_seq);
}

void
divert_build_l4(const struct divert_fields *f, uint8_t *p, uint32_t len)
{
	if (f->proto == PROTO_TCP)
		put_tcp(f, p, divert_build_l4_size(f));
	else if (f->proto == PROTO_UDP)
		put_udp(f, p, len);
	else
		put_icmp(f, p);
}
