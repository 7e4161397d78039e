/* SPDX-License-Identifier: ISC */

/*
 * Rules as text that parses again to the same.  Hosts with exceptions need a
 * table, and get one before the rule; so do many hosts, which rules may share.
 * "! host" is known by its shape.
 */

#include "compat.h"

#include <sys/socket.h>

#include <netinet/in.h>

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules_int.h"

struct print {
	char		*text;
	size_t		 len;
	size_t		 size;
	int		 failed;
	void		(*line)(void *, const char *);
	void		*arg;
	/* The tables so far, by where their nets are. */
	const struct rule_net **tables;
	unsigned int	 ntables;
	unsigned int	 tables_room;
	struct rules_block *blocks;
};

static void	 emit(struct print *, const char *, ...)
		    __attribute__((__format__(printf, 2, 3)));

static void
emit(struct print *p, const char *fmt, ...)
{
	va_list	 ap;
	char	*larger, piece[RULES_WORD_SIZE + 64];
	size_t	 len;
	int	 n;

	va_start(ap, fmt);
	n = vsnprintf(piece, sizeof(piece), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	len = (size_t)n < sizeof(piece) ? (size_t)n : sizeof(piece) - 1;
	if (p->size - p->len <= len) {
		if ((larger = realloc(p->text, p->size * 2 + len + 1)) ==
		    NULL) {
			p->failed = 1;
			return;
		}
		p->text = larger;
		p->size = p->size * 2 + len + 1;
	}
	memcpy(p->text + p->len, piece, len + 1);
	p->len += len;
}

static void
end_line(struct print *p)
{
	if (!p->failed)
		p->line(p->arg, p->text);
	p->len = 0;
}

/* In quotes, so that it is read as it stands. */
static void
emit_string(struct print *p, const char *s)
{
	emit(p, "\"");
	for (; *s != '\0'; s++)
		emit(p, "%s%c", *s == '"' ? "\\" : "", *s);
	emit(p, "\"");
}

/* Names that are words without quotes. */
static const char *
quote(const char *ifname)
{
	return (strcmp(ifname, "any") == 0 || strcmp(ifname, "egress") == 0 ?
	    "\"" : "");
}

static void
emit_net(struct print *p, const struct rule_net *net)
{
	char	 text[INET6_ADDRSTRLEN];

	if (*net->ifname != '\0') {
		emit(p, "(%s%s%s%s)", quote(net->ifname), net->ifname,
		    net->network ? ":network" : "", quote(net->ifname));
		return;
	}
	inet_ntop(net->family == 4 ? AF_INET : AF_INET6, net->addr, text,
	    sizeof(text));
	emit(p, "%s", text);
	if (net->prefix != (net->family == 4 ? 32 : 128))
		emit(p, "/%u", net->prefix);
}

/* Is this the IPv6 half of the interface before it? */
static int
is_second_half(const struct rule_net *nets, unsigned int i)
{
	return (i > 0 && *nets[i].ifname != '\0' && nets[i].family == 6 &&
	    nets[i - 1].family == 4 && nets[i].not == nets[i - 1].not &&
	    nets[i].network == nets[i - 1].network &&
	    strcmp(nets[i].ifname, nets[i - 1].ifname) == 0);
}

static unsigned int
count_exceptions(const struct rule_hosts *hosts)
{
	unsigned int	 i, n = 0;

	for (i = 0; i < hosts->n; i++)
		n += hosts->nets[i].not;
	return (n);
}

/* All addresses of a family but those of one net. */
static int
is_negated(const struct rule_net *nets)
{
	return (nets[0].family == nets[1].family && !nets[0].not &&
	    nets[1].not && nets[0].prefix == 0 && *nets[0].ifname == '\0' &&
	    (nets[1].prefix > 0 || *nets[1].ifname != '\0'));
}

/* "! host": the host.  NULL: it is something else. */
static const struct rule_net *
negated(const struct rule_hosts *hosts)
{
	const struct rule_net	*nets = hosts->nets;

	if (hosts->n == 2 && is_negated(nets))
		return (&nets[1]);
	/* An interface, in both families. */
	if (hosts->n == 4 && is_negated(nets) && is_negated(nets + 2) &&
	    nets[0].family == 4 && nets[2].family == 6 &&
	    *nets[1].ifname != '\0' &&
	    strcmp(nets[1].ifname, nets[3].ifname) == 0 &&
	    nets[1].network == nets[3].network)
		return (&nets[1]);
	return (NULL);
}

static int
needs_table(const struct rule_hosts *hosts)
{
	return (hosts->lengths != NULL ||
	    (count_exceptions(hosts) > 0 && negated(hosts) == NULL));
}

static unsigned int
table_number(const struct print *p, const struct rule_hosts *hosts)
{
	unsigned int	 i;

	for (i = 0; i < p->ntables; i++)
		if (p->tables[i] == hosts->nets)
			break;
	return (i);
}

static void
print_table(struct print *p, const struct rule_hosts *hosts)
{
	const struct rule_net	**all;
	unsigned int		  i;

	if (!needs_table(hosts) || table_number(p, hosts) < p->ntables)
		return;
	all = rules_grow(&p->blocks, p->tables, p->ntables, &p->tables_room,
	    sizeof(*all));
	if (all == NULL) {
		p->failed = 1;
		return;
	}
	p->tables = all;
	all[p->ntables++] = hosts->nets;
	emit(p, "table <t%u> {", p->ntables);
	for (i = 0; i < hosts->n; i++) {
		emit(p, "%s%s", i == 0 ? " " : ", ",
		    hosts->nets[i].not ? "!" : "");
		emit_net(p, &hosts->nets[i]);
	}
	emit(p, " }");
	end_line(p);
}

static void
emit_list(struct print *p, const struct rule_hosts *hosts)
{
	unsigned int	 i, n;

	for (i = n = 0; i < hosts->n; i++)
		n += !is_second_half(hosts->nets, i);
	for (i = 0; i < hosts->n; i++) {
		if (is_second_half(hosts->nets, i))
			continue;
		emit(p, "%s", i > 0 ? ", " : n > 1 ? "{ " : "");
		emit_net(p, &hosts->nets[i]);
	}
	if (n > 1)
		emit(p, " }");
}

static void
emit_hosts(struct print *p, const struct rule_hosts *hosts)
{
	if (hosts->n == 0)
		emit(p, "any");
	else if (needs_table(hosts))
		emit(p, "<t%u>", table_number(p, hosts) + 1);
	else if (negated(hosts) != NULL) {
		emit(p, "! ");
		emit_net(p, negated(hosts));
	} else
		emit_list(p, hosts);
}

static void
emit_ports(struct print *p, const struct rule_ports *ports)
{
	if (ports->low == 0 && ports->high == 65535)
		return;
	emit(p, " port %u", ports->low);
	if (ports->high != ports->low)
		emit(p, ":%u", ports->high);
}

static const char *
proto_name(unsigned int proto)
{
	switch (proto) {
	case 1:
		return ("icmp");
	case 6:
		return ("tcp");
	case 17:
		return ("udp");
	case 47:
		return ("gre");
	case 50:
		return ("esp");
	case 51:
		return ("ah");
	case 58:
		return ("icmp6");
	case 132:
		return ("sctp");
	case 136:
		return ("udplite");
	}
	return (NULL);
}

static void
emit_protos(struct print *p, const struct rule *rule)
{
	const char	*sep = "";
	unsigned int	 i, n = 0;

	for (i = 0; i < 256; i++)
		n += (unsigned int)(rule->protos[i / 64] >> i % 64 & 1);
	if (n == 256)
		return;
	emit(p, " proto %s", n == 1 ? "" : "{ ");
	for (i = 0; i < 256; i++) {
		if ((rule->protos[i / 64] >> i % 64 & 1) == 0)
			continue;
		if (proto_name(i) != NULL)
			emit(p, "%s%s", sep, proto_name(i));
		else
			emit(p, "%s%u", sep, i);
		sep = ", ";
	}
	if (n > 1)
		emit(p, " }");
}

static void
emit_translation(struct print *p, const struct rule *rule)
{
	static const char *const	 words[] = { "", "nat-to", "rdr-to",
	    "binat-to", "npt-to" };
	static const char *const	 policies[] = { "", " round-robin",
	    " random", " source-hash" };

	if (rule->kind == RULE_PASS)
		return;
	emit(p, " %s ", words[rule->kind]);
	emit_list(p, &rule->pool);
	if (rule->shift)
		emit(p, " port %u:*", rule->ports.low);
	else
		emit_ports(p, &rule->ports);
	if (rule->policy != (rule->kind == RULE_RDR ? POLICY_ROUND_ROBIN :
	    POLICY_PAIRED))
		emit(p, "%s", policies[rule->policy]);
	if (rule->sticky)
		emit(p, " sticky-address");
	if (rule->static_port)
		emit(p, " static-port");
}

static void
print_rule(struct print *p, const struct rule *rule)
{
	print_table(p, &rule->from);
	print_table(p, &rule->to);
	emit(p, "%s", rule->kind == RULE_PASS ? "pass" : "match");
	if (rule->direction != DIVERT_DIRECTION_NONE)
		emit(p, " %s", rule->direction == DIVERT_DIRECTION_IN ? "in" :
		    "out");
	if (rule->log)
		emit(p, " log");
	if (*rule->ifname != '\0')
		emit(p, " on %s%s%s", quote(rule->ifname), rule->ifname,
		    quote(rule->ifname));
	if (rule->family != 0)
		emit(p, " %s", rule->family == 4 ? "inet" : "inet6");
	emit_protos(p, rule);
	emit(p, " from ");
	emit_hosts(p, &rule->from);
	emit_ports(p, &rule->from_ports);
	emit(p, " to ");
	emit_hosts(p, &rule->to);
	emit_ports(p, &rule->to_ports);
	emit_translation(p, rule);
	end_line(p);
}

/* set WORD VALUE, if that is not the default. */
static void
print_word(struct print *p, const char *word, const char *const *names,
    unsigned int value, unsigned int standard)
{
	if (value == standard)
		return;
	emit(p, "set %s %s", word, names[value]);
	end_line(p);
}

static void
print_settings(struct print *p, const struct rules_settings *s)
{
	static const char *const	 off_on[] = { "off", "on" };
	static const char *const	 pass_drop[] = { "pass", "drop" };
	struct rules_settings		 d;
	unsigned int			 i;

	rules_defaults(&d);
	for (i = 0; i < TIMEOUT_MAX; i++)
		if (s->timeout[i] != d.timeout[i]) {
			emit(p, "set timeout %s %u%s", rules_timeout_names[i],
			    s->timeout[i],
			    s->timeout[i] < rules_timeout_least[i] ?
			    " unsafe" : "");
			end_line(p);
		}
	for (i = 0; i < LIMIT_MAX; i++)
		if (s->limit[i] != d.limit[i]) {
			emit(p, "set limit %s %u", rules_limit_names[i],
			    s->limit[i]);
			end_line(p);
		}
	print_word(p, "mapping", rules_mapping_names, s->mapping, d.mapping);
	print_word(p, "filtering", rules_filtering_names, s->filtering,
	    d.filtering);
	print_word(p, "address-change", rules_change_names, s->address_change,
	    d.address_change);
	print_word(p, "hairpin", off_on, s->hairpin != 0, 1);
	print_word(p, "unmatched", pass_drop, s->unmatched_drops != 0, 0);
	print_word(p, "refresh-inbound", off_on, s->refresh_inbound != 0, 0);
	print_word(p, "notify", off_on, s->notify != 0, 1);
	if (s->mss != d.mss) {
		emit(p, "set max-mss %d", s->mss);
		end_line(p);
	}
	if (s->state_file != NULL) {
		emit(p, "set state-file ");
		emit_string(p, s->state_file);
		if (s->state_every > 0)
			emit(p, " every %u", s->state_every);
		end_line(p);
	}
}

int
rules_print(const struct rules *rules, void (*line)(void *, const char *),
    void *arg)
{
	struct print	 p;
	unsigned int	 i;

	memset(&p, 0, sizeof(p));
	p.line = line;
	p.arg = arg;
	print_settings(&p, &rules->settings);
	for (i = 0; i < rules->n && !p.failed; i++)
		print_rule(&p, &rules->rules[i]);
	rules_free_blocks(p.blocks);
	free(p.text);
	return (p.failed ? -1 : 0);
}
