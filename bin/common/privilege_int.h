/* SPDX-License-Identifier: ISC */
#ifndef PRIVILEGE_INT_H
#define PRIVILEGE_INT_H

/* A directory where nothing is, and nobody but root can put anything. */
#define PRIVILEGE_EMPTY	"/var/empty"

/*
 * Become user as privilege_drop() says.  root: the directory that root can
 * make all files for this process, or NULL; where that fails -v says so.
 * 1 done, 0 the user stays.
 */
int	privilege_become(const char *user, const char *root);

#endif
