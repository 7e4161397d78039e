/* SPDX-License-Identifier: ISC */

#include "compat.h"

#include <sys/prctl.h>

#include "parent_death.h"

void
die_with_parent(int signo)
{
	prctl(PR_SET_PDEATHSIG, signo, 0, 0, 0);
}
