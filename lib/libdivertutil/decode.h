/* SPDX-License-Identifier: ISC */
#ifndef DECODE_H
#define DECODE_H

#include "capture.h"
#include "divert_int.h"

/*
 * What the decoders of the single formats share: one buffer, what is in it,
 * and how to say that it is damaged.
 */

/* Largest frame taken; jumbograms of captures are well below. */
#define DECODE_FRAME_MAX	(1u << 20)
/* A record with all that surrounds its frame; also the longest line. */
#define DECODE_RECORD_MAX	(DECODE_FRAME_MAX + (128u << 10))
/* What divert_decoder_room() offers at least. */
#define DECODE_READ_SIZE	(256u << 10)
#define DECODE_BUFFER_SIZE \
	(DIVERT_HEADROOM + DECODE_RECORD_MAX + DECODE_READ_SIZE)

/* An interface of a pcapng section. */
struct decode_interface {
	uint32_t	 linktype;
	uint32_t	 snaplen;	/* 0: none */
	int64_t		 tsoffset;	/* seconds */
	uint8_t		 tsresol;	/* as in the option if_tsresol */
	char		 ifname[DIVERT_IFNAME_SIZE];
};

/* A packet of a dump in hex, as far as it is read. */
struct decode_hex {
	int		 open;		/* there is one */
	int		 lost;		/* its first lines were damaged */
	int		 star;		/* lines like the last are left out */
	int		 bare;		/* lines without offsets */
	int		 seen;		/* there was any */
	uint32_t	 len;
	uint32_t	 width;		/* bytes of its last line */
	uint8_t		*frame;
	/* Of the line of text before it: */
	struct timespec	 time;
	uint8_t		 direction;
	char		 ifname[DIVERT_IFNAME_SIZE];
};

struct divert_decoder {
	/* The format's; NULL until it is known. */
	int		(*next)(struct divert_decoder *,
			    struct divert_packet *);
	size_t		 start;		/* in buf, of what is not decoded */
	size_t		 end;
	size_t		 scanned;	/* of a line, without finding its end */
	uint64_t	 offset;	/* of start in the input */
	uint64_t	 skip;		/* bytes to pass over unread */
	uint64_t	 skipped;	/* frames that are not IP */
	uint64_t	 line;		/* lines begun, of text */
	int		 eof;
	int		 damaged;
	int		 whole;		/* divert_decoder_whole() */
	int		 accepted;	/* a capture that can be read, so far */
	int		 bigendian;	/* the file, or section */
	/* text, in lines */
	size_t		 resume;	/* damaged: bytes to pass over */
	int		 passing;	/* over a line, as far as it goes */
	uint8_t		*made;		/* packets not lent from buf, or NULL */
	size_t		 made_at;	/* where the next one goes */
	struct decode_hex hex;
	/* classic */
	uint32_t	 linktype;
	int		 nanoseconds;
	int		 swapped_lengths; /* 2.3 and older: 1 yes, -1 perhaps */
	size_t		 record_header;
	/* pcapng */
	struct decode_interface *interfaces;
	size_t		 ninterfaces;
	size_t		 interfaces_size;
	char		 error[DIVERT_ERROR_SIZE];
	uint8_t		 buf[DECODE_BUFFER_SIZE];
};

static inline uint16_t
decode16(const struct divert_decoder *dec, const uint8_t *p)
{
	if (dec->bigendian)
		return (get16(p));
	return ((uint16_t)(p[1] << 8 | p[0]));
}

static inline uint32_t
decode32(const struct divert_decoder *dec, const uint8_t *p)
{
	return (dec->bigendian ? get32(p) : (uint32_t)p[3] << 24 |
	    (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0]);
}

static inline size_t
decode_left(const struct divert_decoder *dec)
{
	return (dec->end - dec->start);
}

static inline void
decode_consume(struct divert_decoder *dec, size_t n)
{
	dec->start += n;
	dec->offset += n;
}

static inline int
decode_is_blank(uint8_t c)
{
	return (c == ' ' || c == '\t' || c == '\r' || c == '\n');
}

/* What a hexadecimal digit stands for, or -1. */
static inline int
decode_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return (c - '0');
	if (c >= 'a' && c <= 'f')
		return (c - 'a' + 10);
	if (c >= 'A' && c <= 'F')
		return (c - 'A' + 10);
	return (-1);
}

/* Say what is damaged, after "byte N: ".  Returns -1 with EBADMSG. */
int	divert_decode_damage(struct divert_decoder *, const char *, ...)
    __attribute__((__format__(printf, 2, 3)));

/*
 * There are fewer bytes than a record takes, wanted of them: returns 0 when
 * more can come or none is left over, else -1: cut off.
 */
int	divert_decode_short(struct divert_decoder *, uint64_t wanted);

/*
 * Begin to read a format: classic returns 1 when the file header was taken,
 * 0 more bytes needed, -1 damaged.
 */
int	divert_decode_pcap_header(struct divert_decoder *);
int	divert_decode_pcap(struct divert_decoder *, struct divert_packet *);
int	divert_decode_pcapng(struct divert_decoder *, struct divert_packet *);
int	divert_decode_json(struct divert_decoder *, struct divert_packet *);
int	divert_decode_hex(struct divert_decoder *, struct divert_packet *);

/*
 * Whether that is the beginning of a dump in hex: 1, 0 more bytes are needed
 * to say, -1 it is not.
 */
int	divert_decode_is_hex(const uint8_t *, size_t len, int eof);

/*
 * The next line: its length at the front of the buffer, its end included,
 * counted in dec->line; 0 there is none whole, -1 too long.
 */
ssize_t	divert_decode_line(struct divert_decoder *);

/* RFC 3339, without a zone UTC.  0, or -1: it is no time. */
int	divert_decode_time(const char *, struct timespec *);

/*
 * Room for a packet that is not lent from the decoder's buffer, with headroom:
 * size bytes, at most DECODE_MADE_MAX.  It is used again after
 * DIVERT_BATCH_MAX more packets.  NULL: no memory.  The packet turns out to
 * have len bytes: divert_decode_made(), after which the next one has room.
 */
#define DECODE_MADE_MAX		(DIVERT_PACKET_MAX + 256)
uint8_t	*divert_decode_room(struct divert_decoder *, size_t size);
void	 divert_decode_made(struct divert_decoder *, size_t len);

/* Whether frames of this link type can be read, LINKTYPE_* or DLT_*. */
int	divert_link_known(uint32_t linktype);

/*
 * Find the IP packet in a frame and set data, len, wirelen, the flag for a
 * cut packet, and what the link header says of direction, interface, rule and
 * mark.  Of the decoder are taken the byte order, for headers in the host's
 * order, and whether packets are whole.  Reads only frame[0, caplen);
 * caplen <= wirelen.  Returns 1, or 0: it is no IP.
 */
int	divert_link_decode(const struct divert_decoder *, uint32_t linktype,
	    uint8_t *frame, uint32_t caplen, uint32_t wirelen,
	    struct divert_packet *);

/*
 * The same for a frame of which neither the link type nor the length it had
 * is known: what its bytes can be decides, and the length in the IP header.
 */
int	divert_link_guess(const struct divert_decoder *, uint8_t *frame,
	    uint32_t len, struct divert_packet *);

#endif
