/* SPDX-License-Identifier: ISC */
#ifndef BUILD_H
#define BUILD_H

#include "divertutil.h"

/*
 * Packets made of fields, and fields of packets: what the readers of JSON
 * and hex and the injecting tools share.  Not for programs of others.
 */

/* struct divert_fields.set: which fields mean something. */
#define DIVERT_FIELD_SRC	0x00000001u
#define DIVERT_FIELD_DST	0x00000002u
#define DIVERT_FIELD_PROTO	0x00000004u
#define DIVERT_FIELD_TTL	0x00000008u	/* hop limit */
#define DIVERT_FIELD_TOS	0x00000010u	/* traffic class */
#define DIVERT_FIELD_ID		0x00000020u
#define DIVERT_FIELD_DF		0x00000040u
#define DIVERT_FIELD_MF		0x00000080u
#define DIVERT_FIELD_FRAG_OFF	0x00000100u
#define DIVERT_FIELD_FLOW	0x00000200u
#define DIVERT_FIELD_SPORT	0x00000400u
#define DIVERT_FIELD_DPORT	0x00000800u
#define DIVERT_FIELD_SEQ	0x00001000u
#define DIVERT_FIELD_ACK	0x00002000u
#define DIVERT_FIELD_FLAGS	0x00004000u
#define DIVERT_FIELD_WINDOW	0x00008000u
#define DIVERT_FIELD_URGENT	0x00010000u
#define DIVERT_FIELD_MSS	0x00020000u
#define DIVERT_FIELD_WSCALE	0x00040000u
#define DIVERT_FIELD_SACK	0x00080000u
#define DIVERT_FIELD_TSVAL	0x00100000u
#define DIVERT_FIELD_TSECR	0x00200000u
#define DIVERT_FIELD_ICMP_TYPE	0x00400000u
#define DIVERT_FIELD_ICMP_CODE	0x00800000u
#define DIVERT_FIELD_ICMP_ID	0x01000000u
#define DIVERT_FIELD_ICMP_SEQ	0x02000000u
#define DIVERT_FIELD_ICMP_REST	0x04000000u
#define DIVERT_FIELD_PAYLOAD	0x08000000u
#define DIVERT_FIELD_RF		0x10000000u

/* Those that only a packet of this protocol has. */
#define DIVERT_FIELDS_PORTS	(DIVERT_FIELD_SPORT | DIVERT_FIELD_DPORT)
#define DIVERT_FIELDS_TCP	(DIVERT_FIELD_SEQ | DIVERT_FIELD_ACK |	\
				DIVERT_FIELD_FLAGS | DIVERT_FIELD_WINDOW | \
				DIVERT_FIELD_URGENT | DIVERT_FIELD_MSS | \
				DIVERT_FIELD_WSCALE | DIVERT_FIELD_SACK | \
				DIVERT_FIELD_TSVAL | DIVERT_FIELD_TSECR)
#define DIVERT_FIELDS_ICMP	(DIVERT_FIELD_ICMP_TYPE |		\
				DIVERT_FIELD_ICMP_CODE |		\
				DIVERT_FIELD_ICMP_ID |			\
				DIVERT_FIELD_ICMP_SEQ |			\
				DIVERT_FIELD_ICMP_REST)

/* TCP flags as they lie in the header. */
#define DIVERT_TCP_FIN		0x01
#define DIVERT_TCP_SYN		0x02
#define DIVERT_TCP_RST		0x04
#define DIVERT_TCP_PSH		0x08
#define DIVERT_TCP_ACK		0x10
#define DIVERT_TCP_URG		0x20
#define DIVERT_TCP_ECE		0x40
#define DIVERT_TCP_CWR		0x80

/*
 * Everything a packet can be made of, in host byte order.  Begin with zeros
 * and set a field together with its bit.
 */
struct divert_fields {
	uint32_t	 set;		/* DIVERT_FIELD_* */
	uint8_t		 version;	/* 4 or 6: what src and dst are */
	uint8_t		 proto;		/* IPPROTO_* after all headers of IP */
	uint8_t		 ttl;
	uint8_t		 tos;
	uint8_t		 src[16];	/* IPv4: the first 4 */
	uint8_t		 dst[16];
	uint32_t	 id;		/* IPv4 16 bits; IPv6 of fragments */
	uint32_t	 frag_off;	/* in bytes, a multiple of 8 */
	uint32_t	 flow;		/* IPv6 flow label, 20 bits */
	uint8_t		 rf;		/* IPv4: the reserved flag */
	uint8_t		 df;		/* IPv4 */
	uint8_t		 mf;
	uint16_t	 sport;		/* TCP, UDP */
	uint16_t	 dport;
	uint16_t	 window;	/* TCP from here on */
	uint16_t	 urgent;
	uint16_t	 mss;
	uint32_t	 seq;
	uint32_t	 ack;
	uint32_t	 tsval;
	uint32_t	 tsecr;
	uint8_t		 flags;		/* DIVERT_TCP_* */
	uint8_t		 wscale;
	uint8_t		 sack;		/* selective acks permitted */
	uint8_t		 icmp_type;	/* ICMP, ICMPv6 */
	uint8_t		 icmp_code;
	uint16_t	 icmp_id;	/* the halves of icmp_rest */
	uint16_t	 icmp_seq;
	uint32_t	 icmp_rest;	/* second word of the header: unused,
					 * MTU, pointer, gateway */
	const uint8_t	*payload;	/* NULL: zeros */
	uint32_t	 payload_len;
};

/*
 * Set an address from text; the other one must be of the same family.
 * 0, or -1 EINVAL with a sentence in errbuf.
 */
int divert_build_address(struct divert_fields *fields, enum divert_side side,
    const char *text, char *errbuf, size_t errlen);

/*
 * Make a packet.  Needed are the addresses, the protocol and, for TCP and
 * UDP, the ports; the rest has defaults: TTL 64, window 65535, flags S, or A
 * with an acknowledgement number, ICMP echo request, everything else 0.
 * Options of TCP in the order MSS, SACK permitted, timestamps, window scale.
 * A fragment, which MF or an offset makes, has in IPv6 a fragment header
 * and is the only packet with an id there; one with an offset above 0
 * consists of payload, and the fields of its protocol contradict it.  The
 * payload of a protocol other than TCP, UDP, ICMP and ICMPv6 is all that
 * comes after the IP header.  Lengths and checksums are right; those of a
 * first fragment are of the bytes that are in it.
 *
 * The payload may lie anywhere, in buf too.  Returns the length, or -1 with a
 * sentence in errbuf: EINVAL something is missing or contradicts something
 * else, EMSGSIZE more than size or than an IP packet can have.
 */
ssize_t divert_build(const struct divert_fields *fields, uint8_t *buf,
    size_t size, char *errbuf, size_t errlen);

/* The length divert_build() would return, had it the room; errors as there. */
ssize_t divert_build_size(const struct divert_fields *fields, char *errbuf,
    size_t errlen);

/*
 * The fields of a packet: those it has are set, as far as its headers are
 * there.  The payload is borrowed from data.
 */
void divert_build_read(const uint8_t *data, size_t len,
    struct divert_fields *fields);

/*
 * Set fields in a packet of *len bytes, with room for size.  Version and
 * protocol stay: other ones contradict the packet, as do fields that it has
 * not, but for options of TCP, which are added, and SACK permitted set to 0,
 * which is taken out.  A payload is exchanged whole and may lie anywhere,
 * behind the packet too, but not before its old place in the packet.
 *
 * Lengths are set when the packet's length changes.  All checksums come out
 * right, also those that were wrong before: this is for making packets, not
 * for passing on what came in (compare divert_edit_*).  A UDP checksum of 0
 * stays.  Where the sum is over more than is here, in fragments and cut
 * packets, it is carried along instead, and their length cannot change.
 *
 * Returns 0 with *len set, or -1 with a sentence in errbuf and the packet as
 * it was: EINVAL the packet has no such field, EMSGSIZE too long.
 */
int divert_build_apply(const struct divert_fields *fields, uint8_t *data,
    size_t *len, size_t size, char *errbuf, size_t errlen);

#endif
