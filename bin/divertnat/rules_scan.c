/* SPDX-License-Identifier: ISC */

/*
 * Rules as tokens, and what every sentence of the grammar needs of them.
 * Words are made as pfctl makes them: a colon, a point and a hyphen are part
 * of a word, a slash is not.  Macros are put in place of $name here; errors in
 * what they hold are reported where $name stands, with where it was defined.
 */

#include "compat.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules_int.h"

int
rules_fail(struct parse *p, const struct place *at, const char *fmt, ...)
{
	va_list	 ap;
	int	 n;

	if (p->error != 0)
		return (-1);
	p->error = EINVAL;
	if (p->errlen == 0)
		return (-1);
	n = snprintf(p->errbuf, p->errlen, "%s%s:%u:%u: ",
	    p->mistakes > 0 ? "\n" : "", p->name, at->line, at->column);
	if (n < 0 || (size_t)n >= p->errlen)
		return (-1);
	va_start(ap, fmt);
	vsnprintf(p->errbuf + n, p->errlen - (size_t)n, fmt, ap);
	va_end(ap);
	if (at->macro != NULL) {
		n = (int)strlen(p->errbuf);
		snprintf(p->errbuf + n, p->errlen - (size_t)n,
		    " (in \"$%.60s\" of line %u)", at->macro->name,
		    at->macro->line);
	}
	return (-1);
}

int
rules_no_memory(struct parse *p)
{
	if (p->error != 0)
		return (-1);
	p->error = ENOMEM;
	if (p->errlen > 0)
		snprintf(p->errbuf, p->errlen, "%s%s: no memory",
		    p->mistakes > 0 ? "\n" : "", p->name);
	return (-1);
}

int
rules_expected(struct parse *p, const char *what)
{
	switch (p->token.kind) {
	case TOKEN_END:
		return (rules_fail(p, &p->token.at,
		    "expected %s, found the end of the rules", what));
	case TOKEN_NEWLINE:
		return (rules_fail(p, &p->token.at,
		    "expected %s, found the end of the line", what));
	default:
		return (rules_fail(p, &p->token.at,
		    "expected %s, found \"%.60s\"", what, p->token.text));
	}
}

int
rules_refuse(struct parse *p, const struct refusal *refusals)
{
	if (p->token.kind != TOKEN_WORD)
		return (0);
	for (; refusals->word != NULL; refusals++)
		if (strcmp(refusals->word, p->token.text) == 0)
			return (rules_fail(p, &p->token.at, "\"%s\": %s",
			    p->token.text, refusals->reason));
	return (0);
}

/*
 * The next character, -1 at the end; a backslash joins lines.  What follows
 * $name goes on behind its value, as with pfctl: $ext:network is one word.
 */
static int
peek(struct parse *p)
{
	size_t	 joined;

	if (p->macro != NULL)
		return ((unsigned char)*p->macro);
	for (; p->pos < p->len && p->text[p->pos] == '\\'; p->pos += joined) {
		joined = p->len - p->pos >= 3 &&
		    memcmp(p->text + p->pos, "\\\r\n", 3) == 0 ? 3 :
		    p->len - p->pos >= 2 && p->text[p->pos + 1] == '\n' ? 2 : 0;
		if (joined == 0)
			break;
		p->here.line++;
		p->here.column = 1;
	}
	return (p->pos >= p->len ? -1 : (unsigned char)p->text[p->pos]);
}

static void
advance(struct parse *p)
{
	if (p->macro != NULL) {
		if (*++p->macro == '\0')
			p->macro = NULL;
		return;
	}
	if (p->text[p->pos++] == '\n') {
		p->here.line++;
		p->here.column = 1;
	} else
		p->here.column++;
}

static int
is_word(int c)
{
	return ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z') ||
	    (c > 0 && strchr("_-.:*%+@~^;&?|[]", c) != NULL));
}

static int
is_name(int c)
{
	return ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z') || c == '_');
}

static int
put(struct parse *p, size_t *n, int c)
{
	struct token	*t = &p->token;

	if (*n + 1 >= sizeof(t->text))
		return (rules_fail(p, &t->at,
		    "a word is longer than %zu characters",
		    sizeof(t->text) - 1));
	t->text[(*n)++] = (char)c;
	t->text[*n] = '\0';
	return (0);
}

/* A quote that begins in a macro ends there. */
static int
scan_string(struct parse *p)
{
	size_t	 n = 0;
	int	 c, in_macro, quote;

	p->token.kind = TOKEN_STRING;
	in_macro = p->macro != NULL;
	quote = peek(p);
	advance(p);
	while ((c = peek(p)) != quote || (in_macro && p->macro == NULL)) {
		if (c == '\\') {
			advance(p);
			if ((c = peek(p)) != quote) {
				if (put(p, &n, '\\') == -1)
					return (-1);
				continue;
			}
		}
		if (c == -1 || c == '\n')
			return (rules_fail(p, &p->token.at,
			    "a quote is not closed on its line"));
		if (c < ' ' && c != '\t')
			return (rules_fail(p, &p->token.at,
			    "a control character (%#x) inside quotes",
			    (unsigned int)c));
		if (put(p, &n, c) == -1)
			return (-1);
		advance(p);
	}
	advance(p);
	return (0);
}

/* $name: its value is read from now on. */
static int
begin_macro(struct parse *p)
{
	const struct macro	*m;
	size_t			 n = 0;

	p->token.text[0] = '\0';
	for (advance(p); is_name(peek(p)); advance(p))
		if (put(p, &n, peek(p)) == -1)
			return (-1);
	if (n == 0)
		return (rules_fail(p, &p->token.at,
		    "expected the name of a macro after \"$\""));
	for (m = p->macros; m != NULL; m = m->next)
		if (strcmp(m->name, p->token.text) == 0)
			break;
	if (m == NULL)
		return (rules_fail(p, &p->token.at,
		    "macro \"%.60s\" is not defined", p->token.text));
	p->macro_at = p->token.at;
	p->macro_at.macro = m;
	p->macro = *m->value == '\0' ? NULL : m->value;
	return (0);
}

static int
scan_sign(struct parse *p)
{
	static const char *const	 signs[] = { "!=", "<=", ">=", "<>",
	    "><" };
	size_t				 i, n = 0;
	int				 c, second;

	p->token.kind = TOKEN_SIGN;
	c = peek(p);
	if (c <= 0 || strchr("{}(),!/=<>", c) == NULL) {
		if (c > ' ' && c < 0x7f)
			return (rules_fail(p, &p->token.at,
			    "\"%c\" has no meaning here", c));
		return (rules_fail(p, &p->token.at,
		    "a character (%#x) that has no meaning here",
		    (unsigned int)c));
	}
	if (put(p, &n, c) == -1)
		return (-1);
	advance(p);
	second = peek(p);
	for (i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (signs[i][0] == c && signs[i][1] == second) {
			advance(p);
			return (put(p, &n, second));
		}
	return (0);
}

static int
scan(struct parse *p)
{
	struct token	*t = &p->token;
	size_t		 n = 0;
	int		 c;

	t->text[0] = '\0';
	for (;;) {
		c = peek(p);
		t->at = p->macro != NULL ? p->macro_at : p->here;
		if (c == '#' && p->macro == NULL) {
			while ((c = peek(p)) != '\n' && c != -1)
				advance(p);
			continue;
		}
		if (c == '$' && p->macro == NULL) {
			if (begin_macro(p) == -1)
				return (-1);
			continue;
		}
		if (c != ' ' && c != '\t' && c != '\r')
			break;
		advance(p);
	}
	if (c == -1) {
		t->kind = TOKEN_END;
		return (0);
	}
	if (c == '\n') {
		t->kind = TOKEN_NEWLINE;
		advance(p);
		return (0);
	}
	if (c == '"' || c == '\'')
		return (scan_string(p));
	if (!is_word(c))
		return (scan_sign(p));
	t->kind = TOKEN_WORD;
	while (is_word(c = peek(p))) {
		if (put(p, &n, c) == -1)
			return (-1);
		advance(p);
	}
	return (0);
}

int
rules_next(struct parse *p)
{
	do {
		if (scan(p) == -1)
			return (-1);
	} while (p->braces > 0 && p->token.kind == TOKEN_NEWLINE);
	return (0);
}

void
rules_skip_mark(struct parse *p)
{
	if (p->len >= 3 && memcmp(p->text, "\357\273\277", 3) == 0)
		p->pos = 3;
}

/*
 * Without a look at the words, in which the next mistake may be.  A rule never
 * stands inside of braces, so that a line with one is behind braces that were
 * not closed.
 */
void
rules_skip_line(struct parse *p)
{
	int	 c, last;

	p->macro = NULL;
	last = p->token.kind == TOKEN_NEWLINE ? '\n' : 0;
	if (rules_is_sign(p, "{"))
		p->braces++;
	else if (rules_is_sign(p, "}") && p->braces > 0)
		p->braces--;
	while ((c = peek(p)) != -1 && (last != '\n' || p->braces > 0)) {
		if (c == '#')
			while (peek(p) != '\n' && peek(p) != -1)
				advance(p);
		else {
			if (c == '{')
				p->braces++;
			else if (c == '}' && p->braces > 0)
				p->braces--;
			last = c;
			advance(p);
		}
	}
}

int
rules_is(const struct parse *p, const char *word)
{
	return (p->token.kind == TOKEN_WORD &&
	    strcmp(p->token.text, word) == 0);
}

int
rules_is_sign(const struct parse *p, const char *sign)
{
	return (p->token.kind == TOKEN_SIGN &&
	    strcmp(p->token.text, sign) == 0);
}

int
rules_is_text(const struct parse *p)
{
	return (p->token.kind == TOKEN_WORD || p->token.kind == TOKEN_STRING);
}

int
rules_accept(struct parse *p, const char *word)
{
	if (!rules_is(p, word))
		return (0);
	return (rules_next(p) == -1 ? -1 : 1);
}

int
rules_accept_sign(struct parse *p, const char *sign)
{
	if (!rules_is_sign(p, sign))
		return (0);
	return (rules_next(p) == -1 ? -1 : 1);
}

int
rules_open_brace(struct parse *p)
{
	p->braces++;
	return (rules_next(p));
}

int
rules_close_brace(struct parse *p)
{
	p->braces--;
	return (rules_next(p));
}

/* Lists in lists are one: macros make them. */
int
rules_list(struct parse *p, int (*item)(struct parse *, void *), void *arg,
    int may_be_empty)
{
	int	 depth, items;

	if (!rules_is_sign(p, "{"))
		return (item(p, arg));
	depth = items = 0;
	do {
		if (rules_is_sign(p, "{")) {
			if (rules_open_brace(p) == -1)
				return (-1);
			depth++;
		} else if (rules_is_sign(p, "}") && (items > 0 ||
		    may_be_empty)) {
			if (rules_close_brace(p) == -1)
				return (-1);
			depth--;
		} else {
			if (item(p, arg) == -1)
				return (-1);
			items++;
		}
		/* Commas may be left out, as with pfctl. */
		if (depth > 0 && items > 0 &&
		    rules_accept_sign(p, ",") == -1)
			return (-1);
	} while (depth > 0);
	return (0);
}

int
rules_number(struct parse *p, const char *what, unsigned int min,
    unsigned int max, unsigned int *number)
{
	const char	*error = NULL;
	char		 text[128];
	long long	 n;

	n = 0;
	if (!rules_is_text(p))
		error = "";
	else
		n = strtonum(p->token.text, min, max, &error);
	if (error != NULL) {
		snprintf(text, sizeof(text), "%s (%u to %u)", what, min, max);
		return (rules_expected(p, text));
	}
	*number = (unsigned int)n;
	return (rules_next(p));
}

int
rules_end_of_line(struct parse *p, const char *or_what)
{
	char	 text[256];

	if (p->token.kind == TOKEN_END)
		return (0);
	if (p->token.kind == TOKEN_NEWLINE)
		return (rules_next(p));
	snprintf(text, sizeof(text), "%s%sthe end of the line", or_what,
	    *or_what == '\0' ? "" : " or ");
	return (rules_expected(p, text));
}
