/* SPDX-License-Identifier: ISC */

/* Headers of IP out of fields; a fragment header is the only extension. */

#include "compat.h"

#include "build_int.h"

#define DEFAULT_TTL	64

/* MF or a place in a datagram: then IPv6 has a fragment header. */
static int
is_fragment(const struct divert_fields *f)
{
	return ((f->set & DIVERT_FIELD_FRAG_OFF) != 0 ||
	    ((f->set & DIVERT_FIELD_MF) != 0 && f->mf != 0));
}

uint32_t
divert_build_ip_size(const struct divert_fields *f)
{
	if (f->version == 4)
		return (IP4_HEADER);
	return (IP6_HEADER + (is_fragment(f) ? FRAGMENT_HEADER : 0));
}

static uint8_t
ttl(const struct divert_fields *f)
{
	return ((f->set & DIVERT_FIELD_TTL) != 0 ? f->ttl : DEFAULT_TTL);
}

static uint8_t
tos(const struct divert_fields *f)
{
	return ((f->set & DIVERT_FIELD_TOS) != 0 ? f->tos : 0);
}

static uint32_t
id(const struct divert_fields *f)
{
	return ((f->set & DIVERT_FIELD_ID) != 0 ? f->id : 0);
}

static uint32_t
frag_off(const struct divert_fields *f)
{
	return ((f->set & DIVERT_FIELD_FRAG_OFF) != 0 ? f->frag_off : 0);
}

static int
more(const struct divert_fields *f)
{
	return ((f->set & DIVERT_FIELD_MF) != 0 && f->mf != 0);
}

static void
put_ip4(const struct divert_fields *f, uint8_t *p, uint32_t len)
{
	uint32_t	 frag;

	memset(p, 0, IP4_HEADER);
	p[0] = 0x45;
	p[1] = tos(f);
	put16(p + 2, (uint16_t)len);
	put16(p + 4, (uint16_t)id(f));
	frag = frag_off(f) / 8;
	if ((f->set & DIVERT_FIELD_DF) != 0 && f->df != 0)
		frag |= 0x4000;
	if (more(f))
		frag |= 0x2000;
	if ((f->set & DIVERT_FIELD_RF) != 0 && f->rf != 0)
		frag |= 0x8000;
	put16(p + 6, (uint16_t)frag);
	p[8] = ttl(f);
	p[9] = f->proto;
	memcpy(p + 12, f->src, 4);
	memcpy(p + 16, f->dst, 4);
	put16(p + 10, divert_cksum_fold(divert_cksum_add(0, p, IP4_HEADER,
	    0)));
}

static void
put_ip6(const struct divert_fields *f, uint8_t *p, uint32_t len)
{
	put32(p, 6u << 28 | (uint32_t)tos(f) << 20 |
	    ((f->set & DIVERT_FIELD_FLOW) != 0 ? f->flow : 0));
	put16(p + 4, (uint16_t)(len - IP6_HEADER));
	p[6] = is_fragment(f) ? PROTO_FRAGMENT : f->proto;
	p[7] = ttl(f);
	memcpy(p + 8, f->src, 16);
	memcpy(p + 24, f->dst, 16);
	if (!is_fragment(f))
		return;
	p += IP6_HEADER;
	p[0] = f->proto;
	p[1] = 0;
	put16(p + 2, (uint16_t)(frag_off(f) | (more(f) ? 1 : 0)));
	put32(p + 4, id(f));
}

void
divert_build_ip(const struct divert_fields *f, uint8_t *p, uint32_t len)
{
	if (f->version == 4)
		put_ip4(f, p, len);
	else
		put_ip6(f, p, len);
}
