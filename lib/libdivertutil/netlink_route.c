/* SPDX-License-Identifier: ISC */

/*
 * Requests to rtnetlink: interfaces, and redirection by traffic control.
 */

#include "compat.h"

#include <sys/socket.h>

#include <arpa/inet.h>

#include <errno.h>

#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>
#include <linux/veth.h>

#include "netlink_route.h"

#define VETH_MTU	65535

static void
put_string(struct netlink_message *msg, uint16_t type, const char *s)
{
	divert_netlink_put(msg, type, s, strlen(s) + 1);
}

static void
put_u32(struct netlink_message *msg, uint16_t type, uint32_t v)
{
	divert_netlink_put(msg, type, &v, sizeof(v));
}

static void
copy_string(char *dst, size_t size, const struct netlink_attr *attr)
{
	size_t	 len;

	memset(dst, 0, size);
	len = strnlen((const char *)attr->data, attr->len);
	memcpy(dst, attr->data, len < size ? len : size - 1);
}

int
divert_route_parse_link(const uint8_t *body, size_t len,
    struct route_link *link)
{
	struct netlink_attr	 attr;
	struct ifinfomsg	 ifi;
	const uint8_t		*p;

	memset(link, 0, sizeof(*link));
	if (len < sizeof(ifi)) {
		errno = EBADMSG;
		return (-1);
	}
	memcpy(&ifi, body, sizeof(ifi));
	if (ifi.ifi_family != AF_UNSPEC || ifi.ifi_index <= 0) {
		errno = EBADMSG;
		return (-1);
	}
	link->ifindex = (uint32_t)ifi.ifi_index;
	link->flags = ifi.ifi_flags;
	p = body + NLMSG_ALIGN(sizeof(ifi));
	while (divert_netlink_next(&p, body + len, &attr))
		switch (attr.type) {
		case IFLA_IFNAME:
			copy_string(link->name, sizeof(link->name), &attr);
			break;
		case IFLA_IFALIAS:
			copy_string(link->alias, sizeof(link->alias), &attr);
			break;
		case IFLA_ADDRESS:
			if (attr.len == sizeof(link->mac))
				memcpy(link->mac, attr.data, attr.len);
			break;
		default:
			break;
		}
	return (0);
}

static void
start_link(struct netlink_message *msg, uint16_t type, uint16_t flags,
    uint32_t ifindex, uint32_t set, uint32_t mask)
{
	struct ifinfomsg	 ifi;

	memset(&ifi, 0, sizeof(ifi));
	ifi.ifi_index = (int)ifindex;
	ifi.ifi_flags = set;
	ifi.ifi_change = mask;
	divert_netlink_start(msg, type, flags, &ifi, sizeof(ifi));
}

static void
read_one(void *arg, uint16_t type, const uint8_t *body, size_t len)
{
	struct route_link	 link;

	if (type == RTM_NEWLINK &&
	    divert_route_parse_link(body, len, &link) == 0)
		memcpy(arg, &link, sizeof(link));
}

int
divert_route_link(int fd, const char *name, uint32_t ifindex,
    struct route_link *link)
{
	struct netlink_reader	 reader = { read_one, link };
	struct netlink_message	 msg;

	memset(link, 0, sizeof(*link));
	start_link(&msg, RTM_GETLINK, 0, name[0] == '\0' ? ifindex : 0, 0, 0);
	put_u32(&msg, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	if (name[0] != '\0')
		put_string(&msg, IFLA_IFNAME, name);
	if (divert_netlink_ask(fd, &msg, &reader) == -1)
		return (-1);
	if (link->ifindex == 0) {
		errno = ENODEV;
		return (-1);
	}
	return (0);
}

struct each_link {
	void	(*each)(void *, const struct route_link *);
	void	*arg;
};

static void
read_each(void *arg, uint16_t type, const uint8_t *body, size_t len)
{
	struct each_link	*each = arg;
	struct route_link	 link;

	if (type == RTM_NEWLINK &&
	    divert_route_parse_link(body, len, &link) == 0)
		each->each(each->arg, &link);
}

int
divert_route_links(int fd, void (*each)(void *, const struct route_link *),
    void *arg)
{
	struct each_link	 what = { each, arg };
	struct netlink_reader	 reader = { read_each, &what };
	struct netlink_message	 msg;

	start_link(&msg, RTM_GETLINK, NLM_F_DUMP, 0, 0, 0);
	put_u32(&msg, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	return (divert_netlink_ask(fd, &msg, &reader));
}

int
divert_route_veth(int fd, const char *name, const uint8_t *mac,
    const char *peer, const uint8_t *peer_mac)
{
	struct netlink_message	 msg;
	struct ifinfomsg	 ifi;
	size_t			 data, info, other;

	start_link(&msg, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0, 0, 0);
	put_string(&msg, IFLA_IFNAME, name);
	put_u32(&msg, IFLA_MTU, VETH_MTU);
	divert_netlink_put(&msg, IFLA_ADDRESS, mac, ROUTE_MAC_SIZE);
	info = divert_netlink_nest(&msg, IFLA_LINKINFO);
	put_string(&msg, IFLA_INFO_KIND, "veth");
	data = divert_netlink_nest(&msg, IFLA_INFO_DATA);
	memset(&ifi, 0, sizeof(ifi));
	other = divert_netlink_nest(&msg, VETH_INFO_PEER);
	divert_netlink_append(&msg, &ifi, sizeof(ifi));
	put_string(&msg, IFLA_IFNAME, peer);
	put_u32(&msg, IFLA_MTU, VETH_MTU);
	divert_netlink_put(&msg, IFLA_ADDRESS, peer_mac, ROUTE_MAC_SIZE);
	divert_netlink_end(&msg, other);
	divert_netlink_end(&msg, data);
	divert_netlink_end(&msg, info);
	return (divert_netlink_ask(fd, &msg, NULL));
}

int
divert_route_up(int fd, uint32_t ifindex)
{
	struct netlink_message	 msg;
	size_t			 inet6, spec;
	uint8_t			 mode;

	mode = IN6_ADDR_GEN_MODE_NONE;
	start_link(&msg, RTM_NEWLINK, 0, ifindex, IFF_NOARP, IFF_NOARP);
	spec = divert_netlink_nest(&msg, IFLA_AF_SPEC);
	inet6 = divert_netlink_nest(&msg, AF_INET6);
	divert_netlink_put(&msg, IFLA_INET6_ADDR_GEN_MODE, &mode,
	    sizeof(mode));
	divert_netlink_end(&msg, inet6);
	divert_netlink_end(&msg, spec);
	/* Refused where there is no IPv6, and then there is no need. */
	(void)divert_netlink_ask(fd, &msg, NULL);
	start_link(&msg, RTM_NEWLINK, 0, ifindex, IFF_NOARP | IFF_UP,
	    IFF_NOARP | IFF_UP);
	return (divert_netlink_ask(fd, &msg, NULL));
}

int
divert_route_alias(int fd, uint32_t ifindex, const char *alias)
{
	struct netlink_message	 msg;

	start_link(&msg, RTM_NEWLINK, 0, ifindex, 0, 0);
	divert_netlink_put(&msg, IFLA_IFALIAS, alias, strlen(alias));
	return (divert_netlink_ask(fd, &msg, NULL));
}

int
divert_route_delete(int fd, uint32_t ifindex)
{
	struct netlink_message	 msg;

	start_link(&msg, RTM_DELLINK, 0, ifindex, 0, 0);
	return (divert_netlink_ask(fd, &msg, NULL));
}

static void
start_tc(struct netlink_message *msg, uint16_t type, uint16_t flags,
    const struct tcmsg *tcm)
{
	divert_netlink_start(msg, type, flags, tcm, sizeof(*tcm));
}

int
divert_route_ingress(int fd, uint32_t ifindex)
{
	struct netlink_message	 msg;
	struct tcmsg		 tcm;

	memset(&tcm, 0, sizeof(tcm));
	tcm.tcm_ifindex = (int)ifindex;
	tcm.tcm_parent = TC_H_INGRESS;
	tcm.tcm_handle = TC_H_MAKE(TC_H_INGRESS, 0);
	start_tc(&msg, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, &tcm);
	put_string(&msg, TCA_KIND, "ingress");
	return (divert_netlink_ask(fd, &msg, NULL));
}

static void
filter_header(struct tcmsg *tcm, uint32_t ifindex, uint16_t prio)
{
	memset(tcm, 0, sizeof(*tcm));
	tcm->tcm_ifindex = (int)ifindex;
	tcm->tcm_parent = TC_H_MAKE(TC_H_INGRESS, 0);
	tcm->tcm_info = TC_H_MAKE((uint32_t)prio << 16, htons(ETH_P_ALL));
}

int
divert_route_redirect(int fd, uint32_t ifindex, uint16_t prio, uint32_t tag,
    uint32_t target)
{
	struct netlink_message	 msg;
	struct tc_u32_sel	 sel;
	struct tc_u32_key	 key;
	struct tc_mirred	 mirred;
	struct tcmsg		 tcm;
	size_t			 act, opt, options, table;
	uint8_t			 match[sizeof(sel) + sizeof(key)];

	filter_header(&tcm, ifindex, prio);
	start_tc(&msg, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, &tcm);
	put_string(&msg, TCA_KIND, "u32");
	options = divert_netlink_nest(&msg, TCA_OPTIONS);
	memset(&sel, 0, sizeof(sel));
	sel.flags = TC_U32_TERMINAL;
	sel.nkeys = 1;
	memset(&key, 0, sizeof(key));
	key.val = htonl(tag);
	key.mask = 0xffffffff;
	key.off = -8;		/* the source address, before IP */
	memcpy(match, &sel, sizeof(sel));
	memcpy(match + sizeof(sel), &key, sizeof(key));
	divert_netlink_put(&msg, TCA_U32_SEL, match, sizeof(match));
	table = divert_netlink_nest(&msg, TCA_U32_ACT);
	act = divert_netlink_nest(&msg, 1);
	put_string(&msg, TCA_ACT_KIND, "mirred");
	opt = divert_netlink_nest(&msg, TCA_ACT_OPTIONS);
	memset(&mirred, 0, sizeof(mirred));
	mirred.action = TC_ACT_STOLEN;
	mirred.eaction = TCA_INGRESS_REDIR;
	mirred.ifindex = target;
	divert_netlink_put(&msg, TCA_MIRRED_PARMS, &mirred, sizeof(mirred));
	divert_netlink_end(&msg, opt);
	divert_netlink_end(&msg, act);
	divert_netlink_end(&msg, table);
	divert_netlink_end(&msg, options);
	return (divert_netlink_ask(fd, &msg, NULL));
}

int
divert_route_redirect_delete(int fd, uint32_t ifindex, uint16_t prio)
{
	struct netlink_message	 msg;
	struct tcmsg		 tcm;

	filter_header(&tcm, ifindex, prio);
	start_tc(&msg, RTM_DELTFILTER, 0, &tcm);
	return (divert_netlink_ask(fd, &msg, NULL));
}
