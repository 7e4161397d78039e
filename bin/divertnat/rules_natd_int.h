/* SPDX-License-Identifier: ISC */
#ifndef RULES_NATD_INT_H
#define RULES_NATD_INT_H

#include <netinet/in.h>

#include "rules_int.h"

/*
 * The inside of --from-natd.  Functions return 0, or -1 after they wrote why
 * into errbuf.
 */

#define NATD_WORDS_MAX		4
#define NATD_TARGETS_MAX	256

enum natd_option {
	NATD_NOTE,			/* goes into a comment */
	NATD_INTERFACE,
	NATD_ALIAS,
	NATD_TARGET,
	NATD_UNREGISTERED,
	NATD_CGN,
	NATD_DENY,
	NATD_SAME_PORTS,
	NATD_UDP_EIM,
	NATD_REDIRECT_PORT,
	NATD_REDIRECT_PROTO,
	NATD_REDIRECT_ADDRESS,
	NATD_INSTANCE
};

/* A line of the configuration. */
struct natd_entry {
	unsigned int	 line;
	enum natd_option option;
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
	unsigned int	 lines;		/* of the file */
	struct rules_block *blocks;
	struct natd_entry *entries;
	unsigned int	 n;
	unsigned int	 room;
	/* What is said once, and where. */
	const char	*interface;
	unsigned int	 interface_line;
	const char	*alias;
	unsigned int	 alias_line;
	const char	*target;
	unsigned int	 target_line;
	int		 unregistered;
	int		 cgn;
	int		 deny;
	int		 same_ports;
	int		 udp_eim;
	char		 on[DIVERT_IFNAME_SIZE + 4];	/* "on em0 " */
	char		 outside[INET_ADDRSTRLEN + DIVERT_IFNAME_SIZE];
	/* The rules so far. */
	char		*text;
	size_t		 len;
	size_t		 size;
};

/* rules_natd_text.c */

int	 natd_fail(struct natd *, const char *, ...)
	    __attribute__((__format__(printf, 2, 3)));
int	 natd_no_memory(struct natd *);
/* More text of the rules. */
int	 natd_add(struct natd *, const char *, ...)
	    __attribute__((__format__(printf, 2, 3)));
/* A line of the configuration as a comment, with the reason. */
int	 natd_comment(struct natd *, const struct natd_entry *,
	    const char *reason);
/* What was added since then is a line that must be understood. */
int	 natd_check_line(struct natd *, size_t from);
/* Into at most max words, by blanks; how many there were. */
unsigned int natd_split(char *text, const char *blanks, char **words,
	    unsigned int max);
/* An address as rules have it; zero: what 0.0.0.0 stands for. */
const char *natd_address(struct natd *, const char *text, const char *zero);

/* rules_natd_redirect.c */

/* All redirect_port, redirect_proto and redirect_address, as rules. */
int	 natd_redirections(struct natd *);

#endif
