/* SPDX-License-Identifier: ISC */

#include "compat.h"

#include <stdint.h>
#include <string.h>

#include "msg.h"
#include "options.h"
#include "pace.h"
#include "settings.h"
#include "source.h"

static int
take_format(struct settings *s, const char *argument)
{
	int	 format;

	if ((format = divert_format_parse(argument)) == -1)
		msg_die(2, "-F: %s: must be one of pcapng, pcap, pflog, json, "
		    "text", argument);
	s->format = (enum divert_format)format;
	s->format_given = 1;
	return (1);
}

static int
take_long(struct settings *s, int option, const char *argument)
{
	static const char *const	 stats[] = { "text", "json", NULL };
	static const char *const	 switches[] = { "off", "on", NULL };

	switch (option) {
	case OPTION_STATS:
		s->pump.stats_json = options_word("--stats", argument, stats);
		s->pump.stats_given = 1;
		return (1);
	case OPTION_FILTER_FILE:
		s->filter_file = argument;
		return (1);
	case OPTION_KEEP_GOING:
		s->pump.keep_going = 1;
		return (1);
	case OPTION_QUEUE_LEN:
		s->port.queue_len = (unsigned int)options_number("--queue-len",
		    argument, 1, 65536);
		s->live_only = 1;
		return (1);
	case OPTION_GSO:
		s->gso = options_word("--gso", argument, switches) ? 1 : -1;
		s->live_only = 1;
		return (1);
	case OPTION_FAIL_OPEN:
		s->port.flags |= DIVERT_OPTION_FAIL_OPEN;
		s->live_only = 1;
		return (1);
	default:
		return (0);
	}
}

int
settings_option(struct settings *s, int option, const char *argument)
{
	static const char *const	 directions[] = { "in", "out", NULL };

	switch (option) {
	case 'B':
		s->port.rcvbuf = (unsigned int)options_bytes("-B", argument,
		    4096, 1u << 30);
		return (1);
	case 'c':
		s->pump.count = options_number("-c", argument, 1, INT64_MAX);
		return (1);
	case 'D':
		s->port.direction = options_word("-D", argument, directions) ?
		    DIVERT_DIRECTION_OUT : DIVERT_DIRECTION_IN;
		return (1);
	case 'F':
		return (take_format(s, argument));
	case 'i':
		if (strlen(argument) >= DIVERT_IFNAME_SIZE)
			msg_die(2, "-i: %s: name too long", argument);
		s->port.ifname = argument;
		return (1);
	case 'p':
		if (pace_parse(argument, &s->pump.pace) == -1)
			msg_die(2, "-p: %s: not a pace (orig, 2.5x, 1000/s, "
			    "10M, max)", argument);
		return (1);
	case 'q':
		s->level = -1;
		return (1);
	case 'r':
		s->read_path = argument;
		return (1);
	case 'S':
		s->pump.stats_seconds = options_seconds("-S", argument, 0.001);
		s->pump.stats_given = 1;
		return (1);
	case 'u':
		s->user = argument;
		return (1);
	case 'v':
		s->level = s->level < 0 ? 1 : s->level + 1;
		return (1);
	case 'w':
		s->write_path = argument;
		return (1);
	default:
		return (take_long(s, option, argument));
	}
}

void
settings_done(struct settings *s, const char *tool, int gso)
{
	if (s->gso == 1 || (s->gso == 0 && gso))
		s->port.flags |= DIVERT_OPTION_GSO;
#ifdef HAVE_PLEDGE
	/* sandbox_calls() forbids sysctl(3), which the port would ask. */
	s->port.flags |= DIVERT_OPTION_PLEDGED;
#endif
	if (s->level < 0 && s->pump.stats_seconds > 0)
		s->level = 0;
	if (s->pump.drain_seconds == 0)
		s->pump.drain_seconds = 1;
	msg_init(tool, s->level);
}

void
settings_check(const struct settings *s, const char *name)
{
	if (s->live_only && source_is_capture(name))
		msg_die(2, "%s: --queue-len, --gso and --fail-open are for "
		    "live ports", name);
}
