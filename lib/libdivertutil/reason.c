/* SPDX-License-Identifier: ISC */

/*
 * The names of the reasons.  They are keys in statistics and logs, and so part
 * of what this library promises: a name once given stays.
 */

#include "compat.h"

#include "divertutil.h"

static const char *const names[DIVERT_REASON_MAX] = {
	[DIVERT_REASON_NONE] = "none",
	[DIVERT_REASON_EMPTY] = "empty",
	[DIVERT_REASON_VERSION] = "version",
	[DIVERT_REASON_IP_SHORT] = "ip_short",
	[DIVERT_REASON_IP_HLEN] = "ip_hlen",
	[DIVERT_REASON_IP_LENGTH] = "ip_length",
	[DIVERT_REASON_IP_TRUNCATED] = "ip_truncated",
	[DIVERT_REASON_IP_OPTION] = "ip_option",
	[DIVERT_REASON_EXT_SHORT] = "ext_short",
	[DIVERT_REASON_EXT_LOOP] = "ext_loop",
	[DIVERT_REASON_FRAG_OVERSIZE] = "frag_oversize",
	[DIVERT_REASON_JUMBO] = "jumbo",
	[DIVERT_REASON_TCP_SHORT] = "tcp_short",
	[DIVERT_REASON_TCP_HLEN] = "tcp_hlen",
	[DIVERT_REASON_TCP_OPTION] = "tcp_option",
	[DIVERT_REASON_UDP_SHORT] = "udp_short",
	[DIVERT_REASON_UDP_LENGTH] = "udp_length",
	[DIVERT_REASON_ICMP_SHORT] = "icmp_short",
	[DIVERT_REASON_SCTP_SHORT] = "sctp_short",
	[DIVERT_REASON_GRE_SHORT] = "gre_short",
	[DIVERT_REASON_ESP_SHORT] = "esp_short",
	[DIVERT_REASON_AH_SHORT] = "ah_short",
	[DIVERT_REASON_TAKEN] = "taken",
	[DIVERT_REASON_FILTERED] = "filtered",
	[DIVERT_REASON_NOT_RETURNED] = "not_returned",
	[DIVERT_REASON_TIMEOUT] = "timeout",
	[DIVERT_REASON_OVERLOAD] = "overload",
	[DIVERT_REASON_EXIT] = "exit",
	[DIVERT_REASON_TRUNCATED] = "truncated",
	[DIVERT_REASON_TOO_LARGE] = "too_large",
	[DIVERT_REASON_MALFORMED] = "malformed",
	[DIVERT_REASON_NO_DIRECTION] = "no_direction",
	[DIVERT_REASON_CLOSED] = "closed",
	[DIVERT_REASON_FRAGMENT] = "fragment",
	[DIVERT_REASON_NOT_SELECTED] = "not_selected",
	[DIVERT_REASON_NO_INTERFACE] = "no_interface",
	[DIVERT_REASON_NO_ANSWER] = "no_answer",
	[DIVERT_REASON_UNTRANSLATED] = "untranslated",
};

const char *
divert_reason_name(enum divert_reason reason)
{
	/* Through unsigned: whether the enum is signed is the compiler's. */
	unsigned int n = (unsigned int)reason;

	if (n >= DIVERT_REASON_MAX || names[n] == NULL)
		return ("unknown");
	return (names[n]);
}
