/* SPDX-License-Identifier: ISC */
#ifndef NAT_HARNESS_H
#define NAT_HARNESS_H

/*
 * What the tests named by requirements share, on top of nat_test.h: what
 * happened (events), sessions as they are shown, and steps of a conversation
 * that fail when the verdict is another.  What is expected is always a packet
 * built anew.  Time only goes on by later(): what is due then must be done by
 * the packet that comes next.
 */

#include "nat_test.h"

#define EVENTS_MAX	256

/* Of the rules that most tests have. */
#define NAT44	"match out on em0 inet from 10.0.0.0/8 to any " \
		"nat-to 203.0.113.1\n"
#define NAT66	"match out on em0 inet6 from fd00::/8 to any " \
		"nat-to 2001:db8::1\n"
#define OUT4	"203.0.113.1"
#define OUT6	"2001:db8::1"
#define A4	"10.0.0.5"		/* inside */
#define B4	"10.0.0.6"
#define R4	"192.0.2.9"		/* remote */
#define S4	"198.51.100.7"
#define A6	"fd00::5"
#define B6	"fd00::6"
#define R6	"2001:db8:9::9"
#define S6	"2001:db8:7::7"

#define FIN	0x01
#define SYN	0x02
#define RST	0x04
#define PSH	0x08
#define ACK	0x10

/* The engine comes first: callbacks of nat_test.h get the same pointer. */
struct world {
	struct engine	 e;
	struct nat_event events[EVENTS_MAX];
	int		 nevents;
};

static inline void
world_event(void *arg, const struct nat_event *event)
{
	struct world	*w = arg;

	if (w->nevents < EVENTS_MAX)
		w->events[w->nevents] = *event;
	w->nevents++;
}

static inline struct world *
world_seeded(const char *text, uint64_t seed)
{
	struct nat_options	 options;
	struct world		*w;
	char			 errbuf[256];

	w = calloc(1, sizeof(*w));
	assert_non_null(w);
	w->e.rules = rules_parse("test", text, strlen(text), errbuf,
	    sizeof(errbuf));
	if (w->e.rules == NULL)
		fail_msg("%s", errbuf);
	memset(&options, 0, sizeof(options));
	options.seed[0] = seed;
	options.random = engine_random;
	options.released = engine_released;
	options.made = engine_made;
	options.event = world_event;
	options.arg = w;
	w->e.random = seed * 77 + 7;
	w->e.now = START_NS;
	w->e.nat = nat_new(w->e.rules, &options);
	assert_non_null(w->e.nat);
	return (w);
}

static inline struct world *
world(const char *text)
{
	return (world_seeded(text, 1));
}

static inline void
world_free(struct world *w)
{
	nat_free(w->e.nat);
	rules_free(w->e.rules);
	free(w);
}

/* Are these rules refused? */
static inline int
refused(const char *text)
{
	struct rules	*rules;
	char		 errbuf[256];

	rules = rules_parse("test", text, strlen(text), errbuf,
	    sizeof(errbuf));
	if (rules == NULL)
		return (1);
	rules_free(rules);
	return (0);
}

static inline void
later(struct world *w, double seconds)
{
	w->e.now += (uint64_t)(seconds * 1e9);
}

/* The same, and the caller's own work every second or so. */
static inline void
later_ticking(struct world *w, double seconds)
{
	uint64_t	 end = w->e.now + (uint64_t)(seconds * 1e9);

	while (w->e.now < end) {
		w->e.now = end - w->e.now > SECOND_NS / 2 ?
		    w->e.now + SECOND_NS / 2 : end;
		nat_expire(w->e.nat, w->e.now);
	}
}

static inline struct nat_counts
counts(const struct world *w)
{
	struct nat_counts	 c;

	nat_counts(w->e.nat, &c);
	return (c);
}

/* How many events of a kind there were. */
static inline int
happened(const struct world *w, enum nat_event_kind kind)
{
	int	 i, n = 0;

	assert_true(w->nevents <= EVENTS_MAX);
	for (i = 0; i < w->nevents; i++)
		n += w->events[i].kind == kind;
	return (n);
}

/*
 * Steps
 */

enum where { OUTWARD, INWARD, FROM_INSIDE };

static inline int
step(struct world *w, enum where where, struct packet *p)
{
	switch (where) {
	case OUTWARD:
		return (send_out(&w->e, p));
	case INWARD:
		return (send_in(&w->e, p));
	default:
		return (send_inside(&w->e, p));
	}
}

/* Translated: what it is then. */
#define goes(w, where, p) goes_at(__FILE__, __LINE__, w, where, p)
static inline struct packet
goes_at(const char *file, int line, struct world *w, enum where where,
    struct packet p)
{
	int	 verdict = step(w, where, &p);

	if (verdict != NAT_REPLACE) {
		print_error("verdict %d (%s) and not translated\n", verdict,
		    nat_reason_name((enum nat_reason)w->e.reason));
		_fail(file, line);
	}
	return (p);
}

/* Translated to exactly this. */
#define becomes(w, where, p, want) \
	becomes_at(__FILE__, __LINE__, w, where, p, want)
static inline void
becomes_at(const char *file, int line, struct world *w, enum where where,
    struct packet p, struct packet want)
{
	p = goes_at(file, line, w, where, p);
	same_at(file, line, &p, &want);
}

/* Left as it is: nobody's. */
#define untouched(w, where, p) untouched_at(__FILE__, __LINE__, w, where, p)
static inline void
untouched_at(const char *file, int line, struct world *w, enum where where,
    struct packet p)
{
	struct packet	 was = p;
	int		 verdict = step(w, where, &p);

	if (verdict != NAT_PASS) {
		print_error("verdict %d (%s) and not passed\n", verdict,
		    nat_reason_name((enum nat_reason)w->e.reason));
		_fail(file, line);
	}
	same_at(file, line, &p, &was);
}

#define dropped(w, where, p, why) \
	dropped_at(__FILE__, __LINE__, w, where, p, why)
static inline void
dropped_at(const char *file, int line, struct world *w, enum where where,
    struct packet p, enum nat_reason why)
{
	int	 verdict = step(w, where, &p);

	if (verdict == NAT_DROP && w->e.reason == (int)why)
		return;
	print_error("verdict %d (%s) and not dropped (%s)\n", verdict,
	    nat_reason_name((enum nat_reason)w->e.reason),
	    nat_reason_name(why));
	_fail(file, line);
}

/* The nth packet made by the engine is this; its IP header counts not. */
static inline const struct packet *
made(struct world *w, int n)
{
	assert_true(n < w->e.nmade);
	return (&w->e.made[n].packet);
}

/*
 * Fields
 */

static inline int
r16(const uint8_t *p)
{
	return (p[0] << 8 | p[1]);
}

static inline int
sport(const struct packet *p)
{
	return (r16(p->b + l4_at(p)));
}

static inline int
dport(const struct packet *p)
{
	return (r16(p->b + l4_at(p) + 2));
}

/* The identifier of an echo. */
static inline int
ident(const struct packet *p)
{
	return (r16(p->b + l4_at(p) + 4));
}

static inline int
has_address(const struct packet *p, int destination, const char *addr)
{
	uint8_t	 a[16];
	int	 v6 = version_of(addr) == 6;

	if (p->b[0] >> 4 != (v6 ? 6 : 4) ||
	    inet_pton(v6 ? AF_INET6 : AF_INET, addr, a) != 1)
		return (0);
	return (memcmp(p->b + (v6 ? 8 : 12) + (destination ? (v6 ? 16 : 4) :
	    0), a, v6 ? 16 : 4) == 0);
}
#define is_from(p, addr)	has_address(p, 0, addr)
#define is_to(p, addr)		has_address(p, 1, addr)

/* 10.0.h.l as text, in turn in one of a few places. */
static inline const char *
inside(int n)
{
	static char	 text[8][32];
	static int	 at;

	at = (at + 1) % 8;
	snprintf(text[at], sizeof(text[at]), "10.0.%d.%d", n / 256, n % 256);
	return (text[at]);
}

/* Sequence numbers and acknowledgements of a segment, its sum again. */
static inline struct packet
numbered(struct packet p, uint32_t seq, uint32_t ack)
{
	size_t	 l4 = l4_at(&p);

	w16(p.b + l4 + 4, seq >> 16);
	w16(p.b + l4 + 6, seq & 0xffff);
	w16(p.b + l4 + 8, ack >> 16);
	w16(p.b + l4 + 10, ack & 0xffff);
	w16(p.b + l4 + 14, 8192);
	sum_l4(&p, l4, l4 + 16, NAT_TCP);
	return (p);
}

/*
 * Sessions as they are shown
 */

struct shown {
	struct nat_session_view	 views[64];
	int			 n;
};

static inline void
world_show(void *arg, const struct nat_session_view *view)
{
	struct shown	*shown = arg;

	if (shown->n < 64)
		shown->views[shown->n] = *view;
	shown->n++;
}

static inline struct shown
sessions(const struct world *w)
{
	struct shown	 shown;
	unsigned int	 at = 0;

	memset(&shown, 0, sizeof(shown));
	while (nat_sessions(w->e.nat, &at, 16, world_show, &shown) > 0)
		continue;
	return (shown);
}

#endif
