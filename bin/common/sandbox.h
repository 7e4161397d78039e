/* SPDX-License-Identifier: ISC */
#ifndef SANDBOX_H
#define SANDBOX_H

/*
 * The walls around a tool that handles foreign packets, put up in two steps
 * because threads come between them: files before the first thread, system
 * calls when everything is open.  Both come after privilege_drop(), cannot be
 * undone, and never end the program: where the system has no such wall, -v
 * says so.
 *
 *	Linux	landlock (sandbox_landlock.c), seccomp (sandbox_seccomp.c)
 *	OpenBSD	unveil, pledge (sandbox_openbsd.c)
 *	FreeBSD	Capsicum (sandbox_freebsd.c)
 */

struct sandbox_needs {
	/* Directories, NULL at the end; NULL: none.  Files below them are
	 * opened, made, renamed and removed later. */
	const char *const	*write_dirs;
	/* The same, for reading alone. */
	const char *const	*read_dirs;
	/* SIGTERM and SIGKILL are sent to another process, which may be
	 * started again. */
	int			 signals;
	/* Packets are written to a kernel. */
	int			 live;
	/* Routes are asked for, by sockets that are open. */
	int			 routes;
	/* Other programs connect to a UNIX socket that is open already. */
	int			 accepts;
};

/* No file is opened from here on, but in the directories of needs. */
void	sandbox_files(const struct sandbox_needs *needs);

/* No system call from here on, but those of the event loop; all threads. */
void	sandbox_calls(const struct sandbox_needs *needs);

#endif
