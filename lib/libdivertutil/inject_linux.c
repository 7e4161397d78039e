/* SPDX-License-Identifier: ISC */

/*
 * Injection into the Linux stack: what is an IP packet and which way it goes.
 * Every packet carries the mark bit that rules let by, so that it does not
 * come back to the queue.
 */

#include "compat.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include <linux/if.h>

#include "inject_linux.h"
#include "link_scope.h"

#define SEND_TIMEOUT_MS	50
#define SNDBUF_DEFAULT	(1024 * 1024)

enum way {
	WAY_NONE,
	WAY_OUT4,
	WAY_OUT6,
	WAY_IN
};

struct divert_injector {
	struct inject_raw	 raw;
	struct inject_veth	 veth;
	struct inject_run	 run;
	int			 raw_error;	/* 0: open */
	int			 veth_error;
	uint32_t		 mark;
};

unsigned int
divert_inject_sndbuf(int fd, unsigned int want)
{
	socklen_t	 len;
	int		 size;

	size = (int)want;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) ==
	    -1)
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size,
		    sizeof(size));
	len = sizeof(size);
	if (getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, &len) == -1 ||
	    size < 0)
		return (0);
	/* The kernel says twice what was asked for (socket(7)). */
	return ((unsigned int)size / 2);
}

void
divert_inject_control(struct msghdr *msg, int level, int type,
    const void *data, size_t len)
{
	struct cmsghdr	*cmsg;

	cmsg = (struct cmsghdr *)(void *)((uint8_t *)msg->msg_control +
	    msg->msg_controllen);
	memset(cmsg, 0, CMSG_SPACE(len));
	cmsg->cmsg_level = level;
	cmsg->cmsg_type = type;
	cmsg->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(cmsg), data, len);
	msg->msg_controllen += CMSG_SPACE(len);
}

void
divert_inject_message(struct msghdr *msg, struct inject_message *m,
    socklen_t tolen, size_t n, uint32_t mark, uint32_t socket_mark)
{
	memset(&m->to, 0, tolen);
	msg->msg_name = &m->to;
	msg->msg_namelen = tolen;
	msg->msg_iov = m->iov;
	msg->msg_iovlen = n;
	msg->msg_control = m->control;
	msg->msg_controllen = 0;
	msg->msg_flags = 0;
	if (mark != socket_mark)
		divert_inject_control(msg, SOL_SOCKET, SO_MARK, &mark,
		    sizeof(mark));
}

int
divert_inject_send(int fd, struct mmsghdr *msgs, int n)
{
	struct pollfd	 pfd;
	int		 sent;

	for (;;) {
		sent = sendmmsg(fd, msgs, (unsigned int)n, MSG_DONTWAIT);
		if (sent > 0)
			return (sent);
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return (-1);
		pfd.fd = fd;
		pfd.events = POLLOUT;
		if (poll(&pfd, 1, SEND_TIMEOUT_MS) <= 0) {
			errno = ENOBUFS;
			return (-1);
		}
	}
}

struct divert_injector *
divert_injector_open(uint32_t mark, unsigned int *sndbuf, char *errbuf,
    size_t errlen)
{
	struct divert_injector	*injector;
	unsigned int		 got;

	if ((injector = calloc(1, sizeof(*injector))) == NULL) {
		strlcpy(errbuf, "out of memory", errlen);
		return (NULL);
	}
	injector->mark = mark;
	got = *sndbuf == 0 ? SNDBUF_DEFAULT : *sndbuf;
	*sndbuf = got;
	if (divert_inject_raw_open(&injector->raw, mark, sndbuf) == -1)
		injector->raw_error = errno;
	if (divert_inject_veth_open(&injector->veth, mark, &got) == -1)
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

/* Packets of a batch that go the same way and are not sent yet. */
struct pending {
	struct inject_packet	 ip[DIVERT_BATCH_MAX];
	struct divert_injected	*results;	/* the first one's */
	int			 n;
	enum way		 way;
};

static void
send_pending(struct divert_injector *injector, struct pending *p)
{
	if (p->n > 0 && p->way == WAY_IN)
		divert_inject_veth_send(&injector->veth, &injector->run,
		    p->ip, p->n, p->results);
	else if (p->n > 0)
		divert_inject_raw_send(&injector->raw, &injector->run, p->ip,
		    p->n, p->results);
	p->n = 0;
}

/* Is the interface it goes out by known by its name alone? */
static int
needs_lookup(const struct divert_packet *pkt)
{
	return (pkt->out_ifindex == 0 && pkt->ifname[0] != '\0' &&
	    divert_link_scope(pkt->data, pkt->len));
}

/*
 * What arrives on a loopback has been sent on it: the stack believes nothing
 * else that has an address of this machine as its source.
 */
static enum way
find_way_in(struct divert_injector *injector, const struct divert_packet *pkt,
    struct inject_packet *ip, struct pending *p)
{
	const struct inject_target	*target;
	int				 number;

	errno = ENOTSUP;
	if (injector->veth_error != 0)
		return (WAY_NONE);
	number = divert_inject_veth_find(&injector->veth, pkt->ifname,
	    pkt->in_ifindex);
	if (number == -1) {
		/* One that is waited for may have to go. */
		send_pending(injector, p);
		number = divert_inject_veth_target(&injector->veth,
		    pkt->ifname, pkt->in_ifindex);
	}
	if (number == -1)
		return (WAY_NONE);
	target = &injector->veth.target[number];
	errno = ENETDOWN;
	if ((target->flags & (IFF_UP | IFF_LOWER_UP)) !=
	    (IFF_UP | IFF_LOWER_UP))
		return (WAY_NONE);
	ip->target = (uint8_t)number;
	if ((target->flags & IFF_LOOPBACK) == 0)
		return (WAY_IN);
	ip->through = target->ifindex;
	errno = ENOTSUP;
	if (injector->raw_error != 0)
		return (WAY_NONE);
	return (ip->version == 4 ? WAY_OUT4 : WAY_OUT6);
}

/*
 * The routing table decides, but where the destination means nothing without
 * an interface.
 */
static enum way
find_way_out(struct divert_injector *injector, const struct divert_packet *pkt,
    struct inject_packet *ip)
{
	struct route_link	 link;

	errno = ENOTSUP;
	if (injector->raw_error != 0)
		return (WAY_NONE);
	if (needs_lookup(pkt)) {
		if (injector->veth_error != 0 || divert_route_link(
		    injector->veth.route, pkt->ifname, 0, &link) == -1)
			return (WAY_NONE);
		ip->through = link.ifindex;
	} else if (divert_link_scope(ip->data, ip->len))
		ip->through = pkt->out_ifindex;
	return (ip->version == 4 ? WAY_OUT4 : WAY_OUT6);
}

/* Which way a packet goes; WAY_NONE with errno.  May send what is pending. */
static enum way
find_way(struct divert_injector *injector, const struct divert_packet *pkt,
    struct inject_packet *ip, struct pending *p)
{
	if (check_packet(pkt, ip) == -1)
		return (WAY_NONE);
	ip->mark = injector->mark;
	if (pkt->flags & DIVERT_PACKET_HAS_MARK)
		ip->mark |= pkt->mark;
	ip->through = 0;
	ip->target = 0;
	switch (pkt->direction) {
	case DIVERT_DIRECTION_IN:
		return (find_way_in(injector, pkt, ip, p));
	case DIVERT_DIRECTION_OUT:
		return (find_way_out(injector, pkt, ip));
	default:
		errno = EINVAL;
		return (WAY_NONE);
	}
}

void
divert_injector_send_batch(struct divert_injector *injector,
    const struct divert_packet *const *pkts, int n,
    struct divert_injected *results)
{
	struct inject_packet	 ip;
	struct pending		 p;
	enum way		 way;
	int			 i;

	if (injector->veth_error == 0)
		divert_inject_veth_refresh(&injector->veth);
	p.n = 0;
	for (i = 0; i < n; i++) {
		way = find_way(injector, pkts[i], &ip, &p);
		if (way == WAY_NONE) {
			results[i].error = errno;
			results[i].mtu = 0;
		}
		if (p.n > 0 && way != p.way)
			send_pending(injector, &p);
		if (way == WAY_NONE)
			continue;
		if (p.n == 0) {
			p.way = way;
			p.results = &results[i];
		}
		p.ip[p.n++] = ip;
		if (p.n == DIVERT_BATCH_MAX)
			send_pending(injector, &p);
	}
	send_pending(injector, &p);
}

int
divert_injector_send(struct divert_injector *injector,
    const struct divert_packet *pkt)
{
	struct divert_injected	 result;

	divert_injector_send_batch(injector, &pkt, 1, &result);
	errno = result.error;
	return (errno == 0 ? 0 : -1);
}

void
divert_injector_keep(struct divert_injector *injector)
{
	if (injector->veth_error == 0)
		divert_inject_veth_close(&injector->veth);
	injector->veth_error = ENOTSUP;
}

int
divert_injector_can(const struct divert_injector *injector,
    const struct divert_packet *pkt)
{
	if (injector->raw_error != 0 ||
	    pkt->direction != DIVERT_DIRECTION_OUT || needs_lookup(pkt))
		return (0);
	/* The kernel lets nobody else set one for a packet. */
	return ((pkt->flags & DIVERT_PACKET_HAS_MARK) == 0 ||
	    (injector->mark | pkt->mark) == injector->mark);
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
