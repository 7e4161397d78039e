/* SPDX-License-Identifier: ISC */
#ifndef RULES_H
#define RULES_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#include "divertutil.h"

/*
 * Rules in the words of pf.conf(5), as they were understood: lists are
 * expanded, macros and tables replaced, one struct rule for each translation
 * that can happen.  Read from the top, the first that matches decides.
 */

#define RULE_LABEL_SIZE	32

enum rule_kind {
	RULE_PASS,		/* exempt: goes on as it is */
	RULE_NAT,		/* nat-to: the source of what leaves */
	RULE_RDR,		/* rdr-to: the destination of what comes */
	RULE_BINAT,		/* binat-to: one address for another, both ways */
	RULE_NPT		/* npt-to: a prefix, RFC 6296 */
};

/* An address with a prefix length, of 4 or 16 bytes by family. */
struct rule_net {
	uint8_t		 family;	/* 4, 6 */
	uint8_t		 prefix;	/* bits */
	uint8_t		 not;		/* these are no part of it */
	uint8_t		 addr[16];	/* no bit set behind the prefix */
	/* "(em0)", "(em0:network)": filled in by rules_resolve(), and again
	 * when the interface changes; the name is empty otherwise. */
	char		 ifname[DIVERT_IFNAME_SIZE];
	uint8_t		 network;	/* its network, else its address */
	uint8_t		 resolved;	/* the interface has such an address */
};

/*
 * Which addresses.  The most specific net around an address decides, as in a
 * table of pf: with `not' the address is out.  None around it: it is out as
 * well.  No nets at all: every address.  A pool has no `not', and its order is
 * that of the file.
 */
struct rule_hosts {
	struct rule_net	*nets;
	unsigned int	 n;
	const struct rule_lengths *lengths;	/* rules_hosts_match()'s */
};

struct rule_ports {
	uint16_t	 low;
	uint16_t	 high;		/* 0-65535: any */
};

enum rule_policy {
	POLICY_PAIRED,		/* a host keeps its address (RFC 6888 C2) */
	POLICY_ROUND_ROBIN,
	POLICY_RANDOM,
	POLICY_SOURCE_HASH
};

struct rule {
	enum rule_kind	 kind;
	unsigned int	 line;		/* of the file */
	uint8_t		 direction;	/* enum divert_direction, NONE: both;
					 * RULE_NAT out, RULE_RDR in, RULE_BINAT
					 * and RULE_NPT NONE */
	uint8_t		 family;	/* 4, 6; of RULE_PASS also 0: both */
	char		 ifname[DIVERT_IFNAME_SIZE];	/* "": any */
	uint64_t	 protos[4];	/* a bit for each; all set: any */
	struct rule_hosts from;
	struct rule_hosts to;
	struct rule_ports from_ports;
	struct rule_ports to_ports;
	/* What it is translated to, all of the rule's family.  RULE_BINAT and
	 * RULE_NPT: one net here and in `from', of one prefix length. */
	struct rule_hosts pool;
	struct rule_ports ports;	/* nat-to: to choose from; rdr-to: the
					 * first is `low'; 0-65535: not given */
	uint8_t		 shift;		/* rdr-to port low:*: a range to a range */
	uint8_t		 static_port;
	uint8_t		 sticky;	/* sticky-address */
	uint8_t		 policy;	/* enum rule_policy */
	uint8_t		 log;
	unsigned int	 next;		/* of round-robin: the engine's */
};

enum rules_mapping { MAPPING_ENDPOINT_INDEPENDENT, MAPPING_PORT_OVERLAP };
enum rules_filtering {
	FILTERING_ENDPOINT_INDEPENDENT,
	FILTERING_ADDRESS_DEPENDENT,
	FILTERING_ADDRESS_AND_PORT_DEPENDENT
};
enum rules_change { CHANGE_KEEP, CHANGE_FLUSH };

/* Timeouts, seconds, by the words of `set timeout'. */
enum rules_timeout {
	TIMEOUT_UDP,			/* udp 300 */
	TIMEOUT_UDP_DNS,		/* udp.dns 30: port 53, after an answer */
	TIMEOUT_TCP_OPENING,		/* tcp.opening 240 */
	TIMEOUT_TCP_ESTABLISHED,	/* tcp.established 7440 */
	TIMEOUT_TCP_CLOSING,		/* tcp.closing 240 */
	TIMEOUT_TCP_RST,		/* tcp.rst 240: TRANS */
	TIMEOUT_ICMP,			/* icmp 60 */
	TIMEOUT_OTHER,			/* other 120 */
	TIMEOUT_FRAG,			/* frag 15 */
	TIMEOUT_PORT_REST,		/* port-rest 120 (RFC 6888 C8) */
	TIMEOUT_MAX
};

enum rules_limit {
	LIMIT_STATES,			/* states 262144 */
	LIMIT_FRAGS,			/* frags 1024: datagrams */
	LIMIT_PORTS_PER_HOST,		/* ports-per-host 0: none */
	LIMIT_STATES_PER_HOST,		/* states-per-host 0: none */
	LIMIT_NEW_PER_HOST,		/* new-per-host 0: a second, none */
	LIMIT_ERRORS,			/* errors 100: ICMP errors of our own a second */
	LIMIT_MAX
};

struct rules_settings {
	unsigned int		 timeout[TIMEOUT_MAX];
	unsigned int		 limit[LIMIT_MAX];
	enum rules_mapping	 mapping;
	enum rules_filtering	 filtering;
	enum rules_change	 address_change;
	int			 hairpin;		/* 1 */
	int			 unmatched_drops;	/* 0: pass */
	int			 refresh_inbound;	/* 0 (U6) */
	int			 notify;		/* ICMP errors to insiders, 1 */
	int			 mss;			/* max-mss, 0: none */
	char			*state_file;		/* NULL: none */
	unsigned int		 state_every;		/* seconds, 0: at exit */
};

/* A file that rules were read from besides their own. */
struct rules_file {
	const char		*path;
	const struct rules_file	*next;
};

struct rules {
	struct rules_settings	 settings;
	struct rule		*rules;
	unsigned int		 n;
	/* Interfaces named in parentheses: to be watched. */
	char			(*interfaces)[DIVERT_IFNAME_SIZE];
	unsigned int		 ninterfaces;
	const struct rules_file	*files;		/* of tables */
	struct rules_block	*blocks;	/* what all this lies in */
};

/*
 * Keep the names of services and protocols in memory: where files cannot be
 * opened any more rules are read with those.
 */
void	 rules_keep_names(void);

/*
 * Read rules from text (of a file or -e), name is for messages.  NULL with
 * "name:line:column: expected ..." in errbuf, a line for each mistake as far
 * as there is room: EINVAL; ENOMEM.  Tables in files are opened as they are
 * named.
 */
struct rules *rules_parse(const char *name, const char *text, size_t len,
	    char *errbuf, size_t errlen);
void	 rules_free(struct rules *);

/*
 * What was understood (-nv), as rules that parse again to the same; settings
 * only where they are not the default.  Returns 0, or -1: ENOMEM.
 */
int	 rules_print(const struct rules *, void (*line)(void *, const char *),
	    void *arg);

/*
 * The addresses of interfaces in parentheses.  lookup fills in an address of
 * the family and returns 1, or 0: it has none.  Returns how many changed.
 */
unsigned int rules_resolve(struct rules *,
	    int (*lookup)(void *, const char *ifname, int family,
		uint8_t *addr, uint8_t *prefix), void *arg);

/* Is the address among these?  addr: 4 or 16 bytes by family. */
int	 rules_hosts_match(const struct rule_hosts *, int family,
	    const uint8_t *addr);

/*
 * A configuration file of natd(8), one long option a line, as rules.  Options
 * that are not translated are in comments, with the reason.  The text is the
 * caller's to free.  NULL with "name:line: ..." in errbuf: EINVAL; ENOMEM.
 */
char	*rules_from_natd(const char *name, const char *text, size_t len,
	    char *errbuf, size_t errlen);

#endif
