/* SPDX-License-Identifier: ISC */

/*
 * Lines into a file that only grows.
 *
 * Paths are out of reach once the walls are up, so the file is opened anew in
 * its directory, which is open since the start.  The directory it lies in is
 * within the walls, and where the path is a symbolic link also the one it
 * leads to.
 */

#include "compat.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "logfile.h"
#include "logfile_int.h"
#include "msg.h"
#include "privilege.h"
#include "sandbox.h"

/* What is logged is not for everybody. */
#define MODE		0640
#define FLAGS		(O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | \
			    O_NOCTTY | O_NONBLOCK)

/* A directory that may be entered need not be one that may be read. */
#if defined(O_SEARCH)
#define DIR_FLAGS	(O_SEARCH | O_DIRECTORY | O_CLOEXEC)
#elif defined(O_PATH)
#define DIR_FLAGS	(O_PATH | O_DIRECTORY | O_CLOEXEC)
#else
#define DIR_FLAGS	(O_RDONLY | O_DIRECTORY | O_CLOEXEC)
#endif

struct file {
	const char	*path;
	const char	*base;
	char		 dir[PATH_MAX];
	char		 real_dir[PATH_MAX];
	int		 dirfd;		/* -1: could not be opened */
	int		 fd;
	size_t		 torn;		/* of the next line there already */
};

/*
 * Cut off the beginning of a line that could not be written whole, unless
 * somebody else has written behind it.  Then, or where a file only grows, the
 * rest of the line will follow.
 */
static void
undo(struct file *f)
{
	struct stat	 st;

	if (f->torn > 0 && fstat(f->fd, &st) == 0 &&
	    st.st_size == lseek(f->fd, 0, SEEK_CUR) &&
	    ftruncate(f->fd, st.st_size - (off_t)f->torn) == 0)
		f->torn = 0;
}

static int
write_file(void *arg, const char *lines, size_t len, size_t *done,
    uint64_t *lost)
{
	struct file	*f = arg;
	size_t		 off = f->torn, whole;
	ssize_t		 n;
	int		 error = 0;

	(void)lost;
	while (off < len && error == 0)
		if ((n = write(f->fd, lines + off, len - off)) > 0)
			off += (size_t)n;
		else if (n == 0)
			error = EIO;
		else if (errno != EINTR)
			error = errno;
	for (whole = off; whole > 0 && lines[whole - 1] != '\n'; whole--)
		;
	*done = whole;
	f->torn = off - whole;
	undo(f);
	/* For the keeper that word means: slow. */
	return (error == EAGAIN ? EIO : error);
}

static void
reopen_file(void *arg)
{
	struct file	*f = arg;
	struct stat	 st;
	int		 fd;

	if ((fd = openat(f->dirfd, f->base, FLAGS, MODE)) == -1 ||
	    fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		msg_warn("%s: cannot be opened anew: %s (the old file goes "
		    "on)", f->path, fd == -1 ? strerror(errno) :
		    "no regular file");
		if (fd != -1)
			close(fd);
		return;
	}
	logfile_repair(f->path, f->dirfd, f->base, fd);
	close(f->fd);
	f->fd = fd;
	/* The whole line goes to the new one. */
	f->torn = 0;
	msg_info("%s: opened anew", f->path);
}

static void
enter(void *arg, const char *user)
{
	struct file		*f = arg;
	struct sandbox_needs	 needs;
	const char		*dirs[3] = { NULL };
	size_t			 n = 0;

	/* A limit of its size is an error like another. */
	signal(SIGXFSZ, SIG_IGN);
	privilege_drop(user, 0);
	/* Rules for the walls go by paths, which this user may not follow. */
	if (access(f->dir, X_OK) == 0)
		dirs[n++] = f->dir;
	if (f->real_dir[0] != '\0' && access(f->real_dir, X_OK) == 0)
		dirs[n++] = f->real_dir;
	if (n == 0)
		msg_info("%s: the directory is closed to the unprivileged "
		    "user (SIGHUP will not open the file anew)", f->path);
	memset(&needs, 0, sizeof(needs));
	needs.write_dirs = dirs;
	sandbox_files(&needs);
	sandbox_calls(&needs);
}

/* Names of descriptors: nothing stands behind them later. */
static int
is_descriptor_name(const char *path)
{
	return (strncmp(path, "/dev/fd/", 8) == 0 ||
	    strncmp(path, "/proc/", 6) == 0 ||
	    strcmp(path, "/dev/stdout") == 0 ||
	    strcmp(path, "/dev/stderr") == 0);
}

static int
open_path(const char *path, struct stat *st)
{
	int	 fd, flags;

	/* To read as well: then it needs no reader, and readers may change. */
	if (stat(path, st) == 0 && S_ISFIFO(st->st_mode))
		fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	else
		fd = open(path, FLAGS, MODE);
	if (fd == -1 || fstat(fd, st) == -1)
		msg_die(1, "%s: %s", path, strerror(errno));
	if ((flags = fcntl(fd, F_GETFL)) == -1 ||
	    fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) == -1)
		msg_die(1, "%s: %s", path, strerror(errno));
	return (fd);
}

/* The directory of a path, and its last part. */
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
	if (len >= size)
		msg_die(1, "%s: %s", path, strerror(ENAMETOOLONG));
	memcpy(dir, path, len);
	dir[len] = '\0';
	return (slash + 1);
}

static void
find_dirs(struct file *f)
{
	char	 link[PATH_MAX];
	ssize_t	 n;
	char	*real;

	f->base = split_path(f->path, f->dir, sizeof(f->dir));
	f->dirfd = open(f->dir, DIR_FLAGS);
	if ((n = readlink(f->path, link, sizeof(link))) == -1 ||
	    (real = realpath(f->path, NULL)) == NULL)
		return;
	split_path(real, f->real_dir, sizeof(f->real_dir));
	free(real);
}

struct logfile *
logfile_start(const char *path, const char *user)
{
	struct file		 file;
	struct logfile_sink	 sink;
	struct logfile		*log;
	struct stat		 st;

	memset(&file, 0, sizeof(file));
	file.path = path;
	file.fd = open_path(path, &st);
	if (!S_ISREG(st.st_mode) || is_descriptor_name(path))
		return (logfile_without_keeper(path, file.fd));
	find_dirs(&file);
	logfile_repair(path, file.dirfd, file.base, file.fd);
	memset(&sink, 0, sizeof(sink));
	sink.enter = enter;
	sink.write = write_file;
	sink.reopen = reopen_file;
	sink.fds[0] = file.fd;
	sink.fds[1] = file.dirfd;
	sink.arg = &file;
	log = logfile_start_keeper(path, user, &sink);
	close(file.fd);
	if (file.dirfd != -1)
		close(file.dirfd);
	return (log);
}
