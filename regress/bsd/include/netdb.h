/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_NETDB_H
#define BSD_INCLUDE_NETDB_H

#include <sys/types.h>

struct addrinfo {
	int		 ai_flags;
	int		 ai_family;
	int		 ai_socktype;
	int		 ai_protocol;
	uint32_t	 ai_addrlen;
	char		*ai_canonname;
	struct sockaddr	*ai_addr;
	struct addrinfo	*ai_next;
};

struct servent {
	char		*s_name;
	char		**s_aliases;
	int		 s_port;	/* network byte order */
	char		*s_proto;
};

struct protoent {
	char		*p_name;
	char		**p_aliases;
	int		 p_proto;
};

#define AI_PASSIVE	1
#define AI_CANONNAME	2
#define AI_NUMERICHOST	4
#define NI_NUMERICHOST	1

void		 freeaddrinfo(struct addrinfo *);
int		 getaddrinfo(const char *, const char *,
		    const struct addrinfo *, struct addrinfo **);
const char	*gai_strerror(int);
void		 endprotoent(void);
void		 endservent(void);
struct protoent	*getprotoent(void);
struct servent	*getservent(void);
void		 setprotoent(int);
void		 setservent(int);
struct servent	*getservbyname(const char *, const char *);
struct protoent	*getprotobyname(const char *);
void		 setservent(int);
struct servent	*getservent(void);
void		 endservent(void);
void		 setprotoent(int);
struct protoent	*getprotoent(void);
void		 endprotoent(void);

#endif
