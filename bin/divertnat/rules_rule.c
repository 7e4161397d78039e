/* SPDX-License-Identifier: ISC */

/* match and pass: what a line says.  Its clauses may stand in any order. */

#include "compat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules_line.h"

static int
twice(struct parse *p)
{
	return (rules_fail(p, &p->token.at, "\"%.60s\" stands twice in a rule",
	    p->token.text));
}

static int
parse_name(struct parse *p, void *arg)
{
	struct line	*l = arg;
	void		*all;

	if (rules_is_sign(p, "!"))
		return (rules_fail(p, &p->token.at,
		    "\"on !\": name the interfaces that are meant"));
	if (rules_is_sign(p, "("))
		return (rules_fail(p, &p->token.at,
		    "expected the name of an interface, without parentheses"));
	if (!rules_is_text(p))
		return (rules_expected(p, "the name of an interface"));
	all = rules_grow(&p->scratch, l->interfaces, l->ninterfaces,
	    &l->interfaces_room, sizeof(*l->interfaces));
	if (all == NULL)
		return (rules_no_memory(p));
	l->interfaces = all;
	/* As if it was not said. */
	if (rules_is(p, "any"))
		*l->interfaces[l->ninterfaces] = '\0';
	else if (rules_interface_name(p, &p->token.at, p->token.text,
	    l->interfaces[l->ninterfaces]) == -1)
		return (-1);
	l->ninterfaces++;
	return (rules_next(p));
}

static int
parse_proto(struct parse *p, void *arg)
{
	static const struct {
		const char	*name;
		unsigned int	 number;
	} known[] = {
		{ "icmp", 1 }, { "tcp", 6 }, { "udp", 17 }, { "gre", 47 },
		{ "esp", 50 }, { "ah", 51 }, { "icmp6", 58 },
		{ "ipv6-icmp", 58 }, { "sctp", 132 }, { "udplite", 136 }
	};
	const char	*error;
	struct line	*l = arg;
	unsigned int	 number;
	size_t		 i;
	int		 named;

	if (!rules_is_text(p))
		return (rules_expected(p, "a protocol"));
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].name, p->token.text) == 0)
			break;
	number = (unsigned int)strtonum(p->token.text, 0, 255, &error);
	if (i < sizeof(known) / sizeof(known[0]))
		number = known[i].number;
	else if (error != NULL) {
		if (p->token.text[strspn(p->token.text, "-0123456789")] ==
		    '\0' || (named = rules_protocol(p->token.text)) == -1)
			return (rules_expected(p,
			    "a protocol (a name, or a number up to 255)"));
		number = (unsigned int)named;
		if (number > 255)
			return (rules_expected(p,
			    "a protocol (a name, or a number up to 255)"));
	}
	l->protos[number / 64] |= UINT64_C(1) << number % 64;
	return (rules_next(p));
}

/* from or to; `hosts' may be left out before `port'. */
static int
parse_side(struct parse *p, struct hosts *hosts, struct ports *ports)
{
	if (hosts->given)
		return (twice(p));
	hosts->given = 1;
	if (rules_next(p) == -1)
		return (-1);
	hosts->at = p->token.at;
	if (!rules_is(p, "port") && rules_hosts(p, hosts) == -1)
		return (-1);
	return (rules_is(p, "port") ? rules_ports(p, ports) : 0);
}

static int
parse_translation(struct parse *p, struct line *l)
{
	static const struct {
		const char	*word;
		enum rule_kind	 kind;
		uint8_t		 policy;
	} words[] = {
		{ "nat-to", RULE_NAT, POLICY_PAIRED },
		{ "rdr-to", RULE_RDR, POLICY_ROUND_ROBIN },
		{ "binat-to", RULE_BINAT, POLICY_PAIRED },
		{ "npt-to", RULE_NPT, POLICY_PAIRED }
	};
	size_t	 i;

	for (i = 0; !rules_is(p, words[i].word);)
		if (++i == sizeof(words) / sizeof(words[0]))
			return (0);
	if (l->translation != NULL)
		return (rules_fail(p, &p->token.at,
		    "a rule translates once: \"%s\" stands before \"%s\"",
		    l->translation, words[i].word));
	l->translation = words[i].word;
	l->translation_at = p->token.at;
	l->kind = words[i].kind;
	if (!has(l, OPTION_POLICY))
		l->policy = words[i].policy;
	if (rules_next(p) == -1 || rules_pool(p, &l->pool) == -1)
		return (-1);
	return (1);
}

/* round-robin, static-port, port ... */
static int
parse_option(struct parse *p, struct line *l)
{
	static const struct {
		const char	*word;
		enum option	 option;
		uint8_t		 policy;
	} words[] = {
		{ "port", OPTION_TARGET_PORT, 0 },
		{ "round-robin", OPTION_POLICY, POLICY_ROUND_ROBIN },
		{ "random", OPTION_POLICY, POLICY_RANDOM },
		{ "source-hash", OPTION_POLICY, POLICY_SOURCE_HASH },
		{ "sticky-address", OPTION_STICKY, 0 },
		{ "static-port", OPTION_STATIC_PORT, 0 }
	};
	size_t	 i;

	for (i = 0; !rules_is(p, words[i].word);)
		if (++i == sizeof(words) / sizeof(words[0]))
			return (0);
	if (has(l, words[i].option))
		return (words[i].option == OPTION_POLICY ?
		    rules_fail(p, &p->token.at, "\"%s\": a pool has one way "
		    "to choose an address", words[i].word) : twice(p));
	l->option_at[words[i].option] = p->token.at;
	if (words[i].option == OPTION_TARGET_PORT) {
		if (l->translation == NULL)
			return (rules_fail(p, &p->token.at,
			    "\"port\" stands after the hosts of \"from\" or "
			    "\"to\", or after an address to translate to"));
		return (rules_target_ports(p, &l->ports, &l->star) == -1 ?
		    -1 : 1);
	}
	if (words[i].option == OPTION_POLICY)
		l->policy = words[i].policy;
	if (rules_next(p) == -1)
		return (-1);
	if (words[i].policy == POLICY_SOURCE_HASH &&
	    (p->token.kind == TOKEN_STRING ||
	    strncmp(p->token.text, "0x", 2) == 0))
		return (rules_fail(p, &p->token.at,
		    "\"source-hash\" has no key here: leave it out"));
	return (1);
}

/* in, log, on, inet, proto, ... */
static int
parse_clause(struct parse *p, struct line *l)
{
	int	 r;

	if (rules_is(p, "in") || rules_is(p, "out")) {
		if (l->direction != DIVERT_DIRECTION_NONE)
			return (rules_fail(p, &p->token.at,
			    "a rule has one direction: leave out both words "
			    "for both"));
		l->direction_at = p->token.at;
		l->direction = rules_is(p, "in") ? DIVERT_DIRECTION_IN :
		    DIVERT_DIRECTION_OUT;
	} else if (rules_is(p, "log")) {
		if (l->log)
			return (twice(p));
		l->log = 1;
		if (rules_next(p) == -1)
			return (-1);
		return (rules_is_sign(p, "(") ? rules_fail(p, &p->token.at,
		    "\"log\" has no options here") : 1);
	} else if (rules_is(p, "inet") || rules_is(p, "inet6")) {
		if (l->family != 0)
			return (rules_fail(p, &p->token.at,
			    "a rule has one address family: leave out both "
			    "words for both"));
		l->family_at = p->token.at;
		l->family = rules_is(p, "inet") ? 4 : 6;
	} else if (rules_is(p, "on")) {
		if (l->on)
			return (twice(p));
		l->on = 1;
		return (rules_next(p) == -1 ||
		    rules_list(p, parse_name, l, 0) == -1 ? -1 : 1);
	} else if (rules_is(p, "proto")) {
		if (!l->any_proto)
			return (twice(p));
		l->any_proto = 0;
		if (rules_next(p) == -1)
			return (-1);
		l->protos_at = p->token.at;
		return (rules_list(p, parse_proto, l, 0) == -1 ? -1 : 1);
	} else if (rules_is(p, "from")) {
		return (parse_side(p, &l->from, &l->from_ports) == -1 ? -1 : 1);
	} else if (rules_is(p, "to")) {
		return (parse_side(p, &l->to, &l->to_ports) == -1 ? -1 : 1);
	} else if (rules_is(p, "all")) {
		if (l->from.given || l->to.given)
			return (rules_fail(p, &p->token.at,
			    "\"all\" stands in place of \"from\" and \"to\""));
		l->from.given = l->to.given = 1;
	} else if (rules_is(p, "keep")) {
		/* What a translation does anyway. */
		if (rules_next(p) == -1)
			return (-1);
		if (!rules_is(p, "state"))
			return (rules_expected(p, "\"state\""));
		if (rules_next(p) == -1)
			return (-1);
		return (rules_is_sign(p, "(") ? rules_fail(p, &p->token.at,
		    "\"keep state\" has no options here: see \"set timeout\" "
		    "and \"set limit\"") : 1);
	} else if (!rules_is(p, "quick")) {
		if ((r = parse_translation(p, l)) != 0)
			return (r);
		return (parse_option(p, l));
	}
	return (rules_next(p) == -1 ? -1 : 1);
}

#define LEAVE_OUT	"leave it out: "

/* Words of pf.conf(5) that can stand in a rule there. */
static const struct refusal	 not_in_rules[] = {
	{ "af-to", "from IPv6 to IPv4 and back comes with a later release" },
	{ "divert-to", LEAVE_OUT "packets are diverted by the firewall" },
	{ "divert-reply", LEAVE_OUT "packets are diverted by the firewall" },
	{ "divert-packet", LEAVE_OUT "packets are diverted by the firewall" },
	{ "bitmask", "write \"binat-to\" for one prefix in place of another" },
	{ "least-states", "write \"round-robin\", \"random\" or "
	    "\"source-hash\"" },
	{ "endpoint-independent", LEAVE_OUT "mappings are, see \"set "
	    "mapping\"" },
	{ "flags", LEAVE_OUT "which packets may pass is for the firewall to "
	    "say" },
	{ "modulate", "write \"keep state\": sequence numbers are left "
	    "alone" },
	{ "synproxy", "write \"keep state\": connections are left to the "
	    "hosts" },
	{ "no", "what is not to be translated is exempted by \"pass\"" },
	{ "queue", LEAVE_OUT "queueing is for the firewall to do" },
	{ "prio", LEAVE_OUT "queueing is for the firewall to do" },
	{ "set", LEAVE_OUT "nothing but addresses and ports is set" },
	{ "scrub", LEAVE_OUT "for the segment size write \"set max-mss\" on "
	    "a line of its own" },
	{ "tag", LEAVE_OUT "tags are for the firewall to give" },
	{ "tagged", LEAVE_OUT "let the firewall divert only what is tagged" },
	{ "label", LEAVE_OUT "rules are known by their lines" },
	{ "ridentifier", LEAVE_OUT "rules are known by their lines" },
	{ "route-to", LEAVE_OUT "routing is for the firewall to do" },
	{ "reply-to", LEAVE_OUT "routing is for the firewall to do" },
	{ "dup-to", LEAVE_OUT "routing is for the firewall to do" },
	{ "rtable", LEAVE_OUT "routing is for the firewall to do" },
	{ "rdomain", LEAVE_OUT "routing is for the firewall to do" },
	{ "received-on", LEAVE_OUT "let the firewall divert only what came in "
	    "there" },
	{ "user", LEAVE_OUT "sockets are not looked at" },
	{ "group", LEAVE_OUT "sockets are not looked at" },
	{ "os", LEAVE_OUT "operating systems are not looked at" },
	{ "icmp-type", LEAVE_OUT "errors are translated with their "
	    "connections, queries all alike" },
	{ "icmp6-type", LEAVE_OUT "errors are translated with their "
	    "connections, queries all alike" },
	{ "tos", LEAVE_OUT "let the firewall choose what is diverted" },
	{ "allow-opts", LEAVE_OUT "packets with options are translated as "
	    "others" },
	{ "fragment", LEAVE_OUT "fragments are translated as their "
	    "datagrams" },
	{ "probability", LEAVE_OUT "which packets may pass is for the "
	    "firewall to say" },
	{ "once", LEAVE_OUT "rules stay" },
	{ "max-pkt-rate", "write \"set limit new-per-host\" on a line of its "
	    "own" },
	{ "-", "the translations of old pf, \"-> address\", are written "
	    "\"nat-to address\", \"rdr-to address\", \"binat-to address\"" },
	{ NULL, NULL }
};

/* The token is match or pass. */
int
rules_rule(struct parse *p)
{
	struct line	 l;
	int		 r;

	memset(&l, 0, sizeof(l));
	l.start = p->token.at;
	l.pass = rules_is(p, "pass");
	l.kind = RULE_PASS;
	l.any_proto = 1;
	if (rules_next(p) == -1)
		return (-1);
	do {
		if (rules_refuse(p, not_in_rules) == -1 ||
		    (r = parse_clause(p, &l)) == -1)
			return (-1);
	} while (r == 1);
	if (p->token.kind != TOKEN_END && p->token.kind != TOKEN_NEWLINE)
		return (rules_expected(p, l.translation == NULL ?
		    "in, out, log, on, inet, inet6, proto, from, to, all, "
		    "nat-to, rdr-to, binat-to, npt-to or the end of the line" :
		    "port, round-robin, random, source-hash, sticky-address, "
		    "static-port or the end of the line"));
	if (rules_check_line(p, &l) == -1 || rules_expand_line(p, &l) == -1)
		return (-1);
	return (rules_end_of_line(p, ""));
}
