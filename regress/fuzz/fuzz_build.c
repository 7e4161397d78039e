/* SPDX-License-Identifier: ISC */

/*
 * Packets of fields.  The first byte says what the rest is: 0 fields of a
 * packet to build, 1 fields to set in a packet, anything else text: JSON
 * lines, those that are damaged passed over.
 */

#include "compat.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "decode.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define CHECK(x) do {							\
	if (!(x)) {							\
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x);	\
		abort();						\
	}								\
} while (0)

/* Room behind a packet for options and another payload. */
#define SPARE	600

static char	error[DIVERT_ERROR_SIZE];

/* Take size bytes from the front of the input, zeros when it is at its end. */
static void
take(const uint8_t **p, size_t *left, void *to, size_t size)
{
	size_t	 n;

	n = *left < size ? *left : size;
	memset(to, 0, size);
	memcpy(to, *p, n);
	*p += n;
	*left -= n;
}

#define TAKE(member)	take(p, left, &f->member, sizeof(f->member))

/* Fields of any values; the payload is what is left, as far as n says. */
static void
take_fields(const uint8_t **p, size_t *left, struct divert_fields *f)
{
	uint16_t	 n;

	memset(f, 0, sizeof(*f));
	TAKE(set);
	TAKE(version);
	TAKE(proto);
	TAKE(ttl);
	TAKE(tos);
	TAKE(src);
	TAKE(dst);
	TAKE(id);
	TAKE(frag_off);
	TAKE(flow);
	TAKE(rf);
	TAKE(df);
	TAKE(mf);
	TAKE(sport);
	TAKE(dport);
	TAKE(window);
	TAKE(urgent);
	TAKE(mss);
	TAKE(seq);
	TAKE(ack);
	TAKE(tsval);
	TAKE(tsecr);
	TAKE(flags);
	TAKE(wscale);
	TAKE(sack);
	TAKE(icmp_type);
	TAKE(icmp_code);
	TAKE(icmp_id);
	TAKE(icmp_seq);
	TAKE(icmp_rest);
	take(p, left, &n, sizeof(n));
	f->payload_len = n;
	if (n <= *left) {
		f->payload = *p;
		*p += n;
		*left -= n;
	}
}

static int
has_header(const struct divert_fields *f)
{
	return (f->proto == 6 || f->proto == 17 || f->proto == 1 ||
	    f->proto == 58);
}

/* Whoever reads what was built builds it again. */
static void
build(const uint8_t *p, size_t left)
{
	struct divert_fields	 f, g;
	struct divert_layout	 l;
	uint8_t			*again, *buf;
	ssize_t			 n;

	take_fields(&p, &left, &f);
	n = divert_build_size(&f, error, sizeof(error));
	if (n == -1) {
		CHECK(errno == EINVAL || errno == EMSGSIZE);
		CHECK(error[0] != '\0');
		return;
	}
	CHECK(n >= 20 && n <= DIVERT_PACKET_MAX);
	if ((buf = malloc((size_t)n)) == NULL ||
	    (again = malloc((size_t)n)) == NULL)
		abort();
	CHECK(divert_build(&f, buf, (size_t)n, error, sizeof(error)) == n);
	(void)divert_packet_parse(buf, (size_t)n, &l);
	CHECK(l.version == f.version);
	CHECK(divert_cksum_verify_ip(buf, &l) != DIVERT_SUM_BAD);
	CHECK(l.end_off == (uint32_t)n);
	if (has_header(&f)) {
		CHECK(l.reason == DIVERT_REASON_NONE);
		CHECK(l.proto == f.proto);
		CHECK(divert_cksum_verify_l4(buf, &l) ==
		    ((l.flags & DIVERT_LAYOUT_FRAGMENT) != 0 ?
		    DIVERT_SUM_UNKNOWN : DIVERT_SUM_GOOD));
		divert_build_read(buf, (size_t)n, &g);
		g.set &= ~DIVERT_FIELD_ICMP_REST;
		CHECK(divert_build(&g, again, (size_t)n, error,
		    sizeof(error)) == n);
		CHECK(memcmp(buf, again, (size_t)n) == 0);
	}
	free(buf);
	free(again);
}

/* All or nothing; the sums are right; and once is as good as twice. */
static void
apply(const uint8_t *p, size_t left)
{
	struct divert_fields	 f;
	struct divert_layout	 l;
	uint8_t			*buf, *before;
	size_t			 len, once;

	take_fields(&p, &left, &f);
	/* Else nearly all would be refused. */
	if ((f.set & 0x80000000) != 0 && left > 0) {
		f.set &= ~DIVERT_FIELD_PROTO;
		f.version = p[0] >> 4;
	}
	len = left;
	if ((buf = malloc(left + SPARE)) == NULL ||
	    (before = malloc(left + SPARE)) == NULL)
		abort();
	memcpy(buf, p, left);
	memcpy(before, p, left);
	if (divert_build_apply(&f, buf, &len, left + SPARE, error,
	    sizeof(error)) == -1) {
		CHECK(errno == EINVAL || errno == EMSGSIZE);
		CHECK(error[0] != '\0');
		CHECK(len == left && memcmp(buf, before, left) == 0);
	} else {
		CHECK(len <= left + SPARE);
		(void)divert_packet_parse(buf, len, &l);
		CHECK(divert_cksum_verify_ip(buf, &l) != DIVERT_SUM_BAD);
		CHECK(divert_cksum_verify_l4(buf, &l) != DIVERT_SUM_BAD);
		once = len;
		memcpy(before, buf, len);
		/* What lies elsewhere now may have been its payload. */
		if (divert_build_apply(&f, buf, &len, left + SPARE, error,
		    sizeof(error)) == 0) {
			CHECK(len == once);
			CHECK(memcmp(buf, before, len) == 0);
		}
	}
	free(buf);
	free(before);
}

/* As many packets as there are, whatever lies between them. */
static void
text(const uint8_t *data, size_t size)
{
	struct divert_decoder	*dec;
	struct divert_packet	 pkt;
	uint8_t			*room;
	size_t			 n;
	int			 result;

	if ((dec = divert_decoder_new()) == NULL)
		abort();
	do {
		n = divert_decoder_room(dec, &room);
		if (n > size)
			n = size;
		if (n > 0)
			memcpy(room, data, n);
		data += n;
		size -= n;
		divert_decoder_filled(dec, n);
		while ((result = divert_decoder_next(dec, &pkt)) != 0) {
			if (result == -1) {
				CHECK(divert_decoder_error(dec)[0] != '\0');
				if (!divert_decoder_resume(dec))
					break;
				continue;
			}
			CHECK(pkt.len <= pkt.wirelen);
			CHECK(((pkt.flags & DIVERT_PACKET_TRUNCATED) != 0) ==
			    (pkt.len < pkt.wirelen));
			/* They are the borrower's to change. */
			memset(pkt.data, 0xa5, pkt.len);
		}
	} while (n > 0 && result == 0);
	divert_decoder_free(dec);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return (0);
	if (data[0] == 0)
		build(data + 1, size - 1);
	else if (data[0] == 1)
		apply(data + 1, size - 1);
	else
		text(data, size);
	return (0);
}
