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
nat_outsides(const struct nat *nat, unsigned int *at, unsigned int n,
    void (*show)(void *, const struct nat_outside_view *), void *arg)
{
	struct nat_outside_view	 view;
	const struct outside	*outside;
	unsigned int		 shown, space;

	if (*at == 0)
		*at = 1;
	for (shown = 0; *at <= nat->noutsides && shown < n; shown++) {
		outside = &nat->outsides[(*at)++];
		memset(&view, 0, sizeof(view));
		view.family = outside->family;
		memcpy(view.addr, address_bytes(nat, view.family,
		    &outside->address), view.family == 4 ? 4 : 16);
		for (space = 0; space < SPACES; space++)
			if (outside->ports[space] != 0)
				view.ports[space] =
				    nat->ports[outside->ports[space]].used;
		show(arg, &view);
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
