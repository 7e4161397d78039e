/* SPDX-License-Identifier: ISC */

/*
 * Time, which is passed in and never goes back, and what happens by it alone.
 */

#include "compat.h"

#include "nat_int.h"

#define SECOND		UINT64_C(1000000000)
/* Sessions looked at in one call. */
#define EXPIRE_WORK	256
#define PACKETS_WORK	64
#define SWEEP_WORK	1024

static void
set(struct nat *nat, uint64_t now, unsigned int work)
{
	uint32_t	 tick = nat->tick;

	if (now > nat->now)
		nat->now = now;
	/* Most calls are in the tick of the one before. */
	if (nat->now < nat->tick_end && nat->wheel.second > nat->second)
		return;
	nat->tick_end = (nat->now / TICK_NS + 1) * TICK_NS;
	nat->tick = (uint32_t)(nat->now / TICK_NS);
	nat->second = (uint32_t)(nat->now / SECOND);
	if (nat->wheel.second <= nat->second)
		timer_run(nat, work);
	if (nat->tick == tick)
		return;
	mapping_expire(nat);
	syns_expire(nat);
	fragments_expire(nat);
}

void
clock_set(struct nat *nat, uint64_t now)
{
	set(nat, now, PACKETS_WORK);
}

void
nat_expire(struct nat *nat, uint64_t now)
{
	set(nat, now, EXPIRE_WORK);
	reload_sweep(nat, SWEEP_WORK);
}

static uint64_t
earlier(uint64_t a, uint64_t b)
{
	return (a < b ? a : b);
}

uint64_t
nat_due(const struct nat *nat)
{
	uint64_t	 due = UINT64_MAX;
	uint32_t	 second;

	if (nat->sweep != 0)
		return (nat->now);
	if (timer_due(nat, &second))
		due = second * SECOND;
	if (nat->rest_first != 0)
		due = earlier(due, nat_time(nat,
		    nat->mappings[nat->rest_first].start) +
		    ((uint64_t)nat->timeout[TIMEOUT_PORT_REST] + 1) * TICK_NS);
	due = earlier(due, syns_due(nat));
	return (earlier(due, fragments_due(nat)));
}
