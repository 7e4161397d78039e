/* SPDX-License-Identifier: ISC */
#ifndef BSD_OPENBSD_INCLUDE_NETINET_IP_DIVERT_H
#define BSD_OPENBSD_INCLUDE_NETINET_IP_DIVERT_H

/* What sysctl {CTL_NET, PF_INET, IPPROTO_DIVERT, DIVERTCTL_STATS} gives. */
struct divstat {
	unsigned long	 divs_ipackets;
	unsigned long	 divs_noport;
	unsigned long	 divs_fullsock;
	unsigned long	 divs_opackets;
	unsigned long	 divs_errors;
};

#define DIVERTCTL_RECVSPACE	1
#define DIVERTCTL_SENDSPACE	2
#define DIVERTCTL_STATS		3
#define DIVERTCTL_MAXID		4

#endif
