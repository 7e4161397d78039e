/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_NETINET_TCP_H
#define BSD_INCLUDE_NETINET_TCP_H

#define TCP_NODELAY	1
#define TH_FIN		0x01
#define TH_SYN		0x02
#define TH_RST		0x04
#define TH_PUSH		0x08
#define TH_ACK		0x10

struct tcphdr {
	uint16_t	 th_sport;
	uint16_t	 th_dport;
	uint32_t	 th_seq;
	uint32_t	 th_ack;
	unsigned int	 th_x2:4;
	unsigned int	 th_off:4;
	uint8_t		 th_flags;
	uint16_t	 th_win;
	uint16_t	 th_sum;
	uint16_t	 th_urp;
};

#endif
