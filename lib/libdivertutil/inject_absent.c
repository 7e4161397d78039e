/* SPDX-License-Identifier: ISC */

/*
 * Injection where the system has no way of its own, or none that is written
 * down here.
 */

#include "compat.h"

#include <errno.h>

#include "divert_int.h"

struct divert_injector *
divert_injector_open(uint32_t mark, char *errbuf, size_t errlen)
{
	(void)mark;
	strlcpy(errbuf, "not on this system", errlen);
	errno = ENOTSUP;
	return (NULL);
}

int
divert_injector_send(struct divert_injector *injector,
    const struct divert_packet *pkt)
{
	(void)injector;
	(void)pkt;
	errno = ENOTSUP;
	return (-1);
}

void
divert_injector_close(struct divert_injector *injector)
{
	(void)injector;
}
