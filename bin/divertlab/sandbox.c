/* SPDX-License-Identifier: ISC */

/*
 * A room of its own for a command: network, mounts and processes, and a user
 * namespace where the caller is not root.  Three processes:
 *
 *	caller's side	forwards signals, keeps the time limit, and by dying
 *			takes everything with it (PR_SET_PDEATHSIG)
 *	init		first process of the room, reaps; its end ends all
 *	command		and whatever it starts
 *
 * unshare(1) has most of this, but not the forwarding of signals before
 * util-linux 2.40, and the drain of a tool under test hangs on that.
 */

#include "compat.h"

#include <sys/types.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "labtraffic.h"

#define ORPHANED	SIGRTMIN
#define GRACE_S		5	/* between SIGTERM and SIGKILL at the limit */

enum trouble { NONE, NO_MOUNT, NO_PROC, NO_TMPFS, NO_COMMAND };

struct room {
	char		**argv;
	const char	 *dir;		/* gets a file system of its own */
	int		  userns;
	int		  pidns;
	int		  go[2];	/* a byte when the user map is written */
	int		  failed[2];	/* a trouble and its errno */
	unsigned int	  limit_s;
};

static volatile sig_atomic_t	 inside;	/* the process signals go to */
static volatile sig_atomic_t	 late;

static void	forward(int, siginfo_t *, void *);
static void	catch_signals(void (*)(int, siginfo_t *, void *));
static void	orphaned(int);
static void	expire(int);
static void	complain(const struct room *, enum trouble);
static void	write_file(pid_t, const char *, const char *);
static void	sweep(void);
static int	init(void *);
static int	build(struct room *, int *);

static const int passed_on[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2 };

/*
 * A signal typed at the terminal reaches every process of its group, the
 * command too; a second copy would make a draining tool leave at once.
 */
static void
forward(int sig, siginfo_t *si, void *ctx)
{
	int	 saved = errno;

	(void)ctx;
	if (si->si_code <= 0 && inside > 0)
		kill(inside, sig);
	errno = saved;
}

static void
catch_signals(void (*handler)(int, siginfo_t *, void *))
{
	struct sigaction	 sa;
	size_t			 i;

	memset(&sa, 0, sizeof(sa));
	sigemptyset(&sa.sa_mask);
	sa.sa_sigaction = handler;
	sa.sa_flags = SA_SIGINFO | SA_RESTART;
	for (i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]); i++)
		sigaction(passed_on[i], &sa, NULL);
}

/* The caller's side is dead: end the command, which lets init clean up. */
static void
orphaned(int sig)
{
	int	 saved = errno;

	(void)sig;
	if (inside > 0)
		kill(inside, SIGKILL);
	else
		_exit(1);
	errno = saved;
}

/* The time limit: ask, then end it. */
static void
expire(int sig)
{
	(void)sig;
	if (inside > 0)
		kill(inside, late == 0 ? SIGTERM : SIGKILL);
	late = 1;
	alarm(GRACE_S);
}

static void
complain(const struct room *room, enum trouble what)
{
	int	 report[2] = { (int)what, errno };
	ssize_t	 n;

	n = write(room->failed[1], report, sizeof(report));
	_exit(n == (ssize_t)sizeof(report) ? 4 : 1);
}

/*
 * Without a process namespace nobody ends what the command left behind: kill
 * whatever became our child, until there is none.
 */
static void
sweep(void)
{
	struct dirent	*d;
	DIR		*proc;
	FILE		*f;
	char		 path[64];
	int		 found, pid, ppid, round;

	for (round = 0; round < 100; round++) {
		found = 0;
		if ((proc = opendir("/proc")) == NULL)
			return;
		while ((d = readdir(proc)) != NULL) {
			if ((pid = atoi(d->d_name)) <= 0)
				continue;
			snprintf(path, sizeof(path), "/proc/%d/stat", pid);
			if ((f = fopen(path, "re")) == NULL)
				continue;
			if (fscanf(f, "%*d (%*[^)]) %*c %d", &ppid) == 1 &&
			    ppid == (int)getpid()) {
				/* Its own children become ours meanwhile. */
				kill(pid, SIGKILL);
				waitpid(pid, NULL, 0);
				found = 1;
			}
			fclose(f);
		}
		closedir(proc);
		if (!found)
			return;
	}
}

/* First process of the room; returns the command's status. */
static int
init(void *arg)
{
	struct room	*room = arg;
	char		 byte;
	pid_t		 pid;
	sigset_t	 none;
	int		 status, result = 1;

	if (!room->pidns)
		signal(ORPHANED, orphaned);
	prctl(PR_SET_PDEATHSIG, room->pidns ? SIGKILL : ORPHANED);
	close(room->go[1]);
	close(room->failed[0]);
	/* The end of the pipe: the caller's side died before it asked. */
	if (read(room->go[0], &byte, 1) != 1)
		_exit(1);
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == -1)
		complain(room, NO_MOUNT);
	if (room->pidns && mount("proc", "/proc", "proc",
	    MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == -1)
		complain(room, NO_PROC);
	if (room->dir != NULL && mount("divertlab", room->dir, "tmpfs",
	    MS_NOSUID | MS_NODEV, "mode=0755") == -1)
		complain(room, NO_TMPFS);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if ((pid = fork()) == -1)
		complain(room, NO_COMMAND);
	if (pid == 0) {
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		execvp(room->argv[0], room->argv);
		status = errno;
		warn("%s", room->argv[0]);
		_exit(status == ENOENT ? 127 : 126);
	}
	close(room->failed[1]);
	inside = pid;
	catch_signals(forward);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (;;) {
		pid_t	 gone = waitpid(-1, &status, 0);

		if (gone == -1 && errno != EINTR)
			break;
		if (gone != pid)
			continue;
		result = WIFEXITED(status) ? WEXITSTATUS(status) :
		    128 + WTERMSIG(status);
		break;
	}
	if (!room->pidns)
		sweep();
	return (result);
}

static void
write_file(pid_t pid, const char *name, const char *text)
{
	char	 path[64];
	int	 fd;

	snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, name);
	if ((fd = open(path, O_WRONLY | O_CLOEXEC)) == -1 ||
	    write(fd, text, strlen(text)) == -1)
		err(4, "%s", path);
	close(fd);
}

/*
 * Make the room and wait for its end.  Returns the trouble it had, if any,
 * and the command's exit status in *result.
 */
static int
build(struct room *room, int *result)
{
	static char	 stack[65536] __attribute__((aligned(16)));
	char		 map[64];
	sigset_t	 block, before;
	pid_t		 pid;
	int		 report[2] = { NONE, 0 }, status, error;
	ssize_t		 n;
	size_t		 i;

	if (pipe2(room->go, O_CLOEXEC) == -1 ||
	    pipe2(room->failed, O_CLOEXEC) == -1)
		err(1, "pipe");
	/* Until init has its handlers a signal waits instead of being lost. */
	sigemptyset(&block);
	for (i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]); i++)
		sigaddset(&block, passed_on[i]);
	sigprocmask(SIG_BLOCK, &block, &before);
	pid = clone(init, stack + sizeof(stack), SIGCHLD | CLONE_NEWNS |
	    CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS |
	    (room->userns ? CLONE_NEWUSER : 0) |
	    (room->pidns ? CLONE_NEWPID : 0), room);
	if (pid == -1)
		errx(4, "no namespace for a private network: %s (%s)",
		    strerror(errno), room->userns ?
		    "this system does not let users have them" :
		    "the capability CAP_SYS_ADMIN is needed");
	close(room->go[0]);
	close(room->failed[1]);
	if (room->userns) {
		write_file(pid, "setgroups", "deny");
		snprintf(map, sizeof(map), "0 %ld 1", (long)geteuid());
		write_file(pid, "uid_map", map);
		snprintf(map, sizeof(map), "0 %ld 1", (long)getegid());
		write_file(pid, "gid_map", map);
	}
	inside = pid;
	catch_signals(forward);
	signal(SIGALRM, expire);
	if (write(room->go[1], "", 1) != 1)
		warn("pipe");
	sigprocmask(SIG_SETMASK, &before, NULL);
	alarm(room->limit_s);
	while ((n = read(room->failed[0], report, sizeof(report))) == -1 &&
	    errno == EINTR)
		continue;
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		continue;
	inside = 0;
	alarm(0);
	close(room->go[1]);
	close(room->failed[0]);
	if (n == (ssize_t)sizeof(report)) {
		error = report[1];
		errno = error;
		return (report[0]);
	}
	*result = WIFEXITED(status) ? WEXITSTATUS(status) :
	    128 + WTERMSIG(status);
	return (NONE);
}

/*
 * enter [-u] [-d directory] [-t seconds] command: run it in a room of its
 * own, with a user namespace under -u or when not root, with an empty file
 * system on the directory.  Exit status: the command's; 4 when the system
 * allows no room; 1 when the time was over.
 */
int
sandbox_enter(int argc, char **argv)
{
	struct room	 room = { .pidns = 1, .userns = geteuid() != 0 };
	const char	*error = NULL;
	int		 ch, result = 1, what;

	while ((ch = getopt(argc, argv, "+d:t:u")) != -1)
		switch (ch) {
		case 'd':
			room.dir = optarg;
			break;
		case 't':
			room.limit_s = (unsigned int)strtonum(optarg, 0,
			    30 * 86400, &error);
			if (error != NULL)
				errx(2, "%s: %s", optarg, error);
			break;
		case 'u':
			room.userns = 1;
			break;
		default:
			errx(2, "usage: divertlab-traffic enter [-u] "
			    "[-d directory] [-t seconds] command [arg ...]");
		}
	if (optind == argc)
		errx(2, "enter: no command");
	room.argv = argv + optind;
	what = build(&room, &result);
	if (what == NO_PROC) {
		/*
		 * A container hides parts of /proc and then allows no other.
		 * Its own serves, as long as processes have the same numbers.
		 */
		room.pidns = 0;
		what = build(&room, &result);
	}
	if (what != NONE)
		errx(4, "no private file system: %s (%s)",
		    what == NO_MOUNT ? "/" : what == NO_TMPFS ? room.dir :
		    "process", strerror(errno));
	if (late)
		errx(1, "ended by the time limit of %u seconds", room.limit_s);
	return (result);
}

/* in namespace command: run it in the network namespace of that file. */
int
sandbox_in(int argc, char **argv)
{
	int	 fd;

	if (argc < 3)
		errx(2, "usage: divertlab-traffic in namespace command "
		    "[arg ...]");
	if ((fd = open(argv[1], O_RDONLY | O_CLOEXEC)) == -1)
		err(1, "%s", argv[1]);
	if (setns(fd, CLONE_NEWNET) == -1)
		err(1, "%s: setns", argv[1]);
	execvp(argv[2], argv + 2);
	err(errno == ENOENT ? 127 : 126, "%s", argv[2]);
}

/*
 * name [-s] file: bind a new network namespace, or with -s the present one,
 * to a file, for "in".
 */
int
sandbox_name(int argc, char **argv)
{
	int	 same = argc == 3 && strcmp(argv[1], "-s") == 0, fd;

	if (argc != 2 + same)
		errx(2, "usage: divertlab-traffic name [-s] file");
	argv += same;
	if ((fd = open(argv[1], O_WRONLY | O_CREAT | O_CLOEXEC, 0600)) == -1)
		err(1, "%s", argv[1]);
	close(fd);
	if (!same && unshare(CLONE_NEWNET) == -1)
		err(4, "no network namespace");
	if (mount("/proc/self/ns/net", argv[1], NULL, MS_BIND, NULL) == -1)
		err(4, "%s: bind", argv[1]);
	return (0);
}

/*
 * run command: with the signals a shell makes its background jobs ignore set
 * back, so that SIGINT means the same as at a terminal.
 */
int
sandbox_run(int argc, char **argv)
{
	if (argc < 2)
		errx(2, "usage: divertlab-traffic run command [arg ...]");
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	execvp(argv[1], argv + 1);
	err(errno == ENOENT ? 127 : 126, "%s", argv[1]);
}
