/* SPDX-License-Identifier: ISC */
#ifndef PRIVILEGE_H
#define PRIVILEGE_H

/*
 * Give up what is not needed, after everything that needs it is open
 * (privilege_linux.c, privilege_openbsd.c, privilege_freebsd.c, elsewhere
 * privilege_posix.c).
 *
 * user: whom to become, or NULL: _divert, else nobody.  Only root becomes
 * somebody else.  verdicts: keep what verdicts need (CAP_NET_ADMIN on Linux).
 * A user namespace that maps one user id leaves nobody to become: then the
 * uid stays, and -v says so.  Ends the program with status 4 when the user
 * named does not exist or cannot be become.
 */
void	privilege_drop(const char *user, int verdicts);

/* Ends the program (status 2) when there is no such user; NULL is allowed. */
void	privilege_check_user(const char *user);

#endif
