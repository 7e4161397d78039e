#!/bin/sh
# SPDX-License-Identifier: ISC
# What divertcat does with the packets of a capture, mode by mode.  tcpdump
# says which packets came out; the statistics must add up each time.

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"
CAT=$TOP/bin/divertcat/divertcat
DAY=$TOP/regress/data/day.pcapng
FILTER=$TOP/regress/filter.py
for need in tcpdump jq python3; do
	command -v $need > /dev/null || skip_all "no $need"
done
# The user that a filter runs as must be able to reach it.
chmod 755 "$T"
cp "$FILTER" "$T/filter.py"
cp "$TOP/share/examples/pcapngpipe.py" "$T/"
FILTER=$T/filter.py

# lines FILE: its packets as text with bytes and times.
lines() {
	tcpdump -xnnttr "$1" 2>/dev/null
}
count() {
	tcpdump -nr "$1" 2>/dev/null | wc -l | tr -d ' '
}
# cat ARGUMENTS...: run it, statistics into $T/stats.
cat_() {
	timeout 60 "$CAT" --stats json "$@" 2> "$T/err"
	status=$?
	grep '"event_type":"stats"' "$T/err" | tail -n 1 > "$T/stats"
}
figure() {
	jq -r ".stats.$1 // 0" "$T/stats"
}
# conserved WHAT: the law.
conserved() {
	is "$1: received = passed+replaced+dropped+expired+lost+held" \
	    "$(jq '.stats | .received - .passed - .replaced - .dropped -
	    .expired - .lost - .held' "$T/stats")" 0
}

all=$(count "$DAY")
ok "the capture has packets" test "$all" -gt 10
lines "$DAY" > "$T/day.lines"

cat_ -r "$DAY" > "$T/out"
lines "$T/out" > "$T/out.lines"
empty "a copy has the same packets" "$(diff "$T/day.lines" "$T/out.lines")"
is "they are counted" "$(figure received) $(figure passed) $(figure copies)" \
    "$all $all $all"
conserved copy

cat_ -x -r "$DAY" > "$T/out"
is "-x takes all" "$(figure dropped) $(figure by_reason.taken)" "$all $all"
is "and writes all" "$(count "$T/out")" "$all"
conserved take

cat_ -r "$DAY" tcp > "$T/out"
is "an expression selects" "$(count "$T/out")" \
    "$(tcpdump -nr "$DAY" tcp 2>/dev/null | wc -l | tr -d ' ')"
conserved expression
echo 'tcp # or not' > "$T/expression"
"$CAT" -r "$DAY" --filter-file "$T/expression" > "$T/out2"
ok "from a file as well" cmp "$T/out" "$T/out2"

cat_ -r "$DAY" -c 5 > "$T/out"
is "-c stops" "$(count "$T/out") $(figure received)" "5 5"
conserved count

cat_ -r "$DAY" -w "$T/out" -- cat
is "a command that is cat: status" "$status" 0
lines "$T/out" > "$T/out.lines"
empty "cat gives the same packets" "$(diff "$T/day.lines" "$T/out.lines")"
is "unchanged ones are passed" "$(figure passed) $(figure replaced)" "$all 0"
conserved command

cat_ -r "$DAY" tcp -- cat > "$T/out"
lines "$T/out" > "$T/out.lines"
empty "what was not selected goes on too, in order" \
    "$(sort "$T/day.lines" | diff - "$T/sorted" 2>/dev/null || :)$(
    sort "$T/day.lines" > "$T/a"; sort "$T/out.lines" > "$T/b";
    diff "$T/a" "$T/b")"

cat_ -r "$DAY" -w "$T/out" -- "$FILTER" drop 3
is "every third not returned is missing" "$(count "$T/out")" \
    $((all - all / 3))
is "and counted" "$(figure dropped) $(figure by_reason.not_returned)" \
    "$((all / 3)) $((all / 3))"
conserved drop

cat_ -r "$DAY" -w "$T/out" -- "$FILTER" deny 3
is "an id without bytes drops" \
    "$(count "$T/out") $(figure by_reason.filtered)" \
    "$((all - all / 3)) $((all / 3))"
conserved deny

cat_ -r "$DAY" -w "$T/out" -- "$FILTER" twice 4
is "returned twice: the second is injected" \
    "$(count "$T/out") $(figure passed) $(figure injected)" \
    "$((all + all / 4)) $all $((all / 4))"
conserved twice

cat_ -r "$DAY" -w "$T/out" -- "$FILTER" reverse 5
is "reordered: none is missing" "$(count "$T/out") $(figure passed)" "$all $all"
lines "$T/out" | sort > "$T/b"
sort "$T/day.lines" > "$T/a"
empty "reordered: each with its own time and bytes" "$(diff "$T/a" "$T/b")"
conserved reverse

cat_ -r "$DAY" -w "$T/out" -- "$FILTER" bare
lines "$T/out" > "$T/out.lines"
empty "without ids they are found by their bytes" \
    "$(diff "$T/day.lines" "$T/out.lines")"
is "and passed" "$(figure passed) $(figure injected)" "$all 0"
conserved bare

cat_ -r "$DAY" -w "$T/out" udp -- "$FILTER" change 1
is "changed without an id: same addresses, ports and IP id" \
    "$(($(figure replaced) + $(figure injected)))" \
    "$(tcpdump -nr "$DAY" udp 2>/dev/null | wc -l | tr -d ' ')"
conserved change
is "their checksums are right" \
    "$(tcpdump -vvnr "$T/out" 2>/dev/null | grep -c 'bad .*cksum')" 0

cat_ -r "$DAY" -w "$T/out" udp -- "$FILTER" grow 7
is "grown: replaced" "$(figure replaced) $(figure injected)" \
    "$(tcpdump -nr "$DAY" udp 2>/dev/null | wc -l | tr -d ' ') 0"
is "grown: checksums and lengths are right" \
    "$(tcpdump -vvnr "$T/out" 2>/dev/null | grep -c 'bad .*cksum\|bad length\|truncated')" 0
is "grown: by so many bytes" \
    "$(tcpdump -nqr "$T/out" udp 2>/dev/null | awk '{ s += $NF } END { print s }')" \
    "$(tcpdump -nqr "$DAY" udp 2>/dev/null | awk '{ s += $NF + 7 } END { print s }')"
cat_ -K -r "$DAY" -w "$T/out" udp -- "$FILTER" change 1
ok "-K: checksums stay as they come" test \
    "$(tcpdump -vvnr "$T/out" udp 2>/dev/null | grep -c 'bad udp cksum\|bad length')" -gt 0
conserved keep

cat_ -r "$DAY" -w "$T/out" udp -- "$FILTER" made 2
udp=$(tcpdump -nr "$DAY" udp 2>/dev/null | wc -l | tr -d ' ')
is "made up: injected" "$(count "$T/out") $(figure injected)" \
    "$((all + udp / 2)) $((udp / 2))"
conserved made

cat_ -r "$DAY" -w "$T/out" -- "$FILTER" cut 30
is "cut off but unchanged: the whole packet passes" \
    "$(figure passed) $(figure replaced)" "$all 0"
conserved cut

cat_ -r "$DAY" -w "$T/out" --window 4 --timeout 30 -- "$FILTER" drop 2
is "a small window does not stall a filter that drops" \
    "$(count "$T/out") $(figure dropped)" "$((all - all / 2)) $((all / 2))"
conserved window

cat_ -r "$DAY" -w "$T/out" --window 4 -- "$FILTER" late 6
is "late ones are in the output all the same" "$(count "$T/out")" "$all"
is "as injections" "$(figure injected)" "$(figure by_reason.not_returned)"
conserved late

cat_ -r "$DAY" -w "$T/out" -- "$FILTER" junk 3
is "bytes that are no stream: status 1" "$status" 1
ok "and a line that says so" grep -q 'no packet stream' "$T/err"
conserved junk

cat_ -r "$DAY" -w "$T/out" -- "$FILTER" die 3
is "a killed command: 128 + signal" "$status" 137
conserved die
cat_ -r "$DAY" -w "$T/out" -- "$FILTER" leave 3
is "a failing command: 1" "$status" 1
conserved leave
cat_ -r "$DAY" -w "$T/out" --on-exit pass -- "$FILTER" die 3
is "--on-exit pass: all go on" "$(count "$T/out") $status" "$all 0"
conserved "on-exit pass"
cat_ -r "$DAY" -w "$T/out" --on-exit drop --window 1 -- "$FILTER" die 3
is "--on-exit drop: the rest is dropped" \
    "$(figure by_reason.exit) $status" "$((all - $(figure passed))) 0"
conserved "on-exit drop"
cat_ -r "$DAY" -w "$T/out" --window 1 --on-exit restart -- "$FILTER" die 12
is "--on-exit restart: the second one does the rest" \
    "$(($(count "$T/out") + $(figure by_reason.exit))) $status" "$all 0"
ok "and little is lost" test "$(figure by_reason.exit)" -le 1
conserved "on-exit restart"
cat_ -r "$DAY" -w "$T/out" --timeout 0.2 -- "$FILTER" deaf 3
ok "a deaf filter: what it keeps expires" test "$(figure expired)" -gt 0
conserved deaf
cat_ -r "$DAY" -w "$T/out" --timeout 0.2 --on-timeout pass -- "$FILTER" hold 2
# One that comes back later all the same is injected.
is "--on-timeout pass: none is missing" \
    "$(($(count "$T/out") - $(figure injected)))" "$all"
conserved "on-timeout pass"

# -b: the filter is on our stdin and stdout.
mkfifo "$T/to" "$T/back"
"$FILTER" drop 3 < "$T/to" > "$T/back" &
"$CAT" --stats json -b -r "$DAY" -w "$T/out" > "$T/to" < "$T/back" 2> "$T/err"
status=$?
wait
tail -n 1 "$T/err" > "$T/stats"
is "-b: every third is missing" "$(count "$T/out") $status" \
    "$((all - all / 3)) 0"
conserved both
# A wrapper that keeps our stdout open hides the end from the filter.
"$FILTER" drop 3 < "$T/to" > "$T/back" &
timeout 30 "$CAT" --stats json --timeout 0.3 -b -r "$DAY" -w "$T/out" \
    > "$T/to" < "$T/back" 2> "$T/err"
is "-b behind a wrapper: it ends all the same" "$? $(count "$T/out")" \
    "0 $((all - all / 3))"
wait

# Stages: a stream in, a stream out.
"$CAT" -r "$DAY" | "$CAT" - tcp | "$CAT" -F pflog - > "$T/out"
is "as a stage" "$(count "$T/out")" \
    "$(tcpdump -nr "$DAY" tcp 2>/dev/null | wc -l | tr -d ' ')"
is "direction and interface travel through stages" \
    "$("$CAT" -r "$DAY" | "$CAT" -F text - | sed 's/^[^ ]* //')" \
    "$("$CAT" -r "$DAY" -F text | sed 's/^[^ ]* //')"
for format in pcapng pcap pflog json; do
	"$CAT" -r "$DAY" -F $format > "$T/x.$format"
	is "$format reads back" "$("$CAT" -F text -r "$T/x.$format" | wc -l)" \
	    "$all"
done
"$CAT" -r "$DAY" -F json | jq -c . > "$T/jq.json" 2> "$T/err"
is "jq reads the JSON" "$(wc -l < "$T/jq.json")" "$all"
"$CAT" -r "$DAY" -F json -w "$T/out" -- jq -c --unbuffered \
    'select(.proto == "TCP")' 2> /dev/null
is "jq as the filter" "$("$CAT" -F text -r "$T/out" | wc -l)" \
    "$(tcpdump -nr "$DAY" tcp 2>/dev/null | wc -l | tr -d ' ')"

# Pace: 19 packets at 50 a second take 0.36 s; the clock is not ours.
before=$(date +%s%N)
"$CAT" -r "$DAY" -p 50/s > /dev/null
after=$(date +%s%N)
ms=$(((after - before) / 1000000))
ok "-p 50/s takes its time ($ms ms)" test $ms -ge $(((all - 1) * 20 - 5))
ok "and not much more" test $ms -lt $(((all - 1) * 20 + 2000))

# A meter for people, from the first second on.
if command -v script > /dev/null; then
	script -qec "$CAT -r $DAY -p 12/s > /dev/null" /dev/null \
	    < /dev/null > "$T/tty" 2>&1
	ok "a progress meter on a terminal" grep -q 'packets, 1[0-9]/s' "$T/tty"
else
	skip "a progress meter" "script(1) is not there"
fi

# A slow reader of a capture loses nothing.
i=0
while [ $i -lt 2000 ]; do echo "$DAY"; i=$((i + 1)); done | xargs cat > "$T/big"
"$CAT" --stats json -r "$T/big" 2> "$T/err" | {
	head -c 100 > "$T/slow"
	# The pipe and the ring are full by then, or the copy is over.
	cat >> "$T/slow"
}
grep '"event_type":"stats"' "$T/err" > "$T/stats"
is "a reader that lags gets all" "$(count "$T/slow") $(figure copies_lost)" \
    "$((all * 2000)) 0"
plan
