/* SPDX-License-Identifier: ISC */
#ifndef DIVERT_LINK_SCOPE_H
#define DIVERT_LINK_SCOPE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Is the destination of an IP packet one that means nothing without an
 * interface: multicast, broadcast to all, or IPv6 link-local?
 */
static inline int
divert_link_scope(const uint8_t *data, size_t len)
{
	if (len >= 20 && data[0] >> 4 == 4)
		return (data[16] >> 4 == 14 || (data[16] == 255 &&
		    data[17] == 255 && data[18] == 255 && data[19] == 255));
	if (len >= 40 && data[0] >> 4 == 6)
		return (data[24] == 0xff ||
		    (data[24] == 0xfe && data[25] >> 6 == 2));
	return (0);
}

#endif
