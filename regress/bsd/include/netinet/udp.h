/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_NETINET_UDP_H
#define BSD_INCLUDE_NETINET_UDP_H

struct udphdr {
	uint16_t	 uh_sport;
	uint16_t	 uh_dport;
	uint16_t	 uh_ulen;
	uint16_t	 uh_sum;
};

#endif
