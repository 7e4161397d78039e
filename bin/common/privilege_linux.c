/* SPDX-License-Identifier: ISC */

/*
 * Linux: nfnetlink looks at the sender of every verdict, so CAP_NET_ADMIN
 * has to stay for them (kernel: netlink_net_capable in nfnetlink_rcv); all
 * else goes, and no_new_privs sees to it that nothing comes back.
 */

#include "compat.h"

#include <sys/prctl.h>
#include <sys/syscall.h>

#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <string.h>
#include <unistd.h>

#include "msg.h"
#include "privilege.h"
#include "privilege_int.h"

static int
set_capabilities(unsigned int mask)
{
	struct __user_cap_header_struct	 header;
	struct __user_cap_data_struct	 data[2];

	memset(&header, 0, sizeof(header));
	memset(data, 0, sizeof(data));
	header.version = _LINUX_CAPABILITY_VERSION_3;
	data[0].permitted = data[0].effective = mask;
	return ((int)syscall(SYS_capset, &header, data));
}

void
privilege_drop(const char *user, int verdicts)
{
	unsigned int	 keep;
	int		 cap;

	keep = verdicts ? 1u << CAP_NET_ADMIN : 0;
	/* Without CAP_SETPCAP these fail, and there is nothing to bound. */
	for (cap = 0; cap <= CAP_LAST_CAP; cap++)
		if (cap != CAP_NET_ADMIN || !verdicts)
			prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
	prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED |
	    SECBIT_NO_CAP_AMBIENT_RAISE, 0, 0, 0);
	if (verdicts)
		prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
	privilege_become(user, NULL);
	if (set_capabilities(keep) == -1 &&
	    (keep == 0 || set_capabilities(0) == -1))
		msg_info("capabilities: %s", strerror(errno));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		msg_info("no_new_privs: %s", strerror(errno));
}
