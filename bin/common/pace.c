/* SPDX-License-Identifier: ISC */

#include "compat.h"

#include <stdlib.h>
#include <string.h>

#include "pace.h"

/* Asked again then: a capture may have years of silence in it. */
#define WAIT_MAX	3600000000000u

void
pace_init(struct pace *pace, const struct pump_pace *what)
{
	memset(pace, 0, sizeof(*pace));
	pace->pace = *what;
}

static int64_t
packet_time(const struct divert_packet *pkt)
{
	return ((int64_t)pkt->time.tv_sec * 1000000000 + pkt->time.tv_nsec);
}

void
pace_again(struct pace *pace)
{
	pace->again = 1;
}

uint64_t
pace_wait(struct pace *pace, const struct divert_packet *pkt, uint64_t now)
{
	double	 left;

	if (!pace->started) {
		pace->started = 1;
		pace->start = now;
		pace->first = packet_time(pkt);
	} else if (pace->again) {
		pace->first = packet_time(pkt);
		pace->base = pace->due;
	}
	pace->again = 0;
	switch (pace->pace.kind) {
	case PACE_TIMES:
		pace->due = pace->base + (double)(packet_time(pkt) -
		    pace->first) / pace->pace.value;
		break;
	case PACE_PACKETS:
	case PACE_BITS:
		pace->due = pace->sent / pace->pace.value * 1e9;
		break;
	case PACE_MAX:
	default:
		return (0);
	}
	/* Packets out of order in time are due at once. */
	left = pace->due - (double)(now - pace->start);
	if (left > WAIT_MAX)
		return (WAIT_MAX);
	return (left > 0 ? (uint64_t)left : 0);
}

void
pace_sent(struct pace *pace, const struct divert_packet *pkt)
{
	pace->sent += pace->pace.kind == PACE_BITS ? 8.0 * pkt->wirelen : 1.0;
}

int
pace_parse(const char *text, struct pump_pace *pace)
{
	char	*end;

	pace->value = 1;
	if (strcmp(text, "max") == 0) {
		pace->kind = PACE_MAX;
		return (0);
	}
	if (strcmp(text, "orig") == 0) {
		pace->kind = PACE_TIMES;
		return (0);
	}
	if (text[0] < '0' || text[0] > '9')
		return (-1);
	pace->value = strtod(text, &end);
	if (!(pace->value > 0 && pace->value < 1e15))
		return (-1);
	if (strcmp(end, "x") == 0) {
		pace->kind = PACE_TIMES;
		return (0);
	}
	if (strcmp(end, "/s") == 0) {
		pace->kind = PACE_PACKETS;
		return (0);
	}
	pace->kind = PACE_BITS;
	switch (*end) {
	case 'k':
	case 'K':
		pace->value *= 1e3;
		end++;
		break;
	case 'M':
		pace->value *= 1e6;
		end++;
		break;
	case 'G':
		pace->value *= 1e9;
		end++;
		break;
	}
	return (*end == '\0' ? 0 : -1);
}
