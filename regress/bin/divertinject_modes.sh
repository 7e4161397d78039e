#!/bin/sh
# SPDX-License-Identifier: ISC
# What divertinject does with its inputs, into a file in place of a port:
# order, loops, selection, repair, pace and figures; and what -n says.

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"
INJECT=$TOP/bin/divertinject/divertinject
CAT=$TOP/bin/divertcat/divertcat
DAY=$TOP/regress/data/day.pcapng
for need in tcpdump jq; do
	command -v $need >/dev/null || skip_all "no $need"
done

# inject ARGUMENT...: its figures in $T/stats, its complaints in $T/said.
inject() {
	timeout 60 "$INJECT" --stats json "$@" 2>"$T/err" </dev/null
	status=$?
	grep '"event_type":"stats"' "$T/err" | tail -n 1 >"$T/stats"
	grep -v '"event_type":"stats"' "$T/err" >"$T/said"
}
figure() {
	jq -r ".stats.$1 // 0" "$T/stats"
}
conserved() {
	is "$1: received = passed+replaced+dropped+expired+lost+held" \
	    "$(jq '.stats | .received - .passed - .replaced - .dropped -
	    .expired - .lost - .held' "$T/stats")" 0
}
lines() {
	tcpdump -xnnttr "$1" 2>/dev/null
}
count() {
	tcpdump -nr "$1" 2>/dev/null | wc -l | tr -d ' '
}

all=$(count "$DAY")
lines "$DAY" >"$T/day.lines"

inject -r "$DAY" -w "$T/out"
is "a capture: status" $status 0
lines "$T/out" >"$T/out.lines"
empty "a capture: the same packets come out" \
    "$(diff "$T/day.lines" "$T/out.lines")"
is "a capture: read, injected, repaired" \
    "$(figure received) $(figure injected) $(figure repaired)" "$all $all 0"
conserved "a capture"

"$INJECT" -w - <"$DAY" >"$T/out" 2>/dev/null
lines "$T/out" >"$T/out.lines"
empty "from stdin to stdout" "$(diff "$T/day.lines" "$T/out.lines")"

for to in pcapng pcap pflog json; do
	"$CAT" -q -r "$DAY" -F json -w "$T/day.json"
	"$INJECT" -q -r "$T/day.json" -F $to -w "$T/out"
	"$CAT" -q -r "$T/out" -F text -w - | sed 's/^[0-9:.]* //' >"$T/text"
	"$CAT" -q -r "$DAY" -F text -w - | sed 's/^[0-9:.]* //' >"$T/wanted"
	[ $to != pcap ] ||
	    sed -i.old -E 's/^(in|out) on [a-z0-9]+ //' "$T/wanted"
	empty "from JSON to $to: direction and interface too, where it has them" \
	    "$(diff "$T/wanted" "$T/text" | sed 12q)"
done
"$INJECT" -q -r "$T/day.json" -w "$T/out"
lines "$T/out" >"$T/out.lines"
empty "from JSON to pcapng: byte for byte" \
    "$(diff "$T/day.lines" "$T/out.lines")"

# Inputs, one after the other, and again.
u='out proto udp from 192.0.2.1 port 1 to 192.0.2.2 port'
inject -e "$u 1" -r "$DAY" -e "$u 2" -e "$u 3" -l 3 -w "$T/out"
is "three inputs, three times" \
    "$(figure received) $(figure injected) $(figure loops)" \
    "$((3 * (all + 3))) $((3 * (all + 3))) 3"
conserved "three inputs"
ports() {
	tcpdump -nr "$T/out" 'src port 1' 2>/dev/null |
	    sed 's/.*> 192.0.2.2.\([0-9]*\):.*/\1/' | tr '\n' ' '
}
is "three inputs, in the order given" "$(ports)" '1 2 3 1 2 3 1 2 3 '
inject -l 0 -c 1000 -r "$DAY" -w "$T/out"
is "for ever, until -c" "$(figure injected) $(count "$T/out")" "1000 1000"
head -c 24 "$TOP/regress/data/form-micro-le.pcap" >"$T/none.pcap"
inject -l 0 -r "$T/none.pcap" -w "$T/out"
is "for ever, but there is nothing: status" $status 1
is "for ever, but there is nothing: said" "$(cat "$T/said")" \
    "divertinject: $T/out: nothing injected: no packets"
timeout 20 "$INJECT" --stats json -l 2 -w "$T/out" <"$DAY" 2>/dev/null
is "-l of a stdin that is a file: twice" "$(count "$T/out")" $((2 * all))

# Selection.
inject -r "$DAY" -w "$T/out" 'udp and on em0'
n=$(count "$T/out")
is "an expression selects" "$(figure injected)" "$n"
is "and what it leaves is counted with its reason" \
    "$(figure by_reason.not_selected)" $((all - n))
ok "of both there are some" test "$n" -gt 0 -a "$n" -lt "$all"
conserved expression
inject -r "$DAY" -w "$T/out" 'tcp port 4711'
is "nothing selected: status" $status 1
is "nothing selected: why" "$(cat "$T/said")" "divertinject: $T/out: \
the expression selected 0 of $all packets"

# Checksums and lengths: a UDP sum, an IP sum, and an IP length.
good=45000020000700003d11295cc6336401c63364020fa01388000cac61666f7572
bad=45000020000700003d111111c6336401c63364020fa01388000c1234666f7572
echo $bad >"$T/bad.hex"
inject -r "$T/bad.hex" -F json -w "$T/out"
packet() {
	jq -r .packet "$1" | base64 -d | od -An -tx1 | tr -d ' \n'
}
is "wrong sums are made right" "$(packet "$T/out")" $good
is "and counted" "$(figure repaired)" 1
inject -K -r "$T/bad.hex" -F json -w "$T/out"
is "unless they are to be kept" "$(packet "$T/out")" $bad

# What cannot be written.
"$CAT" -q -r "$DAY" -F pcap -w "$T/day.pcap"
{
	printf '\324\303\262\241\002\000\004\000\000\000\000\000\000\000\000\000'
	printf '\377\377\000\000\145\000\000\000\000\000\000\000\000\000\000\000'
	printf '\034\000\000\000\144\000\000\000\105\000\000\144\000\001\000\000'
	printf '\100\021\000\000\300\000\002\001\300\000\002\002\001\002\003\004'
	printf '\000\120\000\000'
} >"$T/cut.pcap"
inject -r "$T/cut.pcap" -w "$T/out"
is "28 bytes of 100 are refused: status" $status 1
is "28 bytes of 100 are refused: why" "$(cat "$T/said")" \
    "divertinject: $T/out: nothing injected: 1 of 1 packets: truncated"
conserved cut

# Pace: 0.4 s for the schedule of the capture twice as fast and again.  How
# late it may be depends on what else the machine does; t_pace has it exact.
span=$(jq -rs '(.[-1].timestamp | capture("(?<s>[0-9.]+)Z").s | tonumber) -
    (.[0].timestamp | capture("(?<s>[0-9.]+)Z").s | tonumber)' "$T/day.json")
inject -p 2x -l 2 -r "$DAY" -w "$T/out"
is "paced: all of them" "$(figure injected)" $((2 * all))
ok "paced: as long as it should take" awk -v s="$(figure seconds)" \
    -v w="$span" 'BEGIN { exit !(s >= w * 0.9 && s < w + 3) }'
inject -p 500/s -c 100 -l 0 -e "$u 1" -w "$T/out"
ok "packets a second" awk -v s="$(figure seconds)" \
    'BEGIN { exit !(s >= 0.18 && s < 3) }'
inject -p 80k -e "$u 1 length 972" -l 6 -w "$T/out"
ok "bits a second: 5 x 1000 bytes" awk -v s="$(figure seconds)" \
    'BEGIN { exit !(s >= 0.45 && s < 3) }'
ok "the rates agree with count and time" jq -e '.stats | (.packets_per_second *
    .seconds - .injected | fabs) < 0.01 and (.bits_per_second * .seconds -
    8 * .bytes_injected | fabs) < 1 and .first < .last' "$T/stats"
# A signal ends it early, with what was done counted.
"$INJECT" --stats json -p 50/s -l 0 -e "$u 1" -w "$T/early" 2>"$T/err" &
pid=$!
tries=200
until [ "$(count "$T/early")" -gt 2 ] || [ $tries = 0 ]; do
	tries=$((tries - 1))
	sleep 0.05
done
kill -INT $pid
wait $pid
is "SIGINT: status" $? 0
tail -n 1 "$T/err" >"$T/stats"
is "SIGINT: what is in the file is counted" "$(count "$T/early")" \
    "$(figure injected)"
conserved SIGINT
is "SIGINT: what was not due was not read" "$(figure received)" \
    "$(figure injected)"

# The last time is that of the last packet, not of the end of input.
(echo $good; sleep 1.5) | "$INJECT" --stats json -w "$T/out" 2>"$T/stats"
ok "a pipe that stays open: the last packet was long ago" \
    awk -v s="$(figure seconds)" 'BEGIN { exit !(s < 1.5) }'

# Damage.
{
	sed -n 1,2p "$T/day.json"
	echo '{"packet":"not base64"}'
	sed -n 3,4p "$T/day.json"
	echo '{"packet":'
	sed -n 5p "$T/day.json"
} >"$T/damaged.json"
inject -r "$T/damaged.json" -e "$u 1" -w "$T/out"
is "damage ends it: status" $status 3
is "damage ends it: what was read before is done" "$(count "$T/out")" 2
ok "damage ends it: where" grep -q 'damaged.json: line 3: ' "$T/said"
inject --keep-going -r "$T/damaged.json" -e "$u 1" -w "$T/out"
is "with --keep-going: status" $status 3
is "with --keep-going: the rest, and the next input" "$(count "$T/out")" 6
is "with --keep-going: one line for each" "$(cut -d : -f 1-3 "$T/said")" \
    "divertinject: $T/damaged.json: line 3
divertinject: $T/damaged.json: line 6"
inject --keep-going -r "$T/none" -r "$DAY" -w "$T/out"
is "an input that is not there is passed over: status" $status 1
is "an input that is not there is passed over" "$(figure injected)" "$all"

# -n
inject -n -r "$DAY" nfqueue:700 >"$T/plan"
# All that goes out goes nowhere without a route.
would=$(sed -n -E 's/.*: ([0-9]*) IPv[46] packets out: by.*/\1/p' "$T/plan" |
    awk '{ n += $1 } END { print n + 0 }')
is "-n: status" $status $((would == 0))
is "-n: what would go, and what not" "$(figure injected) $(figure lost)" \
    "$would $((all - would))"
is "-n: no times of what did not happen" \
    "$(figure first) $(figure seconds)" "0 0"
conserved "-n"
is "-n: a line for each family, direction and interface" \
    "$(sed -n -E 's/.*packets (in|out)( on [a-z0-9]*)?: .*/\1\2/p' "$T/plan" |
	sort -u | tr '\n' ';')" "in on em0;out;"
is "-n: and all packets in them" "$(sed -n -E \
    's/.*: ([0-9]*) IPv[46] packets (in|out).*/\1/p' "$T/plan" |
    awk '{ n += $1 } END { print n }')" "$all"
ok "-n: outbound by a raw socket, where there is a route" grep -q \
    -e 'out: by a raw socket' -e 'out: refused: no route' "$T/plan"
ok "-n: inbound not where there is no such interface" \
    grep -q 'in on em0: refused: no such interface' "$T/plan"
inject -nv -r "$DAY" nfqueue:700 >"$T/plan"
is "-nv: a line for each packet" "$(grep -c '^inject ' "$T/plan")" "$all"
inject -n -r "$T/day.pcap" nfqueue:700 >"$T/plan"
is "-n: without a direction none would go: status" $status 1
ok "-n: said" grep -q "$all packets refused: no_direction" "$T/plan"
inject -n -D out -r "$T/day.pcap" nfqueue:700 >"$T/plan"
is "-n -D out: none is refused" "$(figure dropped)" 0
# The number of an interface is one of the machine that captured.
for form in cooked2.pcap nflog-le.pcap; do
	inject -n -r "$TOP/regress/data/link-$form" nfqueue:700 >"$T/plan"
	is "-n: $form has directions and no names: refused" \
	    "$(figure by_reason.no_interface)" \
	    "$(($(figure received) - $(figure by_reason.no_direction) -
	    $(figure passed) - $(figure lost)))"
	ok "-n: $form: and there are such" grep -q 'refused: no_interface' \
	    "$T/plan"
done

# The meter.
if script -qec true /dev/null >/dev/null 2>&1; then
	script -qec "'$INJECT' -p 10/s -r '$DAY' -w '$T/out'" /dev/null \
	    </dev/null >"$T/tty" 2>/dev/null
	ok "a meter on a terminal" grep -q '[0-9] %, [0-9]* packets, [0-9]*/s' "$T/tty"
else
	skip "a meter on a terminal" "no script(1) to make one"
fi

# --reject into a file.
inject --reject -r "$DAY" -F text -w "$T/out" tcp
ok "--reject answers a SYN with a reset, the other way" \
    grep -q 'out.* IP 198.51.100.7.23 > 192.0.2.10.40002: Flags \[R\.\]' "$T/out"
conserved reject
inject --reject -r "$DAY" -F text -w "$T/out" udp
ok "--reject answers UDP with ICMP" grep -q \
    'out.* IP 198.51.100.7 > 192.0.2.10: ICMP.*unreachable' "$T/out"
plan
