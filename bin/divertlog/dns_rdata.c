/* SPDX-License-Identifier: ISC */

/*
 * The data of DNS records.  Names in it are followed wherever they point,
 * also in types that must not be compressed: senders of old did.
 */

#include "compat.h"

#include <string.h>

#include "dns_int.h"
#include "json_write.h"

enum {
	TYPE_A = 1,
	TYPE_NS = 2,
	TYPE_MD = 3,
	TYPE_MF = 4,
	TYPE_CNAME = 5,
	TYPE_SOA = 6,
	TYPE_MB = 7,
	TYPE_MG = 8,
	TYPE_MR = 9,
	TYPE_PTR = 12,
	TYPE_HINFO = 13,
	TYPE_MX = 15,
	TYPE_TXT = 16,
	TYPE_X25 = 19,
	TYPE_ISDN = 20,
	TYPE_AAAA = 28,
	TYPE_SRV = 33,
	TYPE_DNAME = 39,
	TYPE_DS = 43,
	TYPE_SSHFP = 44,
	TYPE_RRSIG = 46,
	TYPE_DNSKEY = 48,
	TYPE_CDS = 59,
	TYPE_CDNSKEY = 60,
	TYPE_SVCB = 64,
	TYPE_HTTPS = 65,
	TYPE_SPF = 99,
	TYPE_CAA = 257
};

static const char	hex_digits[] = "0123456789abcdef";

static size_t
left(const struct dns_message *m)
{
	return (m->end - m->off);
}

static char *
hex(char *p, const uint8_t *s, size_t len)
{
	for (; len > 0; len--, s++) {
		*p++ = hex_digits[*s >> 4];
		*p++ = hex_digits[*s & 15];
	}
	return (p);
}

/* The rest as hexadecimals, as far as the room is; how much is left out. */
static char *
hex_rest(char *p, struct dns_message *m, size_t room, size_t *omitted)
{
	size_t	 n;

	n = left(m);
	*omitted = 0;
	if (n > room / 2) {
		*omitted = n - room / 2;
		n = room / 2;
	}
	p = hex(p, m->data + m->off, n);
	m->off = m->end;
	return (p);
}

static char *
omitted_write(char *p, size_t omitted)
{
	if (omitted > 0)
		p = dns_member(p, "rdata_omitted", omitted);
	return (p);
}

/* RFC 3597 section 5. */
static char *
unknown(char *p, struct dns_message *m)
{
	size_t	 omitted;

	p = json_literal(p, ",\"rdata\":\"\\\\# ");
	p = divert_json_number(p, left(m));
	*p++ = ' ';
	p = hex_rest(p, m, DNS_TEXT_JSON, &omitted);
	*p++ = '"';
	return (omitted_write(p, omitted));
}

static char *
address(char *p, struct dns_message *m, size_t size)
{
	const uint8_t	*s;

	if ((s = dns_take(m, size)) == NULL)
		return (NULL);
	p = json_literal(p, ",\"rdata\":\"");
	p = size == 4 ? divert_json_ipv4(p, s) : divert_json_ipv6(p, s);
	*p++ = '"';
	return (p);
}

static char *
name(char *p, struct dns_message *m)
{
	return (dns_name_write(json_literal(p, ",\"rdata\":"), m));
}

static char *
mx(char *p, struct dns_message *m)
{
	const uint8_t	*s;

	if ((s = dns_take(m, 2)) == NULL || (p = name(p, m)) == NULL)
		return (NULL);
	return (dns_member(p, "preference", dns_get16(s)));
}

static char *
soa(char *p, struct dns_message *m)
{
	const uint8_t	*s;

	p = json_literal(p, ",\"soa\":{\"mname\":");
	if ((p = dns_name_write(p, m)) == NULL)
		return (NULL);
	p = json_literal(p, ",\"rname\":");
	if ((p = dns_name_write(p, m)) == NULL ||
	    (s = dns_take(m, 20)) == NULL)
		return (NULL);
	p = dns_member(p, "serial", dns_get32(s));
	p = dns_member(p, "refresh", dns_get32(s + 4));
	p = dns_member(p, "retry", dns_get32(s + 8));
	p = dns_member(p, "expire", dns_get32(s + 12));
	p = dns_member(p, "minimum", dns_get32(s + 16));
	*p++ = '}';
	return (p);
}

static char *
srv(char *p, struct dns_message *m)
{
	const uint8_t	*s;

	if ((s = dns_take(m, 6)) == NULL)
		return (NULL);
	p = json_literal(p, ",\"srv\":{\"priority\":");
	p = divert_json_number(p, dns_get16(s));
	p = dns_member(p, "weight", dns_get16(s + 2));
	p = dns_member(p, "port", dns_get16(s + 4));
	p = json_literal(p, ",\"name\":");
	if ((p = dns_name_write(p, m)) == NULL)
		return (NULL);
	*p++ = '}';
	return (p);
}

/* The number of strings with a byte in them, or -1: they do not add up. */
static int
count_strings(struct dns_message *m)
{
	size_t	 at, len;
	int	 n;

	n = 0;
	for (at = m->off; at < m->end; at += len) {
		len = m->data[at++];
		if (len > m->end - at)
			return (-1);
		if (len > 0)
			n++;
	}
	return (n);
}

/* One string as a string, several as an array: EVE makes a record of each. */
static char *
strings(char *p, struct dns_message *m)
{
	const uint8_t	*s;
	const char	*full;
	size_t		 len, omitted;
	int		 count;

	if ((count = count_strings(m)) == -1)
		return (dns_malformed(m, "rdata"));
	if (count == 0) {
		m->off = m->end;
		return (p);
	}
	p = json_literal(p, ",\"rdata\":");
	if (count > 1)
		*p++ = '[';
	full = p + DNS_TEXT_JSON;
	omitted = 0;
	while (left(m) > 0) {
		len = *dns_take(m, 1);
		s = dns_take(m, len);
		if (len == 0)
			continue;
		/* One alone always has the room, with quotes and a comma. */
		if (omitted > 0 || full - p < 3 ||
		    dns_text_fit(s, len, (size_t)(full - p) - 3) < len) {
			omitted += len;
			continue;
		}
		if (p[-1] == '"')
			*p++ = ',';
		p = dns_text_write(p, s, len);
	}
	if (count > 1)
		*p++ = ']';
	return (omitted_write(p, omitted));
}

static char *
ds(char *p, struct dns_message *m)
{
	const uint8_t	*s;
	size_t		 omitted;

	if ((s = dns_take(m, 4)) == NULL)
		return (NULL);
	p = json_literal(p, ",\"ds\":{\"key_tag\":");
	p = divert_json_number(p, dns_get16(s));
	p = dns_member(p, "algorithm", s[2]);
	p = dns_member(p, "digest_type", s[3]);
	omitted = 0;
	if (left(m) > 0) {
		p = json_literal(p, ",\"digest\":\"");
		p = hex_rest(p, m, DNS_TEXT_JSON, &omitted);
		*p++ = '"';
	}
	*p++ = '}';
	return (omitted_write(p, omitted));
}

/* RFC 4034 appendix B, where algorithm 1 has a tag of its own. */
static unsigned int
key_tag(const uint8_t *s, size_t len)
{
	uint32_t	 sum;
	size_t		 i;

	if (s[3] == 1)
		return (len < 7 ? 0 : dns_get16(s + len - 3));
	sum = 0;
	for (i = 0; i < len; i++)
		sum += i & 1 ? s[i] : (uint32_t)s[i] << 8;
	return ((sum + (sum >> 16)) & 0xffff);
}

/* The key itself is known by its tag. */
static char *
dnskey(char *p, struct dns_message *m)
{
	const uint8_t	*s;
	size_t		 len;

	len = left(m);
	if ((s = dns_take(m, 4)) == NULL)
		return (NULL);
	p = json_literal(p, ",\"dnskey\":{\"flags\":");
	p = divert_json_number(p, dns_get16(s));
	p = dns_member(p, "protocol", s[2]);
	p = dns_member(p, "algorithm", s[3]);
	p = dns_member(p, "key_tag", key_tag(s, len));
	*p++ = '}';
	p = omitted_write(p, left(m));
	m->off = m->end;
	return (p);
}

static char *
rrsig(char *p, struct dns_message *m)
{
	const uint8_t	*s;

	if ((s = dns_take(m, 18)) == NULL)
		return (NULL);
	p = json_literal(p, ",\"rrsig\":{\"type_covered\":");
	p = dns_type_write(p, dns_get16(s));
	p = dns_member(p, "algorithm", s[2]);
	p = dns_member(p, "labels", s[3]);
	p = dns_member(p, "original_ttl", dns_get32(s + 4));
	p = dns_member(p, "expiration", dns_get32(s + 8));
	p = dns_member(p, "inception", dns_get32(s + 12));
	p = dns_member(p, "key_tag", dns_get16(s + 16));
	p = json_literal(p, ",\"signer\":");
	if ((p = dns_name_write(p, m)) == NULL)
		return (NULL);
	*p++ = '}';
	p = omitted_write(p, left(m));
	m->off = m->end;
	return (p);
}

static char *
sshfp(char *p, struct dns_message *m)
{
	const uint8_t	*s, *end;
	size_t		 omitted;

	if ((s = dns_take(m, 2)) == NULL)
		return (NULL);
	p = json_literal(p, ",\"sshfp\":{");
	omitted = 0;
	if (left(m) > 0) {
		p = json_literal(p, "\"fingerprint\":\"");
		end = m->data + m->end;
		if (left(m) > DNS_TEXT_JSON / 3) {
			omitted = left(m) - DNS_TEXT_JSON / 3;
			end -= omitted;
		}
		for (s += 2; s < end; s++) {
			p = hex(p, s, 1);
			*p++ = ':';
		}
		p[-1] = '"';
		*p++ = ',';
	}
	p = json_literal(p, "\"algo\":");
	s = m->data + m->off - 2;
	p = divert_json_number(p, s[0]);
	p = dns_member(p, "type", s[1]);
	*p++ = '}';
	m->off = m->end;
	return (omitted_write(p, omitted));
}

static char *
caa(char *p, struct dns_message *m)
{
	const uint8_t	*s, *tag;
	size_t		 n, omitted;

	if ((s = dns_take(m, 2)) == NULL || (tag = dns_take(m, s[1])) == NULL)
		return (NULL);
	p = json_literal(p, ",\"caa\":{\"flags\":");
	p = divert_json_number(p, s[0]);
	if (s[1] > 0)
		p = dns_text_write(json_literal(p, ",\"tag\":"), tag, s[1]);
	/* The tag may have taken two thirds of the room. */
	n = dns_text_fit(m->data + m->off, left(m), DNS_TEXT_JSON / 3);
	omitted = left(m) - n;
	if (n > 0)
		p = dns_text_write(json_literal(p, ",\"value\":"),
		    m->data + m->off, n);
	m->off = m->end;
	*p++ = '}';
	return (omitted_write(p, omitted));
}

/* Priority and target; the parameters are opaque. */
static char *
svcb(char *p, struct dns_message *m)
{
	const uint8_t	*s;
	size_t		 omitted;

	if ((s = dns_take(m, 2)) == NULL)
		return (NULL);
	p = json_literal(p, ",\"svcb\":{\"priority\":");
	p = divert_json_number(p, dns_get16(s));
	p = json_literal(p, ",\"target\":");
	if ((p = dns_name_write(p, m)) == NULL)
		return (NULL);
	omitted = 0;
	if (left(m) > 0) {
		/* The target may have had its part. */
		p = json_literal(p, ",\"params\":\"");
		p = hex_rest(p, m, DNS_TEXT_JSON - DNS_NAME_JSON, &omitted);
		*p++ = '"';
	}
	*p++ = '}';
	return (omitted_write(p, omitted));
}

char *
dns_opt_write(char *p, struct dns_message *m, unsigned int udp_size,
    uint32_t ttl)
{
	const uint8_t	*s;
	const char	*full;
	size_t		 len, omitted;

	p = dns_member(p, "udp_size", udp_size);
	p = dns_member(p, "version", ttl >> 16 & 0xff);
	if (ttl & 0x8000)
		p = json_literal(p, ",\"do\":true");
	if (ttl >> 24 != 0) {
		p = json_literal(p, ",\"rcode\":");
		p = dns_rcode_write(p, ttl >> 24 << 4 | m->rcode);
	}
	if (left(m) == 0)
		return (p);
	p = json_literal(p, ",\"opt\":[");
	full = p + DNS_TEXT_JSON;
	omitted = 0;
	while (left(m) > 0) {
		if ((s = dns_take(m, 4)) == NULL)
			return (NULL);
		len = dns_get16(s + 2);
		if (dns_take(m, len) == NULL)
			return (NULL);
		/* {"code":65535,"data":""}, and a comma */
		if (omitted > 0 || len * 2 + 25 > (size_t)(full - p)) {
			omitted += 4 + len;
			continue;
		}
		if (p[-1] == '}')
			*p++ = ',';
		p = json_literal(p, "{\"code\":");
		p = divert_json_number(p, dns_get16(s));
		if (len > 0) {
			p = json_literal(p, ",\"data\":\"");
			p = hex(p, s + 4, len);
			*p++ = '"';
		}
		*p++ = '}';
	}
	*p++ = ']';
	return (omitted_write(p, omitted));
}

static char *
by_type(char *p, struct dns_message *m, unsigned int type)
{
	switch (type) {
	case TYPE_A:
		return (address(p, m, 4));
	case TYPE_AAAA:
		return (address(p, m, 16));
	case TYPE_NS:
	case TYPE_MD:
	case TYPE_MF:
	case TYPE_CNAME:
	case TYPE_MB:
	case TYPE_MG:
	case TYPE_MR:
	case TYPE_PTR:
	case TYPE_DNAME:
		return (name(p, m));
	case TYPE_MX:
		return (mx(p, m));
	case TYPE_SOA:
		return (soa(p, m));
	case TYPE_SRV:
		return (srv(p, m));
	case TYPE_HINFO:
	case TYPE_TXT:
	case TYPE_X25:
	case TYPE_ISDN:
	case TYPE_SPF:
		return (strings(p, m));
	case TYPE_DS:
	case TYPE_CDS:
		return (ds(p, m));
	case TYPE_DNSKEY:
	case TYPE_CDNSKEY:
		return (dnskey(p, m));
	case TYPE_RRSIG:
		return (rrsig(p, m));
	case TYPE_SSHFP:
		return (sshfp(p, m));
	case TYPE_CAA:
		return (caa(p, m));
	case TYPE_SVCB:
	case TYPE_HTTPS:
		return (svcb(p, m));
	default:
		return (unknown(p, m));
	}
}

char *
dns_rdata_write(char *p, struct dns_message *m, unsigned int type)
{
	/* As the sections of an update have it (RFC 2136). */
	if (left(m) == 0)
		return (p);
	if ((p = by_type(p, m, type)) != NULL && left(m) > 0)
		return (dns_malformed(m, "rdata"));
	return (p);
}
