#!/bin/sh
# SPDX-License-Identifier: ISC
#
# client -- em0 [forward: divert 700] em1 -- server
# divertcat and its port: killed and started again, a second one, a full
# queue, no privilege.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
in_lab --offload off --match '-p udp'
to=$DIVERTLAB_SERVER4

udp_listen -n 200
cat_start 700 -- cat
udp_send "$to" 100 -r 2000
settle
kill -KILL "$cat_pid"
finish cat
cat_start 700 -- cat
udp_send "$to" 100 -r 2000
settle
udp_end
is "killed and started again at once: all arrive" "$(arrived received)" 200

"$DIVERTCAT" 700 > "$T/second.out" 2> "$T/second.err"
is "a second one: exit status 4" "$?" 4
ok "a second one: in use" grep -q 'in use\|has it\|holds' "$T/second.err"
is "a second one: one line" "$(wc -l < "$T/second.err" | tr -d ' ')" 1
udp_listen -n 50
udp_send "$to" 50
settle
udp_end
stop cat
is "the first one goes on" "$(arrived received)" 50
conserved

cat_start --queue-len 10 700
kill -STOP "$(pgrep -f "^$DIVERTCAT.* 700\$" | head -1)"
udp_listen -n 100
udp_send "$to" 100
kill -CONT "$(pgrep -f "^$DIVERTCAT.* 700\$" | head -1)"
settle
udp_end
stop cat
ok "a full queue: some are lost" test "$(arrived received)" -lt 100
is "a full queue: what divertcat saw arrived" \
    "$(arrived received)" "$(law received)"
if [ "$(said missed)" = null ]; then
	skip "a full queue: arrived and missed is sent" \
	    "this user may not read its queue table"
else
	is "a full queue: arrived and missed is sent" \
	    "$(($(arrived received) + $(said missed)))" 100
fi
conserved

if [ "$(id -u)" = 0 ] && command -v setpriv > /dev/null; then
	setpriv --bounding-set=-all --inh-caps=-all "$DIVERTCAT" 700 \
	    > /dev/null 2> "$T/err"
	is "no privilege: exit status 4" "$?" 4
	ok "no privilege: says what is needed" \
	    grep -q 'CAP_NET_ADMIN' "$T/err"
	is "no privilege: one line" "$(wc -l < "$T/err" | tr -d ' ')" 1
else
	skip "no privilege" "no setpriv, or not root"
fi
plan
