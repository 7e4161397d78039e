/* SPDX-License-Identifier: ISC */

/*
 * Flows as records and as lines: what they should be is written out by hand,
 * "'" stands for the quotes of JSON; jansson loads each, duplicates refused.
 */

#include "../../bin/divertlog/record.c"
#include "../../bin/divertlog/record_fields.c"
#include "../../bin/divertlog/flow_record.c"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define START	(INT64_C(1795502193) * SECOND)

/* Of packets there is nothing here. */
const struct record_field record_ip_fields[] = { { .name = NULL } };
const struct record_field record_tcp_fields[] = { { .name = NULL } };
const struct record_field record_l4_fields[] = { { .name = NULL } };
const struct record_field record_icmp_fields[] = { { .name = NULL } };
const struct record_field record_inner_fields[] = { { .name = NULL } };
const struct record_field record_anomaly_fields[] = { { .name = NULL } };

char *
record_put_icmp_type(char *p, const struct json_key *key,
    struct json_packet *j)
{
	(void)key;
	(void)j;
	return (p);
}

char *
record_put_icmp_code(char *p, const struct json_key *key,
    struct json_packet *j)
{
	(void)key;
	(void)j;
	return (p);
}

const char *
flow_reason_name(enum flow_reason reason)
{
	return (reason == FLOW_FIN ? "fin" : "timeout");
}

const char *
flow_state_name(enum flow_state state)
{
	return (state == FLOW_CLOSED ? "closed" : "new");
}

static char	 buf[RECORD_FLOW_MAX + 1];

static struct record *
open_record(const char *fields, int nano, const char *host, const char *port)
{
	struct record_options	 options;
	struct record		*record;
	char			 error[256];

	memset(&options, 0, sizeof(options));
	options.port = port;
	options.host = host;
	options.fields = fields;
	options.nano = nano;
	record = record_new(&options, error, sizeof(error));
	assert_non_null(record);
	return (record);
}

/* A connection from 192.0.2.10 to 198.51.100.7. */
static struct flow
connection(void)
{
	struct flow	 flow;

	memset(&flow, 0, sizeof(flow));
	memcpy(flow.key.src, "\xc0\x00\x02\x0a", 4);
	memcpy(flow.key.dst, "\xc6\x33\x64\x07", 4);
	flow.key.src_port = 40000;
	flow.key.dst_port = 443;
	flow.key.proto = 6;
	flow.version = 4;
	flow.kind = FLOW_PORTS;
	flow.state = FLOW_CLOSED;
	flow.reason = FLOW_FIN;
	flow.packets[0] = 12;
	flow.packets[1] = 1;
	flow.bytes[0] = 1480;
	flow.bytes[1] = 9007199254740991;
	flow.start = START + 911103123;
	flow.end = START + 3 * SECOND + 911103122;
	flow.ended = START + 8 * SECOND + 911103122;
	flow.tcp_flags[0] = 0x1f;
	flow.tcp_flags[1] = 0xe2;
	flow.direction = DIVERT_DIRECTION_IN;
	memcpy(flow.ifname, "em0", 4);
	memcpy(flow.community_id, "1:J/xyCth7UBTAVlDILJPkvdXxmZw=", 31);
	return (flow);
}

static void
assert_record(struct record *record, const struct flow *flow, const char *want)
{
	json_t	*json;
	char	 quotes[2048];
	size_t	 i, len;

	memset(buf, 1, sizeof(buf));
	len = record_flow(record, flow, buf);
	assert_true(len <= RECORD_FLOW_MAX);
	assert_int_equal(buf[len - 1], '\n');
	buf[len - 1] = '\0';
	assert_non_null(json = json_loads(buf, JSON_REJECT_DUPLICATES, NULL));
	json_decref(json);
	for (i = 0; want != NULL && want[i] != '\0'; i++)
		quotes[i] = want[i] == '\'' ? '"' : want[i];
	quotes[i] = '\0';
	if (want != NULL)
		assert_string_equal(buf, quotes);
}

static void
tcp_with_all_there_is(void **state)
{
	struct flow	 flow = connection();
	struct record	*record = open_record(NULL, 0, "gw1", "divert:700");

	(void)state;
	assert_record(record, &flow,
	    "{'timestamp':'2026-11-24T06:36:41.911103Z','event_type':'flow',"
	    "'host':'gw1','in_iface':'em0','src_ip':'192.0.2.10',"
	    "'src_port':40000,'dest_ip':'198.51.100.7','dest_port':443,"
	    "'proto':'TCP','ip_v':4,"
	    "'community_id':'1:J/xyCth7UBTAVlDILJPkvdXxmZw=',"
	    "'flow':{'pkts_toserver':12,'pkts_toclient':1,"
	    "'bytes_toserver':1480,'bytes_toclient':9007199254740991,"
	    "'start':'2026-11-24T06:36:33.911103Z',"
	    "'end':'2026-11-24T06:36:36.911103Z','age':2,'state':'closed',"
	    "'reason':'fin'},'tcp':{'tcp_flags':'ff','tcp_flags_ts':'1f',"
	    "'tcp_flags_tc':'e2','syn':true,'fin':true,'rst':true,'psh':true,"
	    "'urg':true,'ecn':true,'cwr':true},'divert':{'v':1,"
	    "'src':'divert:700','dir':'in','if':'em0'}}");
	record_free(record);
}

static void
what_does_not_apply_is_not_there(void **state)
{
	struct flow	 flow = connection();
	struct record	*record = open_record(NULL, 1, NULL, NULL);

	(void)state;
	/* A fragment's flow, seen nowhere in particular. */
	flow.kind = FLOW_PLAIN;
	flow.state = FLOW_NEW;
	flow.reason = FLOW_TIMEOUT;
	flow.direction = DIVERT_DIRECTION_NONE;
	flow.ifname[0] = flow.community_id[0] = '\0';
	flow.version = 6;
	assert_record(record, &flow,
	    "{'timestamp':'2026-11-24T06:36:41.911103122Z',"
	    "'event_type':'flow','src_ip':'c000:20a::','dest_ip':'c633:6407::',"
	    "'proto':'TCP','ip_v':6,"
	    "'flow':{'pkts_toserver':12,'pkts_toclient':1,"
	    "'bytes_toserver':1480,'bytes_toclient':9007199254740991,"
	    "'start':'2026-11-24T06:36:33.911103123Z',"
	    "'end':'2026-11-24T06:36:36.911103122Z','age':2,'state':'new',"
	    "'reason':'timeout'},'divert':{'v':1}}");
	record_free(record);
}

static void
fields_chosen(void **state)
{
	struct flow	 flow = connection();
	struct record	*record;

	(void)state;
	flow.direction = DIVERT_DIRECTION_OUT;
	record = open_record("flow.age,divert,src_port,flow.state,in_iface", 0,
	    NULL, NULL);
	assert_record(record, &flow, "{'flow':{'age':2,'state':'closed'},"
	    "'divert':{'v':1,'dir':'out','if':'em0'},'src_port':40000}");
	record_free(record);
	flow.kind = FLOW_ONE_WAY;
	flow.key.proto = 1;
	flow.icmp_type = 3;
	flow.icmp_code = 13;
	record = open_record("icmp_type,icmp_code,tcp,src_port,proto", 0, NULL,
	    NULL);
	assert_record(record, &flow,
	    "{'icmp_type':3,'icmp_code':13,'proto':'ICMP'}");
	record_free(record);
}

static void
each_flag_by_its_name(void **state)
{
	static const char	*const names[8] = {
		"'fin':true", "'syn':true", "'rst':true", "'psh':true", "",
		"'urg':true", "'ecn':true", "'cwr':true"
	};
	struct record		*record;
	struct flow		 flow = connection();
	char			 want[64];
	int			 bit;

	(void)state;
	record = open_record("tcp.tcp_flags,tcp.fin,tcp.syn,tcp.rst,tcp.psh,"
	    "tcp.urg,tcp.ecn,tcp.cwr", 0, NULL, NULL);
	for (bit = 0; bit < 16; bit++) {
		flow.tcp_flags[bit / 8] = (uint8_t)(1 << bit % 8);
		flow.tcp_flags[1 - bit / 8] = 0;
		snprintf(want, sizeof(want), "{'tcp':{'tcp_flags':'%02x'%s%s}}",
		    1 << bit % 8, names[bit % 8][0] != '\0' ? "," : "",
		    names[bit % 8]);
		assert_record(record, &flow, want);
	}
	record_free(record);
}

/* The longest there is, and names that need escaping. */
static void
room_is_enough(void **state)
{
	struct flow	 flow;
	struct record	*record;
	char		 name[300];

	(void)state;
	memset(name, 1, sizeof(name));
	name[sizeof(name) - 1] = '\0';
	memset(&flow, 0xff, sizeof(flow));
	flow.kind = FLOW_PORTS;
	flow.version = 6;
	flow.key.proto = 6;
	flow.direction = DIVERT_DIRECTION_IN;
	flow.packets[0] = flow.packets[1] = INT64_MAX;
	flow.bytes[0] = flow.bytes[1] = INT64_MAX;
	flow.start = 0;
	flow.end = flow.ended = INT64_MAX;
	memset(flow.ifname, 0x80, sizeof(flow.ifname));
	flow.community_id[30] = '\0';
	memset(flow.community_id, 'x', 30);
	record = open_record(NULL, 1, name, name);
	assert_record(record, &flow, NULL);
	buf[RECORD_FLOW_MAX] = 1;
	assert_true(record_text_flow(record, &flow, buf) < RECORD_FLOW_MAX);
	assert_int_equal(buf[RECORD_FLOW_MAX], 1);
	record_free(record);
}

static void
assert_line(struct record *record, const struct flow *flow, const char *want)
{
	size_t	 len;

	len = record_text_flow(record, flow, buf);
	assert_int_equal(buf[len - 1], '\n');
	buf[len - 1] = '\0';
	assert_string_equal(buf, want);
}

static void
lines_for_people(void **state)
{
	struct flow	 flow = connection();
	struct record	*record = open_record(NULL, 0, NULL, NULL);

	(void)state;
	setenv("TZ", "UTC", 1);
	assert_line(record, &flow, "06:36:41.911103 in on em0 flow IP "
	    "192.0.2.10.40000 > 198.51.100.7.443: TCP, closed, fin, 2.999 s, "
	    "there 12 packets 1480 bytes, "
	    "back 1 packet 9007199254740991 bytes");
	flow.kind = FLOW_QUERY;
	flow.key.proto = 58;
	flow.version = 6;
	flow.icmp_type = 128;
	flow.direction = DIVERT_DIRECTION_NONE;
	flow.ifname[0] = '\0';
	flow.end = flow.start + 7000000;
	assert_line(record, &flow, "06:36:41.911103 flow IP6 "
	    "c000:20a:: > c633:6407::: IPv6-ICMP type 128 code 0, closed, fin, "
	    "0.007 s, there 12 packets 1480 bytes, "
	    "back 1 packet 9007199254740991 bytes");
	flow.kind = FLOW_PLAIN;
	flow.key.proto = 200;
	flow.end = flow.start + 12034 * (SECOND / 1000);
	flow.packets[1] = flow.bytes[1] = 0;
	flow.version = 4;
	assert_line(record, &flow, "06:36:41.911103 flow IP "
	    "192.0.2.10 > 198.51.100.7: proto 200, closed, fin, 12.034 s, "
	    "there 12 packets 1480 bytes, back 0 packets 0 bytes");
	record_free(record);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tcp_with_all_there_is),
		cmocka_unit_test(what_does_not_apply_is_not_there),
		cmocka_unit_test(fields_chosen),
		cmocka_unit_test(each_flag_by_its_name),
		cmocka_unit_test(room_is_enough),
		cmocka_unit_test(lines_for_people)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
