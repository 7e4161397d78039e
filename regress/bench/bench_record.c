/* SPDX-License-Identifier: ISC */

/*
 * A packet as a record of divertlog, checksums verified, against jansson
 * building and dumping the same record from values that are there already.
 * Medians of runs taken in turn, in nanoseconds per record.  Output goes to
 * one buffer of some 256 KiB again and again, as in the tool.
 */

#include "../../bin/divertlog/record.c"
#include "../../bin/divertlog/record_anomaly.c"
#include "../../bin/divertlog/record_fields.c"
#include "../../bin/divertlog/record_icmp.c"
#include "../../bin/divertlog/record_inner.c"
#include "../../bin/divertlog/record_ip.c"
#include "../../bin/divertlog/record_l4.c"
#include "../../bin/divertlog/record_tcp.c"
#include "../../bin/divertlog/dns.c"
#include "../../bin/divertlog/dns_name.c"
#include "../../bin/divertlog/dns_rdata.c"

#include <stdio.h>
#include <time.h>

#include <jansson.h>

#include "../lib/packets.h"

#define RUNS		11
#define RECORDS		20000
#define RECORDS_JANSSON	2000
#define OUT_SIZE	262144

/* No flows here. */
const struct record_field record_flow_fields[] = {
	{ NULL, 0, NULL, NULL }
};

static const char *const	wanted[] = { "tcp4 data", "udp6",
				    "icmp4 need to frag" };
#define NWANTED	(sizeof(wanted) / sizeof(wanted[0]))

static char	out[OUT_SIZE + RECORD_PACKET_MAX(2048)];

static double
now(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((double)ts.tv_sec * 1e9 + (double)ts.tv_nsec);
}

static struct divert_packet
packet(struct bytes *bytes, const char *name)
{
	struct params		 params = standard;
	struct divert_packet	 pkt;
	const char		*got;
	unsigned int		 i;

	params.payload = 64;
	for (i = 0; (got = sample(i, bytes, &params)) != NULL; i++)
		if (strcmp(got, name) == 0)
			break;
	if (got == NULL)
		abort();
	memset(&pkt, 0, sizeof(pkt));
	pkt.data = bytes->b;
	pkt.len = pkt.wirelen = (uint32_t)bytes->n;
	pkt.flags = DIVERT_PACKET_HAS_ID | DIVERT_PACKET_HAS_QUEUE;
	pkt.queue = 700;
	pkt.direction = DIVERT_DIRECTION_IN;
	pkt.hook = 0xff;
	strlcpy(pkt.ifname, "em0", sizeof(pkt.ifname));
	pkt.time.tv_sec = 1795435200;
	return (pkt);
}

static size_t
write_one(struct record *record, const struct divert_packet *pkt, char *buf)
{
	struct divert_layout	 layout;

	(void)divert_packet_parse(pkt->data, pkt->len, &layout);
	return (record_packet(record, pkt, &layout, DIVERT_PASS,
	    DIVERT_REASON_NONE, "1:J/xyCth7UBTAVlDILJPkvdXxmZw=", buf));
}

/* The parse counted with it; as in the tool it is no part of the record. */
static double
ours(struct record *record, struct divert_packet *pkt)
{
	struct divert_layout	 layout;
	double			 start;
	size_t			 len;
	uint32_t		 i;

	(void)divert_packet_parse(pkt->data, pkt->len, &layout);
	start = now();
	for (i = 0, len = 0; i < RECORDS; i++) {
		if (len > OUT_SIZE)
			len = 0;
		pkt->id = i;
		pkt->time.tv_nsec = (long)(i * 1000);
		len += record_packet(record, pkt, &layout, DIVERT_PASS,
		    DIVERT_REASON_NONE, "1:J/xyCth7UBTAVlDILJPkvdXxmZw=",
		    out + len);
	}
	return ((now() - start) / RECORDS);
}

/* A record as the calls of jansson that make it. */
struct call {
	char		 key[32];
	char		 text[128];
	json_int_t	 number;
	json_type	 type;		/* JSON_NULL: the end of an object */
};

static struct call	calls[128];

static size_t
list_calls(const json_t *object, size_t n)
{
	const char	*key;
	json_t		*value;

	json_object_foreach((json_t *)(uintptr_t)object, key, value) {
		strlcpy(calls[n].key, key, sizeof(calls[n].key));
		calls[n].type = json_typeof(value);
		calls[n].number = json_integer_value(value);
		if (json_is_string(value))
			strlcpy(calls[n].text, json_string_value(value),
			    sizeof(calls[n].text));
		n++;
		if (json_is_object(value)) {
			n = list_calls(value, n);
			calls[n++].type = JSON_NULL;
		}
	}
	return (n);
}

static size_t
build_and_dump(size_t n)
{
	json_t			*object[8], *value;
	const struct call	*c;
	size_t			 len;
	int			 depth;

	depth = 0;
	object[0] = json_object();
	for (c = calls; c < calls + n; c++) {
		switch (c->type) {
		case JSON_STRING:
			value = json_string_nocheck(c->text);
			break;
		case JSON_INTEGER:
			value = json_integer(c->number);
			break;
		case JSON_TRUE:
			value = json_true();
			break;
		case JSON_FALSE:
			value = json_false();
			break;
		case JSON_OBJECT:
			value = json_object();
			break;
		default:
			depth--;
			continue;
		}
		json_object_set_new_nocheck(object[depth], c->key, value);
		if (c->type == JSON_OBJECT)
			object[++depth] = value;
	}
	len = json_dumpb(object[0], out, sizeof(out), JSON_COMPACT);
	json_decref(object[0]);
	return (len);
}

static double
jansson(size_t n)
{
	double	 start;
	int	 i;

	start = now();
	for (i = 0; i < RECORDS_JANSSON; i++)
		if (build_and_dump(n) == 0)
			abort();
	return ((now() - start) / RECORDS_JANSSON);
}

/* Make the calls for a record, and see that they make the same. */
static size_t
prepare(struct record *record, const struct divert_packet *pkt, size_t *size)
{
	static char	 line[RECORD_PACKET_MAX(2048)];
	json_t		*root;
	size_t		 len, n;

	len = write_one(record, pkt, line);
	if ((root = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL)) ==
	    NULL)
		abort();
	n = list_calls(root, 0);
	json_decref(root);
	if (build_and_dump(n) != len - 1 || memcmp(out, line, len - 1) != 0) {
		fprintf(stderr, "not the same record: %.*s\n", (int)len, line);
		abort();
	}
	*size = len;
	return (n);
}

static int
compare(const void *a, const void *b)
{
	const double	*x = a, *y = b;

	return ((*x > *y) - (*x < *y));
}

static double
median(double *v)
{
	qsort(v, RUNS, sizeof(*v), compare);
	return (v[RUNS / 2]);
}

int
main(void)
{
	static const struct record_options	 options = {
		.port = "divert:700", .host = "gw1" };
	static struct bytes			 bytes[NWANTED];
	static double				 jan[NWANTED][RUNS];
	static double				 our[NWANTED][RUNS];
	struct divert_packet			 pkt[NWANTED];
	struct record				*record;
	size_t					 i, n, size[NWANTED];
	int					 run;

	if ((record = record_new(&options, NULL, 0)) == NULL)
		abort();
	for (i = 0; i < NWANTED; i++)
		pkt[i] = packet(&bytes[i], wanted[i]);
	for (run = 0; run < RUNS; run++)
		for (i = 0; i < NWANTED; i++) {
			n = prepare(record, &pkt[i], &size[i]);
			our[i][run] = ours(record, &pkt[i]);
			jan[i][run] = jansson(n);
		}
	for (i = 0; i < NWANTED; i++)
		printf("record %-20s %4zu bytes %7.1f ns, jansson %8.1f ns: "
		    "%.1f x\n", wanted[i], size[i], median(our[i]),
		    median(jan[i]), median(jan[i]) / median(our[i]));
	record_free(record);
	return (0);
}
