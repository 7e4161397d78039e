/* SPDX-License-Identifier: ISC */
#ifndef PRIVILEGE_INT_H
#define PRIVILEGE_INT_H

/* Become user as privilege_drop() says.  1 done, 0 the user stays. */
int	privilege_become(const char *user);

#endif
