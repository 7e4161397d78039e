/* SPDX-License-Identifier: ISC */

/*
 * Verdicts by another process.  Whoever may send verdicts may rewrite the
 * firewall: both are nfnetlink messages on the one socket, and the kernel
 * asks for CAP_NET_ADMIN and no more.  So a small process (the guard) keeps
 * the capability, takes the messages of the one that reads packets, which
 * has no capability left, looks at every byte of a header, and passes on
 * verdicts of this queue and nothing else.  Packets to inject go the same
 * way, because rtnetlink reaches as far.
 *
 * Verdicts are told and not answered: that would cost a round trip for each
 * batch.  What the kernel refuses it answers on the queue's socket, which the
 * reader reads; a send that fails is told when it does.
 */

#include "compat.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <arpa/inet.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include <linux/netfilter.h>
#include <linux/netlink.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>

#include "netlink_queue.h"

/* A buffer of verdicts and a payload sent with it, or a packet to inject. */
#define MESSAGE_MAX	(NFQUEUE_OUT_SIZE + 65536 + 64)
#define SEND_TRIES	50

enum guard_kind {
	GUARD_VERDICTS = 0x64760001,
	GUARD_INJECT,
	GUARD_END,
	GUARD_SYNC,		/* answered when all before is done */
	GUARD_ANSWER,		/* to an injection, to a sync */
	GUARD_FAILED		/* a send of verdicts */
};

struct guard_header {
	uint32_t	 kind;
	uint32_t	 error;		/* of an answer: 0 or an errno */
	uint32_t	 seq;		/* of the first message that failed */
	/* of a packet to inject */
	uint32_t	 flags;
	uint32_t	 direction;
	uint32_t	 mark;
	uint32_t	 in_ifindex;
	uint32_t	 out_ifindex;
	char		 ifname[DIVERT_IFNAME_SIZE];
};

/* The headers of one verdict, len bytes at p.  Its length, 0: it is none. */
static size_t
check_verdict(const uint8_t *p, size_t len, uint16_t queue)
{
	struct nfqnl_msg_verdict_hdr	 verdict;
	struct nfgenmsg			 nfg;
	struct nlmsghdr			 nlh;
	struct nlattr			 nla;
	uint32_t			 code;

	if (len < NFQUEUE_VERDICT_SIZE)
		return (0);
	memcpy(&nlh, p, sizeof(nlh));
	memcpy(&nfg, p + 16, sizeof(nfg));
	memcpy(&nla, p + 20, sizeof(nla));
	memcpy(&verdict, p + 24, sizeof(verdict));
	if (nlh.nlmsg_len < NFQUEUE_VERDICT_SIZE || nlh.nlmsg_len > len ||
	    nlh.nlmsg_type != (NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_VERDICT) ||
	    nlh.nlmsg_flags != NLM_F_REQUEST || nlh.nlmsg_pid != 0)
		return (0);
	if (nfg.version != NFNETLINK_V0 || ntohs(nfg.res_id) != queue)
		return (0);
	code = ntohl(verdict.verdict);
	if (nla.nla_type != NFQA_VERDICT_HDR ||
	    nla.nla_len != sizeof(nla) + sizeof(verdict) ||
	    (code != NF_ACCEPT && code != NF_DROP))
		return (0);
	if (nlh.nlmsg_len == NFQUEUE_VERDICT_SIZE)
		return (NFQUEUE_VERDICT_SIZE);
	/* More can only be the packet, to the message's end. */
	if (nlh.nlmsg_len < NFQUEUE_PAYLOAD_OFF)
		return (0);
	memcpy(&nla, p + NFQUEUE_VERDICT_SIZE, sizeof(nla));
	if (nla.nla_type != NFQA_PAYLOAD ||
	    NFQUEUE_VERDICT_SIZE + NLMSG_ALIGN((uint32_t)nla.nla_len) !=
	    NLMSG_ALIGN(nlh.nlmsg_len))
		return (0);
	return (NLMSG_ALIGN(nlh.nlmsg_len) <= len ?
	    NLMSG_ALIGN(nlh.nlmsg_len) : 0);
}

int
divert_nfqueue_guard_check(const uint8_t *buf, size_t len, uint16_t queue)
{
	size_t	 step;

	for (; len > 0; buf += step, len -= step)
		if ((step = check_verdict(buf, len, queue)) == 0)
			return (-1);
	return (0);
}

static int
tell(int sock, const struct guard_header *header)
{
	ssize_t	 n;

	do
		n = send(sock, header, sizeof(*header), MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	return (n == -1 ? -1 : 0);
}

/*
 * The guard.
 */

static int
pass_verdicts(int fd, const uint8_t *buf, size_t len)
{
	struct pollfd	 pfd;
	int		 tries;

	for (tries = 0; send(fd, buf, len, MSG_DONTWAIT) == -1; tries++) {
		if (errno == EINTR)
			continue;
		if ((errno != EAGAIN && errno != ENOBUFS && errno != ENOMEM) ||
		    tries >= SEND_TRIES)
			return (errno);
		pfd.fd = fd;
		pfd.events = POLLOUT;
		(void)poll(&pfd, errno == EAGAIN ? 1 : 0, 2);
	}
	return (0);
}

static int
serve_verdicts(struct divert_port *port, int sock, uint16_t queue,
    const uint8_t *buf, size_t len)
{
	struct guard_header	 failed;
	struct nlmsghdr		 nlh;
	int			 error;

	if (len == 0 || divert_nfqueue_guard_check(buf, len, queue) == -1) {
		errno = EBADMSG;
		return (-1);
	}
	if ((error = pass_verdicts(port->fd, buf, len)) == 0)
		return (0);
	memset(&failed, 0, sizeof(failed));
	memcpy(&nlh, buf, sizeof(nlh));
	failed.kind = GUARD_FAILED;
	failed.error = (uint32_t)error;
	failed.seq = nlh.nlmsg_seq;
	return (tell(sock, &failed));
}

static int
serve_packet(struct divert_injector *injector, int sock,
    const struct guard_header *header, uint8_t *buf, size_t len)
{
	struct guard_header	 answer;
	struct divert_packet	 pkt;

	memset(&pkt, 0, sizeof(pkt));
	pkt.data = buf;
	pkt.len = (uint32_t)len;
	pkt.flags = header->flags & DIVERT_PACKET_HAS_MARK;
	pkt.direction = (uint8_t)header->direction;
	pkt.mark = header->mark;
	pkt.in_ifindex = header->in_ifindex;
	pkt.out_ifindex = header->out_ifindex;
	memcpy(pkt.ifname, header->ifname, sizeof(pkt.ifname));
	pkt.ifname[sizeof(pkt.ifname) - 1] = '\0';
	memset(&answer, 0, sizeof(answer));
	answer.kind = GUARD_ANSWER;
	errno = ENOTSUP;
	if (injector == NULL || divert_injector_send(injector, &pkt) == -1)
		answer.error = (uint32_t)errno;
	return (tell(sock, &answer));
}

int
divert_nfqueue_guard_serve(struct divert_port *port,
    struct divert_injector *injector, uint16_t queue, int sock)
{
	struct guard_header	 header;
	struct iovec		 iov[2];
	struct msghdr		 msg;
	uint8_t			*buf;
	ssize_t			 n;
	size_t			 len;
	int			 result = -1;

	if ((buf = malloc(MESSAGE_MAX)) == NULL)
		return (-1);
	iov[0].iov_base = &header;
	iov[0].iov_len = sizeof(header);
	iov[1].iov_base = buf;
	iov[1].iov_len = MESSAGE_MAX;
	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = iov;
	msg.msg_iovlen = 2;
	for (;;) {
		if ((n = recvmsg(sock, &msg, 0)) == -1) {
			if (errno == EINTR)
				continue;
			break;
		}
		if (n == 0) {
			result = 0;
			break;
		}
		errno = EBADMSG;
		if ((size_t)n < sizeof(header) || (msg.msg_flags & MSG_TRUNC))
			break;
		len = (size_t)n - sizeof(header);
		if (header.kind == GUARD_END) {
			result = 0;
			break;
		}
		if (header.kind == GUARD_VERDICTS) {
			if (serve_verdicts(port, sock, queue, buf, len) == -1)
				break;
		} else if (header.kind == GUARD_SYNC) {
			memset(&header, 0, sizeof(header));
			header.kind = GUARD_ANSWER;
			if (tell(sock, &header) == -1)
				break;
		} else if (header.kind != GUARD_INJECT ||
		    serve_packet(injector, sock, &header, buf, len) == -1)
			break;
	}
	free(buf);
	return (result);
}

/*
 * Those who ask it.
 */

int
divert_nfqueue_guard_send(int sock, const struct iovec *parts, int n)
{
	struct guard_header	 header;
	struct iovec		 iov[4];
	struct msghdr		 msg;
	ssize_t			 sent;

	memset(&header, 0, sizeof(header));
	header.kind = GUARD_VERDICTS;
	iov[0].iov_base = &header;
	iov[0].iov_len = sizeof(header);
	memcpy(&iov[1], parts, (size_t)n * sizeof(*parts));
	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = iov;
	msg.msg_iovlen = (size_t)n + 1;
	/* A guard that is behind is waited for, as the kernel would be. */
	do
		sent = sendmsg(sock, &msg, MSG_NOSIGNAL);
	while (sent == -1 && errno == EINTR);
	return (sent == -1 ? -1 : 0);
}

/* One message of the guard: 1 an answer, 0 something else, -1 with errno. */
static int
hear(struct divert_port *port, struct nfqueue_out *out, int flags,
    struct guard_header *header)
{
	ssize_t	 n;

	do
		n = recv(out->guard, header, sizeof(*header), flags);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return (-1);
	if (n != sizeof(*header)) {
		errno = EPIPE;
		return (-1);
	}
	if (header->kind == GUARD_FAILED)
		divert_nfqueue_out_failed(port, out, header->seq,
		    (int)header->error);
	return (header->kind == GUARD_ANSWER);
}

int
divert_nfqueue_guard_hear(struct divert_port *port, struct nfqueue_out *out)
{
	struct guard_header	 header;

	while (hear(port, out, MSG_DONTWAIT, &header) != -1)
		;
	return (errno == EAGAIN ? 0 : -1);
}

int
divert_nfqueue_guard_inject(struct divert_port *port, struct nfqueue_out *out,
    const struct divert_packet *pkt)
{
	struct guard_header	 header;
	struct iovec		 iov[2];
	struct msghdr		 msg;
	ssize_t			 n;
	int			 answer;

	memset(&header, 0, sizeof(header));
	header.kind = GUARD_INJECT;
	header.flags = pkt->flags & DIVERT_PACKET_HAS_MARK;
	header.direction = (uint32_t)pkt->direction;
	header.mark = pkt->mark;
	header.in_ifindex = pkt->in_ifindex;
	header.out_ifindex = pkt->out_ifindex;
	memcpy(header.ifname, pkt->ifname, sizeof(header.ifname));
	iov[0].iov_base = &header;
	iov[0].iov_len = sizeof(header);
	iov[1].iov_base = pkt->data;
	iov[1].iov_len = pkt->len;
	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = iov;
	msg.msg_iovlen = 2;
	if (pkt->len > DIVERT_PACKET_MAX) {
		errno = EINVAL;
		return (-1);
	}
	do
		n = sendmsg(out->guard, &msg, MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	if (n == -1)
		return (-1);
	while ((answer = hear(port, out, 0, &header)) == 0)
		;
	if (answer == -1)
		return (-1);
	errno = (int)header.error;
	return (errno == 0 ? 0 : -1);
}

void
divert_nfqueue_guard_settle(struct divert_port *port, struct nfqueue_out *out)
{
	struct guard_header	 header;

	memset(&header, 0, sizeof(header));
	header.kind = GUARD_SYNC;
	if (tell(out->guard, &header) == 0)
		while (hear(port, out, 0, &header) == 0)
			;
}

void
divert_nfqueue_guard_end(struct divert_port *port, struct nfqueue_out *out)
{
	struct guard_header	 header;

	memset(&header, 0, sizeof(header));
	header.kind = GUARD_END;
	if (tell(out->guard, &header) == 0)
		/* Until it is gone, and what it made with it. */
		while (hear(port, out, 0, &header) != -1)
			;
	close(out->guard);
	out->guard = -1;
}
