/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_NETINET_IP6_H
#define BSD_INCLUDE_NETINET_IP6_H

#include <netinet/in.h>

#define IPV6_VERSION	0x60

struct ip6_hdr {
	union {
		struct {
			uint32_t	 ip6_un1_flow;
			uint16_t	 ip6_un1_plen;
			uint8_t		 ip6_un1_nxt;
			uint8_t		 ip6_un1_hlim;
		}		 ip6_un1;
		uint8_t		 ip6_un2_vfc;
	}		 ip6_ctlun;
	struct in6_addr	 ip6_src;
	struct in6_addr	 ip6_dst;
};
#define ip6_flow	ip6_ctlun.ip6_un1.ip6_un1_flow
#define ip6_plen	ip6_ctlun.ip6_un1.ip6_un1_plen
#define ip6_nxt		ip6_ctlun.ip6_un1.ip6_un1_nxt
#define ip6_hlim	ip6_ctlun.ip6_un1.ip6_un1_hlim
#define ip6_vfc		ip6_ctlun.ip6_un2_vfc

#endif
