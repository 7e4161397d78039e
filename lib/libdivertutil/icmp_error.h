/* SPDX-License-Identifier: ISC */
#ifndef ICMP_ERROR_H
#define ICMP_ERROR_H

#include "divertutil.h"

/*
 * ICMP and ICMPv6 errors about packets: whether one may be sent, how it looks,
 * how many.  Not for programs of others.
 */

/* Why no error may be sent (RFC 1122 3.2.2, RFC 1812 4.3.2.7, RFC 4443 2.4). */
enum icmp_error_bar {
	ICMP_ERROR_MAY,			/* one may be */
	ICMP_ERROR_MALFORMED,		/* no packet to be understood */
	ICMP_ERROR_SOURCE,		/* is not the address of one host */
	ICMP_ERROR_DESTINATION,		/* neither is that: it sends the error */
	ICMP_ERROR_FRAGMENT,		/* not the first one of its datagram */
	ICMP_ERROR_ICMP,		/* an error itself, neighbour discovery,
					 * or of a type nobody knows */
	ICMP_ERROR_CHECKSUM		/* of the IPv4 header: whose is it? */
};

/*
 * Whether an error may be sent about the packet of this layout.  What the
 * broadcast address of a network is cannot be known here; nor is the upper
 * layer's checksum looked at, which only who receives the packet may judge.
 */
enum icmp_error_bar divert_icmp_error_bar(const uint8_t *data,
	    const struct divert_layout *layout);

/* What an error says. */
struct icmp_error {
	uint8_t		 type;
	uint8_t		 code;
	uint8_t		 tos;		/* its traffic class */
	uint32_t	 word;		/* MTU, pointer, or 0 */
};

/* No error is longer (RFC 4443 2.4 (c); 576 of IPv4, RFC 1812 4.3.2.3). */
#define ICMP_ERROR_SIZE	1280

/*
 * Make one about a packet about which one may be sent: from its destination to
 * its source, with as much of it as there is room for.  buf has ICMP_ERROR_SIZE
 * bytes and is no part of the packet.  Returns the length.
 */
uint32_t divert_icmp_error_make(const struct icmp_error *error,
	    const uint8_t *data, const struct divert_layout *layout,
	    uint8_t *buf);

/* So many a second (RFC 1812 4.3.2.8, RFC 4443 2.4 (f)). */
struct icmp_error_limit {
	uint64_t	 allowance;	/* ns, of which each costs its share */
	uint64_t	 since;
};

/* A second's errors may go at once. */
void	 divert_icmp_error_limit(struct icmp_error_limit *limit);
/*
 * May one more go now, nanoseconds of any clock?  It is counted then.  No more
 * than a second's are saved up.
 */
int	 divert_icmp_error_allow(struct icmp_error_limit *limit,
	    unsigned int per_second, uint64_t now);

#endif
