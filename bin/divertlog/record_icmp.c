/* SPDX-License-Identifier: ISC */

/*
 * ICMP and ICMPv6: the word behind the checksum by type, and the packet that
 * an error quotes.
 */

#include "compat.h"

#include "record_int.h"

char *
record_put_icmp_type(char *p, const struct json_key *key,
    struct json_packet *j)
{
	return (put_number(p, key, view_of(j)->l4[0]));
}

char *
record_put_icmp_code(char *p, const struct json_key *key,
    struct json_packet *j)
{
	return (put_number(p, key, view_of(j)->l4[1]));
}

/* A query and its answer have an identifier, which counts as a port. */
static int
is_query(const struct json_packet *j)
{
	return (divert_packet_port(j->pkt->data, j->layout, DIVERT_SOURCE) !=
	    -1);
}

static char *
put_icmp_id(char *p, const struct json_key *key, struct json_packet *j)
{
	if (!is_query(j))
		return (p);
	return (put_number(p, key, get16(view_of(j)->l4 + 4)));
}

/* Of an extended echo (RFC 8335) one byte is the sequence number. */
static char *
put_icmp_seq(char *p, const struct json_key *key, struct json_packet *j)
{
	const uint8_t	*icmp = view_of(j)->l4;

	if (!is_query(j))
		return (p);
	if (icmp[0] == 42 || icmp[0] == 43 || icmp[0] == 160 || icmp[0] == 161)
		return (put_number(p, key, icmp[6]));
	return (put_number(p, key, get16(icmp + 6)));
}

/* 0 is what routers before RFC 1191 wrote: not known. */
static char *
put_mtu4(char *p, const struct json_key *key, struct json_packet *j)
{
	const uint8_t	*icmp = view_of(j)->l4;

	if (icmp[0] != 3 || icmp[1] != 4 || get16(icmp + 6) == 0)
		return (p);
	return (put_number(p, key, get16(icmp + 6)));
}

static char *
put_mtu6(char *p, const struct json_key *key, struct json_packet *j)
{
	const uint8_t	*icmp = view_of(j)->l4;

	if (icmp[0] != 2)
		return (p);
	return (put_number(p, key, get32(icmp + 4)));
}

static char *
put_pointer4(char *p, const struct json_key *key, struct json_packet *j)
{
	const uint8_t	*icmp = view_of(j)->l4;

	return (icmp[0] == 12 ? put_number(p, key, icmp[4]) : p);
}

static char *
put_pointer6(char *p, const struct json_key *key, struct json_packet *j)
{
	const uint8_t	*icmp = view_of(j)->l4;

	return (icmp[0] == 4 ? put_number(p, key, get32(icmp + 4)) : p);
}

static char *
put_gateway4(char *p, const struct json_key *key, struct json_packet *j)
{
	const uint8_t	*icmp = view_of(j)->l4;

	if (icmp[0] != 5)
		return (p);
	return (divert_json_address(json_put_key(p, key), icmp + 4, 4));
}

/* Is there so much of the message? */
static int
has(const struct json_packet *j, uint32_t n)
{
	return (j->layout->end_off - j->layout->l4_off >= n);
}

/* Of a redirect (RFC 4861 4.5): the better first hop, and for whom. */
static char *
put_gateway6(char *p, const struct json_key *key, struct json_packet *j)
{
	const uint8_t	*icmp = view_of(j)->l4;

	if (icmp[0] != 137 || !has(j, 40))
		return (p);
	return (divert_json_address(json_put_key(p, key), icmp + 8, 6));
}

/* Whom a neighbor solicitation, advertisement or redirect is about. */
static char *
put_target(char *p, const struct json_key *key, struct json_packet *j)
{
	const uint8_t	*icmp = view_of(j)->l4;

	if ((icmp[0] == 135 || icmp[0] == 136) && has(j, 24))
		icmp += 8;
	else if (icmp[0] == 137 && has(j, 40))
		icmp += 24;
	else
		return (p);
	return (divert_json_address(json_put_key(p, key), icmp, 6));
}

const struct record_field record_icmp_fields[] = {
	{ "icmp.id", IN_UPPER(UPPER_ICMP), put_icmp_id, NULL },
	{ "icmp.seq", IN_UPPER(UPPER_ICMP), put_icmp_seq, NULL },
	{ "icmp.mtu", IN(KIND_PACKET(UPPER_ICMP, 4)), put_mtu4, NULL },
	{ "icmp.mtu", IN(KIND_PACKET(UPPER_ICMP, 6)), put_mtu6, NULL },
	{ "icmp.pointer", IN(KIND_PACKET(UPPER_ICMP, 4)), put_pointer4, NULL },
	{ "icmp.pointer", IN(KIND_PACKET(UPPER_ICMP, 6)), put_pointer6, NULL },
	{ "icmp.gateway", IN(KIND_PACKET(UPPER_ICMP, 4)), put_gateway4, NULL },
	{ "icmp.gateway", IN(KIND_PACKET(UPPER_ICMP, 6)), put_gateway6, NULL },
	{ "icmp.target", IN(KIND_PACKET(UPPER_ICMP, 6)), put_target, NULL },
	{ "icmp.payload_len", IN_UPPER(UPPER_ICMP), record_put_payload, NULL },
	{ "icmp.sum_ok", IN_UPPER(UPPER_ICMP), record_put_sum, NULL },
	{ NULL, 0, NULL, NULL }
};
