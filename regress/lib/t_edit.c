/* SPDX-License-Identifier: ISC */

/*
 * Editing: each sample edited is byte for byte the sample built with the new
 * value, whose checksums come from the slow models of packets.h.
 */

#include "compat.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "divertutil.h"
#include "packets.h"

static struct bytes o, w;

static void
same(const char *name)
{
	size_t i;

	if (o.n != w.n)
		fail_msg("%s: %zu bytes, not %zu", name, o.n, w.n);
	for (i = 0; i < o.n; i++)
		if (o.b[i] != w.b[i])
			fail_msg("%s: byte %zu is %02x, not %02x", name, i,
			    o.b[i], w.b[i]);
}

static void
parse(struct divert_layout *l)
{
	assert_int_equal(divert_packet_parse(o.b, o.n, l), 0);
}

static void
set_address(const struct divert_layout *l, enum divert_side side,
    const char *four, const char *six)
{
	uint8_t a[16];

	assert_int_equal(inet_pton(l->version == 4 ? AF_INET : AF_INET6,
	    l->version == 4 ? four : six, a), 1);
	assert_int_equal(divert_edit_address(o.b, l, side, a), 0);
}

static void
address(void **state)
{
	struct params p = standard;
	struct divert_layout l;
	const char *name;
	unsigned int i;

	(void)state;
	p.src4 = "10.255.254.253";
	p.src6 = "fd00:ffff:eeee::dddd";
	p.dst4 = "203.0.113.99";
	p.dst6 = "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff";
	for (i = 0; (name = sample(i, &o, &standard)) != NULL; i++) {
		sample(i, &w, &p);
		/*
		 * A slow model cannot know the sum of a datagram that is not
		 * all here; the one in the sample stands for itself and is
		 * moved by the same difference.  A compressed route's final
		 * destination is its own, so only the source counts.
		 */
		parse(&l);
		set_address(&l, DIVERT_SOURCE, p.src4, p.src6);
		set_address(&l, DIVERT_DESTINATION, p.dst4, p.dst6);
		if (i == 35)
			continue;
		same(name);
	}
}

/* Source alone where a route holds the final destination. */
static void
address_routed(void **state)
{
	struct params p = standard;
	struct divert_layout l;

	(void)state;
	sample(32, &o, &standard);
	p.dst6 = "2001:db8:c::c";
	sample(32, &w, &p);
	/* The header's destination is not in the sum. */
	assert_memory_equal(o.b + 80, w.b + 80, o.n - 80);
	parse(&l);
	set_address(&l, DIVERT_DESTINATION, NULL, p.dst6);
	same("routed");
	/* Sum of the compressed route: no difference is made by it. */
	sample(35, &o, &standard);
	memcpy(&w, &o, sizeof(o));
	parse(&l);
	set_address(&l, DIVERT_DESTINATION, NULL, p.dst6);
	assert_memory_equal(o.b + 40, w.b + 40, o.n - 40);
	set_address(&l, DIVERT_DESTINATION, NULL, standard.dst6);
	same("compressed");
}

/* Source and destination exchanged: no sum changes. */
static void
address_from_packet(void **state)
{
	struct divert_layout l;
	uint8_t old[16];

	(void)state;
	sample(2, &o, &standard);
	memcpy(&w, &o, sizeof(o));
	parse(&l);
	memcpy(old, o.b + 12, 4);
	assert_int_equal(divert_edit_address(o.b, &l, DIVERT_SOURCE,
	    o.b + 16), 0);
	assert_int_equal(divert_edit_address(o.b, &l, DIVERT_DESTINATION,
	    old), 0);
	memcpy(w.b + 12, o.b + 12, 8);
	assert_memory_equal(w.b + 16, old, 4);
	same("exchanged");
}

static void
port(void **state)
{
	struct params p = standard;
	struct divert_layout l;
	const char *name;
	unsigned int i, edited = 0;

	(void)state;
	p.sport = 1;
	p.dport = 65535;
	for (i = 0; (name = sample(i, &o, &standard)) != NULL; i++) {
		sample(i, &w, &p);
		parse(&l);
		if (divert_packet_port(o.b, &l, DIVERT_SOURCE) == -1) {
			errno = 0;
			assert_int_equal(divert_edit_port(o.b, &l,
			    DIVERT_SOURCE, 1), -1);
			assert_int_equal(errno, EINVAL);
			continue;
		}
		assert_int_equal(divert_edit_port(o.b, &l, DIVERT_SOURCE, 1),
		    0);
		if (l.proto != 1 && l.proto != 58)
			assert_int_equal(divert_edit_port(o.b, &l,
			    DIVERT_DESTINATION, 65535), 0);
		same(name);
		edited++;
	}
	assert_true(edited > 15);
}

/* What cannot be kept right is not begun. */
static void
port_of_sctp_fragment(void **state)
{
	struct divert_layout l;

	(void)state;
	sample(11, &o, &standard);
	set_at(&o, 6, 0x2000);
	end_ip(&o, 0);
	memcpy(&w, &o, sizeof(o));
	parse(&l);
	errno = 0;
	assert_int_equal(divert_edit_port(o.b, &l, DIVERT_SOURCE, 5), -1);
	assert_int_equal(errno, EINVAL);
	same("sctp fragment");
}

static void
ttl(void **state)
{
	struct params p = standard;
	struct divert_layout l;
	const char *name;
	unsigned int i, v;

	(void)state;
	for (v = 0; v < 256; v++) {
		p.ttl = (uint8_t)v;
		for (i = 0; (name = sample(i, &o, &standard)) != NULL;
		    i += 7) {
			sample(i, &w, &p);
			parse(&l);
			assert_int_equal(divert_edit_ttl(o.b, &l, p.ttl), 0);
			same(name);
		}
	}
	divert_packet_parse(o.b, 5, &l);
	assert_int_equal(divert_edit_ttl(o.b, &l, 1), -1);
}

static void
mss(void **state)
{
	static const unsigned int syns[] = { 0, 24 };
	struct params p = standard;
	struct divert_layout l;
	unsigned int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		for (p.mss = 0; p.mss < 1460; p.mss = (uint16_t)(p.mss + 91)) {
			sample(syns[i], &o, &standard);
			sample(syns[i], &w, &p);
			parse(&l);
			assert_int_equal(divert_edit_mss(o.b, &l, p.mss), 1);
			same("mss");
			assert_int_equal(divert_edit_mss(o.b, &l, p.mss), 0);
			assert_int_equal(divert_edit_mss(o.b, &l, 1460), 0);
			same("mss");
		}
	}
	sample(1, &o, &standard);		/* no SYN */
	parse(&l);
	assert_int_equal(divert_edit_mss(o.b, &l, 1), 0);
	sample(0, &o, &standard);		/* a SYN without */
	memset(o.b + 40, 1, 4);
	parse(&l);
	assert_int_equal(divert_edit_mss(o.b, &l, 1), 0);
	sample(2, &o, &standard);
	parse(&l);
	errno = 0;
	assert_int_equal(divert_edit_mss(o.b, &l, 1), -1);
	assert_int_equal(errno, EINVAL);
}

/* A wrong sum stays wrong, and going back brings back every byte. */
static void
damage_stays(void **state)
{
	struct divert_layout l;
	const char *name;
	unsigned int i;
	enum divert_sum before;

	(void)state;
	for (i = 0; (name = sample(i, &o, &standard)) != NULL; i++) {
		parse(&l);
		if (o.n < l.l4_off + 20)
			continue;
		o.b[o.n - 1] ^= 0x40;
		if (l.version == 4)
			o.b[1] ^= 0x08;
		memcpy(&w, &o, sizeof(o));
		before = divert_cksum_verify_l4(o.b, &l);
		set_address(&l, DIVERT_SOURCE, "172.16.9.8", "fe80::77");
		(void)divert_edit_port(o.b, &l, DIVERT_SOURCE, 7);
		(void)divert_edit_ttl(o.b, &l, 9);
		if (divert_cksum_verify_l4(o.b, &l) != before)
			fail_msg("%s: damage hidden", name);
		if (l.version == 4)
			assert_int_equal(divert_cksum_verify_ip(o.b, &l),
			    DIVERT_SUM_BAD);
		set_address(&l, DIVERT_SOURCE, standard.src4, standard.src6);
		(void)divert_edit_port(o.b, &l, DIVERT_SOURCE, 40000);
		(void)divert_edit_ttl(o.b, &l, 64);
		same(name);
	}
}

/* UDP's 0 is no sum in both families; a sum never becomes 0. */
static void
udp_zero(void **state)
{
	struct divert_layout l;
	unsigned int v;

	(void)state;
	sample(3, &o, &standard);
	parse(&l);
	set_address(&l, DIVERT_SOURCE, "10.1.1.1", NULL);
	assert_int_equal(o.b[26] | o.b[27], 0);
	assert_int_equal(divert_edit_port(o.b, &l, DIVERT_SOURCE, 9), 0);
	assert_int_equal(o.b[26] | o.b[27], 0);
	assert_int_equal(divert_cksum_verify_ip(o.b, &l), DIVERT_SUM_GOOD);
	sample(25, &o, &standard);
	set_at(&o, 46, 0);
	parse(&l);
	set_address(&l, DIVERT_SOURCE, NULL, "fe80::1");
	assert_int_equal(o.b[46] | o.b[47], 0);
	/* One of these ports brings the sum to 0. */
	for (v = 0; v < 65536; v++) {
		sample(2, &o, &standard);
		if (v == 0)
			parse(&l);
		divert_edit_port(o.b, &l, DIVERT_SOURCE, (uint16_t)v);
		if ((o.b[26] | o.b[27]) == 0 ||
		    divert_cksum_verify_l4(o.b, &l) != DIVERT_SUM_GOOD)
			fail_msg("port %u", v);
	}
}

/* An echo reply whose last byte that is not 0 is taken away. */
static void
icmp_zeros(void **state)
{
	struct params p = standard;
	struct divert_layout l;

	(void)state;
	p.sport = 0x0100;
	p.payload = 0;
	sample(6, &o, &p);
	o.b[20] = 0;
	set_at(&o, 26, 0);
	end_l4(&o, 0, 20, 1, 2, 0, 0);
	parse(&l);
	assert_int_equal(divert_cksum_verify_l4(o.b, &l), DIVERT_SUM_GOOD);
	assert_int_equal(divert_edit_port(o.b, &l, DIVERT_SOURCE, 0), 0);
	assert_int_equal(divert_cksum_verify_l4(o.b, &l), DIVERT_SUM_GOOD);
	assert_int_equal(divert_cksum_repair(o.b, &l), 0);
}

/* Headers that an ICMP error quotes and cuts. */
static void
quoted(void **state)
{
	struct params p = standard;
	struct divert_layout l;
	unsigned int i;
	uint8_t a[16], *c;
	size_t n;

	(void)state;
	p.src4 = "10.9.8.7";
	p.src6 = "fe80::1234";
	p.sport = 77;
	for (i = 0; sample(i, &o, &standard) != NULL; i++) {
		sample(i, &w, &p);
		for (n = o.n; n > 0; n--) {
			sample(i, &o, &standard);
			if ((c = malloc(n)) == NULL)
				abort();
			memcpy(c, o.b, n);
			(void)divert_packet_parse_quoted(c, n, &l);
			inet_pton(l.version == 4 ? AF_INET : AF_INET6,
			    l.version == 4 ? p.src4 : p.src6, a);
			if (divert_edit_address(c, &l, DIVERT_SOURCE, a) == 0)
				assert_memory_equal(c, w.b,
				    l.version == 4 ? 20 : 40);
			(void)divert_edit_port(c, &l, DIVERT_SOURCE, 77);
			(void)divert_edit_mss(c, &l, 1);
			/* What of UDP is there is as if it were whole. */
			if (i == 2)
				assert_memory_equal(c, w.b, n >= 28 ? n :
				    n >= 24 ? 24 : n >= 20 ? 20 : 0);
			free(c);
		}
	}
}

/* Repair a packet in a block of exactly its size. */
static int
repair(struct divert_layout *l)
{
	uint8_t *c = malloc(o.n);
	int rc, saved;

	if (c == NULL)
		abort();
	memcpy(c, o.b, o.n);
	rc = divert_edit_repair(c, o.n, l);
	saved = errno;
	memcpy(o.b, c, o.n);
	free(c);
	errno = saved;
	return (rc);
}

static void
repair_nothing(void **state)
{
	struct divert_layout l, m;
	const char *name;
	unsigned int i;

	(void)state;
	for (i = 0; (name = sample(i, &o, &standard)) != NULL; i++) {
		memcpy(&w, &o, sizeof(o));
		memset(&m, 0xee, sizeof(m));
		assert_int_equal(repair(&m), 0);
		same(name);
		parse(&l);
		assert_memory_equal(&l, &m, sizeof(l));
		assert_int_equal(repair(NULL), 0);
	}
}

/* Payloads that grew and shrank, lengths and sums as before. */
static void
repair_resized(void **state)
{
	static const size_t sizes[] = { 0, 1, 20, 21, 22, 500, 9000, 65000 };
	static const unsigned int which[] = {
		1, 2, 5, 6, 15, 16, 20, 25, 26, 31, 32, 33, 38, 39, 42, 47
	};
	struct params p = standard;
	struct divert_layout l;
	const char *name;
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(which) / sizeof(which[0]); i++) {
		for (j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++) {
			uint32_t end;

			p.payload = sizes[j];
			name = sample(which[i], &w, &p);
			p.payload = 21;
			sample(which[i], &o, &p);
			/* The head of the one, the payload of the other. */
			parse(&l);
			end = l.payload_off;
			memcpy(o.b + end, w.b + end, w.n - end);
			o.n = w.n;
			assert_true(repair(&l) >= (sizes[j] == 21 ? 0 : 1));
			same(name);
			assert_true(divert_cksum_verify_ip(o.b, &l) !=
			    DIVERT_SUM_BAD);
			assert_true(divert_cksum_verify_l4(o.b, &l) !=
			    DIVERT_SUM_BAD);
		}
	}
}

static void
repair_fields(void **state)
{
	struct divert_layout l;

	(void)state;
	/* Total length, header sum, UDP length, UDP sum: four. */
	sample(2, &o, &standard);
	memcpy(&w, &o, sizeof(o));
	set_at(&o, 2, 9);
	set_at(&o, 10, 9);
	set_at(&o, 24, 3);
	set_at(&o, 26, 9);
	assert_int_equal(repair(&l), 4);
	same("udp4");
	sample(25, &o, &standard);
	memcpy(&w, &o, sizeof(o));
	set_at(&o, 4, 0);
	set_at(&o, 44, 0xffff);
	set_at(&o, 46, 0);
	assert_int_equal(repair(&l), 3);
	same("udp6");
	/* SCTP's CRC. */
	sample(11, &o, &standard);
	memcpy(&w, &o, sizeof(o));
	set_at(&o, 28, 0);
	assert_int_equal(repair(&l), 1);
	same("sctp");
	/* UDP-Lite keeps what it covers, but no further than its end. */
	sample(4, &o, &standard);
	o.b[o.n - 1] ^= 1;
	assert_int_equal(repair(&l), 0);
	assert_int_equal(o.b[25], 8);
	set_at(&o, 24, 25);
	assert_int_equal(repair(&l), 1);
	assert_int_equal(o.b[25], 25);
	assert_int_equal(divert_cksum_verify_l4(o.b, &l), DIVERT_SUM_GOOD);
	o.n = 20 + 20;
	assert_int_equal(repair(&l), 4);
	assert_int_equal(o.b[25], 20);
	assert_int_equal(divert_cksum_verify_l4(o.b, &l), DIVERT_SUM_GOOD);
	/* Fragments: the upper layer's is in no one's hands. */
	sample(21, &o, &standard);
	memcpy(&w, &o, sizeof(o));
	set_at(&o, 2, 999);
	set_at(&o, 10, 999);
	assert_int_equal(repair(&l), 2);
	same("first fragment");
	/* A segment larger than any link: 65535 bytes with its header. */
	sample(1, &o, &standard);
	o.n = 65535;
	memset(o.b + 52, 0xc3, o.n - 52);
	assert_int_equal(repair(&l), 3);
	assert_int_equal(l.end_off, 65535);
	assert_int_equal(divert_cksum_verify_l4(o.b, &l), DIVERT_SUM_GOOD);
}

/* Faults of the upper layer are its receiver's. */
static void
repair_upper_fault(void **state)
{
	struct divert_layout l;

	(void)state;
	sample(1, &o, &standard);
	o.b[32] = 0x30;
	set_at(&o, 2, 30);
	set_at(&o, 10, 30);
	memcpy(&w, &o, sizeof(o));
	assert_int_equal(repair(&l), 2);
	assert_int_equal(l.reason, DIVERT_REASON_TCP_HLEN);
	assert_int_equal(divert_cksum_verify_ip(o.b, &l), DIVERT_SUM_GOOD);
	assert_memory_equal(o.b + 20, w.b + 20, o.n - 20);
}

static void
want_fail(int error, enum divert_reason reason)
{
	struct divert_layout l;

	memcpy(&w, &o, sizeof(o));
	errno = 0;
	assert_int_equal(repair(&l), -1);
	assert_int_equal(errno, error);
	if (error == EBADMSG)
		assert_int_equal(l.reason, reason);
	same("nothing changes");
	errno = 0;
	assert_int_equal(repair(NULL), -1);
	assert_int_equal(errno, error);
}

static void
repair_refused(void **state)
{
	(void)state;
	o.n = 0;
	want_fail(EBADMSG, DIVERT_REASON_EMPTY);
	sample(2, &o, &standard);
	o.b[0] = 0x35;
	want_fail(EBADMSG, DIVERT_REASON_VERSION);
	sample(2, &o, &standard);
	o.n = 19;
	want_fail(EBADMSG, DIVERT_REASON_IP_SHORT);
	sample(2, &o, &standard);
	o.b[0] = 0x4f;
	want_fail(EBADMSG, DIVERT_REASON_IP_HLEN);
	sample(20, &o, &standard);
	o.b[22] = 9;
	want_fail(EBADMSG, DIVERT_REASON_IP_OPTION);
	sample(31, &o, &standard);
	o.n = 47;
	want_fail(EBADMSG, DIVERT_REASON_EXT_SHORT);
	sample(23, &o, &standard);
	set_at(&o, 6, 0x1fff);
	want_fail(EBADMSG, DIVERT_REASON_FRAG_OVERSIZE);
	/* A jumbogram: hop-by-hop option 0xc2 and payload length 0. */
	sample(30, &o, &standard);
	set_at(&o, 4, 0);
	memcpy(o.b + 42, "\302\4\0\1\0\0", 6);
	want_fail(EBADMSG, DIVERT_REASON_JUMBO);
	sample(2, &o, &standard);
	o.n = 65536;
	want_fail(EMSGSIZE, DIVERT_REASON_NONE);
	sample(25, &o, &standard);
	o.n = 65576;
	want_fail(EMSGSIZE, DIVERT_REASON_NONE);
	sample(25, &o, &standard);
	o.n = 65575;
	assert_true(repair(NULL) > 0);
}

static void
no_address(void **state)
{
	struct divert_layout l;
	uint8_t a[16] = { 0 };

	(void)state;
	sample(2, &o, &standard);
	divert_packet_parse(o.b, 19, &l);
	errno = 0;
	assert_int_equal(divert_edit_address(o.b, &l, DIVERT_SOURCE, a), -1);
	assert_int_equal(errno, EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(address),
		cmocka_unit_test(address_routed),
		cmocka_unit_test(address_from_packet),
		cmocka_unit_test(port),
		cmocka_unit_test(port_of_sctp_fragment),
		cmocka_unit_test(ttl),
		cmocka_unit_test(mss),
		cmocka_unit_test(damage_stays),
		cmocka_unit_test(udp_zero),
		cmocka_unit_test(icmp_zeros),
		cmocka_unit_test(quoted),
		cmocka_unit_test(repair_nothing),
		cmocka_unit_test(repair_resized),
		cmocka_unit_test(repair_fields),
		cmocka_unit_test(repair_upper_fault),
		cmocka_unit_test(repair_refused),
		cmocka_unit_test(no_address)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
