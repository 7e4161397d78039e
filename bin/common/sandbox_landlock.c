/* SPDX-License-Identifier: ISC */

/*
 * Linux: no files, no TCP, no abstract sockets, no signals (landlock(7)).
 *
 * What a kernel does not know yet is left out by its ABI version.  The
 * structure is written out here because the header may be older than the
 * kernel: the kernel takes a longer one whose rest is zero, and this tool
 * should not be weaker than the kernel it runs on.
 */

#include "compat.h"

#include <sys/prctl.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "msg.h"
#include "sandbox.h"
#include "sandbox_linux.h"

struct ruleset {
	uint64_t	 fs;
	uint64_t	 net;		/* since ABI 4 */
	uint64_t	 scoped;	/* since ABI 6 */
};

/* All rights that ABI 1 knows are the bits up to MAKE_SYM. */
#define FS_ABI1		((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)
#define FS_REFER	((uint64_t)1 << 13)	/* ABI 2 */
#define FS_TRUNCATE	((uint64_t)1 << 14)	/* ABI 3 */
#define FS_IOCTL_DEV	((uint64_t)1 << 15)	/* ABI 5 */
#define NET_TCP		((uint64_t)3)		/* ABI 4: bind, connect */
#define SCOPE_ABSTRACT	((uint64_t)1 << 0)	/* ABI 6: unix sockets */
#define SCOPE_SIGNAL	((uint64_t)1 << 1)

#define FS_READ		((uint64_t)(LANDLOCK_ACCESS_FS_READ_FILE | \
			    LANDLOCK_ACCESS_FS_READ_DIR))
#define FS_WRITE	(FS_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | \
			    LANDLOCK_ACCESS_FS_MAKE_REG | \
			    LANDLOCK_ACCESS_FS_REMOVE_FILE | FS_TRUNCATE)

/* What this kernel can deny. */
static void
fill_ruleset(struct ruleset *rules, long abi, const struct sandbox_needs *needs)
{
	memset(rules, 0, sizeof(*rules));
	rules->fs = FS_ABI1;
	if (abi >= 2)
		rules->fs |= FS_REFER;
	if (abi >= 3)
		rules->fs |= FS_TRUNCATE;
	if (abi >= 4)
		rules->net = NET_TCP;
	if (abi >= 5)
		rules->fs |= FS_IOCTL_DEV;
	if (abi >= 6) {
		rules->scoped = SCOPE_ABSTRACT;
		/* A command is outside of this domain. */
		if (!needs->signals)
			rules->scoped |= SCOPE_SIGNAL;
	}
}

static void
allow_dirs(int fd, const char *const *dirs, uint64_t rights)
{
	struct landlock_path_beneath_attr	 beneath;
	int					 dir, failed;

	for (; dirs != NULL && *dirs != NULL; dirs++) {
		if ((dir = open(*dirs, O_PATH | O_DIRECTORY | O_CLOEXEC)) ==
		    -1) {
			msg_warn("%s: %s", *dirs, strerror(errno));
			continue;
		}
		memset(&beneath, 0, sizeof(beneath));
		beneath.allowed_access = rights;
		beneath.parent_fd = dir;
		failed = syscall(SYS_landlock_add_rule, fd,
		    LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == -1;
		if (failed)
			msg_warn("%s: landlock: %s", *dirs, strerror(errno));
		close(dir);
	}
}

void
sandbox_files(const struct sandbox_needs *needs)
{
	struct ruleset	 rules;
	long		 abi;
	int		 fd;

	/* Read now: for times as text. */
	tzset();
	if (SANDBOX_SANITIZED)
		return;
	abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	if (abi < 1) {
		msg_info("landlock: %s (files stay within reach)",
		    strerror(errno));
		return;
	}
	fill_ruleset(&rules, abi, needs);
	fd = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof(rules), 0);
	if (fd == -1) {
		msg_info("landlock: %s (files stay within reach)",
		    strerror(errno));
		return;
	}
	allow_dirs(fd, needs->write_dirs, FS_WRITE & rules.fs);
	allow_dirs(fd, needs->read_dirs, FS_READ);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    syscall(SYS_landlock_restrict_self, fd, 0) == -1)
		msg_info("landlock: %s (files stay within reach)",
		    strerror(errno));
	close(fd);
}
