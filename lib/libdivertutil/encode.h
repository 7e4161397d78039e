/* SPDX-License-Identifier: ISC */
#ifndef ENCODE_H
#define ENCODE_H

#include "capture.h"
#include "divert_int.h"
#include "json_write.h"

/*
 * What the encoders of the single formats share.
 */

/* Largest frame written to a binary capture; readers refuse mixed values. */
#define ENCODE_SNAPLEN		262144u
/* Interface blocks of one pcapng stream; what comes later shares the first. */
#define ENCODE_INTERFACES	128

struct divert_encoder {
	size_t		(*header)(struct divert_encoder *, uint8_t *, size_t);
	size_t		(*packet)(struct divert_encoder *,
			    const struct divert_packet *, uint8_t *, size_t);
	unsigned int	 flags;
	char		 name[64];
	/* pcapng: names of the interface blocks after the first */
	unsigned int	 ninterfaces;
	char		 interfaces[ENCODE_INTERFACES][DIVERT_IFNAME_SIZE];
	/* JSON and text: the second last written */
	struct json_clock clock;
	/* JSON: the name in quotes and escaped */
	char		 src[64 * 6 + 2];
	size_t		 src_len;
};

size_t	divert_encode_pcapng_header(struct divert_encoder *, uint8_t *, size_t);
size_t	divert_encode_pcapng_packet(struct divert_encoder *,
	    const struct divert_packet *, uint8_t *, size_t);
size_t	divert_encode_pcap_header(struct divert_encoder *, uint8_t *, size_t);
size_t	divert_encode_pcap_packet(struct divert_encoder *,
	    const struct divert_packet *, uint8_t *, size_t);
size_t	divert_encode_pflog_header(struct divert_encoder *, uint8_t *, size_t);
size_t	divert_encode_pflog_packet(struct divert_encoder *,
	    const struct divert_packet *, uint8_t *, size_t);
size_t	divert_encode_json_packet(struct divert_encoder *,
	    const struct divert_packet *, uint8_t *, size_t);
size_t	divert_encode_text_packet(struct divert_encoder *,
	    const struct divert_packet *, uint8_t *, size_t);

/*
 * A classic file header and record header, in host byte order.  frame: bytes
 * that stand before the packet's own.
 * divert_pcap_put_record() returns how many bytes of the packet follow.
 */
void	 divert_pcap_put_file(uint8_t *, uint32_t linktype);
uint32_t divert_pcap_put_record(uint8_t *, const struct divert_packet *,
	    uint32_t frame);

#endif
