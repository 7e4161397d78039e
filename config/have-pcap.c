/* SPDX-License-Identifier: ISC */
#include <pcap.h>

/* libpcap, with the filter words that only the PFLOG link type knows. */
int
main(void)
{
	struct bpf_program prog;
	pcap_t *p;

	if ((p = pcap_open_dead(DLT_PFLOG, 65535)) == NULL)
		return (1);
	return (pcap_compile(p, &prog, "inbound and on x0", 1, 0) != 0);
}
