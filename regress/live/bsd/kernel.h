/* SPDX-License-Identifier: ISC */
#ifndef KERNEL_H
#define KERNEL_H

/*
 * What the clauses ask of a system: the real one (kernel_bsd.c), or a model
 * of it (kernel_model.c) on which the test itself is tested.
 *
 *	far end of A  --  A [diverted] this host B  --  far end of B
 *	192.0.2.2           192.0.2.1    198.51.100.1     198.51.100.2
 *	2001:db8:1::2       2001:db8:1::1  ...2::1        2001:db8:2::2
 *
 * A has the alias 192.0.2.65.  UDP to port 7001 coming in at B is diverted by
 * a rule with state (OpenBSD only), UDP to port 7002 going out at B by a rule
 * without.
 */

enum { OPENBSD, FREEBSD12, FREEBSD14, SYSTEMS };	/* columns of points.c */
enum { WIRE_A, WIRE_B, WIRES };
enum figure { RECEIVED, NOPORT, FULLSOCK, OUTPUT, ERRORS, FIGURES };

#define PORT		700	/* what the rules say */
#define OTHER_PORT	701
#define STATE_PORT	7001
#define OUT_PORT	7002

/* The address beside a packet: handed back as it came. */
struct from {
	union {
		struct sockaddr		 sa;
		struct sockaddr_in	 in;
		struct sockaddr_in6	 in6;
		unsigned char		 raw[64];
	}		 u;
	socklen_t	 len;
};

enum child {
	CHILD_OPEN,		/* as another user: open a divert socket */
	CHILD_GO_ON,		/* sandboxed: read a packet, write it back */
	CHILD_STDIO,		/* pledge("stdio"): write a packet */
	CHILD_SOCKET,		/* pledge("stdio inet"): open another socket */
	CHILD_CAPABILITY	/* cap_enter(): write a packet */
};

/*
 * Calls give -1 and errno as the system does.  recv, recvmany and receive do
 * not wait; wait_socket and wait_wire do, and say whether something is there.
 */
struct kernel {
	int		 system;
	const char	*name[WIRES];
	unsigned int	 rule;		/* FreeBSD: number of the first rule */
	const char	*form;		/* how the last socket was made */

	int		 (*socket)(int);
	int		 (*bind)(int, const struct from *);
	int		 (*bound)(int);		/* the port */
	int		 (*connect)(int, const struct from *);
	ssize_t		 (*write)(int, const void *, size_t);
	ssize_t		 (*sendto)(int, const void *, size_t,
			    const struct from *);
	ssize_t		 (*recv)(int, void *, size_t, struct from *, int *);
	ssize_t		 (*read)(int, void *, size_t);
	int		 (*recvmany)(int, struct packet *, int);
	int		 (*buffer)(int, int, int);
	int		 (*space)(void);	/* the sysctl for receiving */
	void		 (*close)(int);
	int		 (*wait_socket)(int, int);
	int		 (*wait_wire)(int, int);
	int		 (*transmit)(int, const struct packet *);
	int		 (*receive)(int, struct packet *);
	int		 (*udp)(int);	/* bind a UDP socket to a port */
	int		 (*speak)(int, const void *, size_t);
	int		 (*figure)(enum figure, uint64_t *);
	const char	*(*child)(enum child, int, const struct packet *,
			    const struct from *);
	int		 (*configure)(const char *);
};

#endif /* KERNEL_H */
