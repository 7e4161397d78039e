/* SPDX-License-Identifier: ISC */

/*
 * Memory of rules: blocks that are freed all at once, so that rules can share
 * a table and nobody has to know who owns it.
 */

#include "compat.h"

#include <stdlib.h>
#include <string.h>

#include "rules_int.h"

struct rules_block {
	struct rules_block	*next;
	max_align_t		 data[];
};

void *
rules_alloc(struct rules_block **blocks, size_t n, size_t size)
{
	struct rules_block	*block;

	if (size != 0 && n > (SIZE_MAX - sizeof(*block)) / size)
		return (NULL);
	if ((block = calloc(1, sizeof(*block) + n * size)) == NULL)
		return (NULL);
	block->next = *blocks;
	*blocks = block;
	return (block->data);
}

void
rules_free_blocks(struct rules_block *blocks)
{
	struct rules_block	*next;

	for (; blocks != NULL; blocks = next) {
		next = blocks->next;
		free(blocks);
	}
}

char *
rules_strdup(struct rules_block **blocks, const char *s)
{
	size_t	 len = strlen(s) + 1;
	char	*copy;

	if ((copy = rules_alloc(blocks, len, 1)) != NULL)
		memcpy(copy, s, len);
	return (copy);
}

void *
rules_grow(struct rules_block **blocks, void *array, unsigned int n,
    unsigned int *room, size_t size)
{
	void	*larger;

	if (n < *room)
		return (array);
	if (*room > UINT32_MAX / 4)
		return (NULL);
	*room = *room == 0 ? 4 : *room * 2;
	if ((larger = rules_alloc(blocks, *room, size)) != NULL && n > 0)
		memcpy(larger, array, n * size);
	return (larger);
}

int
rules_add_net(struct parse *p, struct rules_block **blocks,
    struct rule_hosts *hosts, unsigned int *room, const struct rule_net *net)
{
	struct rule_net	*nets;

	nets = rules_grow(blocks, hosts->nets, hosts->n, room, sizeof(*nets));
	if (nets == NULL)
		return (rules_no_memory(p));
	hosts->nets = nets;
	nets[hosts->n++] = *net;
	return (0);
}
