/* SPDX-License-Identifier: ISC */

/*
 * The process that writes snapshots: beside the file, synced, and renamed when
 * they are whole.  It becomes the same unprivileged user as the tool and sees
 * one directory, which has to be that user's.
 */

#include "compat.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper.h"
#include "msg.h"
#include "nat_state.h"
#include "privilege.h"
#include "sandbox.h"
#include "statefile_int.h"

struct keeper {
	const char	*base;
	char		 fresh[NAME_MAX + 1];	/* being written */
	char		 aside[NAME_MAX + 1];
	int		 dirfd;
	int		 sock;
	int		 fd;			/* of fresh, or -1 */
	int		 error;			/* of this snapshot so far */
	uint8_t		 buf[NAT_STATE_BLOCK_MAX];
};

/* ---- before -------------------------------------------------------------- */

static const char *
split_path(const char *path, char *dir, size_t size)
{
	const char	*slash;
	size_t		 len;

	if ((slash = strrchr(path, '/')) == NULL) {
		strlcpy(dir, ".", size);
		return (path);
	}
	len = slash == path ? 1 : (size_t)(slash - path);
	if (len >= size || strlen(slash + 1) + sizeof(".damaged") > NAME_MAX)
		msg_die(1, "%s: %s", path, strerror(ENAMETOOLONG));
	memcpy(dir, path, len);
	dir[len] = '\0';
	return (slash + 1);
}

/* Made at the first start, for the user that this becomes. */
static void
give_dir(int dirfd, const char *dir, const char *user)
{
	const struct passwd	*pw;

	if (geteuid() != 0)
		return;
	if (user != NULL)
		pw = getpwnam(user);
	else if ((pw = getpwnam("_divert")) == NULL)
		pw = getpwnam("nobody");
	/* Where a user namespace knows no such user this stays root's. */
	if (pw != NULL && fchown(dirfd, pw->pw_uid, pw->pw_gid) == -1)
		msg_info("%s: %s", dir, strerror(errno));
}

const char *
statefile_dir(const char *path, const char *user, int *dirfd)
{
	const char	*base;
	char		 dir[PATH_MAX];
	int		 made;

	base = split_path(path, dir, sizeof(dir));
	made = mkdir(dir, 0700) == 0;
	*dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*dirfd == -1)
		msg_die(1, "%s: %s", dir, strerror(errno));
	if (made)
		give_dir(*dirfd, dir, user);
	return (base);
}

/* ---- files --------------------------------------------------------------- */

static int
write_all(int fd, const uint8_t *buf, size_t len)
{
	ssize_t	 n;

	for (; len > 0; buf += n, len -= (size_t)n) {
		n = write(fd, buf, len);
		if (n == -1 && errno != EINTR)
			return (errno);
		if (n == -1)
			n = 0;
	}
	return (0);
}

static void
give_up(struct keeper *k)
{
	if (k->fd == -1)
		return;
	close(k->fd);
	k->fd = -1;
	(void)unlinkat(k->dirfd, k->fresh, 0);
}

static void
take_data(struct keeper *k, size_t len)
{
	if (k->error != 0)
		return;
	if (k->fd == -1) {
		k->fd = openat(k->dirfd, k->fresh, O_WRONLY | O_CREAT |
		    O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (k->fd == -1) {
			k->error = errno;
			return;
		}
	}
	if ((k->error = write_all(k->fd, k->buf, len)) != 0)
		give_up(k);
}

static int
commit(struct keeper *k)
{
	int	 error;

	if ((error = k->error) != 0 || k->fd == -1) {
		k->error = 0;
		return (error);
	}
	if (fsync(k->fd) == -1 ||
	    renameat(k->dirfd, k->fresh, k->dirfd, k->base) == -1) {
		error = errno;
		give_up(k);
		return (error);
	}
	close(k->fd);
	k->fd = -1;
	/* The name too; where directories cannot be synced it is so. */
	(void)fsync(k->dirfd);
	return (0);
}

/* ---- life ---------------------------------------------------------------- */

/* 0, or -1: the tool is gone. */
static int
read_all(int fd, void *buf, size_t len)
{
	uint8_t	*p = buf;
	ssize_t	 n;

	for (; len > 0; p += n, len -= (size_t)n) {
		n = read(fd, p, len);
		if (n == 0 || (n == -1 && errno != EINTR))
			return (-1);
		if (n == -1)
			n = 0;
	}
	return (0);
}

static void
serve(struct keeper *k)
{
	struct statefile_frame	 frame;
	int32_t			 error;

	while (read_all(k->sock, &frame, sizeof(frame)) == 0) {
		if (frame.len > sizeof(k->buf) ||
		    read_all(k->sock, k->buf, frame.len) == -1)
			break;
		switch (frame.kind) {
		case STATEFILE_DATA:
			take_data(k, frame.len);
			break;
		case STATEFILE_ASIDE:
			(void)renameat(k->dirfd, k->base, k->dirfd, k->aside);
			break;
		case STATEFILE_COMMIT:
			error = commit(k);
			if (write(k->sock, &error, sizeof(error)) !=
			    sizeof(error))
				return;
			break;
		default:
			return;
		}
	}
	/* The tool has ended within a snapshot: the one before is good. */
	give_up(k);
}

static void
enter(struct keeper *k, const char *path, const char *user)
{
	struct sandbox_needs	 needs;
	const char		*dirs[2] = { NULL, NULL };
	char			 dir[PATH_MAX];
	int			 fds[2];

	fds[0] = k->dirfd;
	fds[1] = k->sock;
	helper_enter(fds, 2);
	signal(SIGXFSZ, SIG_IGN);
	/* Only root becomes another user; the tool says so. */
	privilege_drop(geteuid() == 0 ? user : NULL, 0);
	(void)split_path(path, dir, sizeof(dir));
	/* Said now, and not when it is too late. */
	k->fd = openat(k->dirfd, k->fresh, O_WRONLY | O_CREAT | O_CLOEXEC |
	    O_NOFOLLOW, 0600);
	if (k->fd == -1)
		msg_warn("%s: cannot be written: %s (states will not be "
		    "saved: the directory has to be the unprivileged user's)",
		    path, strerror(errno));
	give_up(k);
	if (access(dir, X_OK) == 0)
		dirs[0] = dir;
	memset(&needs, 0, sizeof(needs));
	needs.write_dirs = dirs;
	sandbox_files(&needs);
	sandbox_calls(&needs);
}

void
statefile_keep(const char *path, const char *base, int dirfd, int sock,
    const char *user)
{
	struct keeper	*k;

	if ((k = calloc(1, sizeof(*k))) == NULL)
		msg_die(1, "out of memory");
	k->base = base;
	k->dirfd = dirfd;
	k->sock = sock;
	k->fd = -1;
	snprintf(k->fresh, sizeof(k->fresh), "%s.new", base);
	snprintf(k->aside, sizeof(k->aside), "%s.damaged", base);
	enter(k, path, user);
	serve(k);
	_exit(0);
}
