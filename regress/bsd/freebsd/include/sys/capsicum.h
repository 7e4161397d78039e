/* SPDX-License-Identifier: ISC */
#ifndef BSD_FREEBSD_INCLUDE_SYS_CAPSICUM_H
#define BSD_FREEBSD_INCLUDE_SYS_CAPSICUM_H

#include <sys/types.h>

struct bsd_cap_rights {
	uint64_t	 cr_rights[2];
};
typedef struct bsd_cap_rights cap_rights_t;

#define CAP_READ	0x0200000000000001ULL
#define CAP_WRITE	0x0200000000000002ULL
#define CAP_SEEK	0x020000000000000cULL
#define CAP_FCNTL	0x0200000000008000ULL
#define CAP_FSTAT	0x0200000000080000ULL
#define CAP_FTRUNCATE	0x0200000000000200ULL
#define CAP_FSYNC	0x0200000000000100ULL
#define CAP_RECV	CAP_READ
#define CAP_SEND	CAP_WRITE
#define CAP_CONNECT	0x0200000800000000ULL
#define CAP_GETSOCKOPT	0x0200004000000000ULL
#define CAP_SETSOCKOPT	0x0200040000000000ULL
#define CAP_EVENT	0x0400000000000020ULL
#define CAP_KQUEUE_EVENT 0x0400000000000040ULL
#define CAP_IOCTL	0x0400000000000080ULL

#define cap_rights_init(...) \
	__cap_rights_init(0, __VA_ARGS__, 0ULL)
cap_rights_t *__cap_rights_init(int, cap_rights_t *, ...);

int	 cap_enter(void);
int	 cap_fcntls_limit(int, uint32_t);
int	 cap_getmode(unsigned int *);
int	 cap_ioctls_limit(int, const unsigned long *, size_t);
int	 cap_rights_limit(int, const cap_rights_t *);

#endif
