/* SPDX-License-Identifier: ISC */

/* Ports: to be matched, as ranges, and to be translated to. */

#include "compat.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules_int.h"

/* Number or name of a service.  Returns -1: neither, said at the token. */
static int
port_of(struct parse *p, const char *text, unsigned int least)
{
	const char	*error;
	char		 what[64];
	int		 port;

	port = (int)strtonum(text, least, 65535, &error);
	if (error == NULL)
		return (port);
	if (*text != '\0' && text[strspn(text, "0123456789")] != '\0' &&
	    (port = rules_service(text)) != -1)
		return (port);
	snprintf(what, sizeof(what),
	    "a port (%u to 65535, or the name of a service)", least);
	return (rules_expected(p, what));
}

static int
put_range(struct parse *p, struct ports *ports, int low, int high)
{
	struct rule_ports	*all;

	if (low > high)
		return (0);
	all = rules_grow(&p->scratch, ports->all, ports->n, &ports->room,
	    sizeof(*all));
	if (all == NULL)
		return (rules_no_memory(p));
	ports->all = all;
	all[ports->n].low = (uint16_t)low;
	all[ports->n++].high = (uint16_t)high;
	return (0);
}

/* "80", "80:90"; low and high are the same for one port. */
static int
parse_range(struct parse *p, unsigned int least, int *low, int *high)
{
	char	 text[RULES_WORD_SIZE], *colon;

	if (!rules_is_text(p))
		return (rules_expected(p, "a port"));
	strlcpy(text, p->token.text, sizeof(text));
	if ((colon = strchr(text, ':')) != NULL)
		*colon++ = '\0';
	if ((*low = port_of(p, text, least)) == -1)
		return (-1);
	*high = *low;
	if (colon == NULL)
		return (0);
	if ((*high = port_of(p, colon, least)) == -1)
		return (-1);
	if (*low > *high)
		return (rules_fail(p, &p->token.at,
		    "a range of ports that ends before it begins"));
	return (0);
}

static int
parse_unary(struct parse *p, struct ports *ports, const char *sign)
{
	struct place	 at = p->token.at;
	int		 port;

	if (!rules_is_text(p))
		return (rules_expected(p, "a port"));
	if ((port = port_of(p, p->token.text, 0)) == -1 || rules_next(p) == -1)
		return (-1);
	if (strcmp(sign, "=") == 0)
		return (put_range(p, ports, port, port));
	if (strcmp(sign, "!=") == 0) {
		ports->holes = 1;
		return (put_range(p, ports, 0, port - 1) == -1 ? -1 :
		    put_range(p, ports, port + 1, 65535));
	}
	if (strcmp(sign, "<") == 0)
		port--;
	else if (strcmp(sign, ">") == 0)
		port++;
	if (port < 0 || port > 65535)
		return (rules_fail(p, &at, "no port is there"));
	return (*sign == '<' ? put_range(p, ports, 0, port) :
	    put_range(p, ports, port, 65535));
}

static int
parse_port(struct parse *p, void *arg)
{
	static const char *const	 unary[] = { "=", "!=", "<", "<=", ">",
	    ">=" };
	struct ports	*ports = arg;
	struct place	 at;
	char		 text[RULES_WORD_SIZE];
	int		 first, last, low, high, inside;
	size_t		 i;

	for (i = 0; i < sizeof(unary) / sizeof(unary[0]); i++)
		if (rules_is_sign(p, unary[i])) {
			if (rules_next(p) == -1)
				return (-1);
			return (parse_unary(p, ports, unary[i]));
		}
	at = p->token.at;
	if (rules_is_text(p))
		strlcpy(text, p->token.text, sizeof(text));
	if (parse_range(p, 0, &low, &high) == -1 || rules_next(p) == -1)
		return (-1);
	inside = rules_is_sign(p, "><");
	if (!inside && !rules_is_sign(p, "<>"))
		return (put_range(p, ports, low, high));
	if (strchr(text, ':') != NULL)
		return (rules_fail(p, &at, "expected one port before \"%s\"",
		    p->token.text));
	if (rules_next(p) == -1)
		return (-1);
	if (!rules_is_text(p))
		return (rules_expected(p, "a port"));
	first = low;
	if ((last = port_of(p, p->token.text, 0)) == -1)
		return (-1);
	if (first >= last || (inside && first + 1 == last))
		return (rules_fail(p, &at, "no port is there"));
	if (rules_next(p) == -1)
		return (-1);
	if (inside)
		return (put_range(p, ports, first + 1, last - 1));
	ports->holes = 1;
	if (put_range(p, ports, 0, first - 1) == -1)
		return (-1);
	return (put_range(p, ports, last + 1, 65535));
}

/* The token is `port'. */
int
rules_ports(struct parse *p, struct ports *ports)
{
	ports->given = 1;
	ports->at = p->token.at;
	if (rules_next(p) == -1 ||
	    rules_list(p, parse_port, ports, 0) == -1)
		return (-1);
	if (ports->n == 0)
		return (rules_fail(p, &ports->at, "no port is there"));
	return (0);
}

/* The token is `port'. */
int
rules_target_ports(struct parse *p, struct rule_ports *ports, int *star)
{
	char	*colon;
	int	 low, high;

	*star = 0;
	if (rules_next(p) == -1)
		return (-1);
	if (rules_is_text(p) && (colon = strchr(p->token.text, ':')) != NULL &&
	    strcmp(colon, ":*") == 0) {
		*star = 1;
		*colon = '\0';
	}
	if (parse_range(p, 1, &low, &high) == -1)
		return (-1);
	ports->low = (uint16_t)low;
	ports->high = (uint16_t)high;
	return (rules_next(p));
}
