/* SPDX-License-Identifier: ISC */
#ifndef FLOW_HASH_H
#define FLOW_HASH_H

#include <stddef.h>
#include <stdint.h>

/*
 * SipHash-1-3 over whole words: senders choose the tuples that go into a table,
 * and must not be able to choose those that fall into one place.  The length is
 * not hashed: what is compared has one length, or says it in a word.
 */
static inline uint64_t
flow_hash_rotate(uint64_t v, int n)
{
	return (v << n | v >> (64 - n));
}

#define FLOW_HASH_ROUND(v) do {						\
	v[0] += v[1];							\
	v[2] += v[3];							\
	v[1] = flow_hash_rotate(v[1], 13) ^ v[0];			\
	v[3] = flow_hash_rotate(v[3], 16) ^ v[2];			\
	v[0] = flow_hash_rotate(v[0], 32);				\
	v[2] += v[1];							\
	v[0] += v[3];							\
	v[1] = flow_hash_rotate(v[1], 17) ^ v[2];			\
	v[3] = flow_hash_rotate(v[3], 21) ^ v[0];			\
	v[2] = flow_hash_rotate(v[2], 32);				\
} while (0)

static inline uint64_t
flow_hash(const uint64_t seed[2], const uint64_t *words, size_t n)
{
	uint64_t	 v[4] = { seed[0] ^ 0x736f6d6570736575u,
			    seed[1] ^ 0x646f72616e646f6du,
			    seed[0] ^ 0x6c7967656e657261u,
			    seed[1] ^ 0x7465646279746573u };
	size_t		 i;

	for (i = 0; i < n; i++) {
		v[3] ^= words[i];
		FLOW_HASH_ROUND(v);
		v[0] ^= words[i];
	}
	v[2] ^= 0xff;
	FLOW_HASH_ROUND(v);
	FLOW_HASH_ROUND(v);
	FLOW_HASH_ROUND(v);
	return (v[0] ^ v[1] ^ v[2] ^ v[3]);
}

#endif
