/* SPDX-License-Identifier: ISC */
#ifndef RULES_LINE_H
#define RULES_LINE_H

#include "rules_int.h"

/* A line of rules: rules_rule.c reads it, then it is checked and expanded. */

enum option {
	OPTION_TARGET_PORT,
	OPTION_POLICY,
	OPTION_STICKY,
	OPTION_STATIC_PORT,
	OPTION_MAX
};

/* A line, before it is expanded. */
struct line {
	struct place	 start;
	int		 pass;
	struct place	 direction_at;
	uint8_t		 direction;
	int		 log;
	char		(*interfaces)[DIVERT_IFNAME_SIZE];
	unsigned int	 ninterfaces;
	unsigned int	 interfaces_room;
	char		 any_interface[DIVERT_IFNAME_SIZE];
	int		 on;		/* `on' was there */
	struct place	 family_at;
	uint8_t		 family;
	struct place	 protos_at;
	int		 any_proto;	/* no `proto' */
	uint64_t	 protos[4];
	struct hosts	 from;
	struct hosts	 to;
	struct ports	 from_ports;
	struct ports	 to_ports;
	struct place	 translation_at;
	const char	*translation;	/* its word */
	enum rule_kind	 kind;
	struct rule_hosts pool;
	struct place	 option_at[OPTION_MAX];	/* line 0: not given */
	struct rule_ports ports;
	int		 star;
	uint8_t		 policy;
};

static inline int
has(const struct line *l, enum option option)
{
	return (l->option_at[option].line != 0);
}

/* rules_check.c: does it make sense? */

int	 rules_check_line(struct parse *, struct line *);

/* rules_expand.c: a rule for each combination of its lists. */

int	 rules_expand_line(struct parse *, struct line *);

#endif
