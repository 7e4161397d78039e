/* SPDX-License-Identifier: ISC */
#include <stddef.h>

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>

#include <libmnl/libmnl.h>

int
main(void)
{
	char buf[64];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	return (nlh == NULL || NFQA_MAX == 0 || NFQA_CFG_F_GSO == 0);
}
