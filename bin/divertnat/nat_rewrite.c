/* SPDX-License-Identifier: ISC */

/*
 * Packets are rewritten: one side's address, and its port.  The sums follow by
 * what changed, so that one that was wrong stays wrong.  An unfinished one
 * (DIVERT_PACKET_NOTREADY) is the sum of the pseudo-header, not complemented:
 * it follows the address and knows nothing of what else there is.
 */

#include "compat.h"

#include "nat_rewrite.h"

#define PROTO_FRAGMENT	44
#define PROTO_AH	51
#define PROTO_DSTOPTS	60

#define OPTION_LSRR	131
#define OPTION_SSRR	137
#define OPTION_HOME	0xc9		/* of destination options */

/*
 * What binds a packet to its addresses
 */

/* Options of IPv4, well-formed: does a source route go on (RFC 791 3.1)? */
static int
is_routed4(const uint8_t *p, const uint8_t *end)
{
	while (p < end && *p != 0) {
		if (*p == 1) {
			p++;
			continue;
		}
		if (*p == OPTION_LSRR || *p == OPTION_SSRR)
			return (p[1] < 3 || p[2] <= p[1]);
		p += p[1];
	}
	return (0);
}

/* The n bytes of destination options: is one the home address? */
static int
has_home(const uint8_t *p, unsigned int n)
{
	unsigned int	 at = 0;

	while (at + 1 < n) {
		if (p[at] == OPTION_HOME)
			return (1);
		at += p[at] == 0 ? 1 : 2U + p[at + 1];
	}
	return (0);
}

static int
is_bound6(const uint8_t *ip, const struct divert_layout *l)
{
	uint32_t	 at = 40, size;
	uint8_t		 next = ip[6];

	for (; at + 8 <= l->l4_off && next != PROTO_AH; at += size) {
		size = next == PROTO_FRAGMENT ? 8 : (ip[at + 1] + 1U) * 8;
		if (at + size > l->l4_off)
			break;
		if (next == PROTO_DSTOPTS && has_home(ip + at + 2, size - 2))
			return (1);
		next = ip[at];
	}
	return (next == PROTO_AH);
}

int
rewrite_forbidden(const struct work *work)
{
	const uint8_t	*ip = work->pkt->data;

	if (work->family == 6)
		return (is_bound6(ip, &work->layout));
	return (ip[9] == PROTO_AH || (ip[0] != 0x45 &&
	    is_routed4(ip + 20, ip + (ip[0] & 15) * 4)));
}

/*
 * Rewriting
 */

/*
 * Where an unfinished sum is; NULL: there is none.  A UDP sum of 0 is none: what
 * is unfinished is within a tunnel then.
 */
static uint8_t *
unfinished(const struct work *work)
{
	const struct divert_layout	*l = &work->layout;
	uint8_t				*l4 = work->pkt->data + l->l4_off;

	if ((work->pkt->flags & DIVERT_PACKET_NOTREADY) == 0 ||
	    (l->flags & DIVERT_LAYOUT_L4) == 0)
		return (NULL);
	if (l->proto == PROTO_TCP)
		return (l4 + 16);
	return (l->proto == PROTO_UDP && (l4[6] | l4[7]) != 0 ? l4 + 6 : NULL);
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
rewrite_mss(struct work *work, uint16_t mss)
{
	uint8_t		*at;
	uint16_t	 field = 0;

	if ((at = unfinished(work)) != NULL)
		memcpy(&field, at, 2);
	(void)divert_edit_mss(work->pkt->data, &work->layout, mss);
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
