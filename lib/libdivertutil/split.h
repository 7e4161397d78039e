/* SPDX-License-Identifier: ISC */
#ifndef SPLIT_H
#define SPLIT_H

#include <stddef.h>
#include <stdint.h>

/*
 * Takes one fragment: its headers, lengths and header checksum right, and
 * its share of the packet's bytes; both borrowed for the call.  Returns 0, or
 * -1 with errno to end the splitting.
 */
struct split_sink {
	int	(*fragment)(void *arg, const uint8_t *head, size_t hlen,
		    const uint8_t *body, size_t len);
	void	*arg;
};

/*
 * Cut the IP packet of len bytes into fragments of at most size bytes: IPv4
 * as a router would (RFC 791 3.2), IPv6 as a sender would (RFC 8200 4.5).  A
 * packet that fits is handed over as it is.  A fragment is cut further and
 * stays part of its datagram.
 * id: of the fragments of a packet that has none, that is of IPv6, and of
 * IPv4 where it is 0.
 * Returns how many there were, or -1:
 *   EMSGSIZE  it does not fit and says "do not fragment"
 *   EINVAL    no IP packet, a size that leaves no room for 8 bytes behind the
 *             headers, or an end beyond what offsets can say
 *   others    of the sink
 */
int	divert_split(const uint8_t *data, size_t len, size_t size, uint32_t id,
	    const struct split_sink *sink);

#endif
