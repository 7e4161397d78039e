/* SPDX-License-Identifier: ISC */

/*
 * The seccomp filter, run here over made-up system calls by an interpreter of
 * classic BPF that knows the few instructions seccomp(2) allows and refuses
 * all others.
 */

#include "compat.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <linux/audit.h>
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
	needs.signals = 1;
	assert_int_equal(ask(&needs, OUR_ARCH, SYS_kill, 1, SIGTERM),
	    SECCOMP_RET_ALLOW);
	assert_int_equal(ask(&needs, OUR_ARCH, SYS_kill, 1, SIGKILL), REFUSE);
	assert_int_equal(ask(&needs, OUR_ARCH, SYS_openat, 0, 0), REFUSE);

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
	};
	struct sock_filter	 prog[SANDBOX_FILTER_MAX];

	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (sandbox_filter(prog, &plain) == 0) {
		print_message("1..0 # SKIP no filter for this processor\n");
		return (0);
	}
	return (cmocka_run_group_tests_name("sandbox", tests, NULL, NULL));
}
