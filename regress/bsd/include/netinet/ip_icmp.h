/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_NETINET_IP_ICMP_H
#define BSD_INCLUDE_NETINET_IP_ICMP_H

#define ICMP_ECHOREPLY	0
#define ICMP_UNREACH	3
#define ICMP_ECHO	8

struct icmp {
	uint8_t		 icmp_type;
	uint8_t		 icmp_code;
	uint16_t	 icmp_cksum;
	uint16_t	 icmp_id;
	uint16_t	 icmp_seq;
	uint8_t		 icmp_data[1];
};

#endif
