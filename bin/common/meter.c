/* SPDX-License-Identifier: ISC */

#include "compat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loop.h"
#include "meter.h"
#include "msg.h"

#define SECOND	1000000000u

struct meter {
	struct divert_port	*port;
	struct loop_timer	*timer;
	uint64_t		 started;
	int			 shown;
};

static void
show(const char *line)
{
	if (write(STDERR_FILENO, line, strlen(line)) == -1)
		return;		/* a meter is worth no complaint */
}

static void
tick(void *arg)
{
	struct meter		*meter = arg;
	struct divert_stats	 stats;
	char			 line[160];
	uint64_t		 done;
	double			 seconds;

	divert_port_stats(meter->port, &stats);
	done = stats.received - stats.held;
	seconds = (double)(loop_now() - meter->started) / SECOND;
	snprintf(line, sizeof(line), "\r%s: %d %%, %llu packets, %.0f/s\033[K",
	    msg_tool(), divert_port_progress(meter->port),
	    (unsigned long long)done, (double)done / seconds);
	show(line);
	meter->shown = 1;
	loop_timer_set(meter->timer, SECOND / 4);
}

struct meter *
meter_new(struct divert_port *port)
{
	struct meter	*meter;

	if (msg_level() < 0 || divert_port_progress(port) == -1 ||
	    !isatty(STDERR_FILENO) || isatty(STDOUT_FILENO))
		return (NULL);
	if ((meter = calloc(1, sizeof(*meter))) == NULL)
		msg_die(1, "out of memory");
	meter->port = port;
	meter->started = loop_now();
	meter->timer = loop_timer_new(tick, meter);
	loop_timer_set(meter->timer, SECOND);
	return (meter);
}

void
meter_free(struct meter *meter)
{
	if (meter == NULL)
		return;
	if (meter->shown)
		show("\r\033[K");
	loop_timer_free(meter->timer);
	free(meter);
}
