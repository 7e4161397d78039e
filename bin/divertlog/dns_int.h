/* SPDX-License-Identifier: ISC */
#ifndef DNS_INT_H
#define DNS_INT_H

#include <stddef.h>
#include <stdint.h>

/*
 * What the files of the DNS object share.  Every function that writes returns
 * where the text ends, or NULL: what it read is wrong or not all there, and
 * the message knows why.
 */

#define DNS_HEADER	12
/* 250 bytes as \\DDD, the dots of four labels, quotes. */
#define DNS_NAME_JSON	1256
/* Of rdata without a natural end. */
#define DNS_TEXT_JSON	2400
/* A record: its name, two more in SOA, and the numbers. */
#define DNS_RECORD_JSON	(3 * DNS_NAME_JSON + 400)

struct dns_message {
	const uint8_t	*data;
	size_t		 off;		/* what is read next */
	size_t		 end;		/* of what is being read */
	size_t		 len;		/* here */
	size_t		 wirelen;	/* as sent */
	unsigned int	 rcode;		/* the four bits of the header */
	int		 multicast;
	int		 in_rdata;
	int		 ended;		/* nothing after this can be read */
	int		 omitted;	/* for the size: nothing after this is */
	int		 truncated;
	const char	*malformed;
};

#define dns_member(p, key, v) \
	divert_json_number(json_literal((p), ",\"" key "\":"), (v))

static inline unsigned int
dns_get16(const uint8_t *s)
{
	return ((unsigned int)s[0] << 8 | s[1]);
}

static inline uint32_t
dns_get32(const uint8_t *s)
{
	return ((uint32_t)dns_get16(s) << 16 | dns_get16(s + 2));
}

/* The message is wrong: remember the first reason.  NULL for the caller. */
void		*dns_malformed(struct dns_message *, const char *);

/*
 * What is read needs the bytes before `need', and they are not there: because
 * the data of a record ends, or else the message.
 */
void		*dns_short(struct dns_message *, size_t need, int in_rdata);

/* The next n bytes, which are then read; NULL: not there. */
const uint8_t	*dns_take(struct dns_message *, size_t n);

/* Read a name and write it as a string; at most DNS_NAME_JSON bytes. */
char		*dns_name_write(char *, struct dns_message *);

/*
 * Text as a string, \\ and \DDD as in names; at most 5 * len + 2 bytes.
 * dns_text_fit() is how many of the bytes room is enough for, less quotes.
 */
char		*dns_text_write(char *, const uint8_t *, size_t len);
size_t		 dns_text_fit(const uint8_t *, size_t len, size_t room);

/* As strings; at most 12 bytes. */
char		*dns_type_write(char *, unsigned int type);
char		*dns_class_write(char *, unsigned int dns_class);
char		*dns_rcode_write(char *, unsigned int rcode);

/*
 * Read the data of a record, from off to end, and write it as members, with
 * a comma before each; at most DNS_RECORD_JSON less a name and its numbers.
 */
char		*dns_rdata_write(char *, struct dns_message *,
		    unsigned int type);

/* The same of an OPT record, all but its name and type. */
char		*dns_opt_write(char *, struct dns_message *,
		    unsigned int udp_size, uint32_t ttl);

#endif
