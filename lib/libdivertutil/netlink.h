/* SPDX-License-Identifier: ISC */
#ifndef DIVERT_NETLINK_H
#define DIVERT_NETLINK_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * Netlink messages and a table of interface names: what the Linux back end
 * and the Linux injector share.  Values in attributes are as the subsystem
 * wants them (host order for rtnetlink, network order for nfnetlink).
 */

#define NETLINK_MESSAGE_SIZE	1024

/* A request being built. */
struct netlink_message {
	_Alignas(4) uint8_t	 buf[NETLINK_MESSAGE_SIZE];
	size_t			 len;
};

/* One attribute of a reply: borrowed from the reply. */
struct netlink_attr {
	const uint8_t	*data;
	size_t		 len;
	uint16_t	 type;
};

/*
 * Begin a request: type and flags of its header, then the subsystem's own
 * fixed header of famlen bytes.
 */
void	divert_netlink_start(struct netlink_message *, uint16_t, uint16_t,
	    const void *, size_t);

/* Append an attribute; what does not fit makes divert_netlink_ask() fail. */
void	divert_netlink_put(struct netlink_message *, uint16_t, const void *,
	    size_t);

/* Append bytes that are no attribute: the fixed header in a nested one. */
void	divert_netlink_append(struct netlink_message *, const void *, size_t);

/* Begin a nested attribute; its result goes to divert_netlink_end(). */
size_t	divert_netlink_nest(struct netlink_message *, uint16_t);
void	divert_netlink_end(struct netlink_message *, size_t);

/*
 * Open a socket of a netlink family, connected to the kernel so that no
 * other process can send to it.  Returns it, or -1 with errno.
 */
int	divert_netlink_open(int family, unsigned int groups);

/*
 * What gets the messages of an answer, or NULL for none: read is called with
 * the type and the len bytes that follow the header.
 */
struct netlink_reader {
	void	(*read)(void *arg, uint16_t type, const uint8_t *body,
		    size_t len);
	void	*arg;
};

/* Give each message of a datagram to the reader. */
void	divert_netlink_walk(const uint8_t *buf, size_t len,
	    const struct netlink_reader *reader);

/*
 * Send a request with NLM_F_ACK and wait for the answer.  Messages of the
 * answer before its end go to reader; others are passed over, so this is for
 * sockets on which nothing but answers comes, or nothing else yet.
 * Returns 0, or -1 with the errno of the kernel; EMSGSIZE: too long; ETIMEDOUT.
 */
int	divert_netlink_ask(int fd, struct netlink_message *,
	    const struct netlink_reader *reader);

/* Send a request without asking for an answer.  0, or -1 of send(2). */
int	divert_netlink_tell(int fd, struct netlink_message *);

/*
 * The next attribute between *p and end.  Returns 1 and moves *p, or 0 at
 * the end, also at a damaged one.
 */
static inline int
divert_netlink_next(const uint8_t **p, const uint8_t *end,
    struct netlink_attr *attr)
{
	uint16_t	 h[2];
	size_t		 left, step;

	left = (size_t)(end - *p);
	if (left < sizeof(h))
		return (0);
	memcpy(h, *p, sizeof(h));
	if (h[0] < sizeof(h) || h[0] > left)
		return (0);
	attr->type = h[1] & 0x3fff;	/* NLA_F_NESTED, NLA_F_NET_BYTEORDER */
	attr->data = *p + sizeof(h);
	attr->len = h[0] - sizeof(h);
	step = ((size_t)h[0] + 3) & ~(size_t)3;
	*p += step < left ? step : left;
	return (1);
}

/*
 * Interface names by index.  The table is of fixed size and costs no system
 * call while an interface is in it.
 */
struct netlink_links;

/* Open the rtnetlink socket that the table lives from.  NULL with errno. */
struct netlink_links *divert_links_open(void);

/*
 * The name of an interface, "" when there is none: DIVERT_IFNAME_SIZE bytes,
 * zero padded, borrowed until the next call.
 */
const char *divert_links_name(struct netlink_links *, uint32_t ifindex);

/* Read what changed since, if a second has passed; now in seconds. */
void	divert_links_refresh(struct netlink_links *, int64_t now);
void	divert_links_close(struct netlink_links *);

#endif
