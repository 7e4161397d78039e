/* SPDX-License-Identifier: ISC */
#ifndef DIVERT_NETLINK_QUEUE_H
#define DIVERT_NETLINK_QUEUE_H

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
void	divert_nfqueue_config(struct netlink_message *, uint16_t queue);

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

#endif
