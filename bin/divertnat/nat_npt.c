/* SPDX-License-Identifier: ISC */

/*
 * Prefix translation (RFC 6296): no state, no ports, and no checksum of an
 * upper layer changes, because one word of the address takes back what the
 * prefix added to the sum.
 */

#include "compat.h"

#include <string.h>

#include "nat_int.h"
#include "nat_rewrite.h"

static uint16_t
get16(const uint8_t *p)
{
	return ((uint16_t)(p[0] << 8 | p[1]));
}

static void
put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static uint16_t
sum_of(const uint8_t *addr)
{
	uint32_t	 sum = 0;
	int		 i;

	for (i = 0; i < 16; i += 2)
		sum += get16(addr + i);
	return (sum_fold(sum));
}

/* What has to be added to a word on the way out: inside minus outside (3.1). */
uint16_t
npt_adjust(const struct rule *rule)
{
	if (rule->from.n == 0 || rule->pool.n == 0)
		return (0);
	return (sum_fold((uint32_t)sum_of(rule->from.nets[0].addr) +
	    (uint16_t)~sum_of(rule->pool.nets[0].addr)));
}

/*
 * The word that takes it: the subnet's behind a prefix of up to 48 bits (3.4),
 * otherwise the first of the interface identifier's that is not 0xffff (3.5).
 * -1: none can.
 */
static int
word_to_adjust(const struct rule *rule, const uint8_t *addr)
{
	int	 i;

	if (rule->pool.nets[0].prefix <= 48)
		return (get16(addr + 6) != 0xffff ? 6 : -1);
	for (i = 8; i < 16; i += 2)
		if (get16(addr + i) != 0xffff)
			return (i);
	return (-1);
}

enum nat_reason
npt_address(const struct rule *rule, uint16_t adjust, int way, uint8_t *addr)
{
	static const uint8_t	 zeros[8];
	uint16_t		 word;
	int			 at;

	/* Nobody has an identifier of zeros but the routers (3.5, 3.6). */
	if (rule->pool.nets[0].prefix > 48 && memcmp(addr + 8, zeros, 8) == 0)
		return (NAT_REASON_NPT);
	if ((at = word_to_adjust(rule, addr)) == -1)
		return (NAT_REASON_NPT);
	net_replace(way == WAY_OUT ? &rule->pool.nets[0] : &rule->from.nets[0],
	    addr);
	word = sum_fold((uint32_t)get16(addr + at) +
	    (way == WAY_OUT ? adjust : (uint16_t)~adjust));
	/* Of the two zeros, this one can be taken back. */
	put16(addr + at, word == 0xffff ? 0 : word);
	return (NAT_REASON_NONE);
}

enum nat_verdict
npt_translate(struct nat *nat, struct work *work, const struct rule *rule)
{
	enum nat_reason	 reason;
	uint8_t		 addr[16], *at;

	memcpy(addr, work->way == WAY_OUT ? work->src : work->dst,
	    sizeof(addr));
	reason = npt_address(rule,
	    nat->uses[rule - nat->rules->rules].adjust, work->way, addr);
	if (reason != NAT_REASON_NONE)
		return (work_drop(work, reason));
	/* The sums stay as they are: the words add up to the same. */
	at = work->pkt->data + (work->way == WAY_OUT ? 8 : 24);
	memcpy(at, addr, sizeof(addr));
	work->changed[work->way] = 1;
	memcpy(work->to[work->way], addr, sizeof(addr));
	return (NAT_REPLACE);
}
