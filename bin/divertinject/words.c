/* SPDX-License-Identifier: ISC */

/*
 * A packet in words.
 *
 * The words are those of rules in pf.conf and of what tcpdump prints.  The
 * protocol comes before all that depends on it, as in a rule, so that a word
 * has one meaning where it stands: seq is of TCP or of an echo, and a port's
 * name is looked up for its protocol.
 */

#include "compat.h"

#include <sys/socket.h>

#include <netinet/in.h>

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "words_int.h"

/*
 * A word, and how what comes after it is read: by a function, or as a number
 * that goes to a place in struct divert_fields.
 */
struct clause {
	const char	*word;
	unsigned int	 kinds;		/* of packets that have it */
	int		 version;	/* that has it, 0: both */
	uint32_t	 field;		/* DIVERT_FIELD_*, 0: by itself */
	int		(*read)(struct parser *);	/* NULL: a number */
	const char	*what;		/* the number is */
	uint32_t	 max;
	size_t		 place;
	size_t		 width;
};

#define NUMBER(what, max, member)					\
	NULL, (what), (max), offsetof(struct divert_fields, member),	\
	sizeof(((struct divert_fields *)NULL)->member)
#define BY(function)	(function), NULL, 0, 0, 0

static int	read_in(struct parser *);
static int	read_out(struct parser *);
static int	read_on(struct parser *);
static int	read_nothing(struct parser *);
static int	read_proto(struct parser *);
static int	read_from(struct parser *);
static int	read_to(struct parser *);
static int	read_sackok(struct parser *);
static int	read_id(struct parser *);
static int	read_df(struct parser *);
static int	read_no_df(struct parser *);
static int	read_mf(struct parser *);
static int	read_frag(struct parser *);
static int	read_length(struct parser *);

static const struct clause clauses[] = {
	{ "in", KIND_ALL | KIND_NONE, 0, 0, BY(read_in) },
	{ "out", KIND_ALL | KIND_NONE, 0, 0, BY(read_out) },
	{ "on", KIND_ALL | KIND_NONE, 0, 0, BY(read_on) },
	{ "inet", KIND_ALL | KIND_NONE, 4, 0, BY(read_nothing) },
	{ "inet6", KIND_ALL | KIND_NONE, 6, 0, BY(read_nothing) },
	{ "proto", KIND_ALL | KIND_NONE, 0, DIVERT_FIELD_PROTO,
	    BY(read_proto) },
	{ "from", KIND_ALL, 0, DIVERT_FIELD_SRC, BY(read_from) },
	{ "to", KIND_ALL, 0, DIVERT_FIELD_DST, BY(read_to) },
	{ "flags", KIND_TCP, 0, DIVERT_FIELD_FLAGS, BY(words_flags) },
	{ "seq", KIND_TCP, 0, DIVERT_FIELD_SEQ,
	    NUMBER("a sequence number", UINT32_MAX, seq) },
	{ "ack", KIND_TCP, 0, DIVERT_FIELD_ACK,
	    NUMBER("an acknowledgement number", UINT32_MAX, ack) },
	{ "win", KIND_TCP, 0, DIVERT_FIELD_WINDOW,
	    NUMBER("a window", 65535, window) },
	{ "urp", KIND_TCP, 0, DIVERT_FIELD_URGENT,
	    NUMBER("an urgent pointer", 65535, urgent) },
	{ "mss", KIND_TCP, 0, DIVERT_FIELD_MSS,
	    NUMBER("a segment size", 65535, mss) },
	{ "wscale", KIND_TCP, 0, DIVERT_FIELD_WSCALE,
	    NUMBER("a shift", 255, wscale) },
	{ "sackok", KIND_TCP, 0, DIVERT_FIELD_SACK, BY(read_sackok) },
	{ "timestamp", KIND_TCP, 0, DIVERT_FIELD_TSVAL | DIVERT_FIELD_TSECR,
	    BY(words_timestamp) },
	{ "icmp-type", KIND_ICMP, 0, DIVERT_FIELD_ICMP_TYPE,
	    BY(words_icmp_type) },
	{ "icmp6-type", KIND_ICMP6, 0, DIVERT_FIELD_ICMP_TYPE,
	    BY(words_icmp_type) },
	{ "code", KIND_ICMPS, 0, DIVERT_FIELD_ICMP_CODE, BY(words_icmp_code) },
	{ "icmp-id", KIND_ICMPS, 0, DIVERT_FIELD_ICMP_ID,
	    NUMBER("an identifier", 65535, icmp_id) },
	{ "seq", KIND_ICMPS, 0, DIVERT_FIELD_ICMP_SEQ,
	    NUMBER("a sequence number", 65535, icmp_seq) },
	{ "mtu", KIND_ICMPS, 0, DIVERT_FIELD_ICMP_REST, BY(words_mtu) },
	{ "ttl", KIND_ALL, 0, DIVERT_FIELD_TTL,
	    NUMBER("a time to live", 255, ttl) },
	{ "hlim", KIND_ALL, 6, DIVERT_FIELD_TTL,
	    NUMBER("a hop limit", 255, ttl) },
	{ "tos", KIND_ALL, 0, DIVERT_FIELD_TOS, BY(words_tos) },
	{ "id", KIND_ALL, 0, DIVERT_FIELD_ID, BY(read_id) },
	{ "df", KIND_ALL, 4, DIVERT_FIELD_DF, BY(read_df) },
	{ "no-df", KIND_ALL, 4, DIVERT_FIELD_DF, BY(read_no_df) },
	{ "flowlabel", KIND_ALL, 6, DIVERT_FIELD_FLOW,
	    NUMBER("a flow label", 0xfffff, flow) },
	{ "mf", KIND_ALL, 0, DIVERT_FIELD_MF, BY(read_mf) },
	{ "offset", KIND_ALL, 0, DIVERT_FIELD_FRAG_OFF,
	    NUMBER("an offset in bytes", 65528, frag_off) },
	{ "frag", KIND_ALL, 0, 0, BY(read_frag) },
	{ "payload", KIND_ALL, 0, DIVERT_FIELD_PAYLOAD, BY(words_payload) },
	{ "length", KIND_ALL, 0, 0, BY(read_length) }
};

#define CLAUSES		(sizeof(clauses) / sizeof(clauses[0]))

static const struct protocol {
	const char	*name;
	unsigned int	 kind;
	int		 version;
	uint8_t		 number;
} protocols[] = {
	{ "tcp", KIND_TCP, 0, IPPROTO_TCP },
	{ "udp", KIND_UDP, 0, IPPROTO_UDP },
	{ "icmp", KIND_ICMP, 4, IPPROTO_ICMP },
	{ "icmp6", KIND_ICMP6, 6, IPPROTO_ICMPV6 },
	{ "ipv6-icmp", KIND_ICMP6, 6, IPPROTO_ICMPV6 }
};

#define PROTOCOLS	(sizeof(protocols) / sizeof(protocols[0]))

const char *
words_kind_name(unsigned int kind)
{
	size_t	 i;

	for (i = 0; i < PROTOCOLS; i++)
		if (protocols[i].kind == kind)
			return (protocols[i].name);
	return ("this protocol");
}

static int
read_number(struct parser *p, const struct clause *c)
{
	uint32_t	 value = 0;
	uint16_t	 half;
	uint8_t		 byte, *place;

	if (words_take_number(p, c->what, c->max, &value) == -1)
		return (-1);
	half = (uint16_t)value;
	byte = (uint8_t)value;
	place = (uint8_t *)&p->words->fields + c->place;
	switch (c->width) {
	case 1:
		*place = byte;
		break;
	case 2:
		memcpy(place, &half, sizeof(half));
		break;
	case 4:
		memcpy(place, &value, sizeof(value));
		break;
	}
	return (0);
}

/* The first word that only one version has is remembered. */
static void
imply(struct parser *p, int version, const char *word, size_t column)
{
	int	 i = version == 6;

	if (version == 0 || p->only[i] != NULL)
		return;
	p->only[i] = word;
	p->only_column[i] = column;
}

/* Whether a row, or what excludes it, was there already. */
static int
is_said(const struct parser *p, size_t row)
{
	const struct clause	*c = &clauses[row];

	if (c->read == read_in || c->read == read_out)
		return (p->words->direction != DIVERT_DIRECTION_NONE);
	return ((p->given & (uint64_t)1 << row) != 0 ||
	    (p->words->fields.set & c->field) != 0);
}

static int
unknown(struct parser *p)
{
	char	 text[256];
	size_t	 i;

	strlcpy(text, "one of", sizeof(text));
	for (i = 0; i < CLAUSES; i++) {
		if ((clauses[i].kinds & p->kind) == 0 || is_said(p, i))
			continue;
		strlcat(text, " ", sizeof(text));
		strlcat(text, clauses[i].word, sizeof(text));
	}
	return (scan_expected(&p->scan, text));
}

/* The clause of the word here, or NULL after what is wrong was said. */
static const struct clause *
find_clause(struct parser *p)
{
	const char	*text = p->scan.text;
	size_t		 i;
	int		 known = 0;

	if (p->scan.kind != SCAN_WORD) {
		(void)unknown(p);
		return (NULL);
	}
	for (i = 0; i < CLAUSES; i++) {
		if (strcmp(clauses[i].word, text) != 0)
			continue;
		if ((clauses[i].kinds & p->kind) != 0)
			return (&clauses[i]);
		known = 1;
	}
	if (known && p->kind == KIND_NONE)
		(void)scan_fail(&p->scan, p->scan.column,
		    "expected proto before \"%s\"", text);
	else if (known)
		(void)scan_fail(&p->scan, p->scan.column,
		    "%s has no \"%s\"", words_kind_name(p->kind), text);
	else
		(void)unknown(p);
	return (NULL);
}

static int
read_clause(struct parser *p)
{
	const struct clause	*c;
	struct divert_fields	*f = &p->words->fields;

	if ((c = find_clause(p)) == NULL)
		return (-1);
	if (is_said(p, (size_t)(c - clauses)))
		return (scan_fail(&p->scan, p->scan.column,
		    "\"%s\": this was said already", c->word));
	p->given |= (uint64_t)1 << (c - clauses);
	imply(p, c->version, c->word, p->scan.column);
	if (scan_next(&p->scan) == -1)
		return (-1);
	if ((c->read != NULL ? c->read(p) : read_number(p, c)) == -1)
		return (-1);
	f->set |= c->field;
	return (0);
}

static int
read_nothing(struct parser *p)
{
	(void)p;
	return (0);
}

static int
read_in(struct parser *p)
{
	p->words->direction = DIVERT_DIRECTION_IN;
	return (0);
}

static int
read_out(struct parser *p)
{
	p->words->direction = DIVERT_DIRECTION_OUT;
	return (0);
}

static int
read_on(struct parser *p)
{
	struct words	*w = p->words;

	if (p->scan.kind != SCAN_WORD || p->scan.len >= sizeof(w->ifname))
		return (scan_expected(&p->scan, "the name of an interface"));
	memcpy(w->ifname, p->scan.text, p->scan.len + 1);
	return (scan_next(&p->scan));
}

static int
read_proto(struct parser *p)
{
	const struct protoent	*entry;
	int64_t			 n = -1;
	size_t			 i;

	for (i = 0; p->scan.kind == SCAN_WORD && i < PROTOCOLS; i++)
		if (strcmp(protocols[i].name, p->scan.text) == 0)
			n = protocols[i].number;
	if (n == -1 && p->scan.kind == SCAN_WORD)
		n = words_number(p->scan.text, 255);
	if (n == -1 && p->scan.kind == SCAN_WORD &&
	    (entry = getprotobyname(p->scan.text)) != NULL)
		n = entry->p_proto;
	if (n < 0 || n > 255)
		return (scan_expected(&p->scan,
		    "a protocol (tcp, udp, icmp, icmp6, or 0 to 255)"));
	p->words->fields.proto = (uint8_t)n;
	p->kind = KIND_OTHER;
	for (i = 0; i < PROTOCOLS; i++) {
		if (protocols[i].number != n || p->kind != KIND_OTHER)
			continue;
		p->kind = protocols[i].kind;
		imply(p, protocols[i].version, protocols[i].name,
		    p->scan.column);
	}
	return (scan_next(&p->scan));
}

/* The port behind an address, where there is one. */
static int
read_port(struct parser *p, enum divert_side side)
{
	struct divert_fields	*f = &p->words->fields;
	const struct servent	*entry;
	int64_t			 n;

	p->port_column[side] = p->scan.column;
	if (p->scan.kind != SCAN_WORD || strcmp(p->scan.text, "port") != 0)
		return (0);
	if ((p->kind & KIND_PORTS) == 0)
		return (scan_fail(&p->scan, p->scan.column,
		    "%s has no ports", words_kind_name(p->kind)));
	if (scan_next(&p->scan) == -1)
		return (-1);
	if (p->scan.kind == SCAN_WORD && strcmp(p->scan.text, "=") == 0 &&
	    scan_next(&p->scan) == -1)
		return (-1);
	n = -1;
	if (p->scan.kind == SCAN_WORD) {
		n = words_number(p->scan.text, 65535);
		if (n == -1 && (entry = getservbyname(p->scan.text,
		    words_kind_name(p->kind))) != NULL)
			n = ntohs((uint16_t)entry->s_port);
	}
	if (n == -1)
		return (scan_expected(&p->scan,
		    "a port number (0 to 65535) or the name of a service"));
	if (side == DIVERT_SOURCE) {
		f->sport = (uint16_t)n;
		f->set |= DIVERT_FIELD_SPORT;
	} else {
		f->dport = (uint16_t)n;
		f->set |= DIVERT_FIELD_DPORT;
	}
	return (scan_next(&p->scan));
}

static int
read_address(struct parser *p, enum divert_side side)
{
	struct divert_fields	*f = &p->words->fields;
	char			 why[160];
	int			 version = f->version;

	if (p->scan.kind != SCAN_WORD)
		return (scan_expected(&p->scan, "an address in numbers"));
	if (strchr(p->scan.text, '/') != NULL)
		return (scan_expected(&p->scan,
		    "one address and no network"));
	if (strchr(p->scan.text, '%') != NULL)
		return (scan_expected(&p->scan, "an address alone "
		    "(its interface is said with \"on\")"));
	if (divert_build_address(f, side, p->scan.text, why, sizeof(why)) ==
	    -1) {
		f->version = 0;
		if (version != 0 && divert_build_address(f, side,
		    p->scan.text, why, sizeof(why)) == 0)
			return (scan_expected(&p->scan, version == 4 ?
			    "an IPv4 address as the other one" :
			    "an IPv6 address as the other one"));
		return (scan_expected(&p->scan, "an address in numbers"));
	}
	if (scan_next(&p->scan) == -1)
		return (-1);
	return (read_port(p, side));
}

static int
read_from(struct parser *p)
{
	return (read_address(p, DIVERT_SOURCE));
}

static int
read_to(struct parser *p)
{
	return (read_address(p, DIVERT_DESTINATION));
}

static int
read_sackok(struct parser *p)
{
	p->words->fields.sack = 1;
	return (0);
}

static int
read_id(struct parser *p)
{
	p->id_column = p->scan.column;
	return (words_take_number(p, "an id", UINT32_MAX,
	    &p->words->fields.id));
}

static int
read_df(struct parser *p)
{
	p->words->fields.df = 1;
	return (0);
}

static int
read_no_df(struct parser *p)
{
	p->words->fields.df = 0;
	return (0);
}

static int
read_mf(struct parser *p)
{
	p->words->fields.mf = 1;
	return (0);
}

static int
read_frag(struct parser *p)
{
	p->frag_column = p->scan.column;
	return (words_take_number(p, "the size of a fragment", 65535,
	    &p->words->frag));
}

static int
read_length(struct parser *p)
{
	p->length_column = p->scan.column;
	return (words_take_number(p, "a length", WORDS_PAYLOAD_MAX,
	    &p->length));
}

int
words_parse(const char *text, struct words *words, char *errbuf,
    size_t errlen)
{
	struct parser	 p;
	char		*copy;
	int		 error, rc;

	memset(words, 0, sizeof(*words));
	memset(&p, 0, sizeof(p));
	p.words = words;
	p.kind = KIND_NONE;
	if ((copy = strdup(text)) == NULL) {
		snprintf(errbuf, errlen, "%s", strerror(ENOMEM));
		return (-1);
	}
	rc = scan_begin(&p.scan, copy, errbuf, errlen);
	while (rc == 0 && p.scan.kind != SCAN_END)
		rc = read_clause(&p);
	if (rc == 0)
		rc = words_check(&p, text);
	error = errno;
	free(copy);
	if (rc == -1)
		words_free(words);
	errno = error;
	return (rc);
}

void
words_free(struct words *words)
{
	free(words->payload);
	words->payload = NULL;
	words->fields.payload = NULL;
}
