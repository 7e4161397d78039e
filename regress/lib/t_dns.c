/* SPDX-License-Identifier: ISC */

/*
 * DNS messages as objects: the form, hostile names, and the bound.  Every
 * object made here is loaded by jansson and is of visible ASCII.
 */

#include "../../bin/divertlog/dns.c"
#include "../../bin/divertlog/dns_name.c"
#include "../../bin/divertlog/dns_rdata.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

/* The message under construction. */
static uint8_t	 msg[65536];
static size_t	 len;

static void
put(const void *s, size_t n)
{
	assert_true(len + n <= sizeof(msg));
	memcpy(msg + len, s, n);
	len += n;
}

/* The bytes of a string constant. */
#define PUT(s)	put((s), sizeof(s) - 1)

static void
put8(unsigned int v)
{
	uint8_t	 b = (uint8_t)v;

	put(&b, 1);
}

static void
put16(unsigned int v)
{
	put8(v >> 8);
	put8(v);
}

static void
put32(uint32_t v)
{
	put16(v >> 16);
	put16(v & 0xffff);
}

static void
begin(unsigned int flags, unsigned int qd, unsigned int an, unsigned int ns,
    unsigned int ar)
{
	len = 0;
	put16(4660);
	put16(flags);
	put16(qd);
	put16(an);
	put16(ns);
	put16(ar);
}

/* What follows a record's name, for n bytes of data. */
static void
put_record(unsigned int type, unsigned int dns_class, uint32_t ttl, size_t n)
{
	put16(type);
	put16(dns_class);
	put32(ttl);
	put16((unsigned int)n);
}

/* A response with one record of the root, and this data. */
static void
with_rdata(unsigned int type, const void *data, size_t n)
{
	begin(0x8180, 0, 1, 0, 0);
	put8(0);
	put_record(type, 1, 300, n);
	put(data, n);
}

/* A name whose wire form has 255 bytes, all of the costliest to write. */
static void
put_longest(void)
{
	static const uint8_t	 sizes[] = { 63, 63, 63, 61 };
	size_t			 i, j;

	for (i = 0; i < sizeof(sizes); i++) {
		put8(sizes[i]);
		for (j = 0; j < sizes[i]; j++)
			put8(0xff);
	}
	put8(0);
}

/*
 * The object of n bytes of the message sent as wire; NULL: none.  A sentinel
 * is behind the room that was promised.
 */
static char *
render_as(enum dns_kind kind, size_t n, size_t wire)
{
	uint8_t		*copy;
	char		*buf, *end;
	json_t		*json;
	size_t		 i, size;

	/* Of its own size: a sanitizer sees what is read behind it. */
	assert_non_null(copy = malloc(n + 1));
	memcpy(copy, msg, n);
	assert_non_null(buf = malloc(DNS_JSON_MAX + 1));
	memset(buf, 0x01, DNS_JSON_MAX + 1);
	end = dns_write(buf, kind, copy, n, wire);
	free(copy);
	size = (size_t)(end - buf);
	assert_in_range(size, 0, DNS_JSON_MAX);
	if (size == 0) {
		assert_int_equal(buf[0], 0x01);
		free(buf);
		return (NULL);
	}
	for (i = 0; i < size; i++)
		assert_in_range(buf[i], ' ', '~');
	assert_int_equal(buf[DNS_JSON_MAX], 0x01);
	*end = '\0';
	json = json_loadb(buf, size, JSON_REJECT_DUPLICATES, NULL);
	if (json == NULL)
		fail_msg("no JSON: %s", buf);
	assert_null(strstr(buf, ":\"\""));
	assert_null(strstr(buf, "[\"\""));
	assert_null(strstr(buf, ",\"\""));
	json_decref(json);
	return (buf);
}

static char *
render(void)
{
	return (render_as(DNS_UNICAST, len, len));
}

static void
expect_as(enum dns_kind kind, const char *wanted)
{
	char	*got;

	assert_non_null(got = render_as(kind, len, len));
	assert_string_equal(got, wanted);
	free(got);
}

static void
expect(const char *wanted)
{
	expect_as(DNS_UNICAST, wanted);
}

/* One record of with_rdata(): its members after the ttl. */
static void
expect_rdata(const char *members)
{
	char	 wanted[4096];
	char	*got, *data, *tail;

	assert_non_null(got = render());
	assert_non_null(data = strstr(got, "\"ttl\":300"));
	assert_non_null(tail = strstr(data, "}]"));
	snprintf(wanted, sizeof(wanted), "\"ttl\":300%s}]}", members);
	assert_string_equal(data, wanted);
	free(got);
}

/* The object says what is malformed, or "" that nothing is. */
static void
expect_malformed(const char *why)
{
	char	 wanted[64];
	char	*got;

	assert_non_null(got = render());
	snprintf(wanted, sizeof(wanted), "\"malformed\":\"%s\"", why);
	if (*why == '\0' && strstr(got, "malformed") != NULL)
		fail_msg("malformed: %s", got);
	if (*why != '\0' && strstr(got, wanted) == NULL)
		fail_msg("not %s: %s", why, got);
	free(got);
}

static void
ports_say_what_it_is(void **state)
{
	(void)state;
	assert_int_equal(dns_kind(53, 40000), DNS_UNICAST);
	assert_int_equal(dns_kind(40000, 53), DNS_UNICAST);
	assert_int_equal(dns_kind(53, 5353), DNS_UNICAST);
	assert_int_equal(dns_kind(5353, 5353), DNS_MULTICAST);
	assert_int_equal(dns_kind(40000, 5353), DNS_MULTICAST);
	assert_int_equal(dns_kind(40000, 54), DNS_NONE);
	assert_int_equal(dns_kind(-1, -1), DNS_NONE);
}

static void
queries(void **state)
{
	(void)state;
	begin(0x0100, 1, 0, 0, 0);
	PUT("\7example\3com\0");
	PUT("\0\1\0\1");
	expect("{\"version\":3,\"type\":\"request\",\"id\":4660,\"rd\":true,"
	    "\"opcode\":0,\"queries\":[{\"rrname\":\"example.com\","
	    "\"rrtype\":\"A\"}]}");
	begin(0x2807, 2, 0, 0, 0);
	PUT("\0\0\xff\0\3");
	PUT("\1a\0\xff\0\x01\x2c");
	expect("{\"version\":3,\"type\":\"request\",\"id\":4660,"
	    "\"opcode\":5,\"rcode\":\"YXRRSET\",\"queries\":["
	    "{\"rrname\":\".\",\"rrtype\":\"ANY\",\"rrclass\":\"CH\"},"
	    "{\"rrname\":\"a\",\"rrtype\":\"TYPE65280\","
	    "\"rrclass\":\"CLASS300\"}]}");
}

static void
flags_and_codes(void **state)
{
	(void)state;
	begin(0xffff, 0, 0, 0, 0);
	expect("{\"version\":3,\"type\":\"response\",\"id\":4660,"
	    "\"flags\":\"ffff\",\"qr\":true,\"aa\":true,\"tc\":true,"
	    "\"rd\":true,\"ra\":true,\"z\":true,\"ad\":true,\"cd\":true,"
	    "\"opcode\":15,\"rcode\":\"RCODE15\"}");
	begin(0x8003, 0, 0, 0, 0);
	expect("{\"version\":3,\"type\":\"response\",\"id\":4660,"
	    "\"flags\":\"8003\",\"qr\":true,\"opcode\":0,"
	    "\"rcode\":\"NXDOMAIN\"}");
}

/* The names of RFC 1035 section 4.1.4. */
static void
compression(void **state)
{
	(void)state;
	begin(0x8000, 4, 0, 0, 0);
	PUT("\1F\3ISI\4ARPA\0\0\1\0\1");
	PUT("\3FOO\xc0\x0c\0\1\0\1");
	PUT("\xc0\x12\0\1\0\1");
	PUT("\0\0\1\0\1");
	expect("{\"version\":3,\"type\":\"response\",\"id\":4660,"
	    "\"flags\":\"8000\",\"qr\":true,\"opcode\":0,"
	    "\"rcode\":\"NOERROR\",\"queries\":["
	    "{\"rrname\":\"F.ISI.ARPA\",\"rrtype\":\"A\"},"
	    "{\"rrname\":\"FOO.F.ISI.ARPA\",\"rrtype\":\"A\"},"
	    "{\"rrname\":\"ARPA\",\"rrtype\":\"A\"},"
	    "{\"rrname\":\".\",\"rrtype\":\"A\"}]}");
}

static void
rdata_by_type(void **state)
{
	(void)state;
#define RDATA(type, data, text) do {					\
	with_rdata(type, data, sizeof(data) - 1);			\
	expect_rdata(text);						\
} while (0)
	RDATA(1, "\xc0\0\2\1", ",\"rdata\":\"192.0.2.1\"");
	RDATA(28, "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1",
	    ",\"rdata\":\"2001:db8::1\"");
	RDATA(2, "\2ns\0", ",\"rdata\":\"ns\"");
	RDATA(5, "\0", ",\"rdata\":\".\"");
	RDATA(12, "\1a\1b\0", ",\"rdata\":\"a.b\"");
	RDATA(39, "\1d\0", ",\"rdata\":\"d\"");
	RDATA(15, "\0\x0a\4mail\0", ",\"rdata\":\"mail\",\"preference\":10");
	RDATA(6, "\1m\0\1r\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\xff\xff\xff\xff",
	    ",\"soa\":{\"mname\":\"m\",\"rname\":\"r\",\"serial\":1,"
	    "\"refresh\":2,\"retry\":3,\"expire\":4,"
	    "\"minimum\":4294967295}");
	RDATA(33, "\0\1\0\2\0\x50\1t\0", ",\"srv\":{\"priority\":1,"
	    "\"weight\":2,\"port\":80,\"name\":\"t\"}");
	RDATA(16, "\5v=\"\\x", ",\"rdata\":\"v=\\\"\\\\\\\\x\"");
	RDATA(16, "\5a. b;", ",\"rdata\":\"a. b;\"");
	RDATA(16, "\1a\0\2\0\xe9", ",\"rdata\":[\"a\",\"\\\\000\\\\233\"]");
	RDATA(16, "\0", "");
	RDATA(13, "\7RFC8482\0", ",\"rdata\":\"RFC8482\"");
	RDATA(257, "\x80\5issueca", ",\"caa\":{\"flags\":128,"
	    "\"tag\":\"issue\",\"value\":\"ca\"}");
	RDATA(257, "\0\5issue", ",\"caa\":{\"flags\":0,\"tag\":\"issue\"}");
	RDATA(44, "\4\2\xab\xcd", ",\"sshfp\":{\"fingerprint\":\"ab:cd\","
	    "\"algo\":4,\"type\":2}");
	RDATA(44, "\4\2", ",\"sshfp\":{\"algo\":4,\"type\":2}");
	RDATA(43, "\xeb\x05\x0d\2\xbe\xef", ",\"ds\":{\"key_tag\":60165,"
	    "\"algorithm\":13,\"digest_type\":2,\"digest\":\"beef\"}");
	RDATA(46, "\0\1\x0d\2\0\0\1\x2c\x60\0\0\0\x50\0\0\0\x12\x34\1z\0sig",
	    ",\"rrsig\":{\"type_covered\":\"A\",\"algorithm\":13,"
	    "\"labels\":2,\"original_ttl\":300,\"expiration\":1610612736,"
	    "\"inception\":1342177280,\"key_tag\":4660,\"signer\":\"z\"},"
	    "\"rdata_omitted\":3");
	RDATA(65, "\0\1\0\0\1\0\3\2h2", ",\"svcb\":{\"priority\":1,"
	    "\"target\":\".\",\"params\":\"00010003026832\"}");
	RDATA(64, "\0\0\1s\0", ",\"svcb\":{\"priority\":0,"
	    "\"target\":\"s\"}");
	RDATA(65280, "\x0a\0\0\1", ",\"rdata\":\"\\\\# 4 0a000001\"");
	RDATA(10, "\"", ",\"rdata\":\"\\\\# 1 22\"");
	/* As in an update. */
	RDATA(1, "", "");
	RDATA(6, "", "");
}

/* The keys and tags of RFC 4034 section 5.4 and of the root zone. */
static void
key_tags(void **state)
{
	static const char	 rfc4034[] =
	    "AQOeiiR0GOMYkDshWoSKz9XzfwJr1AYtsmx3TGkJaNXVbfi/2pHm822aJ5iI9BMz"
	    "NXxeYCmZDRD99WYwYqUSdjMmmAphXdvxegXd/M5+X7OrzKBaMbCVdFLUUh6DhweJ"
	    "BjEVv5f2wwjM9XzcnOf+EPbtG9DMBmADjFDc2w/rljwvFw==";
	static const char	 root2017[] =
	    "AwEAAaz/tAm8yTn4Mfeh5eyI96WSVexTBAvkMgJzkKTOiW1vkIbzxeF3+/4RgWOq"
	    "7HrxRixHlFlExOLAJr5emLvN7SWXgnLh4+B5xQlNVz8Og8kvArMtNROxVQuCaSnI"
	    "DdD5LKyWbRd2n9WGe2R8PzgCmr3EgVLrjyBxWezF0jLHwVN8efS3rCj/EWgvIWgb"
	    "9tarpVUDK/b58Da+sqqls3eNbuv7pr+eoZG+SrDK6nWeL3c6H5Apxz7LjVc1uTId"
	    "sIXxuOLYA4/ilBmSVIzuDWfdRUfhHdY6+cn8HFRm+2hM8AnXGXws9555KrUB5qih"
	    "ylGa8subX2Nn6UwNR1AkUTV74bU=";
	uint8_t			 key[512];
	ssize_t			 n;

	(void)state;
	memcpy(key, "\1\0\3\5", 4);
	n = divert_json_base64_decode(key + 4, rfc4034, strlen(rfc4034));
	assert_int_equal(n, 130);
	with_rdata(48, key, (size_t)n + 4);
	expect_rdata(",\"dnskey\":{\"flags\":256,\"protocol\":3,"
	    "\"algorithm\":5,\"key_tag\":60485},\"rdata_omitted\":130");
	memcpy(key, "\1\1\3\10", 4);
	n = divert_json_base64_decode(key + 4, root2017, strlen(root2017));
	assert_int_equal(n, 260);
	with_rdata(48, key, (size_t)n + 4);
	expect_rdata(",\"dnskey\":{\"flags\":257,\"protocol\":3,"
	    "\"algorithm\":8,\"key_tag\":20326},\"rdata_omitted\":260");
}

static void
edns(void **state)
{
	(void)state;
	begin(0x8187, 0, 0, 0, 1);
	PUT("\0\0\x29\x04\xd0\1\0\x80\0\0\x0c");
	PUT("\0\x0a\0\2\xab\xcd\0\3\0\0");
	put16(0);
	/* One byte too few for an option. */
	expect_malformed("rdata");
	begin(0x8187, 0, 0, 0, 1);
	PUT("\0\0\x29\x04\xd0\1\0\x80\0\0\x0a");
	PUT("\0\x0a\0\2\xab\xcd\0\3\0\0");
	expect("{\"version\":3,\"type\":\"response\",\"id\":4660,"
	    "\"flags\":\"8187\",\"qr\":true,\"rd\":true,\"ra\":true,"
	    "\"opcode\":0,\"rcode\":\"YXRRSET\",\"additionals\":["
	    "{\"rrname\":\".\",\"rrtype\":\"OPT\",\"udp_size\":1232,"
	    "\"version\":0,\"do\":true,\"rcode\":\"BADCOOKIE\",\"opt\":["
	    "{\"code\":10,\"data\":\"abcd\"},{\"code\":3}]}]}");
}

static void
multicast(void **state)
{
	(void)state;
	begin(0x8400, 1, 1, 0, 0);
	PUT("\1a\0\0\x0c\x80\1");
	PUT("\xc0\x0c");
	put_record(1, 0x8001, 120, 4);
	PUT("\xc0\0\2\1");
	expect_as(DNS_MULTICAST, "{\"version\":3,\"type\":\"response\","
	    "\"id\":4660,\"flags\":\"8400\",\"qr\":true,\"aa\":true,"
	    "\"opcode\":0,\"rcode\":\"NOERROR\",\"queries\":["
	    "{\"rrname\":\"a\",\"rrtype\":\"PTR\",\"unicast\":true}],"
	    "\"answers\":[{\"rrname\":\"a\",\"rrtype\":\"A\","
	    "\"cache_flush\":true,\"ttl\":120,\"rdata\":\"192.0.2.1\"}]}");
	expect("{\"version\":3,\"type\":\"response\","
	    "\"id\":4660,\"flags\":\"8400\",\"qr\":true,\"aa\":true,"
	    "\"opcode\":0,\"rcode\":\"NOERROR\",\"queries\":["
	    "{\"rrname\":\"a\",\"rrtype\":\"PTR\","
	    "\"rrclass\":\"CLASS32769\"}],"
	    "\"answers\":[{\"rrname\":\"a\",\"rrtype\":\"A\","
	    "\"rrclass\":\"CLASS32769\",\"ttl\":120,"
	    "\"rdata\":\"192.0.2.1\"}]}");
}

/* The wire form of a presented name, by RFC 1035 section 5.1; its length. */
static size_t
read_name(const char *s, uint8_t *wire)
{
	size_t	 n = 1, start = 0;

	if (strcmp(s, ".") == 0) {
		wire[0] = 0;
		return (1);
	}
	for (; *s != '\0'; s++) {
		if (*s == '.') {
			wire[start] = (uint8_t)(n - start - 1);
			start = n++;
		} else if (*s != '\\') {
			wire[n++] = (uint8_t)*s;
		} else if (s[1] >= '0' && s[1] <= '9') {
			wire[n++] = (uint8_t)((s[1] - '0') * 100 +
			    (s[2] - '0') * 10 + s[3] - '0');
			s += 3;
		} else {
			wire[n++] = (uint8_t)*++s;
		}
	}
	wire[start] = (uint8_t)(n - start - 1);
	wire[n++] = 0;
	return (n);
}

/* The name of the first query, as a program reading the log has it. */
static size_t
first_name(uint8_t *wire)
{
	const char	*text;
	json_t		*json;
	char		*got;
	size_t		 n;

	assert_non_null(got = render());
	assert_null(strstr(got, "malformed"));
	assert_non_null(json = json_loads(got, JSON_REJECT_DUPLICATES, NULL));
	assert_non_null(text = json_string_value(json_object_get(
	    json_array_get(json_object_get(json, "queries"), 0), "rrname")));
	n = read_name(text, wire);
	json_decref(json);
	free(got);
	return (n);
}

static void
names_of_any_bytes(void **state)
{
	uint8_t	 wire[512];
	int	 first, i, n;

	(void)state;
	/* Each alone, which puts it at both ends of a label. */
	for (i = 0; i < 256; i++) {
		begin(0, 1, 0, 0, 0);
		put8(1);
		put8((unsigned int)i);
		PUT("\0\0\1\0\1");
		assert_int_equal(first_name(wire), 3);
		assert_memory_equal(wire, msg + 12, 3);
	}
	/* And side by side. */
	for (first = 0; first < 256; first += n) {
		n = first + 50 <= 256 ? 50 : 256 - first;
		begin(0, 1, 0, 0, 0);
		PUT("\1.");
		put8((unsigned int)n);
		for (i = 0; i < n; i++)
			put8((unsigned int)(first + i));
		PUT("\0\0\1\0\1");
		assert_int_equal(first_name(wire), n + 4);
		assert_memory_equal(wire, msg + 12, (size_t)n + 4);
	}
	begin(0, 1, 0, 0, 0);
	PUT("\7a.b\\c\"\n\1 \0\0\1\0\1");
	expect("{\"version\":3,\"type\":\"request\",\"id\":4660,"
	    "\"opcode\":0,\"queries\":[{\"rrname\":"
	    "\"a\\\\.b\\\\\\\\c\\\"\\\\010.\\\\032\","
	    "\"rrtype\":\"A\"}]}");
}

static void
pointers(void **state)
{
	(void)state;
	/* To itself, forward, into the labels it ends, into the header. */
	begin(0, 1, 0, 0, 0);
	PUT("\xc0\x0c\0\1\0\1");
	expect_malformed("name_loop");
	begin(0, 1, 0, 0, 0);
	PUT("\xc0\x0e\1a\0\0\1\0\1");
	expect_malformed("name_loop");
	begin(0, 1, 0, 0, 0);
	PUT("\1a\1b\xc0\x0c\0\1\0\1");
	expect_malformed("name_loop");
	begin(0, 1, 0, 0, 0);
	PUT("\1a\1b\xc0\x0e\0\1\0\1");
	expect_malformed("name_loop");
	begin(0, 1, 0, 0, 0);
	PUT("\xff\xff\0\1\0\1");
	expect_malformed("name_loop");
	begin(0, 1, 0, 0, 0);
	PUT("\xc0\x0b\0\1\0\1");
	expect_malformed("name_pointer");
	begin(0, 1, 0, 0, 0);
	PUT("\xc0\x00\0\1\0\1");
	expect_malformed("name_pointer");
	/* Two names that lead to each other: the second one goes forward. */
	begin(0, 2, 0, 0, 0);
	PUT("\1a\xc0\x14\0\1\0\1");
	PUT("\1b\xc0\x0c\0\1\0\1");
	expect_malformed("name_loop");
	/* Backwards to two that lead to each other, in data of any kind. */
	begin(0x8000, 0, 2, 0, 0);
	put8(0);
	put_record(10, 1, 0, 4);
	PUT("\xc0\x19\xc0\x17");
	PUT("\xc0\x19");
	put_record(1, 1, 0, 0);
	expect_malformed("name_loop");
	/* Backwards, into the middle of what then runs past the pointer. */
	begin(0, 2, 0, 0, 0);
	PUT("\1\x1f\0\0\1\0\1\1b\xc0\x0d\0\1\0\1");
	expect_malformed("short");
	begin(0, 2, 0, 0, 0);
	PUT("\1a\0\0\1\0\1\1b\xc0\x0d\0\1\0\1");
	expect_malformed("name_label");
}

static void
lengths(void **state)
{
	uint8_t	 wire[512];
	size_t	 i;

	(void)state;
	begin(0, 1, 0, 0, 0);
	put_longest();
	PUT("\0\1\0\1");
	assert_int_equal(first_name(wire), 255);
	assert_memory_equal(wire, msg + 12, 255);
	/* One more, in the last label and in one of its own. */
	begin(0, 1, 0, 0, 0);
	put_longest();
	msg[12 + 3 * 64] = 62;
	put8(0);
	PUT("\0\1\0\1");
	expect_malformed("name_too_long");
	/* 127 labels of one byte, and 128. */
	for (i = 127; i < 129; i++) {
		size_t	 j;

		begin(0, 1, 0, 0, 0);
		for (j = 0; j < i; j++)
			PUT("\1x");
		PUT("\0\0\1\0\1");
		expect_malformed(i == 127 ? "" : "name_too_long");
	}
	/* By a pointer: 1 + 254 is one too many. */
	begin(0, 2, 0, 0, 0);
	put_longest();
	PUT("\0\1\0\1");
	PUT("\0\0\1\0\1");
	expect_malformed("");
	begin(0, 2, 0, 0, 0);
	put_longest();
	PUT("\0\1\0\1");
	PUT("\1y\xc0\x0c\0\1\0\1");
	expect_malformed("name_too_long");
	begin(0, 2, 0, 0, 0);
	put_longest();
	PUT("\0\1\0\1");
	/* In place of the first label: 255 again. */
	put8(63);
	for (i = 0; i < 63; i++)
		put8('z');
	PUT("\xc0\x4c\0\1\0\1");
	expect_malformed("");
	/* The two types of label that there are not. */
	begin(0, 1, 0, 0, 0);
	PUT("\x40" "a\0\0\1\0\1");
	expect_malformed("name_label");
	begin(0, 1, 0, 0, 0);
	PUT("\x80" "a\0\0\1\0\1");
	expect_malformed("name_label");
}

/* Through so many pointers the name at 12 is reached. */
static void
pointer_count(void **state)
{
	unsigned int	 i, n;

	(void)state;
	for (n = 126; n <= 128; n++) {
		begin(0x8000, 1, 2, 0, 0);
		PUT("\1a\0\0\1\0\1");
		/* The chain is opaque data of the first record. */
		put8(0);
		put_record(10, 1, 0, (n - 1) * 2);
		put16(0xc00c);
		for (i = 1; i < n - 1; i++)
			put16(0xc000 | (unsigned int)(len - 2));
		put16(0xc000 | (unsigned int)(len - 2));
		put_record(1, 1, 0, 0);
		expect_malformed(n <= 127 ? "" : "name_pointer");
	}
}

static void
bad_rdata(void **state)
{
	char	*got;

	(void)state;
#define BAD(type, data) do {						\
	with_rdata(type, data, sizeof(data) - 1);			\
	expect_malformed("rdata");					\
} while (0)
	BAD(1, "\1\2\3");
	BAD(1, "\1\2\3\4\5");
	BAD(28, "\1\2\3\4");
	BAD(2, "\2ab");
	BAD(2, "\2ab\0x");
	BAD(2, "\2a");
	BAD(2, "\xc0");
	BAD(15, "\0");
	BAD(15, "\0\1");
	BAD(6, "\0\0\0\0\0\1");
	BAD(33, "\0\1\0\1\0");
	BAD(16, "\2a");
	BAD(16, "\1a\1");
	BAD(257, "\0\5iss");
	BAD(257, "\0");
	BAD(44, "\1");
	BAD(43, "\1\1\1");
	BAD(48, "\1\1\1");
	BAD(46, "\0\1\x0d\2\0\0\1\x2c\x60\0\0\0\x50\0\0\0\x12\x34\1z");
	BAD(65, "\0\1\1a");
	/* By way of a label of 44 bytes, the last byte of the ttl. */
	BAD(2, "\xc0\x14");
	assert_non_null(got = render_as(DNS_UNICAST, len, len + 40));
	assert_null(strstr(got, "malformed"));
	assert_non_null(strstr(got, "\"truncated\":true"));
	free(got);
	/* Wrong in itself, whatever the capture leaves out behind it. */
	with_rdata(1, "\1\2\3", 3);
	assert_non_null(got = render_as(DNS_UNICAST, len, len + 40));
	assert_non_null(strstr(got, "\"malformed\":\"rdata\""));
	assert_null(strstr(got, "truncated"));
	free(got);
	/* The record stays, without its data, and the next one is read. */
	begin(0x8000, 0, 2, 0, 0);
	PUT("\1a\0");
	put_record(1, 1, 7, 3);
	PUT("\1\2\3");
	PUT("\1b\0");
	put_record(1, 1, 7, 4);
	PUT("\1\2\3\4");
	assert_non_null(got = render());
	assert_non_null(strstr(got, "\"answers\":[{\"rrname\":\"a\","
	    "\"rrtype\":\"A\",\"ttl\":7},{\"rrname\":\"b\","
	    "\"rrtype\":\"A\",\"ttl\":7,\"rdata\":\"1.2.3.4\"}],"
	    "\"malformed\":\"rdata\"}"));
	free(got);
}

/* A message with something of everything. */
static void
build_all(void)
{
	begin(0x8180, 1, 4, 1, 2);
	PUT("\3www\7example\3com\0\0\xff\0\1");
	PUT("\xc0\x0c");
	put_record(1, 1, 60, 4);
	PUT("\xc0\0\2\1");
	PUT("\xc0\x0c");
	put_record(16, 1, 60, 8);
	PUT("\3abc\3def");
	PUT("\xc0\x0c");
	put_record(5, 1, 60, 6);
	PUT("\3ftp\xc0\x10");
	PUT("\xc0\x10");
	put_record(65280, 1, 60, 5);
	PUT("hello");
	PUT("\xc0\x10");
	put_record(6, 1, 60, 27);
	PUT("\2ns\xc0\x10\xc0\x0c\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5");
	PUT("\2ns\xc0\x10");
	put_record(28, 1, 60, 16);
	PUT("\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1");
	PUT("\0\0\x29\x04\xd0\0\0\0\0\0\0");
}

/* The entries of a section in the object; *omitted: those left out. */
static size_t
entries(json_t *json, const char *key, size_t *omitted)
{
	char	 name[64];

	snprintf(name, sizeof(name), "%s_omitted", key);
	*omitted = (size_t)json_integer_value(json_object_get(json, name));
	return (json_array_size(json_object_get(json, key)));
}

static const char	*const sections[] = {
	"queries", "answers", "authorities", "additionals"
};

static size_t
all_entries(const char *text, size_t *omitted)
{
	json_t	*json;
	size_t	 i, n, sum;

	assert_non_null(json = json_loads(text, JSON_REJECT_DUPLICATES, NULL));
	*omitted = sum = 0;
	for (i = 0; i < 4; i++) {
		sum += entries(json, sections[i], &n);
		*omitted += n;
	}
	json_decref(json);
	return (sum);
}

/* Cut at each byte, by the capture and by the sender. */
static void
cut(void **state)
{
	char	*got;
	size_t	 before, i, n, omitted;

	(void)state;
	build_all();
	assert_non_null(got = render());
	assert_int_equal(all_entries(got, &omitted), 8);
	assert_null(strstr(got, "malformed"));
	assert_null(strstr(got, "trailing"));
	free(got);
	before = 0;
	for (i = 0; i < len; i++) {
		got = render_as(DNS_UNICAST, i, len);
		if (i < 12) {
			assert_null(got);
			assert_null(render_as(DNS_UNICAST, i, i));
			continue;
		}
		assert_non_null(got);
		assert_non_null(strstr(got, "\"truncated\":true"));
		assert_null(strstr(got, "malformed"));
		n = all_entries(got, &omitted);
		assert_in_range(n, before, before + 1);
		assert_int_equal(omitted, 0);
		before = n;
		free(got);
		assert_non_null(got = render_as(DNS_UNICAST, i, i));
		assert_non_null(strstr(got, "\"malformed\":\"short\""));
		assert_null(strstr(got, "truncated"));
		assert_int_equal(all_entries(got, &omitted), n);
		free(got);
	}
	assert_int_equal(before, 7);
	put32(0);
	assert_non_null(got = render());
	assert_non_null(strstr(got, ",\"trailing\":4}"));
	free(got);
	/* What is behind the datagram is not looked at. */
	assert_non_null(got = render_as(DNS_UNICAST, len, len - 4));
	assert_null(strstr(got, "trailing"));
	free(got);
	assert_null(render_as(DNS_NONE, len, len));
	assert_null(render_as(DNS_UNICAST, len, 0));
	assert_null(render_as(DNS_UNICAST, len, 11));
}

/* Long data is cut with a count, inside of whole JSON. */
static void
long_rdata(void **state)
{
	char	*got, *p;
	uint8_t	 data[60000];
	size_t	 i, j, n;
	static const unsigned int types_long[] = {
		10, 16, 43, 44, 65280, 257
	};

	(void)state;
	for (i = 0; i < sizeof(types_long) / sizeof(types_long[0]); i++) {
		memset(data, 0xff, sizeof(data));
		/* Strings for TXT, the tag for CAA. */
		for (j = 0; j < sizeof(data); j += 256)
			data[j] = (uint8_t)(j + 256 <= sizeof(data) ? 255 :
			    sizeof(data) - j - 1);
		data[1] = 255;
		with_rdata(types_long[i], data, sizeof(data));
		assert_non_null(got = render());
		assert_null(strstr(got, "malformed"));
		assert_non_null(p = strstr(got, "\"rdata_omitted\":"));
		n = strtoul(p + 16, NULL, 10);
		assert_in_range(n, 57000, 60000);
		assert_in_range(strlen(got), 900, 3000);
		free(got);
	}
	/* Options: as many as fit, then none. */
	begin(0x8000, 0, 0, 0, 1);
	PUT("\0\0\x29\x04\xd0\0\0\0\0");
	put16(300 * 14);
	for (i = 0; i < 300; i++)
		PUT("\0\x0a\0\x0a" "0123456789");
	assert_non_null(got = render());
	assert_non_null(p = strstr(got, "\"rdata_omitted\":"));
	n = 0;
	for (p = got; (p = strstr(p, "\"code\"")) != NULL; p++)
		n++;
	p = strstr(got, "\"rdata_omitted\":");
	assert_int_equal(strtoul(p + 16, NULL, 10), (300 - n) * 14);
	assert_in_range(n, 40, 70);
	free(got);
	/* The strings that fit are whole. */
	len = 0;
	memset(data, 'k', sizeof(data));
	for (j = 0; j < 512; j += 256)
		data[j] = 255;
	data[512] = 100;
	with_rdata(16, data, 613);
	assert_non_null(got = render());
	assert_null(strstr(got, "omitted"));
	assert_in_range(strlen(got), 700, 800);
	free(got);
}

/*
 * The worst that can be sent: all names the longest ones through a pointer,
 * and the last record of each kind begun as late as possible.
 */
static void
size_is_bounded(void **state)
{
	static const unsigned int last[] = { 6, 46, 65, 257, 16, 41, 65280 };
	uint8_t	 text[2600];
	size_t	 fill, i, j, most, n, omitted, size;
	char	*got;

	(void)state;
	memset(text, 0xff, sizeof(text));
	most = 0;
	for (i = 0; i < sizeof(last) / sizeof(last[0]); i++) {
		for (fill = 0; fill < 1300; fill += 7) {
			begin(0xffff, 1, 65535, 65535, 65535);
			put_longest();
			put32(0xffffffff);
			/* Data in no need of a byte of the message. */
			for (j = 0; j < 3; j++) {
				PUT("\xc0\x0c");
				put_record(5, 0xffff, 0xffffffff, 2);
				PUT("\xc0\x0c");
			}
			PUT("\0");
			put_record(65280, 0xffff, 0xffffffff, fill);
			put(text, fill);
			for (j = 0; j < 4; j++) {
				PUT("\xc0\x0c");
				if (last[i] == 6) {
					put_record(6, 0x7ffe, 0xffffffff, 24);
					PUT("\xc0\x0c\xc0\x0c");
					put(text, 20);
				} else if (last[i] == 46) {
					put_record(46, 0x7ffe, 0xffffffff,
					    2600);
					put(text, 18);
					PUT("\xc0\x0c");
					put(text, 2580);
				} else if (last[i] == 65) {
					put_record(65, 0x7ffe, 0xffffffff,
					    2600);
					PUT("\xff\xff\xc0\x0c");
					put(text, 2596);
				} else if (last[i] == 257) {
					put_record(257, 0x7ffe, 0xffffffff,
					    2600);
					put(text, 2600);
				} else if (last[i] == 16) {
					put_record(16, 0x7ffe, 0xffffffff,
					    2560);
					put(text, 2560);
				} else if (last[i] == 41) {
					put_record(41, 0xffff, 0xffffffff,
					    2600);
					for (n = 0; n < 520; n++)
						PUT("\xff\xff\0\1\xff");
				} else {
					put_record(65280, 0x7ffe, 0xffffffff,
					    2600);
					put(text, 2600);
				}
			}
			assert_non_null(got = render_as(DNS_MULTICAST, len,
			    len));
			size = strlen(got);
			if (size > most)
				most = size;
			n = all_entries(got, &omitted);
			if (omitted > 0)
				assert_int_equal(n + omitted, 1 + 3 * 65535);
			free(got);
		}
	}
	print_message("# the largest object: %zu of %d bytes\n", most,
	    DNS_JSON_MAX);
	assert_in_range(most, DNS_JSON_MAX - 1200, DNS_JSON_MAX);
}

/* Small records by the thousand, in every section. */
static void
counts_are_kept(void **state)
{
	size_t	 i, n, omitted;
	char	*got;

	(void)state;
	begin(0x8000, 10, 1000, 2000, 3000);
	for (i = 0; i < 10; i++)
		PUT("\0\0\1\0\1");
	for (i = 0; i < 3000; i++) {
		PUT("\0");
		put_record(1, 1, 0, 4);
		put32((uint32_t)i);
	}
	assert_non_null(got = render());
	assert_null(strstr(got, "malformed"));
	assert_null(strstr(got, "trailing"));
	n = all_entries(got, &omitted);
	assert_int_equal(n + omitted, 6010);
	assert_in_range(n, 100, 400);
	assert_non_null(strstr(got, "\"authorities_omitted\":2000,"
	    "\"additionals_omitted\":3000}"));
	assert_in_range(strlen(got), DNS_JSON_ENOUGH, DNS_JSON_ENOUGH + 300);
	free(got);
	/* A count that lies is no omission. */
	begin(0x8000, 0, 9, 0, 0);
	PUT("\0");
	put_record(1, 1, 0, 4);
	put32(0);
	assert_non_null(got = render());
	assert_null(strstr(got, "omitted"));
	assert_non_null(strstr(got, "\"malformed\":\"short\""));
	free(got);
}

static void
names_of_numbers(void **state)
{
	static const struct {
		char		*(*write)(char *, unsigned int);
		unsigned int	 v;
		const char	*text;
	} all[] = {
		{ dns_type_write, 0, "\"TYPE0\"" },
		{ dns_type_write, 54, "\"TYPE54\"" },
		{ dns_type_write, 65, "\"HTTPS\"" },
		{ dns_type_write, 255, "\"ANY\"" },
		{ dns_type_write, 262, "\"WALLET\"" },
		{ dns_type_write, 263, "\"TYPE263\"" },
		{ dns_type_write, 65535, "\"TYPE65535\"" },
		{ dns_class_write, 254, "\"NONE\"" },
		{ dns_class_write, 2, "\"CLASS2\"" },
		{ dns_class_write, 256, "\"CLASS256\"" },
		{ dns_rcode_write, 11, "\"DSOTYPENI\"" },
		{ dns_rcode_write, 12, "\"RCODE12\"" },
		{ dns_rcode_write, 16, "\"BADVERS\"" },
		{ dns_rcode_write, 4095, "\"RCODE4095\"" }
	};
	char	 buf[16];
	size_t	 i;

	(void)state;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		*all[i].write(buf, all[i].v) = '\0';
		assert_string_equal(buf, all[i].text);
		assert_in_range(strlen(buf), 1, 12);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports_say_what_it_is),
		cmocka_unit_test(queries),
		cmocka_unit_test(flags_and_codes),
		cmocka_unit_test(compression),
		cmocka_unit_test(rdata_by_type),
		cmocka_unit_test(key_tags),
		cmocka_unit_test(edns),
		cmocka_unit_test(multicast),
		cmocka_unit_test(names_of_any_bytes),
		cmocka_unit_test(pointers),
		cmocka_unit_test(pointer_count),
		cmocka_unit_test(lengths),
		cmocka_unit_test(bad_rdata),
		cmocka_unit_test(cut),
		cmocka_unit_test(long_rdata),
		cmocka_unit_test(size_is_bounded),
		cmocka_unit_test(counts_are_kept),
		cmocka_unit_test(names_of_numbers)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
