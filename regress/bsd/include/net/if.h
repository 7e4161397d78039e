/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_NET_IF_H
#define BSD_INCLUDE_NET_IF_H

#include <sys/types.h>

#define IFNAMSIZ	16
#define IF_NAMESIZE	16
#define IFF_UP		0x1
#define IFF_BROADCAST	0x2
#define IFF_LOOPBACK	0x8
#define IFF_POINTOPOINT	0x10
#define IFF_RUNNING	0x40
#define IFF_LINK0	0x1000

struct if_nameindex {
	unsigned int	 if_index;
	char		*if_name;
};

/* A whole struct sockaddr is within: <sys/socket.h> comes before. */
struct ifreq {
	char		 ifr_name[IFNAMSIZ];
	union {
		struct sockaddr	 ifru_addr;
		struct sockaddr	 ifru_dstaddr;
		short		 ifru_flags[2];
		int		 ifru_mtu;
	}		 ifr_ifru;
};
#define ifr_addr	ifr_ifru.ifru_addr
#define ifr_dstaddr	ifr_ifru.ifru_dstaddr
#define ifr_mtu		ifr_ifru.ifru_mtu
#include <bsd_if.h>

void			 if_freenameindex(struct if_nameindex *);
char			*if_indextoname(unsigned int, char *);
struct if_nameindex	*if_nameindex(void);
unsigned int		 if_nametoindex(const char *);

#endif
