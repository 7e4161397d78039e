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
	struct inject_packet	 ip = { data, sizeof(data), 0x10000000, 4 };
	struct inject_veth	 veth;
	char			 buf[64], c;
	int			 i, rx;

	make_network();
	if (divert_inject_veth_open(&veth, 0x10000000) == -1)
		skip_all("no packet socket");
	must(LIVE_R, "for i in all default ra; do "
	    "echo 0 >/proc/sys/net/ipv4/conf/$i/rp_filter; done");
	rx = udp_socket(LIVE_R, "10.1.0.1", 5000);
	rule(4, "-t raw -A PREROUTING -i dvr+ -p udp --dport 5000 -m mark "
	    "--mark 0x10000000");
	for (i = 0; i < 3; i++)
		ok(divert_inject_veth_send(&veth, &ip, "ra", 0) == 0, "sent");
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
