/* SPDX-License-Identifier: ISC */
#ifndef LOG_H
#define LOG_H

#include <stdint.h>

#include "divertutil.h"
#include "pump.h"
#include "target.h"

/* What divertlog's command line asks for. */

enum log_mode {
	LOG_PACKET,		/* in the order of -m's words */
	LOG_FLOW,
	LOG_BOTH
};

struct log_options {
	enum log_mode	 mode;
	int		 take;			/* -x */
	int		 block;
	int		 nano;
	int		 bytes;			/* -X */
	uint32_t	 snap;			/* 0: all */
	const char	*fields;		/* NULL: all */
	unsigned int	 flows;			/* most at once */
	double		 idle;			/* seconds; 0: by state */
	double		 active;		/* 0: not reported before the
						 * end */
	double		 stats_seconds;		/* -S */
};

struct logfile;

/* Text for people, or JSON lines; into a log, or what target is. */
struct log_target {
	struct target	 target;
	struct logfile	*file;			/* NULL: stdout */
};

/*
 * The handler: makes its state, runs the pump, and returns the exit status.
 * onward: of -w, NULL if there is none.
 */
int	 log_run(const struct log_options *options,
	    const struct pump_options *pump_options, struct divert_port *port,
	    const struct log_target *records, const struct target *onward);

#endif
