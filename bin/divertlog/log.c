/* SPDX-License-Identifier: ISC */

/*
 * Packets become records.  On a live port they go on first: a slow reader
 * costs lines and never time.  With --block and on a capture a full output
 * stops the reading instead, also while flows that end together are reported:
 * so many at once that the ring takes them, then the reader's turn.
 *
 * The clock of flows is the packets' own.  On a live port a timer adds the
 * system's, so that flows end when nothing comes any more.
 */

#include "compat.h"

#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "community_id.h"
#include "flow.h"
#include "log.h"
#include "logfile.h"
#include "loop.h"
#include "msg.h"
#include "output.h"
#include "record.h"
#include "stats.h"
#include "writer.h"

#define FLOW_BURST	64u
#define SECOND		UINT64_C(1000000000)

struct log {
	const struct log_options *options;
	struct pump		*pump;
	struct record		*record;
	struct writer		*writer;
	struct logfile		*file;
	struct flow_table	*flows;		/* NULL: -m packet */
	struct community_cache	*ids;		/* NULL: the flows have them */
	struct loop_timer	*flow_timer;
	struct loop_timer	*stats_timer;
	int			 text;
	int			 waits;		/* for the reader */
	int			 keep_going;
	int			 draining;
	int			 late;		/* no time to wait any more */
	uint64_t		 written;
	uint64_t		 lost;
};

/* Room for a record, or NULL: it is lost. */
static char *
begin(struct log *log, size_t size)
{
	uint8_t	*buf;

	if ((buf = writer_reserve(log->writer, size)) == NULL)
		log->lost++;
	return ((char *)buf);
}

static void
end(struct log *log, size_t len)
{
	writer_append(log->writer, len);
	log->written++;
}

static void
write_packet(struct log *log, const struct divert_packet *pkt,
    const struct divert_layout *layout, const char *community_id)
{
	char	*buf;

	if ((buf = begin(log, RECORD_PACKET_MAX(pkt->len))) == NULL)
		return;
	if (log->text)
		end(log, record_text_packet(log->record, pkt, buf));
	else
		end(log, record_packet(log->record, pkt, layout,
		    log->options->take ? DIVERT_DROP : DIVERT_PASS,
		    log->options->take ? DIVERT_REASON_TAKEN :
		    DIVERT_REASON_NONE, community_id, buf));
}

static void
write_flow(void *arg, const struct flow *flow)
{
	struct log	*log = arg;
	char		*buf;

	if ((buf = begin(log, RECORD_FLOW_MAX)) == NULL)
		return;
	if (log->text)
		end(log, record_text_flow(log->record, flow, buf));
	else
		end(log, record_flow(log->record, flow, buf));
}

static void
add_figures(void *arg, void *json, char *text, size_t size)
{
	struct flow_counts	 flows;
	struct log		*log = arg;
	uint64_t		 lost, unused;
	int			 error;

	lost = 0;
	if (log->file != NULL)
		logfile_counts(log->file, &unused, &lost, &error);
	lost += log->lost;
	memset(&flows, 0, sizeof(flows));
	if (log->flows != NULL)
		flow_counts(log->flows, &flows);
	if (json == NULL) {
		snprintf(text, size, "; %llu records, %llu records lost",
		    (unsigned long long)log->written, (unsigned long long)lost);
		return;
	}
	json_object_set_new(json, "records",
	    json_integer((json_int_t)log->written));
	json_object_set_new(json, "records_lost",
	    json_integer((json_int_t)lost));
	if (log->flows != NULL)
		json_object_set_new(json, "flows", json_pack("{sI si si sI}",
		    "made", (json_int_t)flows.made,
		    "active", (int)flows.active, "peak", (int)flows.peak,
		    "forced", (json_int_t)flows.reported[FLOW_FORCED]));
}

static void
write_stats(struct log *log)
{
	struct divert_stats	 stats;
	struct timespec		 now;
	char			*buf, *object;

	divert_port_stats(pump_port(log->pump), &stats);
	object = stats_object(&stats, add_figures, log);
	clock_gettime(CLOCK_REALTIME, &now);
	if ((buf = begin(log, strlen(object) + RECORD_HEAD_MAX)) != NULL)
		end(log, record_stats(log->record, &now, object, buf));
	free(object);
}

static void
stats_are_due(void *arg)
{
	struct log	*log = arg;

	write_stats(log);
	writer_flush(log->writer);
	loop_timer_set(log->stats_timer,
	    (uint64_t)(log->options->stats_seconds * (double)SECOND));
}

/* Room for the flows that one call may report, and a packet of len bytes? */
static int
has_room(struct log *log, uint32_t len)
{
	return (writer_room(log->writer, (FLOW_BURST + 1) * RECORD_FLOW_MAX +
	    RECORD_PACKET_MAX(len)));
}

/* Report flows that are due.  0: the reader has to come first. */
static int
expire(struct log *log, int64_t now)
{
	if (flow_due(log->flows) > now)
		return (1);
	do {
		if (log->waits && !has_room(log, 0))
			return (0);
	} while (flow_expire(log->flows, now) == FLOW_BURST);
	return (1);
}

static void
flows_are_due(void *arg)
{
	struct log	*log = arg;
	struct timespec	 now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (!log->draining)
		(void)expire(log, flow_time(&now));
	writer_flush(log->writer);
	loop_timer_set(log->flow_timer, SECOND);
}

static void
log_packet(struct log *log, const struct divert_packet *pkt)
{
	struct divert_layout	 layout;
	const struct flow	*flow;
	const char		*id = NULL;

	(void)divert_packet_parse(pkt->data, pkt->len, &layout);
	if (log->flows != NULL) {
		flow = flow_packet(log->flows, pkt, &layout,
		    flow_time(&pkt->time));
		if (flow != NULL && flow->community_id[0] != '\0')
			id = flow->community_id;
	} else if (!log->text)
		id = community_cache_get(log->ids, pkt->data, &layout);
	if (log->options->mode != LOG_FLOW)
		write_packet(log, pkt, &layout, id);
}

static void
give_verdict(struct log *log, const struct divert_packet *pkt, int selected)
{
	if (selected && log->options->take)
		pump_verdict(log->pump, pkt, DIVERT_DROP, DIVERT_REASON_TAKEN);
	else
		pump_verdict(log->pump, pkt, DIVERT_PASS, DIVERT_REASON_NONE);
}

/* All may have to wait: the flows that are due, the record, the packet. */
static int
may_take(struct log *log, const struct divert_packet *pkt, int selected)
{
	if (!pump_room(log->pump, pkt->len))
		return (0);
	if (!log->waits || !selected)
		return (1);
	if (log->flows != NULL && !expire(log, flow_time(&pkt->time)))
		return (0);
	return (has_room(log, pkt->len));
}

static int
log_packets(void *arg, struct divert_packet *pkts, const uint8_t *selected,
    int n)
{
	struct log	*log = arg;
	int		 i, taken;

	for (taken = 0; taken < n; taken++) {
		if (!may_take(log, &pkts[taken], selected[taken]))
			break;
		give_verdict(log, &pkts[taken], selected[taken]);
		if (log->waits && selected[taken])
			log_packet(log, &pkts[taken]);
	}
	if (log->waits)
		return (taken);
	divert_port_flush(pump_port(log->pump));
	for (i = 0; i < taken; i++)
		if (selected[i])
			log_packet(log, &pkts[i]);
	return (taken);
}

static void
log_flush(void *arg)
{
	struct log	*log = arg;

	writer_flush(log->writer);
}

/* Nothing comes any more: what the table still holds, and the last figures. */
static void
finish(struct log *log)
{
	while (log->flows != NULL) {
		/* The reader first; then log_wake() goes on here. */
		if (!log->late && !has_room(log, 0))
			return;
		if (flow_flush(log->flows, FLOW_SHUTDOWN) == 0)
			break;
	}
	if (!log->text && (pump_live(log->pump) ||
	    log->options->stats_seconds > 0))
		write_stats(log);
	pump_drained(log->pump);
}

static void
log_wake(void *arg)
{
	struct log	*log = arg;

	/* pump_wake() has said it and set the status. */
	if (writer_error(log->writer) != 0 && !log->keep_going)
		pump_drain(log->pump);
	if (log->draining)
		finish(log);
}

/* Called a second time when the time to drain is over. */
static void
log_drain(void *arg)
{
	struct log	*log = arg;

	log->late = log->draining;
	log->draining = 1;
	if (log->file != NULL)
		logfile_hurry(log->file);
	finish(log);
}

static void
reopen(int signo, void *arg)
{
	struct log	*log = arg;

	(void)signo;
	logfile_reopen(log->file);
}

static void
open_record(struct log *log, const struct log_target *records)
{
	struct record_options	 options;
	char			 error[256], host[256];

	memset(&options, 0, sizeof(options));
	options.port = divert_port_name(pump_port(log->pump));
	options.fields = log->options->fields;
	options.snap = log->options->snap;
	options.bytes = log->options->bytes;
	options.nano = log->options->nano;
	options.color = (records->target.flags & DIVERT_ENCODE_COLOR) != 0;
	/* A capture may be another host's. */
	if (pump_live(log->pump) && gethostname(host, sizeof(host)) == 0) {
		host[sizeof(host) - 1] = '\0';
		options.host = host;
	}
	log->record = record_new(&options, error, sizeof(error));
	if (log->record == NULL)
		msg_die(1, "%s", error);
}

static void
open_flows(struct log *log)
{
	struct flow_options	 options;

	memset(&options, 0, sizeof(options));
	options.max = log->options->flows;
	options.idle = log->options->idle;
	options.active = log->options->active;
	options.burst = FLOW_BURST;
	options.no_community_id = log->text;
	options.ended = write_flow;
	options.arg = log;
	/* A capture gives the same records on every run. */
	if (pump_live(log->pump) &&
	    getentropy(options.seed, sizeof(options.seed)) == -1)
		msg_die(1, "random numbers: %s", strerror(errno));
	if ((log->flows = flow_table_new(&options)) == NULL)
		msg_die(errno == EINVAL ? 2 : 1, "flows: %s", strerror(errno));
	if (!pump_live(log->pump))
		return;
	log->flow_timer = loop_timer_new(flows_are_due, log);
	loop_timer_set(log->flow_timer, SECOND);
}

static void
open_log(struct log *log, const struct log_target *records)
{
	open_record(log, records);
	if (log->options->mode != LOG_PACKET)
		open_flows(log);
	else if ((log->ids = community_cache_new(0)) == NULL)
		msg_die(1, "out of memory");
	log->writer = writer_new(records->target.fd, records->target.name,
	    pump_wake, log->pump);
	pump_add_writer(log->pump, log->writer);
	if (log->file != NULL)
		loop_signal(SIGHUP, reopen, log);
	/* A full disk is an error of a run over a capture. */
	if (log->file != NULL && !pump_live(log->pump))
		logfile_lose(log->file);
	if (log->options->stats_seconds > 0) {
		log->stats_timer = loop_timer_new(stats_are_due, log);
		loop_timer_set(log->stats_timer,
		    (uint64_t)(log->options->stats_seconds * (double)SECOND));
	}
}

static void
close_log(struct log *log)
{
	writer_free(log->writer);
	flow_table_free(log->flows);
	community_cache_free(log->ids);
	record_free(log->record);
}

int
log_run(const struct log_options *options,
    const struct pump_options *pump_options, struct divert_port *port,
    const struct log_target *records, const struct target *onward)
{
	static const struct pump_handler handler = {
		.packets = log_packets,
		.flush = log_flush,
		.wake = log_wake,
		.drain = log_drain,
		.stats = add_figures,
	};
	struct log	 log;
	int		 status;

	memset(&log, 0, sizeof(log));
	log.options = options;
	log.file = records->file;
	log.text = records->target.format == DIVERT_FORMAT_TEXT;
	log.pump = pump_new(port, pump_options, &handler, &log);
	log.waits = options->block || !pump_live(log.pump);
	/* Traffic goes on without its log, which is not what stdout is for. */
	log.keep_going = pump_options->keep_going ||
	    (log.file != NULL && pump_live(log.pump));
	open_log(&log, records);
	if (onward != NULL)
		pump_set_onward(log.pump, output_new(onward->fd, onward->name,
		    onward->format, onward->flags, divert_port_name(port),
		    pump_wake, log.pump), log.waits);
	status = pump_run(log.pump);
	close_log(&log);
	if (logfile_finish(log.file) && status == 0)
		status = 1;
	return (status);
}
