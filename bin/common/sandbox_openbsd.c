/* SPDX-License-Identifier: ISC */

/*
 * OpenBSD: unveil(2) and pledge(2).
 *
 * A write to a divert socket has an address and so needs "inet"; "stdio" alone
 * ends the process.  "proc" is for signals to the command, "recvfd" for its
 * pipes when it is started again.  Where no promise speaks of paths no file
 * can be opened, and unveil has nothing to hide.
 */

#include "compat.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "msg.h"
#include "sandbox.h"

static void
show(const char *const *dirs, const char *permissions)
{
	for (; dirs != NULL && *dirs != NULL; dirs++)
		if (unveil(*dirs, permissions) == -1)
			msg_warn("%s: unveil: %s", *dirs, strerror(errno));
}

void
sandbox_files(const struct sandbox_needs *needs)
{
	/* Read now: for times as text. */
	tzset();
	if (needs->write_dirs == NULL && needs->read_dirs == NULL)
		return;
	show(needs->write_dirs, "rwc");
	show(needs->read_dirs, "r");
	if (unveil(NULL, NULL) == -1)
		msg_info("unveil: %s (files stay within reach)",
		    strerror(errno));
}

void
sandbox_calls(const struct sandbox_needs *needs)
{
	char	 promises[64];

	strlcpy(promises, "stdio", sizeof(promises));
	if (needs->live || needs->routes)
		strlcat(promises, " inet", sizeof(promises));
	if (needs->accepts)
		strlcat(promises, " unix", sizeof(promises));
	if (needs->signals)
		strlcat(promises, " proc recvfd", sizeof(promises));
	if (needs->write_dirs != NULL)
		strlcat(promises, " rpath wpath cpath", sizeof(promises));
	else if (needs->read_dirs != NULL)
		strlcat(promises, " rpath", sizeof(promises));
	if (pledge(promises, NULL) == -1)
		msg_info("pledge: %s: %s (system calls stay within reach)",
		    promises, strerror(errno));
}
