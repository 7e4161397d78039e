/* SPDX-License-Identifier: ISC */

#include "compat.h"

#include <sys/types.h>
#include <sys/procctl.h>
#include <sys/wait.h>

#include "parent_death.h"

void
die_with_parent(int signo)
{
	procctl(P_PID, 0, PROC_PDEATHSIG_CTL, &signo);
}
