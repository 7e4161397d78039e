/* SPDX-License-Identifier: ISC */

#ifndef LABTRAFFIC_H
#define LABTRAFFIC_H

#include <stddef.h>
#include <stdint.h>

/* What one sender or receiver was asked to do; filled by labtraffic.c. */
struct order {
	const char	*addr;		/* numeric, NULL: any */
	const char	*text;		/* UDP payload in place of a pattern */
	const char	*seqs_path;	/* UDP: sequence numbers as they arrive */
	const char	*file;		/* TCP: what is sent, or where it goes */
	uint64_t	 bytes;		/* TCP: length of the made-up stream */
	unsigned int	 port;
	unsigned int	 count;		/* packets; 0 at a receiver: not known */
	unsigned int	 size;		/* bytes of UDP or echo payload */
	unsigned int	 rate_pps;	/* 0: as fast as it goes */
	unsigned int	 burst;		/* packets sent together */
	unsigned int	 wait_ms;	/* for replies, after the last packet */
	unsigned int	 limit_s;	/* no run lasts longer */
	unsigned int	 seed;
	int		 print;		/* UDP: show the payloads */
};

/*
 * Senders and receivers.  Each prints one JSON line on stdout, a receiver
 * after a line "ready".  They return an exit status.
 */
int	udp_send(const struct order *);
int	udp_recv(const struct order *);
int	tcp_send(const struct order *);
int	tcp_recv(const struct order *);
int	ping_send(const struct order *);

/* Parts of the laboratory itself; argv[0] is the mode. */
int	sandbox_enter(int, char **);
int	sandbox_in(int, char **);
int	sandbox_name(int, char **);
int	sandbox_run(int, char **);
int	kernel_offload(int, char **);
int	kernel_counters(int, char **);
int	kernel_queue(int, char **);
int	lab_watch(int, char **);

unsigned long long	kernel_delivered(void);

/* stop.c: the clock; SIGINT, SIGTERM and the time limit as one flag. */
uint64_t	clock_ns(void);
void		clock_sleep_until(uint64_t);

void	stop_install(unsigned int);
int	stop_asked(void);
int	stop_timed_out(void);
int	stop_poll(int, short, int);

/* sha256.c */
struct sha256 {
	uint32_t	h[8];
	uint64_t	bytes;
	uint8_t		block[64];
};

void	sha256_begin(struct sha256 *);
void	sha256_add(struct sha256 *, const void *, size_t);
void	sha256_end(struct sha256 *, char [65]);

#endif
