/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_SYS_TYPES_H
#define BSD_INCLUDE_SYS_TYPES_H

#include <stddef.h>
#include <stdint.h>

#include <bsd_types.h>

typedef unsigned char	u_char;
typedef unsigned short	u_short;
typedef unsigned int	u_int;
typedef unsigned long	u_long;
typedef uint8_t		u_int8_t;
typedef uint16_t	u_int16_t;
typedef uint32_t	u_int32_t;
typedef uint64_t	u_int64_t;
typedef char		*caddr_t;
typedef int32_t		pid_t;
typedef uint32_t	uid_t;
typedef uint32_t	gid_t;
typedef uint32_t	id_t;
typedef long		ssize_t;
typedef long		suseconds_t;
typedef uint32_t	in_addr_t;
typedef uint16_t	in_port_t;
typedef struct bsd_pthread *pthread_t;
typedef struct bsd_pthread_attr *pthread_attr_t;
typedef struct bsd_pthread_mutex *pthread_mutex_t;
typedef struct bsd_pthread_mutexattr *pthread_mutexattr_t;
typedef struct bsd_pthread_cond *pthread_cond_t;
typedef struct bsd_pthread_condattr *pthread_condattr_t;

#endif
