/* SPDX-License-Identifier: ISC */

/*
 * Encoding packets.  pcapng and the classic formats are compared byte by byte
 * with what is written out here, JSON with jansson, and all of them are read
 * back.
 */

#include "compat.h"

#include <sys/socket.h>
#include <netinet/in.h>
#include <arpa/inet.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>
#include <jansson.h>

#include "frames.h"
#include "json_write.h"

static struct got	got;
static uint8_t		out[DIVERT_ENCODE_MAX(DIVERT_PACKET_MAX)];
static uint8_t		store[DIVERT_HEADROOM + DIVERT_PACKET_MAX];

/* Whether this machine writes captures with the high byte first. */
static int
is_big(void)
{
	const uint16_t	 one = 1;

	return (*(const uint8_t *)&one == 0);
}

static struct divert_packet
packet(const uint8_t *data, size_t len)
{
	struct divert_packet	 pkt;

	memset(&pkt, 0, sizeof(pkt));
	pkt.data = store + DIVERT_HEADROOM;
	memcpy(pkt.data, data, len);
	pkt.len = pkt.wirelen = (uint32_t)len;
	pkt.time.tv_sec = 1700000000;
	pkt.time.tv_nsec = 123456789;
	pkt.hook = 0xff;
	return (pkt);
}

/* A packet with all that can travel with one. */
static struct divert_packet
rich_packet(void)
{
	struct divert_packet	 pkt;
	struct sockaddr_in	 sin;

	pkt = packet(v4, sizeof(v4));
	pkt.wirelen = sizeof(v4) + 5;
	pkt.flags = DIVERT_PACKET_TRUNCATED | DIVERT_PACKET_NOTREADY |
	    DIVERT_PACKET_HAS_ID | DIVERT_PACKET_HAS_QUEUE |
	    DIVERT_PACKET_HAS_RULE | DIVERT_PACKET_HAS_MARK |
	    DIVERT_PACKET_HAS_DROPS;
	pkt.id = 0xfffffffe;
	pkt.queue = 700;
	pkt.rule = 7;
	pkt.mark = 0x1000000a;
	pkt.drops = UINT64_C(0x100000002);
	pkt.direction = DIVERT_DIRECTION_IN;
	strlcpy(pkt.ifname, "em0", sizeof(pkt.ifname));
	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_addr.s_addr = htonl(0xc0000201);
	memcpy(pkt.addr, &sin, sizeof(sin));
	pkt.addrlen = sizeof(sin);
	return (pkt);
}

/*
 * Encode header and packet; the room given is refused while it is too small,
 * and left alone.  Returns the length.
 */
static size_t
encode(struct divert_encoder *enc, const struct divert_packet *pkt)
{
	size_t	 i, len, need;

	len = divert_encoder_header(enc, out, 0);
	assert_int_equal(divert_encoder_header(enc, out, sizeof(out)), len);
	need = divert_encoder_packet(enc, pkt, out + len, 0);
	assert_true(need <= DIVERT_ENCODE_MAX(pkt->len));
	memset(out + len, 0xa5, need + 1);
	assert_int_equal(divert_encoder_packet(enc, pkt, out + len, need - 1),
	    need);
	for (i = 0; i <= need; i++)
		assert_int_equal(out[len + i], 0xa5);
	assert_int_equal(divert_encoder_packet(enc, pkt, out + len, need),
	    need);
	assert_int_equal(out[len + need], 0xa5);
	return (len + need);
}

static size_t
encode_as(enum divert_format format, const struct divert_packet *pkt)
{
	struct divert_encoder	*enc;
	size_t			 len;

	enc = divert_encoder_new(format, 0, "divert:700");
	assert_non_null(enc);
	len = encode(enc, pkt);
	divert_encoder_free(enc);
	return (len);
}

static void
assert_bytes(const struct bytes *expected, size_t len)
{
	assert_int_equal(len, expected->len);
	assert_memory_equal(out, expected->p, len);
}

static void
names(void **state)
{
	(void)state;
	assert_int_equal(divert_format_parse("pcapng"), DIVERT_FORMAT_PCAPNG);
	assert_int_equal(divert_format_parse("pcap"), DIVERT_FORMAT_PCAP);
	assert_int_equal(divert_format_parse("pflog"), DIVERT_FORMAT_PFLOG);
	assert_int_equal(divert_format_parse("json"), DIVERT_FORMAT_JSON);
	assert_int_equal(divert_format_parse("text"), DIVERT_FORMAT_TEXT);
	assert_int_equal(divert_format_parse("pcapn"), -1);
	assert_int_equal(divert_format_parse(""), -1);
	errno = 0;
	assert_null(divert_encoder_new((enum divert_format)99, 0, NULL));
	assert_int_equal(errno, EINVAL);
}

static void
pcapng_bare(void **state)
{
	struct divert_packet	 pkt;
	struct bytes		 b = { .big = is_big() };

	(void)state;
	section(&b, is_big());
	interface(&b, 101, 262144, 9, 0, "divert:700");
	/* The end of options is there although a reader can do without. */
	enhanced(&b, 0, UINT64_C(1700000000123456789), v4, sizeof(v4),
	    sizeof(v4), NULL);
	pkt = packet(v4, sizeof(v4));
	assert_bytes(&b, encode_as(DIVERT_FORMAT_PCAPNG, &pkt));
	free(b.p);
}

static void
pcapng_rich(void **state)
{
	static const char	 comment[] = "divert if=em0 addr=192.0.2.1 "
				    "rule=7 mark=0x1000000a sum=partial";
	struct divert_packet	 pkt;
	struct bytes		 b = { 0 }, o = { 0 }, v = { 0 };

	(void)state;
	b.big = o.big = v.big = is_big();
	section(&b, is_big());
	interface(&b, 101, 262144, 9, 0, "divert:700");
	option(&o, 1, comment, sizeof(comment) - 1);
	add32(&v, 1);
	option(&o, 2, v.p, 4);
	v.len = 0;
	add64(&v, UINT64_C(0x100000002));
	option(&o, 4, v.p, 8);
	v.len = 0;
	add64(&v, 0xfffffffe);
	option(&o, 5, v.p, 8);
	v.len = 0;
	add32(&v, 700);
	option(&o, 6, v.p, 4);
	add32(&o, 0);
	enhanced(&b, 0, UINT64_C(1700000000123456789), v4, sizeof(v4),
	    sizeof(v4) + 5, &o);
	pkt = rich_packet();
	assert_bytes(&b, encode_as(DIVERT_FORMAT_PCAPNG, &pkt));
	free(b.p);
	free(o.p);
	free(v.p);
}

static void
pcapng_per_interface(void **state)
{
	static const char *const	 ifnames[] = { "em1", "", "em2", "em1" };
	struct divert_encoder		*enc;
	struct divert_packet		 pkt;
	struct bytes			 b = { .big = is_big() };
	size_t				 i, len;

	(void)state;
	section(&b, is_big());
	interface(&b, 101, 262144, 9, 0, NULL);
	interface(&b, 101, 262144, 9, 0, "em1");
	enhanced(&b, 1, UINT64_C(1700000000123456789), v4, sizeof(v4),
	    sizeof(v4), NULL);
	enhanced(&b, 0, UINT64_C(1700000000123456789), v4, sizeof(v4),
	    sizeof(v4), NULL);
	interface(&b, 101, 262144, 9, 0, "em2");
	enhanced(&b, 2, UINT64_C(1700000000123456789), v4, sizeof(v4),
	    sizeof(v4), NULL);
	enhanced(&b, 1, UINT64_C(1700000000123456789), v4, sizeof(v4),
	    sizeof(v4), NULL);
	enc = divert_encoder_new(DIVERT_FORMAT_PCAPNG,
	    DIVERT_ENCODE_PER_INTERFACE, NULL);
	assert_non_null(enc);
	len = divert_encoder_header(enc, out, sizeof(out));
	pkt = packet(v4, sizeof(v4));
	for (i = 0; i < 4; i++) {
		strlcpy(pkt.ifname, ifnames[i], sizeof(pkt.ifname));
		/* Refused once: the block must not be thought written. */
		assert_true(divert_encoder_packet(enc, &pkt, NULL, 0) > 0);
		len += divert_encoder_packet(enc, &pkt, out + len,
		    sizeof(out) - len);
	}
	assert_bytes(&b, len);
	divert_encoder_free(enc);
	free(b.p);
}

/* More interfaces than there is room for: named in the comment instead. */
static void
pcapng_many_interfaces(void **state)
{
	struct divert_encoder	*enc;
	struct divert_packet	 pkt;
	size_t			 len, n;
	int			 i;

	(void)state;
	enc = divert_encoder_new(DIVERT_FORMAT_PCAPNG,
	    DIVERT_ENCODE_PER_INTERFACE, "divert:1");
	assert_non_null(enc);
	len = divert_encoder_header(enc, out, sizeof(out));
	pkt = packet(v4, sizeof(v4));
	for (i = 0; i < 1000; i++) {
		snprintf(pkt.ifname, sizeof(pkt.ifname), "tap%d", i);
		n = divert_encoder_packet(enc, &pkt, out + len,
		    sizeof(out) - len);
		if (i < 990)
			continue;
		len += n;
	}
	/* Their blocks are not in the buffer: only the first is referred to. */
	decode(out, len, SIZE_MAX, &got);
	assert_string_equal(got.error, "");
	assert_int_equal(got.n, 10);
	assert_string_equal(got.pkt[0].ifname, "tap990");
	assert_string_equal(got.pkt[9].ifname, "tap999");
	divert_encoder_free(enc);
}

/* A name may hold any byte: it comes back the same. */
static void
pcapng_odd_name(void **state)
{
	struct divert_encoder	*enc;
	struct divert_packet	 pkt;

	(void)state;
	pkt = packet(v4, sizeof(v4));
	memcpy(pkt.ifname, "a b%41\xff=\n012345", 15);
	decode(out, encode_as(DIVERT_FORMAT_PCAPNG, &pkt), SIZE_MAX, &got);
	assert_int_equal(got.n, 1);
	assert_memory_equal(got.pkt[0].ifname, pkt.ifname,
	    DIVERT_IFNAME_SIZE);
	/* No interface block of that name: it would be taken for a path. */
	enc = divert_encoder_new(DIVERT_FORMAT_PCAPNG,
	    DIVERT_ENCODE_PER_INTERFACE, NULL);
	assert_non_null(enc);
	decode(out, encode(enc, &pkt), SIZE_MAX, &got);
	assert_int_equal(got.n, 1);
	assert_memory_equal(got.pkt[0].ifname, pkt.ifname,
	    DIVERT_IFNAME_SIZE);
	divert_encoder_free(enc);
}

/* In JSON too. */
static void
json_odd_name(void **state)
{
	struct divert_packet	 pkt;
	int			 c;

	(void)state;
	pkt = packet(v4, sizeof(v4));
	for (c = 1; c < 256; c++) {
		snprintf(pkt.ifname, sizeof(pkt.ifname), "%c%c%c", c, c ^ 1, c);
		decode(out, encode_as(DIVERT_FORMAT_JSON, &pkt), SIZE_MAX,
		    &got);
		assert_int_equal(got.n, 1);
		assert_string_equal(got.pkt[0].ifname, pkt.ifname);
	}
}

static void
pcap_classic(void **state)
{
	struct divert_packet	 pkt;
	struct bytes		 b = { .big = is_big() };

	(void)state;
	add32(&b, 0xa1b2c3d4);
	add16(&b, 2);
	add16(&b, 4);
	add64(&b, 0);
	add32(&b, 262144);
	add32(&b, 101);
	pcap_record(&b, 1700000000, 123456, v4, sizeof(v4), sizeof(v4) + 5);
	pkt = rich_packet();
	assert_bytes(&b, encode_as(DIVERT_FORMAT_PCAP, &pkt));
	free(b.p);
}

static void
pflog_classic(void **state)
{
	struct divert_packet	 pkt;
	struct bytes		 b = { .big = is_big() };
	uint8_t			 frame[100 + sizeof(v4)];

	(void)state;
	add32(&b, 0xa1b2c3d4);
	add16(&b, 2);
	add16(&b, 4);
	add64(&b, 0);
	add32(&b, 262144);
	add32(&b, 117);
	memset(frame, 0, sizeof(frame));
	frame[0] = 100;
	frame[1] = frame[62] = 2;
	memcpy(frame + 4, "em0", 3);
	frame[39] = 7;
	memset(frame + 40, 0xff, 8);
	memcpy(frame + 48, "\0\x01\x86\xa0\xff\xff\xff\xff\0\x01\x86\xa0", 12);
	frame[60] = 1;
	memcpy(frame + 100, v4, sizeof(v4));
	pcap_record(&b, 1700000000, 123456, frame, sizeof(frame),
	    sizeof(frame) + 5);
	pkt = rich_packet();
	assert_bytes(&b, encode_as(DIVERT_FORMAT_PFLOG, &pkt));
	free(b.p);
}

static void
pflog_back(void **state)
{
	struct divert_packet	 pkt;
	size_t			 len;

	(void)state;
	pkt = packet(v6, sizeof(v6));
	pkt.direction = DIVERT_DIRECTION_OUT;
	strlcpy(pkt.ifname, "vlan0123456789", sizeof(pkt.ifname));
	len = encode_as(DIVERT_FORMAT_PFLOG, &pkt);
	/* What the BSDs' own printers know as AF_INET6. */
	assert_int_equal(out[24 + 16 + 1], 24);
	decode(out, len, SIZE_MAX, &got);
	assert_int_equal(got.n, 1);
	assert_int_equal(got.pkt[0].direction, DIVERT_DIRECTION_OUT);
	assert_string_equal(got.pkt[0].ifname, "vlan0123456789");
	assert_int_equal(got.pkt[0].flags, 0);
	assert_int_equal(got.pkt[0].len, sizeof(v6));
	assert_memory_equal(got.pkt[0].data, v6, sizeof(v6));
}

/* What pcapng and JSON carry comes back whole. */
static void
round_trips(void **state)
{
	struct divert_packet	 pkt;
	size_t			 len;

	(void)state;
	pkt = rich_packet();
	/* Else the bytes beyond the IP length count as padding. */
	pkt.data[3] = 60;
	len = encode_as(DIVERT_FORMAT_PCAPNG, &pkt);
	decode(out, len, SIZE_MAX, &got);
	assert_int_equal(got.n, 1);
	got.pkt[0].data = pkt.data;
	assert_memory_equal(&got.pkt[0], &pkt, sizeof(pkt));

	len = encode_as(DIVERT_FORMAT_JSON, &pkt);
	decode(out, len, SIZE_MAX, &got);
	assert_string_equal(got.error, "");
	assert_int_equal(got.n, 1);
	assert_memory_equal(got.data[0], pkt.data, pkt.len);
	got.pkt[0].data = pkt.data;
	/* Microseconds, and no reinjection address. */
	assert_int_equal(got.pkt[0].time.tv_nsec, 123456000);
	got.pkt[0].time = pkt.time;
	memcpy(got.pkt[0].addr, pkt.addr, sizeof(pkt.addr));
	got.pkt[0].addrlen = pkt.addrlen;
	assert_memory_equal(&got.pkt[0], &pkt, sizeof(pkt));
}

static void
round_trip_address6(void **state)
{
	struct divert_packet	 pkt;
	struct sockaddr_in6	 sin6;

	(void)state;
	pkt = packet(v6, sizeof(v6));
	memset(&sin6, 0, sizeof(sin6));
	sin6.sin6_family = AF_INET6;
	memcpy(&sin6.sin6_addr, v6 + 8, 16);
	memcpy(pkt.addr, &sin6, sizeof(sin6));
	pkt.addrlen = sizeof(sin6);
	decode(out, encode_as(DIVERT_FORMAT_PCAPNG, &pkt), SIZE_MAX, &got);
	assert_int_equal(got.n, 1);
	assert_int_equal(got.pkt[0].addrlen, pkt.addrlen);
	assert_memory_equal(got.pkt[0].addr, pkt.addr, pkt.addrlen);
	/* The unspecified address says nothing. */
	memset(pkt.addr + 8, 0, 16);
	decode(out, encode_as(DIVERT_FORMAT_PCAPNG, &pkt), SIZE_MAX, &got);
	assert_int_equal(got.pkt[0].addrlen, 0);
}

/* The largest packet fits what DIVERT_ENCODE_MAX() promises, everywhere. */
static void
largest(void **state)
{
	struct divert_packet	 pkt, rich;
	int			 f;

	(void)state;
	pkt = packet(v6, sizeof(v6));
	rich = rich_packet();
	for (f = DIVERT_FORMAT_PCAPNG; f <= DIVERT_FORMAT_TEXT; f++) {
		rich.len = rich.wirelen = DIVERT_PACKET_MAX;
		encode_as((enum divert_format)f, &rich);
		rich.len = 0;
		encode_as((enum divert_format)f, &rich);
		pkt.len = pkt.wirelen = 0;
		encode_as((enum divert_format)f, &pkt);
	}
}

static void
times(void **state)
{
	static const struct {
		time_t		 sec;
		long		 nsec;
		const char	*text;
	} cases[] = {
		{ 0, 0, "1970-01-01T00:00:00.000000Z" },
		{ -1, 999999999, "1970-01-01T00:00:00.000000Z" },
		{ 951827696, 7000, "2000-02-29T12:34:56.000007Z" },
		{ 4102444799, 999999999, "2099-12-31T23:59:59.999999Z" },
		{ 253402300799, 0, "9999-12-31T23:59:59.000000Z" },
		{ 253402300800, 0, "9999-12-31T23:59:59.999999Z" },
	};
	struct json_clock	 clock = { 0 };
	struct timespec		 ts;
	char			 buf[64];
	size_t			 i;
	char			*end;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ts.tv_sec = cases[i].sec;
		ts.tv_nsec = cases[i].nsec;
		end = divert_json_time(buf, &clock, &ts, 6);
		*end = '\0';
		assert_string_equal(buf, cases[i].text);
	}
	ts.tv_sec = 0;
	ts.tv_nsec = 123456789;
	end = divert_json_time(buf, &clock, &ts, 9);
	*end = '\0';
	assert_string_equal(buf, "1970-01-01T00:00:00.123456789Z");
}

static void
numbers(void **state)
{
	char		 buf[32], expected[32], *end;
	uint64_t	 v;
	int		 i;

	(void)state;
	for (v = 1, i = 0; i < 64; i++, v = v * 2 + (i % 3 == 0)) {
		end = divert_json_number(buf, v);
		*end = '\0';
		snprintf(expected, sizeof(expected), "%llu",
		    (unsigned long long)v);
		assert_string_equal(buf, expected);
	}
	*divert_json_number(buf, 0) = '\0';
	assert_string_equal(buf, "0");
	*divert_json_number(buf, UINT64_MAX) = '\0';
	assert_string_equal(buf, "18446744073709551615");
}

/* Against inet_ntop(), which differs for ::1.2.3.4 only. */
static void
addresses(void **state)
{
	char		 buf[64], expected[INET6_ADDRSTRLEN], *end;
	uint8_t		 a[16];
	uint32_t	 seed;
	int		 i, j;

	(void)state;
	for (i = 0; i < 65536; i++) {
		a[0] = (uint8_t)(i >> 8);
		a[1] = (uint8_t)i;
		a[2] = (uint8_t)(i * 7);
		a[3] = (uint8_t)(i * 13);
		end = divert_json_ipv4(buf, a);
		*end = '\0';
		inet_ntop(AF_INET, a, expected, sizeof(expected));
		assert_string_equal(buf, expected);
	}
	/* Every pattern of zero groups, with leading zeros in the others. */
	for (i = 1; i < 65536; i++) {
		seed = (uint32_t)i * 2654435761u;
		for (j = 0; j < 8; j++) {
			a[j * 2] = a[j * 2 + 1] = 0;
			if ((i >> j & 1) == 0)
				continue;
			seed = seed * 1103515245 + 12345;
			if (i >> (8 + j) & 1)
				a[j * 2] = (uint8_t)(seed >> 16);
			a[j * 2 + 1] = (uint8_t)(seed >> 24 | 1);
		}
		if ((i & 0x3f) == 0)
			continue;
		end = divert_json_ipv6(buf, a);
		*end = '\0';
		inet_ntop(AF_INET6, a, expected, sizeof(expected));
		assert_string_equal(buf, expected);
	}
	memset(a, 0, sizeof(a));
	*divert_json_ipv6(buf, a) = '\0';
	assert_string_equal(buf, "::");
	a[15] = 1;
	*divert_json_ipv6(buf, a) = '\0';
	assert_string_equal(buf, "::1");
	a[10] = a[11] = 0xff;
	a[12] = 192;
	*divert_json_ipv6(buf, a) = '\0';
	assert_string_equal(buf, "::ffff:192.0.0.1");
}

/* RFC 4648 section 10. */
static void
base64(void **state)
{
	static const char *const	 vectors[][2] = {
		{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" },
		{ "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
	};
	char				 buf[64], *end;
	uint8_t				 back[64];
	size_t				 i;
	ssize_t				 n;

	(void)state;
	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		end = divert_json_base64(buf, (const uint8_t *)vectors[i][0],
		    strlen(vectors[i][0]));
		*end = '\0';
		assert_string_equal(buf, vectors[i][1]);
		n = divert_json_base64_decode(back, buf, strlen(buf));
		assert_int_equal(n, strlen(vectors[i][0]));
		assert_memory_equal(back, vectors[i][0], (size_t)n);
	}
	end = divert_json_base64(buf, (const uint8_t *)"\xfb\xff\xfe", 3);
	*end = '\0';
	assert_string_equal(buf, "+//+");
	assert_int_equal(divert_json_base64_decode(back, "Zg=", 3), -1);
	assert_int_equal(divert_json_base64_decode(back, "Z===", 4), -1);
	assert_int_equal(divert_json_base64_decode(back, "Zm-v", 4), -1);
	assert_int_equal(divert_json_base64_decode(back, "====", 4), -1);
}

static void
json_bare(void **state)
{
	static const char	 expected[] =
	    "{\"timestamp\":\"2023-11-14T22:13:20.123456Z\",\"event_type\":"
	    "\"packet\",\"src_ip\":\"2001:db8::1\",\"src_port\":4096,"
	    "\"dest_ip\":\"2001:db8::2\",\"dest_port\":80,\"proto\":\"TCP\","
	    "\"ip_v\":6,\"divert\":{\"v\":1,\"src\":\"divert:700\",\"len\":60,"
	    "\"caplen\":60},\"packet\":\"YAAAAAAUBkAgAQ24AAAAAAAAAAAAAAABIAENu"
	    "AAAAAAAAAAAAAAAAhAAAFAAAAABAAAAAFAC//8AAAAA\",\"packet_info\":{"
	    "\"linktype\":101,\"linktype_name\":\"RAW\"}}\n";
	struct divert_packet	 pkt;
	size_t			 len;

	(void)state;
	pkt = packet(v6, sizeof(v6));
	len = encode_as(DIVERT_FORMAT_JSON, &pkt);
	assert_int_equal(len, sizeof(expected) - 1);
	assert_memory_equal(out, expected, len);
}

/* jansson, which refuses duplicate keys here, must see the same record. */
static void
json_rich(void **state)
{
	struct divert_packet	 pkt;
	json_error_t		 error;
	json_t			*built, *read;
	size_t			 i, len;

	(void)state;
	pkt = rich_packet();
	memcpy(pkt.ifname, "a\"\\\n\x7f\xe9z", 8);
	len = encode_as(DIVERT_FORMAT_JSON, &pkt);
	for (i = 0; i < len - 1; i++)
		assert_in_range(out[i], ' ', '~');
	assert_int_equal(out[len - 1], '\n');
	read = json_loadb((char *)out, len, JSON_REJECT_DUPLICATES, &error);
	assert_non_null(read);
	built = json_pack("{s:s,s:s,s:s,s:s,s:i,s:s,s:i,s:s,s:i,s:{s:i,s:s,s:s,"
	    "s:I,s:i,s:i,s:i,s:i,s:i,s:I,s:s,s:s},s:s,s:{s:i,s:s}}",
	    "timestamp", "2023-11-14T22:13:20.123456Z",
	    "event_type", "packet",
	    "in_iface", "a\"\\\n\x7f\xc3\xa9z",
	    "src_ip", "192.0.2.1", "src_port", 4096,
	    "dest_ip", "198.51.100.2", "dest_port", 53,
	    "proto", "UDP", "ip_v", 4,
	    "divert", "v", 1, "src", "divert:700", "dir", "in",
	    "pkt_id", (json_int_t)0xfffffffe, "len", 36, "caplen", 31,
	    "rule", 7, "mark", 0x1000000a, "queue", 700,
	    "drops", (json_int_t)0x100000002, "sum", "partial",
	    "if", "a\"\\\n\x7f\xc3\xa9z",
	    "packet", "RQAAHxI0AABAEVo4wAACAcYzZAIQAAA1AAsAAGFiYw==",
	    "packet_info", "linktype", 101, "linktype_name", "RAW");
	assert_non_null(built);
	if (!json_equal(read, built))
		fail_msg("%.*s", (int)len, (char *)out);
	json_decref(read);
	json_decref(built);
	/* Suricata's in_iface is where a packet came in. */
	pkt.direction = DIVERT_DIRECTION_OUT;
	len = encode_as(DIVERT_FORMAT_JSON, &pkt);
	out[len] = '\0';
	assert_null(strstr((char *)out, "in_iface"));
	assert_non_null(strstr((char *)out, "\"dir\":\"out\""));
}

/* A packet cut anywhere, or no packet at all, is still a record. */
static void
json_malformed(void **state)
{
	struct divert_packet	 pkt;
	json_error_t		 error;
	json_t			*read;
	size_t			 len;
	uint32_t		 n;
	int			 i;

	(void)state;
	for (i = 0; i < 2; i++) {
		pkt = packet(i ? v6 : v4, i ? sizeof(v6) : sizeof(v4));
		for (n = 0; n < pkt.wirelen; n++) {
			pkt.len = n;
			len = encode_as(DIVERT_FORMAT_JSON, &pkt);
			read = json_loadb((char *)out, len,
			    JSON_REJECT_DUPLICATES, &error);
			assert_non_null(read);
			assert_int_equal(json_object_get(read, "src_ip") !=
			    NULL, json_object_get(read, "proto") != NULL);
			json_decref(read);
		}
	}
	pkt = packet((const uint8_t *)"\x58\x59\x5a", 3);
	len = encode_as(DIVERT_FORMAT_JSON, &pkt);
	out[len] = '\0';
	assert_null(strstr((char *)out, "ip_v"));
	assert_null(strstr((char *)out, "src_ip"));
}

static void
text(void **state)
{
	struct divert_encoder	*enc;
	struct divert_packet	 pkt;
	char			 clock[64], expected[1024], line[512];
	struct tm		 tm;
	size_t			 len;

	(void)state;
	pkt = rich_packet();
	localtime_r(&pkt.time.tv_sec, &tm);
	strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	divert_packet_format(&pkt, line, sizeof(line));
	snprintf(expected, sizeof(expected), "%s.123456 in on em0 %s\n", clock,
	    line);
	len = encode_as(DIVERT_FORMAT_TEXT, &pkt);
	out[len] = '\0';
	assert_string_equal(out, expected);

	pkt.direction = DIVERT_DIRECTION_OUT;
	memcpy(pkt.ifname, "a\x1b[31m", 7);
	snprintf(expected, sizeof(expected),
	    "\033[2m%s.123456\033[0m out on a?[31m %s\n", clock, line);
	enc = divert_encoder_new(DIVERT_FORMAT_TEXT, DIVERT_ENCODE_COLOR,
	    NULL);
	assert_non_null(enc);
	len = encode(enc, &pkt);
	out[len] = '\0';
	assert_string_equal(out, expected);
	divert_encoder_free(enc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(pcapng_bare),
		cmocka_unit_test(pcapng_rich),
		cmocka_unit_test(pcapng_per_interface),
		cmocka_unit_test(pcapng_many_interfaces),
		cmocka_unit_test(pcapng_odd_name),
		cmocka_unit_test(json_odd_name),
		cmocka_unit_test(pcap_classic),
		cmocka_unit_test(pflog_classic),
		cmocka_unit_test(pflog_back),
		cmocka_unit_test(round_trips),
		cmocka_unit_test(round_trip_address6),
		cmocka_unit_test(largest),
		cmocka_unit_test(times),
		cmocka_unit_test(numbers),
		cmocka_unit_test(addresses),
		cmocka_unit_test(base64),
		cmocka_unit_test(json_bare),
		cmocka_unit_test(json_rich),
		cmocka_unit_test(json_malformed),
		cmocka_unit_test(text),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
