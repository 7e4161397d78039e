/* SPDX-License-Identifier: ISC */

/*
 * Addresses of interfaces, followed while the tool runs.
 *
 * Asking for them takes sockets that the walls of the tool forbid, so another
 * process asks, every second, and tells what is new.  It looks at nothing that
 * comes from the network.  One second is soon enough: what is translated to an
 * address that has gone is answered to nobody, in that second as in the one
 * before, when the line was down.
 */

#include "compat.h"

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "divertutil.h"
#include "helper.h"
#include "interfaces.h"
#include "loop.h"
#include "msg.h"
#include "privilege.h"
#include "sandbox.h"

#define ENTRIES_MAX	4096u
#define PERIOD_MS	1000

struct entry {
	char	 ifname[DIVERT_IFNAME_SIZE];
	uint8_t	 family;		/* 4, 6; 0: of a list, its length in n */
	uint8_t	 prefix;
	uint8_t	 addr[16];
	uint16_t n;
};

struct interfaces {
	struct entry		*entries;
	unsigned int		 n;
	struct entry		*coming;	/* a list on its way here */
	size_t			 bytes;		/* of it are here */
	int			 fd;
	struct loop_watch	*watch;
	void			(*changed)(void *);
	void			*arg;
};

static uint8_t
count_bits(const uint8_t *mask, size_t len)
{
	unsigned int	 bits = 0;
	size_t		 i;

	for (i = 0; i < len && mask[i] == 0xff; i++)
		bits += 8;
	for (; i < len && (mask[i] & (0x80 >> bits % 8)) != 0; bits++)
		;
	return ((uint8_t)bits);
}

/* 1: it is one that packets can be translated to. */
static int
fill_entry(struct entry *e, const struct ifaddrs *ifa)
{
	struct sockaddr_in	 sin;
	struct sockaddr_in6	 sin6;

	memset(e, 0, sizeof(*e));
	if (ifa->ifa_addr == NULL || ifa->ifa_netmask == NULL ||
	    strlcpy(e->ifname, ifa->ifa_name, sizeof(e->ifname)) >=
	    sizeof(e->ifname))
		return (0);
	switch (ifa->ifa_addr->sa_family) {
	case AF_INET:
		e->family = 4;
		memcpy(&sin, ifa->ifa_addr, sizeof(sin));
		memcpy(e->addr, &sin.sin_addr, 4);
		memcpy(&sin, ifa->ifa_netmask, sizeof(sin));
		e->prefix = count_bits((uint8_t *)&sin.sin_addr, 4);
		return (1);
	case AF_INET6:
		e->family = 6;
		memcpy(&sin6, ifa->ifa_addr, sizeof(sin6));
		memcpy(e->addr, &sin6.sin6_addr, 16);
		memcpy(&sin6, ifa->ifa_netmask, sizeof(sin6));
		e->prefix = count_bits((uint8_t *)&sin6.sin6_addr, 16);
		return (!IN6_IS_ADDR_LINKLOCAL(&sin6.sin6_addr) &&
		    (e->addr[0] != 0xfe || (e->addr[1] & 0xc0) != 0x80));
	default:
		return (0);
	}
}

/* entries has room for ENTRIES_MAX.  How many, or -1. */
static int
read_entries(struct entry *entries)
{
	struct ifaddrs	*all, *ifa;
	unsigned int	 n = 0;

	if (getifaddrs(&all) == -1)
		return (-1);
	for (ifa = all; ifa != NULL && n < ENTRIES_MAX; ifa = ifa->ifa_next)
		if ((ifa->ifa_flags & IFF_UP) != 0)
			n += (unsigned int)fill_entry(&entries[n], ifa);
	freeifaddrs(all);
	return ((int)n);
}

struct interfaces *
interfaces_new(void)
{
	struct interfaces	*in;
	int			 n;

	if ((in = calloc(1, sizeof(*in))) == NULL ||
	    (in->entries = calloc(ENTRIES_MAX, sizeof(*in->entries))) == NULL ||
	    (in->coming = calloc(ENTRIES_MAX + 1, sizeof(*in->coming))) == NULL)
		msg_die(1, "out of memory");
	in->fd = -1;
	if ((n = read_entries(in->entries)) == -1) {
		interfaces_free(in);
		return (NULL);
	}
	in->n = (unsigned int)n;
	return (in);
}

void
interfaces_free(struct interfaces *in)
{
	if (in == NULL)
		return;
	loop_watch_free(in->watch);
	if (in->fd != -1)
		close(in->fd);
	free(in->entries);
	free(in->coming);
	free(in);
}

int
interfaces_lookup(void *arg, const char *ifname, int family, uint8_t *addr,
    uint8_t *prefix)
{
	const struct interfaces	*in = arg;
	const struct entry	*e;

	for (e = in->entries; e < in->entries + in->n; e++) {
		if (e->family != family || strcmp(e->ifname, ifname) != 0)
			continue;
		memcpy(addr, e->addr, family == 4 ? 4 : 16);
		*prefix = e->prefix;
		return (1);
	}
	return (0);
}

/* ---- the process that follows ------------------------------------------- */

static int
send_list(int sock, const struct entry *entries, unsigned int n)
{
	struct entry	 head;
	const char	*p = (const char *)entries;
	size_t		 len = n * sizeof(*entries);
	ssize_t		 sent;

	memset(&head, 0, sizeof(head));
	head.n = (uint16_t)n;
	if (send(sock, &head, sizeof(head), MSG_NOSIGNAL) != sizeof(head))
		return (-1);
	for (; len > 0; p += sent, len -= (size_t)sent)
		if ((sent = send(sock, p, len, MSG_NOSIGNAL)) == -1) {
			if (errno != EINTR)
				return (-1);
			sent = 0;
		}
	return (0);
}

/* in: as the tool knows them. */
static void
follow(struct interfaces *in, int sock)
{
	struct pollfd	 pfd;
	struct entry	*now = in->coming;
	int		 n;

	for (;;) {
		n = read_entries(now);
		if (n != -1 && ((unsigned int)n != in->n ||
		    memcmp(now, in->entries, in->n * sizeof(*now)) != 0)) {
			if (send_list(sock, now, (unsigned int)n) == -1)
				return;
			in->n = (unsigned int)n;
			memcpy(in->entries, now, in->n * sizeof(*now));
		}
		pfd.fd = sock;
		pfd.events = POLLIN;
		pfd.revents = 0;
		if (poll(&pfd, 1, PERIOD_MS) > 0)
			return;
	}
}

void
interfaces_follow(struct interfaces *in, const char *user)
{
	static const struct sandbox_needs	 none;
	int					 pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1)
		msg_die(1, "interfaces: %s", strerror(errno));
	switch (fork()) {
	case -1:
		msg_die(1, "interfaces: no process to follow them: %s",
		    strerror(errno));
	case 0:
		helper_enter(&pair[1], 1);
		privilege_drop(geteuid() == 0 ? user : NULL, 0);
		sandbox_files(&none);
		follow(in, pair[1]);
		_exit(0);
	}
	close(pair[1]);
	in->fd = pair[0];
}

/* ---- what it tells ------------------------------------------------------ */

/* A list is whole: is it another one? */
static void
take_list(struct interfaces *in)
{
	in->n = in->coming[0].n;
	memcpy(in->entries, in->coming + 1, in->n * sizeof(*in->entries));
	in->bytes = 0;
	in->changed(in->arg);
}

static void
hear(void *arg)
{
	struct interfaces	*in = arg;
	size_t			 wanted = sizeof(struct entry);
	ssize_t			 n;

	if (in->bytes >= wanted)
		wanted += in->coming[0].n * sizeof(struct entry);
	if (wanted > in->bytes) {
		n = recv(in->fd, (char *)in->coming + in->bytes,
		    wanted - in->bytes, MSG_DONTWAIT);
		if (n == -1 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			msg_warn("interfaces: nobody follows them any "
			    "more (addresses stay as they are)");
			loop_watch_off(in->watch);
			return;
		}
		in->bytes += (size_t)n;
	}
	if (in->bytes >= sizeof(struct entry) && in->coming[0].n <= ENTRIES_MAX
	    && in->bytes == (1u + in->coming[0].n) * sizeof(struct entry))
		take_list(in);
}

void
interfaces_watch(struct interfaces *in, void (*changed)(void *), void *arg)
{
	if (in->fd == -1)
		return;
	in->changed = changed;
	in->arg = arg;
	in->watch = loop_watch_new(in->fd, LOOP_READ, hear, in);
	loop_watch_on(in->watch);
}

