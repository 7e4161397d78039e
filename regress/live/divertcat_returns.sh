#!/bin/sh
# SPDX-License-Identifier: ISC
#
# client -- em0 [forward: divert 700, "-- filter.py MODE"] em1 -- server
# Packets returned twice, late, reordered, or made up; injected ones are not
# diverted again.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
need_command python3
in_lab --offload off --match '-p udp'

run() {
	udp_listen -n 300
	cat_start "$@"
	udp_send "$to" 300 -r 3000
	settle
	stop cat
	udp_end
}
for to in "$DIVERTLAB_SERVER4" "$DIVERTLAB_SERVER6"; do
	run 700 -- "$TOP/regress/filter.py" twice 3
	is "$to: twice: every datagram arrives, every third twice" \
	    "$(arrived received) $(arrived duplicates)" "400 100"
	is "$to: twice: passed and injected" \
	    "$(law passed) $(law injected)" "300 100"
	conserved
	ids_are 300

	run 700 -- "$TOP/regress/filter.py" reverse 10
	is "$to: reordered: every datagram arrives" "$(arrived received)" 300
	ok "$to: reordered: it was" test "$(arrived reordered)" -gt 100
	is "$to: reordered: all in place" "$(law passed)" 300
	conserved

	# Three behind the window: dropped, and injected when they come.
	run --window 4 700 -- "$TOP/regress/filter.py" late 10
	is "$to: late: every datagram arrives" "$(arrived received)" 300
	# The last ones were late for the timeout too.
	is "$to: late: dropped as not returned or expired, then injected" \
	    "$(($(law dropped) + $(law expired)))" "$(law injected)"
	conserved
	ids_are 300

	# No id, no direction: the flow tells.
	run 700 -- "$TOP/regress/filter.py" again 3
	is "$to: again: every datagram arrives, every third twice" \
	    "$(arrived received) $(arrived duplicates)" "400 100"
	is "$to: again: injected" "$(law injected) $(said no_direction)" \
	    "100 0"
	conserved
	ids_are 300

	# From a port of their own: no flow tells where they belong.
	run 700 -- "$TOP/regress/filter.py" made 3
	is "$to: made up: not injected without a direction" \
	    "$(arrived received) $(law injected) $(said no_direction)" \
	    "300 0 100"
	is "$to: made up: which is an error" "$status" 1
	conserved
	run -D out 700 -- "$TOP/regress/filter.py" made 3
	is "$to: made up: the others arrive, and these" \
	    "$(arrived received) $(arrived duplicates)" "400 100"
	is "$to: made up: injected" "$(law injected)" 100
	conserved
	ids_are 300
	is "$to: no kernel found an error" "$(errors_at server)" 0
done
plan
