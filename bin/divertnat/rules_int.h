/* SPDX-License-Identifier: ISC */
#ifndef RULES_INT_H
#define RULES_INT_H

#include "rules.h"

/*
 * The parser's inside.  Functions return 0, or -1 after they wrote why into
 * errbuf.
 */

#define RULES_WORD_SIZE	8192		/* of a word, path or list in quotes */

/* Where something stands in the file; columns are bytes, from 1 on. */
struct place {
	unsigned int	 line;
	unsigned int	 column;
	const struct macro *macro;	/* it is in the value of $macro there */
};

enum token_kind {
	TOKEN_END,
	TOKEN_NEWLINE,
	TOKEN_WORD,
	TOKEN_STRING,			/* in quotes: never a keyword */
	TOKEN_SIGN			/* { } ( ) , ! / = != < <= > >= <> >< */
};

struct token {
	enum token_kind	 kind;
	struct place	 at;
	char		 text[RULES_WORD_SIZE];
};

struct macro {
	struct macro	*next;
	char		*name;
	char		*value;
	unsigned int	 line;		/* where it is defined */
};

struct table {
	struct table	*next;
	char		*name;
	struct rule_hosts hosts;
	int		 used;
	int		 builtin;
};

#define PARTS_SIZE	1024

/* The nets of one family among others, made once. */
struct part {
	struct part	*next;
	const struct rule_net *of;
	int		 family;
	struct rule_hosts hosts;
};

struct parse {
	const char	*name;		/* of the file */
	const char	*text;
	size_t		 len;
	size_t		 pos;
	struct place	 here;
	const char	*macro;		/* being read in place of the text */
	struct place	 macro_at;
	int		 braces;	/* inside of them, lines do not end */
	struct token	 token;		/* the one looked at */
	struct macro	*macros;
	struct table	*tables;
	struct part	*parts[PARTS_SIZE];	/* by where the nets are */
	struct rules	*rules;
	unsigned int	 rules_room;
	unsigned int	 interfaces_room;
	struct rules_block *scratch;	/* until the end of parsing */
	char		*errbuf;	/* what is left of it */
	size_t		 errlen;
	int		 error;		/* errno */
	unsigned int	 mistakes;	/* told before, a line for each */
};

/* A word of pf.conf(5) that is not for us, and what to do about it. */
struct refusal {
	const char	*word;
	const char	*reason;
};

/* rules_memory.c */

/* Zeroed, until the whole list of blocks is freed.  NULL: ENOMEM. */
void	*rules_alloc(struct rules_block **, size_t n, size_t size);
void	 rules_free_blocks(struct rules_block *);
char	*rules_strdup(struct rules_block **, const char *);
/* Numbers of names, of services(5) and protocols(5); -1: there is none. */
int	 rules_service(const char *);
int	 rules_protocol(const char *);
/* Room for one more behind n; the array may move.  NULL: ENOMEM. */
void	*rules_grow(struct rules_block **, void *array, unsigned int n,
	    unsigned int *room, size_t size);
int	 rules_add_net(struct parse *, struct rules_block **,
	    struct rule_hosts *, unsigned int *room, const struct rule_net *);

/* rules_scan.c */

int	 rules_next(struct parse *);
/* Is the token this word, or this sign? */
int	 rules_is(const struct parse *, const char *word);
int	 rules_is_sign(const struct parse *, const char *sign);
/* The same, and if so go on to the next: 1, 0 or -1. */
int	 rules_accept(struct parse *, const char *word);
int	 rules_accept_sign(struct parse *, const char *sign);
int	 rules_open_brace(struct parse *);
int	 rules_close_brace(struct parse *);
/* A word or a string. */
int	 rules_is_text(const struct parse *);
int	 rules_fail(struct parse *, const struct place *, const char *fmt, ...)
	    __attribute__((__format__(printf, 3, 4)));
int	 rules_expected(struct parse *, const char *what);
int	 rules_no_memory(struct parse *);
/* After a mistake: on to the line behind it, or behind the braces it is in. */
void	 rules_skip_line(struct parse *);
/* At the start: a mark some editors leave there. */
void	 rules_skip_mark(struct parse *);
/* The token is one of these: fail with its reason. */
int	 rules_refuse(struct parse *, const struct refusal *);
/* One item, or several in braces. */
int	 rules_list(struct parse *, int (*item)(struct parse *, void *),
	    void *arg, int may_be_empty);
int	 rules_number(struct parse *, const char *what, unsigned int min,
	    unsigned int max, unsigned int *);
int	 rules_end_of_line(struct parse *, const char *or_what);

/* rules_address.c */

void	 rules_mask(struct rule_net *);
/*
 * An address, a prefix or a range, at the token: handed over as nets.  The
 * place of its first word is where errors are.
 */
int	 rules_address(struct parse *, int (*net)(void *,
	    const struct rule_net *), void *arg);
/* The same of a text that is no token; at: where errors are. */
int	 rules_address_text(struct parse *, const struct place *at,
	    const char *text, int (*net)(void *, const struct rule_net *),
	    void *arg);
/* "(name)" and its modifiers, at its "(". */
int	 rules_interface(struct parse *, struct rule_net *);
int	 rules_is_interface_name(const char *text);
/* A name; at: where errors are. */
int	 rules_interface_name(struct parse *, const struct place *at,
	    const char *text, char name[DIVERT_IFNAME_SIZE]);

/* rules_match.c */

/* The prefix lengths of each family that are there, the longest first. */
struct rule_lengths {
	unsigned int	 n[2];
	uint8_t		 length[2][129];
};
int	 rules_compare_nets(const void *, const void *);
/* Make many nets fast to search; they are sorted, and each is there once. */
int	 rules_index(struct parse *, struct rule_hosts *);

/* rules_hosts.c */

/* Alternatives: a rule for each. */
struct hosts {
	struct place	 at;
	int		 given;
	struct rule_hosts *all;
	unsigned int	 n;
	unsigned int	 room;
};
int	 rules_hosts(struct parse *, struct hosts *);
int	 rules_pool(struct parse *, struct rule_hosts *);
/* Families that some address of these has: 1 IPv4, 2 IPv6. */
#define FAMILY_4	1u
#define FAMILY_6	2u
#define FAMILY_BOTH	3u
unsigned int rules_families(const struct rule_hosts *);
int	 rules_only_family(struct parse *, struct rule_hosts *, int family);

/* rules_ports.c */

struct ports {
	struct place	 at;
	int		 given;
	struct rule_ports *all;
	unsigned int	 n;
	unsigned int	 room;
	int		 holes;		/* != or <>: not one range */
};
int	 rules_ports(struct parse *, struct ports *);
/* Of a translation.  star: `low:*', high is not set. */
int	 rules_target_ports(struct parse *, struct rule_ports *, int *star);

/* rules_rule.c, rules_set.c, rules_table.c */

int	 rules_rule(struct parse *);
int	 rules_set(struct parse *);
void	 rules_defaults(struct rules_settings *);
int	 rules_table(struct parse *);
int	 rules_builtin_tables(struct parse *);
struct table *rules_find_table(struct parse *, const char *name);
int	 rules_table_name(struct parse *, char *name, size_t size);

/* For rules_set.c and rules_print.c: names in the order of the enums. */
extern const char *const	 rules_timeout_names[];
extern const char *const	 rules_limit_names[];
extern const char *const	 rules_mapping_names[];
extern const char *const	 rules_filtering_names[];
extern const char *const	 rules_change_names[];
/* Below these a timeout needs `unsafe'; 0: none. */
extern const unsigned int	 rules_timeout_least[];

#endif
