/* SPDX-License-Identifier: ISC */

/*
 * Reasons for which packets are dropped: a name for statistics and logs, and a
 * sentence for people.
 */

#include "compat.h"

#include "nat.h"

static const struct {
	const char	*name;
	const char	*text;
} reasons[NAT_REASON_MAX] = {
	[NAT_REASON_NONE] = { "none", "It was not dropped." },
	[NAT_REASON_MALFORMED] = { "malformed",
	    "A header is damaged or not whole, so that it cannot be "
	    "translated." },
	[NAT_REASON_TRUNCATED] = { "truncated",
	    "The packet was cut by a capture or by the kernel." },
	[NAT_REASON_NO_DIRECTION] = { "no_direction",
	    "Nothing says whether the packet comes in or goes out (see -D and "
	    "--outbound)." },
	[NAT_REASON_NO_ADDRESS] = { "no_address",
	    "The rule's pool has no address at present; its interface may "
	    "have none." },
	[NAT_REASON_NO_PORT] = { "no_port",
	    "All ports that the host could get are taken or at rest." },
	[NAT_REASON_NO_STATE] = { "no_state",
	    "The table is full: set limit states." },
	[NAT_REASON_HOST_PORTS] = { "host_ports",
	    "The host has as many ports as set limit ports-per-host allows." },
	[NAT_REASON_HOST_STATES] = { "host_states",
	    "The host has as many states as set limit states-per-host "
	    "allows." },
	[NAT_REASON_HOST_RATE] = { "host_rate",
	    "The host made new states faster than set limit new-per-host "
	    "allows." },
	[NAT_REASON_FILTERED] = { "filtered",
	    "A host inside has this port, but set filtering does not let this "
	    "remote in." },
	[NAT_REASON_UNMATCHED] = { "unmatched",
	    "It is for one of our addresses and for no host inside, and set "
	    "unmatched is drop." },
	[NAT_REASON_UNSOLICITED] = { "unsolicited",
	    "A SYN that no host inside waits for; its sender is told after 6 "
	    "seconds." },
	[NAT_REASON_FRAGMENT_FIRST] = { "fragment_first",
	    "A fragment whose first fragment did not come in time." },
	[NAT_REASON_FRAGMENT_LIMIT] = { "fragment_limit",
	    "Too many fragments wait for their first: set limit frags." },
	[NAT_REASON_FRAGMENT_OVERLAP] = { "fragment_overlap",
	    "Fragments of the packet overlap." },
	[NAT_REASON_ICMP_SUM] = { "icmp_sum",
	    "An ICMP error with a wrong checksum." },
	[NAT_REASON_ICMP_QUOTE] = { "icmp_quote",
	    "An ICMP error quotes a packet that cannot be read." },
	[NAT_REASON_ICMP_UNKNOWN] = { "icmp_unknown",
	    "An ICMP error or reply about nothing that is known here." },
	[NAT_REASON_PROTOCOL] = { "protocol",
	    "The protocol has no ports, and another host has the address for "
	    "it." },
	[NAT_REASON_NPT] = { "npt",
	    "The address has no counterpart behind the other prefix (RFC "
	    "6296)." },
	[NAT_REASON_HAIRPIN] = { "hairpin",
	    "From one host inside to the outside address of another, and set "
	    "hairpin is off." },
	[NAT_REASON_BOUND] = { "bound",
	    "It cannot have other addresses: an authentication header, a home "
	    "address option or a source route." }
};

const char *
nat_reason_name(enum nat_reason reason)
{
	return (reason < NAT_REASON_MAX ? reasons[reason].name : "unknown");
}

const char *
nat_reason_text(enum nat_reason reason)
{
	return (reason < NAT_REASON_MAX ? reasons[reason].text : "");
}
