/* SPDX-License-Identifier: ISC */
#ifndef DIVERT_NETLINK_ROUTE_H
#define DIVERT_NETLINK_ROUTE_H

#include <stdint.h>

#include "divertutil.h"
#include "netlink.h"

/*
 * Requests to rtnetlink.  fd is of divert_netlink_open(NETLINK_ROUTE, 0).
 * All return 0, or -1 with the errno of the kernel.
 */

#define ROUTE_ALIAS_SIZE	64
#define ROUTE_MAC_SIZE		6

/* An interface. */
struct route_link {
	uint32_t	 ifindex;
	uint32_t	 flags;		/* IFF_UP, IFF_LOWER_UP .. */
	char		 name[DIVERT_IFNAME_SIZE];	/* zero padded */
	char		 alias[ROUTE_ALIAS_SIZE];
	uint8_t		 mac[ROUTE_MAC_SIZE];
};

/* Read an RTM_NEWLINK or RTM_DELLINK.  0, or -1: EBADMSG, it is neither. */
int	divert_route_parse_link(const struct nlmsghdr *nlh,
	    struct route_link *link);

/* Find an interface by name, or by index when name is "".  ENODEV. */
int	divert_route_link(int fd, const char *name, uint32_t ifindex,
	    struct route_link *link);

/* Call each() for every interface. */
int	divert_route_links(int fd, void (*each)(void *,
	    const struct route_link *), void *arg);

/* Make a veth pair, both ends down.  EEXIST: a name is taken. */
int	divert_route_veth(int fd, const char *name, const uint8_t *mac,
	    const char *peer, const uint8_t *peer_mac);

/* Set an interface up, quiet: no ARP, no IPv6 address of its own. */
int	divert_route_up(int fd, uint32_t ifindex);

int	divert_route_alias(int fd, uint32_t ifindex, const char *alias);
int	divert_route_delete(int fd, uint32_t ifindex);

/* Give an interface an ingress queueing discipline, where filters hang. */
int	divert_route_ingress(int fd, uint32_t ifindex);

/*
 * Let frames whose source address begins with the four bytes of tag appear
 * as received on another interface.  prio: number of the rule, from 1.
 */
int	divert_route_redirect(int fd, uint32_t ifindex, uint16_t prio,
	    uint32_t tag, uint32_t target);
int	divert_route_redirect_delete(int fd, uint32_t ifindex, uint16_t prio);

#endif
