/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>

#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>
#include <linux/veth.h>

#include <libmnl/libmnl.h>

int
main(void)
{
	char buf[64];

	return (mnl_nlmsg_put_header(buf) == NULL || VETH_INFO_PEER == 0 ||
	    TCA_INGRESS_REDIR == 0);
}
