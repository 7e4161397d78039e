/* SPDX-License-Identifier: ISC */

/* What a packet carries: text, digits, a file, at a length asked for. */

#include "compat.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "words_int.h"

static int	take_hex(struct parser *);
static int	take_file(struct parser *);

/* Keep len bytes of payload, which words_free() frees. */
static int
keep(struct parser *p, uint8_t *bytes, size_t len)
{
	p->words->payload = bytes;
	p->words->fields.payload = bytes;
	p->words->fields.payload_len = (uint32_t)len;
	p->words->fields.set |= DIVERT_FIELD_PAYLOAD;
	return (scan_next(&p->scan));
}

static int
no_memory(struct parser *p)
{
	(void)scan_fail(&p->scan, p->scan.column, "out of memory");
	errno = ENOMEM;
	return (-1);
}

static int
too_long(struct parser *p)
{
	return (scan_fail(&p->scan, p->scan.column,
	    "more bytes than a packet can have (%d)", WORDS_PAYLOAD_MAX));
}

int
words_payload(struct parser *p)
{
	uint8_t	*bytes;

	if (p->scan.kind == SCAN_STRING) {
		if (p->scan.len > WORDS_PAYLOAD_MAX)
			return (too_long(p));
		if ((bytes = malloc(p->scan.len + 1)) == NULL)
			return (no_memory(p));
		memcpy(bytes, p->scan.text, p->scan.len);
		return (keep(p, bytes, p->scan.len));
	}
	if (p->scan.kind == SCAN_WORD && strcmp(p->scan.text, "hex") == 0)
		return (take_hex(p));
	if (p->scan.kind == SCAN_WORD && strcmp(p->scan.text, "file") == 0)
		return (take_file(p));
	return (scan_expected(&p->scan, "text in quotes, hex or file"));
}

static int
take_hex(struct parser *p)
{
	const char	*text;
	uint8_t		*bytes;
	size_t		 i, len;

	if (scan_next(&p->scan) == -1)
		return (-1);
	text = p->scan.text;
	if (strncmp(text, "0x", 2) == 0)
		text += 2;
	for (len = 0; scan_digit(text[len]) != -1; len++)
		continue;
	if (p->scan.kind != SCAN_WORD || len == 0 || len % 2 != 0 ||
	    text[len] != '\0')
		return (scan_expected(&p->scan,
		    "hexadecimal digits, two for each byte"));
	len /= 2;
	if (len > WORDS_PAYLOAD_MAX)
		return (too_long(p));
	if ((bytes = malloc(len)) == NULL)
		return (no_memory(p));
	for (i = 0; i < len; i++)
		bytes[i] = (uint8_t)(scan_digit(text[i * 2]) << 4 |
		    scan_digit(text[i * 2 + 1]));
	return (keep(p, bytes, len));
}

static int
take_file(struct parser *p)
{
	uint8_t	*bytes;
	size_t	 len;
	FILE	*f;
	int	 error;

	if (scan_next(&p->scan) == -1)
		return (-1);
	if (p->scan.kind == SCAN_END || p->scan.len == 0)
		return (scan_expected(&p->scan, "the path of a file"));
	if ((bytes = malloc(WORDS_PAYLOAD_MAX + 1)) == NULL)
		return (no_memory(p));
	len = 0;
	error = 0;
	errno = 0;
	if ((f = fopen(p->scan.text, "rb")) == NULL)
		error = errno;
	else {
		len = fread(bytes, 1, WORDS_PAYLOAD_MAX + 1, f);
		if (ferror(f))
			error = errno;
		fclose(f);
	}
	if (error == 0 && len <= WORDS_PAYLOAD_MAX)
		return (keep(p, bytes, len));
	free(bytes);
	if (error == 0)
		return (too_long(p));
	(void)scan_fail(&p->scan, p->scan.column, "%s: %s", p->scan.text,
	    strerror(error));
	errno = error;
	return (-1);
}

int
words_payload_fit(struct parser *p)
{
	struct divert_fields	*f = &p->words->fields;
	uint8_t			*bytes;
	uint32_t		 i;

	if (p->length_column == 0)
		return (0);
	if (f->payload_len > 0) {
		bytes = realloc(p->words->payload, p->length + 1);
		if (bytes == NULL)
			return (no_memory(p));
		for (i = f->payload_len; i < p->length; i++)
			bytes[i] = bytes[i - f->payload_len];
		p->words->payload = bytes;
		f->payload = bytes;
	} else
		f->payload = NULL;
	f->payload_len = p->length;
	f->set |= DIVERT_FIELD_PAYLOAD;
	return (0);
}
