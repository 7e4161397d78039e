/* SPDX-License-Identifier: ISC */

/*
 * Classic captures (draft-ietf-opsawg-pcap): both byte orders, micro- and
 * nanoseconds, and the longer records of Kuznetsov's patched libpcap, which
 * still turn up.
 */

#include "compat.h"

#include "decode.h"

/* ifindex, protocol, packet type and a byte of padding more than usual */
#define KUZNETSOV_RECORD_HEADER	24
#define KUZNETSOV_TYPE_OFF	22
#define KUZNETSOV_OUTGOING	4

/* Bits 26 to 31 speak of frame check sequences. */
#define LINKTYPE_MASK		0x03ffffffu

int
divert_decode_pcap_header(struct divert_decoder *dec)
{
	const uint8_t	*p;
	uint32_t	 magic;
	uint16_t	 major, minor;

	if (decode_left(dec) < PCAP_FILE_HEADER)
		return (divert_decode_short(dec, PCAP_FILE_HEADER));
	p = dec->buf + dec->start;
	dec->bigendian = p[0] == 0xa1;
	magic = decode32(dec, p);
	dec->nanoseconds = magic == 0xa1b23c4d;
	dec->record_header = magic == 0xa1b2cd34 ? KUZNETSOV_RECORD_HEADER :
	    PCAP_RECORD_HEADER;
	major = decode16(dec, p + 4);
	minor = decode16(dec, p + 6);
	if (major != 2)
		return (divert_decode_damage(dec, "pcap version %u.%u is not "
		    "known", major, minor));
	/* Before 2.3 the lengths stood the other way round, in 2.3 at times. */
	dec->swapped_lengths = minor < 3 ? 1 : minor == 3 ? -1 : 0;
	dec->linktype = decode32(dec, p + 20) & LINKTYPE_MASK;
	if (!divert_link_known(dec->linktype))
		return (divert_decode_damage(dec, "link type %u cannot be "
		    "read", dec->linktype));
	decode_consume(dec, PCAP_FILE_HEADER);
	dec->next = divert_decode_pcap;
	dec->accepted = 1;
	return (1);
}

/* The lengths of a record, the right way round. */
static void
record_lengths(const struct divert_decoder *dec, const uint8_t *p,
    uint32_t *caplen, uint32_t *wirelen)
{
	uint32_t	 t;

	*caplen = decode32(dec, p + 8);
	*wirelen = decode32(dec, p + 12);
	if (dec->swapped_lengths == 1 ||
	    (dec->swapped_lengths == -1 && *caplen > *wirelen)) {
		t = *caplen;
		*caplen = *wirelen;
		*wirelen = t;
	}
}

int
divert_decode_pcap(struct divert_decoder *dec, struct divert_packet *pkt)
{
	uint8_t		*p;
	uint32_t	 caplen, fraction, second, wirelen;

	for (;;) {
		if (decode_left(dec) < dec->record_header)
			return (divert_decode_short(dec, dec->record_header));
		p = dec->buf + dec->start;
		record_lengths(dec, p, &caplen, &wirelen);
		if (caplen > DECODE_FRAME_MAX)
			return (divert_decode_damage(dec, "a record of %u "
			    "bytes", caplen));
		if (decode_left(dec) - dec->record_header < caplen)
			return (divert_decode_short(dec,
			    dec->record_header + caplen));
		decode_consume(dec, dec->record_header + caplen);

		memset(pkt, 0, sizeof(*pkt));
		pkt->hook = 0xff;
		if (!divert_link_decode(dec, dec->linktype,
		    p + dec->record_header, caplen,
		    wirelen > caplen ? wirelen : caplen, pkt)) {
			dec->skipped++;
			continue;
		}
		second = decode32(dec, p);
		fraction = decode32(dec, p + 4);
		if (!dec->nanoseconds)
			fraction = fraction < 1000000 ? fraction * 1000 :
			    999999999;
		pkt->time.tv_sec = (time_t)second;
		pkt->time.tv_nsec = fraction < 1000000000 ? (long)fraction :
		    999999999;
		if (dec->record_header == KUZNETSOV_RECORD_HEADER &&
		    pkt->direction == DIVERT_DIRECTION_NONE)
			pkt->direction =
			    p[KUZNETSOV_TYPE_OFF] == KUZNETSOV_OUTGOING ?
			    DIVERT_DIRECTION_OUT : DIVERT_DIRECTION_IN;
		return (1);
	}
}
