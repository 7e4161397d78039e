/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_NETINET_IN_H
#define BSD_INCLUDE_NETINET_IN_H

#include <sys/types.h>

#include <bsd_in_addr.h>

#define IPPROTO_IP	0
#define IPPROTO_ICMP	1
#define IPPROTO_IGMP	2
#define IPPROTO_TCP	6
#define IPPROTO_UDP	17
#define IPPROTO_IPV6	41
#define IPPROTO_GRE	47
#define IPPROTO_ESP	50
#define IPPROTO_ICMPV6	58
#define IPPROTO_RAW	255
#define IPPROTO_DIVERT	258

#define INADDR_ANY	((in_addr_t)0)
#define INADDR_LOOPBACK	((in_addr_t)0x7f000001)
#define INET_ADDRSTRLEN	16
#define INET6_ADDRSTRLEN 46
#define IN6ADDR_ANY_INIT { { { 0 } } }

struct in6_addr {
	union {
		uint8_t		 __u6_addr8[16];
		uint16_t	 __u6_addr16[8];
		uint32_t	 __u6_addr32[4];
	}		 __u6_addr;
};
#define s6_addr		__u6_addr.__u6_addr8

struct sockaddr_in {
	uint8_t		 sin_len;
	uint8_t		 sin_family;
	in_port_t	 sin_port;
	struct in_addr	 sin_addr;
	BSD_SIN_ZERO		 sin_zero[8];
};

struct sockaddr_in6 {
	uint8_t		 sin6_len;
	uint8_t		 sin6_family;
	in_port_t	 sin6_port;
	uint32_t	 sin6_flowinfo;
	struct in6_addr	 sin6_addr;
	uint32_t	 sin6_scope_id;
};

extern const struct in6_addr in6addr_any;
extern const struct in6_addr in6addr_loopback;

#define IN6_IS_ADDR_UNSPECIFIED(a) \
	((a)->__u6_addr.__u6_addr32[0] == 0 && \
	(a)->__u6_addr.__u6_addr32[1] == 0 && \
	(a)->__u6_addr.__u6_addr32[2] == 0 && \
	(a)->__u6_addr.__u6_addr32[3] == 0)
#define IN6_IS_ADDR_LINKLOCAL(a) \
	((a)->s6_addr[0] == 0xfe && ((a)->s6_addr[1] & 0xc0) == 0x80)

#define IP_HDRINCL	2
#define IPV6_V6ONLY	27

/* Declared through <sys/types.h> on OpenBSD, here on FreeBSD. */
uint32_t	 htonl(uint32_t);
uint16_t	 htons(uint16_t);
uint32_t	 ntohl(uint32_t);
uint16_t	 ntohs(uint16_t);

#endif
