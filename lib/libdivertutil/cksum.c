/* SPDX-License-Identifier: ISC */

/*
 * Internet checksums, verified and repaired.  The sums themselves are made in
 * cksum_portable.c and its faster twins.
 *
 * An IPv4 header with a source route that is not used up would need the final
 * destination in the pseudo-header, as IPv6 does; no stack in use sends those,
 * and the sum of such a packet counts as what it says.
 */

#include "compat.h"

#include <arpa/inet.h>

#include "cksum_int.h"

static uint32_t	header4(const uint8_t *, const struct divert_layout *);
static int	covered(const uint8_t *, const struct divert_layout *,
		    uint32_t *, uint32_t *);
static uint16_t	compute_sum(const uint8_t *, const struct divert_layout *,
		    uint32_t, uint32_t, uint32_t);

/* Returns whether that changed anything. */
static int
set16(uint8_t *p, uint16_t v)
{
	if (get16(p) == v)
		return (0);
	put16(p, v);
	return (1);
}

uint64_t
divert_cksum_add(uint64_t sum, const void *buf, size_t len, int odd)
{
	uint64_t section;
	uint16_t word;

	section = odd ? 0 : sum;
	if (len < DIVERT_SIMD_MIN)
		section = divert_sum_portable(section, buf, len);
	else
		section = divert_sum_simd(section, buf, len);
	if (!odd)
		return (section);
	word = sum_fold(section);
	word = (uint16_t)(word << 8 | word >> 8);
	return (sum_add(sum, word));
}

uint16_t
divert_cksum_fold(uint64_t sum)
{
	return ((uint16_t)~ntohs(sum_fold(sum)));
}

uint64_t
divert_cksum_pseudo(const uint8_t *data, const struct divert_layout *layout,
    uint32_t l4len)
{
	uint64_t sum;

	if (layout->version == 4)
		sum = sum_add(load32(data + 12), load32(data + 16));
	else {
		const uint8_t *dst = data + (layout->final_off != 0 ?
		    layout->final_off : 24);

		sum = sum_add(load64(data + 8), load64(data + 16));
		sum = sum_add(sum, load64(dst));
		sum = sum_add(sum, load64(dst + 8));
	}
	return (sum_add(sum, (uint64_t)htonl(l4len) +
	    htons(layout->proto)));
}

uint16_t
divert_cksum_update(uint16_t old, const void *from, const void *to,
    size_t len)
{
	uint64_t sum;

	sum = divert_cksum_add(0, from, len, 0);
	sum = (uint16_t)~sum_fold(sum);
	sum += (uint16_t)~htons(old);
	return (divert_cksum_fold(divert_cksum_add(sum, to, len, 0)));
}

enum sum_kind
divert_cksum_field(const uint8_t *data, const struct divert_layout *l,
    uint32_t *off)
{
	enum sum_kind kind = SUM_KIND_PSEUDO;
	uint32_t at, size = 2;

	if (!has_l4_start(l))
		return (SUM_KIND_NONE);
	switch (l->proto) {
	case PROTO_TCP:
		at = 16;
		break;
	case PROTO_UDP:
	case PROTO_UDPLITE:
	case PROTO_DCCP:
		at = 6;
		break;
	case PROTO_ICMP:
		if (l->version != 4)
			return (SUM_KIND_NONE);
		kind = SUM_KIND_PLAIN;
		at = 2;
		break;
	case PROTO_SCTP:
		kind = SUM_KIND_CRC;
		at = 8;
		size = 4;
		break;
	/* These have the pseudo-header with IPv6 only. */
	case PROTO_ICMPV6:
	case PROTO_PIM:
		at = 2;
		goto only6;
	case PROTO_MOBILITY:
	case PROTO_HIP:
		at = 4;
		goto only6;
	case PROTO_VRRP:
		at = 6;
		goto only6;
	case PROTO_OSPF:
		at = 12;
 only6:
		if (l->version != 6)
			return (SUM_KIND_NONE);
		break;
	default:
		return (SUM_KIND_NONE);
	}
	if (l->end_off - l->l4_off < at + size)
		return (SUM_KIND_NONE);
	*off = l->l4_off + at;
	/* Who sent no sum has none to keep right (RFC 768, RFC 6935). */
	if ((l->proto == PROTO_UDP || l->proto == PROTO_UDPLITE) &&
	    get16(data + *off) == 0)
		return (SUM_KIND_NONE);
	return (kind);
}

/* The length of an IPv4 header that is here whole, else 0. */
static uint32_t
header4(const uint8_t *data, const struct divert_layout *l)
{
	uint32_t hlen;

	if (l->version != 4 || l->end_off < IP4_HEADER)
		return (0);
	hlen = (uint32_t)(data[0] & 0x0f) * 4;
	return (hlen < IP4_HEADER || hlen > l->end_off ? 0 : hlen);
}

enum divert_sum
divert_cksum_verify_ip(const uint8_t *data, const struct divert_layout *l)
{
	uint32_t hlen;

	if (l->version == 6 && l->end_off >= IP6_HEADER)
		return (DIVERT_SUM_NONE);
	hlen = header4(data, l);
	if (hlen == 0)
		return (DIVERT_SUM_UNKNOWN);
	if (divert_cksum_fold(divert_sum_portable(0, data, hlen)) != 0)
		return (DIVERT_SUM_BAD);
	return (DIVERT_SUM_GOOD);
}

/*
 * Whether the upper layer is here whole and has a sum we compute.  *len is how
 * many bytes of it the pseudo-header says, *cover how many are summed: UDP-Lite
 * may have them differ (RFC 3828).
 */
static int
covered(const uint8_t *data, const struct divert_layout *l, uint32_t *len,
    uint32_t *cover)
{
	uint32_t n, room = l->end_off - l->l4_off;

	if ((l->flags & (DIVERT_LAYOUT_FRAGMENT | DIVERT_LAYOUT_TRUNCATED |
	    DIVERT_LAYOUT_L4)) != DIVERT_LAYOUT_L4)
		return (0);
	if (l->version == 6 && l->final_off == 0 && l->proto != PROTO_SCTP)
		return (0);
	*len = *cover = room;
	switch (l->proto) {
	case PROTO_UDP:
		*len = *cover = get16(data + l->l4_off + 4);
		return (*len >= 8 && *len <= room);
	case PROTO_UDPLITE:
		n = get16(data + l->l4_off + 4);
		if (n != 0)
			*cover = n;
		return (n == 0 || (n >= 8 && n <= room));
	case PROTO_TCP:
	case PROTO_SCTP:
		return (1);
	case PROTO_ICMP:
		return (l->version == 4);
	case PROTO_ICMPV6:
		return (l->version == 6);
	default:
		return (0);
	}
}

/* The right value for the checksum field at at, which counts as zero. */
static uint16_t
compute_sum(const uint8_t *data, const struct divert_layout *l, uint32_t at,
    uint32_t len, uint32_t cover)
{
	const uint8_t *p = data + l->l4_off;
	uint64_t sum = 0;
	uint16_t cksum;

	if (l->proto != PROTO_ICMP)
		sum = divert_cksum_pseudo(data, l, len);
	sum = divert_sum_portable(sum, p, at);
	sum = divert_cksum_add(sum, p + at + 2, cover - at - 2, 0);
	cksum = divert_cksum_fold(sum);
	if (cksum == 0 && (l->proto == PROTO_UDP || l->proto == PROTO_UDPLITE))
		return (0xffff);
	return (cksum);
}

uint32_t
divert_cksum_sctp(const uint8_t *p, uint32_t len)
{
	static const uint8_t zeros[4];
	uint32_t crc;

	crc = divert_cksum_crc32c(0, p, 8);
	crc = divert_cksum_crc32c(crc, zeros, sizeof(zeros));
	return (divert_cksum_crc32c(crc, p + 12, len - 12));
}

enum divert_sum
divert_cksum_verify_l4(const uint8_t *data, const struct divert_layout *l)
{
	const uint8_t *p = data + l->l4_off;
	uint64_t sum;
	uint32_t len, cover;

	if (!covered(data, l, &len, &cover))
		return (DIVERT_SUM_UNKNOWN);
	if (l->proto == PROTO_SCTP)
		return (get32le(p + 8) == divert_cksum_sctp(p, len) ?
		    DIVERT_SUM_GOOD : DIVERT_SUM_BAD);
	/* 0 means none for UDP over IPv4, and for the others what must not be. */
	if ((l->proto == PROTO_UDP || l->proto == PROTO_UDPLITE) &&
	    get16(p + 6) == 0)
		return (l->version == 4 && l->proto == PROTO_UDP ?
		    DIVERT_SUM_NONE : DIVERT_SUM_BAD);
	sum = l->proto == PROTO_ICMP ? 0 : divert_cksum_pseudo(data, l, len);
	if (divert_cksum_fold(divert_cksum_add(sum, p, cover, 0)) != 0)
		return (DIVERT_SUM_BAD);
	return (DIVERT_SUM_GOOD);
}

int
divert_cksum_repair(uint8_t *data, const struct divert_layout *l)
{
	uint8_t *p = data + l->l4_off;
	uint64_t sum;
	uint32_t at, cover, crc, hlen, len;
	uint16_t cksum;
	int changed = 0;

	hlen = header4(data, l);
	if (hlen != 0) {
		sum = divert_sum_portable(0, data, 10);
		sum = divert_sum_portable(sum, data + 12, hlen - 12);
		changed += set16(data + 10, divert_cksum_fold(sum));
	}
	if (!covered(data, l, &len, &cover))
		return (changed);
	switch (l->proto) {
	case PROTO_SCTP:
		crc = divert_cksum_sctp(p, len);
		if (get32le(p + 8) != crc) {
			put32le(p + 8, crc);
			changed++;
		}
		return (changed);
	case PROTO_UDP:
		if (l->version == 4 && get16(p + 6) == 0)
			return (changed);
		/* FALLTHROUGH */
	case PROTO_UDPLITE:
		at = 6;
		break;
	case PROTO_TCP:
		at = 16;
		break;
	default:
		at = 2;
		break;
	}
	cksum = compute_sum(data, l, at, len, cover);
	return (changed + set16(p + at, cksum));
}
