/* SPDX-License-Identifier: ISC */

/*
 * TCP in a record.  Flags as EVE has them, hexadecimal and each by its name
 * when set, but for ACK: "ack" is the acknowledgment number.  Of options that
 * stand more than once the last counts, as it does for the receiver.
 */

#include "compat.h"

#include "record_int.h"

/* How many SACK blocks fit the options. */
#define SACK_MAX	4

static char *
put_flags(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_hex(p, key, view_of(j)->l4[13], 2));
}

/* Flags that begin or end a connection. */
static int
has_ends(struct view *v)
{
	return ((v->l4[13] & 0x07) != 0);
}

/* Flags that are rare. */
static int
has_rare_flags(struct view *v)
{
	return ((v->l4[13] & 0xe0) != 0);
}

static char *
put_flag(char *p, const struct json_key *key, const struct view *v, int flag)
{
	return ((v->l4[13] & flag) != 0 ? put_true(p, key) : p);
}

static char *
put_syn(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_flag(p, key, view_of(j), 0x02));
}

static char *
put_fin(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_flag(p, key, view_of(j), 0x01));
}

static char *
put_rst(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_flag(p, key, view_of(j), 0x04));
}

static char *
put_psh(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_flag(p, key, view_of(j), 0x08));
}

static char *
put_urg(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_flag(p, key, view_of(j), 0x20));
}

static char *
put_ecn(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_flag(p, key, view_of(j), 0x40));
}

static char *
put_cwr(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_flag(p, key, view_of(j), 0x80));
}

static char *
put_tcp_seq(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_number(p, key, get32(view_of(j)->l4 + 4)));
}

static char *
put_ack(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_number(p, key, get32(view_of(j)->l4 + 8)));
}

static char *
put_win(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_number(p, key, get16(view_of(j)->l4 + 14)));
}

static char *
put_urp(char *p, const struct json_key *key, struct json_packet *j)
{
	const uint8_t	*tcp = view_of(j)->l4;

	if ((tcp[13] & 0x20) == 0)
		return (p);
	return (put_number(p, key, get16(tcp + 18)));
}

static char *
put_tcp_hlen(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_number(p, key, (uint32_t)(view_of(j)->l4[12] >> 4) * 4));
}

/* Remember where an option of n bytes is, if n is right for it. */
static void
note_option(struct view *v, const uint8_t *p, uint32_t n)
{
	switch (p[0]) {
	case 2:
		if (n == 4)
			v->mss = p + 2;
		break;
	case 3:
		if (n == 3)
			v->wscale = p + 2;
		break;
	case 4:
		if (n == 2)
			v->sack_permitted = 1;
		break;
	case 5:
		if (n >= 10 && n % 8 == 2)
			v->sack = p;
		break;
	case 8:
		if (n == 10)
			v->stamps = p + 2;
		break;
	}
}

/* Once a packet, when the first field that needs it is written. */
static struct view *
with_options(struct json_packet *j)
{
	struct view	*v = view_of(j);
	const uint8_t	*end, *p;
	uint32_t	 n;

	if (v->options_known)
		return (v);
	v->options_known = 1;
	v->sack_permitted = 0;
	v->mss = v->wscale = v->sack = v->stamps = NULL;
	p = v->l4 + 20;
	end = v->ip + j->layout->payload_off;
	/* What nearly every segment has. */
	if (end - p == 12 && get32(p) == 0x0101080a) {
		v->stamps = p + 4;
		return (v);
	}
	for (; p < end && p[0] != 0; p += n) {
		n = 1;
		if (p[0] == 1)
			continue;
		/* The rest is not to be understood. */
		if (end - p < 2 || (n = p[1]) < 2 || n > (size_t)(end - p))
			break;
		note_option(v, p, n);
	}
	return (v);
}

/* Those of the handshake. */
static int
has_syn_options(struct view *v)
{
	with_options(&v->j);
	return (v->mss != NULL || v->wscale != NULL || v->sack_permitted);
}

static int
has_stamps(struct view *v)
{
	return (with_options(&v->j)->stamps != NULL);
}

static char *
put_mss(char *p, const struct json_key *key, struct json_packet *j)
{
	const struct view	*v = with_options(j);

	return (v->mss != NULL ? put_number(p, key, get16(v->mss)) : p);
}

static char *
put_wscale(char *p, const struct json_key *key, struct json_packet *j)
{
	const struct view	*v = with_options(j);

	return (v->wscale != NULL ? put_number(p, key, v->wscale[0]) : p);
}

static char *
put_sack_permitted(char *p, const struct json_key *key, struct json_packet *j)
{
	return (with_options(j)->sack_permitted ? put_true(p, key) : p);
}

static char *
put_sack(char *p, const struct json_key *key, struct json_packet *j)
{
	const struct view	*v = with_options(j);
	char			*first;
	uint32_t		 i;

	if (v->sack == NULL)
		return (p);
	first = p = json_put_key(p, key);
	for (i = 2; i < v->sack[1] && i < 2 + 8 * SACK_MAX; i += 8) {
		p = json_literal(p, ",{\"left\":");
		p = divert_json_number(p, get32(v->sack + i));
		p = json_literal(p, ",\"right\":");
		p = divert_json_number(p, get32(v->sack + i + 4));
		*p++ = '}';
	}
	*first = '[';
	*p++ = ']';
	return (p);
}

static char *
put_tsval(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_number(p, key, get32(with_options(j)->stamps)));
}

static char *
put_tsecr(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_number(p, key, get32(with_options(j)->stamps + 4)));
}

const struct record_field record_tcp_fields[] = {
	{ "tcp.tcp_flags", IN_UPPER(UPPER_TCP), put_flags, NULL },
	{ "tcp.syn", IN_UPPER(UPPER_TCP), put_syn, has_ends },
	{ "tcp.fin", IN_UPPER(UPPER_TCP), put_fin, has_ends },
	{ "tcp.rst", IN_UPPER(UPPER_TCP), put_rst, has_ends },
	{ "tcp.psh", IN_UPPER(UPPER_TCP), put_psh, NULL },
	{ "tcp.urg", IN_UPPER(UPPER_TCP), put_urg, has_rare_flags },
	{ "tcp.ecn", IN_UPPER(UPPER_TCP), put_ecn, has_rare_flags },
	{ "tcp.cwr", IN_UPPER(UPPER_TCP), put_cwr, has_rare_flags },
	{ "tcp.seq", IN_UPPER(UPPER_TCP), put_tcp_seq, NULL },
	{ "tcp.ack", IN_UPPER(UPPER_TCP), put_ack, NULL },
	{ "tcp.win", IN_UPPER(UPPER_TCP), put_win, NULL },
	{ "tcp.urp", IN_UPPER(UPPER_TCP), put_urp, NULL },
	{ "tcp.hlen", IN_UPPER(UPPER_TCP), put_tcp_hlen, NULL },
	{ "tcp.mss", IN_UPPER(UPPER_TCP), put_mss, has_syn_options },
	{ "tcp.wscale", IN_UPPER(UPPER_TCP), put_wscale, has_syn_options },
	{ "tcp.sack_permitted", IN_UPPER(UPPER_TCP), put_sack_permitted,
	    has_syn_options },
	{ "tcp.sack", IN_UPPER(UPPER_TCP), put_sack, NULL },
	{ "tcp.tsval", IN_UPPER(UPPER_TCP), put_tsval, has_stamps },
	{ "tcp.tsecr", IN_UPPER(UPPER_TCP), put_tsecr, has_stamps },
	{ "tcp.payload_len", IN_UPPER(UPPER_TCP), record_put_payload, NULL },
	{ "tcp.sum_ok", IN_UPPER(UPPER_TCP), record_put_sum, NULL },
	{ NULL, 0, NULL, NULL }
};
