/* SPDX-License-Identifier: ISC */

/*
 * Any bytes as a capture, fed whole and in pieces, with the same result.  The
 * first byte says how large the pieces are.  255: the bytes are one frame of
 * the link type in the next two, in memory of exactly its size.
 */

#include "compat.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define CHECK(x) do {							\
	if (!(x)) {							\
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x);	\
		abort();						\
	}								\
} while (0)

/* What came of a capture. */
struct summary {
	uint64_t	 hash;
	uint64_t	 packets;
	uint64_t	 skipped;
	int		 result;
	char		 error[DIVERT_ERROR_SIZE];
};

static uint64_t
hash(uint64_t h, const void *p, size_t len)
{
	const uint8_t	*s;

	for (s = p; len > 0; len--, s++)
		h = (h ^ *s) * UINT64_C(1099511628211);
	return (h);
}

static void
check_packet(const struct divert_packet *pkt)
{
	CHECK(pkt->len <= pkt->wirelen);
	CHECK(((pkt->flags & DIVERT_PACKET_TRUNCATED) != 0) ==
	    (pkt->len < pkt->wirelen));
	CHECK(pkt->len <= DECODE_FRAME_MAX);
	CHECK(pkt->direction <= DIVERT_DIRECTION_OUT);
	CHECK(memchr(pkt->ifname, '\0', sizeof(pkt->ifname)) != NULL);
	CHECK(pkt->time.tv_nsec >= 0 && pkt->time.tv_nsec < 1000000000);
	CHECK(pkt->addrlen <= sizeof(pkt->addr));
}

static void
take(struct divert_decoder *dec, struct summary *sum)
{
	struct divert_packet	 pkt;
	uint32_t		 i;

	while ((sum->result = divert_decoder_next(dec, &pkt)) == 1) {
		check_packet(&pkt);
		/* Lent from the buffer, or made beside it. */
		if (dec->made == NULL || pkt.data < dec->made ||
		    pkt.data > dec->made + dec->made_at) {
			CHECK(pkt.data >= dec->buf + DIVERT_HEADROOM);
			CHECK(pkt.data + pkt.len <= dec->buf + dec->end);
		} else
			CHECK(pkt.data + pkt.len <= dec->made + dec->made_at);
		sum->packets++;
		sum->hash = hash(sum->hash, pkt.data, pkt.len);
		/* They are the borrower's to change. */
		for (i = 0; i < pkt.len; i++)
			pkt.data[i] ^= 0xff;
		pkt.data = NULL;
		sum->hash = hash(sum->hash, &pkt, sizeof(pkt));
	}
	/* Once more: what is over stays over. */
	if (sum->result == -1)
		CHECK(divert_decoder_next(dec, &pkt) == -1);
}

static void
decode(const uint8_t *data, size_t size, size_t chunk, struct summary *sum)
{
	struct divert_decoder	*dec;
	uint8_t			*room;
	size_t			 n;

	memset(sum, 0, sizeof(*sum));
	if ((dec = divert_decoder_new()) == NULL)
		abort();
	do {
		n = divert_decoder_room(dec, &room);
		CHECK(n > 0);
		CHECK(room + n <= dec->buf + sizeof(dec->buf));
		if (n > chunk)
			n = chunk;
		if (n > size)
			n = size;
		if (n > 0)
			memcpy(room, data, n);
		data += n;
		size -= n;
		divert_decoder_filled(dec, n);
		take(dec, sum);
	} while (n > 0 && sum->result == 0);
	sum->skipped = divert_decoder_skipped(dec);
	strlcpy(sum->error, divert_decoder_error(dec), sizeof(sum->error));
	CHECK((sum->result == -1) == (sum->error[0] != '\0'));
	divert_decoder_free(dec);
}

static void
one_frame(const uint8_t *data, size_t size)
{
	static struct divert_decoder dec;
	struct divert_packet	 pkt;
	uint8_t			*frame;
	uint32_t		 linktype;

	if (size < 2)
		return;
	linktype = get16(data);
	data += 2;
	size -= 2;
	if ((frame = malloc(size > 0 ? size : 1)) == NULL)
		abort();
	memcpy(frame, data, size);
	memset(&pkt, 0, sizeof(pkt));
	dec.bigendian = (linktype & 0x8000) != 0;
	dec.whole = (linktype & 0x4000) != 0;
	if (divert_link_decode(&dec, linktype & 0x3fff, frame, (uint32_t)size,
	    (uint32_t)size + 7, &pkt)) {
		check_packet(&pkt);
		CHECK(pkt.data >= frame && pkt.data + pkt.len <= frame + size);
	}
	free(frame);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct summary	 pieces, whole;
	size_t			 chunk;

	if (size == 0)
		return (0);
	if (data[0] == 255) {
		one_frame(data + 1, size - 1);
		return (0);
	}
	chunk = (size_t)data[0] + 1;
	data++;
	size--;
	decode(data, size, SIZE_MAX, &whole);
	decode(data, size, chunk, &pieces);
	CHECK(whole.packets == pieces.packets);
	CHECK(whole.hash == pieces.hash);
	CHECK(whole.skipped == pieces.skipped);
	CHECK(whole.result == pieces.result);
	CHECK(strcmp(whole.error, pieces.error) == 0);
	return (0);
}
