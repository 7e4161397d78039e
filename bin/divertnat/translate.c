/* SPDX-License-Identifier: ISC */

/*
 * Packets to the engine, its verdicts to the port.
 *
 * A live port's clock is this machine's, and packets go in batches.  A
 * capture's clock is its own: there each packet is handled at its time, with
 * numbers that are random but the same in every run, so that the output is.
 */

#include "compat.h"

#include <sys/socket.h>

#include <arpa/inet.h>

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "control.h"
#include "interfaces.h"
#include "logfile.h"
#include "loop.h"
#include "msg.h"
#include "nat.h"
#include "output.h"
#include "show.h"
#include "statefile.h"
#include "stats.h"
#include "target.h"
#include "translate.h"
#include "writer.h"

#define SECOND		UINT64_C(1000000000)
/*
 * The engine's clock begins here and not with the machine's start: sessions
 * that are restored began before that.
 */
#define CLOCK_START	(UINT64_C(100) * 86400 * SECOND)
/* How long what is due may hold up packets, and how long it waits then. */
#define EXPIRE_WORK	(SECOND / 1000)
#define EXPIRE_MIN	(SECOND / 1000)
/* Steps of the clock between two packets of a capture. */
#define CATCH_UP_MAX	100000
/* Room for the mistakes of a file of rules. */
#define ERROR_SIZE	8192
/* What a packet may bring with it: errors made, fragments released. */
#define ROOM_MORE	(4 * (1500 + 2048))

struct translate {
	const struct translate_setup *setup;
	struct pump		*pump;
	struct nat		*nat;
	struct rules		*rules;
	struct nat_log		*log;		/* NULL: none */
	struct writer		*writer;
	struct output		*onward;	/* NULL: none */
	struct loop_timer	*expire_timer;
	struct loop_timer	*stats_timer;
	int			 live;
	unsigned int		 sessions_limit;	/* as the start had it */
	uint64_t		 started;
	uint64_t		 now;		/* the engine's */
	uint64_t		 random;	/* of captures */
	uint64_t		 not_injected;
	int			 keep_going;
	int			 draining;
};

/* ---- clocks and chance --------------------------------------------------- */

static uint64_t
packet_time(const struct divert_packet *pkt)
{
	if (pkt->time.tv_sec < 0)
		return (CLOCK_START);
	return (CLOCK_START + (uint64_t)pkt->time.tv_sec * SECOND +
	    (uint64_t)pkt->time.tv_nsec);
}

static void
set_clock(struct translate *t, const struct divert_packet *pkt)
{
	struct timespec	 wall;

	if (t->live) {
		t->now = CLOCK_START + loop_now();
		if (t->log == NULL)
			return;
		clock_gettime(CLOCK_REALTIME, &wall);
	} else {
		if (pkt == NULL)
			return;
		t->now = packet_time(pkt);
		wall = pkt->time;
	}
	if (t->log != NULL)
		nat_log_clock(t->log, &wall, t->now);
}

static void
fill_random(void *arg, void *buf, size_t len)
{
	struct translate	*t = arg;
	uint8_t			*p = buf;
	size_t			 n;

	for (; len > 0; p += n, len -= n) {
		n = len < 256 ? len : 256;
		if (t->live) {
			if (getentropy(p, n) == -1)
				msg_die(1, "random numbers: %s",
				    strerror(errno));
			continue;
		}
		/* splitmix64 */
		t->random += UINT64_C(0x9e3779b97f4a7c15);
		n = n < 8 ? n : 8;
		{
			uint64_t	 z = t->random;

			z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
			z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
			z ^= z >> 31;
			memcpy(p, &z, n);
		}
	}
}

/* ---- verdicts ------------------------------------------------------------ */

/*
 * What the sender's hardware was to finish is finished here: who writes a
 * packet back says that its sums are right.
 */
static void
finish_sums(const struct divert_packet *pkt)
{
	struct divert_layout	 layout;

	if ((pkt->flags & DIVERT_PACKET_NOTREADY) != 0 &&
	    divert_packet_parse(pkt->data, pkt->len, &layout) == 0)
		(void)divert_cksum_repair(pkt->data, &layout);
}

static void
give_verdict(struct translate *t, struct divert_packet *pkt,
    enum nat_verdict verdict, enum nat_reason reason)
{
	switch (verdict) {
	case NAT_PASS:
		pump_verdict(t->pump, pkt, DIVERT_PASS, DIVERT_REASON_NONE);
		break;
	case NAT_REPLACE:
		if (t->live)
			finish_sums(pkt);
		pump_verdict(t->pump, pkt, DIVERT_REPLACE,
		    DIVERT_REASON_NONE);
		break;
	case NAT_DROP:
		if (t->log != NULL)
			nat_log_drop(t->log, pkt, reason);
		pump_verdict(t->pump, pkt, DIVERT_DROP,
		    DIVERT_REASON_UNTRANSLATED);
		break;
	case NAT_HOLD:
		break;
	}
}

static void
released(void *arg, struct divert_packet *pkt, enum nat_verdict verdict,
    enum nat_reason reason)
{
	give_verdict(arg, pkt, verdict, reason);
}

/* An ICMP error of the engine's own. */
static void
made(void *arg, struct divert_packet *pkt)
{
	struct translate	*t = arg;

	if (pump_inject(t->pump, pkt) == -1) {
		t->not_injected++;
		msg_limited(errno, "an ICMP error cannot be sent: %s",
		    strerror(errno));
	}
}

/* Nobody but us can tell its sender: see divert_port_on_too_large(). */
static void
too_large(void *arg, const struct divert_packet *pkt, uint32_t mtu)
{
	struct translate	*t = arg;

	set_clock(t, NULL);
	nat_too_large(t->nat, pkt, mtu, t->now);
}

static void
event(void *arg, const struct nat_event *e)
{
	struct translate	*t = arg;

	if (t->log != NULL)
		nat_log_event(t->log, e);
}

/* ---- packets ------------------------------------------------------------- */

static void
set_direction(const struct translate *t, struct divert_packet *pkt)
{
	if (t->setup->outbound != NULL &&
	    pkt->direction == DIVERT_DIRECTION_NONE)
		pkt->direction = divert_filter_match(t->setup->outbound, pkt) ?
		    DIVERT_DIRECTION_OUT : DIVERT_DIRECTION_IN;
}

/* n <= DIVERT_BATCH_MAX, at once. */
static void
translate_batch(struct translate *t, struct divert_packet *pkts,
    unsigned int n, uint8_t *verdicts, uint8_t *reasons)
{
	struct nat_log_ends	 before[DIVERT_BATCH_MAX];
	unsigned int		 i;
	int			 logs;

	logs = t->log != NULL && nat_log_wants_packets(t->log);
	if (logs)
		for (i = 0; i < n; i++)
			nat_log_ends(&pkts[i], &before[i]);
	nat_packets(t->nat, pkts, n, t->now, verdicts, reasons);
	if (!logs)
		return;
	for (i = 0; i < n; i++)
		if (verdicts[i] == NAT_REPLACE)
			nat_log_packet(t->log, &before[i], &pkts[i]);
}

/* Those that the expression selects, and all in their order. */
static void
take_batch(struct translate *t, struct divert_packet *pkts,
    const uint8_t *selected, int n)
{
	struct divert_packet	 some[DIVERT_BATCH_MAX];
	uint8_t			 verdicts[DIVERT_BATCH_MAX];
	uint8_t			 reasons[DIVERT_BATCH_MAX];
	unsigned int		 k, nsome = 0;
	int			 i;

	for (i = 0; i < n; i++)
		if (selected[i])
			some[nsome++] = pkts[i];
	if (nsome > 0)
		translate_batch(t, some, nsome, verdicts, reasons);
	for (i = 0, k = 0; i < n; i++)
		if (!selected[i])
			pump_verdict(t->pump, &pkts[i], DIVERT_PASS,
			    DIVERT_REASON_NONE);
		else {
			give_verdict(t, &some[k],
			    (enum nat_verdict)verdicts[k],
			    (enum nat_reason)reasons[k]);
			k++;
		}
}

static void
set_timer(struct translate *t)
{
	uint64_t	 due, wait = SECOND;

	due = nat_due(t->nat);
	if (due < t->now + wait)
		wait = due > t->now + EXPIRE_MIN ? due - t->now : EXPIRE_MIN;
	loop_timer_set(t->expire_timer, wait);
}

/*
 * What is due before a packet of a capture happens at its own time, so that
 * the log says when; where nothing moves on it happens with the packet.
 */
static void
catch_up(struct translate *t, const struct divert_packet *pkt)
{
	struct timespec	 wall;
	uint64_t	 due, until = packet_time(pkt);
	unsigned int	 turns;

	for (turns = 0; turns < CATCH_UP_MAX; turns++) {
		if ((due = nat_due(t->nat)) >= until)
			break;
		if (due > t->now)
			t->now = due;
		wall.tv_sec = (time_t)((t->now - CLOCK_START) / SECOND);
		wall.tv_nsec = (long)((t->now - CLOCK_START) % SECOND);
		if (t->log != NULL)
			nat_log_clock(t->log, &wall, t->now);
		nat_expire(t->nat, t->now);
	}
}

static int
packets(void *arg, struct divert_packet *pkts, const uint8_t *selected, int n)
{
	struct translate	*t = arg;
	int			 i;

	for (i = 0; i < n; i++)
		if (selected[i])
			set_direction(t, &pkts[i]);
	if (t->live) {
		set_clock(t, NULL);
		take_batch(t, pkts, selected, n);
		return (n);
	}
	nat_expect(t->nat, pkts, (unsigned int)n);
	for (i = 0; i < n; i++) {
		if (!pump_room(t->pump, pkts[i].len + ROOM_MORE) ||
		    (t->log != NULL && !nat_log_room(t->log, 1)))
			break;
		catch_up(t, &pkts[i]);
		set_clock(t, &pkts[i]);
		take_batch(t, &pkts[i], &selected[i], 1);
	}
	return (i);
}

static void
flush(void *arg)
{
	struct translate	*t = arg;

	if (t->writer != NULL)
		writer_flush(t->writer);
}

static void
something_is_due(void *arg)
{
	struct translate	*t = arg;

	uint64_t		 until;

	set_clock(t, NULL);
	until = t->now + EXPIRE_WORK;
	do {
		nat_expire(t->nat, t->now);
		set_clock(t, NULL);
	} while (nat_due(t->nat) <= t->now && t->now < until);
	(void)divert_port_flush(pump_port(t->pump));
	flush(t);
	set_timer(t);
}

/* ---- figures ------------------------------------------------------------- */

static void
fill_figures(struct translate *t, struct show_figures *f)
{
	uint64_t	 lost, unused;
	int		 error;

	memset(f, 0, sizeof(*f));
	nat_counts(t->nat, &f->counts);
	f->sessions_limit = t->sessions_limit;
	if (t->log == NULL)
		return;
	f->logs = 1;
	f->records = nat_log_written(t->log);
	f->records_lost = nat_log_lost(t->log);
	if (t->setup->log_file != NULL) {
		logfile_counts(t->setup->log_file, &unused, &lost, &error);
		f->records_lost += lost;
	}
}

static void
add_figures(void *arg, void *json, char *text, size_t size)
{
	struct show_figures	 figures;

	fill_figures(arg, &figures);
	show_figures(&figures, json, text, size);
}

static void
log_stats(struct translate *t)
{
	struct divert_stats	 stats;
	char			*object;

	set_clock(t, NULL);
	divert_port_stats(pump_port(t->pump), &stats);
	object = stats_object(&stats, add_figures, t);
	nat_log_stats(t->log, object);
	free(object);
}

static void
stats_are_due(void *arg)
{
	struct translate	*t = arg;

	log_stats(t);
	flush(t);
	loop_timer_set(t->stats_timer,
	    (uint64_t)(t->setup->stats_seconds * (double)SECOND));
}

/* ---- rules again --------------------------------------------------------- */

/* What is made at the start and not again. */
static void
say_what_stays(const struct translate *t, const struct rules *fresh)
{
	const char	*file = t->setup->state == NULL ? NULL :
			    statefile_path(t->setup->state);
	const char	*other = fresh->settings.state_file;

	if (fresh->settings.limit[LIMIT_STATES] != t->sessions_limit)
		msg_warn("set limit states stays %u until the next start",
		    t->sessions_limit);
	if (t->live && strcmp(file != NULL ? file : "", other != NULL ?
	    other : "") != 0)
		msg_warn("set state-file stays %s until the next start",
		    file != NULL ? file : "none");
}

/* 0, or -1 with a sentence, of each mistake a line; then nothing has changed. */
static int
reload(struct translate *t, char *errbuf, size_t errlen)
{
	struct rules	*fresh;

	if ((fresh = load_rules(t->setup->load, errbuf, errlen)) == NULL)
		return (-1);
	/* Half a file as an editor leaves it would end every connection. */
	if (fresh->n == 0 && t->rules->n > 0) {
		rules_free(fresh);
		snprintf(errbuf, errlen, "%s: no rule is there",
		    t->setup->load->path);
		errno = EINVAL;
		return (-1);
	}
	if (load_check(t->setup->load, fresh, errbuf, errlen) == -1) {
		rules_free(fresh);
		errno = EINVAL;
		return (-1);
	}
	if (t->setup->interfaces != NULL)
		(void)rules_resolve(fresh, interfaces_lookup,
		    t->setup->interfaces);
	set_clock(t, NULL);
	if (nat_reload(t->nat, fresh, t->now) == -1) {
		rules_free(fresh);
		strlcpy(errbuf, "out of memory", errlen);
		errno = ENOMEM;
		return (-1);
	}
	say_what_stays(t, fresh);
	rules_free(t->rules);
	t->rules = fresh;
	if (t->live)
		set_timer(t);
	msg_info("%u rules are in use", fresh->n);
	return (0);
}

static void
addresses_changed(void *arg)
{
	struct translate	*t = arg;

	if (rules_resolve(t->rules, interfaces_lookup,
	    t->setup->interfaces) == 0)
		return;
	msg_info("addresses of interfaces have changed");
	set_clock(t, NULL);
	if (nat_reload(t->nat, t->rules, t->now) == -1)
		msg_warn("addresses of interfaces: out of memory");
	set_timer(t);
}

/* The log anew, and the rules. */
static void
hangup(int signo, void *arg)
{
	struct translate	*t = arg;
	char			 error[ERROR_SIZE], *line, *rest = error;

	(void)signo;
	if (t->setup->log_file != NULL)
		logfile_reopen(t->setup->log_file);
	if (!load_again(t->setup->load))
		return;
	if (reload(t, error, sizeof(error)) == 0) {
		msg_info("%s: read again", t->setup->load->path);
		return;
	}
	while ((line = strsep(&rest, "\n")) != NULL)
		msg_error("%s", line);
	msg_error("%s: the rules stay as they were", t->setup->load->path);
}

/* ---- requests ------------------------------------------------------------ */

static void
look_at_clocks(struct translate *t, struct show_time *now)
{
	set_clock(t, NULL);
	now->now = t->now;
	clock_gettime(CLOCK_REALTIME, &now->wall);
}

static size_t
more_states(void *arg, struct control_answer *answer, char *buf)
{
	struct translate	*t = arg;
	struct show_time	 now;

	look_at_clocks(t, &now);
	return (show_states(t->nat, &answer->at, &now, answer->json, buf));
}

static size_t
more_addresses(void *arg, struct control_answer *answer, char *buf)
{
	struct translate	*t = arg;
	struct show_time	 now;

	look_at_clocks(t, &now);
	return (show_addresses(t->nat, &answer->at, &now, answer->json, buf));
}

static char *
make_info(struct translate *t, int json, size_t *len)
{
	struct show_info	 info;
	char			*object, *text;
	int			 error;

	memset(&info, 0, sizeof(info));
	look_at_clocks(t, &info.time);
	info.port = divert_port_name(pump_port(t->pump));
	info.rules = t->setup->load->path;
	info.nrules = t->rules->n;
	info.uptime = (double)(loop_now() - t->started) / (double)SECOND;
	divert_port_stats(pump_port(t->pump), &info.stats);
	fill_figures(t, &info.figures);
	if (t->setup->state != NULL) {
		info.state_file = statefile_path(t->setup->state);
		statefile_counts(t->setup->state, &info.saved, &error);
		if (error != 0)
			info.save_error = statefile_error(error);
	}
	object = stats_object(&info.stats, add_figures, t);
	info.stats_object = object;
	text = show_info(&info, json, len);
	free(object);
	return (text);
}

static void
refuse(struct control_answer *answer, int status, const char *text)
{
	answer->status = status;
	answer->text = strdup(text);
}

static void
answer_text(struct control_answer *answer, char *text, size_t len)
{
	if (text == NULL)
		refuse(answer, 1, "out of memory");
	answer->text = text != NULL ? text : answer->text;
	answer->len = len;
}

static void
answer_kill(struct translate *t, struct control_answer *answer,
    const char *host)
{
	uint8_t		 addr[16];
	size_t		 len;
	unsigned int	 n;
	char		*text;
	int		 family;

	if (inet_pton(AF_INET, host, addr) == 1)
		family = 4;
	else if (inet_pton(AF_INET6, host, addr) == 1)
		family = 6;
	else {
		refuse(answer, 2, "-k: not an address");
		return;
	}
	set_clock(t, NULL);
	n = nat_kill(t->nat, family, addr);
	len = strlen(host) + 64;
	if ((text = malloc(len)) != NULL)
		len = (size_t)snprintf(text, len, "%s: %u %s ended\n", host, n,
		    n == 1 ? "state" : "states");
	answer_text(answer, text, len);
}

static void
answer_reload(struct translate *t, struct control_answer *answer)
{
	char	 error[ERROR_SIZE];

	if (!load_again(t->setup->load))
		refuse(answer, 1, "the rules are from no file that can be "
		    "read again");
	else if (reload(t, error, sizeof(error)) == -1)
		refuse(answer, errno == EINVAL ? 2 : 1, error);
}

struct saving {
	struct control	*control;
	unsigned int	 id;
};

static void
saved(void *arg, int error)
{
	struct saving	*saving = arg;
	char		 text[128];

	text[0] = '\0';
	if (error != 0)
		snprintf(text, sizeof(text), "the state file: %s",
		    statefile_error(error));
	control_answer_later(saving->control, saving->id, error != 0, text);
	free(saving);
}

static void
answer_save(struct translate *t, struct control_answer *answer)
{
	struct saving	*saving;

	if (t->setup->state == NULL) {
		refuse(answer, 1, "the rules name no state file");
		return;
	}
	if ((saving = malloc(sizeof(*saving))) == NULL) {
		refuse(answer, 1, "out of memory");
		return;
	}
	saving->control = t->setup->control;
	saving->id = answer->id;
	answer->later = 1;
	statefile_save(t->setup->state, saved, saving);
}

static void
request(void *arg, const char *line, struct control_answer *answer)
{
	struct translate	*t = arg;
	struct show_time	 now;
	size_t			 len = 0;
	char			*text;

	answer->json = strstr(line, " json") != NULL;
	if (strncmp(line, "states ", 7) == 0)
		answer->more = more_states;
	else if (strncmp(line, "addresses ", 10) == 0)
		answer->more = more_addresses;
	else if (strncmp(line, "rules ", 6) == 0) {
		look_at_clocks(t, &now);
		text = show_rules(t->rules, &now, answer->json, &len);
		answer_text(answer, text, len);
	} else if (strncmp(line, "info ", 5) == 0) {
		text = make_info(t, answer->json, &len);
		answer_text(answer, text, len);
	} else if (strncmp(line, "kill ", 5) == 0)
		answer_kill(t, answer, line + 5);
	else if (strcmp(line, "reload") == 0)
		answer_reload(t, answer);
	else if (strcmp(line, "save") == 0)
		answer_save(t, answer);
	else
		refuse(answer, 2, "no such request");
}

/* ---- beginning and end --------------------------------------------------- */

static void
finish(struct translate *t)
{
	if (t->log != NULL && (t->live || t->setup->stats_seconds > 0))
		log_stats(t);
	pump_drained(t->pump);
}

static void
wake(void *arg)
{
	struct translate	*t = arg;

	/* pump_wake() has said it and set the status. */
	if ((t->writer != NULL && writer_error(t->writer) != 0 &&
	    !t->keep_going) || (t->onward != NULL && !t->live &&
	    writer_error(output_writer(t->onward)) != 0 && !t->keep_going))
		pump_drain(t->pump);
}

static void
drain(void *arg)
{
	struct translate	*t = arg;

	if (t->draining)
		return;
	t->draining = 1;
	if (t->setup->log_file != NULL)
		logfile_hurry(t->setup->log_file);
	finish(t);
}

static void
open_log(struct translate *t)
{
	struct nat_log_options	 options = t->setup->log;
	char			 host[256];

	if (t->setup->log_fd == -1)
		return;
	options.waits = !t->live;
	/* A capture may be another host's. */
	if (t->live && gethostname(host, sizeof(host)) == 0) {
		host[sizeof(host) - 1] = '\0';
		options.host = host;
	}
	t->writer = writer_new(t->setup->log_fd, t->setup->log_name, pump_wake,
	    t->pump);
	pump_add_writer(t->pump, t->writer);
	if ((t->log = nat_log_new(&options, t->writer)) == NULL)
		msg_die(1, "out of memory");
	/* A full disk is an error of a run over a capture. */
	if (t->setup->log_file != NULL && !t->live)
		logfile_lose(t->setup->log_file);
	if (t->setup->stats_seconds > 0) {
		t->stats_timer = loop_timer_new(stats_are_due, t);
		loop_timer_set(t->stats_timer,
		    (uint64_t)(t->setup->stats_seconds * (double)SECOND));
	}
}

static void
open_engine(struct translate *t)
{
	struct nat_options	 options;

	memset(&options, 0, sizeof(options));
	fill_random(t, options.seed, sizeof(options.seed));
	options.random = fill_random;
	options.released = released;
	options.made = made;
	options.event = t->log != NULL ? event : NULL;
	options.arg = t;
	if ((t->nat = nat_new(t->rules, &options)) == NULL)
		msg_die(1, "states: %s", strerror(errno));
	set_clock(t, NULL);
	if (t->setup->state != NULL)
		statefile_restore(t->setup->state, t->nat, t->now);
}

/* What only a running machine has. */
static void
open_live(struct translate *t)
{
	const struct translate_setup	*setup = t->setup;

	divert_port_on_too_large(pump_port(t->pump), too_large, t);
	t->expire_timer = loop_timer_new(something_is_due, t);
	set_timer(t);
	if (setup->state != NULL)
		statefile_watch(setup->state, t->nat,
		    t->rules->settings.state_every);
	if (setup->interfaces != NULL)
		interfaces_watch(setup->interfaces, addresses_changed, t);
}

/* A capture that says nothing of directions is seldom what was meant. */
static void
explain_nothing(struct translate *t)
{
	struct nat_counts	 counts;

	nat_counts(t->nat, &counts);
	if (!t->live && counts.dropped[NAT_REASON_NO_DIRECTION] > 0)
		msg_warn("%llu packets that a rule concerns carry no direction "
		    "(-D in|out, or --outbound expression)",
		    (unsigned long long)
		    counts.dropped[NAT_REASON_NO_DIRECTION]);
}

/* The log's keeper has the last word on what was lost. */
static void
finish_log(void *arg)
{
	struct translate	*t = arg;
	uint64_t		 lost;

	if (t->writer == NULL)
		return;
	nat_log_left(t->log, writer_lines_left(t->writer));
	lost = nat_log_lost(t->log);
	if (lost > 0) {
		msg_warn("%s: %" PRIu64 " %s lost", t->setup->log_name, lost,
		    lost == 1 ? "line is" : "lines are");
		pump_status(t->pump, 1);
	}
	writer_free(t->writer);
	t->writer = NULL;
	if (t->setup->log_file != NULL && logfile_finish(t->setup->log_file))
		pump_status(t->pump, 1);
}

static void
close_all(struct translate *t)
{
	control_close(t->setup->control);
	loop_timer_free(t->expire_timer);
	loop_timer_free(t->stats_timer);
	nat_log_free(t->log);
	nat_free(t->nat);
	rules_free(t->rules);
	interfaces_free(t->setup->interfaces);
}

int
translate_run(const struct translate_setup *setup,
    const struct pump_options *pump_options, struct divert_port *port)
{
	static const struct pump_handler handler = {
		.packets = packets,
		.flush = flush,
		.wake = wake,
		.drain = drain,
		.finish = finish_log,
		.stats = add_figures,
	};
	struct pump_options	 options = *pump_options;
	struct translate	 t;
	int			 status;

	memset(&t, 0, sizeof(t));
	t.setup = setup;
	t.rules = setup->rules;
	t.sessions_limit = t.rules->settings.limit[LIMIT_STATES];
	t.started = loop_now();
	/* Traffic goes on without its log. */
	t.live = (divert_port_caps(port) & DIVERT_CAP_LIVE) != 0;
	if (setup->log_file != NULL && t.live)
		options.keep_going = 1;
	t.keep_going = options.keep_going;
	t.pump = pump_new(port, &options, &handler, &t);
	open_log(&t);
	open_engine(&t);
	if (setup->onward != NULL) {
		t.onward = output_new(setup->onward->fd,
		    setup->onward->name, setup->onward->format,
		    setup->onward->flags, divert_port_name(port), pump_wake,
		    t.pump);
		pump_set_onward(t.pump, t.onward, !t.live);
	}
	if (t.live)
		open_live(&t);
	loop_signal(SIGHUP, hangup, &t);
	if (setup->control != NULL)
		control_serve(setup->control, request, &t);
	status = pump_run(t.pump);
	if (setup->state != NULL && statefile_finish(setup->state) == -1 &&
	    status == 0)
		status = 1;
	explain_nothing(&t);
	close_all(&t);
	logfile_free(setup->log_file);
	return (status);
}
