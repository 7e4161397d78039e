/* SPDX-License-Identifier: ISC */

/*
 * Packets of fields: byte for byte those of scapy and of the samples built by
 * hand; and fields set in packets, which gives the packet built with them.
 */

#include "compat.h"

#include <sys/socket.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "build.h"
#include "packets.h"

/* Made by scapy 2.5. */
static const uint8_t syn4[] = {
	0x45, 0x00, 0x00, 0x3c, 0x00, 0x00, 0x00, 0x00, 0x40, 0x06, 0x8e, 0x80,
	0xc0, 0x00, 0x02, 0x01, 0xc6, 0x33, 0x64, 0x07, 0x9c, 0x40, 0x01, 0xbb,
	0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0xa0, 0x02, 0xff, 0xff,
	0xbd, 0xc2, 0x00, 0x00, 0x02, 0x04, 0x05, 0xb4, 0x04, 0x02, 0x08, 0x0a,
	0x00, 0x00, 0x00, 0x05, 0x00, 0x00, 0x00, 0x00, 0x01, 0x03, 0x03, 0x07,
};
static const uint8_t udp6[] = {
	0x6b, 0x81, 0x23, 0x45, 0x00, 0x0b, 0x11, 0x09, 0x20, 0x01, 0x0d, 0xb8,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01,
	0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x02, 0x00, 0x35, 0x10, 0x00, 0x00, 0x0b, 0xcf, 0xcb,
	0x61, 0x62, 0x63,
};
static const uint8_t echo4[] = {
	0x45, 0x00, 0x00, 0x21, 0x00, 0x4d, 0x40, 0x00, 0x40, 0x01, 0x4e, 0x53,
	0xc0, 0x00, 0x02, 0x01, 0xc6, 0x33, 0x64, 0x07, 0x08, 0x00, 0xf8, 0x1e,
	0x00, 0x07, 0x00, 0x09, 0x70, 0x69, 0x6e, 0x67, 0x21,
};
static const uint8_t echo6[] = {
	0x60, 0x00, 0x00, 0x00, 0x00, 0x08, 0x3a, 0x40, 0x20, 0x01, 0x0d, 0xb8,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01,
	0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x02, 0x81, 0x00, 0x23, 0x38, 0x00, 0x07, 0x00, 0x09,
};
static const uint8_t frag6[] = {
	0x60, 0x00, 0x00, 0x00, 0x00, 0x10, 0x2c, 0x40, 0x20, 0x01, 0x0d, 0xb8,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01,
	0x20, 0x01, 0x0d, 0xb8, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x02, 0x11, 0x00, 0x05, 0xc9, 0x12, 0x34, 0x56, 0x78,
	0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38,
};
static const uint8_t gre4[] = {
	0x45, 0x00, 0x00, 0x18, 0x00, 0x00, 0x00, 0x00, 0x40, 0x2f, 0x8e, 0x7b,
	0xc0, 0x00, 0x02, 0x01, 0xc6, 0x33, 0x64, 0x07, 0x00, 0x00, 0x08, 0x00,
};

static struct bytes	o, w;
static char		error[128];

/* Addresses and a protocol, from which a packet is begun. */
static struct divert_fields
begin(int version, uint8_t proto)
{
	struct divert_fields	 f;

	memset(&f, 0, sizeof(f));
	assert_int_equal(divert_build_address(&f, DIVERT_SOURCE,
	    version == 4 ? "192.0.2.1" : "2001:db8::1", error,
	    sizeof(error)), 0);
	assert_int_equal(divert_build_address(&f, DIVERT_DESTINATION,
	    version == 4 ? "198.51.100.7" : "2001:db8::2", error,
	    sizeof(error)), 0);
	f.proto = proto;
	f.set |= DIVERT_FIELD_PROTO;
	return (f);
}

#define SET(f, bit, member, value)					\
	((f).member = (value), (f).set |= DIVERT_FIELD_ ## bit)

static void
payload(struct divert_fields *f, const void *p, size_t len)
{
	f->payload = p;
	f->payload_len = (uint32_t)len;
	f->set |= DIVERT_FIELD_PAYLOAD;
}

static void
builds(const struct divert_fields *f, const uint8_t *wanted, size_t len)
{
	uint8_t	 buf[200];

	memset(buf, 0xee, sizeof(buf));
	error[0] = '\0';
	assert_int_equal(divert_build(f, buf, sizeof(buf), error,
	    sizeof(error)), len);
	assert_memory_equal(buf, wanted, len);
	assert_int_equal(buf[len], 0xee);
	/* In exactly the room it needs, and in one byte less. */
	assert_int_equal(divert_build_size(f, error, sizeof(error)), len);
	memset(buf, 0xee, sizeof(buf));
	assert_int_equal(divert_build(f, buf, len, error, sizeof(error)), len);
	assert_memory_equal(buf, wanted, len);
	memset(buf, 0xee, sizeof(buf));
	errno = 0;
	assert_int_equal(divert_build(f, buf, len - 1, error, sizeof(error)),
	    -1);
	assert_int_equal(errno, EMSGSIZE);
	assert_int_equal(buf[0], 0xee);
}

static void
whole_packets(void **state)
{
	struct divert_fields	 f;

	(void)state;
	f = begin(4, 6);
	SET(f, SPORT, sport, 40000);
	SET(f, DPORT, dport, 443);
	SET(f, SEQ, seq, 1);
	SET(f, MSS, mss, 1460);
	SET(f, SACK, sack, 1);
	SET(f, TSVAL, tsval, 5);
	SET(f, WSCALE, wscale, 7);
	builds(&f, syn4, sizeof(syn4));

	f = begin(6, 17);
	SET(f, SPORT, sport, 53);
	SET(f, DPORT, dport, 4096);
	SET(f, TTL, ttl, 9);
	SET(f, TOS, tos, 184);
	SET(f, FLOW, flow, 0x12345);
	payload(&f, "abc", 3);
	builds(&f, udp6, sizeof(udp6));

	f = begin(4, 1);
	SET(f, DF, df, 1);
	SET(f, ID, id, 77);
	SET(f, ICMP_ID, icmp_id, 7);
	SET(f, ICMP_SEQ, icmp_seq, 9);
	payload(&f, "ping!", 5);
	builds(&f, echo4, sizeof(echo4));

	f = begin(6, 58);
	SET(f, ICMP_TYPE, icmp_type, 129);
	SET(f, ICMP_REST, icmp_rest, 0x70009);
	builds(&f, echo6, sizeof(echo6));

	f = begin(6, 17);
	SET(f, ID, id, 0x12345678);
	SET(f, MF, mf, 1);
	SET(f, FRAG_OFF, frag_off, 185 * 8);
	payload(&f, "12345678", 8);
	builds(&f, frag6, sizeof(frag6));

	f = begin(4, 47);
	payload(&f, "\0\0\10\0", 4);
	builds(&f, gre4, sizeof(gre4));
}

/* SYN alone, with an acknowledgement number ACK alone, or what is said. */
static void
tcp_flags(void **state)
{
	struct divert_fields	 f;
	uint8_t			 buf[64];

	(void)state;
	f = begin(6, 6);
	SET(f, SPORT, sport, 1);
	SET(f, DPORT, dport, 2);
	assert_int_equal(divert_build(&f, buf, sizeof(buf), error,
	    sizeof(error)), 60);
	assert_int_equal(buf[53], DIVERT_TCP_SYN);
	assert_int_equal(buf[54] << 8 | buf[55], 65535);
	SET(f, ACK, ack, 0);
	divert_build(&f, buf, sizeof(buf), error, sizeof(error));
	assert_int_equal(buf[53], DIVERT_TCP_ACK);
	SET(f, FLAGS, flags, 0);
	divert_build(&f, buf, sizeof(buf), error, sizeof(error));
	assert_int_equal(buf[53], 0);
}

/* A sum that comes to 0 would say that there is none (RFC 768). */
static void
udp_sum_of_zero(void **state)
{
	struct divert_fields	 f, g;
	struct divert_layout	 l;
	uint8_t			 buf[64];
	uint32_t		 port;
	size_t			 len;
	int			 version, zeros;

	(void)state;
	for (version = 4; version <= 6; version += 2) {
		f = begin(version, 17);
		SET(f, DPORT, dport, 53);
		zeros = 0;
		for (port = 0; port < 65536; port++) {
			SET(f, SPORT, sport, (uint16_t)port);
			len = (size_t)divert_build(&f, buf, sizeof(buf), error,
			    sizeof(error));
			assert_int_equal(divert_packet_parse(buf, len, &l), 0);
			assert_int_equal(divert_cksum_verify_l4(buf, &l),
			    DIVERT_SUM_GOOD);
			if (buf[len - 2] != 0xff || buf[len - 1] != 0xff)
				continue;
			zeros++;
			/* The same when it comes to that in a fragment. */
			SET(f, SPORT, sport, (uint16_t)(port ^ 1));
			divert_build(&f, buf, sizeof(buf), error,
			    sizeof(error));
			if (version == 4)
				buf[6] = 0x20;
			memset(&g, 0, sizeof(g));
			SET(g, SPORT, sport, (uint16_t)port);
			assert_int_equal(divert_build_apply(&g, buf, &len,
			    sizeof(buf), error, sizeof(error)), 0);
			assert_int_equal(buf[len - 2], 0xff);
			assert_int_equal(buf[len - 1], 0xff);
		}
		assert_int_equal(zeros, 1);
	}
}

/* Fields that miss something or each other; nothing is written. */
static void
contradictions(void **state)
{
	static const struct {
		int		 version;
		uint8_t		 proto;
		uint32_t	 without, with;
		const char	*said;
	} cases[] = {
		{ 4, 6, DIVERT_FIELD_SRC, 0,
		    "the source address is missing" },
		{ 6, 6, DIVERT_FIELD_DST, 0,
		    "the destination address is missing" },
		{ 4, 6, DIVERT_FIELD_PROTO, 0, "the protocol is missing" },
		{ 4, 6, DIVERT_FIELD_SPORT, 0, "the source port is missing" },
		{ 6, 17, DIVERT_FIELD_DPORT, 0,
		    "the destination port is missing" },
		{ 4, 17, 0, DIVERT_FIELD_FLOW, "IPv4 has no flow label" },
		{ 4, 17, 0, DIVERT_FIELD_ID, "an id of IPv4 has 16 bits" },
		{ 6, 17, 0, DIVERT_FIELD_ID,
		    "an IPv6 packet has an id only as a fragment" },
		{ 6, 17, 0, DIVERT_FIELD_DF,
		    "IPv6 has no flag for not fragmenting" },
		{ 6, 17, 0, DIVERT_FIELD_RF, "IPv6 has no reserved flag" },
		{ 6, 17, 0, DIVERT_FIELD_FLOW, "a flow label has 20 bits" },
		{ 4, 17, 0, DIVERT_FIELD_SEQ,
		    "only TCP has flags, numbers, a window and options" },
		{ 4, 17, 0, DIVERT_FIELD_ICMP_TYPE,
		    "only ICMP has a type and what comes with it" },
		{ 4, 47, 0, DIVERT_FIELD_SPORT,
		    "only TCP and UDP can be given ports" },
		{ 4, 1, 0, DIVERT_FIELD_DPORT,
		    "only TCP and UDP can be given ports" },
		{ 6, 1, 0, 0, "ICMP is of IPv4, IPv6 has ICMPv6" },
		{ 4, 58, 0, 0, "ICMPv6 is of IPv6, IPv4 has ICMP" },
		{ 4, 1, 0, DIVERT_FIELD_ICMP_REST | DIVERT_FIELD_ICMP_SEQ,
		    "id and sequence number stand where the rest of the ICMP "
		    "header is" },
		{ 4, 17, 0, DIVERT_FIELD_FRAG_OFF,
		    "a fragment's offset is a multiple of 8 below 65536" },
	};
	struct divert_fields	 f;
	uint8_t			 buf[100];
	size_t			 i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		f = begin(cases[i].version, cases[i].proto);
		if (f.proto == 6 || f.proto == 17)
			f.set |= DIVERT_FIELDS_PORTS;
		f.id = 65536;
		f.df = f.rf = 1;
		f.flow = 1 << 20;
		f.frag_off = 12;
		f.set |= cases[i].with;
		f.set &= ~cases[i].without;
		memset(buf, 0xee, sizeof(buf));
		error[0] = '\0';
		errno = 0;
		assert_int_equal(divert_build(&f, buf, sizeof(buf), error,
		    sizeof(error)), -1);
		assert_string_equal(error, cases[i].said);
		assert_int_equal(errno, EINVAL);
		assert_int_equal(buf[0], 0xee);
	}
	f = begin(4, 17);
	f.set |= DIVERT_FIELDS_PORTS;
	SET(f, FRAG_OFF, frag_off, 8);
	assert_int_equal(divert_build_size(&f, error, sizeof(error)), -1);
	assert_string_equal(error, "a fragment that is not the first has only "
	    "payload after its IP header");
}

static void
addresses(void **state)
{
	struct divert_fields	 f;

	(void)state;
	memset(&f, 0, sizeof(f));
	assert_int_equal(divert_build_address(&f, DIVERT_SOURCE, "192.0.2.1",
	    error, sizeof(error)), 0);
	assert_int_equal(f.version, 4);
	errno = 0;
	assert_int_equal(divert_build_address(&f, DIVERT_DESTINATION, "::1",
	    error, sizeof(error)), -1);
	assert_int_equal(errno, EINVAL);
	assert_string_equal(error,
	    "::1 is an IPv6 address, but the packet is IPv4");
	assert_int_equal(divert_build_address(&f, DIVERT_DESTINATION,
	    "192.0.2.256", error, sizeof(error)), -1);
	assert_string_equal(error, "192.0.2.256 is no IP address");
	assert_int_equal(f.set, DIVERT_FIELD_SRC);
}

static void
largest(void **state)
{
	static const struct {
		int		 version;
		uint32_t	 frag_off, header, most;
	} cases[] = {
		{ 4, 0, 28, 65535 }, { 6, 0, 48, 65575 },
		{ 4, 65000, 20, 535 }, { 6, 65000, 48, 575 },
	};
	struct divert_fields	 f;
	size_t			 i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		f = begin(cases[i].version, 17);
		if (cases[i].frag_off == 0)
			f.set |= DIVERT_FIELDS_PORTS;
		else
			SET(f, FRAG_OFF, frag_off, cases[i].frag_off);
		payload(&f, NULL, cases[i].most - cases[i].header);
		assert_int_equal(divert_build(&f, o.b, sizeof(o.b), error,
		    sizeof(error)), cases[i].most);
		f.payload_len++;
		errno = 0;
		assert_int_equal(divert_build_size(&f, error, sizeof(error)),
		    -1);
		assert_int_equal(errno, EMSGSIZE);
	}
}

/* The payload where the packet comes to be, and right behind. */
static void
payload_in_place(void **state)
{
	struct divert_fields	 f;
	uint8_t			 buf[200];
	size_t			 at;

	(void)state;
	for (at = 0; at < 100; at++) {
		memset(buf, 0xee, sizeof(buf));
		f = begin(6, 17);
		SET(f, SPORT, sport, 53);
		SET(f, DPORT, dport, 4096);
		SET(f, TTL, ttl, 9);
		SET(f, TOS, tos, 184);
		SET(f, FLOW, flow, 0x12345);
		memcpy(buf + at, "abc", 3);
		payload(&f, buf + at, 3);
		assert_int_equal(divert_build(&f, buf, sizeof(buf), error,
		    sizeof(error)), sizeof(udp6));
		assert_memory_equal(buf, udp6, sizeof(udp6));
	}
}

/* What is read of a packet builds it again. */
static void
read_again(void **state)
{
	static const struct {
		const uint8_t	*p;
		size_t		 len;
		uint32_t	 not;	/* said by two fields */
	} cases[] = {
		{ syn4, sizeof(syn4), 0 }, { udp6, sizeof(udp6), 0 },
		{ echo4, sizeof(echo4), DIVERT_FIELD_ICMP_REST },
		{ echo6, sizeof(echo6), DIVERT_FIELD_ICMP_REST },
		{ frag6, sizeof(frag6), 0 },
	};
	struct divert_fields	 f;
	size_t			 i, n;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		divert_build_read(cases[i].p, cases[i].len, &f);
		f.set &= ~cases[i].not;
		builds(&f, cases[i].p, cases[i].len);
		/* Cut anywhere it is read as far as it goes. */
		for (n = 0; n < cases[i].len; n++) {
			memcpy(o.b, cases[i].p, n);
			divert_build_read(o.b, n, &f);
			assert_true(n >= 20 || f.set == 0);
		}
	}
}

static void
apply(const char *name, const struct divert_fields *f)
{
	size_t	 len;

	len = o.n;
	error[0] = '\0';
	if (divert_build_apply(f, o.b, &len, sizeof(o.b), error,
	    sizeof(error)) == -1)
		fail_msg("%s: %s", name, error);
	o.n = len;
}

static void
same(const char *name)
{
	size_t	 i;

	for (i = 0; i < w.n && i < o.n; i++)
		if (o.b[i] != w.b[i])
			fail_msg("%s: byte %zu is %02x, not %02x", name, i,
			    o.b[i], w.b[i]);
	if (o.n != w.n)
		fail_msg("%s: %zu bytes, not %zu", name, o.n, w.n);
}

static int
has_ports(uint8_t proto)
{
	return (proto == 6 || proto == 17 || proto == 132 || proto == 136);
}

/*
 * Every sample with other addresses, ports, TTL and MSS is the sample built
 * with them, sums of fragments carried along included.
 */
static void
samples(void **state)
{
	struct params		 p = standard;
	struct divert_fields	 f, old;
	struct divert_layout	 l;
	const char		*name;
	unsigned int		 i;

	(void)state;
	p.src4 = "10.255.254.253";
	p.src6 = "fd00:ffff:eeee::dddd";
	p.dst4 = "203.0.113.99";
	p.dst6 = "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff";
	p.sport = 1;
	p.dport = 65535;
	p.mss = 536;
	p.ttl = 1;
	for (i = 0; (name = sample(i, &o, &standard)) != NULL; i++) {
		/* Its last destination is no field, and the sum is its. */
		if (i == 32 || i == 33 || i == 35)
			continue;
		/* Its ports are no field. */
		if (strcmp(name, "dccp6") == 0)
			continue;
		sample(i, &w, &p);
		divert_build_read(o.b, o.n, &old);
		(void)divert_packet_parse(o.b, o.n, &l);
		memset(&f, 0, sizeof(f));
		assert_int_equal(divert_build_address(&f, DIVERT_SOURCE,
		    old.version == 4 ? p.src4 : p.src6, error,
		    sizeof(error)), 0);
		assert_int_equal(divert_build_address(&f, DIVERT_DESTINATION,
		    old.version == 4 ? p.dst4 : p.dst6, error,
		    sizeof(error)), 0);
		SET(f, TTL, ttl, p.ttl);
		if ((old.set & DIVERT_FIELD_SPORT) != 0 &&
		    has_ports(old.proto)) {
			SET(f, SPORT, sport, p.sport);
			SET(f, DPORT, dport, p.dport);
		}
		if (divert_packet_port(o.b, &l, DIVERT_SOURCE) != -1 &&
		    !has_ports(old.proto))
			SET(f, ICMP_ID, icmp_id, p.sport);
		if ((old.set & DIVERT_FIELD_MSS) != 0)
			SET(f, MSS, mss, p.mss);
		apply(name, &f);
		same(name);
	}
	assert_true(i > 40);
}

/* Sums that were wrong are right afterwards. */
static void
wrong_sums(void **state)
{
	struct divert_fields	 f;
	const char		*name;
	unsigned int		 i;
	static const unsigned int whole[] = { 0, 1, 2, 5, 6, 11, 24, 25, 26 };

	(void)state;
	memset(&f, 0, sizeof(f));
	SET(f, TTL, ttl, standard.ttl);
	for (i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
		name = sample(whole[i], &w, &standard);
		memcpy(&o, &w, sizeof(o));
		o.b[o.n - 1] ^= 1;
		memcpy(w.b, o.b, w.n);
		apply(name, &f);
		assert_int_equal(o.n, w.n);
		o.b[o.n - 1] ^= 1;
		sample(whole[i], &w, &standard);
		/* The difference is in the sum alone, and it is there. */
		assert_memory_not_equal(o.b, w.b, w.n);
		o.b[o.n - 1] ^= 1;
		apply(name, &f);
		o.b[o.n - 1] ^= 1;
		apply(name, &f);
		same(name);
	}
}

/* A payload of another length, where all of the packet is here. */
static void
other_payload(void **state)
{
	static const unsigned int which[] = { 0, 1, 2, 3, 5, 6, 11, 15, 16,
				    20, 24, 25, 26, 31, 34, 38, 39 };
	static const size_t	 lengths[] = { 0, 1, 20, 22, 999 };
	struct params		 p = standard;
	struct divert_fields	 f, old;
	const char		*name;
	size_t			 i, k;

	(void)state;
	for (i = 0; i < sizeof(which) / sizeof(which[0]); i++) {
		for (k = 0; k < sizeof(lengths) / sizeof(lengths[0]); k++) {
			p.payload = lengths[k];
			name = sample(which[i], &w, &p);
			divert_build_read(w.b, w.n, &old);
			memset(&f, 0, sizeof(f));
			payload(&f, old.payload, old.payload_len);
			sample(which[i], &o, &standard);
			/* Where JSON has it: behind the packet. */
			if (k == 2) {
				memcpy(o.b + o.n, old.payload,
				    old.payload_len);
				f.payload = o.b + o.n;
			}
			apply(name, &f);
			same(name);
		}
	}
}

/* Options come behind those that are there. */
static void
more_options(void **state)
{
	static const uint8_t	 options[] = { 1, 1, 8, 10, 0, 0, 0, 1, 0, 0,
				    0, 2, 2, 4, 5, 180, 1, 3, 3, 7 };
	struct divert_fields	 f, g;
	struct divert_layout	 l;

	(void)state;
	sample(1, &o, &standard);
	memset(&f, 0, sizeof(f));
	SET(f, MSS, mss, 1460);
	SET(f, WSCALE, wscale, 7);
	sample(1, &w, &standard);
	assert_int_equal(o.b[32] >> 4, 8);
	apply("mss and wscale", &f);
	assert_int_equal(o.n, w.n + 8);
	assert_int_equal(o.b[32] >> 4, 10);
	assert_memory_equal(o.b + 40, w.b + 40, 12);
	assert_memory_equal(o.b + 52, options + 12, 8);
	assert_memory_equal(o.b + 60, w.b + 52, w.n - 52);
	assert_int_equal(divert_packet_parse(o.b, o.n, &l), 0);
	assert_int_equal(divert_cksum_verify_l4(o.b, &l), DIVERT_SUM_GOOD);
	assert_int_equal(divert_cksum_verify_ip(o.b, &l), DIVERT_SUM_GOOD);
	divert_build_read(o.b, o.n, &g);
	assert_int_equal(g.mss, 1460);
	assert_int_equal(g.wscale, 7);

	/* Once they are there they only change. */
	memcpy(&w, &o, sizeof(w));
	SET(f, MSS, mss, 9);
	apply("mss again", &f);
	assert_int_equal(o.n, w.n);
	assert_int_equal(o.b[54] << 8 | o.b[55], 9);

	/* SACK permitted comes and goes. */
	sample(0, &o, &standard);
	memset(&f, 0, sizeof(f));
	SET(f, SACK, sack, 0);
	apply("no sack", &f);
	sample(0, &w, &standard);
	same("no sack");
	f.sack = 1;
	apply("sack", &f);
	assert_int_equal(o.n, w.n + 4);
	assert_memory_equal(o.b + 44, "\1\1\4\2", 4);
	f.sack = 0;
	apply("no sack again", &f);
	assert_memory_equal(o.b + 44, "\1\1\1\1", 4);

	/* Forty bytes hold no more. */
	memset(&f, 0, sizeof(f));
	sample(1, &o, &standard);
	SET(f, MSS, mss, 1);
	SET(f, WSCALE, wscale, 1);
	apply("two", &f);
	o.b[52] = 254;		/* unknown, of 4 bytes */
	o.b[56] = 253;
	o.b[57] = 4;
	apply("two more", &f);
	o.b[60] = 254;
	o.b[64] = 253;
	o.b[65] = 4;
	/* The time stamps are there: with SACK these are all. */
	SET(f, SACK, sack, 1);
	apply("all forty", &f);
	assert_int_equal(o.b[32] >> 4, 15);
	o.b[68] = 254;
	memcpy(&w, &o, sizeof(w));
	errno = 0;
	assert_int_equal(divert_build_apply(&f, o.b, &o.n, sizeof(o.b), error,
	    sizeof(error)), -1);
	assert_int_equal(errno, EINVAL);
	assert_string_equal(error,
	    "the packet has no room for more TCP options");
	same("untouched");
}

/* The flag that RFC 791 reserves, which testers of firewalls ask for. */
static void
reserved_flag(void **state)
{
	struct divert_fields	 f, g;

	(void)state;
	f = begin(4, 47);
	SET(f, RF, rf, 1);
	o.n = (size_t)divert_build(&f, o.b, sizeof(o.b), error, sizeof(error));
	assert_int_equal(o.n, 20);
	assert_int_equal(o.b[6], 0x80);
	divert_build_read(o.b, o.n, &g);
	assert_int_equal(g.rf, 1);
	f.rf = 0;
	apply("clear", &f);
	assert_int_equal(o.b[6], 0);
}

/* Options that were padding must not hide those that come behind them. */
static void
padded_options(void **state)
{
	struct divert_fields	 f, g;

	(void)state;
	f = begin(4, 6);
	SET(f, SPORT, sport, 1);
	SET(f, DPORT, dport, 2);
	SET(f, WSCALE, wscale, 7);
	o.n = (size_t)divert_build(&f, o.b, sizeof(o.b), error, sizeof(error));
	assert_int_equal(o.n, 44);
	memcpy(o.b + 40, "\3\3\7\0", 4);
	memset(&f, 0, sizeof(f));
	SET(f, MSS, mss, 1460);
	apply("behind the end", &f);
	assert_memory_equal(o.b + 40, "\3\3\7\1\2\4\5\264", 8);

	/* Of two of a kind the last counts, and is what is changed. */
	memcpy(o.b + 40, "\2\4\1\1\2\4\2\2", 8);
	divert_build_read(o.b, o.n, &g);
	assert_int_equal(g.mss, 0x202);
	apply("the last one", &f);
	assert_memory_equal(o.b + 40, "\2\4\1\1\2\4\5\264", 8);
}

/* A sum over a part of the payload goes on to be over no more than it. */
static void
coverage(void **state)
{
	static const uint8_t	 lite[] = "\20\0\0\65\0\14\0\0abcdefghij";
	struct divert_fields	 f;
	struct divert_layout	 l;

	(void)state;
	f = begin(4, 136);
	payload(&f, lite, 18);
	o.n = (size_t)divert_build(&f, o.b, sizeof(o.b), error, sizeof(error));
	assert_int_equal(o.n, 38);
	memset(&f, 0, sizeof(f));
	payload(&f, lite + 8, 5);
	apply("still behind it", &f);
	assert_int_equal(o.n, 33);
	assert_memory_equal(o.b + 24, "\0\14", 2);
	assert_int_equal(divert_packet_parse(o.b, o.n, &l), 0);
	assert_int_equal(divert_cksum_verify_l4(o.b, &l), DIVERT_SUM_GOOD);
	payload(&f, lite + 8, 2);
	apply("before its end", &f);
	assert_memory_equal(o.b + 24, "\0\12", 2);
	assert_int_equal(divert_packet_parse(o.b, o.n, &l), 0);
	assert_int_equal(divert_cksum_verify_l4(o.b, &l), DIVERT_SUM_GOOD);
}

/* The sum of a first fragment on its way is of the last destination. */
static void
routed_fragment(void **state)
{
	static const uint8_t	 routed[] =
	    "\x60\0\0\0\0\x30\x2b\x40" "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1"
	    "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\2"
	    "\x2c\2\2\1\0\0\0\0" "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\3"
	    "\x11\0\0\1\0\0\0\7" "\0\1\0\2\0\x64\x12\x34"
	    "abcdefgh";
	struct divert_fields	 f;

	(void)state;
	o.n = sizeof(routed) - 1;
	memcpy(o.b, routed, o.n);
	memset(&f, 0, sizeof(f));
	assert_int_equal(divert_build_address(&f, DIVERT_DESTINATION,
	    "2001:db8::9", error, sizeof(error)), 0);
	apply("the next hop", &f);
	memcpy(w.b, routed, o.n);
	w.n = o.n;
	w.b[39] = 9;
	same("the next hop");
	memset(&f, 0, sizeof(f));
	assert_int_equal(divert_build_address(&f, DIVERT_SOURCE,
	    "2001:db8::4", error, sizeof(error)), 0);
	apply("the source", &f);
	w.b[23] = 4;
	w.b[79] = 0x31;		/* 0x1234 - 3 */
	same("the source");
}

/* A fragment's sum is over what is elsewhere: the whole shows it is right. */
static void
fragments(void **state)
{
	struct divert_fields	 f;
	struct divert_layout	 l;
	struct params		 p = standard;
	unsigned int		 i;

	(void)state;
	p.payload = 48;
	for (i = 0; i < 2; i++) {
		/* UDP, and TCP: cut behind 40 bytes of the upper layer. */
		sample(i == 0 ? 2 : 1, &w, &p);
		memcpy(&o, &w, sizeof(o));
		o.n = 60;
		o.b[2] = 0;
		o.b[3] = 60;
		o.b[6] = 0x20;
		f = begin(4, i == 0 ? 17 : 6);
		SET(f, SPORT, sport, 9);
		SET(f, DPORT, dport, 10);
		if (i == 1) {
			SET(f, FLAGS, flags, 0x11);
			SET(f, WINDOW, window, 77);
			SET(f, TSECR, tsecr, 0x12345678);
		}
		apply("fragment", &f);
		assert_int_equal(o.n, 60);
		/* Put together again. */
		memcpy(w.b, o.b, 60);
		w.b[2] = (uint8_t)(w.n >> 8);
		w.b[3] = (uint8_t)w.n;
		w.b[6] = 0;
		assert_int_equal(divert_packet_parse(w.b, w.n, &l), 0);
		assert_int_equal(divert_cksum_verify_l4(w.b, &l),
		    DIVERT_SUM_GOOD);
		/* Its length is not to be touched. */
		payload(&f, "x", 1);
		memcpy(&w, &o, sizeof(w));
		errno = 0;
		assert_int_equal(divert_build_apply(&f, o.b, &o.n,
		    sizeof(o.b), error, sizeof(error)), -1);
		assert_int_equal(errno, EINVAL);
		same("untouched");
	}
	/* One that is made a fragment has the sum of what it is. */
	sample(2, &o, &standard);
	sample(2, &w, &standard);
	memset(&f, 0, sizeof(f));
	SET(f, MF, mf, 1);
	SET(f, SPORT, sport, 5);
	apply("made a fragment", &f);
	f.mf = 0;
	f.sport = standard.sport;
	apply("and whole again", &f);
	same("and whole again");
}

/* What a packet has not cannot be set, and then nothing is. */
static void
not_there(void **state)
{
	static const struct {
		unsigned int	 sample;
		uint32_t	 set;
		const char	*said;
	} cases[] = {
		{ 2, DIVERT_FIELD_SEQ, "the packet has no TCP header" },
		{ 6, DIVERT_FIELD_SPORT, "the packet has no ports" },
		{ 22, DIVERT_FIELD_SPORT, "the packet has no ports" },
		{ 1, DIVERT_FIELD_ICMP_TYPE, "the packet has no ICMP header" },
		{ 2, DIVERT_FIELD_FLOW, "IPv4 has no flow label" },
		{ 25, DIVERT_FIELD_ID, "the packet has no fragment header" },
		{ 25, DIVERT_FIELD_MF, "the packet has no fragment header" },
		{ 25, DIVERT_FIELD_DF,
		    "IPv6 has no flag for not fragmenting" },
		{ 2, DIVERT_FIELD_PROTO,
		    "the packet is of another protocol" },
		{ 2, DIVERT_FIELD_FRAG_OFF,
		    "a fragment's offset is a multiple of 8 below 65536" },
		{ 21, DIVERT_FIELD_PAYLOAD,
		    "the checksum is over more than is here: length and "
		    "payload must stay" },
	};
	struct divert_fields	 f;
	size_t			 i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sample(cases[i].sample, &o, &standard);
		sample(cases[i].sample, &w, &standard);
		memset(&f, 0, sizeof(f));
		f.set = cases[i].set | DIVERT_FIELD_TTL;
		f.ttl = 3;
		f.mf = f.df = 1;
		f.proto = 99;
		f.frag_off = 3;
		errno = 0;
		assert_int_equal(divert_build_apply(&f, o.b, &o.n,
		    sizeof(o.b), error, sizeof(error)), -1);
		assert_string_equal(error, cases[i].said);
		assert_int_equal(errno, EINVAL);
		same("untouched");
	}
	/* The other family. */
	f = begin(6, 17);
	assert_int_equal(divert_build_apply(&f, o.b, &o.n, sizeof(o.b), error,
	    sizeof(error)), -1);
	assert_string_equal(error, "the packet is IPv4");
	/* Larger than the room, and larger than IP. */
	sample(2, &o, &standard);
	sample(2, &w, &standard);
	memset(&f, 0, sizeof(f));
	payload(&f, NULL, 100);
	errno = 0;
	assert_int_equal(divert_build_apply(&f, o.b, &o.n, 127, error,
	    sizeof(error)), -1);
	assert_int_equal(errno, EMSGSIZE);
	f.payload_len = 65508;
	errno = 0;
	assert_int_equal(divert_build_apply(&f, o.b, &o.n, sizeof(o.b), error,
	    sizeof(error)), -1);
	assert_int_equal(errno, EMSGSIZE);
	same("untouched");
	f.payload_len = 65507;
	apply("the largest", &f);
	assert_int_equal(o.n, 65535);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_packets),
		cmocka_unit_test(tcp_flags),
		cmocka_unit_test(udp_sum_of_zero),
		cmocka_unit_test(contradictions),
		cmocka_unit_test(addresses),
		cmocka_unit_test(largest),
		cmocka_unit_test(payload_in_place),
		cmocka_unit_test(read_again),
		cmocka_unit_test(samples),
		cmocka_unit_test(wrong_sums),
		cmocka_unit_test(other_payload),
		cmocka_unit_test(more_options),
		cmocka_unit_test(reserved_flag),
		cmocka_unit_test(padded_options),
		cmocka_unit_test(coverage),
		cmocka_unit_test(routed_fragment),
		cmocka_unit_test(fragments),
		cmocka_unit_test(not_there),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
