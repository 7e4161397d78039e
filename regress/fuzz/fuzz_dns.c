/* SPDX-License-Identifier: ISC */

/*
 * Any bytes as a DNS message, whole and cut: the object is bounded, of
 * visible ASCII, and JSON without a key twice.
 */

#include "../../bin/divertlog/dns.c"
#include "../../bin/divertlog/dns_name.c"
#include "../../bin/divertlog/dns_rdata.c"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define CHECK(x) do {							\
	if (!(x)) {							\
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x);	\
		abort();						\
	}								\
} while (0)

static char	 buf[DNS_JSON_MAX + 1];

/* The entries of a section and those left out. */
static json_int_t
entries(json_t *json, const char *key)
{
	char	 omitted[64];

	snprintf(omitted, sizeof(omitted), "%s_omitted", key);
	return ((json_int_t)json_array_size(json_object_get(json, key)) +
	    json_integer_value(json_object_get(json, omitted)));
}

/* What is malformed goes to why, "" when nothing is. */
static void
check(enum dns_kind kind, const uint8_t *msg, size_t len, size_t wirelen,
    char why[32])
{
	static const char	*const keys[] = {
		"queries", "answers", "authorities", "additionals"
	};
	const char		*malformed;
	json_int_t		 n;
	json_t			*json;
	size_t			 i, size;
	int			 whole;

	why[0] = '\0';
	memset(buf, 0x01, sizeof(buf));
	size = (size_t)(dns_write(buf, kind, msg, len, wirelen) - buf);
	CHECK(size <= DNS_JSON_MAX);
	CHECK(buf[DNS_JSON_MAX] == 0x01);
	CHECK((size == 0) == (len < 12 || wirelen < 12));
	if (size == 0)
		return;
	for (i = 0; i < size; i++)
		CHECK(buf[i] >= ' ' && buf[i] <= '~');
	CHECK((json = json_loadb(buf, size, JSON_REJECT_DUPLICATES, NULL)) !=
	    NULL);
	/* All that was announced is there, or it is said why not. */
	malformed = json_string_value(json_object_get(json, "malformed"));
	whole = malformed == NULL && json_object_get(json, "truncated") == NULL;
	for (i = 0; i < 4; i++) {
		n = entries(json, keys[i]);
		CHECK(n <= (json_int_t)dns_get16(msg + 4 + i * 2));
		CHECK(!whole || n == (json_int_t)dns_get16(msg + 4 + i * 2));
	}
	snprintf(why, 32, "%s", malformed != NULL ? malformed : "");
	json_decref(json);
}

int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	char	 whole[32], cut[32], shorter[32];

	if (len > 70000)
		return (0);
	check(DNS_UNICAST, input, len, len, whole);
	check(DNS_MULTICAST, input, len / 2, len, cut);
	check(DNS_UNICAST, input, len, len / 2, shorter);
	/* A capture that cuts a message makes nothing wrong of what is not. */
	CHECK(cut[0] == '\0' || strcmp(cut, whole) == 0);
	return (0);
}
