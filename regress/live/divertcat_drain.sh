#!/bin/sh
# SPDX-License-Identifier: ISC
#
# client -- em0 [forward: divert 700, divertcat -w file] em1 -- server
# Told to end while packets stream in: what was received is judged, what was
# copied is in the file, and the file is whole.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
need_command tcpdump python3
in_lab --offload off --match '-p udp'
# Where one user is mapped it cannot change to its own.
tcpdump -nr "$TOP/regress/data/day.pcapng" > /dev/null 2>&1 ||
    skip_all "tcpdump does not run as this user"
to=$DIVERTLAB_SERVER4

# flood: datagrams without end, until the last test is over.
flood() {
	start flood lab client "$DIVERTLAB_TRAFFIC" send udp -p 7777 \
	    -n 10000000 -s 1000 -r 20000 "$to"
}
records() {
	tcpdump -nr "$1" 2>"$T/tcpdump.err" | wc -l | tr -d ' '
}
is_whole() {
	! grep -q truncated "$T/tcpdump.err"
}

# run WHAT ARGUMENTS...
run() {
	mode=$1
	shift
	cat_start -w "$T/out" "$@"
	within 10 test -s "$T/out"
	stop cat
	is "$mode: status" "$status" 0
	ok "$mode: there was traffic" test "$(law received)" -gt 0
	conserved
	is "$mode: what was copied is in the file" "$(records "$T/out")" \
	    "$(said copies)"
	ok "$mode: and the file is whole" is_whole
}

flood
run copies 700
run "a filter" 700 -- cat
is "a filter: nothing is dropped" "$(law dropped)" 0
run "a slow filter" --window 1 700 -- "$TOP/regress/filter.py" slow 100
is "a slow filter: what it had came back" "$(said not_returned)" ''
run -c -c 1000 700 -- cat
plan
