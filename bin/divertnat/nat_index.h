/* SPDX-License-Identifier: ISC */
#ifndef NAT_INDEX_H
#define NAT_INDEX_H

#include <stddef.h>
#include <stdint.h>

/*
 * An index: from the hash of a key to the number of what has it.  Open
 * addressing with linear probing, at most half full, and nothing is left behind
 * by what is removed.  Keys are not here: who searches compares them.
 *
 * A slot is 8 bytes, and numbers begin with 1, so that an index that was never
 * used is memory that was never touched.
 */

struct slot {
	uint32_t	 hash;
	uint32_t	 number;	/* 0: free */
};

struct index {
	struct slot	*slots;
	uint32_t	 mask;		/* slots - 1 */
	unsigned int	 shift;		/* hash >> shift: where to begin */
};

#define HASH_WORDS	5

/*
 * What hashes depend on: multipliers that nobody knows.  The upper half of a
 * sum of products is strongly universal (Lemire and Kaser's Multilinear): of
 * two keys chosen without knowing them, the hashes are equal by chance alone.
 */
struct hash_keys {
	uint64_t	 add;
	uint64_t	 multiply[HASH_WORDS];
};

static inline uint32_t
hash_words(const struct hash_keys *keys, const uint32_t *words, unsigned int n)
{
	uint64_t	 sum = keys->add;
	unsigned int	 i;

	for (i = 0; i < n; i++)
		sum += keys->multiply[i] * words[i];
	return ((uint32_t)(sum >> 32));
}

static inline uint32_t
index_home(const struct index *ix, uint32_t hash)
{
	return (hash >> ix->shift);
}

/*
 * Go through what may have the hash: begin with *at = index_home(), call until
 * the number is right, or 0: there is none.
 */
static inline uint32_t
index_next(const struct index *ix, uint32_t hash, uint32_t *at)
{
	const struct slot	*slot;

	for (;;) {
		slot = &ix->slots[*at];
		*at = (*at + 1) & ix->mask;
		if (slot->number == 0 || slot->hash == hash)
			return (slot->number);
	}
}

static inline void
index_insert(struct index *ix, uint32_t hash, uint32_t number)
{
	uint32_t	 at = index_home(ix, hash);

	while (ix->slots[at].number != 0)
		at = (at + 1) & ix->mask;
	ix->slots[at].hash = hash;
	ix->slots[at].number = number;
}

/* The number must be there. */
static inline void
index_remove(struct index *ix, uint32_t hash, uint32_t number)
{
	uint32_t	 at = index_home(ix, hash), hole;

	while (ix->slots[at].number != number)
		at = (at + 1) & ix->mask;
	/* What follows moves up as far as its own home allows. */
	for (hole = at;;) {
		at = (at + 1) & ix->mask;
		if (ix->slots[at].number == 0)
			break;
		if (((at - index_home(ix, ix->slots[at].hash)) & ix->mask) <
		    ((at - hole) & ix->mask))
			continue;
		ix->slots[hole] = ix->slots[at];
		hole = at;
	}
	ix->slots[hole].number = 0;
}

/* n zeros of a size, see nat_pages.c.  NULL: ENOMEM. */
void	*pages_new(size_t n, size_t size);
/* Have it ready, so that no packet waits for the system to give it. */
void	 pages_touch(void *, size_t n, size_t size);
/* With the same n and size; p may be NULL. */
void	 pages_free(void *p, size_t n, size_t size);

/* For n entries.  0, or -1: ENOMEM. */
int	 index_new(struct index *, unsigned int n);
void	 index_touch(struct index *);
void	 index_free(struct index *);

#endif
