/* SPDX-License-Identifier: ISC */

/*
 * A packet inside of the packet: the one that an ICMP error quotes, which may
 * be cut anywhere, and the first one that a tunnel carries.  The same names
 * as at the top of a record; the numbers of its headers have the header's name
 * before theirs.
 */

#include "compat.h"

#include "record_int.h"

/* Does it have an address?  Then view->inner and its layout are set. */
static int
enter_inner(struct view *v, unsigned int flag)
{
	const struct divert_layout	*l = v->j.layout;
	size_t				 len;

	if ((l->flags & flag) == 0)
		return (0);
	v->inner = v->ip + l->inner_off;
	len = l->end_off - l->inner_off;
	/* What was found before a fault is filled in. */
	if (flag == DIVERT_LAYOUT_QUOTED)
		(void)divert_packet_parse_quoted(v->inner, len,
		    &v->inner_layout);
	else
		(void)divert_packet_parse(v->inner, len, &v->inner_layout);
	return (divert_packet_address(v->inner, &v->inner_layout,
	    DIVERT_SOURCE) != NULL);
}

static int
enter_quoted(struct view *v)
{
	return (enter_inner(v, DIVERT_LAYOUT_QUOTED));
}

static int
enter_tunnel(struct view *v)
{
	return (enter_inner(v, DIVERT_LAYOUT_TUNNEL));
}

static char *
put_inner_ip_v(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_number(p, key, view_of(j)->inner_layout.version));
}

static char *
put_inner_address(char *p, const struct json_key *key, const struct view *v,
    enum divert_side side)
{
	return (divert_json_address(json_put_key(p, key),
	    divert_packet_address(v->inner, &v->inner_layout, side),
	    v->inner_layout.version));
}

static char *
put_inner_src_ip(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_inner_address(p, key, view_of(j), DIVERT_SOURCE));
}

static char *
put_inner_dest_ip(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_inner_address(p, key, view_of(j), DIVERT_DESTINATION));
}

static int
inner_is_icmp(const struct view *v)
{
	return (v->inner_layout.proto ==
	    (v->inner_layout.version == 4 ? PROTOCOL_ICMP : PROTOCOL_ICMPV6));
}

static char *
put_inner_port(char *p, const struct json_key *key, const struct view *v,
    enum divert_side side)
{
	int	 port;

	if (inner_is_icmp(v) || (port = divert_packet_port(v->inner,
	    &v->inner_layout, side)) == -1)
		return (p);
	return (put_number(p, key, (uint64_t)port));
}

static char *
put_inner_src_port(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_inner_port(p, key, view_of(j), DIVERT_SOURCE));
}

static char *
put_inner_dest_port(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_inner_port(p, key, view_of(j), DIVERT_DESTINATION));
}

static char *
put_inner_proto(char *p, const struct json_key *key, struct json_packet *j)
{
	return (divert_json_proto_name(json_put_key(p, key),
	    view_of(j)->inner_layout.proto));
}

/*
 * The first n bytes of its upper layer, if they are here and this is where
 * it begins.
 */
static const uint8_t *
find_upper(const struct view *v, uint32_t n)
{
	const struct divert_layout	*l = &v->inner_layout;

	if (l->l4_off == 0 || l->end_off - l->l4_off < n ||
	    (l->flags & (DIVERT_LAYOUT_FRAGMENT | DIVERT_LAYOUT_FIRST)) ==
	    DIVERT_LAYOUT_FRAGMENT)
		return (NULL);
	return (v->inner + l->l4_off);
}

static char *
put_inner_icmp_type(char *p, const struct json_key *key, struct json_packet *j)
{
	const struct view	*v = view_of(j);
	const uint8_t		*icmp;

	if (!inner_is_icmp(v) || (icmp = find_upper(v, 2)) == NULL)
		return (p);
	return (put_number(p, key, icmp[0]));
}

static char *
put_inner_icmp_code(char *p, const struct json_key *key, struct json_packet *j)
{
	const struct view	*v = view_of(j);
	const uint8_t		*icmp;

	if (!inner_is_icmp(v) || (icmp = find_upper(v, 2)) == NULL)
		return (p);
	return (put_number(p, key, icmp[1]));
}

/* Its length by its own word. */
static char *
put_inner_len(char *p, const struct json_key *key, struct json_packet *j)
{
	const struct view	*v = view_of(j);

	return (put_number(p, key, v->inner_layout.version == 4 ?
	    get16(v->inner + 2) : 40u + get16(v->inner + 4)));
}

static char *
put_inner_ip_id(char *p, const struct json_key *key, struct json_packet *j)
{
	const struct view	*v = view_of(j);

	if (v->inner_layout.version == 6 && v->inner_layout.frag_off == 0)
		return (p);
	return (put_number(p, key, v->inner_layout.frag_id));
}

static char *
put_inner_frag_off(char *p, const struct json_key *key, struct json_packet *j)
{
	const struct view	*v = view_of(j);

	if ((v->inner_layout.flags & DIVERT_LAYOUT_FRAGMENT) == 0)
		return (p);
	return (put_number(p, key, v->inner_layout.frag_byte));
}

static char *
put_inner_icmp_id(char *p, const struct json_key *key, struct json_packet *j)
{
	const struct view	*v = view_of(j);
	int			 id;

	if (!inner_is_icmp(v) || (id = divert_packet_port(v->inner,
	    &v->inner_layout, DIVERT_SOURCE)) == -1)
		return (p);
	return (put_number(p, key, (uint64_t)id));
}

static char *
put_inner_icmp_seq(char *p, const struct json_key *key, struct json_packet *j)
{
	const struct view	*v = view_of(j);
	const uint8_t		*icmp;

	if (!inner_is_icmp(v) || (icmp = find_upper(v, 8)) == NULL ||
	    divert_packet_port(v->inner, &v->inner_layout, DIVERT_SOURCE) == -1)
		return (p);
	return (put_number(p, key, get16(icmp + 6)));
}

static char *
put_inner_tcp_seq(char *p, const struct json_key *key, struct json_packet *j)
{
	const struct view	*v = view_of(j);
	const uint8_t		*tcp;

	if (v->inner_layout.proto != PROTOCOL_TCP ||
	    (tcp = find_upper(v, 8)) == NULL)
		return (p);
	return (put_number(p, key, get32(tcp + 4)));
}

#define IN_QUOTED	IN_UPPER(UPPER_ICMP)
#define IN_TUNNEL	(IN_UPPER(UPPER_OTHER) | IN_UPPER(UPPER_GRE))

const struct record_field record_inner_fields[] = {
	{ "icmp.quoted", IN_QUOTED, NULL, enter_quoted },
	{ "icmp.quoted.src_ip", IN_QUOTED, put_inner_src_ip, NULL },
	{ "icmp.quoted.src_port", IN_QUOTED, put_inner_src_port, NULL },
	{ "icmp.quoted.dest_ip", IN_QUOTED, put_inner_dest_ip, NULL },
	{ "icmp.quoted.dest_port", IN_QUOTED, put_inner_dest_port, NULL },
	{ "icmp.quoted.proto", IN_QUOTED, put_inner_proto, NULL },
	{ "icmp.quoted.ip_v", IN_QUOTED, put_inner_ip_v, NULL },
	{ "icmp.quoted.icmp_type", IN_QUOTED, put_inner_icmp_type, NULL },
	{ "icmp.quoted.icmp_code", IN_QUOTED, put_inner_icmp_code, NULL },
	{ "icmp.quoted.len", IN_QUOTED, put_inner_len, NULL },
	{ "icmp.quoted.ip_id", IN_QUOTED, put_inner_ip_id, NULL },
	{ "icmp.quoted.frag_off", IN_QUOTED, put_inner_frag_off, NULL },
	{ "icmp.quoted.icmp_id", IN_QUOTED, put_inner_icmp_id, NULL },
	{ "icmp.quoted.icmp_seq", IN_QUOTED, put_inner_icmp_seq, NULL },
	{ "icmp.quoted.tcp_seq", IN_QUOTED, put_inner_tcp_seq, NULL },
	{ "inner", IN_TUNNEL, NULL, enter_tunnel },
	{ "inner.src_ip", IN_TUNNEL, put_inner_src_ip, NULL },
	{ "inner.src_port", IN_TUNNEL, put_inner_src_port, NULL },
	{ "inner.dest_ip", IN_TUNNEL, put_inner_dest_ip, NULL },
	{ "inner.dest_port", IN_TUNNEL, put_inner_dest_port, NULL },
	{ "inner.proto", IN_TUNNEL, put_inner_proto, NULL },
	{ "inner.ip_v", IN_TUNNEL, put_inner_ip_v, NULL },
	{ "inner.icmp_type", IN_TUNNEL, put_inner_icmp_type, NULL },
	{ "inner.icmp_code", IN_TUNNEL, put_inner_icmp_code, NULL },
	{ "inner.len", IN_TUNNEL, put_inner_len, NULL },
	{ NULL, 0, NULL, NULL }
};
