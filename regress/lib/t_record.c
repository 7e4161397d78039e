/* SPDX-License-Identifier: ISC */

/*
 * Packets as records.  Every record made here is loaded by jansson, which
 * refuses duplicates, is ASCII with one newline at its end, and is what jansson
 * writes of the same values.  What the fields should be is written out by
 * hand; "'" stands for the quotes of JSON.
 *
 * t_record -s FOLDER writes seeds for fuzz_record there.
 */

#include "compat.h"

#include <errno.h>
#include <stdlib.h>

/* Memory that is short when a test says so: of the records' files alone. */
static int	 allocations_left = -1;

static void *
short_calloc(size_t n, size_t size)
{
	if (allocations_left == 0) {
		errno = ENOMEM;
		return (NULL);
	}
	if (allocations_left > 0)
		allocations_left--;
	return (calloc(n, size));
}

static void *
short_malloc(size_t size)
{
	return (short_calloc(1, size));
}

static void *
short_reallocarray(void *p, size_t n, size_t size)
{
	if (allocations_left == 0) {
		errno = ENOMEM;
		return (NULL);
	}
	return (reallocarray(p, n, size));
}

#undef reallocarray
#define calloc		short_calloc
#define malloc		short_malloc
#define reallocarray	short_reallocarray
#include "../../bin/divertlog/record.c"
#include "../../bin/divertlog/record_anomaly.c"
#include "../../bin/divertlog/record_fields.c"
#include "../../bin/divertlog/record_icmp.c"
#include "../../bin/divertlog/record_inner.c"
#include "../../bin/divertlog/record_ip.c"
#include "../../bin/divertlog/record_l4.c"
#include "../../bin/divertlog/record_tcp.c"
#undef calloc
#undef malloc
#undef reallocarray
#include "../../bin/divertlog/dns.c"
#include "../../bin/divertlog/dns_name.c"
#include "../../bin/divertlog/dns_rdata.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>
#include <jansson.h>

#include "packets.h"

/* A row of flow records, and what it would write. */
static char *
put_age(char *p, const struct json_key *key, struct json_packet *j)
{
	(void)j;
	return (put_number(p, key, 60));
}

const struct record_field record_flow_fields[] = {
	{ "src_ip", IN_FLOW, put_age, NULL },
	{ "flow.age", IN_FLOW, put_age, NULL },
	{ NULL, 0, NULL, NULL }
};

static struct bytes	 o;
static uint8_t		 room[DIVERT_HEADROOM + 70000];
static char		 line[RECORD_PACKET_MAX(70000) + 64];
static size_t		 line_len;

/* The bytes at o as a packet that came in by em0. */
static struct divert_packet
packet(size_t len)
{
	struct divert_packet	 pkt;

	memset(&pkt, 0, sizeof(pkt));
	pkt.data = room + DIVERT_HEADROOM;
	memcpy(pkt.data, o.b, len);
	pkt.len = pkt.wirelen = (uint32_t)len;
	pkt.direction = DIVERT_DIRECTION_IN;
	pkt.hook = 0xff;
	pkt.time.tv_sec = 1795415793;
	pkt.time.tv_nsec = 911103456;
	strlcpy(pkt.ifname, "em0", sizeof(pkt.ifname));
	return (pkt);
}

static struct record *
make(const struct record_options *options)
{
	struct record	*record;
	char		 errbuf[128];

	record = record_new(options, errbuf, sizeof(errbuf));
	if (record == NULL)
		fail_msg("%s", errbuf);
	return (record);
}

static struct record *
make_fields(const char *fields)
{
	struct record_options	 options = { .fields = fields };

	return (make(&options));
}

/* What is true of every line; the caller frees. */
static json_t *
load_line(void)
{
	json_error_t	 error;
	json_t		*root;
	char		*text;
	size_t		 i;

	assert_true(line_len > 2);
	assert_int_equal(line[line_len - 1], '\n');
	for (i = 0; i < line_len - 1; i++)
		if (line[i] < 0x20 || line[i] > 0x7e)
			fail_msg("byte %zu is %#x", i, (unsigned char)line[i]);
	root = json_loadb(line, line_len, JSON_REJECT_DUPLICATES, &error);
	if (root == NULL)
		fail_msg("%s: %.*s", error.text, (int)line_len, line);
	/* jansson's escapes are in capitals. */
	if (memmem(line, line_len, "\\u", 2) == NULL) {
		text = json_dumps(root, JSON_COMPACT | JSON_ENSURE_ASCII);
		assert_non_null(text);
		assert_int_equal(strlen(text), line_len - 1);
		assert_memory_equal(text, line, line_len - 1);
		free(text);
	}
	return (root);
}

static void
write_verdict(struct record *record, const struct divert_packet *pkt,
    enum divert_verdict verdict, enum divert_reason reason, const char *id)
{
	struct divert_layout	 layout;
	size_t			 i, max;

	max = RECORD_PACKET_MAX(pkt->len);
	memset(line + max, 0x5a, 64);
	(void)divert_packet_parse(pkt->data, pkt->len, &layout);
	line_len = record_packet(record, pkt, &layout, verdict, reason, id,
	    line);
	assert_true(line_len <= max);
	for (i = 0; i < 64; i++)
		assert_int_equal(line[max + i], 0x5a);
}

static json_t *
write_packet(struct record *record, const struct divert_packet *pkt)
{
	write_verdict(record, pkt, DIVERT_PASS, DIVERT_REASON_NONE, NULL);
	return (load_line());
}

/* The line as a string, quotes made easy to write. */
static const char *
quoted(void)
{
	static char	 text[8192];
	size_t		 i;

	assert_true(line_len < sizeof(text));
	for (i = 0; i < line_len - 1; i++)
		text[i] = line[i] == '"' ? '\'' : line[i];
	text[i] = '\0';
	return (text);
}

/* Write only these fields, and expect this text. */
static void
want_fields(const char *fields, const struct divert_packet *pkt,
    const char *expected)
{
	struct record	*record = make_fields(fields);

	json_decref(write_packet(record, pkt));
	assert_string_equal(quoted(), expected);
	record_free(record);
}

static const char *
text_of(const json_t *root, const char *object, const char *key)
{
	if (object != NULL)
		root = json_object_get(root, object);
	return (json_string_value(json_object_get(root, key)));
}

/*
 * The order of everything at the top, to the byte.
 */
static void
whole_line(void **state)
{
	struct record_options	 options = { .port = "divert:700",
				    .host = "gw1" };
	struct divert_packet	 pkt;
	struct record		*record;

	(void)state;
	sample(0, &o, &standard);
	pkt = packet(o.n);
	pkt.flags = DIVERT_PACKET_HAS_ID | DIVERT_PACKET_HAS_RULE;
	pkt.id = 4711;
	pkt.rule = 7;
	record = make(&options);
	write_verdict(record, &pkt, DIVERT_PASS, DIVERT_REASON_NONE, "1:abc=");
	json_decref(load_line());
	assert_string_equal(quoted(),
	    "{'timestamp':'2026-11-23T06:36:33.911103Z',"
	    "'event_type':'packet','host':'gw1','in_iface':'em0',"
	    "'src_ip':'192.0.2.1','src_port':40000,"
	    "'dest_ip':'198.51.100.7','dest_port':443,'proto':'TCP','ip_v':4,"
	    "'community_id':'1:abc=','verdict':{'action':'pass'},"
	    "'divert':{'v':1,'src':'divert:700','dir':'in','pkt_id':4711,"
	    "'len':44,'caplen':44,'rule':7,'if':'em0'},"
	    "'ip':{'hlen':20,'tos':0,'len':44,'id':54321,'df':true,'ttl':64,"
	    "'sum_ok':true},'tcp':{'tcp_flags':'02','syn':true,'seq':4096,"
	    "'ack':0,'win':64240,'hlen':24,'mss':1460,'payload_len':0,"
	    "'sum_ok':true}}");
	record_free(record);
}

/* The same with everything that travels with a packet, and its bytes. */
static void
whole_line_rich(void **state)
{
	struct record_options	 options = { .port = "nfqueue:7", .nano = 1,
				    .bytes = 1 };
	struct divert_packet	 pkt;
	struct record		*record;

	(void)state;
	sample(44, &o, &standard);
	pkt = packet(o.n);
	pkt.wirelen = 50;
	pkt.flags = DIVERT_PACKET_HAS_ID | DIVERT_PACKET_HAS_RULE |
	    DIVERT_PACKET_HAS_MARK | DIVERT_PACKET_HAS_QUEUE |
	    DIVERT_PACKET_HAS_DROPS | DIVERT_PACKET_NOTREADY |
	    DIVERT_PACKET_GSO;
	pkt.id = UINT32_MAX;
	pkt.rule = 0;
	pkt.mark = 0x10000000;
	pkt.queue = 7;
	pkt.drops = UINT64_MAX;
	pkt.direction = DIVERT_DIRECTION_OUT;
	record = make(&options);
	write_verdict(record, &pkt, DIVERT_DROP, DIVERT_REASON_TAKEN, NULL);
	json_decref(load_line());
	assert_string_equal(quoted(),
	    "{'timestamp':'2026-11-23T06:36:33.911103456Z',"
	    "'event_type':'packet',"
	    "'src_ip':'2001:db8::1','dest_ip':'2001:db8:1::7','proto':'59',"
	    "'ip_v':6,'verdict':{'action':'drop','reason':'taken'},"
	    "'divert':{'v':1,'src':'nfqueue:7','dir':'out',"
	    "'pkt_id':4294967295,'len':50,'caplen':40,'rule':0,"
	    "'mark':268435456,'queue':7,'drops':9007199254740991,"
	    "'sum':'partial','gso':true,'if':'em0'},"
	    "'ip':{'hlen':40,'tc':0,'flowlbl':74565,'len':0,'hoplimit':64},"
	    "'packet':'YAEjRQAAO0AgAQ24AAAAAAAAAAAAAAABIAENuAABAAAAAAAAAAAABw"
	    "==','packet_info':{'linktype':101,'linktype_name':'RAW'}}");
	record_free(record);
}

static void
verdicts(void **state)
{
	static const struct {
		enum divert_verdict	 verdict;
		enum divert_reason	 reason;
		const char		*text;
	} cases[] = {
		{ DIVERT_PASS, DIVERT_REASON_NONE,
		    "{'verdict':{'action':'pass'}}" },
		{ DIVERT_REPLACE, DIVERT_REASON_NONE,
		    "{'verdict':{'action':'replace'}}" },
		{ DIVERT_DROP, DIVERT_REASON_NONE,
		    "{'verdict':{'action':'drop'}}" },
		{ DIVERT_DROP, DIVERT_REASON_TOO_LARGE,
		    "{'verdict':{'action':'drop','reason':'too_large'}}" },
		{ DIVERT_EXPIRE, DIVERT_REASON_TIMEOUT,
		    "{'verdict':{'action':'expire','reason':'timeout'}}" },
	};
	struct record		*record = make_fields("verdict");
	struct divert_packet	 pkt;
	size_t			 i;

	(void)state;
	sample(2, &o, &standard);
	pkt = packet(o.n);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		write_verdict(record, &pkt, cases[i].verdict, cases[i].reason,
		    "1:abc=");
		json_decref(load_line());
		assert_string_equal(quoted(), cases[i].text);
	}
	record_free(record);
}

/*
 * What every sample of packets.h has at the upper layer; addresses and version
 * are left out.
 */
static const struct {
	const char	*name;
	const char	*text;
} samples[] = {
	{ "tcp4 syn",
	    "'src_port':40000,'dest_port':443,'proto':'TCP',"
	    "'ip':{'hlen':20,'tos':0,'len':44,'id':54321,'df':true,"
	    "'ttl':64,'sum_ok':true},'tcp':{'tcp_flags':'02',"
	    "'syn':true,'seq':4096,'ack':0,'win':64240,'hlen':24,"
	    "'mss':1460,'payload_len':0,'sum_ok':true}" },
	{ "tcp4 data",
	    "'src_port':40000,'dest_port':443,'proto':'TCP',"
	    "'ip':{'hlen':20,'tos':0,'len':73,'id':54321,'df':true,"
	    "'ttl':64,'sum_ok':true},'tcp':{'tcp_flags':'18',"
	    "'psh':true,'seq':4096,'ack':8192,'win':64240,'hlen':32,"
	    "'tsval':1,'tsecr':2,'payload_len':21,'sum_ok':true}" },
	{ "udp4",
	    "'src_port':40000,'dest_port':443,'proto':'UDP',"
	    "'ip':{'hlen':20,'tos':0,'len':49,'id':54321,'ttl':64,"
	    "'sum_ok':true},'udp':{'len':29,'payload_len':21,"
	    "'sum_ok':true}" },
	{ "udp4 without sum",
	    "'src_port':40000,'dest_port':443,'proto':'UDP',"
	    "'ip':{'hlen':20,'tos':0,'len':49,'id':54321,'ttl':64,"
	    "'sum_ok':true},'udp':{'len':29,'payload_len':21}" },
	{ "udplite4 covering its header",
	    "'src_port':40000,'dest_port':443,'proto':'UDPLite',"
	    "'ip':{'hlen':20,'tos':0,'len':49,'id':54321,'ttl':64,"
	    "'sum_ok':true},'udplite':{'coverage':8,'payload_len':21,"
	    "'sum_ok':true}" },
	{ "udplite6 covering all",
	    "'src_port':40000,'dest_port':443,'proto':'UDPLite',"
	    "'ip':{'hlen':40,'tc':0,'flowlbl':74565,'len':29,"
	    "'hoplimit':64},'udplite':{'coverage':0,'payload_len':21,"
	    "'sum_ok':true}" },
	{ "icmp4 echo",
	    "'proto':'ICMP','icmp_type':8,'icmp_code':0,"
	    "'ip':{'hlen':20,'tos':0,'len':49,'id':54321,'ttl':64,"
	    "'sum_ok':true},'icmp':{'id':40000,'seq':1,"
	    "'payload_len':21,'sum_ok':true}" },
	{ "icmp4 port unreachable",
	    "'proto':'ICMP','icmp_type':3,'icmp_code':3,"
	    "'ip':{'hlen':20,'tos':0,'len':56,'id':54321,'ttl':64,"
	    "'sum_ok':true},'icmp':{'payload_len':28,'sum_ok':true,"
	    "'quoted':{'src_ip':'198.51.100.7','src_port':5353,"
	    "'dest_ip':'203.0.113.53','dest_port':53,'proto':'UDP',"
	    "'ip_v':4,'len':58,'ip_id':54321}}" },
	{ "icmp4 need to frag",
	    "'proto':'ICMP','icmp_type':3,'icmp_code':4,"
	    "'ip':{'hlen':20,'tos':0,'len':86,'id':54321,'ttl':64,"
	    "'sum_ok':true},'icmp':{'mtu':1400,'payload_len':58,"
	    "'sum_ok':true,'quoted':{'src_ip':'198.51.100.7',"
	    "'src_port':5353,'dest_ip':'203.0.113.53','dest_port':53,"
	    "'proto':'UDP','ip_v':4,'len':58,'ip_id':54321}}" },
	{ "icmp4 time exceeded",
	    "'proto':'ICMP','icmp_type':11,'icmp_code':0,"
	    "'ip':{'hlen':20,'tos':0,'len':56,'id':54321,'ttl':64,"
	    "'sum_ok':true},'icmp':{'payload_len':28,'sum_ok':true,"
	    "'quoted':{'src_ip':'198.51.100.7','src_port':5353,"
	    "'dest_ip':'203.0.113.53','dest_port':53,'proto':'UDP',"
	    "'ip_v':4,'len':58,'ip_id':54321}}" },
	{ "icmp4 redirect",
	    "'proto':'ICMP','icmp_type':5,'icmp_code':1,"
	    "'ip':{'hlen':20,'tos':0,'len':56,'id':54321,'ttl':64,"
	    "'sum_ok':true},'icmp':{'gateway':'192.0.2.9',"
	    "'payload_len':28,'sum_ok':true,"
	    "'quoted':{'src_ip':'198.51.100.7','src_port':5353,"
	    "'dest_ip':'203.0.113.53','dest_port':53,'proto':'UDP',"
	    "'ip_v':4,'len':58,'ip_id':54321}}" },
	{ "sctp4",
	    "'src_port':40000,'dest_port':443,'proto':'SCTP',"
	    "'ip':{'hlen':20,'tos':0,'len':80,'id':54321,'ttl':64,"
	    "'sum_ok':true},'sctp':{'vtag':287454020,"
	    "'chunks':['INIT','COOKIE_ECHO'],'payload_len':48,"
	    "'sum_ok':true}" },
	{ "gre4 with ip4",
	    "'proto':'GRE','ip':{'hlen':20,'tos':0,'len':73,"
	    "'id':54321,'ttl':64,'sum_ok':true},"
	    "'gre':{'flags':'0000','version':0,'protocol':2048},"
	    "'inner':{'src_ip':'192.0.2.1','dest_ip':'198.51.100.7',"
	    "'proto':'ICMP','ip_v':4,'icmp_type':8,'icmp_code':0,"
	    "'len':49}" },
	{ "gre4 with key, sequence and ip6",
	    "'proto':'GRE','ip':{'hlen':20,'tos':0,'len':101,"
	    "'id':54321,'ttl':64,'sum_ok':true},"
	    "'gre':{'flags':'3000','version':0,'protocol':34525,"
	    "'key':2748,'seq':5},'inner':{'src_ip':'2001:db8::1',"
	    "'src_port':40000,'dest_ip':'2001:db8:1::7',"
	    "'dest_port':443,'proto':'UDP','ip_v':6,'len':69}" },
	{ "pptp",
	    "'proto':'GRE','ip':{'hlen':20,'tos':0,'len':57,"
	    "'id':54321,'ttl':64,'sum_ok':true},"
	    "'gre':{'flags':'3081','version':1,'protocol':34827,"
	    "'call_id':99,'seq':3,'ack':2}" },
	{ "esp4",
	    "'proto':'ESP','ip':{'hlen':20,'tos':0,'len':49,"
	    "'id':54321,'ttl':64,'sum_ok':true},'esp':{'spi':4096,"
	    "'seq':1}" },
	{ "ah4 with tcp",
	    "'src_port':40000,'dest_port':443,'proto':'TCP',"
	    "'ip':{'hlen':20,'tos':0,'len':85,'id':54321,'ttl':64,"
	    "'sum_ok':true},'ah':{'spi':4097,'seq':7},"
	    "'tcp':{'tcp_flags':'10','seq':4096,'ack':8192,"
	    "'win':64240,'hlen':20,'payload_len':21,'sum_ok':true}" },
	{ "ip4 in ip4",
	    "'proto':'IPv4','ip':{'hlen':20,'tos':0,'len':69,"
	    "'id':54321,'ttl':64,'sum_ok':true},"
	    "'inner':{'src_ip':'192.0.2.1','src_port':40000,"
	    "'dest_ip':'198.51.100.7','dest_port':443,'proto':'UDP',"
	    "'ip_v':4,'len':49}" },
	{ "ip6 in ip4",
	    "'proto':'IPv6','ip':{'hlen':20,'tos':0,'len':101,"
	    "'id':54321,'ttl':64,'sum_ok':true},"
	    "'inner':{'src_ip':'2001:db8::1','src_port':40000,"
	    "'dest_ip':'2001:db8:1::7','dest_port':443,'proto':'TCP',"
	    "'ip_v':6,'len':81}" },
	{ "igmp with router alert",
	    "'proto':'IGMP','ip':{'hlen':24,'tos':0,'len':32,"
	    "'id':54321,'ttl':64,'options':[148],'sum_ok':true}" },
	{ "udp4 with record route",
	    "'src_port':40000,'dest_port':443,'proto':'UDP',"
	    "'ip':{'hlen':28,'tos':0,'len':57,'id':54321,'ttl':64,"
	    "'options':[1,7],'sum_ok':true},'udp':{'len':29,"
	    "'payload_len':21,'sum_ok':true}" },
	{ "udp4 first fragment",
	    "'src_port':40000,'dest_port':443,'proto':'UDP',"
	    "'ip':{'hlen':20,'tos':0,'len':49,'id':54321,'mf':true,"
	    "'frag_off':0,'ttl':64,'sum_ok':true},'udp':{'len':4008,"
	    "'payload_len':4000}" },
	{ "udp4 middle fragment",
	    "'proto':'UDP','ip':{'hlen':20,'tos':0,'len':44,"
	    "'id':54321,'mf':true,'frag_off':24,'ttl':64,"
	    "'sum_ok':true}" },
	{ "udp4 last fragment",
	    "'proto':'UDP','ip':{'hlen':20,'tos':0,'len':23,"
	    "'id':54321,'frag_off':48,'ttl':64,'sum_ok':true}" },
	{ "tcp6 syn, mss at an odd place",
	    "'src_port':40000,'dest_port':443,'proto':'TCP',"
	    "'ip':{'hlen':40,'tc':0,'flowlbl':74565,'len':28,"
	    "'hoplimit':64},'tcp':{'tcp_flags':'12','syn':true,"
	    "'seq':4096,'ack':8192,'win':64240,'hlen':28,'mss':1460,"
	    "'payload_len':0,'sum_ok':true}" },
	{ "udp6",
	    "'src_port':40000,'dest_port':443,'proto':'UDP',"
	    "'ip':{'hlen':40,'tc':0,'flowlbl':74565,'len':29,"
	    "'hoplimit':64},'udp':{'len':29,'payload_len':21,"
	    "'sum_ok':true}" },
	{ "icmp6 echo",
	    "'proto':'IPv6-ICMP','icmp_type':128,'icmp_code':0,"
	    "'ip':{'hlen':40,'tc':0,'flowlbl':74565,'len':29,"
	    "'hoplimit':64},'icmp':{'id':40000,'seq':1,"
	    "'payload_len':21,'sum_ok':true}" },
	{ "icmp6 port unreachable",
	    "'proto':'IPv6-ICMP','icmp_type':1,'icmp_code':4,"
	    "'ip':{'hlen':40,'tc':0,'flowlbl':74565,'len':86,"
	    "'hoplimit':64},'icmp':{'payload_len':78,'sum_ok':true,"
	    "'quoted':{'src_ip':'2001:db8:1::7','src_port':5353,"
	    "'dest_ip':'2001:db8:2::53','dest_port':53,'proto':'UDP',"
	    "'ip_v':6,'len':78}}" },
	{ "icmp6 too big",
	    "'proto':'IPv6-ICMP','icmp_type':2,'icmp_code':0,"
	    "'ip':{'hlen':40,'tc':0,'flowlbl':74565,'len':56,"
	    "'hoplimit':64},'icmp':{'mtu':1280,'payload_len':48,"
	    "'sum_ok':true,'quoted':{'src_ip':'2001:db8:1::7',"
	    "'src_port':5353,'dest_ip':'2001:db8:2::53',"
	    "'dest_port':53,'proto':'UDP','ip_v':6,'len':78}}" },
	{ "icmp6 neighbor solicitation",
	    "'proto':'IPv6-ICMP','icmp_type':135,'icmp_code':0,"
	    "'ip':{'hlen':40,'tc':0,'flowlbl':74565,'len':24,"
	    "'hoplimit':64},'icmp':{'target':'fe80::1',"
	    "'payload_len':16,'sum_ok':true}" },
	{ "icmp6 behind hop-by-hop options",
	    "'proto':'IPv6-ICMP','icmp_type':143,'icmp_code':0,"
	    "'ip':{'hlen':40,'tc':0,'flowlbl':74565,'len':16,"
	    "'hoplimit':64,'ext':['hopopts']},"
	    "'icmp':{'payload_len':0,'sum_ok':true}" },
	{ "udp6 behind destination options",
	    "'src_port':40000,'dest_port':443,'proto':'UDP',"
	    "'ip':{'hlen':40,'tc':0,'flowlbl':74565,'len':37,"
	    "'hoplimit':64,'ext':['dstopts']},'udp':{'len':29,"
	    "'payload_len':21,'sum_ok':true}" },
	{ "udp6 behind a route of type 0",
	    "'src_port':40000,'dest_port':443,'proto':'UDP',"
	    "'ip':{'hlen':40,'tc':0,'flowlbl':74565,'len':69,"
	    "'hoplimit':64,'ext':['route'],'final':'2001:db8:b::b'},"
	    "'udp':{'len':29,'payload_len':21,'sum_ok':true}" },
	{ "tcp6 behind segments",
	    "'src_port':40000,'dest_port':443,'proto':'TCP',"
	    "'ip':{'hlen':40,'tc':0,'flowlbl':74565,'len':81,"
	    "'hoplimit':64,'ext':['route'],'final':'2001:db8:a::a'},"
	    "'tcp':{'tcp_flags':'10','seq':4096,'ack':8192,"
	    "'win':64240,'hlen':20,'payload_len':21,'sum_ok':true}" },
	{ "udp6 behind a route used up",
	    "'src_port':40000,'dest_port':443,'proto':'UDP',"
	    "'ip':{'hlen':40,'tc':0,'flowlbl':74565,'len':69,"
	    "'hoplimit':64,'ext':['route']},'udp':{'len':29,"
	    "'payload_len':21,'sum_ok':true}" },
	{ "udp6 behind a compressed route",
	    "'src_port':40000,'dest_port':443,'proto':'UDP',"
	    "'ip':{'hlen':40,'tc':0,'flowlbl':74565,'len':69,"
	    "'hoplimit':64,'ext':['route']},'udp':{'len':29,"
	    "'payload_len':21}" },
	{ "udp6 first fragment",
	    "'src_port':40000,'dest_port':443,'proto':'UDP',"
	    "'ip':{'hlen':40,'tc':0,'flowlbl':74565,'len':37,"
	    "'id':3735928559,'mf':true,'frag_off':0,'hoplimit':64,"
	    "'ext':['fragment']},'udp':{'len':4008,"
	    "'payload_len':4000}" },
	{ "udp6 last fragment",
	    "'proto':'UDP','ip':{'hlen':40,'tc':0,'flowlbl':74565,"
	    "'len':19,'id':3735928559,'frag_off':1448,'hoplimit':64,"
	    "'ext':['fragment']}" },
	{ "udp6 atomic fragment",
	    "'src_port':40000,'dest_port':443,'proto':'UDP',"
	    "'ip':{'hlen':40,'tc':0,'flowlbl':74565,'len':37,"
	    "'id':3735928559,'frag_off':0,'hoplimit':64,"
	    "'ext':['fragment']},'udp':{'len':29,'payload_len':21,"
	    "'sum_ok':true}" },
	{ "tcp6 behind ah and options",
	    "'src_port':40000,'dest_port':443,'proto':'TCP',"
	    "'ip':{'hlen':40,'tc':0,'flowlbl':74565,'len':73,"
	    "'hoplimit':64,'ext':['ah','dstopts']},'ah':{'spi':4097,"
	    "'seq':7},'tcp':{'tcp_flags':'04','rst':true,'seq':4096,"
	    "'ack':0,'win':64240,'hlen':20,'payload_len':21,"
	    "'sum_ok':true}" },
	{ "esp6",
	    "'proto':'ESP','ip':{'hlen':40,'tc':0,'flowlbl':74565,"
	    "'len':29,'hoplimit':64},'esp':{'spi':8192,'seq':16}" },
	{ "mobility",
	    "'proto':'135','ip':{'hlen':40,'tc':0,'flowlbl':74565,"
	    "'len':8,'hoplimit':64}" },
	{ "udp6 behind hip",
	    "'src_port':40000,'dest_port':443,'proto':'UDP',"
	    "'ip':{'hlen':40,'tc':0,'flowlbl':74565,'len':37,"
	    "'hoplimit':64,'ext':['hip']},'udp':{'len':29,"
	    "'payload_len':21,'sum_ok':true}" },
	{ "ip6 in ip6",
	    "'proto':'IPv6','ip':{'hlen':40,'tc':0,'flowlbl':74565,"
	    "'len':69,'hoplimit':64},'inner':{'src_ip':'2001:db8::1',"
	    "'dest_ip':'2001:db8:1::7','proto':'IPv6-ICMP','ip_v':6,"
	    "'icmp_type':128,'icmp_code':0,'len':69}" },
	{ "no next header",
	    "'proto':'59','ip':{'hlen':40,'tc':0,'flowlbl':74565,"
	    "'len':0,'hoplimit':64}" },
	{ "sctp6",
	    "'src_port':40000,'dest_port':443,'proto':'SCTP',"
	    "'ip':{'hlen':40,'tc':0,'flowlbl':74565,'len':60,"
	    "'hoplimit':64},'sctp':{'vtag':287454020,"
	    "'chunks':['INIT','COOKIE_ECHO'],'payload_len':48,"
	    "'sum_ok':true}" },
	{ "dccp6",
	    "'proto':'33','ip':{'hlen':40,'tc':0,'flowlbl':74565,"
	    "'len':16,'hoplimit':64}" },
	{ "an unknown protocol",
	    "'proto':'253','ip':{'hlen':20,'tos':0,'len':41,"
	    "'id':54321,'ttl':64,'sum_ok':true}" },
	{ "ospf6",
	    "'proto':'OSPFIGP','ip':{'hlen':40,'tc':0,"
	    "'flowlbl':74565,'len':16,'hoplimit':64}" },
};
#define NSAMPLES	(sizeof(samples) / sizeof(samples[0]))

#define LAYERS	"src_port,dest_port,proto,icmp_type,icmp_code,ip,ah,tcp,udp," \
		"udplite,sctp,gre,esp,dns,icmp,inner"

static void
layers(void **state)
{
	struct record		*record = make_fields(LAYERS);
	struct divert_packet	 pkt;
	const char		*name;
	char			 expected[1024];
	unsigned int		 i;

	(void)state;
	for (i = 0; (name = sample(i, &o, &standard)) != NULL; i++) {
		assert_true(i < NSAMPLES);
		assert_string_equal(name, samples[i].name);
		pkt = packet(o.n);
		json_decref(write_packet(record, &pkt));
		snprintf(expected, sizeof(expected), "{%s}", samples[i].text);
		assert_string_equal(quoted(), expected);
	}
	assert_int_equal(i, NSAMPLES);
	record_free(record);
}

static void
tcp_options(void **state)
{
	static const char	 options[] =
	    "\2\4\0\144" "\3\3\16" "\4\2" "\1"
	    "\10\12\377\377\377\377\0\0\0\0"
	    "\5\22\0\0\0\1\0\0\0\2\377\377\377\376\377\377\377\377" "\0\0";
	size_t			 ip;
	struct divert_packet	 pkt;

	(void)state;
	o.n = 0;
	ip = begin4(&o, &standard, 6, 0, "", 0);
	tcp_part(&o, &standard, ip, 0, 0x1ff, options, 40);
	set_at(&o, 38, 4660);		/* urgent pointer */
	end_l4(&o, ip, 20, 6, 16, 0, 0);
	end_ip(&o, ip);
	pkt = packet(o.n);
	want_fields("tcp", &pkt, "{'tcp':{'tcp_flags':'ff','syn':true,"
	    "'fin':true,'rst':true,'psh':true,'urg':true,'ecn':true,"
	    "'cwr':true,'seq':4096,'ack':8192,'win':64240,'urp':4660,"
	    "'hlen':60,'mss':100,'wscale':14,'sack_permitted':true,"
	    "'sack':[{'left':1,'right':2},"
	    "{'left':4294967294,'right':4294967295}],"
	    "'tsval':4294967295,'tsecr':0,'payload_len':0,'sum_ok':true}}");
	/* One field alone, and options of lengths that are not theirs. */
	want_fields("tcp.tsecr", &pkt, "{'tcp':{'tsecr':0}}");
	o.b[41] = 3;
	o.b[43] = 1;
	pkt = packet(o.n);
	want_fields("tcp.mss,tcp.wscale", &pkt, "{'tcp':{'wscale':14}}");
	/* What is behind an option cut short is not there. */
	o.b[41] = 41;
	pkt = packet(o.n);
	want_fields("tcp.mss,tcp.wscale,tcp.win", &pkt,
	    "{'tcp':{'win':64240}}");
}

static void
ip_flags(void **state)
{
	struct divert_packet	 pkt;

	(void)state;
	sample(2, &o, &standard);
	set_at(&o, 6, 0xe000);
	o.b[1] = 0xb8;
	end_ip(&o, 0);
	pkt = packet(o.n);
	want_fields("ip", &pkt, "{'ip':{'hlen':20,'tos':184,'len':49,"
	    "'id':54321,'df':true,'rf':true,'mf':true,'frag_off':0,"
	    "'ttl':64,'sum_ok':true}}");
	sample(25, &o, &standard);
	o.b[0] = 0x6f;
	o.b[1] = 0xff;
	pkt = packet(o.n);
	want_fields("ip.tc,ip.flowlbl", &pkt,
	    "{'ip':{'tc':255,'flowlbl':992069}}");
}

static void
ip_options(void **state)
{
	struct divert_packet	 pkt;

	(void)state;
	sample(20, &o, &standard);
	pkt = packet(o.n);
	want_fields("ip.options", &pkt, "{'ip':{'options':[1,7]}}");
	/* A fault found before them, and one more in them. */
	set_at(&o, 6, 0x1fff);
	o.b[22] = 0;
	pkt = packet(o.n);
	want_fields("anomaly.reason,ip.options", &pkt,
	    "{'anomaly':{'reason':'frag_oversize'},'ip':{'options':[1]}}");
	o.b[22] = 9;
	pkt = packet(o.n);
	want_fields("ip.options", &pkt, "{'ip':{'options':[1]}}");
	memset(o.b + 20, 7, 8);
	o.b[26] = o.b[27] = 148;
	o.b[21] = o.b[23] = o.b[24] = 3;
	pkt = packet(o.n);
	want_fields("ip.options", &pkt, "{'ip':{'options':[7,3]}}");
	memset(o.b + 20, 0, 8);
	pkt = packet(o.n);
	want_fields("ip.options", &pkt, "{}");
}

/* Both ways, and not when nobody can tell. */
static void
sums(void **state)
{
	struct divert_packet	 pkt;

	(void)state;
	sample(2, &o, &standard);
	o.b[8]--;
	o.b[30]++;
	pkt = packet(o.n);
	want_fields("ip.sum_ok,udp.sum_ok,divert.sum", &pkt,
	    "{'ip':{'sum_ok':false},'udp':{'sum_ok':false}}");
	pkt.flags |= DIVERT_PACKET_NOTREADY | DIVERT_PACKET_NOTVERIFIED;
	want_fields("ip.sum_ok,udp.sum_ok,divert.sum", &pkt,
	    "{'ip':{'sum_ok':false},'divert':{'sum':'partial'}}");
	/* Cut: not the header's. */
	sample(2, &o, &standard);
	pkt = packet(o.n - 1);
	pkt.flags |= DIVERT_PACKET_NOTVERIFIED;
	want_fields("ip.sum_ok,udp", &pkt,
	    "{'ip':{'sum_ok':true},'udp':{'len':29,'payload_len':21}}");
}

static void
icmp_types(void **state)
{
	struct divert_packet	 pkt;
	size_t			 ip;

	(void)state;
	/* Parameter problem; quoting 8 bytes of TCP. */
	o.n = 0;
	ip = begin4(&o, &standard, 1, 0, "", 0);
	add32(&o, 0x0c000000);
	add32(&o, 0x14000000);
	begin4(&o, &standard, 6, 0x2000, "", 0);
	add16(&o, 1);
	add16(&o, 2);
	add32(&o, 0xfffffff0);
	end_l4(&o, ip, 20, 1, 2, 0, 0);
	end_ip(&o, ip);
	pkt = packet(o.n);
	want_fields("icmp", &pkt, "{'icmp':{'pointer':20,'payload_len':28,"
	    "'sum_ok':true,'quoted':{'src_ip':'192.0.2.1','src_port':1,"
	    "'dest_ip':'198.51.100.7','dest_port':2,'proto':'TCP','ip_v':4,"
	    "'len':0,'ip_id':54321,'frag_off':0,'tcp_seq':4294967280}}}");
	/* Time exceeded about an echo. */
	o.n = 0;
	ip = begin6(&o, &standard, 58);
	add32(&o, 0x03000000);
	add32(&o, 0);
	begin6(&o, &standard, 58);
	add32(&o, 0x80000000);
	add16(&o, 77);
	add16(&o, 5);
	end_l4(&o, ip, 40, 58, 2, 0, 0);
	end_ip(&o, ip);
	pkt = packet(o.n);
	want_fields("icmp.quoted", &pkt, "{'icmp':{'quoted':{"
	    "'src_ip':'2001:db8::1','dest_ip':'2001:db8:1::7',"
	    "'proto':'IPv6-ICMP','ip_v':6,'icmp_type':128,'icmp_code':0,"
	    "'len':40,'icmp_id':77,'icmp_seq':5}}}");
	/* Parameter problem of IPv6, quoting a fragment without ports. */
	o.n = 0;
	ip = begin6(&o, &standard, 58);
	add32(&o, 0x04010000);
	add32(&o, 70000);
	begin6(&o, &standard, 44);
	frag_part(&o, 17, 1448);
	end_l4(&o, ip, 40, 58, 2, 0, 0);
	end_ip(&o, ip);
	pkt = packet(o.n);
	want_fields("icmp.pointer,icmp.quoted", &pkt, "{'icmp':{"
	    "'pointer':70000,'quoted':{"
	    "'src_ip':'2001:db8::1','dest_ip':'2001:db8:1::7',"
	    "'proto':'UDP','ip_v':6,'len':40,'ip_id':3735928559,"
	    "'frag_off':1448}}}");
	/* A later fragment of TCP, whose bytes are no header. */
	o.n = 0;
	ip = begin4(&o, &standard, 1, 0, "", 0);
	add32(&o, 0x0b000000);
	add32(&o, 0);
	begin4(&o, &standard, 6, 0x0003, "", 0);
	add_payload(&o, 20);
	end_l4(&o, ip, 20, 1, 2, 0, 0);
	end_ip(&o, ip);
	pkt = packet(o.n);
	want_fields("icmp.quoted", &pkt, "{'icmp':{'quoted':{"
	    "'src_ip':'192.0.2.1','dest_ip':'198.51.100.7','proto':'TCP',"
	    "'ip_v':4,'len':0,'ip_id':54321,'frag_off':24}}}");
	/* A redirect: RFC 4861 4.5. */
	o.n = 0;
	ip = begin6(&o, &standard, 58);
	add32(&o, 0x89000000);
	add32(&o, 0);
	add_address(&o, "fe80::1");
	add_address(&o, "2001:db8::99");
	end_l4(&o, ip, 40, 58, 2, 0, 0);
	end_ip(&o, ip);
	pkt = packet(o.n);
	want_fields("icmp_type,icmp", &pkt, "{'icmp_type':137,'icmp':{"
	    "'gateway':'fe80::1','target':'2001:db8::99','payload_len':32,"
	    "'sum_ok':true}}");
	/* What is quoted is cut before the addresses. */
	sample(7, &o, &standard);
	o.n = 20 + 8 + 15;
	end_l4(&o, 0, 20, 1, 2, 0, 0);
	end_ip(&o, 0);
	pkt = packet(o.n);
	want_fields("icmp", &pkt,
	    "{'icmp':{'payload_len':15,'sum_ok':true}}");
	/* No mtu in the message of an old router. */
	sample(8, &o, &standard);
	set_at(&o, 26, 0);
	pkt = packet(o.n);
	want_fields("icmp.mtu,icmp.id", &pkt, "{}");
	/* Extended echo (RFC 8335): the last byte has flags. */
	sample(6, &o, &standard);
	o.b[20] = 42;
	set_at(&o, 26, 0x0901);
	pkt = packet(o.n);
	want_fields("icmp.id,icmp.seq", &pkt,
	    "{'icmp':{'id':40000,'seq':9}}");
}

static void
gre_words(void **state)
{
	struct divert_packet	 pkt;
	size_t			 ip;

	(void)state;
	/* Checksum, key and sequence number: RFC 2784, 2890. */
	o.n = 0;
	ip = begin4(&o, &standard, 47, 0, "", 0);
	add32(&o, 0xb0000800);
	add32(&o, 0xaaaa0000);
	add32(&o, 0xbbbbbbbb);
	add32(&o, 0xcccccccc);
	end_ip(&o, ip);
	pkt = packet(o.n);
	want_fields("gre", &pkt, "{'gre':{'flags':'b000','version':0,"
	    "'protocol':2048,'key':3149642683,'seq':3435973836}}");
	/* RFC 2637: an acknowledgment alone. */
	o.n = 0;
	ip = begin4(&o, &standard, 47, 0, "", 0);
	add32(&o, 0x2081880b);
	add32(&o, 0x00000063);
	add32(&o, 9);
	end_ip(&o, ip);
	pkt = packet(o.n);
	want_fields("gre", &pkt, "{'gre':{'flags':'2081','version':1,"
	    "'protocol':34827,'call_id':99,'ack':9}}");
	/* A version nobody knows. */
	o.b[21] = 0x87;
	pkt = packet(o.n);
	want_fields("gre", &pkt,
	    "{'gre':{'flags':'2087','version':7,'protocol':34827}}");
}

static void
sctp_chunks(void **state)
{
	struct divert_packet	 pkt;
	unsigned int		 i;
	size_t			 ip;

	(void)state;
	o.n = 0;
	ip = begin4(&o, &standard, 132, 0, "", 0);
	add32(&o, 0);
	add32(&o, 0);
	add32(&o, 0);
	add32(&o, 0x00030005);		/* 5 bytes and 3 of padding */
	add32(&o, 0xff000000);
	add32(&o, 0xc0000004);
	add32(&o, 0x0e000000);		/* too short to go on */
	add32(&o, 0x01000004);
	end_ip(&o, ip);
	pkt = packet(o.n);
	want_fields("sctp.chunks", &pkt,
	    "{'sctp':{'chunks':['DATA','192','SHUTDOWN_COMPLETE']}}");
	/* None there. */
	o.n = 32;
	end_ip(&o, ip);
	pkt = packet(o.n);
	want_fields("sctp.chunks", &pkt, "{}");
	/* More than anybody wants to see. */
	for (i = 0; i < 100; i++)
		add32(&o, 0x0b000004);
	end_ip(&o, ip);
	pkt = packet(o.n);
	want_fields("sctp.chunks", &pkt, "{'sctp':{'chunks':["
	    "'COOKIE_ACK','COOKIE_ACK','COOKIE_ACK','COOKIE_ACK',"
	    "'COOKIE_ACK','COOKIE_ACK','COOKIE_ACK','COOKIE_ACK',"
	    "'COOKIE_ACK','COOKIE_ACK','COOKIE_ACK','COOKIE_ACK',"
	    "'COOKIE_ACK','COOKIE_ACK','COOKIE_ACK','COOKIE_ACK']}}");
}

/* The example of tools.md, whose payload is a query. */
static void
dns(void **state)
{
	struct params		 params = standard;
	struct divert_packet	 pkt;
	size_t			 ip, udp;

	(void)state;
	params.dport = 53;
	o.n = 0;
	ip = begin4(&o, &params, 17, 0, "", 0);
	udp = o.n;
	add16(&o, params.sport);
	add16(&o, params.dport);
	add16(&o, 37);
	add16(&o, 0);
	add(&o, "\22\64\1\0\0\1\0\0\0\0\0\0\7example\3com\0\0\1\0\1", 29);
	end_l4(&o, ip, udp, 17, 6, 0, 0);
	end_ip(&o, ip);
	pkt = packet(o.n);
	want_fields("udp,dns", &pkt, "{'udp':{'len':37,'payload_len':29,"
	    "'sum_ok':true},'dns':{'version':3,'type':'request','id':4660,"
	    "'rd':true,'opcode':0,"
	    "'queries':[{'rrname':'example.com','rrtype':'A'}]}}");
	/* Another port, and no message. */
	set_at(&o, udp + 2, 54);
	pkt = packet(o.n);
	want_fields("dns", &pkt, "{}");
	set_at(&o, udp + 2, 53);
	set_at(&o, udp + 4, 19);
	pkt = packet(o.n);
	want_fields("dns", &pkt, "{}");
}

/* A name is any bytes; each comes back as the character of that number. */
static void
names(void **state)
{
	struct record_options	 options = { 0 };
	struct divert_packet	 pkt;
	struct record		*record;
	json_t			*root;
	char			 name[4], utf8[8];
	unsigned int		 c;

	(void)state;
	sample(2, &o, &standard);
	pkt = packet(o.n);
	memset(pkt.ifname, 0, sizeof(pkt.ifname));
	for (c = 1; c < 256; c++) {
		name[0] = 'a';
		name[1] = (char)c;
		name[2] = 'z';
		name[3] = '\0';
		if (c < 0x80)
			memcpy(utf8, name, sizeof(name));
		else
			snprintf(utf8, sizeof(utf8), "a%c%cz",
			    (int)(0xc0 | c >> 6), (int)(0x80 | (c & 0x3f)));
		memcpy(pkt.ifname, name, 3);
		options.host = options.port = name;
		record = make(&options);
		root = write_packet(record, &pkt);
		assert_string_equal(text_of(root, NULL, "host"), utf8);
		assert_string_equal(text_of(root, NULL, "in_iface"), utf8);
		assert_string_equal(text_of(root, "divert", "if"), utf8);
		assert_string_equal(text_of(root, "divert", "src"), utf8);
		json_decref(root);
		record_free(record);
	}
	/* A name that fills its room has no end of its own. */
	memset(pkt.ifname, 'x', sizeof(pkt.ifname));
	options.host = options.port = "";
	record = make(&options);
	root = write_packet(record, &pkt);
	assert_string_equal(text_of(root, NULL, "in_iface"),
	    "xxxxxxxxxxxxxxxx");
	assert_null(json_object_get(root, "host"));
	assert_null(json_object_get(json_object_get(root, "divert"), "src"));
	json_decref(root);
	record_free(record);
}

static void
fields(void **state)
{
	struct divert_packet	 pkt;

	(void)state;
	sample(0, &o, &standard);
	pkt = packet(o.n);
	pkt.flags = DIVERT_PACKET_HAS_ID;
	want_fields("proto", &pkt, "{'proto':'TCP'}");
	want_fields("dest_port,src_port", &pkt,
	    "{'dest_port':443,'src_port':40000}");
	/* Gathered where the first of them stands, in the order given. */
	want_fields("tcp.win,src_port,tcp.seq,divert.dir,tcp.ack,divert.pkt_id",
	    &pkt, "{'tcp':{'win':64240,'seq':4096,'ack':0},'src_port':40000,"
	    "'divert':{'dir':'in','pkt_id':0}}");
	/* An object is all of it; what was named before stays there. */
	want_fields("verdict.action,ip.ttl,ip,verdict", &pkt,
	    "{'verdict':{'action':'pass'},'ip':{'ttl':64,'hlen':20,'tos':0,"
	    "'len':44,'id':54321,'df':true,'sum_ok':true}}");
	want_fields("proto,proto,proto", &pkt, "{'proto':'TCP'}");
	/* Of other packets and records. */
	want_fields("udp.len,ip.hoplimit,gre,icmp_type,dns,flow.age,flow,ah,"
	    "anomaly,icmp.quoted.src_ip", &pkt, "{}");
	/* Naming it is asking for it, its length of no effect. */
	want_fields("packet,proto", &pkt,
	    "{'packet':'RQAALNQxQABABnpewAACAcYzZAecQAG7AAAQAAAAAABgAvrwAv4AAAIE"
	    "BbQ=','proto':'TCP'}");
}

static void
fields_bytes(void **state)
{
	struct record_options	 options = { .bytes = 1,
				    .fields = "proto,divert.caplen",
				    .snap = 3 };
	struct divert_packet	 pkt;
	struct record		*record;

	(void)state;
	sample(0, &o, &standard);
	pkt = packet(o.n);
	record = make(&options);
	json_decref(write_packet(record, &pkt));
	assert_string_equal(quoted(), "{'proto':'TCP','divert':{'caplen':3},"
	    "'packet':'RQAA','packet_info':{'linktype':101,"
	    "'linktype_name':'RAW'}}");
	record_free(record);
	/* Without bytes there is nothing to cut. */
	options.bytes = 0;
	record = make(&options);
	json_decref(write_packet(record, &pkt));
	assert_string_equal(quoted(),
	    "{'proto':'TCP','divert':{'caplen':44}}");
	record_free(record);
	/* An anomaly that was not asked for has what was. */
	pkt.data[0] = 0x44;
	record = make(&options);
	json_decref(write_packet(record, &pkt));
	assert_string_equal(quoted(),
	    "{'proto':'TCP','divert':{'caplen':44}}");
	record_free(record);
}

static void
want_error(const char *names_wanted, const char *sentence)
{
	struct record_options	 options = { .fields = names_wanted };
	char			 errbuf[128];

	errno = 0;
	assert_null(record_new(&options, errbuf, sizeof(errbuf)));
	assert_int_equal(errno, EINVAL);
	assert_string_equal(errbuf, sentence);
}

static void
fields_unknown(void **state)
{
	(void)state;
	want_error("src_ip,tcp.sec,dest_ip", "no field is called tcp.sec");
	want_error("tc", "no field is called tc");
	want_error("tcp.", "no field is called tcp.");
	want_error("tcp.seq.x", "no field is called tcp.seq.x");
	want_error(" proto", "no field is called  proto");
	want_error("TCP", "no field is called TCP");
	want_error("", "a name is empty");
	want_error("proto,", "a name is empty");
	want_error(",proto", "a name is empty");
}

/* Short memory at each turn: ENOMEM, and nothing left behind. */
static void
no_memory(void **state)
{
	struct record_options	 options = { .host = "gw1", .port = "x",
				    .fields = "tcp,ip" };
	struct divert_packet	 pkt;
	struct record		*record;
	char			 errbuf[64];
	int			 n;

	(void)state;
	record = NULL;
	for (n = 0; record == NULL; n++) {
		assert_true(n < 100);
		allocations_left = n;
		errno = 0;
		record = record_new(&options, errbuf, sizeof(errbuf));
		if (record == NULL) {
			assert_int_equal(errno, ENOMEM);
			assert_string_equal(errbuf, "");
		}
	}
	allocations_left = -1;
	/* The record itself, two names, the choice, two for each plan. */
	assert_int_equal(n - 1, 4 + 2 * KIND_MAX);
	sample(2, &o, &standard);
	pkt = packet(o.n);
	json_decref(write_packet(record, &pkt));
	record_free(record);
	record_free(NULL);
}

/* Each name of the table alone makes a record, of each sample. */
static void
fields_each(void **state)
{
	const struct record_field	*f;
	struct divert_packet		 pkt;
	struct record			*record;
	char				 key[64];
	json_t				*root;
	size_t				 i;
	unsigned int			 k;

	(void)state;
	for (i = 0; i < NPARTS; i++)
		for (f = parts[i]; f->name != NULL; f++) {
			record = make_fields(f->name);
			strlcpy(key, f->name, sizeof(key));
			key[strcspn(key, ".")] = '\0';
			for (k = 0; sample(k, &o, &standard) != NULL; k++) {
				pkt = packet(o.n);
				root = write_packet(record, &pkt);
				assert_true(json_object_size(root) <= 1);
				if (json_object_size(root) == 1)
					assert_non_null(json_object_get(root,
					    key));
				json_decref(root);
			}
			record_free(record);
		}
}

/* All fields named one by one, the last first: the same values. */
static void
fields_backwards(void **state)
{
	static char		 backwards[8192];
	char			*begin = backwards + sizeof(backwards) - 1;
	const struct record_field *f;
	struct divert_packet	 pkt;
	struct record		*all, *record;
	json_t			*expected, *root;
	size_t			 i, len;
	unsigned int		 k;

	(void)state;
	for (i = 0; i < NPARTS; i++)
		for (f = parts[i]; f->name != NULL; f++) {
			if (*begin != '\0')
				*--begin = ',';
			len = strlen(f->name);
			assert_true((size_t)(begin - backwards) > len);
			begin -= len;
			memcpy(begin, f->name, len);
		}
	record = make_fields(begin);
	all = make(&(struct record_options){ .bytes = 1 });
	for (k = 0; sample(k, &o, &standard) != NULL; k++) {
		pkt = packet(o.n);
		pkt.flags = 0xffff & ~(unsigned int)DIVERT_PACKET_TRUNCATED;
		expected = write_packet(all, &pkt);
		root = write_packet(record, &pkt);
		assert_true(json_equal(expected, root));
		assert_memory_equal(line, "{\"src_ip\":", 10);
		json_decref(expected);
		json_decref(root);
	}
	record_free(all);
	record_free(record);
}

/* One line back through the library's decoder. */
static void
read_back(const struct divert_packet *pkt, uint32_t snap)
{
	struct divert_decoder	*dec;
	struct divert_packet	 got;
	uint8_t			*p;
	uint32_t		 len;
	size_t			 n, off;

	dec = divert_decoder_new();
	assert_non_null(dec);
	for (off = 0; off < line_len; off += n) {
		n = divert_decoder_room(dec, &p);
		n = n < line_len - off ? n : line_len - off;
		memcpy(p, line + off, n);
		divert_decoder_filled(dec, n);
	}
	n = divert_decoder_room(dec, &p);
	divert_decoder_filled(dec, 0);
	if (divert_decoder_next(dec, &got) != 1)
		fail_msg("%s: %.*s", divert_decoder_error(dec), (int)line_len,
		    line);
	len = snap != 0 && snap < pkt->len ? snap : pkt->len;
	assert_int_equal(got.len, len);
	assert_memory_equal(got.data, pkt->data, len);
	assert_int_equal(got.wirelen, pkt->wirelen);
	assert_int_equal((got.flags & DIVERT_PACKET_TRUNCATED) != 0,
	    len < pkt->wirelen);
	assert_int_equal(got.direction, pkt->direction);
	assert_string_equal(got.ifname, pkt->ifname);
	assert_int_equal(got.time.tv_sec, pkt->time.tv_sec);
	assert_int_equal(got.time.tv_nsec, pkt->time.tv_nsec);
	assert_int_equal(divert_decoder_next(dec, &got), 0);
	divert_decoder_free(dec);
}

static void
snap(void **state)
{
	static const uint32_t	 snaps[] = { 0, 1, 2, 20, 21, 47, 48, 70000 };
	struct record_options	 options = { .bytes = 1, .nano = 1 };
	struct divert_packet	 pkt;
	struct record		*record;
	size_t			 i;
	unsigned int		 k;

	(void)state;
	for (i = 0; i < sizeof(snaps) / sizeof(snaps[0]); i++) {
		options.snap = snaps[i];
		record = make(&options);
		for (k = 0; sample(k, &o, &standard) != NULL; k++) {
			pkt = packet(o.n);
			json_decref(write_packet(record, &pkt));
			read_back(&pkt, snaps[i]);
			/* Cut before. */
			pkt.len -= 3;
			pkt.flags |= DIVERT_PACKET_TRUNCATED;
			json_decref(write_packet(record, &pkt));
			read_back(&pkt, snaps[i]);
		}
		record_free(record);
	}
}

/* What each fault is called; with it the bytes, asked for or not. */
static void
want_anomaly(size_t len, enum divert_reason reason, const char *event)
{
	static const struct record_options	 options = { 0 };
	struct record				*record = make(&options);
	struct divert_packet			 pkt;
	json_t					*root;

	pkt = packet(len);
	root = write_packet(record, &pkt);
	assert_string_equal(text_of(root, NULL, "event_type"), "anomaly");
	assert_string_equal(text_of(root, "anomaly", "type"), "decode");
	assert_string_equal(text_of(root, "anomaly", "event"), event);
	assert_string_equal(text_of(root, "anomaly", "reason"),
	    divert_reason_name(reason));
	assert_int_equal(json_integer_value(json_object_get(json_object_get(
	    root, "divert"), "len")), len);
	if (len > 0) {
		uint8_t	 back[DIVERT_PACKET_MAX];

		assert_int_equal(divert_json_base64_decode(back,
		    text_of(root, NULL, "packet"),
		    strlen(text_of(root, NULL, "packet"))), (ssize_t)len);
		assert_memory_equal(back, pkt.data, len);
		assert_int_equal(json_integer_value(json_object_get(
		    json_object_get(root, "packet_info"), "linktype")), 101);
	} else
		assert_null(json_object_get(root, "packet"));
	/* An address there is said. */
	assert_int_equal(json_object_get(root, "src_ip") != NULL,
	    len >= 20 && (o.b[0] >> 4 == 4 || (o.b[0] >> 4 == 6 && len >= 40)));
	json_decref(root);
	record_free(record);
}

static void
spoil(unsigned int i, size_t at, unsigned int v, enum divert_reason reason,
    const char *event)
{
	sample(i, &o, &standard);
	set_at(&o, at, v);
	want_anomaly(o.n, reason, event);
}

/* Sample i of n bytes, its IP length saying so. */
static void
shorten(unsigned int i, size_t n, enum divert_reason reason, const char *event)
{
	sample(i, &o, &standard);
	o.n = n;
	end_ip(&o, 0);
	want_anomaly(n, reason, event);
}

static void
cut(unsigned int i, size_t n, enum divert_reason reason, const char *event)
{
	sample(i, &o, &standard);
	want_anomaly(n, reason, event);
}

static void
anomalies(void **state)
{
	unsigned int	 i;

	(void)state;
	cut(2, 0, DIVERT_REASON_EMPTY, "decoder.ipraw.empty");
	spoil(2, 0, 0x5500, DIVERT_REASON_VERSION,
	    "decoder.ipraw.invalid_ip_version");
	cut(2, 19, DIVERT_REASON_IP_SHORT, "decoder.ipv4.pkt_too_small");
	cut(25, 39, DIVERT_REASON_IP_SHORT, "decoder.ipv6.pkt_too_small");
	spoil(2, 0, 0x4400, DIVERT_REASON_IP_HLEN,
	    "decoder.ipv4.hlen_too_small");
	spoil(2, 0, 0x4f00, DIVERT_REASON_IP_HLEN,
	    "decoder.ipv4.hlen_too_small");
	spoil(2, 2, 19, DIVERT_REASON_IP_LENGTH,
	    "decoder.ipv4.iplen_smaller_than_hlen");
	cut(2, 27, DIVERT_REASON_IP_TRUNCATED, "decoder.ipv4.trunc_pkt");
	cut(31, 47, DIVERT_REASON_IP_TRUNCATED, "decoder.ipv6.trunc_pkt");
	spoil(20, 22, 0x0904, DIVERT_REASON_IP_OPTION,
	    "decoder.ipv4.opt_invalid_len");
	spoil(20, 22, 0x0100, DIVERT_REASON_IP_OPTION,
	    "decoder.ipv4.opt_invalid_len");
	spoil(31, 40, 0x11ff, DIVERT_REASON_EXT_SHORT,
	    "decoder.ipv6.trunc_exthdr");
	begin6((o.n = 0, &o), &standard, 60);
	for (i = 0; i < 17; i++)
		opt_part(&o, i == 16 ? 59 : 60);
	end_ip(&o, 0);
	want_anomaly(o.n, DIVERT_REASON_EXT_LOOP,
	    "decoder.ipv6.too_many_exthdrs");
	begin4((o.n = 0, &o), &standard, 51, 0, "", 0);
	for (i = 0; i < 17; i++)
		ah_part(&o, i == 16 ? 59 : 51);
	end_ip(&o, 0);
	want_anomaly(o.n, DIVERT_REASON_EXT_LOOP,
	    "decoder.ipv4.too_many_exthdrs");
	spoil(23, 6, 0x1fff, DIVERT_REASON_FRAG_OVERSIZE,
	    "decoder.ipv4.frag_pkt_too_large");
	spoil(37, 42, 0xfff8, DIVERT_REASON_FRAG_OVERSIZE,
	    "decoder.ipv6.frag_pkt_too_large");
	spoil(25, 4, 0, DIVERT_REASON_JUMBO, "decoder.ipv6.jumbogram");
	shorten(0, 39, DIVERT_REASON_TCP_SHORT, "decoder.tcp.pkt_too_small");
	spoil(0, 32, 0x4002, DIVERT_REASON_TCP_HLEN,
	    "decoder.tcp.hlen_invalid");
	spoil(0, 40, 0x0201, DIVERT_REASON_TCP_OPTION,
	    "decoder.tcp.opt_invalid_len");
	spoil(0, 40, 0x0200, DIVERT_REASON_TCP_OPTION,
	    "decoder.tcp.opt_invalid_len");
	shorten(2, 27, DIVERT_REASON_UDP_SHORT, "decoder.udp.pkt_too_small");
	spoil(25, 44, 7, DIVERT_REASON_UDP_LENGTH, "decoder.udp.len_invalid");
	shorten(6, 27, DIVERT_REASON_ICMP_SHORT,
	    "decoder.icmpv4.pkt_too_small");
	shorten(26, 47, DIVERT_REASON_ICMP_SHORT,
	    "decoder.icmpv6.pkt_too_small");
	shorten(11, 31, DIVERT_REASON_SCTP_SHORT,
	    "decoder.sctp.pkt_too_small");
	shorten(12, 23, DIVERT_REASON_GRE_SHORT, "decoder.gre.pkt_too_small");
	shorten(15, 27, DIVERT_REASON_ESP_SHORT, "decoder.esp.pkt_too_small");
	shorten(16, 43, DIVERT_REASON_AH_SHORT, "decoder.ah.pkt_too_small");
	shorten(39, 63, DIVERT_REASON_AH_SHORT, "decoder.ah.pkt_too_small");
}

/* A fault added to the parser is noticed here. */
static void
anomalies_have_names(void **state)
{
	int	 i;

	(void)state;
	for (i = DIVERT_REASON_NONE + 1; i < DIVERT_REASON_TAKEN; i++)
		if (events[i].four == NULL)
			fail_msg("%s",
			    divert_reason_name((enum divert_reason)i));
}

/* The example of tools.md: 28 bytes that say TCP. */
static void
anomaly_line(void **state)
{
	struct divert_packet	 pkt;

	(void)state;
	shorten(0, 28, DIVERT_REASON_TCP_SHORT, "decoder.tcp.pkt_too_small");
	pkt = packet(o.n);
	want_fields("event_type,src_ip,src_port,dest_ip,dest_port,proto,ip,tcp,"
	    "anomaly,packet,packet_info", &pkt, "{'event_type':'anomaly',"
	    "'src_ip':'192.0.2.1','src_port':40000,'dest_ip':'198.51.100.7',"
	    "'dest_port':443,'proto':'TCP','ip':{'hlen':20,'tos':0,'len':28,"
	    "'id':54321,'df':true,'ttl':64,'sum_ok':true},"
	    "'anomaly':{'type':'decode','event':'decoder.tcp.pkt_too_small',"
	    "'reason':'tcp_short'},"
	    "'packet':'RQAAHNQxQABABnpuwAACAcYzZAecQAG7AAAQAA==',"
	    "'packet_info':{'linktype':101,'linktype_name':'RAW'}}");
}

/* Every sample cut everywhere, and every byte of it spoilt. */
static void
cut_and_spoilt(void **state)
{
	struct record_options	 options = { .bytes = 1, .port = "file:x" };
	struct record		*record = make(&options);
	struct divert_packet	 pkt;
	uint8_t			*exact;
	size_t			 n;
	unsigned int		 k;

	(void)state;
	for (k = 0; sample(k, &o, &standard) != NULL; k++)
		for (n = 0; n < o.n; n++) {
			pkt = packet(n);
			/* A build with sanitizers sees what is beyond. */
			if ((exact = malloc(n + 1)) == NULL)
				abort();
			memcpy(exact + 1, o.b, n);
			pkt.data = exact + 1;
			pkt.wirelen = (uint32_t)o.n;
			json_decref(write_packet(record, &pkt));
			free(exact);
			pkt = packet(o.n);
			pkt.data[n] ^= (uint8_t)(n * 89 + 1);
			json_decref(write_packet(record, &pkt));
		}
	record_free(record);
}

/* The longest names and the largest packet. */
static void
largest(void **state)
{
	static char		 name[400];
	struct record_options	 options = { .host = name, .port = name,
				    .bytes = 1, .nano = 1 };
	struct divert_packet	 pkt;
	struct record		*record;
	json_t			*root;
	unsigned int		 k;

	(void)state;
	memset(name, 0xff, sizeof(name) - 1);
	record = make(&options);
	for (k = 0; sample(k, &o, &standard) != NULL; k++) {
		pkt = packet(o.n);
		memset(pkt.ifname, 0x80, sizeof(pkt.ifname));
		pkt.flags = 0xffff;
		pkt.id = pkt.rule = pkt.mark = pkt.queue = UINT32_MAX;
		pkt.drops = UINT64_MAX;
		root = write_packet(record, &pkt);
		/* 255 bytes of it, two in UTF-8. */
		assert_int_equal(strlen(text_of(root, NULL, "host")), 510);
		json_decref(root);
		pkt.len = pkt.wirelen = DIVERT_PACKET_MAX;
		json_decref(write_packet(record, &pkt));
	}
	record_free(record);
}

static void
statistics(void **state)
{
	struct record_options	 options = { .host = "gw\"1", .nano = 1,
				    .fields = "src_ip" };
	struct record		*record = make(&options);
	struct timespec		 now = { 1795415793, 5 };

	(void)state;
	line_len = record_stats(record, &now, "{\"received\":3}", line);
	json_decref(load_line());
	assert_string_equal(quoted(),
	    "{'timestamp':'2026-11-23T06:36:33.000000005Z',"
	    "'event_type':'stats','host':'gw\\'1','stats':{'received':3}}");
	record_free(record);
	options.host = NULL;
	record = make(&options);
	line_len = record_stats(record, &now, "{}", line);
	assert_string_equal(quoted(),
	    "{'timestamp':'2026-11-23T06:36:33.000000005Z',"
	    "'event_type':'stats','stats':{}}");
	record_free(record);
}

/* The line of the library's own format. */
static void
text(void **state)
{
	static uint8_t		 expected[DIVERT_ENCODE_MAX(2000)];
	struct record_options	 options = { .color = 1 };
	struct divert_encoder	*enc;
	struct divert_packet	 pkt;
	struct record		*record;
	size_t			 len;
	int			 color;

	(void)state;
	sample(1, &o, &standard);
	pkt = packet(o.n);
	for (color = 0; color < 2; color++) {
		options.color = color;
		record = make(&options);
		enc = divert_encoder_new(DIVERT_FORMAT_TEXT,
		    color ? DIVERT_ENCODE_COLOR : 0, NULL);
		assert_non_null(enc);
		len = divert_encoder_packet(enc, &pkt, expected,
		    sizeof(expected));
		line_len = record_text_packet(record, &pkt, line);
		assert_int_equal(line_len, len);
		assert_memory_equal(line, expected, len);
		assert_int_equal(line[0] == '\033', color);
		divert_encoder_free(enc);
		record_free(record);
	}
}

/* 24 bytes of fuzz_record's own before each packet. */
static int
write_seeds(const char *folder)
{
	static const uint8_t	 head[24] = { 0xf0, 0x01, 1, 0, 40, 3, 0, 0,
				    'e', 'm', '0' };
	char			 path[1024];
	unsigned int		 i;
	FILE			*f;

	for (i = 0; sample(i, &o, &standard) != NULL; i++) {
		snprintf(path, sizeof(path), "%s/sample-%02u", folder, i);
		if ((f = fopen(path, "w")) == NULL ||
		    fwrite(head, 1, sizeof(head), f) != sizeof(head) ||
		    fwrite(o.b, 1, o.n, f) != o.n || fclose(f) != 0) {
			perror(path);
			return (1);
		}
	}
	return (0);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(whole_line),
		cmocka_unit_test(whole_line_rich),
		cmocka_unit_test(verdicts),
		cmocka_unit_test(layers),
		cmocka_unit_test(tcp_options),
		cmocka_unit_test(ip_flags),
		cmocka_unit_test(ip_options),
		cmocka_unit_test(sums),
		cmocka_unit_test(icmp_types),
		cmocka_unit_test(gre_words),
		cmocka_unit_test(sctp_chunks),
		cmocka_unit_test(dns),
		cmocka_unit_test(names),
		cmocka_unit_test(fields),
		cmocka_unit_test(fields_bytes),
		cmocka_unit_test(fields_unknown),
		cmocka_unit_test(no_memory),
		cmocka_unit_test(fields_each),
		cmocka_unit_test(fields_backwards),
		cmocka_unit_test(snap),
		cmocka_unit_test(anomalies),
		cmocka_unit_test(anomalies_have_names),
		cmocka_unit_test(anomaly_line),
		cmocka_unit_test(cut_and_spoilt),
		cmocka_unit_test(largest),
		cmocka_unit_test(statistics),
		cmocka_unit_test(text),
	};

	if (argc == 3 && strcmp(argv[1], "-s") == 0)
		return (write_seeds(argv[2]));
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
