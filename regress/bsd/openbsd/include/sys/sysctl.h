/* SPDX-License-Identifier: ISC */
#ifndef BSD_OPENBSD_INCLUDE_SYS_SYSCTL_H
#define BSD_OPENBSD_INCLUDE_SYS_SYSCTL_H

#include <sys/types.h>

#define CTL_KERN	1
#define CTL_NET		4
#define CTL_HW		6
#define KERN_OSTYPE	1
#define KERN_OSRELEASE	2
#define KERN_OSREV	3
#define KERN_VERSION	4
#define KERN_MAXCLUSTERS 67

int	 sysctl(const int *, unsigned int, void *, size_t *, void *, size_t);

#endif
