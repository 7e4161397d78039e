/* SPDX-License-Identifier: ISC */

/* Settings: their names, defaults and bounds. */

#include "compat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules_int.h"

#define A_YEAR		(366u * 86400u)

/* In the order of the enums. */
const char *const rules_timeout_names[] = { "udp", "udp.dns", "tcp.opening",
    "tcp.established", "tcp.closing", "tcp.rst", "icmp", "other", "frag",
    "port-rest", NULL };
const char *const rules_limit_names[] = { "states", "frags", "ports-per-host",
    "states-per-host", "new-per-host", "errors", NULL };
const char *const rules_mapping_names[] = { "endpoint-independent",
    "port-overlap", NULL };
const char *const rules_filtering_names[] = { "endpoint-independent",
    "address-dependent", "address-and-port-dependent", NULL };
const char *const rules_change_names[] = { "keep", "flush", NULL };

/* RFC 4787 REQ-5, RFC 5382 REQ-5, RFC 5508 REQ-2. */
const unsigned int rules_timeout_least[] = { 120, 0, 240, 7440, 240, 240, 60,
    0, 0, 0 };

static const struct {
	unsigned int	 min;
	unsigned int	 max;
} limits[] = {
	{ 1, 1u << 26 },		/* states */
	{ 0, 1u << 20 },		/* frags */
	{ 0, 1u << 20 },		/* ports-per-host */
	{ 0, 1u << 26 },		/* states-per-host */
	{ 0, 1000000 },			/* new-per-host */
	{ 0, 1000000 }			/* errors */
};

void
rules_defaults(struct rules_settings *s)
{
	static const unsigned int	 timeouts[TIMEOUT_MAX] = { 300, 30,
	    240, 7440, 240, 240, 60, 120, 15, 120 };
	static const unsigned int	 defaults[LIMIT_MAX] = { 262144, 1024,
	    0, 0, 0, 100 };

	memset(s, 0, sizeof(*s));
	memcpy(s->timeout, timeouts, sizeof(s->timeout));
	memcpy(s->limit, defaults, sizeof(s->limit));
	s->mapping = MAPPING_ENDPOINT_INDEPENDENT;
	s->filtering = FILTERING_ENDPOINT_INDEPENDENT;
	s->address_change = CHANGE_KEEP;
	s->hairpin = 1;
	s->notify = 1;
}

/* The number of the token among names, -1: none of them, said. */
static int
choose(struct parse *p, const char *const *names)
{
	char	 what[512];
	size_t	 i, n;

	for (i = 0; names[i] != NULL; i++)
		if (rules_is(p, names[i]))
			return (rules_next(p) == -1 ? -1 : (int)i);
	n = 0;
	what[0] = '\0';
	for (i = 0; names[i] != NULL; i++)
		n += (size_t)snprintf(what + n, sizeof(what) - n, "%s%s",
		    i == 0 ? "" : names[i + 1] == NULL ? " or " : ", ",
		    names[i]);
	return (rules_expected(p, what));
}

static int
set_timeout(struct parse *p, void *arg)
{
	static const struct refusal	 refusals[] = {
		{ "interval", "leave it out: what is due ends when it is due" },
		{ "tcp.first", "write \"tcp.opening\"" },
		{ "tcp.finwait", "write \"tcp.closing\"" },
		{ "tcp.closed", "write \"tcp.rst\"" },
		{ "tcp.tsdiff", "leave it out: time stamps are not looked at" },
		{ "udp.first", "write \"udp\": one time for all of a mapping "
		    "(RFC 4787 REQ-5)" },
		{ "udp.single", "write \"udp\": one time for all of a mapping "
		    "(RFC 4787 REQ-5)" },
		{ "udp.multiple", "write \"udp\": one time for all of a "
		    "mapping (RFC 4787 REQ-5)" },
		{ "icmp.first", "write \"icmp\"" },
		{ "icmp.error", "errors end nothing (RFC 5508 REQ-6): write "
		    "\"icmp\"" },
		{ "other.first", "write \"other\"" },
		{ "other.single", "write \"other\"" },
		{ "other.multiple", "write \"other\"" },
		{ "src.track", "leave it out: hosts are forgotten with their "
		    "last state" },
		{ "adaptive.start", "leave it out: timeouts do not change "
		    "with load (RFC 4787 REQ-11)" },
		{ "adaptive.end", "leave it out: timeouts do not change "
		    "with load (RFC 4787 REQ-11)" },
		{ NULL, NULL }
	};
	struct rules_settings	*s = arg;
	struct place		 at;
	unsigned int		 seconds;
	int			 which, unsafe;

	if (rules_refuse(p, refusals) == -1 ||
	    (which = choose(p, rules_timeout_names)) == -1)
		return (-1);
	at = p->token.at;
	if (rules_number(p, "seconds", which == TIMEOUT_PORT_REST ? 0 : 1,
	    A_YEAR, &seconds) == -1 ||
	    (unsafe = rules_accept(p, "unsafe")) == -1)
		return (-1);
	if (seconds < rules_timeout_least[which] && !unsafe)
		return (rules_fail(p, &at,
		    "expected %u or more for %s (%s), found %u; "
		    "\"unsafe\" after the number allows it",
		    rules_timeout_least[which], rules_timeout_names[which],
		    which == TIMEOUT_UDP ? "RFC 4787 REQ-5" :
		    which == TIMEOUT_ICMP ? "RFC 5508 REQ-2" :
		    "RFC 5382 REQ-5", seconds));
	s->timeout[which] = seconds;
	return (0);
}

static int
set_limit(struct parse *p, void *arg)
{
	static const struct refusal	 refusals[] = {
		{ "src-nodes", "write \"states-per-host\" or "
		    "\"ports-per-host\"" },
		{ "tables", "leave it out: tables are as large as they are" },
		{ "table-entries", "leave it out: tables are as large as "
		    "they are" },
		{ "pktdelay-pkts", "leave it out: no packet is delayed" },
		{ "anchors", "leave it out: there are no anchors" },
		{ NULL, NULL }
	};
	struct rules_settings	*s = arg;
	int			 which;

	if (rules_refuse(p, refusals) == -1 ||
	    (which = choose(p, rules_limit_names)) == -1)
		return (-1);
	return (rules_number(p, rules_limit_names[which], limits[which].min,
	    limits[which].max, &s->limit[which]));
}

/* One of names, its number into *to. */
static int
set_word(struct parse *p, const char *const *names, int *to)
{
	int	 which;

	if ((which = choose(p, names)) == -1)
		return (-1);
	*to = which;
	return (0);
}

static int
set_state_file(struct parse *p, struct rules_settings *s)
{
	int	 r;

	s->state_file = NULL;
	s->state_every = 0;
	if ((r = rules_accept(p, "none")) != 0)
		return (r == -1 ? -1 : 0);
	if (p->token.kind != TOKEN_STRING || *p->token.text == '\0')
		return (rules_expected(p, "the path of a file in quotes, or "
		    "none"));
	s->state_file = rules_strdup(&p->rules->blocks, p->token.text);
	if (s->state_file == NULL)
		return (rules_no_memory(p));
	if (rules_next(p) == -1 || (r = rules_accept(p, "every")) == -1)
		return (-1);
	return (r == 0 ? 0 :
	    rules_number(p, "seconds", 1, A_YEAR, &s->state_every));
}

static int
set_mss(struct parse *p, struct rules_settings *s)
{
	unsigned int	 mss;
	int		 r;

	if ((r = rules_accept(p, "none")) != 0) {
		s->mss = 0;
		return (r == -1 ? -1 : 0);
	}
	if (rules_number(p, "a segment size", 64, 65495, &mss) == -1)
		return (-1);
	s->mss = (int)mss;
	return (0);
}

/* set ... */
int
rules_set(struct parse *p)
{
	static const struct refusal	 refusals[] = {
		{ "skip", "leave it out: what the firewall does not divert "
		    "is skipped" },
		{ "optimization", "write \"set timeout\"" },
		{ "block-policy", "write \"set unmatched\"" },
		{ "state-policy", "leave it out: states belong to the "
		    "interface of their rule" },
		{ "state-defaults", "leave it out: every translation has a "
		    "state" },
		{ "loginterface", "leave it out: statistics are shown by "
		    "divertnat -s info" },
		{ "debug", "leave it out: divertnat -v says more" },
		{ "ruleset-optimization", "leave it out: rules are taken as "
		    "they stand" },
		{ "require-order", "leave it out: lines may stand in any "
		    "order" },
		{ "reassemble", "leave it out: fragments are always "
		    "translated" },
		{ "fingerprints", "leave it out: operating systems are not "
		    "looked at" },
		{ "hostid", "leave it out: there is no pfsync" },
		{ "syncookies", "leave it out: connections are left to the "
		    "hosts" },
		{ "delay", "leave it out: no packet is delayed" },
		{ "snapshot", "write \"set state-file\"" },
		{ "on-address-change", "write \"set address-change\"" },
		{ "divert", "leave it out: the port stands on the command "
		    "line" },
		{ NULL, NULL }
	};
	static const char *const	 words[] = { "timeout", "limit",
	    "mapping", "filtering", "hairpin", "unmatched", "address-change",
	    "refresh-inbound", "notify", "state-file", "max-mss", NULL };
	static const char *const	 off_on[] = { "off", "on", NULL };
	static const char *const	 pass_drop[] = { "pass", "drop", NULL };
	struct rules_settings	*s = &p->rules->settings;
	int			 r, value = 0;

	if (rules_next(p) == -1 || rules_refuse(p, refusals) == -1)
		return (-1);
	switch (choose(p, words)) {
	case 0:
		r = rules_list(p, set_timeout, s, 0);
		break;
	case 1:
		r = rules_list(p, set_limit, s, 0);
		break;
	case 2:
		r = set_word(p, rules_mapping_names, &value);
		s->mapping = (enum rules_mapping)value;
		break;
	case 3:
		r = set_word(p, rules_filtering_names, &value);
		s->filtering = (enum rules_filtering)value;
		break;
	case 4:
		r = set_word(p, off_on, &s->hairpin);
		break;
	case 5:
		r = set_word(p, pass_drop, &s->unmatched_drops);
		break;
	case 6:
		r = set_word(p, rules_change_names, &value);
		s->address_change = (enum rules_change)value;
		break;
	case 7:
		r = set_word(p, off_on, &s->refresh_inbound);
		break;
	case 8:
		r = set_word(p, off_on, &s->notify);
		break;
	case 9:
		r = set_state_file(p, s);
		break;
	case 10:
		r = set_mss(p, s);
		break;
	default:
		return (-1);
	}
	return (r == -1 ? -1 : rules_end_of_line(p, ""));
}
