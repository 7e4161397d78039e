/* SPDX-License-Identifier: ISC */

#include "compat.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "msg.h"
#include "options.h"

#ifndef DIVERTUTIL_VERSION
#error "configure chooses DIVERTUTIL_VERSION"
#endif

struct option_row {
	int		 option;	/* letter or enum option_long */
	const char	*name;
	const char	*argument;	/* NULL: takes none */
	const char	*help;
};

/* Sorted as --help prints it. */
static const struct option_row rows[] = {
	{ 'B', "buffer", "bytes", "kernel buffer size (16m)" },
	{ 'b', "both", NULL, "packets out on stdout and back on stdin" },
	{ 'c', "count", "n", "stop after n selected packets" },
	{ 'D', "direction", "in|out", "direction of packets that carry none" },
	{ 'e', "entry", "text", "one packet or rule, in words; repeatable" },
	{ 'F', "format", "format",
	    "pcapng, pcap, pflog, json or text" },
	{ 'f', "rules", "file", "the rules" },
	{ 'h', "help", NULL, "this help" },
	{ 'i', "interface", "if", "interface of packets that carry none" },
	{ 'K', "keep", NULL, "leave checksums and lengths as they come" },
	{ 'k', "kill", "host", "end this host's states" },
	{ 'l', "loop", "n", "send everything n times, 0 for ever" },
	{ 'm', "mode", "packet|flow|both", "which records (packet)" },
	{ 'n', "dry-run", NULL, "do nothing to the network: check, print the plan" },
	{ 'o', "output", "file",
	    "the log: appended to, reopened on SIGHUP" },
	{ 'p', "pace", "pace", "of captures: orig, 2.5x, 1000/s, 10M, max" },
	{ 'q', "quiet", NULL, "say nothing but errors" },
	{ 'r', "read", "file", "read a capture in place of a port" },
	{ 'S', "stats-every", "secs", "statistics every so many seconds" },
	{ 's', "show", "what", "states, rules, info or addresses" },
	{ 't', "tee", NULL, "copy and let go on (the default)" },
	{ 'u', "user", "user", "run as this user" },
	{ 'V', "version", NULL, "the version" },
	{ 'v', "verbose", NULL, "say more" },
	{ 'w', "write", "file", "where packets come out" },
	{ 'X', "bytes", NULL, "the packet itself in the record, base64" },
	{ 'x', "take", NULL, "take packets: do not let them go on" },
	{ OPTION_STATS, "stats", "text|json", "statistics, on stderr" },
	{ OPTION_FILTER_FILE, "filter-file", "file",
	    "read the expression from a file" },
	{ OPTION_KEEP_GOING, "keep-going", NULL,
	    "go on after damaged input, and without a reader" },
	{ OPTION_QUEUE_LEN, "queue-len", "n",
	    "packets the kernel may hold (8192)" },
	{ OPTION_GSO, "gso", "on|off", "offloaded packets whole" },
	{ OPTION_FAIL_OPEN, "fail-open", NULL,
	    "the kernel passes what it cannot queue" },
	{ OPTION_WINDOW, "window", "n",
	    "packets the filter may have at once (1024)" },
	{ OPTION_TIMEOUT, "timeout", "secs",
	    "how long the filter may keep one (2)" },
	{ OPTION_ON_TIMEOUT, "on-timeout", "drop|pass", "what happens then" },
	{ OPTION_OVERLOAD, "overload", "wait|pass|drop",
	    "when the filter does not keep up" },
	{ OPTION_ON_EXIT, "on-exit", "exit|pass|drop|restart",
	    "when the filter ends" },
	{ OPTION_BLOCK, "block", NULL,
	    "a slow reader stops traffic instead of losing copies" },
	{ OPTION_PER_INTERFACE, "per-interface", NULL,
	    "one pcapng interface block for each interface" },
	{ OPTION_NANO, "nano", NULL, "times with nanoseconds" },
	{ OPTION_FIELDS, "fields", "a,b,c",
	    "only these fields, in this order" },
	{ OPTION_FLOWS, "flows", "n", "flows known at once (100000)" },
	{ OPTION_IDLE, "idle", "secs",
	    "a flow ends when nothing came for so long" },
	{ OPTION_ACTIVE, "active", "secs",
	    "a flow is reported at least so often" },
	{ OPTION_SNAP, "snap", "bytes", "of a packet in the record (-X)" },
	{ OPTION_SYSLOG, "syslog", NULL, "records to the system's log" },
	{ OPTION_REJECT, "reject", NULL,
	    "the answer that refuses a packet, instead of it" },
	{ OPTION_MARK, "mark", "n",
	    "firewall mark of what is sent (0x10000000)" },
	{ OPTION_CONTROL, "control", "path", "the socket for -s, -k, --reload" },
	{ OPTION_RELOAD, "reload", NULL, "the running one reads its rules anew" },
	{ OPTION_SAVE, "save", NULL, "the running one writes its state file" },
	{ OPTION_OUTBOUND, "outbound", "expression",
	    "of a capture without directions: what goes out" },
	{ OPTION_FROM_NATD, "from-natd", "file",
	    "print the rules for a file of natd(8)" },
};
#define NROWS	(sizeof(rows) / sizeof(rows[0]))

static const struct options_tool	*current;

static int
takes(const struct options_tool *tool, int option)
{
	const int	*p;

	if (option < 256)
		return (strchr(tool->letters, option) != NULL);
	for (p = tool->longs; *p != 0; p++)
		if (*p == option)
			return (1);
	return (0);
}

static void
print_usage(FILE *stream)
{
	fprintf(stream, "usage: %s\n", current->synopsis);
}

void
options_usage(const char *fmt, ...)
{
	va_list	 ap;
	char	 text[512];

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	msg_error("%s", text);
	if (current != NULL)
		print_usage(stderr);
	exit(2);
}

static _Noreturn void
print_help(void)
{
	char	 left[64];
	size_t	 i;

	printf("%s - %s\n\n", current->name, current->summary);
	print_usage(stdout);
	printf("\n");
	for (i = 0; i < NROWS; i++) {
		if (!takes(current, rows[i].option))
			continue;
		if (rows[i].option < 256)
			snprintf(left, sizeof(left), "-%c, --%s%s%s",
			    rows[i].option, rows[i].name,
			    rows[i].argument != NULL ? " " : "",
			    rows[i].argument != NULL ? rows[i].argument : "");
		else
			snprintf(left, sizeof(left), "    --%s%s%s",
			    rows[i].name, rows[i].argument != NULL ? " " : "",
			    rows[i].argument != NULL ? rows[i].argument : "");
		printf("  %-38s %s\n", left, rows[i].help);
	}
	printf("\nA port is divert:N, nfqueue:N, file:PATH, - or a number. "
	    "See %s(8).\n", current->name);
	if (fflush(stdout) != 0)
		msg_die(1, "stdout: %s", strerror(errno));
	exit(0);
}

int
options_parse(const struct options_tool *tool, int argc, char **argv,
    void *arg)
{
	struct option	 longs[NROWS + 1];
	char		 letters[2 * 64 + 3], *p;
	size_t		 i, n;
	int		 ch;

	current = tool;
	memset(longs, 0, sizeof(longs));
	/* '+': options end at the first operand; ':': errors are ours. */
	p = letters;
	*p++ = '+';
	*p++ = ':';
	for (i = n = 0; i < NROWS; i++) {
		if (!takes(tool, rows[i].option))
			continue;
		longs[n].name = rows[i].name;
		longs[n].has_arg = rows[i].argument != NULL ?
		    required_argument : no_argument;
		longs[n++].val = rows[i].option;
		if (rows[i].option < 256) {
			*p++ = (char)rows[i].option;
			if (rows[i].argument != NULL)
				*p++ = ':';
		}
	}
	*p = '\0';
	opterr = 0;
	while ((ch = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		switch (ch) {
		case 'h':
			print_help();
			/* NOTREACHED */
		case 'V':
			printf("%s (divertutil) %s\n", tool->name,
			    DIVERTUTIL_VERSION);
			exit(fflush(stdout) == 0 ? 0 : 1);
		case '?':
			if (optopt > 0 && optopt < 256 && isprint(optopt))
				options_usage("unknown option -%c", optopt);
			options_usage("unknown option %s", argv[optind - 1]);
			/* NOTREACHED */
		case ':':
			if (optopt > 0 && optopt < 256)
				options_usage("option -%c needs an argument",
				    optopt);
			options_usage("option %s needs an argument",
			    argv[optind - 1]);
			/* NOTREACHED */
		default:
			tool->option(arg, ch, optarg);
		}
	}
	return (optind);
}

const char *
options_long_name(int option)
{
	size_t	 i;

	for (i = 0; i < NROWS && rows[i].option != option; i++)
		;
	return (i < NROWS ? rows[i].name : "?");
}

uint64_t
options_number(const char *name, const char *text, uint64_t min, uint64_t max)
{
	const char	*error;
	long long	 value;

	value = strtonum(text, (long long)min, (long long)max, &error);
	if (error != NULL)
		msg_die(2, "%s: %s: %s (%llu to %llu)", name, text, error,
		    (unsigned long long)min, (unsigned long long)max);
	return ((uint64_t)value);
}

uint64_t
options_bytes(const char *name, const char *text, uint64_t min, uint64_t max)
{
	char		*end = NULL;
	double		 value;

	value = isdigit((unsigned char)text[0]) ? strtod(text, &end) : -1;
	if (value >= 0) {
		switch (tolower((unsigned char)*end)) {
		case 'g':
			value *= 1024;
			/* FALLTHROUGH */
		case 'm':
			value *= 1024;
			/* FALLTHROUGH */
		case 'k':
			value *= 1024;
			end++;
		}
	}
	if (value < (double)min || value > (double)max || *end != '\0')
		msg_die(2, "%s: %s: not a size (%llu to %llu bytes; "
		    "k, m, g)", name, text, (unsigned long long)min,
		    (unsigned long long)max);
	return ((uint64_t)value);
}

double
options_seconds(const char *name, const char *text, double min)
{
	char	*end = NULL;
	double	 value;

	value = isdigit((unsigned char)text[0]) || text[0] == '.' ?
	    strtod(text, &end) : -1;
	if (!(value >= min && value <= 1e9) || *end != '\0')
		msg_die(2, "%s: %s: not a number of seconds", name, text);
	return (value);
}

int
options_word(const char *name, const char *text, const char *const words[])
{
	char	 all[128];
	int	 i;

	all[0] = '\0';
	for (i = 0; words[i] != NULL; i++) {
		if (strcmp(words[i], text) == 0)
			return (i);
		if (i > 0)
			strlcat(all, ", ", sizeof(all));
		strlcat(all, words[i], sizeof(all));
	}
	msg_die(2, "%s: %s: must be one of %s", name, text, all);
}

char *
options_expression(int argc, char **argv)
{
	char	*text;
	size_t	 len = 1;
	int	 i;

	if (argc == 0)
		return (NULL);
	for (i = 0; i < argc; i++)
		len += strlen(argv[i]) + 1;
	if ((text = malloc(len)) == NULL)
		msg_die(1, "out of memory");
	text[0] = '\0';
	for (i = 0; i < argc; i++) {
		if (i > 0)
			strlcat(text, " ", len);
		strlcat(text, argv[i], len);
	}
	return (text);
}

char *
options_expression_file(const char *path)
{
	FILE	*f;
	char	*line = NULL, *text;
	size_t	 len = 0, size = 0;
	ssize_t	 n;

	if ((f = fopen(path, "r")) == NULL)
		msg_die(1, "%s: %s", path, strerror(errno));
	if ((text = calloc(1, 1)) == NULL)
		msg_die(1, "out of memory");
	while ((n = getline(&line, &size, f)) != -1) {
		line[strcspn(line, "#\n")] = '\0';
		n = (ssize_t)strlen(line);
		if ((text = realloc(text, len + (size_t)n + 2)) == NULL)
			msg_die(1, "out of memory");
		memcpy(text + len, line, (size_t)n);
		len += (size_t)n;
		text[len++] = ' ';
		text[len] = '\0';
	}
	if (ferror(f))
		msg_die(1, "%s: %s", path, strerror(errno));
	free(line);
	fclose(f);
	return (text);
}
