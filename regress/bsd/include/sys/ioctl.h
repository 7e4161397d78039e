/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_SYS_IOCTL_H
#define BSD_INCLUDE_SYS_IOCTL_H

#define BSD_IOC(io, g, n, len) \
	((unsigned long)(io) | ((unsigned long)(len) & 0x1fff) << 16 | \
	(unsigned long)(g) << 8 | (unsigned long)(n))
#define _IO(g, n)	BSD_IOC(0x20000000U, g, n, 0)
#define _IOR(g, n, t)	BSD_IOC(0x40000000U, g, n, sizeof(t))
#define _IOW(g, n, t)	BSD_IOC(0x80000000U, g, n, sizeof(t))
#define _IOWR(g, n, t)	BSD_IOC(0xc0000000U, g, n, sizeof(t))

#define FIONREAD	_IOR('f', 127, int)
#define FIONBIO		_IOW('f', 126, int)
#define SIOCSIFADDR	_IOW('i', 12, struct ifreq)
#define SIOCSIFDSTADDR	_IOW('i', 14, struct ifreq)
#define SIOCSIFFLAGS	_IOW('i', 16, struct ifreq)
#define SIOCGIFFLAGS	_IOWR('i', 17, struct ifreq)
#define SIOCSIFNETMASK	_IOW('i', 22, struct ifreq)

int	 ioctl(int, unsigned long, ...);

#endif
