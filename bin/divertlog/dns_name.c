/* SPDX-License-Identifier: ISC */

/*
 * Names of a DNS message: domain names, and what types, classes and response
 * codes are called.
 *
 * A pointer must lead before the place where the labels being read began.
 * Each one then leads further back than the one before, and no loop is
 * possible; the limit on their number is for time only.
 */

#include "compat.h"

#include <string.h>

#include "dns_int.h"
#include "json_write.h"

#define POINTERS_MAX	127
#define NAME_MAX_WIRE	255

static const char	*const types[] = {
	[1] = "A", [2] = "NS", [3] = "MD", [4] = "MF", [5] = "CNAME",
	[6] = "SOA", [7] = "MB", [8] = "MG", [9] = "MR", [10] = "NULL",
	[11] = "WKS", [12] = "PTR", [13] = "HINFO", [14] = "MINFO",
	[15] = "MX", [16] = "TXT", [17] = "RP", [18] = "AFSDB", [19] = "X25",
	[20] = "ISDN", [21] = "RT", [22] = "NSAP", [23] = "NSAP-PTR",
	[24] = "SIG", [25] = "KEY", [26] = "PX", [27] = "GPOS", [28] = "AAAA",
	[29] = "LOC", [30] = "NXT", [31] = "EID", [32] = "NIMLOC",
	[33] = "SRV", [34] = "ATMA", [35] = "NAPTR", [36] = "KX",
	[37] = "CERT", [38] = "A6", [39] = "DNAME", [40] = "SINK",
	[41] = "OPT", [42] = "APL", [43] = "DS", [44] = "SSHFP",
	[45] = "IPSECKEY", [46] = "RRSIG", [47] = "NSEC", [48] = "DNSKEY",
	[49] = "DHCID", [50] = "NSEC3", [51] = "NSEC3PARAM", [52] = "TLSA",
	[53] = "SMIMEA", [55] = "HIP", [56] = "NINFO", [57] = "RKEY",
	[58] = "TALINK", [59] = "CDS", [60] = "CDNSKEY", [61] = "OPENPGPKEY",
	[62] = "CSYNC", [63] = "ZONEMD", [64] = "SVCB", [65] = "HTTPS",
	[66] = "DSYNC", [99] = "SPF", [100] = "UINFO", [101] = "UID",
	[102] = "GID", [103] = "UNSPEC", [104] = "NID", [105] = "L32",
	[106] = "L64", [107] = "LP", [108] = "EUI48", [109] = "EUI64",
	[128] = "NXNAME", [249] = "TKEY", [250] = "TSIG", [251] = "IXFR",
	[252] = "AXFR", [253] = "MAILB", [254] = "MAILA", [255] = "ANY",
	[256] = "URI", [257] = "CAA", [258] = "AVC", [259] = "DOA",
	[260] = "AMTRELAY", [261] = "RESINFO", [262] = "WALLET"
};

static const char	*const classes[] = {
	[1] = "IN", [3] = "CH", [4] = "HS", [254] = "NONE", [255] = "ANY"
};

static const char	*const rcodes[] = {
	"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED",
	"YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE", "DSOTYPENI",
	[16] = "BADVERS", [17] = "BADKEY", [18] = "BADTIME", [19] = "BADMODE",
	[20] = "BADNAME", [21] = "BADALG", [22] = "BADTRUNC",
	[23] = "BADCOOKIE"
};

/* What a name is called, or prefix and number. */
static char *
name_of(char *p, const char *const *names, size_t count, const char *prefix,
    unsigned int v)
{
	*p++ = '"';
	if (v < count && names[v] != NULL) {
		p = json_bytes(p, names[v], strlen(names[v]));
	} else {
		p = json_bytes(p, prefix, strlen(prefix));
		p = divert_json_number(p, v);
	}
	*p++ = '"';
	return (p);
}

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

char *
dns_type_write(char *p, unsigned int type)
{
	return (name_of(p, types, COUNT(types), "TYPE", type));
}

char *
dns_class_write(char *p, unsigned int dns_class)
{
	return (name_of(p, classes, COUNT(classes), "CLASS", dns_class));
}

char *
dns_rcode_write(char *p, unsigned int rcode)
{
	return (name_of(p, rcodes, COUNT(rcodes), "RCODE", rcode));
}

/* A byte that stands for itself neither in a name nor in JSON. */
static char *
escape(char *p, unsigned int c)
{
	switch (c) {
	case '"':
		return (json_literal(p, "\\\""));
	case '.':
		return (json_literal(p, "\\\\."));
	case '\\':
		return (json_literal(p, "\\\\\\\\"));
	default:
		p = json_literal(p, "\\\\");
		*p++ = (char)('0' + c / 100);
		*p++ = (char)('0' + c / 10 % 10);
		*p++ = (char)('0' + c % 10);
		return (p);
	}
}

static char *
label(char *p, const uint8_t *s, size_t len)
{
	const uint8_t	*end;
	unsigned int	 c;

	for (end = s + len; s < end; s++) {
		c = *s;
		if (c > ' ' && c < 0x7f && c != '"' && c != '.' && c != '\\')
			*p++ = (char)c;
		else
			p = escape(p, c);
	}
	return (p);
}

char *
dns_text_write(char *p, const uint8_t *s, size_t len)
{
	const uint8_t	*end;

	*p++ = '"';
	for (end = s + len; s < end; s++) {
		if (*s == ' ' || *s == '.')
			*p++ = (char)*s;
		else
			p = label(p, s, 1);
	}
	*p++ = '"';
	return (p);
}

size_t
dns_text_fit(const uint8_t *s, size_t len, size_t room)
{
	size_t	 i, n;

	for (i = 0; i < len; i++) {
		if (s[i] < ' ' || s[i] > '~')
			n = 5;
		else if (s[i] == '\\')
			n = 4;
		else
			n = s[i] == '"' ? 2 : 1;
		if (n > room)
			break;
		room -= n;
	}
	return (i);
}

char *
dns_name_write(char *p, struct dns_message *m)
{
	size_t		 at, start, end, target, wire;
	unsigned int	 len, pointers;
	char		*first;
	int		 in_rdata;

	*p++ = '"';
	first = p;
	at = start = m->off;
	end = m->end;
	in_rdata = m->in_rdata;
	pointers = 0;
	wire = 0;
	for (;;) {
		if (at >= end)
			return (dns_short(m, at + 1, in_rdata));
		len = m->data[at++];
		if ((len & 0xc0) == 0xc0) {
			if (at >= end)
				return (dns_short(m, at + 1, in_rdata));
			target = (len & 0x3f) << 8 | m->data[at++];
			if (pointers == 0)
				m->off = at;
			if (target >= start)
				return (dns_malformed(m, "name_loop"));
			if (target < DNS_HEADER || pointers == POINTERS_MAX)
				return (dns_malformed(m, "name_pointer"));
			pointers++;
			at = start = target;
			/* What was said before may end behind this record. */
			end = m->len;
			in_rdata = 0;
			continue;
		}
		if (len & 0xc0)
			return (dns_malformed(m, "name_label"));
		wire += len + 1;
		if (wire > NAME_MAX_WIRE)
			return (dns_malformed(m, "name_too_long"));
		if (len == 0)
			break;
		if (len > end - at)
			return (dns_short(m, at + len, in_rdata));
		if (p != first)
			*p++ = '.';
		p = label(p, m->data + at, len);
		at += len;
	}
	if (pointers == 0)
		m->off = at;
	if (p == first)
		*p++ = '.';
	*p++ = '"';
	return (p);
}
