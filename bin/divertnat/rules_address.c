/* SPDX-License-Identifier: ISC */

/*
 * Addresses, prefixes and ranges.  A range becomes the prefixes it is made
 * of.  As with pfctl 10/8 is 10.0.0.0/8, and bits behind a prefix are cleared.
 */

#include "compat.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules_int.h"

static unsigned int
bits(const struct rule_net *net)
{
	return (net->family == 4 ? 32 : 128);
}

void
rules_mask(struct rule_net *net)
{
	unsigned int	 i, keep;

	for (i = 0; i < 16; i++) {
		keep = net->prefix > 8 * i ? net->prefix - 8 * i : 0;
		if (keep < 8)
			net->addr[i] &= (uint8_t)(0xff00u >> keep);
	}
}

/* A whole address.  Returns 1, or 0: it is none. */
static int
parse_address(const char *text, struct rule_net *net)
{
	memset(net, 0, sizeof(*net));
	if (inet_pton(AF_INET, text, net->addr) == 1)
		net->family = 4;
	else if (inet_pton(AF_INET6, text, net->addr) == 1)
		net->family = 6;
	else
		return (0);
	net->prefix = (uint8_t)bits(net);
	return (1);
}

/* The same, or before a slash as much of an IPv4 address as is not 0. */
static int
parse_network(const char *text, struct rule_net *net)
{
	char	 whole[64];
	int	 dots;
	size_t	 i;

	if (parse_address(text, net))
		return (1);
	dots = 0;
	for (i = 0; text[i] != '\0'; i++)
		if (text[i] == '.')
			dots++;
		else if (text[i] < '0' || text[i] > '9')
			return (0);
	if (i == 0 || i > 16 || dots > 2)
		return (0);
	snprintf(whole, sizeof(whole), "%.16s%s", text,
	    dots == 0 ? ".0.0.0" : dots == 1 ? ".0.0" : ".0");
	return (parse_address(whole, net));
}

static int
not_an_address(struct parse *p, const struct place *at, const char *text)
{
	static const struct refusal	 words[] = {
		{ "self", "write the interfaces: \"{ (em0), (em1) }\"" },
		{ "egress", "interface groups are not known here, write the "
		    "interface: \"(em0)\"" },
		{ "no-route", "routes are not looked at" },
		{ "urpf-failed", "routes are not looked at" },
		{ "route", "routes are not looked at" },
		{ NULL, NULL }
	};
	static const char *const	 modifiers[] = { ":network", ":0",
	    ":broadcast", ":peer" };
	const struct refusal	*r;
	const char		*colon;
	size_t			 i;

	for (r = words; r->word != NULL; r++)
		if (strcmp(r->word, text) == 0)
			return (rules_fail(p, at, "\"%s\": %s", text,
			    r->reason));
	if ((colon = strchr(text, ':')) != NULL)
		for (i = 0; i < sizeof(modifiers) / sizeof(modifiers[0]); i++)
			if (strcmp(colon, modifiers[i]) == 0)
				return (rules_fail(p, at, "an interface "
				    "stands in parentheses: write \"(%.60s)\"",
				    text));
	return (rules_fail(p, at, "expected an address, found \"%.60s\" "
	    "(names of hosts are not looked up, the address of an interface "
	    "is written \"(em0)\")", text));
}

/* How far the range from..to is from being one prefix: the largest there. */
static unsigned int
largest_prefix(const struct rule_net *from, const uint8_t *to)
{
	struct rule_net	 first, last;
	unsigned int	 i, prefix;

	for (prefix = 0; prefix < bits(from); prefix++) {
		first = last = *from;
		first.prefix = (uint8_t)prefix;
		rules_mask(&first);
		if (memcmp(first.addr, from->addr, 16) != 0)
			continue;
		for (i = prefix; i < bits(from); i++)
			last.addr[i / 8] |= (uint8_t)(0x80 >> i % 8);
		if (memcmp(last.addr, to, 16) <= 0)
			break;
	}
	return (prefix);
}

static int
add_range(struct parse *p, const struct place *at, const struct rule_net *from,
    const struct rule_net *to, int (*net)(void *, const struct rule_net *),
    void *arg)
{
	struct rule_net	 part = *from;
	unsigned int	 i;

	if (from->family != to->family)
		return (rules_fail(p, at,
		    "a range from one address family into the other"));
	if (memcmp(from->addr, to->addr, 16) > 0)
		return (rules_fail(p, at, "a range that ends before it begins"));
	for (;;) {
		part.prefix = (uint8_t)largest_prefix(&part, to->addr);
		if (net(arg, &part) == -1)
			return (-1);
		/* One more than its last address, if that is in the range. */
		for (i = part.prefix; i < bits(&part); i++)
			part.addr[i / 8] |= (uint8_t)(0x80 >> i % 8);
		if (memcmp(part.addr, to->addr, 16) >= 0)
			return (0);
		for (i = bits(&part) / 8; i-- > 0 && ++part.addr[i] == 0;)
			continue;
	}
}

static int
add_prefix(struct parse *p, const struct place *at, const char *address,
    const char *prefix, int (*net)(void *, const struct rule_net *), void *arg)
{
	struct rule_net	 one;
	const char	*error;

	if (!parse_network(address, &one))
		return (not_an_address(p, at, address));
	one.prefix = (uint8_t)strtonum(prefix, 0, bits(&one), &error);
	if (error != NULL)
		return (rules_fail(p, at,
		    "expected a prefix length (0 to %u), found \"%.60s\"",
		    bits(&one), prefix));
	rules_mask(&one);
	return (net(arg, &one));
}

int
rules_address_text(struct parse *p, const struct place *at, const char *text,
    int (*net)(void *, const struct rule_net *), void *arg)
{
	struct rule_net	 from, to;
	char		 first[RULES_WORD_SIZE], *second;

	strlcpy(first, text, sizeof(first));
	if ((second = strchr(first, '/')) != NULL) {
		*second++ = '\0';
		return (add_prefix(p, at, first, second, net, arg));
	}
	if ((second = strchr(first, '-')) != NULL) {
		*second++ = '\0';
		if (!parse_address(first, &from))
			return (not_an_address(p, at, text));
		if (!parse_address(second, &to))
			return (not_an_address(p, at, second));
		return (add_range(p, at, &from, &to, net, arg));
	}
	if (!parse_address(first, &from))
		return (not_an_address(p, at, first));
	return (net(arg, &from));
}

int
rules_address(struct parse *p, int (*net)(void *, const struct rule_net *),
    void *arg)
{
	struct place	 at = p->token.at;
	char		 text[2 * RULES_WORD_SIZE];

	if (!rules_is_text(p))
		return (rules_expected(p, "an address"));
	strlcpy(text, p->token.text, sizeof(text));
	if (rules_next(p) == -1)
		return (-1);
	if (rules_is_sign(p, "/") || rules_is(p, "-")) {
		strlcat(text, p->token.text, sizeof(text));
		if (rules_next(p) == -1)
			return (-1);
		if (!rules_is_text(p))
			return (rules_expected(p, strchr(text, '/') != NULL ?
			    "a prefix length" : "the last address of a range"));
		strlcat(text, p->token.text, sizeof(text));
		if (strlen(text) >= RULES_WORD_SIZE)
			return (not_an_address(p, &at, text));
		if (rules_next(p) == -1)
			return (-1);
	}
	return (rules_address_text(p, &at, text, net, arg));
}

int
rules_is_interface_name(const char *text)
{
	return (*text != '\0' && text[strspn(text,
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	    "_-.:+@")] == '\0');
}

int
rules_interface_name(struct parse *p, const struct place *at,
    const char *text, char name[DIVERT_IFNAME_SIZE])
{
	/* In quotes it is a name as others. */
	if (p->token.kind == TOKEN_WORD && strncmp(text, "egress", 7) == 0)
		return (rules_fail(p, at, "\"egress\": interface groups are "
		    "not known here, write the name of the interface"));
	if (!rules_is_interface_name(text))
		return (rules_fail(p, at,
		    "expected the name of an interface, found \"%.60s\"",
		    text));
	if (strlcpy(name, text, DIVERT_IFNAME_SIZE) >= DIVERT_IFNAME_SIZE)
		return (rules_fail(p, at,
		    "the name of an interface has at most %d characters",
		    DIVERT_IFNAME_SIZE - 1));
	return (0);
}

/* "(em0)", "(em0:network)", "(em0:0)": its first address, as "(em0)" is. */
int
rules_interface(struct parse *p, struct rule_net *net)
{
	char	 name[RULES_WORD_SIZE], *modifier;

	memset(net, 0, sizeof(*net));
	if (rules_next(p) == -1)
		return (-1);
	if (!rules_is_text(p))
		return (rules_expected(p, "the name of an interface"));
	strlcpy(name, p->token.text, sizeof(name));
	if ((modifier = strchr(name, ':')) != NULL) {
		*modifier++ = '\0';
		if (strcmp(modifier, "network") == 0)
			net->network = 1;
		else if (strcmp(modifier, "0") != 0)
			return (rules_fail(p, &p->token.at,
			    "expected \"(%.15s)\" or \"(%.15s:network)\", "
			    "found \"%.60s\"", name, name, p->token.text));
	}
	if (rules_interface_name(p, &p->token.at, name, net->ifname) == -1 ||
	    rules_next(p) == -1)
		return (-1);
	if (!rules_is_sign(p, ")"))
		return (rules_expected(p, "\")\""));
	return (rules_next(p));
}
