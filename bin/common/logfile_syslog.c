/* SPDX-License-Identifier: ISC */

/*
 * Lines as messages for the syslog daemon, in the form that syslog(3) gives
 * them.  That function itself is not used: it opens and connects when it
 * likes, which walls forbid, and does not say what it lost.
 */

#include "compat.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "logfile.h"
#include "logfile_int.h"
#include "msg.h"
#include "privilege.h"
#include "sandbox.h"

/* Daemons cut what is longer; half a record is worse than none. */
#define MESSAGE_MAX	8192
#define HEADER_MAX	128

struct messages {
	pid_t	 pid;		/* the tool's */
	time_t	 second;	/* of the header */
	char	 buf[HEADER_MAX + MESSAGE_MAX];
	size_t	 header;
};

static void
make_header(struct messages *m, time_t now)
{
	static const char	 months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct tm		 tm;

	m->second = now;
	if (localtime_r(&now, &tm) == NULL)
		memset(&tm, 0, sizeof(tm));
	m->header = (size_t)snprintf(m->buf, HEADER_MAX,
	    "<%d>%.3s %2d %02d:%02d:%02d %.32s[%ld]: ", LOG_DAEMON | LOG_INFO,
	    months + 3 * tm.tm_mon, tm.tm_mday, tm.tm_hour, tm.tm_min,
	    tm.tm_sec, msg_tool(), (long)m->pid);
}

/* One line, without its LF. */
static int
send_line(struct messages *m, const char *line, size_t len)
{
	time_t	 now = time(NULL);

	if (m->header == 0 || now != m->second)
		make_header(m, now);
	if (m->header + len > MESSAGE_MAX)
		return (EMSGSIZE);
	memcpy(m->buf + m->header, line, len);
	return (syslog_send(m->buf, m->header + len));
}

static int
write_messages(void *arg, const char *lines, size_t len, size_t *done,
    uint64_t *lost)
{
	struct messages	*m = arg;
	const char	*end, *line = lines;
	int		 error;

	while (*done < len) {
		end = memchr(line, '\n', len - *done);
		if (end == NULL)
			break;
		error = send_line(m, line, (size_t)(end - line));
		if (error == EMSGSIZE) {
			++*lost;
			msg_limited(EMSGSIZE, "syslog: a line of %zu bytes is "
			    "too long for a message: lost",
			    (size_t)(end - line));
		} else if (error != 0)
			return (error);
		line = end + 1;
		*done = (size_t)(line - lines);
	}
	return (0);
}

static void
enter(void *arg, const char *user)
{
	static const struct sandbox_needs	 none;

	(void)arg;
	privilege_drop(user, 0);
	sandbox_files(&none);
	sandbox_calls(&none);
}

struct logfile *
logfile_start_syslog_at(const char *path, const char *user)
{
	struct messages		 messages;
	struct logfile_sink	 sink;
	struct logfile		*log;

	memset(&messages, 0, sizeof(messages));
	messages.pid = getpid();
	memset(&sink, 0, sizeof(sink));
	sink.enter = enter;
	sink.write = write_messages;
	sink.fds[0] = syslog_open(path);
	sink.fds[1] = -1;
	sink.arg = &messages;
	log = logfile_start_keeper("syslog", user, &sink);
	if (sink.fds[0] != -1)
		close(sink.fds[0]);
	return (log);
}

struct logfile *
logfile_start_syslog(const char *user)
{
	return (logfile_start_syslog_at(NULL, user));
}
