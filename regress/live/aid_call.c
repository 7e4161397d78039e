/* SPDX-License-Identifier: ISC */

/*
 * aid_call [-s] pid call [argument ...]
 *
 * Makes another process or thread do one system call, as an intruder in it
 * would, and prints what came of it: a number, the name of an errno, or
 * "killed" when the process did not survive.  Exit status 3: the process is
 * not waiting in a system call, or this is no x86-64.
 *
 * An argument is a number, @text, a string, %hex, bytes, or =N, room for N
 * bytes, which are printed in hex after a number.  -s: as if there were no
 * seccomp filter, to see what is behind it; for root, where the kernel can.
 */

#include "compat.h"

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __x86_64__

#define SCRATCH		8192	/* below the stack pointer */
#define NONE		(~0ul)

static const struct {
	const char	*name;
	long		 number;
} calls[] = {
	{ "openat", SYS_openat }, { "socket", SYS_socket },
	{ "execve", SYS_execve }, { "mmap", SYS_mmap },
	{ "mprotect", SYS_mprotect }, { "sendto", SYS_sendto },
	{ "recvfrom", SYS_recvfrom }, { "getpid", SYS_getpid },
	{ "dup", SYS_dup }, { "kill", SYS_kill }, { "fcntl", SYS_fcntl },
	{ "setsockopt", SYS_setsockopt }, { "ioctl", SYS_ioctl },
	{ "connect", SYS_connect }, { "clone", SYS_clone },
	{ "unlink", SYS_unlink }, { "ptrace", SYS_ptrace },
	{ "write", SYS_write }, { "read", SYS_read }, { "bpf", SYS_bpf },
};

struct argument {
	unsigned long	 value;
	unsigned long	 room;		/* to be printed after */
};

static long
find_call(const char *name)
{
	size_t	 i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (strcmp(calls[i].name, name) == 0)
			return (calls[i].number);
	errx(2, "%s: unknown call", name);
}

/* Copy bytes into the process, in words. */
static void
put(pid_t pid, unsigned long at, const uint8_t *bytes, size_t len)
{
	unsigned long	 word;
	size_t		 i, n;

	for (i = 0; i < len; i += sizeof(word)) {
		n = len - i < sizeof(word) ? len - i : sizeof(word);
		word = 0;
		memcpy(&word, bytes + i, n);
		if (ptrace(PTRACE_POKEDATA, pid, at + i, word) == -1)
			err(1, "poke");
	}
}

static void
show(pid_t pid, unsigned long at, size_t len)
{
	unsigned long	 word = 0;
	uint8_t		 bytes[sizeof(word)];
	size_t		 i;

	printf(" ");
	for (i = 0; i < len; i++) {
		if (i % sizeof(word) == 0) {
			word = (unsigned long)ptrace(PTRACE_PEEKDATA, pid,
			    at + i, NULL);
			memcpy(bytes, &word, sizeof(word));
		}
		printf("%02x", bytes[i % sizeof(word)]);
	}
}

/* Make argument text a value, with what it points to at *at. */
static void
make_argument(pid_t pid, const char *text, unsigned long *at,
    struct argument *argument)
{
	uint8_t		 bytes[2048];
	unsigned int	 byte;
	size_t		 len = 0;

	argument->room = 0;
	switch (text[0]) {
	case '@':
		len = strlen(text + 1) + 1;
		if (len > sizeof(bytes))
			errx(2, "too long");
		memcpy(bytes, text + 1, len);
		break;
	case '%':
		for (text++; len < sizeof(bytes) &&
		    sscanf(text, "%2x", &byte) == 1; text += 2)
			bytes[len++] = (uint8_t)byte;
		break;
	case '=':
		argument->room = strtoul(text + 1, NULL, 0);
		argument->value = *at;
		*at += (argument->room + 15) & ~15ul;
		return;
	default:
		argument->value = (unsigned long)strtol(text, NULL, 0);
		return;
	}
	put(pid, *at, bytes, len);
	argument->value = *at;
	*at += (len + 15) & ~15ul;
}

/* Stop the process where it waits in the kernel. */
static void
stop(pid_t pid, struct user_regs_struct *regs, unsigned long options)
{
	unsigned long	 word;
	int		 status, tries;

	if (ptrace(PTRACE_SEIZE, pid, NULL, options) == -1)
		err(3, "%ld: attach", (long)pid);
	for (tries = 0; tries < 100; tries++) {
		if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) == -1 ||
		    waitpid(pid, &status, __WALL) == -1)
			err(1, "stop");
		if (!WIFSTOPPED(status))
			errx(1, "%ld: ended", (long)pid);
		if (ptrace(PTRACE_GETREGS, pid, NULL, regs) == -1)
			err(1, "registers");
		errno = 0;
		word = (unsigned long)ptrace(PTRACE_PEEKTEXT, pid,
		    regs->rip - 2, NULL);
		/* The two bytes before are "syscall". */
		if (errno == 0 && (word & 0xffff) == 0x050f)
			return;
		ptrace(PTRACE_CONT, pid, NULL, NULL);
		usleep(2000);
	}
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
	errx(3, "%ld: does not wait in a system call", (long)pid);
}

static void
make_call(pid_t pid, long call, char **texts, int n, unsigned long options)
{
	struct user_regs_struct	 regs, saved;
	struct argument		 arguments[6];
	unsigned long		 at;
	long			 result;
	int			 i, status;

	stop(pid, &saved, options);
	at = (saved.rsp - SCRATCH) & ~63ul;
	memset(arguments, 0, sizeof(arguments));
	for (i = 0; i < n && i < 6; i++)
		make_argument(pid, texts[i], &at, &arguments[i]);
	regs = saved;
	regs.rip -= 2;
	regs.rax = (unsigned long)call;
	regs.orig_rax = NONE;
	regs.rdi = arguments[0].value;
	regs.rsi = arguments[1].value;
	regs.rdx = arguments[2].value;
	regs.r10 = arguments[3].value;
	regs.r8 = arguments[4].value;
	regs.r9 = arguments[5].value;
	at = regs.rip;
	if (ptrace(PTRACE_SETREGS, pid, NULL, &regs) == -1)
		err(1, "registers");
	/* One that SIGSTOP holds stops again before the step. */
	do {
		if (ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) == -1 ||
		    waitpid(pid, &status, __WALL) == -1)
			err(1, "call");
		if (!WIFSTOPPED(status)) {
			printf("killed\n");
			return;
		}
		if (ptrace(PTRACE_GETREGS, pid, NULL, &regs) == -1)
			err(1, "registers");
	} while (regs.rip == at);
	result = (long)regs.rax;
	if (result < 0 && result > -4096) {
		printf("%s", strerrorname_np((int)-result) == NULL ?
		    "unknown" : strerrorname_np((int)-result));
	} else {
		printf("%ld", result);
		for (i = 0; i < 6; i++)
			if (arguments[i].room > 0 && result > 0)
				show(pid, arguments[i].value,
				    (size_t)result < arguments[i].room ?
				    (size_t)result : arguments[i].room);
	}
	printf("\n");
	if (ptrace(PTRACE_SETREGS, pid, NULL, &saved) == -1 ||
	    ptrace(PTRACE_DETACH, pid, NULL, NULL) == -1)
		err(1, "detach");
}

int
main(int argc, char **argv)
{
	unsigned long	 options = 0;

	if (argc > 1 && strcmp(argv[1], "-s") == 0) {
		options = PTRACE_O_SUSPEND_SECCOMP;
		argc--;
		argv++;
	}
	if (argc < 3)
		errx(2, "usage: aid_call [-s] pid call [argument ...]");
	make_call((pid_t)strtol(argv[1], NULL, 10), find_call(argv[2]),
	    argv + 3, argc - 3, options);
	return (0);
}

#else

int
main(void)
{
	errx(3, "not on this processor");
}

#endif
