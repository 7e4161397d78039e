#!/bin/sh
# SPDX-License-Identifier: ISC
# What statistics say of records and flows is what the log shows, and what is
# said on standard error is what was asked for.

# shellcheck source=regress/tap.sh
. "$(dirname "$0")/../tap.sh"
LOG=$TOP/bin/divertlog/divertlog
DAY=$TOP/regress/data/day.pcapng
command -v jq > /dev/null || skip_all "no jq"

# log_ ARGUMENTS...: records to $T/log, statistics to $T/stats.
log_() {
	timeout 60 "$LOG" --stats json "$@" > "$T/log" 2> "$T/err"
	tail -n 1 "$T/err" > "$T/stats"
}
# flows: what the figures say; in_log: what the log does.
flows() {
	jq -c '.stats.flows | [.made, .active, .forced]' "$T/stats"
}
in_log() {
	jq -s -c '[.[] | .flow | objects] | [length, 0,
	    (map(select(.reason == "forced")) | length)]' "$T/log"
}
peak() {
	jq '.stats.flows.peak' "$T/stats"
}

log_ -m flow -r "$DAY"
made=$(wc -l < "$T/log" | tr -d ' ')
is "flows made, none is left, none forced" "$(flows)" "$(in_log)"
is "all were there at once" "$(peak)" "$made"
log_ -m flow --flows 3 -r "$DAY"
is "--flows 3: some are forced" "$(flows)" "$(in_log)"
ok "--flows 3: which is not none" test "$(jq .stats.flows.forced "$T/stats")" \
    -gt 0
is "--flows 3: and no more at once" "$(peak)" 3
log_ -m both --idle 0.005 -r "$DAY"
is "--idle: ends that are not forced" "$(flows)" "$(in_log)"
ok "--idle: fewer at once: $(peak)" test "$(peak)" -lt "$made"
is "records are lines" "$(jq '[.stats.records, .stats.records_lost]' -c \
    "$T/stats")" "[$(wc -l < "$T/log" | tr -d ' '),0]"
log_ -m packet -r "$DAY"
is "without flows nothing is said of them" "$(jq .stats.flows "$T/stats")" null

# Active: the sum over the pieces is that of the whole.
log_ -m flow -r "$DAY"
jq -s -c 'map(.flow) | [(map(.pkts_toserver + .pkts_toclient) | add),
    (map(.bytes_toserver + .bytes_toclient) | add)]' "$T/log" > "$T/whole"
log_ -m flow --active 0.015 -r "$DAY"
ok "--active: flows are reported while they go on" \
    grep -q '"reason":"active"' "$T/log"
is "--active: the sum over the pieces is that of the whole" \
    "$(jq -s -c 'map(.flow) | [(map(.pkts_toserver + .pkts_toclient) | add),
	(map(.bytes_toserver + .bytes_toclient) | add)]' "$T/log")" \
    "$(cat "$T/whole")"

# For ever is a time too.
log_ -m flow --idle 999999999 --active 999999999 -r "$DAY"
is "--idle and --active for ever" "$(wc -l < "$T/log" | tr -d ' ')" "$made"

# On standard error.
"$LOG" -r "$DAY" 'host 1.2.3.4' 2> "$T/err"
is "a run that logged nothing says so" "$(cat "$T/err")" \
    "divertlog: file:$DAY: the expression selected 0 of 19 packets"
"$LOG" -q -r "$DAY" 'host 1.2.3.4' 2> "$T/err"
is "-q: not even that" "$(cat "$T/err")" ""
"$LOG" -v -r "$DAY" > "$T/log" 2> "$T/err"
is "-v: figures at the end" "$(tail -n 1 "$T/err")" "divertlog: file:$DAY: \
19 received, 19 passed, 0 replaced, 0 dropped, 0 expired, 0 lost, 0 held; \
19 records, 0 records lost"
log_ --nano -S 9 -r "$DAY"
is "--nano: times of statistics, too" "$(tail -n 1 "$T/log" |
    jq -c '[.event_type, (.timestamp | test("\\.[0-9]{9}Z$"))]')" \
    '["stats",true]'
plan
