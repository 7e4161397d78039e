/* SPDX-License-Identifier: ISC */

/*
 * Injection into the Linux stack: what is an IP packet and which way it goes.
 * Every packet carries the mark bit that rules let by, so that it does not
 * come back to the queue.
 */

#include "compat.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "inject_linux.h"

struct divert_injector {
	struct inject_raw	 raw;
	struct inject_veth	 veth;
	int			 raw_error;	/* 0: open */
	int			 veth_error;
	uint32_t		 mark;
};

struct divert_injector *
divert_injector_open(uint32_t mark, char *errbuf, size_t errlen)
{
	struct divert_injector	*injector;

	if ((injector = calloc(1, sizeof(*injector))) == NULL) {
		strlcpy(errbuf, "out of memory", errlen);
		return (NULL);
	}
	injector->mark = mark;
	if (divert_inject_raw_open(&injector->raw, mark) == -1)
		injector->raw_error = errno;
	if (divert_inject_veth_open(&injector->veth, mark) == -1)
		injector->veth_error = errno;
	/* One of the two is better than none. */
	if (injector->raw_error == 0 || injector->veth_error == 0)
		return (injector);
	errno = injector->raw_error;
	free(injector);
	if (errno == EPERM)
		strlcpy(errbuf, "needs root or CAP_NET_RAW", errlen);
	else
		snprintf(errbuf, errlen, "raw socket: %s", strerror(errno));
	return (NULL);
}

/*
 * What goes out is the IP packet, not what is behind it.  0, or -1: EINVAL.
 */
static int
check_packet(const struct divert_packet *pkt, struct inject_packet *ip)
{
	uint32_t	 hlen;

	ip->data = pkt->data;
	ip->version = pkt->len == 0 ? 0 : pkt->data[0] >> 4;
	if (ip->version == 4 && pkt->len >= 20) {
		hlen = (pkt->data[0] & 15u) * 4;
		ip->len = get16(pkt->data + 2);
		if (hlen >= 20 && hlen <= ip->len && ip->len <= pkt->len)
			return (0);
	} else if (ip->version == 6 && pkt->len >= 40) {
		ip->len = 40u + get16(pkt->data + 4);
		if (ip->len <= pkt->len)
			return (0);
	}
	errno = EINVAL;
	return (-1);
}

/*
 * What arrives on a loopback has been sent on it: the stack believes nothing
 * else that has an address of this machine as its source.
 */
static int
send_in(struct divert_injector *injector, const struct inject_packet *ip,
    const struct divert_packet *pkt)
{
	int	 loopback;

	loopback = divert_inject_veth_send(&injector->veth, ip, pkt->ifname,
	    pkt->in_ifindex);
	if (loopback <= 0)
		return (loopback);
	if (injector->raw_error != 0) {
		errno = ENOTSUP;
		return (-1);
	}
	return (divert_inject_raw_send(&injector->raw, ip,
	    (uint32_t)loopback));
}

/* The interface matters only where the destination does not say it. */
static int
send_out(struct divert_injector *injector, const struct inject_packet *ip,
    const struct divert_packet *pkt)
{
	return (divert_inject_raw_send(&injector->raw, ip,
	    divert_inject_needs_interface(ip) ? pkt->out_ifindex : 0));
}

int
divert_injector_send(struct divert_injector *injector,
    const struct divert_packet *pkt)
{
	struct inject_packet	 ip;

	if (check_packet(pkt, &ip) == -1)
		return (-1);
	ip.mark = injector->mark;
	if (pkt->flags & DIVERT_PACKET_HAS_MARK)
		ip.mark |= pkt->mark;
	switch (pkt->direction) {
	case DIVERT_DIRECTION_IN:
		if (injector->veth_error != 0)
			break;
		return (send_in(injector, &ip, pkt));
	case DIVERT_DIRECTION_OUT:
		if (injector->raw_error != 0)
			break;
		return (send_out(injector, &ip, pkt));
	default:
		errno = EINVAL;
		return (-1);
	}
	errno = ENOTSUP;
	return (-1);
}

void
divert_injector_close(struct divert_injector *injector)
{
	if (injector == NULL)
		return;
	if (injector->raw_error == 0)
		divert_inject_raw_close(&injector->raw);
	if (injector->veth_error == 0)
		divert_inject_veth_close(&injector->veth);
	free(injector);
}
