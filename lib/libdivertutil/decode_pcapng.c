/* SPDX-License-Identifier: ISC */

/*
 * pcapng (draft-ietf-opsawg-pcapng): sections of either byte order, several
 * interfaces with any time resolution, the three kinds of packet block, and
 * the options that carry this project's metadata.  Other blocks are passed
 * over unread.  An option that is wrong ends the list of options and costs
 * nothing else: programs exist that write such.
 */

#include "compat.h"

#include <sys/socket.h>
#include <netinet/in.h>
#include <arpa/inet.h>

#include <stdlib.h>

#include "decode.h"

#define BLOCK_MIN	12
#define PAD4(n)		(((n) + 3) & ~(uint32_t)3)

/* Interfaces of one section; a section with more is no real one. */
#define INTERFACES_MAX	65536

/* Interface 16 bits, drops 16 bits, then as in the enhanced block. */
#define PB_NO_DROPS	0xffff

static const uint64_t	power10[] = {
	1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000,
	1000000000, UINT64_C(10000000000), UINT64_C(100000000000),
	UINT64_C(1000000000000), UINT64_C(10000000000000),
	UINT64_C(100000000000000), UINT64_C(1000000000000000),
	UINT64_C(10000000000000000), UINT64_C(100000000000000000),
	UINT64_C(1000000000000000000), UINT64_C(10000000000000000000),
};

/* An option, and where the next one is. */
struct option {
	uint16_t	 code;
	uint16_t	 len;
	const uint8_t	*value;
	const uint8_t	*next;
};

/* The option at p, before end: 1, or 0 when there is none or a wrong one. */
static int
next_option(const struct divert_decoder *dec, const uint8_t *p,
    const uint8_t *end, struct option *opt)
{
	if (end - p < 4)
		return (0);
	opt->code = decode16(dec, p);
	opt->len = decode16(dec, p + 2);
	opt->value = p + 4;
	if (opt->code == PCAPNG_OPT_END ||
	    (size_t)(end - opt->value) < PAD4((uint32_t)opt->len))
		return (0);
	opt->next = opt->value + PAD4((uint32_t)opt->len);
	return (1);
}

static uint64_t
decode64(const struct divert_decoder *dec, const uint8_t *p)
{
	if (dec->bigendian)
		return ((uint64_t)get32(p) << 32 | get32(p + 4));
	return ((uint64_t)decode32(dec, p + 4) << 32 | decode32(dec, p));
}

/*
 * Units of 10^-n or 2^-n seconds to nanoseconds.  What the second's fraction
 * has beyond that is cut.
 */
static void
set_time(struct divert_packet *pkt, const struct decode_interface *ifp,
    uint64_t ts)
{
	uint64_t	 fraction, second;
	unsigned int	 n;

	n = ifp->tsresol & 0x7f;
	if ((ifp->tsresol & 0x80) == 0 && n < 20) {
		second = ts / power10[n];
		fraction = ts % power10[n];
		fraction = n <= 9 ? fraction * power10[9 - n] :
		    fraction / power10[n - 9];
	} else if ((ifp->tsresol & 0x80) == 0) {
		second = 0;
		fraction = n < 29 ? ts / power10[n - 9] : 0;
	} else if (n < 64) {
		second = ts >> n;
		fraction = n == 0 ? 0 : ts << (64 - n) >> 32;
		fraction = fraction * 1000000000 >> 32;
	} else {
		second = 0;
		fraction = n < 96 ? (ts >> (n - 64) >> 32) * 1000000000 >> 32 :
		    0;
	}
	pkt->time.tv_sec = (time_t)(second + (uint64_t)ifp->tsoffset);
	pkt->time.tv_nsec = (long)fraction;
}

int
divert_pcapng_is_ifname(const void *name, size_t len)
{
	const uint8_t	*s;
	size_t		 i;

	s = name;
	if (len == 0 || len >= DIVERT_IFNAME_SIZE)
		return (0);
	if ((len == 1 && s[0] == '-') || (len == 3 && memcmp(s, "any", 3) == 0))
		return (0);
	for (i = 0; i < len; i++)
		if (s[i] <= ' ' || s[i] >= 0x7f || s[i] == ':' || s[i] == '/')
			return (0);
	return (1);
}

static int
add_interface(struct divert_decoder *dec, const uint8_t *p, uint32_t len)
{
	struct decode_interface	*ifp;
	struct option		 opt;
	const uint8_t		*end;
	size_t			 size;
	void			*bigger;

	if (len < 20)
		return (divert_decode_damage(dec, "interface block of %u "
		    "bytes", len));
	if (dec->ninterfaces == dec->interfaces_size) {
		size = dec->interfaces_size == 0 ? 8 : dec->interfaces_size * 2;
		if (size > INTERFACES_MAX)
			return (divert_decode_damage(dec, "more than %d "
			    "interfaces", INTERFACES_MAX));
		bigger = reallocarray(dec->interfaces, size,
		    sizeof(dec->interfaces[0]));
		if (bigger == NULL)
			return (divert_decode_damage(dec, "out of memory for "
			    "%zu interfaces", size));
		dec->interfaces = bigger;
		dec->interfaces_size = size;
	}
	ifp = &dec->interfaces[dec->ninterfaces++];
	memset(ifp, 0, sizeof(*ifp));
	ifp->linktype = decode16(dec, p + 8);
	ifp->snaplen = decode32(dec, p + 12);
	ifp->tsresol = 6;
	if (divert_link_known(ifp->linktype))
		dec->accepted = 1;
	end = p + len - 4;
	for (p += 16; next_option(dec, p, end, &opt); p = opt.next) {
		if (opt.code == PCAPNG_IF_NAME &&
		    divert_pcapng_is_ifname(opt.value, opt.len))
			memcpy(ifp->ifname, opt.value, opt.len);
		else if (opt.code == PCAPNG_IF_TSRESOL && opt.len == 1)
			ifp->tsresol = opt.value[0];
		else if (opt.code == PCAPNG_IF_TSOFFSET && opt.len == 8)
			ifp->tsoffset = (int64_t)decode64(dec, opt.value);
	}
	return (0);
}

/* Undo the %xx of a word into a name that fits; else no name. */
static void
read_ifname(char *ifname, const uint8_t *s, size_t len)
{
	char	 name[DIVERT_IFNAME_SIZE];
	size_t	 i, n;

	for (i = n = 0; i < len && n < sizeof(name) - 1; i++) {
		if (s[i] == '%' && len - i > 2 &&
		    decode_digit(s[i + 1]) != -1 &&
		    decode_digit(s[i + 2]) != -1) {
			name[n++] = (char)(decode_digit(s[i + 1]) << 4 |
			    decode_digit(s[i + 2]));
			i += 2;
		} else
			name[n++] = (char)s[i];
	}
	if (i < len || n == 0)
		return;
	memset(name + n, 0, sizeof(name) - n);
	memcpy(ifname, name, sizeof(name));
}

static void
read_address(struct divert_packet *pkt, const uint8_t *s, size_t len)
{
	struct sockaddr_in	 sin;
	struct sockaddr_in6	 sin6;
	char			 text[64];

	if (len >= sizeof(text))
		return;
	memcpy(text, s, len);
	text[len] = '\0';
	memset(&sin, 0, sizeof(sin));
	memset(&sin6, 0, sizeof(sin6));
	if (inet_pton(AF_INET, text, &sin.sin_addr) == 1) {
		sin.sin_family = AF_INET;
		memcpy(pkt->addr, &sin, sizeof(sin));
		pkt->addrlen = sizeof(sin);
	} else if (inet_pton(AF_INET6, text, &sin6.sin6_addr) == 1) {
		sin6.sin6_family = AF_INET6;
		memcpy(pkt->addr, &sin6, sizeof(sin6));
		pkt->addrlen = sizeof(sin6);
	}
}

/* A number of 32 bits, decimal or 0x: 1, or 0 when it is none. */
static int
read_number(const uint8_t *s, size_t len, uint32_t *number)
{
	uint64_t	 base, v;
	size_t		 i;
	int		 digit;

	base = 10;
	if (len > 2 && s[0] == '0' && s[1] == 'x') {
		base = 16;
		s += 2;
		len -= 2;
	}
	for (i = 0, v = 0; i < len; i++) {
		digit = decode_digit(s[i]);
		if (digit == -1 || (uint64_t)digit >= base)
			return (0);
		v = v * base + (uint64_t)digit;
		if (v > UINT32_MAX)
			return (0);
	}
	*number = (uint32_t)v;
	return (len > 0);
}

static int
begins(const uint8_t *s, size_t len, const char *key)
{
	size_t	 n;

	n = strlen(key);
	return (len > n && memcmp(s, key, n) == 0);
}

/* One word of a comment; words not known are of a later version. */
static void
read_word(struct divert_packet *pkt, const uint8_t *s, size_t len)
{
	if (begins(s, len, "if="))
		read_ifname(pkt->ifname, s + 3, len - 3);
	else if (begins(s, len, "addr="))
		read_address(pkt, s + 5, len - 5);
	else if (begins(s, len, "rule=")) {
		if (read_number(s + 5, len - 5, &pkt->rule))
			pkt->flags |= DIVERT_PACKET_HAS_RULE;
	} else if (begins(s, len, "mark=")) {
		if (read_number(s + 5, len - 5, &pkt->mark))
			pkt->flags |= DIVERT_PACKET_HAS_MARK;
	} else if (len == 11 && memcmp(s, "sum=partial", 11) == 0)
		pkt->flags |= DIVERT_PACKET_NOTREADY;
}

/* A comment, ours when it begins "divert ". */
static void
read_comment(struct divert_packet *pkt, const uint8_t *s, size_t len)
{
	size_t	 i, word;

	if (!begins(s, len, "divert "))
		return;
	for (i = 7; i < len; i = word + 1) {
		for (word = i; word < len && s[word] != ' '; word++)
			continue;
		read_word(pkt, s + i, word - i);
	}
}

static void
read_options(const struct divert_decoder *dec, const uint8_t *p,
    const uint8_t *end, struct divert_packet *pkt)
{
	struct option	 opt;
	uint64_t	 id;
	uint32_t	 direction;

	for (; next_option(dec, p, end, &opt); p = opt.next) {
		if (opt.code == PCAPNG_OPT_COMMENT) {
			read_comment(pkt, opt.value, opt.len);
		} else if (opt.code == PCAPNG_EPB_FLAGS && opt.len == 4) {
			direction = decode32(dec, opt.value) &
			    PCAPNG_FLAG_DIRECTION;
			if (direction == PCAPNG_FLAG_IN)
				pkt->direction = DIVERT_DIRECTION_IN;
			else if (direction == PCAPNG_FLAG_OUT)
				pkt->direction = DIVERT_DIRECTION_OUT;
		} else if (opt.code == PCAPNG_EPB_DROPCOUNT && opt.len == 8) {
			pkt->drops = decode64(dec, opt.value);
			pkt->flags |= DIVERT_PACKET_HAS_DROPS;
		} else if (opt.code == PCAPNG_EPB_PACKETID && opt.len == 8) {
			id = decode64(dec, opt.value);
			if (id <= UINT32_MAX) {
				pkt->id = (uint32_t)id;
				pkt->flags |= DIVERT_PACKET_HAS_ID;
			}
		} else if (opt.code == PCAPNG_EPB_QUEUE && opt.len == 4) {
			pkt->queue = decode32(dec, opt.value);
			pkt->flags |= DIVERT_PACKET_HAS_QUEUE;
		}
	}
}

/* Where the parts of a packet block are; offsets from the block's start. */
struct packet_block {
	uint32_t	 interface;
	uint32_t	 caplen;
	uint32_t	 wirelen;
	uint32_t	 frame_off;
	uint32_t	 drops;		/* PB_NO_DROPS: not said */
	uint64_t	 ts;
	int		 timed;
	int		 options;
};

/*
 * Read the fixed part of a packet block of len bytes.  0, or -1 damaged.
 */
static int
read_packet_block(struct divert_decoder *dec, const uint8_t *p, uint32_t type,
    uint32_t len, struct packet_block *block)
{
	const struct decode_interface	*ifp;
	uint32_t			 fixed;

	memset(block, 0, sizeof(*block));
	block->drops = PB_NO_DROPS;
	fixed = type == PCAPNG_SPB ? 12 : 28;
	if (len < fixed + 4)
		return (divert_decode_damage(dec, "packet block of %u bytes",
		    len));
	block->frame_off = fixed;
	if (type == PCAPNG_SPB) {
		block->wirelen = decode32(dec, p + 8);
		block->caplen = block->wirelen;
	} else {
		block->interface = decode32(dec, p + 8);
		if (type == PCAPNG_PB) {
			block->interface = decode16(dec, p + 8);
			block->drops = decode16(dec, p + 10);
		}
		block->ts = (uint64_t)decode32(dec, p + 12) << 32 |
		    decode32(dec, p + 16);
		block->caplen = decode32(dec, p + 20);
		block->wirelen = decode32(dec, p + 24);
		block->timed = 1;
		block->options = 1;
	}
	if (block->interface >= dec->ninterfaces)
		return (divert_decode_damage(dec, "packet of interface %u, "
		    "which is not described", block->interface));
	ifp = &dec->interfaces[block->interface];
	if (type == PCAPNG_SPB) {
		/* Its captured length is not said: the least of the three. */
		if (ifp->snaplen != 0 && block->caplen > ifp->snaplen)
			block->caplen = ifp->snaplen;
		if (block->caplen > len - fixed - 4)
			block->caplen = len - fixed - 4;
	}
	if (block->caplen > len - fixed - 4)
		return (divert_decode_damage(dec, "captured length %u in a "
		    "block of %u bytes", block->caplen, len));
	if (block->wirelen < block->caplen)
		block->wirelen = block->caplen;
	if (!divert_link_known(ifp->linktype) && !dec->accepted)
		return (divert_decode_damage(dec, "link type %u cannot be "
		    "read", ifp->linktype));
	return (0);
}

/* A whole packet block: 1 a packet, 0 not IP, -1 damaged. */
static int
read_packet(struct divert_decoder *dec, uint8_t *p, uint32_t type,
    uint32_t len, struct divert_packet *pkt)
{
	const struct decode_interface	*ifp;
	struct packet_block		 block;
	const uint8_t			*end, *options;

	if (read_packet_block(dec, p, type, len, &block) == -1)
		return (-1);
	ifp = &dec->interfaces[block.interface];
	memset(pkt, 0, sizeof(*pkt));
	pkt->hook = 0xff;
	if (!divert_link_decode(dec, ifp->linktype,
	    p + block.frame_off, block.caplen, block.wirelen, pkt))
		return (0);
	if (block.timed)
		set_time(pkt, ifp, block.ts);
	if (block.drops != PB_NO_DROPS) {
		pkt->drops = block.drops;
		pkt->flags |= DIVERT_PACKET_HAS_DROPS;
	}
	end = p + len - 4;
	if (block.options && (uint32_t)(end - p) - block.frame_off >=
	    PAD4(block.caplen)) {
		options = p + block.frame_off + PAD4(block.caplen);
		read_options(dec, options, end, pkt);
	}
	if (pkt->ifname[0] == '\0')
		memcpy(pkt->ifname, ifp->ifname, sizeof(pkt->ifname));
	return (1);
}

/* A section begins, perhaps in the other byte order.  0, or -1 damaged. */
static int
begin_section(struct divert_decoder *dec, const uint8_t *p)
{
	if (get32(p + 8) == PCAPNG_MAGIC)
		dec->bigendian = 1;
	else if (get32(p + 8) == 0x4d3c2b1a)
		dec->bigendian = 0;
	else
		return (divert_decode_damage(dec, "section header without its "
		    "byte order"));
	dec->ninterfaces = 0;
	return (0);
}

/* Pass over what is to be skipped: 1 done, 0 more bytes are needed, -1. */
static int
skip(struct divert_decoder *dec)
{
	size_t	 n;

	n = decode_left(dec);
	if (n > dec->skip)
		n = (size_t)dec->skip;
	decode_consume(dec, n);
	dec->skip -= n;
	if (dec->skip == 0)
		return (1);
	if (!dec->eof)
		return (0);
	return (divert_decode_damage(dec, "cut off, %llu bytes of a block are "
	    "missing", (unsigned long long)dec->skip));
}

/* Blocks that are read; all others are passed over. */
static int
is_known(uint32_t type)
{
	return (type == PCAPNG_SHB || type == PCAPNG_IDB ||
	    type == PCAPNG_EPB || type == PCAPNG_SPB || type == PCAPNG_PB);
}

/*
 * Begin with the block at p: its type and length.  0, or -1 damaged.
 */
static int
begin_block(struct divert_decoder *dec, const uint8_t *p, uint32_t *type,
    uint32_t *len)
{
	*type = decode32(dec, p);
	/* A section header reads the same in both orders, its length not. */
	if (*type == PCAPNG_SHB && begin_section(dec, p) == -1)
		return (-1);
	*len = decode32(dec, p + 4);
	if (*len < BLOCK_MIN || *len % 4 != 0)
		return (divert_decode_damage(dec, "block of %u bytes", *len));
	return (0);
}

int
divert_decode_pcapng(struct divert_decoder *dec, struct divert_packet *pkt)
{
	uint8_t		*p;
	uint32_t	 len, type;
	int		 n;

	for (;;) {
		if (dec->skip > 0 && (n = skip(dec)) <= 0)
			return (n);
		if (decode_left(dec) < BLOCK_MIN)
			return (divert_decode_short(dec, BLOCK_MIN));
		p = dec->buf + dec->start;
		if (begin_block(dec, p, &type, &len) == -1)
			return (-1);
		if (!is_known(type) || len > DECODE_RECORD_MAX) {
			if (type == PCAPNG_IDB)
				return (divert_decode_damage(dec, "interface "
				    "block of %u bytes", len));
			if (is_known(type) && type != PCAPNG_SHB)
				dec->skipped++;
			dec->skip = len;
			continue;
		}
		if (decode_left(dec) < len)
			return (divert_decode_short(dec, len));
		if (decode32(dec, p + len - 4) != len)
			return (divert_decode_damage(dec, "block of %u bytes "
			    "whose end says %u", len,
			    decode32(dec, p + len - 4)));
		n = 0;
		if (type == PCAPNG_IDB)
			n = add_interface(dec, p, len);
		else if (type == PCAPNG_SHB && len < 28)
			n = divert_decode_damage(dec, "section header of %u "
			    "bytes", len);
		else if (type == PCAPNG_SHB && decode16(dec, p + 12) != 1)
			n = divert_decode_damage(dec, "pcapng version %u.%u "
			    "is not known", decode16(dec, p + 12),
			    decode16(dec, p + 14));
		else if (type != PCAPNG_SHB &&
		    (n = read_packet(dec, p, type, len, pkt)) == 0)
			dec->skipped++;
		if (n == -1)
			return (-1);
		decode_consume(dec, len);
		if (n == 1)
			return (1);
	}
}
