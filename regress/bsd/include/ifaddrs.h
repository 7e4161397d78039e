/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_IFADDRS_H
#define BSD_INCLUDE_IFADDRS_H

struct ifaddrs {
	struct ifaddrs	*ifa_next;
	char		*ifa_name;
	unsigned int	 ifa_flags;
	struct sockaddr	*ifa_addr;
	struct sockaddr	*ifa_netmask;
	struct sockaddr	*ifa_dstaddr;
	void		*ifa_data;
};

void	 freeifaddrs(struct ifaddrs *);
int	 getifaddrs(struct ifaddrs **);

#endif
