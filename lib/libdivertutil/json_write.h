/* SPDX-License-Identifier: ISC */
#ifndef JSON_WRITE_H
#define JSON_WRITE_H

#include <sys/types.h>

#include <stdint.h>
#include <string.h>
#include <time.h>

/*
 * Appending JSON text.  Every function writes at p and returns where the text
 * ends; the caller provides the room, whose most is said with each.  Nothing
 * is NUL-terminated, nothing fails.
 */

/* A string constant as it stands: keys, punctuation. */
#define json_literal(p, s) \
	((char *)memcpy((p), (s), sizeof(s) - 1) + (sizeof(s) - 1))

/* Bytes as they stand: strings known to need no escaping. */
static inline char *
json_bytes(char *p, const void *s, size_t len)
{
	memcpy(p, s, len);
	return (p + len);
}

/* What divert_json_time() remembers between calls; begin with zeros. */
struct json_clock {
	int64_t	 second;
	char	 text[20];		/* 2026-11-23T06:36:33 and a point */
	int	 set;
};

/* Decimal; at most 20 bytes. */
char	*divert_json_number(char *, uint64_t);

/* In quotes and escaped, pure ASCII; at most 6 * len + 2 bytes. */
char	*divert_json_string(char *, const char *, size_t len);

/*
 * RFC 3339 in UTC, no quotes; digits of the second: 6 or 9.  At most 30 bytes.
 * Times before 1970 or after 9999 are written as the nearest of these.
 */
char	*divert_json_time(char *, struct json_clock *, const struct timespec *,
	    int digits);

/* A dotted quad; at most 15 bytes. */
char	*divert_json_ipv4(char *, const uint8_t *);

/* RFC 5952; at most 45 bytes. */
char	*divert_json_ipv6(char *, const uint8_t *);

#define JSON_BASE64_SIZE(len)	(((len) + 2) / 3 * 4)

/* RFC 4648 with padding, no quotes; JSON_BASE64_SIZE(len) bytes. */
char	*divert_json_base64(char *, const uint8_t *, size_t len);

/*
 * The reverse, from a text of len bytes; out may be where the text is.
 * Returns the number of bytes, or -1: no base64.
 */
ssize_t	 divert_json_base64_decode(uint8_t *out, const char *, size_t len);

#endif
