/* SPDX-License-Identifier: ISC */

/*
 * The rule that a packet meets: random rules and packets against a slow, plain
 * way to look, which knows what it wrote down and nothing of rules.h.  And as
 * many rules as there may be.
 */

#include "compat.h"

#include "nat_harness.h"

#include "../../bin/divertnat/nat_int.h"

#define LINES_MAX	40
#define SIDE_NETS	3

static uint64_t	 seed = 88172645463325252u;

static unsigned int
below(unsigned int n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return ((unsigned int)(seed >> 33) % n);
}

/* What a line says. */
struct side {
	int	 n;			/* 0: any */
	int	 not;			/* all but the one */
	uint8_t	 addr[SIDE_NETS][16];
	int	 prefix[SIDE_NETS];
	int	 low, high;		/* ports; 0, 65535: any */
};

struct line {
	enum { PASS, NAT, RDR, BINAT } kind;
	int		 direction;	/* 0 both, 'i', 'o' */
	int		 interface;	/* -1: any; of em0 and em1 */
	int		 family;
	int		 proto;		/* 0: any, 6, 17, 1 or 58, 47 */
	struct side	 from, to, pool;
};

static const char *const	 names[] = { "em0", "em1", "em2" };

static void
random_address(int family, uint8_t addr[16])
{
	memset(addr, 0, 16);
	if (family == 4) {
		memcpy(addr, below(2) ? "\012\000\000" : "\313\000\161", 3);
		addr[3] = (uint8_t)below(32);
	} else {
		addr[0] = 0xfd;
		addr[7] = (uint8_t)below(4);
		addr[15] = (uint8_t)below(8);
	}
}

static void
random_side(int family, struct side *s, int may_be_any)
{
	int	 bits = family == 4 ? 32 : 128, i, j;

	memset(s, 0, sizeof(*s));
	s->high = 65535;
	s->n = may_be_any && below(3) == 0 ? 0 : 1 + (int)below(SIDE_NETS);
	s->not = may_be_any && s->n == 1 && below(4) == 0;
	for (i = 0; i < s->n; i++) {
		random_address(family, s->addr[i]);
		s->prefix[i] = bits - (int)below(family == 4 ? 6 : 4);
		if (family == 6 && below(3) == 0)
			s->prefix[i] = 60 + (int)below(6);
		for (j = s->prefix[i]; j < bits; j++)
			s->addr[i][j / 8] &= (uint8_t)~(0x80 >> j % 8);
	}
}

static void
write_side(char *text, size_t size, int family, const struct side *s)
{
	char	 addr[64];
	int	 i;

	if (s->n == 0) {
		strlcat(text, "any ", size);
		return;
	}
	strlcat(text, s->not ? "! " : s->n > 1 ? "{ " : "", size);
	for (i = 0; i < s->n; i++) {
		inet_ntop(family == 4 ? AF_INET : AF_INET6, s->addr[i], addr,
		    sizeof(addr));
		snprintf(addr + strlen(addr), sizeof(addr) - strlen(addr),
		    "/%d ", s->prefix[i]);
		strlcat(text, addr, size);
	}
	strlcat(text, s->n > 1 ? "} " : "", size);
}

static void
write_ports(char *text, size_t size, const struct side *s)
{
	char	 ports[32];

	if (s->low == 0 && s->high == 65535)
		return;
	snprintf(ports, sizeof(ports), "port %d:%d ", s->low, s->high);
	strlcat(text, ports, size);
}

static void
random_line(struct line *l, char *text, size_t size)
{
	static const char *const	 ends[] = { "", "nat-to ", "rdr-to ",
	    "binat-to " };
	static const int		 protos[] = { 0, 0, 6, 17, 6, 17, 1,
	    47 };
	char				 word[64];

	memset(l, 0, sizeof(*l));
	l->kind = below(4);
	l->direction = l->kind == NAT ? 'o' : l->kind == RDR ? 'i' :
	    l->kind == BINAT ? 0 : "\0io"[below(3)];
	l->interface = (int)below(3) - 1;
	l->family = below(3) == 0 ? 6 : 4;
	l->proto = protos[below(8)];
	if (l->proto == 1 && l->family == 6)
		l->proto = 58;
	random_side(l->family, &l->from, l->kind != BINAT);
	random_side(l->family, &l->to, 1);
	random_side(l->family, &l->pool, 0);
	if (l->kind == BINAT) {
		l->from.n = l->pool.n = 1;
		l->from.prefix[0] = l->pool.prefix[0] = l->family == 4 ? 32 :
		    128;
	} else if (l->proto == 6 || l->proto == 17) {
		if (below(2) == 0)
			l->to.high = (l->to.low = (int)below(8)) +
			    (int)below(8);
		if (below(4) == 0)
			l->from.high = (l->from.low = (int)below(8)) +
			    (int)below(8);
	}
	strlcat(text, l->kind == PASS ? "pass " : "match ", size);
	strlcat(text, l->direction == 'i' ? "in " : l->direction == 'o' ?
	    "out " : "", size);
	if (l->interface != -1) {
		snprintf(word, sizeof(word), "on %s ", names[l->interface]);
		strlcat(text, word, size);
	}
	strlcat(text, l->family == 4 ? "inet " : "inet6 ", size);
	if (l->proto != 0) {
		snprintf(word, sizeof(word), "proto %d ", l->proto);
		strlcat(text, word, size);
	}
	strlcat(text, "from ", size);
	write_side(text, size, l->family, &l->from);
	write_ports(text, size, &l->from);
	strlcat(text, "to ", size);
	write_side(text, size, l->family, &l->to);
	write_ports(text, size, &l->to);
	strlcat(text, ends[l->kind], size);
	if (l->kind != PASS)
		write_side(text, size, l->family, &l->pool);
	strlcat(text, "\n", size);
}

/*
 * The slow way
 */

static int
is_among(const struct side *s, const uint8_t *addr)
{
	int	 i, j;

	if (s->n == 0)
		return (1);
	for (i = 0; i < s->n; i++) {
		for (j = 0; j < s->prefix[i]; j++)
			if (((s->addr[i][j / 8] ^ addr[j / 8]) &
			    (0x80 >> j % 8)) != 0)
				break;
		if (j == s->prefix[i])
			return (!s->not);
	}
	return (s->not);
}

struct probe {
	int		 out;
	int		 interface;
	int		 family;
	int		 proto;
	int		 has_ports;
	int		 sport, dport;
	uint8_t		 src[16], dst[16];
};

static int
concerns(const struct line *l, const struct probe *q)
{
	if (l->family != q->family ||
	    (l->interface != -1 && l->interface != q->interface) ||
	    (l->direction == 'i' && q->out) || (l->direction == 'o' &&
	    !q->out))
		return (0);
	if (l->kind == BINAT && !q->out)
		return (is_among(&l->to, q->src) && is_among(&l->pool,
		    q->dst));
	return (is_among(&l->from, q->src) && is_among(&l->to, q->dst));
}

static int
all_ports(const struct line *l)
{
	return (l->from.low == 0 && l->from.high == 65535 && l->to.low == 0 &&
	    l->to.high == 65535);
}

static int
fits(const struct line *l, const struct probe *q)
{
	if (!concerns(l, q) || (l->proto != 0 && l->proto != q->proto))
		return (0);
	if (all_ports(l))
		return (1);
	return (q->has_ports && q->sport >= l->from.low && q->sport <=
	    l->from.high && q->dport >= l->to.low && q->dport <= l->to.high);
}

static void
random_probe(struct probe *q)
{
	static const int	 protos[] = { 6, 17, 6, 17, 1, 47 };

	memset(q, 0, sizeof(*q));
	q->out = (int)below(2);
	q->interface = (int)below(3);
	q->family = below(3) == 0 ? 6 : 4;
	q->proto = protos[below(6)];
	if (q->proto == 1 && q->family == 6)
		q->proto = 58;
	q->has_ports = q->proto != 47 && below(10) != 0;
	q->sport = (int)below(16);
	q->dport = (int)below(16);
	random_address(q->family, q->src);
	random_address(q->family, q->dst);
}

static void
compare(struct world *w, const struct line *lines, int n,
    const struct probe *q, int *found)
{
	const struct rule	*rule;
	struct work		 work;
	char			 ifname[DIVERT_IFNAME_SIZE] = "";
	int			 i;

	memset(&work, 0, sizeof(work));
	strlcpy(ifname, names[q->interface], sizeof(ifname));
	work.way = q->out ? WAY_OUT : WAY_IN;
	work.zone = zone_of(w->e.nat, ifname);
	work.family = (uint8_t)q->family;
	work.proto = (uint8_t)q->proto;
	work.has_ports = (uint8_t)q->has_ports;
	work.src_port = htons((uint16_t)q->sport);
	work.dst_port = htons((uint16_t)q->dport);
	work.src = q->src;
	work.dst = q->dst;

	for (i = 0; i < n && !fits(&lines[i], q); i++)
		continue;
	rule = rule_find(w->e.nat, &work);
	assert_int_equal(rule == NULL ? n : (int)rule->line - 1, i);
	*found += i < n;

	/* Whatever the protocol is: the first that translates, unless all of
	 * the packet's own is exempt before it. */
	for (i = 0; i < n; i++)
		if (concerns(&lines[i], q)) {
			if (lines[i].kind != PASS)
				break;
			if (all_ports(&lines[i]) && (lines[i].proto == 0 ||
			    lines[i].proto == q->proto))
				i = n;
		}
	rule = rule_find_address(w->e.nat, &work);
	assert_int_equal(rule == NULL ? n : (int)rule->line - 1, i < n ? i :
	    n);

	for (i = 0; i < n; i++)
		if (lines[i].family == q->family && ((lines[i].kind == RDR &&
		    lines[i].to.n > 0 && (lines[i].to.not ||
		    is_among(&lines[i].to, q->dst))) ||
		    ((lines[i].kind == NAT || lines[i].kind == BINAT) &&
		    is_among(&lines[i].pool, q->dst))))
			break;
	/* "to ! host": every address is one of ours. */
	assert_int_equal(ours_find(w->e.nat, q->family, q->dst) != NULL,
	    i < n);
}

/* Is a port one of an rdr-to rule? */
static void
compare_ports(const struct world *w, const struct line *lines, int n)
{
	int	 i, may, port, proto;

	for (proto = 6; proto <= 17; proto += 11)
		for (port = 0; port < 65536; port++) {
			may = 0;
			for (i = 0; i < n; i++)
				may |= lines[i].kind == RDR &&
				    lines[i].proto == proto &&
				    (lines[i].to.low != 0 ||
				    lines[i].to.high != 65535) &&
				    port >= lines[i].to.low &&
				    port <= lines[i].to.high;
			if (kept_may_be(w->e.nat, proto, (unsigned int)port) !=
			    may)
				fail_msg("port %d", port);
		}
}

static void
first_that_matches(void **state)
{
	static char	 text[1 << 14];
	struct line	 lines[LINES_MAX];
	struct probe	 q;
	struct world	*w;
	int		 found = 0, i, j, n, round;

	(void)state;
	for (round = 0; round < 400; round++) {
		text[0] = '\0';
		n = 1 + (int)below(LINES_MAX);
		for (i = 0; i < n; i++)
			random_line(&lines[i], text, sizeof(text));
		strlcat(text, "set limit states 16\n", sizeof(text));
		w = world(text);
		for (j = 0; j < 500; j++) {
			random_probe(&q);
			compare(w, lines, n, &q, &found);
		}
		if (round % 20 == 0)
			compare_ports(w, lines, n);
		world_free(w);
	}
	/* Neither all nor none of 200000. */
	assert_in_range(found, 50000, 190000);
}

/* Ranges of ports as they are marked, word by word. */
static void
ports_of_redirections(void **state)
{
	struct line	 lines[4];
	struct world	*w;
	char		 text[512];
	int		 i, round;

	(void)state;
	for (round = 0; round < 30; round++) {
		memset(lines, 0, sizeof(lines));
		text[0] = '\0';
		for (i = 0; i < 4; i++) {
			lines[i].kind = RDR;
			lines[i].proto = below(2) ? 6 : 17;
			lines[i].to.low = 1 + (int)below(65000);
			lines[i].to.high = lines[i].to.low + (int)below(
			    i == 0 ? 500 : 3);
			snprintf(text + strlen(text), sizeof(text) -
			    strlen(text), "match in inet proto %d to "
			    "203.0.113.1 port %d:%d rdr-to 10.0.0.1\n",
			    lines[i].proto, lines[i].to.low,
			    lines[i].to.high);
		}
		strlcat(text, "set limit states 16\n", sizeof(text));
		w = world(text);
		compare_ports(w, lines, 4);
		world_free(w);
	}
}

/* As many as are understood can be used, and the last of them is met. */
static void
most_rules(void **state)
{
	struct world	*w;
	struct packet	 p;
	size_t		 at = 0, size = 65534 * 64;
	char		*text;
	int		 i;

	(void)state;
	assert_non_null(text = malloc(size));
	for (i = 1; i < 65534; i++)
		at += (size_t)snprintf(text + at, size - at,
		    "match out from 10.%d.%d.%d nat-to 192.0.2.1\n", i >> 16,
		    i >> 8 & 255, i & 255);
	at += (size_t)snprintf(text + at, size - at,
	    "match out from 10.9.9.9 nat-to 203.0.113.1\n");
	w = world(text);
	assert_int_equal(w->e.rules->n, 65534);
	p = goes(w, OUTWARD, udp("10.9.9.9", 1000, R4, 53, 4));
	assert_true(is_from(&p, "203.0.113.1"));
	untouched(w, OUTWARD, udp("10.9.9.8", 1000, R4, 53, 4));
	world_free(w);
	snprintf(text + at, size - at, "pass\n");
	assert_true(refused(text));
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_that_matches),
		cmocka_unit_test(ports_of_redirections),
		cmocka_unit_test(most_rules)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
