/* SPDX-License-Identifier: ISC */
#ifndef FAKE_H
#define FAKE_H

#include <sys/types.h>
#include <sys/socket.h>

#include <stddef.h>
#include <stdint.h>

/*
 * A kernel with divert sockets and nothing else, for programs that were
 * compiled for a BSD and run on Linux.  It was written from what was observed
 * on running kernels, line by line, and without a look at the port it is to
 * try: what those kernels refuse it refuses, with the same errno.
 *
 * The linker gives it the port's system calls (--wrap).  fake.c is what the
 * systems have in common, fake_openbsd.c and fake_freebsd.c the rest.
 */

#define FAKE_MTU	1500

enum fake_call {
	FAKE_SOCKET,
	FAKE_BIND,
	FAKE_SETSOCKOPT,
	FAKE_GETSOCKOPT,
	FAKE_FCNTL,
	FAKE_KQUEUE,
	FAKE_KEVENT,
	FAKE_RECV,		/* counted per datagram */
	FAKE_SEND,		/* counted per datagram */
	FAKE_SYSCTL,
	FAKE_GETIFADDRS,
	FAKE_MEMORY,		/* malloc(3), calloc(3) */
	FAKE_CALLS
};

extern const char *const fake_call_names[FAKE_CALLS];

struct fake_interface {
	char		 name[16];
	unsigned int	 index;
	int		 n4;
	uint8_t		 addr4[2][4];	/* the first, and an alias */
	int		 n6;
	uint8_t		 addr6[2][16];	/* the first mostly link-local */
	uint32_t	 mtu;		/* that is told */
};

/* A packet the kernel took back. */
struct fake_sent {
	int		 version;	/* of the socket */
	int		 out;		/* direction */
	const struct fake_interface *interface;	/* inbound */
	int		 fragments;	/* that it went out in */
	int		 spoiled;	/* a checksum went into payload */
	uint8_t		 addrlen;
	uint8_t		 addr[28];
	uint32_t	 len;
	uint8_t		*data;		/* as it was written */
};

#define FAKE_SENT_MAX	2048
#define FAKE_IFACES	8

/* All there is to see and to set; fake_reset() makes it new. */
struct fake {
	int		 uid;
	int		 release;	/* FreeBSD: 12, 14 */
	int		 absent;	/* no divert sockets in this kernel */
	int		 no_inet6;	/* OpenBSD without IPv6 */
	int		 no_stats6;	/* OpenBSD: one set of counters */
	int		 pledged;	/* "stdio inet" */
	int		 pledged_stdio;	/* "stdio" alone */
	int		 capsicum;
	int		 killed;	/* by pledge */
	unsigned int	 rcvbuf_max;

	int64_t		 now;		/* of both clocks, seconds */
	int		 naps;		/* calls of nanosleep */
	int		 connects;	/* also listen, shutdown, write */
	int		 unaddressed;	/* sends without an address */
	int		 looped;	/* FreeBSD: diverted again */
	int		 vanished;	/* taken with success, and dropped */
	int		 calls[FAKE_CALLS];
	int		 open;		/* descriptors */

	/* What netstat would show. */
	uint64_t	 diverted;
	uint64_t	 noport;
	uint64_t	 fullsock;
	uint64_t	 output;
	uint64_t	 errors;

	int		 ninterfaces;
	struct fake_interface interfaces[FAKE_IFACES];
	int		 nsent;
	struct fake_sent sent[FAKE_SENT_MAX];

	struct {
		int	 error;
		int	 skip;		/* calls that go well before */
		int	 times;
	} faults[FAKE_CALLS];
};

extern struct fake fake;

/* Begin anew: root, two interfaces, no sockets, nothing sent. */
void	 fake_reset(void);

/* After skip calls the next times of one fail with error. */
void	 fake_fail(enum fake_call, int error, int skip, int times);

/* Add an interface; addresses may be NULL. */
struct fake_interface *fake_interface_add(const char *name, unsigned int index,
	    const char *addr4, const char *addr6);

/*
 * The firewall sends a packet to a port.  in: where it came in, NULL for an
 * outbound one.  Returns 1, or 0 when it was dropped and counted.
 */
int	 fake_divert(uint16_t port, const struct fake_interface *in,
	    const uint8_t *data, uint32_t len);

enum fake_way {
	FAKE_INBOUND,
	FAKE_OUTBOUND,		/* made here: in is NULL */
	FAKE_FORWARDED,		/* outbound, and came in on in */
	FAKE_REASSEMBLED	/* inbound, of fragments, by the firewall */
};

/* The same in more ways. */
int	 fake_divert_as(enum fake_way, uint16_t port,
	    const struct fake_interface *in, const uint8_t *data, uint32_t len);

#define FAKE_RULE	300	/* of the firewall, that diverts */

/* Whether poll(2) would say that a descriptor is readable. */
int	 fake_readable(int fd);

/* Somebody else listens on a port. */
int	 fake_listen(uint16_t port);

/* Another program shuts a socket down for reading, or closes it. */
void	 fake_shutdown_all(void);
void	 fake_close_all(void);

/* Parse an address of dots or colons (all eight groups, or ::). */
void	 fake_parse4(const char *, uint8_t *);
void	 fake_parse6(const char *, uint8_t *);

/*
 * Packets and sums, the slow way.
 */

enum fake_proto {
	FAKE_ICMP = 1,
	FAKE_TCP = 6,
	FAKE_UDP = 17,
	FAKE_OTHER = 200,
	FAKE_ICMPV6 = 58
};

/* Make a packet of len bytes in all, sums right.  Returns len. */
uint32_t fake_packet4(uint8_t *buf, enum fake_proto, uint32_t len);
uint32_t fake_packet6(uint8_t *buf, enum fake_proto, uint32_t len);

/* Whether header sum, and upper layer's sum, are right. */
int	 fake_header_good(const uint8_t *data, uint32_t len);
int	 fake_upper_good(const uint8_t *data, uint32_t len);

/* Set both right. */
void	 fake_sum_header(uint8_t *data);
void	 fake_sum_upper(uint8_t *data, uint32_t len);

/*
 * Between fake.c and the file of the system.
 */

struct fake_socket {
	int		 version;	/* 4, 6, 46: both */
	int		 bound;
	int		 shut;
	uint16_t	 port;
	unsigned int	 rcvbuf;
	size_t		 charged;
	struct fake_queued *first;
	struct fake_queued **last;
};

/* errno of a socket(2), 0 and the version, or -1 for a kind not known. */
int	 fake_system_socket(int domain, int type, int protocol, int *version);

/* errno of a bind(2), 0 and the port. */
int	 fake_system_bind(struct fake_socket *, const uint8_t *addr,
	    size_t len, uint16_t *port);

/* The address that comes with a packet.  Returns its length. */
uint8_t	 fake_system_address(int version, const struct fake_interface *in,
	    enum fake_way, uint8_t *addr);

/* errno of a write, or 0: it was recorded, or vanished. */
int	 fake_system_write(struct fake_socket *, const uint8_t *addr,
	    size_t addrlen, const uint8_t *data, size_t len);

/* What state the stack leaves an IPv4 packet in that it diverts. */
void	 fake_system_prepare(enum fake_way, uint8_t *data);

/* A packet was queued to descriptor fd. */
void	 fake_system_queued(int fd);

/* fake_readable() for what is no socket. */
int	 fake_system_readable(int fd);
void	 fake_system_reset(void);
void	 fake_system_close(int fd);

/* For the system's files. */
struct fake_socket *fake_socket_of(int fd);
const struct fake_interface *fake_local(int version, const uint8_t *ip);
const struct fake_interface *fake_named(const char *name);
int	 fake_fault(enum fake_call);
int	 fake_record(struct fake_socket *, const uint8_t *addr, size_t addrlen,
	    const uint8_t *data, size_t len, int out,
	    const struct fake_interface *);
int	 fake_descriptor(void);
int	 fake_receive(int fd, struct msghdr *, int flags, size_t *len);
int	 fake_transmit(int fd, const struct msghdr *);
void	 fake_set_errno(int);

#endif
