/* SPDX-License-Identifier: ISC */

/* Lines: what each of them is, and macros. */

#include "compat.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules_int.h"

#define MISTAKES_MAX	20		/* that are told at once */

#define FOR_THE_FIREWALL	"leave it out: which packets may pass is for " \
				"the firewall to say"
#define NO_ANCHORS	"write the rules here: there are no anchors"

/* Lines of pf.conf(5), also of older ones, that are none here. */
static const struct refusal	 no_lines[] = {
	{ "block", FOR_THE_FIREWALL },
	{ "antispoof", FOR_THE_FIREWALL },
	{ "scrub", "leave it out: for the segment size write \"set "
	    "max-mss\"" },
	{ "anchor", NO_ANCHORS },
	{ "nat-anchor", NO_ANCHORS },
	{ "rdr-anchor", NO_ANCHORS },
	{ "binat-anchor", NO_ANCHORS },
	{ "load", NO_ANCHORS },
	{ "include", "write its lines here: rules are one file" },
	{ "queue", "leave it out: queueing is for the firewall to do" },
	{ "altq", "leave it out: queueing is for the firewall to do" },
	{ "nat", "write \"match out on em0 from ... to ... nat-to (em0)\"" },
	{ "rdr", "write \"match in on em0 ... to ... port ... rdr-to "
	    "...\"" },
	{ "binat", "write \"match on em0 from ... to any binat-to ...\"" },
	{ "no", "write \"pass\" for what is not to be translated" },
	{ NULL, NULL }
};

static const char *const	 reserved[] = { "all", "any", "binat-to",
    "file", "from", "in", "inet", "inet6", "log", "match", "nat-to", "npt-to",
    "on", "out", "pass", "port", "proto", "random", "rdr-to", "round-robin",
    "set", "source-hash", "static-port", "sticky-address", "table", "to",
    NULL };

static int
check_macro_name(struct parse *p, const struct place *at, const char *name)
{
	size_t	 i;

	if (!isalpha((unsigned char)*name))
		return (rules_fail(p, at,
		    "the name of a macro begins with a letter"));
	for (i = 0; name[i] != '\0'; i++)
		if (!isalnum((unsigned char)name[i]) && name[i] != '_')
			return (rules_fail(p, at, "the name of a macro has "
			    "letters, digits and underscores alone"));
	for (i = 0; reserved[i] != NULL; i++)
		if (strcmp(name, reserved[i]) == 0)
			return (rules_fail(p, at,
			    "\"%s\" is a word of the rules and no name for a "
			    "macro", name));
	return (0);
}

/* name = value ...: the values, with blanks between them. */
static int
parse_macro(struct parse *p, const struct place *at, const char *name)
{
	struct macro	*m;
	char		 value[4 * RULES_WORD_SIZE];

	if (check_macro_name(p, at, name) == -1 || rules_next(p) == -1)
		return (-1);
	value[0] = '\0';
	if (rules_is_sign(p, "{"))
		return (rules_fail(p, &p->token.at,
		    "the list of a macro stands in quotes: %.60s = "
		    "\"{ a, b }\"", name));
	if (!rules_is_text(p))
		return (rules_expected(p, "the value of a macro"));
	do {
		if (strlcat(value, value[0] == '\0' ? "" : " ",
		    sizeof(value)) >= sizeof(value) ||
		    strlcat(value, p->token.text, sizeof(value)) >=
		    sizeof(value))
			return (rules_fail(p, &p->token.at,
			    "the value of a macro is longer than %zu "
			    "characters", sizeof(value) - 1));
		if (rules_next(p) == -1)
			return (-1);
	} while (rules_is_text(p));
	for (m = p->macros; m != NULL; m = m->next)
		if (strcmp(m->name, name) == 0)
			break;
	if (m == NULL) {
		if ((m = rules_alloc(&p->scratch, 1, sizeof(*m))) == NULL ||
		    (m->name = rules_strdup(&p->scratch, name)) == NULL)
			return (rules_no_memory(p));
		m->next = p->macros;
		p->macros = m;
	}
	if ((m->value = rules_strdup(&p->scratch, value)) == NULL)
		return (rules_no_memory(p));
	m->line = at->line;
	/* Were its lines joined by a list in quotes, the line ends here. */
	return (rules_end_of_line(p, ""));
}

static int
parse_line(struct parse *p)
{
	struct token	 first;

	if (p->token.kind == TOKEN_NEWLINE)
		return (rules_next(p));
	if (rules_is(p, "match") || rules_is(p, "pass"))
		return (rules_rule(p));
	if (rules_is(p, "set"))
		return (rules_set(p));
	if (rules_is(p, "table"))
		return (rules_table(p));
	first = p->token;
	if (first.kind == TOKEN_WORD) {
		if (rules_next(p) == -1)
			return (-1);
		if (rules_is_sign(p, "="))
			return (parse_macro(p, &first.at, first.text));
		p->token = first;
		if (rules_refuse(p, no_lines) == -1)
			return (-1);
	}
	return (rules_expected(p, "match, pass, set, table or name = value"));
}

/*
 * One line after the other.  A mistake is told and its line left out, so that
 * the others are told as well; but not without end.
 */
static int
parse_lines(struct parse *p)
{
	size_t	 n;

	for (;;) {
		if (rules_next(p) == 0)
			while (p->token.kind != TOKEN_END &&
			    parse_line(p) == 0)
				continue;
		if (p->error == ENOMEM)
			return (-1);
		if (p->error != 0)
			p->mistakes++;
		if (p->error == 0 || p->token.kind == TOKEN_END)
			break;
		n = p->errlen == 0 ? 0 : strlen(p->errbuf);
		if (p->mistakes == MISTAKES_MAX || n + 2 > p->errlen)
			break;
		p->errbuf += n;
		p->errlen -= n;
		p->error = 0;
		rules_skip_line(p);
	}
	if (p->mistakes == 0)
		return (0);
	p->error = EINVAL;
	return (-1);
}

struct rules *
rules_parse(const char *name, const char *text, size_t len, char *errbuf,
    size_t errlen)
{
	struct parse	 p;
	struct rules	*rules;
	int		 status;

	if (errlen > 0)
		errbuf[0] = '\0';
	memset(&p, 0, sizeof(p));
	p.name = name;
	p.text = text;
	p.len = len;
	p.here.line = p.here.column = 1;
	p.errbuf = errbuf;
	p.errlen = errlen;
	if ((rules = p.rules = calloc(1, sizeof(*rules))) == NULL) {
		rules_no_memory(&p);
		errno = ENOMEM;
		return (NULL);
	}
	rules_defaults(&rules->settings);
	rules_skip_mark(&p);
	status = rules_builtin_tables(&p);
	if (status == 0)
		status = parse_lines(&p);
	rules_free_blocks(p.scratch);
	if (status == 0)
		return (rules);
	rules_free(rules);
	errno = p.error;
	return (NULL);
}

void
rules_free(struct rules *rules)
{
	if (rules == NULL)
		return;
	rules_free_blocks(rules->blocks);
	free(rules);
}
