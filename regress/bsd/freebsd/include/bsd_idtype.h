/* SPDX-License-Identifier: ISC */
#ifndef BSD_FREEBSD_INCLUDE_BSD_IDTYPE_H
#define BSD_FREEBSD_INCLUDE_BSD_IDTYPE_H

typedef enum { P_PID = 0, P_PGID = 2, P_ALL = 7 } idtype_t;

#endif
