/* SPDX-License-Identifier: ISC */
#ifndef SHOW_H
#define SHOW_H

#include <stddef.h>
#include <stdint.h>

#include "divertutil.h"
#include "nat.h"

/* What a running divertnat shows of itself, as text or JSON lines. */

/*
 * States from number *at on into buf, of SHOW_STATES_MAX bytes; *at goes on.
 * Returns how many bytes; 0: that was all.
 */
#define SHOW_STATES_MAX	65536
size_t	 show_states(const struct nat *, unsigned int *at, uint64_t now,
	    int json, char *buf);

/* The rules as they are understood; the caller frees.  NULL: ENOMEM. */
char	*show_rules(const struct rules *, int json, size_t *len);

struct show_info {
	const char		*port;
	const char		*rules;		/* where they are from */
	const char		*state_file;	/* NULL: none */
	double			 uptime;
	struct divert_stats	 stats;
	struct nat_counts	 counts;
	unsigned int		 states_limit;
	uint64_t		 saved;		/* snapshots written */
	int			 save_error;	/* errno of the last, or 0 */
};
char	*show_info(const struct show_info *, int json, size_t *len);

/* The engine's figures as members of a JSON object (jansson's), or as text. */
void	 show_figures(const struct nat_counts *, void *json, char *text,
	    size_t size);

#endif
