/* SPDX-License-Identifier: ISC */

/*
 * The fake divert socket: sockets, their queues, and faults on demand.  Lines
 * of the observations are quoted in the file that acts on them.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <netinet/in.h>
#include <net/if.h>
#include <net/if_dl.h>

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fake.h"
#include "wrap.h"

#define SOCKETS		8
#define FIRST_FD	1000

/* Observed: SO_RCVBUF default 65636 bytes. */
#define RCVBUF		65636

struct fake_queued {
	struct fake_queued *next;
	uint8_t		 addrlen;
	uint8_t		 addr[28];
	uint32_t	 len;
	uint8_t		 data[];
};

struct fake fake;

const char *const fake_call_names[FAKE_CALLS] = {
	"socket", "bind", "setsockopt", "getsockopt", "fcntl", "kqueue",
	"kevent", "recv", "send", "sysctl", "getifaddrs", "memory"
};

static struct fake_socket	 sockets[SOCKETS];
static int			 nsockets;
static int			 next_fd;

void
fake_set_errno(int error)
{
	errno = error;
}

static int
fail(int error)
{
	errno = error;
	return (-1);
}

void
fake_fail(enum fake_call call, int error, int skip, int times)
{
	fake.faults[call].error = error;
	fake.faults[call].skip = skip;
	fake.faults[call].times = times;
}

int
fake_fault(enum fake_call call)
{
	fake.calls[call]++;
	if (fake.faults[call].times == 0)
		return (0);
	if (fake.faults[call].skip > 0) {
		fake.faults[call].skip--;
		return (0);
	}
	fake.faults[call].times--;
	return (fake.faults[call].error);
}

static void
empty(struct fake_socket *s)
{
	struct fake_queued	*q;

	while ((q = s->first) != NULL) {
		s->first = q->next;
		free(q);
	}
	s->last = &s->first;
	s->charged = 0;
}

void
fake_reset(void)
{
	int	 i;

	for (i = 0; i < SOCKETS; i++)
		empty(&sockets[i]);
	for (i = 0; i < fake.nsent; i++)
		free(fake.sent[i].data);
	memset(sockets, 0, sizeof(sockets));
	memset(&fake, 0, sizeof(fake));
	nsockets = 0;
	next_fd = FIRST_FD + SOCKETS;
	fake.release = 12;
	fake.rcvbuf_max = 2097152;
	fake.now = 1000;
	fake_interface_add("em0", 1, "192.0.2.1",
	    "fe80:0:0:0:0:0:0:1");
	fake_parse4("192.0.2.9", fake.interfaces[0].addr4[1]);
	fake_parse6("2001:db8:0:0:0:0:0:1", fake.interfaces[0].addr6[1]);
	fake.interfaces[0].n4 = fake.interfaces[0].n6 = 2;
	fake_interface_add("em1", 2, "198.51.100.1",
	    "fe80:0:0:0:0:0:0:1");
	fake_system_reset();
}

struct fake_interface *
fake_interface_add(const char *name, unsigned int index, const char *addr4,
    const char *addr6)
{
	struct fake_interface	*i = &fake.interfaces[fake.ninterfaces++];

	memset(i, 0, sizeof(*i));
	snprintf(i->name, sizeof(i->name), "%s", name);
	i->index = index;
	i->mtu = FAKE_MTU;
	if (addr4 != NULL) {
		fake_parse4(addr4, i->addr4[0]);
		i->n4 = 1;
	}
	if (addr6 != NULL) {
		fake_parse6(addr6, i->addr6[0]);
		i->n6 = 1;
	}
	return (i);
}

const struct fake_interface *
fake_local(int version, const uint8_t *ip)
{
	const struct fake_interface	*i;
	int				 k, n;

	for (n = 0; n < fake.ninterfaces; n++) {
		i = &fake.interfaces[n];
		for (k = 0; version == 4 && k < i->n4; k++)
			if (memcmp(i->addr4[k], ip, 4) == 0)
				return (i);
		for (k = 0; version == 6 && k < i->n6; k++) {
			/* The scope must be inside, as it was received. */
			if (i->addr6[k][0] == 0xfe && (ip[2] << 8 | ip[3]) !=
			    (int)i->index)
				continue;
			if (memcmp(i->addr6[k], ip, 2) == 0 &&
			    (i->addr6[k][0] == 0xfe ||
			    memcmp(i->addr6[k] + 2, ip + 2, 2) == 0) &&
			    memcmp(i->addr6[k] + 4, ip + 4, 12) == 0)
				return (i);
		}
	}
	return (NULL);
}

const struct fake_interface *
fake_named(const char *name)
{
	int	 n;

	for (n = 0; n < fake.ninterfaces; n++)
		if (strcmp(fake.interfaces[n].name, name) == 0)
			return (&fake.interfaces[n]);
	return (NULL);
}

int
fake_descriptor(void)
{
	fake.open++;
	return (next_fd++);
}

struct fake_socket *
fake_socket_of(int fd)
{
	int	 n = fd - FIRST_FD;

	if (n < 0 || n >= nsockets || sockets[n].version == 0)
		return (NULL);
	return (&sockets[n]);
}

static struct fake_socket *
listener(int version, uint16_t port)
{
	int	 n;

	for (n = 0; n < nsockets; n++)
		if (sockets[n].bound && sockets[n].port == port &&
		    (sockets[n].version == version ||
		    sockets[n].version == 46 || version == 46))
			return (&sockets[n]);
	return (NULL);
}

int
fake_listen(uint16_t port)
{
	struct fake_socket	*s = &sockets[nsockets++];

	s->version = 46;
	s->bound = 1;
	s->port = port;
	s->rcvbuf = RCVBUF;
	s->last = &s->first;
	return (FIRST_FD + nsockets - 1);
}

void
fake_shutdown_all(void)
{
	int	 n;

	for (n = 0; n < nsockets; n++) {
		empty(&sockets[n]);
		sockets[n].shut = 1;
		fake_system_queued(FIRST_FD + n);
	}
}

void
fake_close_all(void)
{
	int	 n;

	for (n = 0; n < nsockets; n++) {
		empty(&sockets[n]);
		sockets[n].version = 0;
		sockets[n].bound = 0;
	}
}

int
fake_divert_as(enum fake_way way, uint16_t port,
    const struct fake_interface *in, const uint8_t *data, uint32_t len)
{
	struct fake_queued	*q;
	struct fake_socket	*s;
	int			 version = data[0] >> 4;

	/* Observed: a bad IP header checksum is dropped before divert. */
	if (way == FAKE_INBOUND && !fake_header_good(data, len))
		return (0);
	fake.diverted++;
	if ((s = listener(version, port)) == NULL) {
		fake.noport++;
		return (0);
	}
	if ((q = calloc(1, sizeof(*q) + len)) == NULL)
		abort();
	q->addrlen = fake_system_address(s->version == 46 ? 4 : s->version,
	    in, way, q->addr);
	q->len = len;
	memcpy(q->data, data, len);
	/* Observed: the default held 48 packets of 1328 bytes. */
	if (s->charged + len + q->addrlen > s->rcvbuf) {
		fake.fullsock++;
		free(q);
		return (0);
	}
	s->charged += len + q->addrlen;
	if (version == 4)
		fake_system_prepare(way, q->data);
	*s->last = q;
	s->last = &q->next;
	fake_system_queued((int)(s - sockets) + FIRST_FD);
	return (1);
}

int
fake_divert(uint16_t port, const struct fake_interface *in,
    const uint8_t *data, uint32_t len)
{
	return (fake_divert_as(in == NULL ? FAKE_OUTBOUND : FAKE_INBOUND, port,
	    in, data, len));
}

int
fake_record(struct fake_socket *s, const uint8_t *addr, size_t addrlen,
    const uint8_t *data, size_t len, int out, const struct fake_interface *in)
{
	struct fake_sent	*sent;

	if (fake.nsent == FAKE_SENT_MAX)
		abort();
	sent = &fake.sent[fake.nsent++];
	memset(sent, 0, sizeof(*sent));
	sent->version = s->version;
	sent->out = out;
	sent->interface = in;
	sent->addrlen = (uint8_t)addrlen;
	memcpy(sent->addr, addr, addrlen < 28 ? addrlen : 28);
	sent->len = (uint32_t)len;
	sent->fragments = 1;
	if (out && len > FAKE_MTU)
		sent->fragments = (int)((len - 20 + 1479) / 1480);
	if ((sent->data = malloc(len)) == NULL)
		abort();
	memcpy(sent->data, data, len);
	fake.output++;
	return (0);
}

int
fake_readable(int fd)
{
	struct fake_socket	*s;

	if ((s = fake_socket_of(fd)) != NULL)
		return (s->first != NULL || s->shut);
	return (fake_system_readable(fd));
}

/*
 * System calls
 */

int
__wrap_socket(int domain, int type, int protocol)
{
	struct fake_socket	*s;
	int			 error, version;

	if ((error = fake_fault(FAKE_SOCKET)) != 0)
		return (fail(error));
	if ((error = fake_system_socket(domain, type, protocol,
	    &version)) != 0)
		return (fail(error));
	if (nsockets == SOCKETS)
		return (fail(EMFILE));
	s = &sockets[nsockets++];
	memset(s, 0, sizeof(*s));
	s->version = version;
	s->rcvbuf = RCVBUF;
	s->last = &s->first;
	fake.open++;
	return (FIRST_FD + nsockets - 1);
}

int
__wrap_bind(int fd, const struct sockaddr *sa, socklen_t len)
{
	struct fake_socket	*s;
	uint8_t			 addr[28] = { 0 };
	uint16_t		 port;
	int			 error;

	if ((error = fake_fault(FAKE_BIND)) != 0)
		return (fail(error));
	if ((s = fake_socket_of(fd)) == NULL)
		return (fail(EBADF));
	memcpy(addr, sa, len < 28 ? len : 28);
	if ((error = fake_system_bind(s, addr, len, &port)) != 0)
		return (fail(error));
	/* Observed: port 0 gets an arbitrary port. */
	if (port == 0)
		port = 54321;
	/* Observed: a second bind to the same port: EADDRINUSE. */
	if (listener(s->version, port) != NULL)
		return (fail(EADDRINUSE));
	s->bound = 1;
	s->port = port;
	return (0);
}

int
__wrap_setsockopt(int fd, int level, int name, const void *value,
    socklen_t len)
{
	struct fake_socket	*s;
	int			 error, size;

	if ((error = fake_fault(FAKE_SETSOCKOPT)) != 0)
		return (fail(error));
	if ((s = fake_socket_of(fd)) == NULL)
		return (fail(EBADF));
	if (level != SOL_SOCKET || name != SO_RCVBUF || len != sizeof(size))
		return (fail(ENOPROTOOPT));
	memcpy(&size, value, sizeof(size));
	/* Observed: above the maximum ENOBUFS. */
	if (size <= 0 || (unsigned int)size > fake.rcvbuf_max)
		return (fail(ENOBUFS));
	s->rcvbuf = (unsigned int)size;
	return (0);
}

int
__wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	struct fake_socket	*s;
	int			 error, size;

	if ((error = fake_fault(FAKE_GETSOCKOPT)) != 0)
		return (fail(error));
	if ((s = fake_socket_of(fd)) == NULL)
		return (fail(EBADF));
	if (level != SOL_SOCKET || name != SO_RCVBUF || *len != sizeof(size))
		return (fail(ENOPROTOOPT));
	size = (int)s->rcvbuf;
	memcpy(value, &size, sizeof(size));
	return (0);
}

int
__wrap_fcntl(int fd, int command, ...)
{
	int	 error;

	(void)fd;
	if ((error = fake_fault(FAKE_FCNTL)) != 0)
		return (fail(error));
	return (command == F_SETFD ? 0 : fail(EINVAL));
}

int
__wrap_close(int fd)
{
	struct fake_socket	*s;

	if ((s = fake_socket_of(fd)) != NULL) {
		empty(s);
		s->version = 0;
		s->bound = 0;
	} else
		fake_system_close(fd);
	fake.open--;
	return (0);
}

/* Receive one datagram.  Returns an errno, or 0. */
int
fake_receive(int fd, struct msghdr *msg, int flags, size_t *len)
{
	struct fake_socket	*s;
	struct fake_queued	*q;
	int			 error;

	if ((error = fake_fault(FAKE_RECV)) != 0)
		return (error);
	if ((s = fake_socket_of(fd)) == NULL)
		return (EBADF);
	msg->msg_flags = 0;
	*len = 0;
	if ((q = s->first) == NULL) {
		if (s->shut) {
			msg->msg_namelen = 0;
			return (0);
		}
		/* A port must never wait in here. */
		if ((flags & MSG_DONTWAIT) == 0)
			abort();
		return (EAGAIN);
	}
	if ((s->first = q->next) == NULL)
		s->last = &s->first;
	s->charged -= q->len + q->addrlen;
	*len = q->len;
	/* Observed: too small a buffer truncates with MSG_TRUNC. */
	if (*len > msg->msg_iov[0].iov_len) {
		*len = msg->msg_iov[0].iov_len;
		msg->msg_flags |= MSG_TRUNC;
	}
	memcpy(msg->msg_iov[0].iov_base, q->data, *len);
	if (msg->msg_name != NULL)
		memcpy(msg->msg_name, q->addr, msg->msg_namelen < q->addrlen ?
		    msg->msg_namelen : q->addrlen);
	msg->msg_namelen = q->addrlen;
	free(q);
	return (0);
}

ssize_t
__wrap_recvmsg(int fd, struct msghdr *msg, int flags)
{
	size_t	 len;
	int	 error;

	if ((error = fake_receive(fd, msg, flags, &len)) != 0)
		return (fail(error));
	return ((ssize_t)len);
}

/* Send one datagram.  Returns an errno, or 0. */
int
fake_transmit(int fd, const struct msghdr *msg)
{
	struct fake_socket	*s;
	uint8_t			 addr[28] = { 0 };
	int			 error;

	if ((error = fake_fault(FAKE_SEND)) != 0)
		return (error);
	if ((s = fake_socket_of(fd)) == NULL)
		return (EBADF);
	/* Observed: send or write without an address EDESTADDRREQ. */
	if (msg->msg_name == NULL || msg->msg_namelen == 0) {
		fake.unaddressed++;
		return (EDESTADDRREQ);
	}
	if (fake.pledged_stdio) {
		fake.killed = 1;
		return (EPERM);
	}
	memcpy(addr, msg->msg_name, msg->msg_namelen < 28 ?
	    msg->msg_namelen : 28);
	if ((error = fake_system_write(s, addr, msg->msg_namelen,
	    msg->msg_iov[0].iov_base, msg->msg_iov[0].iov_len)) != 0)
		fake.errors++;
	return (error);
}

ssize_t
__wrap_sendto(int fd, const void *data, size_t len, int flags,
    const struct sockaddr *sa, socklen_t salen)
{
	struct msghdr	 msg;
	struct iovec	 iov;
	int		 error;

	(void)flags;
	memset(&msg, 0, sizeof(msg));
	/* The header set's iovec is not const either. */
	memcpy(&iov.iov_base, &data, sizeof(data));
	iov.iov_len = len;
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	memcpy(&msg.msg_name, &sa, sizeof(sa));
	msg.msg_namelen = salen;
	if ((error = fake_transmit(fd, &msg)) != 0)
		return (fail(error));
	return ((ssize_t)len);
}

int
__wrap_connect(int fd, const struct sockaddr *sa, socklen_t len)
{
	(void)fd;
	(void)sa;
	(void)len;
	fake.connects++;
	/* Observed: connect gives EOPNOTSUPP. */
	return (fail(EOPNOTSUPP));
}

static struct if_data	 links[FAKE_IFACES];

static struct ifaddrs *
add_ifaddr(struct ifaddrs ***next, const struct fake_interface *i,
    const void *sa, size_t len)
{
	struct ifaddrs	*ifa;

	if ((ifa = calloc(1, sizeof(*ifa))) == NULL ||
	    (ifa->ifa_name = strdup(i->name)) == NULL ||
	    (ifa->ifa_addr = malloc(len)) == NULL)
		abort();
	memcpy(ifa->ifa_addr, sa, len);
	**next = ifa;
	*next = &ifa->ifa_next;
	return (ifa);
}

int
__wrap_getifaddrs(struct ifaddrs **list)
{
	struct fake_interface	*i;
	struct ifaddrs		**next = list;
	struct sockaddr_dl	 sdl;
	struct sockaddr_in	 sin;
	struct sockaddr_in6	 sin6;
	int			 error, k, n;

	*list = NULL;
	if ((error = fake_fault(FAKE_GETIFADDRS)) != 0)
		return (fail(error));
	/* It asks sysctl(3), for which "inet" is enough. */
	if (fake.pledged_stdio)
		fake.killed = 1;
	for (n = 0; n < fake.ninterfaces; n++) {
		i = &fake.interfaces[n];
		memset(&sdl, 0, sizeof(sdl));
		sdl.sdl_len = sizeof(sdl);
		sdl.sdl_family = AF_LINK;
		sdl.sdl_index = (uint16_t)i->index;
		links[n].ifi_mtu = i->mtu;
		add_ifaddr(&next, i, &sdl, sizeof(sdl))->ifa_data = &links[n];
		for (k = 0; k < i->n4; k++) {
			memset(&sin, 0, sizeof(sin));
			sin.sin_len = sizeof(sin);
			sin.sin_family = AF_INET;
			memcpy(&sin.sin_addr, i->addr4[k], 4);
			add_ifaddr(&next, i, &sin, sizeof(sin));
		}
		for (k = 0; k < i->n6; k++) {
			memset(&sin6, 0, sizeof(sin6));
			sin6.sin6_len = sizeof(sin6);
			sin6.sin6_family = AF_INET6;
			memcpy(&sin6.sin6_addr, i->addr6[k], 16);
			if (i->addr6[k][0] == 0xfe)
				sin6.sin6_scope_id = i->index;
			add_ifaddr(&next, i, &sin6, sizeof(sin6));
		}
	}
	return (0);
}

void
__wrap_freeifaddrs(struct ifaddrs *list)
{
	struct ifaddrs	*next;

	for (; list != NULL; list = next) {
		next = list->ifa_next;
		free(list->ifa_name);
		free(list->ifa_addr);
		free(list);
	}
}

int
__wrap_nanosleep(const struct timespec *wanted, struct timespec *left)
{
	(void)wanted;
	(void)left;
	fake.naps++;
	return (0);
}

int
__wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	(void)clock;
	now->tv_sec = fake.now;
	now->tv_nsec = 0;
	return (0);
}

void *
__wrap_malloc(size_t size)
{
	int	 error;

	if ((error = fake_fault(FAKE_MEMORY)) == 0)
		return (__real_malloc(size));
	errno = error;
	return (NULL);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	int	 error;

	if ((error = fake_fault(FAKE_MEMORY)) == 0)
		return (__real_calloc(n, size));
	errno = error;
	return (NULL);
}

/* The C library here would say what the number means on Linux. */
char *
__wrap_strerror(int error)
{
	static char	 text[32];

	snprintf(text, sizeof(text), "BSD error %d", error);
	return (text);
}
