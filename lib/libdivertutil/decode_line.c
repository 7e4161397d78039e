/* SPDX-License-Identifier: ISC */

/*
 * Input in lines: found whole in the buffer, and passed over one at a time
 * when they are damaged and the reader wants to go on.
 */

#include "compat.h"

#include "decode.h"

ssize_t
divert_decode_line(struct divert_decoder *dec)
{
	const uint8_t	*end, *p;
	size_t		 left;

	for (;;) {
		p = dec->buf + dec->start;
		left = decode_left(dec);
		end = memchr(p + dec->scanned, '\n', left - dec->scanned);
		if (!dec->passing)
			break;
		/* What is left of a line that was too long. */
		decode_consume(dec, end != NULL ? (size_t)(end + 1 - p) :
		    left);
		if (end == NULL)
			return (0);
		dec->passing = 0;
	}
	if (end == NULL && left >= DECODE_RECORD_MAX) {
		dec->line++;
		dec->scanned = 0;
		dec->resume = left;
		dec->passing = 1;
		return (divert_decode_damage(dec, "longer than %u bytes",
		    DECODE_RECORD_MAX));
	}
	if (end == NULL && !dec->eof) {
		dec->scanned = left;
		return (0);
	}
	dec->scanned = 0;
	if (left == 0)
		return (0);
	dec->line++;
	/* The last line may lack its end. */
	return (end != NULL ? end + 1 - p : (ssize_t)left);
}

int
divert_decoder_resume(struct divert_decoder *dec)
{
	if (!dec->damaged || dec->resume == 0)
		return (0);
	decode_consume(dec, dec->resume);
	dec->resume = 0;
	dec->damaged = 0;
	dec->error[0] = '\0';
	return (1);
}
