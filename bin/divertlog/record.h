/* SPDX-License-Identifier: ISC */
#ifndef RECORD_H
#define RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "divertutil.h"

/*
 * A packet, a flow or the statistics as one line of JSON: the names of
 * Suricata's EVE, this project's facts under "divert", keys in a fixed order or
 * in the one asked for.  Always ASCII, always whole, never null, and what does
 * not apply is not there.
 */

struct flow;
struct record;

struct record_options {
	const char	*port;		/* its name; NULL: no divert.src */
	const char	*host;		/* NULL: no host */
	const char	*fields;	/* a,b.c; NULL: all */
	uint32_t	 snap;		/* bytes of a packet written; 0: all */
	int		 bytes;		/* the packet in base64 */
	int		 nano;		/* nine digits of the second */
	int		 color;		/* of text */
};

/*
 * Prepare.  The strings are copied.  fields: names between commas, of a field
 * ("tcp.seq") or of an object ("tcp": all of it), in the order wanted; what
 * belongs to one object is gathered where the first of it stands.  With bytes
 * the packet comes last when it is not named, and naming it is enough.
 * NULL: EINVAL no such field, with a sentence in errbuf; ENOMEM.
 */
struct record *record_new(const struct record_options *, char *errbuf,
	    size_t errlen);
void	 record_free(struct record *);

/* Has any of the records a Community ID?  Then packets and flows need one. */
int	 record_has_id(const struct record *);

/* All of a record of a packet but the base64. */
#define RECORD_HEAD_MAX		24576
#define RECORD_PACKET_MAX(len)	((size_t)(len) * 2 + RECORD_HEAD_MAX)
#define RECORD_FLOW_MAX		8192

/*
 * A packet that was given this verdict.  layout: of divert_packet_parse(); a
 * fault in it makes an anomaly of the record, with the packet's bytes.
 * verdict_reason: for DIVERT_DROP and DIVERT_EXPIRE, or NONE.  community_id:
 * text that needs no escaping, or NULL.
 * buf has RECORD_PACKET_MAX(pkt->len) bytes.  Returns the length of the line,
 * its end included.
 */
size_t	 record_packet(struct record *, const struct divert_packet *,
	    const struct divert_layout *, enum divert_verdict,
	    enum divert_reason verdict_reason, const char *community_id,
	    char *buf);

/* A flow that ended; buf has RECORD_FLOW_MAX bytes. */
size_t	 record_flow(struct record *, const struct flow *, char *buf);

/*
 * Statistics at a time: object is JSON as it shall stand; buf has its length
 * and RECORD_HEAD_MAX.  Written whole, whatever fields were chosen.
 */
size_t	 record_stats(struct record *, const struct timespec *,
	    const char *object, char *buf);

/*
 * The same for people, on a terminal: RECORD_PACKET_MAX(pkt->len) and
 * RECORD_FLOW_MAX bytes.
 */
size_t	 record_text_packet(struct record *, const struct divert_packet *,
	    char *buf);
size_t	 record_text_flow(struct record *, const struct flow *, char *buf);

#endif
