/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_BSD_TIMEVAL_H
#define BSD_INCLUDE_BSD_TIMEVAL_H

struct timeval {
	time_t		 tv_sec;
	suseconds_t	 tv_usec;
};

#endif
