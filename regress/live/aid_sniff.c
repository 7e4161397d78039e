/* SPDX-License-Identifier: ISC */

/*
 * aid_sniff interface [seconds]: the IP packets that arrive on an interface,
 * each a line of hexadecimal digits from the IP header on, until SIGTERM or so
 * long.  "ready" is the first line.  What this machine sends is not shown, and
 * neither is neighbour discovery.
 */

#include "compat.h"

#include <stdio.h>

#ifdef __linux__

#include <sys/socket.h>

#include <arpa/inet.h>
#include <net/if.h>

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>

static int
is_discovery(const unsigned char *p, ssize_t n)
{
	return (n > 40 && p[0] >> 4 == 6 && (p[6] == 0 || (p[6] == 58 &&
	    p[40] >= 130 && p[40] <= 143)));
}

int
main(int argc, char *argv[])
{
	static unsigned char	 buf[65536];
	struct sockaddr_ll	 sll;
	socklen_t		 len;
	ssize_t			 i, n;
	int			 fd;

	if (argc < 2)
		errx(2, "usage: aid_sniff interface [seconds]");
	memset(&sll, 0, sizeof(sll));
	sll.sll_family = AF_PACKET;
	sll.sll_protocol = htons(ETH_P_ALL);
	if ((sll.sll_ifindex = (int)if_nametoindex(argv[1])) == 0)
		err(1, "%s", argv[1]);
	if ((fd = socket(AF_PACKET, SOCK_DGRAM, 0)) == -1 ||
	    bind(fd, (struct sockaddr *)&sll, sizeof(sll)) == -1)
		err(1, "socket");
	alarm(argc > 2 ? (unsigned int)atoi(argv[2]) : 60);
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("ready\n");
	for (;;) {
		len = sizeof(sll);
		n = recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&sll,
		    &len);
		if (n <= 0 || sll.sll_pkttype == PACKET_OUTGOING ||
		    (sll.sll_protocol != htons(ETH_P_IP) &&
		    sll.sll_protocol != htons(ETH_P_IPV6)) ||
		    is_discovery(buf, n))
			continue;
		for (i = 0; i < n; i++)
			printf("%02x", buf[i]);
		printf("\n");
	}
}

#else

int
main(void)
{
	fprintf(stderr, "not Linux\n");
	return (1);
}

#endif
