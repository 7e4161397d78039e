/* SPDX-License-Identifier: ISC */

/*
 * A decoder: one buffer into which the caller reads, and the format that its
 * first bytes tell.  The buffer holds the largest record whole, with headroom
 * before it, so packets are lent from it without copying; what is larger and
 * may be passed over is never buffered.
 */

#include "compat.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "decode.h"

/* A tail this short is moved to the front early, to keep to a warm cache. */
#define SHORT_TAIL	16384

struct divert_decoder *
divert_decoder_new(void)
{
	struct divert_decoder	*dec;

	/* Not calloc: most of the buffer is never touched by short input. */
	if ((dec = malloc(sizeof(*dec))) == NULL)
		return (NULL);
	memset(dec, 0, offsetof(struct divert_decoder, buf) +
	    DIVERT_HEADROOM);
	dec->start = dec->end = DIVERT_HEADROOM;
	return (dec);
}

size_t
divert_decoder_room(struct divert_decoder *dec, uint8_t **buf)
{
	size_t	 left, room;

	left = decode_left(dec);
	room = DECODE_BUFFER_SIZE - dec->end;
	if (dec->start > DIVERT_HEADROOM &&
	    (left < SHORT_TAIL || room < DECODE_READ_SIZE)) {
		memmove(dec->buf + DIVERT_HEADROOM, dec->buf + dec->start,
		    left);
		dec->start = DIVERT_HEADROOM;
		dec->end = DIVERT_HEADROOM + left;
		room = DECODE_BUFFER_SIZE - dec->end;
	}
	*buf = dec->buf + dec->end;
	return (room < DECODE_READ_SIZE ? room : DECODE_READ_SIZE);
}

void
divert_decoder_filled(struct divert_decoder *dec, size_t n)
{
	if (n == 0)
		dec->eof = 1;
	dec->end += n;
}

int
divert_decode_damage(struct divert_decoder *dec, const char *fmt, ...)
{
	va_list	 ap;
	char	*p;
	size_t	 len;

	dec->damaged = 1;
	if (!dec->accepted)
		dec->error[0] = '\0';
	else if (dec->line > 0)
		snprintf(dec->error, sizeof(dec->error), "line %llu: ",
		    (unsigned long long)dec->line);
	else
		snprintf(dec->error, sizeof(dec->error), "byte %llu: ",
		    (unsigned long long)dec->offset);
	len = strlen(dec->error);
	va_start(ap, fmt);
	vsnprintf(dec->error + len, sizeof(dec->error) - len, fmt, ap);
	va_end(ap);
	/* jansson quotes the input, which may hold anything. */
	for (p = dec->error; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
	errno = EBADMSG;
	return (-1);
}

int
divert_decode_short(struct divert_decoder *dec, uint64_t wanted)
{
	if (!dec->eof || decode_left(dec) == 0)
		return (0);
	return (divert_decode_damage(dec, "cut off, %zu of %llu bytes",
	    decode_left(dec), (unsigned long long)wanted));
}

/* As many as a batch has, and those that begin and end a round. */
#define MADE_SIZE \
	((size_t)(DIVERT_BATCH_MAX + 4) * (DIVERT_HEADROOM + DECODE_MADE_MAX))

uint8_t *
divert_decode_room(struct divert_decoder *dec, size_t size)
{
	/* Pages that no packet comes to are never touched. */
	if (dec->made == NULL && (dec->made = calloc(1, MADE_SIZE)) == NULL)
		return (NULL);
	if (MADE_SIZE - dec->made_at < DIVERT_HEADROOM + size)
		dec->made_at = 0;
	return (dec->made + dec->made_at + DIVERT_HEADROOM);
}

void
divert_decode_made(struct divert_decoder *dec, size_t len)
{
	dec->made_at += DIVERT_HEADROOM + len;
}

static int
is_pcap(const uint8_t *p)
{
	static const uint32_t	 magics[] = {
		0xa1b2c3d4, 0xd4c3b2a1,		/* microseconds */
		0xa1b23c4d, 0x4d3cb2a1,		/* nanoseconds */
		0xa1b2cd34, 0x34cdb2a1,		/* Kuznetsov's longer records */
	};
	size_t			 i;

	for (i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (get32(p) == magics[i])
			return (1);
	return (0);
}

/*
 * Choose the format.  1 chosen, 0 more bytes are needed, -1 no capture.
 */
static int
detect(struct divert_decoder *dec)
{
	const uint8_t	*p;
	size_t		 i, left;
	int		 hex;

	p = dec->buf + dec->start;
	left = decode_left(dec);
	/* Only at the very beginning, not behind blanks already dropped. */
	if (dec->offset == 0 && left >= 4 && is_pcap(p))
		return (divert_decode_pcap_header(dec));
	if (dec->offset == 0 && left >= 4 && get32(p) == PCAPNG_SHB) {
		dec->next = divert_decode_pcapng;
		return (1);
	}
	for (i = 0; i < left && decode_is_blank(p[i]); i++)
		continue;
	if (i < left && p[i] == '{') {
		dec->next = divert_decode_json;
		dec->accepted = 1;
		return (1);
	}
	if (!dec->eof && (i == left || left < 4)) {
		/* Blanks before a line; a pcapng begins with a newline too. */
		for (; left > 4; left--, p++) {
			if (*p == '\n')
				dec->line++;
			decode_consume(dec, 1);
		}
		return (0);
	}
	if (left == 0 && dec->offset == 0)
		return (divert_decode_damage(dec, "empty, no capture"));
	if ((hex = divert_decode_is_hex(p + i, left - i, dec->eof)) == 0)
		return (0);
	if (hex == 1) {
		dec->next = divert_decode_hex;
		dec->accepted = 1;
		return (1);
	}
	return (divert_decode_damage(dec, "no capture (neither pcapng, pcap, "
	    "JSON lines nor hex)"));
}

int
divert_decoder_next(struct divert_decoder *dec, struct divert_packet *pkt)
{
	int	 n;

	if (dec->damaged) {
		errno = EBADMSG;
		return (-1);
	}
	if (dec->next == NULL && (n = detect(dec)) <= 0)
		return (n);
	return (dec->next(dec, pkt));
}

const char *
divert_decoder_error(const struct divert_decoder *dec)
{
	return (dec->error);
}

void
divert_decoder_whole(struct divert_decoder *dec)
{
	dec->whole = 1;
}

uint64_t
divert_decoder_skipped(const struct divert_decoder *dec)
{
	return (dec->skipped);
}

void
divert_decoder_free(struct divert_decoder *dec)
{
	if (dec == NULL)
		return;
	free(dec->interfaces);
	free(dec->made);
	free(dec);
}
