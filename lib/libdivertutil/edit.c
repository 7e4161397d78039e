/* SPDX-License-Identifier: ISC */

/*
 * Changing a packet so that it stays whole.
 *
 * The incremental editors carry a checksum along by what changed (RFC 1624
 * for sums; for SCTP the difference of two CRCs, which are linear).  Nothing
 * is written beyond layout->end_off, so they serve as well for a packet that
 * an ICMP error quotes and cut short: what is not there is not updated.
 */

#include "compat.h"

#include <errno.h>

#include "cksum_int.h"

static void	update_sum(uint8_t *, const struct divert_layout *, uint32_t,
		    const void *, const void *, size_t);
static int	fix_lengths(uint8_t *, uint32_t, const struct divert_layout *);

static int
invalid(void)
{
	errno = EINVAL;
	return (-1);
}

/* Carry the IPv4 header's sum along. */
static void
update_header(uint8_t *field, const void *from, const void *to, size_t n)
{
	put16(field, divert_cksum_update(get16(field), from, to, n));
}

/* The same for the upper layer's sum; a UDP sum of 0 would mean none. */
static void
update_sum(uint8_t *data, const struct divert_layout *l, uint32_t at,
    const void *from, const void *to, size_t n)
{
	uint16_t sum;

	sum = divert_cksum_update(get16(data + at), from, to, n);
	if (sum == 0 && (l->proto == PROTO_UDP || l->proto == PROTO_UDPLITE))
		sum = 0xffff;
	put16(data + at, sum);
}

int
divert_edit_address(uint8_t *data, const struct divert_layout *layout,
    enum divert_side side, const void *addr)
{
	uint8_t *p;
	uint32_t at;
	size_t n;

	if (divert_packet_address(data, layout, side) == NULL)
		return (invalid());
	if (layout->version == 4) {
		p = data + (side == DIVERT_SOURCE ? 12 : 16);
		n = 4;
		update_header(data + 10, p, addr, n);
	} else {
		p = data + (side == DIVERT_SOURCE ? 8 : 24);
		n = 16;
	}
	/*
	 * What stands in the header is only the next stop of a packet with a
	 * routing header; the sum is over the last (RFC 8200 8.1).
	 */
	if ((side == DIVERT_SOURCE ||
	    (layout->flags & DIVERT_LAYOUT_ROUTED) == 0) &&
	    divert_cksum_field(data, layout, &at) == SUM_KIND_PSEUDO)
		update_sum(data, layout, at, p, addr, n);
	/* addr may well be the other side's place in this packet. */
	memmove(p, addr, n);
	return (0);
}

static int
is_zero(const uint8_t *p, uint32_t n)
{
	while (n > 0 && *p == 0) {
		p++;
		n--;
	}
	return (n == 0);
}

int
divert_edit_port(uint8_t *data, const struct divert_layout *layout,
    enum divert_side side, uint16_t port)
{
	uint8_t to[2], *p;
	uint32_t at, before, len, off = layout->l4_off;

	if (divert_packet_port(data, layout, side) == -1)
		return (invalid());
	p = data + off;
	if (layout->proto == PROTO_ICMP || layout->proto == PROTO_ICMPV6)
		p += 4;
	else if (side == DIVERT_DESTINATION)
		p += 2;
	put16(to, port);

	switch (divert_cksum_field(data, layout, &at)) {
	case SUM_KIND_PLAIN:
		update_sum(data, layout, at, p, to, sizeof(to));
		memcpy(p, to, sizeof(to));
		/* Of zeros alone the sum is 0xffff, and 0 would be wrong. */
		if (is_zero(data + off, layout->end_off - off))
			put16(data + at, 0xffff);
		break;
	case SUM_KIND_PSEUDO:
		update_sum(data, layout, at, p, to, sizeof(to));
		break;
	case SUM_KIND_CRC:
		/* Of a cut packet it cannot be checked, nor kept. */
		if ((layout->flags & DIVERT_LAYOUT_TRUNCATED) != 0)
			break;
		/* The rest, which the CRC covers, is in other packets. */
		if ((layout->flags & DIVERT_LAYOUT_FRAGMENT) != 0)
			return (invalid());
		len = layout->end_off - off;
		before = divert_cksum_sctp(data + off, len);
		memcpy(p, to, sizeof(to));
		put32le(data + at, get32le(data + at) ^ before ^
		    divert_cksum_sctp(data + off, len));
		break;
	case SUM_KIND_NONE:
		break;
	}
	memcpy(p, to, sizeof(to));
	return (0);
}

int
divert_edit_ttl(uint8_t *data, const struct divert_layout *layout,
    uint8_t ttl)
{
	uint8_t to[2];

	if (divert_packet_address(data, layout, DIVERT_SOURCE) == NULL)
		return (invalid());
	if (layout->version == 6) {
		data[7] = ttl;
		return (0);
	}
	to[0] = ttl;
	to[1] = data[9];
	update_header(data + 10, data + 8, to, sizeof(to));
	data[8] = ttl;
	return (0);
}

int
divert_edit_mss(uint8_t *data, const struct divert_layout *layout,
    uint16_t mss)
{
	uint8_t from[4], to[4], *p;
	uint32_t at, end, odd, off;
	size_t n;

	if (layout->proto != PROTO_TCP ||
	    (layout->flags & DIVERT_LAYOUT_L4) == 0)
		return (invalid());
	if ((data[layout->l4_off + 13] & 0x02) == 0)
		return (0);
	end = layout->payload_off;
	for (off = layout->l4_off + 20; off < end; off += data[off + 1]) {
		while (off < end && data[off] == 1)
			off++;
		if (end - off < 2 || data[off] == 0 || data[off + 1] < 2 ||
		    data[off + 1] > end - off)
			return (0);
		if (data[off] == 2 && data[off + 1] == 4)
			break;
	}
	if (off >= end || get16(data + off + 2) <= mss)
		return (0);

	/*
	 * The value may lie across two words of the sum: then take both.  The
	 * header's length is even, so the second is in it.
	 */
	odd = (off - layout->l4_off) & 1;
	n = odd ? 4 : 2;
	p = data + off + 2 - odd;
	memcpy(from, p, n);
	memcpy(to, p, n);
	put16(to + odd, mss);
	if (divert_cksum_field(data, layout, &at) == SUM_KIND_PSEUDO)
		update_sum(data, layout, at, from, to, n);
	memcpy(p, to, n);
	return (1);
}

/* Set a length field.  Returns whether that changed it. */
static int
set_length(uint8_t *p, uint32_t n)
{
	if (get16(p) == n)
		return (0);
	put16(p, (uint16_t)n);
	return (1);
}

/* Lengths of IP and UDP for a packet of len bytes, which fits them. */
static int
fix_lengths(uint8_t *data, uint32_t len, const struct divert_layout *l)
{
	uint32_t n = len - l->l4_off;
	uint8_t *p = data + l->l4_off + 4;
	int changed;

	if (l->version == 4)
		changed = set_length(data + 2, len);
	else
		changed = set_length(data + 4, len - IP6_HEADER);
	if ((l->flags & (DIVERT_LAYOUT_L4 | DIVERT_LAYOUT_FRAGMENT)) !=
	    DIVERT_LAYOUT_L4)
		return (changed);
	if (l->proto == PROTO_UDP)
		changed += set_length(p, n);
	/* Coverage stays, but cannot go on beyond the end (RFC 3828). */
	if (l->proto == PROTO_UDPLITE && get16(p) > n)
		changed += set_length(p, n);
	return (changed);
}

int
divert_edit_repair(uint8_t *data, size_t len, struct divert_layout *layout)
{
	struct divert_layout scratch;
	int changed;

	if (layout == NULL)
		layout = &scratch;
	if (divert_packet_parse_mode(data, len, layout,
	    DIVERT_PARSE_WHOLE) == -1 &&
	    layout->reason < DIVERT_REASON_TCP_SHORT)
		return (-1);
	if (len > (layout->version == 4 ? 65535 : IP6_HEADER + 65535)) {
		errno = EMSGSIZE;
		return (-1);
	}
	/*
	 * A fault of the upper layer leaves an IP packet all the same: its
	 * receiver shall judge.
	 */
	changed = fix_lengths(data, (uint32_t)len, layout);
	divert_packet_parse(data, len, layout);
	return (changed + divert_cksum_repair(data, layout));
}
