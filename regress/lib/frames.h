/* SPDX-License-Identifier: ISC */
#ifndef FRAMES_H
#define FRAMES_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "divertutil.h"

/*
 * Captures made by hand, and a decoder run over them, for the tests of
 * streams.  Every byte is written out here: nothing of the library's own
 * writers is used to test its readers.
 */

struct bytes {
	uint8_t	*p;
	size_t	 len;
	size_t	 size;
	int	 big;			/* byte order of add16, 32, 64 */
};

static inline void
add(struct bytes *b, const void *p, size_t len)
{
	if (b->len + len > b->size) {
		b->size = (b->len + len) * 2;
		if ((b->p = realloc(b->p, b->size)) == NULL)
			abort();
	}
	if (len > 0)
		memcpy(b->p + b->len, p, len);
	b->len += len;
}

static inline void
add_uint(struct bytes *b, uint64_t v, int n)
{
	uint8_t	 octet;
	int	 i;

	for (i = 0; i < n; i++) {
		octet = (uint8_t)(v >> 8 * (b->big ? n - 1 - i : i));
		add(b, &octet, 1);
	}
}

static inline void
add16(struct bytes *b, unsigned int v)
{
	add_uint(b, v, 2);
}

static inline void
add32(struct bytes *b, uint32_t v)
{
	add_uint(b, v, 4);
}

static inline void
add64(struct bytes *b, uint64_t v)
{
	add_uint(b, v, 8);
}

static inline void
add_pad(struct bytes *b, size_t len)
{
	static const uint8_t	 zeros[4];

	add(b, zeros, (4 - len % 4) % 4);
}

/* 192.0.2.1.4096 > 198.51.100.2.53: UDP, 3 bytes: 31, less than Ethernet. */
static const uint8_t	v4[] = {
	0x45, 0x00, 0x00, 0x1f, 0x12, 0x34, 0x00, 0x00, 0x40, 0x11, 0x5a, 0x38,
	0xc0, 0x00, 0x02, 0x01, 0xc6, 0x33, 0x64, 0x02,
	0x10, 0x00, 0x00, 0x35, 0x00, 0x0b, 0x00, 0x00, 'a', 'b', 'c',
};

/* 2001:db8::1.4096 > 2001:db8::2.80: TCP SYN. */
static const uint8_t	v6[] = {
	0x60, 0x00, 0x00, 0x00, 0x00, 0x14, 0x06, 0x40,
	0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
	0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2,
	0x10, 0x00, 0x00, 0x50, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x02, 0xff, 0xff,
	0, 0, 0, 0,
};

static inline void
pcap_file(struct bytes *b, uint32_t magic, uint32_t linktype)
{
	add32(b, magic);
	add16(b, 2);
	add16(b, 4);
	add64(b, 0);
	add32(b, 65535);
	add32(b, linktype);
}

static inline void
pcap_record(struct bytes *b, uint32_t sec, uint32_t frac, const void *frame,
    size_t caplen, size_t wirelen)
{
	add32(b, sec);
	add32(b, frac);
	add32(b, (uint32_t)caplen);
	add32(b, (uint32_t)wirelen);
	add(b, frame, caplen);
}

/* A pcapng block of any type around a body, padded. */
static inline void
block(struct bytes *b, uint32_t type, const void *body, size_t len)
{
	uint32_t	 total;

	total = (uint32_t)(12 + (len + 3) / 4 * 4);
	add32(b, type);
	add32(b, total);
	add(b, body, len);
	add_pad(b, len);
	add32(b, total);
}

static inline void
section(struct bytes *b, int big)
{
	struct bytes	 body = { .big = big };

	b->big = big;
	add32(&body, 0x1a2b3c4d);
	add16(&body, 1);
	add16(&body, 0);
	add64(&body, UINT64_MAX);
	block(b, 0x0a0d0d0a, body.p, body.len);
	free(body.p);
}

static inline void
option(struct bytes *b, unsigned int code, const void *value, size_t len)
{
	add16(b, code);
	add16(b, (unsigned int)len);
	add(b, value, len);
	add_pad(b, len);
}

/* tsresol < 0: no such option; name NULL: none. */
static inline void
interface(struct bytes *b, unsigned int linktype, uint32_t snaplen,
    int tsresol, int64_t tsoffset, const char *name)
{
	struct bytes	 body = { .big = b->big }, off = { .big = b->big };
	uint8_t		 resol;

	add16(&body, linktype);
	add16(&body, 0);
	add32(&body, snaplen);
	if (name != NULL)
		option(&body, 2, name, strlen(name));
	if (tsresol >= 0) {
		resol = (uint8_t)tsresol;
		option(&body, 9, &resol, 1);
	}
	if (tsoffset != 0) {
		add64(&off, (uint64_t)tsoffset);
		option(&body, 14, off.p, off.len);
	}
	add32(&body, 0);
	block(b, 1, body.p, body.len);
	free(body.p);
	free(off.p);
}

/* options: bytes of them, or NULL. */
static inline void
enhanced(struct bytes *b, uint32_t interface_id, uint64_t ts,
    const void *frame, size_t caplen, size_t wirelen,
    const struct bytes *options)
{
	struct bytes	 body = { .big = b->big };

	add32(&body, interface_id);
	add32(&body, (uint32_t)(ts >> 32));
	add32(&body, (uint32_t)ts);
	add32(&body, (uint32_t)caplen);
	add32(&body, (uint32_t)wirelen);
	add(&body, frame, caplen);
	add_pad(&body, caplen);
	if (options != NULL)
		add(&body, options->p, options->len);
	block(b, 6, body.p, body.len);
	free(body.p);
}

#define GOT_MAX		64
#define GOT_BYTES	4096

/* What a decoder gave; of larger packets the first bytes. */
struct got {
	struct divert_packet pkt[GOT_MAX];
	uint8_t		 data[GOT_MAX][GOT_BYTES];
	int		 n;
	int		 damaged;
	uint64_t	 skipped;
	char		 error[256];
};

/*
 * Feed a decoder in pieces of chunk bytes and take packets after each.  The
 * headroom of every packet is written to and put back, as a filter does.
 */
static inline void
decode(const void *p, size_t len, size_t chunk, struct got *got)
{
	struct divert_decoder	*dec;
	struct divert_packet	 pkt;
	uint8_t			 saved[DIVERT_HEADROOM], *room;
	const uint8_t		*in;
	size_t			 n, off;
	int			 eof, result;

	if ((dec = divert_decoder_new()) == NULL)
		abort();
	memset(got, 0, sizeof(*got));
	in = p;
	for (off = 0, eof = 0, result = 0; !eof && result != -1; off += n) {
		n = divert_decoder_room(dec, &room);
		if (n == 0)
			abort();
		if (n > chunk)
			n = chunk;
		if (n > len - off)
			n = len - off;
		eof = n == 0;
		if (n > 0)
			memcpy(room, in + off, n);
		divert_decoder_filled(dec, n);
		while ((result = divert_decoder_next(dec, &pkt)) == 1) {
			memcpy(saved, pkt.data - DIVERT_HEADROOM,
			    sizeof(saved));
			memset(pkt.data - DIVERT_HEADROOM, 0xa5,
			    sizeof(saved));
			memcpy(pkt.data - DIVERT_HEADROOM, saved,
			    sizeof(saved));
			if (got->n == GOT_MAX)
				abort();
			got->pkt[got->n] = pkt;
			memcpy(got->data[got->n], pkt.data,
			    pkt.len < GOT_BYTES ? pkt.len : GOT_BYTES);
			got->pkt[got->n].data = got->data[got->n];
			got->n++;
		}
	}
	got->damaged = result == -1;
	got->skipped = divert_decoder_skipped(dec);
	strncpy(got->error, divert_decoder_error(dec), sizeof(got->error) - 1);
	divert_decoder_free(dec);
}

#endif
