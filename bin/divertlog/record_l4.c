/* SPDX-License-Identifier: ISC */

/*
 * Upper layers with little to say: UDP, UDP-Lite, SCTP, GRE and ESP.  Ports
 * are at the top of the record.  A length is what was sent, however much of it
 * is here.
 */

#include "compat.h"

#include "dns.h"
#include "record_int.h"

/* Chunks named of one SCTP packet. */
#define CHUNK_MAX	16

/* Beside it two names of 255 bytes escaped, and the rest of a record. */
_Static_assert(RECORD_HEAD_MAX >= DNS_JSON_MAX + 2 * 255 * 6 + 4096,
    "a record may be longer than its head");

char *
record_put_payload(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_number(p, key,
	    view_of(j)->wire - j->layout->payload_off));
}

/* One not finished yet proves nothing. */
char *
record_put_sum(char *p, const struct json_key *key, struct json_packet *j)
{
	if ((j->pkt->flags & DIVERT_PACKET_NOTREADY) != 0)
		return (p);
	return (put_sum(p, key, divert_cksum_verify_l4(view_of(j)->ip,
	    j->layout)));
}

static char *
put_udp_len(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_number(p, key, get16(view_of(j)->l4 + 4)));
}

static char *
put_udp_payload(char *p, const struct json_key *key, struct json_packet *j)
{
	uint32_t	 len = get16(view_of(j)->l4 + 4);

	return (len >= 8 ? put_number(p, key, len - 8) : p);
}

static char *
put_dns(char *p, const struct json_key *key, struct json_packet *j)
{
	const struct view	*v = view_of(j);
	enum dns_kind		 kind;
	uint32_t		 len;
	char			*begin, *end;

	kind = dns_kind(get16(v->l4), get16(v->l4 + 2));
	len = get16(v->l4 + 4);
	if (kind == DNS_NONE || len < 8 ||
	    j->layout->reason != DIVERT_REASON_NONE)
		return (p);
	begin = json_put_key(p, key);
	end = dns_write(begin, kind, v->ip + j->layout->payload_off,
	    j->layout->end_off - j->layout->payload_off, len - 8);
	return (end != begin ? end : p);
}

static char *
put_vtag(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_number(p, key, get32(view_of(j)->l4 + 4)));
}

/* Their types, as far as the packet is here. */
static char *
put_chunks(char *p, const struct json_key *key, struct json_packet *j)
{
	static const char *const	 names[] = { "DATA", "INIT", "INIT_ACK",
	    "SACK", "HEARTBEAT", "HEARTBEAT_ACK", "ABORT", "SHUTDOWN",
	    "SHUTDOWN_ACK", "ERROR", "COOKIE_ECHO", "COOKIE_ACK", "ECNE",
	    "CWR", "SHUTDOWN_COMPLETE" };
	const uint8_t			*chunk;
	uint32_t			 off, size;
	char				*first, *start;
	int				 n;

	start = p;
	first = p = json_put_key(p, key);
	off = j->layout->payload_off;
	for (n = 0; n < CHUNK_MAX && j->layout->end_off - off >= 4; n++) {
		chunk = view_of(j)->ip + off;
		p = json_literal(p, ",\"");
		if (chunk[0] < sizeof(names) / sizeof(names[0]))
			p = json_bytes(p, names[chunk[0]],
			    strlen(names[chunk[0]]));
		else
			p = divert_json_number(p, chunk[0]);
		*p++ = '"';
		/* RFC 9260 3.2: padded to 4 bytes, which are not counted. */
		size = (get16(chunk + 2) + 3u) & ~3u;
		if (size < 4 || size > j->layout->end_off - off)
			break;
		off += size;
	}
	if (p == first)
		return (start);
	*first = '[';
	*p++ = ']';
	return (p);
}

static unsigned int
gre_version(const struct view *v)
{
	return (v->l4[1] & 7);
}

static char *
put_gre_flags(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_hex(p, key, get16(view_of(j)->l4), 4));
}

static char *
put_gre_version(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_number(p, key, gre_version(view_of(j))));
}

static char *
put_gre_protocol(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_number(p, key, get16(view_of(j)->l4 + 2)));
}

/*
 * A word that is there when its bit is: key 0x20, sequence number 0x10
 * (RFC 2890), acknowledgment 0x80 of the second byte (RFC 2637), behind those
 * that come before it.  NULL: not there.  Which are is seen by the size too.
 */
static const uint8_t *
gre_word(const struct view *v, uint8_t bit)
{
	const uint8_t	*p = v->l4;
	uint32_t	 off;

	off = 4;
	switch (gre_version(v)) {
	case 0:
		if ((p[0] & 0xc0) != 0)
			off += 4;
		break;
	case 1:
		/* Its key is always there: a length and a call. */
		if (bit == 0x20)
			return (p + off);
		off += 4;
		break;
	default:
		return (NULL);
	}
	if (bit != 0x80 && (p[0] & bit) == 0)
		return (NULL);
	if (bit == 0x80 && (gre_version(v) != 1 || (p[1] & 0x80) == 0))
		return (NULL);
	if (gre_version(v) == 0 && bit != 0x20 && (p[0] & 0x20) != 0)
		off += 4;
	if (bit == 0x80 && (p[0] & 0x10) != 0)
		off += 4;
	return (p + off);
}

static char *
put_gre_key(char *p, const struct json_key *key, struct json_packet *j)
{
	const uint8_t	*word = gre_word(view_of(j), 0x20);

	if (word == NULL || gre_version(view_of(j)) != 0)
		return (p);
	return (put_number(p, key, get32(word)));
}

static char *
put_gre_call(char *p, const struct json_key *key, struct json_packet *j)
{
	if (gre_version(view_of(j)) != 1)
		return (p);
	return (put_number(p, key, get16(view_of(j)->l4 + 6)));
}

static char *
put_gre_seq(char *p, const struct json_key *key, struct json_packet *j)
{
	const uint8_t	*word = gre_word(view_of(j), 0x10);

	return (word != NULL ? put_number(p, key, get32(word)) : p);
}

static char *
put_gre_ack(char *p, const struct json_key *key, struct json_packet *j)
{
	const uint8_t	*word = gre_word(view_of(j), 0x80);

	return (word != NULL ? put_number(p, key, get32(word)) : p);
}

static char *
put_esp_spi(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_number(p, key, get32(view_of(j)->l4)));
}

static char *
put_esp_seq(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_number(p, key, get32(view_of(j)->l4 + 4)));
}

const struct record_field record_l4_fields[] = {
	{ "udp.len", IN_UPPER(UPPER_UDP), put_udp_len, NULL },
	{ "udp.payload_len", IN_UPPER(UPPER_UDP), put_udp_payload, NULL },
	{ "udp.sum_ok", IN_UPPER(UPPER_UDP), record_put_sum, NULL },
	{ "udplite.coverage", IN_UPPER(UPPER_UDPLITE), put_udp_len, NULL },
	{ "udplite.payload_len", IN_UPPER(UPPER_UDPLITE), record_put_payload,
	    NULL },
	{ "udplite.sum_ok", IN_UPPER(UPPER_UDPLITE), record_put_sum, NULL },
	{ "sctp.vtag", IN_UPPER(UPPER_SCTP), put_vtag, NULL },
	{ "sctp.chunks", IN_UPPER(UPPER_SCTP), put_chunks, NULL },
	{ "sctp.payload_len", IN_UPPER(UPPER_SCTP), record_put_payload, NULL },
	{ "sctp.sum_ok", IN_UPPER(UPPER_SCTP), record_put_sum, NULL },
	{ "gre.flags", IN_UPPER(UPPER_GRE), put_gre_flags, NULL },
	{ "gre.version", IN_UPPER(UPPER_GRE), put_gre_version, NULL },
	{ "gre.protocol", IN_UPPER(UPPER_GRE), put_gre_protocol, NULL },
	{ "gre.key", IN_UPPER(UPPER_GRE), put_gre_key, NULL },
	{ "gre.call_id", IN_UPPER(UPPER_GRE), put_gre_call, NULL },
	{ "gre.seq", IN_UPPER(UPPER_GRE), put_gre_seq, NULL },
	{ "gre.ack", IN_UPPER(UPPER_GRE), put_gre_ack, NULL },
	{ "esp.spi", IN_UPPER(UPPER_ESP), put_esp_spi, NULL },
	{ "esp.seq", IN_UPPER(UPPER_ESP), put_esp_seq, NULL },
	{ "dns", IN_UPPER(UPPER_UDP), put_dns, NULL },
	{ NULL, 0, NULL, NULL }
};
