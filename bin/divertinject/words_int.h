/* SPDX-License-Identifier: ISC */
#ifndef WORDS_INT_H
#define WORDS_INT_H

#include "words.h"
#include "words_scan.h"

/* What the files of the grammar share. */

#define WORDS_PAYLOAD_MAX	65535

/* What packets there are. */
#define KIND_TCP	0x01u
#define KIND_UDP	0x02u
#define KIND_ICMP	0x04u
#define KIND_ICMP6	0x08u
#define KIND_OTHER	0x10u
#define KIND_NONE	0x20u		/* proto has not come yet */
#define KIND_PORTS	(KIND_TCP | KIND_UDP)
#define KIND_ICMPS	(KIND_ICMP | KIND_ICMP6)
#define KIND_ALL	(KIND_PORTS | KIND_ICMPS | KIND_OTHER)

struct parser {
	struct scan	 scan;		/* at the word to be read next */
	struct words	*words;
	unsigned int	 kind;		/* KIND_* of the protocol */
	uint64_t	 given;		/* rows of the table, as bits */
	/* The first word that only a packet of IPv4, IPv6 has; or NULL. */
	const char	*only[2];
	size_t		 only_column[2];
	size_t		 port_column[2];	/* where a port could be */
	size_t		 id_column;
	size_t		 frag_column;
	size_t		 mtu_column;
	size_t		 length_column;
	uint32_t	 length;	/* of payload, where asked for */
};

/* The protocol's name, as far as a packet's kind has one. */
const char *words_kind_name(unsigned int kind);

/*
 * A number in decimal, or in hexadecimal after 0x.  Returns it, or -1: none,
 * or larger than max.
 */
int64_t	words_number(const char *text, uint32_t max);

/* The number here into *value, and on to the next word.  0 or -1. */
int	words_take_number(struct parser *, const char *what, uint32_t max,
	    uint32_t *value);

/* "expected WHAT (0 to MAX)", as scan_expected().  -1. */
int	words_expected(struct parser *, const char *what, uint32_t max);

/* What comes after the word of this name, into its field.  0 or -1. */
int	words_flags(struct parser *);
int	words_timestamp(struct parser *);
int	words_icmp_type(struct parser *);
int	words_icmp_code(struct parser *);
int	words_mtu(struct parser *);
int	words_tos(struct parser *);

/*
 * What comes after `payload': text in quotes, hex and digits, or file and a
 * path.  0 or -1, errno as words_parse().
 */
int	words_payload(struct parser *);

/* Bring the payload to the length asked for.  0, or -1 ENOMEM. */
int	words_payload_fit(struct parser *);

/* The packet as a whole, text being all its words.  0 or -1. */
int	words_check(struct parser *, const char *text);

#endif
