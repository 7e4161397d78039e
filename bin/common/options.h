/* SPDX-License-Identifier: ISC */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stddef.h>
#include <stdint.h>

/*
 * The command line of all tools.  A letter has one meaning in the whole
 * toolbox: the one table in options.c.  A tool names the options it takes;
 * any other is an error.
 */

/* Options without a letter. */
enum option_long {
	OPTION_STATS = 256,
	OPTION_FILTER_FILE,
	OPTION_KEEP_GOING,
	OPTION_QUEUE_LEN,
	OPTION_GSO,
	OPTION_FAIL_OPEN,
	OPTION_WINDOW,
	OPTION_TIMEOUT,
	OPTION_ON_TIMEOUT,
	OPTION_OVERLOAD,
	OPTION_ON_EXIT,
	OPTION_BLOCK,
	OPTION_PER_INTERFACE,
	OPTION_NANO,
	OPTION_FIELDS,
	OPTION_FLOWS,
	OPTION_IDLE,
	OPTION_ACTIVE,
	OPTION_SNAP,
	OPTION_SYSLOG,
	OPTION_REJECT,
	OPTION_MARK,
	OPTION_CONTROL,
	OPTION_RELOAD,
	OPTION_SAVE,
	OPTION_OUTBOUND,
	OPTION_FROM_NATD,
	OPTION_MAX
};

/* One tool's command line. */
struct options_tool {
	const char	*name;
	const char	*synopsis;	/* lines after "usage: " */
	const char	*summary;	/* one line for --help */
	const char	*letters;	/* the short options it takes */
	const int	*longs;		/* the long-only ones, 0 at the end */
	/* Called for each option; argument may be NULL. */
	void		(*option)(void *, int option, const char *argument);
};

/*
 * Parse; options end at the first operand.  -h and -V are answered here.
 * Returns the index of the first operand.  Mistakes end the program with
 * status 2 and the usage.
 */
int	 options_parse(const struct options_tool *tool, int argc, char **argv,
	    void *arg);
/* Print "tool: message" and the usage; exit 2. */
void	 options_usage(const char *fmt, ...)
	    __attribute__((__noreturn__, __format__(printf, 1, 2)));

/* An option's long name. */
const char *options_long_name(int option);

/* Parsers of values; a wrong one ends the program with status 2 and a line. */
uint64_t options_number(const char *name, const char *text, uint64_t min,
	    uint64_t max);
/* With k, m, g (1024). */
uint64_t options_bytes(const char *name, const char *text, uint64_t min,
	    uint64_t max);
/* Seconds, decimals allowed. */
double	 options_seconds(const char *name, const char *text, double min);
/* The index of text in words (NULL at the end). */
int	 options_word(const char *name, const char *text,
	    const char *const words[]);

/*
 * The rest of the command line as one expression, as tcpdump; NULL if there
 * is none.  The caller frees.
 */
char	*options_expression(int argc, char **argv);
/* An expression from a file, comments (#) removed.  The caller frees. */
char	*options_expression_file(const char *path);

#endif
