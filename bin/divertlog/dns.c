/* SPDX-License-Identifier: ISC */

/* A DNS message as EVE's `dns' object; dns.h has the form and the bounds. */

#include "compat.h"

#include "dns.h"
#include "json_write.h"

enum dns_kind
dns_kind(int source_port, int destination_port)
{
	if (source_port == 53 || destination_port == 53)
		return (DNS_UNICAST);
	if (source_port == 5353 || destination_port == 5353)
		return (DNS_MULTICAST);
	return (DNS_NONE);
}

char *
dns_write(char *p, enum dns_kind kind, const uint8_t *msg, size_t len,
    size_t wirelen)
{
	if (kind == DNS_NONE || len < 12 || wirelen < 12)
		return (p);
	p = json_literal(p, "{\"version\":3,\"type\":");
	if (msg[2] & 0x80)
		p = json_literal(p, "\"response\",\"id\":");
	else
		p = json_literal(p, "\"request\",\"id\":");
	p = divert_json_number(p, (uint64_t)(msg[0] << 8 | msg[1]));
	*p++ = '}';
	return (p);
}
