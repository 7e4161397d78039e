/* SPDX-License-Identifier: ISC */

/*
 * Memory of tables: zeros, untouched until they are used, in large pages where
 * the system has them on request.  A lookup in a large table is a miss of the
 * cache; with small pages it is a second one, of the page table.
 */

#include "compat.h"

#include <sys/mman.h>

#include <errno.h>
#include <stdint.h>

#include "nat_index.h"

#define LARGE	((size_t)2 << 20)
#define SMALL	4096

static size_t
length(size_t n, size_t size)
{
	return ((n * size + LARGE - 1) & ~(LARGE - 1));
}

static uint8_t *
map(size_t len)
{
	void	*p;

	p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1,
	    0);
	return (p == MAP_FAILED ? NULL : p);
}

void *
pages_new(size_t n, size_t size)
{
	size_t	 before, len;
	uint8_t	*p;

	if (n > (SIZE_MAX / 2 - LARGE) / size) {
		errno = ENOMEM;
		return (NULL);
	}
	len = length(n, size);
	if ((p = map(len + LARGE)) == NULL)
		return (NULL);
	/* At a multiple of its size, or it is no large page. */
	before = (LARGE - (uintptr_t)p % LARGE) % LARGE;
	if (before > 0)
		(void)munmap(p, before);
	(void)munmap(p + before + len, LARGE - before);
	p += before;
#ifdef MADV_HUGEPAGE
	if (n * size >= LARGE)
		(void)madvise(p, len, MADV_HUGEPAGE);
#endif
	return (p);
}

void
pages_touch(void *p, size_t n, size_t size)
{
	volatile uint8_t	*at = p;
	size_t			 i;

	for (i = 0; i < n * size; i += SMALL)
		at[i] = 0;
}

void
pages_free(void *p, size_t n, size_t size)
{
	if (p != NULL)
		(void)munmap(p, length(n, size));
}
