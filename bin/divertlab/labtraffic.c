/* SPDX-License-Identifier: ISC */

/*
 * divertlab-traffic: what divertlab and the live tests need and a machine
 * may lack: a sender and a receiver that count exactly, a way into a network
 * of namespaces, and the kernel's own figures.
 */

#include "compat.h"

#include <sys/types.h>

#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "labtraffic.h"

static void		 usage(void);
static unsigned int	 figure(const char *, long long, long long);
static int		 traffic(int, char **);

static void
usage(void)
{
	fputs("usage: divertlab-traffic send ping|udp|tcp [options] address\n"
	    "       divertlab-traffic recv udp|tcp [options] [address]\n"
	    "       divertlab-traffic queue [-s] [-p pid] [-t seconds] "
	    "number\n"
	    "       divertlab-traffic counters\n"
	    "       divertlab-traffic offload interface on|off\n"
	    "       divertlab-traffic enter [options] command [arg ...]\n"
	    "       divertlab-traffic in namespace command [arg ...]\n"
	    "       divertlab-traffic name [-s] file\n"
	    "       divertlab-traffic run command [arg ...]\n"
	    "       divertlab-traffic watch [-m hex] [-t seconds]\n"
	    "options of send and recv: [-b burst] [-f file] [-L seed] "
	    "[-l bytes]\n"
	    "       [-n count] [-P] [-p port] [-q seqs] [-r pps] [-s size] "
	    "[-t seconds]\n"
	    "       [-w wait_ms] [-x text]\n", stderr);
	exit(2);
}

static unsigned int
figure(const char *text, long long min, long long max)
{
	const char	*error;
	long long	 n;

	n = strtonum(text, min, max, &error);
	if (error != NULL)
		errx(2, "%s: %s", text, error);
	return ((unsigned int)n);
}

static int
traffic(int argc, char **argv)
{
	struct order	 order = {
		.bytes = 1000000, .port = 7000, .count = 100, .size = 56,
		.rate_pps = 1000, .burst = 1, .wait_ms = 2000, .limit_s = 60,
		.seed = 1
	};
	const char	*what, *error;
	int		 ch, send, counted = 0;

	send = strcmp(argv[0], "send") == 0;
	if (argc < 2)
		usage();
	what = argv[1];
	argc--;
	argv++;
	while ((ch = getopt(argc, argv, "+b:f:L:l:n:Pp:q:r:s:t:w:x:")) != -1)
		switch (ch) {
		case 'b':
			order.burst = figure(optarg, 1, 65536);
			break;
		case 'f':
			order.file = optarg;
			break;
		case 'L':
			order.seed = figure(optarg, 0, 0x7fffffff);
			break;
		case 'l':
			order.bytes = (uint64_t)strtonum(optarg, 0,
			    1LL << 40, &error);
			if (error != NULL)
				errx(2, "%s: %s", optarg, error);
			break;
		case 'n':
			order.count = figure(optarg, 0, 1 << 24);
			counted = 1;
			break;
		case 'P':
			order.print = 1;
			break;
		case 'p':
			order.port = figure(optarg, 1, 65535);
			break;
		case 'q':
			order.seqs_path = optarg;
			break;
		case 'r':
			order.rate_pps = figure(optarg, 0, 100000000);
			break;
		case 's':
			order.size = figure(optarg, 8, 65507);
			break;
		case 't':
			order.limit_s = figure(optarg, 1, 86400);
			break;
		case 'w':
			order.wait_ms = figure(optarg, 0, 600000);
			break;
		case 'x':
			order.text = optarg;
			break;
		default:
			usage();
		}
	argc -= optind;
	argv += optind;
	if (argc > 1 || (send && argc == 0))
		usage();
	order.addr = argc == 1 ? argv[0] : NULL;
	if (!send && !counted)
		order.count = 0;
	stop_install(order.limit_s);
	if (send && strcmp(what, "ping") == 0) {
		/* The number is 16 bits wide on the wire. */
		if (order.count > 65536)
			errx(2, "%u: at most 65536 pings", order.count);
		return (ping_send(&order));
	}
	if (strcmp(what, "udp") == 0)
		return (send ? udp_send(&order) : udp_recv(&order));
	if (strcmp(what, "tcp") == 0)
		return (send ? tcp_send(&order) : tcp_recv(&order));
	usage();
	return (2);
}

int
main(int argc, char **argv)
{
	static const struct {
		const char	*name;
		int		(*run)(int, char **);
	} mode[] = {
		{ "send", traffic }, { "recv", traffic },
		{ "queue", kernel_queue }, { "counters", kernel_counters },
		{ "offload", kernel_offload }, { "enter", sandbox_enter },
		{ "in", sandbox_in }, { "name", sandbox_name },
		{ "run", sandbox_run }, { "watch", lab_watch }
	};
	size_t	 i;

	for (i = 0; argc > 1 && i < sizeof(mode) / sizeof(mode[0]); i++)
		if (strcmp(argv[1], mode[i].name) == 0)
			return (mode[i].run(argc - 1, argv + 1));
	usage();
	return (2);
}
