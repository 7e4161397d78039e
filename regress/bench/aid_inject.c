/* SPDX-License-Identifier: ISC */

/*
 * What injecting is measured with:
 *
 *	aid_inject make count gap size from to mac		a capture, to stdout
 *	aid_inject times count gap speed			its arrival
 *	aid_inject raw count size from to			a bare loop
 *	aid_inject frames count size from to mac interface	another
 *
 * Captures are of Ethernet, for who reads nothing else: UDP datagrams to port
 * 7900, numbered, with gaps from nothing to twice the mean (microseconds), the same
 * in every run.  times listens on that port, takes
 * the kernel's time of each, and prints how far it is from where it should
 * be at that speed: the median and the 99th percentile of the distance, in
 * microseconds, after the median of all delays was taken off.  The loops send
 * the same packet with sendmmsg and nothing else, and print nanoseconds for
 * each.
 */

#include "compat.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>

#include "divertutil.h"

#define PORT		7900
#define FRAME_MAX	2048
#define BATCH		64

static uint8_t	 frame[DIVERT_HEADROOM + FRAME_MAX];
static uint8_t	*ip = frame + DIVERT_HEADROOM;

static size_t
number(const char *text)
{
	return ((size_t)strtoul(text, NULL, 10));
}

/* A datagram of size bytes from the IP header on. */
static void
make_packet(size_t size, const char *from, const char *to)
{
	if (size < 36 || size > FRAME_MAX)
		errx(2, "size: 36 to %d", FRAME_MAX);
	memcpy(ip, "\x45\0\0\0\0\0\x40\0\x40\x11\0\0", 12);
	ip[2] = (uint8_t)(size >> 8);
	ip[3] = (uint8_t)size;
	if (inet_pton(AF_INET, from, ip + 12) != 1 ||
	    inet_pton(AF_INET, to, ip + 16) != 1)
		errx(2, "addresses");
	ip[20] = 0x10;
	ip[22] = PORT >> 8;
	ip[23] = PORT & 0xff;
	ip[24] = (uint8_t)((size - 20) >> 8);
	ip[25] = (uint8_t)(size - 20);
	ip[27] = 1;
	if (divert_edit_repair(ip, size, NULL) == -1)
		err(1, "packet");
}

/* The header of a frame, before the packet. */
static uint8_t *
make_frame(const char *mac)
{
	uint8_t	*p = ip - ETH_HLEN;

	memset(p, 2, ETH_HLEN);
	if (sscanf(mac, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &p[0], &p[1], &p[2],
	    &p[3], &p[4], &p[5]) != 6)
		errx(2, "%s: no address", mac);
	p[12] = 8;
	p[13] = 0;
	return (p);
}

/* The time of each packet, microseconds; the first at 0. */
static uint64_t *
make_times(size_t count, double gap)
{
	uint64_t	*times, seed = 88172645463325252u;
	double		 at = 0;
	size_t		 i;

	if (count == 0 || (times = calloc(count, sizeof(*times))) == NULL)
		err(1, "times");
	for (i = 1; i < count; i++) {
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		at += 2 * gap * (double)(seed >> 11) / 9007199254740992.;
		times[i] = (uint64_t)at;
	}
	return (times);
}

static void
put(uint32_t value)
{
	fwrite(&value, sizeof(value), 1, stdout);
}

static int
make(char *argv[])
{
	size_t		 count = number(argv[0]), i, size = number(argv[2]);
	uint64_t	*times = make_times(count, strtod(argv[1], NULL));
	uint8_t		*p;

	make_packet(size, argv[3], argv[4]);
	p = make_frame(argv[5]);
	put(0xa1b2c3d4);
	put(2 | 4 << 16);
	put(0);
	put(0);
	put(65535);
	put(1);
	for (i = 0; i < count; i++) {
		ip[28] = (uint8_t)(i >> 24);
		ip[29] = (uint8_t)(i >> 16);
		ip[30] = (uint8_t)(i >> 8);
		ip[31] = (uint8_t)i;
		ip[26] = 0;
		ip[27] = 1;
		divert_edit_repair(ip, size, NULL);
		put((uint32_t)(1764000000 + times[i] / 1000000));
		put((uint32_t)(times[i] % 1000000));
		put((uint32_t)(size + ETH_HLEN));
		put((uint32_t)(size + ETH_HLEN));
		fwrite(p, 1, size + ETH_HLEN, stdout);
	}
	return (fflush(stdout) == 0 ? 0 : 1);
}

static int
compare(const void *a, const void *b)
{
	const double	*x = a, *y = b;

	return ((*x > *y) - (*x < *y));
}

/* One datagram: its number, and when the kernel had it, microseconds. */
static int
receive(int fd, size_t *which, double *when)
{
	uint8_t			 buf[FRAME_MAX], control[256];
	struct cmsghdr		*cmsg;
	struct timespec		 ts;
	struct msghdr		 msg;
	struct iovec		 iov = { buf, sizeof(buf) };

	memset(&msg, 0, sizeof(msg));
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = control;
	msg.msg_controllen = sizeof(control);
	if (recvmsg(fd, &msg, 0) < 4)
		return (-1);
	*which = (size_t)buf[0] << 24 | (size_t)buf[1] << 16 |
	    (size_t)buf[2] << 8 | buf[3];
	for (cmsg = CMSG_FIRSTHDR(&msg); cmsg != NULL;
	    cmsg = CMSG_NXTHDR(&msg, cmsg))
		if (cmsg->cmsg_level == SOL_SOCKET &&
		    cmsg->cmsg_type == SO_TIMESTAMPNS) {
			memcpy(&ts, CMSG_DATA(cmsg), sizeof(ts));
			*when = (double)(ts.tv_sec % 100000) * 1e6 +
			    (double)ts.tv_nsec / 1e3;
			return (0);
		}
	return (-1);
}

static void
print_errors(double *late, size_t n)
{
	double	 middle;
	size_t	 i;

	if (n == 0)
		return;
	qsort(late, n, sizeof(*late), compare);
	middle = late[n / 2];
	for (i = 0; i < n; i++)
		late[i] = late[i] > middle ? late[i] - middle :
		    middle - late[i];
	qsort(late, n, sizeof(*late), compare);
	printf(" median %.1f p99 %.1f max %.1f", late[n / 2],
	    late[n * 99 / 100], late[n - 1]);
}

static int
times(char *argv[])
{
	struct sockaddr_in	 sin;
	struct pollfd		 pfd;
	size_t			 count = number(argv[0]), n = 0, which;
	uint64_t		*due = make_times(count, strtod(argv[1], NULL));
	double			*late, speed = strtod(argv[2], NULL), when;
	int			 fd, on = 1, size = 4 << 20;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	sin.sin_port = htons(PORT);
	if ((late = calloc(count, sizeof(*late))) == NULL ||
	    (fd = socket(AF_INET, SOCK_DGRAM, 0)) == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) == -1 ||
	    bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		err(1, "socket");
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	printf("ready\n");
	fflush(stdout);
	pfd.fd = fd;
	pfd.events = POLLIN;
	while (n < count && poll(&pfd, 1, n == 0 ? 10000 : 3000) == 1)
		if (receive(fd, &which, &when) == 0 && which < count)
			late[n++] = when - (double)due[which] / speed;
	printf("received %zu", n);
	print_errors(late, n);
	printf("\n");
	return (n == count ? 0 : 1);
}

/* Send a packet so often, as fast as it goes. */
static int
send_all(int fd, struct msghdr *one, size_t count)
{
	struct mmsghdr	 msgs[BATCH];
	struct timespec	 a, b;
	size_t		 i, left;
	int		 n;

	memset(msgs, 0, sizeof(msgs));
	for (i = 0; i < BATCH; i++)
		msgs[i].msg_hdr = *one;
	clock_gettime(CLOCK_MONOTONIC, &a);
	for (left = count; left > 0; left -= (size_t)n)
		if ((n = sendmmsg(fd, msgs, left < BATCH ? (unsigned)left :
		    BATCH, 0)) == -1)
			err(1, "sendmmsg");
	clock_gettime(CLOCK_MONOTONIC, &b);
	printf("%.1f\n", ((double)(b.tv_sec - a.tv_sec) * 1e9 +
	    (double)(b.tv_nsec - a.tv_nsec)) / (double)count);
	return (0);
}

static int
raw(char *argv[])
{
	struct sockaddr_in	 sin;
	struct msghdr		 msg;
	struct iovec		 iov;
	int			 fd;

	make_packet(number(argv[1]), argv[2], argv[3]);
	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	memcpy(&sin.sin_addr, ip + 16, 4);
	memset(&msg, 0, sizeof(msg));
	msg.msg_name = &sin;
	msg.msg_namelen = sizeof(sin);
	iov.iov_base = ip;
	iov.iov_len = number(argv[1]);
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	if ((fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW)) == -1)
		err(1, "socket");
	return (send_all(fd, &msg, number(argv[0])));
}

static int
frames(char *argv[])
{
	struct sockaddr_ll	 sll;
	struct msghdr		 msg;
	struct iovec		 iov;
	int			 fd;

	make_packet(number(argv[1]), argv[2], argv[3]);
	memset(&sll, 0, sizeof(sll));
	sll.sll_family = AF_PACKET;
	sll.sll_protocol = htons(ETH_P_IP);
	sll.sll_ifindex = (int)if_nametoindex(argv[5]);
	memset(&msg, 0, sizeof(msg));
	msg.msg_name = &sll;
	msg.msg_namelen = sizeof(sll);
	iov.iov_base = make_frame(argv[4]);
	iov.iov_len = number(argv[1]) + ETH_HLEN;
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	if ((fd = socket(AF_PACKET, SOCK_RAW, 0)) == -1)
		err(1, "socket");
	return (send_all(fd, &msg, number(argv[0])));
}

int
main(int argc, char *argv[])
{
	static const struct {
		const char	*name;
		int		 n;
		int		(*run)(char **);
	} modes[] = {
		{ "make", 6, make }, { "times", 3, times }, { "raw", 4, raw },
		{ "frames", 6, frames },
	};
	size_t	 i;

	for (i = 0; argc > 1 && i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strcmp(argv[1], modes[i].name) == 0 &&
		    argc == modes[i].n + 2)
			return (modes[i].run(argv + 2));
	errx(2, "usage: aid_inject make|times|raw|frames ...");
}
