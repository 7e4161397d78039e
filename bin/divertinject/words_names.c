/* SPDX-License-Identifier: ISC */

/* Names of pf.conf(5) for numbers in ICMP and in the type of service. */

#include "compat.h"

#include <string.h>

#include "words_names.h"

struct name {
	const char	*name;
	int		 number;
};

struct code {
	const char	*name;
	int		 type;
	int		 number;
};

static const struct name types4[] = {
	{ "echorep", 0 },
	{ "unreach", 3 },
	{ "squench", 4 },
	{ "redir", 5 },
	{ "althost", 6 },
	{ "echoreq", 8 },
	{ "routeradv", 9 },
	{ "routersol", 10 },
	{ "timex", 11 },
	{ "paramprob", 12 },
	{ "timereq", 13 },
	{ "timerep", 14 },
	{ "inforeq", 15 },
	{ "inforep", 16 },
	{ "maskreq", 17 },
	{ "maskrep", 18 },
	{ "trace", 30 },
	{ "dataconv", 31 },
	{ "mobredir", 32 },
	{ "ipv6-where", 33 },
	{ "ipv6-here", 34 },
	{ "mobregreq", 35 },
	{ "mobregrep", 36 },
	{ "skip", 39 },
	{ "photuris", 40 },
	{ NULL, -1 }
};

static const struct name types6[] = {
	{ "unreach", 1 },
	{ "toobig", 2 },
	{ "timex", 3 },
	{ "paramprob", 4 },
	{ "echoreq", 128 },
	{ "echorep", 129 },
	{ "groupqry", 130 },
	{ "listqry", 130 },
	{ "grouprep", 131 },
	{ "listenrep", 131 },
	{ "groupterm", 132 },
	{ "listendone", 132 },
	{ "routersol", 133 },
	{ "routeradv", 134 },
	{ "neighbrsol", 135 },
	{ "neighbradv", 136 },
	{ "redir", 137 },
	{ "routrrenum", 138 },
	{ "wrureq", 139 },
	{ "fqdnreq", 139 },
	{ "niqry", 139 },
	{ "wrurep", 140 },
	{ "fqdnrep", 140 },
	{ "nirep", 140 },
	{ "mtraceresp", 200 },
	{ "mtrace", 201 },
	{ NULL, -1 }
};

static const struct code codes4[] = {
	{ "net-unr", 3, 0 },
	{ "host-unr", 3, 1 },
	{ "proto-unr", 3, 2 },
	{ "port-unr", 3, 3 },
	{ "needfrag", 3, 4 },
	{ "srcfail", 3, 5 },
	{ "net-unk", 3, 6 },
	{ "host-unk", 3, 7 },
	{ "isolate", 3, 8 },
	{ "net-prohib", 3, 9 },
	{ "host-prohib", 3, 10 },
	{ "net-tos", 3, 11 },
	{ "host-tos", 3, 12 },
	{ "filter-prohib", 3, 13 },
	{ "host-preced", 3, 14 },
	{ "cutoff-preced", 3, 15 },
	{ "redir-net", 5, 0 },
	{ "redir-host", 5, 1 },
	{ "redir-tos-net", 5, 2 },
	{ "redir-tos-host", 5, 3 },
	{ "normal-adv", 9, 0 },
	{ "common-adv", 9, 16 },
	{ "transit", 11, 0 },
	{ "reassemb", 11, 1 },
	{ "badhead", 12, 0 },
	{ "optmiss", 12, 1 },
	{ "badlen", 12, 2 },
	{ "unknown-ind", 40, 1 },
	{ "auth-fail", 40, 2 },
	{ "decrypt-fail", 40, 3 },
	{ NULL, 0, -1 }
};

static const struct code codes6[] = {
	{ "noroute-unr", 1, 0 },
	{ "admin-unr", 1, 1 },
	{ "notnbr-unr", 1, 2 },
	{ "beyond-unr", 1, 2 },
	{ "addr-unr", 1, 3 },
	{ "port-unr", 1, 4 },
	{ "transit", 3, 0 },
	{ "reassemb", 3, 1 },
	{ "badhead", 4, 0 },
	{ "nxthdr", 4, 1 },
	{ "redironlink", 137, 0 },
	{ "redirrouter", 137, 1 },
	{ NULL, 0, -1 }
};

/* RFC 791 and RFC 1349; RFC 2474, 2597, 3246 and 5865, two bits to the left. */
static const struct name tos[] = {
	{ "lowdelay", 0x10 },
	{ "throughput", 0x08 },
	{ "reliability", 0x04 },
	{ "critical", 0xa0 },
	{ "inetcontrol", 0xc0 },
	{ "netcontrol", 0xe0 },
	{ "ef", 46 << 2 },
	{ "va", 44 << 2 },
	{ "af11", 10 << 2 },
	{ "af12", 12 << 2 },
	{ "af13", 14 << 2 },
	{ "af21", 18 << 2 },
	{ "af22", 20 << 2 },
	{ "af23", 22 << 2 },
	{ "af31", 26 << 2 },
	{ "af32", 28 << 2 },
	{ "af33", 30 << 2 },
	{ "af41", 34 << 2 },
	{ "af42", 36 << 2 },
	{ "af43", 38 << 2 },
	{ "cs0", 0 << 5 },
	{ "cs1", 1 << 5 },
	{ "cs2", 2 << 5 },
	{ "cs3", 3 << 5 },
	{ "cs4", 4 << 5 },
	{ "cs5", 5 << 5 },
	{ "cs6", 6 << 5 },
	{ "cs7", 7 << 5 },
	{ NULL, -1 }
};

static int
find(const struct name *table, const char *name)
{
	while (table->name != NULL && strcmp(table->name, name) != 0)
		table++;
	return (table->number);
}

int
name_icmp_type(int version, const char *name)
{
	return (find(version == 4 ? types4 : types6, name));
}

int
name_icmp_code(int version, int type, const char *name)
{
	const struct code	*c;

	for (c = version == 4 ? codes4 : codes6; c->name != NULL; c++)
		if (c->type == type && strcmp(c->name, name) == 0)
			break;
	return (c->number);
}

int
name_tos(const char *name)
{
	return (find(tos, name));
}
