/* SPDX-License-Identifier: ISC */

/*
 * Frames that nobody says anything about, as dumps have them: whether they
 * begin with a link header, and whether all of the packet is there.
 */

#include "compat.h"

#include "decode.h"

/* Whether an IP packet that claims to be all of this is what it says. */
static int
is_sound(const struct divert_packet *pkt, uint32_t room)
{
	struct divert_layout	 layout;

	if (pkt->len == 0 || (pkt->flags & DIVERT_PACKET_TRUNCATED) != 0 ||
	    divert_packet_parse(pkt->data, pkt->len, &layout) == -1 ||
	    (layout.flags & DIVERT_LAYOUT_TRUNCATED) != 0)
		return (0);
	/* The shortest Ethernet frame is padded to 46 bytes. */
	return (room <= pkt->len || room <= 46) &&
	    divert_cksum_verify_ip(pkt->data, &layout) != DIVERT_SUM_BAD;
}

/* As far as it goes: a header that holds together. */
static int
is_likely(const struct divert_packet *pkt, int with_sum)
{
	struct divert_layout	 layout;

	if (pkt->len == 0)
		return (0);
	(void)divert_packet_parse(pkt->data, pkt->len, &layout);
	if (divert_packet_address(pkt->data, &layout, DIVERT_SOURCE) == NULL)
		return (0);
	return (!with_sum || divert_cksum_verify_ip(pkt->data, &layout) ==
	    DIVERT_SUM_GOOD);
}

static int
try_link(const struct divert_decoder *dec, uint32_t linktype, uint8_t *frame,
    uint32_t len, struct divert_packet *pkt)
{
	memset(pkt, 0, sizeof(*pkt));
	pkt->hook = 0xff;
	return (divert_link_decode(dec, linktype, frame, len, len, pkt));
}

/*
 * What link header these bytes begin with, the one under which they make
 * sense as a whole; of what was cut, the first that holds together.
 */
static int
find_packet(const struct divert_decoder *dec, uint8_t *frame, uint32_t len,
    struct divert_packet *pkt)
{
	static const uint32_t	 links[] = { LINK_RAW, LINK_ETHERNET,
				    LINK_SLL, LINK_SLL2, LINK_PFLOG,
				    LINK_NULL };
	size_t			 i, n;

	n = sizeof(links) / sizeof(links[0]);
	for (i = 0; i < n; i++)
		if (try_link(dec, links[i], frame, len, pkt) &&
		    is_sound(pkt, len - (uint32_t)(pkt->data - frame)))
			return (1);
	if (try_link(dec, LINK_RAW, frame, len, pkt) && is_likely(pkt, 1))
		return (1);
	for (i = 1; i < n; i++)
		if (try_link(dec, links[i], frame, len, pkt) &&
		    is_likely(pkt, 0))
			return (1);
	return (try_link(dec, LINK_RAW, frame, len, pkt) && pkt->len > 0 &&
	    (pkt->data[0] >> 4 == 4 || pkt->data[0] >> 4 == 6));
}

/* How long the packet was before it was cut, by its header. */
static void
set_wirelen(struct divert_packet *pkt)
{
	uint32_t	 n;

	n = 0;
	if (pkt->len >= 20 && pkt->data[0] >> 4 == 4)
		n = get16(pkt->data + 2);
	else if (pkt->len >= 40 && pkt->data[0] >> 4 == 6)
		n = 40u + get16(pkt->data + 4);
	if (n <= pkt->len)
		return;
	pkt->wirelen = n;
	pkt->flags |= DIVERT_PACKET_TRUNCATED;
}

int
divert_link_guess(const struct divert_decoder *dec, uint8_t *frame,
    uint32_t len, struct divert_packet *pkt)
{
	if (!find_packet(dec, frame, len, pkt))
		return (0);
	set_wirelen(pkt);
	return (1);
}
