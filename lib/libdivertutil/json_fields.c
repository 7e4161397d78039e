/* SPDX-License-Identifier: ISC */

/*
 * Records as descriptions of packets: what is more than a member and a number,
 * and all of it together.
 */

#include "compat.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "build_int.h"
#include "json_members.h"
#include "json_packet.h"

int
divert_json_wrong(const struct json_fields *j, const char *object,
    const char *key, const char *fmt, ...)
{
	va_list	 ap;
	char	 sentence[128];

	va_start(ap, fmt);
	vsnprintf(sentence, sizeof(sentence), fmt, ap);
	va_end(ap);
	snprintf(j->errbuf, j->errlen, "%s%s%.64s: %s", object,
	    object[0] != '\0' ? "." : "", key, sentence);
	errno = EINVAL;
	return (-1);
}

void
divert_json_name_proto(char *buf, uint8_t proto)
{
	char	 quoted[JSON_PROTO_SIZE], *end;

	end = divert_json_proto_name(quoted, proto);
	memcpy(buf, quoted + 1, (size_t)(end - quoted) - 2);
	buf[end - quoted - 2] = '\0';
}

/* Whether the number has a name of its own. */
static int
is_named(uint8_t proto)
{
	char	 name[JSON_PROTO_SIZE];

	divert_json_name_proto(name, proto);
	return (name[0] < '0' || name[0] > '9');
}

/* The number of a protocol by name or number, or -1. */
static int
find_proto(const char *text)
{
	char	*end, name[JSON_PROTO_SIZE];
	long	 n;
	int	 i;

	if (text[0] >= '0' && text[0] <= '9') {
		n = strtol(text, &end, 10);
		return (*end == '\0' && n <= 255 ? (int)n : -1);
	}
	for (i = 0; i < 256; i++) {
		divert_json_name_proto(name, (uint8_t)i);
		if (strcasecmp(text, name) == 0)
			return (i);
	}
	if (strcasecmp(text, "ICMPv6") == 0 || strcasecmp(text, "ICMP6") == 0)
		return (PROTO_ICMPV6);
	return (-1);
}

static int
get_address(const struct json_fields *j, enum divert_side side,
    struct divert_fields *f)
{
	const char	*key, *text;
	char		 sentence[128];
	const uint8_t	*old, *new;
	json_t		*value;
	uint32_t	 field;

	key = side == DIVERT_SOURCE ? "src_ip" : "dest_ip";
	if ((value = json_object_get(j->line, key)) == NULL)
		return (0);
	if ((text = json_string_value(value)) == NULL ||
	    strlen(text) != json_string_length(value))
		return (divert_json_wrong(j, "", key,
		    "is no string with an address"));
	if (divert_build_address(f, side, text, sentence, sizeof(sentence)) ==
	    -1)
		return (divert_json_wrong(j, "", key, "%s", sentence));
	if (j->packet == NULL)
		return (0);
	field = side == DIVERT_SOURCE ? DIVERT_FIELD_SRC : DIVERT_FIELD_DST;
	old = side == DIVERT_SOURCE ? j->packet->src : j->packet->dst;
	new = side == DIVERT_SOURCE ? f->src : f->dst;
	if ((j->packet->set & field) != 0 && memcmp(old, new, 16) == 0)
		f->set &= ~field;
	return (0);
}

static int
get_version(const struct json_fields *j, struct divert_fields *f)
{
	json_int_t	 v;
	json_t		*value;

	if ((value = json_object_get(j->line, "ip_v")) == NULL)
		return (0);
	v = json_integer_value(value);
	if (v != 4 && v != 6)
		return (divert_json_wrong(j, "", "ip_v", "is neither 4 nor 6"));
	if (f->version != 0 && f->version != v)
		return (divert_json_wrong(j, "", "ip_v", "the packet is IPv%u",
		    f->version));
	f->version = (uint8_t)v;
	return (0);
}

static int
get_proto(const struct json_fields *j, struct divert_fields *f)
{
	const char	*text;
	char		 name[JSON_PROTO_SIZE];
	json_t		*value;
	int		 proto;

	if ((value = json_object_get(j->line, "proto")) == NULL)
		return (0);
	proto = -1;
	if (json_is_integer(value) && json_integer_value(value) >= 0 &&
	    json_integer_value(value) <= 255)
		proto = (int)json_integer_value(value);
	else if ((text = json_string_value(value)) != NULL)
		proto = find_proto(text);
	if (j->packet == NULL) {
		if (proto == -1)
			return (divert_json_wrong(j, "", "proto",
			    "no such protocol"));
		f->proto = (uint8_t)proto;
		f->set |= DIVERT_FIELD_PROTO;
		return (0);
	}
	/* Others have names where we have numbers. */
	if (j->cut || (j->packet->set & DIVERT_FIELD_PROTO) == 0 ||
	    proto == f->proto || (proto == -1 && !is_named(f->proto)))
		return (0);
	divert_json_name_proto(name, f->proto);
	return (divert_json_wrong(j, "", "proto",
	    "the packet's is %s, and cannot be changed", name));
}

/* "tcp_flags" is two hexadecimal digits. */
static int
get_flags_number(const struct json_fields *j, struct json_flags *flags)
{
	const char	*text;
	char		*end;
	json_t		*value;
	unsigned long	 v;

	flags->number = -1;
	value = json_object_get(json_object_get(j->line, "tcp"), "tcp_flags");
	if (value == NULL)
		return (0);
	text = json_string_value(value);
	if (text == NULL || strlen(text) == 0 || strlen(text) > 2 ||
	    strspn(text, "0123456789abcdefABCDEF") != strlen(text))
		return (divert_json_wrong(j, "tcp", "tcp_flags",
		    "is no string of two hexadecimal digits"));
	v = strtoul(text, &end, 16);
	flags->number = (int)v;
	return (0);
}

/*
 * The same flags may be said twice.  What differs from the packet is meant;
 * the number is, when both do, and they must agree.
 */
static int
get_flags(const struct json_fields *j, const struct json_flags *flags,
    struct divert_fields *f)
{
	uint8_t	 base, new, off, on;
	int	 known;

	on = flags->on;
	off = flags->off;
	known = j->packet != NULL &&
	    (j->packet->set & DIVERT_FIELD_FLAGS) != 0;
	if (j->packet != NULL && !known && j->cut)
		return (0);
	base = known ? j->packet->flags : 0;
	if (known) {
		on &= (uint8_t)~base;
		off &= base;
	}
	new = (uint8_t)((base | on) & ~off);
	if (flags->number != -1 && !(known && flags->number == base)) {
		new = (uint8_t)flags->number;
		if ((on & ~new) != 0 || (off & new) != 0)
			return (divert_json_wrong(j, "tcp", "tcp_flags",
			    "%02x contradicts the flags beside it", new));
	} else if (flags->number == -1 && on == 0 && off == 0)
		return (0);
	if (known && new == base)
		return (0);
	f->flags = new;
	f->set |= DIVERT_FIELD_FLAGS;
	return (0);
}

/* How many zeros the payload is, where a record says no more than that. */
static int
get_payload_size(const struct json_fields *j, struct divert_fields *f)
{
	json_int_t	 v;
	json_t		*object, *value;
	char		 sentence[128];
	const char	*where;
	ssize_t		 len;
	size_t		 i;

	where = "";
	value = json_object_get(j->line, "payload_len");
	for (i = 0; value == NULL && divert_json_object(i) != NULL; i++) {
		where = divert_json_object(i);
		object = json_object_get(j->line, where);
		value = json_object_get(object, "payload_len");
	}
	v = json_integer_value(value);
	if (value != NULL) {
		if (!json_is_integer(value) || v < 0 || v > 65535)
			return (divert_json_wrong(j, where, "payload_len",
			    "is not between 0 and 65535"));
	} else {
		/* All of it is known: then the payload is what is left. */
		object = json_object_get(j->line, "ip");
		value = json_object_get(object, "len");
		if (!json_is_integer(value) ||
		    (len = divert_build_size(f, sentence, sizeof(sentence))) ==
		    -1)
			return (0);
		v = json_integer_value(value);
		if (v > 65535)
			return (0);
		v += (f->version == 6 ? IP6_HEADER : 0) - len;
		if (v <= 0)
			return (0);
	}
	f->payload_len = (uint32_t)v;
	f->set |= DIVERT_FIELD_PAYLOAD;
	return (0);
}

static int
get_payload(const struct json_fields *j, struct divert_fields *f)
{
	const char	*key;
	json_t		*value;
	ssize_t		 n;

	key = "payload";
	if ((value = json_object_get(j->line, key)) == NULL) {
		key = "payload_printable";
		value = json_object_get(j->line, key);
	}
	if (value == NULL)
		return (j->packet == NULL ? get_payload_size(j, f) : 0);
	if (!json_is_string(value))
		return (divert_json_wrong(j, "", key, "is no string"));
	f->payload = (const uint8_t *)json_string_value(value);
	n = (ssize_t)json_string_length(value);
	if (strcmp(key, "payload") == 0) {
		n = divert_json_base64_decode(j->room,
		    json_string_value(value), (size_t)n);
		if (n == -1)
			return (divert_json_wrong(j, "", key, "is no base64"));
		f->payload = j->room;
	}
	f->payload_len = (uint32_t)n;
	if (j->packet != NULL && (j->packet->set & DIVERT_FIELD_PAYLOAD) != 0 &&
	    j->packet->payload_len == f->payload_len &&
	    memcmp(j->packet->payload, f->payload, f->payload_len) == 0)
		return (0);
	f->set |= DIVERT_FIELD_PAYLOAD;
	return (0);
}

/* Without a packet these must be there. */
static int
check_missing(const struct json_fields *j, const struct divert_fields *f)
{
	const char	*key;

	key = NULL;
	if ((f->set & DIVERT_FIELD_SRC) == 0)
		key = "src_ip";
	else if ((f->set & DIVERT_FIELD_DST) == 0)
		key = "dest_ip";
	else if ((f->set & DIVERT_FIELD_PROTO) == 0)
		key = "proto";
	else if ((f->proto == PROTO_TCP || f->proto == PROTO_UDP) &&
	    divert_build_has_l4(f)) {
		if ((f->set & DIVERT_FIELD_SPORT) == 0)
			key = "src_port";
		else if ((f->set & DIVERT_FIELD_DPORT) == 0)
			key = "dest_port";
	}
	if (key == NULL)
		return (0);
	return (divert_json_wrong(j, "", key, "is missing"));
}

int
divert_json_has_fields(const json_t *line)
{
	size_t	 i;

	if (json_object_get(line, "src_ip") != NULL ||
	    json_object_get(line, "dest_ip") != NULL)
		return (1);
	for (i = 0; divert_json_object(i) != NULL; i++)
		if (json_object_get(line, divert_json_object(i)) != NULL)
			return (1);
	return (0);
}

int
divert_json_fields(const struct json_fields *j, struct divert_fields *f)
{
	struct json_flags	 flags;

	memset(f, 0, sizeof(*f));
	memset(&flags, 0, sizeof(flags));
	if (j->packet != NULL) {
		f->version = j->packet->version;
		f->proto = j->packet->proto;
	}
	if (get_version(j, f) == -1 ||
	    get_address(j, DIVERT_SOURCE, f) == -1 ||
	    get_address(j, DIVERT_DESTINATION, f) == -1 ||
	    get_proto(j, f) == -1)
		return (-1);
	/* What the others are measured by. */
	if (j->packet == NULL &&
	    (f->version == 0 || (f->set & DIVERT_FIELD_PROTO) == 0))
		return (check_missing(j, f));
	if (divert_json_top(j, f) == -1 || get_flags_number(j, &flags) == -1 ||
	    divert_json_objects(j, f, &flags) == -1 ||
	    get_flags(j, &flags, f) == -1)
		return (-1);
	if (j->packet == NULL && check_missing(j, f) == -1)
		return (-1);
	return (get_payload(j, f));
}
