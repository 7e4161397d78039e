/* SPDX-License-Identifier: ISC */
#ifndef CROWD_H
#define CROWD_H

#include <stdint.h>

/*
 * What aid_crowd, many clients, and aid_echo, their server, say to each other.
 *
 * TCP to the port: all comes back.  A UDP request to the port is answered by
 * its own bytes with `seen' filled in, at once, or late and by nothing that
 * the sender waits for.  With `stranger' the port after it sends an answer
 * too, which nobody has asked for.
 */

#define CROWD_MAGIC	0x63726f77u
#define CROWD_LEN_MAX	1200
/* How late a late answer is. */
#define CROWD_LATE_MS	50

enum crowd_kind {
	CROWD_PLAIN,
	CROWD_STRANGER,
	CROWD_LATE
};

struct crowd_udp {
	uint32_t	 magic;
	uint32_t	 flow;
	uint32_t	 number;
	uint32_t	 kind;
	uint8_t		 seen_addr[16];		/* whom the server has seen */
	uint16_t	 seen_port;
	uint16_t	 len;			/* of all of it */
};

/* Byte `at' of the stream of random bytes that has this seed. */
static inline uint8_t
crowd_byte(uint64_t seed, uint64_t at)
{
	uint64_t	 z = seed + (at >> 3) * UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	z ^= z >> 31;
	return ((uint8_t)(z >> (at & 7) * 8));
}

/* The seed of the bytes behind the header of a request. */
static inline uint64_t
crowd_seed(const struct crowd_udp *m)
{
	return ((uint64_t)m->flow << 32 ^ m->number);
}

#endif
