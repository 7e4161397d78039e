/* SPDX-License-Identifier: ISC */
#ifndef STATEFILE_H
#define STATEFILE_H

#include <stdint.h>

/*
 * The file in which states outlive the tool (`set state-file').
 *
 * Writing to a disk can take seconds, and opening files is forbidden within
 * the walls: so another process, the keeper, writes.  It is given the snapshot
 * in slices, whenever it has taken the slice before, writes it beside the file,
 * syncs, and renames it to the file's name when it is whole.  However the tool
 * ends, the file is a whole snapshot: the last one, or the one before.
 */

struct nat;
struct statefile;

/*
 * Open what is there, and start the keeper; its directory is made where it is
 * missing.  Before threads and privilege_drop(); user: as for that.  Ends the
 * program when there is no such directory.
 */
struct statefile *statefile_open(const char *path, const char *user);

/*
 * The states of the file into an engine that has none, and a line about it.
 * One that is damaged is kept under another name.  After privilege_drop().
 */
void	 statefile_restore(struct statefile *, struct nat *, uint64_t now);

/* From now on, in the loop: every so many seconds (0: at the end only). */
void	 statefile_watch(struct statefile *, struct nat *, unsigned int every);

/* Soon; done, if not NULL, is called when it is written: 0 or errno. */
void	 statefile_save(struct statefile *, void (*done)(void *, int error),
	    void *arg);

/* Its path, as the rules of the start have it. */
const char *statefile_path(const struct statefile *);
/* How many were written, and the errno of the last try or 0. */
void	 statefile_counts(const struct statefile *, uint64_t *written,
	    int *error);

/* What such an error means. */
const char *statefile_error(int error);

/*
 * The last snapshot: waits for it to be written, a few seconds at most.
 * Frees.  0, or -1: it is not written, and that was said.  NULL is allowed.
 */
int	 statefile_finish(struct statefile *);

#endif
