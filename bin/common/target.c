/* SPDX-License-Identifier: ISC */

#include "compat.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "msg.h"
#include "target.h"

/* Is this file the capture that port reads? */
static int
is_input(const char *port, const struct stat *st)
{
	struct stat	 input;
	int		 result = -1;

	if (strcmp(port, "-") == 0)
		result = fstat(STDIN_FILENO, &input);
	else if (strncmp(port, "file:", 5) == 0)
		result = stat(port + 5, &input);
	return (result == 0 && S_ISREG(input.st_mode) &&
	    input.st_dev == st->st_dev && input.st_ino == st->st_ino);
}

int
target_is_input(const char *path, const char *port)
{
	struct stat	 st;

	return (stat(path, &st) == 0 && is_input(port, &st));
}

static void
open_file(struct target *target, const char *path, const char *input)
{
	if (target_is_input(path, input))
		msg_die(2, "-w: %s: is the input", path);
	target->name = path;
	target->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (target->fd == -1)
		msg_die(1, "%s: %s", path, strerror(errno));
}

static void
open_stdout(struct target *target, int given, const char *input)
{
	struct stat	 st;

	target->name = "stdout";
	target->fd = STDOUT_FILENO;
	/* As cat(1): a file that grows with what is read of it has no end. */
	if (fstat(STDOUT_FILENO, &st) == 0 && is_input(input, &st))
		msg_die(2, "stdout: is the input");
	if (!isatty(STDOUT_FILENO))
		return;
	if (!given) {
		target->format = DIVERT_FORMAT_TEXT;
		if (getenv("NO_COLOR") == NULL)
			target->flags |= DIVERT_ENCODE_COLOR;
	} else if (target->format <= DIVERT_FORMAT_PFLOG)
		msg_die(2, "stdout is a terminal: binary does not go there "
		    "(-F text, or -w file)");
}

void
target_open(struct target *target, const char *path,
    enum divert_format format, int given, const char *input)
{
	target->format = format;
	target->flags = 0;
	if (path != NULL && strcmp(path, "-") != 0)
		open_file(target, path, input);
	else
		open_stdout(target, given, input);
}
