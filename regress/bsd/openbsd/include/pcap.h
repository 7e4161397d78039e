/* SPDX-License-Identifier: ISC */
#ifndef BSD_OPENBSD_INCLUDE_PCAP_H
#define BSD_OPENBSD_INCLUDE_PCAP_H

/* OpenBSD's own: no pcapng, no nanoseconds; PCAP_NETMASK_UNKNOWN not surely. */
#include <sys/types.h>
#include <sys/time.h>

#include <net/bpf.h>

#include <stdio.h>

#define PCAP_ERRBUF_SIZE	256

typedef struct pcap		pcap_t;
typedef struct pcap_dumper	pcap_dumper_t;

struct pcap_pkthdr {
	struct bpf_timeval ts;
	bpf_u_int32	 caplen;
	bpf_u_int32	 len;
};

void	 pcap_close(pcap_t *);
int	 pcap_compile(pcap_t *, struct bpf_program *, const char *, int,
	    bpf_u_int32);
int	 pcap_datalink(pcap_t *);
void	 pcap_freecode(struct bpf_program *);
char	*pcap_geterr(pcap_t *);
const char *pcap_lib_version(void);
int	 pcap_next_ex(pcap_t *, struct pcap_pkthdr **, const u_char **);
int	 pcap_offline_filter(const struct bpf_program *,
	    const struct pcap_pkthdr *, const u_char *);
pcap_t	*pcap_open_dead(int, int);
pcap_t	*pcap_open_offline(const char *, char *);

#endif
