/* SPDX-License-Identifier: ISC */

/* The command line of divertinject, and the order in which things are opened. */

#include "compat.h"

#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "descriptors.h"
#include "guard.h"
#include "inject.h"
#include "inputs.h"
#include "loop.h"
#include "msg.h"
#include "options.h"
#include "plan.h"
#include "privilege.h"
#include "sandbox.h"
#include "settings.h"
#include "source.h"
#include "stats.h"
#include "target.h"

struct config {
	struct settings		 settings;
	struct inject_options	 inject;
	struct inputs		*inputs;
	uint64_t		 loops;		/* -l */
	int			 dry;		/* -n */
	int			 pace_given;
};

static const int longs[] = {
	OPTION_STATS, OPTION_FILTER_FILE, OPTION_KEEP_GOING, OPTION_REJECT,
	OPTION_MARK, 0
};

/* Decimal, or hexadecimal as firewalls write marks. */
static uint32_t
mark_value(const char *text)
{
	unsigned long long	 value;
	char			*end;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 ||
	    value == 0 || value > UINT32_MAX)
		msg_die(2, "--mark: %s: not a mark (1 to 0xffffffff)", text);
	return ((uint32_t)value);
}

static void
option(void *arg, int letter, const char *argument)
{
	struct config	*config = arg;

	switch (letter) {
	case 'e':
		inputs_add_words(config->inputs, argument);
		return;
	case 'K':
		config->inject.keep = 1;
		return;
	case 'l':
		config->loops = options_number("-l", argument, 0, INT64_MAX);
		return;
	case 'n':
		config->dry = 1;
		return;
	case 'r':
		inputs_add_file(config->inputs, argument);
		return;
	case OPTION_REJECT:
		config->inject.reject = 1;
		return;
	case OPTION_MARK:
		config->settings.port.mark = mark_value(argument);
		return;
	case 'p':
		config->pace_given = 1;
		break;
	}
	(void)settings_option(&config->settings, letter, argument);
}

static const struct options_tool tool = {
	.name = "divertinject",
	.synopsis = "divertinject [options] port [expression]\n"
	    "       divertinject [options] -w file [expression]",
	.summary = "packets into the stack, from captures, JSON or words",
	.letters = "BcDeFhiKlnpqrSuVvw",
	.longs = longs,
	.option = option,
};

/* Do the options make sense together? */
static void
check_options(const struct config *config)
{
	const struct settings	*s = &config->settings;

	if (s->write_path != NULL && config->dry)
		msg_die(2, "-n does nothing: not with -w");
	if (s->write_path != NULL && (s->port.mark != 0 || s->port.rcvbuf != 0))
		msg_die(2, "-B and --mark are for live ports");
	if (s->write_path == NULL && s->format_given)
		msg_die(2, "-F is the format of -w");
}

/*
 * The name of the port in full.  It must be one that packets can go to.
 */
static const char *
port_name(const char *name)
{
	static char	 full[64];

	if (source_is_capture(name))
		msg_die(2, "%s: packets go to a live port, or to a file with "
		    "-w", name);
	if (name[strspn(name, "0123456789")] != '\0')
		return (name);
	snprintf(full, sizeof(full), "%s:%s", DIVERT_NATIVE_KIND, name);
	return (full);
}

static struct divert_port *
open_output(const struct config *config, const char *name)
{
	struct divert_options	 options = config->settings.port;
	struct divert_port	*port;
	unsigned int		 got;
	char			 error[256];

	options.flags |= DIVERT_OPTION_INJECT_ONLY;
	port = divert_port_open(name, &options, error, sizeof(error));
	if (port == NULL)
		msg_die(errno == EINVAL ? 2 : 4, "%s", error);
	got = divert_port_rcvbuf(port);
	if (got != 0)
		msg_info("%s: send buffer of %u bytes%s",
		    divert_port_name(port), got, got < options.rcvbuf ?
		    " (raise sysctl net.core.wmem_max)" : "");
	return (port);
}

/* Not over what is read: that would be gone, or have no end. */
static void
check_target(const struct config *config, const char *path)
{
	struct stat	 st;
	int		 to_stdout = strcmp(path, "-") == 0;

	if ((to_stdout ? fstat(STDOUT_FILENO, &st) : stat(path, &st)) == 0 &&
	    inputs_has_file(config->inputs, &st))
		msg_die(2, "-w: %s: is the input", to_stdout ? "stdout" : path);
}

/* What is read where nothing was named. */
static void
default_input(struct config *config)
{
	if (inputs_count(config->inputs) > 0)
		return;
	if (isatty(STDIN_FILENO))
		options_usage("no packets: stdin is a terminal (-r file, "
		    "-e text)");
	inputs_add_file(config->inputs, "-");
}

/* As recorded, where there is a record and a network. */
static void
default_pace(struct config *config)
{
	if (config->pace_given || config->dry ||
	    config->settings.write_path != NULL ||
	    !inputs_have_times(config->inputs))
		return;
	config->settings.pump.pace.kind = PACE_TIMES;
	config->settings.pump.pace.value = 1;
}

int
main(int argc, char **argv)
{
	struct config	 config;
	struct settings	*settings = &config.settings;
	struct target	 target;
	const char	*name;
	int		 guarded = 0, n;

	memset(&config, 0, sizeof(config));
	config.loops = 1;
	descriptors_occupy();
	msg_init("divertinject", 0);
	config.inputs = inputs_new();
	n = options_parse(&tool, argc, argv, &config);
	argc -= n;
	argv += n;
	settings_done(settings, "divertinject", 0);
	check_options(&config);
	if (settings->write_path != NULL)
		name = settings->write_path;
	else
		name = port_name(source_name(NULL, &argc, &argv));
	default_input(&config);
	default_pace(&config);
	privilege_check_user(settings->user);
	stats_init();
	settings->pump.filter = source_filter(settings->filter_file, argc,
	    argv);
	config.inject.status = inputs_open(config.inputs, &settings->port,
	    config.loops, settings->pump.keep_going);
	if (inputs_count(config.inputs) == 0)
		return (config.inject.status);
	config.inject.name = name;
	if (config.dry) {
		config.inject.plan = plan_new(name, settings->port.mark != 0 ?
		    settings->port.mark : DIVERT_MARK_DEFAULT,
		    msg_level() > 0);
		settings->pump.sandbox.routes = 1;
	} else if (settings->write_path != NULL) {
		check_target(&config, settings->write_path);
		target_open(&target, settings->write_path, settings->format,
		    settings->format_given, "-");
		config.inject.target = &target;
		config.inject.name = target.name;
	} else {
		config.inject.port = open_output(&config, name);
		guarded = guard_start(config.inject.port, settings->user);
		settings->pump.sandbox.live = 1;
		/* As many as inject_run() keeps together. */
		settings->pump.rounds = 16;
	}
	privilege_drop(settings->user, config.inject.port != NULL && !guarded);
	sandbox_files(&settings->pump.sandbox);
	loop_init_precise();
	n = inject_run(&config.inject, &settings->pump, config.inputs);
	plan_free(config.inject.plan);
	return (n);
}
