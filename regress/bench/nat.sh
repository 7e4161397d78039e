#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A gateway that translates, client - gateway - server: one TCP stream with
# offloads on, and datagrams in packets of 64 bytes of 1000 flows, more than
# can get through.  In turn no rule at all, the kernel's own masquerade,
# divertnat, and a plain libnetfilter_queue loop at the same hooks that passes
# packets unchanged.
# BENCH_ROUNDS (5), BENCH_STREAM (2 s each).

# shellcheck source=regress/bench/lib.sh
. "$(dirname "$0")/lib.sh"
[ -x "$DIVERTNAT" ] || skip "divertnat is not built"
in_lab
rounds=${BENCH_ROUNDS:-5} seconds=${BENCH_STREAM:-2}

for iptables in iptables-legacy iptables-nft iptables; do
	$iptables -t mangle -A POSTROUTING -o em1 -p 253 -j NFQUEUE \
	    --queue-num 700 2>>"$T/rules" && break
done
"$iptables" -t mangle -F POSTROUTING 2>/dev/null ||
    skip "no iptables that can queue"
# What arrives is counted and dropped at once.
lab server "$iptables" -t raw -A PREROUTING -p udp -j DROP ||
    skip "no iptables at the server"

# rules_on MATCH: both ways of the outer link, as in divertnat(8).
rules_on() {
	for hook in 'mangle POSTROUTING -o' 'raw PREROUTING -i'; do
		# shellcheck disable=SC2086
		"$iptables" -t ${hook%% *} -A ${hook#* } em1 $1 -j NFQUEUE \
		    --queue-num 700 || die "no rules"
	done
}

rules_off() {
	"$iptables" -t mangle -F POSTROUTING
	"$iptables" -t raw -F PREROUTING
}

# The Gbit/s of one stream.
tcp() {
	: >"$T/sink"
	"$DIVERTLAB_TRAFFIC" in "$DIVERTLAB/ns/server" "$BENCH/aid_stream.aid" \
	    sink "$DIVERTLAB_SERVER4" 7001 >"$T/sink" &
	sink=$!
	ready "$T/sink"
	lab client "$BENCH/aid_stream.aid" source "$DIVERTLAB_SERVER4" 7001 \
	    "$seconds" || die "$1: the stream broke off"
	wait $sink
	note "tcp.$1" "$(tail -1 "$T/sink")"
}

arrived() {
	lab server "$iptables" -t raw -L PREROUTING -v -x -n |
	    awk '$3 == "DROP" { print $1 }'
}

# The thousands of packets a second that arrive.  The sender has a processor of
# its own, where there are two, and so has the listener.
udp() {
	before=$(arrived)
	# shellcheck disable=SC2086
	sent=$(lab client $first "$BENCH/aid_flows.aid" "$DIVERTLAB_SERVER4" 1000 \
	    "$seconds") || die "$1: nothing was sent"
	note "udp.$1" "$(calc "($(arrived) - $before) / 1e3 / $seconds")"
	note "sent.$1" "$(calc "$sent / 1e3 / $seconds")"
}

# busy PID: its processor time so far, in seconds.
busy() {
	awk -v hz="$(getconf CLK_TCK)" '{ print ($14 + $15) / hz }' \
	    "/proc/$1/stat"
}

# measure NAME: both, with what is there.
measure() {
	tcp "$1"
	udp "$1"
}

# with NAME COMMAND...: both, past a listener; the processor time that it takes
# for each datagram is noted too, the way on behind the queue included.
with() {
	what=$1
	shift
	for kind in tcp udp; do
		start listener "$@"
		pid=$!
		listening listener
		[ -z "$first" ] || [ $kind = tcp ] ||
			taskset -a -cp 1 "$pid" >/dev/null
		rules_on "-p $kind"
		was=$(busy "$pid")
		$kind "$what"
		[ $kind = tcp ] || note "busy.$what" \
		    "$(calc "($(busy "$pid") - $was) * 1e6 / ($(arrived) - $before)")"
		rules_off
		stop listener
	done
}

masquerade() {
	"$iptables" -t nat -A POSTROUTING -o em1 -j MASQUERADE 2>/dev/null ||
	    return 0
	measure kernel
	"$iptables" -t nat -F POSTROUTING
}

divertnat() {
	exec "$DIVERTNAT" -q --control "$T/nat" \
	    -e 'match out on em1 inet from 192.0.2.0/24 to any nat-to (em1)' \
	    "$@"
}

first='taskset -c 0'
taskset -c 1 true 2>/dev/null || first=''
plain=yes
"$BENCH/aid_accept.aid" 2>&1 | grep -q 'not found' && plain=no
i=0
while [ $i -lt "$rounds" ]; do
	measure none
	masquerade
	with nat divertnat 700
	[ $plain = no ] || with plain "$BENCH/aid_accept.aid" 700
	i=$((i + 1))
done

# over KIND OTHER: divertnat's figure over another's.
over() {
	calc "$(median "$1.nat") / $(median "$1.$2")"
}

tcp="Gbit/s: divertnat $(spread tcp.nat)"
udp="thousand packets/s of those sent: divertnat $(spread udp.nat) of"
udp="$udp $(spread sent.nat)"
[ $plain = no ] ||
	result 'nat: TCP, divertnat over a libnetfilter_queue loop that passes' \
	    "$(over tcp plain)" '>=' 4 "$tcp, loop $(spread tcp.plain)"
for other in plain kernel none; do
	case $other in
	plain)	name='a libnetfilter_queue loop that passes' ;;
	kernel)	name="the kernel's masquerade" ;;
	none)	name='no rule' ;;
	esac
	[ -f "$T/note.tcp.$other" ] || continue
	[ $other = plain ] || echo "nat: TCP, divertnat over $name:" \
	    "$(over tcp $other); $tcp, $name $(spread tcp.$other)"
	echo "nat: UDP, divertnat over $name: $(over udp $other);" \
	    "$udp, $name $(spread udp.$other) of $(spread sent.$other)"
done
# Who is done with all that is sent is woken for a few packets at a time.
line="nat: UDP, processor time of a packet, us: divertnat $(spread busy.nat)"
[ $plain = no ] || line="$line, loop $(spread busy.plain)"
echo "$line"
