/* SPDX-License-Identifier: ISC */

/*
 * Any bytes as a packet to reject.  The first byte of the input says how it
 * came, the rest is the packet.
 */

#include "compat.h"

#include "../../bin/divertinject/reject.c"

#include <stdio.h>
#include <stdlib.h>

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define CHECK(x) do {							\
	if (!(x)) {							\
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x);	\
		abort();						\
	}								\
} while (0)

static uint8_t	 room[2][REJECT_SIZE];

static void
check_answer(const struct divert_packet *pkt, const struct divert_layout *l,
    const struct divert_packet *answer)
{
	struct divert_layout	 m;
	struct divert_packet	 again;
	enum reject_reason	 why;
	size_t			 n = l->version == 4 ? 4 : 16;

	CHECK(answer->len <= (l->version == 4 ? 576u : 1280u));
	CHECK(divert_packet_parse(answer->data, answer->len, &m) == 0);
	CHECK(m.end_off == answer->len && m.version == l->version);
	CHECK(divert_cksum_verify_ip(answer->data, &m) != DIVERT_SUM_BAD);
	CHECK(divert_cksum_verify_l4(answer->data, &m) == DIVERT_SUM_GOOD);
	CHECK(memcmp(divert_packet_address(answer->data, &m, DIVERT_SOURCE),
	    divert_packet_address(pkt->data, l, DIVERT_DESTINATION), n) == 0);
	CHECK(memcmp(divert_packet_address(answer->data, &m,
	    DIVERT_DESTINATION), divert_packet_address(pkt->data, l,
	    DIVERT_SOURCE), n) == 0);
	/* Two firewalls do not answer each other. */
	CHECK(reject_make(answer, &m, room[1], sizeof(room[1]), &again,
	    &why) == 0);
	CHECK(why == REJECT_RESET || why == REJECT_ICMP);
}

int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	struct divert_layout	 l;
	struct divert_packet	 answer, pkt;
	enum reject_reason	 why;
	uint8_t			*c;

	if (len < 1 || len > 70000 || (c = malloc(len)) == NULL)
		return (0);
	memset(&pkt, 0, sizeof(pkt));
	memcpy(c, input + 1, len - 1);
	pkt.data = c;
	pkt.len = pkt.wirelen = (uint32_t)(len - 1);
	pkt.direction = input[0] & 3;
	if ((input[0] & 4) != 0)
		pkt.flags = DIVERT_PACKET_NOTREADY;
	(void)divert_packet_parse(pkt.data, pkt.len, &l);
	if (reject_make(&pkt, &l, room[0], sizeof(room[0]), &answer, &why)) {
		CHECK(why == REJECT_NONE);
		check_answer(&pkt, &l, &answer);
	} else
		CHECK(why != REJECT_NONE && why < REJECT_REASONS);
	free(c);
	return (0);
}
