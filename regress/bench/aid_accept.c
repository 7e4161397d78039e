/* SPDX-License-Identifier: ISC */

/*
 * aid_accept queue: a plain libnetfilter_queue loop that accepts what comes,
 * as its manual has it, with the queue length and the buffer of the tools.
 */

#include "compat.h"

#ifdef __linux__
#if __has_include(<libnetfilter_queue/libnetfilter_queue.h>)
#define HAVE_PLAIN	1
#endif
#endif

#ifdef HAVE_PLAIN

#include <sys/socket.h>
#include <arpa/inet.h>
#include <netinet/in.h>

#include <linux/netfilter.h>
#include <libnetfilter_queue/libnetfilter_queue.h>

#include <err.h>
#include <errno.h>
#include <stdlib.h>

static int
accept_packet(struct nfq_q_handle *qh, struct nfgenmsg *msg,
    struct nfq_data *data, void *arg)
{
	struct nfqnl_msg_packet_hdr	*header;

	(void)msg;
	(void)arg;
	if ((header = nfq_get_msg_packet_hdr(data)) == NULL)
		return (0);
	return (nfq_set_verdict(qh, ntohl(header->packet_id), NF_ACCEPT, 0,
	    NULL));
}

int
main(int argc, char *argv[])
{
	static char		 buf[0xffff + 4096];
	struct nfq_handle	*h;
	struct nfq_q_handle	*qh;
	ssize_t			 n;
	int			 fd, size = 16 * 1024 * 1024;

	if (argc != 2)
		errx(2, "usage: aid_accept queue");
	if ((h = nfq_open()) == NULL || (qh = nfq_create_queue(h,
	    (uint16_t)atoi(argv[1]), accept_packet, NULL)) == NULL ||
	    nfq_set_queue_maxlen(qh, 8192) == -1 ||
	    nfq_set_mode(qh, NFQNL_COPY_PACKET, 0xffff) == -1)
		err(1, "libnetfilter_queue");
	fd = nfq_fd(h);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) ==
	    -1)
		err(1, "SO_RCVBUFFORCE");
	while ((n = recv(fd, buf, sizeof(buf), 0)) >= 0 || errno == ENOBUFS)
		if (n > 0)
			(void)nfq_handle_packet(h, buf, (int)n);
	err(1, "recv");
}

#else

#include <stdio.h>

int
main(void)
{
	fputs("libnetfilter_queue was not found\n", stderr);
	return (4);
}

#endif
