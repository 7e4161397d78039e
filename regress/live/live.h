/* SPDX-License-Identifier: ISC */
#ifndef LIVE_H
#define LIVE_H

/*
 * What the live tests written in C share: TAP, network namespaces made for
 * the test alone, and commands run in them.
 *
 * The network: A - R - B, two veth pairs; the program itself is in R, which
 * forwards.  Interfaces: a (10.1.0.2, fd01::2) in A, ra (10.1.0.1, fd01::1)
 * and rb (10.2.0.1, fd02::1) in R, b (10.2.0.2, fd02::2) in B.
 */

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WAIT_MS	5000		/* for what must come */

enum live_place { LIVE_A, LIVE_R, LIVE_B, LIVE_PLACES };

static int	 live_tests, live_failed;
static int	 live_ns[LIVE_PLACES];
static char	 live_iptables[32];	/* "iptables-legacy" */
static char	 live_lock[128];

__attribute__((__format__(printf, 2, 3)))
static inline int
ok(int good, const char *fmt, ...)
{
	va_list	 ap;

	printf("%sok %d - ", good ? "" : "not ", ++live_tests);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	if (!good)
		live_failed++;
	fflush(stdout);
	return (good);
}

/* A number that must be another; says both when it is not. */
static inline int
is(uint64_t got, uint64_t want, const char *what)
{
	if (ok(got == want, "%s", what))
		return (1);
	printf("# got %llu, want %llu\n", (unsigned long long)got,
	    (unsigned long long)want);
	return (0);
}

static inline void
skip(const char *what, const char *why)
{
	printf("ok %d - %s # SKIP %s\n", ++live_tests, what, why);
}

__attribute__((__noreturn__))
static inline void
skip_all(const char *why)
{
	printf("1..0 # SKIP %s\n", why);
	exit(0);
}

__attribute__((__noreturn__))
static inline void
bail(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

static inline int
done_testing(void)
{
	printf("1..%d\n", live_tests);
	unlink(live_lock);
	return (live_failed != 0);
}

static inline void
go(enum live_place place)
{
	if (setns(live_ns[place], CLONE_NEWNET) == -1)
		bail("setns");
}

/* Run a command line in a place; returns its status, output unseen. */
__attribute__((__format__(printf, 2, 3)))
static inline int
run_in(enum live_place place, const char *fmt, ...)
{
	char	 cmd[640] = "exec >/dev/null 2>&1; ";
	size_t	 used;
	va_list	 ap;
	int	 n, status;

	used = strlen(cmd);
	va_start(ap, fmt);
	n = vsnprintf(cmd + used, sizeof(cmd) - used, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(cmd) - used)
		bail("command too long");
	go(place);
	status = system(cmd);
	go(LIVE_R);
	return (WIFEXITED(status) ? WEXITSTATUS(status) : 128);
}

/* The same, and the test cannot go on without. */
#define must(place, ...)						\
	do {								\
		if (run_in(place, __VA_ARGS__) != 0) {			\
			printf("# failed: " __VA_ARGS__);		\
			printf("\n");					\
			bail("set-up");					\
		}							\
	} while (0)

/* What a command printed, first line; "" for nothing. */
__attribute__((__format__(printf, 4, 5)))
static inline void
read_in(enum live_place place, char *buf, size_t size, const char *fmt, ...)
{
	FILE	*fp;
	char	 cmd[512];
	va_list	 ap;

	va_start(ap, fmt);
	vsnprintf(cmd, sizeof(cmd), fmt, ap);
	va_end(ap);
	buf[0] = '\0';
	go(place);
	if ((fp = popen(cmd, "r")) != NULL) {
		if (fgets(buf, (int)size, fp) == NULL)
			buf[0] = '\0';
		buf[strcspn(buf, "\n")] = '\0';
		pclose(fp);
	}
	go(LIVE_R);
}

static inline void
write_file(const char *path, const char *text)
{
	int	 fd;

	if ((fd = open(path, O_WRONLY | O_CLOEXEC)) == -1)
		return;
	(void)!write(fd, text, strlen(text));
	close(fd);
}

/* A namespace of our own: as root, or as root of a user namespace. */
static inline void
enter_namespace(void)
{
	char	 map[64];
	uid_t	 uid = getuid();
	gid_t	 gid = getgid();

	if (unshare(CLONE_NEWNET) == 0)
		return;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) == -1)
		skip_all("no user or network namespaces here");
	write_file("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "0 %u 1", uid);
	write_file("/proc/self/uid_map", map);
	snprintf(map, sizeof(map), "0 %u 1", gid);
	write_file("/proc/self/gid_map", map);
}

static inline int
namespace_fd(void)
{
	int	 fd;

	if ((fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)) ==
	    -1)
		bail("namespace");
	return (fd);
}

static inline void
choose_iptables(void)
{
	static const char *const names[] = { "iptables-legacy",
	    "iptables-nft", "iptables" };
	size_t	 i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		/* The name of the other family is the same with a 6. */
		snprintf(live_iptables, sizeof(live_iptables), "%s",
		    names[i] + strlen("iptables"));
		if (run_in(LIVE_R, "iptables%s -t raw -A OUTPUT -d 10.9.9.9 "
		    "-j NFQUEUE --queue-num 9 && iptables%s -t raw -D OUTPUT "
		    "1 && ip6tables%s -t raw -A OUTPUT -d fd99::9 -j NFQUEUE "
		    "--queue-num 9 && ip6tables%s -t raw -D OUTPUT 1",
		    live_iptables, live_iptables, live_iptables,
		    live_iptables) == 0)
			return;
	}
	skip_all("no iptables with NFQUEUE works here");
}

/* iptables or ip6tables by family (4 or 6): rule is all after the name. */
__attribute__((__format__(printf, 2, 3)))
static inline void
rule(int family, const char *fmt, ...)
{
	char	 text[256];
	va_list	 ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	must(LIVE_R, "ip%stables%s %s", family == 6 ? "6" : "", live_iptables,
	    text);
}

static inline void
flush_rules(void)
{
	static const char *const tables[] = { "raw", "mangle", "filter" };
	size_t	 i;

	for (i = 0; i < 3; i++) {
		rule(4, "-t %s -F", tables[i]);
		rule(6, "-t %s -F", tables[i]);
	}
}

/* Packets that the first rule of a chain has counted. */
static inline uint64_t
rule_count(int family, const char *table, const char *chain)
{
	char	 buf[128];

	read_in(LIVE_R, buf, sizeof(buf), "ip%stables%s -t %s -nvxL %s 1 | "
	    "awk '{ print $1 }'", family == 6 ? "6" : "", live_iptables, table,
	    chain);
	return (strtoull(buf, NULL, 10));
}

static inline void
make_network(void)
{
	const char	*dir;
	int		 i;

	if ((dir = getenv("TMPDIR")) == NULL)
		dir = "/tmp";
	snprintf(live_lock, sizeof(live_lock), "%s/live.%ld.lock", dir,
	    (long)getpid());
	setenv("XTABLES_LOCKFILE", live_lock, 1);
	enter_namespace();
	live_ns[LIVE_A] = namespace_fd();
	for (i = LIVE_R; i < LIVE_PLACES; i++) {
		if (unshare(CLONE_NEWNET) == -1)
			bail("unshare");
		live_ns[i] = namespace_fd();
	}
	go(LIVE_R);
	if (run_in(LIVE_R, "ip link set lo up") != 0)
		skip_all("no ip command");
	must(LIVE_R, "ip link add ra type veth peer name a netns /proc/%ld/"
	    "fd/%d", (long)getpid(), live_ns[LIVE_A]);
	must(LIVE_R, "ip link add rb type veth peer name b netns /proc/%ld/"
	    "fd/%d", (long)getpid(), live_ns[LIVE_B]);
	must(LIVE_R, "for i in ra rb; do ip link set $i up; done; "
	    "ip addr add 10.1.0.1/24 dev ra && ip addr add 10.2.0.1/24 dev rb "
	    "&& ip addr add fd01::1/64 dev ra nodad && "
	    "ip addr add fd02::1/64 dev rb nodad && "
	    "echo 1 >/proc/sys/net/ipv4/ip_forward && "
	    "echo 1 >/proc/sys/net/ipv6/conf/all/forwarding");
	must(LIVE_A, "ip link set lo up && ip link set dev a up && "
	    "ip addr add 10.1.0.2/24 dev a && ip addr add fd01::2/64 dev a "
	    "nodad && ip route add default via 10.1.0.1 && "
	    "ip -6 route add default via fd01::1");
	must(LIVE_B, "ip link set lo up && ip link set dev b up && "
	    "ip addr add 10.2.0.2/24 dev b && ip addr add fd02::2/64 dev b "
	    "nodad && ip route add default via 10.2.0.1 && "
	    "ip -6 route add default via fd02::1");
	choose_iptables();
}

static inline socklen_t
make_address(struct sockaddr_storage *ss, const char *addr, uint16_t port)
{
	struct sockaddr_in6	*sin6 = (struct sockaddr_in6 *)ss;
	struct sockaddr_in	*sin = (struct sockaddr_in *)ss;

	memset(ss, 0, sizeof(*ss));
	if (strchr(addr, ':') != NULL) {
		sin6->sin6_family = AF_INET6;
		sin6->sin6_port = htons(port);
		if (inet_pton(AF_INET6, addr, &sin6->sin6_addr) != 1)
			bail(addr);
		return (sizeof(*sin6));
	}
	sin->sin_family = AF_INET;
	sin->sin_port = htons(port);
	if (inet_pton(AF_INET, addr, &sin->sin_addr) != 1)
		bail(addr);
	return (sizeof(*sin));
}

/* A UDP socket of a place, bound to an address. */
static inline int
udp_socket(enum live_place place, const char *addr, uint16_t port)
{
	struct sockaddr_storage	 ss;
	socklen_t		 len;
	int			 fd, size;

	len = make_address(&ss, addr, port);
	go(place);
	fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0);
	if (fd == -1 || bind(fd, (struct sockaddr *)&ss, len) == -1)
		bail("udp socket");
	size = 8 * 1024 * 1024;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) ==
	    -1)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size,
		    sizeof(size));
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) ==
	    -1)
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size,
		    sizeof(size));
	go(LIVE_R);
	return (fd);
}

static inline ssize_t
udp_send(int fd, const char *addr, uint16_t port, const void *buf, size_t len)
{
	struct sockaddr_storage	 ss;
	socklen_t		 slen;

	slen = make_address(&ss, addr, port);
	return (sendto(fd, buf, len, 0, (struct sockaddr *)&ss, slen));
}

/* Wait until a descriptor can be read: 1, or 0 after ms. */
static inline int
readable(int fd, int ms)
{
	struct pollfd	 pfd;

	pfd.fd = fd;
	pfd.events = POLLIN;
	return (poll(&pfd, 1, ms) == 1);
}

/* The next datagram, -1 when none comes in time. */
static inline ssize_t
udp_recv(int fd, void *buf, size_t size)
{
	if (!readable(fd, WAIT_MS))
		return (-1);
	return (recv(fd, buf, size, 0));
}

#endif
