/* SPDX-License-Identifier: ISC */
#ifndef BSD_FREEBSD_INCLUDE_NETINET_IN_H
#define BSD_FREEBSD_INCLUDE_NETINET_IN_H

#define BSD_SIN_ZERO	char
#include_next <netinet/in.h>

#endif
