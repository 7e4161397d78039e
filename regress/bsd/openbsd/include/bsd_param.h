/* SPDX-License-Identifier: ISC */
#ifndef BSD_OPENBSD_INCLUDE_BSD_PARAM_H
#define BSD_OPENBSD_INCLUDE_BSD_PARAM_H

#define OpenBSD		202604

#endif
