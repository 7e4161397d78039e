#!/bin/sh
# SPDX-License-Identifier: ISC
#
# client -- em0 gateway [stateful firewall, divertnat] em1 -- server
# Short connections of both families begin and end all the time, while
# divertnat is ended and started again and its rules are read again: each of
# them is whole, though some began, and some ended, with nobody at the queue.

# Functions are called by "within".
# shellcheck disable=SC2317

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
need_command iptables ip6tables ip jq
[ -x "$TOP/regress/live/aid_crowd.aid" ] || skip_all "aid_crowd is not built"
in_lab --no-rules

inside4='192.0.2.3 192.0.2.4 192.0.2.5 192.0.2.6'
inside6='2001:db8:1::3 2001:db8:1::4 2001:db8:1::5 2001:db8:1::6'
nat_rules plain || skip_all "no iptables with NFQUEUE"
for t in iptables ip6tables; do
	$t -P FORWARD DROP
	$t -A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT ||
	    skip_all "no connection tracking"
	$t -A FORWARD -i em0 -m conntrack --ctstate NEW -j ACCEPT
done
# shellcheck disable=SC2086
more_addresses client em0 1 $inside4 $inside6
mkdir "$T/state"
chmod 777 "$T/state"
cat >"$T/rules" <<END
set state-file "$T/state/700"
match out on em1 inet from 192.0.2.0/24 to any nat-to 198.51.100.1
match out on em1 inet6 from 2001:db8:1::/64 to any nat-to 2001:db8:2::1
END
start echo "$DIVERTLAB_TRAFFIC" in "$DIVERTLAB/ns/server" \
    "$TOP/regress/live/aid_echo.aid" 7700
within 10 grep -q ready "$T/echo.out"

made() {
	nat_ask -s info -F json | jq .stats.nat.sessions_made
}
made_more() {
	[ "$(made)" -ge $((before + 300)) ]
}
missed=0 dropped=0
ended() {
	stop nat TERM
	is "$1: divertnat drained" $status 0
	conserved
	missed=$((missed + $(law missed)))
	dropped=$((dropped + $(law dropped)))
}

nat_start -f "$T/rules"
# shellcheck disable=SC2086
start crowd "$DIVERTLAB_TRAFFIC" in "$DIVERTLAB/ns/client" \
    "$TOP/regress/live/aid_crowd.aid" -s -i 40 -n 25 -u 25 7700 \
    "$DIVERTLAB_SERVER4" "$DIVERTLAB_SERVER6" 192.0.2.2 2001:db8:1::2 \
    $inside4 $inside6
for n in 1 2 3 4 5; do
	before=$(made)
	ok "$n: new states" within 20 made_more
	nat_ask --reload
	is "$n: rules are read" $? 0
	ended $n
	nat_start -f "$T/rules"
	ok "$n: states are restored" grep -q ': [1-9][0-9]* states restored' \
	    "$T/nat.err"
done
before=$(made)
ok "new states after the last" within 20 made_more
kill -TERM "$crowd_pid"
finish crowd
ended "at the end"
crowd=$(tail -1 "$T/crowd.out")
echo "# $crowd"
sed -n '/^failed/p' "$T/crowd.out" | sed 's/^/# /' | head -20
is "every connection was whole" "$(field whole "$crowd") \
$(field failed "$crowd")" "$(field streams "$crowd") 0"
ok "there were many" test "$(field streams "$crowd")" -gt 500
is "nothing came damaged, twice, or from other ports than before" \
    "$(field damaged "$crowd") $(field twice "$crowd") \
$(field moved "$crowd")" "0 0 0"
ok "some requests were lost with nobody at the queue: \
$(field lost "$crowd")" test "$(field lost "$crowd")" -gt 0
is "divertnat dropped nothing" $dropped 0
is "no inside address was seen outside" "$(leaks)" 0
stop echo TERM
is "the server saw no connection fail" \
    "$(field failed "$(tail -1 "$T/echo.out")")" 0
plan
