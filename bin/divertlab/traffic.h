/* SPDX-License-Identifier: ISC */

#ifndef TRAFFIC_H
#define TRAFFIC_H

#include <sys/socket.h>

struct endpoint {
	struct sockaddr_storage	 sa;
	socklen_t		 len;
};

void	endpoint_parse(struct endpoint *, const char *, unsigned int);
int	endpoint_connect(const struct endpoint *, int);
int	endpoint_bind(const struct endpoint *, int);

#endif
