/* SPDX-License-Identifier: ISC */

/*
 * What only the whole packet can say is wrong with its words.  The columns
 * were kept for this.
 */

#include "compat.h"

#include <errno.h>
#include <stdio.h>

#include "words_int.h"

/* A word of the other version than the addresses are of. */
static int
check_version(struct parser *p)
{
	int	 i, version = p->words->fields.version;

	i = version == 4;
	if (p->only[i] == NULL)
		return (0);
	return (scan_fail(&p->scan, p->only_column[i],
	    "\"%s\" is of IPv%d, and the addresses are of IPv%d", p->only[i],
	    i ? 6 : 4, version));
}

static int
check_ports(struct parser *p)
{
	const struct divert_fields	*f = &p->words->fields;
	int				 side;

	if ((p->kind & KIND_PORTS) == 0 || f->frag_off != 0)
		return (0);
	if ((f->set & DIVERT_FIELD_SPORT) == 0)
		side = DIVERT_SOURCE;
	else if ((f->set & DIVERT_FIELD_DPORT) == 0)
		side = DIVERT_DESTINATION;
	else
		return (0);
	return (scan_fail(&p->scan, p->port_column[side],
	    "expected port: %s has two of them", words_kind_name(p->kind)));
}

/*
 * An id for fragments that were given none: the same for the same words, and
 * not 0 in either half, for which the kernel would put one of its own.
 */
static uint32_t
make_id(const char *text)
{
	uint32_t	 hash;

	for (hash = 2166136261u; *text != '\0'; text++)
		hash = (hash ^ (uint8_t)*text) * 16777619u;
	return (hash | 0x00010001u);
}

/* The id of IPv6 is in the fragment header, made here or by the cutting. */
static int
check_id(struct parser *p, const char *text)
{
	struct words		*w = p->words;
	struct divert_fields	*f = &w->fields;

	if ((f->set & DIVERT_FIELD_ID) == 0) {
		if (w->frag != 0)
			w->frag_id = make_id(text);
		return (0);
	}
	if (f->version == 4 && f->id > 65535)
		return (scan_fail(&p->scan, p->id_column,
		    "expected an id (0 to 65535)"));
	if (f->version == 4 ||
	    (f->set & (DIVERT_FIELD_MF | DIVERT_FIELD_FRAG_OFF)) != 0)
		return (0);
	if (w->frag == 0)
		return (scan_fail(&p->scan, p->id_column,
		    "only a fragment of IPv6 has an id"));
	w->frag_id = f->id;
	f->set &= ~DIVERT_FIELD_ID;
	return (0);
}

static int
check_frag(struct parser *p)
{
	const struct divert_fields	*f = &p->words->fields;
	uint32_t			 least = f->version == 4 ? 28 : 56;

	if (p->frag_column == 0)
		return (0);
	if (f->df)
		return (scan_fail(&p->scan, p->frag_column,
		    "a packet with df is not cut into fragments"));
	if (p->words->frag < least)
		return (scan_fail(&p->scan, p->frag_column,
		    "expected at least %u for fragments of IPv%d", least,
		    f->version));
	return (0);
}

static int
check_mtu(struct parser *p)
{
	const struct divert_fields	*f = &p->words->fields;

	if (p->mtu_column == 0 || ((f->set & DIVERT_FIELD_ICMP_TYPE) != 0 &&
	    f->icmp_type == (p->kind == KIND_ICMP ? 3 : 2)))
		return (0);
	return (scan_fail(&p->scan, p->mtu_column, p->kind == KIND_ICMP ?
	    "an MTU is told by icmp-type unreach code needfrag" :
	    "an MTU is told by icmp6-type toobig"));
}

/* What only the whole can say. */
int
words_check(struct parser *p, const char *text)
{
	const struct divert_fields	*f = &p->words->fields;
	char				 why[160];

	if (p->kind == KIND_NONE)
		return (scan_expected(&p->scan, "proto"));
	if ((f->set & DIVERT_FIELD_SRC) == 0)
		return (scan_expected(&p->scan, "from and an address"));
	if ((f->set & DIVERT_FIELD_DST) == 0)
		return (scan_expected(&p->scan, "to and an address"));
	if (check_version(p) == -1 || check_ports(p) == -1 ||
	    check_id(p, text) == -1 || check_frag(p) == -1 ||
	    check_mtu(p) == -1 || words_payload_fit(p) == -1)
		return (-1);
	/* What is left is of no one word. */
	if (divert_build_size(f, why, sizeof(why)) == -1) {
		snprintf(p->scan.errbuf, p->scan.errlen, "%s", why);
		errno = EINVAL;
		return (-1);
	}
	return (0);
}
