/* SPDX-License-Identifier: ISC */

/* Whom to become: the part of privileges that all systems share. */

#include "compat.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "msg.h"
#include "options.h"
#include "privilege.h"
#include "privilege_int.h"

void
privilege_check_user(const char *user)
{
	if (user != NULL && getpwnam(user) == NULL)
		msg_die(2, "%s: no such user", user);
}

/* Make root all there is of the file system. */
static void
enter(const char *root)
{
	/* Read now: for times as text. */
	tzset();
	if (chroot(root) == -1 || chdir("/") == -1)
		msg_info("%s: cannot be the root: %s (files stay within "
		    "reach)", root, strerror(errno));
}

int
privilege_become(const char *user, const char *root)
{
	const struct passwd	*pw;
	const char		*wanted = user;

	if (geteuid() != 0) {
		if (user != NULL)
			msg_die(4, "%s: only root can become another user",
			    user);
		return (0);
	}
	if (wanted != NULL)
		pw = getpwnam(wanted);
	else if ((pw = getpwnam("_divert")) == NULL)
		pw = getpwnam("nobody");
	if (pw == NULL) {
		msg_info("no user _divert or nobody: the user stays");
		return (0);
	}
	if (pw->pw_uid == 0)
		return (0);
	if (root != NULL)
		enter(root);
	/* A user namespace without setgroups(2) has no other groups to lose. */
	if ((setgroups(1, &pw->pw_gid) == -1 && errno != EPERM) ||
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) == -1 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) == -1) {
		if (user != NULL)
			msg_die(4, "%s: cannot become this user: %s", user,
			    strerror(errno));
		msg_info("cannot become %s: %s (the user stays)", pw->pw_name,
		    strerror(errno));
		return (0);
	}
	return (1);
}
