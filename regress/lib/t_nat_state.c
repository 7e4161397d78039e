/* SPDX-License-Identifier: ISC */

/*
 * Snapshots: what was there is there again, as old as it is; a file with a
 * fault is refused whole, whichever byte it is in.
 */

#include "compat.h"

#include "nat_test.h"

#include "../../bin/divertnat/nat_state.h"

#define INSIDE		"10.0.0.5"
#define OUTSIDE		"203.0.113.1"
#define REMOTE		"192.0.2.9"
#define INSIDE6		"2001:db8:1::5"
#define REMOTE6		"2001:db8:9::9"
#define SYN		0x02
#define ACK		0x10
#define WALL		(INT64_C(1700000000) * 1000000000)

static const char rules[] =
    "match on em0 inet from 10.1.0.1 to any binat-to 203.0.113.9\n"
    "match out on em0 inet from 10.0.0.0/8 to any nat-to 203.0.113.1\n"
    "match out on em0 inet6 from 2001:db8:1::/64 to any "
    "nat-to 2001:db8:2::1\n"
    "match in on em0 inet proto tcp to 203.0.113.1 port 80 "
    "rdr-to 10.0.0.7 port 8080\n";

struct file {
	uint8_t	*buf;
	size_t	 len;
};

static struct file
save(struct engine *e, int64_t wall)
{
	struct nat_state	 st;
	struct file		 f = { NULL, 0 };
	static uint8_t		 block[NAT_STATE_BLOCK_MAX];
	size_t			 n;

	nat_state_begin(&st, wall);
	while ((n = nat_state_next(&st, e->nat, block)) > 0) {
		assert_true(n <= sizeof(block));
		f.buf = realloc(f.buf, f.len + n);
		assert_non_null(f.buf);
		memcpy(f.buf + f.len, block, n);
		f.len += n;
	}
	assert_int_equal(nat_state_next(&st, e->nat, block), 0);
	return (f);
}

static int
load(struct engine *e, const struct file *f, int64_t wall,
    struct nat_state_counts *counts)
{
	char	 error[128];

	error[0] = '\0';
	if (nat_state_load(e->nat, f->buf, f->len, e->now, wall, counts, error,
	    sizeof(error)) == 0)
		return (0);
	assert_int_not_equal(strlen(error), 0);
	return (-1);
}

/* The port outside of a packet that has gone out. */
static unsigned int
sport(const struct packet *p)
{
	size_t	 at = l4_at(p);

	return ((unsigned int)(p->b[at] << 8 | p->b[at + 1]));
}

static struct packet
go_out(struct engine *e, struct packet p)
{
	assert_int_equal(send_out(e, &p), NAT_REPLACE);
	return (p);
}

struct views {
	struct nat_session_view	 v[16];
	unsigned int		 n;
};

static void
add_view(void *arg, const struct nat_session_view *v)
{
	struct views	*views = arg;

	assert_true(views->n < 16);
	views->v[views->n++] = *v;
}

static struct views
views_of(struct engine *e)
{
	struct views	 views;
	unsigned int	 at = 0;

	memset(&views, 0, sizeof(views));
	while (nat_sessions(e->nat, &at, 3, add_view, &views) > 0)
		continue;
	return (views);
}

/* One session of each kind. */
static struct engine *
busy_engine(void)
{
	struct engine	*e = engine_new(rules);
	struct packet	 p;

	(void)go_out(e, udp(INSIDE, 1000, REMOTE, 2000, 10));
	(void)go_out(e, tcp(INSIDE, 1001, REMOTE, 443, SYN, 0));
	(void)go_out(e, echo(INSIDE, REMOTE, 0, 77, 8));
	(void)go_out(e, udp(INSIDE6, 1002, REMOTE6, 2000, 10));
	p = tcp(REMOTE, 5555, OUTSIDE, 80, SYN, 0);
	assert_int_equal(send_in(e, &p), NAT_REPLACE);
	(void)go_out(e, udp("10.1.0.1", 1003, REMOTE, 2000, 10));
	return (e);
}

/* The same, but for the engine's clock. */
static void
same_views(const struct views *a, const struct views *b, uint64_t later)
{
	struct nat_session_view	 v;
	unsigned int		 i, j;

	assert_int_equal(a->n, b->n);
	for (i = 0; i < a->n; i++) {
		for (j = 0; j < b->n; j++) {
			v = b->v[j];
			v.start -= later;
			v.last -= later;
			v.expires -= later;
			if (memcmp(&v, &a->v[i], sizeof(v)) == 0)
				break;
		}
		if (j == b->n)
			fail_msg("session %u is not there again", i);
	}
}

static void
all_is_there_again(void **state)
{
	struct engine		*e = busy_engine(), *f = engine_new(rules);
	struct nat_state_counts	 counts;
	struct nat_counts	 nat;
	struct views		 a, b;
	struct file		 file;

	(void)state;
	e->now += 3 * SECOND_NS;
	nat_expire(e->nat, e->now);
	file = save(e, WALL);
	f->now = e->now + 500 * SECOND_NS;
	/* No time at all between. */
	assert_int_equal(load(f, &file, WALL, &counts), 0);
	assert_int_equal(counts.restored, 6);
	assert_int_equal(counts.expired + counts.refused, 0);
	a = views_of(e);
	b = views_of(f);
	same_views(&a, &b, 500 * SECOND_NS);
	nat_counts(f->nat, &nat);
	assert_int_equal(nat.mappings, 4);
	free(file.buf);
	engine_free(e);
	engine_free(f);
}

static void
flows_go_on(void **state)
{
	struct engine		*e = engine_new(rules), *f = engine_new(rules);
	struct nat_state_counts	 counts;
	struct packet		 in, out, wanted;
	struct file		 file;
	unsigned int		 port;

	(void)state;
	out = go_out(e, udp(INSIDE, 1000, REMOTE, 2000, 10));
	port = sport(&out);
	file = save(e, WALL);
	assert_int_equal(load(f, &file, WALL + 5 * (int64_t)SECOND_NS,
	    &counts), 0);
	in = udp(REMOTE, 2000, OUTSIDE, (int)port, 4);
	assert_int_equal(send_in(f, &in), NAT_REPLACE);
	wanted = udp(REMOTE, 2000, INSIDE, 1000, 4);
	same(&in, &wanted);
	/* The mapping too: another remote, the same port (EIM). */
	out = go_out(f, udp(INSIDE, 1000, "192.0.2.10", 2001, 10));
	assert_int_equal(sport(&out), port);
	/* And the port is taken. */
	out = go_out(f, udp("10.0.0.6", (int)port, REMOTE, 2000, 10));
	assert_int_not_equal(sport(&out), port);
	free(file.buf);
	engine_free(e);
	engine_free(f);
}

static void
ages_are_right(void **state)
{
	struct engine		*e = engine_new(rules), *f;
	struct nat_state_counts	 counts;
	struct packet		 in, out;
	struct file		 file;
	int			 port;

	(void)state;
	out = go_out(e, udp(INSIDE, 1000, REMOTE, 2000, 10));
	port = (int)sport(&out);
	e->now += 100 * SECOND_NS;
	nat_expire(e->nat, e->now);
	file = save(e, WALL);
	/* Idle 100 s, then 150 s without divertnat, of 300. */
	f = engine_new(rules);
	assert_int_equal(load(f, &file, WALL + 150 * (int64_t)SECOND_NS,
	    &counts), 0);
	assert_int_equal(counts.restored, 1);
	f->now += 48 * SECOND_NS;
	in = udp(REMOTE, 2000, OUTSIDE, port, 4);
	assert_int_equal(send_in(f, &in), NAT_REPLACE);
	f->now += 5 * SECOND_NS;
	in = udp(REMOTE, 2000, OUTSIDE, port, 4);
	assert_int_equal(send_in(f, &in), NAT_PASS);
	engine_free(f);
	/* 201 s: it has expired. */
	f = engine_new(rules);
	assert_int_equal(load(f, &file, WALL + 201 * (int64_t)SECOND_NS,
	    &counts), 0);
	assert_int_equal(counts.restored, 0);
	assert_int_equal(counts.expired, 1);
	engine_free(f);
	/* A clock that was set back makes nothing younger. */
	f = engine_new(rules);
	assert_int_equal(load(f, &file, WALL - 1000 * (int64_t)SECOND_NS,
	    &counts), 0);
	assert_int_equal(counts.restored, 1);
	f->now += 201 * SECOND_NS;
	nat_expire(f->nat, f->now);
	f->now += SECOND_NS;
	nat_expire(f->nat, f->now);
	assert_int_equal(views_of(f).n, 0);
	engine_free(f);
	free(file.buf);
	engine_free(e);
}

/* A segment with these numbers. */
static struct packet
segment(struct packet p, uint32_t seq, uint32_t ack)
{
	w16(p.b + 24, seq >> 16);
	w16(p.b + 26, seq & 0xffff);
	w16(p.b + 28, ack >> 16);
	w16(p.b + 30, ack & 0xffff);
	w16(p.b + 34, 1000);
	sum_l4(&p, 20, 36, NAT_TCP);
	return (p);
}

/* A RST is judged by what was seen before: one far away ends nothing. */
static void
windows_are_known(void **state)
{
	struct engine		*e = engine_new(rules), *f;
	struct nat_state_counts	 counts;
	struct packet		 p;
	struct file		 file;
	int			 port;

	(void)state;
	p = go_out(e, segment(tcp(INSIDE, 1000, REMOTE, 2000, SYN, 0), 1, 0));
	port = (int)sport(&p);
	p = segment(tcp(REMOTE, 2000, OUTSIDE, port, SYN | ACK, 0), 5000, 2);
	assert_int_equal(send_in(e, &p), NAT_REPLACE);
	(void)go_out(e, segment(tcp(INSIDE, 1000, REMOTE, 2000, ACK, 0), 2,
	    5001));
	file = save(e, WALL);
	f = engine_new(rules);
	assert_int_equal(load(f, &file, WALL, &counts), 0);
	p = segment(tcp(REMOTE, 2000, OUTSIDE, port, 4, 0), 5001 + 4000, 0);
	assert_int_equal(send_in(f, &p), NAT_REPLACE);
	f->now += 1000 * SECOND_NS;
	nat_expire(f->nat, f->now);
	assert_int_equal(views_of(f).n, 1);
	/* This one is what the inside waits for. */
	p = segment(tcp(REMOTE, 2000, OUTSIDE, port, 4, 0), 5001, 0);
	assert_int_equal(send_in(f, &p), NAT_REPLACE);
	f->now += 250 * SECOND_NS;
	nat_expire(f->nat, f->now);
	assert_int_equal(views_of(f).n, 0);
	engine_free(f);
	free(file.buf);
	engine_free(e);
}

/*
 * The machine was started again: its clock began anew, and is younger than
 * what is restored.
 */
static void
another_clock(void **state)
{
	struct engine		*e = engine_new(rules), *f;
	struct nat_state_counts	 counts;
	struct packet		 p;
	struct file		 file;

	(void)state;
	p = go_out(e, tcp(INSIDE, 1000, REMOTE, 2000, SYN, 0));
	p = tcp(REMOTE, 2000, OUTSIDE, (int)sport(&p), SYN | ACK, 0);
	assert_int_equal(send_in(e, &p), NAT_REPLACE);
	e->now += 4000 * SECOND_NS;
	nat_expire(e->nat, e->now);
	file = save(e, WALL);
	/* Its clock says 1000 s. */
	f = engine_new(rules);
	assert_int_equal(load(f, &file, WALL + 1000 * (int64_t)SECOND_NS,
	    &counts), 0);
	assert_int_equal(counts.restored, 1);
	/* 5000 s of 7440 are over. */
	f->now += 2430 * SECOND_NS;
	nat_expire(f->nat, f->now);
	assert_int_equal(views_of(f).n, 1);
	f->now += 15 * SECOND_NS;
	nat_expire(f->nat, f->now);
	assert_int_equal(views_of(f).n, 0);
	engine_free(f);
	free(file.buf);
	engine_free(e);
}

static void
other_rules_refuse(void **state)
{
	struct engine		*e = busy_engine(), *f;
	struct nat_state_counts	 counts;
	struct file		 file = save(e, WALL);

	(void)state;
	f = engine_new("match out on em0 inet from 10.0.0.0/8 to any "
	    "nat-to 203.0.113.2\n"
	    "match out on em0 inet6 from 2001:db8:1::/64 to any "
	    "nat-to 2001:db8:2::1\n");
	assert_int_equal(load(f, &file, WALL, &counts), 0);
	assert_int_equal(counts.restored, 1);
	assert_int_equal(counts.refused, 5);
	engine_free(f);
	/* A smaller table takes what it has room for. */
	f = engine_new("set limit states 2\n"
	    "match out on em0 inet from 10.0.0.0/8 to any "
	    "nat-to 203.0.113.1\n");
	assert_int_equal(load(f, &file, WALL, &counts), 0);
	assert_int_equal(counts.restored, 2);
	engine_free(f);
	free(file.buf);
	engine_free(e);
}

/* Limits are for new flows. */
static void
limits_are_not_asked(void **state)
{
	struct engine		*e = busy_engine(), *f;
	struct nat_state_counts	 counts;
	struct file		 file = save(e, WALL);
	char			 text[sizeof(rules) + 128];

	(void)state;
	snprintf(text, sizeof(text), "set limit new-per-host 1\n"
	    "set limit states-per-host 1\n%s", rules);
	f = engine_new(text);
	assert_int_equal(load(f, &file, WALL, &counts), 0);
	assert_int_equal(counts.restored, 6);
	engine_free(f);
	free(file.buf);
	engine_free(e);
}

static void
every_fault_is_seen(void **state)
{
	struct engine		*e = busy_engine(), *f = engine_new(rules);
	struct nat_state_counts	 counts;
	struct file		 file = save(e, WALL), cut;
	size_t			 i;

	(void)state;
	for (i = 0; i < file.len; i++) {
		file.buf[i] ^= 0x10;
		assert_int_equal(load(f, &file, WALL, &counts), -1);
		file.buf[i] ^= 0x10;
		cut.len = i;
		/* Of its own, so that reading past it is seen. */
		cut.buf = malloc(i > 0 ? i : 1);
		assert_non_null(cut.buf);
		memcpy(cut.buf, file.buf, i);
		assert_int_equal(load(f, &cut, WALL, &counts), -1);
		free(cut.buf);
	}
	/* And something behind its end. */
	file.buf = realloc(file.buf, file.len + 1);
	assert_non_null(file.buf);
	file.buf[file.len++] = 0;
	assert_int_equal(load(f, &file, WALL, &counts), -1);
	assert_int_equal(views_of(f).n, 0);
	file.len--;
	assert_int_equal(load(f, &file, WALL, &counts), 0);
	assert_int_equal(views_of(f).n, 6);
	free(file.buf);
	engine_free(e);
	engine_free(f);
}

/* Twice the same: what is there is not made again. */
static void
twice_is_once(void **state)
{
	struct engine		*e = busy_engine(), *f = engine_new(rules);
	struct nat_state_counts	 counts;
	struct file		 file = save(e, WALL);

	(void)state;
	assert_int_equal(load(f, &file, WALL, &counts), 0);
	assert_int_equal(load(f, &file, WALL, &counts), 0);
	assert_int_equal(counts.refused, 6);
	assert_int_equal(views_of(f).n, 6);
	free(file.buf);
	engine_free(e);
	engine_free(f);
}

/* A block that is missing is a fault, though all others are right. */
static void
without_a_block(struct engine *e, const struct file *file)
{
	struct nat_state_counts	 counts;
	struct file		 less;
	uint32_t		 first, second;

	memcpy(&first, file->buf + 12, sizeof(first));
	memcpy(&second, file->buf + first + 12, sizeof(second));
	less.len = file->len - second;
	less.buf = malloc(less.len);
	assert_non_null(less.buf);
	memcpy(less.buf, file->buf, first);
	memcpy(less.buf + first, file->buf + first + second,
	    less.len - first);
	assert_int_equal(load(e, &less, WALL, &counts), -1);
	free(less.buf);
}

/* More than a block holds, and the end of all of it gives everything back. */
static void
many(void **state)
{
	struct engine		*e, *f;
	struct nat_state_counts	 counts;
	struct nat_counts	 nat;
	struct file		 file;
	char			 from[16], to[16], text[sizeof(rules) + 64];
	unsigned int		 i;

	(void)state;
	snprintf(text, sizeof(text), "set limit states 20000\n%s", rules);
	e = engine_new(text);
	f = engine_new(text);
	for (i = 0; i < 5000; i++) {
		snprintf(from, sizeof(from), "10.0.%u.%u", i / 250, i % 250);
		snprintf(to, sizeof(to), "192.0.%u.2", i % 100);
		(void)go_out(e, udp(from, 3000 + (int)(i % 7), to, 2000, 10));
	}
	file = save(e, WALL);
	assert_true(file.len > 5 * NAT_STATE_BLOCK_MAX);
	without_a_block(f, &file);
	assert_int_equal(load(f, &file, WALL, &counts), 0);
	assert_int_equal(counts.restored, 5000);
	for (i = 0; i < 5000; i++) {
		f->now += SECOND_NS / 4;
		nat_expire(f->nat, f->now);
	}
	nat_counts(f->nat, &nat);
	assert_int_equal(nat.sessions, 0);
	assert_int_equal(nat.mappings, 0);
	assert_int_equal(nat.hosts, 0);
	free(file.buf);
	engine_free(e);
	engine_free(f);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(all_is_there_again),
		cmocka_unit_test(flows_go_on),
		cmocka_unit_test(ages_are_right),
		cmocka_unit_test(another_clock),
		cmocka_unit_test(windows_are_known),
		cmocka_unit_test(other_rules_refuse),
		cmocka_unit_test(limits_are_not_asked),
		cmocka_unit_test(every_fault_is_seen),
		cmocka_unit_test(twice_is_once),
		cmocka_unit_test(many),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
