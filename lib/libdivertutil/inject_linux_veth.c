/* SPDX-License-Identifier: ISC */

/*
 * Inbound injection.  One veth pair per injector: frames sent on our end
 * (dvtPID-N) arrive on the other (dvrPID-N), whose ingress filter lets them
 * appear as received on the interface meant.  So rules with that interface,
 * rp_filter and the mark all see what they would of a packet from the wire.
 *
 * The first four bytes of a frame's source address are a tag that says which
 * interface; each gets one filter rule when it is first used.  What the
 * kernel itself might send on our end has another source address and goes
 * nowhere.
 *
 * The pair is made with the first packet and removed at close.  What a killed
 * process left behind is removed by the next that opens: its name says the
 * process, its hardware address that it is ours, and its alias the start time
 * of the process and its pid namespace, because pids are used again and mean
 * nothing in another namespace.
 *
 * A kernel without traffic control or the parts of it needed leaves out the
 * redirection: packets then arrive on dvrPID-N itself, with their mark.
 */

#include "compat.h"

#include <sys/stat.h>

#include <arpa/inet.h>

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <linux/if.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <libmnl/libmnl.h>

#include "inject_linux.h"

/* Locally administered addresses, "dvt" in them. */
#define TAG_FRAME	0x02647600u	/* and the number of the target */
#define MAC_SELF	{ 0x02, 0x64, 0x76, 0x74, 0x00, 0x01 }
#define MAC_PEER	{ 0x02, 0x64, 0x76, 0x74, 0x00, 0x02 }
#define PAIRS_MAX	64		/* of one process */

static const uint8_t	 mac_self[ROUTE_MAC_SIZE] = MAC_SELF;
static const uint8_t	 mac_peer[ROUTE_MAC_SIZE] = MAC_PEER;

/* When process pid began, in clock ticks since boot; 0: not to be known. */
static unsigned long long
start_time(pid_t pid)
{
	FILE			*fp;
	char			 buf[1024], *p;
	unsigned long long	 ticks;
	size_t			 n;

	snprintf(buf, sizeof(buf), "/proc/%ld/stat", (long)pid);
	if ((fp = fopen(buf, "re")) == NULL)
		return (0);
	n = fread(buf, 1, sizeof(buf) - 1, fp);
	fclose(fp);
	buf[n] = '\0';
	/* The name, in parentheses, may hold anything. */
	if ((p = strrchr(buf, ')')) == NULL || sscanf(p + 1, " %*c %*s %*s "
	    "%*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
	    "%llu", &ticks) != 1)
		return (0);
	return (ticks);
}

static unsigned long long
pid_namespace(void)
{
	struct stat	 st;

	if (stat("/proc/self/ns/pid", &st) == -1)
		return (0);
	return (st.st_ino);
}

/* Whether an interface is the pair of a process that is no more. */
static int
is_leftover(const struct route_link *link)
{
	unsigned long long	 found, space, started;
	long			 pid;
	int			 n;

	if (memcmp(link->mac, mac_self, sizeof(mac_self)) != 0 ||
	    sscanf(link->name, "dvt%ld-%d", &pid, &n) != 2 || pid <= 1)
		return (0);
	if (sscanf(link->alias, "divertutil %llu %llu", &started,
	    &space) == 2) {
		if (space != pid_namespace())
			return (0);
		found = start_time((pid_t)pid);
		if (started != 0 && found != 0 && found != started)
			return (1);
	}
	return (kill((pid_t)pid, 0) == -1 && errno == ESRCH);
}

struct leftovers {
	uint32_t	 ifindex[64];
	size_t		 count;
};

static void
note_leftover(void *arg, const struct route_link *link)
{
	struct leftovers	*left = arg;

	if (left->count < sizeof(left->ifindex) / sizeof(left->ifindex[0]) &&
	    is_leftover(link))
		left->ifindex[left->count++] = link->ifindex;
}

static void
remove_leftovers(int route)
{
	struct leftovers	 left;
	size_t			 i;

	left.count = 0;
	if (divert_route_links(route, note_leftover, &left) == -1)
		return;
	for (i = 0; i < left.count; i++)
		(void)divert_route_delete(route, left.ifindex[i]);
}

int
divert_inject_veth_open(struct inject_veth *veth, uint32_t mark,
    unsigned int *sndbuf)
{
	int	 error;

	memset(veth, 0, sizeof(*veth));
	veth->mark = mark;
	/* Read now: /proc may be out of reach when the pair is made. */
	veth->pid = getpid();
	veth->started = start_time(veth->pid);
	veth->pid_namespace = pid_namespace();
	veth->route = veth->events = -1;
	/* Protocol 0: it sends, and receives nothing (packet(7)). */
	if ((veth->packet = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK |
	    SOCK_CLOEXEC, 0)) == -1)
		return (-1);
	if (setsockopt(veth->packet, SOL_SOCKET, SO_MARK, &mark,
	    sizeof(mark)) == -1)
		goto fail;
	*sndbuf = divert_inject_sndbuf(veth->packet, *sndbuf);
	if ((veth->route = divert_netlink_open(NETLINK_ROUTE, 0)) == -1 ||
	    (veth->events = divert_netlink_open(NETLINK_ROUTE, RTMGRP_LINK)) ==
	    -1)
		goto fail;
	remove_leftovers(veth->route);
	return (0);
fail:
	error = errno;
	close(veth->packet);
	if (veth->route != -1)
		close(veth->route);
	errno = error;
	return (-1);
}

/* Make the pair, down, under the first free name. */
static int
make_pair(struct inject_veth *veth)
{
	struct route_link	 link;
	char			 name[DIVERT_IFNAME_SIZE];
	char			 peer[DIVERT_IFNAME_SIZE];
	unsigned int		 n, pid;

	/* PID_MAX_LIMIT has seven digits. */
	pid = (unsigned int)getpid() % 10000000;
	for (n = 0; n < PAIRS_MAX; n++) {
		snprintf(name, sizeof(name), "dvt%u-%u", pid, n);
		snprintf(peer, sizeof(peer), "dvr%u-%u", pid, n);
		if (divert_route_veth(veth->route, name, mac_self, peer,
		    mac_peer) == 0)
			break;
		if (errno != EEXIST)
			return (-1);
	}
	if (n == PAIRS_MAX ||
	    divert_route_link(veth->route, name, 0, &link) == -1)
		return (-1);
	veth->ifindex = link.ifindex;
	if (divert_route_link(veth->route, peer, 0, &link) == -1)
		return (-1);
	veth->peer = link.ifindex;
	return (0);
}

static void
remove_pair(struct inject_veth *veth)
{
	if (veth->ifindex != 0)
		(void)divert_route_delete(veth->route, veth->ifindex);
	veth->ifindex = veth->peer = 0;
	memset(veth->target, 0, sizeof(veth->target));
}

static int
open_pair(struct inject_veth *veth)
{
	char	 alias[ROUTE_ALIAS_SIZE];
	int	 error;

	veth->plain = 0;
	if (make_pair(veth) == -1) {
		if (errno == EOPNOTSUPP)
			errno = ENOTSUP;
		goto fail;
	}
	snprintf(alias, sizeof(alias), "divertutil %llu %llu",
	    getpid() == veth->pid ? veth->started : 0, veth->pid_namespace);
	(void)divert_route_alias(veth->route, veth->ifindex, alias);
	veth->plain = divert_route_ingress(veth->route, veth->peer) == -1;
	if (divert_route_up(veth->route, veth->peer) == -1 ||
	    divert_route_up(veth->route, veth->ifindex) == -1)
		goto fail;
	return (0);
fail:
	error = errno;
	remove_pair(veth);
	errno = error;
	return (-1);
}

static void
free_target(struct inject_veth *veth, struct inject_target *target)
{
	if (veth->peer != 0 && !veth->plain)
		(void)divert_route_redirect_delete(veth->route, veth->peer,
		    (uint16_t)(target - veth->target + 1));
	memset(target, 0, sizeof(*target));
}

/* An event: an interface came, changed or went. */
static int
read_event(const struct nlmsghdr *nlh, void *arg)
{
	struct inject_veth	*veth = arg;
	struct inject_target	*target;
	struct route_link	 link;
	int			 i;

	if (divert_route_parse_link(nlh, &link) == -1)
		return (MNL_CB_OK);
	if (nlh->nlmsg_type == RTM_DELLINK &&
	    (link.ifindex == veth->ifindex || link.ifindex == veth->peer)) {
		veth->ifindex = veth->peer = 0;
		memset(veth->target, 0, sizeof(veth->target));
		return (MNL_CB_OK);
	}
	for (i = 0; i < INJECT_TARGETS; i++) {
		target = &veth->target[i];
		if (target->ifindex != link.ifindex)
			continue;
		if (nlh->nlmsg_type == RTM_DELLINK ||
		    memcmp(target->name, link.name, sizeof(link.name)) != 0)
			free_target(veth, target);
		else
			target->flags = link.flags;
	}
	return (MNL_CB_OK);
}

/*
 * Learn what happened to the interfaces: a packet redirected to one that is
 * gone or down would be lost without a word.
 */
void
divert_inject_veth_refresh(struct inject_veth *veth)
{
	_Alignas(struct nlmsghdr) uint8_t buf[16384];
	ssize_t				  n;

	for (;;) {
		n = recv(veth->events, buf, sizeof(buf), MSG_DONTWAIT);
		if (n > 0)
			(void)mnl_cb_run(buf, (size_t)n, 0, 0, read_event,
			    veth);
		else if (n == -1 && errno == ENOBUFS)
			/* Some are lost: begin again. */
			remove_pair(veth);
		else if (n == 0 || errno != EINTR)
			return;
	}
}

int
divert_inject_veth_find(const struct inject_veth *veth, const char *name,
    uint32_t ifindex)
{
	const struct inject_target	*target;
	int				 i;

	for (i = 0; i < INJECT_TARGETS; i++) {
		target = &veth->target[i];
		if (target->ifindex == 0)
			continue;
		if (name[0] != '\0' ? strncmp(target->name, name,
		    sizeof(target->name)) == 0 : target->ifindex == ifindex)
			return (i);
	}
	return (-1);
}

/* A free place in the table, else the one longest in use. */
static struct inject_target *
take_target(struct inject_veth *veth)
{
	struct inject_target	*target;
	int			 i;

	for (i = 0; i < INJECT_TARGETS; i++)
		if (veth->target[i].ifindex == 0)
			return (&veth->target[i]);
	target = &veth->target[veth->victim++ % INJECT_TARGETS];
	free_target(veth, target);
	return (target);
}

int
divert_inject_veth_target(struct inject_veth *veth, const char *name,
    uint32_t ifindex)
{
	struct inject_target	*target;
	struct route_link	 link;
	unsigned int		 number;

	if (name[0] == '\0' && ifindex == 0) {
		errno = ENODEV;
		return (-1);
	}
	if (divert_route_link(veth->route, name, ifindex, &link) == -1)
		return (-1);
	if ((link.flags & IFF_LOOPBACK) == 0 && veth->ifindex == 0 &&
	    open_pair(veth) == -1)
		return (-1);
	target = take_target(veth);
	number = (unsigned int)(target - veth->target);
	if ((link.flags & IFF_LOOPBACK) == 0 && !veth->plain &&
	    divert_route_redirect(veth->route, veth->peer,
	    (uint16_t)(number + 1), TAG_FRAME | number, link.ifindex) == -1) {
		if (errno != EOPNOTSUPP && errno != ENOENT && errno != EINVAL)
			return (-1);
		veth->plain = 1;
	}
	target->ifindex = link.ifindex;
	target->flags = link.flags;
	memcpy(target->name, link.name, sizeof(target->name));
	return ((int)number);
}

void
divert_inject_veth_send(struct inject_veth *veth, struct inject_run *run,
    const struct inject_packet *ip, int n, struct divert_injected *results)
{
	struct inject_message	*m;
	uint16_t		 type;
	int			 i, sent;

	for (i = 0; i < n; i++) {
		m = &run->parts[i];
		divert_inject_message(&run->msgs[i].msg_hdr, m,
		    sizeof(m->to.sll), 2, ip[i].mark, veth->mark);
		type = ip[i].version == 4 ? ETH_P_IP : ETH_P_IPV6;
		/* To the receiving end: a frame for another would be passed
		 * over. */
		memcpy(m->ether, mac_peer, sizeof(mac_peer));
		put32(m->ether + 6, TAG_FRAME | ip[i].target);
		put16(m->ether + 10, 0);
		put16(m->ether + 12, type);
		m->to.sll.sll_family = AF_PACKET;
		m->to.sll.sll_protocol = htons(type);
		m->to.sll.sll_ifindex = (int)veth->ifindex;
		m->iov[0].iov_base = m->ether;
		m->iov[0].iov_len = sizeof(m->ether);
		m->iov[1].iov_base = (void *)(uintptr_t)ip[i].data;
		m->iov[1].iov_len = ip[i].len;
		results[i].error = 0;
		results[i].mtu = 0;
	}
	for (i = 0; i < n; i += sent) {
		sent = divert_inject_send(veth->packet, &run->msgs[i], n - i);
		if (sent == -1) {
			results[i].error = errno;
			sent = 1;
		}
	}
}

void
divert_inject_veth_close(struct inject_veth *veth)
{
	remove_pair(veth);
	close(veth->packet);
	close(veth->route);
	close(veth->events);
}
