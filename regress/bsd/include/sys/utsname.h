/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_SYS_UTSNAME_H
#define BSD_INCLUDE_SYS_UTSNAME_H

#include <bsd_utsname.h>

struct utsname {
	char	 sysname[SYS_NMLN];
	char	 nodename[SYS_NMLN];
	char	 release[SYS_NMLN];
	char	 version[SYS_NMLN];
	char	 machine[SYS_NMLN];
};

int	 uname(struct utsname *);

#endif
