/* SPDX-License-Identifier: ISC */

/*
 * OpenBSD: an open divert socket needs no privilege to go on, so with a live
 * port nothing of the file system need stay in sight.  What system calls
 * remain is decided in sandbox_openbsd.c.
 */

#include "compat.h"

#include "privilege.h"
#include "privilege_int.h"

void
privilege_drop(const char *user, int verdicts)
{
	/* Without verdicts: the files of a capture, the command's own. */
	privilege_become(user, verdicts ? PRIVILEGE_EMPTY : NULL);
}
