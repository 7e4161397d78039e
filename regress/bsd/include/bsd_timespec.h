/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_BSD_TIMESPEC_H
#define BSD_INCLUDE_BSD_TIMESPEC_H

struct timespec {
	time_t		 tv_sec;
	long		 tv_nsec;
};

#endif
