#!/bin/sh
# SPDX-License-Identifier: ISC
#
# client -- em0 [forward: divert 700, "-- upper.py"] em1 -- server
# A Python filter changes payload bytes: the far end reads the new bytes, and
# its kernel finds no wrong checksum.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
need_command python3
in_lab --offload off

for to in "$DIVERTLAB_SERVER4" "$DIVERTLAB_SERVER6"; do
	udp_listen -x HELLO -n 10
	udp_send "$to" 10 -x hello
	udp_end
	is "$to: nobody listens, nothing arrives" "$(arrived received)" 0
	cat_start 700 udp -- "$EXAMPLES/upper.py"
	udp_listen -x HELLO -n 1000 -P
	udp_send "$to" 1000 -x hello -r 5000
	settle
	udp_end
	is "$to: datagrams sent" "$sent" 1000
	is "$to: arrived with the new bytes" "$(arrived matching)" 1000
	is "$to: arrived out of order or twice" \
	    "$(arrived reordered) $(arrived duplicates)" '0 0'
	is "$to: the first as it was read" "$(sed -n 2p "$T/udp.out")" \
	    'HELLO 0'
	ping_to "$to" 50
	is "$to: pings answered" "$replies" 50
	settle
	stop cat
	is "$to: divertcat drained" $status 0
	is "$to: divertcat replaced" "$(law replaced)" 1000
	is "$to: divertcat passed" "$(law passed)" 100
	ids_are 1100
	conserved
done
is "errors the server's kernel counts" "$(errors_at server)" 0
is "errors the client's kernel counts" "$(errors_at client)" 0
plan
