/* SPDX-License-Identifier: ISC */

/* Linux: put the filter of sandbox_filter.c on all threads (seccomp(2)). */

#include "compat.h"

#include <sys/prctl.h>
#include <sys/syscall.h>

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <unistd.h>

#include "msg.h"
#include "sandbox.h"
#include "sandbox_linux.h"

void
sandbox_calls(const struct sandbox_needs *needs)
{
	struct sock_filter	 insns[SANDBOX_FILTER_MAX];
	struct sock_fprog	 prog;

	if (SANDBOX_SANITIZED) {
		msg_info("built with sanitizers: no landlock, no seccomp");
		return;
	}
	if ((prog.len = (unsigned short)sandbox_filter(insns, needs)) == 0) {
		msg_info("seccomp: no filter for this processor");
		return;
	}
	prog.filter = insns;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
	    SECCOMP_FILTER_FLAG_TSYNC, &prog) != 0)
		msg_info("seccomp: %s (system calls stay within reach)",
		    strerror(errno));
}
