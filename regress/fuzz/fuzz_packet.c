/* SPDX-License-Identifier: ISC */

/*
 * Any bytes as a packet: parsed, quoted, asked, verified and printed.  The
 * assertions are what callers rely on without looking.
 */

#include "compat.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "divertutil.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define CHECK(x) do {							\
	if (!(x)) {							\
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x);	\
		abort();						\
	}								\
} while (0)

static void
check_layout(const struct divert_layout *l, size_t len, int rc)
{
	int l4 = (l->flags & DIVERT_LAYOUT_L4) != 0;
	int inner = (l->flags & (DIVERT_LAYOUT_QUOTED |
	    DIVERT_LAYOUT_TUNNEL)) != 0;

	CHECK(rc == (l->reason == DIVERT_REASON_NONE ? 0 : -1));
	CHECK(l->reason < DIVERT_REASON_TAKEN);
	CHECK(l->version == 0 || l->version == 4 || l->version == 6);
	CHECK(l->end_off <= len);
	CHECK(l->l4_off <= l->end_off);
	CHECK(l->payload_off <= l->end_off);
	CHECK(l->payload_off == 0 || l->l4_off <= l->payload_off);
	CHECK(!l4 || l->l4_off < l->payload_off);
	CHECK(inner == (l->inner_off != 0));
	CHECK(!inner || (l->l4_off <= l->inner_off &&
	    l->inner_off < l->end_off));
	CHECK(l->final_off == 0 || l->final_off + 16 <= l->end_off);
	CHECK(l->frag_off == 0 || l->frag_off + 8 <= l->end_off);
	CHECK(l->l4_off == 0 || l->l4_off >= (l->version == 4 ? 20 : 40));
	if ((l->flags & DIVERT_LAYOUT_FRAGMENT) == 0) {
		CHECK(l->frag_byte == 0);
		CHECK((l->flags & DIVERT_LAYOUT_FIRST) == 0);
	} else
		CHECK((l->frag_byte == 0) ==
		    ((l->flags & DIVERT_LAYOUT_FIRST) != 0));
	if (l->frag_byte != 0)
		CHECK(!l4 && !inner);
}

static void
ask(const uint8_t *data, size_t len, const struct divert_layout *l)
{
	int i, port;

	for (i = 0; i < 2; i++) {
		const uint8_t *a = divert_packet_address(data, l,
		    (enum divert_side)i);

		port = divert_packet_port(data, l, (enum divert_side)i);
		CHECK(port >= -1 && port <= 65535);
		CHECK(a == NULL || (a >= data &&
		    a + (l->version == 4 ? 4 : 16) <= data + len));
		CHECK(a != NULL || port == -1);
	}
	(void)divert_cksum_verify_ip(data, l);
	(void)divert_cksum_verify_l4(data, l);
}

static void
print(uint8_t *data, size_t len, uint32_t wirelen)
{
	static char line[16384];
	char small[24];
	struct divert_packet pkt;
	size_t i, n;

	memset(&pkt, 0, sizeof(pkt));
	pkt.data = data;
	pkt.len = (uint32_t)len;
	pkt.wirelen = wirelen;
	memset(line, 1, sizeof(line));
	n = divert_packet_format(&pkt, line, sizeof(line));
	CHECK(n > 0 && n < sizeof(line));
	CHECK(line[n] == '\0');
	for (i = 0; i < n; i++)
		CHECK(line[i] >= ' ' && line[i] <= '~');
	CHECK(line[n + 1] == 1);
	CHECK(divert_packet_format(&pkt, small, sizeof(small)) == n);
	CHECK(strncmp(small, line, sizeof(small) - 1) == 0);
	CHECK(strlen(small) == (n < sizeof(small) ? n : sizeof(small) - 1));
}

int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	struct divert_layout l, m, q;
	uint8_t *data;
	int rc;

	if (len > 70000)
		return (0);
	/* The bytes are borrowed writable by the struct; nobody writes. */
	if ((data = malloc(len + 1)) == NULL)
		return (0);
	if (len > 0)
		memcpy(data, input, len);
	rc = divert_packet_parse(input, len, &l);
	check_layout(&l, len, rc);
	ask(input, len, &l);
	if (l.inner_off != 0) {
		size_t n = l.end_off - l.inner_off;

		rc = divert_packet_parse_quoted(input + l.inner_off, n, &q);
		check_layout(&q, n, rc);
		ask(input + l.inner_off, n, &q);
	}
	rc = divert_packet_parse_quoted(input, len, &q);
	check_layout(&q, len, rc);
	ask(input, len, &q);
	/* What is behind the end of the packet has no say. */
	if (l.reason == DIVERT_REASON_NONE &&
	    (l.flags & DIVERT_LAYOUT_TRUNCATED) == 0) {
		CHECK(divert_packet_parse(input, l.end_off, &m) == 0);
		CHECK(memcmp(&l, &m, sizeof(l)) == 0);
	}
	print(data, len, (uint32_t)len);
	print(data, len, (uint32_t)len * 3);
	if (len > 0)
		CHECK(memcmp(data, input, len) == 0);
	free(data);
	return (0);
}
