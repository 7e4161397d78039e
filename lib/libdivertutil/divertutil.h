/* SPDX-License-Identifier: ISC */
#ifndef DIVERTUTIL_H
#define DIVERTUTIL_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * libdivertutil: packets that a firewall diverts to userland.
 *
 * The one idea: a port lends packets, and every packet lent gets exactly one
 * verdict.  Five groups of functions: port, packet, checksum, edit, and
 * stream and filter.  Values in structs are in host byte order; packet bytes
 * are as on the wire.  Functions return 0 or a count, or -1 with errno set;
 * constructors return NULL with errno set.  The library never prints, exits,
 * catches signals or reads the environment, and has no globals that change:
 * different objects may be used from different threads.
 */

/*
 * Packets
 */

/*
 * Bytes before struct divert_packet.data that are addressable and may be
 * overwritten for the length of a call (a filter puts its scratch header
 * there and restores what was).  Every packet of this library has them; a
 * caller who makes a packet by hand provides them.
 */
#define DIVERT_HEADROOM		128
#define DIVERT_IFNAME_SIZE	16
#define DIVERT_ADDRESS_SIZE	28		/* sockaddr_in6 */
/* The largest packet an IP header can describe, jumbograms apart. */
#define DIVERT_PACKET_MAX	65575		/* 40 + 65535 */

enum divert_direction {
	DIVERT_DIRECTION_NONE,		/* not known: never guessed */
	DIVERT_DIRECTION_IN,
	DIVERT_DIRECTION_OUT
};

/* struct divert_packet.flags */
#define DIVERT_PACKET_TRUNCATED	0x0001	/* len < wirelen: never write it back */
#define DIVERT_PACKET_NOTREADY	0x0002	/* L4 checksum holds the pseudo-header
					 * sum only: offloaded */
#define DIVERT_PACKET_NOTVERIFIED 0x0004 /* nobody has checked the sums yet */
#define DIVERT_PACKET_GSO	0x0008	/* several segments in one packet */
#define DIVERT_PACKET_HAS_ID	0x0010	/* id is set */
#define DIVERT_PACKET_HAS_QUEUE	0x0020	/* queue is set */
#define DIVERT_PACKET_HAS_RULE	0x0040	/* rule is set */
#define DIVERT_PACKET_HAS_MARK	0x0080	/* mark is set */
#define DIVERT_PACKET_HAS_DROPS	0x0100	/* drops is set */

/*
 * A packet: its bytes from the first byte of the IP header, and what
 * travels with it.  The bytes are borrowed (see who lent them); the struct
 * may be copied freely.
 */
struct divert_packet {
	uint8_t		*data;		/* first byte of the IP header */
	uint32_t	 len;		/* bytes at data */
	uint32_t	 wirelen;	/* bytes it had before any snapping */
	uint32_t	 flags;		/* DIVERT_PACKET_* */
	uint32_t	 id;		/* of the port, unique while lent */
	uint32_t	 queue;		/* divert port or queue number */
	uint32_t	 rule;		/* firewall rule, where the kernel says */
	uint32_t	 mark;		/* firewall mark, where there is one */
	uint32_t	 in_ifindex;	/* 0: none */
	uint32_t	 out_ifindex;	/* 0: none */
	uint64_t	 drops;		/* lost between the last packet and
					 * this one (epb_dropcount) */
	struct timespec	 time;		/* UTC */
	uint8_t		 direction;	/* enum divert_direction */
	uint8_t		 hook;		/* netfilter hook, 0xff: none */
	uint8_t		 addrlen;	/* of addr, 0: none */
	/* The reinjection address, opaque, handed back untouched. */
	uint8_t		 addr[DIVERT_ADDRESS_SIZE];
	/* The interface that `on' means: incoming for direction in, outgoing
	 * for out.  Empty: not known. */
	char		 ifname[DIVERT_IFNAME_SIZE];
};

/*
 * Reasons: why a packet is malformed, and why one was dropped.  One table,
 * one name each (divert_reason_name).
 */
enum divert_reason {
	DIVERT_REASON_NONE,
	/* malformed */
	DIVERT_REASON_EMPTY,		/* no byte at all */
	DIVERT_REASON_VERSION,		/* version neither 4 nor 6 */
	DIVERT_REASON_IP_SHORT,		/* less than an IP header */
	DIVERT_REASON_IP_HLEN,		/* header length < 20 or > packet */
	DIVERT_REASON_IP_LENGTH,	/* total length < header length */
	DIVERT_REASON_IP_TRUNCATED,	/* fewer bytes than the length says */
	DIVERT_REASON_IP_OPTION,	/* option length wrong */
	DIVERT_REASON_EXT_SHORT,	/* extension header cut off */
	DIVERT_REASON_EXT_LOOP,		/* more extension headers than allowed */
	DIVERT_REASON_FRAG_OVERSIZE,	/* fragment ends beyond 65535 */
	DIVERT_REASON_JUMBO,		/* IPv6 payload length 0 */
	DIVERT_REASON_TCP_SHORT,
	DIVERT_REASON_TCP_HLEN,		/* data offset < 5 or > segment */
	DIVERT_REASON_TCP_OPTION,	/* option length wrong */
	DIVERT_REASON_UDP_SHORT,
	DIVERT_REASON_UDP_LENGTH,	/* length < 8 or > IP payload */
	DIVERT_REASON_ICMP_SHORT,
	DIVERT_REASON_SCTP_SHORT,
	DIVERT_REASON_GRE_SHORT,
	DIVERT_REASON_ESP_SHORT,
	DIVERT_REASON_AH_SHORT,
	/* policy */
	DIVERT_REASON_TAKEN,		/* divertcat -x */
	DIVERT_REASON_FILTERED,		/* the filter said so: no bytes */
	DIVERT_REASON_NOT_RETURNED,	/* the filter did not give it back */
	DIVERT_REASON_TIMEOUT,		/* not given back in time */
	DIVERT_REASON_OVERLOAD,		/* the window was full */
	DIVERT_REASON_EXIT,		/* the filter is gone */
	DIVERT_REASON_TRUNCATED,	/* changed, but cut: cannot be written */
	DIVERT_REASON_TOO_LARGE,	/* changed, and too large to write */
	DIVERT_REASON_MALFORMED,	/* came back as no IP packet */
	DIVERT_REASON_NO_DIRECTION,	/* to inject, but in or out? */
	DIVERT_REASON_CLOSED,		/* still held when the port closed */
	DIVERT_REASON_FRAGMENT,		/* OpenBSD would spoil what is written */
	DIVERT_REASON_NOT_SELECTED,	/* not to be injected */
	DIVERT_REASON_NO_INTERFACE,	/* to inject inbound, but where? */
	DIVERT_REASON_NO_ANSWER,	/* to be rejected, but not answered */
	DIVERT_REASON_UNTRANSLATED,	/* divertnat: a rule concerns it, and it
					 * cannot be translated */
	DIVERT_REASON_MAX
};

/*
 * The name of a reason as it stands in statistics and logs: lower case,
 * underscores ("udp_length").  Static; "unknown" for numbers out of range.
 */
const char *divert_reason_name(enum divert_reason);

/* struct divert_layout.flags */
#define DIVERT_LAYOUT_FRAGMENT	0x01	/* one of several fragments */
#define DIVERT_LAYOUT_FIRST	0x02	/* its offset is 0: it has the L4 header */
#define DIVERT_LAYOUT_TRUNCATED	0x04	/* fewer bytes than the IP length says */
#define DIVERT_LAYOUT_L4	0x08	/* the whole L4 header is there */
#define DIVERT_LAYOUT_QUOTED	0x10	/* has a quoted packet: inner_off is set */
#define DIVERT_LAYOUT_TUNNEL	0x20	/* carries an IP packet: inner_off is set */
#define DIVERT_LAYOUT_ROUTED	0x40	/* IPv6 routing header, segments left:
					 * final_off is the final destination */

/*
 * Where things are in a packet: byte offsets from the start, nothing copied.
 * Offsets are in [0, len]; one that does not apply is 0.
 */
struct divert_layout {
	uint8_t		version;	/* 4, 6; 0: not even that is known */
	uint8_t		proto;		/* IPPROTO_* after all extension headers */
	uint8_t		flags;		/* DIVERT_LAYOUT_* */
	uint8_t		icmp_type;	/* ICMP and ICMPv6 with DIVERT_LAYOUT_L4 */
	uint16_t	reason;		/* enum divert_reason: malformed, or NONE */
	uint16_t	frag_byte;	/* offset of this fragment in the datagram */
	uint32_t	frag_id;
	uint32_t	frag_off;	/* IPv6 fragment header */
	uint32_t	final_off;	/* IPv6: destination for the pseudo-header */
	uint32_t	l4_off;		/* first byte after all IP headers */
	uint32_t	payload_off;	/* first byte after the L4 header */
	uint32_t	end_off;	/* end of the IP packet (not of padding) */
	uint32_t	inner_off;	/* quoted or tunnelled IP packet */
};

/*
 * Find the headers of an IP packet.
 * Reads only data[0, len).  Handles IPv4 with options, IPv6 with every
 * extension header (RFC 8200, RFC 4302, RFC 6275, RFC 7401, RFC 5533) and fragments, TCP, UDP,
 * UDP-Lite, ICMP, ICMPv6, SCTP, GRE, ESP, AH, IPIP and 6in4; any other
 * protocol has l4_off and payload_off at its first byte.
 * Returns 0, or -1 with errno EBADMSG and layout->reason; what was found
 * before the fault is filled in.  A packet cut by a capture
 * (DIVERT_LAYOUT_TRUNCATED) is no error as far as its headers are there.
 */
int divert_packet_parse(const uint8_t *data, size_t len,
    struct divert_layout *layout);

/*
 * As divert_packet_parse() for a packet quoted in an ICMP error, which may be
 * cut anywhere and whose checksums and lengths prove nothing (RFC 792,
 * RFC 4884): data is the outer data + layout.inner_off.
 */
int divert_packet_parse_quoted(const uint8_t *data, size_t len,
    struct divert_layout *layout);

enum divert_side {
	DIVERT_SOURCE,
	DIVERT_DESTINATION
};

/*
 * The address of one side: returns its bytes inside the packet (4 or 16 of
 * them, by layout->version), NULL if there is no address.
 */
const uint8_t *divert_packet_address(const uint8_t *data,
    const struct divert_layout *layout, enum divert_side side);

/*
 * The port of one side for TCP, UDP, UDP-Lite and SCTP; for ICMP and ICMPv6
 * queries the identifier, on both sides.  Returns 0..65535, or -1 when the
 * packet has none (no errno).
 */
int divert_packet_port(const uint8_t *data, const struct divert_layout *layout,
    enum divert_side side);

/*
 * One line of text about the packet in the manner of tcpdump -n, without
 * time and newline.  Always NUL-terminated when size > 0.  Returns the length
 * wanted, as snprintf(3).  Only printable ASCII whatever the packet holds.
 */
size_t divert_packet_format(const struct divert_packet *pkt, char *buf,
    size_t size);

/*
 * Checksums.  A partial sum is kept in 64 bits in native order; add sections
 * in any alignment, odd lengths included, and fold at the end.
 */

/*
 * Add len bytes to a partial sum.  odd: whether an odd number of bytes was
 * added before (then this section begins in the low half of a word).
 */
uint64_t divert_cksum_add(uint64_t sum, const void *buf, size_t len, int odd);

/* Fold to 16 bits and complement: the checksum in host order. */
uint16_t divert_cksum_fold(uint64_t sum);

/*
 * The sum of the pseudo-header (RFC 793, RFC 8200 8.1) for the packet of
 * layout, l4len bytes of upper layer; add the upper layer to it.
 */
uint64_t divert_cksum_pseudo(const uint8_t *data,
    const struct divert_layout *layout, uint32_t l4len);

/*
 * Change what an even-length field contributed to a checksum (RFC 1624
 * eqn 3).  old: as in the packet, host order; from, to: len bytes, wire
 * order.  Returns the new checksum; never turns 0 into 0xffff, that is UDP's
 * business.
 */
uint16_t divert_cksum_update(uint16_t old, const void *from, const void *to,
    size_t len);

/* CRC32c (RFC 9260 appendix A) of a buffer, continuing crc; start with 0. */
uint32_t divert_cksum_crc32c(uint32_t crc, const void *buf, size_t len);

enum divert_sum {
	DIVERT_SUM_UNKNOWN,	/* cannot tell: fragment, cut, no such sum */
	DIVERT_SUM_GOOD,
	DIVERT_SUM_BAD,
	DIVERT_SUM_NONE		/* UDP over IPv4 without one (RFC 768) */
};

/* Verify the IPv4 header checksum; IPv6 has none: DIVERT_SUM_NONE. */
enum divert_sum divert_cksum_verify_ip(const uint8_t *data,
    const struct divert_layout *layout);

/* Verify the checksum of TCP, UDP, UDP-Lite, ICMP, ICMPv6, or SCTP. */
enum divert_sum divert_cksum_verify_l4(const uint8_t *data,
    const struct divert_layout *layout);

/*
 * Compute the IPv4 header checksum and the L4 checksum from scratch and write
 * them.  A UDP checksum of 0 over IPv4 stays 0; otherwise a computed 0 is
 * written as 0xffff for UDP (RFC 768, RFC 8200 8.1).  The L4 checksum of a fragment
 * or a cut packet is left alone.  Returns the number of fields that changed,
 * 0 to 2.
 */
int divert_cksum_repair(uint8_t *data, const struct divert_layout *layout);

/*
 * Editing.  The packet stays whole: lengths and all checksums, also those of
 * a header quoted in an ICMP error where said, are right after each call.
 * Checksums are updated incrementally, so one that was wrong stays wrong by
 * the same amount: damage is never hidden.  Exceptions say so.
 */

/*
 * Set the address of one side.  addr: 4 or 16 bytes by layout->version.
 * 0, or -1: EINVAL no such address.
 */
int divert_edit_address(uint8_t *data, const struct divert_layout *layout,
    enum divert_side side, const void *addr);

/*
 * Set the port of one side (or an ICMP query's identifier).  0..65535.
 * 0, or -1: EINVAL this packet has no ports.
 */
int divert_edit_port(uint8_t *data, const struct divert_layout *layout,
    enum divert_side side, uint16_t port);

/* Set TTL or hop limit, 0..255.  0, or -1: EINVAL. */
int divert_edit_ttl(uint8_t *data, const struct divert_layout *layout,
    uint8_t ttl);

/*
 * Lower the MSS option of a TCP SYN to at most mss.  Returns 1 lowered, 0
 * nothing to do (no SYN, no MSS option, already small), -1 EINVAL no TCP.
 */
int divert_edit_mss(uint8_t *data, const struct divert_layout *layout,
    uint16_t mss);

/*
 * Make lengths agree with len bytes and all checksums right from scratch:
 * IPv4 total length or IPv6 payload length, UDP length, header checksum, L4
 * checksum.  For packets that come back from a filter program.  UDP-Lite
 * keeps its coverage.  Returns the number of fields that changed, or -1:
 * EBADMSG no IP packet (its reason in layout if not NULL; nothing was
 * changed), EMSGSIZE len does not fit the length field.
 */
int divert_edit_repair(uint8_t *data, size_t len,
    struct divert_layout *layout);

/*
 * Ports
 */

enum divert_verdict {
	DIVERT_PASS,		/* goes on unchanged */
	DIVERT_REPLACE,		/* goes on with the bytes of this struct */
	DIVERT_DROP,
	DIVERT_EXPIRE		/* drop, counted as expired */
};

/* Set by writers, so that rules let their packets by (linux-nfqueue). */
#define DIVERT_MARK_DEFAULT	0x10000000u

#define DIVERT_BATCH_MAX	64

/* struct divert_options.flags */
#define DIVERT_OPTION_GSO	0x01	/* offloaded packets whole (NFQUEUE) */
#define DIVERT_OPTION_FAIL_OPEN	0x02	/* kernel passes what it cannot queue */
#define DIVERT_OPTION_NO_INJECT	0x04	/* no means of injecting are opened */
#define DIVERT_OPTION_INJECT_ONLY 0x08	/* nothing is bound, so that another can
					 * have the port, and nothing is read */
#define DIVERT_OPTION_PLEDGED	0x10	/* OpenBSD: this program will pledge(2);
					 * the kernel's figures, for which that
					 * kills, are not asked for later */

/* How to open a port; zeros are the defaults. */
struct divert_options {
	unsigned int	 flags;		/* DIVERT_OPTION_* */
	unsigned int	 rcvbuf;	/* bytes; 0: 16 MiB.  To inject only:
					 * the send buffer, 0: 1 MiB */
	unsigned int	 queue_len;	/* packets in the kernel; 0: 8192 */
	uint32_t	 mark;		/* 0: DIVERT_MARK_DEFAULT */
	int		 infd;		/* of port "-"; 0 is stdin.  Of file:PATH,
					 * unless 0: PATH is open, the caller's */
	enum divert_direction direction; /* for packets that carry none */
	const char	*ifname;	/* for packets that carry none, or NULL */
};

/* What a port can do. */
#define DIVERT_CAP_LIVE		0x01	/* a kernel waits for verdicts */
#define DIVERT_CAP_INJECT	0x02	/* takes packets it did not lend */
#define DIVERT_CAP_CLOCK	0x04	/* packets carry the time of a capture */

#define DIVERT_UNKNOWN		UINT64_MAX	/* a figure nobody knows */
#define DIVERT_ERRNO_MAX	16

/*
 * Counters.  At any time
 * received = passed + replaced + dropped + expired + lost + held.
 */
struct divert_stats {
	uint64_t	received;
	uint64_t	passed;
	uint64_t	replaced;
	uint64_t	dropped;
	uint64_t	expired;
	uint64_t	lost;		/* the kernel refused the verdict */
	uint64_t	held;		/* lent, no verdict yet */
	uint64_t	injected;
	uint64_t	missed;		/* the kernel lost them before we saw
					 * them; DIVERT_UNKNOWN */
	uint64_t	bytes;		/* of the packets received */
	uint64_t	skipped;	/* of a capture: frames that are not IP */
	uint64_t	by_reason[DIVERT_REASON_MAX];
	struct {
		int		error;	/* errno; 0: unused */
		uint64_t	count;
	} by_errno[DIVERT_ERRNO_MAX];
	/* The five figures netstat(1) shows for divert; DIVERT_UNKNOWN. */
	struct {
		uint64_t	received;
		uint64_t	no_socket;
		uint64_t	full_socket;
		uint64_t	output;
		uint64_t	errors;
	} kernel;
};

struct divert_port;

/*
 * Open the port that spec names: "divert:N", "nfqueue:N", "file:PATH", "-"
 * (a stream on options->infd), or "N", the system's native kind.  N is
 * 1..65535, for nfqueue 0..65535.  options may be NULL.
 * Returns NULL with errno and a sentence in errbuf:
 *   EINVAL           spec is no port
 *   ENOTSUP          this kind is not built in, or the kernel has it not
 *   EPERM, EACCES    no privilege
 *   EADDRINUSE       somebody else has the port
 *   ENOENT, EISDIR.. of open(2) for files
 *   EBADMSG          an empty file or no capture (files only)
 */
struct divert_port *divert_port_open(const char *spec,
    const struct divert_options *options, char *errbuf, size_t errlen);

/* The port's name in full, "nfqueue:700"; borrowed until close. */
const char *divert_port_name(const struct divert_port *port);

/* Descriptor to watch for reading; -1: always ready (a file). */
int divert_port_fd(const struct divert_port *port);

/* DIVERT_CAP_* of this port, ORed. */
unsigned int divert_port_caps(const struct divert_port *port);

/* Bytes of kernel buffer got, 0: does not apply. */
unsigned int divert_port_rcvbuf(const struct divert_port *port);

/*
 * How much of the input is read, in percent: 0..100, or -1 where nobody
 * knows (a live port, a pipe).
 */
int divert_port_progress(const struct divert_port *port);

/*
 * Receive a batch.  *pkts points to an array of the port.  Returns how many,
 * 1..DIVERT_BATCH_MAX; 0 end of input; or -1:
 *   EAGAIN    nothing now
 *   ENOBUFS   the kernel lost some (counted); the port goes on
 *   EBADMSG   the input is damaged here, divert_port_error() says where;
 *             nothing more will come, but for divert_port_resume()
 *   others    the port is gone
 * The bytes and the array are borrowed until the next call on this port's
 * recv or close.  The packets are lent until their verdict: a copy of the
 * struct serves for that when the bytes are gone, but for what is to be
 * written (DIVERT_REPLACE; on a divert socket DIVERT_PASS too).
 */
int divert_port_recv(struct divert_port *port, struct divert_packet **pkts);

/*
 * After EBADMSG: go on behind the damage.  Returns 1 when divert_port_recv()
 * may be called again, 0 when nothing can be read after it.
 */
int divert_port_resume(struct divert_port *port);

/*
 * Give the last n packets of the last batch back as if they had not been
 * received: for a reader of captures that stops early.  They are lent no
 * more.
 */
void divert_port_unreceive(struct divert_port *port, int n);

/*
 * The one verdict on a packet lent.  reason: for DIVERT_DROP and
 * DIVERT_EXPIRE, counted.  DIVERT_REPLACE takes pkt->data and pkt->len as
 * they are now, checksums included (see divert_edit_repair); the bytes are
 * copied before the call returns.  A packet that cannot be written back
 * (DIVERT_PACKET_TRUNCATED, or too large) is dropped instead, reason
 * TRUNCATED or TOO_LARGE.  The kernel behind a divert socket keeps nothing:
 * there DIVERT_PASS too needs pkt->data as it was lent, writes it, and drops
 * with its reason what cannot be written, on OpenBSD also fragments (reason
 * FRAGMENT).  Output may be batched until divert_port_flush().
 * Returns 0; 1 when it was dropped instead; or -1: the kernel refused, the
 * packet is lost and counted; never fatal.
 */
int divert_port_verdict(struct divert_port *port,
    const struct divert_packet *pkt, enum divert_verdict verdict,
    enum divert_reason reason);

/*
 * Put a packet into the stack that this port did not lend, by its direction
 * and interface.  Checksums are the caller's.  A capture has no stack: it is
 * only counted.  Returns 0 or -1:
 *   ENOTSUP   this port cannot
 *   EINVAL    no direction, or no IP packet
 *   ENODEV    direction in, and no such interface
 *   EMSGSIZE  larger than the MTU and not to be fragmented
 *   others    of the kernel
 */
int divert_port_inject(struct divert_port *port,
    const struct divert_packet *pkt);

/* What became of a packet to inject. */
struct divert_injected {
	int		 error;		/* 0: it went; else as the errno of
					 * divert_port_inject() */
	uint32_t	 mtu;		/* of EMSGSIZE: what would have fitted;
					 * 0: not known */
};

/*
 * divert_port_inject() for n packets in their order, with as few system calls
 * as there can be; some hundreds at once are best.  Returns how many went;
 * results has n places.
 */
int divert_port_inject_batch(struct divert_port *port,
    const struct divert_packet *const *pkts, int n,
    struct divert_injected *results);

/* Push batched output to the kernel.  0, or -1 when some was lost (counted). */
int divert_port_flush(struct divert_port *port);

/*
 * Have too_large called for packets that went on outbound, were larger than the
 * MTU of their link, and must not be fragmented.  Where a firewall has taken
 * them out before the kernel compared, as with divert sockets, nobody else
 * tells their senders.  Called out of divert_port_flush(); may inject and give
 * verdicts.  pkt: as it was written, cut if it is long; until it returns.  mtu:
 * what would fit; 0: not known.
 */
void divert_port_on_too_large(struct divert_port *port,
    void (*too_large)(void *arg, const struct divert_packet *pkt,
    uint32_t mtu), void *arg);

/*
 * Two processes for one port, where the right to give verdicts is the right
 * to do much else (Linux: CAP_NET_ADMIN).  After divert_port_open() and
 * before the first packet the program forks with a SOCK_SEQPACKET pair.
 *
 * The child, which keeps the privilege, calls divert_port_serve(): it takes
 * verdicts and packets to inject from sock until the other end is closed, and
 * hands on nothing else.  Returns 0; or -1 with errno and an error sentence,
 * EBADMSG when it was asked for something else.  divert_port_close() follows,
 * and undoes what injection made.
 *
 * The parent calls divert_port_delegate(), may then drop all privileges, and
 * uses the port as always; sock is the port's.  When the child is gone
 * divert_port_flush() and then divert_port_recv() fail with EPIPE.
 *
 * Both: -1 with ENOTSUP where a port needs no privilege once it is open.
 */
int divert_port_serve(struct divert_port *port, int sock);
int divert_port_delegate(struct divert_port *port, int sock);

/* Copy the counters; the kernel's part is read at this moment. */
void divert_port_stats(struct divert_port *port, struct divert_stats *stats);

/* The last error as a sentence; borrowed until the next call. */
const char *divert_port_error(const struct divert_port *port);

/*
 * Drop what is still lent (reason CLOSED), flush, free.  NULL is allowed.
 * stats: NULL, or where the final counters go.
 */
void divert_port_close(struct divert_port *port, struct divert_stats *stats);

/*
 * Streams: packets as bytes in a format.
 */

enum divert_format {
	DIVERT_FORMAT_PCAPNG,
	DIVERT_FORMAT_PCAP,
	DIVERT_FORMAT_PFLOG,
	DIVERT_FORMAT_JSON,
	DIVERT_FORMAT_TEXT
};

/* The format of a name ("pcapng"), or -1. */
int divert_format_parse(const char *name);

/* struct divert_encoder flags */
#define DIVERT_ENCODE_PER_INTERFACE 0x01 /* one interface block each (pcapng) */
#define DIVERT_ENCODE_COLOR	0x02	/* text for a terminal */

struct divert_encoder;

/*
 * An encoder.  name: the port's, for if_name and JSON, or NULL.
 * NULL: EINVAL, ENOMEM.
 */
struct divert_encoder *divert_encoder_new(enum divert_format format,
    unsigned int flags, const char *name);

/*
 * Append what stands before the first packet: file header or section and
 * interface block.  As divert_encoder_packet().
 */
size_t divert_encoder_header(struct divert_encoder *enc, uint8_t *buf,
    size_t size);

/*
 * Encode one packet into buf.  Returns the bytes needed; when that is more
 * than size nothing was written.  Never more than
 * DIVERT_ENCODE_MAX(pkt->len).
 */
size_t divert_encoder_packet(struct divert_encoder *enc,
    const struct divert_packet *pkt, uint8_t *buf, size_t size);
#define DIVERT_ENCODE_MAX(len)	((size_t)(len) * 2 + 4096)

void divert_encoder_free(struct divert_encoder *enc);

struct divert_decoder;

/*
 * A decoder of any capture: pcapng, pcap (both byte orders, micro- and
 * nanoseconds), JSON lines and dumps in hexadecimal, known by their first
 * bytes; link types raw, IPv4, IPv6, Ethernet with VLANs, null and loop, Linux
 * cooked 1 and 2, PFLOG, NFLOG.  Packets come out from the IP header on,
 * padding removed.  A JSON line has a packet, which its other members may
 * change, or members of which one is made (divert-pipe(5)).
 * Incremental: fill what divert_decoder_room() offers, then take packets
 * until there are no more.  NULL: ENOMEM.
 */
struct divert_decoder *divert_decoder_new(void);

/*
 * Raw and PFLOG frames are packets and nothing else: bytes beyond the IP
 * length belong to them, and the members of a JSON line that has a packet
 * change nothing in it.  For what a filter gives back, which may have
 * appended to a packet and left the lengths to divert_edit_repair(), or have
 * changed it and left the other members; in a capture such bytes are padding.
 */
void divert_decoder_whole(struct divert_decoder *dec);

/*
 * Where the next bytes go: *buf is set, the room there returned (> 0).
 * Ends the borrowing of the packets' bytes.
 */
size_t divert_decoder_room(struct divert_decoder *dec, uint8_t **buf);

/* n bytes were put there; 0 means end of input. */
void divert_decoder_filled(struct divert_decoder *dec, size_t n);

/*
 * The next packet, its bytes borrowed until divert_decoder_room(), or until
 * DIVERT_BATCH_MAX more packets were taken.
 * Returns 1, 0 when more bytes are needed (or the end is reached whole),
 * -1 EBADMSG: damaged or cut input, see divert_decoder_error(); nothing more
 * comes, but for divert_decoder_resume().
 */
int divert_decoder_next(struct divert_decoder *dec, struct divert_packet *pkt);

/*
 * After damage: go on behind it.  Returns 1 when that is possible, in lines
 * of JSON and dumps in hexadecimal, where only the damaged line or dump is
 * lost; divert_decoder_next() may be called again.  Else 0, nothing changed.
 */
int divert_decoder_resume(struct divert_decoder *dec);

/* What is damaged, at which byte or line; "" when nothing is. */
const char *divert_decoder_error(const struct divert_decoder *dec);

/* Frames passed over because they are not IP. */
uint64_t divert_decoder_skipped(const struct divert_decoder *dec);

void divert_decoder_free(struct divert_decoder *dec);

/*
 * Filters: libpcap expressions that know inbound, outbound, and "on em0"
 * (exactly that interface), live and on captures.
 */

struct divert_filter;

/* Compile.  NULL: EINVAL, libpcap's text and a hint in errbuf; ENOMEM. */
struct divert_filter *divert_filter_compile(const char *expression,
    char *errbuf, size_t errlen);

/* 1 matches, 0 does not.  A NULL filter matches everything. */
int divert_filter_match(const struct divert_filter *filter,
    const struct divert_packet *pkt);

void divert_filter_free(struct divert_filter *filter);

#ifdef __cplusplus
}
#endif

#endif
