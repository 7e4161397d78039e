/* SPDX-License-Identifier: ISC */

/* The fields of a packet that are more than a word and a number. */

#include "compat.h"

#include <stdio.h>
#include <string.h>

#include "words_int.h"
#include "words_names.h"

int64_t
words_number(const char *text, uint32_t max)
{
	const char	*p;
	uint64_t	 value;
	int		 base, digit;

	base = 10;
	p = text;
	if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) {
		base = 16;
		p += 2;
	}
	if (*p == '\0')
		return (-1);
	for (value = 0; *p != '\0'; p++) {
		digit = scan_digit(*p);
		if (digit == -1 || digit >= base)
			return (-1);
		value = value * (unsigned int)base + (unsigned int)digit;
		if (value > max)
			return (-1);
	}
	return ((int64_t)value);
}

int
words_expected(struct parser *p, const char *what, uint32_t max)
{
	char	 text[80];

	snprintf(text, sizeof(text), "%s (0 to %u)", what, max);
	return (scan_expected(&p->scan, text));
}

int
words_take_number(struct parser *p, const char *what, uint32_t max,
    uint32_t *value)
{
	int64_t	 n = -1;

	if (p->scan.kind == SCAN_WORD)
		n = words_number(p->scan.text, max);
	if (n == -1)
		return (words_expected(p, what, max));
	*value = (uint32_t)n;
	return (scan_next(&p->scan));
}

/* TCP flags up to a slash or the end.  Returns them, or -1. */
static int
flag_letters(const char **text)
{
	static const char	 letters[] = "FSRPAUEW";
	const char		*at;
	int			 flags;

	for (flags = 0; **text != '\0' && **text != '/'; ++*text) {
		/* tcpdump shows a point where there is an ACK. */
		at = strchr(letters, **text == '.' ? 'A' : **text);
		if (at == NULL)
			return (-1);
		flags |= 1 << (at - letters);
	}
	return (flags);
}

int
words_flags(struct parser *p)
{
	const char	*text = p->scan.text;
	int		 flags, mask;

	flags = -1;
	mask = 0xff;
	if (p->scan.kind == SCAN_WORD && strcmp(text, "none") == 0)
		flags = 0;
	else if (p->scan.kind == SCAN_WORD) {
		flags = flag_letters(&text);
		if (flags != -1 && *text == '/') {
			text++;
			mask = flag_letters(&text);
		}
		if (mask == -1 || *text != '\0')
			flags = -1;
	}
	if (flags == -1)
		return (scan_expected(&p->scan,
		    "TCP flags (letters of FSRPAUEW, or none)"));
	if ((flags & ~mask) != 0)
		return (scan_fail(&p->scan, p->scan.column,
		    "flags before the slash are not among those after it"));
	p->words->fields.flags = (uint8_t)flags;
	return (scan_next(&p->scan));
}

int
words_timestamp(struct parser *p)
{
	struct divert_fields	*f = &p->words->fields;
	char			*colon;
	int64_t			 echo, value;

	value = -1;
	echo = 0;
	if (p->scan.kind == SCAN_WORD) {
		if ((colon = strchr(p->scan.text, ':')) != NULL) {
			*colon = '\0';
			echo = words_number(colon + 1, UINT32_MAX);
		}
		value = words_number(p->scan.text, UINT32_MAX);
		if (colon != NULL)
			*colon = ':';
	}
	if (value == -1 || echo == -1)
		return (scan_expected(&p->scan,
		    "a timestamp, or two with a colon between"));
	f->tsval = (uint32_t)value;
	f->tsecr = (uint32_t)echo;
	return (scan_next(&p->scan));
}

static int
icmp_version(const struct parser *p)
{
	return (p->kind == KIND_ICMP6 ? 6 : 4);
}

int
words_icmp_type(struct parser *p)
{
	int64_t	 n = -1;

	if (p->scan.kind == SCAN_WORD) {
		n = name_icmp_type(icmp_version(p), p->scan.text);
		if (n == -1)
			n = words_number(p->scan.text, 255);
	}
	if (n == -1)
		return (words_expected(p, "a type of ICMP by name or number",
		    255));
	p->words->fields.icmp_type = (uint8_t)n;
	return (scan_next(&p->scan));
}

int
words_icmp_code(struct parser *p)
{
	const struct divert_fields	*f = &p->words->fields;
	int64_t				 n = -1;

	if (p->scan.kind == SCAN_WORD) {
		if ((f->set & DIVERT_FIELD_ICMP_TYPE) != 0)
			n = name_icmp_code(icmp_version(p), f->icmp_type,
			    p->scan.text);
		if (n == -1)
			n = words_number(p->scan.text, 255);
	}
	if (n == -1)
		return (words_expected(p, "a code of the type before it, by "
		    "name or number", 255));
	p->words->fields.icmp_code = (uint8_t)n;
	return (scan_next(&p->scan));
}

int
words_mtu(struct parser *p)
{
	p->mtu_column = p->scan.column;
	return (words_take_number(p, "an MTU", icmp_version(p) == 4 ? 65535 :
	    UINT32_MAX, &p->words->fields.icmp_rest));
}

int
words_tos(struct parser *p)
{
	int64_t	 n = -1;

	if (p->scan.kind == SCAN_WORD) {
		n = name_tos(p->scan.text);
		if (n == -1)
			n = words_number(p->scan.text, 255);
	}
	if (n == -1)
		return (words_expected(p,
		    "a type of service by name or number", 255));
	p->words->fields.tos = (uint8_t)n;
	return (scan_next(&p->scan));
}
