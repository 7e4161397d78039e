/* SPDX-License-Identifier: ISC */

/*
 * Messages.  Each is one write(2), so lines of several processes on one
 * terminal do not mix.
 */

#include "compat.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "msg.h"

#define LIMIT_SECONDS	10

static const char	*tool = "divertutil";
static int		 level;
static struct {
	time_t		 last;
	unsigned long	 hidden;
} limits[MSG_KEYS];

void
msg_init(const char *name, int lvl)
{
	tool = name;
	level = lvl;
}

int
msg_level(void)
{
	return (level);
}

const char *
msg_tool(void)
{
	return (tool);
}

static void
say(const char *suffix, const char *fmt, va_list ap)
{
	char	 line[1024];
	size_t	 i, len;
	int	 saved;

	saved = errno;
	snprintf(line, sizeof(line), "%s: ", tool);
	len = strlen(line);
	vsnprintf(line + len, sizeof(line) - len - 1, fmt, ap);
	strlcat(line, suffix, sizeof(line) - 1);
	len = strlen(line);
	for (i = 0; i < len; i++)
		if (iscntrl((unsigned char)line[i]))
			line[i] = '?';
	line[len++] = '\n';
	/* Nobody is left to hear that stderr failed. */
	if (write(STDERR_FILENO, line, len) == -1)
		errno = saved;
	errno = saved;
}

void
msg_die(int status, const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	say("", fmt, ap);
	va_end(ap);
	exit(status);
}

void
msg_error(const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	say("", fmt, ap);
	va_end(ap);
}

void
msg_warn(const char *fmt, ...)
{
	va_list	 ap;

	if (level < 0)
		return;
	va_start(ap, fmt);
	say("", fmt, ap);
	va_end(ap);
}

void
msg_info(const char *fmt, ...)
{
	va_list	 ap;

	if (level < 1)
		return;
	va_start(ap, fmt);
	say("", fmt, ap);
	va_end(ap);
}

void
msg_limited(int key, const char *fmt, ...)
{
	va_list		 ap;
	struct timespec	 now;
	char		 suffix[64];

	if (level < 0)
		return;
	if (key < 0 || key >= MSG_KEYS)
		key = MSG_KEYS - 1;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (limits[key].last != 0 &&
	    now.tv_sec - limits[key].last < LIMIT_SECONDS) {
		limits[key].hidden++;
		return;
	}
	suffix[0] = '\0';
	if (limits[key].hidden > 0)
		snprintf(suffix, sizeof(suffix), " (and %lu times before)",
		    limits[key].hidden);
	limits[key].last = now.tv_sec == 0 ? 1 : now.tv_sec;
	limits[key].hidden = 0;
	va_start(ap, fmt);
	say(suffix, fmt, ap);
	va_end(ap);
}
