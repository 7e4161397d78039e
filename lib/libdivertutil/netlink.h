/* SPDX-License-Identifier: ISC */
#ifndef DIVERT_NETLINK_H
#define DIVERT_NETLINK_H

#include <stdint.h>

#include <libmnl/libmnl.h>

/*
 * Netlink messages and a table of interface names: what the Linux back end
 * and the Linux injector share.  Values in attributes are as the subsystem
 * wants them (host order for rtnetlink, network order for nfnetlink).
 */

#define NETLINK_MESSAGE_SIZE	1024

/*
 * A request being built: attributes are put with libmnl.  The largest there
 * are, a veth pair and a filter rule, need a quarter of it.
 */
union netlink_message {
	struct nlmsghdr	 nlh;
	uint8_t		 buf[NETLINK_MESSAGE_SIZE];
};

/*
 * Begin a request: type and flags of its header, then the subsystem's own
 * fixed header of famlen bytes.
 */
void	divert_netlink_start(union netlink_message *, uint16_t, uint16_t,
	    const void *, size_t);

/*
 * Open a socket of a netlink family, connected to the kernel so that no
 * other process can send to it.  Returns it, or -1 with errno.
 */
int	divert_netlink_open(int family, unsigned int groups);

/*
 * Send a request with NLM_F_ACK and wait for the answer.  each is called, if
 * it is not NULL, with every message of the answer before its end; what it
 * returns means nothing.  Other messages are passed over, so this is for
 * sockets on which nothing but answers comes, or nothing else yet.
 * Returns 0, or -1 with the errno of the kernel; ETIMEDOUT.
 */
int	divert_netlink_ask(int fd, union netlink_message *, mnl_cb_t each,
	    void *arg);

/* Send a request without asking for an answer.  0, or -1 of send(2). */
int	divert_netlink_tell(int fd, const union netlink_message *);

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
