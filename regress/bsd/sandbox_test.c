/* SPDX-License-Identifier: ISC */

/*
 * What privilege_*.c and sandbox_*.c of OpenBSD and FreeBSD ask of their
 * systems, on any system: the calls come here, and are written down in one
 * line.  Built by ../bin/sandbox_bsd.sh, with -DSYSTEM_OPENBSD or without.
 */

#include "compat.h"

#include <sys/types.h>

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "msg.h"
#include "options.h"
#include "privilege.h"
#include "sandbox.h"

static char	 calls[1024];
static char	 messages[1024];
static const char *failing = "";	/* the call that gives EPERM */
static uid_t	 effective;
static int	 tests, failures;

static int
called(const char *fmt, ...)
{
	va_list	 ap;
	size_t	 len = strlen(calls);

	va_start(ap, fmt);
	vsnprintf(calls + len, sizeof(calls) - len, fmt, ap);
	va_end(ap);
	if (failing[0] != '\0' && strstr(calls + len, failing) == calls + len) {
		errno = EPERM;
		return (-1);
	}
	return (0);
}

/* The system's part, taken by the code that is included below. */

static struct passwd	 nobody = { .pw_name = (char *)"nobody",
			    .pw_uid = 32767, .pw_gid = 32766 };

static struct passwd *
fake_getpwnam(const char *name)
{
	called("getpwnam(%s) ", name);
	return (strcmp(name, "nobody") == 0 ? &nobody : NULL);
}

static int
fake_setgroups(size_t n, const gid_t *gids)
{
	return (called("setgroups(%d,%u) ", (int)n, gids[0]));
}

#define getpwnam(name)		fake_getpwnam(name)
#define geteuid()		effective
#define setgroups(n, gids)	fake_setgroups(n, gids)
#define setresgid(r, e, s)	called("setresgid(%u,%u,%u) ", r, e, s)
#define setresuid(r, e, s)	called("setresuid(%u,%u,%u) ", r, e, s)
#define chroot(path)		called("chroot(%s) ", path)
#define chdir(path)		called("chdir(%s) ", path)
#define tzset()			called("tzset ")

#include "privilege.c"

#ifdef SYSTEM_OPENBSD

#define pledge(p, e)	called("pledge(%s)%s ", p, (e) == NULL ? "" : "!")
#define unveil(p, w)	called("unveil(%s,%s) ", fake_text(p), fake_text(w))

static const char *
fake_text(const char *text)
{
	return (text == NULL ? "-" : text);
}

#include "privilege_openbsd.c"
#include "sandbox_openbsd.c"

#else

#include <sys/wait.h>

#include <sys/capsicum.h>
#include <sys/procctl.h>

#define procctl(type, id, what, value)	called("procctl(%d) ", what)
#define cap_enter()			called("cap_enter ")
#define cap_rights_limit(fd, rights)	called("limit(%d,%s) ", fd, \
	(rights)->cr_rights[0] & CAP_WRITE & ~CAP_READ ? "w" : "r")

cap_rights_t *
__cap_rights_init(int version, cap_rights_t *rights, ...)
{
	va_list	 ap;

	(void)version;
	va_start(ap, rights);
	rights->cr_rights[0] = va_arg(ap, uint64_t);
	va_end(ap);
	return (rights);
}

#include "privilege_freebsd.c"
#include "sandbox_freebsd.c"

#endif

/* Messages are kept. */

void
msg_die(int status, const char *fmt, ...)
{
	(void)fmt;
	printf("Bail out! msg_die %d\n", status);
	exit(1);
}

void
msg_warn(const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	vsnprintf(messages, sizeof(messages), fmt, ap);
	va_end(ap);
}

void
msg_info(const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	vsnprintf(messages, sizeof(messages), fmt, ap);
	va_end(ap);
}

void
options_usage(const char *fmt, ...)
{
	(void)fmt;
	printf("Bail out! usage\n");
	exit(1);
}

/* What was called since the last time? */
static void
is(const char *what, const char *wanted)
{
	size_t	 len = strlen(calls);

	if (len > 0)
		calls[len - 1] = '\0';
	tests++;
	if (strcmp(calls, wanted) != 0) {
		failures++;
		printf("not ok %d - %s\n# got:    %s\n# wanted: %s\n", tests,
		    what, calls, wanted);
	} else
		printf("ok %d - %s\n", tests, what);
	calls[0] = '\0';
}

static void
says(const char *what, const char *wanted)
{
	tests++;
	if (strstr(messages, wanted) == NULL) {
		failures++;
		printf("not ok %d - %s\n# said: %s\n", tests, what, messages);
	} else
		printf("ok %d - %s\n", tests, what);
	messages[0] = '\0';
}

#ifdef SYSTEM_OPENBSD
#define AFTER	""
#else
#define AFTER	" procctl(19) procctl(7)"
#endif
#define BECOME	"setgroups(1,32766) setresgid(32766,32766,32766) " \
		"setresuid(32767,32767,32767)" AFTER

static void
privileges(void)
{
	effective = 0;
	privilege_drop(NULL, 1);
	is("with a port: the user is found before the root is empty",
	    "getpwnam(_divert) getpwnam(nobody) tzset chroot(/var/empty) "
	    "chdir(/) " BECOME);
	privilege_drop(NULL, 0);
	is("without: the root stays",
	    "getpwnam(_divert) getpwnam(nobody) " BECOME);
	privilege_drop("nobody", 1);
	is("a user that is named", "getpwnam(nobody) tzset chroot(/var/empty) "
	    "chdir(/) " BECOME);
	failing = "chroot";
	privilege_drop("nobody", 1);
	is("the user changes although the root cannot",
	    "getpwnam(nobody) tzset chroot(/var/empty) " BECOME);
	failing = "";
	says("and -v says so", "/var/empty: cannot be the root");
	effective = 1000;
	privilege_drop(NULL, 1);
	is("somebody else stays what he is", AFTER[0] == ' ' ? AFTER + 1 : "");
}

static const char *const	 dirs[] = { "/var/log/a", "/var/db/b", NULL };
static const char *const	 rules[] = { "/etc/r", NULL };

#ifdef SYSTEM_OPENBSD
static void
walls(void)
{
	struct sandbox_needs	 needs;

	memset(&needs, 0, sizeof(needs));
	sandbox_files(&needs);
	is("without directories nothing is unveiled", "tzset");
	sandbox_calls(&needs);
	is("a capture needs stdio alone", "pledge(stdio)");
	needs.live = 1;
	sandbox_calls(&needs);
	is("a port needs addresses", "pledge(stdio inet)");
	needs.signals = 1;
	sandbox_calls(&needs);
	is("a command needs signals, and pipes when it comes again",
	    "pledge(stdio inet proc recvfd)");
	needs.live = 0;
	sandbox_calls(&needs);
	is("a command on a capture", "pledge(stdio proc recvfd)");
	needs.signals = 0;
	needs.live = 1;
	needs.read_dirs = rules;
	sandbox_files(&needs);
	is("a directory to read",
	    "tzset unveil(/etc/r,r) unveil(-,-)");
	sandbox_calls(&needs);
	is("and its promise", "pledge(stdio inet rpath)");
	needs.write_dirs = dirs;
	sandbox_files(&needs);
	is("directories to write", "tzset unveil(/var/log/a,rwc) "
	    "unveil(/var/db/b,rwc) unveil(/etc/r,r) unveil(-,-)");
	sandbox_calls(&needs);
	is("and their promises", "pledge(stdio inet rpath wpath cpath)");
	failing = "pledge";
	sandbox_calls(&needs);
	is("it goes on when there is no pledge",
	    "pledge(stdio inet rpath wpath cpath)");
	says("and -v says so", "system calls stay within reach");
}
#else
#define LIMITS	"limit(0,r) limit(1,w) limit(2,w)"

static void
walls(void)
{
	struct sandbox_needs	 needs;

	memset(&needs, 0, sizeof(needs));
	sandbox_files(&needs);
	is("files", "tzset");
	sandbox_calls(&needs);
	is("a capture runs in capability mode", LIMITS " cap_enter");
	needs.write_dirs = dirs;
	needs.read_dirs = rules;
	sandbox_calls(&needs);
	is("also with directories, which are open", LIMITS " cap_enter");
	needs.live = 1;
	sandbox_calls(&needs);
	is("a port does not: its packets have addresses", LIMITS);
	says("and -v says why", "no capability mode");
	needs.live = 0;
	needs.signals = 1;
	sandbox_calls(&needs);
	is("nor does what sends signals", LIMITS);
	needs.signals = 0;
	failing = "cap_enter";
	sandbox_calls(&needs);
	is("it goes on when there is no capability mode", LIMITS " cap_enter");
	says("and -v says so", "system calls stay within reach");
}
#endif

int
main(void)
{
	privileges();
	walls();
	privilege_check_user("nobody");
	is("a user that exists", "getpwnam(nobody)");
	printf("1..%d\n", tests);
	return (failures != 0);
}
