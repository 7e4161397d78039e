#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Injecting: packets a second, and how well their times are kept.
#
# gateway -- em1 -- server: outbound, divertinject beside a bare loop of
# sendmmsg on the same kind of socket, and tcpreplay, which writes frames to
# the interface, past routes and firewall.  client -- em0 -- gateway: inbound,
# divertinject on the gateway beside a loop of frames and tcpreplay at the
# client, and a loop of frames into a pair of devices with a redirection, which
# is the way divertinject takes.  What arrives is counted and dropped at once where it arrives.
#
# Times: a capture of 2000 datagrams, 1 ms apart on average, at its pace and
# ten times as fast; the receiver's kernel says when each came.
# BENCH_ROUNDS (7), BENCH_PACKETS (200000).

# shellcheck source=regress/bench/lib.sh
. "$(dirname "$0")/lib.sh"
INJECT=$TOP/bin/divertinject/divertinject
AID=$BENCH/aid_inject.aid
[ -x "$INJECT" ] || skip "divertinject is not built"
[ -x "$AID" ] || skip "aid_inject is not built"
in_lab

rounds=${BENCH_ROUNDS:-7}
packets=${BENCH_PACKETS:-200000}
server_mac=$(lab server ip -br link show eth0 | awk '{ print $3 }')
gateway_mac=$(ip -br link show em0 | awk '{ print $3 }')
# Neighbours are known before.
ping -c 1 -q "$DIVERTLAB_SERVER4" >/dev/null 2>&1
lab client ping -c 1 -q "$DIVERTLAB_GATEWAY4" >/dev/null 2>&1

for iptables in iptables-legacy iptables-nft; do
	$iptables -t raw -A PREROUTING -i em0 -p udp --dport 7900 -j DROP \
	    2>/dev/null && break
done
lab server "$iptables" -t raw -A PREROUTING -p udp --dport 7900 -j DROP ||
    skip "no iptables"
replay=
command -v tcpreplay >/dev/null && replay=1

# A pair that ends in em0.
pair_mac=02:00:00:00:09:09
if command -v tc >/dev/null &&
    ip link add benchin type veth peer name benchout &&
    ip link set benchout address $pair_mac arp off up &&
    ip link set benchin arp off up &&
    tc qdisc add dev benchout ingress &&
    tc filter add dev benchout parent ffff: protocol all prio 1 u32 \
	match u32 0 0 action mirred ingress redirect dev em0; then
	pair=1
else
	pair=
fi

# arrived PLACE: packets counted there.
arrived() {
	case $1 in
	gateway) "$iptables" -t raw -L PREROUTING -v -x -n ;;
	*)	lab "$1" "$iptables" -t raw -L PREROUTING -v -x -n ;;
	esac | awk '/dpt:7900/ { print $1 }'
}

# of_inject: nanoseconds a packet, from its statistics.
of_inject() {
	tail -1 "$T/said" | sed -n 's/.*"injected":\([0-9]*\),.*"seconds":\([0-9.e-]*\).*/\1 \2/p' |
	    awk '{ printf "%.1f", $2 * 1e9 / $1 }'
}

# of_replay: the same of tcpreplay.
of_replay() {
	sed -n 's/^Actual: \([0-9]*\) packets .* in \([0-9.]*\) seconds.*/\1 \2/p' \
	    "$T/said" | awk '{ printf "%.1f", $2 * 1e9 / $1 }'
}

from4=198.51.100.1
"$AID" make "$packets" 1 64 $from4 "$DIVERTLAB_SERVER4" "$server_mac" \
    >"$T/out.pcap"
"$AID" make "$packets" 1 64 "$DIVERTLAB_CLIENT4" "$DIVERTLAB_SERVER4" \
    "$gateway_mac" >"$T/in.pcap"

round=0
while [ $round -lt "$rounds" ]; do
	round=$((round + 1))
	note raw "$("$AID" raw "$packets" 64 $from4 "$DIVERTLAB_SERVER4")"
	"$INJECT" --stats json -D out -p max -r "$T/out.pcap" 700 2>"$T/said"
	note out "$(of_inject)"
	[ -z "$replay" ] || {
		tcpreplay -q -t -i em1 "$T/out.pcap" >"$T/said" 2>&1
		note replay_out "$(of_replay)"
	}
	note frames "$(lab client "$AID" frames "$packets" 64 \
	    "$DIVERTLAB_CLIENT4" "$DIVERTLAB_SERVER4" "$gateway_mac" eth0)"
	[ -z "$pair" ] ||
		note pair "$("$AID" frames "$packets" 64 "$DIVERTLAB_CLIENT4" \
		    "$DIVERTLAB_SERVER4" $pair_mac benchin)"
	"$INJECT" --stats json -D in -i em0 -p max -r "$T/in.pcap" 700 \
	    2>"$T/said"
	note in "$(of_inject)"
	[ -z "$replay" ] || {
		lab client tcpreplay -q -t -i eth0 "$T/in.pcap" >"$T/said" 2>&1
		note replay_in "$(of_replay)"
	}
done
# compare WHAT NAME OTHER DETAIL
compare() {
	result "$1" "$(calc "$(median "$3") / $(median "$2")")" '>=' "$4" \
	    "ns a packet: $(spread "$2"), $(spread "$3"); arrived $5 of \
$((rounds * packets * $6))"
}
n_out=$((2 + ${replay:-0}))
n_in=$((n_out + ${pair:-0}))
compare 'inject: packets/s outbound over a bare loop' out raw 0.8 \
    "$(arrived server)" $n_out
[ -z "$replay" ] ||
	compare 'inject: packets/s outbound over tcpreplay -t' out replay_out \
	    0.7 "$(arrived server)" $n_out
[ -z "$pair" ] ||
	compare 'inject: packets/s inbound over a bare loop by such a pair' in \
	    pair 0.8 "$(arrived gateway)" $n_in
compare 'inject: packets/s inbound over a bare loop on the wire' in frames \
    0.5 "$(arrived gateway)" $n_in
[ -z "$replay" ] ||
	compare 'inject: packets/s inbound over tcpreplay -t' in replay_in \
	    0.8 "$(arrived gateway)" $n_in

# ---- times ---------------------------------------------------------------

lab server "$iptables" -t raw -F PREROUTING
count=2000
"$AID" make $count 1000 100 $from4 "$DIVERTLAB_SERVER4" "$server_mac" \
    >"$T/paced.pcap"

# listen SPEED: the receiver; told NAME: what it found.
listen() {
	: >"$T/times"
	lab server "$AID" times $count 1000 "$1" >"$T/times" &
	times_pid=$!
	running="$running $times_pid"
	ready "$T/times"
}
told() {
	wait $times_pid
	# shellcheck disable=SC2046
	set -- "$1" $(tail -1 "$T/times")
	[ "${3-0}" = $count ] || echo "$me: $1: ${3-0} of $count arrived" >&2
	note "$1.median" "${5-nan}"
	note "$1.p99" "${7-nan}"
}

for speed in 1 10; do
	round=0
	while [ $round -lt 3 ]; do
		round=$((round + 1))
		listen $speed
		"$INJECT" -q -D out -p ${speed}x -r "$T/paced.pcap" 700
		told inject$speed
		[ -n "$replay" ] || continue
		listen $speed
		tcpreplay -q -x $speed -i em1 "$T/paced.pcap" >/dev/null 2>&1
		told replay$speed
	done
	for what in median p99; do
		if [ -n "$replay" ]; then
			result "inject: error of times at ${speed}x over \
tcpreplay, $what" "$(calc "$(median inject$speed.$what) / \
$(median replay$speed.$what)")" '<=' 1 "us: $(spread inject$speed.$what), \
$(spread replay$speed.$what)"
		else
			echo "inject: error of times at ${speed}x, $what: us:" \
			    "$(spread inject$speed.$what)"
		fi
	done
done
