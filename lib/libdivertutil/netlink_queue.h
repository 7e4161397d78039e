/* SPDX-License-Identifier: ISC */
#ifndef DIVERT_NETLINK_QUEUE_H
#define DIVERT_NETLINK_QUEUE_H

#include <sys/uio.h>

#include <stddef.h>
#include <stdint.h>

#include "divert_int.h"
#include "netlink.h"

/*
 * Messages and counters of nfnetlink_queue: what port_nfqueue.c puts
 * together.
 */

/* Bytes of a verdict message without payload, and before the payload. */
#define NFQUEUE_VERDICT_SIZE	32
#define NFQUEUE_PAYLOAD_OFF	36
/* nla_len has 16 bits, 4 of the bytes it counts are the attribute header. */
#define NFQUEUE_PAYLOAD_MAX	65531

/*
 * Decode NFQNL_MSG_PACKET, len bytes at msg from the netlink header on.
 * Fills pkt but for time, queue and ifname; its data points into msg.
 * Returns 0, or -1 with EBADMSG: no packet id in it.
 */
int	divert_nfqueue_decode(uint8_t *msg, size_t len,
	    struct divert_packet *pkt);

/*
 * Write a verdict message without payload to buf, NFQUEUE_VERDICT_SIZE
 * bytes.  code: NF_ACCEPT or NF_DROP.
 */
void	divert_nfqueue_verdict(uint8_t *buf, uint16_t queue, uint32_t seq,
	    uint32_t id, uint32_t code);

/*
 * The same with room for len bytes of payload: NFQUEUE_PAYLOAD_OFF bytes are
 * written, the payload and its padding to four follow.
 */
void	divert_nfqueue_replace(uint8_t *buf, uint16_t queue, uint32_t seq,
	    uint32_t id, uint32_t len);

/* Start a configuration message for a queue; attributes may be put after. */
void	divert_nfqueue_config(union netlink_message *, uint16_t queue);

/* What /proc/net/netfilter/nfnetlink_queue says of one queue. */
struct nfqueue_proc {
	uint32_t	portid;		/* who bound it */
	uint32_t	waiting;	/* without verdict */
	uint32_t	dropped;	/* the queue was full */
	uint32_t	user_dropped;	/* the socket buffer was full */
	uint32_t	id;		/* the last one given */
};

/* Open the file of the calling thread's network namespace.  -1 with errno. */
int	divert_nfqueue_proc_open(void);

/*
 * Read the line of a queue.  Returns 0, or -1: ENOENT no such queue, or of
 * pread(2).
 */
int	divert_nfqueue_proc_read(int fd, uint16_t queue,
	    struct nfqueue_proc *proc);

/*
 * Say who has the netlink port portid, as far as /proc tells: "name (pid 1)"
 * or "netlink port 1".
 */
void	divert_nfqueue_proc_holder(uint32_t portid, char *buf, size_t size);

/*
 * Open port->fd and bind a queue to it, as options say.  procfd: of
 * divert_nfqueue_proc_open(), or -1.  Returns 0, or -1 with errno and the
 * port's sentence, as divert_port_open().
 */
int	divert_nfqueue_bind(struct divert_port *port, uint16_t queue,
	    int procfd, const struct divert_options *options);

/*
 * Give the queue up, by name: a child may have the socket open still.  What
 * waits in it is dropped.  errno is left alone.
 */
void	divert_nfqueue_unbind(struct divert_port *port, uint16_t queue);

/*
 * Verdicts on their way to the kernel.
 */

#define NFQUEUE_OUT_SIZE	(60 * 1024)
/* A kind beyond enum divert_verdict: on a packet nobody was lent. */
#define NFQUEUE_KIND_NONE	4
#define NFQUEUE_KINDS		5
#define NFQUEUE_SENDS		1024

/* One send: how many verdicts of each kind are in it. */
struct nfqueue_send {
	uint32_t	 number;
	uint32_t	 count[NFQUEUE_KINDS];
};

/* Zeroed but for queue, guard, and buf of NFQUEUE_OUT_SIZE bytes. */
struct nfqueue_out {
	uint8_t		*buf;
	size_t		 len;
	uint16_t	 queue;
	int		 failed;	/* errno of a send since the flush */
	int		 guard;		/* who sends for us, or -1 */
	uint32_t	 number;	/* of the send being filled */
	struct nfqueue_send sends[NFQUEUE_SENDS];	/* the last ones */
};

/*
 * Add a verdict without payload.  kind: enum divert_verdict, or
 * NFQUEUE_KIND_NONE.  code: NF_ACCEPT or NF_DROP.  May send what was added
 * before; failures of that are counted, and told by the next flush.
 */
void	divert_nfqueue_out_verdict(struct divert_port *port,
	    struct nfqueue_out *out, unsigned int kind, uint32_t id,
	    uint32_t code);

/* Add a verdict with the packet's bytes.  0, or -1 with errno: it is lost. */
int	divert_nfqueue_out_replace(struct divert_port *port,
	    struct nfqueue_out *out, const struct divert_packet *pkt);

/*
 * Read an NLMSG_ERROR of which len bytes are there: count what it refuses as
 * lost.
 */
void	divert_nfqueue_out_refused(struct divert_port *port,
	    struct nfqueue_out *out, const struct nlmsghdr *nlh, size_t len);

/* A send was refused whole; seq: of its first message. */
void	divert_nfqueue_out_failed(struct divert_port *port,
	    struct nfqueue_out *out, uint32_t seq, int error);

/* Send what waits.  0, or -1 with errno: some since the last flush is lost. */
int	divert_nfqueue_out_flush(struct divert_port *port,
	    struct nfqueue_out *out);

/*
 * The guard, a process that has the privilege, and those who ask it.  sock:
 * the two ends of a SOCK_SEQPACKET pair.
 */

/* 0 when len bytes at buf are verdicts of this queue and nothing else, or -1. */
int	divert_nfqueue_guard_check(const uint8_t *buf, size_t len,
	    uint16_t queue);

/*
 * Be the guard, until the other end is closed.  0, or -1 with errno; EBADMSG:
 * it was asked for what is no verdict.
 */
int	divert_nfqueue_guard_serve(struct divert_port *port,
	    struct divert_injector *injector, uint16_t queue, int sock);

/* Hand it verdicts, n parts of a buffer, three at most.  0, or -1 with errno. */
int	divert_nfqueue_guard_send(int sock, const struct iovec *parts, int n);

/* Hear what went wrong, without waiting.  0, or -1: it is gone. */
int	divert_nfqueue_guard_hear(struct divert_port *port,
	    struct nfqueue_out *out);

/* As divert_injector_send(); EPIPE: it is gone. */
int	divert_nfqueue_guard_inject(struct divert_port *port,
	    struct nfqueue_out *out, const struct divert_packet *pkt);

/* Wait until it has done all it was told; what it says is counted. */
void	divert_nfqueue_guard_settle(struct divert_port *port,
	    struct nfqueue_out *out);

/* Let it undo what it made, and wait for its end. */
void	divert_nfqueue_guard_end(struct divert_port *port,
	    struct nfqueue_out *out);

#endif
