/* SPDX-License-Identifier: ISC */

/*
 * Packets of 140 bytes through every encoder, the decoders and the filter,
 * and a JSON record against jansson building and dumping the same one.
 * Medians of runs taken in turn, in nanoseconds per packet.  As in the tools,
 * output goes to one buffer of some 256 KiB again and again.
 */

#include "compat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "divert_int.h"
#include "json_write.h"

#define RUNS		11
#define COUNT		500		/* what fits a warm cache as JSON */
#define REPEAT		40
#define PACKET		140

static uint8_t	store[DIVERT_HEADROOM + PACKET];
static uint8_t	out[COUNT * 1024];
static size_t	out_len;

static double
now(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((double)ts.tv_sec * 1e9 + (double)ts.tv_nsec);
}

static struct divert_packet
packet(void)
{
	static const uint8_t	 head[] = {
		0x45, 0, 0, PACKET, 0, 1, 0, 0, 64, 6, 0, 0,
		192, 0, 2, 1, 198, 51, 100, 2,
		0x9c, 0x40, 0x01, 0xbb, 0, 0, 0, 1, 0, 0, 0, 2,
		0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0,
	};
	struct divert_packet	 pkt;

	memset(&pkt, 0, sizeof(pkt));
	memcpy(store + DIVERT_HEADROOM, head, sizeof(head));
	pkt.data = store + DIVERT_HEADROOM;
	pkt.len = pkt.wirelen = PACKET;
	pkt.flags = DIVERT_PACKET_HAS_ID | DIVERT_PACKET_HAS_QUEUE;
	pkt.queue = 700;
	pkt.direction = DIVERT_DIRECTION_IN;
	pkt.hook = 0xff;
	strlcpy(pkt.ifname, "em0", sizeof(pkt.ifname));
	pkt.time.tv_sec = 1795435200;
	return (pkt);
}

/* One run; the last COUNT packets stay in out. */
static double
encode(enum divert_format format)
{
	struct divert_encoder	*enc;
	struct divert_packet	 pkt;
	double			 start, took;
	uint32_t		 i;

	if ((enc = divert_encoder_new(format, 0, "divert:700")) == NULL)
		abort();
	pkt = packet();
	start = now();
	out_len = 0;
	for (i = 0; i < COUNT * REPEAT; i++) {
		if (i % COUNT == 0)
			out_len = divert_encoder_header(enc, out, sizeof(out));
		pkt.id = i;
		pkt.time.tv_nsec = (long)(i * 1000);
		out_len += divert_encoder_packet(enc, &pkt, out + out_len,
		    sizeof(out) - out_len);
	}
	took = now() - start;
	divert_encoder_free(enc);
	return (took / (COUNT * REPEAT));
}

/* What encode() made, read in pieces of 64 KiB. */
static int
decode_once(void)
{
	struct divert_decoder	*dec;
	struct divert_packet	 pkt;
	uint8_t			*room;
	size_t			 n, off;
	int			 packets, result;

	if ((dec = divert_decoder_new()) == NULL)
		abort();
	packets = 0;
	for (off = 0; off < out_len; off += n) {
		n = divert_decoder_room(dec, &room);
		n = n < 65536 ? n : 65536;
		n = n < out_len - off ? n : out_len - off;
		memcpy(room, out + off, n);
		divert_decoder_filled(dec, n);
		while ((result = divert_decoder_next(dec, &pkt)) == 1)
			packets++;
		if (result == -1)
			abort();
	}
	divert_decoder_free(dec);
	return (packets);
}

static double
decode(int repeat)
{
	double	 start;
	int	 i;

	start = now();
	for (i = 0; i < repeat; i++)
		if (decode_once() != COUNT)
			abort();
	return ((now() - start) / (COUNT * repeat));
}

static double
match(const char *expression)
{
	struct divert_filter	*filter;
	struct divert_packet	 pkt;
	char			 errbuf[256];
	double			 start, took;
	int			 i, n;

	if ((filter = divert_filter_compile(expression, errbuf,
	    sizeof(errbuf))) == NULL)
		abort();
	pkt = packet();
	start = now();
	for (i = n = 0; i < COUNT * REPEAT; i++)
		n += divert_filter_match(filter, &pkt);
	took = now() - start;
	divert_filter_free(filter);
	if (n != COUNT * REPEAT)
		abort();
	return (took / (COUNT * REPEAT));
}

/* The record of encode(DIVERT_FORMAT_JSON), in the usual way of jansson. */
static double
jansson(void)
{
	struct divert_packet	 pkt;
	char			 text[JSON_BASE64_SIZE(PACKET) + 1];
	json_t			*divert, *info, *root;
	double			 start, took;
	int			 i;

	pkt = packet();
	start = now();
	for (i = 0; i < COUNT * 4; i++) {
		*divert_json_base64(text, pkt.data, pkt.len) = '\0';
		root = json_object();
		json_object_set_new_nocheck(root, "timestamp",
		    json_string_nocheck("2026-11-23T12:00:00.000000Z"));
		json_object_set_new_nocheck(root, "event_type",
		    json_string_nocheck("packet"));
		json_object_set_new_nocheck(root, "in_iface",
		    json_string_nocheck(pkt.ifname));
		json_object_set_new_nocheck(root, "src_ip",
		    json_string_nocheck("192.0.2.1"));
		json_object_set_new_nocheck(root, "src_port",
		    json_integer(40000));
		json_object_set_new_nocheck(root, "dest_ip",
		    json_string_nocheck("198.51.100.2"));
		json_object_set_new_nocheck(root, "dest_port",
		    json_integer(443));
		json_object_set_new_nocheck(root, "proto",
		    json_string_nocheck("TCP"));
		json_object_set_new_nocheck(root, "ip_v", json_integer(4));
		divert = json_object();
		json_object_set_new_nocheck(divert, "v", json_integer(1));
		json_object_set_new_nocheck(divert, "src",
		    json_string_nocheck("divert:700"));
		json_object_set_new_nocheck(divert, "dir",
		    json_string_nocheck("in"));
		json_object_set_new_nocheck(divert, "pkt_id", json_integer(i));
		json_object_set_new_nocheck(divert, "len",
		    json_integer(PACKET));
		json_object_set_new_nocheck(divert, "caplen",
		    json_integer(PACKET));
		json_object_set_new_nocheck(divert, "queue",
		    json_integer(700));
		json_object_set_new_nocheck(divert, "if",
		    json_string_nocheck(pkt.ifname));
		json_object_set_new_nocheck(root, "divert", divert);
		json_object_set_new_nocheck(root, "packet",
		    json_string_nocheck(text));
		info = json_object();
		json_object_set_new_nocheck(info, "linktype",
		    json_integer(101));
		json_object_set_new_nocheck(info, "linktype_name",
		    json_string_nocheck("RAW"));
		json_object_set_new_nocheck(root, "packet_info", info);
		if (json_dumpb(root, (char *)out, sizeof(out),
		    JSON_COMPACT) == 0)
			abort();
		json_decref(root);
	}
	took = now() - start;
	return (took / (COUNT * 4));
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
	static const char *const	 names[] = { "pcapng", "pcap", "pflog",
					    "json", "text" };
	static const char *const	 expressions[] = { "tcp port 443",
					    "inbound and tcp port 443",
	    "inbound and on em0 and net 198.51.100.0/24 and not port 22" };
	static double			 enc[5][RUNS], dec[5][RUNS];
	static double			 jan[RUNS], fil[3][RUNS];
	double				 json;
	int				 i, run;

	for (run = 0; run < RUNS; run++) {
		for (i = 0; i < 5; i++) {
			enc[i][run] = encode((enum divert_format)i);
			if (i != DIVERT_FORMAT_TEXT)
				dec[i][run] = decode(i ==
				    DIVERT_FORMAT_JSON ? 2 : REPEAT);
		}
		jan[run] = jansson();
		for (i = 0; i < 3; i++)
			fil[i][run] = match(expressions[i]);
	}
	json = median(enc[DIVERT_FORMAT_JSON]);
	for (i = 0; i < 5; i++) {
		printf("encode %-7s %8.1f ns\n", names[i], median(enc[i]));
		if (i != DIVERT_FORMAT_TEXT)
			printf("decode %-7s %8.1f ns\n", names[i],
			    median(dec[i]));
	}
	for (i = 0; i < 3; i++)
		printf("filter %6.1f ns  %s\n", median(fil[i]),
		    expressions[i]);
	printf("one record by jansson %.1f ns: %.1f x ours\n", median(jan),
	    median(jan) / json);
	return (0);
}
