/* SPDX-License-Identifier: ISC */

/*
 * A packet out of fields.  What contradicts itself is refused rather than
 * interpreted: who makes packets to test a firewall wants the packet asked
 * for or none.
 */

#include "compat.h"

#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "build_int.h"

int
divert_build_fail(char *errbuf, size_t errlen, int error, const char *fmt, ...)
{
	va_list	 ap;

	va_start(ap, fmt);
	vsnprintf(errbuf, errlen, fmt, ap);
	va_end(ap);
	errno = error;
	return (-1);
}

int
divert_build_address(struct divert_fields *f, enum divert_side side,
    const char *text, char *errbuf, size_t errlen)
{
	uint8_t		 addr[16], version;
	uint32_t	 field;

	memset(addr, 0, sizeof(addr));
	if (inet_pton(AF_INET, text, addr) == 1)
		version = 4;
	else if (inet_pton(AF_INET6, text, addr) == 1)
		version = 6;
	else
		return (divert_build_fail(errbuf, errlen, EINVAL,
		    "%.64s is no IP address", text));
	if (f->version != 0 && f->version != version)
		return (divert_build_fail(errbuf, errlen, EINVAL,
		    "%.64s is an IPv%u address, but the packet is IPv%u", text,
		    version, f->version));
	field = side == DIVERT_SOURCE ? DIVERT_FIELD_SRC : DIVERT_FIELD_DST;
	memcpy(side == DIVERT_SOURCE ? f->src : f->dst, addr, sizeof(addr));
	f->version = version;
	f->set |= field;
	return (0);
}

/* What the header of IP cannot be made of. */
static int
check_ip(const struct divert_fields *f, char *errbuf, size_t errlen)
{
	const char	*wrong;

	wrong = NULL;
	if ((f->set & DIVERT_FIELD_SRC) == 0)
		wrong = "the source address is missing";
	else if ((f->set & DIVERT_FIELD_DST) == 0)
		wrong = "the destination address is missing";
	else if (f->version != 4 && f->version != 6)
		wrong = "the addresses are neither IPv4 nor IPv6";
	else if ((f->set & DIVERT_FIELD_PROTO) == 0)
		wrong = "the protocol is missing";
	else if (f->version == 4 && (f->set & DIVERT_FIELD_FLOW) != 0)
		wrong = "IPv4 has no flow label";
	else if (f->version == 4 && (f->set & DIVERT_FIELD_ID) != 0 &&
	    f->id > 65535)
		wrong = "an id of IPv4 has 16 bits";
	else if (f->version == 6 && (f->set & DIVERT_FIELD_DF) != 0 &&
	    f->df != 0)
		wrong = "IPv6 has no flag for not fragmenting";
	else if (f->version == 6 && (f->set & DIVERT_FIELD_RF) != 0 &&
	    f->rf != 0)
		wrong = "IPv6 has no reserved flag";
	else if (f->version == 6 && (f->set & DIVERT_FIELD_ID) != 0 &&
	    divert_build_ip_size(f) == IP6_HEADER)
		wrong = "an IPv6 packet has an id only as a fragment";
	else if ((f->set & DIVERT_FIELD_FLOW) != 0 && f->flow > 0xfffff)
		wrong = "a flow label has 20 bits";
	else if ((f->set & DIVERT_FIELD_FRAG_OFF) != 0 &&
	    (f->frag_off % 8 != 0 || f->frag_off > 65528))
		wrong = "a fragment's offset is a multiple of 8 below 65536";
	if (wrong == NULL)
		return (0);
	return (divert_build_fail(errbuf, errlen, EINVAL, "%s", wrong));
}

/* What the header of its protocol cannot be made of. */
static int
check_l4(const struct divert_fields *f, char *errbuf, size_t errlen)
{
	const char	*wrong;
	uint32_t	 ports;

	wrong = NULL;
	ports = f->set & DIVERT_FIELDS_PORTS;
	if (f->proto == PROTO_ICMP && f->version == 6)
		wrong = "ICMP is of IPv4, IPv6 has ICMPv6";
	else if (f->proto == PROTO_ICMPV6 && f->version == 4)
		wrong = "ICMPv6 is of IPv6, IPv4 has ICMP";
	else if (f->proto != PROTO_TCP && (f->set & DIVERT_FIELDS_TCP) != 0)
		wrong = "only TCP has flags, numbers, a window and options";
	else if (f->proto != PROTO_TCP && f->proto != PROTO_UDP && ports != 0)
		wrong = "only TCP and UDP can be given ports";
	else if (f->proto != PROTO_ICMP && f->proto != PROTO_ICMPV6 &&
	    (f->set & DIVERT_FIELDS_ICMP) != 0)
		wrong = "only ICMP has a type and what comes with it";
	else if (!divert_build_has_l4(f)) {
		if ((f->set & (DIVERT_FIELDS_TCP | DIVERT_FIELDS_PORTS |
		    DIVERT_FIELDS_ICMP)) != 0)
			wrong = "a fragment that is not the first has only "
			    "payload after its IP header";
	} else if ((f->proto == PROTO_TCP || f->proto == PROTO_UDP) &&
	    ports != DIVERT_FIELDS_PORTS)
		wrong = (ports & DIVERT_FIELD_SPORT) == 0 ?
		    "the source port is missing" :
		    "the destination port is missing";
	else if ((f->set & DIVERT_FIELD_ICMP_REST) != 0 &&
	    (f->set & (DIVERT_FIELD_ICMP_ID | DIVERT_FIELD_ICMP_SEQ)) != 0)
		wrong = "id and sequence number stand where the rest of the "
		    "ICMP header is";
	if (wrong == NULL)
		return (0);
	return (divert_build_fail(errbuf, errlen, EINVAL, "%s", wrong));
}

ssize_t
divert_build_size(const struct divert_fields *f, char *errbuf, size_t errlen)
{
	uint64_t	 len, max;

	if (check_ip(f, errbuf, errlen) == -1 ||
	    check_l4(f, errbuf, errlen) == -1)
		return (-1);
	len = (uint64_t)divert_build_ip_size(f) + divert_build_l4_size(f);
	if ((f->set & DIVERT_FIELD_PAYLOAD) != 0)
		len += f->payload_len;
	max = f->version == 4 ? 65535 : IP6_HEADER + 65535;
	/* Nor may a fragment end beyond what a datagram can hold. */
	if ((f->set & DIVERT_FIELD_FRAG_OFF) != 0)
		max -= f->frag_off;
	if (len > max)
		return (divert_build_fail(errbuf, errlen, EMSGSIZE,
		    "a packet of %llu bytes cannot be, %llu is the most",
		    (unsigned long long)len, (unsigned long long)max));
	return ((ssize_t)len);
}

/* The upper layer's sum over all that is here, a first fragment's too. */
static void
put_sum(const struct divert_fields *f, uint8_t *buf, uint32_t off,
    uint32_t len)
{
	struct divert_layout	 layout;
	uint64_t		 sum;
	uint32_t		 at;
	uint16_t		 cksum;

	memset(&layout, 0, sizeof(layout));
	layout.version = f->version;
	layout.proto = f->proto;
	layout.final_off = 24;
	at = f->proto == PROTO_TCP ? 16 : f->proto == PROTO_UDP ? 6 : 2;
	sum = f->proto == PROTO_ICMP ? 0 :
	    divert_cksum_pseudo(buf, &layout, len - off);
	cksum = divert_cksum_fold(divert_cksum_add(sum, buf + off, len - off,
	    0));
	if (cksum == 0 && f->proto == PROTO_UDP)
		cksum = 0xffff;
	put16(buf + off + at, cksum);
}

ssize_t
divert_build(const struct divert_fields *f, uint8_t *buf, size_t size,
    char *errbuf, size_t errlen)
{
	ssize_t		 n;
	uint32_t	 len, off, upper;

	if ((n = divert_build_size(f, errbuf, errlen)) == -1)
		return (-1);
	if ((size_t)n > size)
		return (divert_build_fail(errbuf, errlen, EMSGSIZE,
		    "a packet of %zd bytes, and room for %zu", n, size));
	len = (uint32_t)n;
	off = divert_build_ip_size(f);
	upper = divert_build_l4_size(f);
	/* First the payload: it may lie where the headers come. */
	if (len > off + upper && f->payload != NULL)
		memmove(buf + off + upper, f->payload, len - off - upper);
	else
		memset(buf + off + upper, 0, len - off - upper);
	divert_build_ip(f, buf, len);
	if (upper != 0) {
		divert_build_l4(f, buf + off, len - off);
		put_sum(f, buf, off, len);
	}
	return (n);
}
