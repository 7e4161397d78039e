/* SPDX-License-Identifier: ISC */
#ifndef BSD_FREEBSD_INCLUDE_BSD_ERRNO_H
#define BSD_FREEBSD_INCLUDE_BSD_ERRNO_H

int	*__error(void);
#define errno		(*__error())

#define EIDRM		82
#define ENOMSG		83
#define EOVERFLOW	84
#define ECANCELED	85
#define EILSEQ		86
#define ENOTSUP		EOPNOTSUPP
#define EBADMSG		89
#define EMULTIHOP	90
#define ENOLINK		91
#define EPROTO		92
#define ENOTCAPABLE	93
#define ECAPMODE	94
#define ENOTRECOVERABLE	95
#define EOWNERDEAD	96

#endif
