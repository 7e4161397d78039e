/* SPDX-License-Identifier: ISC */

#include "compat.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "helper.h"
#include "msg.h"
#include "parent_death.h"
#include "privilege.h"

struct command {
	char	**argv;
	int	  socket;
	pid_t	  pid;		/* of the command; 0: none runs */
};

/* What the helper says: the command is started (error 0) or ended. */
struct answer {
	pid_t	 pid;
	int	 error;		/* of exec */
	int	 status;	/* of waitpid */
};

/* 0 can be run, 126 is there but cannot, 127 is not there. */
static int
check_path(const char *path)
{
	struct stat	 st;

	if (stat(path, &st) == -1)
		return (errno == EACCES ? 126 : 127);
	return (S_ISREG(st.st_mode) && access(path, X_OK) == 0 ? 0 : 126);
}

int
command_check(const char *name)
{
	const char	*dir, *end, *path;
	char		 full[PATH_MAX];
	int		 best = 127, status;

	if (strchr(name, '/') != NULL)
		best = check_path(name);
	else {
		if ((path = getenv("PATH")) == NULL)
			path = "/usr/bin:/bin";
		for (dir = path; best != 0; dir = end + 1) {
			end = dir + strcspn(dir, ":");
			snprintf(full, sizeof(full), "%.*s/%s",
			    (int)(end - dir), end == dir ? "." : dir, name);
			if ((status = check_path(full)) < best)
				best = status;
			if (*end == '\0')
				break;
		}
	}
	if (best == 127)
		msg_error("%s: command not found", name);
	else if (best == 126)
		msg_error("%s: command cannot be run", name);
	return (best);
}

/* In the command's process: become the command, or tell why not. */
static void
run(char **argv, int in, int out, int report)
{
	int	 error;

	die_with_parent(SIGTERM);
	helper_restore_signals();
	if (dup2(in, STDIN_FILENO) != -1 && dup2(out, STDOUT_FILENO) != -1)
		execvp(argv[0], argv);
	error = errno;
	while (write(report, &error, sizeof(error)) == -1 && errno == EINTR)
		;
	_exit(127);
}

static void
close_pair(int pair[2])
{
	close(pair[0]);
	close(pair[1]);
}

/*
 * Start the command; ours[0] and ours[1] become the other ends of its stdin
 * and stdout.
 */
static void
spawn(char **argv, struct answer *answer, int ours[2])
{
	int	 in[2], out[2], report[2];
	ssize_t	 n;

	memset(answer, 0, sizeof(*answer));
	if (pipe2(in, O_CLOEXEC) == -1) {
		answer->error = errno;
		return;
	}
	if (pipe2(out, O_CLOEXEC) == -1) {
		answer->error = errno;
		close_pair(in);
		return;
	}
	if (pipe2(report, O_CLOEXEC) == -1) {
		answer->error = errno;
		close_pair(in);
		close_pair(out);
		return;
	}
	helper_enlarge_pipe(in[1]);
	helper_enlarge_pipe(out[1]);
	if ((answer->pid = fork()) == 0)
		run(argv, in[0], out[1], report[1]);
	if (answer->pid == -1)
		answer->error = errno;
	close(in[0]);
	close(out[1]);
	close(report[1]);
	/* End of file: exec closed it, the command runs. */
	while ((n = read(report[0], &answer->error, sizeof(answer->error)))
	    == -1 && errno == EINTR)
		;
	close(report[0]);
	if (answer->error != 0) {
		if (answer->pid > 0)
			waitpid(answer->pid, NULL, 0);
		close(in[1]);
		close(out[0]);
		return;
	}
	ours[0] = in[1];
	ours[1] = out[0];
}

static int
send_answer(int sock, const struct answer *answer, const int *fds)
{
	struct msghdr		 msg;
	struct cmsghdr		*cmsg;
	struct iovec		 iov;
	union {
		struct cmsghdr	 align;
		char		 buf[CMSG_SPACE(2 * sizeof(int))];
	}			 control;

	memset(&msg, 0, sizeof(msg));
	memset(&control, 0, sizeof(control));
	iov.iov_base = (void *)answer;
	iov.iov_len = sizeof(*answer);
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	if (fds != NULL) {
		msg.msg_control = control.buf;
		msg.msg_controllen = sizeof(control.buf);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(2 * sizeof(int));
		memcpy(CMSG_DATA(cmsg), fds, 2 * sizeof(int));
	}
	return (sendmsg(sock, &msg, MSG_NOSIGNAL) == -1 ? -1 : 0);
}

static int
receive_answer(int sock, struct answer *answer, int *fds)
{
	struct msghdr		 msg;
	struct cmsghdr		*cmsg;
	struct iovec		 iov;
	union {
		struct cmsghdr	 align;
		char		 buf[CMSG_SPACE(2 * sizeof(int))];
	}			 control;
	ssize_t			 n;

	memset(&msg, 0, sizeof(msg));
	iov.iov_base = answer;
	iov.iov_len = sizeof(*answer);
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	msg.msg_control = control.buf;
	msg.msg_controllen = sizeof(control.buf);
	while ((n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC)) == -1 &&
	    errno == EINTR)
		;
	if (n != sizeof(*answer))
		return (-1);
	cmsg = CMSG_FIRSTHDR(&msg);
	if (cmsg != NULL && cmsg->cmsg_type == SCM_RIGHTS &&
	    cmsg->cmsg_len == CMSG_LEN(2 * sizeof(int)) && fds != NULL)
		memcpy(fds, CMSG_DATA(cmsg), 2 * sizeof(int));
	return (0);
}

/* The helper: start, wait, tell, until our end of the socket is closed. */
static void
help(char **argv, int sock)
{
	struct answer	 answer;
	int		 ours[2];
	char		 request;

	for (;;) {
		if (read(sock, &request, 1) != 1)
			_exit(0);
		spawn(argv, &answer, ours);
		if (answer.error != 0) {
			if (send_answer(sock, &answer, NULL) == -1)
				_exit(0);
			continue;
		}
		if (send_answer(sock, &answer, ours) == -1)
			_exit(0);
		close_pair(ours);
		while (waitpid(answer.pid, &answer.status, 0) == -1 &&
		    errno == EINTR)
			;
		if (send_answer(sock, &answer, NULL) == -1)
			_exit(0);
	}
}

struct command *
command_new(char **argv, const char *user)
{
	struct command	*command;
	int		 pair[2];

	if ((command = calloc(1, sizeof(*command))) == NULL)
		msg_die(1, "out of memory");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		msg_die(1, "socketpair: %s", strerror(errno));
	switch (fork()) {
	case -1:
		msg_die(1, "fork: %s", strerror(errno));
	case 0:
		/* ^C at a terminal is for us, who then drain; the command
		 * sees the end of its input. */
		helper_enter(&pair[1], 1);
		die_with_parent(SIGKILL);
		privilege_drop(user, 0);
		/* Changing the user forgets it (prctl(2)). */
		die_with_parent(SIGKILL);
		help(argv, pair[1]);
		/* NOTREACHED */
	}
	close(pair[1]);
	command->argv = argv;
	command->socket = pair[0];
	return (command);
}

const char *
command_name(const struct command *command)
{
	return (command->argv[0]);
}

int
command_fd(const struct command *command)
{
	return (command->socket);
}

int
command_start(struct command *command, int *to, int *from)
{
	struct answer	 answer;
	int		 fds[2] = { -1, -1 };

	if (write(command->socket, "s", 1) != 1 ||
	    receive_answer(command->socket, &answer, fds) == -1) {
		msg_error("%s: the helper that starts it is gone",
		    command->argv[0]);
		return (1);
	}
	if (answer.error != 0) {
		msg_error("%s: %s%s", command->argv[0],
		    strerror(answer.error), answer.error == EACCES ?
		    " (it runs as the unprivileged user; see -u)" : "");
		return (answer.error == ENOENT ? 127 : 126);
	}
	command->pid = answer.pid;
	*to = fds[0];
	*from = fds[1];
	fcntl(*to, F_SETFL, O_NONBLOCK);
	fcntl(*from, F_SETFL, O_NONBLOCK);
	return (0);
}

int
command_status(struct command *command)
{
	struct answer	 answer;
	int		 status;

	if (command->pid == 0)
		return (0);
	if (receive_answer(command->socket, &answer, NULL) == -1) {
		command->pid = 0;
		msg_error("%s: the helper that starts it is gone",
		    command->argv[0]);
		return (1);
	}
	command->pid = 0;
	if (WIFSIGNALED(answer.status)) {
		msg_error("%s: ended by signal %d (%s)", command->argv[0],
		    WTERMSIG(answer.status), strsignal(WTERMSIG(answer.status)));
		return (128 + WTERMSIG(answer.status));
	}
	if ((status = WEXITSTATUS(answer.status)) == 0)
		return (0);
	msg_error("%s: ended with status %d", command->argv[0], status);
	return (status == 126 || status == 127 ? status : 1);
}

void
command_kill(struct command *command, int signo)
{
	if (command->pid != 0)
		kill(command->pid, signo);
}
