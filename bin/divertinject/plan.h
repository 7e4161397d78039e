/* SPDX-License-Identifier: ISC */
#ifndef PLAN_H
#define PLAN_H

#include "divertutil.h"

/* What -n prints: which way packets would go, and why. */

struct plan;

/*
 * port: where they would go.  each: a line for each packet, as they come.
 * Ends the program when there is no memory.
 */
struct plan *plan_new(const char *port, uint32_t mark, int each);

/*
 * A packet that would be injected, or refused for a reason.  Returns whether
 * it would go, as far as is known.
 */
int	 plan_packet(struct plan *plan, const struct divert_packet *pkt,
	    enum divert_reason reason);

/* Print the summary on stdout. */
void	 plan_print(const struct plan *plan);
void	 plan_free(struct plan *plan);

#endif
