#!/bin/sh
# SPDX-License-Identifier: ISC
#
# client -- em0 [forward: divert 700, "-- filter.py die 100"] em1 -- server
# The filter is killed in mid-stream, under each --on-exit: what the far end
# gets, and that every packet is accounted for.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
need_command python3
in_lab --offload off --match '-p udp'
to=$DIVERTLAB_SERVER4

# run POLICY: 300 datagrams.
run() {
	cat_start --on-exit "$1" 700 -- "$TOP/regress/filter.py" die 100
	udp_listen -n 300
	udp_send "$to" 300 -r 1000
}

run exit
finish cat
udp_end
is "exit: status says the signal" "$status" 137
is "exit: what the filter returned arrived" "$(arrived received)" 100
conserved
ok "exit: says so" grep -q 'ended by signal 9' "$T/cat.err"

run pass
settle
udp_end
stop cat
is "pass: all arrive" "$(arrived received)" 300
is "pass: status" "$status" 0
is "pass: passed" "$(law passed)" 300
conserved
ids_are 300

run drop
settle
udp_end
stop cat
is "drop: what the filter returned arrived" "$(arrived received)" 100
is "drop: the rest is dropped for this reason" \
    "$(law dropped) $(said exit)" "200 200"
is "drop: status" "$status" 0
conserved
ids_are 300

if [ "$queue" = null ]; then
	skip "restart" "this user may not read its queue table"
	plan
fi
run restart
settle
udp_end
stop cat
is "restart: status" "$status" 0
is "restart: all arrive but those the dead filters had" \
    "$(($(arrived received) + $(law dropped)))" 300
ok "restart: it was started again" test \
    "$(grep -c 'starting it again' "$T/cat.err")" -ge 2
ok "restart: most arrive" test "$(arrived received)" -ge 200
conserved
ids_are 300
plan
