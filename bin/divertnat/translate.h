/* SPDX-License-Identifier: ISC */
#ifndef TRANSLATE_H
#define TRANSLATE_H

#include "divertutil.h"
#include "load.h"
#include "nat_log.h"
#include "pump.h"
#include "rules.h"

/* Packets from a port to the engine and back: the handler of divertnat. */

struct control;
struct interfaces;
struct logfile;
struct statefile;
struct target;

struct translate_setup {
	const struct load	*load;
	struct rules		*rules;		/* resolved; taken over */
	struct divert_filter	*outbound;	/* what goes out, where packets
						 * do not say; NULL: none */
	struct nat_log_options	 log;
	struct logfile		*log_file;	/* NULL: no log, or stdout */
	int			 log_fd;	/* -1: no log */
	const char		*log_name;
	double			 stats_seconds;	/* into the log; 0: none */
	const struct target	*onward;	/* -w; NULL: none */
	struct control		*control;	/* NULL: none */
	struct interfaces	*interfaces;
	struct statefile	*state;		/* NULL: none */
};

/* Run to the end; returns the exit status. */
int	 translate_run(const struct translate_setup *,
	    const struct pump_options *, struct divert_port *);

#endif
