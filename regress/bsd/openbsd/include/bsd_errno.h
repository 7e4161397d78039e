/* SPDX-License-Identifier: ISC */
#ifndef BSD_OPENBSD_INCLUDE_BSD_ERRNO_H
#define BSD_OPENBSD_INCLUDE_BSD_ERRNO_H

int	*__errno(void);
#define errno		(*__errno())

#define EILSEQ		84
#define EOVERFLOW	87
#define ECANCELED	88
#define EIDRM		89
#define ENOMSG		90
#define ENOTSUP		91
#define EBADMSG		92
#define ENOTRECOVERABLE	93
#define EOWNERDEAD	94
#define EPROTO		95

#endif
