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

#include <errno.h>
#include <time.h>
#include <unistd.h>

#include <linux/errqueue.h>
#include <linux/filter.h>

#include "inject_linux.h"
#include "split.h"

#ifndef IPV6_HDRINCL
#define IPV6_HDRINCL	36
#endif

/*
 * What is common to both: nothing is ever read from these sockets, so they
 * let nothing in.
 */
static int
open_raw(int family, uint32_t mark, int level, int option,
    unsigned int *sndbuf)
{
	struct sock_filter	 none = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog	 prog = { 1, &none };
	int			 error, fd, on;

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
	(void)setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on));
	(void)setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
	    sizeof(prog));
	*sndbuf = divert_inject_sndbuf(fd, *sndbuf);
	return (fd);
}

int
divert_inject_raw_open(struct inject_raw *raw, uint32_t mark,
    unsigned int *sndbuf)
{
	struct timespec	 ts;
	unsigned int	 got4 = *sndbuf, got6 = *sndbuf;
	int		 error, on;

	raw->mark = mark;
	raw->fd4 = open_raw(AF_INET, mark, IPPROTO_IP, IP_HDRINCL, &got4);
	error = errno;
	raw->fd6 = open_raw(AF_INET6, mark, IPPROTO_IPV6, IPV6_HDRINCL, &got6);
	if (raw->fd4 == -1 && raw->fd6 == -1) {
		errno = error;
		return (-1);
	}
	*sndbuf = raw->fd4 == -1 ? got6 : got4;
	/* The MTU comes with the error. */
	on = 1;
	if (raw->fd4 != -1)
		(void)setsockopt(raw->fd4, IPPROTO_IP, IP_RECVERR, &on,
		    sizeof(on));
	if (raw->fd6 != -1)
		(void)setsockopt(raw->fd6, IPPROTO_IPV6, IPV6_RECVERR, &on,
		    sizeof(on));
	clock_gettime(CLOCK_MONOTONIC, &ts);
	raw->next_id = (uint16_t)(ts.tv_nsec >> 4);
	return (0);
}

/* Head and body as one IPv4 packet, with mark and way of ip. */
static void
make4(const struct inject_raw *raw, struct msghdr *msg,
    struct inject_message *m, const struct inject_packet *ip,
    const uint8_t *head, size_t hlen, const uint8_t *body, size_t len)
{
	struct in_pktinfo	 info;

	divert_inject_message(msg, m, sizeof(m->to.sin), 2, ip->mark,
	    raw->mark);
	m->to.sin.sin_family = AF_INET;
	memcpy(&m->to.sin.sin_addr, head + 16, sizeof(m->to.sin.sin_addr));
	m->iov[0].iov_base = (void *)(uintptr_t)head;
	m->iov[0].iov_len = hlen;
	m->iov[1].iov_base = (void *)(uintptr_t)body;
	m->iov[1].iov_len = len;
	if (ip->through == 0)
		return;
	memset(&info, 0, sizeof(info));
	info.ipi_ifindex = (int)ip->through;
	divert_inject_control(msg, IPPROTO_IP, IP_PKTINFO, &info,
	    sizeof(info));
}

static void
make6(const struct inject_raw *raw, struct msghdr *msg,
    struct inject_message *m, const struct inject_packet *ip)
{
	struct in6_pktinfo	 info;

	divert_inject_message(msg, m, sizeof(m->to.sin6), 1, ip->mark,
	    raw->mark);
	m->to.sin6.sin6_family = AF_INET6;
	memcpy(&m->to.sin6.sin6_addr, ip->data + 24,
	    sizeof(m->to.sin6.sin6_addr));
	m->iov[0].iov_base = (void *)(uintptr_t)ip->data;
	m->iov[0].iov_len = ip->len;
	if (ip->through == 0)
		return;
	memset(&info, 0, sizeof(info));
	info.ipi6_ifindex = ip->through;
	divert_inject_control(msg, IPPROTO_IPV6, IPV6_PKTINFO, &info,
	    sizeof(info));
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
			if (!(cmsg->cmsg_level == IPPROTO_IP &&
			    cmsg->cmsg_type == IP_RECVERR) &&
			    !(cmsg->cmsg_level == IPPROTO_IPV6 &&
			    cmsg->cmsg_type == IPV6_RECVERR))
				continue;
			if (cmsg->cmsg_len < CMSG_LEN(sizeof(ee)))
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
};

static int
send_fragment(void *arg, const uint8_t *head, size_t hlen,
    const uint8_t *body, size_t len)
{
	const struct fragments	*f = arg;
	struct inject_message	 part;
	struct mmsghdr		 msg;

	make4(f->raw, &msg.msg_hdr, &part, f->ip, head, hlen, body, len);
	return (divert_inject_send(f->raw->fd4, &msg, 1) == 1 ? 0 : -1);
}

/*
 * The kernel said EMSGSIZE: cut it where that may be, or say what fits.
 */
static void
send_large(struct inject_raw *raw, const struct inject_packet *ip,
    struct divert_injected *result)
{
	struct fragments	 f = { raw, ip };
	const struct split_sink	 sink = { send_fragment, &f };

	result->mtu = read_mtu(ip->version == 4 ? raw->fd4 : raw->fd6);
	if (ip->version != 4 || (get16(ip->data + 6) & 0x4000) ||
	    result->mtu < 68 || result->mtu >= ip->len)
		return;
	/* The kernel would give each fragment an id of its own. */
	if (get16(ip->data + 4) == 0 && ++raw->next_id == 0)
		raw->next_id = 1;
	result->error = divert_split(ip->data, ip->len, result->mtu,
	    raw->next_id, &sink) == -1 ? errno : 0;
}

void
divert_inject_raw_send(struct inject_raw *raw, struct inject_run *run,
    const struct inject_packet *ip, int n, struct divert_injected *results)
{
	size_t	 hlen;
	int	 fd, i, sent;

	fd = ip->version == 4 ? raw->fd4 : raw->fd6;
	for (i = 0; i < n; i++) {
		results[i].error = fd == -1 ? ENOTSUP : 0;
		results[i].mtu = 0;
		if (ip[i].version == 4) {
			hlen = (ip[i].data[0] & 15u) * 4;
			make4(raw, &run->msgs[i].msg_hdr, &run->parts[i],
			    &ip[i], ip[i].data, hlen, ip[i].data + hlen,
			    ip[i].len - hlen);
		} else
			make6(raw, &run->msgs[i].msg_hdr, &run->parts[i],
			    &ip[i]);
	}
	for (i = 0; i < n && fd != -1; i += sent) {
		sent = divert_inject_send(fd, &run->msgs[i], n - i);
		if (sent > 0)
			continue;
		sent = 1;
		results[i].error = errno;
		if (errno == EMSGSIZE)
			send_large(raw, &ip[i], &results[i]);
	}
}

void
divert_inject_raw_close(struct inject_raw *raw)
{
	if (raw->fd4 != -1)
		close(raw->fd4);
	if (raw->fd6 != -1)
		close(raw->fd6);
}
