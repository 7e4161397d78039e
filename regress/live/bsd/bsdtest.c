/* SPDX-License-Identifier: ISC */
/*
 * divert(4) of a running OpenBSD or FreeBSD, clause by clause.
 *
 *	cc -o bsdtest bsdtest.c
 *
 * One program in some parts, which it includes: the base system's compiler
 * and headers are all it needs.  It holds the far ends of two tun devices as
 * the wire, crafts every packet itself, opens divert sockets directly, and
 * prints TAP, one point for each line of points.c.  run.sh makes the devices
 * and the rules, and calls it.
 *
 * With -T the test is tested, on any system: the packets against known ones,
 * and all clauses on a model of each kernel, which -M breaks on purpose.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <netinet/in.h>
#include <arpa/inet.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "craft.c"
#include "kernel.h"
#include "points.c"

static void	 point(const char *, const char *, ...)
		    __attribute__((__format__(__printf__, 2, 3)));
static void	 point_note(const char *, ...)
		    __attribute__((__format__(__printf__, 1, 2)));
static void	 point_bail(const char *);

#include "clauses.c"
#include "kernel_model.c"
#if defined(__OpenBSD__) || defined(__FreeBSD__)
#include "kernel_bsd.c"
#define HAVE_KERNEL	1
#else
#define HAVE_KERNEL	0
#endif

static int	 tests, failures, skips;
static int	 said[NPOINTS];		/* by this run over a system */
static int	 column;		/* of points.c */

/* ---- TAP ----------------------------------------------------------------- */

static void
ok(int good, const char *text)
{
	printf("%sok %d - %s\n", good ? "" : "not ", ++tests, text);
	if (!good)
		failures++;
}

/* What a point found: any line but the one that was expected is a failure. */
static void
point(const char *name, const char *fmt, ...)
{
	const struct point	*p = NULL;
	const char		*want;
	char			 got[160];
	va_list			 ap;
	size_t			 i;

	va_start(ap, fmt);
	vsnprintf(got, sizeof(got), fmt, ap);
	va_end(ap);
	for (i = 0; i < NPOINTS; i++)
		if (strcmp(points[i].name, name) == 0)
			p = &points[i];
	if (p == NULL) {
		printf("not ok %d - %s: no such point\n", ++tests, name);
		failures++;
		return;
	}
	said[p - points]++;
	want = p->want[column];
	tests++;
	if (want[0] == '?' && strcmp(want + 1, got) != 0) {
		printf("ok %d - %s (%d, %s) %s # SKIP %s%s%s: is %s\n", tests,
		    name, p->clause, p->seen, p->text,
		    want[1] == '\0' ? "not known" : "read, not seen: \"",
		    want + 1, want[1] == '\0' ? "" : "\"", got);
		skips++;
	} else if (strcmp(want[0] == '?' ? want + 1 : want, got) == 0) {
		printf("ok %d - %s (%d, %s) %s: %s\n", tests, name, p->clause,
		    p->seen, p->text, got);
	} else {
		printf("not ok %d - %s (%d, %s) %s: %s, expected %s\n", tests,
		    name, p->clause, p->seen, p->text, got, want);
		failures++;
	}
	fflush(stdout);
}

static void
point_note(const char *fmt, ...)
{
	va_list	 ap;

	printf("# ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
}

static void
point_bail(const char *why)
{
	printf("Bail out! %s\n", why);
	failures++;
}

/* Points that were not reached have failed, and so has one said twice. */
static void
account(void)
{
	size_t	 i;

	for (i = 0; i < NPOINTS; i++) {
		if (said[i] == 1)
			continue;
		if (said[i] > 1) {
			printf("not ok %d - %s: said %d times\n", ++tests,
			    points[i].name, said[i]);
			failures++;
		} else if (strcmp(points[i].want[column], "-") == 0) {
			printf("ok %d - %s # SKIP does not arise here\n",
			    ++tests, points[i].name);
			skips++;
		} else {
			printf("not ok %d - %s (%d, %s) %s: not reached\n",
			    ++tests, points[i].name, points[i].clause,
			    points[i].seen, points[i].text);
			failures++;
		}
	}
}

static int
finish(void)
{
	printf("1..%d\n", tests);
	printf("# %d passed, %d failed, %d skipped\n",
	    tests - failures - skips, failures, skips);
	return (failures == 0 ? 0 : 1);
}

static void
over_time(int sig)
{
	static const char	 text[] = "Bail out! the time is over\n";

	(void)sig;
	if (write(STDOUT_FILENO, text, sizeof(text) - 1) == -1)
		_exit(2);
	_exit(1);
}

/* ---- the test of the test ------------------------------------------------ */

/* Packets made elsewhere, byte for byte; the sums are theirs. */
static const unsigned char	 known_udp4[] = {
	0x45, 0x00, 0x00, 0x23, 0x30, 0x39, 0x00, 0x00, 0x40, 0x11, 0x5e, 0x59,
	0xc0, 0x00, 0x02, 0x02, 0xc6, 0x33, 0x64, 0x02, 0x13, 0x88, 0x1b, 0x58,
	0x00, 0x0f, 0x53, 0x8a, 'a', 'b', 'c', 'd', 'e', 'f', 'g'
};

static void
craft_test(void)
{
	static struct packet	 p, q, whole;
	struct ends		 e;
	size_t			 i;

	memcpy(p.b, known_udp4, sizeof(known_udp4));
	p.n = sizeof(known_udp4);
	ok(ip_good(&p) && l4_good(&p), "a known UDP packet is good");
	memcpy(q.b, p.b, p.n);
	q.n = p.n;
	fix(&q);
	ok(memcmp(p.b, q.b, p.n) == 0, "its sums are computed as they were");
	for (i = 0; i < 20; i++) {
		q.b[i] ^= 0x10;
		if (ip_good(&q))
			break;
		q.b[i] ^= 0x10;
	}
	ok(i == 20, "a bit of the IP header is missed by its sum");
	for (i = 20; i < q.n; i++) {
		q.b[i] ^= 0x10;
		if (l4_good(&q))
			break;
		q.b[i] ^= 0x10;
	}
	ok(i == q.n, "a bit of what follows is missed by its sum");
	/* The example of RFC 1071: 0001 f203 f4f5 f6f7 sum to ddf2. */
	ok(ones_sum((const unsigned char *)"\0\1\362\3\364\365\366\367", 8,
	    0) == 0xddf2, "the example of RFC 1071");

	memset(&e, 0, sizeof(e));
	e.version = 4;
	memcpy(e.from, far_a, 4);
	memcpy(e.to, far_b, 4);
	e.sport = 5000;
	e.dport = 7000;
	craft(&p, &e, P_TCP, 101, 9);
	ok(ip_good(&p) && l4_good(&p) && p.n == 141 && cookie_of(&p) == 9,
	    "TCP, odd length");
	craft(&p, &e, P_ICMP, 64, 10);
	ok(ip_good(&p) && l4_good(&p) && p.n == 92 && cookie_of(&p) == 10,
	    "ICMP");
	craft(&p, &e, P_UDP, 2000, 11);
	whole.n = 0;
	fragment(&q, &p, 0, 1024);
	ok(is_fragment(&q) && cookie_of(&q) == 11 && !assemble(&whole, &q),
	    "a first piece");
	fragment(&q, &p, 1024, 1024);
	ok(is_fragment(&q) && cookie_of(&q) == 0 && assemble(&whole, &q),
	    "a last piece");
	ok(whole.n == p.n && memcmp(whole.b, p.b, p.n) == 0,
	    "the pieces are the whole");
	e.version = 6;
	memcpy(e.from, far_a6, 16);
	memcpy(e.to, far_b6, 16);
	craft(&p, &e, P_UDP, 33, 12);
	ok(l4_good(&p) && p.n == 81 && cookie_of(&p) == 12, "UDP over IPv6");
	craft(&p, &e, P_ICMP6, 33, 13);
	ok(l4_good(&p), "ICMPv6");
	p.b[70] ^= 1;
	ok(!l4_good(&p), "ICMPv6, changed");
}

static void
points_test(void)
{
	size_t	 i, j;
	int	 bad = 0, n, seen_on[SYSTEMS] = { 0, 0, 0 };

	for (i = 0; i < NPOINTS; i++) {
		for (j = 0; j < i; j++)
			bad |= strcmp(points[i].name, points[j].name) == 0;
		bad |= points[i].clause < 0 || points[i].clause > 16;
		for (n = 0; n < SYSTEMS; n++) {
			bad |= points[i].want[n] == NULL;
			if (strchr("?-", points[i].want[n][0]) == NULL)
				seen_on[n]++;
		}
		/* What was seen says where. */
		if (strchr("?-", points[i].want[OPENBSD][0]) == NULL)
			bad |= strchr(points[i].seen, 'O') == NULL;
	}
	ok(!bad, "the points have names of their own, and clauses");
	ok(seen_on[OPENBSD] > 50 && seen_on[FREEBSD12] > 20,
	    "enough of them were seen on a kernel");
}

/* One line for each point, for regress/bin/clauses.sh. */
static int
list_points(void)
{
	size_t	 i;

	for (i = 0; i < NPOINTS; i++)
		printf("%s\t%d\t%s\t%s\t%s\t%s\n", points[i].name,
		    points[i].clause, points[i].seen, points[i].want[OPENBSD],
		    points[i].want[FREEBSD12], points[i].want[FREEBSD14]);
	return (0);
}

static int
self_test(const char *broken)
{
	static const char *const	 systems[] =
					    { "OpenBSD", "FreeBSD 12",
					    "FreeBSD 14" };
	int				 n;

	/* The model has no delays. */
	quiet = 0;
	late = 100;
	if (broken == NULL) {
		craft_test();
		points_test();
	} else if (!model_break(broken)) {
		fprintf(stderr, "bsdtest: %s: no such breakage; there are:\n",
		    broken);
		model_breakages();
		return (2);
	}
	for (n = 0; n < SYSTEMS; n++) {
		point_note("the model of %s", systems[n]);
		memset(said, 0, sizeof(said));
		column = n;
		clauses(model_kernel(n));
		account();
	}
	return (finish());
}

/* ---- a command between the wires ----------------------------------------- */

#if HAVE_KERNEL
static pid_t	 command_pid = -1;

static void
stop_command(int sig)
{
	if (command_pid > 0)
		kill(command_pid, sig);
}

/* Whether `path' has a line with the word; the command says so itself. */
static int
says(const char *path, const char *word)
{
	char	 line[512];
	FILE	*fp;
	int	 found = 0;

	if ((fp = fopen(path, "r")) == NULL)
		return (0);
	while (!found && fgets(line, sizeof(line), fp) != NULL)
		found = strstr(line, word) != NULL;
	fclose(fp);
	return (found);
}

/*
 * Start a command that listens on the port, wait until `path' has a line with
 * "ready", send `count' packets each way in each family, and say what came
 * out.  Packets cross one after the other, in windows of 16.
 */
static int
exercise(struct kernel *kernel, const char *path, int count, char **argv)
{
	static struct packet	 p;
	static const char *const names[] =
				    { "in4", "out4", "in6", "out6" };
	int			 way_n, i, got[4] = { 0, 0, 0, 0 }, bad = 0;
	int			 changed = 0, status, wire;
	long			 end;
	uint32_t		 first;

	k = kernel;
	if (!ready())
		return (1);
	if ((command_pid = fork()) == -1) {
		perror("fork");
		return (1);
	}
	if (command_pid == 0) {
		/* Outlives no test. */
		alarm(60);
		execvp(argv[0], argv);
		perror(argv[0]);
		_exit(127);
	}
	end = now_ms() + 10000;
	while (!says(path, "ready") && now_ms() < end) {
		if (waitpid(command_pid, &status, WNOHANG) == command_pid) {
			printf("ended=%d\n", WIFEXITED(status) ?
			    WEXITSTATUS(status) : 128 + WTERMSIG(status));
			return (1);
		}
		k->wait_wire(WIRE_B, 50);
		while (k->receive(WIRE_B, &p))
			;
	}
	for (way_n = 0; way_n < 4; way_n++) {
		wire = way_n & 1 ? WIRE_B : WIRE_A;
		first = cookies + 1;
		for (i = 0; i < count; i++) {
			if (way_n < 2)
				make4(&p, way_n & 1 ? far_b : far_a,
				    way_n & 1 ? far_a : far_b, P_UDP, 7000, 64);
			else
				make6(&p, way_n & 1 ? far_b6 : far_a6,
				    way_n & 1 ? far_a6 : far_b6, P_UDP, 64);
			k->transmit(wire, &p);
			if (i % 16 != 15 && i != count - 1)
				continue;
			end = now_ms() + 3000;
			while (got[way_n] <= i && now_ms() < end) {
				if (!k->receive(1 - wire, &p)) {
					k->wait_wire(1 - wire, 100);
					continue;
				}
				if (cookie_of(&p) < first ||
				    cookie_of(&p) > cookies)
					continue;
				got[way_n]++;
				if (!ip_good(&p) || !l4_good(&p))
					bad++;
				if (payload_of(&p)[8] !=
				    filling(8, cookie_of(&p)))
					changed++;
			}
		}
	}
	kill(command_pid, SIGINT);
	end = now_ms() + 10000;
	while (waitpid(command_pid, &status, WNOHANG) == 0) {
		if (now_ms() > end)
			kill(command_pid, SIGKILL);
		k->wait_wire(WIRE_B, 50);
		while (k->receive(WIRE_B, &p))
			;
	}
	for (i = 0; i < 4; i++)
		printf("%s=%d ", names[i], got[i]);
	printf("bad=%d changed=%d ended=%d\n", bad, changed,
	    WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return (0);
}
#endif

/* ---- */

static void
usage(void)
{
	fprintf(stderr, "usage: bsdtest -L | -T\n"
	    "       bsdtest -M breakage\n"
	    "       bsdtest [-a seconds] [-n rule] [-q ms] -s command "
	    "tunA tunB\n"
	    "       bsdtest [-a seconds] [-n rule] -s command -e file -c count "
	    "tunA tunB\n"
	    "               command [arg ...]\n");
	exit(2);
}

int
main(int argc, char **argv)
{
	const char	*broken = NULL, *path = NULL, *setup = NULL;
	int		 ch, count = 20, self = 0, seconds = 240;
	unsigned int	 rule = 0;

	while ((ch = getopt(argc, argv, "a:c:e:LM:n:q:s:T")) != -1)
		switch (ch) {
		case 'a':
			seconds = atoi(optarg);
			break;
		case 'c':
			count = atoi(optarg);
			break;
		case 'e':
			path = optarg;
			break;
		case 'L':
			return (list_points());
		case 'M':
			broken = optarg;
			self = 1;
			break;
		case 'n':
			rule = (unsigned int)atoi(optarg);
			break;
		case 'q':
			quiet = atoi(optarg);
			break;
		case 's':
			setup = optarg;
			break;
		case 'T':
			self = 1;
			break;
		default:
			usage();
		}
	argc -= optind;
	argv += optind;
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGALRM, over_time);
	signal(SIGPIPE, SIG_IGN);
	alarm(seconds > 0 ? (unsigned int)seconds : 240);
	if (self)
		return (self_test(broken));
	if (setup == NULL || argc < 2 || (path == NULL) != (argc == 2))
		usage();
#if HAVE_KERNEL
	{
		struct kernel	*kernel;

		if ((kernel = bsd_kernel(argv[0], argv[1], rule,
		    setup)) == NULL)
			return (1);
		column = kernel->system;
		if (path != NULL) {
			signal(SIGTERM, stop_command);
			return (exercise(kernel, path, count, argv + 2));
		}
		clauses(kernel);
		account();
		return (finish());
	}
#else
	(void)count;
	(void)rule;
	printf("1..0 # SKIP neither OpenBSD nor FreeBSD: only -T runs here\n");
	return (0);
#endif
}
