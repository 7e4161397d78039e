/* SPDX-License-Identifier: ISC */
#ifndef DIVERT_INJECT_LINUX_H
#define DIVERT_INJECT_LINUX_H

#include <stdint.h>

#include "divert_int.h"
#include "netlink_route.h"

/*
 * The two ways into the Linux stack.  Each is opened while there is all
 * privilege and then works with CAP_NET_ADMIN alone.  Packets come checked:
 * len bytes of one whole IP packet, version 4 or 6, and the mark it gets.
 */

struct inject_packet {
	const uint8_t	*data;
	uint32_t	 len;
	uint32_t	 mark;
	uint8_t		 version;
};

/* Outbound: raw sockets, as if this machine had sent it. */
struct inject_raw {
	int		 fd4;		/* -1: not there */
	int		 fd6;
	uint32_t	 mark;		/* what the sockets mark with */
	uint16_t	 next_id;	/* for fragments of id 0 */
};

/* -1 with errno when no socket can be had at all. */
int	divert_inject_raw_open(struct inject_raw *, uint32_t mark);

/*
 * Send by the routing table, or through the interface of index through if
 * that is not 0.  An IPv4 packet larger than the MTU is cut into fragments
 * unless it says not to.  -1 with errno, as divert_port_inject().
 */
int	divert_inject_raw_send(struct inject_raw *,
	    const struct inject_packet *, uint32_t through);

/* Whether a destination means nothing without an interface. */
int	divert_inject_needs_interface(const struct inject_packet *);
void	divert_inject_raw_close(struct inject_raw *);

/* Inbound: a private veth pair, and redirection to the interface meant. */
#define INJECT_TARGETS	32

struct inject_target {
	uint32_t	 ifindex;	/* 0: free */
	uint32_t	 flags;		/* of the interface */
	char		 name[DIVERT_IFNAME_SIZE];
};

struct inject_veth {
	int		 packet;	/* AF_PACKET; -1: not there */
	int		 route;		/* rtnetlink requests */
	int		 events;	/* rtnetlink events */
	uint32_t	 mark;
	uint32_t	 ifindex;	/* our end, 0: no pair yet */
	uint32_t	 peer;		/* the receiving end */
	pid_t		 pid;		/* who opened it */
	unsigned long long started;	/* when that began, ticks since boot */
	unsigned long long pid_namespace;
	int		 plain;		/* no redirection in this kernel */
	unsigned int	 victim;
	struct inject_target target[INJECT_TARGETS];
};

/*
 * Also removes the pairs of processes that are gone.  -1 with errno when
 * packets cannot be sent this way.
 */
int	divert_inject_veth_open(struct inject_veth *, uint32_t mark);

/*
 * Let a packet arrive on the interface of this name, or of this index when
 * the name is empty.  Returns 0; the interface's index when it is a loopback
 * and nothing was done; or -1 with errno, as divert_port_inject(); ENETDOWN:
 * the interface is down, ENOTSUP: no veth in this kernel.
 */
int	divert_inject_veth_send(struct inject_veth *,
	    const struct inject_packet *, const char *name, uint32_t ifindex);
void	divert_inject_veth_close(struct inject_veth *);

#endif
