/* SPDX-License-Identifier: ISC */

/*
 * The end of a log that an earlier run has left: a crash of the machine cuts
 * lines, and file systems leave zeros.  What is no record is not ours to remove.
 */

#include "compat.h"

#include <sys/stat.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "logfile_int.h"
#include "msg.h"

/* How every record begins. */
static const char	 record_start[] = "{\"timestamp\":";
/* Further back no beginning of a line is looked for. */
#define LINE_MAX_SIZE	(1 << 20)
/* One who is just writing there has gone on by then. */
#define LOOK_AGAIN_MS	50

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
repair(const char *path, int fd, int in)
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
		    "removed (%zu bytes)", path, len);
	else if (write(fd, "\n", 1) == 1)
		msg_warn("%s: the last line had no end: ended", path);
	free(tail);
}

void
logfile_repair(const char *path, int dirfd, const char *base, int fd)
{
	int	 in;

	/* Who may not read it cannot tell. */
	if ((in = openat(dirfd, base, O_RDONLY | O_CLOEXEC |
	    O_NONBLOCK)) == -1)
		return;
	repair(path, fd, in);
	close(in);
}
