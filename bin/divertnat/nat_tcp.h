/* SPDX-License-Identifier: ISC */
#ifndef NAT_TCP_H
#define NAT_TCP_H

#include "nat_int.h"

/*
 * What of a TCP segment is remembered each time: its ACK, and the window that
 * goes with it, so that a RST can be judged.
 */

#define TH_FIN		0x01
#define TH_SYN		0x02
#define TH_RST		0x04
#define TH_ACK		0x10

#define SCALE_NONE	15		/* in struct session.scale: not known
					 * yet, or a SYN without the option */

static inline uint32_t
tcp_get32(const uint8_t *p)
{
	return ((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3]);
}

/* The smallest power of two that is no less than the window, as its log. */
static inline uint8_t
tcp_window_bits(const struct session *s, int way, const uint8_t *tcp)
{
	uint32_t	 window = (uint32_t)tcp[14] << 8 | tcp[15];
	unsigned int	 scale = s->scale >> way * 4 & 0x0f;

	/* That of a SYN is never scaled (RFC 7323 2.2). */
	if ((tcp[13] & TH_SYN) == 0 && scale != SCALE_NONE)
		window <<= scale;
	return (window > 1 ? (uint8_t)(32 - __builtin_clz(window - 1)) : 0);
}

static inline void
tcp_note_ack(struct session *s, int way, const uint8_t *tcp)
{
	if ((tcp[13] & TH_ACK) == 0)
		return;
	s->ack[way] = tcp_get32(tcp + 8);
	s->window[way] = tcp_window_bits(s, way, tcp);
}

#endif
