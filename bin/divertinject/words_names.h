/* SPDX-License-Identifier: ISC */
#ifndef WORDS_NAMES_H
#define WORDS_NAMES_H

/*
 * The names that pf.conf(5) has for numbers.  All return the number, or -1:
 * no such name.
 */

/* A type of ICMP (version 4) or ICMPv6 (6). */
int	name_icmp_type(int version, const char *name);
/* A code of this type. */
int	name_icmp_code(int version, int type, const char *name);
/* A type of service, or differentiated services, as the byte in the header. */
int	name_tos(const char *name);

#endif
