#!/bin/sh
# SPDX-License-Identifier: ISC
#
# client -- em0 gateway [stateful firewall, divertnat] em1 -- server
# Hundreds of TCP streams and UDP flows of both families from several inside
# addresses, while rules are read anew and divertnat is ended, killed and
# started again.  No stream is lost or damaged, no flow gets other ports, no
# inside address is seen outside, and every packet is accounted for: what is
# missing was dropped by the kernel while nobody was at the queue.
#
# LIVE_STREAMS (300): streams, and flows, of each family.

# Functions are called by "within".
# shellcheck disable=SC2317

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
need_command iptables ip6tables ip dumpcap tshark jq
[ -x "$TOP/regress/live/aid_crowd.aid" ] || skip_all "aid_crowd is not built"
in_lab --no-rules --offload off

many=${LIVE_STREAMS:-300}
# As many packets a second however many there are.
pause=$((many > 300 ? many * 4 / 3 : 400))
table=/proc/net/netfilter/nfnetlink_queue
[ -r $table ] || skip_all "no $table, or not for this user"
# All but neighbour discovery.
icmp6='1 2 3 4 128 129 130 131 132 143'
inside4='192.0.2.3 192.0.2.4 192.0.2.77 192.0.2.254'
inside6='2001:db8:1::3 2001:db8:1::4:4 2001:db8:1:0:5::1'

# ---- the network ---------------------------------------------------------

# Rules that only count what is diverted, at PLACE.
counters() {
	place=$1
	shift
	for p in tcp udp icmp; do
		lab "$place" iptables "$@" -p $p || return 1
	done
	for p in tcp udp; do
		lab "$place" ip6tables "$@" -p $p || return 1
	done
	for type in $icmp6; do
		lab "$place" ip6tables "$@" -p icmpv6 --icmpv6-type "$type"
	done
}

# tally PLACE TABLE PATTERN: packets that its rules have counted.
tally() {
	for t in iptables ip6tables; do
		lab "$1" $t-save -c -t "$2"
	done | sed -n 's/^\[\([0-9]*\):[0-9]*\] -A /\1 /p' |
	    awk -v p="$3" '$0 ~ p { n += $1 } END { print n + 0 }'
}
to_queue() {
	echo $(($(tally gateway mangle 'POSTROUTING .*NFQUEUE') +
	    $(tally gateway raw 'PREROUTING .*NFQUEUE')))
}
behind_queue() {
	echo $(($(tally server mangle 'PREROUTING -i eth0') +
	    $(tally gateway mangle 'PREROUTING -i em1')))
}

nat_rules plain || skip_all "no iptables with NFQUEUE"
for t in iptables ip6tables; do
	$t -P FORWARD DROP &&
	    $t -A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED \
		-j ACCEPT &&
	    $t -A FORWARD -i em0 -m conntrack --ctstate NEW -j ACCEPT &&
	    $t -A FORWARD -i em1 -p udp ||
	    skip_all "no connection tracking"
done
counters server -t mangle -A PREROUTING -i eth0
counters gateway -t mangle -A PREROUTING -i em1
# Before the diversion: what is diverted does not come by again.
counters gateway -t mangle -I POSTROUTING -o em1
counters gateway -t raw -I PREROUTING -i em1
# shellcheck disable=SC2086
more_addresses client em0 1 $inside4 $inside6
ip addr add 198.51.100.7/24 dev em1
lab server ip neigh replace 198.51.100.7 lladdr 02:00:00:00:02:01 dev eth0 \
    nud permanent
# A kernel says one a second that nobody is at a port.
lab client sh -c 'for f in /proc/sys/net/ipv4/icmp_ratelimit \
    /proc/sys/net/ipv6/icmp/ratelimit; do echo 0 >$f; done'

# ---- what happens --------------------------------------------------------

mkdir "$T/state"
chmod 777 "$T/state"
rules() {
	cat <<-END
	set state-file "$T/state/700" every 1
	match out on em1 inet from 192.0.2.0/24 to any \\
	    nat-to { 198.51.100.1, 198.51.100.7 }
	match out on em1 inet6 from 2001:db8:1::/64 to any \\
	    nat-to 2001:db8:2::1
	END
}

# round: every stream and every flow has come through since.
rounds=0
round() {
	rounds=$((rounds + 1))
	kill -USR1 "$crowd_pid"
	ok "$1" within 20 grep -q "^round $rounds\$" "$T/crowd.out"
}
now() {
	date +%s.%N
}
# away, back: the time in which nobody is at the queue.
away() {
	echo "away $(now)" >>"$T/times"
}
back() {
	echo "back $(now)" >>"$T/times"
}
of_queue() {
	awk -v f="$1" '$1 == 700 { print $f }' $table
}
nobody() {
	[ -z "$(of_queue 1)" ]
}
# decided: how many of the queue's packets are, once that stays so: what was
# said to the guard is still done.
decided() {
	last=$decided
	decided=$(awk '$1 == 700 { print $8 - $3 - $7 }' $table)
	[ "$decided" = "$last" ] || same=0
	same=$((same + 1))
	[ $same = 5 ]
}
lost_more() {
	[ "$(to_queue)" -ge $((before + 500)) ]
}
snapshots() {
	nat_ask -s info -F json | jq .state_file.written
}
snapshots_more() {
	[ "$(snapshots)" -gt "$saved" ]
}
into_the_void() {
	ok "$1: nobody is at the queue" within 10 nobody
	before=$(to_queue) behind=$(behind_queue)
	ok "$1: packets come all the same" within 20 lost_more
	is "$1: none of them goes on" "$(behind_queue)" "$behind"
}
# account: what this divertnat has let go on, and what it was not given: the
# queue or its socket were full, or it came when the last had been read.
passed=0 missed=0 late=0 dropped=0
account() {
	is "$1: divertnat drained" $status 0
	conserved
	passed=$((passed + $(law passed) + $(law replaced)))
	dropped=$((dropped + $(law dropped)))
	missed=$((missed + $(law missed)))
	ok "$1: the kernel numbered what was received" \
	    test "$(said received)" -ge "$(law received)"
	late=$((late + $(said received) - $(law received) -
	    $(said full_socket)))
}

rules >"$T/rules"
start capture "$DIVERTLAB_TRAFFIC" in "$DIVERTLAB/ns/server" dumpcap -q -P \
    -B 16 -s 128 -i eth0 -w "$T/outside.pcap"
within 10 grep -q '^File:' "$T/capture.err" ||
    skip_all "no capture: $(tail -1 "$T/capture.err")"
start echo "$DIVERTLAB_TRAFFIC" in "$DIVERTLAB/ns/server" \
    "$TOP/regress/live/aid_echo.aid" 7700
within 10 grep -q ready "$T/echo.out"
nat_start -f "$T/rules"
# shellcheck disable=SC2086
start crowd "$DIVERTLAB_TRAFFIC" in "$DIVERTLAB/ns/client" \
    "$TOP/regress/live/aid_crowd.aid" -i "$pause" -n "$many" -u "$many" \
    7700 "$DIVERTLAB_SERVER4" "$DIVERTLAB_SERVER6" \
    192.0.2.2 2001:db8:1::2 $inside4 $inside6
ok "$many streams and $many flows of each family" within 20 \
    grep -q ready "$T/crowd.out"
ok "each is a state" test "$(nat_ask -s states | wc -l)" -ge $((4 * many))

nat_ask --reload
is "the same rules are read" $? 0
round "all go on"
{
	echo 'set timeout udp 400'
	echo 'match out on em1 inet from 10.0.0.0/8 to any nat-to 198.51.100.9'
	rules
} >"$T/rules"
nat_ask --reload
is "more rules are read" $? 0
echo 'match out on nat-to' >>"$T/rules"
nat_ask --reload 2>/dev/null
is "wrong rules are not" $? 2
kill -HUP "$(pid_of nat)"
ok "nor by SIGHUP" within 5 grep -q 'the rules stay as they were' "$T/nat.err"
rules >"$T/rules"
round "all go on"

away
stop nat TERM
account "ended"
into_the_void "ended"
nat_start -f "$T/rules"
back
ok "started again: all states are there" test "$(sed -n \
    's/.*: \([0-9]*\) states restored.*/\1/p' "$T/nat.err")" -ge $((4 * many))
round "all go on"

saved=$(snapshots)
ok "a snapshot, in its turn" within 10 snapshots_more
# Killed where it stands, so that the kernel's figures stay as they are.
away
kill -STOP "$(pid_of nat)"
decided=none same=0
ok "it stands still" within 10 decided
missed=$((missed + $(of_queue 6) + $(of_queue 7)))
waiting=$(of_queue 3)
kill -KILL "$(pid_of nat)"
finish nat
into_the_void "killed"
passed=$((passed + decided))
nat_start -f "$T/rules"
back
ok "started again: all states are there" test "$(sed -n \
    's/.*: \([0-9]*\) states restored.*/\1/p' "$T/nat.err")" -ge $((4 * many))
round "all go on"
nat_ask --reload
is "rules are read again" $? 0
round "all go on"

# ---- what has come of it -------------------------------------------------

kill -TERM "$crowd_pid"
finish crowd
settle
states=$(nat_ask -s states | wc -l)
stop nat
account "at the end"
stop echo TERM
stop capture INT
crowd=$(tail -1 "$T/crowd.out") echo=$(tail -1 "$T/echo.out")
sed -n '/^failed/p' "$T/crowd.out" "$T/echo.out" | sed 's/^/# /' | head -20
is "every stream came back whole" "$(field whole "$crowd")" $((2 * many))
is "none has failed, at either end" \
    "$(field failed "$crowd") $(field failed "$echo")" "0 0"
is "the server had no other ones" "$(field streams "$echo") \
$(field ended "$echo")" "$((2 * many)) $((2 * many))"
is "and as many bytes" "$(field bytes "$echo")" "$(field bytes "$crowd")"
is "nothing came damaged, twice, or from other ports than before" \
    "$(field damaged "$crowd") $(field twice "$crowd") \
$(field moved "$crowd")" "0 0 0"
is "the kernels found no wrong checksum" \
    "$(errors_at server) $(errors_at client)" "0 0"
echo "# $crowd"
echo "# $echo"

# What was lost was sent while nobody was there to take it: after "away", or
# before that within the time that the slowest answer took: it waited in the
# queue then.
awk -v slowest="$(field slowest "$crowd")" '
    $1 == "away" { from[++n] = $2 - slowest - 0.5 } $1 == "back" { to[n] = $2 }
    $1 == "lost" {
	out++
	for (i = 1; i <= n; i++)
		if ($2 >= from[i] && $2 <= to[i]) {
			out--
			break
		}
    } END { print out + 0 }' "$T/times" "$T/crowd.out" >"$T/out"
lost=$(field lost "$crowd")
ok "requests were lost with nobody at the queue: $lost" test "$lost" -gt 0
ok "at other times none but those the kernel could not queue: $missed" \
    test "$(cat "$T/out")" -le "$missed"
# UDP, by the kernel's rules before and behind the queue, and by the ends.
sent=$(($(field requests "$crowd") + $(field latecomers "$crowd")))
out=$(tally gateway mangle 'POSTROUTING -o em1 -p udp')
in=$(tally gateway raw 'PREROUTING -i em1 -p udp')
is "UDP: what was sent came to the queue" "$out" "$sent"
is "UDP: what the server got is what went on" "$(field requests "$echo")" \
    "$(tally server mangle 'PREROUTING -i eth0 -p udp')"
is "UDP: what it answered came to the queue" "$in" "$(($(field answers \
    "$echo") + $(field strangers "$echo") + $(field latecomers "$echo")))"
is "UDP: what is lost is what did not go on" "$lost" \
    "$((out + in - $(tally server mangle 'PREROUTING -i eth0 -p udp') -
    $(tally gateway mangle 'PREROUTING -i em1 -p udp')))"
# All protocols.
is "what went on is what divertnat said so of" "$(behind_queue)" "$passed"
is "and divertnat dropped none" "$dropped" 0
echo "# to the queue $(to_queue), on $(behind_queue), waiting when killed" \
    "$waiting, when ended $late, not queued $missed;" \
    "$(cat "$T/out") requests lost for that; $states states at the end"

is "the firewall let in no stranger" "$(field strangers "$crowd")" 0
is "they came as far as there" \
    "$(tally gateway filter 'FORWARD -i em1 -p udp')" \
    "$(field strangers "$echo")"
ok "there were some" test "$(field strangers "$echo")" -gt 0
is "ICMP errors about the server's own datagrams come to it" \
    "$(($(field errors4 "$echo") + $(field errors6 "$echo")))" \
    "$(field latecomers "$echo")"
ok "of both families" test "$(field errors4 "$echo")" -gt 0 -a \
    "$(field errors6 "$echo")" -gt 0

# ---- outside -------------------------------------------------------------

is "no inside address was seen outside" "$(leaks)" 0
seen=$(sed -n 's/^Packets received.*: \([0-9]*\)\/.*/\1/p' "$T/capture.err")
is "the capture has lost nothing" "$(sed -n \
    's/^Packets received.*: [0-9]*\/\([0-9]*\) .*/\1/p' "$T/capture.err")" 0
ok "it has all that the server got, and more: $seen" test "$seen" -gt \
    "$(tally server mangle 'PREROUTING -i eth0')"
tshark -nr "$T/outside.pcap" -Y 'ip.addr == 192.0.2.0/24 ||
    ipv6.addr == 2001:db8:1::/64 || tcp.flags.reset == 1' >"$T/seen" \
    2>"$T/tshark" || sed 's/^/# /' "$T/tshark"
empty "nor in any header, also of quoted packets, and there is no reset" \
    "$(head -5 "$T/seen")"
tshark -nr "$T/outside.pcap" -Y 'icmp.type == 3 || icmpv6.type == 1' \
    -T fields -E occurrence=l -e ip.dst -e ipv6.dst 2>/dev/null |
    tr -d '\t' | sort -u >"$T/quoted"
# Which of the two addresses of IPv4 a host gets is chance.
is "quotes have addresses outside" "$(sed -e '/^198\.51\.100\.[17]$/s/.*/4/' \
    -e 's/^2001:db8:2::1$/6/' "$T/quoted" | sort -u | tr '\n' ' ')" '4 6 '
plan
