/* SPDX-License-Identifier: ISC */

/*
 * Classic captures as pflogd(8) writes them: every packet behind the header
 * of pflog(4), which says direction, interface and rule to readers that have
 * never heard of pcapng.
 */

#include "compat.h"

#include "encode.h"
#include "pflog.h"

/* OpenBSD's number, whatever the host's: printers know the BSDs' only. */
#define OPENBSD_AF_INET6	24

void
divert_pflog_fill(uint8_t *p, const struct divert_packet *pkt, uint8_t af_inet,
    uint8_t af_inet6)
{
	uint8_t	 version;

	memset(p, 0, PFLOG_HEADER);
	version = pkt->len > 0 ? pkt->data[0] >> 4 : 0;
	p[PFLOG_LENGTH_OFF] = PFLOG_HEADER;
	p[PFLOG_AF_OFF] = version == 4 ? af_inet : version == 6 ? af_inet6 : 0;
	memcpy(p + PFLOG_IFNAME_OFF, pkt->ifname, DIVERT_IFNAME_SIZE - 1);
	put32(p + PFLOG_RULE_OFF, pkt->flags & DIVERT_PACKET_HAS_RULE ?
	    pkt->rule : PFLOG_NO_RULE);
	put32(p + PFLOG_SUBRULE_OFF, PFLOG_NO_RULE);
	put32(p + PFLOG_UID_OFF, PFLOG_NO_UID);
	put32(p + PFLOG_PID_OFF, PFLOG_NO_PID);
	put32(p + PFLOG_RULE_UID_OFF, PFLOG_NO_UID);
	put32(p + PFLOG_RULE_PID_OFF, PFLOG_NO_PID);
	if (pkt->direction == DIVERT_DIRECTION_IN)
		p[PFLOG_DIR_OFF] = PFLOG_IN;
	else if (pkt->direction == DIVERT_DIRECTION_OUT)
		p[PFLOG_DIR_OFF] = PFLOG_OUT;
	p[PFLOG_NAF_OFF] = p[PFLOG_AF_OFF];
}

size_t
divert_encode_pflog_header(struct divert_encoder *enc, uint8_t *buf,
    size_t size)
{
	(void)enc;
	if (size >= PCAP_FILE_HEADER)
		divert_pcap_put_file(buf, LINK_PFLOG);
	return (PCAP_FILE_HEADER);
}

size_t
divert_encode_pflog_packet(struct divert_encoder *enc,
    const struct divert_packet *pkt, uint8_t *buf, size_t size)
{
	uint8_t		 record[PCAP_RECORD_HEADER];
	uint32_t	 len;
	size_t		 need;

	(void)enc;
	len = divert_pcap_put_record(record, pkt, PFLOG_HEADER);
	need = sizeof(record) + PFLOG_HEADER + len;
	if (size >= need) {
		memcpy(buf, record, sizeof(record));
		divert_pflog_fill(buf + sizeof(record), pkt, 2,
		    OPENBSD_AF_INET6);
		memcpy(buf + sizeof(record) + PFLOG_HEADER, pkt->data, len);
	}
	return (need);
}
