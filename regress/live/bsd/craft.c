/* SPDX-License-Identifier: ISC */
/*
 * Packets: made byte by byte and judged byte by byte, with nothing of the
 * library this test stands beside.  A part of bsdtest.c.
 *
 * Each packet carries a cookie at the start of its payload, by which it is
 * found again wherever it comes out.  The rest of the payload is small
 * letters, and the cookie has none: a filter may put them into capitals.
 */

#define PACKET_MAX	65600
#define COOKIE_MAGIC	0x44564254u	/* "DVBT" */

enum { P_ICMP = 1, P_TCP = 6, P_UDP = 17, P_ICMP6 = 58, P_OTHER = 253 };

struct packet {
	size_t		n;
	unsigned char	b[PACKET_MAX];
};

static void
put16(unsigned char *p, unsigned int v)
{
	p[0] = (unsigned char)(v >> 8);
	p[1] = (unsigned char)v;
}

static void
put32(unsigned char *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

static unsigned int
get16(const unsigned char *p)
{
	return ((unsigned int)p[0] << 8 | p[1]);
}

static uint32_t
get32(const unsigned char *p)
{
	return ((uint32_t)get16(p) << 16 | get16(p + 2));
}

/* The ones' complement sum of RFC 1071, two bytes at a time, not inverted. */
static unsigned int
ones_sum(const unsigned char *p, size_t n, unsigned int sum)
{
	size_t	 i;

	for (i = 0; i + 1 < n; i += 2) {
		sum += get16(p + i);
		sum = (sum & 0xffff) + (sum >> 16);
	}
	if (i < n) {
		sum += (unsigned int)p[i] << 8;
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return (sum);
}

static int
version_of(const struct packet *p)
{
	return (p->n == 0 ? 0 : p->b[0] >> 4);
}

static size_t
header_of(const struct packet *p)
{
	return (version_of(p) == 6 ? 40 : (size_t)(p->b[0] & 15) * 4);
}

static int
proto_of(const struct packet *p)
{
	return (version_of(p) == 6 ? p->b[6] : p->b[9]);
}

/* Offset of the checksum in the header of a protocol, or -1. */
static int
sum_offset(int proto)
{
	switch (proto) {
	case P_TCP:
		return (16);
	case P_UDP:
		return (6);
	case P_ICMP:
	case P_ICMP6:
		return (2);
	default:
		return (-1);
	}
}

static size_t
l4_header(int proto)
{
	switch (proto) {
	case P_TCP:
		return (20);
	case P_OTHER:
		return (0);
	default:
		return (8);
	}
}

/* The sum over what a layer 4 checksum covers, the checksum included. */
static unsigned int
l4_sum(const struct packet *p)
{
	size_t		 off = header_of(p);
	unsigned int	 sum = 0;

	if (proto_of(p) != P_ICMP) {
		if (version_of(p) == 6)
			sum = ones_sum(p->b + 8, 32, 0);
		else
			sum = ones_sum(p->b + 12, 8, 0);
		sum += (unsigned int)proto_of(p);
		sum = ones_sum(NULL, 0, sum + (unsigned int)(p->n - off));
		sum = (sum & 0xffff) + (sum >> 16);
	}
	return (ones_sum(p->b + off, p->n - off, sum));
}

static void
fix_ip(struct packet *p)
{
	if (version_of(p) != 4)
		return;
	put16(p->b + 10, 0);
	put16(p->b + 10, ~ones_sum(p->b, header_of(p), 0) & 0xffff);
}

static void
fix_l4(struct packet *p)
{
	int		 at = sum_offset(proto_of(p));
	unsigned char	*field;
	unsigned int	 sum;

	if (at == -1)
		return;
	field = p->b + header_of(p) + at;
	put16(field, 0);
	sum = ~l4_sum(p) & 0xffff;
	put16(field, sum == 0 && proto_of(p) == P_UDP ? 0xffff : sum);
}

/* The lengths in the headers, from what the packet has. */
static void
fix_lengths(struct packet *p)
{
	if (version_of(p) == 6)
		put16(p->b + 4, (unsigned int)(p->n - 40));
	else
		put16(p->b + 2, (unsigned int)p->n);
	if (proto_of(p) == P_UDP)
		put16(p->b + header_of(p) + 4,
		    (unsigned int)(p->n - header_of(p)));
}

static void
fix(struct packet *p)
{
	fix_lengths(p);
	fix_l4(p);
	fix_ip(p);
}

static int
ip_good(const struct packet *p)
{
	return (version_of(p) == 6 ||
	    ones_sum(p->b, header_of(p), 0) == 0xffff);
}

static int
l4_good(const struct packet *p)
{
	return (l4_sum(p) == 0xffff);
}

static const char *
sums_of(const struct packet *p)
{
	if (ip_good(p))
		return (l4_good(p) ? "IP good, L4 good" : "IP good, L4 bad");
	return (l4_good(p) ? "IP bad, L4 good" : "IP bad, L4 bad");
}

static unsigned char *
payload_of(struct packet *p)
{
	return (p->b + header_of(p) + l4_header(proto_of(p)));
}

/* Four bytes with six bits each. */
static void
put_cookie(unsigned char *p, uint32_t cookie)
{
	int	 i;

	put32(p, COOKIE_MAGIC);
	for (i = 0; i < 4; i++)
		p[4 + i] = (unsigned char)(0x80 | (cookie >> (18 - 6 * i) & 63));
}

/* What the payload of a packet has at this place. */
static unsigned char
filling(size_t at, uint32_t cookie)
{
	return ((unsigned char)('a' + (at + cookie) % 26));
}

/* The cookie of a packet, 0 when it is none of ours. */
static uint32_t
cookie_of(const struct packet *p)
{
	uint32_t	 cookie = 0;
	size_t		 i, off;

	if (p->n < 20 || (version_of(p) != 4 && version_of(p) != 6))
		return (0);
	off = header_of(p) + l4_header(proto_of(p));
	if (version_of(p) == 4 && (get16(p->b + 6) & 0x1fff) != 0)
		return (0);
	if (p->n < off + 8 || get32(p->b + off) != COOKIE_MAGIC)
		return (0);
	for (i = 4; i < 8; i++)
		cookie = cookie << 6 | (p->b[off + i] & 63u);
	return (cookie);
}

/* Addresses are 4 or 16 bytes, as their family has them. */
struct ends {
	int		 version;
	unsigned char	 from[16];
	unsigned char	 to[16];
	unsigned int	 sport;
	unsigned int	 dport;
};

/*
 * A whole packet with `length' bytes of payload (8 at least, or 0): right
 * sums, right lengths, TTL 64.
 */
static void
craft(struct packet *p, const struct ends *e, int proto, size_t length,
    uint32_t cookie)
{
	unsigned char	*b = p->b;
	size_t		 i, off;

	memset(b, 0, 80);
	if (e->version == 6) {
		b[0] = 0x60;
		b[6] = (unsigned char)proto;
		b[7] = 64;
		memcpy(b + 8, e->from, 16);
		memcpy(b + 24, e->to, 16);
		off = 40;
	} else {
		b[0] = 0x45;
		put16(b + 4, cookie & 0xffff);
		b[8] = 64;
		b[9] = (unsigned char)proto;
		memcpy(b + 12, e->from, 4);
		memcpy(b + 16, e->to, 4);
		off = 20;
	}
	switch (proto) {
	case P_TCP:
		put32(b + off + 4, 1000);
		b[off + 12] = 0x50;
		b[off + 13] = 0x02;	/* SYN */
		put16(b + off + 14, 8192);
		/* FALLTHROUGH */
	case P_UDP:
		put16(b + off, e->sport);
		put16(b + off + 2, e->dport);
		break;
	case P_ICMP:
		b[off] = 8;
		put16(b + off + 4, 1);
		break;
	case P_ICMP6:
		b[off] = 128;
		put16(b + off + 4, 1);
		break;
	}
	off += l4_header(proto);
	p->n = off + length;
	for (i = 0; i < length; i++)
		b[off + i] = filling(i, cookie);
	if (length >= 8)
		put_cookie(b + off, cookie);
	fix(p);
}

/*
 * A piece of an IPv4 packet: `length' bytes from `offset' of what follows the
 * header.
 */
static void
fragment(struct packet *piece, const struct packet *p, size_t offset,
    size_t length)
{
	size_t	 left = p->n - 20 - offset;
	int	 more = left > length;

	if (!more)
		length = left;
	memcpy(piece->b, p->b, 20);
	memcpy(piece->b + 20, p->b + 20 + offset, length);
	piece->n = 20 + length;
	put16(piece->b + 2, (unsigned int)piece->n);
	put16(piece->b + 6,
	    (unsigned int)(offset / 8) | (more ? 0x2000u : 0));
	fix_ip(piece);
}

/* Whether an IPv4 packet is a piece of a larger one. */
static int
is_fragment(const struct packet *p)
{
	return (version_of(p) == 4 && p->n >= 20 &&
	    (get16(p->b + 6) & 0x3fff) != 0);
}

/*
 * Put the next piece into `whole', which has n = 0 before the first; pieces
 * come in order.  1 when it was the last.
 */
static int
assemble(struct packet *whole, const struct packet *piece)
{
	unsigned int	 word = get16(piece->b + 6);
	size_t		 offset = (size_t)(word & 0x1fff) * 8;
	size_t		 head = header_of(piece);

	if (whole->n == 0) {
		memcpy(whole->b, piece->b, 20);
		whole->b[0] = 0x45;
		whole->n = 20;
	}
	if (piece->n < head || offset != whole->n - 20 ||
	    whole->n + piece->n - head > PACKET_MAX)
		return (0);
	memcpy(whole->b + whole->n, piece->b + head, piece->n - head);
	whole->n += piece->n - head;
	if (word & 0x2000)
		return (0);
	put16(whole->b + 2, (unsigned int)whole->n);
	put16(whole->b + 6, 0);
	fix_ip(whole);
	return (1);
}
