/* SPDX-License-Identifier: ISC */

/*
 * aid_capture packets size: a pcapng capture of UDP datagrams of 64 flows, so
 * many bytes each with their IP header, as divertcat would have written it.
 */

#include "compat.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "divertutil.h"

int
main(int argc, char *argv[])
{
	static uint8_t		 out[DIVERT_ENCODE_MAX(2048)];
	struct divert_encoder	*enc;
	struct divert_packet	 pkt;
	uint8_t			 data[2048] = "";
	long			 i, packets;
	size_t			 n, size;

	if (argc != 3)
		errx(2, "usage: aid_capture packets size");
	packets = atol(argv[1]);
	size = (size_t)atol(argv[2]);
	if (size < 28 || size > sizeof(data))
		errx(2, "size: 28 to %zu", sizeof(data));
	if ((enc = divert_encoder_new(DIVERT_FORMAT_PCAPNG, 0, "700")) == NULL)
		err(1, "encoder");
	n = divert_encoder_header(enc, out, sizeof(out));
	fwrite(out, 1, n, stdout);
	memcpy(data, "\x45\0\0\0\0\0\0\0\x40\x11\0\0\xc0\0\2\2\xc6\x33\x64\2",
	    20);
	data[2] = (uint8_t)(size >> 8);
	data[3] = (uint8_t)size;
	data[24] = (uint8_t)((size - 20) >> 8);
	data[25] = (uint8_t)(size - 20);
	data[22] = 0x1e;
	memset(&pkt, 0, sizeof(pkt));
	pkt.data = data;
	pkt.len = pkt.wirelen = (uint32_t)size;
	pkt.time.tv_sec = 1764000000;
	pkt.direction = DIVERT_DIRECTION_OUT;
	pkt.flags = DIVERT_PACKET_HAS_ID;
	strlcpy(pkt.ifname, "em1", sizeof(pkt.ifname));
	for (i = 0; i < packets; i++) {
		pkt.id = (uint32_t)i + 1;
		data[4] = (uint8_t)(i >> 8);
		data[5] = (uint8_t)i;
		data[20] = 0x9c;
		data[21] = (uint8_t)(i % 64);
		memcpy(data + 28, &i, size < 36 ? 0 : sizeof(i));
		if (divert_edit_repair(data, size, NULL) == -1)
			err(1, "packet");
		n = divert_encoder_packet(enc, &pkt, out, sizeof(out));
		fwrite(out, 1, n, stdout);
	}
	divert_encoder_free(enc);
	return (fflush(stdout) == 0 ? 0 : 1);
}
