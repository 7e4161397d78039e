/* SPDX-License-Identifier: ISC */

/*
 * Dumps in hexadecimal.  Text comes to the same whole and in pieces of as many
 * bytes as the first byte says, damage passed over; and a packet written as
 * tcpdump -x and hexdump -C write it is read as that packet.
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

struct summary {
	uint64_t	 hash;
	uint64_t	 packets;
	uint64_t	 skipped;
	uint64_t	 damaged;
	uint32_t	 last;		/* length of the last packet */
};

static uint64_t
hash(uint64_t h, const void *p, size_t len)
{
	const uint8_t	*s;

	for (s = p; len > 0; len--, s++)
		h = (h ^ *s) * UINT64_C(1099511628211);
	return (h);
}

/* The first packet goes to first, when that is not NULL. */
static void
decode(const uint8_t *data, size_t size, size_t chunk, struct summary *sum,
    uint8_t *first)
{
	struct divert_decoder	*dec;
	struct divert_packet	 pkt;
	const char		*error;
	uint8_t			*room;
	size_t			 n;
	int			 result;

	memset(sum, 0, sizeof(*sum));
	if ((dec = divert_decoder_new()) == NULL)
		abort();
	do {
		n = divert_decoder_room(dec, &room);
		if (n > chunk)
			n = chunk;
		if (n > size)
			n = size;
		if (n > 0)
			memcpy(room, data, n);
		data += n;
		size -= n;
		divert_decoder_filled(dec, n);
		while ((result = divert_decoder_next(dec, &pkt)) != 0) {
			if (result == -1) {
				error = divert_decoder_error(dec);
				CHECK(error[0] != '\0');
				sum->hash = hash(sum->hash, error,
				    strlen(error));
				sum->damaged++;
				if (!divert_decoder_resume(dec))
					break;
				continue;
			}
			CHECK(pkt.len <= pkt.wirelen);
			CHECK(((pkt.flags & DIVERT_PACKET_TRUNCATED) != 0) ==
			    (pkt.len < pkt.wirelen));
			CHECK(memchr(pkt.ifname, '\0', sizeof(pkt.ifname)) !=
			    NULL);
			CHECK(pkt.time.tv_nsec >= 0 &&
			    pkt.time.tv_nsec < 1000000000);
			if (first != NULL && sum->packets == 0)
				memcpy(first, pkt.data, pkt.len);
			sum->last = pkt.len;
			sum->packets++;
			sum->hash = hash(sum->hash, pkt.data, pkt.len);
			memset(pkt.data - DIVERT_HEADROOM, 0xa5,
			    pkt.len + DIVERT_HEADROOM);
			pkt.data = NULL;
			sum->hash = hash(sum->hash, &pkt, sizeof(pkt));
		}
	} while (n > 0 && result == 0);
	sum->skipped = divert_decoder_skipped(dec);
	divert_decoder_free(dec);
}

/* A packet of IP that is whole, written down and read. */
static void
round_trip(const uint8_t *packet, size_t size)
{
	struct divert_layout	 l;
	struct summary		 sum;
	uint8_t			*read;
	size_t			 i;
	char			*p, *dump;
	int			 style;

	if (size > 2000 || divert_packet_parse(packet, size, &l) == -1 ||
	    (l.flags & DIVERT_LAYOUT_TRUNCATED) != 0 || l.end_off != size ||
	    divert_cksum_verify_ip(packet, &l) == DIVERT_SUM_BAD)
		return;
	if ((dump = malloc(size * 8 + 200)) == NULL ||
	    (read = malloc(size)) == NULL)
		abort();
	for (style = 0; style < 2; style++) {
		p = dump;
		for (i = 0; i < size; i++) {
			if (i % 16 == 0)
				p += sprintf(p, style == 0 ? "%s\t0x%04zx: " :
				    "%s%08zx ", i > 0 ? "\n" : "", i);
			if (style == 1 || i % 2 == 0)
				*p++ = ' ';
			if (style == 1 && i % 16 == 8)
				*p++ = ' ';
			p += sprintf(p, "%02x", packet[i]);
			if (style == 1 && (i % 16 == 15 || i + 1 == size))
				p += sprintf(p, "  |ab cd|");
		}
		*p++ = '\n';
		decode((uint8_t *)dump, (size_t)(p - dump), SIZE_MAX, &sum,
		    read);
		CHECK(sum.packets == 1 && sum.damaged == 0);
		CHECK(sum.last == size);
		CHECK(memcmp(read, packet, size) == 0);
	}
	free(dump);
	free(read);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct summary	 pieces, whole;

	if (size == 0)
		return (0);
	decode(data + 1, size - 1, SIZE_MAX, &whole, NULL);
	decode(data + 1, size - 1, (size_t)data[0] + 1, &pieces, NULL);
	CHECK(memcmp(&whole, &pieces, sizeof(whole)) == 0);
	round_trip(data + 1, size - 1);
	return (0);
}
