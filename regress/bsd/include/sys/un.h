/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_SYS_UN_H
#define BSD_INCLUDE_SYS_UN_H

#include <sys/types.h>

struct sockaddr_un {
	unsigned char	 sun_len;
	unsigned char	 sun_family;
	char		 sun_path[104];
};

#endif
