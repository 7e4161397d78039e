/* SPDX-License-Identifier: ISC */

/*
 * Lines as syslog messages, to a daemon that is this test: it comes late, goes,
 * comes again, and does not always read.
 */

#include "compat.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
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
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "logfile_int.h"
#include "msg.h"

#define LIMIT_SECONDS	60
#define DAEMON_INFO	"<30>"

static char	 room[] = "/tmp/t_syslog.XXXXXX";
static char	 path[sizeof(room) + 16] = "/dev/log";
static pid_t	 tool;

static struct {
	uint64_t	 written;
	uint64_t	 lost;
	int		 error;
	int		 go;
} *told;

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
nap(int milliseconds)
{
	poll(NULL, 0, milliseconds);
}

static void
start(int (*act)(void))
{
	if (tool > 0) {
		kill(tool, SIGKILL);
		waitpid(tool, NULL, 0);
	}
	fflush(stdout);
	alarm(LIMIT_SECONDS);
	memset(told, 0, sizeof(*told));
	if ((tool = fork()) == 0) {
		msg_init("tool", -1);
		_exit(act());
	}
	assert_true(tool > 0);
}

static int
end(void)
{
	int	 status;

	assert_int_equal(waitpid(tool, &status, 0), tool);
	tool = 0;
	return (WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
}

/* The daemon. */
static int
listen_there(void)
{
	struct sockaddr_un	 sun;
	struct timeval		 limit = { 10, 0 };
	int			 fd;

	memset(&sun, 0, sizeof(sun));
	sun.sun_family = AF_UNIX;
	strlcpy(sun.sun_path, path, sizeof(sun.sun_path));
	unlink(path);
	assert_true((fd = socket(AF_UNIX, SOCK_DGRAM, 0)) != -1);
	assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	assert_int_equal(chmod(path, 0777), 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit,
	    sizeof(limit)), 0);
	return (fd);
}

static void
hang_up(int fd)
{
	close(fd);
	unlink(path);
}

/* A message is in the form of syslog(3); what follows its header. */
static const char *
receive(int fd, size_t *len)
{
	static char	 buf[65536];
	struct tm	 tm;
	ssize_t		 n;
	char		*rest;
	time_t		 now, then;

	if ((n = recv(fd, buf, sizeof(buf) - 1, 0)) == -1)
		fail_msg("no message: %s", strerror(errno));
	buf[n] = '\0';
	now = time(NULL);
	assert_memory_equal(buf, DAEMON_INFO, sizeof(DAEMON_INFO) - 1);
	/* Another reader of dates than the one who wrote it. */
	localtime_r(&now, &tm);
	rest = strptime(buf + sizeof(DAEMON_INFO) - 1, "%b %e %H:%M:%S", &tm);
	assert_non_null(rest);
	assert_int_equal(rest - buf, 4 + 15);
	then = mktime(&tm);
	assert_in_range(now - then, 0, 20);
	assert_memory_equal(rest, " tool[", 6);
	assert_int_equal(strtol(rest + 6, &rest, 10), tool);
	assert_memory_equal(rest, "]: ", 3);
	rest += 3;
	*len = (size_t)(n - (rest - buf));
	return (rest);
}

static void
receive_lines(int fd, int from, int to)
{
	const char	*line;
	char		 want[64];
	size_t		 len;

	for (; from < to; from++) {
		line = receive(fd, &len);
		snprintf(want, sizeof(want), "{\"n\":%d}", from);
		assert_string_equal(line, want);
	}
}

/* The tool. */

static struct logfile *
open_log(void)
{
	return (logfile_start_syslog_at(path, NULL));
}

static int
close_log(struct logfile *log)
{
	close(logfile_fd(log));
	return (logfile_finish(log));
}

static void
write_lines(struct logfile *log, int from, int to)
{
	for (; from < to; from++)
		dprintf(logfile_fd(log), "{\"n\":%d}\n", from);
}

/* 1: this many were written. */
static int
counted(struct logfile *log, uint64_t written)
{
	logfile_counts(log, &told->written, &told->lost, &told->error);
	return (told->written >= written);
}

#define MANY	5000

static int
act_many(void)
{
	struct logfile	*log = open_log();

	write_lines(log, 0, MANY);
	while (!counted(log, MANY))
		nap(1);
	return (close_log(log));
}

static void
each_line_is_a_message(void **state)
{
	int	 fd = listen_there();

	(void)state;
	start(act_many);
	receive_lines(fd, 0, MANY);
	assert_int_equal(end(), 0);
	assert_int_equal(told->written, MANY);
	assert_int_equal(told->lost, 0);
	hang_up(fd);
}

static int
act_wait(void)
{
	struct logfile	*log = open_log();

	write_lines(log, 0, 10);
	while (!counted(log, 10))
		nap(1);
	/* The daemon is away. */
	while (told->go == 0)
		nap(1);
	write_lines(log, 10, 20);
	while (!counted(log, 20))
		nap(1);
	return (close_log(log));
}

static void
a_daemon_that_comes_late_and_again(void **state)
{
	int	 fd;

	(void)state;
	unlink(path);
	start(act_wait);
	while (told->error == 0)
		nap(1);
	assert_int_equal(told->error, ENOENT);
	fd = listen_there();
	receive_lines(fd, 0, 10);
	while (told->written < 10)
		nap(1);
	/* Ended without a word: its socket stays, nobody behind it. */
	close(fd);
	told->go = 1;
	while (told->error == 0)
		nap(1);
	assert_int_equal(told->error, ECONNREFUSED);
	fd = listen_there();
	receive_lines(fd, 10, 20);
	assert_int_equal(end(), 0);
	assert_int_equal(told->lost, 0);
	hang_up(fd);
}

static int
act_long(void)
{
	struct logfile	*log = open_log();
	char		 line[20000];
	size_t		 len;

	write_lines(log, 0, 1);
	for (len = 7900; len <= 8300; len++) {
		memset(line, 'x', len);
		line[len] = '\n';
		if (write(logfile_fd(log), line, len + 1) == -1)
			return (91);
	}
	write_lines(log, 1, 2);
	while (told->go == 0)
		counted(log, 0);
	counted(log, 0);
	return (close_log(log));
}

static void
a_line_too_long_is_lost_whole(void **state)
{
	const char	*line;
	uint64_t	 got;
	size_t		 header, len;
	int		 fd = listen_there();

	(void)state;
	start(act_long);
	receive_lines(fd, 0, 1);
	for (got = 0;; got++) {
		line = receive(fd, &len);
		if (line[0] != 'x')
			break;
		/* Neither cut nor left out below the limit. */
		assert_int_equal(len, 7900 + got);
	}
	assert_string_equal(line, "{\"n\":1}");
	header = (size_t)snprintf(NULL, 0, "<30>Jan  1 00:00:00 tool[%d]: ",
	    (int)tool);
	assert_int_equal(7900 + got - 1 + header, 8192);
	while (told->written < got + 2)
		nap(1);
	told->go = 1;
	assert_int_equal(end(), 1);
	assert_int_equal(told->written, got + 2);
	assert_int_equal(told->written + told->lost, 403);
	hang_up(fd);
}

static int
act_unread(void)
{
	struct logfile	*log = open_log();

	write_lines(log, 0, 3000);
	while (told->error == 0)
		counted(log, 0);
	if (told->go == 0)
		return (close_log(log));
	while (!counted(log, 3000))
		nap(1);
	return (close_log(log));
}

static void
one_that_does_not_read_is_waited_for(void **state)
{
	int	 fd = listen_there();

	(void)state;
	start(act_unread);
	told->go = 1;
	while (told->error == 0)
		nap(1);
	assert_int_equal(told->error, EAGAIN);
	assert_true(told->written < 3000);
	receive_lines(fd, 0, 3000);
	assert_int_equal(end(), 0);
	assert_int_equal(told->lost, 0);
	/* But not at the end. */
	start(act_unread);
	assert_int_equal(end(), 1);
	hang_up(fd);
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
		cmocka_unit_test(each_line_is_a_message),
		cmocka_unit_test(a_daemon_that_comes_late_and_again),
		cmocka_unit_test(a_line_too_long_is_lost_whole),
		cmocka_unit_test(one_that_does_not_read_is_waited_for),
	};
	int			 fd;

	/* OpenBSD: the kernel alone knows the daemon. */
	if ((fd = syslog_open(path)) == -1) {
		printf("1..0 # SKIP the daemon's socket has no path here\n");
		return (0);
	}
	close(fd);
	/* Seen also when a test does not end. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGALRM, give_up);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests_name("syslog", tests, make_room,
	    remove_room));
}
