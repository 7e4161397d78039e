/* SPDX-License-Identifier: ISC */

/*
 * pcapng (draft-ietf-opsawg-pcapng), in host byte order.  One raw IP
 * interface by default: libpcap refuses a second one of this type, and mixed
 * snap lengths.  What has no option of its own goes into one comment that
 * begins "divert ", because comments are what other tools keep when they
 * rewrite a file.  Never epb_verdict, which Wireshark 4.0 writes back damaged.
 */

#include "compat.h"

#include <sys/socket.h>
#include <netinet/in.h>

#include "encode.h"

#define SHB_SIZE	28
#define PAD4(n)		(((n) + 3) & ~(size_t)3)

/* keys, name escaped threefold, IPv6 address, numbers */
#define COMMENT_MAX	(32 + 3 * DIVERT_IFNAME_SIZE + 8 + 45 + 2 * 20 + 16)
#define OPTIONS_MAX	(4 * 12 + 8 + 4 + COMMENT_MAX + 4)

static uint8_t *
put_u32(uint8_t *p, uint32_t v)
{
	memcpy(p, &v, sizeof(v));
	return (p + sizeof(v));
}

static uint8_t *
put_option(uint8_t *p, uint16_t code, const void *value, size_t len)
{
	uint16_t	 head[2];

	head[0] = code;
	head[1] = (uint16_t)len;
	memcpy(p, head, sizeof(head));
	memcpy(p + 4, value, len);
	memset(p + 4 + len, 0, PAD4(len) - len);
	return (p + 4 + PAD4(len));
}

static uint8_t *
put_section(uint8_t *p)
{
	const uint16_t	 version[2] = { 1, 0 };

	p = put_u32(p, PCAPNG_SHB);
	p = put_u32(p, SHB_SIZE);
	p = put_u32(p, PCAPNG_MAGIC);
	memcpy(p, version, sizeof(version));
	/* A stream's length is not known: -1. */
	memset(p + 4, 0xff, 8);
	return (put_u32(p + 12, SHB_SIZE));
}

static size_t
interface_size(const char *name)
{
	size_t	 len;

	len = strlen(name);
	/* header, if_tsresol, if_name where there is one, end, length again */
	return (16 + 8 + (len > 0 ? 4 + PAD4(len) : 0) + 4 + 4);
}

static uint8_t *
put_interface(uint8_t *p, const char *name)
{
	const uint8_t	 tsresol = 9;		/* 10^-9 s */
	const uint16_t	 type[2] = { LINK_RAW, 0 };
	size_t		 size;

	size = interface_size(name);
	p = put_u32(p, PCAPNG_IDB);
	p = put_u32(p, (uint32_t)size);
	memcpy(p, type, sizeof(type));
	p = put_u32(p + 4, ENCODE_SNAPLEN);
	if (name[0] != '\0')
		p = put_option(p, PCAPNG_IF_NAME, name, strlen(name));
	p = put_option(p, PCAPNG_IF_TSRESOL, &tsresol, 1);
	p = put_u32(p, PCAPNG_OPT_END);
	return (put_u32(p, (uint32_t)size));
}

size_t
divert_encode_pcapng_header(struct divert_encoder *enc, uint8_t *buf,
    size_t size)
{
	size_t	 need;

	need = SHB_SIZE + interface_size(enc->name);
	if (size >= need)
		put_interface(put_section(buf), enc->name);
	enc->ninterfaces = 0;
	return (need);
}

/* A name as one word of printable ASCII: the rest as %xx. */
static char *
put_word(char *p, const char *s, size_t size)
{
	static const char	 hex[] = "0123456789abcdef";
	unsigned char		 c;
	size_t			 i;

	for (i = 0; i < size && s[i] != '\0'; i++) {
		c = (unsigned char)s[i];
		if (c > ' ' && c < 0x7f && c != '%') {
			*p++ = s[i];
		} else {
			*p++ = '%';
			*p++ = hex[c >> 4];
			*p++ = hex[c & 15];
		}
	}
	return (p);
}

/* The reinjection address where it is an IP address that says something. */
static char *
put_address(char *p, const struct divert_packet *pkt)
{
	static const struct in6_addr	 any6;
	struct sockaddr_in		 sin;
	struct sockaddr_in6		 sin6;

	if (pkt->addrlen == sizeof(sin)) {
		memcpy(&sin, pkt->addr, sizeof(sin));
		if (sin.sin_family == AF_INET && sin.sin_addr.s_addr != 0) {
			p = json_literal(p, " addr=");
			p = divert_json_ipv4(p, (const uint8_t *)&sin.sin_addr);
		}
	} else if (pkt->addrlen == sizeof(sin6)) {
		memcpy(&sin6, pkt->addr, sizeof(sin6));
		if (sin6.sin6_family == AF_INET6 &&
		    memcmp(&sin6.sin6_addr, &any6, sizeof(any6)) != 0) {
			p = json_literal(p, " addr=");
			p = divert_json_ipv6(p,
			    (const uint8_t *)&sin6.sin6_addr);
		}
	}
	return (p);
}

static char *
put_hex32(char *p, uint32_t v)
{
	static const char	 hex[] = "0123456789abcdef";
	int			 shift;

	p = json_literal(p, "0x");
	for (shift = 28; shift > 0 && v >> shift == 0; shift -= 4)
		continue;
	for (; shift >= 0; shift -= 4)
		*p++ = hex[v >> shift & 15];
	return (p);
}

/* Returns the comment's length, 0 when there is nothing to say. */
static size_t
make_comment(char *buf, const struct divert_packet *pkt, int with_ifname)
{
	char	*p, *start;

	p = start = json_literal(buf, "divert");
	if (with_ifname && pkt->ifname[0] != '\0') {
		p = json_literal(p, " if=");
		p = put_word(p, pkt->ifname, sizeof(pkt->ifname));
	}
	p = put_address(p, pkt);
	if (pkt->flags & DIVERT_PACKET_HAS_RULE) {
		p = json_literal(p, " rule=");
		p = divert_json_number(p, pkt->rule);
	}
	if (pkt->flags & DIVERT_PACKET_HAS_MARK) {
		p = json_literal(p, " mark=");
		p = put_hex32(p, pkt->mark);
	}
	/* The kernel would have finished the checksum later. */
	if (pkt->flags & DIVERT_PACKET_NOTREADY)
		p = json_literal(p, " sum=partial");
	return (p == start ? 0 : (size_t)(p - buf));
}

/* Returns where the options end; nothing is written when there are none. */
static uint8_t *
put_options(uint8_t *p, const struct divert_packet *pkt, int with_ifname)
{
	char		 comment[COMMENT_MAX];
	uint8_t		*start;
	uint64_t	 id;
	uint32_t	 direction;
	size_t		 len;

	start = p;
	if ((pkt->flags & (DIVERT_PACKET_HAS_RULE | DIVERT_PACKET_HAS_MARK |
	    DIVERT_PACKET_NOTREADY)) != 0 || pkt->ifname[0] != '\0' ||
	    pkt->addrlen != 0) {
		len = make_comment(comment, pkt, with_ifname);
		if (len > 0)
			p = put_option(p, PCAPNG_OPT_COMMENT, comment, len);
	}
	if (pkt->direction != DIVERT_DIRECTION_NONE) {
		direction = pkt->direction == DIVERT_DIRECTION_IN ?
		    PCAPNG_FLAG_IN : PCAPNG_FLAG_OUT;
		p = put_option(p, PCAPNG_EPB_FLAGS, &direction, 4);
	}
	if (pkt->flags & DIVERT_PACKET_HAS_DROPS)
		p = put_option(p, PCAPNG_EPB_DROPCOUNT, &pkt->drops, 8);
	if (pkt->flags & DIVERT_PACKET_HAS_ID) {
		id = pkt->id;
		p = put_option(p, PCAPNG_EPB_PACKETID, &id, 8);
	}
	if (pkt->flags & DIVERT_PACKET_HAS_QUEUE)
		p = put_option(p, PCAPNG_EPB_QUEUE, &pkt->queue, 4);
	return (p == start ? p : put_u32(p, PCAPNG_OPT_END));
}

/*
 * The number of the packet's interface block, made now (*made = 1) when this
 * is its first packet.  A name that would not be read back as one stays in the
 * comment.
 */
static uint32_t
find_interface(const struct divert_encoder *enc,
    const struct divert_packet *pkt, int *made)
{
	uint32_t	 i;

	*made = 0;
	if ((enc->flags & DIVERT_ENCODE_PER_INTERFACE) == 0 ||
	    !divert_pcapng_is_ifname(pkt->ifname,
	    strnlen(pkt->ifname, sizeof(pkt->ifname))))
		return (0);
	for (i = 0; i < enc->ninterfaces; i++)
		if (strncmp(enc->interfaces[i], pkt->ifname,
		    DIVERT_IFNAME_SIZE) == 0)
			return (i + 1);
	if (i == ENCODE_INTERFACES)
		return (0);
	*made = 1;
	return (i + 1);
}

/* Since 1970, as far as 64 bits reach (2554); a time outside is the nearest. */
static uint64_t
nanoseconds(const struct timespec *ts)
{
	if (ts->tv_sec < 0)
		return (0);
	if ((uint64_t)ts->tv_sec >= UINT64_MAX / 1000000000)
		return (UINT64_MAX);
	return ((uint64_t)ts->tv_sec * 1000000000 + (uint64_t)ts->tv_nsec);
}

size_t
divert_encode_pcapng_packet(struct divert_encoder *enc,
    const struct divert_packet *pkt, uint8_t *buf, size_t size)
{
	char		 ifname[DIVERT_IFNAME_SIZE];
	uint8_t		 options[OPTIONS_MAX];
	uint64_t	 ns;
	uint32_t	 interface, len;
	size_t		 block, need, noptions;
	int		 made;

	interface = find_interface(enc, pkt, &made);
	noptions = (size_t)(put_options(options, pkt, interface == 0) -
	    options);
	len = pkt->len < ENCODE_SNAPLEN ? pkt->len : ENCODE_SNAPLEN;
	block = 28 + PAD4(len) + noptions + 4;
	need = block;
	if (made) {
		memcpy(ifname, pkt->ifname, sizeof(ifname));
		ifname[sizeof(ifname) - 1] = '\0';
		need += interface_size(ifname);
	}
	if (size < need)
		return (need);

	if (made) {
		buf = put_interface(buf, ifname);
		memcpy(enc->interfaces[enc->ninterfaces++], ifname,
		    sizeof(ifname));
	}
	ns = nanoseconds(&pkt->time);
	buf = put_u32(buf, PCAPNG_EPB);
	buf = put_u32(buf, (uint32_t)block);
	buf = put_u32(buf, interface);
	buf = put_u32(buf, (uint32_t)(ns >> 32));
	buf = put_u32(buf, (uint32_t)ns);
	buf = put_u32(buf, len);
	buf = put_u32(buf, pkt->wirelen > pkt->len ? pkt->wirelen : pkt->len);
	memcpy(buf, pkt->data, len);
	memset(buf + len, 0, PAD4(len) - len);
	buf += PAD4(len);
	memcpy(buf, options, noptions);
	put_u32(buf + noptions, (uint32_t)block);
	return (need);
}
