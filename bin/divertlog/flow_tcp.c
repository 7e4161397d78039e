/* SPDX-License-Identifier: ISC */

#include "compat.h"

#include <netinet/in.h>

#include "flow_fragment.h"
#include "flow_tcp.h"

#define TH_FIN		0x01
#define TH_SYN		0x02
#define TH_RST		0x04
#define TH_ACK		0x10

int
flow_tcp_flags(const uint8_t *data, const struct divert_layout *layout)
{
	if (layout->proto != IPPROTO_TCP || is_later_fragment(layout) ||
	    layout->l4_off == 0 || layout->end_off - layout->l4_off < 14)
		return (-1);
	return (data[layout->l4_off + 13]);
}

int
flow_tcp_begins(int flags)
{
	return (flags != -1 && (flags & (TH_SYN | TH_RST | TH_ACK)) == TH_SYN);
}

int
flow_tcp_goes_on(int flags)
{
	return (flags != -1 && (flags & (TH_SYN | TH_RST | TH_ACK)) == TH_ACK);
}

void
flow_tcp_follow(struct flow_tcp *tcp, struct flow *flow, enum flow_side side,
    uint8_t flags)
{
	int	 bit = 1 << side;

	flow->tcp_flags[side] |= flags;
	if (flow->state == FLOW_CLOSED)
		return;
	if (flags & TH_RST) {
		flow->state = FLOW_CLOSED;
		tcp->closed_by = FLOW_RST;
		return;
	}
	if (flow_tcp_has_fins(tcp) && tcp->last_fin != side &&
	    (flags & TH_ACK)) {
		flow->state = FLOW_CLOSED;
		tcp->closed_by = FLOW_FIN;
		return;
	}
	if ((flags & TH_FIN) && (tcp->fins & bit) == 0) {
		tcp->fins |= (uint8_t)bit;
		tcp->last_fin = (uint8_t)side;
	}
}
