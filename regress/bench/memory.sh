#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Resident memory of the tools under traffic: at most so much, and not more in
# the last quarter of the time than in the second.
# BENCH_SECONDS (60) for the flood; a third of it for each of the streams.

# shellcheck source=regress/bench/lib.sh
. "$(dirname "$0")/lib.sh"
in_lab
seconds=${BENCH_SECONDS:-60}
# resident PID: kB now; peak PID: kB at most.
resident() {
	sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$1/status"
}
peak() {
	sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$1/status"
}

# watch NAME PID SECONDS: notes NAME.second and NAME.last, kB.
watch() {
	began=$(date +%s)
	while :; do
		now=$(($(date +%s) - began))
		[ $now -lt "$3" ] || break
		kb=$(resident "$2")
		[ -n "$kb" ] || die "$1: the tool has ended"
		case $((now * 4 / $3)) in
		1)	note "$1.second" "$kb" ;;
		3)	note "$1.last" "$kb" ;;
		esac
		sleep 0.5
	done
}

# flood SECONDS: small datagrams of changing sizes, as fast as they go.
flood() {
	end=$(($(date +%s) + $1))
	while [ "$(date +%s)" -lt $end ]; do
		lab client "$DIVERTLAB_TRAFFIC" send udp -p 7003 -n 200000 \
		    -r 0 -s 64 "$DIVERTLAB_SERVER4" >/dev/null
		lab client "$DIVERTLAB_TRAFFIC" send udp -p 7003 -n 50000 \
		    -r 0 -s 1400 "$DIVERTLAB_SERVER4" >/dev/null
	done
}

# jumbo SECONDS: datagrams as large as a packet can be, in one piece.
jumbo() {
	for link in em0 em1; do
		ip link set $link mtu 65535
	done
	lab client ip link set eth0 mtu 65535
	lab server ip link set eth0 mtu 65535
	end=$(($(date +%s) + $1))
	while [ "$(date +%s)" -lt $end ]; do
		lab client "$DIVERTLAB_TRAFFIC" send udp -p 7003 -n 20000 \
		    -r 0 -s 65000 "$DIVERTLAB_SERVER4" >/dev/null
	done
}

# flows SECONDS: datagrams of 100,000 flows in turn.
flows() {
	lab client "$BENCH/aid_flows.aid" "$DIVERTLAB_SERVER4" 100000 "$1" \
	    >"$T/flows"
}

# states SECONDS: of 262,144 flows, each with a mapping of its own.
states() {
	lab client "$BENCH/aid_flows.aid" "$DIVERTLAB_SERVER4" 262144 "$1" 5 \
	    >"$T/flows"
}

# sink: every stream to its end.
sink() {
	"$DIVERTLAB_TRAFFIC" in "$DIVERTLAB/ns/server" "$BENCH/aid_stream.aid" \
	    sink "$DIVERTLAB_SERVER4" 7004
}

stream() {
	: >"$T/sink"
	sink >"$T/sink" &
	ready "$T/sink"
	lab client "$BENCH/aid_stream.aid" source "$DIVERTLAB_SERVER4" 7004 "$1"
}

divertcat() {
	exec "$DIVERTCAT" -q "$@" >/dev/null
}

# A reader that takes a little now and then.
slow() {
	mkfifo "$T/slow"
	{ while dd bs=65536 count=1 of=/dev/null 2>/dev/null; do
		sleep 0.02
	done; } <"$T/slow" &
	running="$running $!"
	exec "$DIVERTCAT" -q "$@" >"$T/slow"
}

divertlog() {
	exec "$DIVERTLOG" -q "$@" >/dev/null
}

# As many states as there may be, of five hosts with an address each.
divertnat() {
	exec "$DIVERTNAT" -q --control "$T/control" -e \
	    'match out on em1 inet from 192.0.2.0/24 to any \
	    nat-to 198.51.100.16/29 round-robin sticky-address' 700
}

# measure TOOL LIMIT NAME TRAFFIC SECONDS COMMAND...: LIMIT in MiB.
measure() {
	who=$1 limit=$2 what=$3 kind=$4 time=$5
	shift 5
	start listener "$@"
	listening listener
	case $kind in
	flows)	rule_on '-p udp'
		flows "$time" & ;;
	states)	rule_on '-o em1 -p udp' postrouting
		states "$time" & ;;
	udp)	rule_on '-p udp'
		flood "$time" & ;;
	tcp)	rule_on '-p tcp'
		stream "$time" & ;;
	jumbo)	rule_on '-p udp'
		jumbo "$time" & ;;
	esac
	traffic=$!
	watch "$what" "$listener_pid" "$time"
	wait $traffic
	high=$(peak "$listener_pid")
	rule_off
	[ "$kind" != states ] || in_use=$("$DIVERTNAT" --control \
	    "$T/control" -s states | wc -l)
	stop listener
	rm -f "$T/slow"
	second=$(median "$what.second") last=$(median "$what.last")
	result "memory: $who, $what, MiB at most" \
	    "$(calc "$high / 1024")" '<=' "$limit" \
	    "resident kB: second quarter $(spread "$what.second"), last $(spread "$what.last")"
	result "memory: $who, $what, last quarter over second" \
	    "$(calc "$last / $second")" '<=' 1.05 "$time s"
}

# Nobody is at the port: refusals are not what is measured.
lab server iptables-legacy -A INPUT -p udp -j DROP 2>/dev/null
short=$((seconds / 3))
[ $short -ge 8 ] || short=8
measure divertcat 32 "copy, UDP" udp "$seconds" divertcat 700
measure divertcat 32 "-- cat, UDP" udp "$short" divertcat 700 -- cat
measure divertcat 32 "copy to a slow reader, TCP" tcp "$short" slow 700
measure divertcat 32 "-- cat, TCP" tcp "$short" divertcat 700 -- cat
measure divertcat 32 "--gso on -- cat, TCP" tcp "$short" divertcat --gso on 700 -- cat
# The worst there is: all that may be held is, until its time is over.
measure divertcat 32 "-- a filter that keeps all, 64 KiB datagrams" jumbo "$short" \
    divertcat --gso on --timeout 1 -w /dev/null 700 -- sh -c 'cat >/dev/null'
measure divertlog 96 "both, 100,000 flows" flows "$seconds" \
    divertlog -m both 700
measure divertnat 96 "262,144 states" states "$short" divertnat
result "memory: divertnat, states in use" "$in_use" '>=' 262144 "default limits"
