/* SPDX-License-Identifier: ISC */

/*
 * A flow as a record, by Suricata's names.  What a packet's record has under
 * "tcp" keeps its type: "ack" is a number there, so that flows have no "ack":
 * true, which tcp_flags say as well.
 *
 * What flows and packets have alike is written by the functions for packets:
 * they are shown a packet without bytes, of the flow's end and of its first
 * packet's interface.
 */

#include "compat.h"

#include <stdlib.h>

#include "flow.h"
#include "record_int.h"

#define SECOND	INT64_C(1000000000)

static struct timespec
time_of(int64_t t)
{
	struct timespec	 ts;

	ts.tv_sec = (time_t)(t / SECOND);
	ts.tv_nsec = (long)(t % SECOND);
	return (ts);
}

static const struct flow *
flow_of(struct json_packet *j)
{
	return (view_of(j)->flow);
}

static int
has_ports(const struct flow *flow)
{
	return (flow->kind == FLOW_PORTS);
}

static int
has_icmp(const struct flow *flow)
{
	return (flow->kind == FLOW_QUERY || flow->kind == FLOW_ONE_WAY);
}

static char *
put_flow_event_type(char *p, const struct json_key *key, struct json_packet *j)
{
	(void)j;
	return (json_literal(json_put_key(p, key), "\"flow\""));
}

static char *
put_flow_src_ip(char *p, const struct json_key *key, struct json_packet *j)
{
	return (divert_json_address(json_put_key(p, key), flow_of(j)->key.src,
	    flow_of(j)->version));
}

static char *
put_flow_src_port(char *p, const struct json_key *key, struct json_packet *j)
{
	if (!has_ports(flow_of(j)))
		return (p);
	return (put_number(p, key, flow_of(j)->key.src_port));
}

static char *
put_flow_dest_ip(char *p, const struct json_key *key, struct json_packet *j)
{
	return (divert_json_address(json_put_key(p, key), flow_of(j)->key.dst,
	    flow_of(j)->version));
}

static char *
put_flow_dest_port(char *p, const struct json_key *key, struct json_packet *j)
{
	if (!has_ports(flow_of(j)))
		return (p);
	return (put_number(p, key, flow_of(j)->key.dst_port));
}

static char *
put_flow_proto(char *p, const struct json_key *key, struct json_packet *j)
{
	return (divert_json_proto_name(json_put_key(p, key),
	    flow_of(j)->key.proto));
}

static char *
put_flow_ip_v(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_number(p, key, flow_of(j)->version));
}

static char *
put_flow_icmp_type(char *p, const struct json_key *key, struct json_packet *j)
{
	if (!has_icmp(flow_of(j)))
		return (p);
	return (put_number(p, key, flow_of(j)->icmp_type));
}

static char *
put_flow_icmp_code(char *p, const struct json_key *key, struct json_packet *j)
{
	if (!has_icmp(flow_of(j)))
		return (p);
	return (put_number(p, key, flow_of(j)->icmp_code));
}

static char *
put_flow_community_id(char *p, const struct json_key *key,
    struct json_packet *j)
{
	if (flow_of(j)->community_id[0] == '\0')
		return (p);
	return (put_text(p, key, flow_of(j)->community_id));
}

static char *
put_flow_pkts_toserver(char *p, const struct json_key *key,
    struct json_packet *j)
{
	return (put_number(p, key, flow_of(j)->packets[FLOW_TOSERVER]));
}

static char *
put_flow_pkts_toclient(char *p, const struct json_key *key,
    struct json_packet *j)
{
	return (put_number(p, key, flow_of(j)->packets[FLOW_TOCLIENT]));
}

static char *
put_flow_bytes_toserver(char *p, const struct json_key *key,
    struct json_packet *j)
{
	return (put_number(p, key, flow_of(j)->bytes[FLOW_TOSERVER]));
}

static char *
put_flow_bytes_toclient(char *p, const struct json_key *key,
    struct json_packet *j)
{
	return (put_number(p, key, flow_of(j)->bytes[FLOW_TOCLIENT]));
}

static char *
put_flow_time(char *p, const struct json_key *key, struct json_packet *j,
    int64_t t)
{
	struct timespec	 ts = time_of(t);

	p = json_put_key(p, key);
	*p++ = '"';
	p = divert_json_time(p, j->clock, &ts, j->digits);
	*p++ = '"';
	return (p);
}

static char *
put_flow_start(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_flow_time(p, key, j, flow_of(j)->start));
}

static char *
put_flow_end(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_flow_time(p, key, j, flow_of(j)->end));
}

/* Whole seconds, as EVE has them. */
static char *
put_flow_age(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_number(p, key, (uint64_t)((flow_of(j)->end -
	    flow_of(j)->start) / SECOND)));
}

static char *
put_flow_state(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_text(p, key, flow_state_name(flow_of(j)->state)));
}

static char *
put_flow_reason(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_text(p, key, flow_reason_name(flow_of(j)->reason)));
}

static int
is_tcp(struct view *view)
{
	return (has_ports(view->flow) && view->flow->key.proto == 6);
}

static unsigned int
all_flags(const struct flow *flow)
{
	return ((unsigned int)flow->tcp_flags[FLOW_TOSERVER] |
	    flow->tcp_flags[FLOW_TOCLIENT]);
}

static char *
put_flow_flags(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_hex(p, key, all_flags(flow_of(j)), 2));
}

static char *
put_flow_flags_ts(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_hex(p, key, flow_of(j)->tcp_flags[FLOW_TOSERVER], 2));
}

static char *
put_flow_flags_tc(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_hex(p, key, flow_of(j)->tcp_flags[FLOW_TOCLIENT], 2));
}

static char *
put_flow_flag(char *p, const struct json_key *key, struct json_packet *j,
    unsigned int flag)
{
	return ((all_flags(flow_of(j)) & flag) != 0 ? put_true(p, key) : p);
}

static char *
put_flow_syn(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_flow_flag(p, key, j, 0x02));
}

static char *
put_flow_fin(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_flow_flag(p, key, j, 0x01));
}

static char *
put_flow_rst(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_flow_flag(p, key, j, 0x04));
}

static char *
put_flow_psh(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_flow_flag(p, key, j, 0x08));
}

static char *
put_flow_urg(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_flow_flag(p, key, j, 0x20));
}

static char *
put_flow_ecn(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_flow_flag(p, key, j, 0x40));
}

static char *
put_flow_cwr(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_flow_flag(p, key, j, 0x80));
}

const struct record_field record_flow_fields[] = {
	{ "timestamp", IN_FLOW, divert_json_timestamp, NULL },
	{ "event_type", IN_FLOW, put_flow_event_type, NULL },
	{ "host", IN_FLOW, record_put_host, NULL },
	{ "in_iface", IN_FLOW, divert_json_in_iface, NULL },
	{ "src_ip", IN_FLOW, put_flow_src_ip, NULL },
	{ "src_port", IN_FLOW, put_flow_src_port, NULL },
	{ "dest_ip", IN_FLOW, put_flow_dest_ip, NULL },
	{ "dest_port", IN_FLOW, put_flow_dest_port, NULL },
	{ "proto", IN_FLOW, put_flow_proto, NULL },
	{ "ip_v", IN_FLOW, put_flow_ip_v, NULL },
	{ "icmp_type", IN_FLOW, put_flow_icmp_type, NULL },
	{ "icmp_code", IN_FLOW, put_flow_icmp_code, NULL },
	{ "community_id", IN_FLOW, put_flow_community_id, NULL },
	{ "flow.pkts_toserver", IN_FLOW, put_flow_pkts_toserver, NULL },
	{ "flow.pkts_toclient", IN_FLOW, put_flow_pkts_toclient, NULL },
	{ "flow.bytes_toserver", IN_FLOW, put_flow_bytes_toserver, NULL },
	{ "flow.bytes_toclient", IN_FLOW, put_flow_bytes_toclient, NULL },
	{ "flow.start", IN_FLOW, put_flow_start, NULL },
	{ "flow.end", IN_FLOW, put_flow_end, NULL },
	{ "flow.age", IN_FLOW, put_flow_age, NULL },
	{ "flow.state", IN_FLOW, put_flow_state, NULL },
	{ "flow.reason", IN_FLOW, put_flow_reason, NULL },
	{ "tcp", IN_FLOW, NULL, is_tcp },
	{ "tcp.tcp_flags", IN_FLOW, put_flow_flags, NULL },
	{ "tcp.tcp_flags_ts", IN_FLOW, put_flow_flags_ts, NULL },
	{ "tcp.tcp_flags_tc", IN_FLOW, put_flow_flags_tc, NULL },
	{ "tcp.syn", IN_FLOW, put_flow_syn, NULL },
	{ "tcp.fin", IN_FLOW, put_flow_fin, NULL },
	{ "tcp.rst", IN_FLOW, put_flow_rst, NULL },
	{ "tcp.psh", IN_FLOW, put_flow_psh, NULL },
	{ "tcp.urg", IN_FLOW, put_flow_urg, NULL },
	{ "tcp.ecn", IN_FLOW, put_flow_ecn, NULL },
	{ "tcp.cwr", IN_FLOW, put_flow_cwr, NULL },
	{ "divert.v", IN_FLOW, divert_json_v, NULL },
	{ "divert.src", IN_FLOW, divert_json_src, NULL },
	{ "divert.dir", IN_FLOW, divert_json_dir, NULL },
	{ "divert.if", IN_FLOW, divert_json_if, NULL },
	{ NULL, 0, NULL, NULL }
};

/* What the functions for packets look at; the bytes are never touched. */
static void
make_stub(struct divert_packet *pkt, const struct flow *flow)
{
	static uint8_t	 room[DIVERT_HEADROOM + 1];

	memset(pkt, 0, sizeof(*pkt));
	pkt->data = room + DIVERT_HEADROOM;
	pkt->time = time_of(flow->ended);
	pkt->direction = flow->direction;
	memcpy(pkt->ifname, flow->ifname, sizeof(pkt->ifname));
}

size_t
record_flow(struct record *record, const struct flow *flow, char *buf)
{
	struct divert_packet	 stub;
	struct view		 view;

	make_stub(&stub, flow);
	view.j.pkt = &stub;
	view.j.layout = NULL;
	view.j.clock = &record->clock;
	view.j.digits = record->digits;
	view.j.caplen = 0;
	view.j.src = record->port.text;
	view.j.src_len = record->port.len;
	view.record = record;
	view.flow = flow;
	return (record_run(record, KIND_FLOW, &view, buf));
}

/*
 * Text
 */

static char *
say(char *p, const char *s)
{
	return (json_bytes(p, s, strlen(s)));
}

/* The beginning of every line: that of a packet of which there is no more. */
static char *
put_flow_prefix(char *p, struct record *record, const struct flow *flow)
{
	struct divert_packet	 stub;
	size_t			 len;

	make_stub(&stub, flow);
	len = divert_encoder_packet(record->text, &stub, (uint8_t *)p,
	    RECORD_FLOW_MAX);
	return (p + len - divert_packet_format(&stub, NULL, 0) - 1);
}

static char *
put_flow_endpoint(char *p, const struct flow *flow, const uint8_t *address,
    uint16_t port)
{
	p = flow->version == 4 ? divert_json_ipv4(p, address) :
	    divert_json_ipv6(p, address);
	if (!has_ports(flow))
		return (p);
	*p++ = '.';
	return (divert_json_number(p, port));
}

static char *
put_flow_what(char *p, const struct flow *flow)
{
	char	 name[16], *end;

	/* The name without the quotes; some have a number. */
	end = divert_json_proto_name(name, flow->key.proto);
	if (name[1] <= '9')
		p = say(p, "proto ");
	p = json_bytes(p, name + 1, (size_t)(end - name) - 2);
	if (has_icmp(flow)) {
		p = divert_json_number(say(p, " type "), flow->icmp_type);
		p = divert_json_number(say(p, " code "), flow->icmp_code);
	}
	p = say(say(p, ", "), flow_state_name(flow->state));
	return (say(say(p, ", "), flow_reason_name(flow->reason)));
}

static char *
put_flow_counters(char *p, const struct flow *flow, enum flow_side side)
{
	p = divert_json_number(p, flow->packets[side]);
	p = say(p, flow->packets[side] == 1 ? " packet " : " packets ");
	p = divert_json_number(p, flow->bytes[side]);
	return (say(p, " bytes"));
}

/* Seconds with milliseconds. */
static char *
put_flow_seconds(char *p, int64_t t)
{
	char	*q;

	/* A one before them keeps the zeros. */
	p = divert_json_number(p, (uint64_t)(t / SECOND));
	q = divert_json_number(p, (uint64_t)(1000 + t % SECOND / 1000000));
	*p = '.';
	return (say(q, " s"));
}

size_t
record_text_flow(struct record *record, const struct flow *flow, char *buf)
{
	char	*p;

	p = put_flow_prefix(buf, record, flow);
	p = say(p, flow->version == 4 ? "flow IP " : "flow IP6 ");
	p = put_flow_endpoint(p, flow, flow->key.src, flow->key.src_port);
	p = say(p, " > ");
	p = put_flow_endpoint(p, flow, flow->key.dst, flow->key.dst_port);
	p = put_flow_what(say(p, ": "), flow);
	p = put_flow_seconds(say(p, ", "), flow->end - flow->start);
	p = put_flow_counters(say(p, ", there "), flow, FLOW_TOSERVER);
	p = put_flow_counters(say(p, ", back "), flow, FLOW_TOCLIENT);
	*p++ = '\n';
	return ((size_t)(p - buf));
}
