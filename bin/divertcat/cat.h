/* SPDX-License-Identifier: ISC */
#ifndef CAT_H
#define CAT_H

#include "divertutil.h"
#include "pump.h"
#include "target.h"

/* What divertcat's command line asks for. */

enum cat_mode {
	CAT_COPY,		/* default, -t */
	CAT_TAKE,		/* -x */
	CAT_BOTH,		/* -b */
	CAT_COMMAND		/* -- command */
};

enum cat_overload { OVERLOAD_WAIT, OVERLOAD_PASS, OVERLOAD_DROP };
enum cat_on_exit { ON_EXIT_EXIT, ON_EXIT_PASS, ON_EXIT_DROP, ON_EXIT_RESTART };

struct cat_options {
	enum cat_mode		 mode;
	enum cat_overload	 overload;
	enum cat_on_exit	 on_exit;
	int			 timeout_passes;	/* --on-timeout pass */
	int			 timeout_given;
	double			 timeout;		/* seconds */
	unsigned int		 window;
	int			 block;
	int			 keep_checksums;	/* -K */
	enum divert_format	 format;		/* of the filter's packets */
	unsigned int		 encode_flags;
	enum divert_direction	 direction;		/* -D */
	const char		*ifname;		/* -i */
};

struct command;

/*
 * The two handlers.  Each makes its state, runs the pump, and returns the
 * exit status.
 */
int	 copy_run(const struct cat_options *options,
	    const struct pump_options *pump_options, struct divert_port *port,
	    const struct target *target);
/* target: of -w, NULL if there is none.  command: NULL for -b. */
int	 both_run(const struct cat_options *options,
	    const struct pump_options *pump_options, struct divert_port *port,
	    const struct target *target, struct command *command);

#endif
