/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_BSD_IN_ADDR_H
#define BSD_INCLUDE_BSD_IN_ADDR_H

struct in_addr {
	in_addr_t	 s_addr;
};

#endif
