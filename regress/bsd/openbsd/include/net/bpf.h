/* SPDX-License-Identifier: ISC */
#ifndef BSD_OPENBSD_INCLUDE_NET_BPF_H
#define BSD_OPENBSD_INCLUDE_NET_BPF_H

#include <sys/types.h>

#define DLT_NULL	0
#define DLT_EN10MB	1
#define DLT_PFLOG	117
#define DLT_LOOP	12
#define DLT_RAW		14

#define BPF_RELEASE	199606

typedef int32_t		bpf_int32;
typedef uint32_t	bpf_u_int32;

struct bpf_insn {
	unsigned short	 code;
	unsigned char	 jt;
	unsigned char	 jf;
	uint32_t	 k;
};

struct bpf_program {
	unsigned int	 bf_len;
	struct bpf_insn	*bf_insns;
};

/* Not struct timeval. */
struct bpf_timeval {
	uint32_t	 tv_sec;
	uint32_t	 tv_usec;
};

#endif
