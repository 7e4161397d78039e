/* SPDX-License-Identifier: ISC */
#include <sys/syscall.h>

#include <linux/landlock.h>

int
main(void)
{
	struct landlock_ruleset_attr attr = { LANDLOCK_ACCESS_FS_EXECUTE };

	return (attr.handled_access_fs == 0 || SYS_landlock_create_ruleset < 0);
}
