/* SPDX-License-Identifier: ISC */

/*
 * FreeBSD: an open divert socket needs no privilege to go on.  Since capability
 * mode is not for live ports (sandbox_freebsd.c), the empty root is what keeps
 * files away from them.
 */

#include "compat.h"

#include <sys/types.h>
#include <sys/procctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <string.h>

#include "msg.h"
#include "privilege.h"
#include "privilege_int.h"

void
privilege_drop(const char *user, int verdicts)
{
	int	 on;

	/* Without verdicts: the files of a capture, the command's own. */
	privilege_become(user, verdicts ? PRIVILEGE_EMPTY : NULL);
#ifdef PROC_NO_NEW_PRIVS_CTL
	/* Since 13.1. */
	on = PROC_NO_NEW_PRIVS_ENABLE;
	if (procctl(P_PID, 0, PROC_NO_NEW_PRIVS_CTL, &on) == -1)
		msg_info("no_new_privs: %s", strerror(errno));
#endif
	/* Nobody else of that user looks into this process. */
	on = PROC_TRACE_CTL_DISABLE;
	if (procctl(P_PID, 0, PROC_TRACE_CTL, &on) == -1)
		msg_info("tracing: %s", strerror(errno));
}
