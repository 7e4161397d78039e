/* SPDX-License-Identifier: ISC */

/* The command line of divertcat, and the order in which things are opened. */

#include "compat.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cat.h"
#include "command.h"
#include "descriptors.h"
#include "guard.h"
#include "loop.h"
#include "msg.h"
#include "options.h"
#include "pace.h"
#include "privilege.h"
#include "sandbox.h"
#include "stats.h"

struct config {
	struct cat_options	 cat;
	struct pump_options	 pump;
	struct divert_options	 port;
	const char		*read_path;	/* -r */
	const char		*filter_file;
	const char		*user;
	int			 tee;		/* -t */
	int			 take;		/* -x */
	int			 both;		/* -b */
	int			 level;		/* -q -1, -v 1.. */
	int			 gso;		/* -1: by the mode */
	int			 live_only;	/* an option for live ports */
	int			 filter_only;	/* one for -b and commands */
	char			**command;	/* after "--" */
};

static const int longs[] = {
	OPTION_STATS, OPTION_FILTER_FILE, OPTION_KEEP_GOING, OPTION_QUEUE_LEN,
	OPTION_GSO, OPTION_FAIL_OPEN, OPTION_WINDOW, OPTION_TIMEOUT,
	OPTION_ON_TIMEOUT, OPTION_OVERLOAD, OPTION_ON_EXIT, OPTION_BLOCK,
	OPTION_PER_INTERFACE, 0
};

static void
long_option(struct config *config, int option, const char *argument)
{
	static const char *const	 exits[] = { "exit", "pass", "drop",
					    "restart", NULL };
	static const char *const	 overloads[] = { "wait", "pass", "drop",
					    NULL };
	static const char *const	 stats[] = { "text", "json", NULL };
	static const char *const	 switches[] = { "off", "on", NULL };
	static const char *const	 timeouts[] = { "drop", "pass", NULL };

	config->live_only |= option == OPTION_QUEUE_LEN ||
	    option == OPTION_GSO || option == OPTION_FAIL_OPEN;
	config->filter_only |= option == OPTION_WINDOW ||
	    option == OPTION_TIMEOUT || option == OPTION_ON_TIMEOUT ||
	    option == OPTION_OVERLOAD || option == OPTION_ON_EXIT;
	switch (option) {
	case OPTION_STATS:
		config->pump.stats_json = options_word("--stats", argument,
		    stats);
		config->pump.stats_given = 1;
		break;
	case OPTION_FILTER_FILE:
		config->filter_file = argument;
		break;
	case OPTION_KEEP_GOING:
		config->pump.keep_going = 1;
		break;
	case OPTION_QUEUE_LEN:
		config->port.queue_len = (unsigned int)options_number(
		    "--queue-len", argument, 1, 65536);
		break;
	case OPTION_GSO:
		config->gso = options_word("--gso", argument, switches);
		break;
	case OPTION_FAIL_OPEN:
		config->port.flags |= DIVERT_OPTION_FAIL_OPEN;
		break;
	case OPTION_WINDOW:
		config->cat.window = (unsigned int)options_number("--window",
		    argument, 1, 65536);
		break;
	case OPTION_TIMEOUT:
		config->cat.timeout = options_seconds("--timeout", argument,
		    0.001);
		config->cat.timeout_given = 1;
		break;
	case OPTION_ON_TIMEOUT:
		config->cat.timeout_passes = options_word("--on-timeout",
		    argument, timeouts);
		break;
	case OPTION_OVERLOAD:
		config->cat.overload = (enum cat_overload)options_word(
		    "--overload", argument, overloads);
		break;
	case OPTION_ON_EXIT:
		config->cat.on_exit = (enum cat_on_exit)options_word(
		    "--on-exit", argument, exits);
		break;
	case OPTION_BLOCK:
		config->cat.block = 1;
		break;
	case OPTION_PER_INTERFACE:
		config->cat.encode_flags |= DIVERT_ENCODE_PER_INTERFACE;
		break;
	}
}

static void
option(void *arg, int letter, const char *argument)
{
	static const char *const	 directions[] = { "in", "out", NULL };
	struct config			*config = arg;
	int				 format;

	switch (letter) {
	case 'B':
		config->port.rcvbuf = (unsigned int)options_bytes("-B",
		    argument, 4096, 1u << 30);
		break;
	case 'b':
		config->both = 1;
		break;
	case 'c':
		config->pump.count = options_number("-c", argument, 1,
		    INT64_MAX);
		break;
	case 'D':
		config->cat.direction = options_word("-D", argument,
		    directions) == 0 ? DIVERT_DIRECTION_IN :
		    DIVERT_DIRECTION_OUT;
		break;
	case 'F':
		if ((format = divert_format_parse(argument)) == -1)
			msg_die(2, "-F: %s: must be one of pcapng, pcap, "
			    "pflog, json, text", argument);
		config->cat.format = (enum divert_format)format;
		config->cat.format_given = 1;
		break;
	case 'i':
		if (strlen(argument) >= DIVERT_IFNAME_SIZE)
			msg_die(2, "-i: %s: name too long", argument);
		config->cat.ifname = argument;
		break;
	case 'K':
		config->cat.keep_checksums = 1;
		break;
	case 'p':
		if (pace_parse(argument, &config->pump.pace) == -1)
			msg_die(2, "-p: %s: not a pace (orig, 2.5x, 1000/s, "
			    "10M, max)", argument);
		break;
	case 'q':
		config->level = -1;
		break;
	case 'r':
		config->read_path = argument;
		break;
	case 'S':
		config->pump.stats_seconds = options_seconds("-S", argument,
		    0.001);
		config->pump.stats_given = 1;
		break;
	case 't':
		config->tee = 1;
		break;
	case 'u':
		config->user = argument;
		break;
	case 'v':
		config->level = config->level < 0 ? 1 : config->level + 1;
		break;
	case 'w':
		config->cat.write_path = argument;
		break;
	case 'x':
		config->take = 1;
		break;
	default:
		long_option(config, letter, argument);
	}
}

static const struct options_tool tool = {
	.name = "divertcat",
	.synopsis = "divertcat [options] port [expression] "
	    "[-- command [arg ...]]\n"
	    "       divertcat [options] -r file [expression] "
	    "[-- command [arg ...]]",
	.summary = "packets of a divert port as a byte stream, out and back",
	.letters = "BbcDFhiKpqrStuVvwx",
	.longs = longs,
	.option = option,
};

/* Which mode do the options ask for?  Two of them contradict each other. */
static void
choose_mode(struct config *config)
{
	if (config->tee + config->take + config->both +
	    (config->command != NULL) > 1)
		options_usage("only one of -t, -x, -b and -- command");
	config->cat.mode = config->command != NULL ? CAT_COMMAND :
	    config->both ? CAT_BOTH : config->take ? CAT_TAKE : CAT_COPY;
	if (config->gso == 1 ||
	    (config->gso == -1 && config->cat.mode == CAT_COPY))
		config->port.flags |= DIVERT_OPTION_GSO;
	if (config->cat.mode == CAT_COPY || config->cat.mode == CAT_TAKE)
		config->port.flags |= DIVERT_OPTION_NO_INJECT;
#ifdef HAVE_PLEDGE
	/* sandbox_calls() forbids sysctl(3), which the port would ask. */
	config->port.flags |= DIVERT_OPTION_PLEDGED;
#endif
	config->port.direction = config->cat.direction;
	config->port.ifname = config->cat.ifname;
	if (config->level < 0 && config->pump.stats_seconds > 0)
		config->level = 0;
}

/* The port's name: the first operand, or made from -r. */
static const char *
port_name(const struct config *config, int *argc, char ***argv)
{
	char	*name;
	size_t	 size;

	if (config->read_path == NULL) {
		if (*argc == 0)
			options_usage("no port");
		(*argc)--;
		return ((*argv)++[0]);
	}
	if (strcmp(config->read_path, "-") == 0)
		return ("-");
	size = strlen(config->read_path) + sizeof("file:");
	if ((name = malloc(size)) == NULL)
		msg_die(1, "out of memory");
	strlcpy(name, "file:", size);
	strlcat(name, config->read_path, size);
	return (name);
}

static int
port_is_capture(const char *name)
{
	return (strcmp(name, "-") == 0 || strncmp(name, "file:", 5) == 0);
}

/* Cut the command line at the first "--" after the port. */
static void
split_command(struct config *config, int *argc, char **argv)
{
	int	 i;

	for (i = 0; i < *argc; i++) {
		if (strcmp(argv[i], "--") != 0)
			continue;
		argv[i] = NULL;
		config->command = &argv[i + 1];
		*argc = i;
		if (config->command[0] == NULL)
			options_usage("no command after --");
		return;
	}
}

static struct divert_filter *
compile_filter(const struct config *config, int argc, char **argv)
{
	struct divert_filter	*filter;
	char			 error[512], *text;

	if (config->filter_file != NULL && argc > 0)
		msg_die(2, "an expression or --filter-file, not both");
	text = config->filter_file != NULL ?
	    options_expression_file(config->filter_file) :
	    options_expression(argc, argv);
	if (text == NULL)
		return (NULL);
	if ((filter = divert_filter_compile(text, error, sizeof(error))) ==
	    NULL)
		msg_die(2, "%s: %s", text, error);
	free(text);
	return (filter);
}

/* Exit status for a port that cannot be opened. */
static int
open_status(int error, int capture)
{
	switch (error) {
	case EINVAL:
		return (2);
	case EBADMSG:
		return (3);
	default:
		return (capture ? 1 : 4);
	}
}

static struct divert_port *
open_port(struct config *config, const char *name)
{
	struct divert_port	*port;
	unsigned int		 wanted;
	char			 error[256];

	port = divert_port_open(name, &config->port, error, sizeof(error));
	if (port == NULL) {
		if (errno == EINVAL)
			msg_die(2, "%s", error);
		msg_die(open_status(errno, port_is_capture(name)), "%s", error);
	}
	if (divert_port_rcvbuf(port) == 0)
		return (port);
	wanted = config->port.rcvbuf != 0 ? config->port.rcvbuf : 16u << 20;
	if (divert_port_rcvbuf(port) < wanted)
		msg_info("%s: receive buffer of %u bytes, not %u (raise sysctl "
		    "net.core.rmem_max, or kern.ipc.maxsockbuf)",
		    divert_port_name(port), divert_port_rcvbuf(port), wanted);
	else
		msg_info("%s: receive buffer of %u bytes",
		    divert_port_name(port), divert_port_rcvbuf(port));
	return (port);
}

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

/*
 * Open what -w names, or stdout: as text on a terminal unless a format was
 * asked for.
 */
static void
open_target(struct config *config, const char *port,
    struct cat_target *target)
{
	const char	*path = config->cat.write_path;
	struct stat	 st;

	target->format = config->cat.format;
	if (path != NULL && strcmp(path, "-") != 0) {
		if (stat(path, &st) == 0 && is_input(port, &st))
			msg_die(2, "-w: %s: is the input", path);
		target->name = path;
		target->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC |
		    O_CLOEXEC, 0666);
		if (target->fd == -1)
			msg_die(1, "%s: %s", path, strerror(errno));
		return;
	}
	target->name = "stdout";
	target->fd = STDOUT_FILENO;
	/* As cat(1): a file that grows with what is read of it has no end. */
	if (fstat(STDOUT_FILENO, &st) == 0 && is_input(port, &st))
		msg_die(2, "stdout: is the input");
	if (!isatty(STDOUT_FILENO))
		return;
	if (!config->cat.format_given) {
		target->format = DIVERT_FORMAT_TEXT;
		if (getenv("NO_COLOR") == NULL)
			config->cat.encode_flags |= DIVERT_ENCODE_COLOR;
	} else if (config->cat.format <= DIVERT_FORMAT_PFLOG)
		msg_die(2, "stdout is a terminal: binary does not go there "
		    "(-F text, or -w file)");
}

static int
is_pipe(int fd)
{
	struct stat	 st;

	return (fstat(fd, &st) == 0 &&
	    (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)));
}

/* -b needs pipes on both sides; neither a person nor a file is a filter. */
static void
check_stdio(const struct config *config)
{
	if (config->cat.mode != CAT_BOTH)
		return;
	if (!is_pipe(STDIN_FILENO) || !is_pipe(STDOUT_FILENO))
		msg_die(2, "-b: stdin and stdout must be pipes to and from "
		    "a filter");
	if (config->cat.write_path != NULL &&
	    strcmp(config->cat.write_path, "-") == 0)
		msg_die(2, "-b: stdout is the filter's: -w needs a file");
}

/*
 * The filter gets the format of -F too, but text: that is for people who
 * read what comes out.
 */
static int
filter_gets_text(const struct config *config)
{
	return (config->cat.format == DIVERT_FORMAT_TEXT &&
	    config->cat.mode != CAT_COPY && config->cat.mode != CAT_TAKE);
}

/* Does the mode write what goes on somewhere? */
static int
has_target(const struct config *config, int capture)
{
	return (config->cat.mode == CAT_COPY || config->cat.mode == CAT_TAKE ||
	    config->cat.write_path != NULL ||
	    (capture && config->cat.mode == CAT_COMMAND));
}

/* Do the options make sense together, and for this port? */
static void
check_options(const struct config *config, const char *name)
{
	int	 capture;

	if (config->both && strcmp(name, "-") == 0)
		msg_die(2, "-b: stdin is the filter's: the port cannot be -");
	capture = port_is_capture(name);
	if (config->filter_only && config->cat.mode != CAT_BOTH &&
	    config->cat.mode != CAT_COMMAND)
		msg_die(2, "--window, --timeout, --on-timeout, --overload and "
		    "--on-exit are for -b and -- command");
	if (capture && config->live_only)
		msg_die(2, "%s: --queue-len, --gso and --fail-open are for "
		    "live ports", name);
	check_stdio(config);
	if (filter_gets_text(config) && !has_target(config, capture))
		msg_die(2, "-F text: a filter cannot give text back");
}

int
main(int argc, char **argv)
{
	struct config		 config;
	struct cat_target	 target;
	struct divert_port	*port;
	struct command		*command = NULL;
	const char		*name;
	int			 capture, guarded, n;

	memset(&config, 0, sizeof(config));
	config.gso = -1;
	config.cat.window = 1024;
	config.cat.timeout = 2;
	config.pump.drain_seconds = 1;
	descriptors_occupy();
	msg_init("divertcat", 0);
	n = options_parse(&tool, argc, argv, &config);
	/* "--" right after the options was eaten: it began the command only
	 * where -r names the port. */
	if (config.read_path != NULL && n > 1 &&
	    strcmp(argv[n - 1], "--") == 0 &&
	    argv[n - 1] != config.read_path &&
	    argv[n - 1] != config.cat.write_path)
		n--;
	argc -= n;
	argv += n;
	name = port_name(&config, &argc, &argv);
	split_command(&config, &argc, argv);
	choose_mode(&config);
	msg_init("divertcat", config.level);
	check_options(&config, name);
	capture = port_is_capture(name);
	if (config.command != NULL &&
	    (n = command_check(config.command[0])) != 0)
		return (n);
	privilege_check_user(config.user);
	stats_init();
	config.pump.filter = compile_filter(&config, argc, argv);
	port = open_port(&config, name);
	guarded = guard_start(port, config.user);
	if (has_target(&config, capture))
		open_target(&config, name, &target);
	if (filter_gets_text(&config))
		config.cat.format = DIVERT_FORMAT_PCAPNG;
	if (config.command != NULL)
		command = command_new(config.command, config.user);
	privilege_drop(config.user, !capture && !guarded);
	config.pump.sandbox.signals = command != NULL;
	config.pump.sandbox.live = !capture;
	sandbox_files(&config.pump.sandbox);
	loop_init();
	if (config.cat.mode == CAT_COPY || config.cat.mode == CAT_TAKE)
		return (copy_run(&config.cat, &config.pump, port, &target));
	return (both_run(&config.cat, &config.pump, port,
	    has_target(&config, capture) ? &target : NULL, command));
}
