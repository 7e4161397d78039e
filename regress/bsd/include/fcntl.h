/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_FCNTL_H
#define BSD_INCLUDE_FCNTL_H

#include <sys/types.h>

#define O_RDONLY	0x0000
#define O_WRONLY	0x0001
#define O_RDWR		0x0002
#define O_ACCMODE	0x0003
#define O_NONBLOCK	0x0004
#define O_APPEND	0x0008
#define O_SYNC		0x0080
#define O_NOFOLLOW	0x0100
#define O_CREAT		0x0200
#define O_TRUNC		0x0400
#define O_EXCL		0x0800
#define O_NOCTTY	0x8000
#include <bsd_fcntl.h>

#define F_DUPFD		0
#define F_GETFD		1
#define F_SETFD		2
#define F_GETFL		3
#define F_SETFL		4
#define F_GETOWN	5
#define F_SETOWN	6
#define FD_CLOEXEC	1

int	 fcntl(int, int, ...);
int	 open(const char *, int, ...);
int	 openat(int, const char *, int, ...);

#endif
