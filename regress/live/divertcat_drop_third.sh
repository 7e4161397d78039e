#!/bin/sh
# SPDX-License-Identifier: ISC
#
# client -- em0 [forward: divert 700 udp, "-- drop-third.py"] em1 -- server
# Exactly every third datagram is missing at the far end.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
need_command python3
in_lab --offload off --match '-p udp'

for to in "$DIVERTLAB_SERVER4" "$DIVERTLAB_SERVER6"; do
	cat_start 700 udp -- "$EXAMPLES/drop-third.py"
	udp_listen -n 1000
	udp_send "$to" 1000 -r 5000
	settle
	udp_end
	stop cat
	is "$to: datagrams sent" "$sent" 1000
	is "$to: datagrams arrived" "$(arrived received)" 667
	awk 'BEGIN { for (i = 0; i < 1000; i++) if (i % 3 != 2) print i }' \
	    >"$T/wanted"
	ok "$to: every third is missing, the rest in order" \
	    cmp -s "$T/seqs" "$T/wanted"
	is "$to: divertcat drained" $status 0
	ids_are 1000
	is "$to: divertcat passed" "$(law passed)" 667
	is "$to: divertcat dropped" "$(law dropped)" 333
	conserved
done
plan
