/* SPDX-License-Identifier: ISC */
#ifndef METER_H
#define METER_H

#include "divertutil.h"

/*
 * A progress meter on stderr for work on files: from the first second on,
 * where stderr is a terminal, stdout is not, and the input's size is known.
 */
struct meter;

/* NULL where there is nothing to show, or nobody to show it to. */
struct meter *meter_new(struct divert_port *port);

/* Take the line away; before anything else is said.  NULL is allowed. */
void	 meter_free(struct meter *meter);

#endif
