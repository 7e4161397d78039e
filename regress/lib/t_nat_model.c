/* SPDX-License-Identifier: ISC */

/*
 * Random packets by random rules, at random times, through the translator and
 * through a slow, plain model of it: the verdict, the bytes, who may come in,
 * and how many sessions there are.
 */

#include "compat.h"

#include "nat_harness.h"
#include "nat_model.c"
#include "nat_tables.h"

#include "../../bin/divertnat/nat_state.h"

#define ROUNDS	1500
#define STEPS	300

static uint64_t	 dice_state;

static unsigned int
dice(unsigned int sides)
{
	dice_state = dice_state * UINT64_C(6364136223846793005) +
	    UINT64_C(1442695040888963407);
	return ((unsigned int)((dice_state >> 33) % sides));
}

#define pick(array)	((array)[dice(sizeof(array) / sizeof((array)[0]))])

/*
 * Rules
 */

static char	 text[4096];

static void
say(const char *fmt, ...)
{
	size_t	 n = strlen(text);
	va_list	 ap;

	va_start(ap, fmt);
	vsnprintf(text + n, sizeof(text) - n, fmt, ap);
	va_end(ap);
}

static const char *const	 protos[] = { "", "", "", "proto udp ",
    "proto { tcp, udp } " };

static void
say_rule4(void)
{
	static const char *const	 from[] = { "10.0.0.0/8",
	    "10.0.0.0/30", "10.0.0.1", "{ 10.0.0.1, 10.0.0.2 }" };
	static const char *const	 to[] = { "any", "any", "any",
	    "192.0.2.2", "! 192.0.2.3" };
	static const char *const	 pools[] = { "203.0.113.1",
	    "203.0.113.1", "203.0.113.2", "{ 203.0.113.1, 203.0.113.2 }",
	    "203.0.113.2/31", "{ 203.0.113.1, 203.0.113.3 } round-robin",
	    "{ 203.0.113.1, 203.0.113.2 } random" };
	static const char *const	 ports[] = { "", "", "port 5000:5007",
	    "port 5000:5003", "port 5004:5011", "static-port", "port 5005" };
	static const char *const	 targets[] = { "",
	    " port 4002", " port 4001:*" };

	switch (dice(10)) {
	case 0:
		say("pass out on em0 inet %sfrom any to 192.0.2.3\n",
		    pick(protos));
		break;
	case 1:
		say("pass in on em0 inet proto udp from any to 203.0.113.1 "
		    "port 5003\n");
		break;
	case 2:
	case 3:
		say("match in on em0 inet proto %s from %s to 203.0.113.%u "
		    "port 5002:5004 rdr-to 10.0.0.%u%s\n",
		    dice(2) == 0 ? "udp" : "{ tcp, udp }", dice(4) == 0 ?
		    "192.0.2.1" : "any", 1 + dice(2), 1 + dice(3),
		    pick(targets));
		break;
	case 4:
		say("match on em0 inet from 10.0.0.4 to %s binat-to "
		    "203.0.113.9\n", dice(3) == 0 ? "192.0.2.2" : "any");
		break;
	default:
		say("match out on em0 inet %sfrom %s to %s nat-to %s %s\n",
		    pick(protos), pick(from), pick(to), pick(pools),
		    pick(ports));
		break;
	}
}

static void
say_rule6(void)
{
	static const char *const	 pools[] = { "2001:db8::1",
	    "{ 2001:db8::1, 2001:db8::2 }", "2001:db8::2" };
	static const char *const	 ports[] = { "", "port 5000:5007",
	    "static-port" };

	switch (dice(5)) {
	case 0:
		say("match in on em0 inet6 proto udp from any to 2001:db8::1 "
		    "port 5002:5004 rdr-to fd00::2 port 4002\n");
		break;
	case 1:
		say("match on em0 inet6 from fd00::4 to any binat-to "
		    "2001:db8::9\n");
		break;
	default:
		say("match out on em0 inet6 %sfrom %s to any nat-to %s %s\n",
		    pick(protos), dice(3) == 0 ? "fd00::1" : "fd00::/8",
		    pick(pools), pick(ports));
		break;
	}
}

static void
make_rules(void)
{
	static const char *const	 filtering[] = {
	    "endpoint-independent", "address-dependent",
	    "address-and-port-dependent" };
	unsigned int	 i, n;

	text[0] = '\0';
	say("set limit states %u\n", dice(3) == 0 ? 4 + dice(12) : 500);
	if (dice(3) == 0)
		say("set limit ports-per-host %u\n", 2 + dice(3));
	say("set timeout { udp %u, port-rest %u }\n", 130 + 10 * dice(4),
	    dice(2) * 120);
	say("set filtering %s\n", pick(filtering));
	if (dice(4) == 0)
		say("set mapping port-overlap\n");
	if (dice(8) == 0)
		say("set hairpin off\n");
	if (dice(2) == 0)
		say("set unmatched drop\n");
	if (dice(3) == 0)
		say("set refresh-inbound on\n");
	for (i = 0, n = 1 + dice(5); i < n; i++)
		dice(4) == 0 ? say_rule6() : say_rule4();
	/* Mostly somebody is translated. */
	say("match out on em0 inet from 10.0.0.0/8 to any nat-to 203.0.113.1 "
	    "%s\n", dice(2) == 0 ? "port 5000:5015" : "");
}

/*
 * Packets
 */

static struct model_end
end_of(int family, const char *host, unsigned int n, int port)
{
	struct model_end	 end;
	char			 name[64];

	memset(&end, 0, sizeof(end));
	snprintf(name, sizeof(name), "%s%u", host, n);
	assert_int_equal(inet_pton(family == 4 ? AF_INET : AF_INET6, name,
	    end.addr), 1);
	end.port = port;
	return (end);
}

static enum model_where
make_packet(struct model *m, struct model_packet *p)
{
	static const int	 kinds[] = { 17, 17, 17, 6, 6, 1 };
	struct model_end	 outside, remote;
	enum model_where	 where;
	unsigned int		 n = model_sessions(m);
	int			 family = 0, proto = 0;

	where = dice(8) == 0 ? MODEL_FROM_INSIDE : dice(2) == 0 ? MODEL_OUT :
	    MODEL_IN;
	memset(p, 0, sizeof(*p));
	p->family = dice(4) == 0 ? 6 : 4;
	p->proto = pick(kinds);
	p->syn = 1;
	outside = end_of(p->family, p->family == 4 ? "203.0.113." :
	    "2001:db8::", dice(8) == 0 ? 9 : 1 + dice(3),
	    5000 + (int)dice(12));
	remote = end_of(p->family, p->family == 4 ? "192.0.2." :
	    "2001:db8:9::", 1 + dice(3), 7000 + (int)dice(3));
	if (n > 0 && dice(4) != 0) {
		/* For somebody, if not by somebody. */
		assert_true(model_outside(m, dice(n), &outside, &remote,
		    &family, &proto));
		p->family = family;
		p->proto = proto;
		if (dice(3) == 0)
			remote = end_of(family, family == 4 ? "192.0.2." :
			    "2001:db8:9::", 1 + dice(3), dice(2) == 0 ?
			    remote.port : 7000 + (int)dice(3));
	} else if (p->family == 6 && p->proto == 1)
		p->proto = 58;
	p->src = remote;
	p->dst = outside;
	if (where != MODEL_IN) {
		p->src = end_of(p->family, dice(16) == 0 ? (p->family == 4 ?
		    "172.16.0." : "2001:db8:5::") : p->family == 4 ?
		    "10.0.0." : "fd00::", 1 + dice(4), (dice(8) == 0 ? 600 :
		    4000) + (int)dice(5));
		if (where == MODEL_OUT)
			p->dst = remote;
	}
	if (is_echo(p->proto)) {
		/* Nobody turns back with queries here. */
		if (where == MODEL_FROM_INSIDE)
			where = MODEL_OUT, p->dst = remote;
		if (where == MODEL_OUT)
			p->dst.port = 0;
		else
			p->src.port = 0;
	}
	return (where);
}

/* Is it a step that the model can follow? */
static int
can_follow(struct model *m, enum model_where where,
    const struct model_packet *p)
{
	uint8_t	 first = p->family == 4 ? 192 : 0x20;

	/* The remote is far away, not one of our addresses again. */
	if (where != MODEL_FROM_INSIDE)
		return ((where == MODEL_OUT ? p->dst : p->src).addr[0] ==
		    first && (p->family == 4 ||
		    (where == MODEL_OUT ? p->dst : p->src).addr[5] == 9));
	/* Dropped in the middle, what was chosen would not be seen. */
	return (model_leaves(m, p) && model_has_name(m, p));
}

static struct packet
build(const struct model_packet *p, int reply, size_t payload)
{
	char	 dst[64], src[64];
	int	 af = p->family == 4 ? AF_INET : AF_INET6;

	inet_ntop(af, p->src.addr, src, sizeof(src));
	inet_ntop(af, p->dst.addr, dst, sizeof(dst));
	if (p->proto == NAT_UDP)
		return (udp(src, p->src.port, dst, p->dst.port, payload));
	if (p->proto == NAT_TCP)
		return (tcp(src, p->src.port, dst, p->dst.port, SYN, 0));
	return (echo(src, dst, reply, reply ? p->dst.port : p->src.port,
	    payload));
}

/* What it says of itself. */
static struct model_packet
read_packet(const struct packet *p, const struct model_packet *was, int reply)
{
	struct model_packet	 r = *was;
	size_t			 n = was->family == 4 ? 4 : 16;
	const uint8_t		*at = p->b + (was->family == 4 ? 12 : 8);

	memset(r.src.addr, 0, 16);
	memset(r.dst.addr, 0, 16);
	memcpy(r.src.addr, at, n);
	memcpy(r.dst.addr, at + n, n);
	if (is_echo(was->proto)) {
		if (reply)
			r.dst.port = ident(p);
		else
			r.src.port = ident(p);
	} else {
		r.src.port = sport(p);
		r.dst.port = dport(p);
	}
	return (r);
}

static void
complain(const char *what, int round, int step_number,
    const struct model_packet *p, enum model_where where,
    const struct model_packet *after, int verdict, int reason)
{
	char	 a[4][64];
	int	 af = p->family == 4 ? AF_INET : AF_INET6;

	inet_ntop(af, p->src.addr, a[0], 64);
	inet_ntop(af, p->dst.addr, a[1], 64);
	inet_ntop(af, after->src.addr, a[2], 64);
	inet_ntop(af, after->dst.addr, a[3], 64);
	fail_msg("%s\nround %d, step %d: %s proto %d %s:%d to %s:%d, verdict "
	    "%d (%s), %s:%d to %s:%d\n%s", what, round, step_number,
	    where == MODEL_OUT ? "out" : where == MODEL_IN ? "in" :
	    "from inside", p->proto, a[0], p->src.port, a[1], p->dst.port,
	    verdict, nat_reason_name((enum nat_reason)reason), a[2],
	    after->src.port, a[3], after->dst.port, text);
}

static void
some_time(struct world *w, struct model *m)
{
	double	 dt = 0;
	int	 tries;

	if (dice(3) != 0)
		return;
	switch (dice(8)) {
	case 0:
		dt = 50 + dice(100);
		break;
	case 1:
		dt = dice(400);
		break;
	default:
		dt = 1 + dice(8);
	}
	for (tries = 0; tries < 50; tries++) {
		if (!model_is_doubtful(m, (double)w->e.now / 1e9 + dt))
			break;
		dt += 5;
	}
	later_ticking(w, dt);
}

static struct nat *
another(struct world *w, const struct rules *rules)
{
	struct nat_options	 options;
	struct nat		*nat;

	memset(&options, 0, sizeof(options));
	options.seed[0] = w->e.random;
	options.random = engine_random;
	options.released = engine_released;
	options.made = engine_made;
	options.event = world_event;
	options.arg = w;
	assert_non_null(nat = nat_new(rules, &options));
	return (nat);
}

/* Another process goes on by a snapshot, with another secret. */
static void
start_again(struct world *w, struct model *m)
{
	static uint8_t		 buf[8 * NAT_STATE_BLOCK_MAX];
	struct nat_state_counts	 c;
	struct nat_state	 st;
	char			 errbuf[128];
	size_t			 len = 0, n;

	nat_state_begin(&st, 0);
	while ((n = nat_state_next(&st, w->e.nat, buf + len)) > 0) {
		len += n;
		assert_true(len + NAT_STATE_BLOCK_MAX <= sizeof(buf));
	}
	nat_free(w->e.nat);
	w->e.nat = another(w, w->e.rules);
	if (nat_state_load(w->e.nat, buf, len, w->e.now, 0, &c, errbuf,
	    sizeof(errbuf)) == -1)
		fail_msg("%s", errbuf);
	if (c.refused != 0)
		fail_msg("%u sessions are refused\n%s", c.refused, text);
	model_restarted(m);
}

/* The same rules again, from the file: nothing ends. */
static void
reload(struct world *w, struct model *m)
{
	struct rules	*rules;
	char		 errbuf[256];

	rules = rules_parse("test", text, strlen(text), errbuf,
	    sizeof(errbuf));
	assert_non_null(rules);
	assert_int_equal(nat_reload(w->e.nat, rules, w->e.now), 0);
	rules_free(w->e.rules);
	w->e.rules = rules;
	model_reloaded(m, rules);
}

static unsigned int	 seen_verdicts[4], seen_where[3][4];
static unsigned int	 seen_reasons[NAT_REASON_MAX];

static void
a_round(int round)
{
	struct model_packet	 p, after;
	enum model_where	 where;
	struct packet		 bytes, want;
	struct model		*m;
	struct world		*w;
	const char		*wrong;
	int			 i, reply, verdict;
	double			 now;

	make_rules();
	w = world_seeded(text, (uint64_t)round + 1);
	m = model_new(w->e.rules);
	for (i = 0; i < STEPS; i++) {
		some_time(w, m);
		now = (double)w->e.now / 1e9;
		pass_time(m, now);
		if (dice(150) == 0)
			start_again(w, m);
		if (dice(60) == 0)
			reload(w, m);
		where = make_packet(m, &p);
		if (!can_follow(m, where, &p))
			continue;
		reply = is_echo(p.proto) && where == MODEL_IN;
		bytes = build(&p, reply, dice(40));
		want = bytes;
		verdict = step(w, where == MODEL_OUT ? OUTWARD :
		    where == MODEL_IN ? INWARD : FROM_INSIDE, &bytes);
		after = p;
		if (verdict == NAT_REPLACE) {
			after = read_packet(&bytes, &p, reply);
			want = build(&after, reply, want.n - l4_at(&want) -
			    8);
		}
		wrong = model_step(m, where, &p, now,
		    (enum nat_verdict)verdict, (enum nat_reason)w->e.reason,
		    &after);
		if (wrong == NULL && verdict != NAT_DROP &&
		    (bytes.n != want.n ||
		    memcmp(bytes.b, want.b, want.n) != 0))
			wrong = "other bytes changed";
		if (wrong == NULL && counts(w).sessions != model_sessions(m))
			wrong = "there are more or fewer sessions";
		if (wrong == NULL && i % 25 == 0)
			wrong = tables_wrong(w->e.nat);
		if (wrong != NULL)
			complain(wrong, round, i, &p, where, &after, verdict,
			    w->e.reason);
		seen_verdicts[verdict]++;
		seen_where[where][verdict]++;
		seen_reasons[w->e.reason]++;
	}
	model_free(m);
	world_free(w);
}

static void
as_the_model_says(void **state)
{
	int	 i, j;

	(void)state;
	dice_state = 20261123;
	for (i = 0; i < ROUNDS; i++)
		a_round(i);
	/* It was not all the same. */
	for (i = 0; i < 3; i++)
		for (j = 0; j < 3; j++)
			if (j != NAT_PASS || i != MODEL_FROM_INSIDE)
				assert_true(seen_where[i][j] > 100);
	assert_true(seen_reasons[NAT_REASON_NO_PORT] > 100);
	assert_true(seen_reasons[NAT_REASON_NO_STATE] > 100);
	assert_true(seen_reasons[NAT_REASON_HOST_PORTS] > 100);
	assert_true(seen_reasons[NAT_REASON_FILTERED] > 100);
	assert_true(seen_reasons[NAT_REASON_UNMATCHED] > 100);
	assert_true(seen_reasons[NAT_REASON_HAIRPIN] > 20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_the_model_says)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
