/* SPDX-License-Identifier: ISC */
#ifndef BSD_FREEBSD_INCLUDE_NET_IF_TUN_H
#define BSD_FREEBSD_INCLUDE_NET_IF_TUN_H

#define TUNSIFMODE	_IOW('t', 94, int)
#define TUNSLMODE	_IOW('t', 93, int)
#define TUNSIFHEAD	_IOW('t', 96, int)
#define TUNGIFHEAD	_IOR('t', 97, int)
#define TUNSIFPID	_IO('t', 95)

#endif
