/* SPDX-License-Identifier: ISC */
#ifndef SHOW_H
#define SHOW_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "divertutil.h"
#include "nat.h"

/* What a running divertnat shows of itself, as text or JSON lines. */

/* When this is: by the engine's clock, and for people. */
struct show_time {
	uint64_t	 now;
	struct timespec	 wall;
};

/*
 * States from number *at on into buf, of SHOW_STATES_MAX bytes; *at goes on.
 * Returns how many bytes; 0: that was all.
 */
#define SHOW_STATES_MAX	65536
size_t	 show_states(const struct nat *, unsigned int *at,
	    const struct show_time *, int json, char *buf);

/* The same of outside addresses, and of their ports how many are taken. */
size_t	 show_addresses(const struct nat *, unsigned int *at,
	    const struct show_time *, int json, char *buf);

/* The rules as they are understood; the caller frees.  NULL: ENOMEM. */
char	*show_rules(const struct rules *, const struct show_time *, int json,
	    size_t *len);

/* The tool's own figures, beside those of its port. */
struct show_figures {
	struct nat_counts	 counts;
	unsigned int		 sessions_limit;
	int			 logs;		/* there is a log */
	uint64_t		 records;	/* its lines */
	uint64_t		 records_lost;
};

/* As members of a JSON object (jansson's), or as text. */
void	 show_figures(const struct show_figures *, void *json, char *text,
	    size_t size);

struct show_info {
	struct show_time	 time;
	const char		*port;
	const char		*rules;		/* their file; NULL: none */
	unsigned int		 nrules;
	const char		*state_file;	/* NULL: none */
	double			 uptime;
	struct divert_stats	 stats;
	struct show_figures	 figures;
	const char		*stats_object;	/* both, as JSON */
	uint64_t		 saved;		/* snapshots written */
	const char		*save_error;	/* of the last; NULL: none */
};
char	*show_info(const struct show_info *, int json, size_t *len);

#endif
