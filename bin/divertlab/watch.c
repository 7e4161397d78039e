/* SPDX-License-Identifier: ISC */

/*
 * What leaves this machine, packet by packet, and marks in between.
 *
 * A mark is a packet that begins with given bytes and comes in; it is seen
 * before any rule is asked about it.  What the kernel did with a packet that
 * came in before it by the same way was done by then, and was printed first:
 * so a packet that nothing was printed of has gone nowhere.
 */

#include "compat.h"

#include <sys/types.h>
#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>

#include "labtraffic.h"

#define MARK_MAX	64

struct mark {
	uint8_t		 bytes[MARK_MAX];
	size_t		 len;
};

static void	mark_parse(struct mark *, const char *);
static void	packet_print(const char *, const uint8_t *, size_t);

static void
mark_parse(struct mark *mark, const char *hex)
{
	size_t		 i, n = strlen(hex);
	unsigned int	 byte;

	if (n % 2 != 0 || n / 2 > sizeof(mark->bytes))
		errx(2, "watch: %s: not a mark", hex);
	for (i = 0; i < n / 2; i++) {
		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			errx(2, "watch: %s: not a mark", hex);
		mark->bytes[i] = (uint8_t)byte;
	}
	mark->len = n / 2;
}

/* Past the extension headers of IPv6 that can stand before others. */
static size_t
skip_extensions(const uint8_t *p, size_t len, unsigned int *proto)
{
	size_t	 at = 40;

	while (at + 8 <= len && (*proto == IPPROTO_HOPOPTS ||
	    *proto == IPPROTO_ROUTING || *proto == IPPROTO_FRAGMENT ||
	    *proto == IPPROTO_DSTOPTS)) {
		size_t	 size = *proto == IPPROTO_FRAGMENT ? 8 :
		    ((size_t)p[at + 1] + 1) * 8;

		*proto = p[at];
		at += size;
	}
	return (at);
}

/* out INTERFACE SOURCE DESTINATION PROTOCOL FLAGS-OR-TYPE HEX */
static void
packet_print(const char *ifname, const uint8_t *p, size_t len)
{
	char		 src[INET6_ADDRSTRLEN], dst[INET6_ADDRSTRLEN];
	unsigned int	 proto, what = 0;
	size_t		 at, i;

	if (len >= 20 && p[0] >> 4 == 4) {
		inet_ntop(AF_INET, p + 12, src, sizeof(src));
		inet_ntop(AF_INET, p + 16, dst, sizeof(dst));
		proto = p[9];
		at = (size_t)(p[0] & 15) * 4;
	} else if (len >= 40 && p[0] >> 4 == 6) {
		inet_ntop(AF_INET6, p + 8, src, sizeof(src));
		inet_ntop(AF_INET6, p + 24, dst, sizeof(dst));
		proto = p[6];
		at = skip_extensions(p, len, &proto);
	} else
		return;
	if (proto == IPPROTO_TCP && at + 14 <= len)
		what = p[at + 13];
	else if ((proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6) &&
	    at < len)
		what = p[at];
	printf("out %s %s %s %u %u ", ifname, src, dst, proto, what);
	for (i = 0; i < len; i++)
		printf("%02x", p[i]);
	putchar('\n');
}

/*
 * watch [-m hex] [-t seconds]: print "ready", a line for each packet that
 * goes out by any interface, and "mark INTERFACE N" for each mark, N being
 * how many packets were delivered to this machine until then.  It ends with
 * a signal, when nobody reads any more, or when nothing was seen for so many
 * seconds.
 */
int
lab_watch(int argc, char **argv)
{
	static uint8_t		 buf[65536];
	struct mark		 mark = { .len = 0 };
	struct sockaddr_ll	 sll;
	struct pollfd		 pfd[2];
	socklen_t		 socklen;
	char			 ifname[IF_NAMESIZE];
	const char		*error = NULL;
	ssize_t			 n;
	int			 ch, timeout_ms = -1, size = 1 << 22;

	while ((ch = getopt(argc, argv, "m:t:")) != -1)
		switch (ch) {
		case 'm':
			mark_parse(&mark, optarg);
			break;
		case 't':
			timeout_ms = (int)strtonum(optarg, 1, 86400, &error) *
			    1000;
			if (error != NULL)
				errx(2, "watch: %s: %s", optarg, error);
			break;
		default:
			errx(2, "usage: divertlab-traffic watch [-m hex] "
			    "[-t seconds]");
		}
	pfd[0].fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC,
	    htons(ETH_P_ALL));
	if (pfd[0].fd == -1)
		err(1, "packet socket");
	(void)setsockopt(pfd[0].fd, SOL_SOCKET, SO_RCVBUF, &size,
	    sizeof(size));
	pfd[0].events = POLLIN;
	pfd[1].fd = STDOUT_FILENO;
	pfd[1].events = 0;
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	while ((ch = poll(pfd, 2, timeout_ms)) != 0) {
		if (ch == -1 && errno != EINTR)
			err(1, "poll");
		if (ch == -1)
			continue;
		if (pfd[1].revents != 0)
			break;
		socklen = sizeof(sll);
		n = recvfrom(pfd[0].fd, buf, sizeof(buf), 0,
		    (struct sockaddr *)&sll, &socklen);
		if (n <= 0 || if_indextoname((unsigned int)sll.sll_ifindex,
		    ifname) == NULL)
			continue;
		/* What is on the devices of divertinject is on its way in. */
		if ((strncmp(ifname, "dvt", 3) == 0 ||
		    strncmp(ifname, "dvr", 3) == 0) && strchr(ifname, '-'))
			continue;
		if (sll.sll_pkttype == PACKET_OUTGOING)
			packet_print(ifname, buf, (size_t)n);
		else if (mark.len != 0 && (size_t)n >= mark.len &&
		    memcmp(buf, mark.bytes, mark.len) == 0)
			printf("mark %s %llu\n", ifname, kernel_delivered());
	}
	return (ch == 0);
}
