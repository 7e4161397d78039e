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

void
divert_netlink_append(struct netlink_message *msg, const void *data,
    size_t len)
{
	size_t	 need;

	need = NLMSG_ALIGN(len);
	if (msg->len > sizeof(msg->buf) || need > sizeof(msg->buf) - msg->len) {
		msg->len = sizeof(msg->buf) + 1;
		return;
	}
	memcpy(msg->buf + msg->len, data, len);
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
 * Take the next message of a datagram.  Returns its body, or NULL at the end.
 */
static const uint8_t *
next_message(const uint8_t *buf, size_t len, size_t *off, struct nlmsghdr *nlh)
{
	const uint8_t	*body;
	size_t		 step;

	if (len - *off < sizeof(*nlh))
		return (NULL);
	memcpy(nlh, buf + *off, sizeof(*nlh));
	if (nlh->nlmsg_len < sizeof(*nlh) || nlh->nlmsg_len > len - *off)
		return (NULL);
	body = buf + *off + sizeof(*nlh);
	step = NLMSG_ALIGN(nlh->nlmsg_len);
	*off = step < len - *off ? *off + step : len;
	return (body);
}

void
divert_netlink_walk(const uint8_t *buf, size_t len,
    const struct netlink_reader *reader)
{
	const uint8_t	*body;
	struct nlmsghdr	 nlh;
	size_t		 off;

	off = 0;
	while ((body = next_message(buf, len, &off, &nlh)) != NULL)
		reader->read(reader->arg, nlh.nlmsg_type, body,
		    nlh.nlmsg_len - sizeof(nlh));
}

/*
 * Read a datagram: messages of answer seq to the reader.  Returns 1 when the
 * answer is complete, and its *error (0 or an errno).
 */
static int
read_answer(const uint8_t *buf, size_t len, uint32_t seq,
    const struct netlink_reader *reader, int *error)
{
	const uint8_t	*body;
	struct nlmsghdr	 nlh;
	size_t		 off;

	off = 0;
	while ((body = next_message(buf, len, &off, &nlh)) != NULL) {
		if (nlh.nlmsg_seq != seq)
			continue;
		if (nlh.nlmsg_type == NLMSG_DONE ||
		    nlh.nlmsg_type == NLMSG_ERROR) {
			*error = 0;
			if (nlh.nlmsg_len >= sizeof(nlh) + sizeof(*error))
				memcpy(error, body, sizeof(*error));
			*error = -*error;
			return (1);
		}
		if (reader != NULL)
			reader->read(reader->arg, nlh.nlmsg_type, body,
			    nlh.nlmsg_len - sizeof(nlh));
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
divert_netlink_ask(int fd, struct netlink_message *msg,
    const struct netlink_reader *reader)
{
	static const uint32_t	 seq = 0x64697672;	/* one at a time */
	_Alignas(4) uint8_t	 buf[32768];
	struct pollfd		 pfd;
	ssize_t			 n;
	int			 error;

	if (send_message(fd, msg, NLM_F_ACK, seq) == -1)
		return (-1);
	for (;;) {
		n = recv(fd, buf, sizeof(buf), 0);
		if (n >= 0) {
			if (!read_answer(buf, (size_t)n, seq, reader, &error))
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
