/* SPDX-License-Identifier: ISC */

/*
 * Any bytes as a capture file behind a port, and what comes out of it through
 * every encoder.  pcapng and JSON must read back as the same packets.  The
 * first byte: 1 one interface block each.
 */

#include "compat.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "decode.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define CHECK(x) do {							\
	if (!(x)) {							\
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x);	\
		abort();						\
	}								\
} while (0)

#define SNAPLEN		262144u
#define NS		1000000000

static struct divert_encoder	*encoders[DIVERT_FORMAT_TEXT + 1];
static struct divert_filter	*filter;
static uint8_t			*out;
static size_t			 out_size;
static char			 path[256];

static void
remove_path(void)
{
	unlink(path);
}

/* The port's file, made once. */
static void
write_input(const uint8_t *data, size_t size)
{
	static int	 fd = -1;
	const char	*tmp;

	if (fd == -1) {
		tmp = getenv("TMPDIR");
		snprintf(path, sizeof(path), "%s/fuzz_capture.XXXXXX",
		    tmp != NULL ? tmp : "/tmp");
		if ((fd = mkstemp(path)) == -1)
			abort();
		atexit(remove_path);
	}
	if (ftruncate(fd, 0) == -1 ||
	    (size > 0 && pwrite(fd, data, size, 0) != (ssize_t)size))
		abort();
}

/*
 * The one packet that is encoded in out; damage is a fault of the encoder.
 */
static struct divert_packet
read_back(struct divert_decoder **dec, size_t len)
{
	struct divert_packet	 pkt, second;
	uint8_t			*room;
	size_t			 n, off;
	int			 result;

	if ((*dec = divert_decoder_new()) == NULL)
		abort();
	result = 0;
	for (off = 0; off < len; off += n) {
		n = divert_decoder_room(*dec, &room);
		CHECK(n > 0);
		if (n > len - off)
			n = len - off;
		memcpy(room, out + off, n);
		divert_decoder_filled(*dec, n);
	}
	divert_decoder_filled(*dec, 0);
	result = divert_decoder_next(*dec, &pkt);
	CHECK(result == 1);
	CHECK(divert_decoder_next(*dec, &second) == 0);
	return (pkt);
}

static size_t
encode(struct divert_encoder *enc, const struct divert_packet *pkt)
{
	uint8_t	 before;
	size_t	 head, len;

	if (out_size < DIVERT_ENCODE_MAX(pkt->len) + 4096) {
		out_size = DIVERT_ENCODE_MAX(pkt->len) + 4096;
		if ((out = realloc(out, out_size)) == NULL)
			abort();
	}
	head = divert_encoder_header(enc, out, out_size);
	CHECK(head <= 4096);
	len = divert_encoder_packet(enc, pkt, NULL, 0);
	CHECK(len <= DIVERT_ENCODE_MAX(pkt->len));
	before = out[head + len] = 0x5a;
	CHECK(divert_encoder_packet(enc, pkt, out + head, len) == len);
	CHECK(out[head + len] == before);
	return (head + len);
}

static void
check_pcapng(const struct divert_packet *pkt)
{
	struct divert_decoder	*dec;
	struct divert_packet	 back;

	back = read_back(&dec, encode(encoders[DIVERT_FORMAT_PCAPNG], pkt));
	CHECK(back.wirelen == pkt->wirelen);
	CHECK(back.len == (pkt->len < SNAPLEN ? pkt->len : SNAPLEN));
	CHECK(memcmp(back.data, pkt->data, back.len) == 0);
	CHECK((back.flags | DIVERT_PACKET_TRUNCATED) ==
	    (pkt->flags | DIVERT_PACKET_TRUNCATED));
	CHECK(back.direction == pkt->direction);
	CHECK(strcmp(back.ifname, pkt->ifname) == 0);
	CHECK(back.id == pkt->id && back.queue == pkt->queue &&
	    back.rule == pkt->rule && back.mark == pkt->mark &&
	    back.drops == pkt->drops);
	if (pkt->time.tv_sec >= 0 &&
	    (uint64_t)pkt->time.tv_sec < UINT64_MAX / NS) {
		CHECK(back.time.tv_sec == pkt->time.tv_sec);
		CHECK(back.time.tv_nsec == pkt->time.tv_nsec);
	}
	divert_decoder_free(dec);
}

static void
check_json(const struct divert_packet *pkt)
{
	struct divert_decoder	*dec;
	struct divert_packet	 back;
	size_t			 i, len;

	len = encode(encoders[DIVERT_FORMAT_JSON], pkt);
	for (i = 0; i < len - 1; i++)
		CHECK(out[i] >= ' ' && out[i] <= '~');
	if (len > DECODE_RECORD_MAX)
		return;
	back = read_back(&dec, len);
	CHECK(back.wirelen == pkt->wirelen);
	CHECK(back.len == pkt->len);
	CHECK(memcmp(back.data, pkt->data, back.len) == 0);
	CHECK(back.direction == pkt->direction);
	CHECK(back.id == pkt->id && back.queue == pkt->queue &&
	    back.rule == pkt->rule && back.mark == pkt->mark);
	if (pkt->time.tv_sec >= 0 &&
	    pkt->time.tv_sec <= INT64_C(253402300799)) {
		CHECK(back.time.tv_sec == pkt->time.tv_sec);
		CHECK(back.time.tv_nsec / 1000 == pkt->time.tv_nsec / 1000);
	}
	divert_decoder_free(dec);
}

/* A batch, and each packet's one verdict. */
static void
handle(struct divert_port *port, struct divert_packet *pkts, int n)
{
	int	 i;

	for (i = 0; i < n; i++) {
		(void)divert_filter_match(filter, &pkts[i]);
		check_pcapng(&pkts[i]);
		check_json(&pkts[i]);
		(void)encode(encoders[DIVERT_FORMAT_PCAP], &pkts[i]);
		(void)encode(encoders[DIVERT_FORMAT_PFLOG], &pkts[i]);
		(void)encode(encoders[DIVERT_FORMAT_TEXT], &pkts[i]);
		(void)divert_port_verdict(port, &pkts[i],
		    i % 2 ? DIVERT_PASS : DIVERT_REPLACE, DIVERT_REASON_NONE);
	}
}

static void
set_up(unsigned int flags)
{
	char	 errbuf[256];
	int	 f;

	for (f = 0; f <= DIVERT_FORMAT_TEXT; f++) {
		divert_encoder_free(encoders[f]);
		encoders[f] = divert_encoder_new((enum divert_format)f, flags,
		    "divert:700");
		CHECK(encoders[f] != NULL);
	}
	if (filter == NULL)
		filter = divert_filter_compile("(inbound and on em1) or "
		    "tcp port 80 or greater 1000", errbuf, sizeof(errbuf));
	CHECK(filter != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct divert_stats	 stats;
	struct divert_packet	*pkts;
	struct divert_port	*port;
	char			 errbuf[256], spec[270];
	int			 n;

	if (size == 0)
		return (0);
	set_up(data[0] & 1 ? DIVERT_ENCODE_PER_INTERFACE : 0);
	write_input(data + 1, size - 1);
	snprintf(spec, sizeof(spec), "file:%s", path);
	errbuf[0] = '\0';
	if ((port = divert_port_open(spec, NULL, errbuf, sizeof(errbuf))) ==
	    NULL) {
		CHECK(errno == EBADMSG && errbuf[0] != '\0');
		return (0);
	}
	while ((n = divert_port_recv(port, &pkts)) > 0) {
		CHECK(n <= DIVERT_BATCH_MAX);
		handle(port, pkts, n);
	}
	CHECK(n == 0 || (errno == EBADMSG &&
	    divert_port_error(port)[0] != '\0'));
	divert_port_close(port, &stats);
	CHECK(stats.held == 0 && stats.lost == 0 && stats.expired == 0);
	CHECK(stats.received == stats.passed + stats.replaced + stats.dropped);
	return (0);
}
