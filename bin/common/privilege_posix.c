/* SPDX-License-Identifier: ISC */

/* Systems where an open divert socket needs no privilege to go on. */

#include "compat.h"

#include "privilege.h"
#include "privilege_int.h"

void
privilege_drop(const char *user, int verdicts)
{
	(void)verdicts;
	privilege_become(user, NULL);
}
