/* SPDX-License-Identifier: ISC */

/*
 * The divert back end where the system has none.
 */

#include "compat.h"

#include <errno.h>

#include "divert_int.h"

static int
absent_open(struct divert_port *port, const char *arg,
    const struct divert_options *options)
{
	(void)options;
	if (divert_port_number(port, arg, 1) == -1)
		return (-1);
	errno = ENOTSUP;
	return (divert_port_fail(port, "%s: not on this system "
	    "(here: " DIVERT_NATIVE_KIND ":%s)", port->name, arg));
}

const struct divert_backend divert_backend_divert = {
	.kind = "divert",
	.open = absent_open,
};
