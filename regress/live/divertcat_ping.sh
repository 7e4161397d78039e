#!/bin/sh
# SPDX-License-Identifier: ISC
#
# client -- em0 [forward: divert 700, "divertcat 700 -- cat"] em1 -- server
# Every echo request and reply goes through a command's pipes and arrives.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
in_lab --offload off

cat_start 700 -- cat
total=0
for to in "$DIVERTLAB_SERVER4" "$DIVERTLAB_SERVER6"; do
	ping_to "$to" 200
	is "$to: requests sent" "$sent" 200
	is "$to: replies to them" "$replies" 200
	is "$to: replies with other bytes" "$(field corrupted "$result")" 0
	is "$to: replies twice" "$(field duplicates "$result")" 0
	total=$((total + sent + replies))
done
settle
ids_are $total
stop cat
is "divertcat drained" $status 0
is "divertcat received" "$(law received)" $total
is "divertcat passed" "$(law passed)" $total
conserved
is "errors the client's kernel counts" "$(errors_at client)" 0
is "errors the server's kernel counts" "$(errors_at server)" 0
plan
