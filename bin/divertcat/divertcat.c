/* SPDX-License-Identifier: ISC */

/* The command line of divertcat, and the order in which things are opened. */

#include "compat.h"

#include <sys/stat.h>

#include <string.h>
#include <unistd.h>

#include "cat.h"
#include "command.h"
#include "descriptors.h"
#include "guard.h"
#include "loop.h"
#include "msg.h"
#include "options.h"
#include "privilege.h"
#include "sandbox.h"
#include "settings.h"
#include "source.h"
#include "stats.h"
#include "target.h"

struct config {
	struct settings		 settings;
	struct cat_options	 cat;
	int			 tee;		/* -t */
	int			 take;		/* -x */
	int			 both;		/* -b */
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
filter_option(struct config *config, int option, const char *argument)
{
	static const char *const	 exits[] = { "exit", "pass", "drop",
					    "restart", NULL };
	static const char *const	 overloads[] = { "wait", "pass", "drop",
					    NULL };
	static const char *const	 timeouts[] = { "drop", "pass", NULL };

	config->filter_only = 1;
	switch (option) {
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
	}
}

static void
option(void *arg, int letter, const char *argument)
{
	struct config	*config = arg;

	if (settings_option(&config->settings, letter, argument))
		return;
	switch (letter) {
	case 'b':
		config->both = 1;
		break;
	case 'K':
		config->cat.keep_checksums = 1;
		break;
	case 't':
		config->tee = 1;
		break;
	case 'x':
		config->take = 1;
		break;
	case OPTION_BLOCK:
		config->cat.block = 1;
		break;
	case OPTION_PER_INTERFACE:
		config->cat.encode_flags |= DIVERT_ENCODE_PER_INTERFACE;
		break;
	default:
		filter_option(config, letter, argument);
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
	if (config->cat.mode == CAT_COPY || config->cat.mode == CAT_TAKE)
		config->settings.port.flags |= DIVERT_OPTION_NO_INJECT;
	settings_done(&config->settings, "divertcat",
	    config->cat.mode == CAT_COPY);
	config->cat.format = config->settings.format;
	config->cat.direction = config->settings.port.direction;
	config->cat.ifname = config->settings.port.ifname;
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
	if (config->settings.write_path != NULL &&
	    strcmp(config->settings.write_path, "-") == 0)
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
	    config->settings.write_path != NULL ||
	    (capture && config->cat.mode == CAT_COMMAND));
}

/* Do the options make sense together, and for this port? */
static void
check_options(const struct config *config, const char *name)
{
	int	 capture;

	if (config->both && strcmp(name, "-") == 0)
		msg_die(2, "-b: stdin is the filter's: the port cannot be -");
	capture = source_is_capture(name);
	if (config->filter_only && config->cat.mode != CAT_BOTH &&
	    config->cat.mode != CAT_COMMAND)
		msg_die(2, "--window, --timeout, --on-timeout, --overload and "
		    "--on-exit are for -b and -- command");
	settings_check(&config->settings, name);
	check_stdio(config);
	if (filter_gets_text(config) && !has_target(config, capture))
		msg_die(2, "-F text: a filter cannot give text back");
}

int
main(int argc, char **argv)
{
	struct config		 config;
	struct settings		*settings = &config.settings;
	struct target		 target;
	struct divert_port	*port;
	struct command		*command = NULL;
	const char		*name;
	int			 capture, guarded, n, writes;

	memset(&config, 0, sizeof(config));
	config.cat.window = 1024;
	config.cat.timeout = 2;
	descriptors_occupy();
	msg_init("divertcat", 0);
	n = options_parse(&tool, argc, argv, &config);
	/* "--" right after the options was eaten: it began the command only
	 * where -r names the port. */
	if (settings->read_path != NULL && n > 1 &&
	    strcmp(argv[n - 1], "--") == 0 &&
	    argv[n - 1] != settings->read_path &&
	    argv[n - 1] != settings->write_path)
		n--;
	argc -= n;
	argv += n;
	name = source_name(settings->read_path, &argc, &argv);
	split_command(&config, &argc, argv);
	choose_mode(&config);
	check_options(&config, name);
	capture = source_is_capture(name);
	if (config.command != NULL &&
	    (n = command_check(config.command[0])) != 0)
		return (n);
	privilege_check_user(settings->user);
	stats_init();
	settings->pump.filter = source_filter(settings->filter_file, argc,
	    argv);
	port = source_open(name, &settings->port);
	guarded = guard_start(port, settings->user);
	if ((writes = has_target(&config, capture)))
		target_open(&target, settings->write_path, settings->format,
		    settings->format_given, name);
	if (filter_gets_text(&config))
		config.cat.format = DIVERT_FORMAT_PCAPNG;
	if (config.command != NULL)
		command = command_new(config.command, settings->user);
	privilege_drop(settings->user, !capture && !guarded);
	settings->pump.sandbox.signals = command != NULL;
	settings->pump.sandbox.live = !capture;
	sandbox_files(&settings->pump.sandbox);
	loop_init();
	if (config.cat.mode == CAT_COPY || config.cat.mode == CAT_TAKE)
		return (copy_run(&config.cat, &settings->pump, port, &target));
	return (both_run(&config.cat, &settings->pump, port,
	    writes ? &target : NULL, command));
}
