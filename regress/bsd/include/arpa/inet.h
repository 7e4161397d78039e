/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_ARPA_INET_H
#define BSD_INCLUDE_ARPA_INET_H

#include <sys/types.h>

uint32_t	 htonl(uint32_t);
uint16_t	 htons(uint16_t);
uint32_t	 ntohl(uint32_t);
uint16_t	 ntohs(uint16_t);

#include <bsd_in_addr.h>

in_addr_t	 inet_addr(const char *);
char		*inet_ntoa(struct in_addr);
const char	*inet_ntop(int, const void *, char *, uint32_t);
int		 inet_pton(int, const char *, void *);

#endif
