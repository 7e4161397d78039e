/* SPDX-License-Identifier: ISC */
#ifndef BSD_FREEBSD_INCLUDE_BSD_IF_H
#define BSD_FREEBSD_INCLUDE_BSD_IF_H

#define ifr_flags	ifr_ifru.ifru_flags[0]
#define ifr_flagshigh	ifr_ifru.ifru_flags[1]

struct if_data {
	uint8_t		 ifi_type;
	uint8_t		 ifi_physical;
	uint8_t		 ifi_addrlen;
	uint8_t		 ifi_hdrlen;
	uint8_t		 ifi_link_state;
	uint8_t		 ifi_vhid;
	uint16_t	 ifi_datalen;
	uint32_t	 ifi_mtu;
	uint32_t	 ifi_metric;
	uint64_t	 ifi_baudrate;
};

#endif
