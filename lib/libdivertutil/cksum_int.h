/* SPDX-License-Identifier: ISC */
#ifndef CKSUM_INT_H
#define CKSUM_INT_H

#include "packet_int.h"

/*
 * The inner loops, one file each, so that tests and benches reach every one
 * that the compiler's target has.
 *
 * A loop adds len bytes to a sum and gives the sum back: one's complement in
 * 64 bits, words in native order, an odd last byte padded with a zero after
 * it.  Modulo 65535 they all agree; a sum of something other than zeros is
 * never 0, because the checksum would show the difference (RFC 1624).
 */
uint64_t divert_sum_portable(uint64_t sum, const uint8_t *p, size_t len);

/* cksum_sse2.c, cksum_neon.c, or cksum_none.c, which does it portably. */
uint64_t divert_sum_simd(uint64_t sum, const uint8_t *p, size_t len);
/* What that is on x86 without AVX2. */
uint64_t divert_sum_sse2(uint64_t sum, const uint8_t *p, size_t len);

/* Below this many bytes divert_sum_portable() is as fast. */
#define DIVERT_SIMD_MIN	96

/* CRC32c without the inversions before and after. */
uint32_t divert_crc32c_portable(uint32_t crc, const uint8_t *p, size_t len);

extern const uint32_t divert_crc32c_table[8][256];

/* crc32c_x86.c, crc32c_arm.c or crc32c_none.c. */
uint32_t divert_crc32c_fast(uint32_t crc, const uint8_t *p, size_t len);

/* Add with the carry brought round: 2^64 is 1 modulo 65535. */
static inline uint64_t
sum_add(uint64_t a, uint64_t b)
{
	a += b;
	return (a + (a < b));
}

/*
 * Fold to 16 bits; only 0 becomes 0.  A number added to itself with its halves
 * exchanged has their sum in its upper half, the carry already brought round.
 */
static inline uint16_t
sum_fold(uint64_t sum)
{
	uint32_t half;

	sum += sum >> 32 | sum << 32;
	half = (uint32_t)(sum >> 32);
	half += half >> 16 | half << 16;
	return ((uint16_t)(half >> 16));
}

static inline uint64_t
load64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return (v);
}

static inline uint32_t
load32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return (v);
}

static inline uint16_t
load16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return (v);
}

/* A CRC32c is sent low byte first (RFC 9260 appendix A). */
static inline uint32_t
get32le(const uint8_t *p)
{
	return ((uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[1] << 8 | p[0]);
}

static inline void
put32le(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)(v >> 16);
	p[3] = (uint8_t)(v >> 24);
}

/* The CRC32c of an SCTP packet, its own field as zeros; len at least 12. */
uint32_t divert_cksum_sctp(const uint8_t *p, uint32_t len);

/* What the upper layer's checksum is made of. */
enum sum_kind {
	SUM_KIND_NONE,		/* it has none, or nobody knows */
	SUM_KIND_PLAIN,		/* ICMP: the message alone */
	SUM_KIND_PSEUDO,	/* with the addresses */
	SUM_KIND_CRC		/* SCTP */
};

/*
 * The kind of the checksum of the packet of layout, and where it is in the
 * packet.  SUM_KIND_NONE also when its bytes are not there.
 */
enum sum_kind divert_cksum_field(const uint8_t *data,
    const struct divert_layout *layout, uint32_t *off);

#endif
