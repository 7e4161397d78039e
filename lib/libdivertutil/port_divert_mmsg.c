/* SPDX-License-Identifier: ISC */

/*
 * Datagrams many at a time, with recvmmsg(2) and sendmmsg(2).  Their types
 * differ from system to system, so nothing of them leaves this file.
 */

#include "compat.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include "port_divert.h"

static void
set_message(struct mmsghdr *msg, struct iovec *iov,
    struct divert_datagram *d, uint32_t len, uint8_t addrlen)
{
	memset(msg, 0, sizeof(*msg));
	iov->iov_base = d->data;
	iov->iov_len = len;
	msg->msg_hdr.msg_iov = iov;
	msg->msg_hdr.msg_iovlen = 1;
	msg->msg_hdr.msg_name = d->addr;
	msg->msg_hdr.msg_namelen = addrlen;
}

int
divert_datagrams_recv(int fd, struct divert_datagram *d, int n)
{
	struct mmsghdr	 msgs[DIVERT_BATCH_MAX];
	struct iovec	 iovs[DIVERT_BATCH_MAX];
	int		 got, i;

	for (i = 0; i < n; i++)
		set_message(&msgs[i], &iovs[i], &d[i], d[i].size,
		    sizeof(d[i].addr));
	got = (int)recvmmsg(fd, msgs, (unsigned int)n, MSG_DONTWAIT, NULL);
	for (i = 0; i < got; i++) {
		d[i].len = (uint32_t)msgs[i].msg_len;
		d[i].addrlen = (uint8_t)msgs[i].msg_hdr.msg_namelen;
		d[i].truncated =
		    (msgs[i].msg_hdr.msg_flags & MSG_TRUNC) != 0;
	}
	return (got);
}

int
divert_datagrams_send(int fd, struct divert_datagram *d, int n)
{
	struct mmsghdr	 msgs[DIVERT_BATCH_MAX];
	struct iovec	 iovs[DIVERT_BATCH_MAX];
	int		 i;

	for (i = 0; i < n; i++)
		set_message(&msgs[i], &iovs[i], &d[i], d[i].len, d[i].addrlen);
	return ((int)sendmmsg(fd, msgs, (unsigned int)n, 0));
}
