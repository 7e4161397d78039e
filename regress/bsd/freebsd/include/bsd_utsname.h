/* SPDX-License-Identifier: ISC */
#ifndef BSD_FREEBSD_INCLUDE_BSD_UTSNAME_H
#define BSD_FREEBSD_INCLUDE_BSD_UTSNAME_H

#define SYS_NMLN	32

#endif
