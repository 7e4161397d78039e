/* SPDX-License-Identifier: ISC */

/*
 * Netlink requests and their answers.  libmnl builds and walks the messages;
 * the sockets are our own, because its cannot be had close-on-exec,
 * non-blocking and connected from the start.
 */

#include "compat.h"

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <linux/netlink.h>

#include <libmnl/libmnl.h>

#include "netlink.h"

#define ANSWER_TIMEOUT_MS	2000

void
divert_netlink_start(union netlink_message *msg, uint16_t type,
    uint16_t flags, const void *family, size_t famlen)
{
	struct nlmsghdr	*nlh;

	nlh = mnl_nlmsg_put_header(msg);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = flags | NLM_F_REQUEST;
	memcpy(mnl_nlmsg_put_extra_header(nlh, famlen), family, famlen);
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
 * Read a datagram: messages of answer seq to each().  Returns 1 when the
 * answer is complete, and its *error (0 or an errno).  mnl_cb_run(3) would end
 * at the answer to another request and not see an error in NLMSG_DONE.
 */
static int
read_answer(const struct nlmsghdr *nlh, int len, uint32_t seq, mnl_cb_t each,
    void *arg, int *error)
{
	for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
		if (nlh->nlmsg_seq != seq)
			continue;
		if (nlh->nlmsg_type == NLMSG_DONE ||
		    nlh->nlmsg_type == NLMSG_ERROR) {
			*error = 0;
			if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(*error))
				memcpy(error, mnl_nlmsg_get_payload(nlh),
				    sizeof(*error));
			*error = -*error;
			return (1);
		}
		if (each != NULL)
			(void)each(nlh, arg);
	}
	return (0);
}

int
divert_netlink_tell(int fd, const union netlink_message *msg)
{
	return (send(fd, msg, msg->nlh.nlmsg_len, 0) == -1 ? -1 : 0);
}

int
divert_netlink_ask(int fd, union netlink_message *msg, mnl_cb_t each,
    void *arg)
{
	static const uint32_t	 seq = 0x64697672;	/* one at a time */
	union {
		struct nlmsghdr	 nlh;
		uint8_t		 buf[32768];
	}			 answer;
	struct pollfd		 pfd;
	ssize_t			 n;
	int			 error;

	msg->nlh.nlmsg_flags |= NLM_F_ACK;
	msg->nlh.nlmsg_seq = seq;
	if (divert_netlink_tell(fd, msg) == -1)
		return (-1);
	for (;;) {
		n = recv(fd, &answer, sizeof(answer), 0);
		if (n >= 0) {
			if (!read_answer(&answer.nlh, (int)n, seq, each, arg,
			    &error))
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
