/* SPDX-License-Identifier: ISC */
#ifndef BSD_OPENBSD_INCLUDE_BSD_IF_H
#define BSD_OPENBSD_INCLUDE_BSD_IF_H

#define ifr_flags	ifr_ifru.ifru_flags[0]

struct if_data {
	unsigned char	 ifi_type;
	unsigned char	 ifi_addrlen;
	unsigned char	 ifi_hdrlen;
	unsigned char	 ifi_link_state;
	uint32_t	 ifi_mtu;
	uint32_t	 ifi_metric;
	uint32_t	 ifi_rdomain;
	uint64_t	 ifi_baudrate;
};

#endif
