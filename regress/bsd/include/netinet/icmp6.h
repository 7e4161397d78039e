/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_NETINET_ICMP6_H
#define BSD_INCLUDE_NETINET_ICMP6_H

#include <netinet/in.h>

#define ICMP6_ECHO_REQUEST	128
#define ICMP6_ECHO_REPLY	129

struct icmp6_hdr {
	uint8_t		 icmp6_type;
	uint8_t		 icmp6_code;
	uint16_t	 icmp6_cksum;
	uint32_t	 icmp6_data32[1];
};

#endif
