/* SPDX-License-Identifier: ISC */

/*
 * The log keeper: numbered lines go in, and what is in the files afterwards is
 * whole lines, in order, as many as the counters say, whatever was killed or
 * full.  Each tool is a process of its own here, whose stderr ends when its
 * keeper has ended too.
 */

#include "compat.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "logfile.h"
#include "msg.h"

#define LINE_MAX_LEN	700
#define LIMIT_SECONDS	60

static char	 room[] = "/tmp/t_logfile.XXXXXX";
static char	 path[sizeof(room) + 16];
static char	 said[65536];

/* Told by the tool to the test. */
static struct {
	uint64_t	 sent;
	uint64_t	 refused;	/* by a full pipe */
	uint64_t	 written;
	uint64_t	 lost;
	int		 error;
	int		 go;		/* the other way */
} *told;

/* ---- lines --------------------------------------------------------------- */

/* The nth line; their lengths differ, and are the same each time. */
static size_t
make_line(uint64_t n, char *buf)
{
	size_t	 fill = (size_t)(n * 2654435761u % 600), len;

	len = (size_t)snprintf(buf, 64, "{\"timestamp\":\"%" PRIu64 "\",\"x\":\"",
	    n);
	memset(buf + len, 'x', fill);
	len += fill;
	memcpy(buf + len, "\"}\n", 3);
	return (len + 3);
}

/* Lines [from, to) in a buffer of the caller's. */
static size_t
make_lines(uint64_t from, uint64_t to, char *buf)
{
	size_t	 len = 0;

	for (; from < to; from++)
		len += make_line(from, buf + len);
	return (len);
}

static void
write_all(int fd, const char *buf, size_t len)
{
	ssize_t	 n;

	for (; len > 0; buf += n, len -= (size_t)n)
		if ((n = write(fd, buf, len)) == -1)
			_exit(90);
}

static char *
read_file(const char *name, size_t *len)
{
	struct stat	 st;
	char		*buf;
	int		 fd;

	assert_true((fd = open(name, O_RDONLY)) != -1);
	assert_int_equal(fstat(fd, &st), 0);
	assert_non_null(buf = malloc((size_t)st.st_size + 1));
	*len = 0;
	while (*len < (size_t)st.st_size &&
	    read(fd, buf + *len, 1) == 1 && ++*len) {
		ssize_t	 n = read(fd, buf + *len, (size_t)st.st_size - *len);

		if (n > 0)
			*len += (size_t)n;
	}
	buf[*len] = '\0';
	close(fd);
	return (buf);
}

/*
 * The lines in a buffer, from number n on: each is whole and none is missing.
 * Returns the number of the next.
 */
static uint64_t
check_lines(const char *buf, size_t len, uint64_t n)
{
	char	 line[LINE_MAX_LEN];
	size_t	 off, want;

	for (off = 0; off < len; off += want, n++) {
		want = make_line(n, line);
		if (want > len - off || memcmp(buf + off, line, want) != 0)
			fail_msg("line %" PRIu64 " at %zu of %zu: %.*s", n,
			    off, len, (int)(len - off < 60 ? len - off : 60),
			    buf + off);
	}
	return (n);
}

/* The same, but lines may be missing; how many there are. */
static uint64_t
check_some_lines(const char *buf, size_t len, uint64_t *next)
{
	char		 line[LINE_MAX_LEN];
	uint64_t	 count = 0, n;
	size_t		 off, want;

	for (off = 0; off < len; off += want, count++) {
		if (sscanf(buf + off, "{\"timestamp\":\"%" SCNu64 "\"", &n) != 1)
			fail_msg("at %zu: %.60s", off, buf + off);
		assert_true(n >= *next);
		*next = n + 1;
		want = make_line(n, line);
		if (want > len - off || memcmp(buf + off, line, want) != 0)
			fail_msg("line %" PRIu64 " at %zu of %zu", n, off,
			    len);
	}
	return (count);
}

static uint64_t
check_file(const char *name, uint64_t n)
{
	char	*buf;
	size_t	 len;

	buf = read_file(name, &len);
	n = check_lines(buf, len, n);
	free(buf);
	return (n);
}

static void
put_file(const char *text, size_t len)
{
	int	 fd;

	unlink(path);
	assert_true((fd = open(path, O_WRONLY | O_CREAT, 0666)) != -1);
	write_all(fd, text, len);
	close(fd);
}

/* ---- tools --------------------------------------------------------------- */

static pid_t	 tool;
static int	 tool_err;

/* What is waited for does not come. */
static void
give_up(int signo)
{
	static const char	 words[] = "not ok - waits for ever\n";

	(void)signo;
	if (tool > 0)
		kill(tool, SIGKILL);
	(void)!write(STDOUT_FILENO, words, sizeof(words) - 1);
	_exit(1);
}

static void
start(int (*act)(void))
{
	int	 pair[2];

	/* One that failed may have left its own. */
	if (tool > 0) {
		kill(tool, SIGKILL);
		waitpid(tool, NULL, 0);
	}
	assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
	fflush(stdout);
	alarm(LIMIT_SECONDS);
	memset(told, 0, sizeof(*told));
	if ((tool = fork()) == 0) {
		dup2(pair[1], STDERR_FILENO);
		msg_init("tool", 0);
		signal(SIGPIPE, SIG_IGN);
		_exit(act());
	}
	assert_true(tool > 0);
	close(pair[1]);
	tool_err = pair[0];
}

/* Until tool and keeper have ended; the tool's status, or minus the signal. */
static int
end(void)
{
	size_t	 len = 0;
	ssize_t	 n;
	int	 status;

	while ((n = read(tool_err, said + len, sizeof(said) - 1 - len)) > 0)
		len += (size_t)n;
	said[len] = '\0';
	close(tool_err);
	assert_int_equal(waitpid(tool, &status, 0), tool);
	tool = 0;
	return (WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
}

static int
run(int (*act)(void))
{
	start(act);
	return (end());
}

static void
nap(int milliseconds)
{
	poll(NULL, 0, milliseconds);
}

static struct logfile *
open_log(void)
{
	return (logfile_start(path, NULL));
}

/* The end of each tool here. */
static int
close_log(struct logfile *log)
{
	close(logfile_fd(log));
	return (logfile_finish(log));
}

/* ---- the tests ----------------------------------------------------------- */

#define MANY	200000

static int
act_many(void)
{
	struct logfile	*log = open_log();
	static char	 buf[1000 * LINE_MAX_LEN];
	uint64_t	 n, m;
	size_t		 len, off, part;
	int		 error;

	for (n = 0; n < MANY; n += 1000) {
		len = make_lines(n, n + 1000, buf);
		/* Cut anywhere. */
		for (off = 0; off < len; off += part) {
			part = 1 + (size_t)(n + off * 7919) % 70000;
			if (part > len - off)
				part = len - off;
			write_all(logfile_fd(log), buf + off, part);
		}
	}
	close(logfile_fd(log));
	/* All of it is counted when it is written. */
	for (m = 0; m < 1000; m++) {
		logfile_counts(log, &told->written, &told->lost, &error);
		if (told->written == MANY)
			break;
		nap(10);
	}
	return (logfile_finish(log));
}

static void
every_line_arrives(void **state)
{
	struct stat	 st;

	(void)state;
	put_file("", 0);
	unlink(path);
	umask(0);
	assert_int_equal(run(act_many), 0);
	assert_string_equal(said, "");
	assert_int_equal(check_file(path, 0), MANY);
	assert_int_equal(told->written, MANY);
	assert_int_equal(told->lost, 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
}

static int
act_few(void)
{
	struct logfile	*log = open_log();
	char		 buf[LINE_MAX_LEN];

	write_all(logfile_fd(log), buf, make_line(3, buf));
	return (close_log(log));
}

static void
what_was_there_stays(void **state)
{
	char	 buf[3 * LINE_MAX_LEN];

	(void)state;
	put_file(buf, make_lines(0, 3, buf));
	assert_int_equal(run(act_few), 0);
	assert_int_equal(check_file(path, 0), 4);
	assert_string_equal(said, "");
}

/* Write until killed, as much at once as a writer may. */
static int
act_for_ever(void)
{
	struct logfile	*log = open_log();
	static char	 buf[2000 * LINE_MAX_LEN];
	uint64_t	 n;

	for (n = 0; n < UINT64_MAX / 2; n += 2000)
		write_all(logfile_fd(log), buf, make_lines(n, n + 2000, buf));
	return (0);
}

static void
killed_it_leaves_whole_lines(void **state)
{
	uint64_t	 lines = 0;
	int		 i;

	(void)state;
	for (i = 0; i < 20; i++) {
		unlink(path);
		start(act_for_ever);
		while (access(path, F_OK) == -1)
			nap(1);
		nap(i * 3);
		kill(tool, SIGKILL);
		assert_int_equal(end(), -SIGKILL);
		lines += check_file(path, 0);
	}
	print_message("# %" PRIu64 " lines written before 20 ends\n", lines);
	assert_true(lines > 10000);
}

static int
act_half_a_line(void)
{
	struct logfile	*log = open_log();
	char		 buf[2 * LINE_MAX_LEN];

	write_all(logfile_fd(log), buf, make_lines(0, 2, buf) - 10);
	return (close_log(log));
}

static void
a_line_cut_in_the_pipe_is_left_out(void **state)
{
	(void)state;
	unlink(path);
	assert_int_equal(run(act_half_a_line), 1);
	assert_int_equal(check_file(path, 0), 1);
	assert_non_null(strstr(said, "1 line is lost"));
}

static int
act_too_long(void)
{
	struct logfile	*log = open_log();
	static char	 buf[3 << 20];
	char		 line[LINE_MAX_LEN];
	int		 error;

	write_all(logfile_fd(log), line, make_line(0, line));
	memset(buf, 'y', sizeof(buf));
	buf[sizeof(buf) - 1] = '\n';
	write_all(logfile_fd(log), buf, sizeof(buf));
	write_all(logfile_fd(log), line, make_line(1, line));
	do
		logfile_counts(log, &told->written, &told->lost, &error);
	while (told->written < 2);
	return (close_log(log));
}

static void
a_line_too_long_is_lost_alone(void **state)
{
	(void)state;
	unlink(path);
	assert_int_equal(run(act_too_long), 1);
	assert_int_equal(check_file(path, 0), 2);
	assert_int_equal(told->written, 2);
	assert_int_equal(told->lost, 1);
}

/* What an earlier run has left, and what it becomes. */
static void
the_end_of_a_file_is_repaired(void **state)
{
#define WHOLE	"{\"timestamp\":\"a\",\"b\":{\"c\":\"}\"}}"
	static const struct {
		const char	*before, *after, *says;
		size_t		 zeros;
	} ends[] = {
		{ "", "", "", 0 },
		{ WHOLE "\n", WHOLE "\n", "", 0 },
		{ WHOLE "\n{", WHOLE "\n", "removed (1 bytes)", 0 },
		{ WHOLE "\n{\"timest", WHOLE "\n", "removed (8 bytes)", 0 },
		{ WHOLE "\n{\"timestamp\":\"a\",\"b\":{\"c\":\"}\"}", WHOLE "\n",
		    "removed", 0 },
		{ WHOLE "\n{\"timestamp\":\"a\",\"b\":\"\\\"}", WHOLE "\n",
		    "removed", 0 },
		{ "{\"timestamp\":\"a", "", "removed", 0 },
		{ WHOLE, WHOLE "\n", "ended", 0 },
		{ WHOLE "\n" WHOLE, WHOLE "\n" WHOLE "\n", "ended", 0 },
		{ WHOLE "\nnotes of somebody", WHOLE "\nnotes of somebody\n",
		    "ended", 0 },
		{ "{\"time\":1", "{\"time\":1\n", "ended", 0 },
		{ WHOLE "\n", WHOLE "\n", "removed (5000 bytes)", 5000 },
		{ WHOLE "\n{\"timestamp\":\"a", WHOLE "\n", "removed", 10 },
	};
	char	 before[8192], line[LINE_MAX_LEN], *got;
	size_t	 i, len, n;

	(void)state;
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		memset(before, 0, sizeof(before));
		strlcpy(before, ends[i].before, sizeof(before));
		put_file(before, strlen(before) + ends[i].zeros);
		assert_int_equal(run(act_few), 0);
		got = read_file(path, &len);
		n = make_line(3, line);
		if (len != strlen(ends[i].after) + n ||
		    memcmp(got, ends[i].after, len - n) != 0 ||
		    memcmp(got + len - n, line, n) != 0)
			fail_msg("\"%s\" became \"%s\"", ends[i].before, got);
		if (ends[i].says[0] == '\0')
			assert_string_equal(said, "");
		else if (strstr(said, ends[i].says) == NULL)
			fail_msg("\"%s\": said %s", ends[i].before, said);
		free(got);
	}
}

/* More than a line may have: not looked for, only ended. */
static void
a_long_end_is_no_record(void **state)
{
	size_t	 len = (1 << 20) + 10, n;
	char	*buf;

	(void)state;
	assert_non_null(buf = malloc(len));
	memset(buf, 'z', len);
	memcpy(buf, "{\"timestamp\":", 13);
	put_file(buf, len);
	free(buf);
	assert_int_equal(run(act_few), 0);
	buf = read_file(path, &n);
	assert_int_equal(buf[len], '\n');
	assert_int_equal(check_lines(buf + len + 1, n - len - 1, 3), 4);
	free(buf);
}

static void
add_line(const char *line)
{
	int	 fd;

	assert_true((fd = open(path, O_WRONLY | O_APPEND)) != -1);
	write_all(fd, line, strlen(line));
	close(fd);
}

/* Somebody writes there in small pieces: his line is not taken for torn. */
static void
a_line_being_written_is_left_alone(void **state)
{
	char	*got;
	size_t	 len;
	int	 i;

	(void)state;
	put_file("{\"timestamp\":", 13);
	start(act_few);
	for (i = 0; i < 30; i++) {
		add_line(".");
		nap(5);
	}
	assert_int_equal(end(), 0);
	assert_string_equal(said, "");
	got = read_file(path, &len);
	assert_memory_equal(got, "{\"timestamp\":..", 15);
	free(got);
}

#define ROTATIONS	30

static int
act_rotate(void)
{
	struct logfile	*log = open_log();
	static char	 buf[5000 * LINE_MAX_LEN];
	char		 name[sizeof(path) + 8];
	uint64_t	 n;
	int		 i;

	for (i = 0, n = 0; i < ROTATIONS; i++, n += 5000) {
		write_all(logfile_fd(log), buf, make_lines(n, n + 5000, buf));
		snprintf(name, sizeof(name), "%s.%d", path, i);
		if (rename(path, name) == -1)
			return (91);
		logfile_reopen(log);
		write_all(logfile_fd(log), buf, make_lines(n + 5000, n + 5001,
		    buf));
		n++;
		/* Made anew before it is moved the next time. */
		while (access(path, F_OK) == -1)
			nap(1);
	}
	return (close_log(log));
}

static void
opened_anew_no_line_is_lost(void **state)
{
	char		 name[sizeof(path) + 8];
	uint64_t	 n = 0;
	int		 i;

	(void)state;
	unlink(path);
	assert_int_equal(run(act_rotate), 0);
	for (i = 0; i < ROTATIONS; i++) {
		snprintf(name, sizeof(name), "%s.%d", path, i);
		n = check_file(name, n);
		unlink(name);
	}
	assert_int_equal(check_file(path, n), ROTATIONS * 5001);
	assert_string_equal(said, "");
}

static int
act_cannot_reopen(void)
{
	struct logfile	*log = open_log();
	static char	 buf[10 * LINE_MAX_LEN];
	uint64_t	 written, lost;
	int		 error;

	write_all(logfile_fd(log), buf, make_lines(0, 5, buf));
	do
		logfile_counts(log, &written, &lost, &error);
	while (written < 5);
	while (told->go == 0)
		nap(1);
	logfile_reopen(log);
	write_all(logfile_fd(log), buf, make_lines(5, 10, buf));
	return (close_log(log));
}

static void
not_opened_anew_the_old_file_goes_on(void **state)
{
	char	 name[sizeof(path) + 8];

	(void)state;
	unlink(path);
	snprintf(name, sizeof(name), "%s.old", path);
	start(act_cannot_reopen);
	while (access(path, F_OK) == -1)
		nap(1);
	assert_int_equal(rename(path, name), 0);
	chmod(room, 0555);
	told->go = 1;
	assert_int_equal(end(), 0);
	chmod(room, 0777);
	assert_non_null(strstr(said, "cannot be opened anew"));
	assert_non_null(strstr(said, "the old file goes on"));
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(check_file(name, 0), 10);
	unlink(name);
}

/* ---- no space ------------------------------------------------------------ */

#define LIMIT	300000

/*
 * Lines through a pipe that is not waited for, as a ring would: what it does
 * not take whole is refused.
 */
static void
offer_lines(int fd, uint64_t from, uint64_t to)
{
	char	 buf[LINE_MAX_LEN];
	size_t	 len;
	ssize_t	 n;

	for (; from < to; from++) {
		len = make_line(from, buf);
		n = write(fd, buf, len);
		told->sent++;
		if (n == -1)
			told->refused++;
		else if ((size_t)n < len) {
			fcntl(fd, F_SETFL, 0);
			write_all(fd, buf + n, len - (size_t)n);
			fcntl(fd, F_SETFL, O_NONBLOCK);
		}
	}
}

static int
act_full(void)
{
	const struct rlimit	 limit = { LIMIT, LIMIT };
	struct logfile		*log;
	uint64_t		 n = 0;
	int			 last = 0;

	setrlimit(RLIMIT_FSIZE, &limit);
	log = open_log();
	fcntl(logfile_fd(log), F_SETFL, O_NONBLOCK);
	do {
		/* Looked at before: the last ones come after it was said. */
		last = told->go;
		offer_lines(logfile_fd(log), n, n + 50);
		n += 50;
		logfile_counts(log, &told->written, &told->lost, &told->error);
		nap(1);
	} while (!last);
	return (close_log(log));
}

/* As full as whole lines can make it. */
static char *
read_full(size_t *len)
{
	char	*buf;

	for (;;) {
		buf = read_file(path, len);
		if (*len > LIMIT - LINE_MAX_LEN && buf[*len - 1] == '\n')
			return (buf);
		free(buf);
		nap(5);
	}
}

static void
full_it_goes_on_when_there_is_space(void **state)
{
	uint64_t	 count = 0, lost = 0, next = 0;
	size_t		 len;
	char		*buf, *words;
	int		 i;

	(void)state;
	unlink(path);
	start(act_full);
	while (access(path, F_OK) == -1)
		nap(1);
	for (i = 0; i < 8; i++) {
		buf = read_full(&len);
		while (told->error == 0)
			nap(1);
		assert_int_equal(told->error, EFBIG);
		count += check_some_lines(buf, len, &next);
		free(buf);
		assert_int_equal(truncate(path, 0), 0);
	}
	told->go = 1;
	assert_int_equal(end(), 1);
	buf = read_file(path, &len);
	count += check_some_lines(buf, len, &next);
	free(buf);
	assert_non_null(strstr(said, "lines wait"));
	/* Once, not with each try. */
	words = strstr(said, strerror(EFBIG));
	assert_non_null(words);
	assert_null(strstr(words + 1, strerror(EFBIG)));
	for (words = said; *words != '\0'; words = strchr(words, '\n') + 1)
		sscanf(words, "tool: %*[^:]: %" SCNu64 " lines are lost", &lost);
	assert_int_equal(count + lost + told->refused, told->sent);
	assert_true(told->refused > 0);
}

static int
act_full_to_the_end(void)
{
	const struct rlimit	 limit = { LIMIT, LIMIT };
	struct logfile		*log;
	int			 status, error;

	setrlimit(RLIMIT_FSIZE, &limit);
	log = open_log();
	fcntl(logfile_fd(log), F_SETFL, O_NONBLOCK);
	offer_lines(logfile_fd(log), 0, 12000);
	do
		logfile_counts(log, &told->written, &told->lost, &told->error);
	while (told->error == 0);
	logfile_hurry(log);
	close(logfile_fd(log));
	/* Counted to the last line. */
	do
		logfile_counts(log, &told->written, &told->lost, &error);
	while (told->written + told->lost + told->refused < told->sent);
	status = logfile_finish(log);
	return (status);
}

static void
full_to_the_end_all_is_counted(void **state)
{
	uint64_t	 next = 0;
	size_t		 len;
	char		*buf;

	(void)state;
	unlink(path);
	assert_int_equal(run(act_full_to_the_end), 1);
	buf = read_file(path, &len);
	assert_in_range(len, LIMIT - LINE_MAX_LEN, LIMIT);
	/* A short one may have had room behind longer ones. */
	assert_int_equal(check_some_lines(buf, len, &next), told->written);
	free(buf);
	assert_int_equal(told->error, EFBIG);
	assert_true(told->refused > 0);
	assert_int_equal(told->written + told->lost + told->refused,
	    told->sent);
	assert_non_null(strstr(said, "lines are lost"));
	assert_null(strstr(said, "is written again"));
}

static int
act_lose(void)
{
	const struct rlimit	 limit = { LIMIT, LIMIT };
	struct logfile		*log;
	char			 buf[LINE_MAX_LEN];
	uint64_t		 n;

	setrlimit(RLIMIT_FSIZE, &limit);
	log = open_log();
	logfile_lose(log);
	/* More than all buffers hold: it does not stop. */
	for (n = 0; n < 20000; n++)
		write_all(logfile_fd(log), buf, make_line(n, buf));
	do
		logfile_counts(log, &told->written, &told->lost, &told->error);
	while (told->written + told->lost < 20000);
	return (close_log(log));
}

static void
full_it_need_not_be_waited_for(void **state)
{
	uint64_t	 next = 0;
	size_t		 len;
	char		*buf;

	(void)state;
	unlink(path);
	assert_int_equal(run(act_lose), 1);
	buf = read_file(path, &len);
	assert_int_equal(check_some_lines(buf, len, &next), told->written);
	free(buf);
	assert_true(told->lost > 0);
	assert_non_null(strstr(said, "(lines are lost)"));
}

/* ---- what is no file ----------------------------------------------------- */

static int
act_fifo(void)
{
	struct logfile	*log = open_log();
	uint64_t	 n = 0;
	int		 status;
	char		 buf[LINE_MAX_LEN];

	if (fcntl(logfile_fd(log), F_GETFL) & O_NONBLOCK)
		return (92);
	told->sent = 1;
	write_all(logfile_fd(log), buf, make_line(n++, buf));
	/* Until somebody reads. */
	while (told->go == 0)
		nap(1);
	write_all(logfile_fd(log), buf, make_line(n++, buf));
	logfile_reopen(log);
	logfile_hurry(log);
	logfile_counts(log, &told->written, &told->lost, &told->error);
	while (told->go == 1)
		nap(1);
	status = close_log(log);
	return (status);
}

static void
a_fifo_needs_no_reader(void **state)
{
	char	 buf[2 * LINE_MAX_LEN], want[2 * LINE_MAX_LEN];
	ssize_t	 n;
	size_t	 len = 0, all;
	int	 fd;

	(void)state;
	unlink(path);
	assert_int_equal(mkfifo(path, 0666), 0);
	start(act_fifo);
	while (told->sent == 0)
		nap(1);
	assert_true((fd = open(path, O_RDONLY)) != -1);
	told->go = 1;
	all = make_lines(0, 2, want);
	while (len < all && (n = read(fd, buf + len, sizeof(buf) - len)) > 0)
		len += (size_t)n;
	told->go = 2;
	close(fd);
	assert_int_equal(end(), 0);
	assert_int_equal(len, all);
	assert_memory_equal(buf, want, all);
	unlink(path);
}

static int
act_null(void)
{
	struct logfile	*log = logfile_start("/dev/null", NULL);
	char		 buf[LINE_MAX_LEN];

	write_all(logfile_fd(log), buf, make_line(0, buf));
	return (close_log(log));
}

static int
act_stderr(void)
{
	struct logfile	*log = logfile_start("/dev/stderr", NULL);

	write_all(logfile_fd(log), "here\n", 5);
	return (close_log(log));
}

static int
act_directory(void)
{
	logfile_start(room, NULL);
	return (0);
}

static int
act_nowhere(void)
{
	logfile_start("/nonexistent/log", NULL);
	return (0);
}

static void
what_is_no_file(void **state)
{
	(void)state;
	assert_int_equal(run(act_null), 0);
	assert_string_equal(said, "");
	assert_int_equal(run(act_stderr), 0);
	assert_string_equal(said, "here\n");
	assert_int_equal(run(act_directory), 1);
	assert_non_null(strstr(said, strerror(EISDIR)));
	assert_int_equal(run(act_nowhere), 1);
	assert_non_null(strstr(said, strerror(ENOENT)));
	logfile_finish(NULL);
}

/* A path that leads elsewhere: the new file is where the link leads then. */
static char	 other_room[] = "/tmp/t_logfile.XXXXXX";

static int
act_link(void)
{
	struct logfile	*log = open_log();
	char		 buf[LINE_MAX_LEN], to[sizeof(path)];
	uint64_t	 written, lost;
	int		 error;

	write_all(logfile_fd(log), buf, make_line(0, buf));
	do
		logfile_counts(log, &written, &lost, &error);
	while (written < 1);
	snprintf(to, sizeof(to), "%s/b", other_room);
	if (unlink(path) == -1 || symlink(to, path) == -1)
		return (91);
	logfile_reopen(log);
	write_all(logfile_fd(log), buf, make_line(1, buf));
	return (close_log(log));
}

static void
a_link_may_lead_elsewhere(void **state)
{
	char	 a[sizeof(path)], b[sizeof(path)];

	(void)state;
	unlink(path);
	assert_non_null(mkdtemp(other_room));
	assert_int_equal(chmod(other_room, 0777), 0);
	snprintf(a, sizeof(a), "%s/a", other_room);
	snprintf(b, sizeof(b), "%s/b", other_room);
	assert_int_equal(symlink(a, path), 0);
	assert_int_equal(run(act_link), 0);
	assert_int_equal(check_file(a, 0), 1);
	assert_int_equal(check_file(b, 1), 2);
	unlink(a);
	unlink(b);
	rmdir(other_room);
	unlink(path);
}

static int
make_room(void **state)
{
	(void)state;
	told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANON, -1, 0);
	if (told == MAP_FAILED || mkdtemp(room) == NULL)
		return (-1);
	snprintf(path, sizeof(path), "%s/log", room);
	/* The keeper of root becomes another user. */
	return (chmod(room, 0777));
}

static int
remove_room(void **state)
{
	(void)state;
	if (tool > 0)
		kill(tool, SIGKILL);
	unlink(path);
	return (rmdir(room));
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(every_line_arrives),
		cmocka_unit_test(what_was_there_stays),
		cmocka_unit_test(killed_it_leaves_whole_lines),
		cmocka_unit_test(a_line_cut_in_the_pipe_is_left_out),
		cmocka_unit_test(a_line_too_long_is_lost_alone),
		cmocka_unit_test(the_end_of_a_file_is_repaired),
		cmocka_unit_test(a_long_end_is_no_record),
		cmocka_unit_test(a_line_being_written_is_left_alone),
		cmocka_unit_test(opened_anew_no_line_is_lost),
		cmocka_unit_test(not_opened_anew_the_old_file_goes_on),
		cmocka_unit_test(full_it_goes_on_when_there_is_space),
		cmocka_unit_test(full_to_the_end_all_is_counted),
		cmocka_unit_test(full_it_need_not_be_waited_for),
		cmocka_unit_test(a_fifo_needs_no_reader),
		cmocka_unit_test(what_is_no_file),
		cmocka_unit_test(a_link_may_lead_elsewhere),
	};

	/* Seen also when a test does not end. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGALRM, give_up);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests_name("logfile", tests, make_room,
	    remove_room));
}
