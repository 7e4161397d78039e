#!/bin/sh
# SPDX-License-Identifier: ISC
#
# client -- em0 [forward: divert 700, "divertcat -x -w FILE"] em1 -- server
# What is taken is in the file and nowhere else.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
in_lab --offload off

for to in "$DIVERTLAB_SERVER4" "$DIVERTLAB_SERVER6"; do
	cat_start -x -w "$T/taken.pcapng" 700 udp
	udp_listen -n 1000
	udp_send "$to" 1000 -r 5000
	datagrams=$sent
	ping_to "$to" 50
	settle
	udp_end
	stop cat
	is "$to: datagrams sent and arrived" "$datagrams $(arrived received)" "1000 0"
	is "$to: pings answered, the expression left them alone" \
	    "$replies" 50
	is "$to: divertcat dropped" "$(law dropped)" 1000
	is "$to: for the reason that they were taken" "$(said taken)" 1000
	is "$to: divertcat passed" "$(law passed)" 100
	conserved
	ids_are 1100
	is "$to: packets in the file" "$("$DIVERTCAT" -q -r \
	    "$T/taken.pcapng" -F json -w - | wc -l | tr -d ' ')" 1000
done
plan
