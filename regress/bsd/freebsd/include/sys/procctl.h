/* SPDX-License-Identifier: ISC */
#ifndef BSD_FREEBSD_INCLUDE_SYS_PROCCTL_H
#define BSD_FREEBSD_INCLUDE_SYS_PROCCTL_H

#include <sys/types.h>

#include <bsd_idtype.h>

#define PROC_TRACE_CTL		7
#define PROC_PDEATHSIG_CTL	11
#ifndef BSD_WITHOUT_PF_DIVERT
/* From 14 on, and in later ones of 13. */
#define PROC_NO_NEW_PRIVS_CTL	19
#define PROC_NO_NEW_PRIVS_ENABLE 1
#endif

#define PROC_TRACE_CTL_DISABLE	2

int	 procctl(idtype_t, id_t, int, void *);

#endif
