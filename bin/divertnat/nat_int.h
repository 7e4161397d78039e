/* SPDX-License-Identifier: ISC */
#ifndef NAT_INT_H
#define NAT_INT_H

#include <string.h>

#include "nat.h"
#include "nat_index.h"

/*
 * What the files of the engine share.
 *
 * The shape of everything: a session joins an endpoint inside and an endpoint
 * far away (remote), and gives the inside one another name (outside).  The way
 * out replaces the source inside by outside, the way in the destination outside
 * by inside.  nat-to, rdr-to and binat-to differ only in who makes it.  A
 * packet that turns back inside (hairpin) goes the way out by one session and
 * the way in by another.
 *
 * Addresses are 32-bit numbers of a family, so that one code serves both: an
 * IPv4 address as it stands in the packet, for an IPv6 address the number of
 * its entry among those in use (nat_address.c).  Ports are as in the packet
 * too; what counts with them converts.
 *
 * Numbers of sessions, mappings, hosts and so on begin with 1; 0 is none.
 */

#define WAY_OUT		0
#define WAY_IN		1

#define TICKS		64		/* of a second */
#define TICK_NS		(1000000000 / TICKS)

#define PROTO_ICMP	1
#define PROTO_TCP	6
#define PROTO_UDP	17
#define PROTO_ICMPV6	58

/*
 * The states of RFC 7857 2, figure 1: which sides' FINs were seen; TRANS is
 * after a RST.
 */
enum tcp_state {
	TCP_CLOSED,		/* not TCP */
	TCP_INIT_OUT,		/* a SYN from inside */
	TCP_INIT_IN,		/* a SYN from outside */
	TCP_ESTABLISHED,
	TCP_FIN_OUT,
	TCP_FIN_IN,
	TCP_FIN_BOTH,
	TCP_TRANS
};

/* struct session.flags */
#define SESSION_INBOUND		0x01	/* its first packet came in */
#define SESSION_REFRESH_IN	0x02	/* packets in keep it too (U6) */
#define SESSION_HAIRPIN		0x04	/* remote is one of our outside addresses */
#define SESSION_LOG		0x08	/* its rule has `log' */
#define SESSION_LOOSE		0x10	/* TCP whose SYN was not seen */
#define SESSION_CURRENT		0x20	/* checked against the present rules, see
					 * nat->current */
#define SESSION_OWN		0x40	/* of this host itself: nothing changes */
#define SESSION_DNS		0x80	/* UDP to port 53 that waits for an answer */

/*
 * One line of cache: all that a packet of a known session needs.  The deltas
 * are what the way out adds to the sums in one's complement; the way in adds
 * their complements.
 */
struct session {
	uint32_t	 inside;
	uint32_t	 remote;
	uint32_t	 outside;
	uint16_t	 inside_port;	/* ICMP query: identifier; or 0 */
	uint16_t	 remote_port;	/* ICMP query: 0 asked by the inside, 1 by
					 * the remote; or 0 */
	uint16_t	 outside_port;
	uint8_t		 proto;
	uint8_t		 family;	/* 0: a free place */
	uint8_t		 tcp_state;	/* enum tcp_state */
	uint8_t		 timeout;	/* enum rules_timeout */
	uint8_t		 flags;		/* SESSION_* */
	uint8_t		 zone;
	uint16_t	 ip_delta;
	uint16_t	 l4_delta;
	uint32_t	 last;		/* tick that keeps it */
	uint32_t	 packets[2];	/* by way; what does not fit is in rest */
	uint32_t	 bytes[2];
	uint32_t	 ack[2];	/* TCP: the last one sent, by way */
	uint32_t	 mapping;	/* 0: none: rdr, binat, no ports */
	uint8_t		 window[2];	/* TCP: log2 of it, rounded up; 0: none */
	uint8_t		 scale;		/* TCP: out, in << 4; of the SYNs */
	uint8_t		 spare;
};

/* What a packet does not need, same number. */
struct rest {
	uint32_t	 next;		/* in its slot of the wheel; free list */
	uint32_t	 prev;		/* the first: WHEEL_SLOT | slot */
	uint32_t	 start;		/* tick */
	uint16_t	 bytes_high[2];
	uint8_t		 packets_high[2];
	uint16_t	 rule;		/* number; valid if SESSION_CURRENT */
#define NO_RULE		UINT16_MAX
};

/* An inside endpoint's outside endpoint, as long as it has sessions. */
struct mapping {
	uint32_t	 inside;
	uint32_t	 outside;
	uint16_t	 inside_port;
	uint16_t	 outside_port;
	uint8_t		 proto;
	uint8_t		 family;
	uint8_t		 zone;
	uint8_t		 flags;		/* SESSION_LOG, SESSION_CURRENT */
	uint32_t	 sessions;	/* 0: at rest, or free */
	uint32_t	 host;		/* at rest, free: the next one */
	uint32_t	 start;		/* tick; at rest: since when */
	uint16_t	 rule;
	uint16_t	 ports;		/* the set its port is of */
};

/* A subscriber: an inside address in a zone. */
struct host {
	uint32_t	 inside;
	uint32_t	 outside;	/* paired with, if bound */
	uint32_t	 sessions;
	uint32_t	 mappings;	/* ports */
	uint32_t	 filled;	/* tick when tokens were last added */
	uint32_t	 tokens;	/* new sessions it may make, times TICKS */
	uint32_t	 next;		/* free list */
	uint8_t		 family;
	uint8_t		 zone;
	uint8_t		 bound;
	uint8_t		 pad;
};

/* The protocols that have ports of their own at an outside address. */
enum port_space { SPACE_TCP, SPACE_UDP, SPACE_QUERY, SPACES };

#define PORT_WORDS	1024

/* Which ports of an outside address and protocol are taken (nat_ports.c). */
struct ports {
	uint64_t	 taken[PORT_WORDS];	/* bit p: port p */
	/* Bit w: of taken[w] no even, no odd port is free. */
	uint64_t	 full[2][PORT_WORDS / 64];
	uint32_t	 used;
};

/* An address that mappings may have outside. */
struct outside {
	uint32_t	 address;
	uint8_t		 family;	/* 0: a free place */
	uint16_t	 ports[SPACES];	/* number of a set, 0: none so far */
};

/* An IPv6 address in use. */
struct address {
	uint8_t		 bytes[16];
	uint32_t	 users;
	uint32_t	 next;		/* free list */
};

/* Addresses by which packets from outside may mean somebody inside. */
struct ours {
	const struct rule_net	*net;
	uint8_t			 kind;		/* enum rule_kind */
	uint8_t			 zone;		/* of the interface they are at */
	uint64_t		 mask;		/* the same at a glance: see */
	uint64_t		 bits;		/* struct gate */
};

/*
 * What a rule wants of a packet, at a glance: all that match pass, and some
 * that do not.  Of the first 64 bits of an address those of the mask are as in
 * bits.
 */
struct gate {
	uint64_t		 mask[2];	/* source, destination */
	uint64_t		 bits[2];
	struct rule_ports	 from_ports;
	struct rule_ports	 to_ports;
	uint16_t		 rule;
	uint8_t			 zone;
	uint8_t			 ports;		/* not of any */
};

/* The gates of all rules for packets of one way and family. */
struct gates {
	struct gate		*all;
	unsigned int		 n;
};

#define TIMEOUT_SECONDS_MAX	10000000u

/* What the engine adds to a rule when it takes it into use (nat_rule.c). */
struct rule_use {
	uint8_t		 zone;		/* of its interface; 0: any */
	uint8_t		 keeps_ports;	/* rdr-to: no mapping may have them */
	uint32_t	 pool[2];	/* addresses of the pool, IPv4 and IPv6 */
	uint32_t	 next;		/* of round-robin */
	uint16_t	 adjust;	/* npt-to: what RFC 6296 3.1 adds */
};

/* 2 levels of slots that begin lists of sessions (nat_timer.c). */
#define WHEEL_NEAR	512		/* slots of a second */
#define WHEEL_FAR	64		/* slots of WHEEL_NEAR seconds */
#define WHEEL_SLOT	UINT32_C(0x80000000)

struct wheel {
	uint32_t	 slots[WHEEL_NEAR + WHEEL_FAR];	/* first sessions */
	uint64_t	 used[(WHEEL_NEAR + WHEEL_FAR) / 64];	/* a bit each */
	uint32_t	 second;	/* all before it is done */
};

struct fragments;			/* nat_fragment.c */
struct errors;				/* nat_error.c */
struct syns;				/* nat_syn.c */
struct permits;				/* nat_filter.c */

/* What nat->keys are of: an index each, and choices. */
enum {
	KEYS_INSIDE,
	KEYS_OUTSIDE,
	KEYS_MAPPING_INSIDE,
	KEYS_MAPPING_OUTSIDE,
	KEYS_HOST,
	KEYS_ADDRESS,
	KEYS_OUTSIDE_ADDRESS,
	KEYS_PERMIT,
	KEYS_CHOICE,
	KEYS_MAX
};

#define ZONES_MAX	255
#define RANDOM_BYTES	1024

struct nat {
	const struct rules	*rules;
	struct nat_options	 options;
	uint64_t		 now;		/* ns */
	uint64_t		 tick_end;	/* ns */
	uint32_t		 tick;		/* of now */
	uint32_t		 timeout[TIMEOUT_MAX];	/* ticks */
	unsigned int		 max;		/* sessions */
	uint8_t			 current;	/* SESSION_CURRENT or 0: what
						 * sessions checked against the
						 * present rules have */

	struct session		*sessions;
	struct rest		*rests;
	uint32_t		 session_free;	/* 0: from session_fresh on */
	uint32_t		 session_fresh;
	unsigned int		 from_outside;	/* sessions begun there */
	struct index		 by_inside;	/* inside to remote */
	struct index		 by_outside;	/* outside to remote */

	struct mapping		*mappings;
	uint32_t		 mapping_free;
	uint32_t		 mapping_fresh;
	uint32_t		 rest_first;	/* ports at rest, oldest first */
	uint32_t		 rest_last;
	struct index		 mapping_by_inside;
	struct index		 mapping_by_outside;

	struct host		*hosts;
	uint32_t		 host_free;
	uint32_t		 host_fresh;
	uint32_t		 hosts_max;
	struct index		 by_host;

	struct address		*addresses;
	uint32_t		 address_free;
	uint32_t		 address_fresh;
	uint32_t		 addresses_max;
	struct index		 by_address;

	struct outside		*outsides;
	uint32_t		 noutsides;
	uint32_t		 outsides_max;
	uint32_t		 outside_hand;	/* last looked at for a place */
	struct index		 by_outside_address;
	struct ports		*ports;
	uint32_t		 nports;
	uint32_t		 ports_max;

	struct rule_use		*uses;		/* one for each rule */
	struct ours		*ours;
	unsigned int		 nours;
	struct gates		 gates[2][2];	/* by way, and family 6 */
	uint64_t		 kept[2][1024];	/* ports of some rdr-to rule, a
						 * bit each: TCP, UDP */
	char			 zones[ZONES_MAX + 1][DIVERT_IFNAME_SIZE];
	unsigned int		 nzones;	/* zones[1..nzones] */
	char			 last_ifname[DIVERT_IFNAME_SIZE];
	uint8_t			 last_zone;	/* of last_ifname */

	struct wheel		 wheel;
	uint32_t		 second;	/* of now */
	struct fragments	*fragments;
	struct errors		*errors;
	struct syns		*syns;
	struct permits		*permits;	/* NULL: not wanted */

	struct hash_keys	 keys[KEYS_MAX];
	uint8_t			 random[RANDOM_BYTES];
	unsigned int		 random_at;	/* from here on it is fresh */
	int			 restoring;	/* limits do not apply */
	uint32_t		 said[NAT_REASON_MAX];	/* second of the last
						 * event for a drop */
	uint32_t		 sweep;		/* next session a reload looks
						 * at; 0: none */
	struct nat_counts	 counts;
};

/*
 * A packet on its way, as far as it is understood: what the slow path passes
 * from step to step.
 */
struct work {
	struct divert_packet	*pkt;
	struct divert_layout	 layout;
	uint8_t			 way;		/* WAY_OUT, WAY_IN */
	uint8_t			 zone;		/* of its interface, 0: none */
	uint8_t			 family;
	uint8_t			 proto;
	uint8_t			 has_ports;	/* TCP, UDP, an ICMP query: as
						 * sessions have them */
	uint8_t			 hairpin;	/* turns back: see nat_hairpin.c */
	uint8_t			 reason;	/* enum nat_reason, when dropped */
	uint16_t		 src_port;	/* as in struct session */
	uint16_t		 dst_port;
	const uint8_t		*src;		/* bytes, in the packet: they */
	const uint8_t		*dst;		/* change as it is rewritten */
	/*
	 * What was done so far, for what has the same fate without having the
	 * ports (fragments).  A side that did not change has changed[] 0.
	 */
	uint8_t			 changed[2];	/* by enum divert_side */
	uint8_t			 to[2][16];
};

/* Two endpoints and a protocol, addresses by number. */
struct tuple {
	uint32_t	 near;		/* inside or outside, by way */
	uint32_t	 remote;
	uint16_t	 near_port;
	uint16_t	 remote_port;
	uint8_t		 proto;
	uint8_t		 family;
};

/*
 * nat.c: the order of steps
 */

/*
 * Translate a packet by everything there is: sessions, rules, mappings.  The
 * packet is whole, or the first of its fragments, and its headers are there.
 * NAT_DROP: work->reason says why.
 */
enum nat_verdict nat_translate(struct nat *, struct work *);
/* Fill in work from a packet.  0, or -1: malformed, reason is set. */
int	 work_begin(struct nat *, struct work *, struct divert_packet *);
/* Its ports again, after its way or they have changed. */
void	 work_set_ports(struct work *);
/*
 * The two ways by themselves, for nat_hairpin.c.  What nothing concerns is
 * NAT_PASS.
 */
enum nat_verdict translate_out(struct nat *, struct work *);
enum nat_verdict translate_in(struct nat *, struct work *);
/* The tuple of a packet that goes its way; 0: an address that nobody uses. */
int	 work_tuple(struct nat *, const struct work *, struct tuple *);
/* The mapping that a packet which comes in may be for; 0: none. */
uint32_t mapping_for(struct nat *, const struct work *);
/* A packet by itself, all steps; counted. */
enum nat_verdict nat_packet(struct nat *, struct divert_packet *,
	    uint8_t *reason);
/* NAT_DROP with this reason. */
enum nat_verdict work_drop(struct work *, enum nat_reason);

/*
 * nat_address.c: numbers for addresses
 */

/*
 * The number of an address of 4 or 16 bytes; an IPv6 address nobody uses has
 * none: 0 is returned.  1: *number is set.
 */
int	 address_find(const struct nat *, int family, const uint8_t *,
	    uint32_t *number);
/* As address_find(), and one more user of it.  0 also: no room. */
int	 address_use(struct nat *, int family, const uint8_t *,
	    uint32_t *number);
void	 address_more(struct nat *, int family, uint32_t number);
void	 address_less(struct nat *, int family, uint32_t number);
/* Its bytes, borrowed while it is in use (IPv4: of *number itself). */
const uint8_t *address_bytes(const struct nat *, int family,
	    const uint32_t *number);

/*
 * nat_rule.c: rules as packets meet them
 */

/* 0, or -1: ENOMEM, and the rules in use are as before. */
int	 rules_use(struct nat *, const struct rules *);
void	 rules_unuse(struct nat *);
/* The number of an interface, of DIVERT_IFNAME_SIZE bytes; 0: no rule has it. */
uint8_t	 zone_find(struct nat *, const char *ifname);

static inline uint8_t
zone_of(struct nat *nat, const char *ifname)
{
	if (memcmp(nat->last_ifname, ifname, DIVERT_IFNAME_SIZE) == 0)
		return (nat->last_zone);
	return (zone_find(nat, ifname));
}
/*
 * The first rule for a packet that goes this way (work->way, work->zone);
 * NULL: none.
 */
const struct rule *rule_find(const struct nat *, const struct work *);
/*
 * The same for a packet whose upper layer cannot be read: the first rule that
 * translates packets with its addresses, whatever their protocol.
 */
const struct rule *rule_find_address(const struct nat *, const struct work *);
/* May its source, on the way out, be a host that rdr-to forwards to? */
int	 rule_forwards_to(const struct nat *, const struct work *);
/* Would rule number i take a packet with this source, to some remote? */
int	 rule_takes_source(const struct nat *, unsigned int i,
	    const struct work *);
/*
 * nat_gate.c: rules that are passed over without a look at them
 */

struct gate_walk {
	const struct gate	*gate;
	const struct gate	*end;
	uint64_t		 key[2];
	uint16_t		 src_port;	/* of this machine's order */
	uint16_t		 dst_port;
	uint8_t			 has_ports;	/* of TCP or UDP */
	uint8_t			 any_port;	/* they are not known */
	uint8_t			 zone;
};

/* Does the rule look at packets of this way and family? */
int	 rule_looks_at(const struct rule *, int way, int family);
uint64_t gate_key(int family, const uint8_t *addr);
/* What addresses have in common.  Those of many nets: nothing. */
void	 gate_cover(const struct rule_hosts *, int family, uint64_t *mask,
	    uint64_t *bits);
/* Of all rules, before they are used.  -1: ENOMEM, nothing is there. */
int	 gates_new(const struct rules *, const struct rule_use *,
	    struct gates gates[2][2]);
void	 gates_free(struct gates gates[2][2]);
/* The rules of its way, family and interface that may match, in their order;
 * NO_RULE: no more. */
void	 gate_begin(const struct nat *, const struct work *, int any_port,
	    struct gate_walk *);
unsigned int gate_next(struct gate_walk *);
/* Whether a port may be one of an rdr-to rule. */
void	 kept_new(struct nat *);
int	 kept_may_be(const struct nat *, int proto, unsigned int port);

/* Is it one of our outside addresses?  Its entry, or NULL. */
const struct ours *ours_find(const struct nat *, int family,
	    const uint8_t *addr);
/* Address number i of hosts, i < hosts_count(). */
uint32_t hosts_count(const struct rule_hosts *, int family);
void	 hosts_address(const struct rule_hosts *, int family, uint32_t i,
	    uint8_t *addr);
/* The number of an address among hosts; 0: it is not there. */
int	 hosts_find(const struct rule_hosts *, int family, const uint8_t *addr,
	    uint32_t *i);
/* An address in from, with the network of to. */
void	 net_replace(const struct rule_net *to, uint8_t *addr);
/* Is it in the net? */
/* Has it an address of this family now? */
int	 net_usable(const struct rule_net *, int family);
int	 net_has(const struct rule_net *, int family, const uint8_t *addr);

/*
 * nat_clock.c
 */

/* It is now; what is due ends, a bounded amount of work. */
void	 clock_set(struct nat *, uint64_t now);

/*
 * nat_session.c
 */

/* Of a tuple whose near end is inside (WAY_OUT) or outside: session_hash(). */
uint32_t tuple_hash(const struct nat *, int way, const struct tuple *);
/* Its session; 0: none. */
uint32_t session_find(const struct nat *, int way, const struct tuple *);
/*
 * A session as *wanted has it: endpoints, proto, family, zone, flags, mapping,
 * TCP state, timeout.  The caller's users of its three addresses become the
 * session's, or go if it cannot be made.  It counts itself with its mapping and
 * host and starts its timer.  0: *reason.
 */
uint32_t session_make(struct nat *, const struct session *wanted,
	    const struct rule *, enum nat_reason *);
/* Its end, with its mapping's and its host's if it was the last. */
void	 session_end(struct nat *, uint32_t);
/* The host whose limits it counts for; 0: none. */
uint32_t session_host(const struct nat *, const struct session *);
/* Nothing has kept it for its timeout. */
static inline int
session_is_old(const struct nat *nat, const struct session *s)
{
	return (nat->tick - s->last > nat->timeout[s->timeout]);
}
/* Another timeout from now on; the timer follows. */
void	 session_set_timeout(struct nat *, uint32_t, enum rules_timeout);
/* The deltas, from its addresses and ports. */
void	 session_set_deltas(const struct nat *, struct session *);
void	 session_view(const struct nat *, uint32_t,
	    struct nat_session_view *);
void	 session_event(struct nat *, enum nat_event_kind, uint32_t);

/*
 * nat_mapping.c
 */

/* One that a reload has not come to yet, and will end, is passed over. */
uint32_t mapping_find_inside(const struct nat *, int family, int zone,
	    int proto, uint32_t inside, uint16_t port);
uint32_t mapping_find_outside(const struct nat *, int family, int proto,
	    uint32_t outside, uint16_t port);
/* mapping_find_inside() will be called: ask memory for it. */
void	 mapping_expect_inside(const struct nat *, int family, int zone,
	    int proto, uint32_t inside, uint16_t port);
/*
 * A mapping for the source of a packet by a nat-to rule, its outside endpoint
 * chosen.  0: *reason.  mapping_undo() when no session followed.
 */
uint32_t mapping_make(struct nat *, const struct rule *, const struct work *,
	    enum nat_reason *reason);
/*
 * The same with all given: endpoints, proto, family, zone, flags (a snapshot).
 * Addresses get users of their own.
 */
uint32_t mapping_make_at(struct nat *, const struct mapping *wanted,
	    const struct rule *, enum nat_reason *reason);
/* One session less; without any it ends, its port rests. */
void	 mapping_less(struct nat *, uint32_t);
/* Unmake one that has no session and never had. */
void	 mapping_undo(struct nat *, uint32_t);
/* This port need not rest if this inside address had it. */
void	 mapping_rest_over(struct nat *, int family, int proto,
	    uint32_t outside, uint16_t port, const uint8_t *inside);
/* Give back ports that have rested. */
void	 mapping_expire(struct nat *);
void	 mapping_event(struct nat *, enum nat_event_kind, uint32_t);

/*
 * nat_host.c
 */

uint32_t host_find(const struct nat *, int family, int zone, uint32_t inside);
/* Found or made; 0: no room. */
uint32_t host_get(struct nat *, int family, int zone, uint32_t inside);
/* From now on this is its outside address. */
void	 host_bind(struct nat *, uint32_t, uint32_t outside);
void	 host_event(struct nat *, enum nat_event_kind, uint32_t);
/* It goes when it has neither sessions nor mappings. */
void	 host_less(struct nat *, uint32_t);
/* May it have another session now?  Counts the try (new-per-host). */
int	 host_may(struct nat *, uint32_t, enum nat_reason *);

/*
 * nat_ports.c: the allocator
 */

enum port_parity { PARITY_EVEN, PARITY_ODD, PARITY_ANY };

/*
 * The first free port of [low, high] from start on, going round.  0: none.
 * Host order.
 */
unsigned int ports_find(const struct ports *, unsigned int low,
	    unsigned int high, unsigned int start, enum port_parity);
int	 ports_taken(const struct ports *, unsigned int);
void	 ports_take(struct ports *, unsigned int);
void	 ports_give(struct ports *, unsigned int);
/* The set of an outside address, made if there is none; 0: no room. */
uint32_t ports_of(struct nat *, int family, uint32_t outside, int proto);

/*
 * nat_timer.c
 */

void	 timer_start(struct nat *, uint32_t session);
void	 timer_stop(struct nat *, uint32_t session);
/* End what is old, at most `work' sessions looked at. */
void	 timer_run(struct nat *, unsigned int work);
/* The second at which there may be something; 0: never. */
int	 timer_due(const struct nat *, uint32_t *second);

/*
 * nat_tcp.c
 */

/* State and timeout of a session that this segment begins. */
void	 tcp_first(struct session *, int way, const uint8_t *tcp);
/* A segment of the session goes by; returns whether it keeps the session. */
int	 tcp_segment(struct nat *, uint32_t session, int way,
	    const uint8_t *tcp, uint32_t payload);

/*
 * nat_rewrite.c: also nat_rewrite.h
 */

/* By a session: source on the way out, destination on the way in. */
void	 rewrite_by_session(const struct nat *, struct work *,
	    const struct session *);
/* One side's address or port alone; sums follow, unfinished ones too. */
void	 rewrite_address(struct work *, enum divert_side,
	    const uint8_t *addr);
void	 rewrite_port(struct work *, enum divert_side, uint16_t port);
/* The MSS of a SYN, if it is larger. */
void	 rewrite_mss(struct work *, uint16_t mss);
/*
 * Whether a header of a well-formed packet binds it to its addresses: another
 * one would make it a forgery (authentication header, RFC 4302), or its sum is
 * of addresses that stand elsewhere (home address, RFC 6275 6.3; an IPv4 source
 * route that goes on, which RFC 7126 4.3 wants dropped anyway).
 */
int	 rewrite_forbidden(const struct work *);

/*
 * nat_choose.c: an outside address and port for a new mapping or session
 */

/* What to choose for. */
struct choice {
	const struct rule	*rule;
	uint32_t		 host;
	const struct work	*work;
	/* Chosen: the caller is a user of this address. */
	uint8_t			 addr[16];
	uint32_t		 outside;
	uint16_t		 port;		/* 0 without ports */
};

/*
 * By the rule's pool and policy: choose an address for which try() finds a
 * port.  0, or -1: *reason.
 */
int	 choose_address(struct nat *, struct choice *,
	    int (*try)(struct nat *, struct choice *), enum nat_reason *);
/* try() of mappings: a port nobody has at this address. */
int	 choose_port(struct nat *, struct choice *);
/* try() where remotes tell sessions apart (port-overlap; no ports at all). */
int	 choose_overlapping(struct nat *, struct choice *);

/*
 * nat_hairpin.c
 */

/*
 * A packet from inside to one of our outside addresses.  1: *verdict; 0: it is
 * none, or nobody inside is meant.
 */
int	 hairpin(struct nat *, struct work *, enum nat_verdict *);

/*
 * nat_npt.c: RFC 6296
 */

enum nat_verdict npt_translate(struct nat *, struct work *,
	    const struct rule *);
/* The adjustment of a rule (3.1). */
uint16_t npt_adjust(const struct rule *);
/* An address changed as the rule does; way as for packets.  0, or a reason. */
enum nat_reason npt_address(const struct rule *, uint16_t adjust, int way,
	    uint8_t *addr);

/*
 * nat_filter.c: remote addresses that mappings have sessions with, kept only
 * where filtering is address-dependent
 */

int	 permits_new(struct nat *);
void	 permits_free(struct nat *);
void	 permit_more(struct nat *, uint32_t mapping, uint32_t remote);
void	 permit_less(struct nat *, uint32_t mapping, uint32_t remote);
int	 permitted(const struct nat *, uint32_t mapping, uint32_t remote);

/*
 * nat_syn.c: SYNs nobody waited for (T4)
 */

int	 syns_new(struct nat *);
void	 syns_free(struct nat *);
/* If it is a SYN, remember it; in 6 s an ICMP error answers.  Returns 1, 0. */
int	 syn_note(struct nat *, const struct work *);
/* The way out made a session: then no error answers a SYN of its remote. */
void	 syn_forget(struct nat *, const struct session *);
void	 syns_expire(struct nat *);
uint64_t syns_due(const struct nat *);

/*
 * nat_icmp.c: errors, which quote a packet.  work->layout has
 * DIVERT_LAYOUT_QUOTED.  Finds the session by what is quoted (session_find()
 * with the quoted packet's tuple turned round, way as the error goes), rewrites
 * inside and outside.  Queries (echo) are ordinary packets.
 */
enum nat_verdict icmp_error(struct nat *, struct work *);
/*
 * The quoted packet's tuple, so that the session of the error is
 * session_find(nat, work->way, tuple).  0, or -1: it cannot be read.
 */
int	 icmp_quoted_tuple(struct nat *, const struct work *,
	    struct tuple *);

/*
 * nat_fragment.c: packets with DIVERT_LAYOUT_FRAGMENT.  Calls nat_translate()
 * for a first fragment, remembers work->changed and work->to, and does the same
 * to the others; those that come before it are held (options.released).
 */
int	 fragments_new(struct nat *);
void	 fragments_free(struct nat *);
enum nat_verdict fragment_packet(struct nat *, struct work *);
void	 fragments_expire(struct nat *);
uint64_t fragments_due(const struct nat *);	/* ns, UINT64_MAX: never */

/*
 * nat_error.c: ICMP errors of our own, within LIMIT_ERRORS a second, given to
 * options.made
 */
int	 errors_new(struct nat *);
void	 errors_free(struct nat *);
/*
 * Tell the sender of a dropped packet why, where the RFCs want that for the
 * reason: nat.c calls it for every drop of a whole packet (work is as it came,
 * its headers may not be there), nat_syn.c for NAT_REASON_UNSOLICITED when the
 * time has come.  Errors about errors are not made.
 */
void	 error_answer(struct nat *, const struct work *, enum nat_reason);

/*
 * nat_reload.c
 */

/*
 * Would the present rules make the session as it is?  mapped: by a mapping.
 * *rule: which; NULL for one of this host itself.
 */
int	 session_allowed(const struct nat *, const struct session *,
	    int mapped, const struct rule **rule);
/* The same of a mapping. */
int	 mapping_allowed(const struct nat *, uint32_t mapping,
	    const struct rule **rule);
/* Go on with the sweep, at most n sessions. */
void	 reload_sweep(struct nat *, unsigned int n);

/*
 * nat.c again: a random number below another, and the time of a tick
 */
uint32_t nat_random(struct nat *, uint32_t below);

static inline uint64_t
nat_time(const struct nat *nat, uint32_t tick)
{
	uint64_t	 ago = (uint64_t)(nat->tick - tick) * TICK_NS;

	return (nat->now > ago ? nat->now - ago : 0);
}

/*
 * The hash of a session's key, as a packet that goes the keys' way has it:
 * source and destination, an IPv6 address as address_hash().
 */
static inline uint32_t
session_hash(const struct hash_keys *keys, const uint32_t *addrs,
    const uint16_t *ports, uint8_t proto, uint8_t family)
{
	return ((uint32_t)((keys->add + keys->multiply[0] * addrs[0] +
	    keys->multiply[1] * addrs[1] + keys->multiply[2] *
	    ((uint32_t)ports[0] | (uint32_t)ports[1] << 16) +
	    keys->multiply[3] * ((uint32_t)proto | (uint32_t)family << 8)) >>
	    32));
}

/* The hash of an IPv6 address. */
static inline uint32_t
address_hash(const struct nat *nat, const uint8_t *addr)
{
	uint32_t	 words[4];

	memcpy(words, addr, sizeof(words));
	return (hash_words(&nat->keys[KEYS_ADDRESS], words, 4));
}

#endif
