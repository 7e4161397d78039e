/* SPDX-License-Identifier: ISC */

/*
 * An nfqueue port that only injects: there is no queue, so that another can
 * have it, and nothing to read.
 *
 * The same two processes as with a queue (netlink_guard.c), for the same
 * reason: what makes the devices of injection may do much else.  A batch goes
 * over in one message, or a few where it is large, and its results come back
 * in one; no packet is told of before the kernel has it.  The answers of a
 * batch are small and fit into the guard's socket, so neither waits for ever.  Raw sockets, once
 * open, need no privilege and give no other power than the guard would, so
 * what goes out goes without it.
 */

#include "compat.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "divert_int.h"

/* A message is at most this large, or one packet with its header. */
#define MESSAGE_SIZE	(96u << 10)
#define MESSAGE_PACKETS	256
#define ASKED_MAX	16
#define PACKET_MAGIC	0x64760101u

struct port_inject {
	struct divert_injector	*injector;
	int			 guard;		/* -1: none */
	uint64_t		 refused;
};

/* What goes before the bytes of each packet. */
struct guard_packet {
	uint32_t	 magic;
	uint32_t	 len;
	uint32_t	 flags;
	uint32_t	 direction;
	uint32_t	 mark;
	uint32_t	 in_ifindex;
	uint32_t	 out_ifindex;
	char		 ifname[DIVERT_IFNAME_SIZE];
};

/*
 * The guard.
 */

/* The packets of a message: how many, or -1: it is not made by us. */
static int
read_message(uint8_t *buf, size_t len, struct divert_packet *pkts)
{
	struct guard_packet	 head;
	int			 n;

	for (n = 0; len > 0; n++) {
		if (n == MESSAGE_PACKETS || len < sizeof(head))
			return (-1);
		memcpy(&head, buf, sizeof(head));
		buf += sizeof(head);
		len -= sizeof(head);
		if (head.magic != PACKET_MAGIC || head.len > len)
			return (-1);
		memset(&pkts[n], 0, sizeof(pkts[n]));
		pkts[n].data = buf;
		pkts[n].len = head.len;
		pkts[n].flags = head.flags & DIVERT_PACKET_HAS_MARK;
		pkts[n].direction = (uint8_t)head.direction;
		pkts[n].mark = head.mark;
		pkts[n].in_ifindex = head.in_ifindex;
		pkts[n].out_ifindex = head.out_ifindex;
		memcpy(pkts[n].ifname, head.ifname, sizeof(pkts[n].ifname));
		pkts[n].ifname[sizeof(pkts[n].ifname) - 1] = '\0';
		buf += head.len;
		len -= head.len;
	}
	return (n);
}

static int
answer(int sock, const struct divert_injected *results, int n)
{
	ssize_t	 sent;

	do
		sent = send(sock, results, (size_t)n * sizeof(*results),
		    MSG_NOSIGNAL);
	while (sent == -1 && errno == EINTR);
	return (sent == -1 ? -1 : 0);
}

/* Until the other end is closed: 0, or -1 with errno. */
static int
serve(struct divert_injector *injector, int sock, uint8_t *buf, size_t size)
{
	const struct divert_packet	*list[MESSAGE_PACKETS];
	struct divert_injected		 results[MESSAGE_PACKETS];
	struct divert_packet		 pkts[MESSAGE_PACKETS];
	ssize_t				 len;
	int				 i, n;

	for (;;) {
		if ((len = recv(sock, buf, size, MSG_TRUNC)) == -1) {
			if (errno == EINTR)
				continue;
			return (-1);
		}
		if (len == 0)
			return (0);
		if ((size_t)len > size ||
		    (n = read_message(buf, (size_t)len, pkts)) == -1) {
			errno = EBADMSG;
			return (-1);
		}
		for (i = 0; i < n; i++)
			list[i] = &pkts[i];
		divert_injector_send_batch(injector, list, n, results);
		if (answer(sock, results, n) == -1)
			return (-1);
	}
}

static int
inject_serve(struct divert_port *port, int sock)
{
	struct port_inject	*state = port->state;
	const size_t		 size = MESSAGE_SIZE + DIVERT_PACKET_MAX;
	uint8_t			*buf;
	int			 error;

	if ((buf = malloc(size)) == NULL)
		return (divert_port_fail(port, "%s: out of memory",
		    port->name));
	error = serve(state->injector, sock, buf, size) == 0 ? 0 : errno;
	free(buf);
	if (error == 0)
		return (0);
	errno = error;
	if (error == EBADMSG)
		return (divert_port_fail(port, "%s: was sent what is no "
		    "packet, and ends", port->name));
	return (divert_port_fail(port, "%s: %s", port->name,
	    strerror(error)));
}

/*
 * Those who ask it.
 */

static int
inject_delegate(struct divert_port *port, int sock)
{
	struct port_inject	*state = port->state;

	divert_injector_keep(state->injector);
	state->guard = sock;
	return (0);
}

/* How many packets of the batch make one message. */
static int
count_message(const struct divert_packet *const *pkts, int n)
{
	size_t	 size = 0;
	int	 i;

	for (i = 0; i < n && i < MESSAGE_PACKETS; i++) {
		size += sizeof(struct guard_packet) + pkts[i]->len;
		if (size > MESSAGE_SIZE && i > 0)
			break;
	}
	return (i);
}

/* Send one message.  0, or -1 with errno. */
static int
ask_guard(int sock, const struct divert_packet *const *pkts, int n)
{
	struct guard_packet	 heads[MESSAGE_PACKETS];
	struct iovec		 iov[2 * MESSAGE_PACKETS];
	struct msghdr		 msg;
	ssize_t			 len;
	int			 i;

	memset(heads, 0, (size_t)n * sizeof(heads[0]));
	for (i = 0; i < n; i++) {
		heads[i].magic = PACKET_MAGIC;
		heads[i].len = pkts[i]->len;
		heads[i].flags = pkts[i]->flags & DIVERT_PACKET_HAS_MARK;
		heads[i].direction = pkts[i]->direction;
		heads[i].mark = pkts[i]->mark;
		heads[i].in_ifindex = pkts[i]->in_ifindex;
		heads[i].out_ifindex = pkts[i]->out_ifindex;
		memcpy(heads[i].ifname, pkts[i]->ifname,
		    sizeof(heads[i].ifname));
		iov[2 * i].iov_base = &heads[i];
		iov[2 * i].iov_len = sizeof(heads[i]);
		iov[2 * i + 1].iov_base = pkts[i]->data;
		iov[2 * i + 1].iov_len = pkts[i]->len;
	}
	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = iov;
	msg.msg_iovlen = 2 * (size_t)n;
	do
		len = sendmsg(sock, &msg, MSG_NOSIGNAL);
	while (len == -1 && errno == EINTR);
	return (len == -1 ? -1 : 0);
}

/* What became of the n packets of a message.  0, or -1 with errno. */
static int
hear_guard(int sock, int n, struct divert_injected *results)
{
	ssize_t	 len;

	do
		len = recv(sock, results, (size_t)n * sizeof(*results), 0);
	while (len == -1 && errno == EINTR);
	if (len == -1)
		return (-1);
	if ((size_t)len == (size_t)n * sizeof(*results))
		return (0);
	errno = EPIPE;
	return (-1);
}

/* May the guard be sent this? */
static int
is_packet(const struct divert_packet *pkt)
{
	return (pkt->len > 0 && pkt->len <= DIVERT_PACKET_MAX);
}

/*
 * The first packets of the batch that go the same way: how many, and whether
 * the guard has to send them.
 */
static int
count_same(const struct port_inject *state,
    const struct divert_packet *const *pkts, int n, int *guard)
{
	int	 i;

	*guard = !divert_injector_can(state->injector, pkts[0]);
	for (i = 1; i < n; i++)
		if (divert_injector_can(state->injector, pkts[i]) == *guard ||
		    (*guard && !is_packet(pkts[i])))
			break;
	return (*guard ? count_message(pkts, i) : i);
}

static void
fail_all(struct divert_injected *results, int n, int error)
{
	for (; n > 0; n--, results++) {
		results->error = error;
		results->mtu = 0;
	}
}

/* Messages under way: the guard shall not wait for the next one. */
struct asked {
	int	 first[ASKED_MAX];
	int	 n[ASKED_MAX];
	int	 count;
};

static void
hear_all(struct port_inject *state, struct asked *asked,
    struct divert_injected *results)
{
	int	 i;

	for (i = 0; i < asked->count; i++)
		if (hear_guard(state->guard, asked->n[i],
		    &results[asked->first[i]]) == -1)
			fail_all(&results[asked->first[i]], asked->n[i],
			    errno);
	asked->count = 0;
}

static void
inject_some(struct port_inject *state,
    const struct divert_packet *const *pkts, int n,
    struct divert_injected *results)
{
	struct asked	 asked;
	int		 guard, i, step;

	asked.count = 0;
	for (i = 0; i < n; i += step) {
		step = count_same(state, &pkts[i], n - i, &guard);
		if (!guard) {
			/* In order. */
			hear_all(state, &asked, results);
			divert_injector_send_batch(state->injector, &pkts[i],
			    step, &results[i]);
		} else if (!is_packet(pkts[i]))
			fail_all(&results[i], step = 1, EINVAL);
		else if (ask_guard(state->guard, &pkts[i], step) == -1)
			fail_all(&results[i], step, errno);
		else {
			asked.first[asked.count] = i;
			asked.n[asked.count] = step;
			if (++asked.count == ASKED_MAX)
				hear_all(state, &asked, results);
		}
	}
	hear_all(state, &asked, results);
}

static void
inject_batch(struct divert_port *port, const struct divert_packet *const *pkts,
    int n, struct divert_injected *results)
{
	struct port_inject	*state = port->state;
	int			 i;

	if (state->guard != -1)
		inject_some(state, pkts, n, results);
	else
		divert_injector_send_batch(state->injector, pkts, n, results);
	for (i = 0; i < n; i++) {
		if (results[i].error == 0)
			continue;
		state->refused++;
		divert_port_fail(port, "%s: inject: %s", port->name,
		    strerror(results[i].error));
	}
}

static int
inject_one(struct divert_port *port, const struct divert_packet *pkt)
{
	struct divert_injected	 result;

	inject_batch(port, &pkt, 1, &result);
	errno = result.error;
	return (errno == 0 ? 0 : -1);
}

static int
inject_recv(struct divert_port *port)
{
	(void)port;
	return (0);
}

static void
inject_stats(struct divert_port *port, struct divert_stats *stats)
{
	const struct port_inject	*state = port->state;

	stats->kernel.output = stats->injected;
	stats->kernel.errors = state->refused;
}

static void
inject_close(struct divert_port *port)
{
	struct port_inject	*state = port->state;
	char			 c;

	if (state->guard != -1) {
		/* No bytes are the end, as if the socket were closed; and then
		 * until it is gone, and what it made with it. */
		if (send(state->guard, "", 0, MSG_NOSIGNAL) == 0)
			while (recv(state->guard, &c, sizeof(c), 0) > 0)
				;
		close(state->guard);
	}
	divert_injector_close(state->injector);
	free(state);
}

static int
inject_open(struct divert_port *port, const char *arg,
    const struct divert_options *options)
{
	struct port_inject	*state;
	char			 text[DIVERT_ERROR_SIZE];
	int			 error;

	if (divert_port_number(port, arg, 0) == -1)
		return (-1);
	if ((state = calloc(1, sizeof(*state))) == NULL)
		return (divert_port_fail(port, "%s: out of memory",
		    port->name));
	state->guard = -1;
	port->rcvbuf = options->rcvbuf;
	state->injector = divert_injector_open(options->mark != 0 ?
	    options->mark : DIVERT_MARK_DEFAULT, &port->rcvbuf, text,
	    sizeof(text));
	if (state->injector == NULL) {
		error = errno;
		free(state);
		errno = error;
		return (divert_port_fail(port, "%s: %s", port->name, text));
	}
	port->state = state;
	port->caps = DIVERT_CAP_LIVE | DIVERT_CAP_INJECT;
	return (0);
}

const struct divert_backend divert_backend_inject = {
	.kind = "nfqueue",
	.open = inject_open,
	.recv = inject_recv,
	.inject = inject_one,
	.inject_batch = inject_batch,
	.stats = inject_stats,
	.close = inject_close,
	.serve = inject_serve,
	.delegate = inject_delegate,
};
