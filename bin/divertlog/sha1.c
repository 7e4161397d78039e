/* SPDX-License-Identifier: ISC */

/*
 * SHA-1, which the Community ID is made of.  Nothing here is secret and nothing
 * is proved by it.  Not a library's: a flow's tuple is one block, for which
 * their contexts and dispatch cost more than the block, OpenBSD and FreeBSD have
 * it in libc and libmd under different names, Linux in neither, and a program
 * that looks at hostile packets should not carry a whole libcrypto for 80
 * rounds.
 */

#include "compat.h"

#include <string.h>

#include "sha1.h"

#define BLOCK	64

static uint32_t
rotate(uint32_t v, unsigned int n)
{
	return (v << n | v >> (32 - n));
}

static uint32_t
load(const uint8_t *p)
{
	return ((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3]);
}

static void
store(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

/*
 * RFC 3174 section 6.2: only the last 16 words of the schedule are kept, and
 * the five variables change names instead of places.
 */
#define WORD(t)	(w[(t) & 15] = (t) < 16 ? load(p + (t) % 16 * 4) :	\
    rotate(w[((t) + 13) & 15] ^ w[((t) + 8) & 15] ^ w[((t) + 2) & 15] ^	\
    w[(t) & 15], 1))
#define STEP(a, b, c, d, e, f, k, t) do {				\
	e += rotate(a, 5) + (f) + (k) + WORD(t);			\
	b = rotate(b, 30);						\
} while (0)
#define CHOOSE(b, c, d)		((d) ^ ((b) & ((c) ^ (d))))
#define PARITY(b, c, d)		((b) ^ (c) ^ (d))
#define MAJORITY(b, c, d)	(((b) & (c)) | ((d) & ((b) | (c))))
#define FIVE(F, k, t) do {						\
	STEP(a, b, c, d, e, F(b, c, d), k, t);				\
	STEP(e, a, b, c, d, F(a, b, c), k, (t) + 1);			\
	STEP(d, e, a, b, c, F(e, a, b), k, (t) + 2);			\
	STEP(c, d, e, a, b, F(d, e, a), k, (t) + 3);			\
	STEP(b, c, d, e, a, F(c, d, e), k, (t) + 4);			\
} while (0)
#define TWENTY(F, k, t) do {						\
	FIVE(F, k, t);							\
	FIVE(F, k, (t) + 5);						\
	FIVE(F, k, (t) + 10);						\
	FIVE(F, k, (t) + 15);						\
} while (0)

static void
add_block(uint32_t h[5], const uint8_t *p)
{
	uint32_t	 a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
	uint32_t	 w[16];

	TWENTY(CHOOSE, 0x5a827999u, 0);
	TWENTY(PARITY, 0x6ed9eba1u, 20);
	TWENTY(MAJORITY, 0x8f1bbcdcu, 40);
	TWENTY(PARITY, 0xca62c1d6u, 60);
	h[0] += a;
	h[1] += b;
	h[2] += c;
	h[3] += d;
	h[4] += e;
}

void
sha1(const void *data, size_t len, uint8_t digest[SHA1_SIZE])
{
	uint32_t	 h[5] = { 0x67452301u, 0xefcdab89u, 0x98badcfeu,
			    0x10325476u, 0xc3d2e1f0u };
	uint8_t		 last[BLOCK * 2];
	const uint8_t	*p = data;
	uint64_t	 bits = (uint64_t)len * 8;
	size_t		 size;
	int		 i;

	for (; len >= BLOCK; len -= BLOCK, p += BLOCK)
		add_block(h, p);
	/* A one, zeros, and the length, in one block if there is room. */
	size = len + 9 <= BLOCK ? BLOCK : BLOCK * 2;
	memset(last, 0, sizeof(last));
	if (len > 0)
		memcpy(last, p, len);
	last[len] = 0x80;
	store(last + size - 8, (uint32_t)(bits >> 32));
	store(last + size - 4, (uint32_t)bits);
	add_block(h, last);
	if (size > BLOCK)
		add_block(h, last + BLOCK);
	for (i = 0; i < 5; i++)
		store(digest + i * 4, h[i]);
}
