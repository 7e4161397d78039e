/* SPDX-License-Identifier: ISC */
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

int
main(void)
{
	struct sock_filter f = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);

	return (f.k != SECCOMP_RET_ALLOW || PR_SET_NO_NEW_PRIVS < 0 ||
	    SYS_seccomp < 0);
}
