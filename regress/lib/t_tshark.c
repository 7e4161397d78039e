/* SPDX-License-Identifier: ISC */

/*
 * Checksums against tshark's word, over captures that other people made: what
 * it calls good is good here, and what it calls bad is bad.
 */

#include "compat.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <pcap.h>

#include "packet_int.h"

#define PACKETS_MAX	8192

struct verdicts {
	uint8_t		proto;
	enum divert_sum	ip, l4;
};

static struct verdicts ours[PACKETS_MAX];
static unsigned int counts[2][4];

static const char *const fields[] = {
	"ip", "tcp", "udp", "icmp", "icmpv6", "sctp"
};

#define FIELDS	(sizeof(fields) / sizeof(fields[0]))

/* Where the IP packet begins in a frame, or -1. */
static int
frame_ip(int link, const uint8_t *p, size_t n)
{
	if (link == DLT_RAW || link == DLT_IPV4 || link == DLT_IPV6)
		return (0);
	if (link == DLT_EN10MB && n > 14 && (get16(p + 12) == 0x0800 ||
	    get16(p + 12) == 0x86dd))
		return (14);
	return (-1);
}

/* All IP packets of the captures of folder go to dump. */
static size_t
gather(const char *folder, pcap_dumper_t *dump)
{
	char errbuf[PCAP_ERRBUF_SIZE], path[4096];
	struct divert_layout l;
	struct pcap_pkthdr *h, raw;
	struct dirent *de;
	const u_char *p;
	pcap_t *pc;
	size_t n = 0;
	int off;
	DIR *d;

	if ((d = opendir(folder)) == NULL)
		return (0);
	while ((de = readdir(d)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", folder, de->d_name);
		if (strstr(de->d_name, ".pcap") == NULL ||
		    (pc = pcap_open_offline(path, errbuf)) == NULL)
			continue;
		while (n < PACKETS_MAX && pcap_next_ex(pc, &h, &p) == 1) {
			off = frame_ip(pcap_datalink(pc), p, h->caplen);
			if (off == -1)
				continue;
			raw = *h;
			raw.caplen -= (bpf_u_int32)off;
			raw.len -= (bpf_u_int32)off;
			p += off;
			pcap_dump((u_char *)dump, &raw, p);
			(void)divert_packet_parse(p, raw.caplen, &l);
			ours[n].proto = l.proto;
			ours[n].ip = divert_cksum_verify_ip(p, &l);
			ours[n].l4 = divert_cksum_verify_l4(p, &l);
			n++;
		}
		pcap_close(pc);
	}
	closedir(d);
	return (n);
}

/* its: 0 bad, 1 good, anything else: not said. */
static void
agree(size_t frame, unsigned int layer, enum divert_sum mine, char its)
{
	counts[layer][mine]++;
	if (mine == DIVERT_SUM_GOOD || mine == DIVERT_SUM_BAD) {
		if (its != (mine == DIVERT_SUM_GOOD ? '1' : '0'))
			fail_msg("packet %zu, layer %u: %d here, %c there",
			    frame + 1, layer + 3, mine, its);
	}
}

static size_t
column(uint8_t proto)
{
	switch (proto) {
	case PROTO_TCP:
		return (1);
	case PROTO_UDP:
		return (2);
	case PROTO_ICMP:
		return (3);
	case PROTO_ICMPV6:
		return (4);
	case PROTO_SCTP:
		return (5);
	default:
		return (0);
	}
}

static void
same_as_tshark(void **state)
{
	char path[4096], command[8192], line[256], its[FIELDS];
	const char *dir = getenv("TMPDIR");
	pcap_dumper_t *dump;
	pcap_t *pc;
	size_t i, j, n;
	FILE *f;

	(void)state;
	if (system("tshark --version >/dev/null 2>&1") != 0) {
		print_message("# tshark is missing\n");
		skip();
	}
	snprintf(path, sizeof(path), "%s/tshark.%ld.pcap",
	    dir != NULL ? dir : "/tmp", (long)getpid());
	assert_non_null(pc = pcap_open_dead(DLT_RAW, 262144));
	assert_non_null(dump = pcap_dump_open(pc, path));
	n = gather("../../shared/data/captures", dump);
	if (n == 0)
		n = gather("../shared/data/captures", dump);
	pcap_dump_close(dump);
	pcap_close(pc);
	if (n == 0) {
		remove(path);
		print_message("# no captures in ../shared/data\n");
		skip();
	}
	snprintf(command, sizeof(command), "tshark -r %s "
	    "-o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE "
	    "-o udp.check_checksum:TRUE -o ip.defragment:FALSE "
	    "-o ipv6.defragment:FALSE -T fields -E occurrence=f -E separator=,",
	    path);
	for (j = 0; j < FIELDS; j++)
		snprintf(command + strlen(command), sizeof(command) -
		    strlen(command), " -e %s.checksum.status", fields[j]);
	strlcat(command, " 2>/dev/null", sizeof(command));
	assert_non_null(f = popen(command, "r"));
	for (i = 0; i < n; i++) {
		const char *p = line;

		assert_non_null(fgets(line, sizeof(line), f));
		for (j = 0; j < FIELDS; j++) {
			its[j] = *p >= '0' && *p <= '9' ? *p++ : '-';
			if (*p == ',')
				p++;
		}
		/* What stands in a tunnel is not said of the outside. */
		if (ours[i].ip != DIVERT_SUM_NONE)
			agree(i, 0, ours[i].ip, its[0]);
		agree(i, 1, ours[i].l4, its[column(ours[i].proto)]);
	}
	pclose(f);
	remove(path);
	print_message("# %zu packets; IP: %u good, %u bad; L4: %u good, %u "
	    "bad, %u none\n", n, counts[0][DIVERT_SUM_GOOD],
	    counts[0][DIVERT_SUM_BAD], counts[1][DIVERT_SUM_GOOD],
	    counts[1][DIVERT_SUM_BAD], counts[1][DIVERT_SUM_NONE]);
	assert_true(counts[1][DIVERT_SUM_GOOD] > 100);
	assert_true(counts[1][DIVERT_SUM_BAD] > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_as_tshark)
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return (cmocka_run_group_tests(tests, NULL, NULL));
}
