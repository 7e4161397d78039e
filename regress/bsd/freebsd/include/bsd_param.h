/* SPDX-License-Identifier: ISC */
#ifndef BSD_FREEBSD_INCLUDE_BSD_PARAM_H
#define BSD_FREEBSD_INCLUDE_BSD_PARAM_H

#define __FreeBSD_version 1403000

#endif
