/* SPDX-License-Identifier: ISC */

/*
 * Interfaces and their first addresses.  The divert socket names the one a
 * packet came in on by its address (OpenBSD) or by the first seven characters
 * of its name (FreeBSD), and is told it in the same way.
 *
 * The copy is read anew every half minute, and within a second when a packet
 * comes from an address nobody knew: never for each packet.  getifaddrs(3) is
 * within pledge(2) "inet", which writing packets needs anyway.
 */

#include "compat.h"

#include <sys/socket.h>

#include <net/if.h>
#include <net/if_dl.h>
#include <netinet/in.h>

#include <ifaddrs.h>

#include "port_divert.h"

#define REFRESH_SECONDS	30
/* What sin_zero holds of a name. */
#define NAME_CUT	7

static struct divert_interface *
enter(struct divert_interfaces *interfaces, const char *name)
{
	struct divert_interface	*interface;
	unsigned int		 i;

	/* Addresses of one interface mostly follow each other. */
	for (i = interfaces->n; i > 0; i--)
		if (strncmp(interfaces->list[i - 1].name, name,
		    DIVERT_IFNAME_SIZE - 1) == 0)
			return (&interfaces->list[i - 1]);
	if (interfaces->n == DIVERT_INTERFACES_MAX)
		return (NULL);
	interface = &interfaces->list[interfaces->n++];
	memset(interface, 0, sizeof(*interface));
	strlcpy(interface->name, name, sizeof(interface->name));
	return (interface);
}

/* What goes with the address of the link. */
static void
add_link(struct divert_interface *interface, const void *link)
{
	struct if_data	 data;

	if (link == NULL)
		return;
	memcpy(&data, link, sizeof(data));
	interface->mtu = (uint32_t)data.ifi_mtu;
}

/* One address; the first of a family is the one that counts. */
static void
add_address(struct divert_interface *interface, const struct sockaddr *sa)
{
	struct sockaddr_dl	 sdl;
	struct sockaddr_in	 sin;
	struct sockaddr_in6	 sin6;

	switch (sa->sa_family) {
	case AF_LINK:
		memset(&sdl, 0, sizeof(sdl));
		memcpy(&sdl, sa, sa->sa_len < sizeof(sdl) ? sa->sa_len :
		    sizeof(sdl));
		interface->index = sdl.sdl_index;
		break;
	case AF_INET:
		if (interface->has4)
			break;
		memcpy(&sin, sa, sizeof(sin));
		memcpy(interface->addr4, &sin.sin_addr, 4);
		interface->has4 = 1;
		break;
	case AF_INET6:
		if (interface->has6)
			break;
		memcpy(&sin6, sa, sizeof(sin6));
		memcpy(interface->addr6, &sin6.sin6_addr, 16);
		/* Some libraries leave the scope inside. */
		if (interface->addr6[0] == 0xfe &&
		    (interface->addr6[1] & 0xc0) == 0x80)
			memset(interface->addr6 + 2, 0, 2);
		interface->has6 = 1;
		break;
	}
}

void
divert_interfaces_refresh(struct divert_interfaces *interfaces, int64_t now,
    int missed)
{
	struct divert_interface	*interface;
	struct ifaddrs		*ifa, *list;
	int64_t			 age = now - interfaces->read;

	if (interfaces->n > 0 && age < REFRESH_SECONDS && (!missed || age < 1))
		return;
	interfaces->read = now;
	if (getifaddrs(&list) == -1)
		return;
	interfaces->n = 0;
	interfaces->last = DIVERT_INTERFACES_MAX;
	for (ifa = list; ifa != NULL; ifa = ifa->ifa_next)
		if (ifa->ifa_name != NULL && ifa->ifa_addr != NULL &&
		    (interface = enter(interfaces, ifa->ifa_name)) != NULL) {
			add_address(interface, ifa->ifa_addr);
			if (ifa->ifa_addr->sa_family == AF_LINK)
				add_link(interface, ifa->ifa_data);
		}
	freeifaddrs(list);
}

const struct divert_interface *
divert_interfaces_index(struct divert_interfaces *interfaces, uint32_t index)
{
	unsigned int	 i;

	if (index == 0)
		return (NULL);
	for (i = 0; i < interfaces->n; i++)
		if (interfaces->list[i].index == index)
			return (&interfaces->list[i]);
	return (NULL);
}

const struct divert_interface *
divert_interfaces_name(struct divert_interfaces *interfaces, const char *name)
{
	unsigned int	 i;

	for (i = 0; i < interfaces->n; i++)
		if (strcmp(interfaces->list[i].name, name) == 0)
			return (&interfaces->list[i]);
	return (NULL);
}

static int
is_origin(const struct divert_interface *interface,
    const struct divert_origin *origin)
{
	if (origin->name[0] != '\0') {
		if (strlen(origin->name) < NAME_CUT)
			return (strcmp(interface->name, origin->name) == 0);
		return (strncmp(interface->name, origin->name,
		    NAME_CUT) == 0);
	}
	if (origin->ifindex != 0)
		return (interface->index == origin->ifindex);
	if (origin->version == 4)
		return (interface->has4 &&
		    memcmp(interface->addr4, origin->ip, 4) == 0);
	return (interface->has6 &&
	    memcmp(interface->addr6, origin->ip, 16) == 0);
}

const struct divert_interface *
divert_interfaces_origin(struct divert_interfaces *interfaces,
    const struct divert_origin *origin)
{
	const struct divert_interface	*found = NULL;
	unsigned int			 i;

	if (origin->name[0] == '\0' &&
	    (origin->direction != DIVERT_DIRECTION_IN || origin->ip == NULL))
		return (NULL);
	/* Most packets come in where the last one did. */
	if (interfaces->last < interfaces->n &&
	    is_origin(&interfaces->list[interfaces->last], origin))
		return (&interfaces->list[interfaces->last]);
	for (i = 0; i < interfaces->n; i++) {
		if (!is_origin(&interfaces->list[i], origin))
			continue;
		if (found != NULL)
			return (NULL);
		found = &interfaces->list[i];
	}
	if (found != NULL)
		interfaces->last = (unsigned int)(found - interfaces->list);
	return (found);
}

uint32_t
divert_interfaces_mtu(const struct divert_interfaces *interfaces,
    const char *name, uint32_t len)
{
	const struct divert_interface	*interface;
	uint32_t			 mtu = 0;
	unsigned int			 i;

	for (i = 0; i < interfaces->n; i++) {
		interface = &interfaces->list[i];
		if (interface->mtu >= len)
			continue;
		if (name[0] != '\0' && strcmp(interface->name, name) == 0)
			return (interface->mtu);
		if (interface->mtu > mtu)
			mtu = interface->mtu;
	}
	return (mtu);
}
