/* SPDX-License-Identifier: ISC */

/*
 * Any bytes as a snapshot.  It is taken or refused; when it is taken, sessions
 * are as many as was said, all of them end in time, and then nothing is left
 * that belonged to one; and what was taken is taken again from a snapshot of
 * it.
 *
 * Checksums would refuse nearly everything, so they are made right first, and
 * lengths that point beyond the end too, unless the first byte says not to.
 */

#include "compat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../bin/divertnat/nat_state.c"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define CHECK(x) do {							\
	if (!(x)) {							\
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x);	\
		abort();						\
	}								\
} while (0)

#define NOW	(UINT64_C(9000) * 1000000000)
#define WALL	(INT64_C(1700000000) * SECOND)

static const char text[] =
    "set limit states 64\n"
    "set filtering address-dependent\n"
    "match in on em0 inet proto tcp to 203.0.113.1 port 80:90 "
    "rdr-to 10.0.0.7 port 8080:*\n"
    "match on em0 inet from 10.1.0.0/16 to any binat-to 198.18.0.0/16\n"
    "match out on em0 inet from any to any nat-to { 203.0.113.1, 16.0.0.0/4 }\n"
    "match out inet6 from any to any nat-to 2000::/3\n";

static void
some_bytes(void *arg, void *buf, size_t len)
{
	(void)arg;
	memset(buf, 7, len);
}

static struct nat *
make(const struct rules *rules)
{
	struct nat_options	 options;
	struct nat		*nat;

	memset(&options, 0, sizeof(options));
	options.random = some_bytes;
	nat = nat_new(rules, &options);
	CHECK(nat != NULL);
	nat_expire(nat, NOW);
	return (nat);
}

/* Lengths within what there is, and right checksums. */
static void
mend(uint8_t *buf, size_t len)
{
	struct block	 block;
	size_t		 at;

	for (at = 0; len - at >= sizeof(block); at += block.len) {
		memcpy(&block, buf + at, sizeof(block));
		block.magic = MAGIC;
		if (block.len < sizeof(block) ||
		    block.len > NAT_STATE_BLOCK_MAX || block.len > len - at)
			block.len = (uint32_t)(len - at < NAT_STATE_BLOCK_MAX ?
			    len - at : NAT_STATE_BLOCK_MAX);
		memcpy(buf + at, &block, sizeof(block));
		block.crc = divert_cksum_crc32c(0, buf + at + 8,
		    block.len - 8);
		memcpy(buf + at, &block, sizeof(block));
	}
}

static void
count_view(void *arg, const struct nat_session_view *v)
{
	unsigned int	*n = arg;

	CHECK(v->family == 4 || v->family == 6);
	CHECK(v->start <= NOW && v->last <= NOW);
	(*n)++;
}

/* All of it, at once. */
static uint8_t *
save(const struct nat *nat, size_t *len)
{
	static uint8_t		 block[NAT_STATE_BLOCK_MAX];
	struct nat_state	 st;
	uint8_t			*buf = NULL;
	size_t			 n;

	*len = 0;
	nat_state_begin(&st, WALL);
	while ((n = nat_state_next(&st, nat, block)) > 0) {
		buf = realloc(buf, *len + n);
		CHECK(buf != NULL);
		memcpy(buf + *len, block, n);
		*len += n;
	}
	return (buf);
}

static void
load_again(struct nat *nat, const struct rules *rules, unsigned int restored)
{
	struct nat_state_counts	 counts;
	struct nat		*again = make(rules);
	char			 error[128];
	size_t			 len;
	uint8_t			*buf = save(nat, &len);

	CHECK(nat_state_load(again, buf, len, NOW, WALL, &counts, error,
	    sizeof(error)) == 0);
	CHECK(counts.restored == restored);
	CHECK(counts.expired == 0 && counts.refused == 0);
	free(buf);
	nat_free(again);
}

static void
end_all(struct nat *nat)
{
	struct nat_counts	 counts;
	uint64_t		 now = NOW;
	int			 turns;

	for (turns = 0; turns < 20000; turns++) {
		now += UINT64_C(1000000000);
		nat_expire(nat, now);
	}
	nat_counts(nat, &counts);
	CHECK(counts.sessions == 0);
	CHECK(counts.mappings == 0);
	CHECK(counts.hosts == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rules	*rules;
	struct nat_state_counts	 counts;
	struct nat_counts	 nat_figures;
	struct nat		*nat;
	unsigned int		 at = 0, n = 0;
	uint8_t			*buf;
	char			 error[256];

	if (size == 0)
		return (0);
	if (rules == NULL)
		rules = rules_parse("fuzz", text, sizeof(text) - 1, error,
		    sizeof(error));
	CHECK(rules != NULL);
	/* Memory of its own: reading past it is seen. */
	buf = malloc(size);
	CHECK(buf != NULL);
	memcpy(buf, data + 1, size - 1);
	if ((data[0] & 1) == 0)
		mend(buf, size - 1);
	nat = make(rules);
	if (nat_state_load(nat, buf, size - 1, NOW, WALL, &counts, error,
	    sizeof(error)) == 0) {
		nat_counts(nat, &nat_figures);
		CHECK(nat_figures.sessions == counts.restored);
		while (nat_sessions(nat, &at, 16, count_view, &n) > 0)
			continue;
		CHECK(n == counts.restored);
		load_again(nat, rules, n);
		end_all(nat);
	} else
		CHECK(error[0] != '\0');
	nat_free(nat);
	free(buf);
	return (0);
}
