/* SPDX-License-Identifier: ISC */

/*
 * TCP: the states of RFC 7857 2.
 *
 * They decide how long a session may be idle and nothing else: no segment is
 * dropped here, whatever its state, for the ends know better.  A RST ends a
 * connection for us only if its receiver would accept it (RFC 7857 2.3): if it
 * is where the receiver's last ACK is, or in the window beyond.  Data after a
 * RST shows that the connection goes on.
 */

#include "compat.h"

#include "nat_tcp.h"

#define SCALE_MAX	14		/* RFC 7323 2.3 */

static unsigned int
get_scale(const struct session *s, int way)
{
	return (s->scale >> way * 4 & 0x0f);
}

static void
set_scale(struct session *s, int way, unsigned int scale)
{
	s->scale = (uint8_t)((s->scale & ~(0x0fu << way * 4)) |
	    scale << way * 4);
}

/* The window scale option of a SYN. */
static unsigned int
read_scale(const uint8_t *tcp)
{
	unsigned int	 at = 20, end = (tcp[12] >> 4) * 4U;

	while (at < end && tcp[at] != 0) {
		if (tcp[at] == 1) {
			at++;
			continue;
		}
		if (end - at < 2 || tcp[at + 1] < 2 || tcp[at + 1] > end - at)
			break;
		if (tcp[at] == 3 && tcp[at + 1] == 3)
			return (tcp[at + 2] < SCALE_MAX ? tcp[at + 2] :
			    SCALE_MAX);
		at += tcp[at + 1];
	}
	return (SCALE_NONE);
}

/* The one who sent a SYN will have this acknowledged. */
static uint32_t
after_syn(const uint8_t *tcp, uint32_t payload)
{
	return (tcp_get32(tcp + 4) + 1 + payload);
}

static int
is_opening(const struct session *s)
{
	return (s->tcp_state == TCP_INIT_OUT || s->tcp_state == TCP_INIT_IN);
}

/* Would the receiver of this RST accept it? */
static int
rst_is_valid(const struct session *s, int way, const uint8_t *tcp)
{
	int		 opener, other = !way;
	uint32_t	 seq = tcp_get32(tcp + 4);

	if (is_opening(s) && (s->flags & SESSION_LOOSE) == 0) {
		/* s->ack of the other side is what it should acknowledge. */
		opener = s->tcp_state == TCP_INIT_OUT ? WAY_OUT : WAY_IN;
		if (way == opener)
			return (seq == s->ack[!opener] ||
			    seq + 1 == s->ack[!opener]);
		return ((tcp[13] & TH_ACK) != 0 &&
		    tcp_get32(tcp + 8) == s->ack[!opener]);
	}
	/* Nothing is known of it yet, as after a restart. */
	if (s->ack[other] == 0)
		return (1);
	return (seq - s->ack[other] <= UINT32_C(1) << s->window[other]);
}

static void
change(struct nat *nat, uint32_t n, enum tcp_state state,
    enum rules_timeout timeout)
{
	nat->sessions[n].tcp_state = (uint8_t)state;
	session_set_timeout(nat, n, timeout);
}

static void
opening_syn(struct nat *nat, uint32_t n, int way, const uint8_t *tcp,
    uint32_t payload)
{
	struct session	*s = &nat->sessions[n];

	s->flags &= (uint8_t)~SESSION_LOOSE;
	s->ack[way] = 0;
	s->ack[!way] = after_syn(tcp, payload);
	set_scale(s, way, read_scale(tcp));
	set_scale(s, !way, SCALE_NONE);
	change(nat, n, way == WAY_OUT ? TCP_INIT_OUT : TCP_INIT_IN,
	    TIMEOUT_TCP_OPENING);
}

static void
answering_syn(struct nat *nat, uint32_t n, int way, const uint8_t *tcp,
    uint32_t payload)
{
	struct session	*s = &nat->sessions[n];

	s->ack[!way] = after_syn(tcp, payload);
	set_scale(s, way, read_scale(tcp));
	/* Both say it or there is none. */
	if (get_scale(s, WAY_OUT) == SCALE_NONE ||
	    get_scale(s, WAY_IN) == SCALE_NONE)
		s->scale = 0;
	change(nat, n, TCP_ESTABLISHED, TIMEOUT_TCP_ESTABLISHED);
}

static void
syn(struct nat *nat, uint32_t n, int way, const uint8_t *tcp,
    uint32_t payload)
{
	struct session	*s = &nat->sessions[n];

	switch (s->tcp_state) {
	case TCP_INIT_OUT:
	case TCP_INIT_IN:
		/* With ACK or, in a simultaneous open, without. */
		if ((s->tcp_state == TCP_INIT_OUT) == (way == WAY_IN))
			answering_syn(nat, n, way, tcp, payload);
		break;
	case TCP_CLOSED:
	case TCP_FIN_BOTH:
	case TCP_TRANS:
		if ((tcp[13] & TH_ACK) == 0)
			opening_syn(nat, n, way, tcp, payload);
		break;
	}
}

static void
fin(struct nat *nat, uint32_t n, int way)
{
	struct session	*s = &nat->sessions[n];

	if (s->tcp_state == TCP_ESTABLISHED)
		s->tcp_state = way == WAY_OUT ? TCP_FIN_OUT : TCP_FIN_IN;
	else if (s->tcp_state == (way == WAY_OUT ? TCP_FIN_IN : TCP_FIN_OUT))
		change(nat, n, TCP_FIN_BOTH, TIMEOUT_TCP_CLOSING);
}

/* A RST that answers what came in unasked keeps nothing (RFC 7857 7). */
static int
rst(struct nat *nat, uint32_t n, int way, const uint8_t *tcp)
{
	struct session	*s = &nat->sessions[n];
	int		 keeps = s->tcp_state != TCP_INIT_IN;

	if (s->tcp_state == TCP_TRANS || !rst_is_valid(s, way, tcp))
		return (0);
	change(nat, n, TCP_TRANS, TIMEOUT_TCP_RST);
	return (keeps);
}

/* A segment of a connection of which we did not see the beginning. */
static void
loose(struct nat *nat, uint32_t n, int way)
{
	struct session	*s = &nat->sessions[n];

	if ((s->tcp_state == TCP_INIT_OUT) == (way == WAY_OUT))
		return;
	s->flags &= (uint8_t)~SESSION_LOOSE;
	change(nat, n, TCP_ESTABLISHED, TIMEOUT_TCP_ESTABLISHED);
}

void
tcp_first(struct session *s, int way, const uint8_t *tcp)
{
	s->timeout = TIMEOUT_TCP_OPENING;
	s->tcp_state = TCP_CLOSED;
	if ((tcp[13] & (TH_SYN | TH_ACK | TH_RST)) == TH_SYN)
		return;
	s->tcp_state = way == WAY_OUT ? TCP_INIT_OUT : TCP_INIT_IN;
	s->flags |= SESSION_LOOSE;
	s->scale = SCALE_MAX << 4 | SCALE_MAX;
}

int
tcp_segment(struct nat *nat, uint32_t n, int way, const uint8_t *tcp,
    uint32_t payload)
{
	struct session	*s = &nat->sessions[n];
	unsigned int	 flags = tcp[13];

	if ((flags & TH_RST) != 0)
		return (rst(nat, n, way, tcp));
	if ((flags & TH_SYN) != 0)
		syn(nat, n, way, tcp, payload);
	else if ((s->flags & SESSION_LOOSE) != 0 && is_opening(s))
		loose(nat, n, way);
	if ((flags & TH_FIN) != 0)
		fin(nat, n, way);
	if (s->tcp_state == TCP_TRANS && payload > 0)
		change(nat, n, TCP_ESTABLISHED, TIMEOUT_TCP_ESTABLISHED);
	tcp_note_ack(s, way, tcp);
	return (1);
}
