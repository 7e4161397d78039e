/* SPDX-License-Identifier: ISC */

/*
 * The core of divertnat's engine: sessions, mappings, the allocator, timers,
 * the states of TCP, rules of every kind.  What single requirements of the RFCs
 * say is in tests of their own; here the parts are held against slow models and
 * made to meet each other.
 */

#include "compat.h"

#include "nat_tables.h"
#include "nat_test.h"

#define HOME	"match out on em0 inet from 10.0.0.0/8 to any " \
		"nat-to 203.0.113.1\n"

#define FIN	0x01
#define SYN	0x02
#define RST	0x04
#define ACK	0x10

static void
later(struct engine *e, double seconds)
{
	e->now += (uint64_t)(seconds * 1e9);
	nat_expire(e->nat, e->now);
}

static int
port_at(const struct packet *p, size_t at)
{
	at += l4_at(p);
	return (p->b[at] << 8 | p->b[at + 1]);
}

#define source_port(p)	port_at(p, 0)
#define dest_port(p)	port_at(p, 2)

static void
set_sequence(struct packet *p, uint32_t seq, uint32_t ack)
{
	size_t	 at = l4_at(p);

	w16(p->b + at + 4, seq >> 16);
	w16(p->b + at + 6, seq & 0xffff);
	w16(p->b + at + 8, ack >> 16);
	w16(p->b + at + 10, ack & 0xffff);
	w16(p->b + at + 14, 1000);
	sum_l4(p, at, at + 16, NAT_TCP);
}

static unsigned int
sessions(struct engine *e)
{
	struct nat_counts	 counts;

	nat_counts(e->nat, &counts);
	return (counts.sessions);
}

/* Out by UDP; the outside port, or -1. */
static int
out_udp(struct engine *e, const char *src, int sport, const char *dst,
    int dport)
{
	struct packet	 p = udp(src, sport, dst, dport, 4);

	return (send_out(e, &p) == NAT_REPLACE ? source_port(&p) : -1);
}

static void
check_tables(struct engine *e)
{
	const char	*wrong = tables_wrong(e->nat);

	if (wrong != NULL)
		fail_msg("it should be that %s", wrong);
}

/*
 * The parts by themselves
 */

static void
test_index(void **state)
{
	static uint32_t	 hashes[400];
	struct index	 ix;
	uint32_t	 at, i, n, round;
	uint32_t	 random = 1;

	(void)state;
	assert_int_equal(index_new(&ix, 400), 0);
	for (round = 0; round < 20000; round++) {
		random = random * 1664525 + 1013904223;
		i = 1 + (random >> 8) % 399;
		if (hashes[i] != 0) {
			index_remove(&ix, hashes[i], i);
			hashes[i] = 0;
		} else {
			/* Few places, at the end too, so that they collide. */
			hashes[i] = ((random >> 20) % 8 + 0xfffffffau) << 22 |
			    (random & 3) | 4;
			index_insert(&ix, hashes[i], i);
		}
		for (i = 1; round % 64 == 0 && i < 400; i++) {
			if (hashes[i] == 0)
				continue;
			at = index_home(&ix, hashes[i]);
			while ((n = index_next(&ix, hashes[i], &at)) != i)
				assert_int_not_equal(n, 0);
		}
	}
	index_free(&ix);
}

/* A free port as a list would give it. */
static unsigned int
slow_find(const uint8_t *taken, unsigned int low, unsigned int high,
    unsigned int start, enum port_parity parity)
{
	unsigned int	 i, port;

	for (i = 0; i <= high - low; i++) {
		port = start + i <= high ? start + i :
		    start + i - high - 1 + low;
		if (!taken[port] && port != 0 &&
		    (parity == PARITY_ANY || (port % 2 == 1) ==
		    (parity == PARITY_ODD)))
			return (port);
	}
	return (0);
}

static void
test_ports(void **state)
{
	static struct ports	 set;
	static uint8_t		 taken[65536];
	unsigned int		 got, high, i, low, port, start;
	uint32_t		 random = 5;

	(void)state;
	for (i = 0; i < 60000; i++) {
		random = random * 1664525 + 1013904223;
		/*
		 * Whole words fill up, of one parity first, and are emptied
		 * again: then the sums above them count.
		 */
		port = i % 97 == 0 ? random >> 16 : i < 8192 ? i * 2 :
		    i < 16384 ? (i - 8192) * 2 + 1 :
		    i < 32768 ? i : i < 50000 ? i - 32768 : random >> 16;
		if (!taken[port])
			ports_take(&set, port);
		else if (i >= 32768 || i % 97 == 0)
			ports_give(&set, port);
		else
			continue;
		taken[port] = !taken[port];
		assert_int_equal(ports_taken(&set, port), taken[port]);
		if (i % 16 != 0)
			continue;
		low = (random >> 3) % 65536;
		high = low + (random >> 9) % (65536 - low);
		if (i % 32 == 0) {
			low = 1;
			high = 65535;
		}
		start = low + (random >> 4) % (high - low + 1);
		got = ports_find(&set, low, high, start,
		    (enum port_parity)(i / 16 % 3));
		assert_int_equal(got, slow_find(taken, low, high, start,
		    (enum port_parity)(i / 16 % 3)));
	}
}

/*
 * Mappings
 */

static void
test_out_and_back(void **state)
{
	static const char	*const hosts[][3] = {
		{ "10.1.2.3", "198.51.100.7", "203.0.113.1" },
		{ "fd00::5", "2001:db8:9::7", "2001:db8::1" }
	};
	struct engine	*e;
	struct packet	 back, expected, p;
	int		 i, k, port;

	(void)state;
	e = engine_new(HOME "match out on em0 inet6 from fd00::/8 to any "
	    "nat-to 2001:db8::1\n");
	for (i = 0; i < 2; i++)
		/* The second time, the session is there: the short way. */
		for (k = 0; k < 2; k++) {
			p = udp(hosts[i][0], 4000, hosts[i][1], 53, 7);
			assert_int_equal(send_out(e, &p), NAT_REPLACE);
			port = source_port(&p);
			expected = udp(hosts[i][2], port, hosts[i][1], 53, 7);
			same(&p, &expected);
			back = udp(hosts[i][1], 53, hosts[i][2], port, 9);
			assert_int_equal(send_in(e, &back), NAT_REPLACE);
			expected = udp(hosts[i][1], 53, hosts[i][0], 4000, 9);
			same(&back, &expected);

			p = tcp(hosts[i][0], 4001, hosts[i][1], 80,
			    k == 0 ? SYN : ACK, 0);
			assert_int_equal(send_out(e, &p), NAT_REPLACE);
			port = source_port(&p);
			expected = tcp(hosts[i][2], port, hosts[i][1], 80,
			    k == 0 ? SYN : ACK, 0);
			same(&p, &expected);
			back = tcp(hosts[i][1], 80, hosts[i][2], port,
			    k == 0 ? SYN | ACK : ACK, 5);
			assert_int_equal(send_in(e, &back), NAT_REPLACE);
			expected = tcp(hosts[i][1], 80, hosts[i][0], 4001,
			    k == 0 ? SYN | ACK : ACK, 5);
			same(&back, &expected);

			p = echo(hosts[i][0], hosts[i][1], 0, 77, 8);
			assert_int_equal(send_out(e, &p), NAT_REPLACE);
			port = port_at(&p, 4);
			expected = echo(hosts[i][2], hosts[i][1], 0, port, 8);
			same(&p, &expected);
			back = echo(hosts[i][1], hosts[i][2], 1, port, 8);
			assert_int_equal(send_in(e, &back), NAT_REPLACE);
			expected = echo(hosts[i][1], hosts[i][0], 1, 77, 8);
			same(&back, &expected);
		}
	assert_int_equal(sessions(e), 6);
	check_tables(e);
	engine_free(e);
}

static void
test_same_mapping_for_all_remotes(void **state)
{
	struct engine	*e = engine_new(HOME);
	struct packet	 p;
	int		 port;

	(void)state;
	port = out_udp(e, "10.0.0.1", 5000, "198.51.100.1", 1);
	assert_int_equal(port % 2, 0);
	assert_true(port >= 1024);
	assert_int_equal(out_udp(e, "10.0.0.1", 5000, "198.51.100.2", 2),
	    port);
	assert_int_not_equal(out_udp(e, "10.0.0.2", 5000, "198.51.100.2", 2),
	    port);
	/* Somebody else may come in by it. */
	p = udp("192.0.2.99", 9, "203.0.113.1", port, 1);
	assert_int_equal(send_in(e, &p), NAT_REPLACE);
	assert_int_equal(dest_port(&p), 5000);
	check_tables(e);
	engine_free(e);
}

/* Parity and class are kept as long as there are such ports. */
static void
test_parity_and_class(void **state)
{
	struct engine	*e = engine_new(HOME);
	int		 i, port;

	(void)state;
	for (i = 1; i < 60; i++) {
		port = out_udp(e, "10.0.0.1", i * 1021, "198.51.100.1", 1);
		assert_int_equal(port % 2, i % 2);
		assert_true(port >= 1024 || i == 1);
	}
	/* Two hosts with the same well-known port. */
	assert_int_equal(out_udp(e, "10.0.0.1", 500, "198.51.100.1", 1), 500);
	port = out_udp(e, "10.0.0.2", 500, "198.51.100.1", 1);
	assert_true(port != 500 && port > 0 && port < 1024 && port % 2 == 0);
	engine_free(e);
	e = engine_new("match out on em0 inet from 10.0.0.0/8 to any "
	    "nat-to 203.0.113.1 port 2000:2003\n");
	for (i = 0; i < 4; i++)
		assert_true(out_udp(e, "10.0.0.1", 8 + 2 * i, "198.51.100.1",
		    1) % 2 == i / 2);
	engine_free(e);
}

/* A host whose address has no port left gets none at another (A4). */
static void
test_paired_and_full(void **state)
{
	struct engine	*e;
	struct packet	 p;
	int		 i;

	(void)state;
	e = engine_new("match out on em0 inet from 10.0.0.0/8 to any "
	    "nat-to { 203.0.113.1, 203.0.113.2 } port 2000:2003\n");
	for (i = 0; i < 4; i++)
		assert_int_not_equal(out_udp(e, "10.0.0.1", 1 + i,
		    "198.51.100.1", 1), -1);
	assert_int_equal(out_udp(e, "10.0.0.1", 9, "198.51.100.1", 1), -1);
	assert_int_equal(e->reason, NAT_REASON_NO_PORT);
	/* Others have the other, wherever they would have begun. */
	for (i = 0; i < 4; i++) {
		char	 src[16];

		snprintf(src, sizeof(src), "10.0.0.%d", 2 + i);
		p = udp(src, 1, "198.51.100.1", 1, 1);
		assert_int_equal(send_out(e, &p), NAT_REPLACE);
	}
	check_tables(e);
	engine_free(e);
}

/* Where this host itself talks to the remote by a port, nobody else does. */
static void
test_not_as_own(void **state)
{
	struct engine	*e;
	struct packet	 p;

	(void)state;
	e = engine_new("match out on em0 inet from 10.0.0.0/8 to any "
	    "nat-to 203.0.113.1 port 2000:2001\n");
	p = udp("203.0.113.1", 2000, "198.51.100.1", 53, 1);
	assert_int_equal(send_out(e, &p), NAT_PASS);
	assert_int_equal(out_udp(e, "10.0.0.1", 8, "198.51.100.1", 53), 2001);
	assert_int_equal(out_udp(e, "10.0.0.2", 8, "198.51.100.2", 53), 2000);
	check_tables(e);
	engine_free(e);
}

static void
test_every_port(void **state)
{
	struct engine	*e;
	char		 src[32];
	uint8_t		*seen;
	int		 i, n = 0, port;

	(void)state;
	e = engine_new("set limit states 70000\n"
	    "match out on em0 inet from 10.0.0.0/8 to any "
	    "nat-to 203.0.113.1 port 1024:65535\n");
	seen = calloc(65536, 1);
	assert_non_null(seen);
	for (i = 0; i < 70000; i++) {
		snprintf(src, sizeof(src), "10.%d.%d.1", i >> 12, i >> 4 & 255);
		port = out_udp(e, src, 1024 + (i & 15), "198.51.100.1", 7);
		if (port == -1)
			break;
		assert_false(seen[port]);
		seen[port] = 1;
		n++;
	}
	assert_int_equal(n, 64512);
	assert_int_equal(e->reason, NAT_REASON_NO_PORT);
	check_tables(e);
	/* They end, and rest; then they are there again. */
	later(e, 301);
	for (i = 0; i < 1000 && sessions(e) > 0; i++)
		later(e, 0.1);
	assert_int_equal(sessions(e), 0);
	assert_int_equal(out_udp(e, "10.0.0.1", 1, "198.51.100.1", 7), -1);
	assert_int_equal(e->nat->counts.hosts, 0);
	later(e, 121);
	for (i = 0; i < 3000 && e->nat->rest_first != 0; i++)
		later(e, 0.1);
	assert_int_not_equal(out_udp(e, "10.0.0.1", 1, "198.51.100.1", 7), -1);
	free(seen);
	engine_free(e);
}

static void
test_paired(void **state)
{
	struct engine	*e;
	struct packet	 p, q;
	char		 src[32];
	int		 i, different = 0;

	(void)state;
	e = engine_new("match out on em0 inet from 10.0.0.0/8 to any "
	    "nat-to 203.0.113.0/28\n");
	for (i = 0; i < 64; i++) {
		snprintf(src, sizeof(src), "10.0.0.%d", i);
		p = udp(src, 1111, "198.51.100.1", 7, 4);
		assert_int_equal(send_out(e, &p), NAT_REPLACE);
		q = tcp(src, 2222, "198.51.100.2", 80, SYN, 0);
		assert_int_equal(send_out(e, &q), NAT_REPLACE);
		assert_memory_equal(p.b + 12, q.b + 12, 4);
		different |= 1 << p.b[15];
	}
	/* Not all of them behind one. */
	assert_true((different & (different - 1)) != 0);
	check_tables(e);
	engine_free(e);
}

static void
test_policies(void **state)
{
	struct engine	*e;
	struct packet	 p;
	int		 i;

	(void)state;
	e = engine_new("match out on em0 inet from 10.0.0.0/8 to any "
	    "nat-to { 203.0.113.1, 203.0.113.9 } round-robin\n");
	for (i = 0; i < 6; i++) {
		p = udp("10.0.0.1", 1000 + i, "198.51.100.1", 7, 4);
		assert_int_equal(send_out(e, &p), NAT_REPLACE);
		assert_int_equal(p.b[15], i % 2 == 0 ? 1 : 9);
	}
	engine_free(e);
	e = engine_new("match out on em0 inet from 10.0.0.0/8 to any "
	    "nat-to { 203.0.113.1, 203.0.113.9 } round-robin sticky-address\n");
	for (i = 0; i < 12; i++) {
		p = udp(i % 2 == 0 ? "10.0.0.1" : "10.0.0.2", 1000 + i,
		    "198.51.100.1", 7, 4);
		assert_int_equal(send_out(e, &p), NAT_REPLACE);
		assert_int_equal(p.b[15], i % 2 == 0 ? 1 : 9);
	}
	engine_free(e);
}

static void
test_static_port(void **state)
{
	struct engine	*e;

	(void)state;
	e = engine_new("match out on em0 inet from 10.0.0.0/8 to any "
	    "nat-to 203.0.113.1 static-port\n");
	assert_int_equal(out_udp(e, "10.0.0.1", 5001, "198.51.100.1", 1),
	    5001);
	assert_int_equal(out_udp(e, "10.0.0.2", 5001, "198.51.100.1", 1), -1);
	assert_int_equal(e->reason, NAT_REASON_NO_PORT);
	later(e, 302);
	later(e, 2);
	assert_int_equal(sessions(e), 0);
	/* It rests, and not from who had it. */
	assert_int_equal(out_udp(e, "10.0.0.2", 5001, "198.51.100.1", 1), -1);
	assert_int_equal(out_udp(e, "10.0.0.1", 5001, "198.51.100.1", 1),
	    5001);
	check_tables(e);
	engine_free(e);
}

static void
test_overlap(void **state)
{
	struct engine	*e;
	struct packet	 p;
	int		 a, b;

	(void)state;
	e = engine_new("set mapping port-overlap\nmatch out on em0 inet from "
	    "10.0.0.0/8 to any nat-to 203.0.113.1 port 2000:2001\n");
	a = out_udp(e, "10.0.0.1", 1, "198.51.100.1", 7);
	b = out_udp(e, "10.0.0.2", 1, "198.51.100.1", 7);
	assert_int_equal(a + b, 4001);
	assert_int_equal(out_udp(e, "10.0.0.3", 1, "198.51.100.1", 7), -1);
	/* Another remote, and the ports are there again. */
	a = out_udp(e, "10.0.0.3", 1, "198.51.100.2", 7);
	assert_true(a == 2000 || a == 2001);
	p = udp("198.51.100.2", 7, "203.0.113.1", a, 1);
	assert_int_equal(send_in(e, &p), NAT_REPLACE);
	assert_int_equal(p.b[19], 3);
	/* Only who was asked may answer. */
	p = udp("198.51.100.3", 7, "203.0.113.1", a, 1);
	assert_int_equal(send_in(e, &p), NAT_PASS);
	check_tables(e);
	engine_free(e);
}

static void
test_no_ports(void **state)
{
	struct engine	*e = engine_new(HOME);
	struct packet	 expected, p;

	(void)state;
	p = ip(NAT_GRE, "10.0.0.1", "198.51.100.1", 20);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	expected = ip(NAT_GRE, "203.0.113.1", "198.51.100.1", 20);
	same(&p, &expected);
	p = ip(NAT_GRE, "198.51.100.1", "203.0.113.1", 20);
	assert_int_equal(send_in(e, &p), NAT_REPLACE);
	expected = ip(NAT_GRE, "198.51.100.1", "10.0.0.1", 20);
	same(&p, &expected);
	/* One at a time for a remote. */
	p = ip(NAT_GRE, "10.0.0.2", "198.51.100.1", 20);
	assert_int_equal(send_out(e, &p), NAT_DROP);
	assert_int_equal(e->reason, NAT_REASON_PROTOCOL);
	p = ip(NAT_GRE, "10.0.0.2", "198.51.100.2", 20);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	check_tables(e);
	engine_free(e);
}

/*
 * The other kinds of rules
 */

static void
test_rdr(void **state)
{
	struct engine	*e;
	struct packet	 expected, p;
	int		 i;

	(void)state;
	e = engine_new(
	    "match in on em0 inet proto tcp to 203.0.113.1 port 80 "
	    "rdr-to 10.0.0.5 port 8080\n"
	    "match in on em0 inet proto udp to 203.0.113.1 port 2000:2999 "
	    "rdr-to 10.0.0.6 port 4000:*\n"
	    "match in on em0 inet proto udp to 203.0.113.2 port 53 "
	    "rdr-to { 10.0.0.1, 10.0.0.2 } round-robin\n" HOME);
	p = tcp("198.51.100.1", 999, "203.0.113.1", 80, SYN, 0);
	assert_int_equal(send_in(e, &p), NAT_REPLACE);
	expected = tcp("198.51.100.1", 999, "10.0.0.5", 8080, SYN, 0);
	same(&p, &expected);
	p = tcp("10.0.0.5", 8080, "198.51.100.1", 999, SYN | ACK, 0);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	expected = tcp("203.0.113.1", 80, "198.51.100.1", 999, SYN | ACK, 0);
	same(&p, &expected);
	p = udp("198.51.100.1", 999, "203.0.113.1", 2345, 1);
	assert_int_equal(send_in(e, &p), NAT_REPLACE);
	expected = udp("198.51.100.1", 999, "10.0.0.6", 4345, 1);
	same(&p, &expected);
	for (i = 0; i < 4; i++) {
		p = udp("198.51.100.1", 999 + i, "203.0.113.2", 53, 1);
		assert_int_equal(send_in(e, &p), NAT_REPLACE);
		assert_int_equal(p.b[19], 1 + i % 2);
	}
	/* No mapping takes what a rule has. */
	for (i = 0; i < 500; i++)
		assert_false(out_udp(e, "10.0.0.9", 3000 + i, "198.51.100.1",
		    1) / 1000 == 2);
	/* Nobody's. */
	p = tcp("198.51.100.1", 999, "203.0.113.1", 81, SYN, 0);
	assert_int_equal(send_in(e, &p), NAT_PASS);
	check_tables(e);
	engine_free(e);
}

static void
test_binat(void **state)
{
	struct engine	*e;
	struct packet	 expected, p;

	(void)state;
	e = engine_new("match on em0 inet from 10.0.0.0/24 to any "
	    "binat-to 203.0.113.0/24\n");
	p = udp("10.0.0.77", 5, "198.51.100.1", 6, 3);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	expected = udp("203.0.113.77", 5, "198.51.100.1", 6, 3);
	same(&p, &expected);
	p = udp("198.51.100.9", 6, "203.0.113.88", 5, 3);
	assert_int_equal(send_in(e, &p), NAT_REPLACE);
	expected = udp("198.51.100.9", 6, "10.0.0.88", 5, 3);
	same(&p, &expected);
	p = echo("198.51.100.9", "203.0.113.88", 0, 9, 3);
	assert_int_equal(send_in(e, &p), NAT_REPLACE);
	expected = echo("198.51.100.9", "10.0.0.88", 0, 9, 3);
	same(&p, &expected);
	p = echo("10.0.0.88", "198.51.100.9", 1, 9, 3);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	expected = echo("203.0.113.88", "198.51.100.9", 1, 9, 3);
	same(&p, &expected);
	p = ip(NAT_GRE, "198.51.100.9", "203.0.113.88", 30);
	assert_int_equal(send_in(e, &p), NAT_REPLACE);
	expected = ip(NAT_GRE, "198.51.100.9", "10.0.0.88", 30);
	same(&p, &expected);
	check_tables(e);
	engine_free(e);
}

/* RFC 6296 appendix A: its prefixes and its addresses. */
static void
test_npt(void **state)
{
	struct engine	*e;
	struct packet	 expected, p;

	(void)state;
	e = engine_new("match on em0 inet6 from fd01:203:405::/48 to any "
	    "npt-to 2001:db8:1::/48\n");
	p = udp("fd01:203:405:1::1234", 5, "2001:db8:f::1", 6, 3);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	expected = udp("2001:db8:1:d550::1234", 5, "2001:db8:f::1", 6, 3);
	same(&p, &expected);
	p = udp("2001:db8:f::1", 6, "2001:db8:1:d550::1234", 5, 3);
	assert_int_equal(send_in(e, &p), NAT_REPLACE);
	expected = udp("2001:db8:f::1", 6, "fd01:203:405:1::1234", 5, 3);
	same(&p, &expected);
	p = udp("fd01:203:405:ffff::1234", 5, "2001:db8:f::1", 6, 3);
	assert_int_equal(send_out(e, &p), NAT_DROP);
	assert_int_equal(e->reason, NAT_REASON_NPT);
	assert_int_equal(sessions(e), 0);
	engine_free(e);
}

static void
test_pass(void **state)
{
	struct engine	*e;
	struct packet	 p, q;

	(void)state;
	e = engine_new("pass out on em0 inet from any to 192.168.0.0/16\n"
	    HOME);
	p = q = udp("10.0.0.1", 5, "192.168.1.1", 6, 3);
	assert_int_equal(send_out(e, &p), NAT_PASS);
	same(&p, &q);
	p = udp("10.0.0.1", 5, "192.169.1.1", 6, 3);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	engine_free(e);
}

static void
test_two_uplinks(void **state)
{
	struct engine	*e;
	struct packet	 p;

	(void)state;
	e = engine_new(HOME "match out on em2 inet from 10.0.0.0/8 to any "
	    "nat-to 192.0.2.1\n");
	p = udp("10.0.0.1", 5, "198.51.100.1", 6, 3);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	assert_int_equal(p.b[12], 203);
	/* Another remote by the other: a mapping of its own. */
	p = udp("10.0.0.1", 5, "198.51.100.2", 6, 3);
	assert_int_equal(send_flags(e, DIVERT_DIRECTION_OUT, "em2", &p, 0),
	    NAT_REPLACE);
	assert_int_equal(p.b[12], 192);
	/* The route of the first changes. */
	p = udp("10.0.0.1", 5, "198.51.100.1", 6, 3);
	assert_int_equal(send_flags(e, DIVERT_DIRECTION_OUT, "em2", &p, 0),
	    NAT_REPLACE);
	assert_int_equal(p.b[12], 192);
	assert_int_equal(sessions(e), 2);
	check_tables(e);
	engine_free(e);
}

/* An answer to this host itself is not a host's that has the port, too. */
static void
test_own(void **state)
{
	struct engine	*e = engine_new(HOME);
	struct packet	 p, q;
	int		 port;

	(void)state;
	port = out_udp(e, "10.0.0.1", 5000, "198.51.100.1", 1);
	p = q = udp("203.0.113.1", port, "198.51.100.2", 53, 1);
	assert_int_equal(send_out(e, &p), NAT_PASS);
	same(&p, &q);
	p = q = udp("198.51.100.2", 53, "203.0.113.1", port, 1);
	assert_int_equal(send_in(e, &p), NAT_PASS);
	same(&p, &q);
	p = udp("198.51.100.3", 53, "203.0.113.1", port, 1);
	assert_int_equal(send_in(e, &p), NAT_REPLACE);
	check_tables(e);
	engine_free(e);
}

static void
test_hairpin(void **state)
{
	struct engine	*e = engine_new(HOME);
	struct packet	 expected, p;
	int		 a, b;

	(void)state;
	b = out_udp(e, "10.0.0.2", 6000, "198.51.100.1", 1);
	p = udp("10.0.0.1", 5000, "203.0.113.1", b, 2);
	assert_int_equal(send_inside(e, &p), NAT_REPLACE);
	a = source_port(&p);
	expected = udp("203.0.113.1", a, "10.0.0.2", 6000, 2);
	same(&p, &expected);
	p = udp("10.0.0.2", 6000, "203.0.113.1", a, 3);
	assert_int_equal(send_inside(e, &p), NAT_REPLACE);
	expected = udp("203.0.113.1", b, "10.0.0.1", 5000, 3);
	same(&p, &expected);
	/* This host itself is meant. */
	p = udp("10.0.0.1", 5000, "203.0.113.1", 22, 2);
	assert_int_equal(send_inside(e, &p), NAT_PASS);
	check_tables(e);
	engine_free(e);
}

/* The sum of an unfinished packet: the pseudo-header's, not complemented. */
static void
unfinish(struct packet *p, int proto)
{
	uint8_t	 pseudo[40] = { 0 };
	size_t	 l4 = l4_at(p), at = l4 + (proto == NAT_TCP ? 16 : 6);

	if (p->b[0] >> 4 == 4) {
		memcpy(pseudo, p->b + 12, 8);
		pseudo[9] = (uint8_t)proto;
		w16(pseudo + 10, (unsigned int)(p->n - l4));
		w16(p->b + at, slow_sum(0, pseudo, 12));
	} else {
		memcpy(pseudo, p->b + 8, 32);
		w16(pseudo + 34, (unsigned int)(p->n - l4));
		pseudo[39] = (uint8_t)proto;
		w16(p->b + at, slow_sum(0, pseudo, 40));
	}
}

static void
test_unfinished(void **state)
{
	static const char	*const hosts[][3] = {
		{ "10.1.2.3", "198.51.100.7", "203.0.113.1" },
		{ "fd00::5", "2001:db8:9::7", "2001:db8::1" }
	};
	struct engine	*e;
	struct packet	 back, expected, p;
	int		 i, port;

	(void)state;
	e = engine_new(HOME "match out on em0 inet6 from fd00::/8 to any "
	    "nat-to 2001:db8::1\n");
	/* The long way with the first of each, then the short one. */
	for (i = 0; i < 8; i++) {
		const char	*const *h = hosts[i & 1];
		int		 proto = (i & 2) != 0 ? NAT_TCP : NAT_UDP;

		p = proto == NAT_TCP ? tcp(h[0], 4000, h[1], 80, ACK, 9) :
		    udp(h[0], 4000, h[1], 80, 9);
		unfinish(&p, proto);
		assert_int_equal(send_flags(e, DIVERT_DIRECTION_OUT, "em0", &p,
		    DIVERT_PACKET_NOTREADY), NAT_REPLACE);
		port = source_port(&p);
		expected = proto == NAT_TCP ?
		    tcp(h[2], port, h[1], 80, ACK, 9) :
		    udp(h[2], port, h[1], 80, 9);
		unfinish(&expected, proto);
		same(&p, &expected);
		back = proto == NAT_TCP ? tcp(h[1], 80, h[2], port, ACK, 9) :
		    udp(h[1], 80, h[2], port, 9);
		unfinish(&back, proto);
		assert_int_equal(send_flags(e, DIVERT_DIRECTION_IN, "em0",
		    &back, DIVERT_PACKET_NOTREADY), NAT_REPLACE);
		expected = proto == NAT_TCP ? tcp(h[1], 80, h[0], 4000, ACK,
		    9) : udp(h[1], 80, h[0], 4000, 9);
		unfinish(&expected, proto);
		same(&back, &expected);
	}
	engine_free(e);
}

/* A sum that is wrong stays wrong by as much; none stays none. */
static void
test_sums(void **state)
{
	struct engine	*e = engine_new(HOME);
	struct packet	 expected, p;
	int		 i, port;

	(void)state;
	for (i = 0; i < 3; i++) {
		p = udp("10.0.0.1", 5000, "198.51.100.1", 1, 5);
		p.b[27] ^= 1;
		p.b[11] ^= 2;
		assert_int_equal(send_out(e, &p), NAT_REPLACE);
		port = source_port(&p);
		expected = udp("203.0.113.1", port, "198.51.100.1", 1, 5);
		assert_int_not_equal(memcmp(p.b + 26, expected.b + 26, 2), 0);
		assert_int_not_equal(memcmp(p.b + 10, expected.b + 10, 2), 0);
		p = udp("10.0.0.1", 5000, "198.51.100.1", 1, 5);
		w16(p.b + 26, 0);
		assert_int_equal(send_out(e, &p), NAT_REPLACE);
		assert_int_equal(p.b[26] | p.b[27], 0);
	}
	engine_free(e);
	/* All 65536 that a UDP sum can be, 0 never among them. */
	e = engine_new(HOME);
	for (i = 0; i < 65536; i++) {
		p = udp("10.0.0.1", 5000, "198.51.100.1", 1, 5);
		w16(p.b + 28, (unsigned int)i);
		sum_l4(&p, 20, 26, NAT_UDP);
		assert_int_equal(send_out(e, &p), NAT_REPLACE);
		expected = udp("203.0.113.1", source_port(&p),
		    "198.51.100.1", 1, 5);
		w16(expected.b + 28, (unsigned int)i);
		sum_l4(&expected, 20, 26, NAT_UDP);
		same(&p, &expected);
	}
	engine_free(e);
}

static void
test_filtering(void **state)
{
	struct engine	*e;
	struct packet	 p;
	int		 port;

	(void)state;
	e = engine_new("set filtering address-dependent\n" HOME);
	port = out_udp(e, "10.0.0.1", 5000, "198.51.100.1", 1);
	p = udp("198.51.100.1", 2, "203.0.113.1", port, 1);
	assert_int_equal(send_in(e, &p), NAT_REPLACE);
	p = udp("198.51.100.2", 1, "203.0.113.1", port, 1);
	assert_int_equal(send_in(e, &p), NAT_DROP);
	assert_int_equal(e->reason, NAT_REASON_FILTERED);
	assert_int_equal(out_udp(e, "10.0.0.1", 5000, "198.51.100.2", 9),
	    port);
	p = udp("198.51.100.2", 1, "203.0.113.1", port, 1);
	assert_int_equal(send_in(e, &p), NAT_REPLACE);
	check_tables(e);
	/* With its last session a remote's permit is gone. */
	later(e, 250);
	assert_int_equal(out_udp(e, "10.0.0.1", 5000, "198.51.100.1", 1),
	    port);
	later(e, 60);
	p = udp("198.51.100.2", 1, "203.0.113.1", port, 1);
	assert_int_equal(send_in(e, &p), NAT_DROP);
	p = udp("198.51.100.1", 8, "203.0.113.1", port, 1);
	assert_int_equal(send_in(e, &p), NAT_REPLACE);
	engine_free(e);
	e = engine_new("set filtering address-and-port-dependent\n" HOME);
	port = out_udp(e, "10.0.0.1", 5000, "198.51.100.1", 1);
	p = udp("198.51.100.1", 2, "203.0.113.1", port, 1);
	assert_int_equal(send_in(e, &p), NAT_DROP);
	p = udp("198.51.100.1", 1, "203.0.113.1", port, 1);
	assert_int_equal(send_in(e, &p), NAT_REPLACE);
	engine_free(e);
}

static void
test_limits(void **state)
{
	struct engine	*e;
	int		 i;

	(void)state;
	e = engine_new("set limit { ports-per-host 2, states-per-host 3, "
	    "states 5 }\n" HOME);
	assert_int_not_equal(out_udp(e, "10.0.0.1", 1, "198.51.100.1", 1), -1);
	assert_int_not_equal(out_udp(e, "10.0.0.1", 2, "198.51.100.1", 1), -1);
	assert_int_equal(out_udp(e, "10.0.0.1", 3, "198.51.100.1", 1), -1);
	assert_int_equal(e->reason, NAT_REASON_HOST_PORTS);
	assert_int_not_equal(out_udp(e, "10.0.0.1", 1, "198.51.100.1", 2), -1);
	assert_int_equal(out_udp(e, "10.0.0.1", 1, "198.51.100.1", 3), -1);
	assert_int_equal(e->reason, NAT_REASON_HOST_STATES);
	assert_int_not_equal(out_udp(e, "10.0.0.2", 1, "198.51.100.1", 1), -1);
	assert_int_not_equal(out_udp(e, "10.0.0.2", 1, "198.51.100.1", 2), -1);
	assert_int_equal(out_udp(e, "10.0.0.3", 1, "198.51.100.1", 2), -1);
	assert_int_equal(e->reason, NAT_REASON_NO_STATE);
	check_tables(e);
	/* Those that are there are there. */
	assert_int_not_equal(out_udp(e, "10.0.0.1", 1, "198.51.100.1", 1), -1);
	assert_int_equal(nat_kill(e->nat, 4, (const uint8_t *)"\12\0\0\1"),
	    3);
	assert_int_not_equal(out_udp(e, "10.0.0.3", 1, "198.51.100.1", 2), -1);
	check_tables(e);
	engine_free(e);
	e = engine_new("set limit new-per-host 10\n" HOME);
	for (i = 0; i < 10; i++)
		assert_int_not_equal(out_udp(e, "10.0.0.1", i,
		    "198.51.100.1", 1), -1);
	assert_int_equal(out_udp(e, "10.0.0.1", i, "198.51.100.1", 1), -1);
	assert_int_equal(e->reason, NAT_REASON_HOST_RATE);
	later(e, 0.5);
	for (i = 0; i < 5; i++)
		assert_int_not_equal(out_udp(e, "10.0.0.1", 20 + i,
		    "198.51.100.1", 1), -1);
	assert_int_equal(out_udp(e, "10.0.0.1", 50, "198.51.100.1", 1), -1);
	/* No more than a second's are saved. */
	later(e, 100);
	for (i = 0; i < 10; i++)
		assert_int_not_equal(out_udp(e, "10.0.0.1", 60 + i,
		    "198.51.100.1", 1), -1);
	assert_int_equal(out_udp(e, "10.0.0.1", 80, "198.51.100.1", 1), -1);
	engine_free(e);
}

/* Nothing that a rule would translate leaves as it is. */
static void
test_never_untranslated(void **state)
{
	struct engine	*e = engine_new(HOME);
	struct packet	 p;

	(void)state;
	p = udp("10.0.0.1", 5000, "198.51.100.1", 1, 5);
	p.n = 26;
	assert_int_equal(send_out(e, &p), NAT_DROP);
	assert_int_equal(e->reason, NAT_REASON_MALFORMED);
	p = udp("192.0.2.1", 5000, "198.51.100.1", 1, 5);
	p.n = 26;
	assert_int_equal(send_out(e, &p), NAT_PASS);
	p = udp("10.0.0.1", 5000, "198.51.100.1", 1, 5);
	assert_int_equal(send_flags(e, DIVERT_DIRECTION_OUT, "em0", &p,
	    DIVERT_PACKET_TRUNCATED), NAT_DROP);
	assert_int_equal(e->reason, NAT_REASON_TRUNCATED);
	assert_int_equal(send_flags(e, DIVERT_DIRECTION_NONE, "em0", &p, 0),
	    NAT_DROP);
	assert_int_equal(e->reason, NAT_REASON_NO_DIRECTION);
	/* An answer to nobody. */
	p = echo("10.0.0.1", "198.51.100.1", 1, 9, 4);
	assert_int_equal(send_out(e, &p), NAT_DROP);
	assert_int_equal(e->reason, NAT_REASON_ICMP_UNKNOWN);
	p = udp("10.0.0.1", 5000, "198.51.100.1", 1, 5);
	assert_int_equal(send_flags(e, DIVERT_DIRECTION_OUT, "em1", &p, 0),
	    NAT_PASS);
	engine_free(e);
}

/* A batch in which packets end and make each other's sessions. */
static void
test_batch(void **state)
{
	struct engine		*e = engine_new(HOME);
	struct divert_packet	 pkts[4];
	struct packet		 p[4];
	uint8_t			 reasons[4], verdicts[4];
	int			 i;

	(void)state;
	for (i = 0; i < 4; i++) {
		p[i] = udp(i == 3 ? "10.0.0.2" : "10.0.0.1", 5000,
		    "198.51.100.1", 7, 4);
		memset(&pkts[i], 0, sizeof(pkts[i]));
		pkts[i].data = p[i].b;
		pkts[i].len = pkts[i].wirelen = (uint32_t)p[i].n;
		pkts[i].direction = DIVERT_DIRECTION_OUT;
		strcpy(pkts[i].ifname, "em0");
	}
	nat_packets(e->nat, pkts, 4, e->now, verdicts, reasons);
	for (i = 0; i < 4; i++)
		assert_int_equal(verdicts[i], NAT_REPLACE);
	same(&p[0], &p[1]);
	same(&p[0], &p[2]);
	assert_int_equal(sessions(e), 2);
	/* All of them old, the first of them ends it and makes it again. */
	e->now += 301 * SECOND_NS - 1;
	e->nat->wheel.second = UINT32_MAX;
	for (i = 0; i < 4; i++)
		p[i] = udp("10.0.0.1", 5000, "198.51.100.1", 7, 4);
	nat_packets(e->nat, pkts, 4, e->now, verdicts, reasons);
	for (i = 0; i < 4; i++)
		assert_int_equal(verdicts[i], NAT_REPLACE);
	same(&p[0], &p[3]);
	engine_free(e);
}

/*
 * Time
 */

static void
test_timeouts(void **state)
{
	struct engine	*e = engine_new(HOME);
	struct packet	 p;
	int		 port;

	(void)state;
	port = out_udp(e, "10.0.0.1", 5000, "198.51.100.1", 1);
	later(e, 299);
	p = udp("198.51.100.1", 1, "203.0.113.1", port, 1);
	/* What comes in keeps nothing (U6). */
	assert_int_equal(send_in(e, &p), NAT_REPLACE);
	e->now += 2 * SECOND_NS;
	p = udp("198.51.100.1", 1, "203.0.113.1", port, 1);
	assert_int_equal(send_in(e, &p), NAT_PASS);
	assert_int_equal(sessions(e), 0);
	/* A day without a call. */
	port = out_udp(e, "10.0.0.1", 5000, "198.51.100.1", 1);
	assert_int_equal(sessions(e), 1);
	e->now += 86400 * SECOND_NS;
	assert_int_not_equal(out_udp(e, "10.0.0.1", 5000, "198.51.100.1", 1),
	    -1);
	assert_int_equal(sessions(e), 1);
	check_tables(e);
	engine_free(e);
}

/* After an answer from port 53 it is short. */
static void
test_dns(void **state)
{
	struct engine	*e = engine_new(HOME);
	struct packet	 p;
	int		 i, port;

	(void)state;
	port = out_udp(e, "10.0.0.1", 5000, "198.51.100.1", 53);
	later(e, 100);
	assert_int_equal(sessions(e), 1);
	for (i = 0; i < 2; i++) {
		assert_int_equal(out_udp(e, "10.0.0.1", 5000, "198.51.100.1",
		    53), port);
		p = udp("198.51.100.1", 53, "203.0.113.1", port, 3);
		assert_int_equal(send_in(e, &p), NAT_REPLACE);
		later(e, 29);
		assert_int_equal(sessions(e), 1);
	}
	later(e, 3);
	assert_int_equal(sessions(e), 0);
	engine_free(e);
}

/* An old session is none, also before the timer has come to it. */
static void
test_old(void **state)
{
	struct engine	*e = engine_new(HOME);
	struct packet	 p;
	int		 port;

	(void)state;
	port = out_udp(e, "10.0.0.1", 5000, "198.51.100.1", 1);
	e->nat->wheel.second = UINT32_MAX;
	e->now += 300 * SECOND_NS;
	p = udp("198.51.100.1", 1, "203.0.113.1", port, 1);
	assert_int_equal(send_in(e, &p), NAT_REPLACE);
	e->now += SECOND_NS;
	p = udp("198.51.100.1", 1, "203.0.113.1", port, 1);
	assert_int_equal(send_in(e, &p), NAT_PASS);
	assert_int_equal(sessions(e), 0);
	engine_free(e);
}

/* Sessions of every age end in time, however seldom anybody looks. */
static void
test_wheel(void **state)
{
	struct engine	*e;
	double		 ends[2000];
	double		 clock_s = 0, step;
	unsigned int	 alive, i, made = 0;
	uint32_t	 random = 9;

	(void)state;
	e = engine_new("set limit states 5000\nset timeout udp 2000\n" HOME);
	for (i = 0; i < 6000; i++) {
		random = random * 1664525 + 1013904223;
		step = (random >> 24) == 0 ? 700 : (random >> 16) % 64 / 16.0;
		clock_s += step;
		later(e, step);
		if (made < 2000 && random % 3 != 0) {
			assert_int_not_equal(out_udp(e, "10.0.0.1",
			    (int)(2000 + made), "198.51.100.1", 1), -1);
			ends[made++] = clock_s + 2000;
		}
		for (alive = 0; alive < made &&
		    ends[made - 1 - alive] >= clock_s; alive++)
			continue;
		/* Up to two seconds late, in a call that has time for it. */
		assert_true(sessions(e) >= alive);
		for (alive = 0; alive < made &&
		    ends[made - 1 - alive] + 2 >= clock_s; alive++)
			continue;
		if (step < 4)
			assert_true(sessions(e) <= alive + 256);
	}
	later(e, 2002);
	for (i = 0; i < 20; i++)
		later(e, 1);
	assert_int_equal(sessions(e), 0);
	engine_free(e);
}

/*
 * TCP
 */

struct step {
	int	 way;
	int	 flags;
	uint32_t seq;
	uint32_t ack;
	size_t	 payload;
	int	 state;		/* then */
};

static void
walk(const struct step *steps, size_t n)
{
	struct engine	*e = engine_new(HOME);
	struct packet	 p;
	int		 port = 0;
	size_t		 i;

	for (i = 0; i < n; i++) {
		if (steps[i].way == WAY_OUT)
			p = tcp("10.0.0.1", 5000, "198.51.100.1", 80,
			    steps[i].flags, steps[i].payload);
		else
			p = tcp("198.51.100.1", 80, "203.0.113.1", port,
			    steps[i].flags, steps[i].payload);
		set_sequence(&p, steps[i].seq, steps[i].ack);
		if (steps[i].way == WAY_OUT) {
			assert_int_equal(send_out(e, &p), NAT_REPLACE);
			port = source_port(&p);
		} else
			assert_int_equal(send_in(e, &p), NAT_REPLACE);
		if (e->nat->sessions[1].tcp_state != steps[i].state)
			fail_msg("step %zu: state %d instead of %d", i,
			    e->nat->sessions[1].tcp_state, steps[i].state);
	}
	engine_free(e);
}
#define WALK(steps)	walk(steps, sizeof(steps) / sizeof((steps)[0]))

static void
test_tcp_close(void **state)
{
	static const struct step	 steps[] = {
		{ WAY_OUT, SYN, 100, 0, 0, TCP_INIT_OUT },
		{ WAY_OUT, SYN, 100, 0, 0, TCP_INIT_OUT },
		{ WAY_IN, SYN | ACK, 500, 101, 0, TCP_ESTABLISHED },
		{ WAY_OUT, ACK, 101, 501, 10, TCP_ESTABLISHED },
		{ WAY_IN, FIN | ACK, 501, 111, 0, TCP_FIN_IN },
		{ WAY_OUT, ACK, 111, 502, 10, TCP_FIN_IN },
		{ WAY_OUT, FIN | ACK, 121, 502, 0, TCP_FIN_BOTH },
		{ WAY_IN, ACK, 502, 122, 0, TCP_FIN_BOTH },
		{ WAY_OUT, SYN, 9000, 0, 0, TCP_INIT_OUT },
	};

	(void)state;
	WALK(steps);
}

static void
test_tcp_simultaneous(void **state)
{
	static const struct step	 steps[] = {
		{ WAY_OUT, SYN, 100, 0, 0, TCP_INIT_OUT },
		{ WAY_IN, SYN, 500, 0, 0, TCP_ESTABLISHED },
		{ WAY_OUT, SYN | ACK, 100, 501, 0, TCP_ESTABLISHED },
		{ WAY_IN, SYN | ACK, 500, 101, 0, TCP_ESTABLISHED },
	};

	(void)state;
	WALK(steps);
}

static void
test_tcp_rst(void **state)
{
	static const struct step	 steps[] = {
		{ WAY_OUT, SYN, 100, 0, 0, TCP_INIT_OUT },
		/* Not about this SYN. */
		{ WAY_IN, RST | ACK, 0, 77, 0, TCP_INIT_OUT },
		{ WAY_IN, SYN | ACK, 500, 101, 0, TCP_ESTABLISHED },
		{ WAY_OUT, ACK, 101, 501, 0, TCP_ESTABLISHED },
		/* Outside of the window of 1000, which is seen as 1024. */
		{ WAY_IN, RST, 500, 0, 0, TCP_ESTABLISHED },
		{ WAY_IN, RST, 501 + 1025, 0, 0, TCP_ESTABLISHED },
		{ WAY_OUT, RST, 99, 0, 0, TCP_ESTABLISHED },
		{ WAY_IN, RST, 501 + 1000, 0, 0, TCP_TRANS },
		/* An ACK alone is no data. */
		{ WAY_OUT, ACK, 101, 501, 0, TCP_TRANS },
		{ WAY_OUT, ACK, 101, 501, 1, TCP_ESTABLISHED },
		{ WAY_OUT, RST, 101, 0, 0, TCP_TRANS },
	};

	(void)state;
	WALK(steps);
}

static void
test_tcp_loose(void **state)
{
	static const struct step	 steps[] = {
		{ WAY_OUT, ACK, 100, 700, 5, TCP_INIT_OUT },
		{ WAY_OUT, ACK, 105, 700, 5, TCP_INIT_OUT },
		{ WAY_IN, ACK, 700, 110, 5, TCP_ESTABLISHED },
		{ WAY_IN, RST, 705, 0, 0, TCP_TRANS },
	};

	(void)state;
	WALK(steps);
}

static void
test_tcp_times(void **state)
{
	struct engine	*e = engine_new(HOME);
	struct packet	 p;
	int		 port;

	(void)state;
	p = tcp("10.0.0.1", 5000, "198.51.100.1", 80, SYN, 0);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	port = source_port(&p);
	p = tcp("198.51.100.1", 80, "203.0.113.1", port, SYN | ACK, 0);
	assert_int_equal(send_in(e, &p), NAT_REPLACE);
	later(e, 7439);
	assert_int_equal(sessions(e), 1);
	/* What comes in keeps a connection; then a RST. */
	p = tcp("198.51.100.1", 80, "203.0.113.1", port, ACK, 1);
	set_sequence(&p, 1, 1);
	assert_int_equal(send_in(e, &p), NAT_REPLACE);
	later(e, 7000);
	p = tcp("10.0.0.1", 5000, "198.51.100.1", 80, RST, 0);
	set_sequence(&p, 1, 0);
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	later(e, 239);
	assert_int_equal(sessions(e), 1);
	later(e, 3);
	assert_int_equal(sessions(e), 0);
	engine_free(e);
}

/* A clock that is set back stands still: nothing ends before its time. */
static void
test_clock_back(void **state)
{
	struct engine	*e = engine_new(HOME);
	struct packet	 p;
	int		 i, port;

	(void)state;
	port = out_udp(e, "10.0.0.1", 2000, "192.0.2.9", 5000);
	e->now -= 500 * SECOND_NS;
	for (i = 0; i < 3; i++) {
		p = udp("192.0.2.9", 5000, "203.0.113.1", port, 4);
		assert_int_equal(send_in(e, &p), i < 2 ? NAT_REPLACE :
		    NAT_PASS);
		e->now += (i == 0 ? 500 + 299 : 3) * SECOND_NS;
	}
	engine_free(e);
}

/* source-hash: one address and no other; sticky-address: the first again. */
static void
test_same_address(void **state)
{
	struct engine	*e = engine_new("match out on em0 inet from "
			    "10.0.0.0/8 to any nat-to { 203.0.113.1, "
			    "203.0.113.2 } source-hash port 5000\n");
	struct packet	 p, q;
	char		 from[32];
	int		 i, seen = 0;

	(void)state;
	assert_int_equal(out_udp(e, "10.0.0.1", 2000, "192.0.2.9", 5000),
	    5000);
	assert_int_equal(out_udp(e, "10.0.0.1", 2001, "192.0.2.9", 5000), -1);
	assert_int_equal(e->reason, NAT_REASON_NO_PORT);
	engine_free(e);

	e = engine_new("match out on em0 inet from 10.0.0.0/8 to any nat-to "
	    "{ 203.0.113.1, 203.0.113.2, 203.0.113.3 } round-robin "
	    "sticky-address\n");
	for (i = 1; i < 10; i++) {
		snprintf(from, sizeof(from), "10.0.0.%d", i);
		p = udp(from, 2000, "192.0.2.9", 5000, 4);
		assert_int_equal(send_out(e, &p), NAT_REPLACE);
		q = udp(from, 2001, "192.0.2.10", 5000, 4);
		assert_int_equal(send_out(e, &q), NAT_REPLACE);
		assert_memory_equal(p.b + 12, q.b + 12, 4);
		seen |= 1 << p.b[15];
	}
	assert_int_equal(seen, 0xe);
	engine_free(e);
}

/* More addresses than there is room for at once, as years bring them. */
static void
test_many_addresses(void **state)
{
	static const uint8_t	 host[4] = { 10, 0, 0, 1 };
	static const uint8_t	 host6[16] = { 0xfd, [15] = 1 };
	struct engine		*e = engine_new("set timeout port-rest 0\n"
				    "match out on em0 inet from 10.0.0.0/8 to "
				    "any nat-to 198.18.0.0/16 round-robin\n"
				    "match out on em0 inet6 from fd00::/8 to "
				    "any nat-to 2001:db8::/64 round-robin\n");
	int			 i;

	(void)state;
	for (i = 0; i < 3000; i++) {
		assert_int_not_equal(out_udp(e, "10.0.0.1", 2000, "192.0.2.9",
		    5000), -1);
		assert_int_equal(nat_kill(e->nat, 4, host), 1);
		assert_int_not_equal(out_udp(e, "fd00::1", 2000,
		    "2001:db9::9", 5000), -1);
		/* Those in use stay. */
		if (i == 0)
			assert_int_not_equal(out_udp(e, "10.0.0.2", 2000,
			    "192.0.2.9", 5000), -1);
		assert_int_equal(nat_kill(e->nat, 6, host6), 1);
		if (i % 500 == 0)
			check_tables(e);
	}
	assert_int_equal(sessions(e), 1);
	check_tables(e);
	engine_free(e);
}

/* Nobody outside can fill the table: by a mapping, by a forward. */
static void
test_filled_from_outside(void **state)
{
	static const char *const	 texts[] = {
		HOME,
		HOME "match in on em0 inet proto udp to 203.0.113.1 port 7 "
		"rdr-to 10.0.0.9\n",
		HOME "match on em0 inet from 10.0.0.9 to any binat-to "
		"203.0.113.1\n"
	};
	struct engine	*e;
	struct packet	 p;
	char		 text[512], from[32];
	unsigned int	 i, j, let_in;
	int		 port;

	(void)state;
	for (i = 0; i < 3; i++) {
		snprintf(text, sizeof(text), "set limit states 400\n%s",
		    texts[i]);
		e = engine_new(text);
		port = i == 0 ? out_udp(e, "10.0.0.1", 2000, "192.0.2.9",
		    5000) : 7;
		for (j = 0, let_in = 0; j < 1000; j++) {
			snprintf(from, sizeof(from), "198.51.%u.%u", j / 250,
			    j % 250);
			p = udp(from, 9, "203.0.113.1", port, 4);
			let_in += send_in(e, &p) == NAT_REPLACE;
		}
		assert_int_equal(let_in, 300);
		/* A quarter is for the inside, and no less. */
		for (j = 0; j < 99; j++)
			assert_int_not_equal(out_udp(e, "10.0.0.2",
			    3000 + (int)j, "192.0.2.9", 5000), -1);
		check_tables(e);
		engine_free(e);
	}
}

/*
 * Everything at once: the tables stay whole.
 */
static void
test_churn(void **state)
{
	struct engine	*e;
	struct packet	 p;
	char		 dst[32], src[32];
	uint32_t	 random = 3;
	int		 i, way;

	(void)state;
	e = engine_new("set limit states 500\n"
	    "set filtering address-dependent\n"
	    "match in on em0 inet proto tcp to 203.0.113.1 port 80 "
	    "rdr-to 10.0.0.5 port 8080\n"
	    "match on em0 inet from 10.9.0.0/16 to any "
	    "binat-to 192.0.0.0/16\n" HOME
	    "match out on em0 inet6 from fd00::/8 to any nat-to "
	    "{ 2001:db8::1, 2001:db8::2 } round-robin\n");
	for (i = 0; i < 40000; i++) {
		random = random * 1664525 + 1013904223;
		way = (int)(random >> 31);
		if ((random >> 30 & 1) != 0) {
			snprintf(src, sizeof(src), "fd00::%x", random >> 8 & 7);
			snprintf(dst, sizeof(dst), "2001:db8:%x::%x",
			    random >> 11 & 31, way);
		} else {
			snprintf(src, sizeof(src), "10.%d.0.%d",
			    (random >> 20 & 1) * 9, random >> 8 & 7);
			snprintf(dst, sizeof(dst), way ? "203.0.113.%d" :
			    "198.51.100.%d", random >> 11 & 31);
		}
		switch (random >> 16 & 3) {
		case 0:
			p = echo(src, dst, 0, (int)(random & 7), 3);
			break;
		case 1:
			p = tcp(src, (int)(random & 15) + 2000, dst, 80,
			    (int)(random >> 5 & 0x17), 3);
			break;
		default:
			p = udp(src, (int)(random & 15) + 2000, dst,
			    (random >> 4 & 1) != 0 ? 53 : 1024, 3);
		}
		if (way)
			send_in(e, &p);
		else
			send_out(e, &p);
		e->now += (random >> 24) * SECOND_NS / 1000;
		if (i % 500 == 0)
			check_tables(e);
	}
	for (i = 0; i < 100; i++)
		later(e, 8000);
	assert_int_equal(sessions(e), 0);
	assert_int_equal(e->nat->counts.hosts, 0);
	assert_int_equal(e->nat->counts.mappings, 0);
	check_tables(e);
	/* No address is remembered but those that mappings were at. */
	for (i = 1, way = 0; i <= (int)e->nat->noutsides; i++)
		way += e->nat->outsides[i].family == 6;
	for (i = 1; i < (int)e->nat->address_fresh; i++)
		way -= e->nat->addresses[i].users != 0;
	assert_int_equal(way, 0);
	engine_free(e);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(test_index),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_out_and_back),
		cmocka_unit_test(test_same_mapping_for_all_remotes),
		cmocka_unit_test(test_parity_and_class),
		cmocka_unit_test(test_paired_and_full),
		cmocka_unit_test(test_not_as_own),
		cmocka_unit_test(test_every_port),
		cmocka_unit_test(test_paired),
		cmocka_unit_test(test_policies),
		cmocka_unit_test(test_static_port),
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_no_ports),
		cmocka_unit_test(test_rdr),
		cmocka_unit_test(test_binat),
		cmocka_unit_test(test_npt),
		cmocka_unit_test(test_pass),
		cmocka_unit_test(test_two_uplinks),
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_hairpin),
		cmocka_unit_test(test_unfinished),
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_filtering),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_never_untranslated),
		cmocka_unit_test(test_batch),
		cmocka_unit_test(test_timeouts),
		cmocka_unit_test(test_dns),
		cmocka_unit_test(test_old),
		cmocka_unit_test(test_wheel),
		cmocka_unit_test(test_tcp_close),
		cmocka_unit_test(test_tcp_simultaneous),
		cmocka_unit_test(test_tcp_rst),
		cmocka_unit_test(test_tcp_loose),
		cmocka_unit_test(test_tcp_times),
		cmocka_unit_test(test_clock_back),
		cmocka_unit_test(test_same_address),
		cmocka_unit_test(test_many_addresses),
		cmocka_unit_test(test_filled_from_outside),
		cmocka_unit_test(test_churn),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
