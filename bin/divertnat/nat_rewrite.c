/* SPDX-License-Identifier: ISC */

/*
 * Packets are rewritten: one side's address, and its port.  The sums follow by
 * what changed, so that one that was wrong stays wrong.  An unfinished one
 * (DIVERT_PACKET_NOTREADY) is the sum of the pseudo-header, not complemented:
 * it follows the address and knows no ports.
 */

#include "compat.h"

#include "nat_rewrite.h"

/* Where an unfinished sum is; NULL: there is none. */
static uint8_t *
unfinished(const struct work *work)
{
	const struct divert_layout	*l = &work->layout;

	if ((work->pkt->flags & DIVERT_PACKET_NOTREADY) == 0 ||
	    (l->flags & DIVERT_LAYOUT_L4) == 0)
		return (NULL);
	if (l->proto == PROTO_TCP)
		return (work->pkt->data + l->l4_off + 16);
	return (l->proto == PROTO_UDP ? work->pkt->data + l->l4_off + 6 :
	    NULL);
}

void
rewrite_address(struct work *work, enum divert_side side,
    const uint8_t *addr)
{
	const uint8_t	*old = side == DIVERT_SOURCE ? work->src : work->dst;
	uint8_t		*at;
	unsigned int	 len = work->family == 4 ? 4 : 16;
	uint16_t	 field;
	uint32_t	 sum;

	work->changed[side] = 1;
	memcpy(work->to[side], addr, len);
	if ((at = unfinished(work)) == NULL) {
		(void)divert_edit_address(work->pkt->data, &work->layout, side,
		    work->to[side]);
		return;
	}
	memcpy(&field, at, 2);
	sum = field + sum_change(old, work->to[side], len);
	(void)divert_edit_address(work->pkt->data, &work->layout, side,
	    work->to[side]);
	field = sum_fold(sum);
	memcpy(at, &field, 2);
}

/* Wire order. */
void
rewrite_port(struct work *work, enum divert_side side, uint16_t port)
{
	uint8_t		*at, bytes[2];
	uint16_t	 field = 0;

	if ((at = unfinished(work)) != NULL)
		memcpy(&field, at, 2);
	memcpy(bytes, &port, 2);
	(void)divert_edit_port(work->pkt->data, &work->layout, side,
	    (uint16_t)(bytes[0] << 8 | bytes[1]));
	if (at != NULL)
		memcpy(at, &field, 2);
}

void
rewrite_by_session(const struct nat *nat, struct work *work,
    const struct session *s)
{
	enum divert_side	 side;

	side = work->way == WAY_OUT ? DIVERT_SOURCE : DIVERT_DESTINATION;
	rewrite_address(work, side, address_bytes(nat, s->family,
	    work->way == WAY_OUT ? &s->outside : &s->inside));
	if (work->has_ports)
		rewrite_port(work, side, work->way == WAY_OUT ?
		    s->outside_port : s->inside_port);
}
