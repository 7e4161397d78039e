/* SPDX-License-Identifier: ISC */

/*
 * A packet as one line, in the manner of tcpdump -nS: sequence numbers are
 * absolute, as nothing here remembers a flow.  It departs from tcpdump where
 * that helps people and programs that read the line: the ports always stand
 * with the addresses, a fragment says which one it is as OpenBSD's tcpdump
 * does, and a malformed packet says why by the name of the reason.
 *
 * No byte of the packet is ever printed as a character.
 */

#include "compat.h"

#include "packet_int.h"

/* Tunnels in tunnels are followed so far. */
#define DEPTH_MAX	4
/* SCTP chunks named. */
#define CHUNK_MAX	8

/* Where the text goes: len counts on when buf is full. */
struct out {
	char	*buf;
	size_t	 size;
	size_t	 len;
};

/* A packet and what is known about it. */
struct view {
	const uint8_t		*data;
	struct divert_layout	 l;
	uint32_t		 wire;	/* where it ended before any cut */
};

static void	packet(struct out *, const uint8_t *, size_t, size_t,
		    unsigned int);
static void	endpoint(struct out *, const struct view *, enum divert_side);
static void	extensions(struct out *, const struct view *);
static void	fragment(struct out *, const struct view *);
static void	upper(struct out *, const struct view *, unsigned int);
static void	upper_missing(struct out *, const struct view *);
static void	tcp(struct out *, const struct view *);
static void	tcp_option(struct out *, const uint8_t *, uint32_t);
static void	icmp(struct out *, const struct view *);
static void	icmp_unreachable(struct out *, const struct view *);
static void	icmp6(struct out *, const struct view *);
static void	icmp6_unreachable(struct out *, const struct view *);
static void	quoted_address(struct out *, const struct view *);
static void	quoted_port(struct out *, const struct view *);
static void	sctp(struct out *, const struct view *);
static void	gre(struct out *, const struct view *, unsigned int);
static void	put_proto(struct out *, unsigned int);

static void
put_bytes(struct out *o, const char *s, size_t n)
{
	if (o->len < o->size)
		memcpy(o->buf + o->len, s,
		    n < o->size - o->len ? n : o->size - o->len);
	o->len += n;
}

static void
put(struct out *o, const char *s)
{
	put_bytes(o, s, strlen(s));
}

static void
put_dec(struct out *o, uint32_t v)
{
	char s[10], *p = s + sizeof(s);

	do {
		*--p = (char)('0' + v % 10);
		v /= 10;
	} while (v != 0);
	put_bytes(o, p, (size_t)(s + sizeof(s) - p));
}

/* Text and a number: most of a line is that. */
static void
put_num(struct out *o, const char *s, uint32_t v)
{
	put(o, s);
	put_dec(o, v);
}

/* At least width digits. */
static void
put_hex(struct out *o, uint32_t v, unsigned int width)
{
	char s[8], *p = s + sizeof(s);

	do {
		*--p = "0123456789abcdef"[v & 0xf];
		v >>= 4;
	} while (v != 0 || (size_t)(s + sizeof(s) - p) < width);
	put_bytes(o, p, (size_t)(s + sizeof(s) - p));
}

static void
put_hex_bytes(struct out *o, const uint8_t *p, uint32_t n)
{
	for (; n > 0; n--)
		put_hex(o, *p++, 2);
}

static void
put_address(struct out *o, const uint8_t *addr, int version)
{
	char s[DIVERT_ADDRESS_TEXT];

	put_bytes(o, s, divert_address_text(s, addr, version));
}

size_t
divert_packet_format(const struct divert_packet *pkt, char *buf, size_t size)
{
	struct out o = { buf, size, 0 };
	uint32_t wire;

	wire = pkt->wirelen > pkt->len ? pkt->wirelen : pkt->len;
	packet(&o, pkt->data, pkt->len, wire, 0);
	if (size > 0)
		buf[o.len < size ? o.len : size - 1] = '\0';
	return (o.len);
}

/* full: its length as told by whoever holds it. */
static void
packet(struct out *o, const uint8_t *data, size_t len, size_t full,
    unsigned int depth)
{
	struct view v;
	enum divert_reason reason;

	v.data = data;
	v.wire = (uint32_t)full;
	divert_packet_parse(data, len, &v.l);
	reason = v.l.reason;
	if ((v.l.flags & DIVERT_LAYOUT_TRUNCATED) != 0)
		v.wire = v.l.version == 4 ? get16(data + 2) :
		    IP6_HEADER + (uint32_t)get16(data + 4);
	else if (v.l.l4_off != 0 || (v.l.end_off != 0 && v.l.end_off < len))
		v.wire = v.l.end_off;

	if (v.l.version != 0)
		put(o, v.l.version == 4 ? "IP " : "IP6 ");
	if (divert_packet_address(data, &v.l, DIVERT_SOURCE) != NULL) {
		endpoint(o, &v, DIVERT_SOURCE);
		put(o, " > ");
		endpoint(o, &v, DIVERT_DESTINATION);
		put(o, ": ");
	}
	extensions(o, &v);
	if ((v.l.flags & DIVERT_LAYOUT_L4) != 0) {
		upper(o, &v, depth);
		if (reason != DIVERT_REASON_NONE) {
			put(o, ", malformed (");
			put(o, divert_reason_name(reason));
			put(o, ")");
		}
	} else if (reason == DIVERT_REASON_NONE)
		upper(o, &v, depth);
	else
		upper_missing(o, &v);
	if ((v.l.flags & DIVERT_LAYOUT_FRAGMENT) != 0)
		fragment(o, &v);
}

/* Address and, where the protocol has them, port. */
static void
endpoint(struct out *o, const struct view *v, enum divert_side side)
{
	int port;

	put_address(o, divert_packet_address(v->data, &v->l, side),
	    v->l.version);
	if (v->l.proto == PROTO_ICMP || v->l.proto == PROTO_ICMPV6)
		return;
	port = divert_packet_port(v->data, &v->l, side);
	if (port != -1)
		put_num(o, ".", (uint32_t)port);
}

/*
 * The headers between the IP header and l4_off.  Only of a chain that was
 * followed to its end: its lengths are known to be good.
 */
static void
extensions(struct out *o, const struct view *v)
{
	const uint8_t *p;
	uint32_t off, size;
	uint8_t next;

	if (v->l.version == 4) {
		off = (uint32_t)(v->data[0] & 0x0f) * 4;
		next = PROTO_AH;
	} else {
		off = IP6_HEADER;
		next = v->l.version == 6 && v->l.l4_off != 0 ? v->data[6] : 0;
	}
	for (; off < v->l.l4_off; off += size) {
		p = v->data + off;
		size = ((uint32_t)p[1] + 1) * 8;
		switch (next) {
		case PROTO_HOPOPTS:
			put(o, "HBH ");
			break;
		case PROTO_DSTOPTS:
			put(o, "DSTOPT ");
			break;
		case PROTO_ROUTING:
			put_num(o, "RT", p[2]);
			put_num(o, " (segleft=", p[3]);
			put(o, ") ");
			break;
		case PROTO_AH:
			size = ((uint32_t)p[1] + 2) * 4;
			put(o, "AH(spi=0x");
			put_hex(o, get32(p + 4), 8);
			put(o, ",seq=0x");
			put_hex(o, get32(p + 8), 1);
			put(o, ") ");
			break;
		case PROTO_FRAGMENT:
			size = 8;
			if ((v->l.flags & DIVERT_LAYOUT_FRAGMENT) == 0)
				put(o, "frag (atomic) ");
			break;
		case PROTO_MOBILITY:
			put(o, "mobility ");
			break;
		case PROTO_HIP:
			put(o, "hip ");
			break;
		default:
			put(o, "shim6 ");
			break;
		}
		next = p[0];
	}
}

/* (frag id:size@offset+), the plus when more follow. */
static void
fragment(struct out *o, const struct view *v)
{
	uint32_t from;
	int more;

	if (v->l.version == 4) {
		from = (uint32_t)(v->data[0] & 0x0f) * 4;
		more = (v->data[6] & 0x20) != 0;
	} else {
		from = v->l.frag_off + 8;
		more = (v->data[v->l.frag_off + 3] & 0x01) != 0;
	}
	put_num(o, " (frag ", v->l.frag_id);
	put_num(o, ":", v->wire - from);
	put_num(o, "@", v->l.frag_byte);
	put(o, more ? "+)" : ")");
}

static void
upper_missing(struct out *o, const struct view *v)
{
	uint32_t from = v->l.l4_off;
	int cut = v->l.reason == DIVERT_REASON_IP_TRUNCATED;

	if (cut)
		put(o, "[|");
	if (from != 0)
		put_proto(o, v->l.proto);
	else if (cut)
		put(o, v->l.version == 4 ? "ip" : "ip6");
	if (cut)
		put(o, "]");
	else {
		put(o, from != 0 ? " malformed (" : "malformed (");
		put(o, divert_reason_name(v->l.reason));
		put(o, ")");
	}
	put_num(o, ", length ", v->wire - from);
}

static void
upper(struct out *o, const struct view *v, unsigned int depth)
{
	const uint8_t *p = v->data + v->l.l4_off;
	uint32_t len = v->wire - v->l.l4_off;

	if ((v->l.flags & DIVERT_LAYOUT_L4) == 0) {
		if ((v->l.flags & DIVERT_LAYOUT_TUNNEL) != 0) {
			if (depth < DEPTH_MAX)
				packet(o, p, v->l.end_off - v->l.l4_off, len,
				    depth + 1);
			else
				put(o, "...");
			return;
		}
		put_proto(o, v->l.proto);
		put_num(o, ", length ", len);
		return;
	}
	switch (v->l.proto) {
	case PROTO_TCP:
		tcp(o, v);
		break;
	case PROTO_UDP:
		len = get16(p + 4);
		put_num(o, "UDP, length ", len < 8 ? 0 : len - 8);
		break;
	case PROTO_UDPLITE:
		put_num(o, "UDP-Lite, coverage ", get16(p + 4));
		put_num(o, ", length ", len - 8);
		break;
	case PROTO_ICMP:
		put(o, "ICMP ");
		icmp(o, v);
		put_num(o, ", length ", len);
		break;
	case PROTO_ICMPV6:
		put(o, "ICMP6, ");
		icmp6(o, v);
		put_num(o, ", length ", len);
		break;
	case PROTO_SCTP:
		sctp(o, v);
		break;
	case PROTO_GRE:
		gre(o, v, depth);
		break;
	case PROTO_ESP:
		put(o, "ESP(spi=0x");
		put_hex(o, get32(p), 8);
		put(o, ",seq=0x");
		put_hex(o, get32(p + 4), 1);
		put_num(o, "), length ", len);
		break;
	}
}

static void
tcp(struct out *o, const struct view *v)
{
	static const char letters[] = "FSRP.UEW";
	const uint8_t *p = v->data + v->l.l4_off;
	uint32_t i, len = v->wire - v->l.payload_off, n, seq = get32(p + 4);
	uint32_t size = v->l.payload_off - v->l.l4_off;

	put(o, "Flags [");
	if (p[13] == 0)
		put(o, "none");
	for (i = 0; i < 8; i++)
		if ((p[13] >> i & 1) != 0)
			put_bytes(o, letters + i, 1);
	put(o, "]");
	if (len > 0 || (p[13] & 0x07) != 0) {
		put_num(o, ", seq ", seq);
		if (len > 0)
			put_num(o, ":", seq + len);
	}
	if ((p[13] & 0x10) != 0)
		put_num(o, ", ack ", get32(p + 8));
	put_num(o, ", win ", get16(p + 14));
	if ((p[13] & 0x20) != 0)
		put_num(o, ", urg ", get16(p + 18));
	if (size > 20) {
		put(o, ", options [");
		for (i = 20; i < size; i += n) {
			if (i > 20)
				put(o, ",");
			n = p[i] < 2 ? 1 : i + 1 < size ? p[i + 1] : 0;
			if (p[i] >= 2 && (n < 2 || n > size - i)) {
				put(o, "bad");
				break;
			}
			tcp_option(o, p + i, n);
			if (p[i] == 0)
				break;
		}
		put(o, "]");
	}
	put_num(o, ", length ", len);
}

/* One option of n bytes, its length believed. */
static void
tcp_option(struct out *o, const uint8_t *p, uint32_t n)
{
	static const char *const mptcp[] = {
		"capable", "join", "dss", "add-addr", "rem-addr", "prio",
		"fail", "fast-close", "rst"
	};
	uint32_t i;

	switch (p[0]) {
	case 0:
		put(o, "eol");
		return;
	case 1:
		put(o, "nop");
		return;
	case 2:
		if (n != 4)
			break;
		put_num(o, "mss ", get16(p + 2));
		return;
	case 3:
		if (n != 3)
			break;
		put_num(o, "wscale ", p[2]);
		return;
	case 4:
		if (n != 2)
			break;
		put(o, "sackOK");
		return;
	case 5:
		if (n % 8 != 2)
			break;
		put_num(o, "sack ", n / 8);
		put(o, " ");
		for (i = 2; i < n; i += 8) {
			put_num(o, "{", get32(p + i));
			put_num(o, ":", get32(p + i + 4));
			put(o, "}");
		}
		return;
	case 8:
		if (n != 10)
			break;
		put_num(o, "TS val ", get32(p + 2));
		put_num(o, " ecr ", get32(p + 6));
		return;
	case 19:
		put(o, "md5 0x");
		put_hex_bytes(o, p + 2, n - 2);
		return;
	case 28:
		if (n != 4)
			break;
		put_num(o, "uto ", get16(p + 2));
		return;
	case 30:
		put_num(o, "mptcp ", n);
		if (n > 2 && p[2] >> 4 < 9) {
			put(o, " ");
			put(o, mptcp[p[2] >> 4]);
		}
		return;
	case 34:
		put(o, n == 2 ? "tfo cookiereq" : "tfo cookie ");
		put_hex_bytes(o, p + 2, n - 2);
		return;
	}
	put_num(o, "unknown-", p[0]);
	if (n > 2) {
		put(o, " 0x");
		put_hex_bytes(o, p + 2, n - 2);
	}
}

static void
icmp(struct out *o, const struct view *v)
{
	static const char *const redirects[] = {
		"net ", "host ", "tos-net ", "tos-host "
	};
	const uint8_t *p = v->data + v->l.l4_off;

	switch (p[0]) {
	case 0:
	case 8:
		put(o, p[0] == 8 ? "echo request, id " : "echo reply, id ");
		put_dec(o, get16(p + 4));
		put_num(o, ", seq ", get16(p + 6));
		break;
	case 3:
		icmp_unreachable(o, v);
		break;
	case 4:
		put(o, "source quench");
		break;
	case 5:
		put(o, "redirect ");
		quoted_address(o, v);
		put(o, " to ");
		if (p[1] < 4)
			put(o, redirects[p[1]]);
		put_address(o, p + 4, 4);
		break;
	case 9:
		put(o, "router advertisement");
		break;
	case 10:
		put(o, "router solicitation");
		break;
	case 11:
		put(o, p[1] == 1 ? "ip reassembly time exceeded" :
		    "time exceeded in-transit");
		break;
	case 12:
		put_num(o, "parameter problem - octet ", p[4]);
		break;
	case 13:
	case 14:
		put_num(o, p[0] == 13 ? "time stamp query id " :
		    "time stamp reply id ", get16(p + 4));
		put_num(o, " seq ", get16(p + 6));
		break;
	case 17:
		put(o, "address mask request");
		break;
	case 18:
		put(o, "address mask reply");
		break;
	default:
		put_num(o, "type-#", p[0]);
		break;
	}
}

static void
icmp_unreachable(struct out *o, const struct view *v)
{
	const uint8_t *p = v->data + v->l.l4_off;
	struct divert_layout inner;

	switch (p[1]) {
	case 0:
	case 6:
	case 9:
	case 11:
		put(o, "net ");
		break;
	case 1:
	case 7:
	case 8:
	case 10:
	case 12:
	case 13:
	case 14:
	case 15:
		put(o, "host ");
		break;
	}
	quoted_address(o, v);
	if (p[1] == 2 && (v->l.flags & DIVERT_LAYOUT_QUOTED) != 0 &&
	    divert_packet_parse_quoted(v->data + v->l.inner_off,
	    v->l.end_off - v->l.inner_off, &inner) == 0)
		put_num(o, " protocol ", inner.proto);
	if (p[1] == 3)
		quoted_port(o, v);
	put(o, " unreachable");
	switch (p[1]) {
	case 4:
		put(o, " - need to frag");
		if (get16(p + 6) != 0) {
			put_num(o, " (mtu ", get16(p + 6));
			put(o, ")");
		}
		break;
	case 5:
		put(o, " - source route failed");
		break;
	case 6:
	case 7:
		put(o, " - unknown");
		break;
	case 8:
		put(o, " - source isolated");
		break;
	case 9:
	case 10:
		put(o, " - admin prohibited");
		break;
	case 11:
	case 12:
		put(o, " - tos prohibited");
		break;
	case 13:
		put(o, " - admin prohibited filter");
		break;
	case 14:
		put(o, " - host precedence violation");
		break;
	case 15:
		put(o, " - precedence cutoff");
		break;
	}
}

/* The destination of the quoted packet: what could not be reached. */
static void
quoted_address(struct out *o, const struct view *v)
{
	struct divert_layout inner;
	const uint8_t *addr, *data = v->data + v->l.inner_off;

	if ((v->l.flags & DIVERT_LAYOUT_QUOTED) == 0) {
		put(o, "[|ip]");
		return;
	}
	divert_packet_parse_quoted(data, v->l.end_off - v->l.inner_off,
	    &inner);
	addr = divert_packet_address(data, &inner, DIVERT_DESTINATION);
	if (addr == NULL)
		put(o, "[|ip]");
	else
		put_address(o, addr, inner.version);
}

/* " udp port 53" */
static void
quoted_port(struct out *o, const struct view *v)
{
	struct divert_layout inner;
	const uint8_t *data = v->data + v->l.inner_off;
	int port;

	if ((v->l.flags & DIVERT_LAYOUT_QUOTED) == 0 ||
	    divert_packet_parse_quoted(data, v->l.end_off - v->l.inner_off,
	    &inner) == -1)
		return;
	port = divert_packet_port(data, &inner, DIVERT_DESTINATION);
	if (port == -1)
		return;
	put(o, " ");
	put_proto(o, inner.proto);
	put_num(o, " port ", (uint32_t)port);
}

static void
icmp6(struct out *o, const struct view *v)
{
	const uint8_t *p = v->data + v->l.l4_off;
	uint32_t room = v->l.end_off - v->l.l4_off;

	switch (p[0]) {
	case 1:
		put(o, "destination unreachable, ");
		icmp6_unreachable(o, v);
		break;
	case 2:
		put_num(o, "packet too big, mtu ", get32(p + 4));
		break;
	case 3:
		if (p[1] == 1)
			put(o, "time exceeded (reassembly)");
		else {
			put(o, "time exceeded in-transit for ");
			quoted_address(o, v);
		}
		break;
	case 4:
		put_num(o, "parameter problem, code ", p[1]);
		put_num(o, ", octet ", get32(p + 4));
		break;
	case 128:
	case 129:
		put(o, p[0] == 128 ? "echo request, id " : "echo reply, id ");
		put_dec(o, get16(p + 4));
		put_num(o, ", seq ", get16(p + 6));
		break;
	case 130:
		put(o, "multicast listener query");
		break;
	case 131:
		put(o, "multicast listener report");
		break;
	case 132:
		put(o, "multicast listener done");
		break;
	case 133:
		put(o, "router solicitation");
		break;
	case 134:
		put(o, "router advertisement");
		break;
	case 135:
	case 136:
		put(o, p[0] == 135 ? "neighbor solicitation" :
		    "neighbor advertisement");
		if (room >= 24) {
			put(o, p[0] == 135 ? ", who has " : ", tgt is ");
			put_address(o, p + 8, 6);
		}
		break;
	case 137:
		put(o, "redirect");
		if (room >= 40) {
			put(o, ", ");
			put_address(o, p + 24, 6);
			put(o, " to ");
			put_address(o, p + 8, 6);
		}
		break;
	case 143:
		put(o, "multicast listener report v2");
		if (room >= 8) {
			put_num(o, ", ", get16(p + 6));
			put(o, " group record(s)");
		}
		break;
	default:
		put_num(o, "type-#", p[0]);
		break;
	}
}

static void
icmp6_unreachable(struct out *o, const struct view *v)
{
	const uint8_t *p = v->data + v->l.l4_off;

	switch (p[1]) {
	case 0:
		put(o, "unreachable route ");
		break;
	case 1:
		put(o, "unreachable prohibited ");
		break;
	case 2:
		put(o, "beyond scope ");
		break;
	case 3:
		put(o, "unreachable address ");
		break;
	case 4:
		put(o, "unreachable port, ");
		break;
	default:
		put_num(o, "code-#", p[1]);
		put(o, " ");
		break;
	}
	quoted_address(o, v);
	if (p[1] == 4)
		quoted_port(o, v);
}

static void
sctp(struct out *o, const struct view *v)
{
	static const char *const chunks[] = {
		"DATA", "INIT", "INIT ACK", "SACK", "HB REQ", "HB ACK",
		"ABORT", "SHUTDOWN", "SHUTDOWN ACK", "OP ERR", "COOKIE ECHO",
		"COOKIE ACK", "ECN ECHO", "CWR", "SHUTDOWN COMPLETE"
	};
	const uint8_t *p;
	uint32_t n, off;
	unsigned int i;

	put(o, "sctp ");
	off = v->l.payload_off;
	for (i = 0; i < CHUNK_MAX && v->l.end_off - off >= 4; i++) {
		p = v->data + off;
		put(o, "[");
		if (p[0] < sizeof(chunks) / sizeof(chunks[0]))
			put(o, chunks[p[0]]);
		else
			put_num(o, "chunk-", p[0]);
		put(o, "]");
		n = (get16(p + 2) + 3u) & ~3u;
		if (n < 4 || n >= v->l.end_off - off)
			break;
		off += n;
	}
	put_num(o, i > 0 ? ", length " : "[|chunk], length ",
	    v->wire - v->l.payload_off);
}

static void
gre(struct out *o, const struct view *v, unsigned int depth)
{
	const uint8_t *p = v->data + v->l.l4_off;
	uint16_t flags = get16(p);

	put_num(o, "GREv", flags & 7);
	p += 4;
	if ((flags & 7) == 0) {
		if ((flags & 0xc000) != 0)
			p += 4;
		if ((flags & 0x2000) != 0) {
			put(o, ", key=0x");
			put_hex(o, get32(p), 1);
			p += 4;
		}
		if ((flags & 0x1000) != 0)
			put_num(o, ", seq ", get32(p));
	} else if ((flags & 7) == 1) {
		put_num(o, ", call ", get16(p + 2));
		p += 4;
		if ((flags & 0x1000) != 0) {
			put_num(o, ", seq ", get32(p));
			p += 4;
		}
		if ((flags & 0x0080) != 0)
			put_num(o, ", ack ", get32(p));
	}
	put_num(o, ", length ", v->wire - v->l.l4_off);
	put(o, ": ");
	if ((v->l.flags & DIVERT_LAYOUT_TUNNEL) == 0) {
		put(o, "gre-proto-0x");
		put_hex(o, get16(v->data + v->l.l4_off + 2), 4);
	} else if (depth < DEPTH_MAX)
		packet(o, v->data + v->l.inner_off,
		    v->l.end_off - v->l.inner_off,
		    v->wire - v->l.inner_off, depth + 1);
	else
		put(o, "...");
}

static void
put_proto(struct out *o, unsigned int proto)
{
	static const struct {
		unsigned int	 proto;
		const char	*name;
	} names[] = {
		{ PROTO_ICMP, "icmp" }, { PROTO_IGMP, "igmp" },
		{ PROTO_IPV4, "ipip" }, { PROTO_TCP, "tcp" },
		{ PROTO_UDP, "udp" }, { PROTO_DCCP, "dccp" },
		{ PROTO_IPV6, "ip6" }, { PROTO_ROUTING, "routing" },
		{ PROTO_FRAGMENT, "frag" }, { PROTO_GRE, "gre" },
		{ PROTO_ESP, "esp" }, { PROTO_AH, "ah" },
		{ PROTO_ICMPV6, "icmp6" },
		{ PROTO_NONE, "no next header" },
		{ PROTO_DSTOPTS, "dstopt" }, { PROTO_OSPF, "ospf" },
		{ PROTO_PIM, "pim" }, { PROTO_VRRP, "vrrp" },
		{ PROTO_SCTP, "sctp" }, { PROTO_MOBILITY, "mobility" },
		{ PROTO_UDPLITE, "udplite" }, { PROTO_HIP, "hip" },
		{ PROTO_SHIM6, "shim6" }
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].proto == proto) {
			put(o, names[i].name);
			return;
		}
	}
	put_num(o, "ip-proto-", proto);
}
