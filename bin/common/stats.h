/* SPDX-License-Identifier: ISC */
#ifndef STATS_H
#define STATS_H

#include <stddef.h>

#include "divertutil.h"

/*
 * Before privileges are dropped: the JSON library opens the system's source
 * of random numbers at its first object, which a sandbox would not survive
 * (pledge(2)) or refuse.
 */
void	stats_init(void);

/* Add the figures of one port to those of others. */
void	stats_add(struct divert_stats *sum, const struct divert_stats *more);

/*
 * Print a port's statistics on stderr: one line of text, or one JSON object.
 * more: adds the tool's own figures to both, or NULL; text is what follows
 * the line.
 */
void	stats_print(const char *port, const struct divert_stats *stats,
	    int json, void (*more)(void *, void *json, char *text, size_t size),
	    void *arg);

/*
 * The same figures as the text of a JSON object, for a tool's own log.  The
 * caller frees.  Ends the program when there is no memory.
 */
char	*stats_object(const struct divert_stats *stats,
	    void (*more)(void *, void *json, char *text, size_t size),
	    void *arg);

#endif
