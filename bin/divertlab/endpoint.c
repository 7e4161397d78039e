/* SPDX-License-Identifier: ISC */

/* A numeric address and port of either family, and sockets on it. */

#include "compat.h"

#include <sys/types.h>

#include <err.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "labtraffic.h"
#include "traffic.h"

/* Fill ep; addr NULL means any address of both families.  Exits if wrong. */
void
endpoint_parse(struct endpoint *ep, const char *addr, unsigned int port)
{
	struct addrinfo	 hints = {
		.ai_family = addr == NULL ? AF_INET6 : AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE
	}, *res;
	char		 service[8];
	int		 error;

	snprintf(service, sizeof(service), "%u", port & 0xffff);
	error = getaddrinfo(addr, service, &hints, &res);
	if (error != 0)
		errx(2, "%s: %s", addr == NULL ? "::" : addr,
		    gai_strerror(error));
	memcpy(&ep->sa, res->ai_addr, res->ai_addrlen);
	ep->len = res->ai_addrlen;
	freeaddrinfo(res);
}

/* A socket of this type connected to ep.  Exits when it cannot be had. */
int
endpoint_connect(const struct endpoint *ep, int type)
{
	int	 fd;

	if ((fd = socket(ep->sa.ss_family, type | SOCK_CLOEXEC, 0)) == -1)
		err(1, "socket");
	if (connect(fd, (const struct sockaddr *)&ep->sa, ep->len) == -1)
		err(1, "connect");
	return (fd);
}

/* A socket of this type bound to ep.  Exits when it cannot be had. */
int
endpoint_bind(const struct endpoint *ep, int type)
{
	int	 fd, on = 1, off = 0;

	if ((fd = socket(ep->sa.ss_family, type | SOCK_CLOEXEC, 0)) == -1)
		err(1, "socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (ep->sa.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(fd, (const struct sockaddr *)&ep->sa, ep->len) == -1)
		err(1, "bind");
	return (fd);
}
