/* SPDX-License-Identifier: ISC */

/* The command line of divertlog, and the order in which things are opened. */

#include "compat.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "descriptors.h"
#include "flow.h"
#include "guard.h"
#include "log.h"
#include "logfile.h"
#include "loop.h"
#include "msg.h"
#include "options.h"
#include "privilege.h"
#include "record.h"
#include "sandbox.h"
#include "settings.h"
#include "source.h"
#include "stats.h"
#include "target.h"

struct config {
	struct settings		 settings;
	struct log_options	 log;
	const char		*log_path;	/* -o */
	int			 syslog;
	int			 flow_only;	/* an option of flow records */
	int			 packet_only;	/* one of packet records */
};

static const int longs[] = {
	OPTION_STATS, OPTION_FILTER_FILE, OPTION_KEEP_GOING, OPTION_QUEUE_LEN,
	OPTION_GSO, OPTION_FAIL_OPEN, OPTION_BLOCK, OPTION_NANO,
	OPTION_FIELDS, OPTION_FLOWS, OPTION_IDLE, OPTION_ACTIVE, OPTION_SNAP,
	OPTION_SYSLOG, 0
};

static void
flow_option(struct config *config, int option, const char *argument)
{
	config->flow_only = 1;
	switch (option) {
	case OPTION_FLOWS:
		config->log.flows = (unsigned int)options_number("--flows",
		    argument, 1, FLOW_MAX_LIMIT);
		break;
	case OPTION_IDLE:
		config->log.idle = options_seconds("--idle", argument, 0.001);
		break;
	case OPTION_ACTIVE:
		config->log.active = options_seconds("--active", argument,
		    0.001);
		break;
	}
}

static void
option(void *arg, int letter, const char *argument)
{
	static const char *const	 modes[] = { "packet", "flow", "both",
					    NULL };
	struct config			*config = arg;

	if (settings_option(&config->settings, letter, argument))
		return;
	switch (letter) {
	case 'm':
		config->log.mode = (enum log_mode)options_word("-m", argument,
		    modes);
		break;
	case 'o':
		config->log_path = argument;
		break;
	case 'X':
		config->log.bytes = 1;
		config->packet_only = 1;
		break;
	case 'x':
		config->log.take = 1;
		break;
	case OPTION_BLOCK:
		config->log.block = 1;
		break;
	case OPTION_NANO:
		config->log.nano = 1;
		break;
	case OPTION_FIELDS:
		config->log.fields = argument;
		break;
	case OPTION_SNAP:
		config->log.snap = (uint32_t)options_number("--snap", argument,
		    1, DIVERT_PACKET_MAX);
		config->packet_only = 1;
		break;
	case OPTION_SYSLOG:
		config->syslog = 1;
		break;
	default:
		flow_option(config, letter, argument);
	}
}

static const struct options_tool tool = {
	.name = "divertlog",
	.synopsis = "divertlog [options] port [expression]\n"
	    "       divertlog [options] -r file [expression]",
	.summary = "one JSON line per packet or flow",
	.letters = "BcFhmopqrSuVvwXx",
	.longs = longs,
	.option = option,
};

/* Where do records go that are not written into a log? */
static int
records_on_stdout(const struct config *config)
{
	return (!config->syslog && (config->log_path == NULL ||
	    strcmp(config->log_path, "-") == 0));
}

/* Do the options make sense together, and for this port? */
static void
check_options(const struct config *config, const char *name)
{
	const struct settings	*settings = &config->settings;

	if (source_is_capture(name) && settings->live_only)
		msg_die(2, "%s: --queue-len, --gso and --fail-open are for "
		    "live ports", name);
	if (config->syslog && config->log_path != NULL)
		msg_die(2, "-o or --syslog, not both");
	if (config->log.mode == LOG_PACKET && config->flow_only)
		msg_die(2, "--flows, --idle and --active are for -m flow and "
		    "-m both");
	if (config->log.mode == LOG_FLOW && config->packet_only)
		msg_die(2, "-X and --snap are for -m packet and -m both");
	if (config->log.snap != 0 && !config->log.bytes)
		msg_die(2, "--snap is for -X");
	if (settings->write_path == NULL) {
		if (settings->format_given &&
		    settings->format != DIVERT_FORMAT_JSON &&
		    settings->format != DIVERT_FORMAT_TEXT)
			msg_die(2, "-F: records are json or text (packets "
			    "come out with -w file)");
		if (settings->format_given && !records_on_stdout(config) &&
		    settings->format == DIVERT_FORMAT_TEXT)
			msg_die(2, "-F text: a log is JSON");
		return;
	}
	if (strcmp(settings->write_path, "-") == 0 && records_on_stdout(config))
		msg_die(2, "-w -: stdout is the packets': records need "
		    "-o file");
}

/* A log is appended to: neither to what is read nor to the packets of -w. */
static void
check_log(const struct config *config, const char *name)
{
	const char	*packets = config->settings.write_path;
	char		 log[PATH_MAX];

	if (config->syslog || records_on_stdout(config))
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

/* Is there such a field?  Said before anything is opened. */
static void
check_fields(const char *fields)
{
	struct record_options	 options;
	struct record		*record;
	char			 error[256];

	memset(&options, 0, sizeof(options));
	options.fields = fields;
	if ((record = record_new(&options, error, sizeof(error))) == NULL)
		msg_die(errno == EINVAL ? 2 : 1, "--fields: %s", error);
	record_free(record);
}

/*
 * Records: into the log, or to stdout, as text on a terminal.  -F means the
 * packets of -w where there are any.
 */
static void
open_records(const struct config *config, const char *input,
    struct log_target *records)
{
	const struct settings	*settings = &config->settings;
	int			 given;

	memset(records, 0, sizeof(*records));
	records->target.format = DIVERT_FORMAT_JSON;
	if (config->syslog)
		records->file = logfile_start_syslog(settings->user);
	else if (!records_on_stdout(config))
		records->file = logfile_start(config->log_path,
		    settings->user);
	if (records->file != NULL) {
		records->target.fd = logfile_fd(records->file);
		records->target.name = logfile_name(records->file);
		return;
	}
	given = settings->format_given && settings->write_path == NULL;
	target_open(&records->target, NULL,
	    given ? settings->format : DIVERT_FORMAT_JSON, given, input);
}

int
main(int argc, char **argv)
{
	struct config		 config;
	struct settings		*settings = &config.settings;
	struct log_target	 records;
	struct target		 onward;
	struct divert_port	*port;
	const char		*name;
	int			 guarded, live, n;

	memset(&config, 0, sizeof(config));
	config.log.flows = FLOW_MAX_DEFAULT;
	descriptors_occupy();
	msg_init("divertlog", 0);
	n = options_parse(&tool, argc, argv, &config);
	argc -= n;
	argv += n;
	name = source_name(settings->read_path, &argc, &argv);
	settings->port.flags |= DIVERT_OPTION_NO_INJECT;
	settings_done(settings, "divertlog", 1);
	check_options(&config, name);
	check_log(&config, name);
	check_fields(config.log.fields);
	live = !source_is_capture(name);
	privilege_check_user(settings->user);
	stats_init();
	settings->pump.filter = source_filter(settings->filter_file, argc,
	    argv);
	port = source_open(name, &settings->port);
	guarded = guard_start(port, settings->user);
	open_records(&config, name, &records);
	if (settings->write_path != NULL)
		target_open(&onward, settings->write_path, settings->format,
		    settings->format_given, name);
	/* Statistics for a program to read stand between its records. */
	if (records.target.format == DIVERT_FORMAT_JSON) {
		config.log.stats_seconds = settings->pump.stats_seconds;
		settings->pump.stats_seconds = 0;
	}
	privilege_drop(settings->user, live && !guarded);
	settings->pump.sandbox.live = live;
	sandbox_files(&settings->pump.sandbox);
	loop_init();
	return (log_run(&config.log, &settings->pump, port, &records,
	    settings->write_path != NULL ? &onward : NULL));
}
