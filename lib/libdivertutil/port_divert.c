/* SPDX-License-Identifier: ISC */

/*
 * The divert back end: divert(4) of OpenBSD and FreeBSD.
 *
 * A port is one socket on FreeBSD and two, of one number, on OpenBSD; then
 * the descriptor to watch stands for both.  The address that comes with each
 * packet says its direction and goes back with it untouched: what it means is
 * in port_divert_decide.c.  To drop a packet is not to write it.
 *
 * Nothing the kernel says while packets flow ends a port, unless it says that
 * the descriptor is none or may not be read.
 *
 * Injection writes to the same socket with an address of the project's own.
 * On FreeBSD ipfw goes on after the rule in it: the packet's own if it says
 * one, else the last that sent a packet of that direction here, which is most
 * likely the one it should not meet again.  (pf of FreeBSD puts 1 or 2 in its
 * place, for the direction it was; that works out the same.)
 */

#include "compat.h"

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "port_divert.h"

#define SLOT_SIZE	(DIVERT_HEADROOM + 16 * 4096 + 64)
#define RCVBUF_DEFAULT	(16u * 1024 * 1024)
/* Every system gives this much unasked, and that is not worth a question. */
#define RCVBUF_LEAST	65536u
#define RCVBUF_STEP	65536u
#define INTERRUPTIONS	64

struct divert_sockets {
	int		 fds[2];		/* -1: none */
	int		 n;
	int		 turn;			/* who is read first */
	int		 inject_only;
	int		 inject;
	int		 pledged;
	int		 losses;		/* told by no packet yet */
	int		 lossy;			/* losses were told at all */
	uint16_t	 number;
	uint16_t	 rules[3];		/* the last seen, by direction */
	char		 ifname[DIVERT_IFNAME_SIZE];	/* of those without */
	uint32_t	 id;
	uint64_t	 full;			/* kernel.full_socket at open */
	uint8_t		*slots;
	struct divert_datagram datagrams[DIVERT_BATCH_MAX];
	struct divert_interfaces interfaces;
	struct divert_out out;
};

static int64_t
seconds_now(void)
{
	struct timespec	 now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return ((int64_t)now.tv_sec);
}

/*
 * The interface of a packet, asked for anew when it is not in the table.
 */
static const struct divert_interface *
find_origin(struct divert_sockets *s, const struct divert_origin *origin,
    int64_t now)
{
	const struct divert_interface	*interface;

	interface = divert_interfaces_origin(&s->interfaces, origin);
	if (interface != NULL || (origin->name[0] == '\0' &&
	    origin->direction != DIVERT_DIRECTION_IN))
		return (interface);
	divert_interfaces_refresh(&s->interfaces, now, 1);
	return (divert_interfaces_origin(&s->interfaces, origin));
}

/* Where the packet came from, as far as its address says. */
static void
set_origin(struct divert_sockets *s, struct divert_packet *pkt, int64_t now)
{
	const struct divert_interface	*interface;
	struct divert_origin		 origin;

	divert_decide_origin(divert_kernel, pkt->addr, pkt->addrlen, &origin);
	pkt->direction = origin.direction;
	if (origin.rule != 0) {
		pkt->rule = s->rules[origin.direction] = origin.rule;
		pkt->flags |= DIVERT_PACKET_HAS_RULE;
	}
	interface = find_origin(s, &origin, now);
	if (interface != NULL) {
		pkt->in_ifindex = interface->index;
		if (origin.direction == DIVERT_DIRECTION_IN)
			memcpy(pkt->ifname, interface->name,
			    sizeof(pkt->ifname));
	} else if (origin.direction == DIVERT_DIRECTION_IN)
		/* Gone meanwhile, or cut: it is what the kernel said. */
		strlcpy(pkt->ifname, origin.name, sizeof(pkt->ifname));
	if (pkt->ifname[0] == '\0')
		memcpy(pkt->ifname, s->ifname, sizeof(pkt->ifname));
}

static void
lend(struct divert_port *port, struct divert_packet *pkt,
    const struct divert_datagram *d, const struct timespec *time, int64_t now)
{
	struct divert_sockets	*s = port->state;

	memset(pkt, 0, sizeof(*pkt));
	pkt->data = d->data;
	pkt->len = pkt->wirelen = d->len;
	pkt->time = *time;
	pkt->hook = 0xff;
	pkt->id = s->id++;
	pkt->queue = s->number;
	pkt->flags = DIVERT_PACKET_HAS_ID | DIVERT_PACKET_HAS_QUEUE |
	    DIVERT_PACKET_NOTVERIFIED;
	if (d->truncated) {
		pkt->flags |= DIVERT_PACKET_TRUNCATED;
		pkt->wirelen++;
	}
	if (d->addrlen <= sizeof(pkt->addr)) {
		pkt->addrlen = d->addrlen;
		memcpy(pkt->addr, d->addr, d->addrlen);
	}
	set_origin(s, pkt, now);
}

/*
 * Read one socket into the batch from *got on.  Returns 0, 1 when it is at
 * its end, or -1 with errno: the port is gone.
 */
static int
read_socket(struct divert_port *port, int fd, int *got)
{
	struct divert_sockets	*s = port->state;
	struct divert_datagram	*d = &s->datagrams[*got];
	struct timespec		 time;
	int64_t			 now;
	int			 ended = 0, i, n, tries = 0;

	while ((n = divert_datagrams_recv(fd, d,
	    DIVERT_BATCH_MAX - *got)) == -1) {
		switch (divert_decide_recv(divert_kernel, errno)) {
		case DIVERT_DECIDE_AGAIN:
			if (tries++ < INTERRUPTIONS)
				continue;
			return (0);
		case DIVERT_DECIDE_LATER:
			return (0);
		case DIVERT_DECIDE_LOSSES:
			s->losses = s->lossy = 1;
			divert_port_count_errno(port, errno);
			return (0);
		case DIVERT_DECIDE_COUNT:
			divert_port_count_errno(port, errno);
			return (0);
		case DIVERT_DECIDE_GONE:
			return (-1);
		}
	}
	clock_gettime(CLOCK_REALTIME, &time);
	now = seconds_now();
	divert_interfaces_refresh(&s->interfaces, now, 0);
	for (i = 0; i < n; i++) {
		/* Nobody's packet is empty: that is how a socket ends. */
		if (d[i].len == 0) {
			ended = 1;
			continue;
		}
		lend(port, &port->batch[*got], &d[i], &time, now);
		(*got)++;
	}
	return (ended);
}

static int
divert_recv(struct divert_port *port)
{
	struct divert_sockets	*s = port->state;
	int			 ended = 0, error = 0, got = 0, i, which;

	if (s->inject_only)
		return (0);
	for (i = 0; i < s->n && got < DIVERT_BATCH_MAX; i++) {
		which = (s->turn + i) % s->n;
		switch (read_socket(port, s->fds[which], &got)) {
		case -1:
			error = errno;
			break;
		case 1:
			ended = 1;
			break;
		}
	}
	/* The other family's packets shall not wait for ever. */
	s->turn++;
	s->turn %= s->n;
	if (got < DIVERT_BATCH_MAX && error == 0 && s->n > 1 &&
	    divert_system_settle(port->fd) == -1 &&
	    divert_decide_recv(divert_kernel, errno) == DIVERT_DECIDE_GONE)
		error = errno;
	/* What is left to say is said when there are no packets. */
	if (got > 0)
		return (got);
	if (error == 0 && ended)
		return (0);
	errno = error;
	if (error != 0)
		return (divert_port_fail(port, "%s: %s", port->name,
		    strerror(error)));
	errno = s->losses ? ENOBUFS : EAGAIN;
	s->losses = 0;
	return (-1);
}

static int
divert_verdict(struct divert_port *port, const struct divert_packet *pkt,
    enum divert_verdict verdict)
{
	struct divert_sockets	*s = port->state;

	if (verdict != DIVERT_PASS && verdict != DIVERT_REPLACE)
		return (0);
	return (divert_out_add(port, &s->out, pkt, verdict));
}

/* Who asked for it hears of packets that were too large. */
static void
tell_large(struct divert_port *port)
{
	struct divert_sockets	*s = port->state;
	const struct divert_packet *pkt;
	int			 i, n = s->out.nlarge;

	if (n == 0)
		return;
	divert_interfaces_refresh(&s->interfaces, seconds_now(), 0);
	for (i = 0; i < n && port->too_large != NULL; i++) {
		pkt = &s->out.large[i].pkt;
		port->too_large(port->too_large_arg, pkt,
		    divert_interfaces_mtu(&s->interfaces, pkt->ifname,
		    pkt->wirelen));
	}
	/* Those that came meanwhile are left out: they come again. */
	s->out.nlarge = 0;
}

static int
divert_flush(struct divert_port *port)
{
	struct divert_sockets	*s = port->state;
	int			 error, result;

	result = divert_out_flush(port, &s->out);
	error = errno;
	tell_large(port);
	errno = error;
	return (result);
}

/* The interface a packet is to come in on; NULL with ENODEV. */
static const struct divert_interface *
find_named(struct divert_sockets *s, const struct divert_packet *pkt)
{
	const struct divert_interface	*interface = NULL;
	int				 missed;

	for (missed = 0; missed < 2 && interface == NULL; missed++) {
		divert_interfaces_refresh(&s->interfaces, seconds_now(),
		    missed);
		interface = pkt->ifname[0] != '\0' ?
		    divert_interfaces_name(&s->interfaces, pkt->ifname) :
		    divert_interfaces_index(&s->interfaces, pkt->in_ifindex);
	}
	if (interface == NULL)
		errno = ENODEV;
	return (interface);
}

/* May this be injected?  0 and *d but for its address, or -1 with errno. */
static int
check_injection(struct divert_sockets *s, const struct divert_packet *pkt,
    struct divert_datagram *d, struct divert_layout *layout)
{
	enum divert_reason	 reason;

	errno = ENOTSUP;
	if (!s->inject)
		return (-1);
	errno = EINVAL;
	if (pkt->direction != DIVERT_DIRECTION_IN &&
	    pkt->direction != DIVERT_DIRECTION_OUT)
		return (-1);
	reason = divert_decide_write(divert_kernel, pkt, layout, &d->len);
	if (reason == DIVERT_REASON_TOO_LARGE)
		errno = EMSGSIZE;
	if (reason == DIVERT_REASON_FRAGMENT)
		errno = ENOTSUP;
	d->data = pkt->data;
	return (reason == DIVERT_REASON_NONE ? 0 : -1);
}

/* The rule after which processing goes on; 0 where nothing is known. */
static uint16_t
find_rule(const struct divert_sockets *s, const struct divert_packet *pkt)
{
	if (pkt->flags & DIVERT_PACKET_HAS_RULE)
		return ((uint16_t)pkt->rule);
	if (s->rules[pkt->direction] != 0)
		return (s->rules[pkt->direction]);
	return (s->rules[pkt->direction == DIVERT_DIRECTION_IN ?
	    DIVERT_DIRECTION_OUT : DIVERT_DIRECTION_IN]);
}

static int
inject(struct divert_port *port, const struct divert_packet *pkt)
{
	const struct divert_interface	*interface = NULL;
	struct divert_sockets		*s = port->state;
	struct divert_datagram		 d;
	struct divert_layout		 layout;
	int				 len, which;

	if (check_injection(s, pkt, &d, &layout) == -1)
		return (-1);
	if (pkt->direction == DIVERT_DIRECTION_IN &&
	    (interface = find_named(s, pkt)) == NULL)
		return (-1);
	len = divert_decide_inject(divert_kernel, layout.version, interface,
	    find_rule(s, pkt), d.addr);
	if (len == -1)
		return (-1);
	d.addrlen = (uint8_t)len;
	which = divert_kernel->sockets == 2 && layout.version == 6;
	if (s->fds[which] == -1) {
		errno = EAFNOSUPPORT;
		return (-1);
	}
	/* In order with the verdicts before; the next flush tells of them. */
	if (divert_out_flush(port, &s->out) == -1)
		s->out.failed = errno;
	return (divert_out_send(s->fds[which], &d));
}

static int
divert_inject(struct divert_port *port, const struct divert_packet *pkt)
{
	if (inject(port, pkt) == 0)
		return (0);
	return (divert_port_fail(port, "%s: inject: %s", port->name,
	    strerror(errno)));
}

/*
 * The kernel counts for the whole system.  That it lost none of this port's
 * packets is known as long as it lost none at all.
 */
static void
divert_stats(struct divert_port *port, struct divert_stats *stats)
{
	struct divert_sockets	*s = port->state;

	if (s->pledged)
		return;
	divert_system_figures(stats);
	if (s->full != DIVERT_UNKNOWN && stats->kernel.full_socket == s->full &&
	    !s->lossy)
		stats->missed = 0;
}

static void
divert_close(struct divert_port *port)
{
	struct divert_sockets	*s = port->state;
	int			 i;

	if (port->fd != -1 && port->fd != s->fds[0])
		close(port->fd);
	for (i = 0; i < 2; i++)
		if (s->fds[i] != -1)
			close(s->fds[i]);
	free(s->slots);
	free(s->out.buf);
	free(s);
}

static int
set_rcvbuf(int fd, unsigned int size)
{
	int	 value = (int)size;

	return (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &value, sizeof(value)));
}

/*
 * As much buffer as the system gives, up to want: what is above its maximum
 * it refuses (ENOBUFS), and does not say what that is.  Returns what was got,
 * 0 when nobody knows.
 */
static unsigned int
raise_rcvbuf(int fd, unsigned int want)
{
	unsigned int	 high = want, low = want, middle;
	socklen_t	 len;
	int		 got;

	if (want > INT32_MAX)
		low = high = want = INT32_MAX;
	while (low > RCVBUF_LEAST && set_rcvbuf(fd, low) == -1) {
		if (errno != ENOBUFS)
			break;
		high = low;
		low /= 2;
	}
	while (low > RCVBUF_LEAST && low < high && high - low > RCVBUF_STEP) {
		middle = low + (high - low) / 2;
		if (set_rcvbuf(fd, middle) == -1)
			high = middle;
		else
			low = middle;
	}
	len = sizeof(got);
	if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &got, &len) == -1 || got < 0)
		return (0);
	return ((unsigned int)got);
}

static int
bind_socket(int fd, int which, uint16_t number)
{
	struct sockaddr_storage	 ss;
	uint8_t			 addr[DIVERT_ADDRESS_SIZE];
	uint8_t			 len;

	len = divert_decide_bind(divert_kernel, which, number, addr);
	memset(&ss, 0, sizeof(ss));
	memcpy(&ss, addr, sizeof(addr));
	return (bind(fd, (const struct sockaddr *)&ss, len));
}

/* Say why there is no socket; errno becomes that of divert_port_open(). */
static int
fail_open(struct divert_port *port, const char *what)
{
	int	 error = errno;

	errno = divert_decide_open(error);
	if (errno == ENOTSUP)
		return (divert_port_fail(port, "%s: no divert sockets (%s)",
		    port->name, divert_kernel->absent));
	if (errno == EACCES || errno == EPERM)
		return (divert_port_fail(port, "%s: %s (needs root)",
		    port->name, strerror(error)));
	if (errno == EADDRINUSE)
		return (divert_port_fail(port, "%s: somebody else has this "
		    "port", port->name));
	return (divert_port_fail(port, "%s: %s: %s", port->name, what,
	    strerror(error)));
}

static int
open_socket(struct divert_port *port, int which, unsigned int want)
{
	struct divert_sockets	*s = port->state;
	unsigned int		 got;
	int			 fd;

	if ((fd = divert_system_socket(which)) == -1) {
		/* A kernel without IPv6 is one without its packets. */
		if (which > 0 && divert_decide_open(errno) == ENOTSUP)
			return (0);
		return (fail_open(port, "socket"));
	}
	s->fds[which] = fd;
	s->n = which + 1;
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) == -1)
		return (fail_open(port, "fcntl"));
	if (s->inject_only)
		return (0);
	/* Before packets come. */
	got = raise_rcvbuf(fd, want);
	if (which == 0 || got < port->rcvbuf)
		port->rcvbuf = got;
	if (bind_socket(fd, which, s->number) == -1)
		return (fail_open(port, "bind"));
	return (0);
}

static int
make_slots(struct divert_sockets *s)
{
	int	 i;

	/* Pages that no packet touches cost nothing. */
	if ((s->slots = calloc(DIVERT_BATCH_MAX, SLOT_SIZE)) == NULL ||
	    (s->out.buf = malloc(DIVERT_OUT_SIZE)) == NULL)
		return (-1);
	for (i = 0; i < DIVERT_BATCH_MAX; i++) {
		s->datagrams[i].data = s->slots + (size_t)i * SLOT_SIZE +
		    DIVERT_HEADROOM;
		s->datagrams[i].size = SLOT_SIZE - DIVERT_HEADROOM;
	}
	return (0);
}

static int
open_sockets(struct divert_port *port, const struct divert_options *options)
{
	struct divert_sockets	*s = port->state;
	struct divert_stats	 stats;
	int			 i;

	if (make_slots(s) == -1)
		return (divert_port_fail(port, "%s: out of memory",
		    port->name));
	for (i = 0; i < divert_kernel->sockets; i++)
		if (open_socket(port, i, options->rcvbuf != 0 ?
		    options->rcvbuf : RCVBUF_DEFAULT) == -1)
			return (-1);
	port->fd = s->fds[0];
	if (!s->inject_only &&
	    (port->fd = divert_system_watch(s->fds, s->n)) == -1)
		return (divert_port_fail(port, "%s: kqueue: %s", port->name,
		    strerror(errno)));
	stats.kernel.full_socket = DIVERT_UNKNOWN;
	divert_system_figures(&stats);
	s->full = stats.kernel.full_socket;
	divert_interfaces_refresh(&s->interfaces, seconds_now(), 0);
	return (0);
}

static int
divert_open(struct divert_port *port, const char *arg,
    const struct divert_options *options)
{
	struct divert_sockets	*s;
	int			 error, number;

	if ((number = divert_port_number(port, arg, 1)) == -1)
		return (-1);
	if (options->flags & DIVERT_OPTION_FAIL_OPEN) {
		errno = ENOTSUP;
		return (divert_port_fail(port, "%s: divert sockets have no "
		    "fail-open", port->name));
	}
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return (divert_port_fail(port, "%s: out of memory",
		    port->name));
	s->number = (uint16_t)number;
	if (options->ifname != NULL)
		strlcpy(s->ifname, options->ifname, sizeof(s->ifname));
	s->fds[0] = s->fds[1] = -1;
	s->out.fds = s->fds;
	s->inject = (options->flags & DIVERT_OPTION_NO_INJECT) == 0;
	s->inject_only = (options->flags & DIVERT_OPTION_INJECT_ONLY) != 0;
	s->pledged = (options->flags & DIVERT_OPTION_PLEDGED) != 0;
	port->state = s;
	if (open_sockets(port, options) == -1) {
		error = errno;
		divert_close(port);
		errno = error;
		return (-1);
	}
	port->caps = DIVERT_CAP_LIVE;
	if (s->inject)
		port->caps |= DIVERT_CAP_INJECT;
	return (0);
}

const struct divert_backend divert_backend_divert = {
	.kind = "divert",
	.write_max = 65535,
	.open = divert_open,
	.recv = divert_recv,
	.verdict = divert_verdict,
	.inject = divert_inject,
	.flush = divert_flush,
	.stats = divert_stats,
	.close = divert_close,
};
