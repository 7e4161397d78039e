/* SPDX-License-Identifier: ISC */

/*
 * Interface names by index, for packets that carry only the index.  The
 * rtnetlink socket is opened while sockets may still be opened and gets the
 * kernel's events, so a name costs a question once and a change is seen
 * without asking.  Needs no privilege.
 *
 * The table is set-associative: what finds no place drives out another and is
 * asked for again, whatever the number of interfaces.
 */

#include "compat.h"

#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <libmnl/libmnl.h>

#include "netlink.h"
#include "netlink_route.h"

#define LINK_SETS	256
#define LINK_WAYS	4

struct link {
	uint32_t	 ifindex;	/* 0: free */
	char		 name[DIVERT_IFNAME_SIZE];
};

struct netlink_links {
	int		 fd;
	int64_t		 refreshed;	/* seconds */
	unsigned int	 victim;
	struct link	 table[LINK_SETS][LINK_WAYS];
};

static const char	 no_name[DIVERT_IFNAME_SIZE];

static struct link *
find_link(struct netlink_links *links, uint32_t ifindex)
{
	struct link	*set;
	int		 i;

	set = links->table[ifindex % LINK_SETS];
	for (i = 0; i < LINK_WAYS; i++)
		if (set[i].ifindex == ifindex)
			return (&set[i]);
	return (NULL);
}

/* Enter a name, zero padded; "" says that there is no such interface. */
static struct link *
store_link(struct netlink_links *links, uint32_t ifindex,
    const char name[DIVERT_IFNAME_SIZE])
{
	struct link	*link, *set;
	int		 i;

	if ((link = find_link(links, ifindex)) == NULL) {
		set = links->table[ifindex % LINK_SETS];
		link = &set[links->victim++ % LINK_WAYS];
		for (i = 0; i < LINK_WAYS; i++)
			if (set[i].ifindex == 0)
				link = &set[i];
	}
	link->ifindex = ifindex;
	memcpy(link->name, name, sizeof(link->name));
	return (link);
}

/* One RTM_NEWLINK or RTM_DELLINK. */
static int
read_link(const struct nlmsghdr *nlh, void *arg)
{
	struct netlink_links	*links = arg;
	struct route_link	 link;

	if (divert_route_parse_link(nlh, &link) == 0)
		store_link(links, link.ifindex,
		    nlh->nlmsg_type == RTM_NEWLINK ? link.name : no_name);
	return (MNL_CB_OK);
}

/* Read all that waits. */
static void
read_events(struct netlink_links *links)
{
	_Alignas(struct nlmsghdr) uint8_t buf[16384];
	ssize_t				  n;

	for (;;) {
		n = recv(links->fd, buf, sizeof(buf), MSG_DONTWAIT);
		if (n > 0)
			(void)mnl_cb_run(buf, (size_t)n, 0, 0, read_link,
			    links);
		else if (n == -1 && errno == ENOBUFS)
			/* Events are lost: believe nothing. */
			memset(links->table, 0, sizeof(links->table));
		else if (n == 0 || errno != EINTR)
			return;
	}
}

/* Ask for one interface; the kernel answers before send(2) returns. */
static void
ask_link(struct netlink_links *links, uint32_t ifindex)
{
	union netlink_message	 msg;
	struct ifinfomsg	 ifi;

	memset(&ifi, 0, sizeof(ifi));
	ifi.ifi_index = (int)ifindex;
	divert_netlink_start(&msg, RTM_GETLINK, 0, &ifi, sizeof(ifi));
	mnl_attr_put_u32(&msg.nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	(void)divert_netlink_tell(links->fd, &msg);
	read_events(links);
}

struct netlink_links *
divert_links_open(void)
{
	struct netlink_links	*links;
	int			 error;

	if ((links = calloc(1, sizeof(*links))) == NULL)
		return (NULL);
	if ((links->fd = divert_netlink_open(NETLINK_ROUTE, RTMGRP_LINK)) ==
	    -1) {
		error = errno;
		free(links);
		errno = error;
		return (NULL);
	}
	return (links);
}

const char *
divert_links_name(struct netlink_links *links, uint32_t ifindex)
{
	struct link	*link;

	if (ifindex == 0 || ifindex > INT32_MAX)
		return (no_name);
	if ((link = find_link(links, ifindex)) == NULL) {
		ask_link(links, ifindex);
		if ((link = find_link(links, ifindex)) == NULL)
			link = store_link(links, ifindex, no_name);
	}
	return (link->name);
}

void
divert_links_refresh(struct netlink_links *links, int64_t now)
{
	struct link	*link;
	size_t		 i;

	if (now == links->refreshed)
		return;
	links->refreshed = now;
	/* Those not found are asked for again, at most once a second. */
	for (i = 0; i < LINK_SETS * LINK_WAYS; i++) {
		link = &links->table[i / LINK_WAYS][i % LINK_WAYS];
		if (link->name[0] == '\0')
			link->ifindex = 0;
	}
	read_events(links);
}

void
divert_links_close(struct netlink_links *links)
{
	if (links == NULL)
		return;
	close(links->fd);
	free(links);
}
