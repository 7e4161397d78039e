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
	void			(*look)(void *, struct meter_figures *);
	void			*arg;
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
	struct meter_figures	 now;
	char			 line[160], part[32];
	double			 seconds;

	meter->look(meter->arg, &now);
	seconds = (double)(loop_now() - meter->started) / SECOND;
	part[0] = '\0';
	if (now.percent != -1)
		snprintf(part, sizeof(part), "%d %%, ", now.percent);
	snprintf(line, sizeof(line), "\r%s: %s%llu packets, %.0f/s\033[K",
	    msg_tool(), part, (unsigned long long)now.packets,
	    (double)now.packets / seconds);
	show(line);
	meter->shown = 1;
	loop_timer_set(meter->timer, SECOND / 4);
}

struct meter *
meter_new(void (*look)(void *, struct meter_figures *), void *arg,
    int printing)
{
	struct meter		*meter;
	struct meter_figures	 now;

	look(arg, &now);
	if (msg_level() < 0 || now.percent == -1 || !isatty(STDERR_FILENO) ||
	    (printing && isatty(STDOUT_FILENO)))
		return (NULL);
	if ((meter = calloc(1, sizeof(*meter))) == NULL)
		msg_die(1, "out of memory");
	meter->look = look;
	meter->arg = arg;
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
