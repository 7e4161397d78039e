/* SPDX-License-Identifier: ISC */

/*
 * Fragments.
 *
 * Which IPv6 headers stand before the fragment header: up to the routing
 * header if there is one, else the hop-by-hop header (RFC 8200 4.5).  That the
 * rest of the header chain goes into the first fragment (RFC 7112) is up to
 * who chooses the size: those who test a firewall want the other kind too.
 */

#include "compat.h"

#include <errno.h>

#include "packet_int.h"
#include "split.h"

#define IP4_HEADER_MAX	60
#define IP4_DF		0x4000
#define IP4_MF		0x2000
#define IP6_MF		0x0001
#define FRAGMENT_HEADER	8
/* Hop-by-hop, destination and routing header at their largest. */
#define IP6_HEAD_MAX	(IP6_HEADER + 3 * 2048 + FRAGMENT_HEADER)

static int
invalid(void)
{
	errno = EINVAL;
	return (-1);
}

/*
 * The options of fragments after the first: those with the copied bit
 * (RFC 791 3.1).  head is the header of the first, changed in place.
 * Returns the new header length.
 */
static size_t
copy_options(uint8_t *head, size_t hlen)
{
	size_t	 in, n, out;

	out = IP4_HEADER;
	for (in = IP4_HEADER; in < hlen && head[in] != 0; in += n) {
		n = 1;
		if (head[in] == 1)
			continue;
		n = hlen - in > 1 ? head[in + 1] : 0;
		if (n < 2 || n > hlen - in)
			break;
		if ((head[in] & 0x80) != 0) {
			memmove(head + out, head + in, n);
			out += n;
		}
	}
	while ((out & 3) != 0)
		head[out++] = 0;
	head[0] = (uint8_t)(0x40 | out / 4);
	return (out);
}

static int
split4(const uint8_t *data, size_t len, size_t size, uint32_t id,
    const struct split_sink *sink)
{
	uint8_t		 head[IP4_HEADER_MAX];
	const uint8_t	*body;
	size_t		 hlen, left, n;
	uint16_t	 frag;
	int		 count;

	hlen = (size_t)(data[0] & 0x0f) * 4;
	if (hlen < IP4_HEADER || hlen > len)
		return (invalid());
	frag = get16(data + 6);
	if ((frag & IP4_DF) != 0) {
		errno = EMSGSIZE;
		return (-1);
	}
	left = len - hlen;
	if (size < hlen + 8 || (size_t)(frag & 0x1fff) * 8 + left > 65535)
		return (invalid());
	memcpy(head, data, hlen);
	if (get16(head + 4) == 0)
		put16(head + 4, (uint16_t)id);
	body = data + hlen;
	for (count = 0; left > 0; count++) {
		n = size - hlen < left ? (size - hlen) & ~(size_t)7 : left;
		put16(head + 2, (uint16_t)(hlen + n));
		put16(head + 6, (uint16_t)(n < left ? frag | IP4_MF : frag));
		put16(head + 10, 0);
		put16(head + 10,
		    divert_cksum_fold(divert_cksum_add(0, head, hlen, 0)));
		if (sink->fragment(sink->arg, head, hlen, body, n) == -1)
			return (-1);
		body += n;
		left -= n;
		frag = (uint16_t)(frag + n / 8);
		hlen = copy_options(head, hlen);
	}
	return (count);
}

/*
 * Where the part ends that every fragment repeats, and at *next the field
 * that says what follows it.  A fragment header ends it whatever follows.
 * 0: headers are cut off.
 */
static size_t
find_part(const uint8_t *data, size_t len, size_t *next)
{
	size_t	 at, end, field;
	uint8_t	 proto;

	*next = field = 6;
	proto = data[6];
	for (end = at = IP6_HEADER;; proto = data[field]) {
		if (proto == PROTO_FRAGMENT) {
			*next = field;
			return (at);
		}
		if (proto != PROTO_HOPOPTS && proto != PROTO_ROUTING &&
		    proto != PROTO_DSTOPTS)
			return (end);
		if (len - at < 8 || len - at < ((size_t)data[at + 1] + 1) * 8)
			return (0);
		field = at;
		at += ((size_t)data[at + 1] + 1) * 8;
		if (proto != PROTO_DSTOPTS) {
			*next = field;
			end = at;
		}
	}
}

static int
split6(const uint8_t *data, size_t len, size_t size, uint32_t id,
    const struct split_sink *sink)
{
	uint8_t		 head[IP6_HEAD_MAX], *fragment;
	const uint8_t	*body;
	size_t		 hlen, left, n, next, off, part;
	int		 count, more;

	part = find_part(data, len, &next);
	hlen = part + FRAGMENT_HEADER;
	if (part == 0 || hlen > sizeof(head) || size < hlen + 8)
		return (invalid());
	memcpy(head, data, part);
	fragment = head + part;
	off = 0;
	more = 0;
	body = data + part;
	if (head[next] == PROTO_FRAGMENT) {
		if (len - part < FRAGMENT_HEADER)
			return (invalid());
		memcpy(fragment, body, FRAGMENT_HEADER);
		off = get16(fragment + 2) & 0xfff8u;
		more = fragment[3] & IP6_MF;
		body += FRAGMENT_HEADER;
	} else {
		memset(fragment, 0, FRAGMENT_HEADER);
		fragment[0] = head[next];
		put32(fragment + 4, id);
		head[next] = PROTO_FRAGMENT;
	}
	left = len - (size_t)(body - data);
	if (off + left + part - IP6_HEADER > 65535)
		return (invalid());
	for (count = 0; left > 0; count++) {
		n = size - hlen < left ? (size - hlen) & ~(size_t)7 : left;
		put16(head + 4, (uint16_t)(hlen - IP6_HEADER + n));
		put16(fragment + 2, (uint16_t)(off |
		    (n < left || more ? IP6_MF : 0)));
		if (sink->fragment(sink->arg, head, hlen, body, n) == -1)
			return (-1);
		body += n;
		left -= n;
		off += n;
	}
	return (count);
}

int
divert_split(const uint8_t *data, size_t len, size_t size, uint32_t id,
    const struct split_sink *sink)
{
	int	 version = len > 0 ? data[0] >> 4 : 0;

	if ((version != 4 || len < IP4_HEADER) &&
	    (version != 6 || len < IP6_HEADER))
		return (invalid());
	if (len <= size) {
		if (sink->fragment(sink->arg, data, len, data + len, 0) == -1)
			return (-1);
		return (1);
	}
	return (version == 4 ? split4(data, len, size, id, sink) :
	    split6(data, len, size, id, sink));
}
