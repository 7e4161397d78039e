/* SPDX-License-Identifier: ISC */
#ifndef INJECT_H
#define INJECT_H

#include "divertutil.h"
#include "inputs.h"
#include "plan.h"
#include "pump.h"
#include "target.h"

/* Where packets go, one of three, and what is done to them before. */
struct inject_options {
	struct divert_port	*port;		/* live */
	const struct target	*target;	/* of -w */
	struct plan		*plan;		/* -n */
	const char		*name;		/* of that */
	int			 keep;		/* -K */
	int			 reject;	/* --reject */
	int			 status;	/* of inputs that were no captures */
};

/*
 * Run; inputs are open.  Closes the port and prints the plan.  Returns the
 * exit status.
 */
int	 inject_run(const struct inject_options *options,
	    const struct pump_options *pump_options, struct inputs *inputs);

#endif
