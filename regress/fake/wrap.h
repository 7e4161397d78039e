/* SPDX-License-Identifier: ISC */
#ifndef FAKE_WRAP_H
#define FAKE_WRAP_H

#include <sys/types.h>
#include <sys/socket.h>

#include <time.h>

/* What the linker puts in place of the system calls. */

struct ifaddrs;

int	 __wrap_socket(int, int, int);
int	 __wrap_bind(int, const struct sockaddr *, socklen_t);
int	 __wrap_connect(int, const struct sockaddr *, socklen_t);
int	 __wrap_setsockopt(int, int, int, const void *, socklen_t);
int	 __wrap_getsockopt(int, int, int, void *, socklen_t *);
int	 __wrap_fcntl(int, int, ...);
int	 __wrap_close(int);
ssize_t	 __wrap_recvmsg(int, struct msghdr *, int);
ssize_t	 __wrap_sendto(int, const void *, size_t, int,
	    const struct sockaddr *, socklen_t);
int	 __wrap_getifaddrs(struct ifaddrs **);
void	 __wrap_freeifaddrs(struct ifaddrs *);
int	 __wrap_nanosleep(const struct timespec *, struct timespec *);
int	 __wrap_clock_gettime(clockid_t, struct timespec *);
char	*__wrap_strerror(int);
void	*__wrap_malloc(size_t);
void	*__wrap_calloc(size_t, size_t);
void	*__real_malloc(size_t);
void	*__real_calloc(size_t, size_t);

#endif
