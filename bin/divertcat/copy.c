/* SPDX-License-Identifier: ISC */

/*
 * Copies out: packets go on (default, -t) or not (-x).  Going on comes first,
 * so that a slow reader costs copies and never time.  With --block, on a
 * capture, and with -x, where a lost copy would be a lost packet, a full
 * output stops the reading instead.
 */

#include "compat.h"

#include <jansson.h>
#include <stdio.h>

#include "cat.h"
#include "loop.h"
#include "msg.h"
#include "output.h"

struct copy {
	struct pump		*pump;
	struct output		*output;
	int			 keep_going;
	int			 take;
	int			 waits;		/* for the reader */
};

static int
copy_packets(void *arg, struct divert_packet *pkts, const uint8_t *selected,
    int n)
{
	struct copy	*copy = arg;
	int		 i, taken;

	for (taken = 0; taken < n; taken++) {
		if (!selected[taken]) {
			pump_verdict(copy->pump, &pkts[taken], DIVERT_PASS,
			    DIVERT_REASON_NONE);
			continue;
		}
		if (copy->waits && !output_room(copy->output,
		    pkts[taken].len))
			break;
		if (copy->take)
			pump_verdict(copy->pump, &pkts[taken], DIVERT_DROP,
			    DIVERT_REASON_TAKEN);
		else
			pump_verdict(copy->pump, &pkts[taken], DIVERT_PASS,
			    DIVERT_REASON_NONE);
		/* With a wait there is room; the copy comes first. */
		if (copy->waits)
			output_packet(copy->output, &pkts[taken]);
	}
	if (copy->waits)
		return (taken);
	divert_port_flush(pump_port(copy->pump));
	for (i = 0; i < taken; i++)
		if (selected[i])
			output_packet(copy->output, &pkts[i]);
	return (taken);
}

static void
copy_flush(void *arg)
{
	struct copy	*copy = arg;

	writer_flush(output_writer(copy->output));
}

static void
copy_wake(void *arg)
{
	struct copy	*copy = arg;

	/* pump_wake() has said it and set the status. */
	if (writer_error(output_writer(copy->output)) != 0 && !copy->keep_going)
		pump_drain(copy->pump);
}

static void
copy_drain(void *arg)
{
	struct copy	*copy = arg;

	pump_drained(copy->pump);
}

static void
copy_stats(void *arg, void *json, char *text, size_t size)
{
	struct copy	*copy = arg;

	if (json != NULL) {
		json_object_set_new(json, "copies",
		    json_integer((json_int_t)output_written(copy->output)));
		json_object_set_new(json, "copies_lost",
		    json_integer((json_int_t)output_lost(copy->output)));
		return;
	}
	snprintf(text, size, "; %llu copies, %llu copies lost",
	    (unsigned long long)output_written(copy->output),
	    (unsigned long long)output_lost(copy->output));
}

int
copy_run(const struct cat_options *options,
    const struct pump_options *pump_options, struct divert_port *port,
    const struct target *target)
{
	static const struct pump_handler handler = {
		.packets = copy_packets,
		.flush = copy_flush,
		.wake = copy_wake,
		.drain = copy_drain,
		.stats = copy_stats,
	};
	struct copy	 copy;
	int		 status;

	copy.keep_going = pump_options->keep_going;
	copy.pump = pump_new(port, pump_options, &handler, &copy);
	copy.output = output_new(target->fd, target->name, target->format,
	    options->encode_flags | target->flags,
	    divert_port_name(port), pump_wake, copy.pump);
	copy.take = options->mode == CAT_TAKE;
	copy.waits = options->block || copy.take || !pump_live(copy.pump);
	pump_add_writer(copy.pump, output_writer(copy.output));
	status = pump_run(copy.pump);
	output_free(copy.output);
	return (status);
}
