#!/bin/sh
# SPDX-License-Identifier: ISC
#
# client -- em0 [forward: divert 700, "-- filter.py deaf 100"] em1 -- server
# The filter stops reading and writing, under each --overload.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
need_command python3
in_lab --offload off --match '-p udp'
to=$DIVERTLAB_SERVER4

run() {
	cat_start --overload "$1" --window 50 --timeout 30 700 -- \
	    "$TOP/regress/filter.py" deaf 100
	udp_listen -n 300
	udp_send "$to" 300 -r 5000
}
# Whether this user may read how many packets wait.
sees_queue() {
	cat /proc/net/netfilter/nfnetlink_queue > /dev/null 2>&1
}
listed() {
	test "$(field id "$("$DIVERTLAB_TRAFFIC" queue 700)")" = 300
}

all_read() {
	test "$(field waiting "$("$DIVERTLAB_TRAFFIC" queue 700)")" -le 50
}

run wait
! sees_queue || within 10 listed
waiting=$(field waiting "$("$DIVERTLAB_TRAFFIC" queue 700)")
stop cat
udp_end
is "wait: what the filter returned arrived" "$(arrived received)" 100
is "wait: passed" "$(law passed)" 100
if sees_queue; then
	is "wait: the rest waits in the kernel" "$waiting" 200
else
	skip "wait: the rest waits in the kernel" \
	    "this user may not read its queue table"
fi
is "wait: and of that, what was read is dropped at the end" \
    "$(law dropped)" "$(($(law received) - 100))"
ok "wait: the window was full" test "$(law dropped)" -ge 50
conserved

run pass
settle
stop cat
udp_end
is "pass: all but the window arrive" "$(arrived received)" 250
is "pass: so many went by" "$(said overload)" 150
is "pass: the window is dropped" "$(law dropped)" 50
conserved

run drop
settle
stop cat
udp_end
is "drop: what the filter returned arrived" "$(arrived received)" 100
is "drop: so many were dropped" "$(said overload)" 150
is "drop: with the window" "$(law dropped)" 200
conserved

# A filter that wants nothing, and a window that is full at once: what it has
# read and does not answer is dropped long before the timeout, or 1000
# datagrams would take 20 of them.
if sees_queue; then
	before=$(date +%s)
	cat_start --window 50 --timeout 30 700 -- "$TOP/regress/filter.py" none
	udp_listen -n 1000
	udp_send "$to" 1000 -r 5000
	within 20 all_read
	stop cat
	udp_end
	is "nothing returned: nothing arrived" "$(arrived received)" 0
	is "nothing returned: all dropped" "$(law dropped) $(law received)" "1000 1000"
	ok "nothing returned: without waiting for timeouts" \
	    test $(($(date +%s) - before)) -lt 25
	conserved
else
	skip "nothing returned" "this user may not read its queue table"
fi

# Not returned in time: expired, or passed.
cat_start --timeout 0.3 700 -- "$TOP/regress/filter.py" deaf 100
udp_listen -n 150
udp_send "$to" 150 -r 5000
settle
stop cat
udp_end
is "timeout: what the filter returned arrived" "$(arrived received)" 100
is "timeout: the rest expired" "$(law expired)" 50
conserved
cat_start --timeout 0.3 --on-timeout pass 700 -- \
    "$TOP/regress/filter.py" deaf 100
udp_listen -n 150
udp_send "$to" 150 -r 5000
settle
stop cat
udp_end
is "timeout, pass: all arrive" "$(arrived received)" 150
conserved
plan
