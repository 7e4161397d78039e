/* SPDX-License-Identifier: ISC */

/*
 * Any bytes as a packet to change.  The first bytes of the input say how, the
 * rest is the packet.
 */

#include "compat.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "divertutil.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What to change, and the new value. */
#define HOW	20

#define CHECK(x) do {							\
	if (!(x)) {							\
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x);	\
		abort();						\
	}								\
} while (0)

static uint8_t *
copy(const uint8_t *p, size_t n)
{
	uint8_t *c = malloc(n);

	if (c == NULL && n > 0)
		abort();
	if (n > 0)
		memcpy(c, p, n);
	return (c);
}

/*
 * Equal but for the two faces of zero in one's complement: a field that was
 * 0xffff comes back as 0, and the sums of both are the same.
 */
static void
check_same(const uint8_t *a, const uint8_t *b, size_t n)
{
	size_t i, differ = 0;

	for (i = 0; i < n; i++) {
		if (a[i] == b[i])
			continue;
		CHECK((a[i] == 0 && b[i] == 0xff) ||
		    (a[i] == 0xff && b[i] == 0));
		differ++;
	}
	/* Header and upper layer, two bytes each. */
	CHECK(differ <= 4 && differ % 2 == 0);
}

static void
edit(uint8_t *p, const struct divert_layout *l, const uint8_t *how)
{
	enum divert_side side = (how[0] & 1) != 0 ? DIVERT_DESTINATION :
	    DIVERT_SOURCE;
	uint16_t value = (uint16_t)(how[1] << 8 | how[2]);

	switch (how[0] >> 1 & 3) {
	case 0:
		(void)divert_edit_address(p, l, side, how + 4);
		break;
	case 1:
		(void)divert_edit_port(p, l, side, value);
		break;
	case 2:
		(void)divert_edit_ttl(p, l, how[3]);
		break;
	case 3:
		(void)divert_edit_mss(p, l, value);
		break;
	}
}

/* Back to what the packet p0 had. */
static void
edit_back(uint8_t *p, const uint8_t *p0, const struct divert_layout *l,
    const uint8_t *how)
{
	enum divert_side side = (how[0] & 1) != 0 ? DIVERT_DESTINATION :
	    DIVERT_SOURCE;

	switch (how[0] >> 1 & 3) {
	case 0:
		if (divert_packet_address(p0, l, side) != NULL)
			(void)divert_edit_address(p, l, side,
			    divert_packet_address(p0, l, side));
		break;
	case 1:
		if (divert_packet_port(p0, l, side) != -1)
			(void)divert_edit_port(p, l, side,
			    (uint16_t)divert_packet_port(p0, l, side));
		break;
	case 2:
		if (divert_packet_address(p0, l, side) != NULL)
			(void)divert_edit_ttl(p, l, p0[l->version == 4 ?
			    8 : 7]);
		break;
	case 3:
		break;
	}
}

static int
zeros(const uint8_t *p, const struct divert_layout *l)
{
	uint32_t i;

	for (i = l->l4_off; i < l->end_off; i++)
		if (p[i] != 0)
			return (0);
	return (1);
}

static void
check_edit(const uint8_t *input, size_t len, const uint8_t *how)
{
	struct divert_layout l, m;
	enum divert_sum ip, l4;
	uint8_t *p;

	(void)divert_packet_parse(input, len, &l);
	ip = divert_cksum_verify_ip(input, &l);
	l4 = divert_cksum_verify_l4(input, &l);
	p = copy(input, len);
	edit(p, &l, how);
	/* An ICMP id is no type; nothing here can move a header. */
	(void)divert_packet_parse(p, len, &m);
	CHECK(memcmp(&l, &m, sizeof(l)) == 0);
	/*
	 * What was right is right, what was wrong is wrong: save that a sum of
	 * 0 over zeros alone is wrong by nothing that could be kept.
	 */
	CHECK(divert_cksum_verify_ip(p, &l) == ip);
	CHECK(divert_cksum_verify_l4(p, &l) == l4 || zeros(input, &l));
	/* And so it is as from scratch. */
	if (l4 == DIVERT_SUM_GOOD && ip != DIVERT_SUM_BAD) {
		uint8_t *q = copy(p, len);

		(void)divert_cksum_repair(q, &l);
		check_same(p, q, len);
		free(q);
	}
	if ((how[0] >> 1 & 3) != 3) {
		edit_back(p, input, &l, how);
		check_same(p, input, len);
	}
	free(p);

	/* Quoted: cut anywhere, and the edit stays within. */
	(void)divert_packet_parse_quoted(input, len, &l);
	p = copy(input, len);
	edit(p, &l, how);
	free(p);
}

static void
check_repair(const uint8_t *input, size_t len)
{
	struct divert_layout l, m;
	uint8_t *p, *q;
	int n;

	p = copy(input, len);
	n = divert_edit_repair(p, len, &l);
	if (n == -1) {
		CHECK(errno == EBADMSG || errno == EMSGSIZE);
		if (len > 0)
			CHECK(memcmp(p, input, len) == 0);
		free(p);
		return;
	}
	CHECK(n >= 0 && n <= 4);
	if (n == 0 && len > 0)
		CHECK(memcmp(p, input, len) == 0);
	(void)divert_packet_parse(p, len, &m);
	CHECK(memcmp(&l, &m, sizeof(l)) == 0);
	CHECK(l.end_off == len);
	CHECK((l.flags & DIVERT_LAYOUT_TRUNCATED) == 0);
	CHECK(divert_cksum_verify_ip(p, &l) == (l.version == 4 ?
	    DIVERT_SUM_GOOD : DIVERT_SUM_NONE));
	CHECK(divert_cksum_verify_l4(p, &l) != DIVERT_SUM_BAD);
	/* There is nothing left to repair. */
	q = copy(p, len);
	CHECK(divert_edit_repair(q, len, NULL) == 0);
	CHECK(memcmp(p, q, len) == 0);
	free(p);
	/* A good packet is what editing is for. */
	{
		static const uint8_t how[4][HOW] = {
			{ 0, 0, 0, 0, 10, 1, 2, 3, 4, 5, 6, 7, 8, 9 },
			{ 1, 0, 0, 0, 255, 255, 255, 255 },
			{ 2, 0x12, 0x34 },
			{ 4, 0, 0, 1 }
		};
		size_t i;

		for (i = 0; i < 4; i++)
			check_edit(q, len, how[i]);
	}
	free(q);
}

int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	if (len < HOW || len > 70000)
		return (0);
	check_edit(input + HOW, len - HOW, input);
	check_repair(input + HOW, len - HOW);
	return (0);
}
