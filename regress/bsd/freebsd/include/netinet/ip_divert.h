/* SPDX-License-Identifier: ISC */
#ifndef BSD_FREEBSD_INCLUDE_NETINET_IP_DIVERT_H
#define BSD_FREEBSD_INCLUDE_NETINET_IP_DIVERT_H

#ifndef BSD_WITHOUT_PF_DIVERT
/* What sysctl net.inet.divert.stats gives, from 14 on. */
struct divstat {
	uint64_t	 div_diverted;
	uint64_t	 div_noport;
	uint64_t	 div_outbound;
	uint64_t	 div_inbound;
};
#endif

#endif
