/* SPDX-License-Identifier: ISC */
#ifndef BSD_FREEBSD_INCLUDE_BSD_UNISTD_H
#define BSD_FREEBSD_INCLUDE_BSD_UNISTD_H

#define _SC_PAGESIZE		47
#define _SC_NPROCESSORS_ONLN	58

void	 closefrom(int);
int	 close_range(unsigned int, unsigned int, int);
void	 setproctitle(const char *, ...)
	    __attribute__((__format__(printf, 1, 2)));

#endif
