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
	char		*p;
	uint64_t	 now;
	int		 json;
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

static char *
put_json_end(char *p, const char *name, const struct nat_session_view *v,
    const struct nat_endpoint *e, int port)
{
	p = json_literal(p, ",\"");
	p = put_text(p, name);
	p = json_literal(p, "_ip\":");
	p = divert_json_address(p, e->addr, v->family);
	if (!port)
		return (p);
	p = json_literal(p, ",\"");
	p = put_text(p, name);
	p = json_literal(p, "_port\":");
	return (divert_json_number(p, e->port));
}

static char *
state_as_json(char *p, const struct nat_session_view *v, uint64_t now)
{
	int	 named = has_ports(v) || is_query(v);

	p = json_literal(p, "{\"proto\":");
	p = divert_json_proto_name(p, v->proto);
	p = put_json_end(p, "inside", v, &v->inside, named);
	p = put_json_end(p, "outside", v, &v->outside, named);
	p = put_json_end(p, "remote", v, &v->remote, has_ports(v));
	p = json_literal(p, ",\"state\":\"");
	p = put_text(p, state_name(v));
	p = json_literal(p, "\"");
	p = divert_json_number(KEY(p, "age"), seconds_between(v->start, now));
	p = divert_json_number(KEY(p, "expires"),
	    seconds_between(now, v->expires));
	p = divert_json_number(KEY(p, "pkts_out"), v->packets[0]);
	p = divert_json_number(KEY(p, "pkts_in"), v->packets[1]);
	p = divert_json_number(KEY(p, "bytes_out"), v->bytes[0]);
	p = divert_json_number(KEY(p, "bytes_in"), v->bytes[1]);
	return (json_literal(p, "}\n"));
}

static void
show_state(void *arg, const struct nat_session_view *v)
{
	struct states	*s = arg;

	s->p = s->json ? state_as_json(s->p, v, s->now) :
	    state_as_text(s->p, v, s->now);
}

size_t
show_states(const struct nat *nat, unsigned int *at, uint64_t now, int json,
    char *buf)
{
	struct states	 s;

	s.p = buf;
	s.now = now;
	s.json = json;
	(void)nat_sessions(nat, at, STATES_AT_ONCE, show_state, &s);
	return ((size_t)(s.p - buf));
}

/* ---- rules -------------------------------------------------------------- */

struct lines {
	struct text	 text;
	int		 json;
};

static void
add_line(void *arg, const char *line)
{
	struct lines	*l = arg;
	json_t		*string;
	char		*quoted = NULL;

	if (!l->json) {
		add(&l->text, "%s\n", line);
		return;
	}
	if ((string = json_string(line)) != NULL)
		quoted = json_dumps(string, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
	if (quoted != NULL)
		add(&l->text, "{\"rule\":%s}\n", quoted);
	free(quoted);
	json_decref(string);
}

char *
show_rules(const struct rules *rules, int json, size_t *len)
{
	struct lines	 lines;

	memset(&lines, 0, sizeof(lines));
	lines.json = json;
	if (rules_print(rules, add_line, &lines) == -1)
		lines.text.failed = 1;
	return (text_done(&lines.text, len));
}

/* ---- figures ------------------------------------------------------------ */

static json_t *
number(uint64_t value)
{
	return (json_integer((json_int_t)value));
}

static json_t *
drops_json(const struct nat_counts *c)
{
	json_t	*object = json_object();
	int	 i;

	for (i = 0; i < NAT_REASON_MAX; i++)
		if (c->dropped[i] > 0)
			json_object_set_new(object,
			    nat_reason_name((enum nat_reason)i),
			    number(c->dropped[i]));
	return (object);
}

static json_t *
counts_json(const struct nat_counts *c)
{
	return (json_pack("{so so so so so so so so so so so so so so so}",
	    "translated_out", number(c->translated[0]),
	    "translated_in", number(c->translated[1]),
	    "hairpinned", number(c->hairpinned),
	    "passed", number(c->passed),
	    "sessions", number(c->sessions),
	    "sessions_max", number(c->sessions_max),
	    "sessions_made", number(c->sessions_made),
	    "sessions_ended", number(c->sessions_ended),
	    "mappings", number(c->mappings),
	    "mappings_made", number(c->mappings_made),
	    "mappings_ended", number(c->mappings_ended),
	    "hosts", number(c->hosts),
	    "fragments", number(c->fragments),
	    "errors_made", number(c->errors_made),
	    "dropped", drops_json(c)));
}

void
show_figures(const struct nat_counts *c, void *json, char *text, size_t size)
{
	size_t	 len;
	int	 i;

	if (json != NULL) {
		json_object_set_new(json, "nat", counts_json(c));
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
}

static char *
info_as_json(const struct show_info *info, size_t *len)
{
	const struct divert_stats	*s = &info->stats;
	json_t				*object;
	char				*line, *text = NULL;

	object = json_pack("{ss ss ss so si so s{so so so so so so so so so}}",
	    "tool", "divertnat", "version", DIVERTUTIL_VERSION,
	    "port", info->port, "uptime", number((uint64_t)info->uptime),
	    "states_limit", (int)info->states_limit,
	    "nat", counts_json(&info->counts),
	    "packets", "received", number(s->received),
	    "passed", number(s->passed), "replaced", number(s->replaced),
	    "dropped", number(s->dropped), "expired", number(s->expired),
	    "lost", number(s->lost), "held", number(s->held),
	    "injected", number(s->injected),
	    "missed", s->missed == DIVERT_UNKNOWN ? json_null() :
	    number(s->missed));
	if (info->rules != NULL)
		json_object_set_new(object, "rules", json_string(info->rules));
	if (info->state_file != NULL)
		json_object_set_new(object, "state_file",
		    json_pack("{ss so si}", "path", info->state_file,
		    "written", number(info->saved),
		    "errno", info->save_error));
	if ((line = json_dumps(object, JSON_COMPACT)) != NULL) {
		*len = strlen(line) + 1;
		if ((text = malloc(*len + 1)) != NULL)
			snprintf(text, *len + 1, "%s\n", line);
	}
	free(line);
	json_decref(object);
	return (text);
}

static void
add_figure(struct text *t, const char *name, uint64_t value)
{
	add(t, "  %-24s %12llu\n", name, (unsigned long long)value);
}

static void
add_counts(struct text *t, const struct nat_counts *c, unsigned int limit)
{
	int	 i;

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
	add(t, "Dropped\n");
	for (i = 1; i < NAT_REASON_MAX; i++)
		if (c->dropped[i] > 0)
			add(t, "  %-24s %12llu  %s\n",
			    nat_reason_name((enum nat_reason)i),
			    (unsigned long long)c->dropped[i],
			    nat_reason_text((enum nat_reason)i));
}

static char *
info_as_text(const struct show_info *info, size_t *len)
{
	const struct divert_stats	*s = &info->stats;
	struct text			 t;
	unsigned long			 up = (unsigned long)info->uptime;

	memset(&t, 0, sizeof(t));
	add(&t, "%s: running for %lu days %02lu:%02lu:%02lu\n", info->port,
	    up / 86400, up / 3600 % 24, up / 60 % 60, up % 60);
	if (info->rules != NULL)
		add(&t, "rules from %s\n", info->rules);
	if (info->state_file != NULL)
		add(&t, "states kept in %s, written %llu times%s%s\n",
		    info->state_file, (unsigned long long)info->saved,
		    info->save_error != 0 ? ", last: " : "",
		    info->save_error != 0 ? strerror(info->save_error) : "");
	add(&t, "Packets\n");
	add_figure(&t, "received", s->received);
	add_figure(&t, "passed", s->passed);
	add_figure(&t, "replaced", s->replaced);
	add_figure(&t, "dropped", s->dropped);
	add_figure(&t, "lost", s->lost);
	add_figure(&t, "held", s->held);
	add_figure(&t, "injected", s->injected);
	if (s->missed != DIVERT_UNKNOWN)
		add_figure(&t, "missed by the kernel", s->missed);
	add_counts(&t, &info->counts, info->states_limit);
	return (text_done(&t, len));
}

char *
show_info(const struct show_info *info, int json, size_t *len)
{
	return (json ? info_as_json(info, len) : info_as_text(info, len));
}
