/* SPDX-License-Identifier: ISC */

/*
 * Any bytes as a packet to cut.  The first two bytes of the input are the
 * size, the rest is the packet.
 */

#include "compat.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "divertutil.h"
#include "split.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define CHECK(x) do {							\
	if (!(x)) {							\
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x);	\
		abort();						\
	}								\
} while (0)

struct joined {
	const uint8_t	*next;		/* in the packet cut */
	const uint8_t	*end;
	size_t		 size;
	int		 count;
	int		 known;		/* offset and id, from the first whose
					 * headers are whole */
	uint32_t	 first;
	uint32_t	 id;
	size_t		 bytes;
};

static int
join(void *arg, const uint8_t *head, size_t hlen, const uint8_t *body,
    size_t len)
{
	struct joined		*j = arg;
	struct divert_layout	 l;
	uint8_t			*c;

	CHECK(hlen + len <= j->size);
	if ((c = malloc(hlen + len)) == NULL)
		abort();
	memcpy(c, head, hlen);
	memcpy(c + hlen, body, len);
	/* What came before is in its place, and the rest follows it. */
	CHECK(len == 0 || (body >= j->next && body + len <= j->end));
	if (j->count == 0)
		j->next = body;
	CHECK(len == 0 || body == j->next);
	j->next += len;
	/* A small size cuts the header of TCP, which is a fault. */
	(void)divert_packet_parse(c, hlen + len, &l);
	if (len > 0 && (l.reason == DIVERT_REASON_NONE ||
	    l.reason >= DIVERT_REASON_TCP_SHORT)) {
		CHECK(l.end_off == hlen + len);
		CHECK(divert_cksum_verify_ip(c, &l) != DIVERT_SUM_BAD);
		CHECK((l.flags & DIVERT_LAYOUT_FRAGMENT) != 0);
		if (!j->known) {
			j->first = l.frag_byte - (uint32_t)j->bytes;
			j->id = l.frag_id;
			j->known = 1;
		}
		CHECK(l.frag_id == j->id);
		CHECK(l.frag_byte == j->first + j->bytes);
	}
	j->bytes += len;
	j->count++;
	free(c);
	return (0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	struct joined		 j;
	const struct split_sink	 sink = { join, &j };
	int			 n;

	if (len < 2 || len > 70000)
		return (0);
	memset(&j, 0, sizeof(j));
	j.size = (size_t)input[0] << 8 | input[1];
	j.next = input + 2;
	j.end = input + len;
	n = divert_split(j.next, len - 2, j.size, 0x12345678, &sink);
	if (n == -1)
		CHECK(j.count == 0 && (errno == EINVAL || errno == EMSGSIZE));
	else {
		CHECK(n == j.count && n > 0);
		CHECK(j.next == j.end);
	}
	return (0);
}
