/* SPDX-License-Identifier: ISC */

/*
 * JSON lines with a packet in base64: this project's records, and those of
 * Suricata, whose packets begin at the link layer and say so; and lines that
 * only describe a packet.  The line is parsed into jansson's memory, after
 * which the bytes of the packet are put where the line was: they are fewer,
 * but for payloads of zeros.
 */

#include "compat.h"

#include <jansson.h>

#include "decode.h"
#include "json_fields.h"
#include "json_write.h"

/* A member that is a number of 32 bits: 1, or 0 when there is none such. */
static int
get_number(const json_t *object, const char *key, uint32_t *number)
{
	json_int_t	 v;
	const json_t	*value;

	value = json_object_get(object, key);
	if (!json_is_integer(value))
		return (0);
	v = json_integer_value(value);
	if (v < 0 || v > UINT32_MAX)
		return (0);
	*number = (uint32_t)v;
	return (1);
}

/*
 * An interface's name may have any bytes, of which the encoder writes those
 * above 127 as the code points of the same number.  Others stay UTF-8.
 * 0, or -1: it is none.
 */
static int
get_ifname(const json_t *value, struct divert_packet *pkt)
{
	char		 name[sizeof(pkt->ifname)];
	const char	*p;
	size_t		 n;

	if ((p = json_string_value(value)) == NULL)
		return (-1);
	for (n = 0; *p != '\0' && n < sizeof(name) - 1; n++, p++) {
		name[n] = *p;
		/* U+0080 to U+00ff are two bytes, this and another one. */
		if ((*p & 0xfe) == 0xc2) {
			name[n] = (char)((*p & 3) << 6 | (p[1] & 0x3f));
			p++;
		}
	}
	if (*p != '\0')
		return (-1);
	name[n] = '\0';
	strlcpy(pkt->ifname, name, sizeof(pkt->ifname));
	return (0);
}

/* Where the packet goes: to be said rightly or not at all.  0 or -1. */
static int
get_way(struct divert_decoder *dec, const json_t *line,
    struct divert_packet *pkt)
{
	const json_t	*dir, *divert, *in, *name;
	const char	*text;

	divert = json_object_get(line, "divert");
	dir = json_object_get(divert, "dir");
	text = json_string_value(dir);
	if (text != NULL && strcmp(text, "in") == 0)
		pkt->direction = DIVERT_DIRECTION_IN;
	else if (text != NULL && strcmp(text, "out") == 0)
		pkt->direction = DIVERT_DIRECTION_OUT;
	else if (dir != NULL && !dec->whole)
		return (divert_decode_damage(dec,
		    "divert.dir: is neither in nor out"));
	in = json_object_get(line, "in_iface");
	(void)get_ifname(in, pkt);
	if ((name = json_object_get(divert, "if")) == NULL)
		return (0);
	if (get_ifname(name, pkt) == -1 && !dec->whole)
		return (divert_decode_damage(dec,
		    "divert.if: is no name of an interface"));
	/* The same twice, of which one was edited: which? */
	text = json_string_value(in);
	if (!dec->whole && pkt->direction == DIVERT_DIRECTION_IN &&
	    text != NULL && strcmp(text, json_string_value(name)) != 0)
		return (divert_decode_damage(dec,
		    "divert.if: in_iface says another one"));
	return (0);
}

/* What a record says of its packet and the packet does not.  0 or -1. */
static int
get_metadata(struct divert_decoder *dec, const json_t *line,
    struct divert_packet *pkt)
{
	const json_t	*divert;
	const char	*text;
	json_int_t	 drops;

	if (get_way(dec, line, pkt) == -1)
		return (-1);
	divert = json_object_get(line, "divert");
	if (get_number(divert, "pkt_id", &pkt->id))
		pkt->flags |= DIVERT_PACKET_HAS_ID;
	if (get_number(divert, "queue", &pkt->queue))
		pkt->flags |= DIVERT_PACKET_HAS_QUEUE;
	if (get_number(divert, "rule", &pkt->rule))
		pkt->flags |= DIVERT_PACKET_HAS_RULE;
	if (get_number(divert, "mark", &pkt->mark))
		pkt->flags |= DIVERT_PACKET_HAS_MARK;
	drops = json_integer_value(json_object_get(divert, "drops"));
	if (drops > 0) {
		pkt->drops = (uint64_t)drops;
		pkt->flags |= DIVERT_PACKET_HAS_DROPS;
	}
	text = json_string_value(json_object_get(divert, "sum"));
	if (text != NULL && strcmp(text, "partial") == 0)
		pkt->flags |= DIVERT_PACKET_NOTREADY;
	return (0);
}

/*
 * How many bytes a packet of len bytes had more before it was cut.  Both
 * lengths are compared as they were written, since somebody may have edited
 * the packet in between and left them.
 */
static uint32_t
get_missing(const json_t *divert, uint32_t len)
{
	uint32_t	 caplen, wirelen;

	caplen = len;
	get_number(divert, "caplen", &caplen);
	if (!get_number(divert, "len", &wirelen) || wirelen <= caplen)
		return (0);
	wirelen -= caplen;
	return (wirelen < UINT32_MAX - len ? wirelen : UINT32_MAX - len);
}

/*
 * Whether the members beside a packet say what it is made of: those of a
 * record of Suricata about something else (an alert, a drop) say what that
 * was about.
 */
static int
is_description(const json_t *line, int packet)
{
	const char	*type;
	const json_t	*value;

	if ((value = json_object_get(line, "event_type")) == NULL)
		return (1);
	if ((type = json_string_value(value)) == NULL)
		return (0);
	/* An anomaly is a packet that could not be made of members. */
	return (strcmp(type, "packet") == 0 ||
	    (packet && strcmp(type, "anomaly") == 0));
}

/*
 * Set in a packet what the members beside it say and it has not.  room and
 * size: what the line has behind the packet's frame.
 */
static int
edit_packet(struct divert_decoder *dec, const json_t *line, uint8_t *room,
    size_t size, struct divert_packet *pkt)
{
	struct divert_fields	 fields, packet;
	struct divert_layout	 layout;
	struct json_fields	 j;
	char			 error[DIVERT_ERROR_SIZE];
	size_t			 len;

	len = pkt->len;
	divert_build_read(pkt->data, len, &packet);
	memset(&j, 0, sizeof(j));
	j.line = line;
	j.packet = &packet;
	j.cut = (pkt->flags & DIVERT_PACKET_TRUNCATED) != 0;
	/* Of its header too little is left to compare anything with. */
	if (j.cut && packet.version == 0)
		return (1);
	j.room = room;
	j.errbuf = error;
	j.errlen = sizeof(error);
	if (divert_json_fields(&j, &fields) == -1)
		return (divert_decode_damage(dec, "%s", error));
	if (fields.set == 0)
		return (1);
	if (divert_build_apply(&fields, pkt->data, &len,
	    (size_t)(room - pkt->data) + size, error, sizeof(error)) == -1)
		return (divert_decode_damage(dec, "fields: %s", error));
	if (len != pkt->len)
		pkt->len = pkt->wirelen = (uint32_t)len;
	/* Where there was a part of a sum there is now the sum. */
	if (divert_packet_parse(pkt->data, len, &layout) == 0 &&
	    divert_cksum_verify_l4(pkt->data, &layout) == DIVERT_SUM_GOOD)
		pkt->flags &= ~(uint32_t)DIVERT_PACKET_NOTREADY;
	return (1);
}

/*
 * Make a packet of a record that has none.  It goes to line_buf, which has
 * size bytes, unless it is larger than the text that describes it.
 */
static int
make_packet(struct divert_decoder *dec, const json_t *line, uint8_t *line_buf,
    size_t size, struct divert_packet *pkt)
{
	struct divert_fields	 fields;
	struct json_fields	 j;
	char			 error[DIVERT_ERROR_SIZE];
	ssize_t			 len;
	uint8_t			*buf;

	memset(&j, 0, sizeof(j));
	j.line = line;
	j.room = line_buf;
	j.errbuf = error;
	j.errlen = sizeof(error);
	if (divert_json_fields(&j, &fields) == -1)
		return (divert_decode_damage(dec, "%s", error));
	if ((len = divert_build_size(&fields, error, sizeof(error))) == -1)
		return (divert_decode_damage(dec, "fields: %s", error));
	buf = line_buf;
	if ((size_t)len > size) {
		if ((buf = divert_decode_room(dec, (size_t)len)) == NULL)
			return (divert_decode_damage(dec, "out of memory"));
		divert_decode_made(dec, (size_t)len);
	}
	divert_build(&fields, buf, (size_t)len, error, sizeof(error));
	pkt->data = buf;
	pkt->len = pkt->wirelen = (uint32_t)len;
	return (1);
}

/* The packet in a record; its bytes go to out, which has size bytes. */
static int
get_packet(struct divert_decoder *dec, const json_t *line, uint8_t *out,
    size_t size, struct divert_packet *pkt)
{
	const json_t	*packet;
	ssize_t		 n;
	uint32_t	 len, linktype, missing;

	packet = json_object_get(line, "packet");
	if (!json_is_string(packet))
		return (divert_decode_damage(dec, "packet is no string"));
	n = divert_json_base64_decode(out, json_string_value(packet),
	    json_string_length(packet));
	if (n == -1)
		return (divert_decode_damage(dec, "packet is no base64"));
	if (n > DECODE_FRAME_MAX)
		return (divert_decode_damage(dec, "a packet of %zd bytes", n));
	len = (uint32_t)n;
	linktype = LINK_RAW;
	get_number(json_object_get(line, "packet_info"), "linktype", &linktype);
	missing = linktype == LINK_RAW ?
	    get_missing(json_object_get(line, "divert"), len) : 0;
	if (!divert_link_decode(dec, linktype, out, len, len + missing, pkt))
		return (0);
	if (get_metadata(dec, line, pkt) == -1)
		return (-1);
	/* A filter changes the packet, and leaves the rest as it was. */
	if (dec->whole || pkt->len == 0 || !is_description(line, 1))
		return (1);
	return (edit_packet(dec, line, out + len, size - len, pkt));
}

/* A parsed line.  1 a packet, 0 none of IP, -1 damaged. */
static int
read_record(struct divert_decoder *dec, const json_t *line, uint8_t *out,
    size_t size, struct divert_packet *pkt)
{
	const char	*text;
	int		 n;

	memset(pkt, 0, sizeof(*pkt));
	pkt->hook = 0xff;
	if (json_object_get(line, "packet") != NULL)
		n = get_packet(dec, line, out, size, pkt);
	else if (is_description(line, 0) && divert_json_has_fields(line)) {
		n = make_packet(dec, line, out, size, pkt);
		if (n == 1 && get_metadata(dec, line, pkt) == -1)
			return (-1);
		/* Whatever it was of, it is whole now. */
		pkt->flags &= ~(uint32_t)DIVERT_PACKET_NOTREADY;
	} else
		return (0);
	if (n != 1)
		return (n);
	if ((text = json_string_value(json_object_get(line, "timestamp"))) !=
	    NULL && divert_decode_time(text, &pkt->time) == -1)
		return (divert_decode_damage(dec, "timestamp is no time"));
	return (1);
}

/* How many blanks a line begins with. */
static size_t
blanks(const uint8_t *p, size_t len)
{
	size_t	 n;

	for (n = 0; n < len && decode_is_blank(p[n]); n++)
		continue;
	return (n);
}

static int
read_line(struct divert_decoder *dec, uint8_t *line, size_t len,
    struct divert_packet *pkt)
{
	json_error_t	 error;
	json_t		*root;
	int		 n;

	root = json_loadb((const char *)line, len, JSON_ALLOW_NUL, &error);
	/* As jq writes objects by default. */
	if (root == NULL && line[0] == '{' &&
	    blanks(line + 1, len - 1) == len - 1)
		return (divert_decode_damage(dec,
		    "the object is not in one line (jq -c)"));
	if (root == NULL)
		return (divert_decode_damage(dec, "%s, column %d", error.text,
		    error.column));
	if (json_is_object(root))
		n = read_record(dec, root, line, len, pkt);
	else
		n = divert_decode_damage(dec, "no object");
	json_decref(root);
	return (n);
}

int
divert_decode_json(struct divert_decoder *dec, struct divert_packet *pkt)
{
	uint8_t	*p;
	ssize_t	 len;
	size_t	 indent;
	int	 n;

	for (;;) {
		if ((len = divert_decode_line(dec)) <= 0)
			return ((int)len);
		p = dec->buf + dec->start;
		n = 0;
		if ((indent = blanks(p, (size_t)len)) < (size_t)len) {
			n = read_line(dec, p + indent, (size_t)len - indent,
			    pkt);
			if (n == -1) {
				dec->resume = (size_t)len;
				return (-1);
			}
			if (n == 0)
				dec->skipped++;
		}
		decode_consume(dec, (size_t)len);
		if (n == 1)
			return (1);
	}
}
