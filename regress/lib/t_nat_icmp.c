/* SPDX-License-Identifier: ISC */

/*
 * ICMP errors through the translator: RFC 5508, and what RFC 4787, 5382 and
 * 4884 say of them.  Tests are named by the requirements of the RFCs: I3 to I7
 * of RFC 5508, U12 of RFC 4787, T9 and T10 of RFC 5382.
 */

#include "compat.h"

#include "nat_test.h"

/* One port only: what stands outside is known. */
#define NAT44	"match out on em0 inet from 10.0.0.0/8 to any " \
		"nat-to 203.0.113.1 port 5000\n"
#define NAT66	"match out on em0 inet6 from fd00::/8 to any " \
		"nat-to 2001:db8::1 port 5000\n"

#define IN4	"10.0.0.5"
#define OUT4	"203.0.113.1"
#define FAR4	"192.0.2.9"
#define ROUTER4	"198.51.100.1"
#define IN6	"fd00::5"
#define OUT6	"2001:db8::1"
#define FAR6	"2001:db8:9::9"
#define ROUTER6	"2001:db8:7::1"

/* A UDP session 1234 -> 5000 -> 53. */
static struct engine *
with_udp(const char *rules, const char *in, const char *far)
{
	struct engine	*e = engine_new(rules);
	struct packet	 p = udp(in, 1234, far, 53, 20);

	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	return (e);
}

/* In: an error about `was' must come out about `is', at `to'. */
static void
error_in(struct engine *e, int type, int code, uint32_t word,
    const struct packet *was, const struct packet *is, size_t cut,
    const char *to)
{
	int		 v6 = version_of(to) == 6;
	struct packet	 p, want;

	p = icmp(v6 ? ROUTER6 : ROUTER4, v6 ? OUT6 : OUT4, type, code, word,
	    was, cut);
	want = icmp(v6 ? ROUTER6 : ROUTER4, to, type, code, word, is, cut);
	assert_int_equal(send_in(e, &p), NAT_REPLACE);
	same(&p, &want);
}

/* The same bytes by another hand: scapy 2.5. */
static void
I4_bytes_of_scapy(void **state)
{
	/* IP(src="198.51.100.1", dst="203.0.113.1", id=7, ttl=50) /
	 * ICMP(type=3, code=3) / IP(src="203.0.113.1", dst="192.0.2.9", id=9,
	 * ttl=3) / UDP(sport=5000, dport=53) / "hello" */
	static const uint8_t	 in[] = {
		0x45, 0x00, 0x00, 0x3d, 0x00, 0x07, 0x00, 0x00, 0x32, 0x01,
		0x22, 0x83, 0xc6, 0x33, 0x64, 0x01, 0xcb, 0x00, 0x71, 0x01,
		0x03, 0x03, 0xfb, 0x26, 0x00, 0x00, 0x00, 0x00, 0x45, 0x00,
		0x00, 0x21, 0x00, 0x09, 0x00, 0x00, 0x03, 0x11, 0xb9, 0xb8,
		0xcb, 0x00, 0x71, 0x01, 0xc0, 0x00, 0x02, 0x09, 0x13, 0x88,
		0x00, 0x35, 0x00, 0x0d, 0xaa, 0x39, 0x68, 0x65, 0x6c, 0x6c,
		0x6f
	};
	/* The same with 10.0.0.5 for 203.0.113.1 and 1234 for 5000. */
	static const uint8_t	 out[] = {
		0x45, 0x00, 0x00, 0x3d, 0x00, 0x07, 0x00, 0x00, 0x32, 0x01,
		0x54, 0x80, 0xc6, 0x33, 0x64, 0x01, 0x0a, 0x00, 0x00, 0x05,
		0x03, 0x03, 0xc9, 0x29, 0x00, 0x00, 0x00, 0x00, 0x45, 0x00,
		0x00, 0x21, 0x00, 0x09, 0x00, 0x00, 0x03, 0x11, 0xeb, 0xb5,
		0x0a, 0x00, 0x00, 0x05, 0xc0, 0x00, 0x02, 0x09, 0x04, 0xd2,
		0x00, 0x35, 0x00, 0x0d, 0xea, 0xec, 0x68, 0x65, 0x6c, 0x6c,
		0x6f
	};
	struct engine	*e = with_udp(NAT44, IN4, FAR4);
	struct packet	 p = { 0 }, want = { 0 };

	(void)state;
	p.n = want.n = sizeof(in);
	memcpy(p.b, in, sizeof(in));
	memcpy(want.b, out, sizeof(out));
	assert_int_equal(send_in(e, &p), NAT_REPLACE);
	same(&p, &want);
	engine_free(e);
}

/* Every type and code as it is, and the word behind the sum too. */
static void
I4_types_and_codes(void **state)
{
	static const struct {
		int		 type, code;
		uint32_t	 word;
	} v4[] = {
		{ 3, 0, 0 }, { 3, 1, 0 }, { 3, 3, 0 }, { 3, 4, 1400 },
		{ 3, 13, 0 }, { 11, 0, 0 }, { 11, 1, 0 },
		{ 12, 0, 0x14000000 }
	}, v6[] = {
		{ 1, 0, 0 }, { 1, 1, 0 }, { 1, 4, 0 }, { 2, 0, 1280 },
		{ 3, 0, 0 }, { 3, 1, 0 }, { 4, 1, 40 }
	};
	struct engine	*e = with_udp(NAT44 NAT66, IN4, FAR4);
	struct packet	 is, p, was;
	size_t		 i;

	(void)state;
	was = udp(OUT4, 5000, FAR4, 53, 20);
	is = udp(IN4, 1234, FAR4, 53, 20);
	for (i = 0; i < sizeof(v4) / sizeof(v4[0]); i++)
		error_in(e, v4[i].type, v4[i].code, v4[i].word, &was, &is,
		    was.n, IN4);
	p = udp(IN6, 1234, FAR6, 53, 20);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	was = udp(OUT6, 5000, FAR6, 53, 20);
	is = udp(IN6, 1234, FAR6, 53, 20);
	for (i = 0; i < sizeof(v6) / sizeof(v6[0]); i++)
		error_in(e, v6[i].type, v6[i].code, v6[i].word, &was, &is,
		    was.n, IN6);
	engine_free(e);
}

/* However much is quoted: from 8 bytes on (4 are the ports) to all of it. */
static void
I4_short_quotes(void **state)
{
	struct engine	*e;
	struct packet	 is, p, was;
	size_t		 cut;
	int		 v6;

	(void)state;
	for (v6 = 0; v6 < 2; v6++) {
		const char	*in = v6 ? IN6 : IN4, *out = v6 ? OUT6 : OUT4;
		const char	*far = v6 ? FAR6 : FAR4;

		e = with_udp(NAT44 NAT66, in, far);
		p = tcp(in, 1234, far, 443, 0x02, 0);
		assert_int_equal(send_out(e, &p), NAT_REPLACE);
		p = echo(in, far, 0, 77, 16);
		assert_int_equal(send_out(e, &p), NAT_REPLACE);
		was = udp(out, 5000, far, 53, 20);
		is = udp(in, 1234, far, 53, 20);
		for (cut = l4_at(&was) + 4; cut <= was.n; cut++) {
			if (cut >= l4_at(&was) + 8 || cut < l4_at(&was) + 6)
				error_in(e, v6 ? 1 : 3, 0, 0, &was, &is, cut,
				    in);
		}
		was = tcp(out, 5000, far, 443, 0x02, 20);
		is = tcp(in, 1234, far, 443, 0x02, 20);
		for (cut = l4_at(&was) + 4; cut <= was.n; cut++)
			if (cut != l4_at(&was) + 17)
				error_in(e, v6 ? 1 : 3, 0, 0, &was, &is, cut,
				    in);
		was = echo(out, far, 0, 5000, 16);
		is = echo(in, far, 0, 77, 16);
		for (cut = l4_at(&was) + 8; cut <= was.n; cut++)
			error_in(e, v6 ? 3 : 11, 0, 0, &was, &is, cut, in);
		engine_free(e);
	}
}

/* No sum is no sum, before and after (RFC 768). */
static void
I4_udp_without_a_sum(void **state)
{
	struct engine	*e = with_udp(NAT44, IN4, FAR4);
	struct packet	 is, was;

	(void)state;
	was = udp(OUT4, 5000, FAR4, 53, 20);
	is = udp(IN4, 1234, FAR4, 53, 20);
	w16(was.b + 26, 0);
	w16(is.b + 26, 0);
	error_in(e, 3, 3, 0, &was, &is, was.n, IN4);
	engine_free(e);
}

/* The error itself has options. */
static void
I4_outer_options(void **state)
{
	static const uint8_t	 nops[8] = { 1, 1, 1, 1, 1, 1, 1, 0 };
	struct engine	*e = with_udp(NAT44, IN4, FAR4);
	struct packet	 is, p, want, was;

	(void)state;
	was = udp(OUT4, 5000, FAR4, 53, 20);
	is = udp(IN4, 1234, FAR4, 53, 20);
	p = icmp(ROUTER4, OUT4, 3, 3, 0, &was, 28);
	want = icmp(ROUTER4, IN4, 3, 3, 0, &is, 28);
	insert(&p, 20, nops, 8);
	insert(&want, 20, nops, 8);
	p.b[0] = want.b[0] = 0x47;
	sum_ip(&p);
	sum_ip(&want);
	assert_int_equal(send_in(e, &p), NAT_REPLACE);
	same(&p, &want);
	engine_free(e);
}

static void
I3_bad_outer_sum(void **state)
{
	struct engine	*e;
	struct packet	 p, was;
	int		 v6;

	(void)state;
	for (v6 = 0; v6 < 2; v6++) {
		e = with_udp(NAT44 NAT66, v6 ? IN6 : IN4, v6 ? FAR6 : FAR4);
		was = udp(v6 ? OUT6 : OUT4, 5000, v6 ? FAR6 : FAR4, 53, 20);
		p = icmp(v6 ? ROUTER6 : ROUTER4, v6 ? OUT6 : OUT4,
		    v6 ? 1 : 3, 0, 0, &was, was.n);
		p.b[l4_at(&p) + 3] ^= 0x04;
		assert_int_equal(send_in(e, &p), NAT_DROP);
		assert_int_equal(e->reason, NAT_REASON_ICMP_SUM);
		engine_free(e);
	}
}

static void
I3a_bad_inner_ip_sum(void **state)
{
	struct engine	*e = with_udp(NAT44, IN4, FAR4);
	struct packet	 p, was;

	(void)state;
	was = udp(OUT4, 5000, FAR4, 53, 20);
	was.b[8]--;
	p = icmp(ROUTER4, OUT4, 11, 0, 0, &was, was.n);
	assert_int_equal(send_in(e, &p), NAT_DROP);
	assert_int_equal(e->reason, NAT_REASON_ICMP_QUOTE);
	engine_free(e);
}

static void
I3b_inner_options(void **state)
{
	static const uint8_t	 option[12] = { 7, 11, 4, 1, 2, 3, 4, 0, 0, 0,
				    0, 0 };
	struct engine	*e = with_udp(NAT44, IN4, FAR4);
	struct packet	 is, was;

	(void)state;
	was = udp(OUT4, 5000, FAR4, 53, 20);
	is = udp(IN4, 1234, FAR4, 53, 20);
	insert(&was, 20, option, 12);
	insert(&is, 20, option, 12);
	was.b[0] = is.b[0] = 0x48;
	sum_ip(&was);
	sum_ip(&is);
	error_in(e, 11, 0, 0, &was, &is, 40, IN4);
	error_in(e, 11, 0, 0, &was, &is, was.n, IN4);
	engine_free(e);
}

/* IPv6: the transport header is behind extension headers. */
static void
I3b_inner_extension_headers(void **state)
{
	static const uint8_t	 options[16] = { 17, 1, 1, 12 };
	struct engine	*e = with_udp(NAT66, IN6, FAR6);
	struct packet	 is, was;

	(void)state;
	was = udp(OUT6, 5000, FAR6, 53, 20);
	is = udp(IN6, 1234, FAR6, 53, 20);
	insert(&was, 40, options, 16);
	insert(&is, 40, options, 16);
	was.b[6] = is.b[6] = 60;
	error_in(e, 1, 4, 0, &was, &is, was.n, IN6);
	engine_free(e);
}

/* A wrong sum of the quoted transport header is nobody's concern, and stays. */
static void
I3c_inner_transport_sum_is_not_verified(void **state)
{
	struct engine	*e = with_udp(NAT44, IN4, FAR4);
	struct packet	 is, was;

	(void)state;
	was = udp(OUT4, 5000, FAR4, 53, 20);
	is = udp(IN4, 1234, FAR4, 53, 20);
	/* As if the payload had been other than it is. */
	was.b[40] ^= 0x11;
	is.b[40] ^= 0x11;
	error_in(e, 3, 3, 0, &was, &is, was.n, IN4);
	engine_free(e);
}

/*
 * RFC 4884: 128 bytes of original datagram, then an extension.  The quoted TCP
 * header begins at 112, so that its sum would be at 128, where the extension
 * is.
 */
static void
I3d_extensions_are_left_out(void **state)
{
	static const uint8_t	 options[72] = { 6, 8, 1, 68 };
	/* RFC 4884 7, RFC 4950: version 2, sum, one MPLS label. */
	static const uint8_t	 extension[12] = { 0x20, 0, 0xa2, 0xd8, 0, 8,
				    1, 1, 0x12, 0x34, 0x51, 0xfe };
	struct engine	*e = engine_new(NAT66);
	struct packet	 is, p, want, was;
	uint16_t	 sums[2];

	(void)state;
	p = tcp(IN6, 1234, FAR6, 443, 0x02, 0);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	was = tcp(OUT6, 5000, FAR6, 443, 0x02, 20);
	is = tcp(IN6, 1234, FAR6, 443, 0x02, 20);
	memcpy(&sums[0], was.b + 56, 2);
	memcpy(&sums[1], is.b + 56, 2);
	assert_int_not_equal(sums[0], sums[1]);
	insert(&was, 40, options, 72);
	insert(&is, 40, options, 72);
	was.b[6] = is.b[6] = 60;
	memcpy(was.b + 128, extension, 12);
	memcpy(is.b + 128, extension, 12);
	was.n = is.n = 140;
	/* 16 words of 64 bits. */
	p = icmp(ROUTER6, OUT6, 3, 0, 0x10000000, &was, 140);
	want = icmp(ROUTER6, IN6, 3, 0, 0x10000000, &is, 140);
	assert_int_equal(send_in(e, &p), NAT_REPLACE);
	same(&p, &want);
	engine_free(e);
}

/* IPv4: padded to 128 bytes, which are 32 words, and an extension. */
static void
I3d_padding_is_left_out(void **state)
{
	static const uint8_t	 extension[12] = { 0x20, 0, 0xa2, 0xd8, 0, 8,
				    1, 1, 0x12, 0x34, 0x51, 0xfe };
	struct engine	*e = with_udp(NAT44, IN4, FAR4);
	struct packet	 is, was;
	uint32_t	 word;

	(void)state;
	was = udp(OUT4, 5000, FAR4, 53, 20);
	is = udp(IN4, 1234, FAR4, 53, 20);
	was.n = is.n = 140;
	memcpy(was.b + 128, extension, 12);
	memcpy(is.b + 128, extension, 12);
	error_in(e, 11, 0, 0x00200000, &was, &is, 140, IN4);
	/* Before RFC 4884 the byte had no meaning, and anything in it. */
	for (word = 1; word < 32; word++)
		error_in(e, 11, 0, word << 16, &was, &is, 48, IN4);
	error_in(e, 11, 0, 0x00ff0000, &was, &is, 48, IN4);
	engine_free(e);
}

/* About the first fragment of a datagram: it has the ports. */
static void
I4_first_fragment_quoted(void **state)
{
	struct engine	*e = with_udp(NAT44, IN4, FAR4);
	struct packet	 is, p, was;

	(void)state;
	was = udp(OUT4, 5000, FAR4, 53, 200);
	is = udp(IN4, 1234, FAR4, 53, 200);
	was = fragment(&was, 0x4321, 0, 104);
	is = fragment(&is, 0x4321, 0, 104);
	error_in(e, 11, 1, 0, &was, &is, was.n, IN4);
	error_in(e, 11, 1, 0, &was, &is, 28, IN4);
	/* Another has none: nobody knows whose it was. */
	was = udp(OUT4, 5000, FAR4, 53, 200);
	was = fragment(&was, 0x4321, 104, 208);
	p = icmp(ROUTER4, OUT4, 11, 1, 0, &was, 28);
	assert_int_equal(send_in(e, &p), NAT_DROP);
	assert_int_equal(e->reason, NAT_REASON_ICMP_UNKNOWN);
	engine_free(e);
}

/* Not ours: dropped where it is for us, and no business of ours elsewhere. */
static void
I4_about_nothing_known(void **state)
{
	struct engine	*e = with_udp(NAT44 "set filtering "
			    "address-and-port-dependent\n", IN4, FAR4);
	struct packet	 p, want, was;

	(void)state;
	was = udp(OUT4, 5001, FAR4, 53, 20);
	p = icmp(ROUTER4, OUT4, 3, 3, 0, &was, was.n);
	assert_int_equal(send_in(e, &p), NAT_DROP);
	assert_int_equal(e->reason, NAT_REASON_ICMP_UNKNOWN);
	/* The mapping is there, a session with this remote is not. */
	was = udp(OUT4, 5000, FAR4, 54, 20);
	p = icmp(ROUTER4, OUT4, 3, 3, 0, &was, was.n);
	assert_int_equal(send_in(e, &p), NAT_DROP);
	assert_int_equal(e->reason, NAT_REASON_ICMP_UNKNOWN);
	/* It quotes nothing that could be read. */
	was = udp(OUT4, 5000, FAR4, 53, 20);
	was.b[0] = 0x42;
	p = icmp(ROUTER4, OUT4, 3, 3, 0, &was, was.n);
	assert_int_equal(send_in(e, &p), NAT_DROP);
	assert_int_equal(e->reason, NAT_REASON_ICMP_QUOTE);
	/* It quotes a packet of somebody else. */
	was = udp("192.0.2.77", 5000, FAR4, 53, 20);
	p = icmp(ROUTER4, OUT4, 3, 3, 0, &was, was.n);
	assert_int_equal(send_in(e, &p), NAT_DROP);
	/* It only passes by, wrong sum and all. */
	p = icmp(ROUTER4, "192.0.2.77", 3, 3, 0, &was, was.n);
	p.b[23] ^= 1;
	want = p;
	assert_int_equal(send_in(e, &p), NAT_PASS);
	same(&p, &want);
	engine_free(e);
}

/* RFC 1122 3.2.2: errors go to the source of what they quote. */
static void
I4_to_another_address(void **state)
{
	struct engine	*e = engine_new("match out on em0 inet from " IN4
			    " to any nat-to 203.0.113.1 port 5000\n"
			    "match out on em0 inet from 10.0.0.6 to any "
			    "nat-to 203.0.113.2 port 6000\n");
	struct packet	 p, was;

	(void)state;
	p = udp(IN4, 1234, FAR4, 53, 20);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	was = udp("203.0.113.1", 5000, FAR4, 53, 20);
	p = icmp(ROUTER4, "203.0.113.2", 3, 3, 0, &was, was.n);
	assert_int_equal(send_in(e, &p), NAT_DROP);
	assert_int_equal(e->reason, NAT_REASON_ICMP_QUOTE);
	engine_free(e);
}

/* Everybody may use the mapping: there are errors about that, too. */
static void
I4_by_mapping(void **state)
{
	struct engine	*e = with_udp(NAT44, IN4, FAR4);
	struct packet	 is, p, was;

	(void)state;
	was = udp(OUT4, 5000, "192.0.2.200", 99, 20);
	is = udp(IN4, 1234, "192.0.2.200", 99, 20);
	error_in(e, 3, 3, 0, &was, &is, was.n, IN4);
	engine_free(e);

	e = with_udp(NAT44 "set filtering address-dependent\n", IN4, FAR4);
	p = icmp(ROUTER4, OUT4, 3, 3, 0, &was, was.n);
	assert_int_equal(send_in(e, &p), NAT_DROP);
	was = udp(OUT4, 5000, FAR4, 99, 20);
	is = udp(IN4, 1234, FAR4, 99, 20);
	error_in(e, 3, 3, 0, &was, &is, was.n, IN4);
	engine_free(e);
}

/* A port forward: what goes out of it comes from the inside host. */
static void
I4_of_a_port_forward(void **state)
{
	struct engine	*e = engine_new("match in on em0 inet proto tcp to "
			    OUT4 " port 80 rdr-to " IN4 " port 8080\n");
	struct packet	 is, p, was;

	(void)state;
	p = tcp(FAR4, 4000, OUT4, 80, 0x02, 0);
	assert_int_equal(send_in(e, &p), NAT_REPLACE);
	was = tcp(OUT4, 80, FAR4, 4000, 0x12, 0);
	is = tcp(IN4, 8080, FAR4, 4000, 0x12, 0);
	error_in(e, 3, 4, 1400, &was, &is, 28, IN4);
	engine_free(e);
}

/* From the host that the packet was for. */
static void
I5_from_the_host(void **state)
{
	struct engine	*e;
	struct packet	 is, p, want, was;
	int		 v6;

	(void)state;
	for (v6 = 0; v6 < 2; v6++) {
		const char	*in = v6 ? IN6 : IN4, *out = v6 ? OUT6 : OUT4;
		const char	*far = v6 ? FAR6 : FAR4;

		e = with_udp(NAT44 NAT66, in, far);
		was = udp(far, 53, in, 1234, 20);
		is = udp(far, 53, out, 5000, 20);
		p = icmp(in, far, v6 ? 1 : 3, v6 ? 4 : 3, 0, &was, was.n);
		want = icmp(out, far, v6 ? 1 : 3, v6 ? 4 : 3, 0, &is, is.n);
		assert_int_equal(send_out(e, &p), NAT_REPLACE);
		same(&p, &want);
		engine_free(e);
	}
}

/* From a router on the way to it: no address of its own outside (NAPT). */
static void
I5_from_a_router_inside(void **state)
{
	struct engine	*e = with_udp(NAT44, IN4, FAR4);
	struct packet	 is, p, want, was;

	(void)state;
	was = udp(FAR4, 53, IN4, 1234, 20);
	is = udp(FAR4, 53, OUT4, 5000, 20);
	p = icmp("10.9.9.9", FAR4, 11, 0, 0, &was, 28);
	want = icmp(OUT4, FAR4, 11, 0, 0, &is, 28);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	same(&p, &want);
	/* This machine's own address is right as it is. */
	p = icmp(OUT4, FAR4, 11, 0, 0, &was, 28);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	same(&p, &want);
	engine_free(e);
}

/* With basic NAT the router has one: that. */
static void
I5_from_a_router_with_its_own_address(void **state)
{
	struct engine	*e = with_udp("match on em0 inet from 10.9.9.9 to any "
			    "binat-to 203.0.113.9\n" NAT44, IN4, FAR4);
	struct packet	 is, p, want, was;

	(void)state;
	was = udp(FAR4, 53, IN4, 1234, 20);
	is = udp(FAR4, 53, OUT4, 5000, 20);
	p = icmp("10.9.9.9", FAR4, 11, 0, 0, &was, 28);
	want = icmp("203.0.113.9", FAR4, 11, 0, 0, &is, 28);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	same(&p, &want);
	engine_free(e);
}

/* Nothing that is inside gets out with it. */
static void
I5_about_nothing_known(void **state)
{
	struct engine	*e = with_udp(NAT44, IN4, FAR4);
	struct packet	 p, want, was;

	(void)state;
	was = udp(FAR4, 53, IN4, 9999, 20);
	p = icmp(IN4, FAR4, 3, 3, 0, &was, was.n);
	assert_int_equal(send_out(e, &p), NAT_DROP);
	assert_int_equal(e->reason, NAT_REASON_ICMP_UNKNOWN);
	/* Not from an address of ours either, if the quote has one inside. */
	p = icmp(OUT4, FAR4, 11, 0, 0, &was, was.n);
	assert_int_equal(send_out(e, &p), NAT_DROP);
	/* This host answers what was for itself. */
	was = udp(FAR4, 53, OUT4, 9999, 20);
	p = want = icmp(OUT4, FAR4, 3, 3, 0, &was, was.n);
	assert_int_equal(send_out(e, &p), NAT_PASS);
	same(&p, &want);
	/* Somebody passes by whom no rule concerns. */
	was = udp(FAR4, 53, "192.0.2.77", 9999, 20);
	p = want = icmp("192.0.2.77", FAR4, 3, 3, 0, &was, was.n);
	assert_int_equal(send_out(e, &p), NAT_PASS);
	same(&p, &want);
	engine_free(e);
}

/* Errors about a query keep it no longer, and do not end it. */
static void
I6_about_queries(void **state)
{
	struct engine	*e = engine_new(NAT44);
	struct packet	 is, p, was;
	struct nat_counts counts;

	(void)state;
	p = echo(IN4, FAR4, 0, 77, 16);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	was = echo(OUT4, FAR4, 0, 5000, 16);
	is = echo(IN4, FAR4, 0, 77, 16);
	e->now += 50 * SECOND_NS;
	error_in(e, 11, 0, 0, &was, &is, 28, IN4);
	nat_counts(e->nat, &counts);
	assert_int_equal(counts.sessions, 1);
	/* The answer comes all the same. */
	e->now += 9 * SECOND_NS;
	p = echo(FAR4, OUT4, 1, 5000, 16);
	is = echo(FAR4, IN4, 1, 77, 16);
	assert_int_equal(send_in(e, &p), NAT_REPLACE);
	same(&p, &is);
	engine_free(e);

	/* 60 s after the query it is over, error or not. */
	e = engine_new(NAT44);
	p = echo(IN4, FAR4, 0, 77, 16);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	is = echo(IN4, FAR4, 0, 77, 16);
	e->now += 50 * SECOND_NS;
	error_in(e, 11, 0, 0, &was, &is, 28, IN4);
	e->now += 12 * SECOND_NS;
	p = icmp(ROUTER4, OUT4, 11, 0, 0, &was, 28);
	assert_int_equal(send_in(e, &p), NAT_DROP);
	assert_int_equal(e->reason, NAT_REASON_ICMP_UNKNOWN);
	engine_free(e);
}

/* An error goes out about an echo reply that came in, and the other way. */
static void
I4_about_answers(void **state)
{
	struct engine	*e = engine_new("match on em0 inet from " IN4 " to any "
			    "binat-to 203.0.113.7\n" NAT44);
	struct packet	 is, p, want, was;

	(void)state;
	p = echo("10.0.0.6", FAR4, 0, 77, 16);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	was = echo(FAR4, "10.0.0.6", 1, 77, 16);
	is = echo(FAR4, OUT4, 1, 5000, 16);
	p = icmp("10.0.0.6", FAR4, 3, 2, 0, &was, 28);
	want = icmp(OUT4, FAR4, 3, 2, 0, &is, 28);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	same(&p, &want);
	/* The inside answers a question of the remote. */
	p = echo(FAR4, "203.0.113.7", 0, 9, 16);
	assert_int_equal(send_in(e, &p), NAT_REPLACE);
	was = echo("203.0.113.7", FAR4, 1, 9, 16);
	is = echo(IN4, FAR4, 1, 9, 16);
	p = icmp(ROUTER4, "203.0.113.7", 11, 0, 0, &was, 28);
	want = icmp(ROUTER4, IN4, 11, 0, 0, &is, 28);
	assert_int_equal(send_in(e, &p), NAT_REPLACE);
	same(&p, &want);
	engine_free(e);
}

/* U12, T10: no error ends anything; nor does it keep anything (RFC 7857 7). */
static void
U12_T10_mapping_and_session_stay(void **state)
{
	struct engine	*e = with_udp(NAT44, IN4, FAR4);
	struct packet	 is, p, was;
	struct nat_counts before, counts;
	int		 code, type;

	(void)state;
	p = tcp(IN4, 1234, FAR4, 443, 0x02, 0);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	p = tcp(FAR4, 443, OUT4, 5000, 0x12, 0);
	assert_int_equal(send_in(e, &p), NAT_REPLACE);
	p = tcp(IN4, 1234, FAR4, 443, 0x10, 0);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	nat_counts(e->nat, &before);
	was = tcp(OUT4, 5000, FAR4, 443, 0x10, 0);
	is = tcp(IN4, 1234, FAR4, 443, 0x10, 0);
	for (type = 3; type <= 12; type += type == 3 ? 8 : 1)
		for (code = 0; code < 16; code++)
			error_in(e, type, code, 0, &was, &is, 28, IN4);
	was = udp(OUT4, 5000, FAR4, 53, 20);
	is = udp(IN4, 1234, FAR4, 53, 20);
	error_in(e, 3, 3, 0, &was, &is, 28, IN4);
	nat_counts(e->nat, &counts);
	assert_int_equal(counts.sessions, before.sessions);
	assert_int_equal(counts.mappings, before.mappings);
	/* An established connection lives for 7440 s (T5). */
	e->now += 7000 * SECOND_NS;
	p = tcp(FAR4, 443, OUT4, 5000, 0x10, 4);
	is = tcp(FAR4, 443, IN4, 1234, 0x10, 4);
	assert_int_equal(send_in(e, &p), NAT_REPLACE);
	same(&p, &is);
	engine_free(e);

	/* 300 s of UDP are from the last packet out. */
	e = with_udp(NAT44, IN4, FAR4);
	e->now += 290 * SECOND_NS;
	was = udp(OUT4, 5000, FAR4, 53, 20);
	is = udp(IN4, 1234, FAR4, 53, 20);
	error_in(e, 3, 3, 0, &was, &is, 28, IN4);
	was = udp(FAR4, 53, IN4, 1234, 20);
	p = icmp(IN4, FAR4, 3, 3, 0, &was, 28);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	e->now += 12 * SECOND_NS;
	nat_expire(e->nat, e->now);
	nat_counts(e->nat, &counts);
	assert_int_equal(counts.sessions, 0);
	engine_free(e);
}

/* U12: an error is taken from whoever sends it. */
static void
U12_from_any_address(void **state)
{
	struct engine	*e = with_udp(NAT44 "set filtering "
			    "address-and-port-dependent\n", IN4, FAR4);
	struct packet	 is, p, want, was;
	char		 router[20];
	int		 i;

	(void)state;
	was = udp(OUT4, 5000, FAR4, 53, 20);
	is = udp(IN4, 1234, FAR4, 53, 20);
	for (i = 1; i < 255; i += 23) {
		snprintf(router, sizeof(router), "%d.%d.2.1", i, 255 - i);
		p = icmp(router, OUT4, 11, 0, 0, &was, 28);
		want = icmp(router, IN4, 11, 0, 0, &is, 28);
		assert_int_equal(send_in(e, &p), NAT_REPLACE);
		same(&p, &want);
	}
	engine_free(e);
}

/* T9: connections have their errors of type 3, whichever code. */
static void
T9_destination_unreachable(void **state)
{
	struct engine	*e = engine_new(NAT44);
	struct packet	 is, p, was;
	int		 code;

	(void)state;
	p = tcp(IN4, 1234, FAR4, 443, 0x02, 0);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	was = tcp(OUT4, 5000, FAR4, 443, 0x02, 0);
	is = tcp(IN4, 1234, FAR4, 443, 0x02, 0);
	for (code = 0; code < 16; code++) {
		error_in(e, 3, code, 0, &was, &is, 28, IN4);
		error_in(e, 3, code, 0, &was, &is, was.n, IN4);
	}
	engine_free(e);
}

/*
 * 10.0.0.5 and 10.0.0.6 talk by their outside addresses; the receiver, and a
 * router before it, sends an error.
 */
static void
I7_hairpinned(void **state)
{
	struct engine	*e = engine_new("match out on em0 inet from " IN4
			    " to any nat-to 203.0.113.1 port 5000\n"
			    "match out on em0 inet from 10.0.0.6 to any "
			    "nat-to 203.0.113.2 port 6000\n");
	struct packet	 is, p, want, was;

	(void)state;
	p = udp("10.0.0.6", 2222, FAR4, 53, 4);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	p = udp(IN4, 1234, "203.0.113.2", 6000, 20);
	want = udp("203.0.113.1", 5000, "10.0.0.6", 2222, 20);
	assert_int_equal(send_inside(e, &p), NAT_REPLACE);
	same(&p, &want);

	was = want;
	is = udp(IN4, 1234, "203.0.113.2", 6000, 20);
	p = icmp("10.0.0.6", "203.0.113.1", 3, 3, 0, &was, was.n);
	want = icmp("203.0.113.2", IN4, 3, 3, 0, &is, is.n);
	assert_int_equal(send_inside(e, &p), NAT_REPLACE);
	same(&p, &want);
	p = icmp("10.7.7.7", "203.0.113.1", 11, 0, 0, &was, 28);
	want = icmp("203.0.113.2", IN4, 11, 0, 0, &is, 28);
	assert_int_equal(send_inside(e, &p), NAT_REPLACE);
	same(&p, &want);
	/* Its sum is wrong. */
	p = icmp("10.7.7.7", "203.0.113.1", 11, 0, 0, &was, 28);
	p.b[22] ^= 0x80;
	assert_int_equal(send_inside(e, &p), NAT_DROP);
	assert_int_equal(e->reason, NAT_REASON_ICMP_SUM);
	/* From outside nobody can have both ends of it. */
	p = icmp(ROUTER4, "203.0.113.1", 11, 0, 0, &was, 28);
	is = udp(IN4, 1234, "10.0.0.6", 2222, 20);
	want = icmp(ROUTER4, IN4, 11, 0, 0, &is, 28);
	assert_int_equal(send_in(e, &p), NAT_REPLACE);
	same(&p, &want);
	engine_free(e);
}

/* Basic NAT: a query that turned back, and an error about it. */
static void
I7_hairpinned_query(void **state)
{
	struct engine	*e = engine_new("match on em0 inet from 10.0.0.0/24 "
			    "to any binat-to 203.0.113.0/24\n");
	struct packet	 is, p, want, was;

	(void)state;
	p = echo("10.0.0.5", "203.0.113.6", 0, 77, 16);
	was = echo("203.0.113.5", "10.0.0.6", 0, 77, 16);
	assert_int_equal(send_inside(e, &p), NAT_REPLACE);
	same(&p, &was);
	is = echo("10.0.0.5", "203.0.113.6", 0, 77, 16);
	p = icmp("10.0.0.6", "203.0.113.5", 3, 2, 0, &was, 28);
	want = icmp("203.0.113.6", "10.0.0.5", 3, 2, 0, &is, 28);
	assert_int_equal(send_inside(e, &p), NAT_REPLACE);
	same(&p, &want);
	engine_free(e);
}

/* An address for an address: no session needed, nor ports. */
static void
binat_without_a_session(void **state)
{
	struct engine	*e = engine_new("match on em0 inet from 10.0.0.0/24 "
			    "to any binat-to 203.0.113.0/24\n");
	struct packet	 is, p, want, was;

	(void)state;
	was = ip(NAT_GRE, "203.0.113.5", FAR4, 40);
	is = ip(NAT_GRE, "10.0.0.5", FAR4, 40);
	p = icmp(ROUTER4, "203.0.113.5", 3, 4, 1400, &was, 28);
	want = icmp(ROUTER4, "10.0.0.5", 3, 4, 1400, &is, 28);
	assert_int_equal(send_in(e, &p), NAT_REPLACE);
	same(&p, &want);
	/* Not even a first fragment. */
	was = udp(FAR4, 53, "10.0.0.5", 1234, 200);
	is = udp(FAR4, 53, "203.0.113.5", 1234, 200);
	was = fragment(&was, 5, 104, 208);
	is = fragment(&is, 5, 104, 208);
	p = icmp("10.0.0.5", FAR4, 11, 1, 0, &was, 28);
	want = icmp("203.0.113.5", FAR4, 11, 1, 0, &is, 28);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	same(&p, &want);
	engine_free(e);

	/* The rule is about another protocol than ICMP. */
	e = engine_new("match on em0 inet proto gre from 10.0.0.5 to any "
	    "binat-to 203.0.113.5\n");
	was = ip(NAT_GRE, FAR4, "10.0.0.5", 40);
	is = ip(NAT_GRE, FAR4, "203.0.113.5", 40);
	p = icmp("10.0.0.5", FAR4, 3, 2, 0, &was, 28);
	want = icmp("203.0.113.5", FAR4, 3, 2, 0, &is, 28);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	same(&p, &want);
	engine_free(e);
}

/*
 * RFC 6296 3.6 has fd01:203:405:1::1234 as 2001:db8:1:d550::1234.  Sums stay,
 * but for the error's own over its addresses, and that stays as well.
 */
static void
prefix_translation(void **state)
{
	struct engine	*e = engine_new("match on em0 inet6 from "
			    "fd01:203:405::/48 to any "
			    "npt-to 2001:db8:1::/48\n");
	struct packet	 is, p, want, was;

	(void)state;
	was = udp("2001:db8:1:d550::1234", 1234, FAR6, 53, 20);
	is = udp("fd01:203:405:1::1234", 1234, FAR6, 53, 20);
	p = icmp(ROUTER6, "2001:db8:1:d550::1234", 2, 0, 1280, &was, was.n);
	want = icmp(ROUTER6, "fd01:203:405:1::1234", 2, 0, 1280, &is, is.n);
	assert_int_equal(send_in(e, &p), NAT_REPLACE);
	same(&p, &want);
	was = udp(FAR6, 53, "fd01:203:405:1::1234", 1234, 20);
	is = udp(FAR6, 53, "2001:db8:1:d550::1234", 1234, 20);
	p = icmp("fd01:203:405:1::1234", FAR6, 1, 4, 0, &was, was.n);
	want = icmp("2001:db8:1:d550::1234", FAR6, 1, 4, 0, &is, is.n);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	same(&p, &want);
	engine_free(e);
}

/* Of this machine itself: nothing to be changed, and nothing to be dropped. */
static void
of_the_gateway_itself(void **state)
{
	struct engine	*e = engine_new(NAT44);
	struct packet	 p, want, was;

	(void)state;
	p = was = udp(OUT4, 40000, FAR4, 53, 20);
	assert_int_equal(send_out(e, &p), NAT_PASS);
	p = want = icmp(ROUTER4, OUT4, 3, 3, 0, &was, was.n);
	assert_int_equal(send_in(e, &p), NAT_PASS);
	same(&p, &want);
	was = udp(FAR4, 53, OUT4, 40000, 20);
	p = want = icmp(OUT4, FAR4, 3, 3, 0, &was, was.n);
	assert_int_equal(send_out(e, &p), NAT_PASS);
	same(&p, &want);
	/* Somebody inside has no say in it, but does not get out either. */
	p = icmp("10.0.0.66", FAR4, 3, 3, 0, &was, was.n);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	same(&p, &want);
	engine_free(e);
}

/* RFC 6633, and redirects: they go no further. */
static void
I10_source_quench_and_redirects(void **state)
{
	struct engine	*e = with_udp(NAT44, IN4, FAR4);
	struct packet	 p, was;
	int		 type;

	(void)state;
	was = udp(OUT4, 5000, FAR4, 53, 20);
	for (type = 4; type <= 5; type++) {
		p = icmp(ROUTER4, OUT4, type, 0, 0, &was, 28);
		assert_int_equal(send_in(e, &p), NAT_DROP);
	}
	engine_free(e);
}

/* Everything cut everywhere: nothing is read beyond, nothing leaks. */
static void
cut_anywhere(void **state)
{
	struct engine	*e = with_udp(NAT44, IN4, FAR4);
	struct packet	 p, was;
	size_t		 cut;

	(void)state;
	was = udp(FAR4, 53, IN4, 1234, 20);
	for (cut = 1; cut < 20; cut++) {
		p = icmp(IN4, FAR4, 3, 3, 0, &was, cut);
		assert_int_equal(send_out(e, &p), NAT_DROP);
	}
	for (cut = 20; cut < 24; cut++) {
		p = icmp(IN4, FAR4, 3, 3, 0, &was, cut);
		assert_int_equal(send_out(e, &p), NAT_DROP);
		assert_int_equal(e->reason, NAT_REASON_ICMP_UNKNOWN);
	}
	engine_free(e);
}

/* Its first bytes are those of the address: no such packet was sent. */
static void
I4_quote_of_the_other_family(void **state)
{
	struct engine	*e = with_udp(NAT44, IN4, FAR4);
	struct packet	 p, was;

	(void)state;
	was = udp("cb00:7101::", 5000, "c000:209::", 53, 20);
	p = icmp(ROUTER4, OUT4, 3, 3, 0, &was, was.n);
	assert_int_equal(send_in(e, &p), NAT_DROP);
	assert_int_equal(e->reason, NAT_REASON_ICMP_QUOTE);
	engine_free(e);
}

/* The remote has asked, by a forward, and the answer did not get there. */
static void
I4_about_an_answer_to_outside(void **state)
{
	struct engine	*e = engine_new("match in on em0 inet proto icmp to "
			    OUT4 " rdr-to " IN4 "\n");
	struct packet	 is, p, was;

	(void)state;
	p = echo(FAR4, OUT4, 0, 77, 9);
	assert_int_equal(send_in(e, &p), NAT_REPLACE);
	p = echo(IN4, FAR4, 1, 77, 9);
	was = echo(OUT4, FAR4, 1, 77, 9);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	same(&p, &was);
	is = echo(IN4, FAR4, 1, 77, 9);
	error_in(e, 3, 1, 0, &was, &is, 28, IN4);
	engine_free(e);
}

/* A port that rests is nobody's, though it was somebody's. */
static void
I4_port_at_rest(void **state)
{
	struct engine	*e = with_udp(NAT44, IN4, FAR4);
	struct packet	 p, was = udp(OUT4, 5000, "192.0.2.200", 99, 20);

	(void)state;
	e->now += 302 * SECOND_NS;
	nat_expire(e->nat, e->now);
	p = icmp(ROUTER4, OUT4, 3, 3, 0, &was, was.n);
	assert_int_equal(send_in(e, &p), NAT_DROP);
	assert_int_equal(e->reason, NAT_REASON_ICMP_UNKNOWN);
	engine_free(e);
}

/* What came in by a mapping whose session with that remote is over. */
static void
I5_by_mapping(void **state)
{
	struct engine	*e = with_udp(NAT44, IN4, FAR4);
	struct packet	 is, p, want, was;

	(void)state;
	was = udp("192.0.2.200", 99, IN4, 1234, 20);
	is = udp("192.0.2.200", 99, OUT4, 5000, 20);
	p = icmp(IN4, "192.0.2.200", 3, 3, 0, &was, was.n);
	want = icmp(OUT4, "192.0.2.200", 3, 3, 0, &is, is.n);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	same(&p, &want);
	engine_free(e);
}

/* Addresses of this machine stay, also where everybody is translated. */
static void
I5_own_addresses(void **state)
{
	struct engine	*e = engine_new("match out on em0 inet from " IN4
			    " to any nat-to " OUT4 " port 5000\n"
			    "match out on em0 inet from any to any "
			    "nat-to 203.0.113.2\n");
	struct packet	 is, p, want, was;

	(void)state;
	p = udp(IN4, 1234, FAR4, 53, 20);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	was = udp(FAR4, 53, IN4, 1234, 20);
	is = udp(FAR4, 53, OUT4, 5000, 20);
	p = icmp("203.0.113.2", FAR4, 11, 0, 0, &was, 28);
	want = icmp("203.0.113.2", FAR4, 11, 0, 0, &is, 28);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	same(&p, &want);
	/* About what has no session. */
	was = udp(FAR4, 53, "203.0.113.2", 7, 20);
	p = want = icmp("203.0.113.2", FAR4, 3, 3, 0, &was, 28);
	assert_int_equal(send_out(e, &p), NAT_PASS);
	same(&p, &want);
	engine_free(e);
}

/*
 * A packet without ports, of a host with an address of its own outside.  The
 * router that speaks of it has none: it gets that of the host if a rule says
 * that it needs one, and else stays who it is.
 */
static void
I5_basic_nat_and_a_router(void **state)
{
	static const char	*const more[2] = { "", NAT44 };
	struct engine		*e;
	struct packet		 is, p, want, was;
	char			 text[512];
	int			 i;

	(void)state;
	for (i = 0; i < 2; i++) {
		snprintf(text, sizeof(text), "match on em0 inet from " IN4
		    " to any binat-to 203.0.113.5\n%s", more[i]);
		e = engine_new(text);
		was = ip(NAT_GRE, FAR4, IN4, 40);
		is = ip(NAT_GRE, FAR4, "203.0.113.5", 40);
		p = icmp("10.9.9.9", FAR4, 11, 0, 0, &was, 28);
		want = icmp(i == 0 ? "10.9.9.9" : "203.0.113.5", FAR4, 11, 0,
		    0, &is, 28);
		assert_int_equal(send_out(e, &p), NAT_REPLACE);
		same(&p, &want);
		engine_free(e);
	}
}

/* A redirect means nothing behind another address (RFC 5508 REQ-10). */
static void
I7_redirect_does_not_turn_back(void **state)
{
	struct engine	*e = engine_new("match on em0 inet from 10.0.0.0/24 "
			    "to any binat-to 203.0.113.0/24\n");
	struct packet	 p, was;

	(void)state;
	p = udp("10.0.0.5", 7, "203.0.113.6", 9, 16);
	was = udp("203.0.113.5", 7, "10.0.0.6", 9, 16);
	assert_int_equal(send_inside(e, &p), NAT_REPLACE);
	same(&p, &was);
	p = icmp("10.0.0.6", "203.0.113.5", 5, 1, 0x0a000001, &was, 28);
	assert_int_equal(send_inside(e, &p), NAT_DROP);
	assert_int_equal(e->reason, NAT_REASON_PROTOCOL);
	engine_free(e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(I4_bytes_of_scapy),
		cmocka_unit_test(I4_types_and_codes),
		cmocka_unit_test(I4_short_quotes),
		cmocka_unit_test(I4_udp_without_a_sum),
		cmocka_unit_test(I4_outer_options),
		cmocka_unit_test(I3_bad_outer_sum),
		cmocka_unit_test(I3a_bad_inner_ip_sum),
		cmocka_unit_test(I3b_inner_options),
		cmocka_unit_test(I3b_inner_extension_headers),
		cmocka_unit_test(I3c_inner_transport_sum_is_not_verified),
		cmocka_unit_test(I3d_extensions_are_left_out),
		cmocka_unit_test(I3d_padding_is_left_out),
		cmocka_unit_test(I4_first_fragment_quoted),
		cmocka_unit_test(I4_about_nothing_known),
		cmocka_unit_test(I4_to_another_address),
		cmocka_unit_test(I4_by_mapping),
		cmocka_unit_test(I4_of_a_port_forward),
		cmocka_unit_test(I4_about_answers),
		cmocka_unit_test(I5_from_the_host),
		cmocka_unit_test(I5_from_a_router_inside),
		cmocka_unit_test(I5_from_a_router_with_its_own_address),
		cmocka_unit_test(I5_about_nothing_known),
		cmocka_unit_test(I6_about_queries),
		cmocka_unit_test(U12_T10_mapping_and_session_stay),
		cmocka_unit_test(U12_from_any_address),
		cmocka_unit_test(T9_destination_unreachable),
		cmocka_unit_test(I7_hairpinned),
		cmocka_unit_test(I7_hairpinned_query),
		cmocka_unit_test(binat_without_a_session),
		cmocka_unit_test(prefix_translation),
		cmocka_unit_test(of_the_gateway_itself),
		cmocka_unit_test(I10_source_quench_and_redirects),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(I4_quote_of_the_other_family),
		cmocka_unit_test(I4_about_an_answer_to_outside),
		cmocka_unit_test(I4_port_at_rest),
		cmocka_unit_test(I5_by_mapping),
		cmocka_unit_test(I5_own_addresses),
		cmocka_unit_test(I5_basic_nat_and_a_router),
		cmocka_unit_test(I7_redirect_does_not_turn_back)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
