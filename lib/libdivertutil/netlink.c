/* SPDX-License-Identifier: ISC */

/*
 * Netlink requests and their answers.  Written by hand because it is little:
 * a request is a header and attributes, an answer is waited for.
 */

#include "compat.h"

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "netlink.h"

#define ANSWER_TIMEOUT_MS	2000

void
divert_netlink_start(struct netlink_message *msg, uint16_t type,
    uint16_t flags, const void *family, size_t famlen)
{
	struct nlmsghdr	 nlh;

	memset(&nlh, 0, sizeof(nlh));
	nlh.nlmsg_type = type;
	nlh.nlmsg_flags = flags | NLM_F_REQUEST;
	memset(msg->buf, 0, sizeof(msg->buf));
	memcpy(msg->buf, &nlh, sizeof(nlh));
	memcpy(msg->buf + sizeof(nlh), family, famlen);
	msg->len = NLMSG_ALIGN(sizeof(nlh) + famlen);
}

void
divert_netlink_put(struct netlink_message *msg, uint16_t type,
    const void *data, size_t len)
{
	struct nlattr	 nla;
	size_t		 need;

	need = NLMSG_ALIGN(sizeof(nla) + len);
	if (msg->len > sizeof(msg->buf) || need > sizeof(msg->buf) - msg->len) {
		msg->len = sizeof(msg->buf) + 1;
		return;
	}
	nla.nla_len = (uint16_t)(sizeof(nla) + len);
	nla.nla_type = type;
	memcpy(msg->buf + msg->len, &nla, sizeof(nla));
	if (len > 0)
		memcpy(msg->buf + msg->len + sizeof(nla), data, len);
	msg->len += need;
}

size_t
divert_netlink_nest(struct netlink_message *msg, uint16_t type)
{
	size_t	 off;

	off = msg->len;
	divert_netlink_put(msg, type, NULL, 0);
	return (off);
}

void
divert_netlink_end(struct netlink_message *msg, size_t off)
{
	uint16_t	 len;

	if (msg->len > sizeof(msg->buf))
		return;
	len = (uint16_t)(msg->len - off);
	memcpy(msg->buf + off, &len, sizeof(len));
}

int
divert_netlink_open(int family, unsigned int groups)
{
	struct sockaddr_nl	 addr;
	int			 error, fd, on;

	if ((fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    family)) == -1)
		return (-1);
	memset(&addr, 0, sizeof(addr));
	addr.nl_family = AF_NETLINK;
	addr.nl_groups = groups;
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) == -1)
		goto fail;
	addr.nl_groups = 0;
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == -1)
		goto fail;
	/* An error answer without the whole request in it (Linux 4.3). */
	on = 1;
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	return (fd);
fail:
	error = errno;
	close(fd);
	errno = error;
	return (-1);
}

/*
 * Whether buf is the answer to request seq: 1 and *error (0 or an errno).
 */
static int
find_answer(const uint8_t *buf, size_t len, uint32_t seq, int *error)
{
	struct nlmsghdr	 nlh;
	size_t		 off, step;

	for (off = 0; len - off >= sizeof(nlh); off += step) {
		memcpy(&nlh, buf + off, sizeof(nlh));
		if (nlh.nlmsg_len < sizeof(nlh) || nlh.nlmsg_len > len - off)
			return (0);
		if (nlh.nlmsg_type == NLMSG_ERROR && nlh.nlmsg_seq == seq &&
		    nlh.nlmsg_len >= sizeof(nlh) + sizeof(*error)) {
			memcpy(error, buf + off + sizeof(nlh), sizeof(*error));
			*error = -*error;
			return (1);
		}
		step = NLMSG_ALIGN(nlh.nlmsg_len);
		if (step > len - off)
			return (0);
	}
	return (0);
}

static int
send_message(int fd, struct netlink_message *msg, uint16_t flags, uint32_t seq)
{
	struct nlmsghdr	 nlh;

	if (msg->len > sizeof(msg->buf)) {
		errno = EMSGSIZE;
		return (-1);
	}
	memcpy(&nlh, msg->buf, sizeof(nlh));
	nlh.nlmsg_len = (uint32_t)msg->len;
	nlh.nlmsg_flags |= flags;
	nlh.nlmsg_seq = seq;
	memcpy(msg->buf, &nlh, sizeof(nlh));
	return (send(fd, msg->buf, msg->len, 0) == -1 ? -1 : 0);
}

int
divert_netlink_tell(int fd, struct netlink_message *msg)
{
	return (send_message(fd, msg, 0, 0));
}

int
divert_netlink_ask(int fd, struct netlink_message *msg)
{
	static const uint32_t	 seq = 0x64697672;	/* one at a time */
	_Alignas(4) uint8_t	 buf[8192];
	struct pollfd		 pfd;
	ssize_t			 n;
	int			 error;

	if (send_message(fd, msg, NLM_F_ACK, seq) == -1)
		return (-1);
	for (;;) {
		n = recv(fd, buf, sizeof(buf), 0);
		if (n >= 0) {
			if (!find_answer(buf, (size_t)n, seq, &error))
				continue;
			errno = error;
			return (error == 0 ? 0 : -1);
		}
		if (errno == EINTR || errno == ENOBUFS)
			continue;
		if (errno != EAGAIN)
			return (-1);
		pfd.fd = fd;
		pfd.events = POLLIN;
		if (poll(&pfd, 1, ANSWER_TIMEOUT_MS) == 0) {
			errno = ETIMEDOUT;
			return (-1);
		}
	}
}
