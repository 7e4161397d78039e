/* SPDX-License-Identifier: ISC */

/*
 * Redirections of natd(8) as rules.  libalias looks for the most specific
 * link, and of two alike takes the later; rules are read from the top.  So
 * ports come before protocols and those before addresses, in each of them what
 * names a remote before what does not, and later lines before earlier ones.
 */

#include "compat.h"

#include <sys/socket.h>

#include <netinet/in.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules_natd_int.h"

static int
port_number(struct natd *n, const char *text, const char *proto)
{
	const struct servent	*service;
	const char		*error;
	int			 port;

	port = (int)strtonum(text, 0, 65535, &error);
	if (error == NULL)
		return (port);
	if ((service = getservbyname(text, proto)) != NULL)
		return (ntohs((uint16_t)service->s_port));
	return (natd_fail(n, "expected a port, found \"%.60s\"", text));
}

/* "80", "http", "80-90". */
static int
port_range(struct natd *n, char *text, const char *proto,
    struct rule_ports *ports)
{
	char	*hyphen;
	int	 low, high;

	/* Names of services have hyphens too. */
	hyphen = text + strspn(text, "0123456789");
	if (*hyphen != '-' || hyphen == text)
		hyphen = NULL;
	else
		*hyphen++ = '\0';
	if ((low = high = port_number(n, text, proto)) == -1 ||
	    (hyphen != NULL && (high = port_number(n, hyphen, proto)) == -1))
		return (-1);
	if (low > high)
		return (natd_fail(n, "a range of ports that ends before it "
		    "begins"));
	ports->low = (uint16_t)low;
	ports->high = (uint16_t)high;
	return (0);
}

/* "host:port" or, without need of one, "port". */
static int
host_port(struct natd *n, char *text, const char *proto, int needed,
    const char *zero, const char **host, struct rule_ports *ports)
{
	char	*colon;

	if ((colon = strchr(text, ':')) == NULL) {
		if (needed)
			return (natd_fail(n, "expected \"address:port\", found "
			    "\"%.60s\"", text));
		*host = zero;
		return (port_range(n, text, proto, ports));
	}
	*colon++ = '\0';
	if ((*host = natd_address(n, text, zero)) == NULL)
		return (-1);
	return (port_range(n, colon, proto, ports));
}

/* Ports of a rule; with `star' they are counted from there on. */
static int
add_ports(struct natd *n, const struct rule_ports *ports, int star)
{
	if (ports->low == ports->high)
		return (natd_add(n, " port %u", ports->low));
	if (star)
		return (natd_add(n, " port %u:*", ports->low));
	return (natd_add(n, " port %u:%u", ports->low, ports->high));
}

/* "host:port,host:port": all of the same port. */
static int
parse_targets(struct natd *n, char *text, const char *proto,
    const char **hosts, unsigned int *count, struct rule_ports *ports,
    int *differ)
{
	struct rule_ports	 other;
	char			*words[NATD_TARGETS_MAX];
	unsigned int		 i;

	*differ = 0;
	*count = natd_split(text, ",", words, NATD_TARGETS_MAX);
	if (*count > NATD_TARGETS_MAX)
		return (natd_fail(n, "more than %d targets", NATD_TARGETS_MAX));
	for (i = 0; i < *count; i++) {
		if (host_port(n, words[i], proto, 1, "0.0.0.0", &hosts[i],
		    i == 0 ? ports : &other) == -1)
			return (-1);
		if (i > 0 && (other.low != ports->low ||
		    other.high != ports->high))
			*differ = 1;
	}
	if (*count > 1 && ports->low != ports->high)
		return (natd_fail(n, "a range of ports for one target alone"));
	return (0);
}

static int
add_pool(struct natd *n, const char *const *hosts, unsigned int count)
{
	unsigned int	 i;

	if (count == 1)
		return (natd_add(n, "%s", hosts[0]));
	for (i = 0; i < count; i++)
		if (natd_add(n, "%s%s", i == 0 ? "{ " : ", ", hosts[i]) == -1)
			return (-1);
	return (natd_add(n, " }"));
}

/* proto target:port [alias:]port [remote[:port]] */
static int
redirect_port(struct natd *n, const struct natd_entry *e)
{
	struct rule_ports	 inside, outside, remote = { 0, 0 };
	const char		*hosts[NATD_TARGETS_MAX], *alias, *from = "any";
	char			*value, *words[NATD_WORDS_MAX];
	unsigned int		 count, nwords;
	size_t			 start = n->len;
	int			 differ;

	if ((value = rules_strdup(&n->blocks, e->value)) == NULL)
		return (natd_no_memory(n));
	nwords = natd_split(value, " \t", words, NATD_WORDS_MAX);
	if (nwords < 3 || nwords > 4)
		return (natd_fail(n, "expected redirect_port protocol "
		    "address:port [address:]port [address[:port]]"));
	if (strcmp(words[0], "tcp") != 0 && strcmp(words[0], "udp") != 0)
		return (natd_fail(n, "expected tcp or udp, found \"%.60s\"",
		    words[0]));
	if (parse_targets(n, words[1], words[0], hosts, &count, &inside,
	    &differ) == -1 || host_port(n, words[2], words[0], 0, n->outside,
	    &alias, &outside) == -1)
		return (-1);
	if (nwords == 4) {
		if (strchr(words[3], ':') == NULL) {
			if ((from = natd_address(n, words[3], "any")) == NULL)
				return (-1);
		} else if (host_port(n, words[3], words[0], 1, "any", &from,
		    &remote) == -1)
			return (-1);
	}
	if (inside.high - inside.low != outside.high - outside.low)
		return (natd_fail(n, "ranges of ports that are not equally "
		    "long"));
	if (differ)
		return (natd_comment(n, e, "targets with different ports: "
		    "write a rule for each"));
	if (remote.low != remote.high)
		return (natd_comment(n, e, "a range of remote ports, each "
		    "for a port of its own: write a rule for each"));
	natd_add(n, "match in %sinet proto %s from %s", n->on, words[0], from);
	if (remote.low != 0)
		add_ports(n, &remote, 0);
	natd_add(n, " to %s", alias);
	add_ports(n, &outside, 0);
	natd_add(n, " rdr-to ");
	add_pool(n, hosts, count);
	add_ports(n, &inside, 1);
	natd_add(n, "\n");
	return (natd_check_line(n, start));
}

/* proto local [public [remote]]: both ways. */
static int
redirect_proto(struct natd *n, const struct natd_entry *e)
{
	const char	*local, *outside, *remote = "any";
	char		*value, *words[NATD_WORDS_MAX];
	unsigned int	 nwords;
	size_t		 start = n->len;

	if ((value = rules_strdup(&n->blocks, e->value)) == NULL)
		return (natd_no_memory(n));
	nwords = natd_split(value, " \t", words, NATD_WORDS_MAX);
	if (nwords < 2 || nwords > 4)
		return (natd_fail(n, "expected redirect_proto protocol address "
		    "[address [address]]"));
	outside = n->outside;
	if ((local = natd_address(n, words[1], "0.0.0.0")) == NULL ||
	    (nwords > 2 && (outside = natd_address(n, words[2], n->outside)) ==
	    NULL) ||
	    (nwords > 3 && (remote = natd_address(n, words[3], "any")) == NULL))
		return (-1);
	natd_add(n, "match %sinet proto %s from %s to %s binat-to %s\n", n->on,
	    words[0], local, remote, outside);
	return (natd_check_line(n, start));
}

/* Does a later line give the same outer address to another host? */
static int
is_given_again(struct natd *n, const struct natd_entry *e, const char *outside)
{
	const struct natd_entry	*later;
	const char		*other;

	for (later = e + 1; later < n->entries + n->n; later++) {
		if (later->option != NATD_REDIRECT_ADDRESS)
			continue;
		other = later->value + strlen(later->value);
		while (other > later->value && other[-1] != ' ' &&
		    other[-1] != '\t')
			other--;
		if (strchr(later->value, ',') != NULL)
			continue;
		if (strcmp(strcmp(other, "0.0.0.0") == 0 ? n->outside : other,
		    outside) == 0)
			return (1);
	}
	return (0);
}

/* local[,local ...] public */
static int
redirect_address(struct natd *n, const struct natd_entry *e)
{
	const char	*hosts[NATD_TARGETS_MAX], *outside;
	char		*targets[NATD_TARGETS_MAX], *value;
	char		*words[NATD_WORDS_MAX];
	unsigned int	 count, i;
	size_t		 start;

	if ((value = rules_strdup(&n->blocks, e->value)) == NULL)
		return (natd_no_memory(n));
	if (natd_split(value, " \t", words, NATD_WORDS_MAX) != 2)
		return (natd_fail(n, "expected redirect_address address "
		    "address"));
	if ((outside = natd_address(n, words[1], n->outside)) == NULL)
		return (-1);
	count = natd_split(words[0], ",", targets, NATD_TARGETS_MAX);
	if (count > NATD_TARGETS_MAX)
		return (natd_fail(n, "more than %d targets", NATD_TARGETS_MAX));
	for (i = 0; i < count; i++)
		if ((hosts[i] = natd_address(n, targets[i], "0.0.0.0")) == NULL)
			return (-1);
	if (count > 1) {
		start = n->len;
		natd_add(n, "match in %sinet from any to %s rdr-to ", n->on,
		    outside);
		add_pool(n, hosts, count);
		natd_add(n, "\n");
	} else if (is_given_again(n, e, outside)) {
		/* What comes goes to the last of them. */
		start = n->len;
		natd_add(n, "match out %sinet from %s to any nat-to %s\n", n->on,
		    hosts[0], outside);
	} else {
		start = n->len;
		natd_add(n, "match %sinet from %s to any binat-to %s\n", n->on,
		    hosts[0], outside);
	}
	return (natd_check_line(n, start));
}

/*
 * How specific a redirection is: its outer address, the address of its remote,
 * the port of that.  Words that are not there are empty.
 */
static unsigned int
rank(const struct natd_entry *e)
{
	char		 outside[64] = "", remote[64] = "";
	const char	*port;
	unsigned int	 r = 0;

	if (e->option == NATD_REDIRECT_ADDRESS)
		return (0);
	(void)sscanf(e->value, "%*s %*s %63s %63s", outside, remote);
	port = strchr(remote, ':');
	if (e->option == NATD_REDIRECT_PORT && strchr(outside, ':') == NULL)
		outside[0] = '\0';
	if (outside[0] != '\0' && strncmp(outside, "0.0.0.0", 7) != 0)
		r |= 4;
	if (remote[0] != '\0' && strncmp(remote, "0.0.0.0", 7) != 0)
		r |= 2;
	if (port != NULL && strcmp(port, ":0") != 0)
		r |= 1;
	return (r);
}

int
natd_redirections(struct natd *n)
{
	static const struct {
		enum natd_option	 option;
		int			(*redirect)(struct natd *,
					    const struct natd_entry *);
	} kinds[] = {
		{ NATD_REDIRECT_PORT, redirect_port },
		{ NATD_REDIRECT_PROTO, redirect_proto },
		{ NATD_REDIRECT_ADDRESS, redirect_address }
	};
	const struct natd_entry	*e;
	unsigned int		 wanted;
	size_t			 i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		for (wanted = 8; wanted-- > 0;)
			for (e = n->entries + n->n; e-- > n->entries;) {
				n->line = e->line;
				if (e->option == kinds[i].option &&
				    rank(e) == wanted &&
				    kinds[i].redirect(n, e) == -1)
					return (-1);
			}
	return (0);
}
