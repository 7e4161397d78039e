/* SPDX-License-Identifier: ISC */

/* Words of a configuration of natd(8), and the text of rules made of them. */

#include "compat.h"

#include <sys/socket.h>

#include <netinet/in.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules_natd_int.h"

int
natd_fail(struct natd *n, const char *fmt, ...)
{
	va_list	 ap;
	int	 len = 0;

	if (n->error != 0)
		return (-1);
	n->error = EINVAL;
	if (n->errlen == 0)
		return (-1);
	len = n->line == 0 ? snprintf(n->errbuf, n->errlen, "%s: ", n->name) :
	    snprintf(n->errbuf, n->errlen, "%s:%u: ", n->name, n->line);
	if (len < 0 || (size_t)len >= n->errlen)
		return (-1);
	va_start(ap, fmt);
	vsnprintf(n->errbuf + len, n->errlen - (size_t)len, fmt, ap);
	va_end(ap);
	return (-1);
}

int
natd_no_memory(struct natd *n)
{
	n->line = 0;
	natd_fail(n, "no memory");
	n->error = ENOMEM;
	return (-1);
}

int
natd_add(struct natd *n, const char *fmt, ...)
{
	va_list	 ap;
	char	*larger;
	size_t	 size;
	int	 len;

	for (;;) {
		va_start(ap, fmt);
		len = vsnprintf(n->text + n->len, n->size - n->len, fmt, ap);
		va_end(ap);
		if (len < 0)
			return (natd_no_memory(n));
		if ((size_t)len < n->size - n->len)
			break;
		size = n->size * 2 + (size_t)len + 1;
		if ((larger = realloc(n->text, size)) == NULL)
			return (natd_no_memory(n));
		n->text = larger;
		n->size = size;
	}
	n->len += (size_t)len;
	return (0);
}

int
natd_check_line(struct natd *n, size_t from)
{
	struct rules	*rules;
	const char	*reason;
	char		 errbuf[512];

	rules = rules_parse("", n->text + from, n->len - from, errbuf,
	    sizeof(errbuf));
	if (rules == NULL) {
		if (errno == ENOMEM)
			return (natd_no_memory(n));
		reason = strstr(errbuf, ": ");
		return (natd_fail(n, "%s", reason != NULL ? reason + 2 :
		    errbuf));
	}
	rules_free(rules);
	return (0);
}

unsigned int
natd_split(char *text, const char *blanks, char **words, unsigned int max)
{
	unsigned int	 n = 0;
	char		*word;

	while ((word = strsep(&text, blanks)) != NULL) {
		if (*word == '\0' && blanks[1] != '\0')
			continue;
		if (n < max)
			words[n] = word;
		n++;
	}
	return (n);
}

const char *
natd_address(struct natd *n, const char *text, const char *zero)
{
	struct in_addr	 addr;

	if (inet_pton(AF_INET, text, &addr) != 1) {
		natd_fail(n, "expected an IPv4 address, found \"%.60s\" "
		    "(names of hosts are not looked up)", text);
		return (NULL);
	}
	return (addr.s_addr == 0 ? zero : text);
}

int
natd_comment(struct natd *n, const struct natd_entry *e, const char *reason)
{
	return (natd_add(n, "# %s%s%s: %s\n", e->name,
	    *e->value == '\0' ? "" : " ", e->value, reason));
}
