/* SPDX-License-Identifier: ISC */
#ifndef JSON_MEMBERS_H
#define JSON_MEMBERS_H

#include "json_fields.h"

/* What the files that read records as descriptions share. */

/* What the booleans and the number of the TCP flags say. */
struct json_flags {
	uint8_t	 on;
	uint8_t	 off;
	int	 number;		/* -1: not there */
};

/*
 * Say "object.key: sentence", or "key: sentence" where the object is "".
 * Returns -1 with EINVAL.
 */
int	divert_json_wrong(const struct json_fields *, const char *object,
	    const char *key, const char *, ...)
	    __attribute__((__format__(printf, 4, 5)));

/* A protocol's name without quotes, in a buffer of this size. */
#define JSON_PROTO_SIZE	32
void	 divert_json_name_proto(char *, uint8_t proto);

/* The name of the i-th object with members of these, or NULL. */
const char *divert_json_object(size_t i);

/*
 * Into fields, whose version and protocol are known, what members say: the
 * numbers at the top of the record; and all that is in its objects, the
 * booleans of TCP's flags into flags.  0 or -1.
 */
int	divert_json_top(const struct json_fields *, struct divert_fields *);
int	divert_json_objects(const struct json_fields *, struct divert_fields *,
	    struct json_flags *);

#endif
