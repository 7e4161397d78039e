/* SPDX-License-Identifier: ISC */

/*
 * JSON lines with a packet in base64: this project's records, and those of
 * Suricata, whose packets begin at the link layer and say so.  The line is
 * parsed into jansson's memory, after which the bytes of the packet are put
 * where the line was: they are always fewer.
 */

#include "compat.h"

#include <jansson.h>

#include "decode.h"
#include "json_write.h"

/* Days from 1970-01-01 to a date of the Gregorian calendar. */
static int64_t
days_from_civil(int64_t year, int64_t month, int64_t day)
{
	int64_t	 era_year;

	/* Count years from March, so that the leap day is the last. */
	if (month <= 2)
		year--;
	month = month > 2 ? month - 3 : month + 9;
	era_year = 365 * year + year / 4 - year / 100 + year / 400;
	return (era_year + (153 * month + 2) / 5 + day - 1 - 719468);
}

/* n digits at *p as a number, or -1; *p goes on. */
static int
digits(const char **p, int n)
{
	int	 v;

	for (v = 0; n > 0; n--, (*p)++) {
		if (**p < '0' || **p > '9')
			return (-1);
		v = v * 10 + (**p - '0');
	}
	return (v);
}

/* "Z", "+hh:mm", "+hhmm", or nothing, which is UTC: seconds east, or -1. */
static int
read_zone(const char *p, int *east)
{
	int	 hours, minutes, sign;

	*east = 0;
	if (*p == 'Z' || *p == 'z')
		p++;
	if (*p == '\0')
		return (0);
	if (*p != '+' && *p != '-')
		return (-1);
	sign = *p++ == '-' ? -1 : 1;
	if ((hours = digits(&p, 2)) == -1)
		return (-1);
	if (*p == ':')
		p++;
	if ((minutes = digits(&p, 2)) == -1 || *p != '\0')
		return (-1);
	*east = sign * (hours * 3600 + minutes * 60);
	return (0);
}

/* RFC 3339.  0, or -1: it is no time. */
static int
read_time(const char *p, struct timespec *ts)
{
	int	 east, field[6], i;
	long	 unit;

	static const char	 after[6] = { '-', '-', 'T', ':', ':', 0 };

	for (i = 0; i < 6; i++) {
		if ((field[i] = digits(&p, i == 0 ? 4 : 2)) == -1)
			return (-1);
		if (after[i] != 0 && *p++ != after[i])
			return (-1);
	}
	if (field[1] < 1 || field[1] > 12 || field[2] < 1 || field[2] > 31 ||
	    field[3] > 23 || field[4] > 59 || field[5] > 60)
		return (-1);
	ts->tv_nsec = 0;
	if (*p == '.') {
		unit = 100000000;
		for (p++; *p >= '0' && *p <= '9'; p++, unit /= 10)
			ts->tv_nsec += (*p - '0') * unit;
	}
	if (read_zone(p, &east) == -1)
		return (-1);
	ts->tv_sec = (time_t)(days_from_civil(field[0], field[1], field[2]) *
	    86400 + field[3] * 3600 + field[4] * 60 + field[5] - east);
	return (0);
}

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

static void
get_ifname(const json_t *object, const char *key, struct divert_packet *pkt)
{
	const char	*name;

	name = json_string_value(json_object_get(object, key));
	if (name != NULL && strlen(name) < sizeof(pkt->ifname))
		strlcpy(pkt->ifname, name, sizeof(pkt->ifname));
}

static void
get_metadata(const json_t *line, struct divert_packet *pkt)
{
	const json_t	*divert;
	const char	*text;
	json_int_t	 drops;

	get_ifname(line, "in_iface", pkt);
	divert = json_object_get(line, "divert");
	text = json_string_value(json_object_get(divert, "dir"));
	if (text != NULL && strcmp(text, "in") == 0)
		pkt->direction = DIVERT_DIRECTION_IN;
	else if (text != NULL && strcmp(text, "out") == 0)
		pkt->direction = DIVERT_DIRECTION_OUT;
	get_ifname(divert, "if", pkt);
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
 * A parsed line; its packet's bytes go to out.  1 a packet, 0 none of IP,
 * -1 damaged.
 */
static int
read_record(struct divert_decoder *dec, const json_t *line, uint8_t *out,
    struct divert_packet *pkt)
{
	const json_t	*packet;
	const char	*text;
	ssize_t		 n;
	uint32_t	 len, linktype, missing;

	if ((packet = json_object_get(line, "packet")) == NULL)
		return (0);
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
	memset(pkt, 0, sizeof(*pkt));
	pkt->hook = 0xff;
	if (!divert_link_decode(dec, linktype, out, len, len + missing, pkt))
		return (0);
	get_metadata(line, pkt);
	if ((text = json_string_value(json_object_get(line, "timestamp"))) !=
	    NULL && read_time(text, &pkt->time) == -1)
		return (divert_decode_damage(dec, "timestamp is no time"));
	return (1);
}

static int
read_line(struct divert_decoder *dec, uint8_t *line, size_t len,
    struct divert_packet *pkt)
{
	json_error_t	 error;
	json_t		*root;
	int		 n;

	root = json_loadb((const char *)line, len, JSON_ALLOW_NUL, &error);
	if (root == NULL)
		return (divert_decode_damage(dec, "%s, column %d", error.text,
		    error.column));
	if (json_is_object(root))
		n = read_record(dec, root, line, pkt);
	else
		n = divert_decode_damage(dec, "no object");
	json_decref(root);
	return (n);
}

/*
 * The length of the line at the front, its end included: 0 when it is not
 * whole, -1 too long.
 */
static ssize_t
find_line(struct divert_decoder *dec)
{
	const uint8_t	*end, *p;
	size_t		 left;

	p = dec->buf + dec->start;
	left = decode_left(dec);
	end = memchr(p + dec->scanned, '\n', left - dec->scanned);
	if (end == NULL && left >= DECODE_RECORD_MAX) {
		dec->line++;
		return (divert_decode_damage(dec, "longer than %u bytes",
		    DECODE_RECORD_MAX));
	}
	if (end == NULL && !dec->eof) {
		dec->scanned = left;
		return (0);
	}
	dec->scanned = 0;
	/* The last line may lack its end. */
	return (end != NULL ? end + 1 - p : (ssize_t)left);
}

/* How many blanks a line begins with. */
static size_t
blanks(const uint8_t *p, size_t len)
{
	size_t	 n;

	for (n = 0; n < len; n++)
		if (p[n] != ' ' && p[n] != '\t' && p[n] != '\r' && p[n] != '\n')
			break;
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
		if ((len = find_line(dec)) <= 0)
			return ((int)len);
		p = dec->buf + dec->start;
		dec->line++;
		n = 0;
		if ((indent = blanks(p, (size_t)len)) < (size_t)len) {
			n = read_line(dec, p + indent, (size_t)len - indent,
			    pkt);
			if (n == -1)
				return (-1);
			if (n == 0)
				dec->skipped++;
		}
		decode_consume(dec, (size_t)len);
		if (n == 1)
			return (1);
	}
}
