/* SPDX-License-Identifier: ISC */
#ifndef FLOW_TCP_H
#define FLOW_TCP_H

#include <stdint.h>

#include "flow.h"

/*
 * How far a connection is.  Sequence numbers are not followed: an RST closes
 * whoever sent it, and so does the first ACK of the side whose FIN is to be
 * acknowledged last.  What comes after that is still counted with it.
 */
struct flow_tcp {
	uint8_t		 fins;		/* a bit for each side's FIN */
	uint8_t		 last_fin;	/* the side whose FIN was second */
	uint8_t		 closed_by;	/* enum flow_reason, when closed */
};

/* The flags of a segment that has its ports; -1: none. */
int	 flow_tcp_flags(const uint8_t *data, const struct divert_layout *);

/* A segment with these flags was sent: to flow->tcp_flags, and its state. */
void	 flow_tcp_follow(struct flow_tcp *, struct flow *, enum flow_side,
	    uint8_t flags);

/* Have both sides sent a FIN? */
static inline int
flow_tcp_has_fins(const struct flow_tcp *tcp)
{
	return (tcp->fins == 3);
}

/* A first segment: a new connection? */
int	 flow_tcp_begins(int flags);
/* A segment after handshake: an ACK and neither SYN nor RST. */
int	 flow_tcp_goes_on(int flags);

#endif
