/* SPDX-License-Identifier: ISC */

#include "compat.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "loop.h"
#include "tally.h"

void
tally_begin(struct tally *t)
{
	if (t->begun != 0)
		return;
	clock_gettime(CLOCK_REALTIME, &t->first);
	t->begun = loop_now();
}

void
tally_end(struct tally *t)
{
	clock_gettime(CLOCK_REALTIME, &t->last);
	t->ended = loop_now();
}

double
tally_seconds(const struct tally *t)
{
	return ((double)(t->ended - t->begun) / 1e9);
}

static void
time_text(const struct timespec *ts, char *buf, size_t size)
{
	struct tm	 tm;
	char		 fraction[32];

	gmtime_r(&ts->tv_sec, &tm);
	strftime(buf, size, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(fraction, sizeof(fraction), ".%06ldZ", ts->tv_nsec / 1000);
	strlcat(buf, fraction, size);
}

static void
set_number(json_t *object, const char *name, uint64_t value)
{
	json_object_set_new(object, name, json_integer((json_int_t)value));
}

static json_t *
answers_json(const struct tally *t)
{
	json_t	*object = json_object();
	int	 i;

	for (i = 1; i < REJECT_REASONS; i++)
		if (t->no_answer[i] > 0)
			set_number(object,
			    reject_reason_name((enum reject_reason)i),
			    t->no_answer[i]);
	if (t->rate_limited > 0)
		set_number(object, "rate_limited", t->rate_limited);
	return (object);
}

static void
add_json(const struct tally *t, uint64_t loops, json_t *json)
{
	char	 text[64];
	json_t	*answers;

	set_number(json, "failed", t->failed);
	set_number(json, "repaired", t->repaired);
	set_number(json, "bytes_injected", t->bytes);
	set_number(json, "loops", loops);
	answers = answers_json(t);
	if (json_object_size(answers) > 0)
		json_object_set_new(json, "no_answer", answers);
	else
		json_decref(answers);
	/* A plan has no times. */
	if (t->injected == 0 || t->begun == 0)
		return;
	time_text(&t->first, text, sizeof(text));
	json_object_set_new(json, "first", json_string(text));
	time_text(&t->last, text, sizeof(text));
	json_object_set_new(json, "last", json_string(text));
	json_object_set_new(json, "seconds", json_real(tally_seconds(t)));
	if (tally_seconds(t) <= 0)
		return;
	json_object_set_new(json, "packets_per_second",
	    json_real((double)t->injected / tally_seconds(t)));
	json_object_set_new(json, "bits_per_second",
	    json_real(8.0 * (double)t->bytes / tally_seconds(t)));
}

void
tally_stats(const struct tally *t, uint64_t loops, void *json, char *text,
    size_t size)
{
	char	 first[64], last[64];
	size_t	 len;

	if (json != NULL) {
		add_json(t, loops, json);
		return;
	}
	snprintf(text, size, "; %llu failed, %llu repaired",
	    (unsigned long long)t->failed, (unsigned long long)t->repaired);
	if (t->injected == 0 || t->begun == 0)
		return;
	time_text(&t->first, first, sizeof(first));
	time_text(&t->last, last, sizeof(last));
	len = strlen(text);
	snprintf(text + len, size - len, "; %s to %s, %.3f s", first, last,
	    tally_seconds(t));
	len = strlen(text);
	if (tally_seconds(t) > 0)
		snprintf(text + len, size - len,
		    ", %.0f packets/s, %.0f bit/s",
		    (double)t->injected / tally_seconds(t),
		    8.0 * (double)t->bytes / tally_seconds(t));
}
