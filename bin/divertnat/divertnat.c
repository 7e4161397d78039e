/* SPDX-License-Identifier: ISC */

/* The command line of divertnat, and the order in which things are opened. */

#include "compat.h"

#include <sys/socket.h>

#include <net/if.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ask.h"
#include "control.h"
#include "descriptors.h"
#include "guard.h"
#include "interfaces.h"
#include "load.h"
#include "logfile.h"
#include "loop.h"
#include "msg.h"
#include "options.h"
#include "privilege.h"
#include "rules.h"
#include "sandbox.h"
#include "settings.h"
#include "source.h"
#include "statefile.h"
#include "stats.h"
#include "target.h"
#include "translate.h"

#define WARNINGS_MAX	8		/* of one kind */

struct config {
	struct settings		 settings;
	struct load		 load;
	struct translate_setup	 setup;
	const char		*log_path;	/* -o */
	const char		*control_path;	/* --control */
	const char		*natd_path;	/* --from-natd */
	const char		*outbound;	/* --outbound */
	const char		*show;		/* -s */
	const char		*kill;		/* -k */
	int			 reload;
	int			 save;
	int			 check;		/* -n */
	int			 mode_given;	/* -m */
	/* The last option that is for packets, and the last that is not for
	 * --from-natd; 0: none. */
	int			 of_packets;
	int			 of_running;
};

static const int longs[] = {
	OPTION_STATS, OPTION_FILTER_FILE, OPTION_KEEP_GOING, OPTION_QUEUE_LEN,
	OPTION_GSO, OPTION_CONTROL, OPTION_RELOAD, OPTION_SAVE,
	OPTION_OUTBOUND, OPTION_FROM_NATD, 0
};

static void
long_option(struct config *config, int letter, const char *argument)
{
	switch (letter) {
	case OPTION_CONTROL:
		config->control_path = argument;
		break;
	case OPTION_RELOAD:
		config->reload = 1;
		break;
	case OPTION_SAVE:
		config->save = 1;
		break;
	case OPTION_OUTBOUND:
		config->outbound = argument;
		break;
	case OPTION_FROM_NATD:
		config->natd_path = argument;
		break;
	}
}

/* What one option says of the others. */
static void
note_option(struct config *config, int letter)
{
	switch (letter) {
	case 'q':
	case 'v':
	case OPTION_FROM_NATD:
		break;
	case 'F':
	case 'k':
	case 's':
	case OPTION_CONTROL:
	case OPTION_RELOAD:
	case OPTION_SAVE:
		config->of_running = letter;
		break;
	default:
		config->of_packets = letter;
	}
}

static void
option(void *arg, int letter, const char *argument)
{
	static const char *const	 modes[] = { "packet", "flow", "both",
					    NULL };
	static const char *const	 shown[] = { "states", "rules", "info",
					    "addresses", NULL };
	struct config			*config = arg;

	note_option(config, letter);
	if (settings_option(&config->settings, letter, argument))
		return;
	switch (letter) {
	case 'e':
		load_add(&config->load, argument);
		break;
	case 'f':
		config->load.path = argument;
		break;
	case 'k':
		config->kill = argument;
		break;
	case 'm':
		config->setup.log.mode = (enum nat_log_mode)options_word("-m",
		    argument, modes);
		config->mode_given = 1;
		break;
	case 'n':
		config->check = 1;
		break;
	case 'o':
		config->log_path = argument;
		break;
	case 's':
		config->show = shown[options_word("-s", argument, shown)];
		break;
	default:
		long_option(config, letter, argument);
	}
}

static const struct options_tool tool = {
	.name = "divertnat",
	.synopsis = "divertnat [-n] [-f rules | -e rule] [options] port "
	    "[expression]\n"
	    "       divertnat [-f rules | -e rule] [options] -r file "
	    "[expression]\n"
	    "       divertnat -s what | -k host | --reload | --save [options] "
	    "port\n"
	    "       divertnat --from-natd file",
	.summary = "network address translation of diverted packets",
	.letters = "BcDeFfhikmnopqrSsuVvw",
	.longs = longs,
	.option = option,
};

/* ---- what needs no packets ----------------------------------------------- */

static _Noreturn void
refuse_option(int letter, const char *with)
{
	if (letter < 256)
		msg_die(2, "-%c: not with %s", letter, with);
	msg_die(2, "--%s: not with %s", options_long_name(letter), with);
}

static _Noreturn void
print_from_natd(const char *path)
{
	char	 error[512], *rules, *text;
	size_t	 len;

	text = load_file(AT_FDCWD, strcmp(path, "-") == 0 ? "/dev/stdin" :
	    path, &len);
	if (text == NULL)
		msg_die(1, "%s: %s", path, strerror(errno));
	rules = rules_from_natd(path, text, len, error, sizeof(error));
	if (rules == NULL)
		msg_die(errno == EINVAL ? 2 : 1, "%s", error);
	fputs(rules, stdout);
	if (fflush(stdout) != 0)
		msg_die(1, "stdout: %s", strerror(errno));
	exit(0);
}

/* -s, -k, --reload, --save: one of them, of the running one. */
static _Noreturn void
ask_running(struct config *config, int argc, char **argv)
{
	const struct settings	*settings = &config->settings;
	char			 path[PATH_MAX], request[CONTROL_LINE_MAX];
	const char		*port;
	int			 json;

	if ((config->show != NULL) + (config->kill != NULL) + config->reload +
	    config->save > 1)
		msg_die(2, "-s, -k, --reload or --save: one of them");
	if (config->of_packets != 0)
		refuse_option(config->of_packets, "-s, -k, --reload or --save");
	if (settings->format_given && config->show == NULL)
		msg_die(2, "-F: is for -s");
	if (settings->format_given && settings->format != DIVERT_FORMAT_JSON &&
	    settings->format != DIVERT_FORMAT_TEXT)
		msg_die(2, "-F: what is shown is json or text");
	if (argc == 0 && config->control_path == NULL)
		options_usage("no port");
	if (argc > 1)
		msg_die(2, "%s: what is behind the port?%s", argv[1],
		    argv[1][0] == '-' ? " (options stand before it)" : "");
	port = argc == 0 ? "" : argv[0];
	if (control_path(config->control_path, port, path, sizeof(path)) == -1)
		msg_die(2, "%s: no live port (or --control path)", port);
	json = settings->format_given &&
	    settings->format == DIVERT_FORMAT_JSON;
	if (config->show != NULL)
		snprintf(request, sizeof(request), "%s %s", config->show,
		    json ? "json" : "text");
	else if (config->kill != NULL)
		snprintf(request, sizeof(request), "kill %.64s", config->kill);
	else
		strlcpy(request, config->reload ? "reload" : "save",
		    sizeof(request));
	exit(ask(path, request));
}

static void
print_line(void *arg, const char *line)
{
	(void)arg;
	puts(line);
}

static struct rules *
read_rules(const struct config *config)
{
	struct rules	*rules;
	char		 error[8192], *line, *rest = error;
	int		 status;

	if (config->load.path == NULL && config->load.text == NULL)
		options_usage("no rules (-f file or -e rule)");
	if (config->load.path != NULL && config->load.text != NULL)
		msg_die(2, "-f or -e, not both");
	rules = load_rules(&config->load, error, sizeof(error));
	if (rules != NULL)
		return (rules);
	status = errno == EINVAL ? 2 : 1;
	while ((line = strsep(&rest, "\n")) != NULL)
		msg_error("%s", line);
	exit(status);
}

static void
warn_empty(const struct config *config)
{
	if (config->setup.rules->n == 0)
		msg_warn("%s: no rule is there: nothing is translated",
		    config->load.path != NULL ? config->load.path : "-e");
}

/* -n: the rules are right; -v: what they mean. */
static _Noreturn void
print_rules(const struct config *config)
{
	const struct rules	*rules = config->setup.rules;

	warn_empty(config);
	if (config->settings.level > 0) {
		if (rules_print(rules, print_line, NULL) == -1)
			msg_die(1, "%s", strerror(errno));
		if (fflush(stdout) != 0)
			msg_die(1, "stdout: %s", strerror(errno));
	}
	exit(0);
}

/* ---- mistakes ------------------------------------------------------------ */

/* Do packets go to stdout: the other side of a stage? */
static int
packets_on_stdout(const struct settings *settings, const char *name)
{
	if (settings->write_path != NULL)
		return (strcmp(settings->write_path, "-") == 0);
	return (strcmp(name, "-") == 0 && settings->read_path == NULL);
}

static void
check_options(const struct config *config, const char *name)
{
	const struct settings	*settings = &config->settings;

	if (source_is_capture(name) && settings->live_only)
		msg_die(2, "%s: --queue-len and --gso are for live ports",
		    name);
	if (!source_is_capture(name) && config->outbound != NULL)
		msg_die(2, "--outbound: packets of a live port say so");
	if (config->outbound != NULL &&
	    settings->port.direction != DIVERT_DIRECTION_NONE)
		msg_die(2, "-D or --outbound, not both");
	if (config->mode_given && config->log_path == NULL)
		msg_die(2, "-m is for the log (-o file)");
	if (config->log_path != NULL && strcmp(config->log_path, "-") == 0 &&
	    packets_on_stdout(settings, name))
		msg_die(2, "-o -: stdout is the packets'");
	if (settings->format_given && settings->write_path == NULL &&
	    !packets_on_stdout(settings, name))
		msg_die(2, "-F: packets come out with -w file");
	if (config->load.path != NULL && strcmp(config->load.path, "-") == 0 &&
	    strcmp(name, "-") == 0)
		msg_die(2, "-f -: stdin is the packets'");
}

/* Where `on' cannot be answered for what leaves, the command line does. */
static void
check_interface(struct config *config, const char *name)
{
	char	 error[512];

	if (strncmp(name, "divert:", 7) != 0 &&
	    (strcmp(DIVERT_NATIVE_KIND, "divert") != 0 ||
	    source_is_capture(name) || strchr(name, ':') != NULL))
		return;
	config->load.no_interface = config->settings.port.ifname == NULL;
	if (load_check(&config->load, config->setup.rules, error,
	    sizeof(error)) == -1)
		msg_die(2, "%s", error);
}

/* A log is appended to: neither to what is read nor to the packets of -w. */
static void
check_log(const struct config *config, const char *name)
{
	const char	*packets = config->settings.write_path;
	char		 log[PATH_MAX];

	if (config->log_path == NULL || strcmp(config->log_path, "-") == 0)
		return;
	if (target_is_input(config->log_path, name))
		msg_die(2, "-o: %s: is the input", config->log_path);
	if (packets == NULL)
		return;
	snprintf(log, sizeof(log), "file:%s", config->log_path);
	if (target_is_input(packets, log) ||
	    (strcmp(packets, config->log_path) == 0 &&
	    access(packets, F_OK) == -1))
		msg_die(2, "-w: %s: is the log", packets);
}

static struct divert_filter *
compile_outbound(const char *text)
{
	struct divert_filter	*filter;
	char			 error[512];

	if (text == NULL)
		return (NULL);
	if ((filter = divert_filter_compile(text, error, sizeof(error))) ==
	    NULL)
		msg_die(2, "--outbound: %s: %s", text, error);
	return (filter);
}

/* ---- what is opened ------------------------------------------------------ */

/* Before others, by whom it is needed: the log has a process of its own. */
static void
open_log(struct config *config)
{
	struct translate_setup	*setup = &config->setup;

	setup->log_fd = -1;
	if (config->log_path == NULL)
		return;
	if (strcmp(config->log_path, "-") == 0) {
		setup->log_fd = STDOUT_FILENO;
		setup->log_name = "stdout";
	} else {
		setup->log_file = logfile_start(config->log_path,
		    config->settings.user);
		setup->log_fd = logfile_fd(setup->log_file);
		setup->log_name = logfile_name(setup->log_file);
	}
	/* Statistics for a program to read stand between its lines. */
	setup->stats_seconds = config->settings.pump.stats_seconds;
	config->settings.pump.stats_seconds = 0;
}

static void
open_control(struct config *config, const char *port)
{
	char	 path[PATH_MAX];

	if (config->control_path == NULL && source_is_capture(port))
		return;
	if (control_path(config->control_path, port, path, sizeof(path)) == -1)
		msg_die(2, "--control: %s: %s", config->control_path,
		    strerror(ENAMETOOLONG));
	if ((config->setup.control = control_open(path)) != NULL) {
		msg_info("asked at %s", path);
		return;
	}
	if (config->control_path != NULL)
		msg_die(errno == EADDRINUSE ? 4 : 1, "%s: %s", path,
		    errno == EADDRINUSE ? "another divertnat is asked there" :
		    strerror(errno));
	/*
	 * The port is ours all the same: a user who may not write there, or
	 * another network with a port of this number.
	 */
	msg_warn("%s: %s (no -s, -k and --reload; --control path)", path,
	    errno == EADDRINUSE ? "another divertnat is asked there" :
	    strerror(errno));
}

/* Addresses for "(em0)": as they are; on a live port as they become. */
static void
open_interfaces(struct config *config, int live)
{
	struct translate_setup	*setup = &config->setup;

	if ((setup->interfaces = interfaces_new()) == NULL) {
		msg_warn("interfaces: %s", strerror(errno));
		return;
	}
	(void)rules_resolve(setup->rules, interfaces_lookup,
	    setup->interfaces);
	if (live)
		interfaces_follow(setup->interfaces, config->settings.user);
}

/* The states of a live port, not those of a rehearsal. */
static void
open_states(struct config *config, int live)
{
	const char	*path = config->setup.rules->settings.state_file;

	if (path == NULL)
		return;
	if (!live) {
		msg_info("%s: not read and not written for a capture", path);
		return;
	}
	config->setup.state = statefile_open(path, config->settings.user);
}

/* A name that was mistyped matches nothing, and what leaves is untouched. */
static void
warn_interfaces(const struct rules *rules)
{
	char		 name[DIVERT_IFNAME_SIZE], last[DIVERT_IFNAME_SIZE] = "";
	unsigned int	 i, told = 0;

	for (i = 0; i < rules->n && told < WARNINGS_MAX; i++) {
		strlcpy(name, rules->rules[i].ifname, sizeof(name));
		if (name[0] == '\0' || strcmp(name, last) == 0)
			continue;
		strlcpy(last, name, sizeof(last));
		if (if_nametoindex(name) != 0)
			continue;
		msg_warn("line %u: there is no interface %s now",
		    rules->rules[i].line, name);
		told++;
	}
}

static void
warn_unresolved(const struct rules *rules)
{
	unsigned int	 i, j;

	for (i = 0; i < rules->n; i++)
		for (j = 0; j < rules->rules[i].pool.n; j++)
			if (rules->rules[i].pool.nets[j].ifname[0] != '\0' &&
			    !rules->rules[i].pool.nets[j].resolved)
				msg_warn("line %u: (%.*s): the interface has "
				    "no such address now",
				    rules->rules[i].line, DIVERT_IFNAME_SIZE,
				    rules->rules[i].pool.nets[j].ifname);
}

int
main(int argc, char **argv)
{
	struct config		 config;
	struct settings		*settings = &config.settings;
	struct target		 onward;
	struct divert_port	*port;
	const char		*name;
	int			 guarded, live, n;

	memset(&config, 0, sizeof(config));
	config.load.dirfd = -1;
	config.setup.log.mode = NAT_LOG_FLOW;
	descriptors_occupy();
	msg_init("divertnat", 0);
	n = options_parse(&tool, argc, argv, &config);
	argc -= n;
	argv += n;
	if (config.natd_path != NULL) {
		if (config.of_packets != 0 || config.of_running != 0)
			refuse_option(config.of_packets != 0 ?
			    config.of_packets : config.of_running,
			    "--from-natd");
		if (argc > 0)
			msg_die(2, "%s: what is behind the file?", argv[0]);
		print_from_natd(config.natd_path);
	}
	if (config.show != NULL || config.kill != NULL || config.reload ||
	    config.save)
		ask_running(&config, argc, argv);
	settings_done(settings, "divertnat", 1);
	config.setup.rules = read_rules(&config);
	if (config.check && argc == 0 && settings->read_path == NULL)
		print_rules(&config);
	name = source_name(settings->read_path, &argc, &argv);
	check_options(&config, name);
	check_log(&config, name);
	check_interface(&config, name);
	live = !source_is_capture(name);
	privilege_check_user(settings->user);
	stats_init();
	config.setup.load = &config.load;
	config.setup.outbound = compile_outbound(config.outbound);
	settings->pump.filter = source_filter(settings->filter_file, argc,
	    argv);
	if (config.check)
		print_rules(&config);
	warn_empty(&config);
	port = source_open(name, &settings->port);
	guarded = guard_start(port, settings->user);
	open_control(&config, name);
	open_interfaces(&config, live);
	if (live)
		warn_interfaces(config.setup.rules);
	warn_unresolved(config.setup.rules);
	open_states(&config, live);
	open_log(&config);
	load_keep_open(&config.load, config.setup.rules);
	if (settings->write_path != NULL ||
	    packets_on_stdout(settings, name)) {
		target_open(&onward, settings->write_path, settings->format,
		    settings->format_given, name);
		config.setup.onward = &onward;
	}
	privilege_drop(settings->user, live && !guarded);
	load_check_access(&config.load, config.setup.rules);
	settings->pump.sandbox.live = live;
	settings->pump.sandbox.accepts = config.setup.control != NULL;
	settings->pump.sandbox.read_dirs =
	    (const char *const *)config.load.dirs;
	sandbox_files(&settings->pump.sandbox);
	loop_init();
	return (translate_run(&config.setup, &settings->pump, port));
}
