#!/bin/sh
# SPDX-License-Identifier: ISC
# What divertlog makes of the packets of a capture, mode by mode.  jq reads
# the logs, tcpdump says which packets there are.

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"
LOG=$TOP/bin/divertlog/divertlog
CAT=$TOP/bin/divertcat/divertcat
DATA=$TOP/regress/data
DAY=$DATA/day.pcapng
DNS=$DATA/dns.pcap
OTHERS=$TOP/../shared/data/captures
for need in tcpdump jq; do
	command -v $need > /dev/null || skip_all "no $need"
done

# lines FILE: its packets as text with bytes and times.
lines() {
	tcpdump --time-stamp-precision=nano -xnnttr "$1" 2> /dev/null
}
# Some packets are printed in several lines, of which the first has a number.
count() {
	tcpdump -n -# -r "$1" 2> /dev/null | grep -c '^ *[0-9][0-9]*  [^ ]'
}
# records FILE: the lines of a log.
records() {
	wc -l < "$1" | tr -d ' '
}
# log_ ARGUMENTS...: run it, records to $T/log, statistics to $T/stats.
log_() {
	timeout 60 "$LOG" --stats json "$@" > "$T/log" 2> "$T/err"
	status=$?
	tail -n 1 "$T/err" > "$T/stats"
}
figure() {
	jq -r ".stats.$1 // 0" "$T/stats"
}
# conserved WHAT: the law.
conserved() {
	is "$1: received = passed+replaced+dropped+expired+lost+held" \
	    "$(jq '.stats | .received - .passed - .replaced - .dropped -
	    .expired - .lost - .held' "$T/stats") $status" "0 0"
}
# foreign FILE: lines with a byte that is no visible ASCII.
foreign() {
	LC_ALL=C grep -c '[^ -~]' "$1"
}

all=$(count "$DAY")
tcp=$(tcpdump -nr "$DAY" tcp 2> /dev/null | wc -l | tr -d ' ')
ok "the capture has packets" test "$all" -gt 10
lines "$DAY" > "$T/day.lines"

# Packets.
log_ -r "$DAY"
is "a record for each packet" "$(records "$T/log")" "$all"
is "they are counted" \
    "$(figure received) $(figure passed) $(figure records)" "$all $all $all"
conserved packets
is "jq reads them all" "$(jq -c 'select(.event_type == "packet")' "$T/log" |
    wc -l | tr -d ' ')" "$all"
is "times have 6 digits" \
    "$(jq -r .timestamp "$T/log" | grep -c '\.[0-9]\{6\}Z$')" "$all"
is "lengths are those of the packets" \
    "$(jq -s 'map(.divert.len) | add' "$T/log")" "$(figure bytes)"
cp "$T/log" "$T/plain"
log_ -r "$DAY"
ok "the same again" cmp "$T/plain" "$T/log"
"$LOG" - < "$DAY" > "$T/log" 2> "$T/err"
is "from stdin" "$(jq -c 'del(.divert.src)' "$T/log")" \
    "$(jq -c 'del(.divert.src)' "$T/plain")"
log_ -r "$DAY" tcp
is "an expression selects" "$(records "$T/log") $(figure passed)" "$tcp $all"
conserved expression
echo 'tcp # or not' > "$T/expression"
log_ --filter-file "$T/expression" -r "$DAY"
is "from a file as well" "$(records "$T/log")" "$tcp"
log_ -r "$DAY" inbound
is "by direction" "$(records "$T/log")" \
    "$(jq -c 'select(.divert.dir == "in")' "$T/plain" | wc -l | tr -d ' ')"
log_ -c 5 -r "$DAY"
is "-c stops" "$(records "$T/log") $(figure received)" "5 5"
conserved count
log_ -c 2 -r "$DAY" tcp
is "-c counts what is selected" "$(records "$T/log")" 2
log_ --nano -r "$DAY"
is "--nano: 9 digits" "$(jq -r .timestamp "$T/log" |
    sed -n 's/^.*\.\([0-9]\{9\}\)Z$/\1/p')" \
    "$(sed -n 's/^[0-9]*\.\([0-9]*\) .*/\1/p' "$T/day.lines")"
log_ -F text -r "$DAY"
is "-F text: a line for each packet" "$(records "$T/log")" "$all"
is "the lines of divertcat" "$(cat "$T/log")" "$("$CAT" -F text -r "$DAY")"
log_ -F json -r "$DAY"
ok "-F json is the default" cmp "$T/plain" "$T/log"

# Fields.
log_ --fields dest_ip,timestamp,src_ip -r "$DAY"
is "--fields chooses and orders" "$(jq -c keys_unsorted "$T/log" | sort -u)" \
    '["dest_ip","timestamp","src_ip"]'
is "--fields: the same values" \
    "$(jq -c '[.dest_ip, .timestamp, .src_ip]' "$T/log")" \
    "$(jq -c '[.dest_ip, .timestamp, .src_ip]' "$T/plain")"
log_ --fields tcp.seq,src_ip,tcp.win,ip -r "$DAY" tcp
is "--fields: members of an object" \
    "$(jq -c '[keys_unsorted, (.tcp | keys_unsorted)]' "$T/log" | sort -u)" \
    '[["tcp","src_ip","ip"],["seq","win"]]'
is "--fields: a whole object" "$(jq -c .ip "$T/log")" \
    "$(jq -c 'select(.tcp) | .ip' "$T/plain")"
log_ --fields packet -r "$DAY"
is "--fields packet is -X enough" \
    "$(jq -c 'select(.packet)' "$T/log" | wc -l | tr -d ' ')" "$all"

# The way back.  A log is in microseconds unless asked otherwise.
log_ --nano -X -r "$DAY"
cp "$T/log" "$T/log.json"
"$CAT" -r "$T/log.json" -w "$T/back.pcapng" 2> "$T/err"
is "-X: the log turns back into packets" "$?" 0
lines "$T/back.pcapng" > "$T/back.lines"
ok "byte for byte, each at its time" cmp "$T/day.lines" "$T/back.lines"
is "with direction and interface" \
    "$("$CAT" -F json -r "$T/back.pcapng" |
	jq -c '[.in_iface, .divert.dir, .packet]')" \
    "$("$CAT" -F json -r "$DAY" | jq -c '[.in_iface, .divert.dir, .packet]')"
log_ -X --nano -m both -S 100 -r "$DAY"
cp "$T/log" "$T/mixed.json"
"$CAT" -r "$T/mixed.json" -w "$T/back2.pcapng" 2> "$T/err"
is "also from among flows and statistics" "$?" 0
lines "$T/back2.pcapng" > "$T/back2.lines"
ok "byte for byte there" cmp "$T/day.lines" "$T/back2.lines"
log_ --nano -r "$T/mixed.json"
is "divertlog reads its own log" "$(jq -c 'del(.divert.src)' "$T/log")" \
    "$("$LOG" --nano -r "$DAY" | jq -c 'del(.divert.src)')"
log_ -X --snap 40 -r "$DAY"
is "--snap: so many bytes at most" \
    "$(jq -r .packet "$T/log" | while read -r p; do
	echo "$p" | base64 -d | wc -c | tr -d ' '; done | sort -nu | tail -n 1)" 40
is "--snap: which caplen says, and len the whole" \
    "$(jq -c '[.divert.caplen, .divert.len]' "$T/log")" \
    "$(jq -c '[([.divert.len, 40] | min), .divert.len]' "$T/plain")"
is "--snap: the fields are those of the whole packet" \
    "$(jq -c 'del(.packet, .packet_info, .divert)' "$T/log")" \
    "$(jq -c 'del(.divert)' "$T/plain")"

# Packets go on.
log_ -r "$DAY" -w "$T/on.pcapng"
lines "$T/on.pcapng" > "$T/on.lines"
ok "-w: every packet, in order" cmp "$T/day.lines" "$T/on.lines"
ok "and the records are the same" cmp "$T/plain" "$T/log"
log_ -r "$DAY" -w "$T/on.pcapng" tcp
lines "$T/on.pcapng" > "$T/on.lines"
ok "-w: selected or not" cmp "$T/day.lines" "$T/on.lines"
is "but only the selected are logged" "$(records "$T/log")" "$tcp"
log_ -x -r "$DAY" -w "$T/on.pcapng" tcp
is "-x: logged and dropped" "$(records "$T/log") $(figure dropped) \
$(figure by_reason.taken) $(count "$T/on.pcapng")" "$tcp $tcp $tcp $((all - tcp))"
is "-x: and the record says so" \
    "$(jq -c .verdict "$T/log" | sort -u)" \
    '{"action":"drop","reason":"taken"}'
conserved take
"$LOG" -r "$DAY" -F pcap -w "$T/on.pcap" > "$T/log" 2> "$T/err"
"$CAT" -F pcap -r "$DAY" > "$T/cat.pcap"
ok "-F is the format of -w" cmp "$T/cat.pcap" "$T/on.pcap"
ok "records stay JSON" cmp "$T/plain" "$T/log"
"$CAT" -r "$DAY" | "$LOG" -w - -o "$T/stage.json" - tcp | "$CAT" - > "$T/out"
lines "$T/out" > "$T/out.lines"
ok "as a stage: all goes through" cmp "$T/day.lines" "$T/out.lines"
is "as a stage: the log is in its file" "$(records "$T/stage.json")" "$tcp"
is "with directions and interfaces" \
    "$("$CAT" -r "$DAY" | "$LOG" -w - -o "$T/stage2.json" - | "$CAT" -F text -)" \
    "$("$CAT" -F text -r "$DAY")"

# The log.
rm -f "$T/app.json"
"$LOG" -r "$DAY" -o "$T/app.json" > "$T/out"
ok "-o: the same records" cmp "$T/plain" "$T/app.json"
is "-o: nothing on stdout" "$(wc -c < "$T/out" | tr -d ' ')" 0
"$LOG" -r "$DAY" -o "$T/app.json"
cat "$T/plain" "$T/plain" | cmp - "$T/app.json" > /dev/null
is "-o: appended to" "$?" 0
"$LOG" -r "$DAY" -o - > "$T/log"
ok "-o -: stdout" cmp "$T/plain" "$T/log"

# Flows.
log_ -m flow -r "$DAY"
conserved flows
cp "$T/log" "$T/flows"
is "flows: their packets and bytes are those of the capture" \
    "$(jq -s -c 'map(.flow) | [map(.pkts_toserver + .pkts_toclient),
	map(.bytes_toserver + .bytes_toclient)] | map(add)' "$T/log")" \
    "[$all,$(figure bytes)]"
is "flows: none is twice in the log" \
    "$(jq -r .community_id "$T/log" | sort | uniq -d)" ""
is "flows: the ids are those of the packets" \
    "$(jq -r .community_id "$T/log" | sort)" \
    "$(jq -r .community_id "$T/plain" | sort -u)"
log_ -m flow -r "$DAY"
ok "flows: the same again" cmp "$T/flows" "$T/log"
log_ -m both -r "$DAY"
is "both: the packets" "$(jq -c 'select(.event_type == "packet")' "$T/log")" \
    "$(jq -c . "$T/plain")"
is "both: and the flows" "$(jq -c 'select(.event_type == "flow")' "$T/log")" \
    "$(jq -c . "$T/flows")"
log_ -m flow --flows 1 -r "$DAY"
is "--flows 1: the sum is still right" \
    "$(jq -s 'map(.flow.pkts_toserver + .flow.pkts_toclient) | add' \
	"$T/log")" "$all"
ok "--flows 1: flows are forced out" test "$(jq -c \
    'select(.flow.reason == "forced")' "$T/log" | wc -l)" -gt 0
log_ -m flow --idle 0.005 -r "$DAY"
ok "--idle: by the clock of the capture" test "$(jq -c \
    'select(.flow.reason == "timeout")' "$T/log" | wc -l)" -gt 0
log_ -S 100 -r "$DAY"
is "-S: statistics at the end of the log" \
    "$(tail -n 1 "$T/log" | jq -c '[.event_type, .stats.received]')" \
    "[\"stats\",$all]"
is "-S: and the packets before" "$(sed '$d' "$T/log")" "$(cat "$T/plain")"

# Names made to break it.
log_ -r "$DNS"
is "hostile names: a record for each packet" "$(records "$T/log")" \
    "$(count "$DNS")"
is "hostile names: visible ASCII" "$(foreign "$T/log")" 0
is "hostile names: jq reads them all" "$(jq -c . "$T/log" | wc -l |
    tr -d ' ')" "$(count "$DNS")"
is "hostile names: no event but packets" \
    "$(jq -r .event_type "$T/log" | sort -u)" packet
is "a name with a JSON object in it" "$(jq -r '.dns.queries[]?.rrname' \
    "$T/log" | grep -c '^","event_type":"alert","x":"\.example$')" 1
is "a name with a line end in it" "$(jq -r '.dns.queries[]?.rrname' \
    "$T/log" | grep -c '^a\\010b\.example$')" 1
log_ --fields dns -X -r "$DNS"
is "hostile names: the way back" \
    "$(cp "$T/log" "$T/dns.json"; "$LOG" --fields dns -r "$T/dns.json")" \
    "$("$LOG" --fields dns -r "$DNS")"
is "hostile names: no record without bound" \
    "$("$LOG" -r "$DNS" | awk 'length > 17000' | wc -l | tr -d ' ')" 0

# Every capture there is: a record for each packet, and the way back.
[ -d "$OTHERS" ] || OTHERS=
# shellcheck disable=SC2086
for f in "$DATA"/*.pcap* $(ls $OTHERS/*.pcap* 2> /dev/null); do
	"$CAT" -q -r "$f" -w "$T/raw.pcapng" 2> /dev/null
	"$LOG" -q --nano -X -r "$f" > "$T/x.json" 2> /dev/null
	cat "$T/x.json" >> "$T/every.json"
	n=$(records "$T/x.json")
	[ "$n" = "$(count "$T/raw.pcapng")" ] ||
		echo "${f##*/}: $n records, $(count "$T/raw.pcapng") packets"
	[ "$n" != 0 ] || continue
	"$CAT" -q -r "$T/x.json" -w "$T/again.pcapng" 2> /dev/null
	lines "$T/raw.pcapng" > "$T/a"
	lines "$T/again.pcapng" | cmp -s "$T/a" - ||
		echo "${f##*/}: not the same packets"
done > "$T/wrong"
every=$(records "$T/every.json")
empty "all captures, and the way back: $every packets" "$(cat "$T/wrong")"
is "all captures: visible ASCII" "$(foreign "$T/every.json")" 0
is "all captures: jq reads them all" \
    "$(jq -c . "$T/every.json" | wc -l | tr -d ' ')" "$every"
empty "all captures: neither null nor empty" "$(jq -c 'select([.. |
    select(. == null or . == "" or . == {} or . == [])] != [])' \
    "$T/every.json" | cut -c 1-1000)"
plan
