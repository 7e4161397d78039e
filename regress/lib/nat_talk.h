/* SPDX-License-Identifier: ISC */
#ifndef NAT_TALK_H
#define NAT_TALK_H

/*
 * TCP conversations as lines of text: ">S <SA >A >Ad <AF" and so on, > from
 * inside, < from the remote, d with 10 bytes of data.  Sequence numbers are
 * those of two ends that lose nothing.
 */

#include "nat_harness.h"

#define TALK_INSIDE	4000
#define TALK_REMOTE	8000
#define TALK_DATA	10

struct talk {
	struct world	*w;
	const char	*in, *out, *far;	/* addresses */
	int		 inside;		/* ports */
	int		 outside;		/* 0: not known yet */
	uint32_t	 seq[2];		/* next, of inside and remote */
};

static inline void
talk_begin(struct talk *t, const char *rules, int v6)
{
	t->w = world(rules);
	t->in = v6 ? A6 : A4;
	t->out = v6 ? OUT6 : OUT4;
	t->far = v6 ? R6 : R4;
	t->inside = TALK_INSIDE;
	t->outside = 0;
	t->seq[0] = 1000000;
	t->seq[1] = UINT32_C(0xfffffff0);	/* it wraps */
}

/* The inside is a server on another port. */
static inline void
talk_begin_in(struct talk *t, int v6)
{
	talk_begin(t, v6 ? "match in on em0 inet6 proto tcp to 2001:db8::1 "
	    "port 80 rdr-to fd00::5 port 4000\n" :
	    "match in on em0 inet proto tcp to 203.0.113.1 port 80 rdr-to "
	    "10.0.0.5 port 4000\n", v6);
	t->outside = 80;
}

static inline void
talk_end(struct talk *t)
{
	world_free(t->w);
}

/* One segment; what it is before and after. */
static inline void
talk_segment(struct talk *t, int from_inside, int flags, size_t data,
    struct packet *is, struct packet *want)
{
	int		 me = !from_inside;
	uint32_t	 ack = (flags & ACK) != 0 ? t->seq[!me] : 0;

	if (from_inside) {
		*is = tcp(t->in, t->inside, t->far, TALK_REMOTE, flags, data);
		*want = tcp(t->out, t->outside, t->far, TALK_REMOTE, flags,
		    data);
	} else {
		*is = tcp(t->far, TALK_REMOTE, t->out, t->outside, flags,
		    data);
		*want = tcp(t->far, TALK_REMOTE, t->in, t->inside, flags,
		    data);
	}
	*is = numbered(*is, t->seq[me], ack);
	*want = numbered(*want, t->seq[me], ack);
	t->seq[me] += (uint32_t)data + ((flags & SYN) != 0) +
	    ((flags & FIN) != 0);
}

static inline const char *
talk_read(const char *text, int mirrored, int *from_inside, int *flags,
    size_t *data)
{
	while (*text == ' ')
		text++;
	if (*text == '\0')
		return (NULL);
	assert_true(*text == '<' || *text == '>');
	*from_inside = (*text++ == '>') != mirrored;
	*flags = 0;
	*data = 0;
	for (; *text != ' ' && *text != '\0'; text++)
		switch (*text) {
		case 'S':
			*flags |= SYN;
			break;
		case 'A':
			*flags |= ACK;
			break;
		case 'F':
			*flags |= FIN;
			break;
		case 'R':
			*flags |= RST;
			break;
		case 'U':
			*flags |= 0x20;
			break;
		case 'd':
			*data = TALK_DATA;
			break;
		default:
			fail_msg("a conversation: %s", text);
		}
	return (text);
}

#define talk(t, text)		talk_at(__FILE__, __LINE__, t, text, 0, 0)
#define talk_mirrored(t, text)	talk_at(__FILE__, __LINE__, t, text, 1, 0)
/* For nobody any more. */
#define talk_gone(t, text)	talk_at(__FILE__, __LINE__, t, text, 0, 1)
static inline void
talk_at(const char *file, int line, struct talk *t, const char *text,
    int mirrored, int gone)
{
	struct packet	 p, is, want;
	size_t		 data;
	int		 flags, from_inside;

	while ((text = talk_read(text, mirrored, &from_inside, &flags,
	    &data)) != NULL) {
		talk_segment(t, from_inside, flags, data, &is, &want);
		if (gone) {
			untouched_at(file, line, t->w,
			    from_inside ? OUTWARD : INWARD, is);
			continue;
		}
		p = goes_at(file, line, t->w, from_inside ? OUTWARD : INWARD,
		    is);
		if (t->outside == 0) {
			t->outside = sport(&p);
			w16(want.b + l4_at(&want), (unsigned int)t->outside);
			sum_l4(&want, l4_at(&want), l4_at(&want) + 16,
			    NAT_TCP);
		}
		same_at(file, line, &p, &want);
	}
}

#endif
