/* SPDX-License-Identifier: ISC */

/*
 * What is wrong with a packet that cannot be parsed: the name that Suricata's
 * decoder has for it, or one in its manner, and this project's own.
 */

#include "compat.h"

#include "record_int.h"

/* By version: 4, and 6 where it differs. */
static const struct {
	const char	*four;
	const char	*six;
} events[DIVERT_REASON_TAKEN] = {
	[DIVERT_REASON_EMPTY] = { "decoder.ipraw.empty", NULL },
	[DIVERT_REASON_VERSION] = { "decoder.ipraw.invalid_ip_version", NULL },
	[DIVERT_REASON_IP_SHORT] = { "decoder.ipv4.pkt_too_small",
	    "decoder.ipv6.pkt_too_small" },
	[DIVERT_REASON_IP_HLEN] = { "decoder.ipv4.hlen_too_small", NULL },
	[DIVERT_REASON_IP_LENGTH] = { "decoder.ipv4.iplen_smaller_than_hlen",
	    NULL },
	[DIVERT_REASON_IP_TRUNCATED] = { "decoder.ipv4.trunc_pkt",
	    "decoder.ipv6.trunc_pkt" },
	[DIVERT_REASON_IP_OPTION] = { "decoder.ipv4.opt_invalid_len", NULL },
	[DIVERT_REASON_EXT_SHORT] = { "decoder.ipv4.trunc_exthdr",
	    "decoder.ipv6.trunc_exthdr" },
	[DIVERT_REASON_EXT_LOOP] = { "decoder.ipv4.too_many_exthdrs",
	    "decoder.ipv6.too_many_exthdrs" },
	[DIVERT_REASON_FRAG_OVERSIZE] = { "decoder.ipv4.frag_pkt_too_large",
	    "decoder.ipv6.frag_pkt_too_large" },
	[DIVERT_REASON_JUMBO] = { "decoder.ipv6.jumbogram", NULL },
	[DIVERT_REASON_TCP_SHORT] = { "decoder.tcp.pkt_too_small", NULL },
	[DIVERT_REASON_TCP_HLEN] = { "decoder.tcp.hlen_invalid", NULL },
	[DIVERT_REASON_TCP_OPTION] = { "decoder.tcp.opt_invalid_len", NULL },
	[DIVERT_REASON_UDP_SHORT] = { "decoder.udp.pkt_too_small", NULL },
	[DIVERT_REASON_UDP_LENGTH] = { "decoder.udp.len_invalid", NULL },
	[DIVERT_REASON_ICMP_SHORT] = { "decoder.icmpv4.pkt_too_small",
	    "decoder.icmpv6.pkt_too_small" },
	[DIVERT_REASON_SCTP_SHORT] = { "decoder.sctp.pkt_too_small", NULL },
	[DIVERT_REASON_GRE_SHORT] = { "decoder.gre.pkt_too_small", NULL },
	[DIVERT_REASON_ESP_SHORT] = { "decoder.esp.pkt_too_small", NULL },
	[DIVERT_REASON_AH_SHORT] = { "decoder.ah.pkt_too_small", NULL },
};

static int
enter_anomaly(struct view *v)
{
	return (v->j.layout->reason != DIVERT_REASON_NONE &&
	    v->j.layout->reason < DIVERT_REASON_TAKEN);
}

static char *
put_type(char *p, const struct json_key *key, struct json_packet *j)
{
	(void)j;
	return (json_literal(json_put_key(p, key), "\"decode\""));
}

static char *
put_event(char *p, const struct json_key *key, struct json_packet *j)
{
	const struct divert_layout	*l = j->layout;
	const char			*name;

	name = events[l->reason].four;
	if (l->version == 6 && events[l->reason].six != NULL)
		name = events[l->reason].six;
	return (name != NULL ? put_text(p, key, name) : p);
}

/* As in the statistics. */
static char *
put_reason(char *p, const struct json_key *key, struct json_packet *j)
{
	return (put_text(p, key,
	    divert_reason_name((enum divert_reason)j->layout->reason)));
}

const struct record_field record_anomaly_fields[] = {
	{ "anomaly", IN_PACKET, NULL, enter_anomaly },
	{ "anomaly.type", IN_PACKET, put_type, NULL },
	{ "anomaly.event", IN_PACKET, put_event, NULL },
	{ "anomaly.reason", IN_PACKET, put_reason, NULL },
	{ NULL, 0, NULL, NULL }
};
