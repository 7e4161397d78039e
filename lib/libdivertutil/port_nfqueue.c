/* SPDX-License-Identifier: ISC */

/*
 * The NFQUEUE back end.  Port N is queue N of the network namespace the port
 * was opened in.
 *
 * Packets are read a batch at a time, each into a slot of its own, and
 * verdicts are gathered in the order given into one buffer that goes to the
 * kernel in one send: netlink walks concatenated messages, and the system
 * call per verdict is what makes a plain loop slow.
 *
 * What the kernel lost is known from the packet ids and from /proc, so recv
 * does not fail with ENOBUFS for it.
 */

#include "compat.h"

#include <sys/mman.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <linux/netfilter.h>
#include <linux/netlink.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>

#include "netlink_queue.h"

#define RECV_ROUNDS	4
/* No message takes less of port->rcvbuf: the kernel counts twice that. */
#define MESSAGE_MIN	256

/* Before the message, 64 KiB of payload, and what is around it. */
#define SLOT_SIZE	(DIVERT_HEADROOM + 17 * 4096)
#define SLOT_MESSAGE	(SLOT_SIZE - DIVERT_HEADROOM)

struct nfqueue {
	struct netlink_links	*links;
	struct divert_injector	*injector;
	int			 procfd;
	int			 bound;
	int			 fail_open;
	int			 guard_gone;
	uint16_t		 queue;

	uint64_t		 received;	/* ids, beyond 32 bits */
	uint64_t		 dropped;	/* of /proc, beyond 32 bits */
	uint64_t		 user_dropped;
	uint64_t		 unread;	/* ids of packets unreadable */
	uint64_t		 refused;	/* injections */

	struct nfqueue_out	 out;

	struct mmsghdr		 msgs[DIVERT_BATCH_MAX];
	struct iovec		 iovs[DIVERT_BATCH_MAX];
	uint8_t			*slots;		/* mapped, with out.buf */
	char			 inject_text[DIVERT_ERROR_SIZE];
};

#define MAP_SIZE	(DIVERT_BATCH_MAX * SLOT_SIZE + NFQUEUE_OUT_SIZE)

static int
nfqueue_verdict(struct divert_port *port, const struct divert_packet *pkt,
    enum divert_verdict verdict)
{
	struct nfqueue	*nq = port->state;

	if ((pkt->flags & DIVERT_PACKET_HAS_ID) == 0) {
		errno = EINVAL;
		return (-1);
	}
	if (verdict == DIVERT_REPLACE)
		return (divert_nfqueue_out_replace(port, &nq->out, pkt));
	divert_nfqueue_out_verdict(port, &nq->out, verdict, pkt->id,
	    verdict == DIVERT_PASS ? NF_ACCEPT : NF_DROP);
	return (0);
}

static int
guard_is_gone(struct divert_port *port)
{
	errno = EPIPE;
	return (divert_port_fail(port, "%s: the process that gives the "
	    "verdicts is gone", port->name));
}

/*
 * With nothing to send too the guard is listened to, and once it is gone every
 * flush says so: of several in a row not all callers look at the result.
 */
static int
nfqueue_flush(struct divert_port *port)
{
	struct nfqueue	*nq = port->state;
	int		 result;

	if (nq->out.guard != -1 && !nq->guard_gone &&
	    divert_nfqueue_guard_hear(port, &nq->out) == -1)
		nq->guard_gone = 1;
	result = divert_nfqueue_out_flush(port, &nq->out);
	if (result == -1 && nq->out.guard != -1 &&
	    (errno == EPIPE || errno == ECONNRESET))
		nq->guard_gone = 1;
	return (nq->guard_gone ? guard_is_gone(port) : result);
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
	struct nlmsghdr		*nlh;
	size_t			 len;
	int			 cut, got, i;

	clock_gettime(CLOCK_REALTIME, &now);
	divert_links_refresh(nq->links, now.tv_sec);
	got = 0;
	for (i = 0; i < n; i++) {
		nlh = nq->iovs[i].iov_base;
		len = nq->msgs[i].msg_len;
		cut = (nq->msgs[i].msg_hdr.msg_flags & MSG_TRUNC) != 0;
		if (len > SLOT_MESSAGE)
			len = SLOT_MESSAGE;
		if (len < sizeof(*nlh))
			continue;
		if (nlh->nlmsg_len < len)
			len = nlh->nlmsg_len;
		if (nlh->nlmsg_type == NLMSG_ERROR) {
			divert_nfqueue_out_refused(port, &nq->out, nlh, len);
			continue;
		}
		if (nlh->nlmsg_type !=
		    (NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET))
			continue;
		pkt = &port->batch[got];
		if (divert_nfqueue_decode((uint8_t *)nlh, len, pkt) == -1) {
			nq->unread++;
			continue;
		}
		complete_packet(nq, pkt, &now);
		if (cut) {
			/* Nobody can be lent half a message. */
			nq->unread++;
			divert_nfqueue_out_verdict(port, &nq->out,
			    NFQUEUE_KIND_NONE, pkt->id, NF_DROP);
			continue;
		}
		got++;
	}
	return (got);
}

/* Read what is there into the slots: how many messages, or -1 with errno. */
static int
receive_messages(struct divert_port *port)
{
	struct nfqueue	*nq = port->state;
	int		 n;

	do
		n = recvmmsg(port->fd, nq->msgs, DIVERT_BATCH_MAX,
		    MSG_DONTWAIT, NULL);
	while (n == -1 && errno == EINTR);
	return (n);
}

static int
nfqueue_recv(struct divert_port *port)
{
	struct nfqueue	*nq = port->state;
	int		 got, n, round;

	/* Several rounds, for there may be answers only. */
	if (nq->guard_gone)
		return (guard_is_gone(port));
	for (round = 0; round < RECV_ROUNDS; round++) {
		if ((n = receive_messages(port)) == -1) {
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

/*
 * The kernel has answered what it refuses when a send returns, so the answers
 * are there, behind packets that nobody will read.  They are looked for in no
 * more messages than fit into the buffer: packets may go on coming.
 */
static void
nfqueue_settle(struct divert_port *port)
{
	struct nfqueue	*nq = port->state;
	struct nlmsghdr	*nlh;
	int64_t		 left;
	int		 i, n;

	if (nq->out.guard != -1)
		divert_nfqueue_guard_settle(port, &nq->out);
	for (i = 0; i < DIVERT_BATCH_MAX; i++)
		nq->iovs[i].iov_len = sizeof(*nlh) + sizeof(struct nlmsgerr);
	for (left = port->rcvbuf / MESSAGE_MIN + 1; left > 0; left -= n) {
		if ((n = receive_messages(port)) <= 0)
			return;
		for (i = 0; i < n; i++) {
			nlh = nq->iovs[i].iov_base;
			if (nq->msgs[i].msg_len >= sizeof(*nlh) &&
			    nlh->nlmsg_type == NLMSG_ERROR)
				divert_nfqueue_out_refused(port, &nq->out,
				    nlh, nq->msgs[i].msg_len);
		}
	}
}

static int
nfqueue_inject(struct divert_port *port, const struct divert_packet *pkt)
{
	struct nfqueue	*nq = port->state;
	int		 error;

	if (nq->injector == NULL && (nq->out.guard == -1 ||
	    (port->caps & DIVERT_CAP_INJECT) == 0)) {
		errno = ENOTSUP;
		return (divert_port_fail(port, "%s: cannot inject packets%s%s",
		    port->name, nq->inject_text[0] == '\0' ? "" : ": ",
		    nq->inject_text));
	}
	/* In order with the verdicts given before; the next flush tells. */
	if (divert_nfqueue_out_flush(port, &nq->out) == -1)
		nq->out.failed = errno;
	if ((nq->out.guard == -1 ? divert_injector_send(nq->injector, pkt) :
	    divert_nfqueue_guard_inject(port, &nq->out, pkt)) == -1) {
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
	nq->out.buf = nq->slots + DIVERT_BATCH_MAX * SLOT_SIZE;
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

	if (nq->out.guard != -1)
		divert_nfqueue_guard_end(port, &nq->out);
	else if (nq->bound)
		divert_nfqueue_unbind(port, nq->queue);
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
	if ((nq->links = divert_links_open()) == NULL)
		return (divert_port_fail(port, "%s: rtnetlink: %s",
		    port->name, strerror(errno)));
	/* The file is not there until the module is, which a bind loads. */
	nq->procfd = divert_nfqueue_proc_open();
	if (divert_nfqueue_bind(port, nq->queue, nq->procfd, options) == -1)
		return (-1);
	nq->bound = 1;
	if (nq->procfd == -1)
		nq->procfd = divert_nfqueue_proc_open();
	return (0);
}

static int
nfqueue_open(struct divert_port *port, const char *arg,
    const struct divert_options *options)
{
	struct nfqueue	*nq;
	unsigned int	 sndbuf = 0;
	int		 error, queue;

	if (options->flags & DIVERT_OPTION_INJECT_ONLY) {
		port->backend = &divert_backend_inject;
		return (port->backend->open(port, arg, options));
	}
	if ((queue = divert_port_number(port, arg, 0)) == -1)
		return (-1);
	if ((nq = calloc(1, sizeof(*nq))) == NULL)
		return (divert_port_fail(port, "%s: out of memory",
		    port->name));
	nq->queue = nq->out.queue = (uint16_t)queue;
	nq->procfd = nq->out.guard = -1;
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
		    options->mark : DIVERT_MARK_DEFAULT, &sndbuf,
		    nq->inject_text, sizeof(nq->inject_text));
	if (nq->injector != NULL)
		port->caps |= DIVERT_CAP_INJECT;
	return (0);
}

static int
nfqueue_serve(struct divert_port *port, int sock)
{
	struct nfqueue	*nq = port->state;

	if (divert_nfqueue_guard_serve(port, nq->injector, nq->queue, sock) ==
	    0)
		return (0);
	/* Bound, the queue goes on to wake the reader, who notices. */
	nq->bound = 0;
	if (errno == EBADMSG)
		return (divert_port_fail(port, "%s: asked to send what is no "
		    "verdict, and ends", port->name));
	return (divert_port_fail(port, "%s: %s", port->name,
	    strerror(errno)));
}

/* What the other process has now is of no use here. */
static int
nfqueue_delegate(struct divert_port *port, int sock)
{
	struct nfqueue	*nq = port->state;

	divert_injector_close(nq->injector);
	nq->injector = NULL;
	nq->out.guard = sock;
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
	.settle = nfqueue_settle,
	.stats = nfqueue_stats,
	.close = nfqueue_close,
	.serve = nfqueue_serve,
	.delegate = nfqueue_delegate,
};
