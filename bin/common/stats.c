/* SPDX-License-Identifier: ISC */

/*
 * Statistics for people and for programs.  An unknown figure is null in JSON
 * and absent in text, never 0.
 */

#include "compat.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "msg.h"
#include "stats.h"

void
stats_init(void)
{
	json_object_seed(0);
}

static void
add_figure(uint64_t *sum, uint64_t more)
{
	if (*sum == DIVERT_UNKNOWN || more == DIVERT_UNKNOWN)
		*sum = DIVERT_UNKNOWN;
	else
		*sum += more;
}

/* The last place gathers what finds none of its own. */
static void
add_errno(struct divert_stats *sum, int error, uint64_t count)
{
	int	 i;

	for (i = 0; i < DIVERT_ERRNO_MAX - 1; i++)
		if (sum->by_errno[i].count == 0 ||
		    sum->by_errno[i].error == error)
			break;
	sum->by_errno[i].error = error;
	sum->by_errno[i].count += count;
}

void
stats_add(struct divert_stats *sum, const struct divert_stats *more)
{
	int	 i;

	sum->received += more->received;
	sum->passed += more->passed;
	sum->replaced += more->replaced;
	sum->dropped += more->dropped;
	sum->expired += more->expired;
	sum->lost += more->lost;
	sum->held += more->held;
	sum->injected += more->injected;
	sum->bytes += more->bytes;
	sum->skipped += more->skipped;
	add_figure(&sum->missed, more->missed);
	for (i = 0; i < DIVERT_REASON_MAX; i++)
		sum->by_reason[i] += more->by_reason[i];
	for (i = 0; i < DIVERT_ERRNO_MAX; i++)
		if (more->by_errno[i].count > 0)
			add_errno(sum, more->by_errno[i].error,
			    more->by_errno[i].count);
	add_figure(&sum->kernel.received, more->kernel.received);
	add_figure(&sum->kernel.no_socket, more->kernel.no_socket);
	add_figure(&sum->kernel.full_socket, more->kernel.full_socket);
	add_figure(&sum->kernel.output, more->kernel.output);
	add_figure(&sum->kernel.errors, more->kernel.errors);
}

static json_t *
figure(uint64_t value)
{
	return (value == DIVERT_UNKNOWN ? json_null() :
	    json_integer((json_int_t)value));
}

static json_t *
reasons_json(const struct divert_stats *stats)
{
	json_t	*object = json_object();
	int	 i;

	for (i = 0; i < DIVERT_REASON_MAX; i++)
		if (stats->by_reason[i] > 0)
			json_object_set_new(object,
			    divert_reason_name((enum divert_reason)i),
			    figure(stats->by_reason[i]));
	return (object);
}

/* The errno's name where this C library knows it, else its number. */
static void
errno_name(int error, char *buf, size_t size)
{
#ifdef HAVE_STRERRORNAME_NP
	const char	*name = strerrorname_np(error);

	if (name != NULL) {
		strlcpy(buf, name, size);
		return;
	}
#endif
	snprintf(buf, size, "%d", error);
}

static json_t *
errnos_json(const struct divert_stats *stats)
{
	json_t	*object = json_object();
	char	 name[32];
	int	 i;

	for (i = 0; i < DIVERT_ERRNO_MAX; i++) {
		if (stats->by_errno[i].count == 0)
			continue;
		errno_name(stats->by_errno[i].error, name, sizeof(name));
		json_object_set_new(object, name,
		    figure(stats->by_errno[i].count));
	}
	return (object);
}

static json_t *
stats_json(const struct divert_stats *stats)
{
	json_t	*kernel, *object;

	kernel = json_pack("{so so so so so}",
	    "received", figure(stats->kernel.received),
	    "no_socket", figure(stats->kernel.no_socket),
	    "full_socket", figure(stats->kernel.full_socket),
	    "output", figure(stats->kernel.output),
	    "errors", figure(stats->kernel.errors));
	object = json_pack("{so so so so so so so so so so so so so so}",
	    "received", figure(stats->received),
	    "passed", figure(stats->passed),
	    "replaced", figure(stats->replaced),
	    "dropped", figure(stats->dropped),
	    "expired", figure(stats->expired),
	    "lost", figure(stats->lost),
	    "held", figure(stats->held),
	    "injected", figure(stats->injected),
	    "missed", figure(stats->missed),
	    "skipped", figure(stats->skipped),
	    "bytes", figure(stats->bytes),
	    "by_reason", reasons_json(stats),
	    "by_errno", errnos_json(stats),
	    "kernel", kernel);
	return (object);
}

static void
timestamp(char *buf, size_t size)
{
	struct timespec	 now;
	struct tm	 tm;
	char		 fraction[32];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(buf, size, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(fraction, sizeof(fraction), ".%06ldZ", now.tv_nsec / 1000);
	strlcat(buf, fraction, size);
}

/* A port has a file's name: any bytes, where JSON must have UTF-8. */
static void
printable(char *buf, size_t size, const char *name)
{
	json_t	*text;

	strlcpy(buf, name, size);
	if ((text = json_string(buf)) == NULL)
		for (; *buf != '\0'; buf++)
			if ((unsigned char)*buf > '~')
				*buf = '?';
	json_decref(text);
}

static json_t *
all_figures(const struct divert_stats *stats,
    void (*more)(void *, void *, char *, size_t), void *arg)
{
	json_t	*figures;
	char	 unused[1];

	figures = stats_json(stats);
	if (more != NULL)
		more(arg, figures, unused, sizeof(unused));
	return (figures);
}

char *
stats_object(const struct divert_stats *stats,
    void (*more)(void *, void *, char *, size_t), void *arg)
{
	json_t	*figures;
	char	*text;

	figures = all_figures(stats, more, arg);
	if ((text = json_dumps(figures, JSON_COMPACT)) == NULL)
		msg_die(1, "out of memory");
	json_decref(figures);
	return (text);
}

static void
print_json(const char *port, const struct divert_stats *stats,
    void (*more)(void *, void *, char *, size_t), void *arg)
{
	json_t	*object;
	char	 name[64], now[64], *line;
	size_t	 len;

	printable(name, sizeof(name), port);
	timestamp(now, sizeof(now));
	object = json_pack("{ss ss ss ss so}", "timestamp", now,
	    "event_type", "stats", "tool", msg_tool(), "port", name,
	    "stats", all_figures(stats, more, arg));
	if ((line = json_dumps(object, JSON_COMPACT)) != NULL) {
		len = strlen(line);
		line[len] = '\n';
		if (write(STDERR_FILENO, line, len + 1) == -1)
			len = 0;	/* nobody is left to tell */
		free(line);
	}
	json_decref(object);
}

static void
add(char *line, size_t size, const char *fmt, unsigned long long value,
    const char *name)
{
	size_t	 len = strlen(line);

	snprintf(line + len, size - len, fmt, value, name);
}

static void
add_reasons(char *line, size_t size, const struct divert_stats *stats)
{
	const char	*separator = " (";
	size_t		 len;
	int		 i;

	for (i = 0; i < DIVERT_REASON_MAX; i++) {
		if (stats->by_reason[i] == 0)
			continue;
		len = strlen(line);
		snprintf(line + len, size - len, "%s%s %llu", separator,
		    divert_reason_name((enum divert_reason)i),
		    (unsigned long long)stats->by_reason[i]);
		separator = ", ";
	}
	if (separator[0] == ',')
		strlcat(line, ")", size);
}

static void
print_text(const char *port, const struct divert_stats *stats,
    void (*more)(void *, void *, char *, size_t), void *arg)
{
	char	 extra[256], line[1024];

	line[0] = '\0';
	add(line, sizeof(line), "%llu %s, ", stats->received, "received");
	add(line, sizeof(line), "%llu %s, ", stats->passed, "passed");
	add(line, sizeof(line), "%llu %s, ", stats->replaced, "replaced");
	add(line, sizeof(line), "%llu %s, ", stats->dropped, "dropped");
	add(line, sizeof(line), "%llu %s, ", stats->expired, "expired");
	add(line, sizeof(line), "%llu %s, ", stats->lost, "lost");
	add(line, sizeof(line), "%llu %s", stats->held, "held");
	add_reasons(line, sizeof(line), stats);
	if (stats->injected > 0)
		add(line, sizeof(line), "; %llu %s", stats->injected,
		    "injected");
	if (stats->missed != DIVERT_UNKNOWN && stats->missed > 0)
		add(line, sizeof(line), "; %llu %s", stats->missed,
		    "missed by the kernel");
	if (stats->skipped > 0)
		add(line, sizeof(line), "; %llu %s", stats->skipped,
		    "frames skipped (not IP)");
	extra[0] = '\0';
	if (more != NULL)
		more(arg, NULL, extra, sizeof(extra));
	msg_error("%s: %s%s", port, line, extra);
}

void
stats_print(const char *port, const struct divert_stats *stats, int json,
    void (*more)(void *, void *, char *, size_t), void *arg)
{
	if (json)
		print_json(port, stats, more, arg);
	else
		print_text(port, stats, more, arg);
}
