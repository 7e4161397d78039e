/* SPDX-License-Identifier: ISC */

/*
 * Packets out to a filter and back: -b and "-- command".
 *
 * The filter has at most a window of packets.  A packet that is not returned
 * is dropped, but when is it not returned?  After the timeout; and before
 * that, when the window is full, if a later packet came back already: most
 * filters answer in order, and one that drops many would else stall traffic
 * for the length of a timeout.  A packet that comes back after all is
 * injected, so this rule costs a slow filter time and never a packet.
 */

#include "compat.h"

#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cat.h"
#include "command.h"
#include "loop.h"
#include "msg.h"
#include "output.h"
#include "pipes.h"
#include "returns.h"

#define SECOND		1000000000u
#define READS_MAX	8
#define RESTART_WAIT	SECOND
#define TOLD_WAIT	(SECOND / 4)
#define SILENCE_MIN	(SECOND / 1000)
#define SILENCE_LIVE	8	/* the part of the timeout it begins with */

struct both {
	const struct cat_options *options;
	struct pump		*pump;
	struct output		*onward;
	struct returns		 returns;
	uint64_t		 timeout;	/* ns; 0: none */
	uint64_t		 silence;	/* ns; see end_silence() */
	int			 full;		/* a packet waits for the window */

	struct pipes		 pipes;
	int			 stalled;	/* -w has no room for returns */
	struct command		*command;	/* NULL: -b */
	struct loop_watch	*command_watch;
	int			 running;	/* streams are open */
	int			 exited;	/* the command; its status: */
	int			 exit_status;
	uint64_t		 started;
	int			 early;		/* it ended before its input */
	int			 ending;	/* what it held is not judged yet */
	int			 gone;		/* no filter any more */
	int			 draining;
	int			 drained;
	struct loop_timer	*expiry;
	struct loop_timer	*restart;
	struct loop_timer	*patience;	/* while draining */
	struct loop_timer	*quiet;		/* the filter is silent */
};

static void	 start_filter(struct both *);
static void	 filter_ended(struct both *, int);
static void	 check_drained(struct both *);
static void	 end_holding(struct both *);

/*
 * To the filter
 */

static void
reader_is_gone(struct both *b)
{
	pipes_close_to(&b->pipes);
	if (b->command != NULL || b->draining)
		return;		/* its end is told by the helper */
	msg_error("stdout: the reader is gone");
	pump_status(b->pump, 1);
	b->gone = 1;
	loop_timer_set(b->restart, 0);
}

/* Write what is queued; once all is given, the end of the input too. */
static void
write_queue(struct both *b)
{
	switch (pipes_write(&b->pipes)) {
	case 0:
		if (b->draining)
			pipes_close_to(&b->pipes);
		break;
	case -1:
		reader_is_gone(b);
		break;
	}
}

static void
to_is_writable(void *arg)
{
	struct both	*b = arg;

	write_queue(b);
	pump_resume(b->pump);
	check_drained(b);
}

static void
arm_expiry(struct both *b)
{
	const struct held	*oldest;
	uint64_t		 now;

	if (b->timeout == 0 || (oldest = hold_oldest(b->returns.hold)) == NULL)
		return;
	now = loop_now();
	loop_timer_set(b->expiry, oldest->deadline > now ?
	    oldest->deadline - now : 0);
}

/* End the holding of a packet without its return. */
static void
give_up(struct both *b, struct held *held, enum divert_verdict verdict,
    enum divert_reason reason)
{
	pump_verdict(b->pump, &held->pkt, verdict, reason);
	hold_release(b->returns.hold, held);
}

static void
flush_onward(struct both *b)
{
	divert_port_flush(pump_port(b->pump));
	if (b->onward != NULL)
		writer_flush(output_writer(b->onward));
}

/*
 * A filter that drops a whole window and more, as one that wants only TCP
 * does in a flood of UDP, would stall traffic for the length of a timeout,
 * and a capture, which has none, for ever.  So when the window is full, and
 * the filter has read all and returned nothing for a while, it has dropped
 * them.  The while is halved as long as that proves right.
 */
static void
end_silence(void *arg)
{
	struct both	*b = arg;
	struct held	*held;

	if (!b->full || b->pipes.to == -1)
		return;
	if (b->stalled || pipes_unread(&b->pipes)) {
		loop_timer_set(b->quiet, b->silence);
		return;
	}
	while ((held = hold_oldest(b->returns.hold)) != NULL)
		give_up(b, held, DIVERT_DROP, DIVERT_REASON_NOT_RETURNED);
	if (b->silence > SILENCE_MIN)
		b->silence /= 2;
	divert_port_flush(pump_port(b->pump));
	pump_resume(b->pump);
}

static void
expire(void *arg)
{
	struct both	*b = arg;
	struct held	*held;
	uint64_t	 now = loop_now();

	while ((held = hold_oldest(b->returns.hold)) != NULL && held->deadline <= now) {
		/* Its return may be here, unread because -w is full. */
		if (b->stalled || (b->options->timeout_passes &&
		    !pump_room(b->pump, held->pkt.len)))
			break;
		give_up(b, held, b->options->timeout_passes ? DIVERT_PASS :
		    DIVERT_EXPIRE, DIVERT_REASON_TIMEOUT);
	}
	flush_onward(b);
	if (held != NULL && held->deadline <= now)
		loop_timer_set(b->expiry, SECOND / 10);
	else
		arm_expiry(b);
	pump_resume(b->pump);
	check_drained(b);
}

/* Give the filter a packet.  1 done, 0 it has too many already. */
static int
give_packet(struct both *b, const struct divert_packet *pkt)
{
	struct held	*held, *oldest;

	if (!pipes_room(&b->pipes, pkt->len)) {
		write_queue(b);
		if (!pipes_room(&b->pipes, pkt->len))
			return (0);
	}
	while ((held = hold_add(b->returns.hold, pkt)) == NULL) {
		oldest = hold_oldest(b->returns.hold);
		if (oldest == NULL || oldest->seq > b->returns.latest)
			return (0);
		give_up(b, oldest, DIVERT_DROP, DIVERT_REASON_NOT_RETURNED);
	}
	held->deadline = b->timeout == 0 ? UINT64_MAX :
	    loop_now() + b->timeout;
	if (hold_oldest(b->returns.hold) == held)
		arm_expiry(b);
	pipes_put(&b->pipes, pkt);
	return (1);
}

/* What becomes of a packet when there is no filter (any more). */
static int
without_filter(struct both *b, const struct divert_packet *pkt)
{
	if (!b->gone)
		return (0);	/* it is being started again */
	pump_verdict(b->pump, pkt, b->options->on_exit == ON_EXIT_PASS ?
	    DIVERT_PASS : DIVERT_DROP, DIVERT_REASON_EXIT);
	return (1);
}

static int
take_one(struct both *b, struct divert_packet *pkt)
{
	if (b->gone || !b->running)
		return (without_filter(b, pkt));
	if (pkt->len > DIVERT_PACKET_MAX) {
		/* A jumbogram: no room is kept for such. */
		pump_verdict(b->pump, pkt, DIVERT_DROP,
		    DIVERT_REASON_TOO_LARGE);
		return (1);
	}
	flow_memory_learn(b->returns.flows, pkt);
	b->full = 0;
	if (give_packet(b, pkt))
		return (1);
	switch (b->options->overload) {
	case OVERLOAD_PASS:
		pump_verdict(b->pump, pkt, DIVERT_PASS, DIVERT_REASON_OVERLOAD);
		return (1);
	case OVERLOAD_DROP:
		pump_verdict(b->pump, pkt, DIVERT_DROP, DIVERT_REASON_OVERLOAD);
		return (1);
	case OVERLOAD_WAIT:
	default:
		b->full = 1;
		loop_timer_set(b->quiet, b->silence);
		return (0);
	}
}

static int
both_packets(void *arg, struct divert_packet *pkts, const uint8_t *selected,
    int n)
{
	struct both	*b = arg;
	int		 i;

	for (i = 0; i < n; i++) {
		if (!pump_room(b->pump, pkts[i].len))
			break;
		if (!selected[i])
			pump_verdict(b->pump, &pkts[i], DIVERT_PASS,
			    DIVERT_REASON_NONE);
		else if (!take_one(b, &pkts[i]))
			break;
	}
	return (i);
}

static void
both_flush(void *arg)
{
	struct both	*b = arg;

	write_queue(b);
}

/*
 * From the filter
 */

/*
 * While draining, and after the command ended: how long to wait for the next
 * return.  Whoever has our stdout and stdin under -b (a shell, sudo), or the
 * pipes of a command (what it left in the background), may keep them open for
 * ever, so there silence counts as the end.
 */
static void
arm_patience(struct both *b)
{
	if (b->timeout != 0)
		loop_timer_set(b->patience, b->timeout + SECOND);
	else if (b->command == NULL || b->exited || b->pipes.from == -1)
		loop_timer_set(b->patience,
		    (uint64_t)(b->options->timeout * SECOND));
}

static void
take_return(struct both *b, struct divert_packet *pkt)
{
	if (b->draining || b->exited)
		arm_patience(b);
	/* It was silent for longer than we thought. */
	if (returns_take(&b->returns, pkt) == RETURNS_LATE)
		b->silence = (uint64_t)(b->options->timeout * SECOND);
}

/*
 * The packets that are decoded.  1 all taken, 0 no room for more now, -1 the
 * filter writes no packet stream.
 */
static int
take_returns(struct both *b)
{
	struct divert_packet	 pkt;

	for (;;) {
		b->stalled = !pump_room(b->pump, DIVERT_PACKET_MAX);
		if (b->stalled) {
			loop_watch_off(b->pipes.from_watch);
			return (0);
		}
		switch (divert_decoder_next(b->pipes.decoder, &pkt)) {
		case 1:
			take_return(b, &pkt);
			break;
		case 0:
			return (1);
		default:
			msg_error("filter: what it writes is no packet "
			    "stream: %s", divert_decoder_error(b->pipes.decoder));
			return (-1);
		}
	}
}

static void
filter_is_faulty(struct both *b)
{
	pump_status(b->pump, 1);
	pipes_close_to(&b->pipes);
	pipes_close_from(&b->pipes);
	if (b->command == NULL)
		filter_ended(b, 1);
	else if (b->exited)
		filter_ended(b, b->exit_status);
	else {
		command_kill(b->command, SIGTERM);
		arm_patience(b);
	}
}

/*
 * All it wrote is taken.  A command has ended when that is told too, in
 * either order.
 */
static void
end_of_returns(struct both *b)
{
	pipes_close_from(&b->pipes);
	pipes_close_to(&b->pipes);
	if (b->command == NULL)
		filter_ended(b, 0);
	else if (b->exited)
		filter_ended(b, b->exit_status);
	else if (!b->draining)
		arm_patience(b);
}

static void
from_is_readable(void *arg)
{
	struct both	*b = arg;
	int		 more = 1, reads, taken;

	taken = take_returns(b);
	for (reads = 0; taken == 1 && more == 1 && !b->pipes.ended &&
	    reads < READS_MAX; reads++) {
		more = pipes_read(&b->pipes);
		taken = take_returns(b);
	}
	flush_onward(b);
	if (taken == -1)
		filter_is_faulty(b);
	else if (taken == 1 && b->pipes.ended)
		end_of_returns(b);
	pump_resume(b->pump);
	check_drained(b);
}

static void
both_wake(void *arg)
{
	struct both	*b = arg;

	if (b->onward != NULL && writer_error(output_writer(b->onward)) != 0 &&
	    !pump_live(b->pump))
		pump_drain(b->pump);
	if (b->ending)
		end_holding(b);
	if (b->pipes.from != -1) {
		loop_watch_on(b->pipes.from_watch);
		from_is_readable(b);
	}
}

/*
 * The filter's life
 */

static void
open_filter(struct both *b, int to, int from)
{
	pipes_open(&b->pipes, to, from, b->options, divert_port_name(
	    pump_port(b->pump)));
	loop_watch_on(b->pipes.from_watch);
	b->running = 1;
	write_queue(b);
}

/*
 * Was the command told to end by a signal that may have gone to all processes
 * at once?  Then it is no failure of its own; ours may be on its way yet.
 */
static int
was_told(const struct both *b)
{
	return (b->exit_status == 128 + SIGTERM ||
	    b->exit_status == 128 + SIGINT);
}

static void
command_ended(void *arg)
{
	struct both	*b = arg;

	loop_watch_off(b->command_watch);
	if (!b->running)
		return;		/* we ended it ourselves */
	b->exit_status = command_status(b->command);
	b->exited = 1;
	if (pump_draining(b->pump) && was_told(b))
		b->exit_status = 0;
	/* Else what it wrote before its end is still in the pipe. */
	if (b->pipes.from == -1)
		filter_ended(b, b->exit_status);
	else
		arm_patience(b);
}

static void
start_filter(struct both *b)
{
	int	 from, status, to;

	b->started = loop_now();
	b->exited = 0;
	status = command_start(b->command, &to, &from);
	if (status == 0) {
		open_filter(b, to, from);
		loop_watch_on(b->command_watch);
	} else {
		b->gone = 1;
		pump_status(b->pump, status);
		pump_drain(b->pump);
	}
	pump_resume(b->pump);
}

static void
start_again(void *arg)
{
	struct both	*b = arg;

	if (b->gone) {
		pump_status(b->pump, b->exit_status);
		pump_drain(b->pump);
		pump_resume(b->pump);
	} else if (!b->draining)
		start_filter(b);
}

/* The filter is closed and nothing is held: what now? */
static void
after_filter(struct both *b)
{
	uint64_t	 age;

	if (b->draining) {
		if (b->options->on_exit != ON_EXIT_PASS &&
		    b->options->on_exit != ON_EXIT_DROP)
			pump_status(b->pump, b->exit_status);
		check_drained(b);
		return;
	}
	if (b->command != NULL && b->options->on_exit == ON_EXIT_RESTART) {
		age = loop_now() - b->started;
		msg_warn("%s: starting it again", command_name(b->command));
		loop_timer_set(b->restart, age < RESTART_WAIT ?
		    RESTART_WAIT - age : 0);
		return;
	}
	b->gone = 1;
	if (b->command == NULL || b->options->on_exit == ON_EXIT_EXIT)
		/* Not from here: this may be within a batch. */
		loop_timer_set(b->restart, was_told(b) ? TOLD_WAIT : 0);
	else
		pump_resume(b->pump);
}

/*
 * No more returns: after the end of the input what is still held was not
 * returned; else --on-exit says what becomes of it.  Waits for room in -w.
 */
static void
end_holding(struct both *b)
{
	struct held	*held;
	int		 pass;

	pass = b->early && b->options->on_exit == ON_EXIT_PASS;
	while ((held = hold_oldest(b->returns.hold)) != NULL) {
		if (pass && !pump_room(b->pump, held->pkt.len))
			break;
		give_up(b, held, pass ? DIVERT_PASS : DIVERT_DROP, b->early ?
		    DIVERT_REASON_EXIT : DIVERT_REASON_NOT_RETURNED);
	}
	flush_onward(b);
	if (held != NULL)
		return;
	b->ending = 0;
	after_filter(b);
}

static void
filter_ended(struct both *b, int status)
{
	pipes_close(&b->pipes);
	loop_timer_cancel(b->patience);
	b->running = 0;
	b->exit_status = status;
	b->early = !b->draining || status != 0;
	b->ending = 1;
	end_holding(b);
}

/*
 * The end
 */

static void
check_drained(struct both *b)
{
	if (!b->draining || b->drained || b->ending)
		return;
	if (b->running) {
		if (b->pipes.to != -1)
			return;
		/* -b: whoever has our stdin may never close it. */
		if (b->command != NULL || b->pipes.from == -1 ||
		    hold_count(b->returns.hold) > 0 || !pump_live(b->pump))
			return;
		filter_ended(b, 0);
		return;
	}
	b->drained = 1;
	pump_drained(b->pump);
}

static void
stop_waiting(struct both *b)
{
	if (!b->running) {
		b->ending = 0;
		check_drained(b);
		return;
	}
	if (b->command != NULL)
		command_kill(b->command, SIGTERM);
	filter_ended(b, b->exited ? b->exit_status : 0);
}

static void
lose_patience(void *arg)
{
	struct both	*b = arg;

	if (b->stalled)
		arm_patience(b);	/* we keep the filter waiting */
	else if (b->command != NULL && b->pipes.from == -1 && !b->exited) {
		msg_error("%s: does not end: killed", command_name(b->command));
		command_kill(b->command, SIGKILL);
	} else
		stop_waiting(b);
}

static void
both_drain(void *arg)
{
	struct both	*b = arg;

	if (b->draining) {
		/* The second call: the time is over. */
		stop_waiting(b);
		return;
	}
	b->draining = 1;
	write_queue(b);
	if (b->running)
		arm_patience(b);
	check_drained(b);
}

static void
both_stats(void *arg, void *json, char *text, size_t size)
{
	struct both	*b = arg;

	returns_stats(&b->returns, json, text, size);
	if (json == NULL || b->onward == NULL)
		return;
	json_object_set_new(json, "copies",
	    json_integer((json_int_t)output_written(b->onward)));
	json_object_set_new(json, "copies_lost",
	    json_integer((json_int_t)output_lost(b->onward)));
}

int
both_run(const struct cat_options *options,
    const struct pump_options *pump_options, struct divert_port *port,
    const struct target *target, struct command *command)
{
	static const struct pump_handler handler = {
		.packets = both_packets,
		.flush = both_flush,
		.wake = both_wake,
		.drain = both_drain,
		.stats = both_stats,
	};
	struct both	 b;
	int		 status;

	memset(&b, 0, sizeof(b));
	b.options = options;
	b.pump = pump_new(port, pump_options, &handler, &b);
	/* A capture can wait: no timeout unless one is asked for. */
	if (options->timeout_given || pump_live(b.pump))
		b.timeout = (uint64_t)(options->timeout * SECOND);
	/* Live, waiting costs packets, and a wrong guess an injection. */
	b.silence = (uint64_t)(options->timeout * SECOND);
	if (pump_live(b.pump))
		b.silence /= SILENCE_LIVE;
	returns_init(&b.returns, options, b.pump);
	b.command = command;
	b.expiry = loop_timer_new(expire, &b);
	b.quiet = loop_timer_new(end_silence, &b);
	b.restart = loop_timer_new(start_again, &b);
	b.patience = loop_timer_new(lose_patience, &b);
	pipes_init(&b.pipes, to_is_writable, from_is_readable, &b);
	if (target != NULL) {
		b.onward = output_new(target->fd, target->name, target->format,
		    options->encode_flags | target->flags,
		    divert_port_name(port), pump_wake, b.pump);
		pump_set_onward(b.pump, b.onward, options->block ||
		    !pump_live(b.pump));
	}
	if (command != NULL) {
		b.command_watch = loop_watch_new(command_fd(command), LOOP_READ,
		    command_ended, &b);
		start_filter(&b);
	} else {
		pipes_borrow_stdio(&b.pipes);
		open_filter(&b, STDOUT_FILENO, STDIN_FILENO);
	}
	status = pump_run(b.pump);
	if (command != NULL)
		command_kill(command, SIGTERM);
	else
		pipes_close(&b.pipes);
	return (status);
}
