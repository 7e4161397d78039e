/* SPDX-License-Identifier: ISC */

#include "compat.h"

#include <stdlib.h>

#include "msg.h"
#include "output.h"

struct output {
	struct divert_encoder	*encoder;
	struct writer		*writer;
	uint64_t		 written;
	uint64_t		 lost;
	uint64_t		 lost_since;	/* the last one written */
};

struct output *
output_new(int fd, const char *name, enum divert_format format,
    unsigned int flags, const char *port, void (*wake)(void *), void *arg)
{
	struct output	*o;
	uint8_t		*header;

	if ((o = calloc(1, sizeof(*o))) == NULL ||
	    (o->encoder = divert_encoder_new(format, flags, port)) == NULL)
		msg_die(1, "out of memory");
	o->writer = writer_new(fd, name, wake, arg);
	/* Readers of a pipe wait for the header before anything else. */
	header = writer_reserve(o->writer, DIVERT_ENCODE_MAX(0));
	writer_append(o->writer, divert_encoder_header(o->encoder, header,
	    DIVERT_ENCODE_MAX(0)));
	writer_flush(o->writer);
	return (o);
}

struct writer *
output_writer(struct output *o)
{
	return (o->writer);
}

int
output_room(struct output *o, uint32_t len)
{
	return (writer_room(o->writer, DIVERT_ENCODE_MAX(len)));
}

int
output_packet(struct output *o, const struct divert_packet *pkt)
{
	struct divert_packet	 marked;
	uint8_t			*buf;
	size_t			 want = DIVERT_ENCODE_MAX(pkt->len);

	if ((buf = writer_reserve(o->writer, want)) == NULL) {
		o->lost++;
		o->lost_since++;
		return (-1);
	}
	if (o->lost_since > 0) {
		marked = *pkt;
		marked.drops = o->lost_since;
		marked.flags |= DIVERT_PACKET_HAS_DROPS;
		pkt = &marked;
		o->lost_since = 0;
	}
	writer_append(o->writer, divert_encoder_packet(o->encoder, pkt, buf,
	    want));
	o->written++;
	return (0);
}

uint64_t
output_written(const struct output *o)
{
	return (o->written);
}

uint64_t
output_lost(const struct output *o)
{
	return (o->lost);
}

void
output_free(struct output *o)
{
	if (o == NULL)
		return;
	writer_free(o->writer);
	divert_encoder_free(o->encoder);
	free(o);
}
