/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_TIME_H
#define BSD_INCLUDE_TIME_H

#include <sys/types.h>

#include <bsd_timespec.h>
#include <bsd_clock.h>

struct tm {
	int		 tm_sec;
	int		 tm_min;
	int		 tm_hour;
	int		 tm_mday;
	int		 tm_mon;
	int		 tm_year;
	int		 tm_wday;
	int		 tm_yday;
	int		 tm_isdst;
	long		 tm_gmtoff;
	char		*tm_zone;
};

int		 clock_getres(clockid_t, struct timespec *);
int		 clock_gettime(clockid_t, struct timespec *);
struct tm	*gmtime(const time_t *);
struct tm	*gmtime_r(const time_t *, struct tm *);
struct tm	*localtime(const time_t *);
struct tm	*localtime_r(const time_t *, struct tm *);
time_t		 mktime(struct tm *);
int		 nanosleep(const struct timespec *, struct timespec *);
size_t		 strftime(char *, size_t, const char *, const struct tm *);
char		*strptime(const char *, const char *, struct tm *);
time_t		 time(time_t *);
time_t		 timegm(struct tm *);
void		 tzset(void);

#endif
