/* SPDX-License-Identifier: ISC */

/*
 * Packets on their way back to the kernel.  They are copied, for their bytes
 * are the caller's and the checksums of what goes out are not his, and go
 * together in the order of their verdicts.
 *
 * The kernel's word comes with the send, so a packet counted as passed moves
 * to lost when it is refused.  No errno is fatal.  When there is no room the
 * whole batch has a few pauses together, then is lost: nothing tells when
 * there is room again, and packets behind these are waiting.
 */

#include "compat.h"

#include <errno.h>
#include <time.h>

#include "port_divert.h"

#define PAUSES		4
#define PAUSE_NS	500000		/* half a millisecond */
/* More interruptions in one go are not believed. */
#define INTERRUPTIONS	64

/* How often one more try is worth it. */
struct patience {
	int	 pauses;
	int	 interruptions;
};

static const struct patience patience = { PAUSES, INTERRUPTIONS };

/* A send failed: whether to try the same once more. */
static int
try_again(struct patience *left, int error)
{
	const struct timespec	 pause = { 0, PAUSE_NS };

	switch (divert_decide_send(error)) {
	case DIVERT_DECIDE_AGAIN:
		return (left->interruptions-- > 0);
	case DIVERT_DECIDE_LATER:
		if (left->pauses-- <= 0)
			return (0);
		nanosleep(&pause, NULL);
		return (1);
	default:
		return (0);
	}
}

/* Packets from first on that go to the same socket. */
static int
count_run(const struct divert_out *out, int first)
{
	int	 i;

	for (i = first + 1; i < out->n; i++)
		if (out->sockets[i] != out->sockets[first])
			break;
	return (i - first);
}

/* Larger than its link: its first bytes, for an error about it. */
static void
keep_large(struct divert_out *out, int i)
{
	const struct divert_datagram	*d = &out->datagrams[i];
	struct divert_large		*large;
	struct divert_origin		 origin;

	divert_decide_origin(divert_kernel, d->addr, d->addrlen, &origin);
	if (origin.direction != DIVERT_DIRECTION_OUT ||
	    out->nlarge == DIVERT_LARGE_MAX)
		return;
	large = &out->large[out->nlarge++];
	memset(&large->pkt, 0, sizeof(large->pkt));
	large->pkt.data = large->data;
	large->pkt.len = d->len;
	large->pkt.wirelen = d->len;
	if (d->len > sizeof(large->data)) {
		large->pkt.len = sizeof(large->data);
		large->pkt.flags = DIVERT_PACKET_TRUNCATED;
	}
	memcpy(large->data, d->data, large->pkt.len);
	large->pkt.direction = DIVERT_DIRECTION_OUT;
	large->pkt.hook = 0xff;
	memcpy(large->pkt.ifname, out->names[i], sizeof(large->pkt.ifname));
}

static void
send_all(struct divert_port *port, struct divert_out *out)
{
	struct patience	 left = patience;
	int		 error, i, sent;

	for (i = 0; i < out->n; ) {
		sent = divert_datagrams_send(out->fds[out->sockets[i]],
		    &out->datagrams[i], count_run(out, i));
		if (sent > 0) {
			i += sent;
			continue;
		}
		error = sent == 0 ? EIO : errno;
		if (try_again(&left, error))
			continue;
		if (error == EMSGSIZE && port->too_large != NULL)
			keep_large(out, i);
		divert_port_count_lost(port,
		    (enum divert_verdict)out->verdicts[i], error);
		divert_port_fail(port, "%s: write: %s", port->name,
		    strerror(error));
		out->failed = error;
		i++;
	}
	out->n = 0;
	out->len = 0;
}

int
divert_out_add(struct divert_port *port, struct divert_out *out,
    const struct divert_packet *pkt, enum divert_verdict verdict)
{
	struct divert_datagram	*d;
	struct divert_layout	 layout;
	struct divert_origin	 origin;
	enum divert_reason	 reason;
	uint32_t		 len;
	int			 which;

	reason = divert_decide_write(divert_kernel, pkt, &layout, &len);
	if (reason != DIVERT_REASON_NONE)
		return ((int)reason);
	divert_decide_origin(divert_kernel, pkt->addr, pkt->addrlen, &origin);
	if (origin.version == 0)
		return (DIVERT_REASON_NO_DIRECTION);
	which = divert_decide_socket(divert_kernel, origin.version,
	    layout.version);
	if (which == -1 || out->fds[which] == -1) {
		errno = EAFNOSUPPORT;
		return (-1);
	}
	if (out->n == DIVERT_BATCH_MAX || len > DIVERT_OUT_SIZE - out->len)
		send_all(port, out);
	d = &out->datagrams[out->n];
	d->data = out->buf + out->len;
	d->len = len;
	d->addrlen = pkt->addrlen;
	memcpy(d->addr, pkt->addr, sizeof(d->addr));
	memcpy(d->data, pkt->data, len);
	if (!divert_decide_repair(divert_kernel, verdict, &origin))
		/* As if cut before it: only the header's sum is computed. */
		layout.flags &= (uint8_t)~DIVERT_LAYOUT_L4;
	divert_cksum_repair(d->data, &layout);
	out->verdicts[out->n] = (uint8_t)verdict;
	out->sockets[out->n] = (uint8_t)which;
	memcpy(out->names[out->n], pkt->ifname, sizeof(out->names[0]));
	out->n++;
	out->len += len;
	return (0);
}

int
divert_out_flush(struct divert_port *port, struct divert_out *out)
{
	int	 error;

	send_all(port, out);
	if ((error = out->failed) == 0)
		return (0);
	out->failed = 0;
	errno = error;
	return (-1);
}

int
divert_out_send(int fd, struct divert_datagram *d)
{
	struct patience	 left = patience;
	int		 sent;

	for (;;) {
		if ((sent = divert_datagrams_send(fd, d, 1)) > 0)
			return (0);
		if (sent == 0)
			errno = EIO;
		if (!try_again(&left, errno))
			return (-1);
	}
}
