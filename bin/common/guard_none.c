/* SPDX-License-Identifier: ISC */

/* Systems where the right to an open port is the right to that port alone. */

#include "compat.h"

#include "guard.h"

int
guard_start(struct divert_port *port, const char *user)
{
	(void)port;
	(void)user;
	return (0);
}

int
guard_fd(void)
{
	return (-1);
}
