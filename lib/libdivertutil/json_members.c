/* SPDX-License-Identifier: ISC */

/*
 * Records as descriptions of packets: the members that are a field each.  One
 * table says where a member goes; members that only tell what came of the
 * packet (lengths, whether a sum is right) are known and not read.  In the
 * objects of a protocol nothing else is accepted, so that a misspelt name does
 * not pass for an edit; at the top of a record, where others put what they
 * like, it is.
 */

#include "compat.h"

#include <sys/socket.h>

#include <arpa/inet.h>

#include "build_int.h"
#include "json_members.h"

enum member_kind {
	MEMBER_NUMBER,
	MEMBER_BIT,		/* a boolean */
	MEMBER_FLAG,		/* a boolean: a bit of the TCP flags */
	MEMBER_SEQ,		/* of ICMP */
	MEMBER_REST,		/* bits of the second word of ICMP */
	MEMBER_GATEWAY,		/* an address there */
	MEMBER_OUTCOME		/* not read */
};

struct member {
	const char	*object;	/* "": at the top */
	const char	*key;
	enum member_kind kind;
	uint8_t		 version;	/* 0: of both */
	uint32_t	 field;		/* DIVERT_FIELD_*; a flag's bit */
	uint32_t	 max;
	size_t		 offset;	/* in struct divert_fields */
	size_t		 size;
};

#define NUMBER(object, key, version, field, member, max)		\
	{ object, key, MEMBER_NUMBER, version, field, max,		\
	    offsetof(struct divert_fields, member),			\
	    sizeof(((struct divert_fields *)0)->member) }
#define BIT(object, key, version, field, member)			\
	{ object, key, MEMBER_BIT, version, field, 1,			\
	    offsetof(struct divert_fields, member), 1 }
#define FLAG(key, bit)							\
	{ "tcp", key, MEMBER_FLAG, 0, bit, 1, 0, 0 }
#define REST(key, kind, version, max)					\
	{ "icmp", key, kind, version, DIVERT_FIELD_ICMP_REST, max,	\
	    offsetof(struct divert_fields, icmp_rest), 4 }
#define OUTCOME(object, key)						\
	{ object, key, MEMBER_OUTCOME, 0, 0, 0, 0, 0 }

static const struct member members[] = {
	NUMBER("", "src_port", 0, DIVERT_FIELD_SPORT, sport, 65535),
	NUMBER("", "dest_port", 0, DIVERT_FIELD_DPORT, dport, 65535),
	NUMBER("", "icmp_type", 0, DIVERT_FIELD_ICMP_TYPE, icmp_type, 255),
	NUMBER("", "icmp_code", 0, DIVERT_FIELD_ICMP_CODE, icmp_code, 255),

	NUMBER("ip", "tos", 4, DIVERT_FIELD_TOS, tos, 255),
	NUMBER("ip", "tc", 6, DIVERT_FIELD_TOS, tos, 255),
	NUMBER("ip", "ttl", 4, DIVERT_FIELD_TTL, ttl, 255),
	NUMBER("ip", "hoplimit", 6, DIVERT_FIELD_TTL, ttl, 255),
	NUMBER("ip", "flowlbl", 6, DIVERT_FIELD_FLOW, flow, 0xfffff),
	NUMBER("ip", "id", 4, DIVERT_FIELD_ID, id, 65535),
	NUMBER("ip", "id", 6, DIVERT_FIELD_ID, id, UINT32_MAX),
	NUMBER("ip", "frag_off", 0, DIVERT_FIELD_FRAG_OFF, frag_off, 65528),
	BIT("ip", "rf", 4, DIVERT_FIELD_RF, rf),
	BIT("ip", "df", 4, DIVERT_FIELD_DF, df),
	BIT("ip", "mf", 0, DIVERT_FIELD_MF, mf),
	OUTCOME("ip", "hlen"),
	OUTCOME("ip", "len"),
	OUTCOME("ip", "options"),
	OUTCOME("ip", "ext"),
	OUTCOME("ip", "final"),
	OUTCOME("ip", "sum_ok"),

	NUMBER("tcp", "seq", 0, DIVERT_FIELD_SEQ, seq, UINT32_MAX),
	NUMBER("tcp", "ack", 0, DIVERT_FIELD_ACK, ack, UINT32_MAX),
	NUMBER("tcp", "win", 0, DIVERT_FIELD_WINDOW, window, 65535),
	NUMBER("tcp", "urp", 0, DIVERT_FIELD_URGENT, urgent, 65535),
	NUMBER("tcp", "mss", 0, DIVERT_FIELD_MSS, mss, 65535),
	NUMBER("tcp", "wscale", 0, DIVERT_FIELD_WSCALE, wscale, 255),
	NUMBER("tcp", "tsval", 0, DIVERT_FIELD_TSVAL, tsval, UINT32_MAX),
	NUMBER("tcp", "tsecr", 0, DIVERT_FIELD_TSECR, tsecr, UINT32_MAX),
	BIT("tcp", "sack_permitted", 0, DIVERT_FIELD_SACK, sack),
	FLAG("fin", DIVERT_TCP_FIN),
	FLAG("syn", DIVERT_TCP_SYN),
	FLAG("rst", DIVERT_TCP_RST),
	FLAG("psh", DIVERT_TCP_PSH),
	FLAG("ack", DIVERT_TCP_ACK),
	FLAG("urg", DIVERT_TCP_URG),
	FLAG("ecn", DIVERT_TCP_ECE),
	FLAG("ece", DIVERT_TCP_ECE),
	FLAG("cwr", DIVERT_TCP_CWR),
	OUTCOME("tcp", "tcp_flags"),		/* get_flags() */
	OUTCOME("tcp", "hlen"),
	OUTCOME("tcp", "sack"),
	OUTCOME("tcp", "payload_len"),
	OUTCOME("tcp", "sum_ok"),

	OUTCOME("udp", "len"),
	OUTCOME("udp", "payload_len"),
	OUTCOME("udp", "sum_ok"),

	NUMBER("icmp", "id", 0, DIVERT_FIELD_ICMP_ID, icmp_id, 65535),
	{ "icmp", "seq", MEMBER_SEQ, 0, DIVERT_FIELD_ICMP_SEQ, 65535,
	    offsetof(struct divert_fields, icmp_seq), 2 },
	REST("mtu", MEMBER_REST, 4, 65535),
	REST("mtu", MEMBER_REST, 6, UINT32_MAX),
	REST("pointer", MEMBER_REST, 4, 255),
	REST("pointer", MEMBER_REST, 6, UINT32_MAX),
	REST("gateway", MEMBER_GATEWAY, 4, 0),
	OUTCOME("icmp", "gateway"),
	OUTCOME("icmp", "target"),
	OUTCOME("icmp", "quoted"),
	OUTCOME("icmp", "payload_len"),
	OUTCOME("icmp", "sum_ok"),
};
#define NMEMBERS	(sizeof(members) / sizeof(members[0]))

/* Objects whose members all are in the table, and whose they are. */
static const struct {
	const char	*name;
	uint8_t		 proto[2];	/* 0: any */
} objects[] = {
	{ "ip", { 0, 0 } },
	{ "tcp", { PROTO_TCP, PROTO_TCP } },
	{ "udp", { PROTO_UDP, PROTO_UDPLITE } },
	{ "icmp", { PROTO_ICMP, PROTO_ICMPV6 } },
};
#define NOBJECTS	(sizeof(objects) / sizeof(objects[0]))

const char *
divert_json_object(size_t i)
{
	return (i < NOBJECTS ? objects[i].name : NULL);
}

static uint32_t
load(const struct divert_fields *f, const struct member *m)
{
	const uint8_t	*p;
	uint32_t	 n32;
	uint16_t	 n16;

	p = (const uint8_t *)f + m->offset;
	switch (m->size) {
	case 1:
		return (*p);
	case 2:
		memcpy(&n16, p, sizeof(n16));
		return (n16);
	default:
		memcpy(&n32, p, sizeof(n32));
		return (n32);
	}
}

static void
store(struct divert_fields *f, const struct member *m, uint32_t v)
{
	uint8_t		*p;
	uint16_t	 n16;

	p = (uint8_t *)f + m->offset;
	switch (m->size) {
	case 1:
		*p = (uint8_t)v;
		break;
	case 2:
		n16 = (uint16_t)v;
		memcpy(p, &n16, sizeof(n16));
		break;
	default:
		memcpy(p, &v, sizeof(v));
		break;
	}
	f->set |= m->field;
}

/* A value that is the packet's own is no edit. */
static void
set_field(const struct json_fields *j, const struct member *m, uint32_t v,
    struct divert_fields *f)
{
	if (j->packet != NULL) {
		if ((j->packet->set & m->field) == 0) {
			/* What is not there is not set, or cannot be seen. */
			if (j->cut || (m->kind == MEMBER_BIT && v == 0))
				return;
		} else if (load(j->packet, m) == v)
			return;
	}
	store(f, m, v);
}

/* The type an ICMP message will have. */
static uint8_t
icmp_type(const struct json_fields *j, const struct divert_fields *f)
{
	if ((f->set & DIVERT_FIELD_ICMP_TYPE) != 0)
		return (f->icmp_type);
	if (j->packet != NULL)
		return (j->packet->icmp_type);
	return (f->version == 4 ? ICMP_ECHO : ICMPV6_ECHO);
}

/* Of an extended echo (RFC 8335) one byte is the sequence number. */
static int
has_short_seq(const struct json_fields *j, const struct divert_fields *f)
{
	uint8_t	 type = icmp_type(j, f);

	return (type == 42 || type == 43 || type == 160 || type == 161);
}

/*
 * Bits of the second word of an ICMP message, by the name that its type gives
 * them; the other bits stay.
 */
static int
set_rest(const struct json_fields *j, const struct member *m, uint32_t v,
    struct divert_fields *f)
{
	static const struct {
		const char	*key;
		uint8_t		 version, type, shift;
		uint32_t	 mask;
	} rests[] = {
		{ "mtu", 4, 3, 0, 0xffff },
		{ "mtu", 6, 2, 0, UINT32_MAX },
		{ "pointer", 4, 12, 24, 0xff },
		{ "pointer", 6, 4, 0, UINT32_MAX },
		{ "gateway", 4, 5, 0, UINT32_MAX },
	};
	uint32_t	 rest;
	size_t		 i;

	for (i = 0; i < sizeof(rests) / sizeof(rests[0]); i++) {
		if (strcmp(rests[i].key, m->key) != 0 ||
		    rests[i].version != m->version)
			continue;
		if (rests[i].type != icmp_type(j, f) && j->cut)
			return (0);
		if (rests[i].type != icmp_type(j, f))
			return (divert_json_wrong(j, m->object, m->key,
			    "is of type %u, and the packet's is %u",
			    rests[i].type, icmp_type(j, f)));
		rest = j->packet != NULL ? j->packet->icmp_rest : 0;
		rest &= ~(rests[i].mask << rests[i].shift);
		set_field(j, m, rest | v << rests[i].shift, f);
	}
	return (0);
}

static int
get_gateway(const struct json_fields *j, const struct member *m,
    const json_t *value, struct divert_fields *f)
{
	const char	*text;
	uint8_t		 addr[4];

	text = json_string_value(value);
	if (text == NULL || inet_pton(AF_INET, text, addr) != 1)
		return (divert_json_wrong(j, m->object, m->key,
		    "is no IPv4 address"));
	return (set_rest(j, m, get32(addr), f));
}

static int
get_number(const struct json_fields *j, const struct member *m,
    const json_t *value, struct divert_fields *f)
{
	json_int_t	 v, max;
	uint32_t	 low;

	if (!json_is_integer(value))
		return (divert_json_wrong(j, m->object, m->key,
		    "is no whole number"));
	v = json_integer_value(value);
	max = m->max;
	if (m->kind == MEMBER_SEQ && has_short_seq(j, f))
		max = 255;
	if (v < 0 || v > max)
		return (divert_json_wrong(j, m->object, m->key,
		    "%lld is not between 0 and %lld", (long long)v,
		    (long long)max));
	if (m->kind == MEMBER_REST)
		return (set_rest(j, m, (uint32_t)v, f));
	if (max != m->max) {
		low = j->packet != NULL ? j->packet->icmp_seq & 0xff : 0;
		v = v << 8 | low;
	}
	set_field(j, m, (uint32_t)v, f);
	return (0);
}

static int
get_member(const struct json_fields *j, const struct member *m,
    const json_t *value, struct divert_fields *f, struct json_flags *flags)
{
	if (m->kind == MEMBER_OUTCOME)
		return (0);
	if (m->kind == MEMBER_GATEWAY)
		return (get_gateway(j, m, value, f));
	if (m->kind != MEMBER_BIT && m->kind != MEMBER_FLAG)
		return (get_number(j, m, value, f));
	if (!json_is_boolean(value))
		return (divert_json_wrong(j, m->object, m->key,
		    "is neither true nor false"));
	if (m->kind == MEMBER_BIT)
		set_field(j, m, json_is_true(value), f);
	else if (json_is_true(value))
		flags->on |= (uint8_t)m->field;
	else
		flags->off |= (uint8_t)m->field;
	return (0);
}

/*
 * The row of a member.  A name may be of both versions, or be number and
 * flag: the one that fits, else any.
 */
static const struct member *
find_member(const char *object, const char *key, const json_t *value,
    uint8_t version)
{
	const struct member	*found, *m;
	int			 fits;

	found = NULL;
	for (m = members; m < members + NMEMBERS; m++) {
		if (strcmp(m->key, key) != 0 || strcmp(m->object, object) != 0)
			continue;
		fits = m->version == 0 || m->version == version;
		if (m->kind == MEMBER_FLAG && !json_is_boolean(value))
			fits = 0;
		if (found == NULL || fits)
			found = m;
		if (fits && (m->kind == MEMBER_FLAG ||
		    !json_is_boolean(value)))
			break;
	}
	return (found);
}

/* All members of an object; what is not in the table is an error. */
static int
get_object(const struct json_fields *j, const char *object, json_t *value,
    struct divert_fields *f, struct json_flags *flags)
{
	const struct member	*m;
	const char		*key;
	json_t			*v;
	void			*iter;

	if (!json_is_object(value))
		return (divert_json_wrong(j, "", object, "is no object"));
	for (iter = json_object_iter(value); iter != NULL;
	    iter = json_object_iter_next(value, iter)) {
		key = json_object_iter_key(iter);
		v = json_object_iter_value(iter);
		m = find_member(object, key, v, f->version);
		if (m == NULL)
			return (divert_json_wrong(j, object, key,
			    "no such field"));
		if (m->version != 0 && m->version != f->version)
			return (divert_json_wrong(j, object, key,
			    "is of IPv%u, and the packet is IPv%u",
			    m->version, f->version));
		if (get_member(j, m, v, f, flags) == -1)
			return (-1);
	}
	return (0);
}

int
divert_json_objects(const struct json_fields *j, struct divert_fields *f,
    struct json_flags *flags)
{
	json_t	*value;
	char	 name[JSON_PROTO_SIZE];
	size_t	 i;

	for (i = 0; i < NOBJECTS; i++) {
		value = json_object_get(j->line, objects[i].name);
		if (value == NULL)
			continue;
		if (objects[i].proto[0] != 0 &&
		    f->proto != objects[i].proto[0] &&
		    f->proto != objects[i].proto[1]) {
			/* The headers before may be what was cut off. */
			if (j->cut)
				continue;
			divert_json_name_proto(name, f->proto);
			return (divert_json_wrong(j, "", objects[i].name,
			    "the packet's protocol is %s", name));
		}
		if (get_object(j, objects[i].name, value, f, flags) == -1)
			return (-1);
	}
	return (0);
}

int
divert_json_top(const struct json_fields *j, struct divert_fields *f)
{
	const struct member	*m;
	json_t			*value;
	char			 name[JSON_PROTO_SIZE];
	int			 icmp, other, ports;

	icmp = f->proto == PROTO_ICMP || f->proto == PROTO_ICMPV6;
	other = f->proto != PROTO_TCP && f->proto != PROTO_UDP &&
	    (j->packet == NULL || (j->packet->set & DIVERT_FIELD_SPORT) == 0);
	for (m = members; m->object[0] == '\0'; m++) {
		if ((value = json_object_get(j->line, m->key)) == NULL)
			continue;
		ports = (m->field & DIVERT_FIELDS_PORTS) != 0;
		if ((ports ? other : !icmp) && !j->cut) {
			divert_json_name_proto(name, f->proto);
			return (divert_json_wrong(j, "", m->key,
			    ports && j->packet == NULL ?
			    "a packet of %s cannot be given ports" :
			    "the packet's protocol is %s", name));
		}
		if (get_number(j, m, value, f) == -1)
			return (-1);
	}
	return (0);
}
