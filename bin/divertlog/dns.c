/* SPDX-License-Identifier: ISC */

/*
 * A DNS message as EVE's `dns' object; dns.h has the form and the bounds.
 *
 * Records are written while they are read, and taken back when they turn out
 * not to be whole.  The size is bounded by not beginning another one once
 * there is enough, so that no record is cut.
 */

#include "compat.h"

#include "dns.h"
#include "dns_int.h"
#include "json_write.h"

/*
 * After enough there may come: one record, its array, four counts and what is
 * said at the end.
 */
_Static_assert(DNS_JSON_ENOUGH + DNS_RECORD_JSON + 240 <= DNS_JSON_MAX,
    "the bound of the DNS object");

#define TOP_BIT		0x8000
#define TYPE_OPT	41

/* Reads one entry of a section and writes it; NULL: it cannot be read. */
typedef char	*entry_fn(char *, struct dns_message *);

enum dns_kind
dns_kind(int source_port, int destination_port)
{
	if (source_port == 53 || destination_port == 53)
		return (DNS_UNICAST);
	if (source_port == 5353 || destination_port == 5353)
		return (DNS_MULTICAST);
	return (DNS_NONE);
}

void *
dns_malformed(struct dns_message *m, const char *why)
{
	if (m->malformed == NULL)
		m->malformed = why;
	return (NULL);
}

void *
dns_short(struct dns_message *m, size_t need, int in_rdata)
{
	if (in_rdata || (m->in_rdata && need > m->wirelen))
		return (dns_malformed(m, "rdata"));
	if (need > m->wirelen)
		return (dns_malformed(m, "short"));
	m->truncated = 1;
	return (NULL);
}

const uint8_t *
dns_take(struct dns_message *m, size_t n)
{
	const uint8_t	*s;

	if (n > m->end - m->off)
		return (dns_short(m, m->off + n, m->in_rdata));
	s = m->data + m->off;
	m->off += n;
	return (s);
}

static char *
class_write(char *p, const struct dns_message *m, unsigned int dns_class,
    const char *top)
{
	unsigned int	 bare;

	bare = m->multicast ? dns_class & ~(unsigned int)TOP_BIT : dns_class;
	if (bare != 1)
		p = dns_class_write(json_literal(p, ",\"rrclass\":"), bare);
	if (bare != dns_class)
		p = json_bytes(p, top, strlen(top));
	return (p);
}

static char *
question(char *p, struct dns_message *m)
{
	const uint8_t	*s;

	p = json_literal(p, "{\"rrname\":");
	if ((p = dns_name_write(p, m)) == NULL || (s = dns_take(m, 4)) == NULL)
		return (NULL);
	p = json_literal(p, ",\"rrtype\":");
	p = dns_type_write(p, dns_get16(s));
	p = class_write(p, m, dns_get16(s + 2), ",\"unicast\":true");
	*p++ = '}';
	return (p);
}

static char *
record(char *p, struct dns_message *m)
{
	const uint8_t	*s;
	unsigned int	 type;
	size_t		 next;
	char		*data;

	p = json_literal(p, "{\"rrname\":");
	if ((p = dns_name_write(p, m)) == NULL || (s = dns_take(m, 10)) == NULL)
		return (NULL);
	next = m->off + dns_get16(s + 8);
	if (next > m->len)
		return (dns_short(m, next, 0));
	type = dns_get16(s);
	p = json_literal(p, ",\"rrtype\":");
	p = dns_type_write(p, type);
	m->end = next;
	m->in_rdata = 1;
	if (type == TYPE_OPT) {
		data = dns_opt_write(p, m, dns_get16(s + 2), dns_get32(s + 4));
	} else {
		p = class_write(p, m, dns_get16(s + 2),
		    ",\"cache_flush\":true");
		p = dns_member(p, "ttl", dns_get32(s + 4));
		data = dns_rdata_write(p, m, type);
	}
	m->in_rdata = 0;
	m->end = m->len;
	m->off = next;
	if (data != NULL)
		p = data;
	*p++ = '}';
	return (p);
}

/* A section of count entries, as long as the object at first is not enough. */
static char *
section(char *p, const char *first, struct dns_message *m, unsigned int count,
    entry_fn *entry, const char *key)
{
	unsigned int	 n;
	char		*q;

	for (n = 0; n < count && !m->ended; n++) {
		if (p - first >= DNS_JSON_ENOUGH)
			m->omitted = 1;
		if (m->omitted)
			break;
		if (n == 0) {
			q = json_literal(p, ",\"");
			q = json_bytes(q, key, strlen(key));
			q = json_literal(q, "\":[");
		} else {
			q = json_literal(p, ",");
		}
		if ((q = entry(q, m)) == NULL) {
			m->ended = 1;
			break;
		}
		p = q;
	}
	if (n > 0)
		*p++ = ']';
	if (m->ended || n == count)
		return (p);
	p = json_literal(p, ",\"");
	p = json_bytes(p, key, strlen(key));
	p = json_literal(p, "_omitted\":");
	return (divert_json_number(p, count - n));
}

static char *
header(char *p, struct dns_message *m)
{
	static const struct {
		unsigned int	 bit;
		const char	*text;
	} bits[] = {
		{ 0x8000, ",\"qr\":true" },
		{ 0x0400, ",\"aa\":true" },
		{ 0x0200, ",\"tc\":true" },
		{ 0x0100, ",\"rd\":true" },
		{ 0x0080, ",\"ra\":true" },
		{ 0x0040, ",\"z\":true" },
		{ 0x0020, ",\"ad\":true" },
		{ 0x0010, ",\"cd\":true" }
	};
	static const char	 hex[] = "0123456789abcdef";
	unsigned int		 flags, i;

	flags = dns_get16(m->data + 2);
	m->rcode = flags & 15;
	p = json_literal(p, "{\"version\":3,\"type\":");
	if (flags & 0x8000)
		p = json_literal(p, "\"response\"");
	else
		p = json_literal(p, "\"request\"");
	p = dns_member(p, "id", dns_get16(m->data));
	if (flags & 0x8000) {
		p = json_literal(p, ",\"flags\":\"");
		for (i = 16; i > 0; i -= 4)
			*p++ = hex[flags >> (i - 4) & 15];
		*p++ = '"';
	}
	for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if (flags & bits[i].bit)
			p = json_bytes(p, bits[i].text, strlen(bits[i].text));
	p = dns_member(p, "opcode", flags >> 11 & 15);
	if ((flags & 0x8000) || m->rcode != 0)
		p = dns_rcode_write(json_literal(p, ",\"rcode\":"), m->rcode);
	return (p);
}

char *
dns_write(char *p, enum dns_kind kind, const uint8_t *msg, size_t len,
    size_t wirelen)
{
	struct dns_message	 m;
	const char		*first;

	if (len > wirelen)
		len = wirelen;
	if (kind == DNS_NONE || len < DNS_HEADER)
		return (p);
	memset(&m, 0, sizeof(m));
	m.data = msg;
	m.off = DNS_HEADER;
	m.end = m.len = len;
	m.wirelen = wirelen;
	m.multicast = kind == DNS_MULTICAST;
	first = p;
	p = header(p, &m);
	p = section(p, first, &m, dns_get16(msg + 4), question, "queries");
	p = section(p, first, &m, dns_get16(msg + 6), record, "answers");
	p = section(p, first, &m, dns_get16(msg + 8), record, "authorities");
	p = section(p, first, &m, dns_get16(msg + 10), record, "additionals");
	if (!m.ended && !m.omitted && m.off < wirelen)
		p = dns_member(p, "trailing", wirelen - m.off);
	if (m.truncated)
		p = json_literal(p, ",\"truncated\":true");
	if (m.malformed != NULL) {
		p = json_literal(p, ",\"malformed\":\"");
		p = json_bytes(p, m.malformed, strlen(m.malformed));
		*p++ = '"';
	}
	*p++ = '}';
	return (p);
}
