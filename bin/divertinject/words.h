/* SPDX-License-Identifier: ISC */
#ifndef WORDS_H
#define WORDS_H

#include "build.h"

/*
 * A packet in words, as -e takes it.  First which way it goes and what it is,
 * in any order; `proto' must be there:
 *
 *	in | out		direction; else that of -D
 *	on INTERFACE		else that of -i
 *	inet | inet6		nothing but a check of the addresses
 *	proto P			tcp, udp, icmp, icmp6, a name of protocols(5), or
 *				a number
 *
 * Then where from and where to, and the rest, in any order, each at most once:
 *
 *	from ADDRESS [port P]	numeric; a port is a number or a name of
 *	to ADDRESS [port P]	services(5); TCP and UDP need both
 *
 *	flags F[/M]		TCP: letters of FSRPAUEW, "." for A, or none; as
 *				in pf.conf those of M not in F are clear
 *	seq N, ack N		TCP: numbers
 *	win N			TCP: window, 65535
 *	urp N			TCP: urgent pointer
 *	mss N			TCP: options
 *	wscale N
 *	sackok
 *	timestamp N[:N]		value and echo reply
 *
 *	icmp-type T		ICMP: names of pf.conf, or a number; echoreq
 *	icmp6-type T		ICMPv6: the same
 *	code C			names of pf.conf, or a number
 *	icmp-id N, seq N	echo: identifier and sequence number
 *	mtu N			unreach code needfrag, toobig: the MTU it tells
 *
 *	ttl N, hlim N		time to live or hop limit, 64
 *	tos N			or a name of pf.conf: lowdelay, ef, af11, cs1 ...
 *	id N			IPv4, and IPv6 in fragments
 *	df, no-df		IPv4: do not fragment
 *	flowlabel N		IPv6
 *	mf, offset N		this is a fragment: more follow; offset in bytes
 *	frag N			cut into fragments of at most N bytes
 *
 *	payload "TEXT"		\n \r \t \0 \xHH \\ \" \' as in C
 *	payload hex DIGITS
 *	payload file PATH
 *	length N		bytes of payload: the one given is repeated or
 *				cut, else there are zeros
 *
 * Numbers are decimal or, after 0x, hexadecimal.  "port = P" is allowed.
 */
struct words {
	struct divert_fields	 fields;	/* for divert_build() */
	enum divert_direction	 direction;	/* NONE: not said */
	char			 ifname[DIVERT_IFNAME_SIZE]; /* "": not said */
	uint32_t		 frag;	/* cut to this size, 0: do not */
	uint32_t		 frag_id; /* of these fragments, where the
					   * packet has none: divert_split() */
	uint8_t			*payload;	/* for words_free() */
};

/* Room for the longest sentence about what is wrong. */
#define WORDS_ERROR_SIZE	384

/*
 * Parse.  What divert_build() makes of the fields was tried.  Returns 0; or
 * -1 with a sentence in errbuf and nothing to free: EINVAL the words are
 * wrong, ENOMEM, or those of reading a payload's file.
 */
int	words_parse(const char *text, struct words *words, char *errbuf,
	    size_t errlen);
void	words_free(struct words *words);

#endif
