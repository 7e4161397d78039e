/* SPDX-License-Identifier: ISC */
#ifndef BSD_OPENBSD_INCLUDE_BSD_UNISTD_H
#define BSD_OPENBSD_INCLUDE_BSD_UNISTD_H

#define _SC_PAGESIZE		28
#define _SC_NPROCESSORS_ONLN	503

int	 closefrom(int);
int	 pledge(const char *, const char *);
int	 unveil(const char *, const char *);

#endif
