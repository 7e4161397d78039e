/* SPDX-License-Identifier: ISC */

/*
 * One packet as one line of JSON: the names of Suricata's EVE at the top,
 * what is this project's own under "divert", and the packet itself in base64,
 * so that a line can be read back as a packet.
 */

#include "compat.h"

#include "encode.h"
#include "json_packet.h"

/* All but the base64: keys, two addresses, a name escaped, numbers. */
#define HEAD_MAX	(1536 + JSON_SLOP)

static char *
put_event_type(char *p, const struct json_key *key, struct json_packet *j)
{
	(void)j;
	return (json_literal(json_put_key(p, key), "\"packet\""));
}

static const struct json_field	top[] = {
	{ JSON_KEY("timestamp"), divert_json_timestamp },
	{ JSON_KEY("event_type"), put_event_type },
	{ JSON_KEY("in_iface"), divert_json_in_iface },
	{ JSON_KEY("src_ip"), divert_json_src_ip },
	{ JSON_KEY("src_port"), divert_json_src_port },
	{ JSON_KEY("dest_ip"), divert_json_dest_ip },
	{ JSON_KEY("dest_port"), divert_json_dest_port },
	{ JSON_KEY("proto"), divert_json_proto },
	{ JSON_KEY("ip_v"), divert_json_ip_v },
};
static const struct json_field	divert[] = {
	{ JSON_KEY("v"), divert_json_v },
	{ JSON_KEY("src"), divert_json_src },
	{ JSON_KEY("dir"), divert_json_dir },
	{ JSON_KEY("pkt_id"), divert_json_pkt_id },
	{ JSON_KEY("len"), divert_json_len },
	{ JSON_KEY("caplen"), divert_json_caplen },
	{ JSON_KEY("rule"), divert_json_rule },
	{ JSON_KEY("mark"), divert_json_mark },
	{ JSON_KEY("queue"), divert_json_queue },
	{ JSON_KEY("drops"), divert_json_drops },
	{ JSON_KEY("sum"), divert_json_sum },
	{ JSON_KEY("gso"), divert_json_gso },
	{ JSON_KEY("if"), divert_json_if },
};

static char *
put_fields(char *p, const struct json_field *f, size_t n,
    struct json_packet *j)
{
	for (; n > 0; n--, f++)
		p = f->put(p, &f->key, j);
	return (p);
}

/* All before the packet; the object is not ended. */
static char *
put_head(char *buf, struct divert_encoder *enc,
    const struct divert_packet *pkt)
{
	struct divert_layout	 layout;
	struct json_packet	 j;
	char			*first, *p, *start;

	/* What was found before a fault is filled in, the rest is 0. */
	(void)divert_packet_parse(pkt->data, pkt->len, &layout);
	j.pkt = pkt;
	j.layout = &layout;
	j.clock = &enc->clock;
	j.digits = 6;
	j.caplen = pkt->len;
	j.src = enc->src;
	j.src_len = enc->src_len;
	p = put_fields(buf, top, sizeof(top) / sizeof(top[0]), &j);
	*buf = '{';
	start = p;
	first = p = json_literal(p, ",\"divert\":");
	p = put_fields(p, divert, sizeof(divert) / sizeof(divert[0]), &j);
	return (json_object_end(start, first, p));
}

size_t
divert_encode_json_packet(struct divert_encoder *enc,
    const struct divert_packet *pkt, uint8_t *buf, size_t size)
{
	static const char	 tail[] = "\",\"packet_info\":{"
				    "\"linktype\":101,"
				    "\"linktype_name\":\"RAW\"}}\n";
	char			 head[HEAD_MAX], *p;
	size_t			 len, need;

	p = put_head(head, enc, pkt);
	p = json_literal(p, ",\"packet\":\"");
	len = (size_t)(p - head);
	need = len + JSON_BASE64_SIZE((size_t)pkt->len) + sizeof(tail) - 1;
	if (size < need)
		return (need);
	p = json_bytes((char *)buf, head, len);
	p = divert_json_base64(p, pkt->data, pkt->len);
	json_bytes(p, tail, sizeof(tail) - 1);
	return (need);
}
