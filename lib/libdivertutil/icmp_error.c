/* SPDX-License-Identifier: ISC */

/*
 * ICMP errors about packets.
 *
 * They come from the address the packet was sent to, not from one of this
 * machine: that is who the sender expects answers from, and where the error
 * comes back in by the interface the packet was to leave by, any other source
 * would be taken for a forgery (rp_filter, urpf-failed).
 */

#include "compat.h"

#include "build.h"
#include "icmp_error.h"
#include "packet_int.h"

#define ERROR_TTL	64
#define SECOND		UINT64_C(1000000000)

/* What an error has room for behind its headers. */
#define QUOTE4_MAX	(576 - IP4_HEADER - 8)
#define QUOTE6_MAX	(ICMP_ERROR_SIZE - IP6_HEADER - 8)

/*
 * No one host is there.  A loopback address is one only for itself: what has
 * it on both sides never leaves the machine (RFC 1122 3.2.1.3 (g)).
 */
static int
is_nobody4(const uint8_t *addr, const uint8_t *other)
{
	return (addr[0] == 0 || addr[0] >= 224 ||
	    (addr[0] == 127 && other[0] != 127));
}

static int
is_nobody6(const uint8_t *addr, const uint8_t *other)
{
	static const uint8_t	 zeros[15];

	if (addr[0] == 0xff)
		return (1);
	return (memcmp(addr, zeros, sizeof(zeros)) == 0 && (addr[15] == 0 ||
	    (addr[15] == 1 && memcmp(addr, other, 16) != 0)));
}

static int
is_nobody(int version, const uint8_t *addr, const uint8_t *other)
{
	return (version == 4 ? is_nobody4(addr, other) :
	    is_nobody6(addr, other));
}

/* Neither an error nor what could be one. */
static int
is_plain_icmp(const struct divert_layout *l)
{
	uint8_t	 type = l->icmp_type;

	if ((l->flags & DIVERT_LAYOUT_L4) == 0)
		return (0);
	if (l->version == 6)
		/* Neighbours are found, not filtered (RFC 4890 4.4.1). */
		return (type >= 128 && (type < 133 || type > 137));
	switch (type) {
	case 0:				/* echo, and reply */
	case 8:
	case 9:				/* router advertisement, solicitation */
	case 10:
	case 13:			/* timestamp, and reply */
	case 14:
	case 15:			/* information, and reply */
	case 16:
	case 17:			/* address mask, and reply */
	case 18:
	case 42:			/* extended echo, and reply */
	case 43:
		return (1);
	default:
		return (0);
	}
}

enum icmp_error_bar
divert_icmp_error_bar(const uint8_t *data, const struct divert_layout *l)
{
	const uint8_t	*dst, *src;

	src = divert_packet_address(data, l, DIVERT_SOURCE);
	dst = divert_packet_address(data, l, DIVERT_DESTINATION);
	if (l->reason != DIVERT_REASON_NONE || src == NULL || dst == NULL)
		return (ICMP_ERROR_MALFORMED);
	if (is_nobody(l->version, src, dst))
		return (ICMP_ERROR_SOURCE);
	if (is_nobody(l->version, dst, src))
		return (ICMP_ERROR_DESTINATION);
	if ((l->flags & (DIVERT_LAYOUT_FRAGMENT | DIVERT_LAYOUT_FIRST)) ==
	    DIVERT_LAYOUT_FRAGMENT)
		return (ICMP_ERROR_FRAGMENT);
	if (l->proto == (l->version == 4 ? PROTO_ICMP : PROTO_ICMPV6) &&
	    !is_plain_icmp(l))
		return (ICMP_ERROR_ICMP);
	return (divert_cksum_verify_ip(data, l) == DIVERT_SUM_BAD ?
	    ICMP_ERROR_CHECKSUM : ICMP_ERROR_MAY);
}

uint32_t
divert_icmp_error_make(const struct icmp_error *error, const uint8_t *data,
    const struct divert_layout *l, uint8_t *buf)
{
	struct divert_fields	 f;
	char			 errbuf[128];
	uint32_t		 max = l->version == 4 ? QUOTE4_MAX : QUOTE6_MAX;
	size_t			 size = l->version == 4 ? 4 : 16;
	ssize_t			 n;

	memset(&f, 0, sizeof(f));
	f.version = l->version;
	memcpy(f.src, divert_packet_address(data, l, DIVERT_DESTINATION),
	    size);
	memcpy(f.dst, divert_packet_address(data, l, DIVERT_SOURCE), size);
	f.proto = l->version == 4 ? PROTO_ICMP : PROTO_ICMPV6;
	f.ttl = ERROR_TTL;
	f.tos = error->tos;
	f.icmp_type = error->type;
	f.icmp_code = error->code;
	f.icmp_rest = error->word;
	f.payload = data;
	f.payload_len = l->end_off < max ? l->end_off : max;
	f.set = DIVERT_FIELD_SRC | DIVERT_FIELD_DST | DIVERT_FIELD_PROTO |
	    DIVERT_FIELD_TTL | DIVERT_FIELD_TOS | DIVERT_FIELD_ICMP_TYPE |
	    DIVERT_FIELD_ICMP_CODE | DIVERT_FIELD_ICMP_REST |
	    DIVERT_FIELD_PAYLOAD;
	/* Small enough for every link, and so the id may be 0 (RFC 6864). */
	if (l->version == 4) {
		f.df = 1;
		f.set |= DIVERT_FIELD_DF;
	}
	n = divert_build(&f, buf, ICMP_ERROR_SIZE, errbuf, sizeof(errbuf));
	return (n == -1 ? 0 : (uint32_t)n);
}

void
divert_icmp_error_limit(struct icmp_error_limit *limit)
{
	limit->allowance = SECOND;
	limit->since = 0;
}

int
divert_icmp_error_allow(struct icmp_error_limit *limit,
    unsigned int per_second, uint64_t now)
{
	if (per_second == 0)
		return (0);
	if (now > limit->since) {
		limit->allowance = now - limit->since >
		    SECOND - limit->allowance ? SECOND :
		    limit->allowance + (now - limit->since);
		limit->since = now;
	}
	if (limit->allowance < SECOND / per_second)
		return (0);
	limit->allowance -= SECOND / per_second;
	return (1);
}
