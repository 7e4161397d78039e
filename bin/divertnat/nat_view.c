/* SPDX-License-Identifier: ISC */

/*
 * The engine looked at from outside: sessions, counts; and a host's end.
 */

#include "compat.h"

#include "nat_int.h"

void
nat_counts(const struct nat *nat, struct nat_counts *counts)
{
	*counts = nat->counts;
}

unsigned int
nat_sessions(const struct nat *nat, unsigned int *at, unsigned int n,
    void (*show)(void *, const struct nat_session_view *), void *arg)
{
	struct nat_session_view	 view;
	unsigned int		 shown = 0;

	if (*at == 0)
		*at = 1;
	for (; *at < nat->session_fresh && shown < n; (*at)++) {
		if (nat->sessions[*at].family == 0)
			continue;
		session_view(nat, *at, &view);
		show(arg, &view);
		shown++;
	}
	return (shown);
}

unsigned int
nat_kill(struct nat *nat, int family, const uint8_t *addr)
{
	uint32_t	 inside, n;
	unsigned int	 ended = 0;

	if (!address_find(nat, family, addr, &inside))
		return (0);
	for (n = 1; n < nat->session_fresh; n++) {
		if (nat->sessions[n].family != family ||
		    nat->sessions[n].inside != inside)
			continue;
		session_end(nat, n);
		ended++;
	}
	return (ended);
}
