/* SPDX-License-Identifier: ISC */

/*
 * Names of services and protocols.  The C library opens files for each, which
 * the walls of a running tool do not allow: so all of them are read before,
 * once, for rules that are read again.
 */

#include "compat.h"

#include <arpa/inet.h>

#include <netdb.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rules_int.h"

struct name {
	char	*text;
	int	 number;
};

struct names {
	struct name	*all;
	size_t		 n, room;
};

static struct names	 services, protocols;
static int		 kept;

/* Without memory it is one that is not known later. */
static void
add_name(struct names *names, const char *text, int number)
{
	struct name	*all;

	if (names->n == names->room) {
		names->room = names->room * 2 + 64;
		if ((all = reallocarray(names->all, names->room,
		    sizeof(*all))) == NULL) {
			names->room = names->n;
			return;
		}
		names->all = all;
	}
	if ((names->all[names->n].text = strdup(text)) != NULL)
		names->all[names->n++].number = number;
}

static void
add_names(struct names *names, const char *name, char **aliases, int number)
{
	add_name(names, name, number);
	for (; aliases != NULL && *aliases != NULL; aliases++)
		add_name(names, *aliases, number);
}

void
rules_keep_names(void)
{
	const struct servent	*service;
	const struct protoent	*protocol;

	if (kept)
		return;
	setservent(0);
	while ((service = getservent()) != NULL)
		add_names(&services, service->s_name, service->s_aliases,
		    ntohs((uint16_t)service->s_port));
	endservent();
	setprotoent(0);
	while ((protocol = getprotoent()) != NULL)
		add_names(&protocols, protocol->p_name, protocol->p_aliases,
		    protocol->p_proto);
	endprotoent();
	kept = 1;
}

/* The first that has the name, as the C library takes it. */
static int
find_name(const struct names *names, const char *text)
{
	size_t	 i;

	for (i = 0; i < names->n; i++)
		if (strcmp(names->all[i].text, text) == 0)
			return (names->all[i].number);
	return (-1);
}

int
rules_service(const char *text)
{
	const struct servent	*service;

	if (kept)
		return (find_name(&services, text));
	service = getservbyname(text, NULL);
	return (service != NULL ? ntohs((uint16_t)service->s_port) : -1);
}

int
rules_protocol(const char *text)
{
	const struct protoent	*protocol;

	if (kept)
		return (find_name(&protocols, text));
	protocol = getprotobyname(text);
	return (protocol != NULL ? protocol->p_proto : -1);
}
