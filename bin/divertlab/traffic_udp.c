/* SPDX-License-Identifier: ISC */

/*
 * UDP with sequence numbers.  A datagram is either "DLAB", the number in
 * network order and bytes that follow from both, so that a receiver sees a
 * changed one; or a text, a space and the number in decimal, for people.
 * The receiver cannot know that no more will come: it ends when it is told
 * to (SIGINT, SIGTERM, the time limit), has emptied its socket, and nothing
 * more came for order->wait_ms.
 */

#include "compat.h"

#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "labtraffic.h"
#include "traffic.h"

#define HEAD		8
#define SEQ_MAX		(1U << 24)

struct tally {
	uint8_t		*seen;		/* one bit per sequence number */
	FILE		*seqs;
	uint64_t	 received, bytes;
	unsigned int	 distinct, duplicates, reordered;
	unsigned int	 corrupted, foreign, matching;
	uint32_t	 highest;	/* next number after the largest */
	uint32_t	 overflow;	/* dropped at the socket */
};

static void	fill(uint8_t *, size_t, uint32_t);
static int	number(const uint8_t *, size_t, uint32_t *);
static void	count(struct tally *, const struct order *, const uint8_t *,
		    size_t);
static ssize_t	take(int, uint8_t *, size_t, uint32_t *);
static void	drain(int, uint8_t *, struct tally *, const struct order *);

static void
fill(uint8_t *p, size_t len, uint32_t seq)
{
	uint32_t	 be = htonl(seq);
	size_t		 i;

	memcpy(p, "DLAB", 4);
	memcpy(p + 4, &be, 4);
	for (i = HEAD; i < len; i++)
		p[i] = (uint8_t)(i * 31 + seq * 7);
}

/* Send order->count datagrams, in bursts, at order->rate_pps. */
int
udp_send(const struct order *order)
{
	struct endpoint	 to;
	uint64_t	 begin, bytes = 0;
	unsigned int	 i, tries, sent = 0, refused = 0, failed = 0;
	uint8_t		*buf;
	size_t		 len = order->size;
	ssize_t		 n;
	int		 fd;

	endpoint_parse(&to, order->addr, order->port);
	fd = endpoint_connect(&to, SOCK_DGRAM);
	if ((buf = malloc(65536)) == NULL)
		err(1, "malloc");
	begin = clock_ns();
	for (i = 0; i < order->count && !stop_asked() && !stop_timed_out();
	    i++) {
		if (order->rate_pps != 0 && i % order->burst == 0)
			clock_sleep_until(begin +
			    (uint64_t)i * 1000000000 / order->rate_pps);
		if (order->text != NULL)
			len = (size_t)snprintf((char *)buf, 65536, "%s %u",
			    order->text, i);
		else
			fill(buf, len, i);
		/* ICMP's answer to one datagram is an error of the next. */
		tries = 0;
		while ((n = send(fd, buf, len, 0)) == -1 &&
		    (errno == ECONNREFUSED || errno == ENOBUFS ||
		    errno == EINTR || errno == EHOSTUNREACH ||
		    errno == ENETUNREACH)) {
			if (errno == ENOBUFS)
				stop_poll(fd, POLLOUT, 10);
			else if (errno != EINTR)
				refused++;
			if (++tries == 100 || stop_asked() || stop_timed_out())
				break;
		}
		if (n == -1) {
			if (failed++ == 0)
				warn("send");
			continue;
		}
		sent++;
		bytes += (uint64_t)n;
	}
	printf("{\"traffic\":\"udp\",\"role\":\"send\",\"to\":\"%s\","
	    "\"sent\":%u,\"bytes\":%llu,\"refused\":%u,\"failed\":%u,"
	    "\"seconds\":%.3f}\n", order->addr, sent,
	    (unsigned long long)bytes, refused, failed,
	    (double)(clock_ns() - begin) / 1e9);
	free(buf);
	return (sent == order->count ? 0 : 1);
}

/* The sequence number of a datagram of either kind; 0 when it has none. */
static int
number(const uint8_t *p, size_t len, uint32_t *seq)
{
	uint32_t	 n = 0, unit = 1;
	size_t		 i;

	if (len >= HEAD && memcmp(p, "DLAB", 4) == 0) {
		memcpy(&n, p + 4, 4);
		*seq = ntohl(n);
		return (*seq < SEQ_MAX);
	}
	for (i = len; i > 0 && len - i < 8 && p[i - 1] >= '0' &&
	    p[i - 1] <= '9'; i--, unit *= 10)
		n += unit * (uint32_t)(p[i - 1] - '0');
	*seq = n;
	return (i > 0 && i < len && p[i - 1] == ' ' && n < SEQ_MAX);
}

static void
count(struct tally *t, const struct order *order, const uint8_t *p,
    size_t len)
{
	uint32_t	 seq;
	size_t		 i, text;

	t->received++;
	t->bytes += len;
	if (order->print) {
		fwrite(p, 1, len, stdout);
		putchar('\n');
	}
	if (!number(p, len, &seq)) {
		t->foreign++;
		return;
	}
	if (t->seqs != NULL)
		fprintf(t->seqs, "%u\n", seq);
	if (t->seen[seq / 8] & 1U << seq % 8)
		t->duplicates++;
	else {
		t->distinct++;
		if (seq < t->highest)
			t->reordered++;
	}
	t->seen[seq / 8] |= (uint8_t)(1U << seq % 8);
	if (seq >= t->highest)
		t->highest = seq + 1;
	if (order->text != NULL) {
		text = strlen(order->text);
		if (len > text && memcmp(p, order->text, text) == 0 &&
		    p[text] == ' ')
			t->matching++;
	}
	if (memcmp(p, "DLAB", 4) != 0)
		return;
	for (i = HEAD; i < len; i++)
		if (p[i] != (uint8_t)(i * 31 + seq * 7)) {
			t->corrupted++;
			break;
		}
}

/* One datagram without waiting, and the socket's own count of losses. */
static ssize_t
take(int fd, uint8_t *buf, size_t size, uint32_t *overflow)
{
	union {
		struct cmsghdr	 align;
		char		 room[CMSG_SPACE(sizeof(uint32_t))];
	} control;
	struct iovec	 iov = { .iov_base = buf, .iov_len = size };
	struct msghdr	 msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control)
	};
	struct cmsghdr	*c;
	ssize_t		 n;

	if ((n = recvmsg(fd, &msg, MSG_DONTWAIT)) == -1)
		return (-1);
	for (c = CMSG_FIRSTHDR(&msg); c != NULL; c = CMSG_NXTHDR(&msg, c))
		if (c->cmsg_level == SOL_SOCKET &&
		    c->cmsg_type == SO_RXQ_OVFL)
			memcpy(overflow, CMSG_DATA(c), sizeof(*overflow));
	return (n);
}

/* Count everything the socket holds. */
static void
drain(int fd, uint8_t *buf, struct tally *t, const struct order *order)
{
	ssize_t	 n;

	while ((n = take(fd, buf, 65536, &t->overflow)) >= 0)
		count(t, order, buf, (size_t)n);
	if (errno != EAGAIN && errno != EINTR)
		warn("recv");
	if (order->print)
		fflush(stdout);
}

/* Receive until told to stop. */
int
udp_recv(const struct order *order)
{
	struct endpoint	 at;
	struct tally	 t = { 0 };
	uint8_t		*buf;
	struct pollfd	 pfd = { .events = POLLIN };
	int		 fd, on = 1, size = 16 << 20, last, timed_out;

	endpoint_parse(&at, order->addr, order->port);
	fd = pfd.fd = endpoint_bind(&at, SOCK_DGRAM);
	/* FORCE needs the machine's own CAP_NET_ADMIN, not a namespace's. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size,
	    sizeof(size)) == -1)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof(on));
	if ((buf = malloc(65536)) == NULL ||
	    (t.seen = calloc(SEQ_MAX / 8, 1)) == NULL)
		err(1, "malloc");
	if (order->seqs_path != NULL &&
	    (t.seqs = fopen(order->seqs_path, "w")) == NULL)
		err(1, "%s", order->seqs_path);
	puts("ready");
	fflush(stdout);
	for (;;) {
		/* What is in the socket when the order to stop comes counts. */
		last = stop_asked() || stop_timed_out();
		drain(fd, buf, &t, order);
		if (last)
			break;
		stop_poll(fd, POLLIN, -1);
	}
	while (poll(&pfd, 1, (int)order->wait_ms) == 1 && !stop_timed_out())
		drain(fd, buf, &t, order);
	timed_out = !stop_asked();
	printf("{\"traffic\":\"udp\",\"role\":\"recv\",\"received\":%llu,"
	    "\"bytes\":%llu,\"distinct\":%u,\"duplicates\":%u,"
	    "\"reordered\":%u,\"corrupted\":%u,\"foreign\":%u,"
	    "\"matching\":%u,\"missing\":%d,\"socket_dropped\":%u,"
	    "\"timed_out\":%s}\n", (unsigned long long)t.received,
	    (unsigned long long)t.bytes, t.distinct, t.duplicates,
	    t.reordered, t.corrupted, t.foreign, t.matching,
	    (int)((order->count != 0 ? order->count : t.highest) -
	    t.distinct), t.overflow, timed_out ? "true" : "false");
	if (t.seqs != NULL)
		fclose(t.seqs);
	free(t.seen);
	free(buf);
	return (timed_out ? 1 : 0);
}
