/* SPDX-License-Identifier: ISC */

/*
 * Verdicts on their way to the kernel: one buffer of concatenated messages in
 * the order given, and what is needed to know which of them it refused.
 *
 * The kernel answers a verdict it refuses, unasked.  The sequence number of
 * the answer says the kind of verdict, in its low bits, and the send it was
 * in, so that counters can be set right.
 *
 * NFQNL_MSG_VERDICT_BATCH is not used: it is silent about the packets of a
 * batch that are no longer there.
 */

#include "compat.h"

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>

#include <linux/netfilter.h>
#include <linux/netlink.h>

#include <libmnl/libmnl.h>

#include "netlink_queue.h"

/* A payload from here on is not copied but sent at once, with what waits. */
#define DIRECT_SIZE	(8 * 1024)
/* How often a send is tried again, two milliseconds apart. */
#define SEND_TRIES	50

#define KIND_BITS	3
#define KIND_MASK	((1u << KIND_BITS) - 1)

static struct nfqueue_send *
current_send(struct nfqueue_out *out)
{
	return (&out->sends[out->number % NFQUEUE_SENDS]);
}

static void
next_send(struct nfqueue_out *out)
{
	struct nfqueue_send	*s;

	out->number = (out->number + 1) & (UINT32_MAX >> KIND_BITS);
	out->len = 0;
	s = current_send(out);
	memset(s, 0, sizeof(*s));
	s->number = out->number;
}

/* All verdicts of a send were refused: each moves to lost, once. */
static void
lose_send(struct divert_port *port, struct nfqueue_send *s, int error)
{
	uint32_t	 n;
	int		 kind;

	for (kind = 0; kind < NFQUEUE_KIND_NONE; kind++) {
		for (n = s->count[kind]; n > 0; n--)
			divert_port_count_lost(port,
			    (enum divert_verdict)kind, error);
		s->count[kind] = 0;
	}
}

/*
 * Send the buffer, and a payload after it if there is one.  Returns 0, or -1
 * with errno: all of it is lost.
 */
static int
push_out(struct divert_port *port, struct nfqueue_out *out,
    const uint8_t *payload, size_t len)
{
	static const uint8_t	 zeros[4];
	struct iovec		 iov[3];
	struct msghdr		 msg;
	struct pollfd		 pfd;
	int			 error, tries;

	iov[0].iov_base = out->buf;
	iov[0].iov_len = out->len;
	iov[1].iov_base = (void *)(uintptr_t)payload;
	iov[1].iov_len = len;
	iov[2].iov_base = (void *)(uintptr_t)zeros;
	iov[2].iov_len = -len & 3;
	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = iov;
	msg.msg_iovlen = len == 0 ? 1 : 3;
	/* Netlink takes a message whole or not at all. */
	for (tries = 0; (out->guard == -1 ?
	    sendmsg(port->fd, &msg, MSG_DONTWAIT) == -1 :
	    divert_nfqueue_guard_send(out->guard, iov, (int)msg.msg_iovlen) ==
	    -1); tries++) {
		if (errno == EINTR)
			continue;
		/* Short of memory: wait. */
		if ((errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM) &&
		    tries < SEND_TRIES) {
			pfd.fd = port->fd;
			pfd.events = POLLOUT;
			(void)poll(&pfd, errno == EAGAIN ? 1 : 0, 2);
			continue;
		}
		error = errno;
		lose_send(port, current_send(out), error);
		next_send(out);
		out->failed = errno = error;
		return (-1);
	}
	next_send(out);
	return (0);
}

static uint32_t
make_seq(const struct nfqueue_out *out, unsigned int kind)
{
	return (out->number << KIND_BITS | kind);
}

void
divert_nfqueue_out_verdict(struct divert_port *port, struct nfqueue_out *out,
    unsigned int kind, uint32_t id, uint32_t code)
{
	if (NFQUEUE_OUT_SIZE - out->len < NFQUEUE_VERDICT_SIZE)
		(void)push_out(port, out, NULL, 0);
	divert_nfqueue_verdict(out->buf + out->len, out->queue,
	    make_seq(out, kind), id, code);
	out->len += NFQUEUE_VERDICT_SIZE;
	current_send(out)->count[kind]++;
}

int
divert_nfqueue_out_replace(struct divert_port *port, struct nfqueue_out *out,
    const struct divert_packet *pkt)
{
	struct nfqueue_send	*s;
	uint8_t			*p;
	size_t			 need, padded;

	padded = NLMSG_ALIGN(pkt->len);
	need = NFQUEUE_PAYLOAD_OFF;
	if (pkt->len < DIRECT_SIZE)
		need += padded;
	if (NFQUEUE_OUT_SIZE - out->len < need)
		(void)push_out(port, out, NULL, 0);
	p = out->buf + out->len;
	divert_nfqueue_replace(p, out->queue, make_seq(out, DIVERT_REPLACE),
	    pkt->id, pkt->len);
	out->len += NFQUEUE_PAYLOAD_OFF;
	s = current_send(out);
	if (pkt->len >= DIRECT_SIZE) {
		/* The caller has not counted this one yet; s has when told. */
		if (push_out(port, out, pkt->data, pkt->len) == -1)
			return (-1);
		s->count[DIVERT_REPLACE]++;
		return (0);
	}
	p += NFQUEUE_PAYLOAD_OFF;
	memcpy(p, pkt->data, pkt->len);
	memset(p + pkt->len, 0, padded - pkt->len);
	out->len += padded;
	s->count[DIVERT_REPLACE]++;
	return (0);
}

void
divert_nfqueue_out_refused(struct divert_port *port, struct nfqueue_out *out,
    const struct nlmsghdr *nlh, size_t len)
{
	const struct nlmsgerr	*answer;
	struct nfqueue_send	*s;
	unsigned int		 kind;
	int			 error;

	answer = mnl_nlmsg_get_payload(nlh);
	if (len < mnl_nlmsg_size(sizeof(*answer)) || answer->error == 0)
		return;
	error = -answer->error;
	kind = nlh->nlmsg_seq & KIND_MASK;
	s = &out->sends[(nlh->nlmsg_seq >> KIND_BITS) % NFQUEUE_SENDS];
	if (s->number != nlh->nlmsg_seq >> KIND_BITS)
		s = NULL;
	/*
	 * Without the privilege the kernel refuses the whole send and answers
	 * its first message only.
	 */
	if (error == EPERM && s != NULL) {
		lose_send(port, s, error);
		return;
	}
	if (kind < NFQUEUE_KIND_NONE) {
		if (s != NULL && s->count[kind] > 0)
			s->count[kind]--;
		divert_port_count_lost(port, (enum divert_verdict)kind, error);
	}
}

void
divert_nfqueue_out_failed(struct divert_port *port, struct nfqueue_out *out,
    uint32_t seq, int error)
{
	struct nfqueue_send	*s;

	s = &out->sends[(seq >> KIND_BITS) % NFQUEUE_SENDS];
	if (s->number == seq >> KIND_BITS)
		lose_send(port, s, error);
	out->failed = error;
}

int
divert_nfqueue_out_flush(struct divert_port *port, struct nfqueue_out *out)
{
	if (out->len > 0)
		(void)push_out(port, out, NULL, 0);
	if (out->failed == 0)
		return (0);
	errno = out->failed;
	out->failed = 0;
	return (divert_port_fail(port, "%s: verdicts were lost: %s",
	    port->name, strerror(errno)));
}
