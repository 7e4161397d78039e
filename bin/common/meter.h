/* SPDX-License-Identifier: ISC */
#ifndef METER_H
#define METER_H

#include "divertutil.h"

/*
 * A progress meter on stderr for work on files: from the first second on,
 * where stderr is a terminal and the input's size is known.
 */
struct meter;

/* Tells how far the work is: percent, -1 unknown, and how many packets. */
struct meter_figures {
	int		 percent;
	uint64_t	 packets;
};

/*
 * printing: what is done goes to stdout, and not between its lines.  NULL
 * where there is nothing to show, or nobody to show it to.
 */
struct meter *meter_new(void (*look)(void *, struct meter_figures *),
	    void *arg, int printing);

/* Take the line away; before anything else is said.  NULL is allowed. */
void	 meter_free(struct meter *meter);

#endif
