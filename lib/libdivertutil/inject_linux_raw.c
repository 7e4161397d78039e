/* SPDX-License-Identifier: ISC */

/*
 * Outbound injection by raw sockets with the header included (raw(7),
 * ipv6(7)).  The packet passes the OUTPUT and POSTROUTING hooks and the
 * routing table: the sockets are bound to no interface, so that routing
 * decides, as it does for what divert(4) writes.
 *
 * IPv4: the kernel writes total length and header checksum, and an id where
 * there is none.  It refuses what is larger than the MTU, with or without DF,
 * and puts the MTU into the socket's error queue; fragments are made here.
 * IPv6: sent as it is, and never cut on the way (RFC 8200 4.5).
 */

#include "compat.h"

#include <sys/socket.h>

#include <netinet/in.h>

#include <errno.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include <linux/errqueue.h>
#include <linux/filter.h>

#include "inject_linux.h"
#include "split.h"

#define SEND_TIMEOUT_MS	50

#ifndef IPV6_HDRINCL
#define IPV6_HDRINCL	36
#endif

/*
 * What is common to both: nothing is ever read from these sockets, so they
 * let nothing in.
 */
static int
open_raw(int family, uint32_t mark, int level, int option)
{
	struct sock_filter	 none = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog	 prog = { 1, &none };
	int			 error, fd, on, size;

	if ((fd = socket(family, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    IPPROTO_RAW)) == -1)
		return (-1);
	on = 1;
	/* A packet without its mark would come back: no mark, no socket. */
	if (setsockopt(fd, level, option, &on, sizeof(on)) == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) == -1) {
		error = errno;
		close(fd);
		errno = error;
		return (-1);
	}
	(void)setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
	    sizeof(prog));
	size = 1024 * 1024;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) ==
	    -1)
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size,
		    sizeof(size));
	return (fd);
}

int
divert_inject_raw_open(struct inject_raw *raw, uint32_t mark)
{
	struct timespec	 ts;
	int		 error, on;

	raw->mark = mark;
	raw->fd4 = open_raw(AF_INET, mark, IPPROTO_IP, IP_HDRINCL);
	error = errno;
	raw->fd6 = open_raw(AF_INET6, mark, IPPROTO_IPV6, IPV6_HDRINCL);
	if (raw->fd4 == -1 && raw->fd6 == -1) {
		errno = error;
		return (-1);
	}
	on = 1;
	if (raw->fd4 != -1)
		(void)setsockopt(raw->fd4, IPPROTO_IP, IP_RECVERR, &on,
		    sizeof(on));
	clock_gettime(CLOCK_MONOTONIC, &ts);
	raw->next_id = (uint16_t)(ts.tv_nsec >> 4);
	return (0);
}

/* Send, waiting a little where the interface is behind. */
static int
send_packet(int fd, const struct msghdr *msg)
{
	struct pollfd	 pfd;

	for (;;) {
		if (sendmsg(fd, msg, MSG_DONTWAIT) != -1)
			return (0);
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

union control {
	struct cmsghdr	 align;
	uint8_t		 buf[CMSG_SPACE(sizeof(uint32_t)) +
			    CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

/* Append a control message to those of msg, whose room is a union control. */
static void
put_control(struct msghdr *msg, union control *control, int level, int type,
    const void *data, size_t len)
{
	struct cmsghdr	*cmsg;

	cmsg = (struct cmsghdr *)(void *)(control->buf + msg->msg_controllen);
	memset(cmsg, 0, CMSG_SPACE(len));
	cmsg->cmsg_level = level;
	cmsg->cmsg_type = type;
	cmsg->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(cmsg), data, len);
	msg->msg_control = control->buf;
	msg->msg_controllen += CMSG_SPACE(len);
}

/* Send head and body as one IPv4 packet. */
static int
send4(struct inject_raw *raw, const uint8_t *head, size_t hlen,
    const uint8_t *body, size_t len, uint32_t mark, uint32_t through)
{
	struct in_pktinfo	 info;
	struct sockaddr_in	 sin;
	union control		 control;
	struct msghdr		 msg;
	struct iovec		 iov[2];

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	memcpy(&sin.sin_addr, head + 16, sizeof(sin.sin_addr));
	iov[0].iov_base = (void *)(uintptr_t)head;
	iov[0].iov_len = hlen;
	iov[1].iov_base = (void *)(uintptr_t)body;
	iov[1].iov_len = len;
	memset(&msg, 0, sizeof(msg));
	msg.msg_name = &sin;
	msg.msg_namelen = sizeof(sin);
	msg.msg_iov = iov;
	msg.msg_iovlen = 2;
	if (mark != raw->mark)
		put_control(&msg, &control, SOL_SOCKET, SO_MARK, &mark,
		    sizeof(mark));
	if (through != 0) {
		memset(&info, 0, sizeof(info));
		info.ipi_ifindex = (int)through;
		put_control(&msg, &control, IPPROTO_IP, IP_PKTINFO, &info,
		    sizeof(info));
	}
	return (send_packet(raw->fd4, &msg));
}

/* The MTU that the last EMSGSIZE was about, 0 when unknown. */
static uint32_t
read_mtu(int fd)
{
	struct sock_extended_err	 ee;
	struct cmsghdr			*cmsg;
	struct msghdr			 msg;
	_Alignas(struct cmsghdr) uint8_t control[512];
	uint32_t			 mtu;

	mtu = 0;
	for (;;) {
		memset(&msg, 0, sizeof(msg));
		msg.msg_control = control;
		msg.msg_controllen = sizeof(control);
		if (recvmsg(fd, &msg, MSG_ERRQUEUE | MSG_DONTWAIT) == -1)
			return (mtu);
		for (cmsg = CMSG_FIRSTHDR(&msg); cmsg != NULL;
		    cmsg = CMSG_NXTHDR(&msg, cmsg)) {
			if (cmsg->cmsg_level != IPPROTO_IP ||
			    cmsg->cmsg_type != IP_RECVERR ||
			    cmsg->cmsg_len < CMSG_LEN(sizeof(ee)))
				continue;
			memcpy(&ee, CMSG_DATA(cmsg), sizeof(ee));
			if (ee.ee_errno == EMSGSIZE)
				mtu = ee.ee_info;
		}
	}
}

struct fragments {
	struct inject_raw		*raw;
	const struct inject_packet	*ip;
	uint32_t			 through;
};

static int
send_fragment(void *arg, const uint8_t *head, size_t hlen,
    const uint8_t *body, size_t len)
{
	const struct fragments	*f = arg;

	return (send4(f->raw, head, hlen, body, len, f->ip->mark,
	    f->through));
}

static int
send_fragments(struct inject_raw *raw, const struct inject_packet *ip,
    uint32_t through, uint32_t mtu)
{
	struct fragments	 f = { raw, ip, through };
	const struct split_sink	 sink = { send_fragment, &f };

	/* The kernel would give each fragment an id of its own. */
	if (get16(ip->data + 4) == 0 && ++raw->next_id == 0)
		raw->next_id = 1;
	return (divert_split(ip->data, ip->len, mtu, raw->next_id, &sink) ==
	    -1 ? -1 : 0);
}

static int
send_ip4(struct inject_raw *raw, const struct inject_packet *ip,
    uint32_t through)
{
	uint32_t	 mtu;
	size_t		 hlen;

	hlen = (ip->data[0] & 15u) * 4;
	if (send4(raw, ip->data, hlen, ip->data + hlen, ip->len - hlen,
	    ip->mark, through) == 0)
		return (0);
	if (errno != EMSGSIZE)
		return (-1);
	mtu = read_mtu(raw->fd4);
	errno = EMSGSIZE;
	if ((get16(ip->data + 6) & 0x4000) || mtu < 68 || mtu >= ip->len)
		return (-1);
	return (send_fragments(raw, ip, through, mtu));
}

static int
send_ip6(struct inject_raw *raw, const struct inject_packet *ip,
    uint32_t through)
{
	struct in6_pktinfo	 info;
	struct sockaddr_in6	 sin6;
	union control		 control;
	struct msghdr		 msg;
	struct iovec		 iov;

	memset(&sin6, 0, sizeof(sin6));
	sin6.sin6_family = AF_INET6;
	memcpy(&sin6.sin6_addr, ip->data + 24, sizeof(sin6.sin6_addr));
	iov.iov_base = (void *)(uintptr_t)ip->data;
	iov.iov_len = ip->len;
	memset(&msg, 0, sizeof(msg));
	msg.msg_name = &sin6;
	msg.msg_namelen = sizeof(sin6);
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	if (ip->mark != raw->mark)
		put_control(&msg, &control, SOL_SOCKET, SO_MARK, &ip->mark,
		    sizeof(ip->mark));
	if (through != 0) {
		memset(&info, 0, sizeof(info));
		info.ipi6_ifindex = through;
		put_control(&msg, &control, IPPROTO_IPV6, IPV6_PKTINFO, &info,
		    sizeof(info));
	}
	return (send_packet(raw->fd6, &msg));
}

int
divert_inject_raw_send(struct inject_raw *raw, const struct inject_packet *ip,
    uint32_t through)
{
	if ((ip->version == 4 ? raw->fd4 : raw->fd6) == -1) {
		errno = ENOTSUP;
		return (-1);
	}
	if (ip->version == 4)
		return (send_ip4(raw, ip, through));
	return (send_ip6(raw, ip, through));
}

/* Link-local and multicast, IPv6; IPv4 has routes for them. */
int
divert_inject_needs_interface(const struct inject_packet *ip)
{
	struct in6_addr	 addr;

	if (ip->version != 6)
		return (0);
	memcpy(&addr, ip->data + 24, sizeof(addr));
	return (IN6_IS_ADDR_LINKLOCAL(&addr) || IN6_IS_ADDR_MULTICAST(&addr));
}

void
divert_inject_raw_close(struct inject_raw *raw)
{
	if (raw->fd4 != -1)
		close(raw->fd4);
	if (raw->fd6 != -1)
		close(raw->fd6);
}
