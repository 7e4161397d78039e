/* SPDX-License-Identifier: ISC */

/* Words and strings in quotes, and what to say about a wrong one. */

#include "compat.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "words_scan.h"

/* So much of a wrong word is repeated to who wrote it. */
#define FOUND_MAX	40

static int	take_string(struct scan *);
static int	take_escape(struct scan *, char *);

int
scan_fail(struct scan *s, size_t column, const char *fmt, ...)
{
	va_list	 ap;
	int	 n;

	n = snprintf(s->errbuf, s->errlen, "column %zu: ", column);
	if (n >= 0 && (size_t)n < s->errlen) {
		va_start(ap, fmt);
		vsnprintf(s->errbuf + n, s->errlen - (size_t)n, fmt, ap);
		va_end(ap);
	}
	errno = EINVAL;
	return (-1);
}

int
scan_expected(struct scan *s, const char *what)
{
	switch (s->kind) {
	case SCAN_END:
		return (scan_fail(s, s->column, "expected %s, found the end",
		    what));
	case SCAN_STRING:
		return (scan_fail(s, s->column,
		    "expected %s, found text in quotes", what));
	case SCAN_WORD:
		break;
	}
	return (scan_fail(s, s->column, "expected %s, found \"%.*s%s\"", what,
	    FOUND_MAX, s->text, s->len > FOUND_MAX ? "..." : ""));
}

int
scan_begin(struct scan *s, char *text, char *errbuf, size_t errlen)
{
	s->at = text;
	s->base = text;
	s->errbuf = errbuf;
	s->errlen = errlen;
	return (scan_next(s));
}

int
scan_next(struct scan *s)
{
	char	*quote;

	s->at += strspn(s->at, " \t\r\n");
	s->text = s->at;
	s->column = (size_t)(s->at - s->base) + 1;
	if (*s->at == '"' || *s->at == '\'')
		return (take_string(s));
	s->len = strcspn(s->at, " \t\r\n");
	s->kind = s->len == 0 ? SCAN_END : SCAN_WORD;
	s->at += s->len;
	if (*s->at != '\0')
		*s->at++ = '\0';
	if ((quote = strpbrk(s->text, "\"'")) != NULL)
		return (scan_fail(s, (size_t)(quote - s->base) + 1,
		    "expected a blank before the quote"));
	return (0);
}

/* A string, unescaped where it stands: it only becomes shorter. */
static int
take_string(struct scan *s)
{
	char	 quote, *out;

	quote = *s->at++;
	for (out = s->text; *s->at != quote; out++) {
		if (*s->at == '\0')
			return (scan_fail(s, s->column,
			    "these quotes have no end"));
		if (*s->at != '\\')
			*out = *s->at++;
		else if (take_escape(s, out) == -1)
			return (-1);
	}
	s->at++;
	if (*s->at != '\0' && strchr(" \t\r\n", *s->at) == NULL)
		return (scan_fail(s, (size_t)(s->at - s->base) + 1,
		    "expected a blank after the quote"));
	*out = '\0';
	s->len = (size_t)(out - s->text);
	s->kind = SCAN_STRING;
	return (0);
}

int
scan_digit(char c)
{
	const char	*digits = "0123456789abcdef0123456789ABCDEF", *p;

	p = c != '\0' ? strchr(digits, c) : NULL;
	return (p == NULL ? -1 : (int)((p - digits) & 15));
}

/* What the backslash at s->at begins; the byte it means goes to *out. */
static int
take_escape(struct scan *s, char *out)
{
	static const char	 names[] = "\\\"'nrt0", bytes[] = "\\\"'\n\r\t";
	const char		*p;
	int			 high, low;

	if (s->at[1] == 'x' && (high = scan_digit(s->at[2])) != -1 &&
	    (low = scan_digit(s->at[3])) != -1) {
		*out = (char)(high * 16 + low);
		s->at += 4;
		return (0);
	}
	p = s->at[1] != '\0' ? strchr(names, s->at[1]) : NULL;
	if (p == NULL)
		return (scan_fail(s, (size_t)(s->at - s->base) + 1,
		    "expected \\n, \\r, \\t, \\0, \\xHH, \\\\ or a quote after "
		    "the backslash"));
	*out = bytes[p - names];
	s->at += 2;
	return (0);
}
