/* SPDX-License-Identifier: ISC */

/*
 * Any text as a packet in words.  What is taken is a packet, whole and with
 * right checksums, whose fields are those that were said; what is not has a
 * sentence that names a column inside the text.
 */

#include "compat.h"

#include "../../bin/divertinject/words.c"
#include "../../bin/divertinject/words_check.c"
#include "../../bin/divertinject/words_fields.c"
#include "../../bin/divertinject/words_names.c"
#include "../../bin/divertinject/words_payload.c"
#include "../../bin/divertinject/words_scan.c"

#include "split.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define CHECK(x) do {							\
	if (!(x)) {							\
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x);	\
		abort();						\
	}								\
} while (0)

static uint8_t	 bytes[DIVERT_PACKET_MAX];

static void
check_sentence(const char *errbuf, size_t len)
{
	unsigned long	 column;

	CHECK(errbuf[0] != '\0' && strlen(errbuf) < WORDS_ERROR_SIZE - 1);
	if (sscanf(errbuf, "column %lu: ", &column) == 1)
		CHECK(column >= 1 && column <= len + 1);
}

static int
count(void *arg, const uint8_t *head, size_t hlen, const uint8_t *body,
    size_t len)
{
	struct words	*w = arg;

	(void)head;
	(void)body;
	CHECK(hlen + len <= w->frag);
	return (0);
}

static void
check_packet(struct words *w)
{
	const struct split_sink	 sink = { count, w };
	struct divert_layout	 l;
	struct divert_fields	 f;
	char			 why[256];
	ssize_t			 n;

	n = divert_build(&w->fields, bytes, sizeof(bytes), why, sizeof(why));
	CHECK(n > 0 && n <= DIVERT_PACKET_MAX);
	CHECK(n == divert_build_size(&w->fields, why, sizeof(why)));
	CHECK(memchr(w->ifname, '\0', sizeof(w->ifname)) != NULL);
	/* A payload may be anything, also what is no packet of its kind. */
	(void)divert_packet_parse(bytes, (size_t)n, &l);
	CHECK(l.version == w->fields.version);
	CHECK(divert_cksum_verify_ip(bytes, &l) != DIVERT_SUM_BAD);
	if (w->fields.proto == IPPROTO_TCP || w->fields.proto == IPPROTO_UDP) {
		CHECK(l.reason == DIVERT_REASON_NONE);
		CHECK(divert_cksum_verify_l4(bytes, &l) != DIVERT_SUM_BAD);
		divert_build_read(bytes, (size_t)n, &f);
		CHECK((f.set & w->fields.set) == w->fields.set);
		CHECK(f.sport == w->fields.sport && f.seq == w->fields.seq);
		CHECK(f.payload_len == w->fields.payload_len);
	}
	if (w->frag != 0 && l.version == 4)
		CHECK(divert_split(bytes, (size_t)n, w->frag, 0, &sink) > 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	struct words	 w;
	char		 errbuf[WORDS_ERROR_SIZE], *text;

	if (len > 4096 || (text = malloc(len + 1)) == NULL)
		return (0);
	memcpy(text, input, len);
	text[len] = '\0';
	/* No file is to be read here. */
	if (strstr(text, "file") != NULL)
		;
	else if (words_parse(text, &w, errbuf, sizeof(errbuf)) == -1) {
		CHECK(errno == EINVAL && w.payload == NULL);
		check_sentence(errbuf, strlen(text));
	} else {
		check_packet(&w);
		words_free(&w);
	}
	free(text);
	return (0);
}
