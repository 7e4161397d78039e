/* SPDX-License-Identifier: ISC */

/*
 * Fragments.  Only the first one of a datagram has ports; what was done to it
 * is done to the others, whose part of that are the addresses.  Those that come
 * before it are copied and wait for it.
 *
 * What waits cannot push aside what goes on: where there is no room, the
 * datagram that has waited longest goes, and one whose first fragment came goes
 * only for another of its kind.  Whole packets have no part in all this.  A
 * datagram that has passed in whole is forgotten at once, as identifiers are
 * used again.
 *
 * Overlapping fragments are for nobody's good (RFC 1858, RFC 5722): they end
 * the datagram.
 */

#include "compat.h"

#include <stdlib.h>
#include <string.h>

#include "nat_int.h"

#define HELD_MAX	16		/* of a datagram */
#define RANGES_MAX	16
#define PAGE_SIZE	2048
#define PAGES		512		/* 1 MiB */

struct key {
	uint8_t		 src[16];
	uint8_t		 dst[16];
	uint32_t	 id;
	uint8_t		 family;
	uint8_t		 proto;		/* of IPv4; IPv6 asks the first */
	uint8_t		 zone;
	uint8_t		 way;
};

struct range {
	uint32_t	 from;
	uint32_t	 to;
};

enum state {
	WAITS,				/* for its first fragment */
	KNOWN,				/* what to do with it */
	ENDED				/* nothing of it goes on */
};

struct datagram {
	struct key	 key;
	uint64_t	 since;		/* ns */
	uint32_t	 hash;
	uint32_t	 next, prev;	/* of its list; free ones: next */
	uint32_t	 held;		/* the first page of the first, or 0 */
	uint32_t	 last_held;
	uint32_t	 total;		/* bytes, 0: not known */
	uint32_t	 first;		/* bytes of the first fragment */
	struct range	 ranges[RANGES_MAX];	/* what came, in order */
	uint8_t		 nranges;
	uint8_t		 nheld;
	uint8_t		 state;		/* enum state */
	uint8_t		 list;
	uint8_t		 verdict;	/* of the first: enum nat_verdict */
	uint8_t		 reason;
	uint8_t		 changed[2];
	uint8_t		 to[2][16];
};

/* A fragment that waits, with its bytes in pages of the same numbers. */
struct held {
	struct divert_packet	 pkt;
	uint32_t		 next;
	uint32_t		 pages;
};

struct list {
	uint32_t	 first;
	uint32_t	 last;
};

/* Which list: whether the first fragment was seen; each by its age. */
enum { EARLY, IN_ORDER, LISTS };

struct fragments {
	struct hash_keys	 keys[3];
	struct index		 index;
	struct datagram		*datagrams;	/* from 1 on */
	uint32_t		 max;
	uint32_t		 free;
	uint32_t		 fresh;
	struct list		 lists[LISTS];
	struct held		*held;		/* from 1 on, as pages */
	uint8_t			*pages;
	uint8_t			 used[PAGES + 1];
};

int
fragments_new(struct nat *nat)
{
	struct fragments	*f;
	uint32_t		 max = nat->rules->settings.limit[LIMIT_FRAGS];

	if ((f = calloc(1, sizeof(*f))) == NULL)
		return (-1);
	nat->fragments = f;
	f->max = max;
	f->fresh = 1;
	f->datagrams = calloc((size_t)max + 1, sizeof(*f->datagrams));
	f->held = calloc(PAGES + 1, sizeof(*f->held));
	f->pages = calloc(PAGES + 1, PAGE_SIZE);
	if (f->datagrams == NULL || f->held == NULL || f->pages == NULL ||
	    index_new(&f->index, max + 1) == -1) {
		fragments_free(nat);
		return (-1);
	}
	nat->options.random(nat->options.arg, f->keys, sizeof(f->keys));
	return (0);
}

void
fragments_free(struct nat *nat)
{
	struct fragments	*f = nat->fragments;

	if (f == NULL)
		return;
	index_free(&f->index);
	free(f->datagrams);
	free(f->held);
	free(f->pages);
	free(f);
	nat->fragments = NULL;
}

/*
 * Datagrams: found, made, ended
 */

static void
make_key(const struct work *work, struct key *key)
{
	unsigned int	 n = work->family == 4 ? 4 : 16;

	memset(key, 0, sizeof(*key));
	memcpy(key->src, work->src, n);
	memcpy(key->dst, work->dst, n);
	key->id = work->layout.frag_id;
	key->family = work->family;
	if (work->family == 4)
		key->proto = work->pkt->data[9];
	key->zone = work->zone;
	key->way = work->way;
}

static uint32_t
key_hash(const struct fragments *f, const struct key *key)
{
	uint32_t	 words[4];

	memcpy(words, key->src, sizeof(key->src));
	words[0] = hash_words(&f->keys[0], words, 4);
	memcpy(words + 1, &key->id, 4);
	words[2] = (uint32_t)(key->family | key->proto << 8 |
	    key->zone << 16) | (uint32_t)key->way << 24;
	words[0] = hash_words(&f->keys[1], words, 3);
	memcpy(words + 1, key->dst, 12);
	words[0] = hash_words(&f->keys[2], words, 4);
	memcpy(words + 1, key->dst + 12, 4);
	return (hash_words(&f->keys[0], words, 2));
}

static struct datagram *
find_datagram(const struct fragments *f, const struct key *key)
{
	uint32_t	 at, hash = key_hash(f, key), n;

	at = index_home(&f->index, hash);
	while ((n = index_next(&f->index, hash, &at)) != 0)
		if (memcmp(&f->datagrams[n].key, key, sizeof(*key)) == 0)
			return (&f->datagrams[n]);
	return (NULL);
}

static uint32_t
number_of(const struct fragments *f, const struct datagram *d)
{
	return ((uint32_t)(d - f->datagrams));
}

static void
list_append(struct fragments *f, struct datagram *d, uint8_t which)
{
	struct list	*list = &f->lists[which];
	uint32_t	 n = number_of(f, d);

	d->list = which;
	d->next = 0;
	d->prev = list->last;
	if (list->last != 0)
		f->datagrams[list->last].next = n;
	else
		list->first = n;
	list->last = n;
}

static void
list_remove(struct fragments *f, struct datagram *d)
{
	struct list	*list = &f->lists[d->list];

	if (d->prev != 0)
		f->datagrams[d->prev].next = d->next;
	else
		list->first = d->next;
	if (d->next != 0)
		f->datagrams[d->next].prev = d->prev;
	else
		list->last = d->prev;
}

/* What was done to the first fragment.  Its addresses are the datagram's. */
static void
change_addresses(struct work *work, const struct datagram *d)
{
	enum divert_side	 side;

	for (side = DIVERT_SOURCE; side <= DIVERT_DESTINATION; side++)
		if (d->changed[side])
			rewrite_address(work, side, d->to[side]);
}

static void
release_one(struct nat *nat, const struct datagram *d,
    struct divert_packet *pkt, enum nat_verdict verdict,
    enum nat_reason reason)
{
	struct work	 work;

	switch (verdict) {
	case NAT_REPLACE:
		if (work_begin(nat, &work, pkt) == -1) {
			verdict = NAT_DROP;
			reason = work.reason;
			nat->counts.dropped[reason]++;
			break;
		}
		change_addresses(&work, d);
		nat->counts.translated[work.way]++;
		break;
	case NAT_DROP:
		nat->counts.dropped[reason]++;
		break;
	default:
		nat->counts.passed++;
		break;
	}
	nat->options.released(nat->options.arg, pkt, verdict, reason);
}

/* The verdict of all that waits. */
static void
release(struct nat *nat, struct datagram *d, enum nat_verdict verdict,
    enum nat_reason reason)
{
	struct fragments	*f = nat->fragments;
	struct held		*held;
	uint32_t		 n, next;

	for (n = d->held; n != 0; n = next) {
		held = &f->held[n];
		next = held->next;
		release_one(nat, d, &held->pkt, verdict, reason);
		memset(f->used + n, 0, held->pages);
		nat->counts.held--;
	}
	d->held = d->last_held = 0;
	d->nheld = 0;
}

/* Forget it; what waited is released. */
static void
remove_datagram(struct nat *nat, struct datagram *d, enum nat_reason reason)
{
	struct fragments	*f = nat->fragments;
	uint32_t		 n = number_of(f, d);

	release(nat, d, NAT_DROP, reason);
	index_remove(&f->index, d->hash, n);
	list_remove(f, d);
	d->next = f->free;
	f->free = n;
	nat->counts.fragments--;
}

/* Nothing of it goes on; those that are still to come do not either. */
static enum nat_verdict
end_datagram(struct nat *nat, struct work *work, struct datagram *d,
    enum nat_reason reason)
{
	release(nat, d, NAT_DROP, reason);
	d->state = ENDED;
	d->reason = (uint8_t)reason;
	return (work_drop(work, reason));
}

/* The oldest one of a list goes, if it is not this. */
static int
push_out(struct nat *nat, unsigned int which, const struct datagram *keep)
{
	struct fragments	*f = nat->fragments;
	uint32_t		 n = f->lists[which].first;

	if (n != 0 && &f->datagrams[n] == keep)
		n = keep->next;
	if (n == 0)
		return (0);
	remove_datagram(nat, &f->datagrams[n], NAT_REASON_FRAGMENT_LIMIT);
	return (1);
}

/* NULL: there is no room. */
static struct datagram *
make_datagram(struct nat *nat, const struct key *key, uint8_t which)
{
	struct fragments	*f = nat->fragments;
	struct datagram		*d;
	uint32_t		 n;

	if (f->free == 0 && f->fresh > f->max &&
	    !push_out(nat, EARLY, NULL) &&
	    (which == EARLY || !push_out(nat, IN_ORDER, NULL)))
		return (NULL);
	if ((n = f->free) != 0)
		f->free = f->datagrams[n].next;
	else
		n = f->fresh++;
	d = &f->datagrams[n];
	memset(d, 0, sizeof(*d));
	d->key = *key;
	d->since = nat->now;
	d->hash = key_hash(f, key);
	index_insert(&f->index, d->hash, n);
	list_append(f, d, which);
	nat->counts.fragments++;
	return (d);
}

/*
 * Ranges: which bytes of a datagram came
 */

struct piece {
	uint32_t	 from;
	uint32_t	 to;
	int		 more;
};

/* The part of its datagram.  0, or -1: no fragment looks like that. */
static int
read_piece(const struct work *work, struct piece *piece)
{
	const struct divert_layout	*l = &work->layout;
	const uint8_t			*ip = work->pkt->data;
	uint32_t			 begin;

	if (l->version == 4) {
		begin = (uint32_t)(ip[0] & 0x0f) * 4;
		piece->more = (ip[6] & 0x20) != 0;
	} else {
		begin = l->frag_off + 8;
		piece->more = (ip[l->frag_off + 3] & 0x01) != 0;
	}
	piece->from = l->frag_byte;
	piece->to = piece->from + (l->end_off - begin);
	if (piece->to == piece->from ||
	    (piece->more && (piece->to - piece->from) % 8 != 0))
		return (-1);
	return (0);
}

enum fit { FITS, IS_THERE, OVERLAPS, TOO_MANY };

/* What came ends where it must. */
static int
ends_right(struct datagram *d, const struct piece *piece)
{
	if (piece->more)
		return (d->total == 0 || piece->to < d->total);
	if (d->total != 0)
		return (piece->to == d->total);
	if (d->nranges != 0 && d->ranges[d->nranges - 1].to > piece->from)
		return (0);
	d->total = piece->to;
	return (1);
}

static enum fit
add_piece(struct datagram *d, const struct piece *piece)
{
	struct range	*r = d->ranges;
	unsigned int	 i;

	/* Nothing but a first fragment may repeat the first. */
	if (piece->from != 0 && piece->from < d->first)
		return (OVERLAPS);
	for (i = 0; i < d->nranges && r[i].to < piece->from; i++)
		continue;
	if (i < d->nranges && piece->from >= r[i].from &&
	    piece->to <= r[i].to)
		return (IS_THERE);
	if (!ends_right(d, piece))
		return (OVERLAPS);
	/* r[i] may end where this begins; then the next one counts. */
	if (i < d->nranges && r[i].to == piece->from) {
		if (i + 1 < d->nranges && r[i + 1].from < piece->to)
			return (OVERLAPS);
		r[i].to = piece->to;
	} else if (i < d->nranges && r[i].from < piece->to)
		return (OVERLAPS);
	else if (d->nranges == RANGES_MAX)
		return (TOO_MANY);
	else {
		memmove(r + i + 1, r + i, (d->nranges - i) * sizeof(*r));
		r[i].from = piece->from;
		r[i].to = piece->to;
		d->nranges++;
	}
	if (i + 1 < d->nranges && r[i].to == r[i + 1].from) {
		r[i].to = r[i + 1].to;
		d->nranges--;
		memmove(r + i + 1, r + i + 2,
		    (d->nranges - i - 1) * sizeof(*r));
	}
	return (FITS);
}

static int
is_complete(const struct datagram *d)
{
	return (d->total != 0 && d->nranges == 1 && d->ranges[0].from == 0 &&
	    d->ranges[0].to == d->total);
}

/*
 * Fragments: those that wait, the first, and the others
 */

/* Pages side by side; 0: there are not as many. */
static uint32_t
find_pages(const struct fragments *f, uint32_t want)
{
	uint32_t	 n, run = 0;

	for (n = 1; n <= PAGES; n++) {
		run = f->used[n] ? 0 : run + 1;
		if (run == want)
			return (n - want + 1);
	}
	return (0);
}

static enum nat_verdict
hold(struct nat *nat, struct work *work, struct datagram *d)
{
	struct fragments	*f = nat->fragments;
	struct held		*held;
	uint32_t		 n, pages;

	pages = (DIVERT_HEADROOM + work->pkt->len + PAGE_SIZE - 1) /
	    PAGE_SIZE;
	if (d->nheld == HELD_MAX || pages > PAGES)
		return (end_datagram(nat, work, d,
		    NAT_REASON_FRAGMENT_LIMIT));
	while ((n = find_pages(f, pages)) == 0)
		if (!push_out(nat, EARLY, d))
			return (end_datagram(nat, work, d,
			    NAT_REASON_FRAGMENT_LIMIT));
	memset(f->used + n, 1, pages);
	held = &f->held[n];
	held->pkt = *work->pkt;
	held->pkt.data = f->pages + (size_t)n * PAGE_SIZE + DIVERT_HEADROOM;
	memcpy(held->pkt.data, work->pkt->data, work->pkt->len);
	held->pages = pages;
	held->next = 0;
	if (d->last_held != 0)
		f->held[d->last_held].next = n;
	else
		d->held = n;
	d->last_held = n;
	d->nheld++;
	nat->counts.held++;
	return (NAT_HOLD);
}

/* The first fragment came: as it is translated, so are the others. */
static enum nat_verdict
decide(struct nat *nat, struct work *work, struct datagram *d)
{
	struct fragments	*f = nat->fragments;
	enum nat_verdict	 verdict;

	verdict = nat_translate(nat, work);
	d->state = KNOWN;
	d->verdict = (uint8_t)verdict;
	d->reason = work->reason;
	memcpy(d->changed, work->changed, sizeof(d->changed));
	memcpy(d->to, work->to, sizeof(d->to));
	d->since = nat->now;
	list_remove(f, d);
	list_append(f, d, IN_ORDER);
	release(nat, d, verdict, d->reason);
	if (is_complete(d))
		remove_datagram(nat, d, NAT_REASON_NONE);
	return (verdict);
}

static enum nat_verdict
first_fragment(struct nat *nat, struct work *work, const struct piece *piece)
{
	struct datagram	*d;
	struct key	 key;

	make_key(work, &key);
	d = find_datagram(nat->fragments, &key);
	if (d != NULL && d->state == ENDED)
		return (work_drop(work, d->reason));
	/* Twice the first: the identifier is used again. */
	if (d != NULL && d->state == KNOWN) {
		d->nranges = 0;
		d->total = d->first = 0;
	}
	if (d == NULL && (d = make_datagram(nat, &key, IN_ORDER)) == NULL)
		return (nat_translate(nat, work));
	switch (add_piece(d, piece)) {
	case FITS:
		break;
	case TOO_MANY:
		return (end_datagram(nat, work, d,
		    NAT_REASON_FRAGMENT_LIMIT));
	default:
		return (end_datagram(nat, work, d,
		    NAT_REASON_FRAGMENT_OVERLAP));
	}
	d->first = piece->to;
	return (decide(nat, work, d));
}

static enum nat_verdict
follow(struct nat *nat, struct work *work, struct datagram *d)
{
	enum nat_verdict	 verdict = d->verdict;

	if (verdict == NAT_DROP)
		(void)work_drop(work, d->reason);
	else if (verdict == NAT_REPLACE) {
		change_addresses(work, d);
		nat->counts.translated[work->way]++;
	}
	if (is_complete(d))
		remove_datagram(nat, d, NAT_REASON_NONE);
	return (verdict);
}

static enum nat_verdict
other_fragment(struct nat *nat, struct work *work, const struct piece *piece)
{
	struct datagram	*d;
	struct key	 key;

	make_key(work, &key);
	d = find_datagram(nat->fragments, &key);
	if (d == NULL && nat->options.released == NULL)
		return (work_drop(work, NAT_REASON_FRAGMENT_FIRST));
	if (d == NULL && (d = make_datagram(nat, &key, EARLY)) == NULL)
		return (work_drop(work, NAT_REASON_FRAGMENT_LIMIT));
	if (d->state == ENDED)
		return (work_drop(work, d->reason));
	switch (add_piece(d, piece)) {
	case FITS:
		break;
	case IS_THERE:
		/* Most likely the network has doubled it. */
		return (work_drop(work, NAT_REASON_FRAGMENT_OVERLAP));
	case OVERLAPS:
		return (end_datagram(nat, work, d,
		    NAT_REASON_FRAGMENT_OVERLAP));
	case TOO_MANY:
		return (end_datagram(nat, work, d,
		    NAT_REASON_FRAGMENT_LIMIT));
	}
	if (d->state == KNOWN)
		return (follow(nat, work, d));
	return (hold(nat, work, d));
}

/* Could the first one be translated?  Others need not wait for it. */
static int
concerns_us(struct nat *nat, const struct work *work)
{
	if (rule_find_address(nat, work) != NULL)
		return (1);
	return (work->way == WAY_IN ?
	    ours_find(nat, work->family, work->dst) != NULL :
	    rule_forwards_to(nat, work));
}

enum nat_verdict
fragment_packet(struct nat *nat, struct work *work)
{
	struct piece	 piece;

	if (!concerns_us(nat, work)) {
		/* This host's own goes as it is, and answers are known by it. */
		if (work->way == WAY_OUT && work->has_ports &&
		    ours_find(nat, work->family, work->src) != NULL)
			return (translate_out(nat, work));
		return (NAT_PASS);
	}
	if (read_piece(work, &piece) == -1)
		return (work_drop(work, NAT_REASON_MALFORMED));
	if ((work->layout.flags & DIVERT_LAYOUT_FIRST) != 0)
		return (first_fragment(nat, work, &piece));
	return (other_fragment(nat, work, &piece));
}

/*
 * Time
 */

static uint64_t
due_of(const struct nat *nat, unsigned int which)
{
	const struct fragments	*f = nat->fragments;
	uint32_t		 n = f->lists[which].first;

	if (n == 0)
		return (UINT64_MAX);
	return (f->datagrams[n].since +
	    (uint64_t)nat->timeout[TIMEOUT_FRAG] * TICK_NS);
}

void
fragments_expire(struct nat *nat)
{
	struct fragments	*f = nat->fragments;
	unsigned int		 which;

	for (which = 0; which < LISTS; which++)
		while (due_of(nat, which) <= nat->now)
			remove_datagram(nat,
			    &f->datagrams[f->lists[which].first],
			    NAT_REASON_FRAGMENT_FIRST);
}

uint64_t
fragments_due(const struct nat *nat)
{
	uint64_t	 early = due_of(nat, EARLY);
	uint64_t	 in_order = due_of(nat, IN_ORDER);

	return (early < in_order ? early : in_order);
}
