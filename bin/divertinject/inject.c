/* SPDX-License-Identifier: ISC */

/*
 * Packets read become packets injected.  A packet counts as passed when the
 * kernel has taken it (or the file of -w), as dropped with a reason when it
 * was not to be injected or could not be, and as lost when the kernel refused
 * it; so what was read is what became of it.
 *
 * Live, packets are kept together until the loop would wait or look at
 * something else, because a way to another process is best gone with many.
 * Their bytes are lent until the next read only, so they are copied.
 */

#include "compat.h"

#include <netinet/in.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inject.h"
#include "loop.h"
#include "msg.h"
#include "output.h"
#include "reject.h"
#include "tally.h"

/* Kept together; and their bytes, or those of one. */
#define PENDING_MAX	1024
#define STAGE_SIZE	((size_t)1 << 20)

/* As the kernel limits the ICMP errors it makes itself. */
#define ANSWERS_SECOND	1000
#define ANSWERS_BURST	50

struct inject {
	const struct inject_options *options;
	struct inputs		*inputs;
	struct pump		*pump;
	struct output		*output;	/* of -w */
	int			 keep_going;
	struct loop_timer	*give_up;
	int			 gone;		/* who injects is */
	struct tally		 tally;
	int			 written;	/* to -w since the last flush */
	uint64_t		 reasons[DIVERT_REASON_MAX];

	/* Waiting to go: what was read, and what goes for it. */
	int			 n;
	struct divert_packet	 read[PENDING_MAX];
	struct divert_packet	 out[PENDING_MAX];
	const struct divert_packet *list[PENDING_MAX];	/* of out */
	uint8_t			*stage;		/* their bytes */
	size_t			 staged;

	/* --reject */
	uint8_t			*room;		/* REJECT_SIZE */
	struct divert_packet	 answer;
	double			 allowed;	/* answers, now */
	uint64_t		 allowed_at;
};

/*
 * What cannot be injected
 */

static void
refuse(struct inject *in, const struct divert_packet *pkt,
    enum divert_reason reason)
{
	in->reasons[reason]++;
	if (in->options->plan != NULL)
		(void)plan_packet(in->options->plan, pkt, reason);
	pump_verdict(in->pump, pkt, DIVERT_DROP, reason);
}

static void
say_failed(const struct inject *in, const struct divert_packet *pkt,
    const struct divert_injected *result)
{
	const char	*name = in->options->name;
	char		 mtu[48];

	switch (result->error) {
	case EMSGSIZE:
		mtu[0] = '\0';
		if (result->mtu > 0)
			snprintf(mtu, sizeof(mtu), " of %u", result->mtu);
		msg_limited(EMSGSIZE, "%s: packet of %u bytes: larger than "
		    "the MTU%s, and not to be fragmented (%s)", name, pkt->len,
		    mtu, pkt->data[0] >> 4 == 6 ?
		    "IPv6 is not on its way" : "DF is set");
		break;
	case ENODEV:
		msg_limited(ENODEV, "%s: %s: no such interface", name,
		    pkt->ifname);
		break;
	case ENETDOWN:
		msg_limited(ENETDOWN, "%s: %s: the interface is down", name,
		    pkt->ifname[0] == '\0' ? "outbound" : pkt->ifname);
		break;
	case ENOTSUP:
		msg_limited(ENOTSUP, "%s: %s packets cannot be injected here%s",
		    name, pkt->direction == DIVERT_DIRECTION_IN ? "inbound" :
		    "outbound", pkt->direction == DIVERT_DIRECTION_IN ?
		    " (Linux needs veth devices for it)" : "");
		break;
	case EPERM:
	case EACCES:
		msg_limited(result->error, "%s: inject: %s (%s)", name,
		    strerror(result->error),
		    pkt->direction == DIVERT_DIRECTION_IN ?
		    "inbound it needs CAP_NET_ADMIN" :
		    "a firewall rule may have dropped it");
		break;
	default:
		msg_limited(result->error, "%s: inject: %s", name,
		    strerror(result->error));
		break;
	}
}

/*
 * What is injected
 */

static void
count_injected(struct inject *in, const struct divert_packet *pkt)
{
	in->tally.injected++;
	in->tally.bytes += pkt->len;
}

static void
end_now(void *arg)
{
	struct inject	*in = arg;

	pump_drain(in->pump);
}

static void
process_is_gone(struct inject *in)
{
	if (in->gone)
		return;
	in->gone = 1;
	msg_error("%s: the process that injects is gone", in->options->name);
	pump_status(in->pump, 1);
	/* Not from here: this may be within a batch. */
	loop_timer_set(in->give_up, 0);
}

static void
send_batch(struct inject *in)
{
	struct divert_injected	 results[PENDING_MAX];
	int			 i;

	if (in->n == 0)
		return;
	tally_begin(&in->tally);
	divert_port_inject_batch(in->options->port, in->list, in->n, results);
	tally_end(&in->tally);
	for (i = 0; i < in->n; i++) {
		if (results[i].error == 0) {
			count_injected(in, &in->out[i]);
			pump_verdict(in->pump, &in->read[i], DIVERT_PASS,
			    DIVERT_REASON_NONE);
			continue;
		}
		in->tally.failed++;
		if (results[i].error == EPIPE)
			process_is_gone(in);
		else
			say_failed(in, &in->out[i], &results[i]);
		pump_verdict(in->pump, &in->read[i], DIVERT_DROP,
		    DIVERT_REASON_NONE);
	}
	in->n = 0;
	in->staged = 0;
}

/* Keep it until send_batch(). */
static void
stage_packet(struct inject *in, const struct divert_packet *pkt,
    const struct divert_packet *out)
{
	if (STAGE_SIZE - in->staged < out->len)
		send_batch(in);
	in->read[in->n] = *pkt;
	in->out[in->n] = *out;
	in->out[in->n].data = in->stage + in->staged;
	in->list[in->n] = &in->out[in->n];
	memcpy(in->out[in->n].data, out->data, out->len);
	in->staged += out->len;
	if (++in->n == PENDING_MAX)
		send_batch(in);
}

static void
send_packet(struct inject *in, const struct divert_packet *pkt,
    const struct divert_packet *out)
{
	if (in->options->port != NULL) {
		stage_packet(in, pkt, out);
		return;
	}
	if (in->output != NULL) {
		tally_begin(&in->tally);
		output_packet(in->output, out);
		in->written = 1;
	} else if (!plan_packet(in->options->plan, out, DIVERT_REASON_NONE)) {
		in->tally.failed++;
		pump_verdict(in->pump, pkt, DIVERT_DROP, DIVERT_REASON_NONE);
		return;
	}
	count_injected(in, out);
	pump_verdict(in->pump, pkt, DIVERT_PASS, DIVERT_REASON_NONE);
}

/* Is the rest of the second's answers not used up? */
static int
may_answer(struct inject *in)
{
	uint64_t	 now = loop_now();

	in->allowed += (double)(now - in->allowed_at) / 1e9 * ANSWERS_SECOND;
	in->allowed_at = now;
	if (in->allowed > ANSWERS_BURST)
		in->allowed = ANSWERS_BURST;
	if (in->allowed < 1)
		return (0);
	in->allowed -= 1;
	return (1);
}

/*
 * The answer in place of the packet.  A reset is part of a connection; ICMP
 * errors are limited in number (RFC 1812 4.3.2.8, RFC 4443 2.4), so that
 * nobody makes a flood of them with another's address.  NULL: there is none.
 */
static const struct divert_packet *
make_answer(struct inject *in, const struct divert_packet *pkt)
{
	struct divert_packet	*answer = &in->answer;
	struct divert_layout	 layout;
	enum reject_reason	 why;

	(void)divert_packet_parse(pkt->data, pkt->len, &layout);
	if (!reject_make(pkt, &layout, in->room, REJECT_SIZE, answer, &why)) {
		in->tally.no_answer[why]++;
		return (NULL);
	}
	(void)divert_packet_parse(answer->data, answer->len, &layout);
	if (layout.proto != IPPROTO_TCP && in->options->port != NULL &&
	    !may_answer(in)) {
		in->tally.rate_limited++;
		return (NULL);
	}
	return (answer);
}

/* Why a packet is not injected, and what is instead of it. */
static enum divert_reason
prepare(struct inject *in, struct divert_packet *pkt,
    const struct divert_packet **out)
{
	struct divert_layout	 layout;
	int			 changed;

	*out = pkt;
	/* Numbers of the machine that captured it: names are told, not they. */
	pkt->in_ifindex = pkt->out_ifindex = 0;
	/* A file has no stack with a way in and a way out. */
	if (in->output == NULL) {
		if (pkt->direction == DIVERT_DIRECTION_NONE)
			return (DIVERT_REASON_NO_DIRECTION);
		if ((pkt->direction == DIVERT_DIRECTION_IN) !=
		    in->options->reject && pkt->ifname[0] == '\0')
			return (DIVERT_REASON_NO_INTERFACE);
	}
	if (in->options->reject)
		return ((*out = make_answer(in, pkt)) == NULL ?
		    DIVERT_REASON_NO_ANSWER : DIVERT_REASON_NONE);
	if (pkt->flags & DIVERT_PACKET_TRUNCATED)
		return (DIVERT_REASON_TRUNCATED);
	/* A jumbogram: no room is kept for such. */
	if (pkt->len > DIVERT_PACKET_MAX)
		return (DIVERT_REASON_TOO_LARGE);
	if (in->options->keep)
		return (DIVERT_REASON_NONE);
	changed = divert_edit_repair(pkt->data, pkt->len, &layout);
	if (changed == -1)
		return (errno == EMSGSIZE ? DIVERT_REASON_TOO_LARGE :
		    layout.reason != DIVERT_REASON_NONE ?
		    (enum divert_reason)layout.reason :
		    DIVERT_REASON_MALFORMED);
	in->tally.repaired += changed > 0;
	return (DIVERT_REASON_NONE);
}

/*
 * The pump's
 */

static int
inject_packets(void *arg, struct divert_packet *pkts, const uint8_t *selected,
    int n)
{
	struct inject			*in = arg;
	const struct divert_packet	*out;
	enum divert_reason		 reason;
	int				 i;

	for (i = 0; i < n && !in->gone; i++) {
		if (in->output != NULL && !output_room(in->output,
		    pkts[i].len > REJECT_SIZE ? pkts[i].len : REJECT_SIZE))
			break;
		in->tally.read++;
		if (!selected[i]) {
			refuse(in, &pkts[i], DIVERT_REASON_NOT_SELECTED);
			continue;
		}
		reason = prepare(in, &pkts[i], &out);
		if (reason != DIVERT_REASON_NONE) {
			refuse(in, &pkts[i], reason);
			continue;
		}
		send_packet(in, &pkts[i], out);
	}
	return (i);
}

static void
inject_flush(void *arg)
{
	struct inject	*in = arg;

	send_batch(in);
	if (in->output == NULL)
		return;
	if (in->written)
		tally_end(&in->tally);
	in->written = 0;
	writer_flush(output_writer(in->output));
}

static void
inject_wake(void *arg)
{
	struct inject	*in = arg;

	/* pump_wake() has said it and set the status. */
	if (in->output != NULL && writer_error(output_writer(in->output)) != 0)
		pump_drain(in->pump);
}

static void
inject_drain(void *arg)
{
	struct inject	*in = arg;

	if (!in->gone)
		send_batch(in);
	pump_drained(in->pump);
}

static struct divert_port *
inject_next(void *arg, int result)
{
	struct inject	*in = arg;

	/* What was read of the old one gets its verdict there. */
	send_batch(in);
	if (result == -1 && !in->keep_going)
		return (NULL);
	return (inputs_next(in->inputs, in->tally.read));
}

/* What the kernel refused was lost, and how often by which errno. */
static void
inject_figures(void *arg, struct divert_stats *stats)
{
	struct inject		*in = arg;
	struct divert_stats	 port;

	stats->injected = in->tally.injected;
	stats->dropped -= in->tally.failed;
	stats->lost += in->tally.failed;
	if (in->options->port == NULL)
		return;
	divert_port_stats(in->options->port, &port);
	memcpy(stats->by_errno, port.by_errno, sizeof(stats->by_errno));
	stats->kernel = port.kernel;
}

static int
inject_progress(void *arg)
{
	struct inject	*in = arg;

	if (in->options->plan != NULL || (in->output != NULL &&
	    in->options->target->fd == STDOUT_FILENO))
		return (-1);
	return (inputs_progress(in->inputs, pump_port(in->pump)));
}

static void
inject_stats(void *arg, void *json, char *text, size_t size)
{
	struct inject	*in = arg;

	tally_stats(&in->tally, inputs_loops(in->inputs), json, text, size);
}

/* The reason that most packets were refused for. */
static enum divert_reason
main_reason(const struct inject *in)
{
	int	 best = DIVERT_REASON_NONE, i;

	for (i = 1; i < DIVERT_REASON_MAX; i++)
		if (in->reasons[i] > in->reasons[best])
			best = i;
	return ((enum divert_reason)best);
}

/* A run that did nothing says so, and why. */
static void
explain_nothing(const struct inject *in)
{
	enum divert_reason	 reason = main_reason(in);
	const char		*hint = "";

	if (in->tally.read == 0) {
		msg_error("%s: nothing injected: no packets",
		    in->options->name);
		return;
	}
	/* What the kernel said of them is said, and of the expression too. */
	if (in->tally.failed > in->reasons[reason] ||
	    reason == DIVERT_REASON_NOT_SELECTED)
		return;
	if (reason == DIVERT_REASON_NO_DIRECTION)
		hint = " (-D in or -D out)";
	else if (reason == DIVERT_REASON_NO_INTERFACE)
		hint = " (-i interface)";
	msg_error("%s: nothing injected: %llu of %llu packets: %s%s",
	    in->options->name, (unsigned long long)in->reasons[reason],
	    (unsigned long long)in->tally.read, divert_reason_name(reason),
	    hint);
}

static void
make_room(struct inject *in)
{
	/* Pages that no packet comes to are never touched. */
	if ((in->stage = malloc(STAGE_SIZE)) == NULL ||
	    (in->room = malloc(REJECT_SIZE)) == NULL)
		msg_die(1, "out of memory");
	in->allowed = ANSWERS_BURST;
	in->allowed_at = loop_now();
}

int
inject_run(const struct inject_options *options,
    const struct pump_options *pump_options, struct inputs *inputs)
{
	static const struct pump_handler handler = {
		.packets = inject_packets,
		.flush = inject_flush,
		.wake = inject_wake,
		.drain = inject_drain,
		.next = inject_next,
		.figures = inject_figures,
		.progress = inject_progress,
		.stats = inject_stats,
	};
	struct divert_port	*input;
	static struct inject	 in;
	int			 status;

	in.options = options;
	in.inputs = inputs;
	in.keep_going = pump_options->keep_going;
	make_room(&in);
	input = inputs_next(inputs, 0);
	in.pump = pump_new(input, pump_options, &handler, &in);
	pump_set_name(in.pump, options->name);
	pump_status(in.pump, options->status);
	in.give_up = loop_timer_new(end_now, &in);
	if (options->target != NULL) {
		in.output = output_new(options->target->fd,
		    options->target->name, options->target->format,
		    options->target->flags, NULL, pump_wake, in.pump);
		pump_add_writer(in.pump, output_writer(in.output));
	}
	status = pump_run(in.pump);
	if (options->plan != NULL)
		plan_print(options->plan);
	divert_port_close(options->port, NULL);
	output_free(in.output);
	free(in.stage);
	free(in.room);
	/* Damage is said already. */
	if (in.tally.injected > 0 || status != 0)
		return (status);
	explain_nothing(&in);
	return (1);
}
