/* SPDX-License-Identifier: ISC */

/*
 * Injection against the kernel: what the stack makes of packets written in
 * and out, what rules see of them, and that nothing is left behind.
 */

#include "compat.h"

#ifdef __linux__

#include <sys/prctl.h>
#include <sys/syscall.h>

#include <linux/capability.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>

#include <signal.h>

#include "divertutil.h"
#include "live.h"

static uint8_t	 room[DIVERT_HEADROOM + 65536];

static struct divert_port *
open_port(const char *spec)
{
	struct divert_port	*port;
	char			 errbuf[256];

	port = divert_port_open(spec, NULL, errbuf, sizeof(errbuf));
	if (port == NULL) {
		printf("# %s\n", errbuf);
		bail("open");
	}
	return (port);
}

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
store16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void
fix_ip(uint8_t *data)
{
	size_t	 hlen = (data[0] & 15u) * 4;

	store16(data + 10, 0);
	store16(data + 10, ~add_words(0, data, hlen) & 0xffff);
}

/*
 * A whole UDP packet from port 4000 to port 5000 with len bytes of c, and
 * optlen bytes of IPv4 options.
 */
static void
make_packet(struct divert_packet *pkt, const char *from, const char *to,
    char c, size_t len, const uint8_t *opt, size_t optlen)
{
	uint8_t		*data = room + DIVERT_HEADROOM, *udp;
	uint32_t	 sum;
	size_t		 hlen;

	memset(pkt, 0, sizeof(*pkt));
	memset(room, 0, sizeof(room));
	if (strchr(from, ':') == NULL) {
		hlen = 20 + optlen;
		data[0] = (uint8_t)(0x40 | hlen / 4);
		store16(data + 2, hlen + 8 + len);
		store16(data + 4, 0x1234);
		data[8] = 64;
		data[9] = IPPROTO_UDP;
		inet_pton(AF_INET, from, data + 12);
		inet_pton(AF_INET, to, data + 16);
		if (optlen > 0)
			memcpy(data + 20, opt, optlen);
		fix_ip(data);
		sum = add_words(0, data + 12, 8);
	} else {
		hlen = 40;
		data[0] = 0x60;
		store16(data + 4, 8 + len);
		data[6] = IPPROTO_UDP;
		data[7] = 64;
		inet_pton(AF_INET6, from, data + 8);
		inet_pton(AF_INET6, to, data + 24);
		sum = add_words(0, data + 8, 32);
	}
	udp = data + hlen;
	store16(udp, 4000);
	store16(udp + 2, 5000);
	store16(udp + 4, 8 + len);
	memset(udp + 8, c, len);
	sum += IPPROTO_UDP + 8 + (uint32_t)len;
	sum = ~add_words(sum, udp, 8 + len) & 0xffff;
	store16(udp + 6, sum == 0 ? 0xffff : sum);
	pkt->data = data;
	pkt->len = pkt->wirelen = (uint32_t)(hlen + 8 + len);
}

static void
set_in(struct divert_packet *pkt, const char *ifname)
{
	pkt->direction = DIVERT_DIRECTION_IN;
	strlcpy(pkt->ifname, ifname, sizeof(pkt->ifname));
}

static size_t
count_datagrams(int fd, size_t want, char c)
{
	char	 buf[64];
	size_t	 n;

	for (n = 0; n < want; n++)
		if (udp_recv(fd, buf, sizeof(buf)) <= 0 || buf[0] != c)
			break;
	return (n);
}

/* How many interfaces of ours there are. */
static uint64_t
count_devices(void)
{
	char	 buf[32];

	read_in(LIVE_R, buf, sizeof(buf), "ip -o link | "
	    "grep -c -E '^[0-9]+: dv[tr][0-9]+-[0-9]+@'");
	return (strtoull(buf, NULL, 10));
}

static const char *
address(enum live_place place, int family)
{
	static const char *const v4[] = { "10.1.0.2", "10.1.0.1", "10.2.0.2" };
	static const char *const v6[] = { "fd01::2", "fd01::1", "fd02::2" };

	return (family == 4 ? v4[place] : v6[place]);
}

/*
 * Inbound: a rule with -i ra counts exactly N, with its mark, though
 * rp_filter is strict; a rule for the queue that exempts the mark sees none.
 */
static void
test_in(int family)
{
	enum { COUNT = 100 };
	struct divert_packet	 pkt, *got;
	struct divert_port	*port;
	struct divert_stats	 s;
	int			 i, rx, sent;

	port = open_port("nfqueue:701");
	ok((divert_port_caps(port) & DIVERT_CAP_INJECT) != 0,
	    "IPv%d: the port can inject", family);
	rule(family, "-t raw -A PREROUTING -i ra -p udp --dport 5000 "
	    "-m mark --mark 0x10000000");
	rule(family, "-t raw -A PREROUTING -p udp --dport 5000 -m mark ! "
	    "--mark 0x10000000/0x10000000 -j NFQUEUE --queue-num 701");
	rule(family, "-t filter -A INPUT -i ra -p udp --dport 5000");
	rx = udp_socket(LIVE_R, address(LIVE_R, family), 5000);
	make_packet(&pkt, address(LIVE_A, family), address(LIVE_R, family),
	    'i', 100, NULL, 0);
	set_in(&pkt, "ra");
	for (i = sent = 0; i < COUNT; i++)
		if (divert_port_inject(port, &pkt) == 0)
			sent++;
	is((uint64_t)sent, COUNT, "sent");
	is(rule_count(family, "raw", "PREROUTING"), COUNT,
	    "the rule with -i ra and the mark counts each");
	is(rule_count(family, "filter", "INPUT"), COUNT,
	    "after rp_filter as well");
	is(count_datagrams(rx, COUNT, 'i'), COUNT, "all are delivered");
	errno = 0;
	ok(divert_port_recv(port, &got) == -1 && errno == EAGAIN,
	    "none comes to the queue");
	divert_port_stats(port, &s);
	ok(s.injected == COUNT && s.kernel.output == COUNT, "counted");
	divert_port_close(port, NULL);
	is(count_devices(), 0, "nothing left behind");
	close(rx);
	flush_rules();
}

static void
test_forward(void)
{
	struct divert_packet	 pkt;
	struct divert_port	*port;
	int			 rx;

	port = open_port("nfqueue:701");
	rx = udp_socket(LIVE_B, "10.2.0.2", 5000);
	make_packet(&pkt, "10.1.0.2", "10.2.0.2", 'f', 10, NULL, 0);
	pkt.direction = DIVERT_DIRECTION_IN;
	go(LIVE_R);
	pkt.in_ifindex = if_nametoindex("ra");
	ok(divert_port_inject(port, &pkt) == 0, "by index instead of name");
	is(count_datagrams(rx, 1, 'f'), 1, "forwarded as if received");
	close(rx);
	rx = udp_socket(LIVE_R, "127.0.0.1", 5000);
	make_packet(&pkt, "127.0.0.1", "127.0.0.1", 'l', 10, NULL, 0);
	set_in(&pkt, "lo");
	rule(4, "-t raw -A PREROUTING -i lo -p udp --dport 5000 -m mark "
	    "--mark 0x10000000");
	ok(divert_port_inject(port, &pkt) == 0, "on lo");
	is(count_datagrams(rx, 1, 'l'), 1, "arrives");
	is(rule_count(4, "raw", "PREROUTING"), 1, "as received on lo, marked");
	close(rx);
	rx = udp_socket(LIVE_R, "::1", 5000);
	make_packet(&pkt, "::1", "::1", 'l', 10, NULL, 0);
	set_in(&pkt, "lo");
	ok(divert_port_inject(port, &pkt) == 0, "on lo, IPv6");
	is(count_datagrams(rx, 1, 'l'), 1, "arrives");
	divert_port_close(port, NULL);
	close(rx);
	flush_rules();
}

static void
test_out(int family)
{
	enum { COUNT = 100 };
	struct divert_packet	 pkt;
	struct divert_port	*port;
	const char		*to = address(LIVE_B, family);
	int			 i, rx, sent;

	port = open_port("nfqueue:701");
	rule(family, "-t mangle -A OUTPUT -o rb -p udp --dport 5000 "
	    "-m mark --mark 0x10000000");
	rule(family, "-t filter -A OUTPUT -o rb -p udp --dport 5000 "
	    "-m mark --mark 0x10000005");
	rx = udp_socket(LIVE_B, to, 5000);
	/* The source is nobody's here: it stays. */
	make_packet(&pkt, address(LIVE_A, family), to, 'o', 100, NULL, 0);
	pkt.direction = DIVERT_DIRECTION_OUT;
	for (i = sent = 0; i < COUNT; i++)
		if (divert_port_inject(port, &pkt) == 0)
			sent++;
	is((uint64_t)sent, COUNT, "sent");
	is(count_datagrams(rx, COUNT, 'o'), COUNT, family == 4 ?
	    "IPv4 outbound: all arrive" : "IPv6 outbound: all arrive");
	is(rule_count(family, "mangle", "OUTPUT"), COUNT, "with the mark");
	pkt.mark = 5;
	pkt.flags = DIVERT_PACKET_HAS_MARK;
	ok(divert_port_inject(port, &pkt) == 0, "a packet with a mark");
	is(rule_count(family, "filter", "OUTPUT"), 1, "keeps it too");
	is(count_datagrams(rx, 1, 'o'), 1, "arrives");
	is(count_devices(), 0, "and no device was made");
	divert_port_close(port, NULL);
	close(rx);
	flush_rules();
}

static void
test_in_mark(void)
{
	struct divert_packet	 pkt;
	struct divert_port	*port;

	port = open_port("nfqueue:701");
	rule(4, "-t raw -A PREROUTING -i ra -m mark --mark 0x10000006");
	make_packet(&pkt, "10.1.0.2", "10.1.0.1", 'm', 1, NULL, 0);
	set_in(&pkt, "ra");
	pkt.mark = 6;
	pkt.flags = DIVERT_PACKET_HAS_MARK;
	ok(divert_port_inject(port, &pkt) == 0, "inbound with a mark");
	is(rule_count(4, "raw", "PREROUTING"), 1, "keeps it too");
	divert_port_close(port, NULL);
	flush_rules();
}

/* A link-local destination goes out of the interface named by the packet. */
static void
test_link_local(void)
{
	struct divert_packet	 pkt;
	struct divert_port	*port;
	int			 rx;

	must(LIVE_B, "ip addr add fe80::b/64 dev b nodad");
	must(LIVE_R, "ip addr add fe80::a/64 dev rb nodad");
	port = open_port("nfqueue:701");
	go(LIVE_B);
	rx = udp_socket(LIVE_B, "::", 5000);
	make_packet(&pkt, "fe80::a", "fe80::b", 's', 10, NULL, 0);
	pkt.direction = DIVERT_DIRECTION_OUT;
	go(LIVE_R);
	pkt.out_ifindex = if_nametoindex("rb");
	ok(divert_port_inject(port, &pkt) == 0, "to a link-local address");
	is(count_datagrams(rx, 1, 's'), 1, "arrives");
	divert_port_close(port, NULL);
	close(rx);
}

/* The frames a place receives of one ethertype. */
static int
tap(enum live_place place, const char *ifname, uint16_t type)
{
	struct sockaddr_ll	 sll;
	int			 fd;

	go(place);
	memset(&sll, 0, sizeof(sll));
	sll.sll_family = AF_PACKET;
	sll.sll_protocol = htons(type);
	sll.sll_ifindex = (int)if_nametoindex(ifname);
	if ((fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
	    0)) == -1 || bind(fd, (struct sockaddr *)&sll, sizeof(sll)) == -1)
		bail("packet socket");
	go(LIVE_R);
	return (fd);
}

/*
 * Larger than the MTU: fragments, or EMSGSIZE.  The receiver's kernel puts
 * them together again.
 */
static void
test_fragments(void)
{
	/* Router alert is copied (RFC 2113), record route is not. */
	static const uint8_t	 options[12] = { 0x94, 4, 0, 0, 7, 7, 4, 0, 0,
				    0, 0, 0 };
	static uint8_t		 whole[8192];
	struct divert_packet	 pkt;
	struct divert_port	*port;
	char			 buf[8192];
	uint8_t			 frame[2048];
	size_t			 len;
	ssize_t			 n;
	int			 fragments, good, rx, watch;

	port = open_port("nfqueue:701");
	rx = udp_socket(LIVE_B, "10.2.0.2", 5000);
	make_packet(&pkt, "10.1.0.2", "10.2.0.2", 'g', 4000, NULL, 0);
	pkt.direction = DIVERT_DIRECTION_OUT;
	ok(divert_port_inject(port, &pkt) == 0,
	    "4000 bytes over an MTU of 1500");
	ok(udp_recv(rx, buf, sizeof(buf)) == 4000 && buf[3999] == 'g',
	    "arrive in fragments");
	pkt.data[4] = pkt.data[5] = 0;
	fix_ip(pkt.data);
	ok(divert_port_inject(port, &pkt) == 0 &&
	    udp_recv(rx, buf, sizeof(buf)) == 4000,
	    "also where there was no id");
	pkt.data[6] = 0x40;
	fix_ip(pkt.data);
	errno = 0;
	ok(divert_port_inject(port, &pkt) == -1 && errno == EMSGSIZE,
	    "not to be fragmented: EMSGSIZE");
	make_packet(&pkt, "fd01::2", "fd02::2", 'g', 4000, NULL, 0);
	pkt.direction = DIVERT_DIRECTION_OUT;
	errno = 0;
	ok(divert_port_inject(port, &pkt) == -1 && errno == EMSGSIZE,
	    "IPv6: EMSGSIZE");

	watch = tap(LIVE_B, "b", ETH_P_IP);
	make_packet(&pkt, "10.1.0.2", "10.2.0.2", 'p', 4000, options,
	    sizeof(options));
	pkt.direction = DIVERT_DIRECTION_OUT;
	ok(divert_port_inject(port, &pkt) == 0 &&
	    udp_recv(rx, buf, sizeof(buf)) == 4000, "with options");
	for (fragments = good = 0; fragments < 3; fragments++) {
		if (!readable(watch, WAIT_MS))
			break;
		n = recv(watch, frame, sizeof(frame), 0);
		if (n > 28 && (fragments == 0 ? frame[0] == 0x48 :
		    frame[0] == 0x46 && frame[20] == 0x94))
			good++;
	}
	is((uint64_t)good, 3, "only those to be copied are in all fragments");
	close(watch);

	/* A datagram that comes in two pieces, each to be cut again. */
	make_packet(&pkt, "10.1.0.2", "10.2.0.2", 'q', 5000, NULL, 0);
	len = pkt.len - 20;
	memcpy(whole, pkt.data + 20, len);
	pkt.len = pkt.wirelen = 20 + 2400;
	pkt.direction = DIVERT_DIRECTION_OUT;
	store16(pkt.data + 2, pkt.len);
	store16(pkt.data + 6, 0x2000);
	fix_ip(pkt.data);
	ok(divert_port_inject(port, &pkt) == 0, "first piece of a datagram");
	memcpy(pkt.data + 20, whole + 2400, len - 2400);
	pkt.len = pkt.wirelen = (uint32_t)(20 + len - 2400);
	store16(pkt.data + 2, pkt.len);
	store16(pkt.data + 6, 2400 / 8);
	fix_ip(pkt.data);
	ok(divert_port_inject(port, &pkt) == 0, "last piece");
	ok(udp_recv(rx, buf, sizeof(buf)) == 5000 && buf[4999] == 'q',
	    "the pieces keep their places");
	divert_port_close(port, NULL);
	close(rx);
}

static void
refused(struct divert_port *port, const struct divert_packet *pkt, int error,
    const char *what)
{
	errno = 0;
	if (!ok(divert_port_inject(port, pkt) == -1 && errno == error, "%s",
	    what))
		printf("# %s\n", strerror(errno));
}

static void
test_errors(void)
{
	struct divert_packet	 pkt;
	struct divert_port	*port;
	struct divert_stats	 s;
	int			 rx;

	port = open_port("nfqueue:701");
	make_packet(&pkt, "10.1.0.2", "10.1.0.1", 'e', 10, NULL, 0);
	refused(port, &pkt, EINVAL, "no direction: EINVAL");
	set_in(&pkt, "ra");
	pkt.data[0] = 0x15;
	refused(port, &pkt, EINVAL, "no IP packet: EINVAL");
	pkt.data[0] = 0x45;
	pkt.len--;
	refused(port, &pkt, EINVAL, "cut: EINVAL");
	pkt.len++;
	set_in(&pkt, "nowhere");
	refused(port, &pkt, ENODEV, "no such interface: ENODEV");
	set_in(&pkt, "");
	refused(port, &pkt, ENODEV, "no interface: ENODEV");
	is(count_devices(), 0, "no device was made for these");
	divert_port_stats(port, &s);
	ok(s.injected == 0 && s.kernel.errors == 5, "counted as errors");

	must(LIVE_R, "ip link add x0 type veth peer name x1 && "
	    "ip addr add 10.5.0.1/24 dev x0 && ip link set x1 up");
	make_packet(&pkt, "10.5.0.2", "10.5.0.1", 'e', 10, NULL, 0);
	set_in(&pkt, "x0");
	refused(port, &pkt, ENETDOWN, "interface down: ENETDOWN");
	must(LIVE_R, "ip link set x0 up");
	rx = udp_socket(LIVE_R, "10.5.0.1", 5000);
	ok(divert_port_inject(port, &pkt) == 0 &&
	    count_datagrams(rx, 1, 'e') == 1, "up: it arrives");
	must(LIVE_R, "ip link set x0 down");
	refused(port, &pkt, ENETDOWN, "down again: ENETDOWN");
	must(LIVE_R, "ip link del x0");
	refused(port, &pkt, ENODEV, "gone: ENODEV");
	must(LIVE_R, "ip link add x0 type veth peer name x1 && "
	    "ip addr add 10.5.0.1/24 dev x0 && ip link set x1 up && "
	    "ip link set x0 up");
	ok(divert_port_inject(port, &pkt) == 0 &&
	    count_datagrams(rx, 1, 'e') == 1, "there again: it arrives");
	must(LIVE_R, "ip link set x0 name x9");
	refused(port, &pkt, ENODEV, "renamed: ENODEV");
	set_in(&pkt, "x9");
	ok(divert_port_inject(port, &pkt) == 0 &&
	    count_datagrams(rx, 1, 'e') == 1, "by its new name: it arrives");
	must(LIVE_R, "ip link del $(ip -o link | grep -o 'dvt[0-9]*-[0-9]*' | "
	    "head -1)");
	ok(divert_port_inject(port, &pkt) == 0 &&
	    count_datagrams(rx, 1, 'e') == 1, "our pair deleted: made again");
	must(LIVE_R, "ip link del x9");
	divert_port_close(port, NULL);
	is(count_devices(), 0, "nothing left behind");
	close(rx);
}

/*
 * What anybody else sends on our end is not injected: ten are sent, and ten
 * are what the interface receives.
 */
static void
test_chatter(void)
{
	struct sockaddr_ll	 sll;
	struct divert_packet	 pkt;
	struct divert_port	*port;
	char			 name[32];
	uint8_t			 frame[2048];
	ssize_t			 n;
	int			 fd, i, seen, watch;

	must(LIVE_R, "ip link add q0 type veth peer name q1 && "
	    "echo 1 >/proc/sys/net/ipv6/conf/q0/disable_ipv6 && "
	    "echo 1 >/proc/sys/net/ipv6/conf/q1/disable_ipv6 && "
	    "ip link set q0 arp off && ip link set q1 arp off && "
	    "ip link set q0 up && ip link set q1 up");
	port = open_port("nfqueue:701");
	watch = tap(LIVE_R, "q0", ETH_P_ALL);
	make_packet(&pkt, "10.6.0.2", "10.6.0.1", 'c', 10, NULL, 0);
	set_in(&pkt, "q0");
	for (i = 0; i < 5; i++)
		if (divert_port_inject(port, &pkt) == -1)
			bail("inject");
	/* A frame as the kernel would send it: from the interface. */
	read_in(LIVE_R, name, sizeof(name), "ip -o link | "
	    "grep -o 'dvt[0-9]*-[0-9]*' | head -1");
	memset(&sll, 0, sizeof(sll));
	sll.sll_family = AF_PACKET;
	sll.sll_protocol = htons(ETH_P_IP);
	sll.sll_ifindex = (int)if_nametoindex(name);
	sll.sll_halen = 6;
	memset(sll.sll_addr, 0xff, 6);
	if ((fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1 ||
	    sendto(fd, pkt.data, pkt.len, 0, (struct sockaddr *)&sll,
	    sizeof(sll)) == -1)
		bail("chatter");
	close(fd);
	for (i = 0; i < 5; i++)
		if (divert_port_inject(port, &pkt) == -1)
			bail("inject");
	/* The last of the first ten is told from an eleventh by this one. */
	pkt.data[28] = 'z';
	if (divert_port_inject(port, &pkt) == -1)
		bail("inject");
	for (seen = 0; readable(watch, WAIT_MS); seen++) {
		n = recv(watch, frame, sizeof(frame), 0);
		if (n > 28 && frame[28] == 'z')
			break;
	}
	is((uint64_t)seen, 10, "ten sent, ten received, no chatter");
	divert_port_close(port, NULL);
	close(watch);
	must(LIVE_R, "ip link del q0");
}

/* A child that injects, says so, and waits to be killed. */
static pid_t
start_injector(const char *spec)
{
	struct divert_packet	 pkt;
	struct divert_port	*port;
	pid_t			 pid;
	char			 c;
	int			 fds[2];

	fflush(stdout);
	if (pipe2(fds, O_CLOEXEC) == -1 || (pid = fork()) == -1)
		bail("fork");
	if (pid == 0) {
		port = open_port(spec);
		make_packet(&pkt, "10.1.0.2", "10.1.0.1", 'k', 1, NULL, 0);
		set_in(&pkt, "ra");
		if (divert_port_inject(port, &pkt) == 0)
			(void)!write(fds[1], "", 1);
		for (;;)
			pause();
	}
	close(fds[1]);
	if (read(fds[0], &c, 1) != 1)
		bail("child");
	close(fds[0]);
	return (pid);
}

static void
stop(pid_t pid)
{
	int	 status;

	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
}

static void
test_leftovers(void)
{
	struct divert_port	*port;
	pid_t			 dead, living;

	living = start_injector("nfqueue:702");
	dead = start_injector("nfqueue:703");
	is(count_devices(), 4, "two processes, two pairs");
	stop(dead);
	is(count_devices(), 4, "one is killed, its pair is left");
	/* Looks like ours; is not. */
	must(LIVE_R, "ip link add dvt4194000-0 type veth peer name "
	    "dvr4194000-0");
	/* Ours, of a process in another pid namespace; of an earlier process
	 * with the number of one that lives. */
	must(LIVE_R, "ip link add dvt4194001-0 address 02:64:76:74:00:01 type "
	    "veth peer name dvr4194001-0 && ip link set dvt4194001-0 alias "
	    "'divertutil 1 1'");
	must(LIVE_R, "ip link add dvt%ld-9 address 02:64:76:74:00:01 type "
	    "veth peer name dvr%ld-9 && ip link set dvt%ld-9 alias "
	    "\"divertutil 1 $(stat -Lc %%i /proc/self/ns/pid)\"",
	    (long)living, (long)living, (long)living);
	port = open_port("nfqueue:701");
	is(count_devices(), 6, "the next to open removes what is dead");
	ok(run_in(LIVE_R, "ip link show dvt%ld-0", (long)dead) != 0,
	    "that of the dead process is gone");
	ok(run_in(LIVE_R, "ip link show dvt%ld-9", (long)living) != 0,
	    "and that of a number used again");
	ok(run_in(LIVE_R, "ip link show dvt%ld-0", (long)living) == 0,
	    "that of the living stays");
	ok(run_in(LIVE_R, "ip link show dvt4194000-0") == 0,
	    "a stranger's stays");
	ok(run_in(LIVE_R, "ip link show dvt4194001-0") == 0,
	    "that of another pid namespace stays");
	divert_port_close(port, NULL);
	stop(living);
	port = open_port("nfqueue:701");
	divert_port_close(port, NULL);
	must(LIVE_R, "ip link del dvt4194000-0 && ip link del dvt4194001-0");
	is(count_devices(), 0, "nothing left behind");
}

/* Keep CAP_NET_ADMIN, as the tools do before the first packet. */
static void
keep_net_admin(void)
{
	struct __user_cap_header_struct	 header;
	struct __user_cap_data_struct	 data[2];

	memset(&header, 0, sizeof(header));
	memset(data, 0, sizeof(data));
	header.version = _LINUX_CAPABILITY_VERSION_3;
	data[0].effective = data[0].permitted = 1u << CAP_NET_ADMIN;
	if (syscall(SYS_capset, &header, data) == -1 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		bail("capset");
}

static void
test_privilege(void)
{
	struct divert_packet	 pkt;
	struct divert_port	*port;
	pid_t			 pid;
	int			 family, in, out, rx[4], status;

	for (family = 4; family <= 6; family += 2) {
		rx[family - 4] = udp_socket(LIVE_R, address(LIVE_R, family),
		    5000);
		rx[family - 3] = udp_socket(LIVE_B, address(LIVE_B, family),
		    5000);
	}
	fflush(stdout);
	if ((pid = fork()) == 0) {
		port = open_port("nfqueue:701");
		keep_net_admin();
		status = 0;
		for (family = 4; family <= 6; family += 2) {
			make_packet(&pkt, address(LIVE_A, family),
			    address(LIVE_R, family), 'v', 1, NULL, 0);
			set_in(&pkt, "ra");
			pkt.flags = DIVERT_PACKET_HAS_MARK;
			pkt.mark = 1;
			in = divert_port_inject(port, &pkt);
			make_packet(&pkt, address(LIVE_A, family),
			    address(LIVE_B, family), 'w', 1, NULL, 0);
			pkt.direction = DIVERT_DIRECTION_OUT;
			pkt.flags = DIVERT_PACKET_HAS_MARK;
			pkt.mark = 1;
			out = divert_port_inject(port, &pkt);
			if (in == -1 || out == -1)
				status = 1;
		}
		divert_port_close(port, NULL);
		_exit(status);
	}
	waitpid(pid, &status, 0);
	is((uint64_t)status, 0, "with CAP_NET_ADMIN alone: all are sent");
	for (family = 4; family <= 6; family += 2) {
		is(count_datagrams(rx[family - 4], 1, 'v'), 1,
		    "inbound arrives");
		is(count_datagrams(rx[family - 3], 1, 'w'), 1,
		    "outbound arrives");
		close(rx[family - 4]);
		close(rx[family - 3]);
	}
	is(count_devices(), 0, "and the pair could be removed");
}

/* Two ports in one process, and more interfaces than one port remembers. */
static void
test_many(void)
{
	enum { LINKS = 40 };
	struct divert_packet	 pkt;
	struct divert_port	*one, *two;
	char			 name[16];
	int			 bad, i, rx;

	must(LIVE_R, "for i in $(seq 0 %d); do ip link add m$i type veth peer "
	    "name n$i; ip link set m$i up; ip link set n$i up; done; "
	    "for i in $(seq 0 %d); do ip addr add 10.50.$i.1/24 dev m$i || "
	    "exit 1; done", LINKS - 1, LINKS - 1);
	one = open_port("nfqueue:701");
	two = open_port("nfqueue:702");
	rx = udp_socket(LIVE_R, "0.0.0.0", 5000);
	for (i = bad = 0; i < 2 * LINKS; i++) {
		char	 from[32], to[32];

		snprintf(name, sizeof(name), "m%d", i % LINKS);
		snprintf(from, sizeof(from), "10.50.%d.2", i % LINKS);
		snprintf(to, sizeof(to), "10.50.%d.1", i % LINKS);
		make_packet(&pkt, from, to, 'n', 1, NULL, 0);
		set_in(&pkt, name);
		if (divert_port_inject(one, &pkt) == -1 ||
		    divert_port_inject(two, &pkt) == -1 ||
		    count_datagrams(rx, 2, 'n') != 2)
			bad++;
	}
	is((uint64_t)bad, 0, "two ports, 40 interfaces, twice");
	is(count_devices(), 4, "by two pairs");
	divert_port_close(one, NULL);
	divert_port_close(two, NULL);
	close(rx);
	must(LIVE_R, "for i in $(seq 0 %d); do ip link del m$i; done",
	    LINKS - 1);
}

static void
test_none(void)
{
	struct divert_options	 options;
	struct divert_packet	 pkt;
	struct divert_port	*port;
	char			 errbuf[256];

	memset(&options, 0, sizeof(options));
	options.flags = DIVERT_OPTION_NO_INJECT;
	port = divert_port_open("nfqueue:701", &options, errbuf,
	    sizeof(errbuf));
	if (port == NULL)
		bail("open");
	make_packet(&pkt, "10.1.0.2", "10.2.0.2", 'n', 1, NULL, 0);
	pkt.direction = DIVERT_DIRECTION_OUT;
	ok((divert_port_caps(port) & DIVERT_CAP_INJECT) == 0,
	    "no injection asked for, none offered");
	refused(port, &pkt, ENOTSUP, "ENOTSUP");
	divert_port_close(port, NULL);
}

int
main(void)
{
	struct divert_port	*port;
	char			 errbuf[256];

	make_network();
	port = divert_port_open("nfqueue:701", NULL, errbuf, sizeof(errbuf));
	if (port == NULL && errno == ENOTSUP)
		skip_all(errbuf);
	if (port != NULL && (divert_port_caps(port) & DIVERT_CAP_INJECT) == 0)
		skip_all("no means of injecting here");
	divert_port_close(port, NULL);
	must(LIVE_R, "echo 1 >/proc/sys/net/ipv4/conf/all/rp_filter && "
	    "echo 1 >/proc/sys/net/ipv4/conf/ra/rp_filter");
	test_in(4);
	test_in(6);
	test_in_mark();
	test_forward();
	test_out(4);
	test_out(6);
	test_link_local();
	test_fragments();
	test_errors();
	test_chatter();
	test_leftovers();
	test_privilege();
	test_many();
	test_none();
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
