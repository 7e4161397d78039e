/* SPDX-License-Identifier: ISC */

/*
 * Turning back (RFC 4787 REQ-9): a host inside talks to an outside address that
 * is another's.  The packet is seen where it comes in from the inside.  It is
 * taken as one that leaves by the interface of that address and comes back at
 * once: its source is translated, then its destination, by two sessions, and
 * both hosts see each other's outside endpoint.
 */

#include "compat.h"

#include <string.h>

#include "nat_int.h"

/* By a session that turns back?  *other: it has one that does not. */
static int
has_turned(struct nat *nat, const struct work *out, int *other)
{
	const struct session	*s;
	struct tuple		 tuple;
	uint32_t		 n;

	*other = 0;
	if (!work_tuple(nat, out, &tuple) ||
	    (n = session_find(nat, WAY_OUT, &tuple)) == 0)
		return (0);
	s = &nat->sessions[n];
	if (session_is_old(nat, s))
		return (0);
	*other = (s->flags & SESSION_HAIRPIN) == 0;
	return (!*other);
}

/* Would its source be translated if it left there? */
static int
leaves_translated(struct nat *nat, const struct work *out)
{
	const struct rule	*rule;

	rule = rule_find(nat, out);
	if (rule == NULL || rule->kind == RULE_PASS)
		return (0);
	/* Of everybody at every interface: that tells no inside from outside. */
	return (out->zone != 0 || rule->from.n > 0);
}

/* Is somebody inside meant by its destination? */
static int
is_for_inside(struct nat *nat, const struct work *in)
{
	const struct rule	*rule;

	if (mapping_for(nat, in) != 0)
		return (1);
	rule = rule_find(nat, in);
	return (rule != NULL && rule->kind != RULE_PASS);
}

int
hairpin(struct nat *nat, struct work *work, enum nat_verdict *verdict)
{
	const struct ours	*ours;
	struct work		 in, out;
	int			 other;

	ours = ours_find(nat, work->family, work->dst);
	if (ours == NULL || (ours->zone != 0 && ours->zone == work->zone))
		return (0);
	out = *work;
	out.way = WAY_OUT;
	out.zone = ours->zone;
	out.hairpin = 1;
	work_set_ports(&out);
	in = *work;
	in.zone = ours->zone;
	in.hairpin = 1;
	/* An answer to what turned back may have nothing but sessions. */
	if (!has_turned(nat, &out, &other) && (other ||
	    !leaves_translated(nat, &out) || !is_for_inside(nat, &in)))
		return (0);
	if (!nat->rules->settings.hairpin) {
		*verdict = work_drop(work, NAT_REASON_HAIRPIN);
		return (1);
	}
	*verdict = translate_out(nat, &out);
	if (*verdict == NAT_REPLACE) {
		work_set_ports(&in);
		*verdict = translate_in(nat, &in);
		/* Half translated, it must not go on. */
		if (*verdict == NAT_PASS)
			*verdict = work_drop(&in, NAT_REASON_UNMATCHED);
		nat->counts.hairpinned++;
		work->reason = in.reason;
	} else
		work->reason = out.reason;
	memcpy(work->changed, out.changed, sizeof(work->changed));
	memcpy(work->to, out.to, sizeof(work->to));
	if (in.changed[DIVERT_DESTINATION]) {
		work->changed[DIVERT_DESTINATION] = 1;
		memcpy(work->to[DIVERT_DESTINATION],
		    in.to[DIVERT_DESTINATION], sizeof(work->to[0]));
	}
	return (1);
}
