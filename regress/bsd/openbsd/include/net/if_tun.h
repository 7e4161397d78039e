/* SPDX-License-Identifier: ISC */
#ifndef BSD_OPENBSD_INCLUDE_NET_IF_TUN_H
#define BSD_OPENBSD_INCLUDE_NET_IF_TUN_H

#include <sys/types.h>

struct tuninfo {
	unsigned int	 mtu;
	unsigned short	 type;
	unsigned short	 flags;
	unsigned int	 baudrate;
};
#define TUNSIFINFO	_IOW('t', 91, struct tuninfo)
#define TUNGIFINFO	_IOR('t', 92, struct tuninfo)
#define TUNSIFMODE	_IOW('t', 88, int)

#endif
