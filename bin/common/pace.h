/* SPDX-License-Identifier: ISC */
#ifndef PACE_H
#define PACE_H

#include <stdint.h>

#include "pump.h"

/*
 * When is a packet of a capture due?  An absolute schedule from the first
 * packet on, so that delays do not add up.
 */
struct pace {
	struct pump_pace pace;
	int		 started;
	int		 again;		/* the next packet begins another input */
	uint64_t	 start;		/* loop_now() of the first packet */
	int64_t		 first;		/* its time, ns */
	double		 base;		/* when that input began, ns */
	double		 due;		/* the last packet, ns */
	double		 sent;		/* packets or bits */
};

void	 pace_init(struct pace *pace, const struct pump_pace *what);
/*
 * Another input, or the same once more: its first packet is due when the last
 * one was.
 */
void	 pace_again(struct pace *pace);
/* Nanoseconds until the packet is due; 0: now. */
uint64_t pace_wait(struct pace *pace, const struct divert_packet *pkt,
	    uint64_t now);
/* It went. */
void	 pace_sent(struct pace *pace, const struct divert_packet *pkt);

/*
 * "orig", "2.5x", "1000/s", "10M" (bits a second; k, M, G), "max".  0, or -1
 * when it is none of them.
 */
int	 pace_parse(const char *text, struct pump_pace *pace);

#endif
