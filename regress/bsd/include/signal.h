/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_SIGNAL_H
#define BSD_INCLUDE_SIGNAL_H

#include <sys/types.h>

#define SIGHUP		1
#define SIGINT		2
#define SIGQUIT		3
#define SIGILL		4
#define SIGTRAP		5
#define SIGABRT		6
#define SIGFPE		8
#define SIGKILL		9
#define SIGBUS		10
#define SIGSEGV		11
#define SIGSYS		12
#define SIGPIPE		13
#define SIGALRM		14
#define SIGTERM		15
#define SIGURG		16
#define SIGSTOP		17
#define SIGTSTP		18
#define SIGCONT		19
#define SIGCHLD		20
#define SIGTTIN		21
#define SIGTTOU		22
#define SIGIO		23
#define SIGXCPU		24
#define SIGXFSZ		25
#define SIGVTALRM	26
#define SIGPROF		27
#define SIGWINCH	28
#define SIGINFO		29
#define SIGUSR1		30
#define SIGUSR2		31

#define SIG_DFL		((void (*)(int))0)
#define SIG_IGN		((void (*)(int))1)
#define SIG_ERR		((void (*)(int))-1)
#define SIG_BLOCK	1
#define SIG_UNBLOCK	2
#define SIG_SETMASK	3
#define SA_RESTART	0x0002
#define SA_NOCLDSTOP	0x0008
#define SA_NOCLDWAIT	0x0020
#define SA_SIGINFO	0x0040

typedef int		sig_atomic_t;
typedef struct {
	int		 si_signo;
	int		 si_code;
	int		 si_errno;
} siginfo_t;

#include <bsd_signal.h>

struct sigaction {
	union {
		void	(*__sa_handler)(int);
		void	(*__sa_sigaction)(int, siginfo_t *, void *);
	}		 __sigaction_u;
	int		 sa_flags;
	sigset_t	 sa_mask;
};
#define sa_handler	__sigaction_u.__sa_handler
#define sa_sigaction	__sigaction_u.__sa_sigaction

int	 kill(pid_t, int);
int	 pthread_sigmask(int, const sigset_t *, sigset_t *);
int	 raise(int);
int	 sigaction(int, const struct sigaction *, struct sigaction *);
int	 sigaddset(sigset_t *, int);
int	 sigdelset(sigset_t *, int);
int	 sigemptyset(sigset_t *);
int	 sigfillset(sigset_t *);
int	 sigismember(const sigset_t *, int);
void	(*signal(int, void (*)(int)))(int);
int	 sigprocmask(int, const sigset_t *, sigset_t *);
int	 sigsuspend(const sigset_t *);
int	 sigwait(const sigset_t *, int *);

#endif
