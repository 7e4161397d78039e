/* SPDX-License-Identifier: ISC */

/*
 * Which way packets would go is told by family, direction and interface; what
 * can be known without privilege is looked up, and nothing is opened but
 * sockets that send nothing.
 */

#include "compat.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <net/if.h>
#include <netinet/in.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "msg.h"
#include "plan.h"

#define WAYS_MAX	64

struct way {
	uint8_t		 version;
	uint8_t		 direction;
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
	uint64_t	 others;	/* beyond the table */
	uint64_t	 refused[DIVERT_REASON_MAX];
};

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
	return (plan);
}

/* What is known of the interface a packet would come in on. */
enum interface { INTERFACE_ABSENT, INTERFACE_DOWN, INTERFACE_LOOPBACK,
    INTERFACE_UP };

static enum interface
look_at(const char *name)
{
	struct ifreq	 ifr;
	int		 fd, result;

	memset(&ifr, 0, sizeof(ifr));
	strlcpy(ifr.ifr_name, name, sizeof(ifr.ifr_name));
	if ((fd = socket(AF_INET, SOCK_DGRAM, 0)) == -1)
		return (if_nametoindex(name) == 0 ? INTERFACE_ABSENT :
		    INTERFACE_UP);
	result = ioctl(fd, SIOCGIFFLAGS, &ifr);
	close(fd);
	if (result == -1)
		return (INTERFACE_ABSENT);
	if ((ifr.ifr_flags & IFF_UP) == 0)
		return (INTERFACE_DOWN);
	return (ifr.ifr_flags & IFF_LOOPBACK ? INTERFACE_LOOPBACK :
	    INTERFACE_UP);
}

static const char *
needs_privilege(const struct plan *plan)
{
	int	 fd;

	if (!plan->linux_stack)
		return (geteuid() == 0 ? "" : "; needs root");
	if ((fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW)) == -1)
		return ("; needs root or CAP_NET_RAW and CAP_NET_ADMIN");
	close(fd);
	return ("");
}

static void
describe_in(const struct plan *plan, struct way *way)
{
	const char	*needs = needs_privilege(plan);

	switch (look_at(way->ifname)) {
	case INTERFACE_ABSENT:
		snprintf(way->text, sizeof(way->text), "refused: no such "
		    "interface");
		break;
	case INTERFACE_DOWN:
		snprintf(way->text, sizeof(way->text), "refused: the "
		    "interface is down");
		break;
	case INTERFACE_LOOPBACK:
		snprintf(way->text, sizeof(way->text), "sent on it by a raw "
		    "socket, for what arrives on a loopback was sent on it%s",
		    needs);
		break;
	case INTERFACE_UP:
		snprintf(way->text, sizeof(way->text), "by a private pair of "
		    "devices and a redirection to the interface, so that "
		    "rules and rp_filter see it there%s", needs);
		break;
	}
	if (!plan->linux_stack)
		snprintf(way->text, sizeof(way->text), "by the divert socket, "
		    "as received on the interface%s", needs);
}

static void
describe(const struct plan *plan, struct way *way)
{
	if (way->direction == DIVERT_DIRECTION_IN)
		describe_in(plan, way);
	else if (plan->linux_stack)
		snprintf(way->text, sizeof(way->text), "by a raw socket, as if "
		    "this machine had sent it: routed, and seen by the rules "
		    "of OUTPUT and POSTROUTING%s", needs_privilege(plan));
	else
		snprintf(way->text, sizeof(way->text), "by the divert socket, "
		    "as sent by this machine%s", needs_privilege(plan));
}

/* The way of a packet; NULL when there are too many to tell them all. */
static struct way *
find_way(struct plan *plan, const struct divert_packet *pkt)
{
	const char	*ifname = "";
	struct way	*way;
	uint8_t		 version = pkt->len > 0 ? pkt->data[0] >> 4 : 0;

	/* Outbound it is the routing table that decides. */
	if (pkt->direction == DIVERT_DIRECTION_IN)
		ifname = pkt->ifname;
	for (way = plan->ways; way < plan->ways + plan->n; way++)
		if (way->version == version &&
		    way->direction == pkt->direction &&
		    strcmp(way->ifname, ifname) == 0)
			return (way);
	if (plan->n == WAYS_MAX)
		return (NULL);
	plan->n++;
	way->version = version;
	way->direction = pkt->direction;
	strlcpy(way->ifname, ifname, sizeof(way->ifname));
	describe(plan, way);
	return (way);
}

void
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
	if (reason != DIVERT_REASON_NONE)
		plan->refused[reason]++;
	else if ((way = find_way(plan, pkt)) != NULL)
		way->packets++;
	else
		plan->others++;
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
	free(plan);
}
