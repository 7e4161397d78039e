/* SPDX-License-Identifier: ISC */

/*
 * Memory of an index: twice as many slots as entries, or more, a power of two.
 */

#include "compat.h"

#include "nat_index.h"

int
index_new(struct index *ix, unsigned int n)
{
	unsigned int	 bits = 4;

	while (bits < 31 && ((size_t)1 << bits) < (size_t)n * 2)
		bits++;
	ix->slots = pages_new((size_t)1 << bits, sizeof(*ix->slots));
	if (ix->slots == NULL)
		return (-1);
	ix->mask = (uint32_t)(((size_t)1 << bits) - 1);
	ix->shift = 32 - bits;
	return (0);
}

void
index_touch(struct index *ix)
{
	pages_touch(ix->slots, (size_t)ix->mask + 1, sizeof(*ix->slots));
}

void
index_free(struct index *ix)
{
	pages_free(ix->slots, (size_t)ix->mask + 1, sizeof(*ix->slots));
	ix->slots = NULL;
}
