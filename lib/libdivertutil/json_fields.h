/* SPDX-License-Identifier: ISC */
#ifndef JSON_FIELDS_H
#define JSON_FIELDS_H

#include <jansson.h>

#include "build.h"

/* The members of a record that say what its packet is made of. */
struct json_fields {
	const json_t	*line;
	/* The fields of the record's packet; NULL: it has none. */
	const struct divert_fields *packet;
	/* That packet was cut: what is not in it is no contradiction. */
	int		 cut;
	/* Room for "payload": as many bytes as its base64 has. */
	uint8_t		*room;
	char		*errbuf;
	size_t		 errlen;
};

/* Whether a record without packet says what one would be made of. */
int	divert_json_has_fields(const json_t *line);

/*
 * Read them.  With a packet only what differs from it is set in fields,
 * without one all.  The payload is borrowed from room or line.
 * Returns 0, or -1 with a sentence that begins with the member's name: one
 * that nobody knows in an object of ours, of a wrong type, out of range,
 * missing, or contradicting another or the packet.
 */
int	divert_json_fields(const struct json_fields *, struct divert_fields *);

#endif
