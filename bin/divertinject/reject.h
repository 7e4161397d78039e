/* SPDX-License-Identifier: ISC */
#ifndef REJECT_H
#define REJECT_H

#include "divertutil.h"

/*
 * The answer of a firewall that rejects: what block return of pf.conf and
 * REJECT of iptables send.
 */

/* Why there is no answer. */
enum reject_reason {
	REJECT_NONE,			/* there is one */
	REJECT_MALFORMED,		/* no packet to be understood */
	REJECT_CHECKSUM,		/* damaged: who would receive it? */
	REJECT_FRAGMENT,		/* a fragment that does not tell enough */
	REJECT_RESET,			/* a TCP reset */
	REJECT_ICMP,			/* an ICMP error, neighbour discovery,
					 * or of a type nobody knows */
	REJECT_SOURCE,			/* is not the address of one host */
	REJECT_DESTINATION,		/* neither is that */
	REJECT_REASONS
};

/* Its name in statistics.  Static; "unknown" for numbers out of range. */
const char *reject_reason_name(enum reject_reason);

/* The room an answer needs: IPv6 sends no larger errors (RFC 4443 2.4). */
#define REJECT_SIZE	(DIVERT_HEADROOM + 1280)

/*
 * Make the answer to a packet, whose layout is as divert_packet_parse() left
 * it, in buf, which has size bytes, REJECT_SIZE being enough.  It is of the
 * address the packet was sent to, and goes the other way by the interface the
 * packet came or would have gone by.
 *   TCP             a reset (RFC 9293 3.10.7.1)
 *   UDP, UDP-Lite, DCCP, SCTP, and TCP of which too little is known
 *                   ICMP port unreachable
 *   anything else   ICMP communication administratively prohibited (RFC 1812
 *                   5.2.7.1, RFC 4443 3.1)
 * answer is filled in, with the packet's time; its bytes are in buf.  Whether
 * to send so many answers is the caller's to decide (RFC 1812 4.3.2.8).
 * Returns 1; or 0 when none may be sent, and *why says so.
 */
int	reject_make(const struct divert_packet *pkt,
	    const struct divert_layout *layout, uint8_t *buf, size_t size,
	    struct divert_packet *answer, enum reject_reason *why);

#endif
