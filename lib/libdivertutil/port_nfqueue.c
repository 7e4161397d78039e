/* SPDX-License-Identifier: ISC */

/*
 * The NFQUEUE back end.  Port N is queue N of the network namespace the port
 * was opened in.
 *
 * Packets are read a batch at a time, each into a slot of its own, and
 * verdicts are gathered in arrival order into one buffer that goes to the
 * kernel in one send: netlink walks concatenated messages, and the system
 * call per verdict is what makes a plain loop slow.
 *
 * Verdicts ask for no acknowledgement.  The kernel answers those it refuses,
 * and the sequence number of the answer says which kind of verdict it was and
 * in which send, so that counters can be set right.
 *
 * NETLINK_NO_ENOBUFS is set: without it one overflow makes the kernel throw
 * away everything until the socket has been read empty, instead of what does
 * not fit.  What was lost is known from the packet ids and from /proc, so
 * recv does not fail with ENOBUFS for it.
 */

#include "compat.h"

#include <sys/mman.h>
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <linux/netfilter.h>
#include <linux/netlink.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>

#include "netlink_queue.h"

#define RCVBUF_DEFAULT	(16 * 1024 * 1024)
#define SNDBUF_SIZE	(512 * 1024)
#define QUEUE_LEN	8192
#define RECV_ROUNDS	4
#define REBIND_MS	200

/*
 * 64 KiB of payload and what is around it.  The odd 320 bytes spread the
 * slots over the cache, where multiples of a page would fall on one line.
 */
#define SLOT_SIZE	(17 * 4096 + 320)
#define SLOT_MESSAGE	(SLOT_SIZE - DIVERT_HEADROOM)

#define OUT_SIZE	(60 * 1024)
/* A payload from here on is not copied but sent at once, with what waits. */
#define DIRECT_SIZE	(8 * 1024)

/* Verdict kinds beyond enum divert_verdict: of a packet nobody was lent. */
#define KIND_NONE	4
#define KINDS		5
#define KIND_BITS	3
#define SENDS		1024

/* One send: how many verdicts of each kind are in it. */
struct nfqueue_send {
	uint32_t	 number;
	uint32_t	 count[KINDS];
};

struct nfqueue {
	struct netlink_links	*links;
	struct divert_injector	*injector;
	int			 procfd;
	int			 bound;
	int			 fail_open;
	uint16_t		 queue;

	uint64_t		 received;	/* ids, beyond 32 bits */
	uint64_t		 dropped;	/* of /proc, beyond 32 bits */
	uint64_t		 user_dropped;
	uint64_t		 unread;	/* ids of packets unreadable */
	uint64_t		 refused;	/* injections */

	struct nfqueue_send	 sends[SENDS];
	uint32_t		 number;	/* of the send being filled */
	int			 failed;	/* errno of a send since flush */
	size_t			 outlen;

	struct mmsghdr		 msgs[DIVERT_BATCH_MAX];
	struct iovec		 iovs[DIVERT_BATCH_MAX];
	uint8_t			*slots;		/* mapped, also holds out */
	uint8_t			*out;
	char			 inject_text[DIVERT_ERROR_SIZE];
};

#define MAP_SIZE	(DIVERT_BATCH_MAX * SLOT_SIZE + OUT_SIZE)

static struct nfqueue_send *
current_send(struct nfqueue *nq)
{
	return (&nq->sends[nq->number % SENDS]);
}

static void
next_send(struct nfqueue *nq)
{
	struct nfqueue_send	*s;

	nq->number = (nq->number + 1) & (UINT32_MAX >> KIND_BITS);
	nq->outlen = 0;
	s = current_send(nq);
	memset(s, 0, sizeof(*s));
	s->number = nq->number;
}

/* All verdicts of a send were refused: each moves to lost, once. */
static void
lose_send(struct divert_port *port, struct nfqueue_send *s, int error)
{
	uint32_t	 n;
	int		 kind;

	for (kind = 0; kind < KIND_NONE; kind++) {
		for (n = s->count[kind]; n > 0; n--)
			divert_port_count_lost(port,
			    (enum divert_verdict)kind, error);
		s->count[kind] = 0;
	}
}

/*
 * Send the buffer, and a payload after it if there is one.  The verdict that
 * brings the payload is not yet counted by port.c and so not in the send's
 * counts.  Returns 0, or -1 with errno: all of it is lost.
 */
static int
push_out(struct divert_port *port, const uint8_t *payload, size_t len)
{
	static const uint8_t	 zeros[4];
	struct nfqueue		*nq = port->state;
	struct iovec		 iov[3];
	struct msghdr		 msg;
	struct pollfd		 pfd;
	int			 error, tries;

	iov[0].iov_base = nq->out;
	iov[0].iov_len = nq->outlen;
	iov[1].iov_base = (void *)(uintptr_t)payload;
	iov[1].iov_len = len;
	iov[2].iov_base = (void *)(uintptr_t)zeros;
	iov[2].iov_len = -len & 3;
	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = iov;
	msg.msg_iovlen = len == 0 ? 1 : 3;
	for (tries = 0; sendmsg(port->fd, &msg, MSG_DONTWAIT) == -1; tries++) {
		if (errno == EINTR)
			continue;
		/* Short of memory, or another send in progress: wait. */
		if ((errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM) &&
		    tries < 50) {
			pfd.fd = port->fd;
			pfd.events = POLLOUT;
			(void)poll(&pfd, errno == EAGAIN ? 1 : 0, 2);
			continue;
		}
		error = errno;
		lose_send(port, current_send(nq), error);
		next_send(nq);
		nq->failed = errno = error;
		return (-1);
	}
	next_send(nq);
	return (0);
}

static uint32_t
make_seq(const struct nfqueue *nq, unsigned int kind)
{
	return (nq->number << KIND_BITS | kind);
}

/* An answer of the kernel to a verdict it refused. */
static void
read_error(struct divert_port *port, const uint8_t *msg, size_t len)
{
	struct nfqueue		*nq = port->state;
	struct nfqueue_send	*s;
	struct nlmsghdr		 nlh;
	unsigned int		 kind;
	int			 error;

	if (len < sizeof(nlh) + sizeof(error))
		return;
	memcpy(&nlh, msg, sizeof(nlh));
	memcpy(&error, msg + sizeof(nlh), sizeof(error));
	if (error == 0)
		return;
	error = -error;
	kind = nlh.nlmsg_seq & ((1u << KIND_BITS) - 1);
	s = &nq->sends[nlh.nlmsg_seq >> KIND_BITS & (SENDS - 1)];
	if (s->number != nlh.nlmsg_seq >> KIND_BITS)
		s = NULL;
	/*
	 * Without the privilege the kernel refuses the whole send and answers
	 * its first message only.
	 */
	if (error == EPERM && s != NULL) {
		lose_send(port, s, error);
		return;
	}
	if (kind < KIND_NONE) {
		if (s != NULL && s->count[kind] > 0)
			s->count[kind]--;
		divert_port_count_lost(port, (enum divert_verdict)kind, error);
	}
}

static int
append_verdict(struct divert_port *port, unsigned int kind, uint32_t id,
    uint32_t code)
{
	struct nfqueue	*nq = port->state;

	if (OUT_SIZE - nq->outlen < NFQUEUE_VERDICT_SIZE)
		(void)push_out(port, NULL, 0);
	divert_nfqueue_verdict(nq->out + nq->outlen, nq->queue,
	    make_seq(nq, kind), id, code);
	nq->outlen += NFQUEUE_VERDICT_SIZE;
	current_send(nq)->count[kind]++;
	return (0);
}

static int
append_replace(struct divert_port *port, const struct divert_packet *pkt)
{
	struct nfqueue		*nq = port->state;
	struct nfqueue_send	*s;
	size_t			 need, padded;
	uint8_t			*out;

	padded = NLMSG_ALIGN(pkt->len);
	need = NFQUEUE_PAYLOAD_OFF;
	if (pkt->len < DIRECT_SIZE)
		need += padded;
	if (OUT_SIZE - nq->outlen < need)
		(void)push_out(port, NULL, 0);
	out = nq->out + nq->outlen;
	divert_nfqueue_replace(out, nq->queue, make_seq(nq, DIVERT_REPLACE),
	    pkt->id, pkt->len);
	nq->outlen += NFQUEUE_PAYLOAD_OFF;
	if (pkt->len >= DIRECT_SIZE) {
		s = current_send(nq);
		if (push_out(port, pkt->data, pkt->len) == -1)
			return (-1);
		s->count[DIVERT_REPLACE]++;
		return (0);
	}
	out += NFQUEUE_PAYLOAD_OFF;
	memcpy(out, pkt->data, pkt->len);
	memset(out + pkt->len, 0, padded - pkt->len);
	nq->outlen += padded;
	current_send(nq)->count[DIVERT_REPLACE]++;
	return (0);
}

static int
nfqueue_verdict(struct divert_port *port, const struct divert_packet *pkt,
    enum divert_verdict verdict)
{
	if ((pkt->flags & DIVERT_PACKET_HAS_ID) == 0) {
		errno = EINVAL;
		return (-1);
	}
	switch (verdict) {
	case DIVERT_PASS:
		return (append_verdict(port, DIVERT_PASS, pkt->id, NF_ACCEPT));
	case DIVERT_REPLACE:
		return (append_replace(port, pkt));
	case DIVERT_DROP:
	case DIVERT_EXPIRE:
	default:
		return (append_verdict(port, verdict, pkt->id, NF_DROP));
	}
}

static int
nfqueue_flush(struct divert_port *port)
{
	struct nfqueue	*nq = port->state;

	if (nq->outlen > 0)
		(void)push_out(port, NULL, 0);
	if (nq->failed == 0)
		return (0);
	errno = nq->failed;
	nq->failed = 0;
	return (divert_port_fail(port, "%s: verdicts were lost: %s",
	    port->name, strerror(errno)));
}

/*
 * Finish a packet: what the message does not say.  Ids have no gaps but for
 * packets that found no room in the socket buffer.
 */
static void
complete_packet(struct nfqueue *nq, struct divert_packet *pkt,
    const struct timespec *now)
{
	uint32_t	 ifindex, step;

	step = pkt->id - (uint32_t)nq->received;
	if (step > 0 && step <= INT32_MAX) {
		nq->received += step;
		if (step > 1 && !nq->fail_open) {
			pkt->drops = step - 1;
			pkt->flags |= DIVERT_PACKET_HAS_DROPS;
		}
	}
	pkt->queue = nq->queue;
	pkt->flags |= DIVERT_PACKET_HAS_QUEUE;
	if (pkt->time.tv_sec == 0)
		pkt->time = *now;
	ifindex = pkt->direction == DIVERT_DIRECTION_IN ? pkt->in_ifindex :
	    pkt->out_ifindex;
	if (ifindex != 0)
		memcpy(pkt->ifname, divert_links_name(nq->links, ifindex),
		    sizeof(pkt->ifname));
}

/* Sort n messages: packets go to the batch.  Returns how many. */
static int
read_messages(struct divert_port *port, int n)
{
	struct nfqueue		*nq = port->state;
	struct divert_packet	*pkt;
	struct timespec		 now;
	struct nlmsghdr		 nlh;
	uint8_t			*msg;
	size_t			 len;
	int			 cut, got, i;

	clock_gettime(CLOCK_REALTIME, &now);
	divert_links_refresh(nq->links, now.tv_sec);
	got = 0;
	for (i = 0; i < n; i++) {
		msg = nq->iovs[i].iov_base;
		len = nq->msgs[i].msg_len;
		cut = (nq->msgs[i].msg_hdr.msg_flags & MSG_TRUNC) != 0;
		if (len > SLOT_MESSAGE)
			len = SLOT_MESSAGE;
		if (len < sizeof(nlh))
			continue;
		memcpy(&nlh, msg, sizeof(nlh));
		if (nlh.nlmsg_len < len)
			len = nlh.nlmsg_len;
		if (nlh.nlmsg_type == NLMSG_ERROR) {
			read_error(port, msg, len);
			continue;
		}
		if (nlh.nlmsg_type !=
		    (NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET))
			continue;
		pkt = &port->batch[got];
		if (divert_nfqueue_decode(msg, len, pkt) == -1) {
			nq->unread++;
			continue;
		}
		complete_packet(nq, pkt, &now);
		if (cut) {
			/* Nobody can be lent half a message. */
			nq->unread++;
			(void)append_verdict(port, KIND_NONE, pkt->id,
			    NF_DROP);
			continue;
		}
		got++;
	}
	return (got);
}

static int
nfqueue_recv(struct divert_port *port)
{
	struct nfqueue	*nq = port->state;
	int		 got, n, round;

	/* Several rounds, for there may be answers only. */
	for (round = 0; round < RECV_ROUNDS; round++) {
		do
			n = recvmmsg(port->fd, nq->msgs, DIVERT_BATCH_MAX,
			    MSG_DONTWAIT, NULL);
		while (n == -1 && errno == EINTR);
		if (n == -1) {
			if (errno != EAGAIN)
				divert_port_fail(port, "%s: %s", port->name,
				    strerror(errno));
			return (-1);
		}
		if ((got = read_messages(port, n)) > 0)
			return (got);
	}
	errno = EAGAIN;
	return (-1);
}

static int
nfqueue_inject(struct divert_port *port, const struct divert_packet *pkt)
{
	struct nfqueue	*nq = port->state;
	int		 error;

	if (nq->injector == NULL) {
		errno = ENOTSUP;
		return (divert_port_fail(port, "%s: cannot inject packets%s%s",
		    port->name, nq->inject_text[0] == '\0' ? "" : ": ",
		    nq->inject_text));
	}
	/* In order with the verdicts given before. */
	if (nq->outlen > 0)
		(void)push_out(port, NULL, 0);
	if (divert_injector_send(nq->injector, pkt) == -1) {
		error = errno;
		nq->refused++;
		divert_port_fail(port, "%s: inject: %s", port->name,
		    strerror(error));
		errno = error;
		return (-1);
	}
	return (0);
}

/* Carry a 32-bit counter of the kernel on beyond its wrap. */
static void
extend(uint64_t *counter, uint32_t low)
{
	*counter += low - (uint32_t)*counter;
}

/*
 * What the kernel lost has no packet id when the queue was full (dropped),
 * and has one when the socket was full (user_dropped): ids = received +
 * user_dropped + what waits in the socket.  Exact as long as this is called
 * once in 2^32 losses.
 */
static void
nfqueue_stats(struct divert_port *port, struct divert_stats *stats)
{
	struct nfqueue		*nq = port->state;
	struct nfqueue_proc	 proc;

	stats->kernel.received = nq->received;
	stats->kernel.output = stats->passed + stats->replaced +
	    stats->injected;
	stats->kernel.errors = stats->lost + nq->refused;
	if (nq->procfd == -1 ||
	    divert_nfqueue_proc_read(nq->procfd, nq->queue, &proc) == -1)
		return;
	extend(&nq->dropped, proc.dropped);
	extend(&nq->user_dropped, proc.user_dropped);
	stats->kernel.received += proc.id - (uint32_t)nq->received;
	stats->kernel.full_socket = nq->user_dropped;
	stats->missed = nq->dropped + nq->user_dropped + nq->unread;
}

/* Send a configuration of one attribute and wait for the answer. */
static int
configure(struct divert_port *port, uint16_t type, const void *data,
    size_t len)
{
	struct nfqueue		*nq = port->state;
	struct netlink_message	 msg;

	divert_nfqueue_config(&msg, nq->queue);
	divert_netlink_put(&msg, type, data, len);
	return (divert_netlink_ask(port->fd, &msg, NULL));
}

static int
command(struct divert_port *port, uint8_t cmd)
{
	struct nfqnl_msg_config_cmd	 c;

	memset(&c, 0, sizeof(c));
	c.command = cmd;
	return (configure(port, NFQA_CFG_CMD, &c, sizeof(c)));
}

static int
set_flag(struct divert_port *port, uint32_t flag)
{
	struct nfqueue		*nq = port->state;
	struct netlink_message	 msg;
	uint8_t			 value[4];

	put32(value, flag);
	divert_nfqueue_config(&msg, nq->queue);
	divert_netlink_put(&msg, NFQA_CFG_FLAGS, value, sizeof(value));
	divert_netlink_put(&msg, NFQA_CFG_MASK, value, sizeof(value));
	return (divert_netlink_ask(port->fd, &msg, NULL));
}

/*
 * Start the packets.  No acknowledgement: packets may come before it.  The
 * kernel has done it when send(2) returns; had it refused, there would be its
 * error and no packet before that.
 */
static int
start_packets(struct divert_port *port)
{
	struct nfqueue			*nq = port->state;
	struct nfqnl_msg_config_params	 params;
	struct netlink_message		 msg;
	struct nlmsghdr			 nlh;
	uint8_t				 range[4];
	int				 error;

	memset(&params, 0, sizeof(params));
	put32(range, NFQUEUE_PAYLOAD_MAX);
	memcpy(&params.copy_range, range, sizeof(range));
	params.copy_mode = NFQNL_COPY_PACKET;
	divert_nfqueue_config(&msg, nq->queue);
	divert_netlink_put(&msg, NFQA_CFG_PARAMS, &params, sizeof(params));
	if (divert_netlink_tell(port->fd, &msg) == -1)
		return (-1);
	if (recv(port->fd, msg.buf, sizeof(msg.buf), MSG_PEEK) <
	    (ssize_t)(sizeof(nlh) + sizeof(error)))
		return (0);
	memcpy(&nlh, msg.buf, sizeof(nlh));
	if (nlh.nlmsg_type != NLMSG_ERROR)
		return (0);
	memcpy(&error, msg.buf + sizeof(nlh), sizeof(error));
	errno = -error;
	return (-1);
}

static int64_t
monotonic_ms(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

/*
 * Bind the queue.  EPERM of BIND is also what the kernel says when another
 * socket has the queue; PF_BIND, a relic that does nothing, tells the two
 * apart.  The queue of a process that was killed is there for some
 * milliseconds more, so try for a while.
 */
static int
bind_queue(struct divert_port *port)
{
	static const struct timespec	 pause = { 0, 1000000 };
	struct nfqueue			*nq = port->state;
	struct nfqueue_proc		 proc;
	char				 holder[96];
	int64_t				 until;

	if (command(port, NFQNL_CFG_CMD_PF_BIND) == -1) {
		if (errno == EPERM)
			return (divert_port_fail(port, "%s: needs root or "
			    "CAP_NET_ADMIN", port->name));
		if (errno == EINVAL || errno == EOPNOTSUPP) {
			errno = ENOTSUP;
			return (divert_port_fail(port, "%s: this kernel has "
			    "no NFQUEUE (nfnetlink_queue)", port->name));
		}
		return (divert_port_fail(port, "%s: %s", port->name,
		    strerror(errno)));
	}
	until = monotonic_ms() + REBIND_MS;
	while (command(port, NFQNL_CFG_CMD_BIND) == -1) {
		if (errno != EPERM && errno != EBUSY)
			return (divert_port_fail(port, "%s: bind: %s",
			    port->name, strerror(errno)));
		if (monotonic_ms() < until) {
			nanosleep(&pause, NULL);
			continue;
		}
		strlcpy(holder, "another process", sizeof(holder));
		if (nq->procfd != -1 && divert_nfqueue_proc_read(nq->procfd,
		    nq->queue, &proc) == 0)
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
configure_queue(struct divert_port *port, const struct divert_options *options)
{
	uint8_t	 maxlen[4];

	put32(maxlen, options->queue_len != 0 ? options->queue_len :
	    QUEUE_LEN);
	if (configure(port, NFQA_CFG_QUEUE_MAXLEN, maxlen, sizeof(maxlen)) ==
	    -1)
		return (divert_port_fail(port, "%s: queue length: %s",
		    port->name, strerror(errno)));
	if (options->flags & DIVERT_OPTION_GSO)
		(void)set_flag(port, NFQA_CFG_F_GSO);
	if ((options->flags & DIVERT_OPTION_FAIL_OPEN) &&
	    set_flag(port, NFQA_CFG_F_FAIL_OPEN) == -1) {
		errno = ENOTSUP;
		return (divert_port_fail(port, "%s: this kernel cannot fail "
		    "open", port->name));
	}
	if (start_packets(port) == -1)
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
	on = 1;
	(void)setsockopt(port->fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, &on,
	    sizeof(on));
}

static int
map_slots(struct nfqueue *nq)
{
	void	*map;
	size_t	 i;

	/* Mapped, so that what no packet fills costs nothing. */
	map = mmap(NULL, MAP_SIZE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED)
		return (-1);
	nq->slots = map;
	nq->out = nq->slots + DIVERT_BATCH_MAX * SLOT_SIZE;
	for (i = 0; i < DIVERT_BATCH_MAX; i++) {
		nq->iovs[i].iov_base = nq->slots + i * SLOT_SIZE +
		    DIVERT_HEADROOM;
		nq->iovs[i].iov_len = SLOT_MESSAGE;
		nq->msgs[i].msg_hdr.msg_iov = &nq->iovs[i];
		nq->msgs[i].msg_hdr.msg_iovlen = 1;
	}
	return (0);
}

static void
nfqueue_close(struct divert_port *port)
{
	struct nfqueue	*nq = port->state;

	/* Unbound by name, for a child may have the socket open still. */
	if (nq->bound)
		(void)command(port, NFQNL_CFG_CMD_UNBIND);
	if (port->fd != -1)
		close(port->fd);
	if (nq->procfd != -1)
		close(nq->procfd);
	divert_injector_close(nq->injector);
	divert_links_close(nq->links);
	if (nq->slots != NULL)
		munmap(nq->slots, MAP_SIZE);
	free(nq);
}

static int
open_queue(struct divert_port *port, const struct divert_options *options)
{
	struct nfqueue	*nq = port->state;

	if (map_slots(nq) == -1)
		return (divert_port_fail(port, "%s: out of memory",
		    port->name));
	nq->procfd = divert_nfqueue_proc_open();
	if ((port->fd = divert_netlink_open(NETLINK_NETFILTER, 0)) == -1) {
		if (errno != EPROTONOSUPPORT && errno != EAFNOSUPPORT)
			return (divert_port_fail(port, "%s: socket: %s",
			    port->name, strerror(errno)));
		errno = ENOTSUP;
		return (divert_port_fail(port, "%s: this kernel has no "
		    "netfilter netlink", port->name));
	}
	if ((nq->links = divert_links_open()) == NULL)
		return (divert_port_fail(port, "%s: rtnetlink: %s",
		    port->name, strerror(errno)));
	size_buffers(port, options);
	if (bind_queue(port) == -1)
		return (-1);
	nq->bound = 1;
	if (nq->procfd == -1)
		nq->procfd = divert_nfqueue_proc_open();
	return (configure_queue(port, options));
}

static int
nfqueue_open(struct divert_port *port, const char *arg,
    const struct divert_options *options)
{
	struct nfqueue	*nq;
	int		 error, queue;

	if ((queue = divert_port_number(port, arg, 0)) == -1)
		return (-1);
	if ((nq = calloc(1, sizeof(*nq))) == NULL)
		return (divert_port_fail(port, "%s: out of memory",
		    port->name));
	nq->queue = (uint16_t)queue;
	nq->procfd = -1;
	nq->fail_open = (options->flags & DIVERT_OPTION_FAIL_OPEN) != 0;
	port->state = nq;
	if (open_queue(port, options) == -1) {
		error = errno;
		nfqueue_close(port);
		errno = error;
		return (-1);
	}
	port->caps = DIVERT_CAP_LIVE;
	if ((options->flags & DIVERT_OPTION_NO_INJECT) == 0)
		nq->injector = divert_injector_open(options->mark != 0 ?
		    options->mark : DIVERT_MARK_DEFAULT, nq->inject_text,
		    sizeof(nq->inject_text));
	if (nq->injector != NULL)
		port->caps |= DIVERT_CAP_INJECT;
	return (0);
}

const struct divert_backend divert_backend_nfqueue = {
	.kind = "nfqueue",
	.write_max = NFQUEUE_PAYLOAD_MAX,
	.open = nfqueue_open,
	.recv = nfqueue_recv,
	.verdict = nfqueue_verdict,
	.inject = nfqueue_inject,
	.flush = nfqueue_flush,
	.stats = nfqueue_stats,
	.close = nfqueue_close,
};
