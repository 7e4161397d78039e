/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_NETINET_IP_H
#define BSD_INCLUDE_NETINET_IP_H

#include <bsd_in_addr.h>

#define IPVERSION	4
#define IP_DF		0x4000
#define IP_MF		0x2000
#define IP_OFFMASK	0x1fff
#define IP_MAXPACKET	65535

struct ip {
	unsigned int	 ip_hl:4;
	unsigned int	 ip_v:4;
	uint8_t		 ip_tos;
	uint16_t	 ip_len;
	uint16_t	 ip_id;
	uint16_t	 ip_off;
	uint8_t		 ip_ttl;
	uint8_t		 ip_p;
	uint16_t	 ip_sum;
	struct in_addr	 ip_src;
	struct in_addr	 ip_dst;
};

#endif
