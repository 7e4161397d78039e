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
#include <stdio.h>
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

/* How every record begins. */
static const char	 record_start[] = "{\"timestamp\":";
/* Further back no beginning of a line is looked for. */
#define LINE_MAX_SIZE	(1 << 20)
/* One who is just writing there has gone on by then. */
#define LOOK_AGAIN_MS	50

struct file {
	const char	*path;
	const char	*base;
	char		 dir[PATH_MAX];
	char		 real_dir[PATH_MAX];
	int		 dirfd;		/* -1: could not be opened */
	int		 fd;
	size_t		 torn;		/* of the next line there already */
};

/* ---- the end of a file that an earlier run has left ---------------------- */

/* Braces closed, outside strings. */
static int
is_whole_object(const char *line, size_t len)
{
	size_t	 depth = 0, i;
	int	 string = 0;

	for (i = 0; i < len; i++)
		if (string) {
			if (line[i] == '\\')
				i++;
			else if (line[i] == '"')
				string = 0;
		} else if (line[i] == '"')
			string = 1;
		else if (line[i] == '{')
			depth++;
		else if (line[i] == '}' && --depth == 0)
			return (i == len - 1);
	return (0);
}

/* A record that lacks its end; or zeros, which file systems leave. */
static int
is_torn_record(const char *line, size_t len)
{
	size_t	 i, start = sizeof(record_start) - 1;

	if (memcmp(line, record_start, len < start ? len : start) == 0)
		return (!is_whole_object(line, len));
	for (i = 0; i < len; i++)
		if (line[i] != '\0')
			return (0);
	return (1);
}

/*
 * Read what stands behind the last line; the caller frees *tail.  0 bytes:
 * nothing, or more than is worth reading (*tail is NULL).
 */
static size_t
read_tail(int fd, off_t size, char **tail)
{
	size_t	 from, len;
	ssize_t	 n;
	char	*buf;

	*tail = NULL;
	len = size < LINE_MAX_SIZE ? (size_t)size : LINE_MAX_SIZE;
	if ((buf = malloc(len)) == NULL)
		return (0);
	n = pread(fd, buf, len, size - (off_t)len);
	if (n != (ssize_t)len) {
		free(buf);
		return (0);
	}
	for (from = len; from > 0 && buf[from - 1] != '\n'; from--)
		;
	if (from == 0 && (off_t)len < size) {
		free(buf);
		return (0);
	}
	memmove(buf, buf + from, len - from);
	*tail = buf;
	return (len - from);
}

/* fd: to write, in: the same file to read. */
static void
repair(const struct file *f, int fd, int in)
{
	struct stat	 st, later;
	size_t		 len;
	char		*tail, last;

	if (fstat(fd, &st) == -1 || st.st_size == 0 ||
	    fstat(in, &later) == -1 || st.st_dev != later.st_dev ||
	    st.st_ino != later.st_ino ||
	    pread(in, &last, 1, st.st_size - 1) != 1 || last == '\n')
		return;
	/* Not the middle of another tool's write? */
	logfile_sleep(LOOK_AGAIN_MS);
	if (fstat(fd, &later) == -1 || later.st_size != st.st_size)
		return;
	len = read_tail(in, st.st_size, &tail);
	if (tail != NULL && is_torn_record(tail, len) &&
	    ftruncate(fd, st.st_size - (off_t)len) == 0)
		msg_warn("%s: the last line was cut by an earlier crash: "
		    "removed (%zu bytes)", f->path, len);
	else if (write(fd, "\n", 1) == 1)
		msg_warn("%s: the last line had no end: ended", f->path);
	free(tail);
}

static void
check_end(const struct file *f, int fd)
{
	int	 in;

	/* Who may not read it cannot tell. */
	if ((in = openat(f->dirfd, f->base, O_RDONLY | O_CLOEXEC |
	    O_NONBLOCK)) == -1)
		return;
	repair(f, fd, in);
	close(in);
}

/* ---- in the keeper ------------------------------------------------------- */

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
	check_end(f, fd);
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

/* ---- before -------------------------------------------------------------- */

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
	check_end(&file, file.fd);
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
