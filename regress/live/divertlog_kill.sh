#!/bin/sh
# SPDX-License-Identifier: ISC
#
# client -- em0 [forward: divert 700, divertlog -o file] em1 -- server
# divertlog is killed under load, again and again: its log has whole lines
# only, those of the first packets, none missing.

# shellcheck source=regress/live/lib.sh
. "$(dirname "$0")/lib.sh"
need_command jq
in_lab --match '-p udp'
to=$DIVERTLAB_SERVER4
log=$T/log

# has_bytes COUNT
has_bytes() {
	[ "$(stat -c %s "$log" 2>/dev/null || echo 0)" -ge "$1" ]
}

start sender "$DIVERTLAB_TRAFFIC" in "$DIVERTLAB/ns/client" \
    "$DIVERTLAB_TRAFFIC" send udp -p 7777 -n 1000000 -r 20000 -s 200 "$to"
total=0
for round in 1 2 3 4 5 6 7 8; do
	rm -f "$log"
	log_start -X -o "$log" 700
	pid=$(pid_of log)
	helpers=$(children "$pid")
	within 10 has_bytes $((round * round * 10000))
	kill -KILL "$pid"
	finish log
	is "round $round: killed" $status 137
	left=''
	for helper in $helpers; do
		within 10 dead "$helper" || left="$left $helper"
	done
	empty "round $round: guard and keeper have ended" "$left"
	is "round $round: the last byte ends a line" \
	    "$(tail -c 1 "$log" | od -An -c | tr -d ' ')" '\n'
	lines=$(wc -l <"$log")
	is "round $round: $lines lines load, of the first packets in order" \
	    "$(jq -r .divert.pkt_id "$log" |
	    awk '{ if ($1 != NR) bad++ } END { print NR, bad + 0 }')" \
	    "$lines 0"
	total=$((total + lines))
done
stop sender TERM
ok "lines in all: $total" test $total -gt 2000

# A capture at full speed: writes of many pages, which a signal can cut.  The
# pipe ends when the keeper has ended.
for n in 1 2 3 4 5 6 7 8; do
	cat "$TOP/regress/data/day.pcapng"
done >"$T/day"
for n in 1 2 3 4 5 6 7 8 9 10; do
	for m in 1 2 3 4 5 6 7 8 9 10 11 12; do
		cat "$T/day" "$T/day" "$T/day" "$T/day" "$T/day" "$T/day"
		cat "$T/day" "$T/day" "$T/day" "$T/day" "$T/day" "$T/day"
	done
done >"$T/big"
"$DIVERTLOG" -r "$T/big" -o "$T/whole"
size=$(stat -c %s "$T/whole")
cut=0 torn='' n=0
while [ $n -lt 40 ]; do
	n=$((n + 1))
	rm -f "$log"
	timeout -s KILL "$(echo $n | awk '{ print 0.02 + $1 / 300 }')" \
	    "$DIVERTLOG" -r "$T/big" -o "$log" 2>&1 | cat >/dev/null
	[ -s "$log" ] || continue
	got=$(stat -c %s "$log")
	[ "$got" = "$size" ] || cut=$((cut + 1))
	[ "$(tail -c 1 "$log" | od -An -c | tr -d ' ')" = '\n' ] ||
	    torn="$torn $got"
	cmp -s -n "$got" "$log" "$T/whole" || torn="$torn different"
done
ok "$cut runs over a capture are killed before their end" test $cut -ge 5
empty "they leave whole lines, the first ones" "$torn"

# The keeper killed as well, or the whole machine: what the next run does.
truncate -s -7 "$log"
log_start -o "$log" 700
udp_listen -n 10
udp_send "$to" 10
settle
udp_end
stop log
ok "a line that was cut is removed, and that is said" \
    grep -q 'cut by an earlier crash: removed' "$T/log.err"
is "every line loads" "$(jq -c .event_type "$log" | wc -l)" "$(wc -l <"$log")"
is "the new ones are there" \
    "$(jq -c 'select(.event_type == "stats")' "$log" | wc -l)" 1
conserved

# What the process is that keeps the log.
log_start -o "$log" 700
is "processes that serve it" "$(children "$(pid_of log)" | wc -l)" 2
keeper=''
for child in $(children "$(pid_of log)"); do
	for f in "/proc/$child/fd/"*; do
		[ "$(readlink "$f")" != "$log" ] || keeper=$child
	done
done
ok "one has the log" test -n "$keeper"
is "it has no capabilities" "$(of "$keeper" CapEff) $(of "$keeper" CapPrm)" \
    "0000000000000000 0000000000000000"
if grep -q 'built with sanitizers' "$T/log.err"; then
	skip "it has the filter" "built with sanitizers"
else
	is "it has the filter" "$(of "$keeper" Seccomp)" 2
fi
is "it has the log, its directory, pipe, channel, stderr and nothing else" \
    "$(for f in "/proc/$keeper/fd/"*; do readlink "$f"; done |
    sed -e 's/:\[[0-9]*\]//' -e "s,^$T/log.err\$,stderr," -e "s,^$T,DIR," |
    sort | tr '\n' ' ')" \
    "/dev/null /dev/null DIR DIR/log pipe socket stderr "
stop log
is "ends well" $status 0

# The keeper alone is killed: no log any more, traffic goes on.
log_start -o "$log" 700
udp_listen -n 20
udp_send "$to" 10
for child in $(children "$(pid_of log)"); do
	for f in "/proc/$child/fd/"*; do
		[ "$(readlink "$f")" != "$log" ] || keeper=$child
	done
done
kill -KILL "$keeper"
within 10 dead "$keeper"
udp_send "$to" 10
settle
udp_end
stop log
is "without a keeper: every datagram arrived" "$(arrived received)" 20
is "it ends with status 1" $status 1
ok "it is said" grep -q "$log: the reader is gone" "$T/log.err"
ok "lines are lost: $(said records_lost)" test "$(said records_lost)" -gt 0
conserved
plan
