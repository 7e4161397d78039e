/* SPDX-License-Identifier: ISC */
#ifndef JSON_PACKET_H
#define JSON_PACKET_H

#include "divertutil.h"
#include "json_write.h"

/*
 * The members that every record of a packet has, for the JSON encoder and for
 * divertlog.  A member is written whole, comma and key first, or not at all
 * when it does not apply; whoever began an object puts its brace over the
 * first comma (json_object_end).
 */

/* A key as it stands in a record: ,"name": */
#define JSON_KEY_SIZE	28
struct json_key {
	char		 text[JSON_KEY_SIZE];
	uint32_t	 len;
};
#define JSON_KEY(name)	{ ",\"" name "\":", sizeof(",\"" name "\":") - 1 }

/* Bytes beyond the end of the text that may be written for speed. */
#define JSON_SLOP	JSON_KEY_SIZE

/* A fixed number of bytes is copied: that is a few moves and no loop. */
static inline char *
json_put_key(char *p, const struct json_key *key)
{
	memcpy(p, key->text, sizeof(key->text));
	return (p + key->len);
}

/*
 * The end of an object whose members begin at first, and whose key, if any,
 * at start.  One without members is taken back: p is start again.
 */
static inline char *
json_object_end(char *start, char *first, char *p)
{
	if (p == first)
		return (start);
	*first = '{';
	*p++ = '}';
	return (p);
}

/* A packet on its way into a record. */
struct json_packet {
	const struct divert_packet *pkt;
	const struct divert_layout *layout;	/* of a parse, failed or not */
	struct json_clock *clock;
	int		 digits;		/* of the second: 6 or 9 */
	uint32_t	 caplen;		/* bytes of the record's packet */
	const char	*src;			/* the port's name, in quotes */
	size_t		 src_len;		/* 0: none */
};

struct json_field {
	struct json_key	 key;
	char		*(*put)(char *, const struct json_key *,
			    struct json_packet *);
};

/*
 * Members at the top, by their names in Suricata's EVE.  At most
 * JSON_KEY_SIZE and what json_write.h says of the value, in quotes where it
 * is a string.
 */
char	*divert_json_timestamp(char *, const struct json_key *,
	    struct json_packet *);
char	*divert_json_in_iface(char *, const struct json_key *,
	    struct json_packet *);
char	*divert_json_src_ip(char *, const struct json_key *,
	    struct json_packet *);
char	*divert_json_src_port(char *, const struct json_key *,
	    struct json_packet *);
char	*divert_json_dest_ip(char *, const struct json_key *,
	    struct json_packet *);
char	*divert_json_dest_port(char *, const struct json_key *,
	    struct json_packet *);
char	*divert_json_proto(char *, const struct json_key *,
	    struct json_packet *);
char	*divert_json_ip_v(char *, const struct json_key *,
	    struct json_packet *);

/* Members of the object "divert": what travels with a packet. */
char	*divert_json_v(char *, const struct json_key *, struct json_packet *);
char	*divert_json_src(char *, const struct json_key *, struct json_packet *);
char	*divert_json_dir(char *, const struct json_key *, struct json_packet *);
char	*divert_json_pkt_id(char *, const struct json_key *,
	    struct json_packet *);
char	*divert_json_len(char *, const struct json_key *, struct json_packet *);
char	*divert_json_caplen(char *, const struct json_key *,
	    struct json_packet *);
char	*divert_json_rule(char *, const struct json_key *,
	    struct json_packet *);
char	*divert_json_mark(char *, const struct json_key *,
	    struct json_packet *);
char	*divert_json_queue(char *, const struct json_key *,
	    struct json_packet *);
char	*divert_json_drops(char *, const struct json_key *,
	    struct json_packet *);
char	*divert_json_sum(char *, const struct json_key *, struct json_packet *);
char	*divert_json_gso(char *, const struct json_key *, struct json_packet *);
char	*divert_json_if(char *, const struct json_key *, struct json_packet *);

/*
 * Values alone, in quotes: an address (at most 47 bytes), and the name of a
 * protocol (at most 15, counting what may be used behind it).
 */
char	*divert_json_address(char *, const uint8_t *, int version);
char	*divert_json_proto_name(char *, uint8_t proto);

#endif
