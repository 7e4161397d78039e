#!/bin/sh
# SPDX-License-Identifier: ISC
# timeout: 200
#
# client -- em0 [forward: divert 700, divertlog] em1 -- server
# Known traffic of both families gives exactly the flows that were made; the
# figures of each flow are the sums over its packets, and both are what the
# kernel's own numbers say.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
need_command jq
in_lab --time-limit 180
BYTES=100000000

# flows FILTER: what a jq filter makes of the flow records, one line.
flows() {
	jq -sc "[.[] | select(.event_type == \"flow\")] | $1" "$T/records"
}

# packets FILTER: of the packet records.
packets() {
	jq -sc "[.[] | select(.event_type == \"packet\")] | $1" "$T/records"
}

for family in 4 6; do
	if [ $family = 4 ]; then
		to=$DIVERTLAB_SERVER4 ping=ICMP
	else
		to=$DIVERTLAB_SERVER6 ping=IPv6-ICMP
	fi
	log_start -m both -o "$T/records" 700
	ping_to "$to" 20
	pings=$replies
	udp_listen -n 50
	udp_send "$to" 50
	udp_end
	datagrams=$(arrived received)
	tcp_run "$to" $BYTES
	settle
	stop log
	is "IPv$family: divertlog drained" $status 0
	is "IPv$family: pings answered" "$pings" 20
	is "IPv$family: datagrams arrived" "$datagrams" 50
	is "IPv$family: bytes arrived" "$(field received "$got")" $BYTES
	conserved
	ids_are "$(law received)"
	is "IPv$family: nothing was lost" "$(said records_lost)" 0
	is "IPv$family: flows" \
	    "$(flows 'map(.proto) | sort')" \
	    "$(jq -nc "[\"$ping\", \"TCP\", \"UDP\"] | sort")"
	is "IPv$family: of ping" \
	    "$(flows ".[] | select(.proto == \"$ping\") |
		[.flow.pkts_toserver, .flow.pkts_toclient]")" "[20,20]"
	is "IPv$family: of UDP" \
	    "$(flows '.[] | select(.proto == "UDP") |
		[.dest_port, .flow.pkts_toserver, .flow.pkts_toclient,
		    .flow.state]')" '[7777,50,0,"new"]'
	is "IPv$family: of TCP" \
	    "$(flows '.[] | select(.proto == "TCP") |
		[.dest_port, .flow.state, .flow.reason,
		    .flow.bytes_toserver > '"$BYTES"']')" \
	    '[7778,"closed","fin",true]'
	is "IPv$family: a packet record for each packet" \
	    "$(packets length)" "$(law received)"
	is "IPv$family: the sums over flows are those over packets" \
	    "$(flows '[(map(.flow.pkts_toserver + .flow.pkts_toclient) | add),
		(map(.flow.bytes_toserver + .flow.bytes_toclient) | add)]')" \
	    "$(packets '[length, (map(.divert.len) | add)]')"
	is "IPv$family: each way, too" \
	    "$(flows 'map([.src_ip, .proto, .flow.bytes_toserver],
		[.dest_ip, .proto, .flow.bytes_toclient]) |
		map(select(.[2] > 0)) | sort')" \
	    "$(packets 'group_by([.src_ip, .proto]) |
		map([.[0].src_ip, .[0].proto, (map(.divert.len) | add)]) |
		sort')"
	is "IPv$family: bytes are those of the port's statistics" \
	    "$(packets 'map(.divert.len) | add')" "$(law bytes)"
	is "IPv$family: every packet of a flow has its Community ID" \
	    "$(packets 'map(.community_id) | unique | sort')" \
	    "$(flows 'map(.community_id) | unique | sort')"
	is "IPv$family: the last record has the same figures" \
	    "$(tail -1 "$T/records" | jq -c '[.event_type, .stats.received,
		.stats.passed, .stats.held, .stats.flows.made]')" \
	    "[\"stats\",$(law received),$(law passed),0,3]"
	rm -f "$T/records"
done
plan
