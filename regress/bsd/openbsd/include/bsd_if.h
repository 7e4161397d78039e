/* SPDX-License-Identifier: ISC */
#ifndef BSD_OPENBSD_INCLUDE_BSD_IF_H
#define BSD_OPENBSD_INCLUDE_BSD_IF_H

#define ifr_flags	ifr_ifru.ifru_flags[0]

#endif
