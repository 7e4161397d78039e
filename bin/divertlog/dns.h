/* SPDX-License-Identifier: ISC */
#ifndef DNS_H
#define DNS_H

#include <stddef.h>
#include <stdint.h>

/*
 * A DNS message as the `dns' object of EVE, version 3.  What EVE has no word
 * for is added under names of its own; absent is not applicable, and flags
 * are there only when set.
 *
 *	version type id flags qr aa tc rd ra z ad cd opcode rcode
 *	queries		[{rrname rrtype rrclass unicast}]
 *	answers, authorities, additionals
 *			[{rrname rrtype rrclass cache_flush ttl rdata}]
 *	trailing truncated malformed
 *
 * flags and rcode of a request are left out (rcode: unless set).  rrclass is
 * left out for IN.  On port 5353 the top bit of a class is no part of it but
 * `unicast' or `cache_flush' (RFC 6762).  Types, classes and codes that have
 * no name are TYPE65280, CLASS7, RCODE12.
 *
 * rdata is an address, a name (MX: with `preference'), or text (TXT, HINFO: an
 * array when there are several strings; those without a byte are left out).
 * Text has \\ and \DDD as names have: \u0000 would be JSON, but not for
 * every reader.
 * In place of rdata, objects of that name: soa, srv, sshfp, caa, ds, dnskey,
 * rrsig, svcb.  OPT has udp_size, version, do, rcode (when the extended part
 * is used) and `opt', an array of code and data, in place of ttl.  All else
 * is the text of RFC 3597: "\# length hex".
 *
 * Names are those of RFC 1035 section 5.1: \. \\ and \DDD for what is no
 * visible ASCII, without the last dot; the root is ".".
 *
 * Bounds.  No record is begun once the object has DNS_JSON_ENOUGH bytes: the
 * rest is counted by the message's own word in queries_omitted,
 * answers_omitted, authorities_omitted and additionals_omitted.  Of rdata
 * without a natural end (text, hexadecimals, options) at most 2,400 bytes of
 * JSON are written, and rdata_omitted is the number of its bytes left out.
 * Names are 255 bytes on the wire at most, through 127 pointers at most.
 *
 * truncated	the capture or the fragment ends before the message does; what
 *		is there whole is written.
 * trailing	bytes after the message, inside the datagram.
 * malformed	the first thing that is wrong, what was read up to there is
 *		written; after a bad rdata alone (the record goes without it)
 *		reading goes on:
 *	short		the message ends inside of what it announced
 *	name_loop	a compression pointer that does not lead backwards
 *	name_pointer	one into the header, or more than 127 in a name
 *	name_label	a label of type 01 or 10
 *	name_too_long	a name of more than 255 bytes
 *	rdata		data that does not have the form of its type
 */

#define DNS_JSON_ENOUGH	11500
/* The most bytes dns_write() appends. */
#define DNS_JSON_MAX	16384

enum dns_kind {
	DNS_NONE,
	DNS_UNICAST,		/* port 53 */
	DNS_MULTICAST		/* port 5353 */
};

/* What the ports of a UDP datagram say about its payload; -1: unknown. */
enum dns_kind	 dns_kind(int source_port, int destination_port);

/*
 * Append `{...}', without a key, and return where it ends; p unchanged for
 * DNS_NONE and for a message without a whole header.  len bytes of the message
 * are here and wirelen were sent: what the UDP length says, less its header.
 * What is behind wirelen is not looked at.
 */
char		*dns_write(char *p, enum dns_kind, const uint8_t *msg,
		    size_t len, size_t wirelen);

#endif
