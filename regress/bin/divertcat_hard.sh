#!/bin/sh
# SPDX-License-Identifier: ISC
# timeout: 180
# Filters, readers and descriptors that do not behave: divertcat ends, and
# every packet is accounted for.

# Functions are called by ok.
# shellcheck disable=SC2317

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"
CAT=$TOP/bin/divertcat/divertcat
DAY=$TOP/regress/data/day.pcapng
for need in tcpdump jq python3; do
	command -v $need > /dev/null || skip_all "no $need"
done
# The user that a filter runs as must be able to reach it.
chmod 755 "$T"
cp "$TOP/regress/filter.py" "$TOP/share/examples/pcapngpipe.py" "$T/"
FILTER=$T/filter.py
all=19

count() {
	tcpdump -nr "$1" 2>/dev/null | wc -l | tr -d ' '
}
# cat ARGUMENTS...: run it, statistics into $T/stats.
cat_() {
	timeout 20 "$CAT" --stats json "$@" 2> "$T/err"
	status=$?
	grep '"event_type":"stats"' "$T/err" | tail -n 1 > "$T/stats"
}
figure() {
	jq -r ".stats.$1 // 0" "$T/stats"
}
conserved() {
	is "$1: received = passed+replaced+dropped+expired+lost+held" \
	    "$(jq '.stats | .received - .passed - .replaced - .dropped -
	    .expired - .lost - .held' "$T/stats")" 0
}
# within SECONDS COMMAND...
within() {
	tries=$(($1 * 20))
	shift
	until "$@"; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.05
	done
}
# Has the file something in it, and grown no more for a while?
size=0 still=0
settled() {
	now=$(wc -c < "$1")
	if [ "$now" -gt 0 ] && [ "$now" = "$size" ]; then
		still=$((still + 1))
	else
		still=0
	fi
	size=$now
	[ $still -ge 10 ]
}

# Filters

cat_ -r "$DAY" --window 8 -w "$T/out" -- "$FILTER" drop 1
is "a filter that drops whole windows does not stall a capture" \
    "$status $(figure by_reason.not_returned) $(count "$T/out")" "0 $all 0"
conserved "drop all"

cat_ -r "$DAY" -w "$T/out" -- sh -c 'sleep 60 & exec cat'
is "a command that leaves its pipes to another" \
    "$status $(figure passed) $(count "$T/out")" "0 $all $all"
conserved "left behind"
cat_ -r "$DAY" --window 1 -w "$T/out" -- sh -c \
    'sleep 60 & head -c 200 > /dev/null; exit 3'
is "and fails" "$status $(figure by_reason.exit)" "1 1"
conserved "left behind, failed"

cat_ -r "$DAY" --window 4 -w "$T/out" -- sh -c 'exec >&-; exec sleep 60'
is "a command that closes its stdout and stays is killed" "$status" 137
ok "and that is said" grep -q 'does not end: killed' "$T/err"
conserved "closed stdout"
cat_ -r "$DAY" --window 4 -w "$T/out" -- \
    sh -c 'trap "" TERM; echo this is no stream; while :; do sleep 60; done'
is "one that writes no stream and does not end is killed" "$status" 1
ok "and that is said" grep -q 'does not end: killed' "$T/err"
conserved "no stream"
cat_ -r "$DAY" --window 1 -w "$T/out" -- sh -c 'exec <&-; exec cat /dev/null'
is "a command that closes its stdin" "$status $(figure passed)" "0 0"
conserved "closed stdin"

python3 - "$T/jumbo.pcap" <<'END'
import struct
import sys
data = bytes([0x60, 0, 0, 0, 0, 0, 0, 64]) + bytes(32) + \
    bytes([17, 0, 0xc2, 4]) + struct.pack('>I', 70000) + bytes(69992)
with open(sys.argv[1], 'wb') as f:
    f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 262144, 101))
    f.write(struct.pack('<IIII', 1, 0, len(data), len(data)) + data)
END
cat_ -r "$T/jumbo.pcap" -w "$T/out" -- cat
is "a jumbogram is not for filters, and no reason to wait" \
    "$status $(figure by_reason.too_large)" "0 1"
conserved jumbogram

# Larger than half of what is free: a slow reader of a capture still gets all.
python3 - "$T/jumbos.pcap" <<'END'
import struct
import sys
with open(sys.argv[1], 'wb') as f:
    f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 1 << 20, 101))
    for n in range(600000, 640000, 1000):
        data = bytes([0x60, 0, 0, 0, 0, 0, 0, 64]) + bytes(32) + \
            bytes([17, 0, 0xc2, 4]) + struct.pack('>I', n) + bytes(n - 8)
        f.write(struct.pack('<IIII', 1, 0, len(data), len(data)) + data)
END
cat_ -r "$T/jumbos.pcap" | {
	head -c 1 > /dev/null
	cat > /dev/null
}
is "jumbograms are copied too" "$(figure copies) $(figure copies_lost)" "40 0"
cat_ -r "$T/jumbos.pcap" tcp -- cat | {
	head -c 1 > /dev/null
	cat > /dev/null
}
is "and go past a filter" "$(figure copies) $(figure copies_lost)" "40 0"

# A signal that service managers send to all processes.
mkfifo "$T/in"
"$CAT" --stats json - -- sh -c 'echo $$ > "$0"; exec cat' "$T/pid" \
    < "$T/in" > "$T/out" 2> "$T/err" &
pid=$!
: > "$T/pid" && chmod 666 "$T/pid"
exec 3> "$T/in"
within 10 test -s "$T/pid"
kill -STOP "$(cat "$T/pid")"
kill -TERM "$pid" "$(cat "$T/pid")"
kill -CONT "$(cat "$T/pid")"
wait "$pid"
is "SIGTERM to the command as well: status" "$?" 0
exec 3>&-

# What cannot be written back

python3 - "$DAY" "$T/cut.pcap" <<'END'
import struct
import sys
sys.dont_write_bytecode = True
out = open(sys.argv[2], 'wb')
out.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 40, 101))
data = open(sys.argv[1], 'rb').read()
at = 0
while at < len(data):
    kind, length = struct.unpack_from('<II', data, at)
    if kind == 6:
        caplen, wirelen = struct.unpack_from('<II', data, at + 20)
        n = min(caplen, 40)
        out.write(struct.pack('<IIII', 1, 0, n, wirelen))
        out.write(data[at + 28:at + 28 + n])
    at += length
END
cat_ -r "$T/cut.pcap" -w "$T/out" -- "$FILTER" change 1
ok "cut packets that were changed are dropped" \
    test "$(figure by_reason.truncated)" -gt 0
is "and are not among those that go on" "$(count "$T/out")" \
    "$(($(figure passed) + $(figure replaced) + $(figure injected)))"
conserved cut

# Readers: more than the 4 MiB of the ring.

i=0
while [ $i -lt 4000 ]; do echo "$DAY"; i=$((i + 1)); done |
    xargs cat > "$T/big"
: > "$T/seen" && chmod 666 "$T/seen"
{
	cat_ -r "$T/big" -- tee "$T/seen"
	echo $status > "$T/status"
} | {
	within 20 settled "$T/seen"
	head -c 1 > /dev/null
}
is "the reader goes while the filter waits for it" "$(cat "$T/status")" 1
conserved "reader gone"

: > "$T/seen"
cat_ -r "$T/big" --timeout 0.3 -- tee "$T/seen" | {
	within 20 settled "$T/seen"
	cat > "$T/out"
}
is "what waits for a slow reader does not expire" \
    "$(figure expired) $(count "$T/out")" "0 $((all * 4000))"
conserved "slow reader"

: > "$T/seen"
cat_ -r "$T/big" --on-exit pass -- sh -c 'head -c 200000 | tee "$0"' "$T/seen" | {
	within 20 settled "$T/seen"
	cat > "$T/out"
}
is "--on-exit pass: nor is anything lost to a slow reader" \
    "$(count "$T/out") $(figure copies_lost)" "$((all * 4000)) 0"
conserved "on-exit pass"

# Descriptors

timeout 10 "$CAT" -v -r "$DAY" -w "$T/out" >&- 2>&-
is "stdout and stderr closed: no message in the output" \
    "$("$CAT" -F text -r "$T/out" 2>&1 | wc -l | tr -d ' ')" $all
timeout 10 "$CAT" -v -r "$DAY" -w "$T/out" -- cat <&- >&- 2>&-
is "all closed, and a command" \
    "$("$CAT" -F text -r "$T/out" 2>&1 | wc -l | tr -d ' ')" $all

mkfifo "$T/to" "$T/back"
exec 4<> "$T/to" 5<> "$T/back"
cat < "$T/to" > "$T/back" 4>&- 5>&- &
filter=$!
timeout 20 "$CAT" --timeout 0.3 -b -r "$DAY" -w "$T/out" >&4 <&5 2> "$T/err"
is "-b with pipes that others hold: it ends" "$? $(count "$T/out")" "0 $all"
is "and leaves them as they were" "$(python3 -c '
import fcntl
import os
print(*[fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_NONBLOCK for fd in (4, 5)])')" \
    "0 0"
kill $filter 2> /dev/null
exec 4>&- 5>&-

# Statistics

name=$(printf 'caf\351.pcapng')
cp "$DAY" "$T/$name"
(cd "$T" && "$CAT" --stats json -r "$name" 2> "$T/err" > /dev/null)
is "a name that is no UTF-8: statistics are JSON" \
    "$(jq -r '.port' "$T/err")" 'file:caf?.pcapng'

"$CAT" --stats json -c 5 -p 2/s -r "$DAY" > "$T/few" 2> "$T/err" &
pid=$!
# The header is there: the first packet follows at once.
within 10 test -s "$T/few"
kill -INT $pid
wait $pid
cp "$T/err" "$T/stats"
n=$(figure received) bytes=$(figure bytes)
ok "-c, cut short by a signal" test "$n" -lt 5
is "the bytes are those of the packets received" "$bytes" \
    "$("$CAT" -F json -r "$T/few" | jq -s 'map(.divert.len) | add // 0')"
plan
