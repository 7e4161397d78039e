/* SPDX-License-Identifier: ISC */
#ifndef DIVERT_INJECT_LINUX_H
#define DIVERT_INJECT_LINUX_H

#include <sys/socket.h>

#include <netinet/in.h>

#include <stdint.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "divert_int.h"
#include "netlink_route.h"

/*
 * The two ways into the Linux stack.  Each is opened while there is all
 * privilege and then works with CAP_NET_ADMIN alone.  Packets come checked:
 * len bytes of one whole IP packet, version 4 or 6, and the mark it gets.
 * They go in runs that need one system call where nothing is refused.
 */

struct inject_packet {
	const uint8_t	*data;
	uint32_t	 len;
	uint32_t	 mark;
	uint32_t	 through;	/* outbound: this interface, 0: as routed */
	uint8_t		 version;
	uint8_t		 target;	/* inbound: its number */
};

/* The messages of a run, and what they point to. */
struct inject_message {
	union {
		struct sockaddr_in	 sin;
		struct sockaddr_in6	 sin6;
		struct sockaddr_ll	 sll;
	}			 to;
	_Alignas(struct cmsghdr) uint8_t control[
	    CMSG_SPACE(sizeof(uint32_t)) +
	    CMSG_SPACE(sizeof(struct in6_pktinfo))];
	uint8_t			 ether[ETH_HLEN];
	struct iovec		 iov[2];
};

struct inject_run {
	struct mmsghdr		 msgs[DIVERT_BATCH_MAX];
	struct inject_message	 parts[DIVERT_BATCH_MAX];
};

/*
 * Begin a message to an address of so many bytes, with n parts of data, and
 * append the mark where it is not the socket's.
 */
void	divert_inject_message(struct msghdr *, struct inject_message *,
	    socklen_t, size_t n, uint32_t mark, uint32_t socket_mark);
/* Append a control message. */
void	divert_inject_control(struct msghdr *, int level, int type,
	    const void *, size_t);

/*
 * Send n messages, waiting a little where the interface is behind.  Returns
 * how many went before one that is refused, or -1 with errno: the first is.
 */
int	divert_inject_send(int fd, struct mmsghdr *, int n);

/* A socket's send buffer; returns what was got. */
unsigned int divert_inject_sndbuf(int fd, unsigned int size);

/* Outbound: raw sockets, as if this machine had sent it. */
struct inject_raw {
	int		 fd4;		/* -1: not there */
	int		 fd6;
	uint32_t	 mark;		/* what the sockets mark with */
	uint16_t	 next_id;	/* for fragments of id 0 */
};

/*
 * sndbuf: what is wanted, and got.  -1 with errno when no socket can be had at
 * all.
 */
int	divert_inject_raw_open(struct inject_raw *, uint32_t mark,
	    unsigned int *sndbuf);

/*
 * Send n packets of one version.  An IPv4 packet larger than the MTU is cut
 * into fragments unless it says not to.
 */
void	divert_inject_raw_send(struct inject_raw *, struct inject_run *,
	    const struct inject_packet *, int n, struct divert_injected *);

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
int	divert_inject_veth_open(struct inject_veth *, uint32_t mark,
	    unsigned int *sndbuf);

/*
 * Learn what became of the interfaces: before each batch.  Targets found
 * before may be others then.
 */
void	divert_inject_veth_refresh(struct inject_veth *);

/*
 * The target of this interface name, or of this index when the name is empty:
 * its number, or -1: not yet one.
 */
int	divert_inject_veth_find(const struct inject_veth *, const char *name,
	    uint32_t ifindex);
/* Make it one; another may go for it.  -1 with errno: ENODEV, ENOTSUP.. */
int	divert_inject_veth_target(struct inject_veth *, const char *name,
	    uint32_t ifindex);

/* Let n packets arrive, each on its target. */
void	divert_inject_veth_send(struct inject_veth *, struct inject_run *,
	    const struct inject_packet *, int n, struct divert_injected *);
void	divert_inject_veth_close(struct inject_veth *);

#endif
