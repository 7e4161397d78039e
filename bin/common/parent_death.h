/* SPDX-License-Identifier: ISC */
#ifndef PARENT_DEATH_H
#define PARENT_DEATH_H

/*
 * Get this signal when the parent dies, where the system offers it
 * (parent_death_linux.c, parent_death_freebsd.c; elsewhere an end of file has
 * to do: parent_death_posix.c).  Again after a change of user.
 */
void	die_with_parent(int signo);

#endif
