/* SPDX-License-Identifier: ISC */

/*
 * Records.  What is written is decided by the plan of the packet's kind
 * (record_fields.c); here the packet is looked at once, and the plan is run.
 */

#include "compat.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "record_int.h"

/* Longer names are cut. */
#define NAME_MAX_USED	255

static char *
put_event_type(char *p, const struct json_key *key, struct json_packet *j)
{
	if (j->layout->reason != DIVERT_REASON_NONE)
		return (json_literal(json_put_key(p, key), "\"anomaly\""));
	return (json_literal(json_put_key(p, key), "\"packet\""));
}

char *
record_put_host(char *p, const struct json_key *key, struct json_packet *j)
{
	const struct record_text	*host = &view_of(j)->record->host;

	if (host->len == 0)
		return (p);
	return (json_bytes(json_put_key(p, key), host->text, host->len));
}

static char *
put_src_ip4(char *p, const struct json_key *key, struct json_packet *j)
{
	return (divert_json_address(json_put_key(p, key), view_of(j)->ip + 12,
	    4));
}

static char *
put_dest_ip4(char *p, const struct json_key *key, struct json_packet *j)
{
	return (divert_json_address(json_put_key(p, key), view_of(j)->ip + 16,
	    4));
}

static char *
put_src_ip6(char *p, const struct json_key *key, struct json_packet *j)
{
	return (divert_json_address(json_put_key(p, key), view_of(j)->ip + 8,
	    6));
}

static char *
put_dest_ip6(char *p, const struct json_key *key, struct json_packet *j)
{
	return (divert_json_address(json_put_key(p, key), view_of(j)->ip + 24,
	    6));
}

static char *
put_src_port(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_number(p, key, get16(view_of(j)->l4)));
}

static char *
put_dest_port(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_number(p, key, get16(view_of(j)->l4 + 2)));
}

static char *
put_proto(char *p, const struct json_key *key, struct json_packet *j)
{
	return (divert_json_proto_name(json_put_key(p, key),
	    j->layout->proto));
}

static char *
put_community_id(char *p, const struct json_key *key, struct json_packet *j)
{
	const char	*id = view_of(j)->community_id;

	return (id != NULL ? put_text(p, key, id) : p);
}

static char *
put_action(char *p, const struct json_key *key, struct json_packet *j)
{
	p = json_put_key(p, key);
	switch (view_of(j)->verdict) {
	case DIVERT_PASS:
		return (json_literal(p, "\"pass\""));
	case DIVERT_REPLACE:
		return (json_literal(p, "\"replace\""));
	case DIVERT_EXPIRE:
		return (json_literal(p, "\"expire\""));
	default:
		return (json_literal(p, "\"drop\""));
	}
}

static char *
put_verdict_reason(char *p, const struct json_key *key, struct json_packet *j)
{
	enum divert_reason	 reason = view_of(j)->verdict_reason;

	if (reason == DIVERT_REASON_NONE)
		return (p);
	return (put_text(p, key, divert_reason_name(reason)));
}

/* What firewalls say. */
static int
has_rule(struct view *view)
{
	return ((view->j.pkt->flags & (DIVERT_PACKET_HAS_RULE |
	    DIVERT_PACKET_HAS_MARK)) != 0);
}

static int
has_rare(struct view *view)
{
	return ((view->j.pkt->flags & (DIVERT_PACKET_HAS_DROPS |
	    DIVERT_PACKET_NOTREADY | DIVERT_PACKET_GSO)) != 0);
}

#define IN_PORTS	(IN_UPPER(UPPER_TCP) | IN_UPPER(UPPER_UDP) | \
			IN_UPPER(UPPER_UDPLITE) | IN_UPPER(UPPER_SCTP))

const struct record_field record_head_fields[] = {
	{ "timestamp", IN_PACKET, divert_json_timestamp, NULL },
	{ "event_type", IN_PACKET, put_event_type, NULL },
	{ "host", IN_PACKET, record_put_host, NULL },
	{ "in_iface", IN_PACKET, divert_json_in_iface, NULL },
	{ "src_ip", IN_IP4, put_src_ip4, NULL },
	{ "src_ip", IN_IP6, put_src_ip6, NULL },
	{ "src_port", IN_PORTS, put_src_port, NULL },
	{ "src_port", IN_UPPER(UPPER_OTHER), divert_json_src_port, NULL },
	{ "dest_ip", IN_IP4, put_dest_ip4, NULL },
	{ "dest_ip", IN_IP6, put_dest_ip6, NULL },
	{ "dest_port", IN_PORTS, put_dest_port, NULL },
	{ "dest_port", IN_UPPER(UPPER_OTHER), divert_json_dest_port, NULL },
	{ "proto", IN_IP, put_proto, NULL },
	{ "ip_v", IN_PACKET, divert_json_ip_v, NULL },
	{ "icmp_type", IN_UPPER(UPPER_ICMP), record_put_icmp_type, NULL },
	{ "icmp_code", IN_UPPER(UPPER_ICMP), record_put_icmp_code, NULL },
	{ "community_id", IN_IP, put_community_id, NULL },
	{ "verdict.action", IN_PACKET, put_action, NULL },
	{ "verdict.reason", IN_PACKET, put_verdict_reason, NULL },
	{ "divert.v", IN_PACKET, divert_json_v, NULL },
	{ "divert.src", IN_PACKET, divert_json_src, NULL },
	{ "divert.dir", IN_PACKET, divert_json_dir, NULL },
	{ "divert.pkt_id", IN_PACKET, divert_json_pkt_id, NULL },
	{ "divert.len", IN_PACKET, divert_json_len, NULL },
	{ "divert.caplen", IN_PACKET, divert_json_caplen, NULL },
	{ "divert.rule", IN_PACKET, divert_json_rule, has_rule },
	{ "divert.mark", IN_PACKET, divert_json_mark, has_rule },
	{ "divert.queue", IN_PACKET, divert_json_queue, NULL },
	{ "divert.drops", IN_PACKET, divert_json_drops, has_rare },
	{ "divert.sum", IN_PACKET, divert_json_sum, has_rare },
	{ "divert.gso", IN_PACKET, divert_json_gso, has_rare },
	{ "divert.if", IN_PACKET, divert_json_if, NULL },
	{ NULL, 0, NULL, NULL }
};

/* Are the packet's bytes in this record?  None are none. */
static int
has_bytes(struct view *view)
{
	enum record_bytes	 bytes = view->record->bytes;

	return ((bytes == RECORD_BYTES_ALL || (bytes == RECORD_BYTES_ANOMALY &&
	    view->j.layout->reason != DIVERT_REASON_NONE)) &&
	    view->j.pkt->len > 0);
}

static char *
put_packet(char *p, const struct json_key *key, struct json_packet *j)
{
	if (!has_bytes(view_of(j)))
		return (p);
	p = json_put_key(p, key);
	*p++ = '"';
	p = divert_json_base64(p, j->pkt->data, j->caplen);
	*p++ = '"';
	return (p);
}

static char *
put_linktype(char *p, const struct json_key *key, struct json_packet *j)
{
	(void)j;
	return (json_literal(json_put_key(p, key), "101"));
}

static char *
put_linktype_name(char *p, const struct json_key *key, struct json_packet *j)
{
	(void)j;
	return (json_literal(json_put_key(p, key), "\"RAW\""));
}

const struct record_field record_packet_fields[] = {
	{ "packet", IN_PACKET, put_packet, NULL },
	{ "packet_info", IN_PACKET, NULL, has_bytes },
	{ "packet_info.linktype", IN_PACKET, put_linktype, NULL },
	{ "packet_info.linktype_name", IN_PACKET, put_linktype_name, NULL },
	{ NULL, 0, NULL, NULL }
};

/* The kind of a packet, by which its plan is found. */
static unsigned int
find_kind(const struct divert_layout *l)
{
	enum record_upper	 upper;

	if (l->version == 0 || l->end_off < (l->version == 4 ? 20u : 40u))
		return (KIND_NOIP);
	upper = UPPER_OTHER;
	if ((l->flags & DIVERT_LAYOUT_L4) != 0)
		switch (l->proto) {
		case PROTOCOL_TCP:
			upper = UPPER_TCP;
			break;
		case PROTOCOL_UDP:
			upper = UPPER_UDP;
			break;
		case PROTOCOL_UDPLITE:
			upper = UPPER_UDPLITE;
			break;
		case PROTOCOL_ICMP:
		case PROTOCOL_ICMPV6:
			upper = UPPER_ICMP;
			break;
		case PROTOCOL_SCTP:
			upper = UPPER_SCTP;
			break;
		case PROTOCOL_GRE:
			upper = UPPER_GRE;
			break;
		case PROTOCOL_ESP:
			upper = UPPER_ESP;
			break;
		}
	return (KIND_PACKET(upper, l->version));
}

/* Where the packet ended before any cut. */
static uint32_t
find_end(const uint8_t *data, const struct divert_layout *l)
{
	if ((l->flags & DIVERT_LAYOUT_TRUNCATED) == 0)
		return (l->end_off);
	return (l->version == 4 ? get16(data + 2) : 40u + get16(data + 4));
}

size_t
record_run(struct record *record, unsigned int kind, struct view *view,
    char *buf)
{
	const struct record_step	*end, *step;
	char				*first[RECORD_DEPTH];
	char				*start[RECORD_DEPTH], *p;
	unsigned int			 depth;

	p = buf;
	depth = 0;
	step = record->plan[kind].step;
	for (end = step + record->plan[kind].n; step < end; step++) {
		if (step->put != NULL)
			p = step->put(p, &step->key, &view->j);
		else if (step->skip == 0) {
			depth--;
			p = json_object_end(start[depth], first[depth], p);
		} else if (step->enter != NULL && !step->enter(view))
			step += step->skip;
		else if (step->key.len != 0) {
			start[depth] = p;
			first[depth] = p = json_put_key(p, &step->key);
			depth++;
		}
	}
	if (p == buf)
		p++;
	*buf = '{';
	p = json_literal(p, "}\n");
	return ((size_t)(p - buf));
}

size_t
record_packet(struct record *record, const struct divert_packet *pkt,
    const struct divert_layout *layout, enum divert_verdict verdict,
    enum divert_reason verdict_reason, const char *community_id, char *buf)
{
	struct view	 view;

	view.j.pkt = pkt;
	view.j.layout = layout;
	view.j.clock = &record->clock;
	view.j.digits = record->digits;
	view.j.src = record->port.text;
	view.j.src_len = record->port.len;
	view.record = record;
	view.ip = pkt->data;
	view.l4 = pkt->data + layout->l4_off;
	view.wire = find_end(pkt->data, layout);
	view.verdict = verdict;
	view.verdict_reason = verdict_reason;
	view.community_id = community_id;
	view.options_known = 0;
	view.j.caplen = pkt->len;
	if (pkt->len > record->snap && has_bytes(&view))
		view.j.caplen = record->snap;
	return (record_run(record, find_kind(layout), &view, buf));
}

size_t
record_stats(struct record *record, const struct timespec *now,
    const char *object, char *buf)
{
	char	*p;

	p = json_literal(buf, "{\"timestamp\":\"");
	p = divert_json_time(p, &record->clock, now, record->digits);
	p = json_literal(p, "\",\"event_type\":\"stats\"");
	if (record->host.len != 0) {
		p = json_literal(p, ",\"host\":");
		p = json_bytes(p, record->host.text, record->host.len);
	}
	p = json_literal(p, ",\"stats\":");
	p = json_bytes(p, object, strlen(object));
	p = json_literal(p, "}\n");
	return ((size_t)(p - buf));
}

/* The library's own line. */
size_t
record_text_packet(struct record *record, const struct divert_packet *pkt,
    char *buf)
{
	return (divert_encoder_packet(record->text, pkt, (uint8_t *)buf,
	    RECORD_PACKET_MAX(pkt->len)));
}

static int
set_text(struct record_text *text, const char *name)
{
	size_t	 len;

	if (name == NULL || (len = strlen(name)) == 0)
		return (0);
	if (len > NAME_MAX_USED)
		len = NAME_MAX_USED;
	if ((text->text = malloc(len * 6 + 2)) == NULL)
		return (-1);
	text->len = (size_t)(divert_json_string(text->text, name, len) -
	    text->text);
	return (0);
}

struct record *
record_new(const struct record_options *options, char *errbuf, size_t errlen)
{
	struct record	*record;

	if (errlen > 0)
		errbuf[0] = '\0';
	if ((record = calloc(1, sizeof(*record))) == NULL)
		return (NULL);
	record->digits = options->nano ? 9 : 6;
	record->bytes = options->bytes ? RECORD_BYTES_ALL :
	    RECORD_BYTES_ANOMALY;
	record->snap = options->snap != 0 ? options->snap : UINT32_MAX;
	record->text = divert_encoder_new(DIVERT_FORMAT_TEXT,
	    options->color ? DIVERT_ENCODE_COLOR : 0, NULL);
	if (record->text == NULL ||
	    set_text(&record->port, options->port) == -1 ||
	    set_text(&record->host, options->host) == -1 ||
	    record_plan_fields(record, options->fields, errbuf, errlen) == -1) {
		record_free(record);
		return (NULL);
	}
	return (record);
}

void
record_free(struct record *record)
{
	unsigned int	 kind;
	int		 error;

	if (record == NULL)
		return;
	error = errno;
	for (kind = 0; kind < KIND_MAX; kind++)
		free(record->plan[kind].step);
	divert_encoder_free(record->text);
	free(record->host.text);
	free(record->port.text);
	free(record);
	errno = error;
}
