/* SPDX-License-Identifier: ISC */

/*
 * Any bytes as a packet with any metadata, made a record: it fits, it is one
 * line of ASCII, jansson loads it without a key twice, and where it has the
 * packet that comes back.  The first 24 bytes of the input are the metadata:
 * flags (2), bytes lost (1), direction and verdict, snap, what the record
 * shall have, reason, one unused, name.
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

#include <jansson.h>

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define CHECK(x) do {							\
	if (!(x)) {							\
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x);	\
		abort();						\
	}								\
} while (0)

#define META	24
#define LARGEST	70000

/* No flows here. */
const struct record_field record_flow_fields[] = {
	{ NULL, 0, NULL, NULL }
};

static const char *const	fields[] = { NULL, NULL,
    "packet,tcp.tsecr,tcp.mss,icmp.quoted.tcp_seq,ip.ext,dns,ah,ip.hlen",
    "inner,anomaly,divert.if,tcp.sack,sctp,gre.ack,icmp.target,src_port" };

/* As the input says; kept, since making one costs more than using it. */
static struct record *
find_record(unsigned int what, unsigned int snap)
{
	static struct record	*kept[16][256];
	struct record_options	 options = { .port = "nfqueue:\"7\377" };

	if (kept[what & 15][snap] == NULL) {
		options.bytes = (what & 4) != 0;
		options.nano = (what & 8) != 0;
		options.host = options.nano ? "gw\n1" : NULL;
		options.fields = fields[what & 3];
		options.snap = snap;
		kept[what & 15][snap] = record_new(&options, NULL, 0);
	}
	return (kept[what & 15][snap]);
}

static void
check_bytes(const json_t *root, const struct divert_packet *pkt, size_t snap)
{
	static uint8_t	 back[LARGEST + 3];
	const json_t	*packet;
	size_t		 len;

	if ((packet = json_object_get(root, "packet")) == NULL)
		return;
	len = snap != 0 && snap < pkt->len ? snap : pkt->len;
	CHECK(divert_json_base64_decode(back, json_string_value(packet),
	    json_string_length(packet)) == (ssize_t)len);
	CHECK(memcmp(back, pkt->data, len) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	struct divert_packet	 pkt;
	struct divert_layout	 layout;
	struct record		*record;
	uint8_t			*data;
	json_error_t		 error;
	json_t			*root;
	size_t			 i, max, n;
	char			*line;

	if (len < META || len > LARGEST)
		return (0);
	memset(&pkt, 0, sizeof(pkt));
	pkt.len = (uint32_t)(len - META);
	pkt.wirelen = pkt.len + input[2];
	pkt.flags = (uint32_t)input[0] << 8 | input[1];
	pkt.direction = input[3] % 3;
	pkt.time.tv_sec = input[3];
	pkt.time.tv_nsec = input[4] * 3921568;
	pkt.id = pkt.mark = get32(input + 8);
	pkt.drops = UINT64_MAX - input[2];
	memcpy(pkt.ifname, input + 8, sizeof(pkt.ifname));
	/* Blocks of the exact size: what is beyond is seen. */
	max = RECORD_PACKET_MAX(pkt.len);
	data = malloc(pkt.len + 1);
	line = malloc(max);
	record = find_record(input[5], input[4]);
	if (data == NULL || line == NULL || record == NULL)
		abort();
	memcpy(data + 1, input + META, pkt.len);
	pkt.data = data + 1;

	(void)divert_packet_parse(pkt.data, pkt.len, &layout);
	n = record_packet(record, &pkt, &layout,
	    (enum divert_verdict)(input[3] / 3 % 4),
	    (enum divert_reason)(input[6] % DIVERT_REASON_MAX),
	    (input[5] & 16) != 0 ? "1:J/xyCth7UBTAVlDILJPkvdXxmZw=" : NULL,
	    line);
	CHECK(n > 2 && n <= max);
	CHECK(line[n - 1] == '\n');
	for (i = 0; i < n - 1; i++)
		CHECK(line[i] >= ' ' && line[i] <= '~');
	root = json_loadb(line, n, JSON_REJECT_DUPLICATES, &error);
	if (root == NULL)
		fprintf(stderr, "%s: %.*s", error.text, (int)n, line);
	CHECK(json_is_object(root));
	check_bytes(root, &pkt, input[4]);
	json_decref(root);
	free(line);
	free(data);
	return (0);
}
