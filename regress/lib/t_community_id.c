/* SPDX-License-Identifier: ISC */

/*
 * SHA-1 against the vectors of RFC 3174 and against sha1sum(1); Community IDs
 * against the baselines of their specification, with and without seed and
 * base64, and against tshark over captures that other people made.
 */

#include "../../bin/divertlog/community_id.c"
#include "../../bin/divertlog/sha1.c"

#include <sys/stat.h>

#include <arpa/inet.h>

#include <dirent.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>
#include <pcap.h>

#define COMMUNITY	"shared/data/community-id"
#define CAPTURES	"shared/data/captures"
#define HEX_SIZE	(SHA1_SIZE * 2 + 1)
#define PACKETS_MAX	8192
#define LENGTHS		200

static void
hex_text(const uint8_t *digest, char *text)
{
	int	 i;

	for (i = 0; i < SHA1_SIZE; i++)
		snprintf(text + i * 2, 3, "%02x", digest[i]);
}

static void
assert_sha1(const void *data, size_t len, const char *want)
{
	uint8_t	 digest[SHA1_SIZE];
	char	 text[HEX_SIZE];

	sha1(data, len, digest);
	hex_text(digest, text);
	assert_string_equal(text, want);
}

static void
vectors_of_rfc_3174(void **state)
{
	char	*p;
	size_t	 i;

	(void)state;
	assert_sha1("abc", 3, "a9993e364706816aba3e25717850c26c9cd0d89d");
	assert_sha1("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	    56, "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
	assert_non_null(p = malloc(1000000));
	memset(p, 'a', 1000000);
	assert_sha1(p, 1000000, "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
	for (i = 0; i < 640; i++)
		p[i] = (char)('0' + i % 8);
	assert_sha1(p, 640, "dea356a2cddd90c7a7ecedc5ebb563934f460452");
	free(p);
	assert_sha1("", 0, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

/* A folder of this test alone. */
static void
make_folder(char *path, size_t size)
{
	const char	*dir = getenv("TMPDIR");

	snprintf(path, size, "%s/community.XXXXXX", dir != NULL ? dir : "/tmp");
	assert_non_null(mkdtemp(path));
}

static void
lengths_as_sha1sum(void **state)
{
	char	 command[512], digest[64], name[512], path[256];
	uint8_t	 bytes[LENGTHS];
	FILE	*f;
	int	 i, n;

	(void)state;
	if (system("sha1sum /dev/null >/dev/null 2>&1") != 0) {
		print_message("# sha1sum is missing\n");
		skip();
	}
	for (i = 0; i < LENGTHS; i++)
		bytes[i] = (uint8_t)(i * 151 + 7);
	make_folder(path, sizeof(path));
	for (i = 0; i <= LENGTHS; i++) {
		snprintf(name, sizeof(name), "%s/%03d", path, i);
		assert_non_null(f = fopen(name, "w"));
		assert_int_equal(fwrite(bytes, 1, (size_t)i, f), i);
		fclose(f);
	}
	snprintf(command, sizeof(command), "cd %s && sha1sum *", path);
	assert_non_null(f = popen(command, "r"));
	for (n = 0; fscanf(f, "%63s %d", digest, &i) == 2; n++)
		assert_sha1(bytes, (size_t)i, digest);
	pclose(f);
	for (i = 0; i <= LENGTHS; i++) {
		snprintf(name, sizeof(name), "%s/%03d", path, i);
		remove(name);
	}
	rmdir(path);
	assert_int_equal(n, LENGTHS + 1);
}

/* Endpoints as text, ports as a baseline has them (-1: none), and the id. */
struct vector {
	int		 proto;
	const char	*src, *dst;
	int		 src_port, dst_port;
	const char	*id;
};

static void
make_tuple(struct community_tuple *tuple, uint8_t *room, const struct vector *v)
{
	int	 six = strchr(v->src, ':') != NULL;

	assert_int_equal(inet_pton(six ? AF_INET6 : AF_INET, v->src, room), 1);
	assert_int_equal(inet_pton(six ? AF_INET6 : AF_INET, v->dst, room + 16),
	    1);
	tuple->src = room;
	tuple->dst = room + 16;
	tuple->version = six ? 6 : 4;
	tuple->proto = (uint8_t)v->proto;
	tuple->src_port = (uint16_t)v->src_port;
	tuple->dst_port = (uint16_t)v->dst_port;
	tuple->flags = v->src_port == -1 ? 0 : COMMUNITY_PORTS;
	if ((v->proto == 1 || v->proto == 58) &&
	    !community_icmp(tuple->version, (uint8_t)v->src_port,
	    (uint8_t)v->dst_port, &tuple->src_port, &tuple->dst_port))
		tuple->flags |= COMMUNITY_ONE_WAY;
	if (v->proto == 1 || v->proto == 58)
		assert_int_equal(tuple->dst_port, v->dst_port);
}

static void
assert_id(const struct vector *v, uint16_t seed, int base64)
{
	struct community_tuple	 tuple;
	uint8_t			 digest[SHA1_SIZE], room[32];
	char			 text[2 + HEX_SIZE] = "1:";

	make_tuple(&tuple, room, v);
	if (base64)
		community_text(&tuple, seed, text);
	else {
		community_digest(&tuple, seed, digest);
		hex_text(digest, text + 2);
	}
	assert_string_equal(text, v->id);
}

/* Of the specification's own baseline: one of each kind; and what it lacks. */
static void
embedded_vectors(void **state)
{
	static const struct vector	 vectors[] = {
		{ 6, "128.232.110.120", "66.35.250.204", 34855, 80,
		    "1:LQU9qZlK+B5F3KDmev6m5PMibrg=" },
		{ 6, "66.35.250.204", "128.232.110.120", 80, 34855,
		    "1:LQU9qZlK+B5F3KDmev6m5PMibrg=" },
		{ 17, "192.168.1.52", "8.8.8.8", 54585, 53,
		    "1:d/FP5EW3wiY1vCndhwleRRKHowQ=" },
		{ 132, "192.168.170.8", "192.168.170.56", 7, 7,
		    "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs=" },
		{ 6, "2001:470:e5bf:dead:4957:2174:e82c:4887",
		    "2607:f8b0:400c:c03::1a", 63943, 25,
		    "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=" },
		{ 1, "192.168.0.89", "192.168.0.1", 8, 0,
		    "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=" },
		{ 1, "192.168.0.1", "192.168.0.89", 0, 8,
		    "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=" },
		{ 1, "10.0.0.1", "10.0.0.2", 11, 0,
		    "1:YHxtAirCG//0OzkcVAukqKQN9xM=" },
		{ 58, "fe80::260:97ff:fe07:69ea", "fe80::200:86ff:fe05:80da",
		    135, 136, "1:zavyT/cezQr1fmImYCwYnMXbgck=" },
		{ 58, "fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea",
		    136, 135, "1:zavyT/cezQr1fmImYCwYnMXbgck=" },
		{ 58, "3ffe:501:1800:2345::2", "3ffe:507:0:1:200:86ff:fe05:80da",
		    3, 0, "1:2ObVBgIn28oZvibYZhZMBgh7WdQ=" },
		{ 46, "10.1.12.2", "10.1.12.1", -1, -1,
		    "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw=" },
		/* Made by hand with sha1sum: one way is not turned, and one
		 * address is in order by its ports. */
		{ 1, "10.0.0.2", "10.0.0.1", 11, 0,
		    "1:c5iqfdGYsNWhMJVcYXWPNWbpnKs=" },
		{ 6, "127.0.0.1", "127.0.0.1", 50000, 80,
		    "1:jG7HJaxo5f/efFe+PrQaZXQMQzw=" },
		{ 6, "127.0.0.1", "127.0.0.1", 80, 50000,
		    "1:jG7HJaxo5f/efFe+PrQaZXQMQzw=" },
	};
	struct vector	 seeded = vectors[0];
	size_t		 i;

	(void)state;
	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		assert_id(&vectors[i], 0, 1);
	seeded.id = "1:3V71V58M3Ksw/yuFALMcW0LAHvc=";
	assert_id(&seeded, 1, 1);
}

/* The path of a file that the tests share, from here or from the top. */
static int
find_shared(char *path, size_t size, const char *name)
{
	snprintf(path, size, "../../%s", name);
	if (access(path, R_OK) == 0)
		return (1);
	snprintf(path, size, "../%s", name);
	return (access(path, R_OK) == 0);
}

static int
port_of(const json_t *json)
{
	return (json_is_null(json) ? -1 : (int)json_integer_value(json));
}

static void
run_baseline(const char *name, uint16_t seed, int base64)
{
	struct vector	 v;
	json_t		*all, *one;
	char		 path[256];
	size_t		 i;

	if (!find_shared(path, sizeof(path), name)) {
		print_message("# no ../%s\n", name);
		skip();
	}
	assert_non_null(all = json_load_file(path, 0, NULL));
	assert_int_equal(json_array_size(all), 23);
	json_array_foreach(all, i, one) {
		v.proto = (int)json_integer_value(json_object_get(one,
		    "proto"));
		v.src = json_string_value(json_object_get(one, "saddr"));
		v.dst = json_string_value(json_object_get(one, "daddr"));
		v.src_port = port_of(json_object_get(one, "sport"));
		v.dst_port = port_of(json_object_get(one, "dport"));
		v.id = json_string_value(json_object_get(one, "communityid"));
		assert_id(&v, seed, base64);
	}
	json_decref(all);
}

static void
baseline(void **state)
{
	(void)state;
	run_baseline(COMMUNITY "/baseline/baseline_deflt.json", 0, 1);
}

static void
baseline_with_seed(void **state)
{
	(void)state;
	run_baseline(COMMUNITY "/baseline/baseline_seed1.json", 1, 1);
}

static void
baseline_without_base64(void **state)
{
	(void)state;
	run_baseline(COMMUNITY "/baseline/baseline_nob64.json", 0, 0);
}

/* A capture's IP packets, one after the other; 0: no more. */
static struct divert_decoder	*decoder;
static FILE			*capture;

static int
next_packet(struct divert_packet *pkt)
{
	uint8_t	*buf;
	size_t	 room;
	int	 rc;

	while ((rc = divert_decoder_next(decoder, pkt)) == 0) {
		room = divert_decoder_room(decoder, &buf);
		room = fread(buf, 1, room, capture);
		divert_decoder_filled(decoder, room);
		if (room == 0 && (rc = divert_decoder_next(decoder, pkt)) <= 0)
			break;
		if (rc == 1)
			break;
	}
	if (rc == 1)
		return (1);
	divert_decoder_free(decoder);
	fclose(capture);
	return (0);
}

static int
open_capture(const char *path)
{
	if ((capture = fopen(path, "r")) == NULL)
		return (0);
	assert_non_null(decoder = divert_decoder_new());
	return (1);
}

/* The packets of the captures have the baseline's ids and no others. */
static void
ids_of_packets(void **state)
{
	struct community_cache	*cache;
	struct divert_layout	 layout;
	struct divert_packet	 pkt;
	const char		*id;
	json_t			*all, *got, *one, *want;
	char			 path[256];
	size_t			 i;

	(void)state;
	if (!find_shared(path, sizeof(path), COMMUNITY
	    "/baseline/baseline_deflt.json")) {
		print_message("# no ../" COMMUNITY "\n");
		skip();
	}
	assert_non_null(all = json_load_file(path, 0, NULL));
	assert_true(find_shared(path, sizeof(path), COMMUNITY
	    "/pcaps/combined.pcap"));
	assert_true(open_capture(path));
	assert_non_null(cache = community_cache_new(0));
	assert_non_null(got = json_object());
	assert_non_null(want = json_object());
	while (next_packet(&pkt)) {
		(void)divert_packet_parse(pkt.data, pkt.len, &layout);
		id = community_cache_get(cache, pkt.data, &layout);
		assert_non_null(id);
		json_object_set_new(got, id, json_true());
	}
	json_array_foreach(all, i, one)
		json_object_set_new(want, json_string_value(json_object_get(one,
		    "communityid")), json_true());
	assert_true(json_equal(got, want));
	json_decref(all);
	json_decref(got);
	json_decref(want);
	community_cache_free(cache);
}

static void
fragments_and_the_rest(void **state)
{
	/* Later fragments of UDP and OSPF; UDP, cut off; OSPF; ICMP in IPv6 */
	static const struct {
		uint8_t		 bytes[48];
		size_t		 len;
		const char	*id;
	} packets[] = {
		{ { 0x45, 0, 0, 28, 0, 1, 0x20, 1, 64, 17, 0, 0, 10, 0, 0, 1,
		    10, 0, 0, 2, 0, 53, 0, 53, 0, 8 }, 28, NULL },
		{ { 0x45, 0, 0, 28, 0, 1, 0x20, 1, 64, 89, 0, 0, 10, 0, 0, 1,
		    10, 0, 0, 2, 0, 53, 0, 53, 0, 8 }, 28, NULL },
		{ { 0x45, 0, 0, 22, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1,
		    10, 0, 0, 2, 0, 53 }, 22, NULL },
		{ { 0x45, 0, 0, 28, 0, 1, 0, 0, 64, 89, 0, 0, 10, 0, 0, 1,
		    10, 0, 0, 2 }, 28, "1:" },
		{ { 0x60, 0, 0, 0, 0, 8, 1, 64, [8] = 0xfe, 0x80, [23] = 1,
		    [24] = 0xfe, 0x80, [39] = 2, 8, 0 }, 48, NULL },
		{ { 0x75 }, 48, NULL },
	};
	struct community_cache	*cache;
	struct divert_layout	 layout;
	const char		*id;
	size_t			 i;

	(void)state;
	assert_non_null(cache = community_cache_new(0));
	for (i = 0; i < sizeof(packets) / sizeof(packets[0]); i++) {
		(void)divert_packet_parse(packets[i].bytes, packets[i].len,
		    &layout);
		id = community_cache_get(cache, packets[i].bytes, &layout);
		if (packets[i].id == NULL)
			assert_null(id);
		else
			assert_memory_equal(id, packets[i].id, 2);
	}
	community_cache_free(cache);
}

/* What the cache says is what is computed, also when places are taken over. */
static void
cache_forgets_and_never_lies(void **state)
{
	uint8_t			 bytes[] = { 0x45, 0, 0, 28, 0, 1, 0, 0, 64, 17,
				    0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0, 0, 0, 53,
				    0, 8, 0, 0 };
	struct community_cache	*cache;
	struct community_tuple	 tuple;
	struct divert_layout	 layout;
	const char		*id;
	char			 text[COMMUNITY_ID_SIZE];
	uint32_t		 i, n, pass;

	(void)state;
	assert_non_null(cache = community_cache_new(7));
	n = ENTRIES * 4;
	for (pass = 0; pass < 2; pass++)
		for (i = 0; i < n * 2; i++) {
			/* Each tuple twice in a row. */
			bytes[20] = (uint8_t)(i / 2 >> 8);
			bytes[21] = (uint8_t)(i / 2);
			(void)divert_packet_parse(bytes, sizeof(bytes),
			    &layout);
			assert_int_equal(community_tuple(bytes, &layout,
			    &tuple), 0);
			id = community_cache_get(cache, bytes, &layout);
			assert_non_null(id);
			community_text(&tuple, 7, text);
			assert_string_equal(id, text);
		}
	community_cache_free(cache);
}

/*
 * tshark
 */

static struct {
	char	 id[COMMUNITY_ID_SIZE];
	int	 fragment;		/* without ports */
	int	 malformed;
} ours[PACKETS_MAX];

static size_t
gather(const char *folder, pcap_dumper_t *dump)
{
	struct community_cache	*cache;
	struct divert_layout	 layout;
	struct divert_packet	 pkt;
	struct pcap_pkthdr	 h;
	struct dirent		*de;
	const char		*id;
	char			 path[4096];
	size_t			 n = 0;
	DIR			*d;

	assert_non_null(d = opendir(folder));
	assert_non_null(cache = community_cache_new(0));
	while ((de = readdir(d)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", folder, de->d_name);
		if (strstr(de->d_name, ".pcap") == NULL || !open_capture(path))
			continue;
		while (next_packet(&pkt)) {
			if (n == PACKETS_MAX)
				continue;
			memset(&h, 0, sizeof(h));
			h.caplen = pkt.len;
			h.len = pkt.wirelen;
			pcap_dump((u_char *)dump, &h, pkt.data);
			(void)divert_packet_parse(pkt.data, pkt.len, &layout);
			id = community_cache_get(cache, pkt.data, &layout);
			strlcpy(ours[n].id, id != NULL ? id : "",
			    sizeof(ours[n].id));
			ours[n].fragment = layout.frag_byte != 0;
			ours[n].malformed = layout.reason !=
			    DIVERT_REASON_NONE;
			n++;
		}
	}
	closedir(d);
	community_cache_free(cache);
	return (n);
}

/* Whether there is more than one pair of addresses ("raw:ip:udp:vxlan:..."). */
static int
is_nested(const char *protocols)
{
	static const char	*const inner[] = {
		":ip:", ":ipv6", ":eth:", ":wlan"
	};
	const char		*p;
	size_t			 i;

	if ((p = strstr(protocols, ":ip")) == NULL)
		return (1);
	for (i = 0; i < sizeof(inner) / sizeof(inner[0]); i++)
		if (strstr(p[3] == 'v' && strncmp(inner[i], ":ipv6", 5) == 0 ?
		    p + 5 : p + 2, inner[i]) != NULL)
			return (1);
	return (0);
}

/*
 * It names the innermost packet, so those with one inside are left out, and the
 * malformed, of which it does not use what it sees; and it has an id without
 * ports for fragments, which the specification has not.
 */
static void
same_as_tshark(void **state)
{
	char		 command[8192], folder[256], line[4096], path[512];
	char		*end, *its;
	pcap_dumper_t	*dump;
	pcap_t		*pc;
	unsigned int	 nested = 0, same = 0, without = 0;
	size_t		 frame = 0, n;
	int		 skipped = 0;
	FILE		*f;

	(void)state;
	if (system("tshark --version >/dev/null 2>&1") != 0) {
		print_message("# tshark is missing\n");
		skip();
	}
	if (!find_shared(folder, sizeof(folder), CAPTURES)) {
		print_message("# no ../" CAPTURES "\n");
		skip();
	}
	make_folder(path, sizeof(path));
	strlcat(path, "/raw.pcap", sizeof(path));
	assert_non_null(pc = pcap_open_dead(DLT_RAW, 262144));
	assert_non_null(dump = pcap_dump_open(pc, path));
	n = gather(folder, dump);
	pcap_dump_close(dump);
	pcap_close(pc);
	snprintf(command, sizeof(command), "tshark -n -r %s "
	    "--enable-protocol communityid -o ip.defragment:FALSE "
	    "-o ipv6.defragment:FALSE -O frame,communityid 2>/dev/null", path);
	assert_non_null(f = popen(command, "r"));
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, "Frame ", 6) == 0)
			frame = strtoul(line + 6, NULL, 10);
		assert_in_range(frame, 1, n);
		if (strstr(line, "[Protocols in frame: ") != NULL)
			nested += (unsigned int)(skipped = is_nested(line));
		if (skipped || ours[frame - 1].malformed ||
		    (its = strstr(line, "Community ID: ")) == NULL)
			continue;
		its += strlen("Community ID: ");
		if ((end = strchr(its, ']')) != NULL)
			*end = '\0';
		if (ours[frame - 1].fragment) {
			assert_string_equal(ours[frame - 1].id, "");
			without++;
		} else if (strcmp(ours[frame - 1].id, its) != 0)
			fail_msg("packet %zu: %s, tshark: %s", frame,
			    ours[frame - 1].id, its);
		else
			same++;
	}
	pclose(f);
	print_message("# %zu packets, %u ids are the same; %u fragments have "
	    "none, %u are nested\n", n, same, without, nested);
	assert_int_equal(frame, n);
	assert_true(same > 1000);
	remove(path);
	*strrchr(path, '/') = '\0';
	rmdir(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors_of_rfc_3174),
		cmocka_unit_test(lengths_as_sha1sum),
		cmocka_unit_test(embedded_vectors),
		cmocka_unit_test(baseline),
		cmocka_unit_test(baseline_with_seed),
		cmocka_unit_test(baseline_without_base64),
		cmocka_unit_test(ids_of_packets),
		cmocka_unit_test(fragments_and_the_rest),
		cmocka_unit_test(cache_forgets_and_never_lies),
		cmocka_unit_test(same_as_tshark)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
