/* SPDX-License-Identifier: ISC */

/*
 * Answers to rejected packets against those of the kernel itself: packets go
 * into it by a TUN device, to ports nobody listens on, and what comes out is
 * held against what reject_make() makes of the same packet.
 */

#include "compat.h"

#ifdef __linux__

#include "../../bin/divertinject/reject.c"

#include <sys/ioctl.h>

#include <linux/if_tun.h>
#include <net/if.h>

#include "../lib/packets.h"
#include "live.h"

static int		 tun;
static struct bytes	 o;

static void
open_tun(void)
{
	struct ifreq	 ifr;
	const char	*dir, *quiet[] = {
		"/proc/sys/net/ipv4/icmp_ratelimit",
		"/proc/sys/net/ipv6/icmp/ratelimit"
	};
	size_t		 i;

	dir = getenv("TMPDIR");
	snprintf(live_lock, sizeof(live_lock), "%s/live.%ld.lock",
	    dir != NULL ? dir : "/tmp", (long)getpid());
	setenv("XTABLES_LOCKFILE", live_lock, 1);
	enter_namespace();
	if ((tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK)) ==
	    -1)
		skip_all("no /dev/net/tun to be had");
	memset(&ifr, 0, sizeof(ifr));
	ifr.ifr_flags = IFF_TUN | IFF_NO_PI;
	strlcpy(ifr.ifr_name, "rej0", sizeof(ifr.ifr_name));
	if (ioctl(tun, TUNSETIFF, &ifr) == -1)
		skip_all("no TUN device here");
	if (system("exec >/dev/null 2>&1; ip addr add 10.1.0.1/24 dev rej0 && "
	    "ip -6 addr add fd01::1/64 dev rej0 nodad && "
	    "ip link set rej0 up mtu 9000") != 0)
		skip_all("no ip command");
	for (i = 0; i < 2; i++)
		write_file(quiet[i], "0");
	write_file("/proc/sys/net/ipv4/icmp_msgs_per_sec", "100000");
	write_file("/proc/sys/net/ipv4/icmp_msgs_burst", "100000");
}

/* The next packet to 10.1.0.2 or fd01::2 that the kernel sends, or -1. */
static ssize_t
receive(uint8_t *buf, size_t size, int ms)
{
	static const uint8_t	 six[16] = { 0xfd, 1, [15] = 2 };
	static const uint8_t	 four[4] = { 10, 1, 0, 2 };
	ssize_t			 n;

	while (readable(tun, ms)) {
		if ((n = read(tun, buf, size)) < 20)
			continue;
		if (buf[0] >> 4 == 4 ? memcmp(buf + 16, four, 4) == 0 :
		    memcmp(buf + 24, six, 16) == 0)
			return (n);
	}
	return (-1);
}

/*
 * What may differ: id and its sum, time to live, "do not fragment" and type of
 * service of IPv4, flow label of IPv6.
 */
static void
level(uint8_t *p)
{
	if (p[0] >> 4 == 6) {
		memset(p, 0, 4);
		p[7] = 0;
		return;
	}
	p[1] = 0;
	memset(p + 4, 0, 5);
	memset(p + 10, 0, 2);
}

/* Write what is in o, and compare the answers, both of which may be none. */
static void
compare(const char *name)
{
	static uint8_t		 room[REJECT_SIZE], kernel[70000];
	struct divert_layout	 layout;
	struct divert_packet	 answer, pkt;
	enum reject_reason	 why;
	ssize_t			 n;
	uint32_t		 i;
	int			 mine;

	memset(&pkt, 0, sizeof(pkt));
	pkt.data = o.b;
	pkt.len = pkt.wirelen = (uint32_t)o.n;
	pkt.direction = DIVERT_DIRECTION_IN;
	(void)divert_packet_parse(o.b, o.n, &layout);
	mine = reject_make(&pkt, &layout, room, sizeof(room), &answer, &why);
	if (write(tun, o.b, o.n) != (ssize_t)o.n)
		bail("write");
	/* An answer is written before write(2) returns, or by a softirq. */
	n = receive(kernel, sizeof(kernel), mine ? WAIT_MS : 100);
	if (!mine || n == -1) {
		if (!ok(!mine && n == -1, "%s: no answer", name))
			printf("# %s from the kernel, %s here\n",
			    n == -1 ? "none" : "one",
			    reject_reason_name(why));
		return;
	}
	level(kernel);
	level(answer.data);
	for (i = 0; i < answer.len && i < (size_t)n; i++)
		if (kernel[i] != answer.data[i])
			break;
	if (!ok((size_t)n == answer.len && i == answer.len, "%s", name))
		printf("# byte %u: %02x, the kernel has %02x; %u bytes, the "
		    "kernel has %zd\n", i, answer.data[i], kernel[i],
		    answer.len, n);
}

static void
segment(const struct params *p, int six, unsigned int flags)
{
	size_t	 at, ip;

	o.n = 0;
	ip = six ? begin6(&o, p, 6) : begin4(&o, p, 6, 0, "", 0);
	at = o.n;
	tcp_part(&o, p, ip, 0, 0x10, TCP_STAMP, 12);
	o.b[at + 13] = (uint8_t)flags;
	end_l4(&o, ip, at, 6, 16, 0, 0);
	end_ip(&o, ip);
}

static void
compare_segments(struct params *p, int six)
{
	static const unsigned int	 flags[] = { 0x02, 0xc2, 0x12, 0x10,
					    0x18, 0x11, 0x03, 0x29, 0x00,
					    0x04, 0x14 };
	static const size_t		 sizes[] = { 0, 1, 100, 1400 };
	char				 name[80];
	size_t				 i, j;

	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		for (j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++) {
			p->payload = sizes[j];
			p->sport = (uint16_t)(10000 + i * 100 + j);
			segment(p, six, flags[i]);
			snprintf(name, sizeof(name),
			    "tcp%d flags %02x with %zu bytes", six ? 6 : 4,
			    flags[i], sizes[j]);
			compare(name);
		}
	}
	segment(p, six, 0x02);
	o.b[o.n - 1] ^= 1;
	compare(six ? "tcp6 with a wrong sum" : "tcp4 with a wrong sum");
}

static void
compare_datagrams(struct params *p, int six)
{
	static const size_t	 sizes[] = { 0, 20, 519, 520, 521, 600, 1191,
				    1192, 1193, 3000 };
	char			 name[80];
	size_t			 i, ip;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		p->payload = sizes[i];
		o.n = 0;
		ip = six ? begin6(&o, p, 17) : begin4(&o, p, 17, 0, "", 0);
		udp_part(&o, p, ip, 0, 17, 0);
		end_ip(&o, ip);
		snprintf(name, sizeof(name), "udp%d with %zu bytes",
		    six ? 6 : 4, sizes[i]);
		compare(name);
	}
	o.b[o.n - 1] ^= 1;
	compare(six ? "udp6 with a wrong sum" : "udp4 with a wrong sum");
}

/* To and from addresses nobody answers to. */
static void
compare_addresses(void)
{
	static const struct {
		const char	*src, *dst;
	} some[] = {
		{ "10.1.0.2", "255.255.255.255" },
		{ "10.1.0.2", "224.0.0.1" },
		{ "0.0.0.0", "10.1.0.1" },
		{ "127.0.0.1", "10.1.0.1" },
		{ "224.0.0.1", "10.1.0.1" },
		{ "fd01::2", "ff02::1" },
		{ "::", "fd01::1" },
		{ "::1", "fd01::1" },
		{ "ff02::1", "fd01::1" }
	};
	struct params	 p = standard;
	char		 name[80];
	size_t		 i;

	p.dport = 9;
	for (i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
		p.src4 = p.src6 = some[i].src;
		p.dst4 = p.dst6 = some[i].dst;
		sample(strchr(some[i].src, ':') != NULL ? 25 : 2, &o, &p);
		snprintf(name, sizeof(name), "udp from %s to %s", some[i].src,
		    some[i].dst);
		compare(name);
	}
}

/* Rules that reject everything but TCP and UDP; 0 when there can be none. */
static int
add_rules(void)
{
	static const char *const	 kinds[] = { "-legacy", "-nft", "" };
	char				 command[512];
	size_t				 i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		snprintf(command, sizeof(command), "exec >/dev/null 2>&1; "
		    "add() { \"$1\" -A INPUT -i rej0 -p \"$2\" -j REJECT "
		    "--reject-with \"$3\"; }; "
		    "for p in icmp 47; do add iptables%s $p "
		    "icmp-admin-prohibited || exit 1; done; "
		    "for p in icmpv6 47; do add ip6tables%s $p "
		    "icmp6-adm-prohibited || exit 1; done",
		    kinds[i], kinds[i]);
		if (system(command) == 0)
			return (1);
	}
	return (0);
}

static void
compare_messages(struct params *p, int six, unsigned int type)
{
	char	 name[80];
	size_t	 at, ip;

	o.n = 0;
	ip = six ? begin6(&o, p, 58) : begin4(&o, p, 1, 0, "", 0);
	at = o.n;
	add16(&o, type << 8);
	add16(&o, 0);
	add32(&o, 0);
	add_payload(&o, 100);
	end_l4(&o, ip, at, six ? 58 : 1, 2, 0, 0);
	end_ip(&o, ip);
	snprintf(name, sizeof(name), "icmp%d type %u", six ? 6 : 4, type);
	compare(name);
}

/* What no port is of, before a firewall of the kernel's. */
static void
compare_others(struct params *p, int six)
{
	/* Echoes, queries, errors, and what nobody knows. */
	static const unsigned int	 four[] = { 0, 8, 13, 14, 15, 17, 18,
					    3, 4, 5, 11, 12, 19, 40, 41 },
					 its[] = { 128, 129, 1, 2, 3, 4, 100 };
	size_t				 i;

	for (i = 0; !six && i < sizeof(four) / sizeof(four[0]); i++)
		compare_messages(p, six, four[i]);
	for (i = 0; six && i < sizeof(its) / sizeof(its[0]); i++)
		compare_messages(p, six, its[i]);
	o.n = 0;
	(void)(six ? begin6(&o, p, 47) : begin4(&o, p, 47, 0, "", 0));
	add32(&o, 0x00000800);
	add_payload(&o, 700);
	end_ip(&o, 0);
	compare(six ? "gre6" : "gre4");
}

int
main(void)
{
	struct params	 p = standard;
	int		 six;

	open_tun();
	p.src4 = "10.1.0.2";
	p.dst4 = "10.1.0.1";
	p.src6 = "fd01::2";
	p.dst6 = "fd01::1";
	p.dport = 9;
	for (six = 0; six < 2; six++) {
		compare_segments(&p, six);
		compare_datagrams(&p, six);
	}
	compare_addresses();
	if (add_rules()) {
		compare_others(&p, 0);
		compare_others(&p, 1);
	} else
		skip("icmp and gre", "no iptables with REJECT works here");
	return (done_testing());
}

#else

#include <stdio.h>

int
main(void)
{
	printf("1..0 # SKIP the kernel asked is that of Linux\n");
	return (0);
}

#endif
