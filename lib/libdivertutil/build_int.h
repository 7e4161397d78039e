/* SPDX-License-Identifier: ISC */
#ifndef BUILD_INT_H
#define BUILD_INT_H

#include "build.h"
#include "packet_int.h"

/* What the files that make packets share. */

#define TCP_HEADER		20
#define TCP_OPTIONS_MAX		40
#define UDP_HEADER		8
#define ICMP_HEADER		8
#define FRAGMENT_HEADER		8

/* What an ICMP packet is where nothing says so: an echo request. */
#define ICMP_ECHO		8
#define ICMPV6_ECHO		128

#define TCP_OPTION_END		0
#define TCP_OPTION_NOP		1
#define TCP_OPTION_MSS		2
#define TCP_OPTION_WSCALE	3
#define TCP_OPTION_SACK		4
#define TCP_OPTION_TIMES	8

/* Fields that are options of TCP. */
#define DIVERT_FIELDS_OPTIONS	(DIVERT_FIELD_MSS | DIVERT_FIELD_WSCALE | \
				DIVERT_FIELD_SACK | DIVERT_FIELD_TSVAL | \
				DIVERT_FIELD_TSECR)

/* Put a sentence into errbuf.  Returns -1 with errno error. */
int	divert_build_fail(char *errbuf, size_t errlen, int error,
	    const char *, ...) __attribute__((__format__(printf, 4, 5)));

/* Headers of IP: their size, and themselves in a packet of len bytes. */
uint32_t divert_build_ip_size(const struct divert_fields *);
void	 divert_build_ip(const struct divert_fields *, uint8_t *, uint32_t len);

/* Whether a packet of these fields begins with the header of its protocol. */
int	 divert_build_has_l4(const struct divert_fields *);

/*
 * The header of TCP, UDP, ICMP or ICMPv6, 0 for anything else: its size, and
 * itself before the payload of a segment of len bytes, without checksum.
 */
uint32_t divert_build_l4_size(const struct divert_fields *);
void	 divert_build_l4(const struct divert_fields *, uint8_t *,
	    uint32_t len);

/*
 * The TCP options of those fields that wanted has, padded to words.  Returns
 * the size, at most TCP_OPTIONS_MAX; p may be NULL.
 */
uint32_t divert_build_options(const struct divert_fields *, uint32_t wanted,
	    uint8_t *p);

/*
 * An option among len bytes of options: its offset, or -1.  *end is set to
 * where options end: before what is padding only, or cannot be read.
 */
int	 divert_build_find_option(const uint8_t *p, uint32_t len, uint8_t kind,
	    uint8_t size, uint32_t *end);

#endif
