/* SPDX-License-Identifier: ISC */

/*
 * The seccomp filter: which system calls a tool makes once it runs.
 *
 * What is not listed fails with EPERM.  Killing instead would be stronger,
 * but another C library may make a harmless call that none was seen to make
 * here, and a gateway should then go on.  What no library makes behind a
 * program's back and an intruder wants first kills the process: becoming
 * another program, reading other processes, changing the kernel, and system
 * calls by another table than the one this filter knows.
 *
 * The program is a chain: each call is compared, a match returns.  The kernel
 * remembers for each call without conditions that it is always allowed, so
 * the length costs little.
 */

#include "compat.h"

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <termios.h>

#include "sandbox_linux.h"

#if defined(__x86_64__) && !defined(__ILP32__)
#define OUR_ARCH	AUDIT_ARCH_X86_64
#define X32_BIT		0x40000000u
#elif defined(__aarch64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define OUR_ARCH	AUDIT_ARCH_AARCH64
#endif

#ifdef OUR_ARCH

#define KILL	SECCOMP_RET_KILL_PROCESS
#define ALLOW	SECCOMP_RET_ALLOW
#define REFUSE	(SECCOMP_RET_ERRNO | EPERM)

/* Low words of the arguments: both processors have them first. */
#define ARGUMENT(n)	((uint32_t)(offsetof(struct seccomp_data, args) + \
			    (n) * sizeof(uint64_t)))

#define AT_EMPTY	0x1000		/* AT_EMPTY_PATH */
#define TCGETS_2	0x802c542a	/* TCGETS2, of later C libraries */

/* The hot ones first. */
static const int allowed[] = {
	SYS_recvmmsg, SYS_sendmsg, SYS_write, SYS_read,
#ifdef SYS_epoll_wait
	SYS_epoll_wait,
#endif
	SYS_epoll_pwait, SYS_futex, SYS_clock_gettime, SYS_epoll_ctl,
	SYS_recvmsg, SYS_recvfrom, SYS_sendto, SYS_sendmmsg,
	SYS_writev, SYS_readv, SYS_pread64, SYS_lseek, SYS_fstat,
#ifdef SYS_poll
	SYS_poll,
#endif
	SYS_ppoll, SYS_close, SYS_getpid, SYS_gettid, SYS_gettimeofday,
#ifdef SYS_time
	SYS_time,
#endif
	SYS_munmap, SYS_mremap, SYS_madvise, SYS_brk,
	SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn,
	SYS_restart_syscall, SYS_sigaltstack,
	SYS_nanosleep, SYS_clock_nanosleep, SYS_sched_yield,
	/* loop_init_precise() */
	SYS_timerfd_settime,
	SYS_getrandom, SYS_getsockopt, SYS_fsync, SYS_fdatasync,
	SYS_exit, SYS_exit_group,
	/* A thread just made may still be on its way into being. */
	SYS_set_robust_list,
#ifdef SYS_rseq
	SYS_rseq,
#endif
#ifdef SYS_epoll_pwait2
	SYS_epoll_pwait2,
#endif
};

/* What makes files, in the directories that landlock left open. */
static const int files[] = {
	SYS_openat, SYS_renameat, SYS_unlinkat, SYS_ftruncate,
#ifdef SYS_renameat2
	SYS_renameat2,
#endif
};

static const int accepts[] = { SYS_accept4, SYS_accept };

static const int hostile[] = {
	SYS_execve, SYS_execveat, SYS_ptrace, SYS_process_vm_readv,
	SYS_process_vm_writev, SYS_bpf, SYS_init_module, SYS_finit_module,
	SYS_delete_module, SYS_kexec_load, SYS_mount, SYS_umount2,
	SYS_pivot_root, SYS_chroot, SYS_setns, SYS_unshare,
	SYS_perf_event_open, SYS_userfaultfd, SYS_io_uring_setup,
	SYS_add_key, SYS_keyctl, SYS_request_key, SYS_reboot, SYS_swapon,
	SYS_setuid, SYS_setresuid, SYS_capset,
};

/* Allowed with an argument that is one of these. */
struct choice {
	int		 call;
	unsigned int	 argument;
	uint32_t	 values[4];
	unsigned int	 count;
};

static const struct choice choices[] = {
	{ SYS_fcntl, 1, { F_GETFL, F_SETFL, F_GETFD, F_SETFD }, 4 },
	/* Is it a terminal?  Has a filter read all of its pipe? */
	{ SYS_ioctl, 1, { TCGETS, TCGETS_2, TIOCGWINSZ, FIONREAD }, 4 },
	/* fstat(3) of the C library: no path. */
	{ SYS_newfstatat, 3, { AT_EMPTY }, 1 },
	/* abort(3) and nothing else. */
	{ SYS_tgkill, 2, { SIGABRT }, 1 },
};

static const struct choice signals = { SYS_kill, 1, { SIGTERM, SIGKILL }, 2 };

struct builder {
	struct sock_filter	*prog;
	size_t			 len;
};

static void
add(struct builder *b, uint16_t code, uint32_t k, uint8_t yes, uint8_t no)
{
	struct sock_filter	 insn;

	insn.code = code;
	insn.jt = yes;
	insn.jf = no;
	insn.k = k;
	b->prog[b->len++] = insn;
}

static void
load(struct builder *b, size_t off)
{
	add(b, BPF_LD | BPF_W | BPF_ABS, (uint32_t)off, 0, 0);
}

/* Where the call has this number, return. */
static void
add_call(struct builder *b, int call, uint32_t action)
{
	add(b, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 1);
	add(b, BPF_RET | BPF_K, action, 0, 0);
}

static void
add_calls(struct builder *b, const int *calls, size_t n, uint32_t action)
{
	size_t	 i;

	for (i = 0; i < n; i++)
		add_call(b, calls[i], action);
}

static void
add_choice(struct builder *b, const struct choice *c)
{
	unsigned int	 i;

	/* Beyond: the load, two for each value, the refusal. */
	add(b, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)c->call, 0,
	    (uint8_t)(2 + 2 * c->count));
	load(b, ARGUMENT(c->argument));
	for (i = 0; i < c->count; i++)
		add_call(b, (int)c->values[i], ALLOW);
	add(b, BPF_RET | BPF_K, REFUSE, 0, 0);
}

/* Memory, but none that can be executed. */
static void
add_memory(struct builder *b, int call)
{
	add(b, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)call, 0, 4);
	load(b, ARGUMENT(2));
	add(b, BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1);
	add(b, BPF_RET | BPF_K, REFUSE, 0, 0);
	add(b, BPF_RET | BPF_K, ALLOW, 0, 0);
}

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

size_t
sandbox_filter(struct sock_filter *prog, const struct sandbox_needs *needs)
{
	struct builder	 b = { prog, 0 };
	size_t		 i;

	load(&b, offsetof(struct seccomp_data, arch));
	add(&b, BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCH, 1, 0);
	add(&b, BPF_RET | BPF_K, KILL, 0, 0);
	load(&b, offsetof(struct seccomp_data, nr));
#ifdef X32_BIT
	/* -1 is no call of x32: debuggers leave it to skip a call. */
	add(&b, BPF_JMP | BPF_JEQ | BPF_K, UINT32_MAX, 2, 0);
	add(&b, BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1);
	add(&b, BPF_RET | BPF_K, KILL, 0, 0);
#endif
	add_calls(&b, allowed, COUNT(allowed), ALLOW);
	add_memory(&b, SYS_mmap);
	add_memory(&b, SYS_mprotect);
	for (i = 0; i < COUNT(choices); i++)
		add_choice(&b, &choices[i]);
	if (needs->signals)
		add_choice(&b, &signals);
	if (needs->routes)
		add_call(&b, SYS_connect, ALLOW);
	if (needs->write_dirs != NULL)
		add_calls(&b, files, COUNT(files), ALLOW);
	else if (needs->read_dirs != NULL)
		add_call(&b, SYS_openat, ALLOW);
	if (needs->accepts)
		add_calls(&b, accepts, COUNT(accepts), ALLOW);
	add_calls(&b, hostile, COUNT(hostile), KILL);
	add(&b, BPF_RET | BPF_K, REFUSE, 0, 0);
	return (b.len);
}

#else

size_t
sandbox_filter(struct sock_filter *prog, const struct sandbox_needs *needs)
{
	(void)prog;
	(void)needs;
	return (0);
}

#endif
