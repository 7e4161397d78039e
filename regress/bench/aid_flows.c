/* SPDX-License-Identifier: ISC */

/*
 * aid_flows address flows seconds [hosts]: small UDP datagrams to an IPv4
 * address, as fast as they go, of so many flows in turn: source ports from 1024
 * on, to ports from 20000 on, from so many addresses in turn, of which this
 * host has the first.  Prints how many went.
 */

#include "compat.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "divertutil.h"

#define BATCH		64
#define LENGTH		64
#define PORTS		60000u
#define FIRST_SOURCE	1024u
#define FIRST_TARGET	20000u

static uint8_t		packets[BATCH][LENGTH];
static unsigned long	hosts = 1;

/* The address packets to `to' leave from. */
static struct in_addr
source_of(const struct sockaddr_in *to)
{
	struct sockaddr_in	 from;
	socklen_t		 len = sizeof(from);
	int			 fd;

	if ((fd = socket(AF_INET, SOCK_DGRAM, 0)) == -1 ||
	    connect(fd, (const struct sockaddr *)to, sizeof(*to)) == -1 ||
	    getsockname(fd, (struct sockaddr *)&from, &len) == -1)
		err(1, "source address");
	close(fd);
	return (from.sin_addr);
}

static void
fill(uint8_t *p, const struct sockaddr_in *to, struct in_addr from,
    unsigned long flow)
{
	struct divert_layout	 layout;
	uint16_t		 port;

	from.s_addr = htonl(ntohl(from.s_addr) +
	    (uint32_t)(flow / PORTS % hosts));
	memset(p, 0, LENGTH);
	p[0] = 0x45;
	p[3] = LENGTH;
	p[8] = 64;
	p[9] = IPPROTO_UDP;
	memcpy(p + 12, &from, 4);
	memcpy(p + 16, &to->sin_addr, 4);
	port = htons((uint16_t)(FIRST_SOURCE + flow % PORTS));
	memcpy(p + 20, &port, 2);
	port = htons((uint16_t)(FIRST_TARGET + flow / PORTS));
	memcpy(p + 22, &port, 2);
	/* A sum is wanted. */
	p[27] = 1;
	if (divert_edit_repair(p, LENGTH, &layout) == -1)
		errx(1, "no packet");
}

int
main(int argc, char **argv)
{
	struct sockaddr_in	 to;
	struct mmsghdr		 msgs[BATCH];
	struct iovec		 iov[BATCH];
	struct in_addr		 from;
	unsigned long		 flow, flows, sent;
	time_t			 until;
	int			 fd, i, n;

	memset(&to, 0, sizeof(to));
	to.sin_family = AF_INET;
	if (argc == 5)
		hosts = strtoul(argv[4], NULL, 10);
	if (argc < 4 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1 ||
	    (flows = strtoul(argv[2], NULL, 10)) == 0 || hosts == 0)
		errx(2, "usage: aid_flows address flows seconds [hosts]");
	until = time(NULL) + atol(argv[3]);
	to.sin_port = htons(9);
	from = source_of(&to);
	to.sin_port = 0;
	if ((fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW)) == -1)
		err(1, "raw socket");
	memset(msgs, 0, sizeof(msgs));
	for (i = 0; i < BATCH; i++) {
		iov[i].iov_base = packets[i];
		iov[i].iov_len = LENGTH;
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
		msgs[i].msg_hdr.msg_name = &to;
		msgs[i].msg_hdr.msg_namelen = sizeof(to);
	}
	flow = sent = 0;
	while (time(NULL) < until) {
		for (i = 0; i < BATCH; i++, flow = (flow + 1) % flows)
			fill(packets[i], &to, from, flow);
		if ((n = sendmmsg(fd, msgs, BATCH, 0)) > 0)
			sent += (unsigned long)n;
	}
	printf("%lu\n", sent);
	return (0);
}
