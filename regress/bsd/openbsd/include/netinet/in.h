/* SPDX-License-Identifier: ISC */
#ifndef BSD_OPENBSD_INCLUDE_NETINET_IN_H
#define BSD_OPENBSD_INCLUDE_NETINET_IN_H

#define BSD_SIN_ZERO	int8_t
#include_next <netinet/in.h>

#endif
