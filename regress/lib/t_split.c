/* SPDX-License-Identifier: ISC */

/*
 * Fragments: put together again by a slow model they are the packet; scapy
 * makes the same of packets without options; tshark puts them together.
 */

#include "compat.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "packets.h"
#include "split.h"

#define PIECES	10000
#define PYTHON	"p=python3; $p -c 'import scapy' 2>/dev/null || " \
		"p=/usr/bin/python3; "

static struct bytes o, w, all;
static struct {
	size_t	at, n, hlen;		/* in all */
} piece[PIECES];
static size_t pieces;
static int refuse;			/* the sink fails at this piece */

static int
gather(void *arg, const uint8_t *head, size_t hlen, const uint8_t *body,
    size_t n)
{
	assert_ptr_equal(arg, &all);
	if (refuse != 0 && pieces + 1 == (size_t)refuse) {
		errno = EHOSTUNREACH;
		return (-1);
	}
	assert_true(pieces < PIECES && all.n + hlen + n <= sizeof(all.b));
	piece[pieces].at = all.n;
	piece[pieces].n = hlen + n;
	piece[pieces++].hlen = hlen;
	add(&all, head, hlen);
	add(&all, body, n);
	return (0);
}

/* In a block of exactly its size. */
static int
split(size_t size)
{
	const struct split_sink sink = { gather, &all };
	uint8_t *c = malloc(o.n + (o.n == 0));
	int rc, saved;

	if (c == NULL)
		abort();
	memcpy(c, o.b, o.n);
	all.n = pieces = 0;
	errno = 0;
	rc = divert_split(c, o.n, size, 0xfeedface, &sink);
	saved = errno;
	free(c);
	errno = saved;
	return (rc);
}

static unsigned int
word(const uint8_t *p)
{
	return ((unsigned int)p[0] << 8 | p[1]);
}

/* Offsets, marks and lengths of the pieces; their bytes go to w. */
static void
join(const char *name, size_t size, size_t first, int more)
{
	size_t i, frag, off = first;

	w.n = 0;
	for (i = 0; i < pieces; i++) {
		const uint8_t *p = all.b + piece[i].at;
		int six = p[0] >> 4 == 6, last = i + 1 == pieces;
		size_t n = piece[i].n - piece[i].hlen;

		if (piece[i].n > size || n == 0)
			fail_msg("%s: piece %zu has %zu bytes", name, i,
			    piece[i].n);
		if (!last && (n % 8 != 0 || piece[i].n + 8 <= size -
		    (piece[0].hlen - piece[i].hlen)))
			fail_msg("%s: piece %zu is no full one", name, i);
		frag = piece[i].hlen - 8;
		if (six) {
			assert_int_equal(word(p + 4), piece[i].n - 40);
			assert_int_equal(word(p + frag + 2), off |
			    (!last || more ? 1u : 0u));
		} else {
			assert_int_equal((size_t)(p[0] & 15) * 4,
			    piece[i].hlen);
			assert_int_equal(word(p + 2), piece[i].n);
			assert_int_equal(word(p + 6), off / 8 |
			    (!last || more ? 0x2000u : 0u));
			assert_int_equal(slow_sum(0, p, piece[i].hlen),
			    0xffff);
		}
		add(&w, p + piece[i].hlen, n);
		off += n;
	}
}

/* Every sample that has a body worth it, at several sizes. */
static void
together(void **state)
{
	static const size_t sizes[] = { 68, 100, 333, 576, 1280, 1500 };
	struct params p = standard;
	const char *name;
	unsigned int i, cut = 0;
	size_t j, body;
	int more;

	(void)state;
	p.payload = 3001;
	for (i = 0; (name = sample(i, &o, &p)) != NULL; i++) {
		if (o.n < 1000)
			continue;
		for (j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++) {
			int four = o.b[0] >> 4 == 4, rc;

			rc = split(sizes[j]);
			if (four && (word(o.b + 6) & 0x4000) != 0) {
				assert_int_equal(rc, -1);
				assert_int_equal(errno, EMSGSIZE);
				continue;
			}
			if (!four && rc == -1 && sizes[j] < 104) {
				assert_int_equal(errno, EINVAL);
				continue;
			}
			assert_int_equal(rc, pieces);
			assert_true(rc > 1);
			body = four ? piece[0].hlen : piece[0].hlen - 8;
			/* Samples that are fragments stay what they were. */
			if (four) {
				more = (word(o.b + 6) & 0x2000) != 0;
				join(name, sizes[j],
				    (word(o.b + 6) & 0x1fff) * 8, more);
			} else if (strstr(name, "fragment") != NULL) {
				more = o.b[body + 3] & 1;
				join(name, sizes[j],
				    word(o.b + body + 2) & 0xfff8, more);
				body += 8;
			} else
				join(name, sizes[j], 0, 0);
			if (w.n != o.n - body ||
			    memcmp(w.b, o.b + body, w.n) != 0)
				fail_msg("%s at %zu: other bytes", name,
				    sizes[j]);
			cut++;
		}
	}
	assert_true(cut > 100);
}

static void
fits(void **state)
{
	(void)state;
	sample(2, &o, &standard);
	assert_int_equal(split(o.n), 1);
	assert_int_equal(all.n, o.n);
	assert_memory_equal(all.b, o.b, o.n);
	assert_int_equal(split(65535), 1);
	assert_memory_equal(all.b, o.b, o.n);
	assert_int_equal(split(o.n - 1), 2);
	/* What says so is not cut, but passes when it fits. */
	sample(1, &o, &standard);
	assert_int_equal(split(o.n), 1);
	assert_int_equal(split(o.n - 1), -1);
	assert_int_equal(errno, EMSGSIZE);
	assert_int_equal(pieces, 0);
}

/*
 * RFC 791 3.1: a source route (131) and security (130) have the copied bit, a
 * record route (7) and a timestamp (68) have not.
 */
static void
options4(void **state)
{
	static const char options[] =
	    "\1\7\7\4\0\0\0\0\203\7\4\300\0\2\1\1\104\4\5\0\202\3\1\0";
	static const uint8_t copied[] = {
	    0203, 7, 4, 192, 0, 2, 1, 0202, 3, 1, 0, 0
	};
	struct params p = standard;
	size_t ip;

	(void)state;
	p.payload = 500;
	o.n = 0;
	ip = begin4(&o, &p, 17, 0, options, 24);
	udp_part(&o, &p, ip, 0, 17, 0);
	end_ip(&o, ip);
	assert_int_equal(split(200), 4);
	assert_int_equal(piece[0].hlen, 44);
	assert_memory_equal(all.b + 20, options, 24);
	assert_int_equal(piece[1].hlen, 32);
	assert_memory_equal(all.b + piece[1].at + 20, copied, 12);
	assert_memory_equal(all.b + piece[2].at + 20, copied, 12);
	join("options", 200, 0, 0);
	assert_memory_equal(w.b, o.b + 44, 508);
	/* A length of nonsense ends the options. */
	o.b[20 + 9] = 77;
	end_ip(&o, 0);
	assert_int_equal(split(200), 3);
	assert_int_equal(piece[1].hlen, 20);
}

/* Where the fragment header goes (RFC 8200 4.5). */
static void
headers6(void **state)
{
	struct params p = standard;
	const uint8_t *f;
	size_t ip;

	(void)state;
	p.payload = 1000;
	/* Hop-by-hop before, destination options after. */
	o.n = 0;
	ip = begin6(&o, &p, 0);
	opt_part(&o, 60);
	opt_part(&o, 17);
	udp_part(&o, &p, ip, 0, 17, 0);
	end_ip(&o, ip);
	assert_int_equal(split(576), 2);
	assert_int_equal(piece[1].hlen, 56);
	f = all.b + piece[1].at;
	assert_int_equal(f[6], 0);
	assert_int_equal(f[40], 44);
	assert_int_equal(f[48], 60);
	assert_memory_equal(f + 52, "\xfe\xed\xfa\xce", 4);
	/* With a routing header destination options before it count too. */
	o.n = 0;
	ip = begin6(&o, &p, 60);
	opt_part(&o, 43);
	(void)route_part(&o, 60, 0, 0, 0);
	opt_part(&o, 17);
	udp_part(&o, &p, ip, 0, 17, 0);
	end_ip(&o, ip);
	assert_int_equal(split(576), 3);
	assert_int_equal(piece[2].hlen, 96);
	f = all.b + piece[2].at;
	assert_int_equal(f[6], 60);
	assert_int_equal(f[40], 43);
	assert_int_equal(f[48], 44);
	assert_int_equal(f[88], 60);
	/* Without one they do not. */
	o.n = 0;
	ip = begin6(&o, &p, 60);
	opt_part(&o, 17);
	udp_part(&o, &p, ip, 0, 17, 0);
	end_ip(&o, ip);
	assert_int_equal(split(576), 2);
	assert_int_equal(piece[0].hlen, 48);
	assert_int_equal(all.b[6], 44);
	assert_int_equal(all.b[40], 60);
}

/* Ids: an own one stays, 0 of IPv4 is replaced. */
static void
ids(void **state)
{
	struct params p = standard;

	(void)state;
	p.payload = 100;
	sample(2, &o, &p);
	assert_int_equal(split(100), 2);
	assert_int_equal(word(all.b + 4), 54321);
	set_at(&o, 4, 0);
	assert_int_equal(split(100), 2);
	assert_int_equal(word(all.b + 4), 0xface);
	assert_int_equal(word(all.b + piece[1].at + 4), 0xface);
	assert_int_equal(slow_sum(0, all.b, 20), 0xffff);
	/* The fragment header of a packet that has one. */
	o.n = 0;
	(void)begin6(&o, &p, 44);
	frag_part(&o, 17, 8 << 3 | 1);
	add_payload(&o, 160);
	end_ip(&o, 0);
	assert_int_equal(split(128), 2);
	assert_memory_equal(all.b + 44, "\xde\xad\xbe\xef", 4);
	assert_int_equal(word(all.b + 42), 8 << 3 | 1);
	assert_int_equal(word(all.b + piece[1].at + 42), 18 << 3 | 1);
}

static void
want(size_t size, int error)
{
	assert_int_equal(split(size), -1);
	assert_int_equal(errno, error);
}

static void
refused(void **state)
{
	struct params p = standard;
	size_t n;

	(void)state;
	o.n = 0;
	want(100, EINVAL);
	p.payload = 3000;
	sample(2, &o, &p);
	want(27, EINVAL);
	assert_true(split(28) > 300);
	o.b[0] = 0x44;
	want(1500, EINVAL);
	o.b[0] = 0x54;
	want(1500, EINVAL);
	sample(2, &o, &p);
	o.n = 19;
	want(10, EINVAL);
	/* 65535 is the last byte there can be. */
	sample(2, &o, &p);
	set_at(&o, 6, (65536 - 3008) / 8);
	want(1500, EINVAL);
	set_at(&o, 6, (65536 - 3008) / 8 - 1);
	assert_int_equal(split(1500), 3);
	sample(25, &o, &p);
	want(55, EINVAL);
	assert_true(split(56) > 300);
	o.n = 39;
	want(10, EINVAL);
	/* Headers that are cut off. */
	o.n = 0;
	(void)begin6(&o, &p, 0);
	opt_part(&o, 17);
	o.b[41] = 1;
	for (n = o.n; n > 40; n--) {
		o.n = n;
		want(39, EINVAL);
	}
	/* A sink that fails. */
	sample(2, &o, &p);
	for (refuse = 1; refuse <= 3; refuse++) {
		want(1500, EHOSTUNREACH);
		assert_int_equal(pieces, refuse - 1);
	}
	refuse = 0;
}

static FILE *
hex_out(const char *command)
{
	FILE *f = popen(command, "w");

	assert_non_null(f);
	return (f);
}

static void
put_hex(FILE *f, const uint8_t *p, size_t n)
{
	while (n-- > 0)
		fprintf(f, "%02x", *p++);
}

/* What scapy's fragment() and fragment6() make of the same packet. */
static void
scapy(void **state)
{
	static const size_t sizes[] = { 68, 576, 1280, 1500 };
	static const unsigned int which[] = {
		2, 3, 4, 6, 11, 5, 25, 26, 31, 32, 34
	};
	struct params p = standard;
	const char *name;
	size_t i, j, k, n = 0;
	FILE *f;

	(void)state;
	/* The system's Python need not be the first. */
	if (system(PYTHON "\"$p\" -c 'import scapy.all' 2>/dev/null") != 0) {
		print_message("# python3 has no scapy\n");
		skip();
	}
	p.payload = 4000;
	f = hex_out(PYTHON "\"$p\" -c '"
	    "import sys\n"
	    "from scapy.all import IP, IPv6, IPv6ExtHdrFragment, raw, \\\n"
	    "    fragment, fragment6\n"
	    "def cut(p, size):\n"
	    "    if p[0] >> 4 == 4:\n"
	    "        return fragment(IP(p), size - 20)\n"
	    "    q, before = IPv6(p), None\n"
	    "    h = q\n"
	    "    while h.name.endswith((\"Hop-by-Hop Options Header\",\n"
	    "        \"Routing\")) or h is q:\n"
	    "        before, h = h, h.payload\n"
	    "    before.remove_payload()\n"
	    "    f = IPv6ExtHdrFragment(id=0xfeedface, nh=before.nh)\n"
	    "    before.nh = 44\n"
	    "    q.plen = None\n"
	    "    return fragment6(q / f / h, size)\n"
	    "bad = n = 0\n"
	    "for line in sys.stdin:\n"
	    "    name, size, packet, got = line.split(\";\")\n"
	    "    want = [raw(x) for x in cut(bytes.fromhex(packet), int(size))]\n"
	    "    n += 1\n"
	    "    if want != [bytes.fromhex(x) for x in got.split()]:\n"
	    "        print(\"#\", name, size)\n"
	    "        bad += 1\n"
	    "sys.exit(1 if bad or not n else 0)' 2>&1");
	for (i = 0; i < sizeof(which) / sizeof(which[0]); i++) {
		name = sample(which[i], &o, &p);
		for (j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++) {
			if (split(sizes[j]) <= 1)
				continue;
			fprintf(f, "%s;%zu;", name, sizes[j]);
			put_hex(f, o.b, o.n);
			fputc(';', f);
			for (k = 0; k < pieces; k++) {
				put_hex(f, all.b + piece[k].at, piece[k].n);
				fputc(' ', f);
			}
			fputc('\n', f);
			n++;
		}
	}
	assert_true(n > 25);
	assert_int_equal(pclose(f), 0);
}

static void
put_record(FILE *f, const uint8_t *p, size_t n)
{
	const uint32_t head[4] = { 0, 0, (uint32_t)n, (uint32_t)n };

	fwrite(head, sizeof(head), 1, f);
	fwrite(p, n, 1, f);
}

/* The payloads that tshark puts together again. */
static void
tshark(void **state)
{
	static const uint32_t header[6] = {
		0xa1b2c3d4, 4 << 16 | 2, 0, 0, 262144, 101
	};
	static const unsigned int which[] = { 2, 25, 31, 34 };
	static char line[20000];
	const char *dir = getenv("TMPDIR");
	struct params p = standard;
	char path[4096], command[8192], *got;
	size_t i, k;
	FILE *f;

	(void)state;
	if (system("tshark --version >/dev/null 2>&1") != 0) {
		print_message("# tshark is missing\n");
		skip();
	}
	p.payload = 4001;
	snprintf(path, sizeof(path), "%s/split.%ld.pcap",
	    dir != NULL ? dir : "/tmp", (long)getpid());
	for (i = 0; i < sizeof(which) / sizeof(which[0]); i++) {
		assert_non_null(f = fopen(path, "wb"));
		fwrite(header, sizeof(header), 1, f);
		(void)sample(which[i], &o, &p);
		assert_in_range(split(i % 2 == 0 ? 600 : 1200), 4, 9);
		/* The last first. */
		for (k = pieces; k-- > 0; )
			put_record(f, all.b + piece[k].at, piece[k].n);
		fclose(f);
		snprintf(command, sizeof(command), "tshark -r %s "
		    "-o ip.defragment:TRUE -o ipv6.defragment:TRUE "
		    "-o udp.check_checksum:TRUE -Y udp -T fields "
		    "-e udp.checksum.status -e udp.payload 2>/dev/null",
		    path);
		assert_non_null(f = popen(command, "r"));
		got = fgets(line, sizeof(line), f);
		pclose(f);
		assert_non_null(got);
		got[strcspn(got, "\n")] = '\0';
		assert_memory_equal(got, "1\t", 2);
		assert_int_equal(strlen(got + 2), p.payload * 2);
		for (k = 0; k < p.payload; k++) {
			char two[3];

			snprintf(two, sizeof(two), "%02x",
			    o.b[o.n - p.payload + k]);
			assert_memory_equal(got + 2 + k * 2, two, 2);
		}
	}
	remove(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(together),
		cmocka_unit_test(fits),
		cmocka_unit_test(options4),
		cmocka_unit_test(headers6),
		cmocka_unit_test(ids),
		cmocka_unit_test(refused),
		cmocka_unit_test(scapy),
		cmocka_unit_test(tshark)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
