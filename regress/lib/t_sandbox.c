/* SPDX-License-Identifier: ISC */

/*
 * The seccomp filter, run here over made-up system calls by an interpreter of
 * classic BPF that knows the few instructions seccomp(2) allows and refuses
 * all others.  Then both walls for true, each in a process of its own.
 */

#include "compat.h"

#if defined(__linux__) && defined(HAVE_SECCOMP) && defined(HAVE_LANDLOCK)

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/audit.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>

#include <cmocka.h>

#include "sandbox_linux.h"

#if defined(__x86_64__)
#define OUR_ARCH	AUDIT_ARCH_X86_64
#define OTHER_ARCH	AUDIT_ARCH_I386
#else
#define OUR_ARCH	AUDIT_ARCH_AARCH64
#define OTHER_ARCH	AUDIT_ARCH_ARM
#endif

#define REFUSE		(SECCOMP_RET_ERRNO | EPERM)

static const struct sandbox_needs	 plain;
static const char *const		 dirs[] = { "/var/log", NULL };

/* Only forward jumps within the program, so this ends. */
static uint32_t
interpret(const struct sock_filter *prog, size_t len,
    const struct seccomp_data *data)
{
	const struct sock_filter	*insn;
	uint32_t			 a = 0;
	size_t				 pc;
	int				 yes;

	for (pc = 0; pc < len; pc++) {
		insn = &prog[pc];
		yes = 0;
		switch (insn->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			assert_true(insn->k % 4 == 0);
			assert_true(insn->k + 4 <= sizeof(*data));
			memcpy(&a, (const uint8_t *)data + insn->k, 4);
			continue;
		case BPF_RET | BPF_K:
			return (insn->k);
		case BPF_JMP | BPF_JEQ | BPF_K:
			yes = a == insn->k;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			yes = a >= insn->k;
			break;
		case BPF_JMP | BPF_JSET | BPF_K:
			yes = (a & insn->k) != 0;
			break;
		default:
			fail_msg("instruction %#x", insn->code);
		}
		pc += yes ? insn->jt : insn->jf;
	}
	fail_msg("ran over the end");
	return (0);
}

static uint32_t
ask(const struct sandbox_needs *needs, uint32_t arch, long call,
    unsigned int argument, uint64_t value)
{
	struct sock_filter	 prog[SANDBOX_FILTER_MAX];
	struct seccomp_data	 data;
	size_t			 len;

	len = sandbox_filter(prog, needs);
	assert_in_range(len, 1, SANDBOX_FILTER_MAX);
	memset(&data, 0, sizeof(data));
	data.nr = (int)call;
	data.arch = arch;
	data.args[argument] = value;
	return (interpret(prog, len, &data));
}

static uint32_t
of(long call)
{
	return (ask(&plain, OUR_ARCH, call, 0, 0));
}

static uint32_t
with(long call, unsigned int argument, uint64_t value)
{
	return (ask(&plain, OUR_ARCH, call, argument, value));
}

static void
what_the_loop_needs(void **state)
{
	static const long	 calls[] = { SYS_recvmmsg, SYS_sendmsg,
				    SYS_write, SYS_read, SYS_epoll_pwait,
				    SYS_epoll_ctl, SYS_futex,
				    SYS_clock_gettime, SYS_munmap, SYS_brk,
				    SYS_pread64, SYS_recvmsg, SYS_sendto,
				    SYS_close, SYS_ppoll, SYS_rt_sigreturn,
				    SYS_rt_sigprocmask, SYS_exit,
				    SYS_exit_group };
	size_t			 i;

	(void)state;
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		assert_int_equal(of(calls[i]), SECCOMP_RET_ALLOW);
}

static void
what_fails(void **state)
{
	static const long	 calls[] = { SYS_openat, SYS_socket,
				    SYS_socketpair, SYS_bind, SYS_connect,
				    SYS_listen, SYS_accept4, SYS_setsockopt,
				    SYS_clone, SYS_dup, SYS_dup3, SYS_pipe2,
				    SYS_unlinkat, SYS_renameat, SYS_mkdirat,
				    SYS_fchmod, SYS_kill, SYS_prctl,
				    SYS_symlinkat, SYS_linkat, SYS_fchownat,
				    SYS_epoll_create1, SYS_memfd_create,
				    SYS_prlimit64, SYS_wait4, 100000 };
	size_t			 i;

	(void)state;
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		assert_int_equal(of(calls[i]), REFUSE);
#ifdef SYS_open
	assert_int_equal(of(SYS_open), REFUSE);
	assert_int_equal(of(SYS_fork), REFUSE);
	assert_int_equal(of(SYS_dup2), REFUSE);
#endif
}

static void
what_kills(void **state)
{
	static const long	 calls[] = { SYS_execve, SYS_execveat,
				    SYS_ptrace, SYS_process_vm_writev, SYS_bpf,
				    SYS_init_module, SYS_mount, SYS_setns,
				    SYS_unshare, SYS_io_uring_setup,
				    SYS_userfaultfd, SYS_capset };
	size_t			 i;

	(void)state;
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		assert_int_equal(of(calls[i]), SECCOMP_RET_KILL_PROCESS);
}

static void
another_table_kills(void **state)
{
	(void)state;
	assert_int_equal(ask(&plain, OTHER_ARCH, SYS_read, 0, 0),
	    SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(ask(&plain, 0, SYS_read, 0, 0),
	    SECCOMP_RET_KILL_PROCESS);
#ifdef __x86_64__
	/* x32 */
	assert_int_equal(of(0x40000000 | SYS_read), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(of(0x7fffffff), SECCOMP_RET_KILL_PROCESS);
#endif
	assert_int_not_equal(of(-1), SECCOMP_RET_ALLOW);
}

static void
memory_is_not_code(void **state)
{
	(void)state;
	assert_int_equal(with(SYS_mmap, 2, PROT_READ | PROT_WRITE),
	    SECCOMP_RET_ALLOW);
	assert_int_equal(with(SYS_mprotect, 2, PROT_NONE), SECCOMP_RET_ALLOW);
	assert_int_equal(with(SYS_mmap, 2, PROT_READ | PROT_EXEC), REFUSE);
	assert_int_equal(with(SYS_mprotect, 2, PROT_EXEC), REFUSE);
	assert_int_equal(with(SYS_mprotect, 2,
	    PROT_READ | PROT_WRITE | PROT_EXEC), REFUSE);
	/* The kernel takes the protection as a long; more bits do not hide. */
	assert_int_equal(with(SYS_mmap, 2, 0x100000000u | PROT_EXEC), REFUSE);
}

static void
arguments_are_looked_at(void **state)
{
	(void)state;
	assert_int_equal(with(SYS_fcntl, 1, F_GETFL), SECCOMP_RET_ALLOW);
	assert_int_equal(with(SYS_fcntl, 1, F_SETFL), SECCOMP_RET_ALLOW);
	assert_int_equal(with(SYS_fcntl, 1, F_DUPFD), REFUSE);
	assert_int_equal(with(SYS_fcntl, 1, F_DUPFD_CLOEXEC), REFUSE);
	assert_int_equal(with(SYS_fcntl, 1, F_SETOWN), REFUSE);
	assert_int_equal(with(SYS_ioctl, 1, 0x5401), SECCOMP_RET_ALLOW);
	/* TIOCSTI types into a terminal. */
	assert_int_equal(with(SYS_ioctl, 1, 0x5412), REFUSE);
	assert_int_equal(with(SYS_ioctl, 1, 0x8946), REFUSE);
	assert_int_equal(with(SYS_tgkill, 2, SIGABRT), SECCOMP_RET_ALLOW);
	assert_int_equal(with(SYS_tgkill, 2, SIGKILL), REFUSE);
	/* A path, unless the flag says there is none. */
	assert_int_equal(with(SYS_newfstatat, 3, 0x1000), SECCOMP_RET_ALLOW);
	assert_int_equal(with(SYS_newfstatat, 3, 0), REFUSE);
	assert_int_equal(with(SYS_newfstatat, 3, 0x100), REFUSE);
}

static void
needs_open_what_they_name(void **state)
{
	struct sandbox_needs	 needs = plain;

	(void)state;
	needs.accepts = 1;
	assert_int_equal(ask(&needs, OUR_ARCH, SYS_accept4, 0, 0),
	    SECCOMP_RET_ALLOW);
	assert_int_equal(ask(&needs, OUR_ARCH, SYS_listen, 0, 0), REFUSE);
	assert_int_equal(ask(&needs, OUR_ARCH, SYS_socket, 0, 0), REFUSE);
	needs.accepts = 0;
	needs.signals = 1;
	assert_int_equal(ask(&needs, OUR_ARCH, SYS_kill, 1, SIGTERM),
	    SECCOMP_RET_ALLOW);
	assert_int_equal(ask(&needs, OUR_ARCH, SYS_kill, 1, SIGKILL),
	    SECCOMP_RET_ALLOW);
	assert_int_equal(ask(&needs, OUR_ARCH, SYS_kill, 1, SIGSTOP), REFUSE);
	assert_int_equal(ask(&needs, OUR_ARCH, SYS_openat, 0, 0), REFUSE);

	assert_int_equal(ask(&needs, OUR_ARCH, SYS_connect, 0, 0), REFUSE);
	needs = plain;
	needs.routes = 1;
	assert_int_equal(ask(&needs, OUR_ARCH, SYS_connect, 0, 0),
	    SECCOMP_RET_ALLOW);
	assert_int_equal(ask(&needs, OUR_ARCH, SYS_socket, 0, 0), REFUSE);
	needs = plain;
	needs.read_dirs = dirs;
	assert_int_equal(ask(&needs, OUR_ARCH, SYS_openat, 0, 0),
	    SECCOMP_RET_ALLOW);
	assert_int_equal(ask(&needs, OUR_ARCH, SYS_renameat, 0, 0), REFUSE);

	needs = plain;
	needs.write_dirs = dirs;
	assert_int_equal(ask(&needs, OUR_ARCH, SYS_openat, 0, 0),
	    SECCOMP_RET_ALLOW);
	assert_int_equal(ask(&needs, OUR_ARCH, SYS_renameat, 0, 0),
	    SECCOMP_RET_ALLOW);
	assert_int_equal(ask(&needs, OUR_ARCH, SYS_kill, 1, SIGTERM), REFUSE);
	assert_int_equal(ask(&needs, OUR_ARCH, SYS_socket, 0, 0), REFUSE);
}

static void
every_call_there_is(void **state)
{
	uint32_t	 action;
	long		 call;
	int		 allowed = 0;

	(void)state;
	for (call = 0; call < 1000; call++) {
		action = of(call);
		allowed += action == SECCOMP_RET_ALLOW;
		assert_true(action == SECCOMP_RET_ALLOW || action == REFUSE ||
		    action == SECCOMP_RET_KILL_PROCESS);
	}
	/* A list that grows should be looked at. */
	assert_in_range(allowed, 30, 60);
}

/* In a process of its own; what it returns, or minus the signal. */
static int
apart(int (*act)(void))
{
	pid_t	 pid;
	int	 status;

	if ((pid = fork()) == 0)
		_exit(act());
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return (WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
}

static char	 room[] = "/tmp/t_sandbox.XXXXXX";

/* The errno of opening name in the room, or elsewhere. */
static int
opening(const char *dir, const char *name, int flags)
{
	char	 path[256];
	int	 fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if ((fd = open(path, flags | O_CLOEXEC, 0600)) == -1)
		return (errno);
	close(fd);
	return (0);
}

static int
act_no_files(void)
{
	sandbox_files(&plain);
	if (opening("/", "etc/passwd", O_RDONLY) != EACCES)
		return (1);
	if (opening(room, "new", O_WRONLY | O_CREAT) != EACCES)
		return (2);
	if (opening("/", "proc/self/mem", O_RDWR) != EACCES)
		return (3);
	return (0);
}

/* A log that is moved away and made anew, a state file that is replaced. */
static int
act_named_dirs(void)
{
	const char *const	 own[] = { room, NULL };
	struct sandbox_needs	 needs = plain;
	char			 from[256], to[256];

	needs.write_dirs = own;
	sandbox_files(&needs);
	sandbox_calls(&needs);
	snprintf(from, sizeof(from), "%s/log", room);
	snprintf(to, sizeof(to), "%s/log.0", room);
	if (opening(room, "log", O_WRONLY | O_CREAT | O_APPEND) != 0)
		return (1);
	if (syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to) == -1)
		return (2);
	if (opening(room, "log", O_WRONLY | O_CREAT | O_TRUNC) != 0 ||
	    opening(room, "log.0", O_RDONLY) != 0)
		return (3);
	if (syscall(SYS_unlinkat, AT_FDCWD, to, 0) == -1)
		return (4);
	if (opening("/", "etc/passwd", O_RDONLY) != EACCES)
		return (5);
	if (socket(AF_UNIX, SOCK_STREAM, 0) != -1 || errno != EPERM)
		return (6);
	return (0);
}

static int
act_read_dirs(void)
{
	const char *const	 own[] = { room, NULL };
	struct sandbox_needs	 needs = plain;

	needs.read_dirs = own;
	sandbox_files(&needs);
	sandbox_calls(&needs);
	if (opening(room, "log", O_RDONLY) != 0)
		return (1);
	if (opening(room, "log", O_WRONLY) != EACCES)
		return (2);
	if (opening(room, "other", O_WRONLY | O_CREAT) != EACCES)
		return (3);
	return (0);
}

static void *
open_socket(void *arg)
{
	*(int *)arg = socket(AF_INET, SOCK_STREAM, 0) == -1 ? errno : 0;
	return (NULL);
}

static pthread_barrier_t	 barrier;

static void *
open_socket_later(void *arg)
{
	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	return (open_socket(arg));
}

static int
act_threads_too(void)
{
	pthread_t	 thread;
	int		 error = -1;

	pthread_barrier_init(&barrier, NULL, 2);
	if (pthread_create(&thread, NULL, open_socket_later, &error) != 0)
		return (1);
	pthread_barrier_wait(&barrier);
	sandbox_calls(&plain);
	pthread_barrier_wait(&barrier);
	if (pthread_join(thread, NULL) != 0 || error != EPERM)
		return (2);
	open_socket(&error);
	return (error == EPERM ? 0 : 3);
}

static int
act_exec(void)
{
	sandbox_calls(&plain);
	execl("/bin/true", "true", (char *)NULL);
	return (1);
}

static int
has_landlock(void)
{
	return (!SANDBOX_SANITIZED && syscall(SYS_landlock_create_ruleset,
	    NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) >= 1);
}

static int
make_room(void **state)
{
	(void)state;
	return (mkdtemp(room) == NULL ? -1 : 0);
}

static int
remove_room(void **state)
{
	char	 path[256];

	(void)state;
	snprintf(path, sizeof(path), "%s/log", room);
	(void)unlink(path);
	return (rmdir(room));
}

static void
files_are_out_of_reach(void **state)
{
	(void)state;
	if (!has_landlock())
		skip();
	assert_int_equal(apart(act_no_files), 0);
}

static void
named_directories_are_not(void **state)
{
	(void)state;
	if (!has_landlock())
		skip();
	assert_int_equal(apart(act_named_dirs), 0);
	assert_int_equal(apart(act_read_dirs), 0);
	assert_int_equal(opening(room, "log", O_RDONLY), 0);
	assert_int_equal(apart(act_no_files), 0);
}

static void
all_threads_have_the_filter(void **state)
{
	(void)state;
	if (SANDBOX_SANITIZED)
		skip();
	assert_int_equal(apart(act_threads_too), 0);
}

static void
another_program_kills(void **state)
{
	(void)state;
	if (SANDBOX_SANITIZED)
		skip();
	assert_int_equal(apart(act_exec), -SIGSYS);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(what_the_loop_needs),
		cmocka_unit_test(what_fails),
		cmocka_unit_test(what_kills),
		cmocka_unit_test(another_table_kills),
		cmocka_unit_test(memory_is_not_code),
		cmocka_unit_test(arguments_are_looked_at),
		cmocka_unit_test(needs_open_what_they_name),
		cmocka_unit_test(every_call_there_is),
		cmocka_unit_test(files_are_out_of_reach),
		cmocka_unit_test(named_directories_are_not),
		cmocka_unit_test(all_threads_have_the_filter),
		cmocka_unit_test(another_program_kills),
	};
	struct sock_filter	 prog[SANDBOX_FILTER_MAX];

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (sandbox_filter(prog, &plain) == 0) {
		print_message("1..0 # SKIP no filter for this processor\n");
		return (0);
	}
	return (cmocka_run_group_tests_name("sandbox", tests, make_room,
	    remove_room));
}

#else

#include <stdio.h>

int
main(void)
{
	puts("1..0 # SKIP no seccomp or no landlock on this system");
	return (0);
}

#endif
