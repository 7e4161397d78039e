/* SPDX-License-Identifier: ISC */

/*
 * The NFQUEUE back end against the kernel.  What arrives is judged by the
 * kernel's own UDP, which verifies checksums and lengths.
 * timeout: 120
 */

#include "compat.h"

#ifdef __linux__

#include <sys/prctl.h>
#include <sys/syscall.h>

#include <linux/capability.h>
#include <netinet/udp.h>

#include <signal.h>
#include <time.h>

#include "divertutil.h"
#include "live.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT	103
#endif

#define QUEUE	700
#define SPEC	"nfqueue:700"

static struct divert_packet	*got;		/* of the last receive() */

static struct divert_port *
open_port(unsigned int flags, unsigned int queue_len, unsigned int rcvbuf)
{
	struct divert_options	 options;
	struct divert_port	*port;
	char			 errbuf[256];

	memset(&options, 0, sizeof(options));
	options.flags = flags | DIVERT_OPTION_NO_INJECT;
	options.queue_len = queue_len;
	options.rcvbuf = rcvbuf;
	port = divert_port_open(SPEC, &options, errbuf, sizeof(errbuf));
	if (port == NULL) {
		printf("# %s\n", errbuf);
		bail("open");
	}
	return (port);
}

/* Wait for a batch; 0 when nothing comes in ms. */
static int
receive_ms(struct divert_port *port, int ms)
{
	int	 n;

	for (;;) {
		if (!readable(divert_port_fd(port), ms))
			return (0);
		if ((n = divert_port_recv(port, &got)) > 0)
			return (n);
		if (errno != EAGAIN)
			bail("recv");
	}
}

static int
receive(struct divert_port *port)
{
	return (receive_ms(port, WAIT_MS));
}

static int
conserved(const struct divert_stats *s)
{
	return (s->received == s->passed + s->replaced + s->dropped +
	    s->expired + s->lost + s->held);
}

/* Close the port and hold it to the law. */
static void
finish(struct divert_port *port, struct divert_stats *s, const char *what)
{
	divert_port_close(port, s);
	ok(conserved(s) && s->held == 0, "%s: every packet in one counter",
	    what);
}

static void
pass(struct divert_port *port, const struct divert_packet *pkt)
{
	(void)divert_port_verdict(port, pkt, DIVERT_PASS, DIVERT_REASON_NONE);
}

/*
 * Checksums the slow way, two bytes at a time, so that what the kernel
 * accepts depends on nothing of the library.
 */
static uint32_t
add_words(uint32_t sum, const uint8_t *p, size_t len)
{
	for (; len > 1; len -= 2, p += 2)
		sum += (uint32_t)(p[0] << 8 | p[1]);
	if (len == 1)
		sum += (uint32_t)p[0] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (sum);
}

static void
store16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* Lengths and sums of a UDP packet of len bytes, IPv4 without options. */
static void
fix_udp(uint8_t *data, size_t len)
{
	uint32_t	 sum;
	size_t		 hlen;

	if (data[0] >> 4 == 4) {
		hlen = 20;
		store16(data + 2, (uint32_t)len);
		store16(data + 10, 0);
		store16(data + 10, ~add_words(0, data, hlen) & 0xffff);
		sum = add_words(0, data + 12, 8);
	} else {
		hlen = 40;
		store16(data + 4, (uint32_t)(len - hlen));
		sum = add_words(0, data + 8, 32);
	}
	store16(data + hlen + 4, (uint32_t)(len - hlen));
	store16(data + hlen + 6, 0);
	sum += IPPROTO_UDP + (uint32_t)(len - hlen);
	sum = ~add_words(sum, data + hlen, len - hlen) & 0xffff;
	store16(data + hlen + 6, sum == 0 ? 0xffff : sum);
}

static void
test_open(void)
{
	struct divert_options	 options;
	struct divert_stats	 s;
	struct divert_port	*port;
	char			 errbuf[256], pid[32];
	static const char *const bad[] = { "nfqueue:", "nfqueue:x",
	    "nfqueue:65536", "nfqueue:-1", "nfqueue: 7", "nfqueue:7x" };
	size_t			 i;

	port = open_port(0, 0, 0);
	ok(strcmp(divert_port_name(port), SPEC) == 0, "its name");
	ok(divert_port_fd(port) >= 0, "its descriptor");
	is(divert_port_caps(port), DIVERT_CAP_LIVE, "live, no injection asked");
	ok(divert_port_rcvbuf(port) > 0, "its receive buffer");
	memset(&options, 0, sizeof(options));
	options.flags = DIVERT_OPTION_NO_INJECT;
	errno = 0;
	ok(divert_port_open(SPEC, &options, errbuf, sizeof(errbuf)) == NULL &&
	    errno == EADDRINUSE, "a second bind: EADDRINUSE");
	snprintf(pid, sizeof(pid), "pid %ld", (long)getpid());
	if (!ok(strstr(errbuf, pid) != NULL, "it says who has it"))
		printf("# %s\n", errbuf);
	finish(port, &s, "unused");
	is(s.missed, 0, "nothing missed is known to be nothing");
	port = open_port(0, 0, 0);
	ok(port != NULL, "free again after close");
	divert_port_close(port, NULL);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		errno = 0;
		ok(divert_port_open(bad[i], &options, errbuf,
		    sizeof(errbuf)) == NULL && errno == EINVAL, "%s: EINVAL",
		    bad[i]);
	}
	port = divert_port_open("nfqueue:65535", &options, errbuf,
	    sizeof(errbuf));
	ok(port != NULL, "nfqueue:65535 opens");
	divert_port_close(port, NULL);
	port = divert_port_open("nfqueue:0", &options, errbuf, sizeof(errbuf));
	ok(port != NULL, "nfqueue:0 opens");
	divert_port_close(port, NULL);
}

static void
drop_capabilities(void)
{
	struct __user_cap_header_struct	 header;
	struct __user_cap_data_struct	 data[2];

	memset(&header, 0, sizeof(header));
	memset(data, 0, sizeof(data));
	header.version = _LINUX_CAPABILITY_VERSION_3;
	if (syscall(SYS_capset, &header, data) == -1)
		bail("capset");
}

/* Run a part in a child, so that what it gives up is its own. */
static int
in_child(int (*part)(void))
{
	pid_t	 pid;
	int	 status;

	fflush(stdout);
	if ((pid = fork()) == -1)
		bail("fork");
	if (pid == 0)
		_exit(part());
	if (waitpid(pid, &status, 0) == -1)
		bail("waitpid");
	return (WIFEXITED(status) ? WEXITSTATUS(status) : 128);
}

static int
open_unprivileged(void)
{
	struct divert_options	 options;
	char			 errbuf[256] = "";

	drop_capabilities();
	memset(&options, 0, sizeof(options));
	if (divert_port_open(SPEC, &options, errbuf, sizeof(errbuf)) != NULL)
		return (1);
	if (errno != EPERM)
		return (2);
	return (strstr(errbuf, "CAP_NET_ADMIN") == NULL ? 3 : 0);
}

static void
test_privilege(void)
{
	struct divert_port	*port;

	is((uint64_t)in_child(open_unprivileged), 0,
	    "without privilege: EPERM, and it says what is needed");
	port = open_port(0, 0, 0);
	is((uint64_t)in_child(open_unprivileged), 0,
	    "the same when somebody else has the queue");
	divert_port_close(port, NULL);
}

static void
test_rebind(void)
{
	struct divert_port	*port;
	pid_t			 pid;
	char			 c;
	int			 fds[2], i, status;

	for (i = 0; i < 5; i++) {
		if (pipe2(fds, O_CLOEXEC) == -1)
			bail("pipe");
		if ((pid = fork()) == 0) {
			(void)open_port(0, 0, 0);
			(void)!write(fds[1], "", 1);
			for (;;)
				pause();
		}
		close(fds[1]);
		if (read(fds[0], &c, 1) != 1)
			bail("child");
		close(fds[0]);
		kill(pid, SIGKILL);
		port = open_port(0, 0, 0);
		divert_port_close(port, NULL);
		waitpid(pid, &status, 0);
	}
	ok(1, "bound again at once after SIGKILL, 5 times");
}

/* One hook: where a packet is sent from and to, and what must be seen. */
struct hook_case {
	const char	*table, *chain, *device;
	enum live_place	 from, to;
	int		 hook, direction;
	const char	*ifname;
	const char	*in, *out;
};

static const struct hook_case hooks[] = {
	{ "raw", "PREROUTING", "-i ra", LIVE_A, LIVE_B, 0,
	  DIVERT_DIRECTION_IN, "ra", "ra", NULL },
	{ "filter", "INPUT", "-i ra", LIVE_A, LIVE_R, 1,
	  DIVERT_DIRECTION_IN, "ra", "ra", NULL },
	{ "filter", "FORWARD", "-o rb", LIVE_A, LIVE_B, 2,
	  DIVERT_DIRECTION_OUT, "rb", "ra", "rb" },
	{ "filter", "OUTPUT", "-o rb", LIVE_R, LIVE_B, 3,
	  DIVERT_DIRECTION_OUT, "rb", NULL, "rb" },
	{ "mangle", "POSTROUTING", "-o rb", LIVE_A, LIVE_B, 4,
	  DIVERT_DIRECTION_OUT, "rb", NULL, "rb" },
	{ "raw", "PREROUTING", "-i lo", LIVE_R, LIVE_R, 0,
	  DIVERT_DIRECTION_IN, "lo", "lo", NULL },
};

static const char *
address(enum live_place place, int family)
{
	static const char *const v4[] = { "10.1.0.2", "10.1.0.1", "10.2.0.2" };
	static const char *const v6[] = { "fd01::2", "fd01::1", "fd02::2" };

	return (family == 4 ? v4[place] : v6[place]);
}

static uint32_t
index_of(const char *name)
{
	char	 buf[32];

	read_in(LIVE_R, buf, sizeof(buf), "ip -o link show dev %s | "
	    "cut -d: -f1", name);
	return ((uint32_t)strtoul(buf, NULL, 10));
}

static void
test_hook(const struct hook_case *c, int family)
{
	struct divert_port	*port;
	struct divert_stats	 s;
	struct divert_packet	*p;
	struct timespec		 now;
	char			 buf[64], name[64];
	size_t			 hlen = family == 4 ? 28 : 48;
	int			 rx, tx;

	snprintf(name, sizeof(name), "IPv%d %s %s", family, c->chain,
	    c->device);
	port = open_port(0, 0, 0);
	rule(family, "-t %s -A %s %s -p udp --dport 5000 -j NFQUEUE "
	    "--queue-num %d", c->table, c->chain, c->device, QUEUE);
	rx = udp_socket(c->to, address(c->to, family), 5000);
	tx = udp_socket(c->from, address(c->from, family), 4000);
	udp_send(tx, address(c->to, family), 5000, "hello", 5);
	if (ok(receive(port) == 1, "%s: one packet", name)) {
		p = got;
		is(p->hook, (uint64_t)c->hook, "hook");
		is(p->direction, (uint64_t)c->direction, "direction");
		if (!ok(strcmp(p->ifname, c->ifname) == 0, "interface %s",
		    c->ifname))
			printf("# %s\n", p->ifname);
		if (c->in != NULL)
			is(p->in_ifindex, index_of(c->in), "incoming index");
		if (c->out != NULL)
			is(p->out_ifindex, index_of(c->out), "outgoing index");
		ok(p->len == hlen + 5 && p->wirelen == p->len &&
		    p->data[0] >> 4 == family &&
		    memcmp(p->data + hlen, "hello", 5) == 0, "the bytes");
		ok((p->flags & (DIVERT_PACKET_HAS_ID |
		    DIVERT_PACKET_HAS_QUEUE)) == (DIVERT_PACKET_HAS_ID |
		    DIVERT_PACKET_HAS_QUEUE) && p->id == 1 &&
		    p->queue == QUEUE, "id and queue");
		/* time(3) may lag behind by a tick. */
		clock_gettime(CLOCK_REALTIME, &now);
		ok(p->time.tv_sec >= now.tv_sec - 10 &&
		    p->time.tv_sec <= now.tv_sec, "a time of now");
		pass(port, p);
		ok(divert_port_flush(port) == 0, "flush");
		ok(udp_recv(rx, buf, sizeof(buf)) == 5, "passed, it arrives");
	}
	finish(port, &s, name);
	ok(s.passed == 1 && s.missed == 0 && s.kernel.received == 1 &&
	    s.kernel.output == 1, "counted");
	close(rx);
	close(tx);
	flush_rules();
}

/*
 * Four packets: passed, dropped, replaced by other bytes, passed.  Then one
 * that grows.
 */
static void
test_verdicts(int family)
{
	static uint8_t		 big[128 + 4096];
	struct divert_packet	 pkt;
	struct divert_port	*port;
	struct divert_stats	 s;
	const char		*to = address(LIVE_B, family);
	uint8_t			 buf[4096];
	size_t			 hlen = family == 4 ? 28 : 48;
	char			 c;
	int			 i, j, n, rx, tx;

	port = open_port(0, 0, 0);
	rule(family, "-t mangle -A POSTROUTING -o rb -p udp --dport 5000 "
	    "-j NFQUEUE --queue-num %d", QUEUE);
	rx = udp_socket(LIVE_B, to, 5000);
	tx = udp_socket(LIVE_A, address(LIVE_A, family), 4000);
	for (c = 'a'; c <= 'f'; c++)
		udp_send(tx, to, 5000, &c, 1);
	for (i = 0; i < 6; i += n) {
		if ((n = receive(port)) == 0)
			break;
		for (j = 0; j < n; j++) {
			pkt = got[j];
			switch (pkt.data[hlen]) {
			case 'b':
				divert_port_verdict(port, &pkt, DIVERT_DROP,
				    DIVERT_REASON_TAKEN);
				break;
			case 'c':
				pkt.data[hlen] = 'C';
				fix_udp(pkt.data, pkt.len);
				divert_port_verdict(port, &pkt,
				    DIVERT_REPLACE, DIVERT_REASON_NONE);
				break;
			case 'd':
				/* A wrong sum must not get through. */
				pkt.data[hlen] ^= 0x55;
				divert_port_verdict(port, &pkt,
				    DIVERT_REPLACE, DIVERT_REASON_NONE);
				break;
			case 'e':
				memcpy(big + 128, pkt.data, hlen);
				memset(big + 128 + hlen, 'E', 1001);
				pkt.data = big + 128;
				pkt.len = (uint32_t)hlen + 1001;
				fix_udp(pkt.data, pkt.len);
				divert_port_verdict(port, &pkt,
				    DIVERT_REPLACE, DIVERT_REASON_NONE);
				memset(big, 0, sizeof(big));
				break;
			default:
				pass(port, &pkt);
				break;
			}
		}
	}
	is((uint64_t)i, 6, "six packets to judge");
	ok(divert_port_flush(port) == 0, "flush");
	ok(udp_recv(rx, buf, sizeof(buf)) == 1 && buf[0] == 'a', "passed");
	ok(udp_recv(rx, buf, sizeof(buf)) == 1 && buf[0] == 'C',
	    "dropped does not arrive, replaced does");
	ok(udp_recv(rx, buf, sizeof(buf)) == 1001 && buf[0] == 'E' &&
	    buf[1000] == 'E', "grown to 1001 bytes; a wrong sum did not pass");
	ok(udp_recv(rx, buf, sizeof(buf)) == 1 && buf[0] == 'f',
	    "passed after that");
	finish(port, &s, family == 4 ? "IPv4 verdicts" : "IPv6 verdicts");
	ok(s.passed == 2 && s.dropped == 1 && s.replaced == 3 && s.lost == 0 &&
	    s.by_reason[DIVERT_REASON_TAKEN] == 1, "counted");
	close(rx);
	close(tx);
	flush_rules();
}

/* Packets near 64 KiB, written back: sent without a copy, in their order. */
static void
test_large(void)
{
	static uint8_t		 buf[65536];
	struct divert_port	*port;
	struct divert_stats	 s;
	static const size_t	 sizes[] = { 10, 60000, 20, 8192, 65000, 8164,
	    30, 65503 };
	size_t			 count = sizeof(sizes) / sizeof(sizes[0]);
	size_t			 good, i, seen;
	ssize_t			 len;
	int			 j, n, rx, tx;

	port = open_port(0, 0, 0);
	rule(4, "-t mangle -A INPUT -i lo -p udp --dport 5000 -j NFQUEUE "
	    "--queue-num %d", QUEUE);
	rx = udp_socket(LIVE_R, "127.0.0.1", 5000);
	tx = udp_socket(LIVE_R, "127.0.0.1", 4000);
	for (i = 0; i < count; i++) {
		memset(buf, (int)('0' + i), sizes[i]);
		udp_send(tx, "127.0.0.1", 5000, buf, sizes[i]);
	}
	for (seen = 0; seen < count; seen += (size_t)n) {
		if ((n = receive(port)) == 0)
			break;
		for (j = 0; j < n; j++) {
			got[j].data[got[j].len - 1] = 'z';
			fix_udp(got[j].data, got[j].len);
			divert_port_verdict(port, &got[j], DIVERT_REPLACE,
			    DIVERT_REASON_NONE);
		}
	}
	ok(divert_port_flush(port) == 0, "flush");
	for (i = good = 0; i < count; i++) {
		len = udp_recv(rx, buf, sizeof(buf));
		if (len == (ssize_t)sizes[i] && buf[0] == '0' + (int)i &&
		    buf[len - 1] == 'z')
			good++;
	}
	is(good, count, "small and large replacements arrive in order");
	finish(port, &s, "large");
	is(s.replaced, count, "counted");
	close(rx);
	close(tx);
	flush_rules();
}

static size_t
count_datagrams(int fd, size_t want)
{
	char	 buf[256];
	size_t	 n;

	for (n = 0; n < want; n++)
		if (udp_recv(fd, buf, sizeof(buf)) < 0)
			break;
	return (n);
}

/*
 * More verdicts than one send holds, without a flush; ids without gaps; and
 * the room before each packet used up.
 */
static void
test_batches(void)
{
	enum { COUNT = 6000 };
	struct divert_port	*port;
	struct divert_stats	 s;
	char			 buf[16];
	size_t			 damaged, gaps, i, seen;
	int			 j, n, rx, tx;

	port = open_port(0, 0, 0);
	rule(4, "-t raw -A PREROUTING -i ra -p udp --dport 5000 -j NFQUEUE "
	    "--queue-num %d", QUEUE);
	rx = udp_socket(LIVE_B, "10.2.0.2", 5000);
	tx = udp_socket(LIVE_A, "10.1.0.2", 4000);
	for (i = 0; i < COUNT; i++) {
		snprintf(buf, sizeof(buf), "%06zu", i);
		udp_send(tx, "10.2.0.2", 5000, buf, 6);
	}
	damaged = gaps = 0;
	for (seen = 0; seen < COUNT; seen += (size_t)n) {
		if ((n = receive(port)) == 0)
			break;
		for (j = 0; j < n; j++)
			memset(got[j].data - DIVERT_HEADROOM, 0xee,
			    DIVERT_HEADROOM);
		for (j = 0; j < n; j++) {
			snprintf(buf, sizeof(buf), "%06zu", seen + (size_t)j);
			if (got[j].len != 34 ||
			    memcmp(got[j].data + 28, buf, 6) != 0)
				damaged++;
			if (got[j].id != seen + (size_t)j + 1)
				gaps++;
			pass(port, &got[j]);
		}
	}
	is(seen, COUNT, "6000 packets received");
	is(damaged, 0, "none damaged by what is written before another");
	is(gaps, 0, "ids are consecutive");
	ok(divert_port_flush(port) == 0, "flush");
	is(count_datagrams(rx, COUNT), COUNT, "all arrive");
	finish(port, &s, "batches");
	ok(s.passed == COUNT && s.missed == 0 && s.kernel.received == COUNT &&
	    s.bytes == 34 * COUNT, "counted");
	close(rx);
	close(tx);
	flush_rules();
}

/* Read and pass all there is; sums up the gaps the packets report. */
static uint64_t
drain(struct divert_port *port, uint64_t *drops)
{
	uint64_t	 seen;
	int		 j, n;

	seen = 0;
	while ((n = receive_ms(port, 0)) > 0) {
		for (j = 0; j < n; j++) {
			if (got[j].flags & DIVERT_PACKET_HAS_DROPS)
				*drops += got[j].drops;
			pass(port, &got[j]);
		}
		seen += (uint64_t)n;
	}
	(void)divert_port_flush(port);
	return (seen);
}

static void
test_overflow(void)
{
	struct divert_port	*port;
	struct divert_stats	 s;
	uint64_t		 drops, seen;
	int			 i, rx, tx;

	rule(4, "-t raw -A PREROUTING -i ra -p udp --dport 5000 -j NFQUEUE "
	    "--queue-num %d", QUEUE);
	rx = udp_socket(LIVE_B, "10.2.0.2", 5000);
	tx = udp_socket(LIVE_A, "10.1.0.2", 4000);

	port = open_port(0, 100, 0);
	for (i = 0; i < 500; i++)
		udp_send(tx, "10.2.0.2", 5000, "x", 1);
	drops = 0;
	seen = drain(port, &drops);
	is(seen, 100, "a queue of 100 takes 100");
	divert_port_stats(port, &s);
	is(s.missed, 400, "the queue full: missed = sent - received");
	is(s.kernel.full_socket, 0, "and none for want of socket buffer");
	is(count_datagrams(rx, 100), 100, "what was received arrives");
	finish(port, &s, "queue full");

	port = open_port(0, 0, 16384);
	for (i = 0; i < 500; i++)
		udp_send(tx, "10.2.0.2", 5000, "x", 1);
	drops = 0;
	seen = drain(port, &drops);
	ok(seen > 0 && seen < 500, "a small buffer takes some");
	divert_port_stats(port, &s);
	is(s.missed, 500 - seen, "the socket full: missed = sent - received");
	is(s.kernel.full_socket, 500 - seen, "all for want of socket buffer");
	is(s.kernel.received, 500, "ids = received + lost");
	is(count_datagrams(rx, seen), seen, "what was received arrives");
	udp_send(tx, "10.2.0.2", 5000, "y", 1);
	ok(receive(port) == 1, "it goes on");
	ok(got[0].flags & DIVERT_PACKET_HAS_DROPS,
	    "the next packet says that some were lost");
	is(drops + got[0].drops, s.missed, "and how many");
	pass(port, &got[0]);
	(void)divert_port_flush(port);
	is(count_datagrams(rx, 1), 1, "and it arrives");
	finish(port, &s, "socket full");

	port = open_port(DIVERT_OPTION_FAIL_OPEN, 3, 0);
	for (i = 0; i < 6; i++)
		udp_send(tx, "10.2.0.2", 5000, "x", 1);
	drops = 0;
	is(count_datagrams(rx, 3), 3, "fail open: 3 pass the full queue");
	is(drain(port, &drops), 3, "3 are queued");
	is(count_datagrams(rx, 3), 3, "and pass");
	divert_port_stats(port, &s);
	is(s.missed, 0, "none missed");
	finish(port, &s, "fail open");
	close(rx);
	close(tx);
	flush_rules();
}

static uint64_t
errno_count(const struct divert_stats *s, int error)
{
	size_t	 i;

	for (i = 0; i < DIVERT_ERRNO_MAX; i++)
		if (s->by_errno[i].error == error)
			return (s->by_errno[i].count);
	return (0);
}

/*
 * The kernel throws away what it holds; verdicts then come too late.
 * how: a command that does that, in R.  unread: packets that wait before the
 * answers when the port is closed, without flush or recv; 0: with both.
 */
static void
test_late(const char *how, const char *what, int unread)
{
	struct divert_packet	 held[10];
	struct divert_port	*port;
	struct divert_stats	 s;
	int			 i, n, seen, tx;

	port = open_port(0, 0, 0);
	rule(4, "-t mangle -A FORWARD -o rb -p udp --dport 5000 -j NFQUEUE "
	    "--queue-num %d", QUEUE);
	tx = udp_socket(LIVE_A, "10.1.0.2", 4000);
	for (i = 0; i < 10; i++)
		udp_send(tx, "10.2.0.2", 5000, "x", 1);
	for (seen = 0; seen < 10; seen += n) {
		if ((n = receive(port)) == 0)
			break;
		memcpy(held + seen, got, (size_t)n * sizeof(*got));
	}
	is((uint64_t)seen, 10, "ten packets held");
	for (i = 0; i < unread; i++)
		udp_send(tx, "10.2.0.2", 5000, "y", 1);
	must(LIVE_R, "%s", how);
	for (i = 0; i < seen; i++)
		divert_port_verdict(port, &held[i], i < 4 ? DIVERT_PASS :
		    i < 7 ? DIVERT_DROP : DIVERT_EXPIRE,
		    DIVERT_REASON_TIMEOUT);
	divert_port_stats(port, &s);
	ok(s.passed == 4 && s.dropped == 3 && s.expired == 3,
	    "counted when given");
	if (unread == 0) {
		ok(divert_port_flush(port) == 0, "flush");
		ok(divert_port_recv(port, &got) == -1 && errno == EAGAIN,
		    "no packet, and no error of the port");
		divert_port_stats(port, &s);
		ok(conserved(&s) && s.lost == 10, "lost before the close");
	}
	finish(port, &s, what);
	ok(s.lost == 10 && s.passed == 0 && s.dropped == 0 && s.expired == 0,
	    "%s: each verdict moves to lost", what);
	is(errno_count(&s, ENOENT), 10, "ENOENT");
	is(s.received, 10, "what was not read is not received");
	close(tx);
	flush_rules();
}

/* Verdicts of a process that has lost its privilege. */
static int
verdict_unprivileged(void)
{
	struct divert_packet	 held[10];
	struct divert_port	*port;
	struct divert_stats	 s;
	int			 i, n, seen, tx;

	port = open_port(0, 0, 0);
	tx = udp_socket(LIVE_A, "10.1.0.2", 4000);
	for (i = 0; i < 10; i++)
		udp_send(tx, "10.2.0.2", 5000, "x", 1);
	for (seen = 0; seen < 10; seen += n) {
		if ((n = receive(port)) == 0)
			return (1);
		memcpy(held + seen, got, (size_t)n * sizeof(*got));
	}
	drop_capabilities();
	for (i = 0; i < 10; i++)
		divert_port_verdict(port, &held[i], i < 6 ? DIVERT_PASS :
		    DIVERT_DROP, DIVERT_REASON_NONE);
	(void)divert_port_flush(port);
	(void)divert_port_recv(port, &got);
	divert_port_close(port, &s);
	if (s.lost != 10 || s.passed != 0 || s.dropped != 0 || !conserved(&s))
		return (2);
	/* The counters of /proc are read from a descriptor opened before. */
	if (s.missed != 0 || s.kernel.received != 10)
		return (4);
	return (errno_count(&s, EPERM) == 10 ? 0 : 3);
}

static void
test_lost(void)
{
	test_late("ip link set rb down", "device down", 0);
	must(LIVE_R, "ip link set rb up");
	test_late("ip link set rb down", "device down, closed at once", 200);
	must(LIVE_R, "ip link set rb up && "
	    "ip addr add fd02::1/64 dev rb nodad");
	if (run_in(LIVE_R, "nft list ruleset") == 0) {
		must(LIVE_R, "nft 'add table ip t; add chain ip t c { type "
		    "filter hook input priority 0; }'");
		test_late("nft delete table ip t", "table deleted", 0);
	} else
		skip("table deleted", "nft does not work here");
	rule(4, "-t raw -A PREROUTING -i ra -p udp --dport 5000 -j NFQUEUE "
	    "--queue-num %d", QUEUE);
	is((uint64_t)in_child(verdict_unprivileged), 0,
	    "privilege lost: the whole send is lost, though answered once");
	flush_rules();
}

/*
 * One send of ten segments.  With GSO one packet whose checksum is not ready,
 * without ten that are.
 */
static void
test_gso(int family)
{
	struct divert_port	*port;
	struct divert_stats	 s;
	char			 buf[1000];
	const char		*to = address(LIVE_B, family);
	size_t			 hlen = family == 4 ? 28 : 48;
	int			 good, i, j, n, rx, segment, tx;

	rule(family, "-t raw -A PREROUTING -i ra -p udp --dport 5000 "
	    "-j NFQUEUE --queue-num %d", QUEUE);
	rx = udp_socket(LIVE_B, to, 5000);
	tx = udp_socket(LIVE_A, address(LIVE_A, family), 4000);
	segment = 100;
	if (setsockopt(tx, IPPROTO_UDP, UDP_SEGMENT, &segment,
	    sizeof(segment)) == -1) {
		skip("GSO", "no UDP_SEGMENT");
		return;
	}
	memset(buf, 'g', sizeof(buf));

	port = open_port(DIVERT_OPTION_GSO, 0, 0);
	udp_send(tx, to, 5000, buf, sizeof(buf));
	if (ok(receive(port) == 1, "IPv%d: offloaded, one packet", family)) {
		is(got->len, hlen + 1000, "of all segments");
		ok((got->flags & (DIVERT_PACKET_GSO | DIVERT_PACKET_NOTREADY))
		    == (DIVERT_PACKET_GSO | DIVERT_PACKET_NOTREADY),
		    "that says so");
		pass(port, got);
		(void)divert_port_flush(port);
		is(count_datagrams(rx, 10), 10, "ten arrive");
	}
	finish(port, &s, "GSO");

	port = open_port(0, 0, 0);
	udp_send(tx, to, 5000, buf, sizeof(buf));
	for (good = i = 0; i < 10; i += n) {
		if ((n = receive(port)) == 0)
			break;
		for (j = 0; j < n; j++) {
			if (got[j].len == hlen + 100 && (got[j].flags &
			    (DIVERT_PACKET_GSO | DIVERT_PACKET_NOTREADY)) == 0)
				good++;
			/* The sum is complete: written back it is accepted. */
			divert_port_verdict(port, &got[j], DIVERT_REPLACE,
			    DIVERT_REASON_NONE);
		}
		(void)divert_port_flush(port);
	}
	is((uint64_t)good, 10, "without GSO ten packets, sums ready");
	is(count_datagrams(rx, 10), 10, "ten arrive");
	finish(port, &s, "no GSO");
	close(rx);
	close(tx);
	flush_rules();
}

static void
test_mark(void)
{
	struct divert_port	*port;
	uint32_t		 mark = 0xabcd1234;
	int			 tx;

	port = open_port(0, 0, 0);
	rule(4, "-t mangle -A OUTPUT -o rb -p udp --dport 5000 -j NFQUEUE "
	    "--queue-num %d", QUEUE);
	tx = udp_socket(LIVE_R, "10.2.0.1", 4000);
	udp_send(tx, "10.2.0.2", 5000, "x", 1);
	ok(receive(port) == 1 && (got->flags & DIVERT_PACKET_HAS_MARK) == 0,
	    "no mark");
	pass(port, got);
	if (setsockopt(tx, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) == -1)
		bail("SO_MARK");
	udp_send(tx, "10.2.0.2", 5000, "x", 1);
	ok(receive(port) == 1 && (got->flags & DIVERT_PACKET_HAS_MARK) != 0 &&
	    got->mark == mark, "its mark");
	pass(port, got);
	divert_port_close(port, NULL);
	close(tx);
	flush_rules();
}

/* An interface that came after the port was opened, and one renamed. */
static void
test_names(void)
{
	struct divert_port	*port;
	int			 i, tx;

	port = open_port(0, 0, 0);
	rule(4, "-t mangle -A OUTPUT -p udp --dport 5000 -j NFQUEUE "
	    "--queue-num %d", QUEUE);
	must(LIVE_R, "ip link add later type veth peer name later1 && "
	    "ip addr add 10.7.0.1/24 dev later && ip link set later1 up && "
	    "ip link set later up && ip neigh replace 10.7.0.2 lladdr "
	    "02:00:00:00:00:01 dev later");
	tx = udp_socket(LIVE_R, "10.7.0.1", 4000);
	udp_send(tx, "10.7.0.2", 5000, "x", 1);
	ok(receive(port) == 1 && strcmp(got->ifname, "later") == 0,
	    "an interface made later has its name");
	pass(port, got);
	(void)divert_port_flush(port);
	must(LIVE_R, "ip link set later name newname");
	/* A change is seen with the next second's first batch. */
	for (i = 0; i < 40; i++) {
		udp_send(tx, "10.7.0.2", 5000, "x", 1);
		if (receive(port) != 1)
			break;
		pass(port, got);
		(void)divert_port_flush(port);
		if (strcmp(got->ifname, "newname") == 0)
			break;
		(void)poll(NULL, 0, 50);
	}
	ok(strcmp(got->ifname, "newname") == 0, "a new name is seen");
	divert_port_close(port, NULL);
	close(tx);
	must(LIVE_R, "ip link del newname");
	flush_rules();
}

static int64_t
time_ms(void)
{
	struct timespec	 ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000);
}

/* What is still held when a port closes is dropped and said. */
static void
test_close(void)
{
	struct divert_port	*port;
	struct divert_stats	 s;
	int64_t			 began;
	char			 c;
	int			 i, n, rx, seen, tx;

	rule(4, "-t raw -A PREROUTING -i ra -p udp --dport 5000 -j NFQUEUE "
	    "--queue-num %d", QUEUE);
	rx = udp_socket(LIVE_B, "10.2.0.2", 5000);
	tx = udp_socket(LIVE_A, "10.1.0.2", 4000);
	port = open_port(0, 0, 0);
	for (i = 0; i < 5; i++)
		udp_send(tx, "10.2.0.2", 5000, "x", 1);
	for (seen = 0; seen < 5; seen += n)
		if ((n = receive(port)) == 0)
			break;
	finish(port, &s, "close");
	ok(s.dropped == 5 && s.by_reason[DIVERT_REASON_CLOSED] == 5,
	    "five held at close, five dropped");
	port = open_port(0, 0, 16384);
	for (i = 0; i < 500; i++)
		udp_send(tx, "10.2.0.2", 5000, "x", 1);
	began = time_ms();
	divert_port_close(port, NULL);
	ok(time_ms() - began < 1000, "a full socket closes at once");
	port = open_port(0, 0, 0);
	udp_send(tx, "10.2.0.2", 5000, "y", 1);
	ok(receive(port) == 1 && got->id == 1, "ids begin again");
	pass(port, got);
	divert_port_close(port, NULL);
	ok(udp_recv(rx, &c, 1) == 1 && c == 'y',
	    "none of them arrives; close sent the verdict that waited");
	close(rx);
	close(tx);
	flush_rules();
}

int
main(void)
{
	struct divert_options	 options;
	struct divert_port	*port;
	char			 errbuf[256];
	size_t			 i;

	make_network();
	memset(&options, 0, sizeof(options));
	port = divert_port_open(SPEC, &options, errbuf, sizeof(errbuf));
	if (port == NULL && errno == ENOTSUP)
		skip_all(errbuf);
	divert_port_close(port, NULL);
	test_open();
	test_privilege();
	test_rebind();
	for (i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
		test_hook(&hooks[i], 4);
		test_hook(&hooks[i], 6);
	}
	test_verdicts(4);
	test_verdicts(6);
	test_large();
	test_batches();
	test_overflow();
	test_lost();
	test_gso(4);
	test_gso(6);
	test_mark();
	test_names();
	test_close();
	return (done_testing());
}

#else

#include <stdio.h>

int
main(void)
{
	printf("1..0 # SKIP not Linux\n");
	return (0);
}

#endif
