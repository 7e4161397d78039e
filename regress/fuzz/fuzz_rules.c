/* SPDX-License-Identifier: ISC */

/*
 * Any bytes as rules, or, when they begin with "natd", as a configuration of
 * natd(8).  What is understood keeps the promises of rules.h, is printed, and
 * parses again to the same text.
 */

#include "compat.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../bin/divertnat/rules_address.c"
#include "../../bin/divertnat/rules_check.c"
#include "../../bin/divertnat/rules_expand.c"
#include "../../bin/divertnat/rules_hosts.c"
#include "../../bin/divertnat/rules_match.c"
#include "../../bin/divertnat/rules_memory.c"
#include "../../bin/divertnat/rules_names.c"
#include "../../bin/divertnat/rules_natd.c"
#include "../../bin/divertnat/rules_natd_redirect.c"
#include "../../bin/divertnat/rules_natd_text.c"
#include "../../bin/divertnat/rules_parse.c"
#include "../../bin/divertnat/rules_ports.c"
#include "../../bin/divertnat/rules_print.c"
#include "../../bin/divertnat/rules_rule.c"
#include "../../bin/divertnat/rules_scan.c"
#include "../../bin/divertnat/rules_set.c"
#include "../../bin/divertnat/rules_table.c"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

#define CHECK(x) do {							\
	if (!(x)) {							\
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x);	\
		abort();						\
	}								\
} while (0)

/* Rules that lists make without end take time and find nothing. */
#define INPUT_MAX	4096
#define PRINT_MAX	(1u << 22)

struct text {
	char	*data;
	size_t	 len;
	size_t	 size;
};

static void
append(void *arg, const char *line)
{
	struct text	*t = arg;
	size_t		 n = strlen(line);

	CHECK(strchr(line, '\n') == NULL);
	while (t->size - t->len < n + 2) {
		t->size = t->size == 0 ? 4096 : 2 * t->size;
		if ((t->data = realloc(t->data, t->size)) == NULL)
			abort();
	}
	memcpy(t->data + t->len, line, n);
	memcpy(t->data + t->len + n, "\n", 2);
	t->len += n + 1;
}

static void
check_hosts(const struct rule_hosts *hosts, int family, int pool)
{
	struct rule_net	 masked;
	unsigned int	 i;

	for (i = 0; i < hosts->n; i++) {
		masked = hosts->nets[i];
		CHECK(masked.family == 4 || masked.family == 6);
		CHECK(family == 0 || masked.family == family);
		CHECK(masked.prefix <= (masked.family == 4 ? 32 : 128));
		CHECK(!pool || !masked.not);
		CHECK(memchr(masked.ifname, '\0', sizeof(masked.ifname)) !=
		    NULL);
		rules_mask(&masked);
		CHECK(memcmp(masked.addr, hosts->nets[i].addr, 16) == 0);
	}
}

static void
check_rule(const struct rule *r)
{
	CHECK(r->kind == RULE_PASS || r->family == 4 || r->family == 6);
	CHECK((r->kind == RULE_PASS) == (r->pool.n == 0));
	check_hosts(&r->from, r->family, 0);
	check_hosts(&r->to, r->family, 0);
	check_hosts(&r->pool, r->family, 1);
	CHECK(r->from_ports.low <= r->from_ports.high);
	CHECK(r->to_ports.low <= r->to_ports.high);
	CHECK(r->ports.low <= r->ports.high);
	CHECK((r->protos[0] | r->protos[1] | r->protos[2] | r->protos[3]) !=
	    0);
	if (r->shift)
		CHECK(r->kind == RULE_RDR && r->ports.high - r->ports.low ==
		    r->to_ports.high - r->to_ports.low);
	switch (r->kind) {
	case RULE_PASS:
		break;
	case RULE_NAT:
		CHECK(r->direction == DIVERT_DIRECTION_OUT);
		break;
	case RULE_RDR:
		CHECK(r->direction == DIVERT_DIRECTION_IN && !r->static_port);
		break;
	case RULE_BINAT:
	case RULE_NPT:
		CHECK(r->direction == DIVERT_DIRECTION_NONE);
		CHECK(r->from.n == 1 && r->pool.n == 1 &&
		    r->from.nets[0].prefix == r->pool.nets[0].prefix &&
		    !r->from.nets[0].not);
		CHECK(r->from_ports.high == 65535 && r->to_ports.low == 0);
		break;
	}
}

static void
check_rules(const struct rules *rules)
{
	uint8_t		 addr[16] = { 10, 1, 2, 3 };
	struct rules	*again;
	struct text	 first, second;
	char		 errbuf[256];
	unsigned int	 i;

	for (i = 0; i < rules->n; i++) {
		check_rule(&rules->rules[i]);
		rules_hosts_match(&rules->rules[i].from, 4, addr);
		rules_hosts_match(&rules->rules[i].to, 6, addr);
	}
	memset(&first, 0, sizeof(first));
	memset(&second, 0, sizeof(second));
	append(&first, "# printed");
	CHECK(rules_print(rules, append, &first) == 0);
	if (first.len < PRINT_MAX) {
		again = rules_parse("again", first.data, first.len, errbuf,
		    sizeof(errbuf));
		if (again == NULL)
			fprintf(stderr, "%s\n%s", errbuf, first.data);
		CHECK(again != NULL);
		append(&second, "# printed");
		CHECK(rules_print(again, append, &second) == 0);
		CHECK(again->n == rules->n &&
		    again->ninterfaces == rules->ninterfaces);
		CHECK(strcmp(first.data, second.data) == 0);
		rules_free(again);
	}
	free(first.data);
	free(second.data);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rules	*rules;
	char		 errbuf[256], *text = NULL;

	if (size > INPUT_MAX)
		return (0);
	if (size >= 4 && memcmp(data, "natd", 4) == 0) {
		text = rules_from_natd("natd.conf", (const char *)data + 4,
		    size - 4, errbuf, sizeof(errbuf));
		CHECK(text != NULL || strncmp(errbuf, "natd.conf:", 10) == 0);
		if (text == NULL)
			return (0);
		rules = rules_parse("rules", text, strlen(text), errbuf,
		    sizeof(errbuf));
		CHECK(rules != NULL);
	} else {
		rules = rules_parse("rules", (const char *)data, size, errbuf,
		    sizeof(errbuf));
		/* In the rules, or in the file of a table. */
		CHECK(rules != NULL || strchr(errbuf, ':') != NULL);
	}
	if (rules != NULL)
		check_rules(rules);
	rules_free(rules);
	free(text);
	return (0);
}
