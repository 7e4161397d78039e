/* SPDX-License-Identifier: ISC */
#ifndef NAT_H
#define NAT_H

#include <stddef.h>
#include <stdint.h>

#include "divertutil.h"
#include "rules.h"

/*
 * The translator: packets in, verdicts out.  It has no clock, no source of
 * random numbers, does no input or output and allocates nothing after
 * nat_new(): so live, on captures and in tests it is the same.
 */

struct nat;

/* Why a packet was dropped, or is about to be noted: see nat_reason.c. */
enum nat_reason {
	NAT_REASON_NONE,
	NAT_REASON_MALFORMED,		/* no whole IP, TCP, UDP, ICMP header */
	NAT_REASON_TRUNCATED,		/* cut by a capture or the kernel */
	NAT_REASON_NO_DIRECTION,	/* in or out is not known */
	NAT_REASON_NO_ADDRESS,		/* the pool has no address (now) */
	NAT_REASON_NO_PORT,		/* every port of the pool is taken */
	NAT_REASON_NO_STATE,		/* the table is full */
	NAT_REASON_HOST_PORTS,		/* ports-per-host */
	NAT_REASON_HOST_STATES,		/* states-per-host */
	NAT_REASON_HOST_RATE,		/* new-per-host */
	NAT_REASON_FILTERED,		/* a mapping is there, this remote may not */
	NAT_REASON_UNMATCHED,		/* to our address, for nobody */
	NAT_REASON_UNSOLICITED,		/* a SYN nobody waited for (T4) */
	NAT_REASON_FRAGMENT_FIRST,	/* the first fragment never came */
	NAT_REASON_FRAGMENT_LIMIT,	/* too many fragments wait */
	NAT_REASON_FRAGMENT_OVERLAP,
	NAT_REASON_ICMP_SUM,		/* an error with a bad checksum (I3) */
	NAT_REASON_ICMP_QUOTE,		/* it quotes what cannot be read (I3a) */
	NAT_REASON_ICMP_UNKNOWN,	/* it is about nothing we know (I4) */
	NAT_REASON_PROTOCOL,		/* cannot share an address: no ports */
	NAT_REASON_NPT,			/* RFC 6296: no such subnet, or all zeros */
	NAT_REASON_HAIRPIN,		/* `set hairpin off' */
	NAT_REASON_BOUND,		/* a header binds the addresses */
	NAT_REASON_MAX
};

/* "no_port", and a sentence that explains it.  Static. */
const char *nat_reason_name(enum nat_reason);
const char *nat_reason_text(enum nat_reason);

enum nat_verdict {
	NAT_PASS,		/* no rule concerns it: as it is */
	NAT_REPLACE,		/* translated in place; len may not change */
	NAT_DROP,		/* with a reason */
	NAT_HOLD		/* a fragment before its first, copied: its
				 * verdict comes by released() */
};

/* What happened to a mapping or session, for the log (RFC 8158). */
enum nat_event_kind {
	NAT_EVENT_MAPPING_MADE,
	NAT_EVENT_MAPPING_ENDED,
	NAT_EVENT_SESSION_MADE,
	NAT_EVENT_SESSION_ENDED,
	NAT_EVENT_ADDRESSES_EXHAUSTED,
	NAT_EVENT_PORTS_EXHAUSTED,
	NAT_EVENT_QUOTA,		/* reason says which */
	NAT_EVENT_ADDRESS_BOUND,	/* a host got its outside address */
	NAT_EVENT_ADDRESS_FREED
};

struct nat_endpoint {
	uint8_t		 addr[16];	/* 4 or 16 bytes by family */
	uint16_t	 port;
};

struct nat_event {
	enum nat_event_kind	kind;
	enum nat_reason		reason;
	uint8_t			family;
	uint8_t			proto;
	uint8_t			mapped;		/* a session of a mapping, which
						 * has events of its own */
	const struct rule	*rule;		/* NULL: gone since a reload */
	struct nat_endpoint	inside;
	struct nat_endpoint	outside;
	struct nat_endpoint	remote;		/* of sessions */
	uint64_t		packets[2];	/* at the end: out, in */
	uint64_t		bytes[2];
	uint64_t		start;		/* ns, of nat_packets()' clock */
};

/* What is not wanted may be NULL, random() apart. */
struct nat_options {
	uint64_t	 seed[4];	/* of the hashes: nobody's guess */
	/* Bytes that nobody can guess; called now and then, in bulk. */
	void		(*random)(void *, void *buf, size_t len);
	/* The verdict of a packet held, with its bytes, borrowed. */
	void		(*released)(void *, struct divert_packet *,
			    enum nat_verdict, enum nat_reason);
	/* A packet made here (an ICMP error), to be injected; borrowed. */
	void		(*made)(void *, struct divert_packet *);
	void		(*event)(void *, const struct nat_event *);
	void		*arg;
};

/*
 * rules: owned by the caller, resolved, in use until nat_reload() or
 * nat_free().  NULL: ENOMEM.
 */
struct nat *nat_new(const struct rules *, const struct nat_options *);
void	 nat_free(struct nat *);

/*
 * Translate a batch, n <= DIVERT_BATCH_MAX, in place.  now: nanoseconds of any
 * clock; going back, it stands still.  reasons: of those dropped.  Sessions
 * end here too when it is time: a caller need not call nat_expire() before.
 */
void	 nat_packets(struct nat *, struct divert_packet *pkts, unsigned int n,
	    uint64_t now, uint8_t *verdicts, uint8_t *reasons);

/*
 * These packets, n <= DIVERT_BATCH_MAX, are about to come one by one, each at
 * its own time: have memory ready for them.  Nothing else happens.
 */
void	 nat_expect(struct nat *, const struct divert_packet *pkts,
	    unsigned int n);

/* End what is due, a bounded amount of work.  Call every second or so. */
void	 nat_expire(struct nat *, uint64_t now);
/* The time at which there may be something to do; UINT64_MAX: never. */
uint64_t nat_due(const struct nat *);

/*
 * Other rules from now on.  Sessions that they would not have made end, in
 * slices of nat_expire() (kept and ended are in the counts).  Addresses of
 * interfaces that changed are the same: call it with the same rules.
 * 0, or -1: ENOMEM, and the rules in use are as before.
 */
int	 nat_reload(struct nat *, const struct rules *, uint64_t now);

/* End all sessions and mappings of an inside host; family 4 or 6.  How many. */
unsigned int nat_kill(struct nat *, int family, const uint8_t *addr);

/*
 * A packet that was NAT_REPLACE or NAT_PASS is larger than the MTU of the link
 * it had to go by, and may not be fragmented: its sender is told so by made().
 * It may be cut; mtu: 0 if it is not known.
 */
void	 nat_too_large(struct nat *, const struct divert_packet *,
	    uint32_t mtu, uint64_t now);

struct nat_counts {
	uint64_t	 dropped[NAT_REASON_MAX];
	uint64_t	 translated[2];		/* out, in */
	uint64_t	 hairpinned;
	uint64_t	 passed;
	uint64_t	 sessions_made, sessions_ended;
	uint64_t	 mappings_made, mappings_ended;
	uint64_t	 errors_made;		/* ICMP errors of our own */
	unsigned int	 sessions, mappings, hosts, fragments, held;
	unsigned int	 sessions_max;
};
void	 nat_counts(const struct nat *, struct nat_counts *);

/* A session as it is shown and saved. */
struct nat_session_view {
	uint8_t			family, proto, tcp_state, timeout;
	struct nat_endpoint	inside, outside, remote;
	uint64_t		packets[2], bytes[2];
	uint64_t		start, last;	/* ns */
	uint64_t		expires;
	unsigned int		rule;		/* number in the rules */
};

/*
 * Look at sessions from number *at on, at most n; *at goes on.  Returns how
 * many were shown; 0 at the end.
 */
unsigned int nat_sessions(const struct nat *, unsigned int *at,
	    unsigned int n, void (*show)(void *, const struct nat_session_view *),
	    void *arg);

/* An outside address, and how much of it is taken. */
struct nat_outside_view {
	uint8_t			family;
	uint8_t			addr[16];
	/* Of TCP, UDP, ICMP queries: taken, those at rest included. */
	unsigned int		ports[3];
};

/* As nat_sessions(), of addresses that have had mappings. */
unsigned int nat_outsides(const struct nat *, unsigned int *at,
	    unsigned int n, void (*show)(void *, const struct nat_outside_view *),
	    void *arg);

#endif
