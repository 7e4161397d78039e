/* SPDX-License-Identifier: ISC */
#ifndef BSD_FREEBSD_INCLUDE_SYS_SOCKET_H
#define BSD_FREEBSD_INCLUDE_SYS_SOCKET_H

#include <sys/types.h>
#include <sys/uio.h>

typedef uint32_t	socklen_t;
typedef uint8_t		sa_family_t;

#define SOCK_STREAM	1
#define SOCK_DGRAM	2
#define SOCK_RAW	3
#define SOCK_SEQPACKET	5
#define SOCK_CLOEXEC	0x10000000
#define SOCK_NONBLOCK	0x20000000

#define SOL_SOCKET	0xffff
#define SO_REUSEADDR	0x0004
#define SO_BROADCAST	0x0020
#define SO_LINGER	0x0080
#define SO_REUSEPORT	0x0200
#define SO_TIMESTAMP	0x0400
#define SO_NOSIGPIPE	0x0800
#define SO_SETFIB	0x1014
#define SO_SNDBUF	0x1001
#define SO_RCVBUF	0x1002
#define SO_SNDLOWAT	0x1003
#define SO_RCVLOWAT	0x1004
#define SO_SNDTIMEO	0x1005
#define SO_RCVTIMEO	0x1006
#define SO_ERROR	0x1007
#define SO_TYPE		0x1008

#define AF_UNSPEC	0
#define AF_UNIX		1
#define AF_LOCAL	AF_UNIX
#define AF_INET		2
#define AF_ROUTE	17
#define AF_LINK		18
#define AF_INET6	28
#ifndef BSD_WITHOUT_PF_DIVERT
/* From 14 on. */
#define AF_DIVERT	44
#define PF_DIVERT	AF_DIVERT
#endif

#define PF_UNSPEC	AF_UNSPEC
#define PF_UNIX		AF_UNIX
#define PF_LOCAL	AF_LOCAL
#define PF_INET		AF_INET
#define PF_INET6	AF_INET6

#define SHUT_RD		0
#define SHUT_WR		1
#define SHUT_RDWR	2

#define MSG_PEEK	0x2
#define MSG_EOR		0x8
#define MSG_TRUNC	0x10
#define MSG_CTRUNC	0x20
#define MSG_WAITALL	0x40
#define MSG_DONTWAIT	0x80
#define MSG_NOSIGNAL	0x20000
#define MSG_CMSG_CLOEXEC 0x40000
#define MSG_WAITFORONE	0x80000

/* The first byte is the length: not so on Linux. */
struct sockaddr {
	unsigned char	 sa_len;
	sa_family_t	 sa_family;
	char		 sa_data[14];
};

struct sockaddr_storage {
	unsigned char	 ss_len;
	sa_family_t	 ss_family;
	char		 bsd_pad1[6];
	int64_t		 bsd_align;
	char		 bsd_pad2[112];
};

struct linger {
	int		 l_onoff;
	int		 l_linger;
};

struct msghdr {
	void		*msg_name;
	socklen_t	 msg_namelen;
	struct iovec	*msg_iov;
	int		 msg_iovlen;
	void		*msg_control;
	socklen_t	 msg_controllen;
	int		 msg_flags;
};

struct timespec;
struct mmsghdr {
	struct msghdr	 msg_hdr;
	ssize_t		 msg_len;
};


struct cmsghdr {
	socklen_t	 cmsg_len;
	int		 cmsg_level;
	int		 cmsg_type;
};

#define SCM_RIGHTS	0x01
#define BSD_ALIGN(n)	(((unsigned long)(n) + 7UL) & ~7UL)
#define CMSG_DATA(c) \
	((unsigned char *)(c) + BSD_ALIGN(sizeof(struct cmsghdr)))
#define CMSG_FIRSTHDR(m) \
	((m)->msg_controllen >= sizeof(struct cmsghdr) ? \
	(struct cmsghdr *)(m)->msg_control : (struct cmsghdr *)0)
#define CMSG_NXTHDR(m, c)	bsd_cmsg_next(m, c)
#define CMSG_LEN(n)	(BSD_ALIGN(sizeof(struct cmsghdr)) + (n))
#define CMSG_SPACE(n)	(BSD_ALIGN(sizeof(struct cmsghdr)) + BSD_ALIGN(n))
struct cmsghdr *bsd_cmsg_next(struct msghdr *, struct cmsghdr *);

int	 accept(int, struct sockaddr *, socklen_t *);
int	 accept4(int, struct sockaddr *, socklen_t *, int);
int	 bind(int, const struct sockaddr *, socklen_t);
int	 connect(int, const struct sockaddr *, socklen_t);
int	 connectat(int, int, const struct sockaddr *, socklen_t);
int	 getpeername(int, struct sockaddr *, socklen_t *);
int	 getsockname(int, struct sockaddr *, socklen_t *);
int	 getsockopt(int, int, int, void *, socklen_t *);
int	 listen(int, int);
ssize_t	 recv(int, void *, size_t, int);
ssize_t	 recvfrom(int, void *, size_t, int, struct sockaddr *, socklen_t *);
ssize_t	 recvmsg(int, struct msghdr *, int);
ssize_t	 send(int, const void *, size_t, int);
ssize_t	 sendmsg(int, const struct msghdr *, int);
ssize_t	 sendto(int, const void *, size_t, int, const struct sockaddr *,
	    socklen_t);
int	 setsockopt(int, int, int, const void *, socklen_t);
int	 shutdown(int, int);
int	 socket(int, int, int);
int	 socketpair(int, int, int, int *);
ssize_t	 recvmmsg(int, struct mmsghdr *, size_t, int,
	    const struct timespec *);
ssize_t	 sendmmsg(int, struct mmsghdr *, size_t, int);

#endif
