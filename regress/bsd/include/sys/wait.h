/* SPDX-License-Identifier: ISC */
#ifndef BSD_INCLUDE_SYS_WAIT_H
#define BSD_INCLUDE_SYS_WAIT_H

#include <sys/types.h>

#define WNOHANG		1
#define WUNTRACED	2
#define WIFEXITED(s)	(((s) & 0177) == 0)
#define WEXITSTATUS(s)	(((s) >> 8) & 0xff)
#define WIFSIGNALED(s)	(((s) & 0177) != 0 && ((s) & 0177) != 0177)
#define WTERMSIG(s)	((s) & 0177)
#define WIFSTOPPED(s)	(((s) & 0377) == 0177)

pid_t	 wait(int *);
pid_t	 waitpid(pid_t, int *, int);

#endif
