/* SPDX-License-Identifier: ISC */

/*
 * Which way packets would go is told by family, direction, interface, and
 * what the routing table says; what can be known without privilege is looked
 * up, and nothing is opened but sockets that send nothing.
 */

#include "compat.h"

#include <sys/socket.h>

#include <net/if.h>
#include <netinet/in.h>

#include <errno.h>
#include <ifaddrs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "link_scope.h"
#include "msg.h"
#include "plan.h"

#define WAYS_MAX	64

/* What becomes of a packet by its size and its destination. */
enum fate {
	FATE_GOES,
	FATE_NO_ROUTE,
	FATE_FRAGMENTS,
	FATE_TOO_LARGE
};

struct way {
	int		 refused;	/* packets would not go */
	uint8_t		 version;
	uint8_t		 direction;
	enum fate	 fate;
	uint32_t	 mtu;
	char		 ifname[DIVERT_IFNAME_SIZE];
	uint64_t	 packets;
	char		 text[256];
};

struct plan {
	const char	*port;
	uint32_t	 mark;
	int		 each;
	int		 linux_stack;	/* how nfqueue ports inject */
	struct way	 ways[WAYS_MAX];
	int		 n;
	int		 fds[2];	/* for routes: IPv4, IPv6; -1: none */
	struct ifaddrs	*interfaces;	/* NULL: not to be had */
	const char	*needs;		/* privilege, as text */
	uint64_t	 others;	/* beyond the table */
	uint64_t	 refused[DIVERT_REASON_MAX];
};

/* What it would take that this process has not. */
static const char *
needs_privilege(int linux_stack)
{
	int	 fd;

	if (!linux_stack)
		return (geteuid() == 0 ? "" : "; needs root");
	if ((fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW)) == -1)
		return ("; needs root or CAP_NET_RAW and CAP_NET_ADMIN");
	close(fd);
	return ("");
}

struct plan *
plan_new(const char *port, uint32_t mark, int each)
{
	struct plan	*plan;

	if ((plan = calloc(1, sizeof(*plan))) == NULL)
		msg_die(1, "out of memory");
	plan->port = port;
	plan->mark = mark;
	plan->each = each;
	plan->linux_stack = strncmp(port, "nfqueue:", 8) == 0;
	/* Now: a sandbox will not let us look later, but for routes. */
	if (getifaddrs(&plan->interfaces) == -1)
		plan->interfaces = NULL;
	plan->needs = needs_privilege(plan->linux_stack);
	plan->fds[0] = socket(AF_INET, SOCK_DGRAM, 0);
	plan->fds[1] = socket(AF_INET6, SOCK_DGRAM, 0);
	return (plan);
}

/* What is known of the interface a packet would come in on. */
enum interface { INTERFACE_ABSENT, INTERFACE_DOWN, INTERFACE_LOOPBACK,
    INTERFACE_UP };

static enum interface
look_at(const struct plan *plan, const char *name)
{
	const struct ifaddrs	*ifa;

	for (ifa = plan->interfaces; ifa != NULL; ifa = ifa->ifa_next) {
		if (strcmp(ifa->ifa_name, name) != 0)
			continue;
		if ((ifa->ifa_flags & IFF_UP) == 0)
			return (INTERFACE_DOWN);
		return (ifa->ifa_flags & IFF_LOOPBACK ? INTERFACE_LOOPBACK :
		    INTERFACE_UP);
	}
	return (INTERFACE_ABSENT);
}

static void
refuse(struct way *way, const char *why)
{
	way->refused = 1;
	snprintf(way->text, sizeof(way->text), "refused: %s", why);
}

/* Can no packet pass the interface?  Then it says so. */
static int
is_closed(const struct plan *plan, struct way *way)
{
	switch (look_at(plan, way->ifname)) {
	case INTERFACE_ABSENT:
		refuse(way, "no such interface");
		return (1);
	case INTERFACE_DOWN:
		refuse(way, "the interface is down");
		return (1);
	case INTERFACE_LOOPBACK:
	case INTERFACE_UP:
		break;
	}
	return (0);
}

static void
describe_in(const struct plan *plan, struct way *way)
{
	const char	*how;

	if (!plan->linux_stack)
		how = "by the divert socket, as received on the interface";
	else if (is_closed(plan, way))
		return;
	else if (look_at(plan, way->ifname) == INTERFACE_LOOPBACK)
		how = "sent on it by a raw socket, for what arrives on a "
		    "loopback was sent on it";
	else
		how = "by a private pair of devices and a redirection to the "
		    "interface, so that rules and rp_filter see it there";
	snprintf(way->text, sizeof(way->text), "%s%s", how, plan->needs);
}

static void
describe_out(const struct plan *plan, struct way *way)
{
	const char	*what = "as if this machine had sent it: routed, and "
			    "seen by the rules of OUTPUT and POSTROUTING";
	char		 how[64];

	how[0] = '\0';
	switch (way->fate) {
	case FATE_NO_ROUTE:
		refuse(way, "no route");
		return;
	case FATE_TOO_LARGE:
		snprintf(how, sizeof(how), "larger than the MTU of %u, and "
		    "not to be fragmented", way->mtu);
		refuse(way, how);
		return;
	case FATE_FRAGMENTS:
		snprintf(how, sizeof(how), "in fragments, for the MTU is %u, ",
		    way->mtu);
		break;
	case FATE_GOES:
		break;
	}
	if (way->ifname[0] != '\0') {
		if (is_closed(plan, way))
			return;
		what = "as if this machine had sent it on the interface, for "
		    "its destination has none";
	}
	if (plan->linux_stack)
		snprintf(way->text, sizeof(way->text), "%sby a raw socket, "
		    "%s%s", how, what, plan->needs);
	else
		snprintf(way->text, sizeof(way->text), "%sby the divert "
		    "socket, as sent by this machine%s", how, plan->needs);
}

/* The MTU of a connected socket's route; 0: this system does not say. */
static uint32_t
route_mtu(int fd, int version)
{
	int	 mtu = 0;
#if defined(IP_MTU) && defined(IPV6_MTU)
	socklen_t len = sizeof(mtu);

	if (getsockopt(fd, version == 4 ? IPPROTO_IP : IPPROTO_IPV6,
	    version == 4 ? IP_MTU : IPV6_MTU, &mtu, &len) == -1 || mtu < 0)
		mtu = 0;
#else
	(void)fd;
	(void)version;
#endif
	return ((uint32_t)mtu);
}

/* A socket of datagrams sends nothing when it is connected, but has a route. */
static enum fate
find_fate(const struct plan *plan, const struct divert_packet *pkt,
    uint32_t *mtu)
{
	struct sockaddr_in	 sin;
	struct sockaddr_in6	 sin6;
	int			 result, version = pkt->data[0] >> 4;

	*mtu = 0;
	if (plan->fds[version == 6] == -1)
		return (FATE_GOES);
	if (version == 4) {
		memset(&sin, 0, sizeof(sin));
		sin.sin_family = AF_INET;
		sin.sin_port = htons(9);
		memcpy(&sin.sin_addr, pkt->data + 16, sizeof(sin.sin_addr));
		result = connect(plan->fds[0], (struct sockaddr *)&sin,
		    sizeof(sin));
	} else {
		memset(&sin6, 0, sizeof(sin6));
		sin6.sin6_family = AF_INET6;
		sin6.sin6_port = htons(9);
		memcpy(&sin6.sin6_addr, pkt->data + 24,
		    sizeof(sin6.sin6_addr));
		result = connect(plan->fds[1], (struct sockaddr *)&sin6,
		    sizeof(sin6));
	}
	if (result == -1)
		return (errno == ENETUNREACH || errno == EHOSTUNREACH ?
		    FATE_NO_ROUTE : FATE_GOES);
	*mtu = route_mtu(plan->fds[version == 6], version);
	if (*mtu == 0 || pkt->len <= *mtu)
		return (FATE_GOES);
	return (version == 4 && (pkt->data[6] & 0x40) == 0 ? FATE_FRAGMENTS :
	    FATE_TOO_LARGE);
}

/* The way of a packet; NULL when there are too many to tell them all. */
static struct way *
find_way(struct plan *plan, const struct divert_packet *pkt)
{
	const char	*ifname = "";
	struct way	*way;
	enum fate	 fate = FATE_GOES;
	uint32_t	 mtu = 0;
	uint8_t		 version = pkt->len > 0 ? pkt->data[0] >> 4 : 0;

	/* Outbound it is the routing table that decides, where it can. */
	if (pkt->direction == DIVERT_DIRECTION_IN ||
	    (plan->linux_stack && divert_link_scope(pkt->data, pkt->len)))
		ifname = pkt->ifname;
	else if ((version == 4 && pkt->len >= 20) ||
	    (version == 6 && pkt->len >= 40))
		fate = find_fate(plan, pkt, &mtu);
	if (fate < FATE_FRAGMENTS)
		mtu = 0;
	for (way = plan->ways; way < plan->ways + plan->n; way++)
		if (way->version == version &&
		    way->direction == pkt->direction &&
		    way->fate == fate && way->mtu == mtu &&
		    strcmp(way->ifname, ifname) == 0)
			return (way);
	if (plan->n == WAYS_MAX)
		return (NULL);
	plan->n++;
	way->version = version;
	way->direction = pkt->direction;
	way->fate = fate;
	way->mtu = mtu;
	strlcpy(way->ifname, ifname, sizeof(way->ifname));
	if (way->direction == DIVERT_DIRECTION_IN)
		describe_in(plan, way);
	else
		describe_out(plan, way);
	return (way);
}

int
plan_packet(struct plan *plan, const struct divert_packet *pkt,
    enum divert_reason reason)
{
	struct way	*way;
	char		 line[512];

	if (plan->each) {
		divert_packet_format(pkt, line, sizeof(line));
		if (reason != DIVERT_REASON_NONE)
			printf("refuse (%s): %s\n",
			    divert_reason_name(reason), line);
		else
			printf("inject %s%s%s: %s\n",
			    pkt->direction == DIVERT_DIRECTION_IN ? "in" :
			    "out", pkt->ifname[0] == '\0' ? "" : " on ",
			    pkt->ifname, line);
	}
	if (reason != DIVERT_REASON_NONE) {
		plan->refused[reason]++;
		return (0);
	}
	if ((way = find_way(plan, pkt)) == NULL) {
		plan->others++;
		return (1);
	}
	way->packets++;
	return (!way->refused);
}

void
plan_print(const struct plan *plan)
{
	const struct way	*way;
	int			 i;

	for (way = plan->ways; way < plan->ways + plan->n; way++)
		printf("%s: %llu IPv%u packets %s%s%s: %s\n", plan->port,
		    (unsigned long long)way->packets, way->version,
		    way->direction == DIVERT_DIRECTION_IN ? "in" : "out",
		    way->ifname[0] == '\0' ? "" : " on ", way->ifname,
		    way->text);
	if (plan->others > 0)
		printf("%s: %llu packets by other interfaces\n", plan->port,
		    (unsigned long long)plan->others);
	for (i = 1; i < DIVERT_REASON_MAX; i++)
		if (plan->refused[i] > 0)
			printf("%s: %llu packets refused: %s\n", plan->port,
			    (unsigned long long)plan->refused[i],
			    divert_reason_name((enum divert_reason)i));
	if (plan->n > 0 && plan->linux_stack)
		printf("%s: all are marked 0x%x, for rules to let them by\n",
		    plan->port, plan->mark);
	fflush(stdout);
}

void
plan_free(struct plan *plan)
{
	if (plan == NULL)
		return;
	if (plan->interfaces != NULL)
		freeifaddrs(plan->interfaces);
	if (plan->fds[0] != -1)
		close(plan->fds[0]);
	if (plan->fds[1] != -1)
		close(plan->fds[1]);
	free(plan);
}
