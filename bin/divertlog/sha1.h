/* SPDX-License-Identifier: ISC */
#ifndef SHA1_H
#define SHA1_H

#include <stddef.h>
#include <stdint.h>

#define SHA1_SIZE	20

/* The SHA-1 (RFC 3174) of len bytes. */
void	 sha1(const void *, size_t len, uint8_t digest[SHA1_SIZE]);

#endif
