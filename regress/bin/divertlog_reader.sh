#!/bin/sh
# SPDX-License-Identifier: ISC
# Records of a capture wait for a reader that is slow: none is lost, be it
# of packets, flows or statistics.  Packets are the same records in all modes.

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"
LOG=$TOP/bin/divertlog/divertlog
CAT=$TOP/bin/divertcat/divertcat
DATA=$TOP/regress/data
OTHERS=$TOP/../shared/data/captures
command -v jq > /dev/null || skip_all "no jq"

# Some 20,000 packets: 10 MB of records, and the ring takes 4.
i=0
while [ $i -lt 1000 ]; do echo "$DATA/day.pcapng"; i=$((i + 1)); done |
    xargs cat > "$T/big"
"$CAT" -q -r "$T/big" -w "$T/big.pcapng"
packets=$("$LOG" --fields ip_v -r "$T/big" | wc -l)

# slowly: reads half of what may wait, and then nothing for a second.
slowly() {
	dd bs=65536 count=32 2> /dev/null
	sleep 1
	cat
}

mkfifo "$T/fifo"
for mode in packet both; do
	slowly < "$T/fifo" > "$T/log" &
	"$LOG" -m $mode -S 0.001 -r "$T/big" > "$T/fifo" 2> "$T/err"
	is "-m $mode, a slow reader: exit status 0" "$?" 0
	wait
	is "-m $mode: a record for each packet" \
	    "$(grep -c '"event_type":"packet"' "$T/log")" "$packets"
	is "-m $mode: none is lost" \
	    "$(tail -n 1 "$T/log" | jq -c '[.event_type, .stats.records_lost]')" \
	    '["stats",0]'
	is "-m $mode: as many as are there" \
	    "$(tail -n 1 "$T/log" | jq .stats.records)" \
	    "$(($(wc -l < "$T/log") - 1))"
	ok "-m $mode: statistics on the way" \
	    test "$(grep -c '"event_type":"stats"' "$T/log")" -gt 2
	is "-m $mode: all is JSON" "$(jq -c .event_type "$T/log" | wc -l)" \
	    "$(wc -l < "$T/log")"
done

# A reader that does not come at all.  The run waits for it until it is asked to
# end; then what was made and not written is lost, and that is said.
mkfifo "$T/go"
: > "$T/log"
: > "$T/err"
{
	dd bs=1 count=1 of="$T/log" 2> /dev/null
	read -r _ < "$T/go"
	cat >> "$T/log"
} < "$T/fifo" &
"$LOG" --stats json -r "$T/big" > "$T/fifo" 2> "$T/err" &
pid=$!
# It has begun, and a tenth of a second makes no difference any more.
while [ ! -s "$T/log" ] && kill -0 $pid 2> /dev/null; do
	sleep 0.05
done
before=none now=''
while [ "$now" != "$before" ] && kill -USR1 $pid 2> /dev/null; do
	sleep 0.1
	before=$now
	now=$(tail -n 1 "$T/err" | jq .stats.received)
done
kill -TERM $pid
wait $pid
is "no reader: ends when asked to" "$?" 0
echo > "$T/go"
wait
tail -n 1 "$T/err" > "$T/stats"
seen=$(grep -c '}$' "$T/log")
ok "no reader: it had waited" test "$(jq .stats.received "$T/stats")" \
    -lt "$packets"
is "no reader: records and lost records are all" \
    "$(jq '.stats.records + .stats.records_lost' "$T/stats")" \
    "$(jq .stats.received "$T/stats")"
ok "no reader: those that came are not more than said: $seen" \
    test "$(jq .stats.records "$T/stats")" -le "$seen"
ok "no reader: that is said" grep -q 'records are lost$' "$T/err"

# A reader that goes away ends the run; with --keep-going it does not.
run_into_head() {
	{
		"$LOG" --stats json "$@" -r "$T/big" 2> "$T/err"
		echo $? > "$T/status"
	} | head -c 10 > /dev/null
	tail -n 1 "$T/err" | jq .stats.received > "$T/received"
}
run_into_head
is "the reader goes: exit status 1" "$(cat "$T/status")" 1
ok "the reader goes: so does divertlog, after $(cat "$T/received") packets" \
    test "$(cat "$T/received")" -lt "$packets"
run_into_head --keep-going -w "$T/on"
is "--keep-going: exit status 0, all packets" \
    "$(cat "$T/status" "$T/received" | tr '\n' ' ')" "0 $packets "
is "--keep-going: and all go on" \
    "$("$LOG" --fields ip_v -r "$T/on" | wc -l)" "$packets"

# With and without a table of flows: the same packets, fragments too.
[ -d "$OTHERS" ] || OTHERS=
# shellcheck disable=SC2086
for f in "$DATA"/*.pcap* $(ls $OTHERS/*.pcap* 2> /dev/null); do
	"$LOG" -q -r "$f" > "$T/packet" 2> /dev/null
	"$LOG" -q -m both -r "$f" 2> /dev/null |
	    grep -v '"event_type":"flow"' > "$T/both"
	cat "$T/both" >> "$T/every"
	cmp -s "$T/packet" "$T/both" || echo "${f##*/}"
done > "$T/wrong"
empty "-m packet and -m both: the same packets" "$(cat "$T/wrong")"
ok "fragments are among them" grep -q '"frag_off":[1-9]' "$T/every"
empty "which have no Community ID without ports" \
    "$(grep '"frag_off":[1-9]' "$T/every" | grep -c community_id |
    grep -v '^0$')"

# --fields with and without ids.
"$LOG" -m both --fields community_id,proto -r "$DATA/day.pcapng" > "$T/ids"
"$LOG" -m both --fields proto -r "$DATA/day.pcapng" > "$T/none"
is "--fields: ids when asked for" "$(grep -c '"community_id":"1:' "$T/ids")" \
    "$(wc -l < "$T/ids" | tr -d ' ')"
is "--fields: else the same without" "$(cat "$T/none")" \
    "$(jq -c 'del(.community_id)' "$T/ids")"
plan
