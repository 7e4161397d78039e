/* SPDX-License-Identifier: ISC */
#ifndef FLOW_H
#define FLOW_H

#include <stdint.h>
#include <time.h>

#include "community_id.h"
#include "divertutil.h"

/*
 * Flows: the packets between two endpoints, both ways, counted in a table of
 * fixed size.  The first packet's direction is `to server'.
 *
 * Every packet with an IP header is in exactly one flow, so that packets and
 * bytes of all records together are those of all packets.  Which flow:
 *
 *   FLOW_PORTS    TCP, UDP, UDP-Lite, SCTP: addresses, ports
 *   FLOW_QUERY    ICMP types that have a counterpart (the pairs of the Community
 *                 ID): addresses, the two types, and the identifier of those
 *                 queries that have one
 *   FLOW_ONE_WAY  all other ICMP, errors too: addresses as they stand, type,
 *                 code.  An error is counted here and not with the flow that
 *                 it quotes, which it is no packet of.
 *   FLOW_PLAIN    addresses and protocol alone: protocols without ports;
 *                 malformed packets and fragments whose ports are not known,
 *                 which for TCP, UDP, SCTP and ICMP means no Community ID.
 *
 * A fragment without ports is counted with the flow of its first fragment,
 * when that came before it, within 30 s, and is still in a table of the last
 * 1024 (FLOW_FRAGMENTS).
 */

#define FLOW_MAX_DEFAULT	100000u
#define FLOW_MAX_LIMIT		16777216u
#define FLOW_FRAGMENTS		1024u

/*
 * Seconds without a packet after which a flow ends, those of Suricata.  A flow
 * that was closed stays for FLOW_LINGER, so that retransmissions start no flow
 * of their own: its record comes then, or at the SYN of a new connection.
 */
#define FLOW_IDLE_TCP_NEW	60.0	/* and FINs both ways, not all acked */
#define FLOW_IDLE_TCP		600.0	/* established */
#define FLOW_IDLE_NEW		30.0
#define FLOW_IDLE		300.0	/* seen both ways */
#define FLOW_LINGER		5.0

enum flow_kind {
	FLOW_PORTS,
	FLOW_QUERY,
	FLOW_ONE_WAY,
	FLOW_PLAIN
};

enum flow_state {
	FLOW_NEW,		/* seen one way; TCP: no handshake so far */
	FLOW_ESTABLISHED,	/* seen both ways; TCP: an ACK beyond the SYNs */
	FLOW_CLOSED		/* TCP: FINs both ways and the last ACK; RST */
};

enum flow_reason {
	FLOW_TIMEOUT,		/* nothing came for the idle time */
	FLOW_ACTIVE,		/* no end: reported while it goes on */
	FLOW_FIN,
	FLOW_RST,
	FLOW_SHUTDOWN,		/* the program ended first */
	FLOW_FORCED,		/* its place was needed */
	FLOW_REASON_MAX
};

enum flow_side {
	FLOW_TOSERVER,
	FLOW_TOCLIENT
};

/* What names a flow, endpoints as in its first packet. */
struct flow_key {
	uint8_t		 src[16];	/* IPv4: 4 bytes, the others 0 */
	uint8_t		 dst[16];
	uint16_t	 src_port;	/* FLOW_QUERY, FLOW_ONE_WAY: as the */
	uint16_t	 dst_port;	/* Community ID has them */
	uint16_t	 id;		/* FLOW_QUERY: the identifier */
	uint8_t		 proto;
	uint8_t		 family;	/* version << 4 | kind */
};

/*
 * A flow: in the table, and as it is reported.  Times are nanoseconds since
 * 1970 by the clock given to flow_packet().  Counters, times and TCP flags are
 * those since the last report (FLOW_ACTIVE); what else there is stays.
 */
struct flow {
	struct flow_key	 key;
	uint64_t	 packets[2];	/* by enum flow_side */
	uint64_t	 bytes[2];	/* of IP packets before any snapping */
	int64_t		 start;		/* first packet */
	int64_t		 end;		/* last packet, never before start */
	uint8_t		 tcp_flags[2];	/* all that were seen, each way */
	uint8_t		 version;	/* 4, 6 */
	uint8_t		 kind;		/* enum flow_kind */
	uint8_t		 state;		/* enum flow_state */
	uint8_t		 reason;	/* enum flow_reason, when reported */
	/* FLOW_QUERY, FLOW_ONE_WAY: of the first packet. */
	uint8_t		 icmp_type;
	uint8_t		 icmp_code;
	int64_t		 ended;		/* when reported: by the clock, and
					 * never before end */
	/* Of the first packet. */
	uint8_t		 direction;	/* enum divert_direction */
	char		 ifname[DIVERT_IFNAME_SIZE];
	char		 community_id[COMMUNITY_ID_SIZE];	/* "": none */
};

struct flow_options {
	unsigned int	 max;		/* flows; 0: FLOW_MAX_DEFAULT */
	double		 idle;		/* seconds for all states, and at most
					 * this to linger; 0: as above */
	double		 active;	/* seconds after which a flow that goes
					 * on is reported and its counters begin
					 * again at 0 as in NetFlow; 0: never */
	unsigned int	 burst;		/* flows that one call ends at most;
					 * 0: all that are due (captures) */
	uint64_t	 seed[2];	/* of the hash: random where packets are
					 * a stranger's, fixed for captures */
	uint16_t	 community_seed;
	int		 no_community_id; /* none are made */
	/* A flow to report; borrowed for the call, which must not use the
	 * table.  Flows come in the order in which they ended. */
	void		(*ended)(void *, const struct flow *);
	void		*arg;
};

struct flow_table;

/*
 * A table; all memory it will ever have, about 230 bytes a flow, is allocated
 * here and touched when it is used.  NULL: EINVAL max or a time out of range,
 * ENOMEM.
 */
struct flow_table *flow_table_new(const struct flow_options *);

/* What is still in the table is not reported: see flow_flush(). */
void	 flow_table_free(struct flow_table *);

/* A time for the functions below; years beyond 2250 and before 1970 as these. */
int64_t	 flow_time(const struct timespec *);

/*
 * End what is due at now (as flow_expire()), then count a packet with its flow,
 * which is made if there is none, if need be in the place of a closed one or
 * of the one that was seen least recently (FLOW_FORCED).  layout: of
 * divert_packet_parse(), faults included.
 * Returns the flow, borrowed until the next call, or NULL: no IP header.
 *
 * The clock may go backwards: by less than 60 s it stands still until time has
 * caught up; by more the flows stay as old as they were and time goes on from
 * there.
 */
const struct flow *flow_packet(struct flow_table *,
	    const struct divert_packet *, const struct divert_layout *,
	    int64_t now);

/*
 * Report what is due at now, earliest first, at most options.burst flows.  A
 * timeout ends at its moment (last packet plus idle time), however late the
 * call.  Returns how many were reported or ended.
 */
unsigned int flow_expire(struct flow_table *, int64_t now);

/* Nothing is due before this time; INT64_MAX: nothing will be. */
int64_t	 flow_due(const struct flow_table *);

/*
 * End flows, closed ones with their own reason, the others with this: at most
 * options.burst of them.  Returns how many; 0: the table is empty.
 */
unsigned int flow_flush(struct flow_table *, enum flow_reason);

struct flow_counts {
	uint64_t	 made;		/* flows since the beginning */
	uint64_t	 reported[FLOW_REASON_MAX];
	uint64_t	 no_header;	/* packets without a flow */
	unsigned int	 active;	/* flows in the table */
	unsigned int	 peak;		/* the most that were */
	unsigned int	 max;
};

void	 flow_counts(const struct flow_table *, struct flow_counts *);

/* "timeout", "active", ...; "new", ...  Static. */
const char *flow_reason_name(enum flow_reason);
const char *flow_state_name(enum flow_state);

#endif
