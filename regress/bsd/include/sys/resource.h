/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_SYS_RESOURCE_H
#define BSD_INCLUDE_SYS_RESOURCE_H

#include <sys/types.h>

#include <bsd_timeval.h>

typedef uint64_t	rlim_t;
struct rlimit {
	rlim_t		 rlim_cur;
	rlim_t		 rlim_max;
};
struct rusage {
	struct timeval	 ru_utime;
	struct timeval	 ru_stime;
	long		 ru_maxrss;
};
#define RUSAGE_SELF	0
#define RLIMIT_CORE	4
#define RLIMIT_NOFILE	8

int	 getrlimit(int, struct rlimit *);
int	 getrusage(int, struct rusage *);
int	 setrlimit(int, const struct rlimit *);

#endif
