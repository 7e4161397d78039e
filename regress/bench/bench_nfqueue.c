/* SPDX-License-Identifier: ISC */

/*
 * bench_nfqueue [-n packets] [-r rounds] [name=command ...]
 *
 * Draining a full queue.  Each consumer has a queue of its own and is stopped
 * while the queue is filled with 64-byte packets to be forwarded; the time is
 * from SIGCONT until the last of them has arrived on the other side.  Rounds
 * of the consumers are interleaved; medians and ratios are of one run.
 *
 * Consumers of its own: a plain libnetfilter_queue loop, a bare loop that
 * does nothing but recvmmsg and one send, and the port of this library.
 * Others are given as commands, in which %q is the queue number; they pass
 * what they get, print nothing, and hold as many packets as -n says.
 *
 * Needs root: elsewhere socket buffers cannot be as large as the queue.
 */

#include "compat.h"

#ifdef __linux__

#include <sys/mman.h>
#include <sys/resource.h>

#include <netinet/in.h>

#include <linux/netfilter.h>
#include <linux/netlink.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>

#include <err.h>
#include <sched.h>
#include <signal.h>
#include <time.h>

#if __has_include(<libnetfilter_queue/libnetfilter_queue.h>)
#include <libnetfilter_queue/libnetfilter_queue.h>
#define HAVE_PLAIN	1
#else
#define HAVE_PLAIN	0
#endif

#include "../live/live.h"
#include "divert_int.h"
#include "netlink.h"
#include "netlink_queue.h"

#define QUEUE		700
#define CONSUMERS_MAX	16
#define ROUNDS_MAX	99
#define RCVBUF		(256 * 1024 * 1024)
#define BARE_SLOT	(17 * 4096)

struct consumer {
	const char	*name;
	void		(*run)(uint16_t);	/* NULL: a command */
	const char	*command;
	pid_t		 pid;
	int		 arrived;	/* socket for the last packet */
	double		 ms[ROUNDS_MAX];
	double		 us[ROUNDS_MAX];	/* of processor, each packet */
};

static struct consumer	 consumers[CONSUMERS_MAX];
static int		 count, packets = 50000, rounds = 9;

__attribute__((__noreturn__))
static void
die(const char *what)
{
	fprintf(stderr, "bench_nfqueue: %s: %s\n", what, strerror(errno));
	_exit(1);
}

static void
pin(size_t cpu)
{
	cpu_set_t	 set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	/* One processor: nothing to choose. */
	(void)sched_setaffinity(0, sizeof(set), &set);
}

#if HAVE_PLAIN
static int
plain_packet(struct nfq_q_handle *qh, struct nfgenmsg *msg,
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

/* As the manual of libnetfilter_queue has it. */
static void
run_plain(uint16_t queue)
{
	static char		 buf[0xffff + 4096];
	struct nfq_handle	*h;
	struct nfq_q_handle	*qh;
	ssize_t			 n;
	int			 fd, size = RCVBUF;

	if ((h = nfq_open()) == NULL ||
	    (qh = nfq_create_queue(h, queue, plain_packet, NULL)) == NULL ||
	    nfq_set_queue_maxlen(qh, 65536) == -1 ||
	    nfq_set_mode(qh, NFQNL_COPY_PACKET, 0xffff) == -1)
		die("libnetfilter_queue");
	fd = nfq_fd(h);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) ==
	    -1)
		die("SO_RCVBUFFORCE");
	while ((n = recv(fd, buf, sizeof(buf), 0)) >= 0 || errno == ENOBUFS)
		if (n > 0)
			(void)nfq_handle_packet(h, buf, (int)n);
	die("recv");
}
#endif

static void
configure(int fd, uint16_t queue, uint16_t type, const void *data, size_t len)
{
	union netlink_message	 msg;

	divert_nfqueue_config(&msg, queue);
	mnl_attr_put(&msg.nlh, type, len, data);
	if (divert_netlink_ask(fd, &msg, NULL, NULL) == -1)
		die("configure");
}

static int
bare_socket(uint16_t queue)
{
	struct nfqnl_msg_config_params	 params;
	struct nfqnl_msg_config_cmd	 cmd;
	uint8_t				 len[4];
	int				 fd, size = RCVBUF;

	if ((fd = divert_netlink_open(NETLINK_NETFILTER, 0)) == -1)
		die("socket");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) ==
	    -1)
		die("SO_RCVBUFFORCE");
	memset(&cmd, 0, sizeof(cmd));
	cmd.command = NFQNL_CFG_CMD_BIND;
	configure(fd, queue, NFQA_CFG_CMD, &cmd, sizeof(cmd));
	put32(len, 65536);
	configure(fd, queue, NFQA_CFG_QUEUE_MAXLEN, len, sizeof(len));
	memset(&params, 0, sizeof(params));
	params.copy_range = htonl(NFQUEUE_PAYLOAD_MAX);
	params.copy_mode = NFQNL_COPY_PACKET;
	configure(fd, queue, NFQA_CFG_PARAMS, &params, sizeof(params));
	if (fcntl(fd, F_SETFL, 0) == -1)
		die("fcntl");
	return (fd);
}

/*
 * recvmmsg, the id of each, one send.  The packet header is the first
 * attribute, so its id is at a fixed place.
 */
static void
bare_loop(uint16_t queue, unsigned int slots, int batch)
{
	struct mmsghdr	 msgs[64];
	struct iovec	 iovs[64];
	uint8_t		 out[64 * NFQUEUE_VERDICT_SIZE];
	uint8_t		*map, *msg;
	uint16_t	 type;
	uint32_t	 id;
	size_t		 len;
	int		 fd, i, n;

	fd = bare_socket(queue);
	map = mmap(NULL, 64 * BARE_SLOT, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED)
		die("mmap");
	memset(msgs, 0, sizeof(msgs));
	for (i = 0; i < 64; i++) {
		iovs[i].iov_base = map + i * BARE_SLOT;
		iovs[i].iov_len = BARE_SLOT;
		msgs[i].msg_hdr.msg_iov = &iovs[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
	for (;;) {
		n = recvmmsg(fd, msgs, slots, MSG_WAITFORONE, NULL);
		if (n == -1 && errno != ENOBUFS && errno != EINTR)
			die("recvmmsg");
		for (i = 0, len = 0; i < n; i++) {
			msg = iovs[i].iov_base;
			memcpy(&type, msg + 4, sizeof(type));
			if (type != (NFNL_SUBSYS_QUEUE << 8 |
			    NFQNL_MSG_PACKET))
				continue;
			id = get32(msg + 24);
			if (batch) {
				divert_nfqueue_verdict(out, queue, 0, id,
				    NF_ACCEPT);
				type = NFNL_SUBSYS_QUEUE << 8 |
				    NFQNL_MSG_VERDICT_BATCH;
				memcpy(out + 4, &type, sizeof(type));
				len = NFQUEUE_VERDICT_SIZE;
				continue;
			}
			divert_nfqueue_verdict(out + len, queue, 0, id,
			    NF_ACCEPT);
			len += NFQUEUE_VERDICT_SIZE;
		}
		if (len > 0 && send(fd, out, len, 0) == -1)
			die("send");
	}
}

static void
run_bare(uint16_t queue)
{
	bare_loop(queue, 32, 0);
}

static void
run_bare_64(uint16_t queue)
{
	bare_loop(queue, 64, 0);
}

static void
run_bare_batch(uint16_t queue)
{
	bare_loop(queue, 64, 1);
}

/* The port; replace: bytes are written back, though unchanged. */
static void
port_loop(uint16_t queue, enum divert_verdict verdict)
{
	struct divert_options	 options;
	struct divert_packet	*pkts;
	struct divert_port	*port;
	char			 errbuf[256], spec[32];
	int			 i, n;

	memset(&options, 0, sizeof(options));
	options.flags = DIVERT_OPTION_NO_INJECT;
	options.queue_len = 65536;
	options.rcvbuf = RCVBUF;
	snprintf(spec, sizeof(spec), "nfqueue:%u", queue);
	port = divert_port_open(spec, &options, errbuf, sizeof(errbuf));
	if (port == NULL) {
		fprintf(stderr, "%s\n", errbuf);
		_exit(1);
	}
	for (;;) {
		(void)readable(divert_port_fd(port), -1);
		while ((n = divert_port_recv(port, &pkts)) > 0) {
			for (i = 0; i < n; i++)
				(void)divert_port_verdict(port, &pkts[i],
				    verdict, DIVERT_REASON_NONE);
			(void)divert_port_flush(port);
		}
	}
}

static void
run_port(uint16_t queue)
{
	port_loop(queue, DIVERT_PASS);
}

static void
run_port_replace(uint16_t queue)
{
	port_loop(queue, DIVERT_REPLACE);
}

static void
add(const char *name, void (*run)(uint16_t), const char *command)
{
	if (count == CONSUMERS_MAX)
		die("too many consumers");
	consumers[count].name = name;
	consumers[count].run = run;
	consumers[count++].command = command;
}

static uint16_t
queue_of(const struct consumer *c)
{
	return ((uint16_t)(QUEUE + (c - consumers)));
}

/* Replace %q and become the command. */
__attribute__((__noreturn__))
static void
run_command(const struct consumer *c)
{
	char		 cmd[1024] = "exec ", number[8];
	const char	*p;
	size_t		 used;

	snprintf(number, sizeof(number), "%u", queue_of(c));
	used = strlen(cmd);
	for (p = c->command; *p != '\0' && used < sizeof(cmd) - 8; p++)
		if (p[0] == '%' && p[1] == 'q') {
			used += strlcpy(cmd + used, number,
			    sizeof(cmd) - used);
			p++;
		} else
			cmd[used++] = *p;
	cmd[used] = '\0';
	execl("/bin/sh", "sh", "-c", cmd, (char *)NULL);
	die("exec");
}

/*
 * Before everybody else on the processor, so that what the machine does
 * besides is not measured; in vain where that is not allowed.  Where Linux
 * groups processes by session, a nice value counts within the session only,
 * and so the session gets one too.  Not by a real-time class: there a second
 * thread of the consumer would not run before the first one waits, and copies
 * would be lost instead of made.
 */
static void
take_precedence(void)
{
	int	 fd;

	(void)setpriority(PRIO_PROCESS, 0, -20);
	if ((fd = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC)) == -1)
		return;
	if (write(fd, "-20", 3) == -1)
		warn("/proc/self/autogroup");
	close(fd);
}

/* Wait until a queue holds want packets, at most; -1: until it is bound. */
static void
await_queue(int proc, const struct consumer *c, long want)
{
	static const struct timespec	 pause = { 0, 200000 };
	struct nfqueue_proc		 p;
	int				 i;

	for (i = 0; i < 25000; i++) {
		if (divert_nfqueue_proc_read(proc, queue_of(c), &p) == 0 &&
		    (want == -1 || p.waiting == (uint32_t)want))
			return;
		if (want > 0 && (p.dropped > 0 || p.user_dropped > 0)) {
			fprintf(stderr, "bench_nfqueue: %s holds no %ld "
			    "packets: use -n\n", c->name, want);
			_exit(1);
		}
		nanosleep(&pause, NULL);
	}
	fprintf(stderr, "bench_nfqueue: %s: %s\n", c->name, want == -1 ?
	    "does not bind its queue" : "does not drain its queue");
	_exit(1);
}

static void
hold(struct consumer *c)
{
	int	 status;

	kill(-c->pid, SIGSTOP);
	if (waitpid(c->pid, &status, WUNTRACED) == -1 || !WIFSTOPPED(status)) {
		fprintf(stderr, "bench_nfqueue: %s has ended\n", c->name);
		_exit(1);
	}
}

static void
start(struct consumer *c, int proc)
{
	uint16_t	 queue = queue_of(c);

	rule(4, "-t mangle -A FORWARD -o rb -p udp --dport %d -j NFQUEUE "
	    "--queue-num %u", queue + 6000, queue);
	rule(4, "-t mangle -A FORWARD -o rb -p udp --dport %d -j NFQUEUE "
	    "--queue-num %u", queue + 7000, queue);
	c->arrived = udp_socket(LIVE_B, "10.2.0.2", (uint16_t)(queue + 7000));
	if ((c->pid = fork()) == -1)
		die("fork");
	if (c->pid == 0) {
		(void)setsid();
		pin(1);
		take_precedence();
		if (c->run != NULL)
			c->run(queue);
		run_command(c);
	}
	await_queue(proc, c, -1);
	/* Bound is not yet waiting for packets. */
	(void)poll(NULL, 0, 100);
	hold(c);
}

static double
now_ms(clockid_t clock)
{
	struct timespec	 ts;

	if (clock_gettime(clock, &ts) == -1)
		return (0);
	return ((double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6);
}

/* Fill a queue: 64-byte packets, the last to the socket that waits. */
static void
fill(int tx, const struct consumer *c)
{
	enum { BURST = 100 };
	struct sockaddr_storage	 many, last;
	struct mmsghdr		 msgs[BURST];
	struct iovec		 iov;
	uint8_t			 payload[36] = "divert";
	int			 i, n, sent;

	make_address(&many, "10.2.0.2", (uint16_t)(queue_of(c) + 6000));
	make_address(&last, "10.2.0.2", (uint16_t)(queue_of(c) + 7000));
	iov.iov_base = payload;
	iov.iov_len = sizeof(payload);
	memset(msgs, 0, sizeof(msgs));
	for (i = 0; i < BURST; i++) {
		msgs[i].msg_hdr.msg_name = &many;
		msgs[i].msg_hdr.msg_namelen = sizeof(struct sockaddr_in);
		msgs[i].msg_hdr.msg_iov = &iov;
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
	for (sent = 0; sent < packets - 1; sent += n) {
		n = packets - 1 - sent < BURST ? packets - 1 - sent : BURST;
		if ((n = sendmmsg(tx, msgs, (unsigned int)n, 0)) == -1)
			die("sendmmsg");
	}
	if (sendto(tx, payload, sizeof(payload), 0, (struct sockaddr *)&last,
	    sizeof(struct sockaddr_in)) == -1)
		die("sendto");
}

static void
measure(struct consumer *c, int proc, int tx, int turn)
{
	clockid_t	 clock;
	uint8_t		 buf[64];
	double		 began, cpu;

	fill(tx, c);
	await_queue(proc, c, packets);
	if (clock_getcpuclockid(c->pid, &clock) != 0)
		clock = CLOCK_MONOTONIC;
	cpu = now_ms(clock);
	began = now_ms(CLOCK_MONOTONIC);
	kill(-c->pid, SIGCONT);
	if (!readable(c->arrived, 30000)) {
		fprintf(stderr, "bench_nfqueue: %s lost the last packet\n",
		    c->name);
		_exit(1);
	}
	c->ms[turn] = now_ms(CLOCK_MONOTONIC) - began;
	c->us[turn] = (now_ms(clock) - cpu) * 1e3 / packets;
	(void)recv(c->arrived, buf, sizeof(buf), 0);
	await_queue(proc, c, 0);
	hold(c);
}

static int
compare(const void *a, const void *b)
{
	double	 x = *(const double *)a, y = *(const double *)b;

	return ((x > y) - (x < y));
}

/* The figure at a place, of rounds - 1, in the order of size. */
static double
ranked(const double *v, int place)
{
	double	 sorted[ROUNDS_MAX];

	memcpy(sorted, v, (size_t)rounds * sizeof(*v));
	qsort(sorted, (size_t)rounds, sizeof(*sorted), compare);
	return (sorted[place]);
}

static double
median(const double *v)
{
	return (ranked(v, rounds / 2));
}

static void
report(void)
{
	const struct consumer	*bare, *plain;
	double			 ms;
	int			 i;

	bare = plain = NULL;
	for (i = 0; i < count; i++) {
		if (consumers[i].run == run_bare_64)
			bare = &consumers[i];
#if HAVE_PLAIN
		if (consumers[i].run == run_plain)
			plain = &consumers[i];
#endif
	}
	printf("draining %d packets of 64 bytes, median of %d rounds\n",
	    packets, rounds);
	printf("%-28s %8s %8s %8s %8s %8s %9s %8s\n", "", "ms", "least",
	    "most", "kpps", "cpu us", "x plain", "x bare");
	for (i = 0; i < count; i++) {
		ms = median(consumers[i].ms);
		printf("%-28s %8.1f %8.1f %8.1f %8.0f %8.2f",
		    consumers[i].name, ms, ranked(consumers[i].ms, 0),
		    ranked(consumers[i].ms, rounds - 1), packets / ms,
		    median(consumers[i].us));
		if (plain != NULL)
			printf(" %9.2f", median(plain->ms) / ms);
		else
			printf(" %9s", "-");
		if (bare != NULL)
			printf(" %8.2f\n", median(bare->ms) / ms);
		else
			printf(" %8s\n", "-");
	}
}

static void
set_up(void)
{
	int	 rx, tx;
	char	 c;

	make_network();
	/* The receiver counts and does no more. */
	must(LIVE_B, "ip%stables%s -t raw -A PREROUTING -p udp --dport "
	    "6000:6999 -j DROP", "", live_iptables);
	must(LIVE_B, "ip%stables%s -t raw -A PREROUTING -p udp --dport "
	    "%d:%d -j DROP", "", live_iptables, QUEUE + 6000,
	    QUEUE + 6000 + CONSUMERS_MAX);
	rx = udp_socket(LIVE_B, "10.2.0.2", 9);
	tx = udp_socket(LIVE_A, "10.1.0.2", 0);
	udp_send(tx, "10.2.0.2", 9, "x", 1);
	if (udp_recv(rx, &c, 1) != 1)
		die("network");
	close(rx);
	close(tx);
}

static void
choose(int argc, char *argv[])
{
	char	*eq;
	int	 ch;

	while ((ch = getopt(argc, argv, "n:r:")) != -1)
		if (ch == 'n')
			packets = atoi(optarg);
		else if (ch == 'r')
			rounds = atoi(optarg);
	if (packets < 2 || packets > 60000 || rounds < 1 ||
	    rounds > ROUNDS_MAX)
		die("usage: bench_nfqueue [-n packets] [-r rounds] "
		    "[name=command ...]");
#if HAVE_PLAIN
	add("libnetfilter_queue, 1 by 1", run_plain, NULL);
#endif
	add("bare recvmmsg 32", run_bare, NULL);
	add("bare recvmmsg 64", run_bare_64, NULL);
	add("bare 64, batch verdict", run_bare_batch, NULL);
	add("port", run_port, NULL);
	add("port, written back", run_port_replace, NULL);
	for (; optind < argc; optind++) {
		if ((eq = strchr(argv[optind], '=')) == NULL)
			die(argv[optind]);
		*eq = '\0';
		add(argv[optind], NULL, eq + 1);
	}
}

int
main(int argc, char *argv[])
{
	int	 i, proc, size, status, turn, tx;

	if (geteuid() != 0) {
		printf("bench_nfqueue: skipped: needs root\n");
		return (0);
	}
	choose(argc, argv);
	set_up();
	if ((proc = divert_nfqueue_proc_open()) == -1) {
		printf("bench_nfqueue: skipped: no NFQUEUE in this kernel\n");
		return (0);
	}
	pin(0);
	tx = udp_socket(LIVE_A, "10.1.0.2", 0);
	size = 512 * 1024 * 1024;
	(void)setsockopt(tx, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	if (fcntl(tx, F_SETFL, 0) == -1)
		die("fcntl");
	for (i = 0; i < count; i++)
		start(&consumers[i], proc);
	for (turn = 0; turn < rounds; turn++)
		for (i = 0; i < count; i++)
			measure(&consumers[i], proc, tx, turn);
	report();
	for (i = 0; i < count; i++) {
		/* A command may have something to say at its end. */
		kill(-consumers[i].pid,
		    consumers[i].run != NULL ? SIGKILL : SIGTERM);
		kill(-consumers[i].pid, SIGCONT);
		(void)waitpid(consumers[i].pid, &status, 0);
	}
	unlink(live_lock);
	return (0);
}

#else

#include <stdio.h>

int
main(void)
{
	printf("bench_nfqueue: skipped: not Linux\n");
	return (0);
}

#endif
