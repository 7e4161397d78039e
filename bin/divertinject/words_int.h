/* SPDX-License-Identifier: ISC */
#ifndef WORDS_INT_H
#define WORDS_INT_H

#include "words.h"
#include "words_scan.h"

/* What the files of the grammar share. */

#define WORDS_PAYLOAD_MAX	65535

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

/*
 * A number in decimal, or in hexadecimal after 0x.  Returns it, or -1: none,
 * or larger than max.
 */
int64_t	words_number(const char *text, uint32_t max);

/*
 * What comes after `payload': text in quotes, hex and digits, or file and a
 * path.  0 or -1, errno as words_parse().
 */
int	words_payload(struct parser *);

/* Bring the payload to the length asked for.  0, or -1 ENOMEM. */
int	words_payload_fit(struct parser *);

#endif
