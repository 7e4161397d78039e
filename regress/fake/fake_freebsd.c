/* SPDX-License-Identifier: ISC */

/*
 * What FreeBSD's divert sockets were seen to do: release 12, and what was
 * read of 14.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/sysctl.h>

#include <netinet/in.h>

#include <errno.h>
#include <string.h>

#include "fake.h"
#include "wrap.h"

#define FAMILY_DIVERT	44

ssize_t	 __wrap_recvmmsg(int, struct mmsghdr *, size_t, int,
	    const struct timespec *);
ssize_t	 __wrap_sendmmsg(int, struct mmsghdr *, size_t, int);
int	 __wrap_sysctlbyname(const char *, void *, size_t *, const void *,
	    size_t);

static int	 bsd_errno;

int *
__error(void)
{
	return (&bsd_errno);
}

void
fake_system_reset(void)
{
}

void
fake_system_close(int fd)
{
	(void)fd;
}

void
fake_system_queued(int fd)
{
	(void)fd;
}

int
fake_system_readable(int fd)
{
	(void)fd;
	return (0);
}

static int
fail(int error)
{
	errno = error;
	return (-1);
}

int
fake_system_socket(int domain, int type, int protocol, int *version)
{
	/* Divert sockets are domain PF_DIVERT (44) from 14 on. */
	if (domain == FAMILY_DIVERT) {
		if (fake.release < 14 || fake.absent)
			return (EAFNOSUPPORT);
		if (type != SOCK_RAW || protocol != 0)
			return (EPROTONOSUPPORT);
	} else if (domain != PF_INET || type != SOCK_RAW || protocol != 258 ||
	    fake.absent)
		return (EPROTONOSUPPORT);
	if (fake.uid != 0)
		return (EPERM);
	*version = 46;
	return (0);
}

int
fake_system_bind(struct fake_socket *s, const uint8_t *addr, size_t len,
    uint16_t *port)
{
	if (s->bound || len != 16)
		return (EINVAL);
	if (addr[1] != AF_INET)
		return (EAFNOSUPPORT);
	*port = (uint16_t)(addr[2] << 8 | addr[3]);
	return (0);
}

uint8_t
fake_system_address(int version, const struct fake_interface *in,
    enum fake_way way, uint8_t *addr)
{
	uint16_t	 rule = FAKE_RULE;

	(void)version;
	memset(addr, 0, 28);
	addr[0] = 16;
	addr[1] = AF_INET;
	/* sin_port is the ipfw rule number in HOST byte order. */
	memcpy(addr + 2, &rule, 2);
	if (in == NULL)
		return (16);
	if (way != FAKE_FORWARDED && in->n4 > 0)
		memcpy(addr + 4, in->addr4[0], 4);
	/* sin_zero holds the receiving interface's name: seven of it. */
	memcpy(addr + 8, in->name, strnlen(in->name, 7));
	return (16);
}

void
fake_system_prepare(enum fake_way way, uint8_t *data)
{
	/* Outbound, locally generated: IP header checksum is INVALID. */
	if (way == FAKE_OUTBOUND)
		data[10] ^= 0x55;
}

static size_t
ip_len(const uint8_t *data)
{
	if (data[0] >> 4 == 6)
		return ((size_t)(data[4] << 8 | data[5]) + 40);
	return ((size_t)(data[2] << 8 | data[3]));
}

/* Return success from an inbound sendto and vanish. */
static int
vanishes(const uint8_t *data, size_t len)
{
	int	 version = data[0] >> 4;

	if (len > 65535 || len != ip_len(data))
		return (1);
	if (version == 6)
		return (fake.release < 14 || len < 40);
	if (version != 4 || (data[0] & 15) < 5 ||
	    (data[9] == FAKE_UDP && len < 28))
		return (1);
	/* Bad sums are dropped later: ip_input, udp_input. */
	return (!fake_header_good(data, (uint32_t)len));
}

int
fake_system_write(struct fake_socket *s, const uint8_t *addr, size_t addrlen,
    const uint8_t *data, size_t len)
{
	static const uint8_t		 zero[4];
	const struct fake_interface	*in = NULL;
	char				 name[9] = "";
	uint16_t			 rule;
	int				 out;

	if (fake.capsicum)
		return (ECAPMODE);
	/* AF_INET and sizeof(sockaddr_in), else EAFNOSUPPORT or EINVAL. */
	if (addrlen != 16)
		return (EINVAL);
	if (addr[1] != AF_INET)
		return (EAFNOSUPPORT);
	/* Only under 20 bytes gave EINVAL. */
	if (len < 20)
		return (EINVAL);
	out = memcmp(addr + 4, zero, 4) == 0;
	memcpy(name, addr + 8, 8);
	/* An address that is not local is accepted with an interface. */
	if (!out && (in = fake_named(name)) == NULL &&
	    (in = fake_local(4, addr + 4)) == NULL)
		return (EADDRNOTAVAIL);
	if (out && ip_len(data) > len)
		return (EINVAL);
	if (out && len > FAKE_MTU && data[0] >> 4 == 4 && (data[6] & 0x40))
		return (EMSGSIZE);
	if (!out && vanishes(data, len)) {
		fake.vanished++;
		return (0);
	}
	/* With sin_port 0 the packet starts again: a loop. */
	memcpy(&rule, addr + 2, 2);
	if (rule < FAKE_RULE)
		fake.looped++;
	return (fake_record(s, addr, addrlen, data, len, out, in));
}

/* A loop of the C library over recvmsg(2). */
ssize_t
__wrap_recvmmsg(int fd, struct mmsghdr *msgs, size_t n, int flags,
    const struct timespec *timeout)
{
	size_t	 got, len;
	int	 error;

	if (timeout != NULL)
		return (fail(EINVAL));
	for (got = 0; got < n; got++) {
		error = fake_receive(fd, &msgs[got].msg_hdr, flags, &len);
		if (error != 0)
			return (got > 0 ? (ssize_t)got : fail(error));
		msgs[got].msg_len = (ssize_t)len;
	}
	return ((ssize_t)got);
}

ssize_t
__wrap_sendmmsg(int fd, struct mmsghdr *msgs, size_t n, int flags)
{
	size_t	 sent;
	int	 error;

	(void)flags;
	for (sent = 0; sent < n; sent++) {
		error = fake_transmit(fd, &msgs[sent].msg_hdr);
		if (error != 0)
			return (sent > 0 ? (ssize_t)sent : fail(error));
		msgs[sent].msg_len =
		    (ssize_t)msgs[sent].msg_hdr.msg_iov[0].iov_len;
	}
	return ((ssize_t)sent);
}

int
__wrap_sysctlbyname(const char *name, void *old, size_t *oldlen,
    const void *new, size_t newlen)
{
	uint64_t	 stats[4];
	int		 error;

	if ((error = fake_fault(FAKE_SYSCTL)) != 0)
		return (fail(error));
	if (strcmp(name, "net.inet.divert.stats") != 0 || fake.release < 14 ||
	    new != NULL || newlen != 0)
		return (fail(ENOENT));
	stats[0] = fake.diverted;
	stats[1] = fake.noport;
	stats[2] = fake.output;
	stats[3] = 0;
	if (*oldlen < sizeof(stats))
		return (fail(ENOMEM));
	memcpy(old, stats, sizeof(stats));
	*oldlen = sizeof(stats);
	return (0);
}
