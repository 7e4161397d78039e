/* SPDX-License-Identifier: ISC */
#ifndef NAT_LOG_H
#define NAT_LOG_H

#include <stdint.h>
#include <time.h>

#include "divertutil.h"
#include "nat.h"

/*
 * The log of -o: one line of JSON for a mapping made or ended, a session of a
 * rule with `log', what is exhausted, a drop; on request (-m) for each packet
 * translated.  Names are those of RFC 8158 where it has one.
 */

struct nat_log;
struct writer;

enum nat_log_mode {
	NAT_LOG_PACKET,
	NAT_LOG_FLOW,		/* mappings and sessions: the default */
	NAT_LOG_BOTH
};

struct nat_log_options {
	enum nat_log_mode	 mode;
	const char		*host;		/* NULL: no such key */
	/* Room is made before packets are taken, see nat_log_room(). */
	int			 waits;
};

/* The ends of a packet before it is translated. */
struct nat_log_ends {
	uint8_t		 version;	/* 0: not known */
	uint8_t		 proto;
	uint8_t		 addr[2][16];	/* by enum divert_side */
	int		 port[2];	/* -1: none */
};

/* The writer is the caller's.  NULL: ENOMEM. */
struct nat_log *nat_log_new(const struct nat_log_options *,
	    struct writer *);
void	 nat_log_free(struct nat_log *);

/* The time of what is logged from now on, by both clocks. */
void	 nat_log_clock(struct nat_log *, const struct timespec *wall,
	    uint64_t now);

void	 nat_log_event(struct nat_log *, const struct nat_event *);

/*
 * A drop.  Of each reason some a second are written, the others are counted
 * and told with the next one (`suppressed').
 */
void	 nat_log_drop(struct nat_log *, const struct divert_packet *,
	    enum nat_reason);

/* Are packets logged at all? */
int	 nat_log_wants_packets(const struct nat_log *);
void	 nat_log_ends(const struct divert_packet *, struct nat_log_ends *);
/* A packet that was translated: as it was, as it is. */
void	 nat_log_packet(struct nat_log *, const struct nat_log_ends *before,
	    const struct divert_packet *after);

/* Statistics: the text of a JSON object. */
void	 nat_log_stats(struct nat_log *, const char *object);

/* Room for what n packets may make?  0: the writer wakes when there is. */
int	 nat_log_room(struct nat_log *, unsigned int n);

uint64_t nat_log_written(const struct nat_log *);
uint64_t nat_log_lost(const struct nat_log *);
/* So many that were written have got nowhere. */
void	 nat_log_left(struct nat_log *, uint64_t n);

#endif
