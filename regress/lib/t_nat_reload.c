/* SPDX-License-Identifier: ISC */

/*
 * Other rules while sessions go on: those that they would have made stay as
 * they are, the others end; addresses of interfaces that change.
 */

#include "compat.h"

#include "nat_test.h"

#define INSIDE		"10.0.0.5"
#define REMOTE		"192.0.2.9"
#define MANY		"set limit states 20000\n"
#define SYN		0x02
#define ACK		0x10

#define SNAT \
	"match out on em0 inet from 10.0.0.0/8 to any nat-to 203.0.113.1\n"

static struct rules *
parse(const char *text)
{
	struct rules	*rules;
	char		 error[256];

	rules = rules_parse("test", text, strlen(text), error, sizeof(error));
	if (rules == NULL)
		fail_msg("%s", error);
	return (rules);
}

static void
sweep(struct engine *e)
{
	int	 turns;

	for (turns = 0; turns < 10000 && nat_due(e->nat) <= e->now; turns++)
		nat_expire(e->nat, e->now);
	assert_in_range(turns, 1, 9999);
}

static void
reload(struct engine *e, const char *text)
{
	struct rules	*fresh = parse(text);

	assert_int_equal(nat_reload(e->nat, fresh, e->now), 0);
	rules_free(e->rules);
	e->rules = fresh;
}

static unsigned int
sessions(const struct engine *e)
{
	struct nat_counts	 counts;

	nat_counts(e->nat, &counts);
	return (counts.sessions);
}

/* Its port outside. */
static int
go_out(struct engine *e, struct packet p)
{
	size_t	 at = l4_at(&p);

	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	return (p.b[at] << 8 | p.b[at + 1]);
}

static void
what_is_allowed_goes_on(void **state)
{
	struct engine	*e = engine_new(SNAT);
	struct packet	 in, wanted;
	int		 port;

	(void)state;
	port = go_out(e, udp(INSIDE, 3000, REMOTE, 2000, 4));
	/* Another rule before it, other numbers, another line. */
	reload(e, "match out on em0 inet from 172.16.0.0/12 to any "
	    "nat-to 203.0.113.7\n"
	    "set timeout udp 200\n" SNAT);
	sweep(e);
	assert_int_equal(sessions(e), 1);
	in = udp(REMOTE, 2000, "203.0.113.1", port, 4);
	assert_int_equal(send_in(e, &in), NAT_REPLACE);
	wanted = udp(REMOTE, 2000, INSIDE, 3000, 4);
	same(&in, &wanted);
	/* The mapping too. */
	assert_int_equal(go_out(e, udp(INSIDE, 3000, REMOTE, 2001, 4)), port);
	/* The new timeout holds for it. */
	e->now += 202 * SECOND_NS;
	in = udp(REMOTE, 2000, "203.0.113.1", port, 4);
	assert_int_equal(send_in(e, &in), NAT_PASS);
	engine_free(e);
}

/* Each of these would not have made the session. */
static void
what_is_not_ends(void **state)
{
	static const char *const	 others[] = {
		"",
		"match out on em0 inet from 10.0.0.0/8 to any "
		"nat-to 203.0.113.2\n",
		"match out on em1 inet from 10.0.0.0/8 to any "
		"nat-to 203.0.113.1\n",
		"match out on em0 inet from 10.0.1.0/24 to any "
		"nat-to 203.0.113.1\n",
		"match out on em0 inet proto tcp from 10.0.0.0/8 to any "
		"nat-to 203.0.113.1\n",
		"match out on em0 inet proto udp from 10.0.0.0/8 to any "
		"port 53 nat-to 203.0.113.1\n",
		"pass out on em0 from any to 192.0.2.9\n" SNAT,
		"match out on em0 inet from 10.0.0.0/8 to any "
		"nat-to 203.0.113.1 port 60001:60002\n",
		"match on em0 inet from 10.0.0.5 to any binat-to "
		"203.0.113.1\n",
	};
	struct engine			*e;
	size_t				 i;

	(void)state;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		e = engine_new(SNAT);
		(void)go_out(e, udp(INSIDE, 3000, REMOTE, 2000, 4));
		reload(e, others[i]);
		sweep(e);
		if (sessions(e) != 0)
			fail_msg("a session goes on with: %s", others[i]);
		engine_free(e);
	}
}

#define RDR(to) \
	"match in on em0 inet proto tcp to 203.0.113.1 port 80:90 rdr-to " to \
	"\n"

static void
forwards(void **state)
{
	static const struct {
		const char	*rules;
		unsigned int	 left;
	} cases[] = {
		{ RDR("10.0.0.7 port 8080:*"), 1 },
		{ RDR("{ 10.0.0.6, 10.0.0.7 } port 8080:* round-robin"), 1 },
		{ RDR("10.0.0.8 port 8080:*"), 0 },
		{ RDR("10.0.0.7 port 8080"), 0 },
		{ RDR("10.0.0.7 port 8081:*"), 0 },
		{ RDR("10.0.0.7"), 0 },
		{ SNAT, 0 },
	};
	struct engine	*e;
	struct packet	 p;
	size_t		 i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		e = engine_new(RDR("10.0.0.7 port 8080:*"));
		p = tcp(REMOTE, 5555, "203.0.113.1", 81, SYN, 0);
		assert_int_equal(send_in(e, &p), NAT_REPLACE);
		reload(e, cases[i].rules);
		sweep(e);
		if (sessions(e) != cases[i].left)
			fail_msg("%u sessions with: %s", sessions(e),
			    cases[i].rules);
		engine_free(e);
	}
}

/* What a remote began by a mapping is as allowed as the mapping. */
static void
by_mappings(void **state)
{
	struct engine	*e = engine_new(SNAT);
	struct packet	 p;
	int		 port;

	(void)state;
	port = go_out(e, udp(INSIDE, 3000, REMOTE, 2000, 4));
	p = udp("192.0.2.77", 9, "203.0.113.1", port, 4);
	assert_int_equal(send_in(e, &p), NAT_REPLACE);
	assert_int_equal(sessions(e), 2);
	reload(e, "set hairpin off\n" SNAT);
	sweep(e);
	assert_int_equal(sessions(e), 2);
	reload(e, "");
	sweep(e);
	assert_int_equal(sessions(e), 0);
	engine_free(e);
}

/*
 * A mapping is for all remotes, also those for which another rule would have
 * given it another address: then it is none of theirs, and goes on.
 */
static void
by_a_mapping_of_another_rule(void **state)
{
	static const char	 rules[] = "match out on em0 inet from "
				    "10.0.0.0/8 to 192.0.2.9 nat-to "
				    "203.0.113.2\n" SNAT;
	struct engine		*e = engine_new(rules);
	int			 port;

	(void)state;
	port = go_out(e, udp(INSIDE, 3000, REMOTE, 2000, 4));
	assert_int_equal(go_out(e, udp(INSIDE, 3000, "192.0.2.77", 9, 4)),
	    port);
	reload(e, rules);
	/* Before the sweep has come to it, and after. */
	assert_int_equal(go_out(e, udp(INSIDE, 3000, "192.0.2.78", 9, 4)),
	    port);
	sweep(e);
	assert_int_equal(sessions(e), 3);
	/* Without the rule that made it, it ends. */
	reload(e, SNAT);
	sweep(e);
	assert_int_equal(sessions(e), 0);
	engine_free(e);
}

/* Nobody comes in by a mapping that is about to end: it would stay. */
static void
by_a_mapping_about_to_end(void **state)
{
	struct engine	*e = engine_new(SNAT);
	struct packet	 p;
	int		 port;

	(void)state;
	port = go_out(e, udp(INSIDE, 3000, REMOTE, 2000, 4));
	reload(e, "set unmatched drop\nmatch out on em0 inet from 10.0.0.0/8 "
	    "to any nat-to 203.0.113.2\nmatch in on em0 inet from any to "
	    "203.0.113.1 rdr-to 10.0.0.7\n");
	p = udp("192.0.2.77", 9, "203.0.113.1", port, 4);
	assert_int_equal(send_in(e, &p), NAT_REPLACE);
	/* By the new rules. */
	assert_memory_equal(p.b + 16, "\12\0\0\7", 4);
	sweep(e);
	assert_int_equal(sessions(e), 1);
	engine_free(e);
}

static int
comes_in(struct engine *e, const char *from, int port)
{
	struct packet	 p = udp(from, 77, "203.0.113.1", port, 4);

	return (send_in(e, &p) == NAT_REPLACE);
}

/* Who may come in is known of the sessions that are there already. */
static void
other_filtering(void **state)
{
	static const char	 strict[] = "set filtering address-dependent\n"
				    SNAT;
	struct engine		*e = engine_new(SNAT);
	int			 port;

	(void)state;
	port = go_out(e, udp(INSIDE, 3000, REMOTE, 2000, 4));
	reload(e, strict);
	sweep(e);
	assert_true(comes_in(e, REMOTE, port));
	assert_false(comes_in(e, "192.0.2.77", port));
	reload(e, SNAT);
	sweep(e);
	assert_true(comes_in(e, "192.0.2.77", port));
	/* All that came meanwhile may, and was counted once. */
	reload(e, strict);
	sweep(e);
	assert_true(comes_in(e, "192.0.2.77", port));
	assert_false(comes_in(e, "192.0.2.78", port));
	e->now += 302 * SECOND_NS;
	nat_expire(e->nat, e->now);
	(void)go_out(e, udp(INSIDE, 3000, "192.0.2.99", 2000, 4));
	assert_int_equal(sessions(e), 1);
	engine_free(e);
}

/* Of this host itself; and made by a rule of every interface. */
static void
without_an_interface(void **state)
{
	struct engine	*e = engine_new(SNAT);
	struct packet	 p = udp("203.0.113.1", 3000, REMOTE, 2000, 4);

	(void)state;
	assert_int_equal(send_out(e, &p), NAT_PASS);
	assert_int_equal(sessions(e), 1);
	reload(e, "set hairpin off\n" SNAT);
	sweep(e);
	assert_int_equal(sessions(e), 1);
	reload(e, "match out on em0 inet from 203.0.113.1 to any nat-to "
	    "203.0.113.9\n");
	sweep(e);
	assert_int_equal(sessions(e), 0);
	engine_free(e);

	e = engine_new("match out inet from 10.0.0.0/8 to any nat-to "
	    "203.0.113.1\n");
	(void)go_out(e, udp(INSIDE, 3000, REMOTE, 2000, 4));
	reload(e, SNAT);
	sweep(e);
	assert_int_equal(sessions(e), 1);
	engine_free(e);
}

static void
many_sessions(struct engine *e, unsigned int n)
{
	char		 from[16];
	unsigned int	 i;

	for (i = 0; i < n; i++) {
		snprintf(from, sizeof(from), "10.%u.%u.%u", i % 2, i / 250,
		    i % 250);
		(void)go_out(e, udp(from, 3000, REMOTE, 2000, 4));
	}
}

/* A reload before the one before has come to all: nothing is passed over. */
static void
two_at_once(void **state)
{
	struct engine	*e = engine_new(MANY SNAT);
	unsigned int	 turns;

	(void)state;
	for (turns = 0; turns < 4; turns++) {
		if (turns > 0) {
			engine_free(e);
			e = engine_new(MANY SNAT);
		}
		many_sessions(e, 5000);
		assert_int_equal(sessions(e), 5000);
		reload(e, MANY SNAT);
		for (unsigned int i = 0; i < turns; i++)
			nat_expire(e->nat, e->now);
		/* Half of them. */
		reload(e, MANY "match out on em0 inet from 10.1.0.0/16 to any "
		    "nat-to 203.0.113.1\n");
		sweep(e);
		assert_int_equal(sessions(e), 2500);
	}
	engine_free(e);
}

/* Slices: a call does not look at all of them. */
static void
in_slices(void **state)
{
	struct engine	*e = engine_new(MANY SNAT);

	(void)state;
	many_sessions(e, 5000);
	reload(e, MANY);
	nat_expire(e->nat, e->now);
	assert_in_range(sessions(e), 1, 4999);
	sweep(e);
	assert_int_equal(sessions(e), 0);
	engine_free(e);
}

/* "(em0)" */
static uint8_t	 address[4];

static int
lookup(void *arg, const char *ifname, int family, uint8_t *addr,
    uint8_t *prefix)
{
	(void)arg;
	if (strcmp(ifname, "em0") != 0 || family != 4)
		return (0);
	memcpy(addr, address, 4);
	*prefix = 24;
	return (1);
}

static void
address_changes(void **state)
{
	static const char *const	 words[] = { "keep", "flush" };
	struct engine			*e;
	struct packet			 p, wanted;
	char				 text[256];
	int				 i, port;

	(void)state;
	for (i = 0; i < 2; i++) {
		snprintf(text, sizeof(text), "set address-change %s\n"
		    "match out on em0 inet from 10.0.0.0/8 to any "
		    "nat-to (em0)\n", words[i]);
		e = engine_new(text);
		memcpy(address, "\313\0\161\1", 4);
		assert_int_equal(rules_resolve(e->rules, lookup, NULL), 1);
		assert_int_equal(nat_reload(e->nat, e->rules, e->now), 0);
		port = go_out(e, udp(INSIDE, 3000, REMOTE, 2000, 4));
		memcpy(address, "\313\0\161\2", 4);
		assert_int_equal(rules_resolve(e->rules, lookup, NULL), 1);
		assert_int_equal(nat_reload(e->nat, e->rules, e->now), 0);
		while (nat_due(e->nat) <= e->now)
			nat_expire(e->nat, e->now);
		p = udp(REMOTE, 2000, "203.0.113.1", port, 4);
		if (i == 0) {
			assert_int_equal(send_in(e, &p), NAT_REPLACE);
			wanted = udp(REMOTE, 2000, INSIDE, 3000, 4);
			same(&p, &wanted);
		} else
			assert_int_equal(send_in(e, &p), NAT_PASS);
		/* New ones have the new one. */
		p = udp("10.0.0.6", 3001, REMOTE, 2000, 4);
		assert_int_equal(send_out(e, &p), NAT_REPLACE);
		assert_memory_equal(p.b + 12, address, 4);
		engine_free(e);
	}
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(what_is_allowed_goes_on),
		cmocka_unit_test(what_is_not_ends),
		cmocka_unit_test(forwards),
		cmocka_unit_test(by_mappings),
		cmocka_unit_test(by_a_mapping_of_another_rule),
		cmocka_unit_test(by_a_mapping_about_to_end),
		cmocka_unit_test(other_filtering),
		cmocka_unit_test(without_an_interface),
		cmocka_unit_test(two_at_once),
		cmocka_unit_test(in_slices),
		cmocka_unit_test(address_changes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
