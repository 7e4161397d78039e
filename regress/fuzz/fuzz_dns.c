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

static void
check(enum dns_kind kind, const uint8_t *msg, size_t len, size_t wirelen)
{
	static const char	*const keys[] = {
		"queries", "answers", "authorities", "additionals"
	};
	json_int_t		 n;
	json_t			*json;
	size_t			 i, size;
	int			 whole;

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
	whole = json_object_get(json, "malformed") == NULL &&
	    json_object_get(json, "truncated") == NULL;
	for (i = 0; i < 4; i++) {
		n = entries(json, keys[i]);
		CHECK(n <= (json_int_t)dns_get16(msg + 4 + i * 2));
		CHECK(!whole || n == (json_int_t)dns_get16(msg + 4 + i * 2));
	}
	json_decref(json);
}

int
LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	if (len > 70000)
		return (0);
	check(DNS_UNICAST, input, len, len);
	check(DNS_MULTICAST, input, len / 2, len);
	check(DNS_UNICAST, input, len, len / 2);
	return (0);
}
