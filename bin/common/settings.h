/* SPDX-License-Identifier: ISC */
#ifndef SETTINGS_H
#define SETTINGS_H

#include "divertutil.h"
#include "pump.h"

/* What the command line of every tool can say; begin with zeros. */
struct settings {
	struct pump_options	 pump;
	struct divert_options	 port;
	const char		*read_path;	/* -r */
	const char		*write_path;	/* -w */
	const char		*filter_file;
	const char		*user;		/* -u */
	enum divert_format	 format;	/* -F */
	int			 format_given;
	int			 level;		/* -q -1, -v 1.. */
	int			 gso;		/* 1 on, -1 off, 0: the tool's */
	int			 live_only;	/* an option for live ports */
};

/*
 * Take an option of options.h that means the same in every tool.  1, or 0:
 * it is the tool's own.  A wrong value ends the program (status 2).
 */
int	 settings_option(struct settings *settings, int option,
	    const char *argument);

/*
 * All options are read: messages at the level asked for, ports as this
 * system needs them.  gso: the tool's own choice where --gso does not say.
 */
void	 settings_done(struct settings *settings, const char *tool, int gso);

/* Options for live ports with the name of a capture end the program. */
void	 settings_check(const struct settings *settings, const char *name);

#endif
