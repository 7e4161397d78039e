/* SPDX-License-Identifier: ISC */

#include "compat.h"

#include "parent_death.h"

void
die_with_parent(int signo)
{
	(void)signo;
}
