/* SPDX-License-Identifier: ISC */

/*
 * A configuration of natd(8) as rules.  libalias looks for the most specific
 * link, rules are read from the top: so redirected ports come first, then
 * protocols and addresses, and what is left at the end.  What has no
 * counterpart stays as a comment with the reason, so that nothing is lost
 * without a word.
 */

#include "compat.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules_int.h"

#define WORDS_MAX	4
#define TARGETS_MAX	256

enum natd_option {
	NATD_NOTE,			/* goes into a comment */
	NATD_INTERFACE,
	NATD_ALIAS,
	NATD_TARGET,
	NATD_UNREGISTERED,
	NATD_CGN,
	NATD_DENY,
	NATD_SAME_PORTS,
	NATD_REDIRECT_PORT,
	NATD_REDIRECT_PROTO,
	NATD_REDIRECT_ADDRESS,
	NATD_INSTANCE
};

/* One line, cut into words in place. */
struct entry {
	unsigned int	 line;
	enum natd_option	 option;
	const char	*reason;	/* NATD_NOTE */
	const char	*name;
	char		*value;		/* "": none */
	int		 yes;
};

struct natd {
	const char	*name;
	char		*errbuf;
	size_t		 errlen;
	int		 error;
	unsigned int	 line;		/* the one looked at */
	struct rules_block *blocks;
	struct entry	*entries;
	unsigned int	 n;
	unsigned int	 room;
	const char	*interface;
	const char	*alias;
	unsigned int	 alias_line;
	const char	*target;
	unsigned int	 target_line;
	int		 unregistered;
	int		 cgn;
	int		 deny;
	int		 same_ports;
	char		 on[DIVERT_IFNAME_SIZE + 4];	/* "on em0 " */
	char		 outside[INET_ADDRSTRLEN + DIVERT_IFNAME_SIZE];
	char		*text;
	size_t		 len;
	size_t		 size;
};

static int	 fail(struct natd *, const char *, ...)
		    __attribute__((__format__(printf, 2, 3)));
static int	 add(struct natd *, const char *, ...)
		    __attribute__((__format__(printf, 2, 3)));

static const struct {
	const char	*name;
	const char	*letter;	/* the same, short */
	int		 has_value;	/* else yes or no */
	enum natd_option	 option;
	const char	*reason;
} natd_options[] = {
	{ "alias_address", "a", 1, NATD_ALIAS, NULL },
	{ "interface", "n", 1, NATD_INTERFACE, NULL },
	{ "target_address", "t", 1, NATD_TARGET, NULL },
	{ "unregistered_only", "u", 0, NATD_UNREGISTERED, NULL },
	{ "unregistered_cgn", NULL, 0, NATD_CGN, NULL },
	{ "deny_incoming", "d", 0, NATD_DENY, NULL },
	{ "same_ports", "m", 0, NATD_SAME_PORTS, NULL },
	{ "redirect_port", NULL, 1, NATD_REDIRECT_PORT, NULL },
	{ "redirect_proto", NULL, 1, NATD_REDIRECT_PROTO, NULL },
	{ "redirect_address", NULL, 1, NATD_REDIRECT_ADDRESS, NULL },
	{ "instance", NULL, 1, NATD_INSTANCE, NULL },
	{ "dynamic", NULL, 0, NATD_NOTE,
	    "not needed: an address in parentheses is followed" },
	{ "udp_eim", NULL, 0, NATD_NOTE,
	    "not needed: mappings are endpoint-independent" },
	{ "use_sockets", "s", 0, NATD_NOTE,
	    "no socket holds a port: give ports that this machine does not "
	    "use itself with nat-to ... port low:high" },
	{ "log", "l", 0, NATD_NOTE, "divertnat -o file writes a log" },
	{ "log_denied", NULL, 0, NATD_NOTE,
	    "divertnat -o file writes a log, of drops as well" },
	{ "log_facility", NULL, 1, NATD_NOTE,
	    "divertnat -o file writes a log" },
	{ "log_ipfw_denied", NULL, 0, NATD_NOTE,
	    "what the kernel refuses is counted: divertnat -s info" },
	{ "verbose", "v", 0, NATD_NOTE,
	    "divertnat stays in the foreground; -v says more" },
	{ "port", "p", 1, NATD_NOTE,
	    "the port stands on the command line: divertnat -f rules port" },
	{ "in_port", "i", 1, NATD_NOTE,
	    "one port serves both directions: divert both to it" },
	{ "out_port", "o", 1, NATD_NOTE,
	    "one port serves both directions: divert both to it" },
	{ "globalport", NULL, 1, NATD_NOTE,
	    "there are no instances: one divertnat for each" },
	{ "reverse", NULL, 0, NATD_NOTE,
	    "not offered: divert on the outer interface" },
	{ "proxy_only", NULL, 0, NATD_NOTE, "proxies are not offered" },
	{ "proxy_rule", NULL, 1, NATD_NOTE, "proxies are not offered" },
	{ "punch_fw", NULL, 1, NATD_NOTE,
	    "the firewall is left alone, and there are no helpers for FTP "
	    "and IRC" },
	{ "skinny_port", NULL, 1, NATD_NOTE,
	    "there is no helper for this protocol" },
	{ "config", "f", 1, NATD_NOTE,
	    "read that file with --from-natd as well" },
	{ "pid_file", "P", 1, NATD_NOTE,
	    "divertnat does not become a daemon: its parent knows its "
	    "number" },
	{ "exit_delay", NULL, 1, NATD_NOTE,
	    "not needed: with set state-file connections go on over a "
	    "restart" }
};

static int
fail(struct natd *n, const char *fmt, ...)
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

static int
no_memory(struct natd *n)
{
	n->line = 0;
	fail(n, "no memory");
	n->error = ENOMEM;
	return (-1);
}

static int
add(struct natd *n, const char *fmt, ...)
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
			return (no_memory(n));
		if ((size_t)len < n->size - n->len)
			break;
		size = n->size * 2 + (size_t)len + 1;
		if ((larger = realloc(n->text, size)) == NULL)
			return (no_memory(n));
		n->text = larger;
		n->size = size;
	}
	n->len += (size_t)len;
	return (0);
}

/* What was added since then is a line that must be understood. */
static int
check_line(struct natd *n, size_t from)
{
	struct rules	*rules;
	const char	*reason;
	char		 errbuf[512];

	rules = rules_parse("", n->text + from, n->len - from, errbuf,
	    sizeof(errbuf));
	if (rules == NULL) {
		if (errno == ENOMEM)
			return (no_memory(n));
		reason = strstr(errbuf, ": ");
		return (fail(n, "%s", reason != NULL ? reason + 2 : errbuf));
	}
	rules_free(rules);
	return (0);
}

/* Into at most max words, by blanks; how many there were. */
static unsigned int
split(char *text, const char *blanks, char **words, unsigned int max)
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

/* An address as rules have it; zero: what 0.0.0.0 stands for. */
static const char *
address(struct natd *n, const char *text, const char *zero)
{
	struct in_addr	 addr;

	if (inet_pton(AF_INET, text, &addr) != 1) {
		fail(n, "expected an IPv4 address, found \"%.60s\" (names of "
		    "hosts are not looked up)", text);
		return (NULL);
	}
	return (addr.s_addr == 0 ? zero : text);
}

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
	return (fail(n, "expected a port, found \"%.60s\"", text));
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
		return (fail(n, "a range of ports that ends before it "
		    "begins"));
	ports->low = (uint16_t)low;
	ports->high = (uint16_t)high;
	return (0);
}

static int
comment(struct natd *n, const struct entry *e, const char *reason)
{
	return (add(n, "# %s%s%s: %s\n", e->name, *e->value == '\0' ? "" : " ",
	    e->value, reason));
}

/* "host:port" or, without need of one, "port". */
static int
host_port(struct natd *n, char *text, const char *proto, int needed,
    const char *zero, const char **host, struct rule_ports *ports)
{
	char	*colon;

	if ((colon = strchr(text, ':')) == NULL) {
		if (needed)
			return (fail(n, "expected \"address:port\", found "
			    "\"%.60s\"", text));
		*host = zero;
		return (port_range(n, text, proto, ports));
	}
	*colon++ = '\0';
	if ((*host = address(n, text, zero)) == NULL)
		return (-1);
	return (port_range(n, colon, proto, ports));
}

/* Ports of a rule; with `star' they are counted from there on. */
static int
add_ports(struct natd *n, const struct rule_ports *ports, int star)
{
	if (ports->low == ports->high)
		return (add(n, " port %u", ports->low));
	if (star)
		return (add(n, " port %u:*", ports->low));
	return (add(n, " port %u:%u", ports->low, ports->high));
}

/* "host:port,host:port": all of the same port. */
static int
parse_targets(struct natd *n, char *text, const char *proto,
    const char **hosts, unsigned int *count, struct rule_ports *ports,
    int *differ)
{
	struct rule_ports	 other;
	char			*words[TARGETS_MAX];
	unsigned int		 i;

	*differ = 0;
	*count = split(text, ",", words, TARGETS_MAX);
	if (*count > TARGETS_MAX)
		return (fail(n, "more than %d targets", TARGETS_MAX));
	for (i = 0; i < *count; i++) {
		if (host_port(n, words[i], proto, 1, "0.0.0.0", &hosts[i],
		    i == 0 ? ports : &other) == -1)
			return (-1);
		if (i > 0 && (other.low != ports->low ||
		    other.high != ports->high))
			*differ = 1;
	}
	if (*count > 1 && ports->low != ports->high)
		return (fail(n, "a range of ports for one target alone"));
	return (0);
}

static int
add_pool(struct natd *n, const char *const *hosts, unsigned int count)
{
	unsigned int	 i;

	if (count == 1)
		return (add(n, "%s", hosts[0]));
	for (i = 0; i < count; i++)
		if (add(n, "%s%s", i == 0 ? "{ " : ", ", hosts[i]) == -1)
			return (-1);
	return (add(n, " }"));
}

/* proto target:port [alias:]port [remote[:port]] */
static int
redirect_port(struct natd *n, const struct entry *e)
{
	struct rule_ports	 inside, outside, remote = { 0, 0 };
	const char		*hosts[TARGETS_MAX], *alias, *from = "any";
	char			*value, *words[WORDS_MAX];
	unsigned int		 count, nwords;
	size_t			 start = n->len;
	int			 differ;

	if ((value = rules_strdup(&n->blocks, e->value)) == NULL)
		return (no_memory(n));
	nwords = split(value, " \t", words, WORDS_MAX);
	if (nwords < 3 || nwords > 4)
		return (fail(n, "expected redirect_port protocol "
		    "address:port [address:]port [address[:port]]"));
	if (strcmp(words[0], "tcp") != 0 && strcmp(words[0], "udp") != 0)
		return (fail(n, "expected tcp or udp, found \"%.60s\"",
		    words[0]));
	if (parse_targets(n, words[1], words[0], hosts, &count, &inside,
	    &differ) == -1 || host_port(n, words[2], words[0], 0, n->outside,
	    &alias, &outside) == -1)
		return (-1);
	if (nwords == 4) {
		if (strchr(words[3], ':') == NULL) {
			if ((from = address(n, words[3], "any")) == NULL)
				return (-1);
		} else if (host_port(n, words[3], words[0], 1, "any", &from,
		    &remote) == -1)
			return (-1);
	}
	if (inside.high - inside.low != outside.high - outside.low)
		return (fail(n, "ranges of ports that are not equally long"));
	if (differ)
		return (comment(n, e, "targets with different ports: write a "
		    "rule for each"));
	if (remote.low != remote.high)
		return (comment(n, e, "a range of remote ports, each for a "
		    "port of its own: write a rule for each"));
	add(n, "match in %sinet proto %s from %s", n->on, words[0], from);
	if (remote.low != 0)
		add_ports(n, &remote, 0);
	add(n, " to %s", alias);
	add_ports(n, &outside, 0);
	add(n, " rdr-to ");
	add_pool(n, hosts, count);
	add_ports(n, &inside, 1);
	add(n, "\n");
	return (check_line(n, start));
}

/* proto local [public [remote]]: both ways. */
static int
redirect_proto(struct natd *n, const struct entry *e)
{
	const char	*local, *outside, *remote = "any";
	char		*value, *words[WORDS_MAX];
	unsigned int	 nwords;
	size_t		 start = n->len;

	if ((value = rules_strdup(&n->blocks, e->value)) == NULL)
		return (no_memory(n));
	nwords = split(value, " \t", words, WORDS_MAX);
	if (nwords < 2 || nwords > 4)
		return (fail(n, "expected redirect_proto protocol address "
		    "[address [address]]"));
	outside = n->outside;
	if ((local = address(n, words[1], "0.0.0.0")) == NULL ||
	    (nwords > 2 && (outside = address(n, words[2], n->outside)) ==
	    NULL) ||
	    (nwords > 3 && (remote = address(n, words[3], "any")) == NULL))
		return (-1);
	add(n, "match %sinet proto %s from %s to %s binat-to %s\n", n->on,
	    words[0], local, remote, outside);
	return (check_line(n, start));
}

/* Does a later line give the same outer address to another host? */
static int
is_given_again(struct natd *n, const struct entry *e, const char *outside)
{
	const struct entry	*later;
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
redirect_address(struct natd *n, const struct entry *e)
{
	const char	*hosts[TARGETS_MAX], *outside;
	char		*value, *targets[TARGETS_MAX], *words[WORDS_MAX];
	unsigned int	 count, i;
	size_t		 start;

	if ((value = rules_strdup(&n->blocks, e->value)) == NULL)
		return (no_memory(n));
	if (split(value, " \t", words, WORDS_MAX) != 2)
		return (fail(n, "expected redirect_address address "
		    "address"));
	if ((outside = address(n, words[1], n->outside)) == NULL)
		return (-1);
	count = split(words[0], ",", targets, TARGETS_MAX);
	if (count > TARGETS_MAX)
		return (fail(n, "more than %d targets", TARGETS_MAX));
	for (i = 0; i < count; i++)
		if ((hosts[i] = address(n, targets[i], "0.0.0.0")) == NULL)
			return (-1);
	if (count > 1) {
		start = n->len;
		add(n, "match in %sinet from any to %s rdr-to ", n->on,
		    outside);
		add_pool(n, hosts, count);
		add(n, "\n");
	} else if (is_given_again(n, e, outside)) {
		/* What comes goes to the last of them. */
		start = n->len;
		add(n, "match out %sinet from %s to any nat-to %s\n", n->on,
		    hosts[0], outside);
	} else {
		start = n->len;
		add(n, "match %sinet from %s to any binat-to %s\n", n->on,
		    hosts[0], outside);
	}
	return (check_line(n, start));
}

/* The option of a line, and its value. */
static int
add_entry(struct natd *n, char *line, int foreign)
{
	struct entry	*all, *e;
	char		*value, *end;
	size_t		 i;

	value = line + strcspn(line, " \t");
	if (*value != '\0')
		*value++ = '\0';
	value += strspn(value, " \t");
	end = value + strlen(value);
	while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
		*--end = '\0';
	/* Also as on the command line of natd. */
	if (*line == '-')
		line++;
	for (i = 0; i < sizeof(natd_options) / sizeof(natd_options[0]); i++)
		if (strcmp(line, natd_options[i].name) == 0 ||
		    (natd_options[i].letter != NULL &&
		    strcmp(line, natd_options[i].letter) == 0))
			break;
	if (i == sizeof(natd_options) / sizeof(natd_options[0]))
		return (fail(n, "expected an option of natd, found \"%.60s\"",
		    line));
	if (natd_options[i].has_value && *value == '\0')
		return (fail(n, "%s needs a value", natd_options[i].name));
	if (!natd_options[i].has_value && *value != '\0' &&
	    strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		return (fail(n, "%s: expected yes or no, found \"%.60s\"",
		    natd_options[i].name, value));
	all = rules_grow(&n->blocks, n->entries, n->n, &n->room, sizeof(*all));
	if (all == NULL)
		return (no_memory(n));
	n->entries = all;
	e = &all[n->n++];
	e->line = n->line;
	e->option = natd_options[i].option;
	e->reason = natd_options[i].reason;
	e->name = natd_options[i].name;
	e->value = value;
	e->yes = strcmp(value, "no") != 0;
	if (foreign && e->option != NATD_INSTANCE) {
		e->option = NATD_NOTE;
		e->reason = "of another instance: one divertnat for each";
	}
	return (0);
}

static int
read_lines(struct natd *n, const char *text, size_t len)
{
	char		*copy, *line;
	int		 foreign = 0;
	size_t		 i;

	if ((copy = rules_alloc(&n->blocks, len + 1, 1)) == NULL)
		return (no_memory(n));
	memcpy(copy, text, len);
	n->line = 1;
	for (i = 0; i < len; i++) {
		if (copy[i] == '\r')
			copy[i] = ' ';
		if (copy[i] == '\n')
			n->line++;
		else if ((unsigned char)copy[i] < ' ' && copy[i] != '\t')
			return (fail(n, "a control character (%#x)",
			    (unsigned int)(unsigned char)copy[i]));
	}
	n->line = 0;
	while ((line = strsep(&copy, "\n")) != NULL) {
		n->line++;
		line[strcspn(line, "#")] = '\0';
		line += strspn(line, " \t");
		if (*line == '\0')
			continue;
		if (add_entry(n, line, foreign) == -1)
			return (-1);
		if (n->entries[n->n - 1].option == NATD_INSTANCE)
			foreign = strcmp(n->entries[n->n - 1].value,
			    "default") != 0;
	}
	return (0);
}

/* What is said once; of several the last. */
static int
take_settings(struct natd *n)
{
	const struct entry	*e;
	unsigned int		 i;

	for (i = 0; i < n->n; i++) {
		e = &n->entries[i];
		n->line = e->line;
		switch (e->option) {
		case NATD_INTERFACE:
			n->interface = e->value;
			break;
		case NATD_ALIAS:
			if ((n->alias = address(n, e->value, NULL)) == NULL)
				return (fail(n, "alias_address: 0.0.0.0 is "
				    "no address"));
			break;
		case NATD_TARGET:
			n->target_line = e->line;
			if (address(n, e->value, "") == NULL)
				return (-1);
			n->target = strcmp(e->value, "0.0.0.0") == 0 ||
			    strcmp(e->value, "255.255.255.255") == 0 ? NULL :
			    e->value;
			break;
		case NATD_UNREGISTERED:
			n->unregistered = e->yes;
			break;
		case NATD_CGN:
			n->cgn = e->yes;
			break;
		case NATD_DENY:
			n->deny = e->yes;
			break;
		case NATD_SAME_PORTS:
			n->same_ports = e->yes;
			break;
		default:
			break;
		}
	}
	n->line = 0;
	if (n->interface != NULL && n->alias != NULL)
		return (fail(n, "interface and alias_address cannot stand "
		    "together"));
	if (n->interface == NULL && n->alias == NULL)
		return (fail(n, "expected interface or alias_address, found "
		    "neither"));
	if (n->alias != NULL) {
		strlcpy(n->outside, n->alias, sizeof(n->outside));
		return (0);
	}
	if (!rules_is_interface_name(n->interface))
		return (fail(n, "expected the name of an interface, found "
		    "\"%.60s\"", n->interface));
	if (strlen(n->interface) >= DIVERT_IFNAME_SIZE)
		return (fail(n, "interface: the name has at most %d "
		    "characters", DIVERT_IFNAME_SIZE - 1));
	snprintf(n->on, sizeof(n->on), "on %s ", n->interface);
	snprintf(n->outside, sizeof(n->outside), "(%s)", n->interface);
	return (0);
}

static int
write_notes(struct natd *n)
{
	const struct entry	*e;

	if (n->interface == NULL)
		add(n, "# No interface is named: add \"on em0\" where others "
		    "are diverted too.\n");
	for (e = n->entries; e < n->entries + n->n; e++) {
		if (e->option == NATD_NOTE && e->yes)
			comment(n, e, e->reason);
		else if (e->option == NATD_INSTANCE &&
		    strcmp(e->value, "default") != 0)
			comment(n, e, "there are no instances: one divertnat "
			    "for each");
	}
	if (n->same_ports)
		add(n, "# same_ports: a port that is taken is never changed "
		    "for another, as natd does;\n# leave out static-port for "
		    "that.\n");
	if (n->deny)
		add(n, "# deny_incoming: what comes for the outer address; the "
		    "rest is for the\n# firewall.\n");
	if (n->deny && n->target != NULL)
		add(n, "# target_address %s: deny_incoming keeps out what "
		    "would go there\n", n->target);
	return (n->error != 0 ? -1 : 0);
}

static int
write_rules(struct natd *n)
{
	const struct entry	*e;
	size_t			 start;

	for (e = n->entries; e < n->entries + n->n; e++) {
		n->line = e->line;
		if (e->option == NATD_REDIRECT_PORT &&
		    redirect_port(n, e) == -1)
			return (-1);
	}
	for (e = n->entries; e < n->entries + n->n; e++) {
		n->line = e->line;
		if (e->option == NATD_REDIRECT_PROTO &&
		    redirect_proto(n, e) == -1)
			return (-1);
	}
	for (e = n->entries; e < n->entries + n->n; e++) {
		n->line = e->line;
		if (e->option == NATD_REDIRECT_ADDRESS &&
		    redirect_address(n, e) == -1)
			return (-1);
	}
	n->line = n->target_line;
	if (n->target != NULL && !n->deny) {
		start = n->len;
		add(n, "match in %sinet from any to %s rdr-to %s\n", n->on,
		    n->outside, n->target);
		if (check_line(n, start) == -1)
			return (-1);
	}
	n->line = 0;
	start = n->len;
	add(n, "match out %sinet from %s to any nat-to %s%s\n", n->on,
	    n->cgn ? "{ <private>, <cgn> }" :
	    n->unregistered ? "<private>" : "any", n->outside,
	    n->same_ports ? " static-port" : "");
	return (n->error != 0 ? -1 : check_line(n, start));
}

char *
rules_from_natd(const char *name, const char *text, size_t len, char *errbuf,
    size_t errlen)
{
	struct natd	 n;
	int		 status;

	memset(&n, 0, sizeof(n));
	n.name = name;
	n.errbuf = errbuf;
	n.errlen = errlen;
	if (errlen > 0)
		errbuf[0] = '\0';
	n.size = 4096;
	if ((n.text = malloc(n.size)) == NULL) {
		no_memory(&n);
		errno = n.error;
		return (NULL);
	}
	n.text[0] = '\0';
	if ((status = read_lines(&n, text, len)) == 0 &&
	    (status = take_settings(&n)) == 0 &&
	    (status = write_notes(&n)) == 0) {
		if (n.deny)
			add(&n, "set unmatched drop\n");
		status = write_rules(&n);
	}
	rules_free_blocks(n.blocks);
	if (status == 0 && n.error == 0)
		return (n.text);
	free(n.text);
	errno = n.error;
	return (NULL);
}
