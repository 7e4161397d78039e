/* SPDX-License-Identifier: ISC */

/*
 * Echo requests and the replies to them, of both families, over raw sockets:
 * ping sockets would need a sysctl, and the laboratory has the privilege.
 */

#include "compat.h"

#include <sys/types.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "labtraffic.h"
#include "traffic.h"

#define HEAD	8

struct round {
	uint8_t		*seen;		/* one byte per sequence number */
	uint64_t	*sent_ns;
	uint64_t	 rtt_sum_ns, rtt_max_ns;
	unsigned int	 sent, replies, duplicates, corrupted;
	uint16_t	 id;
	int		 fd, family;
};

static uint16_t	checksum(const uint8_t *, size_t);
static void	request(struct round *, uint8_t *, size_t, unsigned int);
static void	reply(struct round *, const struct order *, const uint8_t *,
		    size_t);
static void	collect(struct round *, const struct order *, uint8_t *);

static uint16_t
checksum(const uint8_t *p, size_t len)
{
	uint32_t	 sum = 0;

	for (; len > 1; len -= 2, p += 2)
		sum += (uint32_t)p[0] << 8 | p[1];
	if (len == 1)
		sum += (uint32_t)p[0] << 8;
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ((uint16_t)~sum);
}

static void
request(struct round *r, uint8_t *p, size_t size, unsigned int seq)
{
	uint16_t	 sum;
	size_t		 i;

	memset(p, 0, HEAD);
	p[0] = r->family == AF_INET ? 8 : ICMP6_ECHO_REQUEST;
	p[4] = (uint8_t)(r->id >> 8);
	p[5] = (uint8_t)r->id;
	p[6] = (uint8_t)(seq >> 8);
	p[7] = (uint8_t)seq;
	for (i = 0; i < size; i++)
		p[HEAD + i] = (uint8_t)(i * 31 + seq * 7);
	/* The kernel writes the sum of ICMPv6 itself (RFC 3542 section 3.1). */
	if (r->family == AF_INET) {
		sum = checksum(p, HEAD + size);
		p[2] = (uint8_t)(sum >> 8);
		p[3] = (uint8_t)sum;
	}
}

/* Count one received message, if it answers one of ours. */
static void
reply(struct round *r, const struct order *order, const uint8_t *p,
    size_t len)
{
	uint64_t	 rtt;
	unsigned int	 seq;
	size_t		 i;

	/* A raw IPv4 socket delivers the IP header too, an IPv6 one not. */
	if (r->family == AF_INET) {
		if (len < 20 || len < (size_t)(p[0] & 15) * 4 + HEAD)
			return;
		len -= (size_t)(p[0] & 15) * 4;
		p += (p[0] & 15) * 4;
		if (p[0] != 0)
			return;
	} else if (len < HEAD || p[0] != ICMP6_ECHO_REPLY)
		return;
	seq = (unsigned int)p[6] << 8 | p[7];
	if (((unsigned int)p[4] << 8 | p[5]) != r->id || seq >= r->sent)
		return;
	if (r->seen[seq]++ != 0) {
		r->duplicates++;
		return;
	}
	r->replies++;
	rtt = clock_ns() - r->sent_ns[seq];
	r->rtt_sum_ns += rtt;
	if (rtt > r->rtt_max_ns)
		r->rtt_max_ns = rtt;
	if (len != HEAD + order->size) {
		r->corrupted++;
		return;
	}
	for (i = 0; i < order->size; i++)
		if (p[HEAD + i] != (uint8_t)(i * 31 + seq * 7)) {
			r->corrupted++;
			break;
		}
}

static void
collect(struct round *r, const struct order *order, uint8_t *buf)
{
	ssize_t	 n;

	while ((n = recv(r->fd, buf, 65536, MSG_DONTWAIT)) >= 0)
		reply(r, order, buf, (size_t)n);
}

/*
 * Send order->count requests and wait for what comes back, order->wait_ms
 * after the last at most.
 */
int
ping_send(const struct order *order)
{
	struct endpoint	 to;
	struct round	 r = { .id = (uint16_t)getpid() };
	uint64_t	 begin, next, now;
	uint8_t		*buf;
	int		 error = 0, failed = 0, size = 4 << 20;

	endpoint_parse(&to, order->addr, 0);
	r.family = to.sa.ss_family;
	r.fd = socket(r.family, SOCK_RAW | SOCK_CLOEXEC,
	    r.family == AF_INET ? (int)IPPROTO_ICMP : (int)IPPROTO_ICMPV6);
	if (r.fd == -1)
		err(1, "socket");
	if (setsockopt(r.fd, SOL_SOCKET, SO_RCVBUFFORCE, &size,
	    sizeof(size)) == -1)
		setsockopt(r.fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (connect(r.fd, (struct sockaddr *)&to.sa, to.len) == -1)
		err(1, "connect");
	if ((buf = malloc(65536)) == NULL ||
	    (r.seen = calloc(order->count, 1)) == NULL ||
	    (r.sent_ns = calloc(order->count, sizeof(*r.sent_ns))) == NULL)
		err(1, "malloc");
	begin = clock_ns();
	while (r.sent < order->count && !stop_asked() && !stop_timed_out()) {
		next = order->rate_pps == 0 ? 0 : begin +
		    (uint64_t)r.sent * 1000000000 / order->rate_pps;
		while ((now = clock_ns()) < next && !stop_asked()) {
			stop_poll(r.fd, POLLIN,
			    (int)((next - now + 999999) / 1000000));
			collect(&r, order, buf);
		}
		request(&r, buf, order->size, r.sent);
		r.sent_ns[r.sent] = clock_ns();
		/*
		 * An unreachable that came back is an error of the next send:
		 * said once, and the send tried again.
		 */
		if (send(r.fd, buf, HEAD + order->size, 0) == -1 &&
		    send(r.fd, buf, HEAD + order->size, 0) == -1) {
			error = errno;
			if (++failed > 1000)
				break;
			stop_poll(r.fd, POLLIN, 1);
			continue;
		}
		r.sent++;
		collect(&r, order, buf);
	}
	next = clock_ns() + (uint64_t)order->wait_ms * 1000000;
	while (r.replies < r.sent && (now = clock_ns()) < next &&
	    !stop_asked() && !stop_timed_out()) {
		stop_poll(r.fd, POLLIN, (int)((next - now + 999999) / 1000000));
		collect(&r, order, buf);
	}
	if (failed != 0)
		warnx("send: %s (%d times)", strerror(error), failed);
	printf("{\"traffic\":\"ping\",\"role\":\"send\",\"to\":\"%s\","
	    "\"sent\":%u,\"replies\":%u,\"duplicates\":%u,\"corrupted\":%u,"
	    "\"rtt_ms_mean\":%.3f,\"rtt_ms_max\":%.3f,\"seconds\":%.3f}\n",
	    order->addr, r.sent, r.replies, r.duplicates, r.corrupted,
	    r.replies == 0 ? 0 :
	    (double)r.rtt_sum_ns / 1e6 / (double)r.replies,
	    (double)r.rtt_max_ns / 1e6, (double)(clock_ns() - begin) / 1e9);
	free(r.seen);
	free(r.sent_ns);
	free(buf);
	return (r.sent == order->count ? 0 : 1);
}
