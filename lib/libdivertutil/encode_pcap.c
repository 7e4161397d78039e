/* SPDX-License-Identifier: ISC */

/*
 * Classic captures, raw IP.  Microseconds, because the reader in OpenBSD's
 * base system knows no other magic.  Metadata is lost here: see
 * encode_pflog.c for a classic format that keeps direction and interface.
 */

#include "compat.h"

#include "encode.h"

void
divert_pcap_put_file(uint8_t *p, uint32_t linktype)
{
	const uint32_t	 magic = 0xa1b2c3d4, snaplen = ENCODE_SNAPLEN;
	const uint16_t	 version[2] = { 2, 4 };

	memcpy(p, &magic, 4);
	memcpy(p + 4, version, 4);
	memset(p + 8, 0, 8);
	memcpy(p + 16, &snaplen, 4);
	memcpy(p + 20, &linktype, 4);
}

uint32_t
divert_pcap_put_record(uint8_t *p, const struct divert_packet *pkt,
    uint32_t frame)
{
	uint32_t	 len, record[4];

	len = pkt->len;
	if (len > ENCODE_SNAPLEN - frame)
		len = ENCODE_SNAPLEN - frame;
	/* Readers take the seconds as unsigned: good until 2106. */
	record[0] = (uint32_t)pkt->time.tv_sec;
	record[1] = (uint32_t)(pkt->time.tv_nsec / 1000);
	record[2] = frame + len;
	record[3] = frame + (pkt->wirelen > pkt->len ? pkt->wirelen : pkt->len);
	memcpy(p, record, sizeof(record));
	return (len);
}

size_t
divert_encode_pcap_header(struct divert_encoder *enc, uint8_t *buf, size_t size)
{
	(void)enc;
	if (size >= PCAP_FILE_HEADER)
		divert_pcap_put_file(buf, LINK_RAW);
	return (PCAP_FILE_HEADER);
}

size_t
divert_encode_pcap_packet(struct divert_encoder *enc,
    const struct divert_packet *pkt, uint8_t *buf, size_t size)
{
	uint8_t		 record[PCAP_RECORD_HEADER];
	uint32_t	 len;

	(void)enc;
	len = divert_pcap_put_record(record, pkt, 0);
	if (size >= sizeof(record) + len) {
		memcpy(buf, record, sizeof(record));
		memcpy(buf + sizeof(record), pkt->data, len);
	}
	return (sizeof(record) + len);
}
