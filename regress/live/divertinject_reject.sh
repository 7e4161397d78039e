#!/bin/sh
# SPDX-License-Identifier: ISC
#
# client -- em0 [forward: divert 700, "divertcat -x 700 'tcp port 23 or udp
# port 7777' | divertinject --reject 700"] em1 -- server
# A firewall that rejects: who calls is told at once, and the rest goes on.

# Functions are called by "within" and "ok".
# shellcheck disable=SC2317

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
in_lab --offload off

mkfifo "$T/taken"
"$DIVERTINJECT" -v --stats json --reject 700 <"$T/taken" >/dev/null \
    2>"$T/inject.err" &
inject_pid=$!
running="$running $inject_pid"
cat_start -x -w "$T/taken" 700 'tcp port 23 or udp port 7777'

# unreachable PLACE: ICMP errors of that kind its kernel has taken.
unreachable() {
	lab "$1" cat /proc/net/snmp /proc/net/snmp6 | awk '
	$1 == "Icmp:" && !n { n = split($0, name); next }
	$1 == "Icmp:" { for (i = 2; i <= n; i++)
		if (name[i] == "InDestUnreachs") sum += $i }
	$1 == "Icmp6InDestUnreachs" { sum += $2 }
	END { print sum + 0 }'
}

told_more() {
	[ "$(unreachable client)" -ge $((told + $1)) ]
}

for to in "$DIVERTLAB_SERVER4" "$DIVERTLAB_SERVER6"; do
	before=$(date +%s)
	lab client "$DIVERTLAB_TRAFFIC" send tcp -p 23 -l 1000 "$to" \
	    >"$T/said" 2>&1
	took=$(($(date +%s) - before))
	ok "$to: the connection is refused" grep -q -i refused "$T/said"
	ok "$to: at once" test $took -lt 2
	told=$(unreachable client)
	udp_send "$to" 5 -r 100
	within 5 told_more 5
	is "$to: UDP: its kernel was told five times" \
	    "$(($(unreachable client) - told))" 5
	ping_to "$to" 20
	is "$to: what is not rejected goes on" "$replies" 20
done
stop cat
conserved
took=$(law dropped)
wait $inject_pid
is "divertinject: status" $? 0
tool=inject
is "an answer for each packet taken" "$(law received) $(law injected)" \
    "$took $took"
conserved
# ICMP errors are limited: 50 at once and 1000 a second.  Resets are not.
inject --reject -p max -l 500 -e "in on em0 proto udp from $DIVERTLAB_CLIENT4 \
    port 7 to $DIVERTLAB_SERVER4 port 7777" 700
is "500 datagrams: status" $status 0
limited=$(said rate_limited)
ok "500 datagrams at once: most are not answered" \
    test "${limited:-0}" -gt 100
is "500 datagrams: answers and none are all" \
    "$(($(law injected) + limited))" 500
ok "500 datagrams: 50 are answered" test "$(law injected)" -ge 50
conserved
inject --reject -p max -l 500 -e "in on em0 proto tcp from $DIVERTLAB_CLIENT4 \
    port 7 to $DIVERTLAB_SERVER4 port 23" 700
is "500 connections: all are answered" "$(law injected)" 500
is "no device is left" "$(ours)" 0
plan
