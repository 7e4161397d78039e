/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_NETINET_IN_SYSTM_H
#define BSD_INCLUDE_NETINET_IN_SYSTM_H

typedef uint16_t	n_short;
typedef uint32_t	n_long;
typedef uint32_t	n_time;

#endif
