/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_NET_IF_DL_H
#define BSD_INCLUDE_NET_IF_DL_H

#include <sys/types.h>

/* sdl_data goes on by system. */
struct sockaddr_dl {
	uint8_t		 sdl_len;
	uint8_t		 sdl_family;
	uint16_t	 sdl_index;
	uint8_t		 sdl_type;
	uint8_t		 sdl_nlen;
	uint8_t		 sdl_alen;
	uint8_t		 sdl_slen;
	char		 sdl_data[24];
};

#endif
