/* SPDX-License-Identifier: ISC */

/* What OpenBSD's divert sockets were seen to do. */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/sysctl.h>
#include <sys/event.h>

#include <netinet/in.h>
#include <netinet/ip_divert.h>

#include <errno.h>
#include <string.h>

#include "fake.h"
#include "wrap.h"

#define KNOTES		4

/* What a kqueue was told to watch, and what it remembers of it. */
static struct knote {
	int	 fd;
	int	 active;
}		 knotes[KNOTES];
static int	 nknotes;
static int	 kq;

int	 __wrap_kqueue(void);
int	 __wrap_kevent(int, const struct kevent *, int, struct kevent *, int,
	    const struct timespec *);
int	 __wrap_sysctl(const int *, unsigned int, void *, size_t *, void *,
	    size_t);

#ifndef BSD_WITHOUT_MMSG
int	 __wrap_recvmmsg(int, struct mmsghdr *, unsigned int, int,
	    struct timespec *);
int	 __wrap_sendmmsg(int, struct mmsghdr *, unsigned int, int);
#endif

static int	 bsd_errno;

int *
__errno(void)
{
	return (&bsd_errno);
}

void
fake_system_reset(void)
{
	memset(knotes, 0, sizeof(knotes));
	nknotes = 0;
	kq = -1;
}

void
fake_system_close(int fd)
{
	if (fd == kq)
		kq = -1;
}

static int
fail(int error)
{
	errno = error;
	return (-1);
}

/* socket(AF_INET, SOCK_RAW, IPPROTO_DIVERT) (258) */
int
fake_system_socket(int domain, int type, int protocol, int *version)
{
	if (domain != AF_INET && domain != AF_INET6)
		return (EAFNOSUPPORT);
	if (domain == AF_INET6 && fake.no_inet6)
		return (EAFNOSUPPORT);
	if (type != SOCK_RAW || protocol != 258 || fake.absent)
		return (EPROTONOSUPPORT);
	/* EACCES for a non-root user. */
	if (fake.uid != 0)
		return (EACCES);
	*version = domain == AF_INET ? 4 : 6;
	return (0);
}

int
fake_system_bind(struct fake_socket *s, const uint8_t *addr, size_t len,
    uint16_t *port)
{
	if (s->bound || len != (s->version == 4 ? 16 : 28))
		return (EINVAL);
	if (addr[1] != (s->version == 4 ? AF_INET : AF_INET6))
		return (EAFNOSUPPORT);
	*port = (uint16_t)(addr[2] << 8 | addr[3]);
	return (0);
}

uint8_t
fake_system_address(int version, const struct fake_interface *in,
    enum fake_way way, uint8_t *addr)
{
	/* Outbound: 0.0.0.0, port 0. */
	if (way == FAKE_OUTBOUND || way == FAKE_FORWARDED)
		in = NULL;
	memset(addr, 0, 28);
	if (version == 4) {
		addr[0] = 16;
		addr[1] = AF_INET;
		/*
		 * The receiving interface's FIRST IPv4 address; one with none
		 * reports 0.0.0.0 for inbound too.
		 */
		if (in != NULL && in->n4 > 0)
			memcpy(addr + 4, in->addr4[0], 4);
		return (16);
	}
	addr[0] = 28;
	addr[1] = AF_INET6;
	if (in != NULL && in->n6 > 0) {
		memcpy(addr + 8, in->addr6[0], 16);
		/* The scope inside the address: fe80:IFINDEX:: */
		if (addr[8] == 0xfe) {
			addr[10] = (uint8_t)(in->index >> 8);
			addr[11] = (uint8_t)in->index;
		}
	}
	return (28);
}

void
fake_system_prepare(enum fake_way way, uint8_t *data)
{
	/*
	 * Inbound packets reassembled by pf arrive with an INVALID IP header
	 * checksum (L4 fine).
	 */
	if (way == FAKE_REASSEMBLED)
		data[10] ^= 0x55;
}

/* EINVAL for: ... */
static int
malformed4(const uint8_t *data, size_t len)
{
	size_t	 hlen;

	if (len < 20 || data[0] >> 4 != 4 || (data[0] & 15) < 5)
		return (1);
	hlen = (data[0] & 15u) * 4;
	if (hlen > len || (size_t)(data[2] << 8 | data[3]) != len)
		return (1);
	switch (data[9]) {
	case FAKE_TCP:
		return (len - hlen < 20);
	case FAKE_UDP:
	case FAKE_ICMP:
		return (len - hlen < 8);
	default:
		return (0);
	}
}

int
fake_system_write(struct fake_socket *s, const uint8_t *addr, size_t addrlen,
    const uint8_t *data, size_t len)
{
	static const uint8_t		 zero[16];
	const struct fake_interface	*in = NULL;
	const uint8_t			*ip;
	int				 out, size;

	/* An AF_INET6 address on the v4 socket EAFNOSUPPORT. */
	if (addr[1] != (s->version == 4 ? AF_INET : AF_INET6))
		return (EAFNOSUPPORT);
	if (addrlen != (s->version == 4 ? 16u : 28u))
		return (EINVAL);
	/* 65536 bytes: EMSGSIZE; 65535 worked. */
	if (len > 65535)
		return (EMSGSIZE);
	if (s->version == 4 && malformed4(data, len))
		return (EINVAL);
	if (s->version == 6 && (len < 40 || data[0] >> 4 != 6 ||
	    (size_t)(data[4] << 8 | data[5]) + 40 > len))
		return (EINVAL);
	ip = addr + (s->version == 4 ? 4 : 8);
	size = s->version == 4 ? 4 : 16;
	/* 0.0.0.0 means out; a local address in; any other EADDRNOTAVAIL. */
	out = memcmp(ip, zero, (size_t)size) == 0;
	if (!out && (in = fake_local(s->version, ip)) == NULL)
		return (EADDRNOTAVAIL);
	/* Larger than the MTU: fragmented; with DF EMSGSIZE. */
	if (out && len > FAKE_MTU && s->version == 4 && (data[6] & 0x40))
		return (EMSGSIZE);
	fake_record(s, addr, addrlen, data, len, out, in);
	/* The kernel looks at ip_p and not at ip_off. */
	if (s->version == 4 && ((data[6] & 0x3f) != 0 || data[7] != 0) &&
	    data[9] != FAKE_OTHER)
		fake.sent[fake.nsent - 1].spoiled = 1;
	return (0);
}

#ifndef BSD_WITHOUT_MMSG
int
__wrap_recvmmsg(int fd, struct mmsghdr *msgs, unsigned int n, int flags,
    struct timespec *timeout)
{
	size_t	 len;
	int	 error, got;

	if (timeout != NULL)
		return (fail(EINVAL));
	for (got = 0; got < (int)n; got++) {
		error = fake_receive(fd, &msgs[got].msg_hdr, flags, &len);
		if (error != 0)
			return (got > 0 ? got : fail(error));
		msgs[got].msg_len = (unsigned int)len;
	}
	return (got);
}

int
__wrap_sendmmsg(int fd, struct mmsghdr *msgs, unsigned int n, int flags)
{
	int	 error, sent;

	(void)flags;
	for (sent = 0; sent < (int)n; sent++) {
		error = fake_transmit(fd, &msgs[sent].msg_hdr);
		if (error != 0)
			return (sent > 0 ? sent : fail(error));
		msgs[sent].msg_len =
		    (unsigned int)msgs[sent].msg_hdr.msg_iov[0].iov_len;
	}
	return (sent);
}
#endif

int
__wrap_kqueue(void)
{
	int	 error;

	if ((error = fake_fault(FAKE_KQUEUE)) != 0)
		return (fail(error));
	return (kq = fake_descriptor());
}

void
fake_system_queued(int fd)
{
	int	 i;

	for (i = 0; i < nknotes; i++)
		if (knotes[i].fd == fd)
			knotes[i].active = 1;
}

/* A kqueue is readable while it remembers something. */
int
fake_system_readable(int fd)
{
	int	 i;

	for (i = 0; fd == kq && i < nknotes; i++)
		if (knotes[i].active)
			return (1);
	return (0);
}

int
__wrap_kevent(int fd, const struct kevent *changes, int nchanges,
    struct kevent *events, int nevents, const struct timespec *timeout)
{
	int	 error, i, n = 0;

	if ((error = fake_fault(FAKE_KEVENT)) != 0)
		return (fail(error));
	if (fd != kq || kq == -1)
		return (fail(EBADF));
	for (i = 0; i < nchanges; i++) {
		if (nknotes == KNOTES || changes[i].filter != EVFILT_READ ||
		    changes[i].flags != EV_ADD)
			return (fail(EINVAL));
		if (fake_socket_of((int)changes[i].ident) == NULL)
			return (fail(EBADF));
		knotes[nknotes].fd = (int)changes[i].ident;
		knotes[nknotes].active =
		    fake_readable(knotes[nknotes].fd);
		nknotes++;
	}
	/* Asked what is readable it looks again, and forgets what is not. */
	for (i = 0; i < nknotes && n < nevents; i++) {
		if (!knotes[i].active)
			continue;
		knotes[i].active = fake_readable(knotes[i].fd);
		if (knotes[i].active) {
			memset(&events[n], 0, sizeof(events[n]));
			events[n].ident = (uintptr_t)knotes[i].fd;
			events[n++].filter = EVFILT_READ;
		}
	}
	/* Nobody may sleep in here. */
	if (nevents > 0 && (timeout == NULL || timeout->tv_sec != 0 ||
	    timeout->tv_nsec != 0))
		return (fail(EINVAL));
	return (n);
}

/* net.inet.divert.stats, and net.inet6.divert.stats on old kernels. */
int
__wrap_sysctl(const int *mib, unsigned int n, void *old, size_t *oldlen,
    void *new, size_t newlen)
{
	struct divstat	 stats;
	int		 error;

	/* sysctl net.inet.divert.* is not allowed under any promise. */
	if (fake.pledged || fake.pledged_stdio) {
		fake.killed = 1;
		return (fail(EPERM));
	}
	if ((error = fake_fault(FAKE_SYSCTL)) != 0)
		return (fail(error));
	if (n != 4 || mib[0] != CTL_NET || mib[2] != 258 || mib[3] != 3 ||
	    new != NULL || newlen != 0)
		return (fail(ENOENT));
	memset(&stats, 0, sizeof(stats));
	if (mib[1] == PF_INET) {
		stats.divs_ipackets = fake.diverted;
		stats.divs_noport = fake.noport;
		stats.divs_fullsock = fake.fullsock;
		stats.divs_opackets = fake.output;
		stats.divs_errors = fake.errors;
	} else if (mib[1] == PF_INET6 && !fake.no_stats6)
		stats.divs_ipackets = 5;	/* of packets long ago */
	else
		return (fail(ENOPROTOOPT));
	if (*oldlen < sizeof(stats))
		return (fail(ENOMEM));
	memcpy(old, &stats, sizeof(stats));
	*oldlen = sizeof(stats);
	return (0);
}
