/* SPDX-License-Identifier: ISC */

/*
 * The IP header of a record, and what lies between it and the upper layer:
 * fragments, extension headers, and of those the authentication header, which
 * has an object of its own.  Extension headers are named only where the parser
 * went past them, and so vouches for their lengths.
 */

#include "compat.h"

#include "record_int.h"

static uint32_t
hlen4(const struct view *v)
{
	return ((uint32_t)(v->ip[0] & 0x0f) * 4);
}

static char *
put_hlen4(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_number(p, key, hlen4(view_of(j))));
}

static char *
put_tos(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_number(p, key, view_of(j)->ip[1]));
}

static char *
put_len4(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_number(p, key, get16(view_of(j)->ip + 2)));
}

static char *
put_id4(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_number(p, key, get16(view_of(j)->ip + 4)));
}

/* The bit that RFC 791 wants to be 0. */
static char *
put_rf(char *p, const struct json_key *key, struct json_packet *j)
{
	return ((view_of(j)->ip[6] & 0x80) != 0 ? put_true(p, key) : p);
}

static char *
put_df(char *p, const struct json_key *key, struct json_packet *j)
{
	return ((view_of(j)->ip[6] & 0x40) != 0 ? put_true(p, key) : p);
}

static char *
put_mf4(char *p, const struct json_key *key, struct json_packet *j)
{
	return ((view_of(j)->ip[6] & 0x20) != 0 ? put_true(p, key) : p);
}

static char *
put_frag_off4(char *p, const struct json_key *key, struct json_packet *j)
{
	uint32_t	 frag = get16(view_of(j)->ip + 6);

	if ((frag & 0x3fff) == 0)
		return (p);
	return (put_number(p, key, (frag & 0x1fff) * 8));
}

static char *
put_ttl(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_number(p, key, view_of(j)->ip[8]));
}

/* Anything in its word but DF? */
static int
is_fragment4(struct view *v)
{
	return ((get16(v->ip + 6) & 0xbfff) != 0);
}

/*
 * Numbers of the options.  A fault found earlier leaves their lengths
 * unchecked: they are named as far as these are good.
 */
static char *
put_options(char *p, const struct json_key *key, struct json_packet *j)
{
	const struct view	*v = view_of(j);
	uint32_t		 end, off, size;
	char			*first, *start;

	end = hlen4(v);
	if (end <= 20 || end > j->layout->end_off)
		return (p);
	start = p;
	first = p = json_put_key(p, key);
	for (off = 20; off < end && v->ip[off] != 0; off += size) {
		size = 1;
		if (v->ip[off] != 1 && (end - off < 2 ||
		    (size = v->ip[off + 1]) < 2 || size > end - off))
			break;
		*p++ = ',';
		p = divert_json_number(p, v->ip[off]);
	}
	if (p == first)
		return (start);
	*first = '[';
	*p++ = ']';
	return (p);
}

static char *
put_sum4(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_sum(p, key, divert_cksum_verify_ip(view_of(j)->ip,
	    j->layout)));
}

static char *
put_hlen6(char *p, const struct json_key *key, struct json_packet *j)
{
	(void)j;
	return (put_number(p, key, 40));
}

static char *
put_tc(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_number(p, key, get16(view_of(j)->ip) >> 4 & 0xff));
}

static char *
put_flowlbl(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_number(p, key, get32(view_of(j)->ip) & 0xfffff));
}

static char *
put_len6(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_number(p, key, get16(view_of(j)->ip + 4)));
}

/* A fragment header; an atomic fragment has one too (RFC 6946). */
static int
has_fragment6(struct view *v)
{
	return (v->j.layout->frag_off != 0);
}

static char *
put_id6(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_number(p, key, j->layout->frag_id));
}

static char *
put_mf6(char *p, const struct json_key *key, struct json_packet *j)
{
	if ((view_of(j)->ip[j->layout->frag_off + 3] & 1) == 0)
		return (p);
	return (put_true(p, key));
}

static char *
put_frag_off6(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_number(p, key, get16(view_of(j)->ip +
	    j->layout->frag_off + 2) & 0xfff8));
}

static char *
put_hoplimit(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_number(p, key, view_of(j)->ip[7]));
}

/*
 * The extension header of type next at off, of a chain that was followed to
 * its end: its size, and the type of the one behind it.
 */
static uint32_t
pass_extension(const struct view *v, uint32_t off, uint8_t *next)
{
	const uint8_t	*p = v->ip + off;
	uint8_t		 type = *next;

	*next = p[0];
	switch (type) {
	case PROTOCOL_FRAGMENT:
		return (8);
	case PROTOCOL_AH:
		return (((uint32_t)p[1] + 2) * 4);
	default:
		return (((uint32_t)p[1] + 1) * 8);
	}
}

static int
has_extensions(struct view *v)
{
	return (v->j.layout->l4_off > 40);
}

static char *
put_extensions(char *p, const struct json_key *key, struct json_packet *j)
{
	const struct view	*v = view_of(j);
	const char		*name;
	uint32_t		 off;
	char			*first;
	uint8_t			 next;

	first = p = json_put_key(p, key);
	next = v->ip[6];
	for (off = 40; off < j->layout->l4_off; ) {
		switch (next) {
		case PROTOCOL_HOPOPTS:
			name = "hopopts";
			break;
		case PROTOCOL_ROUTING:
			name = "route";
			break;
		case PROTOCOL_FRAGMENT:
			name = "fragment";
			break;
		case PROTOCOL_AH:
			name = "ah";
			break;
		case PROTOCOL_DSTOPTS:
			name = "dstopts";
			break;
		case PROTOCOL_MOBILITY:
			name = "mobility";
			break;
		case PROTOCOL_HIP:
			name = "hip";
			break;
		default:
			name = "shim6";
			break;
		}
		p = json_literal(p, ",\"");
		p = json_bytes(p, name, strlen(name));
		*p++ = '"';
		off += pass_extension(v, off, &next);
	}
	*first = '[';
	*p++ = ']';
	return (p);
}

/* Where the pseudo-header has its address when not in the IP header. */
static char *
put_final(char *p, const struct json_key *key, struct json_packet *j)
{
	if ((j->layout->flags & DIVERT_LAYOUT_ROUTED) == 0 ||
	    j->layout->final_off == 0)
		return (p);
	return (divert_json_address(json_put_key(p, key),
	    view_of(j)->ip + j->layout->final_off, 6));
}

/* The first of the chain, if any. */
static int
enter_ah(struct view *v)
{
	uint32_t	 off;
	uint8_t		 next;

	if (v->j.layout->version == 4) {
		off = hlen4(v);
		next = v->ip[9];
	} else {
		off = 40;
		next = v->ip[6];
	}
	while (off < v->j.layout->l4_off) {
		if (next == PROTOCOL_AH) {
			v->ah = v->ip + off;
			return (1);
		}
		off += pass_extension(v, off, &next);
	}
	return (0);
}

static char *
put_ah_spi(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_number(p, key, get32(view_of(j)->ah + 4)));
}

static char *
put_ah_seq(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_number(p, key, get32(view_of(j)->ah + 8)));
}

const struct record_field record_ip_fields[] = {
	{ "ip.hlen", IN_IP4, put_hlen4, NULL },
	{ "ip.tos", IN_IP4, put_tos, NULL },
	{ "ip.len", IN_IP4, put_len4, NULL },
	{ "ip.id", IN_IP4, put_id4, NULL },
	{ "ip.df", IN_IP4, put_df, NULL },
	{ "ip.rf", IN_IP4, put_rf, is_fragment4 },
	{ "ip.mf", IN_IP4, put_mf4, is_fragment4 },
	{ "ip.frag_off", IN_IP4, put_frag_off4, is_fragment4 },
	{ "ip.ttl", IN_IP4, put_ttl, NULL },
	{ "ip.options", IN_IP4, put_options, NULL },
	{ "ip.hlen", IN_IP6, put_hlen6, NULL },
	{ "ip.tc", IN_IP6, put_tc, NULL },
	{ "ip.flowlbl", IN_IP6, put_flowlbl, NULL },
	{ "ip.len", IN_IP6, put_len6, NULL },
	{ "ip.id", IN_IP6, put_id6, has_fragment6 },
	{ "ip.mf", IN_IP6, put_mf6, has_fragment6 },
	{ "ip.frag_off", IN_IP6, put_frag_off6, has_fragment6 },
	{ "ip.hoplimit", IN_IP6, put_hoplimit, NULL },
	{ "ip.ext", IN_IP6, put_extensions, has_extensions },
	{ "ip.final", IN_IP6, put_final, has_extensions },
	{ "ip.sum_ok", IN_IP4, put_sum4, NULL },
	{ "ah", IN_IP, NULL, enter_ah },
	{ "ah.spi", IN_IP, put_ah_spi, NULL },
	{ "ah.seq", IN_IP, put_ah_seq, NULL },
	{ NULL, 0, NULL, NULL }
};
