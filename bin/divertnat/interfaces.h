/* SPDX-License-Identifier: ISC */
#ifndef INTERFACES_H
#define INTERFACES_H

#include <stdint.h>

/* The addresses of this machine's interfaces, for "(em0)" in rules. */

struct interfaces;

/* As they are now.  NULL: they cannot be had, errno. */
struct interfaces *interfaces_new(void);
void	 interfaces_free(struct interfaces *);

/*
 * For rules_resolve(), arg is a struct interfaces: the first address of the
 * family that is not link-local.  1, or 0: none.
 */
int	 interfaces_lookup(void *arg, const char *ifname, int family,
	    uint8_t *addr, uint8_t *prefix);

/*
 * Start the process that follows them.  Before threads and privilege_drop();
 * user: as for that.
 */
void	 interfaces_follow(struct interfaces *, const char *user);
/* In the loop: changed() is called when they have changed. */
void	 interfaces_watch(struct interfaces *, void (*changed)(void *),
	    void *arg);

#endif
