/* SPDX-License-Identifier: ISC */

/*
 * aid_echo port: the server of aid_crowd, of both families, until SIGTERM.
 * "ready" is its first line, the last one its figures as JSON.
 *
 * Errors that ICMP reports about datagrams of its own are counted: the kernel
 * gives it those whose quoted packet is one that this socket could have sent.
 */

#include "compat.h"

#include <stdio.h>

#ifdef __linux__

#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/errqueue.h>

#include "crowd.h"
#include "loop.h"

#define ROUNDS		64
#define BUFFER		16384
#define LATE_MAX	1024

struct stream {
	struct loop_watch	*readable;
	struct loop_watch	*writable;
	int			 fd;
	int			 over;		/* nothing more comes */
	size_t			 off, len;
	char			 buf[BUFFER];
};

static struct late {
	uint64_t		 due;
	struct sockaddr_in6	 to;
	struct crowd_udp	 message;
} late[LATE_MAX];
static unsigned int		 late_first, late_end;
static struct loop_timer	*late_timer;

static int		 listener, plain, stranger;
static unsigned long	 streams, ended, failed, bytes;
static unsigned long	 requests, answers, strangers, latecomers;
static unsigned long	 errors4, errors6;

/* ---- TCP ----------------------------------------------------------------- */

static void
end_stream(struct stream *s)
{
	loop_watch_free(s->readable);
	loop_watch_free(s->writable);
	close(s->fd);
	free(s);
}

static void
stream_failed(struct stream *s, const char *what)
{
	printf("failed: %s: %s\n", what, strerror(errno));
	failed++;
	end_stream(s);
}

static void
stream_writes(void *arg)
{
	struct stream	*s = arg;
	ssize_t		 n;

	n = write(s->fd, s->buf + s->off, s->len - s->off);
	if (n == -1 && errno != EAGAIN && errno != EINTR) {
		stream_failed(s, "write");
		return;
	}
	if (n > 0)
		s->off += (size_t)n;
	if (s->off < s->len) {
		loop_watch_on(s->writable);
		return;
	}
	s->off = s->len = 0;
	loop_watch_off(s->writable);
	if (s->over) {
		ended++;
		end_stream(s);
		return;
	}
	loop_watch_on(s->readable);
}

static void
stream_reads(void *arg)
{
	struct stream	*s = arg;
	ssize_t		 n;

	n = read(s->fd, s->buf, sizeof(s->buf));
	if (n == -1) {
		if (errno != EAGAIN && errno != EINTR)
			stream_failed(s, "read");
		return;
	}
	s->over = n == 0;
	s->len = (size_t)n;
	bytes += (unsigned long)n;
	loop_watch_off(s->readable);
	stream_writes(s);
}

static void
accepts(void *arg)
{
	struct stream	*s;
	int		 fd;

	(void)arg;
	while ((fd = accept(listener, NULL, NULL)) != -1) {
		if ((s = calloc(1, sizeof(*s))) == NULL)
			err(1, "stream");
		(void)fcntl(fd, F_SETFL, O_NONBLOCK);
		s->fd = fd;
		s->readable = loop_watch_new(fd, LOOP_READ, stream_reads, s);
		s->writable = loop_watch_new(fd, LOOP_WRITE, stream_writes, s);
		loop_watch_on(s->readable);
		streams++;
	}
}

/* ---- UDP ----------------------------------------------------------------- */

/* Again when it was the error of another one that kept it back. */
static int
send_to(int fd, const void *buf, size_t len, const struct sockaddr_in6 *to)
{
	int	 turns;

	for (turns = 0; turns < 4; turns++)
		if (sendto(fd, buf, len, 0, (const struct sockaddr *)to,
		    sizeof(*to)) != -1)
			return (1);
	printf("no answer: %s\n", strerror(errno));
	return (0);
}

static void
set_late_timer(void)
{
	uint64_t	 now = loop_now(), due;

	if (late_first == late_end)
		return;
	due = late[late_first % LATE_MAX].due;
	loop_timer_set(late_timer, due > now ? due - now : 1);
}

static void
late_is_due(void *arg)
{
	struct late	*l;

	(void)arg;
	while (late_first != late_end &&
	    (l = &late[late_first % LATE_MAX])->due <= loop_now()) {
		latecomers += (unsigned long)send_to(plain, &l->message,
		    sizeof(l->message), &l->to);
		late_first++;
	}
	set_late_timer();
}

static void
answer_late(const struct crowd_udp *m, const struct sockaddr_in6 *from)
{
	struct late	*l;

	if (late_end - late_first == LATE_MAX)
		return;
	l = &late[late_end++ % LATE_MAX];
	l->due = loop_now() + CROWD_LATE_MS * UINT64_C(1000000);
	l->to = *from;
	l->message = *m;
	set_late_timer();
}

static void
take_request(uint8_t *buf, size_t len, const struct sockaddr_in6 *from)
{
	struct crowd_udp	 m;

	if (len < sizeof(m))
		return;
	memcpy(&m, buf, sizeof(m));
	if (m.magic != CROWD_MAGIC || m.len != len)
		return;
	requests++;
	memcpy(m.seen_addr, &from->sin6_addr, sizeof(m.seen_addr));
	m.seen_port = ntohs(from->sin6_port);
	memcpy(buf, &m, sizeof(m));
	if (m.kind == CROWD_LATE) {
		answer_late(&m, from);
		return;
	}
	if (m.kind == CROWD_STRANGER)
		strangers += (unsigned long)send_to(stranger, buf, sizeof(m),
		    from);
	answers += (unsigned long)send_to(plain, buf, len, from);
}

static void
take_errors(void)
{
	struct sock_extended_err	 e;
	struct cmsghdr			*c;
	struct msghdr			 msg;
	struct iovec			 iov;
	uint8_t				 control[512], buf[CROWD_LEN_MAX];

	for (;;) {
		iov.iov_base = buf;
		iov.iov_len = sizeof(buf);
		memset(&msg, 0, sizeof(msg));
		msg.msg_iov = &iov;
		msg.msg_iovlen = 1;
		msg.msg_control = control;
		msg.msg_controllen = sizeof(control);
		if (recvmsg(plain, &msg, MSG_ERRQUEUE | MSG_DONTWAIT) == -1)
			return;
		for (c = CMSG_FIRSTHDR(&msg); c != NULL;
		    c = CMSG_NXTHDR(&msg, c)) {
			if (!(c->cmsg_level == SOL_IP &&
			    c->cmsg_type == IP_RECVERR) &&
			    !(c->cmsg_level == SOL_IPV6 &&
			    c->cmsg_type == IPV6_RECVERR))
				continue;
			memcpy(&e, CMSG_DATA(c), sizeof(e));
			errors4 += e.ee_origin == SO_EE_ORIGIN_ICMP;
			errors6 += e.ee_origin == SO_EE_ORIGIN_ICMP6;
		}
	}
}

static void
plain_reads(void *arg)
{
	struct sockaddr_in6	 from;
	socklen_t		 size;
	uint8_t			 buf[CROWD_LEN_MAX];
	ssize_t			 n;
	int			 i;

	(void)arg;
	take_errors();
	for (i = 0; i < ROUNDS; i++) {
		size = sizeof(from);
		n = recvfrom(plain, buf, sizeof(buf), MSG_DONTWAIT,
		    (struct sockaddr *)&from, &size);
		if (n == -1 && errno == EAGAIN)
			return;
		if (n >= 0)
			take_request(buf, (size_t)n, &from);
	}
}

/* ---- beginning and end --------------------------------------------------- */

static int
bound(int type, int port)
{
	struct sockaddr_in6	 sin6;
	int			 fd, off = 0, on = 1, size = 4 << 20;

	memset(&sin6, 0, sizeof(sin6));
	sin6.sin6_family = AF_INET6;
	sin6.sin6_port = htons((uint16_t)port);
	if ((fd = socket(AF_INET6, type | SOCK_NONBLOCK, 0)) == -1)
		err(1, "socket");
	(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (bind(fd, (struct sockaddr *)&sin6, sizeof(sin6)) == -1)
		err(1, "port %d", port);
	return (fd);
}

static void
asked_to_end(int signo, void *arg)
{
	(void)signo;
	(void)arg;
	take_errors();
	printf("{\"streams\":%lu,\"ended\":%lu,\"failed\":%lu,\"bytes\":%lu,"
	    "\"requests\":%lu,\"answers\":%lu,\"strangers\":%lu,"
	    "\"latecomers\":%lu,\"errors4\":%lu,\"errors6\":%lu}\n", streams,
	    ended, failed, bytes, requests, answers, strangers, latecomers,
	    errors4, errors6);
	loop_stop();
}

int
main(int argc, char *argv[])
{
	struct loop_watch	*watch;
	int			 on = 1, port;

	if (argc != 2 || (port = atoi(argv[1])) <= 0)
		errx(2, "usage: aid_echo port");
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	listener = bound(SOCK_STREAM, port);
	plain = bound(SOCK_DGRAM, port);
	stranger = bound(SOCK_DGRAM, port + 1);
	(void)setsockopt(plain, SOL_IP, IP_RECVERR, &on, sizeof(on));
	(void)setsockopt(plain, SOL_IPV6, IPV6_RECVERR, &on, sizeof(on));
	if (listen(listener, 4096) == -1)
		err(1, "listen");
	loop_init();
	late_timer = loop_timer_new(late_is_due, NULL);
	watch = loop_watch_new(listener, LOOP_READ, accepts, NULL);
	loop_watch_on(watch);
	watch = loop_watch_new(plain, LOOP_READ, plain_reads, NULL);
	loop_watch_on(watch);
	loop_signal(SIGTERM, asked_to_end, NULL);
	printf("ready\n");
	loop_run();
	return (0);
}

#else

int
main(void)
{
	fprintf(stderr, "not Linux\n");
	return (1);
}

#endif
