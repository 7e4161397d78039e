/* SPDX-License-Identifier: ISC */

#include "compat.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "msg.h"
#include "returns.h"

/* Fill in what a packet made by the filter does not say. */
static void
complete(struct returns *r, struct divert_packet *pkt)
{
	flow_memory_recall(r->flows, pkt);
	if (pkt->direction == DIVERT_DIRECTION_NONE)
		pkt->direction = (uint8_t)r->options->direction;
	if (pkt->ifname[0] == '\0' && r->options->ifname != NULL)
		strlcpy(pkt->ifname, r->options->ifname, sizeof(pkt->ifname));
}

/* A packet of the filter's own goes nowhere: that is a failure of the run. */
static void
refuse(struct returns *r)
{
	r->refused++;
	pump_status(r->pump, 1);
}

static void
inject(struct returns *r, struct divert_packet *pkt)
{
	r->unmatched++;
	if (pkt->len == 0)
		return;		/* the drop of what is gone already */
	complete(r, pkt);
	if (pkt->direction == DIVERT_DIRECTION_NONE && pump_live(r->pump)) {
		r->no_direction++;
		refuse(r);
		msg_limited(MSG_KEYS - 2, "filter: a packet to inject says "
		    "neither in nor out (see -D)");
		return;
	}
	if ((pkt->flags & DIVERT_PACKET_TRUNCATED) ||
	    (!r->options->keep_checksums &&
	    divert_edit_repair(pkt->data, pkt->len, NULL) == -1)) {
		refuse(r);
		msg_limited(EBADMSG, "filter: what came back is no whole "
		    "IP packet: not injected");
		return;
	}
	if (pump_inject(r->pump, pkt) == -1) {
		refuse(r);
		msg_limited(errno, "%s: inject: %s",
		    divert_port_name(pump_port(r->pump)), strerror(errno));
	}
}

/* Is what came back the held packet, or the beginning of it cut off? */
static int
is_unchanged(const struct divert_packet *held, const struct divert_packet *pkt)
{
	if (pkt->len != held->len && !(pkt->len < held->len &&
	    (pkt->flags & DIVERT_PACKET_TRUNCATED)))
		return (0);
	return (memcmp(pkt->data, held->data, pkt->len) == 0);
}

static int
same_version(const struct divert_packet *a, const struct divert_packet *b)
{
	return (a->len > 0 && b->len > 0 && a->data[0] >> 4 == b->data[0] >> 4);
}

/* The verdict that a returned packet is on the held one. */
static void
judge(struct returns *r, const struct divert_packet *held,
    struct divert_packet *pkt)
{
	struct divert_packet	 changed;

	if (pkt->len == 0) {
		pump_verdict(r->pump, held, DIVERT_DROP,
		    DIVERT_REASON_FILTERED);
		return;
	}
	if (is_unchanged(held, pkt)) {
		pump_verdict(r->pump, held, DIVERT_PASS, DIVERT_REASON_NONE);
		return;
	}
	if (pkt->flags & DIVERT_PACKET_TRUNCATED) {
		pump_verdict(r->pump, held, DIVERT_DROP,
		    DIVERT_REASON_TRUNCATED);
		return;
	}
	if (!same_version(held, pkt)) {
		/* A verdict cannot change the family: another packet. */
		pump_verdict(r->pump, held, DIVERT_DROP,
		    DIVERT_REASON_NOT_RETURNED);
		pkt->direction = held->direction;
		memcpy(pkt->ifname, held->ifname, sizeof(pkt->ifname));
		inject(r, pkt);
		return;
	}
	changed = *held;
	changed.data = pkt->data;
	changed.len = pkt->len;
	if (!(held->flags & DIVERT_PACKET_TRUNCATED))
		changed.wirelen = pkt->len;
	if (!r->options->keep_checksums &&
	    !(held->flags & DIVERT_PACKET_TRUNCATED) &&
	    divert_edit_repair(changed.data, changed.len, NULL) == -1) {
		pump_verdict(r->pump, held, DIVERT_DROP,
		    errno == EMSGSIZE ? DIVERT_REASON_TOO_LARGE :
		    DIVERT_REASON_MALFORMED);
		return;
	}
	pump_verdict(r->pump, &changed, DIVERT_REPLACE, DIVERT_REASON_NONE);
}

enum returns_kind
returns_take(struct returns *r, struct divert_packet *pkt)
{
	struct held	*held;

	r->returned++;
	if ((held = hold_find(r->hold, pkt)) == NULL) {
		inject(r, pkt);
		return (pkt->flags & DIVERT_PACKET_HAS_ID ? RETURNS_LATE :
		    RETURNS_MADE);
	}
	if (held->seq > r->latest)
		r->latest = held->seq;
	judge(r, &held->pkt, pkt);
	hold_release(r->hold, held);
	return (RETURNS_JUDGED);
}

void
returns_init(struct returns *r, const struct cat_options *options,
    struct pump *pump)
{
	memset(r, 0, sizeof(*r));
	r->options = options;
	r->pump = pump;
	r->hold = hold_new(options->window);
	r->flows = flow_memory_new();
}

void
returns_stats(const struct returns *r, void *json, char *text, size_t size)
{
	if (json == NULL) {
		snprintf(text, size, r->refused > 0 ? "; %llu returned, %llu "
		    "not injected" : "; %llu returned",
		    (unsigned long long)r->returned,
		    (unsigned long long)r->refused);
		return;
	}
	json_object_set_new(json, "returned",
	    json_integer((json_int_t)r->returned));
	json_object_set_new(json, "unmatched",
	    json_integer((json_int_t)r->unmatched));
	json_object_set_new(json, "inject_failed",
	    json_integer((json_int_t)r->refused));
	json_object_set_new(json, "no_direction",
	    json_integer((json_int_t)r->no_direction));
}
