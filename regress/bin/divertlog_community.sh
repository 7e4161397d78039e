#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Community IDs of divertlog's records against the baseline of their
# specification: the same ids for the same endpoints, none more and none
# fewer.

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"
LOG=$TOP/bin/divertlog/divertlog
DATA=$TOP/../shared/data/community-id

[ -x "$LOG" ] || skip_all "no divertlog"
[ -d "$DATA" ] || skip_all "no ../shared/data/community-id"
command -v jq >/dev/null || skip_all "no jq"

# protocol, addresses, first port or ICMP type, id.
jq -r '.[] | [.proto, .saddr, .daddr, .sport, .communityid] | @tsv' \
    "$DATA/baseline/baseline_deflt.json" | sort -u >"$T/wanted"
is "the baseline was read" "$(wc -l <"$T/wanted" | tr -d ' ')" 23

# ids MODE: of the records of all captures.
ids() {
	for f in "$DATA"/pcaps/*.pcap; do
		"$LOG" -q -m "$1" -r "$f" 2>>"$T/said" </dev/null
	done >"$T/records"
	jq -r '{"ICMP": 1, "TCP": 6, "UDP": 17, "IPv6-ICMP": 58, "SCTP": 132}
	    as $number | select(.community_id) |
	    [$number[.proto] // (.proto | tonumber), .src_ip, .dest_ip,
	    .src_port // .icmp_type, .community_id] | @tsv' "$T/records" |
	    sort -u
}

ids packet >"$T/got"
empty "packets: $(wc -l <"$T/records" | tr -d ' '), each id of the baseline" \
    "$(diff "$T/got" "$T/wanted")"

# A flow goes by the endpoints of its first packet: ids alone.
ids flow | cut -f 5 | sort -u >"$T/got"
empty "flows: $(wc -l <"$T/records" | tr -d ' '), each id of the baseline" \
    "$(cut -f 5 "$T/wanted" | sort -u | diff "$T/got" -)"

empty "nothing was said" "$(cat "$T/said")"
plan
