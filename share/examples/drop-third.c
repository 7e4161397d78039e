/* SPDX-License-Identifier: ISC */

/*
 * Drop every third packet, with libdivertutil.
 *
 *	cc -o drop-third drop-third.c $(pkg-config --cflags --libs divertutil)
 *	divertcat 700 udp -- ./drop-third
 *
 * What was read together is written together, and written before the next
 * read: many packets at a time under load, and no packet kept waiting.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <divertutil.h>

static uint8_t out[DIVERT_ENCODE_MAX(DIVERT_PACKET_MAX)];

static void
put(struct divert_encoder *enc, const struct divert_packet *pkt)
{
	size_t len;

	if (pkt == NULL)
		len = divert_encoder_header(enc, out, sizeof(out));
	else
		len = divert_encoder_packet(enc, pkt, out, sizeof(out));
	if (len > sizeof(out) || fwrite(out, 1, len, stdout) != len)
		err(1, "stdout");
}

int
main(void)
{
	struct divert_decoder *dec;
	struct divert_encoder *enc;
	struct divert_packet pkt;
	unsigned long count = 0;
	uint8_t *buf;
	size_t room;
	ssize_t n;
	int got;

	dec = divert_decoder_new();
	enc = divert_encoder_new(DIVERT_FORMAT_PCAPNG, 0, NULL);
	if (dec == NULL || enc == NULL)
		err(1, NULL);
	put(enc, NULL);
	do {
		if (fflush(stdout) == EOF)
			err(1, "stdout");
		room = divert_decoder_room(dec, &buf);
		if ((n = read(STDIN_FILENO, buf, room)) == -1)
			err(1, "stdin");
		divert_decoder_filled(dec, (size_t)n);
		while ((got = divert_decoder_next(dec, &pkt)) == 1) {
			if (++count % 3 == 0) {
				/* An id without bytes drops at once. */
				if (!(pkt.flags & DIVERT_PACKET_HAS_ID))
					continue;
				pkt.len = pkt.wirelen = 0;
			}
			put(enc, &pkt);
		}
		if (got == -1)
			errx(3, "stdin: %s", divert_decoder_error(dec));
	} while (n > 0);
	divert_decoder_free(dec);
	divert_encoder_free(enc);
	if (fflush(stdout) == EOF)
		err(1, "stdout");
	return (0);
}
