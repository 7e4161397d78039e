/* SPDX-License-Identifier: ISC */

/*
 * The loop: read_port() takes batches, of which hand_batch() hands over what
 * is due; whatever waits, for a time, for the handler or for the port, comes
 * back to it by the timer `again' or by the watch.  A batch stays in hand
 * until all of it is taken, and nothing is read meanwhile.
 *
 * The end goes three steps, each once: pump_drain() stops waiting,
 * end_input() stops reading and has the handler finish, pump_drained() has
 * the outputs written.  After a signal drain_is_late() takes the next one.
 */

#include "compat.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guard.h"
#include "loop.h"
#include "meter.h"
#include "msg.h"
#include "output.h"
#include "pace.h"
#include "pump.h"
#include "stats.h"

/* Batches handled before the loop looks at anything else. */
#define ROUNDS_MAX	4
#define WRITERS_MAX	4
#define SECOND		1000000000u
/* So near to a packet's time the loop does not sleep: it would be late. */
#define SPIN		150000u

struct pump {
	struct divert_port		*port;
	struct divert_stats		 past;	/* of ports before this one */
	const char			*name;	/* NULL: the port's */
	const struct pump_options	*options;
	const struct pump_handler	*handler;
	void				*arg;
	struct output			*onward;
	struct writer			*writers[WRITERS_MAX];
	int				 nwriters;
	unsigned int			 writers_failed; /* bits, said */
	int				 onward_waits;

	/* the batch in hand: packets [next, got) are still to be taken */
	struct divert_packet		*pkts;
	int				 next;
	int				 got;
	uint8_t				 selected[DIVERT_BATCH_MAX];

	int				 live;
	int				 paused;	/* by the handler */
	int				 input_over;
	int				 draining;
	int				 drain_called;
	int				 finishing;
	int				 gone;		/* the guard */
	int				 signals;
	int				 status;
	uint64_t			 nselected;
	uint64_t			 ndirected;	/* carry a direction */
	uint64_t			 sweep_until;
	struct pace			 pace;
	struct loop_watch		*watch;
	struct loop_watch		*guard;
	struct loop_timer		*again;		/* read without waiting */
	struct loop_timer		*drain_limit;
	struct loop_timer		*stats_timer;
};

static void	 read_port(void *);
static void	 finish_writers(struct pump *);
static void	 end_input(struct pump *);
static void	 limit_drain(struct pump *);

struct divert_port *
pump_port(struct pump *pump)
{
	return (pump->port);
}

int
pump_live(const struct pump *pump)
{
	return (pump->live);
}

int
pump_draining(const struct pump *pump)
{
	return (pump->draining);
}

void
pump_status(struct pump *pump, int status)
{
	if (pump->status == 0)
		pump->status = status;
}

void
pump_add_writer(struct pump *pump, struct writer *writer)
{
	if (pump->nwriters < WRITERS_MAX)
		pump->writers[pump->nwriters++] = writer;
}

void
pump_set_onward(struct pump *pump, struct output *output, int wait)
{
	pump->onward = output;
	pump->onward_waits = wait;
	pump_add_writer(pump, output_writer(output));
}

int
pump_room(struct pump *pump, uint32_t len)
{
	return (pump->onward == NULL || !pump->onward_waits ||
	    output_room(pump->onward, len));
}

void
pump_verdict(struct pump *pump, const struct divert_packet *pkt,
    enum divert_verdict verdict, enum divert_reason reason)
{
	switch (divert_port_verdict(pump->port, pkt, verdict, reason)) {
	case -1:
		msg_limited(errno, "%s: verdict: %s",
		    divert_port_name(pump->port), strerror(errno));
		break;
	case 0:
		if (pump->onward != NULL && verdict <= DIVERT_REPLACE)
			output_packet(pump->onward, pkt);
		break;
	}
}

int
pump_inject(struct pump *pump, const struct divert_packet *pkt)
{
	if (divert_port_inject(pump->port, pkt) == -1)
		return (-1);
	if (pump->onward != NULL)
		output_packet(pump->onward, pkt);
	return (0);
}

void
pump_set_name(struct pump *pump, const char *name)
{
	pump->name = name;
}

/*
 * Which of the batch are selected?  After the last one that -c wants nothing
 * is; on a capture the rest of the batch is given back.
 */
static void
select_batch(struct pump *pump)
{
	const struct pump_options	*opt = pump->options;
	int				 i;

	for (i = 0; i < pump->got; i++) {
		if (opt->count != 0 && pump->nselected >= opt->count) {
			if (!pump->live) {
				divert_port_unreceive(pump->port,
				    pump->got - i);
				pump->got = i;
				break;
			}
			pump->selected[i] = 0;
			continue;
		}
		if (pump->pkts[i].direction != DIVERT_DIRECTION_NONE)
			pump->ndirected++;
		pump->selected[i] = (uint8_t)divert_filter_match(opt->filter,
		    &pump->pkts[i]);
		pump->nselected += pump->selected[i];
	}
}

/*
 * Wait for the next packet's time.  Returns 1 when it has come, 0 when it is
 * far and the loop has other things to do.
 */
static int
wait_near(struct pump *pump)
{
	uint64_t	 wait;

	while ((wait = pace_wait(&pump->pace, &pump->pkts[pump->next],
	    loop_now())) > 0) {
		if (wait <= SPIN)
			continue;
		loop_timer_set(pump->again, wait - SPIN / 2);
		return (0);
	}
	return (1);
}

/*
 * Hand the batch to the handler, as far as pace and handler let.  Returns 1
 * when all of it was taken.
 */
static int
hand_batch(struct pump *pump)
{
	uint64_t	 wait;
	int		 n, taken;

	while (pump->next < pump->got) {
		if (pump->paused)
			return (0);
		n = pump->got - pump->next;
		if (pump->options->pace.kind != PACE_MAX && !pump->draining) {
			wait = pace_wait(&pump->pace, &pump->pkts[pump->next],
			    loop_now());
			if (wait > 0) {
				/* What is late goes in one piece. */
				pump->handler->flush(pump->arg);
				if (!wait_near(pump))
					return (0);
			}
			n = 1;
		}
		taken = pump->handler->packets(pump->arg,
		    pump->pkts + pump->next, pump->selected + pump->next, n);
		pump->next += taken;
		if (taken < n)
			pump->paused = 1;
		else if (n == 1 && pump->options->pace.kind != PACE_MAX)
			pace_sent(&pump->pace,
			    &pump->pkts[pump->next - 1]);
	}
	/* The handler may have kept them together; soon they are gone. */
	if (pump->options->pace.kind != PACE_MAX)
		pump->handler->flush(pump->arg);
	return (1);
}

static void
flush_port(struct pump *pump)
{
	if (divert_port_flush(pump->port) == 0)
		return;
	if (errno != EPIPE) {
		msg_limited(errno, "%s: verdicts: %s",
		    divert_port_name(pump->port), strerror(errno));
		return;
	}
	if (pump->gone)
		return;
	/* No verdict reaches the kernel any more: read_port() ends it. */
	pump->gone = 1;
	msg_error("%s", divert_port_error(pump->port));
	pump_status(pump, 1);
	if (pump->guard != NULL)
		loop_watch_off(pump->guard);
	limit_drain(pump);
	loop_timer_set(pump->again, 0);
}

/* It ends whether or not packets come, and while none is read. */
static void
hear_guard(void *arg)
{
	flush_port(arg);
}

static void
push(struct pump *pump)
{
	pump->handler->flush(pump->arg);
	flush_port(pump);
	if (pump->onward != NULL)
		writer_flush(output_writer(pump->onward));
}

/* The port has nothing for now (or for ever): is that the end of a drain? */
static void
port_is_empty(struct pump *pump)
{
	if (pump->draining)
		end_input(pump);
}

static void
watch_port(struct pump *pump)
{
	if (divert_port_fd(pump->port) != -1)
		pump->watch = loop_watch_new(divert_port_fd(pump->port),
		    LOOP_READ, read_port, pump);
}

/* An input is at its end, or damaged: -1.  Is there another one? */
static int
next_port(struct pump *pump, int result)
{
	struct divert_port	*port;
	struct divert_stats	 stats;

	if (pump->handler->next == NULL || pump->draining ||
	    (port = pump->handler->next(pump->arg, result)) == NULL)
		return (0);
	loop_watch_free(pump->watch);
	pump->watch = NULL;
	divert_port_close(pump->port, &stats);
	stats_add(&pump->past, &stats);
	pump->port = port;
	pace_again(&pump->pace);
	watch_port(pump);
	return (1);
}

/* One batch.  Returns 1 when there may be more at once. */
static int
read_batch(struct pump *pump)
{
	int	 n;

	if (pump->next == pump->got) {
		n = divert_port_recv(pump->port, &pump->pkts);
		if (n == 0) {
			if (next_port(pump, 0))
				return (1);
			pump_drain(pump);
			end_input(pump);
			return (0);
		}
		if (n == -1) {
			switch (errno) {
			case EAGAIN:
				port_is_empty(pump);
				return (0);
			case EINTR:
				return (1);
			case ENOBUFS:
				/* Counted by ids; here it is only said. */
				msg_limited(ENOBUFS, "%s: the kernel had no "
				    "room for packets (try a larger -B)",
				    divert_port_name(pump->port));
				return (1);
			case EBADMSG:
				msg_error("%s", divert_port_error(pump->port));
				pump_status(pump, 3);
				if (pump->options->keep_going &&
				    divert_port_resume(pump->port))
					return (1);
				if (next_port(pump, -1))
					return (1);
				break;
			default:
				msg_error("%s", divert_port_error(pump->port));
				pump_status(pump, 1);
				break;
			}
			pump_drain(pump);
			end_input(pump);
			return (0);
		}
		pump->next = 0;
		pump->got = n;
		select_batch(pump);
	}
	if (!hand_batch(pump))
		return (0);
	if (pump->options->count != 0 &&
	    pump->nselected >= pump->options->count) {
		pump_drain(pump);
		return (pump->live);
	}
	return (1);
}

static void
wait_for_input(struct pump *pump, int more)
{
	if (pump->input_over || pump->next < pump->got) {
		/* Retained packets wait for pace or pump_resume(). */
		if (pump->watch != NULL)
			loop_watch_off(pump->watch);
		return;
	}
	if (pump->watch != NULL)
		loop_watch_on(pump->watch);
	if (more || pump->watch == NULL || pump->draining)
		loop_timer_set(pump->again, 0);
}

static void
read_port(void *arg)
{
	struct pump	*pump = arg;
	int		 more, round, rounds;

	rounds = pump->options->rounds != 0 ? pump->options->rounds :
	    ROUNDS_MAX;
	if (pump->input_over)
		return;
	if (pump->gone) {
		end_input(pump);
		return;
	}
	if (pump->paused)
		return;
	more = 1;
	for (round = 0; more && round < rounds && !pump->input_over;
	    round++) {
		more = read_batch(pump);
		/* A short batch: the port is most likely empty. */
		if (more && pump->got < DIVERT_BATCH_MAX &&
		    pump->watch != NULL && !pump->draining) {
			more = 0;
			break;
		}
	}
	push(pump);
	if (pump->draining && pump->live && !pump->input_over &&
	    loop_now() > pump->sweep_until)
		end_input(pump);
	wait_for_input(pump, more);
}

void
pump_resume(struct pump *pump)
{
	if (!pump->paused)
		return;
	pump->paused = 0;
	if (!pump->input_over)
		loop_timer_set(pump->again, 0);
}

/* Say which writers have failed, each once. */
static void
look_at_writers(struct pump *pump)
{
	int	 error, i;

	for (i = 0; i < pump->nwriters; i++) {
		error = writer_error(pump->writers[i]);
		if (error == 0 || (pump->writers_failed & 1u << i))
			continue;
		pump->writers_failed |= 1u << i;
		msg_error("%s: %s", writer_name(pump->writers[i]),
		    error == EPIPE ? "the reader is gone" : strerror(error));
		if (!pump->options->keep_going)
			pump_status(pump, 1);
	}
}

void
pump_wake(void *arg)
{
	struct pump	*pump = arg;

	look_at_writers(pump);
	if (pump->finishing) {
		finish_writers(pump);
		return;
	}
	pump->handler->wake(pump->arg);
	pump_resume(pump);
}

/*
 * Begin to end.  On a live port what the kernel has queued is still taken,
 * for a bounded time: closing would drop it.
 */
void
pump_drain(struct pump *pump)
{
	if (pump->draining)
		return;
	pump->draining = 1;
	pump->sweep_until = loop_now() +
	    (uint64_t)(pump->options->drain_seconds * SECOND);
	if (pump->live)
		loop_timer_set(pump->again, 0);
	else
		end_input(pump);
}

/*
 * After a signal each step of draining has its time, and no more; without a
 * guard too, for what is held goes nowhere.
 */
static void
limit_drain(struct pump *pump)
{
	if (pump->signals > 0 || pump->gone)
		loop_timer_set(pump->drain_limit,
		    (uint64_t)(pump->options->drain_seconds * SECOND));
}

/* The input is over: the handler's turn to finish, once. */
static void
end_input(struct pump *pump)
{
	if (pump->drain_called)
		return;
	pump->drain_called = 1;
	pump->input_over = 1;
	pump->draining = 1;
	if (pump->next < pump->got && !pump->live) {
		divert_port_unreceive(pump->port, pump->got - pump->next);
		pump->next = pump->got;
	}
	if (pump->watch != NULL)
		loop_watch_off(pump->watch);
	push(pump);
	limit_drain(pump);
	pump->handler->drain(pump->arg);
}

static void
finish_writers(struct pump *pump)
{
	int	 i;

	for (i = 0; i < pump->nwriters; i++)
		if (!writer_done(pump->writers[i]))
			return;
	/* One that failed a moment ago has not woken anybody yet. */
	look_at_writers(pump);
	loop_stop();
}

void
pump_drained(struct pump *pump)
{
	int	 i;

	if (pump->finishing)
		return;
	pump->finishing = 1;
	push(pump);
	limit_drain(pump);
	for (i = 0; i < pump->nwriters; i++)
		writer_finish(pump->writers[i]);
	finish_writers(pump);
}

/* The time a signal leaves for a step of draining is over: the next one. */
static void
drain_is_late(void *arg)
{
	struct pump	*pump = arg;

	if (!pump->drain_called)
		end_input(pump);
	else if (!pump->finishing) {
		pump->handler->drain(pump->arg);
		pump_drained(pump);
	} else
		loop_stop();
}

static void
asked_to_end(int signo, void *arg)
{
	struct pump	*pump = arg;

	(void)signo;
	if (++pump->signals > 1) {
		pump_status(pump, 1);
		loop_stop();
		return;
	}
	limit_drain(pump);
	pump_drain(pump);
	/* Packets kept back by pace or by the handler are past waiting for. */
	if (!pump->live)
		end_input(pump);
}

/* Of all inputs together; stats is of the one in hand. */
static void
complete_stats(struct pump *pump, struct divert_stats *stats)
{
	stats_add(stats, &pump->past);
	if (pump->handler->figures != NULL)
		pump->handler->figures(pump->arg, stats);
}

static void
report(struct pump *pump)
{
	struct divert_stats	 stats;

	divert_port_stats(pump->port, &stats);
	complete_stats(pump, &stats);
	stats_print(pump->name != NULL ? pump->name :
	    divert_port_name(pump->port), &stats,
	    pump->options->stats_json, pump->handler->stats, pump->arg);
}

static void
asked_for_stats(int signo, void *arg)
{
	(void)signo;
	report(arg);
}

static void
stats_are_due(void *arg)
{
	struct pump	*pump = arg;

	report(pump);
	loop_timer_set(pump->stats_timer,
	    (uint64_t)(pump->options->stats_seconds * SECOND));
}

struct pump *
pump_new(struct divert_port *port, const struct pump_options *options,
    const struct pump_handler *handler, void *arg)
{
	struct pump	*pump;

	if ((pump = calloc(1, sizeof(*pump))) == NULL)
		msg_die(1, "out of memory");
	pump->port = port;
	pump->options = options;
	pump->handler = handler;
	pump->arg = arg;
	pump->live = (divert_port_caps(port) & DIVERT_CAP_LIVE) != 0;
	pace_init(&pump->pace, &options->pace);
	pump->again = loop_timer_new(read_port, pump);
	pump->drain_limit = loop_timer_new(drain_is_late, pump);
	watch_port(pump);
	if (pump->live && guard_fd() != -1) {
		pump->guard = loop_watch_new(guard_fd(), LOOP_READ, hear_guard,
		    pump);
		loop_watch_on(pump->guard);
	}
	if (options->stats_seconds > 0) {
		pump->stats_timer = loop_timer_new(stats_are_due, pump);
		loop_timer_set(pump->stats_timer,
		    (uint64_t)(options->stats_seconds * SECOND));
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	loop_signal(SIGINT, asked_to_end, pump);
	loop_signal(SIGTERM, asked_to_end, pump);
	loop_signal(SIGUSR1, asked_for_stats, pump);
#ifdef SIGINFO
	loop_signal(SIGINFO, asked_for_stats, pump);
#endif
	return (pump);
}

/* Say why a run did nothing, which is seldom what was meant. */
static void
explain_nothing(const struct pump *pump, const char *name,
    const struct divert_stats *stats)
{
	if (stats->received == 0 && stats->skipped > 0)
		msg_warn("%s: none of %llu frames is an IP packet", name,
		    (unsigned long long)stats->skipped);
	else if (stats->received == 0 || pump->nselected > 0)
		return;
	else if (pump->ndirected == 0)
		msg_warn("%s: the expression selected 0 of %llu packets "
		    "(0 of them carry a direction)", name,
		    (unsigned long long)stats->received);
	else
		msg_warn("%s: the expression selected 0 of %llu packets", name,
		    (unsigned long long)stats->received);
}

static void
look(void *arg, struct meter_figures *now)
{
	struct pump		*pump = arg;
	struct divert_stats	 stats;

	divert_port_stats(pump->port, &stats);
	now->packets = pump->past.received + stats.received - stats.held;
	now->percent = pump->handler->progress != NULL ?
	    pump->handler->progress(pump->arg) :
	    divert_port_progress(pump->port);
}

int
pump_run(struct pump *pump)
{
	struct divert_stats	 stats;
	struct meter		*meter;
	char			 name[64];
	int			 loud;

	strlcpy(name, pump->name != NULL ? pump->name :
	    divert_port_name(pump->port), sizeof(name));
	wait_for_input(pump, 0);
	sandbox_calls(&pump->options->sandbox);
	/* A person at a terminal wants to know that this waits, and for what. */
	if (pump->live && isatty(STDERR_FILENO))
		msg_warn("%s: ready", name);
	else if (pump->live)
		msg_info("%s: ready", name);
	meter = meter_new(look, pump, pump->handler->progress == NULL);
	loop_run();
	meter_free(meter);
	divert_port_close(pump->port, &stats);
	pump->port = NULL;
	if (pump->handler->finish != NULL)
		pump->handler->finish(pump->arg);
	complete_stats(pump, &stats);
	explain_nothing(pump, name, &stats);
	loud = pump->options->stats_given || msg_level() > 0 ||
	    stats.dropped > 0 || stats.expired > 0 || stats.lost > 0 ||
	    isatty(STDERR_FILENO);
	if (loud && (msg_level() >= 0 || pump->options->stats_given))
		stats_print(name, &stats,
		    pump->options->stats_json, pump->handler->stats, pump->arg);
	output_free(pump->onward);
	return (pump->status);
}
