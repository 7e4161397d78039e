/* SPDX-License-Identifier: ISC */
#ifndef DIVERT_PORT_DIVERT_H
#define DIVERT_PORT_DIVERT_H

#include "divert_int.h"

/*
 * Divert sockets of OpenBSD and FreeBSD: what the files port_divert*.c share.
 * Addresses of sockets are kept as the bytes the kernel gave, for that is what
 * it wants back: length, family, port, and then by family the IPv4 address and
 * eight bytes, or flow, IPv6 address and scope.
 */

/* Octets of the two kinds of address, the same on every BSD. */
#define DIVERT_ADDRESS4_SIZE	16
#define DIVERT_ADDRESS6_SIZE	28

/*
 * Decisions (port_divert_decide.c): no system call, nothing kept.
 */

/* What is to be known of a kernel; the same code serves all. */
struct divert_kernel {
	uint8_t		 family4;	/* its AF_INET */
	uint8_t		 family6;	/* its AF_INET6 */
	int		 sockets;	/* 2: one for each family */
	int		 fragments;	/* survive being written */
	int		 annotated;	/* port: rule; sin_zero: interface */
	int		 keeps_sums;	/* does not redo the upper layer's */
	int		 denied[2];	/* errno of its sandbox, 0: none */
	const char	*absent;	/* what to do where there is none */
};

extern const struct divert_kernel divert_kernel_openbsd;
extern const struct divert_kernel divert_kernel_freebsd;

/* The kernel of this system (port_divert_openbsd.c, port_divert_freebsd.c). */
extern const struct divert_kernel *const divert_kernel;

enum divert_decision {
	DIVERT_DECIDE_AGAIN,	/* interrupted: call again */
	DIVERT_DECIDE_LATER,	/* nothing now; no room now */
	DIVERT_DECIDE_LOSSES,	/* the kernel says that it lost packets */
	DIVERT_DECIDE_COUNT,	/* concerns one packet: count and go on */
	DIVERT_DECIDE_GONE	/* the port is gone */
};

/* What an errno of recvmsg(2) means: any of the five. */
enum divert_decision divert_decide_recv(const struct divert_kernel *,
	    int error);

/* What an errno of sendmsg(2) means: AGAIN, LATER, or COUNT; never fatal. */
enum divert_decision divert_decide_send(int error);

/*
 * The errno of divert_port_open() for one of socket(2): what says that there
 * are no divert sockets becomes ENOTSUP, others stay.
 */
int	divert_decide_open(int error);

/* What an address that came with a packet says. */
struct divert_origin {
	int		 version;	/* of the socket: 4, 6; 0: no address */
	uint8_t		 direction;	/* enum divert_direction */
	uint16_t	 rule;		/* 0: none */
	uint32_t	 ifindex;	/* of the scope; 0: none */
	const uint8_t	*ip;		/* in the address; NULL: none */
	char		 name[9];	/* of the receiving interface, or "" */
};

/*
 * Read the address that came with a packet.  Not guessed: zero is outbound
 * because that is what the kernel makes of it when it comes back.
 */
void	divert_decide_origin(const struct divert_kernel *, const uint8_t *addr,
	    size_t len, struct divert_origin *origin);

/*
 * May this be written, and how many bytes of it?  Sets *layout and *len.
 * Returns DIVERT_REASON_NONE, or the reason why not.
 */
enum divert_reason divert_decide_write(const struct divert_kernel *,
	    const struct divert_packet *, struct divert_layout *layout,
	    uint32_t *len);

/*
 * Which checksums to compute before a packet is written: 1 all, 0 that of the
 * IP header alone, for the rest is as it was on the wire.
 */
int	divert_decide_repair(const struct divert_kernel *,
	    enum divert_verdict, const struct divert_origin *origin);

/*
 * The socket for a packet of this IP version: 0, 1, or -1 when the address is
 * none for it.
 */
int	divert_decide_socket(const struct divert_kernel *, int address_version,
	    int packet_version);

/* The address to bind port at on a socket.  Returns its length. */
uint8_t	divert_decide_bind(const struct divert_kernel *, int socket,
	    uint16_t port, uint8_t *addr);

struct divert_interface {
	uint32_t	 index;
	uint8_t		 has4;
	uint8_t		 has6;
	uint8_t		 addr4[4];	/* the first of each family */
	uint8_t		 addr6[16];	/* without scope inside */
	char		 name[DIVERT_IFNAME_SIZE];
	uint32_t	 mtu;		/* 0: not known */
};

/*
 * The address that makes the kernel take a packet as inbound on an interface,
 * or with NULL as outbound; processing goes on after rule where rules have
 * numbers.  Returns its length, or -1: EADDRNOTAVAIL the interface has no
 * address that would say so.
 */
int	divert_decide_inject(const struct divert_kernel *, int version,
	    const struct divert_interface *, uint16_t rule, uint8_t *addr);

/*
 * Interfaces (port_divert_interfaces.c): a bounded copy of getifaddrs(3).
 */

#define DIVERT_INTERFACES_MAX	1024

struct divert_interfaces {
	int64_t		 read;		/* seconds; when it was made */
	unsigned int	 last;		/* found */
	unsigned int	 n;
	struct divert_interface list[DIVERT_INTERFACES_MAX];
};

/*
 * Read the table again when it is old or, missed, when something was not in
 * it; at most once in a second.  now in seconds, monotonic.  When the system
 * refuses the old table stays.
 */
void	divert_interfaces_refresh(struct divert_interfaces *, int64_t now,
	    int missed);

/* Find an interface; NULL: there is none. */
const struct divert_interface *divert_interfaces_index(
	    struct divert_interfaces *, uint32_t index);
const struct divert_interface *divert_interfaces_name(
	    struct divert_interfaces *, const char *name);

/*
 * The interface a packet came in on; NULL when that is not known, or several
 * have the address, or a name of seven characters, which may be cut, begins
 * several.
 */
const struct divert_interface *divert_interfaces_origin(
	    struct divert_interfaces *, const struct divert_origin *);

/*
 * The MTU that a packet of len bytes was larger than: of the interface named,
 * or, as nobody says by which one it went, the largest that is smaller.  Where
 * that is too much the next packet comes closer.  0: there is none.
 */
uint32_t divert_interfaces_mtu(const struct divert_interfaces *,
	    const char *name, uint32_t len);

/*
 * Datagrams (port_divert_mmsg.c or port_divert_msg.c).
 */

struct divert_datagram {
	uint8_t		*data;
	uint32_t	 size;		/* room at data */
	uint32_t	 len;
	int		 truncated;
	uint8_t		 addrlen;
	uint8_t		 addr[DIVERT_ADDRESS_SIZE];
};

/*
 * Receive up to n <= DIVERT_BATCH_MAX datagrams that are there.  Returns how
 * many, or -1 with errno.
 */
int	divert_datagrams_recv(int fd, struct divert_datagram *, int n);

/* Send n; returns how many went, or -1: the first did not. */
int	divert_datagrams_send(int fd, struct divert_datagram *, int n);

/*
 * What a system has of its own (port_divert_openbsd.c, port_divert_freebsd.c).
 */

/* Open socket 0 or 1.  -1 with errno. */
int	divert_system_socket(int which);

/*
 * One descriptor that is readable when one of n sockets is.  It may be the
 * socket.  -1 with errno.
 */
int	divert_system_watch(const int *fds, int n);

/*
 * Nothing was left in the several sockets that watch is for: make it say so.
 * 0, or -1 with errno.
 */
int	divert_system_settle(int watch);

/*
 * Read the kernel's figures, of the whole system and since it started; what
 * it does not count stays.  Asks sysctl(3), for which OpenBSD kills a program
 * that has pledged.
 */
void	divert_system_figures(struct divert_stats *);

/*
 * Packets on their way out (port_divert_out.c).
 */

#define DIVERT_OUT_SIZE		(256 * 1024)

/* Packets that were too large for their links, until somebody is told. */
#define DIVERT_LARGE_MAX	16
/* As much as an ICMP error has room for. */
#define DIVERT_LARGE_SIZE	1280

struct divert_large {
	struct divert_packet	 pkt;
	uint8_t			 data[DIVERT_LARGE_SIZE];
};

/* Zeroed but for fds and buf, which has DIVERT_OUT_SIZE bytes. */
struct divert_out {
	const int	*fds;
	uint8_t		*buf;
	size_t		 len;
	int		 n;
	int		 failed;	/* errno of a send since the flush */
	struct divert_datagram datagrams[DIVERT_BATCH_MAX];
	uint8_t		 verdicts[DIVERT_BATCH_MAX];
	uint8_t		 sockets[DIVERT_BATCH_MAX];
	char		 names[DIVERT_BATCH_MAX][DIVERT_IFNAME_SIZE];
	int		 nlarge;
	struct divert_large large[DIVERT_LARGE_MAX];
};

/*
 * Add a packet with its verdict, PASS or REPLACE; the bytes are copied, the
 * checksums of the copy made right.  Returns 0, or -1 with errno, or the
 * reason (> 0) why it must not be written.
 */
int	divert_out_add(struct divert_port *, struct divert_out *,
	    const struct divert_packet *, enum divert_verdict);

/* Send what waits.  0, or -1 with errno: some since the last flush is lost. */
int	divert_out_flush(struct divert_port *, struct divert_out *);

/* Send one datagram now, with the same patience.  0, or -1 with errno. */
int	divert_out_send(int fd, struct divert_datagram *);

#endif
