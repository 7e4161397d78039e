/* SPDX-License-Identifier: ISC */

/*
 * An encoder: one of the formats, chosen once, behind two functions.  All of
 * them know the size of a record before its first byte is written, so a
 * buffer too small is left as it was.
 */

#include "compat.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "encode.h"

static const struct {
	const char	*name;
	size_t		(*header)(struct divert_encoder *, uint8_t *, size_t);
	size_t		(*packet)(struct divert_encoder *,
			    const struct divert_packet *, uint8_t *, size_t);
} formats[] = {
	[DIVERT_FORMAT_PCAPNG] = { "pcapng",
	    divert_encode_pcapng_header, divert_encode_pcapng_packet },
	[DIVERT_FORMAT_PCAP] = { "pcap",
	    divert_encode_pcap_header, divert_encode_pcap_packet },
	[DIVERT_FORMAT_PFLOG] = { "pflog",
	    divert_encode_pflog_header, divert_encode_pflog_packet },
	[DIVERT_FORMAT_JSON] = { "json", NULL, divert_encode_json_packet },
	[DIVERT_FORMAT_TEXT] = { "text", NULL, divert_encode_text_packet },
};

#define NFORMATS	((int)(sizeof(formats) / sizeof(formats[0])))

int
divert_format_parse(const char *name)
{
	int	 i;

	for (i = 0; i < NFORMATS; i++)
		if (strcmp(formats[i].name, name) == 0)
			return (i);
	return (-1);
}

struct divert_encoder *
divert_encoder_new(enum divert_format format, unsigned int flags,
    const char *name)
{
	struct divert_encoder	*enc;

	if ((int)format < 0 || (int)format >= NFORMATS) {
		errno = EINVAL;
		return (NULL);
	}
	if ((enc = calloc(1, sizeof(*enc))) == NULL)
		return (NULL);
	enc->header = formats[format].header;
	enc->packet = formats[format].packet;
	enc->flags = flags;
	if (name != NULL)
		strlcpy(enc->name, name, sizeof(enc->name));
	if (enc->name[0] != '\0')
		enc->src_len = (size_t)(divert_json_string(enc->src,
		    enc->name, strlen(enc->name)) - enc->src);
	/* The time zone is read now: later a sandbox may forbid it. */
	if (format == DIVERT_FORMAT_TEXT)
		tzset();
	return (enc);
}

size_t
divert_encoder_header(struct divert_encoder *enc, uint8_t *buf, size_t size)
{
	if (enc->header == NULL)
		return (0);
	return (enc->header(enc, buf, size));
}

size_t
divert_encoder_packet(struct divert_encoder *enc,
    const struct divert_packet *pkt, uint8_t *buf, size_t size)
{
	return (enc->packet(enc, pkt, buf, size));
}

void
divert_encoder_free(struct divert_encoder *enc)
{
	free(enc);
}
