/* SPDX-License-Identifier: ISC */
#ifndef BSD_FREEBSD_INCLUDE_SYS_WAIT_H
#define BSD_FREEBSD_INCLUDE_SYS_WAIT_H

#include_next <sys/wait.h>
#include <bsd_idtype.h>

#endif
