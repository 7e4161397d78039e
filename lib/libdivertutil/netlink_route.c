/* SPDX-License-Identifier: ISC */

/*
 * Requests to rtnetlink: interfaces, and redirection by traffic control.
 */

#include "compat.h"

#include <sys/socket.h>

#include <arpa/inet.h>

#include <errno.h>
#include <string.h>

#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>
#include <linux/veth.h>

#include <libmnl/libmnl.h>

#include "netlink_route.h"

#define VETH_MTU	65535

static void
copy_string(char *dst, size_t size, const struct nlattr *attr)
{
	const char	*s;
	size_t		 len;

	memset(dst, 0, size);
	s = mnl_attr_get_payload(attr);
	len = strnlen(s, mnl_attr_get_payload_len(attr));
	memcpy(dst, s, len < size ? len : size - 1);
}

static int
read_attribute(const struct nlattr *attr, void *arg)
{
	struct route_link	*link = arg;

	switch (mnl_attr_get_type(attr)) {
	case IFLA_IFNAME:
		copy_string(link->name, sizeof(link->name), attr);
		break;
	case IFLA_IFALIAS:
		copy_string(link->alias, sizeof(link->alias), attr);
		break;
	case IFLA_ADDRESS:
		if (mnl_attr_get_payload_len(attr) == sizeof(link->mac))
			memcpy(link->mac, mnl_attr_get_payload(attr),
			    sizeof(link->mac));
		break;
	default:
		break;
	}
	return (MNL_CB_OK);
}

int
divert_route_parse_link(const struct nlmsghdr *nlh, struct route_link *link)
{
	const struct ifinfomsg	*ifi;

	memset(link, 0, sizeof(*link));
	ifi = mnl_nlmsg_get_payload(nlh);
	/* A bridge speaks of its ports in AF_BRIDGE; not of their end. */
	if ((nlh->nlmsg_type != RTM_NEWLINK &&
	    nlh->nlmsg_type != RTM_DELLINK) ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifi) ||
	    ifi->ifi_family != AF_UNSPEC || ifi->ifi_index <= 0) {
		errno = EBADMSG;
		return (-1);
	}
	link->ifindex = (uint32_t)ifi->ifi_index;
	link->flags = ifi->ifi_flags;
	(void)mnl_attr_parse(nlh, sizeof(*ifi), read_attribute, link);
	return (0);
}

static void
start_link(union netlink_message *msg, uint16_t type, uint16_t flags,
    uint32_t ifindex, uint32_t set, uint32_t mask)
{
	struct ifinfomsg	 ifi;

	memset(&ifi, 0, sizeof(ifi));
	ifi.ifi_index = (int)ifindex;
	ifi.ifi_flags = set;
	ifi.ifi_change = mask;
	divert_netlink_start(msg, type, flags, &ifi, sizeof(ifi));
}

static int
read_one(const struct nlmsghdr *nlh, void *arg)
{
	struct route_link	 link;

	if (divert_route_parse_link(nlh, &link) == 0)
		memcpy(arg, &link, sizeof(link));
	return (MNL_CB_OK);
}

int
divert_route_link(int fd, const char *name, uint32_t ifindex,
    struct route_link *link)
{
	union netlink_message	 msg;

	memset(link, 0, sizeof(*link));
	start_link(&msg, RTM_GETLINK, 0, name[0] == '\0' ? ifindex : 0, 0, 0);
	mnl_attr_put_u32(&msg.nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	if (name[0] != '\0')
		mnl_attr_put(&msg.nlh, IFLA_IFNAME, strnlen(name,
		    DIVERT_IFNAME_SIZE), name);
	if (divert_netlink_ask(fd, &msg, read_one, link) == -1)
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

static int
read_each(const struct nlmsghdr *nlh, void *arg)
{
	struct each_link	*each = arg;
	struct route_link	 link;

	if (divert_route_parse_link(nlh, &link) == 0)
		each->each(each->arg, &link);
	return (MNL_CB_OK);
}

int
divert_route_links(int fd, void (*each)(void *, const struct route_link *),
    void *arg)
{
	struct each_link	 what = { each, arg };
	union netlink_message	 msg;

	start_link(&msg, RTM_GETLINK, NLM_F_DUMP, 0, 0, 0);
	mnl_attr_put_u32(&msg.nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	return (divert_netlink_ask(fd, &msg, read_each, &what));
}

int
divert_route_veth(int fd, const char *name, const uint8_t *mac,
    const char *peer, const uint8_t *peer_mac)
{
	union netlink_message	 msg;
	struct nlattr		*data, *info, *other;

	start_link(&msg, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0, 0, 0);
	mnl_attr_put_strz(&msg.nlh, IFLA_IFNAME, name);
	mnl_attr_put_u32(&msg.nlh, IFLA_MTU, VETH_MTU);
	mnl_attr_put(&msg.nlh, IFLA_ADDRESS, ROUTE_MAC_SIZE, mac);
	info = mnl_attr_nest_start(&msg.nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(&msg.nlh, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(&msg.nlh, IFLA_INFO_DATA);
	other = mnl_attr_nest_start(&msg.nlh, VETH_INFO_PEER);
	mnl_nlmsg_put_extra_header(&msg.nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(&msg.nlh, IFLA_IFNAME, peer);
	mnl_attr_put_u32(&msg.nlh, IFLA_MTU, VETH_MTU);
	mnl_attr_put(&msg.nlh, IFLA_ADDRESS, ROUTE_MAC_SIZE, peer_mac);
	mnl_attr_nest_end(&msg.nlh, other);
	mnl_attr_nest_end(&msg.nlh, data);
	mnl_attr_nest_end(&msg.nlh, info);
	return (divert_netlink_ask(fd, &msg, NULL, NULL));
}

int
divert_route_up(int fd, uint32_t ifindex)
{
	union netlink_message	 msg;
	struct nlattr		*inet6, *spec;

	start_link(&msg, RTM_NEWLINK, 0, ifindex, IFF_NOARP, IFF_NOARP);
	spec = mnl_attr_nest_start(&msg.nlh, IFLA_AF_SPEC);
	inet6 = mnl_attr_nest_start(&msg.nlh, AF_INET6);
	mnl_attr_put_u8(&msg.nlh, IFLA_INET6_ADDR_GEN_MODE,
	    IN6_ADDR_GEN_MODE_NONE);
	mnl_attr_nest_end(&msg.nlh, inet6);
	mnl_attr_nest_end(&msg.nlh, spec);
	/* Refused where there is no IPv6, and then there is no need. */
	(void)divert_netlink_ask(fd, &msg, NULL, NULL);
	start_link(&msg, RTM_NEWLINK, 0, ifindex, IFF_NOARP | IFF_UP,
	    IFF_NOARP | IFF_UP);
	return (divert_netlink_ask(fd, &msg, NULL, NULL));
}

int
divert_route_alias(int fd, uint32_t ifindex, const char *alias)
{
	union netlink_message	 msg;

	start_link(&msg, RTM_NEWLINK, 0, ifindex, 0, 0);
	mnl_attr_put_str(&msg.nlh, IFLA_IFALIAS, alias);
	return (divert_netlink_ask(fd, &msg, NULL, NULL));
}

int
divert_route_delete(int fd, uint32_t ifindex)
{
	union netlink_message	 msg;

	start_link(&msg, RTM_DELLINK, 0, ifindex, 0, 0);
	return (divert_netlink_ask(fd, &msg, NULL, NULL));
}

static void
start_tc(union netlink_message *msg, uint16_t type, uint16_t flags,
    const struct tcmsg *tcm)
{
	divert_netlink_start(msg, type, flags, tcm, sizeof(*tcm));
}

int
divert_route_ingress(int fd, uint32_t ifindex)
{
	union netlink_message	 msg;
	struct tcmsg		 tcm;

	memset(&tcm, 0, sizeof(tcm));
	tcm.tcm_ifindex = (int)ifindex;
	tcm.tcm_parent = TC_H_INGRESS;
	tcm.tcm_handle = TC_H_MAKE(TC_H_INGRESS, 0);
	start_tc(&msg, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, &tcm);
	mnl_attr_put_strz(&msg.nlh, TCA_KIND, "ingress");
	return (divert_netlink_ask(fd, &msg, NULL, NULL));
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
	union netlink_message	 msg;
	struct tc_u32_sel	 sel;
	struct tc_u32_key	 key;
	struct tc_mirred	 mirred;
	struct tcmsg		 tcm;
	struct nlattr		*act, *opt, *options, *table;
	uint8_t			 match[sizeof(sel) + sizeof(key)];

	filter_header(&tcm, ifindex, prio);
	start_tc(&msg, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, &tcm);
	mnl_attr_put_strz(&msg.nlh, TCA_KIND, "u32");
	options = mnl_attr_nest_start(&msg.nlh, TCA_OPTIONS);
	memset(&sel, 0, sizeof(sel));
	sel.flags = TC_U32_TERMINAL;
	sel.nkeys = 1;
	memset(&key, 0, sizeof(key));
	key.val = htonl(tag);
	key.mask = 0xffffffff;
	key.off = -8;		/* the source address, before IP */
	memcpy(match, &sel, sizeof(sel));
	memcpy(match + sizeof(sel), &key, sizeof(key));
	mnl_attr_put(&msg.nlh, TCA_U32_SEL, sizeof(match), match);
	table = mnl_attr_nest_start(&msg.nlh, TCA_U32_ACT);
	act = mnl_attr_nest_start(&msg.nlh, 1);
	mnl_attr_put_strz(&msg.nlh, TCA_ACT_KIND, "mirred");
	opt = mnl_attr_nest_start(&msg.nlh, TCA_ACT_OPTIONS);
	memset(&mirred, 0, sizeof(mirred));
	mirred.action = TC_ACT_STOLEN;
	mirred.eaction = TCA_INGRESS_REDIR;
	mirred.ifindex = target;
	mnl_attr_put(&msg.nlh, TCA_MIRRED_PARMS, sizeof(mirred), &mirred);
	mnl_attr_nest_end(&msg.nlh, opt);
	mnl_attr_nest_end(&msg.nlh, act);
	mnl_attr_nest_end(&msg.nlh, table);
	mnl_attr_nest_end(&msg.nlh, options);
	return (divert_netlink_ask(fd, &msg, NULL, NULL));
}

int
divert_route_redirect_delete(int fd, uint32_t ifindex, uint16_t prio)
{
	union netlink_message	 msg;
	struct tcmsg		 tcm;

	filter_header(&tcm, ifindex, prio);
	start_tc(&msg, RTM_DELTFILTER, 0, &tcm);
	return (divert_netlink_ask(fd, &msg, NULL, NULL));
}
