/* SPDX-License-Identifier: ISC */

/*
 * States, rules and figures of a running divertnat.  States are many, so they
 * are written in slices and by hand; the others are few.
 *
 *	tcp 203.0.113.1:50001 (10.0.0.5:3321) -> 192.0.2.9:443 ESTABLISHED
 *
 * is the order of pfctl -s states: outside, inside, remote.
 */

#include "compat.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_packet.h"
#include "show.h"

#define SECOND		UINT64_C(1000000000)
/* The longest line of a state, and how many are shown at once. */
#define STATE_MAX	(768 + JSON_SLOP)
#define STATES_AT_ONCE	(SHOW_STATES_MAX / STATE_MAX)

#define KEY(p, name)	json_literal((p), ",\"" name "\":")

/* ---- text that grows ---------------------------------------------------- */

struct text {
	char	*buf;
	size_t	 len, size;
	int	 failed;
};

static void
add(struct text *t, const char *fmt, ...)
    __attribute__((__format__(printf, 2, 3)));

static void
add(struct text *t, const char *fmt, ...)
{
	va_list	 ap;
	size_t	 room;
	char	*larger;
	int	 n;

	for (;;) {
		room = t->size - t->len;
		va_start(ap, fmt);
		n = vsnprintf(t->buf == NULL ? NULL : t->buf + t->len, room,
		    fmt, ap);
		va_end(ap);
		if (n < 0 || (size_t)n < room)
			break;
		t->size = t->size * 2 + (size_t)n + 1024;
		if ((larger = realloc(t->buf, t->size)) == NULL) {
			t->failed = 1;
			return;
		}
		t->buf = larger;
	}
	if (n > 0)
		t->len += (size_t)n;
}

static char *
text_done(struct text *t, size_t *len)
{
	if (t->failed) {
		free(t->buf);
		return (NULL);
	}
	*len = t->len;
	return (t->buf != NULL ? t->buf : strdup(""));
}

/* ---- states ------------------------------------------------------------- */

struct states {
	char			*p;
	const struct show_time	*time;
	struct json_clock	 clock;
	int			 json;
};

static const char *const tcp_states[] = {
	"", "OPENING", "OPENING_IN", "ESTABLISHED", "FIN_OUT", "FIN_IN",
	"CLOSING", "RESET"
};

static const char *
state_name(const struct nat_session_view *v)
{
	if (v->proto == 6 &&
	    v->tcp_state < sizeof(tcp_states) / sizeof(tcp_states[0]))
		return (tcp_states[v->tcp_state]);
	return (v->packets[0] > 0 && v->packets[1] > 0 ? "TWO_WAY" :
	    "ONE_WAY");
}

static int
has_ports(const struct nat_session_view *v)
{
	return (v->proto == 6 || v->proto == 17);
}

static int
is_query(const struct nat_session_view *v)
{
	return (v->proto == 1 || v->proto == 58);
}

static char *
put_text(char *p, const char *s)
{
	return (json_bytes(p, s, strlen(s)));
}

/* As pfctl: 10.0.0.5:80, 2001:db8::1[80]. */
static char *
put_endpoint(char *p, const struct nat_session_view *v,
    const struct nat_endpoint *e, int port)
{
	p = v->family == 4 ? divert_json_ipv4(p, e->addr) :
	    divert_json_ipv6(p, e->addr);
	if (!port)
		return (p);
	*p++ = v->family == 4 ? ':' : '[';
	p = divert_json_number(p, e->port);
	if (v->family == 6)
		*p++ = ']';
	return (p);
}

static char *
put_proto(char *p, uint8_t proto)
{
	switch (proto) {
	case 1:
		return (put_text(p, "icmp"));
	case 6:
		return (put_text(p, "tcp"));
	case 17:
		return (put_text(p, "udp"));
	case 58:
		return (put_text(p, "icmp6"));
	default:
		return (divert_json_number(p, proto));
	}
}

static uint64_t
seconds_between(uint64_t from, uint64_t to)
{
	return (to > from ? (to - from) / SECOND : 0);
}

static char *
put_pair(char *p, const char *name, const uint64_t *values)
{
	p = put_text(p, name);
	p = divert_json_number(p, values[0]);
	*p++ = ':';
	return (divert_json_number(p, values[1]));
}

static char *
state_as_text(char *p, const struct nat_session_view *v, uint64_t now)
{
	int	 named = has_ports(v) || is_query(v);

	p = put_proto(p, v->proto);
	*p++ = ' ';
	p = put_endpoint(p, v, &v->outside, named);
	p = put_text(p, " (");
	p = put_endpoint(p, v, &v->inside, named);
	p = put_text(p, ") -> ");
	p = put_endpoint(p, v, &v->remote, has_ports(v));
	*p++ = ' ';
	p = put_text(p, state_name(v));
	p = put_text(p, " age ");
	p = divert_json_number(p, seconds_between(v->start, now));
	p = put_text(p, " expires ");
	p = divert_json_number(p, seconds_between(now, v->expires));
	p = put_pair(p, " pkts ", v->packets);
	p = put_pair(p, " bytes ", v->bytes);
	*p++ = '\n';
	return (p);
}

/* Keys with comma and colon, as they stand. */
static char *
put_json_end(char *p, const char *address_key, const char *port_key,
    const struct nat_session_view *v, const struct nat_endpoint *e, int port)
{
	p = put_text(p, address_key);
	p = divert_json_address(p, e->addr, v->family);
	if (!port)
		return (p);
	return (divert_json_number(put_text(p, port_key), e->port));
}

/* The names are those of the log's records of sessions. */
static char *
state_as_json(char *p, const struct nat_session_view *v, struct states *s)
{
	uint64_t	 now = s->time->now;
	int		 named = has_ports(v) || is_query(v);

	p = json_literal(p, "{\"timestamp\":\"");
	p = divert_json_time(p, &s->clock, &s->time->wall, 6);
	p = json_literal(p, "\",\"event_type\":\"state\"");
	p = put_json_end(p, ",\"src_ip\":", ",\"src_port\":", v, &v->inside,
	    named);
	p = put_json_end(p, ",\"dest_ip\":", ",\"dest_port\":", v,
	    &v->remote, has_ports(v));
	p = divert_json_proto_name(KEY(p, "proto"), v->proto);
	p = put_json_end(json_literal(p, ",\"nat\":{"), "\"xlat_src_ip\":",
	    ",\"xlat_src_port\":", v, &v->outside, named);
	p = json_literal(KEY(p, "state"), "\"");
	p = put_text(p, state_name(v));
	p = json_literal(p, "\"");
	p = divert_json_number(KEY(p, "pkts_out"), v->packets[0]);
	p = divert_json_number(KEY(p, "pkts_in"), v->packets[1]);
	p = divert_json_number(KEY(p, "bytes_out"), v->bytes[0]);
	p = divert_json_number(KEY(p, "bytes_in"), v->bytes[1]);
	p = divert_json_number(KEY(p, "age"), seconds_between(v->start, now));
	p = divert_json_number(KEY(p, "expires"),
	    seconds_between(now, v->expires));
	return (json_literal(p, "}}\n"));
}

static void
show_state(void *arg, const struct nat_session_view *v)
{
	struct states	*s = arg;

	s->p = s->json ? state_as_json(s->p, v, s) :
	    state_as_text(s->p, v, s->time->now);
}

size_t
show_states(const struct nat *nat, unsigned int *at,
    const struct show_time *now, int json, char *buf)
{
	struct states	 s;

	memset(&s, 0, sizeof(s));
	s.p = buf;
	s.time = now;
	s.json = json;
	(void)nat_sessions(nat, at, STATES_AT_ONCE, show_state, &s);
	return ((size_t)(s.p - buf));
}

/* ---- addresses ---------------------------------------------------------- */

static void
show_address(void *arg, const struct nat_outside_view *v)
{
	static const char *const	 spaces[] = { "tcp", "udp", "icmp" };
	struct states			*s = arg;
	char				*p = s->p;
	unsigned int			 i;

	if (s->json) {
		p = json_literal(p, "{\"timestamp\":\"");
		p = divert_json_time(p, &s->clock, &s->time->wall, 6);
		p = json_literal(p, "\",\"event_type\":\"address\",\"nat\":"
		    "{\"xlat_src_ip\":");
		p = divert_json_address(p, v->addr, v->family);
	} else
		p = v->family == 4 ? divert_json_ipv4(p, v->addr) :
		    divert_json_ipv6(p, v->addr);
	for (i = 0; i < 3; i++) {
		p = put_text(p, s->json ? ",\"ports_" : " ");
		p = put_text(p, spaces[i]);
		p = put_text(p, s->json ? "\":" : " ");
		p = divert_json_number(p, v->ports[i]);
	}
	s->p = put_text(p, s->json ? "}}\n" : "\n");
}

size_t
show_addresses(const struct nat *nat, unsigned int *at,
    const struct show_time *now, int json, char *buf)
{
	struct states	 s;

	memset(&s, 0, sizeof(s));
	s.p = buf;
	s.time = now;
	s.json = json;
	(void)nat_outsides(nat, at, STATES_AT_ONCE, show_address, &s);
	return ((size_t)(s.p - buf));
}

/* ---- rules -------------------------------------------------------------- */

/* A path has any bytes, where JSON must have UTF-8. */
static json_t *
text_json(const char *text)
{
	json_t	*string;
	char	*copy, *p;

	if ((string = json_string(text)) != NULL ||
	    (copy = strdup(text)) == NULL)
		return (string);
	for (p = copy; *p != '\0'; p++)
		if ((unsigned char)*p > '~')
			*p = '?';
	string = json_string(copy);
	free(copy);
	return (string);
}

static json_t *
number_json(uint64_t value)
{
	return (json_integer((json_int_t)value));
}

struct lines {
	struct text		 text;
	const struct rules	*rules;
	unsigned int		 next;
	char			 now[40];
	int			 json;
};

/* The line of the file that a line of rules_print() is from; 0: a setting. */
static unsigned int
line_of(struct lines *l, const char *line)
{
	if ((strncmp(line, "match ", 6) != 0 &&
	    strncmp(line, "pass ", 5) != 0) || l->next == l->rules->n)
		return (0);
	return (l->rules->rules[l->next++].line);
}

static void
add_line(void *arg, const char *line)
{
	struct lines	*l = arg;
	json_t		*object;
	unsigned int	 number;
	char		*text = NULL;

	if (!l->json) {
		add(&l->text, "%s\n", line);
		return;
	}
	object = json_pack("{ss ss so}", "timestamp", l->now, "event_type",
	    "rule", "rule", text_json(line));
	if (object != NULL && (number = line_of(l, line)) != 0)
		json_object_set_new(object, "line", number_json(number));
	if (object != NULL)
		text = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII);
	if (text != NULL)
		add(&l->text, "%s\n", text);
	else
		l->text.failed = 1;
	free(text);
	json_decref(object);
}

static void
time_as_text(const struct show_time *time, char *buf)
{
	struct json_clock	 clock;

	memset(&clock, 0, sizeof(clock));
	*divert_json_time(buf, &clock, &time->wall, 6) = '\0';
}

char *
show_rules(const struct rules *rules, const struct show_time *now, int json,
    size_t *len)
{
	struct lines	 lines;

	memset(&lines, 0, sizeof(lines));
	lines.rules = rules;
	lines.json = json;
	time_as_text(now, lines.now);
	if (rules_print(rules, add_line, &lines) == -1)
		lines.text.failed = 1;
	return (text_done(&lines.text, len));
}

/* ---- figures ------------------------------------------------------------ */

static json_t *
drops_json(const struct nat_counts *c)
{
	json_t	*object = json_object();
	int	 i;

	for (i = 0; i < NAT_REASON_MAX; i++)
		if (c->dropped[i] > 0)
			json_object_set_new(object,
			    nat_reason_name((enum nat_reason)i),
			    number_json(c->dropped[i]));
	return (object);
}

static json_t *
counts_json(const struct nat_counts *c, unsigned int limit)
{
	return (json_pack("{so so so so so so so so so so so so so so so so "
	    "so}",
	    "translated_out", number_json(c->translated[0]),
	    "translated_in", number_json(c->translated[1]),
	    "hairpinned", number_json(c->hairpinned),
	    "passed", number_json(c->passed),
	    "sessions", number_json(c->sessions),
	    "sessions_peak", number_json(c->sessions_max),
	    "sessions_limit", number_json(limit),
	    "sessions_made", number_json(c->sessions_made),
	    "sessions_ended", number_json(c->sessions_ended),
	    "mappings", number_json(c->mappings),
	    "mappings_made", number_json(c->mappings_made),
	    "mappings_ended", number_json(c->mappings_ended),
	    "hosts", number_json(c->hosts),
	    "fragments", number_json(c->fragments),
	    "held", number_json(c->held),
	    "errors_made", number_json(c->errors_made),
	    "dropped", drops_json(c)));
}

void
show_figures(const struct show_figures *f, void *json, char *text, size_t size)
{
	const struct nat_counts	*c = &f->counts;
	size_t			 len;
	int			 i;

	if (json != NULL) {
		if (f->logs) {
			json_object_set_new(json, "records",
			    number_json(f->records));
			json_object_set_new(json, "records_lost",
			    number_json(f->records_lost));
		}
		json_object_set_new(json, "nat",
		    counts_json(c, f->sessions_limit));
		return;
	}
	snprintf(text, size, "; %u sessions, %u mappings, %llu translated out, "
	    "%llu in", c->sessions, c->mappings,
	    (unsigned long long)c->translated[0],
	    (unsigned long long)c->translated[1]);
	for (i = 1; i < NAT_REASON_MAX; i++) {
		len = strlen(text);
		if (c->dropped[i] > 0)
			snprintf(text + len, size - len, ", %s %llu",
			    nat_reason_name((enum nat_reason)i),
			    (unsigned long long)c->dropped[i]);
	}
	len = strlen(text);
	if (f->logs && f->records_lost > 0)
		snprintf(text + len, size - len, "; %llu records lost",
		    (unsigned long long)f->records_lost);
}

static void
add_text(json_t *object, const char *key, const char *text)
{
	if (text != NULL && text[0] != '\0')
		json_object_set_new(object, key, text_json(text));
}

static json_t *
state_file_json(const struct show_info *info)
{
	json_t	*object = json_object();

	add_text(object, "file", info->state_file);
	json_object_set_new(object, "written", number_json(info->saved));
	add_text(object, "error", info->save_error);
	return (object);
}

static char *
info_as_json(const struct show_info *info, size_t *len)
{
	json_t		*object, *rules;
	char		*line, now[40];
	struct text	 t;

	time_as_text(&info->time, now);
	object = json_pack("{ss ss ss so ss so}", "timestamp", now,
	    "event_type", "info", "tool", "divertnat",
	    "port", text_json(info->port), "version", DIVERTUTIL_VERSION,
	    "uptime", number_json((uint64_t)info->uptime));
	rules = json_object();
	add_text(rules, "file", info->rules);
	json_object_set_new(rules, "count", number_json(info->nrules));
	json_object_set_new(object, "rules", rules);
	if (info->state_file != NULL)
		json_object_set_new(object, "state_file",
		    state_file_json(info));
	memset(&t, 0, sizeof(t));
	line = json_dumps(object, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(object);
	if (line == NULL)
		return (NULL);
	/* The figures are text already. */
	add(&t, "%.*s,\"stats\":%s}\n", (int)strlen(line) - 1, line,
	    info->stats_object);
	free(line);
	return (text_done(&t, len));
}

static void
add_figure(struct text *t, const char *name, uint64_t value)
{
	add(t, "  %-24s %12llu\n", name, (unsigned long long)value);
}

static void
add_packets(struct text *t, const struct divert_stats *s)
{
	add(t, "Packets\n");
	add_figure(t, "received", s->received);
	add_figure(t, "passed", s->passed);
	add_figure(t, "replaced", s->replaced);
	add_figure(t, "dropped", s->dropped);
	if (s->expired > 0)
		add_figure(t, "expired", s->expired);
	add_figure(t, "lost", s->lost);
	add_figure(t, "held", s->held);
	add_figure(t, "injected", s->injected);
	if (s->missed != DIVERT_UNKNOWN)
		add_figure(t, "missed by the kernel", s->missed);
}

static void
add_drops(struct text *t, const struct nat_counts *c)
{
	int	 i, n = 0;

	for (i = 1; i < NAT_REASON_MAX; i++) {
		if (c->dropped[i] == 0)
			continue;
		if (n++ == 0)
			add(t, "Dropped\n");
		add(t, "  %-24s %12llu  %s\n",
		    nat_reason_name((enum nat_reason)i),
		    (unsigned long long)c->dropped[i],
		    nat_reason_text((enum nat_reason)i));
	}
}

static void
add_counts(struct text *t, const struct nat_counts *c, unsigned int limit)
{
	add(t, "States\n");
	add(t, "  %-24s %12u of %u\n", "sessions", c->sessions, limit);
	add_figure(t, "most at once", c->sessions_max);
	add_figure(t, "made", c->sessions_made);
	add_figure(t, "ended", c->sessions_ended);
	add_figure(t, "mappings", c->mappings);
	add_figure(t, "hosts", c->hosts);
	add_figure(t, "fragments waiting", c->held);
	add(t, "Translated\n");
	add_figure(t, "out", c->translated[0]);
	add_figure(t, "in", c->translated[1]);
	add_figure(t, "hairpin", c->hairpinned);
	add_figure(t, "no rule", c->passed);
	add_figure(t, "ICMP errors made", c->errors_made);
}

static char *
info_as_text(const struct show_info *info, size_t *len)
{
	const struct show_figures	*f = &info->figures;
	struct text			 t;
	unsigned long			 up = (unsigned long)info->uptime;

	memset(&t, 0, sizeof(t));
	add(&t, "%s: running for %lu days %02lu:%02lu:%02lu\n", info->port,
	    up / 86400, up / 3600 % 24, up / 60 % 60, up % 60);
	add(&t, "%u rules of %s\n", info->nrules, info->rules != NULL ?
	    info->rules : "the command line");
	if (info->state_file != NULL)
		add(&t, "states kept in %s, written %llu times%s%s\n",
		    info->state_file, (unsigned long long)info->saved,
		    info->save_error != NULL ? ", last: " : "",
		    info->save_error != NULL ? info->save_error : "");
	if (f->logs)
		add(&t, "log of %llu lines, %llu lost\n",
		    (unsigned long long)f->records,
		    (unsigned long long)f->records_lost);
	add_packets(&t, &info->stats);
	add_counts(&t, &f->counts, f->sessions_limit);
	add_drops(&t, &f->counts);
	return (text_done(&t, len));
}

char *
show_info(const struct show_info *info, int json, size_t *len)
{
	return (json ? info_as_json(info, len) : info_as_text(info, len));
}
