/* SPDX-License-Identifier: ISC */

/*
 * Inbound injection in a kernel without traffic control: packets arrive on
 * the pair's own end, with their mark.  The source is included so that the
 * kernel's answer can be another than it is.
 */

#include "compat.h"

#ifdef __linux__

static int	 refuse_ingress(int, unsigned int);

#define divert_route_ingress	refuse_ingress
#include "inject_linux_veth.c"
#undef divert_route_ingress

#include "live.h"

static int
refuse_ingress(int fd, unsigned int ifindex)
{
	(void)fd;
	(void)ifindex;
	errno = EOPNOTSUPP;
	return (-1);
}

int
main(void)
{
	/* A UDP datagram from 10.1.0.2 to 10.1.0.1, without a sum. */
	static uint8_t		 data[29] = { 0x45, 0, 0, 29, 0, 1, 0, 0, 64,
				    17, 0x66, 0xcb, 10, 1, 0, 2, 10, 1, 0, 1,
				    0x0f, 0xa0, 0x13, 0x88, 0, 9, 0, 0, 'p' };
	struct inject_packet	 ip = { data, sizeof(data), 0x10000000, 0, 4,
				    0 };
	struct divert_injected	 result;
	static struct inject_run run;
	struct inject_veth	 veth;
	unsigned int		 sndbuf = 65536;
	char			 buf[64], c;
	int			 i, number, rx;

	make_network();
	if (divert_inject_veth_open(&veth, 0x10000000, &sndbuf) == -1)
		skip_all("no packet socket");
	must(LIVE_R, "for i in all default ra; do "
	    "echo 0 >/proc/sys/net/ipv4/conf/$i/rp_filter; done");
	rx = udp_socket(LIVE_R, "10.1.0.1", 5000);
	rule(4, "-t raw -A PREROUTING -i dvr+ -p udp --dport 5000 -m mark "
	    "--mark 0x10000000");
	number = divert_inject_veth_target(&veth, "ra", 0);
	ok(number >= 0, "a target");
	ip.target = (uint8_t)number;
	for (i = 0; i < 3; i++) {
		divert_inject_veth_send(&veth, &run, &ip, 1, &result);
		is((uint64_t)result.error, 0, "sent");
	}
	is(rule_count(4, "raw", "PREROUTING"), 3,
	    "received on the pair itself, marked");
	for (i = 0; i < 3; i++)
		ok(udp_recv(rx, &c, 1) == 1 && c == 'p', "arrives");
	divert_inject_veth_close(&veth);
	read_in(LIVE_R, buf, sizeof(buf), "ip -o link | grep -c dv[tr]");
	ok(strcmp(buf, "0") == 0, "nothing left behind");
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
