/* SPDX-License-Identifier: ISC */

/*
 * Datagrams one at a time, where there is no recvmmsg(2) or sendmmsg(2).
 */

#include "compat.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include "port_divert.h"

int
divert_datagrams_recv(int fd, struct divert_datagram *d, int n)
{
	struct msghdr	 msg;
	struct iovec	 iov;
	ssize_t		 len;
	int		 i;

	for (i = 0; i < n; i++) {
		memset(&msg, 0, sizeof(msg));
		iov.iov_base = d[i].data;
		iov.iov_len = d[i].size;
		msg.msg_iov = &iov;
		msg.msg_iovlen = 1;
		msg.msg_name = d[i].addr;
		msg.msg_namelen = sizeof(d[i].addr);
		if ((len = recvmsg(fd, &msg, MSG_DONTWAIT)) == -1)
			break;
		d[i].len = (uint32_t)len;
		d[i].addrlen = (uint8_t)msg.msg_namelen;
		d[i].truncated = (msg.msg_flags & MSG_TRUNC) != 0;
	}
	/* An error after some packets comes again, or was of a moment. */
	return (i > 0 ? i : -1);
}

int
divert_datagrams_send(int fd, struct divert_datagram *d, int n)
{
	struct sockaddr_storage	 ss;
	int			 i;

	for (i = 0; i < n; i++) {
		memcpy(&ss, d[i].addr, sizeof(d[i].addr));
		if (sendto(fd, d[i].data, d[i].len, 0,
		    (const struct sockaddr *)&ss, d[i].addrlen) == -1)
			break;
	}
	return (i > 0 ? i : -1);
}
