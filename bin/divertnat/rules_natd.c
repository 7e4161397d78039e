/* SPDX-License-Identifier: ISC */

/*
 * A configuration of natd(8) as rules.  What has no counterpart stays as a
 * comment with the reason, so that nothing is lost without a word.
 */

#include "compat.h"

#include <netinet/in.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules_natd_int.h"

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
	{ "udp_eim", NULL, 0, NATD_UDP_EIM,
	    "not needed: mappings are endpoint-independent, and anybody may "
	    "send to them" },
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

/* The option of a line, and its value. */
static int
add_entry(struct natd *n, char *line, int foreign)
{
	struct natd_entry	*all, *e;
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
		return (natd_fail(n, "expected an option of natd, found "
		    "\"%.60s\"", line));
	if (natd_options[i].has_value && *value == '\0')
		return (natd_fail(n, "%s needs a value", natd_options[i].name));
	if (!natd_options[i].has_value && *value != '\0' &&
	    strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
		return (natd_fail(n, "%s: expected yes or no, found \"%.60s\"",
		    natd_options[i].name, value));
	all = rules_grow(&n->blocks, n->entries, n->n, &n->room, sizeof(*all));
	if (all == NULL)
		return (natd_no_memory(n));
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
		return (natd_no_memory(n));
	memcpy(copy, text, len);
	n->line = 1;
	for (i = 0; i < len; i++) {
		if (copy[i] == '\r')
			copy[i] = ' ';
		if (copy[i] == '\n')
			n->line++;
		else if ((unsigned char)copy[i] < ' ' && copy[i] != '\t')
			return (natd_fail(n, "a control character (%#x)",
			    (unsigned int)(unsigned char)copy[i]));
	}
	n->line = 0;
	if (len >= 3 && memcmp(copy, "\357\273\277", 3) == 0)
		copy += 3;
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
	n->lines = n->line;
	return (0);
}

/* The outer address: of an interface, or by itself. */
static int
take_outside(struct natd *n)
{
	n->line = n->alias != NULL && n->alias_line > n->interface_line ?
	    n->alias_line : n->interface_line;
	if (n->interface != NULL && n->alias != NULL)
		return (natd_fail(n, "interface and alias_address cannot stand "
		    "together"));
	if (n->alias != NULL) {
		strlcpy(n->outside, n->alias, sizeof(n->outside));
		return (0);
	}
	if (n->interface == NULL) {
		n->line = n->lines;
		return (natd_fail(n, "expected interface or alias_address, "
		    "found the end of the file"));
	}
	if (!rules_is_interface_name(n->interface))
		return (natd_fail(n, "expected the name of an interface, found "
		    "\"%.60s\"", n->interface));
	if (strlen(n->interface) >= DIVERT_IFNAME_SIZE)
		return (natd_fail(n, "interface: the name has at most %d "
		    "characters", DIVERT_IFNAME_SIZE - 1));
	snprintf(n->on, sizeof(n->on), "on %s ", n->interface);
	snprintf(n->outside, sizeof(n->outside), "(%s)", n->interface);
	return (0);
}

/* What is said once; of several the last. */
static int
take_settings(struct natd *n)
{
	const struct natd_entry	*e;
	unsigned int		 i;

	for (i = 0; i < n->n; i++) {
		e = &n->entries[i];
		n->line = e->line;
		switch (e->option) {
		case NATD_INTERFACE:
			n->interface = e->value;
			n->interface_line = e->line;
			break;
		case NATD_ALIAS:
			n->alias = natd_address(n, e->value, NULL);
			n->alias_line = e->line;
			if (n->alias == NULL)
				return (natd_fail(n, "alias_address: 0.0.0.0 "
				    "is no address"));
			break;
		case NATD_TARGET:
			n->target_line = e->line;
			if (natd_address(n, e->value, "") == NULL)
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
		case NATD_UDP_EIM:
			n->udp_eim = e->yes;
			break;
		default:
			break;
		}
	}
	return (take_outside(n));
}
static int
write_notes(struct natd *n)
{
	const struct natd_entry	*e;

	if (n->interface == NULL)
		natd_add(n, "# No interface is named: add \"on em0\" where "
		    "others are diverted too.\n");
	for (e = n->entries; e < n->entries + n->n; e++) {
		if (e->reason != NULL && e->yes)
			natd_comment(n, e, e->reason);
		else if (e->option == NATD_INSTANCE &&
		    strcmp(e->value, "default") != 0)
			natd_comment(n, e, "there are no instances: one "
			    "divertnat for each");
	}
	if (n->same_ports)
		natd_add(n, "# same_ports: ports below 1024 are kept while "
		    "they are free, others are\n# changed.  A rule with "
		    "static-port keeps them all, and drops what would have\n"
		    "# the same one as another.\n");
	if (n->deny)
		natd_add(n, "# deny_incoming: what comes for the outer "
		    "address; the rest is for the\n# firewall.\n");
	if (n->deny && n->target != NULL)
		natd_add(n, "# target_address %s: deny_incoming keeps out what "
		    "would go there\n", n->target);
	return (n->error != 0 ? -1 : 0);
}

static int
write_rules(struct natd *n)
{
	size_t	 start;

	if (natd_redirections(n) == -1)
		return (-1);
	n->line = n->target_line;
	if (n->target != NULL && !n->deny) {
		start = n->len;
		natd_add(n, "match in %sinet from any to %s rdr-to %s\n", n->on,
		    n->outside, n->target);
		if (natd_check_line(n, start) == -1)
			return (-1);
	}
	n->line = n->alias != NULL ? n->alias_line : n->interface_line;
	start = n->len;
	natd_add(n, "match out %sinet from %s to any nat-to %s\n",
	    n->on, n->cgn ? "{ <private>, <cgn> }" :
	    n->unregistered ? "<private>" : "any", n->outside);
	return (n->error != 0 ? -1 : natd_check_line(n, start));
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
		natd_no_memory(&n);
		errno = n.error;
		return (NULL);
	}
	n.text[0] = '\0';
	if ((status = read_lines(&n, text, len)) == 0 &&
	    (status = take_settings(&n)) == 0 &&
	    (status = write_notes(&n)) == 0) {
		if (n.deny)
			natd_add(&n, "set unmatched drop\n");
		if (!n.udp_eim)
			natd_add(&n, "# As with natd only who was sent to may "
			    "answer; leave it out for games and calls.\n"
			    "set filtering address-and-port-dependent\n");
		status = write_rules(&n);
	}
	rules_free_blocks(n.blocks);
	if (status == 0 && n.error == 0)
		return (n.text);
	free(n.text);
	errno = n.error;
	return (NULL);
}
