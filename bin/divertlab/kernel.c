/* SPDX-License-Identifier: ISC */

/*
 * What the kernel says and is told: offloads of an interface, its counters
 * of errors, the state of a queue.  It speaks for the namespace it runs in.
 */

#include "compat.h"

#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <linux/ethtool.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <linux/netlink.h>
#include <linux/sockios.h>

#include "labtraffic.h"

#define QUEUES	"/proc/net/netfilter/nfnetlink_queue"

struct queue {
	unsigned long	 portid, waiting, mode, dropped, user_dropped, id;
};

static void	counters4(int *);
static void	counters6(int *);
static int	wanted(const char *);
static int	queue_read(unsigned int, struct queue *);
static int	queue_taken(unsigned int);
static int	ended(unsigned int);

/* offload interface on|off: checksums and segmentation, both directions. */
int
kernel_offload(int argc, char **argv)
{
	/* Segmentation depends on checksums: off from the top, on reversed. */
	static const uint32_t what[] = {
		ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SGRO, ETHTOOL_SSG,
		ETHTOOL_STXCSUM, ETHTOOL_SRXCSUM
	};
	struct ethtool_value	 value;
	struct ifreq		 ifr;
	size_t			 i, n = sizeof(what) / sizeof(what[0]);
	int			 fd, on;

	if (argc != 3)
		errx(2, "usage: divertlab-traffic offload interface on|off");
	on = strcmp(argv[2], "on") == 0;
	if ((fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		err(1, "socket");
	memset(&ifr, 0, sizeof(ifr));
	if (strlcpy(ifr.ifr_name, argv[1], sizeof(ifr.ifr_name)) >=
	    sizeof(ifr.ifr_name))
		errx(2, "%s: name too long", argv[1]);
	for (i = 0; i < n; i++) {
		value.cmd = what[on ? n - 1 - i : i];
		value.data = (uint32_t)on;
		ifr.ifr_data = (void *)&value;
		/* An interface that has no such feature has it off. */
		if (ioctl(fd, SIOCETHTOOL, &ifr) == -1 &&
		    errno != EOPNOTSUPP)
			err(1, "%s: offload", argv[1]);
	}
	close(fd);
	return (0);
}

/* Errors, and the totals that give them a measure. */
static int
wanted(const char *name)
{
	return (strstr(name, "Err") != NULL || strstr(name, "NoPorts") ||
	    strstr(name, "InDatagrams") || strstr(name, "OutDatagrams") ||
	    strstr(name, "ReasmOKs") || strstr(name, "InReceives") ||
	    strstr(name, "ForwDatagrams") || strstr(name, "InDiscards"));
}

static void
emit(const char *group, const char *name, const char *value, int *comma)
{
	printf("%s\"%s%s\":%s", (*comma)++ ? "," : "", group, name, value);
}

/* /proc/net/snmp has pairs of lines: names, then values. */
static void
counters4(int *comma)
{
	FILE	*f;
	char	 names[4096], values[4096], group[32];
	char	*name, *value, *np, *vp;

	if ((f = fopen("/proc/net/snmp", "r")) == NULL)
		err(1, "/proc/net/snmp");
	while (fgets(names, sizeof(names), f) != NULL &&
	    fgets(values, sizeof(values), f) != NULL) {
		name = strtok_r(names, ": \n", &np);
		value = strtok_r(values, ": \n", &vp);
		if (name == NULL || value == NULL)
			continue;
		strlcpy(group, name, sizeof(group));
		while ((name = strtok_r(NULL, " \n", &np)) != NULL &&
		    (value = strtok_r(NULL, " \n", &vp)) != NULL)
			if (wanted(name) && strcmp(group, "UdpLite") != 0)
				emit(group, name, value, comma);
	}
	fclose(f);
}

/* /proc/net/snmp6 has one pair on a line. */
static void
counters6(int *comma)
{
	FILE	*f;
	char	 name[64], value[32];

	if ((f = fopen("/proc/net/snmp6", "r")) == NULL)
		return;		/* a kernel without IPv6 */
	while (fscanf(f, "%63s %31s", name, value) == 2)
		if (wanted(name) && strncmp(name, "UdpLite6", 8) != 0)
			emit("", name, value, comma);
	fclose(f);
}

/* How many packets were for this machine itself, and passed the rules. */
unsigned long long
kernel_delivered(void)
{
	FILE			*f;
	char			 line[2][4096], *name, *value, *np, *vp;
	char			 key[64];
	unsigned long long	 n, total = 0;

	if ((f = fopen("/proc/net/snmp", "r")) == NULL)
		err(1, "/proc/net/snmp");
	while (fgets(line[0], sizeof(line[0]), f) != NULL &&
	    fgets(line[1], sizeof(line[1]), f) != NULL) {
		if (strncmp(line[0], "Ip: ", 4) != 0)
			continue;
		name = strtok_r(line[0], " \n", &np);
		value = strtok_r(line[1], " \n", &vp);
		while (name != NULL && value != NULL) {
			if (strcmp(name, "InDelivers") == 0 ||
			    strcmp(name, "InUnknownProtos") == 0)
				total += strtoull(value, NULL, 10);
			name = strtok_r(NULL, " \n", &np);
			value = strtok_r(NULL, " \n", &vp);
		}
	}
	fclose(f);
	if ((f = fopen("/proc/net/snmp6", "r")) == NULL)
		return (total);
	while (fscanf(f, "%63s %llu", key, &n) == 2)
		if (strcmp(key, "Ip6InDelivers") == 0 ||
		    strcmp(key, "Ip6InUnknownProtos") == 0)
			total += n;
	fclose(f);
	return (total);
}

/* counters: one JSON object of what /proc/net/snmp and snmp6 count. */
int
kernel_counters(int argc, char **argv)
{
	int	 comma = 0;

	(void)argv;
	if (argc != 1)
		errx(2, "usage: divertlab-traffic counters");
	putchar('{');
	counters4(&comma);
	counters6(&comma);
	puts("}");
	return (0);
}

/* Read the queue's line.  Returns 1, 0 when there is none, -1 with errno. */
static int
queue_read(unsigned int number, struct queue *q)
{
	FILE		*f;
	unsigned long	 n, range;
	int		 found = 0;

	if ((f = fopen(QUEUES, "r")) == NULL)
		return (-1);
	while (!found && fscanf(f, "%lu %lu %lu %lu %lu %lu %lu %lu %*u",
	    &n, &q->portid, &q->waiting, &q->mode, &range, &q->dropped,
	    &q->user_dropped, &q->id) == 8)
		found = n == number;
	fclose(f);
	return (found);
}

/*
 * Whether someone listens on the queue, where /proc does not tell: the file
 * belongs to the machine's root, whom a user namespace of another user does
 * not contain.  A change of parameters without a bind is refused with ENODEV
 * when there is no queue and with EPERM when it is another's, and changes
 * nothing either way (nfnetlink_queue.c, nfqnl_recv_config).
 */
static int
queue_taken(unsigned int number)
{
	struct {
		struct nlmsghdr	 nlh;
		struct nfgenmsg	 nfg;
		struct nlattr	 attr;
		uint32_t	 maxlen;
	} ask = {
		.nlh = {
			.nlmsg_len = sizeof(ask),
			.nlmsg_type = NFNL_SUBSYS_QUEUE << 8 |
			    NFQNL_MSG_CONFIG,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK
		},
		.nfg = {
			.version = NFNETLINK_V0,
			.res_id = htons((uint16_t)number)
		},
		.attr = {
			.nla_len = sizeof(ask.attr) + sizeof(ask.maxlen),
			.nla_type = NFQA_CFG_QUEUE_MAXLEN
		},
		.maxlen = htonl(1024)
	};
	struct {
		struct nlmsghdr	 nlh;
		struct nlmsgerr	 error;
		char		 rest[256];
	} answer;
	int		 fd, taken = 0;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (fd == -1)
		err(1, "netlink");
	if (send(fd, &ask, sizeof(ask), 0) == (ssize_t)sizeof(ask) &&
	    recv(fd, &answer, sizeof(answer), 0) >=
	    (ssize_t)(sizeof(answer.nlh) + sizeof(answer.error)) &&
	    answer.nlh.nlmsg_type == NLMSG_ERROR)
		taken = answer.error.error == -EPERM;
	close(fd);
	return (taken);
}

/* Whether a process has ended, be it waited for or not. */
static int
ended(unsigned int pid)
{
	FILE	*f;
	char	 path[64], state = 'Z';

	snprintf(path, sizeof(path), "/proc/%u/stat", pid);
	if ((f = fopen(path, "r")) == NULL)
		return (1);
	if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = 'Z';
	fclose(f);
	return (state == 'Z');
}

/*
 * queue number [-s] [-p pid] [-t seconds]: wait until someone listens on the
 * queue and has said what is to be copied; with -s, until no packet waits for
 * a verdict; no longer than process pid lives.  Print its state, null where
 * it is not known.  Returns 1 when the time was over first, 3 when the
 * process was.
 */
int
kernel_queue(int argc, char **argv)
{
	struct queue	 q = { 0 };
	uint64_t	 end;
	unsigned int	 number = 0, limit_s = 10, pid = 0;
	const char	*error = NULL;
	int		 ch, known, result = 0, settled = 0;

	while ((ch = getopt(argc, argv, "p:st:")) != -1) {
		switch (ch) {
		case 'p':
			pid = (unsigned int)strtonum(optarg, 1, 1 << 30,
			    &error);
			break;
		case 's':
			settled = 1;
			break;
		case 't':
			limit_s = (unsigned int)strtonum(optarg, 0, 86400,
			    &error);
			break;
		default:
			error = "no such option";
		}
		if (error != NULL)
			errx(2, "queue: %s", error);
	}
	if (optind != argc - 1)
		errx(2, "usage: divertlab-traffic queue [-s] [-p pid] "
		    "[-t seconds] number");
	number = (unsigned int)strtonum(argv[optind], 0, 65535, &error);
	if (error != NULL)
		errx(2, "%s: %s", argv[optind], error);
	stop_install(limit_s);
	end = clock_ns() + (uint64_t)limit_s * 1000000000;
	for (;;) {
		known = queue_read(number, &q);
		/* mode 0: bound, but packets are refused until it is set */
		if (known == 1 && q.mode != 0 && (!settled || q.waiting == 0))
			break;
		if (known == -1 && queue_taken(number)) {
			/* Its parameters come in the next messages. */
			clock_sleep_until(clock_ns() + 50000000);
			break;
		}
		if (pid != 0 && ended(pid))
			result = 3;
		else if (stop_asked() || clock_ns() >= end)
			result = 1;
		if (result != 0)
			break;
		clock_sleep_until(clock_ns() + 5000000);
	}
	if (known == 1)
		printf("{\"queue\":%u,\"portid\":%lu,\"waiting\":%lu,"
		    "\"dropped\":%lu,\"user_dropped\":%lu,\"id\":%lu}\n",
		    number, q.portid, q.waiting, q.dropped, q.user_dropped,
		    q.id);
	else
		puts("null");
	return (result);
}
