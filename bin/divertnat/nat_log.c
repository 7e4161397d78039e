/* SPDX-License-Identifier: ISC */

/*
 * Lines of the log.
 *
 * RFC 6888 wants few lines (REQ-14) and no destinations (REQ-12): so a mapping
 * is logged and not its sessions, but where the rule says `log'.  The port of
 * an ICMP query is its identifier.
 */

#include "compat.h"

#include <stdlib.h>
#include <string.h>

#include "json_packet.h"
#include "nat_log.h"
#include "writer.h"

/* Keys, numbers, addresses of the longest line; and the machine's name. */
#define LINE_MAX_SIZE	(1536 + JSON_SLOP)
#define HOST_MAX	256
/* Lines for each reason and second. */
#define DROPS_A_SECOND	10
/* A packet may make a mapping and a session, and be logged itself. */
#define LINES_A_PACKET	4
#define SECOND		UINT64_C(1000000000)

struct drops {
	uint64_t	 second;
	unsigned int	 written;
	uint64_t	 suppressed;
};

struct nat_log {
	struct nat_log_options	 options;
	struct writer		*writer;
	char			*line;		/* being written */
	struct json_clock	 clock;
	struct timespec		 wall;
	uint64_t		 now;
	struct drops		 drops[NAT_REASON_MAX];
	uint64_t		 written;
	uint64_t		 lost;
	char			 head[6 * HOST_MAX + 32];
	size_t			 head_len;
};

#define KEY(p, name)	json_literal((p), ",\"" name "\":")

struct nat_log *
nat_log_new(const struct nat_log_options *options, struct writer *writer)
{
	struct nat_log	*log;
	char		*p;

	if ((log = calloc(1, sizeof(*log))) == NULL)
		return (NULL);
	log->options = *options;
	log->writer = writer;
	p = log->head;
	if (options->host != NULL) {
		p = KEY(p, "host");
		p = divert_json_string(p, options->host,
		    strnlen(options->host, HOST_MAX));
	}
	log->head_len = (size_t)(p - log->head);
	return (log);
}

void
nat_log_free(struct nat_log *log)
{
	free(log);
}

void
nat_log_clock(struct nat_log *log, const struct timespec *wall, uint64_t now)
{
	log->wall = *wall;
	log->now = now;
}

int
nat_log_wants_packets(const struct nat_log *log)
{
	return (log->options.mode != NAT_LOG_FLOW);
}

int
nat_log_room(struct nat_log *log, unsigned int n)
{
	return (!log->options.waits || writer_room(log->writer,
	    (n * LINES_A_PACKET + 1) * (LINE_MAX_SIZE + log->head_len)));
}

uint64_t
nat_log_written(const struct nat_log *log)
{
	return (log->written);
}

uint64_t
nat_log_lost(const struct nat_log *log)
{
	return (log->lost);
}

void
nat_log_left(struct nat_log *log, uint64_t n)
{
	log->written -= n;
	log->lost += n;
}

/* A line's beginning; type with its quotes.  NULL: no room, it is lost. */
static char *
begin(struct nat_log *log, const char *type, size_t more)
{
	char	*p;

	p = (char *)writer_reserve(log->writer, LINE_MAX_SIZE + log->head_len +
	    more);
	if (p == NULL) {
		log->lost++;
		return (NULL);
	}
	log->line = p;
	p = json_literal(p, "{\"timestamp\":\"");
	p = divert_json_time(p, &log->clock, &log->wall, 6);
	p = json_literal(p, "\",\"event_type\":");
	p = json_bytes(p, type, strlen(type));
	return (json_bytes(p, log->head, log->head_len));
}

static void
end(struct nat_log *log, char *p)
{
	p = json_literal(p, "}\n");
	writer_append(log->writer, (size_t)(p - log->line));
	log->written++;
}

static char *
put_string(char *p, const char *s)
{
	return (divert_json_string(p, s, strlen(s)));
}

/* `key' is ,"name": as it stands. */
static char *
put_end(char *p, const char *address_key, const char *port_key, int family,
    const uint8_t *addr, int port)
{
	p = json_bytes(p, address_key, strlen(address_key));
	p = divert_json_address(p, addr, family);
	if (port < 0)
		return (p);
	p = json_bytes(p, port_key, strlen(port_key));
	return (divert_json_number(p, (uint64_t)port));
}

static char *
put_proto(char *p, uint8_t proto)
{
	return (divert_json_proto_name(KEY(p, "proto"), proto));
}

/* ---- mappings and sessions ---------------------------------------------- */

/*
 * Names and numbers of RFC 8158 5.2 (registry natEvent).  It knows no
 * translation of IPv6 to IPv6: its names with 66, and no number.
 */
static const struct {
	const char	*name[2];	/* IPv4, IPv6 */
	uint8_t		 id[2];
} events[] = {
	[NAT_EVENT_MAPPING_MADE] = { { "NAT44 BIB create",
	    "NAT66 BIB create" }, { 8, 0 } },
	[NAT_EVENT_MAPPING_ENDED] = { { "NAT44 BIB delete",
	    "NAT66 BIB delete" }, { 9, 0 } },
	[NAT_EVENT_SESSION_MADE] = { { "NAT44 session create",
	    "NAT66 session create" }, { 4, 0 } },
	[NAT_EVENT_SESSION_ENDED] = { { "NAT44 session delete",
	    "NAT66 session delete" }, { 5, 0 } },
	[NAT_EVENT_ADDRESSES_EXHAUSTED] = { { "NAT Addresses exhausted",
	    "NAT Addresses exhausted" }, { 3, 3 } },
	[NAT_EVENT_PORTS_EXHAUSTED] = { { "NAT ports exhausted",
	    "NAT ports exhausted" }, { 12, 12 } },
	[NAT_EVENT_QUOTA] = { { "Quota Exceeded", "Quota Exceeded" },
	    { 13, 13 } },
	[NAT_EVENT_ADDRESS_BOUND] = { { "Address binding create",
	    "Address binding create" }, { 14, 14 } },
	[NAT_EVENT_ADDRESS_FREED] = { { "Address binding delete",
	    "Address binding delete" }, { 15, 15 } },
};

static int
is_wanted(struct nat_log *log, const struct nat_event *e)
{
	int	 marked = e->rule != NULL && e->rule->log;

	switch (e->kind) {
	case NAT_EVENT_MAPPING_MADE:
	case NAT_EVENT_MAPPING_ENDED:
	case NAT_EVENT_ADDRESS_BOUND:
	case NAT_EVENT_ADDRESS_FREED:
		return (log->options.mode != NAT_LOG_PACKET || marked);
	case NAT_EVENT_SESSION_MADE:
	case NAT_EVENT_SESSION_ENDED:
		return (marked);
	default:
		return (1);
	}
}

/* As drops: what is exhausted stays so, and many ask. */
static int
may_write(struct nat_log *log, enum nat_reason reason, uint64_t *suppressed)
{
	struct drops	*d = &log->drops[reason];
	uint64_t	 second = log->now / SECOND;

	if (d->second != second) {
		d->second = second;
		d->written = 0;
	}
	if (d->written >= DROPS_A_SECOND) {
		d->suppressed++;
		return (0);
	}
	d->written++;
	*suppressed = d->suppressed;
	d->suppressed = 0;
	return (1);
}

static int
port_of(uint8_t proto, const struct nat_endpoint *e)
{
	switch (proto) {
	case 1:
	case 6:
	case 17:
	case 58:
		return (e->port);
	default:
		return (-1);
	}
}

static char *
put_age(char *p, const struct nat_log *log, const struct nat_event *e)
{
	return (divert_json_number(KEY(p, "age"), log->now > e->start ?
	    (log->now - e->start) / SECOND : 0));
}

static char *
put_counts(char *p, const struct nat_log *log, const struct nat_event *e)
{
	p = divert_json_number(KEY(p, "pkts_out"), e->packets[0]);
	p = divert_json_number(KEY(p, "pkts_in"), e->packets[1]);
	p = divert_json_number(KEY(p, "bytes_out"), e->bytes[0]);
	p = divert_json_number(KEY(p, "bytes_in"), e->bytes[1]);
	return (put_age(p, log, e));
}

static char *
put_nat(char *p, struct nat_log *log, const struct nat_event *e,
    uint64_t suppressed)
{
	int	 six = e->family == 6;

	p = json_literal(p, ",\"nat\":{\"event\":");
	p = put_string(p, events[e->kind].name[six]);
	if (events[e->kind].id[six] != 0)
		p = divert_json_number(KEY(p, "event_id"),
		    events[e->kind].id[six]);
	switch (e->kind) {
	case NAT_EVENT_MAPPING_MADE:
	case NAT_EVENT_MAPPING_ENDED:
	case NAT_EVENT_SESSION_MADE:
	case NAT_EVENT_SESSION_ENDED:
		p = put_end(p, ",\"xlat_src_ip\":", ",\"xlat_src_port\":",
		    e->family, e->outside.addr,
		    port_of(e->proto, &e->outside));
		break;
	case NAT_EVENT_ADDRESS_BOUND:
	case NAT_EVENT_ADDRESS_FREED:
		p = put_end(p, ",\"xlat_src_ip\":", "", e->family,
		    e->outside.addr, -1);
		break;
	default:
		p = put_string(KEY(p, "reason"), nat_reason_name(e->reason));
		break;
	}
	if (e->rule != NULL)
		p = divert_json_number(KEY(p, "line"), e->rule->line);
	if (e->kind == NAT_EVENT_SESSION_ENDED)
		p = put_counts(p, log, e);
	else if (e->kind == NAT_EVENT_MAPPING_ENDED)
		p = put_age(p, log, e);
	if (suppressed > 0)
		p = divert_json_number(KEY(p, "suppressed"), suppressed);
	*p++ = '}';
	return (p);
}

void
nat_log_event(struct nat_log *log, const struct nat_event *e)
{
	uint64_t	 suppressed = 0;
	char		*p;

	if (!is_wanted(log, e))
		return;
	if (e->reason != NAT_REASON_NONE &&
	    !may_write(log, e->reason, &suppressed))
		return;
	if ((p = begin(log, "\"nat\"", 0)) == NULL)
		return;
	p = put_end(p, ",\"src_ip\":", ",\"src_port\":", e->family,
	    e->inside.addr, e->kind == NAT_EVENT_ADDRESS_BOUND ||
	    e->kind == NAT_EVENT_ADDRESS_FREED ? -1 :
	    port_of(e->proto, &e->inside));
	if (e->kind == NAT_EVENT_SESSION_MADE ||
	    e->kind == NAT_EVENT_SESSION_ENDED)
		p = put_end(p, ",\"dest_ip\":", ",\"dest_port\":", e->family,
		    e->remote.addr, e->proto == 1 || e->proto == 58 ? -1 :
		    port_of(e->proto, &e->remote));
	if (e->kind != NAT_EVENT_ADDRESS_BOUND &&
	    e->kind != NAT_EVENT_ADDRESS_FREED)
		p = put_proto(p, e->proto);
	p = put_nat(p, log, e, suppressed);
	end(log, p);
}

/* ---- packets ------------------------------------------------------------ */

void
nat_log_ends(const struct divert_packet *pkt, struct nat_log_ends *ends)
{
	struct divert_layout	 layout;
	const uint8_t		*addr;
	int			 i;

	(void)divert_packet_parse(pkt->data, pkt->len, &layout);
	memset(ends, 0, sizeof(*ends));
	ends->version = layout.version;
	ends->proto = layout.proto;
	for (i = 0; i < 2; i++) {
		addr = divert_packet_address(pkt->data, &layout,
		    (enum divert_side)i);
		if (addr == NULL) {
			ends->version = 0;
			return;
		}
		memcpy(ends->addr[i], addr, layout.version == 4 ? 4 : 16);
		ends->port[i] = divert_packet_port(pkt->data, &layout,
		    (enum divert_side)i);
	}
}

/* The identifier of a query is on both sides: once is enough. */
static char *
put_ends(char *p, const struct nat_log_ends *e)
{
	if (e->version == 0)
		return (p);
	p = put_end(p, ",\"src_ip\":", ",\"src_port\":", e->version,
	    e->addr[0], e->port[0]);
	p = put_end(p, ",\"dest_ip\":", ",\"dest_port\":", e->version,
	    e->addr[1], e->proto == 1 || e->proto == 58 ? -1 : e->port[1]);
	return (put_proto(p, e->proto));
}

/* What travels with a packet, as in every record of one. */
static char *
put_travel(char *p, const struct divert_packet *pkt)
{
	p = json_literal(p, ",\"divert\":{\"v\":1");
	if (pkt->direction != DIVERT_DIRECTION_NONE) {
		p = KEY(p, "dir");
		p = put_string(p, pkt->direction == DIVERT_DIRECTION_IN ?
		    "in" : "out");
	}
	if (pkt->ifname[0] != '\0')
		p = divert_json_string(KEY(p, "if"), pkt->ifname,
		    strnlen(pkt->ifname, sizeof(pkt->ifname)));
	*p++ = '}';
	return (p);
}

void
nat_log_drop(struct nat_log *log, const struct divert_packet *pkt,
    enum nat_reason reason)
{
	struct nat_log_ends	 ends;
	uint64_t		 suppressed = 0;
	char			*p;

	if (!may_write(log, reason, &suppressed) ||
	    (p = begin(log, "\"drop\"", 0)) == NULL)
		return;
	nat_log_ends(pkt, &ends);
	p = put_ends(p, &ends);
	p = put_travel(p, pkt);
	p = json_literal(p, ",\"nat\":{\"reason\":");
	p = put_string(p, nat_reason_name(reason));
	if (suppressed > 0)
		p = divert_json_number(KEY(p, "suppressed"), suppressed);
	*p++ = '}';
	end(log, p);
}

/* The identifier of a query is one thing with the address that changes. */
static int
end_changed(const struct nat_log_ends *before, const struct nat_log_ends *after,
    int side)
{
	size_t	 len = after->version == 4 ? 4 : 16;

	if (memcmp(before->addr[side], after->addr[side], len) != 0)
		return (1);
	if (after->proto != 1 && after->proto != 58)
		return (before->port[side] != after->port[side]);
	return (side == 0 && before->port[0] != after->port[0] &&
	    memcmp(before->addr[1], after->addr[1], len) == 0);
}

void
nat_log_packet(struct nat_log *log, const struct nat_log_ends *before,
    const struct divert_packet *pkt)
{
	struct nat_log_ends	 after;
	char			*p, *start;

	if ((p = begin(log, "\"packet\"", 0)) == NULL)
		return;
	nat_log_ends(pkt, &after);
	p = put_ends(p, before);
	p = put_travel(p, pkt);
	p = json_literal(p, ",\"nat\":");
	start = p;
	if (end_changed(before, &after, 0))
		p = put_end(p, ",\"xlat_src_ip\":", ",\"xlat_src_port\":",
		    after.version, after.addr[0], after.port[0]);
	if (end_changed(before, &after, 1))
		p = put_end(p, ",\"xlat_dest_ip\":", ",\"xlat_dest_port\":",
		    after.version, after.addr[1], after.port[1]);
	if (p == start)
		*p++ = '{';
	else
		*start = '{';
	*p++ = '}';
	end(log, p);
}

void
nat_log_stats(struct nat_log *log, const char *object)
{
	size_t	 len = strlen(object);
	char	*p;

	if ((p = begin(log, "\"stats\"", len)) == NULL)
		return;
	p = KEY(p, "stats");
	p = json_bytes(p, object, len);
	end(log, p);
}
