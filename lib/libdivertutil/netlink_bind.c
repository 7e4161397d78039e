/* SPDX-License-Identifier: ISC */

/*
 * Binding a queue: buffers of the socket, the bind itself, and how the queue
 * is to be.  What a kernel may lack is asked for one by one, for an unknown
 * flag makes it refuse the whole message.
 */

#include "compat.h"

#include <sys/socket.h>

#include <arpa/inet.h>

#include <errno.h>
#include <time.h>

#include <linux/netlink.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>

#include <libmnl/libmnl.h>

#include "netlink_queue.h"

#define RCVBUF_DEFAULT	(16 * 1024 * 1024)
#define SNDBUF_SIZE	(512 * 1024)
#define QUEUE_LEN	8192
#define REBIND_MS	200

/* Send a configuration of one attribute and wait for the answer. */
static int
configure(struct divert_port *port, uint16_t queue, uint16_t type,
    const void *data, size_t len)
{
	union netlink_message	 msg;

	divert_nfqueue_config(&msg, queue);
	mnl_attr_put(&msg.nlh, type, len, data);
	return (divert_netlink_ask(port->fd, &msg, NULL, NULL));
}

static int
command(struct divert_port *port, uint16_t queue, uint8_t cmd)
{
	struct nfqnl_msg_config_cmd	 c;

	memset(&c, 0, sizeof(c));
	c.command = cmd;
	return (configure(port, queue, NFQA_CFG_CMD, &c, sizeof(c)));
}

static int
set_flag(struct divert_port *port, uint16_t queue, uint32_t flag)
{
	union netlink_message	 msg;

	divert_nfqueue_config(&msg, queue);
	mnl_attr_put_u32(&msg.nlh, NFQA_CFG_FLAGS, htonl(flag));
	mnl_attr_put_u32(&msg.nlh, NFQA_CFG_MASK, htonl(flag));
	return (divert_netlink_ask(port->fd, &msg, NULL, NULL));
}

/*
 * Start the packets.  No acknowledgement: packets may come before it.  The
 * kernel has done it when send(2) returns; had it refused, there would be its
 * error and no packet before that.
 */
static int
start_packets(struct divert_port *port, uint16_t queue)
{
	struct nfqnl_msg_config_params	 params;
	const struct nlmsgerr		*answer;
	union netlink_message		 msg;

	memset(&params, 0, sizeof(params));
	params.copy_range = htonl(NFQUEUE_PAYLOAD_MAX);
	params.copy_mode = NFQNL_COPY_PACKET;
	divert_nfqueue_config(&msg, queue);
	mnl_attr_put(&msg.nlh, NFQA_CFG_PARAMS, sizeof(params), &params);
	if (divert_netlink_tell(port->fd, &msg) == -1)
		return (-1);
	if (recv(port->fd, &msg, sizeof(msg), MSG_PEEK) <
	    (ssize_t)mnl_nlmsg_size(sizeof(*answer)) ||
	    msg.nlh.nlmsg_type != NLMSG_ERROR)
		return (0);
	answer = mnl_nlmsg_get_payload(&msg.nlh);
	errno = -answer->error;
	return (-1);
}

static int64_t
monotonic_ms(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

/* The answer to the first message says what there is and what is allowed. */
static int
probe(struct divert_port *port, uint16_t queue)
{
	/* A relic that does nothing, and needs the privilege all the same. */
	if (command(port, queue, NFQNL_CFG_CMD_PF_BIND) == 0)
		return (0);
	switch (errno) {
	case EPERM:
		return (divert_port_fail(port, "%s: needs root or "
		    "CAP_NET_ADMIN", port->name));
	case EINVAL:
	case EOPNOTSUPP:
		errno = ENOTSUP;
		return (divert_port_fail(port, "%s: this kernel has no "
		    "NFQUEUE (nfnetlink_queue)", port->name));
	default:
		return (divert_port_fail(port, "%s: %s", port->name,
		    strerror(errno)));
	}
}

/*
 * Bind.  EPERM, which no longer can mean want of privilege, is what the
 * kernel says when another socket has the queue.  The queue of a process that
 * was killed is there for some milliseconds more, so try for a while.
 */
static int
bind_queue(struct divert_port *port, uint16_t queue, int procfd)
{
	static const struct timespec	 pause = { 0, 1000000 };
	struct nfqueue_proc		 proc;
	char				 holder[96];
	int64_t				 until;

	until = monotonic_ms() + REBIND_MS;
	while (command(port, queue, NFQNL_CFG_CMD_BIND) == -1) {
		if (errno != EPERM && errno != EBUSY)
			return (divert_port_fail(port, "%s: bind: %s",
			    port->name, strerror(errno)));
		if (monotonic_ms() < until) {
			nanosleep(&pause, NULL);
			continue;
		}
		strlcpy(holder, "another process", sizeof(holder));
		if (procfd != -1 &&
		    divert_nfqueue_proc_read(procfd, queue, &proc) == 0)
			divert_nfqueue_proc_holder(proc.portid, holder,
			    sizeof(holder));
		errno = EADDRINUSE;
		return (divert_port_fail(port, "%s: in use by %s", port->name,
		    holder));
	}
	return (0);
}

/* What a kernel may lack is optional; what the user asked for is not. */
static int
configure_queue(struct divert_port *port, uint16_t queue,
    const struct divert_options *options)
{
	uint32_t	 maxlen;

	maxlen = htonl(options->queue_len != 0 ? options->queue_len :
	    QUEUE_LEN);
	if (configure(port, queue, NFQA_CFG_QUEUE_MAXLEN, &maxlen,
	    sizeof(maxlen)) == -1)
		return (divert_port_fail(port, "%s: queue length: %s",
		    port->name, strerror(errno)));
	if (options->flags & DIVERT_OPTION_GSO)
		(void)set_flag(port, queue, NFQA_CFG_F_GSO);
	if ((options->flags & DIVERT_OPTION_FAIL_OPEN) &&
	    set_flag(port, queue, NFQA_CFG_F_FAIL_OPEN) == -1) {
		errno = ENOTSUP;
		return (divert_port_fail(port, "%s: this kernel cannot fail "
		    "open", port->name));
	}
	if (start_packets(port, queue) == -1)
		return (divert_port_fail(port, "%s: %s", port->name,
		    strerror(errno)));
	return (0);
}

/*
 * Buffers of the socket.  The kernel doubles what is asked, for its own
 * bookkeeping, and reports the double (socket(7)); the port says what was
 * asked for and got.
 */
static void
size_buffers(struct divert_port *port, const struct divert_options *options)
{
	socklen_t	 len;
	int		 on, size;

	size = RCVBUF_DEFAULT;
	if (options->rcvbuf != 0)
		size = options->rcvbuf > INT32_MAX / 2 ? INT32_MAX / 2 :
		    (int)options->rcvbuf;
	if (setsockopt(port->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size,
	    sizeof(size)) == -1)
		(void)setsockopt(port->fd, SOL_SOCKET, SO_RCVBUF, &size,
		    sizeof(size));
	len = sizeof(size);
	if (getsockopt(port->fd, SOL_SOCKET, SO_RCVBUF, &size, &len) == 0)
		port->rcvbuf = (unsigned int)size / 2;
	/* A send larger than this fails whole, with EMSGSIZE. */
	size = SNDBUF_SIZE;
	if (setsockopt(port->fd, SOL_SOCKET, SO_SNDBUFFORCE, &size,
	    sizeof(size)) == -1)
		(void)setsockopt(port->fd, SOL_SOCKET, SO_SNDBUF, &size,
		    sizeof(size));
	/*
	 * Without this one overflow makes the kernel throw away everything
	 * until the socket has been read empty, instead of what does not fit.
	 */
	on = 1;
	(void)setsockopt(port->fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, &on,
	    sizeof(on));
}

int
divert_nfqueue_bind(struct divert_port *port, uint16_t queue, int procfd,
    const struct divert_options *options)
{
	if ((port->fd = divert_netlink_open(NETLINK_NETFILTER, 0)) == -1) {
		if (errno != EPROTONOSUPPORT && errno != EAFNOSUPPORT)
			return (divert_port_fail(port, "%s: socket: %s",
			    port->name, strerror(errno)));
		errno = ENOTSUP;
		return (divert_port_fail(port, "%s: this kernel has no "
		    "netfilter netlink", port->name));
	}
	size_buffers(port, options);
	if (probe(port, queue) == -1 ||
	    bind_queue(port, queue, procfd) == -1)
		return (-1);
	if (configure_queue(port, queue, options) == -1) {
		divert_nfqueue_unbind(port, queue);
		return (-1);
	}
	return (0);
}

void
divert_nfqueue_unbind(struct divert_port *port, uint16_t queue)
{
	struct nfqnl_msg_config_cmd	 c;
	union netlink_message		 msg;
	int				 error;

	error = errno;
	memset(&c, 0, sizeof(c));
	c.command = NFQNL_CFG_CMD_UNBIND;
	divert_nfqueue_config(&msg, queue);
	mnl_attr_put(&msg.nlh, NFQA_CFG_CMD, sizeof(c), &c);
	/* Not asked for an answer, which finds no room in a full socket. */
	(void)divert_netlink_tell(port->fd, &msg);
	errno = error;
}
