/* SPDX-License-Identifier: ISC */

/*
 * The timer: a wheel of seconds, and a coarse one beyond it.
 *
 * A session is put where its timeout would end it.  Packets do not move it: when
 * its slot comes and it was kept meanwhile, it is put where it ends now.  A slot
 * is taken apart session by session, so that one call does no more than it is
 * told; what is late is none the less old for packets (session_is_old()).
 */

#include "compat.h"

#include "nat_int.h"

#define FAR_MAX		((WHEEL_FAR - 2) * WHEEL_NEAR)	/* seconds ahead */

/* The first second at which the session is old. */
static uint32_t
due_second(const struct nat *nat, const struct session *s)
{
	int32_t	 ticks;

	ticks = (int32_t)(s->last + nat->timeout[s->timeout] - nat->tick);
	return (nat->second + 1 + (ticks > 0 ? (uint32_t)ticks / TICKS : 0));
}

/* The slot for a second. */
static unsigned int
slot_of(const struct wheel *wheel, uint32_t second)
{
	if (second - wheel->second < WHEEL_NEAR)
		return (second % WHEEL_NEAR);
	return (WHEEL_NEAR + second / WHEEL_NEAR % WHEEL_FAR);
}

static int
is_used(const struct wheel *wheel, unsigned int slot)
{
	return ((int)(wheel->used[slot / 64] >> slot % 64 & 1));
}

void
timer_start(struct nat *nat, uint32_t n)
{
	struct wheel	*wheel = &nat->wheel;
	struct rest	*rest = &nat->rests[n];
	uint32_t	 second;
	unsigned int	 slot;

	second = due_second(nat, &nat->sessions[n]);
	if (second - wheel->second > FAR_MAX)
		second = wheel->second + FAR_MAX;
	slot = slot_of(wheel, second);
	rest->next = wheel->slots[slot];
	rest->prev = WHEEL_SLOT | slot;
	if (rest->next != 0)
		nat->rests[rest->next].prev = n;
	wheel->slots[slot] = n;
	wheel->used[slot / 64] |= UINT64_C(1) << slot % 64;
}

void
timer_stop(struct nat *nat, uint32_t n)
{
	struct wheel	*wheel = &nat->wheel;
	struct rest	*rest = &nat->rests[n];
	unsigned int	 slot;

	if (rest->next != 0)
		nat->rests[rest->next].prev = rest->prev;
	if ((rest->prev & WHEEL_SLOT) == 0) {
		nat->rests[rest->prev].next = rest->next;
		return;
	}
	slot = rest->prev & ~WHEEL_SLOT;
	if ((wheel->slots[slot] = rest->next) == 0)
		wheel->used[slot / 64] &= ~(UINT64_C(1) << slot % 64);
}

/* The slot to take apart for the wheel's second; -1: that second is done. */
static int
slot_due(const struct wheel *wheel)
{
	unsigned int	 far;

	far = WHEEL_NEAR + wheel->second / WHEEL_NEAR % WHEEL_FAR;
	if (wheel->second % WHEEL_NEAR == 0 && is_used(wheel, far))
		return ((int)far);
	if (is_used(wheel, wheel->second % WHEEL_NEAR))
		return ((int)(wheel->second % WHEEL_NEAR));
	return (-1);
}

void
timer_run(struct nat *nat, unsigned int work)
{
	struct wheel	*wheel = &nat->wheel;
	uint32_t	 n;
	int		 slot;

	if (nat->counts.sessions == 0 && wheel->second <= nat->second)
		wheel->second = nat->second + 1;
	while (wheel->second <= nat->second) {
		if ((slot = slot_due(wheel)) == -1) {
			wheel->second++;
			continue;
		}
		if (work-- == 0)
			return;
		n = wheel->slots[slot];
		if (session_is_old(nat, &nat->sessions[n]))
			session_end(nat, n);
		else {
			timer_stop(nat, n);
			timer_start(nat, n);
		}
	}
}

/* The first slot of a second from `at' on that is used; WHEEL_NEAR: none. */
static unsigned int
next_used(const struct wheel *wheel, unsigned int at)
{
	uint64_t	 word;

	for (; at < WHEEL_NEAR; at += 64 - at % 64) {
		word = wheel->used[at / 64] >> at % 64;
		if (word != 0)
			return (at + (unsigned int)__builtin_ctzll(word));
	}
	return (WHEEL_NEAR);
}

int
timer_due(const struct nat *nat, uint32_t *second)
{
	const struct wheel	*wheel = &nat->wheel;
	unsigned int		 at = wheel->second % WHEEL_NEAR;

	if (nat->counts.sessions == 0)
		return (0);
	/* Where the coarse wheel comes in, there may be something. */
	*second = wheel->second;
	if (at != 0)
		*second += next_used(wheel, at) - at;
	return (1);
}
